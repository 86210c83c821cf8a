/* Facts out of the text of POP3 replies: codes, counts, names.
 *
 * The text is for people (RFC 1939 section 3); only what cannot be misread is read. */
#include "proto/pop3.h"

#include <string.h>

#include "proto/line.h"

char *pop3_code(MgSlice line)
{
    MgSlice rest = line;
    mg_word_next(&rest);
    while (rest.len > 0 && rest.data[0] == ' ') {
        rest.data++;
        rest.len--;
    }
    const guint8 *close =
        rest.len > 1 && rest.data[0] == '[' ? memchr(rest.data, ']', rest.len) : NULL;
    if (close == NULL || close == rest.data + 1 || close - rest.data > 64)
        return NULL;
    MgSlice code = {rest.data + 1, (gsize)(close - rest.data) - 1};
    /* resp-level of RFC 2449 section 8, where letters, digits and "-" are what is used. */
    for (gsize i = 0; i < code.len; i++)
        if (!g_ascii_isalnum((gchar)code.data[i]) && strchr("-/.", code.data[i]) == NULL)
            return NULL;
    g_autofree char *text = mg_slice_dup(code);
    return g_ascii_strup(text, -1);
}

const char *pop3_code_key(const char *code)
{
    static const struct {
        const char *code;
        const char *key;
    } codes[] = {
        {"LOGIN-DELAY", "pop3.code.login-delay"},
        {"IN-USE", "pop3.code.in-use"},
        {"SYS/TEMP", "pop3.code.sys-temp"},
        {"SYS/PERM", "pop3.code.sys-perm"},
        {"AUTH", "pop3.code.auth"},
        {"UTF8", "pop3.code.utf8"},
        {"SYS", "pop3.code.sys"},
    };
    gsize first = strcspn(code, "/");
    const char *by_first = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        if (strcmp(codes[i].code, code) == 0)
            return codes[i].key;
        /* An unknown detail is read by its first level (RFC 2449 section 8). */
        if (strlen(codes[i].code) == first && strncmp(codes[i].code, code, first) == 0)
            by_first = codes[i].key;
    }
    return by_first != NULL ? by_first : "pop3.code.xuser-limit";
}

const char *pop3_capability_key(MgSlice name)
{
    /* The rows of pop3-capabilities.tsv. */
    static const struct {
        const char *name;
        const char *key;
    } capabilities[] = {
        {"TOP", "pop3.capability.top"},
        {"USER", "pop3.capability.user"},
        {"CAPA", "pop3.capability.capa"},
        {"SASL", "pop3.capability.sasl"},
        {"RESP-CODES", "pop3.capability.resp-codes"},
        {"LOGIN-DELAY", "pop3.capability.login-delay"},
        {"PIPELINING", "pop3.capability.pipelining"},
        {"EXPIRE", "pop3.capability.expire"},
        {"UIDL", "pop3.capability.uidl"},
        {"IMPLEMENTATION", "pop3.capability.implementation"},
        {"STLS", "pop3.capability.stls"},
        {"AUTH-RESP-CODE", "pop3.capability.auth-resp-code"},
        {"UTF8", "pop3.capability.utf8"},
        {"LANG", "pop3.capability.lang"},
        {"APOP", "pop3.capability.apop"},
        {"[XCLIENT]", "pop3.capability.xclient"},
        {"X-GOOGLE-RICO", "pop3.capability.x-google-rico"},
        {"X-GOOGLE-VERHOEVEN", "pop3.capability.x-google-verhoeven"},
        {"X-MANGLE", "pop3.capability.x-mangle"},
        {"X-MACRO", "pop3.capability.x-macro"},
        {"X-LOCALTIME", "pop3.capability.x-localtime"},
        {"XTND", "pop3.capability.xtnd"},
        {"XTLS", "pop3.capability.xtls"},
        {"NTLM", "pop3.capability.ntlm"},
        {"KERBEROS_V4", "pop3.capability.kerberos_v4"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(capabilities); i++)
        if (mg_slice_is(name, capabilities[i].name))
            return capabilities[i].key;
    /* RFC 2449 section 2: private ones begin with X. */
    return mg_slice_begins(name, "X") ? "pop3.capability.unknown-x" : "pop3.capability.unknown";
}

/* The next word, brackets and commas around it taken off. */
static MgSlice bare_word(MgSlice *rest)
{
    MgSlice word = mg_word_next(rest);
    while (word.len > 0 && strchr("([", word.data[0]) != NULL) {
        word.data++;
        word.len--;
    }
    while (word.len > 0 && strchr(")],.;:", word.data[word.len - 1]) != NULL)
        word.len--;
    return word;
}

static gboolean is_messages(MgSlice word)
{
    return mg_slice_is(word, "message") || mg_slice_is(word, "messages") ||
           mg_slice_is(word, "message(s"); /* its last bracket is off */
}

static gboolean is_octets(MgSlice word)
{
    return mg_slice_is(word, "octets") || mg_slice_is(word, "octet") ||
           mg_slice_is(word, "octet(s") || mg_slice_is(word, "bytes") ||
           mg_slice_is(word, "byte") || mg_slice_is(word, "byte(s");
}

/* A number directly in front of a word that says of what. */
static gboolean number_of(MgSlice text, gboolean (*of)(MgSlice word), guint64 *ret_number)
{
    guint64 number = 0, next = 0;
    gboolean have = FALSE;
    while (text.len > 0) {
        MgSlice word = bare_word(&text);
        if (have && of(word)) {
            *ret_number = number;
            return TRUE;
        }
        have = mg_slice_number(word, G_MAXUINT64 - 1, &next);
        if (have)
            number = next;
    }
    return FALSE;
}

gboolean pop3_maildrop(MgSlice status, guint64 *ret_count, guint64 *ret_octets)
{
    MgSlice rest = status, text;
    mg_word_next(&rest);
    text = rest;
    *ret_octets = 0;
    if (number_of(text, is_messages, ret_count)) {
        number_of(text, is_octets, ret_octets);
        return TRUE;
    }
    /* Two numbers and nothing else, as in the answer to STAT. */
    guint64 count, octets;
    if (!mg_slice_number(mg_word_next(&rest), G_MAXUINT64 - 1, &count) ||
        !mg_slice_number(mg_word_next(&rest), G_MAXUINT64 - 1, &octets) ||
        mg_word_next(&rest).len > 0)
        return FALSE;
    *ret_count = count;
    *ret_octets = octets;
    return TRUE;
}

guint64 pop3_octets(MgSlice status)
{
    guint64 octets = 0;
    number_of(status, is_octets, &octets);
    return octets;
}

/* A host name of two labels or more, the last one letters: "v2.1" and "ready." are none. */
static gboolean is_host(MgSlice word)
{
    gsize label = 0, labels = 1;
    gboolean letters = TRUE;
    for (gsize i = 0; i < word.len; i++) {
        gchar octet = (gchar)word.data[i];
        if (octet == '.') {
            if (label == 0)
                return FALSE;
            label = 0;
            letters = TRUE;
            labels++;
        } else if (g_ascii_isalnum(octet) || octet == '-') {
            letters = letters && g_ascii_isalpha(octet);
            label++;
        } else {
            return FALSE;
        }
    }
    return labels >= 2 && label >= 2 && letters && word.len <= 255;
}

char *pop3_host(MgSlice greeting)
{
    MgSlice rest = greeting;
    mg_word_next(&rest);
    MgSlice timestamp = {NULL, 0};
    while (rest.len > 0) {
        MgSlice word = mg_word_next(&rest);
        if (is_host(word))
            return mg_slice_dup(word);
        /* The timestamp of APOP: <process-ID.clock@hostname> (RFC 1939 section 7). */
        const guint8 *at = word.len > 2 && word.data[0] == '<' && word.data[word.len - 1] == '>'
                               ? memchr(word.data, '@', word.len)
                               : NULL;
        if (at != NULL)
            timestamp = (MgSlice){at + 1, (gsize)(word.data + word.len - 1 - (at + 1))};
    }
    return is_host(timestamp) ? mg_slice_dup(timestamp) : NULL;
}

gboolean pop3_is_greeting(MgSlice line)
{
    static const char *const words[] = {"POP", "ready", "server", "service"};
    if (!mg_slice_begins(line, "+OK"))
        return FALSE;
    /* No status line is longer (RFC 2449 section 4). */
    line.len = MIN(line.len, 512);
    /* A word about the maildrop or a login stands in answers, not in greetings. */
    guint64 count, octets;
    if (pop3_maildrop(line, &count, &octets) || pop3_octets(line) > 0)
        return FALSE;
    for (gsize at = 0; at < line.len; at++) {
        MgSlice rest = {line.data + at, line.len - at};
        if (rest.data[0] == '<' && memchr(rest.data, '@', rest.len) != NULL &&
            memchr(rest.data, '>', rest.len) != NULL)
            return TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
            if (mg_slice_begins(rest, words[i]))
                return TRUE;
    }
    return FALSE;
}

void pop3_detail(MgExchange *exchange, MgSlice token, const char *key, gboolean in_reply)
{
    if (exchange->details->len >= MG_LIMIT_DETAILS || token.len == 0)
        return;
    MgDetail *detail = g_new0(MgDetail, 1);
    detail->token = mg_slice_dup(token);
    detail->key = key;
    detail->in_reply = in_reply;
    g_ptr_array_add(exchange->details, detail);
}
