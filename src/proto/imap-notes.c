/* Notes on folders, on the server and on messages: METADATA (RFC 5464), the older ANNOTATEMORE,
 * and ANNOTATE (RFC 5257). */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* ---- METADATA: /private/… is the user's own, /shared/… everybody's ---- */

typedef enum { ASKED, WRITTEN, REMOVED, TOLD, WAYS } Way;

static const char *entry_key(const char *entry, Way way)
{
    static const char *const keys[][WAYS] = {
        {"imap.argument.note-private", "imap.argument.note-private-written",
         "imap.argument.note-private-removed", "imap.argument.note-private-told"},
        {"imap.argument.note-shared", "imap.argument.note-shared-written",
         "imap.argument.note-shared-removed", "imap.argument.note-shared-told"},
        {"imap.argument.note", "imap.argument.note-written", "imap.argument.note-removed",
         "imap.argument.note-told"},
    };
    return keys[g_ascii_strncasecmp(entry, "/private/", 9) == 0  ? 0
                : g_ascii_strncasecmp(entry, "/shared/", 8) == 0 ? 1
                                                                 : 2][way];
}

/* value: NULL where the name alone is said. */
static void entry(const MgImapSaid *said, const MgImapNode *node, const MgImapNode *value, Way way)
{
    g_autofree char *name = mg_imap_string(said->parse, node);
    if (name == NULL)
        return;
    const gboolean nil = mg_imap_is(said->parse, value, "NIL");
    if (nil)
        way = way == WRITTEN ? REMOVED : ASKED;
    if (nil && way == ASKED) {
        mg_imap_argument(said, mg_imap_whole(said->parse, node), "imap.argument.note-nothing");
        return;
    }
    MgDetail *detail =
        mg_imap_argument(said, mg_imap_whole(said->parse, node), entry_key(name, way));
    mg_imap_argument_value(detail, said->parse, value, "value", FALSE);
}

/* (entry value …), or names alone in a list or not. */
static void entries(const MgImapSaid *said, const MgImapNode *node, Way way)
{
    const MgImapParse *parse = said->parse;
    if (mg_imap_is_list(node))
        node = mg_imap_child(parse, node);
    while (node != NULL) {
        const MgImapNode *value = way == WRITTEN || way == TOLD ? mg_imap_next(parse, node) : NULL;
        entry(said, node, value, way);
        node = mg_imap_next(parse, value != NULL ? value : node);
    }
}

/* (MAXSIZE 1024 DEPTH infinity) */
static void options(const MgImapSaid *said, const MgImapNode *list)
{
    static const MgImapWord words[] = {
        {"MAXSIZE", "imap.argument.note-maxsize"},
        {"DEPTH", "imap.argument.note-depth"},
    };
    const MgImapParse *parse = said->parse;
    for (const MgImapNode *word = mg_imap_child(parse, list); word != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, word);
        const char *key = MG_IMAP_WORD_KEY(parse, word, words);
        if (key != NULL && strcmp(key, words[1].key) == 0)
            key = mg_imap_is(parse, value, "0")   ? "imap.argument.note-depth-zero"
                  : mg_imap_is(parse, value, "1") ? "imap.argument.note-depth-one"
                                                  : key;
        MgDetail *detail = mg_imap_argument_pair(said, word, value, key);
        mg_imap_argument_value(detail, parse, value, "value", FALSE);
        word = mg_imap_next(parse, value);
    }
}

static gboolean is_options(const MgImapParse *parse, const MgImapNode *list)
{
    const MgImapNode *word = mg_imap_child(parse, list);
    return mg_imap_is(parse, word, "MAXSIZE") || mg_imap_is(parse, word, "DEPTH");
}

/* [(options)] mailbox [(options)] entries; the mailbox "" is the server itself. */
MG_IMAP_READ(metadata)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    const gboolean writes = strcmp(open->command->key, "imap.setmetadata") == 0;
    if (mg_imap_is_list(node)) {
        options(&said, node);
        node = mg_imap_next(parse, node);
    }
    mg_imap_take_folder(imap, open, node, "folder");
    if (open->folder != NULL && *open->folder == '\0') {
        open->exchange->variant = "server";
        g_hash_table_remove(open->exchange->args, "folder");
    }
    node = mg_imap_next(parse, node);
    mg_imap_take_parameters(imap, open, node);
    if (!writes && is_options(parse, node)) {
        options(&said, node);
        node = mg_imap_next(parse, node);
    }
    entries(&said, node, writes ? WRITTEN : ASKED);
}

/* * METADATA mailbox (entry value …), or names of entries that have changed */
void mg_imap_untagged_metadata(const MgImapLine *line)
{
    const MgImapSaid said = {&line->imap->server, line->exchange, TRUE};
    const MgImapNode *node = mg_imap_line_folder(line, line->node);
    entries(&said, node, mg_imap_is_list(node) ? TOLD : ASKED);
}

/* ---- The older commands: mailbox entry (attribute value …) ---- */

static void attributes(const MgImapSaid *said, const MgImapNode *node, Way way)
{
    const MgImapParse *parse = said->parse;
    static const MgImapWord words[] = {
        {"value.priv", "imap.argument.attribute-private"},
        {"value.shared", "imap.argument.attribute-shared"},
        {"value", "imap.argument.attribute-value"},
        {"size.priv", "imap.argument.attribute-size"},
        {"size.shared", "imap.argument.attribute-size"},
        {"size", "imap.argument.attribute-size"},
        {"content-type.priv", "imap.argument.attribute-type"},
        {"content-type.shared", "imap.argument.attribute-type"},
    };
    if (mg_imap_is_list(node))
        node = mg_imap_child(parse, node);
    while (node != NULL) {
        const MgImapNode *value = way == WRITTEN || way == TOLD ? mg_imap_next(parse, node) : NULL;
        const char *key = MG_IMAP_WORD_KEY(parse, node, words);
        if (key != NULL && mg_imap_is(parse, value, "NIL"))
            key = way == WRITTEN ? "imap.argument.attribute-removed" : "imap.argument.note-nothing";
        MgDetail *detail = mg_imap_argument(said, mg_imap_whole(parse, node), key);
        mg_imap_argument_value(detail, parse, value, "value", FALSE);
        node = mg_imap_next(parse, value != NULL ? value : node);
    }
}

/* The entries, one or a list. */
static void names(const MgImapSaid *said, const MgImapNode *node, const char *key)
{
    const MgImapParse *parse = said->parse;
    const MgImapNode *name = mg_imap_is_list(node) ? mg_imap_child(parse, node) : node;
    for (; name != NULL; name = name != node ? mg_imap_next(parse, name) : NULL)
        mg_imap_argument_node(said, name, key);
}

MG_IMAP_READ(annotation)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    const gboolean writes = strcmp(open->command->key, "imap.setannotation") == 0;
    mg_imap_read_folder(imap, open, node);
    if (open->folder != NULL && *open->folder == '\0') {
        open->exchange->variant = "server";
        g_hash_table_remove(open->exchange->args, "folder");
    }
    node = mg_imap_next(parse, node);
    names(&said, node, "imap.argument.note");
    attributes(&said, mg_imap_next(parse, node), writes ? WRITTEN : ASKED);
}

void mg_imap_untagged_annotation(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *node = mg_imap_line_folder(line, line->node);
    names(&said, node, "imap.argument.note");
    attributes(&said, mg_imap_next(parse, node), TOLD);
}

/* ---- Notes on messages: (entry (attribute value …) …); asked for: (entries attributes) ---- */

void mg_imap_said_message_notes(const MgImapSaid *said, const MgImapNode *list, gboolean written)
{
    const MgImapParse *parse = said->parse;
    const MgImapNode *name = mg_imap_child(parse, list);
    if (!written) {
        names(said, name, "imap.argument.note-message");
        attributes(said, mg_imap_next(parse, name), ASKED);
        return;
    }
    while (name != NULL) {
        const MgImapNode *values = mg_imap_next(parse, name);
        names(said, name, "imap.argument.note-message");
        attributes(said, values, WRITTEN);
        name = mg_imap_next(parse, values);
    }
}
