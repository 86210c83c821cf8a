/* Protocols beside each other, and how they work together. */
#include "gloss.h"
#include "explain.h"

#include <string.h>

static const char *const names[] = {"smtp", "lmtp", "pop3", "imap"};

static const char *const aspects[] = {"job", "way", "decides", "lost", "names", "devices", "ports"};

gboolean mg_explain_is_protocol(const char *token)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(token, names[i]) == 0)
            return TRUE;
    return FALSE;
}

/* A label with the words for locations in it. */
static char *filled(const MgGlossary *glossary, const char *label)
{
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "device", "%s", mg_glossary_location(glossary, MG_LOCATION_DEVICE));
    mg_values_set(values, "server", "%s", mg_glossary_location(glossary, MG_LOCATION_SERVER));
    mg_values_set(values, "both", "%s", mg_glossary_location(glossary, MG_LOCATION_BOTH));
    return mg_phrase_label(glossary, label, values);
}

static char *aspect_text(const MgGlossary *glossary, const char *aspect, const char *protocol)
{
    g_autofree char *label = g_strjoin("-", "compare", aspect, protocol, NULL);
    return filled(glossary, label);
}

static const char *aspect_name(const MgGlossary *glossary, const char *aspect)
{
    g_autofree char *label = g_strconcat("compare-", aspect, NULL);
    const char *name = mg_glossary_label(glossary, label);
    return name != label ? name : "";
}

void mg_explain_protocol(GString *out, const MgGlossary *glossary, const char *protocol)
{
    if (!mg_explain_is_protocol(protocol))
        return;
    g_string_append_c(out, '\n');
    for (gsize i = 0; i < G_N_ELEMENTS(aspects); i++) {
        g_autofree char *text = aspect_text(glossary, aspects[i], protocol);
        g_autofree char *line = g_strconcat(aspect_name(glossary, aspects[i]), ": ", text, NULL);
        mg_explain_wrap(out, MG_EXPLAIN_INDENT, "", line);
    }
}

/* The protocols named, each once, in the order of their names here. */
static GPtrArray *chosen(char *const *tokens)
{
    GPtrArray *found = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        for (char *const *token = tokens; *token != NULL; token++)
            if (g_ascii_strcasecmp(*token, names[i]) == 0 &&
                !g_ptr_array_find(found, names[i], NULL))
                g_ptr_array_add(found, (gpointer)names[i]);
    return found;
}

static void append_title(GString *out, const MgGlossary *glossary, const GPtrArray *protocols)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < protocols->len; i++) {
        g_autofree char *name = g_ascii_strup(protocols->pdata[i], -1);
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", name);
    }
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "names", "%s", list->str);
    g_autofree char *title = mg_phrase_label(glossary, "compare-title", values);
    g_string_append_printf(out, "%s\n", title);
}

void mg_explain_difference(GString *out, const MgGlossary *glossary, char *const *tokens)
{
    g_autoptr(GPtrArray) protocols = chosen(tokens);
    append_title(out, glossary, protocols);
    for (gsize i = 0; i < G_N_ELEMENTS(aspects); i++) {
        mg_explain_wrap(out, MG_EXPLAIN_INDENT, "", aspect_name(glossary, aspects[i]));
        for (guint k = 0; k < protocols->len; k++) {
            g_autofree char *capitals = g_ascii_strup(protocols->pdata[k], -1);
            g_autofree char *head = g_strconcat(capitals, "  ", NULL);
            g_autofree char *text = aspect_text(glossary, aspects[i], protocols->pdata[k]);
            mg_explain_wrap(out, 2 * MG_EXPLAIN_INDENT, head, text);
        }
    }
    for (guint k = 0; k < protocols->len; k++) {
        g_autofree char *group = g_strconcat("protocol.", protocols->pdata[k], NULL);
        const char *mistake = mg_glossary_get(glossary, group, "mistake");
        if (mistake != NULL)
            mg_explain_labelled(out, glossary, "mistake", mistake);
        mg_explain_source(out, glossary, group);
    }
    if (protocols->len > 2) {
        g_string_append_c(out, '\n');
        mg_explain_together(out, glossary);
    }
}

void mg_explain_together(GString *out, const MgGlossary *glossary)
{
    static const char *const journey[] = {"journey-1", "journey-2", "journey-3", "journey-4",
                                          "journey-5"};
    static const char *const protocols[] = {"protocol.smtp", "protocol.pop3", "protocol.imap"};
    g_string_append_printf(out, "%s\n", mg_glossary_label(glossary, "compare-together"));
    for (guint i = 0; i < G_N_ELEMENTS(journey); i++) {
        g_autofree char *head = g_strdup_printf("%u  ", i + 1);
        g_autofree char *text = filled(glossary, journey[i]);
        mg_explain_wrap(out, MG_EXPLAIN_INDENT, head, text);
    }
    mg_explain_labelled(out, glossary, "mistake", mg_glossary_label(glossary, "journey-mistake"));
    for (guint i = 0; i < G_N_ELEMENTS(protocols); i++)
        mg_explain_source(out, glossary, protocols[i]);
    mg_explain_labelled(out, glossary, "compare-more",
                        "mailgloss --explain smtp, mailgloss --explain pop3 imap");
}
