/* The stage itself: which port speaks what, which parser reads it, and the numbers of sessions,
 * steps and exchanges. */
#include "proto/session.h"

static const MgParser *const parsers[] = {
    &mg_smtp_parser,
    &mg_pop3_parser,
    &mg_imap_parser,
};

/* IANA's service names; 2525 is what providers offer where 25 is blocked.  465, 993 and 995
 * begin with TLS (RFC 8314). */
static const struct {
    guint16 port;
    MgProtocol protocol;
} known_ports[] = {
    {24, MG_PROTOCOL_LMTP},  {25, MG_PROTOCOL_SMTP},  {110, MG_PROTOCOL_POP3},
    {143, MG_PROTOCOL_IMAP}, {465, MG_PROTOCOL_SMTP}, {587, MG_PROTOCOL_SMTP},
    {993, MG_PROTOCOL_IMAP}, {995, MG_PROTOCOL_POP3}, {2525, MG_PROTOCOL_SMTP},
};

static void set_port(MgProto *proto, guint16 port, MgProtocol protocol, gboolean told)
{
    MgPort *row = g_new(MgPort, 1);
    *row = (MgPort){.protocol = protocol, .told = told};
    g_hash_table_replace(proto->ports, GUINT_TO_POINTER(port), row);
}

MgProto *mg_proto_new(const MgExchangeSink *sink)
{
    MgProto *proto = g_new0(MgProto, 1);
    proto->sink = *sink;
    proto->ports = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(known_ports); i++)
        set_port(proto, known_ports[i].port, known_ports[i].protocol, FALSE);
    return proto;
}

void mg_proto_free(MgProto *proto)
{
    if (proto == NULL)
        return;
    g_hash_table_unref(proto->ports);
    g_free(proto);
}

void mg_proto_set_port(MgProto *proto, guint16 port, MgProtocol protocol)
{
    set_port(proto, port, protocol, TRUE);
}

MgPort mg_proto_port_row(const MgProto *proto, guint16 port)
{
    const MgPort *row = g_hash_table_lookup(proto->ports, GUINT_TO_POINTER(port));
    return row != NULL ? *row : (MgPort){0};
}

MgProtocol mg_proto_port(const MgProto *proto, guint16 port)
{
    return mg_proto_port_row(proto, port).protocol;
}

const MgParser *mg_proto_parser(MgProtocol protocol)
{
    if (protocol == MG_PROTOCOL_LMTP)
        protocol = MG_PROTOCOL_SMTP;
    for (gsize i = 0; i < G_N_ELEMENTS(parsers); i++)
        if (parsers[i]->protocol == protocol)
            return parsers[i];
    return NULL;
}

const MgProtoRow *mg_proto_rows(MgProtocol protocol, guint *ret_n)
{
    const MgParser *parser = mg_proto_parser(protocol);
    *ret_n = 0;
    return parser != NULL && parser->rows != NULL ? parser->rows(ret_n) : NULL;
}

static void flow_open(gpointer user, MgFlow *flow)
{
    flow->receiver = mg_conn_new(user, flow);
}

static MgTake flow_bytes(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes)
{
    return mg_conn_bytes(flow->receiver, side, bytes);
}

static void flow_gap(gpointer user, MgFlow *flow, MgSide side, const MgGap *gap)
{
    mg_conn_gap(flow->receiver, side, gap);
}

static void flow_repeat(gpointer user, MgFlow *flow, MgSide side, const MgRepeat *repeat)
{
    mg_conn_repeat(flow->receiver, side, repeat);
}

static void flow_acked(gpointer user, MgFlow *flow, MgSide side, guint64 offset)
{
    mg_conn_acked(flow->receiver, side, offset);
}

static void flow_end(gpointer user, MgFlow *flow, const MgFlowEnd *end)
{
    mg_conn_end(flow->receiver, end);
    flow->receiver = NULL;
}

static void flow_note(gpointer user, const MgNote *note)
{
    const MgProto *proto = user;
    if (proto->sink.note != NULL)
        proto->sink.note(proto->sink.user, note);
}

void mg_proto_flow_sink(MgProto *proto, MgFlowSink *ret_sink)
{
    *ret_sink = (MgFlowSink){
        .open = flow_open,
        .bytes = flow_bytes,
        .gap = flow_gap,
        .repeat = flow_repeat,
        .acked = flow_acked,
        .end = flow_end,
        .note = flow_note,
        .user = proto,
    };
}
