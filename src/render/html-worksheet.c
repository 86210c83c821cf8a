/* The worksheet and its key as HTML: one file to print, blanks with their number for those who
 * hear it.  The key marks answers in bold and in brackets. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "html.h"
#include "words.h"
#include "worksheet.h"

typedef struct {
    const MgQuizSheet *sheet;
    MgHtml html; /* for its escapes and its style; nothing else of it is used */
    GString *out;
    gboolean key;
    guint blanks;
} Paper;

static void open_blank(Paper *paper, const char *class)
{
    g_autofree char *number = g_strdup_printf("%u", ++paper->blanks);
    g_autofree char *words =
        mg_words(paper->sheet->options.glossary, "blank-number", "number", number, NULL);
    g_string_append_printf(paper->out, "<span class=\"%s\"><span class=\"hidden\">", class);
    mg_html_text(paper->out, words);
    g_string_append(paper->out, "</span></span>");
}

/* A blank, or its answer. */
static void append_blank(Paper *paper, const char *class, const char *answer, gboolean code)
{
    if (!paper->key) {
        open_blank(paper, class);
        return;
    }
    g_string_append_printf(paper->out, "<strong>[%s", code ? "<code>" : "");
    mg_html_text(paper->out, answer);
    g_string_append_printf(paper->out, "%s]</strong>", code ? "</code>" : "");
}

static void append_line(Paper *paper, const MgWorkLine *line)
{
    GString *out = paper->out;
    const char *who = mg_glossary_label(paper->sheet->options.glossary, line->who);
    if (line->blank_who) {
        append_blank(paper, "blank blank-who", who, FALSE);
        g_string_append_c(out, ' ');
    } else {
        g_string_append(out, "<span class=\"dir\">");
        mg_html_text(out, who);
        g_string_append(out, "</span> ");
    }
    if (line->blank_line)
        append_blank(paper, "blank-long", line->line, TRUE);
    else
        mg_html_code(&paper->html, out, line->line);
}

static void append_choices_of_place(Paper *paper, const MgWorkRow *row)
{
    g_string_append_printf(paper->out, "<span class=\"small\">M%u</span>", row->message);
    const char *place;
    for (guint i = 0; (place = mg_worksheet_place(&paper->html.options, i)) != NULL; i++) {
        gboolean right = paper->key && strcmp(place, row->location) == 0;
        g_string_append_printf(paper->out, " <span class=\"tick\">%s<span class=\"box\">%s</span>",
                               right ? "<strong>[" : "", right ? "x" : "");
        mg_html_text(paper->out, place);
        g_string_append(paper->out, right ? "]</strong></span>" : "</span>");
    }
}

static void append_row(Paper *paper, const MgWorkRow *row)
{
    MgWorkLine lines[2];
    guint n = mg_work_lines(row, lines);
    for (guint i = 0; i < n; i++) {
        GString *out = paper->out;
        g_string_append_printf(out, "<tr><th scope=\"row\">%" G_GUINT64_FORMAT "</th><td>",
                               row->step);
        if (lines[i].frame > 0)
            g_string_append_printf(out, "%" G_GUINT64_FORMAT, lines[i].frame);
        g_string_append(out, "</td><td>");
        append_line(paper, &lines[i]);
        g_string_append(out, "</td><td>");
        if (lines[i].blank_gloss && paper->key)
            append_blank(paper, "", lines[i].gloss, FALSE);
        else if (lines[i].blank_gloss) {
            open_blank(paper, "blank-long");
            g_string_append(out, "<span class=\"blank-long\"></span>");
        } else if (lines[i].gloss != NULL)
            mg_html_text(out, lines[i].gloss);
        g_string_append(out, "</td><td>");
        if (lines[i].place)
            append_choices_of_place(paper, row);
        g_string_append(out, "</td></tr>\n");
    }
}

static void append_table(Paper *paper)
{
    static const char *const heads[] = {"step", "frame-row", "who-says-what", "what-does-it-do",
                                        "message-is-on"};
    GString *out = paper->out;
    const GPtrArray *rows = mg_quiz_rows(paper->sheet->quiz);
    g_string_append(out, "<h2>1 ");
    mg_html_label(&paper->html, out, "worksheet-fill");
    g_string_append(out, "</h2>\n<table class=\"steps work\"><caption>");
    mg_html_label(&paper->html, out, "worksheet-tick");
    g_string_append(out, "</caption>\n<colgroup><col class=\"c-step\"/><col class=\"c-frames\"/>"
                         "<col/><col/><col class=\"c-ticks\"/></colgroup>\n<thead><tr>");
    for (guint i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_string_append(out, "<th scope=\"col\">");
        mg_html_label(&paper->html, out, heads[i]);
        g_string_append(out, "</th>");
    }
    g_string_append(out, "</tr></thead>\n<tbody>\n");
    for (guint i = 0; i < rows->len; i++)
        append_row(paper, rows->pdata[i]);
    g_string_append(out, "</tbody></table>\n");
}

static void append_text(Paper *paper, const MgQuizText *text)
{
    mg_quiz_sheet_text(paper->out, text, mg_escape_xml);
}

static void append_order(Paper *paper, const MgQuestion *question)
{
    GString *out = paper->out;
    for (guint place = 0; place < question->answers->len; place++)
        for (guint i = 0; i < question->answers->len; i++) {
            const MgQuizAnswer *answer = question->answers->pdata[i];
            if (answer->shown_at != place)
                continue;
            g_autofree char *number = g_strdup_printf("%u", i + 1);
            g_string_append(out, "<span class=\"piece\">");
            append_blank(paper, "blank blank-number", number, FALSE);
            g_string_append_c(out, ' ');
            append_text(paper, answer->text);
            g_string_append(out, "</span> ");
        }
}

static void append_choices(Paper *paper, const MgQuestion *question)
{
    GString *out = paper->out;
    g_string_append(out, "<ul class=\"choices\">\n");
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        gboolean right = paper->key && answer->percent == 100;
        g_string_append_printf(out, "<li>%s<span class=\"box\">%s</span>", right ? "<strong>[" : "",
                               right ? "x" : "");
        append_text(paper, answer->text);
        g_string_append(out, right ? "]</strong>" : "");
        if (paper->key && answer->feedback != NULL) {
            g_string_append(out, " <span class=\"small\">");
            append_text(paper, answer->feedback);
            g_string_append(out, "</span>");
        }
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n");
}

static void append_typed(Paper *paper, const MgQuestion *question)
{
    gboolean code = FALSE;
    g_autofree char *typed = mg_work_typed(question, &code);
    append_blank(paper, "blank blank-typed", typed, code);
}

static void append_pairs(Paper *paper, const MgQuestion *question)
{
    GString *out = paper->out;
    g_string_append(out, "<ul class=\"choices\">\n");
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        const char letter[] = {mg_work_letter(answer->shown_at), '\0'};
        g_string_append(out, "<li>");
        append_blank(paper, "blank blank-number", letter, FALSE);
        g_string_append_c(out, ' ');
        append_text(paper, answer->text);
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n<ul class=\"choices\">\n");
    for (guint place = 0; place < question->answers->len; place++) {
        const MgQuizAnswer *answer = question->answers->pdata[mg_work_pair_at(question, place)];
        g_string_append_printf(out, "<li><strong>%c</strong> ", mg_work_letter(place));
        append_text(paper, answer->pair);
        g_string_append(out, "</li>\n");
    }
    g_string_append(out, "</ul>\n");
}

static void append_tracker(Paper *paper, const MgQuestion *question)
{
    GString *out = paper->out;
    g_string_append(out, "<table class=\"work\"><caption>");
    append_text(paper, question->text);
    g_string_append(out, "</caption>\n<thead><tr><th scope=\"col\">");
    mg_html_label(&paper->html, out, "quiz-tracker-after");
    g_string_append(out, "</th><th scope=\"col\">");
    mg_html_label(&paper->html, out, "email-location");
    g_string_append(out, "</th></tr></thead>\n<tbody>\n");
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        const MgQuizPart *place = answer->pair->pdata[0];
        g_string_append(out, "<tr><th scope=\"row\">");
        append_text(paper, answer->text);
        g_string_append(out, "</th><td>");
        append_blank(paper, "blank blank-typed", place->text, FALSE);
        g_string_append(out, "</td></tr>\n");
    }
    g_string_append(out, "</tbody></table>\n");
}

static void append_task(Paper *paper, const MgQuestion *question, guint letter)
{
    GString *out = paper->out;
    if (question->kind == MG_QUIZ_TRACKER) {
        append_tracker(paper, question);
        return;
    }
    g_string_append_printf(out, "<div class=\"task\"><p>%c) ", (char)('a' + letter % 26));
    append_text(paper, question->text);
    g_string_append_c(out, ' ');
    if (question->kind == MG_QUIZ_SHORT)
        append_typed(paper, question);
    g_string_append(out, "</p>\n");
    if (question->kind == MG_QUIZ_ORDER) {
        g_string_append(out, "<p>");
        append_order(paper, question);
        g_string_append(out, "</p>\n");
    } else if (question->kind == MG_QUIZ_MATCH) {
        append_pairs(paper, question);
    } else if (question->kind != MG_QUIZ_SHORT) {
        append_choices(paper, question);
    }
    if (paper->key) {
        g_string_append(out, "<p class=\"small\">");
        append_text(paper, question->hint);
        g_autofree char *frame = g_strdup_printf("%" G_GUINT64_FORMAT, question->frame);
        g_autofree char *words =
            mg_words(paper->sheet->options.glossary, "worksheet-proof", "frame", frame, NULL);
        g_string_append_c(out, ' ');
        mg_html_text(out, words);
        g_string_append(out, "</p>\n");
    }
    g_string_append(out, "</div>\n");
}

static void append_parts(Paper *paper)
{
    const GPtrArray *questions = mg_quiz_questions(paper->sheet->quiz);
    guint number = 1;
    for (MgWorkPart part = 0; part < MG_WORK_PARTS; part++) {
        g_autoptr(GPtrArray) tasks = mg_work_part_questions(questions, part);
        if (tasks->len == 0)
            continue;
        g_string_append_printf(paper->out, "<h2>%u ", ++number);
        mg_html_label(&paper->html, paper->out, mg_work_part_label(part));
        g_string_append(paper->out, "</h2>\n");
        for (guint i = 0; i < tasks->len; i++)
            append_task(paper, tasks->pdata[i], i);
    }
}

static void append_opening(Paper *paper, const char *title)
{
    GString *out = paper->out;
    g_autofree char *kind = mg_worksheet_kind(&paper->sheet->options);
    mg_html_head(&paper->html, out, title);
    g_string_append(out, "<body>\n<header>\n<h1>");
    mg_html_text(out, title);
    g_string_append(out, "</h1>\n<div class=\"who\">");
    if (!paper->key) {
        g_string_append(out, "<span>");
        mg_html_label(&paper->html, out, "your-name");
        g_string_append(out, " <span class=\"fill\"></span></span><span>");
        mg_html_label(&paper->html, out, "date");
        g_string_append(out, " <span class=\"fill\"></span></span>");
    }
    g_string_append(out, paper->key ? "<strong>" : "<span>");
    mg_html_text(out, kind);
    g_string_append(out, paper->key ? "</strong></div>\n" : "</span></div>\n");
    g_string_append(out, "</header>\n<main>\n");
    mg_html_privacy(&paper->html, out);
}

static void html_worksheet_end(gpointer self)
{
    MgQuizSheet *sheet = self;
    GString *out = sheet->out.text;
    Paper paper = {.sheet = sheet,
                   .html = {.options = sheet->options},
                   .out = out,
                   .key = sheet->options.handout == MG_HANDOUT_KEY};
    g_autofree char *title = mg_words_title(&sheet->options, sheet->captures);
    append_opening(&paper, title);
    if (mg_quiz_rows(sheet->quiz)->len == 0)
        mg_html_element(&paper.html, out, "p", "no-mail");
    else
        append_table(&paper);
    append_parts(&paper);
    mg_html_foot(&paper.html, out);
    mg_quiz_sheet_end(sheet);
}

const MgRenderFormat mg_worksheet_html = {
    .name = "html",
    .endings = ".html .htm",
    .begin = mg_quiz_sheet_begin,
    .capture = mg_quiz_sheet_capture,
    .session = mg_quiz_sheet_session,
    .step = mg_quiz_sheet_step,
    .note = mg_quiz_sheet_note,
    .message = mg_quiz_sheet_message,
    .summary = mg_quiz_sheet_summary,
    .end = html_worksheet_end,
    .in_time = TRUE,
};
