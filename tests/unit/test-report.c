/* What a delivery report says about another message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/content.h"

#define OUTER(type)                                                                                \
    "Message-ID: <report@mx.example.net>\r\n"                                                      \
    "Content-Type: multipart/report; report-type=" type ";\r\n"                                    \
    "\tboundary=\"=_b/1\"\r\n"                                                                     \
    "\r\n"                                                                                         \
    "This is MIME.\r\n"                                                                            \
    "--=_b/1\r\n"                                                                                  \
    "Content-Type: text/plain\r\n"                                                                 \
    "\r\n"                                                                                         \
    "Final-Recipient: rfc822; not-here@example.org\r\n"                                            \
    "Action: failed\r\n"

static const char failed[] =
    OUTER("delivery-status") "--=_b/1\r\n"
                             "Content-Description: Delivery report\r\n"
                             "Content-Type: message/delivery-status\r\n"
                             "\r\n"
                             "Reporting-MTA: dns; mx.example.net\r\n"
                             "X-Postfix-Queue-ID: 4F1A2C0\r\n"
                             "Original-Envelope-Id: QQ314159\r\n"
                             "Arrival-Date: Fri, 20 Nov 2026 12:00:00 +0000\r\n"
                             "\r\n"
                             "Final-Recipient: rfc822; bob@example.org\r\n"
                             "Original-Recipient: rfc822;robert@example.org\r\n"
                             "Action: Failed (no such user)\r\n"
                             "Status: 5.1.1\r\n"
                             "Remote-MTA: dns; mail.example.org\r\n"
                             "Diagnostic-Code: smtp; 550 5.1.1 <bob@example.org>:\r\n"
                             "    no such user\r\n"
                             "\r\n"
                             "Final-Recipient: LOCAL; <carol@example.org>\r\n"
                             "Action: delayed\r\n"
                             "Status: 4.4.1\r\n"
                             "\r\n"
                             "Status: 2.0.0\r\n"
                             "\r\n"
                             "--=_b/1 \r\n"
                             "Content-Type: message/rfc822\r\n"
                             "\r\n"
                             "Received: from c by mx.example.net with ESMTP id 4F1A2C0;\r\n"
                             " Fri, 20 Nov 2026 12:00:00 +0000\r\n"
                             "Message-ID: <lunch@example.net>\r\n"
                             "\r\n"
                             "Message-ID: <in-the-text@example.net>\r\n"
                             "--=_b/1--\r\n"
                             "Message-ID: <behind@example.net>\r\n";

static MgContent *read_text(const char *text, gsize cut, gsize step)
{
    MgContentReader *reader = mg_content_reader_new(MG_READ_MESSAGE);
    const guint8 *data = (const guint8 *)text;
    gsize len = strlen(text), first = MIN(cut, len);
    mg_content_reader_feed(reader, data, first);
    for (gsize at = first; at < len; at += step)
        mg_content_reader_feed(reader, data + at, MIN(step, len - at));
    return mg_content_reader_finish(reader, TRUE);
}

static void check_failed(const MgContent *content)
{
    assert_string_equal(content->message_id, "<report@mx.example.net>");
    assert_true(content->is_report);
    const MgReport *report = content->report;
    assert_non_null(report);
    assert_false(report->is_receipt);
    assert_string_equal(report->message_id, "<lunch@example.net>");
    assert_string_equal(report->envelope_id, "QQ314159");
    assert_string_equal(report->queue_id, "4F1A2C0");
    assert_string_equal(report->reporting_mta, "mx.example.net");
    assert_int_equal(g_strv_length(report->received), 1);
    assert_int_equal(report->recipients->len, 2);
    const MgReportRecipient *bob = report->recipients->pdata[0];
    assert_string_equal(bob->recipient, "bob@example.org");
    assert_string_equal(bob->original, "robert@example.org");
    assert_string_equal(bob->action, "failed");
    assert_string_equal(bob->status, "5.1.1");
    assert_non_null(strstr(bob->diagnostic, "no such user"));
    const MgReportRecipient *carol = report->recipients->pdata[1];
    assert_string_equal(carol->recipient, "carol@example.org");
    assert_null(carol->original);
    assert_string_equal(carol->action, "delayed");
    assert_string_equal(carol->status, "4.4.1");
}

/* Cut anywhere, it says the same. */
static void test_failed(void **state)
{
    (void)state;
    for (gsize cut = 0; cut < sizeof failed; cut++) {
        g_autoptr(MgContent) content = read_text(failed, cut, sizeof failed);
        check_failed(content);
    }
    g_autoptr(MgContent) octets = read_text(failed, 0, 1);
    check_failed(octets);
}

/* Without the returned message, and without the last boundary. */
static void test_short(void **state)
{
    (void)state;
    static const char text[] =
        OUTER("delivery-status") "--=_b/1\r\n"
                                 "Content-Type: message/delivery-status\r\n"
                                 "\r\n"
                                 "Reporting-MTA: dns; mx.example.net\r\n"
                                 "\r\n"
                                 "Final-Recipient: rfc822; bob@example.org\r\n"
                                 "Action: relayed\r\n"
                                 "Status: 2.1.9\r\n";
    g_autoptr(MgContent) content = read_text(text, 0, 7);
    assert_non_null(content->report);
    assert_null(content->report->message_id);
    assert_int_equal(content->report->recipients->len, 1);
    const MgReportRecipient *bob = content->report->recipients->pdata[0];
    assert_string_equal(bob->action, "relayed");
}

static void test_headers_only(void **state)
{
    (void)state;
    static const char text[] =
        OUTER("delivery-status") "--=_b/1\r\n"
                                 "Content-Type: message/global-delivery-status\r\n"
                                 "Content-Transfer-Encoding: base64\r\n"
                                 "\r\n"
                                 "UmVwb3J0aW5nLU1UQTogZG5zOyBteA0KDQpGaW5hbC1SZWNpcGllbnQ6IHV0Zi04O"
                                 "yBiw7ZiQGV4\r\n"
                                 "YW1wbGUub3JnDQpBY3Rpb246IGZhaWxlZA0K\r\n"
                                 "--=_b/1\r\n"
                                 "Content-Type: text/rfc822-headers; charset=us-ascii\r\n"
                                 "\r\n"
                                 "Message-ID:\r\n"
                                 " <lunch@example.net>\r\n"
                                 "--=_b/1--\r\n";
    g_autoptr(MgContent) content = read_text(text, 0, 11);
    assert_non_null(content->report);
    assert_string_equal(content->report->message_id, "<lunch@example.net>");
    assert_string_equal(content->report->reporting_mta, "mx");
    const MgReportRecipient *bob = content->report->recipients->pdata[0];
    assert_string_equal(bob->recipient, "böb@example.org");
}

static void test_receipt(void **state)
{
    (void)state;
    static const char text[] =
        OUTER("disposition-notification") "--=_b/1\r\n"
                                          "Content-Type: message/disposition-notification\r\n"
                                          "\r\n"
                                          "Reporting-UA: bob-pc; Some Program\r\n"
                                          "Final-Recipient: rfc822;bob@example.org\r\n"
                                          "Original-Message-ID: <lunch@example.net>\r\n"
                                          "Disposition: manual-action/MDN-sent-manually; "
                                          "displayed/error\r\n"
                                          "\r\n"
                                          "--=_b/1--\r\n";
    g_autoptr(MgContent) content = read_text(text, 0, 5);
    assert_non_null(content->report);
    assert_true(content->report->is_receipt);
    assert_string_equal(content->report->message_id, "<lunch@example.net>");
    const MgReportRecipient *bob = content->report->recipients->pdata[0];
    assert_string_equal(bob->action, "displayed");
    assert_string_equal(bob->recipient, "bob@example.org");
}

/* Neither other types, nor a report without a part for programs, nor a cut one. */
static void test_nothing(void **state)
{
    (void)state;
    static const char mixed[] = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
                                "Content-Type: message/delivery-status\r\n\r\n"
                                "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822;b@x\r\n"
                                "Action: failed\r\n--b--\r\n";
    static const char bare[] = "Content-Type: multipart/report\r\n\r\nAction: failed\r\n";
    g_autoptr(MgContent) one = read_text(mixed, 0, 9);
    assert_null(one->report);
    g_autoptr(MgContent) two = read_text(bare, 0, 9);
    assert_null(two->report);
    assert_true(two->is_report);
    g_autoptr(MgContent) three = read_text(OUTER("delivery-status"), 0, 9);
    assert_null(three->report);
}

/* A hole ends the reading; what was whole before it counts. */
static void test_gap(void **state)
{
    (void)state;
    const char *returned = strstr(failed, "Message-ID: <in-the-text");
    const char *bob = strstr(failed, "Remote-MTA");
    for (guint i = 0; i < 2; i++) {
        gsize at = (gsize)((i == 0 ? returned : bob) - failed);
        MgContentReader *reader = mg_content_reader_new(MG_READ_MESSAGE);
        mg_content_reader_feed(reader, (const guint8 *)failed, at);
        mg_content_reader_gap(reader, 10);
        mg_content_reader_feed(reader, (const guint8 *)failed + at + 10, sizeof failed - 11 - at);
        g_autoptr(MgContent) content = mg_content_reader_finish(reader, TRUE);
        if (i == 0)
            check_failed(content);
        else
            assert_null(content->report);
    }
}

/* Very long lines, very many groups: bounded. */
static void test_limits(void **state)
{
    (void)state;
    GString *text =
        g_string_new(OUTER("delivery-status") "--=_b/1\r\n"
                                              "Content-Type: message/delivery-status\r\n\r\nX: ");
    for (guint i = 0; i < 200000; i++)
        g_string_append_c(text, 'x');
    g_string_append(text, "\r\n\r\n");
    for (guint i = 0; i < 20000; i++)
        g_string_append(text, "Final-Recipient: ;a\r\nAction: failed\r\n\r\n");
    g_autoptr(MgContent) content = read_text(text->str, 0, 4096);
    assert_non_null(content->report);
    assert_in_range(content->report->recipients->len, 1, MG_LIMIT_REPORT_GROUPS);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed),  cmocka_unit_test(test_short),
        cmocka_unit_test(test_receipt), cmocka_unit_test(test_headers_only),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_gap),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
