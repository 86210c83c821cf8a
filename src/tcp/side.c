/* One direction in order: what is new, what was there already, what comes too early. */
#include "tcp/state.h"

#include <string.h>

gsize mg_tcp_memory(const MgTcp *tcp)
{
    /* Half of the ceiling is for what waits. */
    return tcp->cost > tcp->max_octets / 2 ? 0 : MG_LIMIT_MEMORY;
}

void mg_tcp_side_clear(MgTcpSide *side)
{
    mg_window_clear(&side->window);
    mg_early_clear(&side->early);
}

void mg_tcp_side_begin(MgTcpSide *side, guint32 zero, gboolean firm)
{
    /* A belated SYN may move the zero of a side that is only known from acknowledgements. */
    if (side->known && side->zero != zero) {
        if (side->window.high > 0) {
            side->firm |= firm;
            return;
        }
        gint64 moved = mg_seq_distance(zero, side->zero);
        side->acked = (guint64)MAX((gint64)side->acked + moved, 0);
    }
    side->zero = zero;
    side->known = TRUE;
    side->firm |= firm;
}

gboolean mg_tcp_side_full(const MgTcpSide *side)
{
    const MgWindow *window = &side->window;
    return mg_window_waiting(window) + side->early.octets > MG_LIMIT_WAITING ||
           window->n_places - window->first_waiting > MG_LIMIT_PIECES ||
           side->early.count > MG_LIMIT_EARLY;
}

/* ---- Octets that were there already ---- */

typedef struct {
    guint64 from, to; /* from == to: none */
    gboolean differs;
    MgStamp first; /* of the first copy */
} Run;

static void tell_run(MgTcp *tcp, MgTcpFlow *flow, MgSide number, gint64 offset,
                     const MgSegment *segment, Run *run)
{
    if (run->from < run->to && !flow->done && tcp->sink.repeat != NULL) {
        MgRepeat repeat = {
            .offset = run->from,
            .octets = run->to - run->from,
            .differs = run->differs,
            .first_frame = run->first.frame,
            .first_capture = run->first.capture,
            .at = segment->at,
            .frame_offset = MG_OFFSET_NONE,
        };
        if (segment->frame_offset != MG_OFFSET_NONE)
            repeat.frame_offset = segment->frame_offset + (guint32)((gint64)run->from - offset);
        tcp->sink.repeat(tcp->sink.user, &flow->shown, number, &repeat);
    }
    *run = (Run){0};
}

static void extend_run(Run *run, guint64 from, guint64 to, gboolean differs, MgStamp first)
{
    if (run->from == run->to)
        *run = (Run){.from = from, .first = first};
    else if (differs && !run->differs)
        run->first = first;
    run->to = to;
    run->differs |= differs;
}

/* [from, to) lies before the window's end: compare it with what is remembered. */
static void compare_window(const MgTcpSide *side, gint64 offset, const MgSegment *segment,
                           guint64 from, guint64 to, Run *run)
{
    const MgWindow *window = &side->window;
    guint64 captured = (guint64)(offset + (gint64)segment->payload.len);
    guint64 start = MAX(from, window->low), stop = MIN(to, captured);
    if (from >= stop)
        return;
    MgStamp at = mg_window_stamp(window, from);
    gboolean differs = FALSE;
    if (start < stop) {
        const guint8 *first = mg_window_at(window, start);
        const guint8 *second = segment->payload.data + ((gint64)start - offset);
        gsize len = (gsize)(stop - start);
        differs = memcmp(first, second, len) != 0;
        if (differs) {
            /* A keep-alive may carry one octet of rubbish (RFC 9293 section 3.8.4). */
            if (segment->payload_len == 1 && to == window->high)
                return;
            gsize same = 0;
            while (first[same] == second[same])
                same++;
            at = mg_window_stamp(window, start + same);
        }
    }
    extend_run(run, from, stop, differs, at);
}

static void compare_early(const MgEarly *piece, gint64 offset, const MgSegment *segment,
                          guint64 from, guint64 to, Run *run)
{
    guint64 captured = (guint64)(offset + (gint64)segment->payload.len);
    guint64 stop = MIN(to, captured);
    gboolean differs = FALSE;
    if (from >= stop)
        return;
    if (!piece->cut)
        differs =
            memcmp(piece->data + (from - piece->offset),
                   segment->payload.data + ((gint64)from - offset), (gsize)(stop - from)) != 0;
    extend_run(run, from, stop, differs, piece->place.at);
}

/* ---- Octets that are new ---- */

/* When the receiver had these octets, by the number of a segment.  Those that it acknowledged
 * before they were captured came before what lies behind them. */
static guint64 arrival(const MgTcp *tcp, const MgTcpSide *side, guint64 end)
{
    if (!side->hole.on || side->hole.slow || end > side->hole.mark)
        return tcp->order;
    const MgEarly *next = mg_early_first(&side->early);
    return MIN(side->hole.order, next != NULL ? next->ack.order : G_MAXUINT64);
}

static void add_new(MgTcp *tcp, MgTcpFlow *flow, MgSide number, MgEarlyPlace before, gint64 offset,
                    const MgSegment *segment, guint64 from, guint64 to)
{
    MgTcpSide *side = &flow->side[number];
    guint64 captured = (guint64)(offset + (gint64)segment->payload.len);
    MgPieceAck ack = {.ack = segment->ack,
                      .has_ack = (segment->flags & MG_TCP_ACK) != 0,
                      .order = arrival(tcp, side, to)};
    guint64 stop = CLAMP(captured, from, to);
    MgPlacement place = {
        .offset = from,
        .at = segment->at,
        .frame_offset = MG_OFFSET_NONE,
    };
    if (from < stop) {
        const guint8 *data = segment->payload.data + ((gint64)from - offset);
        gsize len = (gsize)(stop - from);
        if (segment->frame_offset != MG_OFFSET_NONE)
            place.frame_offset = segment->frame_offset + (guint32)((gint64)from - offset);
        if (from != side->window.high ||
            !mg_tcp_deliver_now(tcp, flow, number, data, len, &place, ack)) {
            if (from == side->window.high) {
                mg_window_append(&side->window, data, len, &place, ack, mg_tcp_memory(tcp));
                side->frame = segment->at.frame;
            } else {
                mg_early_add(&side->early, before, data, len, &place, ack);
            }
        }
    }
    if (stop < to && !flow->done) {
        place.offset = stop;
        place.frame_offset = MG_OFFSET_NONE;
        mg_early_add(&side->early, before, NULL, to - stop, &place, ack);
    }
}

void mg_tcp_side_add(MgTcp *tcp, MgTcpFlow *flow, MgSide number, gint64 offset,
                     const MgSegment *segment)
{
    MgTcpSide *side = &flow->side[number];
    gint64 end = offset + (gint64)segment->payload_len;
    if (side->fin && end > (gint64)side->fin_at)
        end = (gint64)side->fin_at;
    if (end <= 0 || end <= offset)
        return;
    guint64 from = (guint64)MAX(offset, 0), to = (guint64)end;
    if (from > MAX(side->highest, side->acked) + MG_TCP_FAR)
        return;
    side->highest = MAX(side->highest, to);

    Run run = {0};
    if (from < side->window.high) {
        guint64 stop = MIN(to, side->window.high);
        compare_window(side, offset, segment, from, stop, &run);
        from = stop;
    }
    MgEarlyPlace at = from < to ? mg_early_find(&side->early, from) : NULL;
    while (from < to && !flow->done) {
        const MgEarly *piece = mg_early_at(at);
        guint64 stop = to;
        if (piece != NULL && piece->offset <= from) {
            stop = MIN(to, piece->offset + piece->len);
            guint64 captured = (guint64)MAX(offset + (gint64)segment->payload.len, 0);
            if (piece->cut && captured > from) {
                /* The first copy lacked them. */
                tell_run(tcp, flow, number, offset, segment, &run);
                at = mg_early_carve(&side->early, at, from, MIN(stop, captured));
                continue;
            }
            compare_early(piece, offset, segment, from, stop, &run);
            at = mg_early_next(at);
        } else {
            if (piece != NULL)
                stop = MIN(to, piece->offset);
            tell_run(tcp, flow, number, offset, segment, &run);
            add_new(tcp, flow, number, at, offset, segment, from, stop);
        }
        from = stop;
    }
    tell_run(tcp, flow, number, offset, segment, &run);
}

void mg_tcp_side_absorb(MgTcp *tcp, MgTcpFlow *flow, MgSide number)
{
    MgTcpSide *side = &flow->side[number];
    MgEarly *piece;
    while ((piece = mg_early_first(&side->early)) != NULL && piece->offset == side->window.high) {
        if (piece->cut) {
            /* Its octets were never written to this capture; no use in waiting, unless there is
             * another one. */
            if (flow->several && side->lost <= piece->offset)
                return;
            side->lost = MAX(side->lost, piece->offset + piece->len);
            side->cut_frame = piece->place.at.frame;
        } else {
            mg_window_append(&side->window, piece->data, (gsize)piece->len, &piece->place,
                             piece->ack, mg_tcp_memory(tcp));
            side->frame = piece->place.at.frame;
        }
        gboolean cut = piece->cut;
        mg_early_drop_first(&side->early);
        if (cut)
            return;
    }
}
