/* Which frames of the captures are in the annotated file, and what number each has there.
 *
 * One bit a frame: a capture of a hundred million packets takes 12 MiB.
 */
#ifndef MG_ANNOTATE_NUMBERS_H
#define MG_ANNOTATE_NUMBERS_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef struct MgNumbers MgNumbers;

MgNumbers *mg_numbers_new(void);
void mg_numbers_free(MgNumbers *numbers);

/* The frame is in the file. */
void mg_numbers_add(MgNumbers *numbers, guint16 capture, guint64 frame);
gboolean mg_numbers_has(const MgNumbers *numbers, guint16 capture, guint64 frame);
/* Whether a number of this capture below the highest was never added. */
gboolean mg_numbers_has_gaps(const MgNumbers *numbers, guint16 capture);
/* Nothing is added after this. */
void mg_numbers_settle(MgNumbers *numbers);
/* Its number in the file; 0 = it is not in it. */
guint64 mg_numbers_get(const MgNumbers *numbers, guint16 capture, guint64 frame);

G_END_DECLS

#endif
