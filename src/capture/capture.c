/* All inputs as one: opening, merging by time, counting. */
#include "mg-frame.h"
#include "capture/filter.h"
#include "capture/reader.h"

#include <poll.h>

/* Frames that a filter may reject before the caller is asked whether to go on. */
#define REJECTED_AT_ONCE 65536
/* Milliseconds to wait for input. */
#define WAIT 100

typedef enum {
    INPUT_EMPTY, /* must be asked for its next frame */
    INPUT_WAITS, /* was asked in this call; has nothing for now */
    INPUT_HEAD,  /* has its next frame in `head` */
    INPUT_ENDED,
} InputState;

typedef struct {
    MgReader *reader;
    gboolean live;
    char *name; /* as given */
    guint16 number;
    gint64 offset; /* nanoseconds that its clock is slow */
    gint64 drift;  /* … and more of them each second after `since` */
    MgTime since;
    InputState state;
    MgFrame head;
    gboolean told; /* the sink knows of this input */
    gboolean odd_time_noted;
    MgStamp last;        /* of the frame that was given last */
    GPtrArray *heads;    /* char*, comments that stand before the first frame; NULL = none */
    GPtrArray *comments; /* char*, comments beside `head`; NULL = none */
} Input;

struct MgCapture {
    MgFrameSink sink;
    GPtrArray *inputs;
    MgFilter *filter;
    guint64 packets;
    gboolean used_stdin;
};

GQuark mg_capture_error_quark(void)
{
    return g_quark_from_static_string("mg-capture-error");
}

static void input_free(gpointer data)
{
    Input *input = data;
    mg_reader_free(input->reader);
    g_clear_pointer(&input->heads, g_ptr_array_unref);
    g_clear_pointer(&input->comments, g_ptr_array_unref);
    g_free(input->name);
    g_free(input);
}

MgCapture *mg_capture_new(const MgFrameSink *sink)
{
    MgCapture *capture = g_new0(MgCapture, 1);
    capture->sink = *sink;
    capture->inputs = g_ptr_array_new_with_free_func(input_free);
    return capture;
}

void mg_capture_free(MgCapture *capture)
{
    if (capture == NULL)
        return;
    g_ptr_array_unref(capture->inputs);
    mg_filter_free(capture->filter);
    g_free(capture);
}

/* ---- opening ---- */

static gboolean may_add(MgCapture *capture, const char *name, GError **error)
{
    if (capture->inputs->len < G_MAXUINT16)
        return TRUE;
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN,
                "Cannot open %s: more than %d inputs", name, G_MAXUINT16);
    return FALSE;
}

static void add_input(MgCapture *capture, MgReader *reader, const char *name, gboolean live)
{
    Input *input = g_new0(Input, 1);
    input->reader = reader;
    input->name = g_strdup(name);
    input->live = live;
    g_ptr_array_add(capture->inputs, input);
    input->number = (guint16)capture->inputs->len;
}

gboolean mg_capture_add_file(MgCapture *capture, const char *path, GError **error)
{
    gboolean is_stdin = g_str_equal(path, "-");
    if (!may_add(capture, path, error))
        return FALSE;
    if (is_stdin && capture->used_stdin) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN,
                    "Standard input can be read only once");
        return FALSE;
    }
    MgSource *source = mg_source_open(path, error);
    MgReader *reader = source != NULL ? mg_reader_open(source, error) : NULL;
    if (reader == NULL)
        return FALSE;
    capture->used_stdin |= is_stdin;
    add_input(capture, reader, path, FALSE);
    return TRUE;
}

gboolean mg_capture_add_fd(MgCapture *capture, int fd, const char *name, GError **error)
{
    if (!may_add(capture, name, error))
        return FALSE;
    MgSource *source = mg_source_open_fd(fd, name, error);
    MgReader *reader = source != NULL ? mg_reader_open(source, error) : NULL;
    if (reader == NULL)
        return FALSE;
    capture->used_stdin |= g_str_equal(name, "-");
    add_input(capture, reader, name, FALSE);
    return TRUE;
}

gboolean mg_capture_add_live(MgCapture *capture, const MgLiveOptions *options, GError **error)
{
    if (!may_add(capture, options->interface, error))
        return FALSE;
    MgReader *reader = mg_live_reader_new(options, error);
    if (reader == NULL)
        return FALSE;
    add_input(capture, reader, options->interface, TRUE);
    return TRUE;
}

gboolean mg_capture_set_filter(MgCapture *capture, const char *filter, GError **error)
{
    g_autoptr(GArray) linktypes = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (guint i = 0; i < capture->inputs->len; i++) {
        const Input *input = g_ptr_array_index(capture->inputs, i);
        if (!input->live)
            g_array_append_vals(linktypes, input->reader->linktypes->data,
                                input->reader->linktypes->len);
    }
    MgFilter *compiled = mg_filter_new(filter, linktypes, error);
    if (compiled == NULL)
        return FALSE;
    mg_filter_free(capture->filter);
    capture->filter = compiled;
    return TRUE;
}

void mg_capture_set_offset(MgCapture *capture, guint16 number, gint64 nanoseconds)
{
    g_return_if_fail(number >= 1 && number <= capture->inputs->len);
    Input *input = g_ptr_array_index(capture->inputs, number - 1);
    input->offset = nanoseconds;
}

void mg_capture_set_drift(MgCapture *capture, guint16 number, MgTime since, gint64 per_second)
{
    g_return_if_fail(number >= 1 && number <= capture->inputs->len);
    Input *input = g_ptr_array_index(capture->inputs, number - 1);
    input->since = since;
    input->drift = per_second;
}

/* ---- telling ---- */

static void tell(MgCapture *capture, Input *input, const MgStamp *first)
{
    if (input->told)
        return;
    input->told = TRUE;
    if (capture->sink.capture == NULL)
        return;
    const GArray *linktypes = input->reader->linktypes;
    g_autofree const char **names = g_new0(const char *, linktypes->len + 1);
    for (guint i = 0; i < linktypes->len; i++)
        names[i] = mg_linktype_name(g_array_index(linktypes, guint16, i));
    MgCaptureInfo info = {
        .capture = input->number,
        .file = input->live ? NULL : input->name,
        .interface = input->live ? input->name : NULL,
        .linktypes = names,
    };
    if (first != NULL)
        info.first = *first;
    g_autoptr(GPtrArray) comments = g_ptr_array_new();
    for (guint i = 0; input->heads != NULL && i < input->heads->len; i++)
        g_ptr_array_add(comments, input->heads->pdata[i]);
    g_ptr_array_add(comments, NULL);
    if (comments->len > 1)
        info.comments = (const char *const *)comments->pdata;
    capture->sink.capture(capture->sink.user, &info);
}

static void note(MgCapture *capture, Input *input, MgNoteKind kind, const char *key)
{
    if (capture->sink.note == NULL)
        return;
    MgNote note = {
        .kind = kind,
        .key = key,
        .at = input->last,
        .frames = {input->reader->frames, input->reader->frames},
        .detail = input->reader->name,
    };
    note.at.capture = input->number;
    capture->sink.note(capture->sink.user, &note);
}

static void give_comments(MgCapture *capture, Input *input)
{
    g_autoptr(GPtrArray) comments = g_steal_pointer(&input->comments);
    for (guint i = 0; comments != NULL && i < comments->len; i++) {
        MgRemark remark = {
            .capture = input->number, .frame = input->head.at.frame, .text = comments->pdata[i]};
        if (capture->sink.remark != NULL)
            capture->sink.remark(capture->sink.user, &remark);
    }
}

static void give(MgCapture *capture, Input *input)
{
    tell(capture, input, &input->head.at);
    give_comments(capture, input);
    if (input->reader->odd_time && !input->odd_time_noted) {
        input->odd_time_noted = TRUE;
        input->last = input->head.at;
        note(capture, input, MG_NOTE_CLOCK, "clock-odd");
    }
    input->state = INPUT_EMPTY;
    input->last = input->head.at;
    capture->packets++;
    if (capture->sink.frame != NULL)
        capture->sink.frame(capture->sink.user, &input->head);
}

/* ---- reading ---- */

static void end_input(MgCapture *capture, Input *input, const GError *error)
{
    input->state = INPUT_ENDED;
    tell(capture, input, NULL);
    if (g_error_matches(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_CUT))
        note(capture, input, MG_NOTE_CUT, "file-cut");
    else if (g_error_matches(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_DAMAGED))
        note(capture, input, MG_NOTE_CUT, "file-damaged");
}

static void give_names(MgCapture *capture, MgReader *reader)
{
    if (reader->names == NULL)
        return;
    for (guint i = 0; i < reader->names->len; i++) {
        const MgFoundName *found = &g_array_index(reader->names, MgFoundName, i);
        if (capture->sink.name != NULL)
            capture->sink.name(capture->sink.user, &found->address, found->name);
    }
    g_clear_pointer(&reader->names, g_array_unref);
}

/* What the reader met since the last frame stands beside the one it gave.  What stands before
 * the first frame is told with the capture. */
static void take_comments(Input *input)
{
    MgReader *reader = input->reader;
    g_clear_pointer(&input->comments, g_ptr_array_unref);
    input->comments = g_steal_pointer(&reader->comments);
    guint heads = input->told || input->heads != NULL ? 0 : reader->n_head_comments;
    reader->n_head_comments = 0;
    if (input->comments == NULL || heads == 0)
        return;
    input->heads = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < heads && input->comments->len > 0; i++)
        g_ptr_array_add(input->heads, g_ptr_array_steal_index(input->comments, 0));
}

/* Ask an input for its next frame that passes the filter.  FALSE: `error` is set. */
static gboolean refill(MgCapture *capture, Input *input, GError **error)
{
    for (guint rejected = 0; rejected < REJECTED_AT_ONCE; rejected++) {
        GError *cause = NULL;
        MgRead read = input->reader->class->next(input->reader, &input->head, &cause);
        give_names(capture, input->reader);
        if (read != MG_READ_WAIT)
            take_comments(input);
        if (read == MG_READ_FRAME) {
            input->head.at.capture = input->number;
            input->head.at.time = mg_time_drift(mg_time_shift(input->head.at.time, input->offset),
                                                input->since, input->drift);
            if (capture->filter == NULL || input->live ||
                mg_filter_passes(capture->filter, &input->head, &cause)) {
                input->state = INPUT_HEAD;
                return TRUE;
            }
            if (cause == NULL)
                continue;
        } else if (read == MG_READ_WAIT) {
            break;
        } else {
            end_input(capture, input, cause);
        }
        if (cause == NULL)
            return TRUE;
        g_propagate_error(error, cause);
        return FALSE;
    }
    input->state = INPUT_WAITS;
    return TRUE;
}

/* Wait until one of the inputs that wait has something, or the time is over. */
static void wait_for_input(MgCapture *capture)
{
    g_autofree struct pollfd *fds = g_new0(struct pollfd, capture->inputs->len);
    nfds_t count = 0;
    for (guint i = 0; i < capture->inputs->len; i++) {
        const Input *input = g_ptr_array_index(capture->inputs, i);
        if (input->state == INPUT_WAITS && input->reader->poll_fd >= 0)
            fds[count++] = (struct pollfd){.fd = input->reader->poll_fd, .events = POLLIN};
        else if (input->state == INPUT_WAITS && !input->live)
            return; /* a file that a filter works through */
    }
    poll(fds, count, WAIT);
}

MgRead mg_capture_next(MgCapture *capture, GError **error)
{
    Input *first = NULL;
    gboolean file_waits = FALSE, live_waits = FALSE;
    for (guint i = 0; i < capture->inputs->len; i++) {
        Input *input = g_ptr_array_index(capture->inputs, i);
        if (input->state == INPUT_WAITS)
            input->state = INPUT_EMPTY;
        if (input->state == INPUT_EMPTY && !refill(capture, input, error))
            return MG_READ_ERROR;
        file_waits |= input->state == INPUT_WAITS && !input->live;
        live_waits |= input->state == INPUT_WAITS && input->live;
        if (input->state == INPUT_HEAD &&
            (first == NULL || input->head.at.time < first->head.at.time))
            first = input;
    }
    /* A pipe that is silent holds the other files up, so that the order never depends on how
     * fast it is; an interface has no more than what has come. */
    if (file_waits || (first == NULL && live_waits)) {
        wait_for_input(capture);
        return MG_READ_WAIT;
    }
    if (first == NULL)
        return MG_READ_END;
    give(capture, first);
    return MG_READ_FRAME;
}

void mg_capture_counts(MgCapture *capture, MgCaptureCounts *ret_counts)
{
    MgCaptureCounts counts = {.packets = capture->packets};
    gboolean unknown = FALSE;
    for (guint i = 0; i < capture->inputs->len; i++) {
        const Input *input = g_ptr_array_index(capture->inputs, i);
        if (input->reader->class->dropped != NULL)
            counts.dropped += input->reader->class->dropped(input->reader);
        if (input->reader->source == NULL) {
            unknown = TRUE;
            continue;
        }
        guint64 octets = 0, total = 0;
        mg_source_octets(input->reader->source, &octets, &total);
        counts.octets_read += octets;
        counts.octets_total += total;
        unknown |= total == 0;
    }
    if (unknown)
        counts.octets_total = 0;
    *ret_counts = counts;
}
