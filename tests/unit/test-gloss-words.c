/* The glossary as it is looked up, and --explain. */
#include "gloss-bench.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- The glossary ---- */

static void test_override(void **state)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    const int fd = g_file_open_tmp("gloss-XXXXXX.ini", &path, NULL);
    assert_true(fd >= 0);
    g_close(fd, NULL);
    g_file_set_contents(path, "[pop3.retr]\nok=A copy goes out.\n[my.own]\nnormal=x\n", -1, NULL);
    g_autoptr(MgGlossary) own = mg_glossary_new("en", path, &error);
    assert_null(error);
    assert_string_equal(mg_glossary_get(own, "pop3.retr", "ok"), "A copy goes out.");
    assert_non_null(mg_glossary_get(own, "pop3.retr", "refused"));
    assert_string_equal(mg_glossary_get(own, "my.own", "normal"), "x");
    g_file_set_contents(path, "[a]\nnormal=\\Deleted\n", -1, NULL);
    assert_null(mg_glossary_new("en", path, &error));
    assert_non_null(strstr(error->message, path));
    assert_non_null(strstr(error->message, "[a] normal"));
    g_clear_error(&error);
    g_unlink(path);
    assert_null(mg_glossary_new("en", path, &error));
    assert_non_null(error);
}

static void test_languages(void **state)
{
    g_autoptr(MgGlossary) other = mg_glossary_new("xx_YY.UTF-8", NULL, NULL);
    assert_string_equal(mg_glossary_label(other, "messages"), "Messages");
    g_autoptr(MgGlossary) none = mg_glossary_new("../en", NULL, NULL);
    assert_string_equal(mg_glossary_label(none, "no-such-label"), "no-such-label");
    g_autofree char *dump = mg_glossary_dump("en");
    g_autofree char *fallback = mg_glossary_dump("xx");
    assert_non_null(strstr(dump, "\n[pop3.retr]\n"));
    assert_string_equal(dump, fallback);
}

static void test_find(void **state)
{
    static const char *const cases[][2] = {
        {"enhanced.5.1.1", "enhanced.x.1.1"},
        {"enhanced.2.0.0", "enhanced.2.0.0"},
        {"enhanced.4.7.999", "enhanced.x.7"},
        {"enhanced.5.42.1", "enhanced.5"},
        {"enhanced.5", "enhanced.5"},
        {"enhanced.9.1.1", NULL},
        {"enhanced.try", NULL},
        {"imap.capability.auth-plain", "imap.capability.auth"},
        {"imap.capability.auth=cram-md5", "imap.capability.auth"},
        {"imap.capability.literal-", "imap.capability.literal-"},
        {"imap.capability.-", NULL},
        {"imap.capability.", NULL},
        {"pop3.code.sys/temp", "pop3.code.sys-temp"},
        {"pop3.code.sys/other", "pop3.code.sys"},
        {"sasl.scram-sha-999-plus", "sasl.scram"},
        {"nothing", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *found = mg_glossary_find(glossary, cases[i][0]);
        if (cases[i][1] == NULL)
            assert_null(found);
        else
            assert_string_equal(found, cases[i][1]);
    }
}

static void test_references(void **state)
{
    static const char *const cases[][2] = {
        {"RFC 1939 section 5", "https://www.rfc-editor.org/rfc/rfc1939#section-5"},
        {"RFC 5321 appendix F.6", "https://www.rfc-editor.org/rfc/rfc5321#appendix-F.6"},
        {"RFC 3463", "https://www.rfc-editor.org/rfc/rfc3463"},
        {"RFC 1 section 2; RFC 3", "https://www.rfc-editor.org/rfc/rfc1#section-2"},
        {"RFC ", NULL},
        {"a book", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *url = mg_reference_url(cases[i][0]);
        if (cases[i][1] == NULL)
            assert_null(url);
        else
            assert_string_equal(url, cases[i][1]);
    }
}

/* ---- --explain ---- */

static char *explain(const char *line)
{
    const char *const words[] = {line, NULL};
    return mg_gloss_explain(glossary, words);
}

static void test_explain(void **state)
{
    static const char *const cases[][2] = {
        {"RETR", "\n  Common mistake: \"RETR moves the message.\""},
        {"retr", "C: RETR 1"},
        {"pop3 quit", "carry out the marks"},
        {"pop3.quit", "carry out the marks"},
        {"a1 UID FETCH 7 (FLAGS BODY.PEEK[])", "BODY.PEEK[]: Asks for a copy of the whole message "
                                               "without marking it as read."},
        {"FETCH 1 BODY", "BODY: Asks for the structure"},
        {"* 3 EXISTS", "EXISTS  (IMAP line of the server)"},
        {"550", "(SMTP reply to RCPT)"},
        {"550-5.1.1", "(SMTP reply to RCPT)"},
        {"250 2.1.5 Ok", "2.1.5: The recipient's address is good."},
        {"599", "Server says no."},
        {"5.7.1", "(enhanced status code of SMTP)"},
        {"-ERR [IN-USE] locked", "[IN-USE]: The login was right"},
        {"TRYCREATE", "(code in an IMAP reply)"},
        {"\\Deleted", "(flag of an IMAP message)"},
        {"CRAM-MD5", "(way to log in)"},
        {"SMTP", "(protocol)"},
        {"MAIL FROM:<a@b> SIZE=100", "SIZE=100: Client says how many octets"},
        {"envelope", "(word)"},
        {"tls.begins", "encrypted"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = explain(cases[i][0]);
        assert_non_null(text);
        /* Lines are wrapped: compare without their ends. */
        g_autoptr(GRegex) ends = g_regex_new("\n  (?! )", 0, 0, NULL);
        g_autofree char *flat = g_regex_replace_literal(ends, text, -1, 0, " ", 0, NULL);
        if (strstr(flat, cases[i][1]) == NULL && strstr(text, cases[i][1]) == NULL)
            fail_msg("%s: \"%s\" is not in:\n%s", cases[i][0], cases[i][1], text);
        assert_true(g_str_has_suffix(text, "\n"));
        assert_null(strchr(text, '{') != NULL && strstr(text, "{319}") == NULL ? strchr(text, '{')
                                                                               : NULL);
    }
}

static void test_explain_nothing(void **state)
{
    static const char *const words[] = {
        "XYZZY1", "",   " ", "(",          "a", "\xff\xfe",           "12",
        "[",      "\\", "{", "BODY.PEEK[", "=", "smtp never-heard-of"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *text = explain(words[i]);
        assert_true(text == NULL || g_utf8_validate(text, -1, NULL));
    }
    const char *const none[] = {NULL};
    assert_null(mg_gloss_explain(glossary, none));
    g_autofree char *text = explain("XYZZY1");
    assert_null(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_override), cmocka_unit_test(test_languages),
        cmocka_unit_test(test_find),     cmocka_unit_test(test_references),
        cmocka_unit_test(test_explain),  cmocka_unit_test(test_explain_nothing),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    const int failed = cmocka_run_group_tests_name("gloss-words", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
