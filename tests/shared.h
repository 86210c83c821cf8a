/* The folder of captures and tables that are not ours: $MG_SHARED, else beside the source tree. */
#ifndef MG_TESTS_SHARED_H
#define MG_TESTS_SHARED_H

#include <glib.h>

/* The path of a file or folder in it, or NULL where it is absent.  Free with g_free(). */
static inline char *shared_path(const char *name)
{
    const char *shared = g_getenv("MG_SHARED"), *srcdir = g_getenv("srcdir");
    g_autofree char *beside = g_build_filename(srcdir != NULL ? srcdir : ".", "..", "shared", NULL);
    char *path = g_build_filename(shared != NULL ? shared : beside, name, NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        g_clear_pointer(&path, g_free);
    return path;
}

#endif
