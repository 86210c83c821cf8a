/* Connections by their end points, by their age, and the memory they share. */
#include "tcp/state.h"

#include <string.h>

/* Ended connections that are kept however short memory is: their last segments come twice and
 * late within moments. */
#define ENDED_KEPT 1024

/* ---- By end points ---- */

static guint32 mix(guint32 hash, guint32 value)
{
    hash = (hash ^ value) * 0x9E3779B1u;
    return hash ^ (hash >> 15);
}

/* Seeded, so that nobody can choose addresses that all fall into one place. */
static guint32 hash_end(guint32 seed, const MgEndpoint *end)
{
    guint32 hash = mix(seed, end->port | (guint32)end->address.family << 16);
    gsize len = end->address.family == 4 ? 4 : 16;
    for (gsize i = 0; i < len; i += 4) {
        guint32 word;
        memcpy(&word, end->address.bytes + i, sizeof word);
        hash = mix(hash, word);
    }
    return hash;
}

static gboolean same_end(const MgEndpoint *a, const MgEndpoint *b)
{
    return a->port == b->port && mg_address_equal(&a->address, &b->address);
}

static guint flow_hash(gconstpointer data)
{
    const MgTcpFlow *flow = data;
    return flow->hash;
}

static gboolean flow_equal(gconstpointer a, gconstpointer b)
{
    const MgEndpoint *one = ((const MgTcpFlow *)a)->shown.end;
    const MgEndpoint *two = ((const MgTcpFlow *)b)->shown.end;
    return (same_end(&one[0], &two[0]) && same_end(&one[1], &two[1])) ||
           (same_end(&one[0], &two[1]) && same_end(&one[1], &two[0]));
}

static guint32 both_hash(const MgTcp *tcp, const MgEndpoint *a, const MgEndpoint *b)
{
    /* The sum is the same either way round. */
    return mix(tcp->seed, hash_end(tcp->seed, a) + hash_end(tcp->seed, b));
}

static void flow_free(gpointer data)
{
    MgTcpFlow *flow = data;
    for (MgSide i = 0; i < 2; i++)
        mg_tcp_side_clear(&flow->side[i]);
    g_free(flow);
}

void mg_tcp_table_init(MgTcp *tcp)
{
    tcp->seed = g_random_int();
    tcp->flows = g_hash_table_new_full(flow_hash, flow_equal, NULL, flow_free);
    g_queue_init(&tcp->live);
    g_queue_init(&tcp->ended);
    g_queue_init(&tcp->timers);
    g_queue_init(&tcp->slow_timers);
    mg_tcp_order_init(tcp);
}

void mg_tcp_table_clear(MgTcp *tcp)
{
    mg_tcp_order_clear(tcp);
    g_hash_table_unref(tcp->flows);
}

MgTcpFlow *mg_tcp_table_find(MgTcp *tcp, const MgEndpoint *source, const MgEndpoint *destination,
                             MgSide *ret_side)
{
    MgTcpFlow key;
    key.shown.end[0] = *source;
    key.shown.end[1] = *destination;
    key.hash = both_hash(tcp, source, destination);
    MgTcpFlow *flow = g_hash_table_lookup(tcp->flows, &key);
    if (flow != NULL)
        *ret_side = same_end(&flow->shown.end[0], source) ? 0 : 1;
    return flow;
}

/* Connections cost memory before they say a word. */
static guint most_flows(const MgTcp *tcp)
{
    return (guint)CLAMP(tcp->max_octets / sizeof(MgTcpFlow), 2 * ENDED_KEPT, MG_LIMIT_FLOWS);
}

MgTcpFlow *mg_tcp_table_add(MgTcp *tcp, const MgEndpoint *opener, const MgEndpoint *other,
                            guint64 id, const MgStamp *at)
{
    guint limit = most_flows(tcp);
    if (g_hash_table_size(tcp->flows) >= limit) {
        MgTcpFlow *oldest = g_queue_peek_head(&tcp->ended);
        if (oldest == NULL) {
            oldest = g_queue_peek_head(&tcp->live);
            tcp->evicted++;
            mg_tcp_end(tcp, oldest, MG_ENDED_IDLE, 0);
            if (!tcp->said_evicted && tcp->sink.note != NULL) {
                MgNote note = {
                    .kind = MG_NOTE_LIMIT,
                    .key = "limit-flows",
                    .at = *at,
                    .count = limit,
                };
                tcp->sink.note(tcp->sink.user, &note);
            }
            tcp->said_evicted = TRUE;
        }
        mg_tcp_table_remove(tcp, oldest);
    }
    MgTcpFlow *flow = g_new0(MgTcpFlow, 1);
    flow->shown = (MgFlow){.id = id, .end = {*opener, *other}, .first = *at, .last = *at};
    flow->hash = both_hash(tcp, opener, other);
    flow->in_ages.data = flow->in_timers.data = flow;
    flow->seen = tcp->elapsed;
    flow->side[0].want = flow->side[1].want = MG_MORE;
    flow->side[0].held = flow->side[1].held = G_MAXUINT64;
    g_hash_table_add(tcp->flows, flow);
    g_queue_push_tail_link(&tcp->live, &flow->in_ages);
    return flow;
}

void mg_tcp_table_remove(MgTcp *tcp, MgTcpFlow *flow)
{
    mg_tcp_timer_stop(flow);
    mg_tcp_order_forget(flow);
    g_queue_unlink(flow->ended ? &tcp->ended : &tcp->live, &flow->in_ages);
    tcp->cost -= flow->cost;
    g_hash_table_remove(tcp->flows, flow);
}

/* ---- By age ---- */

void mg_tcp_table_touch(MgTcp *tcp, MgTcpFlow *flow)
{
    GQueue *queue = flow->ended ? &tcp->ended : &tcp->live;
    flow->seen = tcp->elapsed;
    if (queue->tail == &flow->in_ages)
        return;
    g_queue_unlink(queue, &flow->in_ages);
    g_queue_push_tail_link(queue, &flow->in_ages);
}

void mg_tcp_table_retire(MgTcp *tcp, MgTcpFlow *flow)
{
    mg_tcp_timer_stop(flow);
    mg_tcp_order_forget(flow);
    g_queue_unlink(&tcp->live, &flow->in_ages);
    g_queue_push_tail_link(&tcp->ended, &flow->in_ages);
    mg_tcp_table_weigh(tcp, flow);
    /* An eighth of the ceiling is for them. */
    MgTcpFlow *oldest = g_queue_peek_head(&tcp->ended);
    if (!tcp->finishing && tcp->ended.length > ENDED_KEPT &&
        tcp->ended.length * sizeof *oldest > tcp->max_octets / 8)
        mg_tcp_table_remove(tcp, oldest);
}

void mg_tcp_table_revive(MgTcp *tcp, MgTcpFlow *flow, const MgStamp *at)
{
    g_queue_unlink(&tcp->ended, &flow->in_ages);
    MgTcpFlow fresh = {
        .shown = {.id = flow->shown.id,
                  .end = {flow->shown.end[0], flow->shown.end[1]},
                  .first = *at,
                  .last = *at},
        .hash = flow->hash,
        .seen = tcp->elapsed,
    };
    *flow = fresh;
    flow->in_ages.data = flow->in_timers.data = flow;
    flow->side[0].want = flow->side[1].want = MG_MORE;
    flow->side[0].held = flow->side[1].held = G_MAXUINT64;
    g_queue_push_tail_link(&tcp->live, &flow->in_ages);
}

void mg_tcp_table_age(MgTcp *tcp)
{
    MgTcpFlow *flow;
    while ((flow = g_queue_peek_head(&tcp->live)) != NULL &&
           tcp->elapsed - flow->seen >= MG_LIMIT_IDLE)
        mg_tcp_end(tcp, flow, MG_ENDED_IDLE, 0);
}

/* ---- By memory ---- */

void mg_tcp_table_weigh(MgTcp *tcp, MgTcpFlow *flow)
{
    gsize cost = 0;
    for (MgSide i = 0; i < 2; i++)
        cost += mg_window_cost(&flow->side[i].window) + mg_early_cost(&flow->side[i].early);
    tcp->cost += cost;
    tcp->cost -= flow->cost;
    flow->cost = cost;
}

void mg_tcp_table_lighten(MgTcp *tcp)
{
    if (tcp->cost <= tcp->max_octets)
        return;
    /* A quarter becomes free, so that the walk is rare. */
    guint64 goal = tcp->max_octets / 4 * 3;
    for (GList *l = tcp->live.head; l != NULL && tcp->cost > goal; l = l->next) {
        MgTcpFlow *flow = l->data;
        for (MgSide i = 0; i < 2; i++)
            mg_window_forget(&flow->side[i].window);
        mg_tcp_table_weigh(tcp, flow);
    }
    for (GList *l = tcp->live.head, *next; l != NULL && tcp->cost > goal; l = next) {
        MgTcpFlow *flow = l->data;
        next = l->next;
        if (flow->cost == 0)
            continue;
        if (!tcp->said_ceiling && tcp->sink.note != NULL) {
            MgNote note = {
                .kind = MG_NOTE_LIMIT,
                .key = "limit-memory",
                .at = tcp->now,
                .octets = tcp->max_octets,
            };
            tcp->sink.note(tcp->sink.user, &note);
        }
        tcp->said_ceiling = TRUE;
        mg_tcp_give_up(tcp, flow);
    }
}
