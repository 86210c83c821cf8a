/* anonym: the tables of other names.
 *
 * Gives for each real name its substitute, making one where there is none yet.  What these
 * functions return is owned by the tables.  Case does not tell names apart.
 *
 * Limit: MG_LIMIT_PSEUDONYMS names; later ones share one substitute, so that memory is bounded
 * and nothing real is shown.
 */
#ifndef MG_ANONYM_PSEUDONYMS_H
#define MG_ANONYM_PSEUDONYMS_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef struct MgPseudonyms MgPseudonyms;

MgPseudonyms *mg_pseudonyms_new(void);
void mg_pseudonyms_free(MgPseudonyms *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgPseudonyms, mg_pseudonyms_free)

/* `role` decides the range when the address is new: NONE is neither end of a connection. */
MgAddress mg_pseudonyms_address(MgPseudonyms *names, const MgAddress *address, MgActor role);

/* A person by the part before the @, or a login without one: "alice". */
const char *mg_pseudonyms_person(MgPseudonyms *names, const char *local);
/* A host name or domain: "mx.example.org"; one without a dot: "host1". */
const char *mg_pseudonyms_host(MgPseudonyms *names, const char *host);
/* "bob@beta.lab", a bare login, or "" and "<>", which stay.  Free with g_free(). */
char *mg_pseudonyms_mailbox(MgPseudonyms *names, const char *mailbox);
/* With or without its angle brackets, which stay as they are. */
const char *mg_pseudonyms_message_id(MgPseudonyms *names, const char *message_id);
const char *mg_pseudonyms_queue_id(MgPseudonyms *names, const char *queue_id);
const char *mg_pseudonyms_uidl(MgPseudonyms *names, const char *uidl);
/* A folder's path, its levels one by one.  Free with g_free(). */
char *mg_pseudonyms_folder(MgPseudonyms *names, const char *folder);

/* The substitute of a word that was learned as any of these; NULL = none, or a word that the
 * protocols speak themselves. */
const char *mg_pseudonyms_word(const MgPseudonyms *names, const char *word);
/* Whether this looks like a host name that is not a word of the protocols ("BODY.PEEK"). */
gboolean mg_pseudonyms_is_host(const MgPseudonyms *names, const char *text);

G_END_DECLS

#endif
