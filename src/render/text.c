/* The text format: the transcript for terminals, mail and forums.
 *
 * Streams: a step is written when it is complete.  Messages and notes stand at the end, so
 * their lines are kept until then (notes within a limit). */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "layout.h"
#include "text.h"
#include "words.h"

typedef MgTextState Text;

typedef struct {
    char *heading; /* when it begins */
    char *again;   /* when it goes on */
    char *about;   /* a line under the first heading, or NULL */
    gboolean begun;
} TextSession;

static void text_session_free(gpointer data)
{
    TextSession *session = data;
    g_free(session->heading);
    g_free(session->again);
    g_free(session->about);
    g_free(session);
}

static gpointer text_begin(const MgRenderOptions *options, const MgOutput *output)
{
    Text *text = g_new0(Text, 1);
    text->options = *options;
    mg_writer_init(&text->out, &text->options, output);
    text->out.fold = options->ascii;
    text->ticker.form = options->clock;
    mg_text_table_init(&text->table, &text->options);
    text->sessions = g_hash_table_new_full(NULL, NULL, NULL, text_session_free);
    text->captures = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    text->messages = mg_roll_new(&text->options);
    text->insights = g_string_new(NULL);
    text->closing = mg_closing_new(&text->options);
    if (options->title != NULL && !options->where_only) {
        mg_text_block(&text->options, text->out.text, 0, "", options->title, MG_STYLE_HEADING);
        g_string_append_c(text->out.text, '\n');
    }
    return text;
}

static void text_capture(gpointer self, const MgStepCapture *capture)
{
    Text *text = self;
    mg_ticker_start(&text->ticker, &capture->start);
    mg_closing_capture(text->closing, capture);
    for (guint i = 0;
         !text->options.where_only && capture->comments != NULL && capture->comments[i] != NULL;
         i++) {
        g_autofree char *line = mg_words_capture_comment(&text->options, capture->comments[i]);
        mg_text_block(&text->options, text->out.text, 0, "", line, MG_STYLE_PLAIN);
    }
    g_hash_table_insert(text->captures, GUINT_TO_POINTER(capture->capture),
                        mg_words_capture(&text->options, capture));
}

static void write_capture(Text *text, guint16 number)
{
    const char *name = g_hash_table_lookup(text->captures, GUINT_TO_POINTER(number));
    if (number == text->capture || name == NULL || *name == '\0')
        return;
    gboolean only = text->capture == 0 && g_hash_table_size(text->captures) == 1;
    text->capture = number;
    g_autofree char *digits = g_strdup_printf("%u", number);
    g_autofree char *line = mg_words(text->options.glossary, only ? "capture" : "capture-number",
                                     "name", name, "number", digits, NULL);
    mg_text_block(&text->options, text->out.text, 0, "", line, MG_STYLE_PLAIN);
}

static void write_header(Text *text)
{
    if (text->header_written)
        return;
    text->header_written = TRUE;
    mg_text_table_header(&text->table, text->out.text);
}

static void append_party(GString *out, const MgStepParty *party, gboolean address, gboolean port)
{
    gboolean named = strcmp(party->shown, party->ip) != 0;
    g_autofree char *endpoint = mg_words_endpoint(party);
    if (named)
        g_string_append(out, party->shown);
    if (address || (!named && port))
        g_string_append_printf(out, "%s%s", named ? " " : "", endpoint);
    else if (!named)
        g_string_append(out, party->ip);
    else if (port)
        g_string_append_printf(out, ":%u", party->port);
}

static char *heading(const Text *text, const MgStepSession *session, const char *label,
                     gboolean addresses)
{
    g_autofree char *number = g_strdup_printf("%u", session->session);
    g_autofree char *begin = mg_words(text->options.glossary, label, "number", number, NULL);
    GString *out = g_string_new("== ");
    g_string_append(out, begin);
    const char *protocol = mg_protocol_name(session->protocol);
    g_string_append_printf(out, "  %s%s", protocol, *protocol != '\0' ? "  " : "");
    append_party(out, &session->client, addresses, FALSE);
    g_string_append(out, " -> ");
    append_party(out, &session->server, addresses, TRUE);
    return g_string_free(out, FALSE);
}

/* A heading keeps its double spaces and is broken only where it must be. */
static void write_heading(Text *text, const char *line)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    mg_escape_visible(clean, line, -1);
    g_autoptr(GPtrArray) lines = mg_layout_wrap(clean->str, text->table.width - 3, FALSE);
    for (guint i = 0; i < lines->len; i++) {
        if (i > 0)
            mg_layout_spaces(text->out.text, 3);
        g_string_append(text->out.text, text->options.color ? "\033[1m" : "");
        g_string_append(text->out.text, g_strchomp(lines->pdata[i]));
        g_string_append(text->out.text, text->options.color ? "\033[0m\n" : "\n");
    }
}

/* Write the heading of a session that begins or goes on; FALSE where it is not known. */
static gboolean turn_to_session(Text *text, guint number)
{
    TextSession *session = g_hash_table_lookup(text->sessions, GUINT_TO_POINTER(number));
    if (session == NULL)
        return FALSE;
    write_header(text);
    if (text->session == number)
        return TRUE;
    text->session = number;
    write_heading(text, session->begun ? session->again : session->heading);
    if (!session->begun && session->about != NULL)
        mg_text_block(&text->options, text->out.text, 3, "", session->about, MG_STYLE_PLAIN);
    session->begun = TRUE;
    return TRUE;
}

static void session_opens(Text *text, const MgStepSession *session)
{
    TextSession *kept = g_new0(TextSession, 1);
    kept->heading = heading(text, session, "session", !text->table.stacked);
    kept->again = heading(text, session, "session-goes-on", FALSE);
    g_autoptr(GString) about = g_string_new(NULL);
    if (!session->complete_start)
        g_string_append(about, mg_glossary_label(text->options.glossary, "start-not-captured"));
    if (session->by_greeting) {
        g_autofree char *port = g_strdup_printf("%u", session->server.port);
        g_autofree char *words =
            mg_words(text->options.glossary, "recognised-by-greeting", "port", port, NULL);
        g_string_append_printf(about, "%s%s", about->len > 0 ? "; " : "", words);
    }
    if (about->len > 0)
        kept->about = g_strdup(about->str);
    g_hash_table_replace(text->sessions, GUINT_TO_POINTER(session->session), kept);
}

static void session_ends(Text *text, const MgStepSession *session)
{
    const TextSession *kept =
        g_hash_table_lookup(text->sessions, GUINT_TO_POINTER(session->session));
    gboolean silent = kept != NULL && !kept->begun;
    if (silent) {
        write_capture(text, session->start.capture);
        turn_to_session(text, session->session);
    }
    const gboolean under = text->session == session->session;
    if (session->ending != NULL && under) {
        mg_text_block(&text->options, text->out.text, 3, "", session->ending, MG_STYLE_PLAIN);
    } else if (session->ending != NULL) {
        g_autofree char *number = g_strdup_printf("%u", session->session);
        g_autofree char *line = mg_words(text->options.glossary, "session-ended", "number", number,
                                         "text", session->ending, NULL);
        mg_text_block(&text->options, text->out.text, 3, "", line, MG_STYLE_PLAIN);
    }
    if (session->did != NULL)
        mg_text_block(&text->options, text->out.text, under ? 3 : 5, "", session->did,
                      MG_STYLE_PLAIN);
    g_hash_table_remove(text->sessions, GUINT_TO_POINTER(session->session));
}

static void text_session(gpointer self, const MgStepSession *session)
{
    Text *text = self;
    mg_ticker_start(&text->ticker, &session->start);
    mg_closing_session(text->closing, session);
    if (text->options.where_only)
        return;
    if (session->how_ended == MG_ENDED_OPEN)
        session_opens(text, session);
    else
        session_ends(text, session);
    mg_writer_record(&text->out);
}

static void text_step(gpointer self, const MgStep *step)
{
    Text *text = self;
    if (text->options.where_only)
        return;
    write_capture(text, step->at.capture);
    write_header(text);
    turn_to_session(text, step->session);
    mg_text_step(text, step);
    mg_writer_record(&text->out);
}

static void text_note(gpointer self, const MgStepNote *note)
{
    Text *text = self;
    mg_closing_note(text->closing, note);
    if (note->kind != MG_NOTE_GAP || text->options.where_only)
        return;
    write_capture(text, note->at.capture);
    write_header(text);
    if (note->session > 0)
        turn_to_session(text, note->session);
    g_autofree char *hole = mg_words_hole(&text->options, note);
    mg_text_table_under(&text->table, text->out.text, "", hole, MG_STYLE_HOLE);
    mg_writer_record(&text->out);
}

static void text_message(gpointer self, const MgStepMessage *record)
{
    Text *text = self;
    char *parts[MG_ROLL_PARTS] = {mg_text_message(text, record)};
    mg_roll_put(text->messages, record->message->number, record->message->merged_into == 0, parts);
}

static void text_insight(gpointer self, const MgStepInsight *insight)
{
    Text *text = self;
    if (text->options.where_only)
        return;
    g_autofree char *answer = mg_words_insight(&text->options, insight);
    mg_text_block(&text->options, text->insights, 1, "- ", insight->question, MG_STYLE_PLAIN);
    mg_text_block(&text->options, text->insights, 3, "", answer, MG_STYLE_PLAIN);
}

static void text_summary(gpointer self, const MgStepSummary *summary)
{
    Text *text = self;
    const MgGlossary *glossary = text->options.glossary;
    if (!text->options.where_only && text->header_written)
        g_string_append_c(text->out.text, '\n');
    mg_text_block(&text->options, text->out.text, 0, "", mg_glossary_label(glossary, "messages"),
                  MG_STYLE_HEADING);
    if (mg_roll_is_empty(text->messages))
        mg_text_block(&text->options, text->out.text, 1, "",
                      mg_glossary_label(glossary, "no-messages"), MG_STYLE_PLAIN);
    mg_roll_write(text->messages, 0, &text->out);
    if (text->options.where_only)
        return;

    if (text->insights->len > 0) {
        g_string_append_c(text->out.text, '\n');
        mg_text_block(&text->options, text->out.text, 0, "",
                      mg_glossary_label(glossary, "key-insights"), MG_STYLE_HEADING);
        g_string_append(text->out.text, text->insights->str);
    }
    g_autoptr(GPtrArray) odd = mg_closing_lines(text->closing, summary);
    g_string_append_c(text->out.text, '\n');
    mg_text_block(&text->options, text->out.text, 0, "",
                  mg_glossary_label(glossary, odd->len > 0 ? "missing-or-odd" : "nothing-odd"),
                  odd->len > 0 ? MG_STYLE_HEADING : MG_STYLE_PLAIN);
    for (guint i = 0; i < odd->len; i++)
        mg_text_block(&text->options, text->out.text, 1, "- ", odd->pdata[i], MG_STYLE_PLAIN);
    mg_writer_record(&text->out);
}

static void text_end(gpointer self)
{
    Text *text = self;
    mg_writer_clear(&text->out);
    g_hash_table_unref(text->sessions);
    g_hash_table_unref(text->captures);
    mg_roll_free(text->messages);
    g_string_free(text->insights, TRUE);
    mg_closing_free(text->closing);
    g_free(text);
}

const MgRenderFormat mg_format_text = {
    .name = "text",
    .endings = ".txt",
    .begin = text_begin,
    .capture = text_capture,
    .session = text_session,
    .step = text_step,
    .note = text_note,
    .message = text_message,
    .insight = text_insight,
    .summary = text_summary,
    .end = text_end,
};
