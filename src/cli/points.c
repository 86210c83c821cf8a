/* See points.h. */
#include "cli/points.h"

#include "cli/clocks.h"

#include <stdlib.h>
#include <string.h>

/* Octets of the payload that are compared. */
#define COMPARED 32

/* One segment as one capture saw it.  From the top, the key is 24 bits of the connection, one of
 * the direction and 39 of the segment, so that sorted keys lie together by connection. */
typedef struct {
    guint64 key;
    guint64 frame;
    MgTime time;
    guint16 capture;
    guint8 time_digits;
    guint8 turn;   /* number of this key's occurrences before, in this capture */
    guint32 twins; /* index of the first of its twins, set when frames are in order */
} Sighting;

#define DIRECTION_BIT 39

struct MgPoints {
    GArray *sightings; /* Sighting: by key, then capture, then frame once settled */
    guint32 *by_frame; /* indices of sightings, by capture, then frame */
    gsize limit;
    guint rate;       /* kept: segments whose low bits of the key are 0 */
    MgClocks *clocks; /* NULL = not settled yet */
    guint16 captures;
};

MgPoints *mg_points_new(gsize limit)
{
    MgPoints *points = g_new0(MgPoints, 1);
    points->sightings = g_array_new(FALSE, FALSE, sizeof(Sighting));
    points->limit = limit > 0 ? limit : MG_LIMIT_SIGHTINGS;
    return points;
}

void mg_points_free(MgPoints *points)
{
    if (points == NULL)
        return;
    g_array_unref(points->sightings);
    mg_clocks_free(points->clocks);
    g_free(points->by_frame);
    g_free(points);
}

/* ---- Collecting ---- */

static guint64 mix(guint64 hash, guint64 value)
{
    hash = (hash ^ value) * G_GUINT64_CONSTANT(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

static guint64 hash_octets(guint64 hash, const guint8 *data, gsize len)
{
    for (gsize i = 0; i < len; i += 8) {
        guint64 word = 0;
        memcpy(&word, data + i, MIN(len - i, sizeof word));
        hash = mix(hash, word);
    }
    return mix(hash, len);
}

static guint64 hash_end(const MgEndpoint *end)
{
    return hash_octets(end->port, end->address.bytes, end->address.family == 4 ? 4 : 16);
}

static int compare_ends(const MgEndpoint *a, const MgEndpoint *b)
{
    int order = memcmp(a->address.bytes, b->address.bytes, sizeof a->address.bytes);
    return order != 0 ? order : (int)a->port - (int)b->port;
}

static guint64 key_of(const MgSegment *segment)
{
    guint64 source = hash_end(&segment->source), destination = hash_end(&segment->destination);
    guint64 connection = mix(1, source + destination) >> (DIRECTION_BIT + 1);
    guint64 direction = compare_ends(&segment->source, &segment->destination) < 0;
    /* PSH may be set anew where a network card joins segments. */
    guint64 flags = segment->flags & (MG_TCP_FIN | MG_TCP_SYN | MG_TCP_RST | MG_TCP_ACK);
    guint64 hash = mix(mix(source, destination), (guint64)segment->seq << 32 | segment->ack);
    hash = mix(hash, flags << 32 | segment->payload_len);
    hash = hash_octets(hash, segment->payload.data, MIN(segment->payload.len, (gsize)COMPARED));
    return connection << (DIRECTION_BIT + 1) | direction << DIRECTION_BIT | hash >> (64 - 39);
}

static gboolean kept_at_rate(const MgPoints *points, guint64 key)
{
    return (key & ((G_GUINT64_CONSTANT(1) << points->rate) - 1)) == 0;
}

static void thin(MgPoints *points)
{
    points->rate++;
    guint kept = 0;
    for (guint i = 0; i < points->sightings->len; i++) {
        Sighting one = g_array_index(points->sightings, Sighting, i);
        if (kept_at_rate(points, one.key))
            g_array_index(points->sightings, Sighting, kept++) = one;
    }
    g_array_set_size(points->sightings, kept);
}

void mg_points_segment(MgPoints *points, const MgSegment *segment)
{
    if (segment->at.capture == 0 ||
        (segment->payload_len == 0 &&
         (segment->flags & (MG_TCP_SYN | MG_TCP_FIN | MG_TCP_RST)) == 0))
        return;
    points->captures = MAX(points->captures, segment->at.capture);
    Sighting one = {.key = key_of(segment),
                    .frame = segment->at.frame,
                    .time = segment->at.time,
                    .capture = segment->at.capture,
                    .time_digits = segment->at.time_digits};
    if (!kept_at_rate(points, one.key))
        return;
    /* A flood of one segment, repeated, cannot be thinned: all of it is kept or none. */
    while (points->sightings->len >= points->limit && points->rate < DIRECTION_BIT - 1)
        thin(points);
    if (points->sightings->len < points->limit && kept_at_rate(points, one.key))
        g_array_append_val(points->sightings, one);
}

/* ---- Twins ---- */

static int by_key(gconstpointer a, gconstpointer b)
{
    const Sighting *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->turn != y->turn)
        return x->turn < y->turn ? -1 : 1;
    if (x->capture != y->capture)
        return x->capture < y->capture ? -1 : 1;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static int by_frame(gconstpointer a, gconstpointer b, gpointer user)
{
    const GArray *sightings = user;
    const Sighting *x = &g_array_index(sightings, Sighting, *(const guint32 *)a);
    const Sighting *y = &g_array_index(sightings, Sighting, *(const guint32 *)b);
    if (x->capture != y->capture)
        return x->capture < y->capture ? -1 : 1;
    return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static gboolean same_packet(const Sighting *a, const Sighting *b)
{
    return a->key == b->key && a->turn == b->turn;
}

/* A retransmission has the key of its first sending: the first of one capture is the first of
 * the other, the second the second. */
static void count_turns(GArray *sightings)
{
    g_array_sort(sightings, by_key);
    for (guint i = 1; i < sightings->len; i++) {
        const Sighting *before = &g_array_index(sightings, Sighting, i - 1);
        Sighting *one = &g_array_index(sightings, Sighting, i);
        if (one->key == before->key && one->capture == before->capture)
            one->turn = (guint8)MIN(before->turn + 1, G_MAXUINT8);
    }
    g_array_sort(sightings, by_key);
}

/* Forget what was seen once only; the rest points at the first of its twins. */
static void keep_twins(GArray *sightings)
{
    guint kept = 0;
    for (guint from = 0, to; from < sightings->len; from = to) {
        const Sighting first = g_array_index(sightings, Sighting, from);
        for (to = from + 1; to < sightings->len; to++)
            if (!same_packet(&first, &g_array_index(sightings, Sighting, to)))
                break;
        if (to - from < 2)
            continue;
        guint32 twins = kept;
        for (guint i = from; i < to; i++) {
            Sighting one = g_array_index(sightings, Sighting, i);
            one.twins = twins;
            g_array_index(sightings, Sighting, kept++) = one;
        }
    }
    g_array_set_size(sightings, kept);
}

static void index_frames(MgPoints *points)
{
    guint n = points->sightings->len;
    points->by_frame = g_new(guint32, n);
    for (guint32 i = 0; i < n; i++)
        points->by_frame[i] = i;
    g_qsort_with_data(points->by_frame, (gint)n, sizeof *points->by_frame, by_frame,
                      points->sightings);
}

static const Sighting *find(const MgPoints *points, guint16 capture, guint64 frame)
{
    guint low = 0, high = points->by_frame != NULL ? points->sightings->len : 0;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Sighting *one = &g_array_index(points->sightings, Sighting, points->by_frame[middle]);
        if (one->capture < capture || (one->capture == capture && one->frame < frame))
            low = middle + 1;
        else
            high = middle;
    }
    if (points->by_frame == NULL || low == points->sightings->len)
        return NULL;
    const Sighting *one = &g_array_index(points->sightings, Sighting, points->by_frame[low]);
    return one->capture == capture && one->frame == frame ? one : NULL;
}

/* ---- Clocks ---- */

/* Each packet compares the neighbours among the captures that have it: a chain is enough. */
static void compare_clocks(MgPoints *points)
{
    guint64 connection = 0;
    for (guint i = 1; i < points->sightings->len; i++) {
        const Sighting *a = &g_array_index(points->sightings, Sighting, i - 1);
        const Sighting *b = &g_array_index(points->sightings, Sighting, i);
        if (b->key >> (DIRECTION_BIT + 1) != connection) {
            mg_clocks_connection(points->clocks);
            connection = b->key >> (DIRECTION_BIT + 1);
        }
        /* Times before 1970 are damage; with others the difference fits. */
        if (!same_packet(a, b) || a->time < 0 || b->time < 0)
            continue;
        mg_clocks_packet(points->clocks, &(MgClocksSeen){a->capture, a->time},
                         &(MgClocksSeen){b->capture, b->time}, b->key >> DIRECTION_BIT & 1);
    }
}

void mg_points_settle(MgPoints *points)
{
    count_turns(points->sightings);
    keep_twins(points->sightings);
    index_frames(points);
    points->clocks = mg_clocks_new(points->captures);
    compare_clocks(points);
    mg_clocks_settle(points->clocks);
}

/* ---- Asking ---- */

gboolean mg_points_thinned(const MgPoints *points)
{
    return points->rate > 0;
}

gint64 mg_points_offset(const MgPoints *points, guint16 capture)
{
    return points->clocks != NULL ? mg_clocks_offset(points->clocks, capture) : 0;
}

gint64 mg_points_drift(const MgPoints *points, guint16 capture, MgTime *ret_since)
{
    *ret_since = points->clocks != NULL ? mg_clocks_since(points->clocks) : MG_TIME_NONE;
    return points->clocks != NULL ? mg_clocks_drift(points->clocks, capture) : 0;
}

MgStamp mg_points_home(const MgPoints *points, const MgStamp *at)
{
    MgStamp home = *at;
    const Sighting *here = find(points, at->capture, at->frame);
    if (here == NULL)
        return home;
    const Sighting *first = &g_array_index(points->sightings, Sighting, here->twins);
    if (first == here)
        return home;
    home.capture = first->capture;
    home.frame = first->frame;
    MgTime since;
    gint64 drift = mg_points_drift(points, first->capture, &since);
    home.time = mg_time_drift(mg_time_shift(first->time, mg_points_offset(points, first->capture)),
                              since, drift);
    home.time_digits = first->time_digits;
    return home;
}

void mg_points_twins(const MgPoints *points, guint16 capture, guint64 frame, MgPointsTwin twin,
                     gpointer user)
{
    const Sighting *here = find(points, capture, frame);
    if (here == NULL)
        return;
    for (guint i = here->twins; i < points->sightings->len; i++) {
        const Sighting *one = &g_array_index(points->sightings, Sighting, i);
        if (!same_packet(one, here))
            break;
        if (one->capture != capture)
            twin(user, one->capture, one->frame);
    }
}
