/* Link types, tunnels and headers: each found whole, and cut at every octet. */
#include "net-kit.h"

typedef struct {
    guint16 linktype;
    const char *layers;
} Row;

/* Every way to a segment that is known. */
static const Row ways[] = {
    {1, "eth:0800 tcp4"},
    {1, "eth:86dd tcp6"},
    {1, "eth:8100 x:00050800 tcp4"},
    {1, "eth:88a8 x:000a8100 x:000586dd tcp6"},
    {1, "eth:9100 x:000a9200 x:00059300 x:00010800 tcp4"},
    {1, "eth:8847 x:0001213f tcp4"},
    {1, "eth:8847 x:0001203f x:0001313f tcp6"},
    {1, "eth:8848 x:0001213f eth:0800 tcp4"},
    {1, "eth:8847 x:0001213f x:00000000 eth:0800 tcp4"},
    {1, "eth:8864 ppp:0021 tcp4"},
    {1, "eth:8864 ppp:0057 tcp6"},
    {1, "eth:8864 ppp:21 tcp4"},
    {1, "eth:8870 x:aaaa03000000 x:0800 tcp4"},
    {1, "eth:8909 x:010100010005 x:0800 tcp4"},
    {1, "802.3 x:aaaa03000000 x:0800 tcp4"},
    {1, "802.3 x:aaaa030000f8 x:86dd tcp6"},
    {1, "802.3 x:060603 tcp4"},
    {1, "802.3 x:fefe03cc tcp4"},
    {1, "eth:8100 x:00050038 x:aaaa03000000 x:0800 tcp4"},
    {0, "x:02000000 tcp4"},
    {0, "x:00000002 tcp4"},
    {0, "x:1e000000 tcp6"},
    {0, "x:0000001c tcp6"},
    {108, "x:00000002 tcp4"},
    {108, "x:00000018 tcp6"},
    {9, "x:ff030021 tcp4"},
    {9, "x:0021 tcp4"},
    {9, "x:ff0357 tcp6"},
    {9, "x:ff030281 x:0001213f tcp4"},
    {50, "x:ff030057 tcp6"},
    {50, "x:0f000800 tcp4"},
    {51, "ppp:0021 tcp4"},
    {104, "x:0f000800 tcp4"},
    {104, "x:8f0086dd tcp6"},
    {104, "x:0f00fefe03cc tcp4"},
    {166, "x:01030021 tcp4"},
    {204, "x:00ff030021 tcp4"},
    {204, "x:010021 tcp4"},
    {12, "tcp4"},
    {14, "tcp6"},
    {101, "tcp4"},
    {101, "tcp6"},
    {228, "tcp4"},
    {229, "tcp6"},
    {100, "x:aaaa030000000800 tcp4"},
    {100, "x:aaaa030080c20007 x:0000 eth:0800 tcp4"},
    {107, "x:184103cc tcp4"},
    {107, "x:18410300cc tcp4"},
    {107, "x:18410300800000000800 tcp4"},
    {107, "x:18410800 tcp4"},
    {109, "x:000000020000000000000000 tcp4"},
    {113, "x:0000 x:000100060200000000010000 x:0800 tcp4"},
    {113, "x:0004 x:030400000000000000000000 x:86dd tcp6"},
    {113, "x:0000 x:000100060200000000010000 x:8100 x:00050800 tcp4"},
    {113, "x:0000 x:000100060200000000010000 x:0004 x:aaaa030000000800 tcp4"},
    {276, "x:0800 x:0000 x:00000002 x:0001 x:00 x:06 x:0200000000010000 tcp4"},
    {276, "x:86dd x:0000 x:00000002 x:0304 x:00 x:06 x:0200000000010000 tcp6"},
    {117, "x:3d020000 "
          "x:"
          "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          "00000000000000000000000000000000 tcp4"},
    {138, "x:00000000000000000000000000000000 x:0800 tcp4"},
    {239, "x:02000000 x:08000100080001000800050000000002 x:34000900 tcp4"},
    {239, "x:0a000000 x:0008000100000000 x:00480009 tcp6"},
    {258, "x:0c000000 x:01000000 x:01000000 eth:0800 tcp4"},
    {149, "x:10000000 x:01000000 x:00000000 x:00000000 x:1e000000 tcp6"},
    /* IEEE 802.11: to the access point, from it, between two, with and without QoS */
    {105, "x:08010000 x:020000000001020000000002020000000003 x:1000 x:aaaa030000000800 tcp4"},
    {105, "x:08020000 x:020000000001020000000002020000000003 x:1000 x:aaaa0300000086dd tcp6"},
    {105, "x:08030000 x:020000000001020000000002020000000003 x:1000 x:020000000004 "
          "x:aaaa030000000800 tcp4"},
    {105, "x:88010000 x:020000000001020000000002020000000003 x:1000 x:0000 x:aaaa030000000800 "
          "tcp4"},
    {105, "x:88810000 x:020000000001020000000002020000000003 x:1000 x:0000 x:00000000 "
          "x:aaaa030000000800 tcp4"},
    {105, "x:88020000 x:020000000001020000000002020000000003 x:1000 x:8000 "
          "x:020000000001020000000002 x:0038 x:aaaa030000000800 tcp4"},
    {127, "x:0000080000000000 x:08010000 x:020000000001020000000002020000000003 x:1000 "
          "x:aaaa030000000800 tcp4"},
    /* radiotap with time and flags, and a QoS header filled up to whole words */
    {127, "x:0000190003000080 x:00000000 x:00000000 x:0000000000000000 x:20 x:88010000 "
          "x:020000000001020000000002020000000003 x:1000 x:0000 x:0000 x:aaaa030000000800 tcp4"},
    {119, "x:44000000 x:10000000 x:0000000000000000 x:08010000 "
          "x:020000000001020000000002020000000003 x:1000 x:aaaa030000000800 tcp4"},
    {119, "x:80211001 x:0000000c x:00000000 x:08010000 x:020000000001020000000002020000000003 "
          "x:1000 x:aaaa030000000800 tcp4"},
    {163, "x:80211001 x:00000008 x:08010000 x:020000000001020000000002020000000003 x:1000 "
          "x:aaaa030000000800 tcp4"},
    {192, "x:00000800 x:69000000 x:08010000 x:020000000001020000000002020000000003 x:1000 "
          "x:aaaa030000000800 tcp4"},
    {192, "x:00000800 x:01000000 eth:0800 tcp4"},
    /* tunnels */
    {101, "ip4:4 tcp4"},
    {101, "ip4:41 tcp6"},
    {101, "ip6:4 tcp4"},
    {101, "ip6:41 tcp6"},
    {101, "ip4:47 x:00000800 tcp4"},
    {101, "ip4:47 x:b00086dd x:00000000 x:00000001 x:00000002 tcp6"},
    {101, "ip4:47 x:00006558 eth:0800 tcp4"},
    {101, "ip4:47 x:00008847 x:0001213f tcp4"},
    {101, "ip4:47 x:0000883e tcp4"},
    {101, "ip4:47 x:0000883e x:00000000 tcp4"},
    {101, "ip4:47 x:000088be eth:0800 tcp4"},
    {101, "ip4:47 x:100088be x:00000001 x:1001000100000000 eth:0800 tcp4"},
    {101, "ip4:47 x:100022eb x:00000001 x:200100010000000000000000 eth:0800 tcp4"},
    {101, "ip4:47 x:100022eb x:00000001 x:200100010000000000000001 x:0000000000000000 eth:0800 "
          "tcp4"},
    {101, "ip4:47 x:3081880b x:00340001 x:00000001 x:00000001 x:ff030021 tcp4"},
    {101, "ip4:97 x:3000 eth:0800 tcp4"},
    {101, "ip4:137 x:0001213f tcp4"},
    {101, "ip4:17 udp:4789 x:0800000000000100 eth:0800 tcp4"},
    {101, "ip6:17 udp:8472 x:0800000000000100 eth:86dd tcp6"},
    {101, "ip4:17 udp:4790 x:0c00000100000100 tcp4"},
    {101, "ip4:17 udp:4790 x:0c00000300000100 eth:0800 tcp4"},
    {101, "ip4:17 udp:6081 x:0000655800000100 eth:0800 tcp4"},
    {101, "ip4:17 udp:6081 x:0100080000000100 x:00000000 tcp4"},
    {101, "ip4:17 udp:2152 x:30ff003000000001 tcp4"},
    {101, "ip4:17 udp:2152 x:34ff003c00000001 x:00000085 x:01100500 tcp4"},
};

/* An authentication header is no tunnel: this one is written with IPv4 and TCP side by side. */
static GByteArray *headers_then_tcp(const char *layers)
{
    GByteArray *bytes = g_byte_array_new();
    prepend(bytes, (const guint8 *)PAYLOAD, PAYLOAD_LEN);
    prepend_tcp(bytes);
    g_auto(GStrv) words = g_strsplit(layers, " ", -1);
    for (guint i = g_strv_length(words); i > 0; i--)
        prepend_word(bytes, words[i - 1]);
    return bytes;
}

/* Extension headers of IPv6, and AH in both. */
static const char *const chains[] = {
    "ip6:6",
    "ip6:0 x:0600010400000000",
    "ip6:43 x:0600000000000000",
    "ip6:60 x:0601010c00000000 x:0000000000000000",
    "ip6:0 x:3c00010400000000 x:2b00010400000000 x:0600000000000000",
    "ip6:135 x:0600000000000000",
    "ip6:44 x:06000000 x:00000001",
    "ip6:51 x:0604000000000001000000010000000000000000000000 x:00",
    "ip4:51 x:0604000000000001000000010000000000000000000000 x:00",
};

static void check_segment(const Found *found, const guint8 *frame, gsize captured)
{
    assert_int_equal(found->segments, 1);
    const MgSegment *segment = &found->last;
    assert_int_equal(segment->source.port, 50000);
    assert_int_equal(segment->destination.port, 25);
    assert_int_equal(segment->seq, 0x01020304);
    assert_int_equal(segment->ack, 0x05060708);
    assert_int_equal(segment->flags, MG_TCP_ACK | MG_TCP_PSH);
    assert_int_equal(segment->window, 0x2000);
    assert_int_equal(segment->payload_len, PAYLOAD_LEN);
    assert_int_equal(segment->payload.len, captured);
    assert_memory_equal(found->payload->data, PAYLOAD, captured);
    assert_true(segment->source.address.family == 4 || segment->source.address.family == 6);
    guint last = segment->source.address.family == 4 ? 3 : 15;
    assert_int_equal(segment->source.address.bytes[last], 1);
    assert_int_equal(segment->destination.address.bytes[last], 2);
    if (captured > 0)
        assert_memory_equal(frame + segment->frame_offset, PAYLOAD, captured);
}

/* Whole; with padding behind; cut at every octet, with and without its true length. */
static void check_way(guint16 linktype, const GByteArray *bytes, gboolean may_pad)
{
    gsize headers = bytes->len - PAYLOAD_LEN;
    for (gsize cut = 0; cut <= bytes->len; cut++) {
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        feed(net, linktype, bytes->data, cut, bytes->len, 1, 0);
        mg_net_finish(net);
        if (cut >= headers)
            check_segment(found, bytes->data, cut - headers);
        else if (cut < headers - 4)
            assert_int_equal(found->segments, 0);
        assert_int_equal(found->notes->len, 0);

        g_autoptr(Found) forgotten = found_new();
        g_autoptr(MgNet) net_forgotten = net_new(forgotten);
        feed(net_forgotten, linktype, bytes->data, cut, cut, 1, 0);
        assert_true(forgotten->segments <= 1);
    }
    if (!may_pad)
        return;
    g_autoptr(GByteArray) padded = g_byte_array_new();
    g_byte_array_append(padded, bytes->data, bytes->len);
    g_byte_array_append(padded, (const guint8 *)"\0\0\0\0\0\0", 6);
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    feed(net, linktype, padded->data, padded->len, padded->len, 1, 0);
    check_segment(found, padded->data, PAYLOAD_LEN);
}

static void all_ways(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(GByteArray) bytes = make_frame(ways[i].layers);
        assert_true(mg_net_knows_linktype(ways[i].linktype));
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        feed(net, ways[i].linktype, bytes->data, bytes->len, bytes->len, 1, 0);
        if (found->segments != 1)
            fail_msg("no segment in %u %s", ways[i].linktype, ways[i].layers);
        check_way(ways[i].linktype, bytes, TRUE);
    }
}

static void all_chains(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(chains); i++) {
        g_autoptr(GByteArray) bytes = headers_then_tcp(chains[i]);
        check_way(101, bytes, TRUE);
    }
}

/* ---- lengths ---- */

static void ipv4_options(void **state)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    prepend(bytes, (const guint8 *)PAYLOAD, PAYLOAD_LEN);
    prepend_tcp(bytes);
    prepend_hex(bytes, "460000341234000040060000"
                       "0a000001"
                       "0a000002"
                       "01010100");
    check_way(228, bytes, TRUE);
}

static void tcp_options(void **state)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    prepend(bytes, (const guint8 *)PAYLOAD, PAYLOAD_LEN);
    prepend_hex(bytes, "c3500019010203040506070880182000"
                       "00000000"
                       "0101080a0000000100000002");
    prepend_ipv4(bytes, 6);
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    feed(net, 228, bytes->data, bytes->len, bytes->len, 1, 0);
    check_segment(found, bytes->data, PAYLOAD_LEN);
    /* Cut inside its options: the segment is known, its octets are not. */
    feed(net, 228, bytes->data, 42, bytes->len, 2, 0);
    assert_int_equal(found->segments, 2);
    assert_int_equal(found->last.payload.len, 0);
    assert_int_equal(found->last.payload_len, PAYLOAD_LEN);
}

/* A giant that the network card was to cut up. */
static void offloaded(void **state)
{
    for (int version = 4; version <= 6; version += 2) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_byte_array_set_size(bytes, 100000);
        memset(bytes->data, 'x', bytes->len);
        prepend_tcp(bytes);
        if (version == 4)
            prepend_ipv4(bytes, 6);
        else
            prepend_ipv6(bytes, 6);
        bytes->data[version == 4 ? 2 : 4] = bytes->data[version == 4 ? 3 : 5] = 0;
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        feed(net, 101, bytes->data, bytes->len, bytes->len, 1, 0);
        feed(net, 101, bytes->data, 1000, bytes->len, 1, 0);
        assert_int_equal(found->segments, 2);
        assert_int_equal(found->last.payload_len, 100000);
        assert_int_equal(found->last.payload.len, 1000 - (version == 4 ? 40 : 60));
    }
}

static void jumbogram(void **state)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_set_size(bytes, 70000);
    memset(bytes->data, 'x', bytes->len);
    prepend_tcp(bytes);
    guint32 length = bytes->len + 8;
    const guint8 option[8] = {6,
                              0,
                              0xc2,
                              4,
                              (guint8)(length >> 24),
                              (guint8)(length >> 16),
                              (guint8)(length >> 8),
                              (guint8)length};
    prepend(bytes, option, 8);
    prepend_ipv6(bytes, 0);
    bytes->data[4] = bytes->data[5] = 0;
    g_byte_array_append(bytes, (const guint8 *)"padding", 7);
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    feed(net, 229, bytes->data, bytes->len, bytes->len, 1, 0);
    assert_int_equal(found->segments, 1);
    assert_int_equal(found->last.payload_len, 70000);
}

/* Tools that shorten frames and forget the first length: the IP header is believed. */
static void shorter_than_ip_says(void **state)
{
    g_autoptr(GByteArray) bytes = make_frame("eth:0800 tcp4");
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    feed(net, 1, bytes->data, bytes->len - 5, bytes->len - 5, 1, 0);
    check_segment(found, bytes->data, PAYLOAD_LEN - 5);
}

/* ---- what is no segment ---- */

static void nothing_there(void **state)
{
    static const Row rows[] = {
        {1, "eth:0806 x:0001080006040001"},
        {1, "eth:0800 ip4:1 x:0301000000000000 tcp4"}, /* ICMP quotes a segment */
        {1, "eth:86dd ip6:58 x:0100000000000000 tcp6"},
        {1, "eth:0800 ip4:17 udp:53 tcp4"},
        {1, "eth:0800 ip4:50 x:0000000100000001 tcp4"}, /* ESP */
        {1, "eth:86dd ip6:59 tcp4"},
        {1, "eth:0800 ip4:6 x:c3500019010203040506070840182000 x:00000000"}, /* header of 16 */
        {1, "eth:0800 ip4:6 x:c35000190102030405060708f0182000 x:00000000"}, /* of 60 in 20 */
        {1, "eth:0800 x:44000014123400004006000000000000 tcp4"},
        {1, "eth:0800 tcp6"},
        {1, "eth:86dd tcp4"},
        {1, "eth:0800 ip4:47 x:40000800 tcp4"}, /* GRE with routing */
        {1, "eth:0800 ip4:47 x:00020800 tcp4"}, /* GRE of version 2 */
        {1, "eth:0800 ip4:17 udp:4789 x:0000000000000000 eth:0800 tcp4"},
        {0, "x:07000000 tcp4"},
        {105, "x:48010000 x:020000000001020000000002020000000003 x:1000 x:aaaa030000000800 tcp4"},
        {105, "x:80000000 x:020000000001020000000002020000000003 x:1000 x:aaaa030000000800 tcp4"},
        {105, "x:08010000 x:020000000001020000000002020000000003 x:1100 x:aaaa030000000800 tcp4"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        feed_layers(net, rows[i].linktype, rows[i].layers, 1);
        mg_net_finish(net);
        if (found->segments != 0 || found->notes->len != 0)
            fail_msg("something in %u %s", rows[i].linktype, rows[i].layers);
    }
}

static void unknown_link_types(void **state)
{
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    for (guint64 i = 1; i < 5; i++)
        feed_layers(net, 195, "tcp4", i);
    feed_layers(net, 220, "tcp4", 5);
    feed_layers(net, 195, "tcp4", 6);
    assert_string_equal(found->notes->str, "linktype-unknown@1;linktype-unknown@5;");
    assert_false(mg_net_knows_linktype(195));
}

static void protected_wlan(void **state)
{
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    for (guint64 i = 3; i < 6; i++)
        feed_layers(net, 105,
                    "x:08410000 x:020000000001020000000002020000000003 x:1000 x:0000000000000000 "
                    "tcp4",
                    i);
    assert_int_equal(found->segments, 0);
    assert_string_equal(found->notes->str, "encrypted-link@3;");
}

/* Two frames in one. */
static void aggregated_wlan(void **state)
{
    g_autoptr(Found) found = found_new();
    g_autoptr(MgNet) net = net_new(found);
    g_autoptr(GByteArray) bytes = make_frame("x:020000000001020000000002 x:0038 "
                                             "x:aaaa030000000800 tcp4");
    g_byte_array_append(bytes, (const guint8 *)"\0\0", 2);
    g_autoptr(GByteArray) second = make_frame("x:020000000001020000000002 x:004c "
                                              "x:aaaa0300000086dd tcp6");
    g_byte_array_append(bytes, second->data, second->len);
    prepend_hex(bytes, "880200000200000000010200000000020200000000031000"
                       "8000");
    feed(net, 105, bytes->data, bytes->len, bytes->len, 1, 0);
    assert_int_equal(found->segments, 2);
    assert_int_equal(found->last.source.address.family, 6);
}

/* Deeper than anything real; must end without using up the stack. */
static void endless_layers(void **state)
{
    static const struct {
        guint16 linktype;
        const char *begin, *repeat;
    } rows[] = {
        {1,
         "020000000002020000000001"
         "8100",
         "00018100"},
        {1,
         "020000000002020000000001"
         "8847",
         "00012000"},
        {192, "", "00000800c0000000"},
        {258, "", "0c0000000100000002010000"},
        {229,
         "600000000000003f"
         "fd000000000000000000000000000001fd000000000000000000000000000002",
         "0000000000000000"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        GString *hex = g_string_new(rows[i].begin);
        while (hex->len < 400000)
            g_string_append(hex, rows[i].repeat);
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        prepend_hex(bytes, hex->str);
        g_string_free(hex, TRUE);
        g_autoptr(Found) found = found_new();
        g_autoptr(MgNet) net = net_new(found);
        feed(net, rows[i].linktype, bytes->data, bytes->len, bytes->len, 1, 0);
        assert_int_equal(found->segments, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways),
        cmocka_unit_test(all_chains),
        cmocka_unit_test(ipv4_options),
        cmocka_unit_test(tcp_options),
        cmocka_unit_test(offloaded),
        cmocka_unit_test(jumbogram),
        cmocka_unit_test(shorter_than_ip_says),
        cmocka_unit_test(nothing_there),
        cmocka_unit_test(unknown_link_types),
        cmocka_unit_test(protected_wlan),
        cmocka_unit_test(aggregated_wlan),
        cmocka_unit_test(endless_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
