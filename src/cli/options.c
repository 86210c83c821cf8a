/* The reader of command lines, over the option table. */
#include "cli/option-table.h"

#include <string.h>

static const MgOptionRow *row_by_name(const char *name, gsize len)
{
    guint n;
    const MgOptionRow *table = mg_option_table(&n);
    for (guint i = 0; i < n; i++)
        if (table[i].name != NULL && strlen(table[i].name) == len &&
            strncmp(table[i].name, name, len) == 0)
            return &table[i];
    return NULL;
}

static const MgOptionRow *row_by_letter(char letter)
{
    guint n;
    const MgOptionRow *table = mg_option_table(&n);
    for (guint i = 0; i < n; i++)
        if (table[i].letter != 0 && table[i].letter == letter)
            return &table[i];
    return NULL;
}

static gboolean read_long(MgOptionReader *r, const char *text, char **argv, int *i, GError **error)
{
    const char *equals = strchr(text, '=');
    const MgOptionRow *row =
        row_by_name(text, equals != NULL ? (gsize)(equals - text) : strlen(text));
    if (row == NULL)
        return mg_option_fail(error, "there is no option --%s; mailgloss --help lists them", text);
    if (row->argument == NULL) {
        if (equals != NULL)
            return mg_option_fail(error, "--%s takes no value", row->name);
        return row->set(r, NULL, error);
    }
    const char *value = equals != NULL ? equals + 1 : argv[*i + 1];
    if (value == NULL)
        return mg_option_fail(error, "--%s needs a value: %s", row->name, row->argument);
    if (equals == NULL)
        (*i)++;
    return row->set(r, value, error);
}

/* Letters may stand together ("-qp"), a value may follow directly ("-c5"). */
static gboolean read_letters(MgOptionReader *r, const char *text, char **argv, int *i,
                             GError **error)
{
    for (const char *p = text; *p != '\0'; p++) {
        const MgOptionRow *row = row_by_letter(*p);
        if (row == NULL)
            return mg_option_fail(error, "there is no option -%c; mailgloss --help lists them", *p);
        if (row->argument == NULL) {
            if (!row->set(r, NULL, error))
                return FALSE;
            continue;
        }
        const char *value = p[1] != '\0' ? p + 1 : argv[*i + 1];
        if (value == NULL)
            return mg_option_fail(error, "-%c needs a value: %s", *p, row->argument);
        if (p[1] == '\0')
            (*i)++;
        return row->set(r, value, error);
    }
    return TRUE;
}

static gboolean check(const MgOptions *o, GError **error)
{
    if (o->action == MG_ACTION_EXPLAIN && o->words[0] == NULL)
        return mg_option_fail(error, "--explain needs a word to explain");
    if (o->action != MG_ACTION_ANNOTATE)
        return TRUE;
    gboolean files = o->files[0] != NULL, live = o->interfaces[0] != NULL;
    if (!files && !live)
        return mg_option_fail(error,
                              "name a capture or an interface: mailgloss CAPTURE, or mailgloss -i "
                              "INTERFACE (mailgloss --help says more)");
    if (files && live)
        return mg_option_fail(error, "files and interfaces cannot be read together");
    if (o->message != NULL && live)
        return mg_option_fail(
            error, "--message needs a capture: live, its steps are not known beforehand");
    guint stdins = 0;
    for (char **file = o->files; *file != NULL; file++)
        stdins += strcmp(*file, "-") == 0;
    if (stdins > 1)
        return mg_option_fail(error, "standard input can be read only once");
    return TRUE;
}

static void output_file_free(gpointer data)
{
    MgOutputFile *file = data;
    g_free(file->path);
    g_free(file);
}

/* What LANGUAGE, LC_ALL, LC_MESSAGES or LANG ask for, as far as a glossary speaks it. */
static char *language_of_environment(void)
{
    const char *const *names = g_get_language_names_with_category("LC_MESSAGES");
    for (gsize i = 0; names[i] != NULL; i++) {
        char *language = mg_glossary_language(names[i]);
        if (language != NULL)
            return language;
    }
    return g_strdup("en");
}

MgOptions *mg_options_parse(int argc, char **argv, GError **error)
{
    g_autoptr(MgOptions) options = g_new0(MgOptions, 1);
    g_autoptr(GStrvBuilder) files = g_strv_builder_new();
    g_autoptr(GStrvBuilder) interfaces = g_strv_builder_new();
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    MgOptionReader r = {.options = options, .files = files, .interfaces = interfaces};
    options->decode_as = g_array_new(FALSE, FALSE, sizeof(MgDecodeAs));
    options->outputs = g_ptr_array_new_with_free_func(output_file_free);
    options->gloss.detail = MG_DETAIL_NORMAL;
    options->gloss.body = MG_BODY_HEAD;
    options->max_memory_mib = 256;
    options->seed = 1;

    gboolean fine = TRUE, only_files = FALSE;
    for (int i = 1; fine && i < argc; i++) {
        const char *text = argv[i];
        if (only_files || text[0] != '-' || text[1] == '\0') {
            if (options->action == MG_ACTION_EXPLAIN)
                g_strv_builder_add(words, text);
            else
                g_strv_builder_add(files, text);
        } else if (strcmp(text, "--") == 0) {
            only_files = TRUE;
        } else if (text[1] == '-') {
            fine = read_long(&r, text + 2, argv, &i, error);
        } else {
            fine = read_letters(&r, text + 1, argv, &i, error);
        }
    }
    options->files = g_strv_builder_end(files);
    options->interfaces = g_strv_builder_end(interfaces);
    options->words = g_strv_builder_end(words);
    if (!fine || !check(options, error))
        return NULL;
    if (!r.format_given && options->outputs->len == 0)
        options->format = mg_render_format_by_name("text");
    if (options->language == NULL)
        options->language = language_of_environment();
    return g_steal_pointer(&options);
}

void mg_options_free(MgOptions *options)
{
    if (options == NULL)
        return;
    g_strfreev(options->files);
    g_strfreev(options->interfaces);
    g_strfreev(options->words);
    g_free(options->filter);
    g_free(options->user);
    g_array_unref(options->decode_as);
    g_ptr_array_unref(options->outputs);
    g_free(options->message);
    g_free(options->roles);
    g_free(options->language);
    g_free(options->shell);
    g_free(options->glossary);
    g_free(options->title);
    g_free(options);
}
