/* What proto.c and session.c share: the stage's own state, and one connection in it. */
#ifndef MG_PROTO_SESSION_H
#define MG_PROTO_SESSION_H

#include "mg-exchange.h"
#include "proto/parser.h"

G_BEGIN_DECLS

typedef struct {
    MgProtocol protocol;
    gboolean told; /* by option -d: no greeting overrules it */
} MgPort;

struct MgProto {
    MgExchangeSink sink;
    GHashTable *ports; /* port number → MgPort */
    guint sessions;    /* numbers given so far */
    guint64 steps;
    guint64 exchanges;
    guint inflating; /* connections that are compressed now */
    gsize inflated;  /* octets that wait in them */
};

const MgParser *mg_proto_parser(MgProtocol protocol);
/* Zero protocol where the port is not known. */
MgPort mg_proto_port_row(const MgProto *proto, guint16 port);

/* One connection, from its first segment to its end.  Frees itself in mg_conn_end(). */
MgConn *mg_conn_new(MgProto *proto, MgFlow *flow);
MgTake mg_conn_bytes(MgConn *conn, MgSide side, const MgBytes *bytes);
void mg_conn_gap(MgConn *conn, MgSide side, const MgGap *gap);
void mg_conn_acked(MgConn *conn, MgSide side, guint64 offset);
void mg_conn_repeat(MgConn *conn, MgSide side, const MgRepeat *repeat);
void mg_conn_end(MgConn *conn, const MgFlowEnd *end);

G_END_DECLS

#endif
