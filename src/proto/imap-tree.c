/* Reading the tree of one IMAP line: walking it, and what a node says. */
#include "proto/imap-parse.h"

#include "proto/line.h"

const MgImapNode *mg_imap_node(const MgImapParse *parse, guint32 index)
{
    return index < parse->nodes->len ? &g_array_index(parse->nodes, MgImapNode, index) : NULL;
}

const MgImapNode *mg_imap_first(const MgImapParse *parse)
{
    return mg_imap_node(parse, parse->first);
}

const MgImapNode *mg_imap_next(const MgImapParse *parse, const MgImapNode *node)
{
    return node != NULL ? mg_imap_node(parse, node->next) : NULL;
}

const MgImapNode *mg_imap_child(const MgImapParse *parse, const MgImapNode *node)
{
    return node != NULL ? mg_imap_node(parse, node->child) : NULL;
}

guint mg_imap_depth(const MgImapParse *parse)
{
    return parse->depth + parse->over;
}

const MgImapNode *mg_imap_open_list(const MgImapParse *parse)
{
    return parse->depth > 0 ? mg_imap_node(parse, parse->lists[parse->depth - 1]) : NULL;
}

const MgImapNode *mg_imap_before_literal(const MgImapParse *parse)
{
    return mg_imap_node(parse, parse->before_node);
}

MgSlice mg_imap_raw(const MgImapParse *parse, const MgImapNode *node)
{
    if (node == NULL || node->at > parse->text->len)
        return (MgSlice){(const guint8 *)parse->text->str, 0};
    gsize len = MIN(node->len, parse->text->len - node->at);
    return (MgSlice){(const guint8 *)parse->text->str + node->at, len};
}

MgSlice mg_imap_whole(const MgImapParse *parse, const MgImapNode *node)
{
    MgSlice slice = mg_imap_raw(parse, node);
    gboolean bracketed = node != NULL && (node->type == MG_IMAP_QUOTED ||
                                          node->type == MG_IMAP_LIST || node->type == MG_IMAP_CODE);
    if (!bracketed || node->at == 0)
        return slice;
    slice.data--;
    slice.len++;
    if ((gsize)node->at - 1 + slice.len < parse->text->len)
        slice.len++;
    return slice;
}

gboolean mg_imap_is_string(const MgImapNode *node)
{
    return node != NULL && (node->type == MG_IMAP_ATOM || node->type == MG_IMAP_QUOTED ||
                            node->type == MG_IMAP_LITERAL);
}

gboolean mg_imap_is_list(const MgImapNode *node)
{
    return node != NULL && node->type == MG_IMAP_LIST;
}

gboolean mg_imap_is(const MgImapParse *parse, const MgImapNode *node, const char *atom)
{
    return node != NULL && node->type == MG_IMAP_ATOM &&
           mg_slice_is(mg_imap_raw(parse, node), atom);
}

char *mg_imap_string(const MgImapParse *parse, const MgImapNode *node)
{
    if (!mg_imap_is_string(node))
        return NULL;
    MgSlice raw = mg_imap_raw(parse, node);
    char *text = mg_slice_dup(raw);
    if (node->type != MG_IMAP_QUOTED)
        return text;
    gsize to = 0;
    for (gsize i = 0; i < raw.len; i++) {
        if (text[i] == '\\' && i + 1 < raw.len)
            i++;
        text[to++] = text[i];
    }
    text[to] = '\0';
    return text;
}

char *mg_imap_nstring(const MgImapParse *parse, const MgImapNode *node)
{
    return mg_imap_is(parse, node, "NIL") ? NULL : mg_imap_string(parse, node);
}

gboolean mg_imap_number(const MgImapParse *parse, const MgImapNode *node, guint64 max,
                        guint64 *ret_number)
{
    return node != NULL && node->type == MG_IMAP_ATOM &&
           mg_slice_number(mg_imap_raw(parse, node), max, ret_number);
}
