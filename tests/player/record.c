/* Play packets through tcp, proto and ledger, and keep what came of it. */
#include "frames.h"

#include "cli/twins.h"

#include <string.h>

typedef struct {
    Record *record;
    MgLedger *ledger;
    MgProto *proto;
    MgTcp *tcp;
    MgNet *net;       /* of frames */
    MgPoints *points; /* of several captures */
    MgTwins twins;
    gboolean segment_seen;
} Stages;

static void movement_free(gpointer data)
{
    RecordedMovement *movement = data;
    g_free(movement->where);
    g_free(movement);
}

static void step_free(gpointer data)
{
    RecordedStep *step = data;
    g_free(step->verb);
    g_free(step->line);
    g_free(step->code);
    g_free(step->variant);
    g_hash_table_unref(step->args);
    g_ptr_array_unref(step->movements);
    g_ptr_array_unref(step->hidden);
    g_ptr_array_unref(step->shown);
    g_free(step->dump);
    g_free(step);
}

static void keep_secrets(RecordedStep *step, const MgText *text)
{
    gsize shown_from = 0;
    for (guint i = 0; text->secrets != NULL && i < text->secrets->len; i++) {
        const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
        g_assert(secret->at >= shown_from && secret->at + secret->len <= text->text->len);
        g_ptr_array_add(step->shown,
                        g_strndup(text->text->str + shown_from, secret->at - shown_from));
        g_ptr_array_add(step->hidden, g_strndup(text->text->str + secret->at, secret->len));
        shown_from = secret->at + secret->len;
    }
    g_ptr_array_add(step->shown, g_strdup(text->text->str + shown_from));
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static char *dump(const RecordedStep *step, const MgExchange *exchange)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s %s %s verb=%s variant=%s known=%d line=%s", step->key,
                           mg_step_kind_word(step->kind), mg_outcome_word(step->outcome),
                           step->verb != NULL ? step->verb : "-",
                           step->variant != NULL ? step->variant : "-", step->known,
                           step->line != NULL ? step->line : "-");
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        g_string_append_printf(out, "\n    %s %s %s", reply->code,
                               reply->enhanced != NULL ? reply->enhanced : "-",
                               reply->key != NULL ? reply->key : "-");
        for (guint j = 0; j < reply->lines->len; j++) {
            const MgText *line = g_ptr_array_index(reply->lines, j);
            g_string_append_printf(out, " | %s", line->text->str);
        }
        g_string_append_printf(out, " +%u", reply->more_lines);
    }
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(step->args), by_name);
    for (GList *name = names; name != NULL; name = name->next)
        g_string_append_printf(out, "\n    {%s}=%s", (char *)name->data,
                               (char *)g_hash_table_lookup(step->args, name->data));
    if (exchange->content != NULL)
        g_string_append_printf(
            out, "\n    content %" G_GUINT64_FORMAT " %s", exchange->content->octets,
            exchange->content->message_id != NULL ? exchange->content->message_id : "-");
    for (guint i = 0; i < step->movements->len; i++) {
        const RecordedMovement *movement = g_ptr_array_index(step->movements, i);
        g_string_append_printf(out, "\n    M%u %s \"%s\"", movement->message,
                               mg_event_word(movement->event), movement->where);
        if (movement->learned != 0)
            g_string_append_printf(out, " <%" G_GUINT64_FORMAT, movement->learned);
    }
    return g_string_free(out, FALSE);
}

static void on_moved(gpointer user, const MgMoved *moved)
{
    Stages *stages = user;
    const MgExchange *exchange = moved->exchange;
    RecordedStep *step = g_new0(RecordedStep, 1);
    step->step = exchange->step;
    step->key = g_intern_string(exchange->key);
    step->kind = exchange->kind;
    step->outcome = exchange->outcome;
    step->known = exchange->known;
    step->verb = g_strdup(exchange->verb);
    step->variant = g_strdup(exchange->variant);
    step->args = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    step->movements = g_ptr_array_new_with_free_func(movement_free);
    step->hidden = g_ptr_array_new_with_free_func(g_free);
    step->shown = g_ptr_array_new_with_free_func(g_free);
    step->last_frame = exchange->frames.last;
    GHashTableIter iter;
    gpointer name, value;
    g_hash_table_iter_init(&iter, exchange->args);
    while (g_hash_table_iter_next(&iter, &name, &value))
        g_hash_table_insert(step->args, g_strdup(name), g_strdup(value));
    if (exchange->line != NULL) {
        step->line = g_strdup(exchange->line->text->str);
        keep_secrets(step, exchange->line);
    }
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        step->last_frame = MAX(step->last_frame, reply->frames.last);
        for (guint j = 0; j < reply->lines->len; j++)
            keep_secrets(step, g_ptr_array_index(reply->lines, j));
        if (i + 1 == exchange->replies->len)
            step->code = g_strdup(reply->code);
    }
    for (guint i = 0; i < moved->movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(moved->movements, i);
        RecordedMovement *kept = g_new0(RecordedMovement, 1);
        kept->message = movement->message;
        kept->event = movement->event;
        kept->where = mg_where_words(movement->where);
        kept->learned = movement->cause_client.address.family != 0 ? movement->cause_step : 0;
        g_ptr_array_add(step->movements, kept);
    }
    step->dump = dump(step, exchange);
    rows_of_step(stages->record, moved);
    g_ptr_array_add(stages->record->steps, step);
    const MgMovementSink *words =
        stages->record->words != NULL ? words_sink(stages->record->words) : NULL;
    if (words != NULL)
        words->moved(words->user, moved);
}

static void on_note(gpointer user, const MgNote *note)
{
    Stages *stages = user;
    g_ptr_array_add(stages->record->notes, (gpointer)g_intern_string(note->key));
}

static void on_session_open(gpointer user, const MgSession *session, const MgParty *client,
                            const MgParty *server)
{
    Stages *stages = user;
    g_assert(session->number > 0 && client != NULL && server != NULL);
    const MgMovementSink *words =
        stages->record->words != NULL ? words_sink(stages->record->words) : NULL;
    if (words != NULL)
        words->session_open(words->user, session, client, server);
}

static void on_session_close(gpointer user, const MgSession *session, const MgParty *client,
                             const MgParty *server)
{
    Stages *stages = user;
    g_assert(session->number > 0 && client != NULL && server != NULL);
    const MgMovementSink *words =
        stages->record->words != NULL ? words_sink(stages->record->words) : NULL;
    if (words != NULL)
        words->session_close(words->user, session, client, server);
}

static void set_roles(MgLedger *ledger, const Script *script)
{
    for (guint i = 0; i < script->roles->len; i++) {
        g_auto(GStrv) words = g_strsplit(g_ptr_array_index(script->roles, i), " ", 3);
        MgAddress address;
        if (words[0] != NULL && words[1] != NULL && mg_address_parse(words[0], &address))
            mg_ledger_set_role(ledger, &address,
                               strcmp(words[1], "server") == 0 ? MG_ROLE_SERVER : MG_ROLE_DEVICE,
                               words[2]);
    }
}

/* Takes the points, which may be NULL. */
static Record *record_new(const Script *script, MgPoints *points, gboolean away)
{
    Record *record = g_new0(Record, 1);
    record->steps = g_ptr_array_new_with_free_func(step_free);
    record->notes = g_ptr_array_new();
    record->rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Stages *stages = g_new0(Stages, 1);
    stages->record = record;
    stages->points = points;
    record->stages = stages;
    mg_twins_init(&stages->twins, points);

    MgMovementSink movement_sink = {.session_open = on_session_open,
                                    .moved = on_moved,
                                    .note = on_note,
                                    .session_close = on_session_close,
                                    .user = stages};
    record->ledger = stages->ledger = mg_ledger_new(&movement_sink);
    if (away)
        mg_ledger_set_memory(stages->ledger, 0);
    set_roles(stages->ledger, script);
    MgExchangeSink exchange_sink;
    mg_ledger_exchange_sink(stages->ledger, &exchange_sink);
    stages->proto = mg_proto_new(&exchange_sink);
    MgFlowSink flow_sink;
    mg_proto_flow_sink(stages->proto, &flow_sink);
    if (points != NULL) {
        MgFlowSink proto_sink = flow_sink;
        mg_twins_flow_sink(&stages->twins, &proto_sink, &flow_sink);
    }
    stages->tcp = mg_tcp_new(&flow_sink, 0);
    return record;
}

static void play_packets(Record *record, const Script *script, const GPtrArray *packets)
{
    Stages *stages = record->stages;
    for (guint i = 0; i < packets->len; i++) {
        const Packet *packet = g_ptr_array_index(packets, i);
        if (!packet->captured)
            continue;
        const Connection *connection =
            &g_array_index(script->connections, Connection, packet->connection);
        MgSegment segment = {
            .source = connection->end[packet->side],
            .destination = connection->end[1 - packet->side],
            .seq = packet->seq,
            .ack = packet->ack,
            .window = 65535,
            .flags = packet->flags,
            .frame_offset = 54,
            .at = {.frame = packet->frame, .time = packet->time, .capture = 1, .time_digits = 6}};
        /* A heap copy of exactly its size: reading one octet past it is caught. */
        gsize len = g_bytes_get_size(packet->payload);
        g_autofree guint8 *exact =
            len > 0 ? g_memdup2(g_bytes_get_data(packet->payload, NULL), len) : NULL;
        segment.payload = (MgSlice){exact, len};
        segment.payload_len = (guint32)len;
        mg_tcp_segment(stages->tcp, &segment);
    }
    mg_tcp_finish(stages->tcp);
}

Record *record_play(const Script *script, GPtrArray *packets, gboolean away)
{
    Record *record = record_new(script, NULL, away);
    play_packets(record, script, packets);
    return record;
}

Record *record_play_words(const Script *script, GPtrArray *packets)
{
    Record *record = record_new(script, NULL, FALSE);
    record->words = words_new(record->ledger);
    play_packets(record, script, packets);
    return record;
}

/* ---- Frames ---- */

static void on_compared(gpointer user, const MgSegment *segment)
{
    mg_points_segment(user, segment);
}

static void on_segment(gpointer user, const MgSegment *segment)
{
    Stages *stages = user;
    stages->segment_seen = TRUE;
    mg_tcp_segment(stages->tcp, segment);
}

static void feed(MgNet *net, const Frame *frame, const MgStamp *at)
{
    gsize len;
    const guint8 *data = g_bytes_get_data(frame->bytes, &len);
    /* A heap copy of exactly its size: reading one octet past it is caught. */
    g_autofree guint8 *exact = g_memdup2(data, len);
    MgFrame given = {.bytes = {exact, len}, .original_len = (guint32)len, .linktype = 1, .at = *at};
    mg_net_frame(net, &given);
}

static MgPoints *compare_captures(const GPtrArray *frames)
{
    MgPoints *points = mg_points_new(0);
    MgSegmentSink sink = {.segment = on_compared, .user = points};
    g_autoptr(MgNet) net = mg_net_new(&sink);
    for (guint i = 0; i < frames->len; i++) {
        const Frame *frame = g_ptr_array_index(frames, i);
        feed(net, frame, &frame->at);
    }
    mg_points_settle(points);
    return points;
}

typedef struct {
    const Frame *frame;
    MgStamp at; /* corrected */
} Timed;

static int by_time(gconstpointer a, gconstpointer b)
{
    const Timed *x = a, *y = b;
    if (x->at.time != y->at.time)
        return x->at.time < y->at.time ? -1 : 1;
    return (int)x->at.capture - (int)y->at.capture;
}

Record *record_play_frames(const Script *script, const GPtrArray *frames)
{
    gboolean several = FALSE;
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(Timed));
    for (guint i = 0; i < frames->len; i++)
        several |= ((const Frame *)frames->pdata[i])->at.capture > 1;
    MgPoints *points = several ? compare_captures(frames) : NULL;
    for (guint i = 0; i < frames->len; i++) {
        const Frame *frame = frames->pdata[i];
        Timed timed = {.frame = frame, .at = frame->at};
        if (several)
            timed.at.time =
                mg_time_shift(timed.at.time, mg_points_offset(points, frame->at.capture));
        g_array_append_val(order, timed);
    }
    if (several)
        g_array_sort(order, by_time);

    Record *record = record_new(script, points, TRUE);
    Stages *stages = record->stages;
    MgSegmentSink sink = {.segment = on_segment, .note = on_note, .user = stages};
    stages->net = mg_net_new(&sink);
    for (guint i = 0; i < order->len; i++) {
        const Timed *timed = &g_array_index(order, Timed, i);
        stages->segment_seen = FALSE;
        feed(stages->net, timed->frame, &timed->at);
        if (!stages->segment_seen)
            mg_tcp_time(stages->tcp, &timed->at);
    }
    mg_net_finish(stages->net);
    mg_tcp_finish(stages->tcp);
    return record;
}

void record_free(Record *record)
{
    if (record == NULL)
        return;
    Stages *stages = record->stages;
    g_clear_pointer(&stages->net, mg_net_free);
    words_free(record->words);
    mg_tcp_free(stages->tcp);
    mg_proto_free(stages->proto);
    mg_ledger_free(stages->ledger);
    mg_twins_clear(&stages->twins);
    g_clear_pointer(&stages->points, mg_points_free);
    g_free(stages);
    g_ptr_array_unref(record->steps);
    g_ptr_array_unref(record->notes);
    g_hash_table_unref(record->rows);
    g_free(record);
}

gboolean record_has_note(const Record *record, const char *key)
{
    for (guint i = 0; i < record->notes->len; i++)
        if (strcmp(g_ptr_array_index(record->notes, i), key) == 0)
            return TRUE;
    return FALSE;
}
