/* The stage itself: sessions, the effects that reach each protocol's rules, and steps, which
 * carry movements from the effects of an exchange to its completion. */
#include "ledger.h"

static void step_free(Step *step)
{
    g_ptr_array_unref(step->movements);
    g_array_unref(step->befores);
    g_hash_table_unref(step->before_of);
    g_clear_pointer(&step->targets, g_ptr_array_unref);
    g_clear_pointer(&step->uids, g_array_unref);
    g_clear_pointer(&step->destination, g_hash_table_unref);
    g_clear_pointer(&step->found_entries, g_ptr_array_unref);
    g_free(step->folder);
    g_free(step);
}

static Step *step_get(Session *session, guint64 id)
{
    Step *step = g_hash_table_lookup(session->steps, &id);
    if (step == NULL) {
        step = g_new0(Step, 1);
        step->id = id;
        step->movements = g_ptr_array_new_with_free_func((GDestroyNotify)mg_movement_free);
        step->befores = g_array_new(FALSE, FALSE, sizeof(Before));
        step->before_of = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(session->steps, &step->id, step);
    }
    return step;
}

static void session_free(Session *session)
{
    g_hash_table_unref(session->steps);
    g_hash_table_unref(session->met);
    g_hash_table_unref(session->transactions);
    g_clear_pointer(&session->saved, g_ptr_array_unref);
    g_ptr_array_unref(session->marks);
    mg_view_free(session->view);
    g_free(session);
}

MgLedger *mg_ledger_new(const MgMovementSink *sink)
{
    MgLedger *ledger = g_new0(MgLedger, 1);
    GDestroyNotify numbers_free = (GDestroyNotify)g_array_unref;
    ledger->sink = *sink;
    ledger->work = MG_LIMIT_WORK;
    ledger->messages = g_ptr_array_new_with_free_func((GDestroyNotify)mg_message_free);
    ledger->graveyard = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_destroy);
    ledger->folders = g_ptr_array_new_with_free_func((GDestroyNotify)mg_folder_free);
    ledger->hosts = g_hash_table_new_full((GHashFunc)mg_address_hash, (GEqualFunc)mg_address_equal,
                                          NULL, (GDestroyNotify)mg_host_free);
    ledger->accounts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mg_account_free);
    ledger->sessions = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)session_free);
    ledger->by_message_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, numbers_free);
    ledger->by_fingerprint = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, numbers_free);
    ledger->by_queue_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, numbers_free);
    return ledger;
}

void mg_ledger_free(MgLedger *ledger)
{
    if (ledger == NULL)
        return;
    g_hash_table_unref(ledger->sessions);
    g_ptr_array_unref(ledger->folders);
    g_hash_table_unref(ledger->accounts);
    g_hash_table_unref(ledger->hosts);
    g_ptr_array_unref(ledger->messages);
    g_ptr_array_unref(ledger->graveyard);
    g_hash_table_unref(ledger->by_message_id);
    g_hash_table_unref(ledger->by_fingerprint);
    g_hash_table_unref(ledger->by_queue_id);
    g_free(ledger);
}

guint mg_ledger_count(const MgLedger *ledger)
{
    return ledger->messages->len;
}

const MgMessage *mg_ledger_message(const MgLedger *ledger, guint number)
{
    if (number == 0 || number > ledger->messages->len)
        return NULL;
    Message *message = ledger->messages->pdata[number - 1];
    mg_message_recipients_where(message);
    return &message->pub;
}

Account *mg_session_account(Session *session)
{
    if (session->account == NULL)
        session->account = mg_account_get(session->ledger, session->server, session->pub->account,
                                          session->pub->number);
    return session->account;
}

/* ---- Movements ---- */

void mg_act_prove(Act *act, Copy *copy, MgEvidence evidence)
{
    copy->pub.evidence = evidence;
    copy->pub.proof = act->effect->at;
    copy->pub.proof_step = 0;
    copy->exchange = act->effect->exchange;
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

/* Whose device holds it, where the location names one.  NULL where devices alone hold it, and
 * more than one does. */
static char *device_name(const MgLedger *ledger, const Message *message, const Copy *concerned)
{
    MgWhere where = message->pub.where;
    if (where.is != MG_LOCATION_DEVICE && where.is != MG_LOCATION_BOTH &&
        where.other != MG_LOCATION_BOTH)
        return NULL;
    if (where.is == MG_LOCATION_DEVICE && several_devices(message))
        return NULL;
    const Copy *device = NULL;
    if (concerned != NULL && concerned->pub.place == MG_PLACE_DEVICE && mg_copy_there(concerned))
        device = concerned;
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
    guint index = GPOINTER_TO_UINT(g_hash_table_lookup(step->before_of, message));
    if (index == 0) {
        Before before = {message, message->pub.where, NULL, act->effect->at};
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
static const Before *refresh(Act *act, Message *message)
{
    const Before *before = remember(act, message);
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
    const Before *before = refresh(act, message);
    const char *qualifier = g_intern_string(pub->qualifier);
    g_hash_table_add(act->session->met, message);

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
    refresh(act, message);
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
    mg_act_limit(act, "limit-work", places);
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

/* ---- The sink ---- */

static void on_session_open(gpointer user, const MgSession *pub)
{
    MgLedger *ledger = user;
    Session *session = g_new0(Session, 1);
    session->ledger = ledger;
    session->pub = pub;
    session->client = mg_host_get(ledger, &pub->client.address);
    session->server = mg_host_get(ledger, &pub->server.address);
    session->server->serves = TRUE;
    if (session->client == session->server)
        session->server->serves_itself = TRUE;
    Host *host = session->server;
    gboolean known = FALSE;
    for (guint i = 0; i < host->n_ports; i++)
        known = known || host->ports[i] == pub->server.port;
    if (!known && host->n_ports < G_N_ELEMENTS(host->ports))
        host->ports[host->n_ports++] = pub->server.port;
    session->met = g_hash_table_new(NULL, NULL);
    session->steps =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)step_free);
    session->transactions =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)mg_transaction_free);
    session->marks = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    session->deleted_permanent = TRUE;
    g_hash_table_insert(ledger->sessions, GUINT_TO_POINTER(pub->number), session);
    MgParty client, server;
    mg_session_parties(session, &client, &server);
    ledger->sink.session_open(ledger->sink.user, pub, &client, &server);
}

static Session *session_of(MgLedger *ledger, const MgSession *pub)
{
    return g_hash_table_lookup(ledger->sessions, GUINT_TO_POINTER(pub->number));
}

static void set_name(char **field, const char *name)
{
    if (*field == NULL && name != NULL && *name != '\0' && *name != '[')
        *field = g_strdup(name);
}

static void named(Act *act)
{
    const char *name = act->effect->name;
    if (act->effect->by == MG_ACTOR_SERVER)
        set_name(&act->session->server->server_name, name);
    else
        set_name(&act->session->client->client_name, name);
}

/* What happens from here on cannot be read: what was known stays, with a note. */
static void encrypted(Act *act)
{
    Session *session = act->session;
    session->dark = TRUE;
    Account *account = session->account;
    GHashTableIter iter;
    gpointer key, value;
    if (account != NULL && account->name != NULL) {
        g_hash_table_iter_init(&iter, account->folders);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            Folder *folder = value;
            if (!mg_act_afford(act, g_hash_table_size(folder->touched)))
                break;
            g_autoptr(GPtrArray) entries = mg_folder_touched(folder);
            for (guint i = 0; i < entries->len; i++)
                g_hash_table_add(session->met,
                                 mg_copy_alive(((Entry *)entries->pdata[i])->copy)->owner);
        }
    }
    if (!mg_act_afford(act, g_hash_table_size(session->met)))
        return;
    g_hash_table_iter_init(&iter, session->met);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        Message *message = key;
        if (message->pub.merged_into != 0)
            continue;
        message->pub.in_dark = TRUE;
        message->pub.dark_session = session->pub->number;
        refresh(act, message);
    }
}

static void on_effect(gpointer user, const MgEffect *effect)
{
    MgLedger *ledger = user;
    Session *session = session_of(ledger, effect->session);
    if (session == NULL)
        return;
    Act act = {ledger, session, effect, step_get(session, effect->exchange), NULL};
    ledger->work = MIN(ledger->work + MG_LIMIT_WORK_PER_LINE, (guint64)MG_LIMIT_WORK * 8);
    switch (effect->kind) {
    case MG_EFFECT_LOGIN:
        if (effect->outcome != MG_OUTCOME_OK)
            break;
        g_clear_pointer(&session->view, mg_view_free);
        session->account =
            mg_account_get(ledger, session->server, effect->name, session->pub->number);
        break;
    case MG_EFFECT_NAMED:
        named(&act);
        break;
    case MG_EFFECT_ENCRYPTED:
        encrypted(&act);
        break;
    case MG_EFFECT_MAIL:
    case MG_EFFECT_RCPT:
    case MG_EFFECT_TEXT:
    case MG_EFFECT_HANDOVER:
    case MG_EFFECT_ABANDONED:
        mg_ledger_smtp(&act);
        break;
    case MG_EFFECT_MAILDROP:
    case MG_EFFECT_STAT:
    case MG_EFFECT_LIST:
    case MG_EFFECT_UIDL:
    case MG_EFFECT_LISTED:
    case MG_EFFECT_RETR:
    case MG_EFFECT_TOP:
    case MG_EFFECT_DELE:
    case MG_EFFECT_POP_RSET:
    case MG_EFFECT_POP_QUIT:
    case MG_EFFECT_POP_DROP:
        mg_ledger_maildrop(&act);
        break;
    case MG_EFFECT_FETCHED:
        mg_ledger_fetched(&act);
        break;
    case MG_EFFECT_SELECT:
    case MG_EFFECT_CLOSE:
    case MG_EFFECT_UNSELECT:
    case MG_EFFECT_LOGOUT:
    case MG_EFFECT_EXISTS:
    case MG_EFFECT_EXPUNGED:
    case MG_EFFECT_VANISHED:
    case MG_EFFECT_UIDVALIDITY:
    case MG_EFFECT_UIDNEXT:
    case MG_EFFECT_PERMANENTFLAGS:
    case MG_EFFECT_SEARCHED:
    case MG_EFFECT_STATUS:
    case MG_EFFECT_LISTED_FOLDER:
    case MG_EFFECT_FETCH_DONE:
        mg_ledger_folder(&act);
        break;
    case MG_EFFECT_ADDRESS:
    case MG_EFFECT_STORE_DONE:
    case MG_EFFECT_EXPUNGE_DONE:
    case MG_EFFECT_APPEND:
        mg_ledger_imap(&act);
        break;
    case MG_EFFECT_COPY_DONE:
    case MG_EFFECT_MOVE_DONE:
    case MG_EFFECT_COPYUID:
        mg_ledger_copy(&act);
        break;
    case MG_EFFECT_FOLDER_DELETE:
    case MG_EFFECT_FOLDER_RENAME:
        mg_ledger_names(&act);
        break;
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
    g_ptr_array_add(pub->history, history);
}

/* The step has its number: history and proofs get it. */
static void step_close(Step *step, guint64 number)
{
    for (guint i = 0; i < step->befores->len; i++) {
        const Before *before = &g_array_index(step->befores, Before, i);
        Message *message = before->message;
        if (message->pub.merged_into == 0)
            add_history(message, before, number);
        for (guint k = 0; k < message->pub.copies->len; k++) {
            Copy *copy = message->pub.copies->pdata[k];
            if (copy->exchange == step->id && copy->pub.proof_step == 0)
                copy->pub.proof_step = number;
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

static void on_exchange(gpointer user, const MgExchange *exchange)
{
    MgLedger *ledger = user;
    Session *session = session_of(ledger, exchange->session);
    if (session == NULL)
        return;
    Step *step = step_get(session, exchange->id);
    mg_duty_exchange(session, step, exchange);
    mg_mirror_exchange(session, step, exchange);
    step_close(step, exchange->step);
    /* What belonged to no exchange comes with the next one. */
    guint64 none = 0;
    Step *loose = exchange->id != 0 ? g_hash_table_lookup(session->steps, &none) : NULL;
    g_autoptr(GPtrArray) movements =
        g_ptr_array_new_with_free_func((GDestroyNotify)mg_movement_free);
    if (loose != NULL) {
        step_close(loose, exchange->step);
        g_ptr_array_extend_and_steal(movements, g_ptr_array_ref(loose->movements));
        g_hash_table_remove(session->steps, &none);
    }
    for (guint i = 0; i < step->movements->len; i++)
        g_ptr_array_add(movements, step->movements->pdata[i]);
    g_ptr_array_set_free_func(step->movements, NULL);
    g_ptr_array_set_size(step->movements, 0);
    MgMoved moved = {.exchange = exchange, .movements = movements};
    mg_session_parties(session, &moved.client, &moved.server);
    ledger->sink.moved(ledger->sink.user, &moved);
    g_hash_table_remove(session->steps, &exchange->id);
}

static void on_note(gpointer user, const MgNote *note)
{
    MgLedger *ledger = user;
    ledger->sink.note(ledger->sink.user, note);
}

static void on_session_close(gpointer user, const MgSession *pub)
{
    MgLedger *ledger = user;
    Session *session = session_of(ledger, pub);
    if (session == NULL)
        return;
    MgParty client, server;
    mg_session_parties(session, &client, &server);
    ledger->sink.session_close(ledger->sink.user, pub, &client, &server);
    g_hash_table_remove(ledger->sessions, GUINT_TO_POINTER(pub->number));
}

void mg_ledger_exchange_sink(MgLedger *ledger, MgExchangeSink *ret_sink)
{
    *ret_sink = (MgExchangeSink){
        .session_open = on_session_open,
        .effect = on_effect,
        .exchange = on_exchange,
        .note = on_note,
        .session_close = on_session_close,
        .user = ledger,
    };
}
