/* The octets are frames, each with a head of six: link type and length (little-endian), octets
 * that were not captured, seconds since the frame before. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mg-segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 6
/* All known link types are below.  The names of unknown ones are interned, and what GLib keeps
 * for those would look like a leak if there were thousands. */
#define LINKTYPES 512

typedef struct {
    const MgFrame *frame;
    guint sum; /* so that each octet is read */
} Seen;

static void on_segment(gpointer user, const MgSegment *segment)
{
    Seen *seen = user;
    if (segment->payload.len > segment->payload_len)
        abort();
    /* A payload that can be mapped lies where the segment says. */
    if (segment->frame_offset != MG_OFFSET_NONE && segment->payload.len > 0 &&
        segment->payload.data != seen->frame->bytes.data + segment->frame_offset)
        abort();
    for (gsize i = 0; i < segment->payload.len; i++)
        seen->sum += segment->payload.data[i];
}

static void on_note(gpointer user, const MgNote *note)
{
    if (note->key == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Seen seen = {0};
    MgSegmentSink sink = {.segment = on_segment, .note = on_note, .user = &seen};
    g_autoptr(MgNet) net = mg_net_new(&sink);
    MgStamp at = {.capture = 1, .time_digits = 6};
    while (size >= HEAD) {
        gsize len = MIN((gsize)data[2] | (gsize)data[3] << 8, size - HEAD);
        at.frame++;
        at.time += data[5] * MG_SECOND;
        g_autofree guint8 *copy = g_malloc(MAX(len, 1));
        memcpy(copy, data + HEAD, len);
        MgFrame frame = {
            .bytes = {copy, len},
            .original_len = (guint32)len + data[4],
            .linktype = (guint16)((data[0] | data[1] << 8) % LINKTYPES),
            .at = at,
        };
        seen.frame = &frame;
        mg_net_frame(net, &frame);
        data += HEAD + len;
        size -= HEAD + len;
    }
    mg_net_finish(net);
    return 0;
}
