/* Where a line ends, what it hides, and its words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/line.h"

static MgBytes offer(const char *text, gsize len, gboolean final)
{
    static const MgPlacement places[] = {
        {.offset = 100, .at = {.frame = 5, .time = 50}},
        {.offset = 104, .at = {.frame = 7, .time = 70}},
    };
    return (MgBytes){.slice = {(const guint8 *)text, len},
                     .offset = 100,
                     .places = places,
                     .n_places = G_N_ELEMENTS(places),
                     .final = final};
}

static void line_ends(void **state)
{
    MgBytes bytes = offer("QUIT\r\nNOOP\nLAST", 15, FALSE);
    MgLine line;
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_true(mg_slice_is(line.text, "quit"));
    assert_int_equal(line.whole, 6);
    assert_int_equal(line.offset, 100);
    assert_false(line.bare_lf || line.unended);
    MgFrames frames = {0};
    mg_line_frames(&line, &bytes, &frames);
    assert_int_equal(frames.count, 2);
    assert_int_equal(mg_line_begun(&line, &bytes).frame, 5);
    assert_int_equal(mg_line_ended(&line, &bytes).frame, 7);
    assert_int_equal(mg_line_next(&bytes, 6, &line), MG_DONE);
    assert_true(mg_slice_is(line.text, "NOOP"));
    assert_int_equal(line.whole, 5);
    assert_true(line.bare_lf);
    assert_int_equal(mg_line_next(&bytes, 11, &line), MG_MORE);
    bytes.final = TRUE;
    assert_int_equal(mg_line_next(&bytes, 11, &line), MG_DONE);
    assert_true(mg_slice_is(line.text, "LAST"));
    assert_true(line.unended);
    assert_int_equal(mg_line_next(&bytes, 15, &line), MG_MORE);
}

static void line_odd_ends(void **state)
{
    MgLine line;
    MgBytes bytes = offer("\r\n", 2, FALSE);
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_int_equal(line.text.len, 0);
    assert_false(line.bare_lf);
    bytes = offer("\n", 1, FALSE);
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_int_equal(line.text.len, 0);
    assert_true(line.bare_lf);
    bytes = offer("A\r\r\n", 4, FALSE);
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_int_equal(line.text.len, 2);
    bytes = offer("A\r", 2, FALSE);
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_MORE);
    bytes.final = TRUE;
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_int_equal(line.text.len, 1);
    assert_int_equal(line.whole, 2);
    assert_true(line.unended);
}

static void line_over_the_limit(void **state)
{
    gsize len = MG_LIMIT_LINE + 10;
    g_autofree char *text = g_strnfill(len, 'x');
    MgLine line;
    MgBytes bytes = offer(text, MG_LIMIT_LINE, FALSE);
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_MORE);
    bytes = offer(text, len, FALSE);
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_true(line.unended);
    assert_int_equal(line.whole, MG_LIMIT_LINE);
    text[len - 1] = '\n';
    assert_int_equal(mg_line_next(&bytes, 0, &line), MG_DONE);
    assert_true(line.unended);
    assert_int_equal(mg_line_next(&bytes, line.whole, &line), MG_DONE);
    assert_false(line.unended);
    assert_int_equal(line.whole, 10);
}

static const MgSecret *secret(const MgText *text, guint number)
{
    assert_non_null(text->secrets);
    assert_true(number < text->secrets->len);
    return &g_array_index(text->secrets, MgSecret, number);
}

static void hiding(void **state)
{
    g_autoptr(MgText) text = mg_text_new("PASS open sesame now", -1);
    mg_text_hide(text, 5, 4, 1000);
    mg_text_hide(text, 17, 100, 1000);
    mg_text_hide(text, 40, 1, 1000);
    mg_text_hide(text, 3, 0, 1000);
    assert_int_equal(text->secrets->len, 2);
    assert_int_equal(secret(text, 0)->stream_offset, 1005);
    assert_int_equal(secret(text, 1)->len, 3);
    mg_text_hide(text, 7, 5, 1000);
    assert_int_equal(text->secrets->len, 2);
    assert_int_equal(secret(text, 0)->at, 5);
    assert_int_equal(secret(text, 0)->len, 7);
    mg_text_hide(text, 2, 1, 1000); /* in front, apart */
    assert_int_equal(text->secrets->len, 3);
    assert_int_equal(secret(text, 0)->at, 2);
    mg_text_hide(text, 0, 20, 1000); /* swallows all */
    assert_int_equal(text->secrets->len, 1);
    assert_int_equal(secret(text, 0)->at, 0);
    assert_int_equal(secret(text, 0)->len, 20);
    assert_int_equal(secret(text, 0)->stream_offset, 1000);
}

static void hiding_around_a_literal(void **state)
{
    /* The literal came two octets later in the stream than in the text. */
    g_autoptr(MgText) text = mg_text_new("a LOGIN {3}bob secret", -1);
    mg_text_hide(text, 11, 3, 502);
    mg_text_hide(text, 8, 3, 500);
    assert_int_equal(text->secrets->len, 2);
    mg_text_hide(text, 8, 10, 500);
    assert_int_equal(text->secrets->len, 3);
    assert_int_equal(secret(text, 0)->stream_offset, 508);
    assert_int_equal(secret(text, 1)->stream_offset, 513);
    assert_int_equal(secret(text, 2)->stream_offset, 514);
    assert_int_equal(secret(text, 2)->len, 4);
}

static void words(void **state)
{
    const char *raw = " \tRETR  12\t";
    MgSlice rest = {(const guint8 *)raw, strlen(raw)};
    assert_true(mg_slice_is(mg_word_next(&rest), "retr"));
    MgSlice number = mg_word_next(&rest);
    guint64 value = 0;
    assert_true(mg_slice_number(number, 12, &value));
    assert_int_equal(value, 12);
    assert_false(mg_slice_number(number, 11, &value));
    assert_false(mg_slice_number(number, 1, &value));
    assert_int_equal(mg_word_next(&rest).len, 0);
    MgSlice nothing = {NULL, 0};
    assert_int_equal(mg_word_next(&nothing).len, 0);
    assert_false(mg_slice_number(nothing, 9, &value));
    assert_true(mg_slice_begins((MgSlice){(const guint8 *)"+ok", 3}, "+OK"));
    assert_false(mg_slice_begins((MgSlice){(const guint8 *)"+o", 2}, "+OK"));
    g_autofree char *dup = mg_slice_dup((MgSlice){(const guint8 *)"a\0b", 3});
    assert_string_equal(dup, "a b");
}

static void numbers_at_the_edge(void **state)
{
    guint64 value = 0;
    MgSlice most = {(const guint8 *)"18446744073709551615", 20};
    MgSlice over = {(const guint8 *)"18446744073709551616", 20};
    MgSlice sign = {(const guint8 *)"-1", 2};
    assert_true(mg_slice_number(most, G_MAXUINT64, &value));
    assert_true(value == G_MAXUINT64);
    assert_false(mg_slice_number(over, G_MAXUINT64, &value));
    assert_false(mg_slice_number(sign, G_MAXUINT64, &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends),
        cmocka_unit_test(line_odd_ends),
        cmocka_unit_test(line_over_the_limit),
        cmocka_unit_test(hiding),
        cmocka_unit_test(hiding_around_a_literal),
        cmocka_unit_test(words),
        cmocka_unit_test(numbers_at_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
