/* What the readers of one input have in common: classic pcap, pcapng, a live interface.
 *
 * A reader takes a source and gives one frame at a time, numbered from 1 as Wireshark numbers
 * them.  It consumes a record only when all of it is there, so that a pipe can be asked again.
 */
#ifndef MG_CAPTURE_READER_H
#define MG_CAPTURE_READER_H

#include "mg-frame.h"
#include "capture/source.h"

G_BEGIN_DECLS

typedef struct MgReader MgReader;

typedef struct {
    /* MG_READ_FRAME fills ret_frame but for at.capture; its bytes are valid until the next
     * call.  After MG_READ_ERROR and MG_READ_END the reader is not called again. */
    MgRead (*next)(MgReader *reader, MgFrame *ret_frame, GError **error);
    void (*free)(MgReader *reader);
    /* Live only, else NULL: what the kernel says it lost so far. */
    guint64 (*dropped)(MgReader *reader);
} MgReaderClass;

/* An address and its name, found in a file. */
typedef struct {
    MgAddress address;
    char *name;
} MgFoundName;

struct MgReader {
    const MgReaderClass *class;
    MgSource *source;      /* owned; NULL when live */
    const char *name;      /* for sentences */
    int poll_fd;           /* to wait for input, or -1 */
    guint64 frames;        /* numbers given so far */
    GArray *linktypes;     /* guint16, those met so far, each once */
    GArray *names;         /* MgFoundName, since the last frame; NULL = none */
    guint n_names;         /* found so far */
    GPtrArray *comments;   /* char*, beside the next frame; NULL = none */
    guint n_head_comments; /* so many of them stand in heads before the first frame */
    gboolean odd_time;     /* a time of day was met that cannot be one */
};

/* Recognise the file by its first bytes.  Takes `source` in any case. */
MgReader *mg_reader_open(MgSource *source, GError **error);
void mg_reader_free(MgReader *reader);

MgReader *mg_pcap_reader_new(MgSource *source, GError **error);
MgReader *mg_pcapng_reader_new(MgSource *source, GError **error);
MgReader *mg_live_reader_new(const MgLiveOptions *options, GError **error);

/* For the readers themselves. */

void mg_reader_init(MgReader *reader, const MgReaderClass *class, MgSource *source);
void mg_reader_clear(MgReader *reader);
/* At most 64 different ones are kept: they are told to people. */
void mg_reader_add_linktype(MgReader *reader, guint16 linktype);
/* Beyond MG_LIMIT_NAMES names are passed over. */
void mg_reader_add_name(MgReader *reader, const MgAddress *address, MgSlice name);
/* Beyond MG_LIMIT_COMMENTS_OF_ONE they are passed over. */
void mg_reader_add_comment(MgReader *reader, MgSlice comment);
/* `status` is what mg_source_need() answered when `wanted` octets of a record were asked for:
 * wait, end, or an error because the file ends inside the record. */
MgRead mg_reader_short(MgReader *reader, MgSourceStatus status, gsize wanted, GError **error);
/* The record after the last frame makes no sense. */
MgRead mg_reader_damaged(MgReader *reader, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Opening: the header ends too early. */
void mg_reader_set_short_header(MgSource *source, GError **error);
/* Opening: a signal came before a pipe said anything. */
void mg_reader_set_interrupted(MgSource *source, GError **error);
/* The file, or a section of it, is of a version that nobody knows. */
void mg_reader_set_version(MgSource *source, const char *format, guint major, guint minor,
                           GError **error);

/* MG_TIME_NONE when it is outside the years that 64 bits of nanoseconds can say. */
MgTime mg_reader_time(gint64 seconds, guint64 nanoseconds);

typedef struct {
    gboolean big_endian;
} MgByteOrder;

static inline guint16 mg_get16(MgByteOrder order, const guint8 *data)
{
    return order.big_endian ? (guint16)(data[0] << 8 | data[1]) : (guint16)(data[1] << 8 | data[0]);
}

static inline guint32 mg_get32(MgByteOrder order, const guint8 *data)
{
    guint32 first = mg_get16(order, data), second = mg_get16(order, data + 2);
    return order.big_endian ? first << 16 | second : second << 16 | first;
}

G_END_DECLS

#endif
