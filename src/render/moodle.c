/* The Moodle XML format: the quiz with tables to fill in, tags and identifiers.
 *
 * Texts are HTML in CDATA sections; the escape leaves no `>` of captured text in them, so none
 * of them can end early. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "quiz-sheet.h"
#include "words.h"

static void append_html(GString *out, const char *element, const MgQuizText *text,
                        const char *attributes)
{
    g_string_append_printf(out, "<%s format=\"html\"%s><text>", element, attributes);
    if (text != NULL) {
        g_string_append(out, "<![CDATA[<p>");
        mg_quiz_sheet_text(out, text, mg_escape_xml);
        g_string_append(out, "</p>]]>");
    }
    g_string_append_printf(out, "</text></%s>\n", element);
}

static void append_feedback(GString *out, const MgQuizText *feedback)
{
    g_string_append(out, "<feedback format=\"html\"><text>");
    if (feedback != NULL) {
        g_string_append(out, "<![CDATA[");
        mg_quiz_sheet_text(out, feedback, mg_escape_xml);
        g_string_append(out, "]]>");
    }
    g_string_append(out, "</text></feedback>");
}

static void append_answer(GString *out, const MgQuizAnswer *answer)
{
    g_string_append_printf(out, "<answer fraction=\"%u\" format=\"html\"><text><![CDATA[",
                           answer->percent);
    mg_quiz_sheet_text(out, answer->text, mg_escape_xml);
    g_string_append(out, "]]></text>");
    append_feedback(out, answer->feedback);
    g_string_append(out, "</answer>\n");
}

/* What is typed is compared as it stands: no HTML in it. */
static void append_typed(GString *out, const MgQuizAnswer *answer)
{
    g_string_append_printf(out, "<answer fraction=\"%u\" format=\"moodle_auto_format\"><text>",
                           answer->percent);
    mg_quiz_sheet_plain(out, answer->text, mg_escape_xml);
    g_string_append(out, "</text>");
    append_feedback(out, answer->feedback);
    g_string_append(out, "</answer>\n");
}

static void append_truth(GString *out, const MgQuestion *question, gboolean answer)
{
    gboolean right = mg_quiz_sheet_truth(question) == answer;
    g_string_append_printf(out,
                           "<answer fraction=\"%u\" format=\"moodle_auto_format\"><text>%s"
                           "</text>",
                           right ? 100 : 0, answer ? "true" : "false");
    append_feedback(out, mg_quiz_sheet_feedback(question, right));
    g_string_append(out, "</answer>\n");
}

static void append_pair(GString *out, const MgQuizAnswer *answer)
{
    g_string_append(out, "<subquestion format=\"html\"><text><![CDATA[");
    mg_quiz_sheet_text(out, answer->text, mg_escape_xml);
    g_string_append(out, "]]></text><answer><text>");
    mg_quiz_sheet_plain(out, answer->pair, mg_escape_xml);
    g_string_append(out, "</text></answer></subquestion>\n");
}

/* Text around the gaps of a cloze question: no brace of the traffic may open one. */
static void escape_cloze(GString *out, const char *text, gssize len)
{
    g_autoptr(GString) safe = g_string_new(NULL);
    mg_escape_xml(safe, text, len);
    for (const char *p = safe->str; *p != '\0'; p++) {
        if (*p == '{')
            g_string_append(out, "&#123;");
        else if (*p == '}')
            g_string_append(out, "&#125;");
        else
            g_string_append_c(out, *p);
    }
}

static void append_gap(const MgGlossary *glossary, GString *out, const char *right)
{
    static const MgLocation all[] = {MG_LOCATION_DEVICE, MG_LOCATION_SERVER, MG_LOCATION_BOTH,
                                     MG_LOCATION_DELETED};
    g_string_append(out, "{1:MULTICHOICE:");
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        const char *word = mg_glossary_location(glossary, all[i]);
        g_string_append_printf(out, "%s%s", i > 0 ? "~" : "", strcmp(word, right) == 0 ? "=" : "");
        escape_cloze(out, word, -1);
    }
    g_string_append_c(out, '}');
}

static void append_tracker(const MgQuizSheet *sheet, GString *out, const MgQuestion *question)
{
    const MgGlossary *glossary = sheet->options.glossary;
    g_string_append(out, "<questiontext format=\"html\"><text><![CDATA[<table><caption>");
    mg_quiz_sheet_text(out, question->text, escape_cloze);
    g_string_append(out, "</caption><tr><th scope=\"col\">");
    escape_cloze(out, mg_glossary_label(glossary, "quiz-tracker-after"), -1);
    g_string_append(out, "</th><th scope=\"col\">");
    escape_cloze(out, mg_glossary_label(glossary, "email-location"), -1);
    g_string_append(out, "</th></tr>");
    for (guint i = 0; i < question->answers->len; i++) {
        const MgQuizAnswer *answer = question->answers->pdata[i];
        const MgQuizPart *place = answer->pair->pdata[0];
        g_string_append(out, "<tr><th scope=\"row\">");
        mg_quiz_sheet_text(out, answer->text, escape_cloze);
        g_string_append(out, "</th><td>");
        append_gap(glossary, out, place->text);
        g_string_append(out, "</td></tr>");
    }
    g_string_append(out, "</table>]]></text></questiontext>\n");
}

static void append_kind(const MgQuizSheet *sheet, GString *out, const MgQuestion *question)
{
    switch (question->kind) {
    case MG_QUIZ_CHOICE:
        g_string_append(out, "<single>true</single>\n<shuffleanswers>true</shuffleanswers>\n"
                             "<answernumbering>abc</answernumbering>\n");
        for (guint i = 0; i < question->answers->len; i++)
            append_answer(out, question->answers->pdata[i]);
        break;
    case MG_QUIZ_SHORT:
        g_string_append(out, "<usecase>0</usecase>\n");
        for (guint i = 0; i < question->answers->len; i++)
            append_typed(out, question->answers->pdata[i]);
        break;
    case MG_QUIZ_TRUE_FALSE:
        append_truth(out, question, TRUE);
        append_truth(out, question, FALSE);
        break;
    case MG_QUIZ_MATCH:
        g_string_append(out, "<shuffleanswers>true</shuffleanswers>\n");
        for (guint i = 0; i < question->answers->len; i++)
            append_pair(out, question->answers->pdata[i]);
        break;
    case MG_QUIZ_TRACKER:
    case MG_QUIZ_ORDER:
        break;
    }
}

/* Letters and digits of the title: identifiers differ between captures, and are the same for
 * the same one. */
static char *slug(const char *title)
{
    GString *out = g_string_new(NULL);
    for (const char *p = title; *p != '\0' && out->len < 40; p++)
        if (g_ascii_isalnum(*p))
            g_string_append_c(out, g_ascii_tolower(*p));
        else if (out->len > 0 && out->str[out->len - 1] != '-')
            g_string_append_c(out, '-');
    return g_string_free(out, FALSE);
}

static void append_question(const MgQuizSheet *sheet, GString *out, const MgQuestion *question,
                            const char *id)
{
    static const char *const types[] = {"multichoice", "truefalse", "shortanswer",
                                        "matching",    "cloze",     NULL};
    if (question->kind == MG_QUIZ_ORDER)
        return; /* Moodle's own kind of it came late, and reads no XML before */
    g_string_append_printf(out, "<question type=\"%s\">\n<name><text>", types[question->kind]);
    mg_quiz_sheet_name(out, question, mg_escape_xml);
    g_string_append(out, "</text></name>\n");
    if (question->kind == MG_QUIZ_TRACKER)
        append_tracker(sheet, out, question);
    else
        append_html(out, "questiontext", question->text, "");
    append_html(out, "generalfeedback", question->hint, "");
    if (question->kind != MG_QUIZ_TRACKER)
        g_string_append(out, "<defaultgrade>1.0000000</defaultgrade>\n");
    g_string_append_printf(out,
                           "<penalty>%s</penalty>\n<hidden>0</hidden>\n"
                           "<idnumber>mailgloss-%s-%02u</idnumber>\n",
                           question->kind == MG_QUIZ_TRUE_FALSE ? "1.0000000" : "0.3333333", id,
                           question->number);
    append_kind(sheet, out, question);
    g_string_append_printf(out,
                           "<tags><tag><text>%s</text></tag><tag><text>mailgloss</text></tag>"
                           "</tags>\n</question>\n",
                           question->protocol);
}

static void moodle_end(gpointer self)
{
    MgQuizSheet *sheet = self;
    GString *out = sheet->out.text;
    const GPtrArray *questions = mg_quiz_questions(sheet->quiz);
    g_autofree char *title = mg_words_title(&sheet->options, sheet->captures);
    g_autofree char *category = g_strdelimit(g_strdup(title), "/<>", '-');
    g_autofree char *id = slug(title);
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n"
                         "<question type=\"category\">\n<category><text>$course$/top/");
    mg_escape_xml(out, mg_glossary_label(sheet->options.glossary, "quiz-category"), -1);
    g_string_append_c(out, '/');
    mg_words_cut(out, &sheet->options, category, 200, mg_escape_xml);
    const char *version = sheet->options.version;
    g_string_append_printf(out,
                           "</text></category>\n<info format=\"html\"><text>mailgloss%s%s</text>"
                           "</info>\n<idnumber></idnumber>\n</question>\n",
                           version != NULL ? " " : "", version != NULL ? version : "");
    for (guint i = 0; i < questions->len; i++)
        append_question(sheet, out, questions->pdata[i], id);
    g_string_append(out, "</quiz>\n");
    mg_quiz_sheet_end(sheet);
}

const MgRenderFormat mg_format_moodle = {
    .name = "moodle",
    .endings = ".xml",
    .begin = mg_quiz_sheet_begin,
    .capture = mg_quiz_sheet_capture,
    .session = mg_quiz_sheet_session,
    .step = mg_quiz_sheet_step,
    .note = mg_quiz_sheet_note,
    .message = mg_quiz_sheet_message,
    .summary = mg_quiz_sheet_summary,
    .end = moodle_end,
    .in_time = TRUE,
};
