/* See text.h. */
#include "save/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE ((gsize)64 * 1024)
/* Mail is private. */
#define MODE 0600

MgSaveText *mg_save_text_new(MgSavePlace *place, guint64 id)
{
    MgSaveText *text = g_new0(MgSaveText, 1);
    text->place = place;
    text->id = id;
    text->memory = g_byte_array_new();
    text->holes = g_array_new(FALSE, FALSE, sizeof(MgSaveHole));
    return text;
}

void mg_save_text_free(gpointer data)
{
    MgSaveText *text = data;
    text->place->buffered -= text->memory->len;
    if (text->part != NULL)
        unlinkat(text->place->directory, text->part, 0);
    g_byte_array_unref(text->memory);
    g_array_unref(text->holes);
    g_free(text->part);
    g_free(text);
}

static void failed(MgSavePlace *place)
{
    if (place->failure == 0)
        place->failure = errno != 0 ? errno : EIO;
}

static gboolean write_all(MgSavePlace *place, int fd, const void *data, gsize len)
{
    const guint8 *at = data;
    while (len > 0) {
        gssize n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            failed(place);
            return FALSE;
        }
        at += n;
        len -= (gsize)n;
    }
    return TRUE;
}

static void empty_memory(MgSaveText *text)
{
    text->place->buffered -= text->memory->len;
    g_byte_array_set_size(text->memory, 0);
}

/* What is in memory goes to its file. */
static void spill(MgSaveText *text)
{
    MgSavePlace *place = text->place;
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    if (text->part == NULL) {
        text->part =
            g_strdup_printf(".mailgloss-%d-%" G_GUINT64_FORMAT ".part", (int)getpid(), text->id);
        flags |= O_CREAT | O_EXCL;
    }
    int fd = openat(place->directory, text->part, flags, MODE);
    if (fd < 0) {
        failed(place);
    } else {
        write_all(place, fd, text->memory->data, text->memory->len);
        if (close(fd) != 0)
            failed(place);
    }
    empty_memory(text);
}

void mg_save_text_add(MgSaveText *text, MgSlice octets)
{
    text->octets += octets.len;
    while (octets.len > 0 && text->place->failure == 0) {
        gsize n = MIN(octets.len, MG_SAVE_BUFFER);
        g_byte_array_append(text->memory, octets.data, (guint)n);
        text->place->buffered += n;
        octets.data += n;
        octets.len -= n;
        if (text->memory->len >= MG_SAVE_BUFFER || text->place->buffered > MG_SAVE_BUFFERS)
            spill(text);
    }
}

void mg_save_text_hole(MgSaveText *text, guint64 octets)
{
    MgSaveHole hole = {text->octets, octets};
    if (text->holes->len < MG_SAVE_HOLES)
        g_array_append_val(text->holes, hole);
    else
        text->more_holes++;
}

/* ---- The file ---- */

static char *fields(const MgSaveText *text, gboolean end)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < text->holes->len; i++) {
        const MgSaveHole *hole = &g_array_index(text->holes, MgSaveHole, i);
        g_string_append_printf(out,
                               "X-Mailgloss-Missing: %" G_GUINT64_FORMAT
                               " octets behind octet %" G_GUINT64_FORMAT
                               " of what was captured\r\n",
                               hole->octets, hole->at);
    }
    if (text->more_holes > 0)
        g_string_append_printf(out, "X-Mailgloss-Missing: %" G_GUINT64_FORMAT " more holes\r\n",
                               text->more_holes);
    if (!end)
        g_string_append_printf(out,
                               "X-Mailgloss-Missing: the end, behind octet %" G_GUINT64_FORMAT
                               " of what was captured\r\n",
                               text->octets);
    return g_string_free(out, FALSE);
}

/* The octets of the text from `from` on, in order. */
typedef void (*Take)(gpointer user, const guint8 *data, gsize len);

static gboolean each_piece(MgSaveText *text, guint64 from, Take take, gpointer user)
{
    MgSavePlace *place = text->place;
    guint64 at = from;
    if (text->part != NULL) {
        int fd = openat(place->directory, text->part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        g_autofree guint8 *piece = g_malloc(PIECE);
        gssize n = fd < 0 ? -1 : 1;
        while (n > 0 || (n < 0 && errno == EINTR && fd >= 0)) {
            n = pread(fd, piece, PIECE, (off_t)at);
            if (n > 0) {
                take(user, piece, (gsize)n);
                at += (guint64)n;
            }
        }
        if (n < 0)
            failed(place);
        if (fd >= 0)
            close(fd);
    }
    guint64 on_disk = text->octets - text->memory->len;
    gsize skip = (gsize)(MAX(at, on_disk) - on_disk);
    if (skip < text->memory->len)
        take(user, text->memory->data + skip, text->memory->len - skip);
    return place->failure == 0;
}

typedef struct {
    MgSavePlace *place;
    int fd;
} File;

static void take_to_file(gpointer user, const guint8 *data, gsize len)
{
    const File *file = user;
    write_all(file->place, file->fd, data, len);
}

gboolean mg_save_text_write(MgSaveText *text, const char *name, gboolean end)
{
    MgSavePlace *place = text->place;
    if (place->failure != 0)
        return FALSE;
    g_autofree char *head = fields(text, end);
    if (*head == '\0' && text->part != NULL) {
        spill(text);
        if (place->failure == 0 &&
            renameat(place->directory, text->part, place->directory, name) != 0)
            failed(place);
        g_clear_pointer(&text->part, g_free);
        return place->failure == 0;
    }
    g_autofree char *new =
        g_strdup_printf(".mailgloss-%d-%" G_GUINT64_FORMAT ".new", (int)getpid(), text->id);
    File file = {place, openat(place->directory, new,
                               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE)};
    if (file.fd < 0) {
        failed(place);
        return FALSE;
    }
    write_all(place, file.fd, head, strlen(head));
    each_piece(text, 0, take_to_file, &file);
    if (close(file.fd) != 0)
        failed(place);
    if (place->failure == 0 && renameat(place->directory, new, place->directory, name) != 0)
        failed(place);
    if (place->failure != 0)
        unlinkat(place->directory, new, 0);
    return place->failure == 0;
}

static void take_to_text(gpointer user, const guint8 *data, gsize len)
{
    mg_save_text_add(user, (MgSlice){data, len});
}

void mg_save_text_join(MgSaveText *whole, MgSaveText *slice, guint64 origin)
{
    /* Where the whole ends, holes counted. */
    guint64 end = whole->octets;
    for (guint i = 0; i < whole->holes->len; i++)
        end += g_array_index(whole->holes, MgSaveHole, i).octets;
    if (origin + slice->octets <= end)
        return;
    if (origin > end)
        mg_save_text_hole(whole, origin - end);
    for (guint i = 0; i < slice->holes->len; i++)
        mg_save_text_hole(whole, g_array_index(slice->holes, MgSaveHole, i).octets);
    each_piece(slice, origin < end ? end - origin : 0, take_to_text, whole);
}
