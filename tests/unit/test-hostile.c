/* The difficult captures: how many frames can be read, what must be said about the rest, and
 * which TCP streams are in them.  Links capture and net, because a stream is what comes of both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "mg-frame.h"
#include "mg-segment.h"

#define MOST_STREAMS 3

typedef struct {
    const char *client;
    guint16 client_port;
    const char *server;
    guint16 server_port;
    guint64 client_octets, server_octets;
} Stream;

typedef struct {
    const char *file;
    guint64 frames; /* number of the last one */
    gboolean error;
    guint streams;             /* with payload */
    Stream some[MOST_STREAMS]; /* of them */
} Row;

static const Row rows[] = {
    {"arkime-80211-radiotap-http.pcap",
     26,
     FALSE,
     1,
     {{"172.5.5.113", 49417, "14.17.32.211", 80, 4083, 3945}}},
    {"arkime-two-vlan-tags.pcap", 6, FALSE, 1, {{"10.0.0.1", 54422, "10.0.0.2", 80, 113, 4344}}},
    {"hadrielk-big-endian-multi-section.pcapng", 11, FALSE, 0, {{NULL}}},
    {"haka-ip-fragment-overlap.pcap", 3, FALSE, 0, {{NULL}}},
    {"libpcap-invalid-version.pcap", 0, TRUE, 0, {{NULL}}},
    {"libpcap-pcapng-invalid-version.pcapng", 0, TRUE, 0, {{NULL}}},
    {"libpcap-shb-option-too-long.pcapng", 0, TRUE, 0, {{NULL}}},
    {"pcpp-epb-unbounded-length.pcapng", 0, TRUE, 0, {{NULL}}},
    {"pcpp-fuzz-31k.pcap", 1, TRUE, 1, {{"241.0.128.19", 55044, "49.8.0.1", 5061, 30666, 0}}},
    {"pcpp-fuzz-port25.pcap", 1, FALSE, 1, {{"32.32.32.32", 8224, "32.32.32.32", 25, 11, 0}}},
    {"pcpp-many-interfaces.pcapng",
     64,
     FALSE,
     2,
     {{"192.168.1.139", 50981, "74.125.228.227", 443, 1969, 860},
      {"192.168.1.139", 50982, "74.125.228.227", 443, 216, 0}}},
    {"pcpp-nanosec-big-endian.pcap",
     10,
     FALSE,
     1,
     {{"127.0.0.1", 43030, "127.0.0.1", 8000, 78, 1444}}},
    {"pcpp-tcp-one-way-missing-packet.pcap",
     14,
     FALSE,
     1,
     {{"10.0.0.1", 61541, "81.218.72.15", 80, 8528, 0}}},
    {"peafowl-ip-fragments-out-of-order-tcp.pcap",
     444,
     FALSE,
     1,
     {{"10.0.2.102", 1093, "10.0.1.101", 80, 909, 2366}}},
    {"peafowl-tcp-seq-wrap.pcap",
     11,
     FALSE,
     1,
     {{"10.0.2.102", 1093, "10.0.1.101", 80, 909, 2366}}},
    {"suricata-cisco-hdlc-http.pcap",
     17,
     FALSE,
     1,
     {{"192.168.2.7", 4938, "65.55.116.183", 80, 961, 8589}}},
    /* Another reader takes the damaged second header for one of 24 octets and gives a second
     * frame of one octet; the first record fits the usual form exactly. */
    {"suricata-fuzz-bad-record.pcap", 1, TRUE, 0, {{NULL}}},
    {"suricata-ipv6-fragments-tcp-raw.pcap", 3, FALSE, 1, {{"::1", 12345, "::1", 8080, 1000, 0}}},
    {"suricata-ipv6-malformed-fragments.pcap", 13, FALSE, 0, {{NULL}}},
    {"suricata-pppoe-http.pcap",
     30,
     FALSE,
     1,
     {{"10.100.0.0", 57013, "142.250.179.131", 80, 77, 15431}}},
    {"suricata-sll2.pcap", 5, FALSE, 1, {{"192.168.1.253", 56478, "192.168.1.21", 80, 82, 0}}},
    {"suricata-tcp-evasion-linux.pcap",
     10,
     FALSE,
     1,
     {{"192.168.1.43", 35532, "192.168.1.90", 80, 338, 79}}},
    {"suricata-tcp-fastopen.pcap",
     16,
     FALSE,
     2,
     {{"10.99.99.1", 55533, "10.99.99.45", 80, 65, 200},
      {"10.99.99.1", 55534, "10.99.99.45", 80, 86, 1307}}},
    {"suricata-tcp-overlap.pcap", 7, FALSE, 1, {{"1.1.1.1", 12345, "2.2.2.2", 8080, 4, 0}}},
    {"suricata-tcp-split-handshake.pcap", 7, FALSE, 1, {{"1.1.1.1", 12345, "2.2.2.2", 80, 4, 0}}},
    {"suricata-tcp-urgent-data.pcap",
     16,
     FALSE,
     1,
     {{"10.10.10.44", 43950, "10.10.10.55", 9090, 167, 202}}},
    {"tcpdump-bigtcp-ipv4.pcap",
     1,
     FALSE,
     1,
     {{"10.25.132.11", 36425, "10.25.132.13", 35871, 0, 80000}}},
    {"tcpdump-tcp-header-cut.pcap", 1, FALSE, 0, {{NULL}}},
    {"tcpdump-timestamp-invalid.pcap", 3, FALSE, 0, {{NULL}}},
    {"whinc-modpcap-tcp.pcap",
     41,
     FALSE,
     8,
     {{"192.168.1.100", 50727, "184.50.4.19", 80, 2825, 1214},
      {"192.168.1.100", 50728, "184.50.4.19", 80, 3409, 1426},
      {"192.168.1.100", 50729, "184.50.4.19", 80, 2032, 443}}},
    {"zeek-empty.pcap", 0, FALSE, 0, {{NULL}}},
};

/* ---- streams, put together in the simplest way ---- */

typedef struct {
    guint32 begin, end; /* sequence numbers, counted from the first one seen */
} Range;

typedef struct {
    gboolean began;
    guint32 base;
    GArray *ranges; /* Range */
} Direction;

typedef struct {
    GHashTable *directions; /* "source>destination" → Direction */
    guint64 last_frame;
} Reading;

static void direction_free(gpointer data)
{
    Direction *direction = data;
    g_array_unref(direction->ranges);
    g_free(direction);
}

static char *direction_name(const char *source, guint16 source_port, const char *destination,
                            guint16 destination_port)
{
    return g_strdup_printf("%s %u>%s %u", source, source_port, destination, destination_port);
}

static void on_segment(gpointer user, const MgSegment *segment)
{
    Reading *reading = user;
    g_autofree char *source = mg_address_string(&segment->source.address);
    g_autofree char *destination = mg_address_string(&segment->destination.address);
    g_autofree char *name =
        direction_name(source, segment->source.port, destination, segment->destination.port);
    Direction *direction = g_hash_table_lookup(reading->directions, name);
    assert_true(segment->payload_len >= segment->payload.len);
    if (direction == NULL) {
        direction = g_new0(Direction, 1);
        direction->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
        g_hash_table_insert(reading->directions, g_steal_pointer(&name), direction);
    }
    guint32 seq = segment->seq + (segment->flags & MG_TCP_SYN ? 1 : 0);
    if (!direction->began) {
        direction->began = TRUE;
        direction->base = seq - 0x10000000; /* room for what comes late */
    }
    if (segment->payload.len == 0)
        return;
    Range range = {seq - direction->base, seq - direction->base + (guint32)segment->payload.len};
    g_array_append_val(direction->ranges, range);
}

static int by_begin(gconstpointer a, gconstpointer b)
{
    const Range *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static guint64 octets_of(Direction *direction)
{
    guint64 octets = 0;
    guint32 reach = 0;
    g_array_sort(direction->ranges, by_begin);
    for (guint i = 0; i < direction->ranges->len; i++) {
        Range range = g_array_index(direction->ranges, Range, i);
        range.begin = MAX(range.begin, reach);
        if (range.end > range.begin)
            octets += range.end - range.begin;
        reach = MAX(reach, range.end);
    }
    return octets;
}

static guint64 find_octets(const Reading *reading, const char *source, guint16 source_port,
                           const char *destination, guint16 destination_port)
{
    g_autofree char *name = direction_name(source, source_port, destination, destination_port);
    Direction *direction = g_hash_table_lookup(reading->directions, name);
    return direction != NULL ? octets_of(direction) : 0;
}

/* Streams with payload in either direction. */
static guint count_streams(const Reading *reading)
{
    g_autoptr(GHashTable) streams = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, reading->directions);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (octets_of(value) == 0)
            continue;
        g_auto(GStrv) ends = g_strsplit(key, ">", 2);
        gboolean ordered = g_strcmp0(ends[0], ends[1]) < 0;
        g_hash_table_add(streams, g_strconcat(ends[!ordered], ">", ends[ordered], NULL));
    }
    return g_hash_table_size(streams);
}

/* ---- reading ---- */

typedef struct {
    MgNet *net;
    Reading *reading;
} Corridor;

static void on_frame(gpointer user, const MgFrame *frame)
{
    Corridor *corridor = user;
    corridor->reading->last_frame = frame->at.frame;
    mg_net_frame(corridor->net, frame);
}

/* TRUE when an error was reported, at the opening or later. */
static gboolean read_file(const char *path, Reading *reading)
{
    MgSegmentSink segment_sink = {.segment = on_segment, .user = reading};
    g_autoptr(MgNet) net = mg_net_new(&segment_sink);
    Corridor corridor = {net, reading};
    MgFrameSink frame_sink = {.frame = on_frame, .user = &corridor};
    g_autoptr(MgCapture) capture = mg_capture_new(&frame_sink);
    gboolean failed = !mg_capture_add_file(capture, path, NULL);
    for (;;) {
        g_autoptr(GError) error = NULL;
        MgRead read = mg_capture_next(capture, &error);
        if (read == MG_READ_END)
            break;
        if (read != MG_READ_ERROR)
            continue;
        failed = TRUE;
        g_autofree char *name = g_path_get_basename(path);
        assert_non_null(strstr(error->message, name));
    }
    mg_net_finish(net);
    return failed;
}

static void check_row(const char *folder, const Row *row)
{
    g_autofree char *path = g_build_filename(folder, row->file, NULL);
    Reading reading = {0};
    reading.directions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, direction_free);
    gboolean failed = read_file(path, &reading);
    guint streams = count_streams(&reading);
    if (failed != row->error || reading.last_frame != row->frames || streams != row->streams)
        fail_msg("%s: error %d, frames %" G_GUINT64_FORMAT ", streams %u", row->file, failed,
                 reading.last_frame, streams);
    for (guint i = 0; i < MOST_STREAMS && row->some[i].client != NULL; i++) {
        const Stream *stream = &row->some[i];
        guint64 client = find_octets(&reading, stream->client, stream->client_port, stream->server,
                                     stream->server_port);
        guint64 server = find_octets(&reading, stream->server, stream->server_port, stream->client,
                                     stream->client_port);
        if (client != stream->client_octets || server != stream->server_octets)
            fail_msg("%s: stream %u has %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT " octets",
                     row->file, i, client, server);
    }
    g_hash_table_unref(reading.directions);
}

static void difficult_captures(void **state)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *folder = g_build_filename(srcdir != NULL ? srcdir : ".", "..", "shared",
                                               "captures", "hostile", NULL);
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
        print_message("skipped: %s is not there\n", folder);
        skip();
    }
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        check_row(folder, &rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(difficult_captures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
