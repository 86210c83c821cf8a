/* The way out of a renderer: gathers a record, writes it whole, flushes when live.  After the
 * reader has gone away everything is swallowed, so that a renderer never asks. */
#ifndef MG_RENDER_OUTPUT_H
#define MG_RENDER_OUTPUT_H

#include "mg-render.h"

G_BEGIN_DECLS

typedef struct {
    MgOutput output;
    gboolean flush_records;
    gboolean broken;
    gboolean fold; /* letters without marks, for a terminal of ASCII */
    GString *text; /* gathered here */
} MgWriter;

void mg_writer_init(MgWriter *writer, const MgRenderOptions *options, const MgOutput *output);
/* Write what was gathered: the end of a record. */
void mg_writer_record(MgWriter *writer);
/* Write what was gathered, flush, and free. */
void mg_writer_clear(MgWriter *writer);

/* Text that can be written only after what comes later is known.  Kept in memory up to a
 * limit, then in an unlinked temporary file. */
typedef struct MgSpool MgSpool;
MgSpool *mg_spool_new(void);
void mg_spool_append(MgSpool *spool, const char *text, gsize len);
/* Append everything to the writer, record by record, and free. */
void mg_spool_write(MgSpool *spool, MgWriter *writer);
void mg_spool_drop(MgSpool *spool); /* it is not wanted any more; NULL is allowed */

G_END_DECLS

#endif
