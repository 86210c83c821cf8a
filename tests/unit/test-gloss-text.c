/* Captured text: secrets, bytes that are no text, header fields. */
#include "gloss-bench.h"

#include <string.h>

#include "gloss/head.h"

/* ---- Secrets ---- */

static void test_mask(void **state)
{
    Test *test = *state;
    session.protocol = MG_PROTOCOL_POP3;
    static const struct {
        const char *line;
        gsize at, len;
        const char *shown;
    } cases[] = {
        {"PASS secret", 5, 6, "PASS ********"},
        {"PASS s", 5, 1, "PASS ********"},
        {"secret", 0, 6, "********"},
        {"secret behind", 0, 6, "******** behind"},
        {"in sec ret it", 3, 7, "in ******** it"},
        {"PASS ", 5, 0, "PASS ********"},
        {"PASS secret", 5, 600, "PASS ********"},
        {"PASS secret", 500, 600, "PASS secret********"},
        {"PASS \xc3\xa9x", 6, 2, "PASS \xef\xbf\xbd********"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        begin(test, MG_STEP_COMMAND, "pop3.pass", NULL);
        test->exchange->line = text_with_secret(cases[i].line, cases[i].at, cases[i].len);
        give(test);
        assert_string_equal(test->seen.line, cases[i].shown);
        assert_true(test->seen.masked);
    }
    test->options.show_secrets = TRUE;
    bench_start(test);
    begin(test, MG_STEP_COMMAND, "pop3.pass", NULL);
    test->exchange->line = text_with_secret("PASS secret", 5, 6);
    give(test);
    assert_string_equal(test->seen.line, "PASS secret");
    assert_false(test->seen.masked);
}

/* Every cut of a line into two secrets hides both, and the seam between them. */
static void test_mask_boundaries(void **state)
{
    static const char line[] = "a1 LOGIN bob geheim";
    const gsize len = strlen(line);
    for (gsize from = 0; from <= len; from++) {
        for (gsize to = from; to <= len; to++) {
            g_autoptr(MgText) text = text_with_secret(line, from, to - from);
            const MgSecret second = {.at = to, .len = len - to};
            g_array_append_val(text->secrets, second);
            gboolean masked = FALSE;
            g_autofree char *shown = mg_mask_text(text, FALSE, &masked);
            g_autofree char *expected = g_strdup_printf("%.*s********", (int)from, line);
            assert_string_equal(shown, expected);
            assert_true(masked);
        }
    }
}

/* A secret hides wherever an exchange repeats it. */
static void test_mask_values(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    begin(test, MG_STEP_COMMAND, "pop3.pass", NULL);
    session.protocol = MG_PROTOCOL_POP3;
    test->exchange->line = text_with_secret("PASS geheim", 5, 6);
    mg_exchange_arg(test->exchange, "user", "bob-geheim");
    add_detail(test, "geheim", NULL);
    add_reply(test, "+OK", MG_OUTCOME_OK, NULL, "+OK");
    give(test);
    assert_null(strstr(test->seen.reply_gloss, "geheim"));
    assert_non_null(strstr(test->seen.reply_gloss, "bob-********"));
    assert_null(strstr(test->seen.details->pdata[0], "geheim"));
}

static void test_invalid_utf8(void **state)
{
    Test *test = *state;
    begin(test, MG_STEP_COMMAND, "smtp.unknown", NULL);
    test->exchange->line = mg_text_new("X\0Y\xff\xed\xa0\x80", 7);
    test->exchange->known = FALSE;
    test->exchange->verb = g_strdup("X\xff");
    add_reply(test, "500", MG_OUTCOME_MALFORMED, "smtp.reply.500.other", "\x80 what");
    give(test);
    assert_string_equal(test->seen.verb, "X\xef\xbf\xbd");
    assert_true(g_str_has_prefix(test->seen.line, "X\xef\xbf\xbdY\xef\xbf\xbd"));
    assert_string_equal(test->seen.first, "500 \xef\xbf\xbd what");
    assert_true(g_str_has_prefix(test->seen.reply_gloss, "Server does not know this command"));
    mg_gloss_finish(test->gloss, &(MgCaptureCounts){.packets = 3, .dropped = 1});
    assert_int_equal(test->seen.summary.unknown_commands, 1);
    assert_int_equal(test->seen.summary.steps, 1);
    assert_int_equal(test->seen.summary.packets, 3);
    assert_int_equal(test->seen.summary.dropped, 1);
}

/* ---- Header fields ---- */

static void test_head(void **state)
{
    static const char head[] =
        "Received: from a\r\n\tby b\r\nsubject: =?utf-8?q?caf=C3=A9?=\r\n"
        "To: Bob\r\n <bob@example.org>\r\nX: 1\r\nfrom : alice@example.org\r\n"
        "Subject: second\r\n\r\nTo: body";
    Test *test = *state;
    begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    MgContent *content = test->exchange->content = mg_content_new();
    content->head = g_strdup(head);
    content->head_len = strlen(head);
    content->subject = g_strdup("café");
    give(test);
    assert_int_equal(g_strv_length(test->seen.head), 3);
    assert_string_equal(test->seen.head[0], "from : alice@example.org");
    assert_string_equal(test->seen.head[1], "To: Bob <bob@example.org>");
    assert_string_equal(test->seen.head[2], "Subject: café");
    test->options.body = MG_BODY_FULL;
    bench_start(test);
    give(test);
    assert_int_equal(g_strv_length(test->seen.head), 6);
    assert_string_equal(test->seen.head[0], "Received: from a\tby b");
    test->options.body = MG_BODY_NONE;
    bench_start(test);
    give(test);
    assert_null(test->seen.head);
    /* Cut anywhere. */
    for (gsize len = 0; len <= strlen(head); len++) {
        content->head_len = len;
        g_free(content->head);
        content->head = g_memdup2(head, len);
        g_auto(GStrv) fields = mg_head_fields(content, FALSE);
        g_auto(GStrv) all = mg_head_fields(content, TRUE);
        assert_true(fields == NULL || g_strv_length(fields) <= 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_mask),        cmocka_unit_test(test_mask_boundaries),
        TEST(test_mask_values), TEST(test_invalid_utf8),
        TEST(test_head),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    const int failed = cmocka_run_group_tests_name("gloss-text", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
