/* Segments of one direction that came before their turn: sorted by offset, never overlapping,
 * each search and insertion in logarithmic time however many and small they are.
 */
#ifndef MG_TCP_EARLY_H
#define MG_TCP_EARLY_H

#include "tcp/window.h"

typedef struct {
    guint64 offset;
    guint64 len;
    gboolean cut; /* on the wire, but not in the capture: no octets */
    MgPlacement place;
    MgPieceAck ack;
    guint8 data[];
} MgEarly;

typedef struct {
    GSequence *pieces; /* MgEarly*, NULL while empty */
    guint64 octets;    /* kept, without cut ones */
    guint count;
} MgEarlySet;

void mg_early_clear(MgEarlySet *set);
gsize mg_early_cost(const MgEarlySet *set);

/* The piece that begins first, or NULL. */
MgEarly *mg_early_first(const MgEarlySet *set);
void mg_early_drop_first(MgEarlySet *set);
/* The first piece that ends behind `offset`, or NULL. */
MgEarly *mg_early_find(const MgEarlySet *set, guint64 offset);
/* A piece that overlaps no other.  `data` NULL: cut. */
void mg_early_add(MgEarlySet *set, const guint8 *data, guint64 len, const MgPlacement *place,
                  MgPieceAck ack);

#endif
