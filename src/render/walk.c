#include "walk.h"

#include <string.h>

#include "words.h"

typedef struct {
    const MgWalkForm *form;
    gpointer cell;
    const MgRenderOptions *options;
    const MgStep *step;
} Walk;

static void label(const Walk *walk, const char *name)
{
    walk->form->words(walk->cell, mg_glossary_label(walk->options->glossary, name));
}

/* Deep sentences have several lines. */
static void sentence(const Walk *walk, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    if (walk->options->detail != MG_DETAIL_DEEP) {
        walk->form->sentence(walk->cell, text);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        if (*lines[i] != '\0')
            walk->form->sentence(walk->cell, lines[i]);
}

static void filled(const Walk *walk, const char *name, const char *placeholder, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *words = mg_words(walk->options->glossary, name, placeholder, value, NULL);
    walk->form->sentence(walk->cell, words);
}

static void heads(const Walk *walk)
{
    for (guint i = 0; walk->step->head != NULL && walk->step->head[i] != NULL; i++)
        walk->form->head(walk->cell, walk->step->head[i]);
}

void mg_walk_action(const MgWalkForm *form, gpointer cell, const MgRenderOptions *options,
                    const MgStep *step)
{
    const Walk walk = {form, cell, options, step};
    if (step->line != NULL) {
        if (mg_words_said(step))
            form->direction(cell, "client");
        form->code(cell, step->line, MG_WALK_LINE);
    } else if (step->kind == MG_STEP_CONNECTION) {
        label(&walk, "connection");
    } else {
        form->words(cell, options->ascii ? "-" : "—");
    }
    if (mg_words_client_sends(step))
        heads(&walk);
    sentence(&walk, step->gloss);
    for (guint i = 0; i < step->n_details; i++)
        form->detail(cell, step->details[i].token,
                     step->details[i].gloss != NULL ? step->details[i].gloss : "");
}

static void reply_line(const Walk *walk, const MgStepReply *reply, gboolean last)
{
    g_autofree char *first = mg_words_reply_line(walk->step, reply, 0);
    walk->form->direction(walk->cell, "server");
    walk->form->code(walk->cell, first, last ? MG_WALK_REPLY : MG_WALK_EARLIER);
    guint64 more_lines = MAX(reply->n_lines, 1) - 1 + (guint64)reply->more_lines;
    if (more_lines == 0)
        return;
    g_autofree char *more = mg_words_count(walk->options->glossary, "more-lines", more_lines);
    walk->form->words(walk->cell, " ");
    walk->form->words(walk->cell, more);
}

static void replies(const Walk *walk)
{
    const MgStep *step = walk->step;
    guint n = MIN(step->n_replies, MG_LIMIT_REPLY_LINES);
    guint64 left_out = step->n_replies - n + step->more_replies;
    for (guint i = 0; i < n; i++) {
        /* the last place is the last reply's: it decides */
        gboolean last = i + 1 == n;
        const MgStepReply *reply = &step->replies[last ? step->n_replies - 1 : i];
        if (last && left_out > 0) {
            g_autofree char *more = mg_words_count(walk->options->glossary, "more-lines", left_out);
            walk->form->sentence(walk->cell, more);
        }
        walk->form->reply_opens(walk->cell, n > 1, last);
        reply_line(walk, reply, last);
        gboolean anew = i == 0 || g_strcmp0(reply->gloss, step->replies[i - 1].gloss) != 0;
        gboolean beside = walk->form->gloss_beside && n > 1 && anew && reply->gloss != NULL &&
                          walk->options->detail != MG_DETAIL_DEEP;
        if (beside) {
            walk->form->words(walk->cell, " ");
            walk->form->words(walk->cell, reply->gloss);
        }
        walk->form->reply_closes(walk->cell, n > 1);
        if (anew && !beside)
            sentence(walk, reply->gloss);
    }
}

void mg_walk_result(const MgWalkForm *form, gpointer cell, const MgRenderOptions *options,
                    const MgStep *step)
{
    const Walk walk = {form, cell, options, step};
    replies(&walk);
    if (step->n_replies == 0 && step->outcome == MG_OUTCOME_UNANSWERED && step->line != NULL)
        label(&walk, "no-reply");
    if (!mg_words_client_sends(step))
        heads(&walk);
    const char *last = step->n_replies > 0 ? step->replies[step->n_replies - 1].gloss : NULL;
    if (last == NULL || step->reply_gloss == NULL || strcmp(last, step->reply_gloss) != 0)
        sentence(&walk, step->reply_gloss);
    if (options->detail == MG_DETAIL_DEEP) {
        filled(&walk, "before", "location", step->before);
        filled(&walk, "common-mistake", "text", step->mistake);
    }
    if (step->reference != NULL)
        form->reference(cell, step);
}
