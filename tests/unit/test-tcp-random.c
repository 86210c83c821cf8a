/* Random dialogues, cut into random segments, captured badly: what tcp hands on is what was
 * sent, with holes exactly where nothing was captured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcp-watch.h"

/* ---- The dialogue as it was sent ---- */

typedef struct {
    MgSide side;
    guint64 offset;
    guint32 len;
    guint32 captured; /* less than len: cut by the snapshot length */
    guint64 acked;
    gboolean fin;
} Sent;

typedef struct {
    GRand *rand;
    GByteArray *stream[2];
    GArray *sent; /* Sent, in the order it was sent */
    guint32 base[2];

    gboolean *captured[2]; /* by offset */
    guint64 sent_end[2];   /* end of the segments that were captured */
    guint64 acked_end[2];  /* end of what was acknowledged */
    GArray *acked_by;      /* guint64 by frame: what the frame acknowledged */
    guint64 seen_end[2];   /* offered or told as hole */
    guint64 missing[2];
    gboolean in_order; /* nothing was lost: the order of the directions can be checked */
    gboolean picky;    /* the receiver takes some and asks for the other side */
    const char *fault;
} Play;

static void send_some(Play *play, MgSide side, guint len)
{
    while (len > 0) {
        Sent sent = {
            .side = side,
            .offset = play->stream[side]->len,
            .len = (guint32)g_rand_int_range(play->rand, 1, (gint32)MIN(len, 200) + 1),
            .acked = play->stream[!side]->len,
        };
        sent.captured = sent.len;
        len -= sent.len;
        for (guint i = 0; i < sent.len; i++) {
            guint8 octet = (guint8)g_rand_int(play->rand);
            g_byte_array_append(play->stream[side], &octet, 1);
        }
        g_array_append_val(play->sent, sent);
    }
}

static guint32 some_base(GRand *rand)
{
    static const guint32 odd[] = {0, 1, G_MAXUINT32, G_MAXUINT32 - 10, G_MAXUINT32 - 1000};
    return g_rand_boolean(rand) ? odd[g_rand_int_range(rand, 0, G_N_ELEMENTS(odd))]
                                : g_rand_int(rand);
}

static Play *play_new(guint32 seed)
{
    Play *play = g_new0(Play, 1);
    play->rand = g_rand_new_with_seed(seed);
    play->sent = g_array_new(FALSE, FALSE, sizeof(Sent));
    play->acked_by = g_array_new(FALSE, TRUE, sizeof(guint64));
    for (MgSide side = 0; side < 2; side++) {
        play->stream[side] = g_byte_array_new();
        play->base[side] = some_base(play->rand);
    }
    guint turns = (guint)g_rand_int_range(play->rand, 1, 12);
    for (guint i = 0; i < turns; i++)
        send_some(play, i % 2, (guint)g_rand_int_range(play->rand, 1, 500));
    for (MgSide side = 0; side < 2; side++)
        play->captured[side] = g_new0(gboolean, play->stream[side]->len + 1);
    return play;
}

static void play_free(Play *play)
{
    for (MgSide side = 0; side < 2; side++) {
        g_byte_array_unref(play->stream[side]);
        g_free(play->captured[side]);
    }
    g_array_unref(play->sent);
    g_array_unref(play->acked_by);
    g_rand_free(play->rand);
    g_free(play);
}

/* ---- The dialogue as it was captured ---- */

static gboolean chance(Play *play, gint percent)
{
    return g_rand_int_range(play->rand, 0, 100) < percent;
}

static void lose(Play *play)
{
    for (guint i = play->sent->len; i-- > 0;)
        if (chance(play, 10)) {
            /* The other side had it all the same: its acknowledgements stay. */
            g_array_remove_index(play->sent, i);
        }
}

static void cut(Play *play)
{
    for (guint i = 0; i < play->sent->len; i++) {
        Sent *sent = &g_array_index(play->sent, Sent, i);
        sent->captured = MIN(sent->len, 60);
    }
}

/* The same octets again a little later, with other borders. */
static void repeat(Play *play)
{
    for (guint i = play->sent->len; i-- > 0;) {
        if (!chance(play, 20))
            continue;
        Sent again = g_array_index(play->sent, Sent, i);
        guint64 before = (guint64)g_rand_int_range(play->rand, 0, 300);
        guint64 end = again.offset + again.len + (guint64)g_rand_int_range(play->rand, 0, 300);
        /* Old octets with a new acknowledgement, if they were captured before their first
         * copy, would wait for what waits for them. */
        if (!play->in_order)
            again.offset -= MIN(before, again.offset);
        end = MIN(end, play->stream[again.side]->len);
        again.len = again.captured = (guint32)(end - again.offset);
        guint to = i + (guint)g_rand_int_range(play->rand, 1, 15);
        g_array_insert_val(play->sent, MIN(to, play->sent->len), again);
    }
}

static void reorder(Play *play)
{
    for (guint i = 0; i < play->sent->len; i++) {
        guint j = i + (guint)g_rand_int_range(play->rand, 0, 8);
        if (j >= play->sent->len || !chance(play, 30))
            continue;
        Sent moved = g_array_index(play->sent, Sent, i);
        g_array_remove_index(play->sent, i);
        g_array_insert_val(play->sent, j, moved);
    }
}

/* ---- The receiver ---- */

static void on_octet(Watch *watch, MgSide side, guint64 offset, guint8 octet, guint64 frame)
{
    Play *play = watch->user;
    if (offset != play->seen_end[side])
        play->fault = "offset";
    else if (offset >= play->stream[side]->len || play->stream[side]->data[offset] != octet)
        play->fault = "octet";
    play->seen_end[side] = offset + 1;
    if (play->in_order && g_array_index(play->acked_by, guint64, frame) > play->seen_end[!side])
        play->fault = "order";
}

static void on_hole(Watch *watch, MgSide side, guint64 offset, guint64 octets)
{
    Play *play = watch->user;
    if (offset != play->seen_end[side])
        play->fault = "offset of a hole";
    for (guint64 i = offset; i < offset + octets; i++)
        if (i >= play->stream[side]->len || play->captured[side][i])
            play->fault = "hole";
    play->seen_end[side] = offset + octets;
    play->missing[side] += octets;
}

static MgTake choose(Watch *watch, MgSide side, const MgBytes *bytes)
{
    Play *play = watch->user;
    if (!play->picky)
        return (MgTake){bytes->slice.len, MG_MORE};
    MgTake take = {.want = chance(play, 30) ? MG_OTHER : MG_MORE};
    take.taken = chance(play, 40)
                     ? bytes->slice.len
                     : (gsize)g_rand_int_range(play->rand, 0, (gint32)bytes->slice.len + 1);
    return take;
}

static void feed(Play *play, MgTcp *tcp, const Sent *sent, guint8 flags, guint64 frame)
{
    MgEndpoint end[2] = {{.address = {4, {192, 0, 2, 1}}, .port = 40000},
                         {.address = {4, {192, 0, 2, 2}}, .port = 25}};
    MgSegment segment = {
        .source = end[sent->side],
        .destination = end[!sent->side],
        .seq = play->base[sent->side] + (guint32)sent->offset - ((flags & MG_TCP_SYN) ? 1 : 0),
        .ack = play->base[!sent->side] + (guint32)sent->acked,
        .flags = flags,
        .payload = {play->stream[sent->side]->data + sent->offset, sent->captured},
        .payload_len = sent->len,
        .frame_offset = 54,
        .at = {.frame = frame, .time = (gint64)frame * 1000, .capture = 1},
    };
    guint64 acked = sent->acked;
    g_array_set_size(play->acked_by, (guint)frame + 1);
    g_array_index(play->acked_by, guint64, frame) = acked;
    for (guint i = 0; i < sent->captured; i++)
        play->captured[sent->side][sent->offset + i] = TRUE;
    MgSide side = sent->side;
    play->sent_end[side] = MAX(play->sent_end[side], sent->offset + sent->len);
    play->acked_end[!side] = MAX(play->acked_end[!side], acked);
    mg_tcp_segment(tcp, &segment);
}

static void check(guint32 seed, void (*damage)(Play *play), gboolean in_order, gboolean picky)
{
    Play *play = play_new(seed);
    play->in_order = in_order;
    play->picky = picky;
    damage(play);
    Watch watch = {.choose = choose, .octet = on_octet, .hole = on_hole, .user = play};
    MgTcp *tcp = watch_tcp(&watch, 0);
    guint64 frame = 0;
    feed(play, tcp, &(Sent){.side = 0}, MG_TCP_SYN, ++frame);
    feed(play, tcp, &(Sent){.side = 1}, MG_TCP_SYN | MG_TCP_ACK, ++frame);
    for (guint i = 0; i < play->sent->len; i++)
        feed(play, tcp, &g_array_index(play->sent, Sent, i), MG_TCP_ACK, ++frame);
    mg_tcp_finish(tcp);

    for (MgSide side = 0; side < 2; side++) {
        guint64 missing = 0, end = MAX(play->sent_end[side], play->acked_end[side]);
        /* One acknowledged octet behind everything captured counts as a FIN. */
        if (end == play->sent_end[side] + 1)
            end--;
        for (guint64 i = 0; i < end; i++)
            missing += !play->captured[side][i];
        if (play->fault == NULL && (play->seen_end[side] != end || play->missing[side] != missing))
            play->fault = "end";
    }
    mg_tcp_free(tcp);
    if (play->fault != NULL || watch.flows != 1 || watch.open != 0)
        fail_msg("seed %u: %s", seed, play->fault != NULL ? play->fault : "flows");
    play_free(play);
}

static void nothing(Play *play)
{
}

static void all_but_loss(Play *play)
{
    repeat(play);
    reorder(play);
}

static void everything(Play *play)
{
    lose(play);
    repeat(play);
    reorder(play);
}

static void cut_and_lost(Play *play)
{
    cut(play);
    lose(play);
    reorder(play);
}

enum { ROUNDS = 1500 };

static void as_it_was(void **state)
{
    for (guint32 seed = 0; seed < ROUNDS; seed++)
        check(seed, nothing, TRUE, FALSE);
}

static void reordered_and_repeated(void **state)
{
    for (guint32 seed = 0; seed < ROUNDS; seed++)
        check(seed, all_but_loss, TRUE, FALSE);
}

static void lost_and_all(void **state)
{
    for (guint32 seed = 0; seed < ROUNDS; seed++)
        check(seed, everything, FALSE, FALSE);
}

static void cut_by_snapshot_length(void **state)
{
    for (guint32 seed = 0; seed < ROUNDS; seed++)
        check(seed, cut_and_lost, FALSE, FALSE);
}

static void picky_receiver(void **state)
{
    for (guint32 seed = 0; seed < ROUNDS; seed++) {
        check(seed, all_but_loss, FALSE, TRUE);
        check(seed, everything, FALSE, TRUE);
        check(seed, cut_and_lost, FALSE, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_it_was),      cmocka_unit_test(reordered_and_repeated),
        cmocka_unit_test(lost_and_all),   cmocka_unit_test(cut_by_snapshot_length),
        cmocka_unit_test(picky_receiver),
    };
    return cmocka_run_group_tests_name("tcp random", tests, NULL, NULL);
}
