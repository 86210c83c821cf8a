/* The formats against expected files, and what must hold for any text.
 *
 * MG_GOLDEN=write writes the expected files anew; read the difference before committing it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-glib/json-glib.h>

#include "mg-render.h"
#include "render-scenes.h"

typedef struct {
    GString *text;
    guint flushes;
    gsize room; /* octets until the reader goes away */
    guint writes_after;
} Sheet;

static gboolean sheet_write(gpointer user, const char *data, gsize len)
{
    Sheet *sheet = user;
    if (sheet->text->len + len > sheet->room) {
        sheet->writes_after++;
        return FALSE;
    }
    g_string_append_len(sheet->text, data, (gssize)len);
    return TRUE;
}

static void sheet_flush(gpointer user)
{
    ((Sheet *)user)->flushes++;
}

typedef enum { SCENE_JOURNEY, SCENE_ODD, SCENE_NOTHING } Scene;

static void play(const char *format, const MgRenderOptions *options, Scene scene, Sheet *sheet)
{
    MgOutput output = {sheet_write, sheet_flush, sheet};
    g_autoptr(MgRenderer) renderer =
        mg_renderer_new(mg_render_format_by_name(format), options, &output);
    MgStepSink sink;
    mg_renderer_step_sink(renderer, &sink);
    if (scene == SCENE_JOURNEY)
        scene_journey(&sink, options->detail);
    else if (scene == SCENE_ODD)
        scene_odd(&sink);
}

static char *rendered(const char *format, const MgRenderOptions *options, Scene scene)
{
    Sheet sheet = {.text = g_string_new(NULL), .room = G_MAXSIZE};
    play(format, options, scene, &sheet);
    return g_string_free(sheet.text, FALSE);
}

static void golden(const char *name, const char *format, MgRenderOptions options, Scene scene)
{
    if (options.detail == MG_DETAIL_BRIEF)
        options.detail = MG_DETAIL_NORMAL;
    g_autofree char *actual = rendered(format, &options, scene);
    g_autofree char *path = g_build_filename(g_getenv("srcdir") != NULL ? g_getenv("srcdir") : ".",
                                             "tests", "golden", "render", name, NULL);
    if (g_strcmp0(g_getenv("MG_GOLDEN"), "write") == 0)
        assert_true(g_file_set_contents(path, actual, -1, NULL));
    g_autofree char *expected = NULL;
    if (!g_file_get_contents(path, &expected, NULL, NULL))
        fail_msg("no expected file %s", path);
    assert_string_equal(actual, expected);
}

static void test_journey_text(void **state)
{
    golden("journey-100.txt", "text", (MgRenderOptions){.width = 100}, SCENE_JOURNEY);
    golden("journey-80.txt", "text", (MgRenderOptions){0}, SCENE_JOURNEY);
    golden("journey-140.txt", "text", (MgRenderOptions){.width = 140}, SCENE_JOURNEY);
    golden("journey-48.txt", "text", (MgRenderOptions){.width = 48}, SCENE_JOURNEY);
    golden("journey-100-deep.txt", "text",
           (MgRenderOptions){.width = 100, .detail = MG_DETAIL_DEEP}, SCENE_JOURNEY);
    golden("journey-80-deep.txt", "text", (MgRenderOptions){.width = 80, .detail = MG_DETAIL_DEEP},
           SCENE_JOURNEY);
    golden("journey-100-color.txt", "text",
           (MgRenderOptions){.width = 100, .color = TRUE, .clock = MG_CLOCK_DATE}, SCENE_JOURNEY);
    golden("journey-where.txt", "text", (MgRenderOptions){.width = 100, .where_only = TRUE},
           SCENE_JOURNEY);
    golden("journey-title.txt", "text",
           (MgRenderOptions){.width = 80, .title = "One message", .clock = MG_CLOCK_PREVIOUS},
           SCENE_JOURNEY);
}

static void test_journey_others(void **state)
{
    golden("journey.json", "json", (MgRenderOptions){0}, SCENE_JOURNEY);
    golden("journey-deep.json", "json", (MgRenderOptions){.detail = MG_DETAIL_DEEP}, SCENE_JOURNEY);
    golden("journey-where.json", "json", (MgRenderOptions){.where_only = TRUE}, SCENE_JOURNEY);
    golden("journey.csv", "csv", (MgRenderOptions){0}, SCENE_JOURNEY);
    golden("journey-where.csv", "csv", (MgRenderOptions){.where_only = TRUE}, SCENE_JOURNEY);
    golden("journey.md", "markdown", (MgRenderOptions){0}, SCENE_JOURNEY);
    golden("journey-deep.md", "markdown", (MgRenderOptions){.detail = MG_DETAIL_DEEP},
           SCENE_JOURNEY);
    golden("journey-where.md", "markdown", (MgRenderOptions){.where_only = TRUE}, SCENE_JOURNEY);
}

static void test_odd(void **state)
{
    golden("odd-100.txt", "text", (MgRenderOptions){.width = 100}, SCENE_ODD);
    golden("odd-80.txt", "text", (MgRenderOptions){.width = 80}, SCENE_ODD);
    golden("odd-100-ascii.txt", "text",
           (MgRenderOptions){.width = 100, .ascii = TRUE, .clock = MG_CLOCK_EPOCH}, SCENE_ODD);
    golden("odd.json", "json", (MgRenderOptions){0}, SCENE_ODD);
    golden("odd.csv", "csv", (MgRenderOptions){.clock = MG_CLOCK_TIME}, SCENE_ODD);
    golden("odd.md", "markdown", (MgRenderOptions){0}, SCENE_ODD);
    golden("odd-ascii.md", "markdown", (MgRenderOptions){.ascii = TRUE}, SCENE_ODD);
    golden("odd-live.md", "markdown", (MgRenderOptions){.flush = TRUE}, SCENE_ODD);
}

/* Whatever the traffic holds, text never has a line that is too wide (words of our own break
 * at 40 columns) nor a character that a terminal obeys. */
static void test_text_is_safe(void **state)
{
    for (guint width = 1; width < 220; width++) {
        MgRenderOptions options = {.width = width, .detail = MG_DETAIL_DEEP};
        g_autofree char *text = rendered("text", &options, SCENE_ODD);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; lines[i] != NULL; i++)
            assert_in_range(g_utf8_strlen(lines[i], -1), 0, MAX(width, 40));
        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
            gunichar c = g_utf8_get_char(p);
            assert_true(c == '\n' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)));
            assert_int_not_equal(c, 0x202e);
        }
        assert_true(g_utf8_validate(text, -1, NULL));
    }
}

/* Our own characters are ASCII with --ascii; captured ones stay, hostile ones are spelled. */
static void test_ascii(void **state)
{
    const char *const formats[] = {"text", "markdown"};
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        MgRenderOptions options = {.width = 100, .ascii = TRUE, .detail = MG_DETAIL_NORMAL};
        g_autofree char *text = rendered(formats[i], &options, SCENE_ODD);
        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
            gunichar c = g_utf8_get_char(p);
            assert_true(c < 0x80 || c == 0xfffd);
        }
    }
}

static void assert_members(JsonObject *object, const char *const *allowed)
{
    g_autoptr(GList) members = json_object_get_members(object);
    for (GList *l = members; l != NULL; l = l->next)
        if (!g_strv_contains(allowed, l->data))
            fail_msg("field %s is not in the contract", (const char *)l->data);
}

static void assert_members_of_array(JsonObject *object, const char *name,
                                    const char *const *allowed)
{
    if (!json_object_has_member(object, name))
        return;
    JsonArray *array = json_object_get_array_member(object, name);
    for (guint i = 0; i < json_array_get_length(array); i++)
        assert_members(json_array_get_object_element(array, i), allowed);
}

/* Each line parses, and has only the fields that the contract names. */
static void test_json_contract(void **state)
{
    static const char *const capture[] = {"type",      "capture",   "file",
                                          "interface", "linktypes", NULL};
    static const char *const session[] = {"type",
                                          "session",
                                          "protocol",
                                          "client",
                                          "server",
                                          "start",
                                          "complete_start",
                                          "end",
                                          "how_ended",
                                          "client_bytes",
                                          "server_bytes",
                                          "missing_bytes",
                                          "encrypted_from_step",
                                          "did",
                                          NULL};
    static const char *const party[] = {"ip", "port", "name", "role", NULL};
    static const char *const step[] = {
        "type",    "step",       "session",     "capture",     "protocol",     "kind",
        "time",    "reply_time", "frames",      "frame_count", "reply_frames", "reply_frame_count",
        "actor",   "verb",       "line",        "masked",      "replies",      "more_replies",
        "outcome", "gloss",      "reply_gloss", "reference",   "known",        "movements",
        NULL};
    static const char *const reply[] = {"code", "enhanced", "text", "more_lines", "gloss", NULL};
    static const char *const movement[] = {"message",  "event",  "recipient", "copy",
                                           "location", "report", NULL};
    static const char *const message[] = {
        "type",        "message",       "merged_into", "message_id", "subject", "from",
        "to",          "size",          "location",    "copies",     "history", "recipients",
        "responsible", "identified_by", "hops",        "reports_on", NULL};
    static const char *const hop[] = {"from", "from_ip",  "by",   "with",
                                      "id",   "evidence", "date", NULL};
    static const char *const copy[] = {
        "place", "host",     "name",  "account",  "folder",        "uid",  "uidl",  "queue_id",
        "state", "contents", "flags", "evidence", "identified_by", "step", "frame", NULL};
    static const char *const history[] = {"step", "time", "location", NULL};
    static const char *const recipient[] = {"address", "outcome", "location", "report", NULL};
    static const char *const note[] = {"type", "kind", "session", "frames", "text", NULL};
    static const char *const insight[] = {"type", "key", "question", "answer", "steps", NULL};
    static const char *const summary[] = {
        "type",          "packets",          "sessions", "steps", "messages",
        "missing_bytes", "unknown_commands", "dropped",  NULL};
    const struct {
        const char *type;
        const char *const *fields;
    } types[] = {{"capture", capture}, {"session", session}, {"step", step},
                 {"message", message}, {"note", note},       {"insight", insight},
                 {"summary", summary}};
    guint seen[G_N_ELEMENTS(types)] = {0};
    for (Scene scene = SCENE_JOURNEY; scene <= SCENE_ODD; scene++) {
        MgRenderOptions options = {.detail = MG_DETAIL_NORMAL};
        g_autofree char *text = rendered("json", &options, scene);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (guint i = 0; *lines[i] != '\0'; i++) {
            g_autoptr(JsonParser) parser = json_parser_new();
            assert_true(json_parser_load_from_data(parser, lines[i], -1, NULL));
            JsonObject *object = json_node_get_object(json_parser_get_root(parser));
            const char *type = json_object_get_string_member(object, "type");
            guint k = 0;
            while (k < G_N_ELEMENTS(types) && strcmp(types[k].type, type) != 0)
                k++;
            assert_in_range(k, 0, G_N_ELEMENTS(types) - 1);
            seen[k]++;
            assert_members(object, types[k].fields);
            assert_members_of_array(object, "replies", reply);
            assert_members_of_array(object, "movements", movement);
            assert_members_of_array(object, "copies", copy);
            assert_members_of_array(object, "history", history);
            assert_members_of_array(object, "recipients", recipient);
            assert_members_of_array(object, "hops", hop);
            if (k == 1) {
                assert_members(json_object_get_object_member(object, "client"), party);
                assert_members(json_object_get_object_member(object, "server"), party);
            }
        }
    }
    for (guint k = 0; k < G_N_ELEMENTS(types); k++)
        assert_true(seen[k] > 0);
}

/* The records lose nothing: what a terminal would obey is spelled, and parses back. */
static void test_json_lossless(void **state)
{
    MgRenderOptions options = {.detail = MG_DETAIL_NORMAL};
    g_autofree char *text = rendered("json", &options, SCENE_ODD);
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        assert_true(c == '\n' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)));
    }
    const char *line = strstr(text, "{\"type\":\"message\",\"message\":60");
    assert_non_null(line);
    g_autofree char *one = g_strndup(line, strcspn(line, "\n"));
    g_autoptr(JsonParser) parser = json_parser_new();
    assert_true(json_parser_load_from_data(parser, one, -1, NULL));
    const char *subject = json_object_get_string_member(
        json_node_get_object(json_parser_get_root(parser)), "subject");
    assert_string_equal(subject, "x\033[2J\033]0;title\a \xe2\x80\xae|`a``b`| =1+1 "
                                 "\xef\xbf\xbd\xef\xbf\xbd <b>&amp;");
}

/* RFC 4180: every row has the columns of the header, and no cell starts like a formula. */
static void test_csv_rows(void **state)
{
    for (Scene scene = SCENE_JOURNEY; scene <= SCENE_ODD; scene++) {
        for (guint where = 0; where < 2; where++) {
            MgRenderOptions options = {.where_only = where == 1, .detail = MG_DETAIL_NORMAL};
            g_autofree char *text = rendered("csv", &options, scene);
            assert_true(g_str_has_suffix(text, "\r\n"));
            guint columns = 0, cells = 1;
            gboolean quoted = FALSE;
            for (const char *p = text; *p != '\0'; p++) {
                gboolean starts = p == text || p[-1] == ',' || p[-1] == '\n';
                if (starts && !quoted)
                    assert_null(strchr("=+-@", p[*p == '"']));
                if (*p == '"')
                    quoted = !quoted;
                else if (*p == ',' && !quoted)
                    cells++;
                else if (*p == '\n') {
                    assert_false(quoted);
                    if (columns == 0)
                        columns = cells;
                    assert_int_equal(cells, columns);
                    cells = 1;
                }
            }
        }
    }
}

/* Every row of every table has as many bars as its rule. */
static void test_markdown_tables(void **state)
{
    for (Scene scene = SCENE_JOURNEY; scene <= SCENE_ODD; scene++) {
        MgRenderOptions options = {.detail = MG_DETAIL_DEEP};
        g_autofree char *text = rendered("markdown", &options, scene);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        guint bars = 0, rows = 0;
        for (guint i = 0; lines[i] != NULL; i++) {
            if (lines[i][0] != '|') {
                bars = 0;
                continue;
            }
            guint own = 0;
            for (const char *p = lines[i]; *p != '\0'; p++)
                if (*p == '|' && (p == lines[i] || p[-1] != '\\'))
                    own++;
            if (bars == 0)
                bars = own;
            assert_int_equal(own, bars);
            rows++;
        }
        assert_true(rows > 10);
    }
}

static void test_no_mail(void **state)
{
    MgRenderOptions options = {.width = 100};
    g_autofree char *text = rendered("text", &options, SCENE_NOTHING);
    assert_string_equal(text, "");
    MgStepSummary summary = {.packets = 3};
    Sheet sheet = {.text = g_string_new(NULL), .room = G_MAXSIZE};
    MgOutput output = {sheet_write, sheet_flush, &sheet};
    MgRenderer *renderer = mg_renderer_new(mg_render_format_by_name("text"), &options, &output);
    MgStepSink sink;
    mg_renderer_step_sink(renderer, &sink);
    sink.summary(sink.user, &summary);
    mg_renderer_free(renderer);
    assert_string_equal(sheet.text->str,
                        "Messages\n No message was seen.\n\nNothing is missing, nothing odd.\n");
    g_string_free(sheet.text, TRUE);
}

/* A message told twice stands once, as told last; merged ones name the one that stays. */
static void test_last_record_wins(void **state)
{
    const char *const formats[] = {"text", "markdown"};
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        MgRenderOptions options = {.width = 100, .detail = MG_DETAIL_NORMAL};
        Sheet sheet = {.text = g_string_new(NULL), .room = G_MAXSIZE};
        MgOutput output = {sheet_write, sheet_flush, &sheet};
        MgRenderer *renderer =
            mg_renderer_new(mg_render_format_by_name(formats[i]), &options, &output);
        MgStepSink sink;
        mg_renderer_step_sink(renderer, &sink);
        MgMessage message = {.number = 1};
        MgStepMessage before = {.message = &message, .label = "Email server", .subject = "one"};
        MgStepMessage after = {.message = &message, .label = "Deleted", .subject = "one"};
        MgStepSummary summary = {0};
        sink.message(sink.user, &before);
        sink.message(sink.user, &after);
        sink.summary(sink.user, &summary);
        mg_renderer_free(renderer);
        assert_null(strstr(sheet.text->str, "Email server"));
        assert_non_null(strstr(sheet.text->str, "Deleted"));
        g_string_free(sheet.text, TRUE);
    }
}

/* Formats that are written step by step.  The others are one document, complete at the end. */
static const char *const streams[] = {"text", "json", "markdown", "csv", NULL};

/* Live: every step is flushed.  A reader that went away is not written to again. */
static void test_live(void **state)
{
    for (const MgRenderFormat *const *format = mg_render_formats(); *format != NULL; format++) {
        /* Gives comments to a sink and writes no stream. */
        if (strcmp((*format)->name, "pcapng") == 0)
            continue;
        MgRenderOptions options = {.width = 100, .flush = TRUE, .detail = MG_DETAIL_NORMAL};
        Sheet sheet = {.text = g_string_new(NULL), .room = G_MAXSIZE};
        play((*format)->name, &options, SCENE_JOURNEY, &sheet);
        assert_in_range(sheet.flushes, g_strv_contains(streams, (*format)->name) ? 14 : 1, 200);
        gsize whole = sheet.text->len;
        g_string_truncate(sheet.text, 0);
        sheet.room = whole / 2;
        sheet.writes_after = 0;
        play((*format)->name, &options, SCENE_JOURNEY, &sheet);
        assert_int_equal(sheet.writes_after, 1);
        g_string_free(sheet.text, TRUE);
    }
}

static void test_formats(void **state)
{
    assert_string_equal(mg_render_format_by_name("text")->name, "text");
    assert_null(mg_render_format_by_name("tex"));
    assert_string_equal(mg_render_format_by_ending("out/a.JSONL")->name, "json");
    assert_string_equal(mg_render_format_by_ending("a.json")->name, "json");
    assert_string_equal(mg_render_format_by_ending("a.md")->name, "markdown");
    assert_string_equal(mg_render_format_by_ending("a.txt")->name, "text");
    assert_string_equal(mg_render_format_by_ending("a.csv")->name, "csv");
    assert_null(mg_render_format_by_ending(".csv"));
    assert_null(mg_render_format_by_ending("csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journey_text),
        cmocka_unit_test(test_journey_others),
        cmocka_unit_test(test_odd),
        cmocka_unit_test(test_text_is_safe),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_json_contract),
        cmocka_unit_test(test_json_lossless),
        cmocka_unit_test(test_csv_rows),
        cmocka_unit_test(test_markdown_tables),
        cmocka_unit_test(test_no_mail),
        cmocka_unit_test(test_last_record_wins),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
