/* POP3: the maildrop of one session and what its commands do (location-rules.md section 6).
 *
 * Numbers are fixed at login and belong to the session; unique-ids carry over to the next.
 * RETR copies, DELE marks, QUIT removes; without QUIT the marks go.
 */
#include "ledger.h"

/* Give up a number that no maildrop has. */
static Entry *entry_get(Act *act, guint64 number)
{
    Session *session = act->session;
    if (number == 0 || number > MG_LIMIT_MIRROR)
        return NULL;
    if (session->view == NULL)
        session->view =
            mg_view_new(mg_folder_get(act->ledger, mg_session_account(session), "INBOX"));
    mg_view_grow(session->view, (guint)number);
    Entry *entry = mg_view_get(session->view, (guint)number);
    if (entry == NULL) {
        entry = mg_entry_new(mg_view_folder(session->view));
        mg_view_set(session->view, (guint)number, entry);
        mg_entry_unref(entry);
    }
    entry->session = session->pub->number;
    entry->number = (guint)number;
    entry->bits |= ENTRY_POP;
    return entry;
}

static void on_login(Act *act)
{
    Session *session = act->session;
    if (act->effect->outcome != MG_OUTCOME_OK || session->view != NULL)
        return;
    session->view = mg_view_new(mg_folder_get(act->ledger, mg_session_account(session), "INBOX"));
    if (act->effect->count != G_MAXUINT64)
        mg_view_grow(session->view, (guint)MIN(act->effect->count, (guint64)MG_LIMIT_MIRROR));
}

/* A mark or removal in doubt is settled by what the next session is shown. */
static void still_there(Act *act, Entry *entry)
{
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL || (copy->pub.doubt == 0 && copy->pub.state != MG_COPY_REMOVED))
        return;
    gboolean was_doubt = copy->pub.doubt != 0;
    copy->pub.doubt = 0;
    copy->pub.state = entry->bits & ENTRY_DELETED ? MG_COPY_MARKED : MG_COPY_HELD;
    entry->bits &= ~(guint)ENTRY_GONE;
    mg_act_prove(act, copy, MG_EVIDENCE_SEEN);
    mg_act_move(act, copy->owner, was_doubt ? MG_EVENT_UNMARKED : MG_EVENT_STORED, copy, NULL,
                MG_EVIDENCE_SEEN);
}

static void on_uidl(Act *act)
{
    const MgEffect *effect = act->effect;
    if (effect->outcome == MG_OUTCOME_REFUSED || effect->name == NULL)
        return;
    Entry *entry = entry_get(act, effect->number);
    if (entry == NULL || entry->uidl != NULL)
        return;
    Entry *known = g_hash_table_lookup(entry->folder->by_uidl, effect->name);
    if (known != NULL && known != entry && known->session != act->session->pub->number) {
        /* Met in an earlier session under another number. */
        mg_act_fold(act, entry, known, MG_IDENTIFIED_UIDL);
        mg_view_set(act->session->view, (guint)effect->number, known);
        still_there(act, known);
        return;
    }
    mg_entry_set_uidl(entry, effect->name);
    still_there(act, entry);
}

/* All that is known of this maildrop and not in the listing has gone. */
static void missing(Act *act, gboolean all)
{
    Folder *folder = mg_view_folder(act->session->view);
    g_autoptr(GPtrArray) gone = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, folder->touched);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const Entry *entry = key;
        if (!(entry->bits & ENTRY_POP) || entry->session == act->session->pub->number)
            continue;
        if (all || entry->uidl != NULL)
            g_ptr_array_add(gone, key);
    }
    for (guint i = 0; i < gone->len; i++)
        mg_act_gone(act, gone->pdata[i], MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
}

static void on_listed(Act *act)
{
    Session *session = act->session;
    if (session->view == NULL || act->effect->outcome != MG_OUTCOME_OK)
        return;
    mg_view_grow(session->view, (guint)MIN(act->effect->count, (guint64)MG_LIMIT_MIRROR));
    if (act->effect->count == 0)
        missing(act, mg_view_count(session->view) == 0);
    else if (act->effect->flag)
        missing(act, FALSE);
}

static MgContents top_contents(const MgEffect *effect, const Entry *entry)
{
    const MgContent *content = effect->content;
    /* More lines were asked for than came, or as many octets came as the listing said: this is
     * the whole message. */
    if (content->complete && content->missing == 0 && content->has_header &&
        (effect->count > content->lines || (entry->size != 0 && content->octets >= entry->size)))
        return MG_CONTENTS_FULL;
    return content->has_body ? MG_CONTENTS_PART : MG_CONTENTS_HEADERS;
}

static void on_text(Act *act)
{
    const MgEffect *effect = act->effect;
    const MgContent *content = effect->content;
    if (content == NULL || (content->octets == 0 && !content->complete) ||
        (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED))
        return;
    Entry *entry = entry_get(act, effect->number);
    if (entry == NULL)
        return;
    if (effect->octets != 0 && entry->size == 0)
        entry->size = effect->octets;
    MgContents contents;
    if (effect->kind == MG_EFFECT_TOP)
        contents = top_contents(effect, entry);
    else
        contents = content->complete && content->missing == 0 ? MG_CONTENTS_FULL : MG_CONTENTS_PART;
    Message *message = mg_act_identify(act, entry, content, contents == MG_CONTENTS_FULL);
    mg_act_received(act, message, contents);
}

static void on_dele(Act *act)
{
    const MgEffect *effect = act->effect;
    if (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED)
        return;
    Entry *entry = entry_get(act, effect->number);
    if (entry == NULL)
        return;
    mg_act_touch(act, entry);
    if (effect->outcome == MG_OUTCOME_UNANSWERED) {
        entry->bits |= ENTRY_POP_MAYBE;
        return;
    }
    entry->bits |= ENTRY_POP_MARK;
    mg_act_mark(act, entry, TRUE, MG_EVIDENCE_SEEN);
}

typedef void (*Each)(Act *act, Entry *entry);

static void each_marked(Act *act, Each each)
{
    View *view = act->session->view;
    for (guint number = 1; view != NULL && number <= mg_view_count(view); number++) {
        Entry *entry = mg_view_get(view, number);
        if (entry != NULL && (entry->bits & (ENTRY_POP_MARK | ENTRY_POP_MAYBE)))
            each(act, entry);
    }
}

/* The mark of an IMAP client on the same message stays. */
static void take_back(Act *act, Entry *entry)
{
    gboolean marked = entry->bits & ENTRY_POP_MARK;
    entry->bits &= ~(guint)(ENTRY_POP_MARK | ENTRY_POP_MAYBE);
    if (marked && !(entry->bits & ENTRY_DELETED))
        mg_act_mark(act, entry, FALSE,
                    act->effect->kind == MG_EFFECT_POP_RSET ? MG_EVIDENCE_SEEN
                                                            : MG_EVIDENCE_IMPLIED);
}

static void commit(Act *act, Entry *entry)
{
    gboolean marked = entry->bits & ENTRY_POP_MARK;
    entry->bits &= ~(guint)(ENTRY_POP_MARK | ENTRY_POP_MAYBE);
    if (marked)
        mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_SEEN);
    else
        mg_act_doubt(act, entry);
}

static void leave_in_doubt(Act *act, Entry *entry)
{
    entry->bits &= ~(guint)(ENTRY_POP_MARK | ENTRY_POP_MAYBE);
    mg_act_doubt(act, entry);
}

static void on_quit(Act *act)
{
    if (!act->effect->flag)
        return;
    if (act->effect->outcome == MG_OUTCOME_OK)
        each_marked(act, commit);
    else
        each_marked(act, leave_in_doubt);
}

static void on_size(Act *act)
{
    Entry *entry =
        act->effect->outcome != MG_OUTCOME_REFUSED ? entry_get(act, act->effect->number) : NULL;
    if (entry != NULL)
        entry->size = act->effect->octets;
}

void mg_ledger_maildrop(Act *act)
{
    const MgEffect *effect = act->effect;
    switch (effect->kind) {
    case MG_EFFECT_MAILDROP:
        on_login(act);
        break;
    case MG_EFFECT_STAT:
        if (effect->outcome == MG_OUTCOME_OK && act->session->view != NULL)
            mg_view_grow(act->session->view, (guint)MIN(effect->count, (guint64)MG_LIMIT_MIRROR));
        break;
    case MG_EFFECT_LIST:
        on_size(act);
        break;
    case MG_EFFECT_UIDL:
        on_uidl(act);
        break;
    case MG_EFFECT_LISTED:
        on_listed(act);
        break;
    case MG_EFFECT_RETR:
    case MG_EFFECT_TOP:
        on_text(act);
        break;
    case MG_EFFECT_DELE:
        on_dele(act);
        break;
    case MG_EFFECT_POP_RSET:
        if (effect->outcome == MG_OUTCOME_OK)
            each_marked(act, take_back);
        break;
    case MG_EFFECT_POP_QUIT:
        on_quit(act);
        break;
    default:
        each_marked(act, take_back);
        break;
    }
}
