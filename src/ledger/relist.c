/* POP3 without unique-ids: what a QUIT without a good answer did shows in the counts and sizes
 * that the next session is told (location-rules.md section 6, P13).
 *
 * New mail comes at the end; so the sizes of the old maildrop, with or without the marked ones,
 * are the beginning of the new list.  Where both would fit, nothing is concluded.
 */
#include "ledger.h"

/* Longer maildrops are left in doubt. */
enum { NUMBERS = 10000 };

struct Relist {
    GArray *sizes;      /* guint64 of each number */
    GPtrArray *entries; /* Entry* where the QUIT is in doubt, else NULL */
    guint view;
};

void mg_relist_free(Relist *relist)
{
    g_array_unref(relist->sizes);
    g_ptr_array_unref(relist->entries);
    g_free(relist);
}

static void unref_entry(gpointer entry)
{
    if (entry != NULL)
        mg_entry_unref(entry);
}

void mg_relist_remember(Act *act)
{
    const View *view = act->session->view;
    if (view == NULL || mg_view_count(view) > NUMBERS)
        return;
    Folder *folder = mg_view_folder(view);
    g_clear_pointer(&folder->relist, mg_relist_free);
    Relist *relist = g_new0(Relist, 1);
    relist->sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
    relist->entries = g_ptr_array_new_with_free_func(unref_entry);
    relist->view = mg_view_id(view);
    gboolean all = TRUE;
    for (guint number = 1; number <= mg_view_count(view); number++) {
        Entry *entry = mg_view_get(view, number);
        guint64 size = entry != NULL ? entry->size : 0;
        const Copy *copy = entry != NULL ? mg_entry_copy(entry) : NULL;
        gboolean doubt = copy != NULL && copy->pub.doubt != 0;
        all = all && size != 0;
        g_array_append_val(relist->sizes, size);
        g_ptr_array_add(relist->entries, doubt ? mg_entry_ref(entry) : NULL);
    }
    if (all)
        folder->relist = relist;
    else
        mg_relist_free(relist);
}

/* Do the sizes of the new maildrop begin with those of the old one? */
static gboolean begins_with(const View *view, const Relist *relist, gboolean removed)
{
    guint number = 0;
    for (guint i = 0; i < relist->sizes->len; i++) {
        if (removed && relist->entries->pdata[i] != NULL)
            continue;
        const Entry *entry = mg_view_get(view, ++number);
        if (entry == NULL || entry->size != g_array_index(relist->sizes, guint64, i))
            return FALSE;
    }
    return TRUE;
}

static gboolean counts_are(const Relist *relist, gboolean removed, guint64 count, guint64 octets)
{
    guint64 numbers = 0, sum = 0;
    for (guint i = 0; i < relist->sizes->len; i++) {
        if (removed && relist->entries->pdata[i] != NULL)
            continue;
        numbers++;
        sum += g_array_index(relist->sizes, guint64, i);
    }
    return numbers == count && sum == octets;
}

void mg_maildrop_lacks(Act *act, Entry *entry)
{
    const Copy *copy = mg_entry_copy(entry);
    const gboolean doubt = copy != NULL && copy->pub.doubt != 0;
    const guint64 cause = doubt ? copy->pub.proof_step : 0;
    const guint session = doubt ? copy->session : 0;
    const GPtrArray *movements = act->step->movements;
    const guint before = movements->len;
    mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
    if (doubt && movements->len > before)
        mg_movement_cause(movements->pdata[movements->len - 1], cause, session);
}

void mg_relist_compare(Act *act, guint64 count, guint64 octets)
{
    const View *view = act->session->view;
    Folder *folder = view != NULL ? mg_view_folder(view) : NULL;
    if (folder == NULL || folder->relist == NULL || folder->relist->view == mg_view_id(view))
        return;
    gboolean by_counts = count != G_MAXUINT64;
    Relist *relist = folder->relist;
    gboolean stays =
        by_counts ? counts_are(relist, FALSE, count, octets) : begins_with(view, relist, FALSE);
    gboolean went =
        by_counts ? counts_are(relist, TRUE, count, octets) : begins_with(view, relist, TRUE);
    if (stays == went)
        return;
    folder->relist = NULL;
    for (guint i = 0; i < relist->entries->len; i++) {
        Entry *entry = relist->entries->pdata[i];
        if (entry != NULL && went)
            mg_maildrop_lacks(act, entry);
        else if (entry != NULL)
            mg_act_alive(act, entry, mg_view_since(view));
    }
    mg_relist_free(relist);
}
