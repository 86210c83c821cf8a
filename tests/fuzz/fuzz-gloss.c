/* Any exchange becomes a step: its texts are valid UTF-8, its secret is hidden.
 *
 * Input: protocol, kind, outcome, level, two octets that choose the command's group, two for the
 * reply's, the secret's place and length, then the text that everything is made of. */
#include <stdint.h>
#include <string.h>

#include "gloss/gloss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 10 };

/* The stage asks for messages; here is none. */
guint mg_ledger_count(const MgLedger *ledger)
{
    return 0;
}

const MgMessage *mg_ledger_message(const MgLedger *ledger, guint number)
{
    return NULL;
}

void mg_ledger_party(const MgLedger *ledger, const MgEndpoint *end, MgParty *ret_party)
{
    *ret_party = (MgParty){.end = *end, .role = MG_ROLE_DEVICE};
}

static void check(const char *text)
{
    g_assert_true(text == NULL || g_utf8_validate(text, -1, NULL));
}

static void on_step(gpointer user, const MgStep *step)
{
    check(step->verb);
    check(step->line);
    check(step->gloss);
    check(step->reply_gloss);
    check(step->mistake);
    for (gsize i = 0; step->head != NULL && step->head[i] != NULL; i++)
        check(step->head[i]);
    for (guint i = 0; i < step->n_details; i++) {
        check(step->details[i].token);
        check(step->details[i].gloss);
    }
    for (guint i = 0; i < step->n_replies; i++) {
        check(step->replies[i].shown_first);
        check(step->replies[i].gloss);
        check(step->replies[i].enhanced);
    }
    for (guint i = 0; i < step->n_movements; i++)
        check(step->movements[i].label);
    const gboolean secret = *(const gboolean *)user;
    g_assert_cmpint(step->masked, ==, secret);
    if (secret)
        g_assert_nonnull(strstr(step->line, "********"));
}

static MgExchange *make(const MgSession *session, const uint8_t *data, size_t size,
                        const char *const *groups, guint n_groups, gboolean *ret_secret)
{
    const char *text = (const char *)data + HEAD;
    const gsize len = size - HEAD;
    MgExchange *exchange =
        mg_exchange_new(session, data[1] % 5, groups[(data[4] * 256u + data[5]) % n_groups]);
    exchange->outcome = data[2] % 7;
    exchange->verb = g_strndup(text, len);
    exchange->variant = len % 2 == 0 ? "cut" : NULL;
    exchange->line = mg_text_new(text, (gssize)len);
    *ret_secret = data[8] > 0;
    if (*ret_secret) {
        exchange->line->secrets = g_array_new(FALSE, FALSE, sizeof(MgSecret));
        const MgSecret secret = {.at = data[8], .len = data[9]};
        g_array_append_val(exchange->line->secrets, secret);
    }
    MgReply *reply = mg_reply_new("250", data[2] % 7);
    reply->key = data[6] > 0 ? groups[(data[6] * 256u + data[7]) % n_groups] : NULL;
    reply->enhanced = g_strndup(text, len);
    g_ptr_array_add(reply->lines, mg_text_new(text, (gssize)len));
    g_ptr_array_add(exchange->replies, reply);
    exchange->content = mg_content_new();
    exchange->content->head = g_memdup2(text, len);
    exchange->content->head_len = len;
    static const char *const names[] = {"number", "folder", "set", "count", "user"};
    g_autofree char *value = g_strndup(text, len);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if ((data[3] >> i & 1) != 0)
            mg_exchange_arg(exchange, names[i], "%s", value);
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = g_strdup(value);
    detail->key = reply->key;
    g_ptr_array_add(exchange->details, detail);
    return exchange;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD)
        return 0;
    static MgGlossary *glossary; /* reading it anew would be most of the work */
    if (glossary == NULL)
        glossary = mg_glossary_new("en", NULL, NULL);
    g_autofree const char **groups = mg_glossary_groups(glossary);
    const guint n_groups = g_strv_length((char **)groups);
    const MgSession session = {.number = 1, .protocol = data[0] % 5};
    gboolean secret;
    g_autoptr(MgExchange) exchange = make(&session, data, size, groups, n_groups, &secret);
    g_autoptr(GPtrArray) movements =
        g_ptr_array_new_with_free_func((GDestroyNotify)mg_movement_free);
    MgMovement *movement = mg_movement_new(1, data[3] % 16);
    movement->where.is = data[3] % 6;
    movement->changed = TRUE;
    movement->device_name = g_strdup(exchange->verb);
    g_ptr_array_add(movements, movement);
    const MgStepSink sink = {.step = on_step, .user = &secret};
    const MgGlossOptions options = {.detail = data[3] % 3, .body = MG_BODY_FULL};
    g_autoptr(MgGloss) gloss = mg_gloss_new(&sink, glossary, NULL, &options);
    MgMovementSink input;
    mg_gloss_movement_sink(gloss, &input);
    const MgMoved moved = {
        .exchange = exchange,
        .movements = movements,
        .client = {.name = exchange->verb, .role = MG_ROLE_DEVICE},
        .server = {.name = exchange->verb, .role = MG_ROLE_SERVER},
    };
    input.moved(input.user, &moved);
    /* The same words, typed. */
    const char *const words[] = {exchange->verb, NULL};
    g_autofree char *explained = mg_gloss_explain(glossary, words);
    g_autofree char *near = mg_gloss_suggest(glossary, words);
    check(explained);
    return 0;
}
