/* The subgoal that a step serves: "Greet", "Envelope", "Copy".  Headings of the tables of a
 * handout; nothing but the command's name and what it moved decides. */
#ifndef MG_RENDER_PHASE_H
#define MG_RENDER_PHASE_H

#include "mg-step.h"

G_BEGIN_DECLS

typedef enum {
    MG_PHASE_NONE,
    MG_PHASE_GREET,
    MG_PHASE_ENCRYPT,
    MG_PHASE_LOG_IN,
    MG_PHASE_ENVELOPE,
    MG_PHASE_HAND_OVER,
    MG_PHASE_LOOK,
    MG_PHASE_COPY,
    MG_PHASE_MARK,
    MG_PHASE_COPY_AND_MARK, /* they take turns */
    MG_PHASE_COMMIT,
    MG_PHASE_STORE,
    MG_PHASE_WAIT,
    MG_PHASE_CLOSE,
    MG_PHASE_OTHER,
} MgPhase;

MgPhase mg_phase_of(const MgStep *step);
/* The phase to stand under when `step` comes after `before`: a server's unasked line and what
 * the connection did stay where they are; copying and marking by turns are one phase. */
MgPhase mg_phase_next(MgPhase before, const MgStep *step);
/* Name of the label: "phase-greet". */
const char *mg_phase_label(MgPhase phase);

G_END_DECLS

#endif
