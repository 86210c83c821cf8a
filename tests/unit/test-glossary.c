/* The words themselves: what key files swallow, missing entries, the rules of writing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "mg-step.h"

#include "../shared.h"

typedef struct {
    char *group, *key, *text; /* escapes undone */
    guint line;
} Entry;

typedef struct {
    GPtrArray *entries;
    GHashTable *groups;
    GHashTable *texts; /* "group key" → text */
} Words;

static guint failures;

static void complain(const Entry *entry, const char *what)
{
    failures++;
    print_error("en.ini:%u [%s] %s: %s\n", entry->line, entry->group,
                entry->key != NULL ? entry->key : "", what);
}

static char *source_path(const char *relative)
{
    const char *srcdir = g_getenv("srcdir");
    return g_build_filename(srcdir != NULL ? srcdir : ".", relative, NULL);
}

static void entry_free(gpointer data)
{
    Entry *entry = data;
    g_free(entry->group);
    g_free(entry->key);
    g_free(entry->text);
    g_free(entry);
}

/* Undo the escapes of a key file; only \\ and, in samples, \n are used. */
static char *unescape(Entry *entry, const char *raw)
{
    GString *out = g_string_new(NULL);
    for (const char *at = raw; *at != '\0'; at++) {
        if (*at != '\\') {
            g_string_append_c(out, *at);
        } else if (at[1] == '\\') {
            g_string_append_c(out, *at++);
        } else if (at[1] == 'n' && strcmp(entry->key, "sample") == 0) {
            g_string_append_c(out, '\n');
            at++;
        } else {
            complain(entry, "bad escape");
        }
    }
    return g_string_free(out, FALSE);
}

static const char *text_at(const Words *words, const char *group, const char *key)
{
    g_autofree char *name = g_strconcat(group, " ", key, NULL);
    return g_hash_table_lookup(words->texts, name);
}

static void read_line(Words *words, const char *line, guint number, char **group)
{
    g_autofree char *key = NULL;
    Entry *entry;
    if (*line == '\0' || *line == '#')
        return;
    entry = g_new0(Entry, 1);
    entry->line = number;
    g_ptr_array_add(words->entries, entry);
    if (*line == '[') {
        g_free(*group);
        *group = g_strndup(line + 1, strcspn(line + 1, "]"));
        entry->group = g_strdup(*group);
        if (line[strlen(*group) + 1] != ']' || line[strlen(*group) + 2] != '\0')
            complain(entry, "rogue characters in a group line");
        if (!g_hash_table_add(words->groups, g_strdup(*group)))
            complain(entry, "group stands twice");
        return;
    }
    const char *equals = strchr(line, '=');
    entry->group = g_strdup(*group != NULL ? *group : "");
    entry->key = g_strndup(line, equals != NULL ? (gsize)(equals - line) : strlen(line));
    entry->text = unescape(entry, equals != NULL ? equals + 1 : "");
    if (equals == NULL || *group == NULL)
        complain(entry, "neither a group nor an entry");
    if (strchr(entry->key, ' ') != NULL || g_str_has_suffix(line, " ") || *entry->text == ' ' ||
        *entry->text == '\0')
        complain(entry, "rogue blanks or no text");
    if (!g_utf8_validate(line, -1, NULL))
        complain(entry, "not UTF-8");
    g_autofree char *name = g_strconcat(entry->group, " ", entry->key, NULL);
    if (!g_hash_table_insert(words->texts, g_steal_pointer(&name), g_strdup(entry->text)))
        complain(entry, "key stands twice");
}

static int setup(void **state)
{
    Words *words = g_new0(Words, 1);
    words->entries = g_ptr_array_new_with_free_func(entry_free);
    words->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    words->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autofree char *path = source_path("glossary/en.ini");
    g_autofree char *file = NULL;
    if (!g_file_get_contents(path, &file, NULL, NULL))
        return -1;
    g_auto(GStrv) lines = g_strsplit(file, "\n", -1);
    g_autofree char *group = NULL;
    failures = 0;
    for (guint i = 0; lines[i] != NULL; i++)
        read_line(words, lines[i], i + 1, &group);
    *state = words;
    return 0;
}

static int teardown(void **state)
{
    Words *words = *state;
    g_ptr_array_unref(words->entries);
    g_hash_table_unref(words->groups);
    g_hash_table_unref(words->texts);
    g_free(words);
    return 0;
}

/* ---- The form of the file ---- */

static void test_form(void **state)
{
    const Words *words = *state;
    assert_int_equal(failures, 0);
    assert_true(words->entries->len > 3000);
}

static gboolean matches(const char *pattern, const char *text)
{
    return g_regex_match_simple(pattern, text, 0, 0);
}

static gboolean is_label(const char *group)
{
    return g_str_has_prefix(group, "label.");
}

static void test_keys(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (!matches("^(smtp|lmtp|pop3|pop2|imap|mail|rcpt|enhanced|sasl|tls|compress|connection|"
                     "note|remark|did|learned|insight|protocol|word|label)\\.[a-z0-9_*$+.-]+$",
                     entry->group))
            complain(entry, "no group is called so");
        const gboolean insight = g_str_has_prefix(entry->group, "insight.");
        if (entry->key == NULL) {
            if (text_at(words, entry->group,
                        is_label(entry->group) ? "text"
                        : insight              ? "answer"
                                               : "normal") == NULL ||
                (insight && text_at(words, entry->group, "question") == NULL))
                complain(entry, "has no text of its own");
        } else if (insight) {
            if (!matches("^(question|answer(-brief)?)$", entry->key))
                complain(entry, "no key is called so");
        } else if (is_label(entry->group)) {
            if (strcmp(entry->key, "text") != 0)
                complain(entry, "labels have the key text only");
        } else if (!matches(
                       "^(line|mistake|reference|verb|sample|asks|state|effect|deep(-bare|-one)?|"
                       "brief(-bare|-one)?|(normal|ok|intermediate|refused|deferred|"
                       "malformed|info|dropped)(-[a-z][a-z-]*)?)$",
                       entry->key)) {
            complain(entry, "no key is called so");
        }
    }
    assert_int_equal(failures, 0);
}

/* `<key>-one`, `-bare`, `-brief`, `-deep` narrow a text that is there. */
static void test_suffixes(void **state)
{
    static const char *const suffixes[] = {"-one", "-bare", "-brief", "-deep"};
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        for (gsize s = 0; entry->key != NULL && s < G_N_ELEMENTS(suffixes); s++) {
            if (!g_str_has_suffix(entry->key, suffixes[s]))
                continue;
            g_autofree char *base = g_strndup(entry->key, strlen(entry->key) - strlen(suffixes[s]));
            if (text_at(words, entry->group, base) == NULL)
                complain(entry, "narrows a text that is not there");
        }
        if (entry->key != NULL &&
            (g_str_equal(entry->key, "normal-brief") || g_str_equal(entry->key, "normal-deep")))
            complain(entry, "is called brief or deep");
    }
    assert_int_equal(failures, 0);
}

static void test_references(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (g_strcmp0(entry->key, "reference") == 0 &&
            !matches("^RFC [1-9][0-9]*( section [1-9][0-9]*(\\.[1-9][0-9]*)*| section [A-Z]| "
                     "appendix [A-Z](\\.[0-9]+)*)?$",
                     entry->text))
            complain(entry, entry->text);
        if (g_strcmp0(entry->key, "verb") == 0 && !matches("^[A-Z0-9+. -]+$", entry->text))
            complain(entry, entry->text);
        if (g_strcmp0(entry->key, "sample") == 0 && !matches("^([CS]: .+\n?)+$", entry->text))
            complain(entry, "lines of a sample begin with C: or S:");
        if (g_strcmp0(entry->key, "asks") == 0 &&
            !matches("^(whole|part|header|facts)$", entry->text))
            complain(entry, entry->text);
        if ((g_strcmp0(entry->key, "state") == 0 || g_strcmp0(entry->key, "effect") == 0)) {
            g_autofree char *label = g_strconcat("label.", entry->key, "-", entry->text, NULL);
            if (text_at(words, label, "text") == NULL)
                complain(entry, "no label says this");
        }
        if (g_strcmp0(entry->key, "line") == 0 && !matches("^\\(.+\\)$", entry->text))
            complain(entry, "what nobody said stands in brackets");
    }
    assert_int_equal(failures, 0);
}

/* ---- Placeholders ---- */

static gboolean is_known(const char *name, const char *group)
{
    /* What proto sets, then what gloss sets; labels and notes have their own. */
    static const char *const names[] = {
        "number", "octets",   "count",       "folder", "destination", "address", "parameters",
        "host",   "user",     "items",       "set",    "flags",       "lines",   "mechanism",
        "uid",    "queue-id", "transaction", "name",   "new-name",    "Client",  "client",
        "hidden", "device",   "verb",        "code",   "cause",       "size",    "value",
        "words",  "used",     "limit",       "prefix", "delimiter",   "rights",  NULL};
    static const char *const more[] = {"session",    "frame", "last-frame", "detail", "step",
                                       "recipients", "more",  "seconds",    NULL};
    if (g_strv_contains(names, name))
        return TRUE;
    if (is_label(group))
        return matches("^[a-z-]+$", name);
    if (matches("^(learned|insight)\\.", group) &&
        (strcmp(name, "other") == 0 || strcmp(name, "message") == 0))
        return TRUE;
    return matches("^(note|remark|did|learned)\\.", group) && g_strv_contains(more, name);
}

/* Set in every step, or wherever such a sentence is chosen. */
static gboolean is_always_set(const Entry *entry, const char *name)
{
    if (g_ascii_strcasecmp(name, "client") == 0 || strcmp(name, "hidden") == 0 ||
        strcmp(name, "device") == 0)
        return TRUE;
    if (g_str_has_prefix(entry->group, "note.kind-") ||
        g_str_has_prefix(entry->group, "note.clock-offset") ||
        matches("^remark\\.(merged|dark|recipients-more|recipient-unanswered)|^(did|learned|"
                "insight)\\.",
                entry->group))
        return TRUE;
    if ((strcmp(name, "cause") == 0 && matches("-caused", entry->key)) ||
        (strcmp(name, "size") == 0 && matches("-size-not-", entry->key)) ||
        (strcmp(name, "octets") == 0 && matches("-size-not-", entry->key)))
        return TRUE;
    return strcmp(name, "count") == 0 &&
           (matches("^[a-z]+-(removed|marked|unmarked|moved|copied|downloaded|headers-read|"
                    "part-read|flagged|stored)",
                    entry->key));
}

static void check_placeholders(const Words *words, const Entry *entry)
{
    g_autoptr(GRegex) regex = g_regex_new("\\{([^}]*)\\}", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_regex_match(regex, entry->text, 0, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *name = g_match_info_fetch(match, 1);
        if (!is_known(name, entry->group)) {
            complain(entry, name);
            continue;
        }
        if (is_label(entry->group) || is_always_set(entry, name) || strcmp(name, "step") == 0)
            continue;
        g_autofree char *base = g_strndup(
            entry->key, strlen(entry->key) - (g_str_has_suffix(entry->key, "-one") ? 4 : 0));
        g_autofree char *bare = g_strconcat(base, "-bare", NULL);
        if (g_str_has_suffix(entry->key, "-bare") || text_at(words, entry->group, bare) == NULL)
            complain(entry, "may have no value: a text with -bare is needed");
    }
}

static void test_placeholders(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (entry->key == NULL || strcmp(entry->key, "sample") == 0)
            continue;
        check_placeholders(words, entry);
    }
    assert_int_equal(failures, 0);
}

/* ---- The rules of writing ---- */

static guint count_words(const char *text)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " ", -1);
    guint n = 0;
    for (gsize i = 0; parts[i] != NULL; i++)
        n += *parts[i] != '\0';
    return n;
}

static char **sentences_of(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new("(?<=[.?!]|[.?!]\") (?=[A-Z{\"<])", 0, 0, NULL);
    return g_regex_split(regex, text, 0);
}

static gboolean is_prose(const Entry *entry)
{
    return entry->key != NULL && !is_label(entry->group) &&
           !matches("^(line|reference|verb|sample|asks|state|effect)$", entry->key);
}

static void test_length(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (!is_prose(entry))
            continue;
        g_auto(GStrv) sentences = sentences_of(entry->text);
        const gboolean more = matches("^(deep|mistake|answer)|-deep", entry->key);
        if (g_strv_length(sentences) > (more ? 3 : 2))
            complain(entry, "too many sentences");
        for (gsize s = 0; sentences[s] != NULL; s++)
            if (count_words(sentences[s]) > 25)
                complain(entry, "a sentence is longer than 25 words");
        if (!matches("[.?!)\"]$", entry->text))
            complain(entry, "a sentence ends with a full stop");
        if (!matches("^[A-Z{\"]", entry->text))
            complain(entry, "a sentence begins with a capital");
    }
    assert_int_equal(failures, 0);
}

/* Brief texts, written or made of the first sentence, have at most 12 words. */
static void test_brief(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (!is_prose(entry) || matches("^(deep|mistake)|-deep", entry->key))
            continue;
        if (matches(
                "^(note|remark|did|learned|insight|protocol|word|sasl|mail|rcpt|enhanced)\\.|\\."
                "(extension|"
                "capability|code|fetch|flag|search|attribute|argument)\\.",
                entry->group))
            continue;
        const gboolean one = g_str_has_suffix(entry->key, "-one");
        const gboolean bare = g_str_has_suffix(entry->key, "-bare");
        g_autofree char *base = g_strndup(entry->key, strlen(entry->key) - (one    ? 4
                                                                            : bare ? 5
                                                                                   : 0));
        g_autofree char *brief =
            strcmp(base, "normal") == 0 ? g_strdup("brief") : g_strconcat(base, "-brief", NULL);
        if (text_at(words, entry->group, brief) != NULL)
            continue;
        g_auto(GStrv) sentences = sentences_of(entry->text);
        if (count_words(sentences[0]) > 12)
            complain(entry, "is longer than 12 words and has no brief form");
    }
    assert_int_equal(failures, 0);
}

static void test_banned(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (entry->key == NULL || strcmp(entry->key, "sample") == 0)
            continue;
        if (g_regex_match_simple("\\b(simply|just|obviously|basically|handshake|downloads?)\\b",
                                 entry->text, G_REGEX_CASELESS, 0))
            complain(entry, "a banned word");
        /* A mistake may quote what people say. */
        if (strcmp(entry->key, "mistake") != 0 &&
            g_regex_match_simple("\\b(deletes|deleted messages)\\b", entry->text, G_REGEX_CASELESS,
                                 0))
            complain(entry, "marks or removes, never deletes");
        if (matches("^(smtp|lmtp)\\.", entry->group) && matches("^(ok|normal|brief)", entry->key) &&
            strstr(entry->text, "delivered") != NULL)
            complain(entry, "accepted, not delivered");
    }
    assert_int_equal(failures, 0);
}

/* What a reply means begins with who says it. */
static void test_actor(void **state)
{
    const Words *words = *state;
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (entry->key == NULL)
            continue;
        if (matches("^(smtp|lmtp|pop3|pop2|imap)\\.", entry->group) &&
            !matches("^imap\\.code\\.", entry->group) &&
            matches("^(ok|refused|deferred|malformed|intermediate|info)", entry->key) &&
            !g_str_has_suffix(entry->key, "-deep") && !g_str_has_prefix(entry->text, "Server"))
            complain(entry, "does not begin with the server");
        if (matches("^smtp\\.reply\\.[0-9]", entry->group) && strcmp(entry->key, "normal") == 0 &&
            !g_str_has_prefix(entry->text, "Server"))
            complain(entry, "does not begin with the server");
    }
    assert_int_equal(failures, 0);
}

/* ---- Entries for every row of the fact tables ---- */

static void need(const Words *words, const char *group)
{
    if (g_hash_table_contains(words->groups, group))
        return;
    failures++;
    print_error("no entry for %s\n", group);
}

/* The first column of a table; NULL where the tables are not at hand. */
static GPtrArray *column(const char *table)
{
    g_autofree char *name = g_strconcat("protocols/", table, NULL);
    g_autofree char *path = shared_path(name);
    g_autofree char *file = NULL;
    if (path == NULL || !g_file_get_contents(path, &file, NULL, NULL))
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(file, "\n", -1);
    for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
        if (*lines[i] != '\0' && *lines[i] != '(')
            g_ptr_array_add(names, g_strndup(lines[i], strcspn(lines[i], "\t")));
    return names;
}

static void need_all(const Words *words, const char *table, const char *prefix)
{
    g_autoptr(GPtrArray) names = column(table);
    if (names == NULL)
        skip();
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *lower = g_ascii_strdown(name + strspn(name, "\\$["), -1);
        if (*lower == '\0')
            continue;
        lower[strcspn(lower, "]( ")] = '\0';
        g_strdelimit(lower, "=/", '-');
        if (g_str_has_suffix(lower, "-") && strcmp(lower, "literal-") != 0)
            lower[strlen(lower) - 1] = '\0';
        g_autofree char *group = g_strconcat(prefix, lower, NULL);
        need(words, group);
    }
}

static void test_commands(void **state)
{
    static const char *const tables[] = {"smtp-commands.tsv", "pop3-commands.tsv",
                                         "imap-commands.tsv"};
    const Words *words = *state;
    failures = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autoptr(GPtrArray) keys = column(tables[i]);
        if (keys == NULL)
            skip();
        for (guint k = 0; k < keys->len; k++)
            need(words, g_ptr_array_index(keys, k));
    }
    assert_int_equal(failures, 0);
}

static void test_names(void **state)
{
    const Words *words = *state;
    failures = 0;
    need_all(words, "smtp-extensions.tsv", "smtp.extension.");
    need_all(words, "smtp-replies.tsv", "smtp.reply.");
    need_all(words, "enhanced-status.tsv", "enhanced.");
    need_all(words, "pop3-capabilities.tsv", "pop3.capability.");
    need_all(words, "imap-response-codes.tsv", "imap.code.");
    need_all(words, "imap-capabilities.tsv", "imap.capability.");
    need_all(words, "imap-mailbox-attributes.tsv", "imap.attribute.");
    assert_int_equal(failures, 0);
}

/* No entry for a command that no table has. */
static void test_surplus(void **state)
{
    static const char *const tables[] = {"smtp-commands.tsv", "pop3-commands.tsv",
                                         "imap-commands.tsv"};
    static const char *const others[] = {"smtp.unasked",     "pop3.unasked", "pop3.answer",
                                         "rcpt.alt-address", "mail.xverp",   NULL};
    const Words *words = *state;
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autoptr(GPtrArray) keys = column(tables[i]);
        if (keys == NULL)
            skip();
        for (guint k = 0; k < keys->len; k++)
            g_hash_table_add(known, g_strdup(g_ptr_array_index(keys, k)));
    }
    failures = 0;
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (entry->key == NULL &&
            matches("^(smtp|lmtp|pop3|pop2|imap|mail|rcpt)\\.", entry->group) &&
            !matches("^[a-z0-9]+\\.(reply|extension|capability|code|response|fetch|flag|search|"
                     "attribute|argument)\\.",
                     entry->group) &&
            !g_hash_table_contains(known, entry->group) && !g_strv_contains(others, entry->group))
            complain(entry, "no command is called so");
    }
    assert_int_equal(failures, 0);
}

/* Keys that other stages name and no table has. */
static void test_agreed(void **state)
{
    static const char *const keys[] = {"smtp.unknown",
                                       "pop3.unknown",
                                       "imap.unknown",
                                       "smtp.drop",
                                       "pop3.drop",
                                       "imap.drop",
                                       "tls.begins",
                                       "tls.from-start",
                                       "sasl.layer-begins",
                                       "compress.begins",
                                       "compress.fails",
                                       "connection.silent",
                                       "connection.refused",
                                       "imap.response.exists",
                                       "imap.response.recent",
                                       "imap.response.expunge",
                                       "imap.response.vanished-earlier",
                                       "imap.response.untagged-ok",
                                       "imap.response.untagged-no",
                                       "imap.response.untagged-bad",
                                       "imap.response.bye",
                                       "imap.response.preauth",
                                       "imap.response.continuation",
                                       "imap.response.unknown",
                                       "note.gap",
                                       "note.overlap-differs",
                                       "note.duplicate-packets",
                                       "note.packet-cut",
                                       "note.file-cut",
                                       "note.file-damaged",
                                       "note.linktype-unknown",
                                       "note.fragments-incomplete",
                                       "note.fragments-overlap",
                                       "note.clock-odd",
                                       "note.encrypted",
                                       "note.bare-lf",
                                       "note.reply-unexpected",
                                       "note.injection",
                                       "note.smuggling",
                                       "sasl.unknown",
                                       "imap.fetch.body-peek",
                                       "imap.fetch.body-header-fields",
                                       "imap.fetch.body-part",
                                       "imap.flag.deleted",
                                       "imap.search.unseen",
                                       "imap.capability.auth",
                                       "pop3.code.in-use"};
    const Words *words = *state;
    failures = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        need(words, keys[i]);
    assert_int_equal(failures, 0);
}

/* The stage reads all of it. */
static void test_loads(void **state)
{
    const Words *words = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, &error);
    assert_null(error);
    for (guint i = 0; i < words->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(words->entries, i);
        if (entry->key != NULL)
            assert_string_equal(mg_glossary_get(glossary, entry->group, entry->key), entry->text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),         cmocka_unit_test(test_keys),
        cmocka_unit_test(test_suffixes),     cmocka_unit_test(test_references),
        cmocka_unit_test(test_placeholders), cmocka_unit_test(test_length),
        cmocka_unit_test(test_brief),        cmocka_unit_test(test_banned),
        cmocka_unit_test(test_actor),        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_surplus),
        cmocka_unit_test(test_agreed),       cmocka_unit_test(test_loads),
    };
    return cmocka_run_group_tests_name("glossary", tests, setup, teardown);
}
