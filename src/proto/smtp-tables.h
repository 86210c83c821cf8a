/* The words of SMTP and LMTP: verbs, parameters, EHLO keywords, replies, and their keys. */
#ifndef MG_PROTO_SMTP_TABLES_H
#define MG_PROTO_SMTP_TABLES_H

#include "mg-exchange.h"

G_BEGIN_DECLS

/* What a command is to the parser.  Everything without an own behaviour is OTHER. */
typedef enum {
    MG_SMTP_OTHER,
    MG_SMTP_GREETING, /* no command: what the server says first */
    MG_SMTP_EMPTY,    /* a line without a word */
    MG_SMTP_EHLO,
    MG_SMTP_HELO,
    MG_SMTP_LHLO,
    MG_SMTP_MAIL, /* and SEND, SOML, SAML */
    MG_SMTP_RCPT,
    MG_SMTP_DATA,
    MG_SMTP_CONTENT, /* the text after DATA */
    MG_SMTP_BDAT,
    MG_SMTP_BURL,
    MG_SMTP_RSET,
    MG_SMTP_NOOP,
    MG_SMTP_QUIT,
    MG_SMTP_AUTH, /* and X-EXPS */
    MG_SMTP_SASL, /* a client's line in the exchange that AUTH began */
    MG_SMTP_STARTTLS,
    MG_SMTP_VRFY,
    MG_SMTP_EXPN,
    MG_SMTP_HELP,
    MG_SMTP_ETRN,
    MG_SMTP_ATRN,
    MG_SMTP_TURN,
    MG_SMTP_XCLIENT,
    MG_SMTP_XFORWARD,
    MG_SMTP_XEXCH50,
} MgSmtpWhat;

typedef struct {
    const char *verb;
    const char *key;
    MgSmtpWhat what;
} MgSmtpVerb;

/* NULL where the word is no verb that is known. */
const MgSmtpVerb *mg_smtp_verb(MgSlice word);
/* Key of a MAIL or RCPT parameter ("mail.size"), by its name without value; NULL = not known. */
const char *mg_smtp_parameter(MgSlice name, gboolean of_rcpt);
/* Key of an EHLO keyword line ("smtp.extension.size"), whole line; for one in no list
 * "smtp.extension.unknown" or "smtp.extension.unknown-x". */
const char *mg_smtp_extension(MgSlice line);
/* "smtp.reply.250.rcpt".  Interned: there are a thousand codes, so memory is bounded. */
const char *mg_smtp_reply_key(guint code, MgSmtpWhat what, gboolean last, gboolean asked);
MgOutcome mg_smtp_outcome(guint code);

const MgProtoRow *mg_smtp_rows(guint *ret_n);

G_END_DECLS

#endif
