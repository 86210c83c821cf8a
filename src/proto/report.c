/* The parts of a report: cut at the boundary line by line here, since the text streams; GMime
 * reads the type of a part and undoes its encoding. */
#include "proto/report.h"

#include <gmime/gmime.h>
#include <string.h>

#include "proto/fields.h"

/* Lines have at most 998 octets (RFC 5322 section 2.1.1); of a longer one the rest is no part
 * of a boundary and, in the fields that are read, nothing that is needed. */
#define LINE_MAX_KEPT 1000

typedef enum {
    PREAMBLE,
    PART_HEAD,
    PART_BODY,
    AT_END,
} Place;

typedef enum {
    PART_OTHER,
    PART_STATUS,   /* message/delivery-status */
    PART_RECEIPT,  /* message/disposition-notification */
    PART_RETURNED, /* the message, or its header */
} PartKind;

struct MgReportReader {
    char *boundary; /* with its two hyphens */
    gsize boundary_len;
    Place place;
    GString *line;
    GString *head; /* of the part */
    PartKind kind;
    GMimeContentEncoding encoding;
    GString *text;   /* of the part, as sent */
    gboolean enough; /* nothing more of this part is wanted */
    MgReport *report;
    gboolean any; /* a part for programs was read */
};

/* ---- Fields ---- */

static void take(char **field, const char *value)
{
    if (*field == NULL && *value != '\0')
        *field = g_utf8_make_valid(value, -1);
}

/* "rfc822; <bob@example.org>", "dns; mx.example.org": what stands behind the type. */
static void take_typed(char **field, const char *value)
{
    const char *semicolon = strchr(value, ';');
    g_autofree char *text = g_strdup(semicolon != NULL ? semicolon + 1 : value);
    g_strstrip(text);
    gsize len = strlen(text);
    if (len > 2 && text[0] == '<' && text[len - 1] == '>') {
        text[len - 1] = '\0';
        take(field, text + 1);
    } else {
        take(field, text);
    }
}

/* The first word, without a comment behind it. */
static void take_word(char **field, const char *value)
{
    g_autofree char *word = g_ascii_strdown(value, (gssize)strcspn(value, " \t("));
    take(field, word);
}

static void message_field(gpointer user, const char *name, const char *value)
{
    MgReport *report = user;
    if (strcmp(name, "original-envelope-id") == 0)
        take(&report->envelope_id, value);
    else if (strcmp(name, "reporting-mta") == 0)
        take_typed(&report->reporting_mta, value);
    else if (strcmp(name, "x-postfix-queue-id") == 0)
        take(&report->queue_id, value);
}

static void recipient_field(gpointer user, const char *name, const char *value)
{
    MgReportRecipient *recipient = user;
    if (strcmp(name, "final-recipient") == 0)
        take_typed(&recipient->recipient, value);
    else if (strcmp(name, "original-recipient") == 0)
        take_typed(&recipient->original, value);
    else if (strcmp(name, "action") == 0)
        take_word(&recipient->action, value);
    else if (strcmp(name, "status") == 0)
        take_word(&recipient->status, value);
    else if (strcmp(name, "diagnostic-code") == 0)
        take(&recipient->diagnostic, value);
}

typedef struct {
    MgReport *report;
    MgReportRecipient *recipient;
} Receipt;

/* RFC 8098 section 3.2.6: "manual-action/MDN-sent-manually; displayed/modifier". */
static void receipt_field(gpointer user, const char *name, const char *value)
{
    Receipt *receipt = user;
    if (strcmp(name, "original-message-id") == 0 && receipt->report->message_id == NULL) {
        receipt->report->message_id = mg_fields_message_id(value);
    } else if (strcmp(name, "disposition") == 0) {
        const char *semicolon = strchr(value, ';');
        g_autofree char *type = g_strdup(semicolon != NULL ? semicolon + 1 : value);
        g_strstrip(type);
        type[strcspn(type, "/")] = '\0';
        take_word(&receipt->recipient->action, type);
    } else if (strcmp(name, "reporting-ua") == 0) {
        take(&receipt->report->reporting_mta, value);
    } else {
        recipient_field(receipt->recipient, name, value);
    }
}

static void returned_field(gpointer user, const char *name, const char *value)
{
    MgReport *report = user;
    if (strcmp(name, "message-id") == 0 && report->message_id == NULL) {
        report->message_id = mg_fields_message_id(value);
    } else if (strcmp(name, "received") == 0) {
        guint n = report->received != NULL ? g_strv_length(report->received) : 0;
        if (n >= MG_FIELDS_RECEIVED)
            return;
        report->received = g_renew(char *, report->received, n + 2);
        report->received[n] = g_utf8_make_valid(value, -1);
        report->received[n + 1] = NULL;
    }
}

/* ---- Parts ---- */

/* The next group of fields: up to an empty line. */
static MgSlice next_group(MgSlice *rest)
{
    MgSlice group = {rest->data, 0};
    while (rest->len > 0) {
        const guint8 *feed = memchr(rest->data, '\n', rest->len);
        gsize line = feed != NULL ? (gsize)(feed - rest->data) + 1 : rest->len;
        gboolean empty = line == 1 || (line == 2 && rest->data[0] == '\r');
        rest->data += line;
        rest->len -= line;
        if (empty && feed != NULL && group.len > 0)
            return group;
        if (empty && feed != NULL)
            group.data = rest->data;
        else
            group.len = (gsize)(rest->data - group.data);
    }
    return group;
}

static void read_recipient(MgReport *report, MgReportRecipient *recipient)
{
    gboolean says =
        recipient->action != NULL && (recipient->recipient != NULL || recipient->original != NULL);
    if (says && report->recipients->len < MG_LIMIT_REPORT_GROUPS)
        g_ptr_array_add(report->recipients, recipient);
    else
        mg_report_recipient_free(recipient);
}

static void read_status(MgReport *report, MgSlice text)
{
    mg_fields_each(next_group(&text), message_field, report);
    while (text.len > 0) {
        MgReportRecipient *recipient = g_new0(MgReportRecipient, 1);
        mg_fields_each(next_group(&text), recipient_field, recipient);
        read_recipient(report, recipient);
    }
}

static void read_receipt(MgReport *report, MgSlice text)
{
    Receipt receipt = {report, g_new0(MgReportRecipient, 1)};
    report->is_receipt = TRUE;
    mg_fields_each(next_group(&text), receipt_field, &receipt);
    read_recipient(report, receipt.recipient);
}

/* Encodings undone: RFC 3464 wants none, RFC 6533 allows them. */
static GByteArray *decoded(const MgReportReader *reader)
{
    GMimeEncoding state;
    g_mime_encoding_init_decode(&state, reader->encoding);
    GByteArray *out = g_byte_array_new();
    g_byte_array_set_size(out, (guint)g_mime_encoding_outlen(&state, reader->text->len));
    gsize len =
        g_mime_encoding_flush(&state, reader->text->str, reader->text->len, (char *)out->data);
    g_byte_array_set_size(out, (guint)len);
    return out;
}

static void part_ends(MgReportReader *reader)
{
    if (reader->place != PART_BODY || reader->kind == PART_OTHER)
        return;
    g_autoptr(GByteArray) text = decoded(reader);
    MgSlice slice = {text->data, text->len};
    if (reader->kind == PART_STATUS)
        read_status(reader->report, slice);
    else if (reader->kind == PART_RECEIPT)
        read_receipt(reader->report, slice);
    else
        mg_fields_each(next_group(&slice), returned_field, reader->report);
    reader->any = reader->any || reader->kind != PART_RETURNED;
    reader->kind = PART_OTHER;
}

static PartKind kind_of(const char *type)
{
    static const struct {
        const char *type;
        PartKind kind;
    } kinds[] = {
        {"message/delivery-status", PART_STATUS},
        {"message/global-delivery-status", PART_STATUS},
        {"message/disposition-notification", PART_RECEIPT},
        {"message/global-disposition-notification", PART_RECEIPT},
        {"message/rfc822", PART_RETURNED},
        {"message/global", PART_RETURNED},
        {"text/rfc822-headers", PART_RETURNED},
        {"message/global-headers", PART_RETURNED},
    };
    gsize len = strcspn(type, "; \t(");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strlen(kinds[i].type) == len && g_ascii_strncasecmp(type, kinds[i].type, len) == 0)
            return kinds[i].kind;
    return PART_OTHER;
}

static void part_head_field(gpointer user, const char *name, const char *value)
{
    MgReportReader *reader = user;
    if (strcmp(name, "content-type") == 0)
        reader->kind = kind_of(value);
    else if (strcmp(name, "content-transfer-encoding") == 0)
        reader->encoding = g_mime_content_encoding_from_string(value);
}

static void part_begins(MgReportReader *reader)
{
    part_ends(reader);
    reader->place = PART_HEAD;
    reader->kind = PART_OTHER;
    reader->encoding = GMIME_CONTENT_ENCODING_DEFAULT;
    reader->enough = FALSE;
    g_string_truncate(reader->head, 0);
    g_string_truncate(reader->text, 0);
}

/* ---- Lines ---- */

static void keep(GString *text, const GString *line)
{
    if (text->len + line->len <= MG_LIMIT_REPORT)
        g_string_append_len(text, line->str, (gssize)line->len);
}

static gsize text_len(const GString *line)
{
    gsize len = line->len;
    while (len > 0 && strchr("\r\n \t", line->str[len - 1]) != NULL && line->str[len - 1] != '\0')
        len--;
    return len;
}

static gboolean is_boundary(const MgReportReader *reader, gboolean *ret_last)
{
    gsize len = text_len(reader->line);
    if (len < reader->boundary_len ||
        memcmp(reader->line->str, reader->boundary, reader->boundary_len) != 0)
        return FALSE;
    *ret_last = len == reader->boundary_len + 2 &&
                memcmp(reader->line->str + reader->boundary_len, "--", 2) == 0;
    return len == reader->boundary_len || *ret_last;
}

static void line_ends(MgReportReader *reader)
{
    gboolean last = FALSE;
    if (is_boundary(reader, &last)) {
        part_begins(reader);
        if (last)
            reader->place = AT_END;
    } else if (reader->place == PART_HEAD && text_len(reader->line) == 0) {
        MgSlice head = {(const guint8 *)reader->head->str, reader->head->len};
        mg_fields_each(head, part_head_field, reader);
        reader->place = PART_BODY;
    } else if (reader->place == PART_HEAD) {
        keep(reader->head, reader->line);
    } else if (reader->place == PART_BODY && reader->kind != PART_OTHER && !reader->enough) {
        gboolean plain = reader->encoding != GMIME_CONTENT_ENCODING_BASE64;
        keep(reader->text, reader->line);
        reader->enough = reader->kind == PART_RETURNED && plain && text_len(reader->line) == 0 &&
                         text_len(reader->text) > 0;
    }
    g_string_truncate(reader->line, 0);
}

/* ---- The reader ---- */

typedef struct {
    char *boundary;
} Find;

static void find_boundary(gpointer user, const char *name, const char *value)
{
    Find *find = user;
    if (find->boundary == NULL && strcmp(name, "content-type") == 0)
        find->boundary = mg_fields_report_boundary(value);
}

MgReportReader *mg_report_reader_new(MgSlice head)
{
    Find find = {NULL};
    mg_fields_each(head, find_boundary, &find);
    if (find.boundary == NULL)
        return NULL;
    MgReportReader *reader = g_new0(MgReportReader, 1);
    reader->boundary = g_strconcat("--", find.boundary, NULL);
    reader->boundary_len = strlen(reader->boundary);
    g_free(find.boundary);
    reader->line = g_string_new(NULL);
    reader->head = g_string_new(NULL);
    reader->text = g_string_new(NULL);
    reader->report = mg_report_new();
    return reader;
}

void mg_report_reader_feed(MgReportReader *reader, const guint8 *data, gsize len)
{
    while (len > 0 && reader->place != AT_END) {
        const guint8 *feed = memchr(data, '\n', len);
        gsize part = feed != NULL ? (gsize)(feed - data) + 1 : len;
        gsize room = LINE_MAX_KEPT - MIN(reader->line->len, (gsize)LINE_MAX_KEPT);
        g_string_append_len(reader->line, (const char *)data, (gssize)MIN(part, room));
        if (feed != NULL && part > room)
            g_string_append_c(reader->line, '\n');
        if (feed != NULL)
            line_ends(reader);
        data += part;
        len -= part;
    }
}

void mg_report_reader_gap(MgReportReader *reader)
{
    /* The returned header may be whole, and the hole in the text behind it. */
    if (reader->kind == PART_RETURNED && reader->enough)
        part_ends(reader);
    reader->place = AT_END;
}

MgReport *mg_report_reader_finish(MgReportReader *reader, gboolean complete)
{
    if (complete && reader->line->len > 0 && reader->place != AT_END)
        line_ends(reader);
    if (reader->place != AT_END && (complete || reader->enough))
        part_ends(reader);
    MgReport *report = reader->any ? g_steal_pointer(&reader->report) : NULL;
    mg_report_reader_free(reader);
    return report;
}

void mg_report_reader_free(MgReportReader *reader)
{
    if (reader == NULL)
        return;
    g_free(reader->boundary);
    g_string_free(reader->line, TRUE);
    g_string_free(reader->head, TRUE);
    g_string_free(reader->text, TRUE);
    mg_report_unref(reader->report);
    g_free(reader);
}
