/* What a protocol's parser offers, and what the session around it does for it.
 *
 * A parser (smtp.c, pop3.c, imap.c) is a state machine over the ordered bytes of both
 * directions.  The session (session.c) finds out the protocol, knows which side is the client,
 * swallows and counts what is encrypted, numbers exchanges and hands on.
 *
 * To add a protocol: one MgParser, its row in the table of proto.c, its glossary.
 */
#ifndef MG_PROTO_PARSER_H
#define MG_PROTO_PARSER_H

#include "mg-exchange.h"
#include "proto/sasl.h"

G_BEGIN_DECLS

typedef struct MgConn MgConn; /* one session, as its parser sees it */

typedef struct {
    MgProtocol protocol;
    gpointer (*begin)(MgConn *conn);
    /* Bytes of the client or the server.  The rules of MgTake hold; with bytes->final take
     * all that can be understood.  Never returns MG_DONE. */
    MgTake (*feed)(gpointer self, MgActor from, const MgBytes *bytes);
    /* Octets of that direction are missing here.  What was open across it becomes doubt;
     * lines are distrusted until a reply fits. */
    void (*gap)(gpointer self, MgActor from, const MgGap *gap);
    /* The other side acknowledged everything that `from` sent below `offset`.  May be NULL. */
    void (*acked)(gpointer self, MgActor from, guint64 offset);
    /* The bytes from here on are encrypted (both directions): what was open stays open until
     * close. */
    void (*encrypted)(gpointer self);
    /* The connection has ended: complete every open exchange as unanswered, give the effects
     * of that, give the drop step where the end was no orderly one. */
    void (*close)(gpointer self, const MgFlowEnd *end);
    void (*free)(gpointer self);
    /* What mg_proto_rows() gives for this protocol; NULL = nothing. */
    const MgProtoRow *(*rows)(guint *ret_n);
} MgParser;

extern const MgParser mg_smtp_parser; /* SMTP and LMTP */
extern const MgParser mg_pop3_parser;
extern const MgParser mg_imap_parser;

/* ---- What the session does for its parser ---- */

/* The parser may set client_name, server_name, account, authenticated, protocol. */
MgSession *mg_conn_session(MgConn *conn);

/* A new exchange with the next id.  The parser owns it until it hands it to
 * mg_conn_complete() (or mg_exchange_free()). */
MgExchange *mg_conn_begin(MgConn *conn, MgStepKind kind, const char *key);
/* Number it as the next step, hand it on, free it. */
void mg_conn_complete(MgConn *conn, MgExchange *exchange);
/* What `by` sent at that time nobody read: the other side had closed before.  (A side that has
 * closed only one direction would still read; no mail program does that.) */
gboolean mg_conn_too_late(const MgConn *conn, MgActor by, const MgStamp *at);
/* Hand on an effect; session is filled in. */
void mg_conn_effect(MgConn *conn, MgEffect *effect);
/* Tell of the secrets marked in a line, before the octets behind it are taken.  `sasl`: they are
 * messages of it, in base64; NULL = they are as they stand. */
void mg_conn_secrets(MgConn *conn, MgActor actor, const MgText *text, const MgSasl *sasl);
/* A line of the client that is passed over and may be the rest of a secret. */
void mg_conn_secret_line(MgConn *conn, MgSlice text, guint64 offset);
/* The text of a message begins: its number, 0 where nobody wants it.  Then its octets, or how
 * many of them are missing. */
guint64 mg_conn_text_begin(MgConn *conn);
void mg_conn_text(MgConn *conn, guint64 text, MgSlice octets, guint64 missing);
/* Hand on a note; session is filled in. */
void mg_conn_note(MgConn *conn, MgNote *note);

/* The server agreed to TLS.  The session looks at the next bytes of the client: if they are a
 * TLS record it gives the step "tls.begins" and MG_EFFECT_ENCRYPTED, calls encrypted(), and
 * swallows and counts all that follows; clear text is fed on to the parser. */
void mg_conn_expect_tls(MgConn *conn);
/* Everything from here on is DEFLATE in both directions (RFC 4978): the session gives the step
 * "compress.begins", inflates, and feeds on what was inflated; offsets count inflated octets
 * from 0 then.  A parser that calls this leaves the rest of its offer untaken.  Where it cannot
 * be undone any more (a hole, damage) it goes dark with the step "compress.fails".
 * FALSE: nothing changes, the connection is compressed or dark already. */
gboolean mg_conn_inflate(MgConn *conn);
/* Everything from here on is unreadable for another reason ("sasl.layer-begins"): the step is
 * key.  As above, without looking. */
void mg_conn_dark(MgConn *conn, const char *key);

G_END_DECLS

#endif
