/* Escapes: whatever goes in, nothing that a terminal obeys comes out, a Markdown cell stays one
 * cell, a CSV field reads back as what was meant, JSON stays the same JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "render/escape.h"
#include "render/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(gboolean holds)
{
    if (!holds)
        abort();
}

static void require_quiet(const GString *out)
{
    require(g_utf8_validate(out->str, (gssize)out->len, NULL));
    for (const char *p = out->str; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        require(c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
        require(!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069));
        require(c != 0x200b && c != 0x200e && c != 0x200f && c != 0xfeff);
    }
}

/* Each bar has its own backslash: readers that count backslashes and readers that look at the
 * last one only see the same. */
static void require_one_cell(const GString *out, gboolean code)
{
    gsize backslashes = 0;
    for (gsize i = 0; i < out->len; i++) {
        if (out->str[i] == '|')
            require(code ? backslashes == 1 : backslashes % 2 == 1);
        backslashes = out->str[i] == '\\' ? backslashes + 1 : 0;
    }
}

/* Nothing is left that opens a code span, a tag or a link. */
static void require_no_markup(const GString *out)
{
    for (const char *p = out->str; *p != '\0'; p++) {
        if (*p == '\\') {
            require(p[1] != '\0');
            p++;
        } else {
            require(strchr("`*_[]<>|#~$&@", *p) == NULL);
        }
    }
}

/* The span that opens at the beginning closes at the end and not before. */
static void require_code_span(const GString *out)
{
    if (out->len == 0)
        return;
    gsize fence = strspn(out->str, "`");
    require(fence > 0 && out->len > 2 * fence);
    gsize run = 0;
    for (gsize i = fence; i < out->len; i++) {
        run = out->str[i] == '`' ? run + 1 : 0;
        gboolean ends = run > 0 && out->str[i + 1] != '`';
        require(!ends || run != fence || i + 1 == out->len);
    }
    require(run == fence);
}

static void require_csv(const GString *field, const GString *visible)
{
    g_autoptr(GString) read = g_string_new(NULL);
    gboolean quoted = field->str[0] == '"';
    for (const char *p = field->str + (quoted ? 1 : 0); *p != '\0'; p++) {
        if (*p == '"') {
            require(quoted);
            if (p[1] == '\0')
                break;
            require(p[1] == '"');
            p++;
        } else {
            require(quoted || *p != ',');
        }
        g_string_append_c(read, *p);
    }
    require(!quoted || (field->len >= 2 && field->str[field->len - 1] == '"'));
    require(read->len == 0 || strchr("=+-@", read->str[0]) == NULL);
    gboolean guarded = read->len == visible->len + 1 && read->str[0] == '\'';
    require(strcmp(read->str + (guarded ? 1 : 0), visible->str) == 0);
}

static void require_layout(const GString *visible, guint width, gboolean prose)
{
    g_autoptr(GPtrArray) lines = mg_layout_wrap(visible->str, width, prose);
    gsize total = 0;
    require(lines->len > 0);
    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];
        require(g_utf8_validate(line, -1, NULL));
        require(mg_layout_width(line) <= MAX(width, 2) || g_utf8_strlen(line, -1) == 1);
        total += strlen(line);
    }
    require(prose ? total <= visible->len : total == visible->len);
}

/* Bytes as the generator would have them inside a string: no quote, no backslash. */
static void require_json(const uint8_t *data, size_t size)
{
    g_autoptr(GString) out = g_string_new(NULL);
    mg_escape_json_line(out, (const char *)data, (gssize)size);
    require_quiet(out);
}

/* No character of `markup` is left but in the entities and escapes that we write. */
static void require_xml(const uint8_t *data, size_t size)
{
    g_autoptr(GString) out = g_string_new(NULL);
    mg_escape_xml(out, (const char *)data, (gssize)size);
    require_quiet(out);
    require(strpbrk(out->str, "<>\"'") == NULL);
    for (const char *p = out->str; (p = strchr(p, '&')) != NULL; p++)
        require(g_str_has_prefix(p, "&amp;") || g_str_has_prefix(p, "&lt;") ||
                g_str_has_prefix(p, "&gt;") || g_str_has_prefix(p, "&quot;") ||
                g_str_has_prefix(p, "&#39;"));
}

static void require_css(const uint8_t *data, size_t size)
{
    g_autoptr(GString) out = g_string_new(NULL);
    mg_escape_css(out, (const char *)data, (gssize)size);
    for (const char *p = out->str; *p != '\0'; p++)
        require(g_ascii_isalnum(*p) || *p == ' ' || (*p == '\\' && g_ascii_isxdigit(p[1])));
}

static void require_mermaid(const uint8_t *data, size_t size)
{
    g_autoptr(GString) out = g_string_new(NULL);
    mg_escape_mermaid(out, (const char *)data, (gssize)size);
    require_quiet(out);
    require(strpbrk(out->str, "<>\"%{}\\`$&") == NULL);
    for (const char *p = out->str; *p != '\0'; p++) {
        require(*p != ';');
        if (*p == '#') {
            p++;
            p += strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789");
            require(*p == ';');
        }
    }
}

static void require_gift(const uint8_t *data, size_t size)
{
    g_autoptr(GString) out = g_string_new(NULL);
    mg_escape_gift(out, (const char *)data, (gssize)size);
    require_quiet(out);
    require(strpbrk(out->str, "<>\"") == NULL);
    for (const char *p = out->str; *p != '\0'; p++) {
        require(strchr("#=~{}:", *p) == NULL);
        if (*p == '\\') {
            p++;
            require(*p != '\0' && strchr("\\#=~{}:", *p) != NULL);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    g_autoptr(GString) visible = g_string_new(NULL);
    mg_escape_visible(visible, text, (gssize)size);
    require_quiet(visible);
    g_autoptr(GString) twice = g_string_new(NULL);
    mg_escape_visible(twice, visible->str, (gssize)visible->len);
    require(g_string_equal(visible, twice));

    g_autoptr(GString) markdown = g_string_new(NULL);
    mg_escape_markdown(markdown, text, (gssize)size);
    require_quiet(markdown);
    require_one_cell(markdown, FALSE);
    require_no_markup(markdown);

    g_autoptr(GString) code = g_string_new(NULL);
    mg_escape_markdown_code(code, text, (gssize)size);
    require_quiet(code);
    require_one_cell(code, TRUE);
    require_code_span(code);

    g_autoptr(GString) csv = g_string_new(NULL);
    mg_escape_csv(csv, text, (gssize)size);
    require_quiet(csv);
    require_csv(csv, visible);

    require_json((const uint8_t *)text, size);
    require_xml((const uint8_t *)text, size);
    require_css((const uint8_t *)text, size);
    require_mermaid((const uint8_t *)text, size);
    require_gift((const uint8_t *)text, size);
    guint width = size > 0 ? data[0] % 60 + 1 : 1;
    require_layout(visible, width, FALSE);
    require_layout(visible, width, TRUE);
    return 0;
}
