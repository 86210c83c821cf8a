/* One instance of every stage, each one's sink tied to the next one's door. */
#include "config.h"
#include "cli/corridor.h"

#include "cli/twins.h"

#include "mg-anonym.h"
#include "mg-exchange.h"
#include "mg-flow.h"
#include "mg-frame.h"
#include "mg-movement.h"
#include "mg-segment.h"

#include <string.h>

struct MgCorridor {
    const MgPoints *points; /* NULL: one capture, or live */
    MgAnnotator *annotator; /* NULL: none */
    MgTwins twins;
    MgGloss *gloss;
    MgLedger *ledger;
    MgAnonym *anonym; /* borrowed; NULL: real names */
    MgProto *proto;
    MgTcp *tcp;
    MgNet *net;
    gboolean segment_seen; /* in the frame being read */
    MgStamp last;
    GPtrArray *names; /* char*, of the captures by their numbers, from 0 */
    char *unread_linktype;
    guint16 unread_capture;
};

static void on_segment(gpointer user, const MgSegment *segment)
{
    MgCorridor *self = user;
    self->segment_seen = TRUE;
    mg_tcp_segment(self->tcp, segment);
    if (self->annotator != NULL)
        mg_annotator_segment(self->annotator, segment);
}

/* What was sent is told once; but it stands there a second time. */
static void on_quoted(gpointer user, const MgSegment *segment)
{
    const MgCorridor *self = user;
    if (self->annotator != NULL)
        mg_annotator_segment(self->annotator, segment);
}

static void on_loose(gpointer user, const MgPiece *piece)
{
    const MgCorridor *self = user;
    if (self->annotator != NULL)
        mg_annotator_loose(self->annotator, piece);
}

static void on_note(gpointer user, const MgNote *note)
{
    MgCorridor *self = user;
    if (self->unread_linktype == NULL && strcmp(note->key, "linktype-unknown") == 0) {
        self->unread_linktype = g_strdup(note->detail != NULL ? note->detail : "");
        self->unread_capture = note->at.capture;
    }
    mg_gloss_note(self->gloss, note);
}

/* What the first reading found out about this capture's clock. */
static void tell_clock(MgCorridor *self, const MgCaptureInfo *info)
{
    gint64 offset = mg_points_offset(self->points, info->capture);
    if (offset != 0) {
        MgNote note = {.kind = MG_NOTE_CLOCK,
                       .key = offset < 0 ? "clock-offset" : "clock-offset-behind",
                       .at = info->first,
                       .detail = info->file,
                       .seconds = offset < 0 ? -offset : offset};
        mg_gloss_note(self->gloss, &note);
    }
    MgTime since;
    gint64 drift = mg_points_drift(self->points, info->capture, &since);
    if (drift != 0) {
        MgNote note = {.kind = MG_NOTE_CLOCK,
                       .key = drift < 0 ? "clock-drift" : "clock-drift-slow",
                       .at = info->first,
                       .detail = info->file,
                       .seconds = ABS(drift) * 3600};
        mg_gloss_note(self->gloss, &note);
    }
    if (info->capture == 1 && mg_points_thinned(self->points)) {
        MgNote note = {.kind = MG_NOTE_LIMIT, .key = "limit-sightings", .at = info->first};
        mg_gloss_note(self->gloss, &note);
    }
}

static void on_capture(gpointer user, const MgCaptureInfo *info)
{
    MgCorridor *self = user;
    MgCaptureInfo nameless = *info;
    if (self->anonym != NULL) {
        nameless.interface = NULL;
        nameless.comments = NULL;
        info = &nameless;
    }
    while (self->names->len < info->capture)
        g_ptr_array_add(self->names, NULL);
    g_free(self->names->pdata[info->capture - 1]);
    self->names->pdata[info->capture - 1] =
        g_strdup(info->file != NULL ? info->file : info->interface);
    if (self->annotator != NULL)
        mg_annotator_capture(self->annotator, info);
    mg_gloss_capture(self->gloss, info);
    if (self->points != NULL)
        tell_clock(self, info);
}

static void on_frame(gpointer user, const MgFrame *frame)
{
    MgCorridor *self = user;
    self->segment_seen = FALSE;
    self->last = frame->at;
    if (self->annotator != NULL)
        mg_annotator_frame(self->annotator, frame, mg_net_knows_linktype(frame->linktype));
    mg_net_frame(self->net, frame);
    if (!self->segment_seen)
        mg_tcp_time(self->tcp, &frame->at);
}

static void on_name(gpointer user, const MgAddress *address, const char *name)
{
    MgCorridor *self = user;
    if (self->anonym == NULL)
        mg_ledger_add_name(self->ledger, address, name);
}

/* What its author wrote may name anybody. */
static void on_remark(gpointer user, const MgRemark *remark)
{
    MgCorridor *self = user;
    if (self->anonym == NULL)
        mg_gloss_remark(self->gloss, remark);
}

void mg_corridor_frame_sink(MgCorridor *corridor, MgFrameSink *ret_sink)
{
    *ret_sink = (MgFrameSink){.capture = on_capture,
                              .frame = on_frame,
                              .note = on_note,
                              .name = on_name,
                              .remark = on_remark,
                              .user = corridor};
}

/* The role is a fact of the lab, the name is somebody's. */
static void set_nameless_role(gpointer user, const MgAddress *address, MgRole role,
                              const char *name G_GNUC_UNUSED)
{
    MgCorridor *self = user;
    MgAddress other = mg_anonym_address(self->anonym, address, role);
    mg_ledger_set_role(self->ledger, &other, role, NULL);
}

static gboolean load_roles(MgCorridor *self, const char *path, GError **error)
{
    return self->anonym != NULL ? mg_roles_read(path, set_nameless_role, self, error)
                                : mg_ledger_load_roles(self->ledger, path, error);
}

static guint text_message(gpointer user)
{
    return mg_ledger_text_message(user);
}

MgCorridor *mg_corridor_new(const MgOptions *options, const MgGlossary *glossary,
                            const MgPoints *points, const MgBeside *beside, const MgStepSink *sink,
                            GError **error)
{
    MgAnnotator *annotator = beside->annotator;
    MgAnonym *anonym = beside->anonym;
    g_autoptr(MgCorridor) self = g_new0(MgCorridor, 1);
    self->names = g_ptr_array_new_with_free_func(g_free);
    MgStepSink step_sink = *sink;
    self->points = points;
    self->annotator = annotator;
    self->anonym = anonym;
    mg_twins_init(&self->twins, points);
    if (points != NULL)
        mg_twins_step_sink(&self->twins, sink, &step_sink);

    /* Made from the far end: each stage needs the door of the next one.  Gloss asks the ledger
     * for messages, and the ledger's sink is gloss's door; so the ledger gets a door that is
     * filled in when gloss is there. */
    MgMovementSink movement_sink;
    MgGlossOptions gloss_options = options->gloss;
    gloss_options.one_message = options->message != NULL;
    gloss_options.live_messages = options->interfaces[0] != NULL;
    self->gloss = mg_gloss_new(&step_sink, glossary, NULL, &gloss_options);
    mg_gloss_movement_sink(self->gloss, &movement_sink);
    self->ledger = mg_ledger_new(&movement_sink);
    mg_ledger_set_memory(self->ledger, options->max_memory_mib * 1024 * 1024);
    mg_gloss_set_ledger(self->gloss, self->ledger);

    MgExchangeSink exchange_sink;
    mg_ledger_exchange_sink(self->ledger, &exchange_sink);
    if (anonym != NULL) {
        MgExchangeSink ledger_sink = exchange_sink;
        mg_anonym_exchange_sink(anonym, &ledger_sink, &exchange_sink);
    }
    if (options->roles != NULL && !load_roles(self, options->roles, error))
        return NULL;
    if (beside->saver != NULL) {
        MgExchangeSink inner_sink = exchange_sink;
        mg_saver_exchange_sink(beside->saver, &inner_sink, text_message, self->ledger,
                               &exchange_sink);
    }
    if (annotator != NULL) {
        MgExchangeSink inner_sink = exchange_sink;
        mg_annotator_exchange_sink(annotator, &inner_sink, &exchange_sink);
    }
    self->proto = mg_proto_new(&exchange_sink);
    for (guint i = 0; i < options->decode_as->len; i++) {
        const MgDecodeAs *decode = &g_array_index(options->decode_as, MgDecodeAs, i);
        mg_proto_set_port(self->proto, decode->port, decode->protocol);
    }

    MgFlowSink flow_sink;
    mg_proto_flow_sink(self->proto, &flow_sink);
    if (points != NULL) {
        MgFlowSink proto_sink = flow_sink;
        mg_twins_flow_sink(&self->twins, &proto_sink, &flow_sink);
    }
    if (annotator != NULL) {
        MgFlowSink inner_sink = flow_sink;
        mg_annotator_flow_sink(annotator, &inner_sink, &flow_sink);
    }
    /* Half of the ceiling for bytes that wait, half for everything else. */
    self->tcp = mg_tcp_new(&flow_sink, options->max_memory_mib * 1024 * 1024 / 2);

    MgSegmentSink segment_sink = {.segment = on_segment,
                                  .note = on_note,
                                  .loose = on_loose,
                                  .quoted = on_quoted,
                                  .user = self};
    self->net = mg_net_new(&segment_sink);
    return g_steal_pointer(&self);
}

void mg_corridor_free(MgCorridor *corridor)
{
    if (corridor == NULL)
        return;
    g_clear_pointer(&corridor->net, mg_net_free);
    g_clear_pointer(&corridor->tcp, mg_tcp_free);
    g_clear_pointer(&corridor->proto, mg_proto_free);
    g_clear_pointer(&corridor->gloss, mg_gloss_free);
    g_clear_pointer(&corridor->ledger, mg_ledger_free);
    g_ptr_array_unref(corridor->names);
    g_free(corridor->unread_linktype);
    mg_twins_clear(&corridor->twins);
    g_free(corridor);
}

void mg_corridor_time(MgCorridor *corridor, MgTime now)
{
    if (corridor->last.frame == 0 || now <= corridor->last.time)
        return;
    corridor->last.time = now;
    mg_tcp_time(corridor->tcp, &corridor->last);
    if (corridor->annotator != NULL)
        mg_annotator_time(corridor->annotator, now);
}

void mg_corridor_finish(MgCorridor *corridor, const MgCaptureCounts *counts)
{
    mg_net_finish(corridor->net);
    mg_tcp_finish(corridor->tcp);
    mg_gloss_finish(corridor->gloss, counts);
}

const MgLedger *mg_corridor_ledger(const MgCorridor *corridor)
{
    return corridor->ledger;
}

const char *mg_corridor_unread_linktype(const MgCorridor *corridor, const char **ret_file)
{
    guint16 capture = corridor->unread_capture;
    *ret_file = capture > 0 && capture <= corridor->names->len
                    ? g_ptr_array_index(corridor->names, capture - 1)
                    : NULL;
    return corridor->unread_linktype;
}

char *mg_corridor_live_filter(const MgOptions *options)
{
    static const guint16 ports[] = {25, 587, 2525, 465, 110, 995, 143, 993, 24};
    g_autoptr(GString) mail = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(ports); i++)
        g_string_append_printf(mail, "%sport %u", i > 0 ? " or " : "", ports[i]);
    for (guint i = 0; i < options->decode_as->len; i++)
        g_string_append_printf(mail, " or port %u",
                               g_array_index(options->decode_as, MgDecodeAs, i).port);
    /* Later fragments have no ports; “vlan” moves all offsets behind it, so it comes last. */
    return g_strdup_printf(
        "(tcp and (%s)) or (ip[6:2] & 0x3fff != 0) or (ip6[6] == 44) or "
        "(vlan and ((tcp and (%s)) or (ip[6:2] & 0x3fff != 0) or (ip6[6] == 44)))",
        mail->str, mail->str);
}
