/* The facts about a message that streams by, and where its text ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/content.h"

static const char message[] = "Received: from a (a [192.0.2.1])\r\n"
                              "\tby b with ESMTP id 4F1A2; Fri, 20 Nov 2026 12:00:00 +0000\r\n"
                              "Received: from c by a id 77\r\n"
                              "Message-ID: <lunch@example.org>\r\n"
                              "From: =?utf-8?q?Ann=C3=A4?= <anna@example.org>\r\n"
                              "To: Team: bob@example.org, Carol <carol@example.org>;\r\n"
                              "Cc: \"Dave, D.\" <dave@example.org>\r\n"
                              "Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\n"
                              " =?utf-8?b?IHp1IE1pdHRhZw==?=\r\n"
                              "Date: Fri, 20 Nov 2026 11:59:58 +0000\r\n"
                              "In-Reply-To: <earlier@example.org>\r\n"
                              "\r\n"
                              "First line\r\n"
                              "\r\n"
                              ".dot\r\n";

static MgContent *read_cut(MgContentKind kind, const char *text, gsize len, gsize cut, gsize step)
{
    MgContentReader *reader = mg_content_reader_new(kind);
    gsize at = 0;
    if (cut > 0)
        mg_content_reader_feed(reader, (const guint8 *)text, cut);
    for (at = cut; at < len; at += step)
        mg_content_reader_feed(reader, (const guint8 *)text + at, MIN(step, len - at));
    assert_int_equal(mg_content_reader_octets(reader), len);
    return mg_content_reader_finish(reader, TRUE);
}

static MgContent *read_all(MgContentKind kind, const char *text)
{
    return read_cut(kind, text, strlen(text), 0, MAX(strlen(text), 1));
}

static void check_message(const MgContent *content)
{
    assert_int_equal(content->octets, sizeof message - 1);
    assert_int_equal(content->lines, 15);
    assert_true(content->complete && content->has_header && content->has_body);
    assert_int_equal(content->missing, 0);
    assert_string_equal(content->message_id, "<lunch@example.org>");
    assert_string_equal(content->subject, "Grüße zu Mittag");
    assert_string_equal(content->from, "anna@example.org");
    assert_int_equal(g_strv_length(content->to), 3);
    assert_string_equal(content->to[0], "bob@example.org");
    assert_string_equal(content->to[1], "carol@example.org");
    assert_string_equal(content->to[2], "dave@example.org");
    assert_string_equal(content->date, "Fri, 20 Nov 2026 11:59:58 +0000");
    assert_string_equal(content->in_reply_to, "<earlier@example.org>");
    assert_int_equal(g_strv_length(content->received), 2);
    assert_string_equal(content->received[0], "from a (a [192.0.2.1])\tby b with ESMTP id 4F1A2; "
                                              "Fri, 20 Nov 2026 12:00:00 +0000");
    assert_false(content->is_report);
    assert_int_equal(content->head_len, strstr(message, "\r\n\r\n") + 2 - message);
    assert_memory_equal(content->head, message, content->head_len);
    assert_int_equal(strlen(content->fingerprint), 64);
    assert_int_equal(strlen(content->body_digest), 64);
}

static void whole_and_cut_anywhere(void **state)
{
    g_autoptr(MgContent) whole = read_all(MG_READ_MESSAGE, message);
    check_message(whole);
    for (gsize cut = 0; cut <= sizeof message - 1; cut++) {
        g_autoptr(MgContent) content =
            read_cut(MG_READ_MESSAGE, message, sizeof message - 1, cut, sizeof message);
        check_message(content);
        assert_string_equal(content->fingerprint, whole->fingerprint);
        assert_string_equal(content->body_digest, whole->body_digest);
    }
    g_autoptr(MgContent) octets = read_cut(MG_READ_MESSAGE, message, sizeof message - 1, 0, 1);
    check_message(octets);
    assert_string_equal(octets->fingerprint, whole->fingerprint);
}

static void line_ends_made_equal(void **state)
{
    const char *const forms[] = {"a\r\nb\r\n", "a\nb\n", "a\r\nb", "a\nb\r\n\r\n\n"};
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(sum, (const guchar *)"a\r\nb\r\n", 6);
        g_autoptr(MgContent) content = read_cut(MG_READ_BODY, forms[i], strlen(forms[i]), 0, 1);
        assert_string_equal(content->body_digest, g_checksum_get_string(sum));
        assert_null(content->fingerprint);
        assert_null(content->head);
        assert_int_equal(content->octets, strlen(forms[i]));
    }
    g_autoptr(MgContent) lone_cr = read_all(MG_READ_BODY, "a\rb\r\r\n");
    g_autoptr(MgContent) lone_cr_cut = read_cut(MG_READ_BODY, "a\rb\r\r\n", 6, 0, 1);
    g_autoptr(MgContent) line_end = read_all(MG_READ_BODY, "a\nb\r\n");
    assert_string_equal(lone_cr->body_digest, lone_cr_cut->body_digest);
    assert_string_not_equal(lone_cr->body_digest, line_end->body_digest);
}

static char *fingerprint_of(const char *text)
{
    g_autoptr(MgContent) content = read_all(MG_READ_MESSAGE, text);
    return g_strdup(content->fingerprint);
}

static void fingerprint_survives_servers(void **state)
{
    g_autofree char *sent =
        fingerprint_of("From: a@b\r\nSubject: x\r\n  y\r\nDate: now\r\n\r\nHi\r\n");
    g_autofree char *stored =
        fingerprint_of("Return-Path: <a@b>\r\nReceived: by c\r\n\tid 1\r\nX-Spam-Score: 0\r\n"
                       "DKIM-Signature: v=1; b=abc\r\nMessage-ID: <new@c>\r\n"
                       "Date: now\r\nfrom:  a@b \r\nSubject: x y\r\nARC-Seal: i=1\r\n"
                       "Delivered-To: d@e\r\nStatus: RO\r\n\r\nHi\r\n");
    g_autofree char *bare = fingerprint_of("From: a@b\nSubject: x y\nDate: now\n\nHi\n");
    g_autofree char *other_body =
        fingerprint_of("From: a@b\r\nSubject: x y\r\nDate: now\r\n\r\nHo\r\n");
    g_autofree char *other_subject =
        fingerprint_of("From: a@b\r\nSubject: x z\r\nDate: now\r\n\r\nHi\r\n");
    assert_string_equal(sent, stored);
    assert_string_equal(sent, bare);
    assert_string_not_equal(sent, other_body);
    assert_string_not_equal(sent, other_subject);
}

static void odd_headers(void **state)
{
    /* The mbox line, a blank before the colon, no angle brackets, a field twice. */
    g_autoptr(MgContent) odd =
        read_all(MG_READ_MESSAGE, "From bob Fri Nov 20\r\nMessage-Id : a@b\r\n"
                                  "Subject: one\r\nSubject: two\r\n\r\n");
    assert_string_equal(odd->message_id, "a@b");
    assert_string_equal(odd->subject, "one");
    assert_true(odd->has_header);
    assert_false(odd->has_body);
    /* No header at all. */
    g_autoptr(MgContent) plain = read_all(MG_READ_MESSAGE, "Hello there\r\nFrom: nobody\r\n");
    assert_true(plain->has_body);
    assert_null(plain->from);
    /* No empty line and no body. */
    g_autoptr(MgContent) head = read_all(MG_READ_MESSAGE, "Subject: x\r\nFrom: a@b");
    assert_true(head->has_header);
    assert_string_equal(head->from, "a@b");
    assert_int_equal(head->lines, 2);
    /* Nothing. */
    g_autoptr(MgContent) nothing = read_all(MG_READ_MESSAGE, "");
    assert_int_equal(nothing->octets, 0);
    assert_null(nothing->head);
    /* A report. */
    g_autoptr(MgContent) report = read_all(
        MG_READ_MESSAGE, "Content-Type: Multipart/Report; report-type=delivery-status\r\n\r\n");
    assert_true(report->is_report);
    /* NULs and octets that are no UTF-8. */
    static const char nul[] = "Subject: a\0b\xff\r\n\r\n";
    g_autoptr(MgContent) bad = read_cut(MG_READ_MESSAGE, nul, sizeof nul - 1, 0, 4);
    assert_true(g_utf8_validate(bad->subject, -1, NULL));
    assert_true(g_str_has_prefix(bad->subject, "a b"));
}

static void header_kind(void **state)
{
    g_autoptr(MgContent) top = read_all(MG_READ_HEADER, "Subject: x\r\n\r\nline\r\n");
    assert_true(top->has_header && top->has_body);
    assert_null(top->fingerprint);
    assert_null(top->body_digest);
    g_autoptr(MgContent) fields = read_all(MG_READ_HEADER, "Subject: x\r\n\r\n");
    assert_true(fields->has_header);
    assert_false(fields->has_body);
}

static void holes(void **state)
{
    MgContentReader *reader = mg_content_reader_new(MG_READ_MESSAGE);
    const char *before = "Subject: x\r\nMessage-ID: <a@b>\r\nTo: lo";
    const char *after = "ng@c\r\nFrom: d@e\r\n\r\nbody\r\n";
    mg_content_reader_feed(reader, (const guint8 *)before, strlen(before));
    mg_content_reader_gap(reader, 40);
    mg_content_reader_feed(reader, (const guint8 *)after, strlen(after));
    g_autoptr(MgContent) header = mg_content_reader_finish(reader, TRUE);
    assert_true(header->complete);
    assert_int_equal(header->missing, 40);
    assert_string_equal(header->subject, "x");
    assert_null(header->message_id); /* it could have been folded inside the hole */
    assert_null(header->to);
    assert_null(header->from);
    assert_false(header->has_header);
    assert_null(header->fingerprint);
    assert_null(header->body_digest);

    reader = mg_content_reader_new(MG_READ_MESSAGE);
    mg_content_reader_feed(reader, (const guint8 *)"Subject: x\r\n\r\nbo", 16);
    mg_content_reader_gap(reader, 1);
    g_autoptr(MgContent) body = mg_content_reader_finish(reader, TRUE);
    assert_true(body->has_header && body->has_body);
    assert_null(body->fingerprint);
    assert_string_equal(body->subject, "x");

    reader = mg_content_reader_new(MG_READ_MESSAGE);
    mg_content_reader_feed(reader, (const guint8 *)"Subject: x\r\nTo: a@b\r\n", 21);
    g_autoptr(MgContent) broken = mg_content_reader_finish(reader, FALSE);
    assert_false(broken->complete || broken->has_header);
    assert_string_equal(broken->subject, "x");
    assert_null(broken->to);
}

static void header_over_the_limit(void **state)
{
    g_autoptr(GString) text = g_string_new("Subject: x\r\nX-Long: ");
    while (text->len < MG_LIMIT_HEADER + 100)
        g_string_append(text, "0123456789");
    g_string_append(text, "\r\nFrom: a@b\r\n\r\nbody\r\n");
    g_autoptr(MgContent) content = read_cut(MG_READ_MESSAGE, text->str, text->len, 0, 1000);
    assert_true(content->has_header && content->has_body);
    assert_int_equal(content->head_len, MG_LIMIT_HEADER);
    assert_string_equal(content->subject, "x");
    assert_null(content->fingerprint);
    assert_non_null(content->body_digest);
}

static void many_addresses(void **state)
{
    g_autoptr(GString) text = g_string_new("To: ");
    for (guint i = 0; i < 1500; i++)
        g_string_append_printf(text, "\"Bob, %u\" (x, y) <bob%u@example.org>,\r\n ", i, i);
    g_string_append(text, "last@example.org\r\n\r\n");
    g_autoptr(MgContent) content = read_all(MG_READ_MESSAGE, text->str);
    assert_int_equal(g_strv_length(content->to), 1501);
    assert_string_equal(content->to[1499], "bob1499@example.org");
    assert_string_equal(content->to[1500], "last@example.org");
    /* This must not take seconds. */
    g_string_assign(text, "To: ");
    while (text->len < MG_LIMIT_HEADER - 100)
        g_string_append(text, "a,");
    g_string_append(text, "\r\n\r\n");
    gint64 begun = g_get_monotonic_time();
    g_autoptr(MgContent) bare = read_all(MG_READ_MESSAGE, text->str);
    assert_true(g_get_monotonic_time() - begun < 2 * G_USEC_PER_SEC);
    assert_non_null(bare->to);
}

/* ---- the end mark ---- */

typedef struct {
    gboolean ended;
    gsize used;
    MgUnstuff unstuff;
    guint64 octets;
    char *body_digest;
} Unstuffed;

static Unstuffed unstuff_cut(const char *text, gsize cut, gsize step)
{
    Unstuffed result = {0};
    gsize len = strlen(text);
    MgContentReader *reader = mg_content_reader_new(MG_READ_BODY);
    for (gsize at = 0; at < len && !result.ended;) {
        gsize part = at < cut ? cut : MIN(step, len - at), used = 0;
        result.ended =
            mg_unstuff_feed(&result.unstuff, (const guint8 *)text + at, part, reader, &used);
        if (!result.ended)
            assert_int_equal(used, part);
        at += used;
        result.used += used;
    }
    MgContent *content = mg_content_reader_finish(reader, TRUE);
    result.octets = content->octets;
    result.body_digest = g_strdup(content->body_digest);
    mg_content_unref(content);
    return result;
}

static void end_marks(void **state)
{
    const struct {
        const char *text;
        const char *message;
        gboolean ended;
        gsize used;
        guint64 lines;
        gboolean odd, maybe;
    } cases[] = {
        {"a\r\n.\r\nQUIT\r\n", "a\r\n", TRUE, 6, 1, FALSE, FALSE},
        {".\r\n", "", TRUE, 3, 0, FALSE, FALSE},
        {"..\r\n...\r\n.x\r\n.\r\n", ".\r\n..\r\nx\r\n", TRUE, 16, 3, FALSE, FALSE},
        {"a.\r\n.\r\n", "a.\r\n", TRUE, 7, 1, FALSE, FALSE},
        {".\rx\r\n.\r\n", "\rx\r\n", TRUE, 8, 1, FALSE, FALSE},
        {".\r\r\n.\r\n", "\r\r\n", TRUE, 7, 1, FALSE, FALSE},
        {"a\r\r\n.\r\n", "a\r\r\n", TRUE, 7, 1, FALSE, FALSE},
        {"a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", TRUE, 10, 3, TRUE, FALSE},
        {"a\n.\r\nb\r\n.\r\n", "a\n.\r\nb\r\n", TRUE, 11, 3, TRUE, FALSE},
        {"a\r\n.\nb\r\n.\r\n", "a\r\n.\nb\r\n", TRUE, 11, 3, TRUE, FALSE},
        {"a\n..x\n.y\r\n.\r\n", "a\n.x\n.y\r\n", TRUE, 13, 3, FALSE, FALSE},
        {"a\n.\n", "a\n", FALSE, 4, 2, TRUE, TRUE},
        {"a\n.\r\n", "a\n", FALSE, 5, 2, TRUE, TRUE},
        {"a\r\n..\r\n..\r\n", "a\r\n.\r\n.\r\n", FALSE, 11, 3, FALSE, FALSE},
        {"a\r\n.", "a\r\n", FALSE, 4, 1, FALSE, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MgContent) expected = read_all(MG_READ_BODY, cases[i].message);
        for (gsize cut = 0; cut <= strlen(cases[i].text) + 1; cut++) {
            gsize len = strlen(cases[i].text);
            Unstuffed got = cut > len ? unstuff_cut(cases[i].text, 0, 1)
                                      : unstuff_cut(cases[i].text, cut, len + 1);
            assert_int_equal(got.ended, cases[i].ended);
            assert_int_equal(got.used, cases[i].used);
            assert_int_equal(got.unstuff.lines, cases[i].lines);
            assert_int_equal(got.unstuff.lf_dot_lf, cases[i].odd);
            assert_int_equal(got.unstuff.maybe_ended, cases[i].maybe);
            assert_int_equal(got.octets, strlen(cases[i].message));
            assert_string_equal(got.body_digest, expected->body_digest);
            g_free(got.body_digest);
        }
    }
}

static void end_mark_behind_a_hole(void **state)
{
    const struct {
        const char *text;
        const char *message;
        gboolean ended, maybe;
    } cases[] = {
        {".\r\n", "", FALSE, TRUE},
        {".\r\nmore\r\n.\r\n", ".\r\nmore\r\n", TRUE, FALSE},
        {"word\r\n.\r\n", "word\r\n", TRUE, FALSE},
        {"\n.\r\n", "\n", TRUE, FALSE},
        {"\r\n.\r\n", "\r\n", TRUE, FALSE},
        {"..x\r\n.\r\n", "..x\r\n", TRUE, FALSE},
        {".\rx\r\n.\r\n", ".\rx\r\n", TRUE, FALSE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (gsize step = 1; step < 20; step++) {
            gsize len = strlen(cases[i].text), used = 0;
            MgUnstuff unstuff = {0};
            MgContentReader *reader = mg_content_reader_new(MG_READ_BODY);
            assert_false(mg_unstuff_feed(&unstuff, (const guint8 *)"a\r\n.", 4, reader, &used));
            mg_unstuff_gap(&unstuff);
            gboolean ended = FALSE;
            for (gsize at = 0; at < len; at += used)
                ended = mg_unstuff_feed(&unstuff, (const guint8 *)cases[i].text + at,
                                        MIN(step, len - at), reader, &used);
            assert_int_equal(ended, cases[i].ended);
            assert_int_equal(unstuff.maybe_ended, cases[i].maybe);
            assert_int_equal(mg_content_reader_octets(reader), 3 + strlen(cases[i].message));
            assert_false(unstuff.lf_dot_lf);
            mg_content_reader_free(reader);
        }
    }
}

static void decoding(void **state)
{
    g_autofree char *subject = mg_content_decode("=?utf-8?q?Gr=C3=BC=C3=9Fe?=");
    assert_string_equal(subject, "Grüße");
    g_autofree char *raw = mg_content_decode("caf\xe9");
    assert_true(g_utf8_validate(raw, -1, NULL));
    g_autofree char *broken = mg_content_decode("=?utf-8?q?=FF=FE?= =?x?");
    assert_true(g_utf8_validate(broken, -1, NULL));
}

/* What a Received field tells of a hop. */
static void hops(void **state)
{
    static const struct {
        const char *received, *from, *address, *by, *with, *id, *date;
    } rows[] = {
        {"from alice-pc (alice-pc.example.org [192.0.2.10])\tby mx.example.net (Postfix) with "
         "ESMTPSA id 4F1A2 for <bob@example.org>; Fri, 20 Nov 2026 12:00:00 +0000 (UTC)",
         "alice-pc", "192.0.2.10", "mx.example.net", "ESMTPSA", "4F1A2",
         "Fri, 20 Nov 2026 12:00:00 +0000 (UTC)"},
        {"by mx.example.net (Postfix, from userid 1000) id 77; today", NULL, NULL, "mx.example.net",
         NULL, "77", "today"},
        {"from [IPv6:2001:db8::1] (port=1 helo=x) by y.example.org with esmtp (Exim) id 1a-b-c",
         "[IPv6:2001:db8::1]", "2001:db8::1", "y.example.org", "esmtp", "1a-b-c", NULL},
        {"FROM a (by b (id c) \\) with d) BY e ID f;", "a", NULL, "e", NULL, "f", NULL},
        {"from a by b (a comment without end [192.0.2.1]", "a", NULL, "b", NULL, NULL, NULL},
        {"from a ([not an address]) by", "a", NULL, NULL, NULL, NULL, NULL},
        {"", NULL, NULL, NULL, NULL, NULL, NULL},
        {"by by with with", NULL, NULL, "by", "with", NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(MgHop) hop = mg_hop_new(rows[i].received);
        const char *const got[] = {hop->from, hop->address, hop->by, hop->with, hop->id, hop->date};
        const char *const want[] = {rows[i].from, rows[i].address, rows[i].by,
                                    rows[i].with, rows[i].id,      rows[i].date};
        for (gsize k = 0; k < G_N_ELEMENTS(want); k++) {
            if (g_strcmp0(got[k], want[k]) != 0)
                fail_msg("row %zu, clause %zu: %s", i, k, got[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_and_cut_anywhere),
        cmocka_unit_test(line_ends_made_equal),
        cmocka_unit_test(fingerprint_survives_servers),
        cmocka_unit_test(odd_headers),
        cmocka_unit_test(header_kind),
        cmocka_unit_test(holes),
        cmocka_unit_test(header_over_the_limit),
        cmocka_unit_test(many_addresses),
        cmocka_unit_test(end_marks),
        cmocka_unit_test(end_mark_behind_a_hole),
        cmocka_unit_test(decoding),
        cmocka_unit_test(hops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
