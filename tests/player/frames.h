/* Packets of a script as frames of a capture: fragmented, in tunnels, or seen at two points. */
#ifndef MG_TESTS_FRAMES_H
#define MG_TESTS_FRAMES_H

#include "player.h"

typedef enum {
    FRAMING_FRAGMENTED, /* in pieces that come out of order */
    FRAMING_TUNNELLED,  /* inside other protocols */
    FRAMING_DOUBLED,    /* by a second capture point too, whose clock is 17.3 s fast or slow */
} Framing;

typedef struct {
    GBytes *bytes; /* of link type EN10MB */
    MgStamp at;
} Frame;

const char *framing_name(Framing framing);
/* The frames in the order of the files that hold them, capture after capture; `way` tells several
 * ways apart, NULL when there is no such way. */
GPtrArray *frames_of(const Script *script, const GPtrArray *packets, Framing framing, guint way);

/* Play them through net as well; several captures as one timeline. */
Record *record_play_frames(const Script *script, const GPtrArray *frames);

#endif
