/* Questions from inside: the facts that were kept, and how a text is made. */
#ifndef MG_GLOSS_QUIZ_H
#define MG_GLOSS_QUIZ_H

#include "mg-quiz.h"

G_BEGIN_DECLS

typedef struct {
    guint message;
    MgEvent event;
    MgWhere where;
    gboolean changed;
} MgQuizMove;

typedef struct {
    guint64 step, frame, reply_frame;
    guint session;
    MgProtocol protocol;
    MgStepKind kind;
    MgActor actor;
    MgOutcome outcome;
    gboolean masked;
    gboolean whole_line; /* `line` was short enough to be kept whole */
    char *verb;          /* "" = none */
    char *line, *reply;  /* NULL = none */
    char *gloss, *reply_gloss, *reference;
    GArray *moves; /* MgQuizMove */
} MgQuizStep;

typedef struct {
    guint session;
    char *client, *server;
    guint64 encrypted_from_step;
} MgQuizSession;

struct MgQuiz {
    const MgGlossary *glossary;
    guint64 seed, random;
    GPtrArray *steps;     /* MgQuizStep* */
    GHashTable *sessions; /* number → MgQuizSession* */
    GHashTable *merged;   /* set of numbers that turned out to be another message */
    GHashTable *ends;     /* number → MgWhere*, at the end */
    GPtrArray *questions; /* NULL until asked */
    GPtrArray *rows;
};

/* A number below n, by the seed. */
guint mg_quiz_random(MgQuiz *quiz, guint n);
/* In place, by the seed; seed 0 keeps the order. */
void mg_quiz_shuffle(MgQuiz *quiz, GPtrArray *array);

/* quiz-text.c: the label quiz-<key>-<what> with its placeholders filled in: name, value … NULL.
 * What stands between back-ticks of the label is a captured line. */
MgQuizText *mg_quiz_text(const MgQuiz *quiz, const char *key, const char *what,
                         ...) G_GNUC_NULL_TERMINATED;
/* One part, as it is. */
MgQuizText *mg_quiz_plain(const char *text, gboolean code);
void mg_quiz_answer_free(gpointer answer);
void mg_quiz_question_free(gpointer question);

/* Where a message is at the end of the trace; MG_LOCATION_NONE = nobody said. */
MgWhere mg_quiz_end(const MgQuiz *quiz, guint message);
/* What the step did to the message last, or NULL. */
const MgQuizMove *mg_quiz_move(const MgQuizStep *step, guint message);

/* quiz-message.c: the questions about one message. */
void mg_quiz_ask_message(MgQuiz *quiz, guint message);
/* quiz-session.c: the questions about what was said. */
void mg_quiz_ask_sessions(MgQuiz *quiz);

/* Add a question; the caller fills in its answers. */
MgQuestion *mg_quiz_ask(MgQuiz *quiz, const char *key, MgQuizKind kind, const MgQuizStep *step,
                        MgQuizText *text);
MgQuizAnswer *mg_quiz_answer(MgQuestion *question, MgQuizText *text, guint percent,
                             MgQuizText *feedback);

G_END_DECLS

#endif
