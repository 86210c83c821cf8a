/* What becomes of a secret, the sorter when it does not fit into memory, numbers, checksums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "annotate/hide.h"
#include "annotate/mend.h"
#include "annotate/numbers.h"
#include "annotate/sorter.h"

/* ---- Secrets ---- */

static char *hidden(const char *text, const char *mechanism, const char *user, MgActor actor)
{
    MgSecretFound found = {.actor = actor,
                           .octets = {(const guint8 *)text, strlen(text)},
                           .mechanism = mechanism,
                           .user = user};
    g_autofree guint8 *out = mg_hide(&found);
    return g_strndup((const char *)out, strlen(text));
}

static void assert_hidden(const char *text, const char *mechanism, const char *user,
                          const char *want)
{
    g_autofree char *got = hidden(text, mechanism, user, MG_ACTOR_CLIENT);
    assert_string_equal(got, want);
    /* Hiding it once more changes nothing. */
    g_autofree char *again = hidden(got, mechanism, user, MG_ACTOR_CLIENT);
    assert_string_equal(again, want);
}

/* The message of a mechanism, in base64 before and after. */
static void assert_message(const char *message, gsize len, const char *mechanism, const char *user,
                           const char *want)
{
    g_autofree char *text = g_base64_encode((const guchar *)message, len);
    g_autofree char *other = g_base64_encode((const guchar *)want, len);
    assert_hidden(text, mechanism, user, other);
}

static void test_plain_secrets(void **state)
{
    assert_hidden("secret", NULL, NULL, "xxxxxx");
    assert_hidden("two words", NULL, NULL, "xxxxxxxxx");
    assert_hidden("\"quoted\"", NULL, NULL, "\"xxxxxx\"");
    assert_hidden(" blank ", NULL, NULL, " xxxxx ");
    assert_hidden("", NULL, NULL, "");
}

static void test_sasl(void **state)
{
    /* The example of the handouts. */
    assert_hidden("AGJvYgBzZWNyZXQ=", "PLAIN", "bob", "AGJvYgB4eHh4eHg=");
    assert_message("x\0bob\0pass", 10, "PLAIN", "bob", "x\0bob\0xxxx");
    assert_message("bob", 3, "LOGIN", "bob", "bob");
    assert_message("secret", 6, "LOGIN", "bob", "xxxxxx");
    assert_message("bob 0123456789abcdef0123456789abcdef", 36, "CRAM-MD5", "bob",
                   "bob 00000000000000000000000000000000");
    assert_message("n,,n=bob,r=fyko+d2", 18, "SCRAM-SHA-256", "bob", "n,,n=bob,r=xxxxxxx");
    assert_message("c=biws,r=fyko,p=v0X8", 20, "SCRAM-SHA-256", "bob", "xxxxxxxxxxxxxxxxxxxx");
    assert_message("user=bob\1auth=Bearer to.ken\1\1", 29, "XOAUTH2", "bob",
                   "user=bob\1auth=Bearer xxxxxx\1\1");
    assert_message("username=\"bob\",response=d388,qop=auth", 37, "DIGEST-MD5", "bob",
                   "username=\"bob\",response=0000,qop=auth");
    /* What says nothing of itself is hidden as a whole. */
    assert_message("token", 5, "GSSAPI", NULL, "xxxxx");
    /* An empty message, and one that gives up. */
    assert_hidden("=", "PLAIN", NULL, "=");
    assert_hidden("*", "PLAIN", NULL, "*");
    /* No base64. */
    assert_hidden("secret!", "PLAIN", NULL, "xxxxxxx");
    assert_hidden("AGJvYgBzZWNyZXQ", "PLAIN", "bob", "xxxxxxxxxxxxxxx");
    g_autofree char *proof = hidden("dj1ybUY5cHFWOFM3c3U=", "SCRAM-SHA-1", "bob", MG_ACTOR_SERVER);
    assert_string_equal(proof, "eHh4eHh4eHh4eHh4eHg=");
}

/* ---- The sorter ---- */

static void test_sorter(void **state)
{
    MgSorter *sorter = mg_sorter_new(4096);
    /* Frames come from far and near, from two captures, many for one frame. */
    const guint n = 5000;
    for (guint i = 0; i < n; i++) {
        guint32 data[3] = {i, i * 7, 0};
        mg_sorter_add(sorter, (guint16)(1 + i % 2), (guint64)i * 7919 % 611, 5, data, i % 12);
    }
    assert_true(mg_sorter_finish(sorter, NULL));
    for (guint round = 0; round < 2; round++) {
        MgSorterReader *reader = mg_sorter_read(sorter);
        const MgSorterHead *head;
        const guint8 *data;
        MgSorterHead before = {0};
        guint count = 0;
        while ((head = mg_sorter_peek(reader, &data)) != NULL) {
            assert_true(before.capture < head->capture ||
                        (before.capture == head->capture && before.frame < head->frame) ||
                        (before.capture == head->capture && before.frame == head->frame &&
                         (count == 0 || before.serial < head->serial)));
            guint i = (guint)head->serial;
            guint32 want[3] = {i, i * 7, 0};
            assert_int_equal(head->len, i % 12);
            assert_int_equal(head->capture, 1 + i % 2);
            assert_memory_equal(data, want, head->len);
            before = *head;
            count++;
            mg_sorter_take(reader);
        }
        assert_int_equal(count, n);
        assert_false(mg_sorter_broken(reader));
        mg_sorter_reader_free(reader);
    }
    mg_sorter_free(sorter);
}

static void test_empty_sorter(void **state)
{
    MgSorter *sorter = mg_sorter_new(0);
    assert_true(mg_sorter_finish(sorter, NULL));
    MgSorterReader *reader = mg_sorter_read(sorter);
    const guint8 *data;
    assert_null(mg_sorter_peek(reader, &data));
    mg_sorter_reader_free(reader);
    mg_sorter_free(sorter);
}

/* ---- Numbers ---- */

static void test_numbers(void **state)
{
    MgNumbers *numbers = mg_numbers_new();
    for (guint64 frame = 1; frame <= 10000; frame++)
        if (frame % 10 != 0)
            mg_numbers_add(numbers, 1, frame);
    mg_numbers_add(numbers, 1, 5); /* once more */
    mg_numbers_add(numbers, 3, 1);
    assert_true(mg_numbers_has_gaps(numbers, 1));
    assert_false(mg_numbers_has_gaps(numbers, 2));
    assert_false(mg_numbers_has_gaps(numbers, 3));
    mg_numbers_settle(numbers);
    assert_int_equal(mg_numbers_get(numbers, 1, 1), 1);
    assert_int_equal(mg_numbers_get(numbers, 1, 10), 0);
    assert_int_equal(mg_numbers_get(numbers, 1, 11), 10);
    assert_int_equal(mg_numbers_get(numbers, 1, 9999), 9000);
    assert_int_equal(mg_numbers_get(numbers, 1, 20000), 0);
    assert_int_equal(mg_numbers_get(numbers, 2, 1), 0);
    assert_int_equal(mg_numbers_get(numbers, 3, 1), 9001);
    assert_int_equal(mg_numbers_get(numbers, 4, 1), 0);
    mg_numbers_free(numbers);
}

/* ---- Checksums ---- */

static guint16 checksum(const guint8 *data, gsize len)
{
    guint64 sum = 0;
    for (gsize i = 0; i < len; i++)
        sum += (guint64)data[i] << (i % 2 == 0 ? 8 : 0);
    return (guint16)(0xffff - mg_mend_fold(sum));
}

static void test_mend(void **state)
{
    guint8 data[64];
    guint32 seed = 1;
    for (guint round = 0; round < 1000; round++) {
        for (gsize i = 0; i < sizeof data; i++)
            data[i] = (guint8)((seed = seed * 1103515245u + 12345u) >> 16);
        data[0] |= 1; /* not all zero */
        guint16 before = checksum(data, sizeof data);
        /* Right, or wrong by something. */
        guint16 wrong = (guint16)(round % 3 * 4711);
        guint8 field[2] = {(guint8)((guint16)(before + wrong) >> 8), (guint8)(before + wrong)};
        guint16 start = (guint16)(before + wrong);
        guint64 sum = 0;
        for (gsize i = 5; i < 5 + round % 40; i++) {
            sum += mg_mend_sum((guint32)i, data[i], 'x');
            data[i] = 'x';
        }
        mg_mend(field, sum);
        guint16 got = (guint16)(field[0] << 8 | field[1]);
        guint16 after = checksum(data, sizeof data);
        /* As far from the right one as before, in one's complement. */
        guint32 old_far = (guint32)(start + (0xffff - before)) % 0xffff;
        guint32 new_far = (guint32)(got + (0xffff - after)) % 0xffff;
        assert_int_equal(old_far, new_far);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_secrets), cmocka_unit_test(test_sasl),
        cmocka_unit_test(test_sorter),        cmocka_unit_test(test_empty_sorter),
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_mend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
