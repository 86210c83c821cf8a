/* One connection: is it mail, who is the client, and what may its parser see.
 *
 * A connection on a mail port is a session from its first payload octet on; any other is one
 * when its greeting (or an unmistakable client's line) was recognised.  Bytes that nobody can
 * read are swallowed and counted here, so that parsers never meet them. */
#include <string.h>

#include "proto/dark.h"
#include "proto/detect.h"
#include "proto/line.h"
#include "proto/preamble.h"
#include "proto/session.h"

typedef enum {
    MODE_WATCH,    /* not known yet whether it is mail */
    MODE_SESSION,  /* it is, `session` is open */
    MODE_NOT_MAIL, /* it is not, or it is over */
} Mode;

/* One side, as the session sees it. */
typedef struct {
    gboolean begun;       /* payload of it was seen */
    gboolean dark;        /* all of it is unreadable from here on */
    gboolean may_be_dark; /* the other side went dark: look at each offer */
    MgSays says;          /* while watching: what its first bytes were */
    MgProtocol says_protocol;
    MgDark count;
} Side;

struct MgConn {
    MgProto *proto;
    MgFlow *flow;
    Mode mode;
    Side side[2];
    MgTunnel tunnel;
    gboolean proxy_checked; /* no PROXY header can come any more */

    MgSession session;
    const MgParser *parser;
    gpointer self;         /* the parser's */
    const char *expecting; /* key of the step that may begin with the client's next bytes */
    const char *dark_key;  /* of the step with which it went dark; NULL = it did not */
    MgFrames dark_frames;

    guint repeats;
    guint64 repeated_octets;
    guint64 repeat_frames[2];
    MgStamp repeat_at;
};

/* ---- Handing on ---- */

MgSession *mg_conn_session(MgConn *conn)
{
    return &conn->session;
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
    if (conn->proto->sink.exchange != NULL)
        conn->proto->sink.exchange(conn->proto->sink.user, exchange);
    mg_exchange_free(exchange);
}

void mg_conn_effect(MgConn *conn, MgEffect *effect)
{
    effect->session = &conn->session;
    if (conn->proto->sink.effect != NULL)
        conn->proto->sink.effect(conn->proto->sink.user, effect);
}

void mg_conn_note(MgConn *conn, MgNote *note)
{
    note->session = conn->session.number;
    if (conn->proto->sink.note != NULL)
        conn->proto->sink.note(conn->proto->sink.user, note);
}

/* ---- Helpers over offers ---- */

static MgActor actor_of(const MgConn *conn, MgSide side)
{
    return side == conn->session.client_side ? MG_ACTOR_CLIENT : MG_ACTOR_SERVER;
}

/* The offer without its first `skip` octets. */
static MgBytes rest_of(const MgBytes *bytes, gsize skip)
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

static MgStamp stamp_of(const MgConn *conn, const MgBytes *bytes)
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

/* ---- The session opens ---- */

static void session_open(MgConn *conn, MgProtocol protocol, MgSide client, gboolean by_greeting)
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
    conn->mode = MODE_SESSION;
    conn->parser = mg_proto_parser(protocol);
    if (conn->proto->sink.session_open != NULL)
        conn->proto->sink.session_open(conn->proto->sink.user, &conn->session);
    conn->self = conn->parser->begin(conn);
}

/* The port that makes this a mail connection, and so which side is the client.  Without a SYN
 * it may be either end's; where it is both, `ret_sure` is FALSE. */
static MgPort port_of(const MgConn *conn, MgSide *ret_client, gboolean *ret_sure)
{
    const MgFlow *flow = conn->flow;
    MgPort of_second = mg_proto_port_row(conn->proto, flow->end[1].port);
    *ret_client = 0;
    *ret_sure = TRUE;
    if (flow->opener_known)
        return of_second;
    MgPort of_first = mg_proto_port_row(conn->proto, flow->end[0].port);
    if (of_first.protocol == MG_PROTOCOL_NONE)
        return of_second;
    if (of_second.protocol != MG_PROTOCOL_NONE) {
        *ret_sure = FALSE;
        return of_second;
    }
    *ret_client = 1;
    return of_first;
}

/* The first payload octet on a mail port.  A greeting that is another protocol's beyond doubt
 * overrules the port, unless the user has said what it is.  FALSE: more of the greeting is
 * needed to tell. */
static gboolean open_by_port(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgSide client;
    gboolean sure;
    MgPort port = port_of(conn, &client, &sure);
    if (port.protocol == MG_PROTOCOL_NONE)
        return TRUE;
    MgProtocol protocol = MG_PROTOCOL_NONE;
    gboolean may_overrule = !port.told && conn->flow->complete_start && side != client;
    gboolean whole = bytes->final || !(may_overrule || !sure);
    MgSays says = mg_detect(bytes->slice, whole, &protocol);
    if (says == MG_SAYS_PART && !whole)
        return FALSE;
    if (!sure && (says == MG_SAYS_SERVER || says == MG_SAYS_BANNER))
        client = 1 - side;
    else if (!sure && says == MG_SAYS_CLIENT)
        client = side;
    gboolean by_greeting = may_overrule && says == MG_SAYS_SERVER && protocol != port.protocol;
    session_open(conn, by_greeting ? protocol : port.protocol, client, by_greeting);
    return TRUE;
}

/* ---- Watching: is it mail? ---- */

static MgTake not_mail(MgConn *conn)
{
    conn->mode = MODE_NOT_MAIL;
    return (MgTake){.want = MG_DONE};
}

static gboolean may_be_client(const MgConn *conn, MgSide side)
{
    return !conn->flow->opener_known || side == 0;
}

static MgTake recognised(MgConn *conn, MgProtocol protocol, MgSide client)
{
    session_open(conn, protocol, client, TRUE);
    return (MgTake){.want = MG_MORE};
}

/* What this side's first bytes are, given what the other side has said. */
static MgSays listen(MgConn *conn, MgSide side, const MgBytes *bytes, MgProtocol *ret_protocol)
{
    gboolean whole = bytes->final || bytes->slice.len >= MG_LIMIT_GREETING;
    const Side *other = &conn->side[1 - side];
    if (other->says == MG_SAYS_BANNER && may_be_client(conn, side))
        return mg_detect_after_banner(bytes->slice, whole, ret_protocol);
    return mg_detect(bytes->slice, whole, ret_protocol);
}

static MgTake watch(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    Side *self = &conn->side[side], *other = &conn->side[1 - side];
    MgProtocol protocol = MG_PROTOCOL_NONE;
    MgSays says = listen(conn, side, bytes, &protocol);
    gboolean full = bytes->slice.len >= MG_LIMIT_GREETING;
    self->says = says;
    self->says_protocol = protocol;
    gboolean server_speaks = says == MG_SAYS_SERVER || says == MG_SAYS_BANNER;
    if (server_speaks && !may_be_client(conn, 1 - side))
        return not_mail(conn);
    switch (says) {
    case MG_SAYS_PART:
        return (MgTake){.want = MG_MORE};
    case MG_SAYS_SERVER:
        /* Other languages answer "+OK" to their clients as well: then the client has spoken
         * first, and not as a POP3 client does. */
        if (protocol == MG_PROTOCOL_POP3 && other->says == MG_SAYS_OTHER)
            return not_mail(conn);
        return recognised(conn, protocol, 1 - side);
    case MG_SAYS_CLIENT:
        return may_be_client(conn, side) ? recognised(conn, protocol, side) : not_mail(conn);
    case MG_SAYS_BANNER:
        if (other->says == MG_SAYS_CLIENT || other->says == MG_SAYS_MAYBE || !bytes->final)
            return full ? not_mail(conn) : (MgTake){.want = MG_OTHER};
        return not_mail(conn);
    case MG_SAYS_MAYBE:
        if (other->says == MG_SAYS_BANNER && bytes->final)
            return recognised(conn, MG_PROTOCOL_SMTP, side);
        return bytes->final || full ? not_mail(conn) : (MgTake){.want = MG_OTHER};
    case MG_SAYS_OTHER:
    default:
        /* A client may say anything before the server's greeting; a server that does not greet
         * as a mail server is none. */
        if (bytes->final || full || other->begun || !may_be_client(conn, side))
            return not_mail(conn);
        return (MgTake){.want = MG_OTHER};
    }
}

/* A talk with a proxy that stands before the session.  TRUE: *ret_take is the answer. */
static gboolean tunnel(MgConn *conn, MgSide side, const MgBytes *bytes, MgTake *ret_take)
{
    gboolean from_client = side == 0;
    if (mg_tunnel_open(&conn->tunnel) ||
        (!mg_tunnel_talks(&conn->tunnel) && (!from_client || conn->side[1].begun)))
        return FALSE;
    gsize octets;
    switch (mg_tunnel_feed(&conn->tunnel, from_client, bytes->slice, &octets)) {
    case MG_DONE:
        if (mg_tunnel_open(&conn->tunnel))
            conn->side[0].begun = conn->side[1].begun = FALSE;
        *ret_take = (MgTake){.taken = octets, .want = MG_MORE};
        return TRUE;
    case MG_MORE:
        *ret_take = (MgTake){.want = MG_MORE};
        return TRUE;
    case MG_OTHER:
    case MG_MALFORMED:
    default:
        if (!mg_tunnel_talks(&conn->tunnel))
            return FALSE;
        *ret_take = not_mail(conn);
        return TRUE;
    }
}

/* ---- Unreadable stretches ---- */

void mg_conn_expect_tls(MgConn *conn)
{
    conn->expecting = "tls.begins";
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
        conn->expecting = key;
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
    go_dark(conn, key, stamp_of(conn, bytes));
}

static void note_clear_text(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    MgStamp at = stamp_of(conn, bytes);
    MgNote note = {.kind = MG_NOTE_ODD,
                   .key = "injection",
                   .at = at,
                   .frames = {at.frame, at.frame},
                   .octets = bytes->slice.len};
    mg_conn_note(conn, &note);
}

/* Whether what is offered is unreadable.  MG_DONE: the side is dark now; MG_MORE: more bytes
 * are needed to tell; MG_MALFORMED: it is text for the parser. */
static MgStatus look(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    Side *self = &conn->side[side];
    gboolean first = !self->begun;
    gboolean of_client = actor_of(conn, side) == MG_ACTOR_CLIENT;
    if (!first && conn->expecting == NULL && !self->may_be_dark)
        return MG_MALFORMED;
    gboolean layer = conn->expecting != NULL && strcmp(conn->expecting, "tls.begins") != 0;
    MgStatus tls = layer ? MG_MALFORMED : mg_detect_tls(bytes->slice);
    if (tls == MG_MORE && !bytes->final)
        return MG_MORE;
    gboolean text = mg_detect_text(bytes->slice);
    if (tls == MG_DONE ||
        (!text && (self->may_be_dark || (conn->expecting != NULL && (of_client || layer))))) {
        side_goes_dark(conn, side, bytes,
                       conn->expecting != NULL ? conn->expecting : "tls.from-start");
        if (layer)
            conn->side[1 - side].dark = TRUE;
        return MG_DONE;
    }
    if (conn->expecting != NULL && of_client) {
        if (!layer)
            note_clear_text(conn, side, bytes);
        conn->expecting = NULL;
    }
    return MG_MALFORMED;
}

static void take_dark(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    mg_dark_feed(&conn->side[side].count, bytes->slice);
    mg_bytes_frames(bytes, bytes->offset, bytes->offset + bytes->slice.len, &conn->dark_frames);
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
    exchange->at = stamp_of(conn, bytes);
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

/* One round: either something changed and the rest is to be looked at again (MG_DONE), or the
 * answer is MG_MORE or MG_OTHER. */
static MgTake session_bytes(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    Side *self = &conn->side[side];
    if (self->dark) {
        take_dark(conn, side, bytes);
        return (MgTake){.taken = bytes->slice.len, .want = MG_MORE};
    }
    if (!conn->proxy_checked && !self->begun && actor_of(conn, side) == MG_ACTOR_CLIENT) {
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
    switch (look(conn, side, bytes)) {
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
    MgTake take = conn->parser->feed(conn->self, actor_of(conn, side), bytes);
    /* The parser may have found out that what follows in this very offer is encrypted. */
    if ((self->dark || conn->expecting != expected) && take.taken < bytes->slice.len)
        take.want = MG_DONE;
    return take;
}

/* A PROXY header before anything was recognised: step over it to see what follows, and leave
 * it where it is for the session. */
static MgBytes behind_proxy(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    gsize octets;
    g_autofree char *source = NULL;
    if (conn->side[side].begun || !may_be_client(conn, side) ||
        mg_preamble_proxy(bytes->slice, &octets, &source) != MG_DONE)
        octets = 0;
    return rest_of(bytes, octets);
}

MgTake mg_conn_bytes(MgConn *conn, MgSide side, const MgBytes *bytes)
{
    if (conn->mode == MODE_NOT_MAIL)
        return (MgTake){.want = MG_DONE};
    gsize taken = 0;
    if (conn->mode == MODE_WATCH && bytes->slice.len > 0 && !open_by_port(conn, side, bytes))
        return (MgTake){.want = MG_MORE};
    while (conn->mode == MODE_WATCH) {
        MgBytes rest = rest_of(bytes, taken);
        MgTake take;
        if (!tunnel(conn, side, &rest, &take)) {
            MgBytes first = behind_proxy(conn, side, &rest);
            take = watch(conn, side, &first);
            if (conn->mode == MODE_WATCH)
                conn->side[side].begun = conn->side[side].says != MG_SAYS_PART;
        }
        taken += take.taken;
        if (conn->mode != MODE_SESSION && (take.taken == 0 || taken == bytes->slice.len)) {
            take.taken = taken;
            return take;
        }
    }
    for (;;) {
        MgBytes rest = rest_of(bytes, taken);
        MgTake take = session_bytes(conn, side, &rest);
        taken += take.taken;
        count_octets(conn);
        if (take.want != MG_DONE)
            return (MgTake){.taken = taken, .want = take.want};
    }
}

void mg_conn_gap(MgConn *conn, MgSide side, const MgGap *gap)
{
    if (conn->mode == MODE_WATCH) {
        MgSide client;
        gboolean sure;
        MgPort port = port_of(conn, &client, &sure);
        if (port.protocol == MG_PROTOCOL_NONE)
            return;
        session_open(conn, port.protocol, client, FALSE);
    }
    if (conn->mode != MODE_SESSION)
        return;
    count_octets(conn);
    MgNote note = {.kind = MG_NOTE_GAP,
                   .key = "gap",
                   .at = gap->at,
                   .frames = {gap->frames[0], gap->frames[1]},
                   .octets = gap->octets};
    mg_conn_note(conn, &note);
    Side *self = &conn->side[side];
    if (self->dark)
        mg_dark_gap(&self->count, gap->octets);
    else
        conn->parser->gap(conn->self, actor_of(conn, side), gap);
    if (actor_of(conn, side) == MG_ACTOR_CLIENT)
        conn->proxy_checked = TRUE;
}

void mg_conn_repeat(MgConn *conn, MgSide side, const MgRepeat *repeat)
{
    if (conn->mode != MODE_SESSION)
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
    MgPort port = port_of(conn, &client, &sure);
    const MgFlow *flow = conn->flow;
    if (port.protocol == MG_PROTOCOL_NONE || !flow->opener_known)
        return;
    session_open(conn, port.protocol, client, FALSE);
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
    gboolean spoke = conn->mode == MODE_SESSION;
    if (conn->mode == MODE_WATCH && conn->flow->octets[0] + conn->flow->octets[1] == 0)
        open_silent(conn, end);
    if (conn->mode == MODE_SESSION) {
        MgSession *session = &conn->session;
        count_octets(conn);
        if (spoke)
            conn->parser->close(conn->self, end);
        session->end = end->at;
        session->how_ended = end->how;
        if (end->how == MG_ENDED_CLOSED || end->how == MG_ENDED_RESET)
            session->ended_by = actor_of(conn, end->by);
        closing_notes(conn, end);
        if (conn->proto->sink.session_close != NULL)
            conn->proto->sink.session_close(conn->proto->sink.user, session);
        conn->parser->free(conn->self);
        g_free(session->client_name);
        g_free(session->server_name);
        g_free(session->account);
    }
    g_free(conn);
}
