/* cli: the captures that were named, so that they can be read more than once.
 *
 * A regular file is opened anew for each reading.  What cannot be read twice (standard input, a
 * named pipe) is first copied to a temporary file that has no name any more.
 */
#ifndef MG_CLI_INPUTS_H
#define MG_CLI_INPUTS_H

#include <signal.h>

#include "mg-frame.h"

G_BEGIN_DECLS

typedef struct MgInputs MgInputs;

/* `files`: paths, "-" is standard input; copied. */
MgInputs *mg_inputs_new(char *const *files);
void mg_inputs_free(MgInputs *inputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgInputs, mg_inputs_free)

guint mg_inputs_count(const MgInputs *inputs);

/* Before the first of several readings.  Ends early, with what has come, when *stop is not 0.
 * Fails when there is no room for the copy. */
gboolean mg_inputs_keep(MgInputs *inputs, const volatile sig_atomic_t *stop, GError **error);

/* A descriptor of number `i`, from 0, to read it once more; -1 where it cannot be opened. */
int mg_inputs_open(const MgInputs *inputs, guint i);
/* Whether `path` is the same file as one of them. */
gboolean mg_inputs_has(const MgInputs *inputs, const char *path);

/* Add number `i`, from 0, to a capture. */
gboolean mg_inputs_add(const MgInputs *inputs, guint i, MgCapture *capture, GError **error);

G_END_DECLS

#endif
