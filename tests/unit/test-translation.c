/* Every glossary of another language says all that the English one says, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "mg-step.h"

enum {
    WORDS_OF_A_SENTENCE = 25,
    WORDS_OF_A_BRIEF = 18,
    /* "POP3", "INBOX", "yes, marked": so short, two languages may agree. */
    WORDS_IN_COMMON = 3,
};

/* Keys that are the same in every language; a translation may have them, and need not. */
static const char *const free_keys[] = {"verb",  "reference", "sample", "asks",
                                        "state", "effect",    NULL};

/* Labels that hold a proper name. */
static const char *const proper_names[] = {"label.name-smtp", "label.name-pop3", "label.name-imap",
                                           NULL};

typedef struct {
    char *language;
    GKeyFile *english, *other;
} Pair;

static guint failures;

static void complain(const Pair *pair, const char *group, const char *key, const char *what)
{
    failures++;
    print_error("%s.ini [%s] %s: %s\n", pair->language, group, key != NULL ? key : "", what);
}

static GKeyFile *load(const char *language)
{
    const char *srcdir = g_getenv("srcdir");
    g_autofree char *name = g_strconcat(language, ".ini", NULL);
    g_autofree char *path = g_build_filename(srcdir != NULL ? srcdir : ".", "glossary", name, NULL);
    GKeyFile *file = g_key_file_new();
    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL))
        fail_msg("%s cannot be read", path);
    return file;
}

static void pair_free(gpointer data)
{
    Pair *pair = data;
    g_free(pair->language);
    g_key_file_free(pair->english);
    g_key_file_free(pair->other);
    g_free(pair);
}

static int setup(void **state)
{
    g_auto(GStrv) languages = mg_glossary_languages();
    GPtrArray *pairs = g_ptr_array_new_with_free_func(pair_free);
    for (gsize i = 0; languages[i] != NULL; i++) {
        if (strcmp(languages[i], "en") == 0)
            continue;
        Pair *pair = g_new0(Pair, 1);
        pair->language = g_strdup(languages[i]);
        pair->english = load("en");
        pair->other = load(languages[i]);
        g_ptr_array_add(pairs, pair);
    }
    *state = pairs;
    return pairs->len > 0 ? 0 : -1;
}

static int teardown(void **state)
{
    g_ptr_array_unref(*state);
    return 0;
}

static gboolean has(GKeyFile *file, const char *group, const char *key)
{
    return g_key_file_has_group(file, group) &&
           (key == NULL || g_key_file_has_key(file, group, key, NULL));
}

/* Call for every key of `from`; key NULL first, for the group itself. */
static void each(const Pair *pair, GKeyFile *from,
                 void (*check)(const Pair *pair, const char *group, const char *key))
{
    g_auto(GStrv) groups = g_key_file_get_groups(from, NULL);
    for (gsize g = 0; groups[g] != NULL; g++) {
        g_auto(GStrv) keys = g_key_file_get_keys(from, groups[g], NULL, NULL);
        check(pair, groups[g], NULL);
        for (gsize k = 0; keys != NULL && keys[k] != NULL; k++)
            check(pair, groups[g], keys[k]);
    }
}

static void check_translated(const Pair *pair, const char *group, const char *key)
{
    if (has(pair->other, group, key) || (key != NULL && !has(pair->other, group, NULL)))
        return;
    if (key == NULL)
        complain(pair, group, key, "the group is not translated");
    else if (!g_strv_contains(free_keys, key))
        complain(pair, group, key, "not translated");
}

static void check_known(const Pair *pair, const char *group, const char *key)
{
    if (!has(pair->english, group, key))
        complain(pair, group, key, "en.ini has no such entry");
}

static char **placeholders(const char *text)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    for (const char *open = strchr(text, '{'); open != NULL; open = strchr(open + 1, '{')) {
        g_autofree char *name = g_strndup(open, strcspn(open, "}"));
        g_strv_builder_add(names, name);
    }
    char **all = g_strv_builder_end(names);
    for (gsize i = 0; all[i] != NULL; i++)
        for (gsize k = i; k > 0 && strcmp(all[k - 1], all[k]) > 0; k--) {
            char *swap = all[k];
            all[k] = all[k - 1];
            all[k - 1] = swap;
        }
    return all;
}

static guint count(const char *text, const char *what)
{
    guint n = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

static guint count_words(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, " ", -1);
    guint n = 0;
    for (gsize i = 0; parts[i] != NULL; i++)
        n += *parts[i] != '\0';
    return n;
}

static char **sentences_of(const char *text)
{
    return g_regex_split_simple("(?<=[.?!]|[.?!][\"»]) (?=[\\p{Lu}{\"«<¿¡])", text, 0, 0);
}

static void check_pairs_of_marks(const Pair *pair, const char *group, const char *key,
                                 const char *text)
{
    static const char *const marks[][2] = {{"(", ")"}, {"{", "}"}, {"«", "»"}, {"“", "”"}};
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (count(text, marks[i][0]) != count(text, marks[i][1]))
            complain(pair, group, key, "a mark that is opened is not closed, or the reverse");
    if (count(text, "\"") % 2 != 0)
        complain(pair, group, key, "a quotation is not closed");
    if (strcmp(pair->language, "es") == 0 &&
        (count(text, "¿") != count(text, "?") || count(text, "¡") != count(text, "!")))
        complain(pair, group, key, "a question or cry needs both of its signs");
}

/* The last sign of a text says whether it is a sentence, a question or a label. */
static char last_sign(const char *text)
{
    const char last = *text != '\0' ? text[strlen(text) - 1] : '\0';
    return strchr(".?!:)", last) != NULL ? last : '\0';
}

static void check_text(const Pair *pair, const char *group, const char *key)
{
    if (key == NULL || strcmp(key, "sample") == 0 || !has(pair->english, group, key))
        return;
    g_autofree char *english = g_key_file_get_string(pair->english, group, key, NULL);
    g_autofree char *other = g_key_file_get_string(pair->other, group, key, NULL);
    if (other == NULL || *other == '\0' || g_ascii_isspace(*other) ||
        g_str_has_suffix(other, " ")) {
        complain(pair, group, key, "no text, or blanks around it");
        return;
    }
    g_auto(GStrv) wanted = placeholders(english);
    g_auto(GStrv) given = placeholders(other);
    if (!g_strv_equal((const char *const *)wanted, (const char *const *)given))
        complain(pair, group, key, "other placeholders than in English");
    check_pairs_of_marks(pair, group, key, other);
    if (last_sign(english) != last_sign(other))
        complain(pair, group, key, "ends in another sign than in English");
    if (strcmp(key, "mistake") == 0 && *other != '"')
        complain(pair, group, key, "a mistake begins with what people say, quoted");
    g_auto(GStrv) theirs = sentences_of(english);
    g_auto(GStrv) ours = sentences_of(other);
    for (gsize i = 0; ours[i] != NULL; i++) {
        if (count_words(ours[i]) > WORDS_OF_A_SENTENCE)
            complain(pair, group, key, "a sentence is longer than 25 words");
        if (count_words(ours[i]) > WORDS_IN_COMMON && !g_strv_contains(free_keys, key) &&
            !g_strv_contains(proper_names, group) &&
            g_strv_contains((const char *const *)theirs, ours[i]))
            complain(pair, group, key, "a sentence is still English");
    }
    if ((strcmp(key, "brief") == 0 || g_str_has_suffix(key, "-brief")) &&
        count_words(other) > WORDS_OF_A_BRIEF)
        complain(pair, group, key, "a brief text is longer than 18 words");
    /* "de {client}" would become "de el cliente". */
    if (strcmp(pair->language, "es") == 0 &&
        g_regex_match_simple("\\b(de|a) \\{(client|device)\\}", other, G_REGEX_CASELESS, 0))
        complain(pair, group, key, "an article melts with the word before it");
}

static void each_pair(void **state, gboolean of_english,
                      void (*check)(const Pair *pair, const char *group, const char *key))
{
    const GPtrArray *pairs = *state;
    failures = 0;
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(pairs, i);
        each(pair, of_english ? pair->english : pair->other, check);
    }
    assert_int_equal(failures, 0);
}

static void test_everything_is_translated(void **state)
{
    each_pair(state, TRUE, check_translated);
}

static void test_nothing_is_added(void **state)
{
    each_pair(state, FALSE, check_known);
}

static void test_texts(void **state)
{
    each_pair(state, FALSE, check_text);
}

/* The stage reads the file, and takes what it lacks from English. */
static void test_loads(void **state)
{
    const GPtrArray *pairs = *state;
    for (guint i = 0; i < pairs->len; i++) {
        const Pair *pair = g_ptr_array_index(pairs, i);
        g_autofree char *locale = g_strconcat(pair->language, "_XX.UTF-8", NULL);
        g_autofree char *language = mg_glossary_language(locale);
        assert_string_equal(language, pair->language);
        g_autoptr(GError) error = NULL;
        g_autoptr(MgGlossary) glossary = mg_glossary_new(language, NULL, &error);
        assert_null(error);
        assert_string_equal(mg_glossary_label(glossary, "language-code"), pair->language);
        g_autofree char *ok = g_key_file_get_string(pair->other, "pop3.retr", "ok", NULL);
        assert_string_equal(mg_glossary_get(glossary, "pop3.retr", "ok"), ok);
        assert_string_equal(mg_glossary_get(glossary, "pop3.retr", "verb"), "RETR");
        g_autofree char *dump = mg_glossary_dump(language);
        assert_non_null(strstr(dump, ok));
    }
}

static void test_names_of_languages(void **state)
{
    static const char *const none[] = {"",    "e", "xx",    "español",  "esp",           "ES",
                                       "en1", "C", "POSIX", "es/../en", "en.ini/../es.x"};
    for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
        g_autofree char *language = mg_glossary_language(none[i]);
        const gboolean cut = strcmp(none[i], "en.ini/../es.x") == 0;
        assert_true(cut ? g_strcmp0(language, "en") == 0 : language == NULL);
    }
    assert_null(mg_glossary_language(NULL));
    g_auto(GStrv) languages = mg_glossary_languages();
    assert_string_equal(languages[0], "en");
    assert_true(g_strv_contains((const char *const *)languages, "es"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_translated),
        cmocka_unit_test(test_nothing_is_added),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_names_of_languages),
    };
    return cmocka_run_group_tests_name("translation", tests, setup, teardown);
}
