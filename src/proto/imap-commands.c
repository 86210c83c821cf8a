/* The verbs of IMAP.  To add one: its row here, its glossary entry, one dialogue. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* key, verb, traits, how its arguments are read, what its tagged reply does.  Of several rows
 * with one verb the first is found; its reader may choose another. */
/* clang-format off */
#define COMMANDS(ROW) \
    ROW("imap.greeting", NULL, 0, NULL, NULL) \
    ROW("imap.capability", "CAPABILITY", 0, NULL, NULL) \
    ROW("imap.noop", "NOOP", 0, NULL, NULL) \
    ROW("imap.logout", "LOGOUT", 0, NULL, DONE(logout)) \
    ROW("imap.id", "ID", 0, READ(id), NULL) \
    ROW("imap.starttls", "STARTTLS", WAITS, NULL, DONE(starttls)) \
    ROW("imap.authenticate", "AUTHENTICATE", SECRET, READ(authenticate), DONE(login)) \
    ROW("imap.auth-response", NULL, 0, NULL, DONE(login)) \
    ROW("imap.auth-cancel", NULL, 0, NULL, DONE(login)) \
    ROW("imap.login", "LOGIN", SECRET, READ(login), DONE(login)) \
    ROW("imap.proxyauth", "PROXYAUTH", 0, READ(user), NULL) \
    ROW("imap.unauthenticate", "UNAUTHENTICATE", SELECTED, NULL, DONE(unauthenticate)) \
    ROW("imap.enable", "ENABLE", 0, READ(enable), NULL) \
    ROW("imap.select", "SELECT", 0, READ(select), DONE(select)) \
    ROW("imap.examine", "EXAMINE", 0, READ(select), DONE(select)) \
    ROW("imap.create", "CREATE", 0, READ(create), NULL) \
    ROW("imap.delete", "DELETE", 0, READ(folder), DONE(delete)) \
    ROW("imap.rename", "RENAME", 0, READ(rename), DONE(rename)) \
    ROW("imap.rename-inbox", "RENAME", 0, READ(rename), DONE(rename)) \
    ROW("imap.subscribe", "SUBSCRIBE", 0, READ(folder), NULL) \
    ROW("imap.unsubscribe", "UNSUBSCRIBE", 0, READ(folder), NULL) \
    ROW("imap.list", "LIST", 0, READ(list), NULL) \
    ROW("imap.list-extended", "LIST", 0, READ(list), NULL) \
    ROW("imap.lsub", "LSUB", 0, READ(list), NULL) \
    ROW("imap.xlist", "XLIST", 0, READ(list), NULL) \
    ROW("imap.rlist", "RLIST", 0, READ(list), NULL) \
    ROW("imap.rlsub", "RLSUB", 0, READ(list), NULL) \
    ROW("imap.namespace", "NAMESPACE", 0, NULL, NULL) \
    ROW("imap.status", "STATUS", 0, READ(status), NULL) \
    ROW("imap.append", "APPEND", 0, READ(append), DONE(append)) \
    ROW("imap.replace", "REPLACE", SELECTED | ADDRESSES, READ(replace), DONE(append)) \
    ROW("imap.uid-replace", "UID REPLACE", SELECTED | ADDRESSES, READ(replace), DONE(append)) \
    ROW("imap.idle", "IDLE", 0, READ(idle), NULL) \
    ROW("imap.done", "DONE", 0, NULL, NULL) \
    ROW("imap.close", "CLOSE", SELECTED, NULL, DONE(close)) \
    ROW("imap.unselect", "UNSELECT", SELECTED, NULL, DONE(unselect)) \
    ROW("imap.check", "CHECK", SELECTED, NULL, NULL) \
    ROW("imap.expunge", "EXPUNGE", SELECTED, NULL, DONE(expunge)) \
    ROW("imap.uid-expunge", "UID EXPUNGE", SELECTED | ADDRESSES, READ(set), DONE(expunge)) \
    ROW("imap.search", "SEARCH", SELECTED, READ(search), NULL) \
    ROW("imap.uid-search", "UID SEARCH", SELECTED, READ(search), NULL) \
    ROW("imap.esearch", "ESEARCH", 0, READ(search), NULL) \
    ROW("imap.sort", "SORT", SELECTED, READ(sort), NULL) \
    ROW("imap.uid-sort", "UID SORT", SELECTED, READ(sort), NULL) \
    ROW("imap.thread", "THREAD", SELECTED, READ(sort), NULL) \
    ROW("imap.uid-thread", "UID THREAD", SELECTED, READ(sort), NULL) \
    ROW("imap.cancelupdate", "CANCELUPDATE", SELECTED, READ(words), NULL) \
    ROW("imap.fetch", "FETCH", SELECTED | ADDRESSES, READ(fetch), DONE(fetch)) \
    ROW("imap.uid-fetch", "UID FETCH", SELECTED | ADDRESSES, READ(fetch), DONE(fetch)) \
    ROW("imap.partial", "PARTIAL", SELECTED | ADDRESSES, READ(partial), DONE(fetch)) \
    ROW("imap.store", "STORE", SELECTED | ADDRESSES, READ(store), DONE(store)) \
    ROW("imap.store-deleted", "STORE", SELECTED | ADDRESSES, READ(store), DONE(store)) \
    ROW("imap.store-undeleted", "STORE", SELECTED | ADDRESSES, READ(store), DONE(store)) \
    ROW("imap.uid-store", "UID STORE", SELECTED | ADDRESSES, READ(store), DONE(store)) \
    ROW("imap.store-annotation", "STORE", SELECTED, NULL, NULL) \
    ROW("imap.store-gm-labels", "STORE", SELECTED | ADDRESSES, NULL, DONE(labels)) \
    ROW("imap.copy", "COPY", SELECTED | ADDRESSES, READ(copy), DONE(copy)) \
    ROW("imap.uid-copy", "UID COPY", SELECTED | ADDRESSES, READ(copy), DONE(copy)) \
    ROW("imap.move", "MOVE", SELECTED | ADDRESSES, READ(copy), DONE(move)) \
    ROW("imap.uid-move", "UID MOVE", SELECTED | ADDRESSES, READ(copy), DONE(move)) \
    ROW("imap.convert", "CONVERT", SELECTED, READ(convert), NULL) \
    ROW("imap.uid-convert", "UID CONVERT", SELECTED, READ(convert), NULL) \
    ROW("imap.conversions", "CONVERSIONS", 0, READ(words), NULL) \
    ROW("imap.getacl", "GETACL", 0, READ(folder), NULL) \
    ROW("imap.setacl", "SETACL", 0, READ(rights), NULL) \
    ROW("imap.deleteacl", "DELETEACL", 0, READ(rights), NULL) \
    ROW("imap.listrights", "LISTRIGHTS", 0, READ(rights), NULL) \
    ROW("imap.myrights", "MYRIGHTS", 0, READ(folder), NULL) \
    ROW("imap.getquota", "GETQUOTA", 0, READ(quota), NULL) \
    ROW("imap.getquotaroot", "GETQUOTAROOT", 0, READ(folder), NULL) \
    ROW("imap.setquota", "SETQUOTA", 0, READ(quota), NULL) \
    ROW("imap.getmetadata", "GETMETADATA", 0, READ(metadata), NULL) \
    ROW("imap.setmetadata", "SETMETADATA", 0, READ(metadata), NULL) \
    ROW("imap.getannotation", "GETANNOTATION", 0, READ(annotation), NULL) \
    ROW("imap.setannotation", "SETANNOTATION", 0, READ(annotation), NULL) \
    ROW("imap.compress", "COMPRESS", WAITS, READ(words), DONE(compress)) \
    ROW("imap.language", "LANGUAGE", 0, READ(words), NULL) \
    ROW("imap.comparator", "COMPARATOR", 0, READ(words), NULL) \
    ROW("imap.notify", "NOTIFY", 0, READ(notify), NULL) \
    ROW("imap.genurlauth", "GENURLAUTH", 0, READ(genurlauth), NULL) \
    ROW("imap.resetkey", "RESETKEY", 0, READ(resetkey), NULL) \
    ROW("imap.urlfetch", "URLFETCH", 0, READ(urlfetch), NULL) \
    ROW("imap.getjmapaccess", "GETJMAPACCESS", 0, NULL, NULL) \
    ROW("imap.uidbatches", "UIDBATCHES", 0, READ(words), NULL) \
    ROW("imap.xapplepush", "XAPPLEPUSHSERVICE", 0, READ(push), NULL) \
    ROW("imap.xsnippets", "XSNIPPETS", 0, READ(text), NULL) \
    ROW("imap.xfer", "XFER", 0, READ(folder), NULL) \
    ROW("imap.xmove", "XMOVE", SELECTED | ADDRESSES, READ(copy), DONE(move)) \
    ROW("imap.scan", "SCAN", 0, READ(text), NULL) \
    ROW("imap.undump.dump", "DUMP", 0, READ(text), NULL) \
    ROW("imap.undump.undump", "UNDUMP", 0, READ(text), NULL) \
    ROW("imap.undump.reconstruct", "RECONSTRUCT", 0, READ(text), NULL) \
    ROW("imap.undump.localcreate", "LOCALCREATE", 0, READ(text), NULL) \
    ROW("imap.undump.localdelete", "LOCALDELETE", 0, READ(text), NULL) \
    ROW("imap.undump.localappend", "LOCALAPPEND", 0, READ(text), NULL) \
    ROW("imap.undump.xconversations", "XCONVSORT", 0, READ(text), NULL) \
    ROW("imap.undump.xstats", "XSTATS", 0, READ(text), NULL) \
    ROW("imap.undump.xrunannotator", "XRUNANNOTATOR", 0, READ(text), NULL) \
    ROW("imap.undump.xwarmup", "XWARMUP", 0, READ(text), NULL) \
    ROW("imap.undump.xkillmy", "XKILLMY", 0, READ(text), NULL) \
    ROW("imap.undump.xflags", "XFLAGS", 0, READ(text), NULL) \
    ROW("imap.undump.xconvmultisort", "XCONVMULTISORT", 0, READ(text), NULL) \
    ROW("imap.undump.xconvupdates", "XCONVUPDATES", 0, READ(text), NULL) \
    ROW("imap.undump.xconvmeta", "XCONVMETA", 0, READ(text), NULL) \
    ROW("imap.undump.xconvfetch", "XCONVFETCH", 0, READ(text), NULL) \
    ROW("imap.undump.xrename", "XRENAME", 0, READ(rename), DONE(rename)) \
    ROW("imap.undump.xbackup", "XBACKUP", 0, READ(text), NULL) \
    ROW("imap.undump.syncapply", "SYNCAPPLY", 0, READ(text), NULL) \
    ROW("imap.undump.syncget", "SYNCGET", 0, READ(text), NULL) \
    ROW("imap.undump.syncrestart", "SYNCRESTART", 0, READ(text), NULL) \
    ROW("imap.undump.syncrestore", "SYNCRESTORE", 0, READ(text), NULL) \
    ROW("imap.undump.mupdatepush", "MUPDATEPUSH", 0, READ(text), NULL) \
    ROW("imap.undump.raclmodseq", "RACLMODSEQ", 0, READ(text), NULL) \
    ROW("imap.undump.upgradesieve", "UPGRADESIEVE", 0, READ(text), NULL) \
    ROW("imap.undump.xforever", "XFOREVER", 0, READ(text), NULL) \
    ROW("imap.undump.xmeid", "XMEID", 0, READ(text), NULL) \
    ROW("imap.undump.getusergroup", "GETUSERGROUP", 0, READ(text), NULL) \
    ROW("imap.undump.setusergroup", "SETUSERGROUP", 0, READ(text), NULL) \
    ROW("imap.undump.unsetusergroup", "UNSETUSERGROUP", 0, READ(text), NULL) \
    ROW("imap.netscape", "NETSCAPE", 0, NULL, NULL) \
    ROW("imap.x", NULL, 0, READ(unknown), NULL) \
    ROW("imap.find-mailboxes", "FIND MAILBOXES", 0, READ(text), NULL) \
    ROW("imap.find-all", "FIND ALL.MAILBOXES", 0, READ(text), NULL) \
    ROW("imap.find-bboards.find-bboards", "FIND BBOARDS", 0, READ(text), NULL) \
    ROW("imap.find-bboards.find-all-bboards", "FIND ALL.BBOARDS", 0, READ(text), NULL) \
    ROW("imap.bboard", "BBOARD", 0, READ(select), DONE(select)) \
    ROW("imap.subscribe-mailbox.subscribe-mailbox", "SUBSCRIBE MAILBOX", 0, READ(folder), NULL) \
    ROW("imap.subscribe-mailbox.unsubscribe-mailbox", "UNSUBSCRIBE MAILBOX", 0, READ(folder), NULL) \
    ROW("imap.subscribe-mailbox.subscribe-bboard", "SUBSCRIBE BBOARD", 0, READ(folder), NULL) \
    ROW("imap.subscribe-mailbox.unsubscribe-bboard", "UNSUBSCRIBE BBOARD", 0, READ(folder), NULL) \
    ROW("imap.version.version", "VERSION", 0, READ(text), NULL) \
    ROW("imap.version.select-version", "SELECT.VERSION", 0, READ(text), NULL) \
    ROW("imap.version.select-features", "SELECT.FEATURES", 0, READ(text), NULL) \
    ROW("imap.version.supported-versions", "SUPPORTED.VERSIONS", 0, READ(text), NULL) \
    ROW("imap.version.flags", "FLAGS", 0, READ(text), NULL) \
    ROW("imap.version.set-flags", "SET.FLAGS", 0, READ(text), NULL) \
    ROW("imap.drop", NULL, 0, NULL, NULL) \
    ROW("imap.unknown", NULL, 0, READ(unknown), NULL)

/* key, the word of an untagged line. */
#define RESPONSES(ROW) \
    ROW("imap.response.untagged-ok", "OK") \
    ROW("imap.response.untagged-no", "NO") \
    ROW("imap.response.untagged-bad", "BAD") \
    ROW("imap.response.preauth", "PREAUTH") \
    ROW("imap.response.bye", "BYE") \
    ROW("imap.response.continuation", "+") \
    ROW("imap.response.vanished-earlier", "VANISHED (EARLIER)") \
    ROW("imap.response.capability", "CAPABILITY") \
    ROW("imap.response.enabled", "ENABLED") \
    ROW("imap.response.id", "ID") \
    ROW("imap.response.language", "LANGUAGE") \
    ROW("imap.response.comparator", "COMPARATOR") \
    ROW("imap.response.jmapaccess", "JMAPACCESS") \
    ROW("imap.response.list", "LIST") \
    ROW("imap.response.lsub", "LSUB") \
    ROW("imap.response.xlist", "XLIST") \
    ROW("imap.response.namespace", "NAMESPACE") \
    ROW("imap.response.status", "STATUS") \
    ROW("imap.response.search", "SEARCH") \
    ROW("imap.response.esearch", "ESEARCH") \
    ROW("imap.response.sort", "SORT") \
    ROW("imap.response.thread", "THREAD") \
    ROW("imap.response.flags", "FLAGS") \
    ROW("imap.response.exists", "EXISTS") \
    ROW("imap.response.recent", "RECENT") \
    ROW("imap.response.expunge", "EXPUNGE") \
    ROW("imap.response.vanished", "VANISHED") \
    ROW("imap.response.fetch", "FETCH") \
    ROW("imap.response.uidfetch", "UIDFETCH") \
    ROW("imap.response.converted", "CONVERTED") \
    ROW("imap.response.conversion", "CONVERSION") \
    ROW("imap.response.acl", "ACL") \
    ROW("imap.response.listrights", "LISTRIGHTS") \
    ROW("imap.response.myrights", "MYRIGHTS") \
    ROW("imap.response.quota", "QUOTA") \
    ROW("imap.response.quotaroot", "QUOTAROOT") \
    ROW("imap.response.metadata", "METADATA") \
    ROW("imap.response.annotation", "ANNOTATION") \
    ROW("imap.response.genurlauth", "GENURLAUTH") \
    ROW("imap.response.urlfetch", "URLFETCH") \
    ROW("imap.response.uidbatches", "UIDBATCHES") \
    ROW("imap.response.snippet", "SNIPPET") \
    ROW("imap.response.mailbox", "MAILBOX") \
    ROW("imap.response.bboard", "BBOARD") \
    ROW("imap.response.copy", "COPY") \
    ROW("imap.response.store", "STORE") \
    ROW("imap.response.xapplepushservice", "XAPPLEPUSHSERVICE") \
    ROW("imap.response.netscape", "NETSCAPE")
/* clang-format on */

/* What can be the key of a step besides: a tagged line whose command was not seen, and a line
 * that no table knows. */
#define OTHERS(ROW)                                                                                \
    ROW("imap.proxy")                                                                              \
    ROW("imap.reply.ok")                                                                           \
    ROW("imap.reply.no")                                                                           \
    ROW("imap.reply.bad")                                                                          \
    ROW("imap.response.unknown")

#define WAITS MG_IMAP_WAITS
#define SELECTED MG_IMAP_SELECTED
#define SECRET MG_IMAP_SECRET
#define ADDRESSES MG_IMAP_ADDRESSES
#define READ(name) mg_imap_read_##name
#define DONE(name) mg_imap_done_##name

#define COMMAND(key, verb, traits, read, done) {key, verb, traits, read, done},
static const MgImapCommand commands[] = {COMMANDS(COMMAND)};

#define RESPONSE(key, word) {key, word},
static const MgProtoRow responses[] = {RESPONSES(RESPONSE)};

#define COMMAND_ROW(key, verb, traits, read, done) {key, verb},
#define RESPONSE_ROW(key, word) {key, NULL},
#define OTHER_ROW(key) {key, NULL},
static const MgProtoRow rows[] = {COMMANDS(COMMAND_ROW) RESPONSES(RESPONSE_ROW) OTHERS(OTHER_ROW)};

const MgImapCommand *mg_imap_command_row(const char *key)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].key, key) == 0)
            return &commands[i];
    return NULL;
}

static const MgImapCommand *find(const char *verb)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].verb != NULL && g_ascii_strcasecmp(commands[i].verb, verb) == 0)
            return &commands[i];
    return NULL;
}

/* Whether commands of two words begin with this one, and how many arguments must follow the
 * second word for it to be one: SUBSCRIBE MAILBOX alone subscribes to "MAILBOX". */
static gboolean has_second_word(const MgImapParse *parse, const MgImapNode *first,
                                const MgImapNode *second)
{
    if (mg_imap_is(parse, first, "UID") || mg_imap_is(parse, first, "FIND"))
        return TRUE;
    return (mg_imap_is(parse, first, "SUBSCRIBE") || mg_imap_is(parse, first, "UNSUBSCRIBE")) &&
           mg_imap_next(parse, second) != NULL;
}

static char *word_of(const MgImapParse *parse, const MgImapNode *node)
{
    g_autofree char *word = mg_slice_dup(mg_imap_raw(parse, node));
    return g_ascii_strup(word, -1);
}

const MgImapCommand *mg_imap_command(const MgImapParse *parse, const MgImapNode *node,
                                     const MgImapNode **ret_arguments, char **ret_verb)
{
    const MgImapNode *next = mg_imap_next(parse, node);
    g_autofree char *word = word_of(parse, node);
    *ret_arguments = next;
    if (next != NULL && next->type == MG_IMAP_ATOM && has_second_word(parse, node, next)) {
        g_autofree char *second = word_of(parse, next);
        g_autofree char *both = g_strconcat(word, " ", second, NULL);
        const MgImapCommand *command = find(both);
        if (command != NULL) {
            *ret_arguments = mg_imap_next(parse, next);
            *ret_verb = g_steal_pointer(&both);
            return command;
        }
    }
    const MgImapCommand *command = node != NULL && node->type == MG_IMAP_ATOM ? find(word) : NULL;
    /* DONE has no tag: behind one it is no command. */
    if (command != NULL && strcmp(command->key, "imap.done") == 0)
        command = NULL;
    if (command == NULL && word[0] == 'X' && word[1] != '\0')
        command = mg_imap_command_row("imap.x");
    *ret_verb = g_steal_pointer(&word);
    return command != NULL ? command : mg_imap_command_row("imap.unknown");
}

gboolean mg_imap_verb_known(MgSlice word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        const char *verb = commands[i].verb;
        if (verb == NULL)
            continue;
        gsize len = strcspn(verb, " ");
        if (word.len == len && g_ascii_strncasecmp((const char *)word.data, verb, len) == 0)
            return TRUE;
    }
    return FALSE;
}

const char *mg_imap_response_key(MgSlice word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(responses); i++)
        if (mg_slice_is(word, responses[i].verb))
            return responses[i].key;
    return NULL;
}

const MgProtoRow *mg_imap_rows(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(rows);
    return rows;
}
