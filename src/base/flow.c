/* Which frame carried which octet of an offer. */
#include "mg-flow.h"

const MgPlacement *mg_bytes_place(const MgBytes *bytes, guint64 offset)
{
    guint low = 0, high = bytes->n_places;
    while (low + 1 < high) {
        guint middle = low + (high - low) / 2;
        if (bytes->places[middle].offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return &bytes->places[low];
}

void mg_bytes_frames(const MgBytes *bytes, guint64 from, guint64 to, MgFrames *frames)
{
    if (from >= to || bytes->n_places == 0)
        return;
    const MgPlacement *end = bytes->places + bytes->n_places;
    for (const MgPlacement *place = mg_bytes_place(bytes, from); place < end && place->offset < to;
         place++)
        mg_frames_add_from(frames, place->at.capture, place->at.frame);
}
