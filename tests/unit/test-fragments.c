/* IP fragments: any order, twice, overlapping, never completed, too many. */
#include "net-kit.h"

#define SIZE 3000

/* A TCP segment of SIZE octets of payload, to be cut into fragments; the payload's octet at n
 * is n % 251. */
static GByteArray *segment(void)
{
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, SIZE);
    for (guint i = 0; i < SIZE; i++)
        bytes->data[i] = (guint8)(i % 251);
    prepend_tcp(bytes);
    return bytes;
}

typedef struct {
    int version;
    guint32 id;
    guint begin, end; /* octets of the segment; the last fragment ends at its end */
    gsize cut;        /* octets that were not captured */
    guint8 change;    /* added to each octet */
    gboolean more;
    guint8 protocol; /* 0 = TCP */
} Part;

static void feed_part(MgNet *net, const GByteArray *whole, Part part, guint64 number, MgTime time)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 protocol = part.protocol != 0 ? part.protocol : 6;
    g_byte_array_append(bytes, whole->data + part.begin, part.end - part.begin);
    for (guint i = 0; i < bytes->len; i++)
        bytes->data[i] = (guint8)(bytes->data[i] + part.change);
    if (part.version == 4) {
        prepend_ipv4(bytes, protocol);
        bytes->data[4] = (guint8)(part.id >> 8);
        bytes->data[5] = (guint8)part.id;
        bytes->data[6] = (guint8)((part.more ? 0x20 : 0) | part.begin / 8 >> 8);
        bytes->data[7] = (guint8)(part.begin / 8);
    } else {
        const guint8 header[8] = {protocol,
                                  0,
                                  (guint8)(part.begin >> 8),
                                  (guint8)((part.begin & 0xf8) | (part.more ? 1 : 0)),
                                  0,
                                  0,
                                  (guint8)(part.id >> 8),
                                  (guint8)part.id};
        prepend(bytes, header, 8);
        prepend_ipv6(bytes, 44);
    }
    feed(net, 101, bytes->data, bytes->len - part.cut, bytes->len, number, time);
}

/* The usual three: 0 to 1000, to 2000, to the end. */
static Part third(int version, guint32 id, guint i)
{
    return (Part){.version = version,
                  .id = id,
                  .begin = i * 1000,
                  .end = i == 2 ? SIZE + 20 : (i + 1) * 1000,
                  .more = i < 2};
}

static void check_whole(const Found *found, guint segments, guint64 frame)
{
    assert_int_equal(found->segments, segments);
    assert_int_equal(found->last.payload_len, SIZE);
    assert_int_equal(found->payload->len, SIZE);
    for (guint i = 0; i < SIZE; i++)
        assert_int_equal(found->payload->data[i], i % 251);
    assert_int_equal(found->last.frame_offset, MG_OFFSET_NONE);
    assert_int_equal(found->last.at.frame, frame);
}

static void any_order(void **state)
{
    static const guint orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    g_autoptr(GByteArray) whole = segment();
    for (int version = 4; version <= 6; version += 2) {
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        guint64 number = 0;
        for (guint32 i = 0; i < 6; i++) {
            for (guint k = 0; k < 3; k++)
                feed_part(net, whole, third(version, i, orders[i][k]), ++number, 0);
            check_whole(found, i + 1, number);
        }
        mg_net_finish(net);
        assert_string_equal(found->notes->str, "");
    }
}

static void duplicates(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    for (int version = 4; version <= 6; version += 2) {
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        for (guint i = 0; i < 3; i++)
            for (guint k = 0; k < 2; k++)
                feed_part(net, whole, third(version, 7, i), 2 * i + k + 1, 0);
        check_whole(found, 1, 5);
        mg_net_finish(net);
        assert_string_equal(found->notes->str, "");
    }
}

/* The same identification used for another datagram once the first is complete. */
static void identification_used_anew(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    for (guint i = 0; i < 3; i++)
        feed_part(net, whole, third(4, 7, i), i + 1, 0);
    whole->data[4]++; /* another sequence number */
    whole->data[1500]++;
    whole->data[2500]++;
    for (guint i = 0; i < 3; i++)
        feed_part(net, whole, third(4, 7, i), i + 4, 0);
    assert_int_equal(found->segments, 2);
    assert_int_equal(found->last.seq, 0x02020304);
    assert_string_equal(found->notes->str, "");
}

/* IPv4: the first copy of each octet stays, and the difference is noted.  IPv6: dropped. */
static void overlapping(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    for (int version = 4; version <= 6; version += 2) {
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        Part other = {.version = version, .begin = 504, .end = 2000, .more = TRUE, .change = 1};
        feed_part(net, whole, third(version, 0, 0), 1, 0);
        feed_part(net, whole, other, 2, 0);
        feed_part(net, whole, third(version, 0, 2), 3, 0);
        mg_net_finish(net);
        assert_string_equal(found->notes->str, "fragments-overlap@2;");
        assert_int_equal(found->segments, version == 4 ? 1 : 0);
        if (version == 4) {
            assert_int_equal(found->payload->data[900], 900 % 251);
            assert_int_equal(found->payload->data[1100], 1100 % 251 + 1);
        }
    }
}

/* It is said of any protocol, and once for one datagram. */
static void overlapping_udp(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    const Part part = {.version = 4, .begin = 0, .end = 16, .more = TRUE, .protocol = 17};
    Part other = {.version = 4, .begin = 8, .end = 16, .more = TRUE, .protocol = 17, .change = 1};
    feed_part(net, whole, part, 1, 0);
    feed_part(net, whole, part, 2, 0);
    assert_string_equal(found->notes->str, "");
    feed_part(net, whole, other, 3, 0);
    feed_part(net, whole, other, 4, 0);
    mg_net_finish(net);
    assert_string_equal(found->notes->str, "fragments-overlap@3;");
    assert_int_equal(found->segments, 0);
}

static void two_different_ends(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    Part early_end = {.version = 4, .begin = 1000, .end = 1500};
    feed_part(net, whole, early_end, 1, 0);
    feed_part(net, whole, third(4, 0, 2), 2, 0);
    feed_part(net, whole, third(4, 0, 0), 3, 0);
    mg_net_finish(net);
    assert_string_equal(found->notes->str, "fragments-overlap@2;");
    assert_int_equal(found->segments, 1);
    assert_int_equal(found->payload->len, 1480);
}

/* The last fragment ends inside a unit of eight octets; another one reaches beyond it. */
static void beyond_a_short_end(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    for (int version = 4; version <= 6; version += 2) {
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        Part end = {.version = version, .begin = 8, .end = 41};
        Part beyond = {.version = version, .begin = 8, .end = 56, .more = TRUE};
        feed_part(net, whole, end, 1, 0);
        feed_part(net, whole, beyond, 2, 0);
        assert_string_equal(found->notes->str, "fragments-overlap@2;");
    }
}

/* An end that is told late and lies before what has come. */
static void end_before_the_middle(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    Part end = {.version = 4, .begin = 0, .end = 504};
    feed_part(net, whole, third(4, 0, 1), 1, 0);
    end.begin = 8;
    feed_part(net, whole, end, 2, 0);
    feed_part(net, whole, third(4, 0, 0), 3, 0);
    feed_part(net, whole, third(4, 0, 2), 4, 0);
    mg_net_finish(net);
    assert_non_null(strstr(found->notes->str, "fragments-overlap@2;"));
    assert_true(found->segments <= 1);
}

static void cut_fragments(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    Part middle = third(4, 0, 1);
    middle.cut = 100;
    feed_part(net, whole, third(4, 0, 0), 1, 0);
    feed_part(net, whole, third(4, 0, 2), 2, 0);
    feed_part(net, whole, middle, 3, 0);
    assert_int_equal(found->segments, 1);
    assert_int_equal(found->last.payload_len, SIZE);
    assert_int_equal(found->payload->len, 1900 - 20);
    assert_int_equal(found->payload->data[1879], 1879 % 251);
}

static void never_completed(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    feed_part(net, whole, third(4, 1, 0), 1, 0);
    feed_part(net, whole, third(6, 2, 2), 2, 30 * MG_SECOND);
    Part udp = third(4, 3, 0);
    udp.protocol = 17;
    feed_part(net, whole, udp, 3, 30 * MG_SECOND);
    assert_string_equal(found->notes->str, "");
    feed_part(net, whole, third(4, 4, 0), 4, 61 * MG_SECOND); /* the first is too old now */
    assert_string_equal(found->notes->str, "fragments-incomplete@1;");
    feed_part(net, whole, third(4, 1, 1), 5, 61 * MG_SECOND);
    feed_part(net, whole, third(4, 1, 2), 6, 61 * MG_SECOND);
    assert_int_equal(found->segments, 0);
    mg_net_finish(net);
    assert_string_equal(found->notes->str,
                        "fragments-incomplete@1;fragments-incomplete@2;fragments-incomplete@4;"
                        "fragments-incomplete@6;");
    mg_net_finish(net);
    assert_int_equal(strlen(found->notes->str), 4 * strlen("fragments-incomplete@1;"));
}

static void two_capture_points(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    g_autoptr(GByteArray) first = g_byte_array_new();
    g_byte_array_append(first, whole->data, 1000);
    prepend_ipv4(first, 6);
    first->data[4] = first->data[5] = 0;
    first->data[6] = 0x20;
    MgFrame frame = {.bytes = {first->data, first->len},
                     .original_len = first->len,
                     .linktype = 228,
                     .at = {.frame = 1, .capture = 2}};
    mg_net_frame(net, &frame);
    feed_part(net, whole, third(4, 0, 1), 1, 0);
    feed_part(net, whole, third(4, 0, 2), 2, 0);
    assert_int_equal(found->segments, 0);
}

/* A flood stays within the limit, and says so. */
static void flood(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    for (guint32 id = 0; id < 5000; id++)
        feed_part(net, whole, third(4, id, 0), id + 1, 0);
    for (guint i = 1; i < 3; i++)
        feed_part(net, whole, third(4, 4999, i), 6000, 0);
    check_whole(found, 1, 6000);
    assert_true(g_str_has_prefix(found->notes->str, "limit-fragments@1;fragments-incomplete@1;"));
    assert_null(strstr(found->notes->str + 1, "limit-fragments"));
    mg_net_finish(net);
    g_auto(GStrv) notes = g_strsplit(found->notes->str, ";", -1);
    assert_in_range(g_strv_length(notes), 100, 110);
}

static void malformed(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    Part odd_length = {.version = 4, .begin = 0, .end = 1001, .more = TRUE};
    feed_part(net, whole, odd_length, 1, 0);
    Part empty = {.version = 6, .begin = 8, .end = 8};
    feed_part(net, whole, empty, 2, 0);
    g_autoptr(GByteArray) huge = g_byte_array_new();
    g_byte_array_set_size(huge, 1000);
    memset(huge->data, 0, huge->len);
    prepend_ipv4(huge, 6);
    huge->data[6] = 0x1f;
    huge->data[7] = 0xff; /* would end beyond 65535 */
    feed(net, 228, huge->data, huge->len, huge->len, 3, 0);
    mg_net_finish(net);
    assert_int_equal(found->segments, 0);
    assert_string_equal(found->notes->str, "");
}

/* A tunnel whose outer packet was fragmented. */
static void tunnel_in_fragments(void **state)
{
    g_autoptr(GByteArray) whole = segment();
    prepend_ipv4(whole, 6);
    prepend_hex(whole, "00000800");
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    for (guint i = 0; i < 3; i++) {
        Part part = third(4, 9, i);
        part.protocol = 47;
        part.end = i == 2 ? whole->len : part.end;
        feed_part(net, whole, part, i + 1, 0);
    }
    check_whole(found, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order),
        cmocka_unit_test(duplicates),
        cmocka_unit_test(identification_used_anew),
        cmocka_unit_test(overlapping),
        cmocka_unit_test(overlapping_udp),
        cmocka_unit_test(two_different_ends),
        cmocka_unit_test(beyond_a_short_end),
        cmocka_unit_test(end_before_the_middle),
        cmocka_unit_test(cut_fragments),
        cmocka_unit_test(never_completed),
        cmocka_unit_test(two_capture_points),
        cmocka_unit_test(flood),
        cmocka_unit_test(malformed),
        cmocka_unit_test(tunnel_in_fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
