/* The text format from inside: its state, and its parts in files of their own. */
#ifndef MG_RENDER_TEXT_H
#define MG_RENDER_TEXT_H

#include "clock.h"
#include "closing.h"
#include "mg-render.h"
#include "output.h"
#include "roll.h"
#include "text-table.h"

G_BEGIN_DECLS

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgTicker ticker;
    MgTextTable table;
    gboolean header_written;
    GHashTable *sessions; /* number → its headings, while open */
    guint session;        /* whose heading was written last */
    GHashTable *captures; /* number → its name */
    guint16 capture;      /* whose name was written last */
    MgRoll *messages;
    GString *insights; /* their lines */
    MgClosing *closing;
} MgTextState;

/* text-step.c: the rows of one step, where it leaves its messages, the deep text. */
void mg_text_step(MgTextState *text, const MgStep *step);

/* text-message.c: the lines of one message in the table at the end.  Free with g_free(). */
char *mg_text_message(const MgTextState *text, const MgStepMessage *record);

G_END_DECLS

#endif
