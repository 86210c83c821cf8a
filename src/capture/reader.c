/* Recognising a capture file, and the sentences about what is wrong with one. */
#include "capture/reader.h"

#include <stdarg.h>
#include <string.h>

#define LINKTYPES_KEPT 64

void mg_reader_init(MgReader *reader, const MgReaderClass *class, MgSource *source)
{
    reader->class = class;
    reader->source = source;
    reader->name = source != NULL ? mg_source_name(source) : NULL;
    reader->poll_fd = source != NULL ? mg_source_poll_fd(source) : -1;
    reader->linktypes = g_array_new(FALSE, FALSE, sizeof(guint16));
}

void mg_reader_clear(MgReader *reader)
{
    mg_source_free(reader->source);
    g_array_unref(reader->linktypes);
    g_clear_pointer(&reader->names, g_array_unref);
    g_clear_pointer(&reader->comments, g_ptr_array_unref);
}

void mg_reader_free(MgReader *reader)
{
    if (reader != NULL)
        reader->class->free(reader);
}

void mg_reader_add_linktype(MgReader *reader, guint16 linktype)
{
    for (guint i = 0; i < reader->linktypes->len; i++)
        if (g_array_index(reader->linktypes, guint16, i) == linktype)
            return;
    if (reader->linktypes->len < LINKTYPES_KEPT)
        g_array_append_val(reader->linktypes, linktype);
}

static void clear_name(gpointer data)
{
    g_free(((MgFoundName *)data)->name);
}

void mg_reader_add_name(MgReader *reader, const MgAddress *address, MgSlice name)
{
    if (name.len == 0 || reader->n_names >= MG_LIMIT_NAMES)
        return;
    if (reader->names == NULL) {
        reader->names = g_array_new(FALSE, FALSE, sizeof(MgFoundName));
        g_array_set_clear_func(reader->names, clear_name);
    }
    MgFoundName found = {.address = *address,
                         .name = g_utf8_make_valid((const char *)name.data, (gssize)name.len)};
    g_array_append_val(reader->names, found);
    reader->n_names++;
}

void mg_reader_add_comment(MgReader *reader, MgSlice comment)
{
    /* Some writers end it with a zero octet. */
    const guint8 *zero = comment.len > 0 ? memchr(comment.data, 0, comment.len) : NULL;
    gsize len = zero != NULL ? (gsize)(zero - comment.data) : comment.len;
    if (len == 0)
        return;
    if (reader->comments == NULL)
        reader->comments = g_ptr_array_new_with_free_func(g_free);
    guint heads = reader->frames == 0 ? 0 : MIN(reader->n_head_comments, reader->comments->len);
    if (reader->comments->len - heads >= MG_LIMIT_COMMENTS_OF_ONE)
        return;
    gboolean cut = len > MG_LIMIT_COMMENT;
    len = MIN(len, (gsize)MG_LIMIT_COMMENT);
    /* Not in the middle of a character. */
    while (cut && len > 0 && (comment.data[len] & 0xc0) == 0x80)
        len--;
    g_autofree char *valid = g_utf8_make_valid((const char *)comment.data, (gssize)len);
    g_ptr_array_add(reader->comments, g_strconcat(valid, cut ? "…" : "", NULL));
    if (reader->frames == 0)
        reader->n_head_comments = reader->comments->len;
}

MgTime mg_reader_time(gint64 seconds, guint64 nanoseconds)
{
    gint64 most = G_MAXINT64 / MG_SECOND - 1;
    guint64 carry = nanoseconds / (guint64)MG_SECOND;
    if (carry > (guint64)most || seconds > most - (gint64)carry || seconds < -most)
        return MG_TIME_NONE;
    seconds += (gint64)carry;
    return seconds * MG_SECOND + (gint64)(nanoseconds % (guint64)MG_SECOND);
}

/* ---- what is wrong ---- */

/* "before its first frame" or "after frame 8": what the reader has got. */
static char *place(const MgReader *reader)
{
    if (reader->frames == 0)
        return g_strdup("before its first frame");
    return g_strdup_printf("after frame %" G_GUINT64_FORMAT, reader->frames);
}

MgRead mg_reader_damaged(MgReader *reader, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *cause = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *where = place(reader);
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_DAMAGED, "%s is damaged %s: %s",
                reader->name, where, cause);
    return MG_READ_ERROR;
}

MgRead mg_reader_short(MgReader *reader, MgSourceStatus status, gsize wanted, GError **error)
{
    if (status == MG_SOURCE_WAIT)
        return MG_READ_WAIT;
    gboolean damaged = FALSE;
    const char *trouble = mg_source_trouble(reader->source, &damaged);
    gsize left = mg_source_left(reader->source);
    if (trouble == NULL && left == 0 && wanted == 0)
        return MG_READ_END;
    g_autofree char *where = place(reader);
    if (trouble != NULL)
        g_set_error(error, MG_CAPTURE_ERROR,
                    damaged ? MG_CAPTURE_ERROR_DAMAGED : MG_CAPTURE_ERROR_CUT,
                    "%s breaks off %s: %s", reader->name, where, trouble);
    else
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_CUT,
                    "%s is cut off %s: its last record has %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                    " bytes",
                    reader->name, where, left, wanted);
    return MG_READ_ERROR;
}

void mg_reader_set_short_header(MgSource *source, GError **error)
{
    gboolean damaged = FALSE;
    const char *trouble = mg_source_trouble(source, &damaged);
    if (trouble != NULL)
        g_set_error(error, MG_CAPTURE_ERROR,
                    damaged ? MG_CAPTURE_ERROR_DAMAGED : MG_CAPTURE_ERROR_CUT,
                    "%s holds no frame: %s", mg_source_name(source), trouble);
    else
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_CUT,
                    "%s is cut off inside its file header", mg_source_name(source));
}

void mg_reader_set_interrupted(MgSource *source, GError **error)
{
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN,
                "Cannot open %s: interrupted before its first bytes came", mg_source_name(source));
}

void mg_reader_set_version(MgSource *source, const char *format, guint major, guint minor,
                           GError **error)
{
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_NO_CAPTURE,
                "%s has %s version %u.%u, which cannot be read", mg_source_name(source), format,
                major, minor);
}

/* ---- what it is ---- */

static gboolean begins(const guint8 *data, gsize len, const char *magic, gsize magic_len)
{
    return len >= magic_len && memcmp(data, magic, magic_len) == 0;
}

/* Names for what people offer by mistake, so that they know what to convert. */
static const char *other_format(const guint8 *data, gsize len)
{
    static const struct {
        const char *magic;
        gsize len;
        const char *name;
    } others[] = {
        {"snoop\0\0\0", 8, "a snoop capture"},
        {"GMBU", 4, "a Microsoft Network Monitor capture"},
        {"RTSS", 4, "a Microsoft Network Monitor capture"},
        {"TRSNIFF data", 12, "a Sniffer capture"},
        {"XCP\0", 4, "a NetXRay capture"},
        {"\x1c\0\x01\xac", 4, "an Ixia capture"},
        {"\x1c\0\x01\xab", 4, "an Ixia capture"},
        {"\xac\x01\0\x1c", 4, "an Ixia capture"},
        {"\xab\x01\0\x1c", 4, "an Ixia capture"},
        {"From ", 5, "a mailbox file"},
        {"PK\x03\x04", 4, "a ZIP archive"},
        {"%PDF", 4, "a PDF document"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        if (begins(data, len, others[i].magic, others[i].len))
            return others[i].name;
    return NULL;
}

static void set_no_capture(MgSource *source, const guint8 *data, gsize len, GError **error)
{
    const char *other = other_format(data, len);
    if (other != NULL)
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_NO_CAPTURE,
                    "%s is %s; only pcap and pcapng files can be read", mg_source_name(source),
                    other);
    else
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_NO_CAPTURE,
                    "%s is not a capture: it is neither a pcap nor a pcapng file",
                    mg_source_name(source));
}

static MgReader *recognise(MgSource *source, GError **error)
{
    const guint8 *data = NULL;
    gsize len = 12;
    MgSourceStatus status = mg_source_need(source, len, TRUE, &data);
    if (status == MG_SOURCE_WAIT) {
        mg_reader_set_interrupted(source, error);
        return NULL;
    }
    if (status == MG_SOURCE_END) {
        gboolean damaged = FALSE;
        len = mg_source_left(source);
        if (len == 0 && mg_source_trouble(source, &damaged) == NULL) {
            g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_NO_CAPTURE,
                        "%s is empty: it is not a capture", mg_source_name(source));
            return NULL;
        }
        if (len < 4) {
            if (mg_source_trouble(source, &damaged) != NULL)
                mg_reader_set_short_header(source, error);
            else
                set_no_capture(source, (const guint8 *)"", 0, error);
            return NULL;
        }
        status = mg_source_need(source, len, TRUE, &data);
        if (status != MG_SOURCE_OK) {
            mg_reader_set_short_header(source, error);
            return NULL;
        }
    }
    static const char pcap_magics[][4] = {
        {'\xa1', '\xb2', '\xc3', '\xd4'}, {'\xd4', '\xc3', '\xb2', '\xa1'}, /* microseconds */
        {'\xa1', '\xb2', '\x3c', '\x4d'}, {'\x4d', '\x3c', '\xb2', '\xa1'}, /* nanoseconds */
        {'\xa1', '\xb2', '\xcd', '\x34'}, {'\x34', '\xcd', '\xb2', '\xa1'}, /* modified */
    };
    for (gsize i = 0; i < G_N_ELEMENTS(pcap_magics); i++)
        if (begins(data, len, pcap_magics[i], 4))
            return mg_pcap_reader_new(source, error);
    if (begins(data, len, "\x0a\x0d\x0d\x0a", 4) &&
        (len < 12 || begins(data + 8, 4, "\x1a\x2b\x3c\x4d", 4) ||
         begins(data + 8, 4, "\x4d\x3c\x2b\x1a", 4)))
        return mg_pcapng_reader_new(source, error);
    set_no_capture(source, data, len, error);
    return NULL;
}

MgReader *mg_reader_open(MgSource *source, GError **error)
{
    MgReader *reader = recognise(source, error);
    if (reader == NULL)
        mg_source_free(source);
    return reader;
}
