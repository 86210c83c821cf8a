/* gloss: exchanges with their movements in, steps in plain words out.
 *
 * Finds the sentence for each command, reply and event in the glossary (built in as GResource,
 * entries replaceable by a file), fills in its placeholders, masks secrets, makes text valid
 * UTF-8, and joins to it where each message is.  What it gives is all a renderer ever sees:
 * frozen, masked, complete in words; nothing is left to be computed.
 *
 * Control characters and bidirectional overrides are still inside captured text: each format
 * escapes its own way.
 *
 * The glossary: key files, one group a command, reply or event.  Keys of a group:
 *
 *   normal, brief, deep          what the command (or event) does; deep is said behind normal;
 *                                without brief the first sentence of normal is brief
 *   ok, refused, deferred, malformed, intermediate, dropped, info
 *                                what the reply means, by outcome; each also as `ok-brief`,
 *                                `ok-deep`; narrowed by what moved (`ok-removed`, the event of
 *                                the movement that decides; `ok-removed-device`, and where the
 *                                message is now) or by the exchange's variant (`ok-<variant>`;
 *                                by itself an exchange has the variants `cut`, its text has no
 *                                end, `single`, its reply has one line, and for a FETCH
 *                                `whole`, `part`, `header`, `facts`)
 *   mistake                      a common mistake, for the deep text
 *   reference                    "RFC 1939 section 5"
 *   verb, sample                 for --explain
 *   line                         in place of a command where nobody spoke: "(connection ends)"
 *   asks                         of `imap.fetch.*`: whole, part, header, facts
 *   text                         of `label.*` groups
 *
 * Placeholders are {name}; {name:one|other} is not used: plural forms are separate keys, with
 * `-one` behind the key where the placeholder {count} is 1, `-none` where it is 0, and `-bare`
 * where a placeholder has no value.  Of labels, `-one` is behind the name.
 */
#ifndef MG_STEP_H
#define MG_STEP_H

#include "mg-base.h"
#include "mg-movement.h"

G_BEGIN_DECLS

typedef enum { MG_DETAIL_BRIEF, MG_DETAIL_NORMAL, MG_DETAIL_DEEP } MgDetailLevel;

/* Everything below is owned by gloss and borrowed during the sink's call, unless said
 * otherwise.  All text is valid UTF-8. */

typedef struct {
    guint16 capture;
    const char *file;
    const char *interface;
    const char *const *linktypes;
    MgStamp start; /* of its first frame, which times count from; frame 0 = not known */
} MgStepCapture;

typedef struct {
    const char *ip;
    guint16 port;
    const char *name; /* NULL = not known */
    MgRole role;
    const char *shown; /* for readers: "Anna's laptop", "mail.example.org", else the address */
} MgStepParty;

typedef struct {
    guint session;
    MgProtocol protocol;
    gboolean by_greeting;
    MgStepParty client, server;
    MgStamp start;
    gboolean complete_start;
    MgStamp end;
    MgHowEnded how_ended; /* MG_ENDED_OPEN: this record opens the session */
    const char *ending;   /* "closed by both sides; complete from its start"; NULL while open */
    const char *did;      /* what the session did: how many messages were downloaded, removed,
                           * left …; whole sentences; NULL while open, or nothing to say */
    guint64 client_octets, server_octets, missing_octets;
    guint64 encrypted_from_step;
} MgStepSession;

typedef struct {
    const char *code;
    const char *enhanced;     /* NULL = none */
    const char *const *lines; /* without the code for SMTP; masked */
    guint n_lines;
    guint more_lines;
    const char *shown_first; /* "250-mail.example.org", "+OK 2 messages": the first line as it
                              * stood on the wire, masked */
    const char *gloss;       /* its own sentence where it has one (IMAP untagged lines); NULL */
    MgOutcome outcome;
    MgFrames frames;
    MgStamp at;
} MgStepReply;

typedef struct {
    guint message;
    MgEvent event;
    const char *recipient;
    const MgCopy *copy; /* its text fields may be captured text */
    MgWhere where;
    const char *location; /* bare words: "User device and server" */
    const char *label;    /* for readers, with its qualifier: "User device (Bob's)" */
    gboolean changed;
    MgEvidence evidence;
    guint64 cause_step; /* of another session, which did it; 0 = none, or not known */
    guint cause_session;
    guint report; /* the message whose delivery report told it; 0 = it is no news of a report */
    gboolean learned; /* nothing moved here: the client learns of that step */
} MgStepMovement;

/* One explained token of the deep text. */
typedef struct {
    const char *token;
    const char *gloss;
} MgStepDetail;

/* Where the octets of a step were seen at another capture point. */
typedef struct {
    guint16 capture;
    MgFrames frames;
} MgStepAlso;

typedef struct {
    guint64 step;
    guint session;
    MgProtocol protocol;
    MgStepKind kind;
    MgActor actor;
    MgStamp at;
    MgStamp reply_at; /* frame 0 = no reply */
    MgFrames frames;
    MgFrames reply_frames;
    const char *verb; /* NULL = none */
    const char *line; /* NULL = the client said nothing; of kind connection: what happened,
                       * "(connection ends)" */
    gboolean masked;
    const char *const *head; /* "From: …" fields of the message text, as `--body` asks; NULL */
    const MgStepReply *replies;
    guint n_replies;
    guint more_replies;
    MgOutcome outcome;
    const char *gloss;         /* NULL where the client said nothing; of kind connection: what
                                * happened, and reply_gloss is NULL */
    const char *reply_gloss;   /* NULL where there is no reply and nothing to say about that */
    const char *reference;     /* NULL = none */
    const char *reference_url; /* NULL = none */
    gboolean known;
    const MgStepDetail *details; /* deep only */
    guint n_details;
    const char *before;  /* deep only: "Email server" in the glossary's language, or NULL */
    const char *mistake; /* deep only; or NULL */
    const MgStepMovement *movements;
    guint n_movements;
    const MgStepAlso *also;
    guint n_also;
} MgStep;

/* One place where a message is or was. */
typedef struct {
    const char *place; /* "mx.example.org, queue 4F1A2", "Bob's laptop" */
    const char *state; /* "passed on", "full copy" */
    const char *proof; /* "step 13, frame 34" */
    const char *how;   /* how it was recognised there: "its Message-ID"; NULL = it was met there */
} MgStepPlace;

/* One step that moved a message: a row of Step, Action, Protocol, Result, Email location. */
typedef struct {
    guint64 step;
    MgProtocol protocol;
    guint64 frame;        /* that proves it */
    const char *action;   /* "C: RETR 1", shortened; NULL = the client said nothing */
    const char *result;   /* "S: +OK", shortened; NULL = no reply */
    const char *location; /* with its qualifier */
    const char *taken_by; /* the server that became responsible by it; NULL = none did */
} MgStepTrace;

typedef struct {
    const MgMessage *message; /* facts; text fields made valid UTF-8 */
    const char *location;
    const char *label;          /* "User device (Bob's)" */
    const char *path;           /* "User device > Email server (step 6, frame 14) > …" */
    const char *const *remarks; /* sentences: what is not in this trace; NULL-terminated */
    const char *subject;        /* as shown, "(no subject)" never: NULL = not seen */
    const MgStepPlace *places;  /* in the order in which it came there */
    guint n_places;
    const MgStepTrace *trail; /* the steps that moved it, at the end only; NULL = not kept */
    guint n_trail;
} MgStepMessage;

typedef struct {
    MgNoteKind kind;
    guint session;
    MgStamp at;
    guint64 frames[2];
    const char *text;
} MgStepNote;

/* Something this capture teaches, with the steps that show it.  Given after the messages. */
typedef struct {
    const char *key;      /* glossary group "insight.<key>" */
    const char *question; /* "Why is the message gone from the server at the end?" */
    const char *answer;
    const guint64 *steps; /* the steps that prove it, in order */
    guint n_steps;
} MgStepInsight;

typedef struct {
    guint64 packets;
    guint64 sessions;
    guint64 steps;
    guint64 messages; /* merged ones not counted */
    guint64 missing_octets;
    guint64 unknown_commands;
    guint64 dropped;
} MgStepSummary;

typedef struct {
    void (*capture)(gpointer user, const MgStepCapture *capture);
    void (*session)(gpointer user, const MgStepSession *session); /* opens, and again closes */
    void (*step)(gpointer user, const MgStep *step);
    void (*note)(gpointer user, const MgStepNote *note);
    void (*message)(gpointer user, const MgStepMessage *message);
    void (*insight)(gpointer user, const MgStepInsight *insight); /* may be NULL */
    void (*summary)(gpointer user, const MgStepSummary *summary);
    gpointer user;
} MgStepSink;

typedef struct {
    MgDetailLevel detail;
    gboolean show_secrets;
    enum { MG_BODY_NONE, MG_BODY_HEAD, MG_BODY_FULL } body;
    gboolean live_messages; /* give a message record whenever its location changes */
    gboolean one_message;   /* one message was asked for: what its header tells is said too */
} MgGlossOptions;

typedef struct MgGlossary MgGlossary;
typedef struct MgGloss MgGloss;

/* The languages with a built-in glossary, "en" first.  Free with g_strfreev(). */
char **mg_glossary_languages(void);
/* "es" for "es", "es-MX" or "es_ES.UTF-8"; NULL where no built-in glossary speaks it.  Free with
 * g_free(). */
char *mg_glossary_language(const char *name);
/* The built-in glossary of a language ("en"; others fall back to it), with the entries of
 * `path` (or NULL) in place of built-in ones. */
MgGlossary *mg_glossary_new(const char *language, const char *path, GError **error);
void mg_glossary_free(MgGlossary *glossary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgGlossary, mg_glossary_free)
/* Text of group/key, or NULL.  Borrowed from the glossary. */
const char *mg_glossary_get(const MgGlossary *glossary, const char *group, const char *key);
/* Text of group "label.<name>"; the name itself where it is missing, so that a hole shows. */
const char *mg_glossary_label(const MgGlossary *glossary, const char *name);
/* The word for a location in the language of the glossary ("Email server"); CSV, JSON and
 * filters keep mg_location_word(). */
const char *mg_glossary_location(const MgGlossary *glossary, MgLocation location);
/* The same for a place in doubt too: "User device or Email server".  Free with g_free(). */
char *mg_glossary_where(const MgGlossary *glossary, MgWhere where);
/* The whole built-in file, for --dump-glossary.  Free with g_free(). */
char *mg_glossary_dump(const char *language);

/* glossary and ledger are borrowed for the life of the gloss.  The ledger is asked for messages;
 * since it is made with the movement sink below, it may be NULL here and set before that sink's
 * first call. */
MgGloss *mg_gloss_new(const MgStepSink *sink, const MgGlossary *glossary, const MgLedger *ledger,
                      const MgGlossOptions *options);
void mg_gloss_set_ledger(MgGloss *gloss, const MgLedger *ledger);
void mg_gloss_free(MgGloss *gloss);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgGloss, mg_gloss_free)

/* The receiver side of ledger: fill in a sink that feeds this stage. */
void mg_gloss_movement_sink(MgGloss *gloss, MgMovementSink *ret_sink);
void mg_gloss_capture(MgGloss *gloss, const MgCaptureInfo *info);
void mg_gloss_note(MgGloss *gloss, const MgNote *note);
/* The end: gives all messages, then the summary. */
void mg_gloss_finish(MgGloss *gloss, const MgCaptureCounts *counts);

/* Explain words without a capture (--explain): the deep text, several lines ending in a
 * newline; NULL when nothing is known of them.  Free with g_free(). */
char *mg_gloss_explain(const MgGlossary *glossary, const char *const *words);
/* For words that it knows nothing of: a sentence that says so and names what is near. */
char *mg_gloss_suggest(const MgGlossary *glossary, const char *const *words);

G_END_DECLS

#endif
