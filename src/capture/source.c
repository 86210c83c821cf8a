/* See source.h. */
#include <config.h>

#include "capture/source.h"
#include "capture/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mg-frame.h"

/* One read() of a file: large enough that the calls do not count, small enough that a
 * thousand open files do. */
#define READ_OCTETS ((gsize)128 * 1024)

struct MgSource {
    char *name;
    int fd;
    gboolean close_fd;
    gboolean regular;
    guint64 octets_read;
    guint64 octets_total;
    gboolean raw_ended;
    char *trouble;
    gboolean damaged;

    /* Packed octets, only when there is an unpacker. */
    MgUnpacker *unpacker;
    guint8 *packed;
    gsize packed_len; /* read before the unpacker was made, given to it first */

    /* The window: octets from `start` to `end` are valid. */
    guint8 *window;
    gsize size, start, end;
};

static void set_trouble(MgSource *source, gboolean damaged, const char *trouble)
{
    g_free(source->trouble);
    source->trouble = g_strdup(trouble);
    source->damaged = damaged;
}

/* Octets as they are in the file. */
static gssize raw_read(MgSource *source, gboolean block, guint8 *data, gsize size)
{
    if (source->raw_ended)
        return 0;
    for (;;) {
        if (!source->regular) {
            struct pollfd poll_fd = {.fd = source->fd, .events = POLLIN};
            int ready = poll(&poll_fd, 1, block ? -1 : 0);
            if (ready == 0 || (ready < 0 && errno == EINTR))
                return MG_UNPACK_WAIT;
        }
        gssize n = read(source->fd, data, size);
        if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (source->regular)
                continue;
            return MG_UNPACK_WAIT;
        }
        if (n < 0) {
            g_autofree char *trouble = g_strdup_printf("it cannot be read: %s", g_strerror(errno));
            set_trouble(source, TRUE, trouble);
            source->raw_ended = TRUE;
            return MG_UNPACK_BROKEN;
        }
        if (n == 0)
            source->raw_ended = TRUE;
        source->octets_read += (guint64)n;
        return n;
    }
}

static gssize read_packed(gpointer user, gboolean block, const guint8 **ret_data)
{
    MgSource *source = user;
    *ret_data = source->packed;
    if (source->packed_len > 0) {
        gssize n = (gssize)source->packed_len;
        source->packed_len = 0;
        return n;
    }
    return raw_read(source, block, source->packed, READ_OCTETS);
}

static gssize read_plain(MgSource *source, gboolean block, guint8 *data, gsize size)
{
    if (source->unpacker == NULL)
        return raw_read(source, block, data, size);
    gssize n = mg_unpacker_read(source->unpacker, block, data, size);
    if (n == MG_UNPACK_BROKEN && source->trouble == NULL) {
        gboolean damaged = FALSE;
        const char *trouble = mg_unpacker_trouble(source->unpacker, &damaged);
        set_trouble(source, damaged, trouble);
    }
    return n;
}

static void make_room(MgSource *source, gsize want)
{
    gsize left = source->end - source->start;
    if (source->start > 0) {
        memmove(source->window, source->window + source->start, left);
        source->start = 0;
        source->end = left;
    }
    if (source->size < want) {
        source->size = want + READ_OCTETS;
        source->window = g_realloc(source->window, source->size);
    }
}

MgSourceStatus mg_source_need(MgSource *source, gsize want, gboolean block, const guint8 **ret_data)
{
    if (source->end - source->start < want) {
        make_room(source, want);
        while (source->end < want) {
            gssize n =
                read_plain(source, block, source->window + source->end, source->size - source->end);
            if (n == MG_UNPACK_WAIT)
                return MG_SOURCE_WAIT;
            if (n <= 0)
                return MG_SOURCE_END;
            source->end += (gsize)n;
        }
    }
    *ret_data = source->window + source->start;
    return MG_SOURCE_OK;
}

void mg_source_take(MgSource *source, gsize octets)
{
    g_return_if_fail(octets <= source->end - source->start);
    source->start += octets;
}

MgSourceStatus mg_source_pass(MgSource *source, guint64 *octets)
{
    while (*octets > 0) {
        const guint8 *data = NULL;
        MgSourceStatus status = mg_source_need(source, 1, FALSE, &data);
        if (status != MG_SOURCE_OK)
            return status;
        gsize n = (gsize)MIN((guint64)(source->end - source->start), *octets);
        source->start += n;
        *octets -= n;
    }
    return MG_SOURCE_OK;
}

gsize mg_source_left(const MgSource *source)
{
    return source->end - source->start;
}

const char *mg_source_trouble(const MgSource *source, gboolean *ret_damaged)
{
    *ret_damaged = source->damaged;
    return source->trouble;
}

const char *mg_source_name(const MgSource *source)
{
    return source->name;
}

int mg_source_poll_fd(const MgSource *source)
{
    return source->regular ? -1 : source->fd;
}

void mg_source_octets(const MgSource *source, guint64 *ret_read, guint64 *ret_total)
{
    *ret_read = source->octets_read;
    *ret_total = source->octets_total;
}

/* ---- opening ---- */

static gboolean open_failed(MgSource *source, const char *cause, GError **error)
{
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN, "Cannot open %s: %s", source->name,
                cause);
    return FALSE;
}

static void open_path(MgSource *source, const char *path)
{
    if (strcmp(path, "-") == 0) {
        source->fd = STDIN_FILENO;
        return;
    }
    do
        source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (source->fd < 0 && errno == EINTR);
    source->close_fd = TRUE;
}

/* What kind of file it is that was opened. */
static gboolean look_at_fd(MgSource *source, GError **error)
{
    struct stat status;
    if (source->fd < 0 || fstat(source->fd, &status) != 0)
        return open_failed(source, g_strerror(errno), error);
    if (S_ISDIR(status.st_mode))
        return open_failed(source, "it is a directory, not a capture", error);
    if (isatty(source->fd))
        return open_failed(source, "it is a terminal, not a capture", error);
    source->regular = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
    if (S_ISREG(status.st_mode)) {
        source->octets_total = (guint64)status.st_size;
#ifdef POSIX_FADV_SEQUENTIAL
        posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
    }
    return TRUE;
}

/* Look at the first octets and put an unpacker in front when they are packed. */
static gboolean recognise(MgSource *source, GError **error)
{
    const guint8 *data = NULL;
    MgSourceStatus status = mg_source_need(source, MG_PACKED_MAGIC, TRUE, &data);
    if (status == MG_SOURCE_WAIT)
        return open_failed(source, "interrupted before its first bytes came", error);
    if (source->trouble != NULL)
        return open_failed(source, source->trouble, error);
    MgSlice beginning = {source->window + source->start, source->end - source->start};
    MgPacked packed = mg_packed_recognise(beginning);
    if (packed == MG_PACKED_NOT)
        return TRUE;
    source->packed = g_malloc(MAX(READ_OCTETS, beginning.len));
    memcpy(source->packed, beginning.data, beginning.len);
    source->packed_len = beginning.len;
    source->start = source->end = 0;
    source->unpacker = mg_unpacker_new(packed, read_packed, source);
    return TRUE;
}

static MgSource *source_new(const char *name)
{
    MgSource *source = g_new0(MgSource, 1);
    source->fd = -1;
    source->name =
        strcmp(name, "-") == 0 ? g_strdup("standard input") : g_filename_display_name(name);
    return source;
}

/* Takes the source; NULL when it cannot be read. */
static MgSource *begin(MgSource *source, GError **error)
{
    if (look_at_fd(source, error) && recognise(source, error))
        return source;
    mg_source_free(source);
    return NULL;
}

MgSource *mg_source_open(const char *path, GError **error)
{
    MgSource *source = source_new(path);
    open_path(source, path);
    return begin(source, error);
}

MgSource *mg_source_open_fd(int fd, const char *name, GError **error)
{
    MgSource *source = source_new(name);
    source->fd = fd;
    source->close_fd = TRUE;
    if (lseek(fd, 0, SEEK_SET) < 0) {
        open_failed(source, g_strerror(errno), error);
        mg_source_free(source);
        return NULL;
    }
    return begin(source, error);
}

void mg_source_free(MgSource *source)
{
    if (source == NULL)
        return;
    mg_unpacker_free(source->unpacker);
    if (source->close_fd && source->fd >= 0)
        close(source->fd);
    g_free(source->packed);
    g_free(source->window);
    g_free(source->trouble);
    g_free(source->name);
    g_free(source);
}
