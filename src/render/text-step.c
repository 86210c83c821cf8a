/* One step as rows: the command, its replies, where the messages are now. */
#include "text.h"

#include <string.h>

#include "words.h"

static void write_head(MgTextState *text, const MgStep *step)
{
    for (guint i = 0; step->head != NULL && step->head[i] != NULL; i++) {
        g_autofree char *line = mg_words_line(&text->options, step->head[i]);
        mg_text_table_under(&text->table, text->out.text, "     ", line, MG_STYLE_PLAIN);
    }
}

/* The lines of one reply that are shown, and what a cut left out. */
static GPtrArray *reply_lines(const MgTextState *text, const MgStep *step, const MgStepReply *reply,
                              guint most)
{
    GPtrArray *said = g_ptr_array_new_with_free_func(g_free);
    guint n = MAX(reply->n_lines, 1);
    guint shown = MIN(n, most);
    for (guint i = 0; i < shown; i++)
        g_ptr_array_add(said, mg_words_reply_line(step, reply, i));
    guint64 left_out = (guint64)(n - shown) + reply->more_lines;
    if (left_out > 0)
        g_ptr_array_add(said, mg_words_count(text->options.glossary, "more-lines", left_out));
    return said;
}

typedef struct {
    MgTextState *text;
    const MgStep *step;
    gboolean numbered; /* the step's number was written */
    guint64 frame;     /* written last */
} StepRows;

/* Number, frame and time stand where they are new. */
static void write_row(StepRows *rows, const MgFrames *frames, const MgStamp *at, MgTextRow *row)
{
    MgTextState *text = rows->text;
    g_autofree char *time = NULL;
    guint64 first = mg_frames_first(frames);
    row->step = rows->numbered ? 0 : rows->step->step;
    if (first == 0 || first != rows->frame || frames->count > 1) {
        row->frames = frames;
        time = mg_ticker_text(&text->ticker, at);
        row->time = *time != '\0' ? time : NULL;
    }
    rows->numbered = TRUE;
    rows->frame = frames->count > 1 ? 0 : first;
    mg_text_table_row(&text->table, text->out.text, row);
}

static void write_command(StepRows *rows)
{
    const MgStep *step = rows->step;
    const MgGlossary *glossary = rows->text->options.glossary;
    if (step->line == NULL && step->n_replies > 0)
        return; /* the server speaks: its rows say all */
    gboolean said = step->line != NULL;
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_ptr_array_add(
        lines, (gpointer)(said && *step->line != '\0'
                              ? step->line
                              : mg_glossary_label(glossary, said ? "empty-line" : "connection")));
    g_autofree char *both = NULL;
    const char *sentence = step->gloss;
    if (!said && step->n_replies == 0) {
        /* something that happened: both sentences are about it */
        both = mg_words_explanation(step);
        sentence = both;
    }
    MgTextRow row = {
        .speaker = mg_words_said(step) ? "C: " : "",
        .said = lines,
        .sentence = sentence,
        .style = MG_STYLE_COMMAND,
    };
    write_row(rows, &step->frames, &step->at, &row);
    if (mg_words_client_sends(step))
        write_head(rows->text, step);
}

/* What a reply does.  The last one also tells what the whole step comes to; a sentence is not
 * said again directly below itself. */
static char *reply_sentence(const MgStep *step, guint i)
{
    const MgStepReply *reply = &step->replies[i];
    const char *parts[3] = {NULL};
    guint n = 0;
    if (i == 0 && step->line == NULL && step->gloss != NULL)
        parts[n++] = step->gloss;
    if (reply->gloss != NULL &&
        (i == 0 || g_strcmp0(reply->gloss, step->replies[i - 1].gloss) != 0))
        parts[n++] = reply->gloss;
    if (i + 1 == step->n_replies && step->reply_gloss != NULL &&
        g_strcmp0(step->reply_gloss, reply->gloss) != 0)
        parts[n++] = step->reply_gloss;
    GString *out = g_string_new(NULL);
    for (guint k = 0; k < n; k++)
        g_string_append_printf(out, "%s%s", k > 0 ? " " : "", parts[k]);
    return g_string_free(out, FALSE);
}

static void write_left_out(StepRows *rows, guint64 left_out)
{
    if (left_out == 0)
        return;
    g_autofree char *more = mg_words_count(rows->text->options.glossary, "more-lines", left_out);
    mg_text_table_under(&rows->text->table, rows->text->out.text, "   ", more, MG_STYLE_PLAIN);
}

/* A command without a reply, and what is to be said about that. */
static void write_no_reply(StepRows *rows)
{
    const MgStep *step = rows->step;
    gboolean unanswered = step->outcome == MG_OUTCOME_UNANSWERED;
    if (step->n_replies > 0 || step->line == NULL || (step->reply_gloss == NULL && !unanswered))
        return;
    g_autoptr(GPtrArray) said = g_ptr_array_new();
    if (unanswered)
        g_ptr_array_add(said,
                        (gpointer)mg_glossary_label(rows->text->options.glossary, "no-reply"));
    MgTextRow row = {.speaker = "", .said = said, .sentence = step->reply_gloss};
    mg_text_table_row(&rows->text->table, rows->text->out.text, &row);
}

/* One row a reply.  Over 20 lines the first ones are shown and the last reply, which decides. */
static void write_replies(StepRows *rows)
{
    const MgStep *step = rows->step;
    guint budget = MG_LIMIT_REPLY_LINES;
    guint64 left_out = step->more_replies;
    for (guint i = 0; i < step->n_replies; i++) {
        const MgStepReply *reply = &step->replies[i];
        gboolean last = i + 1 == step->n_replies;
        guint most = last ? budget : budget - 1; /* one line is kept for the last */
        if (most == 0) {
            left_out += MAX(reply->n_lines, 1) + (guint64)reply->more_lines;
            continue;
        }
        if (last)
            write_left_out(rows, left_out);
        g_autoptr(GPtrArray) said = reply_lines(rows->text, step, reply, most);
        budget -= MIN(MAX(reply->n_lines, 1), most);
        g_autofree char *sentence = reply_sentence(step, i);
        MgTextRow row = {
            .speaker = "S: ", .said = said, .sentence = *sentence != '\0' ? sentence : NULL};
        write_row(rows, &reply->frames, &reply->at, &row);
    }
    write_no_reply(rows);
    if (!mg_words_client_sends(step))
        write_head(rows->text, step);
}

static void write_locations(MgTextState *text, const MgStep *step)
{
    g_autoptr(GPtrArray) lines = mg_words_place_lines(&text->options, step, TRUE);
    for (guint i = 0; i < lines->len; i++)
        mg_text_table_under(&text->table, text->out.text, "=> ", lines->pdata[i],
                            MG_STYLE_LOCATION);
}

static void write_label(MgTextState *text, const char *label, const char *name, const char *value)
{
    g_autofree char *line = mg_words(text->options.glossary, label, name, value, NULL);
    mg_text_table_under(&text->table, text->out.text, text->table.stacked ? "   " : "", line,
                        MG_STYLE_PLAIN);
}

static void write_deep(MgTextState *text, const MgStep *step)
{
    for (guint i = 0; i < step->n_details; i++)
        mg_text_table_token(&text->table, text->out.text, step->details[i].token,
                            step->details[i].gloss != NULL ? step->details[i].gloss : "");
    if (step->before != NULL)
        write_label(text, "before", "location", step->before);
    g_autoptr(GPtrArray) places = mg_words_places(&text->options, step, FALSE, MG_PLACE_QUALIFIED);
    if (places->len == 1)
        write_label(text, "after", "location", ((MgPlaceWords *)places->pdata[0])->location);
    if (step->mistake != NULL)
        write_label(text, "common-mistake", "text", step->mistake);
    if (step->reference != NULL) {
        g_autofree char *source =
            step->reference_url != NULL
                ? g_strconcat(step->reference, "  ", step->reference_url, NULL)
                : g_strdup(step->reference);
        write_label(text, "source", "reference", source);
    }
    MgFrames all = mg_words_step_frames(step);
    if (all.count > 0) {
        g_autofree char *frames = mg_words_frames(&text->options, &all, ", ");
        g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, step->step);
        g_autofree char *line =
            mg_words(text->options.glossary, all.count == 1 ? "seen-in-frame" : "seen-in-frames",
                     "step", number, "frames", frames, NULL);
        mg_text_table_under(&text->table, text->out.text, text->table.stacked ? "   " : "", line,
                            MG_STYLE_PLAIN);
    }
}

void mg_text_step(MgTextState *text, const MgStep *step)
{
    StepRows rows = {.text = text, .step = step};
    write_command(&rows);
    write_replies(&rows);
    write_locations(text, step);
    if (text->options.detail == MG_DETAIL_DEEP)
        write_deep(text, step);
}
