#include "tracker.h"

#include "trail.h"
#include "words.h"

enum {
    /* Hosts that have a row. */
    HOSTS = 6,
};

/* What a host shows at one time, the weakest first. */
typedef enum { STATE_NO, STATE_NOT_SHOWN, STATE_UNSURE, STATE_MARKED, STATE_YES } State;

static void row_free(gpointer data)
{
    MgTrackerRow *row = data;
    g_free(row->name);
    for (guint i = 0; i < MG_TRACKER_COLUMNS; i++)
        g_free(row->cells[i]);
    g_free(row);
}

void mg_tracker_free(MgTracker *tracker)
{
    g_free(tracker->variable);
    for (guint i = 0; i < MG_TRACKER_COLUMNS; i++)
        g_free(tracker->heads[i]);
    g_ptr_array_unref(tracker->rows);
    g_free(tracker);
}

char *mg_tracker_title(const MgRenderOptions *options, const MgMessage *message)
{
    g_autofree char *number = g_strdup_printf("M%u", message->number);
    return mg_words(options->glossary, "where-is-message", "message", number, NULL);
}

static MgTrackerRow *add_row(MgTracker *tracker, char *name)
{
    MgTrackerRow *row = g_new0(MgTrackerRow, 1);
    row->name = name;
    g_ptr_array_add(tracker->rows, row);
    return row;
}

static char *label(const MgRenderOptions *options, const char *name)
{
    return g_strdup(mg_glossary_label(options->glossary, name));
}

static char *head_of(const MgRenderOptions *options, const MgMessage *message, guint i)
{
    const MgHistory *entry = message->history->pdata[i];
    const char *name = i == 0                           ? "start"
                       : i + 1 == message->history->len ? "final-step"
                                                        : "after-step";
    g_autofree char *step = g_strdup_printf("%" G_GUINT64_FORMAT, entry->step);
    return mg_words(options->glossary, name, "step", step, NULL);
}

static const MgCopy *find_copy(const MgMessage *message, guint id)
{
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        if (copy->id == id)
            return copy;
    }
    return NULL;
}

static gboolean same_host(const MgCopy *one, const MgCopy *other)
{
    return (one->place == MG_PLACE_DEVICE) == (other->place == MG_PLACE_DEVICE) &&
           mg_address_equal(&one->host, &other->host);
}

/* One copy of each host, in the order in which they had the message. */
static GPtrArray *hosts_of(const MgMessage *message)
{
    GPtrArray *hosts = g_ptr_array_new();
    for (guint i = 0; i < message->history->len; i++) {
        const MgHistory *entry = message->history->pdata[i];
        for (guint k = 0; k < entry->n_held && hosts->len < HOSTS; k++) {
            const MgCopy *copy = find_copy(message, entry->held[k].copy);
            gboolean known = copy == NULL;
            for (guint h = 0; h < hosts->len && !known; h++)
                known = same_host(hosts->pdata[h], copy);
            if (!known)
                g_ptr_array_add(hosts, (gpointer)copy);
        }
    }
    return hosts;
}

/* The author's own copy may stay on after it was handed over: nobody sees that. */
static gboolean only_composed(const MgMessage *message, const MgCopy *host)
{
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        if (same_host(copy, host) && !copy->composed)
            return FALSE;
    }
    return TRUE;
}

static const char *state_of(const MgMessage *message, const MgHistory *entry, const MgCopy *host)
{
    static const char *const words[] = {"no", "not-shown", "uncertain", "yes-marked", "yes"};
    State state = only_composed(message, host) ? STATE_NOT_SHOWN : STATE_NO;
    for (guint k = 0; k < entry->n_held; k++) {
        const MgHeld *held = &entry->held[k];
        const MgCopy *copy = find_copy(message, held->copy);
        if (copy == NULL || !same_host(copy, host))
            continue;
        State here = held->doubt != 0 ? STATE_UNSURE : held->marked ? STATE_MARKED : STATE_YES;
        state = MAX(state, here);
    }
    if (entry->n_held == MG_HISTORY_HELD && state <= STATE_NOT_SHOWN)
        state = STATE_UNSURE; /* more copies than an entry names */
    return words[state];
}

static char *host_name(const MgCopy *host)
{
    return host->name != NULL ? g_strdup(host->name) : mg_address_string(&host->host);
}

static void add_hosts(MgTracker *tracker, const MgRenderOptions *options, const MgMessage *message,
                      guint from)
{
    g_autoptr(GPtrArray) hosts = hosts_of(message);
    for (guint h = 0; h < hosts->len; h++) {
        const MgCopy *host = hosts->pdata[h];
        g_autofree char *name = host_name(host);
        const char *kind = host->place == MG_PLACE_DEVICE ? "device-named" : "server-named";
        MgTrackerRow *row = add_row(tracker, mg_words(options->glossary, kind, "name", name, NULL));
        for (guint i = 0; i < tracker->n; i++)
            row->cells[i] =
                label(options, state_of(message, message->history->pdata[from + i], host));
    }
}

static void add_evidence(MgTracker *tracker, const MgRenderOptions *options,
                         const MgMessage *message, guint from)
{
    static const char *const words[] = {"evidence-assumed", "evidence-implied", "evidence-seen"};
    MgTrackerRow *row = add_row(tracker, label(options, "evidence"));
    for (guint i = 0; i < tracker->n; i++) {
        const MgHistory *entry = message->history->pdata[from + i];
        row->cells[i] = label(options, words[MIN((guint)entry->evidence, 2)]);
    }
}

MgTracker *mg_tracker_new(const MgRenderOptions *options, const MgMessage *message, guint from)
{
    const GPtrArray *history = message->history;
    if (history == NULL || from >= history->len)
        return NULL;
    MgTracker *tracker = g_new0(MgTracker, 1);
    tracker->rows = g_ptr_array_new_with_free_func(row_free);
    tracker->variable = label(options, "variable");
    tracker->n = MIN(history->len - from, MG_TRACKER_COLUMNS);
    MgTrackerRow *places = add_row(tracker, label(options, "email-location"));
    places->place = TRUE;
    if (options->detail == MG_DETAIL_DEEP) {
        add_hosts(tracker, options, message, from);
        add_evidence(tracker, options, message, from);
    }
    MgTrackerRow *frames = add_row(tracker, label(options, "frame-row"));
    for (guint i = 0; i < tracker->n; i++) {
        const MgHistory *entry = history->pdata[from + i];
        tracker->heads[i] = head_of(options, message, from + i);
        tracker->where[i] = entry->where;
        places->cells[i] = mg_trail_history(options, entry);
        frames->cells[i] = entry->at.frame > 0
                               ? g_strdup_printf("%" G_GUINT64_FORMAT, entry->at.frame)
                               : g_strdup("");
    }
    return tracker;
}
