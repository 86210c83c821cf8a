/* One step as a row: Step, Frames, Action, Protocol, Result, Email location. */
#include "html.h"

#include <string.h>

#include "escape.h"
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

static void append_paragraph(GString *out, const char *words)
{
    if (words == NULL || *words == '\0')
        return;
    g_string_append(out, "<p>");
    mg_html_text(out, words);
    g_string_append(out, "</p>");
}

/* Deep sentences have several lines. */
static void append_sentence(const MgHtml *html, GString *out, const char *sentence)
{
    if (sentence == NULL)
        return;
    if (html->options.detail != MG_DETAIL_DEEP) {
        append_paragraph(out, sentence);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(sentence, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        append_paragraph(out, lines[i]);
}

static void append_direction(const MgHtml *html, GString *out, const char *who)
{
    g_string_append(out, "<span class=\"dir\">");
    mg_html_label(html, out, who);
    g_string_append(out, "</span> ");
}

static void append_head(const MgHtml *html, GString *out, const MgStep *step)
{
    for (guint i = 0; step->head != NULL && step->head[i] != NULL; i++) {
        g_string_append(out, "<br/>");
        mg_html_code(html, out, step->head[i]);
    }
}

static void append_action(const MgHtml *html, GString *out, const MgStep *step)
{
    if (step->line != NULL) {
        if (mg_words_said(step))
            append_direction(html, out, "client");
        mg_html_code(html, out, step->line);
    } else if (step->kind == MG_STEP_CONNECTION) {
        mg_html_label(html, out, "connection");
    } else {
        g_string_append(out, html->options.ascii ? "-" : "—");
    }
    if (mg_words_client_sends(step))
        append_head(html, out, step);
    append_sentence(html, out, step->gloss);
    for (guint i = 0; i < step->n_details; i++) {
        g_string_append(out, "<p class=\"small\">");
        mg_html_code(html, out, step->details[i].token);
        g_string_append(out, ": ");
        if (step->details[i].gloss != NULL)
            mg_html_text(out, step->details[i].gloss);
        g_string_append(out, "</p>");
    }
}

static void append_reference(GString *out, const MgStep *step)
{
    if (step->reference == NULL)
        return;
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

/* Greetings and lists of capabilities are long; paper is not. */
static void append_reply_line(const MgHtml *html, GString *out, const char *line, gboolean last)
{
    guint64 more;
    g_autofree char *shown = mg_escape_cut(line, last ? REPLY_SHOWN : EARLIER_SHOWN, &more);
    mg_html_code(html, out, shown);
    if (more == 0)
        return;
    g_autofree char *rest = mg_words_count(html->options.glossary, "more-characters", more);
    g_string_append(out, html->options.ascii ? "... " : "… ");
    mg_html_text(out, rest);
}

static void append_replies(const MgHtml *html, GString *out, const MgStep *step)
{
    const MgGlossary *glossary = html->options.glossary;
    guint n = MIN(step->n_replies, MG_LIMIT_REPLY_LINES);
    for (guint i = 0; i < n; i++) {
        gboolean last = i + 1 == n;
        /* the last place is the last reply's: it decides */
        const MgStepReply *reply = &step->replies[last ? step->n_replies - 1 : i];
        guint64 left_out = step->n_replies - n + step->more_replies;
        if (last && left_out > 0) {
            g_autofree char *more = mg_words_count(glossary, "more-lines", left_out);
            append_paragraph(out, more);
        }
        if (n > 1)
            g_string_append(out, last ? "<p>" : "<p class=\"also\">");
        append_direction(html, out, "server");
        g_autofree char *first = mg_words_reply_line(step, reply, 0);
        append_reply_line(html, out, first, last);
        guint64 more_lines = MAX(reply->n_lines, 1) - 1 + (guint64)reply->more_lines;
        if (more_lines > 0) {
            g_autofree char *more = mg_words_count(glossary, "more-lines", more_lines);
            g_string_append_c(out, ' ');
            mg_html_text(out, more);
        }
        gboolean anew = i == 0 || g_strcmp0(reply->gloss, step->replies[i - 1].gloss) != 0;
        /* many replies: each with its sentence in one paragraph */
        gboolean inside = n > 1 && anew && html->options.detail != MG_DETAIL_DEEP;
        if (inside && reply->gloss != NULL) {
            g_string_append_c(out, ' ');
            mg_html_text(out, reply->gloss);
        }
        if (n > 1)
            g_string_append(out, "</p>");
        if (anew && !inside)
            append_sentence(html, out, reply->gloss);
    }
}

static void append_filled(const MgHtml *html, GString *out, const char *label, const char *name,
                          const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *words = mg_words(html->options.glossary, label, name, value, NULL);
    append_paragraph(out, words);
}

static void append_result(const MgHtml *html, GString *out, const MgStep *step)
{
    append_replies(html, out, step);
    if (step->n_replies == 0 && step->outcome == MG_OUTCOME_UNANSWERED && step->line != NULL)
        mg_html_label(html, out, "no-reply");
    if (!mg_words_client_sends(step))
        append_head(html, out, step);
    const char *last = step->n_replies > 0 ? step->replies[step->n_replies - 1].gloss : NULL;
    if (last == NULL || step->reply_gloss == NULL || strcmp(last, step->reply_gloss) != 0)
        append_sentence(html, out, step->reply_gloss);
    if (html->options.detail == MG_DETAIL_DEEP) {
        append_filled(html, out, "before", "location", step->before);
        append_filled(html, out, "common-mistake", "text", step->mistake);
    }
    append_reference(out, step);
    for (guint i = 0; i < step->n_comments; i++) {
        g_autofree char *words = mg_words_comment(&html->options, &step->comments[i]);
        append_paragraph(out, words);
    }
}

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
    MgFrames all = mg_words_step_frames(step);
    g_autofree char *frames = mg_words_frames(&html->options, &all, ", ");
    g_string_append_printf(
        out,
        "<tr id=\"step-%" G_GUINT64_FORMAT "\"%s><th scope=\"row\">%" G_GUINT64_FORMAT "</th><td>",
        step->step, step->n_replies > TALL || step->n_details > TALL ? " class=\"tall\"" : "",
        step->step);
    mg_html_text(out, frames);
    g_string_append(out, "</td>\n<td>");
    append_action(html, out, step);
    g_string_append_printf(out, "</td><td>%s</td>\n<td>", mg_protocol_name(step->protocol));
    append_result(html, out, step);
    g_string_append(out, "</td>\n");
    append_places(html, out, step);
    g_string_append(out, "</tr>\n");
}
