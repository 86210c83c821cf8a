/* The two directions take turns: what is offered when, and what the answer changes. */
#include "tcp/state.h"

/* ---- Who waits for whom ---- */

/* How far a side has come in the eyes of the other: octets below it need not be waited for. */
static guint64 reach(const MgTcpSide *side)
{
    if (side->finished || !side->known)
        return G_MAXUINT64;
    /* A side that waits for the other one must not be waited for by it. */
    if (side->want == MG_OTHER)
        return MAX(side->window.high, side->lost);
    return side->window.offered;
}

gboolean mg_tcp_blocked(const MgTcpFlow *flow, MgSide number, MgPieceAck ack, guint64 *ret_need)
{
    const MgTcpSide *side = &flow->side[number], *other = &flow->side[!number];
    if (!ack.has_ack || !other->known)
        return FALSE;
    gint64 need = mg_seq_offset(other->zero, other->window.high, ack.ack);
    if (need <= 0 || need > (gint64)MAX(other->highest, other->acked) + MG_TCP_FAR)
        return FALSE;
    if (other->fin && need > (gint64)other->fin_at)
        need = (gint64)other->fin_at;
    *ret_need = (guint64)need;
    return (guint64)need > reach(other) && (guint64)need > side->excused;
}

/* Both sides wait for each other, or this one will never say more. */
static gboolean mute(const MgTcpFlow *flow, MgSide number)
{
    const MgTcpSide *side = &flow->side[number], *other = &flow->side[!number];
    return side->finished || (side->want == MG_OTHER && side->asked_moves == other->moves &&
                              other->want == MG_OTHER && other->asked_moves == side->moves);
}

/* ---- Offers ---- */

static void answered(MgTcpFlow *flow, MgSide number, guint64 start, guint64 end, gboolean final,
                     MgTake take)
{
    MgTcpSide *side = &flow->side[number];
    guint64 taken = start + MIN(take.taken, (gsize)(end - start));
    if (taken > start)
        side->moves++;
    if (take.want == MG_DONE) {
        flow->done = TRUE;
        return;
    }
    if (final && taken < end) {
        flow->shown.dropped[number] += end - taken;
        taken = end;
        side->moves++;
    }
    side->want = take.want == MG_OTHER ? MG_OTHER : MG_MORE;
    side->asked_moves = flow->side[!number].moves;
    side->again = FALSE;
    mg_window_take(&side->window, taken);
}

static void stop_keeping(MgTcpFlow *flow)
{
    for (MgSide number = 0; number < 2; number++)
        mg_tcp_side_clear(&flow->side[number]);
}

/* Offer what waits up to `end`, the beginning of a piece or the end of the window. */
static void offer(MgTcp *tcp, MgTcpFlow *flow, MgSide number, guint64 end, gboolean final)
{
    MgTcpSide *side = &flow->side[number];
    MgWindow *window = &side->window;
    guint64 start = window->taken;
    MgPlacement *first = &window->places[window->first_waiting];
    MgPlacement whole = *first;
    guint n_places = window->n_places - window->first_waiting;

    if (end > window->offered) {
        flow->shown.octets[number] += end - window->offered;
        mg_window_set_offered(window, end);
    }
    if (end < window->high)
        n_places = window->first_new - window->first_waiting;

    /* The first piece may be partly taken: show the rest of it, for the time of the call. */
    if (first->offset < start) {
        if (first->frame_offset != MG_OFFSET_NONE)
            first->frame_offset += (guint32)(start - first->offset);
        first->offset = start;
    }
    MgBytes bytes = {
        .slice = {.data = mg_window_at(window, start), .len = (gsize)(end - start)},
        .offset = start,
        .places = first,
        .n_places = n_places,
        .final = final,
    };
    flow->shown.zero[number] = side->zero;
    MgTake take = tcp->sink.bytes(tcp->sink.user, &flow->shown, number, &bytes);
    *first = whole;
    answered(flow, number, start, end, final, take);
    if (flow->done)
        stop_keeping(flow);
}

gboolean mg_tcp_deliver_now(MgTcp *tcp, MgTcpFlow *flow, MgSide number, const guint8 *data,
                            gsize len, const MgPlacement *place, MgPieceAck ack)
{
    MgTcpSide *side = &flow->side[number];
    MgWindow *window = &side->window;
    guint64 need;
    if (window->taken < window->high || side->want == MG_OTHER || side->lost > window->high ||
        mg_tcp_blocked(flow, number, ack, &need) || ack.order >= mg_tcp_until(tcp, flow))
        return FALSE;

    guint64 start = window->high;
    MgBytes bytes = {
        .slice = {.data = data, .len = len},
        .offset = start,
        .places = place,
        .n_places = 1,
    };
    flow->shown.octets[number] += len;
    flow->shown.zero[number] = side->zero;
    MgTake take = tcp->sink.bytes(tcp->sink.user, &flow->shown, number, &bytes);
    side->frame = place->at.frame;

    gsize memory = mg_tcp_memory(tcp);
    if (memory == 0 && take.taken >= len && take.want != MG_DONE)
        mg_window_skip(window, start + len);
    else if (take.want != MG_DONE)
        mg_window_append(window, data, len, place, ack, memory);
    if (take.want != MG_DONE)
        mg_window_set_offered(window, start + len);
    answered(flow, number, start, start + len, FALSE, take);
    if (flow->done)
        stop_keeping(flow);
    return TRUE;
}

/* Its turn has not come: another connection goes first. */
static gboolean hold(MgTcpSide *side, guint64 order, guint64 until)
{
    if (order < until || side->over)
        return FALSE;
    side->held = order;
    return TRUE;
}

/* Up to where the side's octets need not wait for the other side, nor for other connections. */
static guint64 free_end(MgTcpFlow *flow, MgSide number, guint64 until)
{
    MgTcpSide *side = &flow->side[number];
    const MgWindow *window = &side->window;
    guint64 need;
    for (guint i = window->first_new; i < window->n_places; i++)
        if (mg_tcp_blocked(flow, number, window->acks[i], &need) ||
            hold(side, window->acks[i].order, until))
            return window->places[i].offset;
    return window->high;
}

/* Which segment shows that the octets at the end of the window are the last ones before a hole
 * or before the end. */
static guint64 final_order(const MgTcpSide *side, gboolean hole)
{
    const MgEarly *next = mg_early_first(&side->early);
    return !hole ? side->fin_order : next != NULL ? next->ack.order : 0;
}

static void declare_gap(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    const MgEarly *next = mg_early_first(&side->early);
    guint64 start = side->window.high;
    guint64 end = next != NULL ? MIN(side->lost, next->offset) : side->lost;
    MgGap gap = {
        .offset = start,
        .octets = end - start,
        .frames = {side->frame, next != NULL ? next->place.at.frame : side->cut_frame},
        .at = tcp->now,
    };
    mg_window_skip(&side->window, end);
    side->highest = MAX(side->highest, end);
    side->moves++;
    flow->shown.missing[number] += gap.octets;
    if (tcp->sink.gap != NULL)
        tcp->sink.gap(tcp->sink.user, &flow->shown, number, &gap);
}

/* One step of one side.  FALSE: it can do nothing now. */
static gboolean advance(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number], *other = &flow->side[!number];
    MgWindow *window = &side->window;
    guint64 until = mg_tcp_until(tcp, flow);
    side->held = G_MAXUINT64;
    mg_tcp_side_absorb(tcp, flow, number);

    gboolean alone = mute(flow, !number) || side->pushed || side->over;
    if (side->want == MG_OTHER &&
        (other->moves != side->asked_moves || (alone && window->offered < window->high))) {
        side->want = MG_MORE;
        side->again = TRUE;
    }
    if (side->want != MG_OTHER) {
        guint64 end = free_end(flow, number, until);
        if (end > window->offered || (side->again && end > window->taken)) {
            offer(tcp, flow, number, end, FALSE);
            return TRUE;
        }
        side->again = FALSE;
    } else if (alone && window->taken < window->offered) {
        offer(tcp, flow, number, window->offered, TRUE);
        return TRUE;
    }
    if (window->offered < window->high)
        return FALSE;

    gboolean hole = side->lost > window->high;
    gboolean at_end = (side->fin && window->high >= side->fin_at) || flow->closing;
    if ((hole || (at_end && !side->finished)) && hold(side, final_order(side, hole), until))
        return FALSE;
    if (window->taken < window->high && side->want != MG_OTHER && (hole || at_end || side->over)) {
        offer(tcp, flow, number, window->high, TRUE);
        return TRUE;
    }
    if (hole && (side->want != MG_OTHER || alone)) {
        declare_gap(tcp, flow, number);
        return TRUE;
    }
    if (!hole && at_end && !side->finished && window->taken == window->high) {
        side->finished = TRUE;
        side->moves++;
        return TRUE;
    }
    return FALSE;
}

void mg_tcp_deliver(MgTcp *tcp, MgTcpFlow *flow)
{
    while (!flow->done && (advance(tcp, flow, 0) || advance(tcp, flow, 1)))
        ;
}

void mg_tcp_tell_acked(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    guint64 offset = MIN(side->acked, side->window.offered);
    if (flow->done || offset <= side->told)
        return;
    side->told = offset;
    if (tcp->sink.acked != NULL)
        tcp->sink.acked(tcp->sink.user, &flow->shown, number, offset);
}

/* ---- The end ---- */

/* Nothing moves any more: excuse the octets that wait for the other side, the ones that were
 * captured first before the others; then wait no longer for an answer. */
static gboolean push(MgTcpFlow *flow)
{
    MgTcpSide *side = flow->side;
    MgSide first = 2;
    for (MgSide i = 0; i < 2; i++) {
        const MgWindow *window = &side[i].window;
        if (side[i].want == MG_OTHER || window->offered == window->high)
            continue;
        if (first == 2 || window->places[window->first_new].at.frame <
                              side[first].window.places[side[first].window.first_new].at.frame)
            first = i;
    }
    if (first < 2) {
        const MgWindow *window = &side[first].window;
        guint64 need = 0;
        mg_tcp_blocked(flow, first, window->acks[window->first_new], &need);
        side[first].excused = MAX(side[first].excused, need);
        return TRUE;
    }
    for (MgSide i = 0; i < 2; i++)
        if (!side[i].finished && !side[i].pushed) {
            side[i].pushed = TRUE;
            return TRUE;
        }
    return FALSE;
}

void mg_tcp_end(MgTcp *tcp, MgTcpFlow *flow, MgHowEnded how, MgSide by)
{
    if (flow->ended)
        return;
    flow->closing = TRUE;
    if (flow->ending) {
        how = flow->end_how;
        by = flow->end_by;
    }
    for (MgSide i = 0; i < 2; i++)
        mg_tcp_holes_all(&flow->side[i]);
    do
        mg_tcp_deliver(tcp, flow);
    while (!flow->done && push(flow));
    for (MgSide i = 0; i < 2; i++)
        mg_tcp_tell_acked(tcp, flow, i);

    flow->ended = TRUE;
    flow->how = how;
    gboolean closed = (how == MG_ENDED_CLOSED || how == MG_ENDED_RESET) && flow->end_at.frame != 0;
    MgFlowEnd end = {.how = how,
                     .by = by,
                     .at = how == MG_ENDED_IDLE ? flow->shown.last
                           : closed             ? flow->end_at
                                                : tcp->now};
    if (tcp->sink.end != NULL)
        tcp->sink.end(tcp->sink.user, &flow->shown, &end);
    flow->shown.receiver = NULL;
    stop_keeping(flow);
    mg_tcp_table_retire(tcp, flow);
}
