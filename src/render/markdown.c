/* The Markdown format: a handout for GitHub, Moodle, pandoc and paper.
 *
 * Title and participants stand before the sessions, so the sessions are spooled until the end.
 * Live there is no end to wait for: they stream, and the participants stand at the end. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "markdown.h"
#include "words.h"

void mg_markdown_label(const MgMarkdown *markdown, GString *out, const char *label)
{
    mg_escape_markdown(out, mg_glossary_label(markdown->options.glossary, label), -1);
}

void mg_markdown_row(GString *out, ...)
{
    va_list cells;
    va_start(cells, out);
    g_string_append_c(out, '|');
    const char *cell;
    while ((cell = va_arg(cells, const char *)) != NULL)
        g_string_append_printf(out, " %s%s|", cell, *cell != '\0' ? " " : "");
    g_string_append_c(out, '\n');
    va_end(cells);
}

/* A row of labels and the rule below it.  Rules are as long as their columns are wide on
 * paper: pandoc reads that. */
static void append_table_head(const MgMarkdown *markdown, GString *out, const char *const *labels,
                              const char *rule)
{
    g_string_append_c(out, '|');
    for (guint i = 0; labels[i] != NULL; i++) {
        g_string_append_c(out, ' ');
        mg_markdown_label(markdown, out, labels[i]);
        g_string_append(out, " |");
    }
    g_string_append_printf(out, "\n%s\n", rule);
}

static void append_heading(GString *out, const char *level, const char *words)
{
    g_string_append_printf(out, "%s ", level);
    mg_escape_markdown(out, words, -1);
    g_string_append(out, "\n\n");
}

static gpointer markdown_begin(const MgRenderOptions *options, const MgOutput *output)
{
    MgMarkdown *markdown = g_new0(MgMarkdown, 1);
    markdown->options = *options;
    mg_writer_init(&markdown->out, &markdown->options, output);
    markdown->body = options->flush ? NULL : mg_spool_new();
    markdown->course = mg_course_new(&markdown->options);
    markdown->messages = mg_course_messages(mg_markdown_message_free);
    markdown->insights = g_string_new(NULL);
    markdown->closing = mg_closing_new(&markdown->options);
    return markdown;
}

static void write_title(MgMarkdown *markdown)
{
    if (markdown->title_written || markdown->options.where_only)
        return;
    markdown->title_written = TRUE;
    g_autofree char *title = mg_course_title(markdown->course);
    append_heading(markdown->out.text, "#", title);
}

/* A piece of the body is complete. */
static void body(MgMarkdown *markdown, GString *piece)
{
    if (markdown->body != NULL) {
        mg_spool_append(markdown->body, piece->str, piece->len);
        return;
    }
    write_title(markdown);
    g_string_append_len(markdown->out.text, piece->str, (gssize)piece->len);
    mg_writer_record(&markdown->out);
}

static void markdown_capture(gpointer self, const MgStepCapture *capture)
{
    MgMarkdown *markdown = self;
    mg_closing_capture(markdown->closing, capture);
    mg_course_capture(markdown->course, capture);
}

static void append_participant(gpointer user, const MgCourseParticipant *participant)
{
    const char *const plain[] = {participant->name, participant->role, participant->ip,
                                 participant->port};
    GString *out = user;
    g_string_append_c(out, '|');
    for (guint i = 0; i < G_N_ELEMENTS(plain); i++) {
        g_string_append_c(out, ' ');
        mg_escape_markdown(out, plain[i], -1);
        g_string_append(out, " |");
    }
    g_string_append_c(out, '\n');
}

static void write_participants(MgMarkdown *markdown)
{
    const MgGlossary *glossary = markdown->options.glossary;
    GString *out = markdown->out.text;
    if (mg_course_participants(markdown->course, NULL, NULL) == 0)
        return;
    append_heading(out, "##", mg_glossary_label(glossary, "participants"));
    append_table_head(markdown, out, (const char *const[]){"name", "role", "address", "port", NULL},
                      "|:----------|:----------|:----------|-----:|");
    mg_course_participants(markdown->course, append_participant, out);
    g_autofree char *more = mg_course_more_participants(markdown->course);
    if (more != NULL) {
        g_autoptr(GString) cell = g_string_new(NULL);
        mg_escape_markdown(cell, more, -1);
        mg_markdown_row(out, cell->str, "", "", "", NULL);
    }
    g_string_append_c(out, '\n');
}

/* Words between the rows: a row of its own inside a table, else a paragraph. */
static void write_aside(MgMarkdown *markdown, const char *frames, const char *words)
{
    g_autoptr(GString) piece = g_string_new(NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    mg_escape_markdown(text, words, -1);
    if (markdown->table_open)
        mg_markdown_row(piece, "", frames, text->str, "", "", "", NULL);
    else
        g_string_append_printf(piece, "%s\n\n", text->str);
    body(markdown, piece);
}

static void open_table(const MgMarkdown *markdown, GString *piece)
{
    append_table_head(markdown, piece,
                      (const char *const[]){"step", "column-frames", "action", "protocol", "result",
                                            "email-location", NULL},
                      "|-----:|:------|:------------------------|:------|"
                      ":------------------------|:-----------|");
}

static void close_table(MgMarkdown *markdown, GString *piece)
{
    if (markdown->table_open)
        g_string_append_c(piece, '\n');
    markdown->table_open = FALSE;
}

static void append_paragraph(GString *out, const char *words)
{
    mg_escape_markdown(out, words, -1);
    g_string_append(out, "\n\n");
}

/* The heading of a session that begins or goes on. */
static void turn_to_session(MgMarkdown *markdown, guint number)
{
    MgCourseTurn turn;
    if (!mg_course_turn(markdown->course, number, &turn))
        return;
    g_autofree char *heading = turn.heading;
    g_autoptr(GString) piece = g_string_new(NULL);
    const char *protocol = mg_protocol_name(turn.protocol);
    close_table(markdown, piece);
    g_string_append(piece, "## ");
    mg_escape_markdown(piece, heading, -1);
    g_string_append_printf(piece, "%s%s\n\n", *protocol != '\0' ? ": " : "", protocol);
    if (turn.first) {
        append_paragraph(piece, turn.parties);
        if (turn.about != NULL)
            append_paragraph(piece, turn.about);
    }
    body(markdown, piece);
}

static void session_ends(MgMarkdown *markdown, const MgStepSession *session)
{
    gboolean here;
    if (mg_course_untold(markdown->course, session->session))
        turn_to_session(markdown, session->session);
    g_autofree char *ending = mg_course_ends(markdown->course, session, &here);
    if (ending != NULL && here) {
        g_autoptr(GString) piece = g_string_new(NULL);
        close_table(markdown, piece);
        body(markdown, piece);
    }
    if (ending != NULL)
        write_aside(markdown, "", ending);
    if (session->did != NULL)
        write_aside(markdown, "", session->did);
}

static void markdown_session(gpointer self, const MgStepSession *session)
{
    MgMarkdown *markdown = self;
    mg_closing_session(markdown->closing, session);
    if (markdown->options.where_only)
        return;
    if (session->how_ended == MG_ENDED_OPEN)
        mg_course_opens(markdown->course, session);
    else
        session_ends(markdown, session);
}

static void markdown_step(gpointer self, const MgStep *step)
{
    MgMarkdown *markdown = self;
    if (markdown->options.where_only)
        return;
    turn_to_session(markdown, step->session);
    g_autofree char *other = mg_course_frames_of(markdown->course, step->at.capture);
    if (other != NULL)
        write_aside(markdown, "", other);
    g_autoptr(GString) piece = g_string_new(NULL);
    if (!markdown->table_open)
        open_table(markdown, piece);
    markdown->table_open = TRUE;
    mg_markdown_step(markdown, piece, step);
    body(markdown, piece);
}

static void markdown_note(gpointer self, const MgStepNote *note)
{
    MgMarkdown *markdown = self;
    mg_closing_note(markdown->closing, note);
    if (note->kind != MG_NOTE_GAP || markdown->options.where_only)
        return;
    if (note->session > 0)
        turn_to_session(markdown, note->session);
    g_autofree char *hole = mg_words_hole(&markdown->options, note);
    write_aside(markdown, "", hole);
}

static void markdown_message(gpointer self, const MgStepMessage *record)
{
    MgMarkdown *markdown = self;
    g_tree_replace(markdown->messages, GUINT_TO_POINTER(record->message->number),
                   mg_markdown_message(markdown, record));
}

static void markdown_insight(gpointer self, const MgStepInsight *insight)
{
    MgMarkdown *markdown = self;
    if (markdown->options.where_only)
        return;
    g_autofree char *answer = mg_words_insight(&markdown->options, insight);
    g_string_append(markdown->insights, "- **");
    mg_escape_markdown(markdown->insights, insight->question, -1);
    g_string_append(markdown->insights, "** ");
    mg_escape_markdown(markdown->insights, answer, -1);
    g_string_append_c(markdown->insights, '\n');
}

static gboolean write_message_row(gpointer key, gpointer value, gpointer user)
{
    MgMarkdown *markdown = user;
    const MgMarkdownMessage *message = value;
    g_string_append(markdown->out.text, message->row);
    mg_writer_record(&markdown->out);
    return FALSE;
}

static gboolean write_message_path(gpointer key, gpointer value, gpointer user)
{
    MgMarkdown *markdown = user;
    const MgMarkdownMessage *message = value;
    if (message->path != NULL)
        g_string_append(markdown->out.text, message->path);
    mg_writer_record(&markdown->out);
    return FALSE;
}

static gboolean write_message_tracker(gpointer key, gpointer value, gpointer user)
{
    MgMarkdown *markdown = user;
    const MgMarkdownMessage *message = value;
    if (message->tracker != NULL)
        g_string_append(markdown->out.text, message->tracker);
    mg_writer_record(&markdown->out);
    return FALSE;
}

static void write_messages(MgMarkdown *markdown)
{
    const MgGlossary *glossary = markdown->options.glossary;
    GString *out = markdown->out.text;
    append_heading(out, "##", mg_glossary_label(glossary, "messages"));
    if (g_tree_nnodes(markdown->messages) == 0) {
        mg_markdown_label(markdown, out, "no-messages");
        g_string_append(out, "\n\n");
        return;
    }
    append_table_head(markdown, out,
                      (const char *const[]){"message", "subject", "from-column", "to-column",
                                            "email-location", NULL},
                      "|:----|:---------------|:------------|:------------|:---------------|");
    g_tree_foreach(markdown->messages, write_message_row, markdown);
    g_string_append_c(out, '\n');
    g_tree_foreach(markdown->messages, write_message_path, markdown);
    g_string_append_c(out, '\n');
    if (!markdown->options.where_only)
        g_tree_foreach(markdown->messages, write_message_tracker, markdown);
}

static void write_odd(MgMarkdown *markdown, const MgStepSummary *summary)
{
    const MgGlossary *glossary = markdown->options.glossary;
    GString *out = markdown->out.text;
    g_autoptr(GPtrArray) odd = mg_closing_lines(markdown->closing, summary);
    append_heading(out, "##", mg_glossary_label(glossary, "missing-or-odd"));
    if (odd->len == 0) {
        mg_markdown_label(markdown, out, "nothing-odd");
        g_string_append_c(out, '\n');
    }
    for (guint i = 0; i < odd->len; i++) {
        g_string_append(out, "- ");
        mg_escape_markdown(out, odd->pdata[i], -1);
        g_string_append_c(out, '\n');
    }
}

static void markdown_summary(gpointer self, const MgStepSummary *summary)
{
    MgMarkdown *markdown = self;
    g_autoptr(GString) piece = g_string_new(NULL);
    close_table(markdown, piece);
    body(markdown, piece);
    write_title(markdown);
    if (!markdown->options.where_only)
        write_participants(markdown);
    if (markdown->body != NULL)
        mg_spool_write(g_steal_pointer(&markdown->body), &markdown->out);
    write_messages(markdown);
    if (markdown->insights->len > 0) {
        append_heading(markdown->out.text, "##",
                       mg_glossary_label(markdown->options.glossary, "key-insights"));
        g_string_append_printf(markdown->out.text, "%s\n", markdown->insights->str);
    }
    if (!markdown->options.where_only)
        write_odd(markdown, summary);
    mg_writer_record(&markdown->out);
}

static void markdown_end(gpointer self)
{
    MgMarkdown *markdown = self;
    if (markdown->body != NULL)
        mg_spool_write(markdown->body, &markdown->out);
    mg_writer_clear(&markdown->out);
    mg_course_free(markdown->course);
    g_tree_unref(markdown->messages);
    g_string_free(markdown->insights, TRUE);
    mg_closing_free(markdown->closing);
    g_free(markdown);
}

const MgRenderFormat mg_format_markdown = {
    .name = "markdown",
    .endings = ".md .markdown",
    .begin = markdown_begin,
    .capture = markdown_capture,
    .session = markdown_session,
    .step = markdown_step,
    .note = markdown_note,
    .message = markdown_message,
    .insight = markdown_insight,
    .summary = markdown_summary,
    .end = markdown_end,
    .worksheet = &mg_worksheet_markdown,
};
