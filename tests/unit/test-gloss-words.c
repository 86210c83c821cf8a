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
        {"a1 UID FETCH 7 (FLAGS BODY.PEEK[])", "\nBODY.PEEK[]  (FETCH item of IMAP)"},
        {"a1 UID FETCH 7 (FLAGS BODY.PEEK[])", "a copy of the whole message without marking it"},
        {"a1 UID FETCH 7 (FLAGS BODY.PEEK[])", "a1: This is the tag."},
        {"a1 UID FETCH 7 (FLAGS BODY.PEEK[])", "7: This names messages by number: 7."},
        {"UID FETCH 7 FOO", "FOO: mailgloss does not know this word."},
        {"FETCH 1 BODY", "Asks for the structure of the message, not for its text."},
        {"FETCH 1 BODY.PEEK[1.2]", "C: a4 FETCH 1 BODY.PEEK[1.2]"},
        {"imap BODY.PEEK", "With the whole copy: User device and server."},
        {"imap BODY.PEEK", "Common mistake: \"PEEK fetches only a preview.\""},
        {"RETR", "When: after the login (TRANSACTION state)"},
        {"RETR", "Effect on the location: With the whole copy: User device and server."},
        {"DELE", "Effect on the location: None yet. The server's copy is marked"},
        {"RCPT TO:<bob@example.org> NOTIFY=NEVER", "TO:<bob@example.org>: This is the address of "},
        {"RCPT TO:<bob@example.org> NOTIFY=NEVER", "\nNOTIFY=NEVER  (parameter of RCPT)\n"
                                                   "    C: RCPT TO:<bob@example.org> NOTIFY="},
        {"550", "    C: RCPT TO:<bob@example.org>\n    S: 550 (text)\n"},
        {"5.7.1", "    S: 550 5.7.1 (text)\n"},
        {"4.2.2", "    S: 450 4.2.2 (text)\n"},
        {"\\Flagged", "    C: a5 STORE 1 +FLAGS (\\Flagged)\n"},
        {"smtp SIZE", "    S: 250 SIZE\n"},
        {"smtp", "Usual ports: 25 between servers"},
        {"pop3 imap", "POP3, IMAP: how they differ"},
        {"IMAP POP3", "    POP3  All marks are forgotten; the server keeps every message."},
        {"pop3 pop3", "POP3  (protocol)"},
        {"smtp pop3 imap", "How SMTP, POP3 and IMAP work together"},
        {"mail", "How SMTP, POP3 and IMAP work together"},
        {"mail", "MAIL  (SMTP)"},
        {"* 3 EXISTS", "EXISTS  (IMAP line of the server)"},
        {"550", "(SMTP reply to RCPT)"},
        {"550-5.1.1", "(SMTP reply to RCPT)"},
        {"250 2.1.5 Ok", "\n2.1.5  (enhanced status code of SMTP)"},
        {"599", "Server says no."},
        {"5.7.1", "(enhanced status code of SMTP)"},
        {"-ERR [IN-USE] locked", "\n[IN-USE]  (code in a POP3 reply)"},
        {"TRYCREATE", "(code in an IMAP reply)"},
        {"\\Deleted", "(flag of an IMAP message)"},
        {"CRAM-MD5", "(way to log in)"},
        {"SMTP", "(protocol)"},
        {"MAIL FROM:<a@b> SIZE=100", "Client says how many octets the message has"},
        {"MAIL FROM:<a@b> XX=1", "XX=1: mailgloss does not know this word."},
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
        /* Braces are those of literals. */
        assert_false(g_regex_match_simple("\\{(?![0-9]+[+]?\\})", text, 0, 0));
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

/* MAIL in capitals is the command alone. */
static void test_explain_mail(void **state)
{
    g_autofree char *command = explain("MAIL");
    g_autofree char *together = explain("Mail");
    assert_true(g_str_has_prefix(command, "MAIL  (SMTP)"));
    assert_true(g_str_has_prefix(together, "How SMTP, POP3 and IMAP work together"));
    assert_true(g_str_has_suffix(together, command));
}

static char *suggest(const MgGlossary *words, const char *line)
{
    const char *const list[] = {line, NULL};
    return mg_gloss_suggest(words, list);
}

static void test_suggestions(void **state)
{
    static const char *const cases[][2] = {
        {"RETRR", "RETR (POP3)"},
        {"BODYPEEK", "BODY.PEEK (FETCH item of IMAP)"},
        {"imap RETR", "Near it: RETR (POP2), RETR (POP3)."},
        {"DELET", "DELE (POP3), DELETE (IMAP)"},
        {"STARTLS", "STARTTLS (SMTP)"},
        {"smtp FECTH", "FETCH (IMAP)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_null(explain(cases[i][0]));
        g_autofree char *text = suggest(glossary, cases[i][0]);
        if (strstr(text, cases[i][1]) == NULL)
            fail_msg("%s: \"%s\" is not in: %s", cases[i][0], cases[i][1], text);
    }
    static const char *const nothing[] = {"",
                                          " ",
                                          "\xff",
                                          "xq",
                                          "a word that nobody ever heard",
                                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (gsize i = 0; i < G_N_ELEMENTS(nothing); i++) {
        g_autofree char *text = suggest(glossary, nothing[i]);
        assert_non_null(text);
        assert_true(g_utf8_validate(text, -1, NULL));
        assert_null(strstr(text, "Near it"));
    }
}

static void test_explain_spanish(void **state)
{
    static const char *const cases[][2] = {
        {"RETR", "  Cuándo: después de iniciar sesión (estado TRANSACTION)\n"},
        {"RETR", "Fuente: RFC 1939 sección 5  https://www.rfc-editor.org/rfc/rfc1939#section-5\n"},
        {"550", "    S: 550 (texto)\n"},
        {"pop3 imap", "POP3, IMAP: en qué se diferencian\n"},
        {"mail", "Cómo trabajan juntos SMTP, POP3 e IMAP\n"},
    };
    g_autoptr(MgGlossary) spanish = mg_glossary_new("es", NULL, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const words[] = {cases[i][0], NULL};
        g_autofree char *text = mg_gloss_explain(spanish, words);
        assert_non_null(text);
        if (strstr(text, cases[i][1]) == NULL)
            fail_msg("%s: \"%s\" is not in:\n%s", cases[i][0], cases[i][1], text);
    }
    g_autofree char *near = suggest(spanish, "RETRR");
    assert_true(g_str_has_prefix(near, "No se sabe nada de «RETRR». Parecidos: RETR (POP2)"));
}

/* No line is longer than a terminal, addresses apart. */
static void test_explain_width(void **state)
{
    static const char *const words[] = {
        "RETR", "550",  "imap BODY.PEEK", "smtp pop3 imap",
        "mail", "EHLO", "QUIT",           "FETCH 1 (FLAGS UID BODY[])"};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *text = explain(words[i]);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (gsize k = 0; lines[k] != NULL; k++)
            if (strstr(lines[k], "https://") == NULL)
                assert_true(g_utf8_strlen(lines[k], -1) <= 80);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_override),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_explain_nothing),
        cmocka_unit_test(test_explain_mail),
        cmocka_unit_test(test_suggestions),
        cmocka_unit_test(test_explain_spanish),
        cmocka_unit_test(test_explain_width),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    const int failed = cmocka_run_group_tests_name("gloss-words", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
