/* Octets in, a list of segments of a few connections out of them; tcp must keep its promises
 * (tests/unit/tcp-watch.h) whatever the segments are. */
#include <stdint.h>

#include "../unit/tcp-watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    const uint8_t *data;
    size_t size, at;
} Input;

static guint8 next(Input *input)
{
    return input->at < input->size ? input->data[input->at++] : 0;
}

static guint16 next_two(Input *input)
{
    guint16 high = next(input);
    return (guint16)(high << 8 | next(input));
}

static guint32 next_four(Input *input)
{
    guint32 high = next_two(input);
    return high << 16 | next_two(input);
}

/* The answers follow from the octets that are offered, so that an input says it all. */
static MgTake choose(Watch *watch, MgSide side, const MgBytes *bytes)
{
    static const MgStatus wants[] = {MG_MORE,  MG_MORE,      MG_OTHER, MG_MORE,
                                     MG_OTHER, MG_MALFORMED, MG_MORE,  MG_DONE};
    guint8 mood = bytes->slice.data[0];
    MgTake take = {.taken = bytes->slice.len, .want = wants[mood & 7]};
    if (take.want == MG_DONE && (mood & 0x38) != 0)
        take.want = MG_MORE; /* not so often */
    if (mood & 0x40)
        take.taken = bytes->slice.len / 2;
    if (mood & 0x80)
        take.taken = MIN(take.taken, 1);
    return take;
}

enum {
    DATA,
    ACK,
    SYN,
    SYN_ACK,
    FIN,
    RST,
    WAIT,
    RAW,
};

static const guint8 kinds[] = {
    [DATA] = MG_TCP_ACK,
    [ACK] = MG_TCP_ACK,
    [SYN] = MG_TCP_SYN,
    [SYN_ACK] = MG_TCP_SYN | MG_TCP_ACK,
    [FIN] = MG_TCP_FIN | MG_TCP_ACK,
    [RST] = MG_TCP_RST,
};

static guint8 payload[1 << 16];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input = {data, size, 0};
    Watch watch = {.choose = choose};
    guint8 setting = next(&input);
    MgTcp *tcp = watch_tcp(&watch, (setting & 1) ? 20000 : 0);
    /* Near the wrap, or far from it. */
    guint32 base = (setting & 2) ? G_MAXUINT32 - 20 : 1000;
    MgStamp at = {.capture = 1, .time = 1000 * MG_SECOND};

    while (input.at < input.size) {
        guint8 op = next(&input);
        guint kind = op & 7;
        MgSide side = (op >> 3) & 1;
        guint8 host = (op >> 4) & 1;
        gboolean more = (op >> 5) & 1;
        at.frame++;
        at.time += (op >> 6) * MG_SECOND / 10;
        if (kind == WAIT) {
            at.time += (gint16)next_two(&input) * MG_SECOND;
            mg_tcp_time(tcp, &at);
            continue;
        }
        MgEndpoint client = {.address = {4, {192, 0, 2, host}}, .port = 40000};
        MgEndpoint server = {.address = {4, {192, 0, 2, 9}}, .port = 25};
        MgSegment segment = {
            .source = side == 0 ? client : server,
            .destination = side == 0 ? server : client,
            .window = 1000,
            .frame_offset = more ? 54 : MG_OFFSET_NONE,
            .at = at,
        };
        guint32 len = 0;
        if (kind == RAW) {
            segment.flags = next(&input);
            segment.seq = next_four(&input);
            segment.ack = next_four(&input);
            len = next_two(&input);
        } else {
            segment.flags = kinds[kind];
            segment.seq = base + (guint32)(gint16)next_two(&input);
            segment.ack = base + (more ? next_two(&input) : 0);
            if (kind != ACK && kind != RST)
                len = more ? next_two(&input) : next(&input);
        }
        /* The octets are those at this place of the stream, or others. */
        guint8 salt = kind == RAW ? next(&input) : 0;
        for (guint32 i = 0; i < len; i++)
            payload[i] = (guint8)((segment.seq + i) * 2654435761u >> 24) ^ salt;
        segment.payload_len = len;
        segment.payload = (MgSlice){payload, more && len > 60 ? 60 : len};
        mg_tcp_segment(tcp, &segment);
    }
    mg_tcp_finish(tcp);
    g_assert_cmpuint(watch.open, ==, 0);
    mg_tcp_free(tcp);
    return 0;
}
