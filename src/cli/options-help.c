/* Help, manual page and completion, all made from the option table. */
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

/* A leading dot or quote, and a backslash anywhere, mean something to mdoc. */
static void append_mdoc(GString *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\\')
            g_string_append(out, "\\e");
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '\n');
}

char *mg_options_manual(void)
{
    GString *out = g_string_new(
        ".Dd November 21, 2026\n.Dt MAILGLOSS 1\n.Os\n.Sh NAME\n.Nm mailgloss\n"
        ".Nd explain mail traffic, and show where each message is\n"
        ".Sh SYNOPSIS\n.Nm\n.Op Ar option ...\n.Ar capture ...\n"
        ".Nm\n.Op Ar option ...\n.Fl i Ar interface\n"
        ".Nm\n.Fl -explain Ar word ...\n"
        ".Sh DESCRIPTION\n.Nm\nreads packet captures or live traffic, puts TCP "
        "connections back in order, and prints each SMTP, POP3 and IMAP command with a "
        "plain explanation of what it does to the location of the message:\n"
        "on the user's device, on the email server, on both, deleted, or unknown.\n"
        "Every statement names the frame that proves it.\n"
        ".Pp\nThe options are:\n.Bl -tag -width Ds\n");
    guint n;
    const MgOptionRow *table = mg_option_table(&n);
    for (guint i = 0; i < n; i++) {
        const MgOptionRow *row = &table[i];
        if (row->help == NULL)
            continue;
        g_string_append(out, ".It");
        if (row->letter != 0)
            g_string_append_printf(out, " Fl %c", row->letter);
        if (row->name != NULL)
            g_string_append_printf(out, "%s Fl -%s", row->letter != 0 ? " ," : "", row->name);
        if (row->argument != NULL)
            g_string_append_printf(out, " Ar %s", row->argument);
        g_string_append_c(out, '\n');
        append_mdoc(out, row->help);
    }
    g_string_append(
        out,
        ".El\n.Sh ENVIRONMENT\n.Bl -tag -width Ds\n"
        ".It Ev COLUMNS\nWidth of the text where no\n.Fl -width\nis given.\n"
        ".It Ev NO_COLOR , CLICOLOR_FORCE , CLICOLOR\nTurn bold and underlined text off or on.\n"
        ".It Ev PAGER\nThe pager for long output on a terminal; otherwise\n.Xr less 1 .\n.El\n"
        ".Sh EXIT STATUS\n.Bl -tag -width Ds\n"
        ".It 0\nThe input was read.\n.It 1\nNo mail was found in it.\n"
        ".It 2\nThe command line makes no sense.\n"
        ".It 3\nAn input cannot be read, or an output cannot be written.\n"
        ".It 4\nThe input was read, and bytes are missing from it.\n.El\n"
        ".Sh EXAMPLES\nAnnotate a capture:\n.Dl mailgloss lab.pcapng\n"
        ".Pp\nShow only where each message is:\n.Dl mailgloss --where lab.pcapng\n"
        ".Pp\nMake a handout:\n.Dl mailgloss -o handout.md lab.pcapng\n"
        ".Pp\nWatch a lab network:\n.Dl mailgloss -i eth0\n"
        ".Sh SEE ALSO\n.Xr tcpdump 8 ,\n.Xr tshark 1 ,\n.Xr pcap-filter 7\n");
    return g_string_free(out, FALSE);
}

char *mg_options_completion(void)
{
    GString *words = g_string_new(NULL);
    GString *values = g_string_new(NULL);
    guint n;
    const MgOptionRow *table = mg_option_table(&n);
    for (guint i = 0; i < n; i++) {
        const MgOptionRow *row = &table[i];
        if (row->help == NULL)
            continue;
        if (row->letter != 0)
            g_string_append_printf(words, " -%c", row->letter);
        if (row->name != NULL)
            g_string_append_printf(words, " --%s", row->name);
        if (row->choices == NULL)
            continue;
        if (row->letter != 0)
            g_string_append_printf(values, "    -%c)", row->letter);
        else
            g_string_append_printf(values, "    --%s)", row->name);
        g_string_append_printf(
            values, " COMPREPLY=($(compgen -W '%s' -- \"$current\")); return ;;\n", row->choices);
    }
    char *out = g_strdup_printf("# Completion of mailgloss for bash.\n"
                                "_mailgloss()\n{\n"
                                "    local current=${COMP_WORDS[COMP_CWORD]}\n"
                                "    case ${COMP_WORDS[COMP_CWORD-1]} in\n%s    esac\n"
                                "    if [[ $current == -* ]]; then\n"
                                "        COMPREPLY=($(compgen -W '%s' -- \"$current\"))\n"
                                "    else\n"
                                "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
                                "    fi\n}\n"
                                "complete -o filenames -F _mailgloss mailgloss\n",
                                values->str, words->str + (words->len > 0 ? 1 : 0));
    g_string_free(words, TRUE);
    g_string_free(values, TRUE);
    return out;
}
