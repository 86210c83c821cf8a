/* Untagged lines: what they say at once (RFC 9051 section 7). */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

static void give(const MgImapLine *line, MgEffect *effect)
{
    effect->exchange = line->exchange->id;
    effect->key = line->exchange->key;
    effect->by = MG_ACTOR_SERVER;
    mg_imap_effect(line->imap, NULL, effect, MG_OUTCOME_INFO, &line->reply->at);
}

static guint64 number_of(const MgImapParse *parse, const MgImapNode *node, guint64 otherwise)
{
    guint64 number;
    return mg_imap_number(parse, node, G_MAXINT64, &number) ? number : otherwise;
}

/* The strings of a list, NULL-terminated. */
static GPtrArray *strings_of(const MgImapParse *parse, const MgImapNode *list)
{
    GPtrArray *strings = g_ptr_array_new_with_free_func(g_free);
    for (const MgImapNode *node = mg_imap_child(parse, list); node != NULL;
         node = mg_imap_next(parse, node)) {
        char *text = mg_imap_string(parse, node);
        if (text != NULL)
            g_ptr_array_add(strings, text);
    }
    g_ptr_array_add(strings, NULL);
    return strings;
}

/* ---- Numbers of messages ---- */

static void exists(const MgImapLine *line)
{
    if (line->open == NULL || line->open->command->done == mg_imap_done_select)
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, line->number);
    MgEffect effect = {.kind = MG_EFFECT_EXISTS, .count = line->number};
    give(line, &effect);
}

static void recent(const MgImapLine *line)
{
    if (line->open == NULL)
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, line->number);
}

static void expunge(const MgImapLine *line)
{
    if (line->open != NULL)
        line->open->expunged++;
    else
        mg_exchange_arg(line->exchange, "number", "%" G_GUINT64_FORMAT, line->number);
    MgEffect effect = {.kind = MG_EFFECT_EXPUNGED, .number = line->number};
    give(line, &effect);
}

static void vanished(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapNode *node = line->node;
    gboolean earlier = mg_imap_is_list(node);
    if (earlier)
        node = mg_imap_next(parse, node);
    MgSlice raw = mg_imap_raw(parse, node);
    if (node == NULL || !mg_imap_set_valid(raw) || parse->truncated)
        return;
    g_autofree char *set = mg_slice_dup(raw);
    if (line->open == NULL) {
        mg_imap_exchange_text(line->exchange, "set", set);
        mg_exchange_arg(line->exchange, "count", "%u", mg_imap_set_count(set));
    } else if (!earlier) {
        line->open->expunged += mg_imap_set_count(set);
    }
    MgEffect effect = {.kind = MG_EFFECT_VANISHED, .set = set, .flag = earlier};
    give(line, &effect);
}

static void fetch_line(const MgImapLine *line, gboolean by_uid)
{
    if (line->open == NULL)
        mg_exchange_arg(line->exchange, by_uid ? "uid" : "number", "%" G_GUINT64_FORMAT,
                        line->number);
    mg_imap_fetched(line->imap, line->open, line->exchange, line->number, by_uid, line->node);
}

static void fetch(const MgImapLine *line)
{
    fetch_line(line, FALSE);
}

static void uidfetch(const MgImapLine *line)
{
    fetch_line(line, TRUE);
}

/* ---- Searches ---- */

static void searched(const MgImapLine *line, const MgImapOpen *search, const char *set,
                     gboolean uids, gboolean whole)
{
    guint count = mg_imap_set_count(set);
    if (line->open != NULL)
        line->open->found += count;
    if (whole) {
        mg_reply_arg(line->reply, "count", "%u", count);
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT,
                        line->open != NULL ? line->open->found : count);
    }
    MgEffect effect = {.kind = MG_EFFECT_SEARCHED,
                       .set = set,
                       .flag = uids,
                       .text = whole && search != NULL && search->search_all ? "ALL" : NULL};
    give(line, &effect);
}

static gboolean is_search(const MgImapOpen *open)
{
    return open != NULL &&
           (open->command->read == mg_imap_read_search || open->command->read == mg_imap_read_sort);
}

/* SEARCH and SORT answer without saying whom: the oldest open search. */
static void search(const MgImapLine *line)
{
    const MgImapOpen *open = NULL;
    for (GList *link = line->imap->open.head; link != NULL && open == NULL; link = link->next)
        if (is_search(link->data))
            open = link->data;
    MgImapSet *numbers = line->imap->server.numbers;
    if (open == NULL || numbers == NULL)
        return;
    searched(line, open, mg_imap_set_text(numbers), g_str_has_prefix(open->exchange->verb, "UID "),
             !numbers->full);
}

/* ADDTO (0 4:5 1 9): what a search that goes on finds from now on is there (RFC 5267 section
 * 4.3.1).  REMOVEFROM says nothing of that: they may have changed, or gone. */
static void added(const MgImapLine *line, const MgImapNode *list, gboolean uids)
{
    const MgImapParse *parse = &line->imap->server;
    if (!mg_imap_is_list(list) || parse->truncated)
        return;
    for (const MgImapNode *place = mg_imap_child(parse, list); place != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, place);
        MgSlice raw = mg_imap_raw(parse, value);
        place = value != NULL ? mg_imap_next(parse, value) : NULL;
        if (value == NULL || !mg_imap_set_valid(raw))
            continue;
        g_autofree char *set = mg_slice_dup(raw);
        MgEffect effect = {.kind = MG_EFFECT_SEARCHED, .set = set, .flag = uids};
        give(line, &effect);
    }
}

/* ESEARCH (TAG "a") UID ALL 1:5 (RFC 9051 section 7.3.4). */
static void esearch(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapNode *node = line->node;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    const MgImapOpen *open = is_search(line->open) ? line->open : NULL;
    if (mg_imap_is_list(node)) {
        const MgImapNode *name = mg_imap_child(parse, node);
        for (; name != NULL; name = mg_imap_next(parse, mg_imap_next(parse, name))) {
            const MgImapNode *value = mg_imap_next(parse, name);
            g_autofree char *text = mg_imap_string(parse, value);
            if (mg_imap_is(parse, name, "TAG") && text != NULL)
                open = mg_imap_open_find(line->imap, (MgSlice){(const guint8 *)text, strlen(text)});
            if (mg_imap_is(parse, name, "MAILBOX"))
                return; /* of a folder that is not open (RFC 7377) */
        }
        node = mg_imap_next(parse, node);
    }
    gboolean uids = mg_imap_is(parse, node, "UID");
    if (uids)
        node = mg_imap_next(parse, node);
    for (; node != NULL; node = mg_imap_next(parse, mg_imap_next(parse, node))) {
        const MgImapNode *value = mg_imap_next(parse, node);
        mg_imap_said_found(&said, node, value);
        if (mg_imap_is(parse, node, "ADDTO"))
            added(line, value, uids);
        gboolean all = mg_imap_is(parse, node, "ALL");
        gboolean partial = mg_imap_is(parse, node, "PARTIAL");
        if (partial)
            value = mg_imap_next(parse, mg_imap_child(parse, value));
        MgSlice raw = mg_imap_raw(parse, value);
        guint64 count;
        if (mg_imap_is(parse, node, "COUNT") && mg_imap_number(parse, value, G_MAXUINT32, &count))
            mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, count);
        if ((!all && !partial) || value == NULL || parse->truncated || !mg_imap_set_valid(raw))
            continue;
        g_autofree char *set = mg_slice_dup(raw);
        searched(line, open, set, uids, all);
    }
}

/* (1 2)(3 (4)(5)): one list a conversation (RFC 5256 section 4). */
static void thread(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    guint count = 0;
    for (const MgImapNode *node = line->node; node != NULL; node = mg_imap_next(parse, node))
        count += mg_imap_is_list(node);
    if (!parse->truncated)
        mg_reply_arg(line->reply, "count", "%u", count);
}

/* ---- Folders ---- */

static void list_line(const MgImapLine *line, gboolean exists_really)
{
    MgImap *imap = line->imap;
    const MgImapParse *parse = &imap->server;
    const MgImapNode *attributes = line->node, *separator = mg_imap_next(parse, attributes);
    const MgImapNode *name = mg_imap_next(parse, separator);
    g_autofree char *folder = mg_imap_folder_of(imap, parse, name);
    if (!mg_imap_is_list(attributes) || folder == NULL)
        return;
    if (*folder != '\0') {
        mg_reply_arg(line->reply, "folder", "%s", folder);
    } else {
        /* No folder: the answer to LIST "" "" (RFC 9051 section 6.3.9). */
        const MgImapSaid said = {parse, line->exchange, TRUE};
        mg_reply_arg(line->reply, "count", "0");
        mg_imap_argument_node(&said, separator, "imap.argument.list-delimiter");
    }
    for (const MgImapNode *node = mg_imap_child(parse, attributes); node != NULL;
         node = mg_imap_next(parse, node))
        mg_imap_detail_attribute(line->exchange, mg_imap_raw(parse, node), TRUE);
    if (line->open == NULL)
        mg_imap_exchange_text(line->exchange, "folder", folder);
    if (!exists_really)
        return;
    g_autofree char *between = mg_imap_nstring(parse, separator);
    g_autoptr(GPtrArray) flags = strings_of(parse, attributes);
    MgEffect effect = {.kind = MG_EFFECT_LISTED_FOLDER,
                       .folder = folder,
                       .flags = (const char *const *)flags->pdata,
                       .text = between};
    give(line, &effect);
    if (line->open != NULL)
        return;

    /* Unasked (NOTIFY): another session has removed or renamed it (RFC 5465 section 5.4). */
    const MgImapNode *extended = mg_imap_child(parse, mg_imap_next(parse, name));
    g_autofree char *word = mg_imap_string(parse, extended);
    const MgImapNode *old = mg_imap_child(parse, mg_imap_next(parse, extended));
    g_autofree char *old_name = mg_imap_folder_of(imap, parse, old);
    MgEffect change = {.outcome = MG_OUTCOME_OK, .folder = folder};
    if (word != NULL && g_ascii_strcasecmp(word, "OLDNAME") == 0 && old_name != NULL) {
        change.kind = MG_EFFECT_FOLDER_RENAME;
        change.folder = old_name;
        change.name = folder;
    } else {
        gboolean gone = FALSE;
        for (char **flag = (char **)flags->pdata; *flag != NULL; flag++)
            gone |= g_ascii_strcasecmp(*flag, "\\NonExistent") == 0;
        if (!gone)
            return;
        change.kind = MG_EFFECT_FOLDER_DELETE;
    }
    change.exchange = line->exchange->id;
    change.by = MG_ACTOR_SERVER;
    mg_imap_effect(imap, NULL, &change, MG_OUTCOME_OK, &line->reply->at);
}

static void list(const MgImapLine *line)
{
    list_line(line, TRUE);
}

/* A subscribed name need not exist (RFC 3501 section 6.3.9). */
static void lsub(const MgImapLine *line)
{
    list_line(line, FALSE);
}

static void status(const MgImapLine *line)
{
    MgImap *imap = line->imap;
    const MgImapParse *parse = &imap->server;
    g_autofree char *folder = mg_imap_folder_of(imap, parse, line->node);
    const MgImapNode *items = mg_imap_next(parse, line->node);
    if (folder == NULL || !mg_imap_is_list(items))
        return;
    const MgImapSaid said = {parse, line->exchange, TRUE};
    mg_reply_arg(line->reply, "folder", "%s", folder);
    mg_imap_said_status(&said, items, TRUE);
    MgEffect effect = {.kind = MG_EFFECT_STATUS, .folder = folder, .count = G_MAXUINT64};
    for (const MgImapNode *item = mg_imap_child(parse, items); item != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, item);
        if (mg_imap_is(parse, item, "MESSAGES"))
            effect.count = number_of(parse, value, G_MAXUINT64);
        else if (mg_imap_is(parse, item, "UIDNEXT"))
            effect.uid = (guint32)MIN(number_of(parse, value, 0), G_MAXUINT32);
        else if (mg_imap_is(parse, item, "UIDVALIDITY"))
            effect.uidvalidity = (guint32)MIN(number_of(parse, value, 0), G_MAXUINT32);
        item = mg_imap_next(parse, value);
    }
    if (line->open == NULL)
        mg_imap_exchange_text(line->exchange, "folder", folder);
    if (effect.count != G_MAXUINT64 &&
        (line->open == NULL || line->open->command->read == mg_imap_read_status))
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, effect.count);
    give(line, &effect);
}

/* ---- The server itself ---- */

static void capability(const MgImapLine *line)
{
    for (const MgImapNode *node = line->node; node != NULL;
         node = mg_imap_next(&line->imap->server, node))
        mg_imap_detail_capability(line->exchange, mg_imap_raw(&line->imap->server, node), TRUE);
}

static void enabled(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    capability(line);
    for (const MgImapNode *node = line->node; node != NULL; node = mg_imap_next(parse, node)) {
        gboolean rev2 = mg_imap_is(parse, node, "IMAP4rev2");
        line->imap->utf8 |= rev2 || mg_imap_is(parse, node, "UTF8=ACCEPT");
        line->imap->says_closed |= rev2 || mg_imap_is(parse, node, "QRESYNC");
    }
}

static void flags(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    for (const MgImapNode *node = mg_imap_child(parse, line->node); node != NULL;
         node = mg_imap_next(parse, node))
        mg_imap_detail_flag(line->exchange, mg_imap_raw(parse, node), TRUE);
}

/* URLs with access tokens (RFC 4467). */
static void tokens(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    MgText *text = g_ptr_array_index(line->reply->lines, 0);
    const MgImapSaid said = {parse, line->exchange, TRUE};
    for (const MgImapNode *node = line->node; node != NULL; node = mg_imap_next(parse, node))
        mg_imap_hide_urlauth(parse, text, node);
    if (strcmp(line->reply->key, "imap.response.urlfetch") == 0)
        mg_imap_untagged_urlfetch(line);
    for (const MgImapNode *node = line->node; node != NULL; node = mg_imap_next(parse, node))
        mg_imap_said_url(&said, node);
    mg_conn_secrets(line->imap->conn, MG_ACTOR_SERVER, text, NULL);
}

static void bye(const MgImapLine *line)
{
    line->imap->bye = TRUE;
}

/* By number ("* 12 EXISTS"), or not. */
static const struct {
    const char *word;
    gboolean numbered;
    void (*read)(const MgImapLine *line);
} readers[] = {
    {"EXISTS", TRUE, exists},
    {"RECENT", TRUE, recent},
    {"EXPUNGE", TRUE, expunge},
    {"FETCH", TRUE, fetch},
    {"UIDFETCH", TRUE, uidfetch},
    {"STORE", TRUE, fetch},
    {"COPY", TRUE, NULL},
    {"CONVERTED", TRUE, NULL},
    {"VANISHED", FALSE, vanished},
    {"SEARCH", FALSE, search},
    {"SORT", FALSE, search},
    {"THREAD", FALSE, thread},
    {"ESEARCH", FALSE, esearch},
    {"LIST", FALSE, list},
    {"XLIST", FALSE, list},
    {"LSUB", FALSE, lsub},
    {"STATUS", FALSE, status},
    {"ACL", FALSE, mg_imap_untagged_acl},
    {"LISTRIGHTS", FALSE, mg_imap_untagged_listrights},
    {"MYRIGHTS", FALSE, mg_imap_untagged_myrights},
    {"QUOTA", FALSE, mg_imap_untagged_quota},
    {"QUOTAROOT", FALSE, mg_imap_untagged_quotaroot},
    {"NAMESPACE", FALSE, mg_imap_untagged_namespace},
    {"ID", FALSE, mg_imap_untagged_id},
    {"LANGUAGE", FALSE, mg_imap_untagged_words},
    {"COMPARATOR", FALSE, mg_imap_untagged_words},
    {"CONVERSION", FALSE, mg_imap_untagged_words},
    {"JMAPACCESS", FALSE, mg_imap_untagged_words},
    {"NETSCAPE", FALSE, mg_imap_untagged_words},
    {"METADATA", FALSE, mg_imap_untagged_metadata},
    {"ANNOTATION", FALSE, mg_imap_untagged_annotation},
    {"UIDBATCHES", FALSE, mg_imap_untagged_uidbatches},
    {"XAPPLEPUSHSERVICE", FALSE, mg_imap_untagged_push},
    {"CAPABILITY", FALSE, capability},
    {"ENABLED", FALSE, enabled},
    {"FLAGS", FALSE, flags},
    {"GENURLAUTH", FALSE, tokens},
    {"URLFETCH", FALSE, tokens},
    {"BYE", FALSE, bye},
};

gboolean mg_imap_untagged_fits(const MgImapParse *parse, const MgImapNode *word, gboolean numbered)
{
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        if (mg_imap_is(parse, word, readers[i].word))
            return readers[i].numbered == numbered;
    return !numbered;
}

void mg_imap_untagged_read(const MgImapLine *line, const MgImapNode *word, gboolean cut)
{
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++) {
        if (readers[i].read == NULL || !mg_imap_is(&line->imap->server, word, readers[i].word))
            continue;
        /* Half a list of numbers is another list; texts that came are kept. */
        if (!cut || readers[i].read == fetch || readers[i].read == uidfetch)
            readers[i].read(line);
    }
}
