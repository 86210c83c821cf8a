/* One text on its way to a file: in memory while it is small, then in a file that has a dot in
 * front of its name. */
#ifndef MG_SAVE_TEXT_H
#define MG_SAVE_TEXT_H

#include "mg-base.h"

G_BEGIN_DECLS

/* Octets of one text, and of all of them, that are kept in memory. */
#define MG_SAVE_BUFFER ((gsize)64 * 1024)
#define MG_SAVE_BUFFERS ((gsize)8 * 1024 * 1024)
/* Holes of one text that are named. */
#define MG_SAVE_HOLES 100

typedef struct {
    guint64 at, octets;
} MgSaveHole;

typedef struct {
    int directory;
    gsize buffered; /* octets of all texts in memory */
    int failure;    /* errno of the first failed write; 0 = none */
} MgSavePlace;

typedef struct {
    MgSavePlace *place;
    guint64 id;
    char *part; /* name of its file; NULL = all of it is in memory */
    GByteArray *memory;
    guint64 octets; /* end of the text so far */
    GArray *holes;  /* MgSaveHole */
    guint64 more_holes;
} MgSaveText;

MgSaveText *mg_save_text_new(MgSavePlace *place, guint64 id);
/* Forget it, its file too. */
void mg_save_text_free(gpointer text);
void mg_save_text_add(MgSaveText *text, MgSlice octets);
void mg_save_text_hole(MgSaveText *text, guint64 octets);
/* Make the file `name` of it; the text can only be freed then.  `end`: its end was seen. */
gboolean mg_save_text_write(MgSaveText *text, const char *name, gboolean end);

/* A slice that begins at octet `origin` of the whole: add what is new in it.  A hole between them
 * is one. */
void mg_save_text_join(MgSaveText *whole, MgSaveText *slice, guint64 origin);

G_END_DECLS

#endif
