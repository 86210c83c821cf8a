/* What may stand before the mail protocol: the PROXY header of a load balancer, or the
 * talk with a SOCKS or HTTP proxy through which the connection was made.
 *
 * PROXY protocol versions 1 and 2 (HAProxy), SOCKS 4 and 4A, SOCKS 5 (RFC 1928, RFC 1929),
 * HTTP CONNECT (RFC 9110 9.3.6).
 */
#ifndef MG_PROTO_PREAMBLE_H
#define MG_PROTO_PREAMBLE_H

#include "mg-exchange.h"

G_BEGIN_DECLS

/* A PROXY header at the front.  MG_DONE: *ret_octets of it, *ret_source = the true client as
 * text (g_free(); NULL where it does not say).  MG_MORE, or MG_MALFORMED: none is there. */
MgStatus mg_preamble_proxy(MgSlice bytes, gsize *ret_octets, char **ret_source);

/* The talk with a proxy.  Begin with zeros. */
typedef struct {
    guint stage; /* 0 = not begun */
} MgTunnel;

/* The next bytes of a side.  MG_DONE: *ret_octets belong to the proxy's talk, and
 * mg_tunnel_open() may be asked; MG_MORE; MG_MALFORMED: no such talk, or it failed. */
MgStatus mg_tunnel_feed(MgTunnel *tunnel, gboolean from_client, MgSlice bytes, gsize *ret_octets);
/* The talk is under way, and not yet at its end. */
gboolean mg_tunnel_talks(const MgTunnel *tunnel);
gboolean mg_tunnel_open(const MgTunnel *tunnel); /* the proxy has connected the two */

G_END_DECLS

#endif
