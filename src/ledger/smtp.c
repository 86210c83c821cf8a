/* SMTP and LMTP: who holds the duty for a message and each of its recipients
 * (location-rules.md sections 4 and 5).
 *
 * Nothing moves before the reply to the end of the text.  Then the server has it for every
 * recipient it accepted; a reply that was not seen leaves both sides possible.
 */
#include "smtp.h"

#include <string.h>

static void recipient_free(gpointer data)
{
    Recipient *recipient = data;
    g_free(recipient->address);
    g_free(recipient);
}

void mg_transaction_free(Transaction *transaction)
{
    g_ptr_array_unref(transaction->recipients);
    g_clear_pointer(&transaction->copies, g_hash_table_unref);
    g_free(transaction->path);
    g_free(transaction);
}

/* After TURN or ATRN the side that opened the connection receives (RFC 2645 section 4). */
Host *mg_duty_sending(const Session *session)
{
    return session->turned ? session->server : session->client;
}

Host *mg_duty_receiving(const Session *session)
{
    return session->turned ? session->client : session->server;
}

static gboolean is_relay(const Session *session)
{
    return session->turned || mg_session_client_role(session) == MG_ROLE_SERVER;
}

/* What the sending side holds: the author's own copy on a device, or a relay's in its queue. */
static Copy *sender_copy(Act *act, Message *message)
{
    const Session *session = act->session;
    if (!is_relay(session)) {
        for (guint i = 0; i < message->pub.copies->len; i++) {
            Copy *copy = message->pub.copies->pdata[i];
            if (copy->pub.composed &&
                mg_address_equal(&copy->pub.host, &mg_duty_sending(session)->address))
                return copy;
        }
    }
    Copy *copy =
        mg_message_copy(message, is_relay(session) ? MG_PLACE_QUEUE : MG_PLACE_DEVICE,
                        mg_duty_sending(session), is_relay(session) ? NULL : session->pub->account);
    copy->pub.composed = !is_relay(session);
    copy->met = act->effect->at.time;
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    return copy;
}

static Transaction *transaction_get(Act *act, guint number)
{
    Session *session = act->session;
    Transaction *transaction = g_hash_table_lookup(session->transactions, GUINT_TO_POINTER(number));
    if (transaction != NULL)
        return transaction;
    transaction = g_new0(Transaction, 1);
    transaction->number = number;
    transaction->recipients = g_ptr_array_new_with_free_func(recipient_free);
    /* Earlier ones are over; the last one tells whether MAIL is tried again. */
    g_hash_table_insert(session->transactions, GUINT_TO_POINTER(number), transaction);
    if (number >= 2)
        g_hash_table_remove(session->transactions, GUINT_TO_POINTER(number - 2));
    session->last_transaction = number;
    return transaction;
}

static void begin(Act *act, Transaction *transaction, Message *message)
{
    transaction->message = message;
    transaction->sender = sender_copy(act, message);
    Copy *sender = transaction->sender;
    sender->pub.state = MG_COPY_HELD;
    if (message->pub.responsible.family == 0)
        message->pub.responsible = mg_duty_sending(act->session)->address;
}

static void ensure(Act *act, Transaction *transaction)
{
    if (transaction->message == NULL)
        begin(act, transaction, mg_message_add(act->ledger));
}

static void on_mail(Act *act, Transaction *transaction)
{
    const MgEffect *effect = act->effect;
    const Transaction *before =
        g_hash_table_lookup(act->session->transactions, GUINT_TO_POINTER(transaction->number - 1));
    g_free(transaction->path);
    transaction->path = g_strdup(effect->name != NULL ? effect->name : "");
    transaction->mail_ok = effect->outcome == MG_OUTCOME_OK;
    transaction->screen = g_strcmp0(effect->key, "smtp.send") == 0   ? SCREEN_ONLY
                          : g_strcmp0(effect->key, "smtp.soml") == 0 ? SCREEN_OR_MAILBOX
                                                                     : SCREEN_NONE;
    /* MAIL was refused and is tried again (after AUTH, without a parameter …). */
    if (transaction->message == NULL && before != NULL && before->message != NULL &&
        !before->mail_ok && !before->text && g_strcmp0(before->path, transaction->path) == 0)
        begin(act, transaction, mg_message_get(act->ledger, before->message->pub.number));
    ensure(act, transaction);
    Message *message = transaction->message;
    if (message->pub.sender == NULL)
        message->pub.sender = g_strdup(transaction->path);
    mg_identity_envelope_id(act->ledger, message, effect->text);
    MgEvent event = effect->outcome == MG_OUTCOME_REFUSED || effect->outcome == MG_OUTCOME_MALFORMED
                        ? MG_EVENT_REFUSED
                    : effect->outcome == MG_OUTCOME_DEFERRED ? MG_EVENT_DEFERRED
                                                             : MG_EVENT_COMPOSED;
    mg_act_move(act, message, event, transaction->sender, NULL, MG_EVIDENCE_IMPLIED);
}

MgEvent mg_duty_refusal(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_DEFERRED ? MG_EVENT_DEFERRED : MG_EVENT_REFUSED;
}

gboolean mg_duty_is_refusal(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_REFUSED || outcome == MG_OUTCOME_DEFERRED ||
           outcome == MG_OUTCOME_MALFORMED;
}

void mg_duty_set_outcome(Act *act, Message *message, const char *address, MgOutcome outcome)
{
    MgRecipient *recipient = address != NULL ? mg_message_recipient(message, address) : NULL;
    if (recipient == NULL)
        return;
    /* An earlier attempt succeeded: that is not undone by trying again, but what the next server
     * says to the one that took it over counts. */
    if (recipient->outcome == MG_OUTCOME_OK && outcome != MG_OUTCOME_OK && !is_relay(act->session))
        return;
    recipient->outcome = outcome == MG_OUTCOME_MALFORMED ? MG_OUTCOME_REFUSED : outcome;
    recipient->at = act->effect->at;
    recipient->step = 0;
    g_clear_pointer(&recipient->code, g_free);
}

static void on_rcpt(Act *act, Transaction *transaction)
{
    const MgEffect *effect = act->effect;
    ensure(act, transaction);
    const char *address = effect->name != NULL ? effect->name : "";
    if (transaction->recipients->len < MG_LIMIT_RECIPIENTS) {
        Recipient *recipient = g_new0(Recipient, 1);
        recipient->address = g_strdup(address);
        recipient->outcome = effect->outcome;
        g_ptr_array_add(transaction->recipients, recipient);
    }
    gboolean refused = mg_duty_is_refusal(effect->outcome);
    mg_duty_set_outcome(act, transaction->message, address,
                        refused ? effect->outcome : MG_OUTCOME_INFO);
    mg_act_move(act, transaction->message,
                refused ? mg_duty_refusal(effect->outcome) : MG_EVENT_COMPOSED, transaction->sender,
                address, refused ? MG_EVIDENCE_SEEN : MG_EVIDENCE_IMPLIED);
}

/* It was on a server from the first, though nobody could tell before its text. */
static void correct_history(Message *message)
{
    for (guint i = 0; i < message->pub.history->len; i++) {
        MgHistory *history = message->pub.history->pdata[i];
        if (history->where.is == MG_LOCATION_DEVICE && history->where.other == MG_LOCATION_NONE)
            history->where.is = MG_LOCATION_SERVER;
    }
}

/* A relay's client is known by what it sends: text that has travelled, without AUTH, to any port
 * but those where users hand in (RFC 6409 section 3, RFC 8314 section 3.3). */
static void notice_relay(Act *act, Transaction *transaction, const MgContent *content)
{
    Session *session = act->session;
    guint16 port = session->pub->server.port;
    if (content->received == NULL || content->received[0] == NULL || session->pub->authenticated ||
        session->relay || session->turned || port == 587 || port == 465 ||
        session->client->forced != MG_ROLE_UNKNOWN)
        return;
    session->relay = TRUE;
    if (session->client != session->server)
        session->client->relays = TRUE;
    Copy *sender = transaction->sender;
    if (sender != NULL && sender->pub.composed) {
        sender->pub.composed = FALSE;
        sender->pub.place = MG_PLACE_QUEUE;
        g_clear_pointer(&sender->pub.account, g_free);
        correct_history(transaction->message);
    }
}

/* Copies of the message that lie in the queue of the sending side, one for each recipient. */
Copy *mg_duty_relay_copy(const Act *act, const Message *message, const Copy *except,
                         const char *recipient, guint *ret_n)
{
    Copy *only = NULL;
    *ret_n = 0;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place != MG_PLACE_QUEUE || !mg_copy_there(copy) || copy == except ||
            !mg_address_equal(&copy->pub.host, &mg_duty_sending(act->session)->address))
            continue;
        (*ret_n)++;
        only = copy;
        if (recipient != NULL && g_strcmp0(copy->pub.recipient, recipient) == 0) {
            *ret_n = 1;
            break;
        }
    }
    return only;
}

/* The text is that of a message known before: sent again, sent on, or sent to further
 * recipients. */
Message *mg_duty_recognised(Act *act, Transaction *transaction, Message *known, MgIdentified by)
{
    Copy *sender = transaction->sender;
    Message *message = mg_message_merge(act->ledger, known, transaction->message, by);
    transaction->message = message;
    sender = mg_copy_alive(sender);
    guint queued;
    Copy *queue = mg_duty_relay_copy(act, message, sender, NULL, &queued);
    if (sender != NULL && !sender->pub.composed && queued > 0 &&
        act->session->client != act->session->server) {
        /* Its copies in the relay's queue are known one by one. */
        mg_copy_bury(act->ledger, sender, queue);
        sender = NULL;
    } else if (sender != NULL) {
        sender->pub.state = MG_COPY_HELD;
        sender->pub.doubt = 0;
    }
    transaction->sender = sender;
    for (guint i = 0; i < transaction->recipients->len; i++) {
        const Recipient *recipient = transaction->recipients->pdata[i];
        if (mg_duty_is_refusal(recipient->outcome))
            mg_duty_set_outcome(act, message, recipient->address, recipient->outcome);
    }
    return message;
}

static void on_text(Act *act, Transaction *transaction)
{
    const MgContent *content = act->effect->content;
    ensure(act, transaction);
    transaction->text = TRUE;
    transaction->text_at = act->effect->at.time;
    if (content == NULL)
        return;
    notice_relay(act, transaction, content);
    gboolean full = content->complete && content->missing == 0;
    Message *message = transaction->message;
    MgIdentified by;
    Message *known = mg_identify(act->ledger, content, full, 0, message, &by);
    if (known == NULL) {
        known = mg_retry_of(act, transaction);
        by = MG_IDENTIFIED_ENVELOPE;
    }
    if (known != NULL) {
        transaction->by = by;
        message = mg_duty_recognised(act, transaction, known, by);
    }
    mg_message_learn(act->ledger, message, content, full);
    act->ledger->text_message = message->pub.number;
}

/* Dropped before the hand-over: the sender still has it, the server forgets it. */
static void on_abandoned(Act *act, Transaction *transaction)
{
    if (transaction->message == NULL || transaction->over)
        return;
    transaction->over = TRUE;
    MgOutcome outcome = act->effect->outcome;
    Message *message = transaction->message;
    message->cut_off = message->cut_off || outcome == MG_OUTCOME_UNANSWERED;
    mg_retry_await(act, transaction);
    mg_act_move(act, transaction->message,
                mg_duty_is_refusal(outcome) ? mg_duty_refusal(outcome) : MG_EVENT_COMPOSED,
                transaction->sender, NULL, MG_EVIDENCE_IMPLIED);
}

/* The server has it, that was seen.  Its client may not know, and send it again. */
static void on_unread(Act *act, const Transaction *transaction)
{
    Message *message = transaction->message;
    if (message == NULL)
        return;
    message->unread = TRUE;
    mg_act_move(act, message, MG_EVENT_IN_DOUBT, NULL, NULL, MG_EVIDENCE_IMPLIED);
}

/* A MAIL within a transaction is refused and changes nothing (RFC 5321 section 4.1.4): the one
 * before it goes on. */
static gboolean is_nested(const Act *act)
{
    const Session *session = act->session;
    const Transaction *open =
        g_hash_table_lookup(session->transactions, GUINT_TO_POINTER(session->last_transaction));
    return act->effect->kind == MG_EFFECT_MAIL && mg_duty_is_refusal(act->effect->outcome) &&
           open != NULL && open->number != act->effect->transaction && !open->over &&
           (open->mail_ok || open->recipients->len > 0);
}

void mg_ledger_smtp(Act *act)
{
    const MgEffectKind kind = act->effect->kind;
    if (kind == MG_EFFECT_MAIL || kind == MG_EFFECT_RCPT || kind == MG_EFFECT_TEXT)
        act->session->turned = act->effect->by == MG_ACTOR_SERVER;
    if (is_nested(act))
        return;
    /* It speaks of what is over, and begins nothing. */
    if (kind == MG_EFFECT_UNREAD &&
        g_hash_table_lookup(act->session->transactions,
                            GUINT_TO_POINTER(act->effect->transaction)) == NULL)
        return;
    Transaction *transaction = transaction_get(act, act->effect->transaction);
    if (transaction->message != NULL) {
        transaction->message = mg_message_get(act->ledger, transaction->message->pub.number);
        transaction->sender = mg_copy_alive(transaction->sender);
    }
    switch (act->effect->kind) {
    case MG_EFFECT_MAIL:
        on_mail(act, transaction);
        break;
    case MG_EFFECT_RCPT:
        on_rcpt(act, transaction);
        break;
    case MG_EFFECT_TEXT:
        on_text(act, transaction);
        break;
    case MG_EFFECT_BURL:
        ensure(act, transaction);
        mg_duty_burl(act, transaction);
        break;
    case MG_EFFECT_HANDOVER:
        ensure(act, transaction);
        mg_duty_handover(act, transaction);
        break;
    case MG_EFFECT_UNREAD:
        on_unread(act, transaction);
        break;
    default:
        on_abandoned(act, transaction);
        break;
    }
    if (transaction->message != NULL)
        mg_message_stale(act->ledger, transaction->message);
}

static gboolean event_fits(MgEvent event, const MgReply *reply)
{
    switch (event) {
    case MG_EVENT_REFUSED:
        return reply->outcome == MG_OUTCOME_REFUSED || reply->outcome == MG_OUTCOME_MALFORMED;
    case MG_EVENT_DEFERRED:
        return reply->outcome == MG_OUTCOME_DEFERRED;
    default:
        return reply->outcome == MG_OUTCOME_OK;
    }
}

/* Each recipient's code: of its own reply where there are several, else of the one reply. */
static void take_codes(Session *session, const Step *step, const MgExchange *exchange)
{
    const MgReply *last =
        exchange->replies->len > 0 ? exchange->replies->pdata[exchange->replies->len - 1] : NULL;
    guint next = 0;
    for (guint i = 0; i < step->movements->len && last != NULL; i++) {
        const MgMovement *movement = step->movements->pdata[i];
        Message *message = mg_message_get(session->ledger, movement->message);
        MgRecipient *recipient = movement->recipient != NULL && movement->event != MG_EVENT_IN_DOUBT
                                     ? mg_message_recipient(message, movement->recipient)
                                     : NULL;
        if (recipient == NULL || recipient->code != NULL || recipient->outcome == MG_OUTCOME_INFO)
            continue;
        const MgReply *own = last;
        for (guint k = next; k < exchange->replies->len; k++) {
            const MgReply *reply = exchange->replies->pdata[k];
            if (event_fits(movement->event, reply)) {
                own = reply;
                next = session->pub->protocol == MG_PROTOCOL_LMTP ? k + 1 : next;
                break;
            }
        }
        recipient->code = g_strdup(own->code);
    }
}

/* The exchange is complete: codes for its recipients; and DATA and BDAT, which move nothing,
 * still say where the message is. */
void mg_duty_exchange(Session *session, Step *step, const MgExchange *exchange)
{
    if (session->pub->protocol != MG_PROTOCOL_SMTP && session->pub->protocol != MG_PROTOCOL_LMTP)
        return;
    take_codes(session, step, exchange);
    if (step->movements->len > 0 || session->last_transaction == 0)
        return;
    const Transaction *transaction =
        g_hash_table_lookup(session->transactions, GUINT_TO_POINTER(session->last_transaction));
    if (transaction == NULL || transaction->message == NULL || transaction->over)
        return;
    if (strcmp(exchange->key, "smtp.data") != 0 && strcmp(exchange->key, "smtp.bdat") != 0)
        return;
    MgEffect effect = {.session = session->pub, .exchange = exchange->id, .at = exchange->at};
    Act act = {session->ledger, session, &effect, step, NULL};
    mg_act_move(&act, mg_message_get(session->ledger, transaction->message->pub.number),
                MG_EVENT_COMPOSED, mg_copy_alive(transaction->sender), NULL, MG_EVIDENCE_IMPLIED);
}
