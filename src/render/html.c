/* The HTML format: a handout in one file, without script and without network.
 *
 * Title, participants and the way to read it stand before the sessions, so the sessions are
 * spooled until the end, live ones too.  Size is linear in the steps. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "html.h"
#include "words.h"

void mg_html_text(GString *out, const char *words)
{
    mg_escape_xml(out, words, -1);
}

void mg_html_label(const MgHtml *html, GString *out, const char *label)
{
    mg_html_text(out, mg_glossary_label(html->options.glossary, label));
}

void mg_html_element(const MgHtml *html, GString *out, const char *element, const char *label)
{
    g_string_append_printf(out, "<%s>", element);
    mg_html_label(html, out, label);
    g_string_append_printf(out, "</%s>\n", element);
}

void mg_html_code(const MgHtml *html, GString *out, const char *captured)
{
    g_autofree char *shown = mg_words_line(&html->options, captured);
    if (*shown == '\0') {
        mg_html_label(html, out, "empty-line");
        return;
    }
    g_string_append(out, "<code>");
    mg_html_text(out, shown);
    g_string_append(out, "</code>");
}

static void add_picture(gpointer user, const MgLadderPicture *picture)
{
    MgHtml *html = user;
    g_autoptr(GString) out = g_string_new(NULL);
    html->n_pictures = picture->number;
    g_string_append_printf(out,
                           "<figure>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %u "
                           "%u\" width=\"%u\" role=\"img\" aria-labelledby=\"mg-t%u mg-d%u\" "
                           "font-family=\"sans-serif\" font-size=\"13\">\n<title id=\"mg-t%u\">",
                           picture->width, picture->height, picture->width, picture->number,
                           picture->number, picture->number);
    mg_html_label(html, out, "picture");
    g_string_append_printf(out, " %u</title>\n<desc id=\"mg-d%u\">", picture->number,
                           picture->number);
    mg_html_text(out, picture->description);
    g_string_append_printf(out, "</desc>\n%s</svg>\n</figure>\n", picture->svg);
    mg_spool_append(html->pictures, out->str, out->len);
}

static gpointer html_begin(const MgRenderOptions *options, const MgOutput *output)
{
    MgHtml *html = g_new0(MgHtml, 1);
    html->options = *options;
    mg_writer_init(&html->out, &html->options, output);
    html->body = mg_spool_new();
    html->pictures = mg_spool_new();
    html->ladder = mg_ladder_new(&html->options, FALSE, MG_LADDER_PAGE_ROWS, add_picture, html);
    html->course = mg_course_new(&html->options);
    html->contents = g_string_new(NULL);
    html->messages = mg_course_messages(mg_html_message_free);
    html->insights = g_string_new(NULL);
    html->lasting = g_hash_table_new(NULL, NULL);
    html->closing = mg_closing_new(&html->options);
    return html;
}

static void html_capture(gpointer self, const MgStepCapture *capture)
{
    MgHtml *html = self;
    mg_closing_capture(html->closing, capture);
    mg_course_capture(html->course, capture);
}

/* ---- The analysis tables ---- */

static void body(MgHtml *html, const GString *piece)
{
    mg_spool_append(html->body, piece->str, piece->len);
}

void mg_html_close_table(MgHtml *html, GString *out)
{
    if (html->table_open)
        g_string_append(out, "</tbody></table>\n");
    html->table_open = FALSE;
}

void mg_html_heads(const MgHtml *html, GString *out, const char *const *labels)
{
    g_string_append(out, "<thead><tr>");
    for (; *labels != NULL; labels++) {
        g_string_append(out, "<th scope=\"col\">");
        mg_html_label(html, out, *labels);
        g_string_append(out, "</th>");
    }
    g_string_append(out, "</tr></thead>\n");
}

static void open_table(MgHtml *html, GString *out)
{
    html->table_open = TRUE;
    g_string_append(out, "<table class=\"steps\"><caption>");
    mg_html_label(html, out, mg_phase_label(html->phase));
    g_string_append(
        out, "</caption>\n<colgroup><col class=\"c-step\"/><col class=\"c-frames\"/>"
             "<col class=\"c-action\"/><col class=\"c-protocol\"/><col/><col class=\"c-place\"/>"
             "</colgroup>\n");
    mg_html_heads(html, out,
                  (const char *const[]){"step", "column-frames", "action", "protocol", "result",
                                        "email-location", NULL});
    g_string_append(out, "<tbody>\n");
}

static void append_paragraph(GString *out, const char *tag, const char *words)
{
    g_string_append(out, tag);
    mg_html_text(out, words);
    g_string_append(out, "</p>\n");
}

/* Words between the tables. */
static void append_aside(MgHtml *html, GString *out, const char *words)
{
    mg_html_close_table(html, out);
    append_paragraph(out, "<p class=\"aside\">", words);
}

/* The heading of a session that begins or goes on. */
static void turn_to_session(MgHtml *html, GString *out, guint number)
{
    MgCourseTurn turn;
    if (!mg_course_turn(html->course, number, &turn))
        return;
    g_autofree char *heading = turn.heading;
    const char *protocol = mg_protocol_name(turn.protocol);
    mg_html_close_table(html, out);
    if (turn.first) {
        g_string_append_printf(out, "<h3 id=\"session-%u\">", number);
        if (html->n_sessions++ < MG_HTML_CONTENTS) {
            g_string_append_printf(html->contents, "<li><a href=\"#session-%u\">", number);
            mg_html_text(html->contents, heading);
            g_string_append_printf(html->contents, ": %s</a></li>\n", protocol);
        }
    } else {
        g_string_append(out, "<h3>");
    }
    mg_html_text(out, heading);
    g_string_append_printf(out, ": %s</h3>\n", protocol);
    if (!turn.first)
        return;
    append_paragraph(out, "<p>", turn.parties);
    if (turn.about != NULL)
        append_paragraph(out, "<p class=\"aside\">", turn.about);
}

static void session_opens(MgHtml *html, const MgStepSession *session)
{
    mg_course_opens(html->course, session);
    g_hash_table_add(html->lasting, GUINT_TO_POINTER(session->protocol));
}

static void session_ends(MgHtml *html, const MgStepSession *session)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gboolean here;
    if (mg_course_untold(html->course, session->session))
        turn_to_session(html, out, session->session);
    g_autofree char *ending = mg_course_ends(html->course, session, &here);
    if (ending != NULL)
        append_aside(html, out, ending);
    if (session->did != NULL)
        append_paragraph(out, "<p>", session->did);
    body(html, out);
}

static void html_session(gpointer self, const MgStepSession *session)
{
    MgHtml *html = self;
    mg_closing_session(html->closing, session);
    if (html->options.where_only)
        return;
    mg_ladder_session(html->ladder, session);
    if (session->how_ended == MG_ENDED_OPEN)
        session_opens(html, session);
    else
        session_ends(html, session);
}

static void html_step(gpointer self, const MgStep *step)
{
    MgHtml *html = self;
    if (html->options.where_only)
        return;
    g_autoptr(GString) out = g_string_new(NULL);
    turn_to_session(html, out, step->session);
    g_autofree char *other = mg_course_frames_of(html->course, step->at.capture);
    if (other != NULL)
        append_aside(html, out, other);
    MgPhase phase = mg_course_phase(html->course, step);
    if (phase != html->phase)
        mg_html_close_table(html, out);
    html->phase = phase;
    if (!html->table_open)
        open_table(html, out);
    mg_html_step(html, out, step);
    body(html, out);
    mg_ladder_step(html->ladder, step);
}

static void html_note(gpointer self, const MgStepNote *note)
{
    MgHtml *html = self;
    mg_closing_note(html->closing, note);
    if (note->kind != MG_NOTE_GAP || html->options.where_only)
        return;
    g_autoptr(GString) out = g_string_new(NULL);
    if (note->session > 0)
        turn_to_session(html, out, note->session);
    g_autofree char *hole = mg_words_hole(&html->options, note);
    append_aside(html, out, hole);
    body(html, out);
}

static void html_message(gpointer self, const MgStepMessage *record)
{
    MgHtml *html = self;
    g_tree_replace(html->messages, GUINT_TO_POINTER(record->message->number),
                   mg_html_message(html, record));
}

static void html_insight(gpointer self, const MgStepInsight *insight)
{
    MgHtml *html = self;
    GString *out = html->insights;
    g_string_append(out, "<li><strong>");
    mg_html_text(out, insight->question);
    g_string_append(out, "</strong> ");
    mg_html_text(out, insight->answer);
    for (guint i = 0; i < insight->n_steps; i++) {
        g_string_append(out, i == 0 ? " (" : ", ");
        g_string_append_printf(out, "<a href=\"#step-%" G_GUINT64_FORMAT "\">", insight->steps[i]);
        g_autofree char *step = g_strdup_printf("%" G_GUINT64_FORMAT, insight->steps[i]);
        g_autofree char *words = mg_words(html->options.glossary, "see-step", "step", step, NULL);
        mg_html_text(out, words);
        g_string_append(out, "</a>");
    }
    g_string_append(out, insight->n_steps > 0 ? ")</li>\n" : "</li>\n");
}

static void html_summary(gpointer self, const MgStepSummary *summary)
{
    MgHtml *html = self;
    g_autoptr(GString) end = g_string_new(NULL);
    mg_html_close_table(html, end);
    body(html, end);
    mg_html_document(html, summary);
}

static void drop(MgSpool *spool)
{
    if (spool == NULL)
        return;
    MgOutput nowhere = {0};
    MgWriter writer;
    MgRenderOptions options = {0};
    mg_writer_init(&writer, &options, &nowhere);
    writer.broken = TRUE;
    mg_spool_write(spool, &writer);
    mg_writer_clear(&writer);
}

static void html_end(gpointer self)
{
    MgHtml *html = self;
    if (html->ladder != NULL)
        mg_ladder_end(html->ladder);
    drop(html->body);
    drop(html->pictures);
    mg_writer_clear(&html->out);
    mg_course_free(html->course);
    g_string_free(html->contents, TRUE);
    g_tree_unref(html->messages);
    g_string_free(html->insights, TRUE);
    g_hash_table_unref(html->lasting);
    g_free(html->last_place);
    mg_closing_free(html->closing);
    g_free(html);
}

const MgRenderFormat mg_format_html = {
    .name = "html",
    .endings = ".html .htm",
    .begin = html_begin,
    .capture = html_capture,
    .session = html_session,
    .step = html_step,
    .note = html_note,
    .message = html_message,
    .insight = html_insight,
    .summary = html_summary,
    .end = html_end,
    .worksheet = &mg_worksheet_html,
};
