/* Annotated pcapng: what each step says on the frames that carried it.
 *
 * Writes nothing itself: the comments go to MgRenderOptions.comments, and the copy of the capture
 * is annotate's.  A comment is one line; with deep explanations a second one follows it, because
 * a column of Wireshark shows the first. */
#include "escape.h"
#include "formats.h"
#include "words.h"

#include <string.h>

/* Characters of a comment; a deep one; the path of one message; all of the summary. */
#define COMMENT_MAX 600
#define DEEP_MAX 4000
#define SUMMARY_MAX 32768
/* Sentences of a normal explanation. */
#define NORMAL_SENTENCES 2

typedef struct {
    MgRenderOptions options;
    const MgCommentSink *sink;
    GString *protocols; /* "SMTP then POP3" */
    guint seen_protocols;
    GString *paths;
    guint64 messages, paths_left_out;
} Pcapng;

static gpointer pcapng_begin(const MgRenderOptions *options, const MgOutput *output)
{
    Pcapng *self = g_new0(Pcapng, 1);
    self->options = *options;
    self->sink = options->comments;
    self->protocols = g_string_new(NULL);
    self->paths = g_string_new(NULL);
    return self;
}

static void pcapng_end(gpointer data)
{
    Pcapng *self = data;
    g_string_free(self->protocols, TRUE);
    g_string_free(self->paths, TRUE);
    g_free(self);
}

static void pcapng_capture(gpointer self, const MgStepCapture *capture)
{
}

static void pcapng_note(gpointer self, const MgStepNote *note)
{
}

/* ---- Text ---- */

/* Where the sentence that begins at `text` ends: behind its mark and the space. */
static const char *sentence_end(const char *text)
{
    for (const char *at = text; (at = strpbrk(at, ".?!")) != NULL; at++)
        if (at[1] == ' ' && (g_ascii_isupper(at[2]) || (at[2] & 0x80) != 0))
            return at + 2;
    return text + strlen(text);
}

/* The first sentences of an explanation; what is behind them is the deep part. */
static char *normal_part(const Pcapng *self, const char *text, const char **ret_deep)
{
    const char *end = text + strlen(text);
    if (self->options.detail == MG_DETAIL_DEEP) {
        end = text;
        for (guint i = 0; i < NORMAL_SENTENCES; i++)
            end = sentence_end(end);
    }
    *ret_deep = end;
    return g_strchomp(g_strndup(text, (gsize)(end - text)));
}

static char *clean(const char *text, guint max)
{
    guint64 more;
    g_autofree char *cut = mg_escape_cut(text, max, &more);
    g_autoptr(GString) out = g_string_new(NULL);
    mg_escape_visible(out, cut, -1);
    if (more > 0)
        g_string_append(out, "…");
    return g_strdup(out->str);
}

/* ---- Tags ---- */

static const char *tag_word(MgLocation location)
{
    static const char *const words[] = {"", "device", "server", "both", "deleted", "unknown"};
    return (guint)location < G_N_ELEMENTS(words) ? words[location] : "";
}

/* "[server] ": where the messages of this step are now, each place once.  Of several movements
 * of a message the last one counts. */
static void append_tags(GString *out, const MgStep *step)
{
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    g_autoptr(GString) tags = g_string_new(NULL);
    for (guint i = step->n_movements; i > 0; i--) {
        const MgStepMovement *movement = &step->movements[i - 1];
        MgWhere where = movement->where;
        if (where.is == MG_LOCATION_NONE ||
            !g_hash_table_add(told, GUINT_TO_POINTER(movement->message)))
            continue;
        g_autofree char *tag =
            where.other != MG_LOCATION_NONE
                ? g_strdup_printf("[%s or %s] ", tag_word(where.is), tag_word(where.other))
                : g_strdup_printf("[%s] ", tag_word(where.is));
        if (strstr(tags->str, tag) == NULL)
            g_string_prepend(tags, tag);
    }
    g_string_append(out, tags->str);
}

/* ---- Frames ---- */

static guint16 capture_of(guint16 told, const MgStamp *at)
{
    return told != 0 ? told : at->capture;
}

static void give(const Pcapng *self, const MgStep *step, char side, guint16 capture, guint64 frame,
                 const char *text, guint max)
{
    g_autofree char *cleaned = clean(text, max);
    MgComment comment = {
        .capture = capture, .frame = frame, .step = step->step, .side = side, .text = cleaned};
    if (*cleaned != '\0')
        self->sink->comment(self->sink->user, &comment);
}

/* All frames but the last one carry a part. */
static void give_parts(const Pcapng *self, const MgStep *step, char side, const MgFrames *frames,
                       const MgStamp *at)
{
    guint kept = MIN(frames->count, (guint)MG_FRAMES_KEPT);
    for (guint i = 0; i < kept && i + 1 < frames->count; i++) {
        MgComment part = {.capture = capture_of(frames->captures[i], at),
                          .frame = frames->kept[i],
                          .step = step->step,
                          .side = side,
                          .part = i + 1,
                          .parts = frames->count};
        self->sink->comment(self->sink->user, &part);
    }
    if (frames->count <= MG_FRAMES_KEPT)
        return;
    MgCommentSpan span = {.capture = capture_of(frames->captures[kept - 1], at),
                          .after = frames->kept[kept - 1],
                          .before = frames->last,
                          .step = step->step,
                          .side = side,
                          .first_part = kept + 1,
                          .parts = frames->count};
    self->sink->span(self->sink->user, &span);
}

/* ---- The command ---- */

static void append_sentence(GString *out, const char *sentence)
{
    if (sentence == NULL || *sentence == '\0')
        return;
    if (out->len > 0)
        g_string_append_c(out, ' ');
    g_string_append(out, sentence);
}

static char *label(const Pcapng *self, const char *name, const char *key, const char *value)
{
    return mg_words(self->options.glossary, name, key, value, NULL);
}

/* Tokens, the location before, the common mistake, the source. */
static void append_deep(const Pcapng *self, GString *out, const MgStep *step)
{
    for (guint i = 0; i < step->n_details; i++) {
        const MgStepDetail *detail = &step->details[i];
        g_string_append_printf(out, "%s%s: %s", out->len > 0 ? " " : "", detail->token,
                               detail->gloss != NULL ? detail->gloss : "");
    }
    if (step->before != NULL) {
        g_autofree char *before = label(self, "before", "location", step->before);
        append_sentence(out, before);
    }
    if (step->mistake != NULL) {
        g_autofree char *mistake = label(self, "common-mistake", "text", step->mistake);
        append_sentence(out, mistake);
    }
    if (step->reference_url != NULL)
        append_sentence(out, step->reference_url);
}

static gboolean was_said(const MgStep *step)
{
    return step->actor == MG_ACTOR_CLIENT && step->kind != MG_STEP_CONNECTION;
}

static void give_command(const Pcapng *self, const MgStep *step, gboolean answered)
{
    if (step->gloss == NULL || step->kind == MG_STEP_SERVER)
        return;
    char side = was_said(step) ? 'C' : 0;
    const MgFrames *frames = &step->frames;
    if (frames->count > 0 && side != 0)
        give_parts(self, step, side, frames, &step->at);
    const char *deep;
    g_autofree char *normal = normal_part(self, step->gloss, &deep);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!answered && side == 0)
        append_tags(text, step);
    g_string_append(text, normal);
    if (!answered && step->reference != NULL)
        g_string_append_printf(text, " (%s)", step->reference);
    guint16 capture = capture_of(frames->last_capture, &step->at);
    give(self, step, side, capture, frames->last, text->str, COMMENT_MAX);
    if (self->options.detail != MG_DETAIL_DEEP)
        return;
    g_autoptr(GString) more = g_string_new(deep);
    append_deep(self, more, step);
    if (more->len > 0)
        give(self, step, side, capture, frames->last, more->str, DEEP_MAX);
}

/* ---- The replies ---- */

/* Lines that have a sentence of their own; one that the next line says again waits for it. */
static void give_lines(const Pcapng *self, const MgStep *step)
{
    for (guint i = 0; i < step->n_replies; i++) {
        const MgStepReply *reply = &step->replies[i];
        const MgStepReply *next = i + 1 < step->n_replies ? reply + 1 : NULL;
        if (reply->gloss == NULL || reply->frames.count == 0 ||
            g_strcmp0(reply->gloss, step->reply_gloss) == 0 ||
            (next != NULL && next->frames.last == reply->frames.last &&
             g_strcmp0(reply->gloss, next->gloss) == 0))
            continue;
        const char *deep;
        g_autofree char *normal = normal_part(self, reply->gloss, &deep);
        guint16 capture = capture_of(reply->frames.last_capture, &reply->at);
        give(self, step, 'S', capture, reply->frames.last, normal, COMMENT_MAX);
        if (*deep != '\0')
            give(self, step, 'S', capture, reply->frames.last, deep, DEEP_MAX);
    }
}

static void give_reply(const Pcapng *self, const MgStep *step)
{
    const MgFrames *frames = &step->reply_frames;
    if (frames->count > 0)
        give_parts(self, step, 'S', frames, &step->reply_at);
    give_lines(self, step);
    g_autoptr(GString) text = g_string_new(NULL);
    append_tags(text, step);
    const char *deep = "";
    if (step->reply_gloss != NULL) {
        g_autofree char *normal = normal_part(self, step->reply_gloss, &deep);
        g_string_append(text, normal);
    }
    if (text->len == 0)
        return;
    if (step->reference != NULL)
        g_string_append_printf(text, "%s(%s)", g_str_has_suffix(text->str, " ") ? "" : " ",
                               step->reference);
    /* Without a reply it is the end of the connection that says so. */
    guint16 capture = capture_of(frames->last_capture, &step->reply_at);
    give(self, step, 'S', capture, frames->last, text->str, COMMENT_MAX);
    if (*deep != '\0')
        give(self, step, 'S', capture, frames->last, deep, DEEP_MAX);
}

static void pcapng_step(gpointer data, const MgStep *step)
{
    const Pcapng *self = data;
    gboolean answered =
        step->kind != MG_STEP_CONNECTION && (step->reply_gloss != NULL || step->n_movements > 0);
    give_command(self, step, answered);
    if (step->kind != MG_STEP_CONNECTION)
        give_reply(self, step);
}

/* ---- The summary ---- */

static void pcapng_session(gpointer data, const MgStepSession *session)
{
    Pcapng *self = data;
    if (session->how_ended != MG_ENDED_OPEN || self->seen_protocols & 1u << session->protocol)
        return;
    self->seen_protocols |= 1u << session->protocol;
    const char *name = mg_protocol_name(session->protocol);
    g_autofree char *both = mg_words(self->options.glossary, "comment-protocols", "before",
                                     self->protocols->str, "protocol", name, NULL);
    g_string_assign(self->protocols, self->protocols->len > 0 ? both : name);
}

static void pcapng_message(gpointer data, const MgStepMessage *record)
{
    Pcapng *self = data;
    const MgMessage *message = record->message;
    if (message->merged_into != 0)
        return;
    self->messages++;
    if (self->paths->len > SUMMARY_MAX) {
        self->paths_left_out++;
        return;
    }
    g_string_append_printf(self->paths, " M%u:", message->number);
    for (guint i = 0; i < message->history->len; i++) {
        const MgHistory *history = g_ptr_array_index(message->history, i);
        const MgHistory *before = i > 0 ? g_ptr_array_index(message->history, i - 1) : NULL;
        if (before != NULL && mg_where_equal(before->where, history->where))
            continue;
        g_autofree char *words = mg_glossary_where(self->options.glossary, history->where);
        guint64 frame =
            self->sink->number(self->sink->user, history->at.capture, history->at.frame);
        g_string_append_printf(self->paths, "%s %s", i > 0 ? " >" : "", words);
        g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, frame);
        g_autofree char *proof =
            mg_words(self->options.glossary, "comment-frame", "frame", number, NULL);
        if (frame != 0)
            g_string_append_printf(self->paths, " %s", proof);
    }
    if (message->history->len == 0)
        g_string_append_printf(self->paths, " %s",
                               record->label != NULL ? record->label : record->location);
    g_string_append_c(self->paths, '.');
}

static void pcapng_summary(gpointer data, const MgStepSummary *summary)
{
    const Pcapng *self = data;
    g_autoptr(GString) text = g_string_new(NULL);
    const MgGlossary *glossary = self->options.glossary;
    g_autofree char *messages = mg_words_count(glossary, "comment-messages", self->messages);
    g_autofree char *filter =
        mg_words(glossary, "comment-filter", "filter", "frame.comment contains \"[both]\"", NULL);
    g_string_append(text, messages);
    if (self->protocols->len > 0)
        g_string_append_printf(text, ", %s", self->protocols->str);
    g_string_append_printf(text, ".%s", self->paths->str);
    if (self->paths_left_out > 0) {
        g_autofree char *more = mg_words_count(glossary, "comment-more", self->paths_left_out);
        g_string_append_printf(text, " %s", more);
    }
    g_string_append_printf(text, " %s", filter);
    self->sink->summary(self->sink->user, text->str);
}

const MgRenderFormat mg_format_pcapng = {
    .name = "pcapng",
    .endings = ".pcapng",
    .begin = pcapng_begin,
    .capture = pcapng_capture,
    .session = pcapng_session,
    .step = pcapng_step,
    .note = pcapng_note,
    .message = pcapng_message,
    .summary = pcapng_summary,
    .end = pcapng_end,
};
