/* What stands under a message at the end, in words that every format shares: its places, the
 * steps that moved it, its state tracker. */
#ifndef MG_RENDER_TRAIL_H
#define MG_RENDER_TRAIL_H

#include "mg-render.h"

G_BEGIN_DECLS

enum { MG_TRAIL_COLUMNS = 5 };

/* Labels of the columns: step, action, protocol, result, email location. */
extern const char *const mg_trail_columns[MG_TRAIL_COLUMNS];
/* The cells of one row, "" = empty.  Free with g_strfreev(). */
char **mg_trail_cells(const MgStepTrace *row);

/* Are the places shown, and the steps? */
gboolean mg_trail_wants_places(const MgRenderOptions *options);
gboolean mg_trail_wants_steps(const MgRenderOptions *options, const MgStepMessage *record);

/* "mx.example.org, queue 4F1A2: passed on (step 13, frame 34)"; deep: and how it was recognised
 * there.  Free with g_free(). */
char *mg_trail_place(const MgRenderOptions *options, const MgStepPlace *place);

/* One entry of the state tracker: its place, and whether it is marked for deletion there. */
char *mg_trail_history(const MgRenderOptions *options, const MgHistory *entry);
/* "Start: User device; After step 6: Email server; Final (21): …".  NULL = nothing is known. */
char *mg_trail_tracker(const MgRenderOptions *options, const MgMessage *message);

G_END_DECLS

#endif
