/* COMPRESS=DEFLATE: what is inflated, where it is placed, and sessions that are compressed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <zlib.h>

#include "proto-wire.h"
#include "proto/inflate.h"

/* ---- The other end: zlib's deflate ---- */

static void deflater_begin(z_stream *stream)
{
    *stream = (z_stream){0};
    assert_int_equal(deflateInit2(stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
}

static void squeeze(z_stream *stream, const void *data, gsize len, int flush, GByteArray *ret_out)
{
    guint8 out[4096];
    stream->next_in = (Bytef *)(gpointer)data;
    stream->avail_in = (uInt)len;
    do {
        stream->next_out = out;
        stream->avail_out = sizeof out;
        assert_true(deflate(stream, flush) != Z_STREAM_ERROR);
        g_byte_array_append(ret_out, out, sizeof out - stream->avail_out);
    } while (stream->avail_out == 0);
}

static GByteArray *squeezed(const void *data, gsize len, int flush)
{
    z_stream stream;
    GByteArray *out = g_byte_array_new();
    deflater_begin(&stream);
    squeeze(&stream, data, len, flush, out);
    deflateEnd(&stream);
    return out;
}

/* ---- One direction ---- */

/* A text that compresses well here and badly there. */
static GByteArray *sample(gsize len)
{
    GByteArray *text = g_byte_array_new();
    guint32 number = 1;
    while (text->len < len) {
        number = number * 1103515245 + 12345;
        char line[64];
        g_snprintf(line, sizeof line, "* %u FETCH (UID %u FLAGS (\\Seen))\r\n", number >> 8,
                   number % 97);
        g_byte_array_append(text, (const guint8 *)line, (guint)strlen(line));
    }
    return text;
}

static void assert_octets(const GByteArray *got, const GByteArray *wanted)
{
    assert_int_equal(got->len, wanted->len);
    assert_memory_equal(got->data, wanted->data, wanted->len);
}

/* Feed [from, to) in pieces; each piece is a frame of its own.  Whatever waits is taken. */
static MgInflateStatus feed(MgInflate *inflate, const GByteArray *in, gsize from, gsize to,
                            gsize piece, GByteArray *got)
{
    MgInflateStatus status = MG_INFLATE_ALL;
    for (gsize at = from; at < to && status == MG_INFLATE_ALL; at += piece) {
        gsize len = MIN(piece, to - at), used = 0;
        MgPlacement place = {.offset = at, .at = {.frame = at + 1, .capture = 1}};
        do {
            /* A copy of its own, so that a sanitizer sees every step over its end. */
            g_autofree guint8 *copy = g_memdup2(in->data + at + used, MAX(len - used, 1));
            MgBytes bytes = {
                .slice = {copy, len - used}, .offset = at + used, .places = &place, .n_places = 1};
            gsize more;
            status = mg_inflate_feed(inflate, &bytes, &more);
            used += more;
            MgBytes out = mg_inflate_waiting(inflate);
            assert_int_equal(out.offset, got->len);
            if (out.slice.len > 0) {
                assert_int_equal(out.n_places, 1);
                assert_int_equal(out.places[0].at.frame, at + 1);
                assert_int_equal(out.places[0].frame_offset, MG_OFFSET_NONE);
                g_byte_array_append(got, out.slice.data, (guint)out.slice.len);
            }
            mg_inflate_take(inflate, out.slice.len);
        } while (status == MG_INFLATE_PART);
        if (status == MG_INFLATE_ALL)
            assert_int_equal(used, len);
    }
    return status;
}

static void in_pieces(void **state)
{
    static const gsize pieces[] = {1, 2, 3, 7, 100, 1448, 1000000};
    g_autoptr(GByteArray) text = sample(300000);
    g_autoptr(GByteArray) in = squeezed(text->data, text->len, Z_SYNC_FLUSH);
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(MgInflate) inflate = mg_inflate_new();
        g_autoptr(GByteArray) got = g_byte_array_new();
        assert_int_equal(feed(inflate, in, 0, in->len, pieces[i], got), MG_INFLATE_ALL);
        assert_octets(got, text);
    }
}

static void cut_everywhere(void **state)
{
    g_autoptr(GByteArray) text = sample(2000);
    g_autoptr(GByteArray) in = squeezed(text->data, text->len, Z_PARTIAL_FLUSH);
    for (gsize cut = 0; cut <= in->len; cut++) {
        g_autoptr(MgInflate) inflate = mg_inflate_new();
        g_autoptr(GByteArray) got = g_byte_array_new();
        assert_int_equal(feed(inflate, in, 0, cut, in->len, got), MG_INFLATE_ALL);
        assert_int_equal(feed(inflate, in, cut, in->len, in->len, got), MG_INFLATE_ALL);
        assert_octets(got, text);
    }
}

/* Several frames in one offer, taken a little at a time. */
static void placed(void **state)
{
    g_autoptr(GByteArray) text = sample(3000);
    z_stream stream;
    deflater_begin(&stream);
    g_autoptr(GByteArray) in = g_byte_array_new();
    MgPlacement places[3];
    for (guint i = 0; i < 3; i++) {
        places[i] = (MgPlacement){.offset = 50 + in->len, .at = {.frame = 10 + i, .capture = 1}};
        squeeze(&stream, text->data + i * 1000, 1000, Z_SYNC_FLUSH, in);
    }
    deflateEnd(&stream);
    g_autoptr(MgInflate) inflate = mg_inflate_new();
    MgBytes bytes = {.slice = {in->data, in->len}, .offset = 50, .places = places, .n_places = 3};
    gsize used;
    assert_int_equal(mg_inflate_feed(inflate, &bytes, &used), MG_INFLATE_ALL);
    assert_int_equal(used, in->len);
    for (guint64 offset = 0; offset < 3000; offset += 7) {
        MgBytes out = mg_inflate_waiting(inflate);
        assert_int_equal(out.offset, offset);
        assert_int_equal(out.slice.len, 3000 - offset);
        assert_memory_equal(out.slice.data, text->data + offset, out.slice.len);
        for (guint64 i = offset; i < 3000; i++)
            assert_int_equal(mg_bytes_place(&out, i)->at.frame, 10 + i / 1000);
        mg_inflate_take(inflate, MIN(7, 3000 - offset));
    }
    assert_int_equal(mg_inflate_waiting(inflate).slice.len, 0);
}

static void damaged(void **state)
{
    g_autoptr(GByteArray) text = sample(1000);
    g_autoptr(GByteArray) in = squeezed(text->data, text->len, Z_SYNC_FLUSH);
    g_autoptr(GByteArray) got = g_byte_array_new();
    g_autoptr(MgInflate) inflate = mg_inflate_new();
    static const guint8 reserved[] = {0x07, 0x07, 0x07}; /* block type 3 does not exist */
    g_byte_array_append(in, reserved, sizeof reserved);
    assert_int_equal(feed(inflate, in, 0, in->len, in->len, got), MG_INFLATE_DAMAGED);
    assert_octets(got, text);
    assert_int_equal(feed(inflate, in, 0, in->len, in->len, got), MG_INFLATE_DAMAGED);
    assert_octets(got, text);
}

/* A stream may end with its last block; nothing can follow it. */
static void ended(void **state)
{
    g_autoptr(GByteArray) text = sample(1000);
    g_autoptr(GByteArray) in = squeezed(text->data, text->len, Z_FINISH);
    g_autoptr(GByteArray) got = g_byte_array_new();
    g_autoptr(MgInflate) inflate = mg_inflate_new();
    assert_int_equal(feed(inflate, in, 0, in->len, 5, got), MG_INFLATE_ALL);
    assert_octets(got, text);
    assert_int_equal(feed(inflate, in, 0, 1, 1, got), MG_INFLATE_DAMAGED);
}

static void swollen(void **state)
{
    gsize len = 96 * 1024 * 1024;
    g_autofree guint8 *zeros = g_malloc0(len);
    g_autoptr(GByteArray) in = squeezed(zeros, len, Z_SYNC_FLUSH);
    g_autoptr(MgInflate) inflate = mg_inflate_new();
    MgPlacement place = {.at = {.frame = 1}};
    guint64 got = 0;
    gsize at = 0, used;
    MgInflateStatus status;
    do {
        MgBytes bytes = {
            .slice = {in->data + at, in->len - at}, .offset = at, .places = &place, .n_places = 1};
        place.offset = at;
        status = mg_inflate_feed(inflate, &bytes, &used);
        gsize waits = mg_inflate_waiting(inflate).slice.len;
        assert_in_range(waits, 1, 128 * 1024);
        got += waits;
        at += used;
        mg_inflate_take(inflate, waits);
    } while (status == MG_INFLATE_PART);
    assert_int_equal(status, MG_INFLATE_SWOLLEN);
    guint64 allowed = MG_LIMIT_INFLATED + (guint64)MG_LIMIT_INFLATE_RATIO * at;
    assert_in_range(got, MG_LIMIT_INFLATED, allowed + 8192);
}

static void full(void **state)
{
    gsize len = 16 * 1024 * 1024;
    g_autofree guint8 *zeros = g_malloc0(len);
    g_autoptr(GByteArray) in = squeezed(zeros, len, Z_SYNC_FLUSH);
    g_autoptr(MgInflate) inflate = mg_inflate_new();
    MgPlacement place = {.at = {.frame = 1}};
    MgBytes bytes = {.slice = {in->data, in->len}, .places = &place, .n_places = 1};
    gsize used;
    while (!mg_inflate_full(inflate)) {
        assert_int_equal(mg_inflate_feed(inflate, &bytes, &used), MG_INFLATE_PART);
        bytes.slice.data += used;
        bytes.slice.len -= used;
        bytes.offset += used;
    }
    assert_in_range(mg_inflate_waiting(inflate).slice.len, MG_LIMIT_WAITING,
                    MG_LIMIT_WAITING + 4096);
    assert_int_equal(mg_inflate_feed(inflate, &bytes, &used), MG_INFLATE_PART);
    assert_int_equal(used, 0);
}

/* ---- Sessions ---- */

/* Lines in a row of one side that begin with + go into one segment. */
static const char *const talk[] = {
    "C: a3 SELECT INBOX",
    "S: * 2 EXISTS",
    "+S: a3 OK [READ-WRITE] done",
    "C: a4 UID FETCH 1:* (FLAGS BODY.PEEK[])",
    "+C: a5 NOOP",
    "S: * 1 FETCH (UID 7 FLAGS () BODY[] {31}",
    "+S: Subject: Soup",
    "+S: ",
    "+S: Ready at eight",
    "+S: )",
    "+S: * 2 FETCH (UID 9 FLAGS (\\Seen) BODY[] NIL)",
    "+S: a4 OK done",
    "+S: a5 OK done",
    "C: a6 APPEND Drafts {16}",
    "S: + go on",
    "C: Subject: Again",
    "+C: ",
    "S: a6 BAD two octets too many",
    "C: a7 STORE 1 +FLAGS (\\Deleted)",
    "+C: a8 EXPUNGE",
    "S: * 1 FETCH (FLAGS (\\Deleted))",
    "+S: a7 OK done",
    "+S: * 1 EXPUNGE",
    "+S: a8 OK done",
    "C: a9 LOGOUT",
    "S: * BYE bye",
    "+S: a9 OK done",
};

typedef struct {
    gsize piece;
    gboolean joined;  /* the client does not wait for the OK, which comes with its first answer */
    gsize hole[2];    /* the compressed octet of that direction that is missing; 0 = none */
    gsize damage[2];  /* … or is changed */
    gboolean clear;   /* without COMPRESS */
    gboolean one_way; /* the server is not captured */
} How;

static void send(Wire *wire, MgSide side, const GByteArray *bytes, guint64 *sent, const How *how)
{
    guint64 first = *sent;
    *sent += bytes->len;
    if (how->one_way && side == 1)
        return;
    gsize hole = how->hole[side], damage = how->damage[side];
    g_autofree guint8 *copy = g_memdup2(bytes->data, bytes->len);
    if (damage > first && damage <= *sent)
        copy[damage - first - 1] ^= 0x55;
    if (hole <= first || hole > *sent) {
        wire_send_raw(wire, side, copy, bytes->len);
        return;
    }
    gsize at = hole - first - 1;
    if (at > 0)
        wire_send_raw(wire, side, copy, at);
    wire_gap(wire, side, 1);
    if (at + 1 < bytes->len)
        wire_send_raw(wire, side, copy + at + 1, bytes->len - at - 1);
}

/* The log of the talk. */
static char *play(const How *how)
{
    g_autoptr(Wire) wire = wire_new(50000, 143, TRUE);
    wire->effects = TRUE;
    wire->piece = how->piece;
    wire->no_records = TRUE;
    if (how->one_way)
        wire_play(wire, "C: a1 LOGIN bob secret");
    else
        wire_play(wire, "S: * OK mx.example.org ready\nC: a1 LOGIN bob secret\nS: a1 OK in");
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    z_stream streams[2];
    guint64 sent[2] = {0, 0};
    for (MgSide side = 0; side < 2; side++)
        deflater_begin(&streams[side]);
    if (!how->clear) {
        wire_play(wire, "C: a2 COMPRESS DEFLATE");
        if (!how->one_way && !how->joined)
            wire_play(wire, "S: a2 OK go");
    }
    gboolean held = how->joined;
    for (gsize i = 0; i < G_N_ELEMENTS(talk); i++) {
        const char *line = talk[i] + (*talk[i] == '+');
        MgSide side = *line == 'S';
        g_autofree char *text = g_strconcat(line + 3, "\r\n", NULL);
        if (how->clear)
            g_byte_array_append(bytes, (const guint8 *)text, (guint)strlen(text));
        else
            squeeze(&streams[side], text, strlen(text), Z_SYNC_FLUSH, bytes);
        if (i + 1 < G_N_ELEMENTS(talk) && *talk[i + 1] == '+')
            continue;
        if (held && side == 1) {
            g_byte_array_prepend(bytes, (const guint8 *)"a2 OK go\r\n", 10);
            held = FALSE;
        }
        send(wire, side, bytes, &sent[side], how);
        g_byte_array_set_size(bytes, 0);
    }
    for (MgSide side = 0; side < 2; side++)
        deflateEnd(&streams[side]);
    wire_end(wire, MG_ENDED_CLOSED, 0);
    return wire_take(wire);
}

/* The log without the steps that COMPRESS itself makes. */
static char *without_compress(const char *log)
{
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
    GString *rest = g_string_new(NULL);
    guint steps = 0;
    for (gsize i = 0; lines[i] != NULL; i++) {
        gboolean of_compress = g_str_has_prefix(lines[i], "imap.compress ok OK") ||
                               g_str_has_prefix(lines[i], "compress.begins");
        steps += of_compress;
        if (!of_compress)
            g_string_append_printf(rest, "%s\n", lines[i]);
    }
    assert_int_equal(steps, 2);
    return g_string_free(rest, FALSE);
}

static void as_in_clear(void **state)
{
    static const gsize pieces[] = {0, 1, 2, 3, 11};
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++)
        for (gint joined = 0; joined < 2; joined++) {
            How how = {.piece = pieces[i], .joined = joined};
            How plain = {.piece = pieces[i], .clear = TRUE};
            g_autofree char *log = play(&how), *wanted = play(&plain);
            g_autofree char *rest = without_compress(log);
            g_autofree char *whole = g_strconcat(wanted, "\n", NULL);
            assert_string_equal(rest, whole);
            assert_null(strstr(log, "dark"));
            assert_non_null(strstr(log, "imap.expunge ok EXPUNGE OK | a8 EXPUNGE"));
        }
}

static gsize count(const char *log, const char *what)
{
    gsize n = 0;
    for (const char *at = log; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

/* Behind a hole, whatever its place, nothing is read and the session says so; before it, all
 * is. */
static void holes(void **state)
{
    for (MgSide side = 0; side < 2; side++) {
        gsize failed = 0;
        for (gsize at = 1;; at++) {
            How how = {.hole = {side == 0 ? at : 0, side == 1 ? at : 0}};
            g_autofree char *log = play(&how);
            if (strstr(log, "note gap") == NULL)
                break; /* beyond its end */
            failed++;
            assert_int_equal(count(log, "compress.begins"), 1);
            assert_int_equal(count(log, "compress.fails"), 1);
            assert_int_equal(count(log, "  dark"), 1);
            assert_int_equal(count(log, "note encrypted"), 1);
        }
        assert_true(failed > 100);
    }
}

static void damage(void **state)
{
    /* Not all damage is seen: some of it is other text. */
    for (MgSide side = 0; side < 2; side++)
        for (gsize at = 1; at < 100; at++) {
            How how = {.damage = {side == 0 ? at : 0, side == 1 ? at : 0}};
            g_autofree char *log = play(&how);
            assert_int_equal(count(log, "compress.begins"), 1);
            assert_true(count(log, "compress.fails") <= 1);
        }
    /* Block type 3 in the first octet is no DEFLATE. */
    g_autoptr(Wire) wire = wire_new(50000, 143, TRUE);
    wire->no_records = TRUE;
    wire_play(wire, "S: * OK ready\nC: a1 COMPRESS DEFLATE\nS: a1 OK go\n"
                    "C= \\x07\\x07\\x07\\x07\nS= \\x07\\x07");
    wire_end(wire, MG_ENDED_CLOSED, 0);
    g_autofree char *log = wire_take(wire);
    assert_string_equal(log, "open imap client=0\nimap.greeting info OK\n"
                             "imap.compress ok OK | a1 COMPRESS DEFLATE\n"
                             "compress.begins info\ncompress.fails info\n"
                             "note encrypted\nclose closed dark=4 3/2\n");
}

static void refused(void **state)
{
    g_autoptr(Wire) wire = wire_new(50000, 143, TRUE);
    wire_play(wire, "S: * OK ready\nC: a1 COMPRESS DEFLATE\nC: a2 NOOP\n"
                    "S: a1 NO [COMPRESSIONACTIVE] no\nS: a2 OK");
    wire_end(wire, MG_ENDED_CLOSED, 0);
    g_autofree char *log = wire_take(wire);
    assert_null(strstr(log, "compress."));
    assert_non_null(strstr(log, "imap.noop ok"));
}

/* The connection ends in the line that agrees. */
static void begun_at_the_end(void **state)
{
    g_autoptr(Wire) wire = wire_new(50000, 143, TRUE);
    wire_play(wire, "S: * OK ready\nC: a1 COMPRESS DEFLATE\nS= a1 OK go");
    wire_end(wire, MG_ENDED_CLOSED, 1);
    g_autofree char *log = wire_take(wire);
    assert_int_equal(count(log, "compress.begins"), 1);
}

/* The server's direction is not captured: the client's is read all the same. */
static void one_way(void **state)
{
    How how = {.one_way = TRUE};
    g_autofree char *log = play(&how);
    assert_int_equal(count(log, "compress.begins"), 1);
    assert_int_equal(count(log, "compress.fails"), 0);
    assert_non_null(strstr(log, "a7 STORE 1 +FLAGS (\\Deleted)"));
    assert_non_null(strstr(log, "a8 EXPUNGE"));
}

/* A few octets that inflate to more than memory has: said, and over. */
static void bomb(void **state)
{
    gsize len = 96 * 1024 * 1024;
    g_autofree guint8 *lines = g_malloc(len);
    memset(lines, 'x', len);
    for (gsize i = 8191; i < len; i += 8192)
        lines[i] = '\n';
    g_autoptr(GByteArray) in = squeezed(lines, len, Z_SYNC_FLUSH);
    g_autoptr(Wire) wire = wire_new(50000, 143, TRUE);
    wire->no_records = TRUE;
    wire_play(wire, "S: * OK ready\nC: a1 COMPRESS DEFLATE\nS: a1 OK go");
    wire_send_raw(wire, 1, in->data, in->len);
    g_autofree char *log = wire_take(wire);
    assert_int_equal(count(log, "note limit-inflate"), 1);
    assert_true(g_str_has_suffix(log, "note limit-inflate\ncompress.fails info\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_pieces), cmocka_unit_test(cut_everywhere),
        cmocka_unit_test(placed),    cmocka_unit_test(damaged),
        cmocka_unit_test(ended),     cmocka_unit_test(swollen),
        cmocka_unit_test(full),      cmocka_unit_test(as_in_clear),
        cmocka_unit_test(holes),     cmocka_unit_test(damage),
        cmocka_unit_test(refused),   cmocka_unit_test(one_way),
        cmocka_unit_test(bomb),      cmocka_unit_test(begun_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
