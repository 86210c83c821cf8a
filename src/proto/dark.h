/* Counting what cannot be read: octets, and TLS records by their headers (RFC 8446 5.1). */
#ifndef MG_PROTO_DARK_H
#define MG_PROTO_DARK_H

#include "mg-base.h"

G_BEGIN_DECLS

/* One direction.  Begin with zeros. */
typedef struct {
    guint8 header[5];
    guint header_len;
    guint body_left;
    gboolean lost; /* no longer known where records begin */
    guint64 octets;
    guint64 records; /* of application data */
} MgDark;

void mg_dark_feed(MgDark *dark, MgSlice bytes);
/* So many octets are missing. */
void mg_dark_gap(MgDark *dark, guint64 octets);

G_END_DECLS

#endif
