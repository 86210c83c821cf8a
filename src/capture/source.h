/* The bytes of a file or pipe, decompressed, seen through one sliding window.
 *
 * Takes a path; recognises gzip, zstd, xz, lz4 and bzip2 by content.  Gives contiguous bytes
 * on demand and forgets those that were skipped, so memory does not grow with the file.
 * Never seeks.  Knows nothing of captures.
 */
#ifndef MG_CAPTURE_SOURCE_H
#define MG_CAPTURE_SOURCE_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef enum {
    MG_SOURCE_OK,
    MG_SOURCE_WAIT, /* a pipe has nothing for now */
    MG_SOURCE_END,  /* fewer octets than wanted are left; see mg_source_trouble() */
} MgSourceStatus;

typedef struct MgSource MgSource;

/* "-" is standard input.  `error` (domain MG_CAPTURE_ERROR) names the path and the cause. */
MgSource *mg_source_open(const char *path, GError **error);
/* A regular file from its beginning.  Takes `fd` in any case. */
MgSource *mg_source_open_fd(int fd, const char *name, GError **error);
void mg_source_free(MgSource *source);

/* The next `want` octets without taking them; *ret_data is valid until the next call.  With
 * `block` a pipe is waited for; a signal ends the waiting (MG_SOURCE_WAIT). */
MgSourceStatus mg_source_need(MgSource *source, gsize want, gboolean block,
                              const guint8 **ret_data);
/* Take octets that mg_source_need() has shown. */
void mg_source_take(MgSource *source, gsize octets);
/* Pass over octets that need not fit into the window.  On MG_SOURCE_WAIT *octets is what is
 * still to be passed over. */
MgSourceStatus mg_source_pass(MgSource *source, guint64 *octets);

/* Octets that are in the window after MG_SOURCE_END: the rest that was too short. */
gsize mg_source_left(const MgSource *source);
/* Why the end came too early ("its gzip data is cut off"), or NULL.  *ret_damaged: the bytes
 * are wrong rather than missing. */
const char *mg_source_trouble(const MgSource *source, gboolean *ret_damaged);

/* The name for sentences: the path as it can be displayed, or "standard input". */
const char *mg_source_name(const MgSource *source);
/* To poll for input; -1 for a regular file, which is always ready. */
int mg_source_poll_fd(const MgSource *source);
/* Before decompression.  *ret_total is 0 where a pipe makes it unknown. */
void mg_source_octets(const MgSource *source, guint64 *ret_read, guint64 *ret_total);

G_END_DECLS

#endif
