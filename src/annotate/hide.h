/* What stands in a packet in place of a secret: as many octets, of the same form. */
#ifndef MG_ANNOTATE_HIDE_H
#define MG_ANNOTATE_HIDE_H

#include "mg-exchange.h"

G_BEGIN_DECLS

/* What a secret becomes where nothing better is known. */
#define MG_HIDE_WITH 'x'

/* Readable ones become x; in base64 of a SASL message only the secret part of it does, so that
 * what is left can be read as before.  Free with g_free(); as many octets as the secret. */
guint8 *mg_hide(const MgSecretFound *secret);

G_END_DECLS

#endif
