/* A renderer: a format with its state, behind the sink that gloss feeds. */
#include "mg-render.h"

#include "by-session.h"

struct MgRenderer {
    const MgRenderFormat *format;
    MgRenderOptions options;
    MgOutput output;
    gpointer self;
    MgBySession *order; /* NULL = as it happened */
};

MgRenderer *mg_renderer_new(const MgRenderFormat *format, const MgRenderOptions *options,
                            const MgOutput *output)
{
    MgRenderer *renderer = g_new0(MgRenderer, 1);
    gboolean worksheet = options->handout != MG_HANDOUT_FULL && format->worksheet != NULL;
    renderer->format = worksheet ? format->worksheet : format;
    renderer->options = *options;
    if (renderer->options.width == 0)
        renderer->options.width = 80;
    renderer->output = *output;
    renderer->self = renderer->format->begin(&renderer->options, &renderer->output);
    return renderer;
}

#define FORWARD(record, type)                                                                      \
    static void on_##record(gpointer user, const type *value)                                      \
    {                                                                                              \
        MgRenderer *renderer = user;                                                               \
        if (renderer->format->record != NULL)                                                      \
            renderer->format->record(renderer->self, value);                                       \
    }

FORWARD(capture, MgStepCapture)
FORWARD(session, MgStepSession)
FORWARD(step, MgStep)
FORWARD(note, MgStepNote)
FORWARD(message, MgStepMessage)
FORWARD(insight, MgStepInsight)
FORWARD(summary, MgStepSummary)

static void own_sink(MgRenderer *renderer, MgStepSink *ret_sink)
{
    *ret_sink = (MgStepSink){
        .capture = on_capture,
        .session = on_session,
        .step = on_step,
        .note = on_note,
        .message = on_message,
        .insight = on_insight,
        .summary = on_summary,
        .user = renderer,
    };
}

void mg_renderer_step_sink(MgRenderer *renderer, MgStepSink *ret_sink)
{
    own_sink(renderer, ret_sink);
    if (!renderer->options.by_session || renderer->format->in_time)
        return;
    if (renderer->order == NULL)
        renderer->order = mg_by_session_new(ret_sink);
    mg_by_session_sink(renderer->order, ret_sink);
}

void mg_renderer_free(MgRenderer *renderer)
{
    if (renderer == NULL)
        return;
    mg_by_session_free(renderer->order);
    renderer->format->end(renderer->self);
    g_free(renderer);
}
