/* What a command line says: the arguments of each verb. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

void mg_imap_exchange_text(MgExchange *exchange, const char *name, const char *text)
{
    g_hash_table_replace(exchange->args, g_strdup(name), g_strdup(text));
}

static void put_slice(MgExchange *exchange, const char *name, MgSlice slice)
{
    g_hash_table_replace(exchange->args, g_strdup(name), mg_slice_dup(slice));
}

void mg_imap_hide(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    const MgImapParse *parse = &imap->client;
    /* The {n} of a literal that never came is no secret. */
    if (node == NULL || (node->type == MG_IMAP_ATOM && node->octets > 0))
        return;
    /* What a hole breaks off reads as nothing, and is shown: hide it all the same. */
    gsize len = open->broken && node->len == 0 ? parse->text->len - node->at : node->len;
    mg_imap_parse_hide(parse, open->exchange->line, node->at, len);
}

/* From this node to the end of the line. */
static MgSlice rest_of_line(const MgImap *imap, const MgImapNode *node)
{
    MgSlice slice = mg_imap_whole(&imap->client, node);
    const guint8 *end = (const guint8 *)imap->client.text->str + imap->client.text->len;
    slice.len = (gsize)(end - slice.data);
    while (slice.len > 0 && slice.data[slice.len - 1] == ' ')
        slice.len--;
    return slice;
}

void mg_imap_take_parameters(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    if (node != NULL)
        put_slice(open->exchange, "parameters", rest_of_line(imap, node));
}

void mg_imap_take_words(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    mg_imap_take_parameters(imap, open, node);
    if (node != NULL)
        put_slice(open->exchange, "words", rest_of_line(imap, node));
}

void mg_imap_take_folder(MgImap *imap, MgImapOpen *open, const MgImapNode *node, const char *name)
{
    /* An atom of nothing was broken off by a hole. */
    if (node == NULL || (node->type == MG_IMAP_ATOM && node->len == 0))
        return;
    open->folder = mg_imap_folder_of(imap, &imap->client, node);
    if (open->folder != NULL)
        mg_imap_exchange_text(open->exchange, name, open->folder);
}

void mg_imap_take_set(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    MgSlice raw = mg_imap_raw(&imap->client, node);
    if (node == NULL || node->type != MG_IMAP_ATOM || !mg_imap_set_valid(raw))
        return;
    open->set = mg_slice_dup(raw);
    open->by_uid = g_str_has_prefix(open->exchange->verb, "UID ");
    mg_imap_exchange_text(open->exchange, "set", open->set);
}

char **mg_imap_take_flags(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    const MgImapParse *parse = &imap->client;
    g_autoptr(GPtrArray) flags = g_ptr_array_new_with_free_func(g_free);
    for (const MgImapNode *flag = mg_imap_is_list(node) ? mg_imap_child(parse, node) : node;
         flag != NULL; flag = mg_imap_next(parse, flag)) {
        char *text = mg_imap_string(parse, flag);
        if (text == NULL)
            continue;
        g_ptr_array_add(flags, text);
        mg_imap_detail_flag(open->exchange, mg_imap_raw(parse, flag), FALSE);
    }
    g_ptr_array_add(flags, NULL);
    char **all = (char **)g_ptr_array_steal(flags, NULL);
    g_autofree char *shown = g_strjoinv(" ", all);
    mg_imap_exchange_text(open->exchange, "flags", shown);
    return all;
}

/* ---- Plain arguments ---- */

MG_IMAP_READ(text)
{
    mg_imap_take_parameters(imap, open, node);
}

MG_IMAP_READ(folder)
{
    mg_imap_take_folder(imap, open, node, "folder");
    mg_imap_take_parameters(imap, open, mg_imap_next(&imap->client, node));
}

MG_IMAP_READ(user)
{
    g_autofree char *user = mg_imap_string(&imap->client, node);
    if (user != NULL)
        mg_imap_exchange_text(open->exchange, "user", user);
}

MG_IMAP_READ(idle)
{
    imap->idle = open;
}

MG_IMAP_READ(id)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_said_id(&said, node);
    for (node = mg_imap_child(parse, node); node != NULL; node = mg_imap_next(parse, node)) {
        g_autofree char *field = mg_imap_string(parse, node);
        node = mg_imap_next(parse, node);
        g_autofree char *value = mg_imap_nstring(parse, node);
        if (field == NULL || value == NULL || g_ascii_strcasecmp(field, "name") != 0)
            continue;
        g_free(imap->session->client_name);
        imap->session->client_name = g_strdup(value);
        mg_imap_exchange_text(open->exchange, "name", value);
        MgEffect effect = {.kind = MG_EFFECT_NAMED, .name = value};
        mg_imap_effect(imap, open, &effect, MG_OUTCOME_INFO, &open->line_end);
    }
}

MG_IMAP_READ(enable)
{
    const MgImapParse *parse = &imap->client;
    mg_imap_take_words(imap, open, node);
    for (; node != NULL; node = mg_imap_next(parse, node))
        mg_imap_detail_capability(open->exchange, mg_imap_raw(parse, node), FALSE);
}

/* ---- Searching ---- */

/* Keys, from behind what SORT and THREAD put before them. */
void mg_imap_search_keys(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    const MgImapParse *parse = &imap->client;
    open->search_all = mg_imap_is(parse, node, "ALL") && mg_imap_next(parse, node) == NULL;
    mg_imap_detail_search(parse, open->exchange, node);
}

/* Over RETURN (…) and CHARSET name. */
const MgImapNode *mg_imap_after_options(MgImap *imap, MgImapOpen *open, const MgImapNode *node)
{
    const MgImapParse *parse = &imap->client;
    if (mg_imap_is(parse, node, "IN")) {
        const MgImapSaid said = {parse, open->exchange, FALSE};
        const MgImapNode *folders = mg_imap_next(parse, node);
        mg_imap_argument_pair(&said, node, folders, "imap.argument.search-in");
        node = mg_imap_next(parse, folders);
    }
    if (mg_imap_is(parse, node, "RETURN")) {
        mg_imap_detail(open->exchange, mg_imap_raw(parse, node), "imap.search.return", FALSE);
        node = mg_imap_next(parse, node);
        mg_imap_detail_return(parse, open->exchange, mg_imap_child(parse, node));
        node = mg_imap_next(parse, node);
    }
    if (mg_imap_is(parse, node, "CHARSET")) {
        mg_imap_detail(open->exchange, mg_imap_raw(parse, node), "imap.search.charset", FALSE);
        node = mg_imap_next(parse, mg_imap_next(parse, node));
    }
    return node;
}

MG_IMAP_READ(search)
{
    mg_imap_take_parameters(imap, open, node);
    mg_imap_search_keys(imap, open, mg_imap_after_options(imap, open, node));
}

/* ---- Tokens ---- */

/* URLs with access tokens (RFC 4467), tokens of devices. */
MG_IMAP_READ(tokens)
{
    const MgImapParse *parse = &imap->client;
    gboolean device = FALSE;
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        if (device)
            mg_imap_hide(imap, open, node);
        g_autofree char *text = mg_imap_string(parse, node);
        device = text != NULL && g_ascii_strcasecmp(text, "aps-device-token") == 0;
        mg_imap_hide_urlauth(parse, open->exchange->line, node);
        /* RFC 5524: (URL BODY BINARY). */
        for (const MgImapNode *word = mg_imap_child(parse, node); word != NULL;
             word = mg_imap_next(parse, word))
            mg_imap_hide_urlauth(parse, open->exchange->line, word);
    }
}

/* A verb that no table knows may be a misspelt LOGIN: before the login nothing behind its
 * first argument is shown. */
MG_IMAP_READ(unknown)
{
    if (imap->session->authenticated || !imap->session->complete_start)
        return;
    for (node = mg_imap_next(&imap->client, node); node != NULL;
         node = mg_imap_next(&imap->client, node))
        mg_imap_hide(imap, open, node);
}

/* ---- Folders ---- */

MG_IMAP_READ(select)
{
    static const struct {
        const char *name, *key;
    } parameters[] = {
        {"CONDSTORE", "imap.select-condstore"},
        {"QRESYNC", "imap.select-qresync"},
        {"UTF8", "imap.select-utf8"},
        {"ANNOTATE", "imap.select-annotate"},
    };
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_folder(imap, open, node, "folder");
    open->read_only = strcmp(open->command->key, "imap.examine") == 0;
    open->leaves = imap->selected != NULL;
    mg_imap_select_name(imap, open->folder);
    const MgImapNode *list = mg_imap_next(parse, node);
    mg_imap_take_parameters(imap, open, list);
    for (const MgImapNode *word = mg_imap_child(parse, list); word != NULL;
         word = mg_imap_next(parse, word)) {
        for (gsize i = 0; i < G_N_ELEMENTS(parameters); i++)
            if (mg_imap_is(parse, word, parameters[i].name))
                mg_imap_detail(open->exchange, mg_imap_raw(parse, word), parameters[i].key, FALSE);
        if (mg_imap_is(parse, word, "QRESYNC"))
            mg_imap_said_qresync(&said, mg_imap_next(parse, word));
    }
}

MG_IMAP_READ(create)
{
    const MgImapParse *parse = &imap->client;
    mg_imap_read_folder(imap, open, node);
    const MgImapNode *use = mg_imap_child(parse, mg_imap_next(parse, node));
    if (!mg_imap_is(parse, use, "USE"))
        return;
    mg_imap_detail(open->exchange, mg_imap_raw(parse, use), "imap.create-use", FALSE);
    for (use = mg_imap_child(parse, mg_imap_next(parse, use)); use != NULL;
         use = mg_imap_next(parse, use))
        mg_imap_detail_attribute(open->exchange, mg_imap_raw(parse, use), FALSE);
}

MG_IMAP_READ(rename)
{
    mg_imap_take_folder(imap, open, node, "folder");
    open->name = mg_imap_folder_of(imap, &imap->client, mg_imap_next(&imap->client, node));
    if (open->folder != NULL)
        mg_imap_exchange_text(open->exchange, "name", open->folder);
    if (open->name != NULL)
        mg_imap_exchange_text(open->exchange, "new-name", open->name);
    /* RFC 9051 section 6.3.6: its messages move, INBOX stays. */
    if (g_strcmp0(open->folder, "INBOX") == 0 && strcmp(open->exchange->key, "imap.rename") == 0)
        open->exchange->key = "imap.rename-inbox";
}

/* ---- Messages ---- */

MG_IMAP_READ(set)
{
    mg_imap_take_set(imap, open, node);
    mg_imap_take_parameters(imap, open, mg_imap_next(&imap->client, node));
}

MG_IMAP_READ(fetch)
{
    const MgImapParse *parse = &imap->client;
    mg_imap_take_set(imap, open, node);
    const MgImapNode *items = mg_imap_next(parse, node);
    if (items == NULL)
        return;
    put_slice(open->exchange, "items",
              mg_imap_is_list(items) ? mg_imap_raw(parse, items) : mg_imap_whole(parse, items));
    mg_imap_detail_fetch_items(parse, open->exchange, items);
    const MgImapNode *modifiers = mg_imap_next(parse, items);
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_parameters(imap, open, modifiers);
    mg_imap_said_modifiers(&said, modifiers);
}

MG_IMAP_READ(partial)
{
    mg_imap_take_set(imap, open, node);
    const MgImapNode *item = mg_imap_next(&imap->client, node);
    if (item == NULL)
        return;
    put_slice(open->exchange, "items", mg_imap_raw(&imap->client, item));
    mg_imap_detail_fetch(open->exchange, mg_imap_raw(&imap->client, item));
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    const MgImapNode *first = mg_imap_next(parse, item), *length = mg_imap_next(parse, first);
    mg_imap_take_parameters(imap, open, first);
    MgDetail *detail = mg_imap_argument_pair(&said, first, length, "imap.argument.partial");
    mg_imap_argument_value(detail, parse, first, "value", FALSE);
    mg_imap_argument_value(detail, parse, length, "limit", FALSE);
}

static gboolean has_deleted(char **flags)
{
    for (; *flags != NULL; flags++)
        if (g_ascii_strcasecmp(*flags, "\\Deleted") == 0)
            return TRUE;
    return FALSE;
}

/* Which row a STORE of flags is (RFC 9051 section 6.4.6): FLAGS with a list puts the delete
 * mark on or takes it off, whichever the list says. */
static void store_row(MgImapOpen *open)
{
    gboolean uid = g_str_has_prefix(open->exchange->verb, "UID ");
    gboolean deleted = has_deleted(open->flags);
    gboolean on = deleted && open->mode != MG_FLAGS_REMOVE;
    gboolean off = deleted ? open->mode == MG_FLAGS_REMOVE : open->mode == MG_FLAGS_REPLACE;
    if (on)
        open->exchange->variant = "deleted";
    else if (off)
        open->exchange->variant = uid || deleted ? "undeleted" : "replace";
    if (!uid && on)
        open->exchange->key = "imap.store-deleted";
    else if (!uid && off)
        open->exchange->key = "imap.store-undeleted";
}

static gboolean has_label(const MgImapOpen *open, const char *label)
{
    for (guint i = 0; open->flags[i] != NULL; i++)
        if (g_ascii_strcasecmp(open->flags[i], label) == 0)
            return TRUE;
    return FALSE;
}

static const char *label_variant(const MgImapOpen *open)
{
    if (open->mode == MG_FLAGS_REMOVE)
        return has_label(open, "\\Inbox") ? "archive" : "remove";
    if (has_label(open, "\\Trash"))
        return "trash";
    return open->mode == MG_FLAGS_ADD ? "add" : NULL;
}

MG_IMAP_READ(store)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_set(imap, open, node);
    node = mg_imap_next(parse, node);
    if (mg_imap_is_list(node) && !mg_imap_is(parse, mg_imap_child(parse, node), "ANNOTATION")) {
        put_slice(open->exchange, "parameters", mg_imap_raw(parse, node));
        mg_imap_said_modifiers(&said, node);
        node = mg_imap_next(parse, node);
    }
    MgSlice item = mg_imap_raw(parse, node);
    if (node == NULL || item.len == 0)
        return;
    put_slice(open->exchange, "items", item);
    open->mode = item.data[0] == '+'   ? MG_FLAGS_ADD
                 : item.data[0] == '-' ? MG_FLAGS_REMOVE
                                       : MG_FLAGS_REPLACE;
    if (open->mode != MG_FLAGS_REPLACE) {
        item.data++;
        item.len--;
    }
    gsize silent = strlen(".SILENT");
    if (item.len > silent &&
        mg_slice_is((MgSlice){item.data + item.len - silent, silent}, ".SILENT")) {
        open->silent = TRUE;
        item.len -= silent;
    }
    if (mg_slice_is(item, "FLAGS")) {
        const MgImapNode *flags = mg_imap_next(parse, node);
        open->flags = mg_imap_take_flags(imap, open, flags);
        if (flags != NULL)
            store_row(open);
    } else if (mg_slice_is(item, "X-GM-LABELS")) {
        open->exchange->key = "imap.store-gm-labels";
        open->command = mg_imap_command_row("imap.store-gm-labels");
        open->flags = mg_imap_labels(parse, mg_imap_next(parse, node));
        open->exchange->variant = label_variant(open);
        mg_imap_said_labels(&said, mg_imap_next(parse, node));
        mg_imap_take_parameters(imap, open, mg_imap_next(parse, node));
    } else if (mg_slice_is(item, "ANNOTATION")) {
        open->exchange->key = "imap.store-annotation";
        open->command = mg_imap_command_row("imap.store-annotation");
        mg_imap_said_message_notes(&said, mg_imap_next(parse, node), TRUE);
        mg_imap_take_parameters(imap, open, mg_imap_next(parse, node));
    }
}

MG_IMAP_READ(copy)
{
    mg_imap_take_set(imap, open, node);
    mg_imap_take_folder(imap, open, mg_imap_next(&imap->client, node), "destination");
}
