/* Keep the facts of the first steps; at the end make questions of them. */
#include "gloss/quiz.h"

#include <string.h>

enum {
    /* Characters of a line or sentence that a question can show. */
    LINE_KEPT = 90,
    SENTENCE_KEPT = 400,
    MOVES_KEPT = 16,
    /* Sessions whose parties are known. */
    SESSIONS_KEPT = 400,
    MERGED_KEPT = 10000,
};

static void step_free(gpointer data)
{
    MgQuizStep *step = data;
    g_free(step->verb);
    g_free(step->line);
    g_free(step->reply);
    g_free(step->gloss);
    g_free(step->reply_gloss);
    g_free(step->reference);
    g_array_unref(step->moves);
    g_free(step);
}

static void session_free(gpointer data)
{
    MgQuizSession *session = data;
    g_free(session->client);
    g_free(session->server);
    g_free(session);
}

MgQuiz *mg_quiz_new(const MgGlossary *glossary, guint64 seed)
{
    MgQuiz *quiz = g_new0(MgQuiz, 1);
    quiz->glossary = glossary;
    quiz->seed = quiz->random = seed;
    quiz->steps = g_ptr_array_new_with_free_func(step_free);
    quiz->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    quiz->merged = g_hash_table_new(NULL, NULL);
    quiz->ends = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return quiz;
}

void mg_quiz_free(MgQuiz *quiz)
{
    if (quiz == NULL)
        return;
    g_ptr_array_unref(quiz->steps);
    g_hash_table_unref(quiz->sessions);
    g_hash_table_unref(quiz->merged);
    g_hash_table_unref(quiz->ends);
    g_clear_pointer(&quiz->questions, g_ptr_array_unref);
    g_clear_pointer(&quiz->rows, g_ptr_array_unref);
    g_free(quiz);
}

/* splitmix64: the same numbers everywhere and always. */
guint mg_quiz_random(MgQuiz *quiz, guint n)
{
    guint64 z = quiz->random += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return (guint)((z ^ (z >> 31)) % MAX(n, 1));
}

void mg_quiz_shuffle(MgQuiz *quiz, GPtrArray *array)
{
    if (quiz->seed == 0)
        return;
    for (guint i = array->len; i > 1; i--) {
        guint k = mg_quiz_random(quiz, i);
        gpointer kept = array->pdata[i - 1];
        array->pdata[i - 1] = array->pdata[k];
        array->pdata[k] = kept;
    }
}

static char *keep(const char *text, glong max, gboolean *ret_whole)
{
    if (text == NULL)
        return NULL;
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    gboolean whole = g_utf8_strlen(valid, -1) <= max;
    if (ret_whole != NULL)
        *ret_whole = whole;
    if (whole)
        return g_steal_pointer(&valid);
    g_autofree char *cut = g_utf8_substring(valid, 0, max - 1);
    return g_strconcat(cut, "…", NULL);
}

void mg_quiz_session(MgQuiz *quiz, const MgStepSession *session)
{
    gpointer number = GUINT_TO_POINTER(session->session);
    MgQuizSession *kept = g_hash_table_lookup(quiz->sessions, number);
    if (kept == NULL) {
        if (g_hash_table_size(quiz->sessions) == SESSIONS_KEPT)
            return;
        kept = g_new0(MgQuizSession, 1);
        kept->session = session->session;
        kept->client = keep(session->client.shown, LINE_KEPT, NULL);
        kept->server = keep(session->server.shown, LINE_KEPT, NULL);
        g_hash_table_insert(quiz->sessions, number, kept);
    }
    kept->encrypted_from_step = session->encrypted_from_step;
}

void mg_quiz_step(MgQuiz *quiz, const MgStep *step)
{
    if (quiz->steps->len == MG_QUIZ_STEPS)
        return;
    /* IMAP's tagged line comes last; it and the last of several replies decide */
    const MgStepReply *reply = step->n_replies > 0 ? &step->replies[step->n_replies - 1] : NULL;
    MgQuizStep *kept = g_new0(MgQuizStep, 1);
    kept->step = step->step;
    kept->session = step->session;
    kept->protocol = step->protocol;
    kept->kind = step->kind;
    kept->actor = step->actor;
    kept->outcome = step->outcome;
    kept->masked = step->masked;
    kept->frame = step->frames.count > 0 ? step->frames.last : 0;
    kept->reply_frame = step->reply_frames.count > 0 ? step->reply_frames.last : 0;
    kept->verb = g_strdup(step->verb != NULL ? step->verb : "");
    kept->line = keep(step->line, LINE_KEPT, &kept->whole_line);
    kept->reply = reply != NULL ? keep(reply->shown_first, LINE_KEPT, NULL) : NULL;
    kept->gloss = keep(step->gloss, SENTENCE_KEPT, NULL);
    kept->reply_gloss = keep(step->reply_gloss != NULL ? step->reply_gloss
                             : reply != NULL           ? reply->gloss
                                                       : NULL,
                             SENTENCE_KEPT, NULL);
    kept->reference = g_strdup(step->reference);
    kept->moves = g_array_new(FALSE, FALSE, sizeof(MgQuizMove));
    for (guint i = 0; i < MIN(step->n_movements, MOVES_KEPT); i++) {
        const MgStepMovement *movement = &step->movements[i];
        /* The question would be about the report, or about somebody else's step. */
        if (movement->report != 0 || movement->learned)
            continue;
        MgQuizMove move = {movement->message, movement->event, movement->where, movement->changed};
        g_array_append_val(kept->moves, move);
    }
    g_ptr_array_add(quiz->steps, kept);
}

void mg_quiz_message(MgQuiz *quiz, const MgStepMessage *message)
{
    guint into = message->message->merged_into;
    if (into > 0 && g_hash_table_size(quiz->merged) < MERGED_KEPT)
        g_hash_table_add(quiz->merged, GUINT_TO_POINTER(message->message->number));
    gpointer number = GUINT_TO_POINTER(message->message->number);
    if (into == 0 &&
        (g_hash_table_size(quiz->ends) < MERGED_KEPT || g_hash_table_contains(quiz->ends, number)))
        g_hash_table_replace(quiz->ends, number,
                             g_memdup2(&message->message->where, sizeof(MgWhere)));
}

MgWhere mg_quiz_end(const MgQuiz *quiz, guint message)
{
    const MgWhere *where = g_hash_table_lookup(quiz->ends, GUINT_TO_POINTER(message));
    return where != NULL ? *where : (MgWhere){MG_LOCATION_NONE, MG_LOCATION_NONE};
}

const MgQuizMove *mg_quiz_move(const MgQuizStep *step, guint message)
{
    for (guint i = step->moves->len; i > 0; i--) {
        const MgQuizMove *move = &g_array_index(step->moves, MgQuizMove, i - 1);
        if (move->message == message)
            return move;
    }
    return NULL;
}

MgQuestion *mg_quiz_ask(MgQuiz *quiz, const char *key, MgQuizKind kind, const MgQuizStep *step,
                        MgQuizText *text)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, step->step);
    MgQuestion *question = g_new0(MgQuestion, 1);
    question->key = key;
    question->kind = kind;
    question->name = mg_quiz_text(quiz, key, "name", NULL);
    question->text = text;
    question->hint = step->reference != NULL
                         ? mg_quiz_text(quiz, "hint", "source", "step", number, "reference",
                                        step->reference, NULL)
                         : mg_quiz_text(quiz, "hint", "step", "step", number, NULL);
    question->answers = g_ptr_array_new_with_free_func(mg_quiz_answer_free);
    question->protocol = mg_protocol_name(step->protocol);
    question->step = step->step;
    question->frame = step->reply_frame > 0 ? step->reply_frame : step->frame;
    g_ptr_array_add(quiz->questions, question);
    return question;
}

MgQuizAnswer *mg_quiz_answer(MgQuestion *question, MgQuizText *text, guint percent,
                             MgQuizText *feedback)
{
    MgQuizAnswer *answer = g_new0(MgQuizAnswer, 1);
    answer->text = text;
    answer->percent = percent;
    answer->feedback = feedback;
    g_ptr_array_add(question->answers, answer);
    return answer;
}

/* The first messages that a step of ours touches, in order of their numbers. */
static GArray *messages(const MgQuiz *quiz)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < quiz->steps->len && found->len < MG_QUIZ_MESSAGES; i++) {
        const MgQuizStep *step = quiz->steps->pdata[i];
        for (guint k = 0; k < step->moves->len && found->len < MG_QUIZ_MESSAGES; k++) {
            guint number = g_array_index(step->moves, MgQuizMove, k).message;
            /* one that turned out to be another was a message of its own until then */
            gboolean known = g_hash_table_contains(quiz->merged, GUINT_TO_POINTER(number));
            for (guint m = 0; m < found->len; m++)
                known = known || g_array_index(found, guint, m) == number;
            if (!known)
                g_array_append_val(found, number);
        }
    }
    return found;
}

const GPtrArray *mg_quiz_questions(MgQuiz *quiz)
{
    if (quiz->questions != NULL)
        return quiz->questions;
    quiz->questions = g_ptr_array_new_with_free_func(mg_quiz_question_free);
    quiz->random = quiz->seed;
    g_autoptr(GArray) asked = messages(quiz);
    for (guint i = 0; i < asked->len; i++)
        mg_quiz_ask_message(quiz, g_array_index(asked, guint, i));
    mg_quiz_ask_sessions(quiz);
    mg_quiz_shuffle(quiz, quiz->questions);
    for (guint i = 0; i < quiz->questions->len; i++) {
        MgQuestion *question = quiz->questions->pdata[i];
        question->number = i + 1;
        if (question->kind == MG_QUIZ_CHOICE)
            mg_quiz_shuffle(quiz, question->answers);
    }
    return quiz->questions;
}
