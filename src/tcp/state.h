/* What tcp keeps: the connections, their two sides, the clock.  Private to this folder.
 *
 * tcp.c reads the segments, find.c decides which connection one belongs to, side.c puts one
 * direction in order, deliver.c lets the directions take turns, holes.c decides when to wait no
 * longer, order.c in which order the connections are handed on, table.c keeps the connections
 * and ages them.
 */
#ifndef MG_TCP_STATE_H
#define MG_TCP_STATE_H

#include "mg-flow.h"
#include "tcp/early.h"
#include "tcp/seq.h"
#include "tcp/window.h"

/* The largest window that TCP allows (RFC 7323 section 2.3).  A sequence or acknowledgement
 * number that lies further ahead belongs to something else. */
#define MG_TCP_FAR G_GINT64_CONSTANT(0x40000000)
/* How far from what was seen a RST, an empty segment, or the late segment of an ended connection
 * may lie.  Windows are scaled, we do not know by what. */
#define MG_TCP_NEAR G_GINT64_CONSTANT(0x100000)

/* Something that is waited for: since when, by the two measures of mg-flow.h. */
typedef struct {
    gboolean on;
    gint64 since;   /* MgTcp.elapsed */
    guint64 frames; /* MgTcpFlow.frames */
    guint64 mark;   /* what the wait is about */
    guint64 order;  /* MgTcp.order when it began */
    gboolean slow;  /* nobody can acknowledge: the longer time */
} MgTcpWait;

typedef struct {
    gboolean seen;  /* a segment of it was captured */
    gboolean known; /* `zero` is set */
    gboolean firm;  /* … by its own SYN or octets; else by what acknowledges it */
    gboolean bare;  /* `zero` is the number of an empty segment */
    gboolean syn;
    gboolean fin;
    gboolean finished; /* everything up to its end was handed on */
    guint32 zero;      /* sequence number of the octet at offset 0 */
    guint64 fin_at;    /* offset of its FIN */
    guint64 fin_order; /* MgTcp.order of it */
    guint64 highest;   /* end of what was seen or kept */
    guint64 acked;     /* by the other side */
    guint64 told;      /* … and told to the receiver */
    guint64 lost;      /* what is missing below it is a hole */
    guint64 frame;     /* that brought the last octet in order */
    guint64 cut_frame; /* the latest whose octets were cut */

    MgWindow window;
    MgEarlySet early;

    /* What the receiver wants, and how far the other side had come when it said so. */
    MgStatus want;
    guint64 asked_moves;
    guint64 moves;   /* grows with everything that the receiver takes of this side */
    gboolean again;  /* the other side has moved: offer what waits once more */
    gboolean pushed; /* wait for the other side no longer */
    gboolean over;   /* a limit is reached */
    guint64 excused; /* acknowledgements up to here (of the other side) need not wait */
    guint64 held;    /* the segment that waits for its turn (order.c); G_MAXUINT64 = none */

    MgTcpWait hole;    /* octets are missing */
    MgTcpWait blocked; /* octets acknowledge what the other side has not shown */
    MgTcpWait asked;   /* the receiver waits for a side that is not captured */
} MgTcpSide;

typedef struct MgTcpFlow MgTcpFlow;
struct MgTcpFlow {
    MgFlow shown; /* first member: what the receivers see */
    guint32 hash; /* of its end points */
    MgTcpSide side[2];
    guint64 frames;
    gint64 seen;      /* MgTcp.elapsed at its latest segment */
    gboolean done;    /* the receiver wants nothing more */
    gboolean closing; /* no segment will follow */
    gboolean ended;   /* end() was called; kept to swallow late segments */
    MgHowEnded how;   /* … with this */
    gboolean refused; /* a RST answered the SYN */
    gboolean several; /* its segments are in more than one capture */
    gboolean any_fin;
    MgSide first_fin;
    gsize cost; /* as counted in MgTcp.cost */

    /* A RST that waits for its turn. */
    gboolean ending;
    MgHowEnded end_how;
    MgSide end_by;
    guint64 end_order;
    MgStamp end_at; /* of what closed it; frame 0 = not closed */

    /* In MgTcp.stuck and MgTcp.held, and by which number; NULL = not in it. */
    GSequenceIter *in_stuck, *in_held;
    guint64 stuck, held;

    /* A SYN that may begin another connection: it does when it is answered. */
    gboolean knock;
    MgSide knock_side;
    guint32 knock_seq;
    guint64 knock_id;
    MgStamp knock_at;

    GList in_ages; /* MgTcp.live or MgTcp.ended */
    GList in_timers;
    GQueue *timers; /* of MgTcp, in which it is; NULL: it waits for nothing */
    gint64 timer;   /* MgTcp.elapsed when it was put there */
};

struct MgTcp {
    MgFlowSink sink;
    guint64 max_octets;
    guint64 cost;      /* octets of memory that wait or are remembered */
    GHashTable *flows; /* MgTcpFlow* by its end points, either way round */
    guint32 seed;
    GQueue live;  /* MgTcpFlow*, the longest silent first */
    GQueue ended; /* … that have ended, the earliest first */
    /* MgTcpFlow* that wait for something, by the time they were looked at. */
    GQueue timers, slow_timers;
    guint64 next_id;
    guint64 order;    /* number of the segment that is looked at */
    GSequence *stuck; /* MgTcpFlow* that wait, by what they cannot hand on */
    GSequence *held;  /* MgTcpFlow* that let another one go first, by what is next */
    gboolean finishing;
    guint64 evicted;
    gboolean said_evicted;
    gboolean said_ceiling;

    MgStamp now;
    gint64 elapsed;  /* capture time that has passed, without jumps */
    MgTime clock;    /* latest time that was believed */
    MgTime doubtful; /* a jump that the next stamp must confirm */
};

/* ---- table.c ---- */
void mg_tcp_table_init(MgTcp *tcp);
void mg_tcp_table_clear(MgTcp *tcp);
/* `ret_side`: which side of the flow sent from `source`. */
MgTcpFlow *mg_tcp_table_find(MgTcp *tcp, const MgEndpoint *source, const MgEndpoint *destination,
                             MgSide *ret_side);
MgTcpFlow *mg_tcp_table_add(MgTcp *tcp, const MgEndpoint *opener, const MgEndpoint *other,
                            guint64 id, const MgStamp *at);
void mg_tcp_table_remove(MgTcp *tcp, MgTcpFlow *flow);
/* The flow sent a segment just now. */
void mg_tcp_table_touch(MgTcp *tcp, MgTcpFlow *flow);
void mg_tcp_table_retire(MgTcp *tcp, MgTcpFlow *flow);
/* Begin anew with the same end points and the same id. */
void mg_tcp_table_revive(MgTcp *tcp, MgTcpFlow *flow, const MgStamp *at);
/* Count the flow's memory anew. */
void mg_tcp_table_weigh(MgTcp *tcp, MgTcpFlow *flow);
/* End the flows that are silent for too long. */
void mg_tcp_table_age(MgTcp *tcp);
/* Keep below the ceiling: forget, then push, the longest silent first. */
void mg_tcp_table_lighten(MgTcp *tcp);

/* ---- find.c ---- */
/* Find or open the connection of a segment, and the side that sent it.  NULL: it belongs to
 * none (yet). */
MgTcpFlow *mg_tcp_find(MgTcp *tcp, const MgSegment *segment, MgSide *ret_side);
/* Whether a segment of a connection that has ended begins it anew, and doing so. */
gboolean mg_tcp_begins_anew(const MgTcpFlow *flow, MgSide number, const MgSegment *segment);
void mg_tcp_open_anew(MgTcp *tcp, MgTcpFlow *flow, const MgStamp *at);

/* ---- side.c ---- */
/* The stream begins at sequence number `zero`.  `firm`: the side said so itself. */
void mg_tcp_side_begin(MgTcpSide *side, guint32 zero, gboolean firm);
/* Put the octets of a segment where they belong.  `offset` may be negative. */
void mg_tcp_side_add(MgTcp *tcp, MgTcpFlow *flow, MgSide number, gint64 offset,
                     const MgSegment *segment);
/* Move early octets whose turn has come into the window. */
void mg_tcp_side_absorb(MgTcp *tcp, MgTcpFlow *flow, MgSide number);
/* Whether more waits than may wait. */
gboolean mg_tcp_side_full(const MgTcpSide *side);
void mg_tcp_side_clear(MgTcpSide *side);
gsize mg_tcp_memory(const MgTcp *tcp);

/* ---- deliver.c ---- */
/* Hand in-order octets on without a copy in between.  FALSE: they have to wait. */
gboolean mg_tcp_deliver_now(MgTcp *tcp, MgTcpFlow *flow, MgSide number, const guint8 *data,
                            gsize len, const MgPlacement *place, MgPieceAck ack);
/* Hand on everything that can be. */
void mg_tcp_deliver(MgTcp *tcp, MgTcpFlow *flow);
void mg_tcp_tell_acked(MgTcp *tcp, MgTcpFlow *flow, MgSide number);
/* Whether the next octets of the side wait for the other side, and for which offset. */
gboolean mg_tcp_blocked(const MgTcpFlow *flow, MgSide number, MgPieceAck ack, guint64 *ret_need);
/* Hand on all that is left and end the flow. */
void mg_tcp_end(MgTcp *tcp, MgTcpFlow *flow, MgHowEnded how, MgSide by);

/* ---- holes.c ---- */
/* Look at what the flow waits for.  TRUE: a wait is over, deliver again. */
gboolean mg_tcp_holes_check(MgTcp *tcp, MgTcpFlow *flow);
/* Nothing more will come: all that is missing is a hole. */
void mg_tcp_holes_all(MgTcpSide *side);
/* Deliver, look at the waits, again until nothing moves; set or stop the flow's timer. */
void mg_tcp_settle(MgTcp *tcp, MgTcpFlow *flow);
/* Memory is short: hand on all that the flow keeps, as if a limit were reached. */
void mg_tcp_give_up(MgTcp *tcp, MgTcpFlow *flow);
/* The flow waits for nothing any more. */
void mg_tcp_timer_stop(MgTcpFlow *flow);
/* Look at the flows whose waits may be over by time. */
void mg_tcp_holes_time(MgTcp *tcp);

/* ---- order.c ---- */
void mg_tcp_order_init(MgTcp *tcp);
void mg_tcp_order_clear(MgTcp *tcp);
/* The flow hands on what came in segments before this number; G_MAXUINT64 = all. */
guint64 mg_tcp_until(const MgTcp *tcp, const MgTcpFlow *flow);
/* The flow has moved, or waits: enter it anew. */
void mg_tcp_order_set(MgTcp *tcp, MgTcpFlow *flow);
void mg_tcp_order_forget(MgTcpFlow *flow);
/* Hand on what waited for its turn. */
void mg_tcp_order_drain(MgTcp *tcp);

#endif
