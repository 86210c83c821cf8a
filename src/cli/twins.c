/* See twins.h. */
#include "cli/twins.h"

void mg_twins_init(MgTwins *twins, const MgPoints *points)
{
    *twins = (MgTwins){.points = points, .places = g_array_new(FALSE, FALSE, sizeof(MgPlacement))};
}

void mg_twins_clear(MgTwins *twins)
{
    g_clear_pointer(&twins->places, g_array_unref);
}

/* ---- Between tcp and proto ---- */

static void flow_open(gpointer user, MgFlow *flow)
{
    MgTwins *self = user;
    self->flows.open(self->flows.user, flow);
}

static MgTake flow_bytes(gpointer user, MgFlow *flow, MgSide side, const MgBytes *bytes)
{
    MgTwins *self = user;
    g_array_set_size(self->places, 0);
    g_array_append_vals(self->places, bytes->places, bytes->n_places);
    for (guint i = 0; i < bytes->n_places; i++) {
        MgPlacement *place = &g_array_index(self->places, MgPlacement, i);
        MgStamp home = mg_points_home(self->points, &place->at);
        /* Where the octets lie in the twin is not known. */
        if (home.capture != place->at.capture)
            place->frame_offset = MG_OFFSET_NONE;
        place->at = home;
    }
    MgBytes told = *bytes;
    told.places = (const MgPlacement *)(gpointer)self->places->data;
    return self->flows.bytes(self->flows.user, flow, side, &told);
}

static void flow_gap(gpointer user, MgFlow *flow, MgSide side, const MgGap *gap)
{
    MgTwins *self = user;
    self->flows.gap(self->flows.user, flow, side, gap);
}

static void flow_repeat(gpointer user, MgFlow *flow, MgSide side, const MgRepeat *repeat)
{
    MgTwins *self = user;
    if (!repeat->differs && repeat->first_frame != 0 && repeat->first_capture != repeat->at.capture)
        return;
    self->flows.repeat(self->flows.user, flow, side, repeat);
}

static void flow_acked(gpointer user, MgFlow *flow, MgSide side, guint64 offset)
{
    MgTwins *self = user;
    self->flows.acked(self->flows.user, flow, side, offset);
}

static void flow_end(gpointer user, MgFlow *flow, const MgFlowEnd *end)
{
    MgTwins *self = user;
    MgFlowEnd told = *end;
    told.at = mg_points_home(self->points, &end->at);
    self->flows.end(self->flows.user, flow, &told);
}

static void flow_note(gpointer user, const MgNote *note)
{
    MgTwins *self = user;
    self->flows.note(self->flows.user, note);
}

void mg_twins_flow_sink(MgTwins *twins, const MgFlowSink *next, MgFlowSink *ret_sink)
{
    twins->flows = *next;
    *ret_sink = (MgFlowSink){.open = flow_open,
                             .bytes = flow_bytes,
                             .gap = flow_gap,
                             .repeat = flow_repeat,
                             .acked = flow_acked,
                             .end = flow_end,
                             .note = flow_note,
                             .user = twins};
}

/* ---- Between gloss and render ---- */

/* The `also` of one step while it is gathered. */
typedef struct {
    GArray *also; /* MgStepAlso, by capture */
    guint16 own;  /* the step's capture */
} Gathered;

static void add_frame(gpointer user, guint16 capture, guint64 frame)
{
    Gathered *gathered = user;
    if (capture == gathered->own)
        return;
    guint place = 0;
    while (place < gathered->also->len &&
           g_array_index(gathered->also, MgStepAlso, place).capture < capture)
        place++;
    if (place == gathered->also->len ||
        g_array_index(gathered->also, MgStepAlso, place).capture != capture) {
        MgStepAlso new = {.capture = capture};
        g_array_insert_val(gathered->also, place, new);
    }
    mg_frames_add(&g_array_index(gathered->also, MgStepAlso, place).frames, frame);
}

static void gather_frame(const MgTwins *self, Gathered *gathered, guint16 capture, guint64 frame)
{
    guint16 of = capture != 0 ? capture : gathered->own;
    add_frame(gathered, of, frame);
    mg_points_twins(self->points, of, frame, add_frame, gathered);
}

/* Gather the frames of other captures, and leave the step its own. */
static void part_frames(const MgTwins *self, Gathered *gathered, MgFrames *frames)
{
    MgFrames own = {0};
    guint kept = MIN(frames->count, (guint)MG_FRAMES_KEPT);
    guint foreign = 0;
    for (guint i = 0; i < kept; i++) {
        gather_frame(self, gathered, frames->captures[i], frames->kept[i]);
        if (frames->captures[i] == 0 || frames->captures[i] == gathered->own)
            mg_frames_add(&own, frames->kept[i]);
        else
            foreign++;
    }
    if (frames->count > kept) {
        gather_frame(self, gathered, frames->last_capture, frames->last);
        if (frames->last_capture == 0 || frames->last_capture == gathered->own)
            mg_frames_add(&own, frames->last);
        own.count = MAX(own.count, frames->count - foreign);
    }
    *frames = own;
}

static void on_step(gpointer user, const MgStep *step)
{
    MgTwins *self = user;
    g_autoptr(GArray) also = g_array_new(FALSE, FALSE, sizeof(MgStepAlso));
    Gathered gathered = {.also = also,
                         .own = step->at.capture != 0 ? step->at.capture : step->reply_at.capture};
    MgStep told = *step;
    part_frames(self, &gathered, &told.frames);
    part_frames(self, &gathered, &told.reply_frames);
    g_autofree MgStepReply *replies = g_memdup2(step->replies, step->n_replies * sizeof *replies);
    for (guint i = 0; i < step->n_replies; i++)
        part_frames(self, &gathered, &replies[i].frames);
    told.replies = replies;
    told.also = (const MgStepAlso *)(gpointer)also->data;
    told.n_also = also->len;
    self->steps.step(self->steps.user, &told);
}

static void on_capture(gpointer user, const MgStepCapture *capture)
{
    MgTwins *self = user;
    self->steps.capture(self->steps.user, capture);
}

static void on_session(gpointer user, const MgStepSession *session)
{
    MgTwins *self = user;
    MgStepSession told = *session;
    told.start = mg_points_home(self->points, &session->start);
    told.end = mg_points_home(self->points, &session->end);
    self->steps.session(self->steps.user, &told);
}

static void on_note(gpointer user, const MgStepNote *note)
{
    MgTwins *self = user;
    self->steps.note(self->steps.user, note);
}

static void on_message(gpointer user, const MgStepMessage *message)
{
    MgTwins *self = user;
    self->steps.message(self->steps.user, message);
}

static void on_summary(gpointer user, const MgStepSummary *summary)
{
    MgTwins *self = user;
    self->steps.summary(self->steps.user, summary);
}

static void on_insight(gpointer user, const MgStepInsight *insight)
{
    MgTwins *twins = user;
    if (twins->steps.insight != NULL)
        twins->steps.insight(twins->steps.user, insight);
}

void mg_twins_step_sink(MgTwins *twins, const MgStepSink *next, MgStepSink *ret_sink)
{
    twins->steps = *next;
    *ret_sink = (MgStepSink){.capture = on_capture,
                             .session = on_session,
                             .step = on_step,
                             .note = on_note,
                             .message = on_message,
                             .insight = on_insight,
                             .summary = on_summary,
                             .user = twins};
}
