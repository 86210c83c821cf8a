/* Is it mail, and who is the client: by its port, else by what is said first. */
#include "proto/conn.h"

MgPort mg_watch_port(const MgConn *conn, MgSide *ret_client, gboolean *ret_sure)
{
    const MgFlow *flow = conn->flow;
    MgPort of_second = mg_proto_port_row(conn->proto, flow->end[1].port);
    *ret_client = 0;
    *ret_sure = TRUE;
    if (flow->opener_known)
        return of_second;
    MgPort of_first = mg_proto_port_row(conn->proto, flow->end[0].port);
    if (of_first.protocol == MG_PROTOCOL_NONE)
        return of_second;
    if (of_second.protocol != MG_PROTOCOL_NONE) {
        *ret_sure = FALSE;
        return of_second;
    }
    *ret_client = 1;
    return of_first;
}

/* A greeting that is another protocol's beyond doubt overrules the port, unless the user has
 * said what it is. */
gboolean mg_watch_open(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgSide client;
    gboolean sure;
    MgPort port = mg_watch_port(conn, &client, &sure);
    if (port.protocol == MG_PROTOCOL_NONE)
        return TRUE;
    MgProtocol protocol = MG_PROTOCOL_NONE;
    gboolean may_overrule = !port.told && conn->flow->complete_start && side != client;
    gboolean whole = bytes->final || !(may_overrule || !sure);
    MgSays says = mg_detect(bytes->slice, whole, &protocol);
    if (says == MG_SAYS_PART && !whole)
        return FALSE;
    if (!sure && (says == MG_SAYS_SERVER || says == MG_SAYS_BANNER))
        client = 1 - side;
    else if (!sure && says == MG_SAYS_CLIENT)
        client = side;
    gboolean by_greeting = may_overrule && says == MG_SAYS_SERVER && protocol != port.protocol;
    mg_conn_open(conn, by_greeting ? protocol : port.protocol, client, by_greeting);
    return TRUE;
}

static MgTake not_mail(MgConn *conn)
{
    conn->mode = MG_CONN_NOT_MAIL;
    return (MgTake){.want = MG_DONE};
}

static gboolean may_be_client(const MgConn *conn, MgSide side)
{
    return !conn->flow->opener_known || side == 0;
}

static gboolean behind_hole(const MgConn *conn)
{
    return conn->side[0].gap.octets > 0 || conn->side[1].gap.octets > 0;
}

static MgTake recognised(MgConn *conn, MgProtocol protocol, MgSide client)
{
    mg_conn_open(conn, protocol, client, TRUE);
    return (MgTake){.want = MG_MORE};
}

/* What this side's first bytes are, given what the other side has said. */
static MgSays listen(MgConn *conn, MgSide side, const MgBytes *bytes, MgProtocol *ret_protocol)
{
    gboolean whole = bytes->final || bytes->slice.len >= MG_LIMIT_GREETING;
    const MgConnSide *other = &conn->side[1 - side];
    if (other->says == MG_SAYS_BANNER && may_be_client(conn, side))
        return mg_detect_after_banner(bytes->slice, whole, ret_protocol);
    return mg_detect(bytes->slice, whole, ret_protocol);
}

static MgTake judge(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgConnSide *self = &conn->side[side], *other = &conn->side[1 - side];
    MgProtocol protocol = MG_PROTOCOL_NONE;
    MgSays says = listen(conn, side, bytes, &protocol);
    gboolean full = bytes->slice.len >= MG_LIMIT_GREETING;
    self->says = says;
    gboolean server_speaks = says == MG_SAYS_SERVER || says == MG_SAYS_BANNER;
    if (server_speaks && !may_be_client(conn, 1 - side))
        return not_mail(conn);
    switch (says) {
    case MG_SAYS_PART:
        return (MgTake){.want = MG_MORE};
    case MG_SAYS_SERVER:
        /* Other languages answer "+OK" to their clients as well: then the client has spoken
         * first, and not as a POP3 client does. */
        if (protocol == MG_PROTOCOL_POP3 && other->says == MG_SAYS_OTHER)
            return not_mail(conn);
        return recognised(conn, protocol, 1 - side);
    case MG_SAYS_CLIENT:
        return may_be_client(conn, side) ? recognised(conn, protocol, side) : not_mail(conn);
    case MG_SAYS_BANNER:
        if (other->says == MG_SAYS_CLIENT || other->says == MG_SAYS_MAYBE || !bytes->final)
            return full ? not_mail(conn) : (MgTake){.want = MG_OTHER};
        return not_mail(conn);
    case MG_SAYS_MAYBE:
        if (other->says == MG_SAYS_BANNER && bytes->final)
            return recognised(conn, MG_PROTOCOL_SMTP, side);
        return bytes->final || full ? not_mail(conn) : (MgTake){.want = MG_OTHER};
    case MG_SAYS_OTHER:
    default:
        /* Behind a hole these may be the middle of something that stands before the greeting. */
        if (behind_hole(conn) && conn->skipped + bytes->slice.len < MG_LIMIT_GREETING) {
            conn->skipped += bytes->slice.len;
            return (MgTake){.taken = bytes->slice.len, .want = MG_MORE};
        }
        /* A client may say anything before the server's greeting; a server that does not greet
         * as a mail server is none. */
        if (bytes->final || full || other->begun || !may_be_client(conn, side))
            return not_mail(conn);
        return (MgTake){.want = MG_OTHER};
    }
}

/* A talk with a proxy that stands before the session.  TRUE: *ret_take is the answer. */
static gboolean tunnel(MgConn *conn, MgSide side, const MgBytes *bytes, MgTake *ret_take)
{
    gboolean from_client = side == 0;
    if (mg_tunnel_open(&conn->tunnel) ||
        (!mg_tunnel_talks(&conn->tunnel) && (!from_client || conn->side[1].begun)))
        return FALSE;
    gsize octets;
    switch (mg_tunnel_feed(&conn->tunnel, from_client, bytes->slice, &octets)) {
    case MG_DONE:
        if (mg_tunnel_open(&conn->tunnel))
            conn->side[0].begun = conn->side[1].begun = FALSE;
        *ret_take = (MgTake){.taken = octets, .want = MG_MORE};
        return TRUE;
    case MG_MORE:
        *ret_take = (MgTake){.want = MG_MORE};
        return TRUE;
    case MG_OTHER:
    case MG_MALFORMED:
    default:
        if (!mg_tunnel_talks(&conn->tunnel) || behind_hole(conn))
            return FALSE;
        *ret_take = not_mail(conn);
        return TRUE;
    }
}

/* A PROXY header before anything was recognised: step over it to see what follows, and leave
 * it where it is for the session. */
static MgBytes behind_proxy(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    gsize octets;
    g_autofree char *source = NULL;
    if (conn->side[side].begun || !may_be_client(conn, side) ||
        mg_preamble_proxy(bytes->slice, &octets, &source) != MG_DONE)
        octets = 0;
    return mg_conn_rest(bytes, octets);
}

MgTake mg_watch(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    gsize taken = 0;
    for (;;) {
        MgBytes rest = mg_conn_rest(bytes, taken);
        MgTake take;
        if (!tunnel(conn, side, &rest, &take)) {
            MgBytes first = behind_proxy(conn, side, &rest);
            take = judge(conn, side, &first);
            if (conn->mode == MG_CONN_WATCH)
                conn->side[side].begun = conn->side[side].says != MG_SAYS_PART;
        }
        taken += take.taken;
        if (conn->mode != MG_CONN_WATCH || take.taken == 0 || taken == bytes->slice.len) {
            take.taken = taken;
            return take;
        }
    }
}
