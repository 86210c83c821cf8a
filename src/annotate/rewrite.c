/* See rewrite.h.  draft-ietf-opsawg-pcapng. */
#include "annotate/rewrite.h"

#include "annotate/annotate.h"

#include <string.h>

enum {
    TYPE_ENHANCED_PACKET = 6,
};

enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    SECTION_PROGRAM = 4,
    INTERFACE_SPEED = 8,
    INTERFACE_TSRESOL = 9,
    INTERFACE_FCSLEN = 13,
    INTERFACE_TSOFFSET = 14,
    STATISTICS_START = 2,
    STATISTICS_DELIVERED = 8,
    PACKET_FLAGS = 2,
    PACKET_HASH = 3,
    PACKET_DROPCOUNT = 4,
};

/* Octets of comments on one packet, so that Wireshark's limit for a block's options
 * (MG_LIMIT_BLOCK_OPTIONS) is not reached. */
#define COMMENTS_LIMIT (96 * 1024)
#define OPTION_LIMIT 65535

typedef struct {
    GByteArray *out;
    gboolean big_endian;
} Writer;

static guint32 get(gboolean big_endian, const guint8 *data, guint octets)
{
    guint32 value = 0;
    for (guint i = 0; i < octets; i++)
        value |= (guint32)data[big_endian ? octets - 1 - i : i] << 8 * i;
    return value;
}

static void set(gboolean big_endian, guint8 *data, guint32 value, guint octets)
{
    for (guint i = 0; i < octets; i++)
        data[big_endian ? octets - 1 - i : i] = (guint8)(value >> 8 * i);
}

static void put(Writer *writer, guint32 value, guint octets)
{
    guint8 data[4];
    set(writer->big_endian, data, value, octets);
    g_byte_array_append(writer->out, data, octets);
}

static void put_octets(Writer *writer, const void *data, gsize len)
{
    if (len > 0)
        g_byte_array_append(writer->out, data, (guint)len);
}

static void put_option(Writer *writer, guint16 code, const void *data, gsize len)
{
    static const guint8 zeros[3] = {0};
    put(writer, code, 2);
    put(writer, (guint32)len, 2);
    put_octets(writer, data, len);
    put_octets(writer, zeros, (4 - len % 4) % 4);
}

/* ---- Options ---- */

typedef struct {
    guint16 code;
    MgSlice value;
} Option;

/* The option at *at.  FALSE at the end of the options, however it is told. */
static gboolean next_option(const MgBlock *block, gsize *at, Option *ret_option)
{
    if (*at > block->body.len || block->body.len - *at < 4)
        return FALSE;
    const guint8 *data = block->body.data + *at;
    gsize left = block->body.len - *at;
    guint16 code = (guint16)get(block->big_endian, data, 2);
    gsize len = get(block->big_endian, data + 2, 2);
    if (code == OPTION_END || len > left - 4)
        return FALSE;
    *ret_option = (Option){code, {data + 4, len}};
    *at += MIN(4 + (len + 3) / 4 * 4, left);
    return TRUE;
}

static gboolean is_own(const Option *option)
{
    return option->code == OPTION_COMMENT && mg_is_own_comment(option->value);
}

/* What stays of a block that shall name nobody: how to read its times, and counts. */
static gboolean names_nobody(const MgBlock *block, guint16 code)
{
    switch (block->kind) {
    case MG_BLOCK_INTERFACE:
        return code == INTERFACE_SPEED || code == INTERFACE_TSRESOL || code == INTERFACE_FCSLEN ||
               code == INTERFACE_TSOFFSET;
    case MG_BLOCK_PACKET:
    case MG_BLOCK_OLD_PACKET:
        return code == PACKET_FLAGS || code == PACKET_DROPCOUNT;
    case MG_BLOCK_STATISTICS:
        return code >= STATISTICS_START && code <= STATISTICS_DELIVERED;
    default:
        return FALSE;
    }
}

static gboolean may_have_comments(const MgBlock *block)
{
    return block->kind == MG_BLOCK_PACKET || block->kind == MG_BLOCK_OLD_PACKET ||
           block->kind == MG_BLOCK_SECTION;
}

/* Whether an option must go or one must come. */
static gboolean options_change(const MgBlock *block, const MgRewrite *rewrite)
{
    if (rewrite->comments->len > 0 || rewrite->program != NULL || rewrite->packet != NULL)
        return TRUE;
    gsize at = block->options_at;
    Option option;
    while (next_option(block, &at, &option))
        if (is_own(&option))
            return TRUE;
    return FALSE;
}

static void put_comments(Writer *writer, const GPtrArray *comments)
{
    gsize total = 0;
    for (guint i = 0; i < comments->len; i++) {
        const char *comment = g_ptr_array_index(comments, i);
        gsize len = MIN(strlen(comment), (gsize)OPTION_LIMIT);
        total += len + 8;
        if (total > COMMENTS_LIMIT)
            return;
        put_option(writer, OPTION_COMMENT, comment, len);
    }
}

static void put_options(Writer *writer, const MgBlock *block, const MgRewrite *rewrite)
{
    guint begin = writer->out->len;
    gboolean packet = block->kind != MG_BLOCK_SECTION;
    gboolean has_program = FALSE, had_end = FALSE;
    put_comments(writer, rewrite->comments);
    gsize at = block->options_at;
    Option option;
    while (next_option(block, &at, &option)) {
        has_program |= !packet && option.code == SECTION_PROGRAM;
        /* A hash is of the octets as they were. */
        if (is_own(&option) || (packet && rewrite->packet != NULL && option.code == PACKET_HASH))
            continue;
        if (rewrite->nameless && !names_nobody(block, option.code))
            continue;
        put_option(writer, option.code, option.value.data, option.value.len);
    }
    had_end = at + 4 <= block->body.len;
    if (!packet && !has_program && rewrite->program != NULL)
        put_option(writer, SECTION_PROGRAM, rewrite->program, strlen(rewrite->program));
    if (writer->out->len > begin || had_end)
        put(writer, OPTION_END, 4);
}

/* ---- Blocks ---- */

/* The old packet block has the interface and the drop count in two octets each. */
static void put_old_head(Writer *writer, const MgBlock *block)
{
    put(writer, get(block->big_endian, block->body.data, 2), 4);
    put_octets(writer, block->body.data + 4, 16);
}

static void put_old_drops(Writer *writer, const MgBlock *block)
{
    guint32 drops = get(block->big_endian, block->body.data + 2, 2);
    if (drops == 0xffff)
        return;
    guint8 value[8] = {0};
    set(block->big_endian, value + (block->big_endian ? 4 : 0), drops, 4);
    put_option(writer, PACKET_DROPCOUNT, value, sizeof value);
}

static void put_packet(Writer *writer, const MgBlock *block, const MgRewrite *rewrite)
{
    const guint8 *octets =
        rewrite->packet != NULL ? rewrite->packet : block->body.data + block->packet_at;
    put_octets(writer, octets, block->packet_len);
    /* The padding as it was. */
    gsize end = block->packet_at + block->packet_len;
    put_octets(writer, block->body.data + end, block->options_at - end);
}

static void put_body(Writer *writer, const MgBlock *block, const MgRewrite *rewrite)
{
    const MgSlice body = block->body;
    guint begin = writer->out->len;
    gsize options_at = block->options_at;
    if (block->kind == MG_BLOCK_OLD_PACKET) {
        put_old_head(writer, block);
        put_packet(writer, block, rewrite);
    } else if (block->packet_at > 0) {
        put_octets(writer, body.data, block->packet_at);
        put_packet(writer, block, rewrite);
    } else {
        put_octets(writer, body.data, options_at);
    }
    /* The length of the section: blocks of it have grown. */
    if (rewrite->relength && options_at >= 16)
        memset(writer->out->data + begin + 8, 0xff, 8);
    if (block->kind == MG_BLOCK_OLD_PACKET) {
        guint before = writer->out->len;
        put_options(writer, block, rewrite);
        guint after = writer->out->len;
        put_old_drops(writer, block);
        /* The end stands behind the drop count. */
        if (writer->out->len > after && after > before) {
            guint drops = writer->out->len - after;
            memmove(writer->out->data + after - 4, writer->out->data + after, drops);
            memset(writer->out->data + writer->out->len - 4, 0, 4);
        } else if (writer->out->len > after) {
            put(writer, OPTION_END, 4);
        }
    } else if (rewrite->nameless || (may_have_comments(block) && options_change(block, rewrite))) {
        put_options(writer, block, rewrite);
    } else {
        put_octets(writer, body.data + options_at, body.len - options_at);
    }
}

void mg_rewrite(const MgBlock *block, const MgRewrite *rewrite, GByteArray *out)
{
    Writer writer = {.out = out, .big_endian = block->big_endian};
    guint begin = out->len;
    put(&writer, block->kind == MG_BLOCK_OLD_PACKET ? TYPE_ENHANCED_PACKET : block->type, 4);
    put(&writer, 0, 4);
    put_body(&writer, block, rewrite);
    guint32 length = out->len - begin + 4;
    put(&writer, length, 4);
    set(block->big_endian, out->data + begin + 4, length, 4);
}
