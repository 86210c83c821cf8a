/* Session after session: a sink that holds back what belongs to a later session until those
 * before it have ended (--by session).
 *
 * Sessions come in the order in which they began.  The first one that is still open passes
 * straight through, so that a live run shows it; the others wait in memory up to a limit, then
 * in an unlinked temporary file, and are given when their turn comes, at the latest with the
 * summary.  What belongs to no session passes at once.
 *
 * Of a copy in a step's movement the flags are left out: none of the formats that are given in
 * this order shows them. */
#ifndef MG_RENDER_BY_SESSION_H
#define MG_RENDER_BY_SESSION_H

#include "mg-step.h"

G_BEGIN_DECLS

typedef struct MgBySession MgBySession;

/* next is copied. */
MgBySession *mg_by_session_new(const MgStepSink *next);
void mg_by_session_sink(MgBySession *order, MgStepSink *ret_sink);
/* Gives what still waits, and frees. */
void mg_by_session_free(MgBySession *order);

G_END_DECLS

#endif
