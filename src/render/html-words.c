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

/* What is hidden, and what is not. */
void mg_html_privacy(const MgHtml *html, GString *out)
{
    g_string_append(out, html->options.secrets ? "<p class=\"notice\">" : "<p>");
    mg_html_label(html, out, html->options.secrets ? "contains-passwords" : "passwords-hidden");
    if (html->options.anonymized) {
        g_string_append_c(out, ' ');
        mg_html_label(html, out, "names-replaced");
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

static const MgProtocol compared[] = {MG_PROTOCOL_SMTP, MG_PROTOCOL_POP3, MG_PROTOCOL_IMAP};

static void append_protocol(const MgHtml *html, GString *out, MgProtocol protocol)
{
    const MgGlossary *glossary = html->options.glossary;
    g_autofree char *group = g_strconcat("protocol.", mg_protocol_word(protocol), NULL);
    g_autofree char *name = g_strconcat("name-", mg_protocol_word(protocol), NULL);
    const char *normal = mg_glossary_get(glossary, group, "normal");
    const char *reference = mg_glossary_get(glossary, group, "reference");
    g_string_append_printf(out, "<li><strong>%s</strong> (", mg_protocol_name(protocol));
    mg_html_label(html, out, name);
    g_string_append(out, "): ");
    mg_html_text(out, normal != NULL ? normal : "");
    if (reference != NULL) {
        g_string_append(out, " (");
        mg_html_text(out, reference);
        g_string_append_c(out, ')');
    }
    g_string_append(out, "</li>\n");
}

/* How they differ: a question a row, a protocol a column. */
static void append_differences(const MgHtml *html, GString *out)
{
    static const char *const questions[] = {"differ-first", "differ-does", "differ-after",
                                            "differ-removes", "differ-devices"};
    g_string_append(out, "<table><caption>");
    mg_html_label(html, out, "differ");
    g_string_append(out, "</caption>\n<thead><tr><th scope=\"col\">");
    mg_html_label(html, out, "differ-question");
    g_string_append(out, "</th>");
    for (guint k = 0; k < G_N_ELEMENTS(compared); k++)
        g_string_append_printf(out, "<th scope=\"col\">%s</th>", mg_protocol_name(compared[k]));
    g_string_append(out, "</tr></thead>\n<tbody>\n");
    for (guint i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_string_append(out, "<tr><th scope=\"row\">");
        mg_html_label(html, out, questions[i]);
        g_string_append(out, "</th>");
        for (guint k = 0; k < G_N_ELEMENTS(compared); k++) {
            g_autofree char *label =
                g_strconcat(questions[i], "-", mg_protocol_word(compared[k]), NULL);
            g_string_append(out, "<td>");
            mg_html_label(html, out, label);
            g_string_append(out, "</td>");
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table>\n");
}

static void append_list(const MgHtml *html, GString *out, const char *heading,
                        const char *const *labels)
{
    mg_html_element(html, out, "h3", heading);
    g_string_append(out, "<ol>\n");
    for (; *labels != NULL; labels++)
        append_item(html, out, *labels);
    g_string_append(out, "</ol>\n");
}

void mg_html_snapshot(const MgHtml *html, GString *out)
{
    static const char *const together[] = {"together-1", "together-2", "together-3", "together-4",
                                           NULL};
    static const char *const always[] = {"always-1", "always-2", "always-3",
                                         "always-4", "always-5", NULL};
    g_string_append(out, "<ul>\n");
    for (guint k = 0; k < G_N_ELEMENTS(compared); k++)
        append_protocol(html, out, compared[k]);
    g_string_append(out, "</ul>\n");
    append_differences(html, out);
    append_list(html, out, "together", together);
    append_list(html, out, "always", always);
}
