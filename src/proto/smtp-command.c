/* The client's lines: which command, with what arguments, and what is to be read next. */
#include <string.h>

#include "proto/smtp.h"

static MgSlice trimmed(MgSlice text)
{
    while (text.len > 0 && (text.data[text.len - 1] == '\r' || text.data[text.len - 1] == ' ' ||
                            text.data[text.len - 1] == '\t'))
        text.len--;
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    return text;
}

gboolean mg_smtp_is_command(MgSlice line)
{
    MgSlice rest = trimmed(line);
    return mg_smtp_verb(mg_word_next(&rest)) != NULL;
}

static void wait_for(MgSmtp *smtp, MgSmtpWhat what)
{
    smtp->reading = READ_WAIT;
    smtp->waiting_for = what;
    smtp->wait_lost = FALSE;
}

static void hide_rest(MgExchange *exchange, const MgLine *line, const guint8 *from)
{
    gsize at = (gsize)(from - line->text.data);
    mg_text_hide(exchange->line, at, line->text.len - at, line->offset);
}

static void name_argument(MgExchange *exchange, const char *name, MgSlice value)
{
    value = trimmed(value);
    if (value.len == 0)
        return;
    g_autofree char *text = mg_slice_dup(value);
    mg_exchange_arg(exchange, name, "%s", text);
}

/* ---- The commands with a behaviour of their own ---- */

static void hello(MgSmtp *smtp, MgSmtpAsked *asked, MgSlice rest)
{
    MgExchange *exchange = asked->exchange;
    MgSlice host = mg_word_next(&rest);
    if (asked->what == MG_SMTP_LHLO) {
        smtp->is_lmtp = TRUE;
        smtp->session->protocol = MG_PROTOCOL_LMTP;
    }
    if (host.len == 0)
        return;
    host.len = MIN(host.len, (gsize)MG_SMTP_NAME_MAX);
    g_autofree char *name = mg_slice_dup(host);
    mg_exchange_arg(exchange, "host", "%s", name);
    char **known_as = smtp->swapped ? &smtp->session->server_name : &smtp->session->client_name;
    MgEffect effect = {.kind = MG_EFFECT_NAMED,
                       .exchange = exchange->id,
                       .at = exchange->at,
                       .outcome = MG_OUTCOME_INFO,
                       .by = mg_smtp_client(smtp),
                       .name = name};
    mg_conn_effect(smtp->conn, &effect);
    g_free(*known_as);
    *known_as = g_steal_pointer(&name);
}

static void mail(MgSmtp *smtp, MgSmtpAsked *asked, MgSlice rest)
{
    mg_smtp_mail_unref(smtp->mail);
    smtp->mail = mg_smtp_mail_new(smtp);
    asked->mail = mg_smtp_mail_ref(smtp->mail);
    MgSmtpParameters parameters;
    mg_smtp_read_path(asked->exchange, rest, FALSE, &asked->path, &parameters);
    smtp->mail->prdr = parameters.prdr;
    smtp->mail->envelope_id = parameters.envelope_id;
    mg_exchange_arg(asked->exchange, "transaction", "%u", smtp->mail->number);
}

static void rcpt(MgSmtp *smtp, MgSmtpAsked *asked, MgSlice rest)
{
    MgSmtpParameters unused;
    if (smtp->mail == NULL && (smtp->client_lost || !smtp->session->complete_start)) {
        smtp->mail = mg_smtp_mail_new(smtp);
        smtp->mail->answered = smtp->mail->accepted = TRUE;
    }
    asked->mail = mg_smtp_mail_ref(smtp->mail);
    mg_smtp_read_path(asked->exchange, rest, TRUE, &asked->path, &unused);
    if (smtp->mail == NULL)
        return;
    asked->index = ++smtp->mail->asked;
    mg_exchange_arg(asked->exchange, "number", "%u", asked->index);
    mg_exchange_arg(asked->exchange, "transaction", "%u", smtp->mail->number);
}

/* RFC 3030 2: "BDAT" SP chunk-size [ SP "LAST" ].  The chunk follows even where the server is
 * going to refuse it; behind a line that names no size there is none. */
static void bdat(MgSmtp *smtp, MgSmtpAsked *asked, MgSlice rest)
{
    MgExchange *exchange = asked->exchange;
    guint64 octets;
    MgSlice size = mg_word_next(&rest);
    MgSlice mark = mg_word_next(&rest);
    gboolean last = mg_slice_is(mark, "LAST");
    asked->mail = mg_smtp_mail_ref(smtp->mail);
    if (!mg_slice_number(size, G_MAXUINT64, &octets) || (mark.len > 0 && !last) ||
        mg_word_next(&rest).len > 0) {
        name_argument(exchange, "parameters", size);
        exchange->variant = "malformed";
        asked->passed = TRUE;
        return;
    }
    asked->last = last;
    if (last)
        exchange->key = smtp->is_lmtp ? "lmtp.bdat-last" : "smtp.bdat-last";
    mg_exchange_arg(exchange, "octets", "%" G_GUINT64_FORMAT, octets);
    mg_smtp_chunk_begin(smtp, asked, octets, exchange->at);
}

/* RFC 4468 3.3, RFC 4467: what stands behind the last colon of ";URLAUTH=access:mechanism:token"
 * lets anyone fetch the text. */
static void burl(MgSmtp *smtp, MgSmtpAsked *asked, const MgLine *line, MgSlice rest)
{
    static const char mark[] = ";urlauth=";
    MgSlice url = mg_word_next(&rest);
    asked->mail = mg_smtp_mail_ref(smtp->mail);
    asked->last = mg_slice_is(mg_word_next(&rest), "LAST");
    asked->passed = TRUE;
    asked->path = mg_slice_dup(url);
    if (asked->mail != NULL)
        asked->mail->burls++;
    if (asked->last)
        asked->exchange->variant = "last";
    for (gsize at = 0; at + sizeof mark - 1 <= url.len; at++) {
        if (!mg_slice_begins((MgSlice){url.data + at, url.len - at}, mark))
            continue;
        gsize token = url.len;
        while (token > at && url.data[token - 1] != ':')
            token--;
        token = MAX(token, at);
        mg_text_hide(asked->exchange->line, (gsize)(url.data - line->text.data) + token,
                     url.len - token, line->offset);
        return;
    }
}

/* RFC 4954 4: everything behind the mechanism's name is secret. */
static void auth(MgSmtp *smtp, MgSmtpAsked *asked, const MgLine *line, MgSlice rest)
{
    MgExchange *exchange = asked->exchange;
    MgSlice mechanism = mg_word_next(&rest);
    smtp->auth_seen = TRUE;
    wait_for(smtp, MG_SMTP_AUTH);
    g_clear_pointer(&smtp->sasl, mg_sasl_free);
    if (mechanism.len == 0)
        return;
    smtp->sasl = mg_sasl_new(mechanism);
    name_argument(exchange, "mechanism", mechanism);
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = mg_slice_dup(mechanism);
    detail->key = mg_sasl_key(smtp->sasl);
    g_ptr_array_add(exchange->details, detail);
    MgSlice initial = mg_word_next(&rest);
    if (initial.len > 0) {
        mg_sasl_answer(smtp->sasl, exchange, initial);
        hide_rest(exchange, line, initial.data);
        exchange->variant = "initial";
    }
}

/* Postfix XCLIENT: the name of the one who logged in elsewhere. */
static void xclient(MgSmtpAsked *asked, const MgLine *line, MgSlice rest)
{
    name_argument(asked->exchange, "parameters", rest);
    for (MgSlice word = mg_word_next(&rest); word.len > 0; word = mg_word_next(&rest))
        if (mg_slice_begins(word, "LOGIN=")) {
            gsize at = (gsize)(word.data - line->text.data) + strlen("LOGIN=");
            mg_text_hide(asked->exchange->line, at, word.len - strlen("LOGIN="), line->offset);
            /* Not in the arguments either: they are shown as they are. */
            g_hash_table_remove(asked->exchange->args, "parameters");
        }
}

static void xexch50(MgSmtp *smtp, MgSmtpAsked *asked, MgSlice rest)
{
    guint64 octets;
    name_argument(asked->exchange, "parameters", rest);
    if (!mg_slice_number(mg_word_next(&rest), G_MAXUINT64, &octets))
        return;
    mg_exchange_arg(asked->exchange, "octets", "%" G_GUINT64_FORMAT, octets);
    wait_for(smtp, MG_SMTP_XEXCH50);
    smtp->wait_octets = octets;
}

/* ---- Lines that are no known command ---- */

/* One word of base64, as a client sends it that believes to be asked for its password. */
static gboolean looks_like_answer(MgSlice line)
{
    line = trimmed(line);
    gsize letters = line.len;
    while (letters > 0 && line.len - letters < 2 && line.data[letters - 1] == '=')
        letters--;
    if (line.len < 4 || line.len % 4 != 0)
        return FALSE;
    for (gsize i = 0; i < letters; i++)
        if (!g_ascii_isalnum((gchar)line.data[i]) && line.data[i] != '+' && line.data[i] != '/')
            return FALSE;
    return TRUE;
}

/* Commands and fields of other protocols that carry a password, sent to the wrong port. */
static void hide_foreign(MgExchange *exchange, const MgLine *line)
{
    static const char *const words[] = {
        "PASS",           "LOGIN",   "APOP",     "AUTHENTICATE",        "AUTHORIZATION",
        "Authorization:", "Cookie:", "AUTHINFO", "Proxy-Authorization:"};
    MgSlice rest = line->text;
    for (guint i = 0; i < 2; i++) {
        MgSlice word = mg_word_next(&rest);
        for (gsize k = 0; k < G_N_ELEMENTS(words); k++)
            if (mg_slice_is(word, words[k]) && rest.len > 0) {
                hide_rest(exchange, line, rest.data);
                return;
            }
    }
}

static char *verb_of(MgSlice word)
{
    if (word.len == 0 || word.len > 32)
        return NULL;
    for (gsize i = 0; i < word.len; i++)
        if (!g_ascii_isgraph((gchar)word.data[i]))
            return NULL;
    return g_ascii_strup((const char *)word.data, (gssize)word.len);
}

/* ---- Lines that a person typed ---- */

static gboolean is_backspace(guint8 octet)
{
    return octet == '\b' || octet == 0x7f;
}

/* The line as its author meant it.  Most servers see the backspaces too and refuse the line;
 * where one does not, what follows is to be read as it reads it.  Its reply tells.  NULL: there
 * are none. */
static char *without_backspaces(MgSlice line, gsize *ret_len)
{
    gsize at = 0;
    while (at < line.len && !is_backspace(line.data[at]))
        at++;
    if (at == line.len)
        return NULL;
    GString *meant = g_string_sized_new(line.len);
    for (gsize i = 0; i < line.len; i++) {
        if (!is_backspace(line.data[i]))
            g_string_append_c(meant, (gchar)line.data[i]);
        else if (meant->len > 0)
            g_string_truncate(meant, meant->len - 1);
    }
    *ret_len = meant->len;
    return g_string_free(meant, FALSE);
}

static void note_backspace(MgSmtp *smtp, MgStamp at)
{
    if (!smtp->backspace_noted)
        mg_smtp_note(smtp, MG_NOTE_ODD, "backspace", at, NULL);
    smtp->backspace_noted = TRUE;
}

/* ---- A line ---- */

static MgExchange *begin(MgSmtp *smtp, MgStepKind kind, const char *key, const MgLine *line,
                         const MgBytes *bytes)
{
    MgExchange *exchange = mg_conn_begin(smtp->conn, kind, key);
    exchange->actor = mg_smtp_client(smtp);
    exchange->line = mg_line_text(line);
    exchange->at = mg_line_begun(line, bytes);
    mg_line_frames(line, bytes, &exchange->frames);
    if (line->bare_lf && !line->unended)
        mg_smtp_note_bare_lf(smtp, mg_smtp_client(smtp), exchange->at);
    return exchange;
}

static void dispatch(MgSmtp *smtp, MgSmtpAsked *asked, const MgLine *line, MgSlice rest)
{
    MgExchange *exchange = asked->exchange;
    switch (asked->what) {
    case MG_SMTP_EHLO:
    case MG_SMTP_HELO:
    case MG_SMTP_LHLO:
        hello(smtp, asked, rest);
        break;
    case MG_SMTP_MAIL:
        mail(smtp, asked, rest);
        break;
    case MG_SMTP_RCPT:
        rcpt(smtp, asked, rest);
        break;
    case MG_SMTP_DATA:
        asked->mail = mg_smtp_mail_ref(smtp->mail);
        wait_for(smtp, MG_SMTP_DATA);
        break;
    case MG_SMTP_BDAT:
        bdat(smtp, asked, rest);
        break;
    case MG_SMTP_BURL:
        burl(smtp, asked, line, rest);
        break;
    case MG_SMTP_AUTH:
        auth(smtp, asked, line, rest);
        break;
    case MG_SMTP_STARTTLS:
    case MG_SMTP_TURN:
    case MG_SMTP_ATRN:
        name_argument(exchange, "name", rest);
        wait_for(smtp, asked->what);
        break;
    case MG_SMTP_XCLIENT:
        xclient(asked, line, rest);
        break;
    case MG_SMTP_XEXCH50:
        xexch50(smtp, asked, rest);
        break;
    case MG_SMTP_QUIT:
        smtp->quit_seen = TRUE;
        break;
    case MG_SMTP_XFORWARD:
    case MG_SMTP_NOOP:
    case MG_SMTP_OTHER:
        name_argument(exchange, "parameters", rest);
        break;
    case MG_SMTP_VRFY:
    case MG_SMTP_EXPN:
    case MG_SMTP_HELP:
    case MG_SMTP_ETRN:
        name_argument(exchange, "name", rest);
        break;
    case MG_SMTP_RSET:
    case MG_SMTP_GREETING:
    case MG_SMTP_EMPTY:
    case MG_SMTP_CONTENT:
    case MG_SMTP_SASL:
    default:
        break;
    }
}

/* Where a secret stands in the line as it was sent is not known: all of it is hidden. */
static void dispatch_typed(MgSmtp *smtp, MgSmtpAsked *asked, const MgLine *line, MgSlice rest)
{
    switch (asked->what) {
    case MG_SMTP_AUTH:
        smtp->auth_seen = TRUE;
        wait_for(smtp, MG_SMTP_AUTH);
        g_clear_pointer(&smtp->sasl, mg_sasl_free);
        hide_rest(asked->exchange, line, line->text.data);
        break;
    case MG_SMTP_BURL:
    case MG_SMTP_XCLIENT:
        asked->mail = mg_smtp_mail_ref(smtp->mail);
        asked->passed = TRUE;
        hide_rest(asked->exchange, line, line->text.data);
        break;
    default:
        dispatch(smtp, asked, line, rest);
        break;
    }
}

void mg_smtp_command(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes)
{
    gsize meant_len = 0;
    g_autofree char *meant = without_backspaces(line->text, &meant_len);
    MgSlice rest =
        trimmed(meant != NULL ? (MgSlice){(const guint8 *)meant, meant_len} : line->text);
    MgSlice word = mg_word_next(&rest);
    const MgSmtpVerb *verb = mg_smtp_verb(word);
    gboolean behind_hole = smtp->client_hole;
    smtp->client_hole = FALSE;
    if (verb == NULL && behind_hole) { /* the end of a line that began in the hole */
        mg_conn_secret_line(smtp->conn, line->text, line->offset);
        return;
    }
    if (verb == NULL && looks_like_answer(line->text) && (smtp->auth_seen || smtp->client_lost)) {
        mg_smtp_sasl_line(smtp, line, bytes);
        smtp->reading = READ_LINE;
        return;
    }
    /* A client that goes on has read the reply to its end, whatever the server meant. */
    if (smtp->partial != NULL && smtp->asked.length <= 1)
        smtp->partial_stale = TRUE;

    MgExchange *exchange =
        begin(smtp, MG_STEP_COMMAND, verb != NULL ? verb->key : "smtp.unknown", line, bytes);
    exchange->known = verb != NULL;
    exchange->verb = verb != NULL ? g_strdup(verb->verb) : verb_of(word);
    MgSmtpWhat what = verb != NULL ? verb->what : word.len > 0 ? MG_SMTP_OTHER : MG_SMTP_EMPTY;
    MgSmtpAsked *asked = mg_smtp_ask(smtp, what, exchange);
    asked->bare_lf = line->bare_lf && !line->unended;
    if (meant != NULL)
        note_backspace(smtp, exchange->at);
    if (verb == NULL)
        hide_foreign(exchange, line);
    else if (meant != NULL)
        dispatch_typed(smtp, asked, line, rest);
    else
        dispatch(smtp, asked, line, rest);
    mg_conn_secrets(smtp->conn, MG_ACTOR_CLIENT, exchange->line,
                    asked->what == MG_SMTP_AUTH ? smtp->sasl : NULL);
}

void mg_smtp_sasl_line(MgSmtp *smtp, const MgLine *line, const MgBytes *bytes)
{
    MgSlice answer = trimmed(line->text);
    gboolean cancel = answer.len == 1 && answer.data[0] == '*';
    smtp->client_hole = FALSE;
    MgExchange *exchange =
        begin(smtp, MG_STEP_SASL, cancel ? "smtp.auth-cancel" : "smtp.auth-response", line, bytes);
    if (!cancel)
        mg_text_hide(exchange->line, 0, exchange->line->text->len, line->offset);
    if (smtp->sasl != NULL) {
        mg_exchange_arg(exchange, "mechanism", "%s", mg_sasl_mechanism(smtp->sasl));
        if (!cancel)
            mg_sasl_answer(smtp->sasl, exchange, answer);
    }
    mg_conn_secrets(smtp->conn, MG_ACTOR_CLIENT, exchange->line, smtp->sasl);
    mg_smtp_ask(smtp, MG_SMTP_SASL, exchange);
    wait_for(smtp, MG_SMTP_SASL);
}
