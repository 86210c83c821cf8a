/* Tokens that have an explanation of their own: capabilities, flags, fetch items, search keys,
 * folder attributes.  A key is one of these tables; a token that is in none has no key. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* clang-format off */
static const char *const capabilities[] = {
    "imap.capability.acl",
    "imap.capability.acl2-union",
    "imap.capability.annotate-experiment-1",
    "imap.capability.annotatemore",
    "imap.capability.appendlimit",
    "imap.capability.atomic",
    "imap.capability.auth",
    "imap.capability.auth-anonymous",
    "imap.capability.auth-cram-md5",
    "imap.capability.auth-digest-md5",
    "imap.capability.auth-external",
    "imap.capability.auth-gssapi",
    "imap.capability.auth-login",
    "imap.capability.auth-ntlm",
    "imap.capability.auth-oauthbearer",
    "imap.capability.auth-plain",
    "imap.capability.auth-scram-sha-1",
    "imap.capability.auth-scram-sha-1-plus",
    "imap.capability.auth-scram-sha-256",
    "imap.capability.auth-scram-sha-256-plus",
    "imap.capability.auth-xoauth2",
    "imap.capability.backendauthenticate",
    "imap.capability.binary",
    "imap.capability.catenate",
    "imap.capability.children",
    "imap.capability.clientaccessrules",
    "imap.capability.clientnetworkpresencelocation",
    "imap.capability.compress-deflate",
    "imap.capability.condstore",
    "imap.capability.context-search",
    "imap.capability.context-sort",
    "imap.capability.convert",
    "imap.capability.create-special-use",
    "imap.capability.digest-sha1",
    "imap.capability.enable",
    "imap.capability.esearch",
    "imap.capability.esort",
    "imap.capability.filters",
    "imap.capability.i18nlevel-1",
    "imap.capability.i18nlevel-2",
    "imap.capability.id",
    "imap.capability.idle",
    "imap.capability.imap2",
    "imap.capability.imap2bis",
    "imap.capability.imap3",
    "imap.capability.imap4",
    "imap.capability.imap4rev1",
    "imap.capability.imap4rev2",
    "imap.capability.imap4sunversion",
    "imap.capability.imapsieve",
    "imap.capability.inprogress",
    "imap.capability.jmapaccess",
    "imap.capability.language",
    "imap.capability.list-extended",
    "imap.capability.list-metadata",
    "imap.capability.list-myrights",
    "imap.capability.list-status",
    "imap.capability.list-subscribed",
    "imap.capability.listext",
    "imap.capability.literal+",
    "imap.capability.literal-",
    "imap.capability.login-referrals",
    "imap.capability.logindisabled",
    "imap.capability.mailbox-referrals",
    "imap.capability.messagelimit",
    "imap.capability.metadata",
    "imap.capability.metadata-server",
    "imap.capability.move",
    "imap.capability.multiappend",
    "imap.capability.multisearch",
    "imap.capability.mupdate",
    "imap.capability.namespace",
    "imap.capability.no_atomic_rename",
    "imap.capability.notify",
    "imap.capability.objectid",
    "imap.capability.partial",
    "imap.capability.preview",
    "imap.capability.preview-fuzzy",
    "imap.capability.qresync",
    "imap.capability.quota",
    "imap.capability.quota-res-message",
    "imap.capability.quota-res-storage",
    "imap.capability.quotaset",
    "imap.capability.replace",
    "imap.capability.rights",
    "imap.capability.sasl-ir",
    "imap.capability.savedate",
    "imap.capability.savelimit",
    "imap.capability.scan",
    "imap.capability.search-fuzzy",
    "imap.capability.search-inthread",
    "imap.capability.search-x-mimepart",
    "imap.capability.searchres",
    "imap.capability.snippet-fuzzy",
    "imap.capability.sort",
    "imap.capability.sort-display",
    "imap.capability.sort-modseq",
    "imap.capability.sort-uid",
    "imap.capability.special-use",
    "imap.capability.starttls",
    "imap.capability.state",
    "imap.capability.status-size",
    "imap.capability.thread",
    "imap.capability.thread-orderedsubject",
    "imap.capability.thread-references",
    "imap.capability.thread-refs",
    "imap.capability.uidbatches",
    "imap.capability.uidonly",
    "imap.capability.uidplus",
    "imap.capability.unauthenticate",
    "imap.capability.unselect",
    "imap.capability.url-partial",
    "imap.capability.urlauth",
    "imap.capability.urlauth-binary",
    "imap.capability.utf8-accept",
    "imap.capability.utf8-all",
    "imap.capability.utf8-append",
    "imap.capability.utf8-only",
    "imap.capability.utf8-user",
    "imap.capability.within",
    "imap.capability.x-createdmodseq",
    "imap.capability.x-gm-ext-1",
    "imap.capability.x-netscape",
    "imap.capability.x-replication",
    "imap.capability.x-replication-archive",
    "imap.capability.x-sender",
    "imap.capability.x-sieve-mailbox",
    "imap.capability.x-sun-imap",
    "imap.capability.x-unauthenticate",
    "imap.capability.xappleliteral",
    "imap.capability.xapplepushservice",
    "imap.capability.xbackup",
    "imap.capability.xconversations",
    "imap.capability.xlist",
    "imap.capability.xmove",
    "imap.capability.xsender",
    "imap.capability.xserverinfo",
    "imap.capability.xum1",
    "imap.capability.xusergroups",
    "imap.capability.xwarmup",
    "imap.capability.xymhighestmodseq",
    "imap.capability.xyzzy",
};

static const char *const flags[] = {
    "imap.flag.seen",
    "imap.flag.answered",
    "imap.flag.flagged",
    "imap.flag.deleted",
    "imap.flag.draft",
    "imap.flag.recent",
    "imap.flag.*",
    "imap.flag.mdnsent",
    "imap.flag.forwarded",
    "imap.flag.submitpending",
    "imap.flag.submitted",
    "imap.flag.junk",
    "imap.flag.notjunk",
    "imap.flag.phishing",
    "imap.flag.important",
    "imap.flag.autosent",
    "imap.flag.canunsubscribe",
    "imap.flag.followed",
    "imap.flag.hasattachment",
    "imap.flag.hasnoattachment",
    "imap.flag.hasmemo",
    "imap.flag.memo",
    "imap.flag.imported",
    "imap.flag.istrusted",
    "imap.flag.mailflagbit0",
    "imap.flag.mailflagbit1",
    "imap.flag.mailflagbit2",
    "imap.flag.maskedemail",
    "imap.flag.muted",
    "imap.flag.new",
    "imap.flag.notify",
    "imap.flag.unsubscribed",
};

static const char *const attributes[] = {
    "imap.attribute.all",
    "imap.attribute.archive",
    "imap.attribute.drafts",
    "imap.attribute.flagged",
    "imap.attribute.haschildren",
    "imap.attribute.hasnochildren",
    "imap.attribute.important",
    "imap.attribute.inbox",
    "imap.attribute.junk",
    "imap.attribute.marked",
    "imap.attribute.memos",
    "imap.attribute.noinferiors",
    "imap.attribute.nonexistent",
    "imap.attribute.noselect",
    "imap.attribute.remote",
    "imap.attribute.scheduled",
    "imap.attribute.sent",
    "imap.attribute.snoozed",
    "imap.attribute.subscribed",
    "imap.attribute.trash",
    "imap.attribute.unmarked",
    "imap.attribute.allmail",
    "imap.attribute.spam",
    "imap.attribute.starred",
    "imap.attribute.noutf8",
    "imap.attribute.utf8only",
};

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

/* The key whose name behind `skip` characters is `name`. */
static const char *look_up(const char *const *keys, gsize n, gsize skip, const char *name)
{
    for (gsize i = 0; i < n; i++)
        if (strcmp(keys[i] + skip, name) == 0)
            return keys[i];
    return NULL;
}

#define LOOK_UP(keys, group, name) look_up(keys, G_N_ELEMENTS(keys), strlen(group), name)

static char *lower(MgSlice token)
{
    g_autofree char *text = mg_slice_dup(token);
    return g_ascii_strdown(text, -1);
}

void mg_imap_detail(MgExchange *exchange, MgSlice token, const char *key, gboolean in_reply)
{
    if (exchange->details->len >= MG_LIMIT_DETAILS || token.len == 0)
        return;
    g_autofree char *text = mg_slice_dup((MgSlice){token.data, MIN(token.len, 1024)});
    for (guint i = 0; i < exchange->details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(exchange->details, i);
        gboolean same = key != NULL ? detail->key == key : strcmp(detail->token, text) == 0;
        if (same && detail->in_reply == in_reply)
            return;
    }
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = g_steal_pointer(&text);
    detail->key = key;
    detail->in_reply = in_reply;
    g_ptr_array_add(exchange->details, detail);
}

/* AUTH=PLAIN is auth-plain; a value that is in no table leaves the name: auth. */
void mg_imap_detail_capability(MgExchange *exchange, MgSlice token, gboolean in_reply)
{
    g_autofree char *name = lower(token);
    g_strdelimit(name, "=", '-');
    const char *key = LOOK_UP(capabilities, "imap.capability.", name);
    for (gsize i = token.len; key == NULL && i > 0; i--) {
        if (token.data[i - 1] != '=')
            continue;
        name[i - 1] = '\0';
        key = LOOK_UP(capabilities, "imap.capability.", name);
    }
    mg_imap_detail(exchange, token, key, in_reply);
}

void mg_imap_detail_flag(MgExchange *exchange, MgSlice token, gboolean in_reply)
{
    g_autofree char *name = lower(token);
    gboolean marked = name[0] == '\\' || name[0] == '$';
    const char *key = marked ? LOOK_UP(flags, "imap.flag.", name + 1) : NULL;
    mg_imap_detail(exchange, token, key, in_reply);
}

void mg_imap_detail_attribute(MgExchange *exchange, MgSlice token, gboolean in_reply)
{
    g_autofree char *name = lower(token);
    const char *key = name[0] == '\\' ? LOOK_UP(attributes, "imap.attribute.", name + 1) : NULL;
    mg_imap_detail(exchange, token, key, in_reply);
}

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
        const char *key = LOOK_UP(fetch_items, "imap.fetch.", name);
        if (key != NULL)
            return key;
    }
    return LOOK_UP(fetch_items, "imap.fetch.", base);
}

void mg_imap_detail_fetch(MgExchange *exchange, MgSlice token)
{
    g_autofree char *item = lower(token);
    const char *bracket = strchr(item, '[');
    const char *key;
    if (bracket != NULL) {
        key = section_key(item, bracket);
    } else {
        g_strdelimit(item, ".", '-');
        /* BODY without brackets asks for the structure. */
        key = LOOK_UP(fetch_items, "imap.fetch.",
                      strcmp(item, "body") == 0 ? "body-structure" : item);
    }
    mg_imap_detail(exchange, token, key, FALSE);
}

static void search_key(MgExchange *exchange, const MgImapParse *parse, const MgImapNode **node)
{
    MgSlice token = mg_imap_raw(parse, *node);
    if ((*node)->type != MG_IMAP_ATOM)
        return;
    if (mg_imap_set_valid(token)) {
        gboolean saved = token.len == 1 && token.data[0] == '$';
        mg_imap_detail(exchange, token, saved ? "imap.search.$" : "imap.search.sequence-set",
                       FALSE);
        return;
    }
    g_autofree char *name = lower(token);
    for (gsize i = 0; i < G_N_ELEMENTS(search_keys); i++) {
        if (strcmp(search_keys[i].key + strlen("imap.search."), name) != 0)
            continue;
        mg_imap_detail(exchange, token, search_keys[i].key, FALSE);
        for (guint skip = search_keys[i].arguments; skip > 0 && *node != NULL; skip--)
            *node = mg_imap_next(parse, *node);
        return;
    }
    mg_imap_detail(exchange, token, NULL, FALSE);
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
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        MgSlice token = mg_imap_raw(parse, node);
        g_autofree char *name = lower(token);
        const char *key = LOOK_UP(options, "imap.search.", name);
        if (key != NULL)
            mg_imap_detail(exchange, token, key, FALSE);
    }
}
