/* A text of the glossary becomes a sentence: level, plural, placeholders. */
#include "gloss.h"

#include <stdarg.h>
#include <string.h>

GHashTable *mg_values_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void mg_values_set(GHashTable *values, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_hash_table_replace(values, g_strdup(name), g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

void mg_values_take(GHashTable *values, GHashTable *args, const MgExchange *exchange,
                    gboolean show_secrets)
{
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, args);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_replace(
            values, g_strdup(name),
            mg_shorten(mg_mask_value(value, exchange, show_secrets), MG_GLOSS_SHORT));
}

GHashTable *mg_values_own(GHashTable *values, GHashTable *args, const MgExchange *exchange,
                          gboolean show_secrets)
{
    if (args == NULL)
        return g_hash_table_ref(values);
    GHashTable *own = mg_values_new();
    mg_values_take(own, args, exchange, show_secrets);
    return own;
}

/* Fill {name}.  A name without a value is `missing`; NULL then means: no sentence.  A brace
 * that is no placeholder stays. */
static char *fill(const char *text, GHashTable *values, const char *missing)
{
    GString *out = g_string_new(NULL);
    for (const char *at = text; *at != '\0';) {
        const char *open = strchr(at, '{');
        const char *close = open != NULL ? strchr(open, '}') : NULL;
        if (close == NULL) {
            g_string_append(out, at);
            break;
        }
        g_string_append_len(out, at, open - at);
        g_autofree char *name = g_strndup(open + 1, (gsize)(close - open - 1));
        const char *value = values != NULL ? g_hash_table_lookup(values, name) : NULL;
        if (value == NULL)
            value = missing;
        if (value == NULL) {
            g_string_free(out, TRUE);
            return NULL;
        }
        g_string_append(out, value);
        at = close + 1;
    }
    return g_string_free(out, FALSE);
}

static const char *text_of(const MgGlossary *glossary, const char *group, const char *key,
                           const char *suffix)
{
    g_autofree char *name = g_strconcat(key, suffix, NULL);
    return mg_glossary_get(glossary, group, name);
}

/* A capital of any language, a placeholder, or the signs before a Spanish question or cry. */
static gboolean begins_sentence(const char *at)
{
    const gunichar first = g_utf8_get_char_validated(at, -1);
    return *at == '{' || first == 0xBF || first == 0xA1 ||
           (first < (gunichar)-2 && g_unichar_isupper(first));
}

/* The first sentence of a text. */
static char *first_sentence(const char *text)
{
    for (const char *at = text; (at = strpbrk(at, ".?!")) != NULL; at++)
        if (at[1] == ' ' && begins_sentence(at + 2))
            return g_strndup(text, (gsize)(at + 1 - text));
    return g_strdup(text);
}

/* The text of group/key with its placeholders filled, or its first sentence alone. */
static char *pick(const MgGlossary *glossary, const char *group, const char *key,
                  GHashTable *values, gboolean first)
{
    const char *text = NULL;
    const char *count = values != NULL ? g_hash_table_lookup(values, "count") : NULL;
    if (g_strcmp0(count, "1") == 0)
        text = text_of(glossary, group, key, "-one");
    else if (g_strcmp0(count, "0") == 0)
        text = text_of(glossary, group, key, "-none");
    if (text == NULL)
        text = mg_glossary_get(glossary, group, key);
    if (text == NULL)
        return NULL;
    g_autofree char *cut = first ? first_sentence(text) : NULL;
    char *sentence = fill(first ? cut : text, values, NULL);
    if (sentence != NULL)
        return sentence;
    const char *bare = text_of(glossary, group, key, "-bare");
    g_autofree char *bare_cut = first && bare != NULL ? first_sentence(bare) : NULL;
    if (bare != NULL)
        return fill(first ? bare_cut : bare, values, mg_glossary_label(glossary, "not-given"));
    return fill(first ? cut : text, values, mg_glossary_label(glossary, "not-given"));
}

gboolean mg_phrase_exists(const MgGlossary *glossary, const char *group, const char *key)
{
    return mg_glossary_get(glossary, group, key) != NULL;
}

char *mg_phrase(const MgGlossary *glossary, const char *group, const char *key, MgDetailLevel level,
                GHashTable *values)
{
    const gboolean normal = strcmp(key, "normal") == 0;
    if (level == MG_DETAIL_BRIEF) {
        g_autofree char *brief_key = normal ? g_strdup("brief") : g_strconcat(key, "-brief", NULL);
        char *brief = pick(glossary, group, brief_key, values, FALSE);
        return brief != NULL ? brief : pick(glossary, group, key, values, TRUE);
    }
    g_autofree char *text = pick(glossary, group, key, values, FALSE);
    if (level != MG_DETAIL_DEEP)
        return g_steal_pointer(&text);
    g_autofree char *deep_key = normal ? g_strdup("deep") : g_strconcat(key, "-deep", NULL);
    g_autofree char *deep = pick(glossary, group, deep_key, values, FALSE);
    if (text == NULL || deep == NULL)
        return text != NULL ? g_steal_pointer(&text) : g_steal_pointer(&deep);
    return g_strconcat(text, " ", deep, NULL);
}

char *mg_phrase_label(const MgGlossary *glossary, const char *name, GHashTable *values)
{
    const gboolean one =
        values != NULL && g_strcmp0(g_hash_table_lookup(values, "count"), "1") == 0;
    g_autofree char *single = g_strconcat("label.", name, "-one", NULL);
    g_autofree char *group = g_strconcat("label.", name, NULL);
    char *text = pick(glossary, one && mg_glossary_has(glossary, single) ? single : group, "text",
                      values, FALSE);
    return text != NULL ? text : g_strdup(name);
}

/* ---- Locations ---- */

const char *mg_glossary_location(const MgGlossary *glossary, MgLocation location)
{
    static const char *const labels[] = {NULL,         "where-device",  "where-server",
                                         "where-both", "where-deleted", "where-unknown"};
    const guint index = (guint)location;
    return index > 0 && index < G_N_ELEMENTS(labels) ? mg_glossary_label(glossary, labels[index])
                                                     : "";
}

char *mg_glossary_where(const MgGlossary *glossary, MgWhere where)
{
    const char *one = mg_glossary_location(glossary, where.is);
    if (where.other == MG_LOCATION_NONE)
        return g_strdup(one);
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "one", "%s", one);
    mg_values_set(values, "other", "%s", mg_glossary_location(glossary, where.other));
    return mg_phrase_label(glossary, "where-or", values);
}
