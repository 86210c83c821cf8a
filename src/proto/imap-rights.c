/* Who may do what in a folder: ACL (RFC 4314). */
#include "proto/imap.h"

#include <string.h>

/* A right is a letter (RFC 4314 section 2; n of RFC 5257); digits belong to the server. */
static const char *right_key(char letter)
{
    static const MgImapWord rights[] = {
        {"l", "imap.argument.right-l"}, {"r", "imap.argument.right-r"},
        {"s", "imap.argument.right-s"}, {"w", "imap.argument.right-w"},
        {"i", "imap.argument.right-i"}, {"p", "imap.argument.right-p"},
        {"k", "imap.argument.right-k"}, {"x", "imap.argument.right-x"},
        {"t", "imap.argument.right-t"}, {"e", "imap.argument.right-e"},
        {"a", "imap.argument.right-a"}, {"c", "imap.argument.right-c"},
        {"d", "imap.argument.right-d"}, {"n", "imap.argument.right-n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rights); i++)
        if (rights[i].word[0] == letter)
            return rights[i].key;
    return g_ascii_isdigit(letter) ? "imap.argument.right-digit" : "imap.argument.right-other";
}

void mg_imap_said_rights(const MgImapSaid *said, const MgImapNode *node)
{
    if (!mg_imap_is_string(node))
        return;
    MgSlice rights = mg_imap_raw(said->parse, node);
    if (rights.len > 0 && strchr("+-", rights.data[0]) != NULL)
        rights.data++, rights.len--;
    for (gsize i = 0; i < rights.len; i++)
        mg_imap_argument(said, (MgSlice){rights.data + i, 1}, right_key((char)rights.data[i]));
}

/* "anyone" is everybody; what begins with "-" loses the rights named (RFC 4314 section 2). */
static const char *identifier_key(const char *name)
{
    if (g_ascii_strcasecmp(name, "anyone") == 0)
        return "imap.argument.identifier-anyone";
    if (g_ascii_strcasecmp(name, "anonymous") == 0)
        return "imap.argument.identifier-anonymous";
    return name[0] == '-' ? "imap.argument.identifier-without" : "imap.argument.identifier";
}

static MgDetail *identifier(const MgImapSaid *said, const MgImapNode *node)
{
    g_autofree char *name = mg_imap_string(said->parse, node);
    if (name == NULL || *name == '\0')
        return NULL;
    MgDetail *detail =
        mg_imap_argument(said, mg_imap_whole(said->parse, node), identifier_key(name));
    if (detail != NULL)
        mg_detail_arg(detail, "name", "%s", name + (name[0] == '-' ? 1 : 0));
    return detail;
}

/* mailbox identifier [rights]: SETACL, DELETEACL, LISTRIGHTS. */
MG_IMAP_READ(rights)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_read_folder(imap, open, node);
    const MgImapNode *who = mg_imap_next(parse, node), *rights = mg_imap_next(parse, who);
    g_autofree char *name = mg_imap_string(parse, who);
    if (name != NULL)
        mg_imap_exchange_text(open->exchange, "name", name);
    identifier(&said, who);
    g_autofree char *letters = mg_imap_string(parse, rights);
    if (letters == NULL)
        return;
    const gboolean plus = letters[0] == '+', minus = letters[0] == '-';
    open->exchange->variant = plus ? "add" : minus ? "remove" : letters[0] == 0 ? "none" : NULL;
    mg_imap_exchange_text(open->exchange, "rights", letters + (plus || minus ? 1 : 0));
    mg_imap_said_rights(&said, rights);
}

/* * ACL mailbox *(identifier rights) */
void mg_imap_untagged_acl(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *who = mg_imap_line_folder(line, line->node);
    while (who != NULL) {
        const MgImapNode *rights = mg_imap_next(parse, who);
        g_autofree char *name = mg_imap_string(parse, who);
        if (name != NULL && rights != NULL) {
            MgDetail *detail = mg_imap_argument_pair(&said, who, rights,
                                                     name[0] == '-' ? "imap.argument.acl-without"
                                                                    : "imap.argument.acl");
            if (detail != NULL)
                mg_detail_arg(detail, "name", "%s", name + (name[0] == '-' ? 1 : 0));
            mg_imap_argument_value(detail, parse, rights, "rights", FALSE);
            mg_imap_said_rights(&said, rights);
        }
        who = mg_imap_next(parse, rights);
    }
}

/* * LISTRIGHTS mailbox identifier required *optional: of each of the optional sets all letters go
 * together (RFC 4314 section 3.7). */
void mg_imap_untagged_listrights(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *who = mg_imap_line_folder(line, line->node);
    const MgImapNode *rights = mg_imap_next(parse, who);
    g_autofree char *name = mg_imap_string(parse, who);
    if (name != NULL)
        mg_reply_arg(line->reply, "name", "%s", name);
    MgSlice always = mg_imap_raw(parse, rights);
    mg_imap_argument_node(&said, rights,
                          always.len > 0 ? "imap.argument.rights-always"
                                         : "imap.argument.rights-never");
    mg_imap_said_rights(&said, rights);
    while ((rights = mg_imap_next(parse, rights)) != NULL) {
        if (mg_imap_raw(parse, rights).len > 1)
            mg_imap_argument_node(&said, rights, "imap.argument.rights-together");
        mg_imap_said_rights(&said, rights);
    }
}

/* * MYRIGHTS mailbox rights */
void mg_imap_untagged_myrights(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *rights = mg_imap_line_folder(line, line->node);
    g_autofree char *letters = mg_imap_string(parse, rights);
    if (letters != NULL && *letters != '\0')
        mg_reply_arg(line->reply, "rights", "%s", letters);
    mg_imap_said_rights(&said, rights);
}
