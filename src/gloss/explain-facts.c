/* What --explain says about a word besides its sentences: an example, when it is allowed, what
 * it does to the location, where it stands in the standards. */
#include "gloss.h"
#include "explain.h"
#include "lookup.h"

#include <string.h>

void mg_explain_wrap(GString *out, guint indent, const char *head, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    const glong hang = (glong)indent + g_utf8_strlen(head, -1);
    g_string_append_printf(out, "%*s%s", (int)indent, "", head);
    glong column = hang;
    for (gsize i = 0; words[i] != NULL; i++) {
        const glong len = g_utf8_strlen(words[i], -1);
        if (column > hang && column + 1 + len > MG_EXPLAIN_WIDTH) {
            g_string_append_printf(out, "\n%*s", (int)hang, "");
            column = hang;
        } else if (column > hang) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += len;
    }
    g_string_append_c(out, '\n');
}

void mg_explain_labelled(GString *out, const MgGlossary *glossary, const char *label,
                         const char *text)
{
    g_autofree char *line = g_strconcat(mg_glossary_label(glossary, label), ": ", text, NULL);
    mg_explain_wrap(out, MG_EXPLAIN_INDENT, "", line);
}

GHashTable *mg_explain_values(const MgGlossary *glossary)
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

/* ---- An example ---- */

/* Where a name stands on the wire, for groups without an example of their own. */
static const struct {
    const char *prefix, *lines;
} forms[] = {
    {"smtp.extension.", "C: EHLO alice-pc.example.org\nS: 250-mail.example.org\nS: 250 {token}"},
    {"mail.", "C: MAIL FROM:<alice@example.org> {token}\nS: 250 2.1.0 Ok"},
    {"rcpt.", "C: RCPT TO:<bob@example.org> {token}\nS: 250 2.1.5 Ok"},
    {"enhanced.", "C: {command}\nS: {basic} {token} {text}"},
    {"pop3.capability.", "C: CAPA\nS: +OK\nS: {token}\nS: ."},
    {"pop3.code.", "C: {command}\nS: -ERR [{token}] {text}"},
    {"imap.code.", "C: a3 {command}\nS: a3 NO [{token}] {text}"},
    {"imap.capability.", "C: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 {token}"},
    {"imap.fetch.", "C: a4 FETCH 1 {token}\nS: * 1 FETCH ({answer} ...)"},
    {"imap.flag.", "C: a5 STORE 1 +FLAGS ({token})\nS: * 1 FETCH (FLAGS ({token}))"},
    {"imap.search.", "C: a5 SEARCH {token}\nS: * SEARCH 2 3"},
    {"imap.attribute.", "C: a3 LIST \"\" \"*\"\nS: * LIST ({token}) \"/\" Archive"},
    {"sasl.", "C: AUTH {token}\nS: 334"},
};

/* "{command}" as the client's line before a reply: what RCPT's own example begins with. */
static char *line_before(const MgGlossary *glossary, const char *group)
{
    const char *context = strrchr(group, '.') + 1;
    g_autofree char *command = g_strconcat("smtp.", context, NULL);
    const char *sample = mg_glossary_get(glossary, command, "sample");
    if (sample == NULL || !g_str_has_prefix(sample, "C: "))
        return g_strconcat("C: ", mg_glossary_label(glossary, "explain-command"), NULL);
    /* The text comes before the dot, the line of a reply right before it. */
    const char *reply = strstr(sample, "\nS: ");
    return g_strndup(sample, reply != NULL ? (gsize)(reply - sample) : strlen(sample));
}

static const char *form_of(const char *group)
{
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
        if (g_str_has_prefix(group, forms[i].prefix))
            return forms[i].lines;
    return NULL;
}

/* The word as it stands on the wire: capitals, a flag with its backslash, an item with its
 * brackets. */
static char *wire_token(const char *group, const char *token)
{
    static const char *const system_flags[] = {"seen",    "answered", "flagged",
                                               "deleted", "draft",    "recent"};
    g_autofree char *bare = g_strndup(token + strspn(token, "["), strcspn(token, "]"));
    g_autofree char *capitals = g_ascii_strup(bare, -1);
    const char *name = strrchr(group, '.') + 1;
    if (g_str_has_prefix(group, "imap.flag."))
        for (gsize i = 0; i < G_N_ELEMENTS(system_flags); i++)
            if (strcmp(name, system_flags[i]) == 0)
                return g_strdup_printf("\\%c%s", g_ascii_toupper(*name), name + 1);
    if (g_str_has_prefix(group, "imap.attribute.") && *token != '\\')
        return g_strconcat("\\", token, NULL);
    if (g_str_has_prefix(group, "imap.attribute.") || g_str_has_prefix(group, "imap.flag."))
        return g_strdup(token);
    if (g_str_has_prefix(group, "imap.fetch."))
        return g_ascii_strup(token, -1);
    return g_steal_pointer(&capitals);
}

static char *form_sample(const MgGlossary *glossary, const char *group, const char *token)
{
    if (g_str_has_prefix(group, "smtp.reply.")) {
        g_autofree char *before = line_before(glossary, group);
        return g_strdup_printf("%s\nS: %.3s %s", before, token,
                               mg_glossary_label(glossary, "explain-text"));
    }
    const char *form = form_of(group);
    if (form == NULL || g_str_has_suffix(group, ".unknown"))
        return NULL;
    g_autofree char *wire = wire_token(group, token);
    GString *lines = g_string_new(form);
    g_autoptr(GString) answer = g_string_new(wire);
    g_string_replace(answer, ".PEEK", "", 0);
    const char basic[] = {g_ascii_isdigit(*token) ? *token : '5', '5', '0', '\0'};
    g_string_replace(lines, "{token}", wire, 0);
    g_string_replace(lines, "{answer}", answer->str, 0);
    g_string_replace(lines, "{basic}", basic, 0);
    g_string_replace(lines, "{command}", mg_glossary_label(glossary, "explain-command"), 0);
    g_string_replace(lines, "{text}", mg_glossary_label(glossary, "explain-text"), 0);
    return g_string_free(lines, FALSE);
}

void mg_explain_sample(GString *out, const MgGlossary *glossary, const char *group,
                       const char *token)
{
    g_autofree char *sample = g_strdup(mg_glossary_get(glossary, group, "sample"));
    if (sample == NULL)
        sample = form_sample(glossary, group, token);
    if (sample == NULL)
        return;
    g_auto(GStrv) lines = g_strsplit(sample, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++)
        g_string_append_printf(out, "%*s%s\n", 2 * MG_EXPLAIN_INDENT, "", lines[i]);
}

/* ---- When, and what it does to the location ---- */

static const struct {
    const char *prefix, *state;
} places[] = {
    {"smtp.extension.", "in-ehlo"},
    {"mail.", "in-mail"},
    {"rcpt.", "in-rcpt"},
    {"enhanced.", "in-status"},
    {"pop3.capability.", "in-capa"},
    {"pop3.code.", "in-pop3-code"},
    {"imap.code.", "in-imap-code"},
    {"imap.fetch.", "in-fetch"},
    {"imap.flag.", "in-flags"},
    {"imap.search.", "in-search"},
    {"imap.attribute.", "in-list"},
    {"imap.capability.", "in-capability"},
    {"sasl.", "in-auth"},
};

static const char *state_of(const MgGlossary *glossary, const char *group)
{
    const char *state = mg_glossary_get(glossary, group, "state");
    for (gsize i = 0; state == NULL && i < G_N_ELEMENTS(places); i++)
        if (g_str_has_prefix(group, places[i].prefix))
            state = places[i].state;
    return state;
}

/* Of a reply: a no moves nothing, a yes does what the command does. */
static const char *reply_effect(const MgGlossary *glossary, const char *group)
{
    const char *code = group + strlen("smtp.reply.");
    const char *context = strchr(code, '.');
    if (*code == '4' || *code == '5')
        return "none";
    if (!g_ascii_isdigit(*code))
        return NULL;
    if (context == NULL)
        return *code == '2' ? "reply-yes" : "none";
    if (*code != '2')
        return "none";
    g_autofree char *command = g_strconcat("smtp", context, NULL);
    const char *effect = mg_glossary_get(glossary, command, "effect");
    return effect != NULL ? effect : "none";
}

static const char *effect_of(const MgGlossary *glossary, const char *group)
{
    const char *effect = mg_glossary_get(glossary, group, "effect");
    if (effect != NULL)
        return effect;
    if (g_str_has_prefix(group, "smtp.reply."))
        return reply_effect(glossary, group);
    if (g_str_has_prefix(group, "enhanced."))
        return g_str_has_prefix(group, "enhanced.2") ? "reply-yes" : "none";
    if (strcmp(group, "imap.flag.deleted") == 0)
        return "flag-marked";
    if (g_str_has_prefix(group, "imap.fetch.")) {
        const char *asks = mg_glossary_get(glossary, group, "asks");
        return g_strcmp0(asks, "whole") == 0                                    ? "copied"
               : g_strcmp0(asks, "part") == 0 || g_strcmp0(asks, "header") == 0 ? "headers"
                                                                                : "none";
    }
    return form_of(group) != NULL ? "none" : NULL;
}

void mg_explain_state(GString *out, const MgGlossary *glossary, const char *group)
{
    static const struct {
        const char *name;
        MgLocation location;
    } locations[] = {{"device", MG_LOCATION_DEVICE},
                     {"server", MG_LOCATION_SERVER},
                     {"both", MG_LOCATION_BOTH},
                     {"deleted", MG_LOCATION_DELETED}};
    const char *state = state_of(glossary, group);
    const char *effect = effect_of(glossary, group);
    if (state != NULL) {
        g_autofree char *label = g_strconcat("state-", state, NULL);
        mg_explain_labelled(out, glossary, "explain-state", mg_glossary_label(glossary, label));
    }
    if (effect != NULL) {
        g_autoptr(GHashTable) values = mg_values_new();
        for (gsize i = 0; i < G_N_ELEMENTS(locations); i++)
            mg_values_set(values, locations[i].name, "%s",
                          mg_glossary_location(glossary, locations[i].location));
        g_autofree char *label = g_strconcat("effect-", effect, NULL);
        g_autofree char *text = mg_phrase_label(glossary, label, values);
        mg_explain_labelled(out, glossary, "explain-effect", text);
    }
}

void mg_explain_source(GString *out, const MgGlossary *glossary, const char *group)
{
    const char *reference = mg_glossary_get(glossary, group, "reference");
    g_autofree char *url = mg_reference_url(reference);
    if (reference == NULL)
        return;
    g_string_append_printf(out, "%*s%s: %s", MG_EXPLAIN_INDENT, "",
                           mg_glossary_label(glossary, "explain-source"), reference);
    g_string_append_printf(out, "%s%s\n", url != NULL ? "  " : "", url != NULL ? url : "");
}
