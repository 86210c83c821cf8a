/* See seen.h. */
#include "annotate/seen.h"

#include "annotate/hide.h"
#include "annotate/mend.h"

#include <string.h>

#define LEAST_HEADER 20

MgSeen *mg_seen_new(const MgSegment *segment)
{
    MgSeen *seen = g_new(MgSeen, 1);
    *seen = (MgSeen){
        /* The number of the first octet of payload: a SYN counts for one (RFC 9293). */
        .seq = segment->seq + ((segment->flags & MG_TCP_SYN) != 0 ? 1 : 0),
        .len = (guint32)segment->payload.len,
        .frame_offset = segment->frame_offset,
        .header_at = MG_OFFSET_NONE,
        .header_len = segment->header_len,
        .frame = segment->at.frame,
        .capture = segment->at.capture,
    };
    if (segment->frame_offset != MG_OFFSET_NONE) {
        seen->header_at = segment->frame_offset - segment->header_len;
    } else if (segment->n_pieces > 0) {
        seen->n_pieces = segment->n_pieces;
        seen->piece_offset = segment->piece_offset;
        seen->pieces = g_memdup2(segment->pieces, segment->n_pieces * sizeof *segment->pieces);
        seen->payload = g_memdup2(segment->payload.data, segment->payload.len);
    }
    return seen;
}

void mg_seen_free(gpointer data)
{
    MgSeen *seen = data;
    g_free(seen->pieces);
    g_free(seen->payload);
    g_free(seen);
}

static void add_edit(MgSorter *sorter, guint16 capture, guint64 frame, MgEdit edit,
                     const guint8 *octets)
{
    edit.n_octets = octets != NULL ? edit.len : 0;
    g_autofree guint8 *record = g_malloc(sizeof edit + edit.n_octets);
    memcpy(record, &edit, sizeof edit);
    if (edit.n_octets > 0)
        memcpy(record + sizeof edit, octets, edit.n_octets);
    mg_sorter_add(sorter, capture, frame, MG_RECORD_EDIT, record, sizeof edit + edit.n_octets);
}

/* All of the frame: what is in it nobody can tell. */
static void blank_frame(MgSorter *sorter, const MgStamp *at)
{
    MgEdit edit = {.len = G_MAXUINT32, .header_at = MG_OFFSET_NONE, .blanked = TRUE};
    add_edit(sorter, at->capture, at->frame, edit, NULL);
}

/* [from, to) of the datagram, in every piece that carries some of it. */
static void hide_in_pieces(const MgSeen *seen, MgSorter *sorter, guint32 from, guint32 to,
                           const guint8 *octets, gboolean blanked)
{
    for (guint i = 0; i < seen->n_pieces; i++) {
        const MgPiece *piece = &seen->pieces[i];
        guint32 first = MAX(from, piece->offset), last = MIN(to, piece->offset + piece->len);
        if (first >= last)
            continue;
        if (piece->frame_offset == MG_OFFSET_NONE) {
            blank_frame(sorter, &piece->at);
            continue;
        }
        MgEdit edit = {.at = piece->frame_offset + (first - piece->offset),
                       .len = last - first,
                       .header_at = MG_OFFSET_NONE,
                       .blanked = blanked};
        add_edit(sorter, piece->at.capture, piece->at.frame, edit,
                 octets != NULL ? octets + (first - from) : NULL);
    }
}

/* The checksum stands in the first fragment, whichever the octets are in. */
static void mend_in_pieces(const MgSeen *seen, MgSorter *sorter, guint64 sum)
{
    guint32 checksum = seen->piece_offset + MG_TCP_CHECKSUM;
    for (guint i = 0; i < seen->n_pieces; i++) {
        const MgPiece *piece = &seen->pieces[i];
        if (piece->frame_offset == MG_OFFSET_NONE || piece->offset > checksum ||
            piece->offset + piece->len < checksum + 2)
            continue;
        MgMend mend = {.at = piece->frame_offset + (checksum - piece->offset),
                       .add = mg_mend_fold(sum)};
        mg_sorter_add(sorter, piece->at.capture, piece->at.frame, MG_RECORD_MEND, &mend,
                      sizeof mend);
    }
}

static void hide(const MgSeen *seen, MgSorter *sorter, guint32 at, guint32 len,
                 const guint8 *octets, gboolean blanked)
{
    MgStamp stamp = {.frame = seen->frame, .capture = seen->capture};
    if (seen->frame_offset != MG_OFFSET_NONE) {
        MgEdit edit = {.at = seen->frame_offset + at,
                       .len = len,
                       .header_at = seen->header_at,
                       .blanked = blanked};
        add_edit(sorter, seen->capture, seen->frame, edit, octets);
        return;
    }
    if (seen->n_pieces == 0) {
        blank_frame(sorter, &stamp);
        return;
    }
    guint32 from = seen->piece_offset + seen->header_len + at;
    hide_in_pieces(seen, sorter, from, from + len, octets, blanked);
    guint64 sum = 0;
    for (guint32 i = 0; i < len; i++) {
        guint8 *octet = &seen->payload[at + i];
        guint8 new = octets != NULL ? octets[i] : MG_HIDE_WITH;
        sum += mg_mend_sum(seen->header_len + at + i, *octet, new);
        *octet = new; /* mended once */
    }
    mend_in_pieces(seen, sorter, sum);
}

void mg_seen_hide(const MgSeen *seen, MgSorter *sorter, guint32 at, guint32 len,
                  const guint8 *octets)
{
    hide(seen, sorter, at, len, octets, FALSE);
}

void mg_seen_blank(const MgSeen *seen, MgSorter *sorter)
{
    hide(seen, sorter, 0, seen->len, NULL, TRUE);
}

void mg_seen_blank_piece(const MgPiece *piece, MgSorter *sorter)
{
    if (piece->frame_offset == MG_OFFSET_NONE) {
        blank_frame(sorter, &piece->at);
        return;
    }
    guint32 header = piece->offset == 0 ? MIN(LEAST_HEADER, piece->len) : 0;
    MgEdit edit = {.at = piece->frame_offset + header,
                   .len = piece->len - header,
                   .header_at = MG_OFFSET_NONE,
                   .blanked = TRUE};
    add_edit(sorter, piece->at.capture, piece->at.frame, edit, NULL);
}
