/* Passes to single messages (URLAUTH, RFC 4467, RFC 5092) and push messages. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* Up to the next `;` or `/`. */
static MgSlice piece(const char *at)
{
    return (MgSlice){(const guint8 *)at, strcspn(at, ";/")};
}

/* submit+fred:INTERNAL:token, authuser:INTERNAL: who may use it.  The token is hidden with the
 * line. */
static void access(const MgImapSaid *said, const char *at, MgSlice token)
{
    static const struct {
        const char *begins, *key;
    } users[] = {
        {"submit+", "imap.argument.url-submit"},    {"user+", "imap.argument.url-user"},
        {"authuser", "imap.argument.url-authuser"}, {"anonymous", "imap.argument.url-anonymous"},
        {"stream", "imap.argument.url-stream"},
    };
    const gsize len = MIN(strcspn(at, ":"), (gsize)((const char *)token.data + token.len - at));
    const MgSlice shown = {token.data, (gsize)(at + len - (const char *)token.data)};
    for (gsize i = 0; i < G_N_ELEMENTS(users); i++) {
        const gsize prefix = strlen(users[i].begins);
        if (g_ascii_strncasecmp(at, users[i].begins, prefix) != 0)
            continue;
        MgDetail *detail = mg_imap_argument(said, shown, users[i].key);
        if (detail != NULL && len > prefix)
            mg_detail_arg(detail, "name", "%.*s", (int)(len - prefix), at + prefix);
        return;
    }
}

void mg_imap_said_url(const MgImapSaid *said, const MgImapNode *node)
{
    static const struct {
        const char *name, *key;
    } parts[] = {
        {";uid=", "imap.argument.url-uid"},
        {";uidvalidity=", "imap.argument.url-uidvalidity"},
        {";section=", "imap.argument.url-section"},
        {";partial=", "imap.argument.url-partial"},
        {";expire=", "imap.argument.url-expire"},
        {";urlauth=", NULL},
    };
    g_autofree char *url = mg_imap_string(said->parse, node);
    if (url == NULL)
        return;
    for (const char *at = strchr(url, ';'); at != NULL; at = strchr(at + 1, ';')) {
        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
            const gsize name = strlen(parts[i].name);
            if (g_ascii_strncasecmp(at, parts[i].name, name) != 0)
                continue;
            MgSlice value = piece(at + name);
            const MgSlice token = {(const guint8 *)at + 1, name - 1 + value.len};
            if (parts[i].key == NULL) {
                access(said, at + name, token);
                continue;
            }
            MgDetail *detail = mg_imap_argument(said, token, parts[i].key);
            if (detail != NULL && value.len > 0)
                mg_detail_arg(detail, "value", "%.*s", (int)value.len, (const char *)value.data);
        }
    }
}

static const char *mechanism_key(const MgImapParse *parse, const MgImapNode *node)
{
    return mg_imap_is(parse, node, "INTERNAL") ? "imap.argument.url-internal"
                                               : "imap.argument.url-mechanism";
}

/* url mechanism [url mechanism …] */
MG_IMAP_READ(genurlauth)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_read_tokens(imap, open, node);
    while (node != NULL) {
        const MgImapNode *mechanism = mg_imap_next(parse, node);
        mg_imap_said_url(&said, node);
        mg_imap_argument_node(&said, mechanism, mechanism_key(parse, mechanism));
        node = mg_imap_next(parse, mechanism);
    }
}

/* [mailbox [mechanism …]] */
MG_IMAP_READ(resetkey)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_read_folder(imap, open, node);
    for (node = mg_imap_next(parse, node); node != NULL; node = mg_imap_next(parse, node))
        mg_imap_argument_node(&said, node, mechanism_key(parse, node));
}

/* url …, or (url BODYPARTSTRUCTURE BODY BINARY) … (RFC 5524) */
MG_IMAP_READ(urlfetch)
{
    static const MgImapWord words[] = {
        {"BODYPARTSTRUCTURE", "imap.argument.url-structure"},
        {"BODY", "imap.argument.url-body"},
        {"BINARY", "imap.argument.url-binary"},
    };
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_read_tokens(imap, open, node);
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        const MgImapNode *url = mg_imap_is_list(node) ? mg_imap_child(parse, node) : node;
        mg_imap_said_url(&said, url);
        const MgImapNode *word = url != node ? mg_imap_next(parse, url) : NULL;
        for (; word != NULL; word = mg_imap_next(parse, word))
            mg_imap_argument_node(&said, word, MG_IMAP_WORD_KEY(parse, word, words));
    }
}

/* ---- Push messages of one maker ---- */

static void push(const MgImapSaid *said, const MgImapNode *node)
{
    static const MgImapWord names[] = {
        {"aps-version", "imap.argument.push-version"},
        {"aps-account-id", "imap.argument.push-account"},
        {"aps-device-token", "imap.argument.push-token"},
        {"aps-subtopic", "imap.argument.push-subtopic"},
        {"aps-topic", "imap.argument.push-topic"},
        {"mailboxes", "imap.argument.push-mailboxes"},
    };
    const MgImapParse *parse = said->parse;
    while (node != NULL) {
        const MgImapNode *value = mg_imap_next(parse, node);
        const char *key = MG_IMAP_WORD_KEY(parse, node, names);
        MgDetail *detail = mg_imap_argument(said, mg_imap_raw(parse, node), key);
        if (detail != NULL && mg_imap_is_list(value)) {
            g_autofree char *list = mg_slice_dup(mg_imap_raw(parse, value));
            mg_detail_arg(detail, "value", "%s", list);
        } else if (g_strcmp0(key, "imap.argument.push-token") != 0) {
            mg_imap_argument_value(detail, parse, value, "value", FALSE);
        }
        node = mg_imap_next(parse, value);
    }
}

MG_IMAP_READ(push)
{
    const MgImapSaid said = {&imap->client, open->exchange, FALSE};
    mg_imap_read_tokens(imap, open, node);
    push(&said, node);
}

void mg_imap_untagged_push(const MgImapLine *line)
{
    const MgImapSaid said = {&line->imap->server, line->exchange, TRUE};
    push(&said, line->node);
}
