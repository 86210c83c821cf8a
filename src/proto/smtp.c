/* SMTP and LMTP: the offers of both directions, holes, and the end. */
#include "proto/smtp.h"

#include <string.h>

MgActor mg_smtp_client(const MgSmtp *smtp)
{
    return smtp->swapped ? MG_ACTOR_SERVER : MG_ACTOR_CLIENT;
}

MgActor mg_smtp_server(const MgSmtp *smtp)
{
    return smtp->swapped ? MG_ACTOR_CLIENT : MG_ACTOR_SERVER;
}

void mg_smtp_note(MgSmtp *smtp, MgNoteKind kind, const char *key, MgStamp at, const char *detail)
{
    MgNote note = {
        .kind = kind, .key = key, .at = at, .frames = {at.frame, at.frame}, .detail = detail};
    mg_conn_note(smtp->conn, &note);
}

void mg_smtp_note_bare_lf(MgSmtp *smtp, MgActor by, MgStamp at)
{
    gboolean *noted = &smtp->bare_lf_noted[by == MG_ACTOR_SERVER];
    if (*noted)
        return;
    *noted = TRUE;
    mg_smtp_note(smtp, MG_NOTE_ODD, "bare-lf", at, mg_actor_word(by));
}

/* More commands without a reply than anyone sends: the oldest never get one. */
static void limit_asked(MgSmtp *smtp, MgStamp at)
{
    while (smtp->asked.length > 0 &&
           (smtp->asked.length >= MG_LIMIT_UNANSWERED || smtp->weight > MG_LIMIT_WAITING)) {
        if (!smtp->limit_noted)
            mg_smtp_note(smtp, MG_NOTE_LIMIT, "limit-unanswered", at, NULL);
        smtp->limit_noted = TRUE;
        mg_smtp_give_up(smtp, g_queue_pop_head(&smtp->asked), at);
    }
}

MgSmtpAsked *mg_smtp_ask(MgSmtp *smtp, MgSmtpWhat what, MgExchange *exchange)
{
    limit_asked(smtp, exchange != NULL && exchange->line != NULL ? exchange->at : smtp->last_at);
    MgSmtpAsked *asked = g_new0(MgSmtpAsked, 1);
    asked->what = what;
    asked->exchange = exchange;
    asked->weight = exchange != NULL && exchange->line != NULL ? exchange->line->text->len : 0;
    smtp->weight += asked->weight;
    g_queue_push_tail(&smtp->asked, asked);
    return asked;
}

void mg_smtp_asked_free(MgSmtp *smtp, MgSmtpAsked *asked)
{
    if (smtp->text == asked)
        smtp->text = NULL;
    smtp->weight -= asked->weight;
    mg_exchange_free(asked->exchange);
    mg_smtp_mail_unref(asked->mail);
    if (asked->outcomes != NULL)
        g_byte_array_unref(asked->outcomes);
    g_free(asked->path);
    g_free(asked);
}

/* ---- The client's bytes ---- */

/* The server will not tell: what follows must show it (a capture of one direction, a hole).
 * FALSE: the line that shows it is not complete yet. */
static gboolean guess(MgSmtp *smtp, const MgBytes *bytes, gsize at)
{
    MgLine line;
    gboolean text = g_ascii_isprint((gchar)bytes->slice.data[at]);
    if (text && mg_line_next(bytes, at, &line) != MG_DONE)
        return FALSE;
    gboolean command = text && mg_smtp_is_command(line.text);
    MgSmtpAsked *tail = g_queue_peek_tail(&smtp->asked);
    smtp->reading = READ_LINE;
    switch (smtp->waiting_for) {
    case MG_SMTP_DATA:
        if (!command)
            mg_smtp_text_begin(smtp, tail != NULL && tail->what == MG_SMTP_DATA ? tail : NULL);
        break;
    case MG_SMTP_AUTH:
    case MG_SMTP_SASL:
        if (!command)
            smtp->reading = READ_SASL;
        break;
    case MG_SMTP_XEXCH50:
        if (!command && smtp->wait_octets > 0) {
            smtp->reading = READ_CHUNK;
            smtp->text = NULL;
            smtp->chunk_left = smtp->wait_octets;
        }
        break;
    case MG_SMTP_STARTTLS:
        if (command)
            break;
        /* The steps before the dark come before it. */
        while (smtp->asked.length > 0)
            mg_smtp_give_up(smtp, g_queue_pop_head(&smtp->asked), smtp->last_at);
        mg_conn_expect_tls(smtp->conn);
        smtp->veiled = TRUE;
        break;
    default:
        break;
    }
    return TRUE;
}

/* A line over the limit was cut into pieces: only its first is a line. */
static gboolean is_piece(MgSmtp *smtp, gboolean *inside, const MgLine *line, const MgBytes *bytes)
{
    gboolean piece = *inside;
    *inside = line->unended && !bytes->final;
    if (*inside && !piece)
        mg_smtp_note(smtp, MG_NOTE_LIMIT, "limit-line", mg_line_ended(line, bytes), NULL);
    return piece;
}

static MgTake client_bytes(MgSmtp *smtp, const MgBytes *bytes)
{
    gsize at = 0;
    smtp->veiled = FALSE;
    if (!smtp->client_seen && smtp->spoken_at == 0)
        smtp->spoken_at = smtp->session->server_octets;
    smtp->client_seen = TRUE;
    while (at < bytes->slice.len) {
        MgBytes rest = *bytes;
        MgLine line;
        rest.slice.data += at;
        rest.slice.len -= at;
        rest.offset += at;
        switch (smtp->reading) {
        case READ_WAIT:
            if (!bytes->final && !smtp->wait_lost)
                return (MgTake){.taken = at, .want = MG_OTHER};
            if (!guess(smtp, bytes, at))
                return (MgTake){.taken = at, .want = MG_MORE};
            /* The session looks at what follows before it is read as a line. */
            if (smtp->veiled)
                return (MgTake){.taken = at, .want = MG_MORE};
            break;
        case READ_LINE:
        case READ_SASL:
            if (mg_line_next(bytes, at, &line) != MG_DONE)
                return (MgTake){.taken = at, .want = MG_MORE};
            at += line.whole;
            if (is_piece(smtp, &smtp->client_long, &line, bytes))
                break;
            if (smtp->reading == READ_SASL && !(smtp->client_hole && mg_smtp_is_command(line.text)))
                mg_smtp_sasl_line(smtp, &line, bytes);
            else {
                smtp->reading = READ_LINE;
                mg_smtp_command(smtp, &line, bytes);
            }
            break;
        case READ_TEXT:
            at += mg_smtp_text(smtp, &rest);
            break;
        case READ_CHUNK:
        default:
            at += mg_smtp_chunk(smtp, &rest);
            break;
        }
    }
    gboolean waits = smtp->reading == READ_WAIT && !smtp->wait_lost;
    return (MgTake){.taken = at, .want = waits ? MG_OTHER : MG_MORE};
}

static MgTake server_bytes(MgSmtp *smtp, const MgBytes *bytes)
{
    gsize at = 0;
    MgLine line;
    gboolean was_swapped = smtp->swapped;
    smtp->veiled = FALSE;
    while (smtp->swapped == was_swapped && !smtp->veiled &&
           mg_line_next(bytes, at, &line) == MG_DONE) {
        gboolean client_waited = smtp->reading == READ_WAIT;
        at += line.whole;
        if (!is_piece(smtp, &smtp->server_long, &line, bytes))
            mg_smtp_reply_line(smtp, &line, bytes);
        /* What the client has sent behind it comes before the replies to that. */
        if (client_waited && smtp->reading != READ_WAIT && at < bytes->slice.len && !bytes->final)
            return (MgTake){.taken = at, .want = MG_OTHER};
    }
    return (MgTake){.taken = at, .want = MG_MORE};
}

static MgTake feed(gpointer self, MgActor from, const MgBytes *bytes)
{
    MgSmtp *smtp = self;
    if (bytes->n_places > 0)
        smtp->last_at = bytes->places[bytes->n_places - 1].at;
    if (from == mg_smtp_client(smtp))
        return client_bytes(smtp, bytes);
    MgTake take = server_bytes(smtp, bytes);
    /* With a reply that swaps the parts, what follows it is a client's. */
    if (from == mg_smtp_client(smtp) && take.taken < bytes->slice.len) {
        MgBytes rest = *bytes;
        rest.slice.data += take.taken;
        rest.slice.len -= take.taken;
        rest.offset += take.taken;
        gsize before = take.taken;
        take = client_bytes(smtp, &rest);
        take.taken += before;
    }
    return take;
}

/* ---- Holes ---- */

static void client_gap(MgSmtp *smtp, const MgGap *gap)
{
    if (!smtp->client_seen && smtp->spoken_at == 0)
        smtp->spoken_at = smtp->session->server_octets;
    if (smtp->reading == READ_TEXT) {
        mg_smtp_text_gap(smtp, gap);
        return;
    }
    if (smtp->reading == READ_CHUNK) {
        mg_smtp_chunk_gap(smtp, gap);
        return;
    }
    smtp->client_hole = smtp->client_lost = TRUE;
    if (smtp->partial != NULL && smtp->asked.length <= 1)
        smtp->partial_stale = TRUE;
    /* What the wait was for may be in the hole. */
    if (smtp->reading == READ_WAIT)
        smtp->wait_lost = TRUE;
}

static void server_gap(MgSmtp *smtp)
{
    for (GList *link = smtp->asked.head; link != NULL; link = link->next)
        ((MgSmtpAsked *)link->data)->doubt = TRUE;
    smtp->server_hole = TRUE;
    smtp->server_long = FALSE;
    if (smtp->reading == READ_WAIT)
        smtp->wait_lost = TRUE;
}

static void gap(gpointer self, MgActor from, const MgGap *hole)
{
    MgSmtp *smtp = self;
    smtp->last_at = hole->at;
    if (from == mg_smtp_client(smtp))
        client_gap(smtp, hole);
    else
        server_gap(smtp);
}

/* ---- Promises that the client may not have heard ---- */

void mg_smtp_promise(MgSmtp *smtp, const MgSmtpMail *mail)
{
    MgSmtpPromise promise = {mail->number, smtp->reply_end, mg_smtp_server(smtp)};
    if (!smtp->encrypted && smtp->promised->len < MG_LIMIT_UNANSWERED)
        g_array_append_val(smtp->promised, promise);
}

static gboolean was_heard(const MgSmtp *smtp, const MgSmtpPromise *promise)
{
    return promise->end <= smtp->acked[promise->by];
}

static void acked(gpointer self, MgActor from, guint64 offset)
{
    MgSmtp *smtp = self;
    smtp->acked[from] = offset;
    smtp->acks[from] = smtp->acks[from] || offset > 0;
    guint heard = 0;
    while (heard < smtp->promised->len &&
           was_heard(smtp, &g_array_index(smtp->promised, MgSmtpPromise, heard)))
        heard++;
    if (heard > 0)
        g_array_remove_range(smtp->promised, 0, heard);
}

/* The connection broke, or the client hung up, before it had acknowledged the reply to its text:
 * it may not have read it, and sends again (RFC 1047). */
static gboolean may_be_unheard(const MgSmtp *smtp, const MgFlowEnd *end)
{
    if (smtp->encrypted || smtp->promised->len == 0)
        return FALSE;
    const MgSmtpPromise *last =
        &g_array_index(smtp->promised, MgSmtpPromise, smtp->promised->len - 1);
    /* Of the client's side nothing was captured: then its silence says nothing. */
    if (was_heard(smtp, last) || !smtp->acks[last->by])
        return FALSE;
    return end->how == MG_ENDED_RESET || end->how == MG_ENDED_IDLE;
}

static void tell_unheard(MgSmtp *smtp, guint64 exchange, MgStamp at)
{
    for (guint i = 0; i < smtp->promised->len; i++) {
        const MgSmtpPromise *promise = &g_array_index(smtp->promised, MgSmtpPromise, i);
        gboolean again = i > 0 && promise[-1].transaction == promise->transaction;
        if (was_heard(smtp, promise) || again)
            continue;
        MgEffect effect = {.kind = MG_EFFECT_UNREAD,
                           .exchange = exchange,
                           .at = at,
                           .outcome = MG_OUTCOME_INFO,
                           .by = mg_smtp_client(smtp),
                           .transaction = promise->transaction};
        mg_conn_effect(smtp->conn, &effect);
    }
}

/* ---- Begin and end ---- */

static void encrypted(gpointer self)
{
    MgSmtp *smtp = self;
    smtp->encrypted = TRUE;
}

static gpointer begin(MgConn *conn)
{
    MgSmtp *smtp = g_new0(MgSmtp, 1);
    smtp->conn = conn;
    smtp->session = mg_conn_session(conn);
    smtp->lmtp_port = smtp->is_lmtp = smtp->session->protocol == MG_PROTOCOL_LMTP;
    g_queue_init(&smtp->asked);
    smtp->promised = g_array_new(FALSE, FALSE, sizeof(MgSmtpPromise));
    if (smtp->session->complete_start)
        mg_smtp_ask(smtp, MG_SMTP_GREETING, NULL);
    return smtp;
}

/* The connection was cut off: neither side had said goodbye.  That the capture ends is no end
 * of the connection; and where the client's last words are in a hole, or all of its words,
 * QUIT may have been among them. */
static gboolean was_dropped(const MgSmtp *smtp, const MgFlowEnd *end)
{
    if (smtp->quit_seen || smtp->closing || smtp->encrypted)
        return FALSE;
    switch (end->how) {
    case MG_ENDED_CLOSED:
        return smtp->client_seen && !smtp->client_hole;
    case MG_ENDED_RESET:
    case MG_ENDED_REPLACED:
        return TRUE;
    case MG_ENDED_IDLE:
        return smtp->session->complete_start;
    case MG_ENDED_CAPTURE_END:
    case MG_ENDED_OPEN:
    default:
        return FALSE;
    }
}

static void close_parser(gpointer self, const MgFlowEnd *end)
{
    MgSmtp *smtp = self;
    mg_smtp_reply_finish(smtp);
    gboolean in_text = smtp->reading == READ_TEXT && smtp->text != NULL;
    gboolean in_doubt = FALSE;
    if (in_text)
        mg_smtp_text_end(smtp, FALSE, end->at);
    while (smtp->asked.length > 0) {
        MgSmtpAsked *asked = g_queue_pop_head(&smtp->asked);
        in_doubt = in_doubt || (asked->passed && !asked->too_late &&
                                (asked->what == MG_SMTP_CONTENT || asked->last));
        mg_smtp_give_up(smtp, asked, end->at);
    }
    gboolean unheard = may_be_unheard(smtp, end);
    if (!was_dropped(smtp, end) && !unheard) {
        mg_smtp_mail_abandon(smtp, smtp->open, 0, end->at, MG_OUTCOME_UNANSWERED);
        return;
    }
    MgExchange *exchange = mg_conn_begin(smtp->conn, MG_STEP_CONNECTION, "smtp.drop");
    exchange->at = end->at;
    mg_frames_add(&exchange->frames, end->at.frame);
    exchange->variant = in_doubt                        ? "in-doubt"
                        : in_text || smtp->open != NULL ? "open"
                        : unheard                       ? "unread"
                                                        : NULL;
    if (unheard)
        tell_unheard(smtp, exchange->id, end->at);
    mg_smtp_mail_abandon(smtp, smtp->open, exchange->id, end->at, MG_OUTCOME_UNANSWERED);
    mg_conn_complete(smtp->conn, exchange);
}

static void free_parser(gpointer self)
{
    MgSmtp *smtp = self;
    while (smtp->asked.length > 0)
        mg_smtp_asked_free(smtp, g_queue_pop_head(&smtp->asked));
    mg_smtp_mail_unref(smtp->mail);
    mg_smtp_mail_unref(smtp->open);
    if (smtp->reader != NULL)
        mg_content_reader_free(smtp->reader);
    g_array_unref(smtp->promised);
    mg_sasl_free(smtp->sasl);
    mg_reply_free(smtp->partial);
    if (smtp->partial_details != NULL)
        g_ptr_array_unref(smtp->partial_details);
    g_free(smtp);
}

const MgParser mg_smtp_parser = {
    .protocol = MG_PROTOCOL_SMTP,
    .begin = begin,
    .feed = feed,
    .gap = gap,
    .acked = acked,
    .encrypted = encrypted,
    .close = close_parser,
    .free = free_parser,
    .rows = mg_smtp_rows,
};
