/* Whole blocks of a pcapng file; the life of the reader. */
#include "capture/blocks.h"

#include "capture/pcapng.h"

#include <string.h>

/* Type and length in front, length behind. */
#define BLOCK_FRAME 12
#define SECTION_HEAD 16
#define STATISTICS_HEAD 12
#define INTERFACE_HEAD 8
#define PACKET_HEAD 20
#define SIMPLE_HEAD 4

MgBlocks *mg_blocks_open(int fd, const char *name, GError **error)
{
    MgSource *source = mg_source_open_fd(fd, name, error);
    if (source == NULL)
        return NULL;
    g_autoptr(MgBlocks) blocks = g_new0(MgBlocks, 1);
    blocks->source = source;
    blocks->interfaces = g_array_new(FALSE, FALSE, sizeof(MgBlocksInterface));
    const guint8 *data = NULL;
    if (mg_source_need(source, 4, TRUE, &data) == MG_SOURCE_OK &&
        memcmp(data, "\x0a\x0d\x0d\x0a", 4) != 0 && !mg_blocks_open_classic(blocks)) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_NO_CAPTURE, "%s is no capture",
                    mg_source_name(source));
        return NULL;
    }
    return g_steal_pointer(&blocks);
}

void mg_blocks_free(MgBlocks *blocks)
{
    if (blocks == NULL)
        return;
    mg_source_free(blocks->source);
    g_array_unref(blocks->interfaces);
    if (blocks->made != NULL)
        g_byte_array_unref(blocks->made);
    g_free(blocks);
}

/* ---- One block ---- */

static const MgBlocksInterface *find_interface(const MgBlocks *blocks, guint32 number)
{
    if (number >= blocks->interfaces->len)
        return NULL;
    return &g_array_index(blocks->interfaces, MgBlocksInterface, number);
}

static gsize padded(gsize len)
{
    return (len + 3) / 4 * 4;
}

/* A packet of an enhanced or old block. */
static gboolean look_at_packet(MgBlocks *blocks, MgBlock *block)
{
    MgSlice body = block->body;
    if (body.len < PACKET_HEAD)
        return FALSE;
    guint32 number = block->kind == MG_BLOCK_OLD_PACKET ? mg_get16(blocks->order, body.data)
                                                        : mg_get32(blocks->order, body.data);
    const MgBlocksInterface *interface = find_interface(blocks, number);
    guint32 captured = mg_get32(blocks->order, body.data + 12);
    if (interface == NULL || captured > body.len - PACKET_HEAD || captured > MG_LIMIT_FRAME)
        return FALSE;
    block->packet_at = PACKET_HEAD;
    block->packet_len = captured;
    block->linktype = interface->linktype;
    block->options_at = MIN(PACKET_HEAD + padded(captured), body.len);
    return TRUE;
}

static gboolean look_at_simple_packet(MgBlocks *blocks, MgBlock *block)
{
    MgSlice body = block->body;
    const MgBlocksInterface *interface = find_interface(blocks, 0);
    if (body.len < SIMPLE_HEAD || interface == NULL)
        return FALSE;
    guint32 captured = mg_get32(blocks->order, body.data);
    if (interface->snaplen > 0)
        captured = MIN(captured, interface->snaplen);
    if (captured > body.len - SIMPLE_HEAD || captured > MG_LIMIT_FRAME)
        return FALSE;
    block->packet_at = SIMPLE_HEAD;
    block->packet_len = captured;
    block->linktype = interface->linktype;
    return TRUE;
}

static gboolean look_at_interface(MgBlocks *blocks, MgBlock *block)
{
    if (block->body.len < INTERFACE_HEAD || blocks->interfaces->len >= MG_LIMIT_INTERFACES)
        return FALSE;
    MgBlocksInterface interface = {.linktype = mg_get16(blocks->order, block->body.data),
                                   .snaplen = mg_get32(blocks->order, block->body.data + 4)};
    g_array_append_val(blocks->interfaces, interface);
    block->options_at = INTERFACE_HEAD;
    return TRUE;
}

static MgBlockKind kind_of(guint32 type)
{
    switch (type) {
    case BLOCK_SECTION:
        return MG_BLOCK_SECTION;
    case BLOCK_INTERFACE:
        return MG_BLOCK_INTERFACE;
    case BLOCK_ENHANCED_PACKET:
        return MG_BLOCK_PACKET;
    case BLOCK_PACKET:
        return MG_BLOCK_OLD_PACKET;
    case BLOCK_SIMPLE_PACKET:
        return MG_BLOCK_SIMPLE_PACKET;
    case BLOCK_STATISTICS:
        return MG_BLOCK_STATISTICS;
    case BLOCK_SECRETS:
        return MG_BLOCK_SECRETS;
    case BLOCK_CUSTOM:
        return MG_BLOCK_CUSTOM_KEPT;
    case BLOCK_CUSTOM_NO_COPY:
        return MG_BLOCK_CUSTOM_LEFT;
    default:
        return MG_BLOCK_OTHER;
    }
}

static gboolean look_at(MgBlocks *blocks, MgBlock *block)
{
    gboolean good = TRUE;
    switch (block->kind) {
    case MG_BLOCK_SECTION:
        good = block->body.len >= SECTION_HEAD;
        block->options_at = SECTION_HEAD;
        g_array_set_size(blocks->interfaces, 0);
        break;
    case MG_BLOCK_INTERFACE:
        good = look_at_interface(blocks, block);
        break;
    case MG_BLOCK_PACKET:
    case MG_BLOCK_OLD_PACKET:
        good = look_at_packet(blocks, block);
        break;
    case MG_BLOCK_SIMPLE_PACKET:
        good = look_at_simple_packet(blocks, block);
        break;
    case MG_BLOCK_STATISTICS:
        block->options_at = MIN((gsize)STATISTICS_HEAD, block->body.len);
        break;
    case MG_BLOCK_OTHER:
    case MG_BLOCK_SECRETS:
    case MG_BLOCK_CUSTOM_KEPT:
    case MG_BLOCK_CUSTOM_LEFT:
    default:
        break;
    }
    if (good && (block->packet_at > 0 || mg_pcapng_has_number(block->type)))
        block->frame = ++blocks->frames;
    return good;
}

gboolean mg_blocks_next(MgBlocks *blocks, MgBlock *ret_block)
{
    if (blocks->classic)
        return mg_blocks_next_classic(blocks, ret_block);
    mg_source_take(blocks->source, blocks->shown);
    blocks->shown = 0;
    const guint8 *data = NULL;
    if (mg_source_need(blocks->source, BLOCK_FRAME, TRUE, &data) != MG_SOURCE_OK)
        return FALSE;
    /* Palindromic: the same in both byte orders. */
    if (mg_get32(blocks->order, data) == BLOCK_SECTION)
        blocks->order.big_endian = data[8] == 0x1a;
    guint32 type = mg_get32(blocks->order, data), length = mg_get32(blocks->order, data + 4);
    gsize total = padded(length); /* some writers forget the padding */
    gsize limit = MAX((gsize)MG_LIMIT_BLOCK, (gsize)MG_LIMIT_FRAME + MG_LIMIT_BLOCK_OPTIONS);
    if (length < BLOCK_FRAME || total > limit ||
        mg_source_need(blocks->source, total, TRUE, &data) != MG_SOURCE_OK)
        return FALSE;
    blocks->shown = total;
    *ret_block = (MgBlock){
        .kind = kind_of(type),
        .type = type,
        .big_endian = blocks->order.big_endian,
        .body = {data + 8, total - BLOCK_FRAME},
        .linktype = MG_LINKTYPE_NONE,
        .options_at = total - BLOCK_FRAME,
    };
    return look_at(blocks, ret_block);
}
