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
/* A piece, or the end, for walking; adding a piece in front of it keeps it valid.  NULL is the
 * end of an empty set. */
typedef GSequenceIter *MgEarlyPlace;
/* Where the first piece is that ends behind `offset`, or the end. */
MgEarlyPlace mg_early_find(const MgEarlySet *set, guint64 offset);
/* The piece at a place; NULL at the end. */
MgEarly *mg_early_at(MgEarlyPlace place);
MgEarlyPlace mg_early_next(MgEarlyPlace place);
/* Octets of a cut piece were captured after all: [from, to) of it is free.  Gives the first piece
 * that ends behind `from`, or the end. */
MgEarlyPlace mg_early_carve(MgEarlySet *set, MgEarlyPlace place, guint64 from, guint64 to);
/* Add a piece that overlaps no other, directly in front of `before`.  `data` NULL: cut. */
void mg_early_add(MgEarlySet *set, MgEarlyPlace before, const guint8 *data, guint64 len,
                  const MgPlacement *place, MgPieceAck ack);

#endif
