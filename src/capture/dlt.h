/* LINKTYPE_ values (in files) and DLT_ values (libpcap's own, on this system) are the same
 * number but for a few old ones. */
#ifndef MG_CAPTURE_DLT_H
#define MG_CAPTURE_DLT_H

#include <glib.h>

G_BEGIN_DECLS

int mg_linktype_to_dlt(guint16 linktype);
guint16 mg_dlt_to_linktype(int dlt);

G_END_DECLS

#endif
