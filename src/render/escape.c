#include "escape.h"

#include "mg-render.h"

#include <string.h>

/* Characters without a glyph that change how others are shown, or hide: bidirectional controls
 * (Unicode UAX #9), joiners, fillers, tags, selectors beyond the sixteen that emoji use. */
static gboolean is_invisible(gunichar c)
{
    if (c < 0x80)
        return FALSE;
    switch (g_unichar_type(c)) {
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SURROGATE:
        return TRUE;
    default:
        break;
    }
    return c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x17b4 || c == 0x17b5 ||
           (c >= 0x180b && c <= 0x180f) || c == 0x2065 || c == 0x2800 || c == 0x3164 ||
           c == 0xffa0 || (c >= 0xfff0 && c <= 0xfff8) || (c >= 0xe0000 && c <= 0xe0fff);
}

static gboolean is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Markup that Markdown readers know: CommonMark, GitHub's tables, strike-through and mentions,
 * pandoc's mathematics, citations, sub- and superscripts. */
static gboolean is_markdown(gunichar c)
{
    return c < 0x80 && c != 0 && strchr("\\`*_[]<>|#~$^&@{}", (int)c) != NULL;
}

/* Readers of GitHub's kind make a link of bare "http://…" and "www.…". */
static gboolean begins_link(const char *text, const char *at)
{
    return g_str_has_prefix(at, "://") ||
           (*at == '.' && at - text >= 3 && g_ascii_strncasecmp(at - 3, "www", 3) == 0);
}

typedef gboolean (*NeedsBackslash)(gunichar c);

static gboolean is_bar(gunichar c)
{
    return c == '|';
}

static void append_visible(GString *out, const char *text, gssize len, NeedsBackslash backslash)
{
    g_autofree char *valid = g_utf8_make_valid(text, len);
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_control(c)) {
            g_string_append(out, backslash == is_markdown ? "\\\\" : "\\");
            g_string_append_printf(out, "x%02x", c);
        } else if (is_invisible(c)) {
            if (backslash == is_markdown)
                g_string_append_printf(out, "\\<U+%04X\\>", c);
            else
                g_string_append_printf(out, "<U+%04X>", c);
        } else {
            if (backslash == is_bar && c == '|' && p > valid && p[-1] == '\\') {
                /* readers differ on what two backslashes before a bar are */
                g_string_append(out, "<U+007C>");
                continue;
            }
            if ((backslash != NULL && backslash(c)) ||
                (backslash == is_markdown && begins_link(valid, p)))
                g_string_append_c(out, '\\');
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
        }
    }
}

void mg_escape_visible(GString *out, const char *text, gssize len)
{
    append_visible(out, text, len, NULL);
}

void mg_escape_markdown(GString *out, const char *text, gssize len)
{
    append_visible(out, text, len, is_markdown);
}

void mg_escape_markdown_code(GString *out, const char *text, gssize len)
{
    g_autoptr(GString) inner = g_string_new(NULL);
    append_visible(inner, text, len, is_bar);
    if (inner->len == 0)
        return;

    gsize longest = 0, run = 0;
    gboolean blank = TRUE;
    for (const char *p = inner->str; *p != '\0'; p++) {
        run = *p == '`' ? run + 1 : 0;
        longest = MAX(longest, run);
        blank = blank && *p == ' ';
    }
    /* One space is taken off each end when both have one (CommonMark 6.1), unless there is
     * nothing but spaces. */
    char first = inner->str[0], last = inner->str[inner->len - 1];
    gboolean pad = !blank && (first == '`' || last == '`' || (first == ' ' && last == ' '));
    for (gsize i = 0; i <= longest; i++)
        g_string_append_c(out, '`');
    if (pad)
        g_string_append_c(out, ' ');
    g_string_append_len(out, inner->str, inner->len);
    if (pad)
        g_string_append_c(out, ' ');
    for (gsize i = 0; i <= longest; i++)
        g_string_append_c(out, '`');
}

/* Spreadsheets begin a formula at these, also after spaces and in their full-width forms. */
static gboolean starts_formula(const char *text)
{
    while (*text == ' ')
        text++;
    gunichar c = g_utf8_get_char(text);
    return c == '=' || c == '+' || c == '-' || c == '@' || c == 0xff1d || c == 0xff0b ||
           c == 0xff0d || c == 0xff20;
}

void mg_escape_csv(GString *out, const char *text, gssize len)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    mg_escape_visible(clean, text, len);
    if (starts_formula(clean->str))
        g_string_prepend_c(clean, '\'');
    if (strpbrk(clean->str, ",\"") == NULL && !g_str_has_prefix(clean->str, " ") &&
        !g_str_has_suffix(clean->str, " ")) {
        g_string_append_len(out, clean->str, clean->len);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = clean->str; *p != '\0'; p++) {
        if (*p == '"')
            g_string_append_c(out, '"');
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

/* XML 1.0 section 2.2 leaves these out; HTML calls the whole kind a parse error. */
static gboolean is_noncharacter(gunichar c)
{
    return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

void mg_escape_xml(GString *out, const char *text, gssize len)
{
    g_autoptr(GString) visible = g_string_new(NULL);
    append_visible(visible, text, len, NULL);
    for (const char *p = visible->str; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '&')
            g_string_append(out, "&amp;");
        else if (c == '<')
            g_string_append(out, "&lt;");
        else if (c == '>')
            g_string_append(out, "&gt;");
        else if (c == '"')
            g_string_append(out, "&quot;");
        else if (c == '\'')
            g_string_append(out, "&#39;");
        else if (is_noncharacter(c))
            g_string_append_printf(out, "&lt;U+%04X&gt;", c);
        else
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
    }
}

void mg_escape_mermaid(GString *out, const char *text, gssize len)
{
    g_autoptr(GString) visible = g_string_new(NULL);
    append_visible(visible, text, len, NULL);
    for (const char *p = visible->str; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '<')
            g_string_append(out, "#lt;");
        else if (c == '>')
            g_string_append(out, "#gt;");
        else if (c == '"')
            g_string_append(out, "#quot;");
        else if (c == '&')
            g_string_append(out, "#amp;");
        else if (is_noncharacter(c) || (c < 0x80 && strchr(";#%{}\\`$", (int)c) != NULL))
            g_string_append_printf(out, "#%u;", c);
        else
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
    }
}

static void append_gift(GString *out, const char *text, gssize len, gboolean html)
{
    g_autoptr(GString) visible = g_string_new(NULL);
    append_visible(visible, text, len, NULL);
    for (const char *p = visible->str; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (html && c == '&')
            g_string_append(out, "&amp;");
        else if (html && c == '<')
            g_string_append(out, "&lt;");
        else if (html && c == '>')
            g_string_append(out, "&gt;");
        else if (html && c == '"')
            g_string_append(out, "&quot;");
        else if (is_noncharacter(c))
            g_string_append_printf(out, html ? "&lt;U+%04X&gt;" : "<U+%04X>", c);
        else if (c < 0x80 && strchr("\\#=~{}:", (int)c) != NULL)
            g_string_append_printf(out, "\\%c", (char)c);
        else
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
    }
}

void mg_escape_gift(GString *out, const char *text, gssize len)
{
    append_gift(out, text, len, TRUE);
}

void mg_escape_gift_plain(GString *out, const char *text, gssize len)
{
    append_gift(out, text, len, FALSE);
}

void mg_escape_css(GString *out, const char *text, gssize len)
{
    g_autoptr(GString) visible = g_string_new(NULL);
    append_visible(visible, text, len, NULL);
    for (const char *p = visible->str; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == ' ' || (c < 0x80 && g_ascii_isalnum((gchar)c)))
            g_string_append_c(out, (gchar)c);
        else
            g_string_append_printf(out, "\\%x ", c);
    }
}

void mg_escape_json_line(GString *out, const char *json, gssize len)
{
    g_autofree char *valid = g_utf8_make_valid(json, len);
    const char *from = valid; /* what is not written yet */
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!is_control(c) && !is_invisible(c))
            continue;
        g_string_append_len(out, from, p - from);
        from = g_utf8_next_char(p);
        if (c < 0x10000) {
            g_string_append_printf(out, "\\u%04x", c);
        } else {
            g_string_append_printf(out, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                                   0xdc00 + ((c - 0x10000) & 0x3ff));
        }
    }
    g_string_append(out, from);
}

/* What marks of print are in ASCII; NULL = not one of them. */
static const char *folded_mark(gunichar c)
{
    static const struct {
        gunichar mark;
        const char *ascii;
    } marks[] = {{0xA1, ""},     {0xBF, ""},     {0xAB, "\""},    {0xBB, "\""},
                 {0x2013, "-"},  {0x2014, "-"},  {0x2018, "'"},   {0x2019, "'"},
                 {0x201C, "\""}, {0x201D, "\""}, {0x2026, "..."}, {0x2192, "->"}};
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (marks[i].mark == c)
            return marks[i].ascii;
    return NULL;
}

void mg_escape_fold(GString *text)
{
    GString *out = g_string_sized_new(text->len);
    for (const char *p = text->str; *p != '\0'; p = g_utf8_next_char(p)) {
        const gunichar c = g_utf8_get_char(p);
        gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
        const char *mark = c >= 0x80 ? folded_mark(c) : NULL;
        if (mark != NULL)
            g_string_append(out, mark);
        else if (c >= 0x80 && g_unichar_fully_decompose(c, FALSE, parts, G_N_ELEMENTS(parts)) > 1 &&
                 parts[0] < 0x80)
            g_string_append_unichar(out, parts[0]);
        else
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
    }
    g_string_assign(text, out->str);
    g_string_free(out, TRUE);
}

char *mg_escape_cut(const char *text, guint max, guint64 *ret_more)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    const char *end = valid;
    for (guint i = 0; i < max && *end != '\0'; i++)
        end = g_utf8_next_char(end);
    *ret_more = (guint64)g_utf8_strlen(end, -1);
    return g_strndup(valid, (gsize)(end - valid));
}

char *mg_render_ascii(const char *text)
{
    GString *folded = g_string_new(text);
    mg_escape_fold(folded);
    return g_string_free(folded, FALSE);
}
