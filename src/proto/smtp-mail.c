/* Transactions, and the effects that are theirs. */
#include "proto/smtp.h"

MgSmtpMail *mg_smtp_mail_new(MgSmtp *smtp)
{
    MgSmtpMail *mail = g_new0(MgSmtpMail, 1);
    mail->refs = 1;
    mail->number = ++smtp->mails;
    mail->recipients = g_ptr_array_new_with_free_func(g_free);
    return mail;
}

MgSmtpMail *mg_smtp_mail_ref(MgSmtpMail *mail)
{
    if (mail != NULL)
        mail->refs++;
    return mail;
}

void mg_smtp_mail_unref(MgSmtpMail *mail)
{
    if (mail == NULL || --mail->refs > 0)
        return;
    g_ptr_array_unref(mail->recipients);
    mg_content_unref(mail->text);
    if (mail->chunks != NULL)
        mg_content_reader_free(mail->chunks);
    g_free(mail->envelope_id);
    g_free(mail);
}

void mg_smtp_mail_flush(MgSmtp *smtp, MgSmtpMail *mail)
{
    if (mail == NULL || mail->text == NULL)
        return;
    g_autoptr(MgContent) content = g_steal_pointer(&mail->text);
    MgEffect effect = {.kind = MG_EFFECT_TEXT,
                       .exchange = mail->text_exchange,
                       .at = mail->text_at,
                       .outcome = MG_OUTCOME_INFO,
                       .by = mg_smtp_client(smtp),
                       .transaction = mail->number,
                       .content = content};
    mg_conn_effect(smtp->conn, &effect);
}

void mg_smtp_mail_text(MgSmtp *smtp, MgSmtpMail *mail, MgContent *content, guint64 exchange,
                       MgStamp at)
{
    mg_smtp_mail_flush(smtp, mail);
    mail->text = content;
    mail->text_at = at;
    mail->text_exchange = exchange;
    /* With chunks behind pipelined commands the text is there before MAIL's reply is. */
    if (mail->answered)
        mg_smtp_mail_flush(smtp, mail);
}

void mg_smtp_mail_end(MgSmtp *smtp, MgSmtpMail *mail)
{
    mail->ended = TRUE;
    if (smtp->open == mail)
        g_clear_pointer(&smtp->open, mg_smtp_mail_unref);
    if (smtp->mail == mail)
        g_clear_pointer(&smtp->mail, mg_smtp_mail_unref);
}

void mg_smtp_mail_abandon(MgSmtp *smtp, MgSmtpMail *mail, guint64 exchange, MgStamp at,
                          MgOutcome outcome)
{
    if (mail == NULL || mail->ended)
        return;
    mg_smtp_mail_ref(mail);
    mail->answered = TRUE;
    if (mail->chunks != NULL) {
        MgContent *content = mg_content_reader_finish(g_steal_pointer(&mail->chunks), FALSE);
        mg_smtp_mail_text(smtp, mail, content, exchange, at);
    }
    mg_smtp_mail_flush(smtp, mail);
    MgEffect effect = {.kind = MG_EFFECT_ABANDONED,
                       .exchange = exchange,
                       .at = at,
                       .outcome = outcome,
                       .by = mg_smtp_client(smtp),
                       .transaction = mail->number};
    mg_conn_effect(smtp->conn, &effect);
    mg_smtp_mail_end(smtp, mail);
    mg_smtp_mail_unref(mail);
}

void mg_smtp_mail_handover(MgSmtp *smtp, MgSmtpMail *mail, guint64 exchange, MgStamp at,
                           MgOutcome outcome, const char *name, const char *queue_id,
                           gboolean per_recipient)
{
    mail->answered = TRUE;
    mg_smtp_mail_flush(smtp, mail);
    MgEffect effect = {.kind = MG_EFFECT_HANDOVER,
                       .exchange = exchange,
                       .at = at,
                       .outcome = outcome,
                       .by = mg_smtp_server(smtp),
                       .transaction = mail->number,
                       .name = name,
                       .text = queue_id,
                       .flag = per_recipient};
    mg_conn_effect(smtp->conn, &effect);
    if (outcome == MG_OUTCOME_OK)
        mg_smtp_promise(smtp, mail);
}
