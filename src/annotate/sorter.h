/* Records sorted by frame, outside of memory where they are many.
 *
 * Takes records in any order; gives them by capture, frame and order of arrival.  What does not
 * fit into MG_SORTER_MEMORY is sorted piece by piece into a temporary file that has no name any
 * more.  Can be read more than once, by several readers.
 */
#ifndef MG_ANNOTATE_SORTER_H
#define MG_ANNOTATE_SORTER_H

#include "mg-base.h"

G_BEGIN_DECLS

/* Octets of records that are sorted at a time. */
#define MG_SORTER_MEMORY ((gsize)16 * 1024 * 1024)

typedef struct {
    guint64 frame;
    guint64 serial; /* order of arrival */
    guint32 len;    /* of the data behind it */
    guint16 capture;
    guint16 kind;
} MgSorterHead;

typedef struct MgSorter MgSorter;
typedef struct MgSorterReader MgSorterReader;

/* `memory` 0: MG_SORTER_MEMORY. */
MgSorter *mg_sorter_new(gsize memory);
void mg_sorter_free(MgSorter *sorter);

/* Records are handed on at once and not kept. */
typedef void (*MgSorterTake)(gpointer user, guint16 capture, guint64 frame, guint16 kind,
                             gconstpointer data, gsize len);
void mg_sorter_hand_on(MgSorter *sorter, MgSorterTake take, gpointer user);

void mg_sorter_add(MgSorter *sorter, guint16 capture, guint64 frame, guint16 kind,
                   gconstpointer data, gsize len);
/* Nothing is added after this.  FALSE: records are lost, the disk is full. */
gboolean mg_sorter_finish(MgSorter *sorter, GError **error);

MgSorterReader *mg_sorter_read(MgSorter *sorter);
void mg_sorter_reader_free(MgSorterReader *reader);
/* The next record without taking it; NULL at the end.  Its data lies behind the head, and both
 * are valid until it is taken. */
const MgSorterHead *mg_sorter_peek(MgSorterReader *reader, const guint8 **ret_data);
void mg_sorter_take(MgSorterReader *reader);
/* Reading failed: records are missing. */
gboolean mg_sorter_broken(const MgSorterReader *reader);

G_END_DECLS

#endif
