/* Arguments that are explained one by one: what the files of their kinds share. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* Longer ones say no more to a reader. */
enum { TOKEN = 1024 };

MgDetail *mg_imap_argument(const MgImapSaid *said, MgSlice token, const char *key)
{
    GPtrArray *details = said->exchange->details;
    if (details->len >= MG_LIMIT_DETAILS || token.len == 0)
        return NULL;
    g_autofree char *text = mg_slice_dup((MgSlice){token.data, MIN(token.len, TOKEN)});
    for (guint i = 0; i < details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(details, i);
        if (detail->key == key && detail->in_reply == said->in_reply &&
            strcmp(detail->token, text) == 0)
            return NULL;
    }
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = g_steal_pointer(&text);
    detail->key = key;
    detail->in_reply = said->in_reply;
    detail->args = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_ptr_array_add(details, detail);
    return detail;
}

void mg_imap_argument_value(MgDetail *detail, const MgImapParse *parse, const MgImapNode *node,
                            const char *name, gboolean count)
{
    g_autofree char *text = detail != NULL ? mg_imap_nstring(parse, node) : NULL;
    if (text == NULL || *text == '\0')
        return;
    mg_detail_arg(detail, name, "%s", text);
    guint64 number;
    if (count && mg_imap_number(parse, node, G_MAXINT64, &number))
        mg_detail_arg(detail, "count", "%" G_GUINT64_FORMAT, number);
}

MgDetail *mg_imap_argument_node(const MgImapSaid *said, const MgImapNode *node, const char *key)
{
    if (node == NULL)
        return NULL;
    MgDetail *detail = mg_imap_argument(said, mg_imap_whole(said->parse, node), key);
    mg_imap_argument_value(detail, said->parse, node, "value", FALSE);
    return detail;
}

MgDetail *mg_imap_argument_pair(const MgImapSaid *said, const MgImapNode *node,
                                const MgImapNode *last, const char *key)
{
    if (node == NULL)
        return NULL;
    MgSlice token = mg_imap_whole(said->parse, node);
    if (last != NULL) {
        MgSlice end = mg_imap_whole(said->parse, last);
        token.len = (gsize)(end.data + end.len - token.data);
    }
    return mg_imap_argument(said, token, key);
}

const char *mg_imap_word_key(const MgImapParse *parse, const MgImapNode *node,
                             const MgImapWord *words, gsize n)
{
    if (!mg_imap_is_string(node))
        return NULL;
    for (gsize i = 0; i < n; i++)
        if (mg_slice_is(mg_imap_raw(parse, node), words[i].word))
            return words[i].key;
    return NULL;
}

const MgImapNode *mg_imap_line_folder(const MgImapLine *line, const MgImapNode *node)
{
    const MgImapParse *parse = &line->imap->server;
    g_autofree char *folder = mg_imap_folder_of(line->imap, parse, node);
    if (folder != NULL && *folder != '\0')
        mg_reply_arg(line->reply, "folder", "%s", folder);
    return mg_imap_next(parse, node);
}
