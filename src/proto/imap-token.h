/* Between imap-parse.c, which finds physical lines and literals, and imap-token.c, which reads
 * what is inside them. */
#ifndef MG_PROTO_IMAP_TOKEN_H
#define MG_PROTO_IMAP_TOKEN_H

#include "proto/imap-parse.h"

G_BEGIN_DECLS

#define MG_IMAP_BETWEEN 0 /* the state in which a line begins */

/* The octet that stands at `at` of the text. */
void mg_imap_token_step(MgImapParse *parse, guint8 c, gsize at);
/* The line ends here: what is open is closed. */
void mg_imap_token_end(MgImapParse *parse, gsize end);
/* Whether the physical line that ends here announces a literal. */
gboolean mg_imap_token_literal(const MgImapParse *parse);
/* A literal stands here; the line goes on behind it. */
void mg_imap_token_go_on(MgImapParse *parse);

G_END_DECLS

#endif
