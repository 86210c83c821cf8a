/* One account by several names.
 *
 * A server may know its user by more names than the capture can connect ("bob", "robert.smith").
 * What lies in the mailbox tells: a unique-id that no two maildrops have by chance, or a message
 * that has the same UIDVALIDITY and UID (or unique-id) in both.  Numbers alone do not: two
 * mailboxes that were made in one second have the same ones, and a message to two users may be
 * the first one in both.  So where a message was for both names, they are two users.
 */
#include "ledger.h"

#include <string.h>

/* Unique-ids made of a UIDVALIDITY and a UID are at most 21 characters ("4294967295.4294967295"),
 * mostly 16; those made of file names or hashes are longer. */
enum { LONG = 22 };
/* Lines of one listing that are looked for in other maildrops. */
enum { TRIES = 16 };

static gboolean is_for(const Message *message, const Account *account)
{
    for (guint i = 0; i < message->pub.recipients->len; i++)
        if (mg_names_user(account->name,
                          ((MgRecipient *)message->pub.recipients->pdata[i])->address))
            return TRUE;
    for (guint i = 0; message->pub.to != NULL && message->pub.to[i] != NULL; i++)
        if (mg_names_user(account->name, message->pub.to[i]))
            return TRUE;
    return FALSE;
}

static gboolean may_be_same(const Account *a, const Account *b, const Message *message)
{
    return a != b && a->host == b->host && a->name != NULL && b->name != NULL &&
           (message == NULL || !is_for(message, a) || !is_for(message, b));
}

void mg_same_by_uidl(Act *act, const char *uidl)
{
    Session *session = act->session;
    const Account *own = mg_session_account(session);
    if (strlen(uidl) < LONG || session->same != NULL || session->same_tries >= TRIES ||
        !mg_act_afford(act, g_hash_table_size(act->ledger->accounts)))
        return;
    session->same_tries++;
    GHashTableIter iter;
    gpointer value;
    Account *found = NULL;
    g_hash_table_iter_init(&iter, act->ledger->accounts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Account *account = value;
        Folder *inbox = account->same == NULL && may_be_same(own, account, NULL)
                            ? g_hash_table_lookup(account->folders, "INBOX")
                            : NULL;
        Entry *entry = inbox != NULL ? mg_entry_by_uidl(inbox, uidl) : NULL;
        const Copy *copy = entry != NULL ? mg_entry_copy(entry) : NULL;
        if (copy == NULL || !may_be_same(own, account, copy->owner))
            continue;
        if (found != NULL)
            return; /* so two do have it by chance */
        found = account;
    }
    session->same = found;
}

void mg_same_by_copy(Act *act, const Entry *entry, const Message *message)
{
    const Folder *folder = entry->folder;
    for (guint i = 0; i < message->pub.copies->len && act->session->same == NULL; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        const Entry *other = copy->pub.place == MG_PLACE_MAILBOX ? copy->entry : NULL;
        if (other == NULL || other->folder == folder ||
            g_strcmp0(other->folder->name, folder->name) != 0 ||
            !may_be_same(folder->account, other->folder->account, message))
            continue;
        gboolean uid = entry->uid != 0 && entry->uid == other->uid && folder->uidvalidity != 0 &&
                       folder->uidvalidity == other->folder->uidvalidity;
        gboolean uidl = entry->uidl != NULL && g_strcmp0(entry->uidl, other->uidl) == 0 &&
                        strlen(entry->uidl) >= 8;
        if (uid || uidl)
            act->session->same = other->folder->account;
    }
}

/* The same message in the other account's folder. */
static Entry *counterpart(Folder *folder, const Entry *entry)
{
    Entry *there = NULL;
    if (entry->uid != 0)
        there = mg_entry_by_uid(folder, entry->uid, TRUE);
    else if (entry->uidl != NULL)
        there = mg_entry_by_uidl(folder, entry->uidl);
    if (there != NULL)
        return mg_entry_ref(there);
    there = mg_entry_new(folder);
    if (entry->uidl != NULL)
        mg_entry_set_uidl(there, entry->uidl);
    return there;
}

static void take_over(Act *act, Entry *entry, Entry *there)
{
    there->bits |= entry->bits & (ENTRY_POP | ENTRY_FLAGS);
    mg_act_fold(act, entry, there, entry->uid != 0 ? MG_IDENTIFIED_UID : MG_IDENTIFIED_UIDL);
    GPtrArray *marks = act->session->marks;
    for (guint i = 0; i < marks->len; i++)
        if (marks->pdata[i] == entry) {
            marks->pdata[i] = mg_entry_ref(there);
            mg_entry_unref(entry);
        }
    mg_act_alive(act, there, mg_view_since(act->session->view));
}

/* What the device fetched under the one name it has under the other. */
static void join_device(Act *act, Message *message, const Account *own, const Account *other)
{
    const MgAddress *client = &act->session->client->address;
    Copy *goes = mg_copy_find(message, MG_PLACE_DEVICE, client, own->name);
    Copy *stays = mg_copy_find(message, MG_PLACE_DEVICE, client, other->name);
    if (goes != NULL && stays != NULL) {
        mg_copy_merge(act->ledger, stays, goes);
    } else if (goes != NULL) {
        g_free(goes->pub.account);
        goes->pub.account = g_strdup(other->name);
    }
}

static void join_devices(Act *act, const Account *own, const Account *other)
{
    if (!mg_act_afford(act, g_hash_table_size(act->session->met)))
        return;
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, act->session->met);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        Message *message = mg_message_get(act->ledger, GPOINTER_TO_UINT(key));
        if (message != NULL)
            join_device(act, message, own, other);
    }
}

void mg_same_settle(Act *act)
{
    Session *session = act->session;
    Account *own = mg_session_account(session), *other = g_steal_pointer(&session->same);
    while (other != NULL && other->same != NULL)
        other = other->same;
    if (other == NULL || other == own)
        return;
    own->same = other;
    session->account = other;
    join_devices(act, own, other);
    View *old = session->view;
    guint count = old != NULL ? mg_view_count(old) : 0;
    if (old == NULL || !mg_act_afford(act, count))
        return;
    Folder *folder = mg_folder_get(act->ledger, other, mg_view_folder(old)->name);
    if (folder->uidvalidity == 0)
        folder->uidvalidity = mg_view_folder(old)->uidvalidity;
    session->view = mg_view_new(folder, ++act->ledger->views, mg_view_since(old));
    mg_view_grow(session->view, count);
    for (guint number = 1; number <= count; number++) {
        Entry *entry = mg_view_get(old, number);
        if (entry == NULL)
            continue;
        Entry *there = counterpart(folder, entry);
        entry->view = mg_view_id(session->view);
        take_over(act, entry, there);
        there->view = mg_view_id(session->view);
        mg_view_set(session->view, number, there);
        mg_entry_unref(there);
    }
    mg_view_free(old);
}
