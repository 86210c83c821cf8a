/* See edits.h. */
#include "annotate/edits.h"

#include "annotate/hide.h"
#include "annotate/mend.h"
#include "annotate/records.h"
#include "mg-segment.h"

#include <string.h>
#include <zlib.h>

enum {
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_WLAN = 105,
    LINKTYPE_WLAN_RADIOTAP = 127,
};

#define FCS 4

/* Where the frame's check sequence begins to count; FALSE: none is known to be there. */
static gboolean fcs_range(const MgBlock *block, const guint8 *octets, gsize *ret_from)
{
    *ret_from = 0;
    if (block->linktype == LINKTYPE_WLAN_RADIOTAP && block->packet_len > 4)
        *ret_from = (gsize)(octets[2] | octets[3] << 8);
    else if (block->linktype != LINKTYPE_ETHERNET && block->linktype != LINKTYPE_WLAN)
        return FALSE;
    return block->packet_len > *ret_from + FCS;
}

static guint32 crc_of(const guint8 *octets, gsize from, gsize len)
{
    return (guint32)crc32(0, octets + from, (uInt)(len - FCS - from));
}

static guint32 fcs_of(const guint8 *octets, gsize len)
{
    const guint8 *fcs = octets + len - FCS;
    return (guint32)fcs[0] | (guint32)fcs[1] << 8 | (guint32)fcs[2] << 16 | (guint32)fcs[3] << 24;
}

/* A right frame check sequence becomes one again. */
void mg_edits_finish(MgEdits *edits)
{
    const MgBlock *block = edits->block;
    if (edits->packet == NULL)
        return;
    const guint8 *before = block->body.data + block->packet_at;
    gsize from, len = block->packet_len;
    if (!fcs_range(block, before, &from) || crc_of(before, from, len) != fcs_of(before, len))
        return;
    guint32 crc = crc_of(edits->packet, from, len);
    for (guint i = 0; i < FCS; i++)
        edits->packet[len - FCS + i] = (guint8)(crc >> 8 * i);
}

static guint8 *own_packet(MgEdits *edits)
{
    const MgBlock *block = edits->block;
    if (edits->packet == NULL)
        edits->packet = g_memdup2(block->body.data + block->packet_at, MAX(block->packet_len, 1));
    return edits->packet;
}

static void edit(MgEdits *edits, const guint8 *data)
{
    MgEdit edit;
    memcpy(&edit, data, sizeof edit);
    const guint8 *octets = edit.n_octets > 0 ? data + sizeof edit : NULL;
    guint8 *packet = own_packet(edits);
    gsize end = MIN((gsize)edit.at + edit.len, edits->block->packet_len);
    guint64 sum = 0;
    for (gsize at = edit.at; at < end; at++) {
        guint8 new = octets != NULL ? octets[at - edit.at] : MG_HIDE_WITH;
        sum += mg_mend_sum((guint32)(at - edit.header_at), packet[at], new);
        packet[at] = new;
    }
    gsize checksum = (gsize)edit.header_at + MG_TCP_CHECKSUM;
    if (edit.header_at != MG_OFFSET_NONE && checksum + 2 <= edits->block->packet_len)
        mg_mend(packet + checksum, sum);
}

static void mend(MgEdits *edits, const guint8 *data)
{
    MgMend mend;
    memcpy(&mend, data, sizeof mend);
    if ((gsize)mend.at + 2 <= edits->block->packet_len)
        mg_mend(own_packet(edits) + mend.at, mend.add);
}

void mg_edits_apply(MgEdits *edits, guint16 kind, const guint8 *data, gsize len)
{
    if (kind == MG_RECORD_EDIT) {
        MgEdit told;
        memcpy(&told, data, sizeof told);
        edits->blanked |= told.blanked;
        edits->unread |= told.len == G_MAXUINT32;
        edits->masked = TRUE;
        edit(edits, data);
    } else if (kind == MG_RECORD_MEND) {
        mend(edits, data);
    } else if (kind == MG_RECORD_COMMENT) {
        g_ptr_array_add(edits->comments,
                        g_strndup((const char *)data + sizeof(MgNoted), len - sizeof(MgNoted)));
    }
}

void mg_edits_rename(MgEdits *edits, MgRenamer *renamer)
{
    const MgBlock *block = edits->block;
    edits->blanked |=
        !mg_rename_packet(renamer, block->linktype, own_packet(edits), block->packet_len);
}
