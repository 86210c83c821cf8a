/* The columns of the text format: number, frame, time, what was said, what it does.  From 100
 * columns on they stand side by side; below, the sentence stands under the line. */
#ifndef MG_RENDER_TEXT_TABLE_H
#define MG_RENDER_TEXT_TABLE_H

#include "mg-render.h"

G_BEGIN_DECLS

typedef enum {
    MG_STYLE_PLAIN,
    MG_STYLE_COMMAND,  /* bold */
    MG_STYLE_LOCATION, /* underlined */
    MG_STYLE_HEADING,  /* bold */
    MG_STYLE_HOLE,     /* magenta, the one colour that can be read on black and on white */
} MgTextStyle;

typedef struct {
    const MgRenderOptions *options; /* borrowed */
    guint width;
    gboolean stacked;
    guint step_width, frame_width, time_width; /* grow with their numbers, never shrink */
} MgTextTable;

typedef struct {
    guint64 step;           /* 0 = not again */
    const MgFrames *frames; /* NULL = not again */
    const char *time;       /* NULL = not again */
    const char *speaker;    /* "C: ", "S: ", "" */
    GPtrArray *said;        /* char*, captured lines, not escaped */
    const char *sentence;   /* NULL = none */
    MgTextStyle style;      /* of what was said */
} MgTextRow;

void mg_text_table_init(MgTextTable *table, const MgRenderOptions *options);
/* The line above the first row; nothing in the stacked form. */
void mg_text_table_header(MgTextTable *table, GString *out);
void mg_text_table_row(MgTextTable *table, GString *out, const MgTextRow *row);
/* Text that stands under a row, from the column of what was said to the right margin. */
void mg_text_table_under(MgTextTable *table, GString *out, const char *lead, const char *text,
                         MgTextStyle style);
/* A token and its explanation, in two columns under a row. */
void mg_text_table_token(MgTextTable *table, GString *out, const char *token, const char *text);

/* Wrapped and escaped text at an indentation; `lead` stands before its first line. */
void mg_text_block(const MgRenderOptions *options, GString *out, guint indent, const char *lead,
                   const char *text, MgTextStyle style);

G_END_DECLS

#endif
