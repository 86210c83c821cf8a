/* Sequence sets: "1:4,7,9:*" (RFC 9051 section 9, sequence-set). */
#ifndef MG_PROTO_IMAP_SET_H
#define MG_PROTO_IMAP_SET_H

#include "mg-base.h"

G_BEGIN_DECLS

/* A set built from single numbers as they come; neighbours become ranges.  At most
 * MG_LIMIT_MIRROR numbers, then `full`. */
typedef struct {
    GString *text;       /* complete ranges */
    guint32 first, last; /* the range being built; 0 = none */
    guint count;
    gboolean full;
} MgImapSet;

MgImapSet *mg_imap_set_new(void);
void mg_imap_set_free(MgImapSet *set);
void mg_imap_set_add(MgImapSet *set, guint32 number);
/* The set as text, "" for an empty one.  Borrowed until the next call; the set is closed. */
const char *mg_imap_set_text(MgImapSet *set);

/* Whether it can be a sequence set: digits, commas, colons, `*`, or `$` alone. */
gboolean mg_imap_set_valid(MgSlice slice);
/* How many numbers a set without `*` names, at most G_MAXUINT32. */
guint mg_imap_set_count(const char *set);
/* Its number `index` (from 0) in the order as listed, ranges upwards (RFC 4315 section 3); 0 =
 * it has not so many. */
guint32 mg_imap_set_nth(const char *set, guint64 index);
/* FALSE: it surely does not name this number.  What `*` and `$` stand for is not known here. */
gboolean mg_imap_set_may_have(const char *set, guint64 number);

G_END_DECLS

#endif
