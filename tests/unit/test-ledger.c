/* The ledger against scripts: who has the message after each step, and how we know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ledger-bench.h"

typedef struct {
    char *title;
    char *text;
    char *file;
    guint line; /* of the title */
} Script;

static void script_free(gpointer data)
{
    Script *script = data;
    g_free(script->title);
    g_free(script->text);
    g_free(script->file);
    g_free(script);
}

/* away: all messages are put away after each line, and nothing that is told depends on it. */
static void play(const Script *script, gboolean away)
{
    Bench *bench = bench_new();
    if (away)
        bench_put_away(bench);
    g_auto(GStrv) lines = g_strsplit(script->text, "\n", -1);
    guint wrong = 0;
    for (guint i = 0; lines[i] != NULL; i++) {
        g_autofree char *fault = bench_line(bench, lines[i]);
        if (fault == NULL)
            continue;
        print_message("%s:%u: %s\n    %s%s\n", script->file, script->line + 1 + i, lines[i], fault,
                      away ? " (put away)" : "");
        wrong++;
    }
    bench_free(bench);
    assert_int_equal(wrong, 0);
}

static void play_script(void **state)
{
    play(*state, FALSE);
    play(*state, TRUE);
}

static void load(const char *path, GPtrArray *scripts)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) body = g_string_new(NULL);
    Script *script = NULL;
    for (guint i = 0;; i++) {
        gboolean end = lines[i] == NULL;
        if (script != NULL && (end || g_str_has_prefix(lines[i], "== "))) {
            script->text = g_strdup(body->str);
            g_string_truncate(body, 0);
            g_ptr_array_add(scripts, g_steal_pointer(&script));
        }
        if (end)
            break;
        if (g_str_has_prefix(lines[i], "== ")) {
            script = g_new0(Script, 1);
            script->title = g_strdup(lines[i] + 3);
            script->file = g_path_get_basename(path);
            script->line = i + 1;
        } else if (script != NULL) {
            g_string_append_printf(body, "%s\n", lines[i]);
        }
    }
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *folder =
        g_build_filename(srcdir != NULL ? srcdir : ".", "tests", "unit", "ledger", NULL);
    g_autoptr(GPtrArray) scripts = g_ptr_array_new_with_free_func(script_free);
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".txt"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, by_name);
    for (guint i = 0; i < paths->len; i++)
        load(paths->pdata[i], scripts);
    if (scripts->len == 0) {
        fprintf(stderr, "no scripts in %s\n", folder);
        return 1;
    }
    g_autofree struct CMUnitTest *tests = g_new0(struct CMUnitTest, scripts->len);
    guint n = 0;
    for (guint i = 0; i < scripts->len; i++) {
        Script *script = scripts->pdata[i];
        if (argc > 1 && strstr(script->title, argv[1]) == NULL)
            continue;
        tests[n].name = script->title;
        tests[n].test_func = play_script;
        tests[n++].initial_state = script;
    }
    return _cmocka_run_group_tests("ledger", tests, n, NULL, NULL);
}
