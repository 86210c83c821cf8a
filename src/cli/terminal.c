/* What the terminal can do, and the pager in front of it. */
#include "config.h"
#include "cli/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The pager's process; there is one standard output, so there is one pager. */
static pid_t pager = -1;

guint mg_terminal_width(guint asked)
{
    if (asked > 0)
        return asked;
    const char *columns = g_getenv("COLUMNS");
    guint64 n;
    if (columns != NULL && g_ascii_string_to_unsigned(columns, 10, 20, 1000, &n, NULL))
        return (guint)n;
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

gboolean mg_terminal_color(gboolean always, gboolean never)
{
    if (always || never)
        return always;
    const char *no_color = g_getenv("NO_COLOR"), *force = g_getenv("CLICOLOR_FORCE");
    if (no_color != NULL && *no_color != '\0')
        return FALSE;
    if (force != NULL && *force != '\0' && strcmp(force, "0") != 0)
        return TRUE;
    const char *wish = g_getenv("CLICOLOR"), *term = g_getenv("TERM");
    if ((wish != NULL && strcmp(wish, "0") == 0) || (term != NULL && strcmp(term, "dumb") == 0))
        return FALSE;
    return isatty(STDOUT_FILENO);
}

gboolean mg_terminal_utf8(void)
{
    return g_get_charset(NULL);
}

void mg_pager_start(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return;
    const char *command = g_getenv("PAGER");
    if (command == NULL)
        command = "less -FRX";
    if (*command == '\0' || strcmp(command, "cat") == 0)
        return;
    int ends[2];
    if (pipe(ends) != 0)
        return;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    if (child > 0) {
        dup2(ends[1], STDOUT_FILENO);
        pager = child;
    }
    close(ends[0]);
    close(ends[1]);
}

void mg_pager_finish(void)
{
    if (pager < 0)
        return;
    fflush(stdout);
    fclose(stdout);
    while (waitpid(pager, NULL, 0) < 0 && errno == EINTR)
        ;
    pager = -1;
}
