/* A worksheet and its key: the table with blanks, then tasks in parts.  What is asked comes
 * from the quiz; here is only which question stands in which part, the same for every format
 * and for the sheet and its key. */
#ifndef MG_RENDER_WORKSHEET_H
#define MG_RENDER_WORKSHEET_H

#include "quiz-sheet.h"

G_BEGIN_DECLS

typedef enum {
    MG_WORK_TRACKER,
    MG_WORK_ORDER,
    MG_WORK_MATCH,
    MG_WORK_FIND,
    MG_WORK_CHOOSE,
    MG_WORK_WHAT_IF,
    MG_WORK_COMPLETE,
    MG_WORK_PARTS,
} MgWorkPart;

/* "worksheet-order": label of the part's heading. */
const char *mg_work_part_label(MgWorkPart part);
/* MgQuestion*, borrowed; at most as many as a part has room for. */
GPtrArray *mg_work_part_questions(const GPtrArray *questions, MgWorkPart part);

/* The pairs of a task to match: which pair (its index among the answers) is
 * printed at `place`.  A place's letter is what is written before the command. */
guint mg_work_pair_at(const MgQuestion *question, guint place);
char mg_work_letter(guint place);

/* The right answers of a task to type: "30 / 45".  Free with g_free(). */
char *mg_work_typed(const MgQuestion *question, gboolean *ret_code);

/* A line of the table: a step's line, or its reply. */
typedef struct {
    const MgWorkRow *row;
    gboolean reply;
    guint64 frame;
    const char *who; /* label: "client" or "server" */
    const char *line, *gloss;
    gboolean blank_who, blank_line, blank_gloss;
    gboolean place; /* the location stands here */
} MgWorkLine;

/* The lines of a row, one or two; returns how many. */
guint mg_work_lines(const MgWorkRow *row, MgWorkLine lines[2]);

/* "Worksheet, seed 1" or "Answer key (teacher), seed 1". */
char *mg_worksheet_kind(const MgRenderOptions *options);

/* Where a message can be, in the order in which a sheet offers it; NULL = no more. */
const char *mg_worksheet_place(const MgRenderOptions *options, guint index);

G_END_DECLS

#endif
