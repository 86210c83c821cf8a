/* One picture of a ladder: its lanes and rows, and how they become SVG. */
#ifndef MG_RENDER_LADDER_DRAW_H
#define MG_RENDER_LADDER_DRAW_H

#include "mg-render.h"

G_BEGIN_DECLS

typedef enum {
    MG_DRAW_HEADING, /* another session begins or goes on */
    MG_DRAW_LINE,    /* the client speaks */
    MG_DRAW_REPLY,   /* the server does */
    MG_DRAW_PLACE,   /* where a message is from here */
    MG_DRAW_WORDS,   /* what happened to the connection */
} MgDrawKind;

typedef struct {
    MgDrawKind kind;
    guint from, to; /* lanes */
    guint64 step;   /* 0 = none */
    char *text;
} MgDrawRow;

typedef struct {
    char *key;
    char *name;
    gboolean server;
} MgDrawLane;

/* A message is at a lane, from one row to another. */
typedef struct {
    int column;
    guint message;
    char *lane; /* key */
    gboolean marked;
    guint from; /* rows before it began; 0 = from the top */
    gboolean ended;
    guint to;          /* rows before it ended */
    guint composed_in; /* session that was to hand it on; 0 = none */
} MgDrawHold;
void mg_draw_hold_free(gpointer hold);

typedef struct {
    const MgRenderOptions *options;
    GPtrArray *lanes; /* MgDrawLane* */
    GPtrArray *rows;  /* MgDrawRow* */
    guint session;    /* whose heading was drawn last */
} MgDrawing;

void mg_drawing_init(MgDrawing *drawing, const MgRenderOptions *options);
void mg_drawing_clear(MgDrawing *drawing);
/* The place of a lane, or -1. */
int mg_drawing_find(const MgDrawing *drawing, const char *key);
/* The same; it is added at the right where it is missing. */
guint mg_drawing_lane(MgDrawing *drawing, const char *key, const char *name, gboolean server);
MgDrawRow *mg_drawing_row(MgDrawing *drawing, MgDrawKind kind);

/* Append the picture and its description. */
void mg_draw(const MgDrawing *drawing, const GPtrArray *holds, GString *svg, GString *description,
             guint *ret_width, guint *ret_height);

G_END_DECLS

#endif
