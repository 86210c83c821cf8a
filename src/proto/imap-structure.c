/* BODYSTRUCTURE as the sections of a message (RFC 9051 sections 6.4.5 and 7.5.2). */
#include "proto/imap.h"

#include <string.h>

/* More parts than this and the message is not told by its parts. */
enum { PARTS = 200 };

typedef struct {
    const MgImapParse *parse;
    GString *sections;
    guint parts;
} Structure;

static gboolean put_body(Structure *structure, const MgImapNode *body, const char *section,
                         gboolean inside);

static gboolean put_children(Structure *structure, const MgImapNode *first, const char *section)
{
    guint n = 0;
    for (const MgImapNode *node = first; mg_imap_is_list(node);
         node = mg_imap_next(structure->parse, node)) {
        g_autofree char *child =
            *section != '\0' ? g_strdup_printf("%s.%u", section, ++n) : g_strdup_printf("%u", ++n);
        if (!put_body(structure, node, child, FALSE))
            return FALSE;
    }
    return TRUE;
}

static const MgImapNode *nth(const MgImapParse *parse, const MgImapNode *node, guint n)
{
    while (n-- > 0)
        node = mg_imap_next(parse, node);
    return node;
}

/* section: of the body; inside: of the message whose body it is, so that a body without parts
 * is part 1 of it. */
static gboolean put_body(Structure *structure, const MgImapNode *body, const char *section,
                         gboolean inside)
{
    const MgImapParse *parse = structure->parse;
    const MgImapNode *first = mg_imap_child(parse, body);
    if (mg_imap_is_list(first))
        return put_children(structure, first, section);
    /* type, subtype, parameters, id, description, encoding, octets */
    if (!mg_imap_is_string(first) || nth(parse, first, 6) == NULL || ++structure->parts > PARTS)
        return FALSE;
    g_autofree char *own = !inside            ? g_strdup(section)
                           : *section != '\0' ? g_strconcat(section, ".1", NULL)
                                              : g_strdup("1");
    g_autofree char *type = mg_imap_string(parse, first);
    g_autofree char *subtype = mg_imap_nstring(parse, mg_imap_next(parse, first));
    gboolean message =
        type != NULL && subtype != NULL && g_ascii_strcasecmp(type, "message") == 0 &&
        (g_ascii_strcasecmp(subtype, "rfc822") == 0 || g_ascii_strcasecmp(subtype, "global") == 0);
    if (structure->sections->len > 0)
        g_string_append_c(structure->sections, ' ');
    g_string_append(structure->sections, own);
    const MgImapNode *inner = message ? nth(parse, first, 8) : NULL;
    if (!mg_imap_is_list(inner))
        return TRUE;
    g_string_append_c(structure->sections, 'M');
    return put_body(structure, inner, own, TRUE);
}

char *mg_imap_structure(const MgImapParse *parse, const MgImapNode *body)
{
    Structure structure = {.parse = parse, .sections = g_string_new(NULL)};
    gboolean whole =
        mg_imap_is_list(body) && !parse->truncated && put_body(&structure, body, "", TRUE);
    return g_string_free(structure.sections, !whole);
}
