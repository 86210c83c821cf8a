/* Words of the protocols that look like one that is not known. */
#include "gloss.h"
#include "explain.h"
#include "lookup.h"

#include <string.h>

enum {
    SHOWN = 5,
    /* Longer words are no slips of the finger; also bounds the table below. */
    LONGEST = 32,
};

typedef struct {
    char *name; /* "RETR (POP3)" */
    guint distance;
} Near;

/* Letters and digits alone, in small letters: "BODY.PEEK[]" is "bodypeek". */
static char *plain(const char *word)
{
    GString *out = g_string_new(NULL);
    for (const char *at = word; *at != '\0' && out->len <= LONGEST; at++)
        if (g_ascii_isalnum(*at))
            g_string_append_c(out, g_ascii_tolower(*at));
    return g_string_free(out, FALSE);
}

/* How many letters are wrong, missing, too many, or swapped with their neighbour. */
static guint distance(const char *a, const char *b)
{
    guint rows[LONGEST + 2][LONGEST + 2];
    const guint na = (guint)MIN(strlen(a), LONGEST + 1), nb = (guint)MIN(strlen(b), LONGEST + 1);
    for (guint i = 0; i <= na; i++)
        rows[i][0] = i;
    for (guint k = 0; k <= nb; k++)
        rows[0][k] = k;
    for (guint i = 1; i <= na; i++)
        for (guint k = 1; k <= nb; k++) {
            const guint other = rows[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            guint best = MIN(MIN(rows[i - 1][k], rows[i][k - 1]) + 1, other);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                best = MIN(best, rows[i - 2][k - 2] + 1);
            rows[i][k] = best;
        }
    return rows[na][nb];
}

static void near_free(gpointer data)
{
    Near *near = data;
    g_free(near->name);
    g_free(near);
}

static gint by_distance(gconstpointer a, gconstpointer b)
{
    const Near *one = *(const Near *const *)a, *other = *(const Near *const *)b;
    if (one->distance != other->distance)
        return one->distance < other->distance ? -1 : 1;
    return strcmp(one->name, other->name);
}

/* The last part of a group as people write it. */
static char *name_of(const MgGlossary *glossary, const char *group)
{
    const char *verb = mg_glossary_get(glossary, group, "verb");
    const char *kind = mg_lookup_kind(group);
    if (verb != NULL)
        return g_strdup(verb);
    if (kind == NULL || strstr(kind, "-command") != NULL || strstr(kind, "-reply") != NULL)
        return NULL;
    char *name = g_ascii_strup(strrchr(group, '.') + 1, -1);
    if (g_str_has_prefix(group, "enhanced.") || strcmp(name, "UNKNOWN") == 0)
        g_clear_pointer(&name, g_free);
    else if (g_str_has_prefix(group, "imap.fetch.") &&
             (g_str_has_prefix(name, "BODY-") || g_str_has_prefix(name, "RFC822-")))
        *strchr(name, '-') = '.';
    return name;
}

static void add(GPtrArray *found, const MgGlossary *glossary, const char *group, const char *typed)
{
    g_autofree char *name = name_of(glossary, group);
    if (name == NULL)
        return;
    g_autofree char *simple = plain(name);
    const gsize len = strlen(typed);
    guint apart = distance(typed, simple);
    /* A beginning is near too: "bodyp" means BODY.PEEK. */
    if (len >= 3 && g_str_has_prefix(simple, typed))
        apart = MIN(apart, 2);
    if (apart > (len <= 3 ? 1 : len <= 6 ? 2 : 3) || apart >= len)
        return;
    const char *kind = mg_lookup_kind(group);
    Near *near = g_new0(Near, 1);
    near->distance = apart;
    near->name = g_strdup_printf("%s (%s)", name, mg_glossary_label(glossary, kind));
    for (guint i = 0; i < found->len; i++) {
        const Near *other = g_ptr_array_index(found, i);
        if (strcmp(other->name, near->name) == 0) {
            near_free(near);
            return;
        }
    }
    g_ptr_array_add(found, near);
}

char *mg_gloss_suggest(const MgGlossary *glossary, const char *const *words)
{
    g_autofree char *joined = g_strjoinv(" ", (char **)words);
    g_autofree char *line = mg_shorten(g_utf8_make_valid(joined, -1), MG_GLOSS_SHORT);
    g_auto(GStrv) tokens = mg_lookup_tokens(line);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(near_free);
    const gsize skip = tokens[0] != NULL && tokens[1] != NULL && mg_explain_is_protocol(tokens[0]);
    g_autofree char *typed = plain(tokens[skip] != NULL ? tokens[skip] : "");
    g_autofree const char **groups = mg_glossary_groups(glossary);
    for (const char *const *group = groups; *group != NULL && *typed != '\0'; group++)
        add(found, glossary, *group, typed);
    g_ptr_array_sort(found, by_distance);
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < MIN(found->len, SHOWN); i++) {
        const Near *first = g_ptr_array_index(found, 0), *near = g_ptr_array_index(found, i);
        /* Beside the very word, of another protocol, nothing else is meant. */
        if (near->distance > first->distance + (first->distance > 0 ? 1 : 0))
            break;
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", near->name);
    }
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "words", "%s", line);
    mg_values_set(values, "names", "%s", list->str);
    char *unknown = mg_phrase_label(glossary, "explain-unknown", values);
    if (list->len == 0)
        return unknown;
    g_autofree char *begin = unknown;
    g_autofree char *near = mg_phrase_label(glossary, "explain-near", values);
    return g_strconcat(begin, " ", near, NULL);
}
