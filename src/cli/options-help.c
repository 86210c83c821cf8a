/* The help, made from the option table. */
#include "config.h"
#include "cli/option-table.h"

#include <string.h>

#define HELP_WIDTH 80
#define HELP_INDENT 28

/* Append text, wrapped into the columns from HELP_INDENT on. */
static void append_wrapped(GString *out, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    glong column = HELP_INDENT;
    for (guint i = 0; words[i] != NULL; i++) {
        glong width = g_utf8_strlen(words[i], -1);
        if (i > 0 && column + 1 + width > HELP_WIDTH) {
            g_string_append_printf(out, "\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (i > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += width;
    }
    g_string_append_c(out, '\n');
}

static char *row_forms(const MgOptionRow *row)
{
    GString *forms = g_string_new("  ");
    if (row->letter != 0)
        g_string_append_printf(forms, "-%c", row->letter);
    if (row->name != NULL)
        g_string_append_printf(forms, "%s--%s", row->letter != 0 ? ", " : "", row->name);
    if (row->argument != NULL)
        g_string_append_printf(forms, " %s", row->argument);
    return g_string_free(forms, FALSE);
}

char *mg_options_help(void)
{
    GString *out = g_string_new(
        "Usage: mailgloss [OPTION…] CAPTURE…          annotate captures (“-” is standard input)\n"
        "       mailgloss [OPTION…] -i INTERFACE      annotate live traffic\n"
        "       mailgloss --explain WORD…             explain a command, a reply, a protocol\n\n"
        "mailgloss explains each SMTP, POP3 and IMAP command of a packet capture in plain words,\n"
        "and shows after each reply where the message is: on the user's device, on the email\n"
        "server, on both, deleted, or unknown.\n\n");
    guint n;
    const MgOptionRow *table = mg_option_table(&n);
    for (guint i = 0; i < n; i++) {
        if (table[i].help == NULL)
            continue;
        g_autofree char *forms = row_forms(&table[i]);
        g_string_append(out, forms);
        int gap = HELP_INDENT - (int)strlen(forms);
        if (gap < 2)
            g_string_append_printf(out, "\n%*s", HELP_INDENT, "");
        else
            g_string_append_printf(out, "%*s", gap, "");
        append_wrapped(out, table[i].help);
    }
    g_string_append(
        out, "\nExit status: 0 read; 1 no mail found; 2 usage; 3 input unreadable or output\n"
             "unwritable; 4 read, with missing bytes.\n"
             "Only capture networks you may capture.\n");
    return g_string_free(out, FALSE);
}
