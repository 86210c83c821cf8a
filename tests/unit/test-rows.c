/* What the parsers can name and what the glossary explains are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "mg-exchange.h"
#include "mg-step.h"

static const MgProtocol protocols[] = {MG_PROTOCOL_SMTP, MG_PROTOCOL_LMTP, MG_PROTOCOL_POP3,
                                       MG_PROTOCOL_IMAP};

/* A reply in a context may be explained by its code, or by the class of its code. */
static gboolean explains(const MgGlossary *glossary, const char *key)
{
    if (mg_glossary_get(glossary, key, "normal") != NULL)
        return TRUE;
    const gsize prefix = strlen("smtp.reply.");
    if (!g_str_has_prefix(key, "smtp.reply.") || strlen(key) < prefix + 3)
        return FALSE;
    g_autofree char *code = g_strndup(key, prefix + 3);
    g_autofree char *class = g_strdup_printf("smtp.reply.%cyz", key[prefix]);
    return mg_glossary_get(glossary, code, "normal") != NULL ||
           mg_glossary_get(glossary, class, "normal") != NULL;
}

/* Every row has an entry of its own, and a command can be looked up by its verb. */
static void test_rows_are_explained(void **state)
{
    g_autoptr(MgGlossary) glossary = mg_glossary_new("en", NULL, NULL);
    assert_non_null(glossary);
    guint missing = 0;
    for (gsize p = 0; p < G_N_ELEMENTS(protocols); p++) {
        guint n;
        const MgProtoRow *rows = mg_proto_rows(protocols[p], &n);
        for (guint i = 0; i < n; i++) {
            if (!explains(glossary, rows[i].key)) {
                print_error("%s: no entry explains it\n", rows[i].key);
                missing++;
            }
            const char *const words[] = {mg_protocol_word(protocols[p]), rows[i].verb, NULL};
            if (rows[i].verb == NULL)
                continue;
            g_autofree char *text = mg_gloss_explain(glossary, words);
            if (text == NULL) {
                print_error("%s %s: --explain knows nothing of it\n", words[0], words[1]);
                missing++;
            }
        }
    }
    assert_int_equal(missing, 0);
}

/* Nothing is named twice: a key is the name of one row. */
static void test_rows_are_there(void **state)
{
    static const guint least[] = {30, 20, 30, 90};
    for (gsize p = 0; p < G_N_ELEMENTS(protocols); p++) {
        guint n;
        const MgProtoRow *rows = mg_proto_rows(protocols[p], &n);
        assert_true(n >= least[p] || protocols[p] == MG_PROTOCOL_LMTP);
        for (guint i = 0; i < n; i++)
            assert_non_null(rows[i].key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_explained),
        cmocka_unit_test(test_rows_are_there),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
