/* The segments come in: which connection, which side, where in the stream. */
#include "tcp/state.h"

/* Ceiling for all that waits, unless told otherwise. */
#define DEFAULT_CEILING (G_GUINT64_CONSTANT(128) * 1024 * 1024)
/* A jump of the capture's clock that is not believed before a second stamp confirms it. */
#define CLOCK_JUMP (24 * 3600 * MG_SECOND)

MgTcp *mg_tcp_new(const MgFlowSink *sink, guint64 max_octets)
{
    MgTcp *tcp = g_new0(MgTcp, 1);
    tcp->sink = *sink;
    tcp->max_octets = max_octets > 0 ? max_octets : DEFAULT_CEILING;
    tcp->clock = tcp->doubtful = MG_TIME_NONE;
    mg_tcp_table_init(tcp);
    return tcp;
}

void mg_tcp_free(MgTcp *tcp)
{
    if (tcp == NULL)
        return;
    mg_tcp_table_clear(tcp);
    g_free(tcp);
}

/* ---- The clock ---- */

static gboolean near_to(MgTime a, MgTime b)
{
    /* As unsigned: stamps may be anything, their difference may not fit. */
    guint64 distance = a > b ? (guint64)a - (guint64)b : (guint64)b - (guint64)a;
    return distance < (guint64)CLOCK_JUMP;
}

/* One record of the year 2063, or of 1970, must not age everything. */
static void set_clock(MgTcp *tcp, const MgStamp *at)
{
    tcp->now = *at;
    MgTime time = at->time;
    if (time == MG_TIME_NONE)
        return;
    if (tcp->clock == MG_TIME_NONE) {
        tcp->clock = time;
        return;
    }
    if (near_to(tcp->clock, time)) {
        if (time > tcp->clock) {
            tcp->elapsed += time - tcp->clock;
            tcp->clock = time;
        }
        tcp->doubtful = MG_TIME_NONE;
        return;
    }
    if (tcp->doubtful == MG_TIME_NONE || !near_to(tcp->doubtful, time)) {
        tcp->doubtful = time;
        return;
    }
    /* Two in a row: it is so.  A long silence ends every wait; how long it was is no matter. */
    if (time > tcp->clock)
        tcp->elapsed += CLOCK_JUMP;
    /* The flow of the first of the two was not silent. */
    MgTcpFlow *latest = g_queue_peek_tail(&tcp->live);
    if (latest != NULL && latest->shown.last.time == tcp->doubtful)
        latest->seen = tcp->elapsed;
    tcp->clock = time;
    tcp->doubtful = MG_TIME_NONE;
}

static void pass_time(MgTcp *tcp)
{
    mg_tcp_holes_time(tcp);
    mg_tcp_table_age(tcp);
}

/* ---- One segment ---- */

/* Where the stream of a side begins, from the first segments that tell. */
static void place_side(MgTcpSide *side, const MgSegment *segment)
{
    if (segment->flags & MG_TCP_SYN) {
        if (!side->firm)
            mg_tcp_side_begin(side, segment->seq + 1, TRUE);
        side->syn = TRUE;
        return;
    }
    if (side->firm)
        return;
    if (!side->known) {
        mg_tcp_side_begin(side, segment->seq, segment->payload_len > 0);
        side->bare = segment->payload_len == 0;
        return;
    }
    if (segment->payload_len == 0)
        return;
    /* Known from acknowledgements (or empty segments) alone.  Octets below them are octets that
     * were captured late; but one octet below is a keep-alive, and an empty segment one octet
     * below was one. */
    gint32 distance = mg_seq_distance(side->zero, segment->seq);
    if (distance < -1 || (distance == -1 && segment->payload_len > 1) ||
        (distance == 1 && side->bare))
        mg_tcp_side_begin(side, segment->seq, TRUE);
    side->firm = TRUE;
}

static void read_ack(MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    MgTcpSide *other = &flow->side[!number];
    if (!other->known) {
        mg_tcp_side_begin(other, segment->ack, FALSE);
        return;
    }
    gint64 acked = mg_seq_offset(other->zero, other->window.high, segment->ack);
    if (acked > (gint64)MAX(other->highest, other->acked) + MG_TCP_FAR)
        return;
    if (acked > (gint64)other->acked)
        other->acked = (guint64)acked;
}

/* A sender that has nothing to say tells the number of its next octet: what was acknowledged
 * behind it was never sent. */
static void doubt_ack(MgTcpSide *side, gint64 offset)
{
    if (offset == (gint64)side->window.high && side->acked > side->window.high &&
        side->highest == side->window.high && !side->fin)
        side->acked = side->window.high;
}

static gboolean rst_counts(const MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    const MgTcpSide *side = &flow->side[number], *other = &flow->side[!number];
    if (side->known) {
        gint64 offset = mg_seq_offset(side->zero, side->window.high, segment->seq);
        gint64 low = (gint64)MIN(side->window.high, side->acked);
        return offset >= low - 1 && offset <= (gint64)MAX(side->highest, side->acked) + MG_TCP_NEAR;
    }
    /* The answer to a SYN (RFC 9293 section 3.5.2). */
    if ((segment->flags & MG_TCP_ACK) && other->known) {
        gint64 acked = mg_seq_offset(other->zero, other->window.high, segment->ack);
        return acked >= 0 && acked <= (gint64)other->highest + 1;
    }
    return TRUE;
}

/* A segment without octets has the number of the next one: what was sent before it and not seen
 * is missing.  A single octet may be a FIN that was not captured. */
static void read_next(MgTcpSide *side, gint64 offset)
{
    gint64 highest = (gint64)side->highest;
    if (!side->fin && offset > highest + 1 && offset <= highest + MG_TCP_NEAR)
        side->highest = (guint64)offset;
}

static void read_fin(MgTcpFlow *flow, MgSide number, gint64 offset, guint64 order)
{
    MgTcpSide *side = &flow->side[number];
    if (side->fin || offset < (gint64)side->highest ||
        offset > (gint64)MAX(side->highest, side->acked) + MG_TCP_FAR)
        return;
    side->fin = TRUE;
    side->fin_at = (guint64)offset;
    side->fin_order = order;
    flow->shown.fin[number] = flow->shown.last;
    if (!flow->any_fin)
        flow->first_fin = number;
    flow->any_fin = TRUE;
    if (flow->side[!number].fin)
        flow->end_at = flow->shown.last;
}

/* A keep-alive of a connection whose beginning was missed: one octet of zero, which no mail
 * has, below the octet that comes next. */
static gboolean is_bare_keepalive(const MgTcpSide *side, const MgSegment *segment)
{
    return !side->firm && segment->payload_len == 1 && segment->payload.len == 1 &&
           segment->payload.data[0] == 0;
}

/* Of a connection that is not ours only the numbers are followed, to see its end. */
static void pass_over(MgTcpSide *side, gint64 end)
{
    if (end > (gint64)side->window.high && end < (gint64)side->highest + MG_TCP_FAR) {
        mg_window_skip(&side->window, (guint64)end);
        side->highest = (guint64)end;
    }
}

/* It ends when its turn has come. */
static void read_rst(MgTcp *tcp, MgTcpFlow *flow, MgSide number, const MgStamp *at)
{
    flow->ending = TRUE;
    /* A RST behind a FIN is how many programs close. */
    flow->end_how = flow->any_fin ? MG_ENDED_CLOSED : MG_ENDED_RESET;
    flow->end_by = flow->any_fin ? flow->first_fin : number;
    flow->end_order = tcp->order;
    flow->end_at = *at;
    if (flow->refused || flow->done || tcp->order < mg_tcp_until(tcp, flow)) {
        mg_tcp_end(tcp, flow, flow->end_how, flow->end_by);
        return;
    }
    for (MgSide i = 0; i < 2; i++)
        mg_tcp_holes_all(&flow->side[i]);
    mg_tcp_settle(tcp, flow);
}

static void read_segment(MgTcp *tcp, MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    MgTcpSide *side = &flow->side[number], *other = &flow->side[!number];
    guint8 flags = segment->flags;
    gboolean syn = (flags & MG_TCP_SYN) != 0;

    if (flags & MG_TCP_RST) {
        if (rst_counts(flow, number, segment)) {
            flow->refused = other->syn && !side->seen;
            side->seen = TRUE;
            if (side->known)
                read_next(side, mg_seq_offset(side->zero, side->window.high, segment->seq));
            if (flags & MG_TCP_ACK)
                read_ack(flow, number, segment);
            read_rst(tcp, flow, number, &segment->at);
        }
        return;
    }
    side->seen = TRUE;
    if (is_bare_keepalive(side, segment))
        return;
    place_side(side, segment);
    if (syn) {
        if ((flags & MG_TCP_ACK) || number == 0)
            flow->shown.opener_known |= (number == 0) != ((flags & MG_TCP_ACK) != 0);
        flow->shown.complete_start = flow->side[0].syn && flow->side[1].syn;
    }
    if (flags & MG_TCP_ACK) {
        read_ack(flow, number, segment);
        mg_tcp_tell_acked(tcp, flow, !number);
    }

    gint64 offset = mg_seq_offset(side->zero, side->window.high, segment->seq + (syn ? 1 : 0));
    if (segment->payload_len > 0) {
        if (!flow->done)
            mg_tcp_side_add(tcp, flow, number, offset, segment);
        else
            pass_over(side, offset + (gint64)segment->payload_len);
    } else if (!(flags & (MG_TCP_SYN | MG_TCP_FIN))) {
        doubt_ack(side, offset);
        read_next(side, offset);
    }
    if (flags & MG_TCP_FIN)
        read_fin(flow, number, offset + (gint64)segment->payload_len, tcp->order);
    mg_tcp_settle(tcp, flow);
}

void mg_tcp_segment(MgTcp *tcp, const MgSegment *segment)
{
    set_clock(tcp, &segment->at);
    tcp->order++;
    pass_time(tcp);

    MgSide number;
    MgTcpFlow *flow = mg_tcp_find(tcp, segment, &number);
    if (flow != NULL) {
        mg_tcp_table_touch(tcp, flow);
        if (flow->ended && mg_tcp_begins_anew(flow, number, segment))
            mg_tcp_open_anew(tcp, flow, &segment->at);
    }
    if (flow != NULL && !flow->ended && !flow->ending) {
        flow->frames++;
        flow->shown.last = segment->at;
        flow->several |= segment->at.capture != flow->shown.first.capture;
        read_segment(tcp, flow, number, segment);
        mg_tcp_table_lighten(tcp);
    }
    mg_tcp_order_drain(tcp);
}

void mg_tcp_time(MgTcp *tcp, const MgStamp *now)
{
    set_clock(tcp, now);
    pass_time(tcp);
    mg_tcp_order_drain(tcp);
}

static int by_id(gconstpointer a, gconstpointer b)
{
    guint64 left = (*(MgTcpFlow *const *)a)->shown.id, right = (*(MgTcpFlow *const *)b)->shown.id;
    return left < right ? -1 : left > right;
}

void mg_tcp_finish(MgTcp *tcp)
{
    g_autoptr(GPtrArray) open = g_ptr_array_sized_new(tcp->live.length);
    for (GList *l = tcp->live.head; l != NULL; l = l->next)
        g_ptr_array_add(open, l->data);
    g_ptr_array_sort(open, by_id);
    /* First what still waits, in the order in which it was captured. */
    tcp->finishing = TRUE;
    for (guint i = 0; i < open->len; i++) {
        MgTcpFlow *flow = open->pdata[i];
        if (flow->ended)
            continue;
        for (MgSide k = 0; k < 2; k++)
            mg_tcp_holes_all(&flow->side[k]);
        mg_tcp_settle(tcp, flow);
    }
    mg_tcp_order_drain(tcp);
    for (guint i = 0; i < open->len; i++) {
        MgTcpFlow *flow = open->pdata[i];
        const MgTcpSide *side = flow->side;
        /* The side that is not captured cannot show its FIN. */
        gboolean closed =
            flow->any_fin && (side[0].fin || !side[0].seen) && (side[1].fin || !side[1].seen);
        mg_tcp_end(tcp, flow, closed ? MG_ENDED_CLOSED : MG_ENDED_CAPTURE_END, flow->first_fin);
    }
}
