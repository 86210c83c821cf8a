/* Sequence arithmetic of TCP, all of it (RFC 9293 section 3.4).
 *
 * A sequence number is 32 bits and wraps; a stream offset is 64 bits and does not.  Which of
 * the many offsets a number means is decided by the nearest one to a reference.
 */
#ifndef MG_TCP_SEQ_H
#define MG_TCP_SEQ_H

#include <glib.h>

/* How far `seq` lies behind `reference`; negative when it lies before. */
static inline gint32 mg_seq_distance(guint32 reference, guint32 seq)
{
    return (gint32)(seq - reference);
}

/* The offset that `seq` means, where the octet at offset 0 has the number `zero` and the offset
 * is near `near`.  Negative: before the stream's known beginning. */
static inline gint64 mg_seq_offset(guint32 zero, guint64 near, guint32 seq)
{
    return (gint64)near + mg_seq_distance(zero + (guint32)near, seq);
}

#endif
