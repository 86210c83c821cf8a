/* Which mechanism an authentication exchange uses, who the user is, and whether a layer
 * follows.
 *
 * Nothing of the messages is kept but the name. */
#include "proto/sasl.h"

#include <string.h>

#include "proto/line.h"
#include "proto/sasl-name.h"
#include "proto/sasl-step.h"

/* What of the server's messages must not be shown. */
typedef enum {
    SHOWN,
    FINAL, /* the one with the server's own proof: with it a password can be guessed */
    SECRET,
} ServerSays;

typedef struct {
    const char *name;
    const char *key;
    MgSaslName user;
    ServerSays server;
} Mechanism;

/* The rows of sasl-mechanisms.tsv. */
static const Mechanism mechanisms[] = {
    {"PLAIN", "sasl.plain", MG_SASL_NAME_PLAIN, SHOWN},
    {"LOGIN", "sasl.login", MG_SASL_NAME_LOGIN, SHOWN},
    {"CRAM-MD5", "sasl.cram-md5", MG_SASL_NAME_CRAM, SHOWN},
    {"DIGEST-MD5", "sasl.digest-md5", MG_SASL_NAME_DIGEST, FINAL},
    {"SCRAM-SHA-1", "sasl.scram-sha-1", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-1-PLUS", "sasl.scram-sha-1-plus", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-224", "sasl.scram-sha-224", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-224-PLUS", "sasl.scram-sha-224-plus", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-256", "sasl.scram-sha-256", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-256-PLUS", "sasl.scram-sha-256-plus", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-384", "sasl.scram-sha-384", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-384-PLUS", "sasl.scram-sha-384-plus", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-512", "sasl.scram-sha-512", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA-512-PLUS", "sasl.scram-sha-512-plus", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA3-512", "sasl.scram-sha3-512", MG_SASL_NAME_GS2, FINAL},
    {"SCRAM-SHA3-512-PLUS", "sasl.scram-sha3-512-plus", MG_SASL_NAME_GS2, FINAL},
    {"EXTERNAL", "sasl.external", MG_SASL_NAME_WHOLE, SHOWN},
    /* The trace text names whom to write to, no account (RFC 4505). */
    {"ANONYMOUS", "sasl.anonymous", MG_SASL_NAME_NONE, SHOWN},
    {"GSSAPI", "sasl.gssapi", MG_SASL_NAME_GSSAPI, SECRET},
    {"GS2-KRB5", "sasl.gs2-krb5", MG_SASL_NAME_GS2, SECRET},
    {"GS2-KRB5-PLUS", "sasl.gs2-krb5-plus", MG_SASL_NAME_GS2, SECRET},
    {"GSS-SPNEGO", "sasl.gss-spnego", MG_SASL_NAME_NTLM, SECRET},
    {"SPNEGO", "sasl.spnego", MG_SASL_NAME_NONE, SECRET},
    {"SPNEGO-PLUS", "sasl.spnego-plus", MG_SASL_NAME_NONE, SECRET},
    {"KERBEROS_V4", "sasl.kerberos_v4", MG_SASL_NAME_NONE, SECRET},
    {"KERBEROS_V5", "sasl.kerberos_v5", MG_SASL_NAME_NONE, SECRET},
    {"NTLM", "sasl.ntlm", MG_SASL_NAME_NTLM, SHOWN},
    {"XOAUTH", "sasl.xoauth", MG_SASL_NAME_XOAUTH, SHOWN},
    {"XOAUTH2", "sasl.xoauth2", MG_SASL_NAME_XOAUTH2, SHOWN},
    {"OAUTHBEARER", "sasl.oauthbearer", MG_SASL_NAME_GS2, SHOWN},
    {"OAUTH10A", "sasl.oauth10a", MG_SASL_NAME_GS2, SHOWN},
    {"OPENID20", "sasl.openid20", MG_SASL_NAME_GS2, SECRET},
    {"SAML20", "sasl.saml20", MG_SASL_NAME_GS2, SECRET},
    {"OTP", "sasl.otp", MG_SASL_NAME_PLAIN, SHOWN},
    {"SKEY", "sasl.skey", MG_SASL_NAME_WHOLE, SHOWN},
    {"SECURID", "sasl.securid", MG_SASL_NAME_PLAIN, SHOWN},
    {"EAP-AES128", "sasl.eap-aes128", MG_SASL_NAME_GS2, SECRET},
    {"EAP-AES128-PLUS", "sasl.eap-aes128-plus", MG_SASL_NAME_GS2, SECRET},
    {"9798-U-RSA-SHA1-ENC", "sasl.9798-u-rsa-sha1-enc", MG_SASL_NAME_NONE, SHOWN},
    {"9798-M-RSA-SHA1-ENC", "sasl.9798-m-rsa-sha1-enc", MG_SASL_NAME_NONE, SHOWN},
    {"9798-U-DSA-SHA1", "sasl.9798-u-dsa-sha1", MG_SASL_NAME_NONE, SHOWN},
    {"9798-M-DSA-SHA1", "sasl.9798-m-dsa-sha1", MG_SASL_NAME_NONE, SHOWN},
    {"9798-U-ECDSA-SHA1", "sasl.9798-u-ecdsa-sha1", MG_SASL_NAME_NONE, SHOWN},
    {"9798-M-ECDSA-SHA1", "sasl.9798-m-ecdsa-sha1", MG_SASL_NAME_NONE, SHOWN},
    {"ECDSA-NIST256P-CHALLENGE", "sasl.ecdsa-nist256p-challenge", MG_SASL_NAME_WHOLE, SHOWN},
    {"ECDH-X25519-CHALLENGE", "sasl.ecdh-x25519-challenge", MG_SASL_NAME_NONE, SHOWN},
    {"NMAS_AUTHEN", "sasl.nmas_authen", MG_SASL_NAME_NONE, SECRET},
    {"NMAS_LOGIN", "sasl.nmas_login", MG_SASL_NAME_NONE, SECRET},
    {"NMAS-SAMBA-AUTH", "sasl.nmas-samba-auth", MG_SASL_NAME_NONE, SECRET},
    {"SXOVER-PLUS", "sasl.sxover-plus", MG_SASL_NAME_NONE, SECRET},
};

/* Families whose members cannot be listed, and what is in no table. */
static const Mechanism scram_family = {NULL, "sasl.scram", MG_SASL_NAME_GS2, FINAL};
static const Mechanism gs2_family = {NULL, "sasl.gs2", MG_SASL_NAME_GS2, SECRET};
static const Mechanism unknown = {NULL, "sasl.unknown", MG_SASL_NAME_NONE, SECRET};

struct MgSasl {
    char *name;
    const Mechanism *mechanism;
    char *user;
    guint client_messages;
    const char *step;            /* what the client's latest message is; NULL = not known */
    gboolean asked_for_password; /* LOGIN: by the server's last message */
    gboolean asked_for_name;
    gboolean layer;
};

static const Mechanism *mechanism_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mechanisms); i++)
        if (strcmp(mechanisms[i].name, name) == 0)
            return &mechanisms[i];
    if (g_str_has_prefix(name, "SCRAM-"))
        return &scram_family;
    if (g_str_has_prefix(name, "GS2-"))
        return &gs2_family;
    return &unknown;
}

MgSasl *mg_sasl_new(MgSlice mechanism)
{
    MgSasl *sasl = g_new0(MgSasl, 1);
    g_autofree char *name = mg_slice_dup(mechanism);
    sasl->name = g_ascii_strup(name, -1);
    sasl->mechanism = mechanism_find(sasl->name);
    return sasl;
}

void mg_sasl_free(MgSasl *sasl)
{
    if (sasl == NULL)
        return;
    g_free(sasl->name);
    g_free(sasl->user);
    g_free(sasl);
}

/* The octets of one message, or NULL where it is no base64 (RFC 4648 section 4): GLib would
 * skip what does not belong there, and read a name out of a typed command. */
static guint8 *message_decode(MgSlice base64, gsize *ret_len)
{
    gsize len = base64.len;
    *ret_len = 0;
    while (len > 0 && base64.data[len - 1] == '=')
        len--;
    if (base64.len - len > 2 && len > 0)
        return NULL;
    for (gsize i = 0; i < len; i++)
        if (!g_ascii_isalnum((gchar)base64.data[i]) && base64.data[i] != '+' &&
            base64.data[i] != '/')
            return NULL;
    if (len % 4 == 1)
        return NULL;
    g_autoptr(GString) padded = g_string_new_len((const char *)base64.data, (gssize)len);
    while (padded->len % 4 != 0)
        g_string_append_c(padded, '=');
    if (padded->len == 0) /* "=" or nothing: an empty message */
        return g_malloc0(1);
    return g_base64_decode(padded->str, ret_len);
}

/* Secrets do not linger in freed memory. */
static void message_free(guint8 *message, gsize len)
{
    volatile guint8 *octets = message;
    for (gsize i = 0; message != NULL && i < len; i++)
        octets[i] = 0;
    g_free(message);
}

static gboolean holds_word(MgSlice text, const char *word)
{
    for (gsize i = 0; i + strlen(word) <= text.len; i++)
        if (mg_slice_begins((MgSlice){text.data + i, text.len - i}, word))
            return TRUE;
    return FALSE;
}

void mg_sasl_server(MgSasl *sasl, MgSlice base64)
{
    if (sasl->mechanism->user != MG_SASL_NAME_LOGIN)
        return;
    gsize len;
    guint8 *message = message_decode(base64, &len);
    MgSlice text = {message, len};
    sasl->asked_for_password = message != NULL && holds_word(text, "pass");
    sasl->asked_for_name = message != NULL && !sasl->asked_for_password && holds_word(text, "user");
    message_free(message, len);
}

gboolean mg_sasl_server_secret(const MgSasl *sasl, MgSlice base64)
{
    if (sasl->mechanism->server != FINAL || base64.len == 0)
        return sasl->mechanism->server == SECRET && base64.len > 0;
    gsize len;
    guint8 *message = message_decode(base64, &len);
    MgSlice text = {message, len};
    gboolean secret =
        message == NULL || mg_slice_begins(text, "v=") || holds_word(text, "rspauth=");
    message_free(message, len);
    return secret;
}

/* Whether this message of the client can hold the name. */
static gboolean may_name(const MgSasl *sasl)
{
    switch (sasl->mechanism->user) {
    case MG_SASL_NAME_LOGIN:
        /* Without a captured question the name is what comes first, be it in the initial
         * response or not. */
        return !sasl->asked_for_password && (sasl->client_messages == 1 || sasl->asked_for_name);
    case MG_SASL_NAME_WHOLE:
    case MG_SASL_NAME_PLAIN:
        return sasl->client_messages == 1;
    default:
        return sasl->user == NULL;
    }
}

void mg_sasl_client(MgSasl *sasl, MgSlice base64)
{
    gsize len;
    guint8 *message = message_decode(base64, &len);
    MgSlice octets = {message, len};
    /* An empty message where the server speaks first only opens the exchange. */
    if (message != NULL && len == 0 && sasl->client_messages == 0 &&
        sasl->mechanism->user != MG_SASL_NAME_WHOLE) {
        sasl->step = mg_sasl_step_word(sasl->mechanism->key, 0, octets);
        message_free(message, len);
        return;
    }
    sasl->client_messages++;
    /* LOGIN: some clients give the name with the mechanism, some are asked for the password first.
     */
    guint n = sasl->asked_for_password ? 2 : sasl->client_messages;
    sasl->step = mg_sasl_step_word(sasl->mechanism->key, n, octets);
    if (message != NULL && may_name(sasl)) {
        char *user = mg_sasl_name_read(sasl->mechanism->user, octets);
        if (user != NULL) {
            g_free(sasl->user);
            sasl->user = user;
        }
    }
    if (message != NULL && sasl->mechanism->user == MG_SASL_NAME_DIGEST)
        sasl->layer = sasl->layer || holds_word(octets, "qop=auth-int") ||
                      holds_word(octets, "qop=auth-conf") || holds_word(octets, "qop=\"auth-int") ||
                      holds_word(octets, "qop=\"auth-conf");
    /* A token that is not to be read may choose a layer; the last one counts. */
    if (message != NULL && sasl->mechanism->user == MG_SASL_NAME_GSSAPI && len > 0)
        sasl->layer = mg_sasl_gssapi_layers(octets) != 1;
    sasl->asked_for_password = sasl->asked_for_name = FALSE;
    message_free(message, len);
}

const char *mg_sasl_mechanism(const MgSasl *sasl)
{
    return sasl->name;
}

const char *mg_sasl_key(const MgSasl *sasl)
{
    return sasl->mechanism->key;
}

void mg_sasl_answer(MgSasl *sasl, MgExchange *exchange, MgSlice base64)
{
    mg_sasl_client(sasl, base64);
    if (sasl->step != NULL)
        mg_exchange_arg(exchange, "sasl-step", "%s", sasl->step);
}

const char *mg_sasl_user(const MgSasl *sasl)
{
    return sasl->user;
}

gboolean mg_sasl_layer(const MgSasl *sasl)
{
    return sasl->layer;
}
