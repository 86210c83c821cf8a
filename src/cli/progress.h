/* cli: how far the reading of a long file has come, as one line of a terminal.
 *
 * Shown on standard error when that is a terminal and standard output is another place, from
 * DELAY on, and erased at the end.
 */
#ifndef MG_CLI_PROGRESS_H
#define MG_CLI_PROGRESS_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    gboolean wanted;
    gboolean shown;
    gint64 begun; /* g_get_monotonic_time() */
    gint64 drawn;
    guint asked; /* how often, since the clock was looked at */
} MgProgress;

/* results_on_terminal: what is read appears on the same screen, and tells enough. */
void mg_progress_begin(MgProgress *progress, gboolean wanted, gboolean results_on_terminal);
/* Whether it is time to draw; cheap, to be asked for each frame.  waits: there was none. */
gboolean mg_progress_due(MgProgress *progress, gboolean waits);
/* total 0: not known. */
void mg_progress_draw(MgProgress *progress, guint64 octets, guint64 total);
/* Leave the line as it was; before anything else is said there, and at the end. */
void mg_progress_erase(MgProgress *progress);

/* The line, at most `columns` wide.  Free with g_free(). */
char *mg_progress_line(guint64 octets, guint64 total, guint columns);

G_END_DECLS

#endif
