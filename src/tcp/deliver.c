/* The handing on of bytes: how the two directions take turns (mg-flow.h). */
#include "tcp/flow.h"

static void add_place(GArray *places, guint64 offset, const MgStamp *at, guint32 frame_offset)
{
    MgPlacement place = {.offset = offset, .at = *at, .frame_offset = frame_offset};
    g_array_append_val(places, place);
}

/* Octets [0, n) of what is kept are done with. */
static void drop_kept(MgHalf *half, gsize n)
{
    half->kept_from += n;
    if (n == half->kept->len) {
        g_byte_array_set_size(half->kept, 0);
        g_array_set_size(half->places, 0);
        return;
    }
    if (n == 0)
        return;
    g_byte_array_remove_range(half->kept, 0, (guint)n);
    guint first = 0;
    while (first + 1 < half->places->len &&
           g_array_index(half->places, MgPlacement, first + 1).offset <= half->kept_from)
        first++;
    if (first > 0)
        g_array_remove_range(half->places, 0, first);
    MgPlacement *place = &g_array_index(half->places, MgPlacement, 0);
    if (place->frame_offset != MG_OFFSET_NONE)
        place->frame_offset += (guint32)(half->kept_from - place->offset);
    place->offset = half->kept_from;
}

static void keep(MgHalf *half, guint64 offset, const guint8 *data, gsize len, const MgStamp *at,
                 guint32 frame_offset)
{
    if (len == 0)
        return;
    if (half->kept == NULL) {
        half->kept = g_byte_array_new();
        half->places = g_array_new(FALSE, FALSE, sizeof(MgPlacement));
    }
    if (half->kept->len == 0)
        half->kept_from = offset;
    g_byte_array_append(half->kept, data, (guint)len);
    add_place(half->places, offset, at, frame_offset);
}

static gsize kept_len(const MgHalf *half)
{
    return half->kept != NULL ? half->kept->len : 0;
}

/* Ask the receiver; returns how many octets it took. */
static gsize ask(MgTcpFlow *flow, MgSide side, const MgBytes *bytes)
{
    MgHalf *half = &flow->half[side];
    MgTake take = flow->sink->bytes(flow->sink->user, &flow->pub, side, bytes);
    gsize taken = MIN(take.taken, bytes->slice.len);
    if (take.want == MG_DONE) {
        flow->ours = FALSE;
        return bytes->slice.len;
    }
    half->want = take.want == MG_OTHER ? MG_OTHER : MG_MORE;
    half->other_moved = FALSE;
    if (taken > 0)
        flow->half[1 - side].other_moved = TRUE;
    return taken;
}

static void offer_kept(MgTcpFlow *flow, MgSide side, gboolean final)
{
    MgHalf *half = &flow->half[side];
    MgBytes bytes = {.slice = {half->kept->data, half->kept->len},
                     .offset = half->kept_from,
                     .places = (const MgPlacement *)half->places->data,
                     .n_places = half->places->len,
                     .final = final};
    gsize taken = ask(flow, side, &bytes);
    if (!flow->ours)
        return;
    if (final) {
        flow->pub.dropped[side] += half->kept->len - taken;
        taken = half->kept->len;
    }
    drop_kept(half, taken);
}

/* Waiting for the other direction, which has not moved since. */
static gboolean blocked(const MgHalf *half)
{
    return half->want == MG_OTHER && !half->other_moved;
}

/* Bytes that acknowledge what has not been handed on wait for it; not where that direction
 * itself waits for this one. */
static gboolean ordered(const MgTcpFlow *flow, MgSide side, guint64 needs)
{
    const MgHalf *other = &flow->half[1 - side];
    return needs <= other->offered || blocked(other);
}

static void hand_gap(MgTcpFlow *flow, MgSide side, const MgPiece *piece)
{
    MgHalf *half = &flow->half[side];
    if (kept_len(half) > 0)
        offer_kept(flow, side, TRUE);
    if (!flow->ours)
        return;
    MgGap gap = {.offset = piece->offset,
                 .octets = piece->len,
                 .frames = {piece->frames[0], piece->frames[1]},
                 .at = flow->pub.last};
    flow->pub.missing[side] += piece->len;
    half->offered = piece->offset + piece->len;
    half->want = MG_MORE;
    half->other_moved = FALSE;
    flow->half[1 - side].other_moved = TRUE;
    flow->sink->gap(flow->sink->user, &flow->pub, side, &gap);
}

static void hand_octets(MgTcpFlow *flow, MgSide side, const MgPiece *piece)
{
    MgHalf *half = &flow->half[side];
    half->ready_octets -= piece->len;
    half->offered = piece->offset + piece->len;
    flow->pub.octets[side] += piece->len;
    if (kept_len(half) > 0) {
        keep(half, piece->offset, piece->data, (gsize)piece->len, &piece->at, piece->frame_offset);
        offer_kept(flow, side, FALSE);
        return;
    }
    MgPlacement place = {
        .offset = piece->offset, .at = piece->at, .frame_offset = piece->frame_offset};
    MgBytes bytes = {.slice = {piece->data, (gsize)piece->len},
                     .offset = piece->offset,
                     .places = &place,
                     .n_places = 1};
    gsize taken = ask(flow, side, &bytes);
    if (flow->ours)
        keep(half, piece->offset + taken, piece->data + taken, (gsize)piece->len - taken,
             &piece->at,
             piece->frame_offset == MG_OFFSET_NONE ? MG_OFFSET_NONE
                                                   : piece->frame_offset + (guint32)taken);
}

/* Hand on one thing of a side; FALSE when nothing can be handed on now.  `force` overrides what
 * it waits for. */
static gboolean advance(MgTcpFlow *flow, MgSide side, gboolean force)
{
    MgHalf *half = &flow->half[side];
    if (half->want == MG_OTHER && kept_len(half) > 0 && (half->other_moved || force)) {
        offer_kept(flow, side, force && !half->other_moved);
        return TRUE;
    }
    MgPiece *piece = g_queue_peek_head(&half->ready);
    if (piece == NULL || (!force && (blocked(half) || !ordered(flow, side, piece->needs))))
        return FALSE;
    g_queue_pop_head(&half->ready);
    if (half->want == MG_OTHER && force)
        half->want = MG_MORE;
    if (piece->data == NULL)
        hand_gap(flow, side, piece);
    else
        hand_octets(flow, side, piece);
    mg_piece_free(piece);
    return TRUE;
}

static void forget_waiting(MgTcpFlow *flow)
{
    mg_half_clear(&flow->half[0]);
    mg_half_clear(&flow->half[1]);
}

static gboolean advance_any(MgTcpFlow *flow)
{
    gboolean any = FALSE;
    for (MgSide side = 0; side < 2; side++)
        while (flow->ours && advance(flow, side, FALSE))
            any = TRUE;
    return any && flow->ours;
}

void mg_flow_deliver(MgTcpFlow *flow)
{
    if (flow->delivering)
        return;
    flow->delivering = TRUE;
    while (flow->ours && advance_any(flow))
        ;
    flow->delivering = FALSE;
    if (!flow->ours)
        forget_waiting(flow);
}

gboolean mg_flow_deliver_directly(MgTcpFlow *flow, MgSide side, const MgSegment *segment,
                                  guint64 needs)
{
    MgHalf *half = &flow->half[side];
    if (!g_queue_is_empty(&half->ready) || kept_len(half) > 0 || blocked(half) ||
        !ordered(flow, side, needs) || half->ahead_octets > 0)
        return FALSE;
    const MgSlice *payload = &segment->payload;
    guint64 offset = half->next;
    mg_half_pass(half, payload->data, payload->len, &segment->at);
    half->offered = half->next;
    flow->pub.octets[side] += payload->len;
    MgPlacement place = {
        .offset = offset, .at = segment->at, .frame_offset = segment->frame_offset};
    MgBytes bytes = {.slice = *payload, .offset = offset, .places = &place, .n_places = 1};
    gsize taken = ask(flow, side, &bytes);
    if (!flow->ours) {
        forget_waiting(flow);
        return TRUE;
    }
    keep(half, offset + taken, payload->data + taken, payload->len - taken, &segment->at,
         segment->frame_offset == MG_OFFSET_NONE ? MG_OFFSET_NONE
                                                 : segment->frame_offset + (guint32)taken);
    mg_flow_deliver(flow);
    return TRUE;
}

/* The frame of the first thing that waits on a side; G_MAXUINT64 = nothing waits. */
static guint64 waits_since(const MgHalf *half)
{
    if (half->want == MG_OTHER && kept_len(half) > 0)
        return g_array_index(half->places, MgPlacement, 0).at.frame;
    const MgPiece *piece = g_queue_peek_head((GQueue *)&half->ready);
    if (piece == NULL)
        return G_MAXUINT64;
    return piece->data != NULL ? piece->at.frame : piece->frames[0];
}

void mg_flow_drain(MgTcpFlow *flow)
{
    while (flow->ours) {
        mg_flow_deliver(flow);
        if (!flow->ours)
            break;
        /* Only when nothing moves by itself is a hole declared, and only then is anybody
         * forced: what was captured first goes first. */
        if (mg_half_hole(&flow->half[0]) || mg_half_hole(&flow->half[1]))
            continue;
        guint64 one = waits_since(&flow->half[0]), two = waits_since(&flow->half[1]);
        if (one == G_MAXUINT64 && two == G_MAXUINT64)
            break;
        advance(flow, two < one, TRUE);
    }
    for (MgSide side = 0; side < 2 && flow->ours; side++)
        if (kept_len(&flow->half[side]) > 0)
            offer_kept(flow, side, TRUE);
    forget_waiting(flow);
}
