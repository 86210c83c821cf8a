/* Fuzz target: both sides of a POP3 connection, cut, with holes and missing sides.
 *
 * The input is a list of records: one octet of direction and kind, one of length, then that
 * many octets. */
#include <stdint.h>

#include "../unit/talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SERVER = 1, GAP = 2, RESET = 4, OCTETS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    Talk *talk = talk_new(110);
    /* The first octet says how the connection is captured. */
    if (data[0] & 1)
        talk->flow.opener_known = talk->flow.complete_start = FALSE;
    talk->deaf[0] = (data[0] & 2) != 0;
    talk->deaf[1] = (data[0] & 4) != 0;
    for (size_t at = 1; at + 2 <= size && !talk->over;) {
        uint8_t kind = data[at];
        size_t len = MIN((size_t)data[at + 1], size - at - 2);
        MgSide side = kind & SERVER ? 1 : 0;
        talk->step = kind & OCTETS ? 1 : 0;
        if (kind & GAP && talk->open)
            talk_gap(talk, side, len + 1);
        else if (kind & RESET)
            talk_end(talk, MG_ENDED_RESET, side);
        else if (len > 0)
            talk_send(talk, side, data + at + 2, len);
        at += 2 + len;
    }
    talk_end(talk, MG_ENDED_CLOSED, 0);
    talk_free(talk);
    return 0;
}
