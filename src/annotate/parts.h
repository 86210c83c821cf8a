/* Comments that can be made only when all frames are known: those on the middle frames of a long
 * text, and those on frames that bring octets again. */
#ifndef MG_ANNOTATE_PARTS_H
#define MG_ANNOTATE_PARTS_H

#include "annotate/annotate.h"

G_BEGIN_DECLS

/* Read the records once, and add to the annotator's comments.  FALSE: records are missing. */
gboolean mg_parts_complete(MgAnnotator *annotator);

G_END_DECLS

#endif
