/* What a session learns of another one's act: the sentences, and what is not said. */
#include "gloss-bench.h"

#include <string.h>

static MgMovement *learns(Test *test, guint message, MgEvent event, const char *address)
{
    MgMovement *movement = move(test, message, event, MG_LOCATION_SERVER);
    movement->changed = FALSE;
    movement->cause_step = 14;
    movement->cause_session = 3;
    mg_address_parse(address, &movement->cause_client.address);
    movement->copy = g_new0(MgCopy, 1);
    movement->copy->place = MG_PLACE_MAILBOX;
    movement->copy->contents = MG_CONTENTS_FULL;
    return movement;
}

static void noop(Test *test, const char *key)
{
    test->client.name = "Bob's phone";
    test->client.role = MG_ROLE_DEVICE;
    mg_address_parse("10.0.0.13", &test->client.end.address);
    session.protocol = MG_PROTOCOL_IMAP;
    begin(test, MG_STEP_COMMAND, key, "b4 NOOP")->outcome = MG_OUTCOME_OK;
    add_reply(test, "OK", MG_OUTCOME_OK, NULL, "b4 OK done");
}

static void ends_with(Test *test, const char *sentence)
{
    give(test);
    if (!g_str_has_suffix(test->seen.reply_gloss, sentence))
        fail_msg("expected “%s”, got “%s”", sentence, test->seen.reply_gloss);
}

static void test_each_event(void **state)
{
    static const struct {
        MgEvent event;
        gboolean gone;
        const char *sentence;
    } cases[] = {
        {MG_EVENT_REMOVED, TRUE,
         "Bob's phone learns here that Bob's laptop removed M1 in step 14."},
        {MG_EVENT_MOVED, TRUE,
         "Bob's phone learns here that Bob's laptop moved M1 out of this folder in step 14."},
        {MG_EVENT_MOVED, FALSE,
         "Bob's phone learns here that Bob's laptop moved M1 into this folder in step 14."},
        {MG_EVENT_COPIED, FALSE,
         "Bob's phone learns here that Bob's laptop copied M1 into this folder in step 14."},
        {MG_EVENT_STORED, FALSE,
         "Bob's phone learns here that Bob's laptop stored M1 in this folder in step 14."},
        {MG_EVENT_MARKED, FALSE,
         "Bob's phone learns here that Bob's laptop marked M1 for deletion in step 14."},
        {MG_EVENT_UNMARKED, FALSE,
         "Bob's phone learns here that Bob's laptop took the mark for deletion off M1 in step 14."},
        {MG_EVENT_FLAGGED, FALSE,
         "Bob's phone learns here that Bob's laptop took the last flag off M1 in step 14."},
    };
    Test *test = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        noop(test, "imap.noop");
        MgMovement *movement = learns(test, 1, cases[i].event, "10.0.0.12");
        movement->copy->state = cases[i].gone ? MG_COPY_REMOVED : MG_COPY_HELD;
        ends_with(test, cases[i].sentence);
        assert_true(g_str_has_prefix(test->seen.reply_gloss, "Server has told all its news. "));
    }
}

static void test_flags(void **state)
{
    Test *test = *state;
    noop(test, "imap.noop");
    MgMovement *movement = learns(test, 1, MG_EVENT_FLAGGED, "10.0.0.12");
    movement->copy->flags = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(movement->copy->flags, g_strdup("\\Seen"));
    g_ptr_array_add(movement->copy->flags, g_strdup("\\Recent"));
    g_ptr_array_add(movement->copy->flags, g_strdup("\\Flagged"));
    ends_with(test, "changed the flags of M1 in step 14. They are now \\Seen \\Flagged.");
}

/* Several messages of one act are one sentence; several acts are told apart, up to three. */
static void test_several(void **state)
{
    Test *test = *state;
    noop(test, "imap.noop");
    for (guint i = 1; i <= 5; i++)
        learns(test, i, MG_EVENT_MARKED, "10.0.0.12");
    ends_with(
        test,
        "Bob's phone learns here that Bob's laptop marked 5 messages for deletion in step 14.");
    noop(test, "imap.noop");
    for (guint i = 1; i <= 5; i++)
        learns(test, i, MG_EVENT_MARKED, "10.0.0.12")->cause_step = 10 + i;
    ends_with(test, "marked M3 for deletion in step 13. What other steps did shows here for 2 more "
                    "messages too.");
}

static void test_who(void **state)
{
    Test *test = *state;
    noop(test, "imap.noop");
    learns(test, 1, MG_EVENT_MARKED, "10.0.0.99");
    ends_with(test, "learns here that the device 10.0.0.99 marked M1 for deletion in step 14.");
    noop(test, "imap.noop");
    learns(test, 1, MG_EVENT_MARKED, "10.0.0.13");
    ends_with(test, "Bob's phone learns here that another session of the same device marked M1 for "
                    "deletion in step 14.");
}

/* A count names no message: it follows from what was done. */
static void test_counts(void **state)
{
    Test *test = *state;
    noop(test, "imap.status");
    learns(test, 1, MG_EVENT_REMOVED, "10.0.0.12")->copy->state = MG_COPY_REMOVED;
    ends_with(test, "This count follows from step 14: there Bob's laptop removed M1.");
    noop(test, "pop3.stat");
    session.protocol = MG_PROTOCOL_POP3;
    learns(test, 1, MG_EVENT_REMOVED, "10.0.0.13")->copy->state = MG_COPY_REMOVED;
    ends_with(test, "This count follows from step 14, which removed M1.");
}

static void test_brief(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_BRIEF;
    bench_start(test);
    noop(test, "imap.noop");
    learns(test, 1, MG_EVENT_REMOVED, "10.0.0.12");
    ends_with(test, "Bob's phone learns that step 14 removed M1.");
}

static void test_delivered(void **state)
{
    Test *test = *state;
    noop(test, "imap.fetch");
    MgMovement *movement = move(test, 1, MG_EVENT_DELIVERED, MG_LOCATION_SERVER);
    movement->cause_step = 6;
    ends_with(test, "M1, which a server took over in step 6, has arrived in this mailbox.");
}

/* Nothing is said without a proven step; and what others did is not this command's doing. */
static void test_nothing(void **state)
{
    Test *test = *state;
    noop(test, "imap.noop");
    learns(test, 1, MG_EVENT_REMOVED, "10.0.0.12")->cause_step = 0;
    give(test);
    assert_null(strstr(test->seen.reply_gloss, "learns"));
    noop(test, "imap.expunge");
    give(test);
    g_autofree char *alone = g_strdup(test->seen.reply_gloss);
    noop(test, "imap.expunge");
    learns(test, 1, MG_EVENT_REMOVED, "10.0.0.12");
    give(test);
    assert_true(g_str_has_prefix(test->seen.reply_gloss, alone));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_event), TEST(test_flags), TEST(test_several),   TEST(test_who),
        TEST(test_counts),     TEST(test_brief), TEST(test_delivered), TEST(test_nothing),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    const int failed = cmocka_run_group_tests_name("gloss-learned", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
