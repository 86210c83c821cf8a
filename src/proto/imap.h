/* The inside of the IMAP parser: one session's state, shared by its files.
 *
 *   imap.c           both directions: literals, waiting, holes, the end
 *   imap-open.c      commands that are open: pairing, when they start, when they are done
 *   imap-command.c   what a command line says: arguments of each verb
 *   imap-upload.c    the same of APPEND and REPLACE
 *   imap-commands.c  the table of verbs
 *   imap-done.c      what a tagged reply makes happen
 *   imap-auth.c      LOGIN, AUTHENTICATE, and what they hide
 *   imap-response.c  the server's lines: whose they are
 *   imap-owner.c     the same of FETCH lines, where several FETCH commands are open
 *   imap-untagged.c  what untagged ones say
 *   imap-resync.c    which line can be trusted after a hole
 *   imap-fetch.c     FETCH lines with the texts in them
 *   imap-slices.c    a header that comes in slices
 *   imap-envelope.c  ENVELOPE as content facts
 *   imap-structure.c BODYSTRUCTURE as sections
 *   imap-codes.c     response codes
 *   imap-details.c, imap-items.c   tokens with an explanation of their own
 *   imap-arguments.c  arguments with an explanation of their own; by their kind:
 *   imap-rights.c     ACL (RFC 4314)
 *   imap-facts.c      STATUS, QUOTA, NAMESPACE, ID and other tables of facts
 *   imap-notes.c      METADATA and ANNOTATION
 *   imap-options.c    options of LIST, SELECT, NOTIFY, SORT, THREAD, SEARCH, STORE …
 *   imap-urlfetch.c   texts that come by such URLs
 *   imap-access.c     URLs with access tokens, push tokens
 *   imap-utf7.c      folder names
 *   imap-parse.c, imap-token.c, imap-tree.c, imap-set.c   the grammar
 *
 * RFC 3501, RFC 9051 and the extensions named where they are read.
 */
#ifndef MG_PROTO_IMAP_H
#define MG_PROTO_IMAP_H

#include "proto/content.h"
#include "proto/imap-parse.h"
#include "proto/parser.h"
#include "proto/sasl.h"

G_BEGIN_DECLS

typedef struct MgImap MgImap;
typedef struct MgImapOpen MgImapOpen;

/* ---- Commands ---- */

typedef enum {
    MG_IMAP_WAITS = 1 << 0,     /* what the client sends next depends on the answer */
    MG_IMAP_SELECTED = 1 << 1,  /* it concerns the open folder */
    MG_IMAP_SECRET = 1 << 2,    /* its literals are kept whatever their size, to be hidden */
    MG_IMAP_ADDRESSES = 1 << 3, /* it names messages: MG_EFFECT_ADDRESS */
} MgImapTraits;

/* One verb.  `read` takes the arguments apart; `done` gives the effects of the tagged reply (or
 * of its absence).  Both may be NULL. */
typedef struct {
    const char *key;
    const char *verb; /* as mg_proto_rows() gives it; NULL = no command */
    guint traits;
    void (*read)(MgImap *imap, MgImapOpen *open, const MgImapNode *arguments);
    void (*done)(MgImap *imap, MgImapOpen *open, MgOutcome outcome, const MgStamp *at);
} MgImapCommand;

/* The verb at `node` (the one behind the tag).  *ret_arguments: the node behind it.  Never
 * NULL: an unlisted verb has the row imap.unknown, or imap.x. */
const MgImapCommand *mg_imap_command(const MgImapParse *parse, const MgImapNode *node,
                                     const MgImapNode **ret_arguments, char **ret_verb);
const MgImapCommand *mg_imap_command_row(const char *key);
/* Whether such a word is a command's. */
gboolean mg_imap_verb_known(MgSlice word);
const MgProtoRow *mg_imap_rows(guint *ret_n);

/* A message on its way into a folder. */
typedef struct {
    MgContent *content; /* borrowed from `texts`; NULL: its octets did not come */
    char **flags;
} MgImapUpload;

/* A command from its first octet to its tagged reply. */
struct MgImapOpen {
    const MgImapCommand *command;
    char *tag;
    MgExchange *exchange;
    gboolean complete; /* its line is */
    gboolean broken;   /* octets of its line are missing, or never came */
    gboolean started;  /* the server has come to it: its effects before the reply were given */
    gboolean doubtful; /* its reply may lie in a hole */
    gboolean too_late; /* the server had closed before it */
    gboolean torn;     /* lines of its answer may be missing */
    gboolean given_up; /* the client was seen to go on without it */
    MgStamp line_end;
    gsize weight;   /* octets it holds, about */
    MgReply *early; /* the tagged reply, where it came before the line was complete */

    /* Arguments. */
    char *folder; /* UTF-8 */
    char *name;   /* new name of RENAME */
    char *set;
    gboolean by_uid;
    gboolean read_only; /* EXAMINE */
    gboolean leaves;    /* SELECT while another folder is open */
    gboolean search_all;
    char **flags;
    MgFlagsMode mode;
    gboolean silent;
    gboolean catenate;
    GArray *asked;      /* imap-owner.c: items of a FETCH; NULL = not taken apart yet */
    GPtrArray *texts;   /* MgContent*, literals of message text in the order they came */
    GPtrArray *uploads; /* MgImapUpload* */

    /* From the replies so far. */
    char *modified;        /* set of [MODIFIED] */
    char *downgraded;      /* set of [DOWNGRADED] */
    guint32 limit, lowest; /* of [MESSAGELIMIT]: how many, and the lowest UID that was processed */
    guint32 append_uidvalidity;
    char *append_uids;
    guint64 fetched, octets, expunged, found;
};

/* ---- The session ---- */

struct MgImap {
    MgConn *conn;
    MgSession *session;
    MgImapParse client, server;
    GQueue open;         /* MgImapOpen*, in the order they began */
    gsize weight;        /* of all open ones */
    MgImapOpen *reading; /* whose line is not complete; in `open` too */
    MgImapOpen *auth;    /* AUTHENTICATE, or an answer, that has no reply yet; in `open` too */
    MgImapOpen *idle;    /* IDLE without its + yet; in `open` too */
    gboolean go;         /* the server said + to the announced literal */
    gboolean sasl_turn;  /* the client's next line is an answer to a challenge */
    gboolean server_lost, client_lost; /* after a hole: find a line that fits */
    gboolean client_torn;              /* commands may be missing */
    gboolean nameless;                 /* the folder being opened: its SELECT is in a hole */
    gboolean client_rest;              /* while it waits, a line of its lies untaken */
    gboolean unsure;                   /* what the client waits for may lie in a hole */
    gboolean notifies;                 /* NOTIFY: messages may go at any time */
    gboolean pipelines;                /* it sends commands before those ahead are answered */
    gboolean greeted, bye, dark, client_spoke, bare_lf_noted, stray_noted, unanswered_noted;
    gboolean utf8; /* ENABLE UTF8=ACCEPT or IMAP4rev2: no modified UTF-7 (RFC 9755) */
    MgSasl *sasl;
    char *auth_tag; /* of the exchange that `sasl` belongs to */
    char *idle_tag; /* IDLE has begun: the tag that DONE will be answered with */
    char *selected; /* the open folder, or the one being opened */
    gboolean selected_read_only;
    MgImapOpen *leaving;  /* SELECT, while lines may still be of the folder before; in `open` too */
    gboolean says_closed; /* this server says [CLOSED] between the two (RFC 7162 section 3.2.11) */
    char *tag_shape;      /* what this client's tags look like */
    const char *after;    /* static: what begins once the exchange is handed on */
    gboolean changed;     /* compression has begun: the rest of the offer is no text */

    MgContentReader *upload; /* text of an APPEND that streams by; NULL = not kept */
    gboolean upload_holed;   /* octets of it are missing */
    GPtrArray *parts;        /* MgPart*, of the FETCH line being read */
    MgContentReader *part;   /* the text that streams by, where it is worth reading */
    gboolean part_open;      /* the last of `parts` streams by */
    GString *slice;          /* its octets, where it is a slice of a header; or NULL */
    GHashTable *leads;       /* imap-slices.c; NULL = none */
    gsize leads_octets;      /* in all of them */
};

/* ---- imap-slices.c ---- */

/* Octets of a slice, and its end. */
void mg_imap_slices_feed(MgImap *imap, MgPart *part, MgSlice octets);
void mg_imap_slices_end(MgImap *imap, MgPart *part);
/* It is one of this message (UID or number, 0 = not known): part->content is given where the
 * header is whole by it. */
void mg_imap_slices_join(MgImap *imap, MgPart *part, guint32 uid, guint64 number);
/* Another folder (all), or other numbers. */
void mg_imap_slices_forget(MgImap *imap, gboolean all);

/* ---- imap-open.c ---- */

/* A command or answer begins with the octets seen so far in the client's line. */
MgImapOpen *mg_imap_open_begin(MgImap *imap, const MgImapCommand *command, MgStepKind kind,
                               const char *tag);
/* Its line is complete (or what came of it).  Gives the effects that come before the reply, at
 * once or when the commands before it are answered. */
void mg_imap_open_complete(MgImap *imap, MgImapOpen *open);
/* The server has come to it, if its line is complete: the effects that come before the reply. */
void mg_imap_open_start(MgImap *imap, MgImapOpen *open);
/* It is answered, or (reply NULL) never will be.  Frees it. */
void mg_imap_open_done(MgImap *imap, MgImapOpen *open, MgReply *reply, MgOutcome outcome,
                       const MgStamp *at);
MgImapOpen *mg_imap_open_find(MgImap *imap, MgSlice tag);
/* The oldest one: untagged lines are its replies.  NULL = none. */
MgImapOpen *mg_imap_open_oldest(MgImap *imap);
/* The oldest one of this key (a prefix); NULL = none. */
MgImapOpen *mg_imap_open_of(MgImap *imap, const char *key);
void mg_imap_open_free(MgImapOpen *open);

void mg_imap_add_reply(MgExchange *exchange, MgReply *reply, gboolean always);
/* Fill in an effect's exchange, time and outcome, and hand it on. */
void mg_imap_effect(MgImap *imap, MgImapOpen *open, MgEffect *effect, MgOutcome outcome,
                    const MgStamp *at);
void mg_imap_note(MgImap *imap, MgNoteKind kind, const char *key, const MgStamp *at,
                  guint64 octets);
void mg_imap_select_name(MgImap *imap, const char *folder);
/* What follows is no longer of the folder that was open before SELECT. */
void mg_imap_leave(MgImap *imap, const MgStamp *at);
gboolean mg_imap_waits(const MgImap *imap);

/* ---- imap-command.c: `read` of the table ---- */

#define MG_IMAP_READ(name)                                                                         \
    void mg_imap_read_##name(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
MG_IMAP_READ(text);   /* {parameters} */
MG_IMAP_READ(folder); /* mailbox, parameters */
MG_IMAP_READ(select);
MG_IMAP_READ(create);
MG_IMAP_READ(rename);
MG_IMAP_READ(list);
MG_IMAP_READ(status);
MG_IMAP_READ(append);
MG_IMAP_READ(replace); /* set, then as APPEND */
MG_IMAP_READ(set);     /* set, parameters */
MG_IMAP_READ(fetch);
MG_IMAP_READ(partial);
MG_IMAP_READ(store);
MG_IMAP_READ(copy);
MG_IMAP_READ(search);
MG_IMAP_READ(sort); /* THREAD too */
MG_IMAP_READ(convert);
MG_IMAP_READ(notify);
MG_IMAP_READ(rights); /* SETACL, DELETEACL, LISTRIGHTS */
MG_IMAP_READ(quota);
MG_IMAP_READ(metadata);
MG_IMAP_READ(annotation);
MG_IMAP_READ(words); /* LANGUAGE, COMPARATOR … */
MG_IMAP_READ(genurlauth);
MG_IMAP_READ(resetkey);
MG_IMAP_READ(urlfetch);
MG_IMAP_READ(push);
MG_IMAP_READ(id);
MG_IMAP_READ(enable);
MG_IMAP_READ(login);
MG_IMAP_READ(authenticate);
MG_IMAP_READ(idle);
MG_IMAP_READ(user);   /* a user's name */
MG_IMAP_READ(tokens); /* arguments that hold access tokens */
MG_IMAP_READ(unknown);

/* {parameters}: from this node to the end of the line. */
void mg_imap_take_parameters(MgImap *imap, MgImapOpen *open, const MgImapNode *node);
/* The same as {words} too: of a sentence that repeats them. */
void mg_imap_take_words(MgImap *imap, MgImapOpen *open, const MgImapNode *node);
/* Over IN (…), RETURN (…) and CHARSET name of a search. */
const MgImapNode *mg_imap_after_options(MgImap *imap, MgImapOpen *open, const MgImapNode *node);
void mg_imap_search_keys(MgImap *imap, MgImapOpen *open, const MgImapNode *node);
/* Arguments that several verbs have: the mailbox, shown as {name}; the sequence set; flags in a
 * list or alone, NULL-terminated. */
void mg_imap_take_folder(MgImap *imap, MgImapOpen *open, const MgImapNode *node, const char *name);
void mg_imap_take_set(MgImap *imap, MgImapOpen *open, const MgImapNode *node);
char **mg_imap_take_flags(MgImap *imap, MgImapOpen *open, const MgImapNode *node);

/* The literal that was announced is message text of an APPEND or REPLACE. */
gboolean mg_imap_is_upload(const MgImap *imap);
/* Set an argument; the text is copied as it is. */
void mg_imap_exchange_text(MgExchange *exchange, const char *name, const char *text);
void mg_imap_hide(MgImap *imap, MgImapOpen *open, const MgImapNode *node);

/* ---- imap-done.c: `done` of the table ---- */

#define MG_IMAP_DONE(name)                                                                         \
    void mg_imap_done_##name(MgImap *imap, MgImapOpen *open, MgOutcome outcome, const MgStamp *at)
MG_IMAP_DONE(login);
MG_IMAP_DONE(select);
MG_IMAP_DONE(close);
MG_IMAP_DONE(unselect);
MG_IMAP_DONE(unauthenticate);
MG_IMAP_DONE(fetch);
MG_IMAP_DONE(store);
MG_IMAP_DONE(labels);
MG_IMAP_DONE(copy);
MG_IMAP_DONE(move);
MG_IMAP_DONE(expunge);
MG_IMAP_DONE(append);
MG_IMAP_DONE(delete);
MG_IMAP_DONE(rename);
MG_IMAP_DONE(logout);
MG_IMAP_DONE(starttls);
MG_IMAP_DONE(compress);

/* ---- imap-auth.c ---- */

/* Hide the token of an access URL (RFC 4467 section 4). */
void mg_imap_hide_urlauth(const MgImapParse *parse, MgText *line, const MgImapNode *node);

/* The last answer of an exchange was not seen, but its tagged reply is here. */
void mg_imap_auth_over(MgImap *imap, MgExchange *exchange, MgOutcome outcome, const MgStamp *at);
void mg_imap_challenge(MgImap *imap, MgReply *reply);
/* The client's line in an exchange. */
void mg_imap_answer(MgImap *imap, const MgBytes *bytes, gsize at, gsize *ret_whole);

/* ---- imap.c ---- */

/* The server refused the literal that the client announced: its octets will not come. */
void mg_imap_refuse_literal(MgImap *imap, MgReply *reply);

/* ---- imap-owner.c ---- */

/* The open command that a FETCH line (number or UID, its list) answers; NULL = none is open. */
MgImapOpen *mg_imap_owner(MgImap *imap, guint64 number, gboolean by_uid, const MgImapNode *list);

/* ---- imap-response.c, imap-untagged.c, imap-codes.c ---- */

/* What a reader of one untagged line works with. */
typedef struct {
    MgImap *imap;
    MgImapOpen *open;     /* the command it belongs to; NULL = none */
    MgExchange *exchange; /* its step: of that command, or its own */
    MgReply *reply;
    guint64 number;         /* of "* 12 EXISTS" */
    const MgImapNode *node; /* behind the word */
} MgImapLine;

/* Whether the word goes with a number before it ("* 12 EXISTS"), or without. */
gboolean mg_imap_untagged_fits(const MgImapParse *parse, const MgImapNode *word, gboolean numbered);
/* Its effects.  cut: the line breaks off in a hole. */
void mg_imap_untagged_read(const MgImapLine *line, const MgImapNode *word, gboolean cut);

/* The server's line in imap->server is complete, or was cut by a hole. */
void mg_imap_response(MgImap *imap, gboolean cut);
/* The code of a status line: effects, and what its command needs to know. */
void mg_imap_code(MgImap *imap, MgImapOpen *open, MgExchange *exchange, MgReply *reply,
                  const MgImapNode *code);
/* The key of an untagged line's word, "imap.response.exists"; NULL = not known. */
const char *mg_imap_response_key(MgSlice word);

/* ---- imap-resync.c: finding the thread again after a hole ---- */

/* Whether a line is one of the server's (client's), and not of a text that passes by. */
gboolean mg_imap_fits_server(MgImap *imap, MgSlice line);
gboolean mg_imap_fits_client(const MgImap *imap, MgSlice line);
/* Remember what the client's tags look like. */
void mg_imap_learn_tag(MgImap *imap, const char *tag);

/* ---- imap-fetch.c, imap-envelope.c ---- */

/* Whether the literal announced in the server's line is text of a message: then *ret_item is
 * the part it fills, and imap->part may read it. */
gboolean mg_imap_part_begin(MgImap *imap, guint32 *ret_item);
void mg_imap_part_feed(MgImap *imap, MgSlice octets);
void mg_imap_part_gap(MgImap *imap, guint64 octets);
void mg_imap_part_end(MgImap *imap, gboolean complete);
/* "BODY[HEADER.FIELDS (FROM SUBJECT)]" of `Body[header.fields ("From" subject)]<0>`: capitals,
 * one blank between names, no quotes, no PEEK; *ret_origin: of <0>, or G_MAXUINT64. */
char *mg_imap_fetch_item(MgSlice raw, guint64 *ret_origin);
MgPart *mg_imap_part_new(char *item, guint64 origin); /* takes the item */
/* Its text stands in the line: a string, or NIL. */
void mg_imap_part_string(MgPart *part, const MgImapParse *parse, const MgImapNode *value);
/* A FETCH line: its effect. */
void mg_imap_fetched(MgImap *imap, MgImapOpen *open, MgExchange *exchange, guint64 number,
                     gboolean by_uid, const MgImapNode *list);
MgContent *mg_imap_envelope(const MgImapParse *parse, const MgImapNode *list);
/* As MG_EFFECT_FETCHED tells it; NULL where it is not understood. */
char *mg_imap_structure(const MgImapParse *parse, const MgImapNode *body);

/* ---- imap-urlfetch.c ---- */

/* What the literal announced in the server's URLFETCH line is text of; NULL = of nothing. */
MgPart *mg_imap_url_part(const MgImapParse *parse);
void mg_imap_untagged_urlfetch(const MgImapLine *line);

/* ---- imap-details.c, imap-items.c ---- */

/* The key of a table whose name behind `skip` characters is `name`; NULL = none. */
const char *mg_imap_look_up(const char *const *keys, gsize n, gsize skip, const char *name);
#define MG_IMAP_LOOK_UP(keys, group, name)                                                         \
    mg_imap_look_up(keys, G_N_ELEMENTS(keys), strlen(group), name)
char *mg_imap_lower(MgSlice token);

void mg_imap_detail(MgExchange *exchange, MgSlice token, const char *key, gboolean in_reply);
void mg_imap_detail_capability(MgExchange *exchange, MgSlice token, gboolean in_reply);
void mg_imap_detail_flag(MgExchange *exchange, MgSlice token, gboolean in_reply);
void mg_imap_detail_attribute(MgExchange *exchange, MgSlice token, gboolean in_reply);
/* Items of a FETCH, in a list or alone, with the lists behind them: PREVIEW (LAZY). */
void mg_imap_detail_fetch_items(const MgImapParse *parse, MgExchange *exchange,
                                const MgImapNode *node);
void mg_imap_detail_fetch(MgExchange *exchange, MgSlice token);
/* Search keys among `node` and its siblings, lists included. */
void mg_imap_detail_search(const MgImapParse *parse, MgExchange *exchange, const MgImapNode *node);
void mg_imap_detail_return(const MgImapParse *parse, MgExchange *exchange, const MgImapNode *node);

/* ---- Arguments: imap-arguments.c and one file for each kind ---- */

/* Whose words are read, and which step explains them. */
typedef struct {
    const MgImapParse *parse;
    MgExchange *exchange;
    gboolean in_reply;
} MgImapSaid;

typedef struct {
    const char *word, *key;
} MgImapWord;

/* An argument with an explanation of its own, and placeholders of its own: the detail, or NULL
 * where it was said already, or there are too many. */
MgDetail *mg_imap_argument(const MgImapSaid *said, MgSlice token, const char *key);
/* The same of a node, its quotes and brackets included, with {value} = what it says. */
MgDetail *mg_imap_argument_node(const MgImapSaid *said, const MgImapNode *node, const char *key);
/* A node and the one behind it as one token: `STORAGE 512`. */
MgDetail *mg_imap_argument_pair(const MgImapSaid *said, const MgImapNode *node,
                                const MgImapNode *last, const char *key);
/* The key of this word in a table, or NULL. */
const char *mg_imap_word_key(const MgImapParse *parse, const MgImapNode *node,
                             const MgImapWord *words, gsize n);
#define MG_IMAP_WORD_KEY(parse, node, words)                                                       \
    mg_imap_word_key(parse, node, words, G_N_ELEMENTS(words))
/* {name} = what the node says; {count} besides where `count` is set and it is a number.  NULL is
 * allowed in both places. */
void mg_imap_argument_value(MgDetail *detail, const MgImapParse *parse, const MgImapNode *node,
                            const char *name, gboolean count);

/* Untagged lines. */
void mg_imap_untagged_acl(const MgImapLine *line);
void mg_imap_untagged_listrights(const MgImapLine *line);
void mg_imap_untagged_myrights(const MgImapLine *line);
void mg_imap_untagged_quota(const MgImapLine *line);
void mg_imap_untagged_quotaroot(const MgImapLine *line);
void mg_imap_untagged_namespace(const MgImapLine *line);
void mg_imap_untagged_id(const MgImapLine *line);
void mg_imap_untagged_words(const MgImapLine *line); /* LANGUAGE, COMPARATOR … */
void mg_imap_untagged_metadata(const MgImapLine *line);
void mg_imap_untagged_annotation(const MgImapLine *line);
void mg_imap_untagged_uidbatches(const MgImapLine *line);
void mg_imap_untagged_push(const MgImapLine *line);

/* Pieces of other lines. */
/* Each letter of rights. */
void mg_imap_said_rights(const MgImapSaid *said, const MgImapNode *node);
void mg_imap_said_status(const MgImapSaid *said, const MgImapNode *items, gboolean values);
void mg_imap_said_list_options(const MgImapSaid *said, const MgImapNode *list, gboolean selects);
void mg_imap_said_found(const MgImapSaid *said, const MgImapNode *word, const MgImapNode *value);
void mg_imap_said_qresync(const MgImapSaid *said, const MgImapNode *list);
void mg_imap_said_modifiers(const MgImapSaid *said, const MgImapNode *list);
/* The names of labels, UTF-8, NULL-terminated; own them. */
char **mg_imap_labels(const MgImapParse *parse, const MgImapNode *node);
void mg_imap_said_labels(const MgImapSaid *said, const MgImapNode *node);
void mg_imap_said_id(const MgImapSaid *said, const MgImapNode *list);
/* Of one message: (entry (attribute value)), or (entry attribute) where they are asked for. */
void mg_imap_said_message_notes(const MgImapSaid *said, const MgImapNode *list, gboolean written);
void mg_imap_said_url(const MgImapSaid *said, const MgImapNode *node);
/* {folder} of the line's own sentence; the node behind it. */
const MgImapNode *mg_imap_line_folder(const MgImapLine *line, const MgImapNode *node);

/* ---- imap-utf7.c ---- */

/* A mailbox name as readers know it: UTF-8, INBOX in capitals.  `utf8`: it is no modified
 * UTF-7. */
char *mg_imap_folder(const char *name, gboolean utf8);
/* Of a node; NULL where it is no string. */
char *mg_imap_folder_of(const MgImap *imap, const MgImapParse *parse, const MgImapNode *node);

G_END_DECLS

#endif
