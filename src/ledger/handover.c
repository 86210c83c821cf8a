/* SMTP and LMTP: the moment when the duty passes on (location-rules.md section 4, S8 to S16;
 * section 5).
 *
 * All of a message's copies are settled first and told after, so that each movement says where
 * the message is when the reply is there.
 */
#include "smtp.h"

#include <string.h>

static Copy *sender_for(const Act *act, const Transaction *transaction, const char *recipient)
{
    if (transaction->sender != NULL)
        return transaction->sender;
    /* A server may have rewritten the recipient: then it is the one copy it has. */
    guint n;
    Copy *copy = mg_duty_relay_copy(act, transaction->message, NULL, recipient, &n);
    return n == 1 ? copy : NULL;
}

/* A server may let its users see the message, or pass it on, before it answers: then the reply
 * speaks of that copy.  Only what was first met since the end of the text can be it. */
static gboolean is_spoken_of(const Act *act, const Transaction *transaction, const Copy *copy,
                             const char *recipient)
{
    const Host *host = mg_duty_receiving(act->session);
    if (!transaction->text || copy->met < transaction->text_at || copy->met == 0 ||
        copy->answered || copy == transaction->sender || host->serves_itself ||
        !mg_address_equal(&copy->pub.host, &host->address))
        return FALSE;
    if (copy->pub.place == MG_PLACE_QUEUE)
        return TRUE;
    return copy->pub.place == MG_PLACE_MAILBOX && !copy->own && copy->from == NULL &&
           (mg_names_user(copy->pub.account, recipient) || transaction->recipients->len == 1);
}

static Copy *spoken_of(const Act *act, const Transaction *transaction, const char *recipient)
{
    const GPtrArray *copies = transaction->message->pub.copies;
    for (guint i = 0; i < copies->len; i++)
        if (is_spoken_of(act, transaction, copies->pdata[i], recipient))
            return copies->pdata[i];
    return NULL;
}

/* A repeated RCPT makes no second copy; with very many recipients one copy is for all. */
static Copy *server_copy(Act *act, Transaction *transaction, const char *recipient)
{
    gboolean lmtp = act->session->pub->protocol == MG_PROTOCOL_LMTP;
    Message *message = transaction->message;
    if (transaction->recipients->len >= MG_LIMIT_COPIES / 2)
        recipient = NULL;
    if (transaction->copies == NULL)
        transaction->copies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *key = recipient != NULL ? recipient : "\n";
    Copy *copy = mg_copy_alive(g_hash_table_lookup(transaction->copies, key));
    if (copy != NULL && copy->owner == message)
        return copy;
    copy = spoken_of(act, transaction, recipient);
    if (copy != NULL) {
        copy->answered = TRUE;
        g_hash_table_replace(transaction->copies, g_strdup(key), copy);
        return copy;
    }
    copy = mg_message_copy(message, lmtp ? MG_PLACE_MAILBOX : MG_PLACE_QUEUE,
                           mg_duty_receiving(act->session), lmtp ? recipient : NULL);
    if (copy->pub.recipient == NULL)
        copy->pub.recipient = g_strdup(recipient);
    if (copy->pub.identified_by == MG_IDENTIFIED_NONE)
        copy->pub.identified_by = transaction->by;
    g_hash_table_replace(transaction->copies, g_strdup(key), copy);
    return copy;
}

/* Deferred or unsettled recipients keep a relay's copy. */
static gboolean sender_keeps(const Transaction *transaction)
{
    for (guint i = 0; i < transaction->recipients->len; i++) {
        const Recipient *recipient = transaction->recipients->pdata[i];
        if (recipient->outcome == MG_OUTCOME_DEFERRED ||
            (!recipient->settled && !mg_duty_is_refusal(recipient->outcome)))
            return TRUE;
    }
    return FALSE;
}

/* The duty has passed on.  What the sender then does with its copy is never on the wire. */
static void release(Act *act, Transaction *transaction, const char *recipient)
{
    Copy *sender = sender_for(act, transaction, recipient);
    if (sender == NULL || !mg_copy_there(sender))
        return;
    if (sender == transaction->sender && !sender->pub.composed && sender_keeps(transaction))
        return;
    sender->pub.state = MG_COPY_REMOVED;
    sender->pub.doubt = 0;
    mg_act_prove(act, sender, MG_EVIDENCE_ASSUMED);
}

static void take_over(Act *act, Transaction *transaction, const char *recipient)
{
    const MgEffect *effect = act->effect;
    Message *message = transaction->message;
    gboolean lmtp = act->session->pub->protocol == MG_PROTOCOL_LMTP;
    release(act, transaction, recipient);
    if (transaction->screen == SCREEN_ONLY) {
        mg_duty_set_outcome(act, message, recipient, MG_OUTCOME_OK);
        return;
    }
    Copy *copy = server_copy(act, transaction, recipient);
    if (copy->pub.queue_id == NULL)
        copy->pub.queue_id = g_strdup(effect->text);
    mg_identity_queue_id(act->ledger, message, effect->text);
    if (!copy->answered) {
        copy->pub.state = MG_COPY_HELD;
        copy->pub.doubt =
            transaction->screen == SCREEN_OR_MAILBOX ? mg_ledger_doubt(act->ledger) : 0;
        /* 2yz to LMTP is final delivery in practice; RFC 2033 section 4.2 lets it relay. */
        mg_act_prove(act, copy, lmtp ? MG_EVIDENCE_IMPLIED : MG_EVIDENCE_SEEN);
    }
    /* It may have passed the duty on before it said so. */
    if (!copy->answered || mg_copy_there(copy))
        message->pub.responsible = mg_duty_receiving(act->session)->address;
    mg_duty_set_outcome(act, message, recipient, MG_OUTCOME_OK);
}

static void leave_in_doubt(Act *act, Transaction *transaction, const char *recipient)
{
    Message *message = transaction->message;
    Copy *sender = sender_for(act, transaction, recipient);
    gboolean held = sender != NULL && mg_copy_there(sender);
    if (held && sender->pub.doubt == 0)
        sender->pub.doubt = mg_ledger_doubt(act->ledger);
    mg_duty_set_outcome(act, message, recipient, MG_OUTCOME_UNANSWERED);
    /* A screen keeps nothing. */
    if (transaction->screen == SCREEN_ONLY)
        return;
    Copy *copy = server_copy(act, transaction, recipient);
    copy->pub.state = MG_COPY_HELD;
    copy->pub.doubt = held ? sender->pub.doubt : mg_ledger_doubt(act->ledger);
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
}

static gboolean is_decided(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_OK || outcome == MG_OUTCOME_UNANSWERED ||
           mg_duty_is_refusal(outcome);
}

static void hand_over(Act *act, Transaction *transaction, const char *recipient)
{
    MgOutcome outcome = act->effect->outcome;
    if (outcome == MG_OUTCOME_OK || (outcome == MG_OUTCOME_UNANSWERED && !transaction->screen &&
                                     server_copy(act, transaction, recipient)->answered))
        take_over(act, transaction, recipient);
    else if (outcome == MG_OUTCOME_UNANSWERED)
        leave_in_doubt(act, transaction, recipient);
    else if (mg_duty_is_refusal(outcome))
        mg_duty_set_outcome(act, transaction->message, recipient, outcome);
}

static void tell(Act *act, Transaction *transaction, const char *recipient)
{
    MgOutcome outcome = act->effect->outcome;
    Message *message = transaction->message;
    if (mg_duty_is_refusal(outcome)) {
        mg_act_move(act, message, mg_duty_refusal(outcome), sender_for(act, transaction, recipient),
                    recipient, MG_EVIDENCE_SEEN);
    } else if (outcome == MG_OUTCOME_UNANSWERED) {
        Copy *copy = transaction->screen == SCREEN_ONLY ? sender_for(act, transaction, recipient)
                                                        : server_copy(act, transaction, recipient);
        mg_act_move(act, message,
                    copy != NULL && copy->answered ? MG_EVENT_ACCEPTED : MG_EVENT_IN_DOUBT, copy,
                    recipient, MG_EVIDENCE_IMPLIED);
    } else if (outcome == MG_OUTCOME_OK && transaction->screen != SCREEN_NONE) {
        mg_act_move(act, message, MG_EVENT_IN_DOUBT, NULL, recipient, MG_EVIDENCE_IMPLIED);
    } else if (outcome == MG_OUTCOME_OK) {
        gboolean lmtp = act->session->pub->protocol == MG_PROTOCOL_LMTP;
        mg_act_move(act, message, lmtp ? MG_EVENT_DELIVERED : MG_EVENT_ACCEPTED,
                    server_copy(act, transaction, recipient), recipient, MG_EVIDENCE_SEEN);
    }
    act->still = message;
}

/* LMTP, PRDR: this recipient alone. */
static void settle_one(Act *act, Transaction *transaction, const char *address)
{
    for (guint i = 0; i < transaction->recipients->len; i++) {
        Recipient *recipient = transaction->recipients->pdata[i];
        if (recipient->settled || strcmp(recipient->address, address) != 0)
            continue;
        recipient->settled = TRUE;
        if (mg_duty_is_refusal(act->effect->outcome))
            recipient->outcome = act->effect->outcome;
        return;
    }
}

void mg_duty_handover(Act *act, Transaction *transaction)
{
    const MgEffect *effect = act->effect;
    transaction->over = TRUE;
    if (!is_decided(effect->outcome))
        return;
    if (effect->name != NULL || transaction->recipients->len == 0) {
        /* No RCPT was seen at all: the capture began later. */
        if (effect->name != NULL)
            settle_one(act, transaction, effect->name);
        hand_over(act, transaction, effect->name);
        tell(act, transaction, effect->name);
        return;
    }
    /* One answer for all that were accepted.  Was none, even 250 moves nothing (RFC 2920
     * section 3.2). */
    gboolean any = FALSE;
    for (guint i = 0; i < transaction->recipients->len; i++)
        ((Recipient *)transaction->recipients->pdata[i])->settled = TRUE;
    for (guint i = 0; i < transaction->recipients->len; i++) {
        const Recipient *recipient = transaction->recipients->pdata[i];
        if (mg_duty_is_refusal(recipient->outcome))
            continue;
        hand_over(act, transaction, recipient->address);
        any = TRUE;
    }
    for (guint i = 0; i < transaction->recipients->len; i++) {
        const Recipient *recipient = transaction->recipients->pdata[i];
        if (!mg_duty_is_refusal(recipient->outcome))
            tell(act, transaction, recipient->address);
    }
    if (!any)
        mg_act_move(act, transaction->message, MG_EVENT_REFUSED, transaction->sender, NULL,
                    MG_EVIDENCE_IMPLIED);
}
