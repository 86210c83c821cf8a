/* What a session did, what a capture teaches, envelope against header. */
#include "gloss-bench.h"

#include <string.h>

static MgMessage one;
static GPtrArray *known;

/* One message in the ledger, where it is in the end. */
static void message_is(MgLocation is)
{
    one = (MgMessage){.number = 1,
                      .copies = g_ptr_array_new(),
                      .history = g_ptr_array_new(),
                      .recipients = g_ptr_array_new(),
                      .where = {is, MG_LOCATION_NONE}};
    known = g_ptr_array_new();
    g_ptr_array_add(known, &one);
    bench_ledger(known);
}

static void forget(void)
{
    bench_ledger(NULL);
    g_ptr_array_unref(one.copies);
    g_ptr_array_unref(one.history);
    g_ptr_array_unref(one.recipients);
    g_ptr_array_unref(known);
}

static guint64 steps;

/* A command that was answered, with what it did to message 1; COMPOSED: nothing. */
static MgExchange *play(Test *test, const char *key, MgOutcome outcome, MgEvent event,
                        MgLocation is)
{
    MgExchange *exchange = begin(test, MG_STEP_COMMAND, key, key);
    exchange->outcome = outcome;
    exchange->step = ++steps;
    if (event != MG_EVENT_COMPOSED)
        move(test, 1, event, is);
    give(test);
    return exchange;
}

static void opens(Test *test, MgProtocol protocol)
{
    session.protocol = protocol;
    session.how_ended = MG_ENDED_OPEN;
    session.complete_start = TRUE;
    session.authenticated = TRUE;
    steps = 0;
    test->sink.session_open(test->sink.user, &session, &test->client, &test->server);
    assert_null(test->seen.did);
}

static void closes(Test *test)
{
    session.how_ended = MG_ENDED_CLOSED;
    test->sink.session_close(test->sink.user, &session, &test->client, &test->server);
    mg_gloss_finish(test->gloss, NULL);
}

static const char *insight(const Test *test, const char *beginning)
{
    for (guint i = 0; i < test->seen.insights->len; i++)
        if (g_str_has_prefix(g_ptr_array_index(test->seen.insights, i), beginning))
            return g_ptr_array_index(test->seen.insights, i);
    return NULL;
}

static void stat(Test *test, const char *count)
{
    MgExchange *exchange = begin(test, MG_STEP_COMMAND, "pop3.stat", "STAT");
    exchange->outcome = MG_OUTCOME_OK;
    exchange->step = ++steps;
    mg_exchange_arg(exchange, "count", "%s", count);
    give(test);
}

static void test_pop3_removes(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_DEVICE);
    opens(test, MG_PROTOCOL_POP3);
    stat(test, "3");
    play(test, "pop3.retr", MG_OUTCOME_OK, MG_EVENT_DOWNLOADED, MG_LOCATION_BOTH);
    play(test, "pop3.dele", MG_OUTCOME_OK, MG_EVENT_MARKED, MG_LOCATION_BOTH);
    play(test, "pop3.quit", MG_OUTCOME_OK, MG_EVENT_REMOVED, MG_LOCATION_DEVICE);
    closes(test);
    assert_string_equal(test->seen.did,
                        "The client got a full copy of one message. The server removed one "
                        "message, as DELE and QUIT asked. POP3 itself removed nothing that was "
                        "not asked for. 2 messages are left in the mailbox, as far as the server "
                        "told.");
    assert_non_null(insight(test, "gone-pop3 3 4: "));
    assert_non_null(insight(test, "copied 2: "));
    assert_null(insight(test, "kept-pop3"));
    assert_null(insight(test, "mark-lost"));
    forget();
}

static void test_pop3_keeps(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_BOTH);
    opens(test, MG_PROTOCOL_POP3);
    play(test, "pop3.retr", MG_OUTCOME_OK, MG_EVENT_DOWNLOADED, MG_LOCATION_BOTH);
    play(test, "pop3.quit", MG_OUTCOME_OK, MG_EVENT_COMPOSED, MG_LOCATION_BOTH);
    closes(test);
    assert_non_null(strstr(test->seen.did, "The client sent no DELE"));
    assert_null(strstr(test->seen.did, "left"));
    assert_non_null(insight(test, "kept-pop3 1 2: "));
    assert_null(insight(test, "gone-pop3"));
    assert_null(insight(test, "copied"));
    forget();
}

/* QUIT was refused, or never came: nothing is said to be removed. */
static void test_pop3_mark_lost(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_SERVER);
    opens(test, MG_PROTOCOL_POP3);
    stat(test, "1");
    play(test, "pop3.dele", MG_OUTCOME_OK, MG_EVENT_MARKED, MG_LOCATION_SERVER);
    MgExchange *drop = begin(test, MG_STEP_CONNECTION, "pop3.drop", NULL);
    drop->step = ++steps;
    move(test, 1, MG_EVENT_UNMARKED, MG_LOCATION_SERVER);
    give(test);
    closes(test);
    assert_string_equal(test->seen.did, "The client got no copy of a message. Without QUIT one "
                                        "delete mark was lost; the server keeps the message. One "
                                        "message is left in the mailbox, as far as the server "
                                        "told.");
    assert_non_null(insight(test, "mark-lost 2 3: "));
    assert_null(insight(test, "gone-pop3"));
    forget();
}

static void test_nobody(void **state)
{
    Test *test = *state;
    opens(test, MG_PROTOCOL_POP3);
    session.authenticated = FALSE;
    play(test, "pop3.quit-auth", MG_OUTCOME_OK, MG_EVENT_COMPOSED, MG_LOCATION_NONE);
    closes(test);
    assert_string_equal(test->seen.did, "Nobody logged in, as far as this trace shows.");
    assert_int_equal(test->seen.insights->len, 0);
}

static void test_smtp(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_SERVER);
    opens(test, MG_PROTOCOL_SMTP);
    play(test, "smtp.rcpt", MG_OUTCOME_OK, MG_EVENT_UNMARKED, MG_LOCATION_DEVICE);
    begin(test, MG_STEP_COMMAND, "smtp.rcpt", "RCPT")->step = ++steps;
    move(test, 1, MG_EVENT_REFUSED, MG_LOCATION_DEVICE)->recipient = g_strdup("x@example.org");
    give(test);
    MgExchange *dot = begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    dot->outcome = MG_OUTCOME_OK;
    dot->step = ++steps;
    move(test, 1, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER)->recipient = g_strdup("b@example.org");
    give(test);
    play(test, "smtp.quit", MG_OUTCOME_OK, MG_EVENT_COMPOSED, MG_LOCATION_SERVER);
    closes(test);
    assert_string_equal(test->seen.did, "The server accepted one message for one recipient. The "
                                        "server refused one recipient.");
    assert_non_null(insight(test, "some-refused 2 3: "));
    assert_non_null(insight(test, "responsible 3 4: "));
    assert_non_null(insight(test, "not-mailbox 3: "));
    forget();
}

static void test_answer_lost(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_DEVICE);
    one.where.other = MG_LOCATION_SERVER;
    opens(test, MG_PROTOCOL_SMTP);
    MgExchange *dot = begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    dot->outcome = MG_OUTCOME_UNANSWERED;
    dot->step = ++steps;
    move(test, 1, MG_EVENT_IN_DOUBT, MG_LOCATION_DEVICE);
    give(test);
    closes(test);
    assert_string_equal(test->seen.did,
                        "For one message no answer was seen; both sides may have it.");
    assert_non_null(insight(test, "answer-lost 1: "));
    assert_null(insight(test, "responsible"));
    forget();
}

static void test_imap(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_DELETED);
    opens(test, MG_PROTOCOL_IMAP);
    play(test, "imap.fetch", MG_OUTCOME_OK, MG_EVENT_HEADERS_READ, MG_LOCATION_SERVER);
    play(test, "imap.store-deleted", MG_OUTCOME_OK, MG_EVENT_MARKED, MG_LOCATION_SERVER);
    play(test, "imap.expunge", MG_OUTCOME_OK, MG_EVENT_REMOVED, MG_LOCATION_DELETED);
    closes(test);
    assert_string_equal(test->seen.did, "The client got only header lines of one message. The "
                                        "client marked one message for deletion. At the client's "
                                        "request the server removed one message from a folder.");
    assert_non_null(insight(test, "gone-imap 2 3: "));
    assert_null(insight(test, "mark-kept"));
    forget();
}

/* What the server tells of others is not this client's doing. */
static void test_imap_told(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_DELETED);
    opens(test, MG_PROTOCOL_IMAP);
    MgExchange *noop = begin(test, MG_STEP_COMMAND, "imap.noop", "a1 NOOP");
    noop->step = ++steps;
    add_reply(test, "EXPUNGE", MG_OUTCOME_INFO, "imap.response.expunge", "* 1 EXPUNGE");
    move(test, 1, MG_EVENT_REMOVED, MG_LOCATION_DELETED);
    give(test);
    closes(test);
    assert_string_equal(test->seen.did,
                        "The server told that one message went without this client's doing.");
    assert_null(insight(test, "gone-imap"));
    forget();
}

static void test_encrypted(void **state)
{
    Test *test = *state;
    opens(test, MG_PROTOCOL_SMTP);
    play(test, "smtp.starttls", MG_OUTCOME_OK, MG_EVENT_COMPOSED, MG_LOCATION_NONE);
    session.encrypted_from_step = 2;
    session.encrypted_client_octets = 1070;
    session.encrypted_server_octets = 2020;
    session.tls_records = 19;
    closes(test);
    assert_string_equal(test->seen.did,
                        "From step 2 on 1070 octets came from the client, 2020 from the server; 19 "
                        "TLS records of data passed. Times, sizes and directions can still be "
                        "told; commands and messages cannot.");
    assert_non_null(insight(test, "starttls 1: "));
    assert_null(insight(test, "dark"));
}

static void test_password(void **state)
{
    Test *test = *state;
    opens(test, MG_PROTOCOL_POP3);
    for (guint i = 0; i < 2; i++) {
        MgExchange *exchange = begin(test, MG_STEP_COMMAND, "pop3.pass", NULL);
        exchange->line = text_with_secret("PASS geheim", 5, 6);
        exchange->step = ++steps;
        give(test);
    }
    closes(test);
    assert_non_null(insight(test, "password 1: "));
    assert_true(g_str_has_suffix(insight(test, "password"), "This happened once more."));
    assert_null(strstr(insight(test, "password"), "geheim"));
}

/* ---- What a FETCH line brings ---- */

static void test_fetch_lines(void **state)
{
    static const struct {
        const char *line, *beginning;
    } cases[] = {
        {"* 3 FETCH (FLAGS (\\Seen))", "Server tells the flags of message 3."},
        {"* 3 FETCH (UID 7 MODSEQ (12) FLAGS ())", "Server tells the flags of message 3."},
        {"* 3 FETCH (FLAGS () RFC822.SIZE 12)", "Server tells facts about message 3,"},
        {"* 3 FETCH (UID 7)", "Server tells facts about message 3,"},
        {"* 3 FETCH (BODY ((\"TEXT\" \"PLAIN\" (\"A\" \")\") NIL) \"MIXED\"))",
         "Server tells facts about message 3,"},
        {"* 3 FETCH (ENVELOPE (\"a\" \"BODY[] {3}\" NIL))", "Server tells sender, recipients"},
        {"* 3 FETCH (UID 7 BODY[HEADER.FIELDS (TO CC)] {9}",
         "Server sends header lines of message 3."},
        {"* 3 FETCH (RFC822.HEADER {9}", "Server sends header lines of message 3."},
        {"* 3 FETCH (BODY[1.2] \"x\")", "Server sends a part of message 3."},
        {"* 3 FETCH (BODY[]<0> {9}", "Server sends a part of message 3."},
        {"* 3 FETCH (BODY[] {9}", "Server sends the whole message 3."},
        {"* 3 FETCH (BODY[HEADER] {4}\r\n ()( FLAGS () BODY[] {9}", "Server sends the whole"},
        {"* 3 FETCH (RFC822 NIL FLAGS (\\Seen))", "Server sends the whole message 3."},
        {"* 3 FETCH", "Server tells facts about message 3,"},
        {"* 3 FETCH (\"", "Server tells facts about message 3,"},
        {"* 3 FETCH ([", "Server"},
        {"* 3 FETCH (A {", "Server"},
    };
    Test *test = *state;
    session.protocol = MG_PROTOCOL_IMAP;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(test, MG_STEP_SERVER, "imap.response.fetch", NULL);
        add_reply(test, "FETCH", MG_OUTCOME_INFO, "imap.response.fetch", cases[i].line);
        give(test);
        assert_non_null(test->seen.reply_gloss);
        if (!g_str_has_prefix(test->seen.reply_gloss, cases[i].beginning))
            fail_msg("%s: %s", cases[i].line, test->seen.reply_gloss);
    }
}

/* ---- Envelope against header ---- */

static gboolean has_detail(const Test *test, const char *text)
{
    for (guint i = 0; i < test->seen.details->len; i++)
        if (strstr(g_ptr_array_index(test->seen.details, i), text) != NULL)
            return TRUE;
    return FALSE;
}

static void hand_over(Test *test, const char *sender, const char *recipient)
{
    static char *to[] = {(char *)"Bob@example.org", NULL};
    one.sender = (char *)sender;
    MgExchange *dot = begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    dot->outcome = MG_OUTCOME_OK;
    dot->content = mg_content_new();
    dot->content->has_header = TRUE;
    dot->content->from = g_strdup("alice@example.org");
    dot->content->to = g_strdupv(to);
    move(test, 1, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER)->recipient = g_strdup(recipient);
    give(test);
}

static void test_envelope(void **state)
{
    Test *test = *state;
    message_is(MG_LOCATION_SERVER);
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    session.protocol = MG_PROTOCOL_SMTP;
    hand_over(test, "alice@example.org", "bob@EXAMPLE.org");
    assert_true(has_detail(test, "name the same sender and recipients"));
    assert_int_equal(test->seen.details->len, 1);
    hand_over(test, "list@example.net", "carol@example.org");
    assert_true(has_detail(test, "MAIL FROM: The envelope names list@example.net"));
    assert_true(has_detail(test, "RCPT TO: carol@example.org stands in the envelope only"));
    assert_true(has_detail(test, "To, Cc: Bob@example.org stands in a To or Cc line"));
    hand_over(test, "", "bob@example.org");
    assert_true(has_detail(test, "The envelope has no sender"));
    one.sender = NULL;
    forget();
}

static int setup(void **state)
{
    g_autoptr(GError) error = NULL;
    glossary = mg_glossary_new("en", NULL, &error);
    return glossary != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    mg_glossary_free(glossary);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pop3_removes), TEST(test_pop3_keeps), TEST(test_pop3_mark_lost),
        TEST(test_nobody),       TEST(test_smtp),       TEST(test_answer_lost),
        TEST(test_imap),         TEST(test_imap_told),  TEST(test_encrypted),
        TEST(test_password),     TEST(test_envelope),   TEST(test_fetch_lines),
    };
    return cmocka_run_group_tests_name("gloss-insights", tests, setup, teardown);
}
