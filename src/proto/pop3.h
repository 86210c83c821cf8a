/* Inside the POP3 parser: the table of commands, what waits for an answer, and who does what.
 *
 *   pop3.c          the parser: bytes of both sides, holes, the end
 *   pop3-command.c  a client's line becomes a pending command
 *   pop3-reply.c    a server's line is given to the command it answers
 *   pop3-effect.c   what a command does once its outcome is known
 *   pop3-words.c    facts out of the text of replies
 *
 * RFC 1939, RFC 2449, RFC 2595, RFC 3206, RFC 5034, RFC 6856; RFC 1081 and RFC 1082 for what is
 * old; pop3-commands.tsv.
 */
#ifndef MG_PROTO_POP3_H
#define MG_PROTO_POP3_H

#include "mg-exchange.h"
#include "proto/content.h"
#include "proto/line.h"
#include "proto/parser.h"
#include "proto/sasl.h"

G_BEGIN_DECLS

/* What an accepting answer looks like. */
typedef enum {
    POP3_SINGLE,  /* the status line is all */
    POP3_LISTING, /* lines up to a lone dot */
    POP3_TEXT,    /* a message up to a lone dot */
    POP3_EITHER,  /* what comes next tells */
    POP3_SASL,    /* "+" asks for the next piece of an authentication exchange */
    POP3_XMIT,    /* now the client sends a message, and gets a second answer */
} Pop3Answer;

/* Which form of a verb a row is for. */
typedef enum { POP3_ANY, POP3_BARE, POP3_WITH } Pop3Form;

/* Verb, second word of the verb or NULL, form, name, key, answer. */
#define POP3_COMMANDS(ROW)                                                                         \
    ROW("USER", NULL, ANY, USER, "pop3.user", SINGLE)                                              \
    ROW("PASS", NULL, ANY, PASS, "pop3.pass", SINGLE)                                              \
    ROW("APOP", NULL, ANY, APOP, "pop3.apop", SINGLE)                                              \
    ROW("AUTH", NULL, WITH, AUTH, "pop3.auth", SASL)                                               \
    ROW("AUTH", NULL, BARE, AUTH_LIST, "pop3.auth-list", LISTING)                                  \
    ROW("CAPA", NULL, ANY, CAPA, "pop3.capa", LISTING)                                             \
    ROW("STLS", NULL, ANY, STLS, "pop3.stls", SINGLE)                                              \
    ROW("UTF8", NULL, ANY, PLAIN, "pop3.utf8", SINGLE)                                             \
    ROW("LANG", NULL, BARE, PLAIN, "pop3.lang", LISTING)                                           \
    ROW("LANG", NULL, WITH, LANG_SET, "pop3.lang-set", SINGLE)                                     \
    ROW("XOIP", NULL, ANY, XOIP, "pop3.xoip", SINGLE)                                              \
    ROW("XCLIENT", NULL, ANY, XCLIENT, "pop3.xclient", SINGLE)                                     \
    ROW("STAT", NULL, ANY, STAT, "pop3.stat", SINGLE)                                              \
    ROW("LIST", NULL, BARE, LIST, "pop3.list", LISTING)                                            \
    ROW("LIST", NULL, WITH, LIST_ONE, "pop3.list-one", SINGLE)                                     \
    ROW("UIDL", NULL, BARE, UIDL, "pop3.uidl", LISTING)                                            \
    ROW("UIDL", NULL, WITH, UIDL_ONE, "pop3.uidl-one", SINGLE)                                     \
    ROW("RETR", NULL, ANY, RETR, "pop3.retr", TEXT)                                                \
    ROW("TOP", NULL, ANY, TOP, "pop3.top", TEXT)                                                   \
    ROW("DELE", NULL, ANY, DELE, "pop3.dele", SINGLE)                                              \
    ROW("RSET", NULL, ANY, RSET, "pop3.rset", SINGLE)                                              \
    ROW("NOOP", NULL, ANY, PLAIN, "pop3.noop", SINGLE)                                             \
    ROW("QUIT", NULL, ANY, QUIT, "pop3.quit", SINGLE)                                              \
    ROW("LAST", NULL, ANY, LAST, "pop3.last", SINGLE)                                              \
    ROW("RPOP", NULL, ANY, RPOP, "pop3.rpop", SINGLE)                                              \
    ROW("XTND", "BBOARDS", ANY, XTND_BBOARDS, "pop3.xtnd-bboards", LISTING)                        \
    ROW("XTND", "ARCHIVE", ANY, XTND_ARCHIVE, "pop3.xtnd-archive", LISTING)                        \
    ROW("XTND", "X-BBOARDS", ANY, XTND_NAME, "pop3.xtnd-xbboards", LISTING)                        \
    ROW("XTND", "XMIT", ANY, XTND_XMIT, "pop3.xtnd-xmit", XMIT)                                    \
    ROW("XTND", "XLIST", ANY, XTND_NAME, "pop3.xtnd-xlist", LISTING)                               \
    ROW("XTND", "SCAN", ANY, XTND_NAME, "pop3.xtnd-scan", LISTING)                                 \
    ROW("XTND", NULL, ANY, XTND_NAME, "pop3.xtnd", EITHER)                                         \
    ROW("XSENDER", NULL, ANY, XSENDER, "pop3.xsender", SINGLE)                                     \
    ROW("XAUTHLIST", NULL, ANY, PLAIN, "pop3.xauthlist", LISTING)                                  \
    ROW("XTLS", NULL, ANY, STLS, "pop3.stls", SINGLE)                                              \
    ROW("XTX", NULL, ANY, PLAIN, "pop3.xtx", EITHER)

/* What is sent without a verb of its own. */
#define POP3_OTHERS(ROW)                                                                           \
    ROW(NULL, NULL, ANY, AUTH_RESPONSE, "pop3.auth-response", SASL)                                \
    ROW(NULL, NULL, ANY, AUTH_CANCEL, "pop3.auth-cancel", SINGLE)                                  \
    ROW(NULL, NULL, ANY, UNKNOWN, "pop3.unknown", EITHER)                                          \
    ROW(NULL, NULL, ANY, ANSWER, "pop3.answer", EITHER)

typedef enum {
    POP3_DO_PLAIN, /* nothing but its answer */
    POP3_DO_USER,
    POP3_DO_PASS,
    POP3_DO_APOP,
    POP3_DO_RPOP,
    POP3_DO_AUTH,
    POP3_DO_AUTH_RESPONSE,
    POP3_DO_AUTH_CANCEL,
    POP3_DO_AUTH_LIST,
    POP3_DO_CAPA,
    POP3_DO_STLS,
    POP3_DO_LANG_SET,
    POP3_DO_XOIP,
    POP3_DO_XCLIENT,
    POP3_DO_STAT,
    POP3_DO_LIST,
    POP3_DO_LIST_ONE,
    POP3_DO_UIDL,
    POP3_DO_UIDL_ONE,
    POP3_DO_RETR,
    POP3_DO_TOP,
    POP3_DO_DELE,
    POP3_DO_RSET,
    POP3_DO_QUIT,
    POP3_DO_LAST,
    POP3_DO_XTND_BBOARDS,
    POP3_DO_XTND_ARCHIVE,
    POP3_DO_XTND_XMIT,
    POP3_DO_XTND_NAME,
    POP3_DO_XSENDER,
    POP3_DO_UNKNOWN,
    POP3_DO_ANSWER, /* an answer whose command was not captured */
} Pop3Do;

typedef struct {
    const char *verb;
    const char *second;
    Pop3Form form;
    Pop3Do does;
    const char *key;
    Pop3Answer answer;
} Pop3Row;

typedef enum {
    POP3_AT_STATUS,  /* no status line yet */
    POP3_AT_LISTING, /* between the status line and the dot */
    POP3_AT_TEXT,
    POP3_AT_EITHER, /* behind the status line; maybe that is all */
    POP3_AT_XMIT,   /* the client sends its message */
} Pop3At;

/* One command that is not answered to the end.  Owned by the queue. */
typedef struct {
    const Pop3Row *row;
    MgExchange *exchange;
    Pop3At at;
    MgReply *reply;          /* the last of exchange->replies; NULL = none yet */
    GPtrArray *stray;        /* MgText: lines before the status line; NULL = none */
    char *user;              /* who logs in with it */
    guint64 number;          /* of the message; 0 = none, or not to be trusted */
    guint64 asked;           /* TOP: body lines */
    guint64 announced;       /* octets, by the reply or LIST; 0 = not */
    guint64 listed;          /* lines of a listing that could be read */
    MgContentReader *reader; /* of the text that streams by */
    MgUnstuff unstuff;
    gboolean line_begins; /* the text's next octet begins a line */
    gboolean torn;        /* a hole lies in its answer, or may hold it */
    gboolean late;        /* its answer had begun before the capture, or in a hole */
    gboolean after_head;  /* sent when the first answer in the queue had begun */
    gboolean unended;     /* its line had no end: a hole may have cut its arguments */
    gboolean whole;       /* TOP: all of the message came */
    gboolean mangled;     /* RETR or TOP with x-mangle: not the original comes */
} Pop3Pending;

typedef enum {
    POP3_UNSURE, /* the capture began in the middle, or the login is in a hole */
    POP3_AUTHORIZATION,
    POP3_TRANSACTION,
    POP3_OVER, /* QUIT was answered, or never will be */
} Pop3State;

typedef struct {
    MgConn *conn;
    Pop3State state;
    GQueue queue;            /* Pop3Pending*, oldest first */
    Pop3Pending *empty_line; /* an empty line: some servers answer it, some do not */
    gboolean greeted;
    gboolean whole; /* nothing is missing from the session so far */
    gboolean client_spoke;
    gboolean client_torn;    /* a hole in the client's bytes: answers without command may come */
    gboolean fragment[2];    /* by actor: the next octets may begin in the middle of a line */
    gboolean skipping[2];    /* by actor: in a line over the limit, up to its end */
    gboolean cut_before_gap; /* the client's last line had no end */
    gboolean encrypted;
    MgSasl *sasl;         /* the exchange under way or the last one; NULL = none */
    gboolean sasl_asked;  /* the client's next line answers a "+" */
    gboolean sasl_lost;   /* it may: the server's word is in a hole */
    gboolean login_tried; /* unknown lines may be misplaced secrets */
    char *user;           /* of the last USER */
    GHashTable *sizes;    /* message number → octets, as LIST said */
    GHashTable *marks;    /* numbers of accepted DELE commands, a set */
    guint transactions;   /* of XTND XMIT */
} Pop3;

/* pop3-command.c */
const MgProtoRow *pop3_rows(guint *ret_n);
const Pop3Row *pop3_row(Pop3Do does);
/* Does the line begin with a known verb? */
gboolean pop3_is_command(MgSlice line);
/* One line of the client: becomes pending. */
void pop3_client_line(Pop3 *self, const MgLine *line, const MgBytes *bytes);

/* pop3-reply.c */
/* One line of the server.  FALSE: it was not consumed, look at the state again. */
gboolean pop3_server_line(Pop3 *self, const MgLine *line, const MgBytes *bytes);
/* Octets of a message's text at the head of the queue.  MG_MORE, or MG_DONE with *ret_used
 * octets consumed, perhaps none; look at the state again. */
MgStatus pop3_server_text(Pop3 *self, const MgBytes *bytes, gsize at, gsize *ret_used);
/* Octets of the message that XTND XMIT sends. */
gsize pop3_client_text(Pop3 *self, const MgBytes *bytes, gsize at);
/* The text at the head has ended; complete: by its dot. */
void pop3_text_ends(Pop3 *self, gboolean complete, MgStamp at);
/* The head is as complete as it will get. */
void pop3_give_up(Pop3 *self, MgStamp at);
void pop3_note(Pop3 *self, MgNoteKind kind, const char *key, const MgLine *line,
               const MgBytes *bytes);
gboolean pop3_is_status(MgSlice line);

/* pop3-effect.c */
/* Effects of the head with this outcome, then hand the exchange on and free the head.
 * status: the text of the status line, empty where there is none. */
void pop3_finish(Pop3 *self, MgOutcome outcome, MgStamp at, MgSlice status);
/* One line of a listing. */
void pop3_listed(Pop3 *self, Pop3Pending *pending, MgSlice line, MgStamp at);
void pop3_greeted(Pop3 *self, MgExchange *greeting, MgSlice line, MgStamp at);
void pop3_drop(Pop3 *self, const MgFlowEnd *end);
void pop3_pending_free(Pop3Pending *pending);

/* pop3-words.c */
/* The response code of a status line (RFC 2449 section 8), in capitals, or NULL. */
char *pop3_code(MgSlice line);
const char *pop3_code_key(const char *code);
const char *pop3_capability_key(MgSlice name);
/* "+OK 2 320", "2 messages (320 octets)": FALSE where it is not clear. */
gboolean pop3_maildrop(MgSlice status, guint64 *ret_count, guint64 *ret_octets);
/* "120 octets" anywhere in the line; 0 = not said. */
guint64 pop3_octets(MgSlice status);
/* What a server calls itself in its greeting, or NULL. */
char *pop3_host(MgSlice greeting);
gboolean pop3_is_greeting(MgSlice line);

/* Add a detail, up to MG_LIMIT_DETAILS. */
void pop3_detail(MgExchange *exchange, MgSlice token, const char *key, gboolean in_reply);

G_END_DECLS

#endif
