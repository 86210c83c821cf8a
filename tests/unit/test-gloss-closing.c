/* Locations, parties, sessions, notes and messages. */
#include "gloss-bench.h"

#include <string.h>

/* ---- Locations ---- */

static void test_labels(void **state)
{
    static const struct {
        MgLocation is, other;
        const char *qualifier, *device, *label;
    } cases[] = {
        {MG_LOCATION_DEVICE, 0, NULL, "Alice", "User device (Alice's)"},
        {MG_LOCATION_DEVICE, 0, NULL, "Anna's laptop", "User device (Anna's laptop)"},
        {MG_LOCATION_DEVICE, 0, NULL, "Alice's device", "User device (Alice's)"},
        {MG_LOCATION_DEVICE, 0, NULL, "192.0.2.20", "User device (of 192.0.2.20)"},
        {MG_LOCATION_DEVICE, 0, NULL, "2001:db8::1", "User device (of 2001:db8::1)"},
        {MG_LOCATION_DEVICE, 0, NULL, NULL, "User device"},
        {MG_LOCATION_SERVER, 0, NULL, "Bob", "Email server"},
        {MG_LOCATION_SERVER, 0, "marked", "Bob", "Email server (marked for deletion)"},
        {MG_LOCATION_SERVER, 0, "headers", "Bob",
         "Email server (only header lines are on the device)"},
        {MG_LOCATION_BOTH, 0, NULL, "Bob", "User device and server (Bob's device)"},
        {MG_LOCATION_BOTH, 0, NULL, "192.0.2.20", "User device and server (the device 192.0.2.20)"},
        {MG_LOCATION_BOTH, 0, "marked", "Bob",
         "User device and server (server's copy marked for deletion)"},
        {MG_LOCATION_DEVICE, MG_LOCATION_SERVER, NULL, "Bob", "User device or Email server"},
        {MG_LOCATION_DELETED, 0, NULL, "Bob", "Deleted"},
        {MG_LOCATION_NONE, 0, "marked", "Bob", ""},
        {MG_LOCATION_SERVER, 0, "no-such-qualifier", NULL, "Email server"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MgWhere where = {cases[i].is, cases[i].other};
        g_autofree char *label =
            mg_location_label(glossary, where, cases[i].qualifier, cases[i].device);
        assert_string_equal(label, cases[i].label);
    }
}

static void test_parties(void **state)
{
    Test *test = *state;
    test->client.name = "Alice";
    begin(test, MG_STEP_COMMAND, "smtp.ehlo", "EHLO alice-pc.example.org");
    give(test);
    assert_string_equal(test->seen.gloss,
                        "Alice's program gives its name and asks what the server can do.");
    test->sink.session_open(test->sink.user, &session, &test->client, &test->server);
    assert_string_equal(test->seen.shown, "Alice's device");
    test->client.name = "Anna's laptop";
    give(test);
    assert_true(g_str_has_prefix(test->seen.gloss, "Anna's laptop gives its name"));
    test->client.name = "Alice";
    session.client_name = (char *)"Alice";
    give(test);
    assert_true(g_str_has_prefix(test->seen.gloss, "Client gives its name"));
    test->client.name = "alice-pc.example.org";
    give(test);
    assert_true(g_str_has_prefix(test->seen.gloss, "Client gives its name"));
    test->sink.session_open(test->sink.user, &session, &test->client, &test->server);
    assert_string_equal(test->seen.shown, "alice-pc.example.org");
    test->client.name = NULL;
    test->sink.session_open(test->sink.user, &session, &test->client, &test->server);
    assert_string_equal(test->seen.shown, "192.0.2.10");
    assert_null(test->seen.ending);
}

static void test_before(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    begin(test, MG_STEP_COMMAND, "smtp.mail", "MAIL FROM:<>");
    move(test, 1, MG_EVENT_COMPOSED, MG_LOCATION_DEVICE);
    give(test);
    assert_null(test->seen.before);
    begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    move(test, 1, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER)->was.is = MG_LOCATION_DEVICE;
    give(test);
    assert_string_equal(test->seen.before, "User device");
    assert_string_equal(test->seen.line, "(message text, not captured)");
}

static void beside(Test *test, guint16 capture, guint64 frame, const char *text)
{
    const MgRemark remark = {.capture = capture, .frame = frame, .text = text};
    mg_gloss_remark(test->gloss, &remark);
}

/* A comment goes to the first step whose frame it stands beside; our own are none. */
static void test_comments(void **state)
{
    Test *test = *state;
    bench_start(test);
    beside(test, 1, 7, "mailgloss 3 S: ours");
    beside(test, 1, 7, "mailgloss summary: ours");
    beside(test, 1, 7, "mailgloss is a program");
    beside(test, 2, 7, "of another capture");
    beside(test, 1, 8, "beside the reply");
    beside(test, 1, 9, "later");
    begin(test, MG_STEP_COMMAND, "smtp.noop", "NOOP");
    test->exchange->at.capture = 1;
    mg_frames_add(&test->exchange->frames, 7);
    MgReply *reply = add_reply(test, "250", MG_OUTCOME_OK, NULL, "250 Ok");
    reply->at.capture = 1;
    mg_frames_add(&reply->frames, 8);
    give(test);
    assert_string_equal(test->seen.comments, "1:7 mailgloss is a program;1:8 beside the reply;");
    give(test);
    assert_string_equal(test->seen.comments, "");
    for (guint64 frame = 100; frame < 100 + MG_LIMIT_COMMENTS; frame++)
        beside(test, 1, frame, "many");
    begin(test, MG_STEP_COMMAND, "smtp.noop", "NOOP");
    test->exchange->at.capture = 1;
    mg_frames_add(&test->exchange->frames, 9);
    mg_frames_add(&test->exchange->frames, 99 + MG_LIMIT_COMMENTS);
    give(test);
    g_autofree char *expected = g_strdup_printf("1:%u many;", 99 + MG_LIMIT_COMMENTS);
    assert_string_equal(test->seen.comments, expected);
}

/* ---- Sessions, notes, messages ---- */

static void test_endings(void **state)
{
    Test *test = *state;
    session.how_ended = MG_ENDED_CLOSED;
    test->sink.session_close(test->sink.user, &session, &test->client, &test->server);
    assert_string_equal(test->seen.ending, "closed by both sides; complete from its start");
    session.how_ended = MG_ENDED_RESET;
    session.ended_by = MG_ACTOR_SERVER;
    session.complete_start = FALSE;
    session.missing_octets = 212;
    session.encrypted_from_step = 12;
    test->sink.session_close(test->sink.user, &session, &test->client, &test->server);
    assert_string_equal(test->seen.ending,
                        "broken off by the server (reset); its start was not captured; 212 octets "
                        "are missing; encrypted from step 12");
    session.missing_octets = 1;
    session.encrypted_from_step = 0;
    session.complete_start = TRUE;
    session.how_ended = MG_ENDED_IDLE;
    test->sink.session_close(test->sink.user, &session, &test->client, &test->server);
    assert_string_equal(test->seen.ending,
                        "ended after a long silence; seen from its start; 1 octet is missing");
    mg_gloss_finish(test->gloss, NULL);
    assert_int_equal(test->seen.summary.missing_octets, 213);
}

static void test_notes(void **state)
{
    Test *test = *state;
    MgNote note = {.kind = MG_NOTE_GAP, .key = "gap", .octets = 212, .frames = {19, 21}};
    test->sink.note(test->sink.user, &note);
    assert_string_equal(test->seen.note,
                        "212 octets are missing here; the explanation may be incomplete.");
    note.octets = 1;
    test->sink.note(test->sink.user, &note);
    assert_true(g_str_has_prefix(test->seen.note, "One octet is missing"));
    note.octets = 0;
    test->sink.note(test->sink.user, &note);
    assert_true(g_str_has_prefix(test->seen.note, "Octets are missing"));
    note = (MgNote){.kind = MG_NOTE_CUT, .key = "file-cut", .detail = "lab\xff.pcap"};
    mg_gloss_note(test->gloss, &note);
    assert_string_equal(test->seen.note, "The file lab\xef\xbf\xbd.pcap ends in the middle of a "
                                         "packet. What came before was read.");
    note = (MgNote){.kind = MG_NOTE_LIMIT, .key = "limit-new-one"};
    mg_gloss_note(test->gloss, &note);
    assert_non_null(strstr(test->seen.note, "limit-new-one"));
}

static MgCopy *add_copy(MgMessage *message, MgPlace place, const char *name, gboolean composed,
                        MgCopyState state, guint64 step)
{
    MgCopy *copy = g_new0(MgCopy, 1);
    copy->place = place;
    copy->name = g_strdup(name);
    copy->composed = composed;
    copy->state = state;
    copy->proof_step = step;
    mg_address_parse("192.0.2.20", &copy->host);
    g_ptr_array_add(message->copies, copy);
    return copy;
}

static void add_history(MgMessage *message, guint64 step, guint64 frame, MgLocation is,
                        const char *qualifier)
{
    MgHistory *entry = g_new0(MgHistory, 1);
    entry->step = step;
    entry->at.frame = frame;
    entry->where.is = is;
    entry->qualifier = (char *)qualifier;
    g_ptr_array_add(message->history, entry);
    message->where = entry->where;
    message->qualifier = entry->qualifier;
}

static void message_init(MgMessage *message)
{
    *message = (MgMessage){
        .number = 1,
        .copies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_free),
        .history = g_ptr_array_new_with_free_func(g_free),
        .recipients = g_ptr_array_new_with_free_func(g_free),
        .evidence = MG_EVIDENCE_SEEN,
    };
}

static void message_clear(MgMessage *message)
{
    g_ptr_array_unref(message->copies);
    g_ptr_array_unref(message->history);
    g_ptr_array_unref(message->recipients);
}

static gboolean has_remark(const Test *test, const char *beginning)
{
    for (gsize i = 0; test->seen.remarks[i] != NULL; i++)
        if (g_str_has_prefix(test->seen.remarks[i], beginning))
            return TRUE;
    return FALSE;
}

/* The journey of one message: sent by SMTP, fetched and removed by POP3. */
static void test_message(void **state)
{
    Test *test = *state;
    MgMessage message;
    message_init(&message);
    add_copy(&message, MG_PLACE_DEVICE, "Alice", TRUE, MG_COPY_HELD, 3);
    add_copy(&message, MG_PLACE_QUEUE, "mail.example.org", FALSE, MG_COPY_REMOVED, 6);
    add_copy(&message, MG_PLACE_MAILBOX, "mail.example.org", FALSE, MG_COPY_REMOVED, 12);
    add_copy(&message, MG_PLACE_DEVICE, "Bob", FALSE, MG_COPY_HELD, 12);
    add_history(&message, 3, 8, MG_LOCATION_DEVICE, NULL);
    add_history(&message, 6, 14, MG_LOCATION_SERVER, NULL);
    add_history(&message, 12, 31, MG_LOCATION_BOTH, NULL);
    add_history(&message, 13, 33, MG_LOCATION_BOTH, "marked");
    add_history(&message, 14, 35, MG_LOCATION_DEVICE, NULL);
    g_autoptr(GPtrArray) messages = g_ptr_array_new();
    g_ptr_array_add(messages, &message);
    bench_ledger(messages);
    mg_gloss_finish(test->gloss, NULL);
    assert_int_equal(test->seen.messages, 1);
    assert_int_equal(test->seen.summary.messages, 1);
    assert_string_equal(test->seen.message_label, "User device (Bob's)");
    assert_string_equal(test->seen.path,
                        "User device (Alice's) > Email server (step 6, frame 14) > User device "
                        "and server (step 12, frame 31) > User device (Bob's) (step 14, frame 35)");
    assert_true(has_remark(test, "What the author's program keeps"));
    assert_int_equal(g_strv_length(test->seen.remarks), 1);
    message_clear(&message);
}

static void test_remarks(void **state)
{
    Test *test = *state;
    MgMessage message;
    message_init(&message);
    message.subject = (char *)"bad \xff";
    add_copy(&message, MG_PLACE_DEVICE, NULL, TRUE, MG_COPY_HELD, 1);
    add_copy(&message, MG_PLACE_QUEUE, NULL, FALSE, MG_COPY_HELD, 2);
    add_history(&message, 1, 8, MG_LOCATION_DEVICE, NULL);
    add_history(&message, 2, 0, MG_LOCATION_SERVER, NULL);
    for (guint i = 0; i < 15; i++) {
        MgRecipient *recipient = g_new0(MgRecipient, 1);
        recipient->address = (char *)"carol@example.org";
        recipient->outcome = MG_OUTCOME_REFUSED;
        recipient->code = (char *)"550";
        recipient->step = 4;
        g_ptr_array_add(message.recipients, recipient);
    }
    message.in_dark = TRUE;
    message.dark_session = 3;
    g_autoptr(GPtrArray) messages = g_ptr_array_new();
    g_ptr_array_add(messages, &message);
    bench_ledger(messages);
    mg_gloss_finish(test->gloss, NULL);
    assert_string_equal(test->seen.path, "User device (of 192.0.2.20) > Email server (step 2)");
    assert_true(has_remark(test, "The server refused carol@example.org with 550 (step 4)."));
    assert_true(has_remark(test, "5 more recipients were not accepted."));
    assert_true(has_remark(test, "A server has accepted it."));
    assert_true(has_remark(test, "What the author's program keeps"));
    assert_true(has_remark(test, "Session 3 became unreadable"));
    message.merged_into = 7;
    message.identified_by = MG_IDENTIFIED_MESSAGE_ID;
    mg_gloss_finish(test->gloss, NULL);
    assert_true(has_remark(test, "This is the same message as M7: both have the same Message-ID."));
    assert_int_equal(test->seen.summary.messages, 1);
    message_clear(&message);
}

/* A message that goes to and fro for ever: the path stays short. */
static void test_long_path(void **state)
{
    Test *test = *state;
    MgMessage message;
    message_init(&message);
    for (guint i = 0; i < 10001; i++)
        add_history(&message, i, i + 1, i % 2 == 0 ? MG_LOCATION_SERVER : MG_LOCATION_BOTH, NULL);
    g_autoptr(GPtrArray) messages = g_ptr_array_new();
    g_ptr_array_add(messages, &message);
    bench_ledger(messages);
    mg_gloss_finish(test->gloss, NULL);
    assert_true(strlen(test->seen.path) < 8000);
    assert_true(g_str_has_suffix(test->seen.path, " > … > Email server (step 10000, frame 10001)"));
    message_clear(&message);
}

static void test_live_messages(void **state)
{
    Test *test = *state;
    test->options.live_messages = TRUE;
    bench_start(test);
    MgMessage message;
    message_init(&message);
    add_history(&message, 1, 8, MG_LOCATION_DEVICE, NULL);
    g_autoptr(GPtrArray) messages = g_ptr_array_new();
    g_ptr_array_add(messages, &message);
    bench_ledger(messages);
    begin(test, MG_STEP_COMMAND, "smtp.mail", "MAIL FROM:<>");
    move(test, 1, MG_EVENT_COMPOSED, MG_LOCATION_DEVICE);
    move(test, 1, MG_EVENT_FLAGGED, MG_LOCATION_DEVICE)->changed = FALSE;
    give(test);
    assert_int_equal(test->seen.messages, 1);
    message_clear(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),
        TEST(test_parties),
        TEST(test_before),
        TEST(test_comments),
        TEST(test_endings),
        TEST(test_notes),
        TEST(test_message),
        TEST(test_remarks),
        TEST(test_long_path),
        TEST(test_live_messages),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    const int failed = cmocka_run_group_tests_name("gloss-closing", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
