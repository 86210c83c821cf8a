/* The HTML document around the tables of steps: what stands above and below them is known at the
 * end. */
#include "html.h"

#include "words.h"

/* "<h2 id="picture">4 Picture</h2>"; the contents link to it. */
static void append_section(const MgHtml *html, GString *out, guint number, const char *label)
{
    g_string_append_printf(out, "<h2 id=\"section-%u\">%u ", number, number);
    mg_html_label(html, out, label);
    g_string_append(out, "</h2>\n");
}

static const char *const sections[] = {
    "section-see",       "section-read",    "section-analysis",
    "picture",           "section-tracker", "section-insights",
    "section-not-shown", "section-words",   "section-snapshot",
};

static void write_contents(MgHtml *html)
{
    GString *out = html->out.text;
    g_string_append(out, "<nav>\n<h2>");
    mg_html_label(html, out, "contents");
    g_string_append(out, "</h2>\n<ol>\n");
    for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_string_append_printf(out, "<li><a href=\"#section-%u\">", i + 1);
        mg_html_label(html, out, sections[i]);
        g_string_append(out, "</a>");
        if (i == 2 && html->n_sessions > 1) {
            g_string_append_printf(out, "\n<ul>\n%s", html->contents->str);
            if (html->n_sessions > MG_HTML_CONTENTS) {
                g_autofree char *more = mg_words_count(html->options.glossary, "and-more",
                                                       html->n_sessions - MG_HTML_CONTENTS);
                g_string_append(out, "<li>");
                mg_html_text(out, more);
                g_string_append(out, "</li>\n");
            }
            g_string_append(out, "</ul>");
        }
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ol>\n</nav>\n");
}

static void write_opening(MgHtml *html, const char *heading)
{
    GString *out = html->out.text;
    mg_html_head(html, out, heading);
    g_string_append(out, "<body>\n<header>\n<h1>");
    mg_html_text(out, heading);
    g_string_append(out, "</h1>\n");
    if (html->options.where_only) {
        g_string_append(out, "</header>\n");
        return;
    }
    g_string_append(out, "<div class=\"who\"><span>");
    mg_html_label(html, out, "your-name");
    g_string_append(out, " <span class=\"fill\"></span></span><span>");
    mg_html_label(html, out, "date");
    g_string_append(out, " <span class=\"fill\"></span></span></div>\n</header>\n");
}

static void append_participant(gpointer user, const MgCourseParticipant *participant)
{
    GString *out = user;
    g_string_append(out, "<tr><th scope=\"row\">");
    mg_html_text(out, participant->name);
    const char *const cells[] = {participant->role, participant->ip, participant->port};
    g_string_append(out, "</th>");
    for (guint i = 0; i < G_N_ELEMENTS(cells); i++) {
        g_string_append(out, "<td>");
        mg_html_text(out, cells[i]);
        g_string_append(out, "</td>");
    }
    g_string_append(out, "</tr>\n");
}

static void write_what_you_see(MgHtml *html, const MgStepSummary *summary)
{
    const MgGlossary *glossary = html->options.glossary;
    GString *out = html->out.text;
    g_autofree char *counted = g_strdup_printf("%" G_GUINT64_FORMAT, summary->sessions);
    g_autofree char *steps = g_strdup_printf("%" G_GUINT64_FORMAT, summary->steps);
    g_autofree char *messages = g_strdup_printf("%" G_GUINT64_FORMAT, summary->messages);
    g_autofree char *counts = mg_words(glossary, "handout-counts", "sessions", counted, "steps",
                                       steps, "messages", messages, NULL);
    append_section(html, out, 1, sections[0]);
    g_string_append(out, "<p>");
    mg_html_label(html, out, "handout-shows");
    g_string_append_c(out, ' ');
    mg_html_text(out, counts);
    g_string_append_c(out, ' ');
    mg_html_label(html, out, "handout-follow");
    g_string_append(out, "</p>\n");
    mg_html_privacy(html, out);
    if (mg_course_participants(html->course, NULL, NULL) == 0)
        return;
    g_string_append(out, "<table><caption>");
    mg_html_label(html, out, "participants");
    g_string_append(out, "</caption>\n");
    mg_html_heads(html, out, (const char *const[]){"name", "role", "address", "port", NULL});
    g_string_append(out, "<tbody>\n");
    mg_course_participants(html->course, append_participant, out);
    g_string_append(out, "</tbody></table>\n");
    g_autofree char *more = mg_course_more_participants(html->course);
    if (more != NULL) {
        g_string_append(out, "<p>");
        mg_html_text(out, more);
        g_string_append(out, "</p>\n");
    }
}

static void write_analysis(MgHtml *html)
{
    append_section(html, html->out.text, 3, sections[2]);
    mg_spool_write(g_steal_pointer(&html->body), &html->out);
}

static void write_pictures(MgHtml *html)
{
    GString *out = html->out.text;
    mg_ladder_end(g_steal_pointer(&html->ladder));
    append_section(html, out, 4, sections[3]);
    g_string_append(out, "<p>");
    mg_html_label(html, out, html->n_pictures > 0 ? "picture-lines" : "picture-none");
    g_string_append(out, "</p>\n");
    mg_spool_write(g_steal_pointer(&html->pictures), &html->out);
}

static gboolean write_row(gpointer key, gpointer value, gpointer user)
{
    MgHtml *html = user;
    g_string_append(html->out.text, ((const MgHtmlMessage *)value)->row);
    mg_writer_record(&html->out);
    return FALSE;
}

static gboolean write_path(gpointer key, gpointer value, gpointer user)
{
    MgHtml *html = user;
    const MgHtmlMessage *message = value;
    if (message->path != NULL)
        g_string_append(html->out.text, message->path);
    if (message->tracker != NULL && !html->options.where_only)
        g_string_append(html->out.text, message->tracker);
    mg_writer_record(&html->out);
    return FALSE;
}

static void write_messages(MgHtml *html)
{
    GString *out = html->out.text;
    if (g_tree_nnodes(html->messages) == 0) {
        mg_html_element(html, out, "p", "no-messages");
        return;
    }
    g_string_append(out, "<table><caption>");
    mg_html_label(html, out, "messages");
    g_string_append(out, "</caption>\n");
    mg_html_heads(html, out,
                  (const char *const[]){"message", "subject", "from-column", "to-column",
                                        "email-location", NULL});
    g_string_append(out, "<tbody>\n");
    g_tree_foreach(html->messages, write_row, html);
    g_string_append(out, "</tbody></table>\n");
    g_tree_foreach(html->messages, write_path, html);
}

static gboolean write_remarks(gpointer key, gpointer value, gpointer user)
{
    MgHtml *html = user;
    const MgHtmlMessage *message = value;
    if (message->remarks != NULL)
        g_string_append(html->out.text, message->remarks);
    mg_writer_record(&html->out);
    return FALSE;
}

static void write_not_shown(MgHtml *html, const MgStepSummary *summary)
{
    GString *out = html->out.text;
    g_autoptr(GPtrArray) odd = mg_closing_lines(html->closing, summary);
    append_section(html, out, 7, sections[6]);
    g_string_append(out, "<ul>\n");
    g_tree_foreach(html->messages, write_remarks, html);
    mg_html_element(html, out, "li", "not-shown-storage");
    mg_html_element(html, out, "li", "not-shown-others");
    g_string_append(out, "</ul>\n<h3>");
    mg_html_label(html, out, "missing-or-odd");
    g_string_append(out, "</h3>\n");
    if (odd->len == 0) {
        mg_html_element(html, out, "p", "nothing-odd");
        return;
    }
    g_string_append(out, "<ul>\n");
    for (guint i = 0; i < odd->len; i++) {
        g_string_append(out, "<li>");
        mg_html_text(out, odd->pdata[i]);
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n");
}

static void write_lessons(MgHtml *html, const MgStepSummary *summary)
{
    GString *out = html->out.text;
    append_section(html, out, 6, sections[5]);
    if (html->insights->len > 0)
        g_string_append_printf(out, "<ul>\n%s</ul>\n", html->insights->str);
    else
        mg_html_element(html, out, "p", "no-insights");
    write_not_shown(html, summary);
    append_section(html, out, 8, sections[7]);
    mg_html_words(html, out);
    append_section(html, out, 9, sections[8]);
    mg_html_snapshot(html, out);
}

static gboolean count_message(gpointer key, gpointer value, gpointer user)
{
    if (!((const MgHtmlMessage *)value)->merged)
        (*(guint *)user)++;
    return FALSE;
}

void mg_html_document(MgHtml *html, const MgStepSummary *summary)
{
    GString *out = html->out.text;
    html->n_messages = 0;
    g_tree_foreach(html->messages, count_message, &html->n_messages);
    g_autofree char *heading = mg_course_title(html->course);
    write_opening(html, heading);
    if (html->options.where_only) {
        g_string_append(out, "<main>\n");
        write_messages(html);
    } else {
        write_contents(html);
        g_string_append(out, "<main>\n");
        write_what_you_see(html, summary);
        append_section(html, out, 2, sections[1]);
        mg_html_how_to_read(html, out);
        write_analysis(html);
        write_pictures(html);
        append_section(html, out, 5, sections[4]);
        write_messages(html);
        write_lessons(html, summary);
    }
    mg_html_foot(html, out);
    mg_writer_record(&html->out);
}
