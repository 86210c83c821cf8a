/* Sequence arithmetic of TCP: distances (RFC 9293 section 3.4).  Which of the many offsets a
 * number means is mg_seq_offset() of the contract. */
#ifndef MG_TCP_SEQ_H
#define MG_TCP_SEQ_H

#include "mg-flow.h"

/* How far `seq` lies behind `reference`; negative when it lies before. */
static inline gint32 mg_seq_distance(guint32 reference, guint32 seq)
{
    return (gint32)(seq - reference);
}

#endif
