/* The formats of handouts, with the real glossary: against expected files, and what must hold
 * whatever the traffic says.
 *
 * MG_GOLDEN=write writes the expected files anew; read the difference before committing it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "mg-quiz.h"
#include "mg-render.h"
#include "render-scenes.h"
#include "render/phase.h"

typedef void (*Scene)(const MgStepSink *sink);

static void journey(const MgStepSink *sink)
{
    scene_journey(sink, MG_DETAIL_NORMAL);
}

static void journey_deep(const MgStepSink *sink)
{
    scene_journey(sink, MG_DETAIL_DEEP);
}

static void nothing(const MgStepSink *sink)
{
    MgStepSummary summary = {0};
    sink->summary(sink->user, &summary);
}

static gboolean sheet_write(gpointer user, const char *data, gsize len)
{
    g_string_append_len(user, data, (gssize)len);
    return TRUE;
}

static void sheet_flush(gpointer user)
{
}

static char *rendered(const char *format, MgRenderOptions options, Scene scene)
{
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, NULL);
    GString *text = g_string_new(NULL);
    MgOutput output = {sheet_write, sheet_flush, text};
    options.glossary = glossary;
    if (options.seed == 0)
        options.seed = 1;
    if (options.detail == MG_DETAIL_BRIEF)
        options.detail = scene == journey_deep ? MG_DETAIL_DEEP : MG_DETAIL_NORMAL;
    MgRenderer *renderer = mg_renderer_new(mg_render_format_by_name(format), &options, &output);
    MgStepSink sink;
    mg_renderer_step_sink(renderer, &sink);
    scene(&sink);
    mg_renderer_free(renderer);
    return g_string_free(text, FALSE);
}

static void golden(const char *name, const char *format, MgRenderOptions options, Scene scene)
{
    g_autofree char *actual = rendered(format, options, scene);
    g_autofree char *path = g_build_filename(g_getenv("srcdir") != NULL ? g_getenv("srcdir") : ".",
                                             "tests", "golden", "render", name, NULL);
    if (g_strcmp0(g_getenv("MG_GOLDEN"), "write") == 0)
        assert_true(g_file_set_contents(path, actual, -1, NULL));
    g_autofree char *expected = NULL;
    if (!g_file_get_contents(path, &expected, NULL, NULL))
        fail_msg("no expected file %s", path);
    assert_string_equal(actual, expected);
}

static void no_capture(gpointer quiz, const MgStepCapture *capture)
{
}

static void to_session(gpointer quiz, const MgStepSession *session)
{
    mg_quiz_session(quiz, session);
}

static void to_step(gpointer quiz, const MgStep *step)
{
    mg_quiz_step(quiz, step);
}

static void no_note(gpointer quiz, const MgStepNote *note)
{
}

static void to_message(gpointer quiz, const MgStepMessage *message)
{
    mg_quiz_message(quiz, message);
}

static void no_summary(gpointer quiz, const MgStepSummary *summary)
{
}

static MgStepSink quiz_sink(MgQuiz *quiz)
{
    return (MgStepSink){.capture = no_capture,
                        .session = to_session,
                        .step = to_step,
                        .note = no_note,
                        .message = to_message,
                        .summary = no_summary,
                        .user = quiz};
}

static void test_golden(void **state)
{
    golden("journey.html", "html", (MgRenderOptions){.title = "One message: SMTP then POP3"},
           journey);
    golden("journey.svg", "svg", (MgRenderOptions){0}, journey);
    golden("journey.mmd", "mermaid", (MgRenderOptions){0}, journey);
    golden("odd.mmd", "mermaid", (MgRenderOptions){.ascii = TRUE}, scene_odd);
}

static void test_golden_worksheet(void **state)
{
    golden("journey-blank.md", "markdown", (MgRenderOptions){.handout = MG_HANDOUT_BLANK}, journey);
    golden("journey-key.md", "markdown", (MgRenderOptions){.handout = MG_HANDOUT_KEY}, journey);
    golden("journey-blank.html", "html", (MgRenderOptions){.handout = MG_HANDOUT_BLANK}, journey);
}

/* The key has as many answers as the sheet has blanks and right boxes; the sheet has none. */
static void test_blank_and_key(void **state)
{
    for (guint64 seed = 1; seed < 12; seed++) {
        g_autofree char *blank =
            rendered("html", (MgRenderOptions){.handout = MG_HANDOUT_BLANK, .seed = seed}, journey);
        g_autofree char *key =
            rendered("html", (MgRenderOptions){.handout = MG_HANDOUT_KEY, .seed = seed}, journey);
        guint blanks = 0, answers = 0, boxes = 0;
        for (const char *p = blank; (p = strstr(p, "<span class=\"hidden\">")) != NULL; p++)
            blanks++;
        for (const char *p = key; (p = strstr(p, "<strong>[")) != NULL; p++)
            answers++;
        for (const char *p = key; (p = strstr(p, "<span class=\"box\">x")) != NULL; p++)
            boxes++;
        assert_int_equal(answers, blanks + boxes);
        assert_true(blanks > 10);
        assert_null(strstr(blank, "<strong>["));
        assert_null(strstr(blank, "\">x</span>"));
    }
}

static void test_golden_quiz(void **state)
{
    golden("journey.gift", "gift", (MgRenderOptions){0}, journey);
    golden("journey.xml", "moodle", (MgRenderOptions){0}, journey);
}

static const Scene scenes[] = {journey, journey_deep, scene_odd, nothing};

/* The variants of a format that a command line can ask for. */
static char *variant(const char *format, guint number, Scene scene)
{
    MgRenderOptions options = {
        .handout = (MgHandout)(number % 3),
        .paper = number % 2 == 0 ? MG_PAPER_A4 : MG_PAPER_LETTER,
        .ascii = number % 2 == 1,
        .where_only = number == 4,
        .title = number == 3 ? "x\"}</title></style><script>alert(1)</script>]]>\\" : NULL,
        .seed = number,
    };
    return rendered(format, options, scene);
}

enum { VARIANTS = 6 };

/* Well-formed by a reader that is not ours. */
static void test_well_formed(void **state)
{
    static const char *const formats[] = {"html", "svg", "moodle"};
    g_autofree char *xmllint = g_find_program_in_path("xmllint");
    if (xmllint == NULL) {
        print_message("xmllint is not installed: well-formedness is not checked\n");
        skip();
    }
    for (guint f = 0; f < G_N_ELEMENTS(formats); f++)
        for (guint s = 0; s < G_N_ELEMENTS(scenes); s++)
            for (guint v = 0; v < VARIANTS; v++) {
                if (mg_render_format_by_name(formats[f]) == NULL)
                    continue;
                g_autofree char *text = variant(formats[f], v, scenes[s]);
                g_autofree char *path = NULL;
                int fd = g_file_open_tmp("mailgloss-XXXXXX", &path, NULL);
                assert_true(fd >= 0);
                g_autoptr(GError) error = NULL;
                assert_true(g_file_set_contents(path, text, -1, NULL));
                g_close(fd, NULL);
                const char *const argv[] = {xmllint, "--noout", "--nonet", path, NULL};
                int status = 0;
                assert_true(g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, NULL, NULL,
                                         &status, NULL));
                if (status != 0)
                    fail_msg("%s of scene %u, variant %u is not well-formed: %s", formats[f], s, v,
                             path);
                remove(path);
            }
}

/* Nothing that a browser would run or fetch, and nothing that a terminal obeys. */
static void test_nothing_runs(void **state)
{
    static const char *const formats[] = {"html", "svg", "mermaid", "gift", "moodle"};
    static const char *const forbidden[] = {"<script", "<img",     "<iframe",     "<object",
                                            "<link",   " onload=", "javascript:", "@import",
                                            "url(",    "src="};
    for (guint f = 0; f < G_N_ELEMENTS(formats); f++)
        for (guint s = 0; s < G_N_ELEMENTS(scenes); s++)
            for (guint v = 0; v < VARIANTS; v++) {
                if (mg_render_format_by_name(formats[f]) == NULL)
                    continue;
                g_autofree char *text = variant(formats[f], v, scenes[s]);
                assert_true(g_utf8_validate(text, -1, NULL));
                for (guint i = 0; i < G_N_ELEMENTS(forbidden); i++)
                    assert_null(strstr(text, forbidden[i]));
                for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
                    gunichar c = g_utf8_get_char(p);
                    assert_true(c == '\n' || (c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0)));
                    assert_false(c >= 0x202a && c <= 0x202e);
                    assert_int_not_equal(c, 0xfffe);
                    assert_int_not_equal(c, 0xffff);
                }
            }
}

/* Accessible names: every id once, every reference has its target, every header cell a scope. */
static void test_html_ids(void **state)
{
    for (guint s = 0; s < G_N_ELEMENTS(scenes); s++)
        for (guint v = 0; v < VARIANTS; v++) {
            g_autofree char *text = variant("html", v, scenes[s]);
            g_autoptr(GHashTable) ids =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
            for (const char *p = text; (p = strstr(p, " id=\"")) != NULL; p++) {
                const char *start = p + strlen(" id=\"");
                assert_true(
                    g_hash_table_add(ids, g_strndup(start, (gsize)(strchr(start, '"') - start))));
            }
            for (const char *p = text; (p = strstr(p, "href=\"#")) != NULL; p++) {
                const char *start = p + strlen("href=\"#");
                g_autofree char *id = g_strndup(start, (gsize)(strchr(start, '"') - start));
                if (!g_hash_table_contains(ids, id))
                    fail_msg("nothing has the id %s", id);
            }
            for (const char *p = text; (p = strstr(p, "<th")) != NULL; p++)
                assert_true(g_str_has_prefix(p, "<thead>") || g_str_has_prefix(p, "<th scope=\""));
            for (const char *p = text; (p = strstr(p, "<table")) != NULL; p++)
                assert_non_null(g_strstr_len(p, 60, "<caption>"));
            /* a label that is missing shows as its name */
            assert_false(g_regex_match_simple(
                "[> ](phase|section|read|always|quiz|worksheet|picture|ladder|not-shown)-[a-z]",
                text, 0, 0));
        }
}

/* Mermaid: one statement a line, of the kinds that we write, and short enough to be drawn. */
static void test_mermaid_lines(void **state)
{
    for (guint s = 0; s < G_N_ELEMENTS(scenes); s++)
        for (guint v = 0; v < VARIANTS; v++) {
            g_autofree char *text = variant("mermaid", v, scenes[s]);
            assert_true(g_utf8_strlen(text, -1) < 50000);
            g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
            assert_string_equal(lines[0], "sequenceDiagram");
            for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
                g_autofree char *pattern = g_strdup(
                    "^  (accTitle: |accDescr: |participant P[0-9]+ as |Note over "
                    "P[0-9]+(,P[0-9]+)?: "
                    "|P[0-9]+--?>>P[0-9]+: \\[[0-9]+\\] )([^;#<>%{}\\\\\"]|#[a-z0-9]+;)*$");
                if (!g_regex_match_simple(pattern, lines[i], 0, 0))
                    fail_msg("line %u: %s", i, lines[i]);
            }
        }
}

/* A GIFT text read by Moodle's rules: its questions, checked one by one.  Returns how many. */
static guint read_gift(const char *text)
{
    g_auto(GStrv) paragraphs = g_strsplit(text, "\n\n", -1);
    guint n = 0;
    for (guint i = 0; paragraphs[i] != NULL; i++) {
        const char *p = paragraphs[i];
        if (*p == '\0' || g_str_has_prefix(p, "//") || g_str_has_prefix(p, "$CATEGORY: "))
            continue;
        n++;
        assert_true(g_str_has_prefix(p, "::MG-"));
        g_auto(GStrv) lines = g_strsplit(p, "\n", -1);
        for (guint k = 0; lines[k] != NULL; k++) {
            assert_string_not_equal(lines[k], "0");
            assert_string_not_equal(g_strstrip(lines[k]), "");
            assert_false(g_str_has_prefix(lines[k], "//"));
        }
        guint opened = 0, closed = 0, right = 0, wrong = 0, pairs = 0;
        for (; *p != '\0'; p++) {
            if (*p == '\\') {
                p++;
                assert_non_null(strchr("\\#=~{}:", *p));
                continue;
            }
            opened += *p == '{';
            closed += *p == '}';
            right += opened > 0 && *p == '=';
            wrong += opened > 0 && *p == '~';
            pairs += opened > 0 && g_str_has_prefix(p, "->");
        }
        assert_int_equal(opened, 1);
        assert_int_equal(closed, 1);
        if (strstr(paragraphs[i], "{FALSE") != NULL || strstr(paragraphs[i], "{TRUE") != NULL)
            assert_int_equal(right + wrong + pairs, 0);
        else if (wrong > 0)
            assert_int_equal(right, 1);
        else if (pairs > 0)
            assert_true(pairs == right && pairs >= 2);
        else
            assert_true(right >= 1);
    }
    return n;
}

static void test_gift(void **state)
{
    for (guint s = 0; s < G_N_ELEMENTS(scenes); s++)
        for (guint v = 0; v < VARIANTS; v++) {
            g_autofree char *text = variant("gift", v, scenes[s]);
            guint n = read_gift(text);
            if (scenes[s] == journey)
                assert_in_range(n, 10, 30);
            if (scenes[s] == nothing)
                assert_int_equal(n, 0);
        }
}

/* The same seed, the same quiz; another seed, another order. */
static void test_seed(void **state)
{
    g_autofree char *one = rendered("moodle", (MgRenderOptions){.seed = 7}, journey);
    g_autofree char *same = rendered("moodle", (MgRenderOptions){.seed = 7}, journey);
    g_autofree char *other = rendered("moodle", (MgRenderOptions){.seed = 8}, journey);
    assert_string_equal(one, same);
    assert_string_not_equal(one, other);
}

/* No question without a right answer, or whose proof is not in the capture. */
static void test_questions(void **state)
{
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, NULL);
    for (guint64 seed = 0; seed < 40; seed++) {
        g_autoptr(MgQuiz) quiz = mg_quiz_new(glossary, seed);
        MgStepSink sink = quiz_sink(quiz);
        journey(&sink);
        const GPtrArray *questions = mg_quiz_questions(quiz);
        for (guint i = 0; i < questions->len; i++) {
            const MgQuestion *question = questions->pdata[i];
            guint right = 0;
            for (guint k = 0; k < question->answers->len; k++) {
                const MgQuizAnswer *answer = question->answers->pdata[k];
                right += answer->percent == 100;
                assert_true(answer->text->len > 0);
                assert_int_equal(answer->pair != NULL, question->kind == MG_QUIZ_MATCH ||
                                                           question->kind == MG_QUIZ_TRACKER);
            }
            assert_true(right >= 1);
            if (question->kind == MG_QUIZ_CHOICE || question->kind == MG_QUIZ_TRUE_FALSE)
                assert_int_equal(right, 1);
            assert_in_range(question->step, 1, 14);
            assert_in_range(question->frame, 4, 35);
            assert_int_equal(question->number, i + 1);
        }
        const GPtrArray *rows = mg_quiz_rows(quiz);
        guint places = 0;
        for (guint i = 0; i < rows->len; i++) {
            const MgWorkRow *row = rows->pdata[i];
            assert_true((row->blanks & MG_BLANK_LINE) == 0 || (row->blanks & MG_BLANK_GLOSS) == 0);
            assert_true((row->blanks & MG_BLANK_PLACE) == 0 || row->location != NULL);
            places += (row->blanks & MG_BLANK_PLACE) != 0;
        }
        assert_true(places >= 4);
    }
}

/* Copying and marking by turns stay one table; what nobody asked for stays where it is. */
static void test_phases(void **state)
{
    static const struct {
        MgStepKind kind;
        const char *verb;
        MgPhase phase;
    } steps[] = {
        {MG_STEP_SERVER, NULL, MG_PHASE_GREET},
        {MG_STEP_COMMAND, "USER", MG_PHASE_LOG_IN},
        {MG_STEP_SASL, NULL, MG_PHASE_LOG_IN},
        {MG_STEP_COMMAND, "STAT", MG_PHASE_LOOK},
        {MG_STEP_COMMAND, "RETR", MG_PHASE_COPY},
        {MG_STEP_COMMAND, "DELE", MG_PHASE_MARK},
        {MG_STEP_COMMAND, "RETR", MG_PHASE_COPY_AND_MARK},
        {MG_STEP_COMMAND, "DELE", MG_PHASE_COPY_AND_MARK},
        {MG_STEP_COMMAND, "QUIT", MG_PHASE_COMMIT},
        {MG_STEP_CONNECTION, NULL, MG_PHASE_COMMIT},
        {MG_STEP_COMMAND, "XYZZY", MG_PHASE_OTHER},
    };
    MgPhase phase = MG_PHASE_NONE;
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        MgStep step = {.kind = steps[i].kind, .verb = steps[i].verb, .protocol = MG_PROTOCOL_POP3};
        phase = mg_phase_next(phase, &step);
        assert_int_equal(phase, steps[i].phase);
    }
}

typedef struct {
    guint message;
    MgEvent event;
    MgWhere where;
    const char *verb, *line;
} Deed;

/* Steps of one POP3 session, each with one movement; the messages end where `ends` says. */
static MgQuiz *quiz_of(const MgGlossary *glossary, const Deed *deeds, guint n, const MgWhere *ends,
                       guint n_messages, guint merged)
{
    MgQuiz *quiz = mg_quiz_new(glossary, 0);
    for (guint i = 0; i < n; i++) {
        MgStepMovement movement = {.message = deeds[i].message,
                                   .event = deeds[i].event,
                                   .where = deeds[i].where,
                                   .changed = TRUE};
        MgStepReply reply = {.shown_first = "+OK", .outcome = MG_OUTCOME_OK};
        MgStep step = {.step = i + 1,
                       .session = 1,
                       .protocol = MG_PROTOCOL_POP3,
                       .kind = MG_STEP_COMMAND,
                       .verb = deeds[i].verb,
                       .line = deeds[i].line,
                       .replies = &reply,
                       .n_replies = 1,
                       .outcome = MG_OUTCOME_OK,
                       .movements = &movement,
                       .n_movements = 1};
        mg_frames_add(&step.frames, 10 + 2 * i);
        mg_frames_add(&step.reply_frames, 11 + 2 * i);
        mg_quiz_step(quiz, &step);
    }
    for (guint m = 1; m <= n_messages; m++) {
        MgMessage message = {.number = m, .merged_into = m == merged ? 1 : 0, .where = ends[m - 1]};
        MgStepMessage record = {.message = &message};
        mg_quiz_message(quiz, &record);
    }
    return quiz;
}

static const MgQuestion *find_question(MgQuiz *quiz, const char *key)
{
    const GPtrArray *questions = mg_quiz_questions(quiz);
    for (guint i = 0; i < questions->len; i++) {
        const MgQuestion *question = questions->pdata[i];
        if (strcmp(question->key, key) == 0)
            return question;
    }
    return NULL;
}

static const char *pair_of(const MgQuestion *question, guint answer)
{
    const MgQuizAnswer *found = question->answers->pdata[answer];
    return ((const MgQuizPart *)found->pair->pdata[0])->text;
}

#define AT(place)                                                                                  \
    {                                                                                              \
        MG_LOCATION_##place, MG_LOCATION_NONE                                                      \
    }

/* What a message was before it turned out to be another one says nothing of that one. */
static void test_merged(void **state)
{
    static const Deed deeds[] = {{1, MG_EVENT_STORED, AT(SERVER), "STAT", "STAT"},
                                 {2, MG_EVENT_COMPOSED, AT(DEVICE), "LIST", "LIST"},
                                 {1, MG_EVENT_DOWNLOADED, AT(BOTH), "RETR", "RETR 1"}};
    static const MgWhere ends[] = {AT(BOTH), AT(BOTH)};
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, NULL);
    g_autoptr(MgQuiz) quiz = quiz_of(glossary, deeds, G_N_ELEMENTS(deeds), ends, 2, 2);
    const MgQuestion *tracker = find_question(quiz, "tracker");
    assert_non_null(tracker);
    assert_int_equal(tracker->answers->len, 2);
    assert_string_equal(pair_of(tracker, 0), "Email server");
    assert_string_equal(pair_of(tracker, 1), "User device and server");
    assert_non_null(find_question(quiz, "stays"));
    assert_null(find_question(quiz, "kept")); /* no QUIT was seen */
}

/* The end is asked for only where the last certain step is the end. */
static void test_end(void **state)
{
    static const Deed deeds[] = {{1, MG_EVENT_STORED, AT(SERVER), "STAT", "STAT"},
                                 {1, MG_EVENT_DOWNLOADED, AT(BOTH), "RETR", "RETR 1"},
                                 {1, MG_EVENT_MARKED, AT(BOTH), "DELE", "DELE 1"},
                                 {1, MG_EVENT_REMOVED, AT(DEVICE), "QUIT", "QUIT"}};
    static const MgWhere known[] = {AT(DEVICE)}, dark[] = {AT(UNKNOWN)};
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, NULL);
    g_autoptr(MgQuiz) quiz = quiz_of(glossary, deeds, G_N_ELEMENTS(deeds), known, 1, 0);
    assert_non_null(find_question(quiz, "final"));
    assert_non_null(find_question(quiz, "removed"));
    assert_non_null(find_question(quiz, "unmark"));
    assert_null(find_question(quiz, "kept"));
    assert_null(find_question(quiz, "appears")); /* a server had it before */
    g_autoptr(MgQuiz) open = quiz_of(glossary, deeds, G_N_ELEMENTS(deeds), dark, 1, 0);
    assert_null(find_question(open, "final"));
    /* another copy on a server stays: nothing to ask about its removal */
    static const Deed kept[] = {{1, MG_EVENT_DOWNLOADED, AT(BOTH), "RETR", "RETR 1"},
                                {1, MG_EVENT_MARKED, AT(BOTH), "DELE", "DELE 1"},
                                {1, MG_EVENT_REMOVED, AT(BOTH), "QUIT", "QUIT"}};
    static const MgWhere both[] = {AT(BOTH)};
    g_autoptr(MgQuiz) other = quiz_of(glossary, kept, G_N_ELEMENTS(kept), both, 1, 0);
    assert_null(find_question(other, "removed"));
    assert_null(find_question(other, "broken"));
    static const Deed left[] = {{1, MG_EVENT_STORED, AT(SERVER), "STAT", "STAT"},
                                {1, MG_EVENT_DOWNLOADED, AT(BOTH), "RETR", "RETR 1"},
                                {2, MG_EVENT_STORED, AT(SERVER), "QUIT", "QUIT"}};
    g_autoptr(MgQuiz) stayed = quiz_of(glossary, left, G_N_ELEMENTS(left), both, 1, 0);
    assert_non_null(find_question(stayed, "kept"));
}

static void hop_session(const MgStepSink *sink, guint number, const char *client, MgRole role,
                        const char *server)
{
    MgStepSession session = {.session = number,
                             .protocol = MG_PROTOCOL_SMTP,
                             .client = {.ip = client, .shown = client, .role = role},
                             .server = {.ip = server, .shown = server, .role = MG_ROLE_SERVER},
                             .complete_start = TRUE};
    sink->session(sink->user, &session);
}

static void hop_step(const MgStepSink *sink, guint session, guint message, MgEvent event,
                     MgLocation where, MgPlace place, const char *host)
{
    MgCopy copy = {.place = place, .state = MG_COPY_HELD, .contents = MG_CONTENTS_FULL};
    mg_address_parse(host, &copy.host);
    MgStepMovement movement = {.message = message,
                               .event = event,
                               .copy = &copy,
                               .where = {where, MG_LOCATION_NONE},
                               .location = mg_location_word(where),
                               .label = mg_location_word(where),
                               .changed = TRUE};
    MgStep step = {.step = session * 10,
                   .session = session,
                   .protocol = MG_PROTOCOL_SMTP,
                   .kind = MG_STEP_COMMAND,
                   .verb = "MAIL",
                   .line = "MAIL",
                   .outcome = MG_OUTCOME_OK,
                   .movements = &movement,
                   .n_movements = 1};
    sink->step(sink->user, &step);
}

/* A relay hands on what turns out to be the message that it was given: one line at each host. */
static void relay(const MgStepSink *sink)
{
    hop_session(sink, 1, "192.0.2.10", MG_ROLE_DEVICE, "198.51.100.1");
    hop_step(sink, 1, 1, MG_EVENT_COMPOSED, MG_LOCATION_DEVICE, MG_PLACE_DEVICE, "192.0.2.10");
    hop_step(sink, 1, 1, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER, MG_PLACE_QUEUE, "198.51.100.1");
    hop_session(sink, 2, "198.51.100.1", MG_ROLE_SERVER, "198.51.100.2");
    hop_step(sink, 2, 2, MG_EVENT_COMPOSED, MG_LOCATION_SERVER, MG_PLACE_QUEUE, "198.51.100.1");
    hop_step(sink, 2, 1, MG_EVENT_ACCEPTED, MG_LOCATION_SERVER, MG_PLACE_QUEUE, "198.51.100.2");
    nothing(sink);
}

/* A device sends on what it downloaded before: it still has it. */
static void forward(const MgStepSink *sink)
{
    hop_session(sink, 1, "192.0.2.10", MG_ROLE_DEVICE, "198.51.100.1");
    hop_step(sink, 1, 1, MG_EVENT_STORED, MG_LOCATION_SERVER, MG_PLACE_MAILBOX, "198.51.100.1");
    hop_step(sink, 1, 1, MG_EVENT_DOWNLOADED, MG_LOCATION_BOTH, MG_PLACE_DEVICE, "192.0.2.10");
    hop_step(sink, 1, 2, MG_EVENT_COMPOSED, MG_LOCATION_DEVICE, MG_PLACE_DEVICE, "192.0.2.10");
    hop_step(sink, 1, 1, MG_EVENT_ACCEPTED, MG_LOCATION_BOTH, MG_PLACE_QUEUE, "198.51.100.1");
    hop_step(sink, 1, 1, MG_EVENT_REMOVED, MG_LOCATION_DEVICE, MG_PLACE_MAILBOX, "198.51.100.1");
    nothing(sink);
}

static void test_ladder_lines(void **state)
{
    g_autofree char *hops = rendered("svg", (MgRenderOptions){0}, relay);
    g_auto(GStrv) lines = g_strsplit(hops, "<line class=\"mg-have\"", -1);
    assert_int_equal(g_strv_length(lines) - 1, 3);
    assert_null(strstr(hops, ">M2</text>"));
    g_autofree char *sent = rendered("svg", (MgRenderOptions){0}, forward);
    g_auto(GStrv) held = g_strsplit(sent, "<line class=\"mg-have\"", -1);
    assert_int_equal(g_strv_length(held) - 1, 2);
    assert_null(strstr(sent, ">M2</text>"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_golden_quiz),
        cmocka_unit_test(test_golden_worksheet),
        cmocka_unit_test(test_blank_and_key),
        cmocka_unit_test(test_well_formed),
        cmocka_unit_test(test_nothing_runs),
        cmocka_unit_test(test_html_ids),
        cmocka_unit_test(test_mermaid_lines),
        cmocka_unit_test(test_gift),
        cmocka_unit_test(test_seed),
        cmocka_unit_test(test_phases),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_ladder_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
