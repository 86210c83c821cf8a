/* What a handout says beside the facts of its capture: how to read it, the words, and what is
 * always true.  All sentences are the glossary's. */
#include "html.h"

#include "escape.h"
#include "words.h"

static void append_item(const MgHtml *html, GString *out, const char *label)
{
    g_string_append(out, "<li>");
    mg_html_label(html, out, label);
    g_string_append(out, "</li>\n");
}

void mg_html_how_to_read(const MgHtml *html, GString *out)
{
    static const char *const items[] = {"read-step",  "read-frames", "read-direction",
                                        "read-reply", "read-place",  "read-lines"};
    static const struct {
        const char *class;
        MgLocation location;
    } keys[] = {{"device", MG_LOCATION_DEVICE},
                {"server", MG_LOCATION_SERVER},
                {"both", MG_LOCATION_BOTH},
                {"unknown", MG_LOCATION_UNKNOWN},
                {"none", MG_LOCATION_DELETED}};
    g_string_append(out, "<ul>\n");
    for (guint i = 0; i < G_N_ELEMENTS(items); i++)
        append_item(html, out, items[i]);
    g_string_append(out, "</ul>\n<p>");
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_string_append_printf(out, "<span class=\"key loc-%s\">", keys[i].class);
        mg_html_text(out, mg_glossary_location(html->options.glossary, keys[i].location));
        g_string_append(out, "</span> ");
    }
    g_string_append(out, "</p>\n");
}

static gboolean has_protocol(const MgHtml *html, MgProtocol protocol)
{
    return g_hash_table_contains(html->lasting, GUINT_TO_POINTER(protocol));
}

static void append_words(const MgHtml *html, GString *out, const char *const *words)
{
    for (; *words != NULL; words++) {
        g_autofree char *group = g_strconcat("word.", *words, NULL);
        const char *sentence = mg_glossary_get(html->options.glossary, group, "normal");
        if (sentence == NULL)
            continue;
        g_string_append(out, "<li>");
        mg_html_text(out, sentence);
        g_string_append(out, "</li>\n");
    }
}

void mg_html_words(const MgHtml *html, GString *out)
{
    static const char *const all[] = {"client", "server", "reply", "step", "frame", "octet", NULL};
    static const char *const smtp[] = {"envelope", "header",      "recipient",
                                       "queue",    "transaction", NULL};
    static const char *const pop3[] = {"maildrop", "unique-id", NULL};
    static const char *const imap[] = {"mailbox", "folder", "uid", "tag", "literal", NULL};
    static const char *const mark[] = {"mark", NULL};
    gboolean by_pop3 = has_protocol(html, MG_PROTOCOL_POP3);
    gboolean by_imap = has_protocol(html, MG_PROTOCOL_IMAP);
    g_string_append(out, "<ul>\n");
    append_words(html, out, all);
    if (has_protocol(html, MG_PROTOCOL_SMTP) || has_protocol(html, MG_PROTOCOL_LMTP))
        append_words(html, out, smtp);
    if (by_pop3)
        append_words(html, out, pop3);
    if (by_imap)
        append_words(html, out, imap);
    if (by_pop3 || by_imap)
        append_words(html, out, mark);
    g_string_append(out, "</ul>\n");
}

static void append_protocol(const MgHtml *html, GString *out, MgProtocol protocol)
{
    g_autofree char *group = g_strconcat("protocol.", mg_protocol_word(protocol), NULL);
    const char *normal = mg_glossary_get(html->options.glossary, group, "normal");
    const char *reference = mg_glossary_get(html->options.glossary, group, "reference");
    if (normal == NULL)
        return;
    g_string_append_printf(out, "<li><strong>%s</strong>: ", mg_protocol_name(protocol));
    mg_html_text(out, normal);
    if (reference != NULL) {
        g_string_append(out, " (");
        mg_html_text(out, reference);
        g_string_append_c(out, ')');
    }
    g_string_append(out, "</li>\n");
}

void mg_html_snapshot(const MgHtml *html, GString *out)
{
    static const char *const always[] = {"always-1", "always-2", "always-3", "always-4",
                                         "always-5"};
    g_string_append(out, "<ul>\n");
    append_protocol(html, out, MG_PROTOCOL_SMTP);
    append_protocol(html, out, MG_PROTOCOL_POP3);
    append_protocol(html, out, MG_PROTOCOL_IMAP);
    g_string_append(out, "</ul>\n<ol>\n");
    for (guint i = 0; i < G_N_ELEMENTS(always); i++)
        append_item(html, out, always[i]);
    g_string_append(out, "</ol>\n");
}
