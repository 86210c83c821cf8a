/* The HTML format: a handout in one file, without script and without network.
 *
 * Title, participants and the way to read it stand before the sessions, so the sessions are
 * spooled until the end, live ones too.  Size is linear in the steps. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "html.h"
#include "words.h"

enum {
    /* Participants that are listed: more make no handout. */
    PARTICIPANTS = 100,
    /* Sessions that the contents name. */
    CONTENTS = 500,
};

typedef struct {
    char *parties; /* "Alice's device → mail.example.org:25", HTML */
    MgProtocol protocol;
    char *about; /* paragraph under the first heading, or NULL */
    gboolean begun;
    MgPhase phase;
} HtmlSession;

static void session_free(gpointer data)
{
    HtmlSession *session = data;
    g_free(session->parties);
    g_free(session->about);
    g_free(session);
}

static gint by_name(gconstpointer a, gconstpointer b, gpointer user)
{
    return strcmp(a, b);
}

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
    html->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    html->contents = g_string_new(NULL);
    html->captures = g_ptr_array_new_with_free_func(g_free);
    html->capture_names = g_hash_table_new(NULL, NULL);
    html->participants = g_tree_new_full(by_name, NULL, g_free, g_free);
    html->messages = mg_roll_new(&html->options);
    html->insights = g_string_new(NULL);
    html->lasting = g_hash_table_new(NULL, NULL);
    html->closing = mg_closing_new(&html->options);
    return html;
}

/* ---- The analysis tables ---- */

static void body(MgHtml *html, const GString *piece)
{
    mg_spool_append(html->body, piece->str, piece->len);
}

static void close_table(MgHtml *html, GString *out)
{
    if (html->table_open)
        g_string_append(out, "</tbody></table>\n");
    html->table_open = FALSE;
}

static void append_heads(const MgHtml *html, GString *out, const char *const *labels)
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
    append_heads(html, out,
                 (const char *const[]){"step", "column-frames", "action", "protocol", "result",
                                       "email-location", NULL});
    g_string_append(out, "<tbody>\n");
}

/* Words between the tables. */
static void append_aside(MgHtml *html, GString *out, const char *words)
{
    close_table(html, out);
    g_string_append(out, "<p class=\"aside\">");
    mg_html_text(out, words);
    g_string_append(out, "</p>\n");
}

static void html_capture(gpointer self, const MgStepCapture *capture)
{
    MgHtml *html = self;
    mg_closing_capture(html->closing, capture);
    char *name = mg_words_capture(&html->options, capture);
    g_ptr_array_add(html->captures, name);
    g_hash_table_insert(html->capture_names, GUINT_TO_POINTER(capture->capture), name);
    for (guint i = 0;
         !html->options.where_only && capture->comments != NULL && capture->comments[i] != NULL;
         i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autofree char *words = mg_words_capture_comment(&html->options, capture->comments[i]);
        append_aside(html, out, words);
        body(html, out);
    }
}

static void append_party(GString *out, const MgStepParty *party)
{
    g_autofree char *endpoint = mg_words_endpoint(party);
    if (strcmp(party->shown, party->ip) != 0) {
        mg_html_text(out, party->shown);
        g_string_append_c(out, ' ');
    }
    mg_html_text(out, endpoint);
}

static void add_participant(MgHtml *html, const MgStepParty *party, gboolean server)
{
    /* a client has a port for each connection: not worth a row */
    g_autofree char *key = server ? g_strdup_printf("2 %s %05u", party->ip, party->port)
                                  : g_strdup_printf("1 %s", party->ip);
    gpointer before = g_tree_lookup(html->participants, key);
    if (before == NULL && g_tree_nnodes(html->participants) >= PARTICIPANTS) {
        html->more_participants++;
        return;
    }
    static const char *const roles[] = {"role-unknown", "role-device", "role-server"};
    GString *row = g_string_new("<tr><th scope=\"row\">");
    mg_html_text(row, party->shown);
    g_string_append(row, "</th><td>");
    mg_html_label(html, row, roles[MIN((guint)party->role, 2)]);
    g_string_append(row, "</td><td>");
    mg_html_text(row, party->ip);
    g_string_append(row, "</td><td>");
    if (before == NULL || server)
        g_string_append_printf(row, "%u", party->port);
    else
        mg_html_label(html, row, "several");
    g_string_append(row, "</td></tr>\n");
    g_tree_replace(html->participants, g_steal_pointer(&key), g_string_free(row, FALSE));
}

static void session_opens(MgHtml *html, const MgStepSession *session)
{
    const MgGlossary *glossary = html->options.glossary;
    HtmlSession *kept = g_new0(HtmlSession, 1);
    g_autoptr(GString) parties = g_string_new(NULL);
    g_autoptr(GString) about = g_string_new(NULL);
    append_party(parties, &session->client);
    g_string_append(parties, html->options.ascii ? " -&gt; " : " → ");
    append_party(parties, &session->server);
    kept->parties = g_strdup(parties->str);
    kept->protocol = session->protocol;
    if (!session->complete_start)
        mg_html_label(html, about, "start-not-captured");
    if (session->by_greeting) {
        g_autofree char *port = g_strdup_printf("%u", session->server.port);
        g_autofree char *words = mg_words(glossary, "recognised-by-greeting", "port", port, NULL);
        g_string_append(about, about->len > 0 ? "; " : "");
        mg_html_text(about, words);
    }
    kept->about = about->len > 0 ? g_strdup(about->str) : NULL;
    g_hash_table_replace(html->sessions, GUINT_TO_POINTER(session->session), kept);
    g_hash_table_add(html->lasting, GUINT_TO_POINTER(session->protocol));
    add_participant(html, &session->client, FALSE);
    add_participant(html, &session->server, TRUE);
}

/* The heading of a session that begins or goes on. */
static void turn_to_session(MgHtml *html, GString *out, guint number)
{
    HtmlSession *session = g_hash_table_lookup(html->sessions, GUINT_TO_POINTER(number));
    if (session == NULL || html->session == number)
        return;
    close_table(html, out);
    html->session = number;
    html->phase = session->phase;
    g_autofree char *digits = g_strdup_printf("%u", number);
    g_autofree char *words =
        mg_words(html->options.glossary, session->begun ? "session-goes-on" : "session", "number",
                 digits, NULL);
    if (session->begun) {
        g_string_append(out, "<h3>");
    } else {
        g_string_append_printf(out, "<h3 id=\"session-%u\">", number);
        if (html->n_sessions++ < CONTENTS) {
            g_string_append_printf(html->contents, "<li><a href=\"#session-%u\">", number);
            mg_html_text(html->contents, words);
            g_string_append_printf(html->contents, ": %s</a></li>\n",
                                   mg_protocol_name(session->protocol));
        }
    }
    mg_html_text(out, words);
    g_string_append_printf(out, ": %s</h3>\n", mg_protocol_name(session->protocol));
    if (!session->begun) {
        g_string_append_printf(out, "<p>%s</p>\n", session->parties);
        if (session->about != NULL)
            g_string_append_printf(out, "<p class=\"aside\">%s</p>\n", session->about);
    }
    session->begun = TRUE;
}

static void session_ends(MgHtml *html, const MgStepSession *session)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const HtmlSession *kept =
        g_hash_table_lookup(html->sessions, GUINT_TO_POINTER(session->session));
    if (kept != NULL && !kept->begun)
        turn_to_session(html, out, session->session);
    if (session->ending != NULL && html->session == session->session) {
        append_aside(html, out, session->ending);
    } else if (session->ending != NULL) {
        g_autofree char *number = g_strdup_printf("%u", session->session);
        g_autofree char *words = mg_words(html->options.glossary, "session-ended", "number", number,
                                          "text", session->ending, NULL);
        append_aside(html, out, words);
    }
    if (session->did != NULL) {
        g_string_append(out, "<p>");
        mg_html_text(out, session->did);
        g_string_append(out, "</p>\n");
    }
    body(html, out);
    g_hash_table_remove(html->sessions, GUINT_TO_POINTER(session->session));
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

/* Frames are counted in each capture: say so when they are another one's from here. */
static void turn_to_capture(MgHtml *html, GString *out, guint16 number)
{
    const char *name = g_hash_table_lookup(html->capture_names, GUINT_TO_POINTER(number));
    gboolean first = html->capture == 0;
    if (number == html->capture || name == NULL)
        return;
    html->capture = number;
    if (first && html->captures->len == 1)
        return; /* the title names it */
    g_autofree char *digits = g_strdup_printf("%u", number);
    g_autofree char *words =
        mg_words(html->options.glossary, "capture-number", "number", digits, "name", name, NULL);
    append_aside(html, out, words);
}

static void html_step(gpointer self, const MgStep *step)
{
    MgHtml *html = self;
    if (html->options.where_only)
        return;
    g_autoptr(GString) out = g_string_new(NULL);
    turn_to_session(html, out, step->session);
    turn_to_capture(html, out, step->at.capture);
    MgPhase phase = mg_phase_next(html->phase, step);
    if (phase != html->phase)
        close_table(html, out);
    html->phase = phase;
    HtmlSession *session = g_hash_table_lookup(html->sessions, GUINT_TO_POINTER(step->session));
    if (session != NULL)
        session->phase = phase;
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
    char *parts[MG_ROLL_PARTS] = {NULL};
    mg_html_message(html, record, parts);
    mg_roll_put(html->messages, record->message->number, record->message->merged_into == 0, parts);
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

/* ---- The document ---- */

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
            if (html->n_sessions > CONTENTS) {
                g_autofree char *more =
                    mg_words_count(html->options.glossary, "and-more", html->n_sessions - CONTENTS);
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

static gboolean append_row(gpointer key, gpointer value, gpointer user)
{
    g_string_append(user, value);
    return FALSE;
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
    if (g_tree_nnodes(html->participants) == 0)
        return;
    g_string_append(out, "<table><caption>");
    mg_html_label(html, out, "participants");
    g_string_append(out, "</caption>\n");
    append_heads(html, out, (const char *const[]){"name", "role", "address", "port", NULL});
    g_string_append(out, "<tbody>\n");
    g_tree_foreach(html->participants, append_row, out);
    g_string_append(out, "</tbody></table>\n");
    if (html->more_participants > 0) {
        g_autofree char *more = mg_words_count(glossary, "and-more", html->more_participants);
        g_string_append(out, "<p>");
        mg_html_text(out, more);
        g_string_append(out, "</p>\n");
    }
}

static void write_analysis(MgHtml *html)
{
    g_autoptr(GString) end = g_string_new(NULL);
    close_table(html, end);
    body(html, end);
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

static void write_messages(MgHtml *html)
{
    GString *out = html->out.text;
    if (mg_roll_is_empty(html->messages)) {
        mg_html_element(html, out, "p", "no-messages");
        return;
    }
    g_string_append(out, "<table><caption>");
    mg_html_label(html, out, "messages");
    g_string_append(out, "</caption>\n");
    append_heads(html, out,
                 (const char *const[]){"message", "subject", "from-column", "to-column",
                                       "email-location", NULL});
    g_string_append(out, "<tbody>\n");
    mg_roll_write(html->messages, MG_HTML_ROW, &html->out);
    g_string_append(out, "</tbody></table>\n");
    mg_roll_write(html->messages, MG_HTML_PATH, &html->out);
}

static void write_not_shown(MgHtml *html, const MgStepSummary *summary)
{
    GString *out = html->out.text;
    g_autoptr(GPtrArray) odd = mg_closing_lines(html->closing, summary);
    append_section(html, out, 7, sections[6]);
    g_string_append(out, "<ul>\n");
    mg_roll_write(html->messages, MG_HTML_REMARKS, &html->out);
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

static void html_summary(gpointer self, const MgStepSummary *summary)
{
    MgHtml *html = self;
    GString *out = html->out.text;
    html->n_messages = mg_roll_count(html->messages);
    g_autofree char *heading = mg_words_title(&html->options, html->captures);
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

static void html_end(gpointer self)
{
    MgHtml *html = self;
    if (html->ladder != NULL)
        mg_ladder_end(html->ladder);
    mg_spool_drop(html->body);
    mg_spool_drop(html->pictures);
    mg_writer_clear(&html->out);
    g_hash_table_unref(html->sessions);
    g_string_free(html->contents, TRUE);
    g_hash_table_unref(html->capture_names);
    g_ptr_array_unref(html->captures);
    g_tree_unref(html->participants);
    mg_roll_free(html->messages);
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
