/* See handles.h.  Open addressing in many small tables, so that growing one of them needs
 * little memory beside it. */
#include "handles.h"

#include <string.h>

enum {
    TABLES = 256,
    FIRST = 8,
};

typedef struct {
    guint32 low, high; /* the hash */
    guint32 number;    /* 0 = free */
} Slot;

typedef struct {
    Slot *slots;
    guint32 size, used;
} Table;

struct Handles {
    Table tables[TABLES];
    gsize octets;
};

Handles *mg_handles_new(void)
{
    return g_new0(Handles, 1);
}

void mg_handles_free(Handles *handles)
{
    if (handles == NULL)
        return;
    for (guint i = 0; i < TABLES; i++)
        g_free(handles->tables[i].slots);
    g_free(handles);
}

static guint64 mix(guint64 hash)
{
    hash ^= hash >> 33;
    hash *= G_GUINT64_CONSTANT(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= G_GUINT64_CONSTANT(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 33);
}

guint64 mg_handles_hash(guint kind, guint64 more, const char *text)
{
    guint64 hash = mix(kind + 1) ^ mix(more + G_GUINT64_CONSTANT(0x9e3779b97f4a7c15));
    for (const guint8 *at = (const guint8 *)text; at != NULL && *at != 0; at++)
        hash = (hash ^ *at) * G_GUINT64_CONSTANT(0x100000001b3);
    return mix(hash);
}

static gboolean is(const Slot *slot, guint64 hash)
{
    return slot->low == (guint32)hash && slot->high == (guint32)(hash >> 32);
}

static guint32 start_of(const Table *table, guint64 hash)
{
    return (guint32)(((hash & 0xffffffff) * table->size) >> 32);
}

static void place(Table *table, Slot slot)
{
    guint64 hash = (guint64)slot.high << 32 | slot.low;
    guint32 at = start_of(table, hash);
    while (table->slots[at].number != 0)
        at = at + 1 == table->size ? 0 : at + 1;
    table->slots[at] = slot;
}

/* The same slots in a table of another size; those up to `forget` go. */
static void rebuild(Handles *handles, Table *table, guint32 size, guint forget)
{
    Table fresh = {.slots = g_new0(Slot, size), .size = size};
    for (guint32 i = 0; i < table->size; i++) {
        if (table->slots[i].number == 0 || table->slots[i].number <= forget)
            continue;
        place(&fresh, table->slots[i]);
        fresh.used++;
    }
    handles->octets += ((gsize)size - table->size) * sizeof(Slot);
    g_free(table->slots);
    *table = fresh;
}

gboolean mg_handles_add(Handles *handles, guint64 hash, guint number)
{
    Table *table = &handles->tables[hash >> 56];
    if (table->used + 1 > table->size - table->size / 5 || table->size == 0)
        rebuild(handles, table, MAX((guint32)FIRST, table->size + table->size / 3), 0);
    Slot *oldest = NULL;
    guint alike = 0;
    guint32 at = start_of(table, hash);
    for (; table->slots[at].number != 0; at = at + 1 == table->size ? 0 : at + 1) {
        Slot *slot = &table->slots[at];
        if (!is(slot, hash))
            continue;
        if (slot->number == number)
            return FALSE;
        if (oldest == NULL || slot->number < oldest->number)
            oldest = slot;
        alike++;
    }
    if (alike >= MG_HANDLES_ALIKE) {
        oldest->number = MAX(number, oldest->number);
        return TRUE;
    }
    table->slots[at] = (Slot){(guint32)hash, (guint32)(hash >> 32), number};
    table->used++;
    return TRUE;
}

guint mg_handles_find(const Handles *handles, guint64 hash, guint *ret_numbers)
{
    const Table *table = &handles->tables[hash >> 56];
    guint n = 0;
    if (table->size == 0)
        return 0;
    for (guint32 at = start_of(table, hash); table->slots[at].number != 0;
         at = at + 1 == table->size ? 0 : at + 1) {
        const Slot *slot = &table->slots[at];
        if (!is(slot, hash) || n >= MG_HANDLES_ALIKE)
            continue;
        guint i = n++;
        for (; i > 0 && ret_numbers[i - 1] > slot->number; i--)
            ret_numbers[i] = ret_numbers[i - 1];
        ret_numbers[i] = slot->number;
    }
    return n;
}

gsize mg_handles_octets(const Handles *handles)
{
    return handles->octets;
}

void mg_handles_forget(Handles *handles, guint number)
{
    for (guint i = 0; i < TABLES; i++) {
        Table *table = &handles->tables[i];
        guint32 kept = 0;
        for (guint32 k = 0; k < table->size; k++)
            kept += table->slots[k].number > number;
        if (table->size > 0)
            rebuild(handles, table, MAX((guint32)FIRST, kept + kept / 2), number);
    }
}
