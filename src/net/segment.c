/* The TCP header (RFC 9293 section 3.1). */
#include "net/net.h"

#define LEAST_HEADER 20
/* As far as the window: all that is needed of a header that was cut. */
#define NEEDED 16

void mg_tcp(MgNet *net, MgLayer layer, const MgAddressPair *addresses)
{
    if (layer.len < NEEDED)
        return;
    const guint8 *data = layer.data;
    gsize header = (gsize)(data[12] >> 4) * 4;
    if (header < LEAST_HEADER || header > layer.wire_len)
        return;
    gsize captured = MIN(header, layer.len);
    MgSegment segment = {
        .source = {addresses->source, mg_be16(data)},
        .destination = {addresses->destination, mg_be16(data + 2)},
        .seq = mg_be32(data + 4),
        .ack = mg_be32(data + 8),
        .flags = data[13] & 0x3f,
        .window = mg_be16(data + 14),
        .payload = {data + captured, layer.len - captured},
        .payload_len = (guint32)(layer.wire_len - header),
        .frame_offset = MG_OFFSET_NONE,
        .header_len = (guint16)header,
        .at = net->at,
    };
    if (layer.frame == NULL) {
        segment.pieces = net->pieces;
        segment.n_pieces = net->n_pieces;
        segment.piece_offset = (guint32)(data - net->datagram);
    }
    if (layer.frame != NULL)
        segment.frame_offset = (guint32)((gsize)(data - layer.frame) + header);
    if (net->quoting)
        net->sink.quoted(net->sink.user, &segment);
    else if (net->sink.segment != NULL)
        net->sink.segment(net->sink.user, &segment);
}
