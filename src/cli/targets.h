/* cli: where the records go: each file of -o and the standard output, with its renderer.
 *
 * Takes the records of gloss and gives each to every output.  Knows which summary came last.
 */
#ifndef MG_CLI_TARGETS_H
#define MG_CLI_TARGETS_H

#include "cli/annotated.h"
#include "cli/options.h"
#include "mg-render.h"

G_BEGIN_DECLS

typedef struct MgTargets MgTargets;

/* Nothing is open yet: records go nowhere.  Options and glossary are borrowed. */
MgTargets *mg_targets_new(const MgOptions *options, const MgGlossary *glossary, gboolean live);
void mg_targets_free(MgTargets *targets);

/* Create the files, and start the pager.  `annotated`: of the format pcapng; else NULL. */
gboolean mg_targets_open(MgTargets *targets, MgAnnotated *annotated, GError **error);
void mg_targets_step_sink(MgTargets *targets, MgStepSink *ret_sink);
/* Every reader has gone away: nobody wants more. */
gboolean mg_targets_all_gone(const MgTargets *targets);
/* NULL: none came. */
const MgStepSummary *mg_targets_summary(const MgTargets *targets);
/* End all outputs.  What could not be written, in sentences: char*, own it. */
GPtrArray *mg_targets_close(MgTargets *targets);

G_END_DECLS

#endif
