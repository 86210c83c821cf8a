/* Words explained without a capture: commands, command lines, replies, status codes, names. */
#include "gloss.h"
#include "lookup.h"

#include <string.h>

enum { WIDTH = 80, INDENT = 2 };

static void wrap(GString *out, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    glong column = 0;
    for (gsize i = 0; words[i] != NULL; i++) {
        const glong len = g_utf8_strlen(words[i], -1);
        if (column > 0 && column + 1 + len > WIDTH) {
            g_string_append_c(out, '\n');
            column = 0;
        }
        if (column == 0) {
            g_string_append_printf(out, "%*s", INDENT, "");
            column = INDENT;
        } else {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += len;
    }
    g_string_append_c(out, '\n');
}

/* "Label: text", wrapped. */
static void wrap_labelled(GString *out, const MgGlossary *glossary, const char *label,
                          const char *text)
{
    g_autofree char *line = g_strconcat(mg_glossary_label(glossary, label), ": ", text, NULL);
    wrap(out, line);
}

/* Stand-ins for what a capture would tell: "message {number}" becomes "message 1". */
static GHashTable *sample_values(const MgGlossary *glossary)
{
    static const char *const names[] = {
        "number",  "octets", "count",      "folder",   "destination", "address", "parameters",
        "host",    "user",   "items",      "set",      "flags",       "lines",   "mechanism",
        "uid",     "name",   "new-name",   "queue-id", "transaction", "verb",    "detail",
        "session", "frame",  "last-frame", "step",     "cause",       "size",    "rights",
    };
    GHashTable *values = mg_values_new();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *label = g_strconcat("sample-", names[i], NULL);
        const char *text = mg_glossary_label(glossary, label);
        if (text != label)
            mg_values_set(values, names[i], "%s", text);
    }
    mg_values_set(values, "Client", "%s", mg_glossary_label(glossary, "client-start"));
    mg_values_set(values, "client", "%s", mg_glossary_label(glossary, "client-middle"));
    mg_values_set(values, "hidden", "%s", "");
    mg_values_set(values, "device", "%s", mg_glossary_label(glossary, "device"));
    return values;
}

static gboolean is_form(const char *key)
{
    return !g_str_has_suffix(key, "-brief") && !g_str_has_suffix(key, "-deep") &&
           !g_str_has_suffix(key, "-one") && !g_str_has_suffix(key, "-bare");
}

/* Every sentence that an outcome can have, each once. */
static void explain_outcomes(GString *out, const MgGlossary *glossary, const char *group,
                             GHashTable *values)
{
    static const char *const outcomes[] = {"ok",        "intermediate", "refused", "deferred",
                                           "malformed", "info",         "dropped"};
    g_autofree const char **keys = mg_glossary_keys(glossary, group);
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        g_autofree char *label = g_strconcat("explain-", outcomes[i], NULL);
        g_autofree char *narrow = g_strconcat(outcomes[i], "-", NULL);
        for (const char *const *key = keys; *key != NULL; key++) {
            if (!is_form(*key) ||
                (strcmp(*key, outcomes[i]) != 0 && !g_str_has_prefix(*key, narrow)))
                continue;
            g_autofree char *text = mg_phrase(glossary, group, *key, MG_DETAIL_NORMAL, values);
            if (text != NULL && g_hash_table_add(said, g_strdup(text)))
                wrap_labelled(out, glossary, label, text);
        }
    }
}

static void explain_sample(GString *out, const MgGlossary *glossary, const char *group)
{
    const char *sample = mg_glossary_get(glossary, group, "sample");
    if (sample == NULL)
        return;
    g_auto(GStrv) lines = g_strsplit(sample, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++)
        g_string_append_printf(out, "%*s%s\n", 2 * INDENT, "", lines[i]);
}

/* "SMTP", "flag of an IMAP message", "SMTP reply to RCPT". */
static char *kind_of(const MgGlossary *glossary, const char *group)
{
    const char *kind = mg_lookup_kind(group);
    if (kind == NULL)
        return NULL;
    const char *context = strrchr(group, '.') + 1;
    if (g_str_has_prefix(group, "smtp.reply.") && !g_ascii_isdigit(*context) &&
        strstr(context, "yz") == NULL) {
        g_autofree char *label = g_strconcat("context-", context, NULL);
        const char *said = mg_glossary_label(glossary, label);
        if (said != label)
            return g_strdup(said);
    }
    return g_strdup(mg_glossary_label(glossary, kind));
}

static void explain_group(GString *out, const MgGlossary *glossary, const char *group,
                          const char *title)
{
    g_autoptr(GHashTable) values = sample_values(glossary);
    if (out->len > 0)
        g_string_append_c(out, '\n');
    g_autofree char *kind = kind_of(glossary, group);
    g_string_append(out, title);
    if (kind != NULL)
        g_string_append_printf(out, "  (%s)", kind);
    g_string_append_c(out, '\n');
    explain_sample(out, glossary, group);
    g_autofree char *text = mg_phrase(glossary, group, "normal", MG_DETAIL_DEEP, values);
    if (text != NULL)
        wrap(out, text);
    explain_outcomes(out, glossary, group, values);
    const char *mistake = mg_glossary_get(glossary, group, "mistake");
    if (mistake != NULL)
        wrap_labelled(out, glossary, "mistake", mistake);
    const char *reference = mg_glossary_get(glossary, group, "reference");
    g_autofree char *url = mg_reference_url(reference);
    if (reference != NULL) {
        g_string_append_printf(out, "%*s%s: %s", INDENT, "",
                               mg_glossary_label(glossary, "explain-source"), reference);
        g_string_append_printf(out, "%s%s\n", url != NULL ? "  " : "", url != NULL ? url : "");
    }
}

/* The parts of a command line or reply, one short line each. */
static void explain_parts(GString *out, const MgGlossary *glossary, char *const *tokens,
                          const char *command)
{
    g_autoptr(GHashTable) values = sample_values(glossary);
    gboolean first = TRUE;
    for (; *tokens != NULL; tokens++) {
        const char *group = mg_lookup_part(glossary, *tokens, command);
        g_autofree char *text =
            group != NULL ? mg_phrase(glossary, group, "normal", MG_DETAIL_NORMAL, values) : NULL;
        if (text == NULL)
            continue;
        if (first)
            g_string_append_c(out, '\n');
        first = FALSE;
        g_autofree char *token = mg_shorten(g_utf8_make_valid(*tokens, -1), MG_GLOSS_SHORT);
        g_autofree char *line = g_strconcat(token, ": ", text, NULL);
        wrap(out, line);
    }
}

char *mg_gloss_explain(const MgGlossary *glossary, const char *const *words)
{
    g_autofree char *joined = g_strjoinv(" ", (char **)words);
    g_autofree char *line = g_utf8_make_valid(joined, -1);
    g_auto(GStrv) tokens = mg_lookup_tokens(line);
    GString *out = g_string_new(NULL);
    gsize used = 0;
    g_autoptr(GPtrArray) groups = mg_lookup(glossary, tokens, &used);
    for (guint i = 0; i < groups->len; i++) {
        const char *group = g_ptr_array_index(groups, i);
        const char *verb = mg_glossary_get(glossary, group, "verb");
        const char *typed = tokens[used > 0 ? used - 1 : 0];
        /* "250-SIZE" is the code 250. */
        g_autofree char *code = g_str_has_prefix(group, "smtp.reply.") ? g_strndup(typed, 3) : NULL;
        explain_group(out, glossary, group, verb != NULL ? verb : code != NULL ? code : typed);
    }
    if (groups->len > 0)
        explain_parts(out, glossary, tokens + used, g_ptr_array_index(groups, 0));
    return g_string_free(out, groups->len == 0);
}
