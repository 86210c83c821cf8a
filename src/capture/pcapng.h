/* The blocks of pcapng that two readers know: the one of frames and the one of whole blocks.
 *
 * draft-ietf-opsawg-pcapng.
 */
#ifndef MG_CAPTURE_PCAPNG_H
#define MG_CAPTURE_PCAPNG_H

#include "mg-base.h"

G_BEGIN_DECLS

enum {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete, still met */
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_NAMES = 4,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_STATISTICS = 5,
    BLOCK_SECRETS = 10,
    BLOCK_SYSDIG = 0x204,
    BLOCK_SYSDIG_2 = 0x216,
    BLOCK_SYSDIG_3 = 0x221,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad,
    BLOCK_SECTION = 0x0a0d0d0a,
};

/* Blocks that carry no packet, yet Wireshark gives them a number of their own. */
static inline gboolean mg_pcapng_has_number(guint32 type)
{
    return type == BLOCK_CUSTOM || type == BLOCK_CUSTOM_NO_COPY || type == BLOCK_JOURNAL ||
           type == BLOCK_SYSDIG || type == BLOCK_SYSDIG_2 || type == BLOCK_SYSDIG_3;
}

G_END_DECLS

#endif
