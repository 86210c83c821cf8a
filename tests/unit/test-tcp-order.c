/* One direction in order: overlaps, repeats, the wrap, holes.  Each case of overlap is played
 * where the sequence numbers are ordinary and where they wrap. */
#include "tcp-kit.h"

static const guint32 bases[] = {0, 1, 1001, G_MAXUINT32 - 10, G_MAXUINT32 - 3, G_MAXUINT32};

typedef struct {
    guint64 offset;
    const char *text;
} Piece;

typedef struct {
    Piece pieces[6];
    const char *log;
} Case;

/* A capital letter is an octet that differs from the first copy. */
static const Case cases[] = {
    {{{0, "abc"}, {3, "def"}}, "C 0 'abc'\nC 3 'def'\n"},
    {{{3, "def"}, {0, "abc"}}, "C 0 'abc'\nC 3 'def'\n"},
    {{{6, "ghi"}, {3, "def"}, {0, "abc"}}, "C 0 'abc'\nC 3 'defghi'\n"},
    {{{3, "def"}, {6, "ghi"}, {9, "jkl"}, {0, "abc"}}, "C 0 'abc'\nC 3 'defghijkl'\n"},
    /* the same again, handed on already */
    {{{0, "abc"}, {0, "abc"}}, "C 0 'abc'\nagain C 0+3\n"},
    {{{0, "abc"}, {0, "abX"}}, "C 0 'abc'\nagain C 0+3 differs\n"},
    {{{0, "abc"}, {0, "ab"}}, "C 0 'abc'\nagain C 0+2\n"},
    {{{0, "abc"}, {1, "b"}}, "C 0 'abc'\nagain C 1+1\n"},
    {{{0, "abc"}, {1, "B"}}, "C 0 'abc'\nagain C 1+1 differs\n"},
    {{{0, "abc"}, {3, "def"}, {0, "abcdef"}}, "C 0 'abc'\nC 3 'def'\nagain C 0+6\n"},
    {{{0, "abc"}, {3, "def"}, {1, "bcdE"}}, "C 0 'abc'\nC 3 'def'\nagain C 1+4 differs\n"},
    /* old and new octets in one segment */
    {{{0, "abc"}, {0, "abcdef"}}, "C 0 'abc'\nagain C 0+3\nC 3 'def'\n"},
    {{{0, "abc"}, {2, "Cdef"}}, "C 0 'abc'\nagain C 2+1 differs\nC 3 'def'\n"},
    {{{0, "abc"}, {2, "cd"}, {3, "de"}}, "C 0 'abc'\nagain C 2+1\nC 3 'd'\nagain C 3+1\nC 4 'e'\n"},
    /* the same again, still waiting */
    {{{3, "def"}, {3, "def"}, {0, "abc"}}, "again C 3+3\nC 0 'abc'\nC 3 'def'\n"},
    {{{3, "def"}, {3, "dEf"}, {0, "abc"}}, "again C 3+3 differs\nC 0 'abc'\nC 3 'def'\n"},
    {{{3, "def"}, {4, "e"}, {0, "abc"}}, "again C 4+1\nC 0 'abc'\nC 3 'def'\n"},
    /* one end covered */
    {{{3, "def"}, {5, "Fghi"}, {0, "abc"}}, "again C 5+1 differs\nC 0 'abc'\nC 3 'defghi'\n"},
    {{{5, "fgh"}, {3, "deF"}, {0, "abc"}}, "again C 5+1 differs\nC 0 'abc'\nC 3 'defgh'\n"},
    {{{4, "efgh"}, {0, "abcdEf"}}, "C 0 'abcd'\nagain C 4+2 differs\nC 4 'efgh'\n"},
    /* covered wholly, once and twice */
    {{{2, "cd"}, {0, "abcdef"}}, "C 0 'ab'\nagain C 2+2\nC 2 'cdef'\n"},
    {{{2, "cd"}, {0, "abCDef"}}, "C 0 'ab'\nagain C 2+2 differs\nC 2 'cdef'\n"},
    {{{1, "b"}, {3, "d"}, {0, "aBcDe"}},
     "C 0 'a'\nagain C 1+1 differs\nagain C 3+1 differs\nC 1 'bcde'\n"},
    {{{3, "de"}, {8, "i"}, {2, "cdefghIj"}, {0, "ab"}},
     "again C 3+2\nagain C 8+1 differs\nC 0 'ab'\nC 2 'cdefghij'\n"},
    {{{2, "cd"}, {4, "ef"}, {2, "cdef"}, {0, "ab"}}, "again C 2+4\nC 0 'ab'\nC 2 'cdef'\n"},
    /* between two */
    {{{1, "b"}, {4, "e"}, {1, "bcde"}, {0, "a"}},
     "again C 1+1\nagain C 4+1\nC 0 'a'\nC 1 'bcde'\n"},
};

static void overlaps(void **state)
{
    for (guint b = 0; b < G_N_ELEMENTS(bases); b++)
        for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
            Kit *kit = kit_connected(bases[b], bases[(b + c) % G_N_ELEMENTS(bases)]);
            for (const Piece *piece = cases[c].pieces; piece->text != NULL; piece++)
                kit_data(kit, 0, piece->offset, piece->text, 0);
            if (strcmp(kit->log->str, cases[c].log) != 0)
                print_message("case %u, base %u\n", c, bases[b]);
            kit_expect(kit, cases[c].log);
            mg_tcp_finish(kit->tcp);
            kit_expect(kit, "end capture-end\n");
            assert_int_equal(kit->last.missing[0] + kit->last.dropped[0], 0);
            kit_free(kit);
        }
}

/* The same cases, octets that the receiver has not taken yet. */
static void overlaps_with_waiting(void **state)
{
    for (guint b = 0; b < G_N_ELEMENTS(bases); b++) {
        Kit *kit = kit_connected(bases[b], 1);
        kit->answer[0] = (KitAnswer){0, MG_MORE};
        kit_data(kit, 0, 0, "abc", 0);
        kit_data(kit, 0, 1, "bCde", 0);
        kit_data(kit, 0, 8, "ij", 0);
        kit_data(kit, 0, 4, "efgh", 0);
        kit_expect(kit, "C 0 'abc'\n"
                        "again C 1+2 differs\n"
                        "C 0 'abcde'\n"
                        "again C 4+1\n"
                        "C 0 'abcdefghij'\n");
        assert_int_equal(kit->last_repeat.first_frame, 5);
        kit_free(kit);
    }
}

static void repeat_tells_where(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0); /* frame 4 */
    kit_data(kit, 0, 3, "def", 0); /* frame 5 */
    kit_data(kit, 0, 2, "cdEf", 0);
    assert_int_equal(kit->last_repeat.offset, 2);
    assert_int_equal(kit->last_repeat.octets, 4);
    assert_int_equal(kit->last_repeat.first_frame, 5); /* of the octet that differs */
    assert_int_equal(kit->last_repeat.at.frame, 6);
    assert_int_equal(kit->last_repeat.frame_offset, 54);
    kit_data(kit, 0, 10, "klm", 0); /* frame 7 */
    kit_data(kit, 0, 6, "ghijkl", 0);
    assert_int_equal(kit->last_repeat.offset, 10);
    assert_int_equal(kit->last_repeat.frame_offset, 54 + 4);
    assert_int_equal(kit->last_repeat.first_frame, 7);
    kit_free(kit);
}

/* What was forgotten cannot be compared; it is no difference. */
static void repeat_of_forgotten(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->quiet = TRUE;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    for (guint i = 0; i < 1000; i++)
        kit_data(kit, 0, i * 1000, line, 0);
    kit->quiet = FALSE;
    kit_data(kit, 0, 0, "yyyy", 0);
    kit_expect(kit, "again C 0+4\n");
    assert_int_equal(kit->last_repeat.first_frame, 0);
    kit_data(kit, 0, 999990, "yyyy", 0);
    kit_expect(kit, "again C 999990+4 differs\n");
    kit_free(kit);
}

static void keepalive(void **state)
{
    for (guint b = 0; b < G_N_ELEMENTS(bases); b++) {
        Kit *kit = kit_connected(bases[b], 5001);
        kit_send(kit, 0, MG_TCP_ACK, bases[b] - 1, 5001, "");
        kit_send(kit, 0, MG_TCP_ACK, bases[b] - 1, 5001, "?");
        kit_data(kit, 0, 0, "ab", 0);
        kit_data(kit, 0, 1, "?", 0);
        kit_ack(kit, 0, 1, 0);
        kit_ack(kit, 1, 0, 2);
        kit_data(kit, 0, 2, "cd", 0);
        kit_expect(kit, "C 0 'ab'\nC 2 'cd'\n");
        kit_free(kit);
    }
}

/* A zero-window probe carries the next octet; the receiver takes it when it has room. */
static void zero_window_probe(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "ab", 0);
    kit_data(kit, 0, 2, "c", 0);
    kit_data(kit, 0, 2, "c", 0);
    kit_data(kit, 0, 2, "cdef", 0);
    kit_expect(kit, "C 0 'ab'\nC 2 'c'\nagain C 2+1\nagain C 2+1\nC 3 'def'\n");
    kit_free(kit);
}

static void urgent_is_ordinary(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_send(kit, 0, MG_TCP_ACK | MG_TCP_URG, 1001, 5001, "ab");
    kit_data(kit, 0, 2, "cd", 0);
    kit_expect(kit, "C 0 'ab'\nC 2 'cd'\n");
    kit_free(kit);
}

/* Each frame is in the capture twice. */
static void every_frame_twice(void **state)
{
    Kit *kit = kit_new(0);
    for (guint i = 0; i < 2; i++)
        kit_send(kit, 0, MG_TCP_SYN, 1000, 0, "");
    for (guint i = 0; i < 2; i++)
        kit_send(kit, 1, MG_TCP_SYN | MG_TCP_ACK, 5000, 1001, "");
    for (guint i = 0; i < 2; i++)
        kit_data(kit, 1, 0, "220\r\n", 0);
    for (guint i = 0; i < 2; i++)
        kit_data(kit, 0, 0, "QUIT\r\n", 5);
    for (guint i = 0; i < 2; i++)
        kit_fin(kit, 1, 5, "", 6);
    for (guint i = 0; i < 2; i++)
        kit_fin(kit, 0, 6, "", 6);
    kit_expect(kit, "open 0\n"
                    "S 0 '220\\r\\n'\n"
                    "again S 0+5\n"
                    "C 0 'QUIT\\r\\n'\n"
                    "again C 0+6\n"
                    "end closed S\n");
    kit_free(kit);
}

/* More than 4 GiB in one direction: offsets do not wrap. */
static void wrap_of_offsets(void **state)
{
    Kit *kit = kit_connected(G_MAXUINT32 - 5, 5001);
    const guint64 size = 1 << 20, total = (G_GUINT64_CONSTANT(4) << 30) + 4 * size;
    g_autofree char *chunk = g_malloc(size);
    memset(chunk, 'x', size);
    kit->quiet = TRUE;
    for (guint64 offset = 0; offset < total; offset += size) {
        MgSegment segment =
            kit_segment(kit, 0, MG_TCP_ACK, kit->base[0] + (guint32)offset, 5001, chunk, size);
        mg_tcp_segment(kit->tcp, &segment);
    }
    kit->quiet = FALSE;
    kit_data(kit, 0, total + 3, "def", 0);
    kit_data(kit, 0, total - 2, "xxabc", 0);
    kit_expect(kit, "again C 4299161598+2\nC 4299161600 'abc'\nC 4299161603 'def'\n");
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.octets[0], total + 6);
    kit_free(kit);
}

/* ---- Holes ---- */

static void hole_by_time(void **state)
{
    for (guint b = 0; b < G_N_ELEMENTS(bases); b++) {
        Kit *kit = kit_connected(bases[b], 5001);
        kit_data(kit, 0, 0, "abc", 0);
        kit_data(kit, 0, 6, "ghi", 0);
        kit_wait(kit, 30 * MG_SECOND); /* not acknowledged: it may come again */
        kit_expect(kit, "C 0 'abc'\n");
        kit_ack(kit, 1, 0, 9);
        kit_wait(kit, MG_SECOND - 2);
        kit_expect(kit, "");
        kit_wait(kit, 2);
        kit_expect(kit, "gap C 3+3\nC 6 'ghi'\n");
        assert_int_equal(kit->last_gap.frames[0], 4);
        assert_int_equal(kit->last_gap.frames[1], 5);
        mg_tcp_finish(kit->tcp);
        assert_int_equal(kit->last.missing[0], 3);
        assert_int_equal(kit->last.octets[0], 6);
        kit_free(kit);
    }
}

static void hole_filled_late(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_data(kit, 0, 6, "ghi", 0);
    kit_ack(kit, 1, 0, 9);
    kit_wait(kit, MG_SECOND / 2);
    kit_data(kit, 0, 3, "def", 0);
    kit_wait(kit, 10 * MG_SECOND);
    kit_expect(kit, "C 0 'abc'\nC 3 'def'\nC 6 'ghi'\n");
    kit_free(kit);
}

/* Octets that come when their hole is declared are told as a repeat that nothing is known of. */
static void hole_filled_too_late(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_data(kit, 0, 6, "ghi", 0);
    kit_ack(kit, 1, 0, 9);
    kit_wait(kit, MG_SECOND);
    kit_data(kit, 0, 3, "def", 0);
    kit_data(kit, 0, 9, "jkl", 0);
    kit_expect(kit, "C 0 'abc'\ngap C 3+3\nC 6 'ghi'\nagain C 3+3\nC 9 'jkl'\n");
    kit_free(kit);
}

static void hole_by_frames(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 3, "def", 0);
    kit_ack(kit, 1, 0, 6);
    for (guint i = 0; i < MG_LIMIT_HOLE_FRAMES - 1; i++)
        kit_ack(kit, 1, 0, 6);
    kit_expect(kit, "");
    kit_ack(kit, 1, 0, 6);
    kit_expect(kit, "gap C 0+3\nC 3 'def'\n");
    kit_free(kit);
}

/* Many holes are declared together, not one after the other. */
static void many_holes(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    for (guint i = 0; i < 5; i++)
        kit_data(kit, 0, 2 + 3 * i, "x", 0);
    kit_ack(kit, 1, 0, 15);
    kit_expect(kit, "");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 0+2\nC 2 'x'\ngap C 3+2\nC 5 'x'\ngap C 6+2\nC 8 'x'\n"
                    "gap C 9+2\nC 11 'x'\ngap C 12+2\nC 14 'x'\n");
    kit_free(kit);
}

/* The octets were acknowledged and never captured, and nothing of them follows. */
static void hole_at_the_end(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_ack(kit, 1, 0, 10);
    kit_wait(kit, MG_SECOND);
    kit_data(kit, 0, 10, "klm", 0);
    kit_expect(kit, "C 0 'abc'\ngap C 3+7\nC 10 'klm'\n");
    kit_ack(kit, 1, 0, 20);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "gap C 13+7\nend capture-end\n");
    kit_free(kit);
}

static void hole_before_fin(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_fin(kit, 0, 9, "", 0);
    kit_fin(kit, 1, 0, "", 10);
    kit_expect(kit, "C 0 'abc'\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 3+6\nend closed C\n");
    kit_free(kit);
}

static void hole_when_capture_ends(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 3, "def", 0);
    kit_data(kit, 0, 9, "jkl", 0);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "gap C 0+3\nC 3 'def'\ngap C 6+3\nC 9 'jkl'\nend capture-end\n");
    kit_free(kit);
}

/* What waits before a hole is offered once more, for the last time. */
static void hole_offers_the_rest_as_final(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){-2, MG_MORE};
    kit_data(kit, 0, 0, "NOOP\r\nRC", 0);
    kit_data(kit, 0, 12, "x>\r\nDATA\r\n", 0);
    kit_ack(kit, 1, 0, 22);
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "C 0 'NOOP\\r\\nRC'\nC! 6 'RC'\ngap C 8+4\nC 12 'x>\\r\\nDATA\\r\\n'\n");
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.dropped[0], 2);
    kit_free(kit);
}

/* An acknowledgement of octets that the sender says it has not sent. */
static void false_ack(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_ack(kit, 1, 0, 500000);
    kit_ack(kit, 0, 3, 0);
    kit_wait(kit, 10 * MG_SECOND);
    kit_data(kit, 0, 3, "def", 0);
    kit_expect(kit, "C 0 'abc'\nC 3 'def'\n");
    kit_free(kit);
}

/* An empty segment, or a RST, stands where the next octet would. */
static void sent_and_not_captured(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_ack(kit, 0, 10, 0);
    mg_tcp_finish(kit->tcp);
    kit_expect(kit, "C 0 'abc'\ngap C 3+7\nend capture-end\n");
    kit_free(kit);

    kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_rst(kit, 0, 10);
    kit_expect(kit, "C 0 'abc'\ngap C 3+7\nend reset C\n");
    kit_free(kit);

    /* One octet is rather a FIN. */
    kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_ack(kit, 0, 4, 0);
    kit_rst(kit, 0, 4);
    kit_expect(kit, "C 0 'abc'\nend reset C\n");
    kit_free(kit);
}

/* A RST that acknowledges, and what it acknowledges was not captured. */
static void acknowledged_by_rst(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit_data(kit, 0, 0, "abc", 0);
    kit_send(kit, 1, MG_TCP_RST | MG_TCP_ACK, 5001, 1001 + 10, "");
    kit_expect(kit, "C 0 'abc'\ngap C 3+7\nend reset S\n");
    kit_free(kit);
}

static void cut_by_snapshot_length(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    MgSegment cut = kit_segment(kit, 0, MG_TCP_ACK, 1001, 5001, "abc", 3);
    cut.payload_len = 10;
    mg_tcp_segment(kit->tcp, &cut);
    kit_expect(kit, "C 0 'abc'\ngap C 3+7\n");
    assert_int_equal(kit->last_gap.frames[0], 4);
    assert_int_equal(kit->last_gap.frames[1], 4);
    kit_data(kit, 0, 10, "klm", 0);
    cut = kit_segment(kit, 0, MG_TCP_ACK, 1001 + 20, 5001, "uvw", 3);
    cut.payload_len = 5;
    mg_tcp_segment(kit->tcp, &cut);
    cut = kit_segment(kit, 0, MG_TCP_ACK, 1001, 5001, "abc", 3); /* the first one again */
    cut.payload_len = 10;
    mg_tcp_segment(kit->tcp, &cut);
    kit_data(kit, 0, 13, "nopqrst", 0);
    kit_fin(kit, 0, 25, "", 0);
    kit_fin(kit, 1, 0, "", 26);
    kit_expect(kit, "C 10 'klm'\nagain C 0+3\nC 13 'nopqrst'\nC 20 'uvw'\ngap C 23+2\n"
                    "end closed C\n");
    kit_free(kit);
}

static void cut_without_any_octet(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    MgSegment cut = kit_segment(kit, 1, MG_TCP_ACK, 5001, 1001, "", 0);
    cut.payload_len = 84;
    mg_tcp_segment(kit->tcp, &cut);
    kit_data(kit, 0, 0, "EHLO\r\n", 84);
    kit_expect(kit, "gap S 0+84\nC 0 'EHLO\\r\\n'\n");
    kit_free(kit);
}

/* The same segments at another capture point, where nothing was cut. */
static void cut_and_whole_elsewhere(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    MgSegment cut = kit_segment(kit, 0, MG_TCP_ACK, 1001, 5001, "abc", 3);
    MgSegment whole = kit_segment(kit, 0, MG_TCP_ACK, 1001, 5001, "abcdefghij", 10);
    MgSegment ack = kit_segment(kit, 1, MG_TCP_ACK, 5001, 1011, "", 0);
    cut.payload_len = 10;
    ack.at.capture = whole.at.capture = 2;
    mg_tcp_segment(kit->tcp, &ack); /* it is known at both */
    mg_tcp_segment(kit->tcp, &cut);
    kit_expect(kit, "C 0 'abc'\n");
    mg_tcp_segment(kit->tcp, &whole);
    kit_expect(kit, "again C 0+3\nC 3 'defghij'\n");
    cut = kit_segment(kit, 0, MG_TCP_ACK, 1011, 5001, "klm", 3);
    cut.payload_len = 10;
    mg_tcp_segment(kit->tcp, &cut);
    kit_ack(kit, 1, 0, 20);
    kit_data(kit, 0, 16, "qr", 0);
    kit_expect(kit, "C 10 'klm'\n");
    kit_wait(kit, MG_SECOND);
    kit_expect(kit, "gap C 13+3\nC 16 'qr'\ngap C 18+2\n");
    kit_free(kit);
}

/* A cut segment that came before its turn, and its octets once more in two smaller ones. */
static void cut_and_sent_again(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    MgSegment cut = kit_segment(kit, 0, MG_TCP_ACK, 1005, 5001, "e", 1);
    cut.payload_len = 6;
    mg_tcp_segment(kit->tcp, &cut);
    kit_data(kit, 0, 6, "gh", 0);
    kit_data(kit, 0, 5, "f", 0);
    kit_data(kit, 0, 8, "ijkl", 0);
    kit_data(kit, 0, 0, "abcd", 0);
    kit_expect(kit, "C 0 'abcd'\nC 4 'efghijkl'\n");
    kit_free(kit);
}

/* ---- Limits ---- */

static void too_much_waits_for_a_hole(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->quiet = TRUE;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    for (guint i = 0; i <= MG_LIMIT_WAITING / 1000; i++)
        kit_data(kit, 0, 10 + i * 1000, line, 0);
    assert_int_equal(kit->last_gap.offset, 0);
    assert_int_equal(kit->last_gap.octets, 10);
    assert_int_equal(kit->offered_octets, (MG_LIMIT_WAITING / 1000 + 1) * 1000);
    kit_free(kit);
}

static void too_many_early_octets(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->quiet = TRUE;
    for (guint i = 0; i <= MG_LIMIT_EARLY; i++)
        kit_data(kit, 0, 10 + 2 * i, "x", 0);
    assert_int_equal(kit->last_gap.octets, 10);
    assert_int_equal(kit->offers, 1);
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->offers, MG_LIMIT_EARLY + 1);
    assert_int_equal(kit->last.missing[0], 10 + MG_LIMIT_EARLY);
    kit_free(kit);
}

static void receiver_that_never_takes(void **state)
{
    Kit *kit = kit_connected(1001, 5001);
    kit->answer[0] = (KitAnswer){0, MG_MORE};
    kit->quiet = TRUE;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    for (guint i = 0; i < 10000; i++)
        kit_data(kit, 0, i * 1000, line, 0);
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->last.octets[0], 10000 * 1000);
    assert_int_equal(kit->last.dropped[0], 10000 * 1000);
    kit_free(kit);
}

/* All connections together keep less than the ceiling; the longest silent one gives first. */
static void ceiling_of_all(void **state)
{
    Kit *kit = kit_new(1024 * 1024);
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    kit->quiet = TRUE;
    for (guint host = 1; host <= 20; host++) {
        kit->host = (guint8)host;
        kit_handshake(kit);
        for (guint i = 1; i <= 100; i++)
            kit_data(kit, 0, i * 1000, line, 0);
    }
    assert_int_equal(kit->last_gap.octets, 1000);
    assert_true(kit->offered_octets >= 1000 * 1000);
    assert_true(kit->offered_octets < 1900 * 1000);
    mg_tcp_finish(kit->tcp);
    assert_int_equal(kit->offered_octets, 20 * 100 * 1000);
    kit_free(kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(overlaps),
        cmocka_unit_test(overlaps_with_waiting),
        cmocka_unit_test(repeat_tells_where),
        cmocka_unit_test(repeat_of_forgotten),
        cmocka_unit_test(keepalive),
        cmocka_unit_test(zero_window_probe),
        cmocka_unit_test(urgent_is_ordinary),
        cmocka_unit_test(every_frame_twice),
        cmocka_unit_test(wrap_of_offsets),
        cmocka_unit_test(hole_by_time),
        cmocka_unit_test(hole_filled_late),
        cmocka_unit_test(hole_filled_too_late),
        cmocka_unit_test(hole_by_frames),
        cmocka_unit_test(many_holes),
        cmocka_unit_test(hole_at_the_end),
        cmocka_unit_test(hole_before_fin),
        cmocka_unit_test(hole_when_capture_ends),
        cmocka_unit_test(hole_offers_the_rest_as_final),
        cmocka_unit_test(false_ack),
        cmocka_unit_test(sent_and_not_captured),
        cmocka_unit_test(acknowledged_by_rst),
        cmocka_unit_test(cut_by_snapshot_length),
        cmocka_unit_test(cut_without_any_octet),
        cmocka_unit_test(cut_and_whole_elsewhere),
        cmocka_unit_test(cut_and_sent_again),
        cmocka_unit_test(too_much_waits_for_a_hole),
        cmocka_unit_test(too_many_early_octets),
        cmocka_unit_test(receiver_that_never_takes),
        cmocka_unit_test(ceiling_of_all),
    };
    return cmocka_run_group_tests_name("tcp order", tests, NULL, NULL);
}
