/* Hold the recorded steps against what a dialogue expects. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const Record *record;
    GString *wrong;
    const char *path;
    guint line;
} Judge;

static void G_GNUC_PRINTF(2, 3) object(Judge *j, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_printf(j->wrong, "%s:%u: ", j->path, j->line);
    g_string_append_vprintf(j->wrong, format, arguments);
    g_string_append_c(j->wrong, '\n');
    va_end(arguments);
}

static const char *step_value(const RecordedStep *step, const char *name)
{
    if (strcmp(name, "key") == 0)
        return step->key;
    if (strcmp(name, "kind") == 0)
        return mg_step_kind_word(step->kind);
    if (strcmp(name, "outcome") == 0)
        return mg_outcome_word(step->outcome);
    if (strcmp(name, "verb") == 0)
        return step->verb;
    if (strcmp(name, "line") == 0)
        return step->line;
    if (strcmp(name, "code") == 0)
        return step->code;
    if (strcmp(name, "variant") == 0)
        return step->variant;
    if (strcmp(name, "known") == 0)
        return step->known ? "true" : "false";
    if (g_str_has_prefix(name, "arg."))
        return g_hash_table_lookup(step->args, name + 4);
    return "(no such property)";
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *message_places(const MgMessage *message)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->state == MG_COPY_REMOVED)
            continue;
        const char *word = mg_place_word(copy->place);
        g_ptr_array_add(places, copy->folder != NULL ? g_strdup_printf("%s:%s", word, copy->folder)
                                                     : g_strdup(word));
    }
    g_ptr_array_sort(places, by_text);
    g_ptr_array_add(places, NULL);
    return g_strjoinv(",", (char **)places->pdata);
}

/* Of the copy in a mailbox; "" where they are none or not known. */
static char *message_flags(const MgMessage *message)
{
    g_autoptr(GPtrArray) flags = g_ptr_array_new();
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->place != MG_PLACE_MAILBOX || copy->state == MG_COPY_REMOVED)
            continue;
        for (guint k = 0; copy->flags != NULL && k < copy->flags->len; k++)
            g_ptr_array_add(flags, g_ptr_array_index(copy->flags, k));
    }
    g_ptr_array_add(flags, NULL);
    return g_strjoinv(" ", (char **)flags->pdata);
}

static char *recipient_outcome(const MgMessage *message, const char *address)
{
    for (guint i = 0; i < message->recipients->len; i++) {
        const MgRecipient *recipient = g_ptr_array_index(message->recipients, i);
        if (strcmp(recipient->address, address) != 0)
            continue;
        const char *outcome = mg_outcome_word(recipient->outcome);
        return recipient->report_action != NULL
                   ? g_strdup_printf("%s,%s,%s", outcome, recipient->report_action,
                                     recipient->report_status != NULL ? recipient->report_status
                                                                      : "-")
                   : g_strdup(outcome);
    }
    return g_strdup("(no such recipient)");
}

/* Hops that Received fields tell of, or those of them that were not seen. */
static guint count_hops(const MgMessage *message, gboolean unseen_only)
{
    guint n = 0;
    for (guint i = 0; message->hops != NULL && i < message->hops->len; i++)
        n += !unseen_only || !mg_message_hop_seen(message, g_ptr_array_index(message->hops, i));
    return n;
}

static char *message_value(const MgMessage *message, const char *name)
{
    if (g_str_has_prefix(name, "outcome."))
        return recipient_outcome(message, name + strlen("outcome."));
    if (strcmp(name, "reports") == 0)
        return message->reports_on != 0 ? g_strdup_printf("M%u,%s", message->reports_on,
                                                          mg_reported_word(message->reported_by))
                                        : g_strdup(message->report != NULL ? "unknown" : "");
    if (strcmp(name, "hops") == 0)
        return g_strdup_printf("%u", count_hops(message, FALSE));
    if (strcmp(name, "told") == 0)
        return g_strdup_printf("%u", count_hops(message, TRUE));
    if (strcmp(name, "location") == 0)
        return mg_where_words(message->where);
    if (strcmp(name, "id") == 0)
        return g_strdup(message->message_id != NULL ? message->message_id : "");
    if (strcmp(name, "subject") == 0)
        return g_strdup(message->subject != NULL ? message->subject : "");
    if (strcmp(name, "qualifier") == 0)
        return g_strdup(message->qualifier != NULL ? message->qualifier : "");
    if (strcmp(name, "merged") == 0)
        return g_strdup_printf("%u", message->merged_into);
    if (strcmp(name, "places") == 0)
        return message_places(message);
    if (strcmp(name, "flags") == 0)
        return message_flags(message);
    if (strcmp(name, "copies") == 0) {
        guint n = 0;
        for (guint i = 0; i < message->copies->len; i++)
            n += ((const MgCopy *)g_ptr_array_index(message->copies, i))->state != MG_COPY_REMOVED;
        return g_strdup_printf("%u", n);
    }
    return g_strdup("(no such property)");
}

static gboolean is_message(const char *word)
{
    return word[0] == 'M' && g_ascii_isdigit(word[1]) && strchr(word, '=') == NULL;
}

static void check_movements(Judge *j, const RecordedStep *step, char **words)
{
    guint n = 0;
    for (char **word = words; *word != NULL; word++) {
        if (!is_message(*word))
            continue;
        if (word[1] == NULL || word[2] == NULL) {
            object(j, "a movement is M<number> EVENT \"LOCATION\"");
            return;
        }
        const RecordedMovement *movement =
            n < step->movements->len ? g_ptr_array_index(step->movements, n) : NULL;
        const guint64 learned =
            word[3] != NULL && word[3][0] == '<' ? g_ascii_strtoull(word[3] + 1, NULL, 10) : 0;
        n++;
        if (movement == NULL || movement->learned != learned ||
            movement->message != (guint)atoi(word[0] + 1) ||
            strcmp(mg_event_word(movement->event), word[1]) != 0 ||
            strcmp(movement->where, word[2]) != 0) {
            object(j, "expected %s %s \"%s\" <%" G_GUINT64_FORMAT " in this step:\n%s", word[0],
                   word[1], word[2], learned, step->dump);
            return;
        }
        word += learned != 0 ? 3 : 2;
    }
    if (n > 0 && n != step->movements->len)
        object(j, "expected %u movements, not %u, in this step:\n%s", n, step->movements->len,
               step->dump);
}

static void check_step(Judge *j, char **words)
{
    guint64 number = words[1] != NULL ? g_ascii_strtoull(words[1], NULL, 10) : 0;
    if (number == 0 || number > j->record->steps->len) {
        object(j, "there is no step %" G_GUINT64_FORMAT, number);
        return;
    }
    const RecordedStep *step = g_ptr_array_index(j->record->steps, number - 1);
    for (char **word = words + 2; *word != NULL && !is_message(*word); word++) {
        const char *equals = strchr(*word, '=');
        if (equals == NULL) {
            object(j, "“%s” is no KEY=VALUE", *word);
            continue;
        }
        g_autofree char *name = g_strndup(*word, (gsize)(equals - *word));
        const char *value = step_value(step, name);
        if (g_strcmp0(value, equals + 1) != 0)
            object(j, "expected %s=%s, got %s, in this step:\n%s", name, equals + 1,
                   value != NULL ? value : "(none)", step->dump);
    }
    check_movements(j, step, words + 2);
}

static void check_message(Judge *j, char **words)
{
    guint number = words[1] != NULL && words[1][0] == 'M' ? (guint)atoi(words[1] + 1) : 0;
    const MgMessage *message = number > 0 && number <= mg_ledger_count(j->record->ledger)
                                   ? mg_ledger_message(j->record->ledger, number)
                                   : NULL;
    if (message == NULL) {
        object(j, "there is no message %s", words[1]);
        return;
    }
    for (char **word = words + 2; *word != NULL; word++) {
        const char *equals = strchr(*word, '=');
        g_autofree char *name = equals != NULL ? g_strndup(*word, (gsize)(equals - *word)) : NULL;
        g_autofree char *value = name != NULL ? message_value(message, name) : NULL;
        if (value == NULL || strcmp(value, equals + 1) != 0)
            object(j, "expected %s of %s, got %s", *word, words[1], value);
    }
}

static void check_says(Judge *j, char **words)
{
    const guint64 number = words[1] != NULL ? g_ascii_strtoull(words[1], NULL, 10) : 0;
    const char *said = number > 0 ? words_of(j->record->words, (guint)number - 1) : "";
    if (number == 0 || words[2] == NULL)
        object(j, "it is says STEP \"TEXT\"");
    for (char **text = words + 2; number > 0 && *text != NULL; text++)
        if (strstr(said, *text) == NULL)
            object(j, "“%s” is not said of this step, but:\n%s", *text, said);
}

static void check_masked(Judge *j, const char *secret)
{
    gboolean hidden = FALSE;
    for (guint i = 0; i < j->record->steps->len; i++) {
        const RecordedStep *step = g_ptr_array_index(j->record->steps, i);
        for (guint k = 0; k < step->hidden->len; k++)
            hidden |= strstr(g_ptr_array_index(step->hidden, k), secret) != NULL;
        for (guint k = 0; k < step->shown->len; k++)
            if (strstr(g_ptr_array_index(step->shown, k), secret) != NULL)
                object(j, "“%s” is not covered in this step:\n%s", secret, step->dump);
    }
    /* "pass" stands in "password" too. */
    for (guint i = 0; i < j->record->steps->len && strlen(secret) > 5; i++)
        if (strstr(words_of(j->record->words, i), secret) != NULL)
            object(j, "“%s” is told in the words of step %u", secret, i + 1);
    if (!hidden)
        object(j, "“%s” is nowhere covered", secret);
}

/* What a dialogue covers is in it, and has words. */
static void check_covers(Judge *j, const GPtrArray *covers)
{
    for (guint i = 0; i < covers->len; i++) {
        const char *key = g_ptr_array_index(covers, i);
        if (!rows_has(j->record, key))
            object(j, "covers %s, but does not show it", key);
        else if (!words_explain(j->record->words, key))
            object(j, "covers %s, but does not say what it is", key);
    }
}

char *expect_check(const Script *script, const Record *record)
{
    Judge j = {.record = record, .wrong = g_string_new(NULL), .path = script->path};
    check_covers(&j, script->covers);
    for (guint i = 0; i < script->expectations->len; i++) {
        const Expectation *expectation = g_ptr_array_index(script->expectations, i);
        char **words = expectation->words;
        j.line = expectation->line;
        if (strcmp(words[0], "steps") == 0) {
            if (words[1] == NULL || (guint)atoi(words[1]) != record->steps->len)
                object(&j, "expected %s steps, got %u", words[1], record->steps->len);
        } else if (strcmp(words[0], "step") == 0) {
            check_step(&j, words);
        } else if (strcmp(words[0], "message") == 0) {
            check_message(&j, words);
        } else if (strcmp(words[0], "note") == 0) {
            if (words[1] == NULL || !record_has_note(record, words[1]))
                object(&j, "there is no note %s", words[1]);
        } else if (strcmp(words[0], "says") == 0) {
            check_says(&j, words);
        } else if (words[1] != NULL) {
            check_masked(&j, words[1]);
        }
    }
    return g_string_free(j.wrong, j.wrong->len == 0);
}
