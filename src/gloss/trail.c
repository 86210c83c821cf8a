#include "trail.h"

#include "gloss.h"

struct MgTrail {
    GHashTable *rows; /* message → GArray of MgStepTrace, whose texts are its own */
};

/* Characters of a line that the table repeats. */
enum { SHOWN = 48 };

static void clear_row(gpointer data)
{
    MgStepTrace *row = data;
    g_free((char *)row->action);
    g_free((char *)row->result);
    g_free((char *)row->location);
    g_free((char *)row->taken_by);
}

MgTrail *mg_trail_new(void)
{
    MgTrail *trail = g_new0(MgTrail, 1);
    trail->rows = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
    return trail;
}

void mg_trail_free(MgTrail *trail)
{
    g_hash_table_unref(trail->rows);
    g_free(trail);
}

static GArray *rows_of(MgTrail *trail, guint message)
{
    GArray *rows = g_hash_table_lookup(trail->rows, GUINT_TO_POINTER(message));
    if (rows == NULL && g_hash_table_size(trail->rows) < MG_TRAIL_MESSAGES) {
        rows = g_array_new(FALSE, FALSE, sizeof(MgStepTrace));
        g_array_set_clear_func(rows, clear_row);
        g_hash_table_insert(trail->rows, GUINT_TO_POINTER(message), rows);
    }
    return rows;
}

/* What moved it, or took it over though the place is still called the same. */
static gboolean tells(const MgStepMovement *movement)
{
    return !movement->learned && movement->report == 0 &&
           (movement->changed || movement->event == MG_EVENT_ACCEPTED ||
            movement->event == MG_EVENT_DELIVERED || movement->event == MG_EVENT_DOWNLOADED ||
            movement->event == MG_EVENT_REMOVED || movement->event == MG_EVENT_MOVED ||
            movement->event == MG_EVENT_COPIED || movement->event == MG_EVENT_STORED);
}

static char *shown(const char *lead, const char *text)
{
    return text != NULL ? mg_shorten(g_strconcat(lead, text, NULL), SHOWN) : NULL;
}

static char *taken_by(const MgStepMovement *movement)
{
    const MgCopy *copy = movement->copy;
    if (movement->event != MG_EVENT_ACCEPTED || copy == NULL || copy->place != MG_PLACE_QUEUE)
        return NULL;
    return copy->name != NULL ? mg_shorten(g_strdup(copy->name), SHOWN)
                              : mg_address_string(&copy->host);
}

void mg_trail_step(MgTrail *trail, const MgStep *step, guint answer)
{
    const char *reply = answer < step->n_replies ? step->replies[answer].shown_first : NULL;
    for (guint i = 0; i < step->n_movements; i++) {
        const MgStepMovement *movement = &step->movements[i];
        GArray *rows = tells(movement) ? rows_of(trail, movement->message) : NULL;
        if (rows == NULL)
            continue;
        MgStepTrace *last = rows->len > 0 ? &g_array_index(rows, MgStepTrace, rows->len - 1) : NULL;
        /* More than one thing in one step: the last says where it is. */
        if (last != NULL && last->step == step->step) {
            g_free((char *)last->location);
            last->location = g_strdup(movement->label);
            if (last->taken_by == NULL)
                last->taken_by = taken_by(movement);
            continue;
        }
        if (rows->len >= MG_TRAIL_ROWS)
            continue;
        const gboolean spoke = step->kind != MG_STEP_CONNECTION;
        const MgStepTrace row = {
            .step = step->step,
            .protocol = step->protocol,
            .frame = step->reply_at.frame != 0 ? step->reply_at.frame : step->at.frame,
            .action = shown(spoke ? "C: " : "", step->line),
            .result = shown("S: ", reply),
            .location = g_strdup(movement->label),
            .taken_by = taken_by(movement),
        };
        g_array_append_val(rows, row);
    }
}

static gint by_step(gconstpointer a, gconstpointer b)
{
    const MgStepTrace *one = a, *other = b;
    return (one->step > other->step) - (one->step < other->step);
}

void mg_trail_join(MgTrail *trail, const MgLedger *ledger)
{
    g_autoptr(GList) numbers = g_hash_table_get_keys(trail->rows);
    for (const GList *link = numbers; link != NULL; link = link->next) {
        const guint number = GPOINTER_TO_UINT(link->data);
        const guint stays = mg_message_stays(ledger, number);
        GArray *from = g_hash_table_lookup(trail->rows, link->data);
        GArray *into = stays != number ? rows_of(trail, stays) : NULL;
        if (into == NULL)
            continue;
        for (guint i = 0; i < from->len; i++) {
            const MgStepTrace *row = &g_array_index(from, MgStepTrace, i);
            gboolean known = FALSE;
            for (guint k = 0; k < into->len; k++)
                known = known || g_array_index(into, MgStepTrace, k).step == row->step;
            if (known || into->len >= 2 * MG_TRAIL_ROWS)
                continue;
            MgStepTrace copy = *row;
            copy.action = g_strdup(row->action);
            copy.result = g_strdup(row->result);
            copy.location = g_strdup(row->location);
            copy.taken_by = g_strdup(row->taken_by);
            g_array_append_val(into, copy);
        }
        g_array_sort(into, by_step);
    }
}

const MgStepTrace *mg_trail_of(const MgTrail *trail, guint message, guint *ret_n)
{
    const GArray *rows = g_hash_table_lookup(trail->rows, GUINT_TO_POINTER(message));
    *ret_n = rows != NULL ? rows->len : 0;
    return rows != NULL ? &g_array_index(rows, MgStepTrace, 0) : NULL;
}
