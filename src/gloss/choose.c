/* Which entry of the glossary says what a command does and what its reply means.
 *
 * A reply, the narrower first:
 *
 *   1. the command's `<outcome>-<event>-caused` (an earlier step, {cause}, did it),
 *      `<outcome>-<event>-<variant>`, `<outcome>-<event>-<where>` and `<outcome>-<event>`, by
 *      what moved
 *   2. the command's `<outcome>-<variant>`, by the exchange's variant or one that it shows by
 *      itself: `-cut`, `-single`, and for FETCH `-whole`, `-part`, `-header`, `-facts`
 *   3. the reply's own group ("smtp.reply.550.rcpt")
 *   4. the command's `<outcome>`
 *   5. the reply by its code alone ("smtp.reply.550"), then its class ("smtp.reply.5yz")
 *
 * The sentence of an enhanced status or response code follows where it adds a reason: always
 * behind a refusal, behind an OK only where its group has an `ok`.
 */
#include "gloss.h"

#include <string.h>

static const char *outcome_key(MgOutcome outcome)
{
    return outcome == MG_OUTCOME_UNANSWERED ? "dropped" : mg_outcome_word(outcome);
}

/* What came of it.  A refusal that nobody asked for (a greeting of 554) is one all the same. */
static MgOutcome outcome_of(const MgExchange *exchange, const MgReply *answer)
{
    if (exchange->outcome != MG_OUTCOME_INFO || answer == NULL)
        return exchange->outcome;
    switch (answer->outcome) {
    case MG_OUTCOME_REFUSED:
    case MG_OUTCOME_DEFERRED:
    case MG_OUTCOME_MALFORMED:
        return answer->outcome;
    default:
        return MG_OUTCOME_INFO;
    }
}

const char *mg_where_tag(MgWhere where)
{
    static const char *const tags[] = {NULL, "device", "server", "both", "deleted", "unknown"};
    if (where.other != MG_LOCATION_NONE)
        return "doubt";
    return (guint)where.is < G_N_ELEMENTS(tags) ? tags[where.is] : NULL;
}

/* The reply that decides: IMAP's tagged line, else the last one of the exchange's outcome, else
 * the last one. */
static const MgReply *answer_of(const MgExchange *exchange)
{
    const MgReply *answer = NULL;
    const gboolean imap =
        exchange->session != NULL && exchange->session->protocol == MG_PROTOCOL_IMAP;
    for (guint i = exchange->replies->len; i-- > 0;) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        if (imap ? reply->key == NULL : reply->outcome == exchange->outcome)
            return reply;
    }
    if (exchange->replies->len > 0)
        answer = g_ptr_array_index(exchange->replies, imap ? 0 : exchange->replies->len - 1);
    return answer;
}

/* What changes the place goes before what does not; then what the step did before what it only
 * let us see, and that before a change of flags; what others did comes last. */
static int weight(const MgMovement *movement)
{
    if (mg_learned(movement))
        return -1;
    const int kind = movement->event == MG_EVENT_FLAGGED     ? 0
                     : movement->event == MG_EVENT_DELIVERED ? 1
                                                             : 2;
    return (movement->changed ? 3 : 0) + kind;
}

/* The movement that decides, how many messages its event concerns, and where they all are. */
static void decide(MgChoice *choice, const GPtrArray *movements)
{
    for (guint i = 0; i < movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(movements, i);
        if (choice->moved == NULL || weight(movement) > weight(choice->moved))
            choice->moved = movement;
    }
    /* What others did has sentences of its own. */
    if (choice->moved != NULL && mg_learned(choice->moved))
        choice->moved = NULL;
    if (choice->moved == NULL)
        return;
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    gboolean agree = TRUE;
    for (guint i = 0; i < movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(movements, i);
        if (movement->event != choice->moved->event || mg_learned(movement))
            continue;
        agree = agree && mg_where_equal(movement->where, choice->moved->where);
        if (movement->cause_step != choice->moved->cause_step)
            continue;
        g_hash_table_add(seen, GUINT_TO_POINTER(movement->message));
    }
    choice->messages = g_hash_table_size(seen);
    choice->where = agree ? mg_where_tag(choice->moved->where) : NULL;
    if (agree && choice->moved->where.is == MG_LOCATION_DEVICE &&
        choice->moved->where.other == MG_LOCATION_NONE && choice->moved->device_name == NULL)
        choice->where = "devices";
}

void mg_choose_init(MgChoice *choice, const MgGlossary *glossary, const MgMoved *moved,
                    const MgGlossOptions *options, GHashTable *values)
{
    *choice = (MgChoice){
        .glossary = glossary,
        .exchange = moved->exchange,
        .answer = answer_of(moved->exchange),
        .level = options->detail,
        .show_secrets = options->show_secrets,
        .values = values,
    };
    choice->outcome = outcome_of(choice->exchange, choice->answer);
    decide(choice, moved->movements);
}

static char *phrase(const MgChoice *choice, const char *group, const char *key)
{
    return mg_phrase(choice->glossary, group, key, choice->level, choice->values);
}

/* Undo a change of a value; `old` NULL: it had none. */
static void restore(GHashTable *values, const char *name, const char *old)
{
    if (old != NULL)
        mg_values_set(values, name, "%s", old);
    else
        g_hash_table_remove(values, name);
}

/* ---- Variants that the exchange shows by itself ---- */

/* A text without its end is not "the whole message". */
static const char *cut_variant(const MgChoice *choice)
{
    const MgContent *content = choice->exchange->content;
    return content != NULL && !content->complete ? "cut" : NULL;
}

/* A reply of one line lists nothing. */
static const char *single_variant(const MgChoice *choice)
{
    const MgReply *answer = choice->answer;
    return answer != NULL && answer->lines->len + answer->more_lines <= 1 ? "single" : NULL;
}

/* What a FETCH asks for at most: its items say it. */
static const char *asks_variant(const MgChoice *choice)
{
    static const char *const most[] = {"whole", "part", "header", "facts"};
    gsize best = G_N_ELEMENTS(most);
    for (guint i = 0; i < choice->exchange->details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(choice->exchange->details, i);
        if (detail->in_reply || detail->key == NULL ||
            !g_str_has_prefix(detail->key, "imap.fetch."))
            continue;
        const char *group = mg_detail_group(choice->glossary, detail);
        const char *asks = mg_glossary_get(choice->glossary, group, "asks");
        for (gsize k = 0; k < best; k++)
            if (g_strcmp0(asks, most[k]) == 0)
                best = k;
    }
    return best < G_N_ELEMENTS(most) ? most[best] : NULL;
}

const char *mg_detail_group(const MgGlossary *glossary, const MgDetail *detail)
{
    if (detail->key == NULL)
        return NULL;
    /* AUTH=PLAIN: what this way to log in is. */
    static const char auth[] = "imap.capability.auth-";
    if (g_str_has_prefix(detail->key, auth)) {
        g_autofree char *sasl = g_strconcat("sasl.", detail->key + strlen(auth), NULL);
        const char *group = mg_glossary_find(glossary, sasl);
        if (group != NULL)
            return group;
    }
    /* BODY without brackets asks for the structure, BODY[] for the message. */
    if (strcmp(detail->key, "imap.fetch.body") == 0 && strchr(detail->token, '[') == NULL)
        return mg_glossary_find(glossary, "imap.fetch.body-structure");
    return mg_glossary_find(glossary, detail->key);
}

/* The sentence under `key` or one narrowed by what moved or by the variant. */
static char *narrowed(const MgChoice *choice, const char *group, const char *key)
{
    if (choice->moved != NULL) {
        const char *event = mg_event_word(choice->moved->event);
        const char *variant = choice->exchange->variant;
        g_autofree char *by_cause = g_strjoin("-", key, event, "caused", NULL);
        g_autofree char *by_variant =
            variant != NULL ? g_strjoin("-", key, event, variant, NULL) : NULL;
        g_autofree char *by_where =
            choice->where != NULL ? g_strjoin("-", key, event, choice->where, NULL) : NULL;
        g_autofree char *by_event = g_strjoin("-", key, event, NULL);
        const char *const keys[] = {choice->moved->cause_step != 0 ? by_cause : NULL, by_variant,
                                    by_where, by_event};
        const char *found = NULL;
        for (gsize i = 0; found == NULL && i < G_N_ELEMENTS(keys); i++)
            if (keys[i] != NULL && mg_phrase_exists(choice->glossary, group, keys[i]))
                found = keys[i];
        if (choice->moved->cause_step != 0)
            mg_values_set(choice->values, "cause", "%" G_GUINT64_FORMAT, choice->moved->cause_step);
        if (found != NULL) {
            /* Here {count} is what moved, not what a command or reply counted. */
            g_autofree char *count = g_strdup(g_hash_table_lookup(choice->values, "count"));
            mg_values_set(choice->values, "count", "%u", choice->messages);
            char *sentence = phrase(choice, group, found);
            restore(choice->values, "count", count);
            return sentence;
        }
    }
    const char *variants[] = {choice->exchange->variant, cut_variant(choice),
                              single_variant(choice), asks_variant(choice)};
    for (gsize i = 0; i < G_N_ELEMENTS(variants); i++) {
        if (variants[i] == NULL)
            continue;
        g_autofree char *by_variant = g_strjoin("-", key, variants[i], NULL);
        char *sentence = phrase(choice, group, by_variant);
        if (sentence != NULL)
            return sentence;
    }
    return NULL;
}

/* The group of a command; "x.unknown" where proto has a key that no entry explains. */
static const char *command_group(const MgChoice *choice)
{
    const char *group = mg_glossary_find(choice->glossary, choice->exchange->key);
    /* What a server says unasked is explained by its reply alone. */
    if (group != NULL || g_str_has_prefix(choice->exchange->key, "smtp.reply."))
        return group;
    const char *dot = strchr(choice->exchange->key, '.');
    g_autofree char *unknown =
        g_strdup_printf("%.*s.unknown", dot != NULL ? (int)(dot - choice->exchange->key) : 0,
                        choice->exchange->key);
    return mg_glossary_find(choice->glossary, unknown);
}

/* A sequence set as readers know it: "7", "7:7" and "*" are one message. */
static void set_asked(const MgChoice *choice, const char *set)
{
    const char *colon = strchr(set, ':');
    const gsize first = colon != NULL ? (gsize)(colon - set) : strlen(set);
    const gboolean same =
        colon != NULL && strlen(colon + 1) == first && strncmp(set, colon + 1, first) == 0;
    const gboolean one = strspn(set, "0123456789") == first && (colon == NULL || same);
    const char *label = strcmp(set, "*") == 0     ? "set-last"
                        : strcmp(set, "1:*") == 0 ? "set-all"
                                                  : NULL;
    mg_values_set(choice->values, "count", "%s", one || strcmp(set, "*") == 0 ? "1" : "2");
    if (one)
        mg_values_set(choice->values, "set", "%.*s", (int)first, set);
    else if (label != NULL)
        mg_values_set(choice->values, "set", "%s %s", set,
                      mg_glossary_label(choice->glossary, label));
}

char *mg_choose_command(const MgChoice *choice)
{
    const char *group = command_group(choice);
    if (group == NULL)
        return NULL;
    /* Here the plural goes by what is asked for, not by what came. */
    g_autofree char *set = g_strdup(g_hash_table_lookup(choice->values, "set"));
    g_autofree char *count = g_strdup(g_hash_table_lookup(choice->values, "count"));
    if (set != NULL && *set != '\0')
        set_asked(choice, set);
    char *sentence = narrowed(choice, group, "normal");
    if (sentence == NULL)
        sentence = phrase(choice, group, "normal");
    if (set != NULL) {
        restore(choice->values, "count", count);
        restore(choice->values, "set", set);
    }
    return sentence;
}

static MgProtocol protocol_of(const MgExchange *exchange)
{
    return exchange->session != NULL ? exchange->session->protocol : MG_PROTOCOL_NONE;
}

/* "smtp.reply.550.bdat-last" is explained by "smtp.reply.550.dot", and so on. */
static const char *reply_group(const MgGlossary *glossary, const char *key)
{
    static const char *const same[][2] = {
        {"bdat-last", "dot"}, {"helo", "ehlo"}, {"lhlo", "ehlo"}, {"atrn", "etrn"}};
    if (mg_glossary_has(glossary, key))
        return key;
    const char *context = strrchr(key, '.');
    for (gsize i = 0; context != NULL && i < G_N_ELEMENTS(same); i++) {
        if (strcmp(context + 1, same[i][0]) != 0)
            continue;
        g_autofree char *other = g_strdup_printf("%.*s.%s", (int)(context - key), key, same[i][1]);
        const char *found = mg_glossary_find(glossary, other);
        if (found != NULL && strcmp(found, other) == 0)
            return found;
    }
    return NULL;
}

/* The reply by its code alone: last resort. */
static char *by_code(const MgChoice *choice)
{
    const MgReply *answer = choice->answer;
    const MgOutcome outcome = choice->outcome;
    g_autofree char *group = NULL;
    const gboolean answered = answer != NULL && outcome != MG_OUTCOME_UNANSWERED;
    switch (protocol_of(choice->exchange)) {
    case MG_PROTOCOL_SMTP:
    case MG_PROTOCOL_LMTP:
        if (!answered)
            return phrase(choice, "smtp.reply.dropped", "normal");
        group = g_strconcat("smtp.reply.", answer->code, NULL);
        if (!mg_glossary_has(choice->glossary, group)) {
            g_free(group);
            group = g_strdup_printf("smtp.reply.%cyz",
                                    g_ascii_isdigit(*answer->code) ? *answer->code : '0');
        }
        break;
    case MG_PROTOCOL_POP3:
        group = g_strconcat("pop3.reply.",
                            !answered                            ? "dropped"
                            : outcome == MG_OUTCOME_OK           ? "ok"
                            : outcome == MG_OUTCOME_INTERMEDIATE ? "continue"
                            : *answer->code == '-'               ? "err"
                                                                 : "ok",
                            NULL);
        break;
    case MG_PROTOCOL_IMAP:
        group = g_strconcat("imap.reply.",
                            !answered                            ? "dropped"
                            : outcome == MG_OUTCOME_REFUSED      ? "no"
                            : outcome == MG_OUTCOME_MALFORMED    ? "bad"
                            : outcome == MG_OUTCOME_INTERMEDIATE ? "continue"
                                                                 : "ok",
                            NULL);
        break;
    default:
        return NULL;
    }
    return phrase(choice, group, "normal");
}

const char *mg_choose_status(const MgGlossary *glossary, MgProtocol protocol, const char *enhanced)
{
    if (enhanced == NULL)
        return NULL;
    const char *prefix = protocol == MG_PROTOCOL_POP3   ? "pop3.code."
                         : protocol == MG_PROTOCOL_IMAP ? "imap.code."
                                                        : "enhanced.";
    g_autofree char *lower = g_ascii_strdown(enhanced, -1);
    g_autofree char *group = g_strconcat(prefix, lower, NULL);
    const char *found = mg_glossary_find(glossary, group);
    return found == NULL && protocol == MG_PROTOCOL_IMAP
               ? mg_glossary_find(glossary, "imap.code.unknown")
               : found;
}

/* The sentence of the status code, where it adds a reason. */
static char *reason(const MgChoice *choice)
{
    const MgReply *answer = choice->answer;
    if (choice->level == MG_DETAIL_BRIEF || answer == NULL)
        return NULL;
    const char *group =
        mg_choose_status(choice->glossary, protocol_of(choice->exchange), answer->enhanced);
    if (group == NULL || strcmp(group, "enhanced.x.0.0") == 0)
        return NULL;
    switch (choice->outcome) {
    case MG_OUTCOME_MALFORMED:
        /* "The command is wrong" is said already. */
        if (g_str_has_prefix(group, "enhanced.x.5."))
            return NULL;
        G_GNUC_FALLTHROUGH;
    case MG_OUTCOME_REFUSED:
    case MG_OUTCOME_DEFERRED:
        return mg_phrase(choice->glossary, group, "normal", MG_DETAIL_NORMAL, choice->values);
    default:
        return mg_phrase(choice->glossary, group, "ok", MG_DETAIL_NORMAL, choice->values);
    }
}

/* Whether the reply's key explains the answer to the command.  IMAP's keys explain untagged
 * lines; of several replies, one for each recipient, none speaks for all. */
static gboolean has_own_sentence(const MgChoice *choice)
{
    return choice->answer != NULL && choice->answer->key != NULL &&
           choice->outcome != MG_OUTCOME_UNANSWERED &&
           protocol_of(choice->exchange) != MG_PROTOCOL_IMAP &&
           choice->exchange->replies->len == 1 && !g_str_has_prefix(choice->exchange->key, "lmtp.");
}

/* The sentence of a reply without its reason. */
static char *meaning(const MgChoice *choice)
{
    const MgExchange *exchange = choice->exchange;
    const char *key = outcome_key(choice->outcome);
    const char *group = command_group(choice);
    char *sentence = group != NULL ? narrowed(choice, group, key) : NULL;
    if (sentence == NULL && has_own_sentence(choice)) {
        const char *own = reply_group(choice->glossary, choice->answer->key);
        sentence = own != NULL ? narrowed(choice, own, "normal") : NULL;
        if (sentence == NULL && own != NULL)
            sentence = phrase(choice, own, "normal");
    }
    if (sentence == NULL && group != NULL)
        sentence = phrase(choice, group, key);
    if (sentence == NULL && exchange->kind == MG_STEP_SERVER && group != NULL)
        sentence = phrase(choice, group, "normal");
    return sentence != NULL ? sentence : by_code(choice);
}

/* "…: name and password do not fit." says "Name and password do not fit." */
static gboolean is_said_in(const char *why, const char *sentence)
{
    g_autofree char *small = g_utf8_strdown(why, -1);
    g_autofree char *all = g_utf8_strdown(sentence, -1);
    return strstr(all, small) != NULL;
}

char *mg_choose_reply(const MgChoice *choice)
{
    if (choice->answer == NULL && choice->exchange->outcome != MG_OUTCOME_UNANSWERED)
        return NULL;
    g_autofree char *sentence = meaning(choice);
    g_autofree char *why = reason(choice);
    if (sentence == NULL || why == NULL || is_said_in(why, sentence))
        return sentence != NULL ? g_steal_pointer(&sentence) : g_steal_pointer(&why);
    return g_strconcat(sentence, " ", why, NULL);
}

/* The first number of an untagged line "* 3 EXISTS". */
static void set_number(GHashTable *values, const MgReply *reply)
{
    if (reply->lines->len == 0)
        return;
    const MgText *line = g_ptr_array_index(reply->lines, 0);
    const char *at = line->text->str;
    gsize digits = strncmp(at, "* ", 2) == 0 ? strspn(at + 2, "0123456789") : 0;
    if (digits == 0 || digits > 10 || at[2 + digits] != ' ')
        return;
    mg_values_set(values, "number", "%.*s", (int)digits, at + 2);
    mg_values_set(values, "count", "%.*s", (int)digits, at + 2);
}

/* LMTP and PRDR answer a text once for each recipient (RFC 2033 section 4.2). */
static gboolean is_for_each(const MgExchange *exchange)
{
    static const char *const keys[] = {"lmtp.dot", "lmtp.bdat-last", "smtp.prdr-dot", NULL};
    return g_strv_contains(keys, exchange->key);
}

char *mg_choose_line(const MgChoice *choice, const MgReply *reply)
{
    const MgProtocol protocol = protocol_of(choice->exchange);
    if (reply->key == NULL)
        return NULL;
    if (protocol == MG_PROTOCOL_IMAP) {
        const char *group = mg_glossary_find(choice->glossary, reply->key);
        if (group == NULL)
            group = "imap.response.unknown";
        g_autoptr(GHashTable) values = mg_values_new();
        if (reply->args != NULL)
            mg_values_take(values, reply->args, choice->exchange, choice->show_secrets);
        set_number(values, reply);
        const char *variant = g_str_has_suffix(group, "fetch") ? mg_fetch_variant(reply) : NULL;
        g_autofree char *key = g_strconcat("normal", variant != NULL ? "-" : NULL, variant, NULL);
        g_autofree char *sentence = mg_phrase(choice->glossary, group, key, choice->level, values);
        const char *code = mg_choose_status(choice->glossary, protocol, reply->enhanced);
        g_autofree char *more =
            code != NULL && choice->level != MG_DETAIL_BRIEF
                ? mg_phrase(choice->glossary, code, "normal", MG_DETAIL_NORMAL, values)
                : NULL;
        if (sentence == NULL || more == NULL)
            return g_steal_pointer(&sentence);
        /* "* OK [UIDNEXT 7]" says nothing but its code. */
        if (g_str_has_suffix(group, ".untagged-ok"))
            return g_steal_pointer(&more);
        return g_strconcat(sentence, " ", more, NULL);
    }
    /* One yes of several, each for one recipient. */
    if (is_for_each(choice->exchange) && reply->outcome == MG_OUTCOME_OK)
        return phrase(choice, "smtp.reply.each", "normal");
    const char *group = reply_group(choice->glossary, reply->key);
    if (group != NULL)
        return phrase(choice, group, "normal");
    const char *command = command_group(choice);
    const char *outcome = mg_outcome_word(reply->outcome);
    if (command != NULL && mg_phrase_exists(choice->glossary, command, outcome))
        return phrase(choice, command, outcome);
    g_autofree char *code = g_strconcat("smtp.reply.", reply->code, NULL);
    return mg_glossary_has(choice->glossary, code) ? phrase(choice, code, "normal") : NULL;
}
