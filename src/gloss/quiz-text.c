/* Texts of questions: a label, cut at its back-ticks, then filled in. */
#include "gloss/quiz.h"

#include <string.h>

static void part_free(gpointer data)
{
    MgQuizPart *part = data;
    g_free(part->text);
    g_free(part);
}

static void add_part(MgQuizText *text, const char *words, gboolean code)
{
    if (*words == '\0')
        return;
    MgQuizPart *part = g_new0(MgQuizPart, 1);
    part->text = g_strdup(words);
    part->code = code;
    g_ptr_array_add(text, part);
}

static char *fill(const char *piece, const char *const *names, const char *const *values, guint n)
{
    GString *out = g_string_new(NULL);
    while (*piece != '\0') {
        const char *end = *piece == '{' ? strchr(piece, '}') : NULL;
        guint i = 0;
        if (end != NULL)
            while (i < n && (strlen(names[i]) != (gsize)(end - piece - 1) ||
                             strncmp(names[i], piece + 1, strlen(names[i])) != 0))
                i++;
        if (end == NULL || i == n) {
            g_string_append_c(out, *piece++);
            continue;
        }
        g_string_append(out, values[i] != NULL ? values[i] : "");
        piece = end + 1;
    }
    return g_string_free(out, FALSE);
}

MgQuizText *mg_quiz_text(const MgQuiz *quiz, const char *key, const char *what, ...)
{
    const char *names[12], *values[12], *name;
    guint n = 0;
    va_list args;
    va_start(args, what);
    while (n < G_N_ELEMENTS(names) && (name = va_arg(args, const char *)) != NULL) {
        names[n] = name;
        values[n++] = va_arg(args, const char *);
    }
    va_end(args);
    g_autofree char *label = g_strdup_printf("quiz-%s-%s", key, what);
    g_auto(GStrv) pieces = g_strsplit(mg_glossary_label(quiz->glossary, label), "`", -1);
    MgQuizText *text = g_ptr_array_new_with_free_func(part_free);
    for (guint i = 0; pieces[i] != NULL; i++) {
        g_autofree char *words = fill(pieces[i], names, values, n);
        add_part(text, words, i % 2 == 1);
    }
    return text;
}

MgQuizText *mg_quiz_plain(const char *words, gboolean code)
{
    MgQuizText *text = g_ptr_array_new_with_free_func(part_free);
    add_part(text, words, code);
    return text;
}

static void text_free(MgQuizText *text)
{
    if (text != NULL)
        g_ptr_array_unref(text);
}

void mg_quiz_answer_free(gpointer data)
{
    MgQuizAnswer *answer = data;
    text_free(answer->text);
    text_free(answer->pair);
    text_free(answer->feedback);
    g_free(answer);
}

void mg_quiz_question_free(gpointer data)
{
    MgQuestion *question = data;
    text_free(question->name);
    text_free(question->text);
    text_free(question->hint);
    g_ptr_array_unref(question->answers);
    g_free(question);
}
