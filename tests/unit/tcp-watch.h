/* A receiver that holds tcp to what mg-flow.h promises, whatever the segments are: each octet
 * is offered in order, holes are told, nothing comes twice, nothing after the end.  The test
 * chooses the answers. */
#ifndef MG_TCP_WATCH_H
#define MG_TCP_WATCH_H

#include <string.h>

#include "mg-flow.h"

typedef struct Watch Watch;
struct Watch {
    /* Chooses how much is taken and what is wanted. */
    MgTake (*choose)(Watch *watch, MgSide side, const MgBytes *bytes);
    /* May be NULL: sees each octet once, with its frame; and each hole. */
    void (*octet)(Watch *watch, MgSide side, guint64 offset, guint8 octet, guint64 frame);
    void (*hole)(Watch *watch, MgSide side, guint64 offset, guint64 octets);
    gpointer user;
    guint64 flows, open;
    guint64 calls;
};

typedef struct {
    gboolean done, ended;
    struct {
        guint64 next;    /* everything below was taken, dropped or missing */
        guint64 offered; /* everything below was offered or missing */
        gboolean final;
        guint64 acked;
        guint64 missing, octets;
    } side[2];
} Watched;

static inline void watch_open(gpointer user, MgFlow *flow)
{
    Watch *watch = user;
    g_assert_null(flow->receiver);
    flow->receiver = g_new0(Watched, 1);
    watch->flows++;
    watch->open++;
    watch->calls++;
}

static inline MgTake watch_bytes(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes)
{
    Watch *watch = user;
    Watched *watched = flow->receiver;
    watch->calls++;
    g_assert_nonnull(watched);
    g_assert_false(watched->done);
    g_assert_cmpuint(side, <, 2);
    g_assert_cmpuint(bytes->slice.len, >, 0);
    g_assert_cmpuint(bytes->offset, ==, watched->side[side].next);

    guint64 end = bytes->offset + bytes->slice.len;
    g_assert_cmpuint(bytes->n_places, >, 0);
    g_assert_cmpuint(bytes->places[0].offset, ==, bytes->offset);
    for (guint i = 1; i < bytes->n_places; i++)
        g_assert_cmpuint(bytes->places[i].offset, >, bytes->places[i - 1].offset);
    g_assert_cmpuint(bytes->places[bytes->n_places - 1].offset, <, end);

    g_assert_cmpuint(end, >=, watched->side[side].offered);
    guint place = 0;
    for (guint64 at = watched->side[side].offered; at < end; at++) {
        while (place + 1 < bytes->n_places && bytes->places[place + 1].offset <= at)
            place++;
        if (watch->octet != NULL)
            watch->octet(watch, side, at, bytes->slice.data[at - bytes->offset],
                         bytes->places[place].at.frame);
    }
    watched->side[side].octets += end - watched->side[side].offered;
    watched->side[side].offered = end;
    g_assert_cmpuint(flow->octets[side], ==, watched->side[side].octets);

    MgTake take = watch->choose(watch, side, bytes);
    g_assert_cmpuint(take.taken, <=, bytes->slice.len);
    if (take.want == MG_DONE)
        watched->done = TRUE;
    watched->side[side].next = bytes->final ? end : bytes->offset + take.taken;
    return take;
}

static inline void watch_gap(gpointer user, MgFlow *flow, MgSide side, const MgGap *gap)
{
    Watch *watch = user;
    Watched *watched = flow->receiver;
    watch->calls++;
    g_assert_false(watched->done);
    g_assert_cmpuint(gap->octets, >, 0);
    g_assert_cmpuint(gap->offset, ==, watched->side[side].next);
    g_assert_cmpuint(gap->offset, ==, watched->side[side].offered);
    watched->side[side].next = watched->side[side].offered = gap->offset + gap->octets;
    watched->side[side].missing += gap->octets;
    g_assert_cmpuint(flow->missing[side], ==, watched->side[side].missing);
    if (watch->hole != NULL)
        watch->hole(watch, side, gap->offset, gap->octets);
}

static inline void watch_repeat(gpointer user, MgFlow *flow, MgSide side, const MgRepeat *repeat)
{
    Watch *watch = user;
    Watched *watched = flow->receiver;
    watch->calls++;
    g_assert_false(watched->done);
    g_assert_cmpuint(repeat->octets, >, 0);
    g_assert_cmpuint(repeat->at.frame, >, 0);
    g_assert_cmpuint(repeat->first_frame, <=, repeat->at.frame);
}

static inline void watch_acked(gpointer user, MgFlow *flow, MgSide side, guint64 offset)
{
    Watch *watch = user;
    Watched *watched = flow->receiver;
    watch->calls++;
    g_assert_false(watched->done);
    g_assert_cmpuint(offset, >, watched->side[side].acked);
    g_assert_cmpuint(offset, <=, watched->side[side].offered);
    watched->side[side].acked = offset;
}

static inline void watch_end(gpointer user, MgFlow *flow, const MgFlowEnd *end)
{
    Watch *watch = user;
    Watched *watched = flow->receiver;
    watch->calls++;
    g_assert_nonnull(watched);
    if (!watched->done)
        for (MgSide side = 0; side < 2; side++)
            g_assert_cmpuint(watched->side[side].next, ==, watched->side[side].offered);
    g_free(watched);
    watch->open--;
}

static inline void watch_note(gpointer user, const MgNote *note)
{
    g_assert_cmpint(note->kind, ==, MG_NOTE_LIMIT);
}

static inline MgTcp *watch_tcp(Watch *watch, guint64 max_octets)
{
    MgFlowSink sink = {
        .open = watch_open,
        .bytes = watch_bytes,
        .gap = watch_gap,
        .repeat = watch_repeat,
        .acked = watch_acked,
        .end = watch_end,
        .note = watch_note,
        .user = watch,
    };
    return mg_tcp_new(&sink, max_octets);
}

#endif
