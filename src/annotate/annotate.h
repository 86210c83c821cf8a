/* Inside of annotate: annotate.c gathers, parts.c completes the comments, copy.c writes. */
#ifndef MG_ANNOTATE_ANNOTATE_H
#define MG_ANNOTATE_ANNOTATE_H

#include "annotate/flows.h"
#include "annotate/live.h"
#include "annotate/numbers.h"
#include "annotate/rename.h"
#include "annotate/sorter.h"
#include "mg-annotate.h"

G_BEGIN_DECLS

struct MgAnnotator {
    gboolean show_secrets;
    char *program;
    char *part, *again, *twin, *has_secrets, *live_summary; /* as in MgAnnotateOptions */
    MgLive *live;                                           /* NULL = not live */
    gboolean secrets_seen;
    MgRenamer *renamer; /* NULL = real names */
    MgSorter *records;  /* as they come */
    MgSorter *comments; /* made of them at the end: parts, repeats */
    MgNumbers *numbers;
    gboolean settled;
    MgFlows *flows;
    MgExchangeSink next;
    char *summary;

    guint16 n_captures;
    MgAnnotateOpen open;
    gpointer open_user;
};

/* The comment of a file's frame: "mailgloss 6 S: text". */
#define MG_OWN_MARK "mailgloss "
/* Whether a comment is of an earlier run: the mark, then a step's number or "summary:". */
gboolean mg_is_own_comment(MgSlice comment);
/* "mailgloss 6 S: ", or "mailgloss 6: " where nobody speaks. */
char *mg_comment_prefix(guint64 step, char side);

/* A template with its placeholders filled in; free with g_free(). */
char *mg_part_text(const MgAnnotator *annotator, guint part, guint parts);
char *mg_again_text(const char *words, guint64 frame);

/* annotate.c: the numbers are final after this; once. */
void mg_annotator_settle(MgAnnotator *annotator);

G_END_DECLS

#endif
