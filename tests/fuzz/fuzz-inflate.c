/* Compressed IMAP sessions out of any bytes.
 *
 * The first octet is the size of the pieces in which the wire offers.  Then records of a head,
 * a length and so many octets; bits of the head: 0 = of the server, 1 = so many octets and one
 * are missing, 2 = the octets are compressed for the fuzzer, else they are what is on the wire. */
#include <stdint.h>
#include <zlib.h>

#include "proto-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void send_squeezed(Wire *wire, MgSide side, z_stream *stream, const uint8_t *data,
                          size_t len)
{
    guint8 out[1024];
    stream->next_in = (Bytef *)(gpointer)data;
    stream->avail_in = (uInt)len;
    stream->next_out = out;
    stream->avail_out = sizeof out; /* more than 255 octets can become */
    if (deflate(stream, Z_SYNC_FLUSH) == Z_OK)
        wire_send_raw(wire, side, out, sizeof out - stream->avail_out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    g_autoptr(Wire) wire = wire_new(50000, 143, TRUE);
    z_stream streams[2] = {0};
    for (MgSide side = 0; side < 2; side++)
        if (deflateInit2(&streams[side], 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            return 0;
    wire_play(wire, "S: * PREAUTH ready\nC: a1 COMPRESS DEFLATE\nS: a1 OK go");
    wire->piece = data[0];
    size_t at = 1;
    while (at + 2 <= size) {
        MgSide side = data[at] & 1;
        size_t len = MIN(data[at + 1], size - at - 2);
        if ((data[at] & 2) != 0)
            wire_gap(wire, side, (guint64)len + 1);
        else if ((data[at] & 4) != 0)
            send_squeezed(wire, side, &streams[side], data + at + 2, len);
        else
            wire_send_raw(wire, side, data + at + 2, len);
        at += 2 + len;
    }
    for (MgSide side = 0; side < 2; side++)
        deflateEnd(&streams[side]);
    wire_end(wire, MG_ENDED_CLOSED, 1);
    return 0;
}
