/* Segments of one direction into ordered pieces. */
#include "tcp/half.h"

#include "tcp/seq.h"

#include <string.h>

/* A FIN that was acknowledged but not captured looks like one missing octet at the very end. */
static guint64 known_end(const MgHalf *half)
{
    guint64 end = half->acked;
    if (half->fin_seen)
        end = MIN(end, half->fin);
    return end;
}

void mg_piece_free(MgPiece *piece)
{
    if (piece == NULL)
        return;
    g_free(piece->data);
    g_free(piece);
}

static void free_piece(gpointer data)
{
    mg_piece_free(data);
}

void mg_half_init(MgHalf *half)
{
    memset(half, 0, sizeof *half);
    g_queue_init(&half->ready);
    half->want = MG_MORE;
}

void mg_half_clear(MgHalf *half)
{
    g_clear_pointer(&half->ahead, g_sequence_free);
    g_queue_clear_full(&half->ready, free_piece);
    if (half->kept != NULL)
        g_byte_array_unref(half->kept);
    half->kept = NULL;
    g_clear_pointer(&half->places, g_array_unref);
    half->ahead_octets = half->ready_octets = 0;
}

void mg_half_sync(MgHalf *half, guint32 seq)
{
    half->synced = TRUE;
    half->next_seq = seq;
}

gint64 mg_half_ahead(const MgHalf *half, guint32 seq)
{
    return mg_seq_ahead(seq, half->next_seq);
}

guint64 mg_half_waiting(const MgHalf *half)
{
    return half->ahead_octets + half->ready_octets + (half->kept != NULL ? half->kept->len : 0);
}

/* ---- Traces ---- */

/* Quick, not cryptographic: who wants to hide a second copy from us can. */
static guint32 digest(const guint8 *data, gsize len)
{
    guint64 hash = 14695981039346656037u + len;
    for (; len >= 8; data += 8, len -= 8) {
        guint64 word;
        memcpy(&word, data, 8);
        hash = (hash ^ word) * 1099511628211u;
        hash ^= hash >> 32;
    }
    for (; len > 0; data++, len--)
        hash = (hash ^ *data) * 1099511628211u;
    return (guint32)(hash ^ (hash >> 32));
}

static void remember(MgHalf *half, guint64 offset, const guint8 *data, gsize len, guint64 frame)
{
    MgTrace *trace = &half->traces[half->n_traces++ % MG_TRACES];
    *trace = (MgTrace){
        .offset = offset, .len = (guint32)len, .digest = digest(data, len), .frame = frame};
}

/* Compare old octets, that begin at `offset`, with what is remembered of them. */
static void compare_old(const MgHalf *half, guint64 offset, const guint8 *data, gsize len,
                        MgRepeat *repeat)
{
    guint n = MIN(half->n_traces, (guint)MG_TRACES);
    for (guint i = 0; i < n; i++) {
        const MgTrace *trace = &half->traces[i];
        if (trace->offset < offset || trace->offset + trace->len > offset + len || trace->len == 0)
            continue;
        repeat->first_frame = trace->frame;
        if (digest(data + (trace->offset - offset), trace->len) != trace->digest)
            repeat->differs = TRUE;
    }
}

/* ---- Storing ---- */

static int by_offset(gconstpointer a, gconstpointer b, gpointer user G_GNUC_UNUSED)
{
    const MgPiece *one = a, *two = b;
    return one->offset < two->offset ? -1 : one->offset > two->offset;
}

static void move_next(MgHalf *half, guint64 to)
{
    half->next_seq += (guint32)(to - half->next);
    half->next = to;
}

static void make_ready(MgHalf *half, MgPiece *piece)
{
    if (piece->data != NULL) {
        remember(half, piece->offset, piece->data, piece->len, piece->at.frame);
        half->last_frame = piece->at.frame;
        half->ready_octets += piece->len;
    }
    move_next(half, piece->offset + piece->len);
    half->hole_open = FALSE;
    g_queue_push_tail(&half->ready, piece);
}

/* What lies directly behind `next` is in order now. */
static void pull_ahead(MgHalf *half)
{
    while (half->ahead != NULL && !g_sequence_is_empty(half->ahead)) {
        GSequenceIter *first = g_sequence_get_begin_iter(half->ahead);
        MgPiece *piece = g_sequence_get(first);
        if (piece->offset > half->next)
            break;
        GSequenceIter *end = g_sequence_iter_next(first);
        MgPiece *copy = g_memdup2(piece, sizeof *piece);
        piece->data = NULL;
        g_sequence_remove_range(first, end);
        half->ahead_octets -= copy->len;
        make_ready(half, copy);
    }
}

typedef struct {
    const MgSegment *segment;
    guint64 start; /* stream offset of the segment's first octet that is not older than `next` */
    const guint8 *data;
    guint64 needs;
} Incoming;

static MgPiece *cut_piece(const Incoming *in, guint64 from, guint64 to)
{
    MgPiece *piece = g_new0(MgPiece, 1);
    gsize skip = (gsize)(from - in->start);
    gsize before = (gsize)(in->data - in->segment->payload.data);
    piece->offset = from;
    piece->len = to - from;
    piece->data = g_memdup2(in->data + skip, (gsize)piece->len);
    piece->frame_offset = in->segment->frame_offset == MG_OFFSET_NONE
                              ? MG_OFFSET_NONE
                              : in->segment->frame_offset + (guint32)(before + skip);
    piece->at = in->segment->at;
    piece->needs = in->needs;
    return piece;
}

static void store_piece(MgHalf *half, MgPiece *piece)
{
    if (piece->offset == half->next) {
        make_ready(half, piece);
        return;
    }
    if (half->ahead == NULL)
        half->ahead = g_sequence_new(free_piece);
    half->ahead_octets += piece->len;
    g_sequence_insert_sorted(half->ahead, piece, by_offset, NULL);
}

/* The first piece ahead that ends behind `offset`. */
static GSequenceIter *first_behind(const MgHalf *half, guint64 offset)
{
    MgPiece probe = {.offset = offset};
    GSequenceIter *iter = g_sequence_search(half->ahead, &probe, by_offset, NULL);
    GSequenceIter *before = g_sequence_iter_prev(iter);
    if (before != iter) {
        const MgPiece *piece = g_sequence_get(before);
        if (piece->offset + piece->len > offset)
            return before;
    }
    return iter;
}

/* Store what no piece ahead covers; compare the rest. */
static void store_new(MgHalf *half, const Incoming *in, guint64 to, MgRepeat *repeat)
{
    guint64 from = in->start;
    while (from < to) {
        guint64 stop = to;
        const MgPiece *old = NULL;
        if (half->ahead != NULL) {
            GSequenceIter *iter = first_behind(half, from);
            old = g_sequence_iter_is_end(iter) ? NULL : g_sequence_get(iter);
        }
        if (old != NULL && old->offset <= from) {
            stop = MIN(to, old->offset + old->len);
            repeat->octets += stop - from;
            repeat->first_frame = old->at.frame;
            if (memcmp(old->data + (from - old->offset), in->data + (from - in->start),
                       (gsize)(stop - from)) != 0)
                repeat->differs = TRUE;
        } else {
            if (old != NULL)
                stop = MIN(to, old->offset);
            store_piece(half, cut_piece(in, from, stop));
        }
        from = stop;
    }
    pull_ahead(half);
}

void mg_half_store(MgHalf *half, gint64 ahead, const MgSegment *segment, guint64 needs,
                   MgRepeatFunc repeat_func, gpointer user)
{
    const guint8 *data = segment->payload.data;
    guint64 len = segment->payload.len;
    MgRepeat repeat = {.at = segment->at, .frame_offset = segment->frame_offset};
    if (ahead < 0) {
        guint64 old = MIN((guint64)-ahead, len);
        /* A keep-alive carries one octet, of any value, before the next one (RFC 9293 3.8.4). */
        gboolean keep_alive = ahead == -1 && len == 1;
        guint64 first = half->next - MIN((guint64)-ahead, half->next);
        if (old > 0 && !keep_alive && (guint64)-ahead <= half->next) {
            repeat.offset = first;
            repeat.octets = old;
            compare_old(half, first, data, (gsize)old, &repeat);
        }
        data += old;
        len -= old;
        ahead = 0;
    } else {
        repeat.offset = half->next + (guint64)ahead;
    }
    if (len > 0) {
        Incoming in = {
            .segment = segment, .start = half->next + (guint64)ahead, .data = data, .needs = needs};
        store_new(half, &in, in.start + len, &repeat);
    }
    if (repeat.octets > 0)
        repeat_func(user, &repeat);
}

void mg_half_pass(MgHalf *half, const guint8 *data, gsize len, const MgStamp *at)
{
    remember(half, half->next, data, len, at->frame);
    half->last_frame = at->frame;
    move_next(half, half->next + len);
    half->hole_open = FALSE;
    if (half->ahead_octets > 0)
        pull_ahead(half);
}

/* ---- Holes ---- */

gboolean mg_half_incomplete(const MgHalf *half)
{
    return half->ahead_octets > 0 || known_end(half) > half->next ||
           (half->fin_seen && half->fin > half->next);
}

gboolean mg_half_hole(MgHalf *half)
{
    guint64 end = MAX(known_end(half), half->fin_seen ? half->fin : 0);
    guint64 next_frame = 0;
    if (half->ahead_octets > 0) {
        const MgPiece *first = g_sequence_get(g_sequence_get_begin_iter(half->ahead));
        if (end <= half->next || first->offset < end)
            end = first->offset;
        next_frame = first->at.frame;
    } else if (!half->fin_seen && end == half->next + 1) {
        half->fin_seen = TRUE; /* see known_end() */
        half->fin = half->next;
        return FALSE;
    }
    if (end <= half->next)
        return FALSE;
    MgPiece *piece = g_new0(MgPiece, 1);
    piece->offset = half->next;
    piece->len = end - half->next;
    piece->frames[0] = half->last_frame;
    piece->frames[1] = next_frame;
    make_ready(half, piece);
    pull_ahead(half);
    return TRUE;
}
