/* cli: what stands between the stages when there are several capture points.
 *
 * Between tcp and proto: octets are told as those of the capture with the lowest number that has
 * their packet, so that the frames of a step are of one capture; a second copy from another
 * capture is no repetition.  Between gloss and render: the frames of other captures become a
 * step's `also`.
 */
#ifndef MG_CLI_TWINS_H
#define MG_CLI_TWINS_H

#include "cli/points.h"
#include "mg-flow.h"
#include "mg-step.h"

G_BEGIN_DECLS

typedef struct {
    const MgPoints *points;
    MgFlowSink flows; /* where they go */
    MgStepSink steps;
    GArray *places; /* MgPlacement, of one offer */
} MgTwins;

/* `points` is borrowed.  The sinks borrow `twins`. */
void mg_twins_init(MgTwins *twins, const MgPoints *points);
void mg_twins_clear(MgTwins *twins);
/* A sink that hands on to `next` (copied). */
void mg_twins_flow_sink(MgTwins *twins, const MgFlowSink *next, MgFlowSink *ret_sink);
void mg_twins_step_sink(MgTwins *twins, const MgStepSink *next, MgStepSink *ret_sink);

G_END_DECLS

#endif
