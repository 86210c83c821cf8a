/* One message at the end: its row, its path, its state tracker. */
#include "markdown.h"

#include "escape.h"
#include "tracker.h"
#include "trail.h"
#include "words.h"

void mg_markdown_message_free(gpointer data)
{
    MgMarkdownMessage *message = data;
    g_free(message->row);
    g_free(message->path);
    g_free(message->tracker);
    g_free(message);
}

static char *code(const MgMarkdown *markdown, const char *captured)
{
    GString *out = g_string_new(NULL);
    if (captured != NULL && *captured != '\0') {
        g_autofree char *shown = mg_words_line(&markdown->options, captured);
        mg_escape_markdown_code(out, shown, -1);
    }
    return g_string_free(out, FALSE);
}

static char *words(const char *text)
{
    GString *out = g_string_new(NULL);
    if (text != NULL)
        mg_escape_markdown(out, text, -1);
    return g_string_free(out, FALSE);
}

static char *row(const MgMarkdown *markdown, const MgStepMessage *record)
{
    const MgMessage *message = record->message;
    GString *out = g_string_new(NULL);
    g_autofree char *number = g_strdup_printf("M%u", message->number);
    if (message->merged_into > 0) {
        g_autofree char *merged = mg_words_merged(&markdown->options, message);
        g_autofree char *same = words(merged);
        mg_markdown_row(out, number, same, "", "", "", NULL);
        return g_string_free(out, FALSE);
    }
    g_autoptr(GString) to = g_string_new(NULL);
    guint n = message->to != NULL ? g_strv_length(message->to) : 0;
    guint shown = n <= 4 ? n : 3;
    for (guint i = 0; i < shown; i++) {
        g_autofree char *address = code(markdown, message->to[i]);
        g_string_append_printf(to, "%s%s", i > 0 ? ", " : "", address);
    }
    if (n > shown) {
        g_autofree char *more = mg_words_count(markdown->options.glossary, "and-more", n - shown);
        g_string_append_c(to, ' ');
        mg_escape_markdown(to, more, -1);
    }
    g_autofree char *subject =
        record->subject != NULL
            ? code(markdown, record->subject)
            : words(mg_glossary_label(markdown->options.glossary, "subject-not-seen"));
    g_autofree char *from = code(markdown, message->from != NULL ? message->from : message->sender);
    g_autofree char *location = words(record->label != NULL ? record->label : record->location);
    mg_markdown_row(out, number, subject, from, to->str, location, NULL);
    return g_string_free(out, FALSE);
}

static char *path(const MgMarkdown *markdown, const MgStepMessage *record)
{
    GString *out = g_string_new(NULL);
    g_autofree char *way = words(record->path);
    g_string_append_printf(out, "- **M%u**: %s\n", record->message->number, way);
    for (guint i = 0; record->remarks != NULL && record->remarks[i] != NULL; i++) {
        g_autofree char *remark = words(record->remarks[i]);
        g_string_append_printf(out, "    - %s\n", remark);
    }
    for (guint i = 0; mg_trail_wants_places(&markdown->options) && i < record->n_places; i++) {
        g_autofree char *plain = mg_trail_place(&markdown->options, &record->places[i]);
        g_autofree char *place = words(plain);
        g_string_append_printf(out, "    - %s\n", place);
    }
    return g_string_free(out, FALSE);
}

static void append_cell(GString *line, const char *plain)
{
    g_string_append_c(line, ' ');
    mg_escape_markdown(line, plain, -1);
    g_string_append(line, " |");
}

static void append_tracker(GString *out, const MgTracker *tracker)
{
    g_string_append_c(out, '|');
    append_cell(out, tracker->variable);
    for (guint i = 0; i < tracker->n; i++)
        append_cell(out, tracker->heads[i]);
    g_string_append(out, "\n|:-----|");
    for (guint i = 0; i < tracker->n; i++)
        g_string_append(out, ":-----|");
    for (guint r = 0; r < tracker->rows->len; r++) {
        const MgTrackerRow *row = tracker->rows->pdata[r];
        g_string_append(out, "\n|");
        append_cell(out, row->name);
        for (guint i = 0; i < tracker->n; i++)
            append_cell(out, row->cells[i]);
    }
    g_string_append(out, "\n\n");
}

/* The steps that moved it: Step, Action, Protocol, Result, Email location. */
static void append_trail(const MgMarkdown *markdown, GString *out, const MgStepMessage *record)
{
    const char *heads[MG_TRAIL_COLUMNS];
    for (guint i = 0; i < MG_TRAIL_COLUMNS; i++)
        heads[i] = mg_glossary_label(markdown->options.glossary, mg_trail_columns[i]);
    mg_markdown_row(out, heads[0], heads[1], heads[2], heads[3], heads[4], NULL);
    g_string_append(out, "|-----:|:--------|:-----|:--------|:--------|\n");
    for (guint i = 0; i < record->n_trail; i++) {
        g_auto(GStrv) cells = mg_trail_cells(&record->trail[i]);
        g_autofree char *action = code(markdown, cells[1]);
        g_autofree char *result = code(markdown, cells[3]);
        g_autofree char *location = words(cells[4]);
        mg_markdown_row(out, cells[0], action, cells[2], result, location, NULL);
    }
    g_string_append_c(out, '\n');
}

static char *tracker(const MgMarkdown *markdown, const MgStepMessage *record)
{
    const MgMessage *message = record->message;
    if (message->history == NULL || message->history->len == 0)
        return NULL;
    GString *out = g_string_new("### ");
    g_autofree char *title = mg_tracker_title(&markdown->options, message);
    mg_escape_markdown(out, title, -1);
    g_string_append(out, "\n\n");
    if (mg_trail_wants_steps(&markdown->options, record))
        append_trail(markdown, out, record);
    for (guint from = 0;; from += MG_TRACKER_COLUMNS) {
        g_autoptr(MgTracker) columns = mg_tracker_new(&markdown->options, message, from);
        if (columns == NULL)
            return g_string_free(out, FALSE);
        append_tracker(out, columns);
    }
}

MgMarkdownMessage *mg_markdown_message(const MgMarkdown *markdown, const MgStepMessage *record)
{
    MgMarkdownMessage *message = g_new0(MgMarkdownMessage, 1);
    message->row = row(markdown, record);
    if (record->message->merged_into == 0) {
        message->path = record->path != NULL ? path(markdown, record) : NULL;
        message->tracker = tracker(markdown, record);
    }
    return message;
}
