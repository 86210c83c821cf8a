#include "roll.h"

#include <string.h>

/* Messages that are kept one by one. */
enum { IN_MEMORY = 2000 };

typedef struct {
    gboolean counts;
    char *parts[MG_ROLL_PARTS];
} Item;

struct MgRoll {
    gboolean live;
    GTree *items;                   /* number → Item */
    guint last;                     /* highest number */
    guint count;                    /* of those that were spooled */
    MgSpool *spools[MG_ROLL_PARTS]; /* NULL = nothing was spooled */
};

static gint by_number(gconstpointer a, gconstpointer b, gpointer user)
{
    guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);
    return x < y ? -1 : x > y;
}

static void item_free(gpointer data)
{
    Item *item = data;
    for (guint i = 0; i < MG_ROLL_PARTS; i++)
        g_free(item->parts[i]);
    g_free(item);
}

MgRoll *mg_roll_new(const MgRenderOptions *options)
{
    MgRoll *roll = g_new0(MgRoll, 1);
    roll->live = options->flush;
    roll->items = g_tree_new_full(by_number, NULL, NULL, item_free);
    return roll;
}

void mg_roll_free(MgRoll *roll)
{
    for (guint i = 0; i < MG_ROLL_PARTS; i++)
        g_clear_pointer(&roll->spools[i], mg_spool_drop);
    g_tree_unref(roll->items);
    g_free(roll);
}

static gboolean spool_item(gpointer key, gpointer value, gpointer user)
{
    MgRoll *roll = user;
    const Item *item = value;
    roll->count += item->counts;
    for (guint i = 0; i < MG_ROLL_PARTS; i++) {
        if (item->parts[i] == NULL)
            continue;
        if (roll->spools[i] == NULL)
            roll->spools[i] = mg_spool_new();
        mg_spool_append(roll->spools[i], item->parts[i], strlen(item->parts[i]));
    }
    return FALSE;
}

void mg_roll_put(MgRoll *roll, guint number, gboolean counts, char *const parts[MG_ROLL_PARTS])
{
    /* What is spooled stays before what comes, and is not replaced. */
    if (!roll->live && number > roll->last && g_tree_nnodes(roll->items) >= IN_MEMORY) {
        g_tree_foreach(roll->items, spool_item, roll);
        g_tree_remove_all(roll->items);
    }
    Item *item = g_new0(Item, 1);
    item->counts = counts;
    for (guint i = 0; i < MG_ROLL_PARTS; i++)
        item->parts[i] = parts[i];
    g_tree_replace(roll->items, GUINT_TO_POINTER(number), item);
    roll->last = MAX(roll->last, number);
}

gboolean mg_roll_is_empty(const MgRoll *roll)
{
    return roll->last == 0;
}

static gboolean count_item(gpointer key, gpointer value, gpointer user)
{
    *(guint *)user += ((const Item *)value)->counts;
    return FALSE;
}

guint mg_roll_count(const MgRoll *roll)
{
    guint count = roll->count;
    g_tree_foreach(roll->items, count_item, &count);
    return count;
}

typedef struct {
    guint part;
    MgWriter *writer;
} Writing;

static gboolean write_item(gpointer key, gpointer value, gpointer user)
{
    const Writing *writing = user;
    const char *part = ((const Item *)value)->parts[writing->part];
    if (part != NULL)
        g_string_append(writing->writer->text, part);
    mg_writer_record(writing->writer);
    return FALSE;
}

void mg_roll_write(MgRoll *roll, guint part, MgWriter *writer)
{
    Writing writing = {part, writer};
    if (roll->spools[part] != NULL)
        mg_spool_write(g_steal_pointer(&roll->spools[part]), writer);
    g_tree_foreach(roll->items, write_item, &writing);
}
