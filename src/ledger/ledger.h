/* What the files of ledger share: messages, copies, hosts, mailboxes, sessions, steps.
 *
 * A Copy is reached from its message and from the mailbox entries it lies in.  Accounts and
 * folders live as long as the ledger; entries are counted by reference, because most of them
 * belong to one session's numbering only.
 *
 * A message that nothing has touched for long is put away with its copies (away.c): then its
 * number leads to its record on the disk, and it comes back when it is asked for.  This happens
 * between two effects only; pointers to messages and copies hold during an effect, and beyond
 * it in what busy() of away.c knows of: transactions and open steps.
 */
#ifndef MG_LEDGER_PRIVATE_H
#define MG_LEDGER_PRIVATE_H

#include "mg-movement.h"

#include "handles.h"
#include "shelf.h"

typedef struct Message Message;
typedef struct Copy Copy;
typedef struct Entry Entry;
typedef struct Folder Folder;
typedef struct Account Account;
typedef struct View View;
typedef struct Session Session;
typedef struct Relist Relist;
typedef struct Act Act;
typedef struct Away Away;
typedef struct Step Step;
typedef struct News News;

/* ---- Hosts (parties.c) ---- */

typedef struct {
    MgAddress address;
    MgRole forced;          /* by the roles file; UNKNOWN = not */
    char *forced_name;      /* NULL = none */
    char *server_name;      /* as it calls itself when it serves; NULL = not said */
    char *client_name;      /* as it calls itself when it asks; NULL = not said */
    gboolean serves;        /* accepted a mail connection */
    gboolean relays;        /* passed on a message that had travelled before */
    gboolean serves_itself; /* client and server of one connection have this address */
    guint16 ports[8];       /* served */
    guint n_ports;
    guint used; /* number of the last session it took part in */
} Host;

Host *mg_host_get(MgLedger *ledger, const MgAddress *address);
void mg_host_free(Host *host);
const char *mg_host_name(const Host *host, gboolean as_server);
/* The part that the client of a session plays. */
MgRole mg_session_client_role(const Session *session);
void mg_session_parties(const Session *session, MgParty *ret_client, MgParty *ret_server);

/* ---- Messages and copies (message.c) ---- */

typedef struct {
    guint64 from, to;
} Span;

/* Pieces of a message's text that reached one device by IMAP FETCH. */
typedef struct {
    guint64 header; /* octets of BODY[HEADER]; 0 = not there */
    guint64 text;   /* octets of BODY[TEXT] or BODY[1] */
    gboolean has_header;
    gboolean has_text;
    GArray *slices;       /* Span, sorted, apart from each other; NULL = none */
    GHashTable *sections; /* text: those that came whole, "2.1", "2.HEADER"; NULL = none */
} Pieces;

void mg_pieces_free(Pieces *pieces); /* fetch.c */

struct Copy {
    MgCopy pub;
    Message *owner;
    Copy *same;     /* this record was found to be the same copy as that one; NULL = it is alive */
    Entry *entry;   /* mailbox: its place in the mirror, with a reference; NULL = none */
    Entry *entries; /* all that lead to it */
    Pieces *pieces;
    guint64 exchange;    /* that made it so, until its step has a number */
    guint session;       /* of the proof; 0 = none */
    gboolean mark_doubt; /* the end of a STORE that concerns its mark was not seen */
    gboolean deleted;    /* mailbox: \Deleted is set */
    gboolean pop_marked; /* mailbox: DELE was accepted in a POP3 session that is open */
    Copy *from;          /* mailbox: the queue copy that it proved delivered; NULL = none */
    guint views[4];      /* mailbox: the numberings that last gave it a number */
    gboolean own;        /* mailbox: put there by the author's program: no delivery */
    gboolean sent;       /* mailbox: `own`, in a folder for sent mail */
    guint64 whole_by;    /* device: id of the exchange that first brought all of it */
    guint64 told_flags;  /* mailbox: id of the exchange whose FETCH line told its flags last */
    News *news;          /* mailbox: who did what to it; NULL = not known */
    MgTime met;          /* when it was first met, where that was before a reply; 0 = not told */
    gboolean answered;   /* … and the reply that speaks of it has come */
};

struct Message {
    MgMessage pub;
    char *fingerprint;
    char *body_digest;
    gboolean is_report;
    gboolean has_text; /* its text, or a header of it, was seen */
    gboolean unread;   /* a client may not have read that it was accepted, and send it again */
    gboolean cut_off;  /* the connection ended before its text was there */
    gboolean stale;    /* its copies have changed since its location was worked out */
    guint last_copy;
    gboolean recent; /* asked for since it was last looked at for putting away */
    guint busy;      /* the round of putting away in which somebody points to it */
    gsize weight;    /* octets, about */
    Message *older, *newer;
    GPtrArray *graveyard;   /* Copy*: found to be the same as another; NULL = none */
    GHashTable *by_address; /* address → MgRecipient, once there are many; NULL = few */
    char *envelope_id;      /* ENVID; NULL = none */
};

Message *mg_message_add(MgLedger *ledger);
Message *mg_message_new(guint number);                         /* in no ledger */
Copy *mg_message_copy_by_id(const Message *message, guint id); /* NULL = none */
void mg_message_index_recipients(Message *message);
void mg_message_free(Message *message);
/* Its copies have changed: its location is worked out again when this effect is done. */
void mg_message_stale(MgLedger *ledger, Message *message);
Message *mg_message_get(MgLedger *ledger, guint number); /* follows merged_into */
/* The message with that very number, brought back where it was put away; NULL = none. */
Message *mg_message_at(MgLedger *ledger, guint number);
/* Learn facts that are not known yet.  full: the text came whole. */
void mg_message_learn(MgLedger *ledger, Message *message, const MgContent *content, gboolean full);
Copy *mg_message_copy(Message *message, MgPlace place, const Host *host, const char *account);
Copy *mg_copy_find(const Message *message, MgPlace place, const MgAddress *host,
                   const char *account);
Copy *mg_copy_alive(Copy *copy);          /* follows `same`; NULL for NULL */
gboolean mg_copy_there(const Copy *copy); /* held or marked, doubt or not */
void mg_copy_destroy(Copy *copy);
/* Two that turned out to be one.  Gives the one that stays. */
Message *mg_message_merge(MgLedger *ledger, Message *a, Message *b, MgIdentified by);
Copy *mg_copy_merge(MgLedger *ledger, Copy *stays, Copy *goes);
/* Take it off its message; whoever still points to it finds `same`. */
void mg_copy_bury(MgLedger *ledger, Copy *copy, Copy *same);
MgRecipient *mg_message_recipient(Message *message, const char *address);
guint mg_ledger_doubt(MgLedger *ledger);

/* ---- Where (where.c) ---- */

const char *mg_message_qualifier(const Message *message);
MgEvidence mg_message_evidence(const Message *message);
/* Fill in where the message is for each of its recipients. */
void mg_message_recipients_where(Message *message);
gboolean mg_names_user(const char *account, const char *address); /* parties.c */
gboolean mg_message_accepted(const Message *message); /* a server has or had it, for certain */

/* ---- Identity (identity.c) ---- */

/* The message this text belongs to, or NULL.  full: the text is whole, its digests hold. */
Message *mg_identify(MgLedger *ledger, const MgContent *content, gboolean full, guint64 size,
                     const Message *except, MgIdentified *ret_by);
/* The kinds of handles. */
enum {
    HANDLE_MESSAGE_ID,
    HANDLE_FINGERPRINT,
    HANDLE_QUEUE_ID,
    HANDLE_ENVELOPE_ID,
    HANDLE_ENVELOPE, /* of one whose text did not come: who sends it, from whom, to whom */
    HANDLE_UID,
    HANDLE_UIDL,
};
void mg_identity_index(MgLedger *ledger, Message *message);
void mg_identity_queue_id(MgLedger *ledger, Message *message, const char *queue_id);
gboolean mg_identity_same_text(const Message *message, const MgContent *content, gboolean full);

/* Numbers of all messages that may have it, at most MG_HANDLES_ALIKE. */
guint mg_identity_find(const MgLedger *ledger, guint kind, const char *text, guint *ret_numbers);
void mg_identity_envelope_id(MgLedger *ledger, Message *message, const char *envelope_id);

/* ---- Delivery reports (report.c) ---- */

/* The exchange is complete: what reports in it tell of other messages. */
void mg_report_settle(Session *session, Step *step, const MgExchange *exchange);

/* ---- Mailboxes (store.c) ---- */

enum {
    ENTRY_DELETED = 1 << 0, /* \Deleted is set, as far as we know */
    ENTRY_FLAGS = 1 << 1,   /* its flags are known */
    ENTRY_POP = 1 << 2,     /* met by POP3 */
    ENTRY_GONE = 1 << 3,
    ENTRY_MAIN = 1 << 4,  /* put away: it is the `entry` of its copy */
    ENTRY_THERE = 1 << 5, /* put away: an end of its folder would do something to it */
};

/* One message of a folder or maildrop, known by its number alone or by more. */
struct Entry {
    guint refs;
    guint bits;
    guint32 uid;
    guint view;     /* the numbering that last gave it a number */
    guint64 target; /* id of the last exchange whose command addressed it */
    guint64 size;
    char *uidl;
    char *structure; /* GRefString: its sections as MG_EFFECT_FETCHED tells them; NULL = not told */
    Copy *copy;      /* NULL until touched; read it by mg_entry_copy() */
    guint away;      /* number of the message that it is of, while that is put away; 0 = not */
    guint away_copy; /* … and the id of its copy */
    Entry *prev, *next; /* of the same copy, or of the same message put away */
    Folder *folder;
};

typedef enum { AWAY_MARKED, AWAY_THERE, AWAY_GONE, AWAY_CLASSES } AwayClass;

struct Folder {
    MgLedger *ledger;
    Account *account;
    guint number; /* in the order of their making, from 0 */
    char *name;   /* NULL = not known */
    guint32 uidvalidity;
    GHashTable *by_uid;  /* uid → Entry */
    GHashTable *by_uidl; /* text → Entry */
    GHashTable *touched; /* Entry set: those with a copy */
    GHashTable *marked;  /* Entry set */
    /* Messages whose entries were put away with them, as sets of numbers: with a \Deleted mark;
     * there or in doubt; certainly gone. */
    GHashTable *away[AWAY_CLASSES];
    guint n_away; /* entries */
    guint viewers;
    guint epoch;             /* counts how often all UIDs were forgotten */
    gboolean special_sent;   /* \Sent */
    gboolean special_drafts; /* \Drafts */
    Relist *relist;          /* after a QUIT in doubt; NULL = none */
    GArray *counts;          /* what each program was told last (news.c); NULL = none */
    guint removals;          /* seen to be done by a session (news.c) */
    GArray *changes;         /* what came and went lately; NULL = nothing */
    MgTime changes_from;     /* what came before is not remembered */
};

/* Folders of one provider into which a change of labels may bring a message. */
typedef enum { LABEL_ALL, LABEL_TRASH, LABEL_SPAM, LABEL_FOLDERS } LabelFolder;

struct Account {
    char *label_folders[LABEL_FOLDERS]; /* their names; NULL = not told */
    Host *host;
    char *name;          /* NULL = not known */
    char *domain;        /* of the user's name, where one was given; NULL = not */
    GHashTable *folders; /* name → Folder */
    char separator;      /* of folder names; 0 = not known */
    guint used;          /* number of the last session that asked for it */
    GArray *lost;        /* lost.c: clients to whom uncaptured octets came; NULL = none */
    Account *same;       /* it turned out to be that one under another name; NULL = not */
};

Account *mg_account_get(MgLedger *ledger, Host *host, const char *name, guint session);
void mg_account_free(Account *account);
Folder *mg_folder_get(MgLedger *ledger, Account *account, const char *name);
void mg_folder_free(Folder *folder);
void mg_folder_release(Folder *folder);          /* a viewer has gone */
gboolean mg_folder_is_own(const Folder *folder); /* Sent, Drafts … */
gboolean mg_folder_is_sent(const Folder *folder);
Entry *mg_entry_new(Folder *folder);
/* One that is known by its number or UID alone; NULL where there are too many. */
Entry *mg_entry_new_bare(Folder *folder);
/* As many as a folder may have; what is beyond is not followed. */
guint mg_mirror_clip(MgLedger *ledger, guint64 count);
Entry *mg_entry_ref(Entry *entry);
void mg_entry_unref(Entry *entry);
/* The copy that lies there, brought back where it was put away; NULL = not touched. */
Copy *mg_entry_copy(const Entry *entry);
gboolean mg_entry_touched(const Entry *entry); /* it has a copy */
guint mg_entry_message(const Entry *entry);    /* number of its message; 0 = none */
/* FALSE: its end was seen, there is nothing left to be told of it. */
gboolean mg_entry_may_go(const Entry *entry);
/* This copy lies there; NULL = none any more. */
void mg_entry_lead(Entry *entry, Copy *copy);
Entry *mg_entry_known_uid(const Folder *folder, guint32 uid); /* not put away; or NULL */
guint64 mg_entry_uid_handle(const Folder *folder, guint32 uid);
guint64 mg_entry_uidl_handle(const Folder *folder, const char *uidl);
/* Nothing can find it any more but a look at all: it need not be kept. */
void mg_entry_prune(Entry *entry);
Entry *mg_entry_by_uid(Folder *folder, guint32 uid, gboolean make);
Entry *mg_entry_by_uidl(Folder *folder, const char *uidl);
void mg_entry_set_uidl(Entry *entry, const char *uidl);
void mg_entry_set_deleted(Entry *entry, gboolean deleted);
void mg_folder_forget_uids(Folder *folder);

/* ---- Sequence sets (sets.c) ---- */

typedef struct {
    guint32 first, last; /* first <= last */
} Range;
/* Ranges in the order written; `*` is `top`; NULL where it is no set.  top 0: an empty folder,
 * `*` names nothing. */
GArray *mg_set_parse(const char *set, guint32 top);
guint64 mg_set_count(const GArray *ranges);
/* The number of a set that names just one; else, or NULL, 0. */
guint32 mg_set_only(const GArray *ranges);
gboolean mg_set_contains(const GArray *sorted, guint32 value);
void mg_set_sort(GArray *ranges); /* and join what overlaps */

/* ---- A listing that settles what a QUIT left in doubt (relist.c) ---- */

/* Remember the sizes of this maildrop; the copies in doubt are marked so already. */
void mg_relist_remember(Act *act);
/* The next session's counts, or its sizes when count is G_MAXUINT64. */
void mg_relist_compare(Act *act, guint64 count, guint64 octets);
void mg_relist_free(Relist *relist);
/* It is not in the maildrop any more, and nobody said why.  Where it was in doubt, the step that
 * left it so has done it. */
void mg_maildrop_lacks(Act *act, Entry *entry);

/* ---- Numbering (view.c) ---- */

/* id: of this numbering, unique.  since: what it shows was there then. */
View *mg_view_new(Folder *folder, guint id, MgTime since);
guint mg_view_id(const View *view);
MgTime mg_view_since(const View *view);
void mg_view_free(View *view);
Folder *mg_view_folder(const View *view);
guint mg_view_count(const View *view);
void mg_view_grow(View *view, guint count);
void mg_view_clear(View *view, guint count);        /* that many, nothing known of any */
Entry *mg_view_get(const View *view, guint number); /* borrowed; NULL = unknown */
void mg_view_set(View *view, guint number, Entry *entry);
Entry *mg_view_remove(View *view, guint number); /* reference given over; NULL = unknown */
guint32 mg_view_infer_uid(const View *view, guint number); /* 0 = cannot be told */
/* Whether the number can have this UID: it is sure, and UIDs rise with the numbers. */
gboolean mg_view_may_be(const View *view, guint number, guint32 uid);
/* UIDs of all numbers there are now are below this. */
void mg_view_set_uidnext(View *view, guint32 uidnext);
guint32 mg_view_uidnext(const View *view); /* 0 = not known */
guint mg_view_below(const View *view);     /* so many numbers have lower UIDs than that */
/* VANISHED: the UIDs of the set (sorted) went; the numbers above them move down. */
void mg_view_vanish(View *view, const GArray *sorted);
guint mg_view_unknown(View *view); /* how many have no UID */
/* How many there are was told, and holds. */
void mg_view_set_counted(View *view);
gboolean mg_view_counted(const View *view);
/* Lines are missing: numbers may have moved.  What is known of them is a guess from here on,
 * until an entry gets its number in the numbering `id`. */
void mg_view_doubt(View *view, guint id);
gboolean mg_view_sure(const View *view, guint number);
gboolean mg_view_all_sure(const View *view);
/* This number was seen to be what it was: so are all below, or they would have moved it. */
void mg_view_confirm(View *view, guint number);
/* It was seen to be another one: nothing is known of those that are not sure. */
void mg_view_forget_guesses(View *view);

/* ---- Sessions and steps (ledger.c) ---- */

typedef struct Transaction Transaction; /* smtp.h */

struct Session {
    MgLedger *ledger;
    const MgSession *pub;
    Host *client, *server;
    gboolean turned; /* SMTP: the server sends, the client receives (TURN, ATRN) */
    gboolean relay;  /* its client passes on a message that had travelled before */
    gboolean dark;
    Account *account;
    GHashTable *met;   /* set of message numbers: touched in this session */
    GHashTable *steps; /* exchange id → Step */
    GHashTable *transactions;
    guint last_transaction;
    View *view; /* the maildrop, or the selected folder */
    gboolean read_only;
    gboolean deleted_permanent; /* \Deleted is among PERMANENTFLAGS, or they are not known */
    GPtrArray *marks;           /* POP3: Entry*, those with a mark of this session */
    gboolean limited;           /* a limit was noted */
    Account *same;              /* same.c: what its account turned out to be; NULL = nothing */
    guint same_tries;
    gboolean closed;  /* POP3: the maildrop is closed; another one may follow (XTND) */
    GPtrArray *saved; /* Entry*: `$`; NULL = not known */
};

typedef struct {
    Message *message;
    MgWhere where;
    const char *qualifier;
    MgStamp at;
    gboolean told; /* a movement speaks of it */
} Before;

/* An exchange that is open. */
struct Step {
    guint64 id;
    GPtrArray *movements;
    GArray *befores;
    GHashTable *before_of; /* Message → index + 1 */
    /* IMAP: what the command addresses. */
    GPtrArray *targets; /* Entry*; NULL = none */
    GArray *uids;       /* Range: what a UID command names; NULL = numbers */
    const char *key;
    gboolean lazy;       /* `$`: resolve when the reply is there */
    gboolean reads;      /* FETCH: it sets \Seen */
    gboolean asks_flags; /* … and asks for the flags */
    gboolean guessed;    /* … by numbers that may have moved */
    gboolean wants_all;  /* FETCH: of the whole text */
    gboolean wants_text; /* FETCH: of the text without its header */
    char *folder;
    GHashTable *destination; /* Entry → Copy: made by COPY and MOVE */
    guint expunged;          /* EXPUNGE lines */
    guint unknown_gone;      /* … for entries of which nothing is known */
    gboolean may_be_named;   /* the last one may be of the only UID that the command names */
    gboolean found;          /* SEARCHED came; `found_entries` */
    GPtrArray *found_entries;
    GArray *reports; /* guint: messages of which it became known that they are reports */
};

/* One effect at work. */
struct Act {
    MgLedger *ledger;
    Session *session;
    const MgEffect *effect;
    Step *step;
    const Message *still; /* its location was just worked out and holds for the next movement */
};

struct MgLedger {
    MgMovementSink sink;
    guint count;      /* messages */
    GPtrArray *stale; /* Message* */
    GHashTable *here; /* number → Message: those that are not put away */
    Handles *handles;
    Away *away;
    GPtrArray *folders; /* all of them, renamed and deleted ones too */
    GHashTable *hosts;
    GHashTable *accounts;
    GHashTable *accounts_alike; /* host and user without domain → GPtrArray of Account */
    GHashTable *sessions;
    GArray *reports; /* guint: messages that the effect at work showed to be reports */
    guint doubts;
    GHashTable *either; /* doubt → the doubt of another message; either.c */
    guint text_message; /* of the latest effect */
    guint views;
    guint64 work; /* places of mailboxes that may still be looked at */
    /* 0 = no limit. */
    guint most_accounts, most_hosts, most_entries;
    guint entries;        /* there are */
    gboolean mirror_full; /* a folder is not followed to its end */
    gboolean mirror_said;
};

/* A limit was reached, in no session of its own. */
void mg_ledger_say(MgLedger *ledger, const char *key, const MgStamp *now, guint64 count);

/* ---- Accounts and hosts out of use (idle.c) ---- */

void mg_idle_set_limits(MgLedger *ledger, gsize octets);
/* A session has gone: its account, where that has no name and nothing lies in it, has no use. */
void mg_idle_session(MgLedger *ledger, Account *account, guint session);
void mg_idle_settle(MgLedger *ledger, const MgStamp *now); /* between two effects */

/* ---- Messages that are put away (away.c, record.c) ---- */

Away *mg_away_new(void);
void mg_away_free(Away *away);
/* Octets that messages may take here, and handles. */
void mg_away_set_limits(Away *away, gsize messages, gsize handles);
void mg_away_enter(MgLedger *ledger, Message *message); /* it is new */
void mg_away_weigh(MgLedger *ledger, Message *message); /* it may have grown */
Message *mg_away_fetch(MgLedger *ledger, guint number); /* bring it back; NULL = not there */
const MgMessage *mg_away_read(const MgLedger *ledger, guint number); /* look at it where it is */
/* Bring back all messages with entries of those classes in a folder. */
void mg_away_fetch_folder(Folder *folder, guint classes);
/* This entry is not of its message any more, which is put away. */
void mg_away_unlink(Entry *entry);
/* A numbering has gone that kept this entry here while its message was put away. */
void mg_away_homeless(Entry *entry);
/* Between two effects: put away what is over the limits. */
void mg_away_settle(MgLedger *ledger, const MgStamp *now);

/* The record of a message with its copies, and of those of its entries that nothing else keeps:
 * mg_record_keeps() tells. */
GByteArray *mg_record_write(const Message *message, gboolean (*keeps)(const Entry *entry));
/* A message made of it; entries are made too and entered in their folders when `ledger` is
 * given.  NULL: it is damaged. */
Message *mg_record_read(MgLedger *ledger, const guint8 *data, gsize len, guint number);

/* ---- Steps (step.c) ---- */

Step *mg_step_get(Session *session, guint64 id); /* made when it is new */
void mg_step_free(Step *step);
/* Where a message changed its location and no movement says so, one does. */
void mg_step_tell_rest(Session *session, Step *step, const MgExchange *exchange);
/* The step has its number: history and proofs get it. */
void mg_step_close(MgLedger *ledger, Step *step, guint64 number);
/* Work out the location from the copies again; gives where it was before the step. */
Before *mg_act_refresh(Act *act, Message *message);
/* The locations of all messages whose copies have changed, told or not. */
void mg_act_refresh_stale(Act *act);
/* Record what this effect did to a message.  copy may be NULL. */
MgMovement *mg_act_move(Act *act, Message *message, MgEvent event, Copy *copy,
                        const char *recipient, MgEvidence evidence);
/* The same, where what was said of other copies has changed the location. */
void mg_act_changed(Act *act, Copy *copy);
/* The movement tells what another session did to this copy before. */
void mg_movement_cause(MgMovement *movement, guint64 step, guint session);
/* This effect is the proof of the copy's state. */
void mg_act_prove(Act *act, Copy *copy, MgEvidence evidence);
Account *mg_session_account(Session *session);
/* The copy of a message that the client of this session has. */
Copy *mg_act_device(Act *act, Message *message);
View *mg_act_view(Act *act, Folder *folder);
/* May this effect look at so many places?  If not, a note says so. */
gboolean mg_act_afford(Act *act, guint64 places);
void mg_act_limit(Act *act, const char *key, guint64 count);

/* ---- What a mailbox effect does (mailbox.c) ---- */

/* The message of an entry; a new one where nothing was known of it. */
Message *mg_act_touch(Act *act, Entry *entry);
/* Text of it came by: find out which message it is. */
Message *mg_act_identify(Act *act, Entry *entry, const MgContent *content, gboolean full);
void mg_act_gone(Act *act, Entry *entry, MgEvent event, MgEvidence evidence);
void mg_act_doubt(Act *act, Entry *entry);
/* It was seen in a numbering that is younger than what was said of it: so it is there. */
void mg_act_alive(Act *act, Entry *entry, MgTime since);
/* This copy is there (or is not): what its doubt left open is settled. */
void mg_doubt_settle(Act *act, Copy *copy, gboolean there);
/* It turned out to be there; how it was before that is told too. */
void mg_act_stays(Act *act, Entry *entry, MgEvidence evidence);

/* ---- Either of two messages (either.c) ---- */

/* Just one of these two copies, of two messages, is there: the one put there or the one taken
 * away. */
void mg_either_link(MgLedger *ledger, const Copy *new_one, const Copy *old_one);
/* A copy that had this doubt is there, or is not. */
void mg_either_settle(Act *act, guint doubt, gboolean there);

void mg_act_mark(Act *act, Entry *entry, gboolean marked, MgEvidence evidence);
/* Two entries that turned out to be one place. */
void mg_act_fold(Act *act, Entry *from, Entry *into, MgIdentified by);
/* A new copy of what lies at one entry, in another folder. */
Copy *mg_act_copy_to(Act *act, Entry *source, Entry *destination);
void mg_entry_bind(Entry *entry, Copy *copy);
/* A text of it reached the client. */
void mg_act_received(Act *act, Message *message, MgContents contents);

/* ---- Drafts (drafts.c) ---- */

/* What lies at this entry is being removed: if a newer version of the draft is in the folder, the
 * two are one message. */
void mg_draft_goes(Act *act, const Entry *entry);

/* ---- One account by several names (same.c) ---- */

/* A unique-id that the session's maildrop lists. */
void mg_same_by_uidl(Act *act, const char *uidl);
/* A message turned out to lie at this entry. */
void mg_same_by_copy(Act *act, const Entry *entry, const Message *message);
/* The effect is done: the session goes on in the account that it was proved to be. */
void mg_same_settle(Act *act);

/* ---- What holes may have brought (lost.c) ---- */

/* All of it may have reached the client: octets of it are in a hole. */
void mg_act_maybe_received(Act *act, Message *message);
/* A hole in what the server of this session says. */
void mg_lost_remember(Act *act);
/* The last copy on a server has gone: a client of this account may have one. */
void mg_lost_doubt(Act *act, Message *message, const Account *account);

/* ---- Who learns of what another one did (news.c) ---- */

typedef enum {
    NEWS_CAME,  /* it was put there */
    NEWS_FLAGS, /* another flag than \Deleted */
    NEWS_MARK,  /* \Deleted */
    NEWS_GONE,
    NEWS_KINDS
} NewsKind;

typedef enum {
    MG_TOLD_UNASKED, /* the server says by itself what has changed */
    MG_TOLD_ASKED,   /* an answer shows how it is now */
    MG_TOLD_COUNTED, /* so does a count, which this program knew otherwise before */
    MG_TOLD_LISTED,  /* so does a listing, also to the program that did it in an earlier session */
} MgTold;

/* This session did it.  proven: how it was before is known, and that was something else. */
void mg_news_done(Act *act, Copy *copy, NewsKind kind, MgEvent event, gboolean proven);
/* It is not so any more, or somebody did it who was not seen. */
void mg_news_drop(Copy *copy, NewsKind kind);
/* The server shows it to this session.  Gives the movement where this is news to it, else NULL. */
MgMovement *mg_news_told(Act *act, Copy *copy, NewsKind kind, MgTold how);
MgTime mg_news_time(const Copy *copy, NewsKind kind);
/* It has gone; may an answer or a listing that lacks it still be news to somebody? */
gboolean mg_news_waits(const Entry *entry);
/* The selected folder had `before` messages and has more now. */
void mg_news_grown(Act *act, View *view, guint before);
/* The server tells how many messages the folder has; uidnext 0: not told. */
void mg_news_counted(Act *act, Folder *folder, guint64 number, guint32 uidnext);
/* For the record of a message that is put away. */
gsize mg_news_size(void);
News *mg_news_from_octets(gconstpointer octets);                /* so many */
void mg_news_close(Copy *copy, guint64 exchange, guint64 step); /* its step has this number */

/* ---- The protocols ---- */

void mg_ledger_smtp(Act *act);     /* smtp.c */
void mg_ledger_maildrop(Act *act); /* maildrop.c */
void mg_ledger_imap(Act *act);     /* imap.c */
void mg_ledger_copy(Act *act);     /* copy.c */
void mg_ledger_labels(Act *act);   /* labels.c */
void mg_labels_listed(Account *account, const MgEffect *effect);
/* Not known whether it was copied, or moved. */
void mg_copy_doubt(Act *act, Entry *entry, gboolean move);
void mg_ledger_names(Act *act);       /* names.c */
void mg_ledger_folder(Act *act);      /* folder.c: numbering */
void mg_ledger_fetched(Act *act);     /* fetch.c */
void mg_ledger_url_fetched(Act *act); /* burl.c */
/* The parts of this effect are text of what lies at that entry. */
void mg_fetch_take(Act *act, Entry *entry);
void mg_transaction_free(Transaction *transaction);
void mg_mirror_exchange(Session *session, Step *step, const MgExchange *exchange);
void mg_duty_exchange(Session *session, Step *step, const MgExchange *exchange);
/* [MESSAGELIMIT] (RFC 9738): the server stopped before it came to this one of the targets. */
gboolean mg_step_stopped(const Act *act, const GPtrArray *targets, guint index);
GPtrArray *mg_step_targets(Act *act); /* borrowed; resolves `$` when asked for */
/* Those known by UID that are in the set, in rising order; own it. */
GPtrArray *mg_folder_entries_in(Act *act, Folder *folder, const GArray *sorted);
void mg_mirror_moved(Act *act, Entry *entry, MgEvidence evidence);
gboolean mg_step_is(const Step *step, const char *command);
View *mg_session_view(Session *session);
Entry *mg_view_entry(Session *session, guint number, guint32 uid, Act *act);
Entry *mg_number_entry(Session *session, guint number); /* made where nothing is known */
/* Entry*, own it.  gone: also those that are certainly gone. */
GPtrArray *mg_folder_touched(Folder *folder, gboolean gone);
guint mg_folder_touched_count(const Folder *folder);
GPtrArray *mg_folder_marked(Folder *folder);
void mg_step_target(Step *step, Entry *entry);
/* FETCH: what of the text its items ask for. */
void mg_fetch_asks(Step *step, const char *items);
/* FETCH is answered; what it asked for and did not show may be in a hole. */
void mg_fetch_done(Act *act);
void mg_set_flags(Copy *copy, const char *const *flags);
gboolean mg_flags_have(const char *const *flags, const char *flag);
/* In another flag than \Deleted, which is kept apart, and \Recent, which is each session's own. */
gboolean mg_flags_differ(const GPtrArray *a, const GPtrArray *b);

#endif
