/* Sessions that are compressed: each direction is inflated, and its octets take turns with the
 * other's as tcp has them do (mg-flow.h).
 *
 * All compressed octets are taken from tcp at once; what the parser leaves of the inflated ones
 * waits here. */
#include "proto/conn.h"

static void note_limit(MgConn *conn)
{
    MgStamp at = conn->flow->last;
    MgNote note = {
        .kind = MG_NOTE_LIMIT, .key = "limit-inflate", .at = at, .frames = {at.frame, at.frame}};
    mg_conn_note(conn, &note);
}

gboolean mg_conn_inflate(MgConn *conn)
{
    if (conn->side[0].inflate != NULL || conn->dark_key != NULL)
        return FALSE;
    MgExchange *exchange = mg_conn_begin(conn, MG_STEP_CONNECTION, "compress.begins");
    exchange->at = conn->flow->last;
    mg_frames_add(&exchange->frames, exchange->at.frame);
    mg_conn_complete(conn, exchange);
    if (conn->proto->inflating >= MG_LIMIT_INFLATING) {
        note_limit(conn);
        mg_conn_dark(conn, "compress.fails");
        return TRUE;
    }
    conn->proto->inflating++;
    for (MgSide side = 0; side < 2; side++) {
        conn->side[side].inflate = mg_inflate_new();
        conn->side[side].want = MG_MORE;
    }
    return TRUE;
}

/* ---- Taking turns ---- */

static gboolean has_waiting(const MgConn *conn, MgSide side)
{
    const MgConnSide *self = &conn->side[side];
    return self->inflate != NULL && mg_inflate_waiting(self->inflate).slice.len > 0;
}

/* Offer what waits of this side.  TRUE: something of it is gone. */
static gboolean offer(MgConn *conn, MgSide side, gboolean final)
{
    MgConnSide *self = &conn->side[side];
    if (self->dark || !has_waiting(conn, side))
        return FALSE;
    MgBytes bytes = mg_inflate_waiting(self->inflate);
    bytes.final = final;
    gsize taken = 0;
    MgTake take;
    do {
        MgBytes rest = mg_conn_rest(&bytes, taken);
        take = mg_conn_clear(conn, side, &rest);
        taken += take.taken;
    } while (take.want == MG_DONE && !self->dark);
    self->want = take.want;
    mg_inflate_take(self->inflate, final || self->dark ? bytes.slice.len : taken);
    return final || taken > 0;
}

/* This side has moved: the other one may have waited for it, and so on. */
static void take_turns(MgConn *conn, MgSide side)
{
    gboolean moved = TRUE;
    while (moved) {
        side = 1 - side;
        moved = conn->side[side].want == MG_OTHER && offer(conn, side, FALSE);
    }
}

static void offer_new(MgConn *conn, MgSide side)
{
    if (conn->side[side].want != MG_OTHER && offer(conn, side, FALSE))
        take_turns(conn, side);
    /* Each waits for the other. */
    while (conn->side[0].want == MG_OTHER && conn->side[1].want == MG_OTHER &&
           has_waiting(conn, 0) && has_waiting(conn, 1) && offer(conn, side, TRUE))
        take_turns(conn, side);
}

/* Nothing more comes of either side: the one that waits for more of its own goes first, it may
 * be what the other one waits for. */
static void offer_last(MgConn *conn)
{
    while (has_waiting(conn, 0) || has_waiting(conn, 1)) {
        MgSide side = has_waiting(conn, 0) ? 0 : 1;
        if (has_waiting(conn, 1 - side) && conn->side[side].want == MG_OTHER)
            side = 1 - side;
        if (!offer(conn, side, TRUE))
            return;
        take_turns(conn, side);
    }
}

/* ---- Bytes, holes, the end ---- */

static void count_waiting(MgConn *conn)
{
    gsize waiting = 0;
    for (MgSide side = 0; side < 2; side++)
        if (conn->side[side].inflate != NULL)
            waiting += mg_inflate_waiting(conn->side[side].inflate).slice.len;
    conn->proto->inflated += waiting - conn->inflated;
    conn->inflated = waiting;
}

void mg_deflated_end(MgConn *conn)
{
    if (conn->side[0].inflate == NULL)
        return;
    offer_last(conn);
    for (MgSide side = 0; side < 2; side++)
        g_clear_pointer(&conn->side[side].inflate, mg_inflate_free);
    conn->proto->inflating--;
    count_waiting(conn);
}

/* It cannot be undone any more. */
static void fail(MgConn *conn)
{
    mg_deflated_end(conn);
    mg_conn_dark(conn, "compress.fails");
}

void mg_deflated_gap(MgConn *conn)
{
    fail(conn);
}

MgTake mg_deflated_bytes(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgConnSide *self = &conn->side[side];
    gsize taken = 0;
    MgInflateStatus status = MG_INFLATE_PART;
    while (status == MG_INFLATE_PART && !self->dark) {
        MgBytes rest = mg_conn_rest(bytes, taken);
        gsize used;
        status = mg_inflate_feed(self->inflate, &rest, &used);
        taken += used;
        offer_new(conn, side);
        count_waiting(conn);
        gboolean full =
            mg_inflate_full(self->inflate) || conn->proto->inflated > MG_LIMIT_INFLATED_WAITING;
        /* It has waited long enough for the other side. */
        if (full && offer(conn, side, TRUE))
            take_turns(conn, side);
        count_waiting(conn);
    }
    if (status == MG_INFLATE_SWOLLEN)
        note_limit(conn);
    if (status == MG_INFLATE_DAMAGED || status == MG_INFLATE_SWOLLEN)
        fail(conn);
    return (MgTake){.taken = taken, .want = self->dark ? MG_DONE : MG_MORE};
}
