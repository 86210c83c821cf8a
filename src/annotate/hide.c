/* See hide.h.  RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), RFC 2831 (DIGEST-MD5), RFC 5802 (SCRAM),
 * RFC 7628 (OAUTHBEARER), MS-NLMP (NTLM). */
#include "annotate/hide.h"

#include <string.h>

static gboolean is(const char *mechanism, const char *name)
{
    return g_ascii_strcasecmp(mechanism, name) == 0;
}

/* Behind the last `c`; 0 where there is none. */
static gsize behind_last(const guint8 *data, gsize len, guint8 c)
{
    while (len > 0 && data[len - 1] != c)
        len--;
    return len;
}

static gsize find(const guint8 *data, gsize len, const char *word)
{
    gsize n = strlen(word);
    for (gsize i = 0; i + n <= len; i++)
        if (g_ascii_strncasecmp((const char *)data + i, word, n) == 0)
            return i + n;
    return 0;
}

static void fill(guint8 *data, gsize from, gsize to, guint8 with)
{
    if (from < to)
        memset(data + from, with, to - from);
}

/* A digest of other digits than hexadecimal ones would be no answer any more. */
static void hide_digits(guint8 *data, gsize from, gsize len)
{
    for (gsize i = from; i < len && data[i] != ','; i++)
        if (g_ascii_isxdigit(data[i]))
            data[i] = '0';
}

/* The answers of an AUTHENTICATE_MESSAGE (MS-NLMP section 2.2.1.3): LM and NT, each with its
 * length and offset.  FALSE: it is another message. */
static gboolean hide_ntlm(guint8 *data, gsize len)
{
    static const guint8 signature[] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', '\0', 3, 0, 0, 0};
    if (len < 64 || memcmp(data, signature, sizeof signature) != 0)
        return FALSE;
    for (gsize field = 12; field <= 20; field += 8) {
        gsize size = (gsize)(data[field] | data[field + 1] << 8);
        gsize at = (gsize)(data[field + 4] | data[field + 5] << 8 | data[field + 6] << 16);
        fill(data, MIN(at, len), MIN(at + size, len), MG_HIDE_WITH);
    }
    /* The session key is encrypted with what the password gives. */
    gsize key_size = (gsize)(data[52] | data[53] << 8);
    gsize key = (gsize)(data[56] | data[57] << 8 | data[58] << 16);
    fill(data, MIN(key, len), MIN(key + key_size, len), MG_HIDE_WITH);
    return TRUE;
}

/* Hide the secret octets of a message.  When in doubt, all. */
static void hide_octets(const MgSecretFound *secret, guint8 *data, gsize len)
{
    const char *mechanism = secret->mechanism, *user = secret->user;
    gsize from = 0, to = len;
    if (secret->actor != MG_ACTOR_CLIENT) {
        /* A server's proof is secret as a whole. */
    } else if (is(mechanism, "LOGIN")) {
        if (user != NULL && len == strlen(user) && memcmp(data, user, len) == 0)
            return;
    } else if (is(mechanism, "PLAIN")) {
        from = behind_last(data, len, '\0');
    } else if (is(mechanism, "CRAM-MD5")) {
        gsize digest = behind_last(data, len, ' ');
        if (digest > 0 && len - digest == 32) {
            hide_digits(data, digest, len);
            return;
        }
    } else if (is(mechanism, "DIGEST-MD5")) {
        gsize response = find(data, len, ",response=");
        if (response > 0) {
            hide_digits(data, response, len);
            return;
        }
    } else if (is(mechanism, "NTLM")) {
        if (hide_ntlm(data, len))
            return;
    } else if (g_str_has_prefix(mechanism, "SCRAM-")) {
        /* The first message names the user and the nonce; the second holds the proof. */
        gsize nonce = find(data, len, ",r=");
        if (nonce > 0 && find(data, len, ",p=") == 0)
            from = nonce;
    } else if (is(mechanism, "XOAUTH2") || is(mechanism, "OAUTHBEARER")) {
        from = find(data, len, "auth=Bearer ");
        for (to = from; from > 0 && to < len && data[to] != '\1';)
            to++;
        if (from == 0)
            to = len;
    }
    fill(data, from, to, MG_HIDE_WITH);
}

static gboolean is_base64(guint8 c)
{
    return g_ascii_isalnum(c) || c == '+' || c == '/';
}

/* The message that base64 holds; NULL where it is not exactly one. */
static guint8 *decode(const guint8 *text, gsize len, gsize *ret_len)
{
    gsize data = len;
    while (data > 0 && len - data < 2 && text[data - 1] == '=')
        data--;
    if (len == 0 || len % 4 != 0)
        return NULL;
    for (gsize i = 0; i < data; i++)
        if (!is_base64(text[i]))
            return NULL;
    g_autofree char *copy = g_strndup((const char *)text, len);
    return g_base64_decode(copy, ret_len);
}

static gboolean hide_message(const MgSecretFound *secret, guint8 *text, gsize len)
{
    gsize message_len = 0;
    g_autofree guint8 *message = decode(text, len, &message_len);
    if (message == NULL)
        return FALSE;
    hide_octets(secret, message, message_len);
    g_autofree char *coded = g_base64_encode(message, message_len);
    if (strlen(coded) != len)
        return FALSE;
    memcpy(text, coded, len);
    return TRUE;
}

static gboolean is_blank(guint8 c)
{
    return c == ' ' || c == '\t';
}

guint8 *mg_hide(const MgSecretFound *secret)
{
    gsize from = 0, to = secret->octets.len;
    guint8 *out = g_memdup2(secret->octets.data, MAX(to, 1));
    while (from < to && is_blank(out[from]))
        from++;
    while (to > from && (is_blank(out[to - 1]) || out[to - 1] == '\r' || out[to - 1] == '\n'))
        to--;
    /* "=" is an empty message (RFC 4954 section 4), "*" gives up. */
    if (secret->mechanism != NULL && to - from == 1 && (out[from] == '=' || out[from] == '*'))
        return out;
    if (secret->mechanism != NULL && hide_message(secret, out + from, to - from))
        return out;
    /* A quoted string stays one. */
    if (to - from >= 2 && out[from] == '"' && out[to - 1] == '"') {
        from++;
        to--;
    }
    memset(out + from, MG_HIDE_WITH, to - from);
    return out;
}
