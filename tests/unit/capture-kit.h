/* What the tests of the capture stage share: files made in memory, and a sink that remembers. */
#ifndef MG_TEST_CAPTURE_KIT_H
#define MG_TEST_CAPTURE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mg-frame.h"

/* ---- writing numbers ---- */

typedef struct {
    GByteArray *bytes;
    gboolean big;
} Writer;

static inline Writer writer_new(gboolean big)
{
    return (Writer){g_byte_array_new(), big};
}

static inline void put(Writer *writer, const void *data, gsize len)
{
    g_byte_array_append(writer->bytes, data, (guint)len);
}

static inline void put16(Writer *writer, guint16 value)
{
    guint16 ordered = writer->big ? GUINT16_TO_BE(value) : GUINT16_TO_LE(value);
    put(writer, &ordered, 2);
}

static inline void put32(Writer *writer, guint32 value)
{
    guint32 ordered = writer->big ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);
    put(writer, &ordered, 4);
}

static inline void put64(Writer *writer, guint64 value)
{
    guint64 ordered = writer->big ? GUINT64_TO_BE(value) : GUINT64_TO_LE(value);
    put(writer, &ordered, 8);
}

static inline void put_octets(Writer *writer, guint8 octet, gsize count)
{
    for (gsize i = 0; i < count; i++)
        put(writer, &octet, 1);
}

/* ---- classic pcap ---- */

static inline void pcap_header(Writer *writer, guint32 magic, guint32 linktype)
{
    put32(writer, magic);
    put16(writer, 2);
    put16(writer, 4);
    put32(writer, 0);
    put32(writer, 0);
    put32(writer, 65535);
    put32(writer, linktype);
}

/* A frame of `len` octets, each `octet`. */
static inline void pcap_record(Writer *writer, guint32 seconds, guint32 fraction, guint8 octet,
                               guint32 len)
{
    put32(writer, seconds);
    put32(writer, fraction);
    put32(writer, len);
    put32(writer, len);
    put_octets(writer, octet, len);
}

/* ---- pcapng ---- */

static inline gsize block_begin(Writer *writer, guint32 type)
{
    gsize at = writer->bytes->len;
    put32(writer, type);
    put32(writer, 0);
    return at;
}

static inline void block_end(Writer *writer, gsize at)
{
    while (writer->bytes->len % 4 != 0)
        put_octets(writer, 0, 1);
    guint32 length = (guint32)(writer->bytes->len - at + 4);
    guint32 ordered = writer->big ? GUINT32_TO_BE(length) : GUINT32_TO_LE(length);
    memcpy(writer->bytes->data + at + 4, &ordered, 4);
    put32(writer, length);
}

static inline void section(Writer *writer)
{
    gsize at = block_begin(writer, 0x0a0d0d0a);
    put32(writer, 0x1a2b3c4d);
    put16(writer, 1);
    put16(writer, 0);
    put64(writer, G_MAXUINT64);
    block_end(writer, at);
}

/* A resolution of 0xff leaves the option out. */
static inline void interface(Writer *writer, guint16 linktype, guint32 snaplen, guint8 resolution,
                             gint64 offset)
{
    gsize at = block_begin(writer, 1);
    put16(writer, linktype);
    put16(writer, 0);
    put32(writer, snaplen);
    if (resolution != 0xff) {
        put16(writer, 9);
        put16(writer, 1);
        put_octets(writer, resolution, 1);
        put_octets(writer, 0, 3);
    }
    if (offset != 0) {
        put16(writer, 14);
        put16(writer, 8);
        put64(writer, (guint64)offset);
    }
    put32(writer, 0);
    block_end(writer, at);
}

static inline void enhanced(Writer *writer, guint32 number, guint64 ticks, guint8 octet,
                            guint32 len)
{
    gsize at = block_begin(writer, 6);
    put32(writer, number);
    put32(writer, (guint32)(ticks >> 32));
    put32(writer, (guint32)ticks);
    put32(writer, len);
    put32(writer, len + 1);
    put_octets(writer, octet, len);
    block_end(writer, at);
}

/* ---- files ---- */

typedef char TempFile;

static inline TempFile *temp_file(const void *data, gsize len)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;
    int fd = g_file_open_tmp("mailgloss-XXXXXX", &path, &error);
    assert_true(fd >= 0);
    assert_true(len == 0 || write(fd, data, len) == (gssize)len);
    close(fd);
    return path;
}

static inline void temp_file_free(TempFile *path)
{
    g_unlink(path);
    g_free(path);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TempFile, temp_file_free)

/* ---- what was read ---- */

typedef struct {
    GArray *frames;           /* MgFrame, their bytes are gone */
    GByteArray *first_octets; /* of each frame */
    GString *captures;        /* "1:EN10MB;" */
    GString *notes;           /* "file-cut@3;" */
    GString *remarks;         /* "FRAME:TEXT;", 0 = of the capture */
    GString *names;           /* "FRAMES:ADDRESS=NAME;": after how many frames */
} Log;

static inline void log_capture(gpointer user, const MgCaptureInfo *info)
{
    Log *log = user;
    g_autofree char *linktypes = g_strjoinv(",", (char **)info->linktypes);
    g_string_append_printf(log->captures, "%u:%s;", info->capture, linktypes);
    for (guint i = 0; info->comments != NULL && info->comments[i] != NULL; i++)
        g_string_append_printf(log->remarks, "0:%s;", info->comments[i]);
}

static inline void log_remark(gpointer user, const MgRemark *remark)
{
    Log *log = user;
    assert_int_equal(remark->frame, log->frames->len + 1);
    g_string_append_printf(log->remarks, "%" G_GUINT64_FORMAT ":%s;", remark->frame, remark->text);
}

static inline void log_frame(gpointer user, const MgFrame *frame)
{
    Log *log = user;
    guint8 octet = frame->bytes.len > 0 ? frame->bytes.data[0] : 0;
    for (gsize i = 0; i < frame->bytes.len; i++)
        assert_int_equal(frame->bytes.data[i], octet);
    g_array_append_val(log->frames, *frame);
    g_byte_array_append(log->first_octets, &octet, 1);
}

static inline void log_note(gpointer user, const MgNote *note)
{
    Log *log = user;
    g_string_append_printf(log->notes, "%s@%" G_GUINT64_FORMAT ";", note->key, note->frames[0]);
}

static inline void log_name(gpointer user, const MgAddress *address, const char *name)
{
    Log *log = user;
    g_autofree char *text = mg_address_string(address);
    g_string_append_printf(log->names, "%u:%s=%s;", log->frames->len, text, name);
}

static inline Log *log_new(void)
{
    Log *log = g_new0(Log, 1);
    log->frames = g_array_new(FALSE, FALSE, sizeof(MgFrame));
    log->first_octets = g_byte_array_new();
    log->captures = g_string_new(NULL);
    log->notes = g_string_new(NULL);
    log->names = g_string_new(NULL);
    log->remarks = g_string_new(NULL);
    return log;
}

static inline void log_free(Log *log)
{
    g_array_unref(log->frames);
    g_byte_array_unref(log->first_octets);
    g_string_free(log->captures, TRUE);
    g_string_free(log->notes, TRUE);
    g_string_free(log->names, TRUE);
    g_string_free(log->remarks, TRUE);
    g_free(log);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Log, log_free)

static inline const MgFrame *log_get(const Log *log, guint i)
{
    assert_true(i < log->frames->len);
    return &g_array_index(log->frames, MgFrame, i);
}

static inline MgCapture *capture_new(Log *log)
{
    MgFrameSink sink = {.capture = log_capture,
                        .frame = log_frame,
                        .note = log_note,

                        .remark = log_remark,
                        .name = log_name,
                        .user = log};
    return mg_capture_new(&sink);
}

/* Read to the end.  Gives the code of the last error, or -1. */
static inline int read_all(MgCapture *capture, char **ret_message)
{
    int code = -1;
    for (;;) {
        g_autoptr(GError) error = NULL;
        MgRead read = mg_capture_next(capture, &error);
        if (read == MG_READ_ERROR) {
            code = error->code;
            if (ret_message != NULL) {
                g_free(*ret_message);
                *ret_message = g_strdup(error->message);
            }
        } else {
            assert_null(error);
        }
        if (read == MG_READ_END)
            return code;
    }
}

/* Open and read one file made of these octets. */
static inline int read_octets(const void *data, gsize len, Log *log, char **ret_message)
{
    g_autoptr(TempFile) path = temp_file(data, len);
    g_autoptr(MgCapture) capture = capture_new(log);
    g_autoptr(GError) error = NULL;
    if (!mg_capture_add_file(capture, path, &error)) {
        if (ret_message != NULL)
            *ret_message = g_strdup(error->message);
        return error->code;
    }
    return read_all(capture, ret_message);
}

static inline int read_writer(const Writer *writer, Log *log)
{
    return read_octets(writer->bytes->data, writer->bytes->len, log, NULL);
}

/* ---- in a child process, for what cannot be taken back ---- */

enum { CHILD_GOOD = 0, CHILD_BAD = 1 };

static inline int in_child(int (*action)(void))
{
    int status = 0;
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(action());
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : CHILD_BAD;
}

#endif
