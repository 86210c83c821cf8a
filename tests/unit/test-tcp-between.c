/* Several connections: they are handed on in the order of the capture, also while one of them
 * waits for octets that are missing.  Connection 1 has its hole at octets 4 to 8 of its client. */
#include "tcp-kit.h"

static void use(Kit *kit, guint8 host)
{
    kit->host = host;
}

/* Both connections are open; the first one has shown "aaaa", then lost four octets. */
static Kit *kit_waiting(void)
{
    Kit *kit = kit_new(0);
    kit_handshake(kit);
    use(kit, 2);
    kit_handshake(kit);
    use(kit, 1);
    kit_data(kit, 0, 0, "aaaa", 0);
    kit_data(kit, 0, 8, "cccc", 0);
    kit_ack(kit, 1, 0, 12);
    kit_expect(kit, "open 0\nopen 1\nC 0 'aaaa'\n");
    return kit;
}

static void hole_holds_up_the_others(void **state)
{
    Kit *kit = kit_waiting();
    use(kit, 2);
    kit_data(kit, 0, 0, "later", 0);
    use(kit, 1);
    kit_data(kit, 0, 12, "dddd", 0);
    use(kit, 2);
    kit_data(kit, 1, 0, "answer", 5);
    kit_expect(kit, "");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 4+4\nC 8 'cccc'\nC 0 'later'\nC 12 'dddd'\nS 0 'answer'\n");
    kit_free(kit);
}

static void filled_hole_lets_them_go(void **state)
{
    Kit *kit = kit_waiting();
    use(kit, 2);
    kit_data(kit, 0, 0, "later", 0);
    use(kit, 1);
    kit_data(kit, 0, 4, "bbbb", 0);
    kit_expect(kit, "C 4 'bbbb'\nC 8 'cccc'\nC 0 'later'\n");
    kit_free(kit);
}

/* What was captured before the first octets that have to wait is not held up. */
static void earlier_octets_do_not_wait(void **state)
{
    Kit *kit = kit_new(0);
    kit_handshake(kit);
    use(kit, 2);
    kit_handshake(kit);
    kit_data(kit, 0, 0, "now", 0);
    kit_expect(kit, "open 0\nopen 1\nC 0 'now'\n");
    use(kit, 1);
    kit_data(kit, 0, 8, "cccc", 0);
    use(kit, 2);
    kit_data(kit, 0, 3, "still", 0);
    kit_expect(kit, "C 3 'still'\n");
    use(kit, 1);
    kit_ack(kit, 1, 0, 12);
    use(kit, 2);
    kit_data(kit, 0, 8, "held", 0);
    kit_expect(kit, "");
    kit_free(kit);
}

/* A reply whose command is missing waits, and so do the others. */
static void reply_to_a_hole_holds_up(void **state)
{
    Kit *kit = kit_new(0);
    kit_handshake(kit);
    use(kit, 2);
    kit_handshake(kit);
    use(kit, 1);
    kit_data(kit, 1, 0, "250", 5);
    use(kit, 2);
    kit_data(kit, 0, 0, "later", 0);
    kit_expect(kit, "open 0\nopen 1\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 0+5\nS 0 '250'\nC 0 'later'\n");
    kit_free(kit);
}

static void end_waits_for_its_turn(void **state)
{
    Kit *kit = kit_waiting();
    use(kit, 2);
    kit_data(kit, 0, 0, "bye", 0);
    kit_fin(kit, 0, 3, "", 0);
    kit_fin(kit, 1, 0, "", 4);
    kit_expect(kit, "");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 4+4\nC 8 'cccc'\nC 0 'bye'\nend closed C\n");
    kit_free(kit);
}

static void reset_waits_for_its_turn(void **state)
{
    Kit *kit = kit_waiting();
    use(kit, 2);
    kit_data(kit, 0, 0, "bye", 0);
    kit_rst(kit, 1, 0);
    MgTime reset = kit->time;
    kit_data(kit, 0, 3, "too late", 0);
    use(kit, 1);
    kit_data(kit, 0, 12, "dddd", 0);
    kit_expect(kit, "");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 4+4\nC 8 'cccc'\nC 0 'bye'\nend reset S\nC 12 'dddd'\n");
    assert_int_equal(kit->last.last.time, reset);
    kit_free(kit);
}

/* At the end of the capture what waits comes in its order too. */
static void capture_ends(void **state)
{
    Kit *kit = kit_waiting();
    use(kit, 2);
    kit_data(kit, 0, 0, "later", 0);
    use(kit, 1);
    kit_data(kit, 0, 12, "dddd", 0);
    kit_fin(kit, 0, 16, "", 0);
    kit_fin(kit, 1, 0, "", 17);
    use(kit, 2);
    kit_data(kit, 0, 5, "last", 0);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "gap C 4+4\nC 8 'cccc'\nC 0 'later'\nC 12 'dddd'\nend closed C\n"
                    "C 5 'last'\nend capture-end\n");
    kit_free(kit);
}

/* Two that wait: the one whose octets came first goes first. */
static void two_holes(void **state)
{
    Kit *kit = kit_waiting();
    use(kit, 2);
    kit_data(kit, 0, 3, "late", 0);
    kit_ack(kit, 1, 0, 7);
    use(kit, 3);
    kit_handshake(kit);
    kit_data(kit, 0, 0, "last", 0);
    kit_expect(kit, "open 2\n");
    use(kit, 2);
    kit_data(kit, 0, 0, "not", 0);
    kit_expect(kit, "");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 4+4\nC 8 'cccc'\nC 0 'notlate'\nC 0 'last'\n");
    kit_free(kit);
}

/* Nobody acknowledges in a capture of one direction: a minute is too long for the others. */
static void one_direction_holds_nobody_up(void **state)
{
    Kit *kit = kit_new(0);
    kit_data(kit, 0, 0, "aaaa", 0);
    kit_data(kit, 0, 8, "cccc", 0);
    use(kit, 2);
    kit_data(kit, 0, 0, "later", 0);
    kit_expect(kit, "open 0\nC 0 'aaaa'\nopen 1\nC 0 'later'\n");
    kit_free(kit);
}

/* What is kept back counts as what waits. */
static void kept_back_within_limits(void **state)
{
    Kit *kit = kit_waiting();
    g_autofree char *much = g_strnfill(60000, 'x');
    use(kit, 2);
    kit->quiet = TRUE;
    guint64 offers = kit->offers;
    guint64 offset = 0;
    while (offset <= MG_LIMIT_WAITING) {
        assert_int_equal(kit->offers, offers);
        kit_data(kit, 0, offset, much, 0);
        offset += 60000;
    }
    assert_true(kit->offers > offers);
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.dropped[0], 0);
    kit_free(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hole_holds_up_the_others),
        cmocka_unit_test(filled_hole_lets_them_go),
        cmocka_unit_test(earlier_octets_do_not_wait),
        cmocka_unit_test(reply_to_a_hole_holds_up),
        cmocka_unit_test(end_waits_for_its_turn),
        cmocka_unit_test(reset_waits_for_its_turn),
        cmocka_unit_test(capture_ends),
        cmocka_unit_test(two_holes),
        cmocka_unit_test(one_direction_holds_nobody_up),
        cmocka_unit_test(kept_back_within_limits),
    };
    return cmocka_run_group_tests_name("tcp between connections", tests, NULL, NULL);
}
