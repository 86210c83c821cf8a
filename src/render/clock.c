#include "clock.h"

/* Nobody measured a time when neither frame nor time was filled in. */
static gboolean has_time(const MgStamp *at)
{
    return at->time != MG_TIME_NONE && !(at->frame == 0 && at->time == 0);
}

/* What is behind the point, with the point; "" for whole seconds. */
static void append_fraction(GString *out, guint64 nanoseconds, guint digits)
{
    digits = MIN(digits, 9);
    for (guint i = digits; i < 9; i++)
        nanoseconds /= 10;
    if (digits > 0)
        g_string_append_printf(out, ".%0*" G_GUINT64_FORMAT, (int)digits, nanoseconds);
}

static char *seconds(gint64 nanoseconds, guint digits)
{
    GString *out = g_string_new(nanoseconds < 0 ? "-" : NULL);
    guint64 size = nanoseconds < 0 ? 0 - (guint64)nanoseconds : (guint64)nanoseconds;
    g_string_append_printf(out, "%" G_GUINT64_FORMAT, size / (guint64)MG_SECOND);
    append_fraction(out, size % (guint64)MG_SECOND, digits);
    return g_string_free(out, FALSE);
}

/* A damaged capture may hold any times: their distance is held in range. */
static gint64 distance(MgTime from, MgTime to)
{
    gint64 result;
    if (__builtin_sub_overflow(to, from, &result))
        result = to > from ? G_MAXINT64 : G_MININT64 + 1;
    return result;
}

static char *calendar(const MgStamp *at, const char *format, const char *end)
{
    gint64 second = at->time / MG_SECOND;
    gint64 rest = at->time % MG_SECOND;
    if (rest < 0) {
        rest += MG_SECOND;
        second--;
    }
    /* 64 bits of nanoseconds reach from the year 1677 to 2262: always a date */
    g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(second);
    g_autofree char *whole = g_date_time_format(date, format);
    GString *out = g_string_new(whole);
    append_fraction(out, (guint64)rest, at->time_digits);
    g_string_append(out, end);
    return g_string_free(out, FALSE);
}

void mg_ticker_start(MgTicker *ticker, const MgStamp *at)
{
    if (ticker->started || !has_time(at))
        return;
    ticker->started = TRUE;
    ticker->start = at->time;
}

char *mg_ticker_text(MgTicker *ticker, const MgStamp *at)
{
    if (!has_time(at))
        return g_strdup("");
    mg_ticker_start(ticker, at);
    switch (ticker->form) {
    case MG_CLOCK_TIME:
        return calendar(at, "%H:%M:%S", "");
    case MG_CLOCK_DATE:
        return calendar(at, "%Y-%m-%d %H:%M:%S", "");
    case MG_CLOCK_EPOCH:
        return seconds(at->time, at->time_digits);
    case MG_CLOCK_PREVIOUS: {
        gint64 since = ticker->has_previous ? distance(ticker->previous, at->time) : 0;
        ticker->has_previous = TRUE;
        ticker->previous = at->time;
        return seconds(since, at->time_digits);
    }
    case MG_CLOCK_START:
        break;
    }
    return seconds(distance(ticker->start, at->time), at->time_digits);
}

char *mg_clock_iso(const MgStamp *at)
{
    return has_time(at) ? calendar(at, "%Y-%m-%dT%H:%M:%S", "Z") : NULL;
}
