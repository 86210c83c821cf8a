/* IMAP: the numbering of the selected folder and what the server says of it by itself
 * (location-rules.md sections 7.2 and 7.3).
 */
#include "ledger.h"

#include <string.h>

/* Folders of one account whose counts are kept, known by STATUS alone. */
enum { COUNTED = 1000 };

View *mg_session_view(Session *session)
{
    if (session->view == NULL) {
        /* SELECT was not seen: a folder without a name. */
        MgLedger *ledger = session->ledger;
        session->view = mg_view_new(mg_folder_get(ledger, mg_session_account(session), NULL),
                                    ++ledger->views, session->pub->start.time);
    }
    return session->view;
}

static void close_view(Session *session)
{
    g_clear_pointer(&session->view, mg_view_free);
    g_clear_pointer(&session->saved, g_ptr_array_unref);
    session->read_only = FALSE;
    session->deleted_permanent = TRUE;
}

Entry *mg_number_entry(Session *session, guint number)
{
    View *view = mg_session_view(session);
    if (number == 0 || number > MG_LIMIT_MIRROR)
        return NULL;
    mg_view_grow(view, number);
    Entry *entry = mg_view_get(view, number);
    Folder *folder = mg_view_folder(view);
    if (entry == NULL) {
        guint32 uid = mg_view_infer_uid(view, number);
        Entry *known = uid != 0 ? mg_entry_by_uid(folder, uid, TRUE) : NULL;
        entry = known != NULL ? mg_entry_ref(known) : mg_entry_new_bare(folder);
        if (entry == NULL)
            return NULL;
        entry->view = mg_view_id(view);
        mg_view_set(view, number, entry);
        mg_entry_unref(entry);
    }
    if (mg_view_sure(view, number))
        entry->view = mg_view_id(view);
    return entry;
}

/* The entry that a FETCH response speaks of. */
Entry *mg_view_entry(Session *session, guint number, guint32 uid, Act *act)
{
    View *view = mg_session_view(session);
    Folder *folder = mg_view_folder(view);
    if (uid == 0)
        return mg_number_entry(session, number);
    Entry *known = mg_entry_by_uid(folder, uid, TRUE);
    if (known == NULL || number == 0 || number > MG_LIMIT_MIRROR)
        return known;
    mg_view_grow(view, number);
    Entry *entry = mg_view_get(view, number);
    gboolean sure = mg_view_sure(view, number);
    if (entry == known) {
        mg_view_confirm(view, number);
    } else {
        if (!sure && entry != NULL && entry->uid != 0)
            mg_view_forget_guesses(view);
        else if (sure && entry != NULL && entry->uid == 0)
            mg_act_fold(act, entry, known, MG_IDENTIFIED_UID);
        mg_view_set(view, number, known);
    }
    known->view = mg_view_id(view);
    return known;
}

/* Every number has its UID: touched entries of the folder that are not among them have gone. */
static void settle(Act *act)
{
    View *view = act->session->view;
    if (view == NULL || mg_view_unknown(view) != 0 ||
        (mg_view_count(view) == 0 && !mg_view_counted(view)) || !mg_view_all_sure(view))
        return;
    Folder *folder = mg_view_folder(view);
    guint count = mg_view_count(view);
    if (mg_folder_touched_count(folder) == 0 ||
        !mg_act_afford(act, mg_folder_touched_count(folder)))
        return;
    guint32 last = count > 0 ? mg_view_get(view, count)->uid : 0;
    g_autoptr(GPtrArray) touched = mg_folder_touched(folder, FALSE);
    for (guint i = 0; i < touched->len; i++) {
        Entry *entry = touched->pdata[i];
        if (entry->view == mg_view_id(view) || !mg_entry_may_go(entry))
            continue;
        const Copy *copy = mg_entry_copy(entry);
        /* What came after the last one, or after this numbering began, may not have been told
         * yet. */
        if (copy == NULL || copy->pub.proof.time > mg_view_since(view))
            continue;
        if (count == 0 || (entry->uid != 0 && entry->uid < last))
            mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
    }
}

static void on_select(Act *act)
{
    Session *session = act->session;
    const MgEffect *effect = act->effect;
    if (effect->outcome == MG_OUTCOME_INTERMEDIATE || effect->outcome == MG_OUTCOME_OK) {
        Folder *folder = mg_folder_get(act->ledger, mg_session_account(session), effect->folder);
        if (effect->outcome == MG_OUTCOME_INTERMEDIATE || session->view == NULL ||
            mg_view_folder(session->view) != folder) {
            View *view = mg_act_view(act, folder);
            close_view(session);
            session->view = view;
        }
    }
    if (effect->outcome == MG_OUTCOME_OK) {
        session->read_only = effect->flag;
        /* EXISTS may come after UIDNEXT; both speak of one moment. */
        if (mg_view_uidnext(session->view) != 0)
            mg_view_set_uidnext(session->view, mg_view_uidnext(session->view));
        if (mg_view_count(session->view) == 0)
            settle(act);
        mg_news_counted(act, mg_view_folder(session->view), mg_view_count(session->view),
                        mg_view_uidnext(session->view));
    } else if (effect->outcome != MG_OUTCOME_INTERMEDIATE) {
        close_view(session);
    }
}

/* CLOSE removes every marked message without a line. */
static void on_close(Act *act)
{
    Session *session = act->session;
    MgOutcome outcome = act->effect->outcome;
    if (outcome != MG_OUTCOME_OK && outcome != MG_OUTCOME_UNANSWERED)
        return;
    if (session->view != NULL && !session->read_only) {
        g_autoptr(GPtrArray) marked = mg_folder_marked(mg_view_folder(session->view));
        for (guint i = 0; i < marked->len; i++) {
            if (outcome == MG_OUTCOME_OK)
                mg_act_gone(act, marked->pdata[i], MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
            else
                mg_act_doubt(act, marked->pdata[i]);
        }
    }
    if (outcome == MG_OUTCOME_OK)
        close_view(session);
}

static void on_exists(Act *act)
{
    View *view = mg_session_view(act->session);
    guint count = mg_mirror_clip(act->ledger, act->effect->count);
    /* Fewer than before is not allowed without EXPUNGE: the numbering is lost. */
    const guint before = mg_view_count(view);
    if (count < before) {
        mg_view_clear(view, count);
    } else if (count > before) {
        mg_view_grow(view, count);
        if (!mg_step_is(act->step, "select") && !mg_step_is(act->step, "examine"))
            mg_news_grown(act, view, before);
    }
    mg_view_set_counted(view);
}

static void gone(Act *act, Entry *entry)
{
    Step *step = act->step;
    if (step->lazy)
        mg_step_targets(act);
    gboolean addressed = entry->target == step->id && step->id != 0;
    if (!addressed || !mg_step_is(step, "move")) {
        mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_SEEN);
        return;
    }
    mg_mirror_moved(act, entry, MG_EVIDENCE_SEEN);
}

static void take_out(View *view, guint number)
{
    Entry *taken = mg_view_remove(view, number);
    if (taken != NULL)
        mg_entry_unref(taken);
}

/* A message that is being moved, and whose line has not come. */
static Entry *still_moving(const Step *step)
{
    for (guint i = 0; mg_step_is(step, "move") && step->destination != NULL &&
                      step->targets != NULL && i < step->targets->len;
         i++) {
        Entry *entry = step->targets->pdata[i];
        if (!(entry->bits & ENTRY_GONE) && g_hash_table_contains(step->destination, entry))
            return entry;
    }
    return NULL;
}

/* Lines are missing: which message has this number is a guess.  The line may tell of one whose
 * removal is known; else the guess is in doubt. */
static void expunged_guess(Act *act, View *view, guint number)
{
    Step *step = act->step;
    Entry *moving = still_moving(step);
    Entry *guess = mg_view_get(view, number);
    step->unknown_gone++;
    if (guess != NULL)
        mg_entry_ref(guess);
    guint known = 0;
    if (moving == NULL && mg_act_afford(act, mg_view_count(view)))
        for (guint i = mg_view_count(view); i > 0 && known == 0; i--) {
            const Entry *entry = mg_view_get(view, i);
            known = entry != NULL && (entry->bits & ENTRY_GONE) ? i : 0;
        }
    take_out(view, known != 0 ? known : number);
    if (moving != NULL)
        mg_mirror_moved(act, moving, MG_EVIDENCE_SEEN);
    else if (known == 0 && guess != NULL)
        mg_act_doubt(act, guess);
    if (guess != NULL)
        mg_entry_unref(guess);
}

static void on_expunged(Act *act)
{
    View *view = mg_session_view(act->session);
    guint number = (guint)MIN(act->effect->number, (guint64)G_MAXUINT);
    act->step->expunged++;
    if (!mg_view_sure(view, number)) {
        expunged_guess(act, view, number);
        return;
    }
    Folder *folder = mg_view_folder(view);
    Entry *entry = mg_view_get(view, number);
    guint32 named = mg_set_only(act->step->uids);
    act->step->may_be_named = named != 0 && mg_view_may_be(view, number, named);
    if (entry == NULL) {
        guint32 uid = mg_view_infer_uid(view, number);
        entry = uid != 0 ? mg_entry_by_uid(folder, uid, FALSE) : NULL;
    }
    if (entry != NULL)
        mg_entry_ref(entry);
    /* Report it gone first, then let those above move down. */
    take_out(view, number);
    if (entry == NULL || (entry->uid == 0 && mg_entry_copy(entry) == NULL))
        act->step->unknown_gone++;
    if (entry != NULL) {
        gone(act, entry);
        mg_entry_unref(entry);
    }
}

static gint by_uid(gconstpointer a, gconstpointer b)
{
    const Entry *one = *(const Entry *const *)a, *other = *(const Entry *const *)b;
    return (one->uid > other->uid) - (one->uid < other->uid);
}

GPtrArray *mg_folder_entries_in(Act *act, Folder *folder, const GArray *sorted)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    guint64 span = mg_set_count(sorted);
    guint64 known = (guint64)g_hash_table_size(folder->by_uid) + folder->n_away;
    if (!mg_act_afford(act, MIN(span, known)))
        return entries;
    if (span <= known) {
        for (guint i = 0; i < sorted->len; i++) {
            const Range *range = &g_array_index(sorted, Range, i);
            for (guint64 uid = range->first; uid <= range->last; uid++) {
                Entry *entry = mg_entry_by_uid(folder, (guint32)uid, FALSE);
                if (entry != NULL)
                    g_ptr_array_add(entries, mg_entry_ref(entry));
            }
        }
        return entries;
    }
    mg_away_fetch_folder(folder, (1 << AWAY_CLASSES) - 1);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, folder->by_uid);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (mg_set_contains(sorted, ((Entry *)value)->uid))
            g_ptr_array_add(entries, mg_entry_ref(value));
    g_ptr_array_sort(entries, by_uid);
    return entries;
}

static void on_vanished(Act *act)
{
    View *view = mg_session_view(act->session);
    g_autoptr(GArray) set = mg_set_parse(act->effect->set, 0);
    if (set == NULL)
        return;
    mg_set_sort(set);
    g_autoptr(GPtrArray) entries = mg_folder_entries_in(act, mg_view_folder(view), set);
    if (!act->effect->flag)
        mg_view_vanish(view, set);
    for (guint i = 0; i < entries->len; i++) {
        if (act->effect->flag)
            mg_act_gone(act, entries->pdata[i], MG_EVENT_REMOVED, MG_EVIDENCE_SEEN);
        else
            gone(act, entries->pdata[i]);
    }
}

static void on_uidvalidity(Act *act)
{
    Folder *folder = mg_view_folder(mg_session_view(act->session));
    guint32 uidvalidity = act->effect->uidvalidity;
    if (folder->uidvalidity != 0 && folder->uidvalidity != uidvalidity) {
        mg_folder_forget_uids(folder);
        g_clear_pointer(&act->session->saved, g_ptr_array_unref);
    }
    folder->uidvalidity = uidvalidity;
}

static void on_searched(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    Step *step = act->step;
    View *view = mg_session_view(session);
    g_autoptr(GArray) ranges = mg_set_parse(effect->set, 0);
    if (ranges == NULL)
        return;
    guint64 count = mg_set_count(ranges);
    if (count > MG_LIMIT_MIRROR)
        return;
    gboolean all = effect->flag && effect->text != NULL;
    if (all && !mg_view_all_sure(view)) {
        /* How many there are was not certain: now it is. */
        mg_view_clear(view, (guint)count);
        mg_view_set_counted(view);
    }
    all = all && count == mg_view_count(view);
    if (!step->found) {
        step->found = TRUE;
        step->found_entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    }
    /* All known already: nothing to learn from the same list again. */
    if (all && mg_view_unknown(view) == 0)
        all = FALSE;
    if ((!all && count > MG_LIMIT_ADDRESSED) || !mg_act_afford(act, count))
        return;
    guint number = 0;
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        for (guint64 value = range->first; value <= range->last; value++) {
            number++;
            Entry *entry = all ? mg_view_entry(session, number, (guint32)value, act)
                           : effect->flag
                               ? mg_entry_by_uid(mg_view_folder(view), (guint32)value, TRUE)
                               : NULL;
            if (!effect->flag && value <= mg_view_count(view))
                entry = mg_number_entry(session, (guint)value);
            if (entry != NULL)
                g_ptr_array_add(step->found_entries, mg_entry_ref(entry));
        }
    }
    if (all)
        settle(act);
}

static void on_listed_folder(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    if (effect->text != NULL && effect->text[0] != '\0')
        account->separator = effect->text[0];
    if (effect->folder == NULL || effect->flags == NULL)
        return;
    mg_labels_listed(account, effect);
    gboolean sent = mg_flags_have(effect->flags, "\\Sent");
    gboolean drafts = mg_flags_have(effect->flags, "\\Drafts");
    if (!sent && !drafts)
        return;
    Folder *folder = mg_folder_get(act->ledger, account, effect->folder);
    folder->special_sent = folder->special_sent || sent;
    folder->special_drafts = folder->special_drafts || drafts;
}

/* A count says what changed since the last one; and of a folder without messages, whatever was
 * known to be in it has gone. */
static void on_status(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    Folder *folder =
        effect->folder != NULL ? g_hash_table_lookup(account->folders, effect->folder) : NULL;
    if (effect->folder == NULL || effect->count == G_MAXUINT64)
        return;
    if (folder == NULL && g_hash_table_size(account->folders) < COUNTED)
        folder = mg_folder_get(act->ledger, account, effect->folder);
    if (folder == NULL)
        return;
    mg_news_counted(act, folder, effect->count, effect->uid);
    if (effect->count != 0 || !mg_act_afford(act, mg_folder_touched_count(folder)))
        return;
    g_autoptr(GPtrArray) touched = mg_folder_touched(folder, FALSE);
    for (guint i = 0; i < touched->len; i++)
        mg_act_gone(act, touched->pdata[i], MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
}

void mg_ledger_folder(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    switch (effect->kind) {
    case MG_EFFECT_SELECT:
        on_select(act);
        break;
    case MG_EFFECT_CLOSE:
        on_close(act);
        break;
    case MG_EFFECT_UNSELECT:
        if (effect->outcome == MG_OUTCOME_OK)
            close_view(session);
        break;
    case MG_EFFECT_EXISTS:
        on_exists(act);
        break;
    case MG_EFFECT_EXPUNGED:
        on_expunged(act);
        break;
    case MG_EFFECT_VANISHED:
        on_vanished(act);
        break;
    case MG_EFFECT_UIDVALIDITY:
        on_uidvalidity(act);
        break;
    case MG_EFFECT_UIDNEXT:
        mg_view_set_uidnext(mg_session_view(session), effect->uid);
        break;
    case MG_EFFECT_PERMANENTFLAGS:
        session->deleted_permanent =
            effect->flags == NULL || mg_flags_have(effect->flags, "\\Deleted");
        break;
    case MG_EFFECT_SEARCHED:
        on_searched(act);
        break;
    case MG_EFFECT_LISTED_FOLDER:
        on_listed_folder(act);
        break;
    case MG_EFFECT_FETCH_DONE:
        mg_fetch_done(act);
        if (effect->outcome == MG_OUTCOME_OK && session->view != NULL &&
            mg_view_count(session->view) > 0)
            settle(act);
        break;
    case MG_EFFECT_STATUS:
        on_status(act);
        break;
    case MG_EFFECT_HOLE:
        mg_lost_remember(act);
        if (session->view != NULL && effect->flag)
            mg_view_doubt(session->view, ++act->ledger->views);
        break;
    default:
        break;
    }
}
