/* One step as a row: Step, Frames, Action, Protocol, Result, Email location. */
#include "html.h"

#include <string.h>

#include "escape.h"
#include "walk.h"
#include "words.h"

enum {
    /* Characters of a reply that a handout shows: two or three lines of its column; of one
     * that stands before the deciding one less. */
    REPLY_SHOWN = 100,
    EARLIER_SHOWN = 64,
    /* A row with more replies may be cut by the end of a page: whole it leaves half of one
     * empty. */
    TALL = 4,
};

const char *mg_html_place_class(MgWhere where)
{
    if (where.other != MG_LOCATION_NONE)
        return "unknown";
    switch (where.is) {
    case MG_LOCATION_DEVICE:
        return "device";
    case MG_LOCATION_SERVER:
        return "server";
    case MG_LOCATION_BOTH:
        return "both";
    case MG_LOCATION_UNKNOWN:
        return "unknown";
    default:
        return "none";
    }
}

typedef struct {
    const MgHtml *html;
    GString *out;
} Cell;

static void put_words(gpointer cell, const char *words)
{
    mg_html_text(((Cell *)cell)->out, words);
}

static void put_direction(gpointer cell, const char *label)
{
    const Cell *to = cell;
    g_string_append(to->out, "<span class=\"dir\">");
    mg_html_label(to->html, to->out, label);
    g_string_append(to->out, "</span> ");
}

/* Greetings and lists of capabilities are long; paper is not. */
static void put_code(gpointer cell, const char *captured, MgWalkCode which)
{
    const Cell *to = cell;
    if (which == MG_WALK_LINE) {
        mg_html_code(to->html, to->out, captured);
        return;
    }
    guint64 more;
    g_autofree char *shown =
        mg_escape_cut(captured, which == MG_WALK_REPLY ? REPLY_SHOWN : EARLIER_SHOWN, &more);
    mg_html_code(to->html, to->out, shown);
    if (more == 0)
        return;
    g_autofree char *rest = mg_words_count(to->html->options.glossary, "more-characters", more);
    g_string_append(to->out, to->html->options.ascii ? "... " : "… ");
    mg_html_text(to->out, rest);
}

static void put_head(gpointer cell, const char *captured)
{
    const Cell *to = cell;
    g_string_append(to->out, "<br/>");
    mg_html_code(to->html, to->out, captured);
}

static void put_sentence(gpointer cell, const char *sentence)
{
    const Cell *to = cell;
    g_string_append(to->out, "<p>");
    mg_html_text(to->out, sentence);
    g_string_append(to->out, "</p>");
}

static void put_detail(gpointer cell, const char *token, const char *gloss)
{
    const Cell *to = cell;
    g_string_append(to->out, "<p class=\"small\">");
    mg_html_code(to->html, to->out, token);
    g_string_append(to->out, ": ");
    mg_html_text(to->out, gloss);
    g_string_append(to->out, "</p>");
}

static void put_reply_opens(gpointer cell, gboolean one_of_many, gboolean last)
{
    if (one_of_many)
        g_string_append(((Cell *)cell)->out, last ? "<p>" : "<p class=\"also\">");
}

static void put_reply_closes(gpointer cell, gboolean one_of_many)
{
    if (one_of_many)
        g_string_append(((Cell *)cell)->out, "</p>");
}

static void put_reference(gpointer cell, const MgStep *step)
{
    GString *out = ((Cell *)cell)->out;
    gboolean link =
        step->reference_url != NULL && g_str_has_prefix(step->reference_url, "https://");
    g_string_append(out, "<p>");
    if (link) {
        g_string_append(out, "<a class=\"rfc\" href=\"");
        mg_html_text(out, step->reference_url);
        g_string_append(out, "\">");
    }
    mg_html_text(out, step->reference);
    g_string_append(out, link ? "</a></p>" : "</p>");
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
    .gloss_beside = TRUE,
};

/* "M1: " before a place is left out by the style where there is one message only. */
static void append_place(GString *out, const char *place)
{
    const char *colon = strchr(place, ':');
    gboolean numbered = place[0] == 'M' && g_ascii_isdigit(place[1]) && colon != NULL &&
                        strspn(place + 1, "0123456789") == (gsize)(colon - place - 1);
    if (!numbered) {
        mg_html_text(out, place);
        return;
    }
    g_autofree char *number = g_strndup(place, (gsize)(colon - place));
    g_string_append_printf(out, "<span class=\"m\">%s: </span>", number);
    mg_html_text(out, colon + 2);
}

static void append_places(MgHtml *html, GString *out, const MgStep *step)
{
    g_autoptr(GPtrArray) lines = mg_words_place_lines(&html->options, step, FALSE);
    if (lines->len == 0) {
        g_string_append(out, html->last_place != NULL ? html->last_place : "<td></td>");
        return;
    }
    const MgStepMovement *last = &step->movements[step->n_movements - 1];
    const char *class = mg_html_place_class(last->where);
    g_string_append_printf(out, "<td class=\"loc-%s\">", class);
    for (guint i = 0; i < lines->len; i++) {
        if (i > 0)
            g_string_append(out, "<br/>");
        append_place(out, lines->pdata[i]);
    }
    g_string_append(out, "</td>");
    GString *again = g_string_new(NULL);
    g_string_append_printf(again, "<td class=\"r-%s\"><span class=\"r\">", class);
    append_place(again, lines->pdata[lines->len - 1]);
    g_string_append(again, "</span></td>");
    g_free(html->last_place);
    html->last_place = g_string_free(again, FALSE);
}

void mg_html_step(MgHtml *html, GString *out, const MgStep *step)
{
    Cell cell = {html, out};
    MgFrames all = mg_words_step_frames(step);
    g_autofree char *frames = mg_words_frames(&html->options, &all, ", ");
    g_string_append_printf(
        out,
        "<tr id=\"step-%" G_GUINT64_FORMAT "\"%s><th scope=\"row\">%" G_GUINT64_FORMAT "</th><td>",
        step->step, step->n_replies > TALL || step->n_details > TALL ? " class=\"tall\"" : "",
        step->step);
    mg_html_text(out, frames);
    g_string_append(out, "</td>\n<td>");
    mg_walk_action(&form, &cell, &html->options, step);
    g_string_append_printf(out, "</td><td>%s</td>\n<td>", mg_protocol_name(step->protocol));
    mg_walk_result(&form, &cell, &html->options, step);
    g_string_append(out, "</td>\n");
    append_places(html, out, step);
    g_string_append(out, "</tr>\n");
}
