/* pcapng: every kind of block, every cut, every kind of damage. */
#include "capture-kit.h"

static void pcapng_three_packet_blocks(void **state)
{
    for (int big = 0; big < 2; big++) {
        Writer w = writer_new(big);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        section(&w);
        interface(&w, 1, 40, 0xff, 0);
        enhanced(&w, 0, 1500000, 'e', 33);
        gsize at = block_begin(&w, 2); /* the old packet block */
        put16(&w, 0);
        put16(&w, 7);
        put32(&w, 0);
        put32(&w, 2500000);
        put32(&w, 9);
        put32(&w, 99);
        put_octets(&w, 'p', 9);
        block_end(&w, at);
        at = block_begin(&w, 3); /* the simple one: cut by the snapshot length */
        put32(&w, 1000);
        put_octets(&w, 's', 40);
        block_end(&w, at);
        assert_int_equal(read_writer(&w, log), -1);
        assert_memory_equal(log->first_octets->data, "eps", 3);
        assert_int_equal(log_get(log, 0)->at.time, MG_SECOND + 500000000);
        assert_int_equal(log_get(log, 0)->bytes.len, 33);
        assert_int_equal(log_get(log, 0)->original_len, 34);
        assert_int_equal(log_get(log, 1)->at.time, 2 * MG_SECOND + 500000000);
        assert_int_equal(log_get(log, 1)->original_len, 99);
        assert_int_equal(log_get(log, 2)->bytes.len, 40);
        assert_int_equal(log_get(log, 2)->original_len, 1000);
        assert_true(log_get(log, 2)->at.time == MG_TIME_NONE);
        assert_int_equal(log_get(log, 2)->at.frame, 3);
    }
}

static void pcapng_resolutions(void **state)
{
    static const struct {
        guint8 resolution;
        gint64 offset;
        guint64 ticks;
        gint64 seconds, nanoseconds;
        guint digits;
    } rows[] = {
        {0, 0, 77, 77, 0, 0},
        {3, 0, 1234, 1, 234000000, 3},
        {6, 100, 1000001, 101, 1000, 6},
        {6, -100, 1000001, -99, 1000, 6},
        {9, 0, 1500000000123456789u, 1500000000, 123456789, 9},
        {12, 0, 1234567890123u, 1, 234567890, 9},
        {19, 0, 15000000000000000000u, 1, 500000000, 9},
        {28, 0, 10000000000000000000u, 0, 1, 9},
        {29, 0, 18000000000000000000u, 0, 0, 9},
        {0x80, 0, 9, 9, 0, 0},
        {0x80 | 1, 0, 3, 1, 500000000, 0},
        {0x80 | 10, 0, 1024 + 512, 1, 500000000, 3},
        {0x80 | 32, 0, G_GUINT64_CONSTANT(0x180000000), 1, 500000000, 9},
        {0x80 | 63, 0, G_GUINT64_CONSTANT(0xc000000000000000), 1, 500000000, 9},
        {0x80 | 64, 0, G_GUINT64_CONSTANT(0x8000000000000000), 0, 500000000, 9},
        {0x80 | 126, 0, G_MAXUINT64, 0, 0, 9},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        Writer w = writer_new(i % 2);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        section(&w);
        interface(&w, 1, 0, rows[i].resolution, rows[i].offset);
        enhanced(&w, 0, rows[i].ticks, 'x', 1);
        assert_int_equal(read_writer(&w, log), -1);
        assert_int_equal(log_get(log, 0)->at.time,
                         rows[i].seconds * MG_SECOND + rows[i].nanoseconds);
        assert_int_equal(log_get(log, 0)->at.time_digits, rows[i].digits);
    }
}

static void pcapng_time_out_of_range(void **state)
{
    static const gint64 offsets[] = {0, G_MAXINT64, G_MININT64, G_MAXINT64 / 2};
    for (guint i = 0; i < G_N_ELEMENTS(offsets); i++) {
        Writer w = writer_new(FALSE);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        section(&w);
        interface(&w, 1, 0, i == 0 ? 0 : 6, offsets[i]);
        enhanced(&w, 0, G_MAXUINT64, 'x', 1);
        assert_int_equal(read_writer(&w, log), -1);
        assert_true(log_get(log, 0)->at.time == MG_TIME_NONE);
        assert_string_equal(log->notes->str, "clock-odd@1;");
    }
}

/* Two sections, each with its byte order and its own interfaces. */
static void pcapng_sections(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    section(&w);
    interface(&w, 1, 0, 6, 0);
    interface(&w, 0, 0, 9, 0);
    enhanced(&w, 1, 2000000001, 'a', 5);
    enhanced(&w, 0, 3000000, 'b', 5);
    w.big = TRUE;
    section(&w);
    interface(&w, 101, 0, 3, 0);
    enhanced(&w, 0, 4000, 'c', 5);
    assert_int_equal(read_writer(&w, log), -1);
    assert_memory_equal(log->first_octets->data, "abc", 3);
    assert_int_equal(log_get(log, 0)->linktype, 0);
    assert_int_equal(log_get(log, 0)->at.time, 2 * MG_SECOND + 1);
    assert_int_equal(log_get(log, 1)->linktype, 1);
    assert_int_equal(log_get(log, 2)->linktype, 101);
    assert_int_equal(log_get(log, 2)->at.time, 4 * MG_SECOND);
    assert_int_equal(log_get(log, 2)->at.frame, 3);
    assert_string_equal(log->captures->str, "1:EN10MB,NULL;");
}

static void name_record(Writer *w, guint16 type, const char *address, const char *names, gsize len)
{
    MgAddress parsed;
    assert_true(mg_address_parse(address, &parsed));
    gsize address_len = parsed.family == 4 ? 4 : 16;
    put16(w, type);
    put16(w, (guint16)(address_len + len));
    g_byte_array_append(w->bytes, parsed.bytes, (guint)address_len);
    g_byte_array_append(w->bytes, (const guint8 *)names, (guint)len);
    while (w->bytes->len % 4 != 0)
        put_octets(w, 0, 1);
}

/* The first name of each address counts; a record that is longer than its block ends them. */
static void pcapng_names(void **state)
{
    for (guint big = 0; big < 2; big++) {
        Writer w = writer_new(big);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        section(&w);
        interface(&w, 1, 0, 0xff, 0);
        enhanced(&w, 0, 1000000, 'a', 5);
        gsize at = block_begin(&w, 4);
        name_record(&w, 1, "192.0.2.1", "anna\0also", 10);
        name_record(&w, 2, "2001:db8::2", "mx.alpha.lab", 12);
        name_record(&w, 7, "192.0.2.3", "unknown", 8);
        name_record(&w, 1, "192.0.2.4", "", 1);
        name_record(&w, 1, "192.0.2.5", "b\xff", 3);
        put32(&w, 0);
        name_record(&w, 1, "192.0.2.6", "behind the end", 15);
        block_end(&w, at);
        enhanced(&w, 0, 2000000, 'b', 5);
        at = block_begin(&w, 4);
        put16(&w, 1);
        put16(&w, 400);
        put32(&w, 1);
        block_end(&w, at);
        enhanced(&w, 0, 3000000, 'c', 5);
        assert_int_equal(read_writer(&w, log), -1);
        assert_int_equal(log->frames->len, 3);
        assert_int_equal(log_get(log, 2)->at.frame, 3);
        assert_string_equal(log->names->str, "1:192.0.2.1=anna;1:2001:db8::2=mx.alpha.lab;"
                                             "1:192.0.2.5=b\xef\xbf\xbd;");
    }
}

static void pcapng_many_names(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    section(&w);
    gsize at = block_begin(&w, 4);
    for (guint i = 0; i < MG_LIMIT_NAMES + 10; i++)
        name_record(&w, 1, "192.0.2.1", "x", 2);
    block_end(&w, at);
    assert_int_equal(read_writer(&w, log), -1);
    assert_int_equal(log->names->len, MG_LIMIT_NAMES * strlen("0:192.0.2.1=x;"));
}

/* Names, statistics, secrets and unknown blocks have no number; custom blocks have one. */
static void pcapng_other_blocks(void **state)
{
    static const struct {
        guint32 type;
        gboolean counts;
    } rows[] = {
        {4, FALSE},    {5, FALSE},          {10, FALSE},   {0xbad, TRUE},
        {9, TRUE},     {0x40000bad, TRUE},  {0x204, TRUE}, {0x208, FALSE},
        {0x216, TRUE}, {0x80001234, FALSE}, {0x221, TRUE}, {0x1234, FALSE},
    };
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    section(&w);
    interface(&w, 1, 0, 6, 0);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize at = block_begin(&w, rows[i].type);
        put_octets(&w, 0xff, i == 0 ? 1024 * 1024 : 40 + i);
        block_end(&w, at);
        enhanced(&w, 0, 1, 'x', 1);
    }
    assert_int_equal(read_writer(&w, log), -1);
    assert_int_equal(log->frames->len, G_N_ELEMENTS(rows));
    guint64 number = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        number += rows[i].counts ? 2 : 1;
        assert_int_equal(log_get(log, i)->at.frame, number);
    }
}

static void pcapng_cut_at_every_octet(void **state)
{
    Writer w = writer_new(TRUE);
    g_autoptr(GByteArray) owned = w.bytes;
    gsize ends[8];
    guint n = 0;
    section(&w);
    ends[n++] = w.bytes->len;
    interface(&w, 1, 0, 6, 0);
    ends[n++] = w.bytes->len;
    enhanced(&w, 0, 1, 'a', 3);
    ends[n++] = w.bytes->len;
    gsize at = block_begin(&w, 0xbad);
    put_octets(&w, 1, 30);
    block_end(&w, at);
    ends[n++] = w.bytes->len;
    enhanced(&w, 0, 1, 'b', 4);
    ends[n++] = w.bytes->len;
    for (gsize cut = 12; cut <= w.bytes->len; cut++) {
        g_autoptr(Log) log = log_new();
        int code = read_octets(w.bytes->data, cut, log, NULL);
        gboolean whole = FALSE;
        for (guint i = 0; i < n; i++)
            whole |= cut == ends[i];
        assert_int_equal(code, whole ? -1 : MG_CAPTURE_ERROR_CUT);
        assert_int_equal(log->frames->len, cut >= ends[4] ? 2 : cut >= ends[2] ? 1 : 0);
    }
}

typedef void (*Damage)(Writer *writer);

static void no_such_interface(Writer *w)
{
    enhanced(w, 3, 1, 'x', 4);
}

static void too_long_inside(Writer *w)
{
    gsize at = block_begin(w, 6);
    put_octets(w, 0, 12);
    put32(w, 9);
    put32(w, 9);
    put_octets(w, 'x', 4);
    block_end(w, at);
}

static void lengths_differ(Writer *w)
{
    enhanced(w, 0, 1, 'x', 4);
    w->bytes->data[w->bytes->len - 4] ^= 0x40;
}

static void block_of_eight(Writer *w)
{
    put32(w, 4);
    put32(w, 8);
}

static void huge_unknown_block(Writer *w)
{
    put32(w, 0x1234);
    put32(w, 0x10000000);
}

static void huge_packet_block(Writer *w)
{
    put32(w, 6);
    put32(w, 0x00200000);
}

static void option_too_long(Writer *w)
{
    gsize at = block_begin(w, 1);
    put32(w, 1);
    put32(w, 0);
    put16(w, 2);
    put16(w, 100);
    block_end(w, at);
}

static void section_without_mark(Writer *w)
{
    gsize at = block_begin(w, 0x0a0d0d0a);
    put_octets(w, 0x11, 16);
    block_end(w, at);
}

static void short_interface(Writer *w)
{
    gsize at = block_begin(w, 1);
    put32(w, 1);
    block_end(w, at);
}

static void short_packet(Writer *w)
{
    gsize at = block_begin(w, 6);
    put_octets(w, 0, 16);
    block_end(w, at);
}

static void simple_too_long(Writer *w)
{
    gsize at = block_begin(w, 3);
    put32(w, 100);
    put_octets(w, 'x', 40);
    block_end(w, at);
}

static void pcapng_damage(void **state)
{
    static const Damage damages[] = {
        no_such_interface,  too_long_inside,   lengths_differ,  block_of_eight,
        huge_unknown_block, huge_packet_block, option_too_long, section_without_mark,
        short_interface,    short_packet,      simple_too_long,
    };
    for (guint i = 0; i < G_N_ELEMENTS(damages) * 2; i++) {
        Writer w = writer_new(i % 2);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        g_autofree char *message = NULL;
        section(&w);
        interface(&w, 1, 0, 6, 0);
        enhanced(&w, 0, 1, 'a', 4);
        damages[i / 2](&w);
        int code = read_octets(w.bytes->data, w.bytes->len, log, &message);
        assert_int_equal(code, MG_CAPTURE_ERROR_DAMAGED);
        assert_int_equal(log->frames->len, 1);
        assert_string_equal(log->notes->str, "file-damaged@1;");
        assert_non_null(strstr(message, "is damaged after frame 1: "));
    }
}

/* A length without the padding, as some writers have it. */
static void pcapng_unpadded_length(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    section(&w);
    interface(&w, 1, 0, 6, 0);
    gsize at = w.bytes->len;
    enhanced(&w, 0, 1, 'a', 5);
    w.bytes->data[at + 4] -= 3;
    w.bytes->data[w.bytes->len - 4] -= 3;
    enhanced(&w, 0, 1, 'b', 5);
    assert_int_equal(read_writer(&w, log), -1);
    assert_memory_equal(log->first_octets->data, "ab", 2);
}

static void option(Writer *w, guint16 code, const char *text)
{
    static const guint8 zeroes[3];
    gsize len = strlen(text);
    put16(w, code);
    put16(w, (guint16)len);
    put(w, text, len);
    put(w, zeroes, (4 - len % 4) % 4);
}

/* A block with its options behind what it has already. */
static void packet_with(Writer *w, guint8 octet, const char *const *comments)
{
    gsize at = block_begin(w, 6);
    put32(w, 0);
    put32(w, 0);
    put32(w, 1);
    put32(w, 5);
    put32(w, 5);
    put_octets(w, octet, 5);
    put_octets(w, 0, 3);
    option(w, 2, "flag");
    for (; *comments != NULL; comments++)
        option(w, 1, *comments);
    put32(w, 0);
    block_end(w, at);
}

static void pcapng_comments(void **state)
{
    g_autofree char *long_one = g_strnfill(MG_LIMIT_COMMENT - 1, 'x');
    g_autofree char *longer = g_strconcat(long_one, "ä and more", NULL);
    for (int big = 0; big < 2; big++) {
        Writer w = writer_new(big);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        gsize at = block_begin(&w, 0x0a0d0d0a);
        put32(&w, 0x1a2b3c4d);
        put16(&w, 1);
        put16(&w, 0);
        put64(&w, G_MAXUINT64);
        option(&w, 1, "of the section");
        block_end(&w, at);
        at = block_begin(&w, 1);
        put16(&w, 1);
        put16(&w, 0);
        put32(&w, 0);
        option(&w, 1, "of the interface");
        block_end(&w, at);
        packet_with(&w, 'a', (const char *const[]){"one", "two", NULL});
        packet_with(&w, 'b', (const char *const[]){NULL});
        packet_with(&w, 'c', (const char *const[]){"", "bad \xff octet", longer, NULL});
        section(&w);
        at = block_begin(&w, 1);
        put16(&w, 1);
        put16(&w, 0);
        put32(&w, 0);
        option(&w, 1, "of a later interface");
        block_end(&w, at);
        packet_with(&w, 'd', (const char *const[]){"1", "2", "3", "4", "5", "6", "7", "8", NULL});
        assert_int_equal(read_writer(&w, log), -1);
        assert_memory_equal(log->first_octets->data, "abcd", 4);
        g_autofree char *expected = g_strconcat(
            "0:of the section;0:of the interface;1:one;1:two;3:bad \357\277\275 octet;3:", long_one,
            "…;4:of a later interface;4:1;4:2;4:3;4:4;4:5;4:6;4:7;", NULL);
        assert_string_equal(log->remarks->str, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcapng_three_packet_blocks),
        cmocka_unit_test(pcapng_resolutions),
        cmocka_unit_test(pcapng_time_out_of_range),
        cmocka_unit_test(pcapng_sections),
        cmocka_unit_test(pcapng_names),
        cmocka_unit_test(pcapng_many_names),
        cmocka_unit_test(pcapng_other_blocks),
        cmocka_unit_test(pcapng_cut_at_every_octet),
        cmocka_unit_test(pcapng_damage),
        cmocka_unit_test(pcapng_unpadded_length),
        cmocka_unit_test(pcapng_comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
