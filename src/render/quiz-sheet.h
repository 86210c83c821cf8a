/* What GIFT and Moodle XML have in common: they write nothing until the end, then questions. */
#ifndef MG_RENDER_QUIZ_SHEET_H
#define MG_RENDER_QUIZ_SHEET_H

#include "mg-quiz.h"
#include "mg-render.h"
#include "output.h"

G_BEGIN_DECLS

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgQuiz *quiz;
    GPtrArray *captures; /* char* */
} MgQuizSheet;

gpointer mg_quiz_sheet_begin(const MgRenderOptions *options, const MgOutput *output);
void mg_quiz_sheet_capture(gpointer self, const MgStepCapture *capture);
void mg_quiz_sheet_session(gpointer self, const MgStepSession *session);
void mg_quiz_sheet_step(gpointer self, const MgStep *step);
void mg_quiz_sheet_note(gpointer self, const MgStepNote *note);
void mg_quiz_sheet_message(gpointer self, const MgStepMessage *record);
void mg_quiz_sheet_summary(gpointer self, const MgStepSummary *summary);
/* Writes what was gathered and frees. */
void mg_quiz_sheet_end(MgQuizSheet *sheet);

typedef void (*MgQuizEscape)(GString *out, const char *text, gssize len);

/* A text as HTML inside another format: lines in <code>. */
void mg_quiz_sheet_text(GString *out, const MgQuizText *text, MgQuizEscape escape);
/* The same without any tag. */
void mg_quiz_sheet_plain(GString *out, const MgQuizText *text, MgQuizEscape escape);
/* "MG-01 When does the server copy appear?" */
void mg_quiz_sheet_name(GString *out, const MgQuestion *question, MgQuizEscape escape);
/* The right answer's feedback, or the others'. */
const MgQuizText *mg_quiz_sheet_feedback(const MgQuestion *question, gboolean right);
gboolean mg_quiz_sheet_truth(const MgQuestion *question);

G_END_DECLS

#endif
