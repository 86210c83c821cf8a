/* cli: one reading of the inputs, from frames to steps.
 *
 * Owns one instance of every stage from net to gloss.  Can be made as often as wanted in one
 * process: outputs that must know the end before the beginning read twice.
 */
#ifndef MG_CLI_CORRIDOR_H
#define MG_CLI_CORRIDOR_H

#include "cli/options.h"
#include "cli/points.h"
#include "mg-annotate.h"
#include "mg-anonym.h"

G_BEGIN_DECLS

typedef struct MgCorridor MgCorridor;

/* Steps go to `sink` (copied).  The glossary is borrowed, and so is what a first reading found
 * out about several captures; `points` NULL: nothing.  `annotator` (borrowed) looks on; NULL:
 * nobody does.  `anonym` (borrowed) replaces names; NULL: nobody does. */
MgCorridor *mg_corridor_new(const MgOptions *options, const MgGlossary *glossary,
                            const MgPoints *points, MgAnnotator *annotator, MgAnonym *anonym,
                            const MgStepSink *sink, GError **error);
void mg_corridor_free(MgCorridor *corridor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCorridor, mg_corridor_free)

/* The sink that a capture must be made with. */
void mg_corridor_frame_sink(MgCorridor *corridor, MgFrameSink *ret_sink);
/* Live, when no frame has come for a while: let time pass. */
void mg_corridor_time(MgCorridor *corridor, MgTime now);
/* The end: all connections are closed, messages and summary given. */
void mg_corridor_finish(MgCorridor *corridor, const MgCaptureCounts *counts);
const MgLedger *mg_corridor_ledger(const MgCorridor *corridor);
/* The first link type that was met and cannot be read, and the file it stands in; NULL = none
 * was met.  Borrowed from the corridor. */
const char *mg_corridor_unread_linktype(const MgCorridor *corridor, const char **ret_file);
/* The capture filter for live input: the known mail ports, IP fragments and VLAN tags.  Free
 * with g_free(). */
char *mg_corridor_live_filter(const MgOptions *options);

G_END_DECLS

#endif
