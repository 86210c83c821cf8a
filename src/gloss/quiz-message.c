/* Questions about one message: where it is, when it moves, what would have been. */
#include "gloss/quiz.h"

#include <string.h>

enum {
    /* Rows of a table to fill in, pairs to match. */
    TRACKED = 8,
    MATCHED = 5,
};

/* The numbers and lines of the steps that a question speaks of. */
typedef struct {
    char message[16];
    char step[24];
    const char *line, *reply;
} Names;

static Names names_of(guint message, const MgQuizStep *step)
{
    Names names = {.line = step->line != NULL ? step->line : "",
                   .reply = step->reply != NULL ? step->reply : ""};
    g_snprintf(names.message, sizeof names.message, "M%u", message);
    g_snprintf(names.step, sizeof names.step, "%" G_GUINT64_FORMAT, step->step);
    return names;
}

#define NAMES(n) "message", (n).message, "step", (n).step, "line", (n).line, "reply", (n).reply

/* The first step from `from` on that did this to the message. */
static const MgQuizStep *find_event(const MgQuiz *quiz, guint message, MgEvent event, guint from)
{
    for (guint i = from; i < quiz->steps->len; i++) {
        const MgQuizStep *step = quiz->steps->pdata[i];
        for (guint k = 0; k < step->moves->len; k++) {
            const MgQuizMove *move = &g_array_index(step->moves, MgQuizMove, k);
            if (move->event == event && move->message == message)
                return step;
        }
    }
    return NULL;
}

static guint index_of(const MgQuiz *quiz, const MgQuizStep *step)
{
    guint index = 0;
    g_ptr_array_find(quiz->steps, step, &index);
    return index;
}

/* The step of this session nearest to `step` with this verb, before or after it. */
static const MgQuizStep *find_verb(const MgQuiz *quiz, const MgQuizStep *step, const char *verb,
                                   int direction)
{
    for (int i = (int)index_of(quiz, step) + direction; i >= 0 && i < (int)quiz->steps->len;
         i += direction) {
        const MgQuizStep *other = quiz->steps->pdata[i];
        if (other->session == step->session && strcmp(other->verb, verb) == 0)
            return other;
    }
    return NULL;
}

/* An answer "Step 3 (`MAIL FROM:…`)". */
static void step_answer(MgQuiz *quiz, MgQuestion *question, const char *key, const char *why,
                        guint message, const MgQuizStep *step, gboolean right)
{
    if (step == NULL)
        return;
    Names names = names_of(message, step);
    const char *shown = right || step->line == NULL ? names.reply : names.line;
    MgQuizText *text = mg_quiz_text(quiz, "step", *shown != '\0' ? "line" : "bare", "step",
                                    names.step, "line", shown, NULL);
    mg_quiz_answer(question, text, right ? 100 : 0,
                   mg_quiz_text(quiz, key, why, NAMES(names), NULL));
}

static const char *place(const MgQuiz *quiz, MgLocation location)
{
    return mg_glossary_location(quiz->glossary, location);
}

static void place_answer(MgQuiz *quiz, MgQuestion *question, const char *key, const char *why,
                         const char *words, gboolean right)
{
    mg_quiz_answer(question, mg_quiz_plain(words, FALSE), right ? 100 : 0,
                   why != NULL ? mg_quiz_text(quiz, key, why, NULL) : NULL);
}

/* The four words, one of them right. */
static void place_answers(MgQuiz *quiz, MgQuestion *question, const char *key, MgLocation right)
{
    static const MgLocation all[] = {MG_LOCATION_DEVICE, MG_LOCATION_SERVER, MG_LOCATION_BOTH,
                                     MG_LOCATION_DELETED};
    for (guint i = 0; i < G_N_ELEMENTS(all); i++)
        place_answer(quiz, question, key, all[i] == right ? "right" : "wrong", place(quiz, all[i]),
                     all[i] == right);
}

static gboolean certain(const MgQuizMove *move)
{
    return move != NULL && move->where.other == MG_LOCATION_NONE &&
           move->where.is != MG_LOCATION_NONE && move->where.is != MG_LOCATION_UNKNOWN;
}

/* Where the message was before this step; NULL = it is met here first. */
static const MgQuizMove *move_before(const MgQuiz *quiz, const MgQuizStep *step, guint message)
{
    for (guint i = index_of(quiz, step); i > 0; i--) {
        const MgQuizMove *move = mg_quiz_move(quiz->steps->pdata[i - 1], message);
        if (move != NULL)
            return move;
    }
    return NULL;
}

/* What the last reply proves, and what it does not. */
static void ask_proved(MgQuiz *quiz, guint message, const MgQuizStep *step)
{
    static const char *const answers[][2] = {
        {"right-answer", "right"}, {"inbox-answer", "inbox"}, {"read-answer", "read"}};
    Names names = names_of(message, step);
    MgQuestion *question = mg_quiz_ask(quiz, "proved", MG_QUIZ_CHOICE, step,
                                       mg_quiz_text(quiz, "proved", "text", NAMES(names), NULL));
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++)
        mg_quiz_answer(question, mg_quiz_text(quiz, "proved", answers[i][0], NAMES(names), NULL),
                       i == 0 ? 100 : 0,
                       mg_quiz_text(quiz, "proved", answers[i][1], NAMES(names), NULL));
}

/* When does the server's copy appear, who is responsible, what if the line had broken there? */
static void ask_accepted(MgQuiz *quiz, guint message, const MgQuizStep *step)
{
    Names names = names_of(message, step);
    const MgQuizMove *move = mg_quiz_move(step, message);
    const MgQuizMove *before = move_before(quiz, step, message);
    /* a message that a server had before is none of which this can be asked */
    if (!certain(move) || move->where.is != MG_LOCATION_SERVER ||
        (before != NULL && (!certain(before) || before->where.is != MG_LOCATION_DEVICE)))
        return;
    MgQuestion *question = mg_quiz_ask(quiz, "appears", MG_QUIZ_CHOICE, step,
                                       mg_quiz_text(quiz, "appears", "text", NAMES(names), NULL));
    step_answer(quiz, question, "appears", "right", message, step, TRUE);
    step_answer(quiz, question, "appears", "mail", message, find_verb(quiz, step, "MAIL", -1),
                FALSE);
    step_answer(quiz, question, "appears", "data", message, find_verb(quiz, step, "DATA", -1),
                FALSE);
    step_answer(quiz, question, "appears", "quit", message, find_verb(quiz, step, "QUIT", 1),
                FALSE);
    if (question->answers->len < 2)
        g_ptr_array_remove(quiz->questions, question);

    g_autofree char *frame = g_strdup_printf("%" G_GUINT64_FORMAT, step->reply_frame);
    question = mg_quiz_ask(quiz, "frame", MG_QUIZ_SHORT, step,
                           mg_quiz_text(quiz, "frame", "text", NAMES(names), NULL));
    mg_quiz_answer(question, mg_quiz_plain(frame, FALSE), 100,
                   mg_quiz_text(quiz, "frame", "right", NAMES(names), NULL));

    if (step->protocol == MG_PROTOCOL_SMTP && step->reply != NULL)
        ask_proved(quiz, message, step);
    const MgQuizSession *session =
        g_hash_table_lookup(quiz->sessions, GUINT_TO_POINTER(step->session));
    if (session != NULL && step->protocol == MG_PROTOCOL_SMTP &&
        strcmp(session->client, session->server) != 0) {
        question = mg_quiz_ask(quiz, "responsible", MG_QUIZ_CHOICE, step,
                               mg_quiz_text(quiz, "responsible", "text", NAMES(names), NULL));
        mg_quiz_answer(question, mg_quiz_plain(session->server, FALSE), 100,
                       mg_quiz_text(quiz, "responsible", "right", NAMES(names), NULL));
        mg_quiz_answer(question, mg_quiz_plain(session->client, FALSE), 0,
                       mg_quiz_text(quiz, "responsible", "client", NAMES(names), NULL));
        mg_quiz_answer(question, mg_quiz_text(quiz, "responsible", "reader-answer", NULL), 0,
                       mg_quiz_text(quiz, "responsible", "reader", NAMES(names), NULL));
    }
    if (step->kind == MG_STEP_CONTENT && before != NULL) {
        question = mg_quiz_ask(quiz, "dot", MG_QUIZ_CHOICE, step,
                               mg_quiz_text(quiz, "dot", "text", NAMES(names), NULL));
        g_autofree char *doubt =
            mg_glossary_where(quiz->glossary, (MgWhere){MG_LOCATION_DEVICE, MG_LOCATION_SERVER});
        place_answer(quiz, question, "dot", "right", doubt, TRUE);
        place_answer(quiz, question, "dot", "wrong", place(quiz, MG_LOCATION_DEVICE), FALSE);
        place_answer(quiz, question, "dot", "wrong", place(quiz, MG_LOCATION_SERVER), FALSE);
        place_answer(quiz, question, "dot", "deleted", place(quiz, MG_LOCATION_DELETED), FALSE);
    }
}

static void true_or_false(MgQuiz *quiz, MgQuestion *question, gboolean truth, MgQuizText *wrong,
                          MgQuizText *right)
{
    mg_quiz_answer(question, mg_quiz_text(quiz, "true", "answer", NULL), truth ? 100 : 0,
                   truth ? right : wrong);
    mg_quiz_answer(question, mg_quiz_text(quiz, "false", "answer", NULL), truth ? 0 : 100,
                   truth ? wrong : right);
}

/* Fetching copies: it removes nothing. */
static void ask_downloaded(MgQuiz *quiz, guint message, const MgQuizStep *step)
{
    const MgQuizMove *move = mg_quiz_move(step, message);
    if (!certain(move) || move->where.is != MG_LOCATION_BOTH || step->line == NULL)
        return;
    Names names = names_of(message, step);
    MgQuestion *question = mg_quiz_ask(quiz, "fetched", MG_QUIZ_TRUE_FALSE, step,
                                       mg_quiz_text(quiz, "fetched", "text", NAMES(names), NULL));
    true_or_false(quiz, question, FALSE, mg_quiz_text(quiz, "fetched", "wrong", NAMES(names), NULL),
                  mg_quiz_text(quiz, "fetched", "right", NAMES(names), NULL));
}

static void ask_marked(MgQuiz *quiz, guint message, const MgQuizStep *step)
{
    Names names = names_of(message, step);
    const char *key = step->protocol == MG_PROTOCOL_IMAP ? "mark-imap" : "mark";
    MgQuestion *question = mg_quiz_ask(quiz, key, MG_QUIZ_CHOICE, step,
                                       mg_quiz_text(quiz, key, "text", NAMES(names), NULL));
    static const char *const answers[][2] = {
        {"right-answer", "right"}, {"gone-answer", "gone"}, {"moved-answer", "moved"}};
    for (guint i = 0; i < G_N_ELEMENTS(answers); i++)
        mg_quiz_answer(question, mg_quiz_text(quiz, key, answers[i][0], NAMES(names), NULL),
                       i == 0 ? 100 : 0,
                       mg_quiz_text(quiz, key, answers[i][1], NAMES(names), NULL));
}

/* The mark is taken back: by which command? */
static void ask_unmark(MgQuiz *quiz, guint message, const MgQuizStep *marked)
{
    static const char plus[] = "+FLAGS";
    gboolean imap = marked->protocol == MG_PROTOCOL_IMAP;
    const char *sign = imap ? strstr(marked->line, plus) : NULL;
    g_autofree char *upper = g_ascii_strup(marked->line, -1);
    /* "+FLAGS (\\Deleted)" alone: with other flags beside it more than one line would do */
    if (!marked->whole_line || marked->masked ||
        (imap && (sign == NULL || !g_str_has_suffix(upper, "(\\DELETED)"))) ||
        (!imap && strcmp(marked->verb, "DELE") != 0))
        return;
    Names names = names_of(message, marked);
    const char *key = imap ? "unmark-imap" : "unmark";
    MgQuestion *question = mg_quiz_ask(quiz, key, MG_QUIZ_SHORT, marked,
                                       mg_quiz_text(quiz, key, "text", NAMES(names), NULL));
    g_autoptr(GString) line = g_string_new(imap ? marked->line : "RSET");
    if (imap) {
        line->str[sign - marked->line] = '-';
        g_string_erase(line, 0, (gssize)(strchr(line->str, ' ') + 1 - line->str));
    }
    mg_quiz_answer(question, mg_quiz_plain(line->str, TRUE), 100,
                   mg_quiz_text(quiz, key, "right", NAMES(names), NULL));
}

/* A fetched message stays on the server where the session ends without a mark. */
static void ask_stays(MgQuiz *quiz, guint message, const MgQuizStep *step)
{
    if (step->protocol != MG_PROTOCOL_POP3 || strcmp(step->verb, "RETR") != 0 ||
        step->line == NULL || step->reply == NULL)
        return;
    Names names = names_of(message, step);
    MgQuestion *question = mg_quiz_ask(quiz, "stays", MG_QUIZ_SHORT, step,
                                       mg_quiz_text(quiz, "stays", "text", NAMES(names), NULL));
    mg_quiz_answer(question, mg_quiz_plain("QUIT", TRUE), 100,
                   mg_quiz_text(quiz, "stays", "right", NAMES(names), NULL));
}

/* The session is over, and the server still has what was fetched. */
static void ask_kept(MgQuiz *quiz, guint message, const MgQuizStep *fetched)
{
    const MgQuizStep *quit = find_verb(quiz, fetched, "QUIT", 1);
    const MgQuizMove *move = NULL;
    if (fetched->protocol != MG_PROTOCOL_POP3 || quit == NULL || quit->outcome != MG_OUTCOME_OK)
        return;
    for (guint i = 0; i <= index_of(quiz, quit); i++) {
        const MgQuizMove *here = mg_quiz_move(quiz->steps->pdata[i], message);
        if (here != NULL && here->event == MG_EVENT_MARKED)
            return; /* what QUIT does then is another question */
        move = here != NULL ? here : move;
    }
    if (!certain(move) || move->where.is != MG_LOCATION_BOTH)
        return;
    Names names = names_of(message, quit);
    MgQuestion *question = mg_quiz_ask(quiz, "kept", MG_QUIZ_TRUE_FALSE, quit,
                                       mg_quiz_text(quiz, "kept", "text", NAMES(names), NULL));
    true_or_false(quiz, question, FALSE, mg_quiz_text(quiz, "kept", "wrong", NAMES(names), NULL),
                  mg_quiz_text(quiz, "kept", "right", NAMES(names), NULL));
}

/* The server's copy goes: when, and what if the connection had broken before? */
static void ask_removed(MgQuiz *quiz, guint message, const MgQuizStep *marked,
                        const MgQuizStep *removed)
{
    const MgQuizMove *before = mg_quiz_move(marked, message);
    const MgQuizMove *after = mg_quiz_move(removed, message);
    /* of several copies on servers only one went */
    if (!certain(after) ||
        (after->where.is != MG_LOCATION_DEVICE && after->where.is != MG_LOCATION_DELETED))
        return;
    Names names = names_of(message, removed);
    Names mark = names_of(message, marked);
    MgQuestion *question = mg_quiz_ask(quiz, "removed", MG_QUIZ_CHOICE, removed,
                                       mg_quiz_text(quiz, "removed", "text", NAMES(names), NULL));
    step_answer(quiz, question, "removed", "right", message, removed, TRUE);
    step_answer(quiz, question, "removed", "marked", message, marked, FALSE);
    step_answer(quiz, question, "removed", "fetched", message,
                find_event(quiz, message, MG_EVENT_DOWNLOADED, 0), FALSE);
    if (!certain(before) || removed->session != marked->session)
        return;
    const char *key = marked->protocol == MG_PROTOCOL_IMAP ? "broken-imap" : "broken";
    question = mg_quiz_ask(quiz, key, MG_QUIZ_CHOICE, marked,
                           mg_quiz_text(quiz, key, "text", "message", names.message, "step",
                                        mark.step, "line", mark.line, "next", names.step,
                                        "next-line", names.line, NULL));
    place_answers(quiz, question, key, before->where.is);
}

/* Where is it after each step that moves it? */
static void ask_places(MgQuiz *quiz, guint message)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new();
    for (guint i = 0; i < quiz->steps->len; i++) {
        const MgQuizMove *move = mg_quiz_move(quiz->steps->pdata[i], message);
        if (certain(move) && move->changed)
            g_ptr_array_add(changes, quiz->steps->pdata[i]);
    }
    if (changes->len < 2)
        return;
    const MgQuizStep *last = changes->pdata[changes->len - 1];
    Names names = names_of(message, last);
    MgQuestion *match = NULL, *tracker = NULL;
    if (changes->len >= 3)
        match = mg_quiz_ask(quiz, "match", MG_QUIZ_MATCH, last,
                            mg_quiz_text(quiz, "match", "text", NAMES(names), NULL));
    tracker = mg_quiz_ask(quiz, "tracker", MG_QUIZ_TRACKER, last,
                          mg_quiz_text(quiz, "tracker", "text", NAMES(names), NULL));
    for (guint i = 0; i < MIN(changes->len, TRACKED); i++) {
        const MgQuizStep *step = changes->pdata[i];
        Names here = names_of(message, step);
        const char *shown = *here.line != '\0' ? here.line : here.reply;
        const char *words = place(quiz, mg_quiz_move(step, message)->where.is);
        if (match != NULL && i < MATCHED)
            mg_quiz_answer(match,
                           mg_quiz_text(quiz, "step", *shown != '\0' ? "line" : "bare", "step",
                                        here.step, "line", shown, NULL),
                           100, NULL)
                ->pair = mg_quiz_plain(words, FALSE);
        mg_quiz_answer(tracker,
                       mg_quiz_text(quiz, "step", *shown != '\0' ? "line" : "bare", "step",
                                    here.step, "line", shown, NULL),
                       100, NULL)
            ->pair = mg_quiz_plain(words, FALSE);
    }
    const MgQuizMove *end = mg_quiz_move(last, message);
    if (!mg_where_equal(mg_quiz_end(quiz, message), end->where))
        return; /* the trace does not tell its end, or tells it later than is asked about */
    MgQuestion *final = mg_quiz_ask(quiz, "final", MG_QUIZ_CHOICE, last,
                                    mg_quiz_text(quiz, "final", "text", NAMES(names), NULL));
    place_answers(quiz, final, "final", end->where.is);
}

void mg_quiz_ask_message(MgQuiz *quiz, guint message)
{
    const MgQuizStep *accepted = find_event(quiz, message, MG_EVENT_ACCEPTED, 0);
    const MgQuizStep *downloaded = find_event(quiz, message, MG_EVENT_DOWNLOADED, 0);
    const MgQuizStep *marked = find_event(quiz, message, MG_EVENT_MARKED, 0);
    if (accepted != NULL)
        ask_accepted(quiz, message, accepted);
    if (downloaded != NULL) {
        ask_downloaded(quiz, message, downloaded);
        ask_stays(quiz, message, downloaded);
        ask_kept(quiz, message, downloaded);
    }
    if (marked != NULL && marked->line != NULL) {
        ask_marked(quiz, message, marked);
        ask_unmark(quiz, message, marked);
        const MgQuizStep *removed =
            find_event(quiz, message, MG_EVENT_REMOVED, index_of(quiz, marked) + 1);
        if (removed != NULL && removed->line != NULL)
            ask_removed(quiz, message, marked, removed);
    }
    ask_places(quiz, message);
}
