/* The table of connections: which one a segment belongs to, how it begins, ages and ends. */
#include "tcp/flow.h"
#include "tcp/seq.h"

#include <string.h>

/* A RST or a new SYN further away than this from what was expected is not of this connection
 * (the largest window is 1 GiB; in labs it is below 16 MiB). */
#define WINDOW_MOST (16 * 1024 * 1024)
#define TOTAL_DEFAULT (128 * 1024 * 1024)

struct MgTcp {
    MgFlowSink sink;
    GHashTable *flows; /* MgTcpFlow* by their two ends */
    GQueue by_age;     /* MgTcpFlow*, oldest idle first */
    GQueue holes;      /* MgTcpFlow* with an acknowledged hole */
    guint64 next_id;
    guint64 total, total_most;
    MgTime now;     /* the capture's time; does not follow a single absurd stamp */
    MgTime suspect; /* a stamp far ahead, to be believed when the next one agrees */
    gboolean limit_told;
};

/* ---- The table ---- */

static guint hash_end(const MgEndpoint *end)
{
    return mg_address_hash(&end->address) * 65599u + end->port;
}

/* The same for both directions. */
static guint flow_hash(gconstpointer key)
{
    const MgFlow *flow = key;
    return hash_end(&flow->end[0]) + hash_end(&flow->end[1]);
}

static gboolean end_equal(const MgEndpoint *a, const MgEndpoint *b)
{
    return a->port == b->port && mg_address_equal(&a->address, &b->address);
}

static gboolean flow_equal(gconstpointer a, gconstpointer b)
{
    const MgFlow *one = a, *two = b;
    return (end_equal(&one->end[0], &two->end[0]) && end_equal(&one->end[1], &two->end[1])) ||
           (end_equal(&one->end[0], &two->end[1]) && end_equal(&one->end[1], &two->end[0]));
}

static void flow_free(gpointer data)
{
    MgTcpFlow *flow = data;
    mg_half_clear(&flow->half[0]);
    mg_half_clear(&flow->half[1]);
    g_free(flow);
}

MgTcp *mg_tcp_new(const MgFlowSink *sink, guint64 max_octets)
{
    MgTcp *tcp = g_new0(MgTcp, 1);
    tcp->sink = *sink;
    tcp->flows = g_hash_table_new_full(flow_hash, flow_equal, NULL, flow_free);
    g_queue_init(&tcp->by_age);
    g_queue_init(&tcp->holes);
    tcp->total_most = max_octets > 0 ? max_octets : TOTAL_DEFAULT;
    tcp->now = tcp->suspect = MG_TIME_NONE;
    return tcp;
}

void mg_tcp_free(MgTcp *tcp)
{
    if (tcp == NULL)
        return;
    g_hash_table_unref(tcp->flows);
    g_free(tcp);
}

static void unlink_hole(MgTcp *tcp, MgTcpFlow *flow)
{
    if (!flow->has_hole_link)
        return;
    g_queue_unlink(&tcp->holes, &flow->hole_link);
    flow->has_hole_link = FALSE;
}

static void forget(MgTcp *tcp, MgTcpFlow *flow)
{
    unlink_hole(tcp, flow);
    g_queue_unlink(&tcp->by_age, &flow->link);
    tcp->total -= flow->counted;
    g_hash_table_remove(tcp->flows, flow);
}

static void recount(MgTcp *tcp, MgTcpFlow *flow)
{
    guint64 waiting = mg_half_waiting(&flow->half[0]) + mg_half_waiting(&flow->half[1]);
    tcp->total += waiting - flow->counted;
    flow->counted = waiting;
}

/* ---- Ends ---- */

static void end_flow(MgTcp *tcp, MgTcpFlow *flow, MgHowEnded how, MgSide by)
{
    if (flow->over)
        return;
    mg_flow_drain(flow);
    recount(tcp, flow);
    unlink_hole(tcp, flow);
    flow->over = TRUE;
    if (!flow->opened)
        return;
    MgFlowEnd end = {.how = how, .by = by, .at = flow->pub.last};
    tcp->sink.end(tcp->sink.user, &flow->pub, &end);
    flow->pub.receiver = NULL;
}

static void tell_limit(MgTcp *tcp, const char *key, const MgStamp *at)
{
    if (tcp->limit_told)
        return;
    tcp->limit_told = TRUE;
    MgNote note = {.kind = MG_NOTE_LIMIT, .key = key, .at = *at};
    tcp->sink.note(tcp->sink.user, &note);
}

/* Too much waits: the connection gives up its holes and what it waits for. */
static void relieve(MgTcp *tcp, MgTcpFlow *flow, const char *key)
{
    if (flow->over)
        return;
    tell_limit(tcp, key, &flow->pub.last);
    mg_flow_drain(flow);
    recount(tcp, flow);
}

static void keep_limits(MgTcp *tcp, MgTcpFlow *flow)
{
    for (MgSide side = 0; side < 2; side++)
        if (mg_half_waiting(&flow->half[side]) > MG_LIMIT_WAITING)
            relieve(tcp, flow, "limit-waiting");
    for (GList *link = tcp->by_age.head; link != NULL && tcp->total > tcp->total_most;
         link = link->next)
        relieve(tcp, link->data, "limit-memory");
}

/* ---- Time ---- */

static void believe_time(MgTcp *tcp, MgTime time)
{
    if (tcp->now == MG_TIME_NONE || time <= tcp->now || time - tcp->now < MG_LIMIT_IDLE) {
        tcp->now = tcp->now == MG_TIME_NONE ? time : MAX(tcp->now, time);
        tcp->suspect = MG_TIME_NONE;
    } else if (tcp->suspect != MG_TIME_NONE && time >= tcp->suspect) {
        tcp->now = time;
        tcp->suspect = MG_TIME_NONE;
    } else {
        tcp->suspect = time;
    }
}

static void declare_holes(MgTcp *tcp, MgTcpFlow *flow)
{
    gboolean any = FALSE, open = FALSE;
    for (MgSide side = 0; side < 2; side++) {
        MgHalf *half = &flow->half[side];
        if (!half->hole_open)
            continue;
        if (flow->frames - half->hole_frames >= MG_LIMIT_HOLE_FRAMES ||
            tcp->now - half->hole_since >= MG_LIMIT_HOLE_TIME) {
            any |= mg_half_hole(half);
            half->hole_open = FALSE;
        }
        open |= half->hole_open;
    }
    if (!open)
        unlink_hole(tcp, flow);
    if (any) {
        mg_flow_deliver(flow);
        recount(tcp, flow);
    }
}

static void age(MgTcp *tcp)
{
    for (GList *link = tcp->holes.head; link != NULL;) {
        MgTcpFlow *flow = link->data;
        link = link->next;
        declare_holes(tcp, flow);
    }
    while (tcp->by_age.head != NULL) {
        MgTcpFlow *flow = tcp->by_age.head->data;
        if (tcp->now - flow->pub.last.time < MG_LIMIT_IDLE)
            break;
        end_flow(tcp, flow, MG_ENDED_IDLE, 0);
        forget(tcp, flow);
    }
}

void mg_tcp_time(MgTcp *tcp, const MgStamp *now)
{
    believe_time(tcp, now->time);
    age(tcp);
}

/* ---- Segments ---- */

static MgTcpFlow *flow_new(MgTcp *tcp, const MgSegment *segment)
{
    if (g_hash_table_size(tcp->flows) >= MG_LIMIT_FLOWS) {
        MgTcpFlow *oldest = tcp->by_age.head->data;
        if (!oldest->over)
            tell_limit(tcp, "limit-flows", &segment->at);
        end_flow(tcp, oldest, MG_ENDED_IDLE, 0);
        forget(tcp, oldest);
    }
    MgTcpFlow *flow = g_new0(MgTcpFlow, 1);
    /* A SYN-ACK is the answer of the side that was called. */
    gboolean answer = (segment->flags & (MG_TCP_SYN | MG_TCP_ACK)) == (MG_TCP_SYN | MG_TCP_ACK);
    flow->pub.id = tcp->next_id++;
    flow->pub.end[answer ? 1 : 0] = segment->source;
    flow->pub.end[answer ? 0 : 1] = segment->destination;
    flow->pub.first = flow->pub.last = segment->at;
    flow->sink = &tcp->sink;
    flow->ours = TRUE;
    mg_half_init(&flow->half[0]);
    mg_half_init(&flow->half[1]);
    flow->link.data = flow->hole_link.data = flow;
    g_queue_push_tail_link(&tcp->by_age, &flow->link);
    g_hash_table_add(tcp->flows, flow);
    return flow;
}

/* A SYN that cannot be of the connection we know: the port pair is used anew. */
static gboolean begins_anew(const MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    if ((segment->flags & (MG_TCP_SYN | MG_TCP_ACK | MG_TCP_RST)) != MG_TCP_SYN)
        return FALSE;
    const MgHalf *half = &flow->half[side];
    if (half->syn_seen && half->next == 0 && half->next_seq == segment->seq + 1)
        return FALSE; /* the same SYN again */
    if (flow->over)
        return TRUE;
    if (!half->synced || (half->next == 0 && flow->half[1 - side].next == 0 && !half->syn_seen))
        return FALSE;
    gint64 ahead = mg_half_ahead(half, segment->seq + 1);
    return ahead < -(gint64)half->next || ahead > WINDOW_MOST ||
           (half->fin_seen && flow->half[1 - side].fin_seen);
}

static MgTcpFlow *find_flow(MgTcp *tcp, const MgSegment *segment, MgSide *ret_side)
{
    MgFlow probe = {.end = {segment->source, segment->destination}};
    MgTcpFlow *flow = g_hash_table_lookup(tcp->flows, &probe);
    if (flow != NULL) {
        *ret_side = !end_equal(&flow->pub.end[0], &segment->source);
        if (!begins_anew(flow, *ret_side, segment))
            return flow;
        end_flow(tcp, flow, MG_ENDED_REPLACED, *ret_side);
        forget(tcp, flow);
    }
    flow = flow_new(tcp, segment);
    *ret_side = !end_equal(&flow->pub.end[0], &segment->source);
    return flow;
}

static void take_syn(MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    MgHalf *half = &flow->half[side];
    if (half->syn_seen || half->next > 0)
        return;
    half->syn_seen = half->begun = TRUE;
    mg_half_sync(half, segment->seq + 1);
    flow->pub.opener_known = TRUE;
    flow->pub.complete_start = flow->half[0].syn_seen && flow->half[1].syn_seen;
}

/* A connection met in the middle: its first segment is where its stream begins for us. */
static void sync_in_the_middle(MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    MgHalf *half = &flow->half[side];
    guint32 seq = segment->seq + ((segment->flags & MG_TCP_SYN) != 0 ? 1 : 0);
    if (!half->synced) {
        /* A keep-alive repeats the octet before. */
        mg_half_sync(half, seq);
    } else if (!half->begun && half->next == 0 && mg_half_ahead(half, seq) < 0) {
        /* The other side's ACK was captured before these octets. */
        half->acked = 0;
        mg_half_sync(half, seq);
    }
    if (segment->payload_len > 0)
        half->begun = TRUE;
}

static void watch_hole(MgTcp *tcp, MgTcpFlow *flow, MgHalf *half)
{
    if (half->hole_open || half->acked <= half->next || (half->fin_seen && half->next >= half->fin))
        return;
    half->hole_open = TRUE;
    half->hole_since = tcp->now;
    half->hole_frames = flow->frames;
    if (!flow->has_hole_link) {
        flow->has_hole_link = TRUE;
        g_queue_push_tail_link(&tcp->holes, &flow->hole_link);
    }
}

static void take_ack(MgTcp *tcp, MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    MgHalf *other = &flow->half[1 - side];
    if (!other->synced) {
        /* Nothing of that direction was captured: what is acknowledged now lies before us. */
        mg_half_sync(other, segment->ack);
        return;
    }
    gint64 ahead = mg_half_ahead(other, segment->ack);
    if (ahead > WINDOW_MOST || ahead < -(gint64)other->next)
        return;
    guint64 offset = other->next + (guint64)ahead;
    if (other->fin_seen)
        offset = MIN(offset, other->fin);
    if (offset <= other->acked)
        return;
    other->acked = offset;
    watch_hole(tcp, flow, other);
    if (flow->ours && !flow->over)
        tcp->sink.acked(tcp->sink.user, &flow->pub, 1 - side, MIN(offset, other->next));
}

typedef struct {
    MgTcp *tcp;
    MgTcpFlow *flow;
    MgSide side;
} Repeating;

static void on_repeat(gpointer user, const MgRepeat *repeat)
{
    Repeating *r = user;
    r->tcp->sink.repeat(r->tcp->sink.user, &r->flow->pub, r->side, repeat);
}

static void take_payload(MgTcp *tcp, MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    MgHalf *half = &flow->half[side];
    guint32 seq = segment->seq + ((segment->flags & MG_TCP_SYN) != 0 ? 1 : 0);
    gint64 ahead = mg_half_ahead(half, seq);
    if (ahead > WINDOW_MOST || segment->payload.len == 0)
        return;
    if (half->fin_seen && half->next + (guint64)MAX(ahead, 0) >= half->fin)
        return; /* behind its FIN a stream has no octets */
    if (!flow->ours) {
        /* Only its length matters. */
        if (ahead <= 0 && (guint64)-ahead < segment->payload.len)
            mg_half_pass(half, segment->payload.data, segment->payload.len + (gsize)ahead,
                         &segment->at);
        return;
    }
    guint64 needs = (segment->flags & MG_TCP_ACK) != 0 ? flow->half[1 - side].acked : 0;
    if (ahead == 0 && mg_flow_deliver_directly(flow, side, segment, needs))
        return;
    Repeating repeating = {tcp, flow, side};
    mg_half_store(half, ahead, segment, needs, on_repeat, &repeating);
    watch_hole(tcp, flow, half);
    mg_flow_deliver(flow);
}

static void take_fin(MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    MgHalf *half = &flow->half[side];
    gint64 ahead = mg_half_ahead(half, segment->seq) + (gint64)segment->payload_len;
    if (half->fin_seen || ahead < 0 || ahead > WINDOW_MOST)
        return;
    if (!flow->half[1 - side].fin_seen)
        flow->closed_by = side;
    half->fin_seen = TRUE;
    half->fin = half->next + (guint64)ahead;
    half->acked = MIN(half->acked, half->fin);
}

static gboolean fin_reached(const MgHalf *half)
{
    return half->fin_seen && half->next >= half->fin;
}

static gboolean in_window(const MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    const MgHalf *half = &flow->half[side];
    if (!half->synced || half->next == 0)
        return TRUE; /* the answer to a SYN, or nothing to compare with */
    gint64 ahead = mg_half_ahead(half, segment->seq);
    return ahead <= WINDOW_MOST && ahead >= (gint64)half->acked - (gint64)half->next - 1;
}

static void take_segment(MgTcp *tcp, MgTcpFlow *flow, MgSide side, const MgSegment *segment)
{
    if ((segment->flags & MG_TCP_SYN) != 0)
        take_syn(flow, side, segment);
    if (segment->payload_len > 0 || (segment->flags & (MG_TCP_SYN | MG_TCP_RST)) == 0)
        sync_in_the_middle(flow, side, segment);
    if ((segment->flags & MG_TCP_ACK) != 0 && (segment->flags & MG_TCP_RST) == 0)
        take_ack(tcp, flow, side, segment);
    if (!flow->opened) {
        flow->opened = TRUE;
        tcp->sink.open(tcp->sink.user, &flow->pub);
    }
    if ((segment->flags & MG_TCP_RST) != 0) {
        if (!in_window(flow, side, segment))
            return;
        gboolean closing = flow->half[0].fin_seen || flow->half[1].fin_seen;
        MgSide by = closing ? flow->closed_by : side;
        end_flow(tcp, flow, closing ? MG_ENDED_CLOSED : MG_ENDED_RESET, by);
        return;
    }
    if (segment->payload_len > 0)
        take_payload(tcp, flow, side, segment);
    if ((segment->flags & MG_TCP_FIN) != 0)
        take_fin(flow, side, segment);
    if (flow->has_hole_link)
        declare_holes(tcp, flow);
    if (fin_reached(&flow->half[0]) && fin_reached(&flow->half[1]) && flow->ours)
        end_flow(tcp, flow, MG_ENDED_CLOSED, flow->closed_by);
}

void mg_tcp_segment(MgTcp *tcp, const MgSegment *segment)
{
    believe_time(tcp, segment->at.time);
    MgSide side;
    MgTcpFlow *flow = find_flow(tcp, segment, &side);
    flow->pub.last = segment->at;
    flow->frames++;
    g_queue_unlink(&tcp->by_age, &flow->link);
    g_queue_push_tail_link(&tcp->by_age, &flow->link);
    if (!flow->over) {
        take_segment(tcp, flow, side, segment);
        recount(tcp, flow);
        keep_limits(tcp, flow);
    }
    age(tcp);
}

void mg_tcp_finish(MgTcp *tcp)
{
    while (tcp->by_age.head != NULL) {
        MgTcpFlow *flow = tcp->by_age.head->data;
        end_flow(tcp, flow, MG_ENDED_CAPTURE_END, 0);
        forget(tcp, flow);
    }
}
