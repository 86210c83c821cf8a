/* Classic pcap: one header, then records.  Microseconds and nanoseconds, both byte orders, and
 * the "modified" form with 24-octet record headers that old Linux distributions wrote.
 *
 * draft-ietf-opsawg-pcap; what the draft leaves open follows libpcap.
 */
#include "capture/reader.h"

#define FILE_HEADER 24
#define MODIFIED_MAGIC 0xa1b2cd34u
#define NANOSECOND_MAGIC 0xa1b23c4du

typedef struct {
    MgReader base;
    MgByteOrder order;
    guint record_header; /* 16, or 24 in the modified form */
    guint fraction;      /* nanoseconds of one unit of the fraction */
    guint16 linktype;
    guint16 minor;
} PcapReader;

/* Files of versions before 2.3 have the two lengths the other way round; at 2.3 writers
 * disagreed, so there the smaller one is the captured length. */
static gboolean lengths_swapped(const PcapReader *pcap, guint32 captured, guint32 original)
{
    return pcap->minor < 3 || (pcap->minor == 3 && captured > original);
}

static MgRead pcap_next(MgReader *reader, MgFrame *ret_frame, GError **error)
{
    PcapReader *pcap = (PcapReader *)reader;
    const guint8 *data = NULL;
    MgSourceStatus status = mg_source_need(reader->source, pcap->record_header, FALSE, &data);
    if (status != MG_SOURCE_OK)
        return mg_reader_short(reader, status,
                               mg_source_left(reader->source) > 0 ? pcap->record_header : 0, error);
    guint32 captured = mg_get32(pcap->order, data + 8);
    guint32 original = mg_get32(pcap->order, data + 12);
    if (lengths_swapped(pcap, captured, original)) {
        guint32 swap = captured;
        captured = original;
        original = swap;
    }
    if (captured > MG_LIMIT_FRAME)
        return mg_reader_damaged(reader, error, "the next record claims %u bytes", captured);
    gsize record = pcap->record_header + (gsize)captured;
    status = mg_source_need(reader->source, record, FALSE, &data);
    if (status != MG_SOURCE_OK)
        return mg_reader_short(reader, status, record, error);
    mg_source_take(reader->source, record);

    guint64 fraction = (guint64)mg_get32(pcap->order, data + 4) * pcap->fraction;
    if (fraction >= (guint64)MG_SECOND)
        reader->odd_time = TRUE;
    *ret_frame = (MgFrame){
        .bytes = {data + pcap->record_header, captured},
        .original_len = MAX(original, captured),
        .linktype = pcap->linktype,
        .at = {.frame = ++reader->frames,
               .time = mg_reader_time(mg_get32(pcap->order, data), fraction),
               .time_digits = pcap->fraction == 1 ? 9 : 6},
    };
    return MG_READ_FRAME;
}

static void pcap_free(MgReader *reader)
{
    mg_reader_clear(reader);
    g_free(reader);
}

static const MgReaderClass pcap_class = {.next = pcap_next, .free = pcap_free};

MgReader *mg_pcap_reader_new(MgSource *source, GError **error)
{
    const guint8 *data = NULL;
    MgSourceStatus status = mg_source_need(source, FILE_HEADER, TRUE, &data);
    if (status != MG_SOURCE_OK) {
        mg_reader_set_short_header(source, error);
        return NULL;
    }
    MgByteOrder order = {.big_endian = data[0] == 0xa1};
    guint32 magic = mg_get32(order, data);
    guint16 major = mg_get16(order, data + 4);
    guint16 minor = mg_get16(order, data + 6);
    if (major != 2) {
        mg_reader_set_version(source, "pcap", major, minor, error);
        return NULL;
    }
    PcapReader *pcap = g_new0(PcapReader, 1);
    mg_reader_init(&pcap->base, &pcap_class, source);
    pcap->order = order;
    pcap->minor = minor;
    pcap->record_header = magic == MODIFIED_MAGIC ? 24 : 16;
    pcap->fraction = magic == NANOSECOND_MAGIC ? 1 : 1000;
    /* The upper bits tell the length of a frame check sequence. */
    pcap->linktype = (guint16)mg_get32(order, data + 20);
    mg_reader_add_linktype(&pcap->base, pcap->linktype);
    mg_source_take(source, FILE_HEADER);
    return &pcap->base;
}
