/* Capture points: clocks that differ, packets that were captured twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/points.h"

#define MS (MG_SECOND / 1000)
#define NOON (G_GINT64_CONSTANT(1700000000) * MG_SECOND)

/* A talk of `n` segments by turns, as a capture point sees it whose clock is fast by `fast` and
 * which is so far from the client; the server is `FAR` away. */
#define FAR (10 * MS)

typedef struct {
    guint16 capture;
    gint64 fast;
    gint64 from_client;
    guint connection; /* part of the client's port */
    guint sides;      /* 1: only the client's segments, 2: both */
    gint64 drift;     /* parts per million that its clock is fast */
    guint skip;       /* every so many segments are missing here; 0 = none */
} Seen;

static void talk(MgPoints *points, const Seen *seen, guint n)
{
    MgEndpoint ends[2] = {{.port = (guint16)(40000 + seen->connection)}, {.port = 25}};
    g_assert_true(mg_address_parse("10.0.0.11", &ends[0].address));
    g_assert_true(mg_address_parse("10.0.0.2", &ends[1].address));
    for (guint i = 0; i < n; i++) {
        guint side = i % 2;
        if (side >= seen->sides || (seen->skip > 0 && i % seen->skip == 0))
            continue;
        gint64 way = side == 0 ? seen->from_client : FAR - seen->from_client;
        const guint8 text[] = {'a', (guint8)i};
        MgSegment segment = {
            .source = ends[side],
            .destination = ends[1 - side],
            .seq = 1000 + i * 2,
            .ack = 7000 + i,
            .flags = MG_TCP_ACK,
            .payload = {text, sizeof text},
            .payload_len = sizeof text,
            .at = {.frame = 1 + seen->connection * 10000 + i,
                   .time =
                       NOON + seen->connection * 60 * MG_SECOND + i * 50 * MS + way + seen->fast +
                       (seen->connection * 60 * MG_SECOND + i * 50 * MS) / 1000000 * seen->drift,
                   .capture = seen->capture,
                   .time_digits = seen->capture == 1 ? 6 : 9}};
        mg_points_segment(points, &segment);
    }
}

static void expect_near(gint64 value, gint64 expected, gint64 off)
{
    if (value < expected - off || value > expected + off)
        fail_msg("%" G_GINT64_FORMAT " is not near %" G_GINT64_FORMAT, value, expected);
}

static void test_both_directions(void **state)
{
    static const gint64 fast[] = {17300 * MS, -7200500 * MS, 40 * MS};
    for (gsize i = 0; i < G_N_ELEMENTS(fast); i++) {
        g_autoptr(MgPoints) points = mg_points_new(0);
        talk(points, &(Seen){.capture = 1, .sides = 2}, 40);
        talk(points, &(Seen){.capture = 2, .fast = fast[i], .from_client = FAR, .sides = 2}, 40);
        mg_points_settle(points);
        assert_int_equal(mg_points_offset(points, 1), 0);
        expect_near(mg_points_offset(points, 2), -fast[i], MS);
    }
}

/* What the way explains is no fault of a clock. */
static void test_right_clocks(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    talk(points, &(Seen){.capture = 1, .sides = 2}, 40);
    talk(points, &(Seen){.capture = 2, .fast = 4 * MS, .from_client = FAR, .sides = 2}, 40);
    talk(points, &(Seen){.capture = 3, .fast = MS / 2, .sides = 2}, 40);
    mg_points_settle(points);
    for (guint16 i = 1; i <= 4; i++)
        assert_int_equal(mg_points_offset(points, i), 0);
}

static void test_one_direction(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    talk(points, &(Seen){.capture = 1, .sides = 1}, 40);
    talk(points, &(Seen){.capture = 2, .fast = 900 * MS, .sides = 1}, 40);
    talk(points, &(Seen){.capture = 3, .fast = 5000 * MS, .from_client = FAR, .sides = 1}, 40);
    mg_points_settle(points);
    assert_int_equal(mg_points_offset(points, 2), 0);
    expect_near(mg_points_offset(points, 3), -5000 * MS, 1000 * MS);
}

static void test_nothing_shared(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    talk(points, &(Seen){.capture = 1, .connection = 1, .sides = 2}, 40);
    talk(points, &(Seen){.capture = 2, .connection = 2, .fast = MG_SECOND, .sides = 2}, 40);
    /* One packet alone is no proof. */
    talk(points, &(Seen){.capture = 3, .connection = 1, .fast = 9 * MG_SECOND, .sides = 2}, 1);
    mg_points_settle(points);
    assert_int_equal(mg_points_offset(points, 2), 0);
    assert_int_equal(mg_points_offset(points, 3), 0);
    MgStamp at = {.capture = 2, .frame = 20001, .time = 5};
    assert_int_equal(mg_points_home(points, &at).capture, 2);
    assert_int_equal(mg_points_home(points, &at).time, 5);
}

/* 1 and 3 share nothing; 2 knows them both, and 4 and 5 are a house of their own. */
static void test_chain(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    talk(points, &(Seen){.capture = 1, .connection = 1, .sides = 2}, 40);
    talk(points, &(Seen){.capture = 2, .connection = 1, .fast = 5 * MG_SECOND, .sides = 2}, 40);
    talk(points, &(Seen){.capture = 2, .connection = 2, .fast = 5 * MG_SECOND, .sides = 2}, 60);
    talk(points, &(Seen){.capture = 3, .connection = 2, .fast = -3 * MG_SECOND, .sides = 2}, 60);
    talk(points, &(Seen){.capture = 4, .connection = 3, .fast = MG_SECOND, .sides = 2}, 40);
    talk(points, &(Seen){.capture = 5, .connection = 3, .fast = 2 * MG_SECOND, .sides = 2}, 40);
    mg_points_settle(points);
    assert_int_equal(mg_points_offset(points, 1), 0);
    expect_near(mg_points_offset(points, 2), -5 * MG_SECOND, MS);
    expect_near(mg_points_offset(points, 3), 3 * MG_SECOND, MS);
    assert_int_equal(mg_points_offset(points, 4), 0);
    expect_near(mg_points_offset(points, 5), -MG_SECOND, MS);
}

static void keep_twin(gpointer user, guint16 capture, guint64 frame)
{
    GArray *twins = user;
    MgStamp twin = {.capture = capture, .frame = frame};
    g_array_append_val(twins, twin);
}

static void test_twins(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    Seen one = {.capture = 1, .sides = 2, .skip = 5};
    Seen two = {.capture = 2, .fast = 20 * MG_SECOND, .from_client = FAR, .sides = 2};
    Seen three = {.capture = 3, .fast = 40 * MG_SECOND, .from_client = FAR, .sides = 2};
    talk(points, &one, 30);
    talk(points, &two, 30);
    talk(points, &three, 30);
    talk(points, &two, 2); /* sent again, seen at one point only */
    mg_points_settle(points);

    MgStamp at = {.capture = 3, .frame = 8, .time_digits = 9};
    MgStamp home = mg_points_home(points, &at);
    assert_int_equal(home.capture, 1);
    assert_int_equal(home.frame, 8);
    assert_int_equal(home.time_digits, 6);
    expect_near(home.time, NOON + 7 * 50 * MS, FAR);
    at.frame = 6; /* segment 5: not seen at point 1 */
    home = mg_points_home(points, &at);
    assert_int_equal(home.capture, 2);
    expect_near(home.time, NOON + 5 * 50 * MS, FAR);

    g_autoptr(GArray) twins = g_array_new(FALSE, FALSE, sizeof(MgStamp));
    mg_points_twins(points, 2, 8, keep_twin, twins);
    assert_int_equal(twins->len, 2);
    assert_int_equal(g_array_index(twins, MgStamp, 0).capture, 1);
    assert_int_equal(g_array_index(twins, MgStamp, 1).capture, 3);
    mg_points_twins(points, 9, 8, keep_twin, twins);
    assert_int_equal(twins->len, 2);
}

/* Beyond the limit the clocks are still found, from fewer packets. */
static void test_limit(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(100);
    for (guint i = 0; i < 20; i++) {
        talk(points, &(Seen){.capture = 1, .connection = i, .sides = 2}, 250);
        talk(points, &(Seen){.capture = 2, .connection = i, .fast = 8 * MG_SECOND, .sides = 2},
             250);
    }
    mg_points_settle(points);
    assert_true(mg_points_thinned(points));
    expect_near(mg_points_offset(points, 2), -8 * MG_SECOND, FAR);
}

/* Times that are damage: none before 1970, the end of the range, none at all. */
static void test_odd_times(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    static const gint64 odd[] = {-2 * NOON, G_MAXINT64 - NOON - 100 * MG_SECOND};
    for (guint i = 0; i < 2; i++) {
        talk(points, &(Seen){.capture = 1, .connection = i, .sides = 2}, 40);
        talk(points,
             &(Seen){.capture = (guint16)(2 + i), .connection = i, .fast = odd[i], .sides = 2}, 40);
    }
    mg_points_settle(points);
    assert_int_equal(mg_points_offset(points, 2), 0);
    MgStamp at = {.capture = 3, .frame = 10005, .time = G_MAXINT64};
    mg_points_home(points, &at);
    g_autoptr(MgPoints) none = mg_points_new(0);
    mg_points_settle(none);
    assert_int_equal(mg_points_offset(none, 1), 0);
    assert_int_equal(mg_points_home(none, &at).frame, 10005);
    assert_int_equal(mg_time_shift(MG_TIME_NONE, 5), MG_TIME_NONE);
    assert_int_equal(mg_time_shift(G_MAXINT64, 5), G_MAXINT64);
    assert_int_equal(mg_time_shift(G_MININT64 + 3, -5), G_MININT64 + 3);
    assert_int_equal(mg_time_shift(100, -5), 95);
}

/* A clock that is right at the beginning and gains 0.2 ms in a second; one that loses; one that
 * was set in between, which is no drift. */
static void test_drift(void **state)
{
    g_autoptr(MgPoints) points = mg_points_new(0);
    g_autoptr(MgPoints) set_once = mg_points_new(0);
    for (guint connection = 0; connection < 60; connection++) {
        gint64 set = connection < 30 ? 0 : 2 * MG_SECOND;
        talk(points, &(Seen){1, 0, 0, connection, 2, 0, 0}, 40);
        talk(points, &(Seen){2, 0, FAR, connection, 2, 200, 0}, 40);
        talk(points, &(Seen){3, 5 * MG_SECOND, FAR, connection, 2, -80, 0}, 40);
        talk(set_once, &(Seen){1, 0, 0, connection, 2, 0, 0}, 40);
        talk(set_once, &(Seen){2, set, FAR, connection, 2, 0, 0}, 40);
    }
    mg_points_settle(points);
    mg_points_settle(set_once);
    MgTime since;
    assert_int_equal(mg_points_drift(points, 1, &since), 0);
    expect_near(mg_points_drift(points, 2, &since), -200 * 1000, 4000);
    expect_near(mg_points_offset(points, 2), 0, 2 * MS);
    expect_near(mg_points_drift(points, 3, &since), 80 * 1000, 4000);
    expect_near(mg_points_offset(points, 3), -5 * MG_SECOND, 2 * MS);
    assert_int_equal(mg_points_drift(set_once, 2, &since), 0);
    expect_near(since, NOON, MG_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drift),          cmocka_unit_test(test_both_directions),
        cmocka_unit_test(test_right_clocks),   cmocka_unit_test(test_one_direction),
        cmocka_unit_test(test_nothing_shared), cmocka_unit_test(test_chain),
        cmocka_unit_test(test_twins),          cmocka_unit_test(test_limit),
        cmocka_unit_test(test_odd_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
