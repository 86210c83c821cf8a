/* The packets of a nameless copy: other names, as many octets, checksums as right as before. */
#include "annotate/rename.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static MgAddress rename_to_documentation(gpointer user G_GNUC_UNUSED, const MgAddress *address)
{
    MgAddress other = {.family = address->family, .bytes = {192, 0, 2, address->bytes[3]}};
    return other;
}

static guint32 sum_of(const guint8 *data, gsize len, guint32 sum)
{
    for (gsize i = 0; i < len; i++)
        sum += i % 2 == 0 ? (guint32)data[i] << 8 : data[i];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void set_sum(guint8 *at, guint32 sum)
{
    at[0] = (guint8)((0xffff - sum) >> 8);
    at[1] = (guint8)(0xffff - sum);
}

static guint32 tcp_sum(const guint8 *ip, gsize len)
{
    guint32 sum = sum_of(ip + 12, 8, 6 + (guint32)(len - 20));
    return sum_of(ip + 20, len - 20, sum);
}

/* Ethernet, IPv4, TCP, text; right checksums. */
static GByteArray *packet_of(const char *text, guint padding)
{
    gsize len = 14 + 20 + 20 + strlen(text);
    GByteArray *packet = g_byte_array_new();
    g_byte_array_set_size(packet, (guint)len + padding);
    guint8 *data = packet->data;
    memset(data, 0, packet->len);
    memcpy(data, "\x02\x11\x22\x33\x44\x55\x02\x66\x77\x88\x99\xaa\x08\x00", 14);
    guint8 *ip = data + 14;
    ip[0] = 0x45;
    ip[2] = (guint8)((len - 14) >> 8);
    ip[3] = (guint8)(len - 14);
    ip[8] = 64;
    ip[9] = 6;
    memcpy(ip + 12, "\x0a\x00\x00\x0b\x0a\x00\x00\x02", 8);
    set_sum(ip + 10, sum_of(ip, 20, 0));
    ip[20 + 12] = 0x50;
    memcpy(ip + 40, text, strlen(text));
    set_sum(ip + 20 + 16, tcp_sum(ip, len - 14));
    memset(data + len, 'p', padding);
    return packet;
}

static void packets(void **state G_GNUC_UNUSED)
{
    MgRenamer *renamer = mg_renamer_new(rename_to_documentation, NULL);
    g_autoptr(GByteArray) packet = packet_of("MAIL FROM:<anna@alpha.lab>\r\n", 6);
    assert_true(mg_rename_packet(renamer, 1, packet->data, packet->len));
    const guint8 *ip = packet->data + 14;
    gsize len = packet->len - 14 - 6;
    assert_memory_equal(packet->data, "\x00\x00\x5e\x00\x53\x01\x00\x00\x5e\x00\x53\x02", 12);
    assert_memory_equal(ip + 12, "\xc0\x00\x02\x0b\xc0\x00\x02\x02", 8);
    assert_memory_equal(ip + 40, "MAIL FROM:<xxxx@xxxxx.xxx>\r\n", len - 40);
    assert_int_equal(sum_of(ip, 20, 0), 0xffff);
    assert_int_equal(tcp_sum(ip, len), 0xffff);
    /* What an Ethernet card sent along from its memory. */
    assert_memory_equal(packet->data + packet->len - 6, "\0\0\0\0\0\0", 6);
    mg_renamer_free(renamer);
}

static void what_is_not_understood_is_blanked(void **state G_GNUC_UNUSED)
{
    MgRenamer *renamer = mg_renamer_new(rename_to_documentation, NULL);
    g_autoptr(GByteArray) unknown = packet_of("anna", 0);
    assert_false(mg_rename_packet(renamer, 147, unknown->data, unknown->len));
    for (guint i = 0; i < unknown->len; i++)
        assert_int_equal(unknown->data[i], 'x');
    g_autoptr(GByteArray) udp = packet_of("anna.alpha.lab", 0);
    udp->data[14 + 9] = 17;
    assert_false(mg_rename_packet(renamer, 1, udp->data, udp->len));
    assert_memory_equal(udp->data + 14 + 28, "xxxxxxxxxxxxxxxxxxxxxxxxxx", 26);
    g_autoptr(GByteArray) fragment = packet_of("anna.alpha.lab", 0);
    fragment->data[14 + 7] = 9;
    assert_false(mg_rename_packet(renamer, 1, fragment->data, fragment->len));
    assert_memory_equal(fragment->data + 14 + 20, "xxxxxxxxxx", 10);
    g_autoptr(GByteArray) tunnel = packet_of("anna.alpha.lab", 0);
    tunnel->data[14 + 9] = 4;
    assert_false(mg_rename_packet(renamer, 1, tunnel->data, tunnel->len));
    assert_memory_equal(tunnel->data + 14 + 20, "xxxxxxxxxx", 10);
    mg_renamer_free(renamer);
}

/* However short a packet is: no octet beyond it is touched (the sanitizers watch). */
static void cut_anywhere(void **state G_GNUC_UNUSED)
{
    static const guint16 linktypes[] = {0, 1, 12, 14, 101, 108, 113, 147, 228, 229, 276};
    MgRenamer *renamer = mg_renamer_new(rename_to_documentation, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(linktypes); i++) {
        for (gsize len = 0; len < 90; len++) {
            g_autoptr(GByteArray) packet = packet_of("RCPT TO:<anna@alpha.lab> 1", 8);
            for (guint version = 4; version <= 6; version += 2) {
                gsize cut = MIN(len, packet->len);
                g_autofree guint8 *exact = g_memdup2(packet->data, MAX(cut, 1));
                if (cut > 14)
                    exact[14] = (guint8)(version << 4 | 5);
                mg_rename_packet(renamer, linktypes[i], exact, cut);
            }
        }
    }
    mg_renamer_free(renamer);
}

static void words(void **state G_GNUC_UNUSED)
{
    const struct {
        const char *real, *expected;
    } rows[] = {
        {"220 mx.alpha.lab ESMTP\r\n", "220 xx.xxxxx.xxx ESMTP\r\n"},
        {"250 2.1.5 Ok\r\n", "250 2.1.5 Ok\r\n"},
        {"a12 LOGIN bob xxxxxx\r\n", "a12 LOGIN xxx xxxxxx\r\n"},
        {"* 3 FETCH (UID 17 RFC822.SIZE 509 BODY[] {123456}\r\n",
         "* 3 FETCH (UID 17 RFC822.SIZE 509 BODY[] {123456}\r\n"},
        {"[10.0.0.2] and 5551234567", "[00.0.0.0] xxx 0000000000"},
        {"M\xc3\xbcller", "xxxxxxx"},
        {"Anna was here", "xxxx xxx xxxx"},
        {"", ""},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup(rows[i].real);
        mg_rename_words((guint8 *)text, strlen(text), 0);
        assert_string_equal(text, rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets),
        cmocka_unit_test(what_is_not_understood_is_blanked),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
