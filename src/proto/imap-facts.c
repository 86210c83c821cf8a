/* Tables of facts: STATUS, QUOTA, NAMESPACE, ID, and lists of plain words. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* ---- STATUS (RFC 9051 section 6.3.11 and the extensions of the table) ---- */

void mg_imap_said_status(const MgImapSaid *said, const MgImapNode *items, gboolean values)
{
    static const MgImapWord words[] = {
        {"MESSAGES", "imap.argument.status-messages"},
        {"RECENT", "imap.argument.status-recent"},
        {"UIDNEXT", "imap.argument.status-uidnext"},
        {"UIDVALIDITY", "imap.argument.status-uidvalidity"},
        {"UNSEEN", "imap.argument.status-unseen"},
        {"SIZE", "imap.argument.status-size"},
        {"DELETED", "imap.argument.status-deleted"},
        {"DELETED-STORAGE", "imap.argument.status-deleted-storage"},
        {"HIGHESTMODSEQ", "imap.argument.status-highestmodseq"},
        {"APPENDLIMIT", "imap.argument.status-appendlimit"},
        {"MAILBOXID", "imap.argument.status-mailboxid"},
        {"X-SIZE", "imap.argument.status-size"},
        {"X-GUID", "imap.argument.status-x-guid"},
    };
    const MgImapParse *parse = said->parse;
    const MgImapNode *item = mg_imap_is_list(items) ? mg_imap_child(parse, items) : items;
    while (item != NULL) {
        const MgImapNode *value = values ? mg_imap_next(parse, item) : NULL;
        MgDetail *detail =
            mg_imap_argument_pair(said, item, value, MG_IMAP_WORD_KEY(parse, item, words));
        /* MAILBOXID (F2212ea87) */
        mg_imap_argument_value(detail, parse,
                               mg_imap_is_list(value) ? mg_imap_child(parse, value) : value,
                               "value", TRUE);
        item = mg_imap_next(parse, values ? value : item);
    }
}

MG_IMAP_READ(status)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_folder(imap, open, node, "folder");
    const MgImapNode *items = mg_imap_next(parse, node);
    if (items == NULL)
        return;
    g_autofree char *text = mg_slice_dup(mg_imap_raw(parse, items));
    mg_imap_exchange_text(open->exchange, "items", text);
    mg_imap_said_status(&said, items, FALSE);
}

/* ---- QUOTA (RFC 9208) ---- */

static const MgImapWord resources[] = {
    {"STORAGE", "imap.argument.quota-storage"},
    {"MESSAGE", "imap.argument.quota-message"},
    {"MAILBOX", "imap.argument.quota-mailbox"},
    {"ANNOTATION-STORAGE", "imap.argument.quota-annotation-storage"},
};

static const MgImapWord limits[] = {
    {"STORAGE", "imap.argument.limit-storage"},
    {"MESSAGE", "imap.argument.limit-message"},
    {"MAILBOX", "imap.argument.limit-mailbox"},
    {"ANNOTATION-STORAGE", "imap.argument.limit-annotation-storage"},
};

/* root, and for SETQUOTA (resource limit …) */
MG_IMAP_READ(quota)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_parameters(imap, open, node);
    g_autofree char *root = mg_imap_string(parse, node);
    if (root != NULL && *root != '\0')
        mg_imap_exchange_text(open->exchange, "name", root);
    const MgImapNode *list = mg_imap_next(parse, node);
    if (mg_imap_is_list(list) && mg_imap_child(parse, list) == NULL)
        mg_imap_argument_node(&said, list, "imap.argument.limit-none");
    for (const MgImapNode *name = mg_imap_child(parse, list); name != NULL;) {
        const MgImapNode *limit = mg_imap_next(parse, name);
        const char *key = MG_IMAP_WORD_KEY(parse, name, limits);
        MgDetail *detail = mg_imap_argument_pair(&said, name, limit,
                                                 key != NULL ? key : "imap.argument.limit-other");
        mg_imap_argument_value(detail, parse, name, "name", FALSE);
        mg_imap_argument_value(detail, parse, limit, "limit", FALSE);
        name = mg_imap_next(parse, limit);
    }
}

/* * QUOTA root (resource used limit …) */
void mg_imap_untagged_quota(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *list = mg_imap_next(parse, line->node);
    g_autofree char *root = mg_imap_string(parse, line->node);
    if (root != NULL && *root != '\0')
        mg_reply_arg(line->reply, "name", "%s", root);
    for (const MgImapNode *name = mg_imap_child(parse, list); name != NULL;) {
        const MgImapNode *used = mg_imap_next(parse, name), *limit = mg_imap_next(parse, used);
        const char *key = MG_IMAP_WORD_KEY(parse, name, resources);
        MgDetail *detail =
            limit != NULL ? mg_imap_argument_pair(&said, name, limit,
                                                  key != NULL ? key : "imap.argument.quota-other")
                          : NULL;
        mg_imap_argument_value(detail, parse, name, "name", FALSE);
        mg_imap_argument_value(detail, parse, used, "used", FALSE);
        mg_imap_argument_value(detail, parse, limit, "limit", FALSE);
        name = mg_imap_next(parse, limit);
    }
}

/* * QUOTAROOT mailbox *root */
void mg_imap_untagged_quotaroot(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *root = mg_imap_line_folder(line, line->node);
    for (; root != NULL; root = mg_imap_next(parse, root))
        mg_imap_argument_node(&said, root, "imap.argument.quota-root");
}

/* ---- NAMESPACE (RFC 2342) ---- */

/* prefix, delimiter or NIL, extensions */
static void one_namespace(const MgImapLine *line, const MgImapNode *list, const char *key,
                          const char *without)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *prefix = mg_imap_child(parse, list);
    g_autofree char *text = mg_imap_folder_of(line->imap, parse, prefix);
    if (text == NULL)
        return;
    MgDetail *detail =
        mg_imap_argument(&said, mg_imap_whole(parse, list), *text != '\0' ? key : without);
    if (detail != NULL && *text != '\0')
        mg_detail_arg(detail, "prefix", "%s", text);
    mg_imap_argument_value(detail, parse, mg_imap_next(parse, prefix), "delimiter", FALSE);
}

void mg_imap_untagged_namespace(const MgImapLine *line)
{
    static const struct {
        const char *key, *without, *none;
    } kinds[] = {
        {"imap.argument.namespace-own", "imap.argument.namespace-own-bare",
         "imap.argument.namespace-own-none"},
        {"imap.argument.namespace-others", "imap.argument.namespace-others-bare",
         "imap.argument.namespace-others-none"},
        {"imap.argument.namespace-shared", "imap.argument.namespace-shared-bare",
         "imap.argument.namespace-shared-none"},
    };
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *kind = line->node;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds) && kind != NULL; i++) {
        if (!mg_imap_is_list(kind))
            mg_imap_argument_node(&said, kind, kinds[i].none);
        for (const MgImapNode *list = mg_imap_child(parse, kind); list != NULL;
             list = mg_imap_next(parse, list))
            one_namespace(line, list, kinds[i].key, kinds[i].without);
        kind = mg_imap_next(parse, kind);
    }
}

/* ---- ID (RFC 2971) ---- */

void mg_imap_said_id(const MgImapSaid *said, const MgImapNode *list)
{
    static const MgImapWord fields[] = {
        {"name", "imap.argument.id-name"},
        {"version", "imap.argument.id-version"},
        {"os", "imap.argument.id-os"},
        {"os-version", "imap.argument.id-os-version"},
        {"vendor", "imap.argument.id-vendor"},
        {"support-url", "imap.argument.id-support-url"},
        {"address", "imap.argument.id-address"},
        {"date", "imap.argument.id-date"},
        {"command", "imap.argument.id-command"},
        {"arguments", "imap.argument.id-arguments"},
        {"environment", "imap.argument.id-environment"},
        {"x-originating-ip", "imap.argument.id-x-originating-ip"},
        {"x-originating-port", "imap.argument.id-x-originating-port"},
        {"x-connected-ip", "imap.argument.id-x-connected-ip"},
        {"x-connected-port", "imap.argument.id-x-connected-port"},
        {"x-session-id", "imap.argument.id-x-session-id"},
        {"x-session-ext-id", "imap.argument.id-x-session-id"},
        {"x-proxy-ttl", "imap.argument.id-x-proxy-ttl"},
    };
    const MgImapParse *parse = said->parse;
    if (list != NULL && !mg_imap_is_list(list))
        mg_imap_argument_node(said, list, "imap.argument.id-none");
    for (const MgImapNode *field = mg_imap_child(parse, list); field != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, field);
        const char *key = MG_IMAP_WORD_KEY(parse, field, fields);
        MgDetail *detail = mg_imap_argument(said, mg_imap_raw(parse, field),
                                            key != NULL ? key : "imap.argument.id-other");
        mg_imap_argument_value(detail, parse, value, "value", FALSE);
        field = mg_imap_next(parse, value);
    }
}

void mg_imap_untagged_id(const MgImapLine *line)
{
    const MgImapSaid said = {&line->imap->server, line->exchange, TRUE};
    mg_imap_said_id(&said, line->node);
    for (guint i = 0; i < line->exchange->details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(line->exchange->details, i);
        const char *name = detail->in_reply && g_strcmp0(detail->key, "imap.argument.id-name") == 0
                               ? g_hash_table_lookup(detail->args, "value")
                               : NULL;
        if (name != NULL)
            mg_reply_arg(line->reply, "name", "%s", name);
    }
}

/* ---- Plain words ---- */

/* What the words of a command or an untagged line are; the first one may differ. */
static const struct {
    const char *key, *first, *rest;
} plain[] = {
    {"imap.language", "imap.argument.language", "imap.argument.language"},
    {"imap.response.language", "imap.argument.language-known", "imap.argument.language-known"},
    {"imap.comparator", "imap.argument.comparator", "imap.argument.comparator"},
    {"imap.response.comparator", "imap.argument.comparator-used", "imap.argument.comparator-fits"},
    {"imap.compress", "imap.argument.compress-deflate", NULL},
    {"imap.conversions", "imap.argument.conversion-from", "imap.argument.conversion-to"},
    {"imap.response.conversion", "imap.argument.conversion-from", "imap.argument.conversion-to"},
    {"imap.response.jmapaccess", "imap.argument.jmap-url", NULL},
    {"imap.response.netscape", "imap.argument.account-url", NULL},
    {"imap.cancelupdate", "imap.argument.tag", "imap.argument.tag"},
    {"imap.uidbatches", "imap.argument.batch-size", "imap.argument.batch-numbers"},
};

static void plain_words(const MgImapSaid *said, const char *key, const MgImapNode *node)
{
    const MgImapParse *parse = said->parse;
    gsize i = 0;
    while (i < G_N_ELEMENTS(plain) && strcmp(plain[i].key, key) != 0)
        i++;
    if (i == G_N_ELEMENTS(plain))
        return;
    for (gboolean first = TRUE; node != NULL; first = FALSE, node = mg_imap_next(parse, node)) {
        const MgImapNode *word = mg_imap_is_list(node) ? mg_imap_child(parse, node) : node;
        for (; word != NULL; word = word != node ? mg_imap_next(parse, word) : NULL) {
            const char *of = mg_imap_is(parse, word, "default") ? "imap.argument.default"
                             : first                            ? plain[i].first
                                                                : plain[i].rest;
            /* Of one language the server says that it speaks it, of several that it can. */
            if (strcmp(key, "imap.response.language") == 0 && mg_imap_is_list(node) &&
                mg_imap_next(parse, mg_imap_child(parse, node)) == NULL)
                of = "imap.argument.language-spoken";
            MgDetail *detail = of != NULL ? mg_imap_argument_node(said, word, of) : NULL;
            mg_imap_argument_value(detail, parse, word, "value", TRUE);
        }
    }
}

MG_IMAP_READ(words)
{
    const MgImapSaid said = {&imap->client, open->exchange, FALSE};
    mg_imap_take_words(imap, open, node);
    plain_words(&said, open->exchange->key, node);
}

void mg_imap_untagged_words(const MgImapLine *line)
{
    const MgImapSaid said = {&line->imap->server, line->exchange, TRUE};
    plain_words(&said, line->reply->key, line->node);
}

/* * UIDBATCHES (TAG "a") 2000:1001,1000:1 (the portions, newest first) */
void mg_imap_untagged_uidbatches(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapNode *set =
        mg_imap_is_list(line->node) ? mg_imap_next(parse, line->node) : line->node;
    MgSlice raw = mg_imap_raw(parse, set);
    if (raw.len == 0)
        return;
    guint portions = 1;
    for (gsize i = 0; i < raw.len; i++)
        portions += raw.data[i] == ',';
    mg_reply_arg(line->reply, "count", "%u", portions);
    g_auto(GStrv) ranges = NULL;
    g_autofree char *text = mg_slice_dup(raw);
    ranges = g_strsplit(text, ",", MG_LIMIT_DETAILS);
    for (gsize i = 0; ranges[i] != NULL; i++)
        mg_imap_argument(&said, (MgSlice){(const guint8 *)ranges[i], strlen(ranges[i])},
                         "imap.argument.batch");
}
