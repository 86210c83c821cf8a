/* proto: ordered bytes of both directions in, effects and exchanges out.
 *
 * Takes the flows of tcp.  Finds out which of them speak mail and which side is the server
 * (SYN, port, greeting), reads both directions of a session together and gives
 *
 *   - sessions: one per mail connection, numbered from 1 as they are recognised;
 *   - effects, in wire order, as each line (or message text) completes, in the protocol's own
 *     terms ("message number 3", "UID 17 of INBOX", "this transaction"), each tagged with the
 *     exchange it belongs to;
 *   - exchanges: one command with its replies, when complete, numbered as steps;
 *   - notes: holes, unreadable stretches, oddities.
 *
 * The reply makes it happen: an effect that hangs on a reply is given with the reply and
 * carries its outcome; effects that are facts on the wire by themselves (an untagged EXPUNGE,
 * a complete literal) are given at once, because later numbers depend on them.
 *
 * Knows nothing of messages, of other connections, of words.  Everything that is handed on is
 * borrowed during the call unless it is reference-counted.
 */
#ifndef MG_EXCHANGE_H
#define MG_EXCHANGE_H

#include "mg-base.h"
#include "mg-flow.h"

G_BEGIN_DECLS

/* ---- Sessions ---- */

/* One mail connection.  Owned by proto; lives from session_open to the end of session_close. */
typedef struct {
    guint number; /* from 1 */
    guint64 flow;
    MgProtocol protocol;
    gboolean by_greeting; /* recognised by what was said, not by the port */
    MgSide client_side;   /* the flow's side that is the client */
    MgEndpoint client;
    MgEndpoint server;
    char *client_name; /* EHLO, HELO, LHLO argument or IMAP ID name; NULL = not said (yet) */
    char *server_name; /* from the greeting or the EHLO reply; NULL = not said (yet) */
    char *account;     /* user name of the login that was accepted; NULL = none (yet) */
    gboolean authenticated;
    MgStamp start;
    gboolean complete_start;
    MgStamp end; /* valid when how_ended is not MG_ENDED_OPEN */
    MgHowEnded how_ended;
    MgActor ended_by;      /* who sent FIN or RST first; NONE where that says nothing */
    guint64 client_octets; /* put in order */
    guint64 server_octets;
    guint64 missing_octets;      /* both directions */
    guint64 encrypted_from_step; /* 0 = never */
    guint64 encrypted_client_octets;
    guint64 encrypted_server_octets;
    guint64 tls_records; /* application data records counted in both directions */
} MgSession;

/* ---- Lines, replies, exchanges ---- */

/* A secret inside text: where in the text, and where in the stream of that direction. */
typedef struct {
    gsize at;
    gsize len;
    guint64 stream_offset;
} MgSecret;

/* Captured text: one line, or a command line with its short literals, without the final
 * CR LF.  Bytes as sent: maybe not UTF-8, maybe with control characters. */
typedef struct {
    GString *text;
    GArray *secrets; /* MgSecret, in order, not overlapping; NULL = none */
} MgText;

/* One reply: an SMTP reply of several lines, a POP3 status line with its listing, one IMAP
 * response line. */
typedef struct {
    char *code;       /* "250", "+OK", "-ERR", "OK", "NO", "BAD", "EXISTS", "+"; never NULL */
    char *enhanced;   /* "2.0.0" (RFC 3463) or POP3 or IMAP response code "TRYCREATE"; or NULL */
    GPtrArray *lines; /* MgText*, without the SMTP code; at most MG_LIMIT_REPLY_LINES */
    guint more_lines; /* how many more there were */
    MgOutcome outcome;
    const char *key;  /* glossary group that explains it in this context
                       * ("smtp.reply.250.rcpt"), or NULL: by the command and outcome */
    GHashTable *args; /* placeholders of its own sentence, as those of an exchange; NULL = none */
    MgFrames frames;
    MgStamp at; /* its last octet */
} MgReply;

/* One hop, as a Received field tells it (RFC 5321 section 4.4).  Whoever held the message may
 * have written it, so it is a claim.  Each NULL where it is not told. */
typedef struct {
    char *from;    /* what the sending side called itself */
    char *address; /* of the sending side, as the receiving one saw it: "192.0.2.1" */
    char *by;      /* the receiving side */
    char *with;    /* "ESMTPS" */
    char *id;      /* queue id at the receiving side */
    char *date;    /* as written */
} MgHop;

/* Of the value of a Received field; never NULL. */
MgHop *mg_hop_new(const char *received);
void mg_hop_free(MgHop *hop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgHop, mg_hop_free)

/* One group of a report: what became of one recipient. */
typedef struct {
    char *recipient;  /* address, its type taken off; NULL = not said */
    char *original;   /* as the author first wrote it; NULL = not said */
    char *action;     /* lower case: "failed", "delayed", "delivered", "relayed", "expanded"
                       * (RFC 3464 section 2.3.3); of a receipt "displayed", "deleted" …
                       * (RFC 8098 section 3.2.6); never NULL */
    char *status;     /* "5.1.1"; NULL = not said */
    char *diagnostic; /* "smtp; 550 5.1.1 …"; NULL = not said */
} MgReportRecipient;

/* What a multipart/report says about the message that it reports on.  Valid UTF-8.
 * Reference-counted by GLib's rc box: g_rc_box_acquire(), mg_report_unref(). */
typedef struct {
    gboolean is_receipt;   /* of reading (RFC 8098), not of delivery (RFC 3464) */
    char *message_id;      /* of the returned message or header, or named; NULL = none */
    char *envelope_id;     /* Original-Envelope-Id; NULL = none */
    char *queue_id;        /* of the reporting server, where it tells; NULL = none */
    char *reporting_mta;   /* its name, without the type; NULL = none */
    char **received;       /* Received fields of the returned header, newest first; NULL = none */
    GPtrArray *recipients; /* MgReportRecipient*, at most MG_LIMIT_REPORT_GROUPS; never NULL */
} MgReport;

MgReport *mg_report_new(void);
void mg_report_recipient_free(MgReportRecipient *recipient);
void mg_report_unref(MgReport *report); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgReport, mg_report_unref)

/* Facts about the text of a message that passed by: from DATA, BDAT, RETR, TOP, APPEND, FETCH.
 * Gathered while it streams; the text itself is not kept.  Reference-counted by GLib's rc box:
 * g_rc_box_acquire(), mg_content_unref(). */
typedef struct {
    guint64 octets; /* of the message, dot-stuffing undone */
    guint64 lines;
    guint64 missing;     /* octets of it that are in holes */
    gboolean complete;   /* its end mark was seen */
    gboolean has_header; /* the header block passed whole, up to the empty line */
    gboolean has_body;   /* octets after the header block passed */
    char *message_id;    /* with its angle brackets, trimmed; NULL = none seen */
    char *subject;       /* encoded words undone (RFC 2047), UTF-8; NULL = none seen */
    char *from;          /* addresses as "bob@example.org", several joined by ", " */
    char **to;           /* addresses of To and Cc; NULL-terminated; NULL = none */
    char *date;          /* as written */
    char *in_reply_to;
    char **received;     /* Received fields unfolded, newest first; NULL = none */
    gboolean is_report;  /* multipart/report: a delivery report or receipt (RFC 3464, 8098) */
    MgReport *report;    /* what it says; NULL = none, or that part was not seen whole */
    char *fingerprint;   /* hex SHA-256 over the header fields that servers do not change
                          * (location-rules.md section 8) and the body; NULL unless complete */
    char *body_digest;   /* hex SHA-256 of the body alone; NULL unless complete */
    guint64 text;        /* its number among the texts that passed (MgTextPassed); 0 = none */
    char *head;          /* header block as sent, at most MG_LIMIT_HEADER; for display */
    gsize head_len;
} MgContent;

MgContent *mg_content_new(void);
void mg_content_unref(MgContent *content); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgContent, mg_content_unref)

/* A part of a command or reply that has an explanation of its own, for the deep text: an EHLO
 * keyword, a MAIL parameter, a fetch item, a search key. */
typedef struct {
    char *token;     /* as written: "SIZE=1024" */
    const char *key; /* glossary group ("smtp.extension.size"), or NULL = not known */
    gboolean in_reply;
    GHashTable *args; /* placeholders of its own sentence; NULL = those of the exchange */
} MgDetail;

typedef struct {
    guint64 id;   /* unique in a run, given when the command begins */
    guint64 step; /* from 1 in order of completion; 0 until complete */
    const MgSession *session;
    MgStepKind kind;
    MgActor actor;
    const char *key;    /* glossary group, a key of the fact tables ("smtp.mail"); never NULL */
    char *verb;         /* "RCPT", "UID FETCH"; NULL = none */
    gboolean known;     /* FALSE: no explanation for this verb */
    MgText *line;       /* client's line; NULL where there is none.  For kind content: NULL, see
                         * `content` */
    MgContent *content; /* message text that travelled in this exchange, either way, or NULL;
                         * the largest where there were several */
    MgFrames frames;    /* of the line or content */
    MgStamp at;         /* of the line's first octet; for actor server: of the reply's */
    GPtrArray *replies; /* MgReply*, in wire order, never NULL; IMAP: untagged ones that came
                         * while it was the oldest open command, at most
                         * MG_LIMIT_REPLY_LINES, and always the tagged one */
    guint more_replies; /* how many more there were */
    MgOutcome outcome;
    const char *variant; /* static: narrows the sentence ("ok-<variant>"); or NULL */
    GHashTable *args;    /* placeholder name → text, both owned: {number}, {folder},
                          * {octets}, {address}, {mechanism} …; never NULL */
    GPtrArray *details;  /* MgDetail*, never NULL */
} MgExchange;

/* ---- Effects ---- */

/* What a line does, in the protocol's terms.  The comment names the fields of MgEffect that
 * are set; the others are zero.  `outcome` is always set.  Unless said otherwise an effect is
 * given whatever its outcome is: refused and unanswered commands matter too. */
typedef enum {
    /* Session */
    MG_EFFECT_LOGIN,     /* name = account, or NULL where the user is not readable */
    MG_EFFECT_NAMED,     /* name = what that party calls itself, by = who says so */
    MG_EFFECT_ENCRYPTED, /* TLS, a SASL layer or an unknown compression begins after this */

    /* SMTP and LMTP.  `transaction` counts MAIL commands of the session from 1.  By RFC 5321
     * nothing moves before HANDOVER. */
    MG_EFFECT_MAIL, /* transaction, name = reverse path ("" for <>), text = ENVID (RFC 3461
                     * section 4.4; NULL = none); at the reply */
    MG_EFFECT_RCPT, /* transaction, name = forward path, number = index of the RCPT in the
                     * transaction from 1; at the reply */
    MG_EFFECT_TEXT, /* transaction, content (complete or not): the text has passed; outcome is
                     * MG_OUTCOME_INFO.  For BDAT: once, when LAST's chunk has passed, or the
                     * transaction was dropped */
    MG_EFFECT_HANDOVER, /* transaction, name = recipient, or NULL = all accepted ones; text =
                         * queue id read from the reply, or NULL; flag = LMTP or PRDR: final
                         * per recipient.  outcome ok: the server is responsible now.
                         * UNANSWERED: the connection ended (or a hole swallowed the reply)
                         * after the end mark: both sides may have it */
    MG_EFFECT_ABANDONED, /* transaction dropped without a HANDOVER: RSET, EHLO, QUIT, refused
                          * DATA, the connection's end */

    /* POP3.  `number` is the message number of this session. */
    MG_EFFECT_MAILDROP, /* login accepted: count = messages, octets = size, where the server
                         * said so in its reply (count G_MAXUINT64 = not said) */
    MG_EFFECT_STAT,     /* count, octets */
    MG_EFFECT_LIST,     /* one scan line: number, octets */
    MG_EFFECT_UIDL,     /* one line: number, name = unique-id */
    MG_EFFECT_LISTED,   /* a listing without argument is complete: count = its lines;
                         * flag = it was UIDL */
    MG_EFFECT_RETR,     /* number, content; octets = what the reply or LIST announced, 0 = not;
                         * MG_OUTCOME_UNANSWERED with content = broken off; flag = its answer, or
                         * a part of it, is in a hole.  number 0: the command is not in the
                         * capture; flag also: it may have been TOP */
    MG_EFFECT_TOP,      /* number, content, count = body lines asked for, octets = what LIST
                         * announced, 0 = not; flag = fewer body lines came than were asked
                         * for, so this is the whole message (RFC 1939 section 7) */
    MG_EFFECT_DELE,     /* number */
    MG_EFFECT_POP_RSET,
    MG_EFFECT_POP_QUIT, /* flag = sent in the TRANSACTION state */
    MG_EFFECT_POP_DROP, /* the connection ended without QUIT in the TRANSACTION state */

    /* IMAP: the command line is complete.  What it addresses is to be resolved now, by the
     * numbering of this moment; the DONE effect of the same exchange applies it. */
    MG_EFFECT_ADDRESS, /* set = sequence set as written, flag = by UID, key = the command's row
                        * ("imap.store"), folder = destination where it has one, flags and
                        * mode for STORE, text = the items as written for FETCH or NULL;
                        * FETCH: flags = \Seen where reading sets it, count = 1 where the flags
                        * are asked for */
    /* IMAP: the tagged reply is there (or, UNANSWERED, never comes). */
    MG_EFFECT_SELECT, /* given twice: when the server leaves the old folder (outcome
                       * INTERMEDIATE: it is closed without expunging), which [CLOSED] or the
                       * new folder's first line tells, and at the tagged reply.  folder, flag =
                       * read-only (EXAMINE, or [READ-ONLY] in the reply).  folder NULL: the command
                       * lies in a hole */
    MG_EFFECT_CLOSE,  /* CLOSE: marked messages go silently */
    MG_EFFECT_UNSELECT,
    MG_EFFECT_FETCH_DONE,    /* flag = its answer, or a part of it, is in a hole; name = set of
                              * [DOWNGRADED]: what these UIDs brought is a stand-in; or NULL */
    MG_EFFECT_STORE_DONE,    /* mode, flags, flag = .SILENT; set = UIDs or numbers of [MODIFIED] or
                              * NULL; of STORE, COPY and MOVE: count and uid = of [MESSAGELIMIT],
                              * how many were processed, from the highest UID down to this one;
                              * 0 = all */
    MG_EFFECT_COPY_DONE,     /* folder */
    MG_EFFECT_MOVE_DONE,     /* folder */
    MG_EFFECT_EXPUNGE_DONE,  /* EXPUNGE, or UID EXPUNGE with set; flag as FETCH_DONE */
    MG_EFFECT_APPEND,        /* folder, content, flags; one per message; uid, uidvalidity from
                              * [APPENDUID] or 0; number = index in a MULTIAPPEND from 1; flag =
                              * CATENATE, sent to its end; count = 1: after the server had closed, so
                              * it stored nothing */
    MG_EFFECT_FOLDER_DELETE, /* folder */
    MG_EFFECT_FOLDER_RENAME, /* folder, name = new name */
    MG_EFFECT_LOGOUT,
    /* IMAP: lines the server says, asked or unasked; they act at once. */
    MG_EFFECT_EXISTS,         /* count */
    MG_EFFECT_EXPUNGED,       /* number */
    MG_EFFECT_VANISHED,       /* set of UIDs, flag = (EARLIER) */
    MG_EFFECT_UIDVALIDITY,    /* uidvalidity */
    MG_EFFECT_UIDNEXT,        /* uid */
    MG_EFFECT_PERMANENTFLAGS, /* flags */
    MG_EFFECT_FETCHED,        /* one FETCH response is complete: number (0 for UIDFETCH), uid (0 =
                               * not told), flags (NULL = not told), octets = RFC822.SIZE (0 =
                               * not told), name = EMAILID or X-GM-MSGID or NULL, parts;
                               * content = facts from ENVELOPE or header fields, or NULL;
                               * text = sections of its parts by BODYSTRUCTURE, in order: "1 2.1",
                               * M behind that of a message, whose parts follow: "2M 2.1"; or
                               * NULL */
    MG_EFFECT_SEARCHED,       /* set = numbers or UIDs found, flag = UIDs; text = the search
                               * program when it is exactly ALL, else NULL */
    MG_EFFECT_COPYUID,        /* uidvalidity, set = source UIDs, name = destination UIDs; given
                               * when the line comes */
    MG_EFFECT_STATUS,         /* folder, count = MESSAGES (G_MAXUINT64 = not told), uid = UIDNEXT,
                               * uidvalidity */
    MG_EFFECT_LISTED_FOLDER,  /* folder, flags = attributes (\Sent, \Trash …), text = its
                               * hierarchy separator or NULL */
    MG_EFFECT_HOLE, /* POP3, IMAP: octets of the server are missing here; octets, flag = what
                     * they said may have moved message numbers */

    /* SMTP and LMTP again: the connection broke, and the sending side never acknowledged the
     * reply by which the HANDOVER of `transaction` was ok.  It may not have it and send again. */
    MG_EFFECT_UNREAD,
    /* SMTP, before the HANDOVER: the whole text of the transaction is this message of a mailbox
     * (RFC 4468): name = its user or NULL, text = its host or NULL, folder, uid, uidvalidity or
     * 0. */
    MG_EFFECT_BURL,
    /* IMAP: the text of a message that a URL names came (RFC 4467 section 7): name = its user or
     * NULL, text = its host or NULL, folder, uid, uidvalidity or 0, parts as in a FETCH; flag =
     * only a server that sends for the user may use this URL. */
    MG_EFFECT_URL_FETCHED,
    /* IMAP: STORE X-GM-LABELS is answered: flags = the labels, system ones as `\Inbox`; mode.  A
     * label is a folder that shows the one stored message. */
    MG_EFFECT_LABELS_DONE,
} MgEffectKind;

typedef enum {
    MG_FLAGS_REPLACE, /* FLAGS */
    MG_FLAGS_ADD,     /* +FLAGS */
    MG_FLAGS_REMOVE,  /* -FLAGS */
} MgFlagsMode;

/* Text of a message that came in one FETCH response (RFC 9051 section 7.5.2). */
typedef struct {
    char *item;         /* normalised upper case, without PEEK and <>: "BODY[]",
                         * "BODY[HEADER]", "BODY[TEXT]", "BODY[1.2]", "RFC822",
                         * "RFC822.HEADER", "RFC822.TEXT", "BINARY[]",
                         * "BODY[HEADER.FIELDS (FROM SUBJECT)]" */
    guint64 octets;     /* that came */
    guint64 origin;     /* first octet of a slice <origin>; G_MAXUINT64 = not a slice */
    gboolean complete;  /* the literal came to its end */
    guint64 missing;    /* octets of it that are in holes, where its end was seen */
    gboolean nil;       /* NIL came in place of text */
    guint64 text;        /* as MgContent.text; of whole messages and slices of them */
    MgContent *content; /* for whole messages and header blocks, and for the slice of BODY[]
                         * that makes the header whole (then of all slices up to it); else
                         * NULL */
    GBytes *slice;      /* of a slice that begins in the first MG_LIMIT_HEADER octets of
                         * BODY[]: at most so many of its own; else NULL */
} MgPart;

typedef struct {
    MgEffectKind kind;
    const MgSession *session;
    guint64 exchange; /* id of the exchange it belongs to; 0 = none is open */
    MgStamp at;       /* the last octet that made it so: the proof */
    MgOutcome outcome;
    MgActor by;
    guint transaction;
    guint64 number;
    guint64 count;
    guint64 octets;
    guint32 uid;
    guint32 uidvalidity;
    const char *key; /* IMAP: the row of the command it belongs to, where there is one */
    const char *name;
    const char *text;
    const char *folder; /* UTF-8, modified UTF-7 undone (RFC 3501 section 5.1.3); INBOX in
                         * capitals */
    const char *set;
    const char *const *flags; /* NULL-terminated, as written: "\\Deleted" is `\Deleted` */
    MgFlagsMode mode;
    gboolean flag;
    MgContent *content;   /* acquire a reference to keep it */
    MgPart *const *parts; /* NULL-terminated; NULL = none */
} MgEffect;

/* ---- The stage ---- */

/* A secret that stands in the stream, as it is recognised: before the octets behind it are
 * taken.  Borrowed during the call. */
typedef struct {
    MgActor actor;         /* who sent it */
    guint64 stream_offset; /* G_MAXUINT64: it was inside compressed octets and stands somewhere
                            * in what was offered last, or shortly before */
    MgSlice octets;
    const char *mechanism; /* base64 of this SASL mechanism; NULL = readable as it stands */
    const char *user;      /* the name inside it, which is no secret; NULL = not known */
} MgSecretFound;

/* A piece of a message's text while it streams by: dot-stuffing undone, chunks in order. */
typedef struct {
    guint64 text;    /* number of the text, from 1 in a run; told again by MgContent or MgPart */
    MgSlice octets;  /* borrowed */
    guint64 missing; /* or so many octets are missing here */
} MgTextPassed;

typedef struct {
    /* Just before the first effect, exchange or note of the session: its greeting was read. */
    void (*session_open)(gpointer user, const MgSession *session);
    void (*effect)(gpointer user, const MgEffect *effect);
    /* Complete.  Steps are numbered in this order. */
    void (*exchange)(gpointer user, const MgExchange *exchange);
    void (*note)(gpointer user, const MgNote *note);
    void (*session_close)(gpointer user, const MgSession *session);
    /* For those who mask packets.  May be NULL. */
    void (*secret)(gpointer user, const MgSession *session, const MgSecretFound *secret);
    /* For those who keep whole messages.  May be NULL. */
    void (*text)(gpointer user, const MgSession *session, const MgTextPassed *passed);
    gpointer user;
} MgExchangeSink;

typedef struct MgProto MgProto;

MgProto *mg_proto_new(const MgExchangeSink *sink);
void mg_proto_free(MgProto *proto);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgProto, mg_proto_free)

/* Decode connections of this server port as `protocol` (option -d). */
void mg_proto_set_port(MgProto *proto, guint16 port, MgProtocol protocol);
/* The protocol a port is known for, -d included; NONE = by greeting. */
MgProtocol mg_proto_port(const MgProto *proto, guint16 port);

/* The receiver side of tcp: fill in a flow sink that feeds this stage.  `note` is set too and
 * passes tcp's notes through. */
void mg_proto_flow_sink(MgProto *proto, MgFlowSink *ret_sink);

/* The rows that the parsers can name: commands (verb is not NULL) and events, data, replies of
 * known context.  For the test that holds tables, glossary and dialogues together. */
typedef struct {
    const char *key;  /* glossary group, key of the fact tables */
    const char *verb; /* "RETR", "UID FETCH"; NULL = no command */
} MgProtoRow;
const MgProtoRow *mg_proto_rows(MgProtocol protocol, guint *ret_n);

/* For proto's own parsers, for tests, and for those that build an exchange by hand. */
MgText *mg_text_new(const char *text, gssize len);
void mg_text_free(MgText *text);
MgReply *mg_reply_new(const char *code, MgOutcome outcome);
void mg_reply_free(MgReply *reply);
void mg_part_free(MgPart *part);
void mg_detail_free(MgDetail *detail);
MgExchange *mg_exchange_new(const MgSession *session, MgStepKind kind, const char *key);
void mg_exchange_free(MgExchange *exchange);
void mg_exchange_arg(MgExchange *exchange, const char *name, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void mg_reply_arg(MgReply *reply, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
void mg_detail_arg(MgDetail *detail, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgText, mg_text_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgReply, mg_reply_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPart, mg_part_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgDetail, mg_detail_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgExchange, mg_exchange_free)

G_END_DECLS

#endif
