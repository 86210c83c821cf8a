/* One message at the end: its row, its path, its state tracker (section 5 of a handout). */
#include "html.h"

#include "escape.h"
#include "tracker.h"
#include "trail.h"
#include "words.h"

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

static char *path(const MgHtml *html, const MgStepMessage *record)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "<p><strong>M%u</strong>: ", record->message->number);
    mg_html_text(out, record->path);
    g_string_append(out, "</p>\n");
    if (!mg_trail_wants_places(&html->options) || record->n_places == 0)
        return g_string_free(out, FALSE);
    g_string_append(out, "<ul>\n");
    for (guint i = 0; i < record->n_places; i++) {
        g_autofree char *place = mg_trail_place(&html->options, &record->places[i]);
        g_string_append(out, "<li>");
        mg_html_text(out, place);
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n");
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

static void append_tracker(const MgHtml *html, GString *out, const MgMessage *message,
                           const MgTracker *tracker)
{
    g_autofree char *title = mg_tracker_title(&html->options, message);
    g_string_append(out, "<table><caption>");
    mg_html_text(out, title);
    g_string_append(out, "</caption>\n<thead><tr><th scope=\"col\">");
    mg_html_text(out, tracker->variable);
    g_string_append(out, "</th>");
    for (guint i = 0; i < tracker->n; i++) {
        g_string_append(out, "<th scope=\"col\">");
        mg_html_text(out, tracker->heads[i]);
        g_string_append(out, "</th>");
    }
    g_string_append(out, "</tr></thead>\n<tbody>\n");
    for (guint r = 0; r < tracker->rows->len; r++) {
        const MgTrackerRow *row = tracker->rows->pdata[r];
        g_string_append(out, "<tr><th scope=\"row\">");
        mg_html_text(out, row->name);
        g_string_append(out, "</th>");
        for (guint i = 0; i < tracker->n; i++) {
            g_string_append(out, "<td");
            if (row->place)
                g_string_append_printf(out, " class=\"loc-%s\"",
                                       mg_html_place_class(tracker->where[i]));
            g_string_append_c(out, '>');
            mg_html_text(out, row->cells[i]);
            g_string_append(out, "</td>");
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table>\n");
}

static void append_trackers(const MgHtml *html, GString *out, const MgMessage *message)
{
    for (guint from = 0;; from += MG_TRACKER_COLUMNS) {
        g_autoptr(MgTracker) columns = mg_tracker_new(&html->options, message, from);
        if (columns == NULL)
            return;
        append_tracker(html, out, message, columns);
    }
}

/* The steps that moved it: Step, Action, Protocol, Result, Email location. */
static void append_trail(const MgHtml *html, GString *out, const MgStepMessage *record)
{
    g_autofree char *number = g_strdup_printf("M%u", record->message->number);
    g_autofree char *title =
        mg_words(html->options.glossary, "steps-of-message", "message", number, NULL);
    g_string_append(out, "<table class=\"trail\"><caption>");
    mg_html_text(out, title);
    g_string_append(out, "</caption>\n<thead><tr>");
    for (guint i = 0; i < MG_TRAIL_COLUMNS; i++) {
        g_string_append(out, "<th scope=\"col\">");
        mg_html_label(html, out, mg_trail_columns[i]);
        g_string_append(out, "</th>");
    }
    g_string_append(out, "</tr></thead>\n<tbody>\n");
    for (guint i = 0; i < record->n_trail; i++) {
        g_auto(GStrv) cells = mg_trail_cells(&record->trail[i]);
        g_string_append(out, "<tr><th scope=\"row\">");
        mg_html_text(out, cells[0]);
        g_string_append(out, "</th>");
        for (guint k = 1; k < MG_TRAIL_COLUMNS; k++) {
            g_string_append(out, "<td>");
            if ((k == 1 || k == 3) && *cells[k] != '\0')
                mg_html_code(html, out, cells[k]);
            else
                mg_html_text(out, cells[k]);
            g_string_append(out, "</td>");
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table>\n");
}

void mg_html_message(const MgHtml *html, const MgStepMessage *record,
                     char *ret_parts[MG_ROLL_PARTS])
{
    ret_parts[MG_HTML_ROW] = row(html, record);
    if (record->message->merged_into > 0)
        return;
    ret_parts[MG_HTML_REMARKS] = remarks(record);
    GString *way = g_string_new(NULL);
    g_autofree char *stops = record->path != NULL ? path(html, record) : NULL;
    g_string_append(way, stops != NULL ? stops : "");
    if (!html->options.where_only) {
        if (mg_trail_wants_steps(&html->options, record))
            append_trail(html, way, record);
        append_trackers(html, way, record->message);
    }
    ret_parts[MG_HTML_PATH] = g_string_free(way, FALSE);
}
