/* The reply to message text: who has the message now.
 *
 * One reply for all recipients (RFC 5321 4.2.5), or one for each: LMTP, PRDR, EXDATA. */
#include "proto/smtp.h"

static gboolean is_ok(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_OK;
}

static const char *recipient(const MgSmtpMail *mail, guint index)
{
    return index < mail->recipients->len ? g_ptr_array_index(mail->recipients, index) : NULL;
}

static void note_outcome(MgSmtpAsked *asked, MgOutcome outcome)
{
    guint8 value = (guint8)outcome;
    if (asked->outcomes == NULL)
        asked->outcomes = g_byte_array_new();
    if (asked->outcomes->len < MG_LIMIT_RECIPIENTS)
        g_byte_array_append(asked->outcomes, &value, 1);
    asked->settled++;
}

/* One outcome for the step out of those of its recipients: any success is one. */
static void sum_up(MgSmtpAsked *asked, gboolean whole)
{
    gboolean same = TRUE, any_ok = FALSE;
    if (asked->outcomes == NULL)
        return;
    for (guint i = 0; i < asked->outcomes->len; i++) {
        any_ok = any_ok || asked->outcomes->data[i] == MG_OUTCOME_OK;
        same = same && asked->outcomes->data[i] == asked->outcomes->data[0];
    }
    asked->exchange->outcome = any_ok ? MG_OUTCOME_OK : asked->outcomes->data[0];
    if (!same || !whole)
        asked->exchange->variant = "mixed";
}

static void tell_queue_id(MgExchange *exchange, const char *queue_id)
{
    if (queue_id != NULL)
        mg_exchange_arg(exchange, "queue-id", "%s", queue_id);
}

/* LMTP: one reply for each accepted recipient, in the order of their RCPTs (RFC 2033 4.2). */
static gboolean lmtp_answered(MgSmtp *smtp, MgSmtpAsked *asked, const MgSmtpReply *whole)
{
    MgSmtpMail *mail = asked->mail;
    const MgReply *reply = whole->reply;
    g_autofree char *queue_id =
        is_ok(reply->outcome) && !whole->cut ? mg_smtp_queue_id(reply) : NULL;
    tell_queue_id(asked->exchange, queue_id);
    mg_smtp_mail_handover(smtp, mail, asked->exchange->id, reply->at, reply->outcome,
                          recipient(mail, asked->settled), queue_id, TRUE);
    note_outcome(asked, reply->outcome);
    guint due = mail->agreed > 0 ? mail->agreed : mail->unanswered;
    if (asked->settled < due && whole->code != 421)
        return FALSE;
    if (asked->settled < due) {
        for (guint i = asked->settled; i < MIN(due, mail->recipients->len); i++)
            mg_smtp_mail_handover(smtp, mail, asked->exchange->id, reply->at, MG_OUTCOME_UNANSWERED,
                                  recipient(mail, i), NULL, TRUE);
    }
    sum_up(asked, asked->settled >= due);
    mg_smtp_mail_end(smtp, mail);
    return TRUE;
}

/* PRDR: after 353 one reply a recipient, then one that decides about them all. */
static gboolean prdr_answered(MgSmtp *smtp, MgSmtpAsked *asked, const MgSmtpReply *whole)
{
    MgSmtpMail *mail = asked->mail;
    const MgReply *reply = whole->reply;
    if (asked->settled < mail->agreed && whole->code != 421) {
        note_outcome(asked, reply->outcome);
        return FALSE;
    }
    gboolean ok = is_ok(reply->outcome);
    g_autofree char *queue_id = ok && !whole->cut ? mg_smtp_queue_id(reply) : NULL;
    tell_queue_id(asked->exchange, queue_id);
    for (guint i = 0; asked->outcomes != NULL && i < asked->outcomes->len; i++) {
        MgOutcome outcome = ok ? (MgOutcome)asked->outcomes->data[i] : reply->outcome;
        mg_smtp_mail_handover(smtp, mail, asked->exchange->id, reply->at, outcome,
                              recipient(mail, i), is_ok(outcome) ? queue_id : NULL, TRUE);
    }
    if (ok)
        sum_up(asked, TRUE);
    mg_smtp_mail_end(smtp, mail);
    return TRUE;
}

/* EXDATA (Courier): the replies to the recipients are the lines of one reply. */
static gboolean exdata_answered(MgSmtp *smtp, MgSmtpAsked *asked, const MgSmtpReply *whole)
{
    MgSmtpMail *mail = asked->mail;
    const MgReply *reply = whole->reply;
    if (whole->code != 558 || reply->lines->len < mail->agreed)
        return FALSE;
    for (guint i = 0; i < mail->agreed; i++) {
        const MgText *line = g_ptr_array_index(reply->lines, i);
        guint64 code = 0;
        MgSlice digits = {(const guint8 *)line->text->str, MIN(line->text->len, (gsize)3)};
        MgOutcome outcome = mg_slice_number(digits, 999, &code) && digits.len == 3
                                ? mg_smtp_outcome((guint)code)
                                : MG_OUTCOME_UNANSWERED;
        mg_smtp_mail_handover(smtp, mail, asked->exchange->id, reply->at, outcome,
                              recipient(mail, i), NULL, TRUE);
        note_outcome(asked, outcome);
    }
    sum_up(asked, TRUE);
    mg_smtp_mail_end(smtp, mail);
    return TRUE;
}

gboolean mg_smtp_handover(MgSmtp *smtp, MgSmtpAsked *asked, const MgSmtpReply *whole)
{
    MgSmtpMail *mail = asked->mail;
    const MgReply *reply = whole->reply;
    MgExchange *exchange = asked->exchange;
    if (mail == NULL)
        return TRUE;
    gboolean nobody = mail->asked > 0 && mail->agreed == 0 && mail->unanswered == 0;
    if (nobody) {
        /* RFC 2920 3.2: whatever the reply to such a text is, it went to nobody. */
        exchange->variant = "nobody";
        mg_smtp_mail_abandon(smtp, mail, exchange->id, reply->at, reply->outcome);
        return TRUE;
    }
    if (smtp->is_lmtp && mail->agreed + mail->unanswered > 0)
        return lmtp_answered(smtp, asked, whole);
    if (whole->code == 353 && mail->agreed > 0) {
        asked->per_recipient = TRUE;
        return FALSE;
    }
    if (asked->per_recipient)
        return prdr_answered(smtp, asked, whole);
    if (exdata_answered(smtp, asked, whole))
        return TRUE;
    g_autofree char *queue_id =
        is_ok(reply->outcome) && !whole->cut ? mg_smtp_queue_id(reply) : NULL;
    tell_queue_id(exchange, queue_id);
    mg_smtp_mail_handover(smtp, mail, exchange->id, reply->at, reply->outcome, NULL, queue_id,
                          FALSE);
    mg_smtp_mail_end(smtp, mail);
    return TRUE;
}

void mg_smtp_handover_unanswered(MgSmtp *smtp, MgSmtpAsked *asked, MgStamp at)
{
    MgSmtpMail *mail = asked->mail;
    guint64 id = asked->exchange->id;
    gboolean nobody = mail != NULL && mail->asked > 0 && mail->agreed == 0 && mail->unanswered == 0;
    if (mail == NULL)
        return;
    /* A server that has said 421 before the text was through does not take it. */
    if (nobody)
        asked->exchange->variant = "nobody";
    if (!asked->passed || asked->too_late || nobody) {
        mg_smtp_mail_abandon(smtp, mail, id, at, MG_OUTCOME_UNANSWERED);
        return;
    }
    if (smtp->is_lmtp && mail->recipients->len > asked->settled) {
        for (guint i = asked->settled; i < mail->recipients->len; i++)
            mg_smtp_mail_handover(smtp, mail, id, at, MG_OUTCOME_UNANSWERED, recipient(mail, i),
                                  NULL, TRUE);
        sum_up(asked, FALSE);
    } else {
        mg_smtp_mail_handover(smtp, mail, id, at, MG_OUTCOME_UNANSWERED, NULL, NULL, FALSE);
    }
    mg_smtp_mail_end(smtp, mail);
}
