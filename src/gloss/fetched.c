/* What one FETCH line of IMAP brings: read from the line as it stands. */
#include "gloss.h"

#include <string.h>

/* Behind the value at `at`: a list, a quoted string, a literal that stands in the text or was
 * left out, or an atom. */
static const char *skip_value(const char *at)
{
    guint depth = 0;
    if (*at == '\0')
        return at;
    do {
        if (*at == '"') {
            for (at++; *at != '\0' && *at != '"'; at++)
                at += *at == '\\' && at[1] != '\0';
            at += *at == '"';
        } else if (*at == '{') {
            const guint64 octets = g_ascii_strtoull(at + 1, NULL, 10);
            const char *close = strchr(at, '}');
            at = close != NULL ? close + 1 : at + strlen(at);
            if (g_str_has_prefix(at, "\r\n"))
                at += 2 + strnlen(at + 2, (gsize)MIN(octets, (guint64)MG_LIMIT_LINE));
        } else if (*at == '(' || *at == ')') {
            if (*at == ')' && depth == 0)
                return at;
            depth += *at == '(' ? 1 : 0;
            depth -= *at == ')' ? 1 : 0;
            at++;
        } else if (*at == ' ') {
            at++;
        } else {
            at += MAX(strcspn(at, " ()\"{"), 1);
        }
    } while (*at != '\0' && depth > 0);
    return at;
}

/* PREVIEW "See you", SNIPPET (FUZZY "See you"): the first words; NIL is none. */
static gboolean is_preview(const char *at, gsize name)
{
    return (g_ascii_strncasecmp(at, "PREVIEW", MAX(name, 7)) == 0 ||
            g_ascii_strncasecmp(at, "SNIPPET", MAX(name, 7)) == 0) &&
           g_ascii_strncasecmp(at + name, " NIL", 4) != 0;
}

/* "whole", "part", "header", "envelope", "facts" or "flags", the most that came; NULL where that is
 * not told. */
const char *mg_fetch_variant(const MgReply *reply)
{
    static const char *const names[] = {NULL,     "flags", "facts", "envelope",
                                        "header", "part",  "whole"};
    enum { NOTHING, FLAGS, FACTS, ENVELOPE, HEADER, PART, WHOLE } most = NOTHING, item;
    const MgText *line = reply->lines->len > 0 ? g_ptr_array_index(reply->lines, 0) : NULL;
    const char *at = line != NULL ? strchr(line->text->str, '(') : NULL;
    for (at = at != NULL ? at + 1 : ""; *at != '\0' && *at != ')';) {
        at += strspn(at, " ");
        gsize name = strcspn(at, " [(){");
        const char *section = at[name] == '[' ? at + name : NULL;
        const gsize len = section != NULL ? strcspn(section, "]") : 0;
        const gboolean rfc822 = g_ascii_strncasecmp(at, "RFC822", MAX(name, 6)) == 0;
        if (g_ascii_strncasecmp(at, "FLAGS", MAX(name, 5)) == 0)
            item = FLAGS;
        else if (g_ascii_strncasecmp(at, "ENVELOPE", MAX(name, 8)) == 0)
            item = ENVELOPE;
        else if (g_ascii_strncasecmp(at, "UID", MAX(name, 3)) == 0 ||
                 g_ascii_strncasecmp(at, "MODSEQ", MAX(name, 6)) == 0)
            item = most == NOTHING || most == FLAGS ? most : FACTS;
        else if (rfc822 || (section != NULL && section[1] == ']' && section[2] != '<'))
            item = WHOLE;
        else if (g_ascii_strncasecmp(at, "RFC822.HEADER", MAX(name, 13)) == 0 ||
                 (section != NULL && g_ascii_strncasecmp(section, "[HEADER", 7) == 0))
            item = HEADER;
        else if (is_preview(at, name))
            item = PART;
        else if (g_ascii_strncasecmp(at, "RFC822.TEXT", MAX(name, 11)) == 0 ||
                 (section != NULL && g_ascii_strncasecmp(at, "BINARY.SIZE", MAX(name, 11)) != 0))
            item = PART;
        else
            item = FACTS;
        most = MAX(most, item);
        at += name + len + (section != NULL && section[len] == ']');
        if (*at == '<')
            at += strcspn(at, " ");
        at = skip_value(at + strspn(at, " "));
    }
    return most == NOTHING ? "facts" : names[most];
}
