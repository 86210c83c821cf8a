/* "RFC 1939 section 5" → https://www.rfc-editor.org/rfc/rfc1939#section-5, and the same reference
 * in the words of another language. */
#include "gloss.h"

#include <string.h>

/* The word between the number and the section may be of any language; a section that begins
 * with a letter is one of an appendix. */
char *mg_reference_url(const char *reference)
{
    if (reference == NULL || !g_str_has_prefix(reference, "RFC "))
        return NULL;
    const char *number = reference + strlen("RFC ");
    gsize digits = strspn(number, "0123456789");
    if (digits == 0)
        return NULL;
    const char *word = number + digits;
    const char *section = *word == ' ' ? strchr(word + 1, ' ') : NULL;
    gsize len = section != NULL ? strspn(++section, "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ") : 0;
    if (len == 0)
        return g_strdup_printf("https://www.rfc-editor.org/rfc/rfc%.*s", (int)digits, number);
    return g_strdup_printf("https://www.rfc-editor.org/rfc/rfc%.*s#%s-%.*s", (int)digits, number,
                           g_ascii_isdigit(*section) ? "section" : "appendix", (int)len, section);
}

char *mg_reference_in(const MgGlossary *glossary, const char *reference)
{
    static const char *const words[] = {"section", "appendix"};
    GString *text = g_string_new(reference);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *label = g_strconcat("reference-", words[i], NULL);
        const char *said = mg_glossary_label(glossary, label);
        g_autofree char *from = g_strconcat(" ", words[i], " ", NULL);
        g_autofree char *to = g_strconcat(" ", said, " ", NULL);
        if (said != label && strcmp(from, to) != 0)
            g_string_replace(text, from, to, 0);
    }
    return g_string_free(text, FALSE);
}
