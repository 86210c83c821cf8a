/* Names out of SASL messages.
 *
 * What is read here is shown as the account; the message itself stays secret as a whole. */
#include "proto/sasl-name.h"

#include <string.h>

/* Longer than any account name: RFC 5321 allows 64 + 1 + 255, servers allow less. */
#define NAME_MAX_OCTETS 320

static char *name_of(const guint8 *data, gsize len)
{
    if (len == 0 || len > NAME_MAX_OCTETS)
        return NULL;
    for (gsize i = 0; i < len; i++)
        if (data[i] < ' ' || data[i] == 127)
            return NULL;
    if (!g_utf8_validate_len((const char *)data, len, NULL))
        return g_convert((const char *)data, (gssize)len, "UTF-8", "ISO-8859-1", NULL, NULL, NULL);
    return g_strndup((const char *)data, len);
}

static char *name_of_slice(MgSlice slice)
{
    return name_of(slice.data, slice.len);
}

/* Cut off what stands before `mark`, or all. */
static MgSlice take_until(MgSlice *rest, guint8 mark)
{
    const guint8 *end = rest->len > 0 ? memchr(rest->data, mark, rest->len) : NULL;
    MgSlice part = {rest->data, end != NULL ? (gsize)(end - rest->data) : rest->len};
    gsize used = part.len + (end != NULL ? 1 : 0);
    if (used > 0)
        rest->data += used;
    rest->len -= used;
    return part;
}

static gboolean begins(MgSlice slice, const char *prefix)
{
    gsize len = strlen(prefix);
    return slice.len >= len && memcmp(slice.data, prefix, len) == 0;
}

static MgSlice behind(MgSlice slice, gsize len)
{
    return (MgSlice){slice.data + len, slice.len - len};
}

static const guint8 *find(MgSlice slice, const char *text)
{
    gsize len = strlen(text);
    for (gsize i = 0; i + len <= slice.len; i++)
        if (memcmp(slice.data + i, text, len) == 0)
            return slice.data + i;
    return NULL;
}

static char *read_plain(MgSlice message)
{
    MgSlice authzid = take_until(&message, '\0');
    MgSlice authcid = take_until(&message, '\0');
    /* Who is acted for, if that is another one: the account is theirs. */
    return name_of_slice(authzid.len > 0 ? authzid : authcid);
}

static char *read_cram(MgSlice message)
{
    if (message.len < 34 || message.data[message.len - 33] != ' ')
        return NULL;
    for (gsize i = message.len - 32; i < message.len; i++)
        if (!g_ascii_isxdigit((gchar)message.data[i]))
            return NULL;
    return name_of(message.data, message.len - 33);
}

static char *read_digest(MgSlice message)
{
    const guint8 *at = find(message, "username=\"");
    if (at == NULL)
        return NULL;
    MgSlice rest = behind(message, (gsize)(at - message.data) + strlen("username=\""));
    g_autoptr(GString) name = g_string_new(NULL);
    for (gsize i = 0; i < rest.len && rest.data[i] != '"'; i++) {
        if (rest.data[i] == '\\' && i + 1 < rest.len)
            i++;
        g_string_append_c(name, (gchar)rest.data[i]);
    }
    return name_of((const guint8 *)name->str, name->len);
}

/* A saslname: "=2C" is a comma, "=3D" an equals sign (RFC 5801 section 4). */
static char *read_saslname(MgSlice slice)
{
    g_autoptr(GString) name = g_string_new(NULL);
    for (gsize i = 0; i < slice.len; i++) {
        MgSlice rest = behind(slice, i);
        gboolean comma = begins(rest, "=2C"), equals = begins(rest, "=3D");
        g_string_append_c(name, comma ? ',' : equals ? '=' : (gchar)slice.data[i]);
        if (comma || equals)
            i += 2;
    }
    return name_of((const guint8 *)name->str, name->len);
}

static char *read_gs2(MgSlice message)
{
    if (begins(message, "F,"))
        take_until(&message, ',');
    MgSlice binding = take_until(&message, ',');
    if (binding.len == 0 || strchr("nyp", binding.data[0]) == NULL ||
        (binding.data[0] == 'p' ? !begins(binding, "p=") : binding.len != 1))
        return NULL;
    MgSlice authzid = take_until(&message, ',');
    if (begins(authzid, "a="))
        return read_saslname(behind(authzid, 2));
    /* SCRAM goes on with attributes; the name is the first that is not "m=" (RFC 5802). */
    MgSlice attribute = take_until(&message, ',');
    return begins(attribute, "n=") ? read_saslname(behind(attribute, 2)) : NULL;
}

static char *read_xoauth(MgSlice message)
{
    const guint8 *at = find(message, "/mail/b/");
    if (at == NULL)
        return NULL;
    MgSlice rest = behind(message, (gsize)(at - message.data) + strlen("/mail/b/"));
    return name_of_slice(take_until(&rest, '/'));
}

static char *read_xoauth2(MgSlice message)
{
    MgSlice field = take_until(&message, '\x01');
    return begins(field, "user=") ? name_of_slice(behind(field, 5)) : NULL;
}

static guint32 little(const guint8 *data, guint n)
{
    guint32 value = 0;
    while (n-- > 0)
        value = value << 8 | data[n];
    return value;
}

/* [MS-NLMP] section 2.2.1.3: the user's name is the field at 36, flags are at 60. */
static char *read_ntlm(MgSlice message)
{
    static const guint8 mark[12] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 3, 0, 0, 0};
    MgSlice token = message;
    while (token.len >= 64 && memcmp(token.data, mark, sizeof mark) != 0)
        token = behind(token, 1);
    if (token.len < 64)
        return NULL;
    guint32 len = little(token.data + 36, 2), at = little(token.data + 40, 4);
    if (at > token.len || len > token.len - at)
        return NULL;
    gboolean unicode = (token.data[60] & 1) != 0;
    if (!unicode)
        return name_of(token.data + at, len);
    gsize octets = 0;
    g_autofree char *name = g_convert((const char *)token.data + at, (gssize)(len & ~1u), "UTF-8",
                                      "UTF-16LE", NULL, &octets, NULL);
    return name != NULL ? name_of((const guint8 *)name, octets) : NULL;
}

/* The plaintext of a Wrap token of RFC 4121 section 4.2.6.2 that is signed but not sealed. */
static gboolean gssapi_plaintext(MgSlice token, guint8 *ret_plain, gsize *ret_len)
{
    if (token.len < 16 || token.data[0] != 0x05 || token.data[1] != 0x04 ||
        (token.data[2] & 0x02) != 0 || token.data[3] != 0xff)
        return FALSE;
    gsize checksum = (gsize)token.data[4] << 8 | token.data[5];
    gsize rotation = (gsize)token.data[6] << 8 | token.data[7];
    gsize body = token.len - 16;
    if (checksum > body || body - checksum > NAME_MAX_OCTETS || body == 0)
        return FALSE;
    *ret_len = body - checksum;
    for (gsize i = 0; i < *ret_len; i++)
        ret_plain[i] = token.data[16 + (i + rotation) % body];
    return TRUE;
}

guint mg_sasl_gssapi_layers(MgSlice message)
{
    guint8 plain[NAME_MAX_OCTETS];
    gsize len = 0;
    return gssapi_plaintext(message, plain, &len) && len >= 4 ? plain[0] & 7 : 0;
}

static char *read_gssapi(MgSlice message)
{
    guint8 plain[NAME_MAX_OCTETS];
    gsize len = 0;
    return gssapi_plaintext(message, plain, &len) && len > 4 ? name_of(plain + 4, len - 4) : NULL;
}

char *mg_sasl_name_read(MgSaslName how, MgSlice message)
{
    switch (how) {
    case MG_SASL_NAME_PLAIN:
        return read_plain(message);
    case MG_SASL_NAME_WHOLE:
    case MG_SASL_NAME_LOGIN:
        /* Some clients count the NUL that ends their string. */
        while (message.len > 0 && message.data[message.len - 1] == '\0')
            message.len--;
        return name_of_slice(message);
    case MG_SASL_NAME_CRAM:
        return read_cram(message);
    case MG_SASL_NAME_DIGEST:
        return read_digest(message);
    case MG_SASL_NAME_GS2:
        return read_gs2(message);
    case MG_SASL_NAME_XOAUTH:
        return read_xoauth(message);
    case MG_SASL_NAME_XOAUTH2:
        return read_xoauth2(message);
    case MG_SASL_NAME_NTLM:
        return read_ntlm(message);
    case MG_SASL_NAME_GSSAPI:
        return read_gssapi(message);
    case MG_SASL_NAME_NONE:
        break;
    }
    return NULL;
}
