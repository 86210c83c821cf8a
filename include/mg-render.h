/* render: steps in, one format out.
 *
 * A renderer computes no facts: it lays out, escapes and writes what gloss gives.  All captured
 * text is hostile to its format and passes that format's escape before it is written.
 *
 * To add a format: src/render/<name>.c with one MgRenderFormat, its row in the table of
 * src/render/formats.c, its expected files under tests/golden/.
 */
#ifndef MG_RENDER_H
#define MG_RENDER_H

#include "mg-base.h"
#include "mg-comment.h"
#include "mg-step.h"

G_BEGIN_DECLS

typedef enum {
    MG_CLOCK_START,    /* r: seconds since the first packet */
    MG_CLOCK_TIME,     /* a: clock */
    MG_CLOCK_DATE,     /* ad: date and clock */
    MG_CLOCK_EPOCH,    /* e */
    MG_CLOCK_PREVIOUS, /* d: since the previous step */
} MgClock;

typedef enum {
    MG_HANDOUT_FULL,  /* with explanations */
    MG_HANDOUT_BLANK, /* a worksheet: blanks to fill in */
    MG_HANDOUT_KEY,   /* the same worksheet with its answers */
} MgHandout;

typedef enum { MG_PAPER_A4, MG_PAPER_LETTER } MgPaper;

typedef struct {
    const MgGlossary *glossary; /* for labels; borrowed */
    guint width;                /* columns; 0 = 80 */
    gboolean color;
    gboolean ascii; /* no characters beyond ASCII of our own */
    MgClock clock;
    gboolean where_only; /* only the table of messages */
    gboolean flush;      /* live: flush after every record */
    MgDetailLevel detail;
    const char *title; /* NULL = made from the file names */
    MgHandout handout;
    MgPaper paper;
    guint64 seed;        /* decides the order of questions and answers */
    const char *version; /* of the program, for the foot of a handout; NULL = not said */
    gboolean anonymized; /* names were replaced: handouts say so */
    gboolean secrets;    /* passwords are shown: handouts say so */
    gboolean by_session; /* session after session, in the formats that show a transcript */
    const MgCommentSink *comments; /* of the format pcapng, which writes no output; NULL =
                                    * nobody wants them */
} MgRenderOptions;

/* Where output goes.  FALSE from write: the reader has gone away, or the disk is full; the
 * renderer goes on quietly and the caller looks at errno it kept. */
typedef struct {
    gboolean (*write)(gpointer user, const char *data, gsize len);
    void (*flush)(gpointer user);
    gpointer user;
} MgOutput;

typedef struct MgRenderer MgRenderer;

typedef struct MgRenderFormat MgRenderFormat;
struct MgRenderFormat {
    const char *name;    /* "text", as -T names it */
    const char *endings; /* ".txt", several separated by spaces */
    gpointer (*begin)(const MgRenderOptions *options, const MgOutput *output);
    void (*capture)(gpointer self, const MgStepCapture *capture);
    void (*session)(gpointer self, const MgStepSession *session);
    void (*step)(gpointer self, const MgStep *step);
    void (*note)(gpointer self, const MgStepNote *note);
    void (*message)(gpointer self, const MgStepMessage *message);
    void (*insight)(gpointer self, const MgStepInsight *insight); /* may be NULL */
    void (*summary)(gpointer self, const MgStepSummary *summary);
    void (*end)(gpointer self);      /* writes what is left; frees self */
    gboolean in_time;                /* no transcript: always in the order of time */
    const MgRenderFormat *worksheet; /* takes its place for --handout blank and key; or NULL */
};

/* Its comments go into a copy of the capture: no stream is its own. */
extern const MgRenderFormat mg_format_pcapng;
/* The formats, NULL-terminated. */
const MgRenderFormat *const *mg_render_formats(void);
const MgRenderFormat *mg_render_format_by_name(const char *name);   /* NULL = none */
const MgRenderFormat *mg_render_format_by_ending(const char *path); /* NULL = none */

/* options and output are copied; what they point to must outlive the renderer. */
MgRenderer *mg_renderer_new(const MgRenderFormat *format, const MgRenderOptions *options,
                            const MgOutput *output);
/* The receiver side of gloss: fill in a sink that feeds this renderer. */
void mg_renderer_step_sink(MgRenderer *renderer, MgStepSink *ret_sink);
/* Ends the output and frees. */
void mg_renderer_free(MgRenderer *renderer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgRenderer, mg_renderer_free)

/* The same text for a terminal of ASCII: Latin letters without their marks.  Free with
 * g_free(). */
char *mg_render_ascii(const char *text);

G_END_DECLS

#endif
