/* Every record to every output, and the outputs themselves. */
#include "config.h"
#include "cli/targets.h"

#include "cli/output.h"

#include <unistd.h>

/* One output: a stream and the renderer that writes to it. */
typedef struct {
    MgStream *stream;
    MgRenderer *renderer;
    MgStepSink sink;
} Target;

struct MgTargets {
    const MgOptions *options;
    const MgGlossary *glossary;
    gboolean live;
    GArray *outputs; /* Target */
    MgStepSummary summary;
    gboolean summary_seen;
};

/* ---- Tee: every record to every output ---- */

#define EACH(targets, call)                                                                        \
    for (guint i = 0; i < (targets)->outputs->len; i++) {                                          \
        const MgStepSink *sink = &g_array_index((targets)->outputs, Target, i).sink;               \
        sink->call;                                                                                \
    }

static void tee_capture(gpointer user, const MgStepCapture *capture)
{
    EACH((MgTargets *)user, capture(sink->user, capture))
}

static void tee_session(gpointer user, const MgStepSession *session)
{
    EACH((MgTargets *)user, session(sink->user, session))
}

static void tee_step(gpointer user, const MgStep *step)
{
    EACH((MgTargets *)user, step(sink->user, step))
}

static void tee_note(gpointer user, const MgStepNote *note)
{
    EACH((MgTargets *)user, note(sink->user, note))
}

static void tee_message(gpointer user, const MgStepMessage *message)
{
    EACH((MgTargets *)user, message(sink->user, message))
}

static void tee_insight(gpointer user, const MgStepInsight *insight)
{
    MgTargets *self = user;
    for (guint i = 0; i < self->outputs->len; i++) {
        const MgStepSink *sink = &g_array_index(self->outputs, Target, i).sink;
        if (sink->insight != NULL)
            sink->insight(sink->user, insight);
    }
}

static void tee_summary(gpointer user, const MgStepSummary *summary)
{
    MgTargets *self = user;
    self->summary = *summary;
    self->summary_seen = TRUE;
    EACH(self, summary(sink->user, summary))
}

void mg_targets_step_sink(MgTargets *targets, MgStepSink *ret_sink)
{
    *ret_sink = (MgStepSink){.capture = tee_capture,
                             .session = tee_session,
                             .step = tee_step,
                             .note = tee_note,
                             .message = tee_message,
                             .insight = tee_insight,
                             .summary = tee_summary,
                             .user = targets};
}

/* ---- Outputs ---- */

static gboolean target_close(Target *target, GError **error)
{
    g_clear_pointer(&target->renderer, mg_renderer_free);
    return mg_stream_close(g_steal_pointer(&target->stream), error);
}

static void target_clear(gpointer data)
{
    target_close(data, NULL);
}

static void add(MgTargets *self, MgAnnotated *annotated, MgStream *stream,
                const MgRenderFormat *format, gboolean terminal)
{
    const MgOptions *options = self->options;
    /* A file is laid out for paper and editors, wherever the program was started. */
    guint file_width = options->width > 0 ? options->width : 100;
    MgRenderOptions render = {
        .glossary = self->glossary,
        .width = terminal ? mg_terminal_width(options->width) : file_width,
        .color = terminal && mg_terminal_color(options->color == MG_COLOR_ALWAYS,
                                               options->color == MG_COLOR_NEVER),
        .ascii = options->ascii || (terminal && isatty(STDOUT_FILENO) && !mg_terminal_utf8()),
        .clock = options->clock,
        .where_only = options->where_only,
        .flush = self->live,
        .detail = options->gloss.detail,
        .title = options->title,
        .handout = options->handout,
        .paper = options->paper,
        .seed = options->seed,
        .version = PACKAGE_VERSION,
        .anonymized = options->anonymize,
        .secrets = options->gloss.show_secrets,
        .by_session = options->by_session,
    };
    MgOutput output;
    mg_stream_output(stream, &output);
    if (format == &mg_format_pcapng)
        render.comments = mg_annotated_add_output(annotated, &output);
    Target target = {.stream = stream, .renderer = mg_renderer_new(format, &render, &output)};
    mg_renderer_step_sink(target.renderer, &target.sink);
    g_array_append_val(self->outputs, target);
}

gboolean mg_targets_open(MgTargets *targets, MgAnnotated *annotated, GError **error)
{
    const MgOptions *options = targets->options;
    for (guint i = 0; i < options->outputs->len; i++) {
        const MgOutputFile *file = g_ptr_array_index(options->outputs, i);
        MgStream *stream = mg_stream_create(file->path, error);
        if (stream == NULL)
            return FALSE;
        add(targets, annotated, stream, file->format, FALSE);
    }
    if (options->format != NULL) {
        if (!targets->live && !options->no_pager)
            mg_pager_start();
        add(targets, annotated, mg_stream_stdout(), options->format, TRUE);
    }
    return TRUE;
}

gboolean mg_targets_all_gone(const MgTargets *targets)
{
    for (guint i = 0; i < targets->outputs->len; i++)
        if (!mg_stream_reader_gone(g_array_index(targets->outputs, Target, i).stream))
            return FALSE;
    return targets->outputs->len > 0;
}

const MgStepSummary *mg_targets_summary(const MgTargets *targets)
{
    return targets->summary_seen ? &targets->summary : NULL;
}

GPtrArray *mg_targets_close(MgTargets *targets)
{
    GPtrArray *failures = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < targets->outputs->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!target_close(&g_array_index(targets->outputs, Target, i), &error))
            g_ptr_array_add(failures, g_strdup(error->message));
    }
    return failures;
}

MgTargets *mg_targets_new(const MgOptions *options, const MgGlossary *glossary, gboolean live)
{
    MgTargets *targets = g_new0(MgTargets, 1);
    targets->options = options;
    targets->glossary = glossary;
    targets->live = live;
    targets->outputs = g_array_new(FALSE, FALSE, sizeof(Target));
    g_array_set_clear_func(targets->outputs, target_clear);
    return targets;
}

void mg_targets_free(MgTargets *targets)
{
    if (targets == NULL)
        return;
    g_array_unref(targets->outputs);
    g_free(targets);
}
