/* Memory grows with the messages that are remembered, not with the octets of a capture.
 *
 *     tests/unit/test-memory [MIB [MESSAGE-KIB]]        stream so much through a pipe
 *     tests/unit/test-memory write MIB [MESSAGE-KIB]    the capture itself on standard output
 *
 * The peak of mailgloss must stay under --max-memory plus 64 MiB.  A message and its two sessions
 * cost about 3.5 KiB, so that ceiling holds for some 20,000 messages with these 32 MiB. */
#include "traffic.h"

#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_MEMORY_MIB 32
#define ALLOWANCE_MIB 64

static guint64 number_at(int argc, char **argv, int i, guint64 otherwise)
{
    guint64 number = otherwise;
    if (i < argc)
        g_ascii_string_to_unsigned(argv[i], 10, 1, G_MAXUINT32, &number, NULL);
    return number;
}

static int run(const Traffic *traffic)
{
    const char *builddir = g_getenv("builddir");
    g_autofree char *program =
        g_build_filename(builddir != NULL ? builddir : ".", "mailgloss", NULL);
    g_autofree char *memory = g_strdup_printf("%d", MAX_MEMORY_MIB);
    const char *argv[] = {program, "-T", "json", "--max-memory", memory, "-", NULL};
    g_autoptr(GError) error = NULL;
    int input;
    GPid child;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                                  NULL, &child, &input, NULL, NULL, &error)) {
        printf("FAIL %s\n", error->message);
        return 1;
    }
    gint64 start = g_get_monotonic_time();
    TrafficCounts counts;
    gboolean written = traffic_write(input, traffic, &counts);
    close(input);
    int status = -1;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0)
        ;
    double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    long peak = usage.ru_maxrss / 1024;
    printf("%.1f MiB, %" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT " sessions, "
           "%" G_GUINT64_FORMAT " messages: peak %ld MiB, %.1f s of processor time, %.1f s\n",
           (double)counts.octets / 1048576, counts.packets, counts.sessions, counts.messages, peak,
           (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6, seconds);
    if (!written || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("FAIL it did not read to the end: status %d\n", status);
        return 1;
    }
    if (peak > MAX_MEMORY_MIB + ALLOWANCE_MIB) {
        printf("FAIL more than %d MiB\n", MAX_MEMORY_MIB + ALLOWANCE_MIB);
        return 1;
    }
    printf("1 passed, 0 failed\n");
    return 0;
}

int main(int argc, char **argv)
{
#if defined(__SANITIZE_ADDRESS__)
    printf("skipped: a sanitizer's own memory would be measured\n");
    if (argc == 1)
        return 77;
#endif
    signal(SIGPIPE, SIG_IGN);
    gboolean only_write = argc > 1 && strcmp(argv[1], "write") == 0;
    int first = only_write ? 2 : 1;
    Traffic traffic = {.octets = number_at(argc, argv, first, 300) * 1024 * 1024,
                       .message = (gsize)number_at(argc, argv, first + 1, 64) * 1024,
                       .together = 200};
    TrafficCounts counts;
    if (only_write)
        return traffic_write(STDOUT_FILENO, &traffic, &counts) ? 0 : 1;
    return run(&traffic);
}
