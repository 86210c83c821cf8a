/* One exchange with its movements becomes one step. */
#include "gloss.h"
#include "facts.h"
#include "head.h"
#include "login.h"
#include "tally.h"
#include "trail.h"
#include "told.h"

#include <string.h>

/* While a step is built. */
typedef struct {
    MgGloss *gloss;
    const MgMoved *moved;       /* what the step did */
    const GPtrArray *movements; /* with what a report in its text told of other messages */
    const MgExchange *exchange;
    MgProtocol protocol;
    GPtrArray *pool;
    GHashTable *values;
    MgChoice choice;
    gboolean masked;
} Builder;

static const char *keep(Builder *builder, char *text)
{
    return mg_pool_keep(builder->pool, text);
}

/* ---- Placeholders ---- */

static void set_default(GHashTable *values, const char *name, guint64 number)
{
    if (number > 0 && !g_hash_table_contains(values, name))
        mg_values_set(values, name, "%" G_GUINT64_FORMAT, number);
}

static void fill_values(Builder *builder)
{
    const MgExchange *exchange = builder->exchange;
    const MgGlossary *glossary = builder->gloss->glossary;
    GHashTable *values = builder->values;
    mg_values_take(values, exchange->args, exchange, builder->gloss->options.show_secrets);
    if (exchange->content != NULL)
        set_default(values, "octets", exchange->content->octets);
    if (exchange->verb != NULL && !g_hash_table_contains(values, "verb"))
        g_hash_table_replace(values, g_strdup("verb"),
                             mg_shorten(mg_valid(exchange->verb), MG_GLOSS_SHORT));
    MgParty party = builder->moved->client;
    /* What a program calls itself is the name of a host. */
    if (exchange->session != NULL && g_strcmp0(party.name, exchange->session->client_name) == 0)
        party.name = NULL;
    g_autofree char *start = mg_party_client(glossary, &party, TRUE);
    g_autofree char *middle = mg_party_client(glossary, &party, FALSE);
    const gboolean show = builder->gloss->options.show_secrets;
    mg_values_set(values, "hidden", "%s%s", show ? "" : " ",
                  show ? "" : mg_glossary_label(glossary, "hidden"));
    mg_values_set(values, "Client", "%s", start);
    mg_values_set(values, "client", "%s", middle);
}

/* Those that depend on what decides. */
static void fill_chosen_values(Builder *builder)
{
    const MgMovement *decides = builder->choice.moved;
    g_autofree char *device =
        mg_device(builder->gloss->glossary, decides != NULL ? decides->device_name : NULL);
    mg_values_set(builder->values, "device", "%s", device);
    if (builder->choice.answer != NULL) {
        g_autofree char *code = mg_valid(builder->choice.answer->code);
        mg_values_set(builder->values, "code", "%s", code);
    }
}

/* ---- The client's line ---- */

static char *content_label(Builder *builder, const char *label)
{
    const MgContent *content = builder->exchange->content;
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "octets", "%" G_GUINT64_FORMAT, content->octets);
    mg_values_set(values, "lines", "%" G_GUINT64_FORMAT, content->lines);
    mg_values_set(values, "count", "%" G_GUINT64_FORMAT, content->lines);
    mg_values_set(values, "missing", "%" G_GUINT64_FORMAT, content->missing);
    return mg_phrase_label(builder->gloss->glossary, label, values);
}

static char *client_line(Builder *builder)
{
    const MgExchange *exchange = builder->exchange;
    if (exchange->line != NULL)
        return mg_mask_text(exchange->line, builder->gloss->options.show_secrets, &builder->masked);
    if (exchange->kind == MG_STEP_CONTENT) {
        if (exchange->content == NULL)
            return g_strdup(mg_glossary_label(builder->gloss->glossary, "content-unseen"));
        return content_label(builder, exchange->content->missing > 0 ? "content-gap"
                                      : exchange->content->complete  ? "content"
                                                                     : "content-cut");
    }
    /* What happened to the connection has a name in the glossary: "(connection lost)". */
    if (exchange->kind == MG_STEP_CONNECTION)
        return mg_phrase(builder->gloss->glossary, exchange->key, "line", MG_DETAIL_NORMAL,
                         builder->values);
    return NULL;
}

/* ---- Replies ---- */

/* The first line as on the wire. */
static char *shown_first(Builder *builder, const MgReply *reply, const char *first)
{
    const char *code = reply->code;
    const gboolean more = reply->lines->len + reply->more_lines > 1;
    if (builder->protocol == MG_PROTOCOL_SMTP || builder->protocol == MG_PROTOCOL_LMTP) {
        if (*first == '\0' && !more)
            return mg_valid(code);
        return g_strconcat(code, more ? "-" : " ", first, NULL);
    }
    if (builder->protocol == MG_PROTOCOL_IMAP)
        return g_strdup(*first != '\0' ? first : code);
    const gboolean has_code = g_ascii_strncasecmp(first, code, strlen(code)) == 0;
    g_autofree char *line = has_code         ? g_strdup(first)
                            : *first != '\0' ? g_strconcat(code, " ", first, NULL)
                                             : g_strdup(code);
    if (builder->exchange->content == NULL || reply->outcome != MG_OUTCOME_OK ||
        builder->exchange->kind != MG_STEP_COMMAND)
        return g_steal_pointer(&line);
    g_autofree char *with = content_label(
        builder, strcmp(builder->exchange->key, "pop3.top") == 0 ? "with-lines" : "with-message");
    return g_strconcat(line, " ", with, NULL);
}

static void fill_reply(Builder *builder, const MgReply *reply, MgStepReply *ret_reply)
{
    const gboolean show = builder->gloss->options.show_secrets;
    const char **lines = g_new0(const char *, reply->lines->len + 1);
    g_ptr_array_add(builder->pool, lines);
    for (guint i = 0; i < reply->lines->len; i++)
        lines[i] =
            keep(builder, mg_mask_text(g_ptr_array_index(reply->lines, i), show, &builder->masked));
    const char *first = reply->lines->len > 0 ? lines[0] : "";
    g_autofree char *shown = shown_first(builder, reply, first);
    *ret_reply = (MgStepReply){
        .code = keep(builder, mg_valid(reply->code)),
        .enhanced = keep(builder, mg_valid(reply->enhanced)),
        .lines = lines,
        .n_lines = reply->lines->len,
        .more_lines = reply->more_lines,
        .shown_first = keep(builder, mg_valid(shown)),
        .outcome = reply->outcome,
        .frames = reply->frames,
        .at = reply->at,
    };
}

static void fill_replies(Builder *builder, MgStep *step)
{
    const GPtrArray *replies = builder->exchange->replies;
    MgStepReply *records = g_new0(MgStepReply, replies->len + 1);
    g_ptr_array_add(builder->pool, records);
    for (guint i = 0; i < replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(replies, i);
        fill_reply(builder, reply, &records[i]);
        if (replies->len > 1 && reply != builder->choice.answer)
            records[i].gloss = keep(builder, mg_choose_line(&builder->choice, reply));
        mg_frames_add_all(&step->reply_frames, &reply->frames);
    }
    step->replies = records;
    step->n_replies = replies->len;
    step->more_replies = builder->exchange->more_replies;
    if (builder->choice.answer != NULL)
        step->reply_at = builder->choice.answer->at;
}

/* The meaning of the reply that decides: the command's, or that of an untagged line. */
static char *reply_gloss(Builder *builder)
{
    const MgReply *answer = builder->choice.answer;
    if (builder->protocol == MG_PROTOCOL_IMAP && answer != NULL && answer->key != NULL &&
        builder->exchange->kind == MG_STEP_SERVER &&
        strcmp(builder->exchange->key, "imap.greeting") != 0) {
        char *own = mg_choose_line(&builder->choice, answer);
        if (own != NULL)
            return own;
    }
    return mg_choose_reply(&builder->choice);
}

/* Behind it, what this client learns of others here. */
static char *reply_with_news(Builder *builder)
{
    g_autofree char *reply = reply_gloss(builder);
    g_autofree char *news = mg_learned_text(builder->gloss, builder->moved,
                                            g_hash_table_lookup(builder->values, "Client"));
    if (reply == NULL || news == NULL)
        return reply != NULL ? g_steal_pointer(&reply) : g_steal_pointer(&news);
    return g_strconcat(reply, " ", news, NULL);
}

/* What the command does, and what it is when it carries a report. */
static const char *command_gloss(Builder *builder)
{
    const gboolean show = builder->gloss->options.show_secrets;
    g_autofree char *sentence =
        mg_login_sentence(&builder->choice, mg_choose_command(&builder->choice));
    g_autofree char *report = mg_told_report(builder->gloss, builder->moved);
    g_autofree char *clear =
        show ? mg_login_in_clear(builder->gloss->glossary, builder->exchange) : NULL;
    const char *more = report != NULL ? report : clear;
    if (sentence == NULL || more == NULL)
        return keep(builder, g_steal_pointer(&sentence));
    return keep(builder, g_strjoin(" ", sentence, more, NULL));
}

/* ---- Movements ---- */

static void fill_movements(Builder *builder, MgStep *step)
{
    const MgGlossary *glossary = builder->gloss->glossary;
    const GPtrArray *movements = builder->movements;
    MgStepMovement *records = g_new0(MgStepMovement, movements->len + 1);
    g_ptr_array_add(builder->pool, records);
    for (guint i = 0; i < movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(movements, i);
        MgCopy *copy = mg_copy_valid(movement->copy);
        records[i] = (MgStepMovement){
            .message = movement->message,
            .event = movement->event,
            .recipient = keep(builder, mg_valid(movement->recipient)),
            .copy = copy,
            .where = movement->where,
            .location = keep(builder, mg_where_words(movement->where)),
            .label = keep(builder, mg_location_label(glossary, movement->where, movement->qualifier,
                                                     movement->device_name)),
            .changed = movement->changed,
            .evidence = movement->evidence,
            .cause_step = movement->cause_step,
            .cause_session = movement->cause_session,
            .learned = mg_learned(movement),
            .report = movement->report,
        };
    }
    step->movements = records;
    step->n_movements = movements->len;
}

static void free_movement_copies(MgStep *step)
{
    for (guint i = 0; i < step->n_movements; i++)
        mg_copy_free((MgCopy *)step->movements[i].copy);
}

/* Where the message that decides was before this step, and where all of them are now. */
static const char *take_before(Builder *builder)
{
    GHashTable *known = builder->gloss->before;
    const MgMovement *decides = builder->choice.moved;
    const MgWhere *where =
        decides != NULL ? g_hash_table_lookup(known, GUINT_TO_POINTER(decides->message)) : NULL;
    const char *before =
        where != NULL ? keep(builder, mg_glossary_where(builder->gloss->glossary, *where)) : NULL;
    for (guint i = 0; i < builder->movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(builder->movements, i);
        g_hash_table_replace(known, GUINT_TO_POINTER(movement->message),
                             g_memdup2(&movement->where, sizeof movement->where));
    }
    return before != NULL && *before != '\0' ? before : NULL;
}

/* ---- The deep text ---- */

static gboolean is_said(const MgStep *step, const char *token, const char *gloss)
{
    for (guint i = 0; i < step->n_details; i++)
        if (strcmp(step->details[i].token, token) == 0 &&
            strcmp(step->details[i].gloss, gloss) == 0)
            return TRUE;
    return FALSE;
}

/* Takes the token.  What a command asks for and its reply repeats is said once. */
static void add_detail(Builder *builder, MgStep *step, MgStepDetail *records, char *token,
                       const char *group, GHashTable *values)
{
    const MgGlossary *glossary = builder->gloss->glossary;
    char *gloss =
        group != NULL ? mg_phrase(glossary, group, "normal", MG_DETAIL_NORMAL, values) : NULL;
    const char *text =
        gloss != NULL ? keep(builder, gloss) : mg_glossary_label(glossary, "token-unknown");
    const char *shown = keep(builder, mg_shorten(token, MG_GLOSS_SHORT));
    if (!is_said(step, shown, text))
        records[step->n_details++] = (MgStepDetail){.token = shown, .gloss = text};
}

static gboolean has_token(const MgStep *step, const char *token)
{
    for (guint i = 0; i < step->n_details; i++)
        if (strcmp(step->details[i].token, token) == 0)
            return TRUE;
    return FALSE;
}

static void fill_details(Builder *builder, MgStep *step)
{
    const MgGlossary *glossary = builder->gloss->glossary;
    const GPtrArray *details = builder->exchange->details;
    /* One more for the status code, one for what is left out. */
    MgStepDetail *records =
        g_new0(MgStepDetail, MIN(details->len, MG_GLOSS_DETAILS) + 2 + MG_GLOSS_ENVELOPE +
                                 MG_GLOSS_HOPS + MG_GLOSS_CHALLENGES);
    g_ptr_array_add(builder->pool, records);
    step->details = records;
    const MgReply *answer = builder->choice.answer;
    const char *enhanced = answer != NULL ? answer->enhanced : NULL;
    const char *status = mg_choose_status(glossary, builder->protocol, enhanced);
    for (guint i = 0; i < details->len && i < MG_GLOSS_DETAILS; i++) {
        const MgDetail *detail = g_ptr_array_index(details, i);
        char *token =
            mg_mask_value(detail->token, builder->exchange, builder->gloss->options.show_secrets);
        const gboolean is_status = status != NULL && strcmp(token, enhanced) == 0;
        g_autoptr(GHashTable) own = mg_values_own(builder->values, detail->args, builder->exchange,
                                                  builder->gloss->options.show_secrets);
        add_detail(builder, step, records, token,
                   is_status ? status : mg_detail_group(glossary, detail), own);
    }
    if (status != NULL) {
        g_autofree char *token = mg_valid(enhanced);
        g_autoptr(GHashTable) own = mg_values_own(builder->values, answer->args, builder->exchange,
                                                  builder->gloss->options.show_secrets);
        g_autofree char *text = mg_phrase(glossary, status, "normal", MG_DETAIL_NORMAL, own);
        /* "* OK [UIDNEXT 7]" has said it already. */
        const gboolean said = builder->protocol == MG_PROTOCOL_IMAP && text != NULL &&
                              step->reply_gloss != NULL && strstr(step->reply_gloss, text) != NULL;
        if (!said && !has_token(step, token))
            add_detail(builder, step, records, g_steal_pointer(&token), status, own);
    }
    if (details->len > MG_GLOSS_DETAILS) {
        mg_values_set(builder->values, "more", "%u", details->len - MG_GLOSS_DETAILS);
        records[step->n_details++] = (MgStepDetail){
            .token = "…",
            .gloss = keep(builder, mg_phrase_label(glossary, "tokens-more", builder->values)),
        };
    }
    step->n_details +=
        mg_login_details(glossary, builder->exchange, builder->pool,
                         builder->gloss->options.show_secrets, records + step->n_details);
    step->n_details += mg_envelope_details(builder->gloss, builder->moved, builder->pool,
                                           records + step->n_details);
    step->n_details +=
        mg_told_hops(builder->gloss, builder->moved, builder->pool, records + step->n_details);
}

static void fill_deep(Builder *builder, MgStep *step)
{
    const MgGlossary *glossary = builder->gloss->glossary;
    const char *group = mg_glossary_find(glossary, builder->exchange->key);
    fill_details(builder, step);
    if (group != NULL)
        step->mistake =
            keep(builder, mg_phrase(glossary, group, "mistake", MG_DETAIL_NORMAL, builder->values));
}

/* The command's source; for what a server says unasked, that of its line. */
static void fill_reference(Builder *builder, MgStep *step)
{
    const MgGlossary *glossary = builder->gloss->glossary;
    const char *group = mg_glossary_find(glossary, builder->exchange->key);
    const char *reference = mg_glossary_get(glossary, group, "reference");
    if (reference == NULL && builder->choice.answer != NULL &&
        builder->choice.answer->key != NULL) {
        group = mg_glossary_find(glossary, builder->choice.answer->key);
        reference = mg_glossary_get(glossary, group, "reference");
    }
    step->reference = reference;
    step->reference_url = keep(builder, mg_reference_url(reference));
}

static void fill_head(Builder *builder, MgStep *step)
{
    const MgContent *content = builder->exchange->content;
    const int body = (int)builder->gloss->options.body;
    if (content == NULL || body == MG_BODY_NONE)
        return;
    char **fields = mg_head_fields(content, body == MG_BODY_FULL);
    if (fields == NULL)
        return;
    for (gsize i = 0; fields[i] != NULL; i++)
        g_ptr_array_add(builder->pool, fields[i]);
    g_ptr_array_add(builder->pool, fields);
    step->head = (const char *const *)fields;
}

/* ---- The step ---- */

static void fill_step(Builder *builder, MgStep *step)
{
    const MgExchange *exchange = builder->exchange;
    *step = (MgStep){
        .step = exchange->step,
        .session = exchange->session != NULL ? exchange->session->number : 0,
        .protocol = builder->protocol,
        .kind = exchange->kind,
        .actor = exchange->actor,
        .at = exchange->at,
        .frames = exchange->frames,
        .verb = keep(builder, mg_valid(exchange->verb)),
        .outcome = exchange->outcome,
        .known = exchange->known,
    };
    fill_values(builder);
    mg_choose_init(&builder->choice, builder->gloss->glossary, builder->moved,
                   &builder->gloss->options, builder->values);
    fill_chosen_values(builder);
    step->line = keep(builder, client_line(builder));
    fill_head(builder, step);
    fill_replies(builder, step);
    if (exchange->kind != MG_STEP_SERVER)
        step->gloss = command_gloss(builder);
    step->reply_gloss =
        exchange->kind != MG_STEP_CONNECTION ? keep(builder, reply_with_news(builder)) : NULL;
    fill_reference(builder, step);
    fill_movements(builder, step);
    const char *before = take_before(builder);
    if (builder->gloss->options.detail == MG_DETAIL_DEEP) {
        step->before = before;
        fill_deep(builder, step);
    }
    step->masked = builder->masked;
}

static void give_changed_messages(MgGloss *gloss, const MgMoved *moved)
{
    for (guint i = 0; i < moved->movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(moved->movements, i);
        if (movement->changed)
            mg_gloss_message(gloss, movement->message);
    }
}

/* What the step itself did, without what a report in its text tells of other messages. */
static GPtrArray *own_movements(const MgMoved *moved)
{
    GPtrArray *own = g_ptr_array_new();
    for (guint i = 0; i < moved->movements->len; i++) {
        MgMovement *movement = g_ptr_array_index(moved->movements, i);
        if (movement->report == 0)
            g_ptr_array_add(own, movement);
    }
    return own;
}

void mg_gloss_step(MgGloss *gloss, const MgMoved *all)
{
    g_autoptr(GPtrArray) movements = own_movements(all);
    MgMoved own = *all;
    own.movements = movements;
    const MgMoved *moved = &own;
    gloss->summary.steps++;
    if (!moved->exchange->known)
        gloss->summary.unknown_commands++;
    g_autoptr(GPtrArray) pool = mg_pool_new();
    g_autoptr(GHashTable) values = mg_values_new();
    Builder builder = {
        .gloss = gloss,
        .moved = moved,
        .movements = all->movements,
        .exchange = moved->exchange,
        .protocol = moved->exchange->session != NULL ? moved->exchange->session->protocol
                                                     : MG_PROTOCOL_NONE,
        .pool = pool,
        .values = values,
    };
    MgStep step;
    fill_step(&builder, &step);
    if (gloss->sink.step != NULL)
        gloss->sink.step(gloss->sink.user, &step);
    guint answer = G_MAXUINT;
    if (builder.choice.answer != NULL)
        g_ptr_array_find(moved->exchange->replies, builder.choice.answer, &answer);
    mg_trail_step(gloss->trail, &step, answer);
    free_movement_copies(&step);
    if (moved->exchange->session != NULL) {
        MgTally *tally = mg_tally_get(gloss, step.session);
        mg_tally_step(tally, moved);
        mg_facts_step(gloss->facts, moved, tally);
    }
    if (gloss->options.live_messages)
        give_changed_messages(gloss, all);
}
