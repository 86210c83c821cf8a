/* The pieces of the ledger by themselves: labels, numbering, sequence sets, roles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <glib/gstdio.h>

#include "ledger/ledger.h"

/* ---- Labels: location-rules.md section 10 ---- */

/* Copies as letters: D device full, d part of it, h headers, n facts only, C composed, Q queue,
 * M mailbox; behind it: * marked, - removed, and a digit for its doubt. */
static MgMessage *message_of(const char *copies)
{
    MgMessage *message = g_new0(MgMessage, 1);
    message->copies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_free);
    for (const char *at = copies; *at != '\0'; at++) {
        MgCopy *copy = g_new0(MgCopy, 1);
        copy->place = *at == 'Q' ? MG_PLACE_QUEUE : *at == 'M' ? MG_PLACE_MAILBOX : MG_PLACE_DEVICE;
        copy->contents = *at == 'd'   ? MG_CONTENTS_PART
                         : *at == 'h' ? MG_CONTENTS_HEADERS
                         : *at == 'n' ? MG_CONTENTS_NONE
                                      : MG_CONTENTS_FULL;
        copy->composed = *at == 'C';
        for (; at[1] == '*' || at[1] == '-' || g_ascii_isdigit(at[1]); at++) {
            if (at[1] == '*')
                copy->state = MG_COPY_MARKED;
            else if (at[1] == '-')
                copy->state = MG_COPY_REMOVED;
            else
                copy->doubt = (guint)(at[1] - '0');
        }
        g_ptr_array_add(message->copies, copy);
    }
    return message;
}

static void labels(void **state)
{
    static const struct {
        const char *copies, *label;
    } rows[] = {
        /* certain */
        {"", "Unknown"},
        {"D", "User device"},
        {"C", "User device"},
        {"Q", "Email server"},
        {"M", "Email server"},
        {"M*", "Email server"},
        {"QM", "Email server"},
        {"DM", "User device and server"},
        {"DQ", "User device and server"},
        {"DM*", "User device and server"},
        {"DDM", "User device and server"},
        /* the author's own copy counts only while no server has or had it */
        {"CQ", "Email server"},
        {"CM", "Email server"},
        {"CQ-", "Deleted"},
        {"CM-", "Deleted"},
        {"C-Q", "Email server"},
        {"CDM", "User device and server"},
        {"CDM-", "User device"},
        /* parts are no copy */
        {"h", "Unknown"},
        {"hM", "Email server"},
        {"dM", "Email server"},
        {"nM", "Email server"},
        {"hM-", "Deleted"},
        {"dM-", "Deleted"},
        /* removed */
        {"M-", "Deleted"},
        {"Q-", "Deleted"},
        {"Q-M", "Email server"},
        {"Q-M-", "Deleted"},
        {"Q-M-D", "User device"},
        {"D-M-", "Deleted"},
        {"C-", "Unknown"},
        {"M-M", "Email server"},
        /* dot without a reply */
        {"C1Q1", "User device or Email server"},
        {"C1Q1Q1", "User device or Email server"},
        {"C1M1", "User device or Email server"},
        {"Q2Q2", "Email server"},
        /* sent again after it */
        {"C-Q1Q", "Email server"},
        {"CQ1", "User device or Email server"},
        {"C2Q1Q2", "User device or Email server"},
        /* QUIT, EXPUNGE, CLOSE without a reply */
        {"M1", "Email server or Deleted"},
        {"M*1", "Email server or Deleted"},
        {"DM*1", "User device or User device and server"},
        {"M1M2", "Email server or Deleted"},
        {"M1M", "Email server"},
        {"DM1M2", "User device or User device and server"},
        {"hM*1", "Email server or Deleted"},
        /* MOVE without a reply: one of the two is there */
        {"M1M1", "Email server"},
        {"DM1M1", "User device and server"},
        /* COPY without a reply */
        {"MM1", "Email server"},
        {"M-M1", "Email server or Deleted"},
        /* a removed copy has no doubt any more */
        {"M-1", "Deleted"},
        /* three are possible: the two that come first */
        {"C1D1M2", "User device or Email server"},
        {"C1Q1M-", "Email server or Deleted"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        MgMessage *message = message_of(rows[i].copies);
        g_autofree char *words = mg_where_words(mg_where_of(message));
        if (strcmp(words, rows[i].label) != 0)
            fail_msg("%s is said to be “%s”, not “%s”", rows[i].copies, words, rows[i].label);
        g_ptr_array_unref(message->copies);
        g_free(message);
    }
}

static gboolean possible(MgWhere where, MgLocation location)
{
    return where.is == location || where.other == location;
}

/* Against all worlds written out: every possible location is among those said, unless there are
 * more than two. */
static void labels_of_all_worlds(void **state)
{
    static const char *const kinds[] = {"D", "C", "Q", "M", "h", "Q-", "M-", "D-", "M*"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261121);
    for (guint round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        guint n = (guint)g_rand_int_range(rand, 0, 6);
        guint doubts[6] = {0}, group[3] = {0};
        for (guint i = 0; i < n; i++) {
            const char *kind = kinds[g_rand_int_range(rand, 0, G_N_ELEMENTS(kinds))];
            g_string_append(text, kind);
            doubts[i] = kind[1] == '-' ? 0 : (guint)g_rand_int_range(rand, 0, 3);
            if (doubts[i] > 0)
                g_string_append_printf(text, "%u", doubts[i]);
            group[doubts[i]]++;
        }
        MgMessage *message = message_of(text->str);
        MgWhere where = mg_where_of(message);
        guint said = 0, found = 0;
        for (guint world = 0; world < 1u << n; world++) {
            guint there[3] = {0};
            gboolean allowed = TRUE, absent_one = FALSE;
            for (guint i = 0; i < n; i++) {
                if (world & (1u << i))
                    there[doubts[i]]++;
                else if (doubts[i] == 0)
                    allowed = FALSE;
            }
            for (guint g = 1; g < 3; g++) {
                if (group[g] > 1 && there[g] == 0)
                    allowed = FALSE;
                /* A mailbox's copy that is not there was removed; one that a queue or its author
                 * may never have had was not. */
                for (guint i = 0; group[g] == 1 && there[g] == 0 && i < n; i++) {
                    const MgCopy *copy = message->copies->pdata[i];
                    absent_one = absent_one || (doubts[i] == g && !copy->composed &&
                                                copy->place != MG_PLACE_QUEUE);
                }
            }
            if (!allowed)
                continue;
            gboolean device = FALSE, composed = FALSE, server = FALSE, had = FALSE,
                     gone = absent_one;
            for (guint i = 0; i < n; i++) {
                const MgCopy *copy = message->copies->pdata[i];
                if (!(world & (1u << i)) || copy->contents != MG_CONTENTS_FULL)
                    continue;
                gboolean removed = copy->state == MG_COPY_REMOVED;
                if (copy->place != MG_PLACE_DEVICE)
                    had = TRUE;
                if (removed && !copy->composed)
                    gone = TRUE;
                if (!removed && copy->composed)
                    composed = TRUE;
                if (!removed && !copy->composed && copy->place == MG_PLACE_DEVICE)
                    device = TRUE;
                if (!removed && copy->place != MG_PLACE_DEVICE)
                    server = TRUE;
            }
            device = device || (composed && !had);
            MgLocation location = device && server ? MG_LOCATION_BOTH
                                  : device         ? MG_LOCATION_DEVICE
                                  : server         ? MG_LOCATION_SERVER
                                  : gone           ? MG_LOCATION_DELETED
                                                   : MG_LOCATION_UNKNOWN;
            found |= 1u << location;
        }
        for (guint location = MG_LOCATION_DEVICE; location <= MG_LOCATION_UNKNOWN; location++)
            said |= possible(where, (MgLocation)location) ? 1u << location : 0;
        if ((said & ~found) != 0 || (said != found && where.other == MG_LOCATION_NONE))
            fail_msg("%s: said %x, possible %x", text->str, said, found);
        g_ptr_array_unref(message->copies);
        g_free(message);
    }
}

/* ---- Sequence sets ---- */

static char *set_text(const GArray *ranges)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; ranges != NULL && i < ranges->len; i++)
        g_string_append_printf(text, "%s%u:%u", i > 0 ? "," : "",
                               g_array_index(ranges, Range, i).first,
                               g_array_index(ranges, Range, i).last);
    return g_string_free(text, FALSE);
}

static void sets(void **state)
{
    static const struct {
        const char *set;
        guint32 top;
        const char *ranges, *sorted; /* NULL = no set */
    } rows[] = {
        {"1", 9, "1:1", "1:1"},
        {"2:4", 9, "2:4", "2:4"},
        {"4:2", 9, "2:4", "2:4"},
        {"*", 9, "9:9", "9:9"},
        {"559:*", 9, "9:559", "9:559"},
        {"*:4", 9, "4:9", "4:9"},
        {"*", 0, "", ""},
        {"1:*", 0, "", ""},
        {"7,1:3,2:5", 9, "7:7,1:3,2:5", "1:5,7:7"},
        {"4294967295", 9, "4294967295:4294967295", "4294967295:4294967295"},
        {"4294967296", 9, NULL, NULL},
        {"1,", 9, "1:1", "1:1"},
        {"1:", 9, NULL, NULL},
        {"a", 9, NULL, NULL},
        {"1 2", 9, NULL, NULL},
        {"$", 9, NULL, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GArray) ranges = mg_set_parse(rows[i].set, rows[i].top);
        if (rows[i].ranges == NULL) {
            assert_null(ranges);
            continue;
        }
        assert_non_null(ranges);
        g_autofree char *text = set_text(ranges);
        assert_string_equal(text, rows[i].ranges);
        mg_set_sort(ranges);
        g_autofree char *sorted = set_text(ranges);
        assert_string_equal(sorted, rows[i].sorted);
    }
    assert_null(mg_set_parse(NULL, 1));
    g_autoptr(GArray) all = mg_set_parse("1:4294967295", 1);
    assert_int_equal(mg_set_count(all), G_MAXUINT32);
    g_autoptr(GArray) some = mg_set_parse("3:5,9", 1);
    assert_true(mg_set_contains(some, 3) && mg_set_contains(some, 5) && mg_set_contains(some, 9));
    assert_false(mg_set_contains(some, 2) || mg_set_contains(some, 6) || mg_set_contains(some, 10));
    assert_false(mg_set_contains(NULL, 1));
}

/* ---- Numbering, against a plain array ---- */

typedef struct {
    MgLedger *ledger;
    Folder *folder;
    View *view;
    GArray *model; /* guint32 UID of each number; 0 = unknown */
} Both;

static void both_begin(Both *both)
{
    MgMovementSink sink = {0};
    both->ledger = mg_ledger_new(&sink);
    MgAddress address;
    mg_address_parse("192.0.2.1", &address);
    Account *account = mg_account_get(both->ledger, mg_host_get(both->ledger, &address), "bob", 0);
    both->folder = mg_folder_get(both->ledger, account, "INBOX");
    both->view = mg_view_new(both->folder, 1, 0);
    both->model = g_array_new(FALSE, TRUE, sizeof(guint32));
}

static void both_end(Both *both)
{
    mg_view_free(both->view);
    mg_ledger_free(both->ledger);
    g_array_unref(both->model);
}

static void both_compare(const Both *both)
{
    guint known = 0;
    assert_int_equal(mg_view_count(both->view), both->model->len);
    for (guint number = 1; number <= both->model->len; number++) {
        const Entry *entry = mg_view_get(both->view, number);
        guint32 uid = g_array_index(both->model, guint32, number - 1);
        assert_int_equal(entry != NULL ? entry->uid : 0, uid);
        known += uid != 0;
    }
    assert_int_equal(mg_view_unknown(both->view), both->model->len - known);
}

static void both_set(Both *both, guint number, guint32 uid)
{
    mg_view_set(both->view, number, mg_entry_by_uid(both->folder, uid, TRUE));
    g_array_index(both->model, guint32, number - 1) = uid;
}

static void numbering(void **state)
{
    Both both;
    both_begin(&both);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (guint round = 0; round < 6000; round++) {
        guint count = both.model->len, what = (guint)g_rand_int_range(rand, 0, 10);
        if (what < 2 || count == 0) {
            guint more = (guint)g_rand_int_range(rand, 1, round % 50 == 0 ? 3000 : 20);
            mg_view_grow(both.view, count + more);
            g_array_set_size(both.model, count + more);
        } else if (what < 7) {
            /* the UID of a number is three times what it was in a folder that lost none */
            guint number = (guint)g_rand_int_range(rand, 1, (gint32)count + 1);
            guint32 uid = g_array_index(both.model, guint32, number - 1);
            both_set(&both, number, uid != 0 ? uid : round * 5000 + number);
        } else if (what < 9) {
            guint number = (guint)g_rand_int_range(rand, 1, (gint32)count + 1);
            Entry *entry = mg_view_remove(both.view, number);
            assert_int_equal(entry != NULL ? entry->uid : 0,
                             g_array_index(both.model, guint32, number - 1));
            if (entry != NULL)
                mg_entry_unref(entry);
            g_array_remove_index(both.model, number - 1);
        } else if (round % 40 == 0) {
            mg_view_clear(both.view, count / 4);
            g_array_set_size(both.model, 0);
            g_array_set_size(both.model, count / 4);
        }
        if (round % 100 == 0)
            both_compare(&both);
    }
    both_compare(&both);
    assert_null(mg_view_get(both.view, 0));
    assert_null(mg_view_get(both.view, both.model->len + 1));
    both_end(&both);
}

/* VANISHED of known UIDs, over the edges of blocks. */
static void vanishing(void **state)
{
    Both both;
    both_begin(&both);
    guint count = 3000;
    mg_view_grow(both.view, count);
    g_array_set_size(both.model, count);
    for (guint number = 1; number <= count; number++)
        both_set(&both, number, number * 2);
    g_autoptr(GArray) set = mg_set_parse("2:4,1000:1100,2040:2060,5998:6000", 0);
    mg_set_sort(set);
    /* the odd ones of these ranges are not in the folder: as many numbers go all the same, and
     * none is left that could be theirs */
    for (guint i = both.model->len; i > 0; i--)
        if (mg_set_contains(set, g_array_index(both.model, guint32, i - 1)))
            g_array_remove_index(both.model, i - 1);
    g_autoptr(GArray) even = g_array_new(FALSE, FALSE, sizeof(Range));
    for (guint uid = 2; uid <= 6000; uid += 2) {
        Range one = {uid, uid};
        if (mg_set_contains(set, uid))
            g_array_append_val(even, one);
    }
    mg_view_vanish(both.view, even);
    both_compare(&both);
    both_end(&both);
}

/* Of an unknown UID only where it must have been is known. */
static void vanishing_unknown(void **state)
{
    Both both;
    both_begin(&both);
    mg_view_grow(both.view, 6);
    g_array_set_size(both.model, 6);
    both_set(&both, 1, 10);
    both_set(&both, 3, 20);
    both_set(&both, 6, 40);
    g_autoptr(GArray) set = mg_set_parse("15,30", 0);
    mg_view_vanish(both.view, set);
    guint32 left[] = {10, 20, 0, 40};
    g_array_set_size(both.model, 0);
    g_array_append_vals(both.model, left, 4);
    both_compare(&both);
    g_autoptr(GArray) all = mg_set_parse("1:4294967295", 0);
    mg_view_vanish(both.view, all);
    assert_int_equal(mg_view_count(both.view), 0);
    both_end(&both);
}

static void inference(void **state)
{
    Both both;
    both_begin(&both);
    mg_view_grow(both.view, 4000);
    g_array_set_size(both.model, 4000);
    assert_int_equal(mg_view_infer_uid(both.view, 17), 0);
    mg_view_set_uidnext(both.view, 4002);
    assert_int_equal(mg_view_infer_uid(both.view, 17), 0);
    mg_view_set_uidnext(both.view, 4001);
    assert_int_equal(mg_view_infer_uid(both.view, 17), 17);
    /* one goes, another comes: UIDNEXT speaks of the old ones only */
    mg_view_remove(both.view, 4000);
    mg_view_grow(both.view, 4000);
    assert_int_equal(mg_view_infer_uid(both.view, 17), 0);
    assert_int_equal(mg_view_infer_uid(both.view, 4000), 0);
    both_set(&both, 100, 700);
    both_set(&both, 1600, 2200);
    both_set(&both, 1700, 2400);
    assert_int_equal(mg_view_infer_uid(both.view, 101), 701);
    assert_int_equal(mg_view_infer_uid(both.view, 1599), 2199);
    assert_int_equal(mg_view_infer_uid(both.view, 1650), 0);
    assert_int_equal(mg_view_infer_uid(both.view, 99), 0);
    assert_int_equal(mg_view_infer_uid(both.view, 1600), 2200);
    mg_view_set_uidnext(both.view, 4701);
    assert_int_equal(mg_view_infer_uid(both.view, 4000), 4700);
    assert_int_equal(mg_view_infer_uid(both.view, 1701), 2401);
    assert_int_equal(mg_view_infer_uid(both.view, 4001), 0);
    g_autoptr(GArray) two = mg_set_parse("2400,2200", 0);
    mg_set_sort(two);
    mg_view_vanish(both.view, two);
    assert_int_equal(mg_view_infer_uid(both.view, 3998), 0);
    both_end(&both);
}

/* ---- Roles ---- */

static void users(void **state)
{
    assert_true(mg_names_user("bob", "bob@example.org"));
    assert_true(mg_names_user("Bob", "bob"));
    assert_true(mg_names_user("bob@example.org", "BOB@EXAMPLE.ORG"));
    assert_true(mg_names_user("bob@example.org", "bob+lists@example.org"));
    assert_true(mg_names_user("bob", "bob+lists@example.org"));
    assert_false(mg_names_user("bob@example.org", "bob@example.net"));
    assert_false(mg_names_user("bob@example.org", "bob"));
    assert_false(mg_names_user("bo", "bob@example.org"));
    assert_false(mg_names_user("", "@example.org"));
    assert_false(mg_names_user(NULL, "bob"));
    assert_false(mg_names_user("bob", NULL));
}

static void roles_file(void **state)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(), "mg-roles-XXXXXX", NULL);
    gint fd = g_mkstemp(path);
    assert_true(fd >= 0);
    g_close(fd, NULL);
    MgMovementSink sink = {0};
    g_autoptr(MgLedger) ledger = mg_ledger_new(&sink);
    g_autoptr(GError) error = NULL;
    assert_true(g_file_set_contents(path,
                                    "# who is who\n"
                                    "  192.0.2.20 device\tBob's   laptop \n\n"
                                    "2001:db8::25 server mail.example.org\r\n"
                                    "192.0.2.30 device\n",
                                    -1, NULL));
    assert_true(mg_ledger_load_roles(ledger, path, &error));
    MgEndpoint end = {.port = 25};
    MgParty party;
    mg_address_parse("192.0.2.20", &end.address);
    mg_ledger_party(ledger, &end, &party);
    assert_string_equal(party.name, "Bob's laptop");
    assert_int_equal(party.role, MG_ROLE_DEVICE);
    mg_address_parse("2001:db8::25", &end.address);
    mg_ledger_party(ledger, &end, &party);
    assert_string_equal(party.name, "mail.example.org");
    assert_int_equal(party.role, MG_ROLE_SERVER);
    mg_address_parse("192.0.2.30", &end.address);
    mg_ledger_party(ledger, &end, &party);
    assert_null(party.name);
    assert_int_equal(party.role, MG_ROLE_DEVICE);
    mg_address_parse("192.0.2.99", &end.address);
    mg_ledger_party(ledger, &end, &party);
    assert_int_equal(party.role, MG_ROLE_UNKNOWN);

    static const char *const wrong[] = {"192.0.2.20\n", "nobody device X\n", "192.0.2.20 phone X\n",
                                        "\xff\xfe\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        assert_true(g_file_set_contents(path, wrong[i], -1, NULL));
        assert_false(mg_ledger_load_roles(ledger, path, &error));
        assert_non_null(error);
        assert_non_null(strstr(error->message, path));
        g_clear_error(&error);
    }
    g_remove(path);
    assert_false(mg_ledger_load_roles(ledger, path, &error));
    assert_non_null(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels),     cmocka_unit_test(labels_of_all_worlds),
        cmocka_unit_test(sets),       cmocka_unit_test(numbering),
        cmocka_unit_test(vanishing),  cmocka_unit_test(vanishing_unknown),
        cmocka_unit_test(inference),  cmocka_unit_test(users),
        cmocka_unit_test(roles_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
