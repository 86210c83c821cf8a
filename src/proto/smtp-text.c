/* Message text: after DATA up to the lone dot (RFC 5321 4.1.1.4), or counted in chunks
 * (RFC 3030). */
#include <string.h>

#include "proto/smtp.h"

/* The transaction that text belongs to.  What the server accepted without a MAIL in the
 * capture is one too. */
static MgSmtpMail *mail_for_text(MgSmtp *smtp, MgSmtpMail *sent_in)
{
    if (smtp->open != NULL)
        return mg_smtp_mail_ref(smtp->open);
    if (sent_in != NULL)
        return mg_smtp_mail_ref(sent_in);
    MgSmtpMail *mail = mg_smtp_mail_new(smtp);
    mail->answered = mail->accepted = TRUE;
    smtp->open = mg_smtp_mail_ref(mail);
    return mail;
}

void mg_smtp_text_begin(MgSmtp *smtp, MgSmtpAsked *data)
{
    MgSmtpMail *mail = mail_for_text(smtp, data != NULL ? data->mail : smtp->mail);
    const char *key = smtp->is_lmtp ? "lmtp.dot" : mail->prdr ? "smtp.prdr-dot" : "smtp.dot";
    MgExchange *exchange = mg_conn_begin(smtp->conn, MG_STEP_CONTENT, key);
    exchange->actor = mg_smtp_client(smtp);
    exchange->at.time = MG_TIME_NONE;
    mg_exchange_arg(exchange, "transaction", "%u", mail->number);
    smtp->text_lf = data != NULL && data->bare_lf;
    smtp->text = mg_smtp_ask(smtp, MG_SMTP_CONTENT, exchange);
    smtp->text->mail = mail;
    smtp->reading = READ_TEXT;
    smtp->unstuff = (MgUnstuff){0};
    smtp->text_gap = smtp->text_gap_last = FALSE;
    g_clear_pointer(&smtp->reader, mg_content_reader_free);
    smtp->reader = mg_content_reader_new(MG_READ_MESSAGE);
    mg_content_reader_hand_on(smtp->reader, smtp->conn);
}

/* A client whose DATA ended in a bare LF ends its text that way as well: look at each line. */
static gboolean feed_lf_lines(MgSmtp *smtp, MgSlice data, gsize *ret_used)
{
    gsize at = 0, used = 0;
    gboolean ended = FALSE;
    while (at < data.len && !ended) {
        const guint8 *feed = memchr(data.data + at, '\n', data.len - at);
        gsize len = feed != NULL ? (gsize)(feed - data.data) + 1 - at : data.len - at;
        ended = mg_unstuff_feed(&smtp->unstuff, data.data + at, len, smtp->reader, &used) ||
                smtp->unstuff.maybe_ended;
        at += used;
    }
    *ret_used = at;
    return ended;
}

gsize mg_smtp_text(MgSmtp *smtp, const MgBytes *bytes)
{
    gsize used = 0;
    MgSmtpAsked *text = smtp->text;
    gboolean ended = smtp->text_lf ? feed_lf_lines(smtp, bytes->slice, &used)
                                   : mg_unstuff_feed(&smtp->unstuff, bytes->slice.data,
                                                     bytes->slice.len, smtp->reader, &used);
    smtp->text_gap_last = FALSE;
    if (text != NULL) {
        if (text->exchange->at.time == MG_TIME_NONE)
            text->exchange->at = mg_bytes_place(bytes, bytes->offset)->at;
        mg_bytes_frames(bytes, bytes->offset, bytes->offset + used, &text->exchange->frames);
    }
    if (ended)
        mg_smtp_text_end(smtp, TRUE, mg_bytes_place(bytes, bytes->offset + used - 1)->at);
    return used;
}

void mg_smtp_text_gap(MgSmtp *smtp, const MgGap *gap)
{
    smtp->text_gap = smtp->text_gap_last = TRUE;
    mg_content_reader_gap(smtp->reader, gap->octets);
    mg_unstuff_gap(&smtp->unstuff);
}

static void tell_size(MgExchange *exchange, const MgContent *content)
{
    mg_exchange_arg(exchange, "octets", "%" G_GUINT64_FORMAT, content->octets);
    mg_exchange_arg(exchange, "lines", "%" G_GUINT64_FORMAT, content->lines);
    if (content->missing > 0)
        mg_exchange_arg(exchange, "missing", "%" G_GUINT64_FORMAT, content->missing);
}

void mg_smtp_text_end(MgSmtp *smtp, gboolean complete, MgStamp at)
{
    MgSmtpAsked *text = g_steal_pointer(&smtp->text);
    MgContentReader *reader = g_steal_pointer(&smtp->reader);
    smtp->reading = READ_LINE;
    if (smtp->unstuff.maybe_ended && !smtp->text_gap)
        mg_smtp_note_bare_lf(smtp, mg_smtp_client(smtp), at);
    smtp->smuggling = smtp->unstuff.lf_dot_lf && !smtp->unstuff.maybe_ended;
    if (smtp->smuggling)
        mg_smtp_note(smtp, MG_NOTE_ODD, "smuggling", at, NULL);
    if (text == NULL) {
        mg_content_reader_free(reader);
        return;
    }
    MgExchange *exchange = text->exchange;
    text->passed = complete || smtp->text_gap_last;
    text->too_late = smtp->closing || mg_conn_too_late(smtp->conn, mg_smtp_client(smtp), &at);
    if (exchange->at.time == MG_TIME_NONE)
        exchange->at = at;
    exchange->content = mg_content_reader_finish(reader, complete);
    tell_size(exchange, exchange->content);
    mg_smtp_mail_text(smtp, text->mail, g_rc_box_acquire(exchange->content), exchange->id, at);
}

/* ---- Chunks ---- */

static void chunk_end(MgSmtp *smtp, MgStamp at)
{
    MgSmtpAsked *bdat = g_steal_pointer(&smtp->text);
    smtp->reading = READ_LINE;
    if (bdat == NULL)
        return;
    bdat->passed = TRUE;
    bdat->too_late = smtp->closing || mg_conn_too_late(smtp->conn, mg_smtp_client(smtp), &at);
    MgSmtpMail *mail = bdat->mail;
    if (!bdat->last || mail == NULL || mail->chunks == NULL)
        return;
    MgExchange *exchange = bdat->exchange;
    exchange->content = mg_content_reader_finish(g_steal_pointer(&mail->chunks), TRUE);
    mg_exchange_arg(exchange, "total", "%" G_GUINT64_FORMAT, exchange->content->octets);
    mg_smtp_mail_text(smtp, mail, g_rc_box_acquire(exchange->content), exchange->id, at);
}

void mg_smtp_chunk_begin(MgSmtp *smtp, MgSmtpAsked *bdat, guint64 octets, MgStamp at)
{
    gboolean begin_unseen = !smtp->session->complete_start || smtp->client_lost;
    if (bdat->mail == NULL && begin_unseen) {
        bdat->mail = mail_for_text(smtp, NULL);
        smtp->mail = mg_smtp_mail_ref(bdat->mail);
    }
    if (bdat->mail != NULL && bdat->mail->chunks == NULL) {
        bdat->mail->chunks = mg_content_reader_new(MG_READ_MESSAGE);
        mg_content_reader_hand_on(bdat->mail->chunks, smtp->conn);
    }
    smtp->text = bdat;
    smtp->reading = READ_CHUNK;
    smtp->chunk_left = octets;
    if (octets == 0)
        chunk_end(smtp, at);
}

gsize mg_smtp_chunk(MgSmtp *smtp, const MgBytes *bytes)
{
    gsize used = (gsize)MIN(smtp->chunk_left, (guint64)bytes->slice.len);
    smtp->chunk_left -= used;
    if (smtp->text != NULL) {
        mg_bytes_frames(bytes, bytes->offset, bytes->offset + used, &smtp->text->exchange->frames);
        if (smtp->text->mail != NULL && smtp->text->mail->chunks != NULL)
            mg_content_reader_feed(smtp->text->mail->chunks, bytes->slice.data, used);
    }
    if (smtp->chunk_left == 0)
        chunk_end(smtp, mg_bytes_place(bytes, bytes->offset + MAX(used, 1) - 1)->at);
    return used;
}

void mg_smtp_chunk_gap(MgSmtp *smtp, const MgGap *gap)
{
    guint64 inside = MIN(gap->octets, smtp->chunk_left);
    if (smtp->text != NULL && smtp->text->mail != NULL && smtp->text->mail->chunks != NULL)
        mg_content_reader_gap(smtp->text->mail->chunks, inside);
    smtp->chunk_left -= inside;
    if (smtp->chunk_left > 0)
        return;
    chunk_end(smtp, gap->at);
    smtp->client_hole = smtp->client_lost = gap->octets > inside;
}
