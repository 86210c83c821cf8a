/* A Received field, taken apart into its clauses (RFC 5321 section 4.4). */
#include "mg-exchange.h"

#include <string.h>

/* Where the clause's value goes; NULL = no clause that is kept. */
static char **clause(MgHop *hop, const char *word, gsize len)
{
    const struct {
        const char *name;
        char **field;
    } clauses[] = {{"from", &hop->from}, {"by", &hop->by}, {"with", &hop->with}, {"id", &hop->id}};
    for (gsize i = 0; i < G_N_ELEMENTS(clauses); i++)
        if (strlen(clauses[i].name) == len &&
            g_ascii_strncasecmp(word, clauses[i].name, len) == 0 && *clauses[i].field == NULL)
            return clauses[i].field;
    return NULL;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" in the comment behind `from`. */
static void read_address(MgHop *hop, const char *comment, gsize len)
{
    const char *open = memchr(comment, '[', len);
    const char *close = open != NULL ? memchr(open, ']', len - (gsize)(open - comment)) : NULL;
    if (close == NULL || hop->address != NULL)
        return;
    gsize skip = g_ascii_strncasecmp(open + 1, "IPv6:", 5) == 0 ? 6 : 1;
    g_autofree char *text = g_strndup(open + skip, (gsize)(close - open) - skip);
    MgAddress address;
    if (mg_address_parse(text, &address))
        hop->address = mg_address_string(&address);
}

/* Behind the bracket that closes the comment at `at`. */
static const char *comment_end(const char *at)
{
    guint depth = 0;
    for (; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at + 1;
    }
    return at;
}

MgHop *mg_hop_new(const char *received)
{
    MgHop *hop = g_new0(MgHop, 1);
    char **field = NULL; /* what the next word is for */
    gboolean behind_from = FALSE;
    for (const char *at = received; *at != '\0';) {
        if (*at == '(') {
            const char *end = comment_end(at);
            if (behind_from)
                read_address(hop, at, (gsize)(end - at));
            at = end;
            continue;
        }
        if (*at == ';') {
            hop->date = g_strstrip(g_strdup(at + 1));
            break;
        }
        gsize len = strcspn(at, " \t\r\n();");
        if (len == 0) {
            at++;
            continue;
        }
        if (field != NULL) {
            behind_from = field == &hop->from;
            *field = g_strndup(at, len);
            if (behind_from && **field == '[')
                read_address(hop, at, len);
            field = NULL;
        } else {
            field = clause(hop, at, len);
            behind_from = behind_from && field == NULL;
        }
        at += len;
    }
    if (hop->date != NULL && *hop->date == '\0')
        g_clear_pointer(&hop->date, g_free);
    return hop;
}

void mg_hop_free(MgHop *hop)
{
    g_free(hop->from);
    g_free(hop->address);
    g_free(hop->by);
    g_free(hop->with);
    g_free(hop->id);
    g_free(hop->date);
    g_free(hop);
}
