/* What an effect does to the copy at one place of a mailbox, whichever protocol spoke of it. */
#include "ledger.h"

#include <string.h>

static gboolean has_view(const Copy *copy, guint view)
{
    for (guint i = 0; view != 0 && i < G_N_ELEMENTS(copy->views); i++)
        if (copy->views[i] == view)
            return TRUE;
    return FALSE;
}

void mg_entry_bind(Entry *entry, Copy *copy)
{
    Folder *folder = entry->folder;
    mg_entry_lead(entry, copy);
    /* A POP3 number and an IMAP UID may be the same place: the UID leads. */
    if (copy->entry != entry && (copy->entry == NULL || copy->entry->folder != folder ||
                                 copy->entry->uid == 0 || entry->uid != 0)) {
        Entry *old = copy->entry;
        copy->entry = mg_entry_ref(entry);
        if (old != NULL) {
            mg_entry_unref(old);
            mg_entry_prune(old);
        }
    }
    if (entry->view != 0 && !has_view(copy, entry->view)) {
        memmove(copy->views + 1, copy->views, sizeof copy->views - sizeof copy->views[0]);
        copy->views[0] = entry->view;
    }
    if (copy->pub.folder == NULL)
        copy->pub.folder = g_strdup(folder->name);
    if (entry->uid != 0) {
        copy->pub.uid = entry->uid;
        copy->pub.uidvalidity = folder->uidvalidity;
    }
    if (copy->pub.uidl == NULL)
        copy->pub.uidl = g_strdup(entry->uidl);
    if (entry->bits & ENTRY_DELETED)
        copy->deleted = TRUE;
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
        return copy->pub.folder == NULL && mg_names_user(folder->account->name, copy->pub.account);
    if (other->folder != folder)
        return FALSE;
    if (copy->pub.uid != 0 && entry->uid != 0)
        return copy->pub.uid == entry->uid;
    if (copy->pub.uidl != NULL && entry->uidl != NULL)
        return strcmp(copy->pub.uidl, entry->uidl) == 0;
    /* Two numbers of one session are two copies. */
    return !has_view(copy, entry->view);
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
    mg_same_by_copy(act, entry, message);
    Copy *copy = mg_message_copy(message, MG_PLACE_MAILBOX, account->host, account->name);
    if (entry->bits & ENTRY_DELETED)
        copy->pub.state = MG_COPY_MARKED;
    copy->own = mg_folder_is_own(entry->folder);
    copy->sent = mg_folder_is_sent(entry->folder);
    copy->met = act->effect->at.time;
    mg_entry_bind(entry, copy);
    mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    return copy;
}

Message *mg_act_touch(Act *act, Entry *entry)
{
    Copy *copy = mg_entry_copy(entry);
    if (copy == NULL) {
        gboolean is_new;
        Message *message = mg_message_add(act->ledger);
        message->pub.size = entry->size;
        copy = attach(act, entry, message, &is_new);
    }
    g_hash_table_add(act->session->met, GUINT_TO_POINTER(copy->owner->pub.number));
    return copy->owner;
}

static gboolean is_authors(const Message *message, const Copy *copy)
{
    if (copy->own)
        return TRUE;
    if (!mg_names_user(copy->pub.account, message->pub.sender))
        return FALSE;
    for (guint i = 0; i < message->pub.recipients->len; i++) {
        const MgRecipient *recipient = message->pub.recipients->pdata[i];
        if (mg_names_user(copy->pub.account, recipient->address))
            return FALSE;
    }
    return TRUE;
}

/* What a mate in the same doubt is, now that `copy` is known to be there. */
static void settle_mate(Act *act, const Copy *copy, Copy *mate)
{
    gboolean mailboxes = copy->pub.place == MG_PLACE_MAILBOX && mate->pub.place == MG_PLACE_MAILBOX;
    if (mailboxes && (copy->entry == NULL || mate->entry == NULL))
        return; /* LMTP answers for each recipient by itself */
    mate->pub.doubt = 0;
    if (mate->pub.place == MG_PLACE_QUEUE && mg_address_equal(&mate->pub.host, &copy->pub.host))
        return; /* one answer for all recipients: the server has it for this one too */
    /* The sender has handed it over; or a MOVE took it from the one folder to the other. */
    mate->pub.state = MG_COPY_REMOVED;
    mg_act_prove(act, mate, mailboxes ? MG_EVIDENCE_IMPLIED : MG_EVIDENCE_ASSUMED);
}

void mg_doubt_settle(Act *act, Copy *copy, gboolean there)
{
    guint doubt = copy->pub.doubt, left = 0;
    mg_message_stale(act->ledger, copy->owner);
    Copy *last = NULL;
    copy->pub.doubt = 0;
    for (guint i = 0; doubt != 0 && i < copy->owner->pub.copies->len; i++) {
        Copy *mate = copy->owner->pub.copies->pdata[i];
        if (mate->pub.doubt != doubt)
            continue;
        if (there)
            settle_mate(act, copy, mate);
        last = mate;
        left++;
    }
    /* At least one of them is there: so it is the last one. */
    if (!there && left == 1)
        last->pub.doubt = 0;
}

/* The queue copy that this mailbox copy came from: for this user, certain before doubtful; else
 * the only one there is. */
static Copy *queue_of(const Message *message, const Copy *mailbox, gboolean *ret_any)
{
    Copy *mine = NULL, *only = NULL;
    guint queues = 0;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place != MG_PLACE_QUEUE || !mg_copy_there(copy))
            continue;
        queues++;
        only = copy;
        if (mg_names_user(mailbox->pub.account, copy->pub.recipient) &&
            (mine == NULL || (mine->pub.doubt != 0 && copy->pub.doubt == 0)))
            mine = copy;
    }
    *ret_any = queues > 0;
    return mine != NULL ? mine : queues == 1 ? only : NULL;
}

/* A message that a server took over shows up in a mailbox: this is the proof of delivery. */
static void delivered(Act *act, Message *message, Copy *mailbox)
{
    if (is_authors(message, mailbox)) {
        mailbox->own = TRUE;
        return;
    }
    gboolean any;
    Copy *queue = queue_of(message, mailbox, &any);
    if (!any)
        return;
    const char *recipient = queue != NULL ? queue->pub.recipient : NULL;
    guint64 cause = queue != NULL ? queue->pub.proof_step : 0;
    guint session = queue != NULL ? queue->session : 0;
    if (queue != NULL) {
        mg_doubt_settle(act, queue, TRUE);
        queue->pub.state = MG_COPY_REMOVED;
        mg_act_prove(act, queue, MG_EVIDENCE_IMPLIED);
        mailbox->from = queue;
    }
    if (recipient != NULL) {
        MgRecipient *one = mg_message_recipient(message, recipient);
        if (one != NULL)
            one->outcome = MG_OUTCOME_OK;
    }
    MgMovement *movement =
        mg_act_move(act, message, MG_EVENT_DELIVERED, mailbox, recipient, MG_EVIDENCE_SEEN);
    mg_movement_cause(movement, cause, session);
}

static gboolean compatible(const Message *a, const Message *b)
{
    return a->body_digest == NULL || b->body_digest == NULL ||
           strcmp(a->body_digest, b->body_digest) == 0;
}

/* The text is not that of the message this copy was taken for (by its Message-ID alone): it goes
 * to the right one. */
static void reassign(Act *act, Copy *copy, Message *message)
{
    mg_message_stale(act->ledger, copy->owner);
    mg_message_stale(act->ledger, message);
    /* So it proved no delivery. */
    Copy *queue = mg_copy_alive(g_steal_pointer(&copy->from));
    if (queue != NULL) {
        queue->pub.state = MG_COPY_HELD;
        mg_act_prove(act, queue, MG_EVIDENCE_SEEN);
    }
    guint index;
    GPtrArray *copies = copy->owner->pub.copies;
    if (g_ptr_array_find(copies, copy, &index))
        g_ptr_array_steal_index(copies, index);
    copy->owner = message;
    copy->pub.id = ++message->last_copy;
    g_ptr_array_add(message->pub.copies, copy);
}

/* What is known of this message from this one place alone cannot contradict it. */
static gboolean is_known_elsewhere(const Message *message, const Copy *copy)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const Copy *other = message->pub.copies->pdata[i];
        if (other != copy && (other->pub.place != MG_PLACE_DEVICE || other->pub.composed))
            return TRUE;
    }
    return FALSE;
}

Message *mg_act_identify(Act *act, Entry *entry, const MgContent *content, gboolean full)
{
    Copy *copy = mg_entry_copy(entry);
    Message *message = copy != NULL ? copy->owner : NULL;
    if (content == NULL)
        return mg_act_touch(act, entry);
    Copy *astray = NULL;
    if (message != NULL && is_known_elsewhere(message, copy) &&
        !mg_identity_same_text(message, content, full)) {
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
            reassign(act, astray, message);
        else
            copy = attach(act, entry, message, &arrived);
        if (other != NULL)
            copy->pub.identified_by = by;
    } else if (other != NULL && compatible(message, other)) {
        message = mg_message_merge(act->ledger, message, other, by);
        copy = mg_copy_alive(copy);
        copy->pub.identified_by = by;
        arrived = TRUE;
    }
    mg_message_learn(act->ledger, message, content, full);
    if (message->pub.size == 0)
        message->pub.size = entry->size;
    g_hash_table_add(act->session->met, GUINT_TO_POINTER(message->pub.number));
    if (arrived)
        delivered(act, message, copy);
    if (act->session->view != NULL)
        mg_act_alive(act, entry, mg_view_since(act->session->view));
    return message;
}

void mg_act_fold(Act *act, Entry *from, Entry *into, MgIdentified by)
{
    Copy *here = mg_entry_copy(from), *there = mg_entry_copy(into);
    into->size = into->size != 0 ? into->size : from->size;
    if (into->structure == NULL)
        into->structure = g_steal_pointer(&from->structure);
    into->bits |= from->bits & ENTRY_POP;
    into->view = from->view;
    if (from->bits & ENTRY_DELETED)
        mg_entry_set_deleted(into, TRUE);
    if (here == NULL || here == there)
        return;
    if (there == NULL) {
        mg_entry_bind(into, here);
        return;
    }
    if (there->pub.identified_by == MG_IDENTIFIED_NONE)
        there->pub.identified_by = by;
    if (here->owner != there->owner)
        mg_message_merge(act->ledger, here->owner, there->owner, by);
    here = mg_copy_alive(here);
    there = mg_copy_alive(there);
    if (here != there)
        mg_copy_merge(act->ledger, there, here);
    mg_act_changed(act, mg_copy_alive(there));
}

Copy *mg_act_copy_to(Act *act, Entry *source, Entry *destination)
{
    Message *message = mg_act_touch(act, source);
    Folder *folder = destination->folder;
    Copy *from = mg_entry_copy(source), *there = mg_entry_copy(destination);
    if (there != NULL) {
        if (there->owner != message)
            mg_message_merge(act->ledger, message, there->owner, MG_IDENTIFIED_COPYUID);
        return mg_copy_alive(there);
    }
    Copy *copy =
        mg_message_copy(message, MG_PLACE_MAILBOX, folder->account->host, folder->account->name);
    copy->own = from->own || mg_folder_is_own(folder);
    copy->sent = mg_folder_is_sent(folder);
    if (from->pub.state == MG_COPY_MARKED && (source->bits & ENTRY_DELETED)) {
        copy->pub.state = MG_COPY_MARKED;
        mg_entry_set_deleted(destination, TRUE);
    }
    if (destination->uid != 0)
        copy->pub.identified_by = MG_IDENTIFIED_COPYUID;
    mg_entry_bind(destination, copy);
    mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    return copy;
}

/* The server tells this session that it has gone, by a line of its own or because an answer
 * lacks it. */
static void learn_gone(Act *act, Copy *copy)
{
    switch (act->effect->kind) {
    case MG_EFFECT_EXPUNGED:
        mg_news_told(act, copy, NEWS_GONE, MG_TOLD_UNASKED);
        break;
    case MG_EFFECT_VANISHED:
        mg_news_told(act, copy, NEWS_GONE, act->effect->flag ? MG_TOLD_ASKED : MG_TOLD_UNASKED);
        break;
    case MG_EFFECT_SELECT:
    case MG_EFFECT_STATUS:
    case MG_EFFECT_SEARCHED:
    case MG_EFFECT_FETCH_DONE:
        mg_news_told(act, copy, NEWS_GONE, MG_TOLD_ASKED);
        break;
    case MG_EFFECT_MAILDROP:
    case MG_EFFECT_STAT:
    case MG_EFFECT_LISTED:
        mg_news_told(act, copy, NEWS_GONE, MG_TOLD_LISTED);
        break;
    default:
        break;
    }
}

/* Did this session ask for the removal?  EXPUNGE also lets the server tell what others did: only
 * what was marked goes by it. */
static gboolean removes(const Act *act, const Entry *entry)
{
    const MgEffect *effect = act->effect;
    const Step *step = act->step;
    switch (effect->kind) {
    case MG_EFFECT_CLOSE:
    case MG_EFFECT_FOLDER_DELETE:
    case MG_EFFECT_POP_QUIT:
        return TRUE;
    case MG_EFFECT_EXPUNGED:
    case MG_EFFECT_VANISHED:
        if (mg_step_is(step, "replace"))
            return entry->target == step->id;
        return !effect->flag && mg_step_is(step, "expunge") && (entry->bits & ENTRY_DELETED);
    default:
        return FALSE;
    }
}

void mg_act_gone(Act *act, Entry *entry, MgEvent event, MgEvidence evidence)
{
    Copy *copy = mg_entry_copy(entry);
    const gboolean removed_here = removes(act, entry);
    entry->bits |= ENTRY_GONE;
    mg_entry_set_deleted(entry, FALSE);
    if (copy == NULL)
        return;
    if (!mg_copy_there(copy)) {
        learn_gone(act, copy);
        return;
    }
    mg_draft_goes(act, entry);
    copy = mg_copy_alive(copy);
    if (removed_here)
        mg_news_done(act, copy, NEWS_GONE, event, TRUE);
    const guint doubt = copy->pub.doubt;
    mg_doubt_settle(act, copy, FALSE);
    copy->pub.state = MG_COPY_REMOVED;
    copy->mark_doubt = copy->pop_marked = FALSE;
    mg_act_prove(act, copy, evidence);
    mg_lost_doubt(act, copy->owner, entry->folder->account);
    mg_act_move(act, copy->owner, event, copy, NULL, evidence);
    mg_either_settle(act, doubt, FALSE);
}

/* The mailbox copies of the same doubt that are older: where a MOVE took the message from. */
static GPtrArray *doubtful_sources(const Copy *copy)
{
    GPtrArray *sources = g_ptr_array_new();
    const GPtrArray *copies = copy->owner->pub.copies;
    for (guint i = 0; copy->pub.doubt != 0 && i < copies->len; i++) {
        const Copy *mate = copies->pdata[i];
        if (mate->pub.id < copy->pub.id && mate->pub.doubt == copy->pub.doubt &&
            mate->pub.place == MG_PLACE_MAILBOX && mg_copy_there(mate))
            g_ptr_array_add(sources, copies->pdata[i]);
    }
    return sources;
}

void mg_act_alive(Act *act, Entry *entry, MgTime since)
{
    Copy *copy = mg_entry_copy(entry);
    if (copy == NULL || (copy->pub.doubt == 0 && mg_copy_there(copy)))
        return;
    /* What this session doubted itself and now sees is there, however old its numbering is. */
    gboolean own_doubt = copy->pub.doubt != 0 && copy->session == act->session->pub->number;
    if (copy->pub.proof.time > since && !own_doubt)
        return;
    mg_act_stays(act, entry, MG_EVIDENCE_SEEN);
}

void mg_act_stays(Act *act, Entry *entry, MgEvidence evidence)
{
    Copy *copy = mg_entry_copy(entry);
    const guint doubt = copy->pub.doubt;
    gboolean was_marked = copy->pub.state == MG_COPY_MARKED;
    g_autoptr(GPtrArray) sources = doubtful_sources(copy);
    mg_doubt_settle(act, copy, TRUE);
    copy->pub.never = FALSE;
    entry->bits &= ~(guint)ENTRY_GONE;
    gboolean marked = copy->deleted || copy->pop_marked;
    copy->pub.state = marked ? MG_COPY_MARKED : MG_COPY_HELD;
    mg_act_prove(act, copy, evidence);
    mg_act_move(act, copy->owner,
                marked       ? MG_EVENT_MARKED
                : was_marked ? MG_EVENT_UNMARKED
                             : MG_EVENT_STORED,
                copy, NULL, evidence);
    for (guint i = 0; i < sources->len; i++) {
        Copy *source = sources->pdata[i];
        if (!mg_copy_there(source))
            mg_act_move(act, source->owner, MG_EVENT_REMOVED, source, NULL, MG_EVIDENCE_IMPLIED);
    }
    mg_either_settle(act, doubt, TRUE);
}

void mg_act_doubt(Act *act, Entry *entry)
{
    Copy *copy = mg_entry_copy(entry);
    if (copy == NULL || !mg_copy_there(copy) || copy->pub.doubt != 0)
        return;
    copy->pub.doubt = mg_ledger_doubt(act->ledger);
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
}

void mg_act_mark(Act *act, Entry *entry, gboolean marked, MgEvidence evidence)
{
    Copy *copy = mg_entry_copy(entry);
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
        if (contents == MG_CONTENTS_FULL && copy->pub.contents != MG_CONTENTS_FULL)
            copy->whole_by = act->effect->exchange;
        copy->pub.contents = contents;
        copy->pub.doubt = 0;
        mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    }
    MgEvent event = contents == MG_CONTENTS_FULL      ? MG_EVENT_DOWNLOADED
                    : contents == MG_CONTENTS_HEADERS ? MG_EVENT_HEADERS_READ
                                                      : MG_EVENT_PART_READ;
    mg_act_move(act, message, event, copy, NULL, MG_EVIDENCE_SEEN);
}
