/* See inputs.h. */
#include "config.h"
#include "cli/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Milliseconds after which a silent pipe is left for a look at `stop`. */
#define WAIT 100
/* One read() of a pipe. */
#define PIECE ((gsize)256 * 1024)

typedef struct {
    char *path;
    int copy; /* descriptor of the copy; -1 = there is none */
} Input;

struct MgInputs {
    GArray *inputs; /* Input */
};

static void input_clear(gpointer data)
{
    Input *input = data;
    g_free(input->path);
    if (input->copy >= 0)
        close(input->copy);
}

MgInputs *mg_inputs_new(char *const *files)
{
    MgInputs *inputs = g_new0(MgInputs, 1);
    inputs->inputs = g_array_new(FALSE, FALSE, sizeof(Input));
    g_array_set_clear_func(inputs->inputs, input_clear);
    for (char *const *file = files; *file != NULL; file++) {
        Input input = {.path = g_strdup(*file), .copy = -1};
        g_array_append_val(inputs->inputs, input);
    }
    return inputs;
}

void mg_inputs_free(MgInputs *inputs)
{
    if (inputs == NULL)
        return;
    g_array_unref(inputs->inputs);
    g_free(inputs);
}

guint mg_inputs_count(const MgInputs *inputs)
{
    return inputs->inputs->len;
}

/* ---- The copy ---- */

static gboolean write_all(int fd, const guint8 *data, gsize len)
{
    while (len > 0) {
        gssize n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FALSE;
        data += n;
        len -= (gsize)n;
    }
    return TRUE;
}

static gboolean copy_all(int from, int to, const volatile sig_atomic_t *stop)
{
    g_autofree guint8 *piece = g_malloc(PIECE);
    while (*stop == 0) {
        struct pollfd poll_fd = {.fd = from, .events = POLLIN};
        int ready = poll(&poll_fd, 1, WAIT);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            continue;
        gssize n = read(from, piece, PIECE);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n < 0)
            return FALSE;
        if (n == 0)
            return TRUE;
        if (!write_all(to, piece, (gsize)n))
            return FALSE;
    }
    return TRUE;
}

static gboolean make_copy(Input *input, int from, const volatile sig_atomic_t *stop, GError **error)
{
    int to = mg_unnamed_file(error);
    if (to < 0)
        return FALSE;
    if (copy_all(from, to, stop)) {
        input->copy = to;
        return TRUE;
    }
    int cause = errno;
    close(to);
    g_autofree char *name = g_filename_display_name(input->path);
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN,
                "Cannot copy %s to %s to read it twice: %s",
                strcmp(input->path, "-") == 0 ? "standard input" : name, g_get_tmp_dir(),
                g_strerror(cause));
    return FALSE;
}

/* What stands still while it is read: a file.  Terminals and folders are refused when they are
 * opened. */
static gboolean must_be_copied(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode) &&
           !S_ISDIR(status.st_mode) && !isatty(fd);
}

static gboolean keep(Input *input, const volatile sig_atomic_t *stop, GError **error)
{
    if (strcmp(input->path, "-") == 0) {
        if (must_be_copied(STDIN_FILENO))
            return make_copy(input, STDIN_FILENO, stop, error);
        if (lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0)
            input->copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
        return TRUE;
    }
    struct stat status;
    if (stat(input->path, &status) != 0 || S_ISREG(status.st_mode))
        return TRUE;
    int from = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (from < 0)
        return TRUE; /* said when it is opened to be read */
    gboolean kept = !must_be_copied(from) || make_copy(input, from, stop, error);
    close(from);
    return kept;
}

gboolean mg_inputs_keep(MgInputs *inputs, const volatile sig_atomic_t *stop, GError **error)
{
    gboolean stdin_kept = FALSE;
    for (guint i = 0; i < inputs->inputs->len; i++) {
        Input *input = &g_array_index(inputs->inputs, Input, i);
        gboolean is_stdin = strcmp(input->path, "-") == 0;
        if ((is_stdin && stdin_kept) || input->copy >= 0)
            continue;
        stdin_kept |= is_stdin;
        if (!keep(input, stop, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- Reading ---- */

int mg_inputs_open(const MgInputs *inputs, guint i)
{
    const Input *input = &g_array_index(inputs->inputs, Input, i);
    if (input->copy >= 0)
        return fcntl(input->copy, F_DUPFD_CLOEXEC, 3);
    return strcmp(input->path, "-") == 0 ? -1 : open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

gboolean mg_inputs_has(const MgInputs *inputs, const char *path)
{
    struct stat output, status;
    if (stat(path, &output) != 0 || !S_ISREG(output.st_mode))
        return FALSE;
    for (guint i = 0; i < inputs->inputs->len; i++) {
        const Input *input = &g_array_index(inputs->inputs, Input, i);
        gboolean known = strcmp(input->path, "-") == 0 ? fstat(STDIN_FILENO, &status) == 0
                                                       : stat(input->path, &status) == 0;
        if (known && status.st_dev == output.st_dev && status.st_ino == output.st_ino)
            return TRUE;
    }
    return FALSE;
}

gboolean mg_inputs_add(const MgInputs *inputs, guint i, MgCapture *capture, GError **error)
{
    const Input *input = &g_array_index(inputs->inputs, Input, i);
    if (input->copy < 0)
        return mg_capture_add_file(capture, input->path, error);
    int fd = fcntl(input->copy, F_DUPFD_CLOEXEC, 3);
    if (fd < 0) {
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_OPEN, "Cannot open %s again: %s",
                    input->path, g_strerror(errno));
        return FALSE;
    }
    return mg_capture_add_fd(capture, fd, input->path, error);
}
