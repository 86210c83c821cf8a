#include "output.h"

#include "escape.h"

#include <stdio.h>

enum {
    /* A handout of a lab session is far below; a day's capture is not. */
    SPOOL_IN_MEMORY = 4 * 1024 * 1024,
    SPOOL_PIECE = 64 * 1024,
};

struct MgSpool {
    GString *memory;
    FILE *file; /* NULL = all is in memory */
};

void mg_writer_init(MgWriter *writer, const MgRenderOptions *options, const MgOutput *output)
{
    writer->output = *output;
    writer->flush_records = options->flush;
    writer->broken = FALSE;
    writer->fold = FALSE;
    writer->text = g_string_new(NULL);
}

void mg_writer_record(MgWriter *writer)
{
    if (writer->fold)
        mg_escape_fold(writer->text);
    if (writer->text->len > 0 && !writer->broken)
        writer->broken =
            !writer->output.write(writer->output.user, writer->text->str, writer->text->len);
    g_string_truncate(writer->text, 0);
    if (writer->flush_records && !writer->broken && writer->output.flush != NULL)
        writer->output.flush(writer->output.user);
}

void mg_writer_clear(MgWriter *writer)
{
    writer->flush_records = TRUE;
    mg_writer_record(writer);
    g_string_free(writer->text, TRUE);
    writer->text = NULL;
}

MgSpool *mg_spool_new(void)
{
    MgSpool *spool = g_new0(MgSpool, 1);
    spool->memory = g_string_new(NULL);
    return spool;
}

void mg_spool_append(MgSpool *spool, const char *text, gsize len)
{
    g_string_append_len(spool->memory, text, (gssize)len);
    if (spool->memory->len < SPOOL_IN_MEMORY)
        return;
    if (spool->file == NULL)
        spool->file = tmpfile();
    /* without a temporary file memory must do; a full disk keeps the rest in memory */
    if (spool->file != NULL) {
        gsize done = fwrite(spool->memory->str, 1, spool->memory->len, spool->file);
        g_string_erase(spool->memory, 0, (gssize)done);
    }
}

void mg_spool_drop(MgSpool *spool)
{
    if (spool == NULL)
        return;
    if (spool->file != NULL)
        fclose(spool->file);
    g_string_free(spool->memory, TRUE);
    g_free(spool);
}

void mg_spool_write(MgSpool *spool, MgWriter *writer)
{
    if (spool->file != NULL && fflush(spool->file) == 0) {
        rewind(spool->file);
        g_autofree char *piece = g_malloc(SPOOL_PIECE);
        gsize got;
        while ((got = fread(piece, 1, SPOOL_PIECE, spool->file)) > 0) {
            g_string_append_len(writer->text, piece, (gssize)got);
            mg_writer_record(writer);
        }
    }
    if (spool->file != NULL)
        fclose(spool->file);
    g_string_append_len(writer->text, spool->memory->str, (gssize)spool->memory->len);
    mg_writer_record(writer);
    g_string_free(spool->memory, TRUE);
    g_free(spool);
}
