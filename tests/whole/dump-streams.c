/* The octets of each TCP connection in order, as tcp gives them, for comparison.
 *
 *     tests/dump-streams CAPTURE
 *
 * For each direction that has octets a line: the number of the connection, the sender as
 * ADDRESS:PORT, and the octets in hexadecimal with [N] where N are missing.  At the end two
 * lines with the number of connections and that of the last frame. */
#include "mg-flow.h"
#include "mg-frame.h"
#include "mg-segment.h"

#include <stdio.h>

typedef struct {
    guint64 id;
    MgEndpoint end[2];
    GString *octets[2];
} Stream;

typedef struct {
    GPtrArray *streams; /* Stream*, in order of their end */
    MgNet *net;
    MgTcp *tcp;
    guint64 frames;
    gboolean segment_seen;
} Dump;

static void stream_free(gpointer data)
{
    Stream *stream = data;
    for (MgSide side = 0; side < 2; side++)
        g_string_free(stream->octets[side], TRUE);
    g_free(stream);
}

static void on_open(gpointer user, MgFlow *flow)
{
    Dump *dump = user;
    Stream *stream = g_new0(Stream, 1);
    *stream = (Stream){.id = flow->id,
                       .end = {flow->end[0], flow->end[1]},
                       .octets = {g_string_new(NULL), g_string_new(NULL)}};
    flow->receiver = stream;
    g_ptr_array_add(dump->streams, stream);
}

static MgTake on_bytes(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes)
{
    g_assert(user != NULL);
    static const char digits[] = "0123456789abcdef";
    GString *octets = ((Stream *)flow->receiver)->octets[side];
    for (gsize i = 0; i < bytes->slice.len; i++) {
        g_string_append_c(octets, digits[bytes->slice.data[i] >> 4]);
        g_string_append_c(octets, digits[bytes->slice.data[i] & 15]);
    }
    return (MgTake){.taken = bytes->slice.len, .want = MG_MORE};
}

static void on_gap(gpointer user, MgFlow *flow, MgSide side, const MgGap *gap)
{
    g_assert(user != NULL);
    g_string_append_printf(((Stream *)flow->receiver)->octets[side], "[%" G_GUINT64_FORMAT "]",
                           gap->octets);
}

static void on_end(gpointer user, MgFlow *flow, const MgFlowEnd *end)
{
    g_assert(user != NULL && end->at.frame > 0);
    flow->receiver = NULL;
}

static void on_segment(gpointer user, const MgSegment *segment)
{
    Dump *dump = user;
    dump->segment_seen = TRUE;
    mg_tcp_segment(dump->tcp, segment);
}

static void on_frame(gpointer user, const MgFrame *frame)
{
    Dump *dump = user;
    dump->frames = frame->at.frame;
    dump->segment_seen = FALSE;
    mg_net_frame(dump->net, frame);
    if (!dump->segment_seen)
        mg_tcp_time(dump->tcp, &frame->at);
}

static int by_id(gconstpointer a, gconstpointer b)
{
    guint64 x = (*(Stream *const *)a)->id, y = (*(Stream *const *)b)->id;
    return x < y ? -1 : x > y;
}

static void print(const Stream *stream)
{
    for (MgSide side = 0; side < 2; side++) {
        g_autofree char *address = mg_address_string(&stream->end[side].address);
        if (stream->octets[side]->len > 0)
            printf("%" G_GUINT64_FORMAT " %s:%u %s\n", stream->id, address, stream->end[side].port,
                   stream->octets[side]->str);
    }
}

int main(int argc, char **argv)
{
    Dump dump = {.streams = g_ptr_array_new_with_free_func(stream_free)};
    MgFlowSink flow_sink = {
        .open = on_open, .bytes = on_bytes, .gap = on_gap, .end = on_end, .user = &dump};
    dump.tcp = mg_tcp_new(&flow_sink, 0);
    MgSegmentSink segment_sink = {.segment = on_segment, .user = &dump};
    dump.net = mg_net_new(&segment_sink);
    MgFrameSink frame_sink = {.frame = on_frame, .user = &dump};
    g_autoptr(MgCapture) capture = mg_capture_new(&frame_sink);
    g_autoptr(GError) error = NULL;
    if (argc == 2 && mg_capture_add_file(capture, argv[1], &error))
        while (mg_capture_next(capture, NULL) != MG_READ_END)
            ;
    mg_net_finish(dump.net);
    mg_tcp_finish(dump.tcp);
    g_ptr_array_sort(dump.streams, by_id);
    for (guint i = 0; i < dump.streams->len; i++)
        print(dump.streams->pdata[i]);
    printf("connections %u\n", dump.streams->len);
    printf("frames %" G_GUINT64_FORMAT "\n", dump.frames);
    mg_net_free(dump.net);
    mg_tcp_free(dump.tcp);
    g_ptr_array_unref(dump.streams);
    return error == NULL ? 0 : 1;
}
