/* What the tests of gloss share: exchanges and movements by hand, records as they came. */
#include "gloss-bench.h"

#include <string.h>

/* ---- A ledger that a test fills by hand: gloss asks it for messages and for who is who ---- */

static const GPtrArray *messages;

void bench_ledger(const GPtrArray *of)
{
    messages = of;
}

guint mg_ledger_count(const MgLedger *ledger)
{
    return messages != NULL ? messages->len : 0;
}

const MgMessage *mg_ledger_message(const MgLedger *ledger, guint number)
{
    return messages != NULL && number >= 1 && number <= messages->len
               ? g_ptr_array_index(messages, number - 1)
               : NULL;
}

/* Bob has two devices: his laptop, 10.0.0.12, and his phone, 10.0.0.13. */
void mg_ledger_party(const MgLedger *ledger, const MgEndpoint *end, MgParty *ret_party)
{
    g_autofree char *address = mg_address_string(&end->address);
    *ret_party = (MgParty){.end = *end, .role = MG_ROLE_DEVICE};
    ret_party->name = strcmp(address, "10.0.0.12") == 0   ? "Bob's laptop"
                      : strcmp(address, "10.0.0.13") == 0 ? "Bob's phone"
                                                          : NULL;
}

/* ---- What a test builds and what it gets ---- */

MgSession session;
MgGlossary *glossary;

static const char *keep(Seen *seen, const char *text)
{
    if (text != NULL)
        assert_true(g_utf8_validate(text, -1, NULL));
    char *copy = g_strdup(text);
    if (copy != NULL)
        g_ptr_array_add(seen->pool, copy);
    return copy;
}

static void on_step(gpointer user, const MgStep *step)
{
    Seen *seen = user;
    seen->steps++;
    seen->line = keep(seen, step->line);
    seen->gloss = keep(seen, step->gloss);
    seen->reply_gloss = keep(seen, step->reply_gloss);
    seen->reference = keep(seen, step->reference);
    seen->url = keep(seen, step->reference_url);
    seen->before = keep(seen, step->before);
    seen->mistake = keep(seen, step->mistake);
    seen->verb = keep(seen, step->verb);
    seen->masked = step->masked;
    seen->first = step->n_replies > 0 ? keep(seen, step->replies[0].shown_first) : NULL;
    seen->location = step->n_movements > 0 ? keep(seen, step->movements[0].location) : NULL;
    seen->label = step->n_movements > 0 ? keep(seen, step->movements[0].label) : NULL;
    g_strfreev(seen->head);
    seen->head = g_strdupv((char **)step->head);
    g_ptr_array_set_size(seen->details, 0);
    for (guint i = 0; i < step->n_details; i++)
        g_ptr_array_add(seen->details,
                        g_strdup_printf("%s: %s", step->details[i].token, step->details[i].gloss));
    g_ptr_array_set_size(seen->lines, 0);
    for (guint i = 0; i < step->n_replies; i++) {
        const char *own = step->replies[i].gloss;
        g_ptr_array_add(seen->lines, g_strdup(own != NULL ? own : ""));
        for (guint k = 0; k < step->replies[i].n_lines; k++)
            assert_true(g_utf8_validate(step->replies[i].lines[k], -1, NULL));
    }
}

static void on_session(gpointer user, const MgStepSession *record)
{
    Seen *seen = user;
    seen->ending = keep(seen, record->ending);
    seen->did = keep(seen, record->did);
    seen->shown = keep(seen, record->client.shown);
}

static void on_note(gpointer user, const MgStepNote *note)
{
    Seen *seen = user;
    seen->note = keep(seen, note->text);
}

static void on_message(gpointer user, const MgStepMessage *record)
{
    Seen *seen = user;
    seen->messages++;
    seen->path = keep(seen, record->path);
    seen->message_label = keep(seen, record->label);
    g_strfreev(seen->remarks);
    seen->remarks = g_strdupv((char **)record->remarks);
}

static void on_insight(gpointer user, const MgStepInsight *insight)
{
    Seen *seen = user;
    GString *text = g_string_new(insight->key + strlen("insight."));
    assert_true(g_utf8_validate(insight->question, -1, NULL));
    for (guint i = 0; i < insight->n_steps; i++)
        g_string_append_printf(text, " %" G_GUINT64_FORMAT, insight->steps[i]);
    g_string_append_printf(text, ": %s", insight->answer);
    g_ptr_array_add(seen->insights, g_string_free(text, FALSE));
}

static void on_summary(gpointer user, const MgStepSummary *summary)
{
    ((Seen *)user)->summary = *summary;
}

void bench_start(Test *test)
{
    const MgStepSink sink = {
        .session = on_session,
        .step = on_step,
        .note = on_note,
        .message = on_message,
        .insight = on_insight,
        .summary = on_summary,
        .user = &test->seen,
    };
    g_clear_pointer(&test->gloss, mg_gloss_free);
    test->gloss = mg_gloss_new(&sink, glossary, NULL, &test->options);
    mg_gloss_movement_sink(test->gloss, &test->sink);
}

int bench_setup(void **state)
{
    Test *test = g_new0(Test, 1);
    test->seen.pool = g_ptr_array_new_with_free_func(g_free);
    test->seen.details = g_ptr_array_new_with_free_func(g_free);
    test->seen.insights = g_ptr_array_new_with_free_func(g_free);
    test->seen.lines = g_ptr_array_new_with_free_func(g_free);
    test->options = (MgGlossOptions){.detail = MG_DETAIL_NORMAL, .body = MG_BODY_HEAD};
    test->movements = g_ptr_array_new_with_free_func((GDestroyNotify)mg_movement_free);
    mg_address_parse("192.0.2.10", &test->client.end.address);
    mg_address_parse("198.51.100.25", &test->server.end.address);
    test->client.role = MG_ROLE_DEVICE;
    test->server.role = MG_ROLE_SERVER;
    session = (MgSession){.number = 1, .protocol = MG_PROTOCOL_SMTP, .complete_start = TRUE};
    bench_ledger(NULL);
    bench_start(test);
    *state = test;
    return 0;
}

int bench_teardown(void **state)
{
    Test *test = *state;
    mg_gloss_free(test->gloss);
    mg_exchange_free(test->exchange);
    g_ptr_array_unref(test->movements);
    g_ptr_array_unref(test->seen.pool);
    g_ptr_array_unref(test->seen.details);
    g_ptr_array_unref(test->seen.insights);
    g_ptr_array_unref(test->seen.lines);
    g_strfreev(test->seen.head);
    g_strfreev(test->seen.remarks);
    g_free(test);
    return 0;
}

MgText *text_with_secret(const char *text, gsize at, gsize len)
{
    MgText *line = mg_text_new(text, -1);
    line->secrets = g_array_new(FALSE, FALSE, sizeof(MgSecret));
    const MgSecret secret = {.at = at, .len = len};
    g_array_append_val(line->secrets, secret);
    return line;
}

/* Begin an exchange; line NULL: the client says nothing. */
MgExchange *begin(Test *test, MgStepKind kind, const char *key, const char *line)
{
    static guint64 step;
    mg_exchange_free(test->exchange);
    g_ptr_array_set_size(test->movements, 0);
    test->exchange = mg_exchange_new(&session, kind, key);
    test->exchange->step = ++step;
    if (line != NULL)
        test->exchange->line = mg_text_new(line, -1);
    return test->exchange;
}

MgReply *add_reply(Test *test, const char *code, MgOutcome outcome, const char *key,
                   const char *line)
{
    MgReply *reply = mg_reply_new(code, outcome);
    reply->key = key;
    if (line != NULL)
        g_ptr_array_add(reply->lines, mg_text_new(line, -1));
    g_ptr_array_add(test->exchange->replies, reply);
    test->exchange->outcome = outcome;
    return reply;
}

void add_detail(Test *test, const char *token, const char *key)
{
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = g_strdup(token);
    detail->key = key;
    g_ptr_array_add(test->exchange->details, detail);
}

MgMovement *move(Test *test, guint message, MgEvent event, MgLocation is)
{
    MgMovement *movement = mg_movement_new(message, event);
    movement->where.is = is;
    movement->changed = TRUE;
    g_ptr_array_add(test->movements, movement);
    return movement;
}

void give(Test *test)
{
    const MgMoved moved = {.exchange = test->exchange,
                           .movements = test->movements,
                           .client = test->client,
                           .server = test->server};
    test->sink.moved(test->sink.user, &moved);
}
