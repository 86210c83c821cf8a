/* The user's name out of the client's messages of an authentication exchange. */
#ifndef MG_PROTO_SASL_NAME_H
#define MG_PROTO_SASL_NAME_H

#include "mg-exchange.h"

G_BEGIN_DECLS

/* How the messages of a mechanism name the user. */
typedef enum {
    MG_SASL_NAME_NONE,    /* not at all, or not readably */
    MG_SASL_NAME_PLAIN,   /* [authzid] NUL authcid NUL … (RFC 4616, RFC 2444, RFC 2808) */
    MG_SASL_NAME_WHOLE,   /* the message is the name */
    MG_SASL_NAME_LOGIN,   /* the same, in answer to a question for the name */
    MG_SASL_NAME_CRAM,    /* name, space, digest (RFC 2195) */
    MG_SASL_NAME_DIGEST,  /* username="…" (RFC 2831) */
    MG_SASL_NAME_GS2,     /* n,a=authzid,[n=name,…] (RFC 5801, RFC 5802, RFC 7628) */
    MG_SASL_NAME_XOAUTH,  /* …/mail/b/NAME/smtp/ … */
    MG_SASL_NAME_XOAUTH2, /* user=NAME ^A … */
    MG_SASL_NAME_NTLM,    /* in the AUTHENTICATE message ([MS-NLMP] 2.2.1.3), also inside SPNEGO */
    MG_SASL_NAME_GSSAPI,  /* after the choice of the layer (RFC 4752 section 3.1), not sealed */
} MgSaslName;

/* The name in one message (base64 undone), or NULL: not in this one, not readable, or nothing
 * that a person could have as a name (control characters, over 255 octets).  Valid UTF-8;
 * free with g_free(). */
char *mg_sasl_name_read(MgSaslName how, MgSlice message);

/* The layers that an unsealed GSSAPI token of RFC 4121 chooses or offers (RFC 4752 section
 * 3.1): bits 1 none, 2 integrity, 4 confidentiality; 0 = not such a token. */
guint mg_sasl_gssapi_layers(MgSlice message);

G_END_DECLS

#endif
