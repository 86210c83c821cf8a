/* Classic pcap as pcapng blocks that say the same, in the byte order of the file. */
#include "capture/blocks.h"

#include "capture/pcapng.h"

#include <string.h>

#define FILE_HEADER 24
#define PACKET_HEAD 20

enum {
    MAGIC = 0xa1b2c3d4u,
    MAGIC_NANOSECONDS = 0xa1b23c4du,
    MAGIC_MODIFIED = 0xa1b2cd34u,
};

enum {
    OPTION_TSRESOL = 9,
    OPTION_FCSLEN = 13,
};

gboolean mg_blocks_open_classic(MgBlocks *blocks)
{
    const guint8 *data = NULL;
    if (mg_source_need(blocks->source, FILE_HEADER, TRUE, &data) != MG_SOURCE_OK)
        return FALSE;
    blocks->order.big_endian = data[0] == 0xa1;
    guint32 magic = mg_get32(blocks->order, data);
    if (magic != MAGIC && magic != MAGIC_NANOSECONDS && magic != MAGIC_MODIFIED)
        return FALSE;
    blocks->classic = TRUE;
    blocks->nanoseconds = magic == MAGIC_NANOSECONDS;
    blocks->record_header = magic == MAGIC_MODIFIED ? 24 : 16;
    blocks->minor = mg_get16(blocks->order, data + 6);
    blocks->snaplen = mg_get32(blocks->order, data + 16);
    blocks->linktype = mg_get32(blocks->order, data + 20);
    blocks->made = g_byte_array_new();
    mg_source_take(blocks->source, FILE_HEADER);
    return TRUE;
}

/* ---- Writing ---- */

static void put(MgBlocks *blocks, guint32 value, guint octets)
{
    guint8 data[4];
    for (guint i = 0; i < octets; i++)
        data[blocks->order.big_endian ? octets - 1 - i : i] = (guint8)(value >> 8 * i);
    g_byte_array_append(blocks->made, data, octets);
}

static void put_zeros(MgBlocks *blocks)
{
    static const guint8 zeros[3] = {0};
    g_byte_array_append(blocks->made, zeros, (4 - blocks->made->len % 4) % 4);
}

static void put_octet_option(MgBlocks *blocks, guint16 code, guint8 value)
{
    put(blocks, code, 2);
    put(blocks, 1, 2);
    put(blocks, value, 1);
    put_zeros(blocks);
}

static MgBlock made_block(const MgBlocks *blocks, MgBlockKind kind, guint32 type)
{
    return (MgBlock){
        .kind = kind,
        .type = type,
        .big_endian = blocks->order.big_endian,
        .body = {blocks->made->data, blocks->made->len},
        .linktype = MG_LINKTYPE_NONE,
        .options_at = blocks->made->len,
    };
}

static MgBlock make_section(MgBlocks *blocks)
{
    put(blocks, 0x1a2b3c4d, 4);
    put(blocks, 1, 2);
    put(blocks, 0, 2);
    put(blocks, G_MAXUINT32, 4); /* length not told */
    put(blocks, G_MAXUINT32, 4);
    return made_block(blocks, MG_BLOCK_SECTION, BLOCK_SECTION);
}

/* The upper bits of the link type tell whether frames end in a frame check sequence, in units of
 * two octets. */
static MgBlock make_interface(MgBlocks *blocks)
{
    put(blocks, blocks->linktype & 0xffff, 2);
    put(blocks, 0, 2);
    put(blocks, blocks->snaplen, 4);
    gsize options_at = blocks->made->len;
    if (blocks->nanoseconds)
        put_octet_option(blocks, OPTION_TSRESOL, 9);
    if (blocks->linktype & 0x04000000)
        put_octet_option(blocks, OPTION_FCSLEN, (guint8)((blocks->linktype >> 28) * 2));
    if (blocks->made->len > options_at)
        put(blocks, 0, 4);
    MgBlock block = made_block(blocks, MG_BLOCK_INTERFACE, BLOCK_INTERFACE);
    block.options_at = options_at;
    return block;
}

gboolean mg_blocks_next_classic(MgBlocks *blocks, MgBlock *ret_block)
{
    g_byte_array_set_size(blocks->made, 0);
    if (blocks->given < 2) {
        *ret_block = blocks->given++ == 0 ? make_section(blocks) : make_interface(blocks);
        return TRUE;
    }
    const guint8 *data = NULL;
    if (mg_source_need(blocks->source, blocks->record_header, TRUE, &data) != MG_SOURCE_OK)
        return FALSE;
    guint32 captured = mg_get32(blocks->order, data + 8);
    guint32 original = mg_get32(blocks->order, data + 12);
    /* As the reader of frames has it (pcap.c). */
    if (blocks->minor < 3 || (blocks->minor == 3 && captured > original)) {
        guint32 swap = captured;
        captured = original;
        original = swap;
    }
    gsize record = blocks->record_header + (gsize)captured;
    if (captured > MG_LIMIT_FRAME ||
        mg_source_need(blocks->source, record, TRUE, &data) != MG_SOURCE_OK)
        return FALSE;
    guint64 units = blocks->nanoseconds ? 1000000000 : 1000000;
    guint64 ticks =
        mg_get32(blocks->order, data) * units + (guint64)mg_get32(blocks->order, data + 4);
    put(blocks, 0, 4);
    put(blocks, (guint32)(ticks >> 32), 4);
    put(blocks, (guint32)ticks, 4);
    put(blocks, captured, 4);
    put(blocks, original, 4);
    g_byte_array_append(blocks->made, data + blocks->record_header, captured);
    put_zeros(blocks);
    mg_source_take(blocks->source, record);
    *ret_block = made_block(blocks, MG_BLOCK_PACKET, BLOCK_ENHANCED_PACKET);
    ret_block->frame = ++blocks->frames;
    ret_block->packet_at = PACKET_HEAD;
    ret_block->packet_len = captured;
    ret_block->linktype = (guint16)blocks->linktype;
    return TRUE;
}
