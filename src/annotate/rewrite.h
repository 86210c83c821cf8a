/* One block of the annotated file, made of one of the capture. */
#ifndef MG_ANNOTATE_REWRITE_H
#define MG_ANNOTATE_REWRITE_H

#include "mg-blocks.h"

G_BEGIN_DECLS

typedef struct {
    GPtrArray *comments; /* char*, to be put first; may be empty */
    const char *program; /* a section without one gets it; NULL = no section */
    guint8 *packet;      /* a copy of its octets, changed; NULL = they stay */
    gboolean relength;   /* a section: its length is not known any more */
    gboolean nameless;   /* leave out every option that may name somebody */
} MgRewrite;

/* Append the whole block to `out`: as it stands where nothing changes. */
void mg_rewrite(const MgBlock *block, const MgRewrite *rewrite, GByteArray *out);

G_END_DECLS

#endif
