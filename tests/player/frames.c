/* See frames.h. */
#include "frames.h"

#include <string.h>

enum {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_PROVIDER = 0x88a8,
    ETHERTYPE_PPPOE = 0x8864,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PORT_VXLAN = 4789,
    PORT_GENEVE = 6081,
    /* Octets of a TCP segment that an IPv4 datagram in a tunnel can hold. */
    SEGMENT_MOST = 60000,
};

const char *framing_name(Framing framing)
{
    static const char *const names[] = {"fragmented", "tunnelled", "doubled"};
    return names[framing];
}

/* ---- Layers, put in front of what they hold ---- */

static void front(GByteArray *bytes, const guint8 *header, gsize len)
{
    g_byte_array_prepend(bytes, header, (guint)len);
}

static void set16(guint8 *at, guint value)
{
    at[0] = (guint8)(value >> 8);
    at[1] = (guint8)value;
}

static void set32(guint8 *at, guint32 value)
{
    set16(at, value >> 16);
    set16(at + 2, value & 0xffff);
}

static void front16(GByteArray *bytes, guint value)
{
    guint8 two[2];
    set16(two, value);
    front(bytes, two, sizeof two);
}

static void front_ethernet(GByteArray *bytes, guint type)
{
    static const guint8 addresses[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    front16(bytes, type);
    front(bytes, addresses, sizeof addresses);
}

/* What follows has the Ethernet type `type`; `tag` is that of the tag itself, in front of it. */
static guint front_tag(GByteArray *bytes, guint type, guint tag)
{
    front16(bytes, type);
    front16(bytes, 7);
    return tag;
}

static guint front_pppoe(GByteArray *bytes, guint type)
{
    front16(bytes, type == ETHERTYPE_IPV4 ? 0x0021 : 0x0057);
    guint8 header[6] = {0x11, 0, 0, 1};
    set16(header + 4, bytes->len);
    front(bytes, header, sizeof header);
    return ETHERTYPE_PPPOE;
}

static void front_udp(GByteArray *bytes, guint port)
{
    guint8 header[8] = {0};
    set16(header, 40000);
    set16(header + 2, port);
    set16(header + 4, bytes->len + 8);
    front(bytes, header, sizeof header);
}

/* `piece`: in units of eight octets, with `more` behind it; both 0 where nothing is cut. */
static guint front_ipv4(GByteArray *bytes, const guint8 *from, const guint8 *to, guint8 protocol,
                        guint id, guint piece, gboolean more)
{
    guint8 header[20] = {0x45};
    set16(header + 2, bytes->len + 20);
    set16(header + 4, id);
    set16(header + 6, piece | (more ? 0x2000 : 0));
    header[8] = 64;
    header[9] = protocol;
    memcpy(header + 12, from, 4);
    memcpy(header + 16, to, 4);
    front(bytes, header, sizeof header);
    return ETHERTYPE_IPV4;
}

static guint front_ipv6(GByteArray *bytes, const guint8 *from, const guint8 *to, guint8 next)
{
    guint8 header[40] = {0x60};
    set16(header + 4, bytes->len);
    header[6] = next;
    header[7] = 64;
    memcpy(header + 8, from, 16);
    memcpy(header + 24, to, 16);
    front(bytes, header, sizeof header);
    return ETHERTYPE_IPV6;
}

static void front_fragment(GByteArray *bytes, guint8 next, guint32 id, guint piece, gboolean more)
{
    guint8 header[8] = {next};
    set16(header + 2, piece << 3 | (more ? 1 : 0));
    set32(header + 4, id);
    front(bytes, header, sizeof header);
}

/* The ends of tunnels. */
static const guint8 outer4[2][4] = {{192, 0, 2, 1}, {192, 0, 2, 2}};
static const guint8 outer6[2][16] = {{0x20, 1, 0xd, 0xb8, [15] = 1},
                                     {0x20, 1, 0xd, 0xb8, [15] = 2}};

/* ---- One packet ---- */

typedef struct {
    const guint8 *from, *to;
    guint8 family;
} Way;

static Way way_of(const Script *script, const Packet *packet)
{
    const Connection *connection =
        &g_array_index(script->connections, Connection, packet->connection);
    return (Way){.from = connection->end[packet->side].address.bytes,
                 .to = connection->end[1 - packet->side].address.bytes,
                 .family = connection->end[0].address.family};
}

/* The TCP segment with octets [start, end) of the packet's. */
static GByteArray *segment_of(const Script *script, const Packet *packet, gsize start, gsize end)
{
    const Connection *connection =
        &g_array_index(script->connections, Connection, packet->connection);
    guint8 header[20] = {0};
    set16(header, connection->end[packet->side].port);
    set16(header + 2, connection->end[1 - packet->side].port);
    set32(header + 4, packet->seq + (guint32)start);
    set32(header + 8, packet->ack);
    header[12] = 5 << 4;
    header[13] = packet->flags;
    set16(header + 14, 65535);
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, header, sizeof header);
    if (end > start)
        g_byte_array_append(bytes, (const guint8 *)g_bytes_get_data(packet->payload, NULL) + start,
                            (guint)(end - start));
    return bytes;
}

static guint front_ip(GByteArray *bytes, const Way *way, guint id)
{
    return way->family == 6 ? front_ipv6(bytes, way->from, way->to, PROTOCOL_TCP)
                            : front_ipv4(bytes, way->from, way->to, PROTOCOL_TCP, id, 0, FALSE);
}

static guint8 protocol_of(guint type)
{
    return type == ETHERTYPE_IPV4 ? PROTOCOL_IPV4 : PROTOCOL_IPV6;
}

enum { TUNNELS = 7 };

/* The tunnel number `way` around an IP packet of this type. */
static guint front_tunnel(GByteArray *bytes, guint type, guint way, guint id)
{
    switch (way) {
    case 0:
        return front_tag(bytes, type, ETHERTYPE_VLAN);
    case 1:
        type = front_tag(bytes, front_pppoe(bytes, type), ETHERTYPE_VLAN);
        return front_tag(bytes, type, ETHERTYPE_PROVIDER);
    case 2: /* GRE (RFC 2784) */
        front16(bytes, type);
        front16(bytes, 0);
        return front_ipv4(bytes, outer4[0], outer4[1], PROTOCOL_GRE, id, 0, FALSE);
    case 3: { /* VXLAN (RFC 7348) */
        static const guint8 header[8] = {0x08, [6] = 42};
        front_ethernet(bytes, type);
        front(bytes, header, sizeof header);
        front_udp(bytes, PORT_VXLAN);
        return front_ipv4(bytes, outer4[0], outer4[1], PROTOCOL_UDP, id, 0, FALSE);
    }
    case 4: { /* Geneve (RFC 8926) with one option, over IPv6 */
        static const guint8 header[12] = {1, 0, 0x65, 0x58, [6] = 42, [8] = 1, [9] = 2};
        front_ethernet(bytes, front_tag(bytes, type, ETHERTYPE_VLAN));
        front(bytes, header, sizeof header);
        front_udp(bytes, PORT_GENEVE);
        return front_ipv6(bytes, outer6[0], outer6[1], PROTOCOL_UDP);
    }
    case 5:
        return front_ipv6(bytes, outer6[0], outer6[1], protocol_of(type));
    case 6:
    default:
        return front_ipv4(bytes, outer4[0], outer4[1], protocol_of(type), id, 0, FALSE);
    }
}

/* ---- All packets ---- */

typedef struct {
    const Script *script;
    GPtrArray *frames;
    guint way;
    guint id;
    guint64 number;
} Builder;

static void frame_free(gpointer data)
{
    Frame *frame = data;
    g_bytes_unref(frame->bytes);
    g_free(frame);
}

/* Takes the bytes. */
static void add_frame(Builder *b, GByteArray *bytes, guint type, MgTime time, guint16 capture)
{
    front_ethernet(bytes, type);
    Frame *frame = g_new0(Frame, 1);
    frame->bytes = g_byte_array_free_to_bytes(bytes);
    frame->at = (MgStamp){.frame = ++b->number, .time = time, .capture = capture, .time_digits = 6};
    g_ptr_array_add(b->frames, frame);
}

enum { FRAGMENTINGS = 3 };

/* The ways: IP in pieces of 8 octets, last one first; of 64, odd ones first; and the packet
 * inside an IPv6 one that is cut in pieces of 24. */
static void add_fragments(Builder *b, const Packet *packet, GByteArray *segment)
{
    static const guint sizes[FRAGMENTINGS] = {8, 64, 24};
    guint size = sizes[b->way];
    Way way = way_of(b->script, packet);
    guint8 protocol = PROTOCOL_TCP;
    if (b->way == 2) {
        protocol = protocol_of(front_ip(segment, &way, b->id));
        way = (Way){.from = outer6[0], .to = outer6[1], .family = 6};
    }
    guint n = (segment->len + size - 1) / size;
    for (guint i = 0; i < n; i++) {
        guint piece = b->way == 0 ? n - 1 - i : i < n / 2 ? 2 * i + 1 : 2 * (i - n / 2);
        guint start = piece * size, end = MIN(start + size, segment->len);
        GByteArray *bytes = g_byte_array_new();
        g_byte_array_append(bytes, segment->data + start, end - start);
        guint type = ETHERTYPE_IPV6;
        if (n == 1 && way.family == 6) {
            front_ipv6(bytes, way.from, way.to, protocol);
        } else if (way.family == 6) {
            front_fragment(bytes, protocol, b->id, start / 8, piece + 1 < n);
            front_ipv6(bytes, way.from, way.to, PROTOCOL_FRAGMENT);
        } else {
            type = front_ipv4(bytes, way.from, way.to, protocol, b->id & 0xffff, start / 8,
                              piece + 1 < n);
        }
        add_frame(b, bytes, type, packet->time, 1);
    }
    g_byte_array_unref(segment);
}

static void add_tunnelled(Builder *b, const Packet *packet, GByteArray *segment)
{
    Way way = way_of(b->script, packet);
    guint type = front_ip(segment, &way, b->id & 0xffff);
    add_frame(b, segment, front_tunnel(segment, type, b->way, b->id & 0xffff), packet->time, 1);
}

static void add_plain(Builder *b, const Packet *packet, GByteArray *segment, MgTime time,
                      guint16 capture)
{
    Way way = way_of(b->script, packet);
    add_frame(b, segment, front_ip(segment, &way, b->id & 0xffff), time, capture);
}

/* A capture of its own; the way between the two points takes 30 µs. */
static void add_point(Builder *b, const GPtrArray *packets, guint16 capture, MgTime fast,
                      guint misses)
{
    b->number = 0;
    b->id = 0;
    for (guint i = 0; i < packets->len; i++) {
        const Packet *packet = g_ptr_array_index(packets, i);
        gsize len = g_bytes_get_size(packet->payload);
        if (!packet->captured || (misses > 0 && len > 0 && i % 4 == misses))
            continue;
        MgTime way = capture == 1 ? 0 : packet->side == 0 ? 30 * 1000 : -30 * 1000;
        for (gsize at = 0; at == 0 || at < len; at += SEGMENT_MOST) {
            GByteArray *segment = segment_of(b->script, packet, at, MIN(at + SEGMENT_MOST, len));
            b->id++;
            add_plain(b, packet, segment, packet->time + fast + way, capture);
        }
    }
}

static void add_doubled(Builder *b, const GPtrArray *packets)
{
    static const struct {
        MgTime fast;
        guint misses[2];
    } ways[] = {
        {17300 * (MG_SECOND / 1000), {0, 0}},
        {-17300 * (MG_SECOND / 1000), {1, 3}},
    };
    if (b->way >= G_N_ELEMENTS(ways))
        return;
    add_point(b, packets, 1, 0, ways[b->way].misses[0]);
    add_point(b, packets, 2, ways[b->way].fast, ways[b->way].misses[1]);
}

static void add_packet(Builder *b, const Packet *packet, Framing framing)
{
    gsize len = g_bytes_get_size(packet->payload);
    for (gsize at = 0; at == 0 || at < len; at += SEGMENT_MOST) {
        GByteArray *segment = segment_of(b->script, packet, at, MIN(at + SEGMENT_MOST, len));
        b->id++;
        if (framing == FRAMING_FRAGMENTED)
            add_fragments(b, packet, segment);
        else
            add_tunnelled(b, packet, segment);
    }
}

GPtrArray *frames_of(const Script *script, const GPtrArray *packets, Framing framing, guint way)
{
    static const guint ways[] = {FRAGMENTINGS, TUNNELS, 2};
    if (way >= ways[framing])
        return NULL;
    Builder b = {
        .script = script, .frames = g_ptr_array_new_with_free_func(frame_free), .way = way};
    if (framing == FRAMING_DOUBLED)
        add_doubled(&b, packets);
    for (guint i = 0; framing != FRAMING_DOUBLED && i < packets->len; i++) {
        const Packet *packet = g_ptr_array_index(packets, i);
        if (packet->captured)
            add_packet(&b, packet, framing);
    }
    return b.frames;
}
