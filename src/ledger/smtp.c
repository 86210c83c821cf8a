/* SMTP and LMTP: who holds the duty for a message and each of its recipients
 * (location-rules.md sections 4 and 5).
 *
 * Nothing moves before the reply to the end of the text.  Then the server has it for every
 * recipient it accepted; a reply that was not seen leaves both sides possible.
 */
#include "ledger.h"

#include <string.h>

typedef struct {
    char *address;
    MgOutcome outcome; /* of RCPT */
    gboolean settled;  /* a hand-over of its own was seen */
} Recipient;

static void recipient_free(gpointer data)
{
    Recipient *recipient = data;
    g_free(recipient->address);
    g_free(recipient);
}

void mg_transaction_free(Transaction *transaction)
{
    g_ptr_array_unref(transaction->recipients);
    g_free(transaction->path);
    g_free(transaction);
}

static gboolean is_relay(const Session *session)
{
    return mg_session_client_role(session) == MG_ROLE_SERVER;
}

/* What the sending side holds: the author's own copy on a device, or a relay's in its queue. */
static Copy *sender_copy(Act *act, Message *message)
{
    const Session *session = act->session;
    if (!is_relay(session)) {
        for (guint i = 0; i < message->pub.copies->len; i++) {
            Copy *copy = message->pub.copies->pdata[i];
            if (copy->pub.composed && mg_address_equal(&copy->pub.host, &session->client->address))
                return copy;
        }
    }
    Copy *copy = mg_message_copy(message, is_relay(session) ? MG_PLACE_QUEUE : MG_PLACE_DEVICE,
                                 session->client, is_relay(session) ? NULL : session->pub->account);
    copy->pub.composed = !is_relay(session);
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
    /* It is sent again: so the sender has it, whatever became of the other attempt. */
    if (sender->pub.doubt != 0) {
        message->duplicate = TRUE;
        sender->pub.doubt = 0;
    }
    if (message->pub.responsible.family == 0)
        message->pub.responsible = act->session->client->address;
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
    transaction->path = g_strdup(effect->name != NULL ? effect->name : "");
    transaction->mail_ok = effect->outcome == MG_OUTCOME_OK;
    /* MAIL was refused and is tried again (after AUTH, without a parameter …). */
    if (transaction->message == NULL && before != NULL && before->message != NULL &&
        !before->mail_ok && !before->text && g_strcmp0(before->path, transaction->path) == 0)
        begin(act, transaction, mg_message_get(act->ledger, before->message->pub.number));
    ensure(act, transaction);
    Message *message = transaction->message;
    if (message->pub.sender == NULL)
        message->pub.sender = g_strdup(transaction->path);
    MgEvent event = effect->outcome == MG_OUTCOME_REFUSED || effect->outcome == MG_OUTCOME_MALFORMED
                        ? MG_EVENT_REFUSED
                    : effect->outcome == MG_OUTCOME_DEFERRED ? MG_EVENT_DEFERRED
                                                             : MG_EVENT_COMPOSED;
    mg_act_move(act, message, event, transaction->sender, NULL, MG_EVIDENCE_IMPLIED);
}

static MgEvent refusal(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_DEFERRED ? MG_EVENT_DEFERRED : MG_EVENT_REFUSED;
}

static gboolean is_refusal(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_REFUSED || outcome == MG_OUTCOME_DEFERRED ||
           outcome == MG_OUTCOME_MALFORMED;
}

static void set_outcome(Act *act, Message *message, const char *address, MgOutcome outcome)
{
    MgRecipient *recipient = address != NULL ? mg_message_recipient(message, address) : NULL;
    if (recipient == NULL)
        return;
    if (recipient->outcome == MG_OUTCOME_OK && outcome != MG_OUTCOME_OK)
        return; /* an earlier attempt succeeded: that is not undone */
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
    gboolean refused = is_refusal(effect->outcome);
    set_outcome(act, transaction->message, address, refused ? effect->outcome : MG_OUTCOME_INFO);
    act->step->recipient = g_strdup(address);
    mg_act_move(act, transaction->message, refused ? refusal(effect->outcome) : MG_EVENT_COMPOSED,
                transaction->sender, address, refused ? MG_EVIDENCE_SEEN : MG_EVIDENCE_IMPLIED);
}

/* A relay's client is known by what it sends: text that has travelled, without AUTH, to a port
 * where servers talk to servers. */
static void notice_relay(Act *act, Transaction *transaction, const MgContent *content)
{
    Session *session = act->session;
    guint16 port = session->pub->server.port;
    if (content->received == NULL || content->received[0] == NULL || session->pub->authenticated ||
        session->relay || (port != 25 && port != 24) || session->client->forced != MG_ROLE_UNKNOWN)
        return;
    session->relay = TRUE;
    if (session->client != session->server)
        session->client->relays = TRUE;
    Copy *sender = transaction->sender;
    if (sender->pub.composed) {
        sender->pub.composed = FALSE;
        sender->pub.place = MG_PLACE_QUEUE;
        g_clear_pointer(&sender->pub.account, g_free);
    }
}

static void on_text(Act *act, Transaction *transaction)
{
    const MgContent *content = act->effect->content;
    ensure(act, transaction);
    transaction->text = TRUE;
    if (content == NULL)
        return;
    transaction->text_complete = content->complete;
    notice_relay(act, transaction, content);
    gboolean full = content->complete && content->missing == 0;
    Message *message = transaction->message;
    MgIdentified by;
    Message *known = mg_identify(act->ledger, content, full, 0, message, &by);
    if (known != NULL) {
        Copy *sender = transaction->sender;
        message = mg_message_merge(act->ledger, known, message, by);
        transaction->message = message;
        transaction->sender = mg_copy_alive(sender);
        sender = transaction->sender;
        sender->pub.state = MG_COPY_HELD;
        if (sender->pub.doubt != 0)
            sender->pub.doubt = 0;
        for (guint i = 0; i < message->pub.copies->len; i++) {
            const Copy *copy = message->pub.copies->pdata[i];
            if (copy->pub.place == MG_PLACE_QUEUE && copy->pub.doubt != 0)
                message->duplicate = TRUE;
        }
    }
    mg_message_learn(act->ledger, message, content, full);
}

/* The queue copies that the sending side had for this recipient: the duty has passed on. */
static void release_sender(Act *act, Transaction *transaction, const char *recipient)
{
    Message *message = transaction->message;
    const MgAddress *client = &act->session->client->address;
    if (act->session->client == act->session->server)
        return;
    Copy *only = NULL;
    guint held = 0;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place != MG_PLACE_QUEUE || !mg_copy_there(copy) ||
            copy == transaction->sender || !mg_address_equal(&copy->pub.host, client))
            continue;
        held++;
        only = copy;
        if (g_strcmp0(copy->pub.recipient, recipient) == 0) {
            held = 1;
            break;
        }
    }
    /* A server may have rewritten the recipient: then it is the one copy it had. */
    if (held != 1)
        return;
    only->pub.state = MG_COPY_REMOVED;
    only->pub.doubt = 0;
    mg_act_prove(act, only, MG_EVIDENCE_ASSUMED);
}

static Copy *server_copy(Act *act, Message *message, const char *recipient)
{
    gboolean lmtp = act->session->pub->protocol == MG_PROTOCOL_LMTP;
    MgPlace place = lmtp ? MG_PLACE_MAILBOX : MG_PLACE_QUEUE;
    const Host *server = act->session->server;
    if (message->pub.copies->len >= MG_LIMIT_RECIPIENTS)
        recipient = NULL;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place == place && mg_copy_there(copy) && copy->pub.doubt == 0 &&
            copy->entry == NULL && mg_address_equal(&copy->pub.host, &server->address) &&
            copy->exchange == act->effect->exchange &&
            g_strcmp0(copy->pub.recipient, recipient) == 0)
            return copy;
    }
    Copy *copy = mg_message_copy(message, place, server, lmtp ? recipient : NULL);
    copy->pub.recipient = g_strdup(recipient);
    return copy;
}

/* Deferred or unsettled recipients keep a relay's copy. */
static gboolean sender_keeps(const Transaction *transaction)
{
    for (guint i = 0; i < transaction->recipients->len; i++) {
        const Recipient *recipient = transaction->recipients->pdata[i];
        if (recipient->outcome == MG_OUTCOME_DEFERRED ||
            (!recipient->settled && !is_refusal(recipient->outcome)))
            return TRUE;
    }
    return FALSE;
}

static void accept(Act *act, Transaction *transaction, const char *recipient)
{
    const MgEffect *effect = act->effect;
    Message *message = transaction->message;
    gboolean lmtp = act->session->pub->protocol == MG_PROTOCOL_LMTP;
    release_sender(act, transaction, recipient);
    Copy *copy = server_copy(act, message, recipient);
    copy->pub.state = MG_COPY_HELD;
    if (copy->pub.queue_id == NULL)
        copy->pub.queue_id = g_strdup(effect->text);
    mg_identity_queue_id(act->ledger, message, effect->text);
    /* 2yz to LMTP is final delivery in practice; RFC 2033 section 4.2 lets it relay. */
    mg_act_prove(act, copy, lmtp ? MG_EVIDENCE_IMPLIED : MG_EVIDENCE_SEEN);
    message->pub.responsible = act->session->server->address;
    set_outcome(act, message, recipient, MG_OUTCOME_OK);
    Copy *sender = transaction->sender;
    if (sender->pub.composed || !sender_keeps(transaction)) {
        sender->pub.state = MG_COPY_REMOVED;
        sender->pub.doubt = 0;
        mg_act_prove(act, sender, MG_EVIDENCE_ASSUMED);
    }
    mg_act_move(act, message, lmtp ? MG_EVENT_DELIVERED : MG_EVENT_ACCEPTED, copy, recipient,
                MG_EVIDENCE_SEEN);
}

static void doubt(Act *act, Transaction *transaction, const char *recipient)
{
    Message *message = transaction->message;
    Copy *sender = transaction->sender;
    Copy *copy = server_copy(act, message, recipient);
    if (sender->pub.doubt == 0 && mg_copy_there(sender))
        sender->pub.doubt = mg_ledger_doubt(act->ledger);
    copy->pub.doubt = sender->pub.doubt != 0 ? sender->pub.doubt : mg_ledger_doubt(act->ledger);
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    set_outcome(act, message, recipient, MG_OUTCOME_UNANSWERED);
    mg_act_move(act, message, MG_EVENT_IN_DOUBT, copy, recipient, MG_EVIDENCE_IMPLIED);
}

static void hand_over(Act *act, Transaction *transaction, const char *address)
{
    const MgEffect *effect = act->effect;
    if (effect->outcome == MG_OUTCOME_OK) {
        accept(act, transaction, address);
    } else if (is_refusal(effect->outcome)) {
        set_outcome(act, transaction->message, address, effect->outcome);
        mg_act_move(act, transaction->message, refusal(effect->outcome), transaction->sender,
                    address, MG_EVIDENCE_SEEN);
    } else if (effect->outcome == MG_OUTCOME_UNANSWERED) {
        doubt(act, transaction, address);
    }
}

static void on_handover(Act *act, Transaction *transaction)
{
    const MgEffect *effect = act->effect;
    ensure(act, transaction);
    transaction->over = TRUE;
    if (effect->name != NULL) {
        for (guint i = 0; i < transaction->recipients->len; i++) {
            Recipient *recipient = transaction->recipients->pdata[i];
            if (!recipient->settled && strcmp(recipient->address, effect->name) == 0) {
                recipient->settled = TRUE;
                if (is_refusal(effect->outcome))
                    recipient->outcome = effect->outcome;
                break;
            }
        }
        hand_over(act, transaction, effect->name);
        return;
    }
    /* One answer for all that were accepted.  None was: even 250 moves nothing (RFC 2920
     * section 3.2).  No RCPT was seen at all: the capture began later. */
    if (transaction->recipients->len == 0) {
        hand_over(act, transaction, NULL);
        return;
    }
    for (guint i = 0; i < transaction->recipients->len; i++)
        ((Recipient *)transaction->recipients->pdata[i])->settled = TRUE;
    gboolean any = FALSE;
    for (guint i = 0; i < transaction->recipients->len; i++) {
        Recipient *recipient = transaction->recipients->pdata[i];
        if (is_refusal(recipient->outcome))
            continue;
        hand_over(act, transaction, recipient->address);
        any = TRUE;
    }
    if (!any)
        mg_act_move(act, transaction->message, MG_EVENT_REFUSED, transaction->sender, NULL,
                    MG_EVIDENCE_IMPLIED);
}

/* Dropped before the hand-over: the sender still has it, the server forgets it. */
static void on_abandoned(Act *act, Transaction *transaction)
{
    if (transaction->message == NULL || transaction->over)
        return;
    transaction->over = TRUE;
    MgOutcome outcome = act->effect->outcome;
    mg_act_move(act, transaction->message,
                is_refusal(outcome) ? refusal(outcome) : MG_EVENT_COMPOSED, transaction->sender,
                NULL, MG_EVIDENCE_IMPLIED);
}

void mg_ledger_smtp(Act *act)
{
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
    case MG_EFFECT_HANDOVER:
        on_handover(act, transaction);
        break;
    default:
        on_abandoned(act, transaction);
        break;
    }
}

static const char *last_code(const MgExchange *exchange)
{
    if (exchange->replies->len == 0)
        return NULL;
    const MgReply *reply = exchange->replies->pdata[exchange->replies->len - 1];
    return reply->code;
}

/* The exchange is complete: codes for its recipients; and DATA and BDAT, which move nothing,
 * still say where the message is. */
void mg_smtp_exchange(Session *session, Step *step, const MgExchange *exchange)
{
    if (session->pub->protocol != MG_PROTOCOL_SMTP && session->pub->protocol != MG_PROTOCOL_LMTP)
        return;
    const char *code = last_code(exchange);
    for (guint i = 0; i < step->movements->len && code != NULL; i++) {
        const MgMovement *movement = step->movements->pdata[i];
        Message *message = mg_message_get(session->ledger, movement->message);
        if (movement->recipient == NULL)
            continue;
        MgRecipient *recipient = mg_message_recipient(message, movement->recipient);
        if (recipient != NULL && recipient->code == NULL &&
            recipient->outcome != MG_OUTCOME_UNANSWERED)
            recipient->code = g_strdup(code);
    }
    if (step->movements->len > 0 || session->last_transaction == 0)
        return;
    const Transaction *transaction =
        g_hash_table_lookup(session->transactions, GUINT_TO_POINTER(session->last_transaction));
    if (transaction == NULL || transaction->message == NULL || transaction->over)
        return;
    if (strcmp(exchange->key, "smtp.data") != 0 && strcmp(exchange->key, "smtp.bdat") != 0)
        return;
    MgEffect effect = {.session = session->pub, .exchange = exchange->id, .at = exchange->at};
    Act act = {session->ledger, session, &effect, step};
    mg_act_move(&act, mg_message_get(session->ledger, transaction->message->pub.number),
                MG_EVENT_COMPOSED, mg_copy_alive(transaction->sender), NULL, MG_EVIDENCE_IMPLIED);
}
