/* Questions about what was said: commands, passwords, the envelope, the order of things. */
#include "gloss/quiz.h"

#include <string.h>

enum {
    /* Commands that are to be typed. */
    TYPED = 2,
    /* Lines longer than that are not typed. */
    TYPED_LINE = 40,
    /* Commands to match with what they do. */
    MATCHED = 5,
    /* Frames with a password that are accepted as an answer. */
    PASSWORDS = 20,
    /* Commands to put in order. */
    ORDERED = 6,
};

static char *number(guint64 value)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, value);
}

/* A command whose line a student can type: short, whole, without secrets. */
static gboolean can_be_typed(const MgQuizStep *step)
{
    static const char *const verbs[] = {"RETR", "DELE",  "STAT",  "UIDL",    "TOP",    "DATA",
                                        "RCPT", "STORE", "FETCH", "EXPUNGE", "SELECT", NULL};
    const char *verb = g_str_has_prefix(step->verb, "UID ") ? step->verb + 4 : step->verb;
    return step->kind == MG_STEP_COMMAND && step->line != NULL && step->whole_line &&
           !step->masked && g_utf8_strlen(step->line, -1) <= TYPED_LINE &&
           g_strv_contains(verbs, verb) &&
           /* a wildcard and the sign of a pair, where quizzes are read */
           strchr(step->line, '*') == NULL && strstr(step->line, "->") == NULL;
}

/* The line without IMAP's tag. */
static const char *untagged(const MgQuizStep *step)
{
    const char *space = strchr(step->line, ' ');
    return step->protocol == MG_PROTOCOL_IMAP && space != NULL ? space + 1 : step->line;
}

static void ask_command(MgQuiz *quiz, const MgQuizStep *step)
{
    g_autofree char *digits = number(step->step);
    const char *line = untagged(step);
    MgQuestion *question = mg_quiz_ask(
        quiz, "command", MG_QUIZ_SHORT, step,
        mg_quiz_text(quiz, "command", step->gloss != NULL ? "text" : "bare", "step", digits,
                     "protocol", mg_protocol_name(step->protocol), "gloss", step->gloss, NULL));
    if (step->frame > 0)
        question->frame = step->frame;
    mg_quiz_answer(question, mg_quiz_plain(line, TRUE), 100,
                   mg_quiz_text(quiz, "command", "right", NULL));
    if (line != step->line)
        mg_quiz_answer(question, mg_quiz_plain(step->line, TRUE), 100,
                       mg_quiz_text(quiz, "command", "right", NULL));
    if (g_ascii_strcasecmp(line, step->verb) != 0)
        mg_quiz_answer(question, mg_quiz_plain(step->verb, TRUE), 50,
                       mg_quiz_text(quiz, "command", "half", NULL));
}

/* Commands of different kinds, to be matched with what they do. */
static void ask_meanings(MgQuiz *quiz)
{
    g_autoptr(GPtrArray) steps = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < quiz->steps->len; i++) {
        MgQuizStep *step = quiz->steps->pdata[i];
        if (step->kind == MG_STEP_COMMAND && step->line != NULL && step->whole_line &&
            step->gloss != NULL && *step->verb != '\0' && strchr(step->gloss, '\n') == NULL &&
            !g_hash_table_contains(seen, step->gloss) && g_hash_table_add(seen, step->verb)) {
            g_hash_table_add(seen, step->gloss);
            g_ptr_array_add(steps, step);
        }
    }
    if (steps->len < 3)
        return;
    mg_quiz_shuffle(quiz, steps);
    g_ptr_array_set_size(steps, (gint)MIN(steps->len, MATCHED));
    MgQuestion *question = mg_quiz_ask(quiz, "meaning", MG_QUIZ_MATCH, steps->pdata[0],
                                       mg_quiz_text(quiz, "meaning", "text", NULL));
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    for (guint i = 0; i < steps->len; i++) {
        const MgQuizStep *step = steps->pdata[i];
        g_autofree char *digits = number(step->step);
        MgQuizText *text =
            mg_quiz_text(quiz, "step", "line", "step", digits, "line", step->line, NULL);
        MgQuizAnswer *answer = mg_quiz_answer(question, text, 100, NULL);
        answer->pair = mg_quiz_plain(step->gloss, FALSE);
        g_ptr_array_add(shown, answer);
    }
    mg_quiz_shuffle(quiz, shown);
    for (guint i = 0; i < shown->len; i++)
        ((MgQuizAnswer *)shown->pdata[i])->shown_at = quiz->seed == 0 ? shown->len - 1 - i : i;
}

static void ask_commands(MgQuiz *quiz)
{
    g_autoptr(GPtrArray) steps = g_ptr_array_new();
    g_autoptr(GHashTable) verbs = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < quiz->steps->len; i++) {
        MgQuizStep *step = quiz->steps->pdata[i];
        if (can_be_typed(step) && g_hash_table_add(verbs, step->verb))
            g_ptr_array_add(steps, step);
    }
    mg_quiz_shuffle(quiz, steps);
    for (guint i = 0; i < MIN(steps->len, TYPED); i++)
        ask_command(quiz, steps->pdata[i]);
}

/* A password that anyone could read: not a digest, not a SCRAM exchange. */
static gboolean shows_password(const MgQuizStep *step)
{
    if (!step->masked)
        return FALSE;
    if (strcmp(step->verb, "PASS") == 0 || strcmp(step->verb, "LOGIN") == 0)
        return TRUE;
    g_autofree char *line = g_ascii_strup(step->line != NULL ? step->line : "", -1);
    return strstr(line, "AUTH PLAIN") != NULL || strstr(line, "AUTHENTICATE PLAIN") != NULL;
}

static void ask_password(MgQuiz *quiz, const MgQuizStep *step)
{
    g_autofree char *digits = number(step->step);
    g_autofree char *frame = number(step->frame);
    static const char *const answers[][2] = {
        {"right-answer", "right"}, {"coded-answer", "coded"}, {"server-answer", "server"}};
    MgQuestion *question =
        mg_quiz_ask(quiz, "password", MG_QUIZ_CHOICE, step,
                    mg_quiz_text(quiz, "password", "text", "step", digits, "frame", frame, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++)
        mg_quiz_answer(question, mg_quiz_text(quiz, "password", answers[i][0], NULL),
                       i == 0 ? 100 : 0, mg_quiz_text(quiz, "password", answers[i][1], NULL));
    question->frame = step->frame;
    question = mg_quiz_ask(quiz, "password-frame", MG_QUIZ_SHORT, step,
                           mg_quiz_text(quiz, "password-frame", "text", NULL));
    question->frame = step->frame;
    /* every frame that shows one is right */
    guint asked = 0;
    for (guint i = 0; i < quiz->steps->len && asked < PASSWORDS; i++) {
        const MgQuizStep *other = quiz->steps->pdata[i];
        if (!shows_password(other) || other->frame == 0)
            continue;
        g_autofree char *where = number(other->frame);
        g_autofree char *which = number(other->step);
        mg_quiz_answer(question, mg_quiz_plain(where, FALSE), 100,
                       mg_quiz_text(quiz, "password-frame", "right", "step", which, NULL));
        asked++;
    }
}

static void ask_envelope(MgQuiz *quiz, const MgQuizStep *step)
{
    g_autofree char *digits = number(step->step);
    MgQuestion *question = mg_quiz_ask(quiz, "envelope", MG_QUIZ_CHOICE, step,
                                       mg_quiz_text(quiz, "envelope", "text", NULL));
    mg_quiz_answer(question,
                   mg_quiz_text(quiz, "step", "line", "step", digits, "line", step->line, NULL),
                   100, mg_quiz_text(quiz, "envelope", "right", NULL));
    mg_quiz_answer(question, mg_quiz_text(quiz, "envelope", "header-answer", NULL), 0,
                   mg_quiz_text(quiz, "envelope", "header", NULL));
    mg_quiz_answer(question, mg_quiz_text(quiz, "envelope", "bcc-answer", NULL), 0,
                   mg_quiz_text(quiz, "envelope", "bcc", NULL));
}

/* The last line before encryption tells nothing of what comes after. */
static void ask_encrypted(MgQuiz *quiz, const MgQuizStep *step)
{
    g_autofree char *digits = number(step->step);
    MgQuestion *question =
        mg_quiz_ask(quiz, "encrypted", MG_QUIZ_TRUE_FALSE, step,
                    mg_quiz_text(quiz, "encrypted", "text", "step", digits, NULL));
    mg_quiz_answer(question, mg_quiz_text(quiz, "true", "answer", NULL), 0,
                   mg_quiz_text(quiz, "encrypted", "wrong", NULL));
    mg_quiz_answer(question, mg_quiz_text(quiz, "false", "answer", NULL), 100,
                   mg_quiz_text(quiz, "encrypted", "right", NULL));
}

/* The commands of one session, to be put in order: the one with the most different ones. */
static void ask_order(MgQuiz *quiz)
{
    g_autoptr(GPtrArray) best = g_ptr_array_new();
    guint done = 0;
    for (guint i = 0; i < quiz->steps->len; i++) {
        guint session = ((const MgQuizStep *)quiz->steps->pdata[i])->session;
        if (session <= done)
            continue;
        done = session;
        g_autoptr(GPtrArray) steps = g_ptr_array_new();
        g_autoptr(GHashTable) verbs = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint k = i; k < quiz->steps->len; k++) {
            MgQuizStep *step = quiz->steps->pdata[k];
            if (step->session == session && step->kind == MG_STEP_COMMAND && *step->verb != '\0' &&
                step->outcome != MG_OUTCOME_MALFORMED && g_hash_table_add(verbs, step->verb))
                g_ptr_array_add(steps, step);
        }
        if (MIN(steps->len, ORDERED) > best->len || best->len == 0) {
            g_ptr_array_set_size(best, 0);
            for (guint k = 0; k < MIN(steps->len, ORDERED); k++)
                g_ptr_array_add(best, steps->pdata[k]);
        }
    }
    if (best->len < 3)
        return;
    const MgQuizStep *first = best->pdata[0];
    g_autofree char *digits = g_strdup_printf("%u", first->session);
    MgQuestion *question =
        mg_quiz_ask(quiz, "order", MG_QUIZ_ORDER, first,
                    mg_quiz_text(quiz, "order", "text", "session", digits, NULL));
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    for (guint i = 0; i < best->len; i++) {
        const MgQuizStep *step = best->pdata[i];
        g_ptr_array_add(shown,
                        mg_quiz_answer(question, mg_quiz_plain(step->verb, TRUE), 100, NULL));
    }
    mg_quiz_shuffle(quiz, shown);
    for (guint i = 0; i < shown->len; i++)
        ((MgQuizAnswer *)shown->pdata[i])->shown_at = quiz->seed == 0 ? shown->len - 1 - i : i;
}

void mg_quiz_ask_sessions(MgQuiz *quiz)
{
    gboolean password = FALSE, envelope = FALSE, encrypted = FALSE;
    for (guint i = 0; i < quiz->steps->len; i++) {
        const MgQuizStep *step = quiz->steps->pdata[i];
        const MgQuizSession *session =
            g_hash_table_lookup(quiz->sessions, GUINT_TO_POINTER(step->session));
        if (!password && shows_password(step) && step->frame > 0) {
            password = TRUE;
            ask_password(quiz, step);
        }
        if (!envelope && strcmp(step->verb, "RCPT") == 0 && step->line != NULL &&
            step->outcome == MG_OUTCOME_OK) {
            envelope = TRUE;
            ask_envelope(quiz, step);
        }
        if (!encrypted && session != NULL && session->encrypted_from_step > 0 &&
            session->encrypted_from_step >= step->step && step->outcome == MG_OUTCOME_OK &&
            (strcmp(step->verb, "STARTTLS") == 0 || strcmp(step->verb, "STLS") == 0)) {
            encrypted = TRUE;
            ask_encrypted(quiz, step);
        }
    }
    ask_commands(quiz);
    ask_meanings(quiz);
    ask_order(quiz);
}
