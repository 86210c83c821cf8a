/* The stage itself: sessions, the effects that reach each protocol's rules, and steps, which
 * carry movements from the effects of an exchange to its completion. */
#include "ledger.h"

#include <string.h>

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
    ledger->sink = *sink;
    ledger->work = MG_LIMIT_WORK;
    ledger->stale = g_ptr_array_new();
    ledger->here = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)mg_message_free);
    ledger->handles = mg_handles_new();
    ledger->away = mg_away_new();
    ledger->folders = g_ptr_array_new_with_free_func((GDestroyNotify)mg_folder_free);
    ledger->hosts = g_hash_table_new_full((GHashFunc)mg_address_hash, (GEqualFunc)mg_address_equal,
                                          NULL, (GDestroyNotify)mg_host_free);
    ledger->accounts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mg_account_free);
    ledger->accounts_alike =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    ledger->either = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    ledger->sessions = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)session_free);
    ledger->reports = g_array_new(FALSE, FALSE, sizeof(guint));
    return ledger;
}

void mg_ledger_free(MgLedger *ledger)
{
    if (ledger == NULL)
        return;
    mg_away_set_limits(ledger->away, G_MAXSIZE, G_MAXSIZE);
    g_hash_table_unref(ledger->sessions);
    g_hash_table_unref(ledger->here);
    g_hash_table_unref(ledger->either);
    g_ptr_array_unref(ledger->folders);
    g_hash_table_unref(ledger->accounts_alike);
    g_hash_table_unref(ledger->accounts);
    g_hash_table_unref(ledger->hosts);
    g_ptr_array_unref(ledger->stale);
    mg_away_free(ledger->away);
    mg_handles_free(ledger->handles);
    g_array_unref(ledger->reports);
    g_free(ledger);
}

guint mg_ledger_count(const MgLedger *ledger)
{
    return ledger->count;
}

const MgMessage *mg_ledger_message(const MgLedger *ledger, guint number)
{
    Message *message = g_hash_table_lookup(ledger->here, GUINT_TO_POINTER(number));
    if (message == NULL)
        return mg_away_read(ledger, number);
    mg_message_recipients_where(message);
    return &message->pub;
}

void mg_ledger_set_memory(MgLedger *ledger, gsize octets)
{
    mg_away_set_limits(ledger->away, octets / 4, octets / 2 + MG_LIMIT_HANDLES);
    mg_idle_set_limits(ledger, octets);
}

void mg_ledger_say(MgLedger *ledger, const char *key, const MgStamp *now, guint64 count)
{
    MgNote note = {.kind = MG_NOTE_LIMIT, .key = key, .at = *now, .count = count};
    ledger->sink.note(ledger->sink.user, &note);
}

Account *mg_session_account(Session *session)
{
    if (session->account == NULL)
        session->account = mg_account_get(session->ledger, session->server, session->pub->account,
                                          session->pub->number);
    return session->account;
}

/* ---- The sink ---- */

/* A name by which readers know the machine: no address literal, nothing every machine has. */
static gboolean is_host_name(const char *name)
{
    static const char *const common[] = {"localhost", "localhost.localdomain", "localdomain"};
    for (gsize i = 0; i < G_N_ELEMENTS(common); i++)
        if (g_ascii_strcasecmp(name, common[i]) == 0)
            return FALSE;
    return *name != '\0' && *name != '[' && strpbrk(name, " \t/()<>\"") == NULL;
}

/* What one side of a session calls itself names its host, when it is the first to do so. */
static void learn_name(Session *session, gboolean server, const char *name)
{
    /* IMAP's ID names a program, not a machine. */
    gboolean imap = session->pub->protocol == MG_PROTOCOL_IMAP;
    if (name == NULL || !is_host_name(name) || (imap && !server) ||
        (imap && strchr(name, '.') == NULL))
        return;
    char **field = server ? &session->server->server_name : &session->client->client_name;
    if (*field == NULL)
        *field = g_strdup(name);
}

static void on_session_open(gpointer user, const MgSession *pub)
{
    MgLedger *ledger = user;
    Session *session = g_new0(Session, 1);
    session->ledger = ledger;
    session->pub = pub;
    session->client = mg_host_get(ledger, &pub->client.address);
    session->server = mg_host_get(ledger, &pub->server.address);
    session->client->used = session->server->used = pub->number;
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
        g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)mg_step_free);
    session->transactions =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)mg_transaction_free);
    session->marks = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    session->deleted_permanent = TRUE;
    g_hash_table_insert(ledger->sessions, GUINT_TO_POINTER(pub->number), session);
    learn_name(session, FALSE, pub->client_name);
    learn_name(session, TRUE, pub->server_name);
    MgParty client, server;
    mg_session_parties(session, &client, &server);
    ledger->sink.session_open(ledger->sink.user, pub, &client, &server);
}

static Session *session_of(MgLedger *ledger, const MgSession *pub)
{
    return g_hash_table_lookup(ledger->sessions, GUINT_TO_POINTER(pub->number));
}

static void named(Act *act)
{
    learn_name(act->session, act->effect->by == MG_ACTOR_SERVER, act->effect->name);
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
            if (!mg_act_afford(act, mg_folder_touched_count(folder)))
                break;
            g_autoptr(GPtrArray) entries = mg_folder_touched(folder, TRUE);
            for (guint i = 0; i < entries->len; i++)
                g_hash_table_add(session->met,
                                 GUINT_TO_POINTER(mg_entry_message(entries->pdata[i])));
        }
    }
    if (!mg_act_afford(act, g_hash_table_size(session->met)))
        return;
    g_hash_table_iter_init(&iter, session->met);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        Message *message = mg_message_at(act->ledger, GPOINTER_TO_UINT(key));
        if (message == NULL || message->pub.merged_into != 0)
            continue;
        message->pub.in_dark = TRUE;
        message->pub.dark_session = session->pub->number;
        mg_act_refresh(act, message);
    }
}

static void play(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    MgLedger *ledger = act->ledger;
    switch (effect->kind) {
    case MG_EFFECT_LOGIN:
        if (effect->outcome != MG_OUTCOME_OK)
            break;
        g_clear_pointer(&session->view, mg_view_free);
        session->account =
            mg_account_get(ledger, session->server, effect->name, session->pub->number);
        break;
    case MG_EFFECT_NAMED:
        named(act);
        break;
    case MG_EFFECT_ENCRYPTED:
        encrypted(act);
        break;
    case MG_EFFECT_MAIL:
    case MG_EFFECT_RCPT:
    case MG_EFFECT_TEXT:
    case MG_EFFECT_BURL:
    case MG_EFFECT_HANDOVER:
    case MG_EFFECT_UNREAD:
    case MG_EFFECT_ABANDONED:
        mg_ledger_smtp(act);
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
        mg_ledger_maildrop(act);
        break;
    case MG_EFFECT_FETCHED:
        mg_ledger_fetched(act);
        break;
    case MG_EFFECT_LABELS_DONE:
        mg_ledger_labels(act);
        break;
    case MG_EFFECT_URL_FETCHED:
        mg_ledger_url_fetched(act);
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
    case MG_EFFECT_HOLE:
        mg_ledger_folder(act);
        break;
    case MG_EFFECT_ADDRESS:
    case MG_EFFECT_STORE_DONE:
    case MG_EFFECT_EXPUNGE_DONE:
    case MG_EFFECT_APPEND:
        mg_ledger_imap(act);
        break;
    case MG_EFFECT_COPY_DONE:
    case MG_EFFECT_MOVE_DONE:
    case MG_EFFECT_COPYUID:
        mg_ledger_copy(act);
        break;
    case MG_EFFECT_FOLDER_DELETE:
    case MG_EFFECT_FOLDER_RENAME:
        mg_ledger_names(act);
        break;
    }
}

static void on_effect(gpointer user, const MgEffect *effect)
{
    MgLedger *ledger = user;
    Session *session = session_of(ledger, effect->session);
    if (session == NULL)
        return;
    Act act = {ledger, session, effect, mg_step_get(session, effect->exchange), NULL};
    if (act.step->key == NULL && effect->key != NULL)
        act.step->key = g_intern_string(effect->key);
    ledger->work = MIN(ledger->work + MG_LIMIT_WORK_PER_LINE, (guint64)MG_LIMIT_WORK * 8);
    ledger->text_message = 0;
    play(&act);
    mg_same_settle(&act);
    g_array_append_vals(act.step->reports, ledger->reports->data, ledger->reports->len);
    g_array_set_size(ledger->reports, 0);
    act.still = NULL;
    mg_act_refresh_stale(&act);
    mg_away_settle(ledger, &effect->at);
}

guint mg_ledger_text_message(const MgLedger *ledger)
{
    return ledger->text_message;
}

static void on_exchange(gpointer user, const MgExchange *exchange)
{
    MgLedger *ledger = user;
    Session *session = session_of(ledger, exchange->session);
    if (session == NULL)
        return;
    Step *step = mg_step_get(session, exchange->id);
    mg_duty_exchange(session, step, exchange);
    mg_mirror_exchange(session, step, exchange);
    mg_report_settle(session, step, exchange);
    mg_step_tell_rest(session, step, exchange);
    mg_step_close(ledger, step, exchange->step);
    /* What belonged to no exchange comes with the next one. */
    guint64 none = 0;
    Step *loose = exchange->id != 0 ? g_hash_table_lookup(session->steps, &none) : NULL;
    g_autoptr(GPtrArray) movements =
        g_ptr_array_new_with_free_func((GDestroyNotify)mg_movement_free);
    if (loose != NULL) {
        mg_step_close(ledger, loose, exchange->step);
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
    mg_away_settle(ledger, &exchange->at);
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
    Account *account = session->account;
    g_hash_table_remove(ledger->sessions, GUINT_TO_POINTER(pub->number));
    mg_idle_session(ledger, account, pub->number);
    mg_away_settle(ledger, &pub->end);
    mg_idle_settle(ledger, &pub->end);
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
