/* What is noted while the corridor reads, by frame: the data behind each MgSorterHead. */
#ifndef MG_ANNOTATE_RECORDS_H
#define MG_ANNOTATE_RECORDS_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef enum {
    MG_RECORD_EDIT, /* octets of the frame are replaced */
    MG_RECORD_MEND, /* a checksum is mended for octets in other frames */
    MG_RECORD_COMMENT,
    MG_RECORD_SPAN,    /* from here on frames of one direction are parts of a step */
    MG_RECORD_CARRIER, /* the frame carries octets of one direction */
    MG_RECORD_REPEAT,  /* another frame brings the octets of this one again */
} MgRecordKind;

typedef struct {
    guint32 at, len;   /* in the frame's octets; beyond its end is nothing */
    guint32 header_at; /* of the TCP header, whose checksum is mended; MG_OFFSET_NONE = none */
    gboolean blanked;  /* the whole payload, because nobody knows where the secret is */
    guint32 n_octets;  /* that follow: what stands there then; 0 = all of it becomes 'x' */
} MgEdit;

typedef struct {
    guint32 at;  /* of the checksum */
    guint32 add; /* to the sum, as mg_mend_sum() makes it */
} MgMend;

/* The text follows, without a zero at its end. */
typedef struct {
    guint64 step;
    char side;
} MgNoted;

typedef struct {
    guint64 flow;
    guint64 before;
    guint64 step;
    guint32 from; /* side of the flow */
    char side;
    guint first_part, parts;
} MgSpan;

typedef struct {
    guint64 flow;
    guint32 from;
} MgCarrier;

typedef struct {
    guint64 frame;
    guint16 capture;
} MgAgain;

G_END_DECLS

#endif
