/* The tables of SMTP: each word once, in a list from which both its look-up and its row for
 * mg_proto_rows() are made. */
#include "proto/smtp-tables.h"

#include <string.h>

#include "proto/line.h"

/* Commands: verb, key, what it is to the parser. */
#define VERBS(ROW)                                                                                 \
    ROW("EHLO", "smtp.ehlo", EHLO)                                                                 \
    ROW("HELO", "smtp.helo", HELO)                                                                 \
    ROW("LHLO", "smtp.lhlo", LHLO)                                                                 \
    ROW("MAIL", "smtp.mail", MAIL)                                                                 \
    ROW("RCPT", "smtp.rcpt", RCPT)                                                                 \
    ROW("DATA", "smtp.data", DATA)                                                                 \
    ROW("BDAT", "smtp.bdat", BDAT)                                                                 \
    ROW("BURL", "smtp.burl", BURL)                                                                 \
    ROW("RSET", "smtp.rset", RSET)                                                                 \
    ROW("NOOP", "smtp.noop", NOOP)                                                                 \
    ROW("HELP", "smtp.help", HELP)                                                                 \
    ROW("VRFY", "smtp.vrfy", VRFY)                                                                 \
    ROW("EXPN", "smtp.expn", EXPN)                                                                 \
    ROW("QUIT", "smtp.quit", QUIT)                                                                 \
    ROW("SEND", "smtp.send", MAIL)                                                                 \
    ROW("SOML", "smtp.soml", MAIL)                                                                 \
    ROW("SAML", "smtp.saml", MAIL)                                                                 \
    ROW("TURN", "smtp.turn", TURN)                                                                 \
    ROW("ETRN", "smtp.etrn", ETRN)                                                                 \
    ROW("ATRN", "smtp.atrn", ATRN)                                                                 \
    ROW("STARTTLS", "smtp.starttls", STARTTLS)                                                     \
    ROW("AUTH", "smtp.auth", AUTH)                                                                 \
    ROW("XCLIENT", "smtp.xclient", XCLIENT)                                                        \
    ROW("XFORWARD", "smtp.xforward", XFORWARD)                                                     \
    ROW("X-EXPS", "smtp.x-exps", AUTH)                                                             \
    ROW("X-ANONYMOUSTLS", "smtp.x-anonymoustls", STARTTLS)                                         \
    ROW("X-LINK2STATE", "smtp.x-link2state", OTHER)                                                \
    ROW("XEXCH50", "smtp.xexch50", XEXCH50)                                                        \
    ROW("XPROXY", "smtp.xproxy.xproxy", OTHER)                                                     \
    ROW("XPROXYFROM", "smtp.xproxy.xproxyfrom", OTHER)                                             \
    ROW("XPROXYTO", "smtp.xproxy.xproxyto", OTHER)                                                 \
    ROW("XSESSIONPARAMS", "smtp.xsessionparams", OTHER)                                            \
    ROW("XSHADOW", "smtp.xshadow.xshadow", OTHER)                                                  \
    ROW("XSHADOWREQUEST", "smtp.xshadow.xshadowrequest", OTHER)                                    \
    ROW("XQDISCARD", "smtp.xshadow.xqdiscard", OTHER)                                              \
    ROW("XREMOTEQUEUE", "smtp.etrn", ETRN)                                                         \
    ROW("VERB", "smtp.verb", OTHER)                                                                \
    ROW("ONEX", "smtp.onex", OTHER)                                                                \
    ROW("XUSR", "smtp.xusr", OTHER)                                                                \
    ROW("XADR", "smtp.xadr.xadr", OTHER)                                                           \
    ROW("XSTA", "smtp.xadr.xsta", OTHER)                                                           \
    ROW("XCIR", "smtp.xadr.xcir", OTHER)                                                           \
    ROW("XGEN", "smtp.xadr.xgen", OTHER)                                                           \
    ROW("MRSQ", "smtp.mrsq.mrsq", OTHER)                                                           \
    ROW("MRCP", "smtp.mrsq.mrcp", OTHER)                                                           \
    ROW("MLFL", "smtp.mrsq.mlfl", OTHER)                                                           \
    ROW("GET", "smtp.http-probe.get", OTHER)                                                       \
    ROW("POST", "smtp.http-probe.post", OTHER)                                                     \
    ROW("CONNECT", "smtp.http-probe.connect", OTHER)

/* Steps that are no commands. */
#define EVENTS(ROW)                                                                                \
    ROW("smtp.connect")                                                                            \
    ROW("smtp.proxy-preamble")                                                                     \
    ROW("smtp.dot")                                                                                \
    ROW("lmtp.dot")                                                                                \
    ROW("smtp.prdr-dot")                                                                           \
    ROW("smtp.bdat-last")                                                                          \
    ROW("lmtp.bdat-last")                                                                          \
    ROW("smtp.auth-response")                                                                      \
    ROW("smtp.auth-cancel")                                                                        \
    ROW("smtp.drop")                                                                               \
    ROW("smtp.unknown")

/* Parameters of MAIL and RCPT: name, key. */
#define MAIL_PARAMETERS(ROW)                                                                       \
    ROW("SIZE", "mail.size")                                                                       \
    ROW("BODY", "mail.body")                                                                       \
    ROW("SMTPUTF8", "mail.smtputf8")                                                               \
    ROW("AUTH", "mail.auth")                                                                       \
    ROW("RET", "mail.ret")                                                                         \
    ROW("ENVID", "mail.envid")                                                                     \
    ROW("BY", "mail.by")                                                                           \
    ROW("HOLDFOR", "mail.holdfor")                                                                 \
    ROW("HOLDUNTIL", "mail.holduntil")                                                             \
    ROW("MT-PRIORITY", "mail.mt-priority")                                                         \
    ROW("REQUIRETLS", "mail.requiretls")                                                           \
    ROW("MTRK", "mail.mtrk")                                                                       \
    ROW("SOLICIT", "mail.solicit")                                                                 \
    ROW("SUBMITTER", "mail.submitter")                                                             \
    ROW("CONPERM", "mail.conperm")                                                                 \
    ROW("TRANSID", "mail.transid")                                                                 \
    ROW("PRDR", "mail.prdr")                                                                       \
    ROW("XVERP", "smtp.xverp")                                                                     \
    ROW("ALT-ADDRESS", "mail.alt-address")                                                         \
    ROW("XOORG", "mail.xoorg.xoorg-")                                                              \
    ROW("XMESSAGECONTEXT", "mail.xoorg.xmessagecontext-")                                          \
    ROW("XATTRDIRECT", "mail.xoorg.xattrdirect-")                                                  \
    ROW("XATTRORGID", "mail.xoorg.xattrorgid-")                                                    \
    ROW("XSYSPROBEID", "mail.xoorg.xsysprobeid-")                                                  \
    ROW("XSHADOW", "mail.xoorg.xshadow-")

#define RCPT_PARAMETERS(ROW)                                                                       \
    ROW("NOTIFY", "rcpt.notify")                                                                   \
    ROW("ORCPT", "rcpt.orcpt")                                                                     \
    ROW("RRVS", "rcpt.rrvs")                                                                       \
    ROW("CONNEG", "rcpt.conneg")                                                                   \
    ROW("IGNOREQUOTA", "rcpt.ignorequota")                                                         \
    ROW("XRCPTFORWARD", "rcpt.xrcptforward")

/* EHLO keywords.  A form with "=" is an old spelling with a row of its own. */
#define EXTENSIONS(ROW)                                                                            \
    ROW("SEND", "smtp.extension.send")                                                             \
    ROW("SOML", "smtp.extension.soml")                                                             \
    ROW("SAML", "smtp.extension.saml")                                                             \
    ROW("VRFY", "smtp.extension.vrfy")                                                             \
    ROW("EXPN", "smtp.extension.expn")                                                             \
    ROW("HELP", "smtp.extension.help")                                                             \
    ROW("TURN", "smtp.extension.turn")                                                             \
    ROW("8BITMIME", "smtp.extension.8bitmime")                                                     \
    ROW("SIZE", "smtp.extension.size")                                                             \
    ROW("VERB", "smtp.extension.verb")                                                             \
    ROW("ONEX", "smtp.extension.onex")                                                             \
    ROW("CHUNKING", "smtp.extension.chunking")                                                     \
    ROW("BINARYMIME", "smtp.extension.binarymime")                                                 \
    ROW("CHECKPOINT", "smtp.extension.checkpoint")                                                 \
    ROW("DELIVERBY", "smtp.extension.deliverby")                                                   \
    ROW("PIPELINING", "smtp.extension.pipelining")                                                 \
    ROW("DSN", "smtp.extension.dsn")                                                               \
    ROW("ETRN", "smtp.extension.etrn")                                                             \
    ROW("ENHANCEDSTATUSCODES", "smtp.extension.enhancedstatuscodes")                               \
    ROW("STARTTLS", "smtp.extension.starttls")                                                     \
    ROW("NO-SOLICITING", "smtp.extension.no-soliciting")                                           \
    ROW("MTRK", "smtp.extension.mtrk")                                                             \
    ROW("SUBMITTER", "smtp.extension.submitter")                                                   \
    ROW("ATRN", "smtp.extension.atrn")                                                             \
    ROW("AUTH", "smtp.extension.auth")                                                             \
    ROW("BURL", "smtp.extension.burl")                                                             \
    ROW("FUTURERELEASE", "smtp.extension.futurerelease")                                           \
    ROW("UTF8SMTP", "smtp.extension.utf8smtp")                                                     \
    ROW("CONPERM", "smtp.extension.conperm")                                                       \
    ROW("CONNEG", "smtp.extension.conneg")                                                         \
    ROW("SMTPUTF8", "smtp.extension.smtputf8")                                                     \
    ROW("MT-PRIORITY", "smtp.extension.mt-priority")                                               \
    ROW("RRVS", "smtp.extension.rrvs")                                                             \
    ROW("REQUIRETLS", "smtp.extension.requiretls")                                                 \
    ROW("LIMITS", "smtp.extension.limits")                                                         \
    ROW("LHLO", "smtp.extension.lhlo")                                                             \
    ROW("AUTH=LOGIN", "smtp.extension.auth-login")                                                 \
    ROW("X-EXPS", "smtp.extension.x-exps")                                                         \
    ROW("X-EXPS=LOGIN", "smtp.extension.x-exps-login")                                             \
    ROW("X-LINK2STATE", "smtp.extension.x-link2state")                                             \
    ROW("XEXCH50", "smtp.extension.xexch50")                                                       \
    ROW("X-ANONYMOUSTLS", "smtp.extension.x-anonymoustls")                                         \
    ROW("XRDST", "smtp.extension.xrdst")                                                           \
    ROW("XOORG", "smtp.extension.xoorg")                                                           \
    ROW("XSHADOW", "smtp.extension.xshadow")                                                       \
    ROW("XSHADOWREQUEST", "smtp.extension.xshadowrequest")                                         \
    ROW("XPROXY", "smtp.extension.xproxy")                                                         \
    ROW("XPROXYFROM", "smtp.extension.xproxyfrom")                                                 \
    ROW("XCLIENT", "smtp.extension.xclient")                                                       \
    ROW("XFORWARD", "smtp.extension.xforward")                                                     \
    ROW("XVERP", "smtp.extension.xverp")                                                           \
    ROW("XVERB", "smtp.extension.xverb")                                                           \
    ROW("XUSR", "smtp.extension.xusr")                                                             \
    ROW("XREMOTEQUEUE", "smtp.extension.xremotequeue")                                             \
    ROW("PRDR", "smtp.extension.prdr")                                                             \
    ROW("XEXDATA", "smtp.extension.xexdata")                                                       \
    ROW("XSECURITY", "smtp.extension.xsecurity")                                                   \
    ROW("PIPECONNECT", "smtp.extension.pipeconnect")                                               \
    ROW("X_PIPE_CONNECT", "smtp.extension.x_pipe_connect")                                         \
    ROW("XRCPTFORWARD", "smtp.extension.xrcptforward")                                             \
    ROW("IGNOREQUOTA", "smtp.extension.ignorequota")                                               \
    ROW("XADR", "smtp.extension.xadr")                                                             \
    ROW("XSTA", "smtp.extension.xsta")                                                             \
    ROW("XCIR", "smtp.extension.xcir")                                                             \
    ROW("XGEN", "smtp.extension.xgen")                                                             \
    ROW("XLOOP", "smtp.extension.xloop")                                                           \
    ROW("XDEBUG", "smtp.extension.xdebug")                                                         \
    ROW("X-AUTH-REQ", "smtp.extension.x-auth-req")

/* EHLO keywords that are not in the list. */
#define EXTENSIONS_ELSE(ROW)                                                                       \
    ROW("smtp.extension.unknown-x")                                                                \
    ROW("smtp.extension.unknown")

/* Replies with a meaning of their own in a context; any other code is read by its first digit
 * (RFC 5321 4.3.2). */
#define REPLIES(ROW)                                                                               \
    ROW("smtp.reply.211.help")                                                                     \
    ROW("smtp.reply.214.help")                                                                     \
    ROW("smtp.reply.220.greeting")                                                                 \
    ROW("smtp.reply.220.starttls")                                                                 \
    ROW("smtp.reply.220.xclient")                                                                  \
    ROW("smtp.reply.221.quit")                                                                     \
    ROW("smtp.reply.221.unasked")                                                                  \
    ROW("smtp.reply.235.auth")                                                                     \
    ROW("smtp.reply.250.ehlo")                                                                     \
    ROW("smtp.reply.250.helo")                                                                     \
    ROW("smtp.reply.250.lhlo")                                                                     \
    ROW("smtp.reply.250.mail")                                                                     \
    ROW("smtp.reply.250.rcpt")                                                                     \
    ROW("smtp.reply.250.dot")                                                                      \
    ROW("smtp.reply.250.bdat")                                                                     \
    ROW("smtp.reply.250.bdat-last")                                                                \
    ROW("smtp.reply.250.burl")                                                                     \
    ROW("smtp.reply.250.rset")                                                                     \
    ROW("smtp.reply.250.noop")                                                                     \
    ROW("smtp.reply.250.quit")                                                                     \
    ROW("smtp.reply.250.vrfy")                                                                     \
    ROW("smtp.reply.250.expn")                                                                     \
    ROW("smtp.reply.250.xforward")                                                                 \
    ROW("smtp.reply.250.etrn")                                                                     \
    ROW("smtp.reply.250.atrn")                                                                     \
    ROW("smtp.reply.250.turn")                                                                     \
    ROW("smtp.reply.250.unasked")                                                                  \
    ROW("smtp.reply.251.mail")                                                                     \
    ROW("smtp.reply.251.rcpt")                                                                     \
    ROW("smtp.reply.251.vrfy")                                                                     \
    ROW("smtp.reply.251.etrn")                                                                     \
    ROW("smtp.reply.252.rcpt")                                                                     \
    ROW("smtp.reply.252.vrfy")                                                                     \
    ROW("smtp.reply.252.expn")                                                                     \
    ROW("smtp.reply.252.etrn")                                                                     \
    ROW("smtp.reply.253.etrn")                                                                     \
    ROW("smtp.reply.334.auth")                                                                     \
    ROW("smtp.reply.353.dot")                                                                      \
    ROW("smtp.reply.354.data")                                                                     \
    ROW("smtp.reply.355.mail")                                                                     \
    ROW("smtp.reply.421.greeting")                                                                 \
    ROW("smtp.reply.421.mail")                                                                     \
    ROW("smtp.reply.421.rcpt")                                                                     \
    ROW("smtp.reply.421.dot")                                                                      \
    ROW("smtp.reply.421.unasked")                                                                  \
    ROW("smtp.reply.422.auth")                                                                     \
    ROW("smtp.reply.422.rcpt")                                                                     \
    ROW("smtp.reply.430.auth")                                                                     \
    ROW("smtp.reply.431.rcpt")                                                                     \
    ROW("smtp.reply.432.auth")                                                                     \
    ROW("smtp.reply.432.mail")                                                                     \
    ROW("smtp.reply.450.mail")                                                                     \
    ROW("smtp.reply.450.rcpt")                                                                     \
    ROW("smtp.reply.450.data")                                                                     \
    ROW("smtp.reply.450.dot")                                                                      \
    ROW("smtp.reply.450.atrn")                                                                     \
    ROW("smtp.reply.451.mail")                                                                     \
    ROW("smtp.reply.451.rcpt")                                                                     \
    ROW("smtp.reply.451.data")                                                                     \
    ROW("smtp.reply.451.dot")                                                                      \
    ROW("smtp.reply.451.burl")                                                                     \
    ROW("smtp.reply.451.atrn")                                                                     \
    ROW("smtp.reply.451.unasked")                                                                  \
    ROW("smtp.reply.452.mail")                                                                     \
    ROW("smtp.reply.452.rcpt")                                                                     \
    ROW("smtp.reply.452.dot")                                                                      \
    ROW("smtp.reply.452.bdat-last")                                                                \
    ROW("smtp.reply.453.mail")                                                                     \
    ROW("smtp.reply.453.rcpt")                                                                     \
    ROW("smtp.reply.453.atrn")                                                                     \
    ROW("smtp.reply.454.starttls")                                                                 \
    ROW("smtp.reply.454.auth")                                                                     \
    ROW("smtp.reply.455.mail")                                                                     \
    ROW("smtp.reply.455.rcpt")                                                                     \
    ROW("smtp.reply.458.etrn")                                                                     \
    ROW("smtp.reply.459.etrn")                                                                     \
    ROW("smtp.reply.471.rcpt")                                                                     \
    ROW("smtp.reply.471.dot")                                                                      \
    ROW("smtp.reply.500.auth")                                                                     \
    ROW("smtp.reply.500.ehlo")                                                                     \
    ROW("smtp.reply.501.auth")                                                                     \
    ROW("smtp.reply.501.mail")                                                                     \
    ROW("smtp.reply.501.rcpt")                                                                     \
    ROW("smtp.reply.501.bdat")                                                                     \
    ROW("smtp.reply.502.ehlo")                                                                     \
    ROW("smtp.reply.502.turn")                                                                     \
    ROW("smtp.reply.503.mail")                                                                     \
    ROW("smtp.reply.503.rcpt")                                                                     \
    ROW("smtp.reply.503.data")                                                                     \
    ROW("smtp.reply.503.dot")                                                                      \
    ROW("smtp.reply.503.auth")                                                                     \
    ROW("smtp.reply.503.bdat-last")                                                                \
    ROW("smtp.reply.504.auth")                                                                     \
    ROW("smtp.reply.504.mail")                                                                     \
    ROW("smtp.reply.504.help")                                                                     \
    ROW("smtp.reply.511.rcpt")                                                                     \
    ROW("smtp.reply.512.rcpt")                                                                     \
    ROW("smtp.reply.513.rcpt")                                                                     \
    ROW("smtp.reply.515.rcpt")                                                                     \
    ROW("smtp.reply.517.mail")                                                                     \
    ROW("smtp.reply.521.greeting")                                                                 \
    ROW("smtp.reply.521.rcpt")                                                                     \
    ROW("smtp.reply.523.auth")                                                                     \
    ROW("smtp.reply.523.mail")                                                                     \
    ROW("smtp.reply.523.dot")                                                                      \
    ROW("smtp.reply.524.auth")                                                                     \
    ROW("smtp.reply.525.auth")                                                                     \
    ROW("smtp.reply.530.auth")                                                                     \
    ROW("smtp.reply.530.mail")                                                                     \
    ROW("smtp.reply.533.rcpt")                                                                     \
    ROW("smtp.reply.534.auth")                                                                     \
    ROW("smtp.reply.535.auth")                                                                     \
    ROW("smtp.reply.538.auth")                                                                     \
    ROW("smtp.reply.541.rcpt")                                                                     \
    ROW("smtp.reply.541.dot")                                                                      \
    ROW("smtp.reply.550.mail")                                                                     \
    ROW("smtp.reply.550.rcpt")                                                                     \
    ROW("smtp.reply.550.data")                                                                     \
    ROW("smtp.reply.550.dot")                                                                      \
    ROW("smtp.reply.550.vrfy")                                                                     \
    ROW("smtp.reply.550.expn")                                                                     \
    ROW("smtp.reply.551.rcpt")                                                                     \
    ROW("smtp.reply.551.vrfy")                                                                     \
    ROW("smtp.reply.552.mail")                                                                     \
    ROW("smtp.reply.552.rcpt")                                                                     \
    ROW("smtp.reply.552.dot")                                                                      \
    ROW("smtp.reply.552.bdat")                                                                     \
    ROW("smtp.reply.553.mail")                                                                     \
    ROW("smtp.reply.553.rcpt")                                                                     \
    ROW("smtp.reply.553.vrfy")                                                                     \
    ROW("smtp.reply.554.greeting")                                                                 \
    ROW("smtp.reply.554.mail")                                                                     \
    ROW("smtp.reply.554.rcpt")                                                                     \
    ROW("smtp.reply.554.data")                                                                     \
    ROW("smtp.reply.554.dot")                                                                      \
    ROW("smtp.reply.554.burl")                                                                     \
    ROW("smtp.reply.554.auth")                                                                     \
    ROW("smtp.reply.555.mail")                                                                     \
    ROW("smtp.reply.555.rcpt")                                                                     \
    ROW("smtp.reply.556.rcpt")                                                                     \
    ROW("smtp.reply.558.dot")                                                                      \
    ROW("smtp.reply.571.rcpt")                                                                     \
    ROW("smtp.reply.571.dot")

#define VERB_ROW(verb, key, what) {verb, key, MG_SMTP_##what},
static const MgSmtpVerb verbs[] = {VERBS(VERB_ROW)};

typedef struct {
    const char *name;
    const char *key;
} Word;

#define WORD_ROW(name, key) {name, key},
static const Word mail_parameters[] = {MAIL_PARAMETERS(WORD_ROW)};
static const Word rcpt_parameters[] = {RCPT_PARAMETERS(WORD_ROW)};
static const Word extensions[] = {EXTENSIONS(WORD_ROW)};

#define PROTO_VERB(verb, key, what) {key, verb},
#define PROTO_EVENT(key) {key, NULL},
#define PROTO_WORD(name, key) {key, NULL},
static const MgProtoRow rows[] = {VERBS(PROTO_VERB) EVENTS(PROTO_EVENT) MAIL_PARAMETERS(PROTO_WORD)
                                      RCPT_PARAMETERS(PROTO_WORD) EXTENSIONS(PROTO_WORD)
                                          EXTENSIONS_ELSE(PROTO_EVENT) REPLIES(PROTO_EVENT)};

const MgProtoRow *mg_smtp_rows(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(rows);
    return rows;
}

const MgSmtpVerb *mg_smtp_verb(MgSlice word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (mg_slice_is(word, verbs[i].verb))
            return &verbs[i];
    return NULL;
}

static const char *find(const Word *words, gsize n, MgSlice name)
{
    for (gsize i = 0; i < n; i++)
        if (mg_slice_is(name, words[i].name))
            return words[i].key;
    return NULL;
}

const char *mg_smtp_parameter(MgSlice name, gboolean of_rcpt)
{
    if (of_rcpt && !mg_slice_is(name, "ALT-ADDRESS"))
        return find(rcpt_parameters, G_N_ELEMENTS(rcpt_parameters), name);
    return find(mail_parameters, G_N_ELEMENTS(mail_parameters), name);
}

const char *mg_smtp_extension(MgSlice line)
{
    MgSlice word = mg_word_next(&line);
    const char *key = find(extensions, G_N_ELEMENTS(extensions), word);
    if (key != NULL)
        return key;
    /* "AUTH=PLAIN LOGIN": the keyword is what stands before the equals sign. */
    const guint8 *equals = word.len > 0 ? memchr(word.data, '=', word.len) : NULL;
    if (equals != NULL)
        word.len = (gsize)(equals - word.data);
    if (equals != NULL && mg_slice_is(word, "AUTH"))
        return "smtp.extension.auth-login";
    key = find(extensions, G_N_ELEMENTS(extensions), word);
    /* RFC 5321 2.2.2: what begins with X is a matter between the two. */
    return key != NULL                  ? key
           : mg_slice_begins(word, "X") ? "smtp.extension.unknown-x"
                                        : "smtp.extension.unknown";
}

static const char *context(MgSmtpWhat what, gboolean last)
{
    switch (what) {
    case MG_SMTP_GREETING:
        return "greeting";
    case MG_SMTP_EHLO:
        return "ehlo";
    case MG_SMTP_HELO:
        return "helo";
    case MG_SMTP_LHLO:
        return "lhlo";
    case MG_SMTP_MAIL:
        return "mail";
    case MG_SMTP_RCPT:
        return "rcpt";
    case MG_SMTP_DATA:
        return "data";
    case MG_SMTP_CONTENT:
        return "dot";
    case MG_SMTP_BDAT:
        return last ? "bdat-last" : "bdat";
    case MG_SMTP_BURL:
        return "burl";
    case MG_SMTP_RSET:
        return "rset";
    case MG_SMTP_NOOP:
        return "noop";
    case MG_SMTP_QUIT:
        return "quit";
    case MG_SMTP_AUTH:
    case MG_SMTP_SASL:
        return "auth";
    case MG_SMTP_STARTTLS:
        return "starttls";
    case MG_SMTP_VRFY:
        return "vrfy";
    case MG_SMTP_EXPN:
        return "expn";
    case MG_SMTP_HELP:
        return "help";
    case MG_SMTP_ETRN:
        return "etrn";
    case MG_SMTP_ATRN:
        return "atrn";
    case MG_SMTP_TURN:
        return "turn";
    case MG_SMTP_XCLIENT:
        return "xclient";
    case MG_SMTP_XFORWARD:
        return "xforward";
    case MG_SMTP_OTHER:
    case MG_SMTP_EMPTY:
    case MG_SMTP_XEXCH50:
    default:
        return "other";
    }
}

const char *mg_smtp_reply_key(guint code, MgSmtpWhat what, gboolean last, gboolean asked)
{
    g_autofree char *key =
        g_strdup_printf("smtp.reply.%03u.%s", code, asked ? context(what, last) : "unasked");
    return g_intern_string(key);
}

MgOutcome mg_smtp_outcome(guint code)
{
    if (code >= 500 && code <= 504)
        return MG_OUTCOME_MALFORMED;
    switch (code / 100) {
    case 2:
        return MG_OUTCOME_OK;
    case 3:
        return MG_OUTCOME_INTERMEDIATE;
    case 4:
        return MG_OUTCOME_DEFERRED;
    case 5:
        return MG_OUTCOME_REFUSED;
    default:
        return MG_OUTCOME_INFO;
    }
}
