/* What an effect does to the copy at one place of a mailbox, whichever protocol spoke of it. */
#include "ledger.h"

#include <string.h>

/* "bob", "bob@example.org" and "bob+lists@example.org" name one user. */
static gboolean names_user(const char *account, const char *address)
{
    if (account == NULL || address == NULL || *account == '\0')
        return FALSE;
    if (g_ascii_strcasecmp(account, address) == 0)
        return TRUE;
    gsize local = strcspn(address, "@+"), len = strcspn(account, "@");
    if (local == 0 || len == 0)
        return FALSE;
    const char *domain = strchr(address, '@');
    if (account[len] == '@' && (domain == NULL || g_ascii_strcasecmp(account + len, domain) != 0))
        return FALSE;
    return local == len && g_ascii_strncasecmp(account, address, len) == 0;
}

void mg_entry_bind(Entry *entry, Copy *copy)
{
    Folder *folder = entry->folder;
    entry->copy = copy;
    if (copy->entry != entry) {
        if (copy->entry != NULL)
            mg_entry_unref(copy->entry);
        copy->entry = mg_entry_ref(entry);
    }
    if (copy->pub.folder == NULL)
        copy->pub.folder = g_strdup(folder->name);
    if (entry->uid != 0) {
        copy->pub.uid = entry->uid;
        copy->pub.uidvalidity = folder->uidvalidity;
    }
    if (copy->pub.uidl == NULL)
        copy->pub.uidl = g_strdup(entry->uidl);
    if (!g_hash_table_contains(folder->touched, entry))
        g_hash_table_add(folder->touched, mg_entry_ref(entry));
}

static gboolean may_be(const Copy *copy, const Entry *entry)
{
    const Folder *folder = entry->folder;
    if (copy->pub.place != MG_PLACE_MAILBOX || !mg_copy_there(copy) ||
        !mg_address_equal(&copy->pub.host, &folder->account->host->address))
        return FALSE;
    const Entry *other = copy->entry;
    if (other == entry)
        return TRUE;
    /* Final delivery by LMTP: for whom is known, the folder is not. */
    if (other == NULL)
        return copy->pub.folder == NULL && names_user(folder->account->name, copy->pub.account);
    if (other->folder != folder)
        return FALSE;
    if (other->uid != 0 && entry->uid != 0)
        return other->uid == entry->uid;
    if (other->uidl != NULL && entry->uidl != NULL)
        return strcmp(other->uidl, entry->uidl) == 0;
    /* Two numbers of one session are two copies. */
    return other->session == 0 || other->session != entry->session;
}

/* Let the entry be a copy of the message: one that is known already, or a new one. */
static Copy *attach(Act *act, Entry *entry, Message *message, gboolean *ret_new)
{
    const Account *account = entry->folder->account;
    *ret_new = FALSE;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (!may_be(copy, entry))
            continue;
        *ret_new = copy->entry == NULL;
        if (copy->pub.account == NULL || copy->entry == NULL) {
            g_free(copy->pub.account);
            copy->pub.account = g_strdup(account->name);
        }
        mg_entry_bind(entry, copy);
        return copy;
    }
    *ret_new = TRUE;
    Copy *copy = mg_message_copy(message, MG_PLACE_MAILBOX, account->host, account->name);
    if (entry->bits & ENTRY_DELETED)
        copy->pub.state = MG_COPY_MARKED;
    copy->own = mg_folder_is_own(entry->folder);
    mg_entry_bind(entry, copy);
    mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    return copy;
}

Message *mg_act_touch(Act *act, Entry *entry)
{
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL) {
        gboolean is_new;
        Message *message = mg_message_add(act->ledger);
        message->pub.size = entry->size;
        copy = attach(act, entry, message, &is_new);
    }
    g_hash_table_add(act->session->met, copy->owner);
    return copy->owner;
}

static gboolean is_authors(const Message *message, const Copy *copy)
{
    if (copy->own)
        return TRUE;
    if (!names_user(copy->pub.account, message->pub.sender))
        return FALSE;
    for (guint i = 0; i < message->pub.recipients->len; i++) {
        const MgRecipient *recipient = message->pub.recipients->pdata[i];
        if (names_user(copy->pub.account, recipient->address))
            return FALSE;
    }
    return TRUE;
}

/* The composed copy whose hand-over was in doubt: the server has it, so the duty has gone. */
static void settle_sender(Message *message, guint doubt)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.doubt != doubt || doubt == 0)
            continue;
        copy->pub.doubt = 0;
        if (copy->pub.composed || copy->pub.place == MG_PLACE_QUEUE) {
            copy->pub.state = MG_COPY_REMOVED;
            copy->pub.evidence = MG_EVIDENCE_ASSUMED;
        }
    }
}

/* A message that a server took over shows up in a mailbox: this is the proof of delivery. */
static gboolean delivered(Act *act, Message *message, Copy *mailbox)
{
    if (is_authors(message, mailbox)) {
        mailbox->own = TRUE;
        return FALSE;
    }
    Copy *queue = NULL;
    guint queues = 0;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place != MG_PLACE_QUEUE || !mg_copy_there(copy))
            continue;
        if (names_user(mailbox->pub.account, copy->pub.recipient)) {
            queue = copy;
            queues = 1;
            break;
        }
        queue = copy;
        queues++;
    }
    if (queues == 0)
        return FALSE;
    const char *recipient = NULL;
    if (queues == 1) {
        recipient = queue->pub.recipient;
        settle_sender(message, queue->pub.doubt);
        queue->pub.doubt = 0;
        queue->pub.state = MG_COPY_REMOVED;
        mg_act_prove(act, queue, MG_EVIDENCE_IMPLIED);
        for (guint i = 0; i < message->pub.recipients->len; i++) {
            MgRecipient *one = message->pub.recipients->pdata[i];
            if (g_strcmp0(one->address, recipient) == 0)
                one->outcome = MG_OUTCOME_OK;
        }
    }
    mg_act_move(act, message, MG_EVENT_DELIVERED, mailbox, recipient, MG_EVIDENCE_SEEN);
    return TRUE;
}

static gboolean compatible(const Message *a, const Message *b)
{
    return a->body_digest == NULL || b->body_digest == NULL ||
           strcmp(a->body_digest, b->body_digest) == 0;
}

/* The text is not that of the message this copy was taken for (by its Message-ID alone): it goes
 * to the right one. */
static void reassign(Copy *copy, Message *message)
{
    guint index;
    GPtrArray *copies = copy->owner->pub.copies;
    if (g_ptr_array_find(copies, copy, &index))
        g_ptr_array_steal_index(copies, index);
    copy->owner = message;
    copy->pub.id = ++message->last_copy;
    g_ptr_array_add(message->pub.copies, copy);
}

Message *mg_act_identify(Act *act, Entry *entry, const MgContent *content, gboolean full)
{
    Copy *copy = mg_copy_alive(entry->copy);
    Message *message = copy != NULL ? copy->owner : NULL;
    if (content == NULL)
        return mg_act_touch(act, entry);
    Copy *astray = NULL;
    if (message != NULL && !mg_identity_same_text(message, content, full)) {
        astray = copy;
        message = NULL;
    }
    MgIdentified by;
    Message *other = mg_identify(act->ledger, content, full, entry->size, message, &by);
    gboolean arrived = FALSE;
    if (message == NULL) {
        if (other != NULL && other->pub.identified_by == MG_IDENTIFIED_NONE)
            other->pub.identified_by = by;
        message = other != NULL ? other : mg_message_add(act->ledger);
        if (astray != NULL)
            reassign(astray, message);
        else
            copy = attach(act, entry, message, &arrived);
    } else if (other != NULL && compatible(message, other)) {
        message = mg_message_merge(act->ledger, message, other, by);
        copy = mg_copy_alive(copy);
        arrived = TRUE;
    }
    mg_message_learn(act->ledger, message, content, full);
    if (message->pub.size == 0)
        message->pub.size = entry->size;
    g_hash_table_add(act->session->met, message);
    if (arrived)
        delivered(act, message, copy);
    return message;
}

void mg_act_fold(Act *act, Entry *from, Entry *into, MgIdentified by)
{
    Copy *here = mg_copy_alive(from->copy), *there = mg_copy_alive(into->copy);
    into->size = into->size != 0 ? into->size : from->size;
    into->bits |= from->bits & (ENTRY_POP | ENTRY_POP_MARK | ENTRY_POP_MAYBE);
    into->session = from->session;
    into->number = from->number;
    if (from->bits & ENTRY_DELETED)
        mg_entry_set_deleted(into, TRUE);
    if (here == NULL || here == there)
        return;
    if (there == NULL) {
        mg_entry_bind(into, here);
        return;
    }
    if (here->owner != there->owner)
        mg_message_merge(act->ledger, here->owner, there->owner, by);
    here = mg_copy_alive(here);
    there = mg_copy_alive(there);
    if (here != there)
        mg_copy_merge(act->ledger, there, here);
}

Copy *mg_act_copy_to(Act *act, Entry *source, Entry *destination)
{
    Message *message = mg_act_touch(act, source);
    Folder *folder = destination->folder;
    Copy *from = mg_copy_alive(source->copy), *there = mg_copy_alive(destination->copy);
    if (there != NULL) {
        if (there->owner != message)
            mg_message_merge(act->ledger, message, there->owner, MG_IDENTIFIED_COPYUID);
        return mg_copy_alive(there);
    }
    Copy *copy =
        mg_message_copy(message, MG_PLACE_MAILBOX, folder->account->host, folder->account->name);
    copy->own = from->own || mg_folder_is_own(folder);
    if (from->pub.state == MG_COPY_MARKED && (source->bits & ENTRY_DELETED)) {
        copy->pub.state = MG_COPY_MARKED;
        mg_entry_set_deleted(destination, TRUE);
    }
    mg_entry_bind(destination, copy);
    mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    return copy;
}

void mg_act_gone(Act *act, Entry *entry, MgEvent event, MgEvidence evidence)
{
    Copy *copy = mg_copy_alive(entry->copy);
    entry->bits |= ENTRY_GONE;
    entry->bits &= ~(guint)(ENTRY_POP_MARK | ENTRY_POP_MAYBE);
    mg_entry_set_deleted(entry, FALSE);
    if (copy == NULL || (copy->pub.state == MG_COPY_REMOVED && copy->pub.doubt == 0))
        return;
    copy->pub.state = MG_COPY_REMOVED;
    copy->pub.doubt = 0;
    copy->mark_doubt = FALSE;
    mg_act_prove(act, copy, evidence);
    mg_act_move(act, copy->owner, event, copy, NULL, evidence);
}

void mg_act_doubt(Act *act, Entry *entry)
{
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL || !mg_copy_there(copy) || copy->pub.doubt != 0)
        return;
    copy->pub.doubt = mg_ledger_doubt(act->ledger);
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
}

void mg_act_mark(Act *act, Entry *entry, gboolean marked, MgEvidence evidence)
{
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL || !mg_copy_there(copy))
        return;
    MgCopyState state = marked ? MG_COPY_MARKED : MG_COPY_HELD;
    if (copy->pub.state == state && !copy->mark_doubt)
        return;
    copy->pub.state = state;
    copy->mark_doubt = FALSE;
    mg_act_prove(act, copy, evidence);
    mg_act_move(act, copy->owner, marked ? MG_EVENT_MARKED : MG_EVENT_UNMARKED, copy, NULL,
                evidence);
}

/* The copy of a message that the client of this session has; a client that the roles file calls
 * a server collects mail for its users. */
Copy *mg_act_device(Act *act, Message *message)
{
    MgPlace place =
        mg_session_client_role(act->session) == MG_ROLE_SERVER ? MG_PLACE_QUEUE : MG_PLACE_DEVICE;
    const Host *host = act->session->client;
    const char *account = mg_session_account(act->session)->name;
    Copy *copy = mg_copy_find(message, place, &host->address, account);
    if (copy == NULL) {
        copy = mg_message_copy(message, place, host, account);
        copy->pub.contents = MG_CONTENTS_NONE;
    }
    return copy;
}

void mg_act_received(Act *act, Message *message, MgContents contents)
{
    Copy *copy = mg_act_device(act, message);
    copy->pub.state = MG_COPY_HELD;
    if (contents >= copy->pub.contents) {
        copy->pub.contents = contents;
        mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    }
    MgEvent event = contents == MG_CONTENTS_FULL      ? MG_EVENT_DOWNLOADED
                    : contents == MG_CONTENTS_HEADERS ? MG_EVENT_HEADERS_READ
                                                      : MG_EVENT_PART_READ;
    mg_act_move(act, message, event, copy, NULL, MG_EVIDENCE_SEEN);
}
