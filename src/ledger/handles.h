/* Handles: by what a message may be found again (Message-ID, queue id, fingerprint, its place
 * in a mailbox), as hashes, with the numbers of the messages that have them.
 *
 * A handle may speak of a message that has it no more, or that merely hashes alike: whoever
 * finds a number looks at the message before believing it.  About 18 octets each.
 */
#ifndef MG_LEDGER_HANDLES_H
#define MG_LEDGER_HANDLES_H

#include <glib.h>

typedef struct Handles Handles;

/* Messages remembered per handle: more of one Message-ID are drafts or an attack.  Beyond, the
 * oldest go. */
enum { MG_HANDLES_ALIKE = 64 };

Handles *mg_handles_new(void);
void mg_handles_free(Handles *handles);
/* The hash of a text of that kind; more: whose it is. */
guint64 mg_handles_hash(guint kind, guint64 more, const char *text);
/* FALSE: it was there already. */
gboolean mg_handles_add(Handles *handles, guint64 hash, guint number);
/* Numbers (guint) of all messages that may have it, rising; at most MG_HANDLES_ALIKE are put
 * into `ret_numbers`.  Gives how many. */
guint mg_handles_find(const Handles *handles, guint64 hash, guint *ret_numbers);
gsize mg_handles_octets(const Handles *handles);
/* All that speak of a message up to this number go. */
void mg_handles_forget(Handles *handles, guint number);

#endif
