/* Telling mail protocols apart by what is said first. */
#include "proto/detect.h"

#include <string.h>

#include "proto/line.h"

/* The first line, without its end; `complete` when the end was there. */
static MgSlice first_line(MgSlice bytes, gboolean *ret_complete)
{
    gsize window = MIN(bytes.len, (gsize)MG_LIMIT_GREETING);
    const guint8 *feed = memchr(bytes.data, '\n', window);
    MgSlice line = {bytes.data, feed != NULL ? (gsize)(feed - bytes.data) : window};
    if (feed != NULL && line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    *ret_complete = feed != NULL;
    return line;
}

static gboolean holds_word(MgSlice text, const char *word)
{
    gsize len = strlen(word);
    for (gsize at = 0; at + len <= text.len; at++)
        if (g_ascii_strncasecmp((const char *)text.data + at, word, len) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_code(MgSlice line)
{
    return line.len >= 3 && g_ascii_isdigit(line.data[0]) && g_ascii_isdigit(line.data[1]) &&
           g_ascii_isdigit(line.data[2]) &&
           (line.len == 3 || line.data[3] == ' ' || line.data[3] == '-');
}

/* The reply lines from the front up to the one that ends the reply, as far as they are there. */
static MgSlice reply_text(MgSlice bytes, gboolean *ret_complete)
{
    gsize at = 0;
    *ret_complete = FALSE;
    while (at < MIN(bytes.len, (gsize)MG_LIMIT_GREETING)) {
        gboolean complete;
        MgSlice line = first_line((MgSlice){bytes.data + at, bytes.len - at}, &complete);
        const guint8 *feed = memchr(bytes.data + at, '\n', bytes.len - at);
        if (!complete || feed == NULL)
            break;
        at = (gsize)(feed - bytes.data) + 1;
        if (!(is_code(line) && line.len > 3 && line.data[3] == '-')) {
            *ret_complete = TRUE;
            return (MgSlice){bytes.data, at};
        }
    }
    return (MgSlice){bytes.data, MIN(bytes.len, (gsize)MG_LIMIT_GREETING)};
}

/* 220 and the codes that refuse service open SMTP, LMTP and FTP alike (RFC 959): the banner's
 * own word tells, if it has one. */
static MgSays detect_code(MgSlice bytes, gboolean whole, MgProtocol *ret_protocol)
{
    gboolean complete;
    MgSlice text = reply_text(bytes, &complete);
    gboolean greeting = mg_slice_begins(text, "220") || mg_slice_begins(text, "554") ||
                        mg_slice_begins(text, "521") || mg_slice_begins(text, "421");
    if (!greeting)
        return MG_SAYS_OTHER;
    if (!complete && !whole && bytes.len < MG_LIMIT_GREETING)
        return MG_SAYS_PART;
    if (holds_word(text, "LMTP")) {
        *ret_protocol = MG_PROTOCOL_LMTP;
        return MG_SAYS_SERVER;
    }
    if (holds_word(text, "SMTP")) {
        *ret_protocol = MG_PROTOCOL_SMTP;
        return MG_SAYS_SERVER;
    }
    return holds_word(text, "FTP") ? MG_SAYS_OTHER : MG_SAYS_BANNER;
}

typedef struct {
    const char *word;
    MgProtocol protocol;
    gboolean bare;  /* nothing but blanks may follow */
    gboolean maybe; /* other languages have it too */
} FirstWord;

static const FirstWord first_words[] = {
    {"EHLO", MG_PROTOCOL_SMTP, FALSE, FALSE}, {"HELO", MG_PROTOCOL_SMTP, FALSE, FALSE},
    {"LHLO", MG_PROTOCOL_LMTP, FALSE, FALSE}, {"APOP", MG_PROTOCOL_POP3, FALSE, FALSE},
    {"CAPA", MG_PROTOCOL_POP3, TRUE, FALSE},  {"STLS", MG_PROTOCOL_POP3, TRUE, FALSE},
    {"USER", MG_PROTOCOL_POP3, FALSE, TRUE},  {"AUTH", MG_PROTOCOL_POP3, FALSE, TRUE},
};

/* IMAP: a tag, then a command that no other language has in this place. */
static const char *const imap_words[] = {
    "CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "SELECT", "EXAMINE", "NAMESPACE", "FETCH",
};

static gboolean is_tag(MgSlice word)
{
    if (word.len == 0 || word.len > 40)
        return FALSE;
    for (gsize i = 0; i < word.len; i++)
        if (!g_ascii_isalnum(word.data[i]) && strchr("._-$#!", word.data[i]) == NULL)
            return FALSE;
    return TRUE;
}

static MgSays detect_client(MgSlice line, MgProtocol *ret_protocol)
{
    MgSlice rest = line;
    MgSlice first = mg_word_next(&rest);
    for (gsize i = 0; i < G_N_ELEMENTS(first_words); i++) {
        const FirstWord *row = &first_words[i];
        MgSlice after = rest;
        if (!mg_slice_is(first, row->word) || (row->bare && mg_word_next(&after).len > 0))
            continue;
        *ret_protocol = row->protocol;
        return row->maybe ? MG_SAYS_MAYBE : MG_SAYS_CLIENT;
    }
    if (mg_slice_begins(line, "MAIL FROM:") || mg_slice_begins(line, "RCPT TO:")) {
        *ret_protocol = MG_PROTOCOL_SMTP;
        return MG_SAYS_CLIENT;
    }
    MgSlice second = mg_word_next(&rest);
    if (is_tag(first)) {
        if (mg_slice_is(second, "UID"))
            second = mg_word_next(&rest);
        for (gsize i = 0; i < G_N_ELEMENTS(imap_words); i++)
            if (mg_slice_is(second, imap_words[i])) {
                *ret_protocol = MG_PROTOCOL_IMAP;
                return MG_SAYS_CLIENT;
            }
    }
    return MG_SAYS_OTHER;
}

MgSays mg_detect(MgSlice first, gboolean whole, MgProtocol *ret_protocol)
{
    if (first.len == 0)
        return MG_SAYS_PART;
    if (!mg_detect_text(first))
        return MG_SAYS_OTHER;
    gboolean complete;
    MgSlice line = first_line(first, &complete);
    if (g_ascii_isdigit(first.data[0])) {
        if (is_code(line))
            return detect_code(first, whole, ret_protocol);
        return line.len < 4 && !complete && !whole ? MG_SAYS_PART : MG_SAYS_OTHER;
    }
    if (!complete && !whole && first.len < MG_LIMIT_GREETING)
        return MG_SAYS_PART;
    MgSlice rest = line;
    MgSlice word = mg_word_next(&rest);
    if (mg_slice_is(word, "+OK") || mg_slice_is(word, "-ERR")) {
        *ret_protocol = MG_PROTOCOL_POP3;
        return MG_SAYS_SERVER;
    }
    if (mg_slice_is(word, "*")) {
        word = mg_word_next(&rest);
        if (mg_slice_is(word, "OK") || mg_slice_is(word, "PREAUTH") || mg_slice_is(word, "BYE")) {
            *ret_protocol = MG_PROTOCOL_IMAP;
            return MG_SAYS_SERVER;
        }
        return MG_SAYS_OTHER;
    }
    return detect_client(line, ret_protocol);
}

MgSays mg_detect_after_banner(MgSlice first, gboolean whole, MgProtocol *ret_protocol)
{
    static const char *const telling_nothing[] = {"QUIT", "NOOP", "HELP", "RSET", "AUTH"};
    MgSays says = mg_detect(first, whole, ret_protocol);
    if (says == MG_SAYS_PART)
        return says;
    if (says == MG_SAYS_CLIENT &&
        (*ret_protocol == MG_PROTOCOL_SMTP || *ret_protocol == MG_PROTOCOL_LMTP))
        return says;
    *ret_protocol = MG_PROTOCOL_NONE;
    gboolean complete;
    MgSlice rest = first_line(first, &complete);
    MgSlice word = mg_word_next(&rest);
    for (gsize i = 0; i < G_N_ELEMENTS(telling_nothing); i++)
        if (mg_slice_is(word, telling_nothing[i]))
            return MG_SAYS_MAYBE;
    return MG_SAYS_OTHER;
}

MgStatus mg_detect_tls(MgSlice first)
{
    if (first.len == 0)
        return MG_MORE;
    const guint8 *octets = first.data;
    /* A record: content type, version 3.x (RFC 8446 5.1). */
    if (octets[0] >= 0x14 && octets[0] <= 0x18) {
        if (first.len < 3)
            return first.len == 2 && octets[1] != 3 ? MG_MALFORMED : MG_MORE;
        return octets[1] == 3 && octets[2] <= 4 ? MG_DONE : MG_MALFORMED;
    }
    /* A ClientHello in the form of SSL 2.0 (RFC 6101 appendix E). */
    if ((octets[0] & 0x80) != 0) {
        if (first.len >= 3 && octets[2] != 1)
            return MG_MALFORMED;
        if (first.len < 5)
            return MG_MORE;
        return octets[3] == 3 || (octets[3] == 0 && octets[4] == 2) ? MG_DONE : MG_MALFORMED;
    }
    return MG_MALFORMED;
}

gboolean mg_detect_text(MgSlice first)
{
    for (gsize i = 0; i < MIN(first.len, (gsize)MG_LIMIT_GREETING); i++) {
        guint8 octet = first.data[i];
        if (octet == '\n')
            return TRUE;
        if (octet < 0x20 && octet != '\t' && octet != '\r')
            return FALSE;
        if (octet == 0x7f)
            return FALSE;
    }
    return TRUE;
}
