/* zlib's inflate over the pieces of an offer, and the octets that wait for their receiver. */
#include "proto/inflate.h"

#include <zlib.h>

enum {
    /* A raw stream with the largest window (RFC 4978 section 3). */
    RAW_DEFLATE = -15,
    /* Inflated octets after which the receiver looks at them: it goes over an incomplete line
     * again with each look, so looks are rare. */
    CHUNK = 64 * 1024,
};

struct MgInflate {
    z_stream stream;
    gboolean ended;   /* by its own last block, or by damage */
    guint64 used;     /* compressed octets so far */
    guint64 inflated; /* octets so far: the offset of what comes next */
    GByteArray *octets;
    gsize taken;    /* octets at the front of `octets` that are gone */
    GArray *places; /* MgPlacement */
    guint taken_places;
    gboolean pending; /* zlib holds more than there was room for, of this frame: */
    MgStamp pending_at;
};

MgInflate *mg_inflate_new(void)
{
    MgInflate *self = g_new0(MgInflate, 1);
    self->octets = g_byte_array_new();
    self->places = g_array_new(FALSE, FALSE, sizeof(MgPlacement));
    self->ended = inflateInit2(&self->stream, RAW_DEFLATE) != Z_OK;
    return self;
}

void mg_inflate_free(MgInflate *self)
{
    if (self == NULL)
        return;
    inflateEnd(&self->stream);
    g_byte_array_unref(self->octets);
    g_array_unref(self->places);
    g_free(self);
}

/* ---- What waits ---- */

static gsize waiting(const MgInflate *self)
{
    return self->octets->len - self->taken;
}

gboolean mg_inflate_full(const MgInflate *self)
{
    return waiting(self) >= MG_LIMIT_WAITING ||
           self->places->len - self->taken_places >= MG_LIMIT_PIECES;
}

MgBytes mg_inflate_waiting(const MgInflate *self)
{
    MgBytes bytes = {.offset = self->inflated - waiting(self)};
    if (waiting(self) == 0)
        return bytes;
    bytes.slice = (MgSlice){self->octets->data + self->taken, waiting(self)};
    bytes.places = &g_array_index(self->places, MgPlacement, self->taken_places);
    bytes.n_places = self->places->len - self->taken_places;
    return bytes;
}

/* Forget what was taken; moving the rest only when it is the smaller part, so that many small
 * takes cost no more than one. */
static void compact(MgInflate *self)
{
    if (waiting(self) == 0) {
        /* A connection that is silent keeps no room. */
        g_byte_array_unref(self->octets);
        g_array_unref(self->places);
        self->octets = g_byte_array_new();
        self->places = g_array_new(FALSE, FALSE, sizeof(MgPlacement));
        self->taken = 0;
        self->taken_places = 0;
        return;
    }
    if (self->taken > waiting(self)) {
        g_byte_array_remove_range(self->octets, 0, (guint)self->taken);
        self->taken = 0;
    }
    if (self->taken_places > self->places->len / 2) {
        g_array_remove_range(self->places, 0, self->taken_places);
        self->taken_places = 0;
    }
}

void mg_inflate_take(MgInflate *self, gsize taken)
{
    self->taken += MIN(taken, waiting(self));
    guint64 offset = self->inflated - waiting(self);
    while (self->taken_places + 1 < self->places->len &&
           g_array_index(self->places, MgPlacement, self->taken_places + 1).offset <= offset)
        self->taken_places++;
    compact(self);
}

static void add(MgInflate *self, const guint8 *data, gsize len, const MgStamp *at)
{
    const MgPlacement *last = self->places->len > 0
                                  ? &g_array_index(self->places, MgPlacement, self->places->len - 1)
                                  : NULL;
    if (last == NULL || last->at.frame != at->frame || last->at.capture != at->capture) {
        MgPlacement place = {.offset = self->inflated, .at = *at, .frame_offset = MG_OFFSET_NONE};
        g_array_append_val(self->places, place);
    }
    g_byte_array_append(self->octets, data, (guint)len);
    self->inflated += len;
}

/* ---- Inflating ---- */

static gboolean swollen(const MgInflate *self)
{
    return self->inflated > MG_LIMIT_INFLATED &&
           (self->inflated - MG_LIMIT_INFLATED) / MG_LIMIT_INFLATE_RATIO > self->used;
}

/* One call of zlib, with what it gives handed to those that wait.  FALSE: it cannot go on. */
static gboolean step(MgInflate *self, MgSlice piece, const MgStamp *at, gsize *budget,
                     gsize *ret_used)
{
    guint8 out[4096];
    z_stream *stream = &self->stream;
    uInt offered = (uInt)MIN(piece.len, (gsize)G_MAXUINT16);
    uInt room = (uInt)MIN(sizeof out, *budget);
    stream->next_in = (Bytef *)(gpointer)piece.data;
    stream->avail_in = offered;
    stream->next_out = out;
    stream->avail_out = room;
    int status = inflate(stream, Z_SYNC_FLUSH);
    *ret_used = offered - stream->avail_in;
    self->used += *ret_used;
    *budget -= room - stream->avail_out;
    /* With no room left, zlib may have more to give than it has taken octets for. */
    self->pending = stream->avail_out == 0;
    if (room > stream->avail_out)
        add(self, out, room - stream->avail_out, at);
    self->ended = status != Z_OK && status != Z_BUF_ERROR;
    return !self->ended || status == Z_STREAM_END;
}

/* Octets that one frame carried. */
static MgInflateStatus feed_piece(MgInflate *self, MgSlice piece, const MgStamp *at, gsize *budget,
                                  gsize *ret_used)
{
    *ret_used = 0;
    while (*ret_used < piece.len || (self->pending && !self->ended)) {
        if (*budget == 0 || mg_inflate_full(self))
            return MG_INFLATE_PART;
        MgSlice rest = {piece.data + *ret_used, piece.len - *ret_used};
        gsize used = 0;
        gboolean sound = !self->ended && step(self, rest, at, budget, &used);
        *ret_used += used;
        if (!sound)
            return MG_INFLATE_DAMAGED;
        if (swollen(self))
            return MG_INFLATE_SWOLLEN;
    }
    return MG_INFLATE_ALL;
}

MgInflateStatus mg_inflate_feed(MgInflate *self, const MgBytes *bytes, gsize *ret_used)
{
    gsize budget = CHUNK;
    guint64 end = bytes->offset + bytes->slice.len;
    *ret_used = 0;
    if (self->pending) {
        static const guint8 none;
        gsize used;
        MgStamp at = self->pending_at;
        MgInflateStatus status = feed_piece(self, (MgSlice){&none, 0}, &at, &budget, &used);
        if (status != MG_INFLATE_ALL)
            return status;
    }
    for (guint i = 0; i < bytes->n_places && *ret_used < bytes->slice.len; i++) {
        const MgPlacement *place = &bytes->places[i];
        guint64 stop = i + 1 < bytes->n_places ? MIN(end, place[1].offset) : end;
        MgSlice piece = {bytes->slice.data + *ret_used, (gsize)(stop - bytes->offset) - *ret_used};
        gsize used;
        self->pending_at = place->at;
        MgInflateStatus status = feed_piece(self, piece, &place->at, &budget, &used);
        *ret_used += used;
        if (status != MG_INFLATE_ALL)
            return status;
    }
    return MG_INFLATE_ALL;
}
