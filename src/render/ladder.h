/* The ladder: who says what to whom, and where the message is, as SVG.
 *
 * Participants are lanes, time goes down.  A thick grey line beside a lane says that a message
 * is there, a dashed one that it is marked for deletion; it begins and ends at the reply.  The
 * short form has the steps that move or mark a copy, the full form every line.
 *
 * A picture has at most MG_LADDER_LANES lanes and as many rows as asked for; what does not fit
 * goes into the next one.  Memory is that of one picture, whatever the length of the capture.
 */
#ifndef MG_RENDER_LADDER_H
#define MG_RENDER_LADDER_H

#include "mg-render.h"

G_BEGIN_DECLS

enum {
    /* More lanes cannot be read on paper. */
    MG_LADDER_LANES = 6,
    /* Messages with a line of their own; the table has the others. */
    MG_LADDER_MESSAGES = 4,
    /* Rows of a picture that fits a printed page. */
    MG_LADDER_PAGE_ROWS = 22,
};

/* One picture: what stands inside <svg>, in SVG units, the origin at its upper left corner. */
typedef struct {
    guint number; /* from 1 */
    const char *svg;
    guint width, height;
    const char *description; /* in words, for those who do not see it; not escaped */
} MgLadderPicture;

typedef void (*MgLadderPaint)(gpointer user, const MgLadderPicture *picture);

typedef struct MgLadder MgLadder;

/* options are borrowed for life. */
MgLadder *mg_ladder_new(const MgRenderOptions *options, gboolean full, guint rows,
                        MgLadderPaint paint, gpointer user);
void mg_ladder_session(MgLadder *ladder, const MgStepSession *session);
void mg_ladder_step(MgLadder *ladder, const MgStep *step);
void mg_ladder_note(MgLadder *ladder, const MgStepNote *note);
/* Paints the last picture and frees. */
void mg_ladder_end(MgLadder *ladder);

/* The style rules that the pictures need, once in a document. */
const char *mg_ladder_style(void);

G_END_DECLS

#endif
