/* What the tests of the net stage share: frames written as a line of layers, and a sink that
 * remembers.
 *
 * A frame is a list of words, outermost layer first:
 *   eth:TYPE     Ethernet header with this type (hexadecimal)
 *   802.3        Ethernet header with the length of what follows
 *   x:HEX        these octets
 *   ip4:PROTOCOL, ip6:NEXT, udp:PORT    headers with right lengths (decimal)
 *   tcp4, tcp6   IP and TCP headers and PAYLOAD; stands last
 *   ppp:HEX      PPPoE session header, then these octets of PPP
 */
#ifndef MG_TEST_NET_KIT_H
#define MG_TEST_NET_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "mg-segment.h"

#define PAYLOAD "EHLO a\r\n"
#define PAYLOAD_LEN 8

/* ---- writing frames ---- */

static inline void prepend(GByteArray *bytes, const guint8 *data, gsize len)
{
    g_byte_array_prepend(bytes, data, (guint)len);
}

static inline void prepend_hex(GByteArray *bytes, const char *hex)
{
    gsize len = strlen(hex) / 2;
    g_autofree guint8 *data = g_malloc(len + 1);
    for (gsize i = 0; i < len; i++)
        data[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) * 16 + g_ascii_xdigit_value(hex[2 * i + 1]));
    prepend(bytes, data, len);
}

static inline void prepend_ipv4(GByteArray *bytes, guint8 protocol)
{
    guint16 total = (guint16)(bytes->len + 20);
    const guint8 header[20] = {0x45,
                               0,
                               (guint8)(total >> 8),
                               (guint8)total,
                               0x12,
                               0x34,
                               0,
                               0,
                               64,
                               protocol,
                               0,
                               0,
                               10,
                               0,
                               0,
                               1,
                               10,
                               0,
                               0,
                               2};
    prepend(bytes, header, sizeof header);
}

static inline void prepend_ipv6(GByteArray *bytes, guint8 next)
{
    guint8 header[40] = {0x60};
    header[4] = (guint8)(bytes->len >> 8);
    header[5] = (guint8)bytes->len;
    header[6] = next;
    header[7] = 64;
    header[8] = header[24] = 0xfd;
    header[23] = 1;
    header[39] = 2;
    prepend(bytes, header, sizeof header);
}

/* From port 50000 to port 25, sequence 0x01020304, acknowledgment 0x05060708. */
static inline void prepend_tcp(GByteArray *bytes)
{
    static const guint8 header[20] = {0xc3, 0x50, 0, 25, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x18, 0x20};
    prepend(bytes, header, sizeof header);
}

static inline void prepend_udp(GByteArray *bytes, guint16 port)
{
    guint16 length = (guint16)(bytes->len + 8);
    const guint8 header[8] = {
        0xc3, 0x50, (guint8)(port >> 8), (guint8)port, (guint8)(length >> 8), (guint8)length};
    prepend(bytes, header, sizeof header);
}

static inline void prepend_ethernet(GByteArray *bytes, guint16 type)
{
    const guint8 header[14] = {2,           0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, (guint8)(type >> 8),
                               (guint8)type};
    prepend(bytes, header, sizeof header);
}

static inline void prepend_word(GByteArray *bytes, const char *word)
{
    const char *value = strchr(word, ':') != NULL ? strchr(word, ':') + 1 : "";
    if (g_str_has_prefix(word, "eth:")) {
        prepend_ethernet(bytes, (guint16)strtoul(value, NULL, 16));
    } else if (g_str_equal(word, "802.3")) {
        prepend_ethernet(bytes, (guint16)bytes->len);
    } else if (g_str_has_prefix(word, "x:")) {
        prepend_hex(bytes, value);
    } else if (g_str_has_prefix(word, "ip4:")) {
        prepend_ipv4(bytes, (guint8)atoi(value));
    } else if (g_str_has_prefix(word, "ip6:")) {
        prepend_ipv6(bytes, (guint8)atoi(value));
    } else if (g_str_has_prefix(word, "udp:")) {
        prepend_udp(bytes, (guint16)atoi(value));
    } else if (g_str_has_prefix(word, "ppp:")) {
        prepend_hex(bytes, value);
        const guint8 header[6] = {0x11, 0, 0, 1, (guint8)(bytes->len >> 8), (guint8)bytes->len};
        prepend(bytes, header, sizeof header);
    } else {
        assert_true(g_str_equal(word, "tcp4") || g_str_equal(word, "tcp6"));
        prepend(bytes, (const guint8 *)PAYLOAD, PAYLOAD_LEN);
        prepend_tcp(bytes);
        if (g_str_equal(word, "tcp4"))
            prepend_ipv4(bytes, 6);
        else
            prepend_ipv6(bytes, 6);
    }
}

static inline GByteArray *make_frame(const char *layers)
{
    GByteArray *bytes = g_byte_array_new();
    g_auto(GStrv) words = g_strsplit(layers, " ", -1);
    for (guint i = g_strv_length(words); i > 0; i--)
        prepend_word(bytes, words[i - 1]);
    return bytes;
}

/* ---- what was found ---- */

typedef struct {
    guint segments;
    MgSegment last; /* its payload is copied to `payload` */
    GByteArray *payload;
    GString *notes; /* "linktype-unknown@1;" */
} Found;

static inline void found_segment(gpointer user, const MgSegment *segment)
{
    Found *found = user;
    found->segments++;
    found->last = *segment;
    g_byte_array_set_size(found->payload, 0);
    g_byte_array_append(found->payload, segment->payload.data, (guint)segment->payload.len);
}

static inline void found_note(gpointer user, const MgNote *note)
{
    Found *found = user;
    g_string_append_printf(found->notes, "%s@%" G_GUINT64_FORMAT ";", note->key, note->at.frame);
}

static inline Found *found_new(void)
{
    Found *found = g_new0(Found, 1);
    found->payload = g_byte_array_new();
    found->notes = g_string_new(NULL);
    return found;
}

static inline void found_free(Found *found)
{
    g_byte_array_unref(found->payload);
    g_string_free(found->notes, TRUE);
    g_free(found);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Found, found_free)

static inline MgNet *net_new(Found *found)
{
    MgSegmentSink sink = {.segment = found_segment, .note = found_note, .user = found};
    return mg_net_new(&sink);
}

/* The octets are copied to memory of exactly their size, so that a sanitizer sees each step
 * beyond. */
static inline void feed(MgNet *net, guint16 linktype, const guint8 *data, gsize len, gsize wire_len,
                        guint64 number, MgTime time)
{
    guint8 *copy = malloc(MAX(len, 1));
    assert_non_null(copy);
    memcpy(copy, data, len);
    MgFrame frame = {
        .bytes = {copy, len},
        .original_len = (guint32)wire_len,
        .linktype = linktype,
        .at = {.frame = number, .time = time, .capture = 1, .time_digits = 6},
    };
    mg_net_frame(net, &frame);
    free(copy);
}

static inline void feed_layers(MgNet *net, guint16 linktype, const char *layers, guint64 number)
{
    g_autoptr(GByteArray) bytes = make_frame(layers);
    feed(net, linktype, bytes->data, bytes->len, bytes->len, number, (MgTime)number * MG_SECOND);
}

#endif
