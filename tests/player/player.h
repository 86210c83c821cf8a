/* The player of dialogues (tests/dialogues/README.md).
 *
 *     script.c    a text file -> what passes on the wire, and what must come of it
 *     wire.c      what passes -> packets, in many disguises
 *     frames.c    packets -> frames: fragmented, tunnelled, seen at two capture points
 *     record.c    packets -> tcp -> proto -> ledger -> the steps that came of it
 *     words.c     … -> gloss -> what readers are told
 *     expect.c    steps against expectations
 *     main.c      every dialogue in every disguise
 */
#ifndef MG_TESTS_PLAYER_H
#define MG_TESTS_PLAYER_H

#include "mg-movement.h"
#include "mg-segment.h"
#include "mg-step.h"

/* ---- Scripts ---- */

typedef enum {
    HAPPENS_DATA,
    HAPPENS_GAP,
    HAPPENS_CLOSE,
    HAPPENS_FIN,
    HAPPENS_RESET,
    HAPPENS_RESET_UNREAD, /* … that acknowledges nothing of the other side's latest turn */
    HAPPENS_WAIT,
} Happens;

typedef struct {
    Happens what;
    guint connection;
    MgSide side;  /* 0 = the client */
    GBytes *data; /* DATA; GAP: what is not captured */
    MgTime wait;
} Happening;

typedef struct {
    MgEndpoint end[2];
    gboolean midstream;
} Connection;

/* One expectation line, cut into words (double quotes removed). */
typedef struct {
    guint line; /* in the file */
    char **words;
} Expectation;

typedef struct {
    char *path;
    char *title;
    GPtrArray *covers; /* char* */
    GPtrArray *roles;  /* char* */
    GArray *connections;
    GPtrArray *happenings;   /* Happening* */
    GPtrArray *expectations; /* Expectation* */
} Script;

Script *script_load(const char *path, GError **error);
void script_free(Script *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Script, script_free)

/* ---- Packets ---- */

typedef struct {
    guint connection;
    MgSide side;
    guint8 flags;
    guint32 seq, ack;
    GBytes *payload;
    MgTime time;
    guint64 frame;             /* given before anything is lost */
    gboolean captured;         /* FALSE: it passed, but nobody saw it */
    gboolean first_of_unknown; /* first octets of a side of a connection met in the middle */
} Packet;

typedef enum {
    DISGUISE_WHOLE,   /* consecutive lines of one side in one segment */
    DISGUISE_LINES,   /* a segment for each line */
    DISGUISE_OCTETS,  /* a segment for each octet */
    DISGUISE_CUT,     /* whole, cut at octet `at` of the streams */
    DISGUISE_SWAPPED, /* lines, neighbours of one side swapped */
    DISGUISE_REPEATED,
    DISGUISE_OVERLAPPED,
    DISGUISE_EARLY, /* each reply was captured before what it answers */
    DISGUISE_LOST,  /* lines, data segment number `at` not captured */
} Disguise;

const char *disguise_name(Disguise disguise);
/* The packets of a script in a disguise; NULL when `at` is beyond the end. */
GPtrArray *wire_packets(const Script *script, Disguise disguise, guint at);

/* ---- Records ---- */

typedef struct {
    guint message;
    MgEvent event;
    char *where;
    guint64 learned; /* the step of another session that the client learns of; 0 = none */
} RecordedMovement;

typedef struct {
    guint64 step;
    const char *key;
    MgStepKind kind;
    MgOutcome outcome;
    char *verb, *line, *code, *variant;
    gboolean known;
    GHashTable *args;
    GPtrArray *movements; /* RecordedMovement* */
    GPtrArray *hidden;    /* char*: what secrets cover, of the line and the replies */
    GPtrArray *shown;     /* char*: what no secret covers */
    guint64 last_frame;
    char *dump; /* all that must be the same in every disguise */
} RecordedStep;

typedef struct {
    GPtrArray *steps;                      /* RecordedStep* */
    GPtrArray *notes;                      /* const char*, keys */
    GHashTable *rows;                      /* char*: rows of the fact tables that were shown */
    guint64 command_frame, greeting_frame; /* of the latest command, of the greeting */
    guint old_move;                        /* steps of COPY, STORE, EXPUNGE so far */
    MgLedger *ledger;                      /* to be asked for messages */
    struct Words *words;                   /* NULL = nobody asked for them */
    gpointer stages;
} Record;

/* away: the ledger puts all messages away whenever it may; the steps must be the same. */
Record *record_play(const Script *script, GPtrArray *packets, gboolean away);
/* The same, with what readers are told. */
Record *record_play_words(const Script *script, GPtrArray *packets);
void record_free(Record *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Record, record_free)
gboolean record_has_note(const Record *record, const char *key);

/* The rows of the fact tables that a step shows: into the set of the record. */
void rows_of_step(Record *record, const MgMoved *moved);
gboolean rows_has(const Record *record, const char *key);

/* ---- Words ---- */

typedef struct Words Words;
Words *words_new(const MgLedger *ledger);
void words_free(Words *words);
const MgMovementSink *words_sink(const Words *words);
/* All that is said of this step (from 0), a line each. */
const char *words_of(const Words *words, guint step);
/* Whether this row has words, and they were told where it is part of a line. */
gboolean words_explain(const Words *words, const char *key);

/* ---- Expectations ---- */

/* NULL when all hold, else what does not, a line each.  Free with g_free(). */
char *expect_check(const Script *script, const Record *record);

#endif
