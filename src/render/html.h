/* The HTML format from inside: its state, and its parts in files of their own. */
#ifndef MG_RENDER_HTML_H
#define MG_RENDER_HTML_H

#include "closing.h"
#include "ladder.h"
#include "mg-render.h"
#include "output.h"
#include "phase.h"
#include "roll.h"

G_BEGIN_DECLS

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    MgSpool *body;     /* the analysis tables, which stand below what is known at the end */
    MgSpool *pictures; /* the ladder's */
    MgLadder *ladder;
    guint n_pictures;
    GHashTable *sessions; /* number → HtmlSession*, while open */
    GString *contents;    /* links to the sessions */
    guint n_sessions;
    guint session; /* whose heading was written last */
    MgPhase phase;
    gboolean table_open;
    guint tables;
    GPtrArray *captures;       /* char*, names in the order they came */
    GHashTable *capture_names; /* number → name, borrowed from `captures` */
    guint16 capture;           /* whose frames stand in the rows above */
    GTree *participants;       /* key → row */
    guint64 more_participants;
    MgRoll *messages;
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

/* html-style.c: everything before <body>, and the foot with </html>. */
void mg_html_head(const MgHtml *html, GString *out, const char *title);
void mg_html_foot(const MgHtml *html, GString *out);

/* html-step.c: the row of one step. */
void mg_html_step(MgHtml *html, GString *out, const MgStep *step);
/* "loc-both": how a cell of this place is bordered. */
const char *mg_html_place_class(MgWhere where);

/* html-message.c: what the end says about one message: its row, its path with the state tracker,
 * and list items of what the trace does not show. */
enum { MG_HTML_ROW, MG_HTML_PATH, MG_HTML_REMARKS };
void mg_html_message(const MgHtml *html, const MgStepMessage *record,
                     char *ret_parts[MG_ROLL_PARTS]);

/* html-words.c: the sections that say the same of every capture. */
void mg_html_privacy(const MgHtml *html, GString *out);
void mg_html_how_to_read(const MgHtml *html, GString *out);
void mg_html_words(const MgHtml *html, GString *out);
void mg_html_snapshot(const MgHtml *html, GString *out);

G_END_DECLS

#endif
