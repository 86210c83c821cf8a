/* Run the built mailgloss on a capture and read its records back. */
#include "annotate.h"

#include <string.h>
#include <sys/wait.h>

Annotated *annotate(const char *path, const char *const *options)
{
    const char *builddir = g_getenv("builddir");
    g_autofree char *program =
        g_build_filename(builddir != NULL ? builddir : ".", "mailgloss", NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, program);
    g_ptr_array_add(argv, (gpointer) "-T");
    g_ptr_array_add(argv, (gpointer) "json");
    for (; options != NULL && *options != NULL; options++)
        g_ptr_array_add(argv, (gpointer)*options);
    g_ptr_array_add(argv, (gpointer)path);
    g_ptr_array_add(argv, NULL);

    Annotated *annotated = g_new0(Annotated, 1);
    annotated->records = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    annotated->status = -1;
    g_autofree char *output = NULL;
    g_autoptr(GError) error = NULL;
    int status;
    if (!g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output,
                      &annotated->talk, &status, &error)) {
        annotated->talk = g_strdup(error->message);
        return annotated;
    }
    if (WIFEXITED(status))
        annotated->status = WEXITSTATUS(status);
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        if (**line == '\0')
            continue;
        g_autoptr(JsonParser) parser = json_parser_new();
        if (!json_parser_load_from_data(parser, *line, -1, &error) ||
            !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
            annotated->status = -1;
            g_free(annotated->talk);
            annotated->talk = g_strdup_printf("no JSON object: %s", *line);
            break;
        }
        g_ptr_array_add(annotated->records, json_node_dup_object(json_parser_get_root(parser)));
    }
    return annotated;
}

void annotated_free(Annotated *annotated)
{
    if (annotated == NULL)
        return;
    g_ptr_array_unref(annotated->records);
    g_free(annotated->talk);
    g_free(annotated);
}

const char *record_string(JsonObject *record, const char *name)
{
    return record != NULL && json_object_has_member(record, name)
               ? json_object_get_string_member(record, name)
               : NULL;
}

gint64 record_number(JsonObject *record, const char *name)
{
    return record != NULL && json_object_has_member(record, name)
               ? json_object_get_int_member(record, name)
               : 0;
}

gboolean record_is(JsonObject *record, const char *type)
{
    return g_strcmp0(record_string(record, "type"), type) == 0;
}
