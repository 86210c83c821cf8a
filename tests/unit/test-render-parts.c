/* The tools of the formats: escapes, layout, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "render/clock.h"
#include "render/escape.h"
#include "render/layout.h"
#include "render/output.h"
#include "render/words.h"

typedef void (*Escape)(GString *out, const char *text, gssize len);

static void check(Escape escape, const char *text, gssize len, const char *expected)
{
    g_autoptr(GString) out = g_string_new(NULL);
    escape(out, text, len);
    assert_string_equal(out->str, expected);
}

static void test_visible(void **state)
{
    check(mg_escape_visible, "plain \xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80", -1,
          "plain \xc3\xa9 \xe6\xbc\xa2 \xf0\x9f\x98\x80");
    check(mg_escape_visible, "\033]0;x\a\r\n\t\x7f", -1, "\\x1b]0;x\\x07\\x0d\\x0a\\x09\\x7f");
    check(mg_escape_visible, "a\0b", 3,
          "a\xef\xbf\xbd"
          "b");
    check(mg_escape_visible,
          "\xc2\x9b"
          "31m",
          -1, "\\x9b31m");
    check(mg_escape_visible,
          "\x9b"
          "31m",
          -1,
          "\xef\xbf\xbd"
          "31m");
    check(mg_escape_visible, "\xe2\x80\xae\xe2\x81\xa6\xd8\x9c", -1, "<U+202E><U+2066><U+061C>");
    check(mg_escape_visible, "\xe2\x80\x8b\xef\xbb\xbf\xc2\xad\xe2\x80\xa8", -1,
          "<U+200B><U+FEFF><U+00AD><U+2028>");
    check(mg_escape_visible, "\xf3\xa0\x81\x81", -1, "<U+E0041>");
}

static void test_markdown(void **state)
{
    check(mg_escape_markdown, "a|b", -1, "a\\|b");
    check(mg_escape_markdown, "<script>&amp;[x](y)*_`~$^#@{}", -1,
          "\\<script\\>\\&amp;\\[x\\](y)\\*\\_\\`\\~\\$\\^\\#\\@\\{\\}");
    check(mg_escape_markdown, "\\|\n\033", -1, "\\\\\\|\\\\x0a\\\\x1b");
    check(mg_escape_markdown, "\xe2\x80\xae", -1, "\\<U+202E\\>");
    check(mg_escape_markdown, "see http://x.example/ and WWW.x.example, no: a: b. w.w", -1,
          "see http\\://x.example/ and WWW\\.x.example, no: a: b. w.w");
    check(mg_escape_markdown_code, "", -1, "");
    check(mg_escape_markdown_code, "RETR 1", -1, "`RETR 1`");
    check(mg_escape_markdown_code, "a|b", -1, "`a\\|b`");
    check(mg_escape_markdown_code, "a\\|b", -1, "`a\\<U+007C>b`");
    check(mg_escape_markdown_code, "a`b``c", -1, "```a`b``c```");
    check(mg_escape_markdown_code, "`", -1, "`` ` ``");
    check(mg_escape_markdown_code, " a ", -1, "`  a  `");
    check(mg_escape_markdown_code, "  ", -1, "`  `");
    check(mg_escape_markdown_code, "a\r\nb", -1, "`a\\x0d\\x0ab`");
}

static void test_csv(void **state)
{
    check(mg_escape_csv, "plain", -1, "plain");
    check(mg_escape_csv, "a,b", -1, "\"a,b\"");
    check(mg_escape_csv, "say \"hi\"", -1, "\"say \"\"hi\"\"\"");
    check(mg_escape_csv, "+OK", -1, "'+OK");
    check(mg_escape_csv, "=HYPERLINK(\"x\",1)", -1, "\"'=HYPERLINK(\"\"x\"\",1)\"");
    check(mg_escape_csv, "-1", -1, "'-1");
    check(mg_escape_csv, "@x", -1, "'@x");
    check(mg_escape_csv, " =1", -1, "' =1");
    check(mg_escape_csv,
          "\xef\xbc\x9d"
          "1",
          -1,
          "'\xef\xbc\x9d"
          "1");
    check(mg_escape_csv, "\t=1", -1, "\\x09=1");
    check(mg_escape_csv, "a\r\nb", -1, "a\\x0d\\x0ab");
    check(mg_escape_csv, "", -1, "");
}

static void test_xml(void **state)
{
    check(mg_escape_xml, "<a href=\"x\" id='y'>&amp;</a>", -1,
          "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
    check(mg_escape_xml, "]]>", -1, "]]&gt;");
    check(mg_escape_xml, "\xef\xbf\xbe\xef\xb7\x90\xf0\x9f\xbf\xbf", -1,
          "&lt;U+FFFE&gt;&lt;U+FDD0&gt;&lt;U+1FFFF&gt;");
    check(mg_escape_xml, "\033\xe2\x80\xae\xff", -1, "\\x1b&lt;U+202E&gt;\xef\xbf\xbd");
}

static void test_css(void **state)
{
    check(mg_escape_css, "One: \"}</style>", -1, "One\\3a  \\22 \\7d \\3c \\2f style\\3e ");
    check(mg_escape_css, "a\nb\xc3\xa9", -1, "a\\5c x0ab\\e9 ");
}

static void test_mermaid(void **state)
{
    check(mg_escape_mermaid, "MAIL FROM:<a@b>; # \"x\" &lt;", -1,
          "MAIL FROM:#lt;a@b#gt;#59; #35; #quot;x#quot; #amp;lt#59;");
    check(mg_escape_mermaid, "%%{init}%% PASS ********", -1,
          "#37;#37;#123;init#125;#37;#37; PASS ********");
    check(mg_escape_mermaid, "a\nend", -1, "a#92;x0aend");
}

static void test_gift(void **state)
{
    check(mg_escape_gift, "2.0.0 Ok: queued as <4F1A2>", -1, "2.0.0 Ok\\: queued as &lt;4F1A2&gt;");
    check(mg_escape_gift, "=~#{}\\", -1, "\\=\\~\\#\\{\\}\\\\");
    check(mg_escape_gift, "a -> b\n\n0\n//x", -1, "a -&gt; b\\\\x0a\\\\x0a0\\\\x0a//x");
    check(mg_escape_gift, "&#35;", -1, "&amp;\\#35;");
}

static void test_json_line(void **state)
{
    check(mg_escape_json_line, "{\"a\":\"\xc2\x9b\xe2\x80\xae\x1f\"}", -1,
          "{\"a\":\"\\u009b\\u202e\\u001f\"}");
    check(mg_escape_json_line, "\"\xf3\xa0\x81\x81\"", -1, "\"\\udb40\\udc41\"");
    check(mg_escape_json_line, "\"\xf0\x9f\x98\x80\"", -1, "\"\xf0\x9f\x98\x80\"");
}

static void test_cut(void **state)
{
    guint64 more;
    g_autofree char *whole = mg_escape_cut("abc", 3, &more);
    assert_string_equal(whole, "abc");
    assert_int_equal(more, 0);
    g_autofree char *part = mg_escape_cut("\xc3\xa9\xc3\xa9\xc3\xa9", 2, &more);
    assert_string_equal(part, "\xc3\xa9\xc3\xa9");
    assert_int_equal(more, 1);
}

static void check_wrap(const char *text, guint width, gboolean prose, const char *expected)
{
    g_autoptr(GPtrArray) lines = mg_layout_wrap(text, width, prose);
    g_ptr_array_add(lines, NULL);
    g_autofree char *joined = g_strjoinv("/", (char **)lines->pdata);
    assert_string_equal(joined, expected);
}

static void test_layout(void **state)
{
    check_wrap("one two three", 7, TRUE, "one two/three");
    check_wrap("  one   two ", 20, TRUE, "one two");
    check_wrap("", 5, TRUE, "");
    check_wrap("abcdefghij kl", 4, TRUE, "abcd/efgh/ij/kl");
    check_wrap("xy abcdefghij", 4, TRUE, "xy/abcd/efgh/ij");
    check_wrap("a\nb c", 9, TRUE, "a/b c");
    check_wrap("abcdefghij", 4, FALSE, "abcd/efgh/ij");
    check_wrap("ab  cd efgh", 7, FALSE, "ab  cd /efgh");
    check_wrap("", 4, FALSE, "");
    check_wrap("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 4, FALSE,
               "\xe6\xbc\xa2\xe6\xbc\xa2/\xe6\xbc\xa2");
    check_wrap("\xe6\xbc\xa2\xe6\xbc\xa2", 1, FALSE, "\xe6\xbc\xa2/\xe6\xbc\xa2");
    assert_int_equal(mg_layout_width("e\xcc\x81\xe6\xbc\xa2"), 3);
    g_autoptr(GString) out = g_string_new(NULL);
    mg_layout_pad(out, "\xe6\xbc\xa2", 4);
    mg_layout_pad_left(out, "ab", 3);
    assert_string_equal(out->str, "\xe6\xbc\xa2   ab");
}

static void check_time(MgTicker *ticker, MgTime time, guint digits, const char *expected)
{
    MgStamp at = {.frame = 1, .time = time, .time_digits = (guint8)digits};
    g_autofree char *text = mg_ticker_text(ticker, &at);
    assert_string_equal(text, expected);
}

static void test_clock(void **state)
{
    const MgTime noon = 1795176000 * MG_SECOND;
    MgStamp start = {.frame = 1, .time = noon, .time_digits = 6};
    MgTicker since = {.form = MG_CLOCK_START};
    mg_ticker_start(&since, &start);
    check_time(&since, noon + 12345678, 6, "0.012345");
    check_time(&since, noon + 12345678, 9, "0.012345678");
    check_time(&since, noon + 61 * MG_SECOND, 0, "61");
    check_time(&since, noon - 1500000, 3, "-0.001");
    check_time(&since, G_MAXINT64, 0, "7428196036");
    check_time(&since, MG_TIME_NONE, 6, "");
    MgTicker clock = {.form = MG_CLOCK_TIME};
    check_time(&clock, noon + 5000000, 3, "12:00:00.005");
    MgTicker date = {.form = MG_CLOCK_DATE};
    check_time(&date, noon + MG_SECOND - 1, 9, "2026-11-20 12:00:00.999999999");
    check_time(&date, -1, 3, "1969-12-31 23:59:59.999");
    check_time(&date, G_MININT64 + 1, 0, "1677-09-21 00:12:43");
    MgTicker epoch = {.form = MG_CLOCK_EPOCH};
    check_time(&epoch, noon + 5000000, 6, "1795176000.005000");
    MgTicker previous = {.form = MG_CLOCK_PREVIOUS};
    check_time(&previous, noon, 3, "0.000");
    check_time(&previous, noon + 12000000, 3, "0.012");
    check_time(&previous, noon + 10000000, 3, "-0.002");
    check_time(&previous, G_MININT64 + 1, 0, "-9223372036");
    check_time(&previous, G_MAXINT64, 0, "9223372036");

    g_autofree char *iso = mg_clock_iso(&start);
    assert_string_equal(iso, "2026-11-20T12:00:00.000000Z");
    MgStamp none = {0};
    assert_null(mg_clock_iso(&none));
    MgStamp zero = {.frame = 4};
    g_autofree char *epoch_begin = mg_clock_iso(&zero);
    assert_string_equal(epoch_begin, "1970-01-01T00:00:00Z");
}

static gboolean collect(gpointer user, const char *data, gsize len)
{
    g_string_append_len(user, data, (gssize)len);
    return TRUE;
}

/* More than the memory that a spool is given comes back whole and in order. */
static void test_spool(void **state)
{
    g_autoptr(GString) sheet = g_string_new(NULL);
    MgOutput output = {.write = collect, .user = sheet};
    MgRenderOptions options = {0};
    MgWriter writer;
    mg_writer_init(&writer, &options, &output);
    MgSpool *spool = mg_spool_new();
    g_autoptr(GString) expected = g_string_new(NULL);
    for (guint i = 0; i < 700000; i++) {
        char line[32];
        int len = g_snprintf(line, sizeof line, "line number %u\n", i);
        mg_spool_append(spool, line, (gsize)len);
        g_string_append_len(expected, line, len);
    }
    mg_spool_write(spool, &writer);
    mg_writer_clear(&writer);
    assert_int_equal(sheet->len, expected->len);
    assert_memory_equal(sheet->str, expected->str, sheet->len);
}

static void test_words(void **state)
{
    g_autofree char *one = mg_words_count(NULL, "more-lines", 1);
    assert_string_equal(one, "(+1 line)");
    g_autofree char *many = mg_words_count(NULL, "more-lines", 21);
    assert_string_equal(many, "(+21 lines)");
    /* values are not looked into for placeholders, unknown ones stay */
    g_autofree char *from = mg_words(NULL, "from-to", "from", "{to}", "to", "{from}", NULL);
    assert_string_equal(from, "from {to} to {from}");
    g_autofree char *hole = mg_words(NULL, "from-to", "from", "a", NULL);
    assert_string_equal(hole, "from a to {to}");

    MgRenderOptions options = {0};
    MgFrames frames = {0};
    g_autofree char *none = mg_words_frames(&options, &frames, " ");
    assert_string_equal(none, "");
    for (guint i = 0; i < 16; i++)
        mg_frames_add(&frames, 10 + i);
    g_autofree char *all = mg_words_frames(&options, &frames, " ");
    assert_string_equal(all, "10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25");
    mg_frames_add(&frames, 99);
    g_autofree char *cut = mg_words_frames(&options, &frames, " ");
    assert_string_equal(cut, "10 … 99 (17 frames)");
}

/* For a terminal of ASCII letters lose their marks; what is no Latin letter stays. */
static void test_fold(void **state)
{
    static const char *const cases[][2] = {
        {"¿Cuándo? La sesión, año 1…", "Cuando? La sesion, ano 1..."},
        {"«Cliente:» “x” ‘y’ – — →", "\"Cliente:\" \"x\" 'y' - - ->"},
        {"ÁÉÍÓÚÜÑ çàø", "AEIOUUN caø"},
        {"日本 ж", "日本 ж"},
        {"", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *folded = mg_render_ascii(cases[i][0]);
        assert_string_equal(folded, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold),      cmocka_unit_test(test_visible),
        cmocka_unit_test(test_markdown),  cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json_line), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_layout),    cmocka_unit_test(test_clock),
        cmocka_unit_test(test_spool),     cmocka_unit_test(test_words),
        cmocka_unit_test(test_xml),       cmocka_unit_test(test_css),
        cmocka_unit_test(test_mermaid),   cmocka_unit_test(test_gift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
