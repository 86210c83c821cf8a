/* Words explained without a capture: commands, command lines, replies, status codes, names. */
#include "gloss.h"
#include "explain.h"
#include "lookup.h"

#include <string.h>

enum {
    /* Parts of one line that get a block of their own; a longer line is explained in short. */
    BLOCKS = 12,
};

static gboolean is_form(const char *key)
{
    return !g_str_has_suffix(key, "-brief") && !g_str_has_suffix(key, "-deep") &&
           !g_str_has_suffix(key, "-one") && !g_str_has_suffix(key, "-bare");
}

typedef struct {
    GString *out;
    const MgGlossary *glossary;
    const char *group;
    GHashTable *values;
    GHashTable *said; /* set of sentences */
} Outcomes;

static void say_outcome(const Outcomes *o, const char *key, const char *label)
{
    g_autofree char *text = mg_phrase(o->glossary, o->group, key, MG_DETAIL_NORMAL, o->values);
    if (text != NULL && g_hash_table_add(o->said, g_strdup(text)))
        mg_explain_labelled(o->out, o->glossary, label, text);
}

/* Every sentence that an outcome can have, each once: the usual one, then those of special
 * cases. */
static void explain_outcomes(GString *out, const MgGlossary *glossary, const char *group,
                             GHashTable *values)
{
    static const char *const outcomes[] = {"ok",        "intermediate", "refused", "deferred",
                                           "malformed", "info",         "dropped"};
    g_autofree const char **keys = mg_glossary_keys(glossary, group);
    g_autoptr(GHashTable) said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const Outcomes o = {out, glossary, group, values, said};
    for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++) {
        g_autofree char *label = g_strconcat("explain-", outcomes[i], NULL);
        g_autofree char *narrow = g_strconcat(outcomes[i], "-", NULL);
        gboolean usual = FALSE;
        for (const char *const *key = keys; *key != NULL; key++)
            usual = usual || strcmp(*key, outcomes[i]) == 0;
        if (usual)
            say_outcome(&o, outcomes[i], label);
        for (const char *const *key = keys; *key != NULL; key++)
            if (is_form(*key) && g_str_has_prefix(*key, narrow))
                say_outcome(&o, *key, usual ? "explain-or" : label);
    }
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
    g_autoptr(GHashTable) values = mg_explain_values(glossary);
    if (out->len > 0)
        g_string_append_c(out, '\n');
    g_autofree char *kind = kind_of(glossary, group);
    g_autofree char *shown = mg_shorten(g_utf8_make_valid(title, -1), MG_GLOSS_SHORT);
    g_string_append(out, shown);
    if (kind != NULL)
        g_string_append_printf(out, "  (%s)", kind);
    g_string_append_c(out, '\n');
    mg_explain_sample(out, glossary, group, shown);
    g_autofree char *text = mg_phrase(glossary, group, "normal", MG_DETAIL_DEEP, values);
    if (text != NULL)
        mg_explain_wrap(out, MG_EXPLAIN_INDENT, "", text);
    mg_explain_state(out, glossary, group);
    explain_outcomes(out, glossary, group, values);
    const char *mistake = mg_glossary_get(glossary, group, "mistake");
    if (mistake != NULL)
        mg_explain_labelled(out, glossary, "mistake", mistake);
    mg_explain_source(out, glossary, group);
}

/* ---- The parts of a line ---- */

static gboolean is_set(const char *token)
{
    return *token != '\0' && strspn(token, "0123456789:*,") == strlen(token);
}

static gboolean names_messages(const char *command)
{
    static const char *const parts[] = {"fetch",       "store",     "copy",     "move",
                                        "retr",        "dele",      "pop3.top", "partial",
                                        "uid-expunge", "pop3.list", "pop3.uidl"};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (strstr(command, parts[i]) != NULL)
            return TRUE;
    return FALSE;
}

static gboolean is_reply(const char *command)
{
    return strstr(command, ".reply.") != NULL || strstr(command, ".response.") != NULL;
}

/* What stands for a value: an address, a number, a name; NULL where nothing is to be said. */
static char *value_text(const MgGlossary *glossary, const char *token, const char *command)
{
    const char *label = "explain-token-value";
    if (is_set(token) && names_messages(command)) {
        g_autoptr(GHashTable) values = mg_values_new();
        mg_values_set(values, "set", "%s", token);
        return mg_phrase_label(glossary, "explain-token-set", values);
    }
    /* What a server says behind its code is text for people. */
    if (is_reply(command) || mg_lookup_kind(command) == NULL ||
        strstr(mg_lookup_kind(command), "-command") == NULL)
        return NULL;
    const gboolean mail = g_str_has_prefix(command, "smtp.mail");
    const gboolean rcpt = g_str_has_prefix(command, "smtp.rcpt");
    if (mail || rcpt) {
        if (strchr(token, '<') != NULL || strchr(token, '@') != NULL)
            label = mail ? "explain-token-sender" : "explain-token-recipient";
        else if (g_str_has_suffix(token, ":"))
            return NULL;
        else
            label = "token-unknown";
    } else if (strstr(command, "fetch") != NULL || strstr(command, "search") != NULL) {
        label = g_ascii_isdigit(*token) ? "explain-token-value" : "token-unknown";
    }
    return g_strdup(mg_glossary_label(glossary, label));
}

static void explain_value(GString *out, const char *token, const char *text, gboolean *first)
{
    if (*first)
        g_string_append_c(out, '\n');
    *first = FALSE;
    g_autofree char *shown = mg_shorten(g_utf8_make_valid(token, -1), MG_GLOSS_SHORT);
    g_autofree char *head = g_strconcat(shown, ": ", NULL);
    g_autofree char *line = g_strconcat(head, text, NULL);
    mg_explain_wrap(out, MG_EXPLAIN_INDENT, "", line);
}

/* Values in short, then each word of the protocol as a block; of a long line all in short. */
static void explain_parts(GString *out, const MgGlossary *glossary, const char *tag,
                          char *const *tokens, const char *command)
{
    g_autoptr(GHashTable) values = mg_explain_values(glossary);
    g_autoptr(GHashTable) said = g_hash_table_new(g_str_hash, g_str_equal);
    const gboolean many = g_strv_length((char **)tokens) > BLOCKS;
    gboolean first = TRUE;
    if (tag != NULL)
        explain_value(out, tag, mg_glossary_label(glossary, "explain-token-tag"), &first);
    for (char *const *token = tokens; *token != NULL; token++) {
        const char *group = mg_lookup_part(glossary, *token, command);
        g_autofree char *text = group == NULL ? value_text(glossary, *token, command)
                                : many
                                    ? mg_phrase(glossary, group, "normal", MG_DETAIL_NORMAL, values)
                                    : NULL;
        if (text != NULL && g_hash_table_add(said, *token))
            explain_value(out, *token, text, &first);
    }
    for (char *const *token = tokens; *token != NULL && !many; token++) {
        const char *group = mg_lookup_part(glossary, *token, command);
        if (group != NULL && g_hash_table_add(said, *token))
            explain_group(out, glossary, group, *token);
    }
}

/* How many tokens the command itself takes: "UID FETCH" two. */
static gsize command_tokens(const char *verb)
{
    gsize n = 1;
    for (const char *at = verb; (at = strchr(at, ' ')) != NULL; at++)
        n++;
    return n;
}

static void explain_line(GString *out, const MgGlossary *glossary, char *const *tokens)
{
    gsize used = 0;
    g_autoptr(GPtrArray) groups = mg_lookup(glossary, tokens, &used);
    for (guint i = 0; i < groups->len; i++) {
        const char *group = g_ptr_array_index(groups, i);
        const char *verb = mg_glossary_get(glossary, group, "verb");
        const char *typed = tokens[used > 0 ? used - 1 : 0];
        /* "250-SIZE" is the code 250. */
        g_autofree char *code = g_str_has_prefix(group, "smtp.reply.") ? g_strndup(typed, 3) : NULL;
        explain_group(out, glossary, group, verb != NULL ? verb : code != NULL ? code : typed);
        if (g_str_has_prefix(group, "protocol."))
            mg_explain_protocol(out, glossary, group + strlen("protocol."));
    }
    if (groups->len == 0)
        return;
    const char *command = g_ptr_array_index(groups, 0);
    const char *verb = mg_glossary_get(glossary, command, "verb");
    const gsize own = verb != NULL ? command_tokens(verb) : 1;
    const char *before = used > own ? tokens[used - own - 1] : NULL;
    const gboolean tagged = before != NULL && g_str_has_prefix(command, "imap.") &&
                            !is_reply(command) && strcmp(before, "*") != 0 &&
                            !mg_explain_is_protocol(before);
    explain_parts(out, glossary, tagged ? before : NULL, tokens + used, command);
}

char *mg_gloss_explain(const MgGlossary *glossary, const char *const *words)
{
    g_autofree char *joined = g_strjoinv(" ", (char **)words);
    g_autofree char *line = g_utf8_make_valid(joined, -1);
    g_auto(GStrv) tokens = mg_lookup_tokens(line);
    GString *out = g_string_new(NULL);
    guint protocols = 0;
    while (tokens[protocols] != NULL && mg_explain_is_protocol(tokens[protocols]))
        protocols++;
    gboolean several = FALSE;
    for (guint i = 1; i < protocols; i++)
        several = several || g_ascii_strcasecmp(tokens[0], tokens[i]) != 0;
    if (several && tokens[protocols] == NULL) {
        mg_explain_difference(out, glossary, tokens);
    } else {
        /* MAIL in capitals is the command, and nothing but the command. */
        if (tokens[0] != NULL && tokens[1] == NULL && g_ascii_strcasecmp(tokens[0], "mail") == 0 &&
            strcmp(tokens[0], "MAIL") != 0)
            mg_explain_together(out, glossary);
        explain_line(out, glossary, tokens);
    }
    const gboolean nothing = out->len == 0;
    return g_string_free(out, nothing);
}
