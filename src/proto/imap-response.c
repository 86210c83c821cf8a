/* Lines of the server: whose they are. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

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
    const char *word, *tagged; /* the key of one whose command was not seen */
    MgOutcome outcome;
} statuses[] = {
    {"OK", "imap.reply.ok", MG_OUTCOME_OK},
    {"NO", "imap.reply.no", MG_OUTCOME_REFUSED},
    {"BAD", "imap.reply.bad", MG_OUTCOME_MALFORMED},
    {"PREAUTH", NULL, MG_OUTCOME_OK},
    {"BYE", NULL, MG_OUTCOME_INFO},
};

static gint status_of(const MgImapParse *parse, const MgImapNode *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (mg_imap_is(parse, word, statuses[i].word))
            return (gint)i;
    return -1;
}

/* An untagged line's parts: its number if it has one, its word, its key. */
static const char *untagged_key(const MgImapParse *parse, MgImapLine *line,
                                const MgImapNode **ret_word)
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
    return mg_imap_untagged_fits(parse, word, numbered) ? key : NULL;
}

/* SELECT closes the folder that was open; until the server has done so it may still speak of
 * that one.  [CLOSED] tells where (RFC 9051 section 7.1).  Where it is not said, messages can
 * go or change only in the old folder before the new one has told what it holds. */
static gboolean of_new_folder(MgImap *imap, const MgImapNode *word, const char *key)
{
    static const char *const codes[] = {"UIDVALIDITY",   "UIDNEXT",  "PERMANENTFLAGS", "UNSEEN",
                                        "HIGHESTMODSEQ", "NOMODSEQ", "MAILBOXID"};
    const MgImapParse *parse = &imap->server;
    const MgImapNode *code = mg_imap_child(parse, code_of(parse, word));
    if (mg_imap_is(parse, code, "CLOSED"))
        return TRUE;
    if (imap->says_closed)
        return mg_imap_is(parse, code, "UIDVALIDITY");
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        if (mg_imap_is(parse, code, codes[i]))
            return TRUE;
    return mg_imap_is(parse, word, "FLAGS") || mg_imap_is(parse, word, "EXISTS") ||
           mg_imap_is(parse, word, "RECENT") ||
           g_strcmp0(key, "imap.response.vanished-earlier") == 0;
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

/* A client that waits for each answer had those in the hole before it sent its next command:
 * what the server says now belongs to that one. */
static void give_up_overtaken(MgImap *imap, const MgStamp *at)
{
    const MgImapOpen *last = g_queue_peek_tail(&imap->open);
    if (!imap->pipelines && last != NULL && last->complete && !last->doubtful)
        give_up_doubtful(imap, last, at);
}

/* Lines that only SELECT and EXAMINE bring, and none was seen: it lies in a hole, and so does the
 * folder's name. */
static void find_nameless(const MgImapLine *line, const MgImapNode *word)
{
    MgImap *imap = line->imap;
    const MgImapParse *parse = &imap->server;
    const MgImapNode *code = mg_imap_child(parse, code_of(parse, word));
    if (!imap->client_torn || imap->nameless || line->open != NULL ||
        !(mg_imap_is(parse, code, "CLOSED") || mg_imap_is(parse, code, "PERMANENTFLAGS") ||
          mg_imap_is(parse, code, "UIDVALIDITY") || mg_imap_is(parse, word, "FLAGS")))
        return;
    imap->nameless = TRUE;
    mg_imap_select_name(imap, NULL);
    MgEffect effect = {
        .kind = MG_EFFECT_SELECT, .exchange = line->exchange->id, .by = MG_ACTOR_SERVER};
    mg_imap_effect(imap, NULL, &effect, MG_OUTCOME_INTERMEDIATE, &line->reply->at);
}

/* The command that an untagged line belongs to: the oldest, but FETCH lines say themselves what
 * they answer. */
static MgImapOpen *owner_of(const MgImapLine *line, const MgImapNode *word)
{
    const MgImapParse *parse = &line->imap->server;
    gboolean by_uid = mg_imap_is(parse, word, "UIDFETCH");
    if (!by_uid && !mg_imap_is(parse, word, "FETCH"))
        return mg_imap_open_oldest(line->imap);
    MgImapOpen *open = mg_imap_owner(line->imap, line->number, by_uid, line->node);
    if (open != NULL && open != mg_imap_open_oldest(line->imap))
        mg_imap_open_start(line->imap, open);
    return open;
}

static void untagged(MgImap *imap, gboolean cut)
{
    const MgImapParse *parse = &imap->server;
    MgImapLine line = {.imap = imap};
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
    give_up_overtaken(imap, &line.reply->at);
    if (imap->leaving != NULL && of_new_folder(imap, word, key))
        mg_imap_leave(imap, &line.reply->at);
    line.open = owner_of(&line, word);
    line.exchange = line.open != NULL ? line.open->exchange : server_step(imap, line.reply->key);
    find_nameless(&line, word);
    if (status >= 0 && code_of(parse, word) != NULL)
        mg_imap_code(imap, line.open, line.exchange, line.reply, code_of(parse, word));
    if (key != NULL)
        mg_imap_untagged_read(&line, word, cut);
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
    imap->nameless = FALSE;
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
