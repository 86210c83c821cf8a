/* Sequence numbers, in one place (RFC 9293 section 3.4): they wrap, so only differences mean
 * something. */
#ifndef MG_TCP_SEQ_H
#define MG_TCP_SEQ_H

#include <glib.h>

/* How far `seq` is ahead of `of`; negative = behind.  Right for distances below 2^31. */
static inline gint64 mg_seq_ahead(guint32 seq, guint32 of)
{
    return (gint32)(seq - of);
}

#endif
