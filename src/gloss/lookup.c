/* From words that a person types to groups of the glossary. */
#include "lookup.h"
#include "gloss.h"

#include <string.h>

/* Where a name may belong, and what is said about its kind. */
static const struct {
    const char *prefix;
    const char *kind;
} kinds[] = {
    {"smtp.reply.", "kind-smtp-reply"},
    {"smtp.extension.", "kind-smtp-extension"},
    {"mail.", "kind-mail-parameter"},
    {"rcpt.", "kind-rcpt-parameter"},
    {"enhanced.", "kind-enhanced"},
    {"pop3.reply.", "kind-pop3-reply"},
    {"pop3.capability.", "kind-pop3-capability"},
    {"pop3.code.", "kind-pop3-code"},
    {"imap.reply.", "kind-imap-reply"},
    {"imap.response.", "kind-imap-response"},
    {"imap.code.", "kind-imap-code"},
    {"imap.fetch.", "kind-imap-fetch"},
    {"imap.flag.", "kind-imap-flag"},
    {"imap.search.", "kind-imap-search"},
    {"imap.argument.", "kind-imap-argument"},
    {"imap.attribute.", "kind-imap-attribute"},
    {"imap.capability.", "kind-imap-capability"},
    {"sasl.", "kind-sasl"},
    {"word.", "kind-word"},
    {"protocol.", "kind-protocol"},
    {"smtp.", "kind-smtp-command"},
    {"lmtp.", "kind-lmtp-command"},
    {"pop3.", "kind-pop3-command"},
    {"pop2.", "kind-pop2-command"},
    {"imap.", "kind-imap-command"},
};

const char *mg_lookup_kind(const char *group)
{
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(group, kinds[i].prefix))
            return kinds[i].kind;
    return NULL;
}

char **mg_lookup_tokens(const char *line)
{
    GPtrArray *tokens = g_ptr_array_new();
    g_auto(GStrv) words = g_strsplit_set(line, " \t\r\n(),\"", -1);
    for (gsize i = 0; words[i] != NULL; i++)
        if (*words[i] != '\0')
            g_ptr_array_add(tokens, g_strdup(words[i]));
    g_ptr_array_add(tokens, NULL);
    return (char **)g_ptr_array_free(tokens, FALSE);
}

/* "BODY.PEEK[HEADER.FIELDS" → "body-peek-header-fields", "BODY[1.2]<0.9>" → "body-part".  BODY
 * without brackets asks for the structure, not for the message. */
static char *fetch_name(const char *token)
{
    GString *name = g_string_new(NULL);
    if (g_ascii_strcasecmp(token, "BODY") == 0)
        g_string_append(name, "body-structure");
    for (const char *at = name->len > 0 ? "" : token; *at != '\0' && strchr("]<", *at) == NULL;
         at++) {
        if (*at == '[' && g_ascii_isdigit(at[1])) {
            g_string_append(name, "-part");
            break;
        }
        if (*at == '[' && (at[1] == ']' || at[1] == '\0'))
            break;
        if (*at == '[' || *at == '.')
            g_string_append_c(name, '-');
        else
            g_string_append_c(name, g_ascii_tolower(*at));
    }
    return g_string_free(name, FALSE);
}

/* A name as groups spell it: no marks around it, no value behind it. */
static char *plain_name(const char *token)
{
    gsize start = strspn(token, "\\$[{<*");
    if (token[start] == '\0')
        start = 0;
    gsize len = strcspn(token + start, "]}>");
    g_autofree char *name = g_strndup(token + start, len);
    return g_ascii_strdown(name, -1);
}

static const char *try(const MgGlossary *glossary, const char *prefix, const char *name)
{
    g_autofree char *whole = g_strconcat(prefix, name, NULL);
    const char *group = mg_glossary_find(glossary, whole);
    if (group != NULL || strchr(name, '=') == NULL)
        return group;
    g_autofree char *key = g_strndup(name, strcspn(name, "="));
    g_autofree char *without_value = g_strconcat(prefix, key, NULL);
    return mg_glossary_find(glossary, without_value);
}

static gboolean is_enhanced(const char *token)
{
    return strlen(token) >= 5 && strchr("245", token[0]) != NULL && token[1] == '.' &&
           g_ascii_isdigit(token[2]) && strspn(token, "0123456789.") == strlen(token);
}

static gboolean is_code(const char *token)
{
    return strspn(token, "0123456789") == 3 && (token[3] == '\0' || token[3] == '-');
}

/* The prefixes under which a part of this command is looked up. */
static const char *const *part_prefixes(const char *command)
{
    static const char *const smtp[] = {"smtp.extension.", "sasl.", NULL};
    static const char *const mail[] = {"mail.", NULL};
    static const char *const rcpt[] = {"rcpt.", NULL};
    static const char *const pop3[] = {"pop3.capability.", "pop3.code.", "sasl.", NULL};
    static const char *const imap[] = {"imap.code.",       "imap.flag.", "imap.attribute.",
                                       "imap.capability.", "sasl.",      NULL};
    static const char *const store[] = {"imap.flag.", NULL};
    static const char *const fetch[] = {"imap.fetch.", "imap.flag.", NULL};
    static const char *const search[] = {"imap.search.", NULL};
    static const char *const sort[] = {"imap.argument.sort-", "imap.argument.thread-",
                                       "imap.search.", NULL};
    static const char *const status[] = {"imap.argument.status-", NULL};
    static const char *const notify[] = {"imap.argument.notify-", NULL};
    static const char *const list[] = {"imap.argument.list-tell-",
                                       "imap.argument.list-only-",
                                       "imap.argument.list-also-",
                                       "imap.argument.list-",
                                       "imap.argument.status-",
                                       "imap.attribute.",
                                       NULL};
    static const char *const quota[] = {"imap.argument.quota-", NULL};
    static const char *const id[] = {"imap.argument.id-", NULL};
    static const struct {
        const char *command;
        const char *const *prefixes;
    } arguments[] = {
        {"imap.status", status},  {"imap.notify", notify},        {"imap.list", list},
        {"imap.setquota", quota}, {"imap.response.quota", quota}, {"imap.response.status", status},
        {"imap.id", id}};
    for (gsize i = 0; i < G_N_ELEMENTS(arguments); i++)
        if (strcmp(command, arguments[i].command) == 0)
            return arguments[i].prefixes;
    if (strstr(command, "sort") != NULL || strstr(command, "thread") != NULL)
        return sort;
    if (g_str_has_prefix(command, "smtp.mail"))
        return mail;
    if (g_str_has_prefix(command, "smtp.rcpt"))
        return rcpt;
    if (g_str_has_prefix(command, "pop3."))
        return pop3;
    if (strstr(command, "fetch") != NULL)
        return fetch;
    if (strstr(command, "store") != NULL || strstr(command, "append") != NULL)
        return store;
    if (strstr(command, "search") != NULL)
        return search;
    return g_str_has_prefix(command, "imap.") ? imap : smtp;
}

const char *mg_lookup_part(const MgGlossary *glossary, const char *token, const char *command)
{
    if (is_enhanced(token))
        return mg_choose_status(glossary, MG_PROTOCOL_SMTP, token);
    if (strspn(token, "0123456789:*,") == strlen(token))
        return NULL;
    const char *const *prefixes = part_prefixes(command);
    g_autofree char *plain = plain_name(token);
    g_autofree char *item = fetch_name(token);
    for (; *prefixes != NULL; prefixes++) {
        const char *group =
            try(glossary, *prefixes, strcmp(*prefixes, "imap.fetch.") == 0 ? item : plain);
        if (group != NULL)
            return group;
    }
    return NULL;
}

/* All groups of commands and replies that are called so. */
static void add_verb(GPtrArray *found, const MgGlossary *glossary, const char *verb,
                     const char *protocol)
{
    g_autofree const char **groups = mg_glossary_groups(glossary);
    /* What is long out of use comes last. */
    for (int old = 0; old <= 1; old++) {
        for (const char *const *group = groups; *group != NULL; group++) {
            const char *own = mg_glossary_get(glossary, *group, "verb");
            if (own != NULL && g_ascii_strcasecmp(own, verb) == 0 &&
                g_str_has_prefix(*group, "pop2.") == old &&
                (protocol == NULL || g_str_has_prefix(*group, protocol)))
                g_ptr_array_add(found, (gpointer)*group);
        }
    }
}

/* The longest command at the beginning: "UID FETCH" before "UID". */
static gsize add_command(GPtrArray *found, const MgGlossary *glossary, char *const *tokens,
                         const char *protocol)
{
    if (tokens[0] == NULL)
        return 0;
    if (tokens[1] != NULL) {
        g_autofree char *two = g_strconcat(tokens[0], " ", tokens[1], NULL);
        add_verb(found, glossary, two, protocol);
        if (found->len > 0)
            return 2;
    }
    add_verb(found, glossary, tokens[0], protocol);
    return found->len > 0 ? 1 : 0;
}

/* A reply code with all contexts that have their own sentence. */
static void add_code(GPtrArray *found, const MgGlossary *glossary, const char *token)
{
    g_autofree char *code = g_strdup_printf("smtp.reply.%.3s", token);
    g_autofree char *narrow = g_strconcat(code, ".", NULL);
    g_autofree const char **groups = mg_glossary_groups(glossary);
    for (const char *const *group = groups; *group != NULL; group++)
        if (strcmp(*group, code) == 0 || g_str_has_prefix(*group, narrow))
            g_ptr_array_add(found, (gpointer)*group);
    if (found->len > 0)
        return;
    g_autofree char *class = g_strdup_printf("smtp.reply.%cyz", *token);
    const char *group = mg_glossary_find(glossary, class);
    if (group != NULL)
        g_ptr_array_add(found, (gpointer)group);
}

/* Whether names of this kind belong to a protocol ("smtp."; NULL = any). */
static gboolean belongs(const char *prefix, const char *protocol)
{
    static const char *const smtp[] = {"smtp.", "lmtp.", "mail.", "rcpt.", "enhanced."};
    static const char *const all[] = {"sasl.", "word.", "protocol."};
    if (protocol == NULL || g_str_has_prefix(prefix, protocol))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        if (strcmp(prefix, all[i]) == 0)
            return TRUE;
    if (strcmp(protocol, "smtp.") != 0 && strcmp(protocol, "lmtp.") != 0)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(smtp); i++)
        if (g_str_has_prefix(prefix, smtp[i]))
            return TRUE;
    return FALSE;
}

/* A name of any kind that the protocol has. */
static void add_name(GPtrArray *found, const MgGlossary *glossary, const char *token,
                     const char *protocol)
{
    g_autofree char *plain = plain_name(token);
    g_autofree char *item = fetch_name(token);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strstr(kinds[i].kind, "-command") != NULL || strstr(kinds[i].kind, "-reply") != NULL ||
            !belongs(kinds[i].prefix, protocol))
            continue;
        const char *group = try(glossary, kinds[i].prefix,
                                strcmp(kinds[i].prefix, "imap.fetch.") == 0 ? item : plain);
        if (group != NULL && !g_ptr_array_find(found, group, NULL))
            g_ptr_array_add(found, (gpointer)group);
    }
}

GPtrArray *mg_lookup(const MgGlossary *glossary, char *const *tokens, gsize *ret_used)
{
    GPtrArray *found = g_ptr_array_new();
    const char *protocol = NULL;
    gsize skip = 0;
    *ret_used = 0;
    if (tokens[0] == NULL)
        return found;
    g_autofree char *lower = g_ascii_strdown(tokens[0], -1);
    g_autofree char *prefix = g_strconcat(lower, ".", NULL);
    const char *group = try(glossary, "protocol.", lower);
    if (group != NULL && tokens[1] != NULL) {
        protocol = prefix;
        skip = 1;
    } else if (group != NULL || (group = mg_glossary_find(glossary, lower)) != NULL) {
        g_ptr_array_add(found, (gpointer)group);
    }
    if (found->len == 0)
        *ret_used = skip + add_command(found, glossary, tokens + skip, protocol);
    /* LMTP says only what differs from SMTP (RFC 2033). */
    if (found->len == 0 && g_strcmp0(protocol, "lmtp.") == 0)
        *ret_used = skip + add_command(found, glossary, tokens + skip, "smtp.");
    if (found->len == 0 && is_code(tokens[skip]))
        add_code(found, glossary, tokens[skip]);
    if (found->len == 0 && is_enhanced(tokens[skip])) {
        group = mg_choose_status(glossary, MG_PROTOCOL_SMTP, tokens[skip]);
        if (group != NULL)
            g_ptr_array_add(found, (gpointer)group);
    }
    /* A tag of IMAP in front: "a1 UID FETCH 7 BODY[]", "* 3 EXISTS". */
    for (gsize tag = skip + 1; found->len == 0 && tag <= skip + 2 && tokens[tag] != NULL; tag++)
        *ret_used = tag + add_command(found, glossary, tokens + tag, protocol);
    if (found->len == 0) {
        *ret_used = 0;
        add_name(found, glossary, tokens[skip], protocol);
    }
    if (found->len > 0 && *ret_used <= skip)
        *ret_used = skip + 1;
    return found;
}
