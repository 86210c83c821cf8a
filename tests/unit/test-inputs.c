/* Inputs: compression, pipes, merging, filters. */
#include "capture-kit.h"

#include <archive.h>
#include <archive_entry.h>
#include <gio/gio.h>

#define MAGIC 0xa1b2c3d4u
#define FRAMES 4000

/* ---- compression ---- */

static GByteArray *sample(void)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    pcap_header(&w, MAGIC, 1);
    for (guint i = 0; i < FRAMES; i++)
        pcap_record(&w, i, (guint32)g_rand_int_range(rand, 0, 1000000),
                    (guint8)g_rand_int_range(rand, 0, 256), (guint32)g_rand_int_range(rand, 0, 90));
    return w.bytes;
}

static GByteArray *gzip(const GByteArray *plain)
{
    g_autoptr(GZlibCompressor) compressor =
        g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
    gsize size = plain->len + 1024, taken = 0, given = 0;
    g_autofree guint8 *data = g_malloc(size);
    GConverterResult result =
        g_converter_convert(G_CONVERTER(compressor), plain->data, plain->len, data, size,
                            G_CONVERTER_INPUT_AT_END, &taken, &given, NULL);
    assert_int_equal(result, G_CONVERTER_FINISHED);
    GByteArray *packed = g_byte_array_new();
    g_byte_array_append(packed, data, (guint)given);
    return packed;
}

typedef int (*AddFilter)(struct archive *archive);

static GByteArray *pack(const GByteArray *plain, AddFilter add_filter)
{
    gsize size = plain->len + 65536, used = 0;
    g_autofree guint8 *data = g_malloc(size);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    assert_int_equal(add_filter(archive), ARCHIVE_OK);
    archive_write_set_format_raw(archive);
    archive_write_set_bytes_in_last_block(archive, 1);
    assert_int_equal(archive_write_open_memory(archive, data, size, &used), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(archive, plain->data, plain->len), plain->len);
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_entry_free(entry);
    archive_write_free(archive);
    GByteArray *packed = g_byte_array_new();
    g_byte_array_append(packed, data, (guint)used);
    return packed;
}

static void gzip_whole_and_in_members(void **state)
{
    g_autoptr(GByteArray) plain = sample();
    g_autoptr(GByteArray) packed = gzip(plain);
    g_autoptr(Log) log = log_new();
    assert_int_equal(read_octets(packed->data, packed->len, log, NULL), -1);
    assert_int_equal(log->frames->len, FRAMES);

    /* Two members make one file; zeros behind them are padding. */
    g_autoptr(GByteArray) first = g_byte_array_new(), second = g_byte_array_new();
    g_byte_array_append(first, plain->data, 1000);
    g_byte_array_append(second, plain->data + 1000, plain->len - 1000);
    g_autoptr(GByteArray) packed_first = gzip(first), packed_second = gzip(second);
    g_byte_array_append(packed_first, packed_second->data, packed_second->len);
    g_autoptr(Log) log_members = log_new();
    assert_int_equal(read_octets(packed_first->data, packed_first->len, log_members, NULL), -1);
    assert_int_equal(log_members->frames->len, FRAMES);
    g_byte_array_append(packed_first, (const guint8 *)"\0\0\0\0\0\0\0\0", 8);
    g_autoptr(Log) log_padded = log_new();
    assert_int_equal(read_octets(packed_first->data, packed_first->len, log_padded, NULL), -1);
    assert_int_equal(log_padded->frames->len, FRAMES);
}

static void gzip_cut(void **state)
{
    g_autoptr(GByteArray) plain = sample();
    g_autoptr(GByteArray) packed = gzip(plain);
    guint most = 0;
    for (gsize cut = 2; cut < packed->len; cut += 1009) {
        g_autoptr(Log) log = log_new();
        g_autofree char *message = NULL;
        int code = read_octets(packed->data, cut, log, &message);
        assert_int_equal(code, MG_CAPTURE_ERROR_CUT);
        assert_non_null(strstr(message, "its gzip data is cut off"));
        assert_true(log->frames->len >= most);
        most = log->frames->len;
    }
    assert_true(most > FRAMES * 9 / 10);
}

static void gzip_damaged(void **state)
{
    g_autoptr(GByteArray) plain = sample();
    g_autoptr(GByteArray) packed = gzip(plain);
    g_autoptr(Log) log = log_new();
    g_autofree char *message = NULL;
    packed->data[packed->len - 6] ^= 0x55; /* the checksum */
    int code = read_octets(packed->data, packed->len, log, &message);
    assert_int_equal(code, MG_CAPTURE_ERROR_DAMAGED);
    assert_non_null(strstr(message, "its gzip data is damaged"));
    assert_true(log->frames->len > FRAMES * 9 / 10);
}

static void gzip_of_something_else(void **state)
{
    g_autoptr(GByteArray) plain = g_byte_array_new();
    g_byte_array_append(plain, (const guint8 *)"Dear reader, this is a letter.", 30);
    g_autoptr(GByteArray) packed = gzip(plain);
    g_autoptr(GByteArray) nothing = g_byte_array_new();
    g_autoptr(GByteArray) packed_nothing = gzip(nothing);
    g_autoptr(Log) log = log_new();
    assert_int_equal(read_octets(packed->data, packed->len, log, NULL),
                     MG_CAPTURE_ERROR_NO_CAPTURE);
    assert_int_equal(read_octets(packed_nothing->data, packed_nothing->len, log, NULL),
                     MG_CAPTURE_ERROR_NO_CAPTURE);
}

static void other_compressions(void **state)
{
    static const struct {
        AddFilter add_filter;
        const char *name;
    } rows[] = {
        {archive_write_add_filter_zstd, "zstd"},
        {archive_write_add_filter_xz, "xz"},
        {archive_write_add_filter_lz4, "lz4"},
        {archive_write_add_filter_bzip2, "bzip2"},
    };
    g_autoptr(GByteArray) plain = sample();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GByteArray) packed = pack(plain, rows[i].add_filter);
        g_autoptr(Log) log = log_new();
        assert_int_equal(read_octets(packed->data, packed->len, log, NULL), -1);
        assert_int_equal(log->frames->len, FRAMES);
        for (gsize cut = 6; cut + 8 < packed->len; cut += packed->len / 10) {
            g_autoptr(Log) log_cut = log_new();
            g_autofree char *message = NULL;
            int code = read_octets(packed->data, cut, log_cut, &message);
            assert_int_equal(code, MG_CAPTURE_ERROR_CUT);
            assert_non_null(strstr(message, rows[i].name));
        }
    }
}

/* ---- pipes ---- */

static void pipe_in_pieces(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    g_autoptr(GError) error = NULL;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    g_autofree char *path = g_strdup_printf("/dev/fd/%d", ends[0]);
    pcap_header(&w, MAGIC, 1);
    pcap_record(&w, 1, 0, 'a', 20);
    assert_int_equal(write(ends[1], w.bytes->data, 24), 24);
    assert_true(mg_capture_add_file(capture, path, &error));
    assert_int_equal(mg_capture_next(capture, &error), MG_READ_WAIT);
    for (gsize i = 24; i < w.bytes->len; i++) {
        assert_int_equal(log->frames->len, 0);
        assert_int_equal(write(ends[1], w.bytes->data + i, 1), 1);
        MgRead read = mg_capture_next(capture, &error);
        assert_int_equal(read, i + 1 < w.bytes->len ? MG_READ_WAIT : MG_READ_FRAME);
    }
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    assert_int_equal(counts.octets_total, 0);
    assert_int_equal(counts.octets_read, w.bytes->len);
    assert_int_equal(counts.packets, 1);
    assert_int_equal(mg_capture_next(capture, &error), MG_READ_WAIT);
    close(ends[1]);
    assert_int_equal(read_all(capture, NULL), -1);
    close(ends[0]);
}

static void gzip_in_a_pipe(void **state)
{
    g_autoptr(GByteArray) plain = sample();
    g_autoptr(GByteArray) packed = gzip(plain);
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    g_autofree char *path = g_strdup_printf("/dev/fd/%d", ends[0]);
    gsize half = packed->len / 2;
    assert_int_equal(write(ends[1], packed->data, half), half);
    assert_true(mg_capture_add_file(capture, path, NULL));
    MgRead read;
    while ((read = mg_capture_next(capture, NULL)) == MG_READ_FRAME)
        continue;
    assert_int_equal(read, MG_READ_WAIT);
    assert_in_range(log->frames->len, FRAMES / 5, FRAMES - 1);
    assert_int_equal(write(ends[1], packed->data + half, packed->len - half), packed->len - half);
    close(ends[1]);
    assert_int_equal(read_all(capture, NULL), -1);
    assert_int_equal(log->frames->len, FRAMES);
    close(ends[0]);
}

static int read_standard_input(void)
{
    Writer w = writer_new(FALSE);
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    g_autoptr(GError) error = NULL;
    int ends[2];
    pcap_header(&w, MAGIC, 1);
    pcap_record(&w, 1, 0, 'a', 20);
    if (pipe(ends) != 0 || write(ends[1], w.bytes->data, w.bytes->len) != (gssize)w.bytes->len ||
        dup2(ends[0], STDIN_FILENO) < 0)
        return CHILD_BAD;
    close(ends[1]);
    g_byte_array_unref(w.bytes);
    if (!mg_capture_add_file(capture, "-", NULL) || mg_capture_add_file(capture, "-", &error) ||
        strcmp(error->message, "Standard input can be read only once") != 0)
        return CHILD_BAD;
    return read_all(capture, NULL) == -1 && log->frames->len == 1 ? CHILD_GOOD : CHILD_BAD;
}

static void standard_input(void **state)
{
    assert_int_equal(in_child(read_standard_input), CHILD_GOOD);
}

/* ---- several files ---- */

static TempFile *timed_file(const char *octets, const guint32 *times, gsize count)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    pcap_header(&w, MAGIC, 1);
    for (gsize i = 0; i < count; i++)
        pcap_record(&w, times[i], 0, (guint8)octets[i], 9);
    return temp_file(w.bytes->data, w.bytes->len);
}

static void merged_by_time(void **state)
{
    const guint32 a[] = {10, 20, 30, 40}, b[] = {5, 20, 25, 22, 50};
    g_autoptr(TempFile) first = timed_file("abcd", a, 4);
    g_autoptr(TempFile) second = timed_file("ABCDE", b, 5);
    g_autoptr(TempFile) empty = timed_file("", a, 0);
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    assert_true(mg_capture_add_file(capture, first, NULL));
    assert_true(mg_capture_add_file(capture, empty, NULL));
    assert_true(mg_capture_add_file(capture, second, NULL));
    assert_int_equal(read_all(capture, NULL), -1);
    assert_int_equal(log->frames->len, 9);
    assert_memory_equal(log->first_octets->data, "AabBCDcdE", 9);
    assert_int_equal(log_get(log, 0)->at.capture, 3);
    assert_int_equal(log_get(log, 1)->at.capture, 1);
    assert_int_equal(log_get(log, 4)->at.frame, 3);
    assert_string_equal(log->captures->str, "2:EN10MB;3:EN10MB;1:EN10MB;");
}

static void one_breaks_off_the_other_goes_on(void **state)
{
    const guint32 times[] = {1, 2, 3, 4};
    g_autoptr(TempFile) whole = timed_file("abcd", times, 4);
    g_autoptr(TempFile) cut = timed_file("ABCD", times, 4);
    assert_int_equal(truncate(cut, 24 + 25 + 7), 0);
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    assert_true(mg_capture_add_file(capture, whole, NULL));
    assert_true(mg_capture_add_file(capture, cut, NULL));
    assert_int_equal(read_all(capture, NULL), MG_CAPTURE_ERROR_CUT);
    assert_memory_equal(log->first_octets->data, "aAbcd", 5);
    assert_string_equal(log->notes->str, "file-cut@1;");
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    assert_int_equal(counts.octets_read, 24 + 4 * 25 + 24 + 25 + 7);
    assert_int_equal(counts.octets_total, counts.octets_read);
}

/* ---- filters ---- */

/* ARP and IPv4 frames in turn, on Ethernet and on a link type that has no such thing. */
static void filtered(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    section(&w);
    interface(&w, 1, 0, 6, 0);
    interface(&w, 147, 0, 6, 0);
    for (guint i = 0; i < 6; i++)
        enhanced(&w, 0, i, i % 2 == 0 ? 0x08 : 0x09, 60); /* ethertype 0x0808 or 0x0909 */
    enhanced(&w, 1, 9, 'z', 60);
    enhanced(&w, 0, 9, 0x08, 60);
    g_autoptr(TempFile) path = temp_file(w.bytes->data, w.bytes->len);
    g_autoptr(MgCapture) capture = capture_new(log);
    g_autoptr(GError) error = NULL;
    assert_true(mg_capture_add_file(capture, path, NULL));
    assert_false(mg_capture_set_filter(capture, "port (", &error));
    assert_int_equal(error->code, MG_CAPTURE_ERROR_FILTER);
    g_autoptr(GError) error2 = NULL;
    assert_true(mg_capture_set_filter(capture, "ether proto 0x0808", &error2));
    assert_int_equal(read_all(capture, NULL), MG_CAPTURE_ERROR_FILTER);
    assert_int_equal(log->frames->len, 4);
    assert_int_equal(log_get(log, 0)->at.frame, 1);
    assert_int_equal(log_get(log, 1)->at.frame, 3);
    assert_int_equal(log_get(log, 3)->at.frame, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_whole_and_in_members),
        cmocka_unit_test(gzip_cut),
        cmocka_unit_test(gzip_damaged),
        cmocka_unit_test(gzip_of_something_else),
        cmocka_unit_test(other_compressions),
        cmocka_unit_test(pipe_in_pieces),
        cmocka_unit_test(gzip_in_a_pipe),
        cmocka_unit_test(standard_input),
        cmocka_unit_test(merged_by_time),
        cmocka_unit_test(one_breaks_off_the_other_goes_on),
        cmocka_unit_test(filtered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
