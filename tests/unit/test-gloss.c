/* Steps in plain words, from exchanges and movements built by hand. */
#include "gloss-bench.h"

#include <string.h>

/* ---- Choosing ---- */

static void test_order(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_COMMAND, "smtp.rcpt", "RCPT TO:<x@example.org>");
    MgReply *reply = add_reply(test, "550", MG_OUTCOME_REFUSED, "smtp.reply.550.rcpt", "no");
    give(test);
    /* The reply's own group goes before the command's `refused`. */
    assert_string_equal(test->seen.gloss,
                        "Client names one person who should receive the message.");
    assert_string_equal(test->seen.reply_gloss, "Server refuses this recipient: there is no such "
                                                "mailbox, or it takes no such mail.");
    assert_string_equal(test->seen.first, "550 no");
    /* Its status says why. */
    reply->enhanced = g_strdup("5.2.2");
    give(test);
    assert_true(g_str_has_suffix(test->seen.reply_gloss, " The mailbox is full."));
    g_free(reply->enhanced);
    reply->enhanced = g_strdup("5.0.0");
    give(test);
    assert_true(g_str_has_suffix(test->seen.reply_gloss, "no such mail."));
    /* A code without a sentence for this context: the command's outcome. */
    reply->key = "smtp.reply.599.rcpt";
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Server refuses this recipient. This"));
    /* A command without that outcome: the code alone, then its class. */
    begin(test, MG_STEP_COMMAND, "smtp.noop", "NOOP");
    reply = add_reply(test, "571", MG_OUTCOME_REFUSED, "smtp.reply.571.noop", "no");
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server blocks this by a rule.");
    g_free(reply->code);
    reply->code = g_strdup("599");
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Server says no."));
}

static void test_events(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    test->exchange->content = mg_content_new();
    test->exchange->content->lines = 7;
    test->exchange->content->octets = 319;
    test->exchange->content->complete = TRUE;
    add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.dot", "2.0.0 Ok: queued as 4F1A2");
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Server says yes to the text."));
    move(test, 1, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER);
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server has stored the message and is now responsible for it.");
    assert_string_equal(test->seen.line, "(message text, 7 lines, 319 octets)");
    assert_string_equal(test->seen.gloss,
                        "The whole message travels to the server. A dot alone on a line ends it.");
    assert_string_equal(test->seen.label, "Email server");
    assert_string_equal(test->seen.reference, "RFC 5321 section 6.1");
    assert_string_equal(test->seen.url, "https://www.rfc-editor.org/rfc/rfc5321#section-6.1");
    /* The connection broke between the dot and its reply. */
    g_ptr_array_set_size(test->exchange->replies, 0);
    g_ptr_array_set_size(test->movements, 0);
    test->exchange->outcome = MG_OUTCOME_UNANSWERED;
    MgMovement *doubt = move(test, 1, MG_EVENT_IN_DOUBT, MG_LOCATION_DEVICE);
    doubt->where.other = MG_LOCATION_SERVER;
    give(test);
    assert_true(
        g_str_has_suffix(test->seen.reply_gloss, "The server may or may not have the message."));
    assert_string_equal(test->seen.location, "User device or Email server");
    /* The text itself broke off. */
    g_ptr_array_set_size(test->movements, 0);
    test->exchange->content->complete = FALSE;
    give(test);
    assert_string_equal(test->seen.gloss,
                        "The message text travels to the server. Its end was not seen.");
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Neither the end"));
    assert_string_equal(test->seen.line, "(message text without its end, 7 lines, 319 octets)");
}

/* The first movement that changed something decides, before the first one. */
static void test_first_changed(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_IMAP;
    begin(test, MG_STEP_COMMAND, "imap.uid-fetch", "a1 UID FETCH 7 BODY[]");
    mg_exchange_arg(test->exchange, "set", "7");
    mg_exchange_arg(test->exchange, "items", "BODY[]");
    add_reply(test, "OK", MG_OUTCOME_OK, NULL, "a1 OK done");
    move(test, 1, MG_EVENT_FLAGGED, MG_LOCATION_SERVER)->changed = FALSE;
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server sends facts about the message, its flags too.");
    move(test, 1, MG_EVENT_DOWNLOADED, MG_LOCATION_BOTH);
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server sends a copy of the whole message and keeps its own.");
    assert_string_equal(test->seen.gloss, "Client asks for data of the message with UID 7. The "
                                          "message stays on the server.");
    /* What it asks for at most. */
    add_detail(test, "FLAGS", "imap.fetch.flags");
    add_detail(test, "BODY", "imap.fetch.body");
    give(test);
    assert_string_equal(test->seen.gloss,
                        "Client asks for facts about the message with UID 7, such as flags or "
                        "size. No text is copied.");
    add_detail(test, "BODY[]", "imap.fetch.body");
    add_detail(test, "BODY[HEADER]", "imap.fetch.body-header");
    give(test);
    assert_string_equal(test->seen.gloss, "Client asks for a copy of the whole message with UID "
                                          "7. The server keeps its own.");
    mg_exchange_arg(test->exchange, "set", "1:*");
    give(test);
    assert_string_equal(test->seen.gloss, "Client asks for copies of the whole messages with UID "
                                          "1:* (all). The server keeps its own.");
}

static void test_variant(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_COMMAND, "smtp.mail", "MAIL FROM:<>");
    test->exchange->variant = "bounce";
    add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.mail", "ok");
    give(test);
    assert_true(g_str_has_prefix(test->seen.gloss, "Client starts the delivery of a report."));
    test->exchange->variant = "never-heard-of";
    give(test);
    assert_string_equal(test->seen.gloss,
                        "Client starts one delivery and names who gets error reports.");
    assert_string_equal(test->seen.reply_gloss,
                        "Server accepts the sender. The message itself has not moved.");
}

static void test_levels(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_BRIEF;
    bench_start(test);
    begin(test, MG_STEP_COMMAND, "smtp.mail", "MAIL FROM:<a@example.org>");
    MgReply *reply = add_reply(test, "550", MG_OUTCOME_REFUSED, "smtp.reply.550.mail", "no");
    reply->enhanced = g_strdup("5.7.1");
    give(test);
    /* Without a brief form the first sentence is enough, and no reason follows. */
    assert_string_equal(test->seen.reply_gloss, "Server does not accept this sender.");
    assert_int_equal(test->seen.details->len, 0);
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    add_detail(test, "SIZE=319", "mail.size");
    add_detail(test, "XYZ", NULL);
    give(test);
    assert_true(strstr(test->seen.gloss, "form the envelope") != NULL);
    assert_int_equal(test->seen.details->len, 3);
    assert_true(g_str_has_prefix(test->seen.details->pdata[0], "SIZE=319: Client says how many"));
    assert_string_equal(test->seen.details->pdata[1], "XYZ: mailgloss does not know this word.");
    assert_string_equal(test->seen.details->pdata[2], "5.7.1: A rule does not allow this mail.");
    assert_true(g_str_has_prefix(test->seen.mistake, "\"MAIL FROM is the From line"));
}

static void test_many_details(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    begin(test, MG_STEP_COMMAND, "imap.search", "a1 SEARCH …");
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *token = g_strdup_printf("UNSEEN%u", i);
        add_detail(test, token, "imap.search.unseen");
    }
    give(test);
    assert_int_equal(test->seen.details->len, MG_GLOSS_DETAILS + 1);
    assert_string_equal(test->seen.details->pdata[MG_GLOSS_DETAILS],
                        "…: 936 more words are not explained here.");
}

/* What a command asks for and its reply repeats is said once. */
static void test_same_details(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    begin(test, MG_STEP_COMMAND, "imap.store-deleted", "a1 STORE 1 +FLAGS (\\Deleted)");
    add_detail(test, "\\Deleted", "imap.flag.deleted");
    add_detail(test, "\\Deleted", "imap.flag.deleted");
    add_detail(test, "\\Seen", "imap.flag.seen");
    give(test);
    assert_int_equal(test->seen.details->len, 2);
}

/* ---- Placeholders ---- */

static void test_placeholders(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_POP3;
    begin(test, MG_STEP_COMMAND, "pop3.retr", "RETR 1");
    add_reply(test, "+OK", MG_OUTCOME_OK, NULL, "+OK 319 octets");
    give(test);
    assert_string_equal(test->seen.gloss, "Client asks for a copy of a message.");
    mg_exchange_arg(test->exchange, "number", "{count}");
    give(test);
    /* Captured text is no template. */
    assert_string_equal(test->seen.gloss, "Client asks for a copy of message {count}.");
    g_autofree char *longer = g_strnfill(100000, 'x');
    mg_exchange_arg(test->exchange, "number", "%s", longer);
    give(test);
    assert_true(strlen(test->seen.gloss) < 200);
    assert_true(strstr(test->seen.gloss, "x….") != NULL);
    mg_exchange_arg(test->exchange, "number", "a\xff\xfe");
    give(test);
    assert_string_equal(test->seen.gloss,
                        "Client asks for a copy of message a\xef\xbf\xbd\xef\xbf\xbd.");
}

static void test_plural(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_POP3;
    begin(test, MG_STEP_COMMAND, "pop3.stat", "STAT");
    add_reply(test, "+OK", MG_OUTCOME_OK, NULL, "+OK 1 319");
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server tells how many messages there are and how big they are.");
    mg_exchange_arg(test->exchange, "count", "1");
    mg_exchange_arg(test->exchange, "octets", "319");
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server has one message, 319 octets.");
    mg_exchange_arg(test->exchange, "count", "2");
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server has 2 messages, 319 octets in all.");
    /* By what moved, {count} is what moved; a message counts once. */
    begin(test, MG_STEP_COMMAND, "pop3.quit", "QUIT");
    mg_exchange_arg(test->exchange, "count", "9");
    add_reply(test, "+OK", MG_OUTCOME_OK, NULL, "+OK Bye");
    move(test, 1, MG_EVENT_REMOVED, MG_LOCATION_DEVICE)->device_name = g_strdup("Bob");
    move(test, 1, MG_EVENT_REMOVED, MG_LOCATION_DEVICE);
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server removed its copy. Only Bob's device has the message.");
    assert_string_equal(test->seen.label, "User device (Bob's)");
    move(test, 2, MG_EVENT_REMOVED, MG_LOCATION_DEVICE);
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server removed its copies of 2 messages. Only a device has them now.");
    move(test, 3, MG_EVENT_REMOVED, MG_LOCATION_DELETED);
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server removed 3 messages.");
    g_ptr_array_set_size(test->movements, 0);
    give(test);
    assert_string_equal(
        test->seen.reply_gloss,
        "Server closes the session. As far as this trace shows, it keeps all messages.");
}

/* ---- Replies as shown ---- */

static void test_first_line(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_COMMAND, "smtp.ehlo", "EHLO a");
    MgReply *reply = add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.ehlo", "mail");
    g_ptr_array_add(reply->lines, mg_text_new("SIZE 1", -1));
    give(test);
    assert_string_equal(test->seen.first, "250-mail");
    begin(test, MG_STEP_COMMAND, "smtp.noop", "NOOP");
    add_reply(test, "250", MG_OUTCOME_OK, NULL, "");
    give(test);
    assert_string_equal(test->seen.first, "250");
    session.protocol = MG_PROTOCOL_POP3;
    begin(test, MG_STEP_COMMAND, "pop3.retr", "RETR 1");
    add_reply(test, "+OK", MG_OUTCOME_OK, NULL, "+OK 319 octets");
    test->exchange->content = mg_content_new();
    test->exchange->content->lines = 9;
    give(test);
    assert_string_equal(test->seen.first, "+OK 319 octets (+ message, 9 lines)");
    begin(test, MG_STEP_COMMAND, "pop3.dele", "DELE 1");
    add_reply(test, "-ERR", MG_OUTCOME_REFUSED, NULL, "no such message")->enhanced =
        g_strdup("SYS/TEMP");
    give(test);
    assert_string_equal(test->seen.first, "-ERR no such message");
    assert_true(g_str_has_suffix(test->seen.reply_gloss,
                                 "The fault is in the server and may pass by itself."));
}

static void test_imap_lines(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_IMAP;
    begin(test, MG_STEP_COMMAND, "imap.select", "a1 SELECT INBOX");
    mg_exchange_arg(test->exchange, "folder", "INBOX");
    add_reply(test, "EXISTS", MG_OUTCOME_INFO, "imap.response.exists", "* 3 EXISTS");
    MgReply *code =
        add_reply(test, "OK", MG_OUTCOME_INFO, "imap.response.untagged-ok", "* OK [UIDNEXT 7] x");
    code->enhanced = g_strdup("UIDNEXT");
    mg_reply_arg(code, "value", "%s", "7");
    add_reply(test, "OK", MG_OUTCOME_OK, NULL, "a1 OK [OVERQUOTA] done")->enhanced =
        g_strdup("OVERQUOTA");
    give(test);
    assert_string_equal(test->seen.lines->pdata[0], "The folder now holds 3 messages.");
    assert_string_equal(
        test->seen.lines->pdata[1],
        "Server tells that the next new message will get the UID 7 or a higher one.");
    assert_string_equal(test->seen.lines->pdata[2], "");
    assert_string_equal(
        test->seen.reply_gloss,
        "Server has opened the folder. The limit of space is nearly or fully used.");
    assert_string_equal(test->seen.first, "* 3 EXISTS");
    /* Unasked: the line is the step. */
    begin(test, MG_STEP_SERVER, "imap.response.expunge", NULL);
    add_reply(test, "EXPUNGE", MG_OUTCOME_INFO, "imap.response.expunge", "* 4 EXPUNGE");
    give(test);
    assert_null(test->seen.gloss);
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Message 4 is no longer in this folder."));
    begin(test, MG_STEP_SERVER, "imap.greeting", NULL);
    add_reply(test, "OK", MG_OUTCOME_INFO, "imap.response.untagged-ok", "* OK ready");
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server says hello and is ready.");
    begin(test, MG_STEP_SERVER, "imap.greeting", NULL);
    add_reply(test, "PREAUTH", MG_OUTCOME_INFO, "imap.response.preauth", "* PREAUTH hi");
    test->exchange->variant = "preauth";
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server says hello. The client is logged in already.");
    /* No final reply. */
    begin(test, MG_STEP_COMMAND, "imap.check", "a2 CHECK");
    add_reply(test, "EXISTS", MG_OUTCOME_INFO, "imap.response.exists", "* 3 EXISTS");
    test->exchange->outcome = MG_OUTCOME_UNANSWERED;
    give(test);
    assert_string_equal(test->seen.reply_gloss, "No final reply to this was seen.");
    /* A number that is none, or too long for one. */
    begin(test, MG_STEP_SERVER, "imap.response.exists", NULL);
    add_reply(test, "EXISTS", MG_OUTCOME_INFO, "imap.response.exists",
              "* 99999999999999999999 EXISTS");
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server tells how many messages the folder holds.");
}

static void test_server_greeting(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_SERVER, "smtp.connect", NULL);
    add_reply(test, "220", MG_OUTCOME_INFO, "smtp.reply.220.greeting", "mail");
    give(test);
    assert_null(test->seen.gloss);
    assert_string_equal(test->seen.reply_gloss, "Server says hello and is ready.");
    /* Proto says info for all greetings; a refusal is one all the same. */
    begin(test, MG_STEP_SERVER, "pop3.greeting", NULL);
    session.protocol = MG_PROTOCOL_POP3;
    add_reply(test, "-ERR", MG_OUTCOME_REFUSED, NULL, "-ERR go away");
    test->exchange->outcome = MG_OUTCOME_INFO;
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server answers the call, but it does not let this client in.");
}

/* What an SMTP server says unasked is explained by its code. */
static void test_unasked(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_SERVER, "smtp.reply.421.other", NULL);
    add_reply(test, "421", MG_OUTCOME_DEFERRED, "smtp.reply.421.other", "4.4.2 timeout");
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Server stops its service for now."));
    begin(test, MG_STEP_SERVER, "smtp.reply.250.other", NULL);
    add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.other", "");
    test->exchange->outcome = MG_OUTCOME_INFO;
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server says yes.");
    begin(test, MG_STEP_SERVER, "smtp.reply.odd.unasked", NULL);
    add_reply(test, "", MG_OUTCOME_INFO, "smtp.reply.odd.unasked", "hello?");
    give(test);
    assert_string_equal(test->seen.reply_gloss, "Server sends a line that is no reply of SMTP.");
}

static void test_ehlo(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_COMMAND, "smtp.ehlo", "EHLO a");
    MgReply *reply = add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.ehlo", "mail");
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server says hello back and lists no extra features.");
    g_ptr_array_add(reply->lines, mg_text_new("SIZE 1", -1));
    give(test);
    assert_string_equal(test->seen.reply_gloss,
                        "Server says hello back and lists its extra features.");
}

/* LMTP: one reply for each recipient. */
static void test_lmtp(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_LMTP;
    begin(test, MG_STEP_CONTENT, "lmtp.dot", NULL);
    add_reply(test, "452", MG_OUTCOME_DEFERRED, "smtp.reply.452.dot", "full");
    add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.dot", "ok");
    add_reply(test, "550", MG_OUTCOME_REFUSED, "smtp.reply.550.dot", "no");
    test->exchange->outcome = MG_OUTCOME_OK;
    move(test, 1, MG_EVENT_DELIVERED, MG_LOCATION_SERVER);
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss,
                                 "Server has taken the message for the recipients"));
    test->exchange->variant = "mixed";
    g_ptr_array_set_size(test->movements, 0);
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss,
                                 "Server has taken the message for some recipients and not"));
    assert_true(g_str_has_prefix(test->seen.lines->pdata[0], "Server has no room"));
    assert_true(g_str_has_prefix(test->seen.lines->pdata[2], "Server has read the message"));
}

static void test_connection(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_POP3;
    begin(test, MG_STEP_CONNECTION, "pop3.drop", NULL);
    move(test, 1, MG_EVENT_UNMARKED, MG_LOCATION_BOTH);
    give(test);
    assert_string_equal(test->seen.line, "(connection ends)");
    assert_string_equal(
        test->seen.gloss,
        "The connection ends without QUIT, so the mark is lost. The server keeps its copy.");
    assert_null(test->seen.reply_gloss);
    begin(test, MG_STEP_CONNECTION, "tls.begins", NULL);
    give(test);
    assert_string_equal(test->seen.line, "(encrypted from here)");
    assert_non_null(strstr(test->seen.gloss, "The last known location stays"));
}

/* A key that the glossary does not have: honest words, no crash. */
static void test_unknown_keys(void **state)
{
    static const struct {
        MgProtocol protocol;
        const char *key;
    } keys[] = {
        {MG_PROTOCOL_SMTP, "smtp.never-heard-of"},
        {MG_PROTOCOL_POP3, "pop3.x"},
        {MG_PROTOCOL_IMAP, "imap.y"},
        {MG_PROTOCOL_NONE, "nothing"},
        {MG_PROTOCOL_NONE, ""},
    };
    Test *test = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        session.protocol = keys[i].protocol;
        begin(test, MG_STEP_COMMAND, keys[i].key, "");
        add_reply(test, "", MG_OUTCOME_OK, NULL, NULL);
        give(test);
        test->exchange->outcome = MG_OUTCOME_UNANSWERED;
        give(test);
    }
    assert_int_equal(test->seen.steps, 2 * G_N_ELEMENTS(keys));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_order),        TEST(test_events),       TEST(test_first_changed),
        TEST(test_variant),      TEST(test_levels),       TEST(test_many_details),
        TEST(test_same_details), TEST(test_placeholders), TEST(test_plural),
        TEST(test_first_line),   TEST(test_imap_lines),   TEST(test_server_greeting),
        TEST(test_lmtp),         TEST(test_unasked),      TEST(test_ehlo),
        TEST(test_connection),   TEST(test_unknown_keys),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    const int failed = cmocka_run_group_tests_name("gloss", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
