/* Lines of the server: whose they are, and what they say at once. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* What a reader of one untagged line works with. */
typedef struct {
    MgImap *imap;
    MgImapOpen *open;     /* the command it belongs to; NULL = none */
    MgExchange *exchange; /* its step: of that command, or its own */
    MgReply *reply;
    guint64 number;         /* of "* 12 EXISTS" */
    const MgImapNode *node; /* behind the word */
} Line;

static void give(const Line *line, MgEffect *effect)
{
    effect->exchange = line->exchange->id;
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

static void exists(const Line *line)
{
    if (line->open == NULL || line->open->command->done == mg_imap_done_select)
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, line->number);
    MgEffect effect = {.kind = MG_EFFECT_EXISTS, .count = line->number};
    give(line, &effect);
}

static void recent(const Line *line)
{
    if (line->open == NULL)
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, line->number);
}

static void expunge(const Line *line)
{
    if (line->open != NULL)
        line->open->expunged++;
    else
        mg_exchange_arg(line->exchange, "number", "%" G_GUINT64_FORMAT, line->number);
    MgEffect effect = {.kind = MG_EFFECT_EXPUNGED, .number = line->number};
    give(line, &effect);
}

static void vanished(const Line *line)
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

static void fetch_line(const Line *line, gboolean by_uid)
{
    if (line->open == NULL)
        mg_exchange_arg(line->exchange, by_uid ? "uid" : "number", "%" G_GUINT64_FORMAT,
                        line->number);
    mg_imap_fetched(line->imap, line->open, line->exchange, line->number, by_uid, line->node);
}

static void fetch(const Line *line)
{
    fetch_line(line, FALSE);
}

static void uidfetch(const Line *line)
{
    fetch_line(line, TRUE);
}

/* ---- Searches ---- */

static void searched(const Line *line, const MgImapOpen *search, const char *set, gboolean uids,
                     gboolean whole)
{
    guint count = mg_imap_set_count(set);
    if (line->open != NULL)
        line->open->found += count;
    mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT,
                    line->open != NULL ? line->open->found : count);
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
static void search(const Line *line)
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

/* ESEARCH (TAG "a") UID ALL 1:5 (RFC 9051 section 7.3.4). */
static void esearch(const Line *line)
{
    const MgImapParse *parse = &line->imap->server;
    const MgImapNode *node = line->node;
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
        gboolean all = mg_imap_is(parse, node, "ALL");
        gboolean partial = mg_imap_is(parse, node, "PARTIAL");
        if (partial)
            value = mg_imap_next(parse, mg_imap_child(parse, value));
        MgSlice raw = mg_imap_raw(parse, value);
        if ((!all && !partial) || value == NULL || parse->truncated || !mg_imap_set_valid(raw))
            continue;
        g_autofree char *set = mg_slice_dup(raw);
        searched(line, open, set, uids, all);
    }
}

/* ---- Folders ---- */

static void list_line(const Line *line, gboolean exists_really)
{
    MgImap *imap = line->imap;
    const MgImapParse *parse = &imap->server;
    const MgImapNode *attributes = line->node, *separator = mg_imap_next(parse, attributes);
    const MgImapNode *name = mg_imap_next(parse, separator);
    g_autofree char *folder = mg_imap_folder_of(imap, parse, name);
    if (!mg_imap_is_list(attributes) || folder == NULL)
        return;
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

static void list(const Line *line)
{
    list_line(line, TRUE);
}

/* A subscribed name need not exist (RFC 3501 section 6.3.9). */
static void lsub(const Line *line)
{
    list_line(line, FALSE);
}

static void status(const Line *line)
{
    MgImap *imap = line->imap;
    const MgImapParse *parse = &imap->server;
    g_autofree char *folder = mg_imap_folder_of(imap, parse, line->node);
    const MgImapNode *items = mg_imap_next(parse, line->node);
    if (folder == NULL || !mg_imap_is_list(items))
        return;
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
    if (effect.count != G_MAXUINT64)
        mg_exchange_arg(line->exchange, "count", "%" G_GUINT64_FORMAT, effect.count);
    give(line, &effect);
}

/* ---- The server itself ---- */

static void capability(const Line *line)
{
    for (const MgImapNode *node = line->node; node != NULL;
         node = mg_imap_next(&line->imap->server, node))
        mg_imap_detail_capability(line->exchange, mg_imap_raw(&line->imap->server, node), TRUE);
}

static void enabled(const Line *line)
{
    const MgImapParse *parse = &line->imap->server;
    capability(line);
    for (const MgImapNode *node = line->node; node != NULL; node = mg_imap_next(parse, node))
        if (mg_imap_is(parse, node, "UTF8=ACCEPT") || mg_imap_is(parse, node, "IMAP4rev2"))
            line->imap->utf8 = TRUE;
}

static void flags(const Line *line)
{
    const MgImapParse *parse = &line->imap->server;
    for (const MgImapNode *node = mg_imap_child(parse, line->node); node != NULL;
         node = mg_imap_next(parse, node))
        mg_imap_detail_flag(line->exchange, mg_imap_raw(parse, node), TRUE);
}

/* URLs with access tokens (RFC 4467). */
static void tokens(const Line *line)
{
    const MgImapParse *parse = &line->imap->server;
    MgText *text = g_ptr_array_index(line->reply->lines, 0);
    for (const MgImapNode *node = line->node; node != NULL; node = mg_imap_next(parse, node))
        if (mg_imap_is_string(node))
            mg_imap_parse_hide(parse, text, node->at, node->len);
}

static void bye(const Line *line)
{
    line->imap->bye = TRUE;
}

/* By number ("* 12 EXISTS"), or not. */
static const struct {
    const char *word;
    gboolean numbered;
    void (*read)(const Line *line);
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
    {"ESEARCH", FALSE, esearch},
    {"LIST", FALSE, list},
    {"XLIST", FALSE, list},
    {"LSUB", FALSE, lsub},
    {"STATUS", FALSE, status},
    {"CAPABILITY", FALSE, capability},
    {"ENABLED", FALSE, enabled},
    {"FLAGS", FALSE, flags},
    {"GENURLAUTH", FALSE, tokens},
    {"URLFETCH", FALSE, tokens},
    {"BYE", FALSE, bye},
};

/* ---- Lines become replies ---- */

static MgReply *reply_of(const MgImapParse *parse, const char *code, MgOutcome outcome,
                         const char *key)
{
    MgReply *reply = mg_reply_new(code, outcome);
    g_ptr_array_add(reply->lines, mg_text_new(parse->text->str, (gssize)parse->text->len));
    reply->key = key;
    reply->frames = parse->frames;
    reply->at = parse->ended;
    return reply;
}

/* A step of its own, for what nobody asked. */
static MgExchange *server_step(MgImap *imap, const char *key)
{
    MgExchange *exchange = mg_conn_begin(imap->conn, MG_STEP_SERVER, key);
    exchange->at = imap->server.begun;
    mg_frames_add_all(&exchange->frames, &imap->server.frames);
    if (imap->selected != NULL)
        mg_imap_exchange_text(exchange, "folder", imap->selected);
    return exchange;
}

static void server_step_done(MgImap *imap, MgExchange *exchange, MgReply *reply)
{
    mg_imap_add_reply(exchange, reply, TRUE);
    mg_conn_complete(imap->conn, exchange);
}

static const MgImapNode *code_of(const MgImapParse *parse, const MgImapNode *status)
{
    const MgImapNode *next = mg_imap_next(parse, status);
    return next != NULL && next->type == MG_IMAP_CODE ? next : NULL;
}

/* What the server calls itself: the first word of its greeting that looks like a host name. */
static void name_of_server(MgImap *imap, MgExchange *exchange, const MgImapNode *text)
{
    MgSlice rest = mg_imap_raw(&imap->server, text);
    while (rest.len > 0) {
        MgSlice word = mg_word_next(&rest);
        gsize dot = 0, letters = 0, i = 0;
        for (; i < word.len; i++) {
            guint8 c = word.data[i];
            if (c == '.' && i > 0) {
                dot = i;
                letters = 0;
            } else if (g_ascii_isalpha(c)) {
                letters++;
            } else if (!g_ascii_isdigit(c) && c != '-') {
                break;
            }
        }
        if (i < word.len || dot == 0 || letters < 2 || letters != word.len - dot - 1)
            continue;
        g_free(imap->session->server_name);
        imap->session->server_name = mg_slice_dup(word);
        MgEffect effect = {.kind = MG_EFFECT_NAMED,
                           .exchange = exchange->id,
                           .by = MG_ACTOR_SERVER,
                           .name = imap->session->server_name};
        mg_imap_effect(imap, NULL, &effect, MG_OUTCOME_INFO, &imap->server.ended);
        return;
    }
}

/* Whether this "* OK" opens the session (RFC 9051 section 7.1).  Where the start was not
 * captured, only one that says so. */
static gboolean is_greeting(const MgImap *imap, MgSlice text)
{
    if (imap->session->complete_start)
        return TRUE;
    if (imap->client_spoke)
        return FALSE;
    g_autofree char *copy = mg_slice_dup(text);
    g_autofree char *line = g_ascii_strdown(copy, -1);
    return strstr(line, "ready") != NULL || strstr(line, "imap") != NULL;
}

static void greeting(MgImap *imap, MgReply *reply, const MgImapNode *status)
{
    const MgImapParse *parse = &imap->server;
    MgExchange *exchange = server_step(imap, "imap.greeting");
    const MgImapNode *code = code_of(parse, status);
    if (code != NULL)
        mg_imap_code(imap, NULL, exchange, reply, code);
    name_of_server(imap, exchange, mg_imap_next(parse, code != NULL ? code : status));
    if (imap->session->server_name != NULL)
        mg_imap_exchange_text(exchange, "host", imap->session->server_name);
    if (mg_imap_is(parse, status, "PREAUTH")) {
        exchange->variant = "preauth";
        imap->session->authenticated = TRUE;
        MgEffect effect = {
            .kind = MG_EFFECT_LOGIN, .exchange = exchange->id, .by = MG_ACTOR_SERVER};
        mg_imap_effect(imap, NULL, &effect, MG_OUTCOME_OK, &reply->at);
    } else if (mg_imap_is(parse, status, "BYE")) {
        exchange->variant = "bye";
        exchange->outcome = MG_OUTCOME_REFUSED;
        imap->bye = TRUE;
    }
    server_step_done(imap, exchange, reply);
}

/* ---- The three kinds of lines ---- */

static const struct {
    const char *word, *untagged, *tagged;
    MgOutcome outcome;
} statuses[] = {
    {"OK", "imap.response.untagged-ok", "imap.reply.ok", MG_OUTCOME_OK},
    {"NO", "imap.response.untagged-no", "imap.reply.no", MG_OUTCOME_REFUSED},
    {"BAD", "imap.response.untagged-bad", "imap.reply.bad", MG_OUTCOME_MALFORMED},
    {"PREAUTH", "imap.response.preauth", NULL, MG_OUTCOME_OK},
    {"BYE", "imap.response.bye", NULL, MG_OUTCOME_INFO},
};

static gint status_of(const MgImapParse *parse, const MgImapNode *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (mg_imap_is(parse, word, statuses[i].word))
            return (gint)i;
    return -1;
}

/* An untagged line's parts: its number if it has one, its word, its key. */
static const char *untagged_key(const MgImapParse *parse, Line *line, const MgImapNode **ret_word)
{
    const MgImapNode *word = mg_imap_next(parse, mg_imap_first(parse));
    const MgImapNode *second = mg_imap_next(parse, word);
    gboolean numbered = mg_imap_number(parse, word, G_MAXUINT32, &line->number) && second != NULL &&
                        second->type == MG_IMAP_ATOM;
    if (numbered)
        word = second;
    *ret_word = word;
    line->node = mg_imap_next(parse, word);
    if (mg_imap_is(parse, word, "VANISHED") && mg_imap_is_list(line->node))
        return "imap.response.vanished-earlier";
    const char *key = word != NULL && word->type == MG_IMAP_ATOM
                          ? mg_imap_response_key(mg_imap_raw(parse, word))
                          : NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
        if (mg_imap_is(parse, word, readers[i].word) && readers[i].numbered != numbered)
            return NULL;
    return key;
}

static void untagged(MgImap *imap, gboolean cut)
{
    const MgImapParse *parse = &imap->server;
    Line line = {.imap = imap};
    const MgImapNode *word;
    const char *key = untagged_key(parse, &line, &word);
    gint status = status_of(parse, word);
    g_autofree char *raw = mg_slice_dup(mg_imap_raw(parse, word));
    g_autofree char *code = g_ascii_strup(raw, -1);
    line.reply =
        reply_of(parse, code, MG_OUTCOME_INFO, key != NULL ? key : "imap.response.unknown");
    if (!imap->greeted && status >= 0 &&
        is_greeting(imap, (MgSlice){(const guint8 *)parse->text->str, parse->text->len})) {
        imap->greeted = TRUE;
        greeting(imap, line.reply, word);
        return;
    }
    imap->greeted = TRUE;
    line.open = mg_imap_open_oldest(imap);
    line.exchange = line.open != NULL ? line.open->exchange : server_step(imap, line.reply->key);
    if (status >= 0 && code_of(parse, word) != NULL)
        mg_imap_code(imap, line.open, line.exchange, line.reply, code_of(parse, word));
    for (gsize i = 0; key != NULL && i < G_N_ELEMENTS(readers); i++)
        if (readers[i].read != NULL && (!cut || readers[i].read == fetch) &&
            mg_imap_is(parse, word, readers[i].word))
            readers[i].read(&line);
    if (line.open == NULL)
        server_step_done(imap, line.exchange, line.reply);
    else
        mg_imap_add_reply(line.exchange, line.reply, FALSE);
}

static void continuation(MgImap *imap)
{
    MgReply *reply =
        reply_of(&imap->server, "+", MG_OUTCOME_INTERMEDIATE, "imap.response.continuation");
    MgStamp at = reply->at;
    if (imap->reading != NULL) {
        imap->go |= mg_imap_parse_announced(&imap->client);
        mg_imap_add_reply(imap->reading->exchange, reply, FALSE);
    } else if (imap->auth != NULL && imap->auth->complete) {
        mg_imap_challenge(imap, reply);
        imap->sasl_turn = TRUE;
        mg_imap_open_done(imap, imap->auth, reply, MG_OUTCOME_INTERMEDIATE, &at);
    } else if (imap->idle != NULL && imap->idle->complete) {
        g_free(imap->idle_tag);
        imap->idle_tag = g_strdup(imap->idle->tag);
        mg_imap_open_done(imap, imap->idle, reply, MG_OUTCOME_INTERMEDIATE, &at);
    } else if (mg_imap_open_oldest(imap) != NULL) {
        mg_imap_add_reply(mg_imap_open_oldest(imap)->exchange, reply, FALSE);
    } else {
        server_step_done(imap, server_step(imap, reply->key), reply);
    }
}

static gboolean same_tag(const char *tag, MgSlice text)
{
    return tag != NULL && strlen(tag) == text.len && memcmp(tag, text.data, text.len) == 0;
}

/* The answer to a command that was not seen. */
static void stray(MgImap *imap, MgReply *reply, gint status, const MgImapNode *word)
{
    reply->key = statuses[status].tagged;
    MgExchange *exchange = server_step(imap, reply->key);
    const MgImapNode *code = code_of(&imap->server, word);
    if (code != NULL)
        mg_imap_code(imap, NULL, exchange, reply, code);
    MgSlice tag = mg_imap_raw(&imap->server, mg_imap_first(&imap->server));
    if (same_tag(imap->idle_tag, tag))
        g_clear_pointer(&imap->idle_tag, g_free);
    if (same_tag(imap->auth_tag, tag))
        mg_imap_auth_over(imap, exchange, statuses[status].outcome, &reply->at);
    /* Said once: where only the server was captured it holds for every line. */
    if (!imap->stray_noted)
        mg_imap_note(imap, MG_NOTE_ODD, "reply-unexpected", &reply->at, 0);
    imap->stray_noted = TRUE;
    server_step_done(imap, exchange, reply);
}

/* Commands whose replies the hole swallowed: a later one is answered. */
static void give_up_doubtful(MgImap *imap, const MgImapOpen *answered, const MgStamp *at)
{
    for (;;) {
        MgImapOpen *oldest = mg_imap_open_oldest(imap);
        if (oldest == NULL || oldest == answered || !oldest->doubtful || !oldest->complete)
            return;
        mg_imap_open_done(imap, oldest, NULL, MG_OUTCOME_UNANSWERED, at);
    }
}

static void tagged(MgImap *imap, const MgImapNode *tag, const MgImapNode *word, gint status)
{
    const MgImapParse *parse = &imap->server;
    MgSlice text = mg_imap_raw(parse, tag);
    MgOutcome outcome = statuses[status].outcome;
    MgReply *reply = reply_of(parse, statuses[status].word, outcome, NULL);
    MgStamp at = reply->at;
    MgImapOpen *open = mg_imap_open_find(imap, text);
    if (open != NULL)
        give_up_doubtful(imap, open, &at);
    if (open == NULL) {
        /* The tag of DONE is IDLE's; where that was not seen, it takes any. */
        open = mg_imap_open_of(imap, "imap.done");
        if (open != NULL && open->tag != NULL)
            open = NULL;
    }
    if (open == NULL) {
        stray(imap, reply, status, word);
        return;
    }
    const MgImapNode *code = code_of(parse, word);
    if (code != NULL)
        mg_imap_code(imap, open, open->exchange, reply, code);
    if (!open->complete && mg_imap_parse_announced(&imap->client) && imap->client.waits &&
        !imap->go && outcome != MG_OUTCOME_OK) {
        mg_imap_refuse_literal(imap, reply);
    } else if (!open->complete) {
        mg_reply_free(open->early);
        open->early = reply;
    } else {
        mg_imap_open_done(imap, open, reply, outcome, &at);
    }
}

void mg_imap_response(MgImap *imap, gboolean cut)
{
    const MgImapParse *parse = &imap->server;
    const MgImapNode *first = mg_imap_first(parse), *word = mg_imap_next(parse, first);
    if (first == NULL)
        return;
    if (mg_imap_is(parse, first, "*") && word != NULL) {
        untagged(imap, cut);
        return;
    }
    if (mg_imap_is(parse, first, "+")) {
        continuation(imap);
        return;
    }
    gint status = status_of(parse, word);
    if (first->type == MG_IMAP_ATOM && status >= 0 && statuses[status].tagged != NULL) {
        tagged(imap, first, word, status);
        return;
    }
    /* Not the language; what is left of it after a hole says nothing. */
    if (cut)
        return;
    MgReply *reply = reply_of(parse, "", MG_OUTCOME_INFO, "imap.response.unknown");
    MgImapOpen *open = mg_imap_open_oldest(imap);
    if (open != NULL)
        mg_imap_add_reply(open->exchange, reply, FALSE);
    else
        server_step_done(imap, server_step(imap, reply->key), reply);
}
