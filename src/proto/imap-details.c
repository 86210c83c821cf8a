/* Tokens that have an explanation of their own: capabilities, flags, folder attributes.  A key is
 * one of these tables; a token that is in none has no key. */
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
};

static const char *const keywords[] = {
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

/* Names that JMAP uses for flags (RFC 8621 section 4.1.1). */
static const char *const reserved[] = {
    "imap.flag.$draft",
    "imap.flag.$seen",
    "imap.flag.$flagged",
    "imap.flag.$answered",
    "imap.flag.$recent",
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

/* clang-format on */

const char *mg_imap_look_up(const char *const *keys, gsize n, gsize skip, const char *name)
{
    for (gsize i = 0; i < n; i++)
        if (strcmp(keys[i] + skip, name) == 0)
            return keys[i];
    return NULL;
}

char *mg_imap_lower(MgSlice token)
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
        gboolean known = key != NULL && !g_str_has_suffix(key, ".unknown");
        gboolean same = known ? detail->key == key : strcmp(detail->token, text) == 0;
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
    g_autofree char *name = mg_imap_lower(token);
    g_strdelimit(name, "=", '-');
    const char *key = MG_IMAP_LOOK_UP(capabilities, "imap.capability.", name);
    for (gsize i = token.len; key == NULL && i > 0; i--) {
        if (token.data[i - 1] != '=')
            continue;
        name[i - 1] = '\0';
        key = MG_IMAP_LOOK_UP(capabilities, "imap.capability.", name);
    }
    mg_imap_detail(exchange, token, key != NULL ? key : "imap.capability.unknown", in_reply);
}

void mg_imap_detail_flag(MgExchange *exchange, MgSlice token, gboolean in_reply)
{
    g_autofree char *name = mg_imap_lower(token);
    const char *key = name[0] == '\\'  ? MG_IMAP_LOOK_UP(flags, "imap.flag.", name + 1)
                      : name[0] == '$' ? MG_IMAP_LOOK_UP(keywords, "imap.flag.", name + 1)
                                       : NULL;
    if (key == NULL)
        key = MG_IMAP_LOOK_UP(reserved, "imap.flag.", name);
    mg_imap_detail(exchange, token, key != NULL ? key : "imap.flag.unknown", in_reply);
}

void mg_imap_detail_attribute(MgExchange *exchange, MgSlice token, gboolean in_reply)
{
    g_autofree char *name = mg_imap_lower(token);
    const char *key =
        name[0] == '\\' ? MG_IMAP_LOOK_UP(attributes, "imap.attribute.", name + 1) : NULL;
    mg_imap_detail(exchange, token, key, in_reply);
}
