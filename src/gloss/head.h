/* The header fields of a message that a step shows. */
#ifndef MG_GLOSS_HEAD_H
#define MG_GLOSS_HEAD_H

#include "mg-exchange.h"

/* "From: …", "To: …", "Subject: …", "Date: …", "Message-ID: …" as far as they were seen, in
 * this order; with `all` every field of the header block, in its order.  Unfolded, valid UTF-8.
 * NULL when there is none; free with g_strfreev(). */
char **mg_head_fields(const MgContent *content, gboolean all);

#endif
