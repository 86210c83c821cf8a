/* IP fragments that wait for their siblings.
 *
 * Takes fragments of IPv4 and IPv6, gives whole datagrams.  Holds at most MG_LIMIT_FRAGMENTS
 * octets, each datagram for at most a minute of capture time.  Where fragments overlap, IPv4
 * keeps the first copy; IPv6 drops the datagram (RFC 8200 section 4.5).
 */
#ifndef MG_NET_FRAGMENTS_H
#define MG_NET_FRAGMENTS_H

#include "mg-segment.h"

G_BEGIN_DECLS

typedef struct MgFragments MgFragments;

typedef struct {
    MgAddress source;
    MgAddress destination;
    guint32 id;
    guint8 protocol; /* of IPv6: meaningful in the first fragment only */
    guint32 offset;  /* in octets */
    gboolean more;
    MgSlice bytes;        /* captured */
    gsize wire_len;       /* of this fragment */
    guint32 frame_offset; /* of its octets in the frame, or MG_OFFSET_NONE */
} MgFragment;

typedef struct {
    guint8 *data; /* free it */
    gsize len;    /* octets up to the first that was not captured */
    gsize wire_len;
    guint8 protocol;
    GArray *pieces; /* MgPiece, every fragment that was taken, whole; unref it */
} MgDatagram;

typedef void (*MgFragmentsNote)(gpointer user, const MgNote *note);
/* A fragment of TCP that went into no datagram. */
typedef void (*MgFragmentsLoose)(gpointer user, const MgPiece *piece);

MgFragments *mg_fragments_new(MgFragmentsNote note, MgFragmentsLoose loose, gpointer user);
void mg_fragments_free(MgFragments *fragments);

/* TRUE when this one completed its datagram. */
gboolean mg_fragments_add(MgFragments *fragments, const MgFragment *fragment, const MgStamp *at,
                          MgDatagram *ret_datagram);
/* At the end: note what was never completed. */
void mg_fragments_finish(MgFragments *fragments);

G_END_DECLS

#endif
