/* The arguments of MAIL and RCPT: a path and parameters (RFC 5321 4.1.2). */
#include <string.h>

#include "proto/smtp.h"

static void skip_blanks(MgSlice *rest)
{
    while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
        rest->data++;
        rest->len--;
    }
}

static void skip(MgSlice *rest, gsize octets)
{
    rest->data += octets;
    rest->len -= octets;
}

/* From "<" to the ">" that is not inside a quoted local part; without brackets one word.
 * *rest goes behind it. */
static MgSlice cut_path(MgSlice *rest)
{
    skip_blanks(rest);
    if (rest->len == 0 || rest->data[0] != '<') {
        /* What looks like parameters in place of an address is none. */
        return mg_word_next(rest);
    }
    gboolean quoted = FALSE;
    for (gsize at = 1; at < rest->len; at++) {
        guint8 octet = rest->data[at];
        if (octet == '\\' && quoted)
            at++;
        else if (octet == '"')
            quoted = !quoted;
        else if (octet == '>' && !quoted) {
            MgSlice path = {rest->data + 1, at - 1};
            skip(rest, at + 1);
            return path;
        }
    }
    /* The bracket never closes: the address ends at the first blank. */
    skip(rest, 1);
    MgSlice path = mg_word_next(rest);
    if (path.len > 0 && path.data[path.len - 1] == '>')
        path.len--;
    return path;
}

/* Source routes are to be ignored (RFC 5321 4.1.2, appendix F.2). */
static MgSlice without_route(MgSlice path)
{
    const guint8 *colon;
    if (path.len > 0 && path.data[0] == '@' && (colon = memchr(path.data, ':', path.len)) != NULL)
        skip(&path, (gsize)(colon - path.data) + 1);
    while (path.len > 0 && path.data[path.len - 1] == ' ')
        path.len--;
    skip_blanks(&path);
    return path;
}

/* "+2B" is one octet, written in hexadecimal (RFC 3461 section 4). */
static char *read_xtext(MgSlice text)
{
    GString *out = g_string_new(NULL);
    for (gsize at = 0; at < text.len; at++) {
        char octet = (char)text.data[at];
        if (octet == '+' && at + 2 < text.len && g_ascii_isxdigit((gchar)text.data[at + 1]) &&
            g_ascii_isxdigit((gchar)text.data[at + 2])) {
            octet = (char)(g_ascii_xdigit_value((gchar)text.data[at + 1]) * 16 +
                           g_ascii_xdigit_value((gchar)text.data[at + 2]));
            at += 2;
        }
        if (octet != '\0')
            g_string_append_c(out, octet);
    }
    return g_string_free(out, FALSE);
}

static void read_parameters(MgExchange *exchange, MgSlice rest, gboolean of_rcpt,
                            MgSmtpParameters *ret_parameters)
{
    skip_blanks(&rest);
    while (rest.len > 0 && rest.data[rest.len - 1] == ' ')
        rest.len--;
    if (rest.len == 0)
        return;
    g_autofree char *all = mg_slice_dup(rest);
    mg_exchange_arg(exchange, "parameters", "%s", all);
    for (MgSlice word = mg_word_next(&rest);
         word.len > 0 && exchange->details->len < MG_LIMIT_DETAILS; word = mg_word_next(&rest)) {
        const guint8 *equals = memchr(word.data, '=', word.len);
        MgSlice name = {word.data, equals != NULL ? (gsize)(equals - word.data) : word.len};
        MgDetail *detail = g_new0(MgDetail, 1);
        detail->token = mg_slice_dup(word);
        detail->key = mg_smtp_parameter(name, of_rcpt);
        g_ptr_array_add(exchange->details, detail);
        if (mg_slice_is(name, "PRDR") && !of_rcpt)
            ret_parameters->prdr = TRUE;
        if (mg_slice_is(name, "ENVID") && !of_rcpt && equals != NULL &&
            ret_parameters->envelope_id == NULL)
            ret_parameters->envelope_id =
                read_xtext((MgSlice){equals + 1, word.len - name.len - 1});
        if (mg_slice_is(name, "SIZE") && equals != NULL) {
            g_autofree char *octets = mg_slice_dup((MgSlice){equals + 1, word.len - name.len - 1});
            mg_exchange_arg(exchange, "octets", "%s", octets);
        }
    }
}

void mg_smtp_read_path(MgExchange *exchange, MgSlice arguments, gboolean of_rcpt, char **ret_path,
                       MgSmtpParameters *ret_parameters)
{
    const char *word = of_rcpt ? "TO" : "FROM";
    *ret_parameters = (MgSmtpParameters){0};
    skip_blanks(&arguments);
    if (mg_slice_begins(arguments, word)) {
        MgSlice behind = arguments;
        skip(&behind, strlen(word));
        skip_blanks(&behind);
        if (behind.len > 0 && behind.data[0] == ':')
            arguments = (MgSlice){behind.data + 1, behind.len - 1};
        else if (behind.len > 0 && behind.data[0] == '<')
            arguments = behind;
    }
    MgSlice path = without_route(cut_path(&arguments));
    *ret_path = mg_slice_dup(path);
    mg_exchange_arg(exchange, "address", "%s", *ret_path);
    read_parameters(exchange, arguments, of_rcpt, ret_parameters);
}
