/* The steps that moved a message, kept for the table at the end: Step, Action, Protocol, Result,
 * Email location. */
#ifndef MG_GLOSS_TRAIL_H
#define MG_GLOSS_TRAIL_H

#include "mg-step.h"

G_BEGIN_DECLS

enum {
    /* Messages that get such a table, and rows of one: what a reader looks at, and a few
     * megabytes of memory. */
    MG_TRAIL_MESSAGES = 2000,
    MG_TRAIL_ROWS = 24,
};

typedef struct MgTrail MgTrail;

MgTrail *mg_trail_new(void);
void mg_trail_free(MgTrail *trail);
/* answer: index of the reply that decides, or G_MAXUINT. */
void mg_trail_step(MgTrail *trail, const MgStep *step, guint answer);
/* At the end: the rows of messages that turned out to be another one go to it. */
void mg_trail_join(MgTrail *trail, const MgLedger *ledger);
/* Borrowed; NULL where nothing is kept. */
const MgStepTrace *mg_trail_of(const MgTrail *trail, guint message, guint *ret_n);

G_END_DECLS

#endif
