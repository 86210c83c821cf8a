/* One connection, as the files of the session share it: session.c runs it, watch.c finds out
 * whether it is mail, veil.c keeps what is encrypted from its parser, deflated.c undoes what is
 * compressed. */
#ifndef MG_PROTO_CONN_H
#define MG_PROTO_CONN_H

#include "proto/dark.h"
#include "proto/detect.h"
#include "proto/inflate.h"
#include "proto/preamble.h"
#include "proto/session.h"

G_BEGIN_DECLS

typedef enum {
    MG_CONN_WATCH,    /* not known yet whether it is mail */
    MG_CONN_SESSION,  /* it is, `session` is open */
    MG_CONN_NOT_MAIL, /* it is not, or it is over */
} MgConnMode;

/* One side, as the session sees it. */
typedef struct {
    gboolean begun;       /* payload of it was seen */
    gboolean dark;        /* all of it is unreadable from here on */
    gboolean may_be_dark; /* the other side went dark: look at what comes next */
    gboolean look;        /* its next octet shows whether `expecting` has begun */
    MgSays says;          /* while watching: what its first bytes were */
    MgDark count;
    MgInflate *inflate; /* its bytes are compressed; else NULL */
    MgStatus want;      /* what the parser asked for when it last left inflated octets */
    MgGap gap;          /* while watching: octets that were missing; none where octets is 0 */
} MgConnSide;

struct MgConn {
    MgProto *proto;
    MgFlow *flow;
    MgConnMode mode;
    MgConnSide side[2];
    MgTunnel tunnel;
    gsize skipped;          /* while watching behind a hole: octets that were no mail */
    gboolean proxy_checked; /* no PROXY header can come any more */

    MgSession session;
    gboolean announced; /* session_open was called */
    const MgParser *parser;
    gpointer self;         /* the parser's */
    const char *expecting; /* key of the step that may begin with the client's next bytes */
    const char *dark_key;  /* of the step with which it went dark; NULL = it did not */
    MgFrames dark_frames;
    gsize inflated; /* octets that wait in both sides' `inflate` */

    guint repeats;
    guint64 repeated_octets;
    guint64 repeat_frames[2];
    MgStamp repeat_at;
};

/* session.c */
void mg_conn_open(MgConn *conn, MgProtocol protocol, MgSide client, gboolean by_greeting);
MgActor mg_conn_actor(const MgConn *conn, MgSide side);
/* The offer without its first `skip` octets. */
MgBytes mg_conn_rest(const MgBytes *bytes, gsize skip);
MgStamp mg_conn_stamp(const MgConn *conn, const MgBytes *bytes); /* of the offer's beginning */

/* Bytes in clear: to the parser, where they are none of the unreadable ones. */
MgTake mg_conn_clear(MgConn *conn, MgSide side, const MgBytes *bytes);

/* deflated.c */
/* Bytes of a side that is compressed. */
MgTake mg_deflated_bytes(MgConn *conn, MgSide side, const MgBytes *bytes);
/* Octets of such a side are missing: all behind them is unreadable. */
void mg_deflated_gap(MgConn *conn);
/* The connection has ended: the parser gets what waits; nothing is kept. */
void mg_deflated_end(MgConn *conn);

/* watch.c */
/* The port that makes this a mail connection, and so which side is the client.  Without a SYN
 * it may be either end's; where it is both, `ret_sure` is FALSE. */
MgPort mg_watch_port(const MgConn *conn, MgSide *ret_client, gboolean *ret_sure);
/* The first payload octet on a mail port opens the session; on other ports nothing happens.
 * FALSE: more of the greeting is needed to tell what it is. */
gboolean mg_watch_open(MgConn *conn, MgSide side, const MgBytes *bytes);
/* Bytes of a connection that is not known to be mail yet.  What is not taken is for the
 * session, where it has become one. */
MgTake mg_watch(MgConn *conn, MgSide side, const MgBytes *bytes);

/* veil.c */
/* Whether what is offered is unreadable.  MG_DONE: the side is dark now; MG_MORE: more bytes
 * are needed to tell; MG_MALFORMED: it is text for the parser. */
MgStatus mg_veil_look(MgConn *conn, MgSide side, const MgBytes *bytes);
/* Counts bytes of a dark side. */
void mg_veil_take(MgConn *conn, MgSide side, const MgBytes *bytes);

G_END_DECLS

#endif
