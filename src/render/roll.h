/* The messages of the closing tables: what an output writes of each, in one or more parts that
 * stand in different places (rows, paths, remarks), in order of their numbers.
 *
 * Of a number that comes twice the last counts.  Offline every number comes once and in order;
 * then beyond a few thousand the parts are spooled, so that the tables cost no memory. */
#ifndef MG_RENDER_ROLL_H
#define MG_RENDER_ROLL_H

#include "output.h"

G_BEGIN_DECLS

/* Parts of one message at most. */
enum { MG_ROLL_PARTS = 4 };

typedef struct MgRoll MgRoll;
MgRoll *mg_roll_new(const MgRenderOptions *options);
void mg_roll_free(MgRoll *roll);
/* Takes the parts; NULL = nothing to write there.  counts: it is a message of its own. */
void mg_roll_put(MgRoll *roll, guint number, gboolean counts, char *const parts[MG_ROLL_PARTS]);
gboolean mg_roll_is_empty(const MgRoll *roll);
guint mg_roll_count(const MgRoll *roll); /* messages of their own */
/* Write that part of all; it can be written once. */
void mg_roll_write(MgRoll *roll, guint part, MgWriter *writer);

G_END_DECLS

#endif
