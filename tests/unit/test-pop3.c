/* POP3: what each command does, however its bytes are cut.
 *
 * A transcript has one line per effect (two blanks in front) and per step; see talk.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "talk.h"

typedef struct {
    gsize step, cut;
    gboolean midstream;
    int deaf; /* side that is not captured, or -1 */
    gboolean steps_only;
} Way;

static char *run(const char *script, Way way, gsize *ret_octets)
{
    Talk *talk = talk_new(110);
    talk->step = way.step;
    talk->cut = way.cut;
    talk->steps_only = way.steps_only;
    if (way.midstream)
        talk->flow.opener_known = talk->flow.complete_start = FALSE;
    if (way.deaf >= 0)
        talk->deaf[way.deaf] = TRUE;
    talk_script(talk, script);
    talk_end(talk, MG_ENDED_CAPTURE_END, 0);
    if (ret_octets != NULL)
        *ret_octets = talk->sent;
    char *out = g_strdup(talk->out->str);
    talk_free(talk);
    return out;
}

static void check_way(const char *script, const char *expected, Way way)
{
    gsize octets;
    g_autofree char *whole = run(script, way, &octets);
    assert_string_equal(whole, expected);
    way.step = 1;
    g_autofree char *single = run(script, way, NULL);
    assert_string_equal(single, expected);
    way.step = 0;
    for (way.cut = 1; way.cut < octets; way.cut++) {
        g_autofree char *cut = run(script, way, NULL);
        assert_string_equal(cut, expected);
    }
}

static void check(const char *script, const char *expected)
{
    check_way(script, expected, (Way){.deaf = -1});
}

#define GREETED "S: +OK POP3 ready\n"
#define GREETING "1 pop3.greeting server info S<+OK POP3 ready>\n"
#define LOGGED_IN GREETED "C: USER bob\nS: +OK\nC: PASS sesame\nS: +OK\n"
#define LOGIN                                                                                      \
    GREETING "2 pop3.user command ok USER user=bob C<USER bob> S<+OK>\n"                           \
             "  LOGIN name=bob ok\n"                                                               \
             "  MAILDROP count=? ok\n"                                                             \
             "3 pop3.pass command ok PASS user=bob C<PASS ******> S<+OK>\n"

static void download_and_delete(void **state)
{
    check(LOGGED_IN "C: LIST\nS: +OK\nS: 1 26\nS: 2 9 extra\nS: x\nS: .\n"
                    "C: RETR 1\nS: +OK\nS: Subject: x\nS: \nS: ..\nS: a\nS: .\n"
                    "C: DELE 1\nS: +OK\nC: QUIT\nS: +OK\n-- close\n",
          LOGIN "  LIST number=1 octets=26 ok\n"
                "  LIST number=2 octets=9 ok\n"
                "  LISTED count=2 ok\n"
                "4 pop3.list command ok LIST count=2 C<LIST> S<+OK|1 26|2 9 extra|x>\n"
                "  RETR number=1 octets=26 content=20 ok\n"
                "5 pop3.retr command ok/size-not-listed RETR lines=4 number=1 octets=20 size=26 "
                "C<RETR 1> S<+OK>\n"
                "  DELE number=1 ok\n"
                "6 pop3.dele command ok DELE number=1 C<DELE 1> S<+OK>\n"
                "  QUIT flag ok\n"
                "7 pop3.quit command ok QUIT count=1 C<QUIT> S<+OK>\n");
}

static void dropped(void **state)
{
    check(LOGGED_IN "C: DELE 1\nS: +OK\nC: RETR 2\nS: +OK\nS: Subject: x\nS: \nS: half\n-- reset\n",
          LOGIN "  DELE number=1 ok\n"
                "4 pop3.dele command ok DELE number=1 C<DELE 1> S<+OK>\n"
                "  RETR number=2 content=20-broken-nofp unanswered\n"
                "5 pop3.retr command unanswered/broken-off RETR lines=3 number=2 octets=20 "
                "C<RETR 2> S<+OK>\n"
                "  DROP info\n"
                "6 pop3.drop connection info count=1\n");
    check(LOGGED_IN "C: DELE 1\nS: +OK\nC: QUIT\n-- reset server\n",
          LOGIN "  DELE number=1 ok\n"
                "4 pop3.dele command ok DELE number=1 C<DELE 1> S<+OK>\n"
                "  QUIT flag unanswered\n"
                "5 pop3.quit command unanswered QUIT count=1 C<QUIT>\n");
    /* A capture that ends is no lost connection, and nobody had logged in here. */
    check(LOGGED_IN, LOGIN);
    check(GREETED "C: USER bob\nS: +OK\n-- close\n",
          GREETING "2 pop3.user command ok USER user=bob C<USER bob> S<+OK>\n");
}

static void pipelined(void **state)
{
    check("S: +OK POP3 ready\n"
          "C= user bob\\r\\npass  a b\\r\\ndele 2\\r\\nquit\\r\\n\n"
          "S= +OK\\r\\n+OK maildrop has 2 messages (320 octets)\\r\\n+OK\\r\\n+OK\\r\\n\n"
          "-- close\n",
          GREETING "2 pop3.user command ok USER user=bob C<user bob> S<+OK>\n"
                   "  LOGIN name=bob ok\n"
                   "  MAILDROP count=2 octets=320 ok\n"
                   "3 pop3.pass command ok PASS count=2 octets=320 user=bob C<pass ****> "
                   "S<+OK maildrop has 2 messages (320 octets)>\n"
                   "  DELE number=2 ok\n"
                   "4 pop3.dele command ok DELE number=2 C<dele 2> S<+OK>\n"
                   "  QUIT flag ok\n"
                   "5 pop3.quit command ok QUIT count=1 C<quit> S<+OK>\n");
}

static void sasl(void **state)
{
    check(GREETED "C: AUTH PLAIN\nS: + \nC: AGJvYgB4\nS: -ERR [AUTH] no\n"
                  "C: AUTH PLAIN AGJvYgB4\nS: +OK 3 99\nC: QUIT\nS: +OK\n-- close\n",
          GREETING "2 pop3.auth command intermediate AUTH mechanism=PLAIN C<AUTH PLAIN> S<+ >\n"
                   "  LOGIN name=bob refused\n"
                   "3 pop3.auth-response sasl refused mechanism=PLAIN sasl-step=name-password "
                   "user=bob C<********> "
                   "S<-ERR [AUTH] no>[AUTH]\n"
                   "  LOGIN name=bob ok\n"
                   "  MAILDROP count=3 octets=99 ok\n"
                   "4 pop3.auth command ok AUTH count=3 mechanism=PLAIN octets=99 "
                   "sasl-step=name-password user=bob "
                   "C<AUTH PLAIN ********> S<+OK 3 99>\n"
                   "  QUIT flag ok\n"
                   "5 pop3.quit command ok/removed-none QUIT count=0 C<QUIT> S<+OK>\n");
    /* The client does not wait; a server's proof is a secret too. */
    check(GREETED "C= AUTH SCRAM-SHA-1 biwsbj1ib2Iscj0x\\r\\nYz1iaXdz\\r\\n\\r\\n\n"
                  "S: + cj0x\nS: + dj0x\nS: +OK\n-- close\n",
          GREETING "2 pop3.auth command intermediate AUTH mechanism=SCRAM-SHA-1 "
                   "sasl-step=scram-first C<AUTH SCRAM-SHA-1 ****************> S<+ cj0x>\n"
                   "3 pop3.auth-response sasl intermediate mechanism=SCRAM-SHA-1 "
                   "sasl-step=scram-proof C<********> S<+ ****>\n"
                   "  LOGIN name=bob ok\n"
                   "  MAILDROP count=? ok\n"
                   "4 pop3.auth-response sasl ok mechanism=SCRAM-SHA-1 sasl-step=confirm "
                   "user=bob C<> S<+OK>\n"
                   "  DROP info\n"
                   "5 pop3.drop connection info/marked-none count=0\n");
    check(GREETED
          "C: AUTH LOGIN\nS: + \nC: *\nS: -ERR cancelled\nC: Ym9i\nS: -ERR what\n-- close\n",
          GREETING "2 pop3.auth command intermediate AUTH mechanism=LOGIN C<AUTH LOGIN> S<+ >\n"
                   "3 pop3.auth-cancel sasl refused mechanism=LOGIN C<*> S<-ERR cancelled>\n"
                   "4 pop3.unknown command refused unknown C<****> S<-ERR what>\n");
}

static void one_side(void **state)
{
    Way client = {.deaf = 1, .midstream = TRUE};
    check_way(
        "C: AUTH LOGIN\nC: Ym9i\nC: c2VjcmV0\nC: RETR 1\nC: QUIT\n-- close\n",
        "  LOGIN name=bob unanswered\n"
        "1 pop3.auth command unanswered AUTH mechanism=LOGIN user=bob C<AUTH LOGIN>\n"
        "  LOGIN name=bob unanswered\n"
        "2 pop3.auth-response sasl unanswered mechanism=LOGIN sasl-step=name user=bob C<****>\n"
        "  LOGIN name=bob unanswered\n"
        "3 pop3.auth-response sasl unanswered mechanism=LOGIN sasl-step=password user=bob "
        "C<********>\n"
        "  RETR number=1 unanswered\n"
        "4 pop3.retr command unanswered RETR number=1 C<RETR 1>\n"
        "  QUIT flag unanswered\n"
        "5 pop3.quit command unanswered/removed-unknown QUIT count=0 C<QUIT>\n",
        client);
    Way server = {.deaf = 0, .midstream = TRUE};
    check_way("S: body\nS: +OK text\nS: .\nS: +OK 2 octets\nS: Subject: x\nS: \nS: .\n"
              "S: -ERR no\nS: 1 120\nS: .\n",
              "1 pop3.answer server info lines=2 octets=16 S<>\n"
              "  RETR octets=2 content=14 ok\n"
          "2 pop3.answer server info lines=2 octets=14 S<+OK 2 octets>\n"
              "3 pop3.answer server info S<-ERR no>\n"
              "4 pop3.answer server info S<1 120>\n",
              server);
}

static void holes(void **state)
{
    /* In the message; behind it, so that only the next answer shows that it is over. */
    check(LOGGED_IN "C: RETR 1\nS: +OK\nS: Subject: x\nS: \nS= ab\n-- gap server 9\nS: cd\nS: .\n"
                    "C: RETR 2\nS: +OK\nS: Subject: y\n-- gap server 50\n"
                    "C: NOOP\nS: +OK still\n-- close\n",
          LOGIN "  note gap\n"
                "  RETR number=1 content=20-holed-nofp flag ok\n"
                "4 pop3.retr command ok RETR lines=3 number=1 octets=20 C<RETR 1> S<+OK>\n"
                "  note gap\n"
                "  note resynchronised\n"
                "  RETR number=2 content=12-broken-holed-nofp flag unanswered\n"
                "5 pop3.retr command unanswered/broken-off RETR lines=1 number=2 octets=12 "
                "C<RETR 2> S<+OK>\n"
                "6 pop3.noop command ok NOOP C<NOOP> S<+OK still>\n"
                "  DROP info\n"
                "7 pop3.drop connection info/marked-unknown count=0\n");
    /* The hole holds all but the end mark. */
    check(LOGGED_IN "C: RETR 1\n-- gap server 500\nS: .\nC: NOOP\nS: +OK\nC: LIST\n"
                    "-- gap server 8\nS= 2\nS: 0\nS: 3 30\nS: .\n",
          LOGIN "  note gap\n"
                "  RETR number=1 content=0-holed-nofp flag ok\n"
                "4 pop3.retr command ok RETR lines=0 number=1 octets=0 C<RETR 1> S<>\n"
                "5 pop3.noop command ok NOOP C<NOOP> S<+OK>\n"
                "  note gap\n"
                "  LIST number=3 octets=30 ok\n"
                "6 pop3.list command ok LIST C<LIST> S<3 30>\n");
    /* Among the commands: half a password, and a number that cannot be trusted. */
    check(GREETED "C: USER bob\nS: +OK\nC= PASS ses\n-- gap client 2\nC: me\nS: +OK\n"
                  "C= DELE 1\n-- gap client 1\nC: DELE 3\nS: +OK\nS: +OK\n",
          GREETING "2 pop3.user command ok USER user=bob C<USER bob> S<+OK>\n"
                   "  note gap\n"
                   "3 pop3.unknown command unanswered unknown C<**>\n"
                   "  LOGIN name=bob ok\n"
                   "  MAILDROP count=? ok\n"
                   "4 pop3.pass command ok PASS user=bob C<PASS ***> S<+OK>\n"
                   "  note gap\n"
                   "  DELE ok\n"
                   "5 pop3.dele command ok DELE C<DELE 1> S<+OK>\n"
                   "  DELE number=3 ok\n"
                   "6 pop3.dele command ok DELE number=3 C<DELE 3> S<+OK>\n");
}

static void listings(void **state)
{
    g_autoptr(GString) script = g_string_new(LOGGED_IN "C: UIDL\nS: +OK\n");
    for (guint i = 1; i <= 30; i++)
        g_string_append_printf(script, "S: %u u%u\n", i, i);
    g_string_append(script, "S: .\n");
    g_autofree char *out = run(script->str, (Way){.deaf = -1}, NULL);
    assert_non_null(strstr(out, "  UIDL number=30 name=u30 ok\n  LISTED count=30 flag ok\n"));
    assert_non_null(strstr(out, "|19 u19|+11>"));
    /* Without the dot: what was not listed may be there all the same. */
    check(LOGGED_IN "C: LIST\nS: odd\nS: +OK\nS: 1 26\nC: NOOP\nS: +OK\nC: LIST\nS: +OK\n",
          LOGIN "  note reply-unexpected\n"
                "  LIST number=1 octets=26 ok\n"
                "  note resynchronised\n"
                "4 pop3.list command ok LIST C<LIST> S<odd|+OK|1 26>\n"
                "5 pop3.noop command ok NOOP C<NOOP> S<+OK>\n"
                "6 pop3.list command unanswered/broken-off LIST C<LIST> S<+OK>\n");
}

static void top(void **state)
{
    const char *text = "S: Subject: x\nS: \nS: a\nS: b\nS: .\n";
    g_autofree char *script = g_strconcat(
        LOGGED_IN "C: TOP 1 2\nS: +OK 9999 octets\n", text, "C: TOP 1 3\nS: +OK\n", text,
        "C: LIST 1\nS: +OK 1 20\nC: TOP 1 2\nS: +OK\n", text, "C: TOP 1 0\nS: -ERR\n", NULL);
    check(script, LOGIN "  TOP number=1 count=2 content=20-nofp ok\n"
                        "4 pop3.top command ok TOP lines=2 number=1 octets=20 C<TOP 1 2> "
                        "S<+OK 9999 octets>\n"
                        "  TOP number=1 count=3 content=20 flag ok\n"
                        "5 pop3.top command ok TOP lines=3 number=1 octets=20 C<TOP 1 3> S<+OK>\n"
                        "  LIST number=1 octets=20 ok\n"
                        "6 pop3.list-one command ok LIST number=1 octets=20 C<LIST 1> S<+OK 1 20>\n"
                        "  TOP number=1 count=2 octets=20 content=20 ok\n"
                        "7 pop3.top command ok TOP lines=2 number=1 octets=20 C<TOP 1 2> S<+OK>\n"
                        "  TOP number=1 refused\n"
                        "8 pop3.top command refused TOP lines=0 number=1 C<TOP 1 0> S<-ERR>\n");
}

static void xmit(void **state)
{
    check(LOGGED_IN "C: XTND XMIT\nS: +OK go\nC: From: bob@b\nC: To: a@a, c@c\nC: \nC: QUIT\nC: .\n"
                    "S: +OK sent\nC: QUIT\nS: +OK\n-- close\n",
          LOGIN "  MAIL name=bob@b ok\n"
                "  RCPT number=1 name=a@a ok\n"
                "  RCPT number=2 name=c@c ok\n"
                "  TEXT content=35 info\n"
                "  HANDOVER ok\n"
                "4 pop3.xtnd-xmit command ok XTND XMIT lines=4 octets=35 C<XTND XMIT> S<+OK go> "
                "S<+OK sent>\n"
                "  QUIT flag ok\n"
                "5 pop3.quit command ok/removed-none QUIT count=0 C<QUIT> S<+OK>\n");
}

static void secrets(void **state)
{
    check(GREETED "C: APOP bob c4c9334bac560ecc979e58001b3e22fb\nS: -ERR\n"
                  "C: APOP c4c9334bac560ecc979e58001b3e22fb\nS: -ERR\n"
                  "C: XCLIENT ADDR=1 FORWARD=abc TTL=1\nS: +OK\n"
                  "C: PASSsesame\nS: -ERR\nC: USER bob\nS: +OK\nC: sesame now\nS: -ERR\n"
                  "C: PASS\nS: -ERR\n",
          GREETING "  LOGIN name=bob refused\n"
                   "2 pop3.apop command refused APOP user=bob "
                   "C<APOP bob ********************************> S<-ERR>\n"
                   "  LOGIN refused\n"
                   "3 pop3.apop command refused APOP C<APOP ********************************> "
                   "S<-ERR>\n"
                   "4 pop3.xclient command ok XCLIENT C<XCLIENT ADDR=1 FORWARD=*** TTL=1> S<+OK>\n"
                   "5 pop3.unknown command refused unknown C<**********> S<-ERR>\n"
                   "6 pop3.user command ok USER user=bob C<USER bob> S<+OK>\n"
                   "7 pop3.unknown command refused unknown C<**********> S<-ERR>\n"
                   "  LOGIN name=bob refused\n"
                   "8 pop3.pass command refused PASS user=bob C<PASS> S<-ERR>\n");
}

static void tls(void **state)
{
    const char *dark = "3 tls.begins connection info\n";
    g_autofree char *out = run(GREETED "C: STLS\nS: +OK\nC= \\x16\\x03\\x01\\x00\\x01a\n"
                                       "S= \\x16\\x03\\x01\\x00\\x01b\n-- close\n",
                               (Way){.deaf = -1}, NULL);
    assert_non_null(strstr(out, dark));
    assert_null(strstr(out, "drop"));
    /* Clear text after the go-ahead is read on. */
    g_autofree char *clear =
        run(GREETED "C= STLS\\r\\nUSER bob\\r\\n\nS: +OK\nS: +OK\n", (Way){.deaf = -1}, NULL);
    assert_non_null(strstr(clear, "note injection"));
    assert_non_null(strstr(clear, "3 pop3.user command ok"));
    /* The go-ahead is not captured. */
    g_autofree char *deaf = run("C: STLS\nC= \\x16\\x03\\x01\\x00\\x01a\n-- close\n",
                                (Way){.deaf = 1, .midstream = TRUE}, NULL);
    assert_non_null(strstr(deaf, "tls.begins"));
}

static void limits(void **state)
{
    g_autoptr(GString) script = g_string_new(GREETED);
    for (guint i = 0; i < MG_LIMIT_UNANSWERED + 3; i++)
        g_string_append(script, "C: NOOP\n");
    g_autofree char *out = run(script->str, (Way){.deaf = -1}, NULL);
    assert_non_null(strstr(out, "note limit-unanswered"));
    g_autofree char *name = g_strnfill(MG_LIMIT_LINE + 5, 'x');
    g_autofree char *line =
        g_strconcat(GREETED "C: USER ", name, "\nS: +OK\nC: NOOP\nS: -ERR\n", NULL);
    g_autofree char *long_out = run(line, (Way){.deaf = -1, .step = 1000}, NULL);
    assert_non_null(strstr(long_out, "note limit-line"));
    assert_non_null(strstr(long_out, "3 pop3.noop command refused"));
}

static void dialogues_cut(void **state)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *path =
        g_build_filename(srcdir != NULL ? srcdir : ".", "tests", "dialogues", "pop3", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    assert_non_null(dir);
    guint read = 0;
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *script = NULL;
        assert_true(g_file_get_contents(file, &script, NULL, NULL));
        Way way = {.deaf = -1, .midstream = strstr(script, "midstream") != NULL};
        g_autofree char *whole = run(script, way, NULL);
        for (way.step = 1; way.step < 8; way.step++) {
            g_autofree char *cut = run(script, way, NULL);
            assert_string_equal(cut, whole);
        }
        read++;
    }
    assert_true(read >= 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(download_and_delete),
        cmocka_unit_test(dropped),
        cmocka_unit_test(pipelined),
        cmocka_unit_test(sasl),
        cmocka_unit_test(one_side),
        cmocka_unit_test(holes),
        cmocka_unit_test(listings),
        cmocka_unit_test(top),
        cmocka_unit_test(xmit),
        cmocka_unit_test(secrets),
        cmocka_unit_test(tls),
        cmocka_unit_test(limits),
        cmocka_unit_test(dialogues_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
