/* The captures that we made: mailgloss's answer against what lay on the disks.
 *
 * Beside each capture stands what the lab read from the server's and the devices' disks at the
 * end.  A message that travelled encrypted may be missing from the records, or Unknown. */
#include "annotate.h"

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

/* The last record of the message with this Message-ID; NULL = none. */
static JsonObject *find_message(const Annotated *annotated, const char *message_id)
{
    JsonObject *found = NULL;
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        if (record_is(record, "message") && record_number(record, "merged_into") == 0 &&
            g_strcmp0(record_string(record, "message_id"), message_id) == 0)
            found = record;
    }
    return found;
}

/* A message whose text never travelled has no Message-ID on the wire; it is meant when it is the
 * only one of its capture. */
static JsonObject *find_nameless(const Annotated *annotated)
{
    JsonObject *found = NULL;
    guint n = 0;
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        if (!record_is(record, "message"))
            continue;
        n++;
        if (record_string(record, "message_id") == NULL)
            found = record;
    }
    return n == 1 ? found : NULL;
}

static gboolean any_encrypted(const Annotated *annotated)
{
    for (guint i = 0; i < annotated->records->len; i++)
        if (record_number(g_ptr_array_index(annotated->records, i), "encrypted_from_step") > 0)
            return TRUE;
    return FALSE;
}

/* Whether the truth allows this answer besides what lay on the disks, because the wire cannot show
 * the difference: its member "also" lists such answers, null for a message that is not known. */
static gboolean also_right(JsonObject *truth, const char *got)
{
    JsonArray *also =
        json_object_has_member(truth, "also") ? json_object_get_array_member(truth, "also") : NULL;
    for (guint i = 0; also != NULL && i < json_array_get_length(also); i++) {
        const char *answer =
            json_array_get_null_element(also, i) ? NULL : json_array_get_string_element(also, i);
        if (g_strcmp0(answer, got) == 0)
            return TRUE;
    }
    return FALSE;
}

static void check_message(const char *name, const Annotated *annotated, JsonObject *truth)
{
    const char *message_id = record_string(truth, "message_id");
    const char *expected = record_string(truth, "location");
    JsonObject *message = find_message(annotated, message_id);
    if (message == NULL)
        message = find_nameless(annotated);
    const char *got = message != NULL ? record_string(message, "location") : NULL;
    if (any_encrypted(annotated) && (got == NULL || strcmp(got, "Unknown") == 0))
        passed++;
    else if (g_strcmp0(got, expected) == 0 || also_right(truth, got))
        passed++;
    else
        object(name, "%s is said to be at “%s”; on the disks it was at “%s”", message_id,
               got != NULL ? got : "(no such message)", expected);
}

static void check_capture(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *stem = g_strndup(path, strlen(path) - strlen(".pcap"));
    g_autofree char *truth_path = g_strconcat(stem, ".truth.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    if (!json_parser_load_from_file(parser, truth_path, &error)) {
        object(name, "%s", error->message);
        return;
    }
    g_autoptr(Annotated) annotated = annotate(path, NULL);
    if (annotated->status != 0) {
        object(name, "status %d: %s", annotated->status, annotated->talk);
        return;
    }
    JsonArray *truths = json_node_get_array(json_parser_get_root(parser));
    for (guint i = 0; i < json_array_get_length(truths); i++)
        check_message(name, annotated, json_array_get_object_element(truths, i));
}

int main(void)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *folder = g_build_filename(srcdir != NULL ? srcdir : ".", "captures", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".pcap"))
            check_capture(folder, name);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
