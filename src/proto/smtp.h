/* SMTP and LMTP: the parser's state, and what its files do for each other.
 *
 *   smtp.c          the parser: offers, holes, the end
 *   smtp-command.c  the client's lines
 *   smtp-text.c     message text: after DATA, in chunks
 *   smtp-reply.c    the server's lines, and which command each reply answers
 *   smtp-outcome.c  what a reply (or its absence) brings about
 *   smtp-handover.c the reply to message text, for all recipients or for each
 *   smtp-mail.c     transactions
 *   smtp-path.c     addresses and parameters; smtp-queue.c queue ids; smtp-tables.c words
 *
 * Commands wait in a queue; replies answer them in order (RFC 5321 4.1, RFC 2920).  Where what
 * follows depends on the reply, reading stops until it is there (READ_WAIT).
 *
 * RFC 5321, RFC 2033 (LMTP), RFC 3030 (BDAT), RFC 4954 (AUTH), RFC 3207 (STARTTLS).
 */
#ifndef MG_PROTO_SMTP_H
#define MG_PROTO_SMTP_H

#include "proto/content.h"
#include "proto/line.h"
#include "proto/parser.h"
#include "proto/sasl.h"
#include "proto/smtp-tables.h"

G_BEGIN_DECLS

/* A domain has at most 255 octets (RFC 5321 4.5.3.1.2); more of a name is not kept. */
#define MG_SMTP_NAME_MAX 255
/* A line of a reply has at most 512 octets (RFC 5321 4.5.3.1.5): a longer one is no keyword. */
#define MG_SMTP_KEYWORD_MAX 512
/* A path has at most 256 octets (RFC 5321 4.5.3.1.3); more of a recipient is not remembered. */
#define MG_SMTP_PATH_MAX 1024

/* One transaction: what MAIL begins.  Counted, since commands of the next one may be sent
 * while this one's last reply is awaited. */
typedef struct {
    guint refs;
    guint number;      /* from 1, over the session */
    gboolean answered; /* its MAIL has a reply, or never gets one, or was not captured */
    gboolean accepted; /* not refused */
    gboolean prdr;
    char *envelope_id;       /* ENVID; NULL = none */
    gboolean ended;          /* HANDOVER or ABANDONED was given */
    guint asked;             /* RCPT commands */
    guint unanswered;        /* RCPT commands whose reply is not known */
    guint agreed;            /* RCPT commands accepted */
    GPtrArray *recipients;   /* accepted paths, char*, at most MG_LIMIT_RECIPIENTS */
    MgContentReader *chunks; /* text of BDAT so far; NULL = none */
    guint burls;             /* BURL commands */
    guint64 chunks_missing;
    MgContent *text; /* has passed, TEXT not given yet; NULL = none */
    MgStamp text_at;
    guint64 text_exchange;
} MgSmtpMail;

/* A command (or message text) without its reply. */
typedef struct {
    MgSmtpWhat what;
    MgExchange *exchange;   /* NULL for the greeting, which nobody asks for */
    gsize weight;           /* octets of its line */
    MgSmtpMail *mail;       /* the transaction at the time it was sent; or NULL */
    char *path;             /* MAIL, RCPT; BURL: the address of the text */
    guint index;            /* RCPT: in its transaction, from 1 */
    gboolean last;          /* BDAT, BURL: LAST */
    gboolean passed;        /* text: its end was seen */
    gboolean too_late;      /* text: it ended after the server had said 421, or had closed */
    gboolean doubt;         /* its reply may be in a hole */
    gboolean bare_lf;       /* its line ended in a bare LF */
    guint settled;          /* LMTP, PRDR: recipients that have their reply */
    GByteArray *outcomes;   /* MgOutcome of these */
    gboolean per_recipient; /* 353: one reply a recipient, then a final one (PRDR) */
} MgSmtpAsked;

typedef enum {
    READ_LINE,
    READ_SASL,
    READ_TEXT,
    READ_CHUNK,
    READ_WAIT, /* the server's answer decides */
} MgSmtpReading;

/* A reply by which the server took a message over. */
typedef struct {
    guint transaction;
    guint64 end; /* in the stream of `by` */
    MgActor by;
} MgSmtpPromise;

typedef struct {
    MgConn *conn;
    MgSession *session;
    gboolean swapped; /* after TURN or ATRN the two sides have changed their parts */
    gboolean is_lmtp;
    gboolean lmtp_port; /* it was LMTP before anything was said */
    MgStamp last_at;    /* of the latest bytes */

    /* Client. */
    MgSmtpReading reading;
    MgSmtpWhat waiting_for; /* READ_WAIT: DATA, AUTH, SASL, STARTTLS, XEXCH50, ATRN, TURN */
    gboolean wait_lost;     /* the answer is in a hole, or tells nothing: look at what follows */
    guint64 wait_octets;    /* XEXCH50: octets that follow a go-ahead */
    GQueue asked;           /* MgSmtpAsked*, oldest first */
    gsize weight;           /* octets of their lines */
    MgSmtpMail *mail;       /* as the client sees it: of the last MAIL sent */
    guint mails;
    MgSmtpAsked *text; /* in the queue: whose text or chunk is being read; NULL = nobody's
                        * (then it is swallowed) */
    MgUnstuff unstuff;
    MgContentReader *reader;           /* READ_TEXT */
    gboolean text_gap;                 /* octets of the text are missing, maybe its end too */
    gboolean text_gap_last;            /* nothing of it came after them */
    gboolean text_lf;                  /* this client ends lines by LF: so does its text */
    guint64 chunk_left;                /* READ_CHUNK */
    gboolean client_long, server_long; /* inside a line that is over the limit */
    gboolean client_hole;              /* lines are distrusted until one is a command */
    gboolean client_lost;              /* commands are missing: replies without one are no wonder */
    gboolean client_seen;              /* anything of the client was seen */
    MgSasl *sasl;
    gboolean auth_seen; /* AUTH was sent and did not succeed yet */
    gboolean quit_seen;
    gboolean bare_lf_noted[2]; /* of the client, of the server */
    gboolean limit_noted, smuggling, backspace_noted;

    /* Server. */
    MgSmtpMail *open; /* as the server sees it: MAIL accepted, not ended */
    gboolean greeted;
    guint64 spoken_at;    /* how far the server was when the client began to speak */
    gboolean closing;     /* 421 or 221 was said */
    gboolean server_hole; /* lines are distrusted until one is a reply */
    gboolean encrypted;
    gboolean veiled;  /* what follows may be encrypted: the session is to look at it */
    MgReply *partial; /* a reply whose last line is not there yet */
    guint partial_code;
    guint64 partial_offset;     /* of the text of its first line in the stream */
    GPtrArray *partial_details; /* MgDetail*, of its lines as EHLO keywords */
    gboolean partial_stale;     /* the client went on as if it were complete */
    gboolean partial_cut;       /* its last line has no end */
    guint64 reply_end;          /* of the latest line in the stream */
    guint64 acked[2];           /* of what client and server sent, by the other */
    gboolean acks[2];           /* anything was acknowledged */
    GArray *promised;           /* MgSmtpPromise */
} MgSmtp;

/* smtp.c */
MgSmtpAsked *mg_smtp_ask(MgSmtp *smtp, MgSmtpWhat what, MgExchange *exchange);
void mg_smtp_asked_free(MgSmtp *smtp, MgSmtpAsked *asked);
void mg_smtp_note(MgSmtp *smtp, MgNoteKind kind, const char *key, MgStamp at, const char *detail);
void mg_smtp_note_bare_lf(MgSmtp *smtp, MgActor by, MgStamp at);
/* The server has taken over the message of this transaction with its latest reply. */
void mg_smtp_promise(MgSmtp *smtp, const MgSmtpMail *mail);
MgActor mg_smtp_client(const MgSmtp *smtp); /* who is the SMTP client now */
MgActor mg_smtp_server(const MgSmtp *smtp);

/* smtp-command.c */
void mg_smtp_command(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes);
void mg_smtp_sasl_line(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes);
/* The line begins with a verb that is known. */
gboolean mg_smtp_is_command(MgSlice line);

/* smtp-path.c: arguments into the exchange, its details and *ret_path. */
typedef struct {
    gboolean prdr;
    char *envelope_id; /* ENVID; NULL = none */
} MgSmtpParameters;
void mg_smtp_read_path(MgExchange *exchange, MgSlice arguments, gboolean of_rcpt, char **ret_path,
                       MgSmtpParameters *ret_parameters);

/* smtp-text.c */
void mg_smtp_text_begin(MgSmtp *smtp, MgSmtpAsked *data);
gsize mg_smtp_text(MgSmtp *smtp, const MgBytes *bytes); /* octets used */
gsize mg_smtp_chunk(MgSmtp *smtp, const MgBytes *bytes);
void mg_smtp_chunk_begin(MgSmtp *smtp, MgSmtpAsked *bdat, guint64 octets, MgStamp at);
void mg_smtp_text_gap(MgSmtp *smtp, const MgGap *gap);
void mg_smtp_chunk_gap(MgSmtp *smtp, const MgGap *gap);
/* The text under way ends here. */
void mg_smtp_text_end(MgSmtp *smtp, gboolean complete, MgStamp at);

/* smtp-mail.c */
MgSmtpMail *mg_smtp_mail_new(MgSmtp *smtp);
MgSmtpMail *mg_smtp_mail_ref(MgSmtpMail *mail); /* NULL is allowed */
void mg_smtp_mail_unref(MgSmtpMail *mail);      /* NULL is allowed */
/* The text has passed: give TEXT now, or after MAIL's reply.  Takes `content`. */
void mg_smtp_mail_text(MgSmtp *smtp, MgSmtpMail *mail, MgContent *content, guint64 exchange,
                       MgStamp at);
void mg_smtp_mail_flush(MgSmtp *smtp, MgSmtpMail *mail);
/* Dropped without a handover.  NULL, or one that has ended, changes nothing. */
void mg_smtp_mail_abandon(MgSmtp *smtp, MgSmtpMail *mail, guint64 exchange, MgStamp at,
                          MgOutcome outcome);
void mg_smtp_mail_handover(MgSmtp *smtp, MgSmtpMail *mail, guint64 exchange, MgStamp at,
                           MgOutcome outcome, const char *name, const char *queue_id,
                           gboolean per_recipient);
void mg_smtp_mail_end(MgSmtp *smtp, MgSmtpMail *mail);

/* smtp-reply.c */
void mg_smtp_reply_line(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes);
void mg_smtp_reply_finish(MgSmtp *smtp); /* what is there of a reply is all there will be */

/* smtp-outcome.c */
typedef struct {
    MgReply *reply;
    guint code;
    GPtrArray *details; /* MgDetail*: its lines from the second on, read as EHLO keywords */
    gboolean cut;       /* its last line has no end: nothing is to be read out of its text */
} MgSmtpReply;
/* `asked`, the oldest, gets `reply`, which is taken.  When that completes it, it is handed on
 * and leaves the queue. */
void mg_smtp_answer(MgSmtp *smtp, MgSmtpAsked *asked, MgSmtpReply *reply);
/* Talk of the server (0yz, sendmail's VERB) while it works on the oldest command: shown with
 * it, and no answer.  Takes the reply. */
void mg_smtp_talk(MgSmtp *smtp, MgSmtpReply *whole);
/* No reply will come.  Frees `asked`, which is no longer in the queue. */
void mg_smtp_give_up(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at);

/* smtp-handover.c */
/* A reply to message text.  TRUE: no further reply belongs to it. */
gboolean mg_smtp_handover(MgSmtp *smtp, MgSmtpAsked *asked, const MgSmtpReply *whole);
/* No answer to it was seen.  After its end both sides may have the message (RFC 1047). */
void mg_smtp_handover_unanswered(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at);

/* smtp-queue.c: queue id in a positive reply to message text; g_free(), or NULL. */
char *mg_smtp_queue_id(const MgReply *reply);

G_END_DECLS

#endif
