/* The worksheet and its key as Markdown: the same numbers and tasks as in HTML. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "words.h"
#include "worksheet.h"

typedef struct {
    const MgQuizSheet *sheet;
    GString *out;
    gboolean key;
} Paper;

static void append_words(Paper *paper, const char *words)
{
    mg_escape_markdown(paper->out, words, -1);
}

static void append_label(Paper *paper, const char *label)
{
    append_words(paper, mg_glossary_label(paper->sheet->options.glossary, label));
}

static void append_text(Paper *paper, const MgQuizText *text)
{
    for (guint i = 0; i < text->len; i++) {
        const MgQuizPart *part = text->pdata[i];
        if (part->code)
            mg_escape_markdown_code(paper->out, part->text, -1);
        else
            append_words(paper, part->text);
    }
}

/* A line to write on, or the answer in bold and brackets. */
static void append_blank(Paper *paper, guint length, const char *answer, gboolean code)
{
    if (!paper->key) {
        for (guint i = 0; i < length; i++)
            g_string_append(paper->out, "\\_");
        return;
    }
    g_string_append(paper->out, "**\\[");
    if (code)
        mg_escape_markdown_code(paper->out, answer, -1);
    else
        append_words(paper, answer);
    g_string_append(paper->out, "\\]**");
}

static void append_box(Paper *paper, gboolean right)
{
    g_string_append(paper->out, right ? "**\\[x\\] " : "\\[ \\] ");
}

static void append_places(Paper *paper, const MgWorkRow *row)
{
    const char *place;
    g_string_append_printf(paper->out, "M%u", row->message);
    for (guint i = 0; (place = mg_worksheet_place(&paper->sheet->options, i)) != NULL; i++) {
        gboolean right = paper->key && strcmp(place, row->location) == 0;
        g_string_append(paper->out, " <br> ");
        append_box(paper, right);
        append_words(paper, place);
        g_string_append(paper->out, right ? "**" : "");
    }
}

static void append_row(Paper *paper, const MgWorkRow *row)
{
    const MgGlossary *glossary = paper->sheet->options.glossary;
    GString *out = paper->out;
    MgWorkLine lines[2];
    guint n = mg_work_lines(row, lines);
    for (guint i = 0; i < n; i++) {
        g_string_append_printf(out, "| %" G_GUINT64_FORMAT " |", row->step);
        if (lines[i].frame > 0)
            g_string_append_printf(out, " %" G_GUINT64_FORMAT " | ", lines[i].frame);
        else
            g_string_append(out, " | ");
        const char *who = mg_glossary_label(glossary, lines[i].who);
        if (lines[i].blank_who)
            append_blank(paper, 8, who, FALSE);
        else
            append_words(paper, who);
        g_string_append_c(out, ' ');
        if (lines[i].blank_line)
            append_blank(paper, 20, lines[i].line, TRUE);
        else
            mg_escape_markdown_code(out, lines[i].line, -1);
        g_string_append(out, " | ");
        if (lines[i].blank_gloss)
            append_blank(paper, 30, lines[i].gloss, FALSE);
        else if (lines[i].gloss != NULL)
            append_words(paper, lines[i].gloss);
        g_string_append(out, " | ");
        if (lines[i].place)
            append_places(paper, row);
        g_string_append(out, " |\n");
    }
}

static void append_table(Paper *paper)
{
    static const char *const heads[] = {"step", "frame-row", "who-says-what", "what-does-it-do",
                                        "message-is-on"};
    const GPtrArray *rows = mg_quiz_rows(paper->sheet->quiz);
    g_string_append(paper->out, "## 1 ");
    append_label(paper, "worksheet-fill");
    g_string_append(paper->out, "\n\n");
    append_label(paper, "worksheet-tick");
    g_string_append(paper->out, "\n\n|");
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_string_append_c(paper->out, ' ');
        append_label(paper, heads[i]);
        g_string_append(paper->out, " |");
    }
    g_string_append(paper->out, "\n|-----:|-----:|:--------------------|:--------------------|"
                                ":---------------|\n");
    for (guint i = 0; i < rows->len; i++)
        append_row(paper, rows->pdata[i]);
    g_string_append_c(paper->out, '\n');
}

static void append_order(Paper *paper, const MgQuestion *question)
{
    for (guint place = 0; place < question->answers->len; place++)
        for (guint i = 0; i < question->answers->len; i++) {
            const MgQuizAnswer *answer = question->answers->pdata[i];
            if (answer->shown_at != place)
                continue;
            g_autofree char *number = g_strdup_printf("%u", i + 1);
            g_string_append(paper->out, "    - ");
            append_blank(paper, 4, number, FALSE);
            g_string_append_c(paper->out, ' ');
            append_text(paper, answer->text);
            g_string_append_c(paper->out, '\n');
        }
}

static void append_choices(Paper *paper, const MgQuestion *question)
{
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        gboolean right = paper->key && answer->percent == 100;
        g_string_append(paper->out, "    - ");
        append_box(paper, right);
        append_text(paper, answer->text);
        g_string_append(paper->out, right ? "**" : "");
        if (paper->key && answer->feedback != NULL) {
            g_string_append_c(paper->out, ' ');
            append_text(paper, answer->feedback);
        }
        g_string_append_c(paper->out, '\n');
    }
}

static void append_pairs(Paper *paper, const MgQuestion *question)
{
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        const char letter[] = {mg_work_letter(answer->shown_at), '\0'};
        g_string_append(paper->out, "    - ");
        append_blank(paper, 4, letter, FALSE);
        g_string_append_c(paper->out, ' ');
        append_text(paper, answer->text);
        g_string_append_c(paper->out, '\n');
    }
    for (guint place = 0; place < question->answers->len; place++) {
        const MgQuizAnswer *answer = question->answers->pdata[mg_work_pair_at(question, place)];
        g_string_append_printf(paper->out, "    - **%c** ", mg_work_letter(place));
        append_text(paper, answer->pair);
        g_string_append_c(paper->out, '\n');
    }
}

static void append_tracker(Paper *paper, const MgQuestion *question)
{
    append_text(paper, question->text);
    g_string_append(paper->out, "\n\n| ");
    append_label(paper, "quiz-tracker-after");
    g_string_append(paper->out, " | ");
    append_label(paper, "email-location");
    g_string_append(paper->out, " |\n|:-----|:---------------|\n");
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        const MgQuizPart *place = answer->pair->pdata[0];
        g_string_append(paper->out, "| ");
        append_text(paper, answer->text);
        g_string_append(paper->out, " | ");
        append_blank(paper, 20, place->text, FALSE);
        g_string_append(paper->out, " |\n");
    }
    g_string_append_c(paper->out, '\n');
}

static void append_task(Paper *paper, const MgQuestion *question)
{
    if (question->kind == MG_QUIZ_TRACKER) {
        append_tracker(paper, question);
        return;
    }
    g_string_append(paper->out, "- ");
    append_text(paper, question->text);
    if (question->kind == MG_QUIZ_SHORT) {
        gboolean code = FALSE;
        g_autofree char *typed = mg_work_typed(question, &code);
        g_string_append_c(paper->out, ' ');
        append_blank(paper, 20, typed, code);
    }
    if (paper->key) {
        g_autofree char *frame = g_strdup_printf("%" G_GUINT64_FORMAT, question->frame);
        g_autofree char *words =
            mg_words(paper->sheet->options.glossary, "worksheet-proof", "frame", frame, NULL);
        g_string_append(paper->out, " (");
        append_text(paper, question->hint);
        g_string_append_c(paper->out, ' ');
        append_words(paper, words);
        g_string_append_c(paper->out, ')');
    }
    g_string_append_c(paper->out, '\n');
    if (question->kind == MG_QUIZ_ORDER)
        append_order(paper, question);
    else if (question->kind == MG_QUIZ_MATCH)
        append_pairs(paper, question);
    else if (question->kind != MG_QUIZ_SHORT)
        append_choices(paper, question);
}

static void append_parts(Paper *paper)
{
    const GPtrArray *questions = mg_quiz_questions(paper->sheet->quiz);
    guint number = 1;
    for (MgWorkPart part = 0; part < MG_WORK_PARTS; part++) {
        g_autoptr(GPtrArray) tasks = mg_work_part_questions(questions, part);
        if (tasks->len == 0)
            continue;
        g_string_append_printf(paper->out, "## %u ", ++number);
        append_label(paper, mg_work_part_label(part));
        g_string_append(paper->out, "\n\n");
        for (guint i = 0; i < tasks->len; i++)
            append_task(paper, tasks->pdata[i]);
        g_string_append_c(paper->out, '\n');
    }
}

static void markdown_worksheet_end(gpointer self)
{
    MgQuizSheet *sheet = self;
    Paper paper = {
        .sheet = sheet, .out = sheet->out.text, .key = sheet->options.handout == MG_HANDOUT_KEY};
    g_autofree char *title = mg_words_title(&sheet->options, sheet->captures);
    g_autofree char *kind = mg_worksheet_kind(&sheet->options);
    g_string_append(paper.out, "# ");
    append_words(&paper, title);
    g_string_append(paper.out, paper.key ? "\n\n**" : "\n\n");
    append_words(&paper, kind);
    g_string_append(paper.out, paper.key ? "**\n\n" : "\n\n");
    if (!paper.key) {
        append_label(&paper, "your-name");
        append_blank(&paper, 25, "", FALSE);
        g_string_append_c(paper.out, ' ');
        append_label(&paper, "date");
        append_blank(&paper, 15, "", FALSE);
        g_string_append(paper.out, "\n\n");
    }
    if (mg_quiz_rows(sheet->quiz)->len == 0) {
        append_label(&paper, "no-mail");
        g_string_append(paper.out, "\n\n");
    } else {
        append_table(&paper);
    }
    append_parts(&paper);
    mg_quiz_sheet_end(sheet);
}

const MgRenderFormat mg_worksheet_markdown = {
    .name = "markdown",
    .endings = ".md .markdown",
    .begin = mg_quiz_sheet_begin,
    .capture = mg_quiz_sheet_capture,
    .session = mg_quiz_sheet_session,
    .step = mg_quiz_sheet_step,
    .note = mg_quiz_sheet_note,
    .message = mg_quiz_sheet_message,
    .summary = mg_quiz_sheet_summary,
    .end = markdown_worksheet_end,
    .in_time = TRUE,
};
