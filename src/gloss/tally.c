#include "tally.h"

#include <string.h>

static gboolean is_key(const MgExchange *exchange, const char *key)
{
    return strcmp(exchange->key, key) == 0;
}

gboolean mg_asked(const MgExchange *exchange, MgEvent event)
{
    const char *key = exchange->key;
    const gboolean command = exchange->kind == MG_STEP_COMMAND;
    switch (event) {
    case MG_EVENT_REMOVED:
        return command && (is_key(exchange, "pop3.quit") || g_str_has_prefix(key, "pop3.xtnd") ||
                           strstr(key, "expunge") != NULL || strstr(key, "replace") != NULL ||
                           is_key(exchange, "imap.close") || is_key(exchange, "imap.delete"));
    case MG_EVENT_MOVED:
        return command && (strstr(key, "move") != NULL || g_str_has_prefix(key, "imap.rename"));
    case MG_EVENT_COPIED:
        return command && strstr(key, "copy") != NULL;
    case MG_EVENT_STORED:
        return command && (strstr(key, "append") != NULL || strstr(key, "replace") != NULL);
    case MG_EVENT_MARKED:
    case MG_EVENT_UNMARKED:
    case MG_EVENT_FLAGGED:
        return command && (is_key(exchange, "pop3.dele") || is_key(exchange, "pop3.rset") ||
                           strstr(key, "store") != NULL);
    default:
        return TRUE;
    }
}

static gboolean tells_gone(const char *key)
{
    return key != NULL && (strcmp(key, "imap.response.expunge") == 0 ||
                           strcmp(key, "imap.response.vanished") == 0);
}

guint64 mg_told_gone(const MgExchange *exchange)
{
    if (mg_asked(exchange, MG_EVENT_REMOVED) || mg_asked(exchange, MG_EVENT_MOVED))
        return 0;
    guint64 gone = 0;
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        if (!tells_gone(reply->key))
            continue;
        const char *count =
            exchange->kind == MG_STEP_SERVER ? g_hash_table_lookup(exchange->args, "count") : NULL;
        const gboolean many = strcmp(reply->key, "imap.response.vanished") == 0;
        gone += many && count != NULL ? g_ascii_strtoull(count, NULL, 10) : 1;
    }
    return gone;
}

void mg_tally_free(gpointer data)
{
    MgTally *tally = data;
    g_hash_table_unref(tally->messages);
    g_free(tally->folder);
    g_free(tally);
}

MgTally *mg_tally_get(MgGloss *gloss, guint session)
{
    MgTally *tally = g_hash_table_lookup(gloss->tallies, GUINT_TO_POINTER(session));
    if (tally == NULL) {
        tally = g_new0(MgTally, 1);
        tally->messages = g_hash_table_new(NULL, NULL);
        g_hash_table_insert(gloss->tallies, GUINT_TO_POINTER(session), tally);
    }
    return tally;
}

/* ---- Counting ---- */

static void add_bits(GHashTable *messages, guint number, guint bits)
{
    const guint had = GPOINTER_TO_UINT(g_hash_table_lookup(messages, GUINT_TO_POINTER(number)));
    g_hash_table_insert(messages, GUINT_TO_POINTER(number), GUINT_TO_POINTER(had | bits));
}

/* One recipient's answer is no answer for the message. */
static guint recipient_bits(MgTally *tally, const MgMovement *movement)
{
    switch (movement->event) {
    case MG_EVENT_REFUSED:
        tally->refused_recipients++;
        return TALLY_RCPT_REFUSED;
    case MG_EVENT_DEFERRED:
        tally->deferred_recipients++;
        return TALLY_RCPT_DEFERRED;
    default:
        return TALLY_RCPT_OK;
    }
}

static void count_movement(MgTally *tally, const MgExchange *exchange, const MgMovement *movement)
{
    /* A yes to a text that may have gone to a screen is a yes. */
    const gboolean screen = exchange->kind == MG_STEP_CONTENT &&
                            exchange->outcome == MG_OUTCOME_OK &&
                            movement->event == MG_EVENT_IN_DOUBT && movement->copy == NULL;
    const MgEvent event = screen ? MG_EVENT_ACCEPTED : movement->event;
    if (mg_learned(movement))
        return;
    if (is_key(exchange, "smtp.rcpt")) {
        add_bits(tally->messages, movement->message, recipient_bits(tally, movement));
        return;
    }
    if (event == MG_EVENT_ACCEPTED || event == MG_EVENT_DELIVERED)
        tally->accepted_recipients++;
    if (event == MG_EVENT_UNMARKED && is_key(exchange, "pop3.drop"))
        tally->marks_lost++;
    if (!mg_asked(exchange, event))
        return;
    add_bits(tally->messages, movement->message, 1U << event);
    switch (event) {
    case MG_EVENT_MARKED:
        tally->marked++;
        break;
    case MG_EVENT_UNMARKED:
        tally->marked -= MIN(tally->marked, 1);
        tally->marks_back++;
        break;
    case MG_EVENT_REMOVED:
        tally->removed++;
        break;
    case MG_EVENT_IN_DOUBT:
        tally->in_doubt++;
        break;
    default:
        break;
    }
}

/* How many messages a maildrop has: from the login, STAT, or a whole listing. */
static void take_count(MgTally *tally, const MgExchange *exchange)
{
    static const char *const keys[] = {"pop3.pass", "pop3.apop", "pop3.stat",
                                       "pop3.list", "pop3.uidl", NULL};
    const char *count = g_hash_table_lookup(exchange->args, "count");
    if (count == NULL || exchange->outcome != MG_OUTCOME_OK ||
        !g_strv_contains(keys, exchange->key))
        return;
    tally->has_count = TRUE;
    /* Marked ones are left out of the server's count (RFC 1939 section 5). */
    tally->count = g_ascii_strtoull(count, NULL, 10) +
                   (g_str_has_prefix(exchange->key, "pop3.p") ? 0 : tally->marked);
}

static void take_folder(MgTally *tally, const MgExchange *exchange)
{
    const gboolean select = g_str_has_prefix(exchange->key, "imap.select");
    const gboolean examine = is_key(exchange, "imap.examine");
    if (!select && !examine && !is_key(exchange, "imap.close") &&
        !is_key(exchange, "imap.unselect"))
        return;
    g_clear_pointer(&tally->folder, g_free);
    tally->read_only = examine;
    if ((select || examine) && exchange->outcome == MG_OUTCOME_OK)
        tally->folder = g_strdup(g_hash_table_lookup(exchange->args, "folder"));
}

void mg_tally_step(MgTally *tally, const MgMoved *moved)
{
    const MgExchange *exchange = moved->exchange;
    if (tally->first_step == 0)
        tally->first_step = exchange->step;
    if (exchange->kind != MG_STEP_CONNECTION)
        tally->last_readable = exchange->step;
    if (is_key(exchange, "pop3.dele"))
        tally->dele = exchange->step;
    tally->told_gone += mg_told_gone(exchange);
    for (guint i = 0; i < moved->movements->len; i++)
        count_movement(tally, exchange, g_ptr_array_index(moved->movements, i));
    take_count(tally, exchange);
    take_folder(tally, exchange);
}

/* ---- Sentences ---- */

typedef struct {
    const MgGloss *gloss;
    GString *out;
} Said;

static void say(Said *said, const char *name, guint64 count, GHashTable *values)
{
    g_autofree char *group = g_strconcat("did.", name, NULL);
    mg_values_set(values, "count", "%" G_GUINT64_FORMAT, count);
    g_autofree char *text =
        mg_phrase(said->gloss->glossary, group, "normal", said->gloss->options.detail, values);
    if (text != NULL)
        g_string_append_printf(said->out, "%s%s", said->out->len > 0 ? " " : "", text);
}

static void say_count(Said *said, const char *name, guint64 count)
{
    g_autoptr(GHashTable) values = mg_values_new();
    if (count > 0)
        say(said, name, count, values);
}

static void say_plain(Said *said, const char *name)
{
    say_count(said, name, 1);
}

/* Bits of the messages, those that turned out to be one taken together. */
static GHashTable *merged(const MgGloss *gloss, const MgTally *tally)
{
    GHashTable *messages = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    gpointer number, bits;
    g_hash_table_iter_init(&iter, tally->messages);
    while (g_hash_table_iter_next(&iter, &number, &bits))
        add_bits(messages, mg_message_stays(gloss->ledger, GPOINTER_TO_UINT(number)),
                 GPOINTER_TO_UINT(bits));
    return messages;
}

/* How many messages have all bits of `all` and none of `none`. */
static guint64 count_of(GHashTable *messages, guint all, guint none)
{
    guint64 count = 0;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, messages);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const guint bits = GPOINTER_TO_UINT(value);
        count += (bits & all) == all && (bits & none) == 0;
    }
    return count;
}

#define BIT(event) (1U << MG_EVENT_##event)

static void say_smtp(Said *said, const MgTally *tally, GHashTable *messages)
{
    guint64 accepted = 0, doubt = 0, refused = 0, deferred = 0, dropped = 0;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, messages);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const guint bits = GPOINTER_TO_UINT(value);
        const gboolean nobody = !(bits & TALLY_RCPT_OK);
        if (bits & (BIT(ACCEPTED) | BIT(DELIVERED)))
            accepted++;
        else if (bits & BIT(IN_DOUBT))
            doubt++;
        else if ((bits & BIT(DEFERRED)) || (nobody && (bits & TALLY_RCPT_DEFERRED)))
            deferred++;
        else if ((bits & BIT(REFUSED)) || (nobody && (bits & TALLY_RCPT_REFUSED)))
            refused++;
        else
            dropped++;
    }
    if (accepted > 0) {
        g_autoptr(GHashTable) values = mg_values_new();
        mg_values_set(values, "count", "%" G_GUINT64_FORMAT, tally->accepted_recipients);
        g_autofree char *recipients = mg_phrase_label(said->gloss->glossary, "recipients", values);
        mg_values_set(values, "recipients", "%s", recipients);
        say(said, "smtp-accepted", accepted, values);
    }
    say_count(said, "smtp-refused", refused);
    say_count(said, "smtp-deferred", deferred);
    say_count(said, "smtp-unanswered", doubt);
    say_count(said, "smtp-recipients-refused", tally->refused_recipients);
    say_count(said, "smtp-recipients-deferred", tally->deferred_recipients);
    say_count(said, "smtp-dropped", dropped);
}

static void say_received(Said *said, GHashTable *messages, const char *whole)
{
    const guint got = BIT(DOWNLOADED);
    say_count(said, whole, count_of(messages, got, 0));
    say_count(said, "parts", count_of(messages, BIT(PART_READ), got));
    say_count(said, "headers", count_of(messages, BIT(HEADERS_READ), got | BIT(PART_READ)));
}

static void say_pop3(Said *said, const MgTally *tally, GHashTable *messages)
{
    say_received(said, messages, "pop3-got");
    if (said->out->len == 0)
        say_plain(said, "pop3-got-none");
    say_count(said, "pop3-removed", tally->removed);
    say_count(said, "pop3-marks-back", tally->marks_back);
    say_count(said, "pop3-marks-lost", tally->marks_lost);
    say_count(said, "pop3-in-doubt", tally->in_doubt);
    if (tally->dele == 0)
        say_plain(said, "pop3-not-asked");
    else if (tally->removed > 0 && said->gloss->options.detail != MG_DETAIL_BRIEF)
        say_plain(said, "pop3-nothing-else");
    if (!tally->has_count || tally->in_doubt > 0 || tally->count < tally->removed)
        return;
    if (tally->count > tally->removed)
        say_count(said, "pop3-left", tally->count - tally->removed);
    else
        say_plain(said, "pop3-left-none");
}

static void say_imap(Said *said, const MgTally *tally, GHashTable *messages)
{
    say_received(said, messages, "imap-got");
    say_count(said, "imap-marked", count_of(messages, BIT(MARKED), 0));
    say_count(said, "imap-unmarked", count_of(messages, BIT(UNMARKED), 0));
    say_count(said, "imap-flagged", count_of(messages, BIT(FLAGGED), BIT(MARKED) | BIT(UNMARKED)));
    say_count(said, "imap-copied", count_of(messages, BIT(COPIED), 0));
    say_count(said, "imap-moved", count_of(messages, BIT(MOVED), 0));
    say_count(said, "imap-removed", count_of(messages, BIT(REMOVED), 0));
    say_count(said, "imap-uploaded", count_of(messages, BIT(STORED), 0));
    say_count(said, "imap-told-gone", tally->told_gone);
}

static void say_encrypted(Said *said, const MgSession *session)
{
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "step", "%" G_GUINT64_FORMAT, session->encrypted_from_step);
    mg_values_set(values, "octets", "%" G_GUINT64_FORMAT, session->encrypted_client_octets);
    mg_values_set(values, "more", "%" G_GUINT64_FORMAT, session->encrypted_server_octets);
    say(said, session->tls_records > 0 ? "encrypted-tls" : "encrypted", session->tls_records,
        values);
    say_plain(said, "encrypted-still");
}

char *mg_tally_did(const MgGloss *gloss, const MgTally *tally, const MgSession *session)
{
    g_autoptr(GHashTable) messages = merged(gloss, tally);
    Said said = {gloss, g_string_new(NULL)};
    const gboolean mailbox =
        session->protocol == MG_PROTOCOL_POP3 || session->protocol == MG_PROTOCOL_IMAP;
    const gboolean dark = session->encrypted_from_step > 0;
    const gboolean outside = mailbox && session->complete_start && !session->authenticated;
    if (mailbox && !dark && outside && g_hash_table_size(messages) == 0)
        say_plain(&said, "nobody");
    else if (session->protocol == MG_PROTOCOL_POP3 && (!dark || session->authenticated))
        say_pop3(&said, tally, messages);
    else if (session->protocol == MG_PROTOCOL_IMAP)
        say_imap(&said, tally, messages);
    else if (!mailbox)
        say_smtp(&said, tally, messages);
    if (dark)
        say_encrypted(&said, session);
    else if (said.out->len == 0 && tally->first_step > 0)
        say_plain(&said, mailbox ? "imap-nothing" : "smtp-nothing");
    char *did = g_string_free(said.out, FALSE);
    if (*did == '\0')
        g_clear_pointer(&did, g_free);
    return did;
}
