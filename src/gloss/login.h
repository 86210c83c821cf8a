/* The messages of a SASL exchange: what each is, and what it says behind its base64. */
#ifndef MG_GLOSS_LOGIN_H
#define MG_GLOSS_LOGIN_H

#include "gloss.h"

G_BEGIN_DECLS

enum {
    /* Challenges of one step that the deep text undoes: there is one, but a line may repeat. */
    MG_GLOSS_CHALLENGES = 2,
};

/* Takes the sentence of the command and gives it back, or that of what this message of the
 * exchange is; with an initial response the two. */
char *mg_login_sentence(const MgChoice *choice, char *sentence);
/* What the client's secret message says, for those who asked to see it; or NULL. */
char *mg_login_in_clear(const MgGlossary *glossary, const MgExchange *exchange);
/* The server's challenges undone: at most MG_GLOSS_CHALLENGES details, their texts in the pool.
 * Gives their number. */
guint mg_login_details(const MgGlossary *glossary, const MgExchange *exchange, GPtrArray *pool,
                       gboolean show_secrets, MgStepDetail *ret_details);

G_END_DECLS

#endif
