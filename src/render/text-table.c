#include "text-table.h"

#include <string.h>

#include "escape.h"
#include "layout.h"
#include "words.h"

enum {
    NARROWEST = 40,     /* below, columns make no sense: longer lines do */
    SIDE_BY_SIDE = 100, /* handouts for the projector have less */
    GAP = 2,            /* between what was said and what it does */
    STACKED_INDENT = 6, /* of the sentence */
    STACKED_SAID = 30,  /* below, frame and time get a line of their own */
    TOKEN = 12,         /* column of the explained token */
};

static void trim_right(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
}

static void styled(const MgRenderOptions *options, GString *out, const char *text,
                   MgTextStyle style)
{
    static const char *const codes[] = {NULL, "1", "4", "1", "35"};
    if (!options->color || codes[style] == NULL || *text == '\0')
        g_string_append(out, text);
    else
        g_string_append_printf(out, "\033[%sm%s\033[0m", codes[style], text);
}

/* Deep sentences have several lines; anywhere else a line feed is captured text. */
static GPtrArray *wrap(const MgRenderOptions *options, const char *text, guint width,
                       gboolean prose)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    if (prose && options->detail == MG_DETAIL_DEEP) {
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; lines[i] != NULL; i++) {
            if (i > 0)
                g_string_append_c(clean, '\n');
            mg_escape_visible(clean, lines[i], -1);
        }
    } else {
        mg_escape_visible(clean, text, -1);
    }
    return mg_layout_wrap(clean->str, width, prose);
}

void mg_text_table_init(MgTextTable *table, const MgRenderOptions *options)
{
    table->options = options;
    table->width = MAX(options->width, NARROWEST);
    table->stacked = table->width < SIDE_BY_SIDE;
    table->step_width = 2;
    table->frame_width = table->stacked ? 2 : 5;
    table->time_width = 8;
}

/* Column where what was said begins. */
static guint said_column(const MgTextTable *table)
{
    return table->stacked
               ? table->step_width + 1
               : table->step_width + 1 + table->frame_width + 1 + table->time_width + GAP;
}

static guint said_width(const MgTextTable *table)
{
    return (table->width - MIN(said_column(table), table->width / 2)) / 2 - GAP;
}

void mg_text_table_header(MgTextTable *table, GString *out)
{
    if (table->stacked)
        return;
    const MgGlossary *glossary = table->options->glossary;
    mg_layout_pad_left(out, mg_glossary_label(glossary, "number"), table->step_width);
    g_string_append_c(out, ' ');
    mg_layout_pad_left(out, mg_glossary_label(glossary, "frame"), table->frame_width);
    g_string_append_c(out, ' ');
    mg_layout_pad_left(out, mg_glossary_label(glossary, "time"), table->time_width);
    mg_layout_spaces(out, GAP);
    mg_layout_pad(out, mg_glossary_label(glossary, "command-and-reply"), said_width(table));
    mg_layout_spaces(out, GAP);
    g_string_append(out, mg_glossary_label(glossary, "what-it-does"));
    g_string_append_c(out, '\n');
}

/* The first and last of several frames: in one piece where that fits, else in two lines. */
static void frame_cells(const MgTextTable *table, const MgFrames *frames, char **ret_first,
                        char **ret_second)
{
    *ret_second = NULL;
    if (frames == NULL || frames->count == 0) {
        *ret_first = g_strdup("");
        return;
    }
    guint64 first = frames->kept[0];
    guint64 last = frames->count <= MG_FRAMES_KEPT ? frames->kept[frames->count - 1] : frames->last;
    g_autofree char *both =
        g_strdup_printf("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, first, last);
    if (first == last) {
        *ret_first = g_strdup_printf("%" G_GUINT64_FORMAT, first);
    } else if (table->stacked || strlen(both) <= table->frame_width) {
        *ret_first = g_steal_pointer(&both);
    } else {
        *ret_first = g_strdup_printf("%" G_GUINT64_FORMAT "-", first);
        *ret_second = g_strdup_printf("%" G_GUINT64_FORMAT, last);
    }
}

static void grow(guint *width, const char *text)
{
    *width = MAX(*width, text != NULL ? mg_layout_width(text) : 0);
}

/* All captured lines of a row, wrapped, the later ones under the first. */
static GPtrArray *said_lines(const MgTextTable *table, const MgTextRow *row, guint width)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
    guint indent = (guint)strlen(row->speaker);
    for (guint i = 0; row->said != NULL && i < row->said->len; i++) {
        g_autofree char *shown = mg_words_line(table->options, row->said->pdata[i]);
        g_autoptr(GPtrArray) lines =
            wrap(table->options, shown, width > indent ? width - indent : 1, FALSE);
        for (guint k = 0; k < lines->len; k++) {
            GString *line = g_string_new(all->len == 0 ? row->speaker : "");
            if (all->len > 0)
                mg_layout_spaces(line, indent);
            g_string_append(line, lines->pdata[k]);
            trim_right(line);
            g_ptr_array_add(all, g_string_free(line, FALSE));
        }
    }
    return all;
}

static void row_side_by_side(MgTextTable *table, GString *out, const MgTextRow *row,
                             const char *step, const char *const frame[2])
{
    guint width = said_width(table);
    g_autoptr(GPtrArray) said = said_lines(table, row, width);
    guint sentence_at = said_column(table) + width + GAP;
    g_autoptr(GPtrArray) sentence =
        wrap(table->options, row->sentence != NULL ? row->sentence : "",
             table->width > sentence_at + 10 ? table->width - sentence_at : 10, TRUE);
    guint n = MAX(said->len, MAX(sentence->len, frame[1] != NULL ? 2 : 1));
    for (guint i = 0; i < n; i++) {
        mg_layout_pad_left(out, i == 0 ? step : "", table->step_width);
        g_string_append_c(out, ' ');
        mg_layout_pad_left(out, i < 2 && frame[i] != NULL ? frame[i] : "", table->frame_width);
        g_string_append_c(out, ' ');
        mg_layout_pad_left(out, i == 0 && row->time != NULL ? row->time : "", table->time_width);
        mg_layout_spaces(out, GAP);
        const char *left = i < said->len ? said->pdata[i] : "";
        const char *right = i < sentence->len ? sentence->pdata[i] : "";
        styled(table->options, out, left, row->style);
        if (*right != '\0') {
            guint used = mg_layout_width(left);
            mg_layout_spaces(out, (used < width ? width - used : 0) + GAP);
            g_string_append(out, right);
        }
        trim_right(out);
        g_string_append_c(out, '\n');
    }
}

static void row_stacked(MgTextTable *table, GString *out, const MgTextRow *row, const char *step,
                        const char *frame)
{
    g_autoptr(GString) right = g_string_new(NULL);
    if (*frame != '\0') {
        gboolean several = strchr(frame, '-') != NULL;
        g_string_append(right,
                        mg_glossary_label(table->options->glossary, several ? "frames" : "frame"));
        g_string_append_c(right, ' ');
        mg_layout_pad_left(right, frame, table->frame_width);
    }
    if (row->time != NULL) {
        g_string_append_c(right, ' ');
        mg_layout_pad_left(right, row->time, table->time_width);
    }
    guint column = said_column(table);
    guint right_width = mg_layout_width(right->str);
    /* one cell stays free at the right edge, where some terminals wrap */
    guint whole = table->width - 1 - column;
    gboolean beside = right_width > 0 && right_width + GAP + STACKED_SAID <= whole;
    g_autoptr(GPtrArray) said = said_lines(table, row, beside ? whole - right_width - GAP : whole);
    if (right_width > 0 && !beside) {
        mg_layout_pad_left(out, right->str, table->width - 1);
        g_string_append_c(out, '\n');
    }
    for (guint i = 0; i < said->len; i++) {
        mg_layout_pad_left(out, i == 0 ? step : "", table->step_width);
        g_string_append_c(out, ' ');
        styled(table->options, out, said->pdata[i], row->style);
        if (i == 0 && beside) {
            guint used = column + mg_layout_width(said->pdata[i]);
            mg_layout_spaces(out, table->width - 1 - right_width - used);
            g_string_append(out, right->str);
        }
        trim_right(out);
        g_string_append_c(out, '\n');
    }
    if (row->sentence != NULL)
        mg_text_block(table->options, out, MAX(STACKED_INDENT, column + 3), "", row->sentence,
                      MG_STYLE_PLAIN);
}

void mg_text_table_row(MgTextTable *table, GString *out, const MgTextRow *row)
{
    g_autofree char *step =
        row->step > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT, row->step) : g_strdup("");
    g_autofree char *first = NULL, *second = NULL;
    frame_cells(table, row->frames, &first, &second);
    grow(&table->step_width, step);
    if (strchr(first, '-') == NULL || !table->stacked)
        grow(&table->frame_width, first);
    grow(&table->frame_width, second);
    grow(&table->time_width, row->time);
    if (table->stacked)
        row_stacked(table, out, row, step, first);
    else
        row_side_by_side(table, out, row, step, (const char *const[]){first, second});
}

void mg_text_table_under(MgTextTable *table, GString *out, const char *lead, const char *text,
                         MgTextStyle style)
{
    mg_text_block(table->options, out, said_column(table), lead, text, style);
}

void mg_text_table_token(MgTextTable *table, GString *out, const char *token, const char *text)
{
    g_autofree char *shown = mg_words_line(table->options, token);
    g_autoptr(GString) clean = g_string_new(NULL);
    mg_escape_visible(clean, shown, -1);
    guint indent = said_column(table) + (table->stacked ? 3 : 0);
    if (mg_layout_width(clean->str) >= TOKEN) {
        /* too long for its column: a line of its own */
        mg_text_block(table->options, out, indent, "", clean->str, MG_STYLE_PLAIN);
        mg_text_block(table->options, out, indent + TOKEN, "", text, MG_STYLE_PLAIN);
        return;
    }
    g_autoptr(GString) lead = g_string_new(NULL);
    mg_layout_pad(lead, clean->str, TOKEN);
    mg_text_block(table->options, out, indent, lead->str, text, MG_STYLE_PLAIN);
}

void mg_text_block(const MgRenderOptions *options, GString *out, guint indent, const char *lead,
                   const char *text, MgTextStyle style)
{
    guint width = MAX(options->width, NARROWEST);
    guint lead_width = mg_layout_width(lead);
    guint from = MIN(indent + lead_width, width - 10);
    g_autoptr(GPtrArray) lines = wrap(options, text, width - from, TRUE);
    for (guint i = 0; i < lines->len; i++) {
        mg_layout_spaces(out, indent);
        if (i == 0)
            g_string_append(out, lead);
        else
            mg_layout_spaces(out, lead_width);
        styled(options, out, lines->pdata[i], style);
        trim_right(out);
        g_string_append_c(out, '\n');
    }
}
