/* One message in the table at the end: who, what, where it is now and how it came there. */
#include "text.h"

#include <string.h>

#include "escape.h"
#include "layout.h"
#include "trail.h"
#include "words.h"

enum { MESSAGE_INDENT = 5 };

/* Parts of a message's first line: side by side where they fit. */
static void append_part(const MgTextState *text, GString *line, GString *out, guint gap,
                        const char *part)
{
    g_autofree char *shown = mg_words_line(&text->options, part);
    g_autoptr(GString) clean = g_string_new(NULL);
    mg_escape_visible(clean, shown, -1);
    if (mg_layout_width(line->str) + gap + mg_layout_width(clean->str) <= text->table.width) {
        mg_layout_spaces(line, gap);
        g_string_append(line, clean->str);
        return;
    }
    g_string_append(out, g_strchomp(line->str));
    g_string_append_c(out, '\n');
    g_autoptr(GPtrArray) lines =
        mg_layout_wrap(clean->str, text->table.width - MESSAGE_INDENT, TRUE);
    for (guint i = 0; i < lines->len; i++) {
        g_string_truncate(line, 0);
        mg_layout_spaces(line, MESSAGE_INDENT);
        g_string_append(line, lines->pdata[i]);
        if (i + 1 < lines->len)
            g_string_append_printf(out, "%s\n", line->str);
    }
}

/* ---- The table of the steps that moved it ---- */

enum {
    STEP_WIDTH = 5,
    PROTOCOL_WIDTH = 8,
    GAP = 2,
    LEAST = 12,
};

/* Cells side by side, each wrapped in its column. */
static void append_cells(const MgTextState *text, GString *out, const char *const *cells,
                         const guint *widths)
{
    GPtrArray *lines[MG_TRAIL_COLUMNS];
    guint height = 1;
    for (guint i = 0; i < MG_TRAIL_COLUMNS; i++) {
        g_autofree char *shown = mg_words_line(&text->options, cells[i]);
        g_autoptr(GString) clean = g_string_new(NULL);
        mg_escape_visible(clean, shown, -1);
        lines[i] = mg_layout_wrap(clean->str, widths[i], i == MG_TRAIL_COLUMNS - 1);
        height = MAX(height, lines[i]->len);
    }
    for (guint row = 0; row < height; row++) {
        g_autoptr(GString) line = g_string_new(NULL);
        mg_layout_spaces(line, MESSAGE_INDENT);
        for (guint i = 0; i < MG_TRAIL_COLUMNS; i++) {
            const char *cell = row < lines[i]->len ? lines[i]->pdata[row] : "";
            if (i == 0)
                mg_layout_pad_left(line, cell, widths[i]);
            else
                mg_layout_pad(line, cell, widths[i]);
            mg_layout_spaces(line, GAP);
        }
        g_string_append_printf(out, "%s\n", g_strchomp(line->str));
    }
    for (guint i = 0; i < MG_TRAIL_COLUMNS; i++)
        g_ptr_array_unref(lines[i]);
}

/* No room for columns: one under the other. */
static void append_stacked(const MgTextState *text, GString *out, const char *const *cells)
{
    g_autofree char *lead = g_strdup_printf("%s  ", cells[0]);
    g_autoptr(GString) said = g_string_new(cells[2]);
    for (guint i = 1; i < MG_TRAIL_COLUMNS; i += 2)
        if (*cells[i] != '\0')
            g_string_append_printf(said, "  %s", cells[i]);
    mg_text_block(&text->options, out, MESSAGE_INDENT, lead, said->str, MG_STYLE_PLAIN);
    mg_text_block(&text->options, out, MESSAGE_INDENT + 2, "=> ", cells[4], MG_STYLE_PLAIN);
}

static void append_trail(const MgTextState *text, GString *out, const MgStepMessage *record)
{
    const char *heads[MG_TRAIL_COLUMNS];
    for (guint i = 0; i < MG_TRAIL_COLUMNS; i++)
        heads[i] = mg_glossary_label(text->options.glossary, mg_trail_columns[i]);
    /* The head of this narrow column is longer in some languages than what stands under it. */
    const guint protocol = CLAMP(mg_layout_width(heads[2]), (guint)PROTOCOL_WIDTH, (guint)LEAST);
    const guint fixed = MESSAGE_INDENT + STEP_WIDTH + protocol + 4 * GAP;
    const guint left = text->table.width > fixed ? text->table.width - fixed : 0;
    const guint said = MAX(left * 3 / 10, (guint)LEAST);
    const guint place = MAX(left > 2 * said ? left - 2 * said : 0, (guint)LEAST);
    const gboolean narrow = left < 2 * said + LEAST || left < 4 * LEAST;
    const guint widths[MG_TRAIL_COLUMNS] = {STEP_WIDTH, said, protocol, said, place};
    if (!narrow)
        append_cells(text, out, heads, widths);
    for (guint i = 0; i < record->n_trail; i++) {
        g_auto(GStrv) cells = mg_trail_cells(&record->trail[i]);
        if (narrow)
            append_stacked(text, out, (const char *const *)cells);
        else
            append_cells(text, out, (const char *const *)cells, widths);
    }
    g_autofree char *tracker = mg_trail_tracker(&text->options, record->message);
    if (tracker == NULL)
        return;
    g_autofree char *lead =
        g_strdup_printf("%s: ", mg_glossary_label(text->options.glossary, "email-location"));
    mg_text_block(&text->options, out, MESSAGE_INDENT, lead, tracker, MG_STYLE_PLAIN);
}

char *mg_text_message(const MgTextState *text, const MgStepMessage *record)
{
    const MgMessage *message = record->message;
    GString *out = g_string_new(NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *number = g_strdup_printf(" M%u ", message->number);
    mg_layout_pad(line, number, MESSAGE_INDENT);
    g_autofree char *merged =
        message->merged_into > 0 ? mg_words_merged(&text->options, message) : NULL;
    if (merged != NULL) {
        append_part(text, line, out, 0, merged);
    } else {
        g_autofree char *subject =
            record->subject != NULL
                ? g_strdup_printf("\"%s\"", record->subject)
                : g_strdup(mg_glossary_label(text->options.glossary, "subject-not-seen"));
        g_autofree char *from_to = mg_words_from_to(&text->options, message);
        g_autofree char *now =
            mg_words(text->options.glossary, "now", "location",
                     record->label != NULL ? record->label : record->location, NULL);
        append_part(text, line, out, 0, subject);
        if (*from_to != '\0')
            append_part(text, line, out, 2, from_to);
        append_part(text, line, out, 3, now);
    }
    g_string_append_printf(out, "%s\n", line->str);
    if (merged == NULL) {
        if (record->path != NULL)
            mg_text_block(&text->options, out, MESSAGE_INDENT, "", record->path, MG_STYLE_PLAIN);
        for (guint i = 0; record->remarks != NULL && record->remarks[i] != NULL; i++)
            mg_text_block(&text->options, out, MESSAGE_INDENT, "", record->remarks[i],
                          MG_STYLE_PLAIN);
        for (guint i = 0; mg_trail_wants_places(&text->options) && i < record->n_places; i++) {
            g_autofree char *place = mg_trail_place(&text->options, &record->places[i]);
            mg_text_block(&text->options, out, MESSAGE_INDENT, "- ", place, MG_STYLE_PLAIN);
        }
        if (mg_trail_wants_steps(&text->options, record))
            append_trail(text, out, record);
    }
    return g_string_free(out, FALSE);
}
