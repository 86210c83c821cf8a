/* net: a frame in, TCP segments out.
 *
 * Peels link layers and IP, puts IP fragments together within limits, and gives each TCP
 * segment.  Checksums are not looked at: offloading makes them wrong in most lab captures.
 * Allocates nothing for an unfragmented frame.  Knows nothing of connections.
 *
 * RFC 791 (IPv4), RFC 8200 (IPv6), RFC 9293 (TCP).
 */
#ifndef MG_SEGMENT_H
#define MG_SEGMENT_H

#include "mg-base.h"
#include "mg-frame.h"

G_BEGIN_DECLS

enum {
    MG_TCP_FIN = 0x01,
    MG_TCP_SYN = 0x02,
    MG_TCP_RST = 0x04,
    MG_TCP_PSH = 0x08,
    MG_TCP_ACK = 0x10,
    MG_TCP_URG = 0x20,
};

#define MG_OFFSET_NONE G_MAXUINT32

/* Where a part of a datagram lies that was put together from fragments. */
typedef struct {
    MgStamp at;           /* of the frame that brought it */
    guint32 frame_offset; /* in that frame's bytes; MG_OFFSET_NONE = cannot be mapped */
    guint32 offset;       /* in the datagram, behind its IP header */
    guint32 len;          /* captured octets */
} MgPiece;

typedef struct {
    MgEndpoint source;
    MgEndpoint destination;
    guint32 seq;
    guint32 ack; /* meaningful when flags has MG_TCP_ACK */
    guint16 window;
    guint8 flags;
    MgSlice payload;       /* captured octets, borrowed */
    guint32 payload_len;   /* octets on the wire; more than payload.len when the frame was cut */
    guint32 frame_offset;  /* of the payload in the frame's bytes; MG_OFFSET_NONE when it was put
                            * together from fragments and so cannot be mapped */
    guint16 header_len;    /* octets of the TCP header, right before the payload */
    const MgPiece *pieces; /* where frame_offset is MG_OFFSET_NONE: what it was made of, in the
                            * order it came; borrowed */
    guint n_pieces;
    guint32 piece_offset; /* … and where the TCP header begins in that datagram */
    MgStamp at;           /* of the frame that completed it */
} MgSegment;

typedef struct {
    void (*segment)(gpointer user, const MgSegment *segment);
    void (*note)(gpointer user, const MgNote *note);
    /* Octets of a TCP datagram of which no segment was made: a fragment that came twice, or
     * whose siblings never came.  Given late, when that is sure.  May be NULL. */
    void (*loose)(gpointer user, const MgPiece *piece);
    /* A segment, or its beginning, that an error of ICMP quotes.  It was sent before, if it was.
     * May be NULL. */
    void (*quoted)(gpointer user, const MgSegment *segment);
    gpointer user;
} MgSegmentSink;

typedef struct MgNet MgNet;

MgNet *mg_net_new(const MgSegmentSink *sink);
void mg_net_free(MgNet *net);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgNet, mg_net_free)

/* Read one frame; calls the sink zero, one or more times before it returns.  Frames that are
 * no TCP are passed over in silence, except for a note, once per capture, on a link type that
 * is not known. */
void mg_net_frame(MgNet *net, const MgFrame *frame);
/* At the end of the input: a note for each datagram that was never completed. */
void mg_net_finish(MgNet *net);

/* Whether frames of this link type can be read. */
gboolean mg_net_knows_linktype(guint16 linktype);

G_END_DECLS

#endif
