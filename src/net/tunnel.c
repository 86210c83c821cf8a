/* GRE and the tunnels that travel in UDP. */
#include "net/net.h"

enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGMENT = 0x0080, /* version 1 only */
    GRE_VERSION = 0x0007,
};

/* What a GRE header carries besides the ethertypes. */
enum {
    GRE_WCCP = 0x883e,
    GRE_ERSPAN = 0x88be,
    GRE_ERSPAN_3 = 0x22eb,
};

enum {
    PORT_GTP_USER = 2152,
    PORT_VXLAN = 4789,
    PORT_VXLAN_GPE = 4790,
    PORT_GENEVE = 6081,
    PORT_VXLAN_LINUX = 8472, /* Linux used it before there was a number */
};

/* ---- GRE ---- */

/* The header in front of a mirrored frame: none in the first version, which has no sequence
 * number, eight octets in the second, twelve or twenty in the third. */
static void erspan(MgNet *net, MgLayer layer, guint16 type, gboolean numbered)
{
    gsize header = numbered ? 8 : 0;
    if (type == GRE_ERSPAN_3) {
        if (layer.len < 12)
            return;
        header = layer.data[11] & 1 ? 20 : 12;
    }
    if (header == 0 || mg_layer_take(&layer, header))
        mg_ethernet(net, layer);
}

/* RFC 2784 and RFC 2890; version 1 is that of PPTP, RFC 2637. */
void mg_gre(MgNet *net, MgLayer layer)
{
    if (layer.len < 4)
        return;
    guint16 flags = mg_be16(layer.data);
    guint16 type = mg_be16(layer.data + 2);
    guint version = flags & GRE_VERSION;
    gsize header = 4;
    if (version > 1 || (flags & GRE_ROUTING) != 0)
        return;
    if (flags & GRE_CHECKSUM)
        header += 4;
    if (flags & GRE_KEY)
        header += 4;
    if (flags & GRE_SEQUENCE)
        header += 4;
    if (version == 1 && (flags & GRE_ACKNOWLEDGMENT))
        header += 4;
    if (!mg_layer_take(&layer, header))
        return;
    if (type == GRE_ERSPAN || type == GRE_ERSPAN_3) {
        erspan(net, layer, type, (flags & GRE_SEQUENCE) != 0);
    } else if (type == GRE_WCCP) {
        /* The second version has four octets of its own in front of the packet. */
        if (layer.len > 0 && layer.data[0] >> 4 != 4 && !mg_layer_take(&layer, 4))
            return;
        mg_ipv4(net, layer);
    } else {
        mg_ethertype(net, layer, type);
    }
}

/* ---- in UDP ---- */

/* RFC 7348: the flag says that there is a network identifier. */
static void vxlan(MgNet *net, MgLayer layer)
{
    if (layer.len < 8 || (layer.data[0] & 0x08) == 0)
        return;
    if (mg_layer_take(&layer, 8))
        mg_ethernet(net, layer);
}

static void vxlan_gpe(MgNet *net, MgLayer layer)
{
    if (layer.len < 8 || (layer.data[0] & 0x08) == 0)
        return;
    guint8 next = layer.data[0] & 0x04 ? layer.data[3] : 3;
    if (!mg_layer_take(&layer, 8))
        return;
    if (next == 1 || next == 2)
        mg_ip(net, layer);
    else if (next == 3)
        mg_ethernet(net, layer);
}

/* RFC 8926 section 3.4. */
static void geneve(MgNet *net, MgLayer layer)
{
    if (layer.len < 8 || layer.data[0] >> 6 != 0)
        return;
    gsize header = 8 + (gsize)(layer.data[0] & 0x3f) * 4;
    guint16 type = mg_be16(layer.data + 2);
    if (mg_layer_take(&layer, header))
        mg_ethertype(net, layer, type);
}

/* 3GPP TS 29.281 section 5: only user data (message type 255) carries IP. */
static void gtp_user(MgNet *net, MgLayer layer)
{
    if (layer.len < 8 || layer.data[0] >> 4 != 3 || layer.data[1] != 0xff)
        return;
    gboolean has_more = (layer.data[0] & 0x07) != 0;
    gboolean has_extension = (layer.data[0] & 0x04) != 0;
    if (!mg_layer_take(&layer, 8))
        return;
    if (has_more) {
        if (layer.len < 4)
            return;
        guint8 next = has_extension ? layer.data[3] : 0;
        if (!mg_layer_take(&layer, 4))
            return;
        while (next != 0) {
            gsize header = layer.len > 0 ? (gsize)layer.data[0] * 4 : 0;
            if (header == 0 || header > layer.len)
                return;
            next = layer.data[header - 1];
            if (!mg_layer_take(&layer, header))
                return;
        }
    }
    mg_ip(net, layer);
}

void mg_udp(MgNet *net, MgLayer layer)
{
    if (layer.len < 8)
        return;
    guint16 port = mg_be16(layer.data + 2);
    gsize length = mg_be16(layer.data + 4);
    if (length >= 8)
        mg_layer_set_length(&layer, MIN(length, layer.wire_len));
    if (!mg_layer_take(&layer, 8))
        return;
    switch (port) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
        vxlan(net, layer);
        break;
    case PORT_VXLAN_GPE:
        vxlan_gpe(net, layer);
        break;
    case PORT_GENEVE:
        geneve(net, layer);
        break;
    case PORT_GTP_USER:
        gtp_user(net, layer);
        break;
    default:
        break;
    }
}
