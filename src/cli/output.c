/* Streams that remember their first failure, so that a renderer never has to look. */
#include "config.h"
#include "cli/output.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

struct MgStream {
    FILE *file;
    char *path;  /* NULL = standard output */
    int failure; /* errno of the first failed write, or 0 */
};

static MgStream *stream_new(FILE *file, const char *path)
{
    MgStream *stream = g_new0(MgStream, 1);
    stream->file = file;
    stream->path = g_strdup(path);
    return stream;
}

MgStream *mg_stream_stdout(void)
{
    return stream_new(stdout, NULL);
}

MgStream *mg_stream_create(const char *path, GError **error)
{
    FILE *file = fopen(path, "wbe");
    if (file != NULL)
        return stream_new(file, path);
    int failure = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(failure), "%s cannot be written: %s", path,
                g_strerror(failure));
    return NULL;
}

static gboolean write_bytes(gpointer user, const char *data, gsize len)
{
    MgStream *stream = user;
    if (stream->failure != 0)
        return FALSE;
    if (fwrite(data, 1, len, stream->file) == len)
        return TRUE;
    stream->failure = errno != 0 ? errno : EIO;
    return FALSE;
}

static void flush_bytes(gpointer user)
{
    MgStream *stream = user;
    if (stream->failure == 0 && fflush(stream->file) != 0)
        stream->failure = errno;
}

void mg_stream_output(MgStream *stream, MgOutput *ret_output)
{
    *ret_output = (MgOutput){.write = write_bytes, .flush = flush_bytes, .user = stream};
}

gboolean mg_stream_reader_gone(const MgStream *stream)
{
    return stream->failure == EPIPE;
}

gboolean mg_stream_close(MgStream *stream, GError **error)
{
    if (stream == NULL)
        return TRUE;
    flush_bytes(stream);
    if (stream->path != NULL && fclose(stream->file) != 0 && stream->failure == 0)
        stream->failure = errno;
    int failure = stream->failure;
    if (failure != 0 && failure != EPIPE)
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(failure), "%s cannot be written: %s",
                    stream->path != NULL ? stream->path : "standard output", g_strerror(failure));
    g_free(stream->path);
    g_free(stream);
    return failure == 0 || failure == EPIPE;
}
