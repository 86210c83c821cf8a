/* "RFC 1939 section 5" → https://www.rfc-editor.org/rfc/rfc1939#section-5 */
#include "gloss.h"

#include <string.h>

char *mg_reference_url(const char *reference)
{
    if (reference == NULL || !g_str_has_prefix(reference, "RFC "))
        return NULL;
    const char *number = reference + strlen("RFC ");
    gsize digits = strspn(number, "0123456789");
    if (digits == 0)
        return NULL;
    const char *rest = number + digits;
    const char *kind = g_str_has_prefix(rest, " section ")    ? "section"
                       : g_str_has_prefix(rest, " appendix ") ? "appendix"
                                                              : NULL;
    if (kind == NULL)
        return g_strdup_printf("https://www.rfc-editor.org/rfc/rfc%.*s", (int)digits, number);
    const char *section = rest + strlen(kind) + 2;
    gsize len = strspn(section, "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return g_strdup_printf("https://www.rfc-editor.org/rfc/rfc%.*s#%s-%.*s", (int)digits, number,
                           kind, (int)len, section);
}
