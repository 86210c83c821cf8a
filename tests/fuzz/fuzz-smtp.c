/* SMTP sessions out of any bytes: whatever is said, it is the same in small pieces.
 *
 * The first octet: bit 0 without handshake, bit 1 LMTP.  Then records: kind (bit 0 the server
 * sends, bit 1 a hole of that side instead), length, octets. */
#include <stdint.h>
#include <string.h>

#include "proto-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *run(const uint8_t *data, size_t size, gsize piece)
{
    g_autoptr(Wire) wire = wire_new(50000, (data[0] & 2) != 0 ? 24 : 25, (data[0] & 1) == 0);
    wire->effects = wire->no_records = TRUE;
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
    wire_end(wire, MG_ENDED_RESET, 0);
    return wire_take(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 4096)
        return 0;
    g_autofree char *whole = run(data, size, 0);
    g_autofree char *pieces = run(data, size, 1);
    if (strcmp(whole, pieces) != 0)
        g_error("whole:\n%s\nin pieces:\n%s", whole, pieces);
    return 0;
}
