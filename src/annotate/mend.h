/* Checksums that are mended for what is changed (RFC 1624): a wrong one stays wrong by as much. */
#ifndef MG_ANNOTATE_MEND_H
#define MG_ANNOTATE_MEND_H

#include "mg-base.h"

G_BEGIN_DECLS

/* The TCP checksum, in its header. */
#define MG_TCP_CHECKSUM 16

/* What the change of an octet adds to the sum; `at` counts from the header's beginning. */
static inline guint32 mg_mend_sum(guint32 at, guint8 old, guint8 new)
{
    guint shift = at % 2 == 0 ? 8 : 0;
    return (0xffffu - ((guint32)old << shift)) + ((guint32) new << shift);
}

static inline guint32 mg_mend_fold(guint64 sum)
{
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return (guint32)sum;
}

static inline void mg_mend(guint8 *checksum, guint64 sum)
{
    guint32 old = (guint32)(checksum[0] << 8 | checksum[1]);
    guint32 new = 0xffff - mg_mend_fold((guint64)(0xffff - old) + sum);
    checksum[0] = (guint8)(new >> 8);
    checksum[1] = (guint8) new;
}

G_END_DECLS

#endif
