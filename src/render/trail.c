#include "trail.h"

#include "words.h"

/* Changes of the place that are written out in one line. */
enum { TRACKED = 24 };

const char *const mg_trail_columns[MG_TRAIL_COLUMNS] = {"step", "action", "protocol", "result",
                                                        "email-location"};

char **mg_trail_cells(const MgStepTrace *row)
{
    char **cells = g_new0(char *, MG_TRAIL_COLUMNS + 1);
    const char *protocol = mg_protocol_word(row->protocol);
    cells[0] = g_strdup_printf("%" G_GUINT64_FORMAT, row->step);
    cells[1] = g_strdup(row->action != NULL ? row->action : "");
    cells[2] = g_ascii_strup(protocol != NULL ? protocol : "", -1);
    cells[3] = g_strdup(row->result != NULL ? row->result : "");
    cells[4] = g_strdup(row->location != NULL ? row->location : "");
    return cells;
}

gboolean mg_trail_wants_places(const MgRenderOptions *options)
{
    return options->where_only || options->detail == MG_DETAIL_DEEP;
}

gboolean mg_trail_wants_steps(const MgRenderOptions *options, const MgStepMessage *record)
{
    return !options->where_only && options->detail != MG_DETAIL_BRIEF && record->n_trail > 0;
}

char *mg_trail_place(const MgRenderOptions *options, const MgStepPlace *place)
{
    const gboolean how = options->detail == MG_DETAIL_DEEP && place->how != NULL;
    return mg_words(options->glossary, how ? "place-line-how" : "place-line", "place", place->place,
                    "state", place->state, "proof", place->proof, "how", how ? place->how : "",
                    NULL);
}

char *mg_trail_history(const MgRenderOptions *options, const MgHistory *entry)
{
    g_autofree char *where = mg_glossary_where(options->glossary, entry->where);
    if (g_strcmp0(entry->qualifier, "marked") != 0)
        return g_steal_pointer(&where);
    return g_strdup_printf("%s %s", where, mg_glossary_label(options->glossary, "tracker-marked"));
}

char *mg_trail_tracker(const MgRenderOptions *options, const MgMessage *message)
{
    const GPtrArray *history = message->history;
    if (history == NULL || history->len == 0)
        return NULL;
    GString *out = g_string_new(NULL);
    g_autofree char *before = NULL;
    for (guint i = 0; i < history->len; i++) {
        const MgHistory *entry = g_ptr_array_index(history, i);
        const gboolean last = i + 1 == history->len;
        if (i >= TRACKED && !last)
            continue;
        if (i >= TRACKED && history->len > TRACKED + 1)
            g_string_append(out, "; …");
        g_autofree char *where = mg_trail_history(options, entry);
        /* Another qualifier, which is not shown here. */
        if (!last && g_strcmp0(before, where) == 0)
            continue;
        g_free(before);
        before = g_strdup(where);
        g_autofree char *step = g_strdup_printf("%" G_GUINT64_FORMAT, entry->step);
        g_autofree char *when = mg_words(options->glossary,
                                         last     ? "final-step"
                                         : i == 0 ? "start"
                                                  : "after-step",
                                         "step", step, NULL);
        g_string_append_printf(out, "%s%s: %s", out->len > 0 ? "; " : "", when, where);
    }
    return g_string_free(out, FALSE);
}
