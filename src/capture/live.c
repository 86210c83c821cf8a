/* Live interfaces, by libpcap. */
#include "capture/reader.h"
#include "capture/dlt.h"

#include <pcap/pcap.h>
#include <string.h>

#define DEFAULT_SNAPLEN 262144
/* Milliseconds after which the kernel hands over what it has. */
#define TIMEOUT 50
/* libpcap's 2 MiB lose packets of a single large mail on the loopback interface. */
#define DEFAULT_BUFFER_MIB 16

typedef struct {
    MgReader base;
    char *interface;
    pcap_t *pcap;
    guint fraction; /* nanoseconds of one unit of the fraction */
    guint64 dropped;
} LiveReader;

static MgRead live_next(MgReader *reader, MgFrame *ret_frame, GError **error)
{
    LiveReader *live = (LiveReader *)reader;
    struct pcap_pkthdr *header = NULL;
    const u_char *data = NULL;
    int status = pcap_next_ex(live->pcap, &header, &data);
    if (status == 0 || status == PCAP_ERROR_BREAK)
        return MG_READ_WAIT;
    if (status < 0) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN, "Capturing on %s broke off: %s",
                    live->interface, pcap_geterr(live->pcap));
        return MG_READ_ERROR;
    }
    *ret_frame = (MgFrame){
        .bytes = {data, header->caplen},
        .original_len = MAX(header->len, header->caplen),
        .linktype = g_array_index(reader->linktypes, guint16, 0),
        .at = {.frame = ++reader->frames,
               .time =
                   mg_reader_time(header->ts.tv_sec, (guint64)header->ts.tv_usec * live->fraction),
               .time_digits = live->fraction == 1 ? 9 : 6},
    };
    return MG_READ_FRAME;
}

static guint64 live_dropped(MgReader *reader)
{
    LiveReader *live = (LiveReader *)reader;
    struct pcap_stat statistics;
    if (pcap_stats(live->pcap, &statistics) == 0)
        live->dropped = (guint64)statistics.ps_drop + statistics.ps_ifdrop;
    return live->dropped;
}

static void live_free(MgReader *reader)
{
    LiveReader *live = (LiveReader *)reader;
    if (live->pcap != NULL)
        pcap_close(live->pcap);
    g_free(live->interface);
    mg_reader_clear(reader);
    g_free(live);
}

static const MgReaderClass live_class = {
    .next = live_next, .free = live_free, .dropped = live_dropped};

static const char *activation_cause(pcap_t *pcap, int status)
{
    switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return "there is no such interface";
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return "no permission; run it as root, or give the program the capability cap_net_raw";
    case PCAP_ERROR_IFACE_NOT_UP:
        return "the interface is down";
    default:
        return *pcap_geterr(pcap) != '\0' ? pcap_geterr(pcap) : pcap_statustostr(status);
    }
}

static void set_failed(const char *interface, const char *cause, GError **error)
{
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN, "Cannot capture on %s: %s",
                interface, cause);
}

static gboolean set_filter(pcap_t *pcap, const MgLiveOptions *options, GError **error)
{
    struct bpf_program code;
    if (options->filter == NULL)
        return TRUE;
    if (pcap_compile(pcap, &code, options->filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_FILTER,
                    "The filter \"%s\" does not fit %s: %s", options->filter, options->interface,
                    pcap_geterr(pcap));
        return FALSE;
    }
    gboolean done = pcap_setfilter(pcap, &code) == 0;
    pcap_freecode(&code);
    if (!done)
        set_failed(options->interface, pcap_geterr(pcap), error);
    return done;
}

static gboolean activate(pcap_t *pcap, const MgLiveOptions *options, GError **error)
{
    pcap_set_snaplen(pcap, options->snaplen > 0 ? options->snaplen : DEFAULT_SNAPLEN);
    pcap_set_promisc(pcap, !options->no_promiscuous);
    pcap_set_timeout(pcap, TIMEOUT);
#ifndef __linux__
    /* Elsewhere poll() may not see that the timeout is over.  On Linux immediate mode would
     * give each packet, however small, a slot of 64 KiB, and a burst would soon fill them. */
    pcap_set_immediate_mode(pcap, 1);
#endif
    /* Where the system has no nanoseconds it stays with microseconds. */
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    int buffer_mib = options->buffer_mib > 0 ? options->buffer_mib : DEFAULT_BUFFER_MIB;
    pcap_set_buffer_size(pcap, MIN(buffer_mib, 2047) * 1024 * 1024);
    int status = pcap_activate(pcap);
    if (status < 0) { /* above zero are warnings: no promiscuous mode on "any", … */
        set_failed(options->interface, activation_cause(pcap, status), error);
        return FALSE;
    }
    char message[PCAP_ERRBUF_SIZE] = "";
    if (pcap_setnonblock(pcap, 1, message) != 0) {
        set_failed(options->interface, message, error);
        return FALSE;
    }
    return set_filter(pcap, options, error);
}

MgReader *mg_live_reader_new(const MgLiveOptions *options, GError **error)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_create(options->interface, message);
    if (pcap == NULL) {
        set_failed(options->interface, message, error);
        return NULL;
    }
    if (!activate(pcap, options, error)) {
        pcap_close(pcap);
        return NULL;
    }
    LiveReader *live = g_new0(LiveReader, 1);
    mg_reader_init(&live->base, &live_class, NULL);
    live->interface = g_strdup(options->interface);
    live->base.name = live->interface;
    live->pcap = pcap;
    live->base.poll_fd = pcap_get_selectable_fd(pcap);
    live->fraction = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    mg_reader_add_linktype(&live->base, mg_dlt_to_linktype(pcap_datalink(pcap)));
    return &live->base;
}

/* ---- the list of interfaces ---- */

/* libpcap also lists what carries no IP; nfqueue would even take packets away. */
static gboolean carries_mail(const char *name)
{
    static const char *const others[] = {"bluetooth", "usbmon", "dbus-", "nfqueue"};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        if (g_str_has_prefix(name, others[i]))
            return FALSE;
    return TRUE;
}

char **mg_capture_interfaces(GError **error)
{
    char message[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *interfaces = NULL;
    if (pcap_findalldevs(&interfaces, message) != 0) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN,
                    "Cannot list the interfaces: %s", message);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new();
    for (pcap_if_t *interface = interfaces; interface != NULL; interface = interface->next) {
        if (!carries_mail(interface->name))
            continue;
        if (interface->description != NULL)
            g_ptr_array_add(names,
                            g_strdup_printf("%s (%s)", interface->name, interface->description));
        else
            g_ptr_array_add(names, g_strdup(interface->name));
    }
    pcap_freealldevs(interfaces);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
