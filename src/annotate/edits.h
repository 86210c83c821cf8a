/* What the records of one frame do to it. */
#ifndef MG_ANNOTATE_EDITS_H
#define MG_ANNOTATE_EDITS_H

#include "annotate/rename.h"
#include "mg-blocks.h"

G_BEGIN_DECLS

typedef struct {
    const MgBlock *block;
    guint8 *packet;      /* a changed copy of its octets, owned; NULL = nothing has changed */
    GPtrArray *comments; /* char*, borrowed */
    gboolean blanked;    /* its whole payload */
    gboolean unread;     /* all of it */
    gboolean masked;     /* octets of a secret */
} MgEdits;

void mg_edits_apply(MgEdits *edits, guint16 kind, const guint8 *data, gsize len);
/* After those: other names in it. */
void mg_edits_rename(MgEdits *edits, MgRenamer *renamer);
/* After the last one: a frame check sequence that was right is right again. */
void mg_edits_finish(MgEdits *edits);

G_END_DECLS

#endif
