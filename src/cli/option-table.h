/* The option table and its rows, shared by the reader of command lines, the help, the manual page
 * and the completion.  Private to cli. */
#ifndef MG_CLI_OPTION_TABLE_H
#define MG_CLI_OPTION_TABLE_H

#include "cli/options.h"

G_BEGIN_DECLS

/* What a command line has said so far. */
typedef struct {
    MgOptions *options;
    GStrvBuilder *files;
    GStrvBuilder *interfaces;
    gboolean format_given;
} MgOptionReader;

typedef struct {
    const char *name;     /* long form, or NULL */
    char letter;          /* short form, or 0 */
    const char *argument; /* what it takes, or NULL */
    const char *choices;  /* closed set of values for completion, separated by spaces, or NULL */
    const char *help;     /* begins in the imperative; NULL = not listed */
    gboolean (*set)(MgOptionReader *reader, const char *value, GError **error);
} MgOptionRow;

const MgOptionRow *mg_option_table(guint *ret_n);

/* Sets error (domain G_OPTION_ERROR) and returns FALSE. */
gboolean mg_option_fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

G_END_DECLS

#endif
