/* The address of a message in a mailbox: imap://user@host/folder;UIDVALIDITY=1/;UID=5 (RFC 5092),
 * with what URLAUTH hangs on it (RFC 4467). */
#ifndef MG_PROTO_URL_H
#define MG_PROTO_URL_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef struct {
    char *user, *host; /* NULL = not named */
    char *folder;      /* UTF-8, INBOX in capitals */
    guint32 uidvalidity;
    guint32 uid;
    gboolean whole;   /* the message, not a section or a slice of it */
    char *section;    /* in capitals; NULL = none is named */
    guint64 origin;   /* first octet of a slice; G_MAXUINT64 = not a slice */
    gboolean submits; /* only a server that sends for its user may use it */
} MgImapUrl;

/* FALSE: it names no message. */
gboolean mg_imap_url_read(MgSlice text, MgImapUrl *ret_url);
void mg_imap_url_clear(MgImapUrl *url);

G_END_DECLS

#endif
