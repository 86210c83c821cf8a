/* One walk through a step for the two cells of the lab table that tell of it, Action and
 * Result: which words stand there, in which order, is the same in every format; a form says how
 * each kind of thing is written. */
#ifndef MG_RENDER_WALK_H
#define MG_RENDER_WALK_H

#include "mg-render.h"

G_BEGIN_DECLS

/* What of a captured line is shown: of replies before the deciding one less. */
typedef enum { MG_WALK_LINE, MG_WALK_REPLY, MG_WALK_EARLIER } MgWalkCode;

/* All texts are plain; a form escapes them.  `cell` is the form's own. */
typedef struct {
    void (*words)(gpointer cell, const char *words); /* go on in the line */
    void (*direction)(gpointer cell, const char *label);
    void (*code)(gpointer cell, const char *captured, MgWalkCode which);
    void (*head)(gpointer cell, const char *captured);     /* a line of its own */
    void (*sentence)(gpointer cell, const char *sentence); /* a paragraph of its own */
    void (*detail)(gpointer cell, const char *token, const char *gloss);
    void (*reply_opens)(gpointer cell, gboolean one_of_many, gboolean last);
    void (*reply_closes)(gpointer cell, gboolean one_of_many);
    void (*reference)(gpointer cell, const MgStep *step);
    gboolean gloss_beside; /* the sentence of one of many replies goes on in its line */
} MgWalkForm;

void mg_walk_action(const MgWalkForm *form, gpointer cell, const MgRenderOptions *options,
                    const MgStep *step);
void mg_walk_result(const MgWalkForm *form, gpointer cell, const MgRenderOptions *options,
                    const MgStep *step);

G_END_DECLS

#endif
