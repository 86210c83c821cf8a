/* A wire script in a file, with the log that must come of it.
 *
 *   # what it shows
 *   port N          the server's port; 25 without it
 *   midstream       no handshake was seen
 *   (a script, see proto-wire.h)
 *   end closed|reset|idle|capture-end [server]
 *   ----
 *   (the log)
 */
#ifndef MG_TESTS_WIRE_FILE_H
#define MG_TESTS_WIRE_FILE_H

#include <glib.h>

/* The log of the script, offered in pieces of so many octets (0 = as sent); and what stands
 * below the line in *ret_expected.  g_free() both. */
char *wire_file_run(const char *path, gsize piece, char **ret_expected);

#endif
