/* The manual page, in mdoc: the options from the option table, the rest from here. */
#include "config.h"
#include "cli/option-table.h"

#include <string.h>

/* Each entry is one line of mdoc. */
static const char *const before_options[] = {
    ".Dd November 21, 2026",
    ".Dt MAILGLOSS 1",
    ".Os",
    ".Sh NAME",
    ".Nm mailgloss",
    ".Nd explain mail traffic, and show where each message is",
    ".Sh SYNOPSIS",
    ".Nm",
    ".Op Ar option ...",
    ".Ar capture ...",
    ".Nm",
    ".Op Ar option ...",
    ".Fl i Ar interface",
    ".Nm",
    ".Fl -explain Ar word ...",
    ".Sh DESCRIPTION",
    ".Nm",
    "reads packet captures or live traffic and puts the TCP connections back in order.",
    "It prints each SMTP, POP3 and IMAP command with a plain explanation of what it",
    "does to the location of the message.",
    "Every statement names the frame that proves it, as Wireshark counts frames.",
    ".Pp",
    "The location is one of:",
    ".Bl -tag -width Ds",
    ".It User device",
    "The only known copies are on devices of users.",
    ".It Email server",
    "The only known copies are on servers, in a queue or in a mailbox.",
    ".It User device and server",
    "A device has fetched a full copy, and a server still has one.",
    ".It Deleted",
    "Every known copy was seen to be removed.",
    ".It Unknown",
    "The capture does not tell.",
    ".El",
    ".Pp",
    "Two of them with",
    ".Dq or",
    "between them stand where an operation was not seen to its end.",
    ".Pp",
    "Captures are files of pcap or pcapng, compressed or not;",
    ".Sq -",
    "is standard input.",
    "Several captures of one lab are one timeline: packets that two machines captured",
    "count once.",
    ".Pp",
    "With",
    ".Fl -explain",
    "no capture is needed.",
    "The words behind it are a command line, a reply, a status code, a name of the",
    "protocols, or a protocol; two protocols are put beside each other, and",
    ".Ar mail",
    "tells how they work together.",
    "Words that are not known are answered with those that look like them.",
    ".Pp",
    "The options are:",
    ".Bl -tag -width Ds",
};

static const char *const after_options[] = {
    ".El",
    ".Sh ENVIRONMENT",
    ".Bl -tag -width Ds",
    ".It Ev LANGUAGE , LC_ALL , LC_MESSAGES , LANG",
    "The language of the explanations, where",
    ".Fl -lang",
    "does not name one.",
    ".It Ev COLUMNS",
    "Width of the text where no",
    ".Fl -width",
    "is given.",
    ".It Ev NO_COLOR , CLICOLOR_FORCE , CLICOLOR",
    "Turn bold and underlined text off or on.",
    ".It Ev PAGER",
    "The pager for long output on a terminal; otherwise",
    ".Xr less 1 .",
    ".El",
    ".Sh EXIT STATUS",
    "The first that applies:",
    ".Bl -tag -width Ds",
    ".It 2",
    "The command line makes no sense.",
    ".It 3",
    "An input cannot be read, or an output cannot be written.",
    ".It 4",
    "The input was read, and bytes are missing from it.",
    ".It 1",
    "No mail was found, or nothing is known of the words to explain.",
    ".It 0",
    "The input was read.",
    ".El",
    ".Sh EXAMPLES",
    "Annotate a capture:",
    ".Dl mailgloss lab.pcapng",
    ".Pp",
    "Show only where each message is:",
    ".Dl mailgloss --where lab.pcapng",
    ".Pp",
    "Show what touches one message, with every word explained:",
    ".Dl mailgloss --message Lunch --detail deep lab.pcapng",
    ".Pp",
    "Make a handout, a worksheet with its key, and a quiz:",
    ".Dl mailgloss -o handout.html -o quiz.gift lab.pcapng",
    ".Dl mailgloss --handout blank --seed 7 -o worksheet.html lab.pcapng",
    ".Dl mailgloss --handout key --seed 7 -o key.html lab.pcapng",
    ".Pp",
    "Explain in Spanish:",
    ".Dl mailgloss --lang es lab.pcapng",
    ".Pp",
    "Explain a command, a status code, and how two protocols differ:",
    ".Dl mailgloss --explain RETR",
    ".Dl mailgloss --explain 5.7.1",
    ".Dl mailgloss --explain pop3 imap",
    ".Pp",
    "Watch a lab network:",
    ".Dl mailgloss -i eth0",
    ".Sh SEE ALSO",
    ".Xr tshark 1 ,",
    ".Xr pcap-filter 7 ,",
    ".Xr tcpdump 8",
    ".Sh CAVEATS",
    "What a server does behind its replies is not in a capture, and",
    ".Nm",
    "does not guess it.",
    ".Sh SECURITY CONSIDERATIONS",
    "Captures hold what people wrote, and often their passwords.",
    "Passwords and tokens are masked unless",
    ".Fl -show-secrets",
    "is given.",
    "Only capture networks you may capture.",
};

static void append_lines(GString *out, const char *const *lines, gsize n)
{
    for (gsize i = 0; i < n; i++)
        g_string_append_printf(out, "%s\n", lines[i]);
}

/* A new sentence begins a new line; a backslash means something to mdoc. */
static void append_mdoc(GString *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\\')
            g_string_append(out, "\\e");
        else if (*p == ' ' && p > text && p[-1] == '.' && g_ascii_isupper(p[1]))
            g_string_append_c(out, '\n');
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '\n');
}

char *mg_options_manual(void)
{
    GString *out = g_string_new(NULL);
    append_lines(out, before_options, G_N_ELEMENTS(before_options));
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
        if (row->choices != NULL) {
            g_auto(GStrv) choices = g_strsplit(row->choices, " ", -1);
            g_autofree char *list = g_strjoinv(" , ", choices);
            g_string_append_printf(out, "One of\n.Cm %s .\n", list);
        }
    }
    append_lines(out, after_options, G_N_ELEMENTS(after_options));
    return g_string_free(out, FALSE);
}
