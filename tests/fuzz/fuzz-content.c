/* Fuzz target: the text of a message, dot-stuffed, fed whole and in pieces: the facts must be
 * the same. */
#include <stdint.h>
#include <string.h>

#include "proto/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static MgContent *read_text(const uint8_t *data, size_t size, MgContentKind kind, size_t step,
                            MgUnstuff *unstuff)
{
    MgContentReader *reader = mg_content_reader_new(kind);
    gboolean ended = FALSE;
    for (size_t at = 0; at < size && !ended;) {
        gsize used = 0;
        ended = mg_unstuff_feed(unstuff, data + at, MIN(step, size - at), reader, &used);
        g_assert_true(used > 0);
        at += used;
    }
    return mg_content_reader_finish(reader, ended);
}

static void compare_reports(const MgReport *one, const MgReport *two)
{
    g_assert_cmpint(one != NULL, ==, two != NULL);
    if (one == NULL)
        return;
    g_assert_cmpstr(one->message_id, ==, two->message_id);
    g_assert_cmpstr(one->queue_id, ==, two->queue_id);
    g_assert_cmpuint(one->recipients->len, ==, two->recipients->len);
    for (guint i = 0; i < one->recipients->len; i++) {
        const MgReportRecipient *group = g_ptr_array_index(one->recipients, i);
        g_assert_true(g_utf8_validate(group->action, -1, NULL));
        g_assert_true(group->status == NULL || g_utf8_validate(group->status, -1, NULL));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    MgContentKind kind = (MgContentKind)(data[0] % 3);
    size_t step = (size_t)data[1] % 32 + 1;
    data += 2;
    size -= 2;
    MgUnstuff one = {0}, two = {0};
    g_autoptr(MgContent) whole = read_text(data, size, kind, size + 1, &one);
    g_autoptr(MgContent) cut = read_text(data, size, kind, step, &two);
    g_assert_cmpuint(whole->octets, ==, cut->octets);
    g_assert_cmpuint(whole->lines, ==, cut->lines);
    g_assert_cmpint(whole->complete, ==, cut->complete);
    g_assert_cmpint(whole->has_header, ==, cut->has_header);
    g_assert_cmpint(whole->has_body, ==, cut->has_body);
    g_assert_cmpstr(whole->subject, ==, cut->subject);
    g_assert_cmpstr(whole->message_id, ==, cut->message_id);
    g_assert_cmpstr(whole->fingerprint, ==, cut->fingerprint);
    g_assert_cmpstr(whole->body_digest, ==, cut->body_digest);
    g_assert_cmpint(one.lf_dot_lf, ==, two.lf_dot_lf);
    g_assert_cmpint(one.maybe_ended, ==, two.maybe_ended);
    compare_reports(whole->report, cut->report);
    g_assert_true(whole->subject == NULL || g_utf8_validate(whole->subject, -1, NULL));
    g_assert_true(whole->from == NULL || g_utf8_validate(whole->from, -1, NULL));
    return 0;
}
