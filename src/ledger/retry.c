/* SMTP: a message whose text never came, because the server put it off or the connection ended,
 * and that its client sends again later (location-rules.md section 4, S3 and S13).
 *
 * Of its text nothing is known; its envelope tells: the same client, sender and recipients.  That
 * is how programs behave and no proof, so it holds only where no other message could be meant.
 */
#include "smtp.h"

#include <string.h>

/* Its text never came, since the server put every recipient off or the connection ended. */
static gboolean awaits_retry(const Message *message)
{
    const GPtrArray *recipients = message->pub.recipients;
    gboolean waits = recipients->len > 0 && message->pub.merged_into == 0 && !message->has_text &&
                     message->pub.message_id == NULL;
    for (guint i = 0; waits && i < recipients->len; i++) {
        const MgRecipient *recipient = recipients->pdata[i];
        waits = recipient->outcome == MG_OUTCOME_DEFERRED ||
                (message->cut_off && !mg_duty_is_refusal(recipient->outcome));
    }
    return waits;
}

static gboolean same_recipients(const Message *message, const Transaction *transaction)
{
    const GPtrArray *recipients = message->pub.recipients;
    if (recipients->len != transaction->recipients->len)
        return FALSE;
    for (guint i = 0; i < recipients->len; i++)
        if (strcmp(((const MgRecipient *)recipients->pdata[i])->address,
                   ((const Recipient *)transaction->recipients->pdata[i])->address) != 0)
            return FALSE;
    return TRUE;
}

static gboolean is_held_by(const Message *message, const Host *host)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const MgCopy *copy = message->pub.copies->pdata[i];
        if (mg_address_equal(&copy->host, &host->address))
            return TRUE;
    }
    return FALSE;
}

static guint64 envelope_handle(const Act *act, const Transaction *transaction)
{
    const MgAddress *host = &mg_duty_sending(act->session)->address;
    g_autofree char *text =
        g_strdup_printf("%s\n%s", transaction->path != NULL ? transaction->path : "",
                        ((const Recipient *)transaction->recipients->pdata[0])->address);
    return mg_handles_hash(HANDLE_ENVELOPE, mg_address_hash(host), text);
}

/* The one message that this client was told to send later, by its envelope: of its text nothing
 * is known. */
Message *mg_retry_of(const Act *act, const Transaction *transaction)
{
    guint numbers[MG_HANDLES_ALIKE];
    if (transaction->recipients->len == 0)
        return NULL;
    guint n = mg_handles_find(act->ledger->handles, envelope_handle(act, transaction), numbers);
    Message *only = NULL;
    for (guint i = 0; i < n; i++) {
        Message *message = mg_message_at(act->ledger, numbers[i]);
        if (message == NULL || message == transaction->message || !awaits_retry(message) ||
            g_strcmp0(message->pub.sender, transaction->path) != 0 ||
            !same_recipients(message, transaction) ||
            !is_held_by(message, mg_duty_sending(act->session)))
            continue;
        if (only != NULL)
            return NULL;
        only = message;
    }
    return only;
}

void mg_retry_await(Act *act, const Transaction *transaction)
{
    const Message *message = transaction->message;
    if (transaction->recipients->len > 0 && awaits_retry(message))
        mg_handles_add(act->ledger->handles, envelope_handle(act, transaction),
                       message->pub.number);
}
