/* anonym: captured text, with every name in it replaced.
 *
 * Names are found by their form (mail addresses, IP addresses, domains) or because the tables
 * have learned them.  In IMAP's answers about messages and its searches, quoted text is what
 * people wrote: unknown quoted text there becomes "…".
 */
#ifndef MG_ANONYM_TEXT_H
#define MG_ANONYM_TEXT_H

#include "anonym/pseudonyms.h"

G_BEGIN_DECLS

typedef enum {
    MG_WORDING_PLAIN,
    MG_WORDING_QUOTED, /* every quoted string is people's words: an IMAP answer */
    MG_WORDING_SEARCH, /* so is what follows SUBJECT, FROM … of an IMAP search */
    MG_WORDING_TRACE, /* a Received field: “from” and “by” name hosts, “id” a queue id */
    MG_WORDING_CODED, /* base64 is an answer of a login: it becomes stars */
} MgWording;

/* Appends `text` rewritten.  The first `verbatim` octets stay: a verb. */
void mg_anonym_text(MgPseudonyms *names, const char *text, gsize len, gsize verbatim,
                    MgWording wording, GString *into);
/* The same for a whole string.  Free with g_free(); NULL for NULL. */
char *mg_anonym_string(MgPseudonyms *names, const char *text);

G_END_DECLS

#endif
