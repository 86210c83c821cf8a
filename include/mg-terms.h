/* The vocabulary of mailgloss: the closed sets of words that its records, tables and
 * pictures use.
 *
 * Every stage may speak these words; none of them knows how they are printed.  The spelled
 * form that scripts depend on is given by the mg_*_word() functions, and nowhere else.
 */
#ifndef MG_TERMS_H
#define MG_TERMS_H

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    MG_PROTOCOL_NONE = 0,
    MG_PROTOCOL_SMTP,
    MG_PROTOCOL_POP3,
    MG_PROTOCOL_IMAP,
    MG_PROTOCOL_LMTP,
} MgProtocol;

/* What a step is (field `kind` of a step). */
typedef enum {
    MG_STEP_COMMAND,    /* a command with the replies that answer it */
    MG_STEP_SASL,       /* one client line of an authentication exchange */
    MG_STEP_CONTENT,    /* the text of a message sent after DATA */
    MG_STEP_SERVER,     /* something the server says unasked: greeting, EXPUNGE, BYE */
    MG_STEP_CONNECTION, /* something that happened to the connection itself */
} MgStepKind;

typedef enum {
    MG_ACTOR_CLIENT,
    MG_ACTOR_SERVER,
    MG_ACTOR_NONE, /* nobody: the connection was lost, the bytes became unreadable */
} MgActor;

typedef enum {
    MG_OUTCOME_OK,
    MG_OUTCOME_INTERMEDIATE, /* 3yz, "+": go on, the command is not complete */
    MG_OUTCOME_REFUSED,      /* 5yz, -ERR, NO */
    MG_OUTCOME_DEFERRED,     /* 4yz */
    MG_OUTCOME_MALFORMED,    /* BAD, 500 to 504 */
    MG_OUTCOME_UNANSWERED,   /* the connection ended, or the reply is in a hole */
    MG_OUTCOME_INFO,         /* nothing was asked */
} MgOutcome;

/* Where a copy is. */
typedef enum {
    MG_PLACE_DEVICE,  /* a user's device */
    MG_PLACE_QUEUE,   /* a server took responsibility; not yet seen in a mailbox */
    MG_PLACE_MAILBOX, /* a maildrop or a folder of a mailbox */
} MgPlace;

typedef enum {
    MG_COPY_HELD,
    MG_COPY_MARKED, /* marked for deletion, still there */
    MG_COPY_REMOVED,
} MgCopyState;

typedef enum {
    MG_CONTENTS_NONE, /* only facts about it: flags, sizes; not a copy */
    MG_CONTENTS_HEADERS,
    MG_CONTENTS_PART,
    MG_CONTENTS_FULL,
} MgContents;

/* How sure a statement is.  A higher value is a stronger proof. */
typedef enum {
    MG_EVIDENCE_ASSUMED, /* usual behaviour of programs */
    MG_EVIDENCE_IMPLIED, /* follows from the standard */
    MG_EVIDENCE_SEEN,    /* the octets, or a completion reply, were on the wire */
} MgEvidence;

/* What a movement did to a message. */
typedef enum {
    MG_EVENT_COMPOSED,
    MG_EVENT_ACCEPTED,
    MG_EVENT_REFUSED,
    MG_EVENT_DEFERRED,
    MG_EVENT_DELIVERED,
    MG_EVENT_STORED,
    MG_EVENT_DOWNLOADED,
    MG_EVENT_HEADERS_READ,
    MG_EVENT_PART_READ,
    MG_EVENT_MARKED,
    MG_EVENT_UNMARKED,
    MG_EVENT_REMOVED,
    MG_EVENT_MOVED, /* told twice: of the copy it left, then of the one it became */
    MG_EVENT_COPIED,
    MG_EVENT_FLAGGED,
    MG_EVENT_IN_DOUBT,
} MgEvent;

/* The textbook word for the set of a message's copies. */
typedef enum {
    MG_LOCATION_NONE, /* not known yet: the cell stays empty */
    MG_LOCATION_DEVICE,
    MG_LOCATION_SERVER,
    MG_LOCATION_BOTH,
    MG_LOCATION_DELETED,
    MG_LOCATION_UNKNOWN,
} MgLocation;

/* One location, or two joined by " or " where an operation whose end was not seen leaves
 * both possible (then `other` is not MG_LOCATION_NONE). */
typedef struct {
    MgLocation is;
    MgLocation other;
} MgWhere;

typedef enum {
    MG_ROLE_UNKNOWN,
    MG_ROLE_DEVICE,
    MG_ROLE_SERVER,
} MgRole;

typedef enum {
    MG_ENDED_OPEN, /* not yet */
    MG_ENDED_CLOSED,
    MG_ENDED_RESET,
    MG_ENDED_IDLE,
    MG_ENDED_CAPTURE_END,
    MG_ENDED_REPLACED, /* the same addresses and ports were used anew */
} MgHowEnded;

typedef enum {
    MG_NOTE_GAP,
    MG_NOTE_OVERLAP,
    MG_NOTE_DUPLICATE,
    MG_NOTE_CUT,
    MG_NOTE_LIMIT,
    MG_NOTE_CLOCK,
    MG_NOTE_ENCRYPTED,
    MG_NOTE_ODD,
} MgNoteKind;

/* The words of the records (JSON, CSV).  Never translated, never NULL, static.
 * mg_protocol_word() is lower case ("smtp"); mg_protocol_name() is for readers ("SMTP").
 * mg_location_word(MG_LOCATION_NONE) is "". */
const char *mg_protocol_word(MgProtocol protocol);
const char *mg_protocol_name(MgProtocol protocol);
const char *mg_step_kind_word(MgStepKind kind);
const char *mg_actor_word(MgActor actor);
const char *mg_outcome_word(MgOutcome outcome);
const char *mg_place_word(MgPlace place);
const char *mg_copy_state_word(MgCopyState state);
const char *mg_contents_word(MgContents contents);
const char *mg_evidence_word(MgEvidence evidence);
const char *mg_event_word(MgEvent event);
const char *mg_location_word(MgLocation location);
const char *mg_role_word(MgRole role);
const char *mg_how_ended_word(MgHowEnded how);
const char *mg_note_kind_word(MgNoteKind kind);

/* "Email server", or "User device or Email server".  Free with g_free(). */
char *mg_where_words(MgWhere where);
gboolean mg_where_equal(MgWhere a, MgWhere b);

G_END_DECLS

#endif
