/* Memory does not grow with a capture, neither with its octets nor with its messages.
 *
 *     tests/unit/test-memory                            the cases of the suite
 *     tests/unit/test-memory MIB [MESSAGE-KIB [FORMAT]] stream so much through a pipe
 *     tests/unit/test-memory write MIB [MESSAGE-KIB]    the capture itself on standard output
 *
 * The peak of mailgloss must stay under --max-memory plus 64 MiB, and what it prints must not
 * depend on that ceiling.  MESSAGE-KIB 0 are messages of one line. */
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

typedef struct {
    TrafficCounts counts;
    long peak; /* KiB */
    double processor, seconds;
    char *digest; /* of all it printed */
} Outcome;

static guint64 number_at(int argc, char **argv, int i, guint64 otherwise)
{
    guint64 number = otherwise;
    if (i < argc)
        g_ascii_string_to_unsigned(argv[i], 10, 0, G_MAXUINT32, &number, NULL);
    return number;
}

static gpointer digest_of(gpointer output)
{
    int fd = GPOINTER_TO_INT(output);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 buffer[65536];
    gssize n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0)
        g_checksum_update(sum, buffer, n);
    close(fd);
    return g_strdup(g_checksum_get_string(sum));
}

/* Stream the traffic through mailgloss. */
static gboolean run(const Traffic *traffic, guint max_memory, const char *format,
                    Outcome *ret_outcome)
{
    const char *builddir = g_getenv("builddir");
    g_autofree char *program =
        g_build_filename(builddir != NULL ? builddir : ".", "mailgloss", NULL);
    g_autofree char *memory = g_strdup_printf("%u", max_memory);
    gboolean where = strcmp(format, "where") == 0;
    const char *argv[] = {program, "-T", where ? "text" : format,  "--max-memory",
                          memory,  "-",  where ? "--where" : NULL, NULL};
    g_autoptr(GError) error = NULL;
    int input, output;
    GPid child;
    if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                  &child, &input, &output, NULL, &error)) {
        printf("FAIL %s\n", error->message);
        return FALSE;
    }
    gint64 start = g_get_monotonic_time();
    GThread *reader = g_thread_new("reader", digest_of, GINT_TO_POINTER(output));
    gboolean written = traffic_write(input, traffic, &ret_outcome->counts);
    close(input);
    ret_outcome->digest = g_thread_join(reader);
    int status = -1;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0)
        ;
    ret_outcome->seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    ret_outcome->processor = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    ret_outcome->peak = usage.ru_maxrss;
    const TrafficCounts *counts = &ret_outcome->counts;
    printf("%s, %.1f MiB, %" G_GUINT64_FORMAT " packets, %" G_GUINT64_FORMAT " sessions, "
           "%" G_GUINT64_FORMAT " messages, --max-memory %u: peak %ld MiB, "
           "%.1f s of processor time, %.1f s\n",
           format, (double)counts->octets / 1048576, counts->packets, counts->sessions,
           counts->messages, max_memory, ret_outcome->peak / 1024, ret_outcome->processor,
           ret_outcome->seconds);
    if (!written || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("FAIL it did not read to the end: status %d\n", status);
        return FALSE;
    }
    if (ret_outcome->peak / 1024 > max_memory + ALLOWANCE_MIB) {
        printf("FAIL more than %u MiB\n", max_memory + ALLOWANCE_MIB);
        return FALSE;
    }
    return TRUE;
}

static Traffic traffic_of(guint64 mib, guint64 kib)
{
    return (Traffic){.octets = mib * 1024 * 1024, .message = (gsize)kib * 1024, .together = 200};
}

/* Few large messages. */
static gboolean test_octets(void)
{
    const Traffic traffic = traffic_of(300, 64);
    Outcome outcome = {0};
    gboolean right = run(&traffic, MAX_MEMORY_MIB, "json", &outcome);
    g_free(outcome.digest);
    return right;
}

/* Many small messages: four times as many take hardly more, and a ceiling that all of them fit
 * under gives the same text. */
static gboolean test_messages(void)
{
    enum { GROWTH_KIB = 5 * 1024 };
    const Traffic few = traffic_of(8, 0), many = traffic_of(24, 0);
    Outcome short_one = {0}, long_one = {0}, roomy = {0};
    gboolean right = run(&few, 16, "csv", &short_one) && run(&many, 16, "csv", &long_one) &&
                     run(&many, 4096, "csv", &roomy);
    if (right && long_one.peak - short_one.peak > GROWTH_KIB) {
        printf("FAIL %ld KiB for %" G_GUINT64_FORMAT " more messages\n",
               long_one.peak - short_one.peak,
               long_one.counts.messages - short_one.counts.messages);
        right = FALSE;
    }
    if (right && strcmp(long_one.digest, roomy.digest) != 0) {
        printf("FAIL what is printed depends on --max-memory\n");
        right = FALSE;
    }
    g_free(short_one.digest);
    g_free(long_one.digest);
    g_free(roomy.digest);
    return right;
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
    const Traffic traffic =
        traffic_of(number_at(argc, argv, first, 300), number_at(argc, argv, first + 1, 64));
    Outcome outcome = {0};
    if (only_write)
        return traffic_write(STDOUT_FILENO, &traffic, &outcome.counts) ? 0 : 1;
    if (argc > 1)
        return run(&traffic, MAX_MEMORY_MIB, argc > 3 ? argv[3] : "json", &outcome) ? 0 : 1;
    guint passed = (test_octets() ? 1u : 0u) + (test_messages() ? 1u : 0u);
    printf("%u passed, %u failed\n", passed, 2 - passed);
    return passed == 2 ? 0 : 1;
}
