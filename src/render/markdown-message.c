/* One message at the end: its row, its path, its state tracker. */
#include "markdown.h"

#include "escape.h"
#include "words.h"

enum {
    /* Columns of a state tracker that fit a printed page. */
    TRACKER_COLUMNS = 6,
};

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

static char *path(const MgStepMessage *record)
{
    GString *out = g_string_new(NULL);
    g_autofree char *way = words(record->path);
    g_string_append_printf(out, "- **M%u**: %s\n", record->message->number, way);
    for (guint i = 0; record->remarks != NULL && record->remarks[i] != NULL; i++) {
        g_autofree char *remark = words(record->remarks[i]);
        g_string_append_printf(out, "    - %s\n", remark);
    }
    return g_string_free(out, FALSE);
}

static void append_cell(GString *line, const char *plain)
{
    g_string_append_c(line, ' ');
    mg_escape_markdown(line, plain, -1);
    g_string_append(line, " |");
}

static void append_head_cell(const MgMarkdown *markdown, GString *line, const GPtrArray *history,
                             guint i)
{
    const MgHistory *entry = history->pdata[i];
    const char *label = i == 0 ? "start" : i + 1 == history->len ? "final-step" : "after-step";
    g_autofree char *step = g_strdup_printf("%" G_GUINT64_FORMAT, entry->step);
    g_autofree char *title = mg_words(markdown->options.glossary, label, "step", step, NULL);
    append_cell(line, title);
}

/* Changes `from` … of the history, at most TRACKER_COLUMNS of them, as a table. */
static void append_table(const MgMarkdown *markdown, GString *out, const GPtrArray *history,
                         guint from)
{
    const MgGlossary *glossary = markdown->options.glossary;
    guint end = MIN(history->len, from + TRACKER_COLUMNS);
    g_autoptr(GString) head = g_string_new("|");
    g_autoptr(GString) rule = g_string_new("|:-----|");
    g_autoptr(GString) location = g_string_new("|");
    g_autoptr(GString) frame = g_string_new("|");
    append_cell(head, mg_glossary_label(glossary, "variable"));
    append_cell(location, mg_glossary_label(glossary, "email-location"));
    append_cell(frame, mg_glossary_label(glossary, "frame-row"));
    for (guint i = from; i < end; i++) {
        const MgHistory *entry = history->pdata[i];
        append_head_cell(markdown, head, history, i);
        g_string_append(rule, ":-----|");
        g_autofree char *where = mg_glossary_where(glossary, entry->where);
        append_cell(location, where);
        g_autofree char *number = entry->at.frame > 0
                                      ? g_strdup_printf("%" G_GUINT64_FORMAT, entry->at.frame)
                                      : g_strdup("");
        append_cell(frame, number);
    }
    g_string_append_printf(out, "%s\n%s\n%s\n", head->str, rule->str, location->str);
    if (markdown->options.detail == MG_DETAIL_DEEP)
        g_string_append_printf(out, "%s\n", frame->str);
    g_string_append_c(out, '\n');
}

static char *tracker(const MgMarkdown *markdown, const MgMessage *message)
{
    const GPtrArray *history = message->history;
    if (history == NULL || history->len == 0)
        return NULL;
    GString *out = g_string_new("### ");
    g_autofree char *number = g_strdup_printf("M%u", message->number);
    g_autofree char *title =
        mg_words(markdown->options.glossary, "where-is-message", "message", number, NULL);
    mg_escape_markdown(out, title, -1);
    g_string_append(out, "\n\n");
    for (guint from = 0; from < history->len; from += TRACKER_COLUMNS)
        append_table(markdown, out, history, from);
    return g_string_free(out, FALSE);
}

void mg_markdown_message(const MgMarkdown *markdown, const MgStepMessage *record,
                         char *ret_parts[MG_ROLL_PARTS])
{
    ret_parts[MG_MARKDOWN_ROW] = row(markdown, record);
    if (record->message->merged_into > 0)
        return;
    ret_parts[MG_MARKDOWN_PATH] = record->path != NULL ? path(record) : NULL;
    ret_parts[MG_MARKDOWN_TRACKER] = tracker(markdown, record->message);
}
