/* What stands at the end of a transcript: what was missing or odd.  Collected on the way,
 * within limits. */
#ifndef MG_RENDER_CLOSING_H
#define MG_RENDER_CLOSING_H

#include "mg-render.h"

G_BEGIN_DECLS

enum {
    /* Notes of one kind that are named; a damaged capture may have one for every frame. */
    MG_CLOSING_NOTES = 50,
};

typedef struct MgClosing MgClosing;

/* options are borrowed for life. */
MgClosing *mg_closing_new(const MgRenderOptions *options);
void mg_closing_free(MgClosing *closing);
void mg_closing_capture(MgClosing *closing, const MgStepCapture *capture);
void mg_closing_session(MgClosing *closing, const MgStepSession *session);
void mg_closing_note(MgClosing *closing, const MgStepNote *note);

/* One sentence each, not escaped; none where nothing is missing or odd.  summary may be NULL.
 * char*; free with g_ptr_array_unref(). */
GPtrArray *mg_closing_lines(const MgClosing *closing, const MgStepSummary *summary);

G_END_DECLS

#endif
