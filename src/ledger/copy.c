/* IMAP COPY and MOVE: new copies inside the server (location-rules.md section 7.1, I8, I9, I20).
 *
 * COPYUID names source and destination one by one; a MOVE's EXPUNGE or VANISHED lines say which
 * sources have gone.  Either may come first.
 */
#include "ledger.h"

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
void mg_mirror_moved(Act *act, Entry *entry, MgEvidence evidence)
{
    Copy *copy = destination_of(act, entry, NULL);
    Copy *source = mg_entry_copy(entry);
    entry->bits |= ENTRY_GONE;
    mg_entry_set_deleted(entry, FALSE);
    if (source == copy || source->pub.state == MG_COPY_REMOVED)
        return;
    source->pub.state = MG_COPY_REMOVED;
    source->pub.doubt = 0;
    mg_act_prove(act, source, evidence);
    mg_news_done(act, source, NEWS_GONE, MG_EVENT_MOVED, TRUE);
    mg_news_done(act, copy, NEWS_CAME, MG_EVENT_MOVED, TRUE);
    /* Both ends are told: the place it left, then the place it is in. */
    mg_act_move(act, copy->owner, MG_EVENT_MOVED, source, NULL, evidence);
    mg_act_move(act, copy->owner, MG_EVENT_MOVED, copy, NULL, evidence);
}

/* This target is the message with that UID. */
static void name_target(Act *act, guint index, guint number, guint32 uid)
{
    Step *step = act->step;
    Session *session = act->session;
    Entry *entry = step->targets->pdata[index];
    Folder *folder = mg_view_folder(session->view);
    Entry *known = mg_entry_by_uid(folder, uid, TRUE);
    if (known == NULL || known == entry)
        return;
    Copy *made = step->destination != NULL ? g_hash_table_lookup(step->destination, entry) : NULL;
    if (made != NULL)
        g_hash_table_insert(step->destination, mg_entry_ref(known), made);
    known->target = step->id;
    step->targets->pdata[index] = mg_entry_ref(known);
    if (number != 0)
        mg_view_entry(session, number, uid, act);
    else
        mg_act_fold(act, entry, known, MG_IDENTIFIED_UID);
    mg_entry_unref(entry);
}

/* Numbers whose UIDs were not known: COPYUID names them, both in rising order. */
static void name_targets(Act *act, const GArray *from)
{
    const GPtrArray *targets = mg_step_targets(act);
    const View *view = act->session->view;
    if (act->step->guessed || act->step->uids != NULL || targets->len == 0 ||
        mg_set_count(from) != targets->len ||
        !mg_act_afford(act, (guint64)targets->len + mg_view_count(view)))
        return;
    g_autoptr(GArray) sorted = g_array_copy((GArray *)from);
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(guint32));
    mg_set_sort(sorted);
    for (guint i = 0; i < sorted->len; i++) {
        const Range *range = &g_array_index(sorted, Range, i);
        for (guint64 value = range->first; value <= range->last; value++) {
            guint32 uid = (guint32)value;
            g_array_append_val(uids, uid);
        }
    }
    if (uids->len != targets->len)
        return;
    /* One that is known already must agree, or the pairs would be wrong. */
    g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < targets->len; i++) {
        const Entry *entry = targets->pdata[i];
        if (entry->uid != 0 && entry->uid != g_array_index(uids, guint32, i))
            return;
        if (entry->uid == 0)
            g_hash_table_insert(numbers, targets->pdata[i], NULL);
    }
    if (g_hash_table_size(numbers) == 0)
        return;
    for (guint number = 1; number <= mg_view_count(view); number++) {
        Entry *entry = mg_view_get(view, number);
        if (entry != NULL && g_hash_table_contains(numbers, entry))
            g_hash_table_insert(numbers, entry, GUINT_TO_POINTER(number));
    }
    for (guint i = 0; i < targets->len; i++) {
        gpointer number;
        if (g_hash_table_lookup_extended(numbers, targets->pdata[i], NULL, &number))
            name_target(act, i, GPOINTER_TO_UINT(number), g_array_index(uids, guint32, i));
    }
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
    name_targets(act, from);
    /* It names what was guessed. */
    if (step->guessed)
        g_clear_pointer(&step->targets, g_ptr_array_unref);
    step->guessed = FALSE;
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
            mg_step_target(step, entry);
            mg_act_touch(act, entry);
            Copy *copy = destination_of(act, entry, place);
            if (mg_step_is(step, "move"))
                continue;
            mg_news_done(act, copy, NEWS_CAME, MG_EVENT_COPIED, TRUE);
            mg_act_move(act, copy->owner, MG_EVENT_COPIED, copy, NULL, MG_EVIDENCE_SEEN);
        }
    }
}

void mg_copy_doubt(Act *act, Entry *entry, gboolean move)
{
    mg_act_touch(act, entry);
    Copy *source = mg_entry_copy(entry);
    gboolean known =
        act->step->destination != NULL && g_hash_table_contains(act->step->destination, entry);
    Copy *copy = destination_of(act, entry, NULL);
    guint doubt = mg_ledger_doubt(act->ledger);
    if (!known && mg_copy_there(copy)) {
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
        Copy *source = mg_entry_copy(entry);
        gboolean done =
            step->destination != NULL && g_hash_table_contains(step->destination, entry);
        gboolean gone = source != NULL && !mg_copy_there(source);
        if (outcome == MG_OUTCOME_OK && mg_step_stopped(act, targets, i))
            continue;
        if (outcome == MG_OUTCOME_UNANSWERED || step->guessed) {
            if (!gone && (move || !done))
                mg_copy_doubt(act, entry, move);
        } else if (move && !gone && (done || step->uids == NULL)) {
            /* No line told of it: the tagged OK does. */
            mg_act_touch(act, entry);
            mg_mirror_moved(act, entry, MG_EVIDENCE_IMPLIED);
        } else if (!move && !done) {
            mg_act_touch(act, entry);
            Copy *copy = destination_of(act, entry, NULL);
            copy->pub.evidence = MG_EVIDENCE_IMPLIED;
            mg_news_done(act, copy, NEWS_CAME, MG_EVENT_COPIED, TRUE);
            mg_act_move(act, copy->owner, MG_EVENT_COPIED, copy, NULL, MG_EVIDENCE_IMPLIED);
        }
    }
}

void mg_ledger_copy(Act *act)
{
    if (act->effect->kind == MG_EFFECT_COPYUID)
        on_copyuid(act);
    else
        on_copied(act, act->effect->kind == MG_EFFECT_MOVE_DONE);
}
