/* The two directions take turns: what is offered when, by what the receiver answers and by what
 * the octets acknowledge. */
#include "tcp-kit.h"

/* ---- More of this direction ---- */

static void incomplete_line_stays(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){-2, MG_MORE};
    kit_data(kit, 0, 0, "EH", 0);
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_data(kit, 0, 2, "LO x\r", 0);
    kit_data(kit, 0, 7, "\nMAIL", 0);
    kit_data(kit, 0, 12, "\r\n", 0);
    kit_expect(kit, "C 0 'EH'\n"
                    "S 0 '220\\r\\n'\n"
                    "C 0 'EHLO x\\r'\n"
                    "C 0 'EHLO x\\r\\nMAIL'\n"
                    "C 8 'MAIL\\r\\n'\n");
    kit_free(kit);
}

/* A long line, octet by octet, to a receiver that wants the whole line: the work for each octet
 * must not grow with the line. */
static void long_line_octet_by_octet(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){0, MG_MORE};
    kit->quiet = TRUE;
    for (guint i = 0; i < 3000; i++)
        kit_data(kit, 0, i, "x", 0);
    kit_answer(kit, 0, -1, MG_MORE);
    kit_data(kit, 0, 3000, "\n", 0);
    assert_int_equal(kit->offers, 3001);
    assert_int_equal(kit->offered_octets, 3001 * 3002 / 2);
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.dropped[0], 0);
    kit_free(kit);
}

typedef struct {
    guint n;
    MgPlacement places[8];
} Seen;

static MgTake take_two(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes)
{
    Seen *seen = user;
    seen->n = bytes->n_places;
    memcpy(seen->places, bytes->places, bytes->n_places * sizeof *bytes->places);
    return (MgTake){MIN(bytes->slice.len, 2), MG_MORE};
}

/* Placements stay true when only part of a segment is taken. */
static void placements_of_a_rest(void **state)
{
    Seen seen = {0};
    MgFlowSink sink = {.bytes = take_two, .user = &seen};
    g_autoptr(MgTcp) tcp = mg_tcp_new(&sink, 0);
    Kit *kit = kit_new(0); /* only for its segments */
    MgSegment one = kit_segment(kit, 0, MG_TCP_ACK, 1001, 5001, "abcde", 5);
    mg_tcp_segment(tcp, &one);
    assert_int_equal(seen.n, 1);
    MgSegment two = kit_segment(kit, 0, MG_TCP_ACK, 1006, 5001, "fg", 2);
    two.frame_offset = MG_OFFSET_NONE;
    mg_tcp_segment(tcp, &two);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.places[0].offset, 2);
    assert_int_equal(seen.places[0].frame_offset, 56);
    assert_int_equal(seen.places[0].at.frame, 1);
    assert_int_equal(seen.places[1].offset, 5);
    assert_int_equal(seen.places[1].frame_offset, MG_OFFSET_NONE);
    MgSegment three = kit_segment(kit, 0, MG_TCP_ACK, 1008, 5001, "h", 1);
    mg_tcp_segment(tcp, &three);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.places[0].offset, 4);
    assert_int_equal(seen.places[0].frame_offset, 58);
    MgSegment four = kit_segment(kit, 0, MG_TCP_ACK, 1009, 5001, "i", 1);
    mg_tcp_segment(tcp, &four);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.places[0].offset, 6);
    assert_int_equal(seen.places[0].at.frame, 2);
    assert_int_equal(seen.places[0].frame_offset, MG_OFFSET_NONE);
    kit_free(kit);
}

/* ---- The other direction first ---- */

static void other_side_first(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 6, MG_OTHER);
    kit_data(kit, 0, 0, "DATA\r\nSubject: x\r\n", 0);
    kit_data(kit, 0, 18, "\r\n", 0); /* more of this direction changes nothing */
    kit_expect(kit, "C 0 'DATA\\r\\nSubject: x\\r\\n'\n");
    kit_data(kit, 1, 0, "354\r\n", 20);
    kit_expect(kit, "S 0 '354\\r\\n'\nC 6 'Subject: x\\r\\n\\r\\n'\n");
    kit_free(kit);
}

/* All was taken, and yet what follows waits for the answer. */
static void other_side_first_with_nothing_left(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, -1, MG_OTHER);
    kit_data(kit, 0, 0, "STARTTLS\r\n", 0);
    kit_data(kit, 0, 10, "NOOP\r\n", 0);
    kit_expect(kit, "C 0 'STARTTLS\\r\\n'\n");
    kit_data(kit, 1, 0, "454\r\n", 16);
    kit_expect(kit, "S 0 '454\\r\\n'\nC 10 'NOOP\\r\\n'\n");
    kit_free(kit);
}

/* The other side has moved only when the receiver took something of it. */
static void other_side_incomplete(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[1] = (KitAnswer){-2, MG_MORE};
    kit_answer(kit, 0, 6, MG_OTHER);
    kit_data(kit, 0, 0, "DATA\r\nx", 0);
    kit_data(kit, 1, 0, "35", 7);
    kit_expect(kit, "C 0 'DATA\\r\\nx'\nS 0 '35'\n");
    kit_data(kit, 1, 2, "4\r\n", 7);
    kit_expect(kit, "S 0 '354\\r\\n'\nC 6 'x'\n");
    kit_free(kit);
}

static void other_side_asked_again_and_again(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 2, MG_OTHER);
    kit_answer(kit, 0, 0, MG_OTHER);
    kit_data(kit, 0, 0, "a\nb\n", 0);
    kit_data(kit, 1, 0, "1\n", 4);
    kit_data(kit, 1, 2, "2\n", 4);
    kit_expect(kit, "C 0 'a\\nb\\n'\nS 0 '1\\n'\nC 2 'b\\n'\nS 2 '2\\n'\nC 2 'b\\n'\n");
    kit_free(kit);
}

/* The other side has closed: it will not answer any more. */
static void other_side_closed(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){2, MG_OTHER};
    kit_fin(kit, 1, 0, "", 0);
    kit_data(kit, 0, 0, "a\nb\n", 1);
    kit_expect(kit, "C 0 'a\\nb\\n'\nC! 2 'b\\n'\n");
    kit_data(kit, 0, 4, "c\nd\n", 1);
    kit_expect(kit, "C 4 'c\\nd\\n'\nC! 6 'd\\n'\n");
    kit_free(kit);
}

static void waiting_when_it_closes(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 2, MG_OTHER);
    kit_answer(kit, 0, 0, MG_OTHER);
    kit_answer(kit, 0, 1, MG_OTHER);
    kit_data(kit, 0, 0, "a\nb\n", 0);
    kit_fin(kit, 1, 0, "", 4);
    kit_expect(kit, "C 0 'a\\nb\\n'\nC 2 'b\\n'\nC! 2 'b\\n'\n");
    kit_fin(kit, 0, 4, "", 1);
    kit_expect(kit, "end closed S\n");
    assert_int_equal(kit->last.dropped[0], 1);
    kit_free(kit);
}

/* The client has closed its half, but its last octets still wait for the server's answer. */
static void half_closed_and_waiting(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 6, MG_OTHER);
    kit_fin(kit, 0, 0, "DATA\r\nQUIT\r\n", 0);
    kit_expect(kit, "C 0 'DATA\\r\\nQUIT\\r\\n'\n");
    kit_data(kit, 1, 0, "503\r\n", 13);
    kit_expect(kit, "S 0 '503\\r\\n'\nC 6 'QUIT\\r\\n'\n");
    kit_fin(kit, 1, 5, "", 13);
    kit_expect(kit, "end closed C\n");
    kit_free(kit);
}

/* Both wait for each other: nobody else can help them. */
static void both_wait(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 0, MG_OTHER);
    kit_answer(kit, 1, 0, MG_OTHER);
    kit_data(kit, 0, 0, "a\n", 0);
    kit_data(kit, 1, 0, "b\n", 2);
    kit_expect(kit, "C 0 'a\\n'\nS 0 'b\\n'\nC! 0 'a\\n'\nS 0 'b\\n'\n");
    kit_free(kit);
}

static void waiting_at_the_end(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){2, MG_OTHER};
    kit_data(kit, 0, 0, "a\nb\n", 0);
    kit_data(kit, 0, 4, "c\nd\n", 0);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "C 0 'a\\nb\\n'\nC 2 'b\\nc\\nd\\n'\nC! 4 'c\\nd\\n'\nend capture-end\n");
    assert_int_equal(kit->last.dropped[0], 2);
    kit_free(kit);
}

/* Too much waits for an answer that does not come. */
static void waiting_too_long(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->quiet = TRUE;
    kit_answer(kit, 0, 0, MG_OTHER);
    kit_answer(kit, 0, 0, MG_OTHER);
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    for (guint i = 0; i <= MG_LIMIT_WAITING / 1000 + 1; i++)
        kit_data(kit, 0, i * 1000, line, 0);
    mg_tcp_finish(kit->tcp);
    /* the first segment; all of it; all of it as final; the last segment */
    assert_int_equal(kit->offers, 4);
    assert_int_equal(kit->last.dropped[0], 0);
    kit_free(kit);
}

/* … or too many segments of it. */
static void too_many_segments_wait(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->quiet = TRUE;
    kit_answer(kit, 0, 0, MG_OTHER);
    for (guint i = 0; i <= MG_LIMIT_PIECES; i++)
        kit_data(kit, 0, i, "x", 0);
    assert_int_equal(kit->offers, 2);
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.octets[0], MG_LIMIT_PIECES + 1);
    assert_int_equal(kit->last.dropped[0], 0);
    kit_free(kit);
}

/* ---- What the octets acknowledge ---- */

static void reply_captured_first(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 1, 0, "250\r\n", 6);
    kit_expect(kit, "");
    kit_data(kit, 0, 0, "NOOP\r\n", 0);
    kit_expect(kit, "C 0 'NOOP\\r\\n'\nS 0 '250\\r\\n'\n");
    kit_free(kit);
}

/* Both directions were captured apart: first all of one, then all of the other. */
static void dialogue_captured_backwards(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_data(kit, 1, 5, "250\r\n", 6);
    kit_data(kit, 1, 10, "221\r\n", 12);
    kit_fin(kit, 1, 15, "", 12);
    kit_expect(kit, "S 0 '220\\r\\n'\n");
    kit_data(kit, 0, 0, "EHLO\r\n", 5);
    kit_expect(kit, "C 0 'EHLO\\r\\n'\nS 5 '250\\r\\n'\n");
    kit_data(kit, 0, 6, "QUIT\r\n", 10);
    kit_fin(kit, 0, 12, "", 16);
    kit_expect(kit, "C 6 'QUIT\\r\\n'\nS 10 '221\\r\\n'\nend closed S\n");
    kit_free(kit);
}

/* A segment was lost on the way to us and came again: what acknowledges it waits. */
static void reply_waits_for_a_retransmission(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 6, "MAIL\r\n", 0);
    kit_data(kit, 1, 0, "250\r\n250\r\n", 12);
    kit_expect(kit, "");
    kit_data(kit, 0, 0, "EHLO\r\n", 0);
    kit_expect(kit, "C 0 'EHLO\\r\\n'\nC 6 'MAIL\\r\\n'\nS 0 '250\\r\\n250\\r\\n'\n");
    kit_free(kit);
}

/* The command was not captured: the hole is told before its reply. */
static void hole_before_its_reply(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "EHLO\r\n", 0);
    kit_data(kit, 1, 0, "250\r\n", 6);
    kit_data(kit, 1, 5, "354\r\n", 12);
    kit_expect(kit, "C 0 'EHLO\\r\\n'\nS 0 '250\\r\\n'\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 6+6\nS 5 '354\\r\\n'\n");
    kit_free(kit);
}

/* One octet was acknowledged that is no FIN: the wait ends all the same. */
static void reply_to_an_unknown_octet(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 1, 0, "220\r\n", 1);
    kit_expect(kit, "");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "S 0 '220\\r\\n'\n");
    kit_free(kit);
}

static void crossed_acknowledgements(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "aaa", 3);
    kit_data(kit, 1, 0, "bbb", 3);
    kit_expect(kit, "");
    kit_wait(kit, 2 * MG_SECOND);
    kit_wait(kit, 2 * MG_SECOND);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "C 0 'aaa'\nS 0 'bbb'\nend capture-end\n");
    kit_free(kit);
}

/* A side that waits for an answer does not keep the answer waiting. */
static void answer_acknowledges_what_waits(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 6, MG_OTHER);
    kit_data(kit, 0, 0, "DATA\r\n", 0);
    kit_data(kit, 0, 6, "x\r\n.\r\n", 0);
    kit_data(kit, 1, 0, "354\r\n", 12);
    kit_expect(kit, "C 0 'DATA\\r\\n'\nS 0 '354\\r\\n'\nC 6 'x\\r\\n.\\r\\n'\n");
    kit_free(kit);
}

/* … not even when what it acknowledges is a hole by now. */
static void answer_acknowledges_a_hole(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 6, MG_OTHER);
    kit_data(kit, 0, 0, "DATA\r\n", 0);
    kit_data(kit, 0, 9, ".\r\n", 0);
    kit_data(kit, 1, 0, "354\r\n", 12);
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "C 0 'DATA\\r\\n'\nS 0 '354\\r\\n'\ngap C 6+3\nC 9 '.\\r\\n'\n");
    kit_free(kit);
}

static void acked_is_told(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->with_acked = TRUE;
    kit_data(kit, 0, 0, "abc", 0);
    kit_ack(kit, 1, 0, 2);
    kit_ack(kit, 1, 0, 2);
    kit_data(kit, 1, 0, "x", 3);
    kit_ack(kit, 1, 1, 9);
    kit_data(kit, 0, 3, "defghi", 1);
    kit_expect(kit, "C 0 'abc'\nacked C 2\nacked C 3\nS 0 'x'\nacked S 1\nC 3 'defghi'\n"
                    "acked C 9\n");
    kit_free(kit);
}

/* ---- One direction is not captured ---- */

static void client_only(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_ack(kit, 0, 0, 0);
    kit_data(kit, 0, 0, "EHLO\r\n", 20); /* after a greeting of 20 octets */
    kit_expect(kit, "open 0\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap S 0+20\nC 0 'EHLO\\r\\n'\n");
    kit_answer(kit, 0, -1, MG_OTHER);
    kit_data(kit, 0, 6, "DATA\r\n", 25);
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap S 20+5\nC 6 'DATA\\r\\n'\n");
    kit_data(kit, 0, 12, "x\r\n.\r\n", 30);
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap S 25+5\nC 12 'x\\r\\n.\\r\\n'\n");
    kit_fin(kit, 0, 18, "", 30);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "end closed C\n");
    kit_free(kit);
}

/* It asks for a side that never tells anything, not even by acknowledgements. */
static void asks_for_the_other(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_ack(kit, 0, 0, 0);
    kit->answer[0] = (KitAnswer){2, MG_OTHER};
    kit_data(kit, 0, 0, "a\nb\n", 0);
    kit_expect(kit, "open 0\nC 0 'a\\nb\\n'\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "C! 2 'b\\n'\n");
    kit_free(kit);
}

/* A captured server may take its time. */
static void slow_server(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 2, MG_OTHER);
    kit_data(kit, 0, 0, "a\nb\n", 0);
    kit_wait(kit, 60 * MG_SECOND);
    for (guint i = 0; i < 2 * MG_LIMIT_HOLE_FRAMES; i++)
        kit_ack(kit, 1, 0, 4);
    kit_expect(kit, "C 0 'a\\nb\\n'\n");
    kit_data(kit, 1, 0, "1\n", 4);
    kit_expect(kit, "S 0 '1\\n'\nC 2 'b\\n'\n");
    kit_free(kit);
}

/* Nobody acknowledges in a capture of one direction: a hole is one after a minute. */
static void hole_nobody_acknowledges(void **state)
{
    Kit *kit = kit_new(0);
    kit_data(kit, 0, 0, "abc", 0);
    kit_data(kit, 0, 6, "ghi", 0);
    kit_wait(kit, 59 * MG_SECOND);
    kit_expect(kit, "open 0\nC 0 'abc'\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 3+3\nC 6 'ghi'\n");
    kit_free(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incomplete_line_stays),
        cmocka_unit_test(long_line_octet_by_octet),
        cmocka_unit_test(placements_of_a_rest),
        cmocka_unit_test(other_side_first),
        cmocka_unit_test(other_side_first_with_nothing_left),
        cmocka_unit_test(other_side_incomplete),
        cmocka_unit_test(other_side_asked_again_and_again),
        cmocka_unit_test(other_side_closed),
        cmocka_unit_test(waiting_when_it_closes),
        cmocka_unit_test(half_closed_and_waiting),
        cmocka_unit_test(both_wait),
        cmocka_unit_test(waiting_at_the_end),
        cmocka_unit_test(waiting_too_long),
        cmocka_unit_test(too_many_segments_wait),
        cmocka_unit_test(reply_captured_first),
        cmocka_unit_test(dialogue_captured_backwards),
        cmocka_unit_test(reply_waits_for_a_retransmission),
        cmocka_unit_test(hole_before_its_reply),
        cmocka_unit_test(reply_to_an_unknown_octet),
        cmocka_unit_test(crossed_acknowledgements),
        cmocka_unit_test(answer_acknowledges_what_waits),
        cmocka_unit_test(answer_acknowledges_a_hole),
        cmocka_unit_test(acked_is_told),
        cmocka_unit_test(client_only),
        cmocka_unit_test(asks_for_the_other),
        cmocka_unit_test(slow_server),
        cmocka_unit_test(hole_nobody_acknowledges),
    };
    return cmocka_run_group_tests_name("tcp turns", tests, NULL, NULL);
}
