/* Steps, sessions and notes as octets, to be set aside and given later in the same run: the
 * plain fields as they lie in memory, then what they point to. */
#ifndef MG_RENDER_PACK_H
#define MG_RENDER_PACK_H

#include "mg-step.h"

G_BEGIN_DECLS

/* Append one record. */
void mg_pack_session(GByteArray *out, const MgStepSession *session);
void mg_pack_step(GByteArray *out, const MgStep *step);
void mg_pack_note(GByteArray *out, const MgStepNote *note);

/* Give all records of `octets` to the sink, in order. */
void mg_pack_give(const guint8 *octets, gsize len, const MgStepSink *sink);

G_END_DECLS

#endif
