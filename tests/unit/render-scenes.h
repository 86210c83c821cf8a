/* Steps made by hand, as gloss would give them, for the tests of render. */
#ifndef MG_TEST_RENDER_SCENES_H
#define MG_TEST_RENDER_SCENES_H

#include "mg-step.h"

/* One message by SMTP and then POP3 with DELE: 14 steps, 38 frames. */
void scene_journey(const MgStepSink *sink, MgDetailLevel detail);
/* Two captures, sessions that take turns, a hole, 50 messages expunged at once, a lost
 * connection, hostile text, a merged message. */
void scene_odd(const MgStepSink *sink);

#endif
