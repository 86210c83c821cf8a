/* Segments made by hand, and a receiver that writes down what it is told.
 *
 * The log has one line an event, C for side 0 and S for side 1:
 *
 *   open 0                 bytes: "C 0 'EHLO x'", "C! …" = final
 *   gap C 4+3              again C 0+4, "again C 0+4 differs"
 *   end closed C           note limit-flows
 */
#ifndef MG_TCP_KIT_H
#define MG_TCP_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mg-flow.h"

typedef struct {
    gssize taken; /* -1 = all, -2 = up to the last line end */
    MgStatus want;
} KitAnswer;

typedef struct {
    MgTcp *tcp;
    GString *log;
    guint32 base[2];     /* sequence number of the octet at offset 0 */
    KitAnswer answer[2]; /* to the next offers, when `answers` is empty */
    GQueue answers[2];   /* KitAnswer*, one an offer */
    gboolean with_acked;
    gboolean quiet; /* write nothing down */
    guint64 frame;
    MgTime time;
    guint8 host; /* last octet of the client's address */
    guint64 offers, offered_octets;
    MgFlow last; /* as it was at its end */
    MgGap last_gap;
    MgRepeat last_repeat;
} Kit;

static inline void kit_line(Kit *kit, const char *format, ...) G_GNUC_PRINTF(2, 3);

static inline void kit_line(Kit *kit, const char *format, ...)
{
    if (kit->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(kit->log, format, arguments);
    va_end(arguments);
    g_string_append_c(kit->log, '\n');
}

static inline char kit_side(MgSide side)
{
    return side == 0 ? 'C' : 'S';
}

static inline void kit_open(gpointer user, MgFlow *flow)
{
    Kit *kit = user;
    flow->receiver = kit;
    kit_line(kit, "open %" G_GUINT64_FORMAT, flow->id);
}

static inline void kit_check_places(const MgBytes *bytes)
{
    assert_true(bytes->n_places > 0);
    assert_int_equal(bytes->places[0].offset, bytes->offset);
    for (guint i = 1; i < bytes->n_places; i++)
        assert_true(bytes->places[i].offset > bytes->places[i - 1].offset);
    assert_true(bytes->places[bytes->n_places - 1].offset < bytes->offset + bytes->slice.len);
}

static inline MgTake kit_bytes(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes)
{
    Kit *kit = user;
    assert_ptr_equal(flow->receiver, kit);
    assert_true(bytes->slice.len > 0);
    kit_check_places(bytes);
    kit->offers++;
    kit->offered_octets += bytes->slice.len;
    if (!kit->quiet) {
        g_autofree char *text = g_strndup((const char *)bytes->slice.data, bytes->slice.len);
        g_autofree char *shown = g_strescape(text, NULL);
        kit_line(kit, "%c%s %" G_GUINT64_FORMAT " '%s'", kit_side(side), bytes->final ? "!" : "",
                 bytes->offset, shown);
    }
    KitAnswer answer = kit->answer[side];
    g_autofree KitAnswer *next = g_queue_pop_head(&kit->answers[side]);
    if (next != NULL)
        answer = *next;
    gsize taken = bytes->slice.len;
    if (answer.taken == -2)
        while (taken > 0 && bytes->slice.data[taken - 1] != '\n')
            taken--;
    else if (answer.taken >= 0)
        taken = (gsize)answer.taken;
    return (MgTake){.taken = taken, .want = answer.want};
}

static inline void kit_gap(gpointer user, MgFlow *flow, MgSide side, const MgGap *gap)
{
    Kit *kit = user;
    assert_ptr_equal(flow->receiver, kit);
    kit->last_gap = *gap;
    kit_line(kit, "gap %c %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT, kit_side(side), gap->offset,
             gap->octets);
}

static inline void kit_repeat(gpointer user, MgFlow *flow, MgSide side, const MgRepeat *repeat)
{
    Kit *kit = user;
    assert_ptr_equal(flow->receiver, kit);
    kit->last_repeat = *repeat;
    kit_line(kit, "again %c %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT "%s", kit_side(side),
             repeat->offset, repeat->octets, repeat->differs ? " differs" : "");
}

static inline void kit_acked(gpointer user, MgFlow *flow, MgSide side, guint64 offset)
{
    Kit *kit = user;
    if (kit->with_acked)
        kit_line(kit, "acked %c %" G_GUINT64_FORMAT, kit_side(side), offset);
}

static inline void kit_end(gpointer user, MgFlow *flow, const MgFlowEnd *end)
{
    Kit *kit = user;
    kit->last = *flow;
    if (end->how == MG_ENDED_CLOSED || end->how == MG_ENDED_RESET)
        kit_line(kit, "end %s %c", mg_how_ended_word(end->how), kit_side(end->by));
    else
        kit_line(kit, "end %s", mg_how_ended_word(end->how));
}

static inline void kit_note(gpointer user, const MgNote *note)
{
    kit_line(user, "note %s", note->key);
}

static inline Kit *kit_new(guint64 max_octets)
{
    Kit *kit = g_new0(Kit, 1);
    MgFlowSink sink = {
        .open = kit_open,
        .bytes = kit_bytes,
        .gap = kit_gap,
        .repeat = kit_repeat,
        .acked = kit_acked,
        .end = kit_end,
        .note = kit_note,
        .user = kit,
    };
    kit->tcp = mg_tcp_new(&sink, max_octets);
    kit->log = g_string_new(NULL);
    kit->base[0] = 1001;
    kit->base[1] = 5001;
    kit->answer[0] = kit->answer[1] = (KitAnswer){-1, MG_MORE};
    kit->time = 1700000000 * MG_SECOND;
    kit->host = 1;
    g_queue_init(&kit->answers[0]);
    g_queue_init(&kit->answers[1]);
    return kit;
}

static inline void kit_free(Kit *kit)
{
    mg_tcp_free(kit->tcp);
    g_string_free(kit->log, TRUE);
    g_queue_clear_full(&kit->answers[0], g_free);
    g_queue_clear_full(&kit->answers[1], g_free);
    g_free(kit);
}

static inline void kit_answer(Kit *kit, MgSide side, gssize taken, MgStatus want)
{
    KitAnswer answer = {taken, want};
    g_queue_push_tail(&kit->answers[side], g_memdup2(&answer, sizeof answer));
}

/* Compare what was written down since the last call. */
#define kit_expect(kit, text)                                                                      \
    do {                                                                                           \
        assert_string_equal((kit)->log->str, (text));                                              \
        g_string_truncate((kit)->log, 0);                                                          \
    } while (0)

static inline MgSegment kit_segment(Kit *kit, MgSide side, guint8 flags, guint32 seq, guint32 ack,
                                    const void *data, gsize len)
{
    MgEndpoint client = {.address = {4, {192, 0, 2, kit->host}}, .port = 40000};
    MgEndpoint server = {.address = {4, {198, 51, 100, 1}}, .port = 25};
    kit->frame++;
    kit->time += MG_SECOND / 1000;
    return (MgSegment){
        .source = side == 0 ? client : server,
        .destination = side == 0 ? server : client,
        .seq = seq,
        .ack = ack,
        .window = 65535,
        .flags = flags,
        .payload = {data, len},
        .payload_len = (guint32)len,
        .frame_offset = 54,
        .at = {.frame = kit->frame, .time = kit->time, .capture = 1, .time_digits = 6},
    };
}

static inline void kit_send(Kit *kit, MgSide side, guint8 flags, guint32 seq, guint32 ack,
                            const char *text)
{
    MgSegment segment = kit_segment(kit, side, flags, seq, ack, text, strlen(text));
    mg_tcp_segment(kit->tcp, &segment);
}

/* Octets at a stream offset, acknowledging the other side up to `acked`. */
static inline void kit_data(Kit *kit, MgSide side, guint64 offset, const char *text, guint64 acked)
{
    kit_send(kit, side, MG_TCP_ACK | MG_TCP_PSH, kit->base[side] + (guint32)offset,
             kit->base[!side] + (guint32)acked, text);
}

static inline void kit_ack(Kit *kit, MgSide side, guint64 offset, guint64 acked)
{
    kit_send(kit, side, MG_TCP_ACK, kit->base[side] + (guint32)offset,
             kit->base[!side] + (guint32)acked, "");
}

static inline void kit_fin(Kit *kit, MgSide side, guint64 offset, const char *text, guint64 acked)
{
    kit_send(kit, side, MG_TCP_ACK | MG_TCP_FIN, kit->base[side] + (guint32)offset,
             kit->base[!side] + (guint32)acked, text);
}

static inline void kit_rst(Kit *kit, MgSide side, guint64 offset)
{
    kit_send(kit, side, MG_TCP_RST, kit->base[side] + (guint32)offset, 0, "");
}

static inline void kit_handshake(Kit *kit)
{
    kit_send(kit, 0, MG_TCP_SYN, kit->base[0] - 1, 0, "");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, kit->base[1] - 1, kit->base[0], "");
    kit_ack(kit, 0, 0, 0);
}

/* Capture time passes without a segment. */
static inline void kit_wait(Kit *kit, MgTime time)
{
    kit->time += time;
    MgStamp now = {.frame = kit->frame, .time = kit->time, .capture = 1};
    mg_tcp_time(kit->tcp, &now);
}

/* A kit with an open connection, its first sequence numbers chosen. */
static inline Kit *kit_connected(guint32 client, guint32 server)
{
    Kit *kit = kit_new(0);
    kit->base[0] = client;
    kit->base[1] = server;
    kit_handshake(kit);
    kit_expect(kit, "open 0\n");
    return kit;
}

#endif
