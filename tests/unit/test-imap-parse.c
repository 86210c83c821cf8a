/* The grammar of IMAP lines: what tree comes of a line, however the stream was cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "proto/imap-parse.h"
#include "proto/line.h"

/* Writes what the parser gives: one line per IMAP line, as an expression. */
typedef struct {
    MgImapParse parse;
    GString *out;
    gboolean stream_all;
} Reader;

static void put_node(Reader *reader, const MgImapNode *node)
{
    static const char marks[] = "aqls(c't";
    const MgImapParse *parse = &reader->parse;
    for (; node != NULL; node = mg_imap_next(parse, node)) {
        g_string_append_c(reader->out, ' ');
        if (node->type == MG_IMAP_LIST || node->type == MG_IMAP_CODE) {
            g_string_append_c(reader->out, node->type == MG_IMAP_LIST ? '(' : '[');
            put_node(reader, mg_imap_child(parse, node));
            g_string_append_c(reader->out, node->type == MG_IMAP_LIST ? ')' : ']');
        } else if (node->type == MG_IMAP_STREAMED) {
            g_string_append_printf(reader->out, "s:%" G_GUINT64_FORMAT, node->octets);
        } else if (node->type == MG_IMAP_TEXT) {
            MgSlice raw = mg_imap_raw(parse, node);
            g_string_append_printf(reader->out, "t:%.*s", (int)raw.len, (const char *)raw.data);
        } else {
            g_autofree char *text = mg_imap_string(parse, node);
            g_string_append_printf(reader->out, "%c:%s", marks[node->type], text);
        }
    }
}

static MgTake offer(Reader *reader, const MgBytes *bytes)
{
    MgTake take = {0, MG_MORE};
    while (TRUE) {
        switch (mg_imap_parse_next(&reader->parse, bytes, &take.taken)) {
        case MG_IMAP_MORE:
            return take;
        case MG_IMAP_ANNOUNCED:
            g_string_append_printf(reader->out, "<%s%s>", reader->parse.waits ? "waits" : "",
                                   reader->parse.binary ? "binary" : "");
            if (reader->stream_all || reader->parse.left > 20)
                mg_imap_parse_stream(&reader->parse, 7);
            else
                mg_imap_parse_keep(&reader->parse);
            break;
        case MG_IMAP_OCTETS:
            if (reader->parse.octets.len > 0)
                g_string_append_len(reader->out, (const char *)reader->parse.octets.data,
                                    (gssize)reader->parse.octets.len);
            if (reader->parse.left == 0)
                g_string_append_c(reader->out, '|');
            break;
        case MG_IMAP_LINE:
            put_node(reader, mg_imap_first(&reader->parse));
            if (reader->parse.numbers != NULL)
                g_string_append_printf(reader->out, " n:%s",
                                       mg_imap_set_text(reader->parse.numbers));
            g_string_append_printf(reader->out, " = %s\n", reader->parse.text->str);
            mg_imap_parse_clear(&reader->parse);
            break;
        }
    }
}

/* As tcp does it: what was not taken is offered again with what followed. */
static char *run(MgActor from, const char *input, gsize len, const gsize *cuts, gsize n_cuts,
                 gboolean stream_all)
{
    Reader reader = {.out = g_string_new(NULL), .stream_all = stream_all};
    mg_imap_parse_init(&reader.parse, from);
    gsize taken = 0;
    for (gsize i = 0; i <= n_cuts; i++) {
        gsize end = i < n_cuts ? cuts[i] : len;
        MgPlacement place = {.offset = taken, .at = {.frame = i + 1, .capture = 1}};
        /* A block of its own: reading beyond it is seen by the sanitizers. */
        g_autofree guint8 *copy = g_memdup2(input + taken, end - taken);
        MgBytes bytes = {.slice = {copy, end - taken},
                         .offset = taken,
                         .places = &place,
                         .n_places = 1,
                         .final = i == n_cuts};
        MgTake take = offer(&reader, &bytes);
        assert_true(take.taken <= bytes.slice.len);
        taken += take.taken;
    }
    assert_int_equal(taken, len);
    mg_imap_parse_destroy(&reader.parse);
    return g_string_free(reader.out, FALSE);
}

static void check(MgActor from, const char *input, const char *expected)
{
    gsize len = strlen(input);
    g_autofree char *whole = run(from, input, len, NULL, 0, FALSE);
    assert_string_equal(whole, expected);
    g_autofree gsize *each = g_new(gsize, len);
    for (gsize i = 0; i < len; i++)
        each[i] = i;
    g_autofree char *drip = run(from, input, len, each, len, FALSE);
    assert_string_equal(drip, expected);
    for (gsize a = 0; a <= len; a++)
        for (gsize b = a; b <= len; b++) {
            g_autofree char *cut = run(from, input, len, (gsize[]){a, b}, 2, FALSE);
            assert_string_equal(cut, expected);
        }
}

static void commands(void **state)
{
    check(MG_ACTOR_CLIENT, "a1 LOGIN bob \"se\\\"cret\"\r\n",
          " a:a1 a:LOGIN a:bob q:se\"cret = a1 LOGIN bob \"se\\\"cret\"\n");
    check(MG_ACTOR_CLIENT, "a FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (TO \"C]c\")]<0.5>)\r\n",
          " a:a a:FETCH a:1:* ( a:FLAGS a:BODY.PEEK[HEADER.FIELDS (TO \"C]c\")]<0.5>)"
          " = a FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (TO \"C]c\")]<0.5>)\n");
    check(MG_ACTOR_CLIENT, "a SELECT [Gmail]/Trash\r\nDONE\r\n\r\n",
          " a:a a:SELECT a:[Gmail]/Trash = a SELECT [Gmail]/Trash\n a:DONE = DONE\n = \n");
    check(MG_ACTOR_CLIENT, "a LIST () \"\" (INBOX %)\n",
          " a:a a:LIST () q: ( a:INBOX a:%) = a LIST () \"\" (INBOX %)\n");
}

static void literals(void **state)
{
    check(MG_ACTOR_CLIENT, "a LOGIN {3}\r\nbob {4+}\r\na\"\r\n\r\nb NOOP\r\n",
          "<waits><> a:a a:LOGIN l:bob l:a\"\r\n = a LOGIN {3}bob {4+}a\"\r\n\n"
          " a:b a:NOOP = b NOOP\n");
    check(MG_ACTOR_CLIENT, "a X (a (~{0}\r\n) {1-}\r\nx)\r\n",
          "<waitsbinary><> a:a a:X ( a:a ( l:) l:x) = a X (a (~{0}) {1-}x)\n");
    check(MG_ACTOR_SERVER,
          "* 1 FETCH (BODY[HEADER.FIELDS ({2}\r\nTO)] {22}\r\n"
          "To: a\r\n* 2 EXPUNGE\r\n\r\n UID 3)\r\n",
          "<waits><waits>To: a\r\n* 2 EXPUNGE\r\n\r\n|"
          " a:* a:1 a:FETCH ( a:BODY[HEADER.FIELDS ({2}TO)] s:22 a:UID a:3)"
          " = * 1 FETCH (BODY[HEADER.FIELDS ({2}TO)] {22} UID 3)\n");
    check(MG_ACTOR_SERVER, "* 1 FETCH (BODY[]{1}\r\nx)\r\n",
          "<waits> a:* a:1 a:FETCH ( a:BODY[] l:x) = * 1 FETCH (BODY[]{1}x)\n");
}

static void no_literals(void **state)
{
    check(MG_ACTOR_CLIENT, "a X \"{3}\r\nb NOOP\r\n",
          " a:a a:X q:{3} = a X \"{3}\n"
          " a:b a:NOOP = b NOOP\n");
    check(MG_ACTOR_CLIENT, "a X {} {x} {3}y {99999999999999999999} z{3}\r\n",
          " a:a a:X a:{} a:{x} a:{3}y a:{99999999999999999999} a:z{3}"
          " = a X {} {x} {3}y {99999999999999999999} z{3}\n");
    check(MG_ACTOR_SERVER, "a OK done {3}\r\n* NO (x \"\r\n",
          " a:a a:OK t:done {3} = a OK done {3}\n a:* a:NO t:(x \" = * NO (x \"\n");
}

static void responses(void **state)
{
    check(MG_ACTOR_SERVER, "* OK [PERMANENTFLAGS (\\Seen \\*)] ok [x]\r\n",
          " a:* a:OK [ a:PERMANENTFLAGS ( a:\\Seen a:\\*)] t:ok [x]"
          " = * OK [PERMANENTFLAGS (\\Seen \\*)] ok [x]\n");
    check(MG_ACTOR_SERVER, "+ {3}\r\n+\r\n+go (\r\n",
          " a:+ t:{3} = + {3}\n a:+ = +\n a:+ t:go ( = +go (\n");
    check(MG_ACTOR_SERVER, "a ok [COPYUID 1 2:3 4:5]\r\n",
          " a:a a:ok [ a:COPYUID a:1 a:2:3 a:4:5] = a ok [COPYUID 1 2:3 4:5]\n");
    check(MG_ACTOR_SERVER, "* SEARCH 1 2 3 7 (MODSEQ 9)\r\n* SEARCH\r\n",
          " a:* a:SEARCH ( a:MODSEQ a:9) n:1:3,7 = * SEARCH 1 2 3 7 (MODSEQ 9)\n"
          " a:* a:SEARCH n: = * SEARCH\n");
    check(MG_ACTOR_SERVER, "a NO [BADCHARSET ({2}\r\nx])] t\r\n",
          "<waits> a:a a:NO [ a:BADCHARSET ( l:x])] t:t = a NO [BADCHARSET ({2}x])] t\n");
}

static void broken(void **state)
{
    check(MG_ACTOR_SERVER, "* 1 FETCH (x\r\n* )) y\r\n",
          " a:* a:1 a:FETCH ( a:x) = * 1 FETCH (x\n a:* a:y = * )) y\n");
    check(MG_ACTOR_CLIENT, "(\r\n\"\r\n\\\r\n", " () = (\n q: = \"\n a:\\ = \\\n");
}

/* However deep and long: bounded, and the next line is read. */
static void limits(void **state)
{
    g_autoptr(GString) input = g_string_new("* 1 FETCH ");
    for (guint i = 0; i < 1000; i++)
        g_string_append_c(input, '(');
    for (guint i = 0; i < 100000; i++)
        g_string_append(input, "ab ");
    for (guint i = 0; i < 1000; i++)
        g_string_append_c(input, ')');
    g_string_append(input, " {7}\r\n* OK a\n\r\n* OK\r\n");
    Reader reader = {.out = g_string_new(NULL), .stream_all = TRUE};
    mg_imap_parse_init(&reader.parse, MG_ACTOR_SERVER);
    MgPlacement place = {0};
    gsize taken = 0;
    while (taken < input->len) {
        MgBytes bytes = {.slice = {(const guint8 *)input->str + taken, input->len - taken},
                         .offset = taken,
                         .places = &place,
                         .n_places = 1};
        place.offset = taken;
        MgTake take = offer(&reader, &bytes);
        assert_true(take.taken > 0);
        taken += take.taken;
    }
    assert_true(reader.out->len < MG_LIMIT_LINE + 1000);
    assert_non_null(strstr(reader.out->str, "* OK a\n|"));
    assert_true(g_str_has_suffix(reader.out->str, " a:* a:OK = * OK\n"));
    g_string_free(reader.out, TRUE);
    mg_imap_parse_destroy(&reader.parse);
}

/* A list of found messages may be far longer than a line is kept. */
static void long_search(void **state)
{
    g_autoptr(GString) input = g_string_new("* SEARCH");
    for (guint i = 1; i <= 300000; i++)
        g_string_append_printf(input, " %u", i);
    g_string_append(input, "\r\n");
    Reader reader = {.out = g_string_new(NULL)};
    mg_imap_parse_init(&reader.parse, MG_ACTOR_SERVER);
    gsize taken = 0;
    gboolean line = FALSE;
    while (taken < input->len) {
        MgPlacement place = {.offset = taken};
        MgBytes bytes = {.slice = {(const guint8 *)input->str + taken, input->len - taken},
                         .offset = taken,
                         .places = &place,
                         .n_places = 1};
        gsize at = 0;
        MgImapEvent event = mg_imap_parse_next(&reader.parse, &bytes, &at);
        taken += at;
        if (event == MG_IMAP_LINE) {
            line = TRUE;
            assert_string_equal(mg_imap_set_text(reader.parse.numbers), "1:300000");
            assert_true(reader.parse.truncated);
            break;
        }
    }
    assert_true(line);
    g_string_free(reader.out, TRUE);
    mg_imap_parse_destroy(&reader.parse);
}

static void secrets(void **state)
{
    static const char input[] = "a LOGIN {3}\r\nbob {6}\r\nsecret\r\n";
    Reader reader = {.out = g_string_new(NULL)};
    mg_imap_parse_init(&reader.parse, MG_ACTOR_CLIENT);
    MgPlacement place = {.offset = 100};
    MgBytes bytes = {.slice = {(const guint8 *)input, strlen(input)},
                     .offset = 100,
                     .places = &place,
                     .n_places = 1};
    gsize at = 0;
    MgImapEvent event;
    while ((event = mg_imap_parse_next(&reader.parse, &bytes, &at)) == MG_IMAP_ANNOUNCED)
        mg_imap_parse_keep(&reader.parse);
    assert_int_equal(event, MG_IMAP_LINE);
    g_autoptr(MgText) text = mg_text_new(reader.parse.text->str, -1);
    const MgImapNode *node = mg_imap_first(&reader.parse);
    for (guint i = 0; i < 3; i++)
        node = mg_imap_next(&reader.parse, node);
    mg_imap_parse_hide(&reader.parse, text, node->at, node->len);
    assert_int_equal(text->secrets->len, 1);
    const MgSecret *secret = &g_array_index(text->secrets, MgSecret, 0);
    assert_memory_equal(text->text->str + secret->at, "secret", 6);
    assert_int_equal(secret->len, 6);
    assert_memory_equal(input + secret->stream_offset - 100, "secret", 6);
    g_string_free(reader.out, TRUE);
    mg_imap_parse_destroy(&reader.parse);
}

static void gaps(void **state)
{
    MgImapParse parse;
    mg_imap_parse_init(&parse, MG_ACTOR_SERVER);
    static const char first[] = "* 1 FETCH (BODY[] {10}\r\nabc", second[] = "hij UID 2)\r\n";
    MgPlacement place = {0};
    MgBytes bytes = {.slice = {(const guint8 *)first, strlen(first)},
                     .places = &place,
                     .n_places = 1,
                     .final = TRUE};
    gsize at = 0;
    assert_int_equal(mg_imap_parse_next(&parse, &bytes, &at), MG_IMAP_ANNOUNCED);
    mg_imap_parse_stream(&parse, 0);
    assert_int_equal(mg_imap_parse_next(&parse, &bytes, &at), MG_IMAP_OCTETS);
    assert_int_equal(parse.left, 7);
    assert_false(mg_imap_parse_gap(&parse, 8));
    assert_true(mg_imap_parse_gap(&parse, 4));
    assert_int_equal(parse.left, 3);
    place.offset = bytes.offset = at + 4;
    bytes.slice = (MgSlice){(const guint8 *)second, strlen(second)};
    at = 0;
    assert_int_equal(mg_imap_parse_next(&parse, &bytes, &at), MG_IMAP_OCTETS);
    assert_int_equal(parse.left, 0);
    assert_int_equal(mg_imap_parse_next(&parse, &bytes, &at), MG_IMAP_LINE);
    assert_string_equal(parse.text->str, "* 1 FETCH (BODY[] {10} UID 2)");
    mg_imap_parse_clear(&parse);
    assert_false(mg_imap_parse_gap(&parse, 1));
    mg_imap_parse_destroy(&parse);
}

static void sets(void **state)
{
    g_autoptr(GString) all = g_string_new(NULL);
    MgImapSet *set = mg_imap_set_new();
    static const guint32 numbers[] = {0, 5, 6, 7, 9, 3, G_MAXUINT32};
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        mg_imap_set_add(set, numbers[i]);
    assert_string_equal(mg_imap_set_text(set), "5:7,9,3,4294967295");
    mg_imap_set_free(set);
    assert_int_equal(mg_imap_set_count("5:7,9,3"), 5);
    assert_int_equal(mg_imap_set_count("12:10"), 3);
    assert_int_equal(mg_imap_set_count("0:4294967295,1:9"), G_MAXUINT32);
    assert_int_equal(mg_imap_set_count(""), 0);
    assert_int_equal(mg_imap_set_nth("12:10,3", 0), 10);
    assert_int_equal(mg_imap_set_nth("12:10,3", 3), 3);
    assert_int_equal(mg_imap_set_nth("12:10,3", 4), 0);
    assert_int_equal(mg_imap_set_nth("1:*", 0), 0);
    assert_true(mg_imap_set_may_have("12:10,3", 11));
    assert_true(mg_imap_set_may_have("12:10,3", 3));
    assert_false(mg_imap_set_may_have("12:10,3", 4));
    assert_false(mg_imap_set_may_have("1", 0));
    assert_true(mg_imap_set_may_have("7,9:*", 8)); /* where there are eight */
    assert_true(mg_imap_set_may_have("$", 8));
    static const char *const good[] = {"1", "1:*", "$", "3,5:7,*"}, *const bad[] = {"", "$,1", "a",
                                                                                    ":"};
    for (gsize i = 0; i < 4; i++) {
        assert_true(mg_imap_set_valid((MgSlice){(const guint8 *)good[i], strlen(good[i])}));
        assert_false(mg_imap_set_valid((MgSlice){(const guint8 *)bad[i], strlen(bad[i])}));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),    cmocka_unit_test(literals), cmocka_unit_test(no_literals),
        cmocka_unit_test(responses),   cmocka_unit_test(broken),   cmocka_unit_test(limits),
        cmocka_unit_test(long_search), cmocka_unit_test(secrets),  cmocka_unit_test(gaps),
        cmocka_unit_test(sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
