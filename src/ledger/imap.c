/* IMAP: commands that mark, copy, move, store and remove (location-rules.md section 7.1). */
#include "ledger.h"

#include <string.h>

/* "imap.uid-store-deleted" is a store. */
gboolean mg_step_is(const Step *step, const char *command)
{
    const char *key = step->key;
    if (key == NULL)
        return FALSE;
    if (g_str_has_prefix(key, "imap."))
        key += 5;
    if (g_str_has_prefix(key, "uid-"))
        key += 4;
    return g_str_has_prefix(key, command);
}

static void add_target(Step *step, Entry *entry)
{
    if (entry == NULL || (entry->target == step->id && step->id != 0))
        return;
    entry->target = step->id;
    g_ptr_array_add(step->targets, mg_entry_ref(entry));
}

static void on_address(Act *act)
{
    const MgEffect *effect = act->effect;
    Step *step = act->step;
    Session *session = act->session;
    step->key = g_intern_string(effect->key);
    g_free(step->folder);
    step->folder = g_strdup(effect->folder);
    g_clear_pointer(&step->targets, g_ptr_array_unref);
    g_clear_pointer(&step->uids, g_array_unref);
    step->targets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    step->lazy = effect->set != NULL && strcmp(effect->set, "$") == 0;
    /* What FETCH brings says itself which message it is of. */
    if (step->lazy || mg_step_is(step, "fetch"))
        return;
    View *view = mg_session_view(session);
    Folder *folder = mg_view_folder(view);
    guint count = mg_view_count(view);
    if (effect->flag) {
        guint32 top = mg_view_infer_uid(view, count, folder->uidnext);
        step->uids = mg_set_parse(effect->set, top);
        if (step->uids == NULL)
            return;
        /* A UID that was never seen may not exist: only what is known is addressed. */
        g_autoptr(GPtrArray) entries = mg_folder_entries_in(folder, step->uids);
        for (guint i = 0; i < entries->len; i++) {
            Entry *entry = entries->pdata[i];
            if (!(entry->bits & ENTRY_GONE))
                add_target(step, entry);
        }
        return;
    }
    g_autoptr(GArray) ranges = mg_set_parse(effect->set, count);
    for (guint i = 0; ranges != NULL && i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        for (guint number = range->first; number <= MIN(range->last, count); number++) {
            if (step->targets->len >= MG_LIMIT_ADDRESSED) {
                mg_act_limit(act, "limit-addressed", mg_set_count(ranges));
                return;
            }
            add_target(step, mg_number_entry(session, number));
        }
    }
}

GPtrArray *mg_step_targets(Act *act)
{
    Step *step = act->step;
    if (step->targets == NULL)
        step->targets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    if (step->lazy) {
        step->lazy = FALSE;
        GPtrArray *saved = act->session->saved;
        for (guint i = 0; saved != NULL && i < saved->len; i++)
            if (!(((Entry *)saved->pdata[i])->bits & ENTRY_GONE))
                add_target(step, saved->pdata[i]);
    }
    return step->targets;
}

/* ---- STORE ---- */

static gboolean is_modified(Act *act, const GArray *modified, const Entry *entry)
{
    if (modified == NULL)
        return FALSE;
    if (act->step->uids != NULL)
        return mg_set_contains(modified, entry->uid);
    for (guint i = 0; i < modified->len; i++) {
        const Range *range = &g_array_index(modified, Range, i);
        guint last = MIN(range->last, mg_view_count(act->session->view));
        for (guint number = range->first; number <= last; number++)
            if (mg_view_get(act->session->view, number) == entry)
                return TRUE;
    }
    return FALSE;
}

static void apply_flags(Copy *copy, MgFlagsMode mode, const char *const *flags)
{
    if (mode == MG_FLAGS_REPLACE) {
        mg_set_flags(copy, flags);
        return;
    }
    if (copy->pub.flags == NULL)
        return; /* not known before: not known now */
    for (guint i = 0; flags[i] != NULL; i++) {
        for (guint k = copy->pub.flags->len; k > 0; k--)
            if (g_ascii_strcasecmp(copy->pub.flags->pdata[k - 1], flags[i]) == 0)
                g_ptr_array_remove_index(copy->pub.flags, k - 1);
        if (mode == MG_FLAGS_ADD)
            g_ptr_array_add(copy->pub.flags, g_strdup(flags[i]));
    }
}

static gboolean has_moved(const Act *act, const Message *message)
{
    for (guint i = 0; i < act->step->movements->len; i++)
        if (((MgMovement *)act->step->movements->pdata[i])->message == message->pub.number)
            return TRUE;
    return FALSE;
}

static void store_one(Act *act, Entry *entry, gboolean touches, gboolean marks)
{
    const MgEffect *effect = act->effect;
    gboolean was = entry->bits & ENTRY_DELETED;
    if (effect->outcome == MG_OUTCOME_UNANSWERED) {
        if (!touches || was == marks)
            return;
        Copy *copy = mg_copy_alive((mg_act_touch(act, entry), entry->copy));
        copy->mark_doubt = TRUE;
        mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
        mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
        return;
    }
    if (touches && (marks || was || entry->copy != NULL)) {
        mg_act_touch(act, entry);
        mg_entry_set_deleted(entry, marks);
        if (marks || !(entry->bits & ENTRY_POP_MARK))
            mg_act_mark(act, entry, marks, MG_EVIDENCE_IMPLIED);
    }
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL || !mg_copy_there(copy) || has_moved(act, copy->owner))
        return;
    if (effect->flags != NULL)
        apply_flags(copy, effect->mode, effect->flags);
    mg_act_move(act, copy->owner, MG_EVENT_FLAGGED, copy, NULL, MG_EVIDENCE_IMPLIED);
}

static void on_store(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    if ((effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED) ||
        session->read_only || session->view == NULL)
        return;
    gboolean named = mg_flags_have(effect->flags, "\\Deleted");
    gboolean touches = (named || effect->mode == MG_FLAGS_REPLACE) && session->deleted_permanent;
    gboolean marks = named && effect->mode != MG_FLAGS_REMOVE;
    g_autoptr(GArray) modified = mg_set_parse(effect->set, 0);
    GPtrArray *targets = mg_step_targets(act);
    for (guint i = 0; i < targets->len; i++)
        if (!is_modified(act, modified, targets->pdata[i]))
            store_one(act, targets->pdata[i], touches, marks);
}

/* ---- COPY and MOVE ---- */

static Copy *destination_of(Act *act, Entry *source, Entry *place)
{
    Step *step = act->step;
    if (step->destination == NULL)
        step->destination = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)mg_entry_unref, NULL);
    Copy *copy = mg_copy_alive(g_hash_table_lookup(step->destination, source));
    if (copy != NULL) {
        if (place != NULL && copy->entry != place)
            mg_act_fold(act, copy->entry, place, MG_IDENTIFIED_COPYUID);
        return mg_copy_alive(copy);
    }
    Folder *folder = mg_folder_get(act->ledger, mg_session_account(act->session), step->folder);
    Entry *entry = place != NULL ? mg_entry_ref(place) : mg_entry_new(folder);
    copy = mg_act_copy_to(act, source, entry);
    mg_entry_unref(entry);
    g_hash_table_insert(step->destination, mg_entry_ref(source), copy);
    return copy;
}

/* Out of one folder, into another. */
void mg_imap_moved(Act *act, Entry *entry, MgEvidence evidence)
{
    Copy *copy = destination_of(act, entry, NULL);
    Copy *source = mg_copy_alive(entry->copy);
    entry->bits |= ENTRY_GONE;
    mg_entry_set_deleted(entry, FALSE);
    if (source == copy || source->pub.state == MG_COPY_REMOVED)
        return;
    source->pub.state = MG_COPY_REMOVED;
    source->pub.doubt = 0;
    mg_act_prove(act, source, evidence);
    mg_act_move(act, copy->owner, MG_EVENT_MOVED, copy, NULL, evidence);
}

static void on_copyuid(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    Step *step = act->step;
    if (session->view == NULL)
        return;
    g_autoptr(GArray) from = mg_set_parse(effect->set, 0), to = mg_set_parse(effect->name, 0);
    if (from == NULL || to == NULL || mg_set_count(from) != mg_set_count(to))
        return;
    Folder *source = mg_view_folder(session->view);
    Folder *folder = mg_folder_get(act->ledger, mg_session_account(session), step->folder);
    if (folder->uidvalidity != effect->uidvalidity && folder->uidvalidity != 0)
        mg_folder_forget_uids(folder);
    folder->uidvalidity = effect->uidvalidity;
    guint pairs = 0, k = 0;
    guint64 next = to->len > 0 ? g_array_index(to, Range, 0).first : 0;
    for (guint i = 0; i < from->len; i++) {
        const Range *range = &g_array_index(from, Range, i);
        for (guint64 uid = range->first; uid <= range->last; uid++) {
            if (pairs++ >= MG_LIMIT_ADDRESSED) {
                mg_act_limit(act, "limit-addressed", mg_set_count(from));
                return;
            }
            if (next > g_array_index(to, Range, k).last)
                next = g_array_index(to, Range, ++k).first;
            Entry *entry = mg_entry_by_uid(source, (guint32)uid, TRUE);
            Entry *place = mg_entry_by_uid(folder, (guint32)next++, TRUE);
            if (entry == NULL || place == NULL || entry == place)
                continue;
            if (step->targets == NULL)
                step->targets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
            add_target(step, entry);
            mg_act_touch(act, entry);
            Copy *copy = destination_of(act, entry, place);
            if (!mg_step_is(step, "move"))
                mg_act_move(act, copy->owner, MG_EVENT_COPIED, copy, NULL, MG_EVIDENCE_SEEN);
        }
    }
}

static void copy_in_doubt(Act *act, Entry *entry, gboolean move)
{
    mg_act_touch(act, entry);
    Copy *source = mg_copy_alive(entry->copy);
    gboolean known =
        act->step->destination != NULL && g_hash_table_contains(act->step->destination, entry);
    Copy *copy = destination_of(act, entry, NULL);
    guint doubt = mg_ledger_doubt(act->ledger);
    if (!known) {
        copy->pub.doubt = doubt;
        mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    }
    if (move && mg_copy_there(source) && source->pub.doubt == 0) {
        source->pub.doubt = doubt;
        mg_act_prove(act, source, MG_EVIDENCE_IMPLIED);
    }
    mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
}

static void on_copied(Act *act, gboolean move)
{
    MgOutcome outcome = act->effect->outcome;
    Step *step = act->step;
    if (act->session->view == NULL)
        return;
    if (step->folder == NULL)
        step->folder = g_strdup(act->effect->folder);
    if (outcome != MG_OUTCOME_OK && outcome != MG_OUTCOME_UNANSWERED)
        return;
    GPtrArray *targets = mg_step_targets(act);
    for (guint i = 0; i < targets->len; i++) {
        Entry *entry = targets->pdata[i];
        Copy *source = mg_copy_alive(entry->copy);
        gboolean done =
            step->destination != NULL && g_hash_table_contains(step->destination, entry);
        gboolean gone = source != NULL && !mg_copy_there(source);
        if (outcome == MG_OUTCOME_UNANSWERED) {
            if (!gone && (move || !done))
                copy_in_doubt(act, entry, move);
        } else if (move && !gone && (done || step->uids == NULL)) {
            /* No line told of it: the tagged OK does. */
            mg_act_touch(act, entry);
            mg_imap_moved(act, entry, MG_EVIDENCE_IMPLIED);
        } else if (!move && !done) {
            mg_act_touch(act, entry);
            Copy *copy = destination_of(act, entry, NULL);
            copy->pub.evidence = MG_EVIDENCE_IMPLIED;
            mg_act_move(act, copy->owner, MG_EVENT_COPIED, copy, NULL, MG_EVIDENCE_IMPLIED);
        }
    }
}

/* ---- EXPUNGE: its lines have acted; only a missing end is left ---- */

static void on_expunge(Act *act)
{
    Session *session = act->session;
    if (act->effect->outcome != MG_OUTCOME_UNANSWERED || session->read_only ||
        session->view == NULL)
        return;
    Folder *folder = mg_view_folder(session->view);
    g_autoptr(GArray) set = mg_set_parse(act->effect->set, G_MAXUINT32);
    g_autoptr(GPtrArray) marked = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, folder->marked);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (set == NULL || mg_set_contains(set, ((Entry *)key)->uid))
            g_ptr_array_add(marked, mg_entry_ref(key));
    for (guint i = 0; i < marked->len; i++)
        mg_act_doubt(act, marked->pdata[i]);
}

/* ---- APPEND ---- */

static void on_append(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    MgLedger *ledger = act->ledger;
    const MgContent *content = effect->content;
    gboolean full = content != NULL && content->complete && content->missing == 0;
    MgIdentified by;
    Message *message = content != NULL ? mg_identify(ledger, content, full, 0, NULL, &by) : NULL;
    if (message == NULL && (content == NULL || content->octets == 0) &&
        effect->outcome != MG_OUTCOME_OK)
        return; /* the literal was refused: nothing is known of what would have come */
    if (message != NULL && message->pub.identified_by == MG_IDENTIFIED_NONE)
        message->pub.identified_by = by;
    if (message == NULL)
        message = mg_message_add(ledger);
    mg_message_learn(ledger, message, content, full);
    Copy *composed = NULL;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.composed && mg_address_equal(&copy->pub.host, &session->client->address))
            composed = copy;
    }
    Account *account = mg_session_account(session);
    if (composed == NULL && content != NULL &&
        mg_copy_find(message, MG_PLACE_DEVICE, &session->client->address, account->name) == NULL) {
        composed = mg_message_copy(message, MG_PLACE_DEVICE, session->client, account->name);
        composed->pub.composed = TRUE;
        mg_act_prove(act, composed, MG_EVIDENCE_IMPLIED);
    }
    gboolean deleted = mg_flags_have(effect->flags, "\\Deleted");
    gboolean sent = effect->outcome == MG_OUTCOME_OK ||
                    (effect->outcome == MG_OUTCOME_UNANSWERED && (content == NULL || full));
    if (!sent) {
        /* Nothing was stored: the device keeps it. */
        mg_act_move(act, message,
                    effect->outcome == MG_OUTCOME_UNANSWERED ? MG_EVENT_COMPOSED : MG_EVENT_REFUSED,
                    composed, NULL, MG_EVIDENCE_IMPLIED);
        return;
    }
    Folder *folder = mg_folder_get(ledger, account, effect->folder);
    if (effect->uidvalidity != 0) {
        if (folder->uidvalidity != 0 && folder->uidvalidity != effect->uidvalidity)
            mg_folder_forget_uids(folder);
        folder->uidvalidity = effect->uidvalidity;
    }
    Entry *entry =
        effect->uid != 0 ? mg_entry_by_uid(folder, effect->uid, TRUE) : mg_entry_new(folder);
    if (entry == NULL)
        return;
    g_autoptr(GPtrArray) hold = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    g_ptr_array_add(hold, effect->uid != 0 ? mg_entry_ref(entry) : entry);
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL) {
        copy = mg_message_copy(message, MG_PLACE_MAILBOX, account->host, account->name);
        mg_entry_bind(entry, copy);
    } else if (copy->owner != message) {
        /* Another session had already met it. */
        message = mg_message_merge(ledger, message, copy->owner, MG_IDENTIFIED_UID);
        copy = mg_copy_alive(copy);
        composed = mg_copy_alive(composed);
    }
    copy->own = TRUE;
    if (effect->flags != NULL)
        mg_set_flags(copy, effect->flags);
    mg_entry_set_deleted(entry, deleted);
    copy->pub.state = deleted ? MG_COPY_MARKED : MG_COPY_HELD;
    if (content != NULL)
        entry->size = content->octets;
    if (effect->outcome == MG_OUTCOME_OK) {
        if (composed != NULL && mg_copy_there(composed)) {
            composed->pub.state = MG_COPY_REMOVED;
            composed->pub.doubt = 0;
            mg_act_prove(act, composed, MG_EVIDENCE_ASSUMED);
        }
        mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
        mg_act_move(act, message, MG_EVENT_STORED, copy, NULL, MG_EVIDENCE_SEEN);
        return;
    }
    copy->pub.doubt = mg_ledger_doubt(ledger);
    if (composed != NULL && mg_copy_there(composed) && composed->pub.doubt == 0)
        composed->pub.doubt = copy->pub.doubt;
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, message, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
    GPtrArray *targets = mg_step_is(act->step, "replace") ? mg_step_targets(act) : NULL;
    for (guint i = 0; targets != NULL && i < targets->len; i++)
        mg_act_doubt(act, targets->pdata[i]);
}

/* ---- Folders ---- */

static GPtrArray *touched_of(Folder *folder)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, folder->touched);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(entries, mg_entry_ref(key));
    return entries;
}

static void on_folder_delete(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    Folder *folder =
        effect->folder != NULL ? g_hash_table_lookup(account->folders, effect->folder) : NULL;
    if (folder == NULL ||
        (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED))
        return;
    g_autoptr(GPtrArray) entries = touched_of(folder);
    for (guint i = 0; i < entries->len; i++) {
        if (effect->outcome == MG_OUTCOME_OK)
            mg_act_gone(act, entries->pdata[i], MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
        else
            mg_act_doubt(act, entries->pdata[i]);
    }
    /* A folder made anew under this name has other UIDs. */
    if (effect->outcome == MG_OUTCOME_OK)
        g_hash_table_remove(account->folders, effect->folder);
}

static void rename_copies(Act *act, Folder *folder, const char *name)
{
    g_autoptr(GPtrArray) entries = touched_of(folder);
    for (guint i = 0; i < entries->len; i++) {
        Copy *copy = mg_copy_alive(((Entry *)entries->pdata[i])->copy);
        if (copy == NULL || !mg_copy_there(copy))
            continue;
        g_free(copy->pub.folder);
        copy->pub.folder = g_strdup(name);
        mg_act_move(act, copy->owner, MG_EVENT_MOVED, copy, NULL, MG_EVIDENCE_IMPLIED);
    }
}

static void rename_folder(Act *act, Account *account, const char *from, const char *to)
{
    Folder *folder = g_hash_table_lookup(account->folders, from);
    if (folder == NULL)
        return;
    if (strcmp(from, "INBOX") == 0) {
        /* All messages move; INBOX stays, empty. */
        Folder *other = mg_folder_get(act->ledger, account, to);
        g_autoptr(GPtrArray) entries = touched_of(folder);
        for (guint i = 0; i < entries->len; i++) {
            Entry *entry = entries->pdata[i];
            Copy *copy = mg_copy_alive(entry->copy);
            if (copy == NULL || !mg_copy_there(copy))
                continue;
            Entry *place = mg_entry_new(other);
            g_clear_pointer(&copy->pub.folder, g_free);
            copy->pub.uid = copy->pub.uidvalidity = 0;
            mg_entry_bind(place, copy);
            mg_entry_unref(place);
            entry->copy = NULL;
            entry->bits |= ENTRY_GONE;
            g_hash_table_remove(folder->touched, entry);
            mg_act_move(act, copy->owner, MG_EVENT_MOVED, copy, NULL, MG_EVIDENCE_IMPLIED);
        }
        return;
    }
    g_hash_table_remove(account->folders, from);
    g_hash_table_insert(account->folders, g_strdup(to), folder);
    g_free(folder->name);
    folder->name = g_strdup(to);
    rename_copies(act, folder, to);
}

static void on_folder_rename(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    if (effect->outcome != MG_OUTCOME_OK || effect->folder == NULL || effect->name == NULL)
        return;
    gsize len = strlen(effect->folder);
    g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, account->folders);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const char *name = key;
        if (strcmp(effect->folder, "INBOX") != 0 && len > 0 &&
            strncmp(name, effect->folder, len) == 0 &&
            (account->separator != 0 ? name[len] == account->separator
                                     : name[len] == '/' || name[len] == '.'))
            g_ptr_array_add(children, g_strdup(name));
    }
    rename_folder(act, account, effect->folder, effect->name);
    for (guint i = 0; i < children->len; i++) {
        const char *from = children->pdata[i];
        g_autofree char *to = g_strconcat(effect->name, from + len, NULL);
        rename_folder(act, account, from, to);
    }
}

void mg_ledger_imap(Act *act)
{
    switch (act->effect->kind) {
    case MG_EFFECT_ADDRESS:
        on_address(act);
        break;
    case MG_EFFECT_STORE_DONE:
        on_store(act);
        break;
    case MG_EFFECT_COPYUID:
        on_copyuid(act);
        break;
    case MG_EFFECT_COPY_DONE:
        on_copied(act, FALSE);
        break;
    case MG_EFFECT_MOVE_DONE:
        on_copied(act, TRUE);
        break;
    case MG_EFFECT_EXPUNGE_DONE:
        on_expunge(act);
        break;
    case MG_EFFECT_APPEND:
        on_append(act);
        break;
    case MG_EFFECT_FOLDER_DELETE:
        on_folder_delete(act);
        break;
    default:
        on_folder_rename(act);
        break;
    }
}

/* SEARCH with SAVE: its result is what `$` means from here on (RFC 9051 section 6.4.4). */
void mg_imap_exchange(Session *session, Step *step, const MgExchange *exchange)
{
    if (session->pub->protocol != MG_PROTOCOL_IMAP || strstr(exchange->key, "search") == NULL ||
        exchange->line == NULL)
        return;
    g_autofree char *line = g_ascii_strdown(exchange->line->text->str, -1);
    const char *options = strstr(line, "return (");
    const char *end = options != NULL ? strchr(options, ')') : NULL;
    const char *save = options != NULL ? strstr(options, "save") : NULL;
    if (save == NULL || end == NULL || save > end)
        return;
    if (exchange->outcome == MG_OUTCOME_MALFORMED)
        return;
    g_clear_pointer(&session->saved, g_ptr_array_unref);
    if (exchange->outcome == MG_OUTCOME_OK && step->found)
        session->saved = g_ptr_array_ref(step->found_entries);
    else if (exchange->outcome == MG_OUTCOME_REFUSED)
        session->saved = g_ptr_array_new();
}
