/* What one session learns of another one's act: whole sentences behind those of the reply. */
#include "gloss.h"

#include <string.h>

/* More in one step are summed up. */
enum { SENTENCES = 3 };

/* The glossary's name for it: where it came from or went decides, not the movement alone. */
static const char *group_of(const MgMovement *movement)
{
    const gboolean gone = movement->copy != NULL && movement->copy->state == MG_COPY_REMOVED;
    switch (movement->event) {
    case MG_EVENT_REMOVED:
        return "learned.removed";
    case MG_EVENT_MARKED:
        return "learned.marked";
    case MG_EVENT_UNMARKED:
        return "learned.unmarked";
    case MG_EVENT_FLAGGED:
        return "learned.flagged";
    case MG_EVENT_STORED:
        return "learned.stored";
    case MG_EVENT_COPIED:
        return "learned.copied";
    case MG_EVENT_MOVED:
        return gone ? "learned.moved-away" : "learned.moved";
    case MG_EVENT_DELIVERED:
        return "learned.delivered";
    default:
        return NULL;
    }
}

/* Answers that count messages, and do not name them. */
static gboolean counts(const MgExchange *exchange)
{
    static const char *const keys[] = {"imap.status", "imap.response.status",
                                       "pop3.pass",   "pop3.apop",
                                       "pop3.auth",   "pop3.sasl",
                                       "pop3.stat",   "pop3.list",
                                       NULL};
    if (g_strv_contains(keys, exchange->key))
        return TRUE;
    if (!g_str_has_prefix(exchange->key, "imap.select") && strcmp(exchange->key, "imap.examine"))
        return FALSE;
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        if (g_str_has_prefix(reply->key != NULL ? reply->key : "", "imap.response.vanished") ||
            g_strcmp0(reply->key, "imap.response.fetch") == 0)
            return FALSE;
    }
    return TRUE;
}

static char *flags_of(const MgMovement *movement)
{
    GString *flags = g_string_new(NULL);
    const GPtrArray *known = movement->copy != NULL ? movement->copy->flags : NULL;
    for (guint i = 0; known != NULL && i < known->len; i++) {
        const char *flag = g_ptr_array_index(known, i);
        if (g_ascii_strcasecmp(flag, "\\Recent") != 0)
            g_string_append_printf(flags, "%s%s", flags->len > 0 ? " " : "", flag);
    }
    g_autofree char *text = g_string_free(flags, FALSE);
    return mg_shorten(mg_valid(text), MG_GLOSS_SHORT);
}

static char *other_of(const MgGloss *gloss, const MgMovement *movement)
{
    MgParty party;
    mg_ledger_party(gloss->ledger, &movement->cause_client, &party);
    if (party.role == MG_ROLE_SERVER)
        return mg_party_shown(gloss->glossary, &party);
    g_autofree char *address = mg_address_string(&party.end.address);
    return mg_device(gloss->glossary, party.name != NULL ? party.name : address);
}

/* Of the same act as an earlier one of the step: one sentence speaks of both. */
static gboolean is_same(const MgMovement *a, const MgMovement *b)
{
    return a->cause_step == b->cause_step && a->event == b->event && group_of(a) == group_of(b);
}

static guint same_all(const GPtrArray *movements, const MgMovement *movement)
{
    g_autoptr(GHashTable) messages = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < movements->len; i++) {
        const MgMovement *other = g_ptr_array_index(movements, i);
        if (is_same(movement, other))
            g_hash_table_add(messages, GUINT_TO_POINTER(other->message));
    }
    return g_hash_table_size(messages);
}

static char *sentence_of(const MgGloss *gloss, const MgMoved *moved, const MgMovement *movement,
                         GHashTable *values)
{
    const char *group = group_of(movement);
    const gboolean learned = mg_learned(movement);
    const gboolean same =
        learned && mg_address_equal(&movement->cause_client.address, &moved->client.end.address);
    const gboolean count = learned && counts(moved->exchange);
    g_autofree char *other = learned ? other_of(gloss, movement) : NULL;
    g_autofree char *flags = flags_of(movement);
    mg_values_set(values, "step", "%" G_GUINT64_FORMAT, movement->cause_step);
    mg_values_set(values, "message", "M%u", movement->message);
    mg_values_set(values, "flags", "%s", flags);
    mg_values_set(values, "count", "%u", same_all(moved->movements, movement));
    if (other != NULL)
        mg_values_set(values, "other", "%s", other);
    g_autofree char *key = g_strconcat("normal", count ? "-count" : "", same ? "-same" : "",
                                       *flags == '\0' ? "-none" : "", NULL);
    char *text = mg_phrase(gloss->glossary, group, key, gloss->options.detail, values);
    if (text != NULL || *flags != '\0')
        return text;
    key[strlen(key) - strlen("-none")] = '\0';
    return mg_phrase(gloss->glossary, group, key, gloss->options.detail, values);
}

static gboolean tells(const MgMovement *movement)
{
    return (mg_learned(movement) ||
            (movement->event == MG_EVENT_DELIVERED && movement->cause_step != 0)) &&
           group_of(movement) != NULL;
}

static void add(GString *text, const char *sentence)
{
    if (sentence != NULL)
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", sentence);
}

char *mg_learned_text(const MgGloss *gloss, const MgMoved *moved, const char *client)
{
    const GPtrArray *movements = moved->movements;
    const MgMovement *said[SENTENCES];
    guint n = 0;
    g_autoptr(GHashTable) values = mg_values_new();
    g_autoptr(GHashTable) more = g_hash_table_new(NULL, NULL);
    GString *text = g_string_new(NULL);
    mg_values_set(values, "Client", "%s", client);
    for (guint i = 0; i < movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(movements, i);
        gboolean same = !tells(movement);
        for (guint k = 0; k < n && !same; k++)
            same = is_same(said[k], movement);
        if (same)
            continue;
        if (n == SENTENCES) {
            g_hash_table_add(more, GUINT_TO_POINTER(movement->message));
            continue;
        }
        said[n++] = movement;
        g_autofree char *sentence = sentence_of(gloss, moved, movement, values);
        add(text, sentence);
    }
    if (g_hash_table_size(more) > 0) {
        mg_values_set(values, "count", "%u", g_hash_table_size(more));
        g_autofree char *rest =
            mg_phrase(gloss->glossary, "learned.more", "normal", gloss->options.detail, values);
        add(text, rest);
    }
    char *all = g_string_free(text, FALSE);
    if (*all == '\0')
        g_clear_pointer(&all, g_free);
    return all;
}
