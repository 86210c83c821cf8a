/* mailgloss: where is the message now, and how do we know? */
#include "config.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/pipeline.h"

#include "mg-frame.h"

#include <locale.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static volatile sig_atomic_t counts_wanted;

static void on_stop(int signal_number)
{
    /* The second one means it: default action. */
    stop = 1;
    signal(signal_number, SIG_DFL);
}

static void on_counts(int signal_number G_GNUC_UNUSED)
{
    counts_wanted = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_counts;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away ends the run quietly */
}

static int fail(const GError *error, int status)
{
    fprintf(stderr, "mailgloss: %s\n", error->message);
    return status;
}

static int print_owned(char *text)
{
    fputs(text, stdout);
    g_free(text);
    return MG_EXIT_READ;
}

static int list_interfaces(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = mg_capture_interfaces(&error);
    if (names == NULL)
        return fail(error, MG_EXIT_FAILED);
    for (char **name = names; *name != NULL; name++)
        printf("%s\n", *name);
    return MG_EXIT_READ;
}

static int explain(const MgOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MgGlossary) glossary = mg_glossary_new(options->language, options->glossary, &error);
    if (glossary == NULL)
        return fail(error, MG_EXIT_FAILED);
    g_autofree char *text = mg_gloss_explain(glossary, (const char *const *)options->words);
    if (text == NULL) {
        g_autofree char *near = mg_gloss_suggest(glossary, (const char *const *)options->words);
        fprintf(stderr, "mailgloss: %s\n", near);
        return MG_EXIT_NO_MAIL;
    }
    const gboolean ascii = options->ascii || (isatty(STDOUT_FILENO) && !mg_terminal_utf8());
    g_autofree char *folded = ascii ? mg_render_ascii(text) : NULL;
    fputs(folded != NULL ? folded : text, stdout);
    return MG_EXIT_READ;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    setlocale(LC_MESSAGES, "");
    g_autoptr(GError) error = NULL;
    g_autoptr(MgOptions) options = mg_options_parse(argc, argv, &error);
    if (options == NULL)
        return fail(error, MG_EXIT_USAGE);
    switch (options->action) {
    case MG_ACTION_HELP:
        return print_owned(mg_options_help());
    case MG_ACTION_VERSION:
        return print_owned(g_strdup(PACKAGE_STRING "\n"));
    case MG_ACTION_INTERFACES:
        return list_interfaces();
    case MG_ACTION_DUMP_GLOSSARY:
        return print_owned(mg_glossary_dump(options->language));
    case MG_ACTION_DUMP_MANUAL:
        return print_owned(mg_options_manual());
    case MG_ACTION_DUMP_COMPLETION:
        return print_owned(mg_options_completion(options->shell));
    case MG_ACTION_EXPLAIN:
        return explain(options);
    case MG_ACTION_ANNOTATE:
        break;
    }
    catch_signals();
    return mg_pipeline_run(options, &stop, &counts_wanted);
}
