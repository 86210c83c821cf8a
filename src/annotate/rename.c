/* See rename.h.  RFC 791, RFC 8200, RFC 9293. */
#include "annotate/rename.h"

#include "annotate/hide.h"
#include "annotate/mend.h"

#include <string.h>

struct MgRenamer {
    MgRenameAddress address;
    gpointer user;
    GHashTable *hardware; /* six octets as a number → its own number, from 1 */
};

enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_OLD = 12,
    LINK_RAW_BSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276,
};

enum { ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, ETHER_LEAST = 0x0600 };

enum { IP_HOP = 0, IP_TCP = 6, IP_UDP = 17, IP_FRAGMENT = 44, IP_DESTINATION = 60 };

enum { IPV4_LEAST = 20, IPV6_HEADER = 40, TCP_LEAST = 20, UDP_HEADER = 8, MAC = 6 };

/* One packet at work. */
typedef struct {
    MgRenamer *renamer;
    guint8 *octets;
    gsize len;
    guint64 addresses; /* what their change adds to a checksum over them */
} Packet;

static guint16 get16(const guint8 *data)
{
    return (guint16)(data[0] << 8 | data[1]);
}

static gboolean blank(const Packet *packet, gsize from)
{
    if (from < packet->len)
        memset(packet->octets + from, MG_HIDE_WITH, packet->len - from);
    return FALSE;
}

/* RFC 7042 section 2.1.2: 00-00-5E-00-53-00 to -FF are for documentation. */
static void rename_hardware(const Packet *packet, gsize at)
{
    guint8 *mac = packet->octets + at;
    guint64 key = 0;
    for (guint i = 0; i < MAC; i++)
        key = key << 8 | mac[i];
    /* To everybody (and none) is nobody's address. */
    if (key == 0 || key == G_GUINT64_CONSTANT(0xffffffffffff))
        return;
    GHashTable *known = packet->renamer->hardware;
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(known, &key));
    if (number == 0) {
        number = MIN(g_hash_table_size(known) + 1, 255);
        if (g_hash_table_size(known) < MG_LIMIT_PSEUDONYMS)
            g_hash_table_insert(known, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(number));
    }
    static const guint8 front[] = {0x00, 0x00, 0x5e, 0x00, 0x53};
    memcpy(mac, front, sizeof front);
    mac[MAC - 1] = (guint8)number;
}

static void rename_address(Packet *packet, gsize at, guint8 family)
{
    gsize len = family == 4 ? 4 : 16;
    MgAddress address = {.family = family};
    memcpy(address.bytes, packet->octets + at, len);
    MgAddress other = packet->renamer->address(packet->renamer->user, &address);
    for (gsize i = 0; i < len; i++)
        packet->addresses += mg_mend_sum((guint32)i, packet->octets[at + i], other.bytes[i]);
    memcpy(packet->octets + at, other.bytes, len);
}

/* ---- From the inside out ---- */

static gboolean rename_tcp(Packet *packet, gsize at)
{
    if (packet->len < at + TCP_LEAST)
        return blank(packet, at);
    gsize header = (gsize)(packet->octets[at + 12] >> 4) * 4;
    if (header < TCP_LEAST || packet->len < at + header)
        return blank(packet, at + TCP_LEAST);
    gsize text = at + header;
    guint64 sum = packet->addresses;
    sum += mg_rename_words(packet->octets + text, packet->len - text, (guint32)header);
    mg_mend(packet->octets + at + MG_TCP_CHECKSUM, sum);
    return TRUE;
}

static gboolean rename_inside(Packet *packet, gsize at, guint8 protocol)
{
    if (protocol == IP_TCP)
        return rename_tcp(packet, at);
    return blank(packet, protocol == IP_UDP ? at + UDP_HEADER : at);
}

/* What lies behind the datagram is padding, or the rest of another packet in old memory. */
static void trim(Packet *packet, gsize end)
{
    if (end < packet->len) {
        memset(packet->octets + end, 0, packet->len - end);
        packet->len = end;
    }
}

static gboolean rename_ipv4(Packet *packet, gsize at)
{
    guint8 *ip = packet->octets + at;
    if (packet->len < at + IPV4_LEAST || ip[0] >> 4 != 4)
        return blank(packet, at);
    gsize header = (gsize)(ip[0] & 0xf) * 4, total = get16(ip + 2);
    if (header < IPV4_LEAST || packet->len < at + header)
        return blank(packet, at);
    rename_address(packet, at + 12, 4);
    rename_address(packet, at + 16, 4);
    guint64 sum = packet->addresses;
    /* Options may hold the addresses of the way: no operation instead (RFC 791 section 3.1). */
    for (gsize i = IPV4_LEAST; i < header; i++) {
        sum += mg_mend_sum((guint32)i, ip[i], 1);
        ip[i] = 1;
    }
    mg_mend(ip + 10, sum);
    if (total >= header) /* 0: a giant segment of an offloading card */
        trim(packet, at + total);
    if ((get16(ip + 6) & 0x1fff) != 0)
        return blank(packet, at + header);
    return rename_inside(packet, at + header, ip[9]);
}

static gboolean rename_ipv6(Packet *packet, gsize at)
{
    guint8 *ip = packet->octets + at;
    if (packet->len < at + IPV6_HEADER || ip[0] >> 4 != 6)
        return blank(packet, at);
    gsize total = get16(ip + 4);
    rename_address(packet, at + 8, 6);
    rename_address(packet, at + 24, 6);
    if (total > 0)
        trim(packet, at + IPV6_HEADER + total);
    guint8 next = ip[6];
    gsize inside = at + IPV6_HEADER;
    while (next == IP_HOP || next == IP_DESTINATION || next == IP_FRAGMENT) {
        if (packet->len < inside + 8)
            return blank(packet, inside);
        const guint8 *extension = packet->octets + inside;
        if (next == IP_FRAGMENT && (get16(extension + 2) & 0xfff8) != 0)
            return blank(packet, inside + 8);
        gsize length = next == IP_FRAGMENT ? 8 : ((gsize)extension[1] + 1) * 8;
        next = extension[0];
        inside += length;
    }
    return inside > packet->len ? FALSE : rename_inside(packet, inside, next);
}

static gboolean rename_ether(Packet *packet, guint16 type, gsize at)
{
    while ((type == 0x8100 || type == 0x88a8 || type == 0x9100) && packet->len >= at + 4) {
        type = get16(packet->octets + at + 2);
        at += 4;
    }
    if (type == ETHER_IPV4)
        return rename_ipv4(packet, at);
    return type == ETHER_IPV6 ? rename_ipv6(packet, at) : blank(packet, at);
}

static gboolean rename_ip(Packet *packet, gsize at)
{
    if (packet->len <= at)
        return FALSE;
    return packet->octets[at] >> 4 == 6 ? rename_ipv6(packet, at) : rename_ipv4(packet, at);
}

gboolean mg_rename_packet(MgRenamer *renamer, guint16 linktype, guint8 *octets, gsize len)
{
    Packet packet = {.renamer = renamer, .octets = octets, .len = len};
    switch (linktype) {
    case LINK_ETHERNET:
        if (len < 2 * MAC + 2)
            return blank(&packet, 0);
        rename_hardware(&packet, 0);
        rename_hardware(&packet, MAC);
        return rename_ether(&packet, get16(octets + (gsize)2 * MAC), 2 * MAC + 2);
    case LINK_SLL:
        if (len < 16)
            return blank(&packet, 0);
        rename_hardware(&packet, 6);
        memset(octets + 12, 0, 2);
        return rename_ether(&packet, get16(octets + 14), 16);
    case LINK_SLL2:
        if (len < 20)
            return blank(&packet, 0);
        rename_hardware(&packet, 12);
        memset(octets + 18, 0, 2);
        return rename_ether(&packet, get16(octets), 20);
    case LINK_RAW:
    case LINK_RAW_OLD:
    case LINK_RAW_BSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return rename_ip(&packet, 0);
    case LINK_NULL:
    case LINK_LOOP:
        return rename_ip(&packet, 4);
    default:
        return blank(&packet, 0);
    }
}

MgRenamer *mg_renamer_new(MgRenameAddress address, gpointer user)
{
    MgRenamer *renamer = g_new0(MgRenamer, 1);
    renamer->address = address;
    renamer->user = user;
    renamer->hardware = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return renamer;
}

void mg_renamer_free(MgRenamer *renamer)
{
    if (renamer == NULL)
        return;
    g_hash_table_unref(renamer->hardware);
    g_free(renamer);
}
