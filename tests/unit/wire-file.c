/* Wire scripts from files. */
#include "wire-file.h"

#include <string.h>

#include "proto-wire.h"

static void run_end(Wire *wire, const char *words)
{
    MgHowEnded how = MG_ENDED_CLOSED;
    MgSide by = strstr(words, " server") != NULL;
    for (MgHowEnded each = MG_ENDED_CLOSED; each <= MG_ENDED_REPLACED; each++)
        if (g_str_has_prefix(words, mg_how_ended_word(each)))
            how = each;
    wire_end(wire, how, by);
}

char *wire_file_run(const char *path, gsize piece, char **ret_expected)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error))
        g_error("%s", error->message);
    char *line = strstr(text, "----\n");
    if (line == NULL)
        g_error("%s: the line before the log is missing", path);
    *ret_expected = g_strdup(line + strlen("----\n"));
    *line = '\0';

    guint port = 25;
    gboolean midstream = FALSE;
    g_autofree char *end = g_strdup("closed");
    g_autoptr(GString) script = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (*lines[i] == '#')
            continue;
        if (g_str_has_prefix(lines[i], "port "))
            port = (guint)g_ascii_strtoull(lines[i] + 5, NULL, 10);
        else if (strcmp(lines[i], "midstream") == 0)
            midstream = TRUE;
        else if (g_str_has_prefix(lines[i], "end ")) {
            g_free(end);
            end = g_strdup(lines[i] + 4);
        } else
            g_string_append_printf(script, "%s\n", lines[i]);
    }
    g_autoptr(Wire) wire = wire_new(50000, (guint16)port, !midstream);
    wire->effects = TRUE;
    wire->piece = piece;
    wire_play(wire, script->str);
    run_end(wire, end);
    return wire_take(wire);
}
