/* CSV: one row a step, RFC 4180.  The words of the records, never translated.  With --where
 * one row a message. */
#include "formats.h"

#include "clock.h"
#include "escape.h"
#include "output.h"
#include "words.h"

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgTicker ticker;
    GTree *messages; /* number → its row; only with where_only */
} Csv;

static gint by_number(gconstpointer a, gconstpointer b, gpointer user)
{
    guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);
    return x < y ? -1 : x > y;
}

static gpointer csv_begin(const MgRenderOptions *options, const MgOutput *output)
{
    Csv *csv = g_new0(Csv, 1);
    csv->options = *options;
    csv->options.ascii = TRUE;
    mg_writer_init(&csv->out, &csv->options, output);
    csv->ticker.form = options->clock;
    csv->messages = g_tree_new_full(by_number, NULL, NULL, g_free);
    g_string_append(csv->out.text, options->where_only
                                       ? "message,location,subject,from,to,message_id,path\r\n"
                                       : "step,session,frames,time,protocol,action,result,"
                                         "explanation,location,message,reference\r\n");
    mg_writer_record(&csv->out);
    return csv;
}

static void csv_capture(gpointer self, const MgStepCapture *capture)
{
    Csv *csv = self;
    mg_ticker_start(&csv->ticker, &capture->start);
}

static void csv_session(gpointer self, const MgStepSession *session)
{
    Csv *csv = self;
    mg_ticker_start(&csv->ticker, &session->start);
}

static void field(GString *out, const char *prefix, const char *value)
{
    if (out->len > 0)
        g_string_append_c(out, ',');
    if (value == NULL)
        return;
    g_autofree char *whole = g_strconcat(prefix, value, NULL);
    mg_escape_csv(out, whole, -1);
}

/* Figures of our own: a negative time is a number, no formula. */
static void figure(GString *out, const char *value)
{
    if (out->len > 0)
        g_string_append_c(out, ',');
    g_string_append(out, value);
}

/* "M1 M2", and the one place they are in, or "Deleted: M1; Email server: M2". */
static void append_places(const Csv *csv, const MgStep *step, GString *location, GString *messages)
{
    g_autoptr(GPtrArray) places = mg_words_places(&csv->options, step, FALSE, MG_PLACE_FIXED);
    for (guint i = 0; i < places->len; i++) {
        const MgPlaceWords *place = places->pdata[i];
        g_string_append_printf(location, "%s%s%s", i > 0 ? "; " : "", place->location,
                               places->len > 1 ? ":" : "");
        for (guint k = 0; k < place->messages->len; k++) {
            guint number = g_array_index(place->messages, guint, k);
            g_string_append_printf(messages, "%sM%u", messages->len > 0 ? " " : "", number);
            if (places->len > 1)
                g_string_append_printf(location, " M%u", number);
        }
    }
}

static void csv_step(gpointer self, const MgStep *step)
{
    Csv *csv = self;
    if (csv->options.where_only)
        return;
    g_autoptr(GString) row = g_string_new(NULL);
    g_string_append_printf(row, "%" G_GUINT64_FORMAT ",%u", step->step, step->session);
    MgFrames all = mg_words_step_frames(step);
    g_autofree char *frames = mg_words_frames(&csv->options, &all, " ");
    field(row, "", frames);
    g_autofree char *time = mg_ticker_text(&csv->ticker, &step->at);
    figure(row, time);
    field(row, "", mg_protocol_name(step->protocol));
    field(row, mg_words_said(step) ? "C: " : "", step->line);
    g_autofree char *result = mg_words_result(&csv->options, step);
    field(row, "S: ", result);
    g_autofree char *explanation = mg_words_explanation(step);
    field(row, "", explanation);
    g_autoptr(GString) location = g_string_new(NULL);
    g_autoptr(GString) messages = g_string_new(NULL);
    append_places(csv, step, location, messages);
    field(row, "", location->str);
    field(row, "", messages->str);
    field(row, "", step->reference);
    g_string_append_printf(csv->out.text, "%s\r\n", row->str);
    mg_writer_record(&csv->out);
}

static void csv_message(gpointer self, const MgStepMessage *record)
{
    Csv *csv = self;
    const MgMessage *message = record->message;
    if (!csv->options.where_only)
        return;
    GString *row = g_string_new(NULL);
    g_string_append_printf(row, "M%u", message->number);
    g_autofree char *merged =
        message->merged_into > 0 ? mg_words_merged(&csv->options, message) : NULL;
    g_autofree char *to = message->to != NULL ? g_strjoinv(" ", message->to) : NULL;
    field(row, "", record->location);
    field(row, "", record->subject);
    field(row, "", message->from);
    field(row, "", to);
    field(row, "", message->message_id);
    field(row, "", merged != NULL ? merged : record->path);
    g_tree_replace(csv->messages, GUINT_TO_POINTER(message->number), g_string_free(row, FALSE));
}

static gboolean write_message(gpointer key, gpointer value, gpointer user)
{
    Csv *csv = user;
    g_string_append_printf(csv->out.text, "%s\r\n", (const char *)value);
    mg_writer_record(&csv->out);
    return FALSE;
}

static void csv_summary(gpointer self, const MgStepSummary *summary)
{
    Csv *csv = self;
    g_tree_foreach(csv->messages, write_message, csv);
}

static void csv_end(gpointer self)
{
    Csv *csv = self;
    mg_writer_clear(&csv->out);
    g_tree_unref(csv->messages);
    g_free(csv);
}

const MgRenderFormat mg_format_csv = {
    .name = "csv",
    .endings = ".csv",
    .begin = csv_begin,
    .capture = csv_capture,
    .session = csv_session,
    .step = csv_step,
    .message = csv_message,
    .summary = csv_summary,
    .end = csv_end,
};
