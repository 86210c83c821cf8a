/* POP3: the maildrop of one session and what its commands do (location-rules.md section 6).
 *
 * Numbers are fixed at login and belong to the session; unique-ids carry over to the next.
 * RETR copies, DELE marks, QUIT removes; without QUIT the marks go.
 */
#include "ledger.h"

/* What follows after the maildrop was closed (XTND BBOARDS, RFC 1082) is another one, without a
 * name. */
static View *maildrop(Act *act)
{
    Session *session = act->session;
    return mg_act_view(act, mg_folder_get(act->ledger, mg_session_account(session),
                                          session->closed ? NULL : "INBOX"));
}

/* The entry of a message number; NULL for a number that no maildrop has. */
static Entry *entry_get(Act *act, guint64 number)
{
    Session *session = act->session;
    if (number == 0 || number > MG_LIMIT_MIRROR)
        return NULL;
    if (session->view == NULL)
        session->view = maildrop(act);
    mg_view_grow(session->view, (guint)number);
    Entry *entry = mg_view_get(session->view, (guint)number);
    if (entry == NULL) {
        entry = mg_entry_new(mg_view_folder(session->view));
        mg_view_set(session->view, (guint)number, entry);
        mg_entry_unref(entry);
    }
    entry->view = mg_view_id(session->view);
    entry->bits |= ENTRY_POP;
    return entry;
}

/* All that is known of this maildrop and not in the listing has gone. */
static void missing(Act *act, gboolean all)
{
    Folder *folder = mg_view_folder(act->session->view);
    if (!mg_act_afford(act, mg_folder_touched_count(folder)))
        return;
    g_autoptr(GPtrArray) touched = mg_folder_touched(folder, FALSE);
    for (guint i = 0; i < touched->len; i++) {
        Entry *entry = touched->pdata[i];
        if (!(entry->bits & ENTRY_POP) || entry->view == mg_view_id(act->session->view))
            continue;
        if ((all || entry->uidl != NULL) && mg_entry_may_go(entry))
            mg_maildrop_lacks(act, entry);
    }
}

/* Marked messages are not counted (RFC 1939 section 5). */
static void counted(Act *act, guint64 count)
{
    if (count != G_MAXUINT64 && act->session->marks->len == 0)
        mg_news_counted(act, mg_view_folder(act->session->view), count, 0);
}

static void on_login(Act *act)
{
    Session *session = act->session;
    if (act->effect->outcome != MG_OUTCOME_OK || session->view != NULL)
        return;
    session->view = maildrop(act);
    if (act->effect->count != G_MAXUINT64)
        mg_view_grow(session->view, (guint)MIN(act->effect->count, (guint64)MG_LIMIT_MIRROR));
    counted(act, act->effect->count);
    if (act->effect->count == 0)
        missing(act, TRUE);
}

static void on_uidl(Act *act)
{
    const MgEffect *effect = act->effect;
    if (effect->outcome == MG_OUTCOME_REFUSED || effect->name == NULL)
        return;
    Entry *entry = entry_get(act, effect->number);
    if (entry == NULL || entry->uidl != NULL)
        return;
    Entry *known = mg_entry_by_uidl(entry->folder, effect->name);
    if (known != NULL && known != entry && known->view != entry->view) {
        /* Met in an earlier session under another number. */
        mg_act_fold(act, entry, known, MG_IDENTIFIED_UIDL);
        mg_view_set(act->session->view, (guint)effect->number, known);
        mg_act_alive(act, known, mg_view_since(act->session->view));
        return;
    }
    mg_entry_set_uidl(entry, effect->name);
    mg_same_by_uidl(act, effect->name);
}

static void on_listed(Act *act)
{
    Session *session = act->session;
    if (session->view == NULL || act->effect->outcome != MG_OUTCOME_OK)
        return;
    mg_view_grow(session->view, (guint)MIN(act->effect->count, (guint64)MG_LIMIT_MIRROR));
    counted(act, act->effect->count);
    if (act->effect->count == 0)
        missing(act, mg_view_count(session->view) == 0);
    else if (act->effect->flag)
        missing(act, FALSE);
    else
        mg_relist_compare(act, G_MAXUINT64, 0);
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

/* RETR: octets of the answer were not captured; the client has them all the same. */
static gboolean in_hole(const MgEffect *effect)
{
    const MgContent *content = effect->content;
    return effect->kind == MG_EFFECT_RETR && effect->flag &&
           (effect->outcome == MG_OUTCOME_OK || effect->outcome == MG_OUTCOME_UNANSWERED) &&
           (effect->number == 0 || content == NULL || !content->complete || content->missing > 0);
}

/* The place of a text; its number is not known where its command is not in the capture.  Own
 * it. */
static Entry *text_entry(Act *act)
{
    Session *session = act->session;
    if (act->effect->number != 0) {
        Entry *entry = entry_get(act, act->effect->number);
        return entry != NULL ? mg_entry_ref(entry) : NULL;
    }
    if (session->view == NULL)
        session->view = maildrop(act);
    Entry *entry = mg_entry_new(mg_view_folder(session->view));
    entry->bits |= ENTRY_POP;
    return entry;
}

static void lost_text(Act *act, Entry *entry)
{
    const MgEffect *effect = act->effect;
    gboolean named = effect->content != NULL && effect->content->has_header;
    mg_act_maybe_received(act, named ? mg_act_identify(act, entry, effect->content, FALSE)
                                     : mg_act_touch(act, entry));
}

static void take_text(Act *act, Entry *entry)
{
    const MgEffect *effect = act->effect;
    const MgContent *content = effect->content;
    gboolean came = content != NULL && (content->octets > 0 || content->complete) &&
                    (effect->outcome == MG_OUTCOME_OK || effect->outcome == MG_OUTCOME_UNANSWERED);
    if (effect->octets != 0 && entry->size == 0)
        entry->size = effect->octets;
    if (in_hole(effect)) {
        lost_text(act, entry);
        return;
    }
    if (!came)
        return;
    MgContents contents;
    if (effect->kind == MG_EFFECT_TOP)
        contents = top_contents(effect, entry);
    else
        contents = content->complete && content->missing == 0 ? MG_CONTENTS_FULL : MG_CONTENTS_PART;
    Message *message = mg_act_identify(act, entry, content, contents == MG_CONTENTS_FULL);
    act->ledger->text_message = message->pub.number;
    mg_act_received(act, message, contents);
}

static void on_text(Act *act)
{
    Entry *entry = text_entry(act);
    if (entry == NULL)
        return;
    take_text(act, entry);
    mg_entry_unref(entry);
}

static void on_dele(Act *act)
{
    const MgEffect *effect = act->effect;
    if (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED)
        return;
    Entry *entry = entry_get(act, effect->number);
    if (entry == NULL)
        return;
    Message *message = mg_act_touch(act, entry);
    Copy *copy = mg_entry_copy(entry);
    g_ptr_array_add(act->session->marks, mg_entry_ref(entry));
    if (effect->outcome == MG_OUTCOME_OK) {
        copy->pop_marked = TRUE;
        mg_act_mark(act, entry, TRUE, MG_EVIDENCE_SEEN);
        return;
    }
    copy->mark_doubt = copy->pub.state == MG_COPY_HELD;
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, message, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
}

typedef void (*Each)(Act *act, Entry *entry);

/* For each mark of this session; then there are none. */
static void each_marked(Act *act, Each each)
{
    g_autoptr(GPtrArray) marks = act->session->marks;
    act->session->marks = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    for (guint i = 0; i < marks->len; i++) {
        Copy *copy = mg_entry_copy(marks->pdata[i]);
        if (copy == NULL)
            continue; /* its folder was renamed meanwhile */
        gboolean marked = copy->pop_marked;
        copy->pop_marked = FALSE;
        if (marked || copy->mark_doubt)
            each(act, marks->pdata[i]);
    }
}

/* The mark of an IMAP client on the same message stays. */
static void take_back(Act *act, Entry *entry)
{
    if (!mg_entry_copy(entry)->deleted)
        mg_act_mark(act, entry, FALSE,
                    act->effect->kind == MG_EFFECT_POP_RSET ? MG_EVIDENCE_SEEN
                                                            : MG_EVIDENCE_IMPLIED);
}

static void commit(Act *act, Entry *entry)
{
    /* Whether the server had accepted this DELE is not known. */
    if (mg_entry_copy(entry)->mark_doubt)
        mg_act_doubt(act, entry);
    else
        mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_SEEN);
}

static void on_quit(Act *act)
{
    Session *session = act->session;
    if (!act->effect->flag)
        return;
    each_marked(act, act->effect->outcome == MG_OUTCOME_OK ? commit : mg_act_doubt);
    mg_relist_remember(act);
    if (act->effect->outcome != MG_OUTCOME_OK)
        return;
    session->closed = TRUE;
    g_clear_pointer(&session->view, mg_view_free);
}

static void on_size(Act *act)
{
    Entry *entry =
        act->effect->outcome != MG_OUTCOME_REFUSED ? entry_get(act, act->effect->number) : NULL;
    if (entry != NULL)
        entry->size = act->effect->octets;
}

static void on_stat(Act *act)
{
    const MgEffect *effect = act->effect;
    if (effect->outcome != MG_OUTCOME_OK || act->session->view == NULL)
        return;
    mg_view_grow(act->session->view, (guint)MIN(effect->count, (guint64)MG_LIMIT_MIRROR));
    counted(act, effect->count);
    if (effect->count == 0 && mg_view_count(act->session->view) == 0)
        missing(act, TRUE);
    mg_relist_compare(act, effect->count, effect->octets);
}

void mg_ledger_maildrop(Act *act)
{
    const MgEffect *effect = act->effect;
    switch (effect->kind) {
    case MG_EFFECT_MAILDROP:
        on_login(act);
        break;
    case MG_EFFECT_STAT:
        on_stat(act);
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
