/* Which message is this?  In falling strength: the queue id of a final 250 that comes back in a
 * Received field; Message-ID; a fingerprint of header fields and content.  The handles of one
 * mailbox (UID, UIDL) are in store.c: they lead to an entry, and the entry to its message.
 *
 * A Message-ID alone is no proof: drafts keep it while their text changes, and people resend
 * with changes.  Where both texts are known whole they must agree.
 */
#include "ledger.h"

#include <string.h>

/* Shorter "ids" in Received fields are words or counters. */
enum { QUEUE_ID_MIN = 5 };

static void index_add(MgLedger *ledger, guint kind, const char *text, guint number)
{
    mg_handles_add(ledger->handles, mg_handles_hash(kind, 0, text), number);
}

guint mg_identity_find(const MgLedger *ledger, guint kind, const char *text, guint *ret_numbers)
{
    return mg_handles_find(ledger->handles, mg_handles_hash(kind, 0, text), ret_numbers);
}

void mg_identity_index(MgLedger *ledger, Message *message)
{
    const MgMessage *pub = &message->pub;
    if (pub->message_id != NULL)
        index_add(ledger, HANDLE_MESSAGE_ID, pub->message_id, pub->number);
    else if (message->fingerprint != NULL)
        index_add(ledger, HANDLE_FINGERPRINT, message->fingerprint, pub->number);
}

void mg_identity_queue_id(MgLedger *ledger, Message *message, const char *queue_id)
{
    if (queue_id != NULL && strlen(queue_id) >= QUEUE_ID_MIN)
        index_add(ledger, HANDLE_QUEUE_ID, queue_id, message->pub.number);
}

void mg_identity_envelope_id(MgLedger *ledger, Message *message, const char *envelope_id)
{
    if (envelope_id == NULL || *envelope_id == '\0' || message->envelope_id != NULL)
        return;
    message->envelope_id = g_strdup(envelope_id);
    index_add(ledger, HANDLE_ENVELOPE_ID, envelope_id, message->pub.number);
}

gboolean mg_identity_same_text(const Message *message, const MgContent *content, gboolean full)
{
    if (content->has_header && message->has_text && content->is_report != message->is_report)
        return FALSE;
    if (content->message_id != NULL && message->pub.message_id != NULL &&
        strcmp(content->message_id, message->pub.message_id) != 0)
        return FALSE;
    if (full && content->body_digest != NULL && message->body_digest != NULL)
        return strcmp(content->body_digest, message->body_digest) == 0;
    return TRUE;
}

static gboolean queue_id_fits(const Message *message, const char *queue_id, const char *by,
                              const MgContent *content)
{
    gboolean ids = content->message_id != NULL && message->pub.message_id != NULL;
    if (ids && strcmp(content->message_id, message->pub.message_id) != 0)
        return FALSE;
    if (content->has_header && message->has_text && content->is_report != message->is_report)
        return FALSE;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const MgCopy *copy = message->pub.copies->pdata[i];
        if (g_strcmp0(copy->queue_id, queue_id) != 0)
            continue;
        if (ids || copy->name == NULL || by == NULL || g_ascii_strcasecmp(copy->name, by) == 0)
            return TRUE;
    }
    return FALSE;
}

static Message *by_queue_id(MgLedger *ledger, const MgContent *content, const Message *except)
{
    /* Hops beyond 100 are a mail loop (RFC 5321 section 6.3). */
    for (guint i = 0; content->received != NULL && content->received[i] != NULL && i < 100; i++) {
        g_autoptr(MgHop) hop = mg_hop_new(content->received[i]);
        guint numbers[MG_HANDLES_ALIKE];
        guint n = hop->id != NULL ? mg_identity_find(ledger, HANDLE_QUEUE_ID, hop->id, numbers) : 0;
        for (guint k = 0; k < n; k++) {
            Message *message = mg_message_get(ledger, numbers[k]);
            if (message != NULL && message != except &&
                queue_id_fits(message, hop->id, hop->by, content))
                return message;
        }
    }
    return NULL;
}

/* Of several with one Message-ID the one whose text is the same for certain; else one whose
 * size is; else the only one that does not contradict. */
static Message *best(MgLedger *ledger, guint64 handle, const MgContent *content, gboolean full,
                     guint64 size, const Message *except)
{
    guint numbers[MG_HANDLES_ALIKE];
    guint n = mg_handles_find(ledger->handles, handle, numbers);
    Message *only = NULL, *sized = NULL;
    guint fitting = 0;
    for (guint i = 0; i < n; i++) {
        Message *message = mg_message_get(ledger, numbers[i]);
        if (message == NULL || message == except || message == only ||
            !mg_identity_same_text(message, content, full))
            continue;
        if (full && content->body_digest != NULL && message->body_digest != NULL)
            return message;
        if (size != 0 && message->pub.size == size)
            sized = message;
        only = message;
        fitting++;
    }
    return sized != NULL ? sized : fitting == 1 ? only : NULL;
}

Message *mg_identify(MgLedger *ledger, const MgContent *content, gboolean full, guint64 size,
                     const Message *except, MgIdentified *ret_by)
{
    Message *message = by_queue_id(ledger, content, except);
    *ret_by = MG_IDENTIFIED_QUEUE_ID;
    if (message != NULL)
        return message;
    if (content->message_id != NULL) {
        *ret_by = MG_IDENTIFIED_MESSAGE_ID;
        return best(ledger, mg_handles_hash(HANDLE_MESSAGE_ID, 0, content->message_id), content,
                    full, size, except);
    }
    *ret_by = MG_IDENTIFIED_FINGERPRINT;
    if (full && content->fingerprint != NULL)
        return best(ledger, mg_handles_hash(HANDLE_FINGERPRINT, 0, content->fingerprint), content,
                    full, size, except);
    return NULL;
}
