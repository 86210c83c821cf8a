/* cli: the wired corridor.
 *
 *     capture -> net -> tcp -> proto -> ledger -> gloss -> render
 *
 * The only place that sees all stages.  It opens what the options ask for, gives up root,
 * lets the frames flow, and says how it ended.
 */
#ifndef MG_CLI_PIPELINE_H
#define MG_CLI_PIPELINE_H

#include <signal.h>

#include "cli/options.h"

G_BEGIN_DECLS

/* Exit statuses of the program (interface.md); the first that applies. */
enum {
    MG_EXIT_READ = 0,
    MG_EXIT_NO_MAIL = 1,
    MG_EXIT_USAGE = 2,
    MG_EXIT_FAILED = 3,
    MG_EXIT_MISSING = 4,
};

/* Run to the end of all inputs, or until *stop is not 0.  Results go where the options say,
 * talk goes to standard error.  *counts_wanted, set from a signal handler, asks for the counts on
 * standard error.  Returns the exit status. */
int mg_pipeline_run(const MgOptions *options, const volatile sig_atomic_t *stop,
                    volatile sig_atomic_t *counts_wanted);

G_END_DECLS

#endif
