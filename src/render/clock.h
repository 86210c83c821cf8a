/* Times as text.  Always UTC, always with the digits that the capture really has. */
#ifndef MG_RENDER_CLOCK_H
#define MG_RENDER_CLOCK_H

#include "mg-base.h"
#include "mg-render.h"

G_BEGIN_DECLS

/* Remembers what the relative forms count from.  Zero but for `form`; no freeing. */
typedef struct {
    MgClock form;
    gboolean started;
    MgTime start;
    gboolean has_previous;
    MgTime previous;
} MgTicker;

/* The first call sets what MG_CLOCK_START counts from. */
void mg_ticker_start(MgTicker *ticker, const MgStamp *at);

/* "60.036", "12:01:00.036", "2026-11-20 12:01:00.036", "1795176060.036"; for
 * MG_CLOCK_PREVIOUS the seconds since the stamp of the call before.  "" where there is no
 * time.  Free with g_free(). */
char *mg_ticker_text(MgTicker *ticker, const MgStamp *at);

/* "2026-11-20T12:01:00.036Z", or NULL where there is no time.  Free with g_free(). */
char *mg_clock_iso(const MgStamp *at);

G_END_DECLS

#endif
