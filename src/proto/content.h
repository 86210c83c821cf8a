/* The text of a message while it streams by: its header fields and fingerprint are kept, its
 * text is not.
 *
 * Feed it octets as they are in the message (dot-stuffing undone, see MgUnstuff); any cut is
 * allowed, in the middle of a field too.  Header fields are read with GMime.
 *
 * RFC 5322, RFC 2047; location-rules.md section 8 for the fingerprint.
 */
#ifndef MG_PROTO_CONTENT_H
#define MG_PROTO_CONTENT_H

#include "mg-exchange.h"

G_BEGIN_DECLS

typedef struct MgContentReader MgContentReader;

/* What streams by. */
typedef enum {
    MG_READ_MESSAGE, /* header block, empty line, body */
    MG_READ_HEADER,  /* a header block or some fields of one (BODY[HEADER], HEADER.FIELDS, TOP) */
    MG_READ_BODY,    /* body octets only (BODY[TEXT], a part): counted and digested */
} MgContentKind;

MgContentReader *mg_content_reader_new(MgContentKind kind);
void mg_content_reader_feed(MgContentReader *reader, const guint8 *data, gsize len);
/* Octets are missing here (0 = nobody knows how many): no fingerprint, no header fields across
 * it. */
void mg_content_reader_gap(MgContentReader *reader, guint64 octets);
/* The facts; frees the reader.  complete: the end mark was seen. */
MgContent *mg_content_reader_finish(MgContentReader *reader, gboolean complete);
void mg_content_reader_free(MgContentReader *reader); /* without facts */
/* Octets fed so far. */
guint64 mg_content_reader_octets(const MgContentReader *reader);

/* Dot-stuffed text up to its end mark CR LF . CR LF (RFC 5321 4.5.2, RFC 1939 3). */
typedef struct {
    guint state;          /* private to mg_unstuff_feed(); begin with 0 */
    guint64 lines;        /* complete lines so far, without the mark */
    gboolean lf_dot_lf;   /* a bare LF stood at a lone dot, or before or after one: a server that
                           * takes it for the end can be tricked */
    gboolean maybe_ended; /* such a lone dot is the last thing that was fed (it is held back,
                           * the reader has not got it): if the other side now behaves as if
                           * the text had ended, it took this for the end */
} MgUnstuff;

/* Feed the reader from data; *ret_used: octets consumed, end mark included.  TRUE when the end
 * mark was read. */
gboolean mg_unstuff_feed(MgUnstuff *unstuff, const guint8 *data, gsize len, MgContentReader *reader,
                         gsize *ret_used);

/* Octets are missing here: the next one may be anywhere in a line.  What was held back before
 * is lost with them.  A line ".\r\n" right behind sets maybe_ended. */
void mg_unstuff_gap(MgUnstuff *unstuff);

/* Facts from an IMAP ENVELOPE or elsewhere, set by hand: subject is decoded as in a header. */
char *mg_content_decode(const char *raw);

G_END_DECLS

#endif
