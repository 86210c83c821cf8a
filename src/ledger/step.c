/* Steps: what the effects of an exchange did, kept until the exchange is complete and has its
 * number.
 *
 * A movement says whether the message is elsewhere than before the step; so the first effect of
 * a step that touches a message remembers where it was.
 */
#include "ledger.h"

void mg_step_free(Step *step)
{
    g_ptr_array_unref(step->movements);
    g_array_unref(step->befores);
    g_array_unref(step->reports);
    g_hash_table_unref(step->before_of);
    g_clear_pointer(&step->targets, g_ptr_array_unref);
    g_clear_pointer(&step->uids, g_array_unref);
    g_clear_pointer(&step->destination, g_hash_table_unref);
    g_clear_pointer(&step->found_entries, g_ptr_array_unref);
    g_free(step->folder);
    g_free(step);
}

Step *mg_step_get(Session *session, guint64 id)
{
    Step *step = g_hash_table_lookup(session->steps, &id);
    if (step == NULL) {
        step = g_new0(Step, 1);
        step->id = id;
        step->movements = g_ptr_array_new_with_free_func((GDestroyNotify)mg_movement_free);
        step->befores = g_array_new(FALSE, FALSE, sizeof(Before));
        step->reports = g_array_new(FALSE, FALSE, sizeof(guint));
        step->before_of = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(session->steps, &step->id, step);
    }
    return step;
}

void mg_act_prove(Act *act, Copy *copy, MgEvidence evidence)
{
    copy->pub.evidence = evidence;
    copy->pub.proof = act->effect->at;
    copy->pub.proof_step = 0;
    copy->exchange = act->effect->exchange;
    copy->session = act->session->pub->number;
    mg_message_stale(act->ledger, copy->owner);
}

void mg_movement_cause(MgMovement *movement, guint64 step, guint session)
{
    movement->cause_step = step;
    movement->cause_session = step != 0 ? session : 0;
}

/* More than one device holds a full copy that it fetched. */
static gboolean several_devices(const Message *message)
{
    const MgAddress *first = NULL;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place != MG_PLACE_DEVICE || copy->pub.composed || !mg_copy_there(copy) ||
            copy->pub.contents != MG_CONTENTS_FULL)
            continue;
        if (first != NULL && !mg_address_equal(first, &copy->pub.host))
            return TRUE;
        first = &copy->pub.host;
    }
    return FALSE;
}

/* Whose device holds it, where the location names one.  NULL where more than one does, unless
 * this is about the copy of one of them that a server has beside it. */
static char *device_name(const MgLedger *ledger, const Message *message, const Copy *concerned)
{
    MgWhere where = message->pub.where;
    if (where.is != MG_LOCATION_DEVICE && where.is != MG_LOCATION_BOTH &&
        where.other != MG_LOCATION_BOTH)
        return NULL;
    const Copy *device = NULL;
    if (concerned != NULL && concerned->pub.place == MG_PLACE_DEVICE && mg_copy_there(concerned))
        device = concerned;
    if ((where.is == MG_LOCATION_DEVICE || device == NULL) && several_devices(message))
        return NULL;
    for (guint i = 0; i < message->pub.copies->len && device == NULL; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.place == MG_PLACE_DEVICE && mg_copy_there(copy) &&
            copy->pub.contents == MG_CONTENTS_FULL && !copy->pub.composed)
            device = copy;
    }
    for (guint i = 0; i < message->pub.copies->len && device == NULL; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.composed && mg_copy_there(copy))
            device = copy;
    }
    if (device == NULL)
        return NULL;
    const Host *host = g_hash_table_lookup(ledger->hosts, &device->pub.host);
    const char *name = host != NULL ? mg_host_name(host, FALSE) : NULL;
    return name != NULL ? g_strdup(name) : mg_address_string(&device->pub.host);
}

static Before *remember(Act *act, Message *message)
{
    Step *step = act->step;
    message->recent = TRUE;
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(step->before_of, message));
    if (index == 0) {
        Before before = {.message = message, .where = message->pub.where};
        before.qualifier = g_intern_string(message->pub.qualifier);
        g_array_append_val(step->befores, before);
        index = step->befores->len;
        g_hash_table_insert(step->before_of, message, GUINT_TO_POINTER(index));
    }
    Before *before = &g_array_index(step->befores, Before, index - 1);
    before->at = act->effect->at;
    return before;
}

/* Derive from the copies again. */
Before *mg_act_refresh(Act *act, Message *message)
{
    Before *before = remember(act, message);
    MgMessage *pub = &message->pub;
    if (act->still == message)
        return before;
    pub->where = mg_where_of(pub);
    g_free(pub->qualifier);
    pub->qualifier = g_strdup(mg_message_qualifier(message));
    pub->evidence = mg_message_evidence(message);
    return before;
}

MgMovement *mg_act_move(Act *act, Message *message, MgEvent event, Copy *copy,
                        const char *recipient, MgEvidence evidence)
{
    MgMessage *pub = &message->pub;
    /* Seen again by a session that can be read, and the one that cannot has ended. */
    if (pub->in_dark &&
        !g_hash_table_contains(act->ledger->sessions, GUINT_TO_POINTER(pub->dark_session)))
        pub->in_dark = FALSE;
    Before *before = mg_act_refresh(act, message);
    before->told = TRUE;
    const char *qualifier = g_intern_string(pub->qualifier);
    g_hash_table_add(act->session->met, GUINT_TO_POINTER(pub->number));

    MgMovement *movement = mg_movement_new(pub->number, event);
    movement->recipient = g_strdup(recipient);
    if (copy != NULL) {
        if (copy->pub.name == NULL) {
            const Host *host = g_hash_table_lookup(act->ledger->hosts, &copy->pub.host);
            if (host != NULL)
                copy->pub.name = g_strdup(mg_host_name(host, copy->pub.place != MG_PLACE_DEVICE));
        }
        movement->copy = mg_copy_dup(&copy->pub);
    }
    movement->where = pub->where;
    movement->was = before->where;
    movement->changed =
        !mg_where_equal(before->where, pub->where) || g_strcmp0(before->qualifier, qualifier) != 0;
    movement->qualifier = qualifier;
    movement->evidence = evidence;
    movement->at = act->effect->at;
    movement->device_name = device_name(act->ledger, message, copy);
    g_ptr_array_add(act->step->movements, movement);
    return movement;
}

void mg_act_changed(Act *act, Copy *copy)
{
    Message *message = copy->owner;
    MgWhere where = message->pub.where;
    g_autofree char *qualifier = g_strdup(message->pub.qualifier);
    mg_act_refresh(act, message);
    if (!mg_where_equal(where, message->pub.where) ||
        g_strcmp0(qualifier, message->pub.qualifier) != 0)
        mg_act_move(act, message,
                    copy->pub.state == MG_COPY_MARKED ? MG_EVENT_MARKED : MG_EVENT_STORED, copy,
                    NULL, copy->pub.evidence);
}

View *mg_act_view(Act *act, Folder *folder)
{
    return mg_view_new(folder, ++act->ledger->views, act->effect->at.time);
}

gboolean mg_act_afford(Act *act, guint64 places)
{
    if (places <= act->ledger->work) {
        act->ledger->work -= places;
        return TRUE;
    }
    /* Once a session is enough: the next line is no shorter. */
    if (!act->session->limited)
        mg_act_limit(act, "limit-work", places);
    act->session->limited = TRUE;
    return FALSE;
}

void mg_act_limit(Act *act, const char *key, guint64 count)
{
    MgNote note = {.kind = MG_NOTE_LIMIT,
                   .key = key,
                   .session = act->session->pub->number,
                   .at = act->effect->at,
                   .count = count};
    act->ledger->sink.note(act->ledger->sink.user, &note);
}

/* The locations of messages whose copies have changed, told or not. */
void mg_act_refresh_stale(Act *act)
{
    GPtrArray *stale = act->ledger->stale;
    for (guint i = 0; i < stale->len; i++) {
        Message *message = stale->pdata[i];
        message->stale = FALSE;
        if (message->pub.merged_into == 0)
            mg_act_refresh(act, message);
    }
    g_ptr_array_set_size(stale, 0);
}

/* Where a message changed its location and no movement says so, one does. */
void mg_step_tell_rest(Session *session, Step *step, const MgExchange *exchange)
{
    MgEffect effect = {.session = session->pub, .exchange = exchange->id, .at = exchange->at};
    Act act = {session->ledger, session, &effect, step, NULL};
    for (guint i = 0; i < step->befores->len; i++) {
        const Before before = g_array_index(step->befores, Before, i);
        MgMessage *pub = &before.message->pub;
        if (before.told || pub->merged_into != 0 || mg_where_equal(before.where, pub->where))
            continue;
        MgEvent event = pub->where.other != MG_LOCATION_NONE  ? MG_EVENT_IN_DOUBT
                        : pub->where.is == MG_LOCATION_DEVICE ? MG_EVENT_COMPOSED
                                                              : MG_EVENT_STORED;
        mg_act_move(&act, before.message, event, NULL, NULL, pub->evidence);
    }
}

/* The copies that count for the location, by the rules of where.c: the author's own one only in
 * the worlds in which no server accepted the message. */
static void add_held(const MgMessage *message, MgHistory *history)
{
    gboolean accepted = FALSE, perhaps = FALSE;
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        if (copy->place != MG_PLACE_DEVICE && !copy->never)
            *(copy->doubt == 0 ? &accepted : &perhaps) = TRUE;
    }
    for (guint i = 0; i < message->copies->len && history->n_held < MG_HISTORY_HELD; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        if (copy->state == MG_COPY_REMOVED || (copy->composed && accepted) ||
            (copy->place == MG_PLACE_DEVICE && copy->contents != MG_CONTENTS_FULL))
            continue;
        history->held[history->n_held++] =
            (MgHeld){.copy = copy->id,
                     .marked = copy->state == MG_COPY_MARKED,
                     .doubt = copy->doubt != 0 || (copy->composed && perhaps)};
    }
}

static void add_history(Message *message, const Before *before, guint64 step)
{
    MgMessage *pub = &message->pub;
    const MgHistory *last =
        pub->history->len > 0 ? pub->history->pdata[pub->history->len - 1] : NULL;
    if (last != NULL && mg_where_equal(last->where, pub->where) &&
        g_strcmp0(last->qualifier, pub->qualifier) == 0)
        return;
    MgHistory *history = g_new0(MgHistory, 1);
    history->step = step;
    history->at = before->at;
    history->where = pub->where;
    history->qualifier = g_strdup(pub->qualifier);
    history->evidence = pub->evidence;
    add_held(pub, history);
    g_ptr_array_add(pub->history, history);
}

/* The step has its number: history and proofs get it. */
void mg_step_close(MgLedger *ledger, Step *step, guint64 number)
{
    for (guint i = 0; i < step->befores->len; i++) {
        const Before *before = &g_array_index(step->befores, Before, i);
        Message *message = before->message;
        mg_away_weigh(ledger, message);
        if (message->pub.merged_into == 0)
            add_history(message, before, number);
        for (guint k = 0; k < message->pub.copies->len; k++) {
            Copy *copy = message->pub.copies->pdata[k];
            if (copy->exchange == step->id && copy->pub.proof_step == 0)
                copy->pub.proof_step = number;
            mg_news_close(copy, step->id, number);
        }
        for (guint k = 0; k < message->pub.recipients->len; k++) {
            MgRecipient *recipient = message->pub.recipients->pdata[k];
            if (recipient->step == 0)
                recipient->step = number;
        }
    }
    for (guint i = 0; i < step->movements->len; i++) {
        MgMovement *movement = step->movements->pdata[i];
        if (movement->copy != NULL && movement->copy->proof_step == 0)
            movement->copy->proof_step = number;
    }
}
