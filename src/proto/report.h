/* What a delivery report or receipt says, while its text streams by.
 *
 * A multipart/report (RFC 6522) has a part for people, a part for programs, and often the
 * message that it reports on, or its header (RFC 3464, RFC 8098, RFC 6533).  Each part of
 * interest is kept up to MG_LIMIT_REPORT, of a returned message its header alone; the rest
 * streams past.  A hole ends the reading: parts before it count.
 */
#ifndef MG_PROTO_REPORT_H
#define MG_PROTO_REPORT_H

#include "mg-exchange.h"

G_BEGIN_DECLS

typedef struct MgReportReader MgReportReader;

/* For the body behind this header block; NULL when it is no multipart/report. */
MgReportReader *mg_report_reader_new(MgSlice head);
void mg_report_reader_feed(MgReportReader *reader, const guint8 *data, gsize len);
/* Octets are missing here: nothing behind them is read. */
void mg_report_reader_gap(MgReportReader *reader);
/* What it says, or NULL where no part for programs was there whole; frees the reader.
 * complete: the text came to its end, and with it the last part. */
MgReport *mg_report_reader_finish(MgReportReader *reader, gboolean complete);
void mg_report_reader_free(MgReportReader *reader); /* NULL is allowed */

G_END_DECLS

#endif
