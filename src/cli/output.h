/* cli: where a format's bytes go: standard output, its pager, a file. */
#ifndef MG_CLI_OUTPUT_H
#define MG_CLI_OUTPUT_H

#include "mg-render.h"

G_BEGIN_DECLS

typedef struct MgStream MgStream;

/* Standard output; not closed by mg_stream_close(). */
MgStream *mg_stream_stdout(void);
/* A new file, or an old one emptied.  On failure NULL and a sentence that names it. */
MgStream *mg_stream_create(const char *path, GError **error);
/* The receiver side of a renderer. */
void mg_stream_output(MgStream *stream, MgOutput *ret_output);
/* The reader has gone away (EPIPE): end quietly. */
gboolean mg_stream_reader_gone(const MgStream *stream);
/* Write what is left, close, free.  FALSE, and a sentence, when anything could not be written;
 * a reader that has gone away is no failure. */
gboolean mg_stream_close(MgStream *stream, GError **error);

/* Columns of standard output: --width, COLUMNS, the terminal, 80. */
guint mg_terminal_width(guint asked);
/* Whether standard output should be coloured (handouts.md section 4). */
gboolean mg_terminal_color(gboolean always, gboolean never);
/* Whether the locale can print characters beyond ASCII. */
gboolean mg_terminal_utf8(void);

/* Start $PAGER (else less -FRX) and let standard output flow into it.  Does nothing unless
 * standard input and standard output are terminals.  mg_pager_finish() waits for it. */
void mg_pager_start(void);
void mg_pager_finish(void);

G_END_DECLS

#endif
