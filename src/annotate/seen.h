/* One segment that went by: where its payload lies in its frame, or in its fragments. */
#ifndef MG_ANNOTATE_SEEN_H
#define MG_ANNOTATE_SEEN_H

#include "annotate/records.h"
#include "annotate/sorter.h"
#include "mg-segment.h"

G_BEGIN_DECLS

/* A secret in a stream. */
typedef struct {
    guint64 offset;
    guint32 len;
    guint8 *octets; /* what stands there then; NULL = all of it becomes 'x' */
} MgHidden;

typedef struct {
    guint32 seq;
    guint32 len; /* captured octets of the payload */
    guint32 frame_offset;
    guint32 header_at;
    guint64 frame;
    guint16 capture;
    guint n_pieces; /* of fragments; 0 = it lies in one frame */
    guint32 piece_offset, header_len;
    MgPiece *pieces;
    guint8 *payload;
} MgSeen;

MgSeen *mg_seen_new(const MgSegment *segment);
void mg_seen_free(gpointer seen);

/* Edits for [at, at+len) of its payload.  `octets` NULL: x. */
void mg_seen_hide(const MgSeen *seen, MgSorter *sorter, guint32 at, guint32 len,
                  const guint8 *octets);
/* The whole payload. */
void mg_seen_blank(const MgSeen *seen, MgSorter *sorter);
/* A fragment of which no segment was made; the TCP header, if it has one, stays. */
void mg_seen_blank_piece(const MgPiece *piece, MgSorter *sorter);

G_END_DECLS

#endif
