/* ledger: effects and exchanges in, movements of messages out.
 *
 * Keeps, for each message, the set of its copies: where each is, in what state, how complete,
 * how we know.  The words "User device", "Email server" … are derived from that set in one
 * function, mg_where_of().  Resolves what a command addresses through its mirror of that
 * maildrop or folder.  Recognises one message over several connections and protocols, and
 * remembers why.  Knows nothing of words and formats.
 *
 * The rules: a reply makes it happen; copying never removes; only what was seen removes; the
 * reputation of a protocol proves nothing; a connection that breaks turns what was pending
 * into doubt.
 */
#ifndef MG_MOVEMENT_H
#define MG_MOVEMENT_H

#include "mg-base.h"
#include "mg-exchange.h"

G_BEGIN_DECLS

/* Another message that turned out to be this one, or the way this one was recognised. */
typedef enum {
    MG_IDENTIFIED_NONE,
    MG_IDENTIFIED_QUEUE_ID,    /* id of a final 250 in the next hop's Received */
    MG_IDENTIFIED_MESSAGE_ID,
    MG_IDENTIFIED_FINGERPRINT, /* header fields and content */
    MG_IDENTIFIED_UID,         /* UIDVALIDITY and UID */
    MG_IDENTIFIED_UIDL,
    MG_IDENTIFIED_COPYUID,     /* the server named source and destination */
    MG_IDENTIFIED_ENVELOPE,    /* put off, or cut off, before its text; then the same client sent
                                * to the same recipients from the same sender */
} MgIdentified;
const char *mg_identified_word(MgIdentified identified); /* "message-id"; NONE is NULL */

/* One copy of a message.  Owned by its message. */
typedef struct {
    guint id; /* unique within its message, from 1 */
    MgPlace place;
    MgAddress host;
    char *name;    /* what that host calls itself, or a roles file calls it; NULL = not known */
    char *account; /* user name on that host; NULL = none */
    char *folder;  /* mailbox: "INBOX" …; NULL for queues and devices */
    guint32 uidvalidity; /* 0 = not known */
    guint32 uid;         /* 0 = not known */
    char *uidl;          /* NULL = not known */
    char *queue_id;      /* queue: as the server told it; NULL = not */
    MgCopyState state;
    MgContents contents;
    MgEvidence evidence;
    GPtrArray *flags; /* char*, "\\Seen"; NULL = not known */
    char *recipient;  /* queue: for whom; NULL = for all */
    gboolean composed; /* the author's own copy: counts only while no server has accepted it */
    gboolean never;    /* REMOVED: it was in doubt, and turned out never to have come here */
    guint doubt;       /* 0 = certain.  Otherwise the number of the operation whose end was not
                        * seen: this copy may be there or not; of all copies of one message
                        * with the same number at least one is there */
    MgStamp proof;     /* what made it so */
    guint64 proof_step;
    MgIdentified identified_by; /* how it was found to be a copy of this message; NONE = it is
                                 * the one by which the message was met */
} MgCopy;
MgCopy *mg_copy_dup(const MgCopy *copy);
void mg_copy_free(MgCopy *copy);

enum {
    /* Copies of one message that an entry of its history names: more rows make no table. */
    MG_HISTORY_HELD = 8,
};

/* A copy that was there at a time. */
typedef struct {
    guint32 copy; /* its id */
    guint8 marked, doubt;
} MgHeld;

typedef struct {
    guint64 step;
    MgStamp at;
    MgWhere where;
    char *qualifier; /* as MgMovement.qualifier; or NULL */
    MgEvidence evidence;
    MgHeld held[MG_HISTORY_HELD]; /* the copies that `where` rests on, the first of them */
    guint n_held;
} MgHistory;

typedef struct {
    char *address;
    MgOutcome outcome; /* ok, refused, deferred, unanswered; info = not decided */
    char *code;        /* "550", or NULL */
    MgStamp at;
    guint64 step;
    MgWhere where; /* of the copies for this recipient; MG_LOCATION_NONE = not told */
    /* What a delivery report said of it last: that report's message; 0 = none did. */
    guint report;
    char *report_action; /* "failed", "delayed", "delivered" … (MgReportRecipient) */
    char *report_status; /* "5.1.1"; NULL = not said */
} MgRecipient;

/* By what the message was found that a report speaks of. */
typedef enum {
    MG_REPORTED_NONE,
    MG_REPORTED_MESSAGE_ID,  /* of the returned message or header */
    MG_REPORTED_ENVELOPE_ID, /* ENVID (RFC 3461 section 4.4) */
    MG_REPORTED_QUEUE_ID,    /* of the server that reports, or in a returned Received field */
    MG_REPORTED_RECIPIENT,   /* the only one to that recipient, from the one who gets the report */
} MgReported;
const char *mg_reported_word(MgReported reported); /* "message-id"; NONE is NULL */

typedef struct {
    guint number;      /* M1, M2 … */
    guint merged_into; /* 0, or the lower number that stays */
    MgIdentified identified_by;
    char *message_id, *subject, *from, *date;
    char **to;
    char *sender;      /* envelope; NULL = not known */
    guint64 size;      /* 0 = not known: octets as first seen whole, else as announced */
    GPtrArray *copies; /* MgCopy* */
    GPtrArray *history; /* MgHistory*, one for each change of the location or its qualifier */
    GPtrArray *recipients; /* MgRecipient* */
    MgWhere where;
    char *qualifier;
    MgAddress responsible;  /* who must deliver or report; family 0 = not known */
    MgEvidence evidence;    /* of the weakest statement that `where` rests on */
    gboolean in_dark;       /* a session that had it became unreadable since */
    guint dark_session;     /* which */
    /* The way it took as its Received fields tell, oldest first: MgHop*, of the text with the
     * most of them; NULL = none.  Claims of the header: only what mg_message_hop_seen() finds
     * was seen. */
    GPtrArray *hops;
    MgReport *report; /* what it says, if it is a delivery report or receipt; NULL = it is none */
    guint reports_on; /* the message it speaks of; 0 = none, or not in this capture */
    MgReported reported_by;
} MgMessage;

/* This capture shows how that hop's server took the message over (by its queue id). */
gboolean mg_message_hop_seen(const MgMessage *message, const MgHop *hop);

/* What one step did to one message. */
typedef struct {
    guint message;
    MgEvent event;
    char *recipient;   /* NULL = does not apply */
    MgCopy *copy;      /* a snapshot of the copy concerned, or NULL */
    MgWhere where;     /* of the message, after this */
    MgWhere was;       /* of the message, before this step; NONE = it was not known then */
    gboolean changed;  /* `where` or `qualifier` is not what it was before this step */
    char *device_name; /* whose device, when `where` names a device: name or address; NULL where
                        * none does, or several have it and this is not about one's own copy */
    const char *qualifier; /* static key of a label: "marked", "headers", "part", "queue",
                            * "sent-copy", "duplicate", "doubt", "dark", "merged"; or NULL */
    MgEvidence evidence;
    MgStamp at;
    /* The step of another session that did what this session learns here, and that session;
     * 0 = it was done here, or is not known. */
    guint64 cause_step;
    guint cause_session;
    guint report; /* the message whose delivery report told it; 0 = it is no news of a report */
    /* This session learns only here what that step did, and nothing moved by it: the client that
     * did it, without its port.  Family 0 = not so. */
    MgEndpoint cause_client;
} MgMovement;
MgMovement *mg_movement_new(guint message, MgEvent event);
void mg_movement_free(MgMovement *movement);

/* Who is who. */
typedef struct {
    MgEndpoint end;
    const char *name; /* borrowed; NULL = not known: use the address */
    MgRole role;
} MgParty;

/* A step before it gets its words. */
typedef struct {
    const MgExchange *exchange;
    GPtrArray *movements; /* MgMovement*, in wire order; never NULL */
    MgParty client, server;
} MgMoved;

typedef struct {
    void (*session_open)(gpointer user, const MgSession *session, const MgParty *client,
                         const MgParty *server);
    void (*moved)(gpointer user, const MgMoved *moved);
    void (*note)(gpointer user, const MgNote *note);
    void (*session_close)(gpointer user, const MgSession *session, const MgParty *client,
                          const MgParty *server);
    gpointer user;
} MgMovementSink;

typedef struct MgLedger MgLedger;

MgLedger *mg_ledger_new(const MgMovementSink *sink);
void mg_ledger_free(MgLedger *ledger);
/* About how many octets messages may take before those that nothing has touched for long are put
 * away into a temporary file.  Without it all stay in memory.  What is told does not depend on
 * it, until more messages than there is room for their handles have come: then a note says how
 * many are not recognised any more. */
void mg_ledger_set_memory(MgLedger *ledger, gsize octets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgLedger, mg_ledger_free)

/* The host is called so, unless a role gave it a name. */
void mg_ledger_add_name(MgLedger *ledger, const MgAddress *address, const char *name);
/* Roles file (option -H): lines `ADDRESS device|server NAME…`, `#` begins a comment. */
gboolean mg_ledger_load_roles(MgLedger *ledger, const char *path, GError **error);
/* The same, each line to `role_of`; name "" = none was given. */
typedef void (*MgRoleFunc)(gpointer user, const MgAddress *address, MgRole role, const char *name);
gboolean mg_roles_read(const char *path, MgRoleFunc role_of, gpointer user, GError **error);
void mg_ledger_set_role(MgLedger *ledger, const MgAddress *address, MgRole role,
                        const char *name);

/* The receiver side of proto: fill in a sink that feeds this stage. */
void mg_ledger_exchange_sink(MgLedger *ledger, MgExchangeSink *ret_sink);

/* The message that the text of the latest effect was found to be of; 0 = it had none. */
guint mg_ledger_text_message(const MgLedger *ledger);

/* All messages in order of their numbers, merged ones included; borrowed, valid until the
 * next effect, or until four others were asked for. */
guint mg_ledger_count(const MgLedger *ledger);
const MgMessage *mg_ledger_message(const MgLedger *ledger, guint number);
void mg_ledger_party(const MgLedger *ledger, const MgEndpoint *end, MgParty *ret_party);

/* The one place where copies become a word (location-rules.md section 10). */
MgWhere mg_where_of(const MgMessage *message);

G_END_DECLS

#endif
