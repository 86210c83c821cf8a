/* The glossary: key files, built in and replaced entry by entry. */
#include "gloss.h"
#include "lookup.h"

#include <gio/gio.h>
#include <string.h>

/* Written by glib-compile-resources. */
extern GResource *mg_glossary_resource_get_resource(void);
extern void mg_glossary_resource_register_resource(void);

#define PREFIX "/org/mailgloss/glossary/"

struct MgGlossary {
    GHashTable *groups; /* name → GHashTable key → text */
};

static GHashTable *group_at(GHashTable *groups, const char *name)
{
    GHashTable *group = g_hash_table_lookup(groups, name);
    if (group == NULL) {
        group = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_insert(groups, g_strdup(name), group);
    }
    return group;
}

/* Put every entry of a key file over what is there. */
static gboolean take(MgGlossary *glossary, GKeyFile *file, GError **error)
{
    g_auto(GStrv) groups = g_key_file_get_groups(file, NULL);
    for (gsize i = 0; groups[i] != NULL; i++) {
        g_auto(GStrv) keys = g_key_file_get_keys(file, groups[i], NULL, NULL);
        GHashTable *group = group_at(glossary->groups, groups[i]);
        for (gsize k = 0; keys != NULL && keys[k] != NULL; k++) {
            /* A text with a bad escape comes together with an error. */
            GError *wrong = NULL;
            char *text = g_key_file_get_string(file, groups[i], keys[k], &wrong);
            if (wrong != NULL) {
                g_free(text);
                g_propagate_prefixed_error(error, wrong, "[%s] %s: ", groups[i], keys[k]);
                return FALSE;
            }
            g_hash_table_replace(group, g_strdup(keys[k]), text);
        }
    }
    return TRUE;
}

/* The files are part of the program; GLib must be told once a process. */
static GResource *resource(void)
{
    static gsize ready;
    if (g_once_init_enter(&ready)) {
        mg_glossary_resource_register_resource();
        g_once_init_leave(&ready, 1);
    }
    return mg_glossary_resource_get_resource();
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **mg_glossary_languages(void)
{
    g_auto(GStrv) files =
        g_resource_enumerate_children(resource(), PREFIX, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    GPtrArray *languages = g_ptr_array_new();
    for (gsize i = 0; files != NULL && files[i] != NULL; i++)
        if (g_str_has_suffix(files[i], ".ini") && strcmp(files[i], "en.ini") != 0)
            g_ptr_array_add(languages, g_strndup(files[i], strlen(files[i]) - strlen(".ini")));
    g_ptr_array_sort(languages, by_name);
    g_ptr_array_insert(languages, 0, g_strdup("en"));
    g_ptr_array_add(languages, NULL);
    return (char **)g_ptr_array_free(languages, FALSE);
}

char *mg_glossary_language(const char *name)
{
    const gsize len = name != NULL ? strspn(name, "abcdefghijklmnopqrstuvwxyz") : 0;
    if (len < 2 || len > 3 || strchr("_-.@", name[len]) == NULL)
        return NULL;
    char *language = g_strndup(name, len);
    g_auto(GStrv) known = mg_glossary_languages();
    if (!g_strv_contains((const char *const *)known, language))
        g_clear_pointer(&language, g_free);
    return language;
}

/* The file of a language, or NULL. */
static GBytes *built_in(const char *name)
{
    g_autofree char *language = mg_glossary_language(name);
    if (language == NULL)
        return NULL;
    g_autofree char *path = g_strconcat(PREFIX, language, ".ini", NULL);
    return g_resource_lookup_data(resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
}

static gboolean take_built_in(MgGlossary *glossary, const char *language, GError **error)
{
    g_autoptr(GBytes) bytes = built_in(language);
    if (bytes == NULL)
        return TRUE;
    g_autoptr(GKeyFile) file = g_key_file_new();
    return g_key_file_load_from_bytes(file, bytes, G_KEY_FILE_NONE, error) &&
           take(glossary, file, error);
}

/* References are the same in every file; their few words are not. */
static void translate_references(MgGlossary *glossary)
{
    GHashTableIter groups;
    gpointer group;
    g_hash_table_iter_init(&groups, glossary->groups);
    while (g_hash_table_iter_next(&groups, NULL, &group)) {
        const char *reference = g_hash_table_lookup(group, "reference");
        if (reference != NULL)
            g_hash_table_replace(group, g_strdup("reference"),
                                 mg_reference_in(glossary, reference));
    }
}

MgGlossary *mg_glossary_new(const char *language, const char *path, GError **error)
{
    g_autoptr(MgGlossary) glossary = g_new0(MgGlossary, 1);
    glossary->groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
    if (!take_built_in(glossary, "en", error))
        return NULL;
    if (g_strcmp0(language, "en") != 0 && !take_built_in(glossary, language, error))
        return NULL;
    if (path != NULL) {
        g_autoptr(GKeyFile) file = g_key_file_new();
        if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, error) ||
            !take(glossary, file, error)) {
            g_prefix_error(error, "%s: ", path);
            return NULL;
        }
    }
    translate_references(glossary);
    return g_steal_pointer(&glossary);
}

void mg_glossary_free(MgGlossary *glossary)
{
    if (glossary == NULL)
        return;
    g_hash_table_unref(glossary->groups);
    g_free(glossary);
}

const char *mg_glossary_get(const MgGlossary *glossary, const char *group, const char *key)
{
    GHashTable *texts = group != NULL ? g_hash_table_lookup(glossary->groups, group) : NULL;
    return texts != NULL ? g_hash_table_lookup(texts, key) : NULL;
}

const char *mg_glossary_label(const MgGlossary *glossary, const char *name)
{
    g_autofree char *group = g_strconcat("label.", name, NULL);
    const char *text = mg_glossary_get(glossary, group, "text");
    return text != NULL ? text : name;
}

char *mg_glossary_dump(const char *language)
{
    g_autoptr(GBytes) bytes = built_in(language);
    if (bytes == NULL)
        bytes = built_in("en");
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    return g_strndup(data, size);
}

gboolean mg_glossary_has(const MgGlossary *glossary, const char *group)
{
    return g_hash_table_contains(glossary->groups, group);
}

/* The glossary's own spelling of a group name, so that it outlives the caller's. */
static const char *own_name(const MgGlossary *glossary, const char *group)
{
    gpointer name = NULL;
    g_hash_table_lookup_extended(glossary->groups, group, &name, NULL);
    return name;
}

static gboolean is_number(const char *text)
{
    const gsize digits = strspn(text, "0123456789");
    return digits >= 1 && digits <= 3 && text[digits] == '\0';
}

/* "enhanced.5.1.1": the class may be any, the detail may be new. */
static const char *find_enhanced(const MgGlossary *glossary, const char *code)
{
    g_auto(GStrv) parts = g_strsplit(code, ".", 3);
    if (g_strv_length(parts) != 3 || strlen(parts[0]) != 1 || strchr("245x", *parts[0]) == NULL ||
        !is_number(parts[1]) || !is_number(parts[2]))
        return NULL;
    char *const tries[] = {
        g_strdup_printf("enhanced.x.%s.%s", parts[1], parts[2]),
        g_strdup_printf("enhanced.x.%s", parts[1]),
        g_strdup_printf("enhanced.%s", parts[0]),
    };
    const char *found = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(tries); i++) {
        if (found == NULL)
            found = own_name(glossary, tries[i]);
        g_free(tries[i]);
    }
    return found;
}

const char *mg_glossary_find(const MgGlossary *glossary, const char *group)
{
    const char *found = own_name(glossary, group);
    if (found != NULL)
        return found;
    if (g_str_has_prefix(group, "enhanced."))
        return find_enhanced(glossary, group + strlen("enhanced."));
    g_autofree char *name = g_strdup(group);
    g_strdelimit(name, "=/ ", '-');
    found = own_name(glossary, name);
    /* "imap.capability.auth-plain" is a kind of "imap.capability.auth". */
    const char *dot = strrchr(name, '.');
    for (char *cut; found == NULL && dot != NULL && (cut = strrchr(dot, '-')) != NULL;) {
        *cut = '\0';
        if (cut == dot + 1)
            break;
        found = own_name(glossary, name);
    }
    return found;
}

const char **mg_glossary_groups(const MgGlossary *glossary)
{
    guint n = 0;
    const char **names = (const char **)g_hash_table_get_keys_as_array(glossary->groups, &n);
    qsort(names, n, sizeof *names, by_name);
    return names;
}

const char **mg_glossary_keys(const MgGlossary *glossary, const char *group)
{
    GHashTable *texts = g_hash_table_lookup(glossary->groups, group);
    guint n = 0;
    if (texts == NULL)
        return g_new0(const char *, 1);
    const char **keys = (const char **)g_hash_table_get_keys_as_array(texts, &n);
    qsort(keys, n, sizeof *keys, by_name);
    return keys;
}
