/* Secrets become stars, bytes become text. */
#include "gloss.h"

#include <string.h>

/* Always eight: the length of a password is a secret too. */
#define STARS "********"

static void append_valid(GString *out, const char *data, gsize len)
{
    g_autofree char *valid = g_utf8_make_valid(data, (gssize)len);
    g_string_append(out, valid);
}

char *mg_mask_text(const MgText *text, gboolean show_secrets, gboolean *ret_masked)
{
    const char *data = text->text->str;
    const gsize len = text->text->len;
    GString *out = g_string_sized_new(len);
    gsize at = 0;
    if (!show_secrets && text->secrets != NULL) {
        gboolean behind_stars = FALSE;
        for (guint i = 0; i < text->secrets->len; i++) {
            const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
            gsize from = MIN(secret->at, len);
            gsize to = secret->len > len - from ? len : from + secret->len;
            if (from > at) {
                append_valid(out, data + at, from - at);
                behind_stars = FALSE;
            }
            /* Two secrets that touch are one: the seam tells a length as well. */
            if (!behind_stars)
                g_string_append(out, STARS);
            behind_stars = TRUE;
            at = MAX(at, to);
            if (ret_masked != NULL)
                *ret_masked = TRUE;
        }
    }
    append_valid(out, data + at, len - at);
    return g_string_free(out, FALSE);
}

/* Hide each secret of `text` inside `value`. */
static char *hide(char *value, const MgText *text)
{
    if (text == NULL || text->secrets == NULL)
        return value;
    for (guint i = 0; i < text->secrets->len; i++) {
        const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
        gsize from = MIN(secret->at, text->text->len);
        gsize len = MIN(secret->len, text->text->len - from);
        if (len == 0)
            continue;
        g_autofree char *hidden = g_strndup(text->text->str + from, len);
        /* One or two characters stand in many harmless words: then only the whole counts. */
        if (*hidden == '\0' || (len < 3 ? strcmp(value, hidden) != 0 : !strstr(value, hidden)))
            continue;
        g_auto(GStrv) pieces = g_strsplit(value, hidden, -1);
        g_free(value);
        value = g_strjoinv(STARS, pieces);
    }
    return value;
}

char *mg_mask_value(const char *value, const MgExchange *exchange, gboolean show_secrets)
{
    char *out = g_strdup(value);
    if (!show_secrets) {
        out = hide(out, exchange->line);
        for (guint i = 0; i < exchange->replies->len; i++) {
            const MgReply *reply = g_ptr_array_index(exchange->replies, i);
            for (guint k = 0; k < reply->lines->len; k++)
                out = hide(out, g_ptr_array_index(reply->lines, k));
        }
    }
    char *valid = mg_valid(out);
    g_free(out);
    return valid;
}

char *mg_valid(const char *text)
{
    return text != NULL ? g_utf8_make_valid(text, -1) : NULL;
}

char *mg_shorten(char *text, gsize characters)
{
    /* Bytes first: counting the characters of a long text each time would cost. */
    if (strlen(text) <= characters || (gsize)g_utf8_strlen(text, -1) <= characters)
        return text;
    char *end = g_utf8_offset_to_pointer(text, (glong)characters - 1);
    char *shortened = g_strdup_printf("%.*s…", (int)(end - text), text);
    g_free(text);
    return shortened;
}
