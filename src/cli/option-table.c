/* The option table: one row an option, and the function that obeys it. */
#include "cli/option-table.h"

#include <string.h>

gboolean mg_option_fail(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
    return FALSE;
}

static gboolean number(const char *option, const char *value, guint64 least, guint64 most,
                       guint64 *ret_number, GError **error)
{
    if (g_ascii_string_to_unsigned(value, 10, least, most, ret_number, NULL))
        return TRUE;
    return mg_option_fail(error,
                          "%s takes a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                          ", not “%s”",
                          option, least, most, value);
}

/* The position of value in a list of words separated by spaces, or -1. */
static int choice(const char *words, const char *value)
{
    g_auto(GStrv) list = g_strsplit(words, " ", -1);
    for (int i = 0; list[i] != NULL; i++)
        if (strcmp(list[i], value) == 0)
            return i;
    return -1;
}

static gboolean choose(const char *option, const char *words, const char *value, guint *ret_index,
                       GError **error)
{
    int index = choice(words, value);
    if (index < 0)
        return mg_option_fail(error, "%s takes one of: %s; not “%s”", option, words, value);
    *ret_index = (guint)index;
    return TRUE;
}

static gboolean replace(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
    return TRUE;
}

#define SETTER(name)                                                                               \
    static gboolean name(MgOptionReader *r, const char *value G_GNUC_UNUSED,                       \
                         GError **error G_GNUC_UNUSED)

SETTER(set_file)
{
    g_strv_builder_add(r->files, value);
    return TRUE;
}

SETTER(set_interface)
{
    g_strv_builder_add(r->interfaces, value);
    return TRUE;
}

SETTER(set_interfaces)
{
    r->options->action = MG_ACTION_INTERFACES;
    return TRUE;
}

SETTER(set_filter)
{
    return replace(&r->options->filter, value);
}

SETTER(set_count)
{
    return number("-c", value, 1, G_MAXUINT64, &r->options->packet_limit, error);
}

SETTER(set_snaplen)
{
    guint64 n;
    if (!number("-s", value, 0, 1024 * 1024, &n, error))
        return FALSE;
    r->options->snaplen = (int)n;
    return TRUE;
}

SETTER(set_no_promiscuous)
{
    r->options->no_promiscuous = TRUE;
    return TRUE;
}

SETTER(set_buffer)
{
    guint64 n;
    if (!number("-B", value, 1, 1024, &n, error))
        return FALSE;
    r->options->buffer_mib = (int)n;
    return TRUE;
}

SETTER(set_user)
{
    return replace(&r->options->user, value);
}

SETTER(set_decode_as)
{
    static const char prefix[] = "tcp.port==";
    g_auto(GStrv) parts = g_strsplit(value, ",", 2);
    guint64 port;
    int index = parts[0] != NULL && parts[1] != NULL ? choice("smtp pop3 imap lmtp", parts[1]) : -1;
    if (index < 0 || !g_str_has_prefix(parts[0], prefix) ||
        !g_ascii_string_to_unsigned(parts[0] + strlen(prefix), 10, 1, 65535, &port, NULL))
        return mg_option_fail(
            error, "-d takes tcp.port==NUMBER,PROTOCOL with smtp, pop3, imap or lmtp; not “%s”",
            value);
    MgDecodeAs decode = {(guint16)port, (MgProtocol)(MG_PROTOCOL_SMTP + index)};
    g_array_append_val(r->options->decode_as, decode);
    return TRUE;
}

static char *format_names(void)
{
    GString *names = g_string_new(NULL);
    for (const MgRenderFormat *const *format = mg_render_formats(); *format != NULL; format++)
        g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", (*format)->name);
    return g_string_free(names, FALSE);
}

SETTER(set_format)
{
    r->options->format = mg_render_format_by_name(value);
    r->format_given = TRUE;
    if (r->options->format != NULL)
        return TRUE;
    g_autofree char *names = format_names();
    return mg_option_fail(error, "-T takes one of: %s; not “%s”", names, value);
}

SETTER(set_output)
{
    const char *path = value;
    const MgRenderFormat *format = NULL;
    const char *colon = strchr(value, ':');
    if (colon != NULL) {
        g_autofree char *name = g_strndup(value, (gsize)(colon - value));
        format = mg_render_format_by_name(name);
        if (format != NULL)
            path = colon + 1;
    }
    if (format == NULL)
        format = mg_render_format_by_ending(path);
    if (format == NULL)
        return mg_option_fail(error, "-o %s: the ending names no format; write -o FORMAT:FILE",
                              value);
    if (*path == '\0')
        return mg_option_fail(error, "-o %s: a file name is missing", value);
    MgOutputFile *file = g_new0(MgOutputFile, 1);
    file->path = g_strdup(path);
    file->format = format;
    g_ptr_array_add(r->options->outputs, file);
    return TRUE;
}

SETTER(set_where)
{
    r->options->where_only = TRUE;
    return TRUE;
}

SETTER(set_message)
{
    return replace(&r->options->message, value);
}

SETTER(set_session)
{
    guint64 n;
    if (!number("--session", value, 1, G_MAXUINT, &n, error))
        return FALSE;
    r->options->session = (guint)n;
    return TRUE;
}

SETTER(set_detail)
{
    guint index = 0;
    if (!choose("--detail", "brief normal deep", value, &index, error))
        return FALSE;
    r->options->gloss.detail = (MgDetailLevel)index;
    return TRUE;
}

SETTER(set_by)
{
    guint index = 0;
    if (!choose("--by", "time session", value, &index, error))
        return FALSE;
    r->options->by_session = index == 1;
    return TRUE;
}

SETTER(set_body)
{
    guint index = 0;
    if (!choose("--body", "none head full", value, &index, error))
        return FALSE;
    r->options->gloss.body = index;
    return TRUE;
}

SETTER(set_title)
{
    return replace(&r->options->title, value);
}

SETTER(set_handout)
{
    guint index = 0;
    if (!choose("--handout", "full blank key", value, &index, error))
        return FALSE;
    r->options->handout = (MgHandout)index;
    return TRUE;
}

SETTER(set_paper)
{
    guint index = 0;
    if (!choose("--paper", "a4 letter", value, &index, error))
        return FALSE;
    r->options->paper = (MgPaper)index;
    return TRUE;
}

SETTER(set_seed)
{
    return number("--seed", value, 0, G_MAXUINT64, &r->options->seed, error);
}

SETTER(set_roles)
{
    return replace(&r->options->roles, value);
}

SETTER(set_language)
{
    g_autofree char *language = mg_glossary_language(value);
    if (language == NULL) {
        g_auto(GStrv) known = mg_glossary_languages();
        g_autofree char *list = g_strjoinv(", ", known);
        return mg_option_fail(error, "--lang takes one of: %s; not “%s”", list, value);
    }
    return replace(&r->options->language, language);
}

SETTER(set_glossary)
{
    return replace(&r->options->glossary, value);
}

SETTER(set_dump_glossary)
{
    r->options->action = MG_ACTION_DUMP_GLOSSARY;
    return TRUE;
}

SETTER(set_explain)
{
    r->options->action = MG_ACTION_EXPLAIN;
    return TRUE;
}

SETTER(set_show_secrets)
{
    r->options->gloss.show_secrets = TRUE;
    return TRUE;
}

SETTER(set_anonymize)
{
    r->options->anonymize = TRUE;
    r->options->gloss.body = MG_BODY_NONE;
    return TRUE;
}

SETTER(set_clock)
{
    guint index = 0;
    if (!choose("-t", "r a ad e d", value, &index, error))
        return FALSE;
    r->options->clock = (MgClock)index;
    return TRUE;
}

SETTER(set_color)
{
    guint index = 0;
    if (!choose("--color", "auto always never", value, &index, error))
        return FALSE;
    r->options->color = (MgColor)index;
    return TRUE;
}

SETTER(set_width)
{
    guint64 n;
    if (!number("--width", value, 40, 1000, &n, error))
        return FALSE;
    r->options->width = (guint)n;
    return TRUE;
}

SETTER(set_ascii)
{
    r->options->ascii = TRUE;
    return TRUE;
}

SETTER(set_no_pager)
{
    r->options->no_pager = TRUE;
    return TRUE;
}

SETTER(set_max_memory)
{
    return number("--max-memory", value, 16, 1024 * 1024, &r->options->max_memory_mib, error);
}

SETTER(set_quiet)
{
    r->options->quiet = TRUE;
    return TRUE;
}

SETTER(set_verbose)
{
    r->options->verbose = TRUE;
    return TRUE;
}

SETTER(set_version)
{
    r->options->action = MG_ACTION_VERSION;
    return TRUE;
}

SETTER(set_help)
{
    r->options->action = MG_ACTION_HELP;
    return TRUE;
}

SETTER(set_dump_manual)
{
    r->options->action = MG_ACTION_DUMP_MANUAL;
    return TRUE;
}

SETTER(set_dump_completion)
{
    guint index = 0;
    r->options->action = MG_ACTION_DUMP_COMPLETION;
    return choose("--dump-completion", "bash zsh fish", value, &index, error) &&
           replace(&r->options->shell, value);
}

static const MgOptionRow table[] = {
    {NULL, 'r', "FILE", NULL,
     "Read this capture, as if it were named without an option. Several files are one timeline.",
     set_file},
    {NULL, 'i', "INTERFACE", NULL,
     "Watch this interface live; “any” watches all of them. May be given several times.",
     set_interface},
    {NULL, 'D', NULL, NULL, "List the interfaces that can be watched.", set_interfaces},
    {NULL, 'f', "FILTER", NULL,
     "Look only at packets that match this capture filter, in the language of tcpdump. Live, the "
     "default is the known mail ports.",
     set_filter},
    {NULL, 'c', "COUNT", NULL, "Stop after this many packets.", set_count},
    {NULL, 's', "LENGTH", NULL, "Live: keep at most this many octets of each packet.", set_snaplen},
    {NULL, 'p', NULL, NULL, "Live: do not put the interface into promiscuous mode.",
     set_no_promiscuous},
    {NULL, 'B', "MIB", NULL, "Live: the size of the kernel's buffer.", set_buffer},
    {NULL, 'Z', "USER", NULL,
     "Become this user after everything was opened. As root without it: the user who called sudo, "
     "else nobody.",
     set_user},
    {NULL, 'd', "tcp.port==N,PROTOCOL", NULL,
     "Read connections of this server port as smtp, pop3, imap or lmtp.", set_decode_as},
    {NULL, 'T', "FORMAT", "text markdown html json csv mermaid svg gift moodle pcapng",
     "Write this format to standard output (default: text).", set_format},
    {NULL, 'o', "FILE", NULL,
     "Write a file too; its ending names the format, or FORMAT:FILE does. May be given several "
     "times. Without -T only the summary then goes to standard output.",
     set_output},
    {"where", 0, NULL, NULL, "Show only the table of messages and where each of them is.",
     set_where},
    {"message", 0, "ID", NULL,
     "Show only the steps that touch one message: its number, its Message-ID, a queue id or a word "
     "of its subject.",
     set_message},
    {"session", 0, "N", NULL, "Show only this session.", set_session},
    {"by", 0, "ORDER", "time session",
     "Give the transcript as it happened (time, the default) or session after session.", set_by},
    {"detail", 0, "LEVEL", "brief normal deep", "Choose the length of the explanations.",
     set_detail},
    {"body", 0, "HOW", "none head full",
     "Choose how much of a message's text is shown (default: head, the header fields that users "
     "know).",
     set_body},
    {"handout", 0, "KIND", "full blank key",
     "For html and markdown: with explanations (full), a worksheet with blanks to fill in (blank), "
     "or the answer key of that worksheet (key).",
     set_handout},
    {"title", 0, "TEXT", NULL, "Give a handout this title.", set_title},
    {"paper", 0, "SIZE", "a4 letter", "Lay out a handout for this paper (default: a4).", set_paper},
    {"seed", 0, "N", NULL,
     "Put the questions and answers of a worksheet or quiz in the order of this number "
     "(default: 1).",
     set_seed},
    {NULL, 'H', "FILE", NULL,
     "Read who is who from this file: lines “ADDRESS device NAME” or “ADDRESS server NAME”.",
     set_roles},
    {"lang", 0, "LL", "en es",
     "Explain in this language (default: that of the environment where there is a glossary for it, "
     "else en).",
     set_language},
    {"glossary", 0, "FILE", NULL, "Replace sentences of the glossary by those of this file.",
     set_glossary},
    {"dump-glossary", 0, NULL, NULL, "Print the built-in glossary.", set_dump_glossary},
    {"explain", 0, NULL, NULL,
     "Explain the words that follow: a command, a reply, a status code, a protocol.", set_explain},
    {"show-secrets", 0, NULL, NULL, "Show passwords and tokens; without it they are masked.",
     set_show_secrets},
    {"anonymize", 0, NULL, NULL,
     "Replace the names of people, hosts and domains, and addresses, the same way throughout; "
     "leave "
     "out subjects and message texts.",
     set_anonymize},
    {NULL, 't', "FORM", "r a ad e d",
     "Show times since the start (r), by the clock (a), with the date (ad), as seconds since 1970 "
     "(e), or since the previous step (d).",
     set_clock},
    {"color", 0, "WHEN", "auto always never", "Use bold and underlined text, or do not.",
     set_color},
    {"width", 0, "COLUMNS", NULL, "Lay out for this many columns.", set_width},
    {"ascii", 0, NULL, NULL, "Draw with ASCII characters only.", set_ascii},
    {"no-pager", 0, NULL, NULL, "Never start a pager.", set_no_pager},
    {"max-memory", 0, "MIB", NULL,
     "Let what grows with the traffic take at most this much memory (default: 256).",
     set_max_memory},
    {"quiet", 'q', NULL, NULL, "Say less on standard error.", set_quiet},
    {"verbose", 'v', NULL, NULL, "Say more on standard error.", set_verbose},
    {"version", 'V', NULL, NULL, "Print the version.", set_version},
    {"help", 'h', NULL, NULL, "Print this help.", set_help},
    {"dump-manual", 0, NULL, NULL, NULL, set_dump_manual},
    {"dump-completion", 0, "SHELL", "bash zsh fish", NULL, set_dump_completion},
};

const MgOptionRow *mg_option_table(guint *ret_n)
{
    *ret_n = G_N_ELEMENTS(table);
    return table;
}
