/* Records that are put away: octets by number, in an unlinked temporary file.
 *
 * Takes octets for a number, gives them back, or others in their place.  Costs no memory that
 * grows with the records: where each one lies is in a second such file, and a place that has
 * become free is used again for a record of about its length.  Owns both files; they are gone
 * with the process.  Limit: the room on the disk.
 */
#ifndef MG_LEDGER_SHELF_H
#define MG_LEDGER_SHELF_H

#include <glib.h>

typedef struct Shelf Shelf;

/* The files are made when the first record comes. */
Shelf *mg_shelf_new(void);
void mg_shelf_free(Shelf *shelf);
/* FALSE: there is no room, nothing has changed.  number: from 1. */
gboolean mg_shelf_put(Shelf *shelf, guint number, const guint8 *data, guint len);
/* The octets of that number into `into`; FALSE: there are none, or the disk failed. */
gboolean mg_shelf_get(Shelf *shelf, guint number, GByteArray *into);

#endif
