/* The records: one JSON object a line, UTF-8.  Fields without a value are left out; names and
 * order are a contract with scripts. */
#include "formats.h"

#include <json-glib/json-glib.h>

#include "clock.h"
#include "escape.h"
#include "output.h"

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    JsonGenerator *generator;
} Json;

static gpointer json_begin(const MgRenderOptions *options, const MgOutput *output)
{
    Json *json = g_new0(Json, 1);
    json->options = *options;
    mg_writer_init(&json->out, &json->options, output);
    json->generator = json_generator_new();
    return json;
}

static JsonBuilder *record_new(const char *type)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "type");
    json_builder_add_string_value(builder, type);
    return builder;
}

/* Takes the builder. */
static void record_write(Json *json, JsonBuilder *owned)
{
    g_autoptr(JsonBuilder) builder = owned;
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    json_generator_set_root(json->generator, root);
    gsize len;
    g_autofree char *line = json_generator_to_data(json->generator, &len);
    mg_escape_json_line(json->out.text, line, (gssize)len);
    g_string_append_c(json->out.text, '\n');
    mg_writer_record(&json->out);
}

static void value_string(JsonBuilder *builder, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    json_builder_add_string_value(builder, valid);
}

static void string(JsonBuilder *builder, const char *name, const char *value)
{
    if (value == NULL)
        return;
    json_builder_set_member_name(builder, name);
    value_string(builder, value);
}

static void number(JsonBuilder *builder, const char *name, guint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64)MIN(value, (guint64)G_MAXINT64));
}

static void number_if(JsonBuilder *builder, const char *name, guint64 value)
{
    if (value > 0)
        number(builder, name, value);
}

static void boolean(JsonBuilder *builder, const char *name, gboolean value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_boolean_value(builder, value);
}

static void time_of(JsonBuilder *builder, const char *name, const MgStamp *at)
{
    g_autofree char *iso = mg_clock_iso(at);
    string(builder, name, iso);
}

static void strings(JsonBuilder *builder, const char *name, const char *const *values)
{
    if (values == NULL || values[0] == NULL)
        return;
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; values[i] != NULL; i++)
        value_string(builder, values[i]);
    json_builder_end_array(builder);
}

static void address(JsonBuilder *builder, const char *name, const MgAddress *value)
{
    if (value->family == 0)
        return;
    g_autofree char *text = mg_address_string(value);
    string(builder, name, text);
}

/* All frames; over 16 of them the first, the last and how many. */
static void frames(JsonBuilder *builder, const char *name, const char *count_name,
                   const MgFrames *value)
{
    if (value->count == 0)
        return;
    gboolean all = value->count <= MG_FRAMES_KEPT;
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (guint i = 0; i < (all ? value->count : 1); i++)
        json_builder_add_int_value(builder, (gint64)value->kept[i]);
    if (!all)
        json_builder_add_int_value(builder, (gint64)value->last);
    json_builder_end_array(builder);
    if (!all)
        number(builder, count_name, value->count);
}

static void where(JsonBuilder *builder, const char *name, MgWhere value)
{
    if (value.is == MG_LOCATION_NONE)
        return;
    g_autofree char *words = mg_where_words(value);
    string(builder, name, words);
}

static void json_capture(gpointer self, const MgStepCapture *capture)
{
    Json *json = self;
    if (json->options.where_only)
        return;
    JsonBuilder *builder = record_new("capture");
    number(builder, "capture", capture->capture);
    string(builder, "file", capture->file);
    string(builder, "interface", capture->interface);
    strings(builder, "linktypes", capture->linktypes);
    record_write(json, builder);
}

static void party(JsonBuilder *builder, const char *name, const MgStepParty *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    string(builder, "ip", value->ip);
    number(builder, "port", value->port);
    string(builder, "name", value->name);
    if (value->role != MG_ROLE_UNKNOWN)
        string(builder, "role", mg_role_word(value->role));
    json_builder_end_object(builder);
}

static void protocol(JsonBuilder *builder, MgProtocol value)
{
    if (value != MG_PROTOCOL_NONE)
        string(builder, "protocol", mg_protocol_word(value));
}

static void json_session(gpointer self, const MgStepSession *session)
{
    Json *json = self;
    if (json->options.where_only)
        return;
    JsonBuilder *builder = record_new("session");
    number(builder, "session", session->session);
    protocol(builder, session->protocol);
    party(builder, "client", &session->client);
    party(builder, "server", &session->server);
    time_of(builder, "start", &session->start);
    boolean(builder, "complete_start", session->complete_start);
    if (session->how_ended != MG_ENDED_OPEN) {
        time_of(builder, "end", &session->end);
        string(builder, "how_ended", mg_how_ended_word(session->how_ended));
        number(builder, "client_bytes", session->client_octets);
        number(builder, "server_bytes", session->server_octets);
        number(builder, "missing_bytes", session->missing_octets);
        number_if(builder, "encrypted_from_step", session->encrypted_from_step);
        string(builder, "did", session->did);
    }
    record_write(json, builder);
}

static void reply(JsonBuilder *builder, const MgStepReply *value)
{
    json_builder_begin_object(builder);
    string(builder, "code", value->code);
    string(builder, "enhanced", value->enhanced);
    json_builder_set_member_name(builder, "text");
    json_builder_begin_array(builder);
    for (guint i = 0; i < value->n_lines; i++)
        value_string(builder, value->lines[i]);
    json_builder_end_array(builder);
    number_if(builder, "more_lines", value->more_lines);
    string(builder, "gloss", value->gloss);
    json_builder_end_object(builder);
}

static void copy_of(JsonBuilder *builder, const MgCopy *copy)
{
    json_builder_begin_object(builder);
    string(builder, "place", mg_place_word(copy->place));
    address(builder, "host", &copy->host);
    string(builder, "name", copy->name);
    string(builder, "account", copy->account);
    string(builder, "folder", copy->folder);
    number_if(builder, "uid", copy->uid);
    string(builder, "uidl", copy->uidl);
    string(builder, "queue_id", copy->queue_id);
    string(builder, "state", mg_copy_state_word(copy->state));
    if (copy->contents != MG_CONTENTS_NONE)
        string(builder, "contents", mg_contents_word(copy->contents));
    if (copy->flags != NULL) {
        json_builder_set_member_name(builder, "flags");
        json_builder_begin_array(builder);
        for (guint i = 0; i < copy->flags->len; i++)
            if (copy->flags->pdata[i] != NULL)
                value_string(builder, copy->flags->pdata[i]);
        json_builder_end_array(builder);
    }
    string(builder, "evidence", mg_evidence_word(copy->evidence));
    number_if(builder, "step", copy->proof_step);
    number_if(builder, "frame", copy->proof.frame);
    string(builder, "identified_by", mg_identified_word(copy->identified_by));
    json_builder_end_object(builder);
}

static void movement(JsonBuilder *builder, const MgStepMovement *value)
{
    json_builder_begin_object(builder);
    number(builder, "message", value->message);
    string(builder, "event", mg_event_word(value->event));
    string(builder, "recipient", value->recipient);
    if (value->copy != NULL) {
        json_builder_set_member_name(builder, "copy");
        copy_of(builder, value->copy);
    }
    if (value->location != NULL && *value->location != '\0')
        string(builder, "location", value->location);
    if (value->cause_step != 0) {
        number(builder, "cause_step", value->cause_step);
        number(builder, "cause_session", value->cause_session);
    }
    number_if(builder, "report", value->report);
    json_builder_end_object(builder);
}

static void deep(JsonBuilder *builder, const MgStep *step)
{
    if (step->n_details > 0) {
        json_builder_set_member_name(builder, "details");
        json_builder_begin_array(builder);
        for (guint i = 0; i < step->n_details; i++) {
            json_builder_begin_object(builder);
            string(builder, "token", step->details[i].token);
            string(builder, "gloss", step->details[i].gloss);
            json_builder_end_object(builder);
        }
        json_builder_end_array(builder);
    }
    string(builder, "before", step->before);
    string(builder, "mistake", step->mistake);
}

static void also(JsonBuilder *builder, const MgStep *step)
{
    json_builder_set_member_name(builder, "also");
    json_builder_begin_array(builder);
    for (guint i = 0; i < step->n_also; i++) {
        json_builder_begin_object(builder);
        number(builder, "capture", step->also[i].capture);
        frames(builder, "frames", "frame_count", &step->also[i].frames);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void json_step(gpointer self, const MgStep *step)
{
    Json *json = self;
    if (json->options.where_only)
        return;
    JsonBuilder *builder = record_new("step");
    number(builder, "step", step->step);
    number_if(builder, "session", step->session);
    number_if(builder, "capture", step->at.capture);
    protocol(builder, step->protocol);
    string(builder, "kind", mg_step_kind_word(step->kind));
    time_of(builder, "time", &step->at);
    if (step->n_replies > 0)
        time_of(builder, "reply_time", &step->reply_at);
    frames(builder, "frames", "frame_count", &step->frames);
    frames(builder, "reply_frames", "reply_frame_count", &step->reply_frames);
    if (step->n_also > 0)
        also(builder, step);
    if (step->actor != MG_ACTOR_NONE)
        string(builder, "actor", mg_actor_word(step->actor));
    string(builder, "verb", step->verb);
    string(builder, "line", step->line);
    boolean(builder, "masked", step->masked);
    if (step->n_replies > 0) {
        json_builder_set_member_name(builder, "replies");
        json_builder_begin_array(builder);
        for (guint i = 0; i < step->n_replies; i++)
            reply(builder, &step->replies[i]);
        json_builder_end_array(builder);
        number_if(builder, "more_replies", step->more_replies);
    }
    string(builder, "outcome", mg_outcome_word(step->outcome));
    string(builder, "gloss", step->gloss);
    string(builder, "reply_gloss", step->reply_gloss);
    string(builder, "reference", step->reference);
    boolean(builder, "known", step->known);
    if (step->n_movements > 0) {
        json_builder_set_member_name(builder, "movements");
        json_builder_begin_array(builder);
        for (guint i = 0; i < step->n_movements; i++)
            movement(builder, &step->movements[i]);
        json_builder_end_array(builder);
    }
    if (json->options.detail == MG_DETAIL_DEEP)
        deep(builder, step);
    record_write(json, builder);
}

static void json_note(gpointer self, const MgStepNote *note)
{
    Json *json = self;
    if (json->options.where_only)
        return;
    JsonBuilder *builder = record_new("note");
    string(builder, "kind", mg_note_kind_word(note->kind));
    number_if(builder, "session", note->session);
    if (note->frames[0] > 0 || note->frames[1] > 0) {
        json_builder_set_member_name(builder, "frames");
        json_builder_begin_array(builder);
        if (note->frames[0] > 0)
            json_builder_add_int_value(builder, (gint64)note->frames[0]);
        if (note->frames[1] > 0 && note->frames[1] != note->frames[0])
            json_builder_add_int_value(builder, (gint64)note->frames[1]);
        json_builder_end_array(builder);
    }
    string(builder, "text", note->text);
    record_write(json, builder);
}

static void history(JsonBuilder *builder, const GPtrArray *entries)
{
    if (entries == NULL || entries->len == 0)
        return;
    json_builder_set_member_name(builder, "history");
    json_builder_begin_array(builder);
    for (guint i = 0; i < entries->len; i++) {
        const MgHistory *entry = entries->pdata[i];
        json_builder_begin_object(builder);
        number_if(builder, "step", entry->step);
        time_of(builder, "time", &entry->at);
        where(builder, "location", entry->where);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

/* What a delivery report said of this recipient. */
static void reported(JsonBuilder *builder, const MgRecipient *entry)
{
    json_builder_set_member_name(builder, "report");
    json_builder_begin_object(builder);
    number(builder, "message", entry->report);
    string(builder, "action", entry->report_action);
    string(builder, "status", entry->report_status);
    json_builder_end_object(builder);
}

static void recipients(JsonBuilder *builder, const GPtrArray *entries)
{
    if (entries == NULL || entries->len == 0)
        return;
    json_builder_set_member_name(builder, "recipients");
    json_builder_begin_array(builder);
    for (guint i = 0; i < entries->len; i++) {
        const MgRecipient *entry = entries->pdata[i];
        json_builder_begin_object(builder);
        string(builder, "address", entry->address);
        string(builder, "outcome", mg_outcome_word(entry->outcome));
        where(builder, "location", entry->where);
        if (entry->report != 0)
            reported(builder, entry);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

/* What the Received fields tell, oldest first. */
static void hops(JsonBuilder *builder, const MgMessage *message)
{
    if (message->hops == NULL || message->hops->len == 0)
        return;
    json_builder_set_member_name(builder, "hops");
    json_builder_begin_array(builder);
    for (guint i = 0; i < message->hops->len; i++) {
        const MgHop *hop = message->hops->pdata[i];
        json_builder_begin_object(builder);
        string(builder, "from", hop->from);
        string(builder, "from_ip", hop->address);
        string(builder, "by", hop->by);
        string(builder, "with", hop->with);
        string(builder, "id", hop->id);
        string(builder, "date", hop->date);
        string(builder, "evidence", mg_message_hop_seen(message, hop) ? "seen" : "told");
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

/* The message that this delivery report or receipt speaks of, and what it says. */
static void reports_on(JsonBuilder *builder, const MgMessage *message)
{
    const MgReport *report = message->report;
    if (report == NULL)
        return;
    json_builder_set_member_name(builder, "reports_on");
    json_builder_begin_object(builder);
    string(builder, "kind", report->is_receipt ? "receipt" : "delivery");
    number_if(builder, "message", message->reports_on);
    string(builder, "found_by", mg_reported_word(message->reported_by));
    string(builder, "message_id", report->message_id);
    string(builder, "envelope_id", report->envelope_id);
    string(builder, "queue_id", report->queue_id);
    string(builder, "reporting_mta", report->reporting_mta);
    json_builder_set_member_name(builder, "recipients");
    json_builder_begin_array(builder);
    for (guint i = 0; i < report->recipients->len; i++) {
        const MgReportRecipient *group = report->recipients->pdata[i];
        json_builder_begin_object(builder);
        string(builder, "address", group->recipient);
        string(builder, "original", group->original);
        string(builder, "action", group->action);
        string(builder, "status", group->status);
        string(builder, "diagnostic", group->diagnostic);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}

static void json_message(gpointer self, const MgStepMessage *record)
{
    Json *json = self;
    const MgMessage *message = record->message;
    JsonBuilder *builder = record_new("message");
    number(builder, "message", message->number);
    number_if(builder, "merged_into", message->merged_into);
    string(builder, "message_id", message->message_id);
    string(builder, "subject", record->subject);
    string(builder, "from", message->from);
    strings(builder, "to", (const char *const *)message->to);
    number_if(builder, "size", message->size);
    if (record->location != NULL && *record->location != '\0')
        string(builder, "location", record->location);
    if (message->copies != NULL && message->copies->len > 0) {
        json_builder_set_member_name(builder, "copies");
        json_builder_begin_array(builder);
        for (guint i = 0; i < message->copies->len; i++)
            copy_of(builder, message->copies->pdata[i]);
        json_builder_end_array(builder);
    }
    history(builder, message->history);
    recipients(builder, message->recipients);
    address(builder, "responsible", &message->responsible);
    string(builder, "identified_by", mg_identified_word(message->identified_by));
    hops(builder, message);
    reports_on(builder, message);
    record_write(json, builder);
}

static void json_insight(gpointer self, const MgStepInsight *insight)
{
    Json *json = self;
    if (json->options.where_only)
        return;
    JsonBuilder *builder = record_new("insight");
    string(builder, "key", insight->key);
    string(builder, "question", insight->question);
    string(builder, "answer", insight->answer);
    json_builder_set_member_name(builder, "steps");
    json_builder_begin_array(builder);
    for (guint i = 0; i < insight->n_steps; i++)
        json_builder_add_int_value(builder, (gint64)insight->steps[i]);
    json_builder_end_array(builder);
    record_write(json, builder);
}

static void json_summary(gpointer self, const MgStepSummary *summary)
{
    Json *json = self;
    if (json->options.where_only)
        return;
    JsonBuilder *builder = record_new("summary");
    number(builder, "packets", summary->packets);
    number(builder, "sessions", summary->sessions);
    number(builder, "steps", summary->steps);
    number(builder, "messages", summary->messages);
    number(builder, "missing_bytes", summary->missing_octets);
    number(builder, "unknown_commands", summary->unknown_commands);
    number(builder, "dropped", summary->dropped);
    record_write(json, builder);
}

static void json_end(gpointer self)
{
    Json *json = self;
    mg_writer_clear(&json->out);
    g_object_unref(json->generator);
    g_free(json);
}

const MgRenderFormat mg_format_json = {
    .name = "json",
    .endings = ".json .jsonl",
    .begin = json_begin,
    .capture = json_capture,
    .session = json_session,
    .step = json_step,
    .note = json_note,
    .message = json_message,
    .insight = json_insight,
    .summary = json_summary,
    .end = json_end,
    .in_time = TRUE,
};
