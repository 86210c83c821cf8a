/* The captures again, block by block. */
#include "annotate/annotate.h"
#include "annotate/edits.h"
#include "annotate/parts.h"
#include "annotate/rewrite.h"

typedef struct {
    MgAnnotator *annotator;
    MgAnnotateWrite write;
    gpointer user;
    MgSorterReader *records, *comments;
    guint16 capture;
    gboolean summed_up; /* the first section has been written */
    GPtrArray *own;     /* char*: comments of the block in hand */
    GByteArray *out;
    MgAnnotateCounts counts;
} Copy;

/* Records of the frame, from one reader; those before it are of frames that are not there. */
static void gather(const Copy *copy, MgSorterReader *reader, MgEdits *edits)
{
    const MgSorterHead *head;
    const guint8 *data;
    const MgBlock *block = edits->block;
    while ((head = mg_sorter_peek(reader, &data)) != NULL) {
        if (head->capture > copy->capture ||
            (head->capture == copy->capture && head->frame > block->frame))
            break;
        if (head->capture == copy->capture && head->frame == block->frame)
            mg_edits_apply(edits, head->kind, data, head->len);
        mg_sorter_take(reader);
    }
}

/* ---- Blocks ---- */

/* Names of addresses, events of a system, and what nobody knows. */
static gboolean names_somebody(const MgBlock *block)
{
    return block->kind == MG_BLOCK_CUSTOM_KEPT || block->kind == MG_BLOCK_OTHER;
}

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
    if (copy->annotator->renamer != NULL && names_somebody(block)) {
        copy->counts.left_names++;
        return FALSE;
    }
    return block->packet_at == 0 ||
           mg_numbers_has(copy->annotator->numbers, copy->capture, block->frame);
}

static gboolean copy_block(Copy *copy, const MgBlock *block)
{
    g_ptr_array_set_size(copy->own, 0);
    MgEdits edits = {.block = block, .comments = copy->own};
    gboolean section = block->kind == MG_BLOCK_SECTION;
    if (block->packet_at > 0) {
        gather(copy, copy->records, &edits);
        gather(copy, copy->comments, &edits);
    }
    if (section && !copy->summed_up && copy->annotator->summary != NULL) {
        g_ptr_array_add(copy->own, g_strdup(copy->annotator->summary));
        copy->summed_up = TRUE;
    }
    if (copy->annotator->renamer != NULL && block->packet_at > 0)
        mg_edits_rename(&edits, copy->annotator->renamer);
    mg_edits_finish(&edits);
    copy->counts.masked += edits.masked;
    copy->counts.blanked += edits.blanked;
    copy->counts.unread += edits.unread;
    MgRewrite rewrite = {.comments = copy->own,
                         .program = section ? copy->annotator->program : NULL,
                         .packet = edits.packet,
                         .relength = section,
                         .nameless = copy->annotator->renamer != NULL};
    g_byte_array_set_size(copy->out, 0);
    mg_rewrite(block, &rewrite, copy->out);
    g_free(edits.packet);
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
    if (annotator->live != NULL) {
        mg_live_finish(annotator->live, ret_counts);
        return TRUE;
    }
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
    return written && whole;
}
