/* See progress.h. */
#include "config.h"
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Microseconds before anything is shown: what is over by then needs no bar. */
#define DELAY 700000
/* Microseconds between two drawings. */
#define PERIOD 100000
/* Frames between two looks at the clock. */
#define FRAMES 1024
/* Widest bar: longer ones tell no more. */
#define BAR 40

void mg_progress_begin(MgProgress *progress, gboolean wanted, gboolean results_on_terminal)
{
    const char *terminal = g_getenv("TERM");
    *progress = (MgProgress){.begun = g_get_monotonic_time()};
    progress->wanted = wanted && isatty(STDERR_FILENO) &&
                       !(results_on_terminal && isatty(STDOUT_FILENO)) && terminal != NULL &&
                       strcmp(terminal, "dumb") != 0;
}

gboolean mg_progress_due(MgProgress *progress, gboolean waits)
{
    if (!progress->wanted || (++progress->asked < FRAMES && !waits))
        return FALSE;
    progress->asked = 0;
    gint64 now = g_get_monotonic_time();
    return now - progress->begun >= DELAY && now - progress->drawn >= PERIOD;
}

char *mg_progress_line(guint64 octets, guint64 total, guint columns)
{
    g_autofree char *done = g_format_size_full(octets, G_FORMAT_SIZE_IEC_UNITS);
    g_autoptr(GString) line = g_string_new(NULL);
    if (total > 0) {
        g_autofree char *all = g_format_size_full(total, G_FORMAT_SIZE_IEC_UNITS);
        /* A file may grow while it is read. */
        double share = octets < total ? (double)octets / (double)total : 1;
        g_autofree char *words = g_strdup_printf("%3d %%  %s of %s", (int)(share * 100), done, all);
        gint room = (gint)columns - (gint)g_utf8_strlen(words, -1) - 4;
        guint bar = (guint)CLAMP(room, 0, BAR), full = (guint)(share * bar);
        if (bar > 0) {
            g_string_append_c(line, '[');
            for (guint i = 0; i < bar; i++)
                g_string_append_c(line, i < full ? '#' : ' ');
            g_string_append(line, "] ");
        }
        g_string_append(line, words);
    } else {
        g_string_append_printf(line, "%s read", done);
    }
    if (g_utf8_strlen(line->str, -1) >= (glong)columns)
        g_string_truncate(line, 0);
    return g_string_free(g_steal_pointer(&line), FALSE);
}

void mg_progress_draw(MgProgress *progress, guint64 octets, guint64 total)
{
    struct winsize size;
    guint columns = 80;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    g_autofree char *line = mg_progress_line(octets, total, columns);
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    progress->shown = TRUE;
    progress->drawn = g_get_monotonic_time();
}

void mg_progress_erase(MgProgress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = FALSE;
}
