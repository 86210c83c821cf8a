/* The fields of a header block: found, unfolded, decoded, compared. */
#ifndef MG_PROTO_FIELDS_H
#define MG_PROTO_FIELDS_H

#include "mg-exchange.h"

G_BEGIN_DECLS

/* What one line of a header block is (RFC 5322 section 2.2). */
typedef enum {
    MG_HEADER_FIELD,  /* begins a field */
    MG_HEADER_FOLDED, /* goes on with the field above */
    MG_HEADER_NONE,   /* no part of a header */
} MgHeaderLine;
MgHeaderLine mg_header_line(MgSlice line);

/* Fill message_id, subject, from, to, date, in_reply_to, received and is_report of `content`
 * from a header block. */
void mg_fields_read(MgSlice head, MgContent *content);

/* Received fields that are kept: hops beyond 100 are a mail loop (RFC 5321 section 6.3). */
#define MG_FIELDS_RECEIVED 100

/* Each field of a block in its order: its name in lower case, its value unfolded and trimmed. */
typedef void (*MgFieldFunc)(gpointer user, const char *name, const char *value);
void mg_fields_each(MgSlice head, MgFieldFunc field, gpointer user);

/* "<a@b>" out of a field's value, or NULL.  Free with g_free(). */
char *mg_fields_message_id(const char *value);
/* The boundary in the value of Content-Type; NULL when it is no multipart/report, or has none.
 * Free with g_free(). */
char *mg_fields_report_boundary(const char *value);

/* Hex SHA-256 over those fields of a header block that stay the same from hop to hop, and the
 * digest of the body.  Free with g_free(). */
char *mg_fields_fingerprint(MgSlice head, const char *body_digest);

/* Encoded words undone (RFC 2047); valid UTF-8 always.  Free with g_free(). */
char *mg_fields_decode(const char *raw);

G_END_DECLS

#endif
