/* See clocks.h. */
#include "cli/clocks.h"

#include <stdlib.h>

/* Below this, clocks are as good as equal. */
#define SMALL (MG_SECOND / 1000)
/* Where only one direction was seen at both points, the way itself may take so long. */
#define LONGEST_WAY MG_SECOND
/* Packets that two captures must share: one alone may be chance in generated captures. */
#define FEWEST 2

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

/* Captures that hang together by the pairs used so far: the lowest number of them, and what is
 * to be added to a time of this capture to fit that one's. */
typedef struct {
    guint16 root;
    gint64 offset;
    gint64 drift;
} Joined;

struct MgClocks {
    guint16 captures;
    GHashTable *pairs; /* two numbers → Pair */
    GArray *samples;   /* Sample, of the connection in hand */
    Joined *joined;    /* by capture, once settled; NULL = not yet */
    MgTime since;      /* of the first packet that two captures have */
};

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

void mg_clocks_connection(MgClocks *clocks)
{
    GArray *samples = clocks->samples;
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

static Pair *pair_of(MgClocks *clocks, guint16 a, guint16 b)
{
    gpointer key = GUINT_TO_POINTER((guint)a << 16 | b);
    Pair *pair = g_hash_table_lookup(clocks->pairs, key);
    if (pair == NULL) {
        pair = g_new0(Pair, 1);
        *pair = (Pair){.a = a,
                       .b = b,
                       .both = g_array_new(FALSE, FALSE, sizeof(gint64)),
                       .one = g_array_new(FALSE, FALSE, sizeof(gint64)),
                       .ways = g_array_new(FALSE, FALSE, sizeof(gint64)),
                       .course = g_array_new(FALSE, FALSE, sizeof(Point))};
        g_hash_table_insert(clocks->pairs, key, pair);
    }
    return pair;
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

/* The strongest pairs first (Kruskal): each joins two groups of captures. */
static void join(MgClocks *clocks, GPtrArray *pairs)
{
    guint n = clocks->captures + 1u;
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
    g_free(clocks->joined);
    clocks->joined = g_steal_pointer(&joined);
}

void mg_clocks_settle(MgClocks *clocks)
{
    mg_clocks_connection(clocks);
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    GHashTableIter iter;
    gpointer pair;
    g_hash_table_iter_init(&iter, clocks->pairs);
    while (g_hash_table_iter_next(&iter, NULL, &pair)) {
        ((Pair *)pair)->difference = judge_pair(pair);
        judge_drift(pair, clocks->since);
        g_ptr_array_add(list, pair);
    }
    join(clocks, list);
}

/* ---- The door ---- */

MgClocks *mg_clocks_new(guint16 captures)
{
    MgClocks *clocks = g_new0(MgClocks, 1);
    clocks->captures = captures;
    clocks->pairs = g_hash_table_new_full(NULL, NULL, NULL, pair_free);
    clocks->samples = g_array_new(FALSE, FALSE, sizeof(Sample));
    clocks->since = MG_TIME_NONE;
    return clocks;
}

void mg_clocks_free(MgClocks *clocks)
{
    if (clocks == NULL)
        return;
    g_hash_table_unref(clocks->pairs);
    g_array_unref(clocks->samples);
    g_free(clocks->joined);
    g_free(clocks);
}

void mg_clocks_packet(MgClocks *clocks, const MgClocksSeen *a, const MgClocksSeen *b,
                      guint direction)
{
    Sample sample = {.pair = pair_of(clocks, a->capture, b->capture),
                     .direction = direction,
                     .difference = b->time - a->time,
                     .time = a->time};
    if (clocks->since == MG_TIME_NONE || a->time < clocks->since)
        clocks->since = a->time;
    g_array_append_val(clocks->samples, sample);
}

gint64 mg_clocks_offset(const MgClocks *clocks, guint16 capture)
{
    return clocks->joined != NULL && capture <= clocks->captures ? clocks->joined[capture].offset
                                                                 : 0;
}

gint64 mg_clocks_drift(const MgClocks *clocks, guint16 capture)
{
    return clocks->joined != NULL && capture <= clocks->captures ? clocks->joined[capture].drift
                                                                 : 0;
}

MgTime mg_clocks_since(const MgClocks *clocks)
{
    return clocks->since;
}
