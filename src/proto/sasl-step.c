/* The client's messages of each mechanism, as its standard counts them (sasl-mechanisms.tsv). */
#include "proto/sasl-step.h"

#include <string.h>

#include "proto/sasl-name.h"

/* A mechanism, or with a star all whose keys begin so; the words of its messages, of which the
 * last one holds for all that follow. */
typedef struct {
    const char *key;
    const char *words[3];
} Steps;

static const Steps steps[] = {
    {"sasl.plain", {"name-password"}},
    {"sasl.login", {"name", "password"}},
    {"sasl.cram-md5", {"digest"}},
    {"sasl.digest-md5", {"digest", "confirm"}},
    {"sasl.scram*", {"scram-first", "scram-proof", "confirm"}},
    {"sasl.external", {"identity"}},
    {"sasl.anonymous", {"trace"}},
    {"sasl.gssapi", {"ticket"}},
    {"sasl.gs2*", {"ticket"}},
    {"sasl.kerberos*", {"ticket"}},
    {"sasl.gss-spnego", {"windows"}},
    {"sasl.ntlm", {"ntlm-offer", "ntlm-answer"}},
    {"sasl.xoauth", {"token"}},
    {"sasl.xoauth2", {"token", "token-refused"}},
    {"sasl.oauthbearer", {"token", "token-refused"}},
    {"sasl.oauth10a", {"token", "token-refused"}},
    {"sasl.openid20", {"web", "web-wait"}},
    {"sasl.saml20", {"web", "web-wait"}},
    {"sasl.otp", {"name", "one-time"}},
    {"sasl.skey", {"name", "one-time"}},
    {"sasl.securid", {"passcode", "passcode-next"}},
    {"sasl.eap*", {"eap"}},
    {"sasl.9798*", {"signature"}},
    {"sasl.ecdsa*", {"name", "signature"}},
    {"sasl.ecdh*", {"name-key", "key-answer"}},
};

static gboolean is_of(const char *key, const char *pattern)
{
    gsize len = strlen(pattern);
    return pattern[len - 1] == '*' ? strncmp(key, pattern, len - 1) == 0
                                   : strcmp(key, pattern) == 0;
}

const char *mg_sasl_step_word(const char *key, guint n, MgSlice message)
{
    if (n == 0)
        return "opening";
    /* The last token of GSSAPI is a choice, where it is to be read. */
    if (strcmp(key, "sasl.gssapi") == 0 && message.len > 0 && mg_sasl_gssapi_layers(message) != 0)
        return "layer";
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        if (!is_of(key, steps[i].key))
            continue;
        guint at = MIN(n, G_N_ELEMENTS(steps[i].words)) - 1;
        while (steps[i].words[at] == NULL)
            at--;
        return steps[i].words[at];
    }
    return NULL;
}
