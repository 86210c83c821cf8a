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

/* Whether what stands between the placeholders of this text was told in some step. */
static gboolean is_told(const Words *words, const char *text)
{
    g_autoptr(GRegex) placeholder = g_regex_new("\\{[^}]*\\}", 0, 0, NULL);
    g_auto(GStrv) pieces = g_regex_split(placeholder, text, 0);
    for (guint i = 0; i < words->steps->len; i++) {
        const char *said = g_ptr_array_index(words->steps, i);
        char **piece = pieces;
        while (*piece != NULL && strstr(said, *piece) != NULL)
            piece++;
        if (*piece == NULL)
            return TRUE;
    }
    return FALSE;
}

/* "smtp.reply.521.greeting" may have no more than the words of 521. */
static const char *group_of(const Words *words, const char *key, char **ret_general)
{
    static const char auth[] = "imap.capability.auth-";
    *ret_general = g_str_has_prefix(key, auth) ? g_strconcat("sasl.", key + strlen(auth), NULL)
                                               : g_strdup(key);
    if (mg_glossary_get(words->glossary, *ret_general, "normal") != NULL)
        return *ret_general;
    g_free(*ret_general);
    *ret_general = g_strdup(key);
    for (gsize len = strlen(key); len > 0; len--) {
        if (key[len] != '\0' && key[len] != '.' && key[len] != '-')
            continue;
        (*ret_general)[len] = '\0';
        if (mg_glossary_get(words->glossary, *ret_general, "normal") != NULL)
            return *ret_general;
    }
    return NULL;
}

/* Parts of a line must be told with their words; commands and replies must have some. */
gboolean words_explain(const Words *words, const char *key)
{
    static const char *const parts[] = {"imap.capability.", "imap.fetch.",     "imap.search.",
                                        "imap.flag.",       "imap.attribute.", "imap.argument.",
                                        "imap.code."};
    static const char *const forms[] = {"normal", "normal-one", "normal-none", "normal-bare", "ok"};
    g_autofree char *general = NULL;
    const char *group = group_of(words, key, &general);
    gboolean is_part = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        is_part |= g_str_has_prefix(key, parts[i]);
    if (group == NULL || !is_part)
        return group != NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++) {
        const char *text = mg_glossary_get(words->glossary, group, forms[i]);
        if (text != NULL && is_told(words, text))
            return TRUE;
    }
    return FALSE;
}
