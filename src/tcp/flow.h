/* A connection as this stage keeps it, and the handing on of its bytes. */
#ifndef MG_TCP_FLOW_H
#define MG_TCP_FLOW_H

#include "mg-flow.h"
#include "tcp/half.h"

G_BEGIN_DECLS

typedef struct {
    MgFlow pub; /* what receivers see; first, so that one is the other */
    MgHalf half[2];
    const MgFlowSink *sink;
    GList link; /* in the queue of connections, oldest idle first */
    gboolean has_hole_link;
    GList hole_link;     /* in the queue of connections with an acknowledged hole */
    guint64 frames;      /* segments so far */
    gboolean opened;     /* open() was called */
    gboolean ours;       /* FALSE: the receiver said MG_DONE */
    gboolean over;       /* end() was called: kept only to know its late segments */
    MgSide closed_by;    /* whose FIN came first */
    gboolean delivering; /* a call of the sink is under way */
    guint64 counted;     /* octets of it in the table's total */
} MgTcpFlow;

/* Hand on all that can be handed on now. */
void mg_flow_deliver(MgTcpFlow *flow);
/* A segment with octets that are exactly the next ones of `side`: hand them on without a copy
 * where nothing waits before them.  FALSE: store them instead. */
gboolean mg_flow_deliver_directly(MgTcpFlow *flow, MgSide side, const MgSegment *segment,
                                  guint64 needs);
/* Nothing more will come: declare every hole, hand on everything, whatever it waits for. */
void mg_flow_drain(MgTcpFlow *flow);

G_END_DECLS

#endif
