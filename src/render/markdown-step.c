/* One step as a row of the lab table: Step, Frames, Action, Protocol, Result, Email location. */
#include "markdown.h"

#include <string.h>

#include "escape.h"
#include "walk.h"
#include "words.h"

typedef struct {
    const MgMarkdown *markdown;
    GString *out;
} Cell;

static void next_line(const Cell *to)
{
    if (to->out->len > 0)
        g_string_append(to->out, " <br> ");
}

static void put_words(gpointer cell, const char *words)
{
    mg_escape_markdown(((Cell *)cell)->out, words, -1);
}

static void put_direction(gpointer cell, const char *label)
{
    const Cell *to = cell;
    mg_markdown_label(to->markdown, to->out, label);
    g_string_append_c(to->out, ' ');
}

static void put_code(gpointer cell, const char *captured, MgWalkCode which)
{
    const Cell *to = cell;
    g_autofree char *shown = mg_words_line(&to->markdown->options, captured);
    if (*shown != '\0')
        mg_escape_markdown_code(to->out, shown, -1);
    else
        mg_markdown_label(to->markdown, to->out, "empty-line");
}

static void put_head(gpointer cell, const char *captured)
{
    next_line(cell);
    put_code(cell, captured, MG_WALK_LINE);
}

static void put_sentence(gpointer cell, const char *sentence)
{
    next_line(cell);
    put_words(cell, sentence);
}

static void put_detail(gpointer cell, const char *token, const char *gloss)
{
    put_head(cell, token);
    g_string_append(((Cell *)cell)->out, ": ");
    put_words(cell, gloss);
}

static void put_reply_opens(gpointer cell, gboolean one_of_many, gboolean last)
{
    next_line(cell);
}

static void put_reply_closes(gpointer cell, gboolean one_of_many)
{
}

/* Only what can stand in a link of a table without an escape. */
static gboolean plain_url(const char *url)
{
    return g_str_has_prefix(url, "https://") &&
           strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                       ":/.#?=&%-+,;") == strlen(url);
}

static void put_reference(gpointer cell, const MgStep *step)
{
    GString *out = ((Cell *)cell)->out;
    next_line(cell);
    gboolean link = step->reference_url != NULL && plain_url(step->reference_url);
    if (link)
        g_string_append_c(out, '[');
    mg_escape_markdown(out, step->reference, -1);
    if (link)
        g_string_append_printf(out, "](%s)", step->reference_url);
}

static const MgWalkForm form = {
    .words = put_words,
    .direction = put_direction,
    .code = put_code,
    .head = put_head,
    .sentence = put_sentence,
    .detail = put_detail,
    .reply_opens = put_reply_opens,
    .reply_closes = put_reply_closes,
    .reference = put_reference,
};

void mg_markdown_step(const MgMarkdown *markdown, GString *out, const MgStep *step)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, step->step);
    MgFrames all = mg_words_step_frames(step);
    g_autofree char *frames = mg_words_frames(&markdown->options, &all, ", ");
    g_autoptr(GString) action = g_string_new(NULL);
    g_autoptr(GString) result = g_string_new(NULL);
    g_autoptr(GString) location = g_string_new(NULL);
    Cell left = {markdown, action}, right = {markdown, result}, place = {markdown, location};
    mg_walk_action(&form, &left, &markdown->options, step);
    mg_walk_result(&form, &right, &markdown->options, step);
    g_autoptr(GPtrArray) lines = mg_words_place_lines(&markdown->options, step, FALSE);
    for (guint i = 0; i < lines->len; i++)
        put_sentence(&place, lines->pdata[i]);
    mg_markdown_row(out, number, frames, action->str, mg_protocol_name(step->protocol), result->str,
                    location->str, NULL);
}
