/* The POP3 parser: bytes of both sides, holes, and the end. */
#include "proto/pop3.h"

#include <string.h>

static gpointer pop3_begin(MgConn *conn)
{
    Pop3 *self = g_new0(Pop3, 1);
    self->conn = conn;
    self->whole = mg_conn_session(conn)->complete_start;
    self->state = self->whole ? POP3_AUTHORIZATION : POP3_UNSURE;
    self->sizes = g_hash_table_new(NULL, NULL);
    self->marks = g_hash_table_new(NULL, NULL);
    g_queue_init(&self->queue);
    return self;
}

static void pop3_free(gpointer data)
{
    Pop3 *self = data;
    g_queue_clear_full(&self->queue, (GDestroyNotify)pop3_pending_free);
    pop3_pending_free(self->empty_line);
    mg_sasl_free(self->sasl);
    g_free(self->user);
    g_hash_table_unref(self->sizes);
    g_hash_table_unref(self->marks);
    g_free(self);
}

/* A line over the limit is read as far as the limit goes; its rest is nobody's line. */
static gboolean is_rest_of_long_line(Pop3 *self, MgActor from, const MgLine *line,
                                     const MgBytes *bytes)
{
    gboolean rest = self->skipping[from];
    self->skipping[from] = line->unended && line->whole >= MG_LIMIT_LINE;
    if (self->skipping[from] && !rest)
        pop3_note(self, MG_NOTE_LIMIT, "limit-line", line, bytes);
    return rest;
}

/* ---- The client's bytes ---- */

/* What the client's next octets are hangs on the answer to its last line. */
static gboolean must_see_server(Pop3 *self)
{
    const Pop3Pending *tail = g_queue_peek_tail(&self->queue);
    return tail != NULL && tail->at == POP3_AT_STATUS && !tail->torn &&
           tail->exchange->content == NULL &&
           (tail->row->answer == POP3_SASL || tail->row->answer == POP3_XMIT ||
            tail->row->does == POP3_DO_STLS);
}

/* The client goes on: what it has waited for has come, whether we saw its end or not. */
static void client_goes_on(Pop3 *self, MgStamp at)
{
    Pop3Pending *head;
    while ((head = g_queue_peek_head(&self->queue)) != NULL) {
        if (head->at == POP3_AT_TEXT && head->unstuff.maybe_ended)
            pop3_text_ends(self, TRUE, head->reply != NULL ? head->reply->at : at);
        else if (head->at == POP3_AT_EITHER)
            pop3_give_up(self, head->reply->at);
        else if (head->at == POP3_AT_STATUS && head->torn) {
            self->sasl_lost = head->row->answer == POP3_SASL;
            pop3_give_up(self, at);
        } else
            return;
    }
}

static void keep_queue_short(Pop3 *self, MgStamp at)
{
    if (self->queue.length < MG_LIMIT_UNANSWERED)
        return;
    MgNote note = {
        .kind = MG_NOTE_LIMIT, .key = "limit-unanswered", .at = at, .count = self->queue.length};
    mg_conn_note(self->conn, &note);
    pop3_give_up(self, at);
}

static MgTake feed_client(Pop3 *self, const MgBytes *bytes)
{
    gsize at = 0;
    self->client_spoke = self->client_spoke || bytes->slice.len > 0;
    while (at < bytes->slice.len) {
        const Pop3Pending *head = g_queue_peek_head(&self->queue);
        if (head != NULL && head->at == POP3_AT_XMIT) {
            at += pop3_client_text(self, bytes, at);
            continue;
        }
        if (must_see_server(self)) {
            if (!bytes->final)
                return (MgTake){.taken = at, .want = MG_OTHER};
            const Pop3Pending *tail = g_queue_peek_tail(&self->queue);
            /* The go-ahead for TLS was not captured, but what follows is a TLS record. */
            if (tail->row->does == POP3_DO_STLS && bytes->slice.data[at] == 0x16) {
                mg_conn_expect_tls(self->conn);
                return (MgTake){.taken = at, .want = MG_MORE};
            }
        }
        MgLine line;
        if (mg_line_next(bytes, at, &line) != MG_DONE)
            break;
        if (!is_rest_of_long_line(self, MG_ACTOR_CLIENT, &line, bytes)) {
            client_goes_on(self, mg_line_begun(&line, bytes));
            keep_queue_short(self, mg_line_begun(&line, bytes));
            pop3_client_line(self, &line, bytes);
            self->cut_before_gap = line.unended;
        } else {
            mg_conn_secret_line(self->conn, line.text, line.offset);
        }
        at += line.whole;
    }
    return (MgTake){.taken = at, .want = MG_MORE};
}

/* ---- The server's bytes ---- */

static gboolean in_text(Pop3 *self)
{
    const Pop3Pending *head = g_queue_peek_head(&self->queue);
    return head != NULL && head->at == POP3_AT_TEXT;
}

static MgTake feed_server(Pop3 *self, const MgBytes *bytes)
{
    gsize at = 0;
    while (at < bytes->slice.len) {
        if (in_text(self)) {
            gsize used;
            if (pop3_server_text(self, bytes, at, &used) == MG_MORE)
                break;
            at += used;
            continue;
        }
        MgLine line;
        if (mg_line_next(bytes, at, &line) != MG_DONE)
            break;
        gboolean consumed = is_rest_of_long_line(self, MG_ACTOR_SERVER, &line, bytes);
        while (!consumed && !in_text(self))
            consumed = pop3_server_line(self, &line, bytes);
        if (consumed)
            at += line.whole;
        else
            self->skipping[MG_ACTOR_SERVER] = FALSE;
    }
    return (MgTake){.taken = at, .want = MG_MORE};
}

static MgTake pop3_feed(gpointer self, MgActor from, const MgBytes *bytes)
{
    return from == MG_ACTOR_CLIENT ? feed_client(self, bytes) : feed_server(self, bytes);
}

/* ---- Holes ---- */

static void gap_in_commands(Pop3 *self, const MgGap *gap)
{
    Pop3Pending *head = g_queue_peek_head(&self->queue);
    self->client_torn = TRUE;
    if (head == NULL || head->at != POP3_AT_XMIT)
        client_goes_on(self, gap->at);
    head = g_queue_peek_head(&self->queue);
    Pop3Pending *tail = g_queue_peek_tail(&self->queue);
    if (head != NULL)
        head->overtaken = TRUE;
    if (head != NULL && head->at == POP3_AT_XMIT) {
        mg_content_reader_gap(head->reader, gap->octets);
        mg_unstuff_gap(&head->unstuff);
        return;
    }
    /* "RETR 1" before a hole may have been "RETR 12". */
    if (tail != NULL && tail->unended) {
        tail->number = 0;
        g_hash_table_remove(tail->exchange->args, "number");
    }
    self->fragment[MG_ACTOR_CLIENT] = TRUE;
    if (self->state == POP3_AUTHORIZATION)
        self->state = POP3_UNSURE;
}

static void gap_in_replies(Pop3 *self, const MgGap *gap)
{
    /* The client has gone on behind a listing whose dot we have not seen: the hole is in what
     * came after it. */
    Pop3Pending *next;
    while ((next = g_queue_peek_nth(&self->queue, 1)) != NULL && next->after_head) {
        Pop3Pending *listing = g_queue_peek_head(&self->queue);
        if (listing->at != POP3_AT_LISTING)
            break;
        listing->torn = TRUE;
        pop3_finish(self, MG_OUTCOME_OK, listing->reply->at, (MgSlice){NULL, 0});
    }
    /* So it is when what it has sent since is in a hole too. */
    Pop3Pending *waiting = g_queue_peek_head(&self->queue);
    if (waiting != NULL && waiting->at == POP3_AT_STATUS && waiting->overtaken)
        pop3_give_up(self, gap->at);
    for (GList *item = self->queue.head; item != NULL; item = item->next) {
        Pop3Pending *pending = item->data;
        pending->torn = TRUE;
        if (pending->at == POP3_AT_STATUS)
            pending->hole += gap->octets;
    }
    self->fragment[MG_ACTOR_SERVER] = TRUE;
    MgEffect effect = {.kind = MG_EFFECT_HOLE,
                       .at = gap->at,
                       .outcome = MG_OUTCOME_INFO,
                       .by = MG_ACTOR_SERVER,
                       .octets = gap->octets};
    mg_conn_effect(self->conn, &effect);
    Pop3Pending *head = g_queue_peek_head(&self->queue);
    if (head != NULL && head->at == POP3_AT_TEXT) {
        mg_content_reader_gap(head->reader, gap->octets);
        mg_unstuff_gap(&head->unstuff);
        head->line_begins = TRUE; /* maybe; a status line would show it */
        self->fragment[MG_ACTOR_SERVER] = FALSE;
    }
}

static void pop3_gap(gpointer data, MgActor from, const MgGap *gap)
{
    Pop3 *self = data;
    self->whole = FALSE;
    self->skipping[from] = FALSE;
    if (from == MG_ACTOR_CLIENT)
        gap_in_commands(self, gap);
    else
        gap_in_replies(self, gap);
}

/* ---- The end ---- */

static void pop3_encrypted(gpointer data)
{
    Pop3 *self = data;
    self->encrypted = TRUE;
}

static void pop3_close(gpointer data, const MgFlowEnd *end)
{
    Pop3 *self = data;
    while (!g_queue_is_empty(&self->queue))
        pop3_give_up(self, end->at);
    /* A capture that ends does not end the session. */
    if (self->state == POP3_TRANSACTION && !self->encrypted && end->how != MG_ENDED_CAPTURE_END)
        pop3_drop(self, end);
}

const MgParser mg_pop3_parser = {
    .protocol = MG_PROTOCOL_POP3,
    .begin = pop3_begin,
    .feed = pop3_feed,
    .gap = pop3_gap,
    .encrypted = pop3_encrypted,
    .close = pop3_close,
    .free = pop3_free,
    .rows = pop3_rows,
};
