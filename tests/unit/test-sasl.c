/* Who logs in, by which mechanism, and whether a layer follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/sasl.h"

static MgSlice slice(const char *text)
{
    return (MgSlice){(const guint8 *)text, strlen(text)};
}

static MgSasl *begun(const char *mechanism)
{
    return mg_sasl_new(slice(mechanism));
}

static void client_raw(MgSasl *sasl, const void *message, gsize len)
{
    g_autofree char *base64 = g_base64_encode(message, len);
    mg_sasl_client(sasl, slice(base64));
}

#define CLIENT(sasl, literal) client_raw(sasl, literal, sizeof(literal) - 1)

static void server(MgSasl *sasl, const char *message)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)message, strlen(message));
    mg_sasl_server(sasl, slice(base64));
}

static void plain(void **state)
{
    g_autoptr(MgSasl) sasl = begun("plain");
    assert_string_equal(mg_sasl_mechanism(sasl), "PLAIN");
    assert_string_equal(mg_sasl_key(sasl), "sasl.plain");
    assert_null(mg_sasl_user(sasl));
    mg_sasl_server(sasl, slice(""));
    CLIENT(sasl, "\0bob\0secret");
    assert_string_equal(mg_sasl_user(sasl), "bob");
    assert_false(mg_sasl_layer(sasl));
    g_autoptr(MgSasl) other = begun("PLAIN");
    CLIENT(other, "anna\0admin\0secret");
    assert_string_equal(mg_sasl_user(other), "anna");
}

static void login(void **state)
{
    g_autoptr(MgSasl) asked = begun("LOGIN");
    mg_sasl_server(asked, slice("VXNlcm5hbWU6"));
    CLIENT(asked, "bob");
    mg_sasl_server(asked, slice("UGFzc3dvcmQ6"));
    CLIENT(asked, "secret");
    assert_string_equal(mg_sasl_user(asked), "bob");
    /* The name in the initial response; then it is not asked for. */
    g_autoptr(MgSasl) initial = begun("LOGIN");
    CLIENT(initial, "bob");
    server(initial, "Password:");
    CLIENT(initial, "secret");
    assert_string_equal(mg_sasl_user(initial), "bob");
    /* A server that asks for the name all the same. */
    g_autoptr(MgSasl) again = begun("LOGIN");
    CLIENT(again, "bob");
    server(again, "User Name");
    CLIENT(again, "carol");
    server(again, "Password");
    CLIENT(again, "secret");
    assert_string_equal(mg_sasl_user(again), "carol");
    /* Only the client was captured. */
    g_autoptr(MgSasl) deaf = begun("LOGIN");
    CLIENT(deaf, "bob");
    CLIENT(deaf, "secret");
    assert_string_equal(mg_sasl_user(deaf), "bob");
    /* The beginning is missing: the password must not become the name. */
    g_autoptr(MgSasl) late = begun("LOGIN");
    server(late, "Password:");
    CLIENT(late, "secret");
    assert_null(mg_sasl_user(late));
}

static void digests(void **state)
{
    g_autoptr(MgSasl) cram = begun("CRAM-MD5");
    server(cram, "<1896.697170952@postoffice.example.net>");
    CLIENT(cram, "tim s b913a602c7eda7a495b4e6e7334d3890");
    assert_string_equal(mg_sasl_user(cram), "tim s");
    g_autoptr(MgSasl) bad = begun("CRAM-MD5");
    CLIENT(bad, "tim b913a602c7eda7a495b4e6e7334d389");
    assert_null(mg_sasl_user(bad));
    g_autoptr(MgSasl) digest = begun("DIGEST-MD5");
    CLIENT(digest, "charset=utf-8,username=\"chr\\\"is\",realm=\"a\",qop=auth,response=0");
    assert_string_equal(mg_sasl_user(digest), "chr\"is");
    assert_false(mg_sasl_layer(digest));
    g_autoptr(MgSasl) layer = begun("digest-md5");
    CLIENT(layer, "username=\"chris\",qop=auth-conf,response=0");
    mg_sasl_client(layer, slice(""));
    assert_true(mg_sasl_layer(layer));
    assert_string_equal(mg_sasl_user(layer), "chris");
}

static void gs2_family(void **state)
{
    g_autoptr(MgSasl) scram = begun("SCRAM-SHA-256");
    CLIENT(scram, "n,,n=user=2Cx=3D,r=rOprNGfwEbeRWgbNEkqO");
    server(scram, "r=rOprNGfwEbeRWgbNEkqO%hv,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    CLIENT(scram, "c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    assert_string_equal(mg_sasl_user(scram), "user,x=");
    g_autoptr(MgSasl) plus = begun("SCRAM-SHA-1-PLUS");
    CLIENT(plus, "p=tls-unique,a=anna,n=admin,r=1");
    assert_string_equal(mg_sasl_user(plus), "anna");
    g_autoptr(MgSasl) future = begun("SCRAM-SHA-999");
    CLIENT(future, "y,,n=bob,r=1");
    assert_string_equal(mg_sasl_user(future), "bob");
    assert_string_equal(mg_sasl_key(future), "sasl.scram");
    g_autoptr(MgSasl) bearer = begun("OAUTHBEARER");
    CLIENT(bearer, "n,a=user@example.com,\001host=x\001auth=Bearer t\001\001");
    CLIENT(bearer, "\001");
    assert_string_equal(mg_sasl_user(bearer), "user@example.com");
    g_autoptr(MgSasl) xoauth2 = begun("XOAUTH2");
    CLIENT(xoauth2, "user=someuser@example.com\001auth=Bearer ya29\001\001");
    mg_sasl_client(xoauth2, slice(""));
    assert_string_equal(mg_sasl_user(xoauth2), "someuser@example.com");
    g_autoptr(MgSasl) xoauth = begun("XOAUTH");
    CLIENT(xoauth, "GET https://mail.example.com/mail/b/bob@example.com/smtp/ oauth_token=x");
    assert_string_equal(mg_sasl_user(xoauth), "bob@example.com");
}

static void names_alone(void **state)
{
    g_autoptr(MgSasl) external = begun("EXTERNAL");
    mg_sasl_client(external, slice("="));
    assert_null(mg_sasl_user(external));
    g_autoptr(MgSasl) named = begun("EXTERNAL");
    CLIENT(named, "fred@example.com");
    assert_string_equal(mg_sasl_user(named), "fred@example.com");
    g_autoptr(MgSasl) anonymous = begun("ANONYMOUS");
    CLIENT(anonymous, "sirhc");
    assert_null(mg_sasl_user(anonymous));
    g_autoptr(MgSasl) otp = begun("OTP");
    CLIENT(otp, "\0tim");
    CLIENT(otp, "hex:5bf075d9959d036f");
    assert_string_equal(mg_sasl_user(otp), "tim");
    g_autoptr(MgSasl) skey = begun("SKEY");
    CLIENT(skey, "morgan");
    CLIENT(skey, "BOND FOGY DRAB NE RISE MART");
    assert_string_equal(mg_sasl_user(skey), "morgan");
    g_autoptr(MgSasl) unknown = begun("X-PRIVATE");
    CLIENT(unknown, "bob");
    assert_null(mg_sasl_user(unknown));
    assert_string_equal(mg_sasl_key(unknown), "sasl.unknown");
    assert_string_equal(mg_sasl_mechanism(unknown), "X-PRIVATE");
}

static void ntlm(void **state)
{
    static const guint8 head[12] = {'N', 'T', 'L', 'M', 'S', 'S', 'P', 0, 3, 0, 0, 0};
    guint8 token[72] = {0};
    memcpy(token, head, sizeof head);
    token[36] = 6;
    token[40] = 64;
    token[60] = 1;
    memcpy(token + 64, "b\0o\0b\0", 6);
    g_autoptr(MgSasl) sasl = begun("NTLM");
    client_raw(sasl, "NTLMSSP\0\1\0\0\0", 12);
    assert_null(mg_sasl_user(sasl));
    client_raw(sasl, token, sizeof token);
    assert_string_equal(mg_sasl_user(sasl), "bob");
    token[40] = 70; /* points behind the message */
    g_autoptr(MgSasl) bad = begun("NTLM");
    client_raw(bad, token, sizeof token);
    assert_null(mg_sasl_user(bad));
    token[40] = 64;
    token[36] = 3;
    token[60] = 0;
    memcpy(token + 64, "BOB", 3);
    guint8 wrapped[80] = {0x60, 0x4e};
    memcpy(wrapped + 8, token, sizeof token);
    g_autoptr(MgSasl) spnego = begun("GSS-SPNEGO");
    client_raw(spnego, wrapped, sizeof wrapped);
    assert_string_equal(mg_sasl_user(spnego), "BOB");
}

static void gssapi(void **state)
{
    /* Header, then the body rotated right by its checksum of 4 octets. */
    guint8 token[27] = {5, 4, 4, 0xff, 0, 4, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9, 9, 9};
    memcpy(token + 20, "\1\0\0\0bob", 7);
    g_autoptr(MgSasl) none = begun("GSSAPI");
    client_raw(none, "\x60\x82\x01\x02", 4);
    mg_sasl_client(none, slice(""));
    client_raw(none, token, sizeof token);
    assert_string_equal(mg_sasl_user(none), "bob");
    assert_false(mg_sasl_layer(none));
    token[20] = 4;
    g_autoptr(MgSasl) sealed = begun("GSSAPI");
    client_raw(sealed, token, sizeof token);
    assert_true(mg_sasl_layer(sealed));
    token[5] = 200; /* a checksum longer than the token: the choice is not to be read */
    g_autoptr(MgSasl) bad = begun("GSSAPI");
    client_raw(bad, token, sizeof token);
    assert_true(mg_sasl_layer(bad));
    assert_null(mg_sasl_user(bad));
}

static void server_secrets(void **state)
{
    g_autoptr(MgSasl) scram = begun("SCRAM-SHA-1");
    assert_false(mg_sasl_server_secret(scram, slice("cj1hLHM9YixpPTQwOTY="))); /* r=a,s=b,i= */
    assert_true(mg_sasl_server_secret(scram, slice("dj1ybUY5cHFW")));          /* v=… */
    g_autoptr(MgSasl) digest = begun("DIGEST-MD5");
    assert_true(mg_sasl_server_secret(digest, slice("cnNwYXV0aD1lYTQwZg=="))); /* rspauth= */
    g_autoptr(MgSasl) cram = begun("CRAM-MD5");
    assert_false(mg_sasl_server_secret(cram, slice("PDE4OTZAYT4=")));
    g_autoptr(MgSasl) gssapi_sasl = begun("GSSAPI");
    assert_true(mg_sasl_server_secret(gssapi_sasl, slice("YIICag==")));
    assert_false(mg_sasl_server_secret(gssapi_sasl, slice("")));
    g_autoptr(MgSasl) unknown = begun("X-OTHER");
    assert_true(mg_sasl_server_secret(unknown, slice("YQ==")));
}

static void rubbish(void **state)
{
    g_autoptr(MgSasl) typed = begun("LOGIN");
    mg_sasl_client(typed, slice("QUIT")); /* base64 by chance, but no name */
    assert_null(mg_sasl_user(typed));
    static const char *const messages[] = {"*", "===", "a", "not base64", "Ym9i\xff", "====Ym9i"};
    for (guint i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_autoptr(MgSasl) sasl = begun("SKEY");
        mg_sasl_client(sasl, slice(messages[i]));
        assert_null(mg_sasl_user(sasl));
    }
    g_autoptr(MgSasl) unpadded = begun("SKEY");
    mg_sasl_client(unpadded, slice("Ym9iYnk"));
    assert_string_equal(mg_sasl_user(unpadded), "bobby");
    g_autofree char *long_name = g_strnfill(400, 'x');
    g_autoptr(MgSasl) long_sasl = begun("SKEY");
    client_raw(long_sasl, long_name, 400);
    assert_null(mg_sasl_user(long_sasl));
    g_autoptr(MgSasl) nothing = mg_sasl_new((MgSlice){NULL, 0});
    mg_sasl_server(nothing, (MgSlice){NULL, 0});
    mg_sasl_client(nothing, (MgSlice){NULL, 0});
    assert_string_equal(mg_sasl_mechanism(nothing), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),      cmocka_unit_test(login),          cmocka_unit_test(digests),
        cmocka_unit_test(gs2_family), cmocka_unit_test(names_alone),    cmocka_unit_test(ntlm),
        cmocka_unit_test(gssapi),     cmocka_unit_test(server_secrets), cmocka_unit_test(rubbish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
