/* Completions of the shells, all made from the option table. */
#include "config.h"
#include "cli/option-table.h"

#include <string.h>

/* What may stand behind an option, as shells complete it. */
typedef enum {
    VALUE_NONE,   /* takes nothing */
    VALUE_CHOICE, /* one of row->choices */
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_INTERFACE,
    VALUE_USER,
    VALUE_FREE, /* a number or text */
} ValueKind;

static ValueKind value_kind(const MgOptionRow *row)
{
    static const struct {
        const char *argument;
        ValueKind kind;
    } kinds[] = {{"FILE", VALUE_FILE},
                 {"DIR", VALUE_FOLDER},
                 {"INTERFACE", VALUE_INTERFACE},
                 {"USER", VALUE_USER}};
    if (row->argument == NULL)
        return VALUE_NONE;
    if (row->choices != NULL)
        return VALUE_CHOICE;
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(row->argument, kinds[i].argument) == 0)
            return kinds[i].kind;
    return VALUE_FREE;
}

/* The first sentence of the help, without its full stop. */
static char *short_help(const MgOptionRow *row)
{
    const char *end = strstr(row->help, ". ");
    char *text = end != NULL ? g_strndup(row->help, (gsize)(end - row->help)) : g_strdup(row->help);
    if (g_str_has_suffix(text, "."))
        text[strlen(text) - 1] = '\0';
    return text;
}

/* ---- bash ---- */

static void bash_case(GString *out, const MgOptionRow *row)
{
    static const char *const how[] = {
        [VALUE_FILE] = "-f",
        [VALUE_FOLDER] = "-d",
        [VALUE_INTERFACE] = "-W \"$(mailgloss -D 2>/dev/null)\"",
        [VALUE_USER] = "-u",
        [VALUE_FREE] = NULL,
    };
    const ValueKind kind = value_kind(row);
    if (kind == VALUE_NONE)
        return;
    g_string_append(out, "    ");
    if (row->letter != 0)
        g_string_append_printf(out, "-%c", row->letter);
    if (row->name != NULL)
        g_string_append_printf(out, "%s--%s", row->letter != 0 ? "|" : "", row->name);
    if (kind == VALUE_CHOICE)
        g_string_append_printf(out, ") COMPREPLY=($(compgen -W '%s' -- \"$current\")); return ;;\n",
                               row->choices);
    else if (how[kind] != NULL)
        g_string_append_printf(out, ") COMPREPLY=($(compgen %s -- \"$current\")); return ;;\n",
                               how[kind]);
    else
        g_string_append(out, ") return ;;\n");
}

static char *bash_completion(const MgOptionRow *table, guint n)
{
    g_autoptr(GString) words = g_string_new(NULL);
    g_autoptr(GString) cases = g_string_new(NULL);
    for (guint i = 0; i < n; i++) {
        const MgOptionRow *row = &table[i];
        if (row->help == NULL)
            continue;
        if (row->letter != 0)
            g_string_append_printf(words, " -%c", row->letter);
        if (row->name != NULL)
            g_string_append_printf(words, " --%s", row->name);
        bash_case(cases, row);
    }
    return g_strdup_printf("# Completion of mailgloss for bash.\n"
                           "_mailgloss()\n{\n"
                           "    local current=${COMP_WORDS[COMP_CWORD]}\n"
                           "    case ${COMP_WORDS[COMP_CWORD-1]} in\n%s    esac\n"
                           "    if [[ $current == -* ]]; then\n"
                           "        COMPREPLY=($(compgen -W '%s' -- \"$current\"))\n"
                           "    else\n"
                           "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
                           "    fi\n}\n"
                           "complete -o filenames -F _mailgloss mailgloss\n",
                           cases->str, words->str + (words->len > 0 ? 1 : 0));
}

/* ---- zsh ---- */

/* Inside '…[…]…': brackets and colons mean something to _arguments, the quote to the shell. */
static void append_zsh(GString *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr("[]:\\", *p) != NULL)
            g_string_append_c(out, '\\');
        if (*p == '\'')
            g_string_append(out, "'\\''");
        else
            g_string_append_c(out, *p);
    }
}

static void zsh_value(GString *out, const MgOptionRow *row)
{
    static const char *const how[] = {
        [VALUE_FILE] = "_files",
        [VALUE_FOLDER] = "_files -/",
        [VALUE_INTERFACE] = "_values interface ${(f)\"$(mailgloss -D 2>/dev/null)\"}",
        [VALUE_USER] = "_users",
        [VALUE_FREE] = "",
    };
    const ValueKind kind = value_kind(row);
    if (kind == VALUE_NONE)
        return;
    g_string_append_c(out, ':');
    append_zsh(out, row->argument);
    if (kind == VALUE_CHOICE)
        g_string_append_printf(out, ":(%s)", row->choices);
    else
        g_string_append_printf(out, ":%s", how[kind]);
}

static void zsh_option(GString *out, const MgOptionRow *row)
{
    g_autofree char *help = short_help(row);
    const gboolean both = row->letter != 0 && row->name != NULL;
    g_string_append(out, "  ");
    if (both)
        g_string_append_printf(out, "'(-%c --%s)'{-%c,--%s}'", row->letter, row->name, row->letter,
                               row->name);
    else if (row->letter != 0)
        g_string_append_printf(out, "'*-%c", row->letter);
    else
        g_string_append_printf(out, "'--%s", row->name);
    /* "--lang=es" and "--lang es" are the same. */
    if (!both && row->name != NULL && row->argument != NULL)
        g_string_append_c(out, '=');
    g_string_append_c(out, '[');
    append_zsh(out, help);
    g_string_append_c(out, ']');
    zsh_value(out, row);
    g_string_append(out, "' \\\n");
}

static char *zsh_completion(const MgOptionRow *table, guint n)
{
    GString *out = g_string_new("#compdef mailgloss\n# Completion of mailgloss for zsh.\n"
                                "_arguments -s -S \\\n");
    for (guint i = 0; i < n; i++)
        if (table[i].help != NULL)
            zsh_option(out, &table[i]);
    g_string_append(out, "  '*:capture:_files'\n");
    return g_string_free(out, FALSE);
}

/* ---- fish ---- */

static void append_fish(GString *out, const char *text)
{
    g_string_append_c(out, '\'');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\'' || *p == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, '\'');
}

static void fish_option(GString *out, const MgOptionRow *row)
{
    static const char *const how[] = {
        [VALUE_FILE] = " -r -F",
        [VALUE_FOLDER] = " -x -a '(__fish_complete_directories)'",
        [VALUE_INTERFACE] = " -x -a '(mailgloss -D 2>/dev/null)'",
        [VALUE_USER] = " -x -a '(__fish_complete_users)'",
        [VALUE_FREE] = " -x",
    };
    g_autofree char *help = short_help(row);
    const ValueKind kind = value_kind(row);
    g_string_append(out, "complete -c mailgloss");
    if (row->letter != 0)
        g_string_append_printf(out, " -s %c", row->letter);
    if (row->name != NULL)
        g_string_append_printf(out, " -l %s", row->name);
    if (kind == VALUE_CHOICE)
        g_string_append_printf(out, " -x -a '%s'", row->choices);
    else if (kind != VALUE_NONE)
        g_string_append(out, how[kind]);
    g_string_append(out, " -d ");
    append_fish(out, help);
    g_string_append_c(out, '\n');
}

static char *fish_completion(const MgOptionRow *table, guint n)
{
    GString *out = g_string_new("# Completion of mailgloss for fish.\n");
    for (guint i = 0; i < n; i++)
        if (table[i].help != NULL)
            fish_option(out, &table[i]);
    return g_string_free(out, FALSE);
}

char *mg_options_completion(const char *shell)
{
    guint n;
    const MgOptionRow *table = mg_option_table(&n);
    if (strcmp(shell, "zsh") == 0)
        return zsh_completion(table, n);
    if (strcmp(shell, "fish") == 0)
        return fish_completion(table, n);
    return bash_completion(table, n);
}
