/* anonym: exchanges and effects in, the same with other names out (option --anonymize).
 *
 * Stands between proto and ledger, so that nothing behind it ever meets a real name: addresses,
 * host names, domains, people, accounts, Message-IDs, queue ids, unique-ids and folders of the
 * user's own are replaced, the same way throughout one run; subjects and header blocks are left
 * out.  The order of first appearance decides the names, so one capture always gives the same.
 *
 *   client's address       192.0.2.n       RFC 5737      domain    example.org, .net, .com
 *   server's address       198.51.100.n    RFC 5737                (RFC 2606), then dN.example
 *   any other address      203.0.113.n     RFC 5737      people    alice, bob, carol …
 *   IPv6                   2001:db8::n     RFC 3849
 *
 * Kept: protocol words, standard folder names (INBOX, Sent …), names that belong to an office
 * and not to a person (postmaster), ports, times, sizes.  In free text a name is recognised by
 * its form (addresses, domains) or because it was learned where the protocol says what it is
 * (a login, an EHLO, an address).  That replaces names; it makes nobody anonymous.
 */
#ifndef MG_ANONYM_H
#define MG_ANONYM_H

#include "mg-base.h"
#include "mg-exchange.h"

G_BEGIN_DECLS

typedef struct MgAnonym MgAnonym;

MgAnonym *mg_anonym_new(void);
void mg_anonym_free(MgAnonym *anonym);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgAnonym, mg_anonym_free)

/* The receiver side of proto: a sink that hands on to `next` (copied).  Asked for anew, what was
 * said through the sink before is kept: a second reading gives the same names. */
void mg_anonym_exchange_sink(MgAnonym *anonym, const MgExchangeSink *next,
                             MgExchangeSink *ret_sink);

/* What this address is called from here on. */
MgAddress mg_anonym_address(MgAnonym *anonym, const MgAddress *address, MgRole role);

G_END_DECLS

#endif
