/* One line of an offer: where it ends, and the exchange's text made of it. */
#ifndef MG_PROTO_LINE_H
#define MG_PROTO_LINE_H

#include "mg-exchange.h"

G_BEGIN_DECLS

typedef struct {
    MgSlice text;     /* without its line end; borrowed from the offer */
    gsize whole;      /* octets with its line end: how far to go on */
    guint64 offset;   /* stream offset of text.data[0] */
    gboolean bare_lf; /* it ended in LF without CR */
    gboolean unended; /* final bytes, or over MG_LIMIT_LINE: no line end was there */
} MgLine;

/* The line that begins at `from` octets into the offer.  MG_DONE or MG_MORE.  With
 * bytes->final, or when more than MG_LIMIT_LINE octets hold no LF, the rest (at most the
 * limit) counts as a line with `unended` set, if it is not empty. */
MgStatus mg_line_next(const MgBytes *bytes, gsize from, MgLine *ret_line);

/* The line's text as an exchange keeps it, and its frames. */
MgText *mg_line_text(const MgLine *line);
void mg_line_frames(const MgLine *line, const MgBytes *bytes, MgFrames *frames);
/* When the line's first (last) octet passed. */
MgStamp mg_line_begun(const MgLine *line, const MgBytes *bytes);
MgStamp mg_line_ended(const MgLine *line, const MgBytes *bytes);

/* Mark [at, at+len) of the text as secret; `line_offset` is the stream offset of text[0].
 * Overlapping marks join. */
void mg_text_hide(MgText *text, gsize at, gsize len, guint64 line_offset);

/* Next word of a slice (blanks and tabs apart), cut from its front; empty at the end. */
MgSlice mg_word_next(MgSlice *rest);
/* ASCII case folding only: the Turkish i is no business of ours. */
gboolean mg_slice_is(MgSlice slice, const char *word);
gboolean mg_slice_begins(MgSlice slice, const char *prefix);
char *mg_slice_dup(MgSlice slice); /* NULs become spaces; free with g_free() */
/* Decimal digits only, at least one; FALSE on anything else or above `max`. */
gboolean mg_slice_number(MgSlice slice, guint64 max, guint64 *ret_number);

G_END_DECLS

#endif
