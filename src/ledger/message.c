/* Messages and their copies: making, learning, merging. */
#include "ledger.h"

#include <string.h>

Message *mg_message_new(guint number)
{
    Message *message = g_new0(Message, 1);
    message->pub.number = number;
    message->pub.copies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_destroy);
    message->pub.history = g_ptr_array_new();
    message->pub.recipients = g_ptr_array_new();
    return message;
}

Message *mg_message_add(MgLedger *ledger)
{
    Message *message = mg_message_new(++ledger->count);
    mg_away_enter(ledger, message);
    mg_message_stale(ledger, message);
    return message;
}

void mg_message_stale(MgLedger *ledger, Message *message)
{
    if (message->stale)
        return;
    message->stale = TRUE;
    g_ptr_array_add(ledger->stale, message);
}

static void recipient_free(MgRecipient *recipient)
{
    g_free(recipient->address);
    g_free(recipient->code);
    g_free(recipient->report_action);
    g_free(recipient->report_status);
    g_free(recipient);
}

void mg_message_free(Message *message)
{
    MgMessage *pub = &message->pub;
    g_free(pub->message_id);
    g_free(pub->subject);
    g_free(pub->from);
    g_free(pub->date);
    g_strfreev(pub->to);
    g_free(pub->sender);
    g_ptr_array_unref(pub->copies);
    for (guint i = 0; i < pub->history->len; i++) {
        MgHistory *history = pub->history->pdata[i];
        g_free(history->qualifier);
        g_free(history);
    }
    g_ptr_array_unref(pub->history);
    for (guint i = 0; i < pub->recipients->len; i++)
        recipient_free(pub->recipients->pdata[i]);
    g_ptr_array_unref(pub->recipients);
    g_clear_pointer(&message->by_address, g_hash_table_unref);
    g_clear_pointer(&message->graveyard, g_ptr_array_unref);
    g_free(pub->qualifier);
    g_clear_pointer(&pub->hops, g_ptr_array_unref);
    mg_report_unref(pub->report);
    g_free(message->fingerprint);
    g_free(message->body_digest);
    g_free(message->envelope_id);
    g_free(message);
}

Message *mg_message_get(MgLedger *ledger, guint number)
{
    for (;;) {
        Message *message = mg_message_at(ledger, number);
        if (message == NULL || message->pub.merged_into == 0)
            return message;
        number = message->pub.merged_into;
    }
}

Message *mg_message_at(MgLedger *ledger, guint number)
{
    Message *message = g_hash_table_lookup(ledger->here, GUINT_TO_POINTER(number));
    if (message == NULL)
        return mg_away_fetch(ledger, number);
    message->recent = TRUE;
    return message;
}

static void learn_text(char **field, const char *text)
{
    if (*field == NULL && text != NULL)
        *field = g_strdup(text);
}

/* Each server puts its field on top: the text with the most of them tells the longest way. */
static void learn_hops(MgMessage *pub, const MgContent *content)
{
    guint n = content->received != NULL ? g_strv_length(content->received) : 0;
    if (n <= (pub->hops != NULL ? pub->hops->len : 0))
        return;
    g_clear_pointer(&pub->hops, g_ptr_array_unref);
    pub->hops = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hop_free);
    while (n > 0)
        g_ptr_array_add(pub->hops, mg_hop_new(content->received[--n]));
}

static void learn_report(MgLedger *ledger, Message *message, const MgContent *content)
{
    if (content->report == NULL)
        return;
    if (message->pub.report == NULL)
        message->pub.report = g_rc_box_acquire(content->report);
    g_array_append_val(ledger->reports, message->pub.number);
}

void mg_message_learn(MgLedger *ledger, Message *message, const MgContent *content, gboolean full)
{
    if (content == NULL)
        return;
    MgMessage *pub = &message->pub;
    learn_text(&pub->message_id, content->message_id);
    learn_text(&pub->subject, content->subject);
    learn_text(&pub->from, content->from);
    learn_text(&pub->date, content->date);
    if (pub->to == NULL && content->to != NULL)
        pub->to = g_strdupv(content->to);
    message->is_report = message->is_report || content->is_report;
    message->has_text = message->has_text || content->has_header;
    learn_hops(pub, content);
    learn_report(ledger, message, content);
    if (full) {
        if (message->body_digest == NULL || pub->size == 0)
            pub->size = content->octets;
        learn_text(&message->fingerprint, content->fingerprint);
        learn_text(&message->body_digest, content->body_digest);
    }
    mg_identity_index(ledger, message);
}

/* Too many copies: the last one of this kind stands for the others too. */
static Copy *stand_in(const Message *message, MgPlace place, const MgAddress *host)
{
    for (guint i = message->pub.copies->len; i > 0; i--) {
        Copy *copy = message->pub.copies->pdata[i - 1];
        if (copy->pub.place == place && !copy->pub.composed &&
            mg_address_equal(&copy->pub.host, host))
            return copy;
    }
    return NULL;
}

Copy *mg_message_copy(Message *message, MgPlace place, const Host *host, const char *account)
{
    Copy *copy = message->pub.copies->len >= MG_LIMIT_COPIES
                     ? stand_in(message, place, &host->address)
                     : NULL;
    if (copy != NULL)
        return copy;
    copy = g_new0(Copy, 1);
    copy->owner = message;
    copy->pub.id = ++message->last_copy;
    copy->pub.place = place;
    copy->pub.contents = MG_CONTENTS_FULL;
    copy->pub.evidence = MG_EVIDENCE_SEEN;
    copy->pub.host = host->address;
    copy->pub.name = g_strdup(mg_host_name(host, place != MG_PLACE_DEVICE));
    copy->pub.account = g_strdup(account);
    g_ptr_array_add(message->pub.copies, copy);
    return copy;
}

Copy *mg_message_copy_by_id(const Message *message, guint id)
{
    for (guint i = 0; id != 0 && i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.id == id)
            return copy;
    }
    return NULL;
}

Copy *mg_copy_find(const Message *message, MgPlace place, const MgAddress *host,
                   const char *account)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place == place && !copy->pub.composed &&
            mg_address_equal(&copy->pub.host, host) && g_strcmp0(copy->pub.account, account) == 0)
            return copy;
    }
    return NULL;
}

Copy *mg_copy_alive(Copy *copy)
{
    while (copy != NULL && copy->same != NULL)
        copy = copy->same;
    return copy;
}

gboolean mg_copy_there(const Copy *copy)
{
    return copy->pub.state != MG_COPY_REMOVED;
}

void mg_copy_destroy(Copy *copy)
{
    mg_pieces_free(copy->pieces);
    g_free(copy->news);
    while (copy->entries != NULL)
        mg_entry_lead(copy->entries, NULL);
    if (copy->entry != NULL)
        mg_entry_unref(copy->entry);
    mg_copy_free(&copy->pub);
}

/* Transactions and steps may still point to it, so it is kept as long as its message is here. */
void mg_copy_bury(MgLedger *ledger, Copy *copy, Copy *same)
{
    guint index;
    GPtrArray *copies = copy->owner->pub.copies;
    if (g_ptr_array_find(copies, copy, &index))
        g_ptr_array_steal_index(copies, index);
    copy->same = same;
    while (copy->entries != NULL)
        mg_entry_lead(copy->entries, same);
    mg_message_stale(ledger, copy->owner);
    if (copy->owner->graveyard == NULL)
        copy->owner->graveyard = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_destroy);
    g_ptr_array_add(copy->owner->graveyard, copy);
}

/* One record goes because it speaks of the same copy as another. */
Copy *mg_copy_merge(MgLedger *ledger, Copy *stays, Copy *goes)
{
    MgCopy *a = &stays->pub, *b = &goes->pub;
    if (stays == goes)
        return stays;
    if (a->account == NULL)
        a->account = g_strdup(b->account);
    if (a->folder == NULL)
        a->folder = g_strdup(b->folder);
    if (a->uidl == NULL)
        a->uidl = g_strdup(b->uidl);
    if (a->queue_id == NULL)
        a->queue_id = g_strdup(b->queue_id);
    if (a->uid == 0) {
        a->uid = b->uid;
        a->uidvalidity = b->uidvalidity;
    }
    if (a->identified_by == MG_IDENTIFIED_NONE)
        a->identified_by = b->identified_by;
    if (a->flags == NULL)
        a->flags = g_steal_pointer(&b->flags);
    /* The later statement holds. */
    if (b->proof.time >= a->proof.time) {
        a->state = b->state;
        a->doubt = b->doubt;
        a->evidence = b->evidence;
        a->proof = b->proof;
        a->proof_step = b->proof_step;
        stays->exchange = goes->exchange;
        stays->session = goes->session;
        stays->mark_doubt = goes->mark_doubt;
    }
    a->contents = MAX(a->contents, b->contents);
    stays->deleted = stays->deleted || goes->deleted;
    stays->pop_marked = stays->pop_marked || goes->pop_marked;
    memmove(stays->views + 2, stays->views, sizeof stays->views[0] * 2);
    memcpy(stays->views, goes->views, sizeof stays->views[0] * 2);
    stays->own = stays->own || goes->own;
    stays->sent = stays->sent || goes->sent;
    if (stays->pieces == NULL)
        stays->pieces = g_steal_pointer(&goes->pieces);
    if (stays->news == NULL)
        stays->news = g_steal_pointer(&goes->news);
    if (stays->entry == NULL)
        stays->entry = g_steal_pointer(&goes->entry);
    mg_message_stale(ledger, stays->owner);
    mg_copy_bury(ledger, goes, stays);
    return stays;
}

/* Few are found by looking at all. */
void mg_message_index_recipients(Message *message)
{
    enum { FEW = 16 };
    const GPtrArray *recipients = message->pub.recipients;
    if (message->by_address != NULL || recipients->len <= FEW)
        return;
    message->by_address = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < recipients->len; i++) {
        MgRecipient *one = recipients->pdata[i];
        g_hash_table_insert(message->by_address, one->address, one);
    }
}

MgRecipient *mg_message_recipient(Message *message, const char *address)
{
    GPtrArray *recipients = message->pub.recipients;
    MgRecipient *recipient = NULL;
    if (message->by_address != NULL)
        recipient = g_hash_table_lookup(message->by_address, address);
    for (guint i = 0; message->by_address == NULL && i < recipients->len; i++)
        if (strcmp(((MgRecipient *)recipients->pdata[i])->address, address) == 0)
            return recipients->pdata[i];
    if (recipient != NULL)
        return recipient;
    if (recipients->len >= MG_LIMIT_RECIPIENTS)
        return NULL;
    recipient = g_new0(MgRecipient, 1);
    recipient->address = g_strdup(address);
    recipient->outcome = MG_OUTCOME_INFO;
    g_ptr_array_add(recipients, recipient);
    if (message->by_address != NULL)
        g_hash_table_insert(message->by_address, recipient->address, recipient);
    else
        mg_message_index_recipients(message);
    return recipient;
}

guint mg_ledger_doubt(MgLedger *ledger)
{
    return ++ledger->doubts;
}

static gboolean same_mailbox_copy(const Copy *a, const Copy *b)
{
    if (g_strcmp0(a->pub.account, b->pub.account) != 0 ||
        g_strcmp0(a->pub.folder, b->pub.folder) != 0)
        return FALSE;
    if (a->pub.uid != 0 && b->pub.uid != 0)
        return a->pub.uid == b->pub.uid && a->pub.uidvalidity == b->pub.uidvalidity;
    if (a->pub.uidl != NULL && b->pub.uidl != NULL)
        return strcmp(a->pub.uidl, b->pub.uidl) == 0;
    /* Two numbers of one session are two copies. */
    if (a->entry != NULL && b->entry != NULL && a->entry->view != 0 &&
        a->entry->view == b->entry->view)
        return FALSE;
    return mg_copy_there(a) && mg_copy_there(b);
}

static Copy *twin(const Message *message, const Copy *copy)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *other = message->pub.copies->pdata[i];
        if (other->pub.place != copy->pub.place ||
            !mg_address_equal(&other->pub.host, &copy->pub.host))
            continue;
        switch (copy->pub.place) {
        case MG_PLACE_DEVICE:
            if (other->pub.composed == copy->pub.composed &&
                (copy->pub.composed || g_strcmp0(other->pub.account, copy->pub.account) == 0))
                return other;
            break;
        case MG_PLACE_QUEUE:
            if (g_strcmp0(other->pub.recipient, copy->pub.recipient) == 0 && !other->pub.doubt &&
                !copy->pub.doubt)
                return other;
            break;
        case MG_PLACE_MAILBOX:
            if (same_mailbox_copy(other, copy))
                return other;
            break;
        }
    }
    return NULL;
}

static void merge_recipients(Message *stays, Message *goes)
{
    for (guint i = 0; i < goes->pub.recipients->len; i++) {
        MgRecipient *from = goes->pub.recipients->pdata[i];
        MgRecipient *to = mg_message_recipient(stays, from->address);
        if (to == NULL || to->outcome == MG_OUTCOME_OK)
            continue; /* an earlier attempt succeeded: that is not undone */
        to->outcome = from->outcome;
        if (from->report != 0) {
            to->report = from->report;
            g_free(to->report_action);
            to->report_action = g_steal_pointer(&from->report_action);
            g_free(to->report_status);
            to->report_status = g_steal_pointer(&from->report_status);
        }
        g_free(to->code);
        to->code = g_strdup(from->code);
        to->at = from->at;
        to->step = from->step;
    }
}

Message *mg_message_merge(MgLedger *ledger, Message *a, Message *b, MgIdentified by)
{
    if (a == b)
        return a;
    Message *stays = a->pub.number < b->pub.number ? a : b, *goes = stays == a ? b : a;
    MgMessage *to = &stays->pub, *from = &goes->pub;
    learn_text(&to->message_id, from->message_id);
    learn_text(&to->subject, from->subject);
    learn_text(&to->from, from->from);
    learn_text(&to->date, from->date);
    learn_text(&to->sender, from->sender);
    if (to->to == NULL)
        to->to = g_strdupv(from->to);
    if (to->size == 0)
        to->size = from->size;
    learn_text(&stays->fingerprint, goes->fingerprint);
    learn_text(&stays->body_digest, goes->body_digest);
    stays->is_report = stays->is_report || goes->is_report;
    stays->unread = stays->unread || goes->unread;
    stays->has_text = stays->has_text || goes->has_text;
    if (from->hops != NULL && (to->hops == NULL || to->hops->len < from->hops->len)) {
        g_clear_pointer(&to->hops, g_ptr_array_unref);
        to->hops = g_steal_pointer(&from->hops);
    }
    if (to->report == NULL)
        to->report = g_steal_pointer(&from->report);
    if (to->reports_on == 0) {
        to->reports_on = from->reports_on;
        to->reported_by = from->reported_by;
    }
    while (from->copies->len > 0) {
        Copy *copy = from->copies->pdata[0];
        Copy *other = twin(stays, copy);
        if (other == NULL && to->copies->len >= MG_LIMIT_COPIES)
            other = stand_in(stays, copy->pub.place, &copy->pub.host);
        if (other != NULL) {
            mg_copy_merge(ledger, other, copy);
            continue;
        }
        g_ptr_array_steal_index(from->copies, 0);
        copy->owner = stays;
        if (copy->pub.identified_by == MG_IDENTIFIED_NONE)
            copy->pub.identified_by = by;
        copy->pub.id = ++stays->last_copy;
        g_ptr_array_add(to->copies, copy);
    }
    merge_recipients(stays, goes);
    if (from->responsible.family != 0)
        to->responsible = from->responsible;
    from->merged_into = to->number;
    mg_message_stale(ledger, stays);
    from->identified_by = by;
    if (to->identified_by == MG_IDENTIFIED_NONE)
        to->identified_by = by;
    g_free(from->qualifier);
    from->qualifier = g_strdup("merged");
    mg_identity_index(ledger, stays);
    return stays;
}
