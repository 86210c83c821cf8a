/* Which rows of the fact tables a step shows: what a dialogue says that it covers must be there. */
#include "player.h"

#include <string.h>

/* Rows that are seen in what does not happen. */
static const char *const silent[] = {"pop3.newmail", NULL};

static void show(GHashTable *rows, const char *key)
{
    if (key != NULL)
        g_hash_table_add(rows, g_strdup(key));
}

static void show_lower(GHashTable *rows, const char *prefix, const char *word)
{
    g_autofree char *lower = g_ascii_strdown(word, -1);
    g_strdelimit(lower, "/", '-');
    g_autofree char *key = g_strconcat(prefix, lower, NULL);
    show(rows, key);
}

static gboolean is_smtp(MgProtocol protocol)
{
    return protocol == MG_PROTOCOL_SMTP || protocol == MG_PROTOCOL_LMTP;
}

/* A row of the protocol's commands. */
static void show_of(GHashTable *rows, MgProtocol protocol, const char *what)
{
    g_autofree char *key =
        g_strconcat(mg_protocol_word(protocol == MG_PROTOCOL_LMTP ? MG_PROTOCOL_SMTP : protocol),
                    ".", what, NULL);
    show(rows, key);
}

/* A code that has a meaning of its own in some context. */
static gboolean is_listed(const char *code)
{
    guint n;
    const MgProtoRow *table = mg_proto_rows(MG_PROTOCOL_SMTP, &n);
    g_autofree char *prefix = g_strconcat("smtp.reply.", code, ".", NULL);
    for (guint i = 0; i < n; i++)
        if (g_str_has_prefix(table[i].key, prefix))
            return TRUE;
    return FALSE;
}

static void show_smtp_reply(GHashTable *rows, const MgReply *reply)
{
    g_autofree char *code = g_strconcat("smtp.reply.", reply->code, NULL);
    show(rows, code);
    if (!is_listed(reply->code)) {
        g_autofree char *class = g_strdup_printf("smtp.reply.%cyz", reply->code[0]);
        show(rows, class);
    }
    if (reply->lines->len > 1)
        show(rows, "smtp.reply.nyz-multi");
    if (g_str_equal(reply->code, "558"))
        show(rows, "smtp.xexdata");
}

/* RFC 3463: class, subject, detail; each has a row. */
static void show_enhanced(GHashTable *rows, const char *status)
{
    g_auto(GStrv) parts = g_strsplit(status, ".", -1);
    if (g_strv_length(parts) != 3)
        return;
    g_autofree char *class = g_strconcat("enhanced.", parts[0], NULL);
    g_autofree char *subject = g_strconcat("enhanced.x.", parts[1], NULL);
    g_autofree char *detail = g_strconcat(subject, ".", parts[2], NULL);
    show(rows, class);
    show(rows, subject);
    show(rows, detail);
}

static void show_imap_code(GHashTable *rows, const char *code)
{
    show_lower(rows, "imap.code.", code);
    if (code[0] == 'X')
        show(rows, "imap.code.unknown");
}

static void show_reply(GHashTable *rows, const MgReply *reply, MgProtocol protocol)
{
    show(rows, reply->key);
    if (g_str_equal(reply->code, "+") || g_str_equal(reply->code, "334"))
        show_of(rows, protocol, "auth-challenge");
    if (is_smtp(protocol))
        show_smtp_reply(rows, reply);
    if (protocol == MG_PROTOCOL_IMAP && reply->key == NULL)
        show_lower(rows, "imap.reply.", reply->code);
    if (reply->enhanced == NULL)
        return;
    if (protocol == MG_PROTOCOL_POP3)
        show_lower(rows, "pop3.code.", reply->enhanced);
    else if (protocol == MG_PROTOCOL_IMAP)
        show_imap_code(rows, reply->enhanced);
    else
        show_enhanced(rows, reply->enhanced);
}

/* ---- Behaviours: what no single line shows ---- */

/* Two commands in one segment, or one before the greeting. */
static void show_pipelining(Record *record, const MgExchange *exchange)
{
    guint64 frame = mg_frames_first(&exchange->frames);
    if (exchange->line == NULL || exchange->kind != MG_STEP_COMMAND)
        return;
    if (frame != 0 && frame == record->command_frame)
        show_of(record->rows, exchange->session->protocol, "pipelining");
    if (frame != 0 && frame < record->greeting_frame)
        show(record->rows, "smtp.early-pipelining");
    record->command_frame = exchange->frames.last;
}

/* COPY, STORE \\Deleted, EXPUNGE: the old way to move. */
static void show_old_move(Record *record, const MgExchange *exchange)
{
    if (exchange->outcome != MG_OUTCOME_OK)
        return;
    if (strstr(exchange->key, "copy") != NULL)
        record->old_move = 1;
    else if (record->old_move == 1 && g_strcmp0(exchange->variant, "deleted") == 0)
        record->old_move = 2;
    else if (record->old_move == 2 && g_str_has_suffix(exchange->key, "expunge"))
        show(record->rows, "imap.copy-store-expunge");
}

/* A literal in the line of a command. */
static gboolean has_literal(const MgExchange *exchange)
{
    const char *at = exchange->line != NULL ? exchange->line->text->str : "";
    while ((at = strchr(at, '{')) != NULL) {
        at++;
        const gsize digits = strspn(at, "0123456789");
        if (digits > 0 && at[digits + strspn(at + digits, "+-")] == '}')
            return TRUE;
    }
    return FALSE;
}

static void show_imap(Record *record, const MgExchange *exchange)
{
    static const char *const told[] = {"imap.response.expunge", "imap.response.vanished",
                                       "imap.response.exists", "imap.response.fetch", NULL};
    GHashTable *rows = record->rows;
    const char *to = g_hash_table_lookup(exchange->args, "destination");
    if (has_literal(exchange))
        show(rows, "imap.literal");
    if (exchange->outcome == MG_OUTCOME_UNANSWERED)
        show(rows, "imap.reply.dropped");
    if (exchange->kind == MG_STEP_SERVER && g_strv_contains(told, exchange->key))
        show(rows, "imap.other-client");
    if (g_hash_table_contains(rows, "imap.code.uidrequired"))
        show(rows, "imap.uid-copy-uidonly");
    if (g_strcmp0(to, "Trash") == 0 && exchange->outcome == MG_OUTCOME_OK)
        show(rows, "imap.trash-move");
    for (guint i = 0; i < exchange->replies->len; i++) {
        const char *key = ((const MgReply *)exchange->replies->pdata[i])->key;
        if (key != NULL && g_str_equal(exchange->key, "imap.noop") && g_strv_contains(told, key))
            show(rows, "imap.other-client");
    }
    show_old_move(record, exchange);
}

static void show_movement(Record *record, const MgMoved *moved, const MgMovement *movement)
{
    gboolean by_server = moved->client.role == MG_ROLE_SERVER;
    if (movement->event == MG_EVENT_ACCEPTED && by_server)
        show(record->rows, "smtp.relay");
    if (movement->report != 0)
        show(record->rows, "smtp.bounce");
    else if (movement->event == MG_EVENT_DELIVERED)
        show(record->rows, "smtp.final-delivery");
    const MgMessage *message = mg_ledger_message(record->ledger, movement->message);
    if (movement->event == MG_EVENT_STORED && message->responsible.family != 0)
        show(record->rows, "smtp.sent-copy");
}

void rows_of_step(Record *record, const MgMoved *moved)
{
    const MgExchange *exchange = moved->exchange;
    MgProtocol protocol = exchange->session->protocol;
    show(record->rows, exchange->key);
    for (guint i = 0; i < exchange->details->len; i++)
        show(record->rows, ((const MgDetail *)g_ptr_array_index(exchange->details, i))->key);
    for (guint i = 0; i < exchange->replies->len; i++)
        show_reply(record->rows, g_ptr_array_index(exchange->replies, i), protocol);
    const char *mechanism = g_hash_table_lookup(exchange->args, "mechanism");
    if (mechanism != NULL)
        show_lower(record->rows, "sasl.", mechanism);
    if (exchange->kind == MG_STEP_SERVER && g_str_equal(exchange->key, "smtp.connect"))
        record->greeting_frame = exchange->replies->len > 0
                                     ? ((const MgReply *)exchange->replies->pdata[0])->frames.last
                                     : 0;
    if (exchange->kind == MG_STEP_CONTENT)
        show_of(record->rows, protocol, "body");
    if (exchange->outcome == MG_OUTCOME_UNANSWERED && exchange->replies->len == 0 &&
        is_smtp(protocol))
        show(record->rows, "smtp.reply.none");
    show_pipelining(record, exchange);
    if (protocol == MG_PROTOCOL_IMAP)
        show_imap(record, exchange);
    for (guint i = 0; i < moved->movements->len; i++)
        show_movement(record, moved, g_ptr_array_index(moved->movements, i));
}

gboolean rows_has(const Record *record, const char *key)
{
    return g_hash_table_contains(record->rows, key) || g_strv_contains(silent, key);
}
