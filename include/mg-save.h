/* save: each message seen in full as a file (--save-mail).
 *
 * Stands beside the corridor, between proto and ledger: takes the texts that stream by and the
 * effects that say what they are, and asks the ledger which message each one is of.  Writes
 * M1-sent.eml for a text that a client sent, M1-fetched.eml for one that it got; the first whole
 * copy stays.  A text that is not whole names each hole in a field X-Mailgloss-Missing in front of
 * its header.  Slices of one message are joined.  Names are never made of captured octets.
 *
 * While a text streams by, what is beyond a small buffer waits in a file of the directory whose
 * name begins with a dot.
 */
#ifndef MG_SAVE_H
#define MG_SAVE_H

#include "mg-base.h"
#include "mg-exchange.h"

G_BEGIN_DECLS

typedef struct MgSaver MgSaver;

/* Opens the directory, where there is one. */
MgSaver *mg_saver_new(const char *directory, GError **error);
void mg_saver_free(MgSaver *saver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgSaver, mg_saver_free)

/* After root was given up: make the directory when there is none.  Whether files can be made
 * there. */
gboolean mg_saver_check(MgSaver *saver, GError **error);
/* Only texts of this session, of this message; 0 = all. */
void mg_saver_select(MgSaver *saver, guint session, guint message);

/* `message` tells, behind an effect, which message its text is of; 0 = nobody knows. */
typedef guint (*MgSaverMessage)(gpointer user);
void mg_saver_exchange_sink(MgSaver *saver, const MgExchangeSink *next, MgSaverMessage message,
                            gpointer user, MgExchangeSink *ret_sink);

/* The end.  *ret_saved: files written.  FALSE when one of them could not be. */
gboolean mg_saver_finish(MgSaver *saver, guint64 *ret_saved, GError **error);

G_END_DECLS

#endif
