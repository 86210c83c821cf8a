/* See numbers.h. */
#include "annotate/numbers.h"

/* Frames whose count is summed up, to find a number without counting all before it. */
#define STRIDE 4096

typedef struct {
    GByteArray *bits;
    guint64 highest, count;
    GArray *sums;   /* guint64: frames before each stride */
    guint64 before; /* frames of the captures before this one */
} Numbered;

struct MgNumbers {
    GPtrArray *captures; /* Numbered*, from capture 1 */
};

static void numbered_free(gpointer data)
{
    Numbered *numbered = data;
    g_byte_array_unref(numbered->bits);
    g_array_unref(numbered->sums);
    g_free(numbered);
}

MgNumbers *mg_numbers_new(void)
{
    MgNumbers *numbers = g_new0(MgNumbers, 1);
    numbers->captures = g_ptr_array_new_with_free_func(numbered_free);
    return numbers;
}

void mg_numbers_free(MgNumbers *numbers)
{
    if (numbers == NULL)
        return;
    g_ptr_array_unref(numbers->captures);
    g_free(numbers);
}

static const Numbered *find(const MgNumbers *numbers, guint16 capture)
{
    return capture > 0 && capture <= numbers->captures->len
               ? g_ptr_array_index(numbers->captures, capture - 1)
               : NULL;
}

static gboolean bit(const Numbered *numbered, guint64 frame)
{
    return frame <= numbered->highest && numbered->bits->data[frame / 8] >> frame % 8 & 1;
}

void mg_numbers_add(MgNumbers *numbers, guint16 capture, guint64 frame)
{
    while (numbers->captures->len < capture) {
        Numbered *new = g_new0(Numbered, 1);
        new->bits = g_byte_array_new();
        new->sums = g_array_new(FALSE, FALSE, sizeof(guint64));
        g_ptr_array_add(numbers->captures, new);
    }
    Numbered *numbered = g_ptr_array_index(numbers->captures, capture - 1);
    while (numbered->bits->len <= frame / 8) {
        static const guint8 zeros[STRIDE / 8] = {0};
        g_byte_array_append(numbered->bits, zeros, sizeof zeros);
    }
    numbered->highest = MAX(numbered->highest, frame);
    if (bit(numbered, frame))
        return;
    numbered->bits->data[frame / 8] |= (guint8)(1u << frame % 8);
    numbered->count++;
}

gboolean mg_numbers_has(const MgNumbers *numbers, guint16 capture, guint64 frame)
{
    const Numbered *numbered = find(numbers, capture);
    return numbered != NULL && bit(numbered, frame);
}

gboolean mg_numbers_has_gaps(const MgNumbers *numbers, guint16 capture)
{
    const Numbered *numbered = find(numbers, capture);
    return numbered != NULL && numbered->count < numbered->highest;
}

void mg_numbers_settle(MgNumbers *numbers)
{
    guint64 before = 0;
    for (guint i = 0; i < numbers->captures->len; i++) {
        Numbered *numbered = g_ptr_array_index(numbers->captures, i);
        numbered->before = before;
        before += numbered->count;
        guint64 sum = 0;
        g_array_set_size(numbered->sums, 0);
        for (guint64 frame = 0; frame <= numbered->highest; frame++) {
            if (frame % STRIDE == 0)
                g_array_append_val(numbered->sums, sum);
            sum += bit(numbered, frame);
        }
    }
}

guint64 mg_numbers_get(const MgNumbers *numbers, guint16 capture, guint64 frame)
{
    const Numbered *numbered = find(numbers, capture);
    if (numbered == NULL || !bit(numbered, frame) || frame / STRIDE >= numbered->sums->len)
        return 0;
    guint64 number = numbered->before + g_array_index(numbered->sums, guint64, frame / STRIDE);
    for (guint64 at = frame / STRIDE * STRIDE; at <= frame; at++)
        number += bit(numbered, at);
    return number;
}
