/* Questions about a capture: what a quiz or a worksheet asks, with the answers.
 *
 * Part of the way out of gloss: fed with the steps that a renderer gets, asked at the end.
 * Every question rests on steps of this capture alone, and names them; wrong answers are the
 * known misconceptions.  Texts are parts, plain words and captured lines, so that each format
 * can set the lines apart and escape both; nothing here is escaped.
 *
 * Same steps, same seed: same questions in the same order.  Seed 0 keeps the order in which
 * things happened.  Limits: the first MG_QUIZ_STEPS steps and MG_QUIZ_MESSAGES messages.
 */
#ifndef MG_QUIZ_H
#define MG_QUIZ_H

#include "mg-base.h"
#include "mg-step.h"

G_BEGIN_DECLS

enum {
    /* More steps make no lesson. */
    MG_QUIZ_STEPS = 400,
    /* Messages that are asked about. */
    MG_QUIZ_MESSAGES = 3,
    /* Rows of a worksheet: two printed pages. */
    MG_QUIZ_ROWS = 24,
};

typedef struct {
    char *text;
    gboolean code; /* a captured line */
} MgQuizPart;

/* A text: MgQuizPart*. */
typedef GPtrArray MgQuizText;

typedef enum {
    MG_QUIZ_CHOICE,     /* one of the answers is right */
    MG_QUIZ_TRUE_FALSE, /* answers: true, false; the right one has percent 100 */
    MG_QUIZ_SHORT,      /* type it; answers: what is accepted */
    MG_QUIZ_MATCH,      /* answers: pairs */
    MG_QUIZ_TRACKER,    /* a table: after each step (text), where is the message (pair)? */
    MG_QUIZ_ORDER,      /* answers in the right order; `shown_at` is where to print each */
} MgQuizKind;

typedef struct {
    MgQuizText *text;
    MgQuizText *pair;     /* of MATCH and TRACKER; else NULL */
    MgQuizText *feedback; /* NULL = none */
    guint percent;        /* 100 right, 0 wrong */
    guint shown_at;       /* of ORDER; of MATCH "meaning": where its pair is printed */
} MgQuizAnswer;

typedef struct {
    guint number;
    const char *key; /* static: "appears" */
    MgQuizKind kind;
    MgQuizText *name;
    MgQuizText *text;
    GPtrArray *answers;   /* MgQuizAnswer* */
    MgQuizText *hint;     /* which steps to look at */
    const char *protocol; /* static: "SMTP" */
    guint64 step, frame;  /* what proves it */
} MgQuestion;

/* A row of the worksheet's table: a step, and what is left blank. */
typedef enum {
    MG_BLANK_NONE = 0,
    MG_BLANK_ACTOR = 1 << 0,
    MG_BLANK_LINE = 1 << 1,
    MG_BLANK_GLOSS = 1 << 2,
    MG_BLANK_REPLY_GLOSS = 1 << 3,
    MG_BLANK_PLACE = 1 << 4,
} MgBlank;

typedef struct {
    guint64 step, frame, reply_frame; /* frame 0 = none */
    const char *protocol;
    const char *line, *gloss; /* NULL where the client said nothing */
    const char *reply, *reply_gloss;
    guint message;        /* 0 = touches none */
    const char *location; /* bare words; NULL = touches none */
    guint blanks;         /* MgBlank */
} MgWorkRow;

typedef struct MgQuiz MgQuiz;

/* glossary is borrowed for life. */
MgQuiz *mg_quiz_new(const MgGlossary *glossary, guint64 seed);
void mg_quiz_free(MgQuiz *quiz);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgQuiz, mg_quiz_free)
/* The receiver side: feed it with the records of gloss. */
void mg_quiz_session(MgQuiz *quiz, const MgStepSession *session);
void mg_quiz_step(MgQuiz *quiz, const MgStep *step);
void mg_quiz_message(MgQuiz *quiz, const MgStepMessage *message);

/* After all that: MgQuestion*, and MgWorkRow*; owned by the quiz. */
const GPtrArray *mg_quiz_questions(MgQuiz *quiz);
const GPtrArray *mg_quiz_rows(MgQuiz *quiz);

G_END_DECLS

#endif
