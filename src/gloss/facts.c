#include "facts.h"

#include <string.h>

MgFacts *mg_facts_new(const MgGlossary *glossary)
{
    MgFacts *facts = g_new0(MgFacts, 1);
    facts->glossary = glossary;
    facts->messages = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return facts;
}

void mg_facts_free(MgFacts *facts)
{
    g_hash_table_unref(facts->messages);
    g_free(facts);
}

static void once(MgOnce *what, guint64 first, guint64 second)
{
    if (what->count++ > 0)
        return;
    what->steps[0] = first;
    what->steps[1] = second;
}

static void first(guint64 *step, guint64 now)
{
    if (*step == 0)
        *step = now;
}

static gboolean is_key(const MgExchange *exchange, const char *key)
{
    return strcmp(exchange->key, key) == 0;
}

/* NULL: too many are remembered. */
static MgMessageFacts *facts_of(MgFacts *facts, guint number)
{
    MgMessageFacts *own = g_hash_table_lookup(facts->messages, GUINT_TO_POINTER(number));
    if (own == NULL && g_hash_table_size(facts->messages) < MG_FACTS_MESSAGES) {
        own = g_new0(MgMessageFacts, 1);
        own->number = number;
        g_hash_table_insert(facts->messages, GUINT_TO_POINTER(number), own);
    }
    return own;
}

/* ---- What moved ---- */

static gboolean server_keeps(const MgMovement *movement)
{
    return movement->where.is == MG_LOCATION_BOTH && movement->where.other == MG_LOCATION_NONE;
}

static void take_device(MgMessageFacts *own, const MgMoved *moved)
{
    const MgAddress *address = &moved->client.end.address;
    if (moved->client.role == MG_ROLE_SERVER)
        return;
    if (own->device_step == 0) {
        own->device = *address;
        own->device_step = moved->exchange->step;
    } else if (own->other_step == 0 && !mg_address_equal(address, &own->device)) {
        own->other_step = moved->exchange->step;
    }
}

static void take_marks(MgMessageFacts *own, const MgExchange *exchange, MgEvent event,
                       const MgTally *tally)
{
    const gboolean pop3 = g_str_has_prefix(exchange->key, "pop3.");
    const guint session = exchange->session->number;
    /* What carries a mark already is not marked anew: then the session tells its DELE. */
    if (pop3 && event == MG_EVENT_REMOVED && own->dele_session != session)
        own->dele = tally->dele;
    if (pop3)
        own->dele_session = session;
    if (event == MG_EVENT_MARKED) {
        *(pop3 ? &own->dele : &own->mark) = exchange->step;
        own->lost = own->back = 0;
    } else if (event == MG_EVENT_REMOVED) {
        *(pop3 ? &own->dele_quit : &own->expunge) = exchange->step;
    } else if (is_key(exchange, "pop3.rset")) {
        own->back = exchange->step;
    } else if (event == MG_EVENT_UNMARKED) {
        own->mark = 0;
    }
}

/* Another device than the one that acted learns of it. */
static void take_learned(MgMessageFacts *own, const MgMoved *moved, const MgMovement *movement)
{
    const MgAddress *client = &moved->client.end.address;
    if (mg_address_equal(client, &movement->cause_client.address))
        return;
    const gboolean gone = movement->copy != NULL && movement->copy->state == MG_COPY_REMOVED;
    MgToldKind kind = MG_TOLD_FLAGS;
    if (gone)
        kind = MG_TOLD_GONE;
    else if (movement->event == MG_EVENT_STORED || movement->event == MG_EVENT_COPIED ||
             movement->event == MG_EVENT_MOVED)
        kind = MG_TOLD_CAME;
    MgToldFacts *told = &own->told[kind];
    if (told->steps[0] != 0)
        return;
    told->steps[0] = movement->cause_step;
    told->steps[1] = moved->exchange->step;
    told->by = movement->cause_client;
    told->to = moved->client.end;
}

static void take_movement(MgFacts *facts, const MgMoved *moved, const MgMovement *movement,
                          const MgTally *tally)
{
    const MgExchange *exchange = moved->exchange;
    const MgProtocol protocol = exchange->session->protocol;
    const gboolean mailbox = protocol == MG_PROTOCOL_POP3 || protocol == MG_PROTOCOL_IMAP;
    const guint64 step = exchange->step;
    MgMessageFacts *own = facts_of(facts, movement->message);
    if (own == NULL)
        return;
    if (mg_learned(movement)) {
        take_learned(own, moved, movement);
        return;
    }
    if (mailbox)
        first(&own->mailbox, step);
    switch (movement->event) {
    case MG_EVENT_ACCEPTED:
        first(&own->accepted, step);
        break;
    case MG_EVENT_DELIVERED:
        first(&own->mailbox, step);
        break;
    case MG_EVENT_IN_DOUBT:
        /* SEND, and a reply that the client may not have read: there was an answer. */
        if (!mailbox && (movement->copy != NULL || exchange->outcome == MG_OUTCOME_UNANSWERED))
            first(&own->doubt, step);
        else if (is_key(exchange, "pop3.quit"))
            own->quit_doubt = step;
        break;
    case MG_EVENT_REFUSED:
        if (movement->recipient != NULL && !mailbox)
            first(&own->refused, step);
        break;
    case MG_EVENT_DOWNLOADED:
        take_device(own, moved);
        if (protocol == MG_PROTOCOL_POP3)
            own->pop_fetched = step;
        if (server_keeps(movement))
            first(&own->fetched, step);
        break;
    case MG_EVENT_MARKED:
    case MG_EVENT_REMOVED:
    case MG_EVENT_UNMARKED:
        if (is_key(exchange, "pop3.drop"))
            own->lost = step;
        else if (mg_asked(exchange, movement->event)) {
            take_device(own, moved);
            take_marks(own, exchange, movement->event, tally);
        }
        break;
    default:
        break;
    }
}

/* QUIT: what it means for the messages of its session. */
static void take_quit(MgFacts *facts, const MgExchange *exchange, const MgTally *tally)
{
    const gboolean pop3 = is_key(exchange, "pop3.quit");
    if ((!pop3 && !is_key(exchange, "smtp.quit")) || exchange->outcome != MG_OUTCOME_OK)
        return;
    GHashTableIter iter;
    gpointer number, value;
    g_hash_table_iter_init(&iter, tally->messages);
    while (g_hash_table_iter_next(&iter, &number, &value)) {
        const guint bits = GPOINTER_TO_UINT(value);
        MgMessageFacts *own = g_hash_table_lookup(facts->messages, number);
        if (own == NULL)
            continue;
        if (!pop3 && (bits & (1U << MG_EVENT_ACCEPTED)))
            first(&own->accepted_quit, exchange->step);
        else if (pop3 && (bits & (1U << MG_EVENT_DOWNLOADED)) &&
                 !(bits & ((1U << MG_EVENT_MARKED) | (1U << MG_EVENT_REMOVED))))
            own->pop_quit = exchange->step;
    }
}

/* ---- What was said ---- */

static gboolean has_secret(const MgExchange *exchange)
{
    return exchange->line != NULL && exchange->line->secrets != NULL &&
           exchange->line->secrets->len > 0;
}

static void take_password(MgFacts *facts, const MgExchange *exchange)
{
    if (!has_secret(exchange))
        return;
    const char *mechanism = g_hash_table_lookup(exchange->args, "mechanism");
    if (is_key(exchange, "pop3.pass") || is_key(exchange, "imap.login"))
        once(&facts->password, exchange->step, 0);
    else if (mechanism != NULL && (g_ascii_strcasecmp(mechanism, "PLAIN") == 0 ||
                                   g_ascii_strcasecmp(mechanism, "LOGIN") == 0))
        once(&facts->base64, exchange->step, 0);
}

static gboolean flag_in_reply(const MgExchange *exchange, const char *key)
{
    for (guint i = 0; i < exchange->details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(exchange->details, i);
        if (detail->in_reply && g_strcmp0(detail->key, key) == 0)
            return TRUE;
    }
    return FALSE;
}

/* Whether reading counts: BODY[] does, BODY.PEEK[] does not (RFC 9051 section 6.4.5). */
static void take_fetch(MgFacts *facts, const MgMoved *moved, const MgTally *tally)
{
    const MgExchange *exchange = moved->exchange;
    gboolean got = FALSE, peek = FALSE, reads = FALSE;
    if (!is_key(exchange, "imap.fetch") && !is_key(exchange, "imap.uid-fetch"))
        return;
    for (guint i = 0; i < moved->movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(moved->movements, i);
        got = got || movement->event == MG_EVENT_DOWNLOADED;
    }
    for (guint i = 0; i < exchange->details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(exchange->details, i);
        if (detail->in_reply || detail->token == NULL)
            continue;
        peek = peek || g_ascii_strncasecmp(detail->token, "BODY.PEEK[", 10) == 0 ||
               g_ascii_strncasecmp(detail->token, "BINARY.PEEK[", 12) == 0;
        reads = reads || g_ascii_strncasecmp(detail->token, "BODY[", 5) == 0 ||
                g_ascii_strncasecmp(detail->token, "BINARY[", 7) == 0 ||
                g_ascii_strcasecmp(detail->token, "RFC822") == 0 ||
                g_ascii_strcasecmp(detail->token, "RFC822.TEXT") == 0;
    }
    if (got && reads && !tally->read_only && flag_in_reply(exchange, "imap.flag.seen"))
        once(&facts->seen, exchange->step, 0);
    else if (got && peek && !reads)
        once(&facts->peek, exchange->step, 0);
}

void mg_facts_step(MgFacts *facts, const MgMoved *moved, const MgTally *tally)
{
    const MgExchange *exchange = moved->exchange;
    for (guint i = 0; i < moved->movements->len; i++)
        take_movement(facts, moved, g_ptr_array_index(moved->movements, i), tally);
    take_quit(facts, exchange, tally);
    take_password(facts, exchange);
    take_fetch(facts, moved, tally);
}

void mg_facts_session(MgFacts *facts, const MgSession *session, const MgTally *tally)
{
    facts->missing_octets += session->missing_octets;
    if (!session->complete_start && tally->first_step > 0)
        once(&facts->middle, tally->first_step, 0);
    if (session->encrypted_from_step == 0)
        return;
    if (tally->last_readable > 0)
        once(&facts->starttls, tally->last_readable, 0);
    else
        once(&facts->dark, session->encrypted_from_step, 0);
}
