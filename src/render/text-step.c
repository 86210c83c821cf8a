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
                              guint most, guint64 left_out)
{
    GPtrArray *said = g_ptr_array_new_with_free_func(g_free);
    guint n = MAX(reply->n_lines, 1);
    guint shown = MIN(n, most);
    for (guint i = 0; i < shown; i++)
        g_ptr_array_add(said, mg_words_reply_line(step, reply, i));
    left_out += n - shown + reply->more_lines;
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
    if (step->line == NULL && step->gloss == NULL &&
        (step->n_replies > 0 || step->kind != MG_STEP_CONNECTION))
        return;
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
        .speaker = said && step->actor == MG_ACTOR_CLIENT ? "C: " : "",
        .said = lines,
        .sentence = sentence,
        .style = MG_STYLE_COMMAND,
    };
    write_row(rows, &step->frames, &step->at, &row);
    if (mg_words_client_sends(step))
        write_head(rows->text, step);
}

/* One row a reply.  Over 20 lines the first ones are shown and the last reply, which decides. */
static void write_replies(StepRows *rows)
{
    const MgStep *step = rows->step;
    guint budget = MG_LIMIT_REPLY_LINES;
    guint64 left_out = 0;
    for (guint i = 0; i < step->n_replies; i++) {
        const MgStepReply *reply = &step->replies[i];
        gboolean last = i + 1 == step->n_replies;
        guint most = last ? budget : budget - 1;
        if (most == 0) {
            left_out += MAX(reply->n_lines, 1) + reply->more_lines;
            continue;
        }
        if (last && left_out + step->more_replies > 0) {
            g_autofree char *more = mg_words_count(rows->text->options.glossary, "more-lines",
                                                   left_out + step->more_replies);
            mg_text_table_under(&rows->text->table, rows->text->out.text, "   ", more,
                                MG_STYLE_PLAIN);
        }
        g_autoptr(GPtrArray) said = reply_lines(rows->text, step, reply, most, 0);
        budget -= MIN(MIN(MAX(reply->n_lines, 1), most), budget);
        g_autofree char *sentence = NULL;
        if (last && step->reply_gloss != NULL && reply->gloss != NULL &&
            strcmp(step->reply_gloss, reply->gloss) != 0)
            sentence = g_strconcat(reply->gloss, " ", step->reply_gloss, NULL);
        else
            sentence = g_strdup(reply->gloss != NULL ? reply->gloss
                                : last               ? step->reply_gloss
                                                     : NULL);
        MgTextRow row = {.speaker = "S: ", .said = said, .sentence = sentence};
        write_row(rows, &reply->frames, &reply->at, &row);
    }
    if (step->n_replies == 0 && step->reply_gloss != NULL && step->line != NULL) {
        g_autoptr(GPtrArray) said = g_ptr_array_new();
        g_ptr_array_add(said,
                        (gpointer)mg_glossary_label(rows->text->options.glossary, "no-reply"));
        MgTextRow row = {.speaker = "", .said = said, .sentence = step->reply_gloss};
        mg_text_table_row(&rows->text->table, rows->text->out.text, &row);
    }
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
    if (step->n_movements > 0)
        write_label(text, "after", "location",
                    step->movements[step->n_movements - 1].label != NULL
                        ? step->movements[step->n_movements - 1].label
                        : step->movements[step->n_movements - 1].location);
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
