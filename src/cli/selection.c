/* Let through the steps of one session or of one message. */
#include "cli/selection.h"

#include <string.h>

static void on_capture(gpointer user, const MgStepCapture *capture)
{
    MgSelection *self = user;
    self->next.capture(self->next.user, capture);
}

static void on_session(gpointer user, const MgStepSession *session)
{
    MgSelection *self = user;
    if (self->session == 0 || session->session == self->session)
        self->next.session(self->next.user, session);
}

/* It is this message, or one that turned out to be it. */
static gboolean is_asked(const MgSelection *self, guint message)
{
    return message == self->message ||
           (self->same != NULL && g_hash_table_contains(self->same, GUINT_TO_POINTER(message)));
}

static gboolean touches(const MgSelection *self, const MgStep *step)
{
    for (guint i = 0; i < step->n_movements; i++)
        if (is_asked(self, step->movements[i].message))
            return TRUE;
    return FALSE;
}

static void on_step(gpointer user, const MgStep *step)
{
    MgSelection *self = user;
    if (self->session != 0 && step->session != self->session)
        return;
    if (self->message != 0 && !touches(self, step))
        return;
    self->next.step(self->next.user, step);
}

static void on_note(gpointer user, const MgStepNote *note)
{
    MgSelection *self = user;
    if (self->session == 0 || note->session == 0 || note->session == self->session)
        self->next.note(self->next.user, note);
}

static void on_message(gpointer user, const MgStepMessage *message)
{
    MgSelection *self = user;
    if (self->message == 0 || is_asked(self, message->message->number))
        self->next.message(self->next.user, message);
}

static void on_insight(gpointer user, const MgStepInsight *insight)
{
    MgSelection *self = user;
    /* What the whole capture teaches is not said of a part of it. */
    if (self->session == 0 && self->message == 0 && self->next.insight != NULL)
        self->next.insight(self->next.user, insight);
}

static void on_summary(gpointer user, const MgStepSummary *summary)
{
    MgSelection *self = user;
    self->next.summary(self->next.user, summary);
}

void mg_selection_sink(MgSelection *selection, MgStepSink *ret_sink)
{
    *ret_sink = (MgStepSink){
        .capture = on_capture,
        .session = on_session,
        .step = on_step,
        .note = on_note,
        .message = on_message,
        .insight = on_insight,
        .summary = on_summary,
        .user = selection,
    };
}

static gboolean is_number(const MgMessage *message, const char *asked)
{
    guint64 number;
    const char *digits = *asked == 'M' || *asked == 'm' ? asked + 1 : asked;
    return g_ascii_string_to_unsigned(digits, 10, 1, G_MAXUINT, &number, NULL) &&
           number == message->number;
}

static gboolean is_message_id(const MgMessage *message, const char *asked)
{
    if (message->message_id == NULL)
        return FALSE;
    g_autofree char *bracketed = g_strdup_printf("<%s>", asked);
    return strcmp(message->message_id, asked) == 0 || strcmp(message->message_id, bracketed) == 0;
}

static gboolean is_queue_id(const MgMessage *message, const char *asked)
{
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->queue_id != NULL && strcmp(copy->queue_id, asked) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean has_word(const MgMessage *message, const char *asked)
{
    if (message->subject == NULL)
        return FALSE;
    g_autofree char *valid = g_utf8_make_valid(message->subject, -1);
    g_autofree char *subject = g_utf8_casefold(valid, -1);
    g_autofree char *word = g_utf8_casefold(asked, -1);
    return strstr(subject, word) != NULL;
}

/* The number of the message that it turned out to be. */
static guint stays(const MgLedger *ledger, const MgMessage *message)
{
    while (message->merged_into != 0 && message->merged_into < message->number) {
        const MgMessage *into = mg_ledger_message(ledger, message->merged_into);
        if (into == NULL)
            break;
        message = into;
    }
    return message->number;
}

GHashTable *mg_selection_same(const MgLedger *ledger, guint number)
{
    GHashTable *same = g_hash_table_new(NULL, NULL);
    /* The lower number stays: one pass upwards finds all. */
    for (guint n = number + 1; n <= mg_ledger_count(ledger); n++) {
        const MgMessage *message = mg_ledger_message(ledger, n);
        if (message != NULL && message->merged_into != 0 &&
            (message->merged_into == number ||
             g_hash_table_contains(same, GUINT_TO_POINTER(message->merged_into))))
            g_hash_table_add(same, GUINT_TO_POINTER(n));
    }
    return same;
}

guint mg_selection_find(const MgLedger *ledger, const char *asked)
{
    static gboolean (*const ways[])(const MgMessage *, const char *) = {is_number, is_message_id,
                                                                        is_queue_id, has_word};
    for (guint way = 0; way < G_N_ELEMENTS(ways); way++)
        for (guint n = 1; n <= mg_ledger_count(ledger); n++) {
            const MgMessage *message = mg_ledger_message(ledger, n);
            if (message == NULL || !ways[way](message, asked))
                continue;
            return stays(ledger, message);
        }
    return 0;
}
