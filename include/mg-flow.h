/* tcp: segments in, connections with both directions in order out.
 *
 * Takes segments in capture order.  Gives, per connection, the bytes of each direction in
 * stream order with the frames that carried them, and what happened around them: a hole, a
 * repeated copy, the end.  Owns everything it keeps; all of it is bounded by the limits of
 * mg-base.h and by a ceiling over all connections.  Knows nothing of mail.
 *
 * How the two directions take turns
 *
 *   The receiver says with each offer how many octets it took and what it waits for
 *   (MgTake).  What was not taken is kept (copied) and offered again, together with what
 *   followed, when more of this direction is there (MG_MORE) or when the other direction has
 *   moved (MG_OTHER).  So a line parser never buffers: it leaves an incomplete line where it
 *   is.  An in-order segment is offered in place; when it is taken whole, a copy stays only in
 *   the short memory (MG_LIMIT_MEMORY) that repeated copies are compared with.
 *
 *   Bytes that acknowledge bytes of the other direction which have not been handed on yet wait
 *   for them: a reply that was captured before its command still comes after it.
 *
 *   `final` in an offer says that nothing else of this direction will come directly after
 *   these bytes (a hole, the end), or that the other side, asked for with MG_OTHER, will not
 *   tell (its direction is not captured, a limit is reached, the connection is over).  Then the
 *   receiver must do the best it can: what it leaves is dropped and counted as dropped.
 *
 * Holes: missing bytes are never filled or joined.  A hole is declared when the receiver of
 * the bytes has acknowledged them and one second of capture time or 64 further frames of the
 * connection have passed, when the connection ends, or when a limit is reached.  Where the other
 * direction is not captured, nobody acknowledges; then one minute must have passed.  Octets that
 * the snapshot length cut away are a hole at once, unless the connection is in several captures: a
 * copy that lacks nothing fills what the first one lacked.  Then the bytes before it are offered
 * with `final`, gap() is called, and the stream goes on behind it at its true offset.
 *
 * Between connections: what is handed on follows the order of the capture.  While one connection
 * waits for a hole, what came later on the others waits too, so that nobody learns of a result
 * before its cause.  Only the wait of one minute holds nobody up.
 *
 * Overlaps: the first copy seen wins; a second copy that differs is told by repeat().
 *
 * RFC 9293.
 */
#ifndef MG_FLOW_H
#define MG_FLOW_H

#include "mg-base.h"
#include "mg-segment.h"

G_BEGIN_DECLS

/* A side of a connection: the one whose SYN opened it, or else the one that was seen to send
 * first, is side 0.  A direction is named by the side that sends. */
typedef guint MgSide; /* 0 or 1 */

/* One connection.  Read-only for receivers, except `receiver`, which is theirs. */
typedef struct {
    /* From 0, in order of first sight, as Wireshark's tcp.stream in a single file.  A connection
     * that goes on after MG_ENDED_IDLE, or is accepted after a refusal, is a new flow with the
     * same id. */
    guint64 id;
    MgEndpoint end[2];
    MgStamp first;           /* its first segment */
    MgStamp last;            /* its latest segment so far */
    gboolean opener_known;   /* a SYN told that side 0 opened it */
    gboolean complete_start; /* SYN and SYN-ACK were both seen */
    guint64 octets[2];       /* payload put in order and offered so far, each octet once */
    guint64 missing[2];      /* octets in declared holes */
    guint64 dropped[2];      /* octets that no receiver took in time */
    MgStamp fin[2];          /* its first FIN, seen so far; frame 0 = none */
    guint32 zero[2];         /* sequence number of the octet at offset 0; set when octets of that
                              * side are offered */
    gpointer receiver;
} MgFlow;

/* Which frame carried which part of an offer.  Placements are in stream order and cover the
 * offer without holes: number i reaches from its offset to the next one's. */
typedef struct {
    guint64 offset; /* stream offset of its first octet; the first octet after SYN is 0 */
    MgStamp at;
    guint32 frame_offset; /* of that octet in the frame's bytes, or MG_OFFSET_NONE */
} MgPlacement;

typedef struct {
    MgSlice slice;
    guint64 offset; /* of slice.data[0] in the stream of this direction */
    const MgPlacement *places;
    guint n_places; /* at least 1 when slice.len > 0 */
    gboolean final; /* see above */
} MgBytes;

/* The answer to an offer. */
typedef struct {
    gsize taken;   /* octets from its beginning; at most slice.len */
    MgStatus want; /* MG_MORE: offer again when more of this direction is there.
                    * MG_OTHER: offer the rest when the other direction has moved.
                    * MG_DONE: never offer anything of this connection again; it is not ours */
} MgTake;

typedef struct {
    guint64 offset;    /* of the first missing octet */
    guint64 octets;    /* how many are missing */
    guint64 frames[2]; /* the frame before the hole and the one after it; 0 = none */
    MgStamp at;        /* where it was declared */
} MgGap;

/* A segment that brought octets which were already there, or whose hole was declared before they
 * came (then first_frame is 0 and they are not handed on). */
typedef struct {
    guint64 offset;
    guint64 octets;
    gboolean differs;      /* its bytes are not those of the first copy */
    guint64 first_frame;   /* that brought the first copy, of the first octet that differs where
                            * one does; 0 where no longer known */
    guint16 first_capture; /* … and the capture it is of */
    MgStamp at;
    guint32 frame_offset;
} MgRepeat;

typedef struct {
    MgHowEnded how;
    MgSide by; /* which side's FIN or RST came first; meaningless for the other ways */
    MgStamp at;
} MgFlowEnd;

typedef struct {
    /* A new connection.  Set flow->receiver here.  Called before its first bytes(). */
    void (*open)(gpointer user, MgFlow *flow);
    MgTake (*bytes)(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes);
    void (*gap)(gpointer user, MgFlow *flow, MgSide side, const MgGap *gap);
    void (*repeat)(gpointer user, MgFlow *flow, MgSide side, const MgRepeat *repeat);
    /* The other side acknowledged everything of `side` below `offset`. */
    void (*acked)(gpointer user, MgFlow *flow, MgSide side, guint64 offset);
    /* Always the last call for a flow; everything was offered with `final` before.  The flow
     * and its receiver must be forgotten when it returns. */
    void (*end)(gpointer user, MgFlow *flow, const MgFlowEnd *end);
    void (*note)(gpointer user, const MgNote *note);
    gpointer user;
} MgFlowSink;

typedef struct MgTcp MgTcp;

/* max_octets: ceiling for all waiting bytes of all connections; 0 = 128 MiB. */
MgTcp *mg_tcp_new(const MgFlowSink *sink, guint64 max_octets);
void mg_tcp_free(MgTcp *tcp); /* calls no sink; finish first */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgTcp, mg_tcp_free)

void mg_tcp_segment(MgTcp *tcp, const MgSegment *segment);
/* The capture's time has come to `now` without a segment: ages idle connections, declares
 * holes.  Called for frames that are no TCP, and live. */
void mg_tcp_time(MgTcp *tcp, const MgStamp *now);
/* The capture has ended: declare all holes, end all connections, oldest first. */
void mg_tcp_finish(MgTcp *tcp);

/* Sequence arithmetic of TCP (RFC 9293 section 3.4): a sequence number is 32 bits and wraps, a
 * stream offset is 64 bits and does not.  The offset that `seq` means, where the octet at offset
 * 0 has the number `zero` and the offset is near `near`.  Negative: before the stream's known
 * beginning. */
static inline gint64 mg_seq_offset(guint32 zero, guint64 near, guint32 seq)
{
    return (gint64)near + (gint32)(seq - (zero + (guint32)near));
}

/* For the receivers: add the frames that carried [from, to) of an offer. */
void mg_bytes_frames(const MgBytes *bytes, guint64 from, guint64 to, MgFrames *frames);
/* The placement that carried the octet at `offset`; never NULL for an offset in the offer. */
const MgPlacement *mg_bytes_place(const MgBytes *bytes, guint64 offset);

G_END_DECLS

#endif
