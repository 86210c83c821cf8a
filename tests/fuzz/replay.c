/* Feeds files to a fuzz target without a fuzzer, so that every corpus is a test.
 *
 * Arguments are files or directories (of which each regular file is read).  Without arguments:
 * the corpus that the program is named for, $srcdir/tests/fuzz/corpus-<what>. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static guint passed;

static gboolean replay_file(const char *path)
{
    g_autofree char *data = NULL;
    gsize size;
    if (!g_file_get_contents(path, &data, &size, NULL))
        return FALSE;
    /* a block of exactly this size, so that a sanitizer sees a read behind it */
    g_autofree uint8_t *exact = g_memdup2(data, size);
    LLVMFuzzerTestOneInput(exact, size);
    passed++;
    return TRUE;
}

static gboolean replay(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    if (dir == NULL)
        return replay_file(path);
    gboolean ok = TRUE;
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_REGULAR))
            ok = replay_file(child) && ok;
    }
    return ok;
}

int main(int argc, char **argv)
{
    gboolean ok = TRUE;
    for (int i = 1; i < argc; i++)
        ok = replay(argv[i]) && ok;
    if (argc == 1) {
        g_autofree char *name = g_path_get_basename(argv[0]);
        const char *what = g_str_has_prefix(name, "fuzz-") ? name + 5 : name;
        const char *srcdir = g_getenv("srcdir");
        g_autofree char *corpus =
            g_strconcat(srcdir != NULL ? srcdir : ".", "/tests/fuzz/corpus-", what, NULL);
        ok = replay(corpus);
    }
    printf("%u passed, %d failed\n", passed, ok ? 0 : 1);
    return ok && passed > 0 ? 0 : 1;
}
