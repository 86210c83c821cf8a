/* Open, give up root, let the frames flow, say how it ended. */
#include "config.h"
#include "cli/pipeline.h"

#include "cli/annotated.h"
#include "cli/corridor.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/selection.h"
#include "cli/targets.h"
#include "mg-frame.h"
#include "mg-segment.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const MgOptions *options;
    const MgGlossary *glossary;
    const volatile sig_atomic_t *stop;
    volatile sig_atomic_t *counts_wanted;
    gboolean live;
    MgInputs *inputs;
    MgPoints *points;       /* of several captures; NULL = one, or live */
    MgSaver *saver;         /* of --save-mail; NULL = none */
    MgAnonym *anonym;       /* NULL = real names */
    MgAnnotated *annotated; /* NULL = no annotated copy is wanted */
    gboolean foretaste;     /* a reading before the one that counts: say nothing about the inputs */
    MgProgress progress;
    MgTargets *targets;
    guint opened;        /* inputs that could be opened in this reading */
    gboolean unreadable; /* an input gave nothing */
    gboolean cut;        /* an input broke off after its first packet */
} Run;

static void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "mailgloss: %s\n", text);
}

/* ---- Outputs ---- */

/* What would be lost, or of no use. */
static gboolean check_targets(const Run *run, GError **error)
{
    const MgOptions *options = run->options;
    for (guint i = 0; i < options->outputs->len; i++) {
        const MgOutputFile *file = g_ptr_array_index(options->outputs, i);
        if (!mg_inputs_has(run->inputs, file->path))
            continue;
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "-o %s: this file is being read; write to another one", file->path);
        return FALSE;
    }
    if (options->anonymize && options->save_mail != NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--anonymize: saved mail would keep the names in its text");
        return FALSE;
    }
    if (options->format == &mg_format_pcapng && isatty(STDOUT_FILENO)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "-T pcapng: a terminal cannot show it; write -o FILE.pcapng");
        return FALSE;
    }
    return TRUE;
}

static gboolean open_targets(Run *run, GError **error)
{
    if (!check_targets(run, error))
        return FALSE;
    if (mg_annotated_wanted(run->options))
        run->annotated = mg_annotated_new(run->options, run->glossary, run->anonym);
    return mg_targets_open(run->targets, run->annotated, error);
}

/* ---- Inputs ---- */

static void set_clock(const Run *run, MgCapture *capture, guint16 number)
{
    MgTime since;
    gint64 drift = mg_points_drift(run->points, number, &since);
    mg_capture_set_offset(capture, number, mg_points_offset(run->points, number));
    mg_capture_set_drift(capture, number, since, drift);
}

static void add_files(Run *run, MgCapture *capture)
{
    guint16 number = 0;
    for (guint i = 0; i < mg_inputs_count(run->inputs); i++) {
        g_autoptr(GError) error = NULL;
        if (mg_inputs_add(run->inputs, i, capture, &error)) {
            number++;
            run->opened++;
            if (run->annotated != NULL)
                mg_annotated_add_capture(run->annotated, mg_inputs_open(run->inputs, i));
            if (run->points != NULL)
                set_clock(run, capture, number);
            continue;
        }
        if (!run->foretaste)
            complain("%s", error->message);
        run->unreadable = TRUE;
    }
}

static gboolean add_interfaces(Run *run, MgCapture *capture, GError **error)
{
    g_autofree char *filter = run->options->filter != NULL ? g_strdup(run->options->filter)
                                                           : mg_corridor_live_filter(run->options);
    for (char **name = run->options->interfaces; *name != NULL; name++) {
        MgLiveOptions live = {.interface = *name,
                              .filter = filter,
                              .snaplen = run->options->snaplen,
                              .buffer_mib = run->options->buffer_mib,
                              .no_promiscuous = run->options->no_promiscuous};
        if (!mg_capture_add_live(capture, &live, error))
            return FALSE;
        if (!run->options->quiet)
            fprintf(stderr,
                    "mailgloss: watching %s, %s promiscuous mode, filter “%s”.\n"
                    "mailgloss: only capture networks you may capture. Ctrl-C ends with the "
                    "summary.\n",
                    *name, live.no_promiscuous ? "without" : "in", filter);
    }
    return TRUE;
}

/* No mail, and frames that nobody could look into: say which. */
static void say_unread(const MgCorridor *corridor)
{
    const char *file;
    const char *linktype = mg_corridor_unread_linktype(corridor, &file);
    if (linktype != NULL)
        complain("%s: frames of the link type %s cannot be read", file != NULL ? file : "capture",
                 linktype);
}

static gboolean open_inputs(Run *run, MgCapture *capture, GError **error)
{
    if (run->live)
        return add_interfaces(run, capture, error);
    run->opened = 0;
    add_files(run, capture);
    return run->opened == 0 || run->options->filter == NULL ||
           mg_capture_set_filter(capture, run->options->filter, error);
}

/* ---- Reading ---- */

static void say_counts(MgCapture *capture)
{
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    fprintf(stderr,
            "mailgloss: %" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT
            " dropped by the kernel\n",
            counts.packets, counts.dropped);
}

static gboolean enough(const Run *run, MgCapture *capture)
{
    if (*run->stop != 0 || mg_targets_all_gone(run->targets))
        return TRUE;
    if (run->options->packet_limit == 0)
        return FALSE;
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    return counts.packets >= run->options->packet_limit;
}

static void input_broke_off(Run *run, const GError *error)
{
    if (run->foretaste)
        return;
    mg_progress_erase(&run->progress);
    complain("%s", error->message);
    if (g_error_matches(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_CUT) ||
        g_error_matches(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_DAMAGED))
        run->cut = TRUE;
    else
        run->unreadable = TRUE;
}

static void begin_progress(Run *run)
{
    gboolean results = !run->foretaste && run->options->format != NULL;
    mg_progress_begin(&run->progress, !run->live && !run->options->quiet, results);
}

static void show_progress(Run *run, MgCapture *capture, MgRead read)
{
    if (!mg_progress_due(&run->progress, read == MG_READ_WAIT))
        return;
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    mg_progress_draw(&run->progress, counts.octets_read, counts.octets_total);
}

static void flow(Run *run, MgCapture *capture, MgCorridor *corridor)
{
    begin_progress(run);
    while (!enough(run, capture)) {
        g_autoptr(GError) error = NULL;
        MgRead read = mg_capture_next(capture, &error);
        show_progress(run, capture, read);
        if (*run->counts_wanted != 0) {
            *run->counts_wanted = 0;
            say_counts(capture);
        }
        if (read == MG_READ_END)
            break;
        if (read == MG_READ_ERROR)
            input_broke_off(run, error);
        /* A pipe's time is that of its capture, however long it is silent. */
        if (read == MG_READ_WAIT && run->live)
            mg_corridor_time(corridor, g_get_real_time() * 1000);
    }
    mg_progress_erase(&run->progress);
}

/* ---- The first reading of several captures ---- */

static void compare_segment(gpointer user, const MgSegment *segment)
{
    mg_points_segment(user, segment);
}

static void compare_frame(gpointer user, const MgFrame *frame)
{
    mg_net_frame(user, frame);
}

/* Which packets were captured twice, and whose clock is wrong.  Reads to the end even where
 * only some packets are wanted (-c): which ones are the first is what the clocks decide. */
static gboolean compare_captures(Run *run, GError **error)
{
    gsize share = (gsize)run->options->max_memory_mib * 1024 * 1024 / 4;
    g_autoptr(MgPoints) points = mg_points_new(MIN(share / 40, (gsize)MG_LIMIT_SIGHTINGS));
    MgSegmentSink segment_sink = {.segment = compare_segment, .user = points};
    g_autoptr(MgNet) net = mg_net_new(&segment_sink);
    MgFrameSink frame_sink = {.frame = compare_frame, .user = net};
    g_autoptr(MgCapture) capture = mg_capture_new(&frame_sink);
    if (!open_inputs(run, capture, error))
        return FALSE;
    begin_progress(run);
    MgRead read = MG_READ_WAIT;
    while (read != MG_READ_END && *run->stop == 0) {
        read = mg_capture_next(capture, NULL);
        show_progress(run, capture, read);
    }
    mg_progress_erase(&run->progress);
    mg_points_settle(points);
    run->points = g_steal_pointer(&points);
    return TRUE;
}

/* Read all inputs once, steps to `sink`.  The corridor is kept for *ret_corridor when wanted. */
static gboolean read_once(Run *run, const MgStepSink *sink, gboolean drop_root,
                          MgCorridor **ret_corridor, GError **error)
{
    MgBeside beside = {.anonym = run->anonym};
    if (run->annotated != NULL)
        beside.annotator = mg_annotated_annotator(run->annotated);
    if (!run->foretaste)
        beside.saver = run->saver;
    g_autoptr(MgCorridor) corridor =
        mg_corridor_new(run->options, run->glossary, run->points, &beside, sink, error);
    if (corridor == NULL)
        return FALSE;
    MgFrameSink frame_sink;
    mg_corridor_frame_sink(corridor, &frame_sink);
    g_autoptr(MgCapture) capture = mg_capture_new(&frame_sink);
    if (!open_inputs(run, capture, error))
        return FALSE;
    if (drop_root) {
        g_autofree char *user = NULL;
        if (!mg_privileges_drop(run->options->user, &user, error))
            return FALSE;
        if (user != NULL && run->options->verbose)
            complain("root given up, running as %s", user);
        if (run->saver != NULL && !mg_saver_check(run->saver, error))
            return FALSE;
    }
    flow(run, capture, corridor);
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    if (counts.packets == 0 && run->cut)
        run->unreadable = TRUE;
    if (run->live || run->opened > 0)
        mg_corridor_finish(corridor, &counts);
    if (!run->foretaste)
        say_unread(corridor);
    if (ret_corridor != NULL)
        *ret_corridor = g_steal_pointer(&corridor);
    return TRUE;
}

/* ---- The run ---- */

/* The first reading of --message: only the ledger at its end is wanted. */
static gboolean find_message(Run *run, MgSelection *selection, GError **error)
{
    /* No output is open yet, so nothing is written. */
    MgStepSink nowhere;
    mg_targets_step_sink(run->targets, &nowhere);
    g_autoptr(MgCorridor) corridor = NULL;
    run->foretaste = TRUE;
    gboolean read = read_once(run, &nowhere, FALSE, &corridor, error);
    run->foretaste = FALSE;
    if (!read)
        return FALSE;
    const MgLedger *ledger = mg_corridor_ledger(corridor);
    selection->message = mg_selection_find(ledger, run->options->message);
    if (selection->message == 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "no message has “%s” as its number, Message-ID, queue id or in its subject",
                    run->options->message);
        return FALSE;
    }
    selection->same = mg_selection_same(ledger, selection->message);
    return TRUE;
}

static gboolean compare_first(Run *run, GError **error)
{
    run->foretaste = TRUE;
    gboolean read = compare_captures(run, error);
    run->foretaste = FALSE;
    return read;
}

static gboolean finish_saving(const Run *run, GError **error)
{
    guint64 saved;
    if (run->saver == NULL)
        return TRUE;
    if (!mg_saver_finish(run->saver, &saved, error))
        return FALSE;
    if (!run->options->quiet)
        complain("%" G_GUINT64_FORMAT " %s saved in %s", saved, saved == 1 ? "file" : "files",
                 run->options->save_mail);
    return TRUE;
}

static gboolean run_all(Run *run, GError **error)
{
    MgSelection selection = {.session = run->options->session};
    gboolean several = !run->live && mg_inputs_count(run->inputs) > 1;
    gboolean twice = several || run->options->message != NULL || mg_annotated_wanted(run->options);
    if (twice && !run->live && !mg_inputs_keep(run->inputs, run->stop, error))
        return FALSE;
    if (several && !compare_first(run, error))
        return FALSE;
    if (run->options->message != NULL && !find_message(run, &selection, error))
        return FALSE;
    g_autoptr(GHashTable) same = selection.same;
    if (!open_targets(run, error))
        return FALSE;
    if (run->options->save_mail != NULL) {
        run->saver = mg_saver_new(run->options->save_mail, error);
        if (run->saver == NULL)
            return FALSE;
        mg_saver_select(run->saver, selection.session, selection.message);
    }
    mg_targets_step_sink(run->targets, &selection.next);
    MgStepSink sink;
    mg_selection_sink(&selection, &sink);
    return read_once(run, &sink, TRUE, NULL, error) && finish_saving(run, error) &&
           (run->annotated == NULL || mg_annotated_write(run->annotated, error));
}

static gboolean close_targets(const Run *run)
{
    g_autoptr(GPtrArray) failures = mg_targets_close(run->targets);
    for (guint i = 0; i < failures->len; i++)
        complain("%s", (const char *)failures->pdata[i]);
    return failures->len == 0;
}

static void say_summary(const Run *run, const MgStepSummary *s)
{
    const struct {
        guint64 count;
        const char *one, *many;
    } figures[] = {
        {s->packets, "packet", "packets"},
        {s->sessions, "session", "sessions"},
        {s->steps, "step", "steps"},
        {s->messages, "message", "messages"},
        {s->missing_octets, "byte missing", "bytes missing"},
        {s->dropped, "packet dropped", "packets dropped"},
    };
    g_autoptr(GString) line = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(figures); i++)
        g_string_append_printf(line, "%s%" G_GUINT64_FORMAT " %s", i > 0 ? ", " : "",
                               figures[i].count,
                               figures[i].count == 1 ? figures[i].one : figures[i].many);
    const char *text = line->str;
    if (run->options->format == NULL)
        printf("%s\n", text);
    else if (run->live && !run->options->quiet)
        complain("%s", text);
}

int mg_pipeline_run(const MgOptions *options, const volatile sig_atomic_t *stop,
                    volatile sig_atomic_t *counts_wanted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MgGlossary) glossary = mg_glossary_new(options->language, options->glossary, &error);
    if (glossary == NULL) {
        complain("%s", error->message);
        return MG_EXIT_FAILED;
    }
    Run run = {.options = options,
               .glossary = glossary,
               .stop = stop,
               .counts_wanted = counts_wanted,
               .live = options->interfaces[0] != NULL,
               .inputs = mg_inputs_new(options->files),
               .anonym = options->anonymize ? mg_anonym_new() : NULL};
    run.targets = mg_targets_new(options, glossary, run.live);

    int status;
    gboolean ran = run_all(&run, &error);
    gboolean written = close_targets(&run);
    mg_pager_finish();
    const MgStepSummary *summary = mg_targets_summary(run.targets);
    if (!ran) {
        complain("%s", error->message);
        status = error->domain == G_OPTION_ERROR ? MG_EXIT_USAGE : MG_EXIT_FAILED;
    } else if (run.unreadable || !written) {
        status = MG_EXIT_FAILED;
    } else if (run.cut || (summary != NULL && summary->missing_octets > 0)) {
        status = MG_EXIT_MISSING;
    } else if (summary == NULL || summary->sessions == 0) {
        complain("no mail was found: no SMTP, POP3 or IMAP connection is in it");
        status = MG_EXIT_NO_MAIL;
    } else {
        status = MG_EXIT_READ;
    }
    if (ran && summary != NULL)
        say_summary(&run, summary);
    mg_targets_free(run.targets);
    g_clear_pointer(&run.points, mg_points_free);
    mg_annotated_free(run.annotated);
    mg_saver_free(run.saver);
    mg_anonym_free(run.anonym);
    mg_inputs_free(run.inputs);
    return status;
}
