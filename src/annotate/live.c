/* See live.h. */
#include "annotate/live.h"

#include "annotate/annotate.h"
#include "annotate/edits.h"
#include "annotate/records.h"
#include "annotate/rewrite.h"

#include <string.h>

enum {
    TYPE_SECTION = 0x0a0d0d0a,
    TYPE_INTERFACE = 1,
    TYPE_ENHANCED_PACKET = 6,
};

enum {
    OPTION_NAME = 2,
    OPTION_TSRESOL = 9,
};

#define PACKET_HEAD 20

/* The payload of one segment. */
typedef struct {
    MgStretch stretch;
    guint32 frame_offset, header_at;
} Payload;

/* Something said about a frame that is held back. */
typedef struct {
    guint16 kind;
    GBytes *data;
} Said;

typedef struct {
    guint64 frame;
    guint16 capture;
    guint16 linktype;
    guint32 original_len;
    MgTime time;
    GBytes *octets;
    GArray *said;     /* Said */
    GArray *payloads; /* Payload */
} Held;

struct MgLive {
    MgLiveSetup setup;
    GQueue held;      /* Held*, the oldest first */
    GHashTable *find; /* Held* by capture and frame */
    gsize octets;
    MgTime now;
    GArray *interfaces; /* gint: number in the file of capture i; -1 = not told yet */
    guint n_interfaces;
    GPtrArray *names; /* char* */
    gboolean begun;
    GByteArray *body, *out;
    GPtrArray *comments;
    MgAnnotateCounts counts;
};

static guint held_hash(gconstpointer data)
{
    const Held *held = data;
    return (guint)held->frame * 31 + held->capture;
}

static gboolean held_equal(gconstpointer a, gconstpointer b)
{
    const Held *x = a, *y = b;
    return x->frame == y->frame && x->capture == y->capture;
}

static void said_clear(gpointer data)
{
    g_bytes_unref(((Said *)data)->data);
}

static void held_free(gpointer data)
{
    Held *held = data;
    g_bytes_unref(held->octets);
    g_array_unref(held->said);
    g_array_unref(held->payloads);
    g_free(held);
}

MgLive *mg_live_new(const MgLiveSetup *setup)
{
    MgLive *live = g_new0(MgLive, 1);
    live->setup = *setup;
    g_queue_init(&live->held);
    live->find = g_hash_table_new(held_hash, held_equal);
    live->interfaces = g_array_new(FALSE, FALSE, sizeof(gint));
    live->names = g_ptr_array_new_with_free_func(g_free);
    live->body = g_byte_array_new();
    live->out = g_byte_array_new();
    live->comments = g_ptr_array_new_with_free_func(g_free);
    live->now = MG_TIME_NONE;
    return live;
}

void mg_live_free(MgLive *live)
{
    if (live == NULL)
        return;
    g_queue_clear_full(&live->held, held_free);
    g_hash_table_unref(live->find);
    g_array_unref(live->interfaces);
    g_ptr_array_unref(live->names);
    g_byte_array_unref(live->body);
    g_byte_array_unref(live->out);
    g_ptr_array_unref(live->comments);
    g_free(live);
}

/* ---- Writing ---- */

static void put(MgLive *live, guint64 value, guint octets)
{
    guint8 data[8];
    for (guint i = 0; i < octets; i++)
        data[i] = (guint8)(value >> 8 * i);
    g_byte_array_append(live->body, data, octets);
}

static void put_octets(MgLive *live, const void *data, gsize len)
{
    static const guint8 zeros[3] = {0};
    if (len > 0)
        g_byte_array_append(live->body, data, (guint)len);
    g_byte_array_append(live->body, zeros, (guint)((4 - len % 4) % 4));
}

static void write_block(MgLive *live, MgBlock *block, const char *program, guint8 *packet)
{
    block->body = (MgSlice){live->body->data, live->body->len};
    block->options_at = live->body->len;
    MgRewrite rewrite = {.comments = live->comments, .program = program, .packet = packet};
    g_byte_array_set_size(live->out, 0);
    mg_rewrite(block, &rewrite, live->out);
    live->setup.write(live->setup.user, live->out->data, live->out->len);
    g_byte_array_set_size(live->body, 0);
    g_ptr_array_set_size(live->comments, 0);
}

static void begin(MgLive *live)
{
    if (live->begun)
        return;
    live->begun = TRUE;
    put(live, 0x1a2b3c4d, 4);
    put(live, 1, 2);
    put(live, 0, 2);
    put(live, G_MAXUINT64, 8);
    MgBlock section = {.kind = MG_BLOCK_SECTION, .type = TYPE_SECTION};
    g_ptr_array_add(live->comments,
                    g_strconcat(MG_OWN_MARK "summary: ", live->setup.summary, NULL));
    write_block(live, &section, live->setup.program, NULL);
}

static gint *interface_of(MgLive *live, guint16 capture)
{
    while (live->interfaces->len < capture) {
        gint none = -1;
        g_array_append_val(live->interfaces, none);
        g_ptr_array_add(live->names, NULL);
    }
    return &g_array_index(live->interfaces, gint, capture - 1);
}

/* Each capture is an interface; it is described before its first packet. */
static guint describe(MgLive *live, const Held *held)
{
    gint *number = interface_of(live, held->capture);
    if (*number >= 0)
        return (guint)*number;
    *number = (gint)live->n_interfaces++;
    put(live, held->linktype, 2);
    put(live, 0, 2);
    put(live, 0, 4);
    const char *name = g_ptr_array_index(live->names, held->capture - 1);
    if (name != NULL) {
        put(live, OPTION_NAME, 2);
        put(live, strlen(name), 2);
        put_octets(live, name, strlen(name));
    }
    put(live, OPTION_TSRESOL, 2);
    put(live, 1, 2);
    put_octets(live, "\x09", 1);
    put(live, 0, 4);
    MgBlock block = {.kind = MG_BLOCK_INTERFACE, .type = TYPE_INTERFACE};
    write_block(live, &block, NULL, NULL);
    return (guint)*number;
}

static gboolean is_read(const MgLive *live, const Held *held)
{
    for (guint i = 0; i < held->payloads->len; i++) {
        const Payload *payload = &g_array_index(held->payloads, Payload, i);
        if (!mg_flows_has_read(live->setup.flows, &payload->stretch))
            return FALSE;
    }
    return TRUE;
}

/* Payload that nobody has read by now may be anything. */
static void blank_unread(const MgLive *live, const Held *held, MgEdits *edits)
{
    for (guint i = 0; i < held->payloads->len && !live->setup.show_secrets; i++) {
        const Payload *payload = &g_array_index(held->payloads, Payload, i);
        gboolean known = payload->frame_offset != MG_OFFSET_NONE;
        MgEdit edit = {.at = known ? payload->frame_offset : 0,
                       .len = known ? payload->stretch.len : G_MAXUINT32,
                       .header_at = payload->header_at,
                       .blanked = TRUE};
        if (!mg_flows_has_read(live->setup.flows, &payload->stretch))
            mg_edits_apply(edits, MG_RECORD_EDIT, (const guint8 *)&edit, sizeof edit);
    }
}

static void write_held(MgLive *live, Held *held)
{
    gsize len;
    const guint8 *octets = g_bytes_get_data(held->octets, &len);
    begin(live);
    guint interface = describe(live, held);
    guint64 ticks = held->time != MG_TIME_NONE && held->time > 0 ? (guint64)held->time : 0;
    put(live, interface, 4);
    put(live, ticks >> 32, 4);
    put(live, ticks & 0xffffffff, 4);
    put(live, len, 4);
    put(live, held->original_len, 4);
    put_octets(live, octets, len);
    MgBlock block = {.kind = MG_BLOCK_PACKET,
                     .type = TYPE_ENHANCED_PACKET,
                     .body = {live->body->data, live->body->len},
                     .packet_at = PACKET_HEAD,
                     .packet_len = len,
                     .linktype = held->linktype};
    MgEdits edits = {.block = &block, .comments = live->comments};
    for (guint i = 0; i < held->said->len; i++) {
        const Said *said = &g_array_index(held->said, Said, i);
        gsize said_len;
        const guint8 *data = g_bytes_get_data(said->data, &said_len);
        mg_edits_apply(&edits, said->kind, data, said_len);
    }
    blank_unread(live, held, &edits);
    if (live->setup.renamer != NULL)
        mg_edits_rename(&edits, live->setup.renamer);
    mg_edits_finish(&edits);
    live->counts.masked += edits.masked;
    live->counts.blanked += edits.blanked;
    live->counts.unread += edits.unread;
    write_block(live, &block, NULL, edits.packet);
    g_free(edits.packet);
}

static void release(MgLive *live)
{
    Held *held = g_queue_pop_head(&live->held);
    g_hash_table_remove(live->find, held);
    live->octets -= g_bytes_get_size(held->octets);
    write_held(live, held);
    held_free(held);
}

static gboolean may_go(const MgLive *live, const Held *held)
{
    if (live->octets > MG_LIVE_OCTETS)
        return TRUE;
    if (live->now == MG_TIME_NONE || held->time == MG_TIME_NONE)
        return live->held.length > 1;
    MgTime age = live->now - held->time;
    return age >= MG_LIVE_WAIT || (age >= MG_LIVE_HOLD && is_read(live, held));
}

static void release_old(MgLive *live)
{
    while (live->held.head != NULL && may_go(live, live->held.head->data))
        release(live);
}

/* ---- What comes ---- */

void mg_live_capture(MgLive *live, guint16 capture, const char *name)
{
    interface_of(live, capture);
    g_free(live->names->pdata[capture - 1]);
    live->names->pdata[capture - 1] = live->setup.renamer == NULL ? g_strdup(name) : NULL;
    begin(live);
}

void mg_live_frame(MgLive *live, const MgFrame *frame)
{
    mg_live_time(live, frame->at.time);
    Held *held = g_new0(Held, 1);
    held->frame = frame->at.frame;
    held->capture = frame->at.capture;
    held->linktype = frame->linktype;
    held->original_len = frame->original_len;
    held->time = frame->at.time;
    held->octets = g_bytes_new(frame->bytes.data, frame->bytes.len);
    held->said = g_array_new(FALSE, FALSE, sizeof(Said));
    g_array_set_clear_func(held->said, said_clear);
    held->payloads = g_array_new(FALSE, FALSE, sizeof(Payload));
    live->octets += frame->bytes.len;
    g_queue_push_tail(&live->held, held);
    g_hash_table_add(live->find, held);
}

void mg_live_segment(MgLive *live, const MgSegment *segment)
{
    Held *newest = g_queue_peek_tail(&live->held);
    gboolean known = segment->frame_offset != MG_OFFSET_NONE;
    Payload payload = {
        .stretch = {.source = segment->source,
                    .destination = segment->destination,
                    .seq = segment->seq + ((segment->flags & MG_TCP_SYN) != 0 ? 1 : 0),
                    .len = (guint32)segment->payload.len},
        .frame_offset = segment->frame_offset,
        .header_at = known ? segment->frame_offset - segment->header_len : MG_OFFSET_NONE,
    };
    if (newest != NULL && payload.stretch.len > 0)
        g_array_append_val(newest->payloads, payload);
}

static Held *find(const MgLive *live, guint16 capture, guint64 frame)
{
    Held key = {.capture = capture, .frame = frame};
    return g_hash_table_lookup(live->find, &key);
}

static void say(Held *held, guint16 kind, gconstpointer data, gsize len)
{
    Said said = {.kind = kind, .data = g_bytes_new(data, len)};
    g_array_append_val(held->said, said);
}

/* The steps of the first copy, as far as they are known by now. */
static void say_again(MgLive *live, const Held *first, const MgAgain *again)
{
    Held *held = find(live, again->capture, again->frame);
    if (held == NULL || first->capture != again->capture)
        return;
    for (guint i = 0; i < first->said->len; i++) {
        const Said *said = &g_array_index(first->said, Said, i);
        if (said->kind != MG_RECORD_COMMENT)
            continue;
        MgNoted noted;
        memcpy(&noted, g_bytes_get_data(said->data, NULL), sizeof noted);
        g_autofree char *prefix = mg_comment_prefix(noted.step, noted.side);
        g_autofree char *text = mg_again_text(live->setup.again, first->frame);
        g_autoptr(GString) record = g_string_new_len((const char *)&noted, sizeof noted);
        g_string_append(record, prefix);
        g_string_append(record, text);
        say(held, MG_RECORD_COMMENT, record->str, record->len);
        return;
    }
}

void mg_live_record(gpointer user, guint16 capture, guint64 frame, guint16 kind, gconstpointer data,
                    gsize len)
{
    MgLive *live = user;
    Held *held = find(live, capture, frame);
    if (kind == MG_RECORD_REPEAT && held != NULL) {
        MgAgain again;
        memcpy(&again, data, sizeof again);
        say_again(live, held, &again);
    }
    if (kind != MG_RECORD_EDIT && kind != MG_RECORD_MEND && kind != MG_RECORD_COMMENT)
        return;
    if (held == NULL && kind == MG_RECORD_EDIT)
        live->counts.late++;
    if (held == NULL && kind == MG_RECORD_COMMENT)
        held = g_queue_peek_tail(&live->held);
    if (held != NULL)
        say(held, kind, data, len);
}

void mg_live_time(MgLive *live, MgTime now)
{
    if (now != MG_TIME_NONE && (live->now == MG_TIME_NONE || now > live->now))
        live->now = now;
    release_old(live);
}

void mg_live_finish(MgLive *live, MgAnnotateCounts *ret_counts)
{
    begin(live);
    while (live->held.head != NULL)
        release(live);
    *ret_counts = live->counts;
}
