/* Pipes that are slow, and the progress line of a long reading. */
#include "config.h"
#include "cli/progress.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static guint passed, failed;

static void expect(gboolean holds, const char *what)
{
    if (holds) {
        passed++;
        return;
    }
    printf("FAIL %s\n", what);
    failed++;
}

static void check_lines(void)
{
    static const struct {
        guint64 octets, total;
        guint columns;
        const char *line;
    } lines[] = {
        {512, 1024, 80, "[####################                    ]  50 %  512 bytes of 1.0 KiB"},
        {0, 1024, 40, "[           ]   0 %  0 bytes of 1.0 KiB"},
        {2048, 1024, 40, "[###########] 100 %  2.0 KiB of 1.0 KiB"},
        {512, 1024, 30, " 50 %  512 bytes of 1.0 KiB"},
        {512, 1024, 20, ""},
        {3 * 1024 * 1024, 0, 80, "3.0 MiB read"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *line = mg_progress_line(lines[i].octets, lines[i].total, lines[i].columns);
        g_autofree char *plain = g_strdup(line);
        /* GLib puts a space that does not break between number and unit. */
        g_auto(GStrv) parts = g_strsplit(plain, "\u00a0", -1);
        g_autofree char *joined = g_strjoinv(" ", parts);
        if (strcmp(joined, lines[i].line) != 0)
            printf("got “%s”\n", joined);
        expect(strcmp(joined, lines[i].line) == 0, lines[i].line);
    }
}

typedef struct {
    char *result; /* standard output */
    char *talk;   /* standard error */
} Heard;

static char *read_all(int fd)
{
    GString *text = g_string_new(NULL);
    char piece[4096];
    gssize n;
    while ((n = read(fd, piece, sizeof piece)) > 0)
        g_string_append_len(text, piece, n);
    return g_string_free(text, FALSE);
}

/* Pipe a capture into mailgloss in three parts, `pause` microseconds apart. */
static Heard pipe_slowly(const char *path, gulong pause, gboolean terminal, const char *option)
{
    const char *builddir = g_getenv("builddir");
    g_autofree char *program =
        g_build_filename(builddir != NULL ? builddir : ".", "mailgloss", NULL);
    g_autofree char *capture = NULL;
    gsize size = 0;
    int screen = posix_openpt(O_RDWR | O_NOCTTY), input[2], output[2];
    if (!g_file_get_contents(path, &capture, &size, NULL) || screen < 0 || grantpt(screen) != 0 ||
        unlockpt(screen) != 0 || pipe(input) != 0 || pipe(output) != 0)
        return (Heard){g_strdup(""), g_strdup("no terminal can be made")};
    const char *name = ptsname(screen);
    pid_t child = fork();
    if (child == 0) {
        int talk = terminal ? open(name, O_RDWR | O_NOCTTY) : open("/dev/null", O_WRONLY);
        dup2(input[0], STDIN_FILENO);
        dup2(output[1], STDOUT_FILENO);
        dup2(talk, STDERR_FILENO);
        for (int fd = 3; fd < 64; fd++)
            close(fd);
        setenv("TERM", "xterm", 1);
        execl(program, program, "-Tjson", option, "-", NULL);
        _exit(127);
    }
    close(input[0]);
    close(output[1]);
    for (gsize part = 0; part < 3; part++) {
        gsize from = size * part / 3, to = size * (part + 1) / 3;
        for (gsize at = from; at < to;) {
            gssize n = write(input[1], capture + at, to - at);
            if (n <= 0)
                break;
            at += (gsize)n;
        }
        if (part < 2)
            g_usleep(pause);
    }
    close(input[1]);
    Heard heard = {.result = read_all(output[0])};
    int status;
    waitpid(child, &status, 0);
    /* What was said waits in the terminal. */
    fcntl(screen, F_SETFL, O_NONBLOCK);
    heard.talk = read_all(screen);
    close(screen);
    close(output[0]);
    return heard;
}

static void heard_clear(Heard *heard)
{
    g_free(heard->result);
    g_free(heard->talk);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    check_lines();
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *path =
        g_build_filename(srcdir != NULL ? srcdir : ".", "captures", "smtp-pop3-delete.pcap", NULL);
    Heard quick = pipe_slowly(path, 1000, TRUE, "-v");
    Heard slow = pipe_slowly(path, 700 * 1000, TRUE, "-v");
    Heard quiet = pipe_slowly(path, 700 * 1000, TRUE, "-q");
    Heard elsewhere = pipe_slowly(path, 350 * 1000, FALSE, "-v");
    expect(strstr(quick.result, "\"type\":\"summary\"") != NULL, "a piped capture is read");
    expect(strcmp(quick.result, slow.result) == 0, "a silent pipe changes nothing");
    expect(strcmp(quick.result, elsewhere.result) == 0, "nor does it without a terminal");
    expect(strstr(quick.talk, "read\033[K") == NULL, "a short reading shows no progress");
    expect(strstr(slow.talk, "\r0 bytes read\033[K") == NULL, "there is something to be shown");
    expect(strstr(slow.talk, " read\033[K\r") != NULL, "a long reading shows its progress");
    expect(g_str_has_suffix(slow.talk, "\r\033[K"), "which is erased at the end");
    expect(strstr(quiet.talk, "read") == NULL, "nor where quiet is wanted");
    g_autofree char *said = g_strescape(slow.talk, NULL);
    if (failed > 0)
        printf("said: “%s”\n", said);
    Heard *all[] = {&quick, &slow, &quiet, &elsewhere};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        heard_clear(all[i]);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
