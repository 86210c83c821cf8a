/* capture: the records of a file as they stand, for a copy of it.
 *
 * Takes what mg-frame.h takes: classic pcap and pcapng, packed or not.  Gives pcapng blocks one
 * after another, whole, in the order and byte order of the file; a classic file is given as the
 * section header, interface description and packet blocks that say the same.  Numbers packets
 * as Wireshark and mg-frame.h do.  Knows nothing of what is inside a packet.
 */
#ifndef MG_BLOCKS_H
#define MG_BLOCKS_H

#include "mg-base.h"
#include "mg-frame.h"

G_BEGIN_DECLS

typedef enum {
    MG_BLOCK_OTHER,   /* names and what else there is */
    MG_BLOCK_SECTION, /* section header */
    MG_BLOCK_INTERFACE,
    MG_BLOCK_PACKET,        /* enhanced packet block */
    MG_BLOCK_OLD_PACKET,    /* packet block */
    MG_BLOCK_SIMPLE_PACKET, /* without time and options */
    MG_BLOCK_STATISTICS,    /* of an interface */
    MG_BLOCK_SECRETS,       /* decryption secrets */
    MG_BLOCK_CUSTOM_KEPT,   /* custom; a tool that changes the file shall copy it */
    MG_BLOCK_CUSTOM_LEFT,   /* custom; such a tool shall leave it out */
} MgBlockKind;

typedef struct {
    MgBlockKind kind;
    guint32 type;        /* as the file has it */
    gboolean big_endian; /* byte order of its section */
    MgSlice body;        /* between the two lengths, padding included; borrowed until the next
                          * call; whole words */
    guint64 frame;       /* its number; 0 = none */
    gsize packet_at;     /* of a packet: where its octets begin in the body … */
    gsize packet_len;    /* … how many are captured … */
    guint16 linktype;    /* … and what they are; MG_LINKTYPE_NONE = not told */
    gsize options_at;    /* where options begin in the body; body.len = there are none */
} MgBlock;

#define MG_LINKTYPE_NONE G_MAXUINT16

typedef struct MgBlocks MgBlocks;

/* A regular file from its beginning; `fd` is taken in any case.  `name` is for sentences. */
MgBlocks *mg_blocks_open(int fd, const char *name, GError **error);
void mg_blocks_free(MgBlocks *blocks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgBlocks, mg_blocks_free)

/* FALSE at the end, and where the file breaks off or makes no sense: the reader of frames has
 * said so by then. */
gboolean mg_blocks_next(MgBlocks *blocks, MgBlock *ret_block);

G_END_DECLS

#endif
