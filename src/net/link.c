/* The link types: one row in the table at the end and one function each. */
#include "net/net.h"

enum {
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTICAST = 0x0283,
};

/* ---- PPP and Cisco HDLC ---- */

/* RFC 1661 section 2.  Address and control may be left out, the protocol may be one octet. */
void mg_link_ppp(MgNet *net, MgLayer layer)
{
    if (layer.len >= 2 && layer.data[0] == 0xff && layer.data[1] == 0x03 &&
        !mg_layer_take(&layer, 2))
        return;
    if (layer.len < 2)
        return;
    gboolean compressed = layer.data[0] & 1;
    guint16 protocol = compressed ? layer.data[0] : mg_be16(layer.data);
    if (!mg_layer_take(&layer, compressed ? 1 : 2))
        return;
    if (protocol == PPP_IPV4)
        mg_ipv4(net, layer);
    else if (protocol == PPP_IPV6)
        mg_ipv6(net, layer);
    else if (protocol == PPP_MPLS || protocol == PPP_MPLS_MULTICAST)
        mg_mpls(net, layer);
}

static void cisco_hdlc(MgNet *net, MgLayer layer)
{
    if (layer.len < 4)
        return;
    guint16 type = mg_be16(layer.data + 2);
    if (type == 0xfefe) { /* OSI: the type is LLC's two access points */
        if (layer.len > 5 && (layer.data[5] == 0xcc || layer.data[5] == 0x8e) &&
            mg_layer_take(&layer, 6))
            mg_ip(net, layer);
        return;
    }
    if (mg_layer_take(&layer, 4))
        mg_ethertype(net, layer, type);
}

/* Serial lines: the address says which of the two it is. */
static void ppp_or_hdlc(MgNet *net, MgLayer layer)
{
    if (layer.len >= 4 && (layer.data[0] == 0x0f || layer.data[0] == 0x8f) && layer.data[1] == 0)
        cisco_hdlc(net, layer);
    else
        mg_link_ppp(net, layer);
}

/* An octet that tells the direction stands in front, or in place of the address. */
static void ppp_with_direction(MgNet *net, MgLayer layer)
{
    if (layer.len >= 2 && layer.data[1] == 0x03) {
        if (mg_layer_take(&layer, 2))
            mg_link_ppp(net, layer);
    } else if (mg_layer_take(&layer, 1)) {
        ppp_or_hdlc(net, layer);
    }
}

static void ppp_ethernet(MgNet *net, MgLayer layer)
{
    mg_ethertype(net, layer, 0x8864);
}

/* RFC 2427: Q.922 address of two octets, then the network layer's identifier. */
static void frame_relay(MgNet *net, MgLayer layer)
{
    gsize header = 2;
    if (layer.len < 6 || (layer.data[0] & 1) != 0 || (layer.data[1] & 1) == 0)
        return;
    if (layer.data[2] != 0x03) { /* Cisco's form: an ethertype follows at once */
        guint16 type = mg_be16(layer.data + 2);
        if (mg_layer_take(&layer, 4))
            mg_ethertype(net, layer, type);
        return;
    }
    header += layer.data[3] == 0 ? 2 : 1; /* control, and a padding octet */
    guint8 nlpid = layer.data[header];
    if (!mg_layer_take(&layer, header + 1))
        return;
    if (nlpid == 0xcc || nlpid == 0x8e) {
        mg_ip(net, layer);
    } else if (nlpid == 0x80 && layer.len >= 5 && layer.data[0] == 0 && layer.data[1] == 0 &&
               layer.data[2] == 0) {
        guint16 type = mg_be16(layer.data + 3);
        if (mg_layer_take(&layer, 5))
            mg_ethertype(net, layer, type);
    }
}

/* ---- cooked captures ---- */

/* Values below 1536 in a protocol field of Linux name a kind of frame. */
static void linux_protocol(MgNet *net, MgLayer layer, guint16 hardware, guint16 protocol)
{
    enum { HARDWARE_GRE = 778, HARDWARE_RADIOTAP = 803, PROTOCOL_802_2 = 4 };
    if (hardware == HARDWARE_RADIOTAP)
        mg_wlan_radiotap(net, layer);
    else if (protocol == PROTOCOL_802_2)
        mg_llc(net, layer);
    else if (hardware == HARDWARE_GRE && protocol == 0)
        mg_ip(net, layer);
    else
        mg_ethertype(net, layer, protocol);
}

static void linux_cooked(MgNet *net, MgLayer layer)
{
    if (layer.len < 16)
        return;
    guint16 hardware = mg_be16(layer.data + 2);
    guint16 protocol = mg_be16(layer.data + 14);
    if (mg_layer_take(&layer, 16))
        linux_protocol(net, layer, hardware, protocol);
}

static void linux_cooked_2(MgNet *net, MgLayer layer)
{
    if (layer.len < 20)
        return;
    guint16 protocol = mg_be16(layer.data);
    guint16 hardware = mg_be16(layer.data + 8);
    if (mg_layer_take(&layer, 20))
        linux_protocol(net, layer, hardware, protocol);
}

/* ---- loopback and the like ---- */

/* The address family is in the byte order of the machine that captured, and its number for
 * IPv6 in the fashion of its system. */
static gboolean is_ip_family(guint32 family)
{
    return family == 2 || family == 10 || family == 23 || family == 24 || family == 28 ||
           family == 30;
}

static void loopback(MgNet *net, MgLayer layer)
{
    if (layer.len < 4)
        return;
    if (!is_ip_family(mg_be32(layer.data)) && !is_ip_family(mg_le32(layer.data)))
        return;
    if (mg_layer_take(&layer, 4))
        mg_ip(net, layer);
}

/* OpenBSD's view of what IPsec has decrypted: family, index and flags. */
static void openbsd_enc(MgNet *net, MgLayer layer)
{
    if (mg_layer_take(&layer, 12))
        mg_ip(net, layer);
}

/* The packet filter's log: the first octet is the length of the header, which is filled up to
 * whole words. */
static void packet_filter_log(MgNet *net, MgLayer layer)
{
    if (layer.len < 4)
        return;
    gsize header = ((gsize)layer.data[0] + 3) / 4 * 4;
    if (header >= 4 && mg_layer_take(&layer, header))
        mg_ip(net, layer);
}

/* Linux's netfilter log: a header of four octets, then attributes in the byte order of the
 * machine, one of which is the packet. */
static void netfilter_log(MgNet *net, MgLayer layer)
{
    enum { PAYLOAD = 9 };
    if (!mg_layer_take(&layer, 4))
        return;
    while (layer.len >= 4) {
        gboolean big_endian = layer.data[2] == 0; /* types are small and never 0 */
        gsize length = big_endian ? mg_be16(layer.data) : mg_le16(layer.data);
        guint16 type = big_endian ? mg_be16(layer.data + 2) : mg_le16(layer.data + 2);
        if (length < 4)
            return;
        if (type == PAYLOAD) {
            mg_layer_set_length(&layer, MIN(length, layer.wire_len));
            if (mg_layer_take(&layer, 4))
                mg_ip(net, layer);
            return;
        }
        /* Attributes stand side by side: they are no layers. */
        gsize padded = (length + 3) / 4 * 4;
        if (padded > layer.len)
            return;
        layer.data += padded;
        layer.len -= padded;
        layer.wire_len -= padded;
    }
}

/* macOS: a header that names the link type of what follows. */
static void pktap(MgNet *net, MgLayer layer)
{
    if (layer.len < 12)
        return;
    gsize header = mg_le32(layer.data);
    guint32 type = mg_le32(layer.data + 4);
    guint32 dlt = mg_le32(layer.data + 8);
    MgLayerFunction read = dlt <= G_MAXUINT16 ? mg_link_find((guint16)dlt) : NULL;
    if (type == 1 && header >= 12 && read != NULL && mg_layer_take(&layer, header))
        read(net, layer);
}

/* IP over IEEE 1394, as macOS captures it: two addresses of eight octets, then the type. */
static void firewire(MgNet *net, MgLayer layer)
{
    if (layer.len < 18)
        return;
    guint16 type = mg_be16(layer.data + 16);
    if (mg_layer_take(&layer, 18))
        mg_ethertype(net, layer, type);
}

/* ---- the table ---- */

MgLayerFunction mg_link_find(guint16 linktype)
{
    static const struct {
        guint16 linktype;
        MgLayerFunction read;
    } table[] = {
        {1, mg_ethernet},      {0, loopback},
        {9, ppp_or_hdlc},      {12, mg_ip}, /* raw IP under the numbers that systems use inside */
        {14, mg_ip},           {50, ppp_or_hdlc},
        {51, ppp_ethernet},    {100, mg_llc}, /* ATM, RFC 2684 */
        {101, mg_ip},          {104, cisco_hdlc},
        {105, mg_wlan},        {107, frame_relay},
        {108, loopback},       {109, openbsd_enc},
        {113, linux_cooked},   {117, packet_filter_log},
        {119, mg_wlan_prism},  {127, mg_wlan_radiotap},
        {138, firewire},       {149, pktap}, /* macOS before the number was assigned */
        {163, mg_wlan_avs},    {166, ppp_with_direction},
        {192, mg_ppi},         {204, ppp_with_direction},
        {228, mg_ipv4},        {229, mg_ipv6},
        {239, netfilter_log},  {258, pktap},
        {276, linux_cooked_2},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].linktype == linktype)
            return table[i].read;
    return NULL;
}
