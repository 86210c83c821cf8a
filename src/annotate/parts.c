/* See parts.h. */
#include "annotate/parts.h"

#include "annotate/records.h"

#include <string.h>

/* Steps of one frame that are named where its octets come again. */
#define AGAIN_STEPS 20
/* Long steps that are open at one time, one a connection and direction. */
#define OPEN_SPANS 4096

typedef struct {
    guint64 step;
    char side;
} Who;

typedef struct {
    MgSpan span;
    guint given;
} Open;

typedef struct {
    MgAnnotator *annotator;
    guint16 capture;
    guint64 frame;
    GArray *who;   /* Who: steps with a comment on this frame */
    GArray *again; /* MgAgain */
    GArray *open;  /* Open */
} Parts;

static void add_comment(MgAnnotator *annotator, guint16 capture, guint64 frame, const Who *who,
                        const char *text)
{
    g_autofree char *prefix = mg_comment_prefix(who->step, who->side);
    g_autoptr(GString) record = g_string_new(NULL);
    MgNoted noted = {.step = who->step, .side = who->side};
    g_string_append_len(record, (const char *)&noted, sizeof noted);
    g_string_append(record, prefix);
    g_string_append(record, text);
    mg_sorter_add(annotator->comments, capture, frame, MG_RECORD_COMMENT, record->str, record->len);
}

static void remember(Parts *parts, const Who *who)
{
    for (guint i = 0; i < parts->who->len; i++) {
        const Who *known = &g_array_index(parts->who, Who, i);
        if (known->step == who->step && known->side == who->side)
            return;
    }
    if (parts->who->len < AGAIN_STEPS)
        g_array_append_val(parts->who, *who);
}

/* The frame carries octets of a direction: does a long step lie over it? */
static void carry(Parts *parts, const MgCarrier *carrier)
{
    for (guint i = 0; i < parts->open->len; i++) {
        Open *open = &g_array_index(parts->open, Open, i);
        if (open->span.flow != carrier->flow || open->span.from != carrier->from)
            continue;
        guint part = open->span.first_part + open->given++;
        if (part >= open->span.parts)
            return;
        Who who = {open->span.step, open->span.side};
        g_autofree char *text = mg_part_text(parts->annotator, part, open->span.parts);
        add_comment(parts->annotator, parts->capture, parts->frame, &who, text);
        remember(parts, &who);
        return;
    }
}

static void close_spans(Parts *parts)
{
    for (guint i = parts->open->len; i > 0; i--) {
        const MgSpan *span = &g_array_index(parts->open, Open, i - 1).span;
        if (span->before <= parts->frame)
            g_array_remove_index_fast(parts->open, i - 1);
    }
}

/* All of one frame was read. */
static void end_frame(Parts *parts)
{
    guint64 number = mg_numbers_get(parts->annotator->numbers, parts->capture, parts->frame);
    for (guint i = 0; i < parts->again->len; i++) {
        const MgAgain *again = &g_array_index(parts->again, MgAgain, i);
        const MgAgain *before = i > 0 ? again - 1 : NULL;
        gboolean same = again->capture == parts->capture && again->frame == parts->frame;
        if (same ||
            (before != NULL && before->capture == again->capture && before->frame == again->frame))
            continue;
        const MgAnnotator *annotator = parts->annotator;
        g_autofree char *text = mg_again_text(
            again->capture == parts->capture ? annotator->again : annotator->twin, number);
        for (guint k = 0; k < parts->who->len; k++)
            add_comment(parts->annotator, again->capture, again->frame,
                        &g_array_index(parts->who, Who, k), text);
    }
    g_array_set_size(parts->who, 0);
    g_array_set_size(parts->again, 0);
}

static void read_record(Parts *parts, const MgSorterHead *head, const guint8 *data)
{
    switch (head->kind) {
    case MG_RECORD_COMMENT: {
        MgNoted noted;
        memcpy(&noted, data, sizeof noted);
        Who who = {noted.step, noted.side};
        remember(parts, &who);
        break;
    }
    case MG_RECORD_SPAN: {
        Open open = {0};
        memcpy(&open.span, data, sizeof open.span);
        if (parts->open->len < OPEN_SPANS)
            g_array_append_val(parts->open, open);
        break;
    }
    case MG_RECORD_CARRIER: {
        MgCarrier carrier;
        memcpy(&carrier, data, sizeof carrier);
        carry(parts, &carrier);
        break;
    }
    case MG_RECORD_REPEAT: {
        MgAgain again;
        memcpy(&again, data, sizeof again);
        g_array_append_val(parts->again, again);
        break;
    }
    default:
        break;
    }
}

gboolean mg_parts_complete(MgAnnotator *annotator)
{
    Parts parts = {.annotator = annotator,
                   .who = g_array_new(FALSE, FALSE, sizeof(Who)),
                   .again = g_array_new(FALSE, FALSE, sizeof(MgAgain)),
                   .open = g_array_new(FALSE, FALSE, sizeof(Open))};
    MgSorterReader *reader = mg_sorter_read(annotator->records);
    const MgSorterHead *head;
    const guint8 *data;
    while ((head = mg_sorter_peek(reader, &data)) != NULL) {
        if (head->capture != parts.capture || head->frame != parts.frame) {
            end_frame(&parts);
            if (head->capture != parts.capture)
                g_array_set_size(parts.open, 0);
            parts.capture = head->capture;
            parts.frame = head->frame;
            close_spans(&parts);
        }
        read_record(&parts, head, data);
        mg_sorter_take(reader);
    }
    end_frame(&parts);
    gboolean whole = !mg_sorter_broken(reader);
    mg_sorter_reader_free(reader);
    g_array_unref(parts.who);
    g_array_unref(parts.again);
    g_array_unref(parts.open);
    return whole;
}
