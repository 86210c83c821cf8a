/* Bytes become effects: the ledger must keep its own house in order whatever proto says.
 *
 * Eight sessions of all protocols talk to two servers.  Each octet pair chooses a session and an
 * effect; the following octets fill its fields from small sets, so that numbers, UIDs, names and
 * texts meet each other often. */
#include "mg-movement.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SESSIONS = 8, KINDS = MG_EFFECT_LABELS_DONE + 1 };

typedef struct {
    const uint8_t *data;
    size_t size, at;
    MgLedger *ledger;
    MgExchangeSink in;
    MgSession sessions[SESSIONS];
    gboolean open[SESSIONS];
    guint64 exchange[SESSIONS];
    guint64 exchanges, steps, frame;
    guint moved;
} Fuzz;

static uint8_t octet(Fuzz *fuzz)
{
    return fuzz->at < fuzz->size ? fuzz->data[fuzz->at++] : 0;
}

static const char *pick(Fuzz *fuzz, const char *const *from, guint n)
{
    return from[octet(fuzz) % n];
}

/* ---- What must always hold ---- */

static void check_message(const MgMessage *message, guint number)
{
    g_assert_cmpuint(message->number, ==, number);
    g_assert_cmpuint(message->merged_into, <, number);
    if (message->merged_into != 0) {
        g_assert_cmpuint(message->copies->len, ==, 0);
        g_assert_cmpstr(message->qualifier, ==, "merged");
        return;
    }
    /* Whatever changed its copies has told so. */
    g_assert_true(mg_where_equal(message->where, mg_where_of(message)));
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        for (guint k = 0; k < i; k++)
            g_assert_cmpuint(copy->id, !=, ((MgCopy *)message->copies->pdata[k])->id);
        if (copy->state == MG_COPY_REMOVED)
            g_assert_cmpuint(copy->doubt, ==, 0);
        if (copy->composed)
            g_assert_cmpint(copy->place, ==, MG_PLACE_DEVICE);
        if (copy->place != MG_PLACE_MAILBOX)
            g_assert_cmpint(copy->state, !=, MG_COPY_MARKED);
    }
    for (guint i = 1; i < message->history->len; i++) {
        const MgHistory *a = message->history->pdata[i - 1], *b = message->history->pdata[i];
        g_assert_true(!mg_where_equal(a->where, b->where) ||
                      g_strcmp0(a->qualifier, b->qualifier) != 0);
        g_assert_cmpuint(a->step, <=, b->step);
    }
}

static void check_all(const Fuzz *fuzz)
{
    for (guint number = 1; number <= mg_ledger_count(fuzz->ledger); number++)
        check_message(mg_ledger_message(fuzz->ledger, number), number);
    g_assert_null(mg_ledger_message(fuzz->ledger, 0));
    g_assert_null(mg_ledger_message(fuzz->ledger, mg_ledger_count(fuzz->ledger) + 1));
}

static void on_moved(gpointer user, const MgMoved *moved)
{
    Fuzz *fuzz = user;
    fuzz->moved++;
    for (guint i = 0; i < moved->movements->len; i++) {
        const MgMovement *movement = moved->movements->pdata[i];
        const MgMessage *message = mg_ledger_message(fuzz->ledger, movement->message);
        g_assert_nonnull(message);
        g_assert_cmpint(movement->where.is, !=, MG_LOCATION_NONE);
        if (movement->where.other != MG_LOCATION_NONE)
            g_assert_cmpint(movement->where.is, <, movement->where.other);
        if (movement->copy != NULL)
            g_assert_cmpuint(movement->copy->id, >, 0);
    }
}

static void on_note(gpointer user, const MgNote *note)
{
    g_assert_nonnull(note->key);
}

static void on_session(gpointer user, const MgSession *session, const MgParty *client,
                       const MgParty *server)
{
    g_assert_cmpint(client->role, !=, MG_ROLE_UNKNOWN);
    g_assert_cmpint(server->role, !=, MG_ROLE_UNKNOWN);
}

/* ---- Effects out of octets ---- */

static MgStamp tick(Fuzz *fuzz)
{
    fuzz->frame++;
    return (MgStamp){.frame = fuzz->frame, .time = (MgTime)fuzz->frame, .capture = 1};
}

static MgContent *content_of(Fuzz *fuzz)
{
    static const char *const ids[] = {NULL, "<a@x>", "<b@x>", "<c@x>"};
    static const char *const bodies[] = {NULL, "one", "two", "three"};
    static const char *const received[] = {NULL, "from a by mx id QUEUE1; Fri",
                                           "by mx (id X) id QUEUE2"};
    uint8_t what = octet(fuzz);
    if (what == 0)
        return NULL;
    MgContent *content = mg_content_new();
    content->complete = what & 1;
    content->has_header = what & 2;
    content->has_body = what & 4;
    content->is_report = (what & 0x70) == 0x70;
    content->octets = what;
    content->lines = what / 8;
    content->message_id = g_strdup(pick(fuzz, ids, G_N_ELEMENTS(ids)));
    if (content->complete) {
        content->body_digest = g_strdup(pick(fuzz, bodies, G_N_ELEMENTS(bodies)));
        content->fingerprint = g_strdup(content->body_digest);
    }
    const char *field = pick(fuzz, received, G_N_ELEMENTS(received));
    if (field != NULL) {
        content->received = g_new0(char *, 2);
        content->received[0] = g_strdup(field);
    }
    content->head = g_strdup("Subject: x\r\n");
    content->head_len = strlen(content->head);
    return content;
}

static void play_effect(Fuzz *fuzz, guint which)
{
    static const char *const names[] = {NULL,    "anna@x", "bob@x",  "bob",  "u1",
                                        "u2",    "5:7",    "9,8,30", "Work", "carol",
                                        "Other", "INBOX",  "40:44",  ""};
    static const char *const folders[] = {"INBOX", "Work", "Sent", "Work/Old", NULL};
    static const char *const sets[] = {NULL,  "1",      "2:4",          "*",   "559:*",
                                       "1:*", "5,7:9",  "1:4294967295", "3:1", "$",
                                       "x",   "5:7,30", "1:3,2:5"};
    static const char *const keys[] = {"imap.store-deleted", "imap.copy", "imap.uid-move",
                                       "imap.replace",       "imap.move", "imap.uid-expunge"};
    static const char *const deleted[] = {"\\Deleted", "\\Seen", NULL};
    static const char *const seen[] = {"\\Seen", NULL};
    static const char *const none[] = {NULL};
    static const char *const *const flags[] = {NULL, deleted, seen, none};
    static const char *const items[] = {
        "BODY[]", "BODY[HEADER]", "BODY[TEXT]", "BODY[1]",
        "RFC822", "BINARY[]",     "BODY[1.2]",  "BODY[HEADER.FIELDS (FROM)]"};
    MgPart part = {0};
    MgPart *parts[] = {&part, NULL};
    MgEffect effect = {.kind = (MgEffectKind)(octet(fuzz) % KINDS),
                       .session = &fuzz->sessions[which]};
    uint8_t bits = octet(fuzz);
    effect.at = tick(fuzz);
    effect.exchange = fuzz->exchange[which];
    effect.outcome = (MgOutcome)(bits % (MG_OUTCOME_INFO + 1));
    effect.by = bits & 0x80 ? MG_ACTOR_SERVER : MG_ACTOR_CLIENT;
    effect.flag = bits & 0x40;
    effect.number = octet(fuzz) % 12;
    effect.transaction = (guint)effect.number % 4;
    effect.count = octet(fuzz) % 12;
    if (bits == 0x3f)
        effect.count = effect.number = G_MAXUINT64;
    effect.octets = octet(fuzz);
    effect.uid = octet(fuzz) % 48;
    effect.uidvalidity = bits & 0x20 ? 1 + octet(fuzz) % 2 : 1;
    effect.key = pick(fuzz, keys, G_N_ELEMENTS(keys));
    effect.name = pick(fuzz, names, G_N_ELEMENTS(names));
    effect.text = bits & 0x10 ? (bits & 0x08 ? "QUEUE1" : "QUEUE2") : bits & 0x08 ? "ALL" : NULL;
    effect.folder = pick(fuzz, folders, G_N_ELEMENTS(folders));
    effect.set = pick(fuzz, sets, G_N_ELEMENTS(sets));
    effect.flags = flags[octet(fuzz) % G_N_ELEMENTS(flags)];
    effect.mode = (MgFlagsMode)(octet(fuzz) % 3);
    g_autoptr(MgContent) content = content_of(fuzz);
    effect.content = content;
    if (effect.kind == MG_EFFECT_URL_FETCHED ||
        (effect.kind == MG_EFFECT_FETCHED && (bits & 0x08))) {
        part.item = (char *)pick(fuzz, items, G_N_ELEMENTS(items));
        part.octets = octet(fuzz);
        part.origin = part.octets & 1 ? G_MAXUINT64 : octet(fuzz);
        part.complete = bits & 1;
        part.nil = part.octets == 7;
        part.content = content;
        effect.content = NULL;
        effect.parts = parts;
    }
    fuzz->in.effect(fuzz->ledger, &effect);
}

static void complete(Fuzz *fuzz, guint which)
{
    static const char *const keys[] = {"smtp.data", "smtp.dot", "imap.search", "pop3.quit", "test"};
    static const char *const lines[] = {"a SEARCH RETURN (SAVE) ALL", "a SEARCH RETURN (save",
                                        "QUIT"};
    if (fuzz->exchange[which] == 0)
        return;
    MgExchange *exchange =
        mg_exchange_new(&fuzz->sessions[which], MG_STEP_COMMAND, pick(fuzz, keys, 5));
    exchange->id = fuzz->exchange[which];
    exchange->step = ++fuzz->steps;
    exchange->at = tick(fuzz);
    exchange->outcome = (MgOutcome)(octet(fuzz) % (MG_OUTCOME_INFO + 1));
    exchange->line = mg_text_new(pick(fuzz, lines, 3), -1);
    if (octet(fuzz) & 1)
        g_ptr_array_add(exchange->replies, mg_reply_new("250", MG_OUTCOME_OK));
    fuzz->in.exchange(fuzz->ledger, exchange);
    mg_exchange_free(exchange);
    fuzz->exchange[which] = 0;
    check_all(fuzz);
}

static void open_session(Fuzz *fuzz, guint which)
{
    static const MgProtocol protocols[] = {MG_PROTOCOL_SMTP, MG_PROTOCOL_LMTP, MG_PROTOCOL_POP3,
                                           MG_PROTOCOL_IMAP};
    static const guint16 ports[] = {25, 24, 110, 143};
    MgSession *session = &fuzz->sessions[which];
    g_free(session->account);
    *session = (MgSession){.number = ++fuzz->moved * SESSIONS + which, .start = tick(fuzz)};
    session->protocol = protocols[which % 4];
    session->client.address = (MgAddress){4, {10, 0, 0, (guint8)(1 + octet(fuzz) % 4)}};
    session->server.address = (MgAddress){4, {10, 0, 0, (guint8)(3 + octet(fuzz) % 2)}};
    session->server.port = ports[which % 4];
    session->client.port = (guint16)(50000 + which);
    session->authenticated = octet(fuzz) & 1;
    session->account = octet(fuzz) & 1 ? g_strdup("bob") : NULL;
    fuzz->open[which] = TRUE;
    fuzz->in.session_open(fuzz->ledger, session);
}

static void close_session(Fuzz *fuzz, guint which)
{
    complete(fuzz, which);
    fuzz->in.session_close(fuzz->ledger, &fuzz->sessions[which]);
    fuzz->open[which] = FALSE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Fuzz fuzz = {.data = data, .size = size};
    MgMovementSink sink = {on_session, on_moved, on_note, on_session, &fuzz};
    fuzz.ledger = mg_ledger_new(&sink);
    mg_ledger_exchange_sink(fuzz.ledger, &fuzz.in);
    while (fuzz.at < fuzz.size) {
        uint8_t what = octet(&fuzz);
        guint which = what % SESSIONS;
        if (!fuzz.open[which])
            open_session(&fuzz, which);
        if (fuzz.exchange[which] == 0 && (what & 0xf8) != 0xf0)
            fuzz.exchange[which] = ++fuzz.exchanges;
        if ((what & 0xc0) == 0xc0 && (what & 0x38) == 0x38)
            close_session(&fuzz, which);
        else if ((what & 0xc0) == 0x40)
            complete(&fuzz, which);
        else
            play_effect(&fuzz, which);
    }
    for (guint which = 0; which < SESSIONS; which++) {
        if (fuzz.open[which])
            close_session(&fuzz, which);
        g_free(fuzz.sessions[which].account);
    }
    check_all(&fuzz);
    mg_ledger_free(fuzz.ledger);
    return 0;
}
