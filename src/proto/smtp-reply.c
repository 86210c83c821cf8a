/* The server's lines: whole replies out of them, and which command each one answers.
 *
 * Replies come in the order of the commands.  Counting slips where a server says more or less
 * than it should, and behind a hole; then what a reply can answer at all decides. */
#include <string.h>

#include "proto/smtp.h"

enum {
    /* How far a reply may skip commands: further ahead a fit is chance. */
    SKIP_MAX = 64,
};

/* ---- Lines ---- */

/* Three digits, then a blank, a hyphen, the end, or (against the rules, but seen) text. */
static gboolean read_code(MgSlice text, guint *ret_code, gboolean *ret_more, gsize *ret_skip)
{
    if (text.len < 3)
        return FALSE;
    for (gsize i = 0; i < 3; i++)
        if (!g_ascii_isdigit((gchar)text.data[i]))
            return FALSE;
    if (text.len > 3 && g_ascii_isdigit((gchar)text.data[3]))
        return FALSE;
    *ret_code = (guint)(text.data[0] - '0') * 100 + (guint)(text.data[1] - '0') * 10 +
                (guint)(text.data[2] - '0');
    *ret_more = text.len > 3 && text.data[3] == '-';
    *ret_skip = text.len > 3 && (text.data[3] == ' ' || text.data[3] == '-') ? 4 : 3;
    return TRUE;
}

/* "2.1.5" in front of the text, where its class is the code's (RFC 2034 4). */
static char *read_enhanced(MgSlice text, guint code)
{
    gsize digits[3] = {0}, part = 0, len = 0;
    for (; len < text.len && len < 9; len++) {
        if (g_ascii_isdigit((gchar)text.data[len]))
            digits[part]++;
        else if (text.data[len] == '.' && part < 2)
            part++;
        else
            break;
    }
    if (part != 2 || digits[0] != 1 || digits[1] < 1 || digits[1] > 3 || digits[2] < 1 ||
        digits[2] > 3 || (len < text.len && text.data[len] != ' '))
        return NULL;
    if ((guint)(text.data[0] - '0') != code / 100 || strchr("245", text.data[0]) == NULL)
        return NULL;
    return g_strndup((const char *)text.data, len);
}

static void keep_line(MgSmtp *smtp, MgSlice text)
{
    MgReply *reply = smtp->partial;
    if (reply->lines->len + reply->more_lines > 0 &&
        smtp->partial_details->len < MG_LIMIT_DETAILS && text.len > 0 &&
        text.len <= MG_SMTP_KEYWORD_MAX && !mg_slice_is(text, "OK")) {
        MgDetail *detail = g_new0(MgDetail, 1);
        detail->token = mg_slice_dup(text);
        detail->key = mg_smtp_extension(text);
        detail->in_reply = TRUE;
        g_ptr_array_add(smtp->partial_details, detail);
    }
    if (reply->lines->len >= MG_LIMIT_REPLY_LINES) {
        reply->more_lines++;
        return;
    }
    g_ptr_array_add(reply->lines, mg_text_new((const char *)text.data, (gssize)text.len));
}

static void reply_begin(MgSmtp *smtp, guint code, guint64 offset)
{
    char digits[4];
    g_snprintf(digits, sizeof digits, "%03u", code);
    smtp->partial = mg_reply_new(digits, mg_smtp_outcome(code));
    smtp->partial_code = code;
    smtp->partial_offset = offset;
    smtp->partial_stale = FALSE;
    smtp->partial_details = g_ptr_array_new_with_free_func((GDestroyNotify)mg_detail_free);
}

/* ---- Pairing ---- */

typedef enum { IMPOSSIBLE, UNLIKELY, POSSIBLE, GOOD } Fit;

static gboolean switches(MgSmtpWhat what)
{
    return what == MG_SMTP_STARTTLS || what == MG_SMTP_XCLIENT;
}

/* Whether this code can answer this command. */
static Fit fit_of(const MgSmtpAsked *asked, guint code, const MgReply *reply)
{
    const char *enhanced = reply->enhanced;
    switch (code) {
    case 220:
        return asked->what == MG_SMTP_GREETING || switches(asked->what) ? GOOD : IMPOSSIBLE;
    case 221:
        if (asked->what == MG_SMTP_QUIT)
            return GOOD;
        /* A goodbye accepts nothing of a message, whatever waits for an answer. */
        return asked->mail != NULL ? IMPOSSIBLE : UNLIKELY;
    case 334:
    case 235:
        return asked->what == MG_SMTP_AUTH || asked->what == MG_SMTP_SASL ? GOOD : IMPOSSIBLE;
    case 353:
        return asked->what == MG_SMTP_CONTENT ? GOOD : IMPOSSIBLE;
    case 354:
        return asked->what == MG_SMTP_DATA || asked->what == MG_SMTP_XEXCH50 ? GOOD : IMPOSSIBLE;
    case 355:
        return asked->what == MG_SMTP_MAIL ? GOOD : IMPOSSIBLE;
    case 211:
    case 214:
        return asked->what == MG_SMTP_HELP    ? GOOD
               : asked->what == MG_SMTP_OTHER ? POSSIBLE
                                              : IMPOSSIBLE;
    default:
        break;
    }
    if (asked->what == MG_SMTP_GREETING && code != 554 && code != 421)
        return code >= 400 ? POSSIBLE : UNLIKELY;
    if (code >= 400 || code < 200)
        return POSSIBLE;
    switch (asked->what) {
    case MG_SMTP_DATA:
    case MG_SMTP_AUTH:
    case MG_SMTP_SASL:
    case MG_SMTP_STARTTLS:
        return UNLIKELY;
    case MG_SMTP_EMPTY:
        return IMPOSSIBLE;
    case MG_SMTP_MAIL:
        return enhanced != NULL && strcmp(enhanced, "2.1.0") == 0 ? GOOD : POSSIBLE;
    case MG_SMTP_RCPT:
        return enhanced != NULL && strcmp(enhanced, "2.1.5") == 0 ? GOOD : POSSIBLE;
    case MG_SMTP_EHLO:
    case MG_SMTP_LHLO:
        return reply->lines->len > 1 ? GOOD : POSSIBLE;
    case MG_SMTP_QUIT:
        return UNLIKELY;
    default:
        return POSSIBLE;
    }
}

/* No reply came to the commands before this one. */
static void skip_to(MgSmtp *smtp, const MgSmtpAsked *asked, MgStamp at)
{
    while (g_queue_peek_head(&smtp->asked) != asked)
        mg_smtp_give_up(smtp, g_queue_pop_head(&smtp->asked), at);
    for (GList *link = smtp->asked.head; link != NULL; link = link->next) {
        MgSmtpAsked *later = link->data;
        if (!later->doubt)
            break;
        later->doubt = FALSE;
    }
}

static MgSmtpAsked *pair(MgSmtp *smtp, guint code, const MgReply *reply)
{
    MgSmtpAsked *head = g_queue_peek_head(&smtp->asked);
    if (head == NULL)
        return NULL;
    gboolean distrust = head->doubt;
    if (!distrust && fit_of(head, code, reply) != IMPOSSIBLE)
        return head;
    MgSmtpAsked *good = NULL, *sent_later = NULL, *in_doubt = NULL;
    guint n = 0;
    for (GList *link = smtp->asked.head; link != NULL && n < SKIP_MAX && good == NULL;
         link = link->next, n++) {
        MgSmtpAsked *asked = link->data;
        Fit fit = fit_of(asked, code, reply);
        if (fit == GOOD)
            good = asked;
        else if (fit == POSSIBLE && asked->doubt && in_doubt == NULL)
            in_doubt = asked;
        else if (fit == POSSIBLE && !asked->doubt && sent_later == NULL)
            sent_later = asked;
    }
    MgSmtpAsked *found = good;
    /* A client that waits for each reply has sent its next command because the one before it
     * was answered, in the hole. */
    if (found == NULL && (distrust || head->what == MG_SMTP_EMPTY))
        found = sent_later != NULL ? sent_later : in_doubt;
    if (found == NULL && distrust)
        found = fit_of(head, code, reply) != IMPOSSIBLE ? head : NULL;
    if (found != NULL)
        skip_to(smtp, found, reply->at);
    return found;
}

/* The server speaks while the client's text is under way, so it took the text to have ended,
 * or has no use for the rest of it.  FALSE: the reply is no answer to the text. */
static gboolean answers_text(MgSmtp *smtp, guint code, MgStamp at)
{
    if (smtp->reading != READ_TEXT || code == 421)
        return smtp->reading == READ_CHUNK && code >= 400 && code != 421;
    if (smtp->unstuff.maybe_ended || smtp->text_gap || smtp->unstuff.lf_dot_lf) {
        mg_smtp_text_end(smtp, !smtp->text_gap || smtp->unstuff.maybe_ended, at);
        ((MgSmtpAsked *)g_queue_peek_head(&smtp->asked))->passed = TRUE;
        return TRUE;
    }
    if (code < 400)
        return FALSE;
    /* Refused early.  The client may not have read it yet: what it still sends is text. */
    MgUnstuff so_far = smtp->unstuff;
    mg_smtp_text_end(smtp, FALSE, at);
    smtp->reading = READ_TEXT;
    smtp->unstuff = so_far;
    smtp->reader = mg_content_reader_new(MG_READ_BODY);
    return TRUE;
}

/* ---- Replies that nobody asked for ---- */

static void unasked(MgSmtp *smtp, MgSmtpReply *whole)
{
    MgReply *reply = whole->reply;
    reply->key = mg_smtp_reply_key(whole->code, MG_SMTP_OTHER, FALSE, FALSE);
    MgExchange *exchange = mg_conn_begin(smtp->conn, MG_STEP_SERVER, reply->key);
    exchange->actor = mg_smtp_server(smtp);
    exchange->at = reply->at;
    exchange->outcome = reply->outcome == MG_OUTCOME_OK ? MG_OUTCOME_INFO : reply->outcome;
    mg_frames_add_all(&exchange->frames, &reply->frames);
    g_ptr_array_add(exchange->replies, reply);
    mg_conn_complete(smtp->conn, exchange);
}

static void take_unasked(MgSmtp *smtp, MgSmtpReply *whole)
{
    MgStamp at = whole->reply->at;
    guint code = whole->code;
    /* A server that says 421 or 221 hangs up; and where commands are missing from the capture,
     * or hidden in a text that the server read as commands, their replies are no wonder. */
    gboolean wonder =
        smtp->client_seen && !smtp->client_lost && !smtp->smuggling && code != 421 && code != 221;
    unasked(smtp, whole);
    if (wonder)
        mg_smtp_note(smtp, MG_NOTE_ODD, "reply-unexpected", at, NULL);
    gboolean asked_unseen = smtp->client_lost || !smtp->session->complete_start;
    if (!asked_unseen || smtp->reading != READ_LINE || !smtp->client_seen)
        return;
    /* The command was in the hole, but what follows it is not. */
    if (code == 354)
        mg_smtp_text_begin(smtp, NULL);
    else if (code == 334)
        smtp->reading = READ_SASL;
}

void mg_smtp_reply_finish(MgSmtp *smtp)
{
    if (smtp->partial == NULL)
        return;
    g_autoptr(GPtrArray) details = g_steal_pointer(&smtp->partial_details);
    MgSmtpReply whole = {.reply = g_steal_pointer(&smtp->partial),
                         .code = smtp->partial_code,
                         .details = details,
                         .cut = smtp->partial_cut};
    MgReply *reply = whole.reply;
    const MgText *first = reply->lines->len > 0 ? g_ptr_array_index(reply->lines, 0) : NULL;
    if (first != NULL)
        reply->enhanced = read_enhanced(
            (MgSlice){(const guint8 *)first->text->str, first->text->len}, whole.code);
    if (whole.code == 421 || whole.code == 221)
        smtp->closing = TRUE;

    MgSmtpAsked *asked = g_queue_peek_head(&smtp->asked);
    if (whole.code < 100 && asked != NULL && asked->exchange != NULL) {
        mg_smtp_talk(smtp, &whole);
        return;
    }
    asked = pair(smtp, whole.code, reply);
    /* Where the start is not in the capture, a greeting tells itself. */
    if (asked == NULL && !smtp->greeted && whole.code == 220) {
        asked = mg_smtp_ask(smtp, MG_SMTP_GREETING, NULL);
        g_queue_unlink(&smtp->asked, smtp->asked.tail);
        g_queue_push_head(&smtp->asked, asked);
    }
    if (asked != NULL && asked == smtp->text && !answers_text(smtp, whole.code, reply->at))
        asked = NULL;
    if (asked == NULL)
        take_unasked(smtp, &whole);
    else
        mg_smtp_answer(smtp, asked, &whole);
}

/* A line without a code: part of a reply that is under way, or nothing that SMTP knows. */
static void codeless(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes)
{
    if (smtp->server_hole || line->text.len == 0)
        return;
    if (smtp->partial != NULL) {
        keep_line(smtp, line->text);
        mg_line_frames(line, bytes, &smtp->partial->frames);
        return;
    }
    MgReply *reply = mg_reply_new("", MG_OUTCOME_INFO);
    reply->key = "smtp.reply.odd.unasked";
    reply->at = mg_line_ended(line, bytes);
    mg_line_frames(line, bytes, &reply->frames);
    g_ptr_array_add(reply->lines, mg_line_text(line));
    MgExchange *exchange = mg_conn_begin(smtp->conn, MG_STEP_SERVER, reply->key);
    exchange->actor = mg_smtp_server(smtp);
    exchange->known = FALSE;
    exchange->at = reply->at;
    mg_frames_add_all(&exchange->frames, &reply->frames);
    g_ptr_array_add(exchange->replies, reply);
    mg_conn_complete(smtp->conn, exchange);
}

static void one_line(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes)
{
    guint code;
    gboolean more;
    gsize skip;
    MgSlice text = line->text;
    while (text.len > 0 && text.data[text.len - 1] == '\r')
        text.len--;
    if (!read_code(text, &code, &more, &skip)) {
        codeless(smtp, line, bytes);
        return;
    }
    if (smtp->server_hole && (code < 200 || code >= 600))
        return;
    smtp->server_hole = FALSE;
    if (smtp->partial != NULL && (smtp->partial_stale || code != smtp->partial_code))
        mg_smtp_reply_finish(smtp);
    if (smtp->partial == NULL)
        reply_begin(smtp, code, line->offset + skip);
    MgSlice rest = {text.data + skip, text.len - skip};
    keep_line(smtp, rest);
    mg_line_frames(line, bytes, &smtp->partial->frames);
    smtp->partial->at = mg_line_ended(line, bytes);
    smtp->reply_end = line->offset + line->whole;
    smtp->partial_stale = FALSE;
    smtp->partial_cut = line->unended;
    if (line->bare_lf && !line->unended)
        mg_smtp_note_bare_lf(smtp, mg_smtp_server(smtp), smtp->partial->at);
    if (!more)
        mg_smtp_reply_finish(smtp);
}

/* A greeting whose line end is missing has the next reply glued to it: "220 hello250 ok".  The
 * client spoke in between, and that tells where. */
static gsize glued_at(MgSmtp *smtp, const MgLine *line)
{
    const MgSmtpAsked *head = g_queue_peek_head(&smtp->asked);
    if (head == NULL || head->what != MG_SMTP_GREETING || smtp->spoken_at <= line->offset ||
        smtp->spoken_at >= line->offset + line->text.len)
        return 0;
    gsize at = (gsize)(smtp->spoken_at - line->offset);
    MgSlice rest = {line->text.data + at, line->text.len - at};
    guint code;
    gboolean more;
    gsize skip;
    gboolean greets = read_code(line->text, &code, &more, &skip) && code == 220;
    return greets && read_code(rest, &code, &more, &skip) && code >= 200 ? at : 0;
}

void mg_smtp_reply_line(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes)
{
    gsize at = glued_at(smtp, line);
    if (at == 0) {
        one_line(smtp, line, bytes);
        return;
    }
    MgLine greeting = *line, rest = *line;
    greeting.text.len = greeting.whole = at;
    greeting.bare_lf = FALSE;
    rest.text.data += at;
    rest.text.len -= at;
    rest.whole -= at;
    rest.offset += at;
    one_line(smtp, &greeting, bytes);
    one_line(smtp, &rest, bytes);
}
