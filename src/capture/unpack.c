/* See unpack.h. */
#include "capture/unpack.h"

#include <archive.h>
#include <errno.h>
#include <gio/gio.h>
#include <string.h>

/* What one conversion may give.  Where the data is damaged, the converter does not say how much
 * it gave before it found out, and all of that is lost. */
#define GZIP_AT_ONCE 4096

struct MgUnpacker {
    MgPacked packed;
    MgPackedRead read;
    gpointer user;

    /* gzip */
    GConverter *gzip;
    const guint8 *input; /* of the last read; not yet converted */
    gsize input_len;
    gboolean input_ended;
    gboolean inside; /* octets of the current member were seen */

    /* the others */
    struct archive *archive;
    const guint8 *block; /* owned by libarchive until the next block is read */
    gsize block_len;
    gboolean opened;
    gboolean packed_ended; /* the packed octets have been read to their end */

    gboolean ended;
    char *trouble;
    gboolean damaged;
};

MgPacked mg_packed_recognise(MgSlice beginning)
{
    static const struct {
        MgPacked packed;
        guint8 len;
        guint8 magic[MG_PACKED_MAGIC];
    } known[] = {
        {MG_PACKED_GZIP, 2, {0x1f, 0x8b}},
        {MG_PACKED_ZSTD, 4, {0x28, 0xb5, 0x2f, 0xfd}},
        {MG_PACKED_XZ, 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
        {MG_PACKED_LZ4, 4, {0x04, 0x22, 0x4d, 0x18}},
        {MG_PACKED_BZIP2, 3, {'B', 'Z', 'h'}},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (beginning.len >= known[i].len &&
            memcmp(beginning.data, known[i].magic, known[i].len) == 0)
            return known[i].packed;
    return MG_PACKED_NOT;
}

const char *mg_packed_name(MgPacked packed)
{
    static const char *const names[] = {"plain", "gzip", "zstd", "xz", "lz4", "bzip2"};
    return names[packed];
}

static gssize broken(MgUnpacker *unpacker, gboolean damaged, const char *trouble)
{
    g_free(unpacker->trouble);
    unpacker->trouble = g_strdup(trouble);
    unpacker->damaged = damaged;
    unpacker->ended = TRUE;
    return MG_UNPACK_BROKEN;
}

/* ---- gzip ---- */

/* TRUE when there is input or the input has ended. */
static gboolean gzip_input(MgUnpacker *unpacker, gboolean block, gssize *ret_status)
{
    if (unpacker->input_len > 0 || unpacker->input_ended)
        return TRUE;
    gssize n = unpacker->read(unpacker->user, block, &unpacker->input);
    if (n < 0) {
        *ret_status = n;
        if (n == MG_UNPACK_BROKEN)
            broken(unpacker, TRUE, "it cannot be read to its end");
        return FALSE;
    }
    unpacker->input_len = (gsize)n;
    unpacker->input_ended = n == 0;
    return TRUE;
}

/* A gzip file may have several members, one behind the other (RFC 1952 section 2.2).  What
 * follows a member and does not begin like one is padding of a tape or a disk image. */
static gboolean gzip_member_ended(MgUnpacker *unpacker)
{
    unpacker->inside = FALSE;
    g_converter_reset(unpacker->gzip);
    return unpacker->input_len > 0 && unpacker->input[0] != 0x1f;
}

static gssize gzip_read(MgUnpacker *unpacker, gboolean block, guint8 *data, gsize size)
{
    size = MIN(size, GZIP_AT_ONCE);
    for (;;) {
        gssize status = 0;
        if (!gzip_input(unpacker, block, &status))
            return status;
        if (unpacker->input_len == 0 && !unpacker->inside) {
            unpacker->ended = TRUE;
            return 0;
        }
        g_autoptr(GError) error = NULL;
        gsize taken = 0, given = 0;
        GConverterResult result = g_converter_convert(
            unpacker->gzip, unpacker->input_len > 0 ? unpacker->input : (const guint8 *)"",
            unpacker->input_len, data, size,
            unpacker->input_ended ? G_CONVERTER_INPUT_AT_END : G_CONVERTER_NO_FLAGS, &taken, &given,
            &error);
        if (result == G_CONVERTER_ERROR) {
            /* It asks for more only when it holds nothing back, so the rest is not lost. */
            if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT)) {
                if (unpacker->input_ended)
                    return broken(unpacker, FALSE, "its gzip data is cut off");
                unpacker->input_len = 0;
                continue;
            }
            return broken(unpacker, TRUE, "its gzip data is damaged");
        }
        unpacker->inside = TRUE;
        unpacker->input += taken;
        unpacker->input_len -= taken;
        if (result == G_CONVERTER_FINISHED) {
            gboolean padding = gzip_member_ended(unpacker);
            if (padding)
                unpacker->ended = TRUE;
            if (given == 0 && padding)
                return 0;
        }
        if (given > 0)
            return (gssize)given;
    }
}

/* ---- zstd, xz, lz4, bzip2 ---- */

static la_ssize_t archive_input(struct archive *archive, void *user, const void **ret_data)
{
    MgUnpacker *unpacker = user;
    const guint8 *data = NULL;
    gssize n;
    do
        n = unpacker->read(unpacker->user, TRUE, &data);
    while (n == MG_UNPACK_WAIT);
    if (n == MG_UNPACK_BROKEN) {
        archive_set_error(archive, EIO, "reading failed");
        return -1;
    }
    if (n == 0)
        unpacker->packed_ended = TRUE;
    *ret_data = data;
    return n;
}

/* libarchive does not say apart whether bytes are missing or wrong; when it had read all there
 * is before it gave up, they are missing. */
static gssize archive_broken(MgUnpacker *unpacker)
{
    gboolean damaged = !unpacker->packed_ended;
    g_autofree char *trouble =
        g_strdup_printf("its %s data is %s", mg_packed_name(unpacker->packed),
                        damaged ? "damaged" : "cut off, so that the last block is lost");
    return broken(unpacker, damaged, trouble);
}

static gboolean archive_open(MgUnpacker *unpacker)
{
    struct archive_entry *entry = NULL;
    unpacker->opened = TRUE;
    /* What libarchive does not recognise it would hand on as it is; we know that it is packed. */
    return archive_read_open(unpacker->archive, unpacker, NULL, archive_input, NULL) ==
               ARCHIVE_OK &&
           archive_filter_code(unpacker->archive, 0) != ARCHIVE_FILTER_NONE &&
           archive_read_next_header(unpacker->archive, &entry) == ARCHIVE_OK;
}

static gssize archive_read_some(MgUnpacker *unpacker, guint8 *data, gsize size)
{
    if (!unpacker->opened && !archive_open(unpacker))
        return archive_broken(unpacker);
    while (unpacker->block_len == 0) {
        const void *block = NULL;
        size_t len = 0;
        la_int64_t offset = 0;
        int status = archive_read_data_block(unpacker->archive, &block, &len, &offset);
        if (status == ARCHIVE_EOF) {
            unpacker->ended = TRUE;
            return 0;
        }
        if (status != ARCHIVE_OK)
            return archive_broken(unpacker);
        unpacker->block = block;
        unpacker->block_len = len;
    }
    gsize n = MIN(size, unpacker->block_len);
    memcpy(data, unpacker->block, n);
    unpacker->block += n;
    unpacker->block_len -= n;
    return (gssize)n;
}

/* The formats are named one by one: the "all" of libarchive would also start programs. */
static struct archive *archive_new_for(MgPacked packed)
{
    struct archive *archive = archive_read_new();
    switch (packed) {
    case MG_PACKED_ZSTD:
        archive_read_support_filter_zstd(archive);
        break;
    case MG_PACKED_XZ:
        archive_read_support_filter_xz(archive);
        break;
    case MG_PACKED_LZ4:
        archive_read_support_filter_lz4(archive);
        break;
    case MG_PACKED_BZIP2:
        archive_read_support_filter_bzip2(archive);
        break;
    case MG_PACKED_NOT:
    case MG_PACKED_GZIP:
        g_assert_not_reached();
    }
    archive_read_support_format_raw(archive);
    return archive;
}

/* ---- both ---- */

MgUnpacker *mg_unpacker_new(MgPacked packed, MgPackedRead read, gpointer user)
{
    g_return_val_if_fail(packed != MG_PACKED_NOT, NULL);
    MgUnpacker *unpacker = g_new0(MgUnpacker, 1);
    unpacker->packed = packed;
    unpacker->read = read;
    unpacker->user = user;
    if (packed == MG_PACKED_GZIP)
        unpacker->gzip = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
    else
        unpacker->archive = archive_new_for(packed);
    return unpacker;
}

void mg_unpacker_free(MgUnpacker *unpacker)
{
    if (unpacker == NULL)
        return;
    g_clear_object(&unpacker->gzip);
    if (unpacker->archive != NULL)
        archive_read_free(unpacker->archive);
    g_free(unpacker->trouble);
    g_free(unpacker);
}

gssize mg_unpacker_read(MgUnpacker *unpacker, gboolean block, guint8 *data, gsize size)
{
    if (unpacker->ended)
        return unpacker->trouble != NULL ? MG_UNPACK_BROKEN : 0;
    if (unpacker->gzip != NULL)
        return gzip_read(unpacker, block, data, size);
    return archive_read_some(unpacker, data, size);
}

const char *mg_unpacker_trouble(const MgUnpacker *unpacker, gboolean *ret_damaged)
{
    *ret_damaged = unpacker->damaged;
    return unpacker->trouble;
}
