/* Other names: the same real name always gives the same one, and none comes through. */
#include "anonym/pseudonyms.h"
#include "anonym/text.h"
#include "mg-anonym.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void check_address(MgPseudonyms *names, const char *real, MgActor role, const char *expected)
{
    MgAddress address;
    assert_true(mg_address_parse(real, &address));
    MgAddress other = mg_pseudonyms_address(names, &address, role);
    g_autofree char *text = mg_address_string(&other);
    assert_string_equal(text, expected);
}

static void addresses(void **state G_GNUC_UNUSED)
{
    g_autoptr(MgPseudonyms) names = mg_pseudonyms_new();
    check_address(names, "10.0.0.11", MG_ACTOR_CLIENT, "192.0.2.1");
    check_address(names, "10.0.0.2", MG_ACTOR_SERVER, "198.51.100.1");
    check_address(names, "10.0.0.12", MG_ACTOR_CLIENT, "192.0.2.2");
    /* A server that sends on is a client then, and keeps its address. */
    check_address(names, "10.0.0.2", MG_ACTOR_CLIENT, "198.51.100.1");
    check_address(names, "10.9.9.9", MG_ACTOR_NONE, "203.0.113.1");
    check_address(names, "fd00::1", MG_ACTOR_CLIENT, "2001:db8::1");
    check_address(names, "127.0.0.1", MG_ACTOR_CLIENT, "127.0.0.1");
}

static void many_addresses_are_many(void **state G_GNUC_UNUSED)
{
    g_autoptr(MgPseudonyms) names = mg_pseudonyms_new();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < 3000; i++) {
        MgAddress address = {.family = 4, .bytes = {10, 1, (guint8)(i >> 8), (guint8)i}};
        MgAddress other = mg_pseudonyms_address(names, &address, (MgActor)(i % 3));
        assert_true(g_hash_table_add(seen, mg_address_string(&other)));
    }
}

static void people_and_hosts(void **state G_GNUC_UNUSED)
{
    g_autoptr(MgPseudonyms) names = mg_pseudonyms_new();
    assert_string_equal(mg_pseudonyms_person(names, "anna"), "alice");
    assert_string_equal(mg_pseudonyms_person(names, "Bob"), "bob");
    assert_string_equal(mg_pseudonyms_person(names, "ANNA"), "alice");
    assert_string_equal(mg_pseudonyms_person(names, "postmaster"), "postmaster");
    for (guint i = 0; i < 40; i++) {
        g_autofree char *local = g_strdup_printf("student%u", i);
        mg_pseudonyms_person(names, local);
    }
    assert_string_equal(mg_pseudonyms_person(names, "student39"), "person42");
    assert_string_equal(mg_pseudonyms_host(names, "mx.alpha.lab"), "mx.example.org");
    assert_string_equal(mg_pseudonyms_host(names, "alpha.lab"), "example.org");
    assert_string_equal(mg_pseudonyms_host(names, "mail.physik.uni.edu"), "host3.example.net");
    assert_string_equal(mg_pseudonyms_host(names, "smtp.firm.co.uk"), "smtp.example.com");
    assert_string_equal(mg_pseudonyms_host(names, "a.b"), "d4.example");
    assert_string_equal(mg_pseudonyms_host(names, "annas-laptop"), "host6");
    assert_string_equal(mg_pseudonyms_host(names, "localhost"), "localhost");
    assert_string_equal(mg_pseudonyms_host(names, "..."), "");
    g_autofree char *mailbox = mg_pseudonyms_mailbox(names, "anna@ALPHA.lab");
    assert_string_equal(mailbox, "alice@example.org");
    g_autofree char *literal = mg_pseudonyms_mailbox(names, "bob@[10.0.0.2]");
    assert_string_equal(literal, "bob@[203.0.113.1]");
    g_autofree char *nobody = mg_pseudonyms_mailbox(names, "");
    assert_string_equal(nobody, "");
}

static void ids_and_folders(void **state G_GNUC_UNUSED)
{
    g_autoptr(MgPseudonyms) names = mg_pseudonyms_new();
    assert_string_equal(mg_pseudonyms_message_id(names, "<x1@anna.alpha.lab>"),
                        "<m1@host1.example.org>");
    assert_string_equal(mg_pseudonyms_message_id(names, "<x2@anna.alpha.lab>"),
                        "<m2@host1.example.org>");
    assert_string_equal(mg_pseudonyms_message_id(names, "x1@anna.alpha.lab"),
                        "m1@host1.example.org");
    assert_string_equal(mg_pseudonyms_queue_id(names, "4F1A2"), "Q0001");
    assert_string_equal(mg_pseudonyms_queue_id(names, "4F1A2"), "Q0001");
    assert_string_equal(mg_pseudonyms_uidl(names, "000000165"), "uid-1");
    g_autofree char *own = mg_pseudonyms_folder(names, "Archive/Annas Entwürfe");
    assert_string_equal(own, "Archive/Folder1");
    g_autofree char *common = mg_pseudonyms_folder(names, "INBOX.Sent");
    assert_string_equal(common, "INBOX.Sent");
    g_autofree char *pattern = mg_pseudonyms_folder(names, "*");
    assert_string_equal(pattern, "*");
}

static void check_text(MgPseudonyms *names, MgWording wording, gsize verbatim, const char *real,
                       const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);
    mg_anonym_text(names, real, strlen(real), verbatim, wording, out);
    assert_string_equal(out->str, expected);
}

static void texts(void **state G_GNUC_UNUSED)
{
    g_autoptr(MgPseudonyms) names = mg_pseudonyms_new();
    mg_pseudonyms_person(names, "anna");
    mg_pseudonyms_person(names, "bob");
    mg_pseudonyms_host(names, "alpha.lab");
    g_autofree char *folder = mg_pseudonyms_folder(names, "Annas Entwürfe");
    const struct {
        MgWording wording;
        gsize verbatim;
        const char *real, *expected;
    } rows[] = {
        {MG_WORDING_PLAIN, 4, "USER anna", "USER alice"},
        {MG_WORDING_PLAIN, 4, "MAIL FROM:<anna@alpha.lab> SIZE=1024 AUTH=anna@alpha.lab",
         "MAIL FROM:<alice@example.org> SIZE=1024 AUTH=alice@example.org"},
        {MG_WORDING_PLAIN, 0, "+OK Hello Anna, you are bob.", "+OK Hello alice, you are bob."},
        {MG_WORDING_PLAIN, 0, "from anna (anna.alpha.lab [10.0.0.1]) by mx",
         "from alice (host2.example.org [203.0.113.1]) by mx"},
        {MG_WORDING_PLAIN, 0, "Version 2.0.0 of IMAP4rev1, RFC822.SIZE, BODY.PEEK[1.2.3.4]",
         "Version 2.0.0 of IMAP4rev1, RFC822.SIZE, BODY.PEEK[1.2.3.4]"},
        {MG_WORDING_PLAIN, 0, "at 12:34:56 from [IPv6:fd00::1] port 10.0.0.1:25",
         "at 12:34:56 from [IPv6:2001:db8::1] port 203.0.113.1:25"},
        {MG_WORDING_PLAIN, 0, "a1 SELECT \"Annas Entwürfe\"", "a1 SELECT \"Folder1\""},
        {MG_WORDING_PLAIN, 0, "a1 SELECT \"Annas Entw&APw-rfe\"", "a1 SELECT \"Folder1\""},
        {MG_WORDING_PLAIN, 0, "list-bob=beta.net@lists.org", "carol@example.net"},
        {MG_WORDING_QUOTED, 0,
         "* 1 FETCH (ENVELOPE (\"Fri, 20 Nov 2026 12:00:00 +0000\" \"Lunch?\" ((\"Anna\" NIL "
         "\"anna\" "
         "\"alpha.lab\"))) BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"NAME\" \"annas-cv.pdf\")))",
         "* 1 FETCH (ENVELOPE (\"Fri, 20 Nov 2026 12:00:00 +0000\" \"…\" ((\"alice\" NIL \"alice\" "
         "\"example.org\"))) BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"NAME\" \"…\")))"},
        {MG_WORDING_SEARCH, 0, "a2 SEARCH UNSEEN FROM anna SUBJECT lunch SINCE 1-Nov-2026",
         "a2 SEARCH UNSEEN FROM alice SUBJECT … SINCE 1-Nov-2026"},
        {MG_WORDING_SEARCH, 0, "a2 SEARCH SUBJECT \"lunch today\"", "a2 SEARCH SUBJECT \"…\""},
        {MG_WORDING_CODED, 0, "334 PDE4OTYuNjk3MT", "334 PDE4OTYuNjk3MT"},
        {MG_WORDING_CODED, 0, "YW5uYQ==", "********"},
        {MG_WORDING_PLAIN, 0, "unclosed \"quote anna", "unclosed \"quote alice"},
        {MG_WORDING_PLAIN, 0, "@ @@ anna@ .. =", "@ @@ alice@ .. ="},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check_text(names, rows[i].wording, rows[i].verbatim, rows[i].real, rows[i].expected);
}

/* ---- The stage ---- */

static void take_exchange(gpointer user, const MgExchange *exchange)
{
    GString *out = user;
    g_string_append_printf(out, "%s|%s|%s\n", exchange->line->text->str,
                           (const char *)g_hash_table_lookup(exchange->args, "user"),
                           exchange->session->client_name);
    assert_int_equal(exchange->line->secrets->len, 1);
    const MgSecret *secret = &g_array_index(exchange->line->secrets, MgSecret, 0);
    assert_string_equal(exchange->line->text->str + secret->at, "********");
    assert_int_equal(secret->len, 8);
}

static void take_effect(gpointer user, const MgEffect *effect)
{
    g_string_append_printf(user, "%s %s %s\n", effect->name, effect->content->message_id,
                           effect->content->received[0]);
    assert_string_equal(effect->content->subject, "…");
    assert_null(effect->content->head);
}

static void take_session(gpointer user G_GNUC_UNUSED, const MgSession *session G_GNUC_UNUSED)
{
}

static void stage(void **state G_GNUC_UNUSED)
{
    g_autoptr(GString) out = g_string_new(NULL);
    MgExchangeSink into = {.session_open = take_session,
                           .effect = take_effect,
                           .exchange = take_exchange,
                           .session_close = take_session,
                           .user = out};
    g_autoptr(MgAnonym) anonym = mg_anonym_new();
    MgExchangeSink sink;
    mg_anonym_exchange_sink(anonym, &into, &sink);
    MgSession session = {
        .number = 1, .protocol = MG_PROTOCOL_IMAP, .client_name = (char *)"annas-pc"};
    sink.session_open(sink.user, &session);

    g_autoptr(MgExchange) login = mg_exchange_new(&session, MG_STEP_COMMAND, "imap.login");
    login->verb = g_strdup("LOGIN");
    login->line = mg_text_new("a1 LOGIN anna geheim", -1);
    login->line->secrets = g_array_new(FALSE, FALSE, sizeof(MgSecret));
    MgSecret secret = {.at = 14, .len = 6};
    g_array_append_val(login->line->secrets, secret);
    mg_exchange_arg(login, "user", "%s", "anna");
    sink.exchange(sink.user, login);

    g_autoptr(MgContent) content = mg_content_new();
    content->message_id = g_strdup("<1@annas-pc.alpha.lab>");
    content->subject = g_strdup("Lunch?");
    content->head = g_strdup("Subject: Lunch?");
    content->received = g_strsplit("from annas-pc by mx.alpha.lab with ESMTP id 4F1A2", "\n", -1);
    MgEffect effect = {
        .kind = MG_EFFECT_RCPT, .session = &session, .name = "anna@alpha.lab", .content = content};
    sink.effect(sink.user, &effect);
    sink.session_close(sink.user, &session);
    assert_string_equal(out->str,
                        "a1 LOGIN alice ********|alice|host1\n"
                        "alice@example.org <m1@host3.example.org> from host1 by mx.example.org "
                        "with ESMTP id Q0001\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(many_addresses_are_many),
        cmocka_unit_test(people_and_hosts),
        cmocka_unit_test(ids_and_folders),
        cmocka_unit_test(texts),
        cmocka_unit_test(stage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
