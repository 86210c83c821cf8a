/* Which mail protocol the first bytes of a side speak, and whether as client or as server.
 *
 * Looks only; keeps nothing.  A greeting decides where it can (RFC 5321 3.1, RFC 2033, RFC 1939
 * 4, RFC 9051 7.1).  "220" alone is FTP as well, so such a banner waits for what the client
 * says to it.
 */
#ifndef MG_PROTO_DETECT_H
#define MG_PROTO_DETECT_H

#include "mg-exchange.h"

G_BEGIN_DECLS

typedef enum {
    MG_SAYS_PART,   /* not enough bytes yet */
    MG_SAYS_SERVER, /* a greeting of `protocol` */
    MG_SAYS_BANNER, /* a greeting that SMTP and FTP share: the client's first line decides */
    MG_SAYS_CLIENT, /* a line that only a client of `protocol` says */
    MG_SAYS_MAYBE,  /* a line that a client of `protocol`, or of another language, may say */
    MG_SAYS_OTHER,  /* no mail */
} MgSays;

/* first: what was offered of the side's first bytes.  whole: no more will come, decide. */
MgSays mg_detect(MgSlice first, gboolean whole, MgProtocol *ret_protocol);

/* A client's first line after a banner that did not tell: SMTP, LMTP, or NONE where it is FTP
 * or nothing known.  MG_SAYS_MAYBE: QUIT, NOOP and the like, which tell nothing. */
MgSays mg_detect_after_banner(MgSlice first, gboolean whole, MgProtocol *ret_protocol);

/* The first bytes are a TLS record or an SSLv2 ClientHello.  MG_MORE where three octets are
 * needed and not there, MG_DONE, or MG_MALFORMED. */
MgStatus mg_detect_tls(MgSlice first);
/* The first line is printable text, as far as it is there. */
gboolean mg_detect_text(MgSlice first);

G_END_DECLS

#endif
