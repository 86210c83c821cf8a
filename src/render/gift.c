/* The GIFT format: a quiz as text, for Moodle and others.  The rules are those of Moodle's own
 * reader: one question a paragraph, no empty line inside, each field on one line; the answers
 * begin with their sign, so that no line of ours is a comment or a lone 0. */
#include "formats.h"

#include "escape.h"
#include "quiz-sheet.h"
#include "words.h"

static void append_feedback(GString *out, const MgQuizText *feedback)
{
    if (feedback == NULL)
        return;
    g_string_append_c(out, '#');
    mg_quiz_sheet_text(out, feedback, mg_escape_gift);
}

static void append_choices(GString *out, const MgQuestion *question)
{
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        g_string_append_c(out, answer->percent == 100 ? '=' : '~');
        mg_quiz_sheet_text(out, answer->text, mg_escape_gift);
        append_feedback(out, answer->feedback);
        g_string_append_c(out, '\n');
    }
}

/* What is typed is compared as it stands: no HTML in it. */
static void append_typed(GString *out, const MgQuestion *question)
{
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        g_string_append_c(out, '=');
        if (answer->percent < 100)
            g_string_append_printf(out, "%%%u%%", answer->percent);
        mg_quiz_sheet_plain(out, answer->text, mg_escape_gift_plain);
        append_feedback(out, answer->feedback);
        g_string_append_c(out, '\n');
    }
}

static void append_pairs(GString *out, const MgQuestion *question)
{
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        g_string_append_c(out, '=');
        mg_quiz_sheet_text(out, answer->text, mg_escape_gift);
        g_string_append(out, " -> ");
        mg_quiz_sheet_plain(out, answer->pair, mg_escape_gift);
        g_string_append_c(out, '\n');
    }
}

static void append_question(GString *out, const MgQuestion *question)
{
    g_string_append(out, "::");
    mg_quiz_sheet_name(out, question, mg_escape_gift);
    g_string_append(out, "::[html]<p>");
    mg_quiz_sheet_text(out, question->text, mg_escape_gift);
    g_string_append(out, "</p>{");
    if (question->kind == MG_QUIZ_TRUE_FALSE) {
        g_string_append(out, mg_quiz_sheet_truth(question) ? "TRUE" : "FALSE");
        append_feedback(out, mg_quiz_sheet_feedback(question, FALSE));
        append_feedback(out, mg_quiz_sheet_feedback(question, TRUE));
        g_string_append_c(out, '\n');
    } else {
        g_string_append_c(out, '\n');
        if (question->kind == MG_QUIZ_CHOICE)
            append_choices(out, question);
        else if (question->kind == MG_QUIZ_SHORT)
            append_typed(out, question);
        else
            append_pairs(out, question);
    }
    g_string_append(out, "####");
    mg_quiz_sheet_text(out, question->hint, mg_escape_gift);
    g_string_append(out, "\n}\n\n");
}

/* GIFT has no table to fill in and no order to make. */
static gboolean has_form(const MgQuestion *question)
{
    return question->kind != MG_QUIZ_TRACKER && question->kind != MG_QUIZ_ORDER;
}

static void gift_end(gpointer self)
{
    MgQuizSheet *sheet = self;
    GString *out = sheet->out.text;
    const GPtrArray *questions = mg_quiz_questions(sheet->quiz);
    guint n = 0;
    for (guint i = 0; i < questions->len; i++)
        n += has_form(questions->pdata[i]) ? 1 : 0;
    g_autofree char *title = mg_words_title(&sheet->options, sheet->captures);
    g_autofree char *category = g_strdelimit(g_strdup(title), "/<>", '-');
    g_string_append_printf(out, "// mailgloss%s%s  ", sheet->options.version != NULL ? " " : "",
                           sheet->options.version != NULL ? sheet->options.version : "");
    mg_escape_gift(out, title, -1);
    g_autofree char *count = g_strdup_printf("%u", n);
    g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, sheet->options.seed);
    g_autofree char *made =
        mg_words(sheet->options.glossary, "quiz-made", "count", count, "seed", seed, NULL);
    g_string_append(out, "  ");
    mg_escape_visible(out, made, -1);
    g_string_append_c(out, '\n');
    g_string_append(out, "\n$CATEGORY: $course$/top/");
    mg_escape_gift_plain(out, mg_glossary_label(sheet->options.glossary, "quiz-category"), -1);
    g_string_append_c(out, '/');
    mg_words_cut(out, &sheet->options, category, 200, mg_escape_visible);
    g_string_append(out, "\n\n");
    for (guint i = 0; i < questions->len; i++)
        if (has_form(questions->pdata[i]))
            append_question(out, questions->pdata[i]);
    mg_quiz_sheet_end(sheet);
}

const MgRenderFormat mg_format_gift = {
    .name = "gift",
    .endings = ".gift",
    .begin = mg_quiz_sheet_begin,
    .capture = mg_quiz_sheet_capture,
    .session = mg_quiz_sheet_session,
    .step = mg_quiz_sheet_step,
    .note = mg_quiz_sheet_note,
    .message = mg_quiz_sheet_message,
    .summary = mg_quiz_sheet_summary,
    .end = gift_end,
    .in_time = TRUE,
};
