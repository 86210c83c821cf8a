/* APPEND and REPLACE: the messages that a client uploads (RFC 9051 section 6.3.12). */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

static gboolean preceded_by(const MgImapParse *parse, const MgImapNode *list, const char *word)
{
    gsize len = strlen(word), end = list->at > 0 ? list->at - 1 : 0;
    while (end > 0 && parse->text->str[end - 1] == ' ')
        end--;
    return end >= len &&
           mg_slice_is((MgSlice){(const guint8 *)parse->text->str + end - len, len}, word);
}

gboolean mg_imap_is_upload(const MgImap *imap)
{
    const MgImapParse *parse = &imap->client;
    if (imap->reading == NULL)
        return FALSE;
    const char *key = imap->reading->command->key;
    guint mailbox = strcmp(key, "imap.append") == 0        ? 2
                    : strcmp(key, "imap.replace") == 0     ? 3
                    : strcmp(key, "imap.uid-replace") == 0 ? 4
                                                           : 0;
    if (mailbox == 0)
        return FALSE;
    const MgImapNode *node = mg_imap_first(parse);
    for (guint i = 0; i < mailbox; i++)
        node = mg_imap_next(parse, node);
    if (node == NULL || node == mg_imap_node(parse, parse->literal) ||
        parse->literal == MG_IMAP_NONE || imap->reading->texts->len == MG_LIMIT_TEXTS)
        return FALSE;
    if (mg_imap_depth(parse) == 0)
        return TRUE;
    const MgImapNode *list = mg_imap_open_list(parse);
    if (mg_imap_depth(parse) > 1 || list == NULL)
        return FALSE;
    return preceded_by(parse, list, "UTF8") ||
           (preceded_by(parse, list, "CATENATE") &&
            mg_imap_is(parse, mg_imap_before_literal(parse), "TEXT"));
}

/* CATENATE: URLs of stored parts and text that is sent now (RFC 4469). */
static void catenated(MgImap *imap, MgImapOpen *open, const MgImapNode *list)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    open->catenate = TRUE;
    for (const MgImapNode *word = mg_imap_child(parse, list); word != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, word);
        mg_imap_hide_urlauth(parse, open->exchange->line, word);
        mg_imap_hide_urlauth(parse, open->exchange->line, value);
        if (mg_imap_is(parse, word, "URL")) {
            mg_imap_argument_node(&said, value, "imap.argument.catenate-url");
            mg_imap_said_url(&said, value);
        } else if (mg_imap_is(parse, word, "TEXT") && value != NULL) {
            MgDetail *detail = mg_imap_argument_node(&said, word, "imap.argument.catenate-text");
            if (detail != NULL)
                mg_detail_arg(detail, "octets", "%" G_GUINT64_FORMAT, value->octets);
        }
        word = mg_imap_next(parse, value);
    }
}

/* The text of one message: the literal itself, or what a list of UTF8 or CATENATE holds of
 * it.  The text of a message that is put together from stored parts is not whole. */
static MgContent *uploaded(MgImap *imap, MgImapOpen *open, const MgImapNode *node, guint64 *octets)
{
    const MgImapParse *parse = &imap->client;
    gboolean parts = mg_imap_is_list(node);
    const MgImapNode *literal = parts ? mg_imap_child(parse, node) : node;
    MgContent *content = NULL;
    guint n = 0;
    for (; literal != NULL; literal = parts ? mg_imap_next(parse, literal) : NULL, n++) {
        if (literal->type != MG_IMAP_STREAMED)
            continue;
        *octets += literal->octets;
        if (content == NULL && literal->item < open->texts->len)
            content = g_ptr_array_index(open->texts, literal->item);
    }
    if (content != NULL && n > 2) {
        content->complete = FALSE;
        g_clear_pointer(&content->fingerprint, g_free);
        g_clear_pointer(&content->body_digest, g_free);
    }
    return content;
}

static void add_upload(MgImap *imap, MgImapOpen *open, const MgImapNode *text,
                       const MgImapNode *flags, guint64 *octets)
{
    MgImapUpload *upload = g_new0(MgImapUpload, 1);
    upload->content = uploaded(imap, open, text, octets);
    if (flags != NULL)
        upload->flags = mg_imap_take_flags(imap, open, flags);
    g_ptr_array_add(open->uploads, upload);
}

/* Flags, date and text of each message, from behind the mailbox on. */
static void read_uploads(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    static const struct {
        const char *word, *key;
    } extensions[] = {
        {"UTF8", "imap.append-literal8"},
        {"CATENATE", "imap.append-catenate"},
        {"ANNOTATION", "imap.append-annotation"},
    };
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    const MgImapNode *flags = NULL, *word = NULL;
    guint64 octets = 0;
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        if (node->type == MG_IMAP_STREAMED) {
            add_upload(imap, open, node, flags, &octets);
            flags = NULL;
        } else if (mg_imap_is_list(node) && word != NULL) {
            if (mg_imap_is(parse, word, "CATENATE"))
                catenated(imap, open, node);
            if (mg_imap_is(parse, word, "ANNOTATION")) {
                mg_imap_said_message_notes(&said, node, TRUE);
            } else {
                add_upload(imap, open, node, flags, &octets);
                flags = NULL;
            }
        } else if (mg_imap_is_list(node)) {
            flags = node;
        } else if (node->type == MG_IMAP_QUOTED) {
            mg_imap_argument_node(&said, node, "imap.argument.append-date");
        }
        word = NULL;
        for (gsize i = 0; i < G_N_ELEMENTS(extensions); i++)
            if (mg_imap_is(parse, node, extensions[i].word)) {
                word = node;
                mg_imap_detail(open->exchange, mg_imap_raw(parse, node), extensions[i].key, FALSE);
            }
    }
    if (octets > 0)
        mg_exchange_arg(open->exchange, "octets", "%" G_GUINT64_FORMAT, octets);
    if (open->uploads->len > 1) {
        mg_exchange_arg(open->exchange, "count", "%u", open->uploads->len);
        mg_imap_detail(open->exchange, (MgSlice){(const guint8 *)"APPEND", 6}, "imap.append-multi",
                       FALSE);
    }
    open->exchange->variant = open->catenate ? "catenate" : open->uploads->len > 1 ? "multi" : NULL;
}

MG_IMAP_READ(append)
{
    mg_imap_take_folder(imap, open, node, "folder");
    if (open->folder != NULL)
        mg_imap_exchange_text(open->exchange, "destination", open->folder);
    read_uploads(imap, open, mg_imap_next(&imap->client, node));
}

MG_IMAP_READ(replace)
{
    mg_imap_take_set(imap, open, node);
    mg_imap_read_append(imap, open, mg_imap_next(&imap->client, node));
}
