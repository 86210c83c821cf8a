/* anonym: words that are nobody's name, and so stay as they are.  Case does not matter. */
#ifndef MG_ANONYM_ORDINARY_H
#define MG_ANONYM_ORDINARY_H

#include <glib.h>

G_BEGIN_DECLS

/* An office ("postmaster"), or a word that the protocols speak themselves. */
gboolean mg_names_nobody(const char *word);
/* A host's label that says what it does, not whose it is: "mx". */
gboolean mg_names_role_of_host(const char *label);
/* A folder that every user has. */
gboolean mg_names_common_folder(const char *level);
/* The last label of a host name: "lab".  Those of countries are not listed. */
gboolean mg_names_top_label(const char *label);
/* The last but one, where a third belongs to the domain: "co" of "example.co.uk". */
gboolean mg_names_second_label(const char *label);

G_END_DECLS

#endif
