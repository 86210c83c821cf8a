/* A BPF filter over frames of any link type: compiled once for each that is met. */
#ifndef MG_CAPTURE_FILTER_H
#define MG_CAPTURE_FILTER_H

#include "mg-frame.h"

G_BEGIN_DECLS

typedef struct MgFilter MgFilter;

/* The expression must compile for Ethernet or for one of `linktypes` (guint16, those already
 * known). */
MgFilter *mg_filter_new(const char *expression, const GArray *linktypes, GError **error);
void mg_filter_free(MgFilter *filter);

/* Whether the frame passes.  `error` is set, once for each link type, when the expression makes
 * no sense there; its frames do not pass. */
gboolean mg_filter_passes(MgFilter *filter, const MgFrame *frame, GError **error);

G_END_DECLS

#endif
