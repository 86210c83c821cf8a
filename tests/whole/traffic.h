/* A capture of mail traffic of any length, written as it is made. */
#ifndef MG_TESTS_TRAFFIC_H
#define MG_TESTS_TRAFFIC_H

#include <glib.h>

typedef struct {
    guint64 octets; /* of the file, about */
    gsize message;  /* octets of a message's text */
    guint together; /* connections that are open at one time */
} Traffic;

typedef struct {
    guint64 octets;
    guint64 packets;
    guint64 sessions;
    guint64 messages; /* sent; each is fetched and deleted in a session of its own later on */
} TrafficCounts;

/* A classic pcap file: every second session sends a message by SMTP, every other one fetches and
 * deletes it by POP3.  FALSE: `fd` took no more. */
gboolean traffic_write(int fd, const Traffic *traffic, TrafficCounts *ret_counts);

#endif
