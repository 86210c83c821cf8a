/* What one session did, counted while its steps pass; and the sentences made of it.
 *
 * Takes the exchanges with their movements, gives MgStepSession.did.  What a client asked for
 * is told from what a server said about the doings of others.
 */
#ifndef MG_GLOSS_TALLY_H
#define MG_GLOSS_TALLY_H

#include "gloss.h"

G_BEGIN_DECLS

typedef struct {
    GHashTable *messages; /* number → bits: 1 << event as asked for, and TALLY_… */
    guint64 first_step;
    guint64 last_readable; /* the latest step in which somebody spoke */
    guint64 accepted_recipients, refused_recipients, deferred_recipients;
    guint64 dele;       /* POP3: step of the latest DELE; 0 = none was sent */
    guint64 marked;     /* POP3: marks that stand */
    guint64 removed;    /* messages that are gone as this client asked */
    guint64 marks_lost; /* POP3: by a connection that ended without QUIT */
    guint64 marks_back; /* POP3: by RSET */
    guint64 in_doubt;   /* POP3: marked, and the answer to QUIT was not seen or was -ERR */
    gboolean has_count; /* POP3: the server told how many messages there are */
    guint64 count;      /* … marked ones included */
    guint64 told_gone;  /* IMAP: removed by others, as the server told */
    char *folder;       /* IMAP: the open one; NULL = none or not known */
    gboolean read_only;
} MgTally;

enum {
    TALLY_RCPT_OK = 1 << 20,      /* a recipient was accepted */
    TALLY_RCPT_REFUSED = 1 << 21, /* a recipient was refused, not the message */
    TALLY_RCPT_DEFERRED = 1 << 22,
};

void mg_tally_free(gpointer tally);
/* The tally of that session, made where there is none.  Owned by gloss until the session ends. */
MgTally *mg_tally_get(MgGloss *gloss, guint session);
void mg_tally_step(MgTally *tally, const MgMoved *moved);
/* Whole sentences; NULL where there is nothing to say. */
char *mg_tally_did(const MgGloss *gloss, const MgTally *tally, const MgSession *session);

/* TRUE when the command of this exchange asks for what the movement is, FALSE when the server
 * tells by it what others did. */
gboolean mg_asked(const MgExchange *exchange, MgEvent event);
/* How many messages the server says are gone that this command did not ask to remove. */
guint64 mg_told_gone(const MgExchange *exchange);

G_END_DECLS

#endif
