/* The state tracker of a message: where it was after each step that changed that, as the cells
 * of a table, for every format that has tables.
 *
 * First row the location, then, for the deep text, a row for each host that had a copy and what
 * the location rests on, and the frames.  Cells are plain words, not escaped. */
#ifndef MG_RENDER_TRACKER_H
#define MG_RENDER_TRACKER_H

#include "mg-render.h"

G_BEGIN_DECLS

enum {
    /* Columns of steps that fit a printed page; a longer way goes on in another table. */
    MG_TRACKER_COLUMNS = 6,
};

typedef struct {
    char *name;
    char *cells[MG_TRACKER_COLUMNS];
    gboolean place; /* the row of locations */
} MgTrackerRow;

typedef struct {
    char *variable; /* head of the first column */
    char *heads[MG_TRACKER_COLUMNS];
    MgWhere where[MG_TRACKER_COLUMNS];
    guint n;         /* columns */
    GPtrArray *rows; /* MgTrackerRow* */
} MgTracker;

/* "Where is M1?" */
char *mg_tracker_title(const MgRenderOptions *options, const MgMessage *message);
/* The columns from entry `from` of the history on; NULL where there are none. */
MgTracker *mg_tracker_new(const MgRenderOptions *options, const MgMessage *message, guint from);
void mg_tracker_free(MgTracker *tracker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgTracker, mg_tracker_free)

G_END_DECLS

#endif
