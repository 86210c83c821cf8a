/* Exchanges and effects in, the same with other names out. */
#include "mg-anonym.h"

#include "anonym/pseudonyms.h"
#include "anonym/text.h"

#include <string.h>

struct MgAnonym {
    MgExchangeSink next;
    MgPseudonyms *names;
    GHashTable *sessions; /* proto's MgSession* → our MgSession* */
};

/* ---- Sessions ---- */

static void session_free(gpointer data)
{
    MgSession *session = data;
    g_free(session->client_name);
    g_free(session->server_name);
    g_free(session->account);
    g_free(session);
}

static char *host(const MgAnonym *self, const char *name)
{
    MgAddress address;
    if (name == NULL)
        return NULL;
    gsize len = strlen(name);
    if (len > 2 && name[0] == '[' && name[len - 1] == ']')
        return mg_anonym_string(self->names, name);
    if (mg_address_parse(name, &address) || strpbrk(name, " \t") != NULL)
        return mg_anonym_string(self->names, name);
    return g_strdup(mg_pseudonyms_host(self->names, name));
}

static char *mailbox(const MgAnonym *self, const char *name)
{
    return name != NULL ? mg_pseudonyms_mailbox(self->names, name) : NULL;
}

/* Our picture of proto's session as it is now. */
static MgSession *session_of(MgAnonym *self, const MgSession *theirs)
{
    if (theirs == NULL)
        return NULL;
    MgSession *ours = g_hash_table_lookup(self->sessions, theirs);
    MgSession now = *theirs;
    now.client.address =
        mg_pseudonyms_address(self->names, &theirs->client.address, MG_ACTOR_CLIENT);
    now.server.address =
        mg_pseudonyms_address(self->names, &theirs->server.address, MG_ACTOR_SERVER);
    now.client_name = host(self, theirs->client_name);
    now.server_name = host(self, theirs->server_name);
    now.account = mailbox(self, theirs->account);
    if (ours == NULL) {
        ours = g_new0(MgSession, 1);
        g_hash_table_insert(self->sessions, (gpointer)theirs, ours);
    } else {
        g_free(ours->client_name);
        g_free(ours->server_name);
        g_free(ours->account);
    }
    *ours = now;
    return ours;
}

/* ---- Message texts ---- */

static char *message_id(const MgAnonym *self, const char *id)
{
    return id != NULL ? g_strdup(mg_pseudonyms_message_id(self->names, id)) : NULL;
}

static char *received(const MgAnonym *self, const char *field)
{
    GString *out = g_string_new(NULL);
    mg_anonym_text(self->names, field, strlen(field), 0, MG_WORDING_TRACE, out);
    return g_string_free(out, FALSE);
}

static char **each(const MgAnonym *self, char *const *texts,
                   char *(*replace)(const MgAnonym *, const char *))
{
    if (texts == NULL)
        return NULL;
    GPtrArray *made = g_ptr_array_new();
    for (; *texts != NULL; texts++)
        g_ptr_array_add(made, replace(self, *texts));
    g_ptr_array_add(made, NULL);
    return (char **)g_ptr_array_free(made, FALSE);
}

static char *mailboxes(const MgAnonym *self, const char *list)
{
    if (list == NULL)
        return NULL;
    g_auto(GStrv) theirs = g_strsplit(list, ", ", -1);
    g_auto(GStrv) ours = each(self, theirs, mailbox);
    return g_strjoinv(", ", ours);
}

static void *report_recipient(const MgAnonym *self, const MgReportRecipient *theirs)
{
    MgReportRecipient *ours = g_new0(MgReportRecipient, 1);
    ours->recipient = mailbox(self, theirs->recipient);
    ours->original = mailbox(self, theirs->original);
    ours->action = g_strdup(theirs->action);
    ours->status = g_strdup(theirs->status);
    ours->diagnostic = mg_anonym_string(self->names, theirs->diagnostic);
    return ours;
}

static MgReport *report_of(const MgAnonym *self, const MgReport *theirs)
{
    if (theirs == NULL)
        return NULL;
    MgReport *ours = mg_report_new();
    ours->is_receipt = theirs->is_receipt;
    ours->message_id = message_id(self, theirs->message_id);
    ours->envelope_id = mg_anonym_string(self->names, theirs->envelope_id);
    if (theirs->queue_id != NULL)
        ours->queue_id = g_strdup(mg_pseudonyms_queue_id(self->names, theirs->queue_id));
    ours->reporting_mta = host(self, theirs->reporting_mta);
    ours->received = each(self, theirs->received, received);
    for (guint i = 0; i < theirs->recipients->len; i++)
        g_ptr_array_add(ours->recipients,
                        report_recipient(self, g_ptr_array_index(theirs->recipients, i)));
    return ours;
}

static MgContent *content_of(const MgAnonym *self, const MgContent *theirs)
{
    if (theirs == NULL)
        return NULL;
    /* Field by field: what is not named here stays behind. */
    MgContent *ours = mg_content_new();
    ours->octets = theirs->octets;
    ours->lines = theirs->lines;
    ours->missing = theirs->missing;
    ours->complete = theirs->complete;
    ours->has_header = theirs->has_header;
    ours->has_body = theirs->has_body;
    ours->is_report = theirs->is_report;
    ours->message_id = message_id(self, theirs->message_id);
    ours->report = report_of(self, theirs->report);
    /* What people wrote to each other is not replaced, it is left out. */
    ours->subject = theirs->subject != NULL ? g_strdup("…") : NULL;
    ours->from = mailboxes(self, theirs->from);
    ours->to = each(self, theirs->to, mailbox);
    ours->date = g_strdup(theirs->date);
    ours->in_reply_to = mg_anonym_string(self->names, theirs->in_reply_to);
    ours->received = each(self, theirs->received, received);
    ours->fingerprint = g_strdup(theirs->fingerprint);
    ours->body_digest = g_strdup(theirs->body_digest);
    return ours;
}

/* ---- Effects ---- */

static const char *name_of(const MgAnonym *self, const MgEffect *effect, char **ret_made)
{
    if (effect->name == NULL)
        return NULL;
    switch (effect->kind) {
    case MG_EFFECT_LOGIN:
    case MG_EFFECT_MAIL:
    case MG_EFFECT_RCPT:
    case MG_EFFECT_HANDOVER:
        return *ret_made = mailbox(self, effect->name);
    case MG_EFFECT_NAMED:
        return *ret_made = host(self, effect->name);
    case MG_EFFECT_UIDL:
        return mg_pseudonyms_uidl(self->names, effect->name);
    case MG_EFFECT_FOLDER_RENAME:
        return *ret_made = mg_pseudonyms_folder(self->names, effect->name);
    default:
        return effect->name; /* sets of numbers, ids that a server made up */
    }
}

static GPtrArray *parts_of(const MgAnonym *self, MgPart *const *parts)
{
    if (parts == NULL)
        return NULL;
    GPtrArray *made = g_ptr_array_new_with_free_func((GDestroyNotify)mg_part_free);
    for (; *parts != NULL; parts++) {
        MgPart *part = g_memdup2(*parts, sizeof **parts);
        part->item = g_strdup((*parts)->item);
        part->content = content_of(self, (*parts)->content);
        part->slice = NULL;
        g_ptr_array_add(made, part);
    }
    g_ptr_array_add(made, NULL);
    return made;
}

static void on_effect(gpointer user, const MgEffect *effect)
{
    MgAnonym *self = user;
    MgEffect other = *effect;
    g_autofree char *name = NULL;
    g_autofree char *folder = NULL;
    other.session = session_of(self, effect->session);
    other.name = name_of(self, effect, &name);
    if (effect->folder != NULL)
        other.folder = folder = mg_pseudonyms_folder(self->names, effect->folder);
    if (effect->kind == MG_EFFECT_HANDOVER && effect->text != NULL)
        other.text = mg_pseudonyms_queue_id(self->names, effect->text);
    g_autofree char *envelope_id =
        effect->kind == MG_EFFECT_MAIL ? mg_anonym_string(self->names, effect->text) : NULL;
    if (envelope_id != NULL)
        other.text = envelope_id;
    g_autoptr(MgContent) content = content_of(self, effect->content);
    other.content = content;
    g_autoptr(GPtrArray) parts = parts_of(self, effect->parts);
    other.parts = parts != NULL ? (MgPart *const *)parts->pdata : NULL;
    self->next.effect(self->next.user, &other);
}

/* ---- Exchanges ---- */

static MgText *text_of(const MgAnonym *self, const MgText *theirs, gsize verbatim,
                       MgWording wording)
{
    MgText *ours = mg_text_new(NULL, -1);
    const char *text = theirs->text->str;
    gsize from = 0;
    for (guint i = 0; theirs->secrets != NULL && i < theirs->secrets->len; i++) {
        MgSecret secret = g_array_index(theirs->secrets, MgSecret, i);
        mg_anonym_text(self->names, text + from, secret.at - from,
                       verbatim > from ? verbatim - from : 0, wording, ours->text);
        from = secret.at + secret.len;
        /* The name inside AUTH PLAIN's answer would come out again with --show-secrets. */
        secret.at = ours->text->len;
        secret.len = 8;
        g_string_append(ours->text, "********");
        if (ours->secrets == NULL)
            ours->secrets = g_array_new(FALSE, FALSE, sizeof(MgSecret));
        g_array_append_val(ours->secrets, secret);
    }
    mg_anonym_text(self->names, text + from, theirs->text->len - from,
                   verbatim > from ? verbatim - from : 0, wording, ours->text);
    return ours;
}

/* How many octets of the line are its tag and verb. */
static gsize verb_len(const MgExchange *exchange)
{
    if (exchange->verb == NULL || exchange->line == NULL)
        return 0;
    const char *line = exchange->line->text->str;
    gsize words = 1;
    for (const char *c = exchange->verb; *c != '\0'; c++)
        words += *c == ' ';
    if (exchange->session->protocol == MG_PROTOCOL_IMAP)
        words++;
    gsize len = 0;
    for (gsize i = 0; i < words; i++) {
        len += strspn(line + len, " ");
        len += strcspn(line + len, " :");
    }
    return len;
}

static MgWording wording_of(const MgExchange *exchange)
{
    const char *verb = exchange->verb != NULL ? exchange->verb : "";
    if (exchange->kind == MG_STEP_SASL || g_str_has_prefix(verb, "AUTH"))
        return MG_WORDING_CODED;
    if (exchange->session->protocol != MG_PROTOCOL_IMAP)
        return MG_WORDING_PLAIN;
    if (g_str_has_prefix(verb, "UID "))
        verb += 4;
    return g_str_has_prefix(verb, "SEARCH") || g_str_has_prefix(verb, "SORT") ||
                   g_str_has_prefix(verb, "THREAD") || g_str_has_prefix(verb, "ESEARCH")
               ? MG_WORDING_SEARCH
               : MG_WORDING_PLAIN;
}

static char *argument(const MgAnonym *self, const char *name, const char *value)
{
    if (strcmp(name, "user") == 0)
        return mailbox(self, value);
    if (strcmp(name, "host") == 0)
        return host(self, value);
    if (strcmp(name, "address") == 0)
        return strchr(value, '@') != NULL ? mailbox(self, value)
                                          : mg_anonym_string(self->names, value);
    if (strcmp(name, "folder") == 0 || strcmp(name, "destination") == 0 ||
        strcmp(name, "new-name") == 0)
        return mg_pseudonyms_folder(self->names, value);
    if (strcmp(name, "queue-id") == 0)
        return g_strdup(mg_pseudonyms_queue_id(self->names, value));
    return mg_anonym_string(self->names, value);
}

/* The placeholders of a sentence; NULL for NULL. */
static GHashTable *args_of(const MgAnonym *self, GHashTable *theirs)
{
    if (theirs == NULL)
        return NULL;
    GHashTable *ours = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, theirs);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_insert(ours, g_strdup(name), argument(self, name, value));
    return ours;
}

static MgReply *reply_of(const MgAnonym *self, const MgExchange *exchange, const MgReply *theirs)
{
    MgReply *ours = mg_reply_new(theirs->code, theirs->outcome);
    GPtrArray *lines = ours->lines;
    char *code = ours->code;
    *ours = *theirs;
    ours->code = code;
    ours->lines = lines;
    ours->enhanced = g_strdup(theirs->enhanced);
    ours->args = args_of(self, theirs->args);
    gboolean fetched = strcmp(theirs->code, "FETCH") == 0 || strcmp(theirs->code, "UIDFETCH") == 0;
    MgWording wording = wording_of(exchange);
    if (wording != MG_WORDING_CODED)
        wording = fetched ? MG_WORDING_QUOTED : MG_WORDING_PLAIN;
    for (guint i = 0; i < theirs->lines->len; i++)
        g_ptr_array_add(lines, text_of(self, g_ptr_array_index(theirs->lines, i), 0, wording));
    return ours;
}

static void on_exchange(gpointer user, const MgExchange *theirs)
{
    MgAnonym *self = user;
    g_autoptr(MgExchange) ours =
        mg_exchange_new(session_of(self, theirs->session), theirs->kind, theirs->key);
    GPtrArray *replies = ours->replies, *details = ours->details;
    g_hash_table_unref(ours->args);
    const MgSession *session = ours->session;
    *ours = *theirs;
    ours->session = session;
    ours->replies = replies;
    ours->details = details;
    ours->args = args_of(self, theirs->args);
    ours->verb = g_strdup(theirs->verb);
    ours->content = content_of(self, theirs->content);
    ours->line = theirs->line != NULL
                     ? text_of(self, theirs->line, verb_len(theirs), wording_of(theirs))
                     : NULL;
    for (guint i = 0; i < theirs->replies->len; i++)
        g_ptr_array_add(replies, reply_of(self, theirs, g_ptr_array_index(theirs->replies, i)));
    for (guint i = 0; i < theirs->details->len; i++) {
        MgDetail *detail = g_memdup2(g_ptr_array_index(theirs->details, i), sizeof(MgDetail));
        GString *token = g_string_new(NULL);
        mg_anonym_text(self->names, detail->token, strlen(detail->token), 0, wording_of(theirs),
                       token);
        detail->token = g_string_free(token, FALSE);
        detail->args = args_of(self, detail->args);
        g_ptr_array_add(details, detail);
    }
    self->next.exchange(self->next.user, ours);
}

/* ---- The stage ---- */

static void on_session_open(gpointer user, const MgSession *session)
{
    MgAnonym *self = user;
    self->next.session_open(self->next.user, session_of(self, session));
}

static void on_note(gpointer user, const MgNote *note)
{
    MgAnonym *self = user;
    MgNote other = *note;
    g_autofree char *detail = mg_anonym_string(self->names, note->detail);
    other.detail = detail;
    self->next.note(self->next.user, &other);
}

static void on_session_close(gpointer user, const MgSession *session)
{
    MgAnonym *self = user;
    self->next.session_close(self->next.user, session_of(self, session));
    g_hash_table_remove(self->sessions, session);
}

MgAnonym *mg_anonym_new(void)
{
    MgAnonym *self = g_new0(MgAnonym, 1);
    self->names = mg_pseudonyms_new();
    self->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    return self;
}

void mg_anonym_free(MgAnonym *anonym)
{
    if (anonym == NULL)
        return;
    g_hash_table_unref(anonym->sessions);
    mg_pseudonyms_free(anonym->names);
    g_free(anonym);
}

void mg_anonym_exchange_sink(MgAnonym *anonym, const MgExchangeSink *next, MgExchangeSink *ret_sink)
{
    anonym->next = *next;
    g_hash_table_remove_all(anonym->sessions);
    *ret_sink = (MgExchangeSink){.session_open = on_session_open,
                                 .effect = on_effect,
                                 .exchange = on_exchange,
                                 .note = on_note,
                                 .session_close = on_session_close,
                                 .user = anonym};
}

MgAddress mg_anonym_address(MgAnonym *anonym, const MgAddress *address, MgRole role)
{
    return mg_pseudonyms_address(anonym->names, address,
                                 role == MG_ROLE_DEVICE   ? MG_ACTOR_CLIENT
                                 : role == MG_ROLE_SERVER ? MG_ACTOR_SERVER
                                                          : MG_ACTOR_NONE);
}
