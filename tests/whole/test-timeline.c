/* Several capture points of one lab: our captures, each split into what two machines saw whose
 * clocks differ, must give the steps of the whole capture, each once. */
#include "annotate.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static guint passed, failed;

static void object(const char *name, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void object(const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    printf("FAIL %s: %s\n", name, text);
    failed++;
}

/* ---- Two points out of one ---- */

enum { FILE_HEADER = 24, RECORD_HEADER = 16, ETHERNET = 14 };
#define MICROSECONDS G_GINT64_CONSTANT(1000000)

/* The first point is beside the clients, the second beside the servers, 10 µs away.  Each misses
 * packets that carry octets, never the same ones. */
typedef struct {
    gint64 fast; /* microseconds */
    gint64 way;
    guint misses; /* packet i is missing when i % 6 is this; 6 = none is */
} Point;

static gboolean from_server(const guint8 *packet)
{
    gsize header = (gsize)(packet[ETHERNET] & 0x0f) * 4;
    const guint8 *ports = packet + ETHERNET + header;
    return (ports[0] << 8 | ports[1]) < 1024;
}

static gboolean carries_octets(const guint8 *packet)
{
    gsize header = (gsize)(packet[ETHERNET] & 0x0f) * 4;
    guint total = (guint)(packet[ETHERNET + 2] << 8 | packet[ETHERNET + 3]);
    return total > header + (gsize)(packet[ETHERNET + header + 12] >> 4) * 4;
}

static void put_time(GByteArray *out, gint64 time)
{
    guint32 words[2] = {GUINT32_TO_LE((guint32)(time / MICROSECONDS)),
                        GUINT32_TO_LE((guint32)(time % MICROSECONDS))};
    g_byte_array_append(out, (const guint8 *)words, sizeof words);
}

static char *write_point(const char *folder, const char *file, GBytes *capture, const Point *point)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(capture, &size);
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_byte_array_append(out, data, FILE_HEADER);
    guint n = 0;
    for (gsize at = FILE_HEADER; at + RECORD_HEADER <= size; n++) {
        guint32 words[3];
        memcpy(words, data + at, sizeof words);
        gsize len = GUINT32_FROM_LE(words[2]);
        const guint8 *packet = data + at + RECORD_HEADER;
        gint64 time =
            GUINT32_FROM_LE(words[0]) * MICROSECONDS + GUINT32_FROM_LE(words[1]) + point->fast;
        time += from_server(packet) ? -point->way : point->way;
        if (n % 6 != point->misses || !carries_octets(packet)) {
            put_time(out, time);
            g_byte_array_append(out, data + at + 8, (guint)(RECORD_HEADER - 8 + len));
        }
        at += RECORD_HEADER + len;
    }
    char *path = g_build_filename(folder, file, NULL);
    if (!g_file_set_contents(path, (const char *)out->data, (gssize)out->len, NULL))
        g_clear_pointer(&path, g_free);
    return path;
}

/* ---- What must be the same ---- */

static void add_member(GString *text, JsonObject *record, const char *name)
{
    if (!json_object_has_member(record, name))
        return;
    JsonNode *node = json_object_get_member(record, name);
    g_autofree char *value = json_to_string(node, FALSE);
    /* A copy names the frame that made it so, counted in its own capture. */
    g_autoptr(GRegex) frame = g_regex_new(",\"frame\":[0-9]+", 0, 0, NULL);
    g_autofree char *bare = g_regex_replace_literal(frame, value, -1, 0, "", 0, NULL);
    g_string_append_printf(text, " %s=%s", name, bare);
}

/* Steps, messages and totals, without times and frames. */
static char *digest(const Annotated *annotated)
{
    static const char *const members[] = {
        "step",          "session",      "protocol",     "kind",      "verb",
        "line",          "replies",      "outcome",      "gloss",     "reply_gloss",
        "movements",     "message",      "message_id",   "location",  "copies",
        "missing_bytes", "client_bytes", "server_bytes", "how_ended", "recipients"};
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        if (record_is(record, "capture") || record_is(record, "note") ||
            record_is(record, "summary"))
            continue;
        g_string_append(text, record_string(record, "type"));
        for (gsize k = 0; k < G_N_ELEMENTS(members); k++)
            add_member(text, record, members[k]);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static char *first_difference(const char *expected, const char *got)
{
    g_auto(GStrv) a = g_strsplit(expected, "\n", -1), b = g_strsplit(got, "\n", -1);
    for (guint i = 0; a[i] != NULL || b[i] != NULL; i++)
        if (g_strcmp0(a[i], b[i]) != 0 || a[i] == NULL || b[i] == NULL)
            return g_strdup_printf("\n  expected: %s\n       got: %s", a[i], b[i]);
    return NULL;
}

static guint count_notes(const Annotated *annotated, const char *kind)
{
    guint n = 0;
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        n += record_is(record, "note") && g_strcmp0(record_string(record, "kind"), kind) == 0;
    }
    return n;
}

/* The frames of a step are its capture's, those of `also` another's; both lead to octets. */
static guint count_also(const char *name, const Annotated *annotated)
{
    guint n = 0;
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        if (!record_is(record, "step") || !json_object_has_member(record, "also"))
            continue;
        JsonArray *also = json_object_get_array_member(record, "also");
        for (guint k = 0; k < json_array_get_length(also); k++) {
            JsonObject *other = json_array_get_object_element(also, k);
            n++;
            if (record_number(other, "capture") == record_number(record, "capture") ||
                json_array_get_length(json_object_get_array_member(other, "frames")) == 0)
                object(name, "step %d: wrong `also`", (int)record_number(record, "step"));
        }
    }
    return n;
}

static void check(const char *folder, const char *path, const Annotated *whole, gint64 fast,
                  guint misses)
{
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *name = g_strdup_printf("%s, %+.6f s, %s", base, (double)fast / MICROSECONDS,
                                            misses < 6 ? "with losses" : "without losses");
    gsize size;
    char *contents;
    if (!g_file_get_contents(path, &contents, &size, NULL))
        return object(name, "cannot be read");
    g_autoptr(GBytes) capture = g_bytes_new_take(contents, size);
    g_autofree char *one = write_point(folder, "one.pcap", capture, &(Point){.misses = misses});
    g_autofree char *two =
        write_point(folder, "two.pcap", capture,
                    &(Point){.fast = fast, .way = 10, .misses = MIN(misses + 3, 6)});
    g_autoptr(Annotated) both = annotate(two, (const char *const[]){one, NULL});

    g_autofree char *expected = digest(whole), *got = digest(both);
    g_autofree char *difference = first_difference(expected, got);
    guint before = failed;
    if (difference != NULL)
        object(name, "not the same as at one point:%s", difference);
    if (both->status != whole->status)
        object(name, "exit status %d, not %d: %s", both->status, whole->status, both->talk);
    if (count_notes(both, "clock") != (fast != 0))
        object(name, "%u notes about the clock", count_notes(both, "clock"));
    if (count_notes(both, "duplicate") > count_notes(whole, "duplicate"))
        object(name, "a second copy is called a repetition");
    if (count_also(name, both) == 0)
        object(name, "no step was also seen at the other point");
    if (failed == before)
        passed++;
    g_remove(one);
    g_remove(two);
}

/* Standard input is copied, since it must be read twice. */
static void check_stdin(const char *path)
{
    g_autofree char *contents = NULL;
    gsize size;
    if (!g_file_get_contents(path, &contents, &size, NULL))
        return object(path, "cannot be read");
    const char *builddir = g_getenv("builddir");
    g_autofree char *program =
        g_build_filename(builddir != NULL ? builddir : ".", "mailgloss", NULL);
    static const char *const ways[][4] = {{"--message", "1", "-", NULL}, {"-", NULL}};
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        g_ptr_array_add(argv, program);
        g_ptr_array_add(argv, (gpointer) "-Tjson");
        for (const char *const *word = ways[i]; *word != NULL; word++)
            g_ptr_array_add(argv, (gpointer)*word);
        if (i == 1)
            g_ptr_array_add(argv, (gpointer)path);
        g_ptr_array_add(argv, NULL);
        g_autoptr(GSubprocess) process =
            g_subprocess_newv((const char *const *)argv->pdata,
                              G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
        g_autoptr(GBytes) input = g_bytes_new(contents, size);
        g_autoptr(GBytes) output = NULL;
        if (process == NULL ||
            !g_subprocess_communicate(process, input, NULL, &output, NULL, NULL)) {
            object(path, "cannot be piped");
            continue;
        }
        gsize len;
        const char *text = g_bytes_get_data(output, &len);
        g_autofree char *records = g_strndup(text, len);
        if (strstr(records, "\"type\":\"step\"") == NULL ||
            strstr(records, "\"type\":\"summary\"") == NULL)
            object(path, "read from a pipe with %s: no steps", ways[i][0]);
        else if (i == 1 && strstr(records, "\"also\":[") == NULL)
            object(path, "read from a pipe and a file: not known as the same");
        else
            passed++;
    }
}

int main(void)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *captures = g_build_filename(srcdir != NULL ? srcdir : ".", "captures", NULL);
    g_autofree char *folder = g_dir_make_tmp("mailgloss-timeline-XXXXXX", NULL);
    g_autoptr(GDir) dir = g_dir_open(captures, 0, NULL);
    const char *file;
    while (folder != NULL && dir != NULL && (file = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_suffix(file, ".pcap"))
            continue;
        g_autofree char *path = g_build_filename(captures, file, NULL);
        g_autoptr(Annotated) whole = annotate(path, NULL);
        check(folder, path, whole, 0, 6);
        check(folder, path, whole, 17300 * 1000, 6);
        check(folder, path, whole, -7200 * MICROSECONDS, 6);
        check(folder, path, whole, 17300 * 1000, 1);
        check(folder, path, whole, -400 * 1000, 2);
    }
    g_autofree char *one = g_build_filename(captures, "smtp-one-message.pcap", NULL);
    check_stdin(one);
    g_rmdir(folder);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
