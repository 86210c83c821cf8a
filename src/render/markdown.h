/* The Markdown format from inside: its state, and its parts in files of their own. */
#ifndef MG_RENDER_MARKDOWN_H
#define MG_RENDER_MARKDOWN_H

#include "clock.h"
#include "closing.h"
#include "course.h"
#include "mg-render.h"
#include "output.h"

G_BEGIN_DECLS

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgSpool *body; /* what stands below the participants; NULL = live, written at once */
    gboolean title_written;
    gboolean table_open; /* rows may follow */
    MgCourse *course;
    GTree *messages;   /* number → MgMarkdownMessage* */
    GString *insights; /* items of the list */
    MgClosing *closing;
} MgMarkdown;

/* Append a label, or any words, so that they are no markup. */
void mg_markdown_label(const MgMarkdown *markdown, GString *out, const char *label);
/* Append a row: cells that are Markdown already, NULL-terminated. */
void mg_markdown_row(GString *out, ...) G_GNUC_NULL_TERMINATED;

/* markdown-step.c: the row of one step. */
void mg_markdown_step(const MgMarkdown *markdown, GString *out, const MgStep *step);

/* markdown-message.c: what the end says about one message. */
typedef struct {
    char *row;     /* of the table of messages */
    char *path;    /* item of the list of paths, or NULL */
    char *tracker; /* its heading and table, or NULL */
} MgMarkdownMessage;
MgMarkdownMessage *mg_markdown_message(const MgMarkdown *markdown, const MgStepMessage *record);
void mg_markdown_message_free(gpointer message);

G_END_DECLS

#endif
