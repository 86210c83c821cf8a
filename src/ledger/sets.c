/* Sequence sets (RFC 9051 section 9, sequence-set). */
#include "ledger.h"

static gboolean read_number(const char **at, guint32 top, guint32 *ret_value)
{
    if (**at == '*') {
        (*at)++;
        *ret_value = top;
        return TRUE;
    }
    if (!g_ascii_isdigit(**at))
        return FALSE;
    guint64 value = 0;
    while (g_ascii_isdigit(**at)) {
        value = value * 10 + (guint64)(**at - '0');
        if (value > G_MAXUINT32)
            return FALSE;
        (*at)++;
    }
    *ret_value = (guint32)value;
    return TRUE;
}

GArray *mg_set_parse(const char *set, guint32 top)
{
    if (set == NULL)
        return NULL;
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    const char *at = set;
    while (*at != '\0') {
        guint32 a, b;
        gboolean star = *at == '*';
        if (!read_number(&at, top, &a))
            return NULL;
        b = a;
        if (*at == ':') {
            at++;
            star = star || *at == '*';
            if (!read_number(&at, top, &b))
                return NULL;
        }
        /* RFC 9051: 2:4 and 4:2 are the same; so 559:* names the last one, even when 559 is
         * larger. */
        Range range = {MIN(a, b), MAX(a, b)};
        if (!(star && top == 0))
            g_array_append_val(ranges, range);
        if (*at == ',')
            at++;
        else if (*at != '\0')
            return NULL;
    }
    return g_steal_pointer(&ranges);
}

guint64 mg_set_count(const GArray *ranges)
{
    guint64 count = 0;
    for (guint i = 0; ranges != NULL && i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        count += (guint64)range->last - range->first + 1;
    }
    return count;
}

static gint by_first(gconstpointer a, gconstpointer b)
{
    const Range *one = a, *other = b;
    return (one->first > other->first) - (one->first < other->first);
}

void mg_set_sort(GArray *ranges)
{
    g_array_sort(ranges, by_first);
    guint kept = 0;
    for (guint i = 0; i < ranges->len; i++) {
        Range range = g_array_index(ranges, Range, i);
        Range *last = kept > 0 ? &g_array_index(ranges, Range, kept - 1) : NULL;
        if (last != NULL && range.first <= last->last)
            last->last = MAX(last->last, range.last);
        else
            g_array_index(ranges, Range, kept++) = range;
    }
    g_array_set_size(ranges, kept);
}

guint32 mg_set_only(const GArray *ranges)
{
    if (ranges == NULL || ranges->len != 1)
        return 0;
    const Range *range = &g_array_index(ranges, Range, 0);
    return range->first == range->last ? range->first : 0;
}

gboolean mg_set_contains(const GArray *sorted, guint32 value)
{
    guint low = 0, high = sorted != NULL ? sorted->len : 0;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Range *range = &g_array_index(sorted, Range, middle);
        if (value < range->first)
            high = middle;
        else if (value > range->last)
            low = middle + 1;
        else
            return TRUE;
    }
    return FALSE;
}
