/* Undo the compression of a byte stream.
 *
 * gzip goes through GIO's GZlibDecompressor, which yields all that can be read of a file that
 * is cut.  zstd, xz, lz4 and bzip2 go through libarchive, block by block; of a cut file the
 * last, incomplete block is lost.
 */
#ifndef MG_CAPTURE_UNPACK_H
#define MG_CAPTURE_UNPACK_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef enum {
    MG_PACKED_NOT,
    MG_PACKED_GZIP,
    MG_PACKED_ZSTD,
    MG_PACKED_XZ,
    MG_PACKED_LZ4,
    MG_PACKED_BZIP2,
} MgPacked;

/* Octets at the beginning that tell the compression. */
#define MG_PACKED_MAGIC 6
MgPacked mg_packed_recognise(MgSlice beginning);
const char *mg_packed_name(MgPacked packed);

/* What an unpacker reads from: packed octets in pieces of any size.
 * Gives > 0 octets at *ret_data, valid until the next call; 0 at the end; MG_UNPACK_WAIT when
 * a pipe has nothing now and `block` is not set; MG_UNPACK_BROKEN when reading failed. */
typedef gssize (*MgPackedRead)(gpointer user, gboolean block, const guint8 **ret_data);
#define MG_UNPACK_WAIT (-1)
#define MG_UNPACK_BROKEN (-2)

typedef struct MgUnpacker MgUnpacker;

MgUnpacker *mg_unpacker_new(MgPacked packed, MgPackedRead read, gpointer user);
void mg_unpacker_free(MgUnpacker *unpacker);

/* Write up to `size` octets.  Gives their number, 0 at the end, MG_UNPACK_WAIT, or
 * MG_UNPACK_BROKEN with the cause in mg_unpacker_trouble().  libarchive cannot be interrupted,
 * so those formats always wait for a pipe. */
gssize mg_unpacker_read(MgUnpacker *unpacker, gboolean block, guint8 *data, gsize size);
const char *mg_unpacker_trouble(const MgUnpacker *unpacker, gboolean *ret_damaged);

G_END_DECLS

#endif
