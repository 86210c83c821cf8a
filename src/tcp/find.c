/* Which connection a segment belongs to: one that is known, another one between the same end
 * points, or one that goes on after its end. */
#include "tcp/state.h"

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

/* Whether a SYN that does not belong to the connection so far certainly begins another one. */
static gboolean is_over(const MgTcpFlow *flow)
{
    if (flow->ended || flow->ending || flow->any_fin)
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
MgTcpFlow *mg_tcp_find(MgTcp *tcp, const MgSegment *segment, MgSide *ret_side)
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
        mg_tcp_side_begin(&flow->side[0], zero, TRUE);
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
gboolean mg_tcp_begins_anew(const MgTcpFlow *flow, MgSide number, const MgSegment *segment)
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
    return offset < (gint64)side->window.high - MG_TCP_NEAR ||
           offset > (gint64)MAX(side->highest, side->acked) + MG_TCP_NEAR;
}

void mg_tcp_open_anew(MgTcp *tcp, MgTcpFlow *flow, const MgStamp *at)
{
    gboolean refused = flow->refused;
    gboolean opener_known = flow->shown.opener_known && (refused || flow->how == MG_ENDED_IDLE);
    guint32 zero = flow->side[0].zero;
    mg_tcp_table_revive(tcp, flow, at);
    flow->shown.opener_known = opener_known;
    if (refused) {
        mg_tcp_side_begin(&flow->side[0], zero, TRUE);
        flow->side[0].seen = flow->side[0].syn = TRUE;
    }
    if (tcp->sink.open != NULL)
        tcp->sink.open(tcp->sink.user, &flow->shown);
}
