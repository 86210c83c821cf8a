/* When to wait no longer (mg-flow.h, "Holes").
 *
 * A wait has a mark: everything below it was missed when the wait began, so that many holes
 * are declared together and each of them waits at most twice the time.
 */
#include "tcp/state.h"

/* In a capture of one direction nobody acknowledges a hole; wait as long as a sender takes for
 * its first retransmissions (RFC 6298: at least one second, doubled each time). */
#define UNACKED_TIME (60 * MG_SECOND)

static void begin(const MgTcp *tcp, const MgTcpFlow *flow, MgTcpWait *wait, guint64 mark,
                  gboolean slow)
{
    if (wait->on && wait->slow == slow)
        return;
    *wait = (MgTcpWait){.on = TRUE,
                        .since = tcp->elapsed,
                        .frames = flow->frames,
                        .mark = mark,
                        .slow = slow,
                        .order = tcp->order};
}

static gboolean over(const MgTcp *tcp, const MgTcpFlow *flow, const MgTcpWait *wait)
{
    if (wait->slow)
        return tcp->elapsed - wait->since >= UNACKED_TIME;
    return tcp->elapsed - wait->since >= MG_LIMIT_HOLE_TIME ||
           flow->frames - wait->frames >= MG_LIMIT_HOLE_FRAMES;
}

/* The end of what the other side acknowledged.  One octet behind everything seen is most
 * likely a FIN that was not captured. */
static guint64 acked_end(const MgTcpSide *side)
{
    guint64 acked = side->fin ? MIN(side->acked, side->fin_at) : side->acked;
    if (acked == side->highest + 1)
        acked--;
    return acked;
}

static gboolean check_hole(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    guint64 high = MAX(side->window.high, side->lost);
    guint64 end = acked_end(side);
    gboolean alone = !flow->side[!number].seen && side->early.count > 0;
    gboolean slow = end <= high && alone;
    if (slow)
        end = side->highest;
    if (end <= high) {
        side->hole.on = FALSE;
        return FALSE;
    }
    begin(tcp, flow, &side->hole, end, slow);
    if (!over(tcp, flow, &side->hole))
        return FALSE;
    side->lost = MAX(side->lost, MIN(side->hole.mark, end));
    side->hole.on = FALSE;
    return side->lost > side->window.high;
}

static gboolean check_blocked(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    const MgWindow *window = &side->window;
    guint64 need;
    if (side->want == MG_OTHER || window->offered == window->high ||
        !mg_tcp_blocked(flow, number, window->acks[window->first_new], &need)) {
        side->blocked.on = FALSE;
        return FALSE;
    }
    if (flow->side[!number].hole.on || MIN(side->held, flow->side[!number].held) != G_MAXUINT64) {
        /* The hole goes first, and so does what lets another connection go first. */
        side->blocked.on = FALSE;
        return FALSE;
    }
    begin(tcp, flow, &side->blocked, need, FALSE);
    if (!over(tcp, flow, &side->blocked))
        return FALSE;
    side->excused = need;
    side->blocked.on = FALSE;
    return TRUE;
}

static gboolean check_asked(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    const MgTcpSide *other = &flow->side[!number];
    side->pushed &= !other->seen;
    if (side->want != MG_OTHER || other->seen || side->pushed) {
        side->asked.on = FALSE;
        return FALSE;
    }
    if (side->asked.on && side->asked.mark != other->moves)
        side->asked.on = FALSE;
    begin(tcp, flow, &side->asked, other->moves, FALSE);
    if (!over(tcp, flow, &side->asked))
        return FALSE;
    side->asked.on = FALSE;
    side->pushed = TRUE;
    return TRUE;
}

static gboolean check_limit(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    if (!mg_tcp_side_full(side)) {
        side->over = FALSE;
        return FALSE;
    }
    if (!side->over && tcp->sink.note != NULL) {
        MgNote note = {
            .kind = MG_NOTE_LIMIT,
            .key = "limit-waiting",
            .at = tcp->now,
            .frames = {side->frame, tcp->now.frame},
            .octets = mg_window_waiting(&side->window) + side->early.octets,
        };
        tcp->sink.note(tcp->sink.user, &note);
    }
    /* The first octets that wait are given up: the hole before early ones, the wait for the
     * other side's octets, the wait for its answer (deliver.c reads `over`). */
    gboolean change = !side->over;
    const MgEarly *first = mg_early_first(&side->early);
    const MgWindow *window = &side->window;
    guint64 need;
    side->over = TRUE;
    if (first != NULL && first->offset > side->lost) {
        side->lost = first->offset;
        change = TRUE;
    }
    if (side->want != MG_OTHER && window->offered < window->high &&
        mg_tcp_blocked(flow, number, window->acks[window->first_new], &need)) {
        side->excused = need;
        change = TRUE;
    }
    return change;
}

gboolean mg_tcp_holes_check(MgTcp *tcp, MgTcpFlow *flow)
{
    gboolean change = FALSE;
    for (MgSide i = 0; i < 2; i++)
        change |= check_limit(tcp, flow, i);
    for (MgSide i = 0; i < 2; i++)
        change |= check_hole(tcp, flow, i);
    if (change)
        return TRUE;
    for (MgSide i = 0; i < 2; i++)
        change |= check_blocked(tcp, flow, i) | check_asked(tcp, flow, i);
    return change;
}

void mg_tcp_holes_all(MgTcpSide *side)
{
    guint64 end = MAX(acked_end(side), side->highest);
    if (side->fin)
        end = side->fin_at;
    side->lost = MAX(side->lost, end);
}

void mg_tcp_timer_stop(MgTcpFlow *flow)
{
    if (flow->timers != NULL)
        g_queue_unlink(flow->timers, &flow->in_timers);
    flow->timers = NULL;
}

static void set_timer(MgTcp *tcp, MgTcpFlow *flow)
{
    GQueue *timers = NULL;
    for (MgSide i = 0; i < 2; i++) {
        const MgTcpSide *side = &flow->side[i];
        if (side->blocked.on || side->asked.on || (side->hole.on && !side->hole.slow))
            timers = &tcp->timers;
        else if (side->hole.on && timers == NULL)
            timers = &tcp->slow_timers;
    }
    if (timers == flow->timers)
        return;
    mg_tcp_timer_stop(flow);
    flow->timers = timers;
    flow->timer = tcp->elapsed;
    if (timers != NULL)
        g_queue_push_tail_link(timers, &flow->in_timers);
}

void mg_tcp_settle(MgTcp *tcp, MgTcpFlow *flow)
{
    do
        mg_tcp_deliver(tcp, flow);
    while (!flow->done && mg_tcp_holes_check(tcp, flow));
    for (MgSide i = 0; i < 2; i++)
        mg_tcp_tell_acked(tcp, flow, i);

    for (MgSide i = 0; i < 2 && flow->done; i++)
        flow->side[i].hole.on = flow->side[i].blocked.on = flow->side[i].asked.on = FALSE;
    set_timer(tcp, flow);
    mg_tcp_order_set(tcp, flow);
    mg_tcp_table_weigh(tcp, flow);

    gboolean turn = flow->held == flow->end_order && flow->end_order < mg_tcp_until(tcp, flow);
    gboolean reset = flow->ending && (flow->done || turn);
    if (!flow->ended &&
        (reset || (flow->side[0].fin && flow->side[1].fin &&
                   (flow->done || (flow->side[0].finished && flow->side[1].finished)))))
        mg_tcp_end(tcp, flow, MG_ENDED_CLOSED, flow->first_fin);
}

void mg_tcp_give_up(MgTcp *tcp, MgTcpFlow *flow)
{
    for (MgSide i = 0; i < 2; i++) {
        flow->side[i].lost = MAX(flow->side[i].lost, flow->side[i].highest);
        flow->side[i].excused = G_MAXUINT64;
        flow->side[i].over = TRUE;
    }
    mg_tcp_deliver(tcp, flow);
    for (MgSide i = 0; i < 2; i++) {
        flow->side[i].excused = 0;
        mg_window_forget(&flow->side[i].window);
    }
    mg_tcp_settle(tcp, flow);
}

static void look_at(MgTcp *tcp, GQueue *timers, gint64 time)
{
    MgTcpFlow *flow;
    while ((flow = g_queue_peek_head(timers)) != NULL && tcp->elapsed - flow->timer >= time) {
        mg_tcp_timer_stop(flow);
        mg_tcp_settle(tcp, flow);
    }
}

void mg_tcp_holes_time(MgTcp *tcp)
{
    look_at(tcp, &tcp->timers, MG_LIMIT_HOLE_TIME);
    look_at(tcp, &tcp->slow_timers, UNACKED_TIME);
}
