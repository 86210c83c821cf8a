/* IPv4 (RFC 791), IPv6 and its extension headers (RFC 8200), and what they carry. */
#include "net/net.h"
#include "net/fragments.h"

#include <string.h>

enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_AUTHENTICATION = 51,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_DESTINATION = 60,
    PROTOCOL_ETHERIP = 97,
    PROTOCOL_MOBILITY = 135,
    PROTOCOL_MPLS = 137,
    PROTOCOL_HIP = 139,
    PROTOCOL_SHIM6 = 140,
};

#define JUMBO_OPTION 0xc2

/* ICMP carries no segments: its errors quote those that were seen before, or never. */
static gboolean is_carried(const MgNet *net, guint8 protocol)
{
    if (protocol == PROTOCOL_ICMP || protocol == PROTOCOL_ICMPV6)
        return net->sink.quoted != NULL;
    return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP || protocol == PROTOCOL_IPV4 ||
           protocol == PROTOCOL_IPV6 || protocol == PROTOCOL_GRE ||
           protocol == PROTOCOL_AUTHENTICATION || protocol == PROTOCOL_ETHERIP ||
           protocol == PROTOCOL_MPLS;
}

static void authentication(MgNet *net, MgLayer layer, const MgAddressPair *addresses)
{
    if (layer.len < 2)
        return;
    guint8 next = layer.data[0];
    if (mg_layer_take(&layer, ((gsize)layer.data[1] + 2) * 4))
        mg_transport(net, layer, next, addresses);
}

/* An error holds the beginning of the packet that it is about: at least eight octets of its
 * payload, often all of it (RFC 792, RFC 1812 section 4.3.2.3, RFC 4443). */
static void icmp(MgNet *net, MgLayer layer, gboolean version_6)
{
    if (layer.len < 8 || layer.frame == NULL || net->quoting || net->sink.quoted == NULL)
        return;
    guint8 type = layer.data[0];
    gboolean is_error = version_6 ? type >= 1 && type <= 4
                                  : type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    if (!is_error || !mg_layer_take(&layer, 8))
        return;
    net->quoting = TRUE;
    mg_ip(net, layer);
    net->quoting = FALSE;
}

void mg_transport(MgNet *net, MgLayer layer, guint8 protocol, const MgAddressPair *addresses)
{
    switch (protocol) {
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
        icmp(net, layer, protocol == PROTOCOL_ICMPV6);
        break;
    case PROTOCOL_TCP:
        mg_tcp(net, layer, addresses);
        break;
    case PROTOCOL_UDP:
        mg_udp(net, layer);
        break;
    case PROTOCOL_IPV4:
        mg_ipv4(net, layer);
        break;
    case PROTOCOL_IPV6:
        mg_ipv6(net, layer);
        break;
    case PROTOCOL_GRE:
        mg_gre(net, layer);
        break;
    case PROTOCOL_AUTHENTICATION: /* RFC 4302; in IPv6 it comes here too */
        authentication(net, layer, addresses);
        break;
    case PROTOCOL_MPLS: /* RFC 4023 */
        mg_mpls(net, layer);
        break;
    case PROTOCOL_ETHERIP: /* RFC 3378 */
        if (mg_layer_take(&layer, 2))
            mg_ethernet(net, layer);
        break;
    default:
        break;
    }
}

/* ---- fragments ---- */

static void extensions(MgNet *net, MgLayer layer, guint8 next, const MgAddressPair *addresses);

static void fragment(MgNet *net, const MgFragment *fragment, guint layers,
                     const MgAddressPair *addresses)
{
    MgDatagram datagram;
    if (net->quoting)
        return; /* it is no part of a datagram that comes */
    if (!mg_fragments_add(net->fragments, fragment, &net->at, &datagram))
        return;
    g_autofree guint8 *data = datagram.data;
    g_autoptr(GArray) pieces = datagram.pieces;
    /* A datagram inside another one that was put together: its pieces lie in no frame as they
     * are. */
    const MgPiece *outer = net->pieces;
    guint n_outer = net->n_pieces;
    const guint8 *outer_datagram = net->datagram;
    net->pieces = (const MgPiece *)(gpointer)pieces->data;
    net->n_pieces = pieces->len;
    net->datagram = data;
    MgLayer layer = {
        .data = data, .len = datagram.len, .wire_len = datagram.wire_len, .layers = layers};
    if (addresses->source.family == 6)
        extensions(net, layer, datagram.protocol, addresses);
    else
        mg_transport(net, layer, datagram.protocol, addresses);
    net->pieces = outer;
    net->n_pieces = n_outer;
    net->datagram = outer_datagram;
}

static guint32 offset_in_frame(const MgLayer *layer)
{
    return layer->frame != NULL ? (guint32)(layer->data - layer->frame) : MG_OFFSET_NONE;
}

/* ---- IPv4 ---- */

static void set_address(MgAddress *address, guint8 family, const guint8 *data)
{
    address->family = family;
    memcpy(address->bytes, data, family == 4 ? 4 : 16);
}

void mg_ipv4(MgNet *net, MgLayer layer)
{
    if (layer.len < 20 || layer.data[0] >> 4 != 4)
        return;
    const guint8 *data = layer.data;
    gsize header = (gsize)(data[0] & 0xf) * 4;
    gsize total = mg_be16(data + 2);
    guint16 id = mg_be16(data + 4);
    guint16 flags = mg_be16(data + 6);
    guint8 protocol = data[9];
    if (header < 20 || (total != 0 && total < header))
        return;
    /* A total length of 0 is that of a segment which the network card was to cut up: it is as
     * long as the frame. */
    if (total != 0)
        mg_layer_set_length(&layer, total);
    MgAddressPair addresses = {0};
    set_address(&addresses.source, 4, data + 12);
    set_address(&addresses.destination, 4, data + 16);
    if (!is_carried(net, protocol) || !mg_layer_take(&layer, header))
        return;
    if ((flags & 0x3fff) == 0) {
        mg_transport(net, layer, protocol, &addresses);
        return;
    }
    MgFragment part = {
        .source = addresses.source,
        .destination = addresses.destination,
        .id = id,
        .protocol = protocol,
        .offset = (flags & 0x1fffu) * 8,
        .more = (flags & 0x2000) != 0,
        .bytes = {layer.data, layer.len},
        .wire_len = layer.wire_len,
        .frame_offset = offset_in_frame(&layer),
    };
    fragment(net, &part, layer.layers, &addresses);
}

/* ---- IPv6 ---- */

static void ipv6_fragment(MgNet *net, MgLayer layer, const MgAddressPair *addresses)
{
    if (layer.len < 8)
        return;
    guint8 next = layer.data[0];
    guint16 offset = mg_be16(layer.data + 2);
    guint32 id = mg_be32(layer.data + 4);
    if (!mg_layer_take(&layer, 8))
        return;
    if ((offset & 0xfff9) == 0) { /* whole in one fragment (RFC 6946) */
        extensions(net, layer, next, addresses);
        return;
    }
    MgFragment part = {
        .source = addresses->source,
        .destination = addresses->destination,
        .id = id,
        .protocol = next,
        .offset = offset & 0xfff8u,
        .more = (offset & 1) != 0,
        .bytes = {layer.data, layer.len},
        .wire_len = layer.wire_len,
        .frame_offset = offset_in_frame(&layer),
    };
    fragment(net, &part, layer.layers, addresses);
}

/* Walk the chain of extension headers, whatever its order. */
static void extensions(MgNet *net, MgLayer layer, guint8 next, const MgAddressPair *addresses)
{
    for (;;) {
        switch (next) {
        case PROTOCOL_HOP_BY_HOP:
        case PROTOCOL_ROUTING:
        case PROTOCOL_DESTINATION:
        case PROTOCOL_MOBILITY:
        case PROTOCOL_HIP:
        case PROTOCOL_SHIM6:
            if (layer.len < 2)
                return;
            next = layer.data[0];
            if (!mg_layer_take(&layer, ((gsize)layer.data[1] + 1) * 8))
                return;
            continue;
        case PROTOCOL_FRAGMENT:
            ipv6_fragment(net, layer, addresses);
            return;
        default:
            mg_transport(net, layer, next, addresses);
            return;
        }
    }
}

/* RFC 2675: the length of a jumbogram is in a hop-by-hop option.  Without it, a length of 0 is
 * that of an offloaded segment, which is as long as the frame. */
static gsize jumbo_length(const MgLayer *layer, guint8 next)
{
    if (next != PROTOCOL_HOP_BY_HOP || layer->len < 8)
        return layer->wire_len;
    gsize end = MIN(((gsize)layer->data[1] + 1) * 8, layer->len);
    for (gsize at = 2; at + 2 <= end;) {
        if (layer->data[at] == 0) { /* one octet of padding */
            at++;
            continue;
        }
        if (layer->data[at] == JUMBO_OPTION && layer->data[at + 1] == 4 && at + 6 <= end)
            return mg_be32(layer->data + at + 2);
        at += 2 + (gsize)layer->data[at + 1];
    }
    return layer->wire_len;
}

void mg_ipv6(MgNet *net, MgLayer layer)
{
    if (layer.len < 40 || layer.data[0] >> 4 != 6)
        return;
    gsize length = mg_be16(layer.data + 4);
    guint8 next = layer.data[6];
    MgAddressPair addresses = {0};
    set_address(&addresses.source, 6, layer.data + 8);
    set_address(&addresses.destination, 6, layer.data + 24);
    if (!mg_layer_take(&layer, 40))
        return;
    if (length == 0)
        length = MIN(jumbo_length(&layer, next), layer.wire_len);
    mg_layer_set_length(&layer, length);
    extensions(net, layer, next, &addresses);
}

void mg_ip(MgNet *net, MgLayer layer)
{
    if (layer.len == 0)
        return;
    if (layer.data[0] >> 4 == 4)
        mg_ipv4(net, layer);
    else if (layer.data[0] >> 4 == 6)
        mg_ipv6(net, layer);
}
