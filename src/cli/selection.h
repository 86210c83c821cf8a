/* cli: which of the steps are wanted (--session, --message). */
#ifndef MG_CLI_SELECTION_H
#define MG_CLI_SELECTION_H

#include "mg-step.h"

G_BEGIN_DECLS

/* Stands between gloss and the renderers and lets through what is wanted. */
typedef struct {
    MgStepSink next;
    guint session;    /* 0 = all */
    guint message;    /* 0 = all */
    GHashTable *same; /* numbers of messages that turned out to be that one; NULL = none */
} MgSelection;

void mg_selection_sink(MgSelection *selection, MgStepSink *ret_sink);

/* The message that --message means: its number, then its Message-ID, a queue id, a word of its
 * subject.  0 = none. */
guint mg_selection_find(const MgLedger *ledger, const char *asked);
/* Numbers of the messages that turned out to be this one; free with g_hash_table_unref(). */
GHashTable *mg_selection_same(const MgLedger *ledger, guint number);

G_END_DECLS

#endif
