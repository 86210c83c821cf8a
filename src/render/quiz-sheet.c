#include "quiz-sheet.h"

#include "words.h"

gpointer mg_quiz_sheet_begin(const MgRenderOptions *options, const MgOutput *output)
{
    MgQuizSheet *sheet = g_new0(MgQuizSheet, 1);
    sheet->options = *options;
    mg_writer_init(&sheet->out, &sheet->options, output);
    sheet->quiz = mg_quiz_new(options->glossary, options->seed);
    sheet->captures = g_ptr_array_new_with_free_func(g_free);
    return sheet;
}

void mg_quiz_sheet_capture(gpointer self, const MgStepCapture *capture)
{
    MgQuizSheet *sheet = self;
    g_ptr_array_add(sheet->captures, mg_words_capture(&sheet->options, capture));
}

void mg_quiz_sheet_session(gpointer self, const MgStepSession *session)
{
    mg_quiz_session(((MgQuizSheet *)self)->quiz, session);
}

void mg_quiz_sheet_step(gpointer self, const MgStep *step)
{
    mg_quiz_step(((MgQuizSheet *)self)->quiz, step);
}

void mg_quiz_sheet_note(gpointer self, const MgStepNote *note)
{
}

void mg_quiz_sheet_message(gpointer self, const MgStepMessage *record)
{
    mg_quiz_message(((MgQuizSheet *)self)->quiz, record);
}

void mg_quiz_sheet_summary(gpointer self, const MgStepSummary *summary)
{
}

void mg_quiz_sheet_end(MgQuizSheet *sheet)
{
    mg_writer_clear(&sheet->out);
    mg_quiz_free(sheet->quiz);
    g_ptr_array_unref(sheet->captures);
    g_free(sheet);
}

void mg_quiz_sheet_text(GString *out, const MgQuizText *text, MgQuizEscape escape)
{
    for (guint i = 0; i < text->len; i++) {
        const MgQuizPart *part = text->pdata[i];
        g_string_append(out, part->code ? "<code>" : "");
        escape(out, part->text, -1);
        g_string_append(out, part->code ? "</code>" : "");
    }
}

void mg_quiz_sheet_plain(GString *out, const MgQuizText *text, MgQuizEscape escape)
{
    for (guint i = 0; i < text->len; i++)
        escape(out, ((const MgQuizPart *)text->pdata[i])->text, -1);
}

void mg_quiz_sheet_name(GString *out, const MgQuestion *question, MgQuizEscape escape)
{
    g_string_append_printf(out, "MG-%02u ", question->number);
    mg_quiz_sheet_plain(out, question->name, escape);
}

const MgQuizText *mg_quiz_sheet_feedback(const MgQuestion *question, gboolean right)
{
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        if ((answer->percent == 100) == right)
            return answer->feedback;
    }
    return NULL;
}

gboolean mg_quiz_sheet_truth(const MgQuestion *question)
{
    return ((const MgQuizAnswer *)question->answers->pdata[0])->percent == 100;
}
