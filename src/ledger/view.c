/* The numbering of one session: message number to entry (location-rules.md section 7.3).
 *
 * A vector in blocks.  A run of numbers of which nothing is known is one block without items,
 * so a folder of a million costs nothing until it is listed, and taking out a number moves at
 * most one block's items.  UIDs rise with the numbers, so a block that remembers its lowest and
 * highest UID can be passed over.
 */
#include "ledger.h"

#include <string.h>

enum {
    BLOCK = 512,
    /* Entries and blocks looked at for a neighbour whose UID is known. */
    NEIGHBOURS = 4 * BLOCK,
    /* UIDs that vanished, of which the numbers were not known: more of them, and the numbering
     * is only a count from there on. */
    PLACES = 64,
};

typedef struct {
    guint count;
    guint32 low, high; /* all known UIDs in it are between; 0, 0 = none was entered */
    Entry **items;     /* room for BLOCK; NULL = all unknown, any count */
} Block;

struct View {
    Folder *folder;
    guint id;
    MgTime since;
    GArray *blocks;
    guint count;
    guint known; /* numbers whose UID is known */
    guint epoch; /* of the folder's UIDs, when they were counted */
    guint32 uidnext;
    guint below; /* so many numbers have UIDs below uidnext */
    gboolean counted;
    gboolean vague; /* lines were missed: numbers above `sure` are a guess */
    guint sure;
    /* Where the last look-up ended: listings go upwards. */
    guint at_block, at_base;
};

static Block *block_at(const View *view, guint i)
{
    return &g_array_index(view->blocks, Block, i);
}

static void forget_place(View *view)
{
    view->at_block = view->at_base = 0;
}

View *mg_view_new(Folder *folder, guint id, MgTime since)
{
    View *view = g_new0(View, 1);
    view->folder = folder;
    view->id = id;
    view->since = since;
    view->epoch = folder->epoch;
    folder->viewers++;
    view->blocks = g_array_new(FALSE, TRUE, sizeof(Block));
    return view;
}

guint mg_view_id(const View *view)
{
    return view->id;
}

MgTime mg_view_since(const View *view)
{
    return view->since;
}

/* The numbering lets it go. */
static void release(Entry *entry)
{
    gboolean last = entry->refs == 1;
    if (!last && entry->away != 0)
        mg_away_homeless(entry);
    mg_entry_unref(entry);
    if (!last)
        mg_entry_prune(entry);
}

static void block_clear(Block *block)
{
    for (guint i = 0; block->items != NULL && i < block->count; i++)
        if (block->items[i] != NULL)
            release(block->items[i]);
    g_free(block->items);
}

void mg_view_free(View *view)
{
    if (view == NULL)
        return;
    mg_view_clear(view, 0);
    g_array_unref(view->blocks);
    mg_folder_release(view->folder);
    g_free(view);
}

Folder *mg_view_folder(const View *view)
{
    return view->folder;
}

guint mg_view_count(const View *view)
{
    return view->count;
}

void mg_view_grow(View *view, guint count)
{
    count = MIN(count, (guint)MG_LIMIT_MIRROR);
    if (count <= view->count)
        return;
    guint more = count - view->count;
    view->count = count;
    if (view->blocks->len > 0) {
        Block *last = block_at(view, view->blocks->len - 1);
        guint room = last->items != NULL ? MIN(more, BLOCK - last->count) : more;
        last->count += room;
        more -= room;
    }
    if (more > 0) {
        Block block = {.count = more};
        g_array_append_val(view->blocks, block);
    }
}

void mg_view_clear(View *view, guint count)
{
    for (guint i = 0; i < view->blocks->len; i++)
        block_clear(block_at(view, i));
    g_array_set_size(view->blocks, 0);
    view->count = view->known = 0;
    view->uidnext = view->below = 0;
    view->vague = FALSE;
    forget_place(view);
    mg_view_grow(view, count);
}

void mg_view_set_counted(View *view)
{
    view->counted = TRUE;
}

gboolean mg_view_counted(const View *view)
{
    return view->counted;
}

void mg_view_doubt(View *view, guint id)
{
    view->id = id;
    view->vague = TRUE;
    view->counted = FALSE;
    view->sure = view->uidnext = view->below = 0;
}

gboolean mg_view_sure(const View *view, guint number)
{
    if (!view->vague || number <= view->sure)
        return TRUE;
    const Entry *entry = mg_view_get(view, number);
    return entry != NULL && entry->view == view->id;
}

gboolean mg_view_all_sure(const View *view)
{
    return !view->vague || view->sure >= view->count;
}

void mg_view_confirm(View *view, guint number)
{
    view->sure = MAX(view->sure, MIN(number, view->count));
}

void mg_view_set_uidnext(View *view, guint32 uidnext)
{
    view->uidnext = uidnext;
    view->below = view->count;
}

guint32 mg_view_uidnext(const View *view)
{
    return view->uidnext;
}

guint mg_view_below(const View *view)
{
    return view->below;
}

/* The block that has `number`, and how many numbers are before it. */
static guint locate(const View *view, guint number, guint *ret_base)
{
    guint i = 0, base = 0;
    if (view->at_base < number) {
        i = view->at_block;
        base = view->at_base;
    }
    while (i < view->blocks->len && base + block_at(view, i)->count < number)
        base += block_at(view, i++)->count;
    ((View *)view)->at_block = i;
    ((View *)view)->at_base = base;
    *ret_base = base;
    return i;
}

Entry *mg_view_get(const View *view, guint number)
{
    if (number == 0 || number > view->count)
        return NULL;
    guint base, i = locate(view, number, &base);
    const Block *block = block_at(view, i);
    return block->items != NULL ? block->items[number - base - 1] : NULL;
}

/* Cut a piece of BLOCK numbers with room for items out of a run. */
static guint make_items(View *view, guint i, guint base, guint number, guint *ret_base)
{
    Block run = *block_at(view, i);
    guint before = (number - base - 1) / BLOCK * BLOCK;
    guint here = MIN((guint)BLOCK, run.count - before);
    guint after = run.count - before - here;
    Block piece = {.count = here, .items = g_new0(Entry *, BLOCK)};
    *block_at(view, i) = piece;
    if (after > 0) {
        Block rest = {.count = after};
        g_array_insert_val(view->blocks, i + 1, rest);
    }
    if (before > 0) {
        Block rest = {.count = before};
        g_array_insert_val(view->blocks, i, rest);
        i++;
    }
    forget_place(view);
    *ret_base = base + before;
    return i;
}

/* An entry leaves the numbering. */
static void uncount(View *view, const Entry *entry)
{
    if (entry != NULL && entry->uid != 0 && view->known > 0)
        view->known--;
}

void mg_view_set(View *view, guint number, Entry *entry)
{
    if (number == 0 || number > view->count)
        return;
    guint base, i = locate(view, number, &base);
    if (block_at(view, i)->items == NULL) {
        if (entry == NULL)
            return;
        i = make_items(view, i, base, number, &base);
    }
    Block *block = block_at(view, i);
    Entry **item = &block->items[number - base - 1];
    Entry *old = *item;
    *item = entry != NULL ? mg_entry_ref(entry) : NULL;
    uncount(view, old);
    if (old != NULL)
        mg_entry_unref(old);
    if (entry == NULL || entry->uid == 0)
        return;
    view->known++;
    block->low = block->low == 0 ? entry->uid : MIN(block->low, entry->uid);
    block->high = MAX(block->high, entry->uid);
}

static void remove_if_empty(View *view, guint i)
{
    Block *block = block_at(view, i);
    if (block->count > 0)
        return;
    g_free(block->items);
    g_array_remove_index(view->blocks, i);
}

Entry *mg_view_remove(View *view, guint number)
{
    if (number == 0 || number > view->count)
        return NULL;
    guint base, i = locate(view, number, &base);
    Block *block = block_at(view, i);
    Entry *entry = NULL;
    if (block->items != NULL) {
        guint at = number - base - 1;
        entry = block->items[at];
        memmove(block->items + at, block->items + at + 1,
                (block->count - at - 1) * sizeof *block->items);
        block->items[block->count - 1] = NULL;
        uncount(view, entry);
    }
    if (number <= view->below)
        view->below--;
    if (number <= view->sure)
        view->sure--;
    block->count--;
    view->count--;
    remove_if_empty(view, i);
    forget_place(view);
    return entry;
}

void mg_view_forget_guesses(View *view)
{
    if (!view->vague)
        return;
    guint base = 0;
    for (guint i = 0; i < view->blocks->len; base += block_at(view, i++)->count) {
        const Block *block = block_at(view, i);
        guint from = view->sure > base ? view->sure - base : 0;
        for (guint k = from; block->items != NULL && k < block->count; k++) {
            if (block->items[k] != NULL && block->items[k]->view == view->id)
                continue;
            Entry *entry = g_steal_pointer(&block->items[k]);
            uncount(view, entry);
            if (entry != NULL)
                mg_entry_unref(entry);
        }
    }
    view->vague = FALSE;
}

/* ---- UIDs ---- */

static guint32 uid_of(const Entry *entry)
{
    return entry != NULL ? entry->uid : 0;
}

/* The nearest number below (above) whose UID is known; 0 = none.  G_MAXUINT when the search
 * is given up: nobody may make us scan a long folder for each line. */
static guint neighbour(const View *view, guint number, gboolean above, guint32 *ret_uid)
{
    guint base, i = locate(view, number, &base), budget = NEIGHBOURS;
    guint k = number - base - 1; /* index in the block; below: one past the next to look at */
    for (;;) {
        const Block *block = block_at(view, i);
        gboolean items = block->items != NULL && block->high != 0;
        if (above) {
            for (k++; items && k < block->count; k++) {
                *ret_uid = uid_of(block->items[k]);
                if (*ret_uid != 0)
                    return base + k + 1;
                if (budget-- == 0)
                    return G_MAXUINT;
            }
            base += block->count;
            if (++i == view->blocks->len)
                return 0;
            k = G_MAXUINT; /* the next one begins at 0 */
        } else {
            for (; items && k > 0; k--) {
                *ret_uid = uid_of(block->items[k - 1]);
                if (*ret_uid != 0)
                    return base + k;
                if (budget-- == 0)
                    return G_MAXUINT;
            }
            if (i == 0)
                return 0;
            base -= block_at(view, --i)->count;
            k = block_at(view, i)->count;
        }
        if (budget-- == 0)
            return G_MAXUINT;
    }
}

/* UIDs rise strictly: between two known ones that are as far apart as their numbers, all are
 * known.  Below the first is 0. */
guint32 mg_view_infer_uid(const View *view, guint number)
{
    if (number == 0 || number > view->count || !mg_view_sure(view, number))
        return 0;
    guint32 uid = uid_of(mg_view_get(view, number));
    if (uid != 0)
        return uid;
    guint32 low_uid = 0, high_uid = 0;
    guint low = neighbour(view, number, FALSE, &low_uid);
    guint high = neighbour(view, number, TRUE, &high_uid);
    if (low == G_MAXUINT || high == G_MAXUINT)
        return 0;
    if (low == 0)
        low_uid = 0;
    /* UIDNEXT speaks of those that were there when it was told. */
    if (view->below >= number && (high == 0 || high > view->below)) {
        high = view->below + 1;
        high_uid = view->uidnext;
    }
    if (high == 0)
        return 0;
    if (high_uid > low_uid && high_uid - low_uid == high - low)
        return low_uid + (number - low);
    return 0;
}

gboolean mg_view_may_be(const View *view, guint number, guint32 uid)
{
    if (number == 0 || number > view->count || !mg_view_sure(view, number))
        return FALSE;
    guint32 known = uid_of(mg_view_get(view, number)), low_uid = 0, high_uid = 0;
    if (known != 0)
        return known == uid;
    guint low = neighbour(view, number, FALSE, &low_uid);
    guint high = neighbour(view, number, TRUE, &high_uid);
    return (low == 0 || low == G_MAXUINT || low_uid < uid) &&
           (high == 0 || high == G_MAXUINT || uid < high_uid);
}

guint mg_view_unknown(View *view)
{
    if (view->epoch != view->folder->epoch) {
        view->epoch = view->folder->epoch;
        view->known = 0;
        for (guint i = 0; i < view->blocks->len; i++) {
            Block *block = block_at(view, i);
            block->low = block->high = 0;
            for (guint k = 0; block->items != NULL && k < block->count; k++) {
                guint32 uid = uid_of(block->items[k]);
                if (uid == 0)
                    continue;
                view->known++;
                block->low = block->low == 0 ? uid : MIN(block->low, uid);
                block->high = MAX(block->high, uid);
            }
        }
    }
    return view->count - view->known;
}

/* Take the entries of the set out of one block.  Gives how many. */
static guint vanish_from(View *view, Block *block, const GArray *sorted, GHashTable *taken)
{
    guint kept = 0;
    for (guint k = 0; k < block->count; k++) {
        Entry *entry = block->items[k];
        guint32 uid = uid_of(entry);
        if (uid == 0 || !mg_set_contains(sorted, uid)) {
            block->items[kept++] = entry;
            continue;
        }
        if (g_hash_table_size(taken) < PLACES * 16)
            g_hash_table_add(taken, GUINT_TO_POINTER(uid));
        uncount(view, entry);
        mg_entry_unref(entry);
    }
    guint gone = block->count - kept;
    memset(block->items + kept, 0, gone * sizeof *block->items);
    block->count = kept;
    view->count -= gone;
    return gone;
}

static gboolean touches(const Block *block, const GArray *sorted)
{
    if (block->items == NULL || block->high == 0)
        return FALSE;
    guint low = 0, high = sorted->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(sorted, Range, middle).last < block->low)
            low = middle + 1;
        else
            high = middle;
    }
    return low < sorted->len && g_array_index(sorted, Range, low).first <= block->high;
}

/* Where in a block whose UIDs are all below a number without UID comes after them. */
static guint place_behind(const Block *block, guint base, guint place)
{
    for (guint k = block->count; k > 0; k--) {
        const Entry *entry = block->items[k - 1];
        if (entry == NULL)
            return base + k;
        if (entry->uid != 0)
            return 0;
    }
    return place;
}

/* As UIDs rise: a number without UID that lies where this UID belongs. */
static guint place_for(const View *view, guint32 uid)
{
    guint base = 0, place = 0;
    for (guint i = 0; i < view->blocks->len; base += block_at(view, i++)->count) {
        const Block *block = block_at(view, i);
        if (block->items == NULL)
            place = base + block->count;
        else if (block->high < uid)
            place = place_behind(block, base, place);
        for (guint k = 0; block->items != NULL && block->high >= uid && k < block->count; k++) {
            const Entry *entry = block->items[k];
            if (entry == NULL)
                place = base + k + 1;
            else if (entry->uid > uid)
                return place;
            else if (entry->uid != 0)
                place = 0;
        }
    }
    return place;
}

void mg_view_vanish(View *view, const GArray *sorted)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    guint64 unknown = mg_set_count(sorted);
    guint32 uidnext = view->uidnext;
    /* All that vanish from below UIDNEXT leave so many fewer below it. */
    guint below = view->below, count = view->count;
    gboolean only_below =
        sorted->len > 0 && g_array_index(sorted, Range, sorted->len - 1).last < uidnext;
    for (guint i = view->blocks->len; i > 0; i--) {
        if (!touches(block_at(view, i - 1), sorted))
            continue;
        guint gone = vanish_from(view, block_at(view, i - 1), sorted, taken);
        unknown -= MIN(unknown, (guint64)gone);
        remove_if_empty(view, i - 1);
    }
    forget_place(view);
    guint gone_now = count - view->count;
    view->sure -= MIN(view->sure, gone_now);
    view->below = only_below && below >= gone_now ? below - gone_now : 0;
    if (unknown == 0)
        return;
    if (unknown > PLACES || g_hash_table_size(taken) >= PLACES * 16) {
        mg_view_clear(view, view->count - (guint)MIN(unknown, (guint64)view->count));
        return;
    }
    for (guint i = 0; i < sorted->len; i++) {
        const Range *range = &g_array_index(sorted, Range, i);
        for (guint64 uid = range->first; uid <= range->last && unknown > 0; uid++) {
            if (g_hash_table_contains(taken, GUINT_TO_POINTER((guint)uid)))
                continue;
            guint place = place_for(view, (guint32)uid);
            unknown--;
            if (place != 0)
                mg_view_remove(view, place);
        }
    }
}
