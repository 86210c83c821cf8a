/* The session: which connections are mail, who is the client, what is hidden from parsers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "proto-wire.h"
#include "proto/dark.h"
#include "proto/detect.h"
#include "proto/preamble.h"

/* A connection of these ports on which this is said opens as this; NULL = is no mail. */
typedef struct {
    guint16 client_port, server_port;
    gboolean syn;
    const char *script;
    const char *opens;
} Row;

static const Row rows[] = {
    /* By port. */
    {50000, 25, TRUE, "S: 220 x", "open smtp client=0\n"},
    {50000, 587, TRUE, "C: rubbish", "open smtp client=0\n"},
    {50000, 2525, TRUE, "S: 220 x", "open smtp client=0\n"},
    {50000, 24, TRUE, "S: 220 x", "open lmtp client=0\n"},
    {50000, 110, TRUE, "S: +OK", "open pop3 client=0\n"},
    {50000, 143, TRUE, "S: * OK", "open imap client=0\n"},
    {25, 50000, FALSE, "C: 220 x", "open smtp client=1\n"},
    {50000, 110, FALSE, "C: LIST", "open pop3 client=0\n"},
    /* Both ends have a mail port: the greeting, or the client's line, tells. */
    {25, 587, FALSE, "C: 220 x ESMTP", "open smtp client=1\n"},
    {25, 25, FALSE, "S: 220 x ESMTP", "open smtp client=0\n"},
    {25, 25, FALSE, "S: EHLO x", "open smtp client=1\n"},
    /* A greeting overrules the port. */
    {50000, 25, TRUE, "S: * OK IMAP4rev1 ready", "open imap client=0 by-greeting\n"},
    {50000, 2525, TRUE, "S: 220 x LMTP ready", "open lmtp client=0 by-greeting\n"},
    {50000, 110, TRUE, "S: 220 x ESMTP", "open smtp client=0 by-greeting\n"},
    /* By greeting. */
    {50000, 1224, TRUE, "S: 220 x ESMTP Exim", "open smtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S= 220-x.example.org\\r\\n220-welcome\\r\\n220 smtp here\\r\\n",
     "open smtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: 554 no SMTP service here", "open smtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: 220 x LMTP", "open lmtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: +OK POP3 ready", "open pop3 client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S= +OK\\r\\n", "open pop3 client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S= +OK \\xbb\\xb6\\xd3\\xad\\r\\n", "open pop3 client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: * OK [CAPABILITY IMAP4rev1] x", "open imap client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: * PREAUTH x", "open imap client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: * BYE x", "open imap client=0 by-greeting\n"},
    /* An odd banner waits for the client's line. */
    {50000, 1224, TRUE, "S: 220 welcome\nC: EHLO x", "open smtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: 220 welcome\nC: lhlo x", "open lmtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "S: 220 welcome\nC: USER x", NULL},
    {50000, 1224, TRUE, "S: 220 vsFTPd 3\nC: HELP", NULL},
    {50000, 1224, TRUE, "S: 220 welcome", NULL},
    {50000, 1224, TRUE, "S: 220 welcome\nC: QUIT\nS: 221 x", "open smtp client=0 by-greeting\n"},
    /* The client speaks first. */
    {50000, 1224, TRUE, "C: EHLO x\nS: 220 x", "open smtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "C: LHLO x", "open lmtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "C: MAIL FROM:<a@b>", "open smtp client=0 by-greeting\n"},
    {50000, 1224, TRUE, "C: CAPA", "open pop3 client=0 by-greeting\n"},
    {50000, 1224, TRUE, "C: USER bob\nS: +OK hi", "open pop3 client=0 by-greeting\n"},
    {50000, 1224, TRUE, "C: USER bob\nS: 331 password", NULL},
    {50000, 1224, TRUE, "C: a1 LOGIN bob secret", "open imap client=0 by-greeting\n"},
    {50000, 1224, TRUE, "C: a1 uid fetch 1 (FLAGS)", "open imap client=0 by-greeting\n"},
    {50000, 1224, FALSE, "S: a1 SELECT INBOX", "open imap client=1 by-greeting\n"},
    {50000, 1224, TRUE, "C: hello?\nS: 220 x ESMTP", "open smtp client=0 by-greeting\n"},
    /* No mail. */
    {50000, 80, TRUE, "C: GET / HTTP/1.1\nS: HTTP/1.1 200 OK", NULL},
    {50000, 6379, TRUE, "C: PING\nS: +OK", NULL},
    {50000, 22, TRUE, "S: SSH-2.0-x\nC: SSH-2.0-y", NULL},
    {50000, 119, TRUE, "S: 200 news.example.org ready", NULL},
    {50000, 443, TRUE, "C= \\x16\\x03\\x01\\x00\\x02ab\nS= \\x16\\x03\\x03\\x00\\x02ab", NULL},
    {50000, 1224, TRUE, "C: 220 x ESMTP", NULL},
    {50000, 1224, TRUE, "S: EHLO x", NULL},
    /* Through a proxy. */
    {50000, 1080, TRUE,
     "C= \\x05\\x01\\x00\nS= \\x05\\x00\nC= \\x05\\x01\\x00\\x01\\x0a\\x00\\x00\\x02\\x00\\x19\n"
     "S= \\x05\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\nS: 220 x ESMTP",
     "open smtp client=0 by-greeting\n"},
    {50000, 1080, TRUE,
     "C= \\x05\\x02\\x00\\x02\nS= \\x05\\x02\nC= \\x01\\x03bob\\x01x\nS= \\x01\\x00\n"
     "C= \\x05\\x01\\x00\\x03\\x01x\\x00\\x19\nS= \\x05\\x00\\x00\\x03\\x01y\\x00\\x00\n"
     "S: +OK ready",
     "open pop3 client=0 by-greeting\n"},
    {50000, 1080, TRUE,
     "C= \\x05\\x01\\x00\nS= \\x05\\x00\nC= \\x05\\x01\\x00\\x01\\x0a\\x00\\x00\\x02\\x00\\x19\n"
     "S= \\x05\\x05\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\nS: 220 x ESMTP",
     NULL},
    {50000, 1080, TRUE,
     "C= \\x04\\x01\\x00\\x19\\x0a\\x00\\x00\\x02bob\\x00\n"
     "S= \\x00\\x5a\\x00\\x00\\x00\\x00\\x00\\x00\nS: * OK ready",
     "open imap client=0 by-greeting\n"},
    {50000, 3128, TRUE,
     "C: CONNECT mx.example.org:25 HTTP/1.1\n+C: Host: mx\n+C:\nS: HTTP/1.1 200 OK\n+S:\n"
     "S: 220 x ESMTP",
     "open smtp client=0 by-greeting\n"},
    {50000, 3128, TRUE, "C: CONNECT x:25 HTTP/1.1\n+C:\nS: HTTP/1.1 403 No\n+S:\nS: 220 x ESMTP",
     NULL},
};

static void recognised(void **state)
{
    static const gsize pieces[] = {0, 1, 3};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        for (gsize k = 0; k < G_N_ELEMENTS(pieces); k++) {
            g_autoptr(Wire) wire = wire_new(rows[i].client_port, rows[i].server_port, rows[i].syn);
            wire->piece = pieces[k];
            wire_play(wire, rows[i].script);
            wire_end(wire, MG_ENDED_CLOSED, 0);
            g_autofree char *log = wire_take(wire);
            gboolean right =
                rows[i].opens == NULL ? *log == '\0' : g_str_has_prefix(log, rows[i].opens);
            if (!right)
                print_error("%s\nin pieces of %zu gives\n%s", rows[i].script, pieces[k], log);
            assert_true(right);
        }
}

static void decode_as(void **state)
{
    g_autoptr(Wire) wire = wire_new(50000, 1224, TRUE);
    assert_int_equal(mg_proto_port(wire->proto, 1224), MG_PROTOCOL_NONE);
    assert_int_equal(mg_proto_port(wire->proto, 993), MG_PROTOCOL_IMAP);
    mg_proto_set_port(wire->proto, 1224, MG_PROTOCOL_LMTP);
    assert_int_equal(mg_proto_port(wire->proto, 1224), MG_PROTOCOL_LMTP);
    wire_play(wire, "S: 220 x ESMTP");
    g_autofree char *log = wire_take(wire);
    assert_true(g_str_has_prefix(log, "open lmtp client=0\n"));
}

/* What a wire says when this script is played. */
static char *play(guint16 port, gboolean syn, const char *script, MgHowEnded how)
{
    g_autoptr(Wire) wire = wire_new(50000, port, syn);
    wire_play(wire, script);
    wire_end(wire, how, 1);
    return wire_take(wire);
}

static void silent(void **state)
{
    g_autofree char *log = play(25, TRUE, "", MG_ENDED_CLOSED);
    assert_string_equal(log, "open smtp client=0\nconnection.silent info\nclose closed\n");
    g_autofree char *stray = play(25, FALSE, "", MG_ENDED_IDLE);
    assert_string_equal(stray, "");
    g_autofree char *other = play(8025, TRUE, "", MG_ENDED_CLOSED);
    assert_string_equal(other, "");

    g_autoptr(Wire) wire = wire_new(50000, 25, TRUE);
    wire->flow.complete_start = FALSE;
    wire_end(wire, MG_ENDED_RESET, 1);
    g_autofree char *refused = wire_take(wire);
    assert_string_equal(refused, "open smtp client=0\nconnection.refused info\nclose reset\n");
}

static void proxy_header(void **state)
{
    static const char after[] = "S: 220 mx ESMTP\nC: QUIT\nS: 221 x";
    g_autofree char *v1 =
        g_strconcat("C: PROXY TCP4 198.51.100.7 203.0.113.9 35646 25\n", after, NULL);
    g_autofree char *log = play(25, TRUE, v1, MG_ENDED_CLOSED);
    assert_non_null(strstr(log, "smtp.proxy-preamble info | PROXY TCP4 198.51.100.7"));
    assert_non_null(strstr(log, "smtp.connect"));
    g_autoptr(Wire) wire = wire_new(50000, 25, TRUE);
    static const guint8 header[] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 'Q', 'U', 'I',
                                    'T',  0x0a, 0x21, 0x11, 0x00, 0x0c, 198,  51,  100, 7,
                                    203,  0,    113,  9,    0x8b, 0x3e, 0x00, 0x19};
    wire_send_raw(wire, 0, header, sizeof header);
    wire_play(wire, after);
    g_autofree char *binary = wire_take(wire);
    assert_true(g_str_has_prefix(
        binary, "open smtp client=0\nsmtp.proxy-preamble info\nsmtp.connect info 220\n"));

    gsize octets;
    g_autofree char *source = NULL;
    assert_int_equal(mg_preamble_proxy((MgSlice){header, sizeof header}, &octets, &source),
                     MG_DONE);
    assert_int_equal(octets, sizeof header);
    assert_string_equal(source, "198.51.100.7");
    for (gsize len = 0; len < sizeof header; len++) {
        g_autofree char *none = NULL;
        assert_int_equal(mg_preamble_proxy((MgSlice){header, len}, &octets, &none), MG_MORE);
    }
}

static void tls(void **state)
{
    g_autofree char *log =
        play(993, TRUE, "C= \\x16\\x03\\x01\\x00\\x02ab\nS= \\x16\\x03\\x03\\x00\\x01x",
             MG_ENDED_CLOSED);
    assert_string_equal(log, "open imap client=0\ntls.from-start info\nnote encrypted\n"
                             "close closed dark=1 7/6 records=0\n");
    /* On a port that begins in clear text too; and in the middle of a connection. */
    g_autofree char *clear = play(
        25, FALSE, "S= \\x17\\x03\\x03\\x00\\x01x\nC= \\x17\\x03\\x03\\x00\\x01x", MG_ENDED_IDLE);
    assert_string_equal(clear, "open smtp client=0\ntls.from-start info\nnote encrypted\n"
                               "close idle dark=1 6/6 records=2\n");
    /* The server answers in clear text: what it says is read. */
    g_autofree char *answer =
        play(465, TRUE, "C= \\x16\\x03\\x01\\x00\\x02ab\nS: 220 mx ESMTP", MG_ENDED_CLOSED);
    assert_string_equal(answer, "open smtp client=0\ntls.from-start info\nsmtp.connect info 220\n"
                                "note encrypted\nclose closed dark=1 7/0 records=0\n");
    /* Rubbish after the go-ahead is as dark as TLS. */
    g_autofree char *rubbish =
        play(25, TRUE, "S: 220 mx ESMTP\nC: STARTTLS\nS: 220 go\nC= \\x01\\x02\\x03\nS= \\xff\\x00",
             MG_ENDED_CLOSED);
    assert_string_equal(rubbish,
                        "open smtp client=0\nsmtp.connect info 220\nsmtp.starttls ok 220 | "
                        "STARTTLS\ntls.begins info\nnote encrypted\n"
                        "close closed dark=3 3/2 records=0\n");
    /* An SSLv2 ClientHello. */
    assert_int_equal(mg_detect_tls((MgSlice){(const guint8 *)"\x80\x2e\x01\x03\x01", 5}), MG_DONE);
    assert_int_equal(mg_detect_tls((MgSlice){(const guint8 *)"\x80\x2e", 2}), MG_MORE);
    assert_int_equal(mg_detect_tls((MgSlice){(const guint8 *)"\x16", 1}), MG_MORE);
    assert_int_equal(mg_detect_tls((MgSlice){(const guint8 *)"\x16\x04\x00", 3}), MG_MALFORMED);
    assert_int_equal(mg_detect_tls((MgSlice){(const guint8 *)"EHLO", 4}), MG_MALFORMED);
}

static void sasl_layer(void **state)
{
    g_autofree char *dark = play(25, TRUE,
                                 "S: 220 mx ESMTP\nC: AUTH GSSAPI YWJj\nS: 235 ok\n"
                                 "C= \\x00\\x00\\x00\\x01x\nS= \\x00\\x00\\x00\\x01y",
                                 MG_ENDED_CLOSED);
    assert_non_null(strstr(dark, "sasl.layer-begins info\n"));
    assert_non_null(strstr(dark, "dark=3 5/5"));
    g_autofree char *text = play(25, TRUE,
                                 "S: 220 mx ESMTP\nC: AUTH GSSAPI YWJj\nS: 235 ok\n"
                                 "C: QUIT\nS: 221 x",
                                 MG_ENDED_CLOSED);
    assert_null(strstr(text, "sasl.layer-begins"));
    assert_non_null(strstr(text, "smtp.quit ok 221"));
}

static void repeats(void **state)
{
    g_autoptr(Wire) wire = wire_new(50000, 25, TRUE);
    wire_play(wire, "S: 220 mx ESMTP\nC: QUIT\nS: 221 x");
    MgRepeat repeat = {.octets = 6, .first_frame = 2, .at = {.frame = 9, .capture = 1}};
    wire->sink.repeat(wire->sink.user, &wire->flow, 0, &repeat);
    wire->sink.repeat(wire->sink.user, &wire->flow, 0, &repeat);
    repeat.differs = TRUE;
    wire->sink.repeat(wire->sink.user, &wire->flow, 0, &repeat);
    g_autofree char *before = wire_take(wire);
    assert_non_null(strstr(before, "note overlap-differs\n"));
    assert_null(strstr(before, "duplicate"));
    wire_end(wire, MG_ENDED_CLOSED, 0);
    g_autofree char *log = wire_take(wire);
    assert_string_equal(log, "note duplicate-packets\nclose closed\n");
}

static void records(void **state)
{
    static const guint8 stream[] = {0x16, 3, 1, 0, 2, 'a',  'b', 0x17, 3, 3, 0, 1, 'x',
                                    0x17, 3, 3, 0, 0, 0x15, 3,   3,    0, 2, 1, 0};
    for (gsize piece = 1; piece <= sizeof stream; piece++) {
        MgDark dark = {0};
        for (gsize at = 0; at < sizeof stream; at += piece)
            mg_dark_feed(&dark, (MgSlice){stream + at, MIN(piece, sizeof stream - at)});
        assert_int_equal(dark.octets, sizeof stream);
        assert_int_equal(dark.records, 2);
        assert_false(dark.lost);
    }
    /* A hole inside a record is stepped over; one across its end loses count, until a segment
     * begins with a record. */
    MgDark dark = {0};
    mg_dark_feed(&dark, (MgSlice){(const guint8 *)"\x17\x03\x03\x00\x0a"
                                                  "12345",
                                  10});
    mg_dark_gap(&dark, 3);
    mg_dark_feed(&dark, (MgSlice){(const guint8 *)"90\x17\x03\x03\x00\x01x", 8});
    assert_int_equal(dark.records, 2);
    mg_dark_gap(&dark, 7);
    assert_true(dark.lost);
    mg_dark_feed(&dark, (MgSlice){(const guint8 *)"\x17\x03\x03\x00\x01x", 6});
    assert_int_equal(dark.records, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognised),   cmocka_unit_test(decode_as), cmocka_unit_test(silent),
        cmocka_unit_test(proxy_header), cmocka_unit_test(tls),       cmocka_unit_test(sasl_layer),
        cmocka_unit_test(repeats),      cmocka_unit_test(records),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
