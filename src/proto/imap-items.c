/* Fetch items and search keys that have an explanation of their own. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* clang-format off */
/* With how many arguments of theirs follow, so that a word to be found is no key. */
static const struct {
    const char *key;
    guint arguments;
} search_keys[] = {
    {"imap.search.all", 0},
    {"imap.search.answered", 0},
    {"imap.search.bcc", 1},
    {"imap.search.before", 1},
    {"imap.search.body", 1},
    {"imap.search.cc", 1},
    {"imap.search.deleted", 0},
    {"imap.search.draft", 0},
    {"imap.search.flagged", 0},
    {"imap.search.from", 1},
    {"imap.search.header", 2},
    {"imap.search.keyword", 1},
    {"imap.search.larger", 1},
    {"imap.search.new", 0},
    {"imap.search.not", 0},
    {"imap.search.old", 0},
    {"imap.search.on", 1},
    {"imap.search.or", 0},
    {"imap.search.recent", 0},
    {"imap.search.seen", 0},
    {"imap.search.sentbefore", 1},
    {"imap.search.senton", 1},
    {"imap.search.sentsince", 1},
    {"imap.search.since", 1},
    {"imap.search.smaller", 1},
    {"imap.search.subject", 1},
    {"imap.search.text", 1},
    {"imap.search.to", 1},
    {"imap.search.uid", 1},
    {"imap.search.unanswered", 0},
    {"imap.search.undeleted", 0},
    {"imap.search.undraft", 0},
    {"imap.search.unflagged", 0},
    {"imap.search.unkeyword", 1},
    {"imap.search.unseen", 0},
    {"imap.search.charset", 1},
    {"imap.search.return", 0},
    {"imap.search.context", 0},
    {"imap.search.fuzzy", 0},
    {"imap.search.older", 1},
    {"imap.search.younger", 1},
    {"imap.search.modseq", 0},
    {"imap.search.annotation", 3},
    {"imap.search.filter", 1},
    {"imap.search.emailid", 1},
    {"imap.search.threadid", 1},
    {"imap.search.savedbefore", 1},
    {"imap.search.savedon", 1},
    {"imap.search.savedsince", 1},
    {"imap.search.savedatesupported", 0},
    {"imap.search.uidafter", 1},
    {"imap.search.uidbefore", 1},
    {"imap.search.inthread", 1},
    {"imap.search.x-gm-raw", 1},
    {"imap.search.x-gm-msgid", 1},
    {"imap.search.x-gm-thrid", 1},
    {"imap.search.x-gm-labels", 1},
    {"imap.search.mimepart", 0},
    {"imap.search.x-guid", 1},
    {"imap.search.x-mailbox", 1},
    {"imap.search.x-real-uid", 1},
    {"imap.search.x-savedbefore", 1},
    {"imap.search.x-savedon", 1},
    {"imap.search.x-savedsince", 1},
};

static const char *const fetch_items[] = {
    "imap.fetch.all",
    "imap.fetch.annotation",
    "imap.fetch.availableconversions",
    "imap.fetch.basecid",
    "imap.fetch.binary",
    "imap.fetch.binary-part",
    "imap.fetch.binary-peek",
    "imap.fetch.binary-peek-part",
    "imap.fetch.binary-size",
    "imap.fetch.body",
    "imap.fetch.body-0",
    "imap.fetch.body-header",
    "imap.fetch.body-header-fields",
    "imap.fetch.body-header-fields-not",
    "imap.fetch.body-mime",
    "imap.fetch.body-part",
    "imap.fetch.body-part-header",
    "imap.fetch.body-part-mime",
    "imap.fetch.body-part-slice",
    "imap.fetch.body-part-text",
    "imap.fetch.body-peek",
    "imap.fetch.body-peek-header",
    "imap.fetch.body-peek-header-fields",
    "imap.fetch.body-peek-header-fields-not",
    "imap.fetch.body-peek-mime",
    "imap.fetch.body-peek-part",
    "imap.fetch.body-peek-slice",
    "imap.fetch.body-peek-text",
    "imap.fetch.body-slice",
    "imap.fetch.body-structure",
    "imap.fetch.body-text",
    "imap.fetch.bodypartstructure",
    "imap.fetch.bodystructure",
    "imap.fetch.changedsince",
    "imap.fetch.cid",
    "imap.fetch.createdmodseq",
    "imap.fetch.digest-sha1",
    "imap.fetch.emailid",
    "imap.fetch.envelope",
    "imap.fetch.fast",
    "imap.fetch.flags",
    "imap.fetch.folder",
    "imap.fetch.full",
    "imap.fetch.internaldate",
    "imap.fetch.lastupdated",
    "imap.fetch.mailboxes",
    "imap.fetch.mailboxids",
    "imap.fetch.modseq",
    "imap.fetch.partial",
    "imap.fetch.preview",
    "imap.fetch.rfc822",
    "imap.fetch.rfc822-filesize",
    "imap.fetch.rfc822-header",
    "imap.fetch.rfc822-header-lines",
    "imap.fetch.rfc822-header-lines-not",
    "imap.fetch.rfc822-peek",
    "imap.fetch.rfc822-size",
    "imap.fetch.rfc822-text",
    "imap.fetch.rfc822-text-peek",
    "imap.fetch.savedate",
    "imap.fetch.snippet",
    "imap.fetch.threadid",
    "imap.fetch.uid",
    "imap.fetch.uidvalidity",
    "imap.fetch.vanished",
    "imap.fetch.x-gm-labels",
    "imap.fetch.x-gm-msgid",
    "imap.fetch.x-gm-thrid",
    "imap.fetch.x-guid",
    "imap.fetch.x-mailbox",
    "imap.fetch.x-real-uid",
    "imap.fetch.x-savedate",
};

/* clang-format on */

/* What a section names: "header" of HEADER, "part" of 1.2, "part-mime" of 1.MIME … */
static const char *section_word(const char *section)
{
    static const struct {
        const char *prefix, *whole, *of_part;
    } words[] = {
        {"header.fields.not", "-header-fields-not", "-part-header"},
        {"header.fields", "-header-fields", "-part-header"},
        {"header", "-header", "-part-header"},
        {"text", "-text", "-part-text"},
        {"mime", "-mime", "-part-mime"},
    };
    const char *part = section;
    while (g_ascii_isdigit(*part) || *part == '.')
        part++;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_str_has_prefix(part, words[i].prefix))
            return part > section ? words[i].of_part : words[i].whole;
    if (g_str_has_prefix(section, "0]") || strstr(section, ".0]") != NULL)
        return "-0";
    return part > section ? "-part" : "";
}

/* The table's key for an item with brackets (RFC 9051 section 6.4.5): base, -peek, section,
 * -slice; what has no entry of its own is explained without PEEK, then without <slice>. */
static const char *section_key(const char *item, const char *bracket)
{
    g_autofree char *base = g_strndup(item, (gsize)(bracket - item));
    gboolean peek = g_str_has_suffix(base, ".peek");
    if (peek)
        base[strlen(base) - strlen(".peek")] = '\0';
    g_strdelimit(base, ".", '-');
    const char *section = section_word(bracket + 1);
    gboolean slice = strchr(bracket, '<') != NULL;
    for (guint less = 0; less < 4; less++) {
        g_autofree char *name = g_strconcat(base, peek && !(less & 1) ? "-peek" : "", section,
                                            slice && !(less & 2) ? "-slice" : "", NULL);
        const char *key = MG_IMAP_LOOK_UP(fetch_items, "imap.fetch.", name);
        if (key != NULL)
            return key;
    }
    return MG_IMAP_LOOK_UP(fetch_items, "imap.fetch.", base);
}

/* <0.2048>: at most 2048 octets, from octet 0 on. */
static void slice(MgExchange *exchange, MgSlice token)
{
    const MgImapSaid said = {NULL, exchange, FALSE};
    gsize at = token.len;
    while (at > 0 && token.data[at - 1] != '<')
        at--;
    MgSlice first = {token.data + at, 0}, limit;
    while (at + first.len < token.len && g_ascii_isdigit(first.data[first.len]))
        first.len++;
    if (at == 0 || first.len == 0 || at + first.len == token.len || first.data[first.len] != '.')
        return;
    limit = (MgSlice){first.data + first.len + 1, 0};
    while (at + first.len + 1 + limit.len < token.len && g_ascii_isdigit(limit.data[limit.len]))
        limit.len++;
    MgDetail *detail = mg_imap_argument(&said, (MgSlice){token.data + at - 1, token.len - at + 1},
                                        "imap.argument.slice");
    if (detail == NULL || limit.len == 0)
        return;
    mg_detail_arg(detail, "value", "%.*s", (int)first.len, (const char *)first.data);
    mg_detail_arg(detail, "limit", "%.*s", (int)limit.len, (const char *)limit.data);
}

void mg_imap_detail_fetch(MgExchange *exchange, MgSlice token)
{
    g_autofree char *item = mg_imap_lower(token);
    const char *bracket = strchr(item, '[');
    const char *key;
    if (bracket != NULL) {
        key = section_key(item, bracket);
    } else {
        g_strdelimit(item, ".", '-');
        /* BODY without brackets asks for the structure. */
        key = MG_IMAP_LOOK_UP(fetch_items, "imap.fetch.",
                              strcmp(item, "body") == 0 ? "body-structure" : item);
    }
    mg_imap_detail(exchange, token, key != NULL ? key : "imap.fetch.unknown", FALSE);
    if (bracket != NULL)
        slice(exchange, token);
}

void mg_imap_detail_fetch_items(const MgImapParse *parse, MgExchange *exchange,
                                const MgImapNode *node)
{
    const MgImapSaid said = {parse, exchange, FALSE};
    gboolean list = mg_imap_is_list(node);
    const MgImapNode *item = list ? mg_imap_child(parse, node) : node;
    const MgImapNode *before = NULL;
    for (; item != NULL; before = item, item = list ? mg_imap_next(parse, item) : NULL) {
        if (item->type == MG_IMAP_ATOM)
            mg_imap_detail_fetch(exchange, mg_imap_raw(parse, item));
        else if (mg_imap_is(parse, before, "PREVIEW") &&
                 mg_imap_is(parse, mg_imap_child(parse, item), "LAZY"))
            mg_imap_argument_node(&said, item, "imap.argument.preview-lazy");
        else if (mg_imap_is(parse, before, "ANNOTATION"))
            mg_imap_said_message_notes(&said, item, FALSE);
    }
}

/* MODSEQ has one number, or an entry and its kind before it (RFC 7162 section 3.1.5). */
static guint arguments_of(const MgImapParse *parse, const MgImapNode *node, gsize i)
{
    const MgImapNode *next = mg_imap_next(parse, node);
    if (mg_imap_is(parse, node, "MODSEQ"))
        return next != NULL && next->type == MG_IMAP_ATOM ? 1 : 3;
    return search_keys[i].arguments;
}

static void search_key(MgExchange *exchange, const MgImapParse *parse, const MgImapNode **node)
{
    const MgImapSaid said = {parse, exchange, FALSE};
    MgSlice token = mg_imap_raw(parse, *node);
    if ((*node)->type != MG_IMAP_ATOM)
        return;
    if (mg_imap_set_valid(token)) {
        gboolean saved = token.len == 1 && token.data[0] == '$';
        mg_imap_detail(exchange, token, saved ? "imap.search.$" : "imap.search.sequence-set",
                       FALSE);
        return;
    }
    g_autofree char *name = mg_imap_lower(token);
    for (gsize i = 0; i < G_N_ELEMENTS(search_keys); i++) {
        if (strcmp(search_keys[i].key + strlen("imap.search."), name) != 0)
            continue;
        const MgImapNode *key = *node, *last = NULL;
        for (guint skip = arguments_of(parse, *node, i); skip > 0 && *node != NULL; skip--) {
            *node = mg_imap_next(parse, *node);
            last = *node != NULL ? *node : last;
        }
        mg_imap_argument_pair(&said, key, last, search_keys[i].key);
        return;
    }
    mg_imap_detail(exchange, token, "imap.search.unknown", FALSE);
}

/* Not deeper than the grammar keeps nodes: MG_LIMIT_NESTING. */
void mg_imap_detail_search(const MgImapParse *parse, MgExchange *exchange, const MgImapNode *node)
{
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        if (mg_imap_is_list(node)) {
            mg_imap_detail(exchange, mg_imap_whole(parse, node), "imap.search.parentheses", FALSE);
            mg_imap_detail_search(parse, exchange, mg_imap_child(parse, node));
        } else {
            search_key(exchange, parse, &node);
        }
        if (node == NULL)
            return;
    }
}

/* RETURN (MIN MAX …): RFC 4731, 5182, 5267, 6203, 9394. */
void mg_imap_detail_return(const MgImapParse *parse, MgExchange *exchange, const MgImapNode *node)
{
    static const char *const options[] = {
        "imap.search.min",    "imap.search.max",       "imap.search.count",   "imap.search.save",
        "imap.search.update", "imap.search.relevancy", "imap.search.partial", "imap.search.context",
    };
    const MgImapSaid said = {parse, exchange, FALSE};
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        g_autofree char *name = mg_imap_lower(mg_imap_raw(parse, node));
        const char *key = strcmp(name, "all") == 0 ? "imap.argument.return-all"
                                                   : MG_IMAP_LOOK_UP(options, "imap.search.", name);
        if (mg_imap_is_list(node))
            continue;
        const MgImapNode *value = strcmp(name, "partial") == 0 ? mg_imap_next(parse, node) : NULL;
        mg_imap_argument_pair(&said, node, value, key);
        if (value != NULL)
            node = value;
    }
}
