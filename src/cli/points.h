/* cli: capture points.  Which packets of several captures are the same one, seen twice, and by
 * how much the clocks of the machines differ.
 *
 * Takes the segments of a first reading.  A packet is known again by its two endpoints,
 * sequence and acknowledgement number, flags, length and first octets; the time it was captured
 * at says nothing.  Address translation between two capture points hides that they are the same.
 *
 * Owns one record of 32 octets per segment that carries octets or opens or ends a connection.
 * At MG_LIMIT_SIGHTINGS (or the limit it was made with) every second segment is forgotten, the
 * same ones of every capture, so clocks can be compared however long the captures are; what was
 * forgotten is no longer known as a twin.
 */
#ifndef MG_CLI_POINTS_H
#define MG_CLI_POINTS_H

#include "mg-segment.h"

G_BEGIN_DECLS

typedef struct MgPoints MgPoints;

/* limit: segments that are kept at most; 0 = MG_LIMIT_SIGHTINGS. */
MgPoints *mg_points_new(gsize limit);
void mg_points_free(MgPoints *points);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPoints, mg_points_free)

/* The first reading. */
void mg_points_segment(MgPoints *points, const MgSegment *segment);
/* … has ended: find the twins and the clocks.  Everything below may be asked from then on. */
void mg_points_settle(MgPoints *points);

/* Nanoseconds to add to the times of a capture so that they fit those of the first capture that
 * it shares connections with, directly or by others; 0 where nothing tells or nothing is wrong.
 *
 * A packet is sent before it arrives: clocks whose times agree with that in both directions are
 * left as they are. */
gint64 mg_points_offset(const MgPoints *points, guint16 capture);

/* What the clock of that capture gains or loses against the same one: nanoseconds to add for each
 * second after `since`, on top of the offset; 0 where it runs as fast, or nothing tells. */
gint64 mg_points_drift(const MgPoints *points, guint16 capture, MgTime *ret_since);

/* Whether the limit was reached. */
gboolean mg_points_thinned(const MgPoints *points);

/* The same packet in the capture with the lowest number that has it; `at` itself where it has no
 * twin there.  The time is corrected like those of the second reading. */
MgStamp mg_points_home(const MgPoints *points, const MgStamp *at);

typedef void (*MgPointsTwin)(gpointer user, guint16 capture, guint64 frame);
/* Call `twin` for each other capture that has this packet, lowest number first. */
void mg_points_twins(const MgPoints *points, guint16 capture, guint64 frame, MgPointsTwin twin,
                     gpointer user);

G_END_DECLS

#endif
