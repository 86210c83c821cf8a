/* The header fields of a message that a step shows. */
#include "head.h"

#include <string.h>

/* One field from its name to the last octet of its folded lines: RFC 5322 section 2.2.3. */
static gsize field_length(const char *at, gsize len)
{
    gsize end = 0;
    while (end < len) {
        const char *lf = memchr(at + end, '\n', len - end);
        end = lf != NULL ? (gsize)(lf - at) + 1 : len;
        if (end >= len || (at[end] != ' ' && at[end] != '\t'))
            break;
    }
    return end;
}

/* Unfolded, without its line end. */
static char *unfold(const char *at, gsize len)
{
    GString *out = g_string_sized_new(len);
    for (gsize i = 0; i < len; i++)
        if (at[i] != '\r' && at[i] != '\n')
            g_string_append_c(out, at[i]);
    char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
    g_string_free(out, TRUE);
    return g_strchomp(valid);
}

static gboolean is_field(const char *at, gsize len, const char *name)
{
    gsize n = strlen(name);
    if (len <= n || g_ascii_strncasecmp(at, name, n) != 0)
        return FALSE;
    while (n < len && (at[n] == ' ' || at[n] == '\t'))
        n++;
    return n < len && at[n] == ':';
}

/* As written, or the decoded form where the written one is for machines (RFC 2047). */
static char *shown(const char *name, char *written, const char *decoded)
{
    if (decoded == NULL || strstr(written, "=?") == NULL)
        return written;
    g_free(written);
    g_autofree char *valid = g_utf8_make_valid(decoded, -1);
    return g_strconcat(name, ": ", valid, NULL);
}

char **mg_head_fields(const MgContent *content, gboolean all)
{
    static const char *const names[] = {"From", "To", "Subject", "Date", "Message-ID"};
    char *found[G_N_ELEMENTS(names)] = {NULL};
    GPtrArray *fields = g_ptr_array_new();
    const char *at = content->head;
    for (gsize left = at != NULL ? content->head_len : 0; left > 0;) {
        gsize len = field_length(at, left);
        if (*at == '\r' || *at == '\n')
            break;
        if (all)
            g_ptr_array_add(fields, unfold(at, len));
        for (gsize i = 0; !all && i < G_N_ELEMENTS(names); i++)
            if (found[i] == NULL && is_field(at, len, names[i]))
                found[i] = unfold(at, len);
        at += len;
        left -= len;
    }
    const char *const decoded[] = {content->from, NULL, content->subject, NULL, NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (found[i] != NULL)
            g_ptr_array_add(fields, shown(names[i], found[i], decoded[i]));
    if (fields->len == 0) {
        g_ptr_array_free(fields, TRUE);
        return NULL;
    }
    g_ptr_array_add(fields, NULL);
    return (char **)g_ptr_array_free(fields, FALSE);
}
