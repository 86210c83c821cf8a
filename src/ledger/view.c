/* The numbering of one session: message number to entry (location-rules.md section 7.3).
 *
 * A vector in blocks.  A run of numbers of which nothing is known is one block without items,
 * so a folder of a million costs nothing until it is listed, and taking out a number moves at
 * most one block's items.
 */
#include "ledger.h"

#include <string.h>

enum { BLOCK = 512 };

typedef struct {
    guint count;
    guint uids;    /* items whose UID is known */
    Entry **items; /* room for BLOCK; NULL = all unknown, any count */
} Block;

struct View {
    Folder *folder;
    GArray *blocks;
    guint count;
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

View *mg_view_new(Folder *folder)
{
    View *view = g_new0(View, 1);
    view->folder = folder;
    folder->viewers++;
    view->blocks = g_array_new(FALSE, TRUE, sizeof(Block));
    return view;
}

static void block_clear(Block *block)
{
    for (guint i = 0; block->items != NULL && i < block->count; i++)
        if (block->items[i] != NULL)
            mg_entry_unref(block->items[i]);
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
        if (last->items != NULL) {
            guint room = MIN(more, BLOCK - last->count);
            last->count += room;
            more -= room;
        } else {
            last->count += more;
            more = 0;
        }
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
    view->count = 0;
    forget_place(view);
    mg_view_grow(view, count);
}

/* The block that has `number` and the numbers before it. */
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
    Entry **item = &block_at(view, i)->items[number - base - 1];
    Entry *old = *item;
    *item = entry != NULL ? mg_entry_ref(entry) : NULL;
    if (old != NULL)
        mg_entry_unref(old);
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
    }
    block->count--;
    view->count--;
    if (block->count == 0) {
        g_free(block->items);
        g_array_remove_index(view->blocks, i);
    }
    forget_place(view);
    return entry;
}

static guint32 uid_at(const View *view, guint number)
{
    const Entry *entry = mg_view_get(view, number);
    return entry != NULL ? entry->uid : 0;
}

/* The nearest number below (above) whose UID is known; 0 = none.  G_MAXUINT when the search
 * is given up: nobody may make us scan a long folder for each line. */
static guint neighbour(const View *view, guint number, gboolean above, guint32 *ret_uid)
{
    guint base, i = locate(view, number, &base), budget = 4 * BLOCK;
    guint from = number - base - 1;
    if (!above) {
        for (;; from = block_at(view, i)->count) {
            const Block *block = block_at(view, i);
            if (budget-- == 0)
                return G_MAXUINT;
            for (guint k = from; block->items != NULL && k > 0; k--)
                if (budget-- <= 1)
                    return G_MAXUINT;
                else if (block->items[k - 1] != NULL && block->items[k - 1]->uid != 0) {
                    *ret_uid = block->items[k - 1]->uid;
                    return base + k;
                }
            if (i == 0)
                return 0;
            base -= block_at(view, --i)->count;
        }
    }
    for (guint k = from + 1; i < view->blocks->len; k = 0) {
        const Block *block = block_at(view, i);
        if (budget-- == 0)
            return G_MAXUINT;
        for (; block->items != NULL && k < block->count; k++)
            if (budget-- <= 1)
                return G_MAXUINT;
            else if (block->items[k] != NULL && block->items[k]->uid != 0) {
                *ret_uid = block->items[k]->uid;
                return base + k + 1;
            }
        base += block->count;
        i++;
    }
    return 0;
}

/* UIDs rise strictly: between two known ones that are as far apart as their numbers, all are
 * known.  Below the first is 0; above the last is UIDNEXT. */
guint32 mg_view_infer_uid(const View *view, guint number, guint32 uidnext)
{
    if (number == 0 || number > view->count)
        return 0;
    guint32 uid = uid_at(view, number);
    if (uid != 0)
        return uid;
    guint32 low_uid = 0, high_uid = uidnext;
    guint low = neighbour(view, number, FALSE, &low_uid);
    guint high = neighbour(view, number, TRUE, &high_uid);
    if (low == G_MAXUINT || high == G_MAXUINT)
        return 0;
    if (high == 0)
        high = view->count + 1;
    if (high_uid > low_uid && high_uid - low_uid == high - low)
        return low_uid + (number - low);
    return 0;
}

guint mg_view_find_uid(const View *view, guint32 uid)
{
    guint base = 0;
    for (guint i = 0; i < view->blocks->len; i++) {
        const Block *block = block_at(view, i);
        for (guint k = 0; block->items != NULL && k < block->count; k++)
            if (block->items[k] != NULL && block->items[k]->uid == uid)
                return base + k + 1;
        base += block->count;
    }
    return 0;
}

guint mg_view_unknown(const View *view)
{
    guint unknown = 0;
    for (guint i = 0; i < view->blocks->len; i++) {
        const Block *block = block_at(view, i);
        if (block->items == NULL)
            unknown += block->count;
        for (guint k = 0; block->items != NULL && k < block->count; k++)
            unknown += block->items[k] == NULL || block->items[k]->uid == 0;
    }
    return unknown;
}

/* The first number whose UID is known to be above `uid`, less one: as UIDs rise, a number
 * without UID just below it may be the one. */
static guint unknown_place(const View *view, guint32 uid)
{
    guint base = 0, place = 0;
    for (guint i = 0; i < view->blocks->len; i++) {
        const Block *block = block_at(view, i);
        if (block->items == NULL)
            place = base + block->count;
        for (guint k = 0; block->items != NULL && k < block->count; k++) {
            const Entry *entry = block->items[k];
            if (entry == NULL)
                place = base + k + 1;
            else if (entry->uid > uid)
                return place;
            else if (entry->uid != 0)
                place = 0;
        }
        base += block->count;
    }
    return place;
}

void mg_view_vanish(View *view, const GArray *ranges, guint64 unknown)
{
    /* More than this many: the numbering is only a count from here on. */
    enum { PLACES = 64 };
    if (unknown == 0)
        return;
    if (unknown >= view->count) {
        mg_view_clear(view, 0);
        return;
    }
    if (unknown > PLACES || mg_set_count(ranges) > PLACES) {
        mg_view_clear(view, view->count - (guint)unknown);
        return;
    }
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        for (guint64 uid = range->first; uid <= range->last && unknown > 0; uid++) {
            const Entry *known = mg_entry_by_uid(view->folder, (guint32)uid, FALSE);
            if (known != NULL && (known->bits & ENTRY_GONE) && known->copy != NULL)
                continue;
            guint place = unknown_place(view, (guint32)uid);
            if (place == 0)
                continue;
            mg_view_remove(view, place);
            unknown--;
        }
    }
    if (unknown > 0)
        mg_view_clear(view, view->count - (guint)MIN(unknown, (guint64)view->count));
}
