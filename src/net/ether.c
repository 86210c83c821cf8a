/* Ethernet, what stands between it and IP, and the ethertypes. */
#include "net/net.h"

#include <string.h>

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_TRANSPARENT = 0x6558, /* Ethernet inside (RFC 1701) */
    TYPE_VLAN = 0x8100,        /* IEEE 802.1Q */
    TYPE_PPP = 0x880b,
    TYPE_IPV6 = 0x86dd,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE = 0x8864, /* session stage */
    TYPE_JUMBO_LLC = 0x8870,
    TYPE_PROVIDER_VLAN = 0x88a8, /* IEEE 802.1ad */
    TYPE_CISCO_METADATA = 0x8909,
    TYPE_OLD_QINQ = 0x9100,
    TYPE_OLD_QINQ_2 = 0x9200,
    TYPE_OLD_QINQ_3 = 0x9300,
};

/* Up to here the field is the length of an 802.3 frame; from 1536 on it is a type. */
#define LONGEST_802_3 1500

void mg_ethernet(MgNet *net, MgLayer layer)
{
    if (layer.len < 14)
        return;
    guint16 type = mg_be16(layer.data + 12);
    if (!mg_layer_take(&layer, 14))
        return;
    if (type <= LONGEST_802_3) {
        mg_layer_set_length(&layer, MIN(type, layer.wire_len));
        mg_llc(net, layer);
    } else {
        mg_ethertype(net, layer, type);
    }
}

/* A tag is four octets: its own field, then the type of what follows, or its length. */
static void vlan(MgNet *net, MgLayer layer)
{
    if (layer.len < 4)
        return;
    guint16 type = mg_be16(layer.data + 2);
    if (!mg_layer_take(&layer, 4))
        return;
    if (type <= LONGEST_802_3)
        mg_llc(net, layer);
    else
        mg_ethertype(net, layer, type);
}

/* RFC 2516 section 4. */
static void pppoe(MgNet *net, MgLayer layer)
{
    if (layer.len < 6 || layer.data[0] != 0x11 || layer.data[1] != 0)
        return;
    gsize length = mg_be16(layer.data + 4);
    if (!mg_layer_take(&layer, 6))
        return;
    mg_layer_set_length(&layer, MIN(length, layer.wire_len));
    mg_link_ppp(net, layer);
}

/* The security group tag that Cisco switches put in front of the type. */
static void cisco_metadata(MgNet *net, MgLayer layer)
{
    if (layer.len < 8 || layer.data[0] != 1 || layer.data[1] != 1)
        return;
    guint16 type = mg_be16(layer.data + 6);
    if (mg_layer_take(&layer, 8))
        mg_ethertype(net, layer, type);
}

void mg_ethertype(MgNet *net, MgLayer layer, guint16 type)
{
    switch (type) {
    case TYPE_IPV4:
        mg_ipv4(net, layer);
        break;
    case TYPE_IPV6:
        mg_ipv6(net, layer);
        break;
    case TYPE_VLAN:
    case TYPE_PROVIDER_VLAN:
    case TYPE_OLD_QINQ:
    case TYPE_OLD_QINQ_2:
    case TYPE_OLD_QINQ_3:
        vlan(net, layer);
        break;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        mg_mpls(net, layer);
        break;
    case TYPE_PPPOE:
        pppoe(net, layer);
        break;
    case TYPE_PPP:
        mg_link_ppp(net, layer);
        break;
    case TYPE_JUMBO_LLC:
        mg_llc(net, layer);
        break;
    case TYPE_TRANSPARENT:
        mg_ethernet(net, layer);
        break;
    case TYPE_CISCO_METADATA:
        cisco_metadata(net, layer);
        break;
    default:
        break;
    }
}

/* ---- logical link control ---- */

/* SNAP (RFC 1042): an organisation and a type of its own. */
static void snap(MgNet *net, MgLayer layer)
{
    static const guint8 ethernet[] = {0, 0, 0}, tunnel[] = {0, 0, 0xf8},
                        bridged[] = {0, 0x80, 0xc2};
    if (layer.len < 8)
        return;
    const guint8 *organisation = layer.data + 3;
    guint16 type = mg_be16(layer.data + 6);
    if (!mg_layer_take(&layer, 8))
        return;
    if (memcmp(organisation, ethernet, 3) == 0 || memcmp(organisation, tunnel, 3) == 0)
        mg_ethertype(net, layer, type);
    else if (memcmp(organisation, bridged, 3) == 0 && (type == 1 || type == 7) &&
             mg_layer_take(&layer, 2)) /* RFC 2684 section 5.2: two octets of padding */
        mg_ethernet(net, layer);
}

void mg_llc(MgNet *net, MgLayer layer)
{
    if (layer.len < 3 || layer.data[2] != 0x03)
        return;
    guint8 dsap = layer.data[0], ssap = layer.data[1];
    if (dsap == 0xaa && ssap == 0xaa) {
        snap(net, layer);
    } else if (dsap == 0x06 && ssap == 0x06) { /* RFC 948 */
        if (mg_layer_take(&layer, 3))
            mg_ipv4(net, layer);
    } else if (dsap == 0xfe && ssap == 0xfe && layer.len > 3) {
        guint8 nlpid = layer.data[3];
        if ((nlpid == 0xcc || nlpid == 0x8e) && mg_layer_take(&layer, 4))
            mg_ip(net, layer);
    }
}

/* ---- MPLS ---- */

/* Nothing in a label says what follows (RFC 4928): an IP version with a header that fits, the
 * control word of a pseudowire, or Ethernet at once. */
static gboolean looks_like_ip(const MgLayer *layer)
{
    if (layer->len < 20)
        return FALSE;
    gsize length = mg_be16(layer->data + 2);
    if (layer->data[0] >> 4 == 4)
        return (layer->data[0] & 0xf) >= 5 && (length == 0 || (length >= 20 && layer->data[8] > 0));
    return layer->data[0] >> 4 == 6 && layer->len >= 40 &&
           (gsize)mg_be16(layer->data + 4) + 40 <= layer->wire_len;
}

/* Whether an Ethernet header with a type that we follow stands `at` octets behind. */
static gboolean looks_like_ethernet(const MgLayer *layer, gsize at)
{
    if (layer->len < at + 14)
        return FALSE;
    guint16 type = mg_be16(layer->data + at + 12);
    return type == TYPE_IPV4 || type == TYPE_IPV6 || type == TYPE_VLAN ||
           type == TYPE_PROVIDER_VLAN || type == TYPE_PPPOE || type == TYPE_MPLS;
}

void mg_mpls(MgNet *net, MgLayer layer)
{
    gboolean bottom = FALSE;
    while (!bottom) {
        if (layer.len < 4)
            return;
        bottom = layer.data[2] & 1;
        if (!mg_layer_take(&layer, 4))
            return;
    }
    if (looks_like_ip(&layer))
        mg_ip(net, layer);
    else if (looks_like_ethernet(&layer, 0) ||
             (looks_like_ethernet(&layer, 4) && mg_layer_take(&layer, 4)))
        mg_ethernet(net, layer); /* maybe behind the control word of RFC 4448 */
}
