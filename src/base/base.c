/* Addresses, frame lists and link type names. */
#include "mg-base.h"

#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

gboolean mg_address_equal(const MgAddress *a, const MgAddress *b)
{
    gsize len = a->family == 4 ? 4 : 16;
    return a->family == b->family && memcmp(a->bytes, b->bytes, len) == 0;
}

guint mg_address_hash(const MgAddress *address)
{
    guint hash = address->family;
    for (gsize i = 0; i < (address->family == 4 ? 4u : 16u); i++)
        hash = hash * 31 + address->bytes[i];
    return hash;
}

char *mg_address_string(const MgAddress *address)
{
    char text[INET6_ADDRSTRLEN];
    if (address->family == 0)
        return g_strdup("");
    inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, text, sizeof text);
    return g_strdup(text);
}

gboolean mg_address_parse(const char *text, MgAddress *ret_address)
{
    MgAddress address = {0};
    if (inet_pton(AF_INET, text, address.bytes) == 1)
        address.family = 4;
    else if (inet_pton(AF_INET6, text, address.bytes) == 1)
        address.family = 6;
    else
        return FALSE;
    *ret_address = address;
    return TRUE;
}

MgTime mg_time_shift(MgTime time, gint64 nanoseconds)
{
    if (time == MG_TIME_NONE || (nanoseconds > 0 && time > G_MAXINT64 - nanoseconds) ||
        (nanoseconds < 0 && time <= G_MININT64 - nanoseconds))
        return time;
    return time + nanoseconds;
}

MgTime mg_time_drift(MgTime time, MgTime since, gint64 per_second)
{
    if (per_second == 0 || time == MG_TIME_NONE || since == MG_TIME_NONE ||
        (since < 0) != (time < 0) || ABS(per_second) > MG_SECOND)
        return time;
    gint64 after = time - since;
    return mg_time_shift(time, after / MG_SECOND * per_second +
                                   after % MG_SECOND * per_second / MG_SECOND);
}

void mg_frames_add_from(MgFrames *frames, guint16 capture, guint64 frame)
{
    if (frame == 0 ||
        (frames->count > 0 && frames->last == frame && frames->last_capture == capture))
        return;
    guint kept = MIN(frames->count, (guint)MG_FRAMES_KEPT);
    for (guint i = 0; i < kept; i++)
        if (frames->kept[i] == frame && frames->captures[i] == capture)
            return;
    if (kept < MG_FRAMES_KEPT) {
        frames->kept[kept] = frame;
        frames->captures[kept] = capture;
    }
    frames->last = frame;
    frames->last_capture = capture;
    frames->count++;
}

void mg_frames_add(MgFrames *frames, guint64 frame)
{
    mg_frames_add_from(frames, 0, frame);
}

void mg_frames_add_all(MgFrames *frames, const MgFrames *more)
{
    guint kept = MIN(more->count, (guint)MG_FRAMES_KEPT);
    for (guint i = 0; i < kept; i++)
        mg_frames_add_from(frames, more->captures[i], more->kept[i]);
    if (more->count > MG_FRAMES_KEPT) {
        guint unkept = more->count - MG_FRAMES_KEPT - 1;
        mg_frames_add_from(frames, more->last_capture, more->last);
        frames->count += unkept;
    }
}

guint64 mg_frames_first(const MgFrames *frames)
{
    return frames->count > 0 ? frames->kept[0] : 0;
}

const char *mg_linktype_name(guint16 linktype)
{
    /* Names and numbers as in the registry of link types. */
    static const struct {
        guint16 linktype;
        const char *name;
    } names[] = {
        {0, "NULL"},
        {1, "EN10MB"},
        {6, "IEEE802_5"},
        {8, "SLIP"},
        {9, "PPP"},
        {10, "FDDI"},
        {50, "PPP_HDLC"},
        {51, "PPP_ETHER"},
        {101, "RAW"},
        {104, "C_HDLC"},
        {105, "IEEE802_11"},
        {107, "FRELAY"},
        {108, "LOOP"},
        {113, "LINUX_SLL"},
        {119, "IEEE802_11_PRISM"},
        {127, "IEEE802_11_RADIO"},
        {163, "IEEE802_11_AVS"},
        {187, "BLUETOOTH_HCI_H4"},
        {189, "USB_LINUX"},
        {192, "PPI"},
        {195, "IEEE802_15_4"},
        {201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
        {220, "USB_LINUX_MMAPPED"},
        {228, "IPV4"},
        {229, "IPV6"},
        {239, "NFLOG"},
        {249, "USBPCAP"},
        {251, "BLUETOOTH_LE_LL"},
        {276, "LINUX_SLL2"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].linktype == linktype)
            return names[i].name;
    g_autofree char *name = g_strdup_printf("LINKTYPE_%u", linktype);
    return g_intern_string(name);
}

int mg_unnamed_file(GError **error)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("mailgloss-XXXXXX", &path, error);
    if (fd >= 0)
        unlink(path);
    return fd;
}
