/* The text of a message while it streams by.
 *
 * The header block is kept up to its limit, line by line; the body goes through SHA-256 with
 * its line ends made equal and forgotten. */
#include "proto/content.h"

#include <string.h>

#include "proto/fields.h"
#include "proto/report.h"

typedef enum {
    IN_HEADER,
    IN_BODY,
    LOST, /* a hole in the header: what follows may be either */
} Place;

struct MgContentReader {
    MgContentKind kind;
    Place place;
    guint64 octets, lines, missing, body_octets;
    gboolean open_line; /* octets came after the last LF */

    GString *line;     /* header: the line that is not complete, at most MG_LIMIT_HEADER */
    GString *head;     /* complete lines, at most MG_LIMIT_HEADER */
    gsize field_at;    /* where in `head` the field begins that may still be folded further */
    gboolean head_cut; /* lines were left out of `head`, or cut */
    gboolean head_whole;

    GChecksum *sum;    /* of the body */
    guint64 line_ends; /* seen, not yet digested: those at the end do not count */
    gboolean cr;       /* seen, not yet digested: it may be half of a line end */
    gboolean any_text; /* digested so far */

    MgReportReader *report; /* NULL = it is none */
};

MgContentReader *mg_content_reader_new(MgContentKind kind)
{
    MgContentReader *reader = g_new0(MgContentReader, 1);
    reader->kind = kind;
    reader->place = kind == MG_READ_BODY ? IN_BODY : IN_HEADER;
    reader->line = g_string_new(NULL);
    reader->head = g_string_new(NULL);
    if (kind != MG_READ_HEADER)
        reader->sum = g_checksum_new(G_CHECKSUM_SHA256);
    return reader;
}

void mg_content_reader_free(MgContentReader *reader)
{
    if (reader == NULL)
        return;
    g_string_free(reader->line, TRUE);
    g_string_free(reader->head, TRUE);
    g_clear_pointer(&reader->sum, g_checksum_free);
    mg_report_reader_free(reader->report);
    g_free(reader);
}

guint64 mg_content_reader_octets(const MgContentReader *reader)
{
    return reader->octets;
}

static void digest(MgContentReader *reader, const guint8 *data, gsize len)
{
    for (; reader->line_ends > 0; reader->line_ends--)
        g_checksum_update(reader->sum, (const guchar *)"\r\n", 2);
    if (reader->cr) {
        g_checksum_update(reader->sum, (const guchar *)"\r", 1);
        reader->cr = FALSE;
    }
    g_checksum_update(reader->sum, data, (gssize)len);
    reader->any_text = TRUE;
}

/* Body octets: line ends become CR LF; those at the very end do not count, as in RFC 6376
 * section 3.4.3, since IMAP APPEND may go without the last one and SMTP may not. */
static void feed_body(MgContentReader *reader, const guint8 *data, gsize len)
{
    reader->body_octets += len;
    if (reader->report != NULL)
        mg_report_reader_feed(reader->report, data, len);
    if (reader->sum == NULL)
        return;
    while (len > 0) {
        const guint8 *feed = memchr(data, '\n', len);
        gsize text = feed != NULL ? (gsize)(feed - data) : len;
        gboolean cr = text > 0 && data[text - 1] == '\r';
        gsize plain = cr ? text - 1 : text;
        if (plain > 0)
            digest(reader, data, plain);
        else if (cr && reader->cr)
            digest(reader, data, 0);
        if (cr)
            reader->cr = TRUE;
        if (feed == NULL)
            return;
        reader->cr = FALSE;
        reader->line_ends++;
        data += text + 1;
        len -= text + 1;
    }
}

/* The header line in `reader->line` is complete, its LF included, or the text has ended. */
static void header_line_ends(MgContentReader *reader)
{
    const GString *line = reader->line;
    MgSlice slice = {(const guint8 *)line->str, line->len};
    while (slice.len > 0 &&
           (slice.data[slice.len - 1] == '\n' || slice.data[slice.len - 1] == '\r'))
        slice.len--;
    if (slice.len == 0) {
        reader->head_whole = TRUE;
        reader->place = IN_BODY;
        if (reader->kind == MG_READ_MESSAGE && !reader->head_cut)
            reader->report = mg_report_reader_new(
                (MgSlice){(const guint8 *)reader->head->str, reader->head->len});
        g_string_truncate(reader->line, 0);
        return;
    }
    MgHeaderLine is = mg_header_line(slice);
    /* The line that mbox files put above a message is no field and harmless. */
    gboolean mbox = reader->head->len == 0 &&
                    (g_str_has_prefix(line->str, "From ") || g_str_has_prefix(line->str, ">From "));
    if (is == MG_HEADER_NONE && !mbox) {
        /* Receivers take it for the first line of the body (RFC 5322 leaves no other sense). */
        reader->head_whole = TRUE;
        reader->place = IN_BODY;
        if (line->len >= MG_LIMIT_HEADER) /* the rest of the line was not kept */
            g_clear_pointer(&reader->sum, g_checksum_free);
        feed_body(reader, slice.data, line->len);
        g_string_truncate(reader->line, 0);
        return;
    }
    if (is == MG_HEADER_FIELD)
        reader->field_at = reader->head->len;
    gsize room = MG_LIMIT_HEADER - reader->head->len;
    if (line->len > room)
        reader->head_cut = TRUE;
    g_string_append_len(reader->head, line->str, (gssize)MIN(line->len, room));
    g_string_truncate(reader->line, 0);
}

static gsize feed_header(MgContentReader *reader, const guint8 *data, gsize len)
{
    const guint8 *feed = memchr(data, '\n', len);
    gsize part = feed != NULL ? (gsize)(feed - data) + 1 : len;
    gsize room = MG_LIMIT_HEADER - reader->line->len;
    if (part > room)
        reader->head_cut = TRUE;
    g_string_append_len(reader->line, (const char *)data, (gssize)MIN(part, room));
    if (feed != NULL)
        header_line_ends(reader);
    return part;
}

void mg_content_reader_feed(MgContentReader *reader, const guint8 *data, gsize len)
{
    if (len == 0)
        return;
    reader->octets += len;
    reader->open_line = data[len - 1] != '\n';
    const guint8 *end = data + len;
    for (const guint8 *at = data; (at = memchr(at, '\n', (gsize)(end - at))) != NULL; at++)
        reader->lines++;
    while (reader->place == IN_HEADER && data < end)
        data += feed_header(reader, data, (gsize)(end - data));
    if (reader->place == IN_BODY && data < end)
        feed_body(reader, data, (gsize)(end - data));
}

/* What is not known to be whole is left out: a half line, and the field that could have gone
 * on behind it. */
static void drop_open_field(MgContentReader *reader)
{
    g_string_truncate(reader->line, 0);
    g_string_truncate(reader->head, MIN(reader->field_at, reader->head->len));
}

void mg_content_reader_gap(MgContentReader *reader, guint64 octets)
{
    reader->missing += octets;
    g_clear_pointer(&reader->sum, g_checksum_free); /* the digest would be another text's */
    if (reader->report != NULL)
        mg_report_reader_gap(reader->report);
    if (reader->place == IN_HEADER) {
        drop_open_field(reader);
        reader->place = LOST;
    }
}

static char *body_digest_end(MgContentReader *reader)
{
    if (reader->cr)
        digest(reader, NULL, 0);
    if (reader->any_text)
        g_checksum_update(reader->sum, (const guchar *)"\r\n", 2);
    return g_strdup(g_checksum_get_string(reader->sum));
}

MgContent *mg_content_reader_finish(MgContentReader *reader, gboolean complete)
{
    MgContent *content = mg_content_new();
    if (reader->place == IN_HEADER && complete) {
        if (reader->line->len > 0)
            header_line_ends(reader);
        reader->head_whole = TRUE;
    } else if (reader->place == IN_HEADER) {
        drop_open_field(reader);
    }
    content->octets = reader->octets;
    content->lines = reader->lines + (reader->open_line ? 1 : 0);
    content->missing = reader->missing;
    content->complete = complete;
    content->has_header = reader->head_whole;
    content->has_body = reader->body_octets > 0;

    MgSlice head = {(const guint8 *)reader->head->str, reader->head->len};
    /* A field that the limit cut would say something wrong. */
    if (reader->head_cut)
        head.len = MIN(head.len, reader->field_at);
    mg_fields_read(head, content);
    if (complete && reader->sum != NULL) {
        content->body_digest = body_digest_end(reader);
        if (reader->kind == MG_READ_MESSAGE && !reader->head_cut)
            content->fingerprint = mg_fields_fingerprint(head, content->body_digest);
    }
    if (reader->report != NULL)
        content->report = mg_report_reader_finish(g_steal_pointer(&reader->report), complete);
    if (reader->kind != MG_READ_BODY && reader->head->len > 0) {
        content->head_len = reader->head->len;
        content->head = g_memdup2(reader->head->str, reader->head->len + 1);
    }
    mg_content_reader_free(reader);
    return content;
}

char *mg_content_decode(const char *raw)
{
    return mg_fields_decode(raw);
}
