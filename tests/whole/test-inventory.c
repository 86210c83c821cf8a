/* Real captures that we did not make, against their inventory: the client's commands of each
 * connection, and the octets of each direction. */
#include "annotate.h"
#include "../shared.h"

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

static JsonObject *find_session(const Annotated *annotated, const char *client, gint64 port,
                                gint64 server_port)
{
    JsonObject *found = NULL;
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        if (!record_is(record, "session"))
            continue;
        JsonObject *one = json_object_get_object_member(record, "client");
        JsonObject *two = json_object_get_object_member(record, "server");
        if (g_strcmp0(record_string(one, "ip"), client) == 0 &&
            record_number(one, "port") == port && record_number(two, "port") == server_port)
            found = record;
    }
    return found;
}

/* The verbs of a session's commands, one after the other; `DONE` is no command. */
static char *session_verbs(const Annotated *annotated, gint64 session)
{
    GString *verbs = g_string_new(NULL);
    for (guint i = 0; i < annotated->records->len; i++) {
        JsonObject *record = g_ptr_array_index(annotated->records, i);
        if (!record_is(record, "step") || record_number(record, "session") != session ||
            g_strcmp0(record_string(record, "kind"), "command") != 0)
            continue;
        const char *verb = record_string(record, "verb");
        if (g_strcmp0(verb, "DONE") == 0)
            continue;
        g_string_append_printf(verbs, "%s%s", verbs->len > 0 ? " " : "",
                               verb != NULL ? verb : "(none)");
    }
    return g_string_free(verbs, FALSE);
}

/* "EHLO BDAT x2 <auth-data> QUIT" -> "EHLO BDAT BDAT QUIT".  A verb may have two words. */
static char *inventory_verbs(const char *list)
{
    g_autoptr(GPtrArray) verbs = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) words = g_strsplit(list, " ", -1);
    guint n = g_strv_length(words);
    for (guint i = 0; i < n; i++) {
        guint64 times;
        if (words[i][0] == '<' || strcmp(words[i], "none") == 0) {
            while (i + 1 < n && strchr(words[i], '>') == NULL && words[i][0] == '<')
                i++; /* "<empty line>" is two words */
            if (i + 1 < n && words[i + 1][0] == 'x' &&
                g_ascii_string_to_unsigned(words[i + 1] + 1, 10, 1, 999, &times, NULL))
                i++;
        } else if (words[i][0] == 'x' && verbs->len > 0 &&
                   g_ascii_string_to_unsigned(words[i] + 1, 10, 1, 999, &times, NULL)) {
            const char *last = g_ptr_array_index(verbs, verbs->len - 1);
            for (guint64 k = 1; k < times; k++)
                g_ptr_array_add(verbs, g_strdup(last));
        } else if (strcmp(words[i], "UID") == 0 && i + 1 < n) {
            g_ptr_array_add(verbs, g_strdup_printf("UID %s", words[i + 1]));
            i++;
        } else {
            g_ptr_array_add(verbs, g_strdup(words[i]));
        }
    }
    g_ptr_array_add(verbs, NULL);
    return g_strjoinv(" ", (char **)verbs->pdata);
}

static void check_stream(const char *name, const Annotated *annotated, GMatchInfo *match)
{
    g_autofree char *client = g_match_info_fetch(match, 1);
    g_autofree char *client_port = g_match_info_fetch(match, 2);
    g_autofree char *server_port = g_match_info_fetch(match, 3);
    g_autofree char *client_octets = g_match_info_fetch(match, 4);
    g_autofree char *server_octets = g_match_info_fetch(match, 5);
    g_autofree char *list = g_match_info_fetch(match, 6);
    JsonObject *session = find_session(annotated, client, g_ascii_strtoll(client_port, NULL, 10),
                                       g_ascii_strtoll(server_port, NULL, 10));
    if (session == NULL) {
        object(name, "no session from %s port %s", client, client_port);
        return;
    }
    g_autofree char *expected = inventory_verbs(list);
    g_autofree char *got = session_verbs(annotated, record_number(session, "session"));
    if (g_ascii_strcasecmp(expected, got) != 0)
        object(name, "commands of %s port %s\n  expected %s\n  got      %s", client, client_port,
               expected, got);
    else
        passed++;
    gint64 up = g_ascii_strtoll(client_octets, NULL, 10);
    gint64 down = g_ascii_strtoll(server_octets, NULL, 10);
    if (record_number(session, "client_bytes") != up ||
        record_number(session, "server_bytes") != down)
        object(name,
               "octets of %s port %s: expected %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT
               ", got %" G_GINT64_FORMAT "/%" G_GINT64_FORMAT,
               client, client_port, up, down, record_number(session, "client_bytes"),
               record_number(session, "server_bytes"));
    else
        passed++;
}

static void check_row(const char *folder, const char *row, GRegex *stream)
{
    g_auto(GStrv) cells = g_strsplit(row, "|", -1);
    g_auto(GStrv) quoted = g_strsplit(cells[1], "`", 3);
    const char *name = quoted[1];
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(Annotated) annotated = annotate(path, NULL);
    if (annotated->status < 0 || annotated->status == 2) {
        object(name, "status %d: %s", annotated->status, annotated->talk);
        return;
    }
    /* Bytes that nobody can read, or that another protocol wraps, are in no list. */
    g_autoptr(GMatchInfo) match = NULL;
    g_regex_match(stream, row, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL))
        check_stream(name, annotated, match);
}

int main(void)
{
    g_autofree char *folder = shared_path("captures");
    if (folder == NULL) {
        printf("skipped: the shared captures are not here\n");
        return 77;
    }
    g_autofree char *path = g_build_filename(folder, "INVENTORY.md", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        printf("FAIL %s\n", error->message);
        return 1;
    }
    g_autoptr(GRegex) stream = g_regex_new(
        "#\\d+ ([0-9a-f.:]+):(\\d+) &rarr; [0-9a-f.:]+:(\\d+): (\\d+)/(\\d+) B; commands: "
        "tshark \\d+, lines \\d+ \\(([^)]*)\\)",
        0, 0, NULL);
    const char *mail = strstr(text, "\n## Mail captures"), *end = strstr(text, "\n## Difficult");
    g_autofree char *table =
        mail != NULL && end != NULL ? g_strndup(mail, (gsize)(end - mail)) : NULL;
    g_auto(GStrv) rows = g_strsplit(table != NULL ? table : "", "\n", -1);
    for (char **row = rows; *row != NULL; row++)
        if (g_str_has_prefix(*row, "| `"))
            check_row(folder, *row, stream);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
