/* Where the octets of each stream lie in the packets.
 *
 * Looks on between tcp and proto, and at each segment behind tcp.  Remembers the latest segments
 * of each direction and the secrets that were found in it, and so finds every packet that
 * carries a secret: those that came before it was known, those that bring it again, and those
 * after the end of the connection.  Gives edits by frame.
 */
#ifndef MG_ANNOTATE_FLOWS_H
#define MG_ANNOTATE_FLOWS_H

#include "annotate/sorter.h"
#include "mg-exchange.h"
#include "mg-flow.h"
#include "mg-segment.h"

G_BEGIN_DECLS

/* Segments of one direction that are remembered behind what proto has taken: a secret of IMAP is
 * known when its command is complete, some segments later. */
#define MG_FLOWS_BEHIND 64
/* … and ahead of it; then a segment is blanked unseen. */
#define MG_FLOWS_AHEAD 4096
/* Secrets of one direction that are known one by one; what lies before them is secret as a
 * whole where it comes again. */
#define MG_FLOWS_SECRETS 4096
/* Connections that are remembered after their end. */
#define MG_FLOWS_ENDED 16384
/* Frames of one direction that are remembered before they go to the sorter. */
#define MG_FLOWS_CARRIERS 64

typedef struct MgFlows MgFlows;

/* Edits go to `sorter`, none with `show_secrets`. */
MgFlows *mg_flows_new(MgSorter *sorter, gboolean show_secrets);
void mg_flows_free(MgFlows *flows);

void mg_flows_segment(MgFlows *flows, const MgSegment *segment);
void mg_flows_loose(MgFlows *flows, const MgPiece *piece);
void mg_flows_flow_sink(MgFlows *flows, const MgFlowSink *next, MgFlowSink *ret_sink);

/* For what comes from proto, during a call of the flow sink. */
void mg_flows_session(MgFlows *flows, const MgSession *session);
void mg_flows_secret(MgFlows *flows, const MgSession *session, const MgSecretFound *secret);
void mg_flows_exchange(MgFlows *flows, const MgExchange *exchange);

/* Whether these octets of a stream were read, or nobody will read them. */
typedef struct {
    MgEndpoint source, destination;
    guint32 seq, len;
} MgStretch;
gboolean mg_flows_has_read(const MgFlows *flows, const MgStretch *stretch);

/* The connection in hand: its latest frame, its id, the side of its client.  FALSE: none is. */
gboolean mg_flows_here(const MgFlows *flows, MgStamp *ret_at, guint64 *ret_id, MgSide *ret_client);
/* The frames of this direction of the connection in hand that are not in the sorter yet. */
void mg_flows_spill(MgFlows *flows, MgSide side);

G_END_DECLS

#endif
