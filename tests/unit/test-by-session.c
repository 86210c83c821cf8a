/* Session after session: the order, and that what waited is given whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mg-render.h"
#include "render-scenes.h"
#include "render/by-session.h"

/* ---- The order ---- */

static void log_session(gpointer user, const MgStepSession *session)
{
    g_string_append_printf(user, session->how_ended == MG_ENDED_OPEN ? "(%u " : "%u) ",
                           session->session);
}

static void log_step(gpointer user, const MgStep *step)
{
    g_string_append_printf(user, "%u.%" G_GUINT64_FORMAT " ", step->session, step->step);
}

static void log_note(gpointer user, const MgStepNote *note)
{
    g_string_append_printf(user, "%u%s ", note->session, note->text);
}

static void log_capture(gpointer user, const MgStepCapture *capture)
{
}

static void log_message(gpointer user, const MgStepMessage *message)
{
}

static void log_summary(gpointer user, const MgStepSummary *summary)
{
    g_string_append(user, "end");
}

static const MgStepSink log_sink = {
    .capture = log_capture,
    .session = log_session,
    .step = log_step,
    .note = log_note,
    .message = log_message,
    .summary = log_summary,
};

static MgBySession *logging(GString *log, MgStepSink *ret_sink)
{
    MgStepSink next = log_sink;
    next.user = log;
    MgBySession *order = mg_by_session_new(&next);
    mg_by_session_sink(order, ret_sink);
    return order;
}

/* "(1" opens session 1, "1)" closes it, "1.7" is its step 7, "1!" a note. */
static void play(const MgStepSink *sink, const char *script)
{
    g_auto(GStrv) words = g_strsplit(script, " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        const char *word = words[i];
        char *end;
        guint number = (guint)g_ascii_strtoull(*word == '(' ? word + 1 : word, &end, 10);
        if (*end == '.') {
            MgStep step = {.session = number, .step = g_ascii_strtoull(end + 1, NULL, 10)};
            sink->step(sink->user, &step);
        } else if (*end == '!') {
            MgStepNote note = {.session = number, .text = "!"};
            sink->note(sink->user, &note);
        } else {
            MgStepSession session = {.session = number,
                                     .how_ended = *end == ')' ? MG_ENDED_CLOSED : MG_ENDED_OPEN};
            sink->session(sink->user, &session);
        }
    }
}

static void check(const char *script, const char *expected)
{
    g_autoptr(GString) log = g_string_new(NULL);
    MgStepSink sink;
    MgStepSummary summary = {0};
    MgBySession *order = logging(log, &sink);
    play(&sink, script);
    sink.summary(sink.user, &summary);
    mg_by_session_free(order);
    assert_string_equal(log->str, expected);
}

static void test_order(void **state)
{
    check("(1 1.1 (2 2.2 1.3 2.4 1) 2.5 2)", "(1 1.1 1.3 1) (2 2.2 2.4 2.5 2) end");
    /* the second ends first, the third while it waits */
    check("(1 (2 2.1 2) (3 3.2 1.3 3) 1)", "(1 1.3 1) (2 2.1 2) (3 3.2 3) end");
    /* one never ends; notes go with their session, those of none pass at once */
    check("(1 (2 2! 0! 2.1 2) 1!", "(1 0! 1! (2 2! 2.1 2) end");
    /* only some sessions were chosen; what comes behind the end passes */
    check("(7 (9 9.1 7.2 7) 7! 9.3 9)", "(7 7.2 7) (9 9.1 7! 9.3 9) end");
}

static void test_first_passes(void **state)
{
    g_autoptr(GString) log = g_string_new(NULL);
    MgStepSink sink;
    MgBySession *order = logging(log, &sink);
    play(&sink, "(1 (2 2.1 1.2");
    assert_string_equal(log->str, "(1 1.2 ");
    play(&sink, "1)");
    assert_string_equal(log->str, "(1 1.2 1) (2 2.1 ");
    mg_by_session_free(order);
}

/* ---- What waited is whole ---- */

static gboolean keep(gpointer user, const char *data, gsize len)
{
    g_string_append_len(user, data, (gssize)len);
    return TRUE;
}

static void no_flush(gpointer user)
{
}

static void open_first(const MgStepSink *sink)
{
    MgStepSession session = {.session = 99};
    session.client.ip = session.client.shown = session.server.ip = session.server.shown = "::1";
    sink->session(sink->user, &session);
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The records of a scene, sorted; with `wait` all of it waits for another session. */
static char *records(void (*scene)(const MgStepSink *sink, MgDetailLevel detail), gboolean wait)
{
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    MgRenderOptions options = {.glossary = glossary, .detail = MG_DETAIL_DEEP};
    MgOutput output = {keep, no_flush, text};
    MgRenderer *renderer = mg_renderer_new(mg_render_format_by_name("json"), &options, &output);
    MgStepSink own, sink;
    mg_renderer_step_sink(renderer, &own);
    MgBySession *order = mg_by_session_new(&own);
    mg_by_session_sink(order, &sink);
    open_first(wait ? &sink : &own);
    scene(wait ? &sink : &own, MG_DETAIL_DEEP);
    mg_by_session_free(order);
    mg_renderer_free(renderer);
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);
    qsort(lines, g_strv_length(lines), sizeof *lines, by_text);
    return g_strjoinv("\n", lines);
}

static void odd(const MgStepSink *sink, MgDetailLevel detail)
{
    scene_odd(sink);
}

static void test_whole(void **state)
{
    void (*const scenes[])(const MgStepSink *, MgDetailLevel) = {scene_journey, odd};
    for (guint i = 0; i < G_N_ELEMENTS(scenes); i++) {
        g_autofree char *expected = records(scenes[i], FALSE);
        g_autofree char *actual = records(scenes[i], TRUE);
        assert_string_equal(actual, expected);
    }
}

/* More than memory keeps: it comes back from the file, in order. */
static void test_file(void **state)
{
    enum { STEPS = 3000 };
    g_autoptr(GString) log = g_string_new(NULL);
    g_autoptr(GString) expected = g_string_new("(1 1) ");
    g_autofree char *line = g_strnfill(8000, 'x');
    MgStepSink sink;
    MgStepSummary summary = {0};
    MgBySession *order = logging(log, &sink);
    play(&sink, "(1 (2 (3");
    for (guint i = 1; i <= STEPS; i++) {
        MgStep step = {.session = 2 + i % 2, .step = i, .line = line};
        sink.step(sink.user, &step);
    }
    play(&sink, "1)");
    sink.summary(sink.user, &summary);
    mg_by_session_free(order);
    for (guint session = 2; session <= 3; session++) {
        g_string_append_printf(expected, "(%u ", session);
        for (guint i = 1; i <= STEPS; i++)
            if (2 + i % 2 == session)
                g_string_append_printf(expected, "%u.%u ", session, i);
    }
    g_string_append(expected, "end");
    assert_string_equal(log->str, expected->str);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_first_passes),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
