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

void mg_step_target(Step *step, Entry *entry)
{
    if (entry == NULL || (entry->target == step->id && step->id != 0))
        return;
    entry->target = step->id;
    g_ptr_array_add(step->targets, mg_entry_ref(entry));
}

/* A message of which nothing else is known costs more than its place on the wire. */
static gboolean may_touch(Act *act, const Entry *entry)
{
    return mg_entry_touched(entry) || mg_act_afford(act, MG_LIMIT_WORK_PER_LINE / 4);
}

static void on_address(Act *act)
{
    const MgEffect *effect = act->effect;
    Step *step = act->step;
    Session *session = act->session;
    g_free(step->folder);
    step->folder = g_strdup(effect->folder);
    g_clear_pointer(&step->targets, g_ptr_array_unref);
    g_clear_pointer(&step->uids, g_array_unref);
    step->targets = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    step->lazy = effect->set != NULL && strcmp(effect->set, "$") == 0;
    step->guessed = FALSE;
    gboolean fetch = mg_step_is(step, "fetch");
    step->reads = fetch && mg_flags_have(effect->flags, "\\Seen");
    step->asks_flags = effect->count > 0;
    if (fetch)
        mg_fetch_asks(step, effect->text);
    /* What FETCH brings says itself which message it is of, unless it is in a hole. */
    if (step->lazy || (fetch && !step->wants_all && !step->wants_text))
        return;
    View *view = mg_session_view(session);
    Folder *folder = mg_view_folder(view);
    guint count = mg_view_count(view);
    if (effect->flag) {
        guint32 top = mg_view_infer_uid(view, count);
        step->uids = mg_set_parse(effect->set, top);
        if (step->uids == NULL)
            return;
        mg_set_sort(step->uids);
        /* A UID that was never seen may not exist: only what is known is addressed. */
        g_autoptr(GPtrArray) entries = mg_folder_entries_in(act, folder, step->uids);
        for (guint i = 0; i < entries->len; i++) {
            Entry *entry = entries->pdata[i];
            if (entry->bits & ENTRY_GONE)
                continue;
            if (fetch ? mg_entry_touched(entry) : may_touch(act, entry))
                mg_step_target(step, entry);
        }
        return;
    }
    g_autoptr(GArray) ranges = mg_set_parse(effect->set, count);
    if (ranges == NULL)
        return;
    mg_set_sort(ranges);
    if (!mg_act_afford(act, MIN(mg_set_count(ranges), (guint64)count)))
        return;
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        for (guint number = range->first; number <= MIN(range->last, count); number++) {
            if (step->targets->len >= MG_LIMIT_ADDRESSED) {
                mg_act_limit(act, "limit-addressed", mg_set_count(ranges));
                return;
            }
            gboolean sure = mg_view_sure(view, number);
            if (fetch || !sure) {
                /* Only what is known. */
                Entry *known = mg_view_get(view, number);
                step->guessed |= !sure;
                if (known != NULL && mg_entry_touched(known))
                    mg_step_target(step, known);
                continue;
            }
            Entry *entry = mg_number_entry(session, number);
            if (entry == NULL || !may_touch(act, entry))
                return;
            mg_step_target(step, entry);
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
                mg_step_target(step, saved->pdata[i]);
    }
    return step->targets;
}

gboolean mg_step_stopped(const Act *act, const GPtrArray *targets, guint index)
{
    const MgEffect *effect = act->effect;
    const Entry *entry = targets->pdata[index];
    if (effect->uid == 0 && effect->count == 0)
        return FALSE;
    if (entry->uid != 0 && effect->uid != 0)
        return entry->uid < effect->uid;
    /* They are in rising order, and it began with the highest. */
    return effect->count != 0 && targets->len - index > effect->count;
}

/* ---- STORE ---- */

/* [MODIFIED set] names those that were left alone (RFC 7162 section 3.1.3), by UID or number as
 * the command did. */
static GHashTable *modified_entries(Act *act)
{
    GHashTable *entries = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) set = mg_set_parse(act->effect->set, 0);
    if (set == NULL)
        return entries;
    mg_set_sort(set);
    const GPtrArray *targets = act->step->targets;
    for (guint i = 0; act->step->uids != NULL && targets != NULL && i < targets->len; i++)
        if (mg_set_contains(set, ((Entry *)targets->pdata[i])->uid))
            g_hash_table_add(entries, targets->pdata[i]);
    guint64 left = MG_LIMIT_ADDRESSED;
    for (guint i = 0; act->step->uids == NULL && i < set->len; i++) {
        const Range *range = &g_array_index(set, Range, i);
        for (guint64 number = range->first; number <= range->last && left > 0; number++, left--)
            g_hash_table_add(entries, mg_view_get(act->session->view, (guint)number));
    }
    return entries;
}

static void apply_flags(Act *act, Copy *copy, MgFlagsMode mode, const char *const *flags)
{
    g_autoptr(GPtrArray) before = g_steal_pointer(&copy->pub.flags);
    if (mode == MG_FLAGS_REPLACE) {
        mg_set_flags(copy, flags);
    } else if (before != NULL) {
        copy->pub.flags = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < before->len; i++)
            if (!mg_flags_have(flags, before->pdata[i]))
                g_ptr_array_add(copy->pub.flags, g_strdup(before->pdata[i]));
        for (guint i = 0; mode == MG_FLAGS_ADD && flags[i] != NULL; i++)
            g_ptr_array_add(copy->pub.flags, g_strdup(flags[i]));
    }
    /* Not known before: an addition says nothing of the others. */
    if (before != NULL && mg_flags_differ(before, copy->pub.flags))
        mg_news_done(act, copy, NEWS_FLAGS, MG_EVENT_FLAGGED, TRUE);
}

static void store_one(Act *act, Entry *entry, gboolean touches, gboolean marks)
{
    const MgEffect *effect = act->effect;
    gboolean was = entry->bits & ENTRY_DELETED;
    if (effect->outcome == MG_OUTCOME_UNANSWERED || act->step->guessed) {
        if (!touches || was == marks)
            return;
        Copy *copy = (mg_act_touch(act, entry), mg_entry_copy(entry));
        if (copy->mark_doubt)
            return;
        copy->mark_doubt = TRUE;
        mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
        mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
        return;
    }
    touches = touches && (marks || was || mg_entry_touched(entry));
    if (touches)
        mg_act_touch(act, entry);
    Copy *copy = mg_entry_copy(entry);
    if (copy == NULL)
        return;
    /* A FETCH line of this command has told already what came of it. */
    const gboolean told = act->step->id != 0 && copy->told_flags == act->step->id;
    const gboolean other = !told && mg_copy_there(copy);
    if (other && effect->flags != NULL)
        apply_flags(act, copy, effect->mode, effect->flags);
    if (touches) {
        const gboolean known = entry->bits & ENTRY_FLAGS;
        if (marks != was || !known)
            mg_news_done(act, copy, NEWS_MARK, marks ? MG_EVENT_MARKED : MG_EVENT_UNMARKED, known);
        mg_entry_set_deleted(entry, marks);
        if (marks || !copy->pop_marked)
            mg_act_mark(act, entry, marks, MG_EVIDENCE_IMPLIED);
    }
    if (other && !g_hash_table_contains(act->step->before_of, copy->owner))
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
    GPtrArray *targets = mg_step_targets(act);
    g_autoptr(GHashTable) modified = modified_entries(act);
    for (guint i = 0; i < targets->len; i++)
        if (!g_hash_table_contains(modified, targets->pdata[i]) &&
            !mg_step_stopped(act, targets, i))
            store_one(act, targets->pdata[i], touches, marks);
}

/* ---- EXPUNGE: its lines have acted; only a missing end is left ---- */

/* After a hole the numbers in its lines tell nothing; their count does. */
static gboolean lines_are_lost(const Act *act)
{
    return act->effect->outcome == MG_OUTCOME_OK &&
           (act->effect->flag || act->step->unknown_gone > 0);
}

/* Whether its own line would have told: its number is certain. */
static gboolean has_number(const Act *act, const Entry *entry)
{
    return act->effect->outcome == MG_OUTCOME_OK && !act->effect->flag &&
           entry->view == mg_view_id(act->session->view);
}

/* UID EXPUNGE of one message, and one line came: it is that message's, whatever its number.
 * Somebody who was not seen has marked it. */
static void settle_named(Act *act)
{
    const Step *step = act->step;
    guint32 uid = mg_set_only(step->uids);
    if (act->effect->outcome != MG_OUTCOME_OK || act->effect->flag || uid == 0 ||
        step->expunged != 1 || step->unknown_gone != 1 || !step->may_be_named)
        return;
    Entry *entry = mg_entry_by_uid(mg_view_folder(act->session->view), uid, FALSE);
    if (entry == NULL || (entry->bits & ENTRY_GONE) || has_number(act, entry))
        return;
    mg_entry_ref(entry);
    mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
    mg_entry_unref(entry);
}

static void on_expunge(Act *act)
{
    Session *session = act->session;
    MgOutcome outcome = act->effect->outcome;
    if (session->read_only || session->view == NULL ||
        (outcome != MG_OUTCOME_UNANSWERED && !lines_are_lost(act)))
        return;
    settle_named(act);
    Folder *folder = mg_view_folder(session->view);
    g_autoptr(GArray) set = mg_set_parse(act->effect->set, G_MAXUINT32);
    if (set != NULL)
        mg_set_sort(set);
    g_autoptr(GPtrArray) marked = mg_folder_marked(folder);
    guint concerned = 0;
    for (guint i = 0; i < marked->len; i++)
        concerned += !has_number(act, marked->pdata[i]) &&
                     (set == NULL || mg_set_contains(set, ((Entry *)marked->pdata[i])->uid));
    gboolean all =
        outcome == MG_OUTCOME_OK && (act->effect->flag || act->step->unknown_gone >= concerned);
    for (guint i = 0; i < marked->len; i++) {
        Entry *entry = marked->pdata[i];
        if (has_number(act, entry) || (set != NULL && !mg_set_contains(set, entry->uid)))
            continue;
        if (all)
            mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
        else
            mg_act_doubt(act, entry);
    }
}

/* ---- APPEND ---- */

static void on_append(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    MgLedger *ledger = act->ledger;
    const MgContent *content = effect->content;
    gboolean full = content != NULL && content->complete && content->missing == 0;
    MgIdentified by = MG_IDENTIFIED_NONE;
    Message *message = content != NULL ? mg_identify(ledger, content, full, 0, NULL, &by) : NULL;
    if (message == NULL && (content == NULL || content->octets == 0) &&
        effect->outcome != MG_OUTCOME_OK)
        return; /* the literal was refused: nothing is known of what would have come */
    const gboolean known = message != NULL;
    if (known && message->pub.identified_by == MG_IDENTIFIED_NONE)
        message->pub.identified_by = by;
    if (message == NULL)
        message = mg_message_add(ledger);
    mg_message_learn(ledger, message, content, full);
    ledger->text_message = message->pub.number;
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
    gboolean whole = content == NULL || full || effect->flag, too_late = effect->count > 0;
    gboolean sent = effect->outcome == MG_OUTCOME_OK ||
                    (effect->outcome == MG_OUTCOME_UNANSWERED && whole && !too_late);
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
    Copy *copy = mg_entry_copy(entry);
    if (copy == NULL) {
        copy = mg_message_copy(message, MG_PLACE_MAILBOX, account->host, account->name);
        copy->pub.identified_by = known ? by : MG_IDENTIFIED_NONE;
        mg_entry_bind(entry, copy);
    } else if (copy->owner != message) {
        /* Another session had already met it. */
        message = mg_message_merge(ledger, message, copy->owner, MG_IDENTIFIED_UID);
        copy = mg_copy_alive(copy);
        composed = mg_copy_alive(composed);
    }
    copy->own = TRUE;
    copy->sent = mg_folder_is_sent(folder);
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
        mg_news_done(act, copy, NEWS_CAME, MG_EVENT_STORED, TRUE);
        mg_act_move(act, message, MG_EVENT_STORED, copy, NULL, MG_EVIDENCE_SEEN);
        return;
    }
    copy->pub.doubt = mg_ledger_doubt(ledger);
    if (composed != NULL && mg_copy_there(composed) && composed->pub.doubt == 0)
        composed->pub.doubt = copy->pub.doubt;
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, message, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
    GPtrArray *targets = mg_step_is(act->step, "replace") ? mg_step_targets(act) : NULL;
    for (guint i = 0; targets != NULL && i < targets->len; i++) {
        mg_act_doubt(act, targets->pdata[i]);
        if (targets->len == 1 && mg_entry_copy(targets->pdata[i]) != NULL)
            mg_either_link(ledger, copy, mg_entry_copy(targets->pdata[i]));
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
    case MG_EFFECT_EXPUNGE_DONE:
        on_expunge(act);
        break;
    default:
        on_append(act);
        break;
    }
}

/* SEARCH with SAVE: its result is what `$` means from here on (RFC 9051 section 6.4.4). */
void mg_mirror_exchange(Session *session, Step *step, const MgExchange *exchange)
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
