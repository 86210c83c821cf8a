/* Header fields, read with GMime.
 *
 * The block is cut into fields here, because a block that is broken off, or holds NULs, must
 * not lose what is whole in it; GMime decodes what a field says. */
#include "proto/fields.h"

#include <gmime/gmime.h>
#include <string.h>

#include "proto/line.h"

/* GMime's tables are made once in a process and never taken down: another part of the program
 * may still use them. */
static void gmime_ready(void)
{
    static gsize once = 0;
    if (g_once_init_enter(&once)) {
        g_mime_init();
        g_once_init_leave(&once, 1);
    }
}

static gboolean is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

MgHeaderLine mg_header_line(MgSlice line)
{
    gsize at = 0;
    if (line.len > 0 && is_blank((char)line.data[0]))
        return MG_HEADER_FOLDED;
    while (at < line.len && line.data[at] > ' ' && line.data[at] < 127 && line.data[at] != ':')
        at++;
    if (at == 0)
        return MG_HEADER_NONE;
    /* Blanks before the colon: obsolete syntax, still met (RFC 5322 section 4.5). */
    while (at < line.len && is_blank((char)line.data[at]))
        at++;
    return at < line.len && line.data[at] == ':' ? MG_HEADER_FIELD : MG_HEADER_NONE;
}

typedef struct {
    char *name;  /* lower case */
    char *value; /* unfolded, trimmed; NULs became spaces */
} Field;

static void field_clear(gpointer data)
{
    Field *field = data;
    g_free(field->name);
    g_free(field->value);
}

static void field_add(GArray *fields, const char *text, gsize len)
{
    const char *colon = memchr(text, ':', len);
    if (colon == NULL)
        return;
    Field field = {.name = g_ascii_strdown(text, colon - text)};
    g_strstrip(field.name);
    GString *value = g_string_sized_new(len);
    for (const char *at = colon + 1; at < text + len; at++)
        if (*at == '\0')
            g_string_append_c(value, ' ');
        else if (*at != '\r' && *at != '\n')
            g_string_append_c(value, *at);
    field.value = g_strstrip(g_string_free(value, FALSE));
    g_array_append_val(fields, field);
}

/* The fields of a block in their order. */
static GArray *fields_split(MgSlice head)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(Field));
    g_array_set_clear_func(fields, field_clear);
    const char *text = (const char *)head.data;
    gsize begin = 0, end = 0; /* of the field that is open; equal = none is */
    for (gsize at = 0; at < head.len;) {
        const char *feed = memchr(text + at, '\n', head.len - at);
        gsize next = feed != NULL ? (gsize)(feed - text) + 1 : head.len;
        MgHeaderLine is = mg_header_line((MgSlice){head.data + at, next - at});
        if (is != MG_HEADER_FOLDED && end > begin) {
            field_add(fields, text + begin, end - begin);
            begin = end = 0;
        }
        if (is == MG_HEADER_FIELD)
            begin = at;
        if (is == MG_HEADER_FIELD || (is == MG_HEADER_FOLDED && end > begin))
            end = next;
        at = next;
    }
    if (end > begin)
        field_add(fields, text + begin, end - begin);
    return fields;
}

char *mg_fields_decode(const char *raw)
{
    gmime_ready();
    g_autofree char *decoded = g_mime_utils_header_decode_text(NULL, raw);
    return g_utf8_make_valid(decoded != NULL ? decoded : raw, -1);
}

/* Add the addresses of a list to `addresses`, groups opened. */
static void addresses_add(InternetAddressList *list, GPtrArray *addresses, guint depth)
{
    /* RFC 5322 section 3.4 knows no group inside a group; more depth is malice. */
    if (list == NULL || depth > 2)
        return;
    int n = internet_address_list_length(list);
    for (int i = 0; i < n; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            addresses_add(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(address)),
                          addresses, depth + 1);
            continue;
        }
        const char *text = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        if (text != NULL && *text != '\0')
            g_ptr_array_add(addresses, g_utf8_make_valid(text, -1));
    }
}

/* GMime's time grows with the square of a list of addresses without a domain (six seconds for
 * 64 KiB), so a long field is read in pieces.  A piece ends at a comma between two addresses,
 * or, in a long group or quotation, where it must. */
#define PIECE_WANTED 256
#define PIECE_MAX 2048

static gsize piece_len(const char *value)
{
    guint comments = 0;
    gboolean quoted = FALSE, group = FALSE, angle = FALSE;
    gsize at;
    for (at = 0; at < PIECE_MAX && value[at] != '\0'; at++) {
        char octet = value[at];
        if (octet == '\\' && value[at + 1] != '\0')
            at++;
        else if (octet == '"' && comments == 0)
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (octet == '(')
            comments++;
        else if (octet == ')' && comments > 0)
            comments--;
        else if (comments > 0)
            continue;
        else if (octet == '<' || octet == '>')
            angle = octet == '<';
        else if (!angle && (octet == ':' || octet == ';'))
            group = octet == ':';
        else if (octet == ',' && !angle && !group && at >= PIECE_WANTED)
            return at + 1;
    }
    return at;
}

static void addresses_read(const char *value, GPtrArray *addresses)
{
    gmime_ready();
    while (*value != '\0') {
        gsize len = piece_len(value);
        g_autofree char *piece = g_strndup(value, len);
        InternetAddressList *list = internet_address_list_parse(NULL, piece);
        addresses_add(list, addresses, 0);
        g_clear_object(&list);
        value += len;
    }
}

/* "<a@b>" out of the field; what has no brackets is taken as it stands. */
char *mg_fields_message_id(const char *value)
{
    const char *open = strchr(value, '<');
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    GString *id = g_string_new(NULL);
    const char *end = close != NULL ? close + 1 : value + strlen(value);
    for (const char *at = close != NULL ? open : value; at < end; at++)
        if (!is_blank(*at)) /* folded inside */
            g_string_append_c(id, *at);
    g_autofree char *raw = g_string_free(id, FALSE);
    return *raw != '\0' ? g_utf8_make_valid(raw, -1) : NULL;
}

static gboolean is_report(const char *value)
{
    gmime_ready();
    GMimeContentType *type = g_mime_content_type_parse(NULL, value);
    gboolean report = type != NULL && g_mime_content_type_is_type(type, "multipart", "report");
    g_clear_object(&type);
    return report;
}

char *mg_fields_report_boundary(const char *value)
{
    gmime_ready();
    GMimeContentType *type = g_mime_content_type_parse(NULL, value);
    char *boundary = NULL;
    if (type != NULL && g_mime_content_type_is_type(type, "multipart", "report"))
        boundary = g_strdup(g_mime_content_type_get_parameter(type, "boundary"));
    g_clear_object(&type);
    if (boundary != NULL && *boundary == '\0')
        g_clear_pointer(&boundary, g_free);
    return boundary;
}

void mg_fields_each(MgSlice head, MgFieldFunc field, gpointer user)
{
    g_autoptr(GArray) fields = fields_split(head);
    for (guint i = 0; i < fields->len; i++) {
        const Field *one = &g_array_index(fields, Field, i);
        field(user, one->name, one->value);
    }
}

static char **strings_end(GPtrArray *strings)
{
    if (strings->len == 0) {
        g_ptr_array_free(strings, TRUE);
        return NULL;
    }
    g_ptr_array_add(strings, NULL);
    return (char **)g_ptr_array_free(strings, FALSE);
}

void mg_fields_read(MgSlice head, MgContent *content)
{
    g_autoptr(GArray) fields = fields_split(head);
    GPtrArray *to = g_ptr_array_new(), *received = g_ptr_array_new();
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = &g_array_index(fields, Field, i);
        /* Where a field that should stand once stands twice, the first is what readers see. */
        if (strcmp(field->name, "message-id") == 0 && content->message_id == NULL) {
            content->message_id = mg_fields_message_id(field->value);
        } else if (strcmp(field->name, "subject") == 0 && content->subject == NULL) {
            content->subject = mg_fields_decode(field->value);
        } else if (strcmp(field->name, "from") == 0 && content->from == NULL) {
            g_autoptr(GPtrArray) from = g_ptr_array_new_with_free_func(g_free);
            addresses_read(field->value, from);
            g_ptr_array_add(from, NULL);
            if (from->len > 1)
                content->from = g_strjoinv(", ", (char **)from->pdata);
        } else if (strcmp(field->name, "to") == 0 || strcmp(field->name, "cc") == 0) {
            addresses_read(field->value, to);
        } else if (strcmp(field->name, "date") == 0 && content->date == NULL) {
            content->date = g_utf8_make_valid(field->value, -1);
        } else if (strcmp(field->name, "in-reply-to") == 0 && content->in_reply_to == NULL) {
            content->in_reply_to = g_utf8_make_valid(field->value, -1);
        } else if (strcmp(field->name, "received") == 0) {
            if (received->len < MG_FIELDS_RECEIVED)
                g_ptr_array_add(received, g_utf8_make_valid(field->value, -1));
        } else if (strcmp(field->name, "content-type") == 0) {
            content->is_report = content->is_report || is_report(field->value);
        }
    }
    content->to = strings_end(to);
    content->received = strings_end(received);
}

/* Fields that servers add, change or take away on the way (location-rules.md section 8).
 * Every X- field counts among them: filters and stores add them freely.  So does Message-ID,
 * which a submission server adds where the author's program did not: where both sides have
 * one, it decides by itself. */
static gboolean is_changed_by_servers(const char *name)
{
    static const char *const names[] = {
        "apparently-to",
        "authentication-results",
        "bcc",
        "content-length",
        "delivered-to",
        "delivery-date",
        "dkim-filter",
        "dkim-signature",
        "domainkey-signature",
        "envelope-to",
        "lines",
        "message-id",
        "original-recipient",
        "received",
        "received-spf",
        "return-path",
        "sender",
        "status",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return TRUE;
    return g_str_has_prefix(name, "x-") || g_str_has_prefix(name, "arc-") ||
           g_str_has_prefix(name, "resent-");
}

static gint compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *mg_fields_fingerprint(MgSlice head, const char *body_digest)
{
    g_autoptr(GArray) fields = fields_split(head);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < fields->len; i++) {
        const Field *field = &g_array_index(fields, Field, i);
        if (is_changed_by_servers(field->name))
            continue;
        /* As the relaxed form of RFC 6376 section 3.4.2: folding and blanks do not count. */
        GString *line = g_string_new(field->name);
        g_string_append_c(line, ':');
        for (const char *at = field->value; *at != '\0'; at++)
            if (!is_blank(*at))
                g_string_append_c(line, *at);
            else if (!is_blank(at[1]))
                g_string_append_c(line, ' ');
        g_string_append_c(line, '\n');
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
    /* Some servers put the fields in another order. */
    g_ptr_array_sort(lines, compare_strings);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    for (guint i = 0; i < lines->len; i++)
        g_checksum_update(sum, lines->pdata[i], -1);
    g_checksum_update(sum, (const guchar *)"\n", 1);
    g_checksum_update(sum, (const guchar *)body_digest, -1);
    return g_strdup(g_checksum_get_string(sum));
}
