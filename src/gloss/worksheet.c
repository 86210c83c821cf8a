/* The table of a worksheet: which steps it has, and what is left blank.
 *
 * Blanks by rule: what a command does at its first use, where the message is whenever that
 * changes; then by the seed: who speaks, what was said, what the reply means. */
#include "gloss/quiz.h"

#include <string.h>

static void row_free(gpointer row)
{
    g_free(row);
}

/* Steps that touch a message, and the first use of each command, while there is room. */
static gboolean belongs(const MgQuizStep *step, GHashTable *verbs)
{
    gboolean first =
        step->kind == MG_STEP_COMMAND && *step->verb != '\0' && g_hash_table_add(verbs, step->verb);
    return first || step->moves->len > 0;
}

static guint blanks(MgQuiz *quiz, const MgQuizStep *step, const MgWorkRow *row, gboolean first)
{
    guint blank = MG_BLANK_NONE;
    if (row->location != NULL)
        blank |= MG_BLANK_PLACE;
    if (row->line == NULL)
        return blank;
    guint chance = mg_quiz_random(quiz, 4);
    gboolean may_hide_line = step->kind == MG_STEP_COMMAND && !step->masked && step->whole_line;
    if (chance == 0 && may_hide_line && row->gloss != NULL)
        blank |= MG_BLANK_LINE;
    else if (chance == 1)
        blank |= MG_BLANK_ACTOR;
    if (first && row->gloss != NULL && (blank & MG_BLANK_LINE) == 0)
        blank |= MG_BLANK_GLOSS;
    else if (row->location != NULL && row->reply_gloss != NULL)
        blank |= MG_BLANK_REPLY_GLOSS;
    return blank;
}

static void fill_place(const MgQuiz *quiz, const MgQuizStep *step, MgWorkRow *row)
{
    for (guint i = step->moves->len; i > 0; i--) {
        const MgQuizMove *move = &g_array_index(step->moves, MgQuizMove, i - 1);
        if (move->where.other != MG_LOCATION_NONE || move->where.is == MG_LOCATION_NONE)
            continue;
        row->message = move->message;
        row->location = mg_glossary_location(quiz->glossary, move->where.is);
        return;
    }
}

const GPtrArray *mg_quiz_rows(MgQuiz *quiz)
{
    if (quiz->rows != NULL)
        return quiz->rows;
    quiz->rows = g_ptr_array_new_with_free_func(row_free);
    quiz->random = quiz->seed ^ G_GUINT64_CONSTANT(0x5748);
    g_autoptr(GHashTable) verbs = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) explained = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < quiz->steps->len && quiz->rows->len < MG_QUIZ_ROWS; i++) {
        const MgQuizStep *step = quiz->steps->pdata[i];
        if (!belongs(step, verbs) || step->actor == MG_ACTOR_NONE)
            continue;
        MgWorkRow *row = g_new0(MgWorkRow, 1);
        row->step = step->step;
        row->frame = step->frame;
        row->reply_frame = step->reply_frame;
        row->protocol = mg_protocol_name(step->protocol);
        row->line = step->line;
        row->gloss = step->gloss;
        row->reply = step->reply;
        row->reply_gloss = step->reply_gloss;
        fill_place(quiz, step, row);
        const char *command = step->kind == MG_STEP_CONTENT ? "(text)" : step->verb;
        row->blanks = blanks(quiz, step, row, g_hash_table_add(explained, (gpointer)command));
        g_ptr_array_add(quiz->rows, row);
    }
    return quiz->rows;
}
