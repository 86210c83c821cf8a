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

gboolean mg_set_contains(const GArray *ranges, guint32 value)
{
    for (guint i = 0; ranges != NULL && i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        if (value >= range->first && value <= range->last)
            return TRUE;
    }
    return FALSE;
}
