/* SASL as the three protocols carry it (RFC 4422, RFC 4954, RFC 5034, RFC 9051 6.2.2): which
 * mechanism, which step, what is secret, who the user is.
 *
 * Everything a client sends in an exchange is marked secret whole; a wrong guess of the state
 * must fail towards masking.
 */
#ifndef MG_PROTO_SASL_H
#define MG_PROTO_SASL_H

#include "mg-exchange.h"

G_BEGIN_DECLS

typedef struct MgSasl MgSasl;

MgSasl *mg_sasl_new(MgSlice mechanism);
void mg_sasl_free(MgSasl *sasl);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSasl, mg_sasl_free)

/* One message each way, base64 as on the wire, without "334 " or "+ ".  `=` or an empty slice
 * is an empty message. */
void mg_sasl_server(MgSasl *sasl, MgSlice base64);
void mg_sasl_client(MgSasl *sasl, MgSlice base64);

/* The same, and what kind of message it is becomes the argument "sasl-step" of `exchange`. */
void mg_sasl_answer(MgSasl *sasl, MgExchange *exchange, MgSlice base64);

const char *mg_sasl_mechanism(const MgSasl *sasl); /* "PLAIN", upper case */
const char *mg_sasl_key(const MgSasl *sasl);       /* "sasl.plain"; "sasl.unknown" */
/* User name, as far as it was readable; NULL = not.  Borrowed. */
const char *mg_sasl_user(const MgSasl *sasl);
/* Whether this message of the server must be hidden too: a proof of its own (v=, rspauth=), a
 * token, a redirect address.  Ask after mg_sasl_server() or before. */
gboolean mg_sasl_server_secret(const MgSasl *sasl, MgSlice base64);
/* Whether the mechanism makes everything after success unreadable (GSSAPI, DIGEST-MD5 with a
 * security layer).  TRUE also where the choice of GSSAPI is not to be read: mg_conn_dark()
 * looks at what follows. */
gboolean mg_sasl_layer(const MgSasl *sasl);

G_END_DECLS

#endif
