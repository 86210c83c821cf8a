/* What every stage shares: slices, times, addresses, frame numbers, notes and limits.
 *
 * Read the contracts in this order, they are the tour of the program: mg-base.h, mg-terms.h,
 * mg-frame.h, mg-segment.h, mg-flow.h, mg-exchange.h, mg-movement.h, mg-step.h, mg-render.h.
 */
#ifndef MG_BASE_H
#define MG_BASE_H

#include <glib.h>

#include "mg-terms.h"

G_BEGIN_DECLS

/* Borrowed bytes.  Valid only during the call that passes them, unless said otherwise.
 * They come from the wire: never terminated, never trusted. */
typedef struct {
    const guint8 *data;
    gsize len;
} MgSlice;

/* Nanoseconds since 1970-01-01 UTC, as the capture says.  Never the wall clock. */
typedef gint64 MgTime;
#define MG_TIME_NONE G_MININT64
#define MG_SECOND G_GINT64_CONSTANT(1000000000)
/* `time` moved by so many nanoseconds; unchanged where that is no time any more. */
MgTime mg_time_shift(MgTime time, gint64 nanoseconds);

/* `time`, which is off by `per_second` nanoseconds for each second after `since`; unchanged where
 * that is no time any more. */
MgTime mg_time_drift(MgTime time, MgTime since, gint64 per_second);

/* When and where something was seen. */
typedef struct {
    guint64 frame; /* counted as Wireshark counts in that file; 0 = none */
    MgTime time;
    guint16 capture;    /* number of the file or interface, from 1 */
    guint8 time_digits; /* digits after the second that the capture really has: 0 to 9 */
} MgStamp;

typedef struct {
    guint8 family; /* 4, 6, or 0 = none */
    guint8 bytes[16];
} MgAddress;

typedef struct {
    MgAddress address;
    guint16 port;
} MgEndpoint;

gboolean mg_address_equal(const MgAddress *a, const MgAddress *b);
guint mg_address_hash(const MgAddress *address);
/* "192.0.2.1" or "2001:db8::1" (RFC 5952).  Free with g_free(). */
char *mg_address_string(const MgAddress *address);
gboolean mg_address_parse(const char *text, MgAddress *ret_address);

/* A new file in the temporary folder that has no name any more, and goes with its descriptor.
 * -1 and `error`: it cannot be made. */
int mg_unnamed_file(GError **error);

/* The name of a LINKTYPE_ value as Wireshark and tcpdump spell it ("EN10MB"); "LINKTYPE_147"
 * where it has none.  Static or interned. */
const char *mg_linktype_name(guint16 linktype);

/* The frames that carried something.  Over MG_FRAMES_KEPT only the first ones, the last one
 * and the count are known.  A plain value: copy it, no freeing. */
#define MG_FRAMES_KEPT 16
typedef struct {
    guint64 kept[MG_FRAMES_KEPT]; /* in the order they were added, no repeats */
    guint64 last;
    guint count; /* all of them; at most MG_FRAMES_KEPT are in `kept` */
    /* The captures that `kept` and `last` are of; 0 = that of the stamp they stand with. */
    guint16 captures[MG_FRAMES_KEPT];
    guint16 last_capture;
} MgFrames;

/* Adding the frame that was added last, or one that is kept, changes nothing. */
void mg_frames_add(MgFrames *frames, guint64 frame);
void mg_frames_add_from(MgFrames *frames, guint16 capture, guint64 frame);
void mg_frames_add_all(MgFrames *frames, const MgFrames *more);
guint64 mg_frames_first(const MgFrames *frames); /* 0 = none */

/* Something a reader must know that is no step: a hole, a cut file, a limit reached.  Stages
 * name it by key and figures; gloss finds the words (glossary group "note.<key>").
 * Borrowed during the call. */
typedef struct {
    MgNoteKind kind;
    const char *key;    /* "gap", "file-cut", "linktype-unknown" … static */
    guint session;      /* 0 = none */
    MgStamp at;         /* where it was noticed; at.capture 0 = none */
    guint64 frames[2];  /* first and last frame concerned; 0 = none */
    guint64 octets;     /* 0 = none */
    guint64 count;      /* 0 = none */
    const char *detail; /* a name the sentence needs (file, link type …), or NULL */
    MgTime seconds;     /* a time the sentence needs, in nanoseconds; 0 = none */
} MgNote;

/* The status of a parser inside the packet path, where nothing is an exception. */
typedef enum {
    MG_DONE,      /* one unit was read */
    MG_MORE,      /* more bytes of this direction are needed first */
    MG_OTHER,     /* the other direction must be seen first */
    MG_MALFORMED, /* this is not the language that was expected */
} MgStatus;

/* Limits.  Each protects memory or time against traffic that grows without end; reaching one
 * is reported as a note of kind `limit` or said in the step, never silent. */
enum {
    /* A packet longer than this is a damaged record (Wireshark's own ceiling for most link
     * types is 256 KiB; BIG TCP and loopback give up to 512 KiB). */
    MG_LIMIT_FRAME = 1024 * 1024,
    /* Bytes of one direction that wait for a missing segment or for the other side. */
    MG_LIMIT_WAITING = 4 * 1024 * 1024,
    /* Segments of one direction that wait in order: a line of MG_LIMIT_LINE may come octet by
       octet. */
    MG_LIMIT_PIECES = 256 * 1024,
    /* Segments of one direction that came before their turn: in a window of 16 MiB are 11 Ki
     * ordinary ones. */
    MG_LIMIT_EARLY = 16 * 1024,
    /* Octets of one direction that are remembered after they were handed on, to tell whether a
     * repeated copy differs: a TCP window without scaling. */
    MG_LIMIT_MEMORY = 64 * 1024,
    /* One command or reply line: the longest seen in the wild is an 8 KiB token line;
     * IMAP servers allow 64 KiB. */
    MG_LIMIT_LINE = 128 * 1024,
    /* A literal that is kept as part of a command or reply (mailbox names, passwords); longer
     * ones stream through. */
    MG_LIMIT_LITERAL_KEPT = 4096,
    /* Message texts in one IMAP command or response whose facts are kept until it is complete. */
    MG_LIMIT_TEXTS = 1000,
    /* Parentheses inside each other that are told apart (a body structure of 20 nested parts
     * has 40); deeper ones are counted only. */
    MG_LIMIT_NESTING = 64,
    /* Packets of several captures that are compared to find those that were captured at more
     * than one point, at 32 octets each; beyond it every second one, and so on. */
    MG_LIMIT_SIGHTINGS = 2 * 1024 * 1024,
    /* Header block of a message that is kept for identity and display. */
    MG_LIMIT_HEADER = 64 * 1024,
    /* One part of a delivery report that is read: some hundred recipients. */
    MG_LIMIT_REPORT = 64 * 1024,
    /* Recipients of one delivery report: servers send one report for each failed message, and
     * take 5000 recipients at most, but few fail at one time. */
    MG_LIMIT_REPORT_GROUPS = 1000,
    /* Commands sent and not answered: nobody pipelines more. */
    MG_LIMIT_UNANSWERED = 4096,
    /* Lines of a reply that a step shows. */
    MG_LIMIT_REPLY_LINES = 20,
    /* Parts of one command or reply that are explained one by one (parameters, keywords). */
    MG_LIMIT_DETAILS = 200,
    /* Messages of one folder or maildrop whose place is remembered. */
    MG_LIMIT_MIRROR = 1000 * 1000,
    /* Recipients and copies of one message: large servers take 5000 recipients at most. */
    MG_LIMIT_RECIPIENTS = 10000,
    /* Messages that one IMAP command gives a number by addressing them all. */
    MG_LIMIT_ADDRESSED = 10 * 1000,
    /* Octets, on top of half of --max-memory, for what messages are recognised by after they were
     * put away: some 80 octets each.  Beyond it the oldest half is recognised no more. */
    MG_LIMIT_HANDLES = 16 * 1024 * 1024,
    /* Copies of one message that are told apart; more recipients share one copy. */
    MG_LIMIT_COPIES = 1000,
    /* Latest removals of a mailbox that a later listing is said to show: most maildrops hold no
     * more, and the next listing looks at all of them again. */
    MG_LIMIT_NEWS = 1000,
    /* Places of a mailbox that one line may make the ledger look at, before and per line: a
     * short line can name a million messages. */
    MG_LIMIT_WORK = 8 * 1000 * 1000,
    MG_LIMIT_WORK_PER_LINE = 256,
    /* Octets that a compressed stream may inflate to whatever its size, a few of the largest
     * messages, and beyond it for each compressed octet.  DEFLATE gives up to 1032 for one, a
     * dialogue about 5. */
    MG_LIMIT_INFLATED = 64 * 1024 * 1024,
    MG_LIMIT_INFLATE_RATIO = 100,
    /* Compressed connections open at one time, at 80 KiB each for what may be referred to; and
     * inflated octets that wait in all of them. */
    MG_LIMIT_INFLATING = 2048,
    MG_LIMIT_INFLATED_WAITING = 128 * 1024 * 1024,
    /* Connections open at one time; the oldest idle one goes first. */
    MG_LIMIT_FLOWS = 65536,
    /* IP fragments that wait for their siblings, over all datagrams, in bytes. */
    MG_LIMIT_FRAGMENTS = 4 * 1024 * 1024,
    /* Headers around one segment: a tunnel in a tunnel has about ten, a frame of nothing but
     * VLAN tags would be as deep as it is long. */
    MG_LIMIT_LAYERS = 64,
    /* A pcapng block that carries no packet: Wireshark's own ceiling. */
    MG_LIMIT_BLOCK = 16 * 1024 * 1024,
    /* Octets of a packet block around its packet: Wireshark's own ceiling for options. */
    MG_LIMIT_BLOCK_OPTIONS = 128 * 1024,
    /* Names of addresses that one pcapng file may give; a resolver's whole cache has fewer. */
    MG_LIMIT_NAMES = 4096,
    /* Names that --anonymize tells apart, at about 200 octets each. */
    MG_LIMIT_PSEUDONYMS = 100 * 1000,
    /* Comments of a capture's author: octets of one that are shown, of one packet or of a file's
     * heads, and of all packets those that wait for the step of their packet. */
    MG_LIMIT_COMMENT = 1000,
    MG_LIMIT_COMMENTS_OF_ONE = 8,
    MG_LIMIT_COMMENTS = 10 * 1000,
    /* Interfaces of one pcapng section: more than a machine has. */
    MG_LIMIT_INTERFACES = 65536,
    /* Notes of one kind about lower layers; what is beyond is counted or left out. */
    MG_LIMIT_NOTES = 100,
    /* Bytes read before a connection on an unlisted port counts as no mail. */
    MG_LIMIT_GREETING = 2048,
    /* Frames of a connection after which an acknowledged hole is a hole. */
    MG_LIMIT_HOLE_FRAMES = 64,
};
/* Capture time after which an acknowledged hole is a hole. */
#define MG_LIMIT_HOLE_TIME MG_SECOND
/* Capture time that an incomplete IP datagram is kept (RFC 8200 section 4.5). */
#define MG_LIMIT_FRAGMENT_TIME (60 * MG_SECOND)
/* A connection without a packet for so long is over; IMAP's IDLE is renewed within 30 min. */
#define MG_LIMIT_IDLE (2 * 3600 * MG_SECOND)

G_END_DECLS

#endif
