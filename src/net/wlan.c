/* IEEE 802.11 data frames that are not encrypted, and the headers that capture programs put in
 * front of them. */
#include "net/net.h"

enum {
    FC_TYPE = 0x0c,
    FC_TYPE_DATA = 0x08,
    FC_NO_DATA = 0x40, /* subtype bit: null function */
    FC_QOS = 0x80,     /* subtype bit */
    /* second octet */
    FC_TO_DS = 0x01,
    FC_FROM_DS = 0x02,
    FC_PROTECTED = 0x40,
    FC_ORDER = 0x80,
};

#define QOS_AMSDU 0x80
#define LINKTYPE_PPI_WLAN 105

enum {
    RADIOTAP_TSFT = 0,
    RADIOTAP_FLAGS = 1,
    RADIOTAP_EXTENDED = 31,
    /* in the flags field */
    RADIOTAP_PADDED = 0x20, /* the header is filled up to whole words */
};

static void note_protected(MgNet *net)
{
    if (!mg_net_once(net, MG_ONCE_WLAN_PROTECTED, 0))
        return;
    MgNote note = {
        .kind = MG_NOTE_ENCRYPTED,
        .key = "encrypted-link",
        .at = net->at,
        .frames = {net->at.frame, net->at.frame},
        .detail = "IEEE 802.11",
    };
    mg_net_note(net, &note);
}

/* Several frames in one (IEEE 802.11 section 9.3.2.2): addresses, length, then LLC; each but
 * the last is filled up to four octets. */
static void aggregated(MgNet *net, MgLayer layer)
{
    while (layer.len >= 14) {
        gsize length = mg_be16(layer.data + 12);
        gsize padded = (14 + length + 3) / 4 * 4;
        MgLayer inner = layer;
        if (!mg_layer_take(&inner, 14))
            return;
        mg_layer_set_length(&inner, MIN(length, inner.wire_len));
        mg_llc(net, inner);
        /* A loop of its own: the parts stand side by side and are not layers. */
        if (padded >= layer.len)
            return;
        layer.data += padded;
        layer.len -= padded;
        layer.wire_len -= padded;
    }
}

static void data_frame(MgNet *net, MgLayer layer, gboolean padded)
{
    if (layer.len < 24)
        return;
    guint8 control = layer.data[0], flags = layer.data[1];
    /* Version 0; a later fragment of a frame has no LLC header to go by. */
    if ((control & 0x03) != 0 || (control & FC_TYPE) != FC_TYPE_DATA || (control & FC_NO_DATA) ||
        (layer.data[22] & 0x0f) != 0)
        return;
    if (flags & FC_PROTECTED) {
        note_protected(net);
        return;
    }
    gsize header = 24;
    gboolean aggregate = FALSE;
    if ((flags & FC_TO_DS) && (flags & FC_FROM_DS))
        header += 6;
    if (control & FC_QOS) {
        if (layer.len < header + 2)
            return;
        aggregate = layer.data[header] & QOS_AMSDU;
        header += 2;
        if (flags & FC_ORDER)
            header += 4;
    }
    if (padded)
        header = (header + 3) / 4 * 4;
    if (!mg_layer_take(&layer, header))
        return;
    if (aggregate)
        aggregated(net, layer);
    else
        mg_llc(net, layer);
}

void mg_wlan(MgNet *net, MgLayer layer)
{
    data_frame(net, layer, FALSE);
}

/* ---- radiotap ---- */

/* The flags are behind the bit masks and, when present, the 64-bit time, which is aligned. */
static gboolean radiotap_padded(const MgLayer *layer, gsize header)
{
    gsize at = 4;
    guint32 first = mg_le32(layer->data + 4), present;
    do {
        if (at + 4 > header)
            return FALSE;
        present = mg_le32(layer->data + at);
        at += 4;
    } while (present >> RADIOTAP_EXTENDED & 1);
    if ((first >> RADIOTAP_FLAGS & 1) == 0)
        return FALSE;
    if (first >> RADIOTAP_TSFT & 1)
        at = (at + 7) / 8 * 8 + 8;
    return at < header && (layer->data[at] & RADIOTAP_PADDED) != 0;
}

void mg_wlan_radiotap(MgNet *net, MgLayer layer)
{
    if (layer.len < 8 || layer.data[0] != 0)
        return;
    gsize header = mg_le16(layer.data + 2);
    if (header < 8 || header > layer.len)
        return;
    gboolean padded = radiotap_padded(&layer, header);
    if (mg_layer_take(&layer, header))
        data_frame(net, layer, padded);
}

/* ---- older ones ---- */

static gboolean is_avs(const MgLayer *layer)
{
    return layer->len >= 8 && (mg_be32(layer->data) & 0xfffff000) == 0x80211000;
}

void mg_wlan_avs(MgNet *net, MgLayer layer)
{
    if (!is_avs(&layer))
        return;
    gsize header = mg_be32(layer.data + 4);
    if (header >= 8 && mg_layer_take(&layer, header))
        mg_wlan(net, layer);
}

/* Drivers wrote their own byte order, and some the AVS header under this link type. */
void mg_wlan_prism(MgNet *net, MgLayer layer)
{
    if (layer.len < 8)
        return;
    if (is_avs(&layer)) {
        mg_wlan_avs(net, layer);
        return;
    }
    guint32 code = mg_le32(layer.data);
    gsize header = mg_le32(layer.data + 4);
    if (code != 0x41 && code != 0x44) {
        code = mg_be32(layer.data);
        header = mg_be32(layer.data + 4);
    }
    if ((code == 0x41 || code == 0x44) && header >= 8 && mg_layer_take(&layer, header))
        mg_wlan(net, layer);
}

/* Per-packet information: a list of fields, then a frame of the link type that it names. */
void mg_ppi(MgNet *net, MgLayer layer)
{
    enum { COMMON_FIELD = 2, COMMON_FLAGS = 8, COMMON_PADDED = 0x20 };
    if (layer.len < 8)
        return;
    gsize header = mg_le16(layer.data + 2);
    guint32 linktype = mg_le32(layer.data + 4);
    gboolean padded = FALSE;
    if (header < 8 || header > layer.len)
        return;
    for (gsize at = 8; at + 4 <= header;) {
        guint16 field = mg_le16(layer.data + at);
        gsize length = mg_le16(layer.data + at + 2);
        if (field == COMMON_FIELD && length > COMMON_FLAGS && at + 4 + COMMON_FLAGS < header)
            padded = (layer.data[at + 4 + COMMON_FLAGS] & COMMON_PADDED) != 0;
        at += 4 + length;
    }
    if (!mg_layer_take(&layer, header))
        return;
    MgLayerFunction read = linktype <= G_MAXUINT16 ? mg_link_find((guint16)linktype) : NULL;
    if (linktype == LINKTYPE_PPI_WLAN)
        data_frame(net, layer, padded);
    else if (read != NULL)
        read(net, layer);
}
