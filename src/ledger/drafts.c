/* A draft that is saved again and again: each time the program stores the new text and removes
 * the old one.  It is one message whose text changes (location-rules.md section 8).
 *
 * That the old one goes while a newer one with its Message-ID lies in the same folder for drafts
 * is what tells.  Until then there are two texts, and two messages.
 */
#include "ledger.h"

/* It was never anywhere but in this folder. */
static gboolean only_a_draft(const Message *message, const Folder *folder)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place == MG_PLACE_QUEUE ||
            (copy->pub.place == MG_PLACE_MAILBOX &&
             (copy->entry == NULL || copy->entry->folder != folder)))
            return FALSE;
    }
    return TRUE;
}

static gboolean lies_later(const Message *message, const Folder *folder, const Copy *old)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place == MG_PLACE_MAILBOX && mg_copy_there(copy) && copy->own &&
            copy->entry != NULL && copy->entry->folder == folder &&
            (old->pub.uid != 0 && copy->pub.uid != 0 ? copy->pub.uid > old->pub.uid
                                                     : copy->pub.id != old->pub.id))
            return TRUE;
    }
    return FALSE;
}

static Message *newer_one(Act *act, const Folder *folder, const Copy *old)
{
    const Message *message = old->owner;
    guint numbers[MG_HANDLES_ALIKE];
    guint n = mg_identity_find(act->ledger, HANDLE_MESSAGE_ID, message->pub.message_id, numbers);
    for (guint i = 0; i < n; i++) {
        Message *other = mg_message_get(act->ledger, numbers[i]);
        if (other != NULL && other != message &&
            g_strcmp0(other->pub.message_id, message->pub.message_id) == 0 &&
            lies_later(other, folder, old))
            return other;
    }
    return NULL;
}

void mg_draft_goes(Act *act, const Entry *entry)
{
    const Folder *folder = entry->folder;
    const Copy *old = mg_entry_copy(entry);
    if (!mg_folder_is_own(folder) || mg_folder_is_sent(folder) || !old->own ||
        old->owner->pub.message_id == NULL || !only_a_draft(old->owner, folder))
        return;
    Message *newer = newer_one(act, folder, old);
    if (newer == NULL)
        return;
    g_autofree char *digest = g_strdup(newer->body_digest);
    g_autofree char *fingerprint = g_strdup(newer->fingerprint);
    guint64 size = newer->pub.size;
    Message *one = mg_message_merge(act->ledger, old->owner, newer, MG_IDENTIFIED_MESSAGE_ID);
    if (digest == NULL)
        return;
    /* Its text is the newer one. */
    g_free(one->body_digest);
    g_free(one->fingerprint);
    one->body_digest = g_steal_pointer(&digest);
    one->fingerprint = g_steal_pointer(&fingerprint);
    one->pub.size = size;
}
