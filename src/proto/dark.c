/* Counting encrypted octets and the records they are in. */
#include "proto/dark.h"

enum { TLS_APPLICATION_DATA = 23 };

static gboolean is_header(MgSlice bytes)
{
    return bytes.len >= 5 && bytes.data[0] >= 0x14 && bytes.data[0] <= 0x18 && bytes.data[1] == 3 &&
           bytes.data[2] <= 4;
}

void mg_dark_feed(MgDark *dark, MgSlice bytes)
{
    dark->octets += bytes.len;
    /* Senders begin segments with records: what looks like a header there is one. */
    if (dark->lost && is_header(bytes)) {
        dark->lost = FALSE;
        dark->header_len = 0;
        dark->body_left = 0;
    }
    gsize at = 0;
    while (at < bytes.len && !dark->lost) {
        if (dark->body_left > 0) {
            gsize step = MIN((gsize)dark->body_left, bytes.len - at);
            dark->body_left -= (guint)step;
            at += step;
            continue;
        }
        dark->header[dark->header_len++] = bytes.data[at++];
        if (dark->header_len < sizeof dark->header)
            continue;
        dark->header_len = 0;
        /* Other than a record header (an SSLv2 hello, something else than TLS): count octets
         * alone. */
        if (!is_header((MgSlice){dark->header, sizeof dark->header})) {
            dark->lost = TRUE;
            break;
        }
        dark->body_left = (guint)dark->header[3] << 8 | dark->header[4];
        if (dark->header[0] == TLS_APPLICATION_DATA)
            dark->records++;
    }
}

void mg_dark_gap(MgDark *dark, guint64 octets)
{
    if (octets <= dark->body_left)
        dark->body_left -= (guint)octets;
    else
        dark->lost = TRUE;
}
