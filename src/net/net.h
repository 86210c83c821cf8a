/* Inside of the net stage: layers and the functions that read them.
 *
 * Each function takes the octets of its layer by value, checks what it reads, and hands the
 * rest on.  What it cannot read it drops without a word.
 */
#ifndef MG_NET_NET_H
#define MG_NET_NET_H

#include "mg-segment.h"

G_BEGIN_DECLS

typedef struct {
    const guint8 *data;
    gsize len;           /* captured octets */
    gsize wire_len;      /* octets on the wire; more than len when the frame was cut */
    const guint8 *frame; /* start of the frame; NULL when put together from fragments */
    guint layers;        /* headers taken off so far */
} MgLayer;

typedef struct {
    MgAddress source;
    MgAddress destination;
} MgAddressPair;

typedef struct MgFragments MgFragments;

struct MgNet {
    MgSegmentSink sink;
    MgFragments *fragments;
    GHashTable *noted; /* what was noted once, by capture */
    MgStamp at;        /* of the frame in hand */
    /* Where the octets of the datagram in hand lie, when it was put together. */
    const MgPiece *pieces;
    guint n_pieces;
    const guint8 *datagram;
    gboolean quoting; /* inside an error of ICMP */
};

/* Take a header of n octets off.  FALSE when it was not captured whole. */
static inline gboolean mg_layer_take(MgLayer *layer, gsize n)
{
    if (n > layer->len || ++layer->layers > MG_LIMIT_LAYERS)
        return FALSE;
    layer->data += n;
    layer->len -= n;
    layer->wire_len = layer->wire_len > n ? layer->wire_len - n : 0;
    return TRUE;
}

/* The header says how long the layer is: drop padding behind it.  A header that claims more
 * than there was on the wire is believed, because some tools shorten frames and forget to keep
 * the first length. */
static inline void mg_layer_set_length(MgLayer *layer, gsize wire_len)
{
    layer->wire_len = wire_len;
    layer->len = MIN(layer->len, wire_len);
}

static inline guint16 mg_be16(const guint8 *data)
{
    return (guint16)(data[0] << 8 | data[1]);
}

static inline guint32 mg_be32(const guint8 *data)
{
    return (guint32)data[0] << 24 | (guint32)data[1] << 16 | (guint32)data[2] << 8 | data[3];
}

static inline guint16 mg_le16(const guint8 *data)
{
    return (guint16)(data[1] << 8 | data[0]);
}

static inline guint32 mg_le32(const guint8 *data)
{
    return (guint32)data[3] << 24 | (guint32)data[2] << 16 | (guint32)data[1] << 8 | data[0];
}

typedef void (*MgLayerFunction)(MgNet *net, MgLayer layer);

/* link.c: by LINKTYPE_ value; NULL where it is not known. */
MgLayerFunction mg_link_find(guint16 linktype);
void mg_link_ppp(MgNet *net, MgLayer layer);

/* ether.c */
void mg_ethernet(MgNet *net, MgLayer layer);
void mg_ethertype(MgNet *net, MgLayer layer, guint16 type);
void mg_llc(MgNet *net, MgLayer layer);
void mg_mpls(MgNet *net, MgLayer layer);

/* wlan.c */
void mg_wlan(MgNet *net, MgLayer layer);
void mg_wlan_radiotap(MgNet *net, MgLayer layer);
void mg_wlan_prism(MgNet *net, MgLayer layer);
void mg_wlan_avs(MgNet *net, MgLayer layer);
void mg_ppi(MgNet *net, MgLayer layer);

/* ip.c */
void mg_ip(MgNet *net, MgLayer layer); /* version 4 or 6, by the first octet */
void mg_ipv4(MgNet *net, MgLayer layer);
void mg_ipv6(MgNet *net, MgLayer layer);
void mg_transport(MgNet *net, MgLayer layer, guint8 protocol, const MgAddressPair *addresses);

/* tunnel.c */
void mg_gre(MgNet *net, MgLayer layer);
void mg_udp(MgNet *net, MgLayer layer);

/* segment.c */
void mg_tcp(MgNet *net, MgLayer layer, const MgAddressPair *addresses);

/* net.c: TRUE the first time that `what` (with its number) is noted for this capture. */
typedef enum {
    MG_ONCE_LINKTYPE,
    MG_ONCE_WLAN_PROTECTED,
} MgOnce;
gboolean mg_net_once(MgNet *net, MgOnce what, guint number);
void mg_net_note(MgNet *net, const MgNote *note);

G_END_DECLS

#endif
