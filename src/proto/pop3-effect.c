/* What a POP3 command does, once its outcome is known (location-rules.md section 6). */
#include "proto/pop3.h"

#include <string.h>

void pop3_pending_free(Pop3Pending *pending)
{
    if (pending == NULL)
        return;
    mg_exchange_free(pending->exchange);
    mg_content_reader_free(pending->reader);
    g_clear_pointer(&pending->stray, g_ptr_array_unref);
    g_free(pending->user);
    g_free(pending);
}

/* The effect that is being made, and its command. */
typedef struct {
    Pop3 *self;
    Pop3Pending *pending;
    MgOutcome outcome;
    MgStamp at;
    MgSlice status;
} Finish;

static void give(const Finish *finish, MgEffect *effect)
{
    effect->exchange = finish->pending->exchange->id;
    effect->at = finish->at;
    effect->outcome = finish->outcome;
    effect->by = MG_ACTOR_CLIENT;
    mg_conn_effect(finish->self->conn, effect);
}

static void arg_number(MgExchange *exchange, const char *name, guint64 number)
{
    mg_exchange_arg(exchange, name, "%" G_GUINT64_FORMAT, number);
}

/* The words of the status line behind "+OK" or "-ERR". */
static MgSlice behind_code(MgSlice status)
{
    mg_word_next(&status);
    return status;
}

/* ---- Login ---- */

static void login(const Finish *finish, const char *user)
{
    Pop3 *self = finish->self;
    MgExchange *exchange = finish->pending->exchange;
    MgEffect effect = {.kind = MG_EFFECT_LOGIN, .name = user};
    give(finish, &effect);
    if (user != NULL)
        mg_exchange_arg(exchange, "user", "%s", user);
    if (finish->outcome == MG_OUTCOME_UNANSWERED && self->state == POP3_AUTHORIZATION)
        self->state = POP3_UNSURE;
    if (finish->outcome != MG_OUTCOME_OK)
        return;
    MgSession *session = mg_conn_session(self->conn);
    g_free(session->account);
    session->account = g_strdup(user);
    session->authenticated = TRUE;
    self->state = POP3_TRANSACTION;
    g_hash_table_remove_all(self->marks);
    g_hash_table_remove_all(self->sizes);
    MgEffect maildrop = {.kind = MG_EFFECT_MAILDROP, .count = G_MAXUINT64};
    if (pop3_maildrop(finish->status, &maildrop.count, &maildrop.octets)) {
        arg_number(exchange, "count", maildrop.count);
        if (maildrop.octets > 0)
            arg_number(exchange, "octets", maildrop.octets);
    } else {
        maildrop.count = G_MAXUINT64;
    }
    give(finish, &maildrop);
}

static void sasl_ends(const Finish *finish)
{
    Pop3 *self = finish->self;
    if (finish->outcome == MG_OUTCOME_INTERMEDIATE)
        return;
    login(finish, self->sasl != NULL ? mg_sasl_user(self->sasl) : NULL);
}

/* ---- Numbers ---- */

static void remember_size(Pop3 *self, guint64 number, guint64 octets)
{
    if (g_hash_table_size(self->sizes) < MG_LIMIT_MIRROR)
        g_hash_table_insert(self->sizes, GSIZE_TO_POINTER((gsize)number),
                            GSIZE_TO_POINTER((gsize)octets));
}

/* "number value" of one message, as in an answer to LIST or UIDL. */
static void one_message(const Finish *finish, gboolean uidl)
{
    Pop3 *self = finish->self;
    MgSlice rest = behind_code(finish->status);
    MgSlice first = mg_word_next(&rest), value = mg_word_next(&rest);
    guint64 said = 0;
    MgEffect effect = {.kind = uidl ? MG_EFFECT_UIDL : MG_EFFECT_LIST,
                       .number = finish->pending->number};
    g_autofree char *name = NULL;
    if (finish->outcome == MG_OUTCOME_OK) {
        if (!mg_slice_number(first, G_MAXUINT64 - 1, &said) || value.len == 0)
            return;
        effect.number = said;
        if (uidl) {
            effect.name = name = mg_slice_dup(value);
            mg_exchange_arg(finish->pending->exchange, "uid", "%s", name);
        } else {
            if (!mg_slice_number(value, G_MAXUINT64 - 1, &effect.octets))
                return;
            remember_size(self, said, effect.octets);
            arg_number(finish->pending->exchange, "octets", effect.octets);
        }
    }
    give(finish, &effect);
}

void pop3_listed(Pop3 *self, Pop3Pending *pending, MgSlice line, MgStamp at)
{
    Finish finish = {.self = self, .pending = pending, .outcome = MG_OUTCOME_OK, .at = at};
    MgSlice rest = line;
    MgSlice first = mg_word_next(&rest);
    MgEffect effect = {0};
    g_autofree char *name = NULL;
    switch (pending->row->does) {
    case POP3_DO_LIST:
        effect.kind = MG_EFFECT_LIST;
        if (!mg_slice_number(first, G_MAXUINT64 - 1, &effect.number) ||
            !mg_slice_number(mg_word_next(&rest), G_MAXUINT64 - 1, &effect.octets))
            return;
        remember_size(self, effect.number, effect.octets);
        break;
    case POP3_DO_UIDL: {
        effect.kind = MG_EFFECT_UIDL;
        MgSlice value = mg_word_next(&rest);
        if (!mg_slice_number(first, G_MAXUINT64 - 1, &effect.number) || value.len == 0)
            return;
        effect.name = name = mg_slice_dup(value);
        break;
    }
    case POP3_DO_CAPA:
        pop3_detail(pending->exchange, line, pop3_capability_key(first), TRUE);
        if (mg_slice_is(first, "SASL"))
            for (MgSlice word = mg_word_next(&rest); word.len > 0; word = mg_word_next(&rest)) {
                g_autoptr(MgSasl) sasl = mg_sasl_new(word);
                pop3_detail(pending->exchange, word, mg_sasl_key(sasl), TRUE);
            }
        return;
    case POP3_DO_AUTH_LIST: {
        g_autoptr(MgSasl) sasl = mg_sasl_new(first);
        pop3_detail(pending->exchange, first, mg_sasl_key(sasl), TRUE);
        return;
    }
    default:
        return;
    }
    pending->listed++;
    give(&finish, &effect);
}

static void listing_ends(const Finish *finish, gboolean uidl)
{
    /* What is refused or has a hole tells nothing about what is not in it. */
    if (finish->outcome != MG_OUTCOME_OK || finish->pending->torn || finish->pending->late)
        return;
    MgEffect effect = {.kind = MG_EFFECT_LISTED, .count = finish->pending->listed, .flag = uidl};
    arg_number(finish->pending->exchange, "count", finish->pending->listed);
    give(finish, &effect);
}

static void stat_ends(const Finish *finish)
{
    MgSlice rest = behind_code(finish->status);
    MgEffect effect = {.kind = MG_EFFECT_STAT};
    if (finish->outcome == MG_OUTCOME_OK) {
        if (!mg_slice_number(mg_word_next(&rest), G_MAXUINT64 - 1, &effect.count) ||
            !mg_slice_number(mg_word_next(&rest), G_MAXUINT64 - 1, &effect.octets))
            return;
        arg_number(finish->pending->exchange, "count", effect.count);
        arg_number(finish->pending->exchange, "octets", effect.octets);
    }
    give(finish, &effect);
}

/* ---- Messages ---- */

/* Another number of octets came than the listing said, or the reply to RETR. */
static void compare_size(const Pop3 *self, const Pop3Pending *pending, gboolean whole)
{
    MgExchange *exchange = pending->exchange;
    const MgContent *content = exchange->content;
    if (!whole || content == NULL || !content->complete || content->missing > 0 ||
        exchange->variant != NULL)
        return;
    guint64 listed = (guint64)GPOINTER_TO_SIZE(
        g_hash_table_lookup(self->sizes, GSIZE_TO_POINTER((gsize)pending->number)));
    if (listed != 0 && listed != content->octets)
        exchange->variant = "size-not-listed";
    else if (pending->announced != 0 && pending->announced != content->octets)
        exchange->variant = "size-not-announced";
    if (exchange->variant != NULL)
        arg_number(exchange, "size", listed != 0 ? listed : pending->announced);
}

static void text_ends(const Finish *finish)
{
    const Pop3Pending *pending = finish->pending;
    /* x-mangle makes another text of the message: what came is no more than a part. */
    gboolean part = pending->row->does == POP3_DO_TOP || pending->mangled;
    compare_size(finish->self, pending, !part || (pending->whole && !pending->mangled));
    MgEffect effect = {.kind = part ? MG_EFFECT_TOP : MG_EFFECT_RETR,
                       .number = pending->number,
                       .count = pending->asked,
                       .octets = pending->mangled ? 0 : pending->announced,
                       .flag = part ? pending->whole && !pending->mangled : pending->torn,
                       .content = pending->exchange->content};
    give(finish, &effect);
}

/* The text of a message whose command is not in the capture: RETR or TOP, of which number is not
 * known. */
static void answer_ends(const Finish *finish)
{
    const Pop3Pending *pending = finish->pending;
    const MgContent *content = pending->exchange->content;
    if (content == NULL || !content->has_header)
        return;
    MgEffect effect = {.kind = MG_EFFECT_RETR,
                       .octets = pending->announced,
                       .flag = pending->torn || pending->announced == 0 ||
                               content->octets < pending->announced,
                       .content = pending->exchange->content};
    give(finish, &effect);
}

static void dele_ends(const Finish *finish)
{
    Pop3 *self = finish->self;
    guint64 number = finish->pending->number;
    if (finish->outcome == MG_OUTCOME_OK && number > 0 &&
        g_hash_table_size(self->marks) < MG_LIMIT_MIRROR)
        g_hash_table_add(self->marks, GSIZE_TO_POINTER((gsize)number));
    MgEffect effect = {.kind = MG_EFFECT_DELE, .number = number};
    give(finish, &effect);
}

static void rset_ends(const Finish *finish)
{
    arg_number(finish->pending->exchange, "count", g_hash_table_size(finish->self->marks));
    if (finish->outcome == MG_OUTCOME_OK)
        g_hash_table_remove_all(finish->self->marks);
    MgEffect effect = {.kind = MG_EFFECT_POP_RSET};
    give(finish, &effect);
}

/* The maildrop is closed and its delete marks are applied. */
static void maildrop_closes(const Finish *finish, gboolean in_transaction)
{
    Pop3 *self = finish->self;
    guint marks = g_hash_table_size(self->marks);
    MgExchange *exchange = finish->pending->exchange;
    if (in_transaction) {
        arg_number(exchange, "count", marks);
        /* Marks that were set before the capture began would not be known. */
        if (marks == 0)
            exchange->variant = self->whole ? "removed-none" : "removed-unknown";
    }
    MgEffect effect = {.kind = MG_EFFECT_POP_QUIT, .flag = in_transaction};
    give(finish, &effect);
    if (finish->outcome == MG_OUTCOME_OK) {
        g_hash_table_remove_all(self->marks);
        g_hash_table_remove_all(self->sizes);
    }
}

/* The server had closed before it could read this. */
static gboolean too_late(const Finish *finish)
{
    return finish->outcome == MG_OUTCOME_UNANSWERED &&
           mg_conn_too_late(finish->self->conn, MG_ACTOR_CLIENT, &finish->pending->exchange->at);
}

static void quit_ends(const Finish *finish)
{
    Pop3 *self = finish->self;
    gboolean in_transaction = self->state != POP3_AUTHORIZATION;
    if (!in_transaction)
        finish->pending->exchange->key = "pop3.quit-auth";
    if (in_transaction && too_late(finish)) {
        finish->pending->exchange->variant = "too-late";
        MgEffect effect = {.kind = MG_EFFECT_POP_DROP};
        give(finish, &effect);
        self->state = POP3_OVER;
        return;
    }
    maildrop_closes(finish, in_transaction);
    /* RFC 1939 section 6: the server closes, whatever it answers. */
    if (in_transaction || finish->outcome == MG_OUTCOME_OK)
        self->state = POP3_OVER;
}

/* XTND XMIT: the popper gives the text to its mailer, which reads the recipients from the
 * header. */
static void xmit_ends(const Finish *finish)
{
    Pop3 *self = finish->self;
    MgContent *content = finish->pending->exchange->content;
    if (content == NULL)
        return;
    guint transaction = ++self->transactions;
    Finish taken = *finish;
    taken.outcome = MG_OUTCOME_OK;
    MgEffect mail = {.kind = MG_EFFECT_MAIL,
                     .transaction = transaction,
                     .name = content->from != NULL ? content->from : ""};
    give(&taken, &mail);
    for (guint i = 0; content->to != NULL && content->to[i] != NULL; i++) {
        MgEffect rcpt = {.kind = MG_EFFECT_RCPT,
                         .transaction = transaction,
                         .name = content->to[i],
                         .number = i + 1};
        give(&taken, &rcpt);
    }
    taken.outcome = MG_OUTCOME_INFO;
    MgEffect text = {.kind = MG_EFFECT_TEXT, .transaction = transaction, .content = content};
    give(&taken, &text);
    MgEffect handover = {.kind = content->complete ? MG_EFFECT_HANDOVER : MG_EFFECT_ABANDONED,
                         .transaction = transaction};
    give(finish, &handover);
}

/* ---- All of them ---- */

static void implies_transaction(const Finish *finish)
{
    Pop3 *self = finish->self;
    if (finish->outcome == MG_OUTCOME_OK &&
        (self->state == POP3_UNSURE || self->state == POP3_AUTHORIZATION))
        self->state = POP3_TRANSACTION;
}

static void apply(const Finish *finish)
{
    MgExchange *exchange = finish->pending->exchange;
    MgSlice words = behind_code(finish->status);
    switch (finish->pending->row->does) {
    case POP3_DO_PASS:
    case POP3_DO_APOP:
    case POP3_DO_RPOP:
        login(finish, finish->pending->user);
        return;
    case POP3_DO_AUTH:
    case POP3_DO_AUTH_RESPONSE:
        sasl_ends(finish);
        return;
    case POP3_DO_STAT:
        implies_transaction(finish);
        stat_ends(finish);
        return;
    case POP3_DO_LIST:
    case POP3_DO_UIDL:
        implies_transaction(finish);
        listing_ends(finish, finish->pending->row->does == POP3_DO_UIDL);
        return;
    case POP3_DO_LIST_ONE:
    case POP3_DO_UIDL_ONE:
        implies_transaction(finish);
        one_message(finish, finish->pending->row->does == POP3_DO_UIDL_ONE);
        return;
    case POP3_DO_RETR:
    case POP3_DO_TOP:
        implies_transaction(finish);
        text_ends(finish);
        return;
    case POP3_DO_DELE:
        implies_transaction(finish);
        if (!too_late(finish))
            dele_ends(finish);
        return;
    case POP3_DO_RSET:
        implies_transaction(finish);
        rset_ends(finish);
        return;
    case POP3_DO_QUIT:
        quit_ends(finish);
        return;
    case POP3_DO_XTND_BBOARDS:
        /* Without a name it only lists the boards. */
        if (g_hash_table_contains(exchange->args, "name"))
            maildrop_closes(finish, TRUE);
        return;
    case POP3_DO_XTND_ARCHIVE:
        maildrop_closes(finish, TRUE);
        return;
    case POP3_DO_XTND_XMIT:
        xmit_ends(finish);
        return;
    case POP3_DO_LAST: {
        guint64 last;
        implies_transaction(finish);
        if (mg_slice_number(mg_word_next(&words), G_MAXUINT64, &last))
            arg_number(exchange, "number", last);
        return;
    }
    case POP3_DO_XSENDER: {
        MgSlice address = mg_word_next(&words);
        g_autofree char *text = mg_slice_dup(address);
        if (finish->outcome == MG_OUTCOME_OK && address.len > 0)
            mg_exchange_arg(exchange, "address", "%s", text);
        return;
    }
    case POP3_DO_PLAIN:
    case POP3_DO_USER:
    case POP3_DO_AUTH_CANCEL:
    case POP3_DO_AUTH_LIST:
    case POP3_DO_CAPA:
    case POP3_DO_STLS:
    case POP3_DO_LANG_SET:
    case POP3_DO_XOIP:
    case POP3_DO_XCLIENT:
    case POP3_DO_XTND_NAME:
    case POP3_DO_UNKNOWN:
    case POP3_DO_ANSWER:
        answer_ends(finish);
        return;
        return;
    }
}

void pop3_finish(Pop3 *self, MgOutcome outcome, MgStamp at, MgSlice status)
{
    Pop3Pending *pending = g_queue_pop_head(&self->queue);
    Pop3Do does = pending->row->does;
    Finish finish = {
        .self = self, .pending = pending, .outcome = outcome, .at = at, .status = status};
    apply(&finish);
    pending->exchange->outcome = does == POP3_DO_ANSWER ? MG_OUTCOME_INFO : outcome;
    mg_conn_complete(self->conn, g_steal_pointer(&pending->exchange));
    pop3_pending_free(pending);
    if (outcome != MG_OUTCOME_OK)
        return;
    if (does == POP3_DO_STLS)
        mg_conn_expect_tls(self->conn);
    if ((does == POP3_DO_AUTH || does == POP3_DO_AUTH_RESPONSE) && self->sasl != NULL &&
        mg_sasl_layer(self->sasl))
        mg_conn_dark(self->conn, "sasl.layer-begins");
}

void pop3_greeted(Pop3 *self, MgExchange *greeting, MgSlice line, MgStamp at)
{
    g_autofree char *host = pop3_host(line);
    MgSlice rest = line;
    while (rest.len > 0) {
        MgSlice word = mg_word_next(&rest);
        if (mg_slice_is(word, "[XCLIENT]"))
            pop3_detail(greeting, word, pop3_capability_key(word), TRUE);
    }
    if (host != NULL) {
        MgSession *session = mg_conn_session(self->conn);
        mg_exchange_arg(greeting, "host", "%s", host);
        MgEffect effect = {.kind = MG_EFFECT_NAMED,
                           .exchange = greeting->id,
                           .at = at,
                           .outcome = MG_OUTCOME_INFO,
                           .by = MG_ACTOR_SERVER,
                           .name = host};
        mg_conn_effect(self->conn, &effect);
        g_free(session->server_name);
        session->server_name = g_steal_pointer(&host);
    }
    mg_conn_complete(self->conn, greeting);
}

void pop3_drop(Pop3 *self, const MgFlowEnd *end)
{
    const MgSession *session = mg_conn_session(self->conn);
    MgExchange *exchange = mg_conn_begin(self->conn, MG_STEP_CONNECTION, "pop3.drop");
    guint marks = g_hash_table_size(self->marks);
    exchange->at = end->at;
    mg_frames_add(&exchange->frames, end->at.frame);
    arg_number(exchange, "count", marks);
    if (marks == 0)
        exchange->variant = self->whole ? "marked-none" : "marked-unknown";
    MgActor by = MG_ACTOR_NONE;
    if (end->how == MG_ENDED_CLOSED || end->how == MG_ENDED_RESET)
        by = end->by == session->client_side ? MG_ACTOR_CLIENT : MG_ACTOR_SERVER;
    MgEffect effect = {.kind = MG_EFFECT_POP_DROP,
                       .exchange = exchange->id,
                       .at = end->at,
                       .outcome = MG_OUTCOME_INFO,
                       .by = by};
    mg_conn_effect(self->conn, &effect);
    mg_conn_complete(self->conn, exchange);
}
