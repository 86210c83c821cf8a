/* Live interfaces, and giving up root once they are open. */
#include "capture-kit.h"

#include <arpa/inet.h>
#include <sys/socket.h>

/* ---- live ---- */

static gboolean send_datagram(guint8 octet)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    guint8 data[32];
    memset(data, octet, sizeof data);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    gboolean sent = sendto(fd, data, sizeof data, 0, (struct sockaddr *)&to, sizeof to) == 32;
    close(fd);
    return sent;
}

typedef struct {
    guint frames;
    MgTime time;
    guint8 digits;
} LiveLog;

static void live_frame(gpointer user, const MgFrame *frame)
{
    LiveLog *log = user;
    if (frame->bytes.len > 32 && frame->bytes.data[frame->bytes.len - 1] == 'm') {
        log->frames++;
        log->time = frame->at.time;
        log->digits = frame->at.time_digits;
    }
}

static void live_on(const char *interface)
{
    LiveLog log = {0};
    MgFrameSink sink = {.frame = live_frame, .user = &log};
    g_autoptr(MgCapture) capture = mg_capture_new(&sink);
    g_autoptr(GError) error = NULL;
    MgLiveOptions options = {.interface = interface, .filter = "udp and dst port 9"};
    if (!mg_capture_add_live(capture, &options, &error)) {
        print_message("skipped: %s\n", error->message);
        skip();
    }
    gint64 begin = g_get_monotonic_time();
    assert_int_equal(mg_capture_next(capture, NULL), MG_READ_WAIT);
    assert_true(g_get_monotonic_time() - begin < 500000);
    assert_true(send_datagram('m'));
    while (log.frames == 0 && g_get_monotonic_time() - begin < 5000000)
        assert_int_not_equal(mg_capture_next(capture, NULL), MG_READ_ERROR);
    assert_true(log.frames >= 1);
    assert_true(log.digits >= 6);
    assert_true(ABS(log.time - g_get_real_time() * 1000) < 60 * MG_SECOND);
    MgCaptureCounts counts;
    mg_capture_counts(capture, &counts);
    assert_int_equal(counts.dropped, 0);
}

static void live_loopback(void **state)
{
    live_on("lo");
}

static void live_any(void **state)
{
    live_on("any");
}

static void live_errors(void **state)
{
    g_autoptr(Log) log = log_new();
    g_autoptr(MgCapture) capture = capture_new(log);
    g_autoptr(GError) error = NULL;
    MgLiveOptions options = {.interface = "nonesuch0"};
    assert_false(mg_capture_add_live(capture, &options, &error));
    assert_int_equal(error->code, MG_CAPTURE_ERROR_OPEN);
    assert_true(g_str_has_prefix(error->message, "Cannot capture on nonesuch0: "));
}

static void interfaces_are_listed(void **state)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) names = mg_capture_interfaces(&error);
    assert_true((names != NULL) != (error != NULL));
    for (guint i = 0; names != NULL && names[i] != NULL; i++)
        assert_false(g_str_has_prefix(names[i], "nfqueue"));
}

/* ---- privileges ---- */

static int drop_to_nobody(void)
{
    g_autofree char *name = NULL;
    g_unsetenv("SUDO_UID");
    if (!mg_privileges_drop(NULL, &name, NULL) || g_strcmp0(name, "nobody") != 0)
        return CHILD_BAD;
    gboolean root = getuid() == 0 || geteuid() == 0 || getgid() == 0 || setuid(0) == 0 ||
                    seteuid(0) == 0 || setgid(0) == 0 || access("/etc/shadow", R_OK) == 0;
    gid_t groups[64];
    int count = getgroups(64, groups);
    for (int i = 0; i < count; i++)
        root |= groups[i] == 0;
    /* A second time there is nothing left to drop. */
    g_autofree char *again = NULL;
    return !root && mg_privileges_drop(NULL, &again, NULL) && again == NULL ? CHILD_GOOD
                                                                            : CHILD_BAD;
}

static int drop_to_sudo_user(void)
{
    g_autofree char *name = NULL;
    g_setenv("SUDO_UID", "1", TRUE); /* daemon, bin: a user every system has */
    return mg_privileges_drop(NULL, &name, NULL) && name != NULL && getuid() == 1 ? CHILD_GOOD
                                                                                  : CHILD_BAD;
}

/* What was opened before goes on working. */
static int capture_after_dropping(void)
{
    LiveLog log = {0};
    MgFrameSink sink = {.frame = live_frame, .user = &log};
    g_autoptr(MgCapture) capture = mg_capture_new(&sink);
    MgLiveOptions options = {.interface = "lo"};
    if (!mg_capture_add_live(capture, &options, NULL))
        return CHILD_GOOD; /* said by the tests of live interfaces */
    if (!mg_privileges_drop("nobody", NULL, NULL) || !send_datagram('m'))
        return CHILD_BAD;
    for (guint i = 0; i < 500 && log.frames == 0; i++)
        if (mg_capture_next(capture, NULL) == MG_READ_ERROR)
            return CHILD_BAD;
    g_autoptr(MgCapture) another = mg_capture_new(&sink);
    return log.frames > 0 && !mg_capture_add_live(another, &options, NULL) ? CHILD_GOOD : CHILD_BAD;
}

static int keep_root(void)
{
    g_autofree char *name = NULL;
    return mg_privileges_drop("root", &name, NULL) && name == NULL && getuid() == 0 ? CHILD_GOOD
                                                                                    : CHILD_BAD;
}

static int no_such_user(void)
{
    g_autoptr(GError) error = NULL;
    return !mg_privileges_drop("no-such-user-here", NULL, &error) &&
                   error->code == MG_CAPTURE_ERROR_PRIVILEGE &&
                   strstr(error->message, "-Z root") != NULL && getuid() == 0
               ? CHILD_GOOD
               : CHILD_BAD;
}

static void privileges(void **state)
{
    if (getuid() != 0) {
        assert_true(mg_privileges_drop(NULL, NULL, NULL));
        print_message("skipped: giving up root needs root\n");
        skip();
    }
    assert_int_equal(in_child(drop_to_nobody), CHILD_GOOD);
    assert_int_equal(in_child(drop_to_sudo_user), CHILD_GOOD);
    assert_int_equal(in_child(capture_after_dropping), CHILD_GOOD);
    assert_int_equal(in_child(keep_root), CHILD_GOOD);
    assert_int_equal(in_child(no_such_user), CHILD_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_loopback), cmocka_unit_test(live_any),
        cmocka_unit_test(live_errors),   cmocka_unit_test(interfaces_are_listed),
        cmocka_unit_test(privileges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
