/* A server's lines and texts are given to the command they answer. */
#include "proto/pop3.h"

#include <string.h>

#include "proto/fields.h"

gboolean pop3_is_status(MgSlice line)
{
    return mg_slice_begins(line, "+OK") || mg_slice_begins(line, "-ERR");
}

/* "+", or "+ " and base64 (RFC 5034 section 4). */
static gboolean is_challenge(MgSlice line)
{
    return line.len > 0 && line.data[0] == '+' && (line.len == 1 || line.data[1] == ' ');
}

static gboolean is_dot(MgSlice line)
{
    return line.len == 1 && line.data[0] == '.';
}

void pop3_note(Pop3 *self, MgNoteKind kind, const char *key, const MgLine *line,
               const MgBytes *bytes)
{
    MgStamp at = mg_line_ended(line, bytes);
    MgNote note = {.kind = kind,
                   .key = key,
                   .at = at,
                   .frames = {mg_line_begun(line, bytes).frame, at.frame},
                   .octets = line->whole};
    mg_conn_note(self->conn, &note);
}

/* ---- Parts of a reply ---- */

static void reply_line(MgReply *reply, const MgLine *line, const MgBytes *bytes)
{
    if (reply->lines->len < MG_LIMIT_REPLY_LINES)
        g_ptr_array_add(reply->lines, mg_line_text(line));
    else
        reply->more_lines++;
    mg_line_frames(line, bytes, &reply->frames);
    reply->at = mg_line_ended(line, bytes);
}

static MgReply *reply_add(Pop3Pending *pending, const char *code, MgOutcome outcome,
                          const MgLine *line, const MgBytes *bytes)
{
    MgReply *reply = mg_reply_new(code, outcome);
    if (pending->stray != NULL) {
        for (guint i = 0; i < pending->stray->len; i++)
            g_ptr_array_add(reply->lines, pending->stray->pdata[i]);
        g_ptr_array_set_free_func(pending->stray, NULL);
        g_clear_pointer(&pending->stray, g_ptr_array_unref);
    }
    reply_line(reply, line, bytes);
    g_ptr_array_add(pending->exchange->replies, reply);
    pending->reply = reply;
    return reply;
}

static void read_code(Pop3Pending *pending, MgReply *reply, MgSlice line)
{
    reply->enhanced = pop3_code(line);
    if (reply->enhanced != NULL)
        pop3_detail(pending->exchange,
                    (MgSlice){(const guint8 *)reply->enhanced, strlen(reply->enhanced)},
                    pop3_code_key(reply->enhanced), TRUE);
}

/* ---- Texts ---- */

static void text_begins(Pop3 *self, Pop3Pending *pending)
{
    pending->at = POP3_AT_TEXT;
    pending->reader = mg_content_reader_new(MG_READ_MESSAGE);
    mg_content_reader_hand_on(pending->reader, self->conn);
    pending->unstuff = (MgUnstuff){0};
    pending->line_begins = TRUE;
}

/* TOP: as many lines of the body came as were asked for, so there may be more of it. */
static gboolean is_top_only(const Pop3Pending *pending, const MgContent *content)
{
    guint64 head = 1; /* the empty line */
    for (gsize i = 0; i < content->head_len; i++)
        head += content->head[i] == '\n';
    return !content->complete || content->missing > 0 || !content->has_header ||
           content->head_len >= MG_LIMIT_HEADER || content->lines < head ||
           content->lines - head >= pending->asked;
}

void pop3_text_ends(Pop3 *self, gboolean complete, MgStamp at)
{
    Pop3Pending *pending = g_queue_peek_head(&self->queue);
    MgExchange *exchange = pending->exchange;
    MgContent *content = mg_content_reader_finish(g_steal_pointer(&pending->reader), complete);
    exchange->content = content;
    mg_exchange_arg(exchange, "octets", "%" G_GUINT64_FORMAT, content->octets);
    if (pending->row->does == POP3_DO_TOP) {
        pending->whole = !is_top_only(pending, content);
        /* What ends early for TOP's sake must not look like another, shorter message. */
        if (!pending->whole && (pending->announced == 0 || content->octets < pending->announced)) {
            g_clear_pointer(&content->fingerprint, g_free);
            g_clear_pointer(&content->body_digest, g_free);
        }
    } else {
        mg_exchange_arg(exchange, "lines", "%" G_GUINT64_FORMAT, content->lines);
    }
    if (pending->mangled) {
        g_clear_pointer(&content->fingerprint, g_free);
        g_clear_pointer(&content->body_digest, g_free);
    }
    if (!complete)
        exchange->variant = "broken-off";
    pop3_finish(self, complete ? MG_OUTCOME_OK : MG_OUTCOME_UNANSWERED, at, (MgSlice){NULL, 0});
}

/* Whether a status line at the beginning of a line of text would be the next reply, and not a
 * line of the message: only when there is reason to think that the end mark never came. */
static gboolean may_end_without_dot(Pop3 *self, const Pop3Pending *pending)
{
    const Pop3Pending *next = g_queue_peek_nth(&self->queue, 1);
    if (pending->unstuff.maybe_ended)
        return TRUE;
    if (pending->torn)
        return next != NULL || pending->overtaken || pending->row->does == POP3_DO_ANSWER;
    /* The client went on although, for us, the text had not ended. */
    return next != NULL && next->after_head &&
           mg_content_reader_octets(pending->reader) >= pending->announced;
}

MgStatus pop3_server_text(Pop3 *self, const MgBytes *bytes, gsize at, gsize *ret_used)
{
    Pop3Pending *pending = g_queue_peek_head(&self->queue);
    gsize len = bytes->slice.len - at, used = 0;
    *ret_used = 0;
    if (may_end_without_dot(self, pending)) {
        MgLine line;
        if (mg_line_next(bytes, at, &line) != MG_DONE)
            return MG_MORE;
        if ((pending->line_begins || pending->unstuff.maybe_ended) && pop3_is_status(line.text)) {
            gboolean complete = pending->unstuff.maybe_ended;
            if (!complete)
                pop3_note(self, MG_NOTE_ODD, "resynchronised", &line, bytes);
            pop3_text_ends(self, complete,
                           pending->reply != NULL ? pending->reply->at
                                                  : mg_line_begun(&line, bytes));
            return MG_DONE;
        }
        len = line.whole;
    }
    gboolean ended =
        mg_unstuff_feed(&pending->unstuff, bytes->slice.data + at, len, pending->reader, &used);
    MgStamp stamp = mg_bytes_place(bytes, bytes->offset + at + used - 1)->at;
    if (pending->reply != NULL) {
        mg_bytes_frames(bytes, bytes->offset + at, bytes->offset + at + used,
                        &pending->reply->frames);
        pending->reply->at = stamp;
    }
    pending->line_begins = bytes->slice.data[at + used - 1] == '\n';
    if (ended)
        pop3_text_ends(self, TRUE, stamp);
    *ret_used = used;
    return MG_DONE;
}

static void xmit_text_ends(Pop3 *self, gboolean complete, MgStamp at)
{
    Pop3Pending *pending = g_queue_peek_head(&self->queue);
    MgExchange *exchange = pending->exchange;
    exchange->content = mg_content_reader_finish(g_steal_pointer(&pending->reader), complete);
    mg_exchange_arg(exchange, "octets", "%" G_GUINT64_FORMAT, exchange->content->octets);
    mg_exchange_arg(exchange, "lines", "%" G_GUINT64_FORMAT, exchange->content->lines);
    pending->at = POP3_AT_STATUS;
    pending->reply->at = at;
}

gsize pop3_client_text(Pop3 *self, const MgBytes *bytes, gsize at)
{
    Pop3Pending *pending = g_queue_peek_head(&self->queue);
    gsize used = 0;
    gboolean ended = mg_unstuff_feed(&pending->unstuff, bytes->slice.data + at,
                                     bytes->slice.len - at, pending->reader, &used);
    mg_bytes_frames(bytes, bytes->offset + at, bytes->offset + at + used,
                    &pending->exchange->frames);
    if (ended)
        xmit_text_ends(self, TRUE, mg_bytes_place(bytes, bytes->offset + at + used - 1)->at);
    return used;
}

/* The answer goes on, be it that a hole swallowed its beginning. */
static void adopt(Pop3 *self, Pop3Pending *pending, gboolean text)
{
    if (pending->reply == NULL) {
        /* No code was seen; that lines follow means that it was an accepting one. */
        pending->reply = mg_reply_new("", MG_OUTCOME_OK);
        g_ptr_array_add(pending->exchange->replies, pending->reply);
    }
    if (!text) {
        pending->at = POP3_AT_LISTING;
        return;
    }
    text_begins(self, pending);
    if (pending->torn || pending->late) {
        /* How much of it lies before the capture nobody knows; it is not nothing. */
        mg_content_reader_gap(pending->reader, MAX(pending->hole, 1));
        mg_unstuff_gap(&pending->unstuff);
    }
}

/* ---- Status lines ---- */

/* MS-POP3 section 2.2: "+OK" to "AUTH NTLM" only says that the exchange may begin. */
static gboolean opens_ntlm(const Pop3 *self, const Pop3Pending *pending)
{
    return pending->row->does == POP3_DO_AUTH && self->sasl != NULL &&
           g_str_equal(mg_sasl_mechanism(self->sasl), "NTLM") &&
           (pending->exchange->line->secrets == NULL);
}

static void asked_for_more(Pop3 *self, Pop3Pending *pending, const MgLine *line,
                           const MgBytes *bytes, const char *code)
{
    MgReply *reply = reply_add(pending, code, MG_OUTCOME_INTERMEDIATE, line, bytes);
    MgSlice challenge = line->text;
    mg_word_next(&challenge);
    MgSlice base64 = mg_word_next(&challenge);
    if (self->sasl != NULL && base64.len > 0 && *code == '+' && code[1] == '\0') {
        mg_sasl_server(self->sasl, base64);
        MgText *text = g_ptr_array_index(reply->lines, reply->lines->len - 1);
        if (mg_sasl_server_secret(self->sasl, base64))
            mg_text_hide(text, (gsize)(base64.data - line->text.data), base64.len, line->offset);
        mg_conn_secrets(self->conn, MG_ACTOR_SERVER, text, self->sasl);
    }
    self->sasl_asked = self->sasl != NULL;
    pop3_finish(self, MG_OUTCOME_INTERMEDIATE, mg_line_ended(line, bytes), (MgSlice){NULL, 0});
}

static void accepted(Pop3 *self, Pop3Pending *pending, const MgLine *line, const MgBytes *bytes)
{
    switch (pending->row->answer) {
    case POP3_LISTING:
        pending->at = POP3_AT_LISTING;
        return;
    case POP3_TEXT: {
        guint64 octets = pending->row->does == POP3_DO_RETR ? pop3_octets(line->text) : 0;
        if (octets == 0)
            octets = (guint64)GPOINTER_TO_SIZE(
                g_hash_table_lookup(self->sizes, GSIZE_TO_POINTER((gsize)pending->number)));
        pending->announced = octets;
        text_begins(self, pending);
        return;
    }
    case POP3_EITHER:
        pending->at = POP3_AT_EITHER;
        return;
    case POP3_XMIT:
        if (pending->exchange->content != NULL)
            break; /* the second answer */
        pending->reply->outcome = MG_OUTCOME_INTERMEDIATE;
        text_begins(self, pending);
        pending->at = POP3_AT_XMIT;
        return;
    case POP3_SINGLE:
    case POP3_SASL:
        break;
    }
    pop3_finish(self, MG_OUTCOME_OK, mg_line_ended(line, bytes), line->text);
}

static void status_line(Pop3 *self, Pop3Pending *pending, const MgLine *line, const MgBytes *bytes)
{
    gboolean ok = mg_slice_begins(line->text, "+OK");
    if (ok && opens_ntlm(self, pending)) {
        asked_for_more(self, pending, line, bytes, "+OK");
        return;
    }
    MgReply *reply = reply_add(pending, ok ? "+OK" : "-ERR",
                               ok ? MG_OUTCOME_OK : MG_OUTCOME_REFUSED, line, bytes);
    read_code(pending, reply, line->text);
    if (ok)
        accepted(self, pending, line, bytes);
    else
        pop3_finish(self, MG_OUTCOME_REFUSED, mg_line_ended(line, bytes), line->text);
}

static void greeting_line(Pop3 *self, const MgLine *line, const MgBytes *bytes)
{
    MgExchange *greeting = mg_conn_begin(self->conn, MG_STEP_SERVER, "pop3.greeting");
    gboolean ok = mg_slice_begins(line->text, "+OK");
    MgReply *reply = mg_reply_new(ok ? "+OK" : "-ERR", ok ? MG_OUTCOME_INFO : MG_OUTCOME_REFUSED);
    reply->enhanced = pop3_code(line->text);
    reply_line(reply, line, bytes);
    g_ptr_array_add(greeting->replies, reply);
    greeting->at = mg_line_begun(line, bytes);
    greeting->outcome = reply->outcome;
    self->greeted = TRUE;
    if (self->state == POP3_UNSURE && self->whole)
        self->state = POP3_AUTHORIZATION;
    pop3_greeted(self, greeting, line->text, mg_line_ended(line, bytes));
}

/* "2 320", "2 whqtswO00WBw418f9t5JxYwZ": no line of a message begins like this often. */
static gboolean is_listing(MgSlice line)
{
    guint64 number;
    MgSlice first = mg_word_next(&line);
    return mg_slice_number(first, G_MAXUINT64, &number) && mg_word_next(&line).len > 0 &&
           mg_word_next(&line).len == 0;
}

/* The server says something that answers no command we know of.  FALSE: the line is not
 * consumed, there is a reader for it now. */
static gboolean lone_line(Pop3 *self, const MgLine *line, const MgBytes *bytes)
{
    gboolean status = pop3_is_status(line->text);
    /* With a hole among the commands, or the client's side missing, it is an answer. */
    gboolean answer = self->client_torn || !self->whole || !self->client_spoke;
    if (!status && !answer)
        pop3_note(self, MG_NOTE_ODD, "reply-unexpected", line, bytes);
    Pop3Pending *pending = g_new0(Pop3Pending, 1);
    pending->row = pop3_row(POP3_DO_ANSWER);
    pending->exchange =
        mg_conn_begin(self->conn, MG_STEP_SERVER, answer ? "pop3.answer" : "pop3.unasked");
    pending->exchange->at = mg_line_begun(line, bytes);
    g_queue_push_head(&self->queue, pending);
    if (!status && answer) {
        pending->late = TRUE;
        adopt(self, pending, !is_listing(line->text));
        return FALSE;
    }
    gboolean ok = mg_slice_begins(line->text, "+OK");
    MgReply *reply = reply_add(pending,
                               ok       ? "+OK"
                               : status ? "-ERR"
                                        : "",
                               MG_OUTCOME_INFO, line, bytes);
    read_code(pending, reply, line->text);
    pending->at = POP3_AT_EITHER;
    pending->announced = ok ? pop3_octets(line->text) : 0;
    if (!ok || !answer)
        pop3_finish(self, MG_OUTCOME_INFO, reply->at, line->text);
    return TRUE;
}

/* ---- Which reply a line belongs to ---- */

static gboolean at_status(Pop3 *self, Pop3Pending *pending, const MgLine *line,
                          const MgBytes *bytes)
{
    if (pop3_is_status(line->text)) {
        status_line(self, pending, line, bytes);
        return TRUE;
    }
    if (is_challenge(line->text) && pending->row->answer == POP3_SASL) {
        asked_for_more(self, pending, line, bytes, "+");
        return TRUE;
    }
    if (pending->torn &&
        (pending->row->answer == POP3_TEXT || pending->row->answer == POP3_LISTING)) {
        adopt(self, pending, pending->row->answer == POP3_TEXT);
        return FALSE;
    }
    /* Not the language: kept with the reply that may still come. */
    pop3_note(self, MG_NOTE_ODD, "reply-unexpected", line, bytes);
    if (pending->stray == NULL)
        pending->stray = g_ptr_array_new_with_free_func((GDestroyNotify)mg_text_free);
    if (pending->stray->len < MG_LIMIT_REPLY_LINES / 2)
        g_ptr_array_add(pending->stray, mg_line_text(line));
    return TRUE;
}

static gboolean at_listing(Pop3 *self, Pop3Pending *pending, const MgLine *line,
                           const MgBytes *bytes)
{
    MgStamp at = mg_line_ended(line, bytes);
    if (is_dot(line->text)) {
        mg_line_frames(line, bytes, &pending->reply->frames);
        pending->reply->at = at;
        pop3_finish(self, MG_OUTCOME_OK, at, (MgSlice){NULL, 0});
        return TRUE;
    }
    /* No line of a listing looks like this: the dot never came. */
    if (pop3_is_status(line->text)) {
        pop3_note(self, MG_NOTE_ODD, "resynchronised", line, bytes);
        pending->torn = TRUE;
        pop3_finish(self, MG_OUTCOME_OK, pending->reply->at, (MgSlice){NULL, 0});
        return FALSE;
    }
    reply_line(pending->reply, line, bytes);
    pop3_listed(self, pending, line->text, at);
    return TRUE;
}

static gboolean at_either(Pop3 *self, Pop3Pending *pending, const MgLine *line)
{
    if (pop3_is_status(line->text)) {
        pop3_finish(self, MG_OUTCOME_OK, pending->reply->at, (MgSlice){NULL, 0});
        return FALSE;
    }
    if (mg_header_line(line->text) == MG_HEADER_FIELD) {
        adopt(self, pending, TRUE);
        return FALSE;
    }
    pending->at = POP3_AT_LISTING;
    return FALSE;
}

/* The first status line is the greeting.  Where a client has spoken before it, the greeting may
 * be missing from the capture, and where the capture began in the middle, it may be anything:
 * there the words decide. */
static gboolean is_greeting(const Pop3 *self, const Pop3Pending *pending, MgSlice line)
{
    if (!pop3_is_status(line))
        return FALSE;
    if (self->whole)
        return pending == NULL || pop3_is_greeting(line);
    return pending == NULL && !self->client_spoke && pop3_is_greeting(line);
}

gboolean pop3_server_line(Pop3 *self, const MgLine *line, const MgBytes *bytes)
{
    Pop3Pending *pending = g_queue_peek_head(&self->queue);
    gboolean fragment = self->fragment[MG_ACTOR_SERVER];
    self->fragment[MG_ACTOR_SERVER] = FALSE;
    if (!self->greeted && is_greeting(self, pending, line->text)) {
        greeting_line(self, line, bytes);
        return TRUE;
    }
    if (!self->greeted && pop3_is_status(line->text)) {
        self->greeted = TRUE;
        if (self->whole)
            pop3_note(self, MG_NOTE_ODD, "greeting-missing", line, bytes);
    }
    if (pending == NULL && self->empty_line != NULL && pop3_is_status(line->text)) {
        g_queue_push_tail(&self->queue, self->empty_line);
        pending = g_steal_pointer(&self->empty_line);
    }
    if (pending == NULL) {
        /* The end of a line whose beginning is in a hole tells nothing. */
        if (fragment && !pop3_is_status(line->text))
            return TRUE;
        return lone_line(self, line, bytes);
    }
    switch (pending->at) {
    case POP3_AT_STATUS:
        if (fragment && !pop3_is_status(line->text) && !is_challenge(line->text) &&
            pending->row->answer != POP3_TEXT)
            return TRUE;
        return at_status(self, pending, line, bytes);
    case POP3_AT_LISTING:
        if (fragment && !pop3_is_status(line->text) && !is_dot(line->text))
            return TRUE;
        return at_listing(self, pending, line, bytes);
    case POP3_AT_EITHER:
        return at_either(self, pending, line);
    case POP3_AT_XMIT:
        /* The server answers although the message has not ended. */
        xmit_text_ends(self, pending->unstuff.maybe_ended, mg_line_begun(line, bytes));
        return FALSE;
    case POP3_AT_TEXT:
        break;
    }
    return FALSE;
}

void pop3_give_up(Pop3 *self, MgStamp at)
{
    Pop3Pending *pending = g_queue_peek_head(&self->queue);
    MgSlice none = {NULL, 0};
    switch (pending->at) {
    case POP3_AT_TEXT:
        pop3_text_ends(self, pending->unstuff.maybe_ended, at);
        return;
    case POP3_AT_XMIT:
        xmit_text_ends(self, FALSE, at);
        break;
    case POP3_AT_EITHER:
        pop3_finish(self, MG_OUTCOME_OK, at, none);
        return;
    case POP3_AT_LISTING:
        pending->exchange->variant = "broken-off";
        break;
    case POP3_AT_STATUS:
        break;
    }
    pop3_finish(self, MG_OUTCOME_UNANSWERED, at, none);
}
