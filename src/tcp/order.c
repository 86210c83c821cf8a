/* In which order the connections are handed on.
 *
 * What happened on one connection may explain what is seen on another, so the receiver must
 * learn of both in the order in which they were captured, also when one of them waits for octets
 * that are missing.  Every segment has a number.  A connection that waits is stuck at the number
 * of the first segment that it cannot hand on; nothing that came later is handed on before it.
 * What the others have kept back meanwhile follows in its turn, piece by piece.
 *
 * The wait is bounded by what ends every wait (holes.c), and what is kept back by the limits for
 * what waits.  The minute that a capture of one direction may take holds nobody up.
 */
#include "tcp/state.h"

static int by_order(guint64 a, guint64 b, const MgTcpFlow *one, const MgTcpFlow *other)
{
    if (a != b)
        return a < b ? -1 : 1;
    return one->shown.id < other->shown.id ? -1 : one->shown.id > other->shown.id;
}

static int compare_stuck(gconstpointer a, gconstpointer b, gpointer user)
{
    const MgTcpFlow *one = a, *other = b;
    return by_order(one->stuck, other->stuck, one, other);
}

static int compare_held(gconstpointer a, gconstpointer b, gpointer user)
{
    const MgTcpFlow *one = a, *other = b;
    return by_order(one->held, other->held, one, other);
}

void mg_tcp_order_init(MgTcp *tcp)
{
    tcp->stuck = g_sequence_new(NULL);
    tcp->held = g_sequence_new(NULL);
}

void mg_tcp_order_clear(MgTcp *tcp)
{
    g_sequence_free(tcp->stuck);
    g_sequence_free(tcp->held);
}

void mg_tcp_order_forget(MgTcpFlow *flow)
{
    g_clear_pointer(&flow->in_stuck, g_sequence_remove);
    g_clear_pointer(&flow->in_held, g_sequence_remove);
}

/* The first of a queue that is not this one; NULL = none. */
static const MgTcpFlow *first_other(GSequence *queue, const MgTcpFlow *flow)
{
    GSequenceIter *at = g_sequence_get_begin_iter(queue);
    if (!g_sequence_iter_is_end(at) && g_sequence_get(at) == flow)
        at = g_sequence_iter_next(at);
    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

guint64 mg_tcp_until(const MgTcp *tcp, const MgTcpFlow *flow)
{
    if (flow->closing)
        return G_MAXUINT64;
    const MgTcpFlow *stuck = first_other(tcp->stuck, flow), *held = first_other(tcp->held, flow);
    return MIN(stuck != NULL ? stuck->stuck : G_MAXUINT64, held != NULL ? held->held : G_MAXUINT64);
}

/* The number of the first segment that the side cannot hand on because it waits. */
static guint64 side_stuck(const MgTcpSide *side)
{
    const MgWindow *window = &side->window;
    guint64 order = G_MAXUINT64;
    if (side->hole.on && !side->hole.slow) {
        const MgEarly *next = mg_early_first(&side->early);
        order = next != NULL ? next->ack.order : side->hole.order;
    }
    if (window->offered < window->high)
        order = MIN(order, window->acks[window->first_new].order);
    if (side->asked.on && window->taken < window->high)
        order = MIN(order, window->acks[window->first_waiting].order);
    return order;
}

static guint64 flow_stuck(const MgTcp *tcp, const MgTcpFlow *flow)
{
    gboolean waits = FALSE;
    guint64 order = G_MAXUINT64;
    if (tcp->finishing || flow->ended || flow->ending || flow->done)
        return order;
    for (MgSide i = 0; i < 2; i++) {
        const MgTcpSide *side = &flow->side[i];
        waits |= side->blocked.on || side->asked.on || (side->hole.on && !side->hole.slow);
        order = MIN(order, side_stuck(side));
    }
    return waits ? order : G_MAXUINT64;
}

static guint64 flow_held(const MgTcpFlow *flow)
{
    if (flow->ended || flow->done)
        return G_MAXUINT64;
    guint64 order = MIN(flow->side[0].held, flow->side[1].held);
    return order == G_MAXUINT64 && flow->ending ? flow->end_order : order;
}

static void place(GSequence *queue, GSequenceIter **at, MgTcpFlow *flow, guint64 *field,
                  guint64 order, GCompareDataFunc compare)
{
    if (*at != NULL && *field == order)
        return;
    g_clear_pointer(at, g_sequence_remove);
    *field = order;
    if (order != G_MAXUINT64)
        *at = g_sequence_insert_sorted(queue, flow, compare, NULL);
}

void mg_tcp_order_set(MgTcp *tcp, MgTcpFlow *flow)
{
    place(tcp->stuck, &flow->in_stuck, flow, &flow->stuck, flow_stuck(tcp, flow), compare_stuck);
    place(tcp->held, &flow->in_held, flow, &flow->held, flow_held(flow), compare_held);
}

void mg_tcp_order_drain(MgTcp *tcp)
{
    GSequenceIter *at;
    while (at = g_sequence_get_begin_iter(tcp->held), !g_sequence_iter_is_end(at)) {
        MgTcpFlow *flow = g_sequence_get(at);
        if (flow->held >= mg_tcp_until(tcp, flow))
            return;
        mg_tcp_settle(tcp, flow);
    }
}
