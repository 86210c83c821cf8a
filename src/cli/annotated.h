/* cli: the annotated copies that a run writes (-T pcapng, -o x.pcapng).
 *
 * Holds the annotator while the corridor reads, the captures opened once more before root is
 * given up, and the outputs that get the copy at the end.
 */
#ifndef MG_CLI_ANNOTATED_H
#define MG_CLI_ANNOTATED_H

#include "cli/options.h"
#include "mg-annotate.h"
#include "mg-anonym.h"

G_BEGIN_DECLS

typedef struct MgAnnotated MgAnnotated;

/* Whether the options ask for an annotated copy. */
gboolean mg_annotated_wanted(const MgOptions *options);

/* anonym: who has the other names of this run (borrowed); NULL = real names. */
MgAnnotated *mg_annotated_new(const MgOptions *options, const MgGlossary *glossary,
                              MgAnonym *anonym);
void mg_annotated_free(MgAnnotated *annotated);

MgAnnotator *mg_annotated_annotator(MgAnnotated *annotated);
/* One more output.  Gives what its renderer needs: several outputs have the same comments. */
const MgCommentSink *mg_annotated_add_output(MgAnnotated *annotated, const MgOutput *output);
/* The next capture, by number; `fd` is taken. */
void mg_annotated_add_capture(MgAnnotated *annotated, int fd);

/* After the reading: write.  Failures of an output are its stream's. */
gboolean mg_annotated_write(MgAnnotated *annotated, GError **error);

G_END_DECLS

#endif
