/* Every dialogue in every disguise.
 *
 *     tests/dialogue [FILE-OR-FOLDER…]      play them; without a name, tests/dialogues
 *     tests/dialogue --rows [FOLDER]        name the rows that no dialogue covers
 *     tests/dialogue --show FILE            print what comes of it
 */
#include "frames.h"

#include <gio/gio.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

/* Cut positions that are tried in a long dialogue: spread evenly. */
#define CUTS_MOST 400

typedef struct {
    guint passed, failed;
} Score;

static void judge(Score *score, const char *path, const char *disguise, guint at, char *wrong)
{
    if (wrong == NULL) {
        score->passed++;
        return;
    }
    score->failed++;
    printf("FAIL %s (%s %u)\n%s\n", path, disguise, at, wrong);
    g_free(wrong);
}

static char *compare(const RecordedStep *expected, const RecordedStep *got)
{
    if (expected != NULL && got != NULL && strcmp(expected->dump, got->dump) == 0)
        return NULL;
    return g_strdup_printf("expected: %s\n     got: %s",
                           expected != NULL ? expected->dump : "(no step)",
                           got != NULL ? got->dump : "(no step)");
}

static const RecordedStep *step_at(const Record *record, guint i)
{
    return i < record->steps->len ? g_ptr_array_index(record->steps, i) : NULL;
}

/* All steps are the same. */
static char *compare_all(const Record *expected, const Record *got)
{
    guint n = MAX(expected->steps->len, got->steps->len);
    for (guint i = 0; i < n; i++) {
        char *wrong = compare(step_at(expected, i), step_at(got, i));
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

/* The steps that were complete before the lost frame are the same, and the hole is told. */
static char *compare_lost(const Record *expected, const Record *got, const GPtrArray *packets)
{
    const Packet *lost = NULL;
    gboolean noticed = FALSE, unknown_start = FALSE;
    for (guint i = 0; i < packets->len; i++) {
        const Packet *packet = g_ptr_array_index(packets, i);
        if (lost == NULL) {
            if (!packet->captured && packet->flags & MG_TCP_PSH) {
                lost = packet;
                /* Met in the middle, a side's first octets are not known to be missing. */
                unknown_start = packet->first_of_unknown;
            }
            continue;
        }
        /* Later bytes, a FIN, or an acknowledgement show that something is missing. */
        guint32 behind = lost->seq + (guint32)g_bytes_get_size(lost->payload);
        if (packet->captured && packet->connection == lost->connection && !unknown_start)
            noticed |= packet->side == lost->side ? (gint32)(packet->seq - behind) >= 0
                                                  : (gint32)(packet->ack - behind) >= 0;
    }
    for (guint i = 0; lost != NULL && i < expected->steps->len; i++) {
        const RecordedStep *step = step_at(expected, i);
        /* A step without an answer is complete when something later shows that. */
        if (step->last_frame >= lost->frame || step->outcome == MG_OUTCOME_UNANSWERED)
            break;
        /* So is an answer whose command nobody saw: only what follows shows where it ends. */
        const RecordedStep *next = step_at(expected, i + 1);
        if (step->line == NULL && next != NULL && next->last_frame >= lost->frame)
            break;
        char *wrong = compare(step, step_at(got, i));
        if (wrong != NULL)
            return wrong;
    }
    if (noticed && !record_has_note(got, "gap"))
        return g_strdup_printf("frame %" G_GUINT64_FORMAT " is lost, and nothing says so",
                               lost->frame);
    return NULL;
}

static gboolean play(Score *score, const Script *script, const Record *whole, Disguise disguise,
                     guint at)
{
    g_autoptr(GPtrArray) packets = wire_packets(script, disguise, at);
    if (packets == NULL)
        return FALSE;
    g_autoptr(Record) record = record_play(script, packets, TRUE);
    if (disguise == DISGUISE_LOST) {
        g_autoptr(GPtrArray) all = wire_packets(script, DISGUISE_LINES, 0);
        g_autoptr(Record) lines = record_play(script, all, TRUE);
        judge(score, script->path, disguise_name(disguise), at,
              compare_lost(lines, record, packets));
    } else {
        judge(score, script->path, disguise_name(disguise), at, compare_all(whole, record));
    }
    return TRUE;
}

/* As frames of a capture, in all ways of a framing. */
static void play_frames(Score *score, const Script *script, const Record *whole,
                        const GPtrArray *packets, Framing framing)
{
    for (guint way = 0;; way++) {
        g_autoptr(GPtrArray) frames = frames_of(script, packets, framing, way);
        if (frames == NULL)
            return;
        g_autoptr(Record) record = record_play_frames(script, frames);
        char *wrong = compare_all(whole, record);
        if (wrong == NULL && record_has_note(record, "duplicate-packets") &&
            !record_has_note(whole, "duplicate-packets"))
            wrong = g_strdup("a second copy is called a repetition");
        judge(score, script->path, framing_name(framing), way, wrong);
    }
}

static guint stream_octets(const Script *script)
{
    guint octets = 0;
    for (guint i = 0; i < script->happenings->len; i++) {
        const Happening *h = g_ptr_array_index(script->happenings, i);
        octets += h->what == HAPPENS_DATA ? (guint)g_bytes_get_size(h->data) : 0;
    }
    return octets;
}

static void play_script(Score *score, const Script *script)
{
    g_autoptr(GPtrArray) packets = wire_packets(script, DISGUISE_WHOLE, 0);
    g_autoptr(Record) whole = record_play_words(script, packets);
    judge(score, script->path, disguise_name(DISGUISE_WHOLE), 0, expect_check(script, whole));
    static const Disguise once[] = {DISGUISE_LINES,    DISGUISE_OCTETS,     DISGUISE_SWAPPED,
                                    DISGUISE_REPEATED, DISGUISE_OVERLAPPED, DISGUISE_EARLY};
    guint failed = score->failed;
    for (gsize i = 0; i < G_N_ELEMENTS(once); i++)
        play(score, script, whole, once[i], 0);
    g_autoptr(GPtrArray) lines = wire_packets(script, DISGUISE_LINES, 0);
    play_frames(score, script, whole, packets, FRAMING_FRAGMENTED);
    play_frames(score, script, whole, packets, FRAMING_TUNNELLED);
    play_frames(score, script, whole, lines, FRAMING_DOUBLED);
    guint octets = stream_octets(script), step = octets / CUTS_MOST + 1;
    for (guint at = 1; at < octets && score->failed == failed; at += step)
        play(score, script, whole, DISGUISE_CUT, at);
    for (guint at = 0; score->failed == failed && play(score, script, whole, DISGUISE_LOST, at);
         at++)
        ;
}

static int by_path(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All *.txt below a folder, sorted; or the file itself. */
static void collect(GPtrArray *paths, const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    if (dir == NULL) {
        if (g_str_has_suffix(path, ".txt"))
            g_ptr_array_add(paths, g_strdup(path));
        return;
    }
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);
        collect(paths, below);
    }
}

static GPtrArray *collect_all(char **names)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *all =
        g_build_filename(srcdir != NULL ? srcdir : ".", "tests", "dialogues", NULL);
    if (names[0] == NULL)
        collect(paths, all);
    for (char **name = names; *name != NULL; name++)
        collect(paths, *name);
    g_ptr_array_sort(paths, by_path);
    return paths;
}

static int show(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Script) script = script_load(path, &error);
    if (script == NULL) {
        printf("%s\n", error->message);
        return 1;
    }
    g_autoptr(GPtrArray) packets = wire_packets(script, DISGUISE_WHOLE, 0);
    g_autoptr(Record) record = record_play_words(script, packets);
    for (guint i = 0; i < record->steps->len; i++)
        printf("%u %s\n%s", i + 1, step_at(record, i)->dump, words_of(record->words, i));
    for (guint i = 0; i < record->notes->len; i++)
        printf("note %s\n", (const char *)g_ptr_array_index(record->notes, i));
    for (guint n = 1; n <= mg_ledger_count(record->ledger); n++) {
        const MgMessage *message = mg_ledger_message(record->ledger, n);
        g_autofree char *where = mg_where_words(message->where);
        printf("message M%u \"%s\" id=%s merged=%u\n", n, where,
               message->message_id != NULL ? message->message_id : "-", message->merged_into);
    }
    return 0;
}

/* Rows of the parsers that neither a dialogue covers nor a list of reasons names. */
static int rows(char **names)
{
    g_autoptr(GHashTable) covered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) paths = collect_all(names);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(Script) script = script_load(g_ptr_array_index(paths, i), NULL);
        for (guint k = 0; script != NULL && k < script->covers->len; k++)
            g_hash_table_add(covered, g_strdup(g_ptr_array_index(script->covers, k)));
    }
    guint missing = 0, total = 0;
    static const MgProtocol protocols[] = {MG_PROTOCOL_SMTP, MG_PROTOCOL_POP3, MG_PROTOCOL_IMAP};
    for (gsize p = 0; p < G_N_ELEMENTS(protocols); p++) {
        guint n;
        const MgProtoRow *table = mg_proto_rows(protocols[p], &n);
        for (guint i = 0; i < n; i++) {
            total++;
            if (g_hash_table_contains(covered, table[i].key))
                continue;
            printf("%s is covered by no dialogue\n", table[i].key);
            missing++;
        }
    }
    printf("%u of %u rows are covered\n", total - missing, total);
    return missing > 0;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    if (argc > 1 && strcmp(argv[1], "--rows") == 0)
        return rows(argv + 2);
    if (argc > 2 && strcmp(argv[1], "--show") == 0)
        return show(argv[2]);
    Score score = {0};
    g_autoptr(GPtrArray) paths = collect_all(argv + 1);
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Script) script = script_load(g_ptr_array_index(paths, i), &error);
        if (script == NULL) {
            printf("FAIL %s\n", error->message);
            score.failed++;
            continue;
        }
        play_script(&score, script);
    }
    printf("%u dialogues\n%u passed, %u failed\n", paths->len, score.passed, score.failed);
    return score.failed > 0 || score.passed == 0;
}
