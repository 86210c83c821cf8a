/* What a text tells and nobody saw: hops, and reports about other messages. */
#include "gloss-bench.h"

#include <string.h>

typedef struct {
    MgMessage messages[2]; /* M1 is reported on by M2 */
    MgContent *content;    /* of M2 */
    GPtrArray *all;
} Story;

static void add_group(MgReport *report, const char *address, const char *action, const char *status)
{
    MgReportRecipient *group = g_new0(MgReportRecipient, 1);
    group->recipient = g_strdup(address);
    group->action = g_strdup(action);
    group->status = g_strdup(status);
    g_ptr_array_add(report->recipients, group);
}

static void story_begin(Story *story)
{
    *story = (Story){.all = g_ptr_array_new()};
    for (guint i = 0; i < 2; i++) {
        story->messages[i] = (MgMessage){
            .number = i + 1,
            .copies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_free),
            .history = g_ptr_array_new(),
            .recipients = g_ptr_array_new_with_free_func(g_free),
            .where = {MG_LOCATION_SERVER, MG_LOCATION_NONE},
            .evidence = MG_EVIDENCE_SEEN,
        };
        g_ptr_array_add(story->all, &story->messages[i]);
    }
    story->content = mg_content_new();
    story->content->report = mg_report_new();
    story->messages[1].report = story->content->report;
    story->messages[1].reports_on = 1;
    bench_ledger(story->all);
}

static void story_end(Story *story)
{
    for (guint i = 0; i < 2; i++) {
        g_ptr_array_unref(story->messages[i].copies);
        g_ptr_array_unref(story->messages[i].history);
        g_ptr_array_unref(story->messages[i].recipients);
        g_clear_pointer(&story->messages[i].hops, g_ptr_array_unref);
    }
    mg_content_unref(story->content);
    g_ptr_array_unref(story->all);
}

/* M2's text is accepted; what it says of M1 comes behind. */
static void accept_report(Test *test, const Story *story)
{
    MgExchange *exchange = begin(test, MG_STEP_CONTENT, "smtp.dot", NULL);
    exchange->content = g_rc_box_acquire(story->content);
    exchange->content->complete = TRUE;
    exchange->outcome = MG_OUTCOME_OK;
    add_reply(test, "250", MG_OUTCOME_OK, "smtp.reply.250.dot", "Ok");
    move(test, 2, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER);
    MgMovement *told = move(test, 1, MG_EVENT_REFUSED, MG_LOCATION_DELETED);
    told->report = 2;
    told->changed = TRUE;
    give(test);
}

static void test_report(void **state)
{
    Test *test = *state;
    Story story;
    story_begin(&story);
    add_group(story.content->report, "bob@example.org", "failed", "5.1.1");
    accept_report(test, &story);
    assert_true(g_str_has_suffix(
        test->seen.gloss, " This is a delivery report about M1: bob@example.org failed (5.1.1)."));
    /* What it tells of M1 does not choose the words about M2. */
    assert_null(strstr(test->seen.reply_gloss, "refuse"));
    story_end(&story);
}

static void test_many(void **state)
{
    Test *test = *state;
    Story story;
    story_begin(&story);
    add_group(story.content->report, "a@x", "delayed", "4.4.1");
    add_group(story.content->report, "b@x", "delivered", NULL);
    add_group(story.content->report, "c@x", "odd\xff", NULL);
    add_group(story.content->report, "d@x", "failed", NULL);
    add_group(story.content->report, "e@x", "failed", NULL);
    story.messages[1].reports_on = 0;
    accept_report(test, &story);
    assert_true(g_str_has_suffix(
        test->seen.gloss, " This is a delivery report about a message that was not found in "
                          "this trace: a@x is late (4.4.1), b@x got it, c@x: odd\xef\xbf\xbd, "
                          "and 2 more."));
    story.content->report->is_receipt = TRUE;
    g_ptr_array_set_size(story.content->report->recipients, 0);
    story.messages[1].reports_on = 1;
    accept_report(test, &story);
    assert_true(g_str_has_suffix(test->seen.gloss,
                                 " This is a receipt for M1. It does not say what became of it."));
    story_end(&story);
}

static gboolean has_remark(const Test *test, const char *text)
{
    return g_strv_contains((const char *const *)test->seen.remarks, text);
}

static void test_remarks(void **state)
{
    Test *test = *state;
    Story story;
    story_begin(&story);
    MgRecipient *recipient = g_new0(MgRecipient, 1);
    recipient->address = (char *)"bob@example.org";
    recipient->outcome = MG_OUTCOME_REFUSED;
    recipient->report = 2;
    recipient->report_action = (char *)"failed";
    recipient->report_status = (char *)"5.1.1";
    g_ptr_array_add(story.messages[0].recipients, recipient);
    g_ptr_array_set_size(story.all, 1);
    mg_gloss_finish(test->gloss, NULL);
    assert_true(has_remark(test, "The report M2 says: bob@example.org failed (5.1.1)."));
    for (gsize i = 0; test->seen.remarks[i] != NULL; i++)
        assert_null(strstr(test->seen.remarks[i], "The server refused"));
    story_end(&story);
}

static void add_hop(MgMessage *message, const char *received)
{
    if (message->hops == NULL)
        message->hops = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hop_free);
    g_ptr_array_add(message->hops, mg_hop_new(received));
}

/* Hops are said where one message was asked for; what was seen is not "told". */
static void test_hops(void **state)
{
    Test *test = *state;
    test->options.one_message = TRUE;
    bench_start(test);
    Story story;
    story_begin(&story);
    MgMessage *message = &story.messages[0];
    add_hop(message,
            "from [192.0.2.10] (port=5 helo=a) by mx.example.org with ESMTPSA id 1A2; noon");
    add_hop(message, "from mx.example.org (mx [192.0.2.25]) by in.example.net id 4F1A2C0");
    add_hop(message, "without any clause");
    MgCopy copy = {.place = MG_PLACE_QUEUE, .queue_id = (char *)"4F1A2C0"};
    g_ptr_array_add(message->copies, mg_copy_dup(&copy));
    g_ptr_array_set_size(story.all, 1);
    mg_gloss_finish(test->gloss, NULL);
    assert_true(has_remark(test, "The header tells of one hop that this trace does not show. Such "
                                 "a line can be invented."));
    assert_true(has_remark(test, "1. from 192.0.2.10, to mx.example.org, with ESMTPSA, id 1A2, "
                                 "noon"));
    for (gsize i = 0; test->seen.remarks[i] != NULL; i++)
        assert_null(strstr(test->seen.remarks[i], "in.example.net"));
    story_end(&story);
}

/* In deep text each is a detail of the step whose text tells it. */
static void test_hop_details(void **state)
{
    Test *test = *state;
    test->options.detail = MG_DETAIL_DEEP;
    bench_start(test);
    Story story;
    story_begin(&story);
    story.content->received = g_new0(char *, 31);
    for (guint i = 0; i < 30; i++)
        story.content->received[i] = g_strdup_printf("from a%u by b%u", i, i);
    accept_report(test, &story);
    guint told = 0;
    for (guint i = 0; i < test->seen.details->len; i++)
        told +=
            g_str_has_prefix(test->seen.details->pdata[i], "Received: The header tells of a hop");
    assert_in_range(told, 5, 12);
    assert_string_equal(
        test->seen.details->pdata[0],
        "Received: The header tells of a hop from a29, to b29. Nobody saw it here.");
    story_end(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_report, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_many, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_remarks, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_hops, bench_setup, bench_teardown),
        cmocka_unit_test_setup_teardown(test_hop_details, bench_setup, bench_teardown),
    };
    glossary = mg_glossary_new("en", NULL, NULL);
    int failed = cmocka_run_group_tests_name("gloss-told", tests, NULL, NULL);
    mg_glossary_free(glossary);
    return failed;
}
