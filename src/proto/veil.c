/* Unreadable stretches: where they begin, and how much they are.
 *
 * Bytes that nobody can read are swallowed and counted here, so that parsers never meet them. */
#include <string.h>

#include "proto/conn.h"

static void expect(MgConn *conn, const char *key)
{
    conn->expecting = key;
    conn->side[0].look = conn->side[1].look = TRUE;
}

void mg_conn_expect_tls(MgConn *conn)
{
    expect(conn, "tls.begins");
}

static void go_dark(MgConn *conn, const char *key, MgStamp at)
{
    conn->expecting = NULL;
    if (conn->dark_key != NULL)
        return;
    conn->dark_key = key;
    MgExchange *exchange = mg_conn_begin(conn, MG_STEP_CONNECTION, key);
    exchange->at = at;
    mg_frames_add(&exchange->frames, at.frame);
    MgEffect effect = {.kind = MG_EFFECT_ENCRYPTED,
                       .exchange = exchange->id,
                       .at = at,
                       .outcome = MG_OUTCOME_INFO,
                       .by = MG_ACTOR_NONE,
                       .key = key};
    mg_conn_effect(conn, &effect);
    conn->session.encrypted_from_step = conn->proto->steps + 1;
    mg_conn_complete(conn, exchange);
    if (conn->parser->encrypted != NULL)
        conn->parser->encrypted(conn->self);
}

void mg_conn_dark(MgConn *conn, const char *key)
{
    /* Whether a SASL layer was agreed is not always to be read; a client that goes on in text
     * shows that there is none (RFC 4422 3.7: the first octet of a layer's block is 0). */
    if (strcmp(key, "sasl.layer-begins") == 0) {
        expect(conn, key);
        return;
    }
    conn->side[0].dark = conn->side[1].dark = TRUE;
    go_dark(conn, key, conn->flow->last);
}

/* This side's bytes are a TLS record: from here on it is dark, and the other side is as soon
 * as its bytes are no text. */
static void side_goes_dark(MgConn *conn, MgSide side, const MgBytes *bytes, const char *key)
{
    conn->side[side].dark = TRUE;
    conn->side[1 - side].may_be_dark = TRUE;
    go_dark(conn, key, mg_conn_stamp(conn, bytes));
}

static void note_clear_text(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgStamp at = mg_conn_stamp(conn, bytes);
    MgNote note = {.kind = MG_NOTE_ODD,
                   .key = "injection",
                   .at = at,
                   .frames = {at.frame, at.frame},
                   .octets = bytes->slice.len};
    mg_conn_note(conn, &note);
}

/* Text begins with a printable octet; a TLS record, a block of a SASL layer and most rubbish do
 * not.  One octet decides, so that it does not matter how the bytes are cut. */
static gboolean begins_as_text(MgSlice bytes)
{
    guint8 octet = bytes.data[0];
    return g_ascii_isprint((gchar)octet) || octet == '\r' || octet == '\n' || octet == '\t';
}

/* The other side went dark: whether this one does shows in what it says next. */
static MgStatus look_behind(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgConnSide *self = &conn->side[side];
    self->may_be_dark = FALSE;
    self->dark = !begins_as_text(bytes->slice);
    return self->dark ? MG_DONE : MG_MALFORMED;
}

/* The client has the go-ahead for TLS, or for a SASL layer. */
static MgStatus look_expecting(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    gboolean of_client = mg_conn_actor(conn, side) == MG_ACTOR_CLIENT;
    gboolean layer = strcmp(conn->expecting, "tls.begins") != 0;
    if (!begins_as_text(bytes->slice)) {
        side_goes_dark(conn, side, bytes, conn->expecting);
        if (layer)
            conn->side[1 - side].dark = TRUE;
        return MG_DONE;
    }
    conn->side[side].look = FALSE;
    if (of_client) {
        if (!layer)
            note_clear_text(conn, side, bytes);
        conn->expecting = NULL;
    }
    return MG_MALFORMED;
}

MgStatus mg_veil_look(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    const MgConnSide *self = &conn->side[side];
    if (bytes->slice.len == 0)
        return MG_MALFORMED;
    if (self->may_be_dark)
        return look_behind(conn, side, bytes);
    if (conn->expecting != NULL && self->look)
        return look_expecting(conn, side, bytes);
    if (self->begun)
        return MG_MALFORMED;
    MgStatus status = mg_detect_tls(bytes->slice);
    if (status == MG_DONE)
        side_goes_dark(conn, side, bytes, "tls.from-start");
    return status == MG_MORE && bytes->final ? MG_MALFORMED : status;
}

void mg_veil_take(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    mg_dark_feed(&conn->side[side].count, bytes->slice);
    mg_bytes_frames(bytes, bytes->offset, bytes->offset + bytes->slice.len, &conn->dark_frames);
}
