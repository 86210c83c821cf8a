/* What each message of a SASL client is: its name, then its password; a proof; a token … */
#ifndef MG_PROTO_SASL_STEP_H
#define MG_PROTO_SASL_STEP_H

#include "mg-exchange.h"

G_BEGIN_DECLS

/* The word for message number `n` (from 1) of the mechanism with this key ("sasl.login"), static;
 * NULL where only the two programs know.  n 0: an empty one that only opens the exchange. */
const char *mg_sasl_step_word(const char *key, guint n, MgSlice message);

G_END_DECLS

#endif
