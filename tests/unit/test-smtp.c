/* SMTP and LMTP: whole sessions from tests/unit/smtp, offered at once and in small pieces, and
 * the functions that read parts of lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "proto-wire.h"
#include "proto/smtp.h"
#include "wire-file.h"

static GPtrArray *wire_files(void)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *folder =
        g_build_filename(srcdir != NULL ? srcdir : ".", "tests", "unit", "smtp", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
        if (g_str_has_suffix(name, ".wire"))
            g_ptr_array_add(files, g_build_filename(folder, name, NULL));
    return files;
}

static void sessions(void **state)
{
    static const gsize pieces[] = {0, 1, 2, 3, 5, 7, 64};
    g_autoptr(GPtrArray) files = wire_files();
    assert_true(files->len >= 50);
    for (guint i = 0; i < files->len; i++) {
        const char *path = g_ptr_array_index(files, i);
        for (gsize k = 0; k < G_N_ELEMENTS(pieces); k++) {
            g_autofree char *expected = NULL;
            g_autofree char *log = wire_file_run(path, pieces[k], &expected);
            if (strcmp(log, expected) != 0)
                print_error("%s, in pieces of %zu:\n", path, pieces[k]);
            assert_string_equal(log, expected);
        }
    }
}

static char *id_in(const char *text)
{
    g_autoptr(MgReply) reply = mg_reply_new("250", MG_OUTCOME_OK);
    g_ptr_array_add(reply->lines, mg_text_new(text, -1));
    if (g_str_has_prefix(text, "2."))
        reply->enhanced = g_strndup(text, strcspn(text, " "));
    return mg_smtp_queue_id(reply);
}

static void queue_ids(void **state)
{
    static const struct {
        const char *text;
        const char *id;
    } rows[] = {
        {"2.0.0 Ok: queued as 4F1A2", "4F1A2"},
        {"2.0.0 Ok: queued as 4bMz7c0hJ2zXYZ", "4bMz7c0hJ2zXYZ"},
        {"2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 931C4400D5",
         "931C4400D5"},
        {"OK id=1kgVTb-0003Xa-5F", "1kgVTb-0003Xa-5F"},
        {"2.0.0 u9KBx2Yc012345 Message accepted for delivery", "u9KBx2Yc012345"},
        {"2.0.0 5d1f2a3b Message accepted for delivery", "5d1f2a3b"},
        {"2.0.0 Message accepted for delivery", NULL},
        {"ok 1258731234 qp 12345", "12345"},
        {"2.6.0 <a1@anna> [InternalId=14641, Hostname=X.example.org] 1234 bytes in 0.1, 10 "
         "KB/sec Queued mail for delivery",
         "14641"},
        {"2.0.0 OK  1605889234 x7si1234567wrr.12 - gsmtp", "x7si1234567wrr.12"},
        {"2.0.0 <bob@example.org> mail Saved", NULL},
        {"2.0.0 <bob@example.org> QFzCOf2y8F9 Saved", "QFzCOf2y8F9"},
        {"ok:  Message 12345 accepted", "12345"},
        {"Message Queued (F9E0-11EB.1)", "F9E0-11EB.1"},
        {"Queued (0.123 seconds)", NULL},
        {"Ok. 0001C2B3.5FB8A1", "0001C2B3.5FB8A1"},
        {"Ok 0100017a5c3e-77a2-000000", "0100017a5c3e-77a2-000000"},
        {"Ok", NULL},
        {"OK", NULL},
        {"", NULL},
        {"2.6.0 message received", NULL},
        {"2.0.0 Message queued with id 12ab3.", "12ab3"},
        {"queued as ", NULL},
        {"Requested mail action okay, completed", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *id = id_in(rows[i].text);
        if (g_strcmp0(id, rows[i].id) != 0)
            print_error("%s -> %s\n", rows[i].text, id);
        if (rows[i].id == NULL)
            assert_null(id);
        else
            assert_string_equal(id, rows[i].id);
    }
}

static void paths(void **state)
{
    static const struct {
        const char *arguments;
        gboolean of_rcpt;
        const char *path;
        const char *parameters;
        guint details;
    } rows[] = {
        {"FROM:<a@b.example>", FALSE, "a@b.example", NULL, 0},
        {"FROM:<>", FALSE, "", NULL, 0},
        {"from: <a@b> ", FALSE, "a@b", NULL, 0},
        {"FROM:a@b SIZE=5", FALSE, "a@b", "SIZE=5", 1},
        {"FROM <a@b> BODY=8BITMIME SMTPUTF8 ", FALSE, "a@b", "BODY=8BITMIME SMTPUTF8", 2},
        {"TO:<@one,@two:bob@example.org>", TRUE, "bob@example.org", NULL, 0},
        {"TO:<\"a > b\"@example.org> NOTIFY=NEVER", TRUE, "\"a > b\"@example.org", "NOTIFY=NEVER",
         1},
        {"TO:<\"a \\\" > b\"@x>", TRUE, "\"a \\\" > b\"@x", NULL, 0},
        {"TO:<bob@example.org", TRUE, "bob@example.org", NULL, 0},
        {"TO:<Postmaster>", TRUE, "Postmaster", NULL, 0},
        {"TO:", TRUE, "", NULL, 0},
        {"", TRUE, "", NULL, 0},
        {"bob@example.org", TRUE, "bob@example.org", NULL, 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        MgSession session = {0};
        g_autoptr(MgExchange) exchange = mg_exchange_new(&session, MG_STEP_COMMAND, "smtp.mail");
        g_autofree char *path = NULL;
        MgSmtpParameters parameters_read;
        MgSlice slice = {(const guint8 *)rows[i].arguments, strlen(rows[i].arguments)};
        mg_smtp_read_path(exchange, slice, rows[i].of_rcpt, &path, &parameters_read);
        g_autofree char *envelope_id = parameters_read.envelope_id;
        assert_null(envelope_id);
        assert_string_equal(path, rows[i].path);
        assert_string_equal(g_hash_table_lookup(exchange->args, "address"), rows[i].path);
        const char *parameters = g_hash_table_lookup(exchange->args, "parameters");
        if (rows[i].parameters == NULL)
            assert_null(parameters);
        else
            assert_string_equal(parameters, rows[i].parameters);
        assert_int_equal(exchange->details->len, rows[i].details);
        for (guint k = 0; k < exchange->details->len; k++)
            assert_non_null(((MgDetail *)g_ptr_array_index(exchange->details, k))->key);
    }
}

/* RFC 3461 section 4: xtext. */
static void test_envelope_id(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *envelope_id;
    } rows[] = {
        {"FROM:<a@b> RET=HDRS ENVID=QQ314159", "QQ314159"},
        {"FROM:<a@b> envid=a+2Bb+3D+c++2", "a+b=+c++2"},
        {"FROM:<a@b> ENVID=", ""},
        {"FROM:<a@b> ENVID", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        MgSession session = {0};
        g_autoptr(MgExchange) exchange = mg_exchange_new(&session, MG_STEP_COMMAND, "smtp.mail");
        g_autofree char *path = NULL;
        MgSmtpParameters parameters;
        MgSlice slice = {(const guint8 *)rows[i].arguments, strlen(rows[i].arguments)};
        mg_smtp_read_path(exchange, slice, FALSE, &path, &parameters);
        g_autofree char *envelope_id = parameters.envelope_id;
        if (rows[i].envelope_id == NULL)
            assert_null(envelope_id);
        else
            assert_string_equal(envelope_id, rows[i].envelope_id);
    }
}

static MgSlice slice_of(const char *text)
{
    return (MgSlice){(const guint8 *)text, strlen(text)};
}

static void words(void **state)
{
    assert_string_equal(mg_smtp_extension(slice_of("size 1000")), "smtp.extension.size");
    assert_string_equal(mg_smtp_extension(slice_of("AUTH=LOGIN PLAIN")),
                        "smtp.extension.auth-login");
    assert_string_equal(mg_smtp_extension(slice_of("AUTH=PLAIN")), "smtp.extension.auth-login");
    assert_string_equal(mg_smtp_extension(slice_of("X-EXPS=LOGIN")), "smtp.extension.x-exps-login");
    assert_string_equal(mg_smtp_extension(slice_of("xfoo 1")), "smtp.extension.unknown-x");
    assert_string_equal(mg_smtp_extension(slice_of("FOO=SIZES")), "smtp.extension.unknown");
    assert_string_equal(mg_smtp_extension(slice_of("")), "smtp.extension.unknown");
    assert_string_equal(mg_smtp_parameter(slice_of("size"), FALSE), "mail.size");
    assert_null(mg_smtp_parameter(slice_of("SIZE"), TRUE));
    assert_string_equal(mg_smtp_parameter(slice_of("ALT-ADDRESS"), TRUE), "mail.alt-address");
    assert_ptr_equal(mg_smtp_verb(slice_of("ehlo")), mg_smtp_verb(slice_of("EHLO")));
    assert_null(mg_smtp_verb(slice_of("EHLOX")));
    assert_null(mg_smtp_verb(slice_of("")));
    assert_string_equal(mg_smtp_reply_key(250, MG_SMTP_RCPT, FALSE, TRUE), "smtp.reply.250.rcpt");
    assert_string_equal(mg_smtp_reply_key(250, MG_SMTP_BDAT, TRUE, TRUE),
                        "smtp.reply.250.bdat-last");
    assert_string_equal(mg_smtp_reply_key(421, MG_SMTP_BDAT, TRUE, FALSE),
                        "smtp.reply.421.unasked");
    static const struct {
        guint code;
        MgOutcome outcome;
    } outcomes[] = {
        {50, MG_OUTCOME_INFO},       {199, MG_OUTCOME_INFO},         {200, MG_OUTCOME_OK},
        {299, MG_OUTCOME_OK},        {354, MG_OUTCOME_INTERMEDIATE}, {421, MG_OUTCOME_DEFERRED},
        {500, MG_OUTCOME_MALFORMED}, {504, MG_OUTCOME_MALFORMED},    {505, MG_OUTCOME_REFUSED},
        {599, MG_OUTCOME_REFUSED},   {600, MG_OUTCOME_INFO},         {999, MG_OUTCOME_INFO},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++)
        assert_int_equal(mg_smtp_outcome(outcomes[i].code), outcomes[i].outcome);
}

/* A row of a fact table has a key of its own, or shares it with another spelling only. */
static void rows_are_whole(void **state)
{
    guint n;
    const MgProtoRow *rows = mg_proto_rows(MG_PROTOCOL_SMTP, &n);
    assert_true(n > 100);
    for (guint i = 0; i < n; i++) {
        assert_non_null(rows[i].key);
        for (guint k = 0; k < i; k++)
            if (strcmp(rows[i].key, rows[k].key) == 0)
                assert_string_equal(rows[i].key, "smtp.etrn");
        if (rows[i].verb != NULL) {
            const MgSmtpVerb *verb = mg_smtp_verb(slice_of(rows[i].verb));
            assert_non_null(verb);
            assert_string_equal(verb->key, rows[i].key);
        }
    }
}

/* More commands than anyone pipelines, and a line that never ends: both are limited. */
static void limits(void **state)
{
    g_autoptr(Wire) wire = wire_new(50000, 25, TRUE);
    wire_send(wire, 1, "220 mx ESMTP\r\n");
    g_autofree char *begin = wire_take(wire);
    for (guint i = 0; i < MG_LIMIT_UNANSWERED + 10; i++)
        wire_send(wire, 0, "NOOP\r\n");
    g_autofree char *log = wire_take(wire);
    assert_non_null(strstr(log, "note limit-unanswered"));
    assert_null(strstr(strstr(log, "note limit-unanswered") + 1, "note limit-unanswered"));
    assert_int_equal(wire->steps, 1 + 10);

    g_autofree char *line = g_strnfill(MG_LIMIT_LINE * 2, 'x');
    wire_send(wire, 0, line);
    wire_send(wire, 0, "y\r\nNOOP\r\n");
    wire_end(wire, MG_ENDED_CLOSED, 0);
    g_autofree char *rest = wire_take(wire);
    assert_non_null(strstr(rest, "note limit-line"));
    const char *unknown = strstr(rest, "smtp.unknown");
    assert_non_null(unknown);
    assert_null(strstr(unknown + 1, "smtp.unknown"));
}

/* What unanswered commands may hold together is limited too. */
static void long_lines(void **state)
{
    g_autoptr(Wire) wire = wire_new(50000, 25, TRUE);
    g_autofree char *word = g_strnfill(100000, 'x');
    g_autofree char *line = g_strconcat(word, "\r\n", NULL);
    wire_send(wire, 1, "220 mx ESMTP\r\n");
    for (guint i = 0; i < 60; i++)
        wire_send(wire, 0, line);
    g_autofree char *log = wire_take(wire);
    assert_non_null(strstr(log, "note limit-unanswered"));
    assert_true(wire->steps > 10 && wire->steps < 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions),       cmocka_unit_test(queue_ids),
        cmocka_unit_test(paths),          cmocka_unit_test(words),
        cmocka_unit_test(limits),         cmocka_unit_test(long_lines),
        cmocka_unit_test(rows_are_whole), cmocka_unit_test(test_envelope_id),
    };
    return cmocka_run_group_tests_name("smtp", tests, NULL, NULL);
}
