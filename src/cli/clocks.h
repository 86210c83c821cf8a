/* cli: how much the clocks of several captures differ, told by the packets that they share.
 *
 * Takes the two times of each packet that two captures have, connection by connection.  Gives
 * for each capture what is to be added to its times, and by how much more in each second.  The
 * capture with the lowest number is right.
 */
#ifndef MG_CLI_CLOCKS_H
#define MG_CLI_CLOCKS_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef struct MgClocks MgClocks;

/* Captures are numbered from 1 to `captures`. */
MgClocks *mg_clocks_new(guint16 captures);
void mg_clocks_free(MgClocks *clocks);

typedef struct {
    guint16 capture;
    MgTime time; /* since 1970: never negative */
} MgClocksSeen;

/* One packet of the connection in hand, in one of its two directions (0, 1); a.capture is lower. */
void mg_clocks_packet(MgClocks *clocks, const MgClocksSeen *a, const MgClocksSeen *b,
                      guint direction);
/* What comes next is another connection. */
void mg_clocks_connection(MgClocks *clocks);
/* After the last one, once. */
void mg_clocks_settle(MgClocks *clocks);

/* Nanoseconds to be added to the times of this capture, at mg_clocks_since() … */
gint64 mg_clocks_offset(const MgClocks *clocks, guint16 capture);
/* … and so many more in each second after it. */
gint64 mg_clocks_drift(const MgClocks *clocks, guint16 capture);
/* The first packet that two captures have; MG_TIME_NONE = there is none. */
MgTime mg_clocks_since(const MgClocks *clocks);

G_END_DECLS

#endif
