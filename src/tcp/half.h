/* One direction of a connection: sequence numbers to stream offsets, segments to ordered pieces.
 *
 * Takes the octets of segments at their stream offsets.  Gives pieces (runs of octets, holes) in
 * stream order, in the queue `ready`.  The first copy of an octet wins.  Owns the copies it
 * keeps; knows nothing of receivers.
 *
 *      taken        kept        ready          [hole]   ahead
 *     --------|------------|-----------------|.......|=======|....|====|
 *          kept_from    offered             next
 */
#ifndef MG_TCP_HALF_H
#define MG_TCP_HALF_H

#include "mg-flow.h"

G_BEGIN_DECLS

/* Octets of one segment, or a hole (data NULL). */
typedef struct {
    guint64 offset;
    guint64 len;
    guint8 *data; /* owned */
    guint32 frame_offset;
    MgStamp at;
    guint64 needs;     /* the segment acknowledged the other direction up to here */
    guint64 frames[2]; /* hole: the frames around it */
} MgPiece;

/* What is remembered of octets that were handed on, to tell a differing second copy. */
typedef struct {
    guint64 offset;
    guint32 len;
    guint32 digest;
    guint64 frame;
} MgTrace;

enum { MG_TRACES = 32 };

typedef struct {
    gboolean synced; /* base_seq is known */
    gboolean begun;  /* a segment of this direction was seen (no guess by the other's ACK) */
    gboolean syn_seen;
    guint32 next_seq; /* sequence number of the octet at `next` */
    guint64 next;     /* octets below are in order */
    guint64 acked;    /* octets below are acknowledged by the other side */
    gboolean fin_seen;
    guint64 fin; /* offset of the FIN */

    GSequence *ahead; /* MgPiece* by offset, not overlapping, all above `next` */
    guint64 ahead_octets;
    GQueue ready; /* MgPiece*, in stream order */
    guint64 ready_octets;
    guint64 last_frame; /* that brought the octet before `next` */

    gboolean hole_open; /* there is an acknowledged hole at `next` */
    MgTime hole_since;
    guint64 hole_frames; /* the connection's frame count at that time */

    GByteArray *kept; /* offered, not taken */
    guint64 kept_from;
    GArray *places;  /* MgPlacement of kept */
    guint64 offered; /* octets below were offered once */
    MgStatus want;   /* what the receiver said last: MG_MORE or MG_OTHER */
    gboolean other_moved;

    MgTrace traces[MG_TRACES];
    guint n_traces;
} MgHalf;

void mg_half_init(MgHalf *half);
void mg_half_clear(MgHalf *half);

/* Set the sequence number of stream offset 0 (`next` must still be 0). */
void mg_half_sync(MgHalf *half, guint32 seq);
/* The stream offset of a sequence number, as a difference from `next`; negative = old. */
gint64 mg_half_ahead(const MgHalf *half, guint32 seq);

typedef void (*MgRepeatFunc)(gpointer user, const MgRepeat *repeat);

/* Take the octets of a segment that begin at stream offset `next + ahead`.  New ones are
 * stored (and moved to `ready` where they are in order); for others `repeat` is called. */
void mg_half_store(MgHalf *half, gint64 ahead, const MgSegment *segment, guint64 needs,
                   MgRepeatFunc repeat, gpointer user);
/* The octets [next, next+len) were handed on without being stored. */
void mg_half_pass(MgHalf *half, const guint8 *data, gsize len, const MgStamp *at);
/* Declare the hole at `next`: a hole piece goes to `ready`, and what lies behind it follows.
 * FALSE when there is none (nothing is known behind `next`). */
gboolean mg_half_hole(MgHalf *half);
/* Whether something is known to be missing at `next`. */
gboolean mg_half_incomplete(const MgHalf *half);
guint64 mg_half_waiting(const MgHalf *half); /* octets kept in all */

void mg_piece_free(MgPiece *piece);

G_END_DECLS

#endif
