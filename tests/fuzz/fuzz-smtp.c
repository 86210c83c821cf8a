/* SMTP sessions out of any bytes: whatever is said, it is the same in small pieces.
 *
 * The first octet: bit 0 without handshake, bit 1 LMTP.  Then records: kind (bit 0 the server
 * sends, bit 1 a hole of that side instead), length, octets. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto-wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The server's lines one by one: what stands behind a line that lets the client go on comes
 * after the client's answer, if it is in the same packet, and maybe before it, if not. */
static void send_lines(Wire *wire, const uint8_t *data, size_t len)
{
    while (len > 0) {
        const uint8_t *feed = memchr(data, '\n', len);
        size_t line = feed != NULL ? (size_t)(feed - data) + 1 : len;
        wire_send_raw(wire, 1, data, line);
        data += line;
        len -= line;
    }
}

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
        else if (side == 1)
            send_lines(wire, data + at + 2, len);
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
    if (strcmp(whole, pieces) != 0) {
        fprintf(stderr, "whole:\n%s\nin pieces:\n%s", whole, pieces);
        abort();
    }
    return 0;
}
