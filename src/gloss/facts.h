/* Facts that insights are drawn from, gathered while steps pass: for each message the first
 * steps of a kind, for the whole capture the first step and how often.  Never more than
 * MG_FACTS_MESSAGES messages and MG_FACTS_ACTS removals are remembered. */
#ifndef MG_GLOSS_FACTS_H
#define MG_GLOSS_FACTS_H

#include "tally.h"

G_BEGIN_DECLS

enum {
    /* Messages that have facts of their own; an insight tells of the first and counts the
     * others, so later ones are not missed. */
    MG_FACTS_MESSAGES = 10 * 1000,
};

/* What one device learned of another one's act. */
typedef enum { MG_TOLD_GONE, MG_TOLD_FLAGS, MG_TOLD_CAME, MG_TOLD_KINDS } MgToldKind;

typedef struct {
    guint64 steps[2]; /* of the act, and of the line that told it; 0 = did not happen */
    MgEndpoint by, to;
} MgToldFacts;

/* Steps; 0 = did not happen. */
typedef struct {
    guint number;
    guint64 accepted;                /* the server took it over (reply to the dot) */
    guint64 accepted_quit;           /* QUIT of that session */
    guint64 doubt;                   /* SMTP: the answer to the dot was not seen */
    guint64 refused;                 /* SMTP: a recipient was refused */
    guint64 fetched;                 /* a device got a full copy, and the server kept its own */
    guint64 pop_fetched;             /* … by RETR */
    guint64 pop_quit;                /* QUIT of that session, which removed nothing of it */
    guint64 dele;                    /* latest DELE */
    guint dele_session;              /* … and its session */
    guint64 quit_doubt;              /* QUIT whose answer was not seen */
    guint64 dele_quit;               /* QUIT that removed it */
    guint64 lost;                    /* the connection ended without QUIT */
    guint64 back;                    /* RSET */
    guint64 mark;                    /* IMAP: latest \Deleted */
    guint64 expunge;                 /* IMAP: EXPUNGE or CLOSE removed a copy */
    guint64 mailbox;                 /* first seen in a mailbox */
    guint64 device_step, other_step; /* first acts of two different devices */
    MgAddress device;
    MgToldFacts told[MG_TOLD_KINDS];
} MgMessageFacts;

/* Something that happened once or more. */
typedef struct {
    guint64 steps[2]; /* of the first time; 0 = none */
    guint64 count;
} MgOnce;

typedef struct MgFacts {
    const MgGlossary *glossary;
    GHashTable *messages; /* number → MgMessageFacts* */
    MgOnce password;      /* readable as it is */
    MgOnce base64;        /* readable behind base64 */
    MgOnce seen;          /* BODY[] set \Seen */
    MgOnce peek;          /* BODY.PEEK[] left it */
    MgOnce starttls;      /* last readable step */
    MgOnce middle;        /* capture begins in the middle of a session */
    MgOnce dark;          /* encrypted from the first octet */
    guint64 missing_octets;
} MgFacts;

MgFacts *mg_facts_new(const MgGlossary *glossary);
void mg_facts_free(MgFacts *facts);
/* After the tally of that session has taken the step. */
void mg_facts_step(MgFacts *facts, const MgMoved *moved, const MgTally *tally);
void mg_facts_session(MgFacts *facts, const MgSession *session, const MgTally *tally);

/* insights.c: what this capture teaches, the most instructive first. */
void mg_gloss_insights(MgGloss *gloss);

G_END_DECLS

#endif
