/* Values that proto makes and later stages read: texts, replies, contents, exchanges. */
#include "mg-exchange.h"

#include <stdarg.h>

MgText *mg_text_new(const char *text, gssize len)
{
    MgText *self = g_new0(MgText, 1);
    self->text = len < 0 ? g_string_new(text) : g_string_new_len(text, len);
    return self;
}

void mg_text_free(MgText *text)
{
    if (text == NULL)
        return;
    g_string_free(text->text, TRUE);
    g_clear_pointer(&text->secrets, g_array_unref);
    g_free(text);
}

MgReply *mg_reply_new(const char *code, MgOutcome outcome)
{
    MgReply *reply = g_new0(MgReply, 1);
    reply->code = g_strdup(code);
    reply->outcome = outcome;
    reply->lines = g_ptr_array_new_with_free_func((GDestroyNotify)mg_text_free);
    return reply;
}

void mg_reply_free(MgReply *reply)
{
    if (reply == NULL)
        return;
    g_free(reply->code);
    g_free(reply->enhanced);
    g_ptr_array_unref(reply->lines);
    g_clear_pointer(&reply->args, g_hash_table_unref);
    g_free(reply);
}

MgReport *mg_report_new(void)
{
    MgReport *report = g_rc_box_new0(MgReport);
    report->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)mg_report_recipient_free);
    return report;
}

void mg_report_recipient_free(MgReportRecipient *recipient)
{
    g_free(recipient->recipient);
    g_free(recipient->original);
    g_free(recipient->action);
    g_free(recipient->status);
    g_free(recipient->diagnostic);
    g_free(recipient);
}

static void report_clear(gpointer data)
{
    MgReport *report = data;
    g_free(report->message_id);
    g_free(report->envelope_id);
    g_free(report->queue_id);
    g_free(report->reporting_mta);
    g_strfreev(report->received);
    g_ptr_array_unref(report->recipients);
}

void mg_report_unref(MgReport *report)
{
    if (report != NULL)
        g_rc_box_release_full(report, report_clear);
}

MgContent *mg_content_new(void)
{
    return g_rc_box_new0(MgContent);
}

static void content_clear(gpointer data)
{
    MgContent *content = data;
    g_free(content->message_id);
    g_free(content->subject);
    g_free(content->from);
    g_strfreev(content->to);
    g_free(content->date);
    g_free(content->in_reply_to);
    g_strfreev(content->received);
    g_free(content->fingerprint);
    g_free(content->body_digest);
    g_free(content->head);
    mg_report_unref(content->report);
}

void mg_content_unref(MgContent *content)
{
    if (content != NULL)
        g_rc_box_release_full(content, content_clear);
}

void mg_part_free(MgPart *part)
{
    if (part == NULL)
        return;
    g_free(part->item);
    mg_content_unref(part->content);
    g_clear_pointer(&part->slice, g_bytes_unref);
    g_free(part);
}

void mg_detail_free(MgDetail *detail)
{
    if (detail == NULL)
        return;
    g_free(detail->token);
    g_clear_pointer(&detail->args, g_hash_table_unref);
    g_free(detail);
}

MgExchange *mg_exchange_new(const MgSession *session, MgStepKind kind, const char *key)
{
    MgExchange *exchange = g_new0(MgExchange, 1);
    exchange->session = session;
    exchange->kind = kind;
    exchange->key = key;
    exchange->known = TRUE;
    exchange->actor = kind == MG_STEP_SERVER       ? MG_ACTOR_SERVER
                      : kind == MG_STEP_CONNECTION ? MG_ACTOR_NONE
                                                   : MG_ACTOR_CLIENT;
    exchange->outcome = MG_OUTCOME_INFO;
    exchange->replies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_reply_free);
    exchange->args = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    exchange->details = g_ptr_array_new_with_free_func((GDestroyNotify)mg_detail_free);
    return exchange;
}

void mg_exchange_free(MgExchange *exchange)
{
    if (exchange == NULL)
        return;
    g_free(exchange->verb);
    mg_text_free(exchange->line);
    mg_content_unref(exchange->content);
    g_ptr_array_unref(exchange->replies);
    g_hash_table_unref(exchange->args);
    g_ptr_array_unref(exchange->details);
    g_free(exchange);
}

static void put(GHashTable **args, const char *name, const char *format, va_list arguments)
{
    if (*args == NULL)
        *args = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_replace(*args, g_strdup(name), g_strdup_vprintf(format, arguments));
}

void mg_exchange_arg(MgExchange *exchange, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put(&exchange->args, name, format, arguments);
    va_end(arguments);
}

void mg_reply_arg(MgReply *reply, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put(&reply->args, name, format, arguments);
    va_end(arguments);
}

void mg_detail_arg(MgDetail *detail, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put(&detail->args, name, format, arguments);
    va_end(arguments);
}
