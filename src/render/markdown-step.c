/* One step as a row of the lab table: Step, Frames, Action, Protocol, Result, Email location. */
#include "markdown.h"

#include <string.h>

#include "escape.h"
#include "words.h"

static void next_line(GString *cell)
{
    if (cell->len > 0)
        g_string_append(cell, " <br> ");
}

static void append_words(GString *cell, const char *words)
{
    if (words == NULL || *words == '\0')
        return;
    next_line(cell);
    mg_escape_markdown(cell, words, -1);
}

/* Deep sentences have several lines. */
static void append_sentence(const MgMarkdown *markdown, GString *cell, const char *sentence)
{
    if (sentence == NULL)
        return;
    if (markdown->options.detail != MG_DETAIL_DEEP) {
        append_words(cell, sentence);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(sentence, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        append_words(cell, lines[i]);
}

static void append_code(const MgMarkdown *markdown, GString *cell, const char *captured)
{
    g_autofree char *shown = mg_words_line(&markdown->options, captured);
    if (*shown != '\0')
        mg_escape_markdown_code(cell, shown, -1);
    else
        mg_markdown_label(markdown, cell, "empty-line");
}

static void append_head(const MgMarkdown *markdown, GString *cell, const MgStep *step)
{
    for (guint i = 0; step->head != NULL && step->head[i] != NULL; i++) {
        next_line(cell);
        append_code(markdown, cell, step->head[i]);
    }
}

static void append_filled(const MgMarkdown *markdown, GString *cell, const char *label,
                          const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *words = mg_words(markdown->options.glossary, label, name, value, NULL);
    append_words(cell, words);
}

static void append_details(const MgMarkdown *markdown, GString *cell, const MgStep *step)
{
    for (guint i = 0; i < step->n_details; i++) {
        next_line(cell);
        append_code(markdown, cell, step->details[i].token);
        g_string_append(cell, ": ");
        if (step->details[i].gloss != NULL)
            mg_escape_markdown(cell, step->details[i].gloss, -1);
    }
}

static GString *action_cell(const MgMarkdown *markdown, const MgStep *step)
{
    GString *cell = g_string_new(NULL);
    if (step->line != NULL) {
        if (mg_words_said(step)) {
            mg_markdown_label(markdown, cell, "client");
            g_string_append_c(cell, ' ');
        }
        append_code(markdown, cell, step->line);
    } else if (step->kind == MG_STEP_CONNECTION) {
        mg_markdown_label(markdown, cell, "connection");
    } else {
        g_string_append(cell, markdown->options.ascii ? "-" : "—");
    }
    if (mg_words_client_sends(step))
        append_head(markdown, cell, step);
    append_sentence(markdown, cell, step->gloss);
    append_details(markdown, cell, step);
    return cell;
}

/* Only what can stand in a link of a table without an escape. */
static gboolean plain_url(const char *url)
{
    return g_str_has_prefix(url, "https://") &&
           strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                       ":/.#?=&%-+,;") == strlen(url);
}

static void append_reference(GString *cell, const MgStep *step)
{
    if (step->reference == NULL)
        return;
    next_line(cell);
    gboolean link = step->reference_url != NULL && plain_url(step->reference_url);
    if (link)
        g_string_append_c(cell, '[');
    mg_escape_markdown(cell, step->reference, -1);
    if (link)
        g_string_append_printf(cell, "](%s)", step->reference_url);
}

static void append_replies(const MgMarkdown *markdown, GString *cell, const MgStep *step)
{
    const MgRenderOptions *options = &markdown->options;
    guint n = MIN(step->n_replies, MG_LIMIT_REPLY_LINES);
    for (guint i = 0; i < n; i++) {
        /* the last place is the last reply's: it decides */
        gboolean last = i + 1 == n;
        const MgStepReply *reply = &step->replies[last ? step->n_replies - 1 : i];
        guint64 left_out = step->n_replies - n + step->more_replies;
        if (last && left_out > 0) {
            g_autofree char *more = mg_words_count(options->glossary, "more-lines", left_out);
            append_words(cell, more);
        }
        next_line(cell);
        mg_markdown_label(markdown, cell, "server");
        g_string_append_c(cell, ' ');
        g_autofree char *first = mg_words_reply_line(step, reply, 0);
        append_code(markdown, cell, first);
        guint64 more_lines = MAX(reply->n_lines, 1) - 1 + (guint64)reply->more_lines;
        if (more_lines > 0) {
            g_autofree char *more = mg_words_count(options->glossary, "more-lines", more_lines);
            g_string_append_c(cell, ' ');
            mg_escape_markdown(cell, more, -1);
        }
        if (i == 0 || g_strcmp0(reply->gloss, step->replies[i - 1].gloss) != 0)
            append_sentence(markdown, cell, reply->gloss);
    }
}

static GString *result_cell(const MgMarkdown *markdown, const MgStep *step)
{
    GString *cell = g_string_new(NULL);
    append_replies(markdown, cell, step);
    if (step->n_replies == 0 && step->outcome == MG_OUTCOME_UNANSWERED && step->line != NULL)
        mg_markdown_label(markdown, cell, "no-reply");
    if (!mg_words_client_sends(step))
        append_head(markdown, cell, step);
    const char *last = step->n_replies > 0 ? step->replies[step->n_replies - 1].gloss : NULL;
    if (last == NULL || step->reply_gloss == NULL || strcmp(last, step->reply_gloss) != 0)
        append_sentence(markdown, cell, step->reply_gloss);
    if (markdown->options.detail == MG_DETAIL_DEEP) {
        append_filled(markdown, cell, "before", "location", step->before);
        append_filled(markdown, cell, "common-mistake", "text", step->mistake);
    }
    append_reference(cell, step);
    for (guint i = 0; i < step->n_comments; i++) {
        g_autofree char *words = mg_words_comment(&markdown->options, &step->comments[i]);
        append_words(cell, words);
    }
    return cell;
}

void mg_markdown_step(const MgMarkdown *markdown, GString *out, const MgStep *step)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, step->step);
    MgFrames all = mg_words_step_frames(step);
    g_autofree char *frames = mg_words_frames(&markdown->options, &all, ", ");
    g_autoptr(GString) action = action_cell(markdown, step);
    g_autoptr(GString) result = result_cell(markdown, step);
    g_autoptr(GString) location = g_string_new(NULL);
    g_autoptr(GPtrArray) lines = mg_words_place_lines(&markdown->options, step, FALSE);
    for (guint i = 0; i < lines->len; i++)
        append_words(location, lines->pdata[i]);
    mg_markdown_row(out, number, frames, action->str, mg_protocol_name(step->protocol), result->str,
                    location->str, NULL);
}
