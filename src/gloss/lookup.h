/* From words that a person types to groups of the glossary. */
#ifndef MG_GLOSS_LOOKUP_H
#define MG_GLOSS_LOOKUP_H

#include "mg-step.h"

/* The words of a line; brackets, quotes and commas are no words.  Free with g_strfreev(). */
char **mg_lookup_tokens(const char *line);
/* The groups that explain the beginning of the tokens: a protocol, a command with its tag before
 * it or not, a reply, a status code, a name.  *ret_used: tokens that are the thing explained.
 * Never NULL; the names are borrowed from the glossary. */
GPtrArray *mg_lookup(const MgGlossary *glossary, char *const *tokens, gsize *ret_used);
/* The group of a part behind a command or reply, or NULL. */
const char *mg_lookup_part(const MgGlossary *glossary, const char *token, const char *command);
/* The label that says what kind of thing a group explains ("kind-smtp-reply"), or NULL. */
const char *mg_lookup_kind(const char *group);

/* Keys of a group, sorted, NULL-terminated; g_free() the array. */
const char **mg_glossary_keys(const MgGlossary *glossary, const char *group);

#endif
