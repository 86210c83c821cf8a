/* See shelf.h. */
#include "shelf.h"

#include "mg-base.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    /* Lengths are rounded up to steps of an eighth of their power of two, so that a place is at
     * most an eighth too long and fits many records. */
    STEPS = 8,
    CLASSES = 32 * STEPS,
    SMALLEST = 64,
    /* Free places remembered for each length; more of them are room lost on the disk. */
    FREE = 4096,
    /* What may go wrong while nothing is on the disk is tried again this often. */
    FAILURES = 3,
};

/* Where a record lies.  len 0: nowhere. */
typedef struct {
    guint64 offset;
    guint32 len;
    guint32 class;
} Place;

struct Shelf {
    int records, places; /* -1 = not made yet */
    guint64 end;
    guint failures;
    GArray *unused[CLASSES]; /* guint64: offsets; NULL = none */
};

Shelf *mg_shelf_new(void)
{
    Shelf *shelf = g_new0(Shelf, 1);
    shelf->records = shelf->places = -1;
    return shelf;
}

void mg_shelf_free(Shelf *shelf)
{
    if (shelf == NULL)
        return;
    if (shelf->records >= 0)
        close(shelf->records);
    if (shelf->places >= 0)
        close(shelf->places);
    for (guint i = 0; i < CLASSES; i++)
        g_clear_pointer(&shelf->unused[i], g_array_unref);
    g_free(shelf);
}

static gboolean is_open(Shelf *shelf)
{
    if (shelf->failures >= FAILURES)
        return FALSE;
    if (shelf->records < 0)
        shelf->records = mg_unnamed_file(NULL);
    if (shelf->places < 0)
        shelf->places = mg_unnamed_file(NULL);
    if (shelf->records >= 0 && shelf->places >= 0)
        return TRUE;
    shelf->failures++;
    return FALSE;
}

static gboolean write_at(int fd, const void *data, gsize len, guint64 offset)
{
    for (gsize done = 0; done < len;) {
        gssize n = pwrite(fd, (const guint8 *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno != EINTR)
            return FALSE;
        done += n > 0 ? (gsize)n : 0;
    }
    return TRUE;
}

static gboolean read_at(int fd, void *data, gsize len, guint64 offset)
{
    for (gsize done = 0; done < len;) {
        gssize n = pread(fd, (guint8 *)data + done, len - done, (off_t)(offset + done));
        if (n == 0 || (n < 0 && errno != EINTR))
            return FALSE;
        done += n > 0 ? (gsize)n : 0;
    }
    return TRUE;
}

static guint class_of(guint len)
{
    len = MAX(len, (guint)SMALLEST);
    guint power = g_bit_storage(len) - 1, base = 1u << power, step = MAX(base / STEPS, 1u);
    guint above = (len - base + step - 1) / step; /* 0 to STEPS */
    return MIN(power * STEPS + above, (guint)CLASSES - 1);
}

static guint64 class_len(guint class)
{
    guint64 base = G_GUINT64_CONSTANT(1) << (class / STEPS);
    return base + base / STEPS * (class % STEPS);
}

static Place place_of(Shelf *shelf, guint number)
{
    Place place = {0};
    if (shelf->places < 0 ||
        !read_at(shelf->places, &place, sizeof place, (guint64)number * sizeof place))
        return (Place){0};
    return place;
}

static void give_back(Shelf *shelf, const Place *place)
{
    if (place->len == 0 || place->class >= CLASSES)
        return;
    GArray **unused = &shelf->unused[place->class];
    if (*unused == NULL)
        *unused = g_array_new(FALSE, FALSE, sizeof(guint64));
    if ((*unused)->len < FREE)
        g_array_append_val(*unused, place->offset);
}

gboolean mg_shelf_put(Shelf *shelf, guint number, const guint8 *data, guint len)
{
    if (len == 0 || !is_open(shelf))
        return FALSE;
    const Place old = place_of(shelf, number);
    Place place = {.len = len, .class = class_of(len)};
    GArray *unused = shelf->unused[place.class];
    gboolean stays = old.len != 0 && old.class == place.class;
    gboolean taken = !stays && unused != NULL && unused->len > 0;
    place.offset = stays   ? old.offset
                   : taken ? g_array_index(unused, guint64, unused->len - 1)
                           : shelf->end;
    if (!write_at(shelf->records, data, len, place.offset) ||
        !write_at(shelf->places, &place, sizeof place, (guint64)number * sizeof place)) {
        shelf->failures++;
        return FALSE;
    }
    if (taken)
        g_array_set_size(unused, unused->len - 1);
    else if (!stays)
        shelf->end += class_len(place.class);
    if (!stays)
        give_back(shelf, &old);
    return TRUE;
}

gboolean mg_shelf_get(Shelf *shelf, guint number, GByteArray *into)
{
    const Place place = place_of(shelf, number);
    if (place.len == 0)
        return FALSE;
    g_byte_array_set_size(into, place.len);
    return read_at(shelf->records, into->data, place.len, place.offset);
}
