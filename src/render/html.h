/* The HTML format from inside: its state, and its parts in files of their own. */
#ifndef MG_RENDER_HTML_H
#define MG_RENDER_HTML_H

#include "closing.h"
#include "course.h"
#include "ladder.h"
#include "mg-render.h"
#include "output.h"
#include "phase.h"

G_BEGIN_DECLS

enum {
    /* Sessions that the contents name. */
    MG_HTML_CONTENTS = 500,
};

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgSpool *body;     /* the analysis tables, which stand below what is known at the end */
    MgSpool *pictures; /* the ladder's */
    MgLadder *ladder;
    guint n_pictures;
    MgCourse *course;
    GString *contents; /* links to the sessions */
    guint n_sessions;
    MgPhase phase;
    gboolean table_open;
    guint tables;
    GTree *messages;     /* number → MgHtmlMessage* */
    guint n_messages;    /* that are not another one */
    GString *insights;   /* list items */
    GHashTable *lasting; /* set of protocols seen */
    char *last_place;    /* of the message that was touched last, bare words and label */
    MgClosing *closing;
} MgHtml;

/* Append words, or a label, so that they are no markup. */
void mg_html_text(GString *out, const char *words);
void mg_html_label(const MgHtml *html, GString *out, const char *label);
/* <element>label</element> */
void mg_html_element(const MgHtml *html, GString *out, const char *element, const char *label);
/* Captured text: <code>…</code>, cut where it is very long. */
void mg_html_code(const MgHtml *html, GString *out, const char *captured);

/* The head row of a table: labels, NULL-terminated. */
void mg_html_heads(const MgHtml *html, GString *out, const char *const *labels);
/* The table of steps that is open, if one is. */
void mg_html_close_table(MgHtml *html, GString *out);

/* html-document.c: the whole document, when all is known. */
void mg_html_document(MgHtml *html, const MgStepSummary *summary);

/* html-style.c: everything before <body>, and the foot with </html>. */
void mg_html_head(const MgHtml *html, GString *out, const char *title);
void mg_html_foot(const MgHtml *html, GString *out);

/* html-step.c: the row of one step. */
void mg_html_step(MgHtml *html, GString *out, const MgStep *step);
/* "loc-both": how a cell of this place is bordered. */
const char *mg_html_place_class(MgWhere where);

/* html-message.c: what the end says about one message. */
typedef struct {
    char *row;
    char *path;
    char *remarks; /* list items: what the trace does not show, or NULL */
    char *tracker;
    gboolean merged;
} MgHtmlMessage;
MgHtmlMessage *mg_html_message(const MgHtml *html, const MgStepMessage *record);
void mg_html_message_free(gpointer message);

/* html-words.c: the sections that say the same of every capture. */
void mg_html_privacy(const MgHtml *html, GString *out);
void mg_html_how_to_read(const MgHtml *html, GString *out);
void mg_html_words(const MgHtml *html, GString *out);
void mg_html_snapshot(const MgHtml *html, GString *out);

G_END_DECLS

#endif
