/* Commands between their first octet and their tagged reply: who is next, what is whose, and
 * what the absence of a reply means. */
#include "proto/imap.h"

#include <string.h>

static void upload_free(gpointer data)
{
    MgImapUpload *upload = data;
    g_strfreev(upload->flags);
    g_free(upload);
}

MgImapOpen *mg_imap_open_begin(MgImap *imap, const MgImapCommand *command, MgStepKind kind,
                               const char *tag)
{
    MgImapOpen *open = g_new0(MgImapOpen, 1);
    open->command = command;
    open->tag = g_strdup(tag);
    open->exchange = mg_conn_begin(imap->conn, kind, command->key);
    open->uploads = g_ptr_array_new_with_free_func(upload_free);
    open->texts = g_ptr_array_new_with_free_func((GDestroyNotify)mg_content_unref);
    g_queue_push_tail(&imap->open, open);
    return open;
}

void mg_imap_open_free(MgImapOpen *open)
{
    mg_exchange_free(open->exchange);
    mg_reply_free(open->early);
    g_ptr_array_unref(open->uploads);
    g_ptr_array_unref(open->texts);
    g_clear_pointer(&open->asked, g_array_unref);
    g_strfreev(open->flags);
    g_free(open->tag);
    g_free(open->folder);
    g_free(open->name);
    g_free(open->set);
    g_free(open->modified);
    g_free(open->downgraded);
    g_free(open->append_uids);
    g_free(open);
}

MgImapOpen *mg_imap_open_find(MgImap *imap, MgSlice tag)
{
    for (GList *link = imap->open.head; link != NULL; link = link->next) {
        MgImapOpen *open = link->data;
        if (open->tag != NULL && strlen(open->tag) == tag.len &&
            memcmp(open->tag, tag.data, tag.len) == 0)
            return open;
    }
    return NULL;
}

MgImapOpen *mg_imap_open_oldest(MgImap *imap)
{
    return g_queue_peek_head(&imap->open);
}

MgImapOpen *mg_imap_open_of(MgImap *imap, const char *key)
{
    for (GList *link = imap->open.head; link != NULL; link = link->next) {
        MgImapOpen *open = link->data;
        if (g_str_has_prefix(open->command->key, key))
            return open;
    }
    return NULL;
}

/* ---- Handing on ---- */

void mg_imap_effect(MgImap *imap, MgImapOpen *open, MgEffect *effect, MgOutcome outcome,
                    const MgStamp *at)
{
    effect->exchange = open != NULL ? open->exchange->id : effect->exchange;
    if (open != NULL && effect->key == NULL)
        effect->key = open->exchange->key;
    effect->at = *at;
    effect->outcome = outcome;
    if (effect->kind == MG_EFFECT_EXPUNGED || effect->kind == MG_EFFECT_VANISHED)
        mg_imap_slices_forget(imap, FALSE);
    else if (effect->kind == MG_EFFECT_SELECT || effect->kind == MG_EFFECT_UIDVALIDITY)
        mg_imap_slices_forget(imap, TRUE);
    if (open != NULL && effect->by == 0)
        effect->by = MG_ACTOR_CLIENT;
    mg_conn_effect(imap->conn, effect);
}

void mg_imap_note(MgImap *imap, MgNoteKind kind, const char *key, const MgStamp *at, guint64 octets)
{
    MgNote note = {
        .kind = kind, .key = key, .at = *at, .frames = {at->frame, at->frame}, .octets = octets};
    mg_conn_note(imap->conn, &note);
}

void mg_imap_add_reply(MgExchange *exchange, MgReply *reply, gboolean always)
{
    if (exchange->replies->len >= MG_LIMIT_REPLY_LINES && !always) {
        exchange->more_replies++;
        mg_reply_free(reply);
        return;
    }
    g_ptr_array_add(exchange->replies, reply);
}

/* ---- The life of a command ---- */

void mg_imap_select_name(MgImap *imap, const char *folder)
{
    char *name = g_strdup(folder);
    g_free(imap->selected);
    imap->selected = name;
}

void mg_imap_leave(MgImap *imap, const MgStamp *at)
{
    MgImapOpen *open = g_steal_pointer(&imap->leaving);
    if (open == NULL)
        return;
    MgEffect effect = {.kind = MG_EFFECT_SELECT, .folder = open->folder, .flag = open->read_only};
    mg_imap_effect(imap, open, &effect, MG_OUTCOME_INTERMEDIATE, at);
}

/* Items that set \Seen (RFC 9051 section 6.4.5), and the one that asks for the flags. */
static gboolean reads(const MgImapOpen *open, gboolean *ret_asks_flags)
{
    static const char *const words[] = {"RFC822", "RFC822.TEXT", NULL};
    static const char *const flags[] = {"FLAGS", "FAST", "ALL", "FULL", NULL};
    const GPtrArray *details = open->exchange->details;
    gboolean reads = FALSE;
    *ret_asks_flags = FALSE;
    for (guint i = 0; i < details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(details, i);
        if (detail->in_reply || detail->token == NULL)
            continue;
        g_autofree char *item = g_ascii_strup(detail->token, -1);
        reads = reads || g_str_has_prefix(item, "BODY[") || g_str_has_prefix(item, "BINARY[") ||
                g_strv_contains(words, item);
        *ret_asks_flags = *ret_asks_flags || g_strv_contains(flags, item);
    }
    return reads;
}

/* The server has come to this command: what it names is to be resolved by the numbering of
 * this moment, after all lines for the commands before it (RFC 9051 section 5.5). */
void mg_imap_open_start(MgImap *imap, MgImapOpen *open)
{
    if (open->started || !open->complete)
        return;
    open->started = TRUE;
    if (open->broken)
        return;
    if (open->command->traits & MG_IMAP_ADDRESSES && open->set != NULL) {
        MgEffect effect = {.kind = MG_EFFECT_ADDRESS,
                           .set = open->set,
                           .flag = open->by_uid,
                           .key = open->exchange->key,
                           .folder = open->folder,
                           .flags = (const char *const *)open->flags,
                           .mode = open->mode,
                           .text = open->command->done == mg_imap_done_fetch
                                       ? g_hash_table_lookup(open->exchange->args, "items")
                                       : NULL};
        static const char *const seen[] = {"\\Seen", NULL};
        gboolean asks_flags = FALSE;
        if (open->command->done == mg_imap_done_fetch && reads(open, &asks_flags)) {
            effect.flags = seen;
            effect.mode = MG_FLAGS_ADD;
        }
        effect.count = asks_flags ? 1 : 0;
        mg_imap_effect(imap, open, &effect, MG_OUTCOME_INTERMEDIATE, &open->line_end);
    } else if (open->command->done == mg_imap_done_select && open->folder != NULL) {
        imap->leaving = open;
        if (!open->leaves)
            mg_imap_leave(imap, &open->line_end);
    }
}

/* What an open command holds, in octets, about. */
static gsize weight_of(const MgImapOpen *open)
{
    gsize weight = open->exchange->line != NULL ? open->exchange->line->text->len : 0;
    for (guint i = 0; i < open->texts->len; i++)
        weight += sizeof(MgContent) + ((MgContent *)g_ptr_array_index(open->texts, i))->head_len;
    return weight;
}

void mg_imap_open_complete(MgImap *imap, MgImapOpen *open)
{
    open->complete = TRUE;
    if (open == imap->reading)
        imap->reading = NULL;
    if (open == mg_imap_open_oldest(imap))
        mg_imap_open_start(imap, open);
    if (open->early != NULL) {
        MgReply *reply = g_steal_pointer(&open->early);
        MgStamp at = reply->at;
        mg_imap_open_done(imap, open, reply, reply->outcome, &at);
        return;
    }
    open->weight = weight_of(open);
    imap->weight += open->weight;
    /* Nobody pipelines so much: the replies are not on this wire. */
    MgStamp at = open->line_end;
    while (g_queue_get_length(&imap->open) > MG_LIMIT_UNANSWERED ||
           (imap->weight > MG_LIMIT_WAITING && g_queue_get_length(&imap->open) > 1)) {
        if (!imap->unanswered_noted)
            mg_imap_note(imap, MG_NOTE_LIMIT, "limit-unanswered", &at, 0);
        imap->unanswered_noted = TRUE;
        mg_imap_open_done(imap, mg_imap_open_oldest(imap), NULL, MG_OUTCOME_UNANSWERED, &at);
    }
}

/* Figures that the replies brought together, for the sentence. */
static void put_figures(MgImapOpen *open)
{
    MgExchange *exchange = open->exchange;
    guint64 count = open->expunged > 0 ? open->expunged
                    : open->found > 0  ? open->found
                                       : open->fetched;
    if (count > 0 && !g_hash_table_contains(exchange->args, "count"))
        mg_exchange_arg(exchange, "count", "%" G_GUINT64_FORMAT, count);
    if (open->octets > 0 && !g_hash_table_contains(exchange->args, "octets"))
        mg_exchange_arg(exchange, "octets", "%" G_GUINT64_FORMAT, open->octets);
}

void mg_imap_open_done(MgImap *imap, MgImapOpen *open, MgReply *reply, MgOutcome outcome,
                       const MgStamp *at)
{
    mg_imap_open_start(imap, open);
    if (imap->leaving == open)
        mg_imap_leave(imap, at);
    open->too_late = outcome == MG_OUTCOME_UNANSWERED &&
                     mg_conn_too_late(imap->conn, MG_ACTOR_CLIENT, &open->line_end);
    /* What nobody read was not carried out; the text of an APPEND stays where it is. */
    if (open->command->done != NULL &&
        (!open->too_late || open->command->done == mg_imap_done_append))
        open->command->done(imap, open, outcome, at);
    put_figures(open);
    if (reply != NULL)
        mg_imap_add_reply(open->exchange, reply, TRUE);
    open->exchange->outcome = outcome;
    g_queue_remove(&imap->open, open);
    imap->weight -= open->weight;
    if (imap->reading == open)
        imap->reading = NULL;
    if (imap->auth == open)
        imap->auth = NULL;
    if (imap->idle == open)
        imap->idle = NULL;
    mg_conn_complete(imap->conn, g_steal_pointer(&open->exchange));
    mg_imap_open_free(open);
    const char *after = g_steal_pointer(&imap->after);
    if (after != NULL && strcmp(after, "tls.begins") == 0)
        mg_conn_expect_tls(imap->conn);
    else if (after != NULL && (imap->server_lost || imap->client_lost))
        mg_conn_dark(imap->conn, "compress.fails"); /* where it begins lies in a hole */
    else if (after != NULL)
        imap->changed |= mg_conn_inflate(imap->conn);
    MgImapOpen *next = mg_imap_open_oldest(imap);
    if (next != NULL)
        mg_imap_open_start(imap, next);
}

gboolean mg_imap_waits(const MgImap *imap)
{
    if (imap->reading != NULL)
        return mg_imap_parse_announced(&imap->client) && imap->client.waits && !imap->go;
    if (imap->sasl_turn)
        return FALSE;
    if (imap->auth != NULL && !imap->auth->given_up)
        return TRUE;
    const MgImapOpen *last = g_queue_peek_tail((GQueue *)&imap->open);
    return last != NULL && last->command->traits & MG_IMAP_WAITS && !last->given_up;
}
