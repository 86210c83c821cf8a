/* The octets of one direction that are in order: what the receiver has not taken yet, and
 * before it a short memory of what it took.
 *
 *      low            taken            offered        high
 *       |--- memory ----|--- waiting -----|--- new -----|
 *
 * One linear buffer, so that an offer is one slice; it slides and grows by halves, so that
 * each octet is moved a constant number of times however small the segments are.
 */
#ifndef MG_TCP_WINDOW_H
#define MG_TCP_WINDOW_H

#include "mg-flow.h"

/* The acknowledgement a piece was sent with, and its segment's number in the capture. */
typedef struct {
    guint32 ack;
    gboolean has_ack;
    guint64 order;
} MgPieceAck;

typedef struct {
    guint64 low, taken, offered, high; /* stream offsets, low <= taken <= offered <= high */

    guint8 *data;
    gsize size;  /* allocated */
    gsize begin; /* index of the octet at `low` */

    /* Pieces: which frame brought what.  Number i reaches to the offset of number i + 1. */
    MgPlacement *places;
    MgPieceAck *acks; /* of the same pieces */
    guint n_places;   /* used, from index 0 */
    guint places_size;
    guint first_waiting; /* the piece that holds `taken`; n_places when nothing waits */
    guint first_new;     /* the piece that holds `offered`; n_places when nothing is new */
} MgWindow;

void mg_window_clear(MgWindow *window);

/* Memory in use, for the ceiling. */
gsize mg_window_cost(const MgWindow *window);

/* Put octets behind `high`.  Keeps at most `memory` octets below `taken`. */
void mg_window_append(MgWindow *window, const guint8 *data, gsize len, const MgPlacement *place,
                      MgPieceAck ack, gsize memory);
/* The receiver has taken up to `offset`; `offered` follows when it lies below. */
void mg_window_take(MgWindow *window, guint64 offset);
void mg_window_set_offered(MgWindow *window, guint64 offset);
/* Nothing may wait any more; go on at `offset`, behind a hole. */
void mg_window_skip(MgWindow *window, guint64 offset);
/* Give up the memory, and all storage when nothing waits. */
void mg_window_forget(MgWindow *window);

/* The octet at `offset`, which lies in [low, high). */
const guint8 *mg_window_at(const MgWindow *window, guint64 offset);
/* Where the octet at `offset` was captured; frame 0 where it is not remembered. */
MgStamp mg_window_stamp(const MgWindow *window, guint64 offset);

static inline guint64 mg_window_waiting(const MgWindow *window)
{
    return window->high - window->taken;
}

#endif
