#include "worksheet.h"

#include <string.h>

#include "words.h"

enum {
    /* Tasks of a part: the whole sheet is to be done in a lesson. */
    TASKS = 5,
};

const char *mg_work_part_label(MgWorkPart part)
{
    static const char *const labels[] = {
        "section-tracker",  "worksheet-order",   "worksheet-match",   "worksheet-find",
        "worksheet-choose", "worksheet-what-if", "worksheet-complete"};
    return labels[part];
}

static gboolean part_of(const MgQuestion *question, MgWorkPart *ret_part)
{
    static const char *const commands[] = {"command", "stays", "unmark", "unmark-imap", NULL};
    switch (question->kind) {
    case MG_QUIZ_TRACKER:
        *ret_part = MG_WORK_TRACKER;
        return TRUE;
    case MG_QUIZ_MATCH: /* the tracker asks for the places */
        *ret_part = MG_WORK_MATCH;
        return strcmp(question->key, "meaning") == 0;
    case MG_QUIZ_ORDER:
        *ret_part = MG_WORK_ORDER;
        return TRUE;
    case MG_QUIZ_SHORT:
        *ret_part = g_strv_contains(commands, question->key) ? MG_WORK_COMPLETE : MG_WORK_FIND;
        return TRUE;
    case MG_QUIZ_TRUE_FALSE:
        *ret_part = MG_WORK_CHOOSE;
        return TRUE;
    case MG_QUIZ_CHOICE:
        *ret_part = strcmp(question->key, "dot") == 0 || g_str_has_prefix(question->key, "broken")
                        ? MG_WORK_WHAT_IF
                        : MG_WORK_CHOOSE;
        return TRUE;
    }
    return FALSE;
}

GPtrArray *mg_work_part_questions(const GPtrArray *questions, MgWorkPart part)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < questions->len && found->len < TASKS; i++) {
        MgWorkPart here;
        if (part_of(questions->pdata[i], &here) && here == part)
            g_ptr_array_add(found, questions->pdata[i]);
    }
    return found;
}

guint mg_work_pair_at(const MgQuestion *question, guint place)
{
    guint i = 0;
    while (i + 1 < question->answers->len &&
           ((const MgQuizAnswer *)question->answers->pdata[i])->shown_at != place)
        i++;
    return i;
}

char mg_work_letter(guint place)
{
    return (char)('A' + place % 26);
}

char *mg_work_typed(const MgQuestion *question, gboolean *ret_code)
{
    GString *typed = g_string_new(NULL);
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        const MgQuizPart *part = answer->text->pdata[0];
        if (answer->percent < 100)
            continue;
        g_string_append_printf(typed, "%s%s", typed->len > 0 ? " / " : "", part->text);
        *ret_code = part->code;
    }
    return g_string_free(typed, FALSE);
}

guint mg_work_lines(const MgWorkRow *row, MgWorkLine lines[2])
{
    guint n = 0;
    if (row->line != NULL)
        lines[n++] = (MgWorkLine){.row = row,
                                  .frame = row->frame,
                                  .who = "client",
                                  .line = row->line,
                                  .gloss = row->gloss,
                                  .blank_who = (row->blanks & MG_BLANK_ACTOR) != 0,
                                  .blank_line = (row->blanks & MG_BLANK_LINE) != 0,
                                  .blank_gloss = (row->blanks & MG_BLANK_GLOSS) != 0};
    if (row->reply != NULL)
        lines[n++] = (MgWorkLine){.row = row,
                                  .reply = TRUE,
                                  .frame = row->reply_frame,
                                  .who = "server",
                                  .line = row->reply,
                                  .gloss = row->reply_gloss,
                                  .blank_gloss = (row->blanks & MG_BLANK_REPLY_GLOSS) != 0};
    if (n > 0)
        lines[n - 1].place = row->location != NULL;
    return n;
}

char *mg_worksheet_kind(const MgRenderOptions *options)
{
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, options->seed);
    return mg_words(options->glossary,
                    options->handout == MG_HANDOUT_KEY ? "worksheet-key" : "worksheet-blank",
                    "seed", seed, NULL);
}

const char *mg_worksheet_place(const MgRenderOptions *options, guint index)
{
    static const MgLocation places[] = {MG_LOCATION_DEVICE, MG_LOCATION_SERVER, MG_LOCATION_BOTH,
                                        MG_LOCATION_DELETED, MG_LOCATION_UNKNOWN};
    return index < G_N_ELEMENTS(places) ? mg_glossary_location(options->glossary, places[index])
                                        : NULL;
}
