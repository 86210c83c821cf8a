/* A wire for tests of proto: it plays the part of tcp, and writes down what proto gives.
 *
 * What is sent is kept until it is taken, offered again as the contract of mg-flow.h says, and
 * written down as short lines of text, one for each effect, exchange, note, session.
 */
#ifndef MG_TESTS_PROTO_WIRE_H
#define MG_TESTS_PROTO_WIRE_H

#include "mg-exchange.h"

typedef struct {
    GByteArray *waiting;
    GArray *places; /* MgPlacement */
    guint64 offset; /* of the first waiting octet */
    guint64 sent;
    MgStatus want;
} WireSide;

typedef struct {
    MgProto *proto;
    MgFlowSink sink;
    MgFlow flow;
    WireSide side[2];
    gsize piece;   /* octets offered at once; 0 = as they are sent */
    gboolean over; /* proto has said MG_DONE */
    guint64 frame;
    GString *log;
    gboolean effects; /* log effects too */
    guint steps;
} Wire;

Wire *wire_new(guint16 client_port, guint16 server_port, gboolean with_syn);
void wire_free(Wire *wire);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wire, wire_free)

/* side 0 is the opener.  Escapes as C has them; NULs only with wire_send_raw(). */
void wire_send(Wire *wire, MgSide side, const char *text);
void wire_send_raw(Wire *wire, MgSide side, const guint8 *data, gsize len);
void wire_gap(Wire *wire, MgSide side, guint64 octets);
void wire_end(Wire *wire, MgHowEnded how, MgSide by);

/* A script: lines "C: text", "S: text" (CR LF added), "C= text" and "S= text" (as it is),
 * "gap C n", "gap S n"; lines in a row of one side go into one offer when they begin with "+"
 * ("+C: text"). */
void wire_play(Wire *wire, const char *script);

/* The log so far; cleared. */
char *wire_take(Wire *wire);

#endif
