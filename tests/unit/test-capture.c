/* Classic pcap: every header shape, every cut, every kind of damage; and what is no capture. */
#include "capture-kit.h"

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_MODIFIED 0xa1b2cd34u

/* ---- classic pcap ---- */

static void pcap_both_orders_and_precisions(void **state)
{
    for (int variant = 0; variant < 4; variant++) {
        gboolean nano = variant & 1;
        Writer w = writer_new(variant & 2);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        pcap_header(&w, nano ? MAGIC_NANO : MAGIC_MICRO, 113);
        pcap_record(&w, 1000, nano ? 123456789 : 123456, 'a', 60);
        pcap_record(&w, 4000000000u, 1, 'b', 61);
        assert_int_equal(read_writer(&w, log), -1);
        assert_int_equal(log->frames->len, 2);
        const MgFrame *frame = log_get(log, 0);
        assert_int_equal(frame->at.frame, 1);
        assert_int_equal(frame->at.capture, 1);
        assert_int_equal(frame->at.time_digits, nano ? 9 : 6);
        assert_int_equal(frame->at.time, 1000 * MG_SECOND + (nano ? 123456789 : 123456000));
        assert_int_equal(frame->bytes.len, 60);
        assert_int_equal(frame->linktype, 113);
        assert_int_equal(log_get(log, 1)->at.frame, 2);
        assert_int_equal(log_get(log, 1)->at.time, 4000000000 * MG_SECOND + (nano ? 1 : 1000));
        assert_memory_equal(log->first_octets->data, "ab", 2);
        assert_string_equal(log->captures->str, "1:LINUX_SLL;");
        assert_string_equal(log->notes->str, "");
    }
}

/* Record headers of 24 octets; the last eight are of no use to us. */
static void pcap_modified(void **state)
{
    for (int big = 0; big < 2; big++) {
        Writer w = writer_new(big);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        pcap_header(&w, MAGIC_MODIFIED, 1);
        for (guint8 i = 0; i < 3; i++) {
            put32(&w, 5);
            put32(&w, i);
            put32(&w, 20);
            put32(&w, 1514);
            put_octets(&w, 0xee, 8);
            put_octets(&w, 'a' + i, 20);
        }
        assert_int_equal(read_writer(&w, log), -1);
        assert_int_equal(log->frames->len, 3);
        assert_memory_equal(log->first_octets->data, "abc", 3);
        assert_int_equal(log_get(log, 2)->original_len, 1514);
        assert_int_equal(log_get(log, 2)->at.time, 5 * MG_SECOND + 2000);
    }
}

/* Before version 2.3 the original length stood first. */
static void pcap_old_minor_versions(void **state)
{
    for (guint8 minor = 1; minor <= 4; minor++) {
        Writer w = writer_new(FALSE);
        g_autoptr(GByteArray) owned = w.bytes;
        g_autoptr(Log) log = log_new();
        pcap_header(&w, MAGIC_MICRO, 1);
        w.bytes->data[6] = minor;
        put32(&w, 0);
        put32(&w, 0);
        put32(&w, minor <= 3 ? 100 : 10);
        put32(&w, minor <= 3 ? 10 : 100);
        put_octets(&w, 'x', 10);
        assert_int_equal(read_writer(&w, log), -1);
        assert_int_equal(log_get(log, 0)->bytes.len, 10);
        assert_int_equal(log_get(log, 0)->original_len, 100);
    }
}

static void pcap_cut_at_every_octet(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    pcap_header(&w, MAGIC_MICRO, 1);
    pcap_record(&w, 1, 0, 'a', 20);
    pcap_record(&w, 2, 0, 'b', 0);
    pcap_record(&w, 3, 0, 'c', 7);
    const gsize ends[] = {24, 60, 76, 99};
    assert_int_equal(w.bytes->len, 99);
    for (gsize cut = 0; cut <= w.bytes->len; cut++) {
        g_autoptr(Log) log = log_new();
        g_autofree char *message = NULL;
        int code = read_octets(w.bytes->data, cut, log, &message);
        guint frames = 0;
        gboolean whole = FALSE;
        for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
            if (cut >= ends[i])
                frames = i;
            whole |= cut == ends[i];
        }
        assert_int_equal(log->frames->len, frames);
        if (whole)
            assert_int_equal(code, -1);
        else if (cut < 4)
            assert_int_equal(code, MG_CAPTURE_ERROR_NO_CAPTURE);
        else
            assert_int_equal(code, MG_CAPTURE_ERROR_CUT);
        if (cut > 24 && !whole) {
            g_autofree char *note = g_strdup_printf("file-cut@%u;", frames);
            assert_string_equal(log->notes->str, note);
            assert_non_null(strstr(message, "is cut off"));
        }
    }
}

static void pcap_damaged_record(void **state)
{
    Writer w = writer_new(TRUE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    g_autofree char *message = NULL;
    pcap_header(&w, MAGIC_MICRO, 1);
    pcap_record(&w, 1, 0, 'a', 20);
    put32(&w, 2);
    put32(&w, 0);
    put32(&w, 0x40000000);
    put32(&w, 60);
    put_octets(&w, 'x', 60);
    int code = read_octets(w.bytes->data, w.bytes->len, log, &message);
    assert_int_equal(code, MG_CAPTURE_ERROR_DAMAGED);
    assert_int_equal(log->frames->len, 1);
    assert_string_equal(log->notes->str, "file-damaged@1;");
    assert_non_null(strstr(message, "is damaged after frame 1: the next record claims 1073741824"));
}

static void pcap_large_frame(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    pcap_header(&w, MAGIC_MICRO, 1);
    pcap_record(&w, 1, 0, 'a', 524288);
    pcap_record(&w, 1, 0, 'b', MG_LIMIT_FRAME);
    pcap_record(&w, 1, 0, 'c', 1);
    assert_int_equal(read_writer(&w, log), -1);
    assert_memory_equal(log->first_octets->data, "abc", 3);
}

static void pcap_odd_clock(void **state)
{
    Writer w = writer_new(FALSE);
    g_autoptr(GByteArray) owned = w.bytes;
    g_autoptr(Log) log = log_new();
    pcap_header(&w, MAGIC_MICRO, 1);
    pcap_record(&w, 10, 999999, 'a', 1);
    pcap_record(&w, 10, 1000000, 'b', 1);
    pcap_record(&w, 10, 4294967295u, 'c', 1);
    assert_int_equal(read_writer(&w, log), -1);
    assert_int_equal(log_get(log, 1)->at.time, 11 * MG_SECOND);
    assert_int_equal(log_get(log, 2)->at.time, 4304 * MG_SECOND + 967295000);
    assert_string_equal(log->notes->str, "clock-odd@2;");
}

/* ---- no captures ---- */

static void refused(const void *data, gsize len, const char *words)
{
    g_autoptr(Log) log = log_new();
    g_autofree char *message = NULL;
    assert_int_equal(read_octets(data, len, log, &message), MG_CAPTURE_ERROR_NO_CAPTURE);
    assert_non_null(strstr(message, words));
    assert_int_equal(log->captures->len, 0);
}

static void not_a_capture(void **state)
{
    refused("", 0, "is empty");
    refused("x", 1, "is not a capture");
    refused("220 mail.example ESMTP\r\n", 24, "is not a capture");
    refused("snoop\0\0\0\0\0\0\2\0\0\0\4", 16, "is a snoop capture");
    refused("\x0a\x0d\x0d\x0aPlain text after two empty lines", 36, "is not a capture");
    refused("\xa1\xb2\xc3\xd4\0\1\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 24, "has pcap version 1.4");
    refused("\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d\0\2\0\0\xff\xff\xff\xff\xff\xff\xff\xff"
            "\0\0\0\x1c",
            28, "has pcapng version 2.0");
}

static void not_a_file(void **state)
{
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    g_autoptr(GError) missing = NULL, directory = NULL;
    assert_false(mg_capture_add_file(capture, "/nowhere/lab.pcap", &missing));
    assert_int_equal(missing->code, MG_CAPTURE_ERROR_OPEN);
    assert_string_equal(missing->message,
                        "Cannot open /nowhere/lab.pcap: No such file or directory");
    assert_false(mg_capture_add_file(capture, "/", &directory));
    assert_string_equal(directory->message, "Cannot open /: it is a directory, not a capture");
    assert_int_equal(read_all(capture, NULL), -1); /* nothing was added */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcap_both_orders_and_precisions),
        cmocka_unit_test(pcap_modified),
        cmocka_unit_test(pcap_old_minor_versions),
        cmocka_unit_test(pcap_cut_at_every_octet),
        cmocka_unit_test(pcap_damaged_record),
        cmocka_unit_test(pcap_large_frame),
        cmocka_unit_test(pcap_odd_clock),
        cmocka_unit_test(not_a_capture),
        cmocka_unit_test(not_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
