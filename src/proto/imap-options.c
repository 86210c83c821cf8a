/* Options that narrow a command: what is chosen, what is asked for, in which form. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* ---- LIST (RFC 5258, 5819, 6154, 8440, 9590) ---- */

static const MgImapWord selections[] = {
    {"SUBSCRIBED", "imap.argument.list-only-subscribed"},
    {"REMOTE", "imap.argument.list-also-remote"},
    {"RECURSIVEMATCH", "imap.argument.list-recursivematch"},
    {"SPECIAL-USE", "imap.argument.list-only-special-use"},
    {"UTF8", "imap.argument.list-utf8"},
    {"UTF8ONLY", "imap.argument.list-utf8only"},
};

static const MgImapWord returns[] = {
    {"SUBSCRIBED", "imap.argument.list-tell-subscribed"},
    {"CHILDREN", "imap.argument.list-tell-children"},
    {"STATUS", "imap.argument.list-tell-status"},
    {"MYRIGHTS", "imap.argument.list-tell-myrights"},
    {"METADATA", "imap.argument.list-tell-metadata"},
    {"SPECIAL-USE", "imap.argument.list-tell-special-use"},
    {"UTF8", "imap.argument.list-utf8"},
};

void mg_imap_said_list_options(const MgImapSaid *said, const MgImapNode *list, gboolean selects)
{
    const MgImapParse *parse = said->parse;
    for (const MgImapNode *word = mg_imap_child(parse, list); word != NULL;
         word = mg_imap_next(parse, word)) {
        if (mg_imap_is_list(word))
            continue;
        mg_imap_argument_node(said, word,
                              selects ? MG_IMAP_WORD_KEY(parse, word, selections)
                                      : MG_IMAP_WORD_KEY(parse, word, returns));
        const MgImapNode *items = mg_imap_next(parse, word);
        if (!selects && mg_imap_is(parse, word, "STATUS") && mg_imap_is_list(items))
            mg_imap_said_status(said, items, FALSE);
        const gboolean notes = !selects && mg_imap_is(parse, word, "METADATA");
        for (items = notes ? mg_imap_child(parse, items) : NULL; items != NULL;
             items = mg_imap_next(parse, items))
            mg_imap_argument_node(said, items, "imap.argument.note");
    }
}

/* Which names fit (RFC 9051 section 6.3.9). */
static void pattern(MgImap *imap, const MgImapSaid *said, const MgImapNode *node)
{
    g_autofree char *name = mg_imap_folder_of(imap, said->parse, node);
    if (name == NULL)
        return;
    const char *key = strcmp(name, "") == 0         ? "imap.argument.pattern-none"
                      : strcmp(name, "*") == 0      ? "imap.argument.pattern-all"
                      : strcmp(name, "%") == 0      ? "imap.argument.pattern-level"
                      : strpbrk(name, "*%") != NULL ? "imap.argument.pattern"
                                                    : "imap.argument.pattern-name";
    MgDetail *detail = mg_imap_argument(said, mg_imap_whole(said->parse, node), key);
    if (detail != NULL && *name != '\0')
        mg_detail_arg(detail, "value", "%s", name);
}

/* [(selection)] reference pattern [RETURN (options)] */
MG_IMAP_READ(list)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    gboolean extended = mg_imap_is_list(node);
    mg_imap_take_parameters(imap, open, node);
    if (extended) {
        mg_imap_said_list_options(&said, node, TRUE);
        node = mg_imap_next(parse, node);
    }
    const MgImapNode *patterns = mg_imap_next(parse, node);
    const MgImapNode *more = mg_imap_next(parse, patterns);
    extended |= mg_imap_is_list(patterns) || more != NULL;
    if (extended && strcmp(open->command->key, "imap.list") == 0)
        open->exchange->key = "imap.list-extended";
    if (mg_imap_raw(parse, node).len > 0)
        mg_imap_argument_node(&said, node, "imap.argument.list-reference");
    if (!mg_imap_is_list(patterns))
        pattern(imap, &said, patterns);
    for (const MgImapNode *one = mg_imap_child(parse, patterns); one != NULL;
         one = mg_imap_next(parse, one))
        pattern(imap, &said, one);
    if (mg_imap_is(parse, more, "RETURN"))
        mg_imap_said_list_options(&said, mg_imap_next(parse, more), FALSE);
    g_autofree char *name = mg_imap_folder_of(imap, parse, patterns);
    if (name != NULL && *name == '\0')
        open->exchange->variant = "separator";
    if (name != NULL)
        mg_imap_exchange_text(open->exchange, "name", name);
}

/* ---- NOTIFY (RFC 5465) ---- */

static const MgImapWord filters[] = {
    {"SELECTED", "imap.argument.notify-selected"},
    {"SELECTED-DELAYED", "imap.argument.notify-selected-delayed"},
    {"INBOXES", "imap.argument.notify-inboxes"},
    {"PERSONAL", "imap.argument.notify-personal"},
    {"SUBSCRIBED", "imap.argument.notify-subscribed"},
    {"SUBTREE", "imap.argument.notify-subtree"},
    {"MAILBOXES", "imap.argument.notify-mailboxes"},
};

static const MgImapWord events[] = {
    {"MessageNew", "imap.argument.notify-messagenew"},
    {"MessageExpunge", "imap.argument.notify-messageexpunge"},
    {"FlagChange", "imap.argument.notify-flagchange"},
    {"AnnotationChange", "imap.argument.notify-annotationchange"},
    {"MailboxName", "imap.argument.notify-mailboxname"},
    {"SubscriptionChange", "imap.argument.notify-subscriptionchange"},
    {"MailboxMetadataChange", "imap.argument.notify-mailboxmetadatachange"},
    {"ServerMetadataChange", "imap.argument.notify-servermetadatachange"},
    {"NONE", "imap.argument.notify-none"},
};

/* (filter [mailboxes] (events)): the filter's token shows all of it. */
static void event_group(MgImap *imap, const MgImapSaid *said, const MgImapNode *group)
{
    const MgImapParse *parse = said->parse;
    const MgImapNode *filter = mg_imap_child(parse, group), *next = mg_imap_next(parse, filter);
    MgDetail *detail = mg_imap_argument(said, mg_imap_whole(parse, group),
                                        MG_IMAP_WORD_KEY(parse, filter, filters));
    if (mg_imap_is(parse, filter, "SUBTREE") || mg_imap_is(parse, filter, "MAILBOXES")) {
        g_autoptr(GString) names = g_string_new(NULL);
        const MgImapNode *name = mg_imap_is_list(next) ? mg_imap_child(parse, next) : next;
        for (; name != NULL; name = name != next ? mg_imap_next(parse, name) : NULL) {
            g_autofree char *folder = mg_imap_folder_of(imap, parse, name);
            if (folder != NULL && names->len < MG_LIMIT_LINE)
                g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", folder);
        }
        if (detail != NULL && names->len > 0)
            mg_detail_arg(detail, "value", "%s", names->str);
        next = mg_imap_next(parse, next);
    }
    const MgImapNode *event = mg_imap_is_list(next) ? mg_imap_child(parse, next) : next;
    for (; event != NULL; event = event != next ? mg_imap_next(parse, event) : NULL)
        if (mg_imap_is_list(event))
            mg_imap_detail_fetch_items(parse, said->exchange, event);
        else
            mg_imap_argument_node(said, event, MG_IMAP_WORD_KEY(parse, event, events));
}

MG_IMAP_READ(notify)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_parameters(imap, open, node);
    if (mg_imap_is(parse, node, "NONE"))
        open->exchange->variant = "none";
    for (node = mg_imap_next(parse, node); node != NULL; node = mg_imap_next(parse, node))
        if (mg_imap_is_list(node))
            event_group(imap, &said, node);
        else if (mg_imap_is(parse, node, "STATUS"))
            mg_imap_argument_node(&said, node, "imap.argument.notify-status");
}

/* ---- SORT, THREAD (RFC 5256, 5957) and what searches found (RFC 9051 section 7.3.4) ---- */

static const MgImapWord orders[] = {
    {"ARRIVAL", "imap.argument.sort-arrival"},
    {"CC", "imap.argument.sort-cc"},
    {"DATE", "imap.argument.sort-date"},
    {"FROM", "imap.argument.sort-from"},
    {"REVERSE", "imap.argument.sort-reverse"},
    {"SIZE", "imap.argument.sort-size"},
    {"SUBJECT", "imap.argument.sort-subject"},
    {"TO", "imap.argument.sort-to"},
    {"DISPLAYFROM", "imap.argument.sort-displayfrom"},
    {"DISPLAYTO", "imap.argument.sort-displayto"},
    {"RELEVANCY", "imap.argument.sort-relevancy"},
    {"ANNOTATION", "imap.argument.sort-annotation"},
    {"MODSEQ", "imap.argument.sort-modseq"},
    {"UID", "imap.argument.sort-uid"},
};

static const MgImapWord algorithms[] = {
    {"ORDEREDSUBJECT", "imap.argument.thread-orderedsubject"},
    {"REFERENCES", "imap.argument.thread-references"},
    {"REFS", "imap.argument.thread-refs"},
};

MG_IMAP_READ(sort)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_take_parameters(imap, open, node);
    node = mg_imap_after_options(imap, open, node);
    if (mg_imap_is_list(node)) {
        for (const MgImapNode *by = mg_imap_child(parse, node); by != NULL;
             by = mg_imap_next(parse, by))
            mg_imap_argument_node(&said, by, MG_IMAP_WORD_KEY(parse, by, orders));
    } else {
        mg_imap_argument_node(&said, node, MG_IMAP_WORD_KEY(parse, node, algorithms));
    }
    node = mg_imap_next(parse, node);
    mg_imap_argument_node(&said, node, "imap.search.charset");
    mg_imap_search_keys(imap, open, mg_imap_next(parse, node));
}

/* MIN 2, ALL 1:5 … */
void mg_imap_said_found(const MgImapSaid *said, const MgImapNode *word, const MgImapNode *value)
{
    static const MgImapWord words[] = {
        {"MIN", "imap.argument.found-min"},
        {"MAX", "imap.argument.found-max"},
        {"ALL", "imap.argument.found-all"},
        {"COUNT", "imap.argument.found-count"},
        {"MODSEQ", "imap.argument.found-modseq"},
        {"PARTIAL", "imap.argument.found-partial"},
        {"ADDTO", "imap.argument.found-addto"},
        {"REMOVEFROM", "imap.argument.found-removefrom"},
        {"RELEVANCY", "imap.argument.found-relevancy"},
    };
    const MgImapParse *parse = said->parse;
    MgDetail *detail =
        mg_imap_argument_pair(said, word, value, MG_IMAP_WORD_KEY(parse, word, words));
    if (detail != NULL && mg_imap_is_list(value)) {
        g_autofree char *text = mg_slice_dup(mg_imap_raw(parse, value));
        mg_detail_arg(detail, "value", "%s", text);
    }
    mg_imap_argument_value(detail, parse, value, "value", TRUE);
}

/* ---- SELECT, FETCH, STORE with conditions (RFC 7162, 9394, 8970) ---- */

/* QRESYNC (uidvalidity modseq [known-uids] [(numbers uids)]) */
void mg_imap_said_qresync(const MgImapSaid *said, const MgImapNode *list)
{
    const MgImapParse *parse = said->parse;
    const MgImapNode *node = mg_imap_child(parse, list);
    mg_imap_argument_node(said, node, "imap.argument.qresync-uidvalidity");
    node = mg_imap_next(parse, node);
    mg_imap_argument_node(said, node, "imap.argument.qresync-modseq");
    for (node = mg_imap_next(parse, node); node != NULL; node = mg_imap_next(parse, node))
        mg_imap_argument_node(said, node,
                              mg_imap_is_list(node) ? "imap.argument.qresync-pairs"
                                                    : "imap.argument.qresync-known");
}

/* (CHANGEDSINCE n VANISHED), (PARTIAL -1:-100), (UNCHANGEDSINCE n) */
void mg_imap_said_modifiers(const MgImapSaid *said, const MgImapNode *list)
{
    static const MgImapWord words[] = {
        {"CHANGEDSINCE", "imap.fetch.changedsince"},
        {"PARTIAL", "imap.fetch.partial"},
        {"VANISHED", "imap.fetch.vanished"},
        {"UNCHANGEDSINCE", "imap.argument.unchangedsince"},
    };
    const MgImapParse *parse = said->parse;
    for (const MgImapNode *word = mg_imap_child(parse, list); word != NULL;
         word = mg_imap_next(parse, word)) {
        const char *key = MG_IMAP_WORD_KEY(parse, word, words);
        const MgImapNode *value =
            mg_imap_is(parse, word, "VANISHED") ? NULL : mg_imap_next(parse, word);
        MgDetail *detail = mg_imap_argument_pair(said, word, value, key);
        mg_imap_argument_value(detail, parse, value, "value", FALSE);
        if (value != NULL)
            word = value;
    }
}

/* ---- Labels of one provider ---- */

char **mg_imap_labels(const MgImapParse *parse, const MgImapNode *node)
{
    GPtrArray *labels = g_ptr_array_new();
    const gboolean list = mg_imap_is_list(node);
    for (node = list ? mg_imap_child(parse, node) : node; node != NULL;
         node = list ? mg_imap_next(parse, node) : NULL) {
        g_autofree char *raw = mg_imap_string(parse, node);
        if (raw != NULL)
            g_ptr_array_add(labels, mg_imap_folder(raw, FALSE));
    }
    g_ptr_array_add(labels, NULL);
    return (char **)g_ptr_array_free(labels, FALSE);
}

void mg_imap_said_labels(const MgImapSaid *said, const MgImapNode *node)
{
    static const MgImapWord system[] = {
        {"\\Inbox", "imap.argument.label-inbox"},
        {"\\Sent", "imap.argument.label-sent"},
        {"\\Draft", "imap.argument.label-draft"},
        {"\\Drafts", "imap.argument.label-draft"},
        {"\\Starred", "imap.argument.label-starred"},
        {"\\Important", "imap.argument.label-important"},
        {"\\Trash", "imap.argument.label-trash"},
        {"\\Spam", "imap.argument.label-spam"},
        {"\\Muted", "imap.argument.label-muted"},
    };
    const MgImapParse *parse = said->parse;
    const MgImapNode *label = mg_imap_is_list(node) ? mg_imap_child(parse, node) : node;
    for (; label != NULL; label = mg_imap_next(parse, label)) {
        g_autofree char *raw = mg_imap_string(parse, label);
        const char *key = MG_IMAP_WORD_KEY(parse, label, system);
        MgDetail *detail = mg_imap_argument(said, mg_imap_whole(parse, label),
                                            key != NULL ? key : "imap.argument.label");
        g_autofree char *name = raw != NULL ? mg_imap_folder(raw, FALSE) : NULL;
        if (detail != NULL && name != NULL)
            mg_detail_arg(detail, "value", "%s", name);
    }
}

/* ---- CONVERT (RFC 5259) ---- */

/* set ("image/png" ("pix-x" "128")) items, or set (NIL) items: the server chooses the form. */
MG_IMAP_READ(convert)
{
    const MgImapParse *parse = &imap->client;
    const MgImapSaid said = {parse, open->exchange, FALSE};
    mg_imap_read_set(imap, open, node);
    const MgImapNode *form = mg_imap_next(parse, node), *type = mg_imap_child(parse, form);
    mg_imap_argument_node(&said, type,
                          mg_imap_is(parse, type, "NIL") ? "imap.argument.convert-any"
                                                         : "imap.argument.convert-type");
    const MgImapNode *parameter = mg_imap_child(parse, mg_imap_next(parse, type));
    while (parameter != NULL) {
        const MgImapNode *value = mg_imap_next(parse, parameter);
        MgDetail *detail =
            mg_imap_argument_pair(&said, parameter, value, "imap.argument.convert-parameter");
        mg_imap_argument_value(detail, parse, parameter, "name", FALSE);
        mg_imap_argument_value(detail, parse, value, "value", FALSE);
        parameter = mg_imap_next(parse, value);
    }
    mg_imap_detail_fetch_items(parse, open->exchange, mg_imap_next(parse, form));
}
