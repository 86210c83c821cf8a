/* One connection as a session: what its parser may see, and what it hands on.
 *
 * A connection on a mail port is a session from its first payload octet on; any other is one
 * when its greeting (or an unmistakable client's line) was recognised. */
#include "proto/conn.h"
#include "proto/line.h"

/* ---- Handing on ---- */

MgSession *mg_conn_session(MgConn *conn)
{
    return &conn->session;
}

/* The session is told with the first thing that comes of it: by then its greeting was read, and
 * the server has a name. */
static void announce(MgConn *conn)
{
    if (conn->announced)
        return;
    conn->announced = TRUE;
    if (conn->proto->sink.session_open != NULL)
        conn->proto->sink.session_open(conn->proto->sink.user, &conn->session);
}

MgExchange *mg_conn_begin(MgConn *conn, MgStepKind kind, const char *key)
{
    MgExchange *exchange = mg_exchange_new(&conn->session, kind, key);
    exchange->id = ++conn->proto->exchanges;
    return exchange;
}

void mg_conn_complete(MgConn *conn, MgExchange *exchange)
{
    exchange->step = ++conn->proto->steps;
    announce(conn);
    if (conn->proto->sink.exchange != NULL)
        conn->proto->sink.exchange(conn->proto->sink.user, exchange);
    mg_exchange_free(exchange);
}

gboolean mg_conn_too_late(const MgConn *conn, MgActor by, const MgStamp *at)
{
    MgSide client = conn->session.client_side;
    const MgStamp *fin = &conn->flow->fin[by == MG_ACTOR_CLIENT ? !client : client];
    return fin->frame != 0 && fin->time != MG_TIME_NONE && at->time != MG_TIME_NONE &&
           at->time > fin->time;
}

void mg_conn_effect(MgConn *conn, MgEffect *effect)
{
    effect->session = &conn->session;
    announce(conn);
    if (conn->proto->sink.effect != NULL)
        conn->proto->sink.effect(conn->proto->sink.user, effect);
}

static void tell_secret(MgConn *conn, const MgSecretFound *found)
{
    if (conn->proto->sink.secret != NULL)
        conn->proto->sink.secret(conn->proto->sink.user, &conn->session, found);
}

static guint64 packet_offset(const MgConn *conn, guint64 offset)
{
    return conn->side[0].inflate != NULL ? G_MAXUINT64 : offset;
}

void mg_conn_secrets(MgConn *conn, MgActor actor, const MgText *text, const MgSasl *sasl)
{
    if (text == NULL || text->secrets == NULL)
        return;
    for (guint i = 0; i < text->secrets->len; i++) {
        const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
        MgSecretFound found = {
            .actor = actor,
            .stream_offset = packet_offset(conn, secret->stream_offset),
            .octets = {(const guint8 *)text->text->str + secret->at, secret->len},
            .mechanism = sasl != NULL ? mg_sasl_mechanism(sasl) : NULL,
            .user = sasl != NULL ? mg_sasl_user(sasl) : NULL,
        };
        tell_secret(conn, &found);
    }
}

void mg_conn_secret_line(MgConn *conn, MgSlice text, guint64 offset)
{
    MgSecretFound found = {
        .actor = MG_ACTOR_CLIENT, .stream_offset = packet_offset(conn, offset), .octets = text};
    if (text.len > 0)
        tell_secret(conn, &found);
}

guint64 mg_conn_text_begin(MgConn *conn)
{
    return conn->proto->sink.text != NULL ? ++conn->proto->texts : 0;
}

void mg_conn_text(MgConn *conn, guint64 text, MgSlice octets, guint64 missing)
{
    MgTextPassed passed = {.text = text, .octets = octets, .missing = missing};
    if (text != 0 && (octets.len > 0 || missing > 0))
        conn->proto->sink.text(conn->proto->sink.user, &conn->session, &passed);
}

void mg_conn_note(MgConn *conn, MgNote *note)
{
    note->session = conn->session.number;
    announce(conn);
    if (conn->proto->sink.note != NULL)
        conn->proto->sink.note(conn->proto->sink.user, note);
}

/* ---- Helpers over offers ---- */

MgActor mg_conn_actor(const MgConn *conn, MgSide side)
{
    return side == conn->session.client_side ? MG_ACTOR_CLIENT : MG_ACTOR_SERVER;
}

/* The offer without its first `skip` octets. */
MgBytes mg_conn_rest(const MgBytes *bytes, gsize skip)
{
    MgBytes rest = *bytes;
    rest.slice.data += skip;
    rest.slice.len -= skip;
    rest.offset += skip;
    while (rest.n_places > 1 && rest.places[1].offset <= rest.offset) {
        rest.places++;
        rest.n_places--;
    }
    return rest;
}

MgStamp mg_conn_stamp(const MgConn *conn, const MgBytes *bytes)
{
    return bytes->n_places > 0 ? bytes->places[0].at : conn->flow->last;
}

static void count_octets(MgConn *conn)
{
    const MgFlow *flow = conn->flow;
    MgSession *session = &conn->session;
    MgSide client = session->client_side;
    session->client_octets = flow->octets[client];
    session->server_octets = flow->octets[1 - client];
    session->missing_octets = flow->missing[0] + flow->missing[1];
    session->encrypted_client_octets = conn->side[client].count.octets;
    session->encrypted_server_octets = conn->side[1 - client].count.octets;
    session->tls_records = conn->side[0].count.records + conn->side[1].count.records;
}

/* ---- Holes ---- */

static void tell_gap(MgConn *conn, MgSide side, const MgGap *gap)
{
    count_octets(conn);
    MgNote note = {.kind = MG_NOTE_GAP,
                   .key = "gap",
                   .at = gap->at,
                   .frames = {gap->frames[0], gap->frames[1]},
                   .octets = gap->octets};
    mg_conn_note(conn, &note);
    MgConnSide *self = &conn->side[side];
    if (self->dark)
        mg_dark_gap(&self->count, gap->octets);
    else if (self->inflate != NULL)
        mg_deflated_gap(conn);
    else
        conn->parser->gap(conn->self, mg_conn_actor(conn, side), gap);
    if (mg_conn_actor(conn, side) == MG_ACTOR_CLIENT)
        conn->proxy_checked = TRUE;
}

/* What was missing before the connection was known to be mail. */
static void tell_early_gaps(MgConn *conn)
{
    for (MgSide side = 0; side < 2; side++)
        if (conn->side[side].gap.octets > 0)
            tell_gap(conn, side, &conn->side[side].gap);
}

/* ---- The session opens ---- */

void mg_conn_open(MgConn *conn, MgProtocol protocol, MgSide client, gboolean by_greeting)
{
    const MgFlow *flow = conn->flow;
    conn->session = (MgSession){
        .number = ++conn->proto->sessions,
        .flow = flow->id,
        .protocol = protocol,
        .by_greeting = by_greeting,
        .client_side = client,
        .client = flow->end[client],
        .server = flow->end[1 - client],
        .start = flow->first,
        .complete_start = flow->complete_start,
        .ended_by = MG_ACTOR_NONE,
    };
    conn->mode = MG_CONN_SESSION;
    conn->side[0].begun = conn->side[1].begun = FALSE;
    conn->parser = mg_proto_parser(protocol);
    conn->self = conn->parser->begin(conn);
    tell_early_gaps(conn);
}

/* ---- Bytes ---- */

/* A PROXY header at the front of the client's bytes is a step of its own. */
static MgStatus take_proxy(MgConn *conn, const MgBytes *bytes, gsize *ret_taken)
{
    gsize octets;
    g_autofree char *source = NULL;
    MgStatus status = mg_preamble_proxy(bytes->slice, &octets, &source);
    *ret_taken = octets;
    if (status == MG_MORE && bytes->final)
        status = MG_MALFORMED;
    if (status != MG_MORE)
        conn->proxy_checked = TRUE;
    if (status != MG_DONE)
        return status;
    const char *key = conn->session.protocol == MG_PROTOCOL_POP3   ? "pop3.proxy"
                      : conn->session.protocol == MG_PROTOCOL_IMAP ? "imap.proxy"
                                                                   : "smtp.proxy-preamble";
    MgExchange *exchange = mg_conn_begin(conn, MG_STEP_CONNECTION, key);
    exchange->actor = MG_ACTOR_CLIENT;
    exchange->verb = g_strdup("PROXY");
    exchange->at = mg_conn_stamp(conn, bytes);
    mg_bytes_frames(bytes, bytes->offset, bytes->offset + octets, &exchange->frames);
    if (bytes->slice.data[0] == 'P') {
        MgBytes header = *bytes;
        header.slice.len = octets;
        MgLine line;
        if (mg_line_next(&header, 0, &line) == MG_DONE)
            exchange->line = mg_line_text(&line);
    }
    if (source != NULL)
        mg_exchange_arg(exchange, "address", "%s", source);
    mg_conn_complete(conn, exchange);
    return MG_DONE;
}

MgTake mg_conn_clear(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgConnSide *self = &conn->side[side];
    switch (mg_veil_look(conn, side, bytes)) {
    case MG_DONE:
        return (MgTake){.want = MG_DONE};
    case MG_MORE:
        return (MgTake){.want = MG_MORE};
    case MG_OTHER:
    case MG_MALFORMED:
    default:
        break;
    }
    self->begun = TRUE;
    const char *expected = conn->expecting;
    const MgInflate *inflate = self->inflate;
    MgTake take = conn->parser->feed(conn->self, mg_conn_actor(conn, side), bytes);
    /* The parser may have found out that what follows in this very offer is encrypted, or
     * compressed. */
    gboolean changed = self->dark || conn->expecting != expected || self->inflate != inflate;
    if (changed && take.want != MG_OTHER && take.taken < bytes->slice.len)
        take.want = MG_DONE;
    return take;
}

/* One round: either something changed and the rest is to be looked at again (MG_DONE), or the
 * answer is MG_MORE or MG_OTHER. */
static MgTake session_bytes(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgConnSide *self = &conn->side[side];
    if (self->dark) {
        mg_veil_take(conn, side, bytes);
        return (MgTake){.taken = bytes->slice.len, .want = MG_MORE};
    }
    if (self->inflate != NULL)
        return mg_deflated_bytes(conn, side, bytes);
    if (!conn->proxy_checked && !self->begun && mg_conn_actor(conn, side) == MG_ACTOR_CLIENT) {
        gsize taken;
        switch (take_proxy(conn, bytes, &taken)) {
        case MG_DONE:
            return (MgTake){.taken = taken, .want = MG_DONE};
        case MG_MORE:
            return (MgTake){.want = MG_MORE};
        case MG_OTHER:
        case MG_MALFORMED:
        default:
            break;
        }
    }
    return mg_conn_clear(conn, side, bytes);
}

MgTake mg_conn_bytes(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    if (conn->mode == MG_CONN_NOT_MAIL)
        return (MgTake){.want = MG_DONE};
    gsize taken = 0;
    if (conn->mode == MG_CONN_WATCH && bytes->slice.len > 0 && !mg_watch_open(conn, side, bytes))
        return (MgTake){.want = MG_MORE};
    if (conn->mode == MG_CONN_WATCH) {
        MgTake take = mg_watch(conn, side, bytes);
        if (conn->mode != MG_CONN_SESSION)
            return take;
        taken = take.taken;
    }
    count_octets(conn);
    for (;;) {
        MgBytes rest = mg_conn_rest(bytes, taken);
        MgTake take = session_bytes(conn, side, &rest);
        taken += take.taken;
        if (take.want != MG_DONE) {
            count_octets(conn);
            return (MgTake){.taken = taken, .want = take.want};
        }
    }
}

void mg_conn_gap(MgConn *conn, MgSide side, const MgGap *gap)
{
    if (conn->mode == MG_CONN_WATCH) {
        MgSide client;
        gboolean sure;
        MgPort port = mg_watch_port(conn, &client, &sure);
        if (port.protocol == MG_PROTOCOL_NONE) {
            MgGap *early = &conn->side[side].gap;
            guint64 octets = early->octets + gap->octets, first = early->frames[0];
            *early = *gap;
            early->frames[0] = octets > gap->octets ? first : gap->frames[0];
            early->octets = octets;
            return;
        }
        mg_conn_open(conn, port.protocol, client, FALSE);
    }
    if (conn->mode == MG_CONN_SESSION)
        tell_gap(conn, side, gap);
}

void mg_conn_acked(MgConn *conn, MgSide side, guint64 offset)
{
    if (conn->mode == MG_CONN_SESSION && conn->parser->acked != NULL)
        conn->parser->acked(conn->self, mg_conn_actor(conn, side), offset);
}

void mg_conn_repeat(MgConn *conn, MgSide side, const MgRepeat *repeat)
{
    if (conn->mode != MG_CONN_SESSION)
        return;
    if (repeat->differs) {
        MgNote note = {.kind = MG_NOTE_OVERLAP,
                       .key = "overlap-differs",
                       .at = repeat->at,
                       .frames = {repeat->first_frame, repeat->at.frame},
                       .octets = repeat->octets};
        mg_conn_note(conn, &note);
        return;
    }
    /* Repeated segments are everyday: one note tells of all of them, at the end. */
    if (conn->repeats++ == 0)
        conn->repeat_frames[0] = repeat->at.frame;
    conn->repeat_frames[1] = repeat->at.frame;
    conn->repeated_octets += repeat->octets;
    conn->repeat_at = repeat->at;
}

/* ---- The end ---- */

/* A call on a mail port where nobody said a word.  Without a SYN it was no call at all. */
static void open_silent(MgConn *conn, const MgFlowEnd *end)
{
    MgSide client;
    gboolean sure;
    MgPort port = mg_watch_port(conn, &client, &sure);
    const MgFlow *flow = conn->flow;
    if (port.protocol == MG_PROTOCOL_NONE || !flow->opener_known)
        return;
    mg_conn_open(conn, port.protocol, client, FALSE);
    gboolean refused = end->how == MG_ENDED_RESET && end->by == 1 && !flow->complete_start;
    MgExchange *exchange = mg_conn_begin(conn, MG_STEP_CONNECTION,
                                         refused ? "connection.refused" : "connection.silent");
    exchange->at = flow->first;
    mg_frames_add(&exchange->frames, flow->first.frame);
    mg_frames_add(&exchange->frames, end->at.frame);
    mg_conn_complete(conn, exchange);
}

static void closing_notes(MgConn *conn, const MgFlowEnd *end)
{
    if (conn->repeats > 0) {
        MgNote note = {.kind = MG_NOTE_DUPLICATE,
                       .key = "duplicate-packets",
                       .at = conn->repeat_at,
                       .frames = {conn->repeat_frames[0], conn->repeat_frames[1]},
                       .octets = conn->repeated_octets,
                       .count = conn->repeats};
        mg_conn_note(conn, &note);
    }
    const MgFrames *dark = &conn->dark_frames;
    if (conn->dark_key != NULL) {
        MgNote note = {.kind = MG_NOTE_ENCRYPTED,
                       .key = "encrypted",
                       .at = end->at,
                       .frames = {mg_frames_first(dark), dark->last},
                       .octets = conn->session.encrypted_client_octets +
                                 conn->session.encrypted_server_octets,
                       .count = conn->session.tls_records};
        mg_conn_note(conn, &note);
    }
}

MgConn *mg_conn_new(MgProto *proto, MgFlow *flow)
{
    MgConn *conn = g_new0(MgConn, 1);
    conn->proto = proto;
    conn->flow = flow;
    return conn;
}

void mg_conn_end(MgConn *conn, const MgFlowEnd *end)
{
    gboolean spoke = conn->mode == MG_CONN_SESSION;
    if (conn->mode == MG_CONN_WATCH && conn->flow->octets[0] + conn->flow->octets[1] == 0)
        open_silent(conn, end);
    if (conn->mode == MG_CONN_SESSION) {
        MgSession *session = &conn->session;
        count_octets(conn);
        mg_deflated_end(conn);
        if (spoke)
            conn->parser->close(conn->self, end);
        mg_deflated_end(conn); /* its last words may have been the OK to COMPRESS */
        session->end = end->at;
        session->how_ended = end->how;
        if (end->how == MG_ENDED_CLOSED || end->how == MG_ENDED_RESET)
            session->ended_by = mg_conn_actor(conn, end->by);
        closing_notes(conn, end);
        announce(conn);
        if (conn->proto->sink.session_close != NULL)
            conn->proto->sink.session_close(conn->proto->sink.user, session);
        conn->parser->free(conn->self);
        g_free(session->client_name);
        g_free(session->server_name);
        g_free(session->account);
    }
    g_free(conn);
}
