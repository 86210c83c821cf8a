/* pcapng: sections of blocks.  Only what leads to frames is read: section headers, interface
 * descriptions, name resolution and the three kinds of packet blocks; secrets, statistics and
 * custom blocks are passed over.
 *
 * draft-ietf-opsawg-pcapng; numbers of frames as Wireshark 4 gives them.
 */
#include "capture/pcapng.h"

#include "capture/reader.h"

#include <string.h>

enum {
    NAMES_END = 0,
    NAMES_IPV4 = 1,
    NAMES_IPV6 = 2,
};

enum {
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
};

/* Type and length in front, length behind. */
#define BLOCK_FRAME 12
/* A packet and its options. */
#define PACKET_BLOCK_LIMIT (MG_LIMIT_FRAME + MG_LIMIT_BLOCK_OPTIONS)

typedef struct {
    guint16 linktype;
    guint32 snaplen;
    guint8 resolution; /* as if_tsresol has it */
    guint8 digits;
    gint64 offset; /* seconds */
} Interface;

typedef struct {
    MgReader base;
    MgByteOrder order;
    GArray *interfaces;
    guint64 passing; /* octets of a block that are still to be passed over */
} PcapngReader;

typedef struct {
    guint32 type;
    guint32 length; /* as the block says */
    gsize total;    /* rounded up to whole words: some writers forget the padding */
    const guint8 *body;
    gsize body_len;
} Block;

static guint64 get64(MgByteOrder order, const guint8 *data)
{
    guint64 first = mg_get32(order, data), second = mg_get32(order, data + 4);
    return order.big_endian ? first << 32 | second : second << 32 | first;
}

/* ---- time ---- */

static guint64 power_of_ten(guint exponent)
{
    guint64 power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

/* Ticks of 10^-resolution or, with the high bit, 2^-resolution seconds. */
static MgTime ticks_to_time(const Interface *interface, guint64 ticks)
{
    guint exponent = interface->resolution & 0x7f;
    guint64 seconds, nanoseconds;
    if (interface->resolution & 0x80) {
        seconds = exponent < 64 ? ticks >> exponent : 0;
        guint64 fraction =
            exponent < 64 ? ticks & ((G_GUINT64_CONSTANT(1) << exponent) - 1) : ticks;
        /* 2^-32 s is finer than a nanosecond; the product below fits in 64 bits. */
        if (exponent > 32) {
            fraction = exponent - 32 < 64 ? fraction >> (exponent - 32) : 0;
            exponent = 32;
        }
        nanoseconds = fraction * (guint64)MG_SECOND >> exponent;
    } else if (exponent <= 9) {
        guint64 units = power_of_ten(exponent);
        seconds = ticks / units;
        nanoseconds = ticks % units * power_of_ten(9 - exponent);
    } else {
        /* 10^19 is the largest power that fits in 64 bits. */
        guint64 whole = exponent - 9 <= 19 ? ticks / power_of_ten(exponent - 9) : 0;
        seconds = whole / (guint64)MG_SECOND;
        nanoseconds = whole % (guint64)MG_SECOND;
    }
    if (seconds > G_MAXINT64 / 2 || interface->offset > G_MAXINT64 / 2)
        return MG_TIME_NONE;
    return mg_reader_time((gint64)seconds + interface->offset, nanoseconds);
}

/* Decimal digits that a resolution really has. */
static guint8 resolution_digits(guint8 resolution)
{
    guint exponent = resolution & 0x7f;
    if (resolution & 0x80)
        exponent = exponent * 30103 / 100000;
    return (guint8)MIN(exponent, 9u);
}

/* ---- options ---- */

typedef void (*OptionFound)(PcapngReader *pcapng, guint16 code, MgSlice value, gpointer user);

/* FALSE when an option is longer than the block. */
static gboolean read_options(PcapngReader *pcapng, const guint8 *data, gsize len, OptionFound found,
                             gpointer user)
{
    while (len >= 4) {
        guint16 code = mg_get16(pcapng->order, data);
        gsize option_len = mg_get16(pcapng->order, data + 2);
        if (code == OPTION_END)
            return TRUE;
        if (option_len > len - 4)
            return FALSE;
        if (found != NULL)
            found(pcapng, code, (MgSlice){data + 4, option_len}, user);
        gsize padded = 4 + (option_len + 3) / 4 * 4;
        if (padded >= len)
            return TRUE;
        data += padded;
        len -= padded;
    }
    return TRUE;
}

static void comment_option(PcapngReader *pcapng, guint16 code, MgSlice value, gpointer user)
{
    if (code == OPTION_COMMENT)
        mg_reader_add_comment(&pcapng->base, value);
}

static void interface_option(PcapngReader *pcapng, guint16 code, MgSlice value, gpointer user)
{
    Interface *interface = user;
    comment_option(pcapng, code, value, NULL);
    if (code == OPTION_TSRESOL && value.len == 1) {
        interface->resolution = value.data[0];
        interface->digits = resolution_digits(value.data[0]);
    } else if (code == OPTION_TSOFFSET && value.len == 8) {
        interface->offset = (gint64)get64(pcapng->order, value.data);
    }
}

/* ---- blocks ---- */

static MgRead read_section(PcapngReader *pcapng, const Block *block, GError **error)
{
    if (block->body_len < 16)
        return mg_reader_damaged(&pcapng->base, error, "a section header of %u bytes is too short",
                                 block->length);
    guint16 major = mg_get16(pcapng->order, block->body + 4);
    guint16 minor = mg_get16(pcapng->order, block->body + 6);
    if (major != 1 || (minor != 0 && minor != 2)) {
        mg_reader_set_version(pcapng->base.source, "pcapng", major, minor, error);
        return MG_READ_ERROR;
    }
    if (!read_options(pcapng, block->body + 16, block->body_len - 16, comment_option, NULL))
        return mg_reader_damaged(&pcapng->base, error,
                                 "an option of the section header is longer than its block");
    g_array_set_size(pcapng->interfaces, 0);
    return MG_READ_FRAME;
}

static MgRead read_interface(PcapngReader *pcapng, const Block *block, GError **error)
{
    if (block->body_len < 8)
        return mg_reader_damaged(&pcapng->base, error,
                                 "an interface description of %u bytes is too short",
                                 block->length);
    if (pcapng->interfaces->len >= MG_LIMIT_INTERFACES)
        return mg_reader_damaged(&pcapng->base, error, "a section has more than %d interfaces",
                                 MG_LIMIT_INTERFACES);
    Interface interface = {
        .linktype = mg_get16(pcapng->order, block->body),
        .snaplen = mg_get32(pcapng->order, block->body + 4),
        .resolution = 6,
        .digits = 6,
    };
    if (!read_options(pcapng, block->body + 8, block->body_len - 8, interface_option, &interface))
        return mg_reader_damaged(&pcapng->base, error,
                                 "an option of an interface description is longer than its block");
    g_array_append_val(pcapng->interfaces, interface);
    mg_reader_add_linktype(&pcapng->base, interface.linktype);
    return MG_READ_FRAME;
}

static const Interface *find_interface(const PcapngReader *pcapng, guint32 number)
{
    if (number >= pcapng->interfaces->len)
        return NULL;
    return &g_array_index(pcapng->interfaces, Interface, number);
}

/* Enhanced packet blocks and the old ones differ only in their first four octets. */
static MgRead read_packet(PcapngReader *pcapng, const Block *block, MgFrame *ret_frame,
                          GError **error)
{
    MgReader *reader = &pcapng->base;
    const guint8 *body = block->body;
    if (block->body_len < 20)
        return mg_reader_damaged(reader, error, "a packet block of %u bytes is too short",
                                 block->length);
    guint32 number =
        block->type == BLOCK_PACKET ? mg_get16(pcapng->order, body) : mg_get32(pcapng->order, body);
    const Interface *interface = find_interface(pcapng, number);
    if (interface == NULL)
        return mg_reader_damaged(reader, error,
                                 "a packet names interface %u, which is not described", number);
    guint32 captured = mg_get32(pcapng->order, body + 12);
    guint32 original = mg_get32(pcapng->order, body + 16);
    if (captured > block->body_len - 20 || captured > MG_LIMIT_FRAME)
        return mg_reader_damaged(reader, error, "a packet block of %u bytes claims %u bytes",
                                 block->length, captured);
    guint64 ticks =
        (guint64)mg_get32(pcapng->order, body + 4) << 32 | mg_get32(pcapng->order, body + 8);
    *ret_frame = (MgFrame){
        .bytes = {body + 20, captured},
        .original_len = MAX(original, captured),
        .linktype = interface->linktype,
        .at = {.frame = ++reader->frames,
               .time = ticks_to_time(interface, ticks),
               .time_digits = interface->digits},
    };
    if (ret_frame->at.time == MG_TIME_NONE)
        reader->odd_time = TRUE;
    /* A packet is a packet, whatever its options are. */
    gsize options = 20 + ((gsize)captured + 3) / 4 * 4;
    if (options < block->body_len)
        read_options(pcapng, body + options, block->body_len - options, comment_option, NULL);
    return MG_READ_FRAME;
}

/* It belongs to the first interface, and it has no time. */
static MgRead read_simple_packet(PcapngReader *pcapng, const Block *block, MgFrame *ret_frame,
                                 GError **error)
{
    MgReader *reader = &pcapng->base;
    const Interface *interface = find_interface(pcapng, 0);
    if (block->body_len < 4)
        return mg_reader_damaged(reader, error, "a packet block of %u bytes is too short",
                                 block->length);
    if (interface == NULL)
        return mg_reader_damaged(reader, error, "a packet stands before any interface");
    guint32 original = mg_get32(pcapng->order, block->body);
    guint32 captured = original;
    if (interface->snaplen > 0)
        captured = MIN(captured, interface->snaplen);
    if (captured > block->body_len - 4 || captured > MG_LIMIT_FRAME)
        return mg_reader_damaged(reader, error, "a packet block of %u bytes claims %u bytes",
                                 block->length, captured);
    *ret_frame = (MgFrame){
        .bytes = {block->body + 4, captured},
        .original_len = original,
        .linktype = interface->linktype,
        .at = {.frame = ++reader->frames, .time = MG_TIME_NONE},
    };
    return MG_READ_FRAME;
}

/* Each record: an address, and names that each end with a zero octet.  What is damaged ends the
 * reading of names; no packet depends on them. */
static void read_names(PcapngReader *pcapng, const Block *block)
{
    const guint8 *data = block->body;
    gsize left = block->body_len;
    while (left >= 4) {
        guint16 type = mg_get16(pcapng->order, data);
        gsize len = mg_get16(pcapng->order, data + 2), padded = (len + 3) / 4 * 4;
        gsize address_len = type == NAMES_IPV4 ? 4 : 16;
        if (type == NAMES_END || padded > left - 4)
            return;
        if ((type == NAMES_IPV4 || type == NAMES_IPV6) && len > address_len) {
            MgAddress address = {.family = type == NAMES_IPV4 ? 4 : 6};
            memcpy(address.bytes, data + 4, address_len);
            const guint8 *name = data + 4 + address_len;
            gsize room = len - address_len;
            /* Further names of the same address are aliases. */
            const guint8 *end = memchr(name, 0, room);
            mg_reader_add_name(&pcapng->base, &address,
                               (MgSlice){name, end != NULL ? (gsize)(end - name) : room});
        }
        data += 4 + padded;
        left -= 4 + padded;
    }
}

/* Names that are too many to be looked at are passed over. */
static gboolean is_read_whole(guint32 type, gsize total)
{
    if (type == BLOCK_NAMES)
        return total <= PACKET_BLOCK_LIMIT;
    return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET ||
           type == BLOCK_SIMPLE_PACKET || type == BLOCK_ENHANCED_PACKET;
}

/* The byte order is a matter of the section: its header tells it. */
static MgRead find_byte_order(PcapngReader *pcapng, GError **error)
{
    const guint8 *data = NULL;
    MgSourceStatus status = mg_source_need(pcapng->base.source, 12, FALSE, &data);
    if (status != MG_SOURCE_OK)
        return mg_reader_short(&pcapng->base, status, 12, error);
    if (memcmp(data + 8, "\x1a\x2b\x3c\x4d", 4) == 0)
        pcapng->order.big_endian = TRUE;
    else if (memcmp(data + 8, "\x4d\x3c\x2b\x1a", 4) == 0)
        pcapng->order.big_endian = FALSE;
    else
        return mg_reader_damaged(&pcapng->base, error, "a section header has no byte order mark");
    return MG_READ_FRAME;
}

/* Show the next block without taking it; one that is passed over has no body. */
static MgRead read_block(PcapngReader *pcapng, Block *ret_block, GError **error)
{
    MgReader *reader = &pcapng->base;
    const guint8 *data = NULL;
    MgSourceStatus status = mg_source_need(reader->source, 8, FALSE, &data);
    if (status != MG_SOURCE_OK)
        return mg_reader_short(reader, status, mg_source_left(reader->source) > 0 ? 8 : 0, error);
    Block block = {.type = mg_get32(pcapng->order, data)};
    if (block.type == BLOCK_SECTION) {
        MgRead read = find_byte_order(pcapng, error);
        if (read != MG_READ_FRAME)
            return read;
        mg_source_need(reader->source, 8, FALSE, &data);
    }
    block.length = mg_get32(pcapng->order, data + 4);
    block.total = ((gsize)block.length + 3) / 4 * 4;
    gboolean whole = is_read_whole(block.type, block.total);
    gsize limit = whole ? PACKET_BLOCK_LIMIT : MG_LIMIT_BLOCK;
    if (block.length < BLOCK_FRAME || block.total > limit)
        return mg_reader_damaged(reader, error, "the next block claims %u bytes", block.length);
    if (whole) {
        status = mg_source_need(reader->source, block.total, FALSE, &data);
        if (status != MG_SOURCE_OK)
            return mg_reader_short(reader, status, block.total, error);
        guint32 again = mg_get32(pcapng->order, data + block.total - 4);
        if (again != block.length && again != block.total)
            return mg_reader_damaged(reader, error,
                                     "the next block claims %u bytes at its beginning and %u at "
                                     "its end",
                                     block.length, again);
        block.body = data + 8;
        block.body_len = block.total - BLOCK_FRAME;
    }
    *ret_block = block;
    return MG_READ_FRAME;
}

static MgRead pcapng_next(MgReader *reader, MgFrame *ret_frame, GError **error)
{
    PcapngReader *pcapng = (PcapngReader *)reader;
    for (;;) {
        if (pcapng->passing > 0) {
            MgSourceStatus status = mg_source_pass(reader->source, &pcapng->passing);
            if (status != MG_SOURCE_OK)
                return mg_reader_short(reader, status, (gsize)pcapng->passing, error);
        }
        Block block = {0};
        MgRead read = read_block(pcapng, &block, error);
        if (read != MG_READ_FRAME)
            return read;
        if (block.body == NULL) {
            if (mg_pcapng_has_number(block.type))
                reader->frames++;
            pcapng->passing = block.total;
            continue;
        }
        mg_source_take(reader->source, block.total);
        switch (block.type) {
        case BLOCK_ENHANCED_PACKET:
        case BLOCK_PACKET:
            return read_packet(pcapng, &block, ret_frame, error);
        case BLOCK_SIMPLE_PACKET:
            return read_simple_packet(pcapng, &block, ret_frame, error);
        case BLOCK_INTERFACE:
            read = read_interface(pcapng, &block, error);
            break;
        case BLOCK_NAMES:
            read_names(pcapng, &block);
            break;
        default:
            read = read_section(pcapng, &block, error);
            break;
        }
        if (read != MG_READ_FRAME)
            return read;
    }
}

static void pcapng_free(MgReader *reader)
{
    PcapngReader *pcapng = (PcapngReader *)reader;
    g_array_unref(pcapng->interfaces);
    mg_reader_clear(reader);
    g_free(pcapng);
}

static const MgReaderClass pcapng_class = {.next = pcapng_next, .free = pcapng_free};

/* The first section header is read at once, so that a file that cannot be read is refused when
 * it is opened. */
static MgRead read_first_section(PcapngReader *pcapng, GError **error)
{
    MgSource *source = pcapng->base.source;
    const guint8 *data = NULL;
    Block block = {0};
    MgRead read;
    while ((read = read_block(pcapng, &block, error)) == MG_READ_WAIT) {
        if (mg_source_need(source, mg_source_left(source) + 1, TRUE, &data) == MG_SOURCE_WAIT) {
            mg_reader_set_interrupted(source, error);
            return MG_READ_ERROR;
        }
    }
    if (read == MG_READ_FRAME)
        read = read_section(pcapng, &block, error);
    if (read == MG_READ_FRAME)
        mg_source_take(source, block.total);
    return read;
}

MgReader *mg_pcapng_reader_new(MgSource *source, GError **error)
{
    PcapngReader *pcapng = g_new0(PcapngReader, 1);
    mg_reader_init(&pcapng->base, &pcapng_class, source);
    pcapng->interfaces = g_array_new(FALSE, FALSE, sizeof(Interface));
    if (read_first_section(pcapng, error) != MG_READ_FRAME) {
        pcapng->base.source = NULL; /* stays with the caller */
        pcapng_free(&pcapng->base);
        return NULL;
    }
    return &pcapng->base;
}
