/* See hide.h.  RFC 4616 (PLAIN), RFC 2195 (CRAM-MD5), RFC 5802 (SCRAM), RFC 7628 (OAUTHBEARER). */
#include "annotate/hide.h"

#include <string.h>

typedef struct {
    gsize from, to;
} Range;

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

/* Which octets of a message are secret.  When in doubt, all. */
static Range secret_range(const MgSecretFound *secret, const guint8 *data, gsize len)
{
    Range range = {0, len};
    const char *mechanism = secret->mechanism, *user = secret->user;
    if (secret->actor != MG_ACTOR_CLIENT) {
        /* A server's proof is secret as a whole. */
    } else if (is(mechanism, "LOGIN")) {
        if (user != NULL && len == strlen(user) && memcmp(data, user, len) == 0)
            range.to = 0;
    } else if (is(mechanism, "PLAIN")) {
        range.from = behind_last(data, len, '\0');
    } else if (is(mechanism, "CRAM-MD5")) {
        range.from = behind_last(data, len, ' ');
    } else if (g_str_has_prefix(mechanism, "SCRAM-")) {
        /* The first message names the user and the nonce; the second holds the proof. */
        gsize nonce = find(data, len, ",r=");
        if (nonce > 0 && find(data, len, ",p=") == 0)
            range.from = nonce;
    } else if (is(mechanism, "XOAUTH2") || is(mechanism, "OAUTHBEARER")) {
        range.from = find(data, len, "auth=Bearer ");
        for (gsize i = range.from; range.from > 0 && i < len; i++)
            if (data[i] == '\1') {
                range.to = i;
                break;
            }
    }
    return range;
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
    Range range = secret_range(secret, message, message_len);
    if (range.from < range.to)
        memset(message + range.from, MG_HIDE_WITH, range.to - range.from);
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
