#include "layout.h"

#include <string.h>

static guint cell_width(gunichar c)
{
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

static guint range_width(const char *from, const char *end)
{
    guint width = 0;
    for (const char *p = from; p < end; p = g_utf8_next_char(p))
        width += cell_width(g_utf8_get_char(p));
    return width;
}

guint mg_layout_width(const char *text)
{
    return range_width(text, text + strlen(text));
}

/* How much of [from, end) fits into `width` cells; at least one character. */
static const char *fit(const char *from, const char *end, guint width)
{
    guint used = 0;
    const char *p = from;
    while (p < end) {
        used += cell_width(g_utf8_get_char(p));
        if (used > width && p > from)
            break;
        p = g_utf8_next_char(p);
    }
    return p;
}

static void add(GPtrArray *lines, const char *from, const char *end)
{
    g_ptr_array_add(lines, g_strndup(from, (gsize)(end - from)));
}

static void wrap_captured(GPtrArray *lines, const char *from, const char *end, guint width)
{
    do {
        const char *stop = fit(from, end, width);
        if (stop < end) {
            for (const char *p = stop; p > from + (stop - from) / 2; p--) {
                if (p[-1] == ' ') {
                    stop = p;
                    break;
                }
            }
        }
        add(lines, from, stop);
        from = stop;
    } while (from < end);
}

static void wrap_prose(GPtrArray *lines, const char *from, const char *end, guint width)
{
    g_autoptr(GString) line = g_string_new(NULL);
    guint used = 0;
    while (TRUE) {
        while (from < end && *from == ' ')
            from++;
        if (from >= end)
            break;
        const char *word_end = memchr(from, ' ', (gsize)(end - from));
        if (word_end == NULL)
            word_end = end;
        const char *stop = fit(from, word_end, width);
        guint word_width = range_width(from, stop);
        if (used > 0 && (stop < word_end || used + 1 + word_width > width)) {
            g_ptr_array_add(lines, g_strdup(line->str));
            g_string_truncate(line, 0);
            used = 0;
        }
        if (stop < word_end) {
            /* longer than a line: break inside; its last piece begins the next line */
            add(lines, from, stop);
            from = stop;
            continue;
        }
        if (used > 0) {
            g_string_append_c(line, ' ');
            used++;
        }
        g_string_append_len(line, from, word_end - from);
        used += word_width;
        from = word_end;
    }
    if (line->len > 0 || lines->len == 0)
        g_ptr_array_add(lines, g_strdup(line->str));
}

GPtrArray *mg_layout_wrap(const char *text, guint width, gboolean prose)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    width = MAX(width, 1);
    while (TRUE) {
        const char *end = strchr(text, '\n');
        if (prose)
            wrap_prose(lines, text, end != NULL ? end : text + strlen(text), width);
        else
            wrap_captured(lines, text, end != NULL ? end : text + strlen(text), width);
        if (end == NULL)
            return lines;
        text = end + 1;
    }
}

void mg_layout_spaces(GString *out, guint n)
{
    while (n-- > 0)
        g_string_append_c(out, ' ');
}

void mg_layout_pad(GString *out, const char *text, guint width)
{
    guint own = mg_layout_width(text);
    g_string_append(out, text);
    mg_layout_spaces(out, own < width ? width - own : 0);
}

void mg_layout_pad_left(GString *out, const char *text, guint width)
{
    guint own = mg_layout_width(text);
    mg_layout_spaces(out, own < width ? width - own : 0);
    g_string_append(out, text);
}
