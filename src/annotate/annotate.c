/* What is gathered while the corridor reads. */
#include "annotate/annotate.h"

#include "annotate/records.h"

#include <string.h>

MgAnnotator *mg_annotator_new(const MgAnnotateOptions *options)
{
    MgAnnotator *annotator = g_new0(MgAnnotator, 1);
    annotator->show_secrets = options->show_secrets && options->rename == NULL;
    annotator->program = g_strdup(options->program);
    annotator->part = g_strdup(options->part);
    annotator->again = g_strdup(options->again);
    annotator->twin = g_strdup(options->twin);
    annotator->has_secrets = g_strdup(options->has_secrets);
    if (options->rename != NULL)
        annotator->renamer = mg_renamer_new(options->rename, options->rename_user);
    annotator->live_summary = g_strdup(options->live_summary);
    annotator->records = mg_sorter_new(0);
    annotator->comments = mg_sorter_new(0);
    annotator->numbers = mg_numbers_new();
    annotator->flows = mg_flows_new(annotator->records, annotator->show_secrets);
    return annotator;
}

void mg_annotator_free(MgAnnotator *annotator)
{
    if (annotator == NULL)
        return;
    mg_renamer_free(annotator->renamer);
    mg_live_free(annotator->live);
    mg_flows_free(annotator->flows);
    mg_sorter_free(annotator->records);
    mg_sorter_free(annotator->comments);
    mg_numbers_free(annotator->numbers);
    g_free(annotator->summary);
    g_free(annotator->program);
    g_free(annotator->part);
    g_free(annotator->again);
    g_free(annotator->twin);
    g_free(annotator->has_secrets);
    g_free(annotator->live_summary);
    g_free(annotator);
}

void mg_annotator_set_live(MgAnnotator *annotator, MgAnnotateWrite write, gpointer user)
{
    MgLiveSetup setup = {.write = write,
                         .user = user,
                         .program = annotator->program,
                         .summary = annotator->live_summary,
                         .again = annotator->again,
                         .flows = annotator->flows,
                         .show_secrets = annotator->show_secrets,
                         .renamer = annotator->renamer};
    annotator->live = mg_live_new(&setup);
    mg_sorter_hand_on(annotator->records, mg_live_record, annotator->live);
}

/* ---- Frames and segments ---- */

void mg_annotator_capture(MgAnnotator *annotator, const MgCaptureInfo *info)
{
    if (annotator->live != NULL)
        mg_live_capture(annotator->live, info->capture, info->interface);
}

void mg_annotator_time(MgAnnotator *annotator, MgTime now)
{
    if (annotator->live != NULL)
        mg_live_time(annotator->live, now);
}

void mg_annotator_frame(MgAnnotator *annotator, const MgFrame *frame, gboolean readable)
{
    if (annotator->live != NULL)
        mg_live_frame(annotator->live, frame);
    else
        mg_numbers_add(annotator->numbers, frame->at.capture, frame->at.frame);
    if (readable || annotator->show_secrets)
        return;
    MgPiece piece = {.at = frame->at, .frame_offset = MG_OFFSET_NONE};
    mg_flows_loose(annotator->flows, &piece);
}

void mg_annotator_segment(MgAnnotator *annotator, const MgSegment *segment)
{
    if (annotator->live != NULL)
        mg_live_segment(annotator->live, segment);
    mg_flows_segment(annotator->flows, segment);
}

void mg_annotator_loose(MgAnnotator *annotator, const MgPiece *piece)
{
    mg_flows_loose(annotator->flows, piece);
}

void mg_annotator_flow_sink(MgAnnotator *annotator, const MgFlowSink *next, MgFlowSink *ret_sink)
{
    mg_flows_flow_sink(annotator->flows, next, ret_sink);
}

/* ---- Between proto and ledger ---- */

static void session_open(gpointer user, const MgSession *session)
{
    MgAnnotator *self = user;
    mg_flows_session(self->flows, session);
    self->next.session_open(self->next.user, session);
}

static void effect(gpointer user, const MgEffect *effect)
{
    MgAnnotator *self = user;
    self->next.effect(self->next.user, effect);
}

static void exchange(gpointer user, const MgExchange *exchange)
{
    MgAnnotator *self = user;
    self->next.exchange(self->next.user, exchange);
    mg_flows_exchange(self->flows, exchange);
}

static void note(gpointer user, const MgNote *note)
{
    MgAnnotator *self = user;
    self->next.note(self->next.user, note);
}

static void session_close(gpointer user, const MgSession *session)
{
    MgAnnotator *self = user;
    self->next.session_close(self->next.user, session);
}

static void secret(gpointer user, const MgSession *session, const MgSecretFound *secret)
{
    MgAnnotator *self = user;
    self->secrets_seen = TRUE;
    mg_flows_secret(self->flows, session, secret);
    if (self->next.secret != NULL)
        self->next.secret(self->next.user, session, secret);
}

void mg_annotator_exchange_sink(MgAnnotator *annotator, const MgExchangeSink *next,
                                MgExchangeSink *ret_sink)
{
    annotator->next = *next;
    *ret_sink = (MgExchangeSink){.session_open = session_open,
                                 .effect = effect,
                                 .exchange = exchange,
                                 .note = note,
                                 .session_close = session_close,
                                 .secret = secret,
                                 .user = annotator};
}

/* ---- Comments ---- */

char *mg_comment_prefix(guint64 step, char side)
{
    if (side == 0)
        return g_strdup_printf(MG_OWN_MARK "%" G_GUINT64_FORMAT ": ", step);
    return g_strdup_printf(MG_OWN_MARK "%" G_GUINT64_FORMAT " %c: ", step, side);
}

static char *fill(char *text, const char *name, guint64 value)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    g_auto(GStrv) pieces = g_strsplit(text, name, -1);
    g_free(text);
    return g_strjoinv(number, pieces);
}

char *mg_part_text(const MgAnnotator *annotator, guint part, guint parts)
{
    return fill(fill(g_strdup(annotator->part), "{part}", part), "{parts}", parts);
}

char *mg_again_text(const char *words, guint64 frame)
{
    return fill(g_strdup(words), "{frame}", frame);
}

gboolean mg_is_own_comment(MgSlice comment)
{
    static const char summary[] = "summary:";
    const gsize mark = strlen(MG_OWN_MARK);
    if (comment.len <= mark || memcmp(comment.data, MG_OWN_MARK, mark) != 0)
        return FALSE;
    if (g_ascii_isdigit(comment.data[mark]))
        return TRUE;
    return comment.len >= mark + strlen(summary) &&
           memcmp(comment.data + mark, summary, strlen(summary)) == 0;
}

static void on_comment(gpointer user, const MgComment *comment)
{
    MgAnnotator *self = user;
    MgStamp at = {.capture = comment->capture, .frame = comment->frame};
    guint64 id;
    MgSide client;
    if (at.frame == 0 && !mg_flows_here(self->flows, &at, &id, &client))
        return;
    g_autoptr(GString) record = g_string_new(NULL);
    MgNoted noted = {.step = comment->step, .side = comment->side};
    g_string_append_len(record, (const char *)&noted, sizeof noted);
    g_autofree char *prefix = mg_comment_prefix(comment->step, comment->side);
    g_string_append(record, prefix);
    g_autofree char *part =
        comment->part > 0 ? mg_part_text(self, comment->part, comment->parts) : NULL;
    g_string_append(record, part != NULL ? part : comment->text);
    mg_sorter_add(self->records, at.capture, at.frame, MG_RECORD_COMMENT, record->str, record->len);
}

static void on_span(gpointer user, const MgCommentSpan *told)
{
    MgAnnotator *self = user;
    MgStamp at;
    MgSide client;
    MgSpan span = {.before = told->before,
                   .step = told->step,
                   .side = told->side,
                   .first_part = told->first_part,
                   .parts = told->parts};
    if (!mg_flows_here(self->flows, &at, &span.flow, &client))
        return;
    span.from = told->side == 'C' ? client : 1 - client;
    mg_flows_spill(self->flows, span.from);
    mg_sorter_add(self->records, told->capture, told->after, MG_RECORD_SPAN, &span, sizeof span);
}

static guint64 on_number(gpointer user, guint16 capture, guint64 frame)
{
    MgAnnotator *self = user;
    mg_annotator_settle(self);
    return mg_numbers_get(self->numbers, capture, frame);
}

static void on_summary(gpointer user, const char *text)
{
    MgAnnotator *self = user;
    g_free(self->summary);
    gboolean readable = self->show_secrets && self->secrets_seen;
    self->summary = g_strconcat(MG_OWN_MARK "summary: ", readable ? self->has_secrets : "",
                                readable ? " " : "", text, NULL);
}

void mg_annotator_comment_sink(MgAnnotator *annotator, MgCommentSink *ret_sink)
{
    *ret_sink = (MgCommentSink){.comment = on_comment,
                                .span = on_span,
                                .number = on_number,
                                .summary = on_summary,
                                .user = annotator};
}

void mg_annotator_set_captures(MgAnnotator *annotator, guint16 n_captures, MgAnnotateOpen open,
                               gpointer user)
{
    annotator->n_captures = n_captures;
    annotator->open = open;
    annotator->open_user = user;
}

/* ---- Numbers ---- */

/* Numbers that are no packets: custom blocks have one too.  A filter leaves gaps as well, so the
 * file itself must tell. */
static void number_other_blocks(MgAnnotator *annotator, guint16 capture)
{
    int fd = annotator->open != NULL ? annotator->open(annotator->open_user, capture) : -1;
    g_autoptr(MgBlocks) blocks = fd >= 0 ? mg_blocks_open(fd, "capture", NULL) : NULL;
    MgBlock block;
    while (blocks != NULL && mg_blocks_next(blocks, &block))
        if (block.frame != 0 && block.packet_at == 0 && block.kind != MG_BLOCK_CUSTOM_LEFT)
            mg_numbers_add(annotator->numbers, capture, block.frame);
}

void mg_annotator_settle(MgAnnotator *annotator)
{
    if (annotator->settled)
        return;
    annotator->settled = TRUE;
    for (guint16 capture = 1; capture <= annotator->n_captures; capture++)
        if (mg_numbers_has_gaps(annotator->numbers, capture))
            number_other_blocks(annotator, capture);
    mg_numbers_settle(annotator->numbers);
}
