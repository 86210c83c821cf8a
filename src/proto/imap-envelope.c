/* ENVELOPE as facts about the message (RFC 9051 section 7.5.2): date, subject, from, sender,
 * reply-to, to, cc, bcc, in-reply-to, message-id. */
#include "proto/imap.h"

#include <string.h>

/* Addresses of a list of (name route mailbox host) into `out`.  A NIL host begins or ends a
 * group. */
static void add_addresses(const MgImapParse *parse, const MgImapNode *list, GPtrArray *out)
{
    for (const MgImapNode *address = mg_imap_child(parse, list); address != NULL;
         address = mg_imap_next(parse, address)) {
        const MgImapNode *node = mg_imap_child(parse, address);
        node = mg_imap_next(parse, mg_imap_next(parse, node));
        g_autofree char *mailbox = mg_imap_nstring(parse, node);
        g_autofree char *host = mg_imap_nstring(parse, mg_imap_next(parse, node));
        if (mailbox == NULL || host == NULL)
            continue;
        g_autofree char *both = g_strconcat(mailbox, "@", host, NULL);
        g_ptr_array_add(out, g_utf8_make_valid(both, -1));
    }
}

static char *valid(char *text)
{
    char *copy = text != NULL ? g_utf8_make_valid(g_strstrip(text), -1) : NULL;
    g_free(text);
    return copy;
}

MgContent *mg_imap_envelope(const MgImapParse *parse, const MgImapNode *list)
{
    const MgImapNode *field[10] = {0};
    const MgImapNode *node = mg_imap_child(parse, list);
    guint n = 0;
    for (; n < 10 && node != NULL; n++, node = mg_imap_next(parse, node))
        field[n] = node;
    if (n < 10)
        return NULL;
    MgContent *content = mg_content_new();
    content->date = valid(mg_imap_nstring(parse, field[0]));
    g_autofree char *subject = mg_imap_nstring(parse, field[1]);
    if (subject != NULL)
        content->subject = mg_content_decode(subject);
    content->in_reply_to = valid(mg_imap_nstring(parse, field[8]));
    content->message_id = valid(mg_imap_nstring(parse, field[9]));

    g_autoptr(GPtrArray) from = g_ptr_array_new_with_free_func(g_free);
    add_addresses(parse, field[2], from);
    if (from->len > 0) {
        g_ptr_array_add(from, NULL);
        content->from = g_strjoinv(", ", (char **)from->pdata);
    }
    g_autoptr(GPtrArray) to = g_ptr_array_new_with_free_func(g_free);
    add_addresses(parse, field[5], to);
    add_addresses(parse, field[6], to);
    if (to->len > 0) {
        g_ptr_array_add(to, NULL);
        content->to = (char **)g_ptr_array_steal(to, NULL);
    }
    return content;
}
