/* Connections on any port out of any bytes: is it mail, and of which kind.
 *
 * The first octet chooses the server's port and (bit 7) whether there was a handshake.  Then
 * records as in fuzz-smtp.c. */
#include <stdint.h>

#include "proto-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const guint16 ports[] = {8025, 1080, 25, 465, 110, 143, 993, 24};
    if (size == 0 || size > 4096)
        return 0;
    for (gsize piece = 0; piece < 2; piece++) {
        g_autoptr(Wire) wire =
            wire_new(50000, ports[data[0] % G_N_ELEMENTS(ports)], (data[0] & 0x80) == 0);
        wire->piece = piece;
        size_t at = 1;
        while (at + 2 <= size) {
            MgSide side = data[at] & 1;
            size_t len = MIN(data[at + 1], size - at - 2);
            if ((data[at] & 2) != 0)
                wire_gap(wire, side, (guint64)len + 1);
            else
                wire_send_raw(wire, side, data + at + 2, len);
            at += 2 + len;
        }
        wire_end(wire, MG_ENDED_CLOSED, 1);
    }
    return 0;
}
