/* The segments come in: which connection, which side, where in the stream. */
#include "tcp/state.h"

/* Ceiling for all that waits, unless told otherwise. */
#define DEFAULT_CEILING (G_GUINT64_CONSTANT(128) * 1024 * 1024)
/* A jump of the capture's clock that is not believed before a second stamp confirms it. */
#define CLOCK_JUMP (24 * 3600 * MG_SECOND)
/* How far from what was seen a RST, or the late segment of an ended connection, may lie.
 * Windows are scaled, we do not know by what. */
#define SMALL_WINDOW (1024 * 1024)

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

/* ---- Which connection ---- */

static MgTcpFlow *open_flow(MgTcp *tcp, const MgEndpoint *opener, const MgEndpoint *other,
                            gboolean opener_known, guint64 id, const MgStamp *at)
{
    MgTcpFlow *flow = mg_tcp_table_add(tcp, opener, other, id, at);
    flow->shown.opener_known = opener_known;
    if (tcp->sink.open != NULL)
        tcp->sink.open(tcp->sink.user, &flow->shown);
    return flow;
}

static void replace_flow(MgTcp *tcp, MgTcpFlow *flow)
{
    if (!flow->ended)
        mg_tcp_end(tcp, flow, MG_ENDED_REPLACED, 0);
    mg_tcp_table_remove(tcp, flow);
}

static void set_zero(MgTcpSide *side, guint32 zero, gboolean firm)
{
    /* A belated SYN may move the zero of a side that is only known from acknowledgements. */
    if (side->known && side->zero != zero) {
        if (side->window.high > 0) {
            side->firm |= firm;
            return;
        }
        gint64 moved = mg_seq_distance(zero, side->zero);
        side->acked = (guint64)MAX((gint64)side->acked + moved, 0);
    }
    side->zero = zero;
    side->known = TRUE;
    side->firm |= firm;
}

/* Whether a SYN that does not belong to the connection so far certainly begins another one. */
static gboolean is_over(const MgTcpFlow *flow)
{
    if (flow->ended || flow->any_fin)
        return TRUE;
    /* Not established: a SYN that nobody answered. */
    return !(flow->side[0].firm && flow->side[1].firm);
}

/* A SYN whose number is not the one that the side began with. */
static gboolean strange_syn(const MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    const MgTcpSide *side = &flow->side[number];
    if (!side->firm)
        return flow->ended && !(segment->flags & MG_TCP_ACK);
    return side->zero != segment->seq + 1;
}

/* A segment that answers the SYN of which nobody knew what it begins: it began something. */
static gboolean answers_knock(const MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    if (!flow->knock)
        return FALSE;
    if (number != flow->knock_side)
        return (segment->flags & MG_TCP_SYN) && (segment->flags & MG_TCP_ACK) &&
               segment->ack == flow->knock_seq + 1;
    return !(segment->flags & MG_TCP_SYN) && segment->seq == flow->knock_seq + 1;
}

/* Find or open the connection of a segment. */
static MgTcpFlow *flow_of(MgTcp *tcp, const MgSegment *segment, MgSide *ret_side)
{
    const MgEndpoint *source = &segment->source, *destination = &segment->destination;
    gboolean syn = (segment->flags & MG_TCP_SYN) != 0;
    gboolean ack = (segment->flags & MG_TCP_ACK) != 0;
    guint64 id = tcp->next_id;
    MgSide number = 0;
    MgTcpFlow *flow = mg_tcp_table_find(tcp, source, destination, &number);

    if (flow != NULL && answers_knock(flow, number, segment)) {
        MgEndpoint opener = flow->shown.end[flow->knock_side];
        MgEndpoint other = flow->shown.end[!flow->knock_side];
        MgStamp at = flow->knock_at;
        guint32 zero = flow->knock_seq + 1;
        MgSide knocked = flow->knock_side;
        id = flow->knock_id;
        replace_flow(tcp, flow);
        flow = open_flow(tcp, &opener, &other, TRUE, id, &at);
        set_zero(&flow->side[0], zero, TRUE);
        flow->side[0].seen = flow->side[0].syn = TRUE;
        *ret_side = number == knocked ? 0 : 1;
        return flow;
    }
    if (flow != NULL && syn && strange_syn(flow, number, segment)) {
        if (!is_over(flow)) {
            if (!ack &&
                !(flow->knock && flow->knock_side == number && flow->knock_seq == segment->seq)) {
                flow->knock = TRUE;
                flow->knock_side = number;
                flow->knock_seq = segment->seq;
                flow->knock_id = tcp->next_id++;
                flow->knock_at = segment->at;
            }
            return NULL;
        }
        /* A second SYN-ACK with another number to the same SYN answers nothing new. */
        if (ack && !flow->ended)
            return NULL;
        replace_flow(tcp, flow);
        flow = NULL;
    }
    if (flow == NULL) {
        tcp->next_id++;
        if (syn && ack) {
            flow = open_flow(tcp, destination, source, TRUE, id, &segment->at);
            number = 1;
        } else {
            flow = open_flow(tcp, source, destination, syn, id, &segment->at);
            number = 0;
        }
    }
    *ret_side = number;
    return flow;
}

/* Whether the segment of a connection that has ended begins it anew: a silence ended it and it
 * goes on, its SYN was refused and then answered after all, or its octets belong somewhere else
 * in the sequence space and only the SYN is missing. */
static gboolean begins_anew(const MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    const MgTcpSide *side = &flow->side[number];
    guint8 syn_ack = MG_TCP_SYN | MG_TCP_ACK;
    if (flow->refused)
        return number == 1 && (segment->flags & syn_ack) == syn_ack &&
               segment->ack == flow->side[0].zero;
    if (segment->payload_len == 0 || (segment->flags & MG_TCP_RST))
        return FALSE;
    if (flow->how == MG_ENDED_IDLE || !side->known)
        return TRUE;
    gint64 offset = mg_seq_offset(side->zero, side->window.high, segment->seq);
    return offset < (gint64)side->window.high - SMALL_WINDOW ||
           offset > (gint64)MAX(side->highest, side->acked) + SMALL_WINDOW;
}

static void open_anew(MgTcp *tcp, MgTcpFlow *flow, const MgStamp *at)
{
    gboolean refused = flow->refused;
    gboolean opener_known = flow->shown.opener_known && (refused || flow->how == MG_ENDED_IDLE);
    guint32 zero = flow->side[0].zero;
    mg_tcp_table_revive(tcp, flow, at);
    flow->shown.opener_known = opener_known;
    if (refused) {
        set_zero(&flow->side[0], zero, TRUE);
        flow->side[0].seen = flow->side[0].syn = TRUE;
    }
    if (tcp->sink.open != NULL)
        tcp->sink.open(tcp->sink.user, &flow->shown);
}

/* ---- One segment ---- */

/* Where the stream of a side begins, from the first segments that tell. */
static void place_side(MgTcpSide *side, const MgSegment *segment)
{
    if (segment->flags & MG_TCP_SYN) {
        if (!side->firm)
            set_zero(side, segment->seq + 1, TRUE);
        side->syn = TRUE;
        return;
    }
    if (side->firm)
        return;
    if (!side->known) {
        set_zero(side, segment->seq, segment->payload_len > 0);
        return;
    }
    if (segment->payload_len == 0)
        return;
    /* Known from acknowledgements (or empty segments) alone.  Octets below them are octets that
     * were captured late; but one octet below is a keep-alive, and one octet above an empty
     * segment is what follows one. */
    gint32 distance = mg_seq_distance(side->zero, segment->seq);
    if (distance < -1 || (distance == -1 && segment->payload_len > 1))
        set_zero(side, segment->seq, TRUE);
    side->firm = TRUE;
}

static void read_ack(MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    MgTcpSide *other = &flow->side[!number];
    if (!other->known) {
        set_zero(other, segment->ack, FALSE);
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
        return offset >= low - 1 &&
               offset <= (gint64)MAX(side->highest, side->acked) + SMALL_WINDOW;
    }
    /* The answer to a SYN (RFC 9293 section 3.5.2). */
    if ((segment->flags & MG_TCP_ACK) && other->known) {
        gint64 acked = mg_seq_offset(other->zero, other->window.high, segment->ack);
        return acked >= 0 && acked <= (gint64)other->highest + 1;
    }
    return TRUE;
}

static void read_fin(MgTcpFlow *flow, MgSide number, gint64 offset)
{
    MgTcpSide *side = &flow->side[number];
    if (side->fin || offset < (gint64)side->highest ||
        offset > (gint64)MAX(side->highest, side->acked) + MG_TCP_FAR)
        return;
    side->fin = TRUE;
    side->fin_at = (guint64)offset;
    if (!flow->any_fin)
        flow->first_fin = number;
    flow->any_fin = TRUE;
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

static void read_segment(MgTcp *tcp, MgTcpFlow *flow, MgSide number, const MgSegment *segment)
{
    MgTcpSide *side = &flow->side[number], *other = &flow->side[!number];
    guint8 flags = segment->flags;
    gboolean syn = (flags & MG_TCP_SYN) != 0;

    if (flags & MG_TCP_RST) {
        if (rst_counts(flow, number, segment)) {
            flow->refused = other->syn && !side->seen;
            side->seen = TRUE;
            /* A RST behind a FIN is how many programs close. */
            if (flow->any_fin)
                mg_tcp_end(tcp, flow, MG_ENDED_CLOSED, flow->first_fin);
            else
                mg_tcp_end(tcp, flow, MG_ENDED_RESET, number);
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
    }
    if (flags & MG_TCP_FIN)
        read_fin(flow, number, offset + (gint64)segment->payload_len);
    mg_tcp_settle(tcp, flow);
    if (!flow->ended)
        mg_tcp_tell_acked(tcp, flow, !number);
}

void mg_tcp_segment(MgTcp *tcp, const MgSegment *segment)
{
    set_clock(tcp, &segment->at);
    pass_time(tcp);

    MgSide number;
    MgTcpFlow *flow = flow_of(tcp, segment, &number);
    if (flow == NULL)
        return;
    mg_tcp_table_touch(tcp, flow);
    if (flow->ended && begins_anew(flow, number, segment))
        open_anew(tcp, flow, &segment->at);
    if (flow->ended)
        return;
    flow->frames++;
    flow->shown.last = segment->at;
    read_segment(tcp, flow, number, segment);
    mg_tcp_table_lighten(tcp);
}

void mg_tcp_time(MgTcp *tcp, const MgStamp *now)
{
    set_clock(tcp, now);
    pass_time(tcp);
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
    for (guint i = 0; i < open->len; i++) {
        MgTcpFlow *flow = open->pdata[i];
        const MgTcpSide *side = flow->side;
        /* The side that is not captured cannot show its FIN. */
        gboolean closed =
            flow->any_fin && (side[0].fin || !side[0].seen) && (side[1].fin || !side[1].seen);
        mg_tcp_end(tcp, flow, closed ? MG_ENDED_CLOSED : MG_ENDED_CAPTURE_END, flow->first_fin);
    }
}
