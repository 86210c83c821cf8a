/* The Markdown format: a handout for GitHub, Moodle, pandoc and paper.
 *
 * Title and participants stand before the sessions, so the sessions are spooled until the end.
 * Live there is no end to wait for: they stream, and the participants stand at the end. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "markdown.h"
#include "words.h"

enum {
    /* Participants that are listed: more make no handout. */
    PARTICIPANTS = 100,
};

typedef struct {
    char *parties; /* "Alice's device -> mail.example.org:25", Markdown */
    char *protocol;
    char *about; /* paragraph under the first heading, or NULL */
    gboolean begun;
} MarkdownSession;

static void session_free(gpointer data)
{
    MarkdownSession *session = data;
    g_free(session->parties);
    g_free(session->protocol);
    g_free(session->about);
    g_free(session);
}

static gint by_name(gconstpointer a, gconstpointer b, gpointer user)
{
    return strcmp(a, b);
}

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
    markdown->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    markdown->captures = g_ptr_array_new_with_free_func(g_free);
    markdown->capture_names = g_hash_table_new(NULL, NULL);
    markdown->participants = g_tree_new_full(by_name, NULL, g_free, g_free);
    markdown->messages = mg_roll_new(&markdown->options);
    markdown->insights = g_string_new(NULL);
    markdown->closing = mg_closing_new(&markdown->options);
    return markdown;
}

static void write_title(MgMarkdown *markdown)
{
    if (markdown->title_written || markdown->options.where_only)
        return;
    markdown->title_written = TRUE;
    g_autofree char *title = g_strdup(markdown->options.title);
    if (title == NULL) {
        g_autoptr(GPtrArray) names = g_ptr_array_copy(markdown->captures, NULL, NULL);
        g_ptr_array_set_free_func(names, NULL);
        g_ptr_array_add(names, NULL);
        g_autofree char *name = g_strjoinv(", ", (char **)names->pdata);
        title = mg_words(markdown->options.glossary, "title", "name", name, NULL);
    }
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

static void add_participant(MgMarkdown *markdown, const MgStepParty *party, gboolean server)
{
    g_autofree char *key = server ? g_strdup_printf("2 %s %05u", party->ip, party->port)
                                  : g_strdup_printf("1 %s", party->ip);
    gpointer before = g_tree_lookup(markdown->participants, key);
    if (before == NULL && g_tree_nnodes(markdown->participants) >= PARTICIPANTS) {
        markdown->more_participants++;
        return;
    }
    static const char *const roles[] = {"role-unknown", "role-device", "role-server"};
    g_autoptr(GString) name = g_string_new(NULL);
    g_autoptr(GString) role = g_string_new(NULL);
    g_autoptr(GString) port = g_string_new(NULL);
    mg_escape_markdown(name, party->shown, -1);
    mg_markdown_label(markdown, role, roles[MIN((guint)party->role, 2)]);
    if (before == NULL || server)
        g_string_append_printf(port, "%u", party->port);
    else
        mg_markdown_label(markdown, port, "several");
    GString *row = g_string_new(NULL);
    mg_markdown_row(row, name->str, role->str, party->ip, port->str, NULL);
    g_tree_replace(markdown->participants, g_steal_pointer(&key), g_string_free(row, FALSE));
}

static gboolean append_row(gpointer key, gpointer value, gpointer user)
{
    g_string_append(user, value);
    return FALSE;
}

static void write_participants(MgMarkdown *markdown)
{
    const MgGlossary *glossary = markdown->options.glossary;
    GString *out = markdown->out.text;
    if (g_tree_nnodes(markdown->participants) == 0)
        return;
    append_heading(out, "##", mg_glossary_label(glossary, "participants"));
    append_table_head(markdown, out, (const char *const[]){"name", "role", "address", "port", NULL},
                      "|:----------|:----------|:----------|-----:|");
    g_tree_foreach(markdown->participants, append_row, out);
    if (markdown->more_participants > 0) {
        g_autofree char *more = mg_words_count(glossary, "and-more", markdown->more_participants);
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

/* Frames are counted in each capture: say so when they are another one's from here. */
static void turn_to_capture(MgMarkdown *markdown, guint16 number)
{
    const char *name = g_hash_table_lookup(markdown->capture_names, GUINT_TO_POINTER(number));
    gboolean first = markdown->capture == 0;
    if (number == markdown->capture || name == NULL)
        return;
    markdown->capture = number;
    if (first && markdown->captures->len == 1)
        return; /* the title names it */
    g_autofree char *digits = g_strdup_printf("%u", number);
    g_autofree char *words = mg_words(markdown->options.glossary, "capture-number", "number",
                                      digits, "name", name, NULL);
    write_aside(markdown, "", words);
}

static void markdown_capture(gpointer self, const MgStepCapture *capture)
{
    MgMarkdown *markdown = self;
    mg_closing_capture(markdown->closing, capture);
    char *name = mg_words_capture(&markdown->options, capture);
    g_ptr_array_add(markdown->captures, name);
    g_hash_table_replace(markdown->capture_names, GUINT_TO_POINTER(capture->capture), name);
    for (guint i = 0;
         !markdown->options.where_only && capture->comments != NULL && capture->comments[i] != NULL;
         i++) {
        g_autofree char *words = mg_words_capture_comment(&markdown->options, capture->comments[i]);
        write_aside(markdown, "", words);
    }
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

/* The heading of a session that begins or goes on. */
static void turn_to_session(MgMarkdown *markdown, guint number)
{
    MarkdownSession *session = g_hash_table_lookup(markdown->sessions, GUINT_TO_POINTER(number));
    if (session == NULL || markdown->session == number)
        return;
    markdown->session = number;
    g_autoptr(GString) piece = g_string_new(NULL);
    close_table(markdown, piece);
    g_autofree char *digits = g_strdup_printf("%u", number);
    g_autofree char *words =
        mg_words(markdown->options.glossary, session->begun ? "session-goes-on" : "session",
                 "number", digits, NULL);
    g_string_append(piece, "## ");
    mg_escape_markdown(piece, words, -1);
    g_string_append_printf(piece, "%s%s\n\n", *session->protocol != '\0' ? ": " : "",
                           session->protocol);
    if (!session->begun) {
        g_string_append_printf(piece, "%s\n\n", session->parties);
        if (session->about != NULL)
            g_string_append_printf(piece, "%s\n\n", session->about);
    }
    session->begun = TRUE;
    body(markdown, piece);
}

static void append_party(GString *out, const MgStepParty *party)
{
    g_autofree char *endpoint = mg_words_endpoint(party);
    if (strcmp(party->shown, party->ip) != 0) {
        mg_escape_markdown(out, party->shown, -1);
        g_string_append_c(out, ' ');
    }
    mg_escape_markdown(out, endpoint, -1);
}

static void session_opens(MgMarkdown *markdown, const MgStepSession *session)
{
    const MgGlossary *glossary = markdown->options.glossary;
    MarkdownSession *kept = g_new0(MarkdownSession, 1);
    g_autoptr(GString) parties = g_string_new(NULL);
    append_party(parties, &session->client);
    g_string_append(parties, markdown->options.ascii ? " -\\> " : " → ");
    append_party(parties, &session->server);
    kept->parties = g_strdup(parties->str);
    kept->protocol = g_strdup(mg_protocol_name(session->protocol));
    g_autoptr(GString) about = g_string_new(NULL);
    if (!session->complete_start)
        mg_markdown_label(markdown, about, "start-not-captured");
    if (session->by_greeting) {
        g_autofree char *port = g_strdup_printf("%u", session->server.port);
        g_autofree char *words = mg_words(glossary, "recognised-by-greeting", "port", port, NULL);
        g_string_append(about, about->len > 0 ? "; " : "");
        mg_escape_markdown(about, words, -1);
    }
    if (about->len > 0)
        kept->about = g_strdup(about->str);
    g_hash_table_replace(markdown->sessions, GUINT_TO_POINTER(session->session), kept);
    add_participant(markdown, &session->client, FALSE);
    add_participant(markdown, &session->server, TRUE);
}

static void session_ends(MgMarkdown *markdown, const MgStepSession *session)
{
    const MarkdownSession *kept =
        g_hash_table_lookup(markdown->sessions, GUINT_TO_POINTER(session->session));
    if (kept != NULL && !kept->begun)
        turn_to_session(markdown, session->session);
    if (session->ending != NULL && markdown->session == session->session) {
        g_autoptr(GString) piece = g_string_new(NULL);
        close_table(markdown, piece);
        body(markdown, piece);
        write_aside(markdown, "", session->ending);
    } else if (session->ending != NULL) {
        g_autofree char *number = g_strdup_printf("%u", session->session);
        g_autofree char *words = mg_words(markdown->options.glossary, "session-ended", "number",
                                          number, "text", session->ending, NULL);
        write_aside(markdown, "", words);
    }
    if (session->did != NULL)
        write_aside(markdown, "", session->did);
    g_hash_table_remove(markdown->sessions, GUINT_TO_POINTER(session->session));
}

static void markdown_session(gpointer self, const MgStepSession *session)
{
    MgMarkdown *markdown = self;
    mg_closing_session(markdown->closing, session);
    if (markdown->options.where_only)
        return;
    if (session->how_ended == MG_ENDED_OPEN)
        session_opens(markdown, session);
    else
        session_ends(markdown, session);
}

static void markdown_step(gpointer self, const MgStep *step)
{
    MgMarkdown *markdown = self;
    if (markdown->options.where_only)
        return;
    turn_to_session(markdown, step->session);
    turn_to_capture(markdown, step->at.capture);
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
    char *parts[MG_ROLL_PARTS] = {NULL};
    mg_markdown_message(markdown, record, parts);
    mg_roll_put(markdown->messages, record->message->number, record->message->merged_into == 0,
                parts);
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

static void write_messages(MgMarkdown *markdown)
{
    const MgGlossary *glossary = markdown->options.glossary;
    GString *out = markdown->out.text;
    append_heading(out, "##", mg_glossary_label(glossary, "messages"));
    if (mg_roll_is_empty(markdown->messages)) {
        mg_markdown_label(markdown, out, "no-messages");
        g_string_append(out, "\n\n");
        return;
    }
    append_table_head(markdown, out,
                      (const char *const[]){"message", "subject", "from-column", "to-column",
                                            "email-location", NULL},
                      "|:----|:---------------|:------------|:------------|:---------------|");
    mg_roll_write(markdown->messages, MG_MARKDOWN_ROW, &markdown->out);
    g_string_append_c(out, '\n');
    mg_roll_write(markdown->messages, MG_MARKDOWN_PATH, &markdown->out);
    g_string_append_c(out, '\n');
    if (!markdown->options.where_only)
        mg_roll_write(markdown->messages, MG_MARKDOWN_TRACKER, &markdown->out);
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
    g_hash_table_unref(markdown->sessions);
    g_hash_table_unref(markdown->capture_names);
    g_ptr_array_unref(markdown->captures);
    g_tree_unref(markdown->participants);
    mg_roll_free(markdown->messages);
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
