/* What a text tells and nobody saw: hops of Received fields, and reports about other messages. */
#ifndef MG_GLOSS_TOLD_H
#define MG_GLOSS_TOLD_H

#include "mg-step.h"

G_BEGIN_DECLS

enum {
    /* Hops of one text that the deep text names: few messages have more. */
    MG_GLOSS_HOPS = 12,
    /* Recipients of a report that its sentence names. */
    MG_GLOSS_REPORTED = 3,
};

/* The hops that the text of this step tells of and that were not seen: at most MG_GLOSS_HOPS
 * details, their texts in the pool.  Gives their number. */
guint mg_told_hops(const MgGloss *gloss, const MgMoved *moved, GPtrArray *pool,
                   MgStepDetail *ret_details);
/* The sentence about a report that travels in this step, or NULL.  Free with g_free(). */
char *mg_told_report(const MgGloss *gloss, const MgMoved *moved);
/* The same for the end: what this message reports, what was reported of its recipients, and, in
 * deep text or where one message was asked for, its hops. */
void mg_told_remarks(const MgGloss *gloss, const MgMessage *message, GPtrArray *remarks);

G_END_DECLS

#endif
