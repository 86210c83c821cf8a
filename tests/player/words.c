/* What readers are told of each step, with all its explained parts. */
#include "player.h"

#include <string.h>

struct Words {
    MgGlossary *glossary;
    MgGloss *gloss;
    MgMovementSink sink;
    GPtrArray *steps; /* char* */
};

static void add(GString *out, const char *text)
{
    if (text != NULL)
        g_string_append_printf(out, "%s\n", text);
}

static void on_step(gpointer user, const MgStep *step)
{
    Words *words = user;
    GString *out = g_string_new(NULL);
    add(out, step->gloss);
    add(out, step->reply_gloss);
    for (guint i = 0; i < step->n_replies; i++)
        add(out, step->replies[i].gloss);
    for (guint i = 0; i < step->n_details; i++)
        g_string_append_printf(out, "%s: %s\n", step->details[i].token, step->details[i].gloss);
    g_ptr_array_add(words->steps, g_string_free(out, FALSE));
}

Words *words_new(const MgLedger *ledger)
{
    Words *words = g_new0(Words, 1);
    const MgGlossOptions options = {.detail = MG_DETAIL_DEEP};
    const MgStepSink sink = {.step = on_step, .user = words};
    words->steps = g_ptr_array_new_with_free_func(g_free);
    words->glossary = mg_glossary_new("en", NULL, NULL);
    words->gloss = mg_gloss_new(&sink, words->glossary, ledger, &options);
    mg_gloss_movement_sink(words->gloss, &words->sink);
    return words;
}

void words_free(Words *words)
{
    if (words == NULL)
        return;
    mg_gloss_free(words->gloss);
    mg_glossary_free(words->glossary);
    g_ptr_array_unref(words->steps);
    g_free(words);
}

const MgMovementSink *words_sink(const Words *words)
{
    return &words->sink;
}

const char *words_of(const Words *words, guint step)
{
    return step < words->steps->len ? g_ptr_array_index(words->steps, step) : "";
}

/* "smtp.reply.521.greeting" may have no more than the words of 521. */
gboolean words_explain(const Words *words, const char *key)
{
    g_autofree char *general = g_strndup(key, (gsize)(strrchr(key, '.') - key));
    const char *name[] = {strrchr(key, '.') + 1, NULL};
    if (mg_glossary_get(words->glossary, key, "normal") != NULL ||
        mg_glossary_get(words->glossary, general, "normal") != NULL)
        return TRUE;
    g_autofree char *text = mg_gloss_explain(words->glossary, name);
    return text != NULL;
}
