/* Undoing DEFLATE of one direction (RFC 1951 without any frame, as RFC 4978 has it).
 *
 * Takes the compressed octets as tcp offers them, in any pieces.  Gives the inflated ones as
 * an offer of the same form: its offsets count inflated octets from 0, and each octet is placed
 * in the frame whose segment completed it.  Keeps what its receiver does not take.
 *
 * Limits: at most MG_LIMIT_WAITING octets (in MG_LIMIT_PIECES pieces) wait; a stream that
 * swells beyond MG_LIMIT_INFLATED is stopped.  Nothing can be read behind a hole or damage:
 * every octet may refer to any of the 32 KiB before it.
 */
#ifndef MG_PROTO_INFLATE_H
#define MG_PROTO_INFLATE_H

#include "mg-flow.h"

G_BEGIN_DECLS

typedef struct MgInflate MgInflate;

typedef enum {
    MG_INFLATE_ALL,     /* all octets were used */
    MG_INFLATE_PART,    /* so much was inflated that the receiver should look at it first */
    MG_INFLATE_DAMAGED, /* this is no DEFLATE, or the stream had come to its end */
    MG_INFLATE_SWOLLEN, /* it inflates beyond MG_LIMIT_INFLATED */
} MgInflateStatus;

MgInflate *mg_inflate_new(void);
void mg_inflate_free(MgInflate *self); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgInflate, mg_inflate_free)

/* Inflate the offer.  *ret_used: octets of it that are done with; with DAMAGED and SWOLLEN what
 * was inflated before still waits. */
MgInflateStatus mg_inflate_feed(MgInflate *self, const MgBytes *bytes, gsize *ret_used);

/* What waits, as an offer; borrowed until the next call.  len 0: nothing does. */
MgBytes mg_inflate_waiting(const MgInflate *self);
/* So many octets of it were taken. */
void mg_inflate_take(MgInflate *self, gsize taken);
/* No more may wait: the receiver must take something, or it is dropped. */
gboolean mg_inflate_full(const MgInflate *self);

G_END_DECLS

#endif
