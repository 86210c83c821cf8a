/* The octets of one direction that are in order. */
#include "tcp/window.h"

#include <string.h>

enum {
    /* The first allocation: most mail connections say little. */
    SMALLEST = 512,
    SMALLEST_PLACES = 8,
    /* An empty window that is larger than this gives its storage back. */
    LARGE = 256 * 1024,
};

void mg_window_clear(MgWindow *window)
{
    g_clear_pointer(&window->data, g_free);
    g_clear_pointer(&window->places, g_free);
    g_clear_pointer(&window->acks, g_free);
    window->low = window->taken = window->offered = window->high;
    window->size = window->begin = 0;
    window->n_places = window->places_size = 0;
    window->first_waiting = window->first_new = 0;
}

gsize mg_window_cost(const MgWindow *window)
{
    return window->size + window->places_size * (sizeof *window->places + sizeof *window->acks);
}

/* The last piece that begins at or before `offset`. */
static guint find_piece(const MgWindow *window, guint64 offset)
{
    guint low = 0, high = window->n_places;
    while (low + 1 < high) {
        guint middle = low + (high - low) / 2;
        if (window->places[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Forget what lies below `offset`, which is at most `taken`. */
static void drop_below(MgWindow *window, guint64 offset)
{
    if (offset <= window->low)
        return;
    window->begin += (gsize)(offset - window->low);
    window->low = offset;
}

static void drop_pieces(MgWindow *window)
{
    guint gone = window->low == window->high ? window->n_places : find_piece(window, window->low);
    if (gone == 0)
        return;
    guint left = window->n_places - gone;
    memmove(window->places, window->places + gone, left * sizeof *window->places);
    memmove(window->acks, window->acks + gone, left * sizeof *window->acks);
    window->n_places = left;
    window->first_waiting -= gone;
    window->first_new -= gone;
}

static void make_room(MgWindow *window, gsize len, gsize memory)
{
    if (window->begin + (gsize)(window->high - window->low) + len <= window->size)
        return;
    drop_below(window, window->taken - MIN(window->taken - window->low, memory));

    gsize used = (gsize)(window->high - window->low);
    /* Sliding costs `used`; it is only done when at least as much becomes free. */
    gsize wanted = MAX(SMALLEST, used + MAX(used, len));
    if (window->size >= wanted && window->size < MAX(LARGE, wanted * 8)) {
        memmove(window->data, window->data + window->begin, used);
    } else {
        gsize size = SMALLEST;
        while (size < wanted)
            size *= 2;
        guint8 *data = g_malloc(size);
        if (used > 0)
            memcpy(data, window->data + window->begin, used);
        g_free(window->data);
        window->data = data;
        window->size = size;
    }
    window->begin = 0;
}

static void make_place(MgWindow *window)
{
    if (window->n_places < window->places_size)
        return;
    guint before = window->n_places;
    drop_pieces(window);
    if (window->n_places <= before / 2 && window->places_size > 0)
        return;
    window->places_size = MAX(SMALLEST_PLACES, window->places_size * 2);
    window->places = g_renew(MgPlacement, window->places, window->places_size);
    window->acks = g_renew(MgPieceAck, window->acks, window->places_size);
}

void mg_window_append(MgWindow *window, const guint8 *data, gsize len, const MgPlacement *place,
                      MgPieceAck ack, gsize memory)
{
    if (len == 0)
        return;
    make_room(window, len, memory);
    memcpy(window->data + window->begin + (gsize)(window->high - window->low), data, len);
    make_place(window);
    window->places[window->n_places] = *place;
    window->acks[window->n_places] = ack;
    window->n_places++;
    window->high += len;
}

/* The piece that holds `offset`, looked for from `piece` on. */
static guint walk(const MgWindow *window, guint piece, guint64 offset)
{
    if (offset == window->high)
        return window->n_places;
    while (piece + 1 < window->n_places && window->places[piece + 1].offset <= offset)
        piece++;
    return piece;
}

void mg_window_take(MgWindow *window, guint64 offset)
{
    window->taken = offset;
    window->first_waiting = walk(window, window->first_waiting, offset);
    if (window->offered < offset)
        mg_window_set_offered(window, offset);
}

void mg_window_set_offered(MgWindow *window, guint64 offset)
{
    window->offered = offset;
    window->first_new = walk(window, window->first_new, offset);
}

void mg_window_skip(MgWindow *window, guint64 offset)
{
    window->low = window->taken = window->offered = window->high = offset;
    window->begin = 0;
    window->n_places = window->first_waiting = window->first_new = 0;
}

void mg_window_forget(MgWindow *window)
{
    if (window->taken == window->high)
        mg_window_clear(window);
    else
        drop_below(window, window->taken);
}

const guint8 *mg_window_at(const MgWindow *window, guint64 offset)
{
    return window->data + window->begin + (gsize)(offset - window->low);
}

MgStamp mg_window_stamp(const MgWindow *window, guint64 offset)
{
    if (offset < window->low || offset >= window->high)
        return (MgStamp){0};
    return window->places[find_piece(window, offset)].at;
}
