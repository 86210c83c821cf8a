/* Connections: how they begin, how they end, which one a segment belongs to. */
#include "tcp-kit.h"

static void hello_and_close(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 1, 0, "220 hi\r\n", 0);
    kit_data(kit, 0, 0, "QUIT\r\n", 8);
    kit_data(kit, 1, 8, "221 bye\r\n", 6);
    kit_fin(kit, 1, 17, "", 6);
    kit_fin(kit, 0, 6, "", 18);
    kit_ack(kit, 1, 18, 7);
    kit_expect(kit, "S 0 '220 hi\\r\\n'\n"
                    "C 0 'QUIT\\r\\n'\n"
                    "S 8 '221 bye\\r\\n'\n"
                    "end closed S\n");
    assert_true(kit->last.opener_known);
    assert_true(kit->last.complete_start);
    assert_int_equal(kit->last.octets[0], 6);
    assert_int_equal(kit->last.octets[1], 17);
    assert_int_equal(kit->last.first.frame, 1);
    assert_int_equal(kit->last.last.frame, 8);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "");
    kit_free(kit);
}

static void start_in_the_middle(void **state)
{
    Kit *kit = kit_new(0);
    kit_data(kit, 0, 0, "NOOP\r\n", 0);
    kit_data(kit, 1, 0, "250 ok\r\n", 6);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "open 0\n"
                    "C 0 'NOOP\\r\\n'\n"
                    "S 0 '250 ok\\r\\n'\n"
                    "end capture-end\n");
    assert_false(kit->last.opener_known);
    assert_false(kit->last.complete_start);
    kit_free(kit);
}

/* The server speaks first in the capture; its ACK tells where the client's stream goes on, but
 * the client's octets were captured late. */
static void start_in_the_middle_late_octets(void **state)
{
    Kit *kit = kit_new(0);
    kit_data(kit, 1, 0, "250 ok\r\n", 6);
    kit_data(kit, 0, 0, "NOOP\r\n", 0);
    kit_data(kit, 0, 6, "QUIT\r\n", 8);
    kit_expect(kit, "open 0\n"
                    "C 0 '250 ok\\r\\n'\n"
                    "S 0 'NOOP\\r\\n'\n"
                    "S 6 'QUIT\\r\\n'\n");
    kit_free(kit);
}

static void start_with_keepalive(void **state)
{
    const char *const rubbish[] = {"", "\0"};
    for (guint i = 0; i < 2; i++) {
        Kit *kit = kit_new(0);
        MgSegment probe =
            kit_segment(kit, 0, MG_TCP_ACK, kit->base[0] - 1, kit->base[1], rubbish[i], i);
        mg_tcp_segment(kit->tcp, &probe);
        kit_ack(kit, 1, 0, 0);
        kit_data(kit, 0, 0, "NOOP\r\n", 0);
        kit_data(kit, 1, 0, "250 ok\r\n", 6);
        kit_expect(kit, "open 0\n"
                        "C 0 'NOOP\\r\\n'\n"
                        "S 0 '250 ok\\r\\n'\n");
        kit_free(kit);
    }
}

/* The SYN was missed: its answer tells all the same who opened. */
static void syn_ack_first(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_data(kit, 0, 0, "EHLO x\r\n", 0);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "open 0\nC 0 'EHLO x\\r\\n'\nend capture-end\n");
    assert_true(kit->last.opener_known);
    assert_false(kit->last.complete_start);
    assert_int_equal(kit->last.end[1].port, 25);
    kit_free(kit);
}

static void syn_ack_before_syn(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_data(kit, 1, 0, "220\r\n", 0);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "open 0\nS 0 '220\\r\\n'\nend capture-end\n");
    assert_true(kit->last.opener_known);
    assert_true(kit->last.complete_start);
    kit_free(kit);
}

static void handshake_repeated(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_ack(kit, 0, 0, 0);
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_data(kit, 0, 0, "EHLO\r\n", 5);
    kit_expect(kit, "open 0\nS 0 '220\\r\\n'\nC 0 'EHLO\\r\\n'\n");
    kit_free(kit);
}

static void data_in_syn(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "EHLO x\r\n");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1009, "220 hi\r\n");
    kit_data(kit, 0, 8, "QUIT\r\n", 8);
    kit_expect(kit, "open 0\nC 0 'EHLO x\\r\\n'\nS 0 '220 hi\\r\\n'\nC 8 'QUIT\\r\\n'\n");
    kit_free(kit);
}

/* A server that does not take the data of a SYN gets them again. */
static void data_in_syn_refused(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "EHLO x\r\n");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_data(kit, 0, 0, "EHLO x\r\n", 0);
    kit_expect(kit, "open 0\nC 0 'EHLO x\\r\\n'\nagain C 0+8\n");
    kit_free(kit);
}

static void simultaneous_open(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_SYN, 5000, 0, "");
    kit_send(kit, 0, MG_TCP_SYN | MG_TCP_ACK, 1000, 5001, "");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_data(kit, 0, 0, "a", 0);
    kit_data(kit, 1, 0, "b", 1);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "open 0\nC 0 'a'\nS 0 'b'\nend capture-end\n");
    assert_true(kit->last.opener_known);
    assert_true(kit->last.complete_start);
    kit_free(kit);
}

static void split_handshake(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_ACK, 4000, 1001, "");
    kit_send(kit, 1, MG_TCP_SYN, 5000, 0, "");
    kit_send(kit, 0, MG_TCP_SYN | MG_TCP_ACK, 1000, 5001, "");
    kit_ack(kit, 1, 0, 0);
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_data(kit, 0, 0, "EHLO\r\n", 5);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "open 0\nS 0 '220\\r\\n'\nC 0 'EHLO\\r\\n'\nend capture-end\n");
    assert_true(kit->last.complete_start);
    kit_free(kit);
}

static void refused(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_RST | MG_TCP_ACK, 0, 1001, "");
    kit_expect(kit, "open 0\nend reset S\n");
    assert_int_equal(kit->last.octets[0] + kit->last.octets[1], 0);
    /* The client tries again with the same number; then the server is there. */
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_RST | MG_TCP_ACK, 0, 1001, "");
    kit_expect(kit, "");
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_expect(kit, "open 0\nS 0 '220\\r\\n'\n");
    mg_tcp_finish(kit->tcp);
    assert_true(kit->last.opener_known);
    assert_true(kit->last.complete_start);
    kit_free(kit);
}

/* A RST that acknowledges something else answers another SYN. */
static void refused_wrong_ack(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 1, MG_TCP_RST | MG_TCP_ACK, 0, 900, "");
    kit_expect(kit, "open 0\n");
    kit_free(kit);
}

static void reset_in_window_only(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "EHLO x\r\n", 0);
    kit_ack(kit, 1, 0, 8);
    kit_rst(kit, 0, 3);                /* old */
    kit_rst(kit, 0, 64 * 1024 * 1024); /* far ahead */
    kit_rst(kit, 1, (guint32)-4000);
    kit_expect(kit, "C 0 'EHLO x\\r\\n'\n");
    kit_rst(kit, 0, 8);
    kit_expect(kit, "end reset C\n");
    kit_data(kit, 1, 0, "220 late\r\n", 8);
    kit_rst(kit, 1, 0);
    kit_expect(kit, "");
    kit_free(kit);
}

static void reset_hands_on_what_waits(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){-2, MG_MORE};
    kit_data(kit, 0, 0, "EHLO x\r\nMAIL", 0);
    kit_data(kit, 0, 20, "RCPT\r\n", 0);
    kit_rst(kit, 1, 0);
    kit_expect(kit, "C 0 'EHLO x\\r\\nMAIL'\n"
                    "C! 8 'MAIL'\n"
                    "gap C 12+8\n"
                    "C 20 'RCPT\\r\\n'\n"
                    "end reset S\n");
    assert_int_equal(kit->last.dropped[0], 4);
    assert_int_equal(kit->last.missing[0], 8);
    kit_free(kit);
}

static void reset_behind_fin_is_a_close(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_fin(kit, 0, 0, "QUIT\r\n", 0);
    kit_rst(kit, 1, 0);
    kit_expect(kit, "C 0 'QUIT\\r\\n'\nend closed C\n");
    kit_free(kit);
}

static void half_closed(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_fin(kit, 0, 0, "QUIT\r\n", 0);
    kit_fin(kit, 0, 0, "QUIT\r\n", 0);
    kit_data(kit, 1, 0, "a long ", 7);
    kit_data(kit, 1, 7, "answer", 7);
    kit_fin(kit, 1, 13, "", 7);
    kit_expect(kit, "C 0 'QUIT\\r\\n'\nagain C 0+6\nS 0 'a long '\nS 7 'answer'\nend closed C\n");
    kit_fin(kit, 1, 13, "", 7);
    kit_ack(kit, 0, 7, 14);
    kit_expect(kit, "");
    kit_free(kit);
}

/* The FIN came early: the connection ends when its place is reached. */
static void fin_out_of_order(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_fin(kit, 1, 0, "", 0);
    kit_fin(kit, 0, 3, "def", 1);
    kit_expect(kit, "");
    kit_data(kit, 0, 0, "abc", 1);
    kit_expect(kit, "C 0 'abc'\nC 3 'def'\nend closed S\n");
    kit_free(kit);
}

/* Behind its FIN a stream has no octets, whatever is sent. */
static void octets_behind_fin(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_fin(kit, 0, 0, "abc", 0);
    kit_data(kit, 0, 3, "zzz", 0);
    kit_data(kit, 0, 0, "abczzz", 0);
    kit_fin(kit, 0, 9, "", 0);
    kit_fin(kit, 1, 0, "", 4);
    kit_expect(kit, "C 0 'abc'\nagain C 0+3\nend closed C\n");
    assert_int_equal(kit->last.octets[0], 3);
    kit_free(kit);
}

/* A FIN that was not captured, only acknowledged, is no missing octet. */
static void fin_not_captured(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "QUIT\r\n", 0);
    kit_ack(kit, 1, 0, 7);
    kit_wait(kit, 5 * MG_SECOND);
    kit_data(kit, 1, 0, "221\r\n", 7);
    kit_wait(kit, 5 * MG_SECOND);
    kit_fin(kit, 1, 5, "", 7);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "C 0 'QUIT\\r\\n'\nS 0 '221\\r\\n'\nend capture-end\n");
    assert_int_equal(kit->last.missing[0], 0);
    kit_free(kit);
}

static void ports_used_anew_after_close(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_fin(kit, 0, 0, "", 0);
    kit_fin(kit, 1, 0, "", 1);
    kit_expect(kit, "end closed C\n");
    kit->base[0] = 900001;
    kit->base[1] = 7001;
    kit_handshake(kit);
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_expect(kit, "open 1\nS 0 '220\\r\\n'\n");
    kit_free(kit);
}

static void ports_used_anew_half_closed(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_fin(kit, 0, 0, "", 0);
    kit->base[0] = 900001;
    kit_handshake(kit);
    kit_expect(kit, "end replaced\nopen 1\n");
    kit_free(kit);
}

static void unanswered_syn_replaced(void **state)
{
    Kit *kit = kit_new(0);
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_send(kit, 0, MG_TCP_SYN, 700000, 0, "");
    kit_expect(kit, "open 0\nend replaced\nopen 1\n");
    kit_free(kit);
}

/* No end was seen, and then another SYN that is answered. */
static void ports_used_anew_without_close(void **state)
{
    for (guint captured = 0; captured < 2; captured++) {
        Kit *kit = kit_connected(1001, 5001);
        kit->answer[0] = (KitAnswer){-2, MG_MORE};
        kit_data(kit, 0, 0, "DATA", 0);
        kit_expect(kit, "C 0 'DATA'\n");
        kit->base[0] = 3000000001u;
        kit->base[1] = 77;
        kit_send(kit, 0, MG_TCP_SYN, kit->base[0] - 1, 0, "");
        kit_send(kit, 0, MG_TCP_SYN, kit->base[0] - 1, 0, "");
        kit_expect(kit, "");
        if (captured == 0) { /* the server's direction, or only the client's */
            kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, kit->base[1] - 1, kit->base[0], "");
            kit_expect(kit, "C! 0 'DATA'\nend replaced\nopen 1\n");
        } else {
            kit_ack(kit, 0, 0, 0);
            kit_expect(kit, "C! 0 'DATA'\nend replaced\nopen 1\n");
        }
        kit_data(kit, 0, 0, "EHLO\r\n", 0);
        mg_tcp_finish(kit->tcp);
        kit_expect(kit, "C 0 'EHLO\\r\\n'\nend capture-end\n");
        assert_true(kit->last.opener_known);
        assert_int_equal(kit->last.id, 1);
        kit_free(kit);
    }
}

/* A SYN from somebody else changes nothing, except that Wireshark counts it as a stream. */
static void stray_syn(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "EHLO", 0);
    kit_send(kit, 0, MG_TCP_SYN, 3000000000u, 0, "");
    kit_ack(kit, 1, 0, 4); /* the challenge ACK of RFC 5961 */
    kit_data(kit, 0, 4, " x\r\n", 0);
    kit_expect(kit, "C 0 'EHLO'\nC 4 ' x\\r\\n'\n");
    kit->host = 2;
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_expect(kit, "open 2\n");
    kit_free(kit);
}

static void two_connections(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->host = 2;
    kit_handshake(kit);
    kit_data(kit, 0, 0, "second", 0);
    kit->host = 1;
    kit_data(kit, 0, 0, "first", 0);
    kit_expect(kit, "open 1\nC 0 'second'\nC 0 'first'\n");
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.id, 1);
    kit_free(kit);
}

static void not_ours(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_answer(kit, 0, 0, MG_DONE);
    kit_data(kit, 0, 0, "GET / HTTP/1.0\r\n", 0);
    kit_data(kit, 0, 16, "\r\n", 0);
    kit_data(kit, 0, 16, "\r\n", 0);
    kit_data(kit, 1, 0, "HTTP/1.0 200", 18);
    kit_data(kit, 1, 50000, "later", 18);
    kit_expect(kit, "C 0 'GET / HTTP/1.0\\r\\n'\n");
    kit_fin(kit, 1, 50005, "", 18);
    kit_fin(kit, 0, 18, "", 50006);
    kit_expect(kit, "end closed S\n");
    kit_free(kit);
}

static void not_ours_wraps_and_resets(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){0, MG_DONE};
    kit_data(kit, 0, 0, "x", 0);
    kit->quiet = TRUE;
    g_autofree char *chunk = g_malloc(1 << 20);
    memset(chunk, 'x', 1 << 20);
    for (guint64 offset = 1; offset < G_GUINT64_CONSTANT(5) << 30; offset += 1 << 20) {
        MgSegment segment =
            kit_segment(kit, 0, MG_TCP_ACK, kit->base[0] + (guint32)offset, 5001, chunk, 1 << 20);
        mg_tcp_segment(kit->tcp, &segment);
    }
    kit->quiet = FALSE;
    g_string_truncate(kit->log, 0);
    kit_rst(kit, 0, (G_GUINT64_CONSTANT(5) << 30) + 1);
    kit_expect(kit, "end reset C\n");
    kit_free(kit);
}

/* ---- Time ---- */

static void idle(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){-2, MG_MORE};
    kit_data(kit, 0, 0, "DONE", 0);
    kit_wait(kit, MG_LIMIT_IDLE - 2 * MG_SECOND);
    kit_expect(kit, "C 0 'DONE'\n");
    kit_wait(kit, 2 * MG_SECOND);
    kit_expect(kit, "C! 0 'DONE'\nend idle\n");
    /* It was only silent: it goes on under its number, with what is known of it. */
    kit_data(kit, 1, 0, "* OK\r\n", 4);
    kit_data(kit, 0, 4, "DONE\r\n", 6);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "open 0\nS 0 '* OK\\r\\n'\nC 0 'DONE\\r\\n'\nend capture-end\n");
    assert_true(kit->last.opener_known);
    assert_false(kit->last.complete_start);
    kit_free(kit);
}

static void idle_is_not_reached_with_keepalives(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    for (guint i = 0; i < 10; i++) {
        kit_wait(kit, MG_LIMIT_IDLE / 2);
        kit_send(kit, 0, MG_TCP_ACK, 1000, 5001, "");
        kit_ack(kit, 1, 0, 0);
    }
    kit_expect(kit, "");
    kit_free(kit);
}

/* One record with an absurd time ends nothing. */
static void clock_jumps(void **state)
{
    const MgTime absurd[] = {0, 2935000000 * MG_SECOND, MG_TIME_NONE, G_MAXINT64, -MG_SECOND};
    for (guint i = 0; i < G_N_ELEMENTS(absurd); i++) {
        Kit *kit = kit_connected(1001, 5001);
        MgTime time = kit->time;
        kit->time = absurd[i] - (absurd[i] > 0 ? MG_SECOND / 1000 : 0);
        MgSegment odd = kit_segment(kit, 0, MG_TCP_ACK, 1001, 5001, "a", 1);
        odd.at.time = absurd[i];
        mg_tcp_segment(kit->tcp, &odd);
        kit->time = time;
        kit_data(kit, 0, 1, "b", 0);
        kit_expect(kit, "C 0 'a'\nC 1 'b'\n");
        kit_free(kit);
    }
}

/* A real gap of days ends what was before, not the connection that shows it. */
static void days_pass(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->time += 3 * 24 * 3600 * MG_SECOND;
    kit->host = 2;
    kit_handshake(kit);
    kit_data(kit, 1, 0, "220\r\n", 0);
    kit_expect(kit, "open 1\nend idle\nS 0 '220\\r\\n'\n");
    kit_free(kit);
}

/* ---- Limits ---- */

static void too_many_connections(void **state)
{
    Kit *kit = kit_new(0);
    kit->quiet = TRUE;
    for (guint i = 0; i < MG_LIMIT_FLOWS; i++) {
        MgSegment segment = kit_segment(kit, 0, MG_TCP_SYN, i, 0, "", 0);
        segment.source.port = (guint16)i;
        segment.source.address.bytes[2] = (guint8)(i >> 16);
        mg_tcp_segment(kit->tcp, &segment);
    }
    /* The first one is used again, so that the second is the oldest. */
    MgSegment first = kit_segment(kit, 0, MG_TCP_ACK, 1, 5001, "x", 1);
    first.source.port = 0;
    first.source.address.bytes[2] = 0;
    mg_tcp_segment(kit->tcp, &first);
    kit->quiet = FALSE;
    kit->host = 77;
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_expect(kit, "end idle\nnote limit-flows\nopen 65536\n");
    assert_int_equal(kit->last.id, 1);
    kit->host = 78;
    kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    kit_expect(kit, "end idle\nopen 65537\n");
    kit->quiet = TRUE;
    mg_tcp_finish(kit->tcp);
    kit_free(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_and_close),
        cmocka_unit_test(start_in_the_middle),
        cmocka_unit_test(start_in_the_middle_late_octets),
        cmocka_unit_test(start_with_keepalive),
        cmocka_unit_test(syn_ack_first),
        cmocka_unit_test(syn_ack_before_syn),
        cmocka_unit_test(handshake_repeated),
        cmocka_unit_test(data_in_syn),
        cmocka_unit_test(data_in_syn_refused),
        cmocka_unit_test(simultaneous_open),
        cmocka_unit_test(split_handshake),
        cmocka_unit_test(refused),
        cmocka_unit_test(refused_wrong_ack),
        cmocka_unit_test(reset_in_window_only),
        cmocka_unit_test(reset_hands_on_what_waits),
        cmocka_unit_test(reset_behind_fin_is_a_close),
        cmocka_unit_test(half_closed),
        cmocka_unit_test(fin_out_of_order),
        cmocka_unit_test(octets_behind_fin),
        cmocka_unit_test(fin_not_captured),
        cmocka_unit_test(ports_used_anew_after_close),
        cmocka_unit_test(ports_used_anew_half_closed),
        cmocka_unit_test(unanswered_syn_replaced),
        cmocka_unit_test(ports_used_anew_without_close),
        cmocka_unit_test(stray_syn),
        cmocka_unit_test(two_connections),
        cmocka_unit_test(not_ours),
        cmocka_unit_test(not_ours_wraps_and_resets),
        cmocka_unit_test(idle),
        cmocka_unit_test(idle_is_not_reached_with_keepalives),
        cmocka_unit_test(clock_jumps),
        cmocka_unit_test(days_pass),
        cmocka_unit_test(too_many_connections),
    };
    return cmocka_run_group_tests_name("tcp", tests, NULL, NULL);
}
