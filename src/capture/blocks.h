/* What the two halves of the block reader share: blocks.c reads pcapng, blocks-classic.c makes
 * blocks of classic pcap. */
#ifndef MG_CAPTURE_BLOCKS_H
#define MG_CAPTURE_BLOCKS_H

#include "capture/reader.h"
#include "mg-blocks.h"

G_BEGIN_DECLS

typedef struct {
    guint16 linktype;
    guint32 snaplen;
} MgBlocksInterface;

struct MgBlocks {
    MgSource *source;
    MgByteOrder order;
    GArray *interfaces; /* MgBlocksInterface, of the section */
    guint64 frames;
    gsize shown; /* octets of the block that was given last */

    /* Classic pcap. */
    gboolean classic;
    gboolean nanoseconds;
    guint record_header; /* 16, or 24 in the modified form */
    guint16 minor;
    guint32 snaplen;
    guint32 linktype; /* with the bits that tell the length of a frame check sequence */
    guint given;      /* blocks that were made before the first packet */
    GByteArray *made; /* the body that was made last */
};

/* TRUE when it is classic pcap; its header is taken. */
gboolean mg_blocks_open_classic(MgBlocks *blocks);
gboolean mg_blocks_next_classic(MgBlocks *blocks, MgBlock *ret_block);

G_END_DECLS

#endif
