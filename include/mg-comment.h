/* What a step says on the frames that carried it: the comments of an annotated capture.
 *
 * Given by render's pcapng format, which writes no text of its own; taken by annotate, which
 * knows where the frames are.  Masked, cleaned, in one line each.
 */
#ifndef MG_COMMENT_H
#define MG_COMMENT_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef struct {
    guint16 capture;
    guint64 frame; /* 0 = on the latest frame of the connection in hand */
    guint64 step;
    char side;  /* 'C' or 'S': whose words; 0 = nobody's, the connection's */
    guint part; /* from 1: this frame carries so much of it; 0 = the text is here */
    guint parts;
    const char *text; /* behind "mailgloss <step> <side>: "; NULL for a part */
} MgComment;

/* A command or reply over more frames than are remembered one by one: those of the same
 * direction between two frames get their part numbers, which `first_part` begins. */
typedef struct {
    guint16 capture;
    guint64 after, before; /* frames */
    guint64 step;
    char side;
    guint first_part, parts;
} MgCommentSpan;

typedef struct {
    void (*comment)(gpointer user, const MgComment *comment);
    void (*span)(gpointer user, const MgCommentSpan *span);
    /* The number a frame has in the annotated file; 0 = it is not in it.  Only at the end. */
    guint64 (*number)(gpointer user, guint16 capture, guint64 frame);
    /* The comment of the file itself, behind "mailgloss summary: ".  Once, at the end. */
    void (*summary)(gpointer user, const char *text);
    gpointer user;
} MgCommentSink;

G_END_DECLS

#endif
