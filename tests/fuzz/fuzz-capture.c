/* The octets are a file: whatever they are, reading them ends, and every frame is there. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mg-frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    guint64 last;
    guint sum; /* so that each octet is read */
} Seen;

static void on_capture(gpointer user, const MgCaptureInfo *info)
{
    for (guint i = 0; info->linktypes[i] != NULL; i++)
        if (*info->linktypes[i] == '\0')
            abort();
}

static void on_frame(gpointer user, const MgFrame *frame)
{
    Seen *seen = user;
    if (frame->at.frame <= seen->last || frame->bytes.len > MG_LIMIT_FRAME ||
        frame->original_len < frame->bytes.len || frame->at.time_digits > 9)
        abort();
    seen->last = frame->at.frame;
    for (gsize i = 0; i < frame->bytes.len; i++)
        seen->sum += frame->bytes.data[i];
}

static void on_note(gpointer user, const MgNote *note)
{
    if (note->key == NULL)
        abort();
}

static void read_all(MgCapture *capture)
{
    for (;;) {
        g_autoptr(GError) error = NULL;
        MgRead read = mg_capture_next(capture, &error);
        if ((read == MG_READ_ERROR) != (error != NULL))
            abort();
        if (read == MG_READ_END)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Seen seen = {0};
    MgFrameSink sink = {.capture = on_capture, .frame = on_frame, .note = on_note, .user = &seen};
    FILE *file = tmpfile();
    if (file == NULL)
        return 0;
    if (size == 0 || write(fileno(file), data, size) == (ssize_t)size) {
        g_autofree char *path = g_strdup_printf("/dev/fd/%d", fileno(file));
        g_autoptr(MgCapture) capture = mg_capture_new(&sink);
        g_autoptr(GError) error = NULL;
        rewind(file);
        gboolean added = mg_capture_add_file(capture, path, &error);
        if (added != (error == NULL))
            abort();
        if (added && size % 2 == 1)
            mg_capture_set_filter(capture, "tcp port 25", NULL);
        read_all(capture);
    }
    fclose(file);
    return 0;
}
