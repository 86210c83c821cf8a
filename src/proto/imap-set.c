/* Sequence sets: made from the numbers of a SEARCH response, counted, indexed. */
#include "proto/imap-set.h"

#include <string.h>

MgImapSet *mg_imap_set_new(void)
{
    MgImapSet *set = g_new0(MgImapSet, 1);
    set->text = g_string_new(NULL);
    return set;
}

void mg_imap_set_free(MgImapSet *set)
{
    if (set == NULL)
        return;
    g_string_free(set->text, TRUE);
    g_free(set);
}

static void put_range(MgImapSet *set)
{
    if (set->first == 0)
        return;
    if (set->text->len > 0)
        g_string_append_c(set->text, ',');
    g_string_append_printf(set->text, "%u", set->first);
    if (set->last != set->first)
        g_string_append_printf(set->text, ":%u", set->last);
    set->first = set->last = 0;
}

void mg_imap_set_add(MgImapSet *set, guint32 number)
{
    if (number == 0 || set->full)
        return;
    if (set->count == MG_LIMIT_MIRROR) {
        set->full = TRUE;
        return;
    }
    set->count++;
    if (set->first != 0 && set->last < G_MAXUINT32 && number == set->last + 1) {
        set->last = number;
        return;
    }
    put_range(set);
    set->first = set->last = number;
}

const char *mg_imap_set_text(MgImapSet *set)
{
    put_range(set);
    return set->text->str;
}

gboolean mg_imap_set_valid(MgSlice slice)
{
    if (slice.len == 1 && slice.data[0] == '$')
        return TRUE;
    gboolean digit = FALSE;
    for (gsize i = 0; i < slice.len; i++) {
        guint8 c = slice.data[i];
        if (g_ascii_isdigit(c) || c == '*')
            digit = TRUE;
        else if (c != ',' && c != ':')
            return FALSE;
    }
    return digit;
}

/* The next range of a set, lower end first; FALSE at its end. */
static gboolean next_range(const char **at, guint32 *ret_low, guint32 *ret_high)
{
    while (**at == ',')
        (*at)++;
    if (!g_ascii_isdigit(**at))
        return FALSE;
    char *end;
    guint64 a = g_ascii_strtoull(*at, &end, 10), b = a;
    if (*end == ':') {
        if (!g_ascii_isdigit(end[1]))
            return FALSE;
        b = g_ascii_strtoull(end + 1, &end, 10);
    }
    if (*end != ',' && *end != '\0')
        return FALSE;
    *at = end;
    *ret_low = (guint32)MIN(MIN(a, b), G_MAXUINT32);
    *ret_high = (guint32)MIN(MAX(a, b), G_MAXUINT32);
    return TRUE;
}

guint mg_imap_set_count(const char *set)
{
    guint64 count = 0;
    guint32 low, high;
    while (next_range(&set, &low, &high))
        count += (guint64)high - low + 1;
    return (guint)MIN(count, G_MAXUINT32);
}

guint32 mg_imap_set_nth(const char *set, guint64 index)
{
    guint32 low, high;
    while (next_range(&set, &low, &high)) {
        guint64 here = (guint64)high - low + 1;
        if (index < here)
            return (guint32)(low + index);
        index -= here;
    }
    return 0;
}

gboolean mg_imap_set_may_have(const char *set, guint64 number)
{
    guint32 low, high;
    while (next_range(&set, &low, &high))
        if (number >= low && number <= high)
            return TRUE;
    /* `*`, `$`: what they stand for is not known here. */
    return *set != '\0';
}
