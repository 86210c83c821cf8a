/* The annotated copy of a live capture: written while it comes.
 *
 * A frame is held back until proto has read its payload and a second has passed, so that what is
 * said of it, and what is secret in it, is known.  One whose payload is not read after five
 * seconds is blanked.  What is said later of a frame that is gone stands on the newest one.
 */
#ifndef MG_ANNOTATE_LIVE_H
#define MG_ANNOTATE_LIVE_H

#include "annotate/flows.h"
#include "annotate/rename.h"
#include "mg-annotate.h"

G_BEGIN_DECLS

/* How long a frame is held back; and at most, when its payload is not read. */
#define MG_LIVE_HOLD MG_SECOND
#define MG_LIVE_WAIT (5 * MG_SECOND)
/* Octets of all frames that are held back; beyond it the oldest one goes. */
#define MG_LIVE_OCTETS ((gsize)32 * 1024 * 1024)

typedef struct MgLive MgLive;

typedef struct {
    MgAnnotateWrite write;
    gpointer user;
    const char *program;
    const char *summary; /* what the section says, since the end is not known */
    const char *again;
    MgFlows *flows;
    gboolean show_secrets;
    MgRenamer *renamer; /* NULL = real names */
} MgLiveSetup;

/* Options are borrowed for its life. */
MgLive *mg_live_new(const MgLiveSetup *options);
void mg_live_free(MgLive *live);

void mg_live_capture(MgLive *live, guint16 capture, const char *name);
void mg_live_frame(MgLive *live, const MgFrame *frame);
void mg_live_segment(MgLive *live, const MgSegment *segment);
/* As mg_sorter_add(): something about a frame. */
void mg_live_record(gpointer live, guint16 capture, guint64 frame, guint16 kind, gconstpointer data,
                    gsize len);
void mg_live_time(MgLive *live, MgTime now);
/* The end: write all that is left. */
void mg_live_finish(MgLive *live, MgAnnotateCounts *ret_counts);

G_END_DECLS

#endif
