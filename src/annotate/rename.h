/* The octets of a packet with other names: as many octets, so that all lengths and numbers in
 * them stay right.
 *
 * Addresses become those of the run's other outputs, hardware addresses those of RFC 7042; in
 * the payload of TCP every word that the mail protocols do not speak themselves becomes x, and
 * every long number 0; the checksums of IP and TCP are mended.  What is no IP, a tunnel, a later
 * fragment or no TCP is blanked behind the last header that is understood.
 */
#ifndef MG_ANNOTATE_RENAME_H
#define MG_ANNOTATE_RENAME_H

#include "mg-annotate.h"

G_BEGIN_DECLS

typedef struct MgRenamer MgRenamer;

MgRenamer *mg_renamer_new(MgRenameAddress address, gpointer user);
void mg_renamer_free(MgRenamer *renamer);
/* In place.  FALSE: some of it was blanked, because nobody knows what is in it. */
gboolean mg_rename_packet(MgRenamer *renamer, guint16 linktype, guint8 *octets, gsize len);

/* The words of `text` that name or tell something become x, in place; gives what the change
 * adds to a checksum in which the first octet has the place `at`. */
guint64 mg_rename_words(guint8 *text, gsize len, guint32 at);

G_END_DECLS

#endif
