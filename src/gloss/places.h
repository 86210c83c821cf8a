/* Where a message is or was, place by place. */
#ifndef MG_GLOSS_PLACES_H
#define MG_GLOSS_PLACES_H

#include "mg-step.h"

G_BEGIN_DECLS

enum {
    /* Places that are named one by one; a message to a long list has more. */
    MG_GLOSS_PLACES = 40,
};

/* Its copies in the order in which they came to be, gone ones too; texts are in the pool. */
MgStepPlace *mg_places_of(const MgGlossary *glossary, const MgMessage *message, GPtrArray *pool,
                          guint *ret_n);

G_END_DECLS

#endif
