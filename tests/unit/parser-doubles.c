/* Parsers that take everything and say nothing, for tests of the session that link without the
 * real ones.  Weak: where the real ones are linked, they win. */
#include "proto/parser.h"

static gpointer begin(MgConn *conn)
{
    return conn;
}

static MgTake feed(gpointer self, MgActor from, const MgBytes *bytes)
{
    return (MgTake){.taken = bytes->slice.len, .want = MG_MORE};
}

static void gap(gpointer self, MgActor from, const MgGap *hole)
{
}

static void encrypted(gpointer self)
{
}

static void close_double(gpointer self, const MgFlowEnd *end)
{
}

static void free_double(gpointer self)
{
}

extern const MgParser mg_pop3_parser __attribute__((weak));
extern const MgParser mg_imap_parser __attribute__((weak));

const MgParser mg_pop3_parser = {
    .protocol = MG_PROTOCOL_POP3,
    .begin = begin,
    .feed = feed,
    .gap = gap,
    .encrypted = encrypted,
    .close = close_double,
    .free = free_double,
};

const MgParser mg_imap_parser = {
    .protocol = MG_PROTOCOL_IMAP,
    .begin = begin,
    .feed = feed,
    .gap = gap,
    .encrypted = encrypted,
    .close = close_double,
    .free = free_double,
};
