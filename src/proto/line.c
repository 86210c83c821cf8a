/* Where one line of an offer ends, its text with its secrets, and words out of it.
 *
 * The offer is looked at, never copied: an incomplete line stays where it is, with tcp. */
#include "proto/line.h"

#include <string.h>

MgStatus mg_line_next(const MgBytes *bytes, gsize from, MgLine *ret_line)
{
    if (from >= bytes->slice.len)
        return MG_MORE;
    const guint8 *begin = bytes->slice.data + from;
    gsize rest = bytes->slice.len - from;
    gsize window = MIN(rest, (gsize)MG_LIMIT_LINE);
    const guint8 *feed = memchr(begin, '\n', window);
    if (feed == NULL && !bytes->final && rest <= MG_LIMIT_LINE)
        return MG_MORE;

    MgLine line = {.offset = bytes->offset + from, .text = {.data = begin}};
    if (feed != NULL) {
        line.whole = (gsize)(feed - begin) + 1;
        line.text.len = line.whole - 1;
        line.bare_lf = line.text.len == 0 || begin[line.text.len - 1] != '\r';
        if (!line.bare_lf)
            line.text.len--;
    } else {
        line.whole = line.text.len = window;
        line.unended = TRUE;
        /* The CR of a line end whose LF is missing; over the limit it is text. */
        if (rest <= MG_LIMIT_LINE && begin[line.text.len - 1] == '\r')
            line.text.len--;
    }
    *ret_line = line;
    return MG_DONE;
}

MgText *mg_line_text(const MgLine *line)
{
    return mg_text_new((const char *)line->text.data, (gssize)line->text.len);
}

void mg_line_frames(const MgLine *line, const MgBytes *bytes, MgFrames *frames)
{
    mg_bytes_frames(bytes, line->offset, line->offset + line->whole, frames);
}

MgStamp mg_line_begun(const MgLine *line, const MgBytes *bytes)
{
    if (bytes->n_places == 0)
        return (MgStamp){.time = MG_TIME_NONE};
    return mg_bytes_place(bytes, line->offset)->at;
}

MgStamp mg_line_ended(const MgLine *line, const MgBytes *bytes)
{
    if (bytes->n_places == 0)
        return (MgStamp){.time = MG_TIME_NONE};
    return mg_bytes_place(bytes, line->offset + MAX(line->whole, 1) - 1)->at;
}

/* Whether two marks are seen through the same shift between text and stream: a literal inside
 * a command line shifts what follows it. */
static gboolean same_shift(const MgSecret *a, const MgSecret *b)
{
    return a->stream_offset - a->at == b->stream_offset - b->at;
}

void mg_text_hide(MgText *text, gsize at, gsize len, guint64 line_offset)
{
    if (at >= text->text->len || len == 0)
        return;
    MgSecret mark = {
        .at = at, .len = MIN(len, text->text->len - at), .stream_offset = line_offset + at};
    if (text->secrets == NULL)
        text->secrets = g_array_new(FALSE, FALSE, sizeof(MgSecret));

    /* Go from the front: join what touches, cut from the new mark what another shift covers. */
    guint place = 0;
    while (place < text->secrets->len) {
        MgSecret *old = &g_array_index(text->secrets, MgSecret, place);
        gsize old_end = old->at + old->len, end = mark.at + mark.len;
        if (old_end < mark.at || (old_end == mark.at && !same_shift(old, &mark))) {
            place++;
        } else if (end < old->at || (end == old->at && !same_shift(old, &mark))) {
            break;
        } else if (same_shift(old, &mark)) {
            gsize first = MIN(old->at, mark.at);
            mark.stream_offset -= mark.at - first;
            mark.len = MAX(old_end, end) - first;
            mark.at = first;
            g_array_remove_index(text->secrets, place);
        } else {
            if (mark.at < old->at) {
                MgSecret front = mark;
                front.len = old->at - mark.at;
                g_array_insert_val(text->secrets, place, front);
                place++;
            }
            if (end <= old_end)
                return;
            mark.stream_offset += old_end - mark.at;
            mark.len = end - old_end;
            mark.at = old_end;
            place++;
        }
    }
    g_array_insert_val(text->secrets, place, mark);
}

static gboolean is_blank(guint8 octet)
{
    return octet == ' ' || octet == '\t';
}

MgSlice mg_word_next(MgSlice *rest)
{
    gsize begin = 0;
    while (begin < rest->len && is_blank(rest->data[begin]))
        begin++;
    gsize end = begin;
    while (end < rest->len && !is_blank(rest->data[end]))
        end++;
    /* An empty slice may have no data at all, and NULL plus nothing is not defined in C. */
    MgSlice word = {.data = begin > 0 ? rest->data + begin : rest->data, .len = end - begin};
    if (end > 0)
        rest->data += end;
    rest->len -= end;
    return word;
}

gboolean mg_slice_is(MgSlice slice, const char *word)
{
    return slice.len == strlen(word) && mg_slice_begins(slice, word);
}

gboolean mg_slice_begins(MgSlice slice, const char *prefix)
{
    gsize len = strlen(prefix);
    if (slice.len < len)
        return FALSE;
    for (gsize i = 0; i < len; i++)
        if (g_ascii_tolower((gchar)slice.data[i]) != g_ascii_tolower(prefix[i]))
            return FALSE;
    return TRUE;
}

char *mg_slice_dup(MgSlice slice)
{
    char *text = g_malloc(slice.len + 1);
    for (gsize i = 0; i < slice.len; i++)
        text[i] = slice.data[i] != '\0' ? (char)slice.data[i] : ' ';
    text[slice.len] = '\0';
    return text;
}

gboolean mg_slice_number(MgSlice slice, guint64 max, guint64 *ret_number)
{
    guint64 number = 0;
    if (slice.len == 0)
        return FALSE;
    for (gsize i = 0; i < slice.len; i++) {
        if (!g_ascii_isdigit((gchar)slice.data[i]))
            return FALSE;
        guint64 digit = slice.data[i] - '0';
        if (number > (max - MIN(max, digit)) / 10 || digit > max)
            return FALSE;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return TRUE;
}
