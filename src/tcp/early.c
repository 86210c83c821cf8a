/* Segments of one direction that came before their turn. */
#include "tcp/early.h"

#include <string.h>

/* What one piece costs besides its octets: itself, its node in the sequence, the allocator. */
#define PIECE_COST (sizeof(MgEarly) + 96)

void mg_early_clear(MgEarlySet *set)
{
    g_clear_pointer(&set->pieces, g_sequence_free);
    set->octets = 0;
    set->count = 0;
}

gsize mg_early_cost(const MgEarlySet *set)
{
    return (gsize)set->octets + set->count * PIECE_COST;
}

static int compare_offsets(gconstpointer a, gconstpointer b, gpointer user)
{
    guint64 left = ((const MgEarly *)a)->offset, right = ((const MgEarly *)b)->offset;
    return left < right ? -1 : left > right;
}

MgEarly *mg_early_first(const MgEarlySet *set)
{
    return set->count > 0 ? g_sequence_get(g_sequence_get_begin_iter(set->pieces)) : NULL;
}

void mg_early_drop_first(MgEarlySet *set)
{
    MgEarly *first = mg_early_first(set);
    if (first == NULL)
        return;
    if (!first->cut)
        set->octets -= first->len;
    set->count--;
    g_sequence_remove(g_sequence_get_begin_iter(set->pieces));
}

MgEarlyPlace mg_early_find(const MgEarlySet *set, guint64 offset)
{
    if (set->pieces == NULL)
        return NULL;
    MgEarly key = {.offset = offset};
    /* Behind every piece that begins at or before `offset`; the one in front may hold it. */
    GSequenceIter *at = g_sequence_search(set->pieces, &key, compare_offsets, NULL);
    if (!g_sequence_iter_is_begin(at)) {
        GSequenceIter *before = g_sequence_iter_prev(at);
        const MgEarly *piece = g_sequence_get(before);
        if (piece->offset + piece->len > offset)
            return before;
    }
    return at;
}

MgEarly *mg_early_at(MgEarlyPlace place)
{
    return place == NULL || g_sequence_iter_is_end(place) ? NULL : g_sequence_get(place);
}

MgEarlyPlace mg_early_next(MgEarlyPlace place)
{
    return g_sequence_iter_next(place);
}

void mg_early_add(MgEarlySet *set, MgEarlyPlace before, const guint8 *data, guint64 len,
                  const MgPlacement *place, MgPieceAck ack)
{
    MgEarly *piece = g_malloc(sizeof *piece + (data != NULL ? (gsize)len : 0));
    *piece = (MgEarly){
        .offset = place->offset, .len = len, .cut = data == NULL, .place = *place, .ack = ack};
    if (data != NULL) {
        memcpy(piece->data, data, (gsize)len);
        set->octets += len;
    }
    set->count++;
    if (set->pieces == NULL)
        set->pieces = g_sequence_new(g_free);
    g_sequence_insert_before(before != NULL ? before : g_sequence_get_end_iter(set->pieces), piece);
}

MgEarlyPlace mg_early_carve(MgEarlySet *set, MgEarlyPlace place, guint64 from, guint64 to)
{
    MgEarly *piece = g_sequence_get(place);
    guint64 end = piece->offset + piece->len;
    MgEarlyPlace next = g_sequence_iter_next(place);
    MgPlacement rest = piece->place;
    MgPieceAck ack = piece->ack;
    if (piece->offset < from) {
        piece->len = from - piece->offset;
    } else {
        g_sequence_remove(place);
        set->count--;
    }
    if (to >= end)
        return next;
    rest.offset = to;
    mg_early_add(set, next, NULL, end - to, &rest, ack);
    return g_sequence_iter_prev(next);
}
