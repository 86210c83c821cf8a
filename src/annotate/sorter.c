/* See sorter.h: sorted runs in one file, merged by a heap of their heads. */
#include "annotate/sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

/* Octets of a run that are read at a time. */
#define PIECE ((gsize)64 * 1024)

typedef struct {
    goffset begin, end; /* in the file */
} Run;

struct MgSorter {
    gsize memory;
    GByteArray *records; /* head and data, one behind the other, eight octets aligned */
    GArray *index;       /* gsize, where each begins */
    guint64 serial;
    int fd; /* -1 = nothing was written yet */
    goffset written;
    GArray *runs;
    int failure;       /* errno */
    MgSorterTake take; /* NULL = records are kept */
    gpointer user;
};

/* One run while it is read; the last one is still in memory. */
typedef struct {
    goffset at, end; /* what is still to be read of the file */
    guint8 *data;    /* NULL: the records in memory */
    gsize size, have, used;
    guint next; /* in memory: place in the index */
    const guint8 *head;
} Cursor;

struct MgSorterReader {
    MgSorter *sorter;
    GArray *cursors;
    GArray *heap; /* guint, places in `cursors`, the least head first */
    gboolean broken;
};

static MgSorterHead head_of(const guint8 *record)
{
    MgSorterHead head;
    memcpy(&head, record, sizeof head);
    return head;
}

static gsize record_size(gsize len)
{
    return (sizeof(MgSorterHead) + len + 7) / 8 * 8;
}

static int compare(const MgSorterHead *a, const MgSorterHead *b)
{
    if (a->capture != b->capture)
        return a->capture < b->capture ? -1 : 1;
    if (a->frame != b->frame)
        return a->frame < b->frame ? -1 : 1;
    return a->serial < b->serial ? -1 : a->serial > b->serial;
}

/* ---- Writing ---- */

void mg_sorter_hand_on(MgSorter *sorter, MgSorterTake take, gpointer user)
{
    sorter->take = take;
    sorter->user = user;
}

MgSorter *mg_sorter_new(gsize memory)
{
    MgSorter *sorter = g_new0(MgSorter, 1);
    sorter->memory = memory > 0 ? memory : MG_SORTER_MEMORY;
    sorter->records = g_byte_array_new();
    sorter->index = g_array_new(FALSE, FALSE, sizeof(gsize));
    sorter->runs = g_array_new(FALSE, FALSE, sizeof(Run));
    sorter->fd = -1;
    return sorter;
}

void mg_sorter_free(MgSorter *sorter)
{
    if (sorter == NULL)
        return;
    if (sorter->fd >= 0)
        close(sorter->fd);
    g_byte_array_unref(sorter->records);
    g_array_unref(sorter->index);
    g_array_unref(sorter->runs);
    g_free(sorter);
}

static gint compare_records(gconstpointer a, gconstpointer b, gpointer data)
{
    const guint8 *records = data;
    MgSorterHead first = head_of(records + *(const gsize *)a);
    MgSorterHead second = head_of(records + *(const gsize *)b);
    return compare(&first, &second);
}

static void sort(MgSorter *sorter)
{
    g_array_sort_with_data(sorter->index, compare_records, sorter->records->data);
}

static gboolean write_all(MgSorter *sorter, const guint8 *data, gsize len)
{
    while (len > 0) {
        gssize n = write(sorter->fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        data += n;
        len -= (gsize)n;
        sorter->written += n;
    }
    return TRUE;
}

static gboolean open_file(MgSorter *sorter)
{
    if (sorter->fd < 0)
        sorter->fd = mg_unnamed_file(NULL);
    return sorter->fd >= 0;
}

static gboolean write_run(MgSorter *sorter)
{
    if (!open_file(sorter))
        return FALSE;
    sort(sorter);
    Run run = {.begin = sorter->written};
    g_autoptr(GByteArray) piece = g_byte_array_sized_new(PIECE * 2);
    for (guint i = 0; i < sorter->index->len; i++) {
        const guint8 *record = sorter->records->data + g_array_index(sorter->index, gsize, i);
        g_byte_array_append(piece, record, (guint)record_size(head_of(record).len));
        if (piece->len < PIECE && i + 1 < sorter->index->len)
            continue;
        if (!write_all(sorter, piece->data, piece->len))
            return FALSE;
        g_byte_array_set_size(piece, 0);
    }
    run.end = sorter->written;
    g_array_append_val(sorter->runs, run);
    return TRUE;
}

void mg_sorter_add(MgSorter *sorter, guint16 capture, guint64 frame, guint16 kind,
                   gconstpointer data, gsize len)
{
    if (sorter->take != NULL) {
        sorter->take(sorter->user, capture, frame, kind, data, len);
        return;
    }
    if (sorter->failure != 0)
        return;
    if (sorter->records->len + record_size(len) > sorter->memory && sorter->index->len > 0) {
        errno = 0;
        if (!write_run(sorter)) {
            sorter->failure = errno != 0 ? errno : EIO;
            return;
        }
        g_byte_array_set_size(sorter->records, 0);
        g_array_set_size(sorter->index, 0);
    }
    static const guint8 zeros[8] = {0};
    MgSorterHead head = {.frame = frame,
                         .serial = sorter->serial++,
                         .len = (guint32)len,
                         .capture = capture,
                         .kind = kind};
    gsize at = sorter->records->len;
    g_byte_array_append(sorter->records, (const guint8 *)&head, sizeof head);
    if (len > 0)
        g_byte_array_append(sorter->records, data, (guint)len);
    g_byte_array_append(sorter->records, zeros, (guint)(record_size(len) - sizeof head - len));
    g_array_append_val(sorter->index, at);
}

gboolean mg_sorter_finish(MgSorter *sorter, GError **error)
{
    if (sorter->failure == 0) {
        sort(sorter);
        return TRUE;
    }
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(sorter->failure),
                "The comments cannot be kept in %s: %s", g_get_tmp_dir(),
                g_strerror(sorter->failure));
    return FALSE;
}

/* ---- Reading ---- */

static gboolean read_more(MgSorterReader *reader, Cursor *cursor, gsize want)
{
    memmove(cursor->data, cursor->data + cursor->used, cursor->have - cursor->used);
    cursor->have -= cursor->used;
    cursor->used = 0;
    if (cursor->size < want) {
        cursor->size = want;
        cursor->data = g_realloc(cursor->data, want);
    }
    while (cursor->have < want && cursor->at < cursor->end) {
        gsize room = (gsize)MIN((goffset)(cursor->size - cursor->have), cursor->end - cursor->at);
        gssize n = pread(reader->sorter->fd, cursor->data + cursor->have, room, cursor->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            reader->broken = TRUE;
            return FALSE;
        }
        cursor->have += (gsize)n;
        cursor->at += n;
    }
    return cursor->have >= want;
}

/* Set `head` to the next record, or NULL. */
static void advance(MgSorterReader *reader, Cursor *cursor)
{
    const MgSorter *sorter = reader->sorter;
    cursor->head = NULL;
    if (cursor->data == NULL) {
        if (cursor->next < sorter->index->len)
            cursor->head =
                sorter->records->data + g_array_index(sorter->index, gsize, cursor->next++);
        return;
    }
    gsize size = sizeof(MgSorterHead);
    for (guint round = 0; round < 2; round++) {
        if (cursor->have - cursor->used < size && !read_more(reader, cursor, MAX(size, PIECE)) &&
            cursor->have < size)
            return;
        size = record_size(head_of(cursor->data + cursor->used).len);
    }
    cursor->head = cursor->data + cursor->used;
    cursor->used += size;
}

static Cursor *cursor_at(const MgSorterReader *reader, guint place)
{
    return &g_array_index(reader->cursors, Cursor, g_array_index(reader->heap, guint, place));
}

static gboolean less(const MgSorterReader *reader, guint a, guint b)
{
    MgSorterHead first = head_of(cursor_at(reader, a)->head);
    MgSorterHead second = head_of(cursor_at(reader, b)->head);
    return compare(&first, &second) < 0;
}

static void sink_down(MgSorterReader *reader, guint place)
{
    guint *heap = (guint *)(gpointer)reader->heap->data;
    for (;;) {
        guint least = place;
        for (guint child = place * 2 + 1; child <= place * 2 + 2; child++)
            if (child < reader->heap->len && less(reader, child, least))
                least = child;
        if (least == place)
            return;
        guint swap = heap[place];
        heap[place] = heap[least];
        heap[least] = swap;
        place = least;
    }
}

MgSorterReader *mg_sorter_read(MgSorter *sorter)
{
    MgSorterReader *reader = g_new0(MgSorterReader, 1);
    reader->sorter = sorter;
    reader->cursors = g_array_new(FALSE, TRUE, sizeof(Cursor));
    reader->heap = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i <= sorter->runs->len; i++) {
        Cursor cursor = {0};
        if (i < sorter->runs->len) {
            const Run *run = &g_array_index(sorter->runs, Run, i);
            cursor.at = run->begin;
            cursor.end = run->end;
            cursor.size = PIECE;
            cursor.data = g_malloc(PIECE);
        }
        g_array_append_val(reader->cursors, cursor);
        advance(reader, &g_array_index(reader->cursors, Cursor, i));
        if (g_array_index(reader->cursors, Cursor, i).head != NULL)
            g_array_append_val(reader->heap, i);
    }
    for (guint i = reader->heap->len; i > 0; i--)
        sink_down(reader, i - 1);
    return reader;
}

void mg_sorter_reader_free(MgSorterReader *reader)
{
    if (reader == NULL)
        return;
    for (guint i = 0; i < reader->cursors->len; i++)
        g_free(g_array_index(reader->cursors, Cursor, i).data);
    g_array_unref(reader->cursors);
    g_array_unref(reader->heap);
    g_free(reader);
}

const MgSorterHead *mg_sorter_peek(MgSorterReader *reader, const guint8 **ret_data)
{
    if (reader->heap->len == 0)
        return NULL;
    const guint8 *record = cursor_at(reader, 0)->head;
    *ret_data = record + sizeof(MgSorterHead);
    return (const MgSorterHead *)(gconstpointer)record;
}

void mg_sorter_take(MgSorterReader *reader)
{
    Cursor *first = cursor_at(reader, 0);
    advance(reader, first);
    if (first->head == NULL)
        g_array_remove_index_fast(reader->heap, 0);
    if (reader->heap->len > 0)
        sink_down(reader, 0);
}

gboolean mg_sorter_broken(const MgSorterReader *reader)
{
    return reader->broken;
}
