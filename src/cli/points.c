/* See points.h. */
#include "cli/points.h"

#include <stdlib.h>
#include <string.h>

/* Below this, clocks are as good as equal. */
#define SMALL (MG_SECOND / 1000)
/* Where only one direction was seen at both points, the way itself may take so long. */
#define LONGEST_WAY MG_SECOND
/* Packets that two captures must share: one alone may be chance in generated captures. */
#define FEWEST 2
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

/* What two captures say about each other's clocks. */
typedef struct {
    guint16 a, b;   /* a < b */
    GArray *both;   /* gint64, one per connection seen in both directions: b's time less a's */
    GArray *one;    /* … in one direction only */
    GArray *ways;   /* gint64, of the connections in `both`: how long the way between them takes */
    GArray *course; /* Point: how the difference went */
    guint shared;   /* packets */
    gint64 difference; /* … when the captures begin */
    gint64 drift;      /* that it grows by in a second */
} Pair;

/* The difference of two clocks at one time. */
typedef struct {
    MgTime time;
    gint64 difference;
} Point;

struct MgPoints {
    GArray *sightings; /* Sighting: by key, then capture, then frame once settled */
    guint32 *by_frame; /* indices of sightings, by capture, then frame */
    gsize limit;
    guint rate;      /* kept: segments whose low bits of the key are 0 */
    GArray *offsets; /* gint64, by capture */
    GArray *drifts;  /* gint64, by capture */
    MgTime since;    /* of the first packet that two captures have */
    guint16 captures;
};

MgPoints *mg_points_new(gsize limit)
{
    MgPoints *points = g_new0(MgPoints, 1);
    points->sightings = g_array_new(FALSE, FALSE, sizeof(Sighting));
    points->offsets = g_array_new(FALSE, TRUE, sizeof(gint64));
    points->drifts = g_array_new(FALSE, TRUE, sizeof(gint64));
    points->since = MG_TIME_NONE;
    points->limit = limit > 0 ? limit : MG_LIMIT_SIGHTINGS;
    return points;
}

void mg_points_free(MgPoints *points)
{
    if (points == NULL)
        return;
    g_array_unref(points->sightings);
    g_array_unref(points->offsets);
    g_array_unref(points->drifts);
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

/* A long connection tells of its clocks this often. */
#define STRETCH (30 * MG_SECOND)

enum {
    /* Points in each third of the time that a drift is told by. */
    FEWEST_POINTS = 2,
    /* Seconds between the first and the last of them, about. */
    SHORTEST_DRIFT = 60,
    /* Nanoseconds in a second; a clock that is worse is none. */
    FASTEST_DRIFT = 10 * 1000 * 1000,
};

/* The times of one packet at two points. */
typedef struct {
    Pair *pair;
    guint direction;
    gint64 difference; /* b's time less a's */
    MgTime time;       /* a's */
} Sample;

static int by_pair(gconstpointer a, gconstpointer b)
{
    const Sample *x = a, *y = b;
    if (x->pair != y->pair)
        return x->pair->a != y->pair->a ? (int)x->pair->a - y->pair->a
                                        : (int)x->pair->b - y->pair->b;
    if (x->direction != y->direction)
        return (int)x->direction - (int)y->direction;
    return x->difference < y->difference ? -1 : x->difference > y->difference;
}

static int by_value(gconstpointer a, gconstpointer b)
{
    gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
    return x < y ? -1 : x > y;
}

static gint64 middle_of(gint64 a, gint64 b)
{
    return a / 2 + b / 2 + (a % 2 + b % 2) / 2;
}

static int by_stretch(gconstpointer a, gconstpointer b)
{
    const Sample *x = a, *y = b;
    if (x->time / STRETCH != y->time / STRETCH)
        return x->time / STRETCH < y->time / STRETCH ? -1 : 1;
    return by_pair(a, b);
}

/* The same, stretch by stretch: a clock that drifts shows in a long connection, too. */
static void note_course(Pair *pair, Sample *samples, guint n)
{
    qsort(samples, n, sizeof *samples, by_stretch);
    for (guint from = 0, to; from < n; from = to) {
        guint first = 0;
        for (to = from; to < n && samples[to].time / STRETCH == samples[from].time / STRETCH; to++)
            first += samples[to].direction == 0;
        if (first == 0 || first == to - from)
            continue;
        Point point = {samples[from].time,
                       middle_of(samples[from + first / 2].difference,
                                 samples[from + (first + to - from) / 2].difference)};
        g_array_append_val(pair->course, point);
    }
}

/* What one connection tells about one pair: `n` samples, sorted by direction and difference. */
static void judge_connection(Pair *pair, Sample *samples, guint n)
{
    guint first = 0; /* samples of direction 0 */
    while (first < n && samples[first].direction == 0)
        first++;
    pair->shared += n;
    if (first == 0 || first == n) {
        g_array_append_val(pair->one, samples[n / 2].difference);
        return;
    }
    /* In one direction the packets reach b later by the way between the points, in the other
     * earlier: the clocks' difference is in the middle. */
    gint64 there = samples[first / 2].difference, back = samples[(first + n) / 2].difference;
    gint64 difference = middle_of(there, back);
    g_array_append_val(pair->both, difference);
    gint64 way = there > difference ? there - difference : difference - there;
    g_array_append_val(pair->ways, way);
    note_course(pair, samples, n);
}

static void judge_samples(GArray *samples)
{
    g_array_sort(samples, by_pair);
    for (guint from = 0, to; from < samples->len; from = to) {
        Sample *first = &g_array_index(samples, Sample, from);
        for (to = from + 1; to < samples->len; to++)
            if (g_array_index(samples, Sample, to).pair != first->pair)
                break;
        judge_connection(first->pair, first, to - from);
    }
    g_array_set_size(samples, 0);
}

static void pair_free(gpointer data)
{
    Pair *pair = data;
    g_array_unref(pair->both);
    g_array_unref(pair->one);
    g_array_unref(pair->ways);
    g_array_unref(pair->course);
    g_free(pair);
}

static Pair *pair_of(GHashTable *pairs, guint16 a, guint16 b)
{
    gpointer key = GUINT_TO_POINTER((guint)a << 16 | b);
    Pair *pair = g_hash_table_lookup(pairs, key);
    if (pair == NULL) {
        pair = g_new0(Pair, 1);
        *pair = (Pair){.a = a,
                       .b = b,
                       .both = g_array_new(FALSE, FALSE, sizeof(gint64)),
                       .one = g_array_new(FALSE, FALSE, sizeof(gint64)),
                       .ways = g_array_new(FALSE, FALSE, sizeof(gint64)),
                       .course = g_array_new(FALSE, FALSE, sizeof(Point))};
        g_hash_table_insert(pairs, key, pair);
    }
    return pair;
}

/* Each packet compares the neighbours among the captures that have it: a chain is enough. */
static void compare_clocks(MgPoints *points, GHashTable *pairs)
{
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(Sample));
    guint64 connection = 0;
    for (guint i = 1; i < points->sightings->len; i++) {
        const Sighting *a = &g_array_index(points->sightings, Sighting, i - 1);
        const Sighting *b = &g_array_index(points->sightings, Sighting, i);
        if (b->key >> (DIRECTION_BIT + 1) != connection) {
            judge_samples(samples);
            connection = b->key >> (DIRECTION_BIT + 1);
        }
        /* Times before 1970 are damage; with others the difference fits. */
        if (!same_packet(a, b) || a->time < 0 || b->time < 0)
            continue;
        Sample sample = {.pair = pair_of(pairs, a->capture, b->capture),
                         .direction = b->key >> DIRECTION_BIT & 1,
                         .difference = b->time - a->time,
                         .time = a->time};
        if (points->since == MG_TIME_NONE || a->time < points->since)
            points->since = a->time;
        g_array_append_val(samples, sample);
    }
    judge_samples(samples);
}

static gint64 median(GArray *values)
{
    g_array_sort(values, by_value);
    return g_array_index(values, gint64, values->len / 2);
}

static int by_time(gconstpointer a, gconstpointer b)
{
    const Point *x = a, *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

/* The middle of the points from one to another in time. */
static Point middle_point(const Point *points, guint n)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint i = 0; i < n; i++)
        g_array_append_val(values, points[i].difference);
    return (Point){points[n / 2].time, median(values)};
}

/* A clock that runs too fast: the difference grows, and it grows evenly.  One that was set in
 * between, or that follows another one by fits and starts, has no drift to be told. */
static void judge_drift(Pair *pair, MgTime since)
{
    guint third = pair->course->len / 3;
    if (third < FEWEST_POINTS)
        return;
    g_array_sort(pair->course, by_time);
    const Point *course = (const Point *)pair->course->data;
    Point early = middle_point(course, third);
    Point middle = middle_point(course + third, pair->course->len - 2 * third);
    Point late = middle_point(course + pair->course->len - third, third);
    gint64 grown = late.difference - early.difference;
    gint64 doubt = MAX(median(pair->ways) / 2, SMALL),
           seconds = (late.time - early.time) / MG_SECOND;
    if (seconds < SHORTEST_DRIFT || ABS(grown) <= doubt || ABS(grown) / seconds > FASTEST_DRIFT)
        return;
    gint64 drift = grown / seconds;
    gint64 expected = early.difference + (middle.time - early.time) / MG_SECOND * drift;
    if (ABS(middle.difference - expected) > MAX(doubt, ABS(grown) / 4))
        return;
    g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (guint i = 0; i < pair->course->len; i++) {
        gint64 start =
            course[i].difference - (mg_time_drift(course[i].time, since, drift) - course[i].time);
        g_array_append_val(starts, start);
    }
    pair->drift = drift;
    pair->difference = median(starts);
}

/* The difference of the two clocks; 0 when they may well be right. */
static gint64 judge_pair(Pair *pair)
{
    gboolean both = pair->both->len > 0;
    if (pair->shared < FEWEST)
        return 0;
    gint64 difference = median(both ? pair->both : pair->one);
    gint64 doubt = MAX(both ? median(pair->ways) : LONGEST_WAY, SMALL);
    return difference > doubt || difference < -doubt ? difference : 0;
}

static int by_shared(gconstpointer a, gconstpointer b)
{
    const Pair *x = *(Pair *const *)a, *y = *(Pair *const *)b;
    if (x->shared != y->shared)
        return x->shared > y->shared ? -1 : 1;
    return x->a != y->a ? (int)x->a - y->a : (int)x->b - y->b;
}

/* Captures that hang together by the pairs used so far: the lowest number of them, and what is
 * to be added to a time of this capture to fit that one's. */
typedef struct {
    guint16 root;
    gint64 offset;
    gint64 drift;
} Joined;

/* The strongest pairs first (Kruskal): each joins two groups of captures. */
static void join(MgPoints *points, GPtrArray *pairs)
{
    guint n = points->captures + 1u;
    g_autofree Joined *joined = g_new0(Joined, n);
    for (guint i = 0; i < n; i++)
        joined[i].root = (guint16)i;
    g_ptr_array_sort(pairs, by_shared);
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(pairs, i);
        Joined a = joined[pair->a], b = joined[pair->b];
        if (a.root == b.root || pair->shared < FEWEST)
            continue;
        /* b's times less `difference` are a's times. */
        gint64 shift = a.offset - pair->difference - b.offset;
        gint64 turn = a.drift - pair->drift - b.drift;
        gboolean keep_a = a.root < b.root;
        for (guint k = 0; k < n; k++) {
            if (joined[k].root != (keep_a ? b.root : a.root))
                continue;
            joined[k].root = keep_a ? a.root : b.root;
            joined[k].offset += keep_a ? shift : -shift;
            joined[k].drift += keep_a ? turn : -turn;
        }
    }
    g_array_set_size(points->offsets, n);
    g_array_set_size(points->drifts, n);
    for (guint i = 0; i < n; i++) {
        g_array_index(points->offsets, gint64, i) = joined[i].offset;
        g_array_index(points->drifts, gint64, i) = joined[i].drift;
    }
}

void mg_points_settle(MgPoints *points)
{
    count_turns(points->sightings);
    keep_twins(points->sightings);
    index_frames(points);

    g_autoptr(GHashTable) pairs = g_hash_table_new_full(NULL, NULL, NULL, pair_free);
    compare_clocks(points, pairs);
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    GHashTableIter iter;
    gpointer pair;
    g_hash_table_iter_init(&iter, pairs);
    while (g_hash_table_iter_next(&iter, NULL, &pair)) {
        ((Pair *)pair)->difference = judge_pair(pair);
        judge_drift(pair, points->since);
        g_ptr_array_add(list, pair);
    }
    join(points, list);
}

/* ---- Asking ---- */

gboolean mg_points_thinned(const MgPoints *points)
{
    return points->rate > 0;
}

gint64 mg_points_offset(const MgPoints *points, guint16 capture)
{
    return capture < points->offsets->len ? g_array_index(points->offsets, gint64, capture) : 0;
}

gint64 mg_points_drift(const MgPoints *points, guint16 capture, MgTime *ret_since)
{
    *ret_since = points->since;
    return capture < points->drifts->len ? g_array_index(points->drifts, gint64, capture) : 0;
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
