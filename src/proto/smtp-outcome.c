/* What a reply brings about, and what its absence does. */
#include <stdio.h>
#include <string.h>

#include "proto/smtp.h"
#include "proto/url.h"

static gboolean is_ok(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_OK;
}

/* One BURL and nothing else: what is handed over is the message that it names. */
static void tell_url(MgSmtp *smtp, const MgSmtpAsked *asked, MgStamp at)
{
    const MgSmtpMail *mail = asked->mail;
    MgImapUrl url;
    if (!asked->last || mail == NULL || mail->ended || mail->burls != 1 || mail->chunks != NULL ||
        asked->path == NULL ||
        !mg_imap_url_read((MgSlice){(const guint8 *)asked->path, strlen(asked->path)}, &url))
        return;
    MgEffect effect = {.kind = MG_EFFECT_BURL,
                       .exchange = asked->exchange->id,
                       .at = at,
                       .outcome = MG_OUTCOME_INFO,
                       .by = mg_smtp_client(smtp),
                       .transaction = mail->number,
                       .name = url.user,
                       .text = url.host,
                       .folder = url.folder,
                       .uid = url.uid,
                       .uidvalidity = url.uidvalidity};
    if (url.whole)
        mg_conn_effect(smtp->conn, &effect);
    mg_imap_url_clear(&url);
}

/* The reply ends the wait that its command caused. */
static void read_on(MgSmtp *smtp, const MgSmtpAsked *asked)
{
    if (smtp->reading == READ_WAIT && smtp->waiting_for == asked->what)
        smtp->reading = READ_LINE;
}

/* ---- Hello ---- */

/* A domain or address literal stands first in a greeting and in the reply to EHLO (RFC 5321
 * 4.2, 4.1.1.1); but "250 OK" and "220 Welcome" name nobody. */
static gboolean is_server_name(MgSlice word, MgSlice behind, gboolean of_list)
{
    static const char *const no_names[] = {"OK", "Hello", "Hi", "Welcome", "Pleased", "Nice"};
    if (word.len == 0 || word.len > MG_SMTP_NAME_MAX)
        return FALSE;
    if (word.data[0] == '[')
        return word.data[word.len - 1] == ']';
    if (!g_ascii_isalnum((gchar)word.data[word.len - 1]))
        return FALSE;
    if (memchr(word.data, '.', word.len) != NULL)
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(no_names); i++)
        if (mg_slice_is(word, no_names[i]))
            return FALSE;
    MgSlice second = mg_word_next(&behind);
    return of_list || mg_slice_is(second, "ESMTP") || mg_slice_is(second, "SMTP") ||
           mg_slice_is(second, "LMTP");
}

static void name_server(MgSmtp *smtp, const MgExchange *exchange, const MgReply *reply)
{
    if (reply->lines->len == 0 || reply->outcome != MG_OUTCOME_OK)
        return;
    const MgText *first = g_ptr_array_index(reply->lines, 0);
    MgSlice rest = {(const guint8 *)first->text->str, first->text->len};
    MgSlice word = mg_word_next(&rest);
    if (!is_server_name(word, rest, reply->lines->len > 1))
        return;
    char **known_as = smtp->swapped ? &smtp->session->client_name : &smtp->session->server_name;
    g_free(*known_as);
    *known_as = mg_slice_dup(word);
    MgEffect effect = {.kind = MG_EFFECT_NAMED,
                       .exchange = exchange->id,
                       .at = reply->at,
                       .outcome = reply->outcome,
                       .by = mg_smtp_server(smtp),
                       .name = *known_as};
    mg_conn_effect(smtp->conn, &effect);
}

static void greeting_answered(MgSmtp *smtp, MgSmtpAsked *asked, const MgReply *reply)
{
    smtp->greeted = TRUE;
    MgExchange *exchange = mg_conn_begin(smtp->conn, MG_STEP_SERVER, "smtp.connect");
    exchange->actor = mg_smtp_server(smtp);
    exchange->at = reply->at;
    mg_frames_add_all(&exchange->frames, &reply->frames);
    asked->exchange = exchange;
    name_server(smtp, exchange, reply);
    if (smtp->session->server_name != NULL && !smtp->swapped)
        mg_exchange_arg(exchange, "host", "%s", smtp->session->server_name);
}

static void hello_answered(MgSmtp *smtp, MgSmtpAsked *asked, MgSmtpReply *whole)
{
    const MgReply *reply = whole->reply;
    if (!is_ok(reply->outcome)) {
        if (asked->what == MG_SMTP_LHLO && !smtp->lmtp_port) {
            smtp->is_lmtp = FALSE;
            smtp->session->protocol = MG_PROTOCOL_SMTP;
        }
        return;
    }
    smtp->is_lmtp = asked->what == MG_SMTP_LHLO;
    smtp->session->protocol = smtp->is_lmtp ? MG_PROTOCOL_LMTP : MG_PROTOCOL_SMTP;
    name_server(smtp, asked->exchange, reply);
    if (asked->what != MG_SMTP_HELO)
        while (whole->details->len > 0)
            g_ptr_array_add(asked->exchange->details, g_ptr_array_steal_index(whole->details, 0));
    /* RFC 5321 4.1.1.1: as if RSET had been sent. */
    mg_smtp_mail_abandon(smtp, smtp->open, asked->exchange->id, reply->at, reply->outcome);
}

/* ---- The envelope ---- */

static void mail_settled(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at, MgOutcome outcome)
{
    MgSmtpMail *mail = asked->mail;
    gboolean accepted = outcome == MG_OUTCOME_OK || outcome == MG_OUTCOME_INTERMEDIATE ||
                        outcome == MG_OUTCOME_UNANSWERED;
    mail->answered = TRUE;
    mail->accepted = accepted;
    if (accepted) {
        mg_smtp_mail_abandon(smtp, smtp->open, asked->exchange->id, at, outcome);
        smtp->open = mg_smtp_mail_ref(mail);
    } else if (smtp->mail == mail && smtp->open != NULL) {
        /* A nested MAIL was refused: the transaction before it goes on. */
        mg_smtp_mail_unref(smtp->mail);
        smtp->mail = mg_smtp_mail_ref(smtp->open);
    }
    MgEffect effect = {.kind = MG_EFFECT_MAIL,
                       .exchange = asked->exchange->id,
                       .at = at,
                       .outcome = outcome,
                       .by = mg_smtp_client(smtp),
                       .transaction = mail->number,
                       .key = asked->exchange->key,
                       .name = asked->path,
                       .text = mail->envelope_id};
    mg_conn_effect(smtp->conn, &effect);
    mg_smtp_mail_flush(smtp, mail);
}

static void rcpt_settled(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at, MgOutcome outcome)
{
    MgSmtpMail *mail = smtp->open != NULL ? smtp->open : asked->mail;
    if (mail == NULL)
        return;
    /* Its MAIL is not in the capture: that it was accepted is seen by this. */
    if (smtp->open == NULL && mail == smtp->mail && mail->answered && mail->accepted &&
        is_ok(outcome) && !mail->ended)
        smtp->open = mg_smtp_mail_ref(mail);
    if (outcome == MG_OUTCOME_UNANSWERED)
        mail->unanswered++;
    else if (is_ok(outcome))
        mail->agreed++;
    if ((is_ok(outcome) || outcome == MG_OUTCOME_UNANSWERED) &&
        mail->recipients->len < MG_LIMIT_RECIPIENTS)
        g_ptr_array_add(mail->recipients, g_strndup(asked->path, MG_SMTP_PATH_MAX));
    MgEffect effect = {.kind = MG_EFFECT_RCPT,
                       .exchange = asked->exchange->id,
                       .at = at,
                       .outcome = outcome,
                       .by = mg_smtp_client(smtp),
                       .transaction = mail->number,
                       .number = asked->index,
                       .name = asked->path};
    mg_conn_effect(smtp->conn, &effect);
}

/* ---- The text ---- */

static void data_answered(MgSmtp *smtp, MgSmtpAsked *asked, const MgSmtpReply *whole)
{
    MgOutcome outcome = whole->reply->outcome;
    const MgSmtpMail *belongs_to = smtp->open != NULL ? smtp->open : asked->mail;
    if (belongs_to != NULL)
        mg_exchange_arg(asked->exchange, "transaction", "%u", belongs_to->number);
    gboolean waiting = smtp->reading == READ_WAIT && smtp->waiting_for == MG_SMTP_DATA;
    if (outcome == MG_OUTCOME_INTERMEDIATE)
        return; /* the text begins when this command has left the queue */
    if (is_ok(outcome)) {
        /* Against the rules.  What the client made of it is seen in what it sends next. */
        if (waiting)
            smtp->wait_lost = TRUE;
        return;
    }
    read_on(smtp, asked);
    MgSmtpMail *mail = smtp->open;
    /* "Need RCPT first" leaves the envelope open for a RCPT. */
    if (mail != NULL && !(whole->code == 503 && mail->asked == 0))
        mg_smtp_mail_abandon(smtp, mail, asked->exchange->id, whole->reply->at, outcome);
}

/* ---- AUTH ---- */

static void login(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at, MgOutcome outcome)
{
    const char *user = smtp->sasl != NULL ? mg_sasl_user(smtp->sasl) : NULL;
    if (user != NULL)
        mg_exchange_arg(asked->exchange, "user", "%s", user);
    MgEffect effect = {.kind = MG_EFFECT_LOGIN,
                       .exchange = asked->exchange->id,
                       .at = at,
                       .outcome = outcome,
                       .by = mg_smtp_client(smtp),
                       .name = user};
    mg_conn_effect(smtp->conn, &effect);
    if (!is_ok(outcome))
        return;
    smtp->auth_seen = FALSE;
    smtp->session->authenticated = TRUE;
    if (user != NULL) {
        g_free(smtp->session->account);
        smtp->session->account = g_strdup(user);
    }
}

static void auth_answered(MgSmtp *smtp, MgSmtpAsked *asked, MgSmtpReply *whole)
{
    MgReply *reply = whole->reply;
    read_on(smtp, asked);
    /* Any 3yz asks for more (RFC 5321 4.2.1); what comes then must be hidden. */
    if (reply->outcome == MG_OUTCOME_INTERMEDIATE) {
        if (smtp->sasl != NULL && reply->lines->len > 0) {
            MgText *line = g_ptr_array_index(reply->lines, 0);
            MgSlice challenge = {(const guint8 *)line->text->str, line->text->len};
            mg_sasl_server(smtp->sasl, challenge);
            if (mg_sasl_server_secret(smtp->sasl, challenge))
                mg_text_hide(line, 0, line->text->len, smtp->partial_offset);
            mg_conn_secrets(smtp->conn, MG_ACTOR_SERVER, line, smtp->sasl);
        }
        if (smtp->reading == READ_LINE)
            smtp->reading = READ_SASL;
        return;
    }
    login(smtp, asked, reply->at, reply->outcome);
    if (is_ok(reply->outcome) && smtp->sasl != NULL && mg_sasl_layer(smtp->sasl)) {
        mg_conn_dark(smtp->conn, "sasl.layer-begins");
        smtp->veiled = TRUE;
    }
    g_clear_pointer(&smtp->sasl, mg_sasl_free);
}

/* ---- Changing parts ---- */

static void parts_answered(MgSmtp *smtp, MgSmtpAsked *asked, const MgReply *reply)
{
    read_on(smtp, asked);
    if (!is_ok(reply->outcome))
        return;
    mg_smtp_mail_abandon(smtp, smtp->open, asked->exchange->id, reply->at, reply->outcome);
    switch (asked->what) {
    case MG_SMTP_STARTTLS:
        mg_conn_expect_tls(smtp->conn);
        smtp->veiled = TRUE;
        break;
    case MG_SMTP_TURN:
    case MG_SMTP_ATRN:
        /* RFC 2645 5.2.1: who was the client greets now. */
        smtp->swapped = !smtp->swapped;
        smtp->greeted = FALSE;
        break;
    default: /* XCLIENT: the session begins anew, the greeting was the reply */
        break;
    }
}

/* ---- Every reply ---- */

/* "enhanced.x.1.1"; for a detail that no registry has, the subject alone; NULL where not even
 * that is known.  What is interned is bounded by this. */
static const char *status_key(const char *enhanced)
{
    guint subject = 0, detail = 0;
    if (sscanf(enhanced, "%*c.%3u.%3u", &subject, &detail) != 2 || subject > 7)
        return NULL;
    g_autofree char *key = detail <= 30 ? g_strdup_printf("enhanced.x.%u.%u", subject, detail)
                                        : g_strdup_printf("enhanced.x.%u", subject);
    return g_intern_string(key);
}

static void add_status(MgExchange *exchange, const MgReply *reply)
{
    if (reply->enhanced == NULL || exchange->details->len >= MG_LIMIT_DETAILS)
        return;
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = g_strdup(reply->enhanced);
    detail->key = status_key(reply->enhanced);
    detail->in_reply = TRUE;
    g_ptr_array_add(exchange->details, detail);
}

/* TRUE: that was all; FALSE: more replies are to come. */
static gboolean apply(MgSmtp *smtp, MgSmtpAsked *asked, MgSmtpReply *whole)
{
    MgReply *reply = whole->reply;
    MgStamp at = reply->at;
    guint64 id = asked->exchange->id;
    switch (asked->what) {
    case MG_SMTP_EHLO:
    case MG_SMTP_HELO:
    case MG_SMTP_LHLO:
        hello_answered(smtp, asked, whole);
        return TRUE;
    case MG_SMTP_MAIL:
        mail_settled(smtp, asked, at, reply->outcome);
        return TRUE;
    case MG_SMTP_RCPT:
        rcpt_settled(smtp, asked, at, reply->outcome);
        return TRUE;
    case MG_SMTP_DATA:
        data_answered(smtp, asked, whole);
        return TRUE;
    case MG_SMTP_CONTENT:
        return mg_smtp_handover(smtp, asked, whole);
    case MG_SMTP_BDAT:
    case MG_SMTP_BURL:
        tell_url(smtp, asked, at);
        return asked->last && asked->passed ? mg_smtp_handover(smtp, asked, whole) : TRUE;
    case MG_SMTP_RSET:
        if (is_ok(reply->outcome))
            mg_smtp_mail_abandon(smtp, smtp->open, id, at, reply->outcome);
        return TRUE;
    case MG_SMTP_QUIT:
        mg_smtp_mail_abandon(smtp, smtp->open, id, at, reply->outcome);
        return TRUE;
    case MG_SMTP_AUTH:
    case MG_SMTP_SASL:
        auth_answered(smtp, asked, whole);
        return TRUE;
    case MG_SMTP_STARTTLS:
    case MG_SMTP_XCLIENT:
    case MG_SMTP_TURN:
    case MG_SMTP_ATRN:
        parts_answered(smtp, asked, reply);
        return TRUE;
    case MG_SMTP_XEXCH50:
        read_on(smtp, asked);
        if (reply->outcome != MG_OUTCOME_INTERMEDIATE)
            return TRUE;
        smtp->reading = READ_CHUNK;
        smtp->text = NULL;
        smtp->chunk_left = smtp->wait_octets;
        if (smtp->chunk_left == 0)
            smtp->reading = READ_LINE;
        return FALSE;
    case MG_SMTP_GREETING:
    case MG_SMTP_EMPTY:
    case MG_SMTP_NOOP:
    case MG_SMTP_VRFY:
    case MG_SMTP_EXPN:
    case MG_SMTP_HELP:
    case MG_SMTP_ETRN:
    case MG_SMTP_XFORWARD:
    case MG_SMTP_OTHER:
    default:
        return TRUE;
    }
}

static void keep_reply(MgExchange *exchange, MgReply *reply)
{
    if (exchange->replies->len < MG_LIMIT_REPLY_LINES) {
        g_ptr_array_add(exchange->replies, reply);
        return;
    }
    exchange->more_replies++;
    mg_reply_free(reply);
}

void mg_smtp_talk(MgSmtp *smtp, MgSmtpReply *whole)
{
    const MgSmtpAsked *asked = g_queue_peek_head(&smtp->asked);
    whole->reply->key = mg_smtp_reply_key(whole->code, asked->what, asked->last, TRUE);
    keep_reply(asked->exchange, whole->reply);
}

void mg_smtp_answer(MgSmtp *smtp, MgSmtpAsked *asked, MgSmtpReply *whole)
{
    MgReply *reply = whole->reply;
    if (asked->what == MG_SMTP_GREETING)
        greeting_answered(smtp, asked, reply);
    MgExchange *exchange = asked->exchange;
    reply->key = mg_smtp_reply_key(whole->code, asked->what, asked->last, TRUE);
    exchange->outcome =
        asked->what == MG_SMTP_GREETING && is_ok(reply->outcome) ? MG_OUTCOME_INFO : reply->outcome;
    if (asked->what != MG_SMTP_GREETING)
        add_status(exchange, reply);
    gboolean complete = apply(smtp, asked, whole);
    gboolean text_begins = asked->what == MG_SMTP_DATA && reply->outcome == MG_OUTCOME_INTERMEDIATE;
    gboolean was_turned = complete && is_ok(reply->outcome) &&
                          (asked->what == MG_SMTP_TURN || asked->what == MG_SMTP_ATRN);
    keep_reply(exchange, reply);
    if (!complete)
        return;
    g_queue_pop_head(&smtp->asked);
    mg_conn_complete(smtp->conn, g_steal_pointer(&asked->exchange));
    if (text_begins && smtp->reading == READ_WAIT)
        mg_smtp_text_begin(smtp, asked);
    if (was_turned)
        mg_smtp_ask(smtp, MG_SMTP_GREETING, NULL);
    mg_smtp_asked_free(smtp, asked);
}

/* ---- No reply ---- */

void mg_smtp_give_up(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at)
{
    MgExchange *exchange = asked->exchange;
    const MgSmtpAsked *next = g_queue_peek_head(&smtp->asked);
    if (exchange == NULL) { /* a greeting that nobody heard */
        mg_smtp_asked_free(smtp, asked);
        return;
    }
    exchange->outcome = MG_OUTCOME_UNANSWERED;
    switch (asked->what) {
    case MG_SMTP_MAIL:
        mail_settled(smtp, asked, at, MG_OUTCOME_UNANSWERED);
        break;
    case MG_SMTP_RCPT:
        rcpt_settled(smtp, asked, at, MG_OUTCOME_UNANSWERED);
        break;
    case MG_SMTP_CONTENT:
        mg_smtp_handover_unanswered(smtp, asked, at);
        break;
    case MG_SMTP_BDAT:
    case MG_SMTP_BURL:
        tell_url(smtp, asked, at);
        if (asked->last)
            mg_smtp_handover_unanswered(smtp, asked, at);
        break;
    case MG_SMTP_EHLO:
    case MG_SMTP_HELO:
    case MG_SMTP_LHLO:
    case MG_SMTP_RSET:
    case MG_SMTP_QUIT:
        mg_smtp_mail_abandon(smtp, smtp->open, exchange->id, at, MG_OUTCOME_UNANSWERED);
        break;
    case MG_SMTP_AUTH:
    case MG_SMTP_SASL:
        /* Only the last line of the exchange decides. */
        if (next == NULL || next->what != MG_SMTP_SASL)
            login(smtp, asked, at, MG_OUTCOME_UNANSWERED);
        break;
    default:
        break;
    }
    mg_conn_complete(smtp->conn, g_steal_pointer(&asked->exchange));
    mg_smtp_asked_free(smtp, asked);
}
