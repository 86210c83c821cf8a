/* The captures again, block by block. */
#include "annotate/annotate.h"
#include "annotate/hide.h"
#include "annotate/mend.h"
#include "annotate/parts.h"
#include "annotate/records.h"
#include "annotate/rewrite.h"

#include <string.h>
#include <zlib.h>

enum {
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_WLAN = 105,
    LINKTYPE_WLAN_RADIOTAP = 127,
};

#define FCS 4

typedef struct {
    MgAnnotator *annotator;
    MgAnnotateWrite write;
    gpointer user;
    MgSorterReader *records, *comments;
    guint16 capture;
    gboolean summed_up; /* the first section has been written */
    GPtrArray *own;     /* char*: comments of the block in hand */
    guint8 *packet;     /* its octets, when they change */
    GByteArray *out;
    MgAnnotateCounts counts;
} Copy;

/* ---- Records of one frame ---- */

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
static void mend_fcs(Copy *copy, const MgBlock *block)
{
    const guint8 *before = block->body.data + block->packet_at;
    gsize from, len = block->packet_len;
    if (!fcs_range(block, before, &from) || crc_of(before, from, len) != fcs_of(before, len))
        return;
    guint32 crc = crc_of(copy->packet, from, len);
    for (guint i = 0; i < FCS; i++)
        copy->packet[len - FCS + i] = (guint8)(crc >> 8 * i);
}

static guint8 *own_packet(Copy *copy, const MgBlock *block)
{
    if (copy->packet == NULL)
        copy->packet = g_memdup2(block->body.data + block->packet_at, MAX(block->packet_len, 1));
    return copy->packet;
}

static void edit(Copy *copy, const MgBlock *block, const guint8 *data)
{
    MgEdit edit;
    memcpy(&edit, data, sizeof edit);
    const guint8 *octets = edit.n_octets > 0 ? data + sizeof edit : NULL;
    guint8 *packet = own_packet(copy, block);
    gsize end = MIN((gsize)edit.at + edit.len, block->packet_len);
    guint64 sum = 0;
    for (gsize at = edit.at; at < end; at++) {
        guint8 new = octets != NULL ? octets[at - edit.at] : MG_HIDE_WITH;
        sum += mg_mend_sum((guint32)(at - edit.header_at), packet[at], new);
        packet[at] = new;
    }
    gsize checksum = (gsize)edit.header_at + MG_TCP_CHECKSUM;
    if (edit.header_at != MG_OFFSET_NONE && checksum + 2 <= block->packet_len)
        mg_mend(packet + checksum, sum);
}

static void mend(Copy *copy, const MgBlock *block, const guint8 *data)
{
    MgMend mend;
    memcpy(&mend, data, sizeof mend);
    if ((gsize)mend.at + 2 <= block->packet_len)
        mg_mend(own_packet(copy, block) + mend.at, mend.add);
}

static void read_record(Copy *copy, const MgBlock *block, const MgSorterHead *head,
                        const guint8 *data, gboolean *ret_blanked, gboolean *ret_unread)
{
    if (head->kind == MG_RECORD_EDIT) {
        MgEdit told;
        memcpy(&told, data, sizeof told);
        *ret_blanked |= told.blanked;
        *ret_unread |= told.len == G_MAXUINT32;
        edit(copy, block, data);
    } else if (head->kind == MG_RECORD_MEND) {
        mend(copy, block, data);
    } else if (head->kind == MG_RECORD_COMMENT) {
        g_ptr_array_add(copy->own, g_strndup((const char *)data + sizeof(MgNoted),
                                             head->len - sizeof(MgNoted)));
    }
}

/* Records of the frame, from one reader; those before it are of frames that are not there. */
static void gather(Copy *copy, MgSorterReader *reader, const MgBlock *block)
{
    const MgSorterHead *head;
    const guint8 *data;
    gboolean blanked = FALSE, unread = FALSE;
    while ((head = mg_sorter_peek(reader, &data)) != NULL) {
        if (head->capture > copy->capture ||
            (head->capture == copy->capture && head->frame > block->frame))
            break;
        if (head->capture == copy->capture && head->frame == block->frame)
            read_record(copy, block, head, data, &blanked, &unread);
        mg_sorter_take(reader);
    }
    copy->counts.blanked += blanked;
    copy->counts.unread += unread;
}

/* ---- Blocks ---- */

/* Whether the block is in the annotated file. */
static gboolean is_copied(Copy *copy, const MgBlock *block)
{
    if (block->kind == MG_BLOCK_SECRETS && !copy->annotator->show_secrets) {
        copy->counts.left_secrets++;
        return FALSE;
    }
    if (block->kind == MG_BLOCK_CUSTOM_LEFT) {
        copy->counts.left_custom++;
        return FALSE;
    }
    return block->packet_at == 0 ||
           mg_numbers_has(copy->annotator->numbers, copy->capture, block->frame);
}

static gboolean copy_block(Copy *copy, const MgBlock *block)
{
    g_ptr_array_set_size(copy->own, 0);
    g_clear_pointer(&copy->packet, g_free);
    gboolean section = block->kind == MG_BLOCK_SECTION;
    if (block->packet_at > 0) {
        gather(copy, copy->records, block);
        gather(copy, copy->comments, block);
    }
    if (section && !copy->summed_up && copy->annotator->summary != NULL) {
        g_ptr_array_add(copy->own, g_strdup(copy->annotator->summary));
        copy->summed_up = TRUE;
    }
    if (copy->packet != NULL) {
        copy->counts.masked++;
        mend_fcs(copy, block);
    }
    MgRewrite rewrite = {.comments = copy->own,
                         .program = section ? copy->annotator->program : NULL,
                         .packet = copy->packet,
                         .relength = section};
    g_byte_array_set_size(copy->out, 0);
    mg_rewrite(block, &rewrite, copy->out);
    return copy->write(copy->user, copy->out->data, copy->out->len);
}

static gboolean copy_capture(Copy *copy, GError **error)
{
    const MgAnnotator *annotator = copy->annotator;
    int fd = annotator->open(annotator->open_user, copy->capture);
    if (fd < 0) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN, "Cannot open capture %u again",
                    copy->capture);
        return FALSE;
    }
    g_autoptr(MgBlocks) blocks = mg_blocks_open(fd, "capture", error);
    if (blocks == NULL)
        return FALSE;
    MgBlock block;
    while (mg_blocks_next(blocks, &block))
        if (is_copied(copy, &block) && !copy_block(copy, &block))
            return FALSE;
    return TRUE;
}

gboolean mg_annotator_write(MgAnnotator *annotator, MgAnnotateWrite write, gpointer user,
                            MgAnnotateCounts *ret_counts, GError **error)
{
    *ret_counts = (MgAnnotateCounts){0};
    mg_annotator_settle(annotator);
    if (!mg_sorter_finish(annotator->records, error))
        return FALSE;
    gboolean whole = mg_parts_complete(annotator);
    if (!mg_sorter_finish(annotator->comments, error))
        return FALSE;
    Copy copy = {.annotator = annotator,
                 .write = write,
                 .user = user,
                 .records = mg_sorter_read(annotator->records),
                 .comments = mg_sorter_read(annotator->comments),
                 .own = g_ptr_array_new_with_free_func(g_free),
                 .out = g_byte_array_new()};
    gboolean written = TRUE;
    for (guint16 capture = 1; written && whole && capture <= annotator->n_captures; capture++) {
        copy.capture = capture;
        written = copy_capture(&copy, error);
        /* A mask that cannot be read back must not be missing in silence. */
        whole = !mg_sorter_broken(copy.records) && !mg_sorter_broken(copy.comments);
    }
    if (!whole)
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN,
                    "The temporary file in %s cannot be read back", g_get_tmp_dir());
    *ret_counts = copy.counts;
    mg_sorter_reader_free(copy.records);
    mg_sorter_reader_free(copy.comments);
    g_ptr_array_unref(copy.own);
    g_byte_array_unref(copy.out);
    g_free(copy.packet);
    return written && whole;
}
