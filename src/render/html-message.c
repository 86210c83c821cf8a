/* One message at the end: its row, its path, its state tracker (section 5 of a handout). */
#include "html.h"

#include "escape.h"
#include "words.h"

enum {
    /* Columns of a state tracker that fit a printed page. */
    TRACKER_COLUMNS = 6,
};

static char *row(const MgHtml *html, const MgStepMessage *record)
{
    const MgMessage *message = record->message;
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "<tr><th scope=\"row\">M%u</th>", message->number);
    if (message->merged_into > 0) {
        g_autofree char *merged = mg_words_merged(&html->options, message);
        g_string_append(out, "<td colspan=\"4\">");
        mg_html_text(out, merged);
        g_string_append(out, "</td></tr>\n");
        return g_string_free(out, FALSE);
    }
    g_string_append(out, "<td>");
    if (record->subject != NULL)
        mg_html_code(html, out, record->subject);
    else
        mg_html_label(html, out, "subject-not-seen");
    g_string_append(out, "</td><td>");
    const char *from = message->from != NULL ? message->from : message->sender;
    if (from != NULL && *from != '\0')
        mg_html_code(html, out, from);
    g_string_append(out, "</td><td>");
    guint n = message->to != NULL ? g_strv_length(message->to) : 0;
    guint shown = n <= 4 ? n : 3;
    for (guint i = 0; i < shown; i++) {
        g_string_append(out, i > 0 ? ", " : "");
        mg_html_code(html, out, message->to[i]);
    }
    if (n > shown) {
        g_autofree char *more = mg_words_count(html->options.glossary, "and-more", n - shown);
        g_string_append_c(out, ' ');
        mg_html_text(out, more);
    }
    g_string_append_printf(out, "</td><td class=\"loc-%s\">", mg_html_place_class(message->where));
    mg_html_text(out, record->label != NULL ? record->label : record->location);
    g_string_append(out, "</td></tr>\n");
    return g_string_free(out, FALSE);
}

static char *path(const MgStepMessage *record)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "<p><strong>M%u</strong>: ", record->message->number);
    mg_html_text(out, record->path);
    g_string_append(out, "</p>\n");
    return g_string_free(out, FALSE);
}

static char *remarks(const MgStepMessage *record)
{
    if (record->remarks == NULL || record->remarks[0] == NULL)
        return NULL;
    GString *out = g_string_new(NULL);
    for (guint i = 0; record->remarks[i] != NULL; i++) {
        g_string_append_printf(out, "<li>M%u: ", record->message->number);
        mg_html_text(out, record->remarks[i]);
        g_string_append(out, "</li>\n");
    }
    return g_string_free(out, FALSE);
}

static void append_heads(const MgHtml *html, GString *out, const GPtrArray *history, guint from,
                         guint end)
{
    for (guint i = from; i < end; i++) {
        const MgHistory *entry = history->pdata[i];
        const char *label = i == 0 ? "start" : i + 1 == history->len ? "final-step" : "after-step";
        g_autofree char *step = g_strdup_printf("%" G_GUINT64_FORMAT, entry->step);
        g_autofree char *title = mg_words(html->options.glossary, label, "step", step, NULL);
        g_string_append(out, "<th scope=\"col\">");
        mg_html_text(out, title);
        g_string_append(out, "</th>");
    }
}

/* Changes `from` … of the history, at most TRACKER_COLUMNS of them, as a table. */
static void append_table(const MgHtml *html, GString *out, const MgMessage *message, guint from)
{
    const GPtrArray *history = message->history;
    guint end = MIN(history->len, from + TRACKER_COLUMNS);
    g_autofree char *number = g_strdup_printf("M%u", message->number);
    g_autofree char *title =
        mg_words(html->options.glossary, "where-is-message", "message", number, NULL);
    g_string_append(out, "<table><caption>");
    mg_html_text(out, title);
    g_string_append(out, "</caption>\n<thead><tr><th scope=\"col\">");
    mg_html_label(html, out, "variable");
    g_string_append(out, "</th>");
    append_heads(html, out, history, from, end);
    g_string_append(out, "</tr></thead>\n<tbody><tr><th scope=\"row\">");
    mg_html_label(html, out, "email-location");
    g_string_append(out, "</th>");
    for (guint i = from; i < end; i++) {
        const MgHistory *entry = history->pdata[i];
        g_autofree char *where = mg_glossary_where(html->options.glossary, entry->where);
        g_string_append_printf(out, "<td class=\"loc-%s\">", mg_html_place_class(entry->where));
        mg_html_text(out, where);
        if (g_strcmp0(entry->qualifier, "marked") == 0) {
            g_string_append(out, "<br/>");
            mg_html_label(html, out, "tracker-marked");
        }
        g_string_append(out, "</td>");
    }
    g_string_append(out, "</tr>\n<tr><th scope=\"row\">");
    mg_html_label(html, out, "frame-row");
    g_string_append(out, "</th>");
    for (guint i = from; i < end; i++) {
        const MgHistory *entry = history->pdata[i];
        if (entry->at.frame > 0)
            g_string_append_printf(out, "<td>%" G_GUINT64_FORMAT "</td>", entry->at.frame);
        else
            g_string_append(out, "<td></td>");
    }
    g_string_append(out, "</tr></tbody></table>\n");
}

void mg_html_message(const MgHtml *html, const MgStepMessage *record,
                     char *ret_parts[MG_ROLL_PARTS])
{
    const GPtrArray *history = record->message->history;
    ret_parts[MG_HTML_ROW] = row(html, record);
    if (record->message->merged_into > 0)
        return;
    ret_parts[MG_HTML_REMARKS] = remarks(record);
    GString *way = g_string_new(NULL);
    g_autofree char *stops = record->path != NULL ? path(record) : NULL;
    g_string_append(way, stops != NULL ? stops : "");
    for (guint from = 0; history != NULL && !html->options.where_only && from < history->len;
         from += TRACKER_COLUMNS)
        append_table(html, way, record->message, from);
    ret_parts[MG_HTML_PATH] = g_string_free(way, FALSE);
}
