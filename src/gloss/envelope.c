/* The envelope decides who gets a message, the header is only text: where do they differ? */
#include "gloss.h"

#include <string.h>

typedef struct {
    const MgGloss *gloss;
    GPtrArray *pool;
    MgStepDetail *details;
    guint n, left_out;
} Envelope;

static void add(Envelope *envelope, const char *token, const char *label, const char *address,
                const char *name)
{
    if (envelope->n + 1 >= MG_GLOSS_ENVELOPE) {
        envelope->left_out++;
        return;
    }
    g_autoptr(GHashTable) values = mg_values_new();
    g_autofree char *shown = mg_shorten(mg_valid(address), MG_GLOSS_SHORT);
    g_autofree char *other = name != NULL ? mg_shorten(mg_valid(name), MG_GLOSS_SHORT) : NULL;
    mg_values_set(values, "address", "%s", shown);
    mg_values_set(values, "name", "%s", other != NULL ? other : "");
    envelope->details[envelope->n++] = (MgStepDetail){
        .token = token,
        .gloss =
            mg_pool_keep(envelope->pool, mg_phrase_label(envelope->gloss->glossary, label, values)),
    };
}

/* Domains are the same in any case, and nobody tells two users by it. */
static GHashTable *address_set(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static void add_address(GHashTable *set, const char *address)
{
    g_hash_table_add(set, g_ascii_strdown(address, -1));
}

static gboolean has_address(GHashTable *set, const char *address)
{
    g_autofree char *lower = g_ascii_strdown(address, -1);
    return g_hash_table_contains(set, lower);
}

static gboolean compare_sender(Envelope *envelope, const char *sender, const char *from)
{
    if (sender == NULL || from == NULL)
        return TRUE;
    if (*sender == '\0')
        add(envelope, "MAIL FROM", "envelope-from-empty", "<>", from);
    else if (g_ascii_strcasecmp(sender, from) != 0)
        add(envelope, "MAIL FROM", "envelope-from", sender, from);
    else
        return TRUE;
    return FALSE;
}

static gboolean compare_recipients(Envelope *envelope, const MgMoved *moved, char *const *to)
{
    g_autoptr(GHashTable) header = address_set();
    g_autoptr(GHashTable) named = address_set();
    gboolean same = TRUE;
    for (; to != NULL && *to != NULL; to++)
        add_address(header, *to);
    for (guint i = 0; i < moved->movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(moved->movements, i);
        if (movement->recipient == NULL || has_address(named, movement->recipient))
            continue;
        add_address(named, movement->recipient);
        if (has_address(header, movement->recipient))
            continue;
        same = FALSE;
        add(envelope, "RCPT TO", "envelope-to", movement->recipient, NULL);
    }
    if (g_hash_table_size(named) == 0)
        return FALSE;
    /* Where the capture begins later, an RCPT may have passed unseen. */
    if (!moved->exchange->session->complete_start || moved->exchange->session->missing_octets > 0)
        return FALSE;
    for (to = moved->exchange->content->to; to != NULL && *to != NULL; to++) {
        if (has_address(named, *to))
            continue;
        same = FALSE;
        add_address(named, *to);
        add(envelope, "To, Cc", "envelope-not", *to, NULL);
    }
    return same;
}

guint mg_envelope_details(const MgGloss *gloss, const MgMoved *moved, GPtrArray *pool,
                          MgStepDetail *ret_details)
{
    const MgContent *content = moved->exchange->content;
    const char *key = moved->exchange->key;
    const gboolean handover = g_str_has_suffix(key, ".dot") || g_str_has_suffix(key, "-dot") ||
                              g_str_has_suffix(key, "bdat-last");
    if (!handover || content == NULL || !content->has_header || moved->movements->len == 0)
        return 0;
    const MgMovement *first = g_ptr_array_index(moved->movements, 0);
    const MgMessage *message =
        mg_ledger_message(gloss->ledger, mg_message_stays(gloss->ledger, first->message));
    Envelope envelope = {.gloss = gloss, .pool = pool, .details = ret_details};
    const gboolean sender =
        compare_sender(&envelope, message != NULL ? message->sender : NULL, content->from);
    const gboolean recipients = compare_recipients(&envelope, moved, content->to);
    if (sender && recipients && message != NULL && message->sender != NULL && content->from != NULL)
        add(&envelope, "MAIL, RCPT", "envelope-same", "", NULL);
    if (envelope.left_out > 0) {
        g_autoptr(GHashTable) values = mg_values_new();
        mg_values_set(values, "more", "%u", envelope.left_out);
        ret_details[envelope.n++] = (MgStepDetail){
            .token = "…",
            .gloss = mg_pool_keep(pool, mg_phrase_label(gloss->glossary, "tokens-more", values)),
        };
    }
    return envelope.n;
}
