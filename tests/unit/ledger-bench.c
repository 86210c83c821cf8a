/* See ledger-bench.h and ledger/README. */
#include "ledger-bench.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    MgSession pub;
    guint64 exchange; /* the open one; 0 = none */
    guint transaction;
} Play;

struct Bench {
    MgLedger *ledger;
    MgExchangeSink in;
    GHashTable *plays;
    GString *last;
    guint64 exchanges, steps, frame;
    guint sessions;
    char *note; /* key of the last note */
};

/* ---- What the ledger says ---- */

static void write_movement(GString *out, const MgMovement *movement)
{
    g_autofree char *where = mg_where_words(movement->where);
    g_string_append_printf(out, "%sM%u %s", out->len > 0 ? "; " : "", movement->message,
                           mg_event_word(movement->event));
    if (movement->recipient != NULL)
        g_string_append_printf(out, " %s", movement->recipient);
    g_string_append_printf(out, " \"%s\"", where);
    if (movement->qualifier != NULL)
        g_string_append_printf(out, " (%s)", movement->qualifier);
    if (movement->changed)
        g_string_append(out, " +");
    if (movement->cause_step != 0)
        g_string_append_printf(out, " <%" G_GUINT64_FORMAT, movement->cause_step);
}

static void on_moved(gpointer user, const MgMoved *moved)
{
    Bench *bench = user;
    g_string_truncate(bench->last, 0);
    for (guint i = 0; i < moved->movements->len; i++)
        write_movement(bench->last, moved->movements->pdata[i]);
}

static void on_note(gpointer user, const MgNote *note)
{
    Bench *bench = user;
    g_free(bench->note);
    bench->note = g_strdup(note->key);
}

static void on_session(gpointer user, const MgSession *session, const MgParty *client,
                       const MgParty *server)
{
}

Bench *bench_new(void)
{
    Bench *bench = g_new0(Bench, 1);
    MgMovementSink sink = {on_session, on_moved, on_note, on_session, bench};
    bench->last = g_string_new(NULL);
    bench->plays = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bench->ledger = mg_ledger_new(&sink);
    mg_ledger_exchange_sink(bench->ledger, &bench->in);
    return bench;
}

void bench_put_away(Bench *bench)
{
    mg_ledger_set_memory(bench->ledger, 0);
}

void bench_free(Bench *bench)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, bench->plays);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Play *play = value;
        bench->in.session_close(bench->ledger, &play->pub);
        g_free(play->pub.account);
        g_free(play);
    }
    g_hash_table_unref(bench->plays);
    mg_ledger_free(bench->ledger);
    g_string_free(bench->last, TRUE);
    g_free(bench->note);
    g_free(bench);
}

MgLedger *bench_ledger(Bench *bench)
{
    return bench->ledger;
}

const char *bench_last(const Bench *bench)
{
    return bench->last->str;
}

/* ---- Words of a line ---- */

static const char *const kinds[] = {
    "login",         "named",          "encrypted", "mail",         "rcpt",        "text",
    "handover",      "abandoned",      "maildrop",  "stat",         "list",        "uidl",
    "listed",        "retr",           "top",       "dele",         "pop-rset",    "pop-quit",
    "pop-drop",      "address",        "select",    "close",        "unselect",    "fetch-done",
    "store-done",    "copy-done",      "move-done", "expunge-done", "append",      "folder-delete",
    "folder-rename", "logout",         "exists",    "expunged",     "vanished",    "uidvalidity",
    "uidnext",       "permanentflags", "fetched",   "searched",     "copyuid",     "status",
    "listed-folder", "hole",           "unread",    "burl",         "url-fetched", "labels-done"};

static gboolean find(const char *const *words, guint n, const char *word, guint *ret_index)
{
    for (guint i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0) {
            *ret_index = i;
            return TRUE;
        }
    return FALSE;
}

static gboolean outcome_of(const char *word, MgOutcome *ret_outcome)
{
    for (guint i = MG_OUTCOME_OK; i <= MG_OUTCOME_INFO; i++)
        if (strcmp(mg_outcome_word((MgOutcome)i), word) == 0) {
            *ret_outcome = (MgOutcome)i;
            return TRUE;
        }
    return FALSE;
}

static MgStamp tick(Bench *bench)
{
    bench->frame++;
    return (MgStamp){.frame = bench->frame,
                     .time = (MgTime)bench->frame * (MG_SECOND / 100),
                     .capture = 1,
                     .time_digits = 6};
}

static MgContent *content_of(MgContent **content, gboolean whole)
{
    if (*content == NULL) {
        *content = mg_content_new();
        (*content)->complete = (*content)->has_header = (*content)->has_body = whole;
        (*content)->octets = 100;
        (*content)->lines = 8;
    }
    return *content;
}

static char *unblank(const char *text)
{
    return g_strdelimit(g_strdup(text), "_", ' ');
}

/* One key of a message's text.  FALSE = it is none. */
static gboolean content_word(MgContent **content, const char *key, const char *value)
{
    static const char *const keys[] = {"id",   "body",    "recv", "size", "from",
                                       "subj", "subject", "head", "cut",  "report"};
    guint which;
    if (!find(keys, G_N_ELEMENTS(keys), key, &which))
        return FALSE;
    MgContent *c = content_of(content, TRUE);
    if (strcmp(key, "id") == 0) {
        g_free(c->message_id);
        c->message_id = g_strdup_printf("<%s>", value);
    } else if (strcmp(key, "body") == 0) {
        g_free(c->body_digest);
        c->body_digest = g_strdup(value);
        g_free(c->fingerprint);
        c->fingerprint = g_strconcat("fp-", value, NULL);
    } else if (strcmp(key, "recv") == 0) {
        guint n = c->received != NULL ? g_strv_length(c->received) : 0;
        c->received = g_renew(char *, c->received, n + 2);
        c->received[n] = unblank(value);
        c->received[n + 1] = NULL;
    } else if (strcmp(key, "size") == 0) {
        c->octets = g_ascii_strtoull(value, NULL, 10);
    } else if (strcmp(key, "from") == 0) {
        c->from = g_strdup(value);
    } else if (strcmp(key, "head") == 0) {
        c->has_body = FALSE;
    } else if (strcmp(key, "cut") == 0) {
        c->complete = FALSE;
    } else if (strcmp(key, "report") == 0) {
        c->is_report = TRUE;
    } else {
        c->subject = unblank(value);
    }
    /* Digests are of whole texts only. */
    if (!c->complete || !c->has_body) {
        g_clear_pointer(&c->body_digest, g_free);
        g_clear_pointer(&c->fingerprint, g_free);
    }
    return TRUE;
}

typedef struct {
    MgEffect effect;
    MgContent *content;
    GPtrArray *parts; /* MgPart*, NULL at the end */
    char **flags;
    GPtrArray *texts;
} Draft;

static char *keep(Draft *draft, char *text)
{
    g_ptr_array_add(draft->texts, text);
    return text;
}

static gboolean part_word(MgPart *part, const char *key, const char *value)
{
    if (strcmp(key, "got") == 0)
        part->octets = g_ascii_strtoull(value, NULL, 10);
    else if (strcmp(key, "origin") == 0)
        part->origin = g_ascii_strtoull(value, NULL, 10);
    else if (strcmp(key, "nil") == 0)
        part->nil = TRUE;
    else if (strcmp(key, "cut") == 0)
        part->complete = FALSE;
    else
        return content_word(&part->content, key, value);
    return TRUE;
}

static gboolean effect_word(Draft *draft, const char *key, const char *value)
{
    static const char *const modes[] = {"replace", "add", "remove"};
    MgEffect *effect = &draft->effect;
    guint64 number = g_ascii_strtoull(value, NULL, 10);
    guint mode;
    if (strcmp(key, "item") == 0) {
        MgPart *part = g_new0(MgPart, 1);
        part->item = unblank(value);
        part->origin = G_MAXUINT64;
        part->complete = TRUE;
        part->octets = 100;
        g_ptr_array_insert(draft->parts, (gint)draft->parts->len - 1, part);
    } else if (draft->parts->len > 1 &&
               part_word(draft->parts->pdata[draft->parts->len - 2], key, value)) {
        return TRUE;
    } else if (strcmp(key, "n") == 0) {
        effect->number = number;
    } else if (strcmp(key, "count") == 0) {
        effect->count = number;
    } else if (strcmp(key, "octets") == 0) {
        effect->octets = number;
    } else if (strcmp(key, "uid") == 0) {
        effect->uid = (guint32)number;
    } else if (strcmp(key, "uidv") == 0) {
        effect->uidvalidity = (guint32)number;
    } else if (strcmp(key, "tx") == 0) {
        effect->transaction = (guint)number;
    } else if (strcmp(key, "flag") == 0) {
        effect->flag = number != 0;
    } else if (strcmp(key, "by") == 0) {
        effect->by = strcmp(value, "server") == 0 ? MG_ACTOR_SERVER : MG_ACTOR_CLIENT;
    } else if (strcmp(key, "name") == 0) {
        effect->name = keep(draft, unblank(value));
    } else if (strcmp(key, "text") == 0) {
        effect->text = keep(draft, unblank(value));
    } else if (strcmp(key, "folder") == 0) {
        effect->folder = keep(draft, unblank(value));
    } else if (strcmp(key, "set") == 0) {
        effect->set = keep(draft, g_strdup(value));
    } else if (strcmp(key, "key") == 0) {
        effect->key = keep(draft, g_strdup(value));
    } else if (strcmp(key, "flags") == 0) {
        g_strfreev(draft->flags);
        draft->flags = g_strsplit(strcmp(value, "none") == 0 ? "" : value, ",", -1);
        effect->flags = (const char *const *)draft->flags;
    } else if (strcmp(key, "mode") == 0 && find(modes, 3, value, &mode)) {
        effect->mode = (MgFlagsMode)mode;
    } else {
        return content_word(&draft->content, key, value);
    }
    return TRUE;
}

static void draft_clear(Draft *draft)
{
    mg_content_unref(draft->content);
    for (guint i = 0; i < draft->parts->len; i++)
        mg_part_free(draft->parts->pdata[i]);
    g_ptr_array_unref(draft->parts);
    g_strfreev(draft->flags);
    g_ptr_array_unref(draft->texts);
}

static MgOutcome usual(MgEffectKind kind)
{
    return kind == MG_EFFECT_TEXT || kind == MG_EFFECT_ABANDONED || kind == MG_EFFECT_POP_DROP ||
                   (kind >= MG_EFFECT_EXISTS && kind != MG_EFFECT_LISTED_FOLDER) ||
                   kind == MG_EFFECT_ADDRESS
               ? MG_OUTCOME_INFO
               : MG_OUTCOME_OK;
}

/* "key=value" or a bare key. */
static void split(const char *word, char **ret_key, char **ret_value)
{
    const char *equals = strchr(word, '=');
    *ret_key = equals != NULL ? g_strndup(word, (gsize)(equals - word)) : g_strdup(word);
    *ret_value = g_strdup(equals != NULL ? equals + 1 : "1");
}

static char *play_effect(Bench *bench, Play *play, MgEffectKind kind, char **words)
{
    Draft draft = {.parts = g_ptr_array_new(), .texts = g_ptr_array_new_with_free_func(g_free)};
    g_ptr_array_add(draft.parts, NULL);
    MgEffect *effect = &draft.effect;
    effect->kind = kind;
    effect->session = &play->pub;
    effect->outcome = usual(kind);
    if (kind == MG_EFFECT_MAILDROP)
        effect->count = G_MAXUINT64;
    if (kind == MG_EFFECT_MAIL)
        play->transaction++;
    effect->transaction = play->transaction;
    char *wrong = NULL;
    for (guint i = 0; words[i] != NULL && wrong == NULL; i++) {
        g_autofree char *key = NULL, *value = NULL;
        split(words[i], &key, &value);
        if (!outcome_of(words[i], &effect->outcome) && !effect_word(&draft, key, value))
            wrong = g_strdup_printf("unknown word “%s”", words[i]);
    }
    effect->at = tick(bench);
    effect->exchange = play->exchange;
    effect->content = draft.content;
    effect->parts = draft.parts->len > 1 ? (MgPart *const *)draft.parts->pdata : NULL;
    if (wrong == NULL)
        bench->in.effect(bench->ledger, effect);
    draft_clear(&draft);
    return wrong;
}

static void complete(Bench *bench, Play *play, const char *key, MgOutcome outcome, char **words)
{
    MgExchange *exchange = mg_exchange_new(&play->pub, MG_STEP_COMMAND, key);
    exchange->id = play->exchange;
    exchange->step = ++bench->steps;
    exchange->outcome = outcome;
    exchange->at = tick(bench);
    for (guint i = 0; words[i] != NULL; i++) {
        MgOutcome one;
        if (g_str_has_prefix(words[i], "line=")) {
            g_autofree char *text = unblank(words[i] + 5);
            exchange->line = mg_text_new(text, -1);
        } else if (g_str_has_prefix(words[i], "code=")) {
            const char *code = words[i] + 5;
            one = *code == '2'   ? MG_OUTCOME_OK
                  : *code == '3' ? MG_OUTCOME_INTERMEDIATE
                  : *code == '4' ? MG_OUTCOME_DEFERRED
                                 : MG_OUTCOME_REFUSED;
            g_ptr_array_add(exchange->replies, mg_reply_new(code, one));
        } else if (outcome_of(words[i], &one)) {
            exchange->outcome = one;
        }
    }
    bench->in.exchange(bench->ledger, exchange);
    mg_exchange_free(exchange);
    play->exchange = 0;
}

/* ---- A message as it stands ---- */

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *places_of(const MgMessage *message)
{
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = message->copies->pdata[i];
        if (copy->state == MG_COPY_REMOVED)
            continue;
        g_ptr_array_add(
            places,
            g_strconcat(
                mg_place_word(copy->place), copy->folder != NULL ? ":" : "",
                copy->folder != NULL ? copy->folder : "",
                copy->place == MG_PLACE_DEVICE && copy->contents == MG_CONTENTS_HEADERS ? ":headers"
                                                                                        : "",
                copy->place == MG_PLACE_DEVICE && copy->contents == MG_CONTENTS_PART ? ":part" : "",
                copy->composed ? "+" : "", copy->state == MG_COPY_MARKED ? "*" : "",
                copy->doubt != 0 ? "?" : "", NULL));
    }
    g_ptr_array_sort(places, by_text);
    g_ptr_array_add(places, NULL);
    return places->len > 1 ? g_strjoinv(",", (char **)places->pdata) : g_strdup("-");
}

static char *rcpt_of(const MgMessage *message, const char *key, const char *value)
{
    for (guint i = 0; i < message->recipients->len; i++) {
        const MgRecipient *recipient = message->recipients->pdata[i];
        gsize len = strlen(recipient->address);
        if (strncmp(value, recipient->address, len) != 0 || value[len] != ':')
            continue;
        if (strcmp(key, "at") == 0) {
            g_autofree char *where = mg_where_words(recipient->where);
            return g_strconcat(recipient->address, ":", g_strdelimit(where, " ", '_'), NULL);
        }
        return g_strconcat(recipient->address, ":", mg_outcome_word(recipient->outcome),
                           recipient->code != NULL ? ":" : "", recipient->code, NULL);
    }
    return g_strdup("no such recipient");
}

static char *value_of(const MgMessage *message, const char *key, const char *value)
{
    const MgCopy *mailbox = NULL;
    for (guint i = 0; i < message->copies->len; i++)
        if (((MgCopy *)message->copies->pdata[i])->place == MG_PLACE_MAILBOX)
            mailbox = message->copies->pdata[i];
    if (strcmp(key, "id") == 0)
        return g_strdup(message->message_id != NULL ? message->message_id : "-");
    if (strcmp(key, "by") == 0)
        return g_strdup(message->identified_by != MG_IDENTIFIED_NONE
                            ? mg_identified_word(message->identified_by)
                            : "-");
    if (strcmp(key, "into") == 0)
        return g_strdup_printf("%u", message->merged_into);
    if (strcmp(key, "dark") == 0)
        return g_strdup_printf("%d", message->in_dark);
    if (strcmp(key, "duty") == 0)
        return mg_address_string(&message->responsible);
    if (strcmp(key, "size") == 0)
        return g_strdup_printf("%" G_GUINT64_FORMAT, message->size);
    if (strcmp(key, "evidence") == 0)
        return g_strdup(mg_evidence_word(message->evidence));
    if (strcmp(key, "history") == 0)
        return g_strdup_printf("%u", message->history->len);
    if (strcmp(key, "uid") == 0)
        return g_strdup_printf("%u", mailbox != NULL ? mailbox->uid : 0);
    if (strcmp(key, "uidl") == 0)
        return g_strdup(mailbox != NULL && mailbox->uidl != NULL ? mailbox->uidl : "-");
    if (strcmp(key, "account") == 0)
        return g_strdup(mailbox != NULL && mailbox->account != NULL ? mailbox->account : "-");
    if (strcmp(key, "rcpt") == 0 || strcmp(key, "at") == 0)
        return rcpt_of(message, key, value);
    return g_strdup("no such key");
}

static char *check_message(Bench *bench, const char *line)
{
    guint number = (guint)atoi(line + 1);
    const MgMessage *message = mg_ledger_message(bench->ledger, number);
    if (message == NULL)
        return g_strdup("there is no such message");
    const char *quote = strchr(line, '"');
    const char *end = quote != NULL ? strchr(quote + 1, '"') : NULL;
    if (end == NULL)
        return g_strdup("a location is missing");
    g_autofree char *expected = g_strndup(quote + 1, (gsize)(end - quote - 1));
    MgWhere fresh = mg_where_of(message);
    g_autofree char *where = mg_where_words(message->where);
    if (!mg_where_equal(fresh, message->where) && message->merged_into == 0)
        return g_strdup_printf("its location is not that of its copies");
    if (strcmp(where, expected) != 0)
        return g_strdup_printf("it is at “%s”", where);
    g_auto(GStrv) words = g_strsplit(g_strstrip((char *)end + 1), " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] == '\0')
            continue;
        if (*words[i] == '(') {
            g_autofree char *got = g_strdup_printf("(%s)", message->qualifier);
            if (strcmp(got, words[i]) != 0)
                return g_strdup_printf("its qualifier is %s", got);
        } else if (strchr(words[i], '=') == NULL) {
            g_autofree char *places = places_of(message);
            if (strcmp(places, words[i]) != 0)
                return g_strdup_printf("its places are %s", places);
        } else {
            g_autofree char *key = NULL, *value = NULL;
            split(words[i], &key, &value);
            g_autofree char *got = value_of(message, key, value);
            if (strcmp(got, value) != 0)
                return g_strdup_printf("its %s is %s", key, got);
        }
    }
    return NULL;
}

/* ---- Lines ---- */

static char *open_session(Bench *bench, char **words)
{
    Play *play = g_new0(Play, 1);
    g_auto(GStrv) server = g_strsplit(words[3], ":", 2);
    MgSession *pub = &play->pub;
    pub->number = ++bench->sessions;
    pub->protocol = strcmp(words[1], "smtp") == 0   ? MG_PROTOCOL_SMTP
                    : strcmp(words[1], "lmtp") == 0 ? MG_PROTOCOL_LMTP
                    : strcmp(words[1], "pop3") == 0 ? MG_PROTOCOL_POP3
                                                    : MG_PROTOCOL_IMAP;
    mg_address_parse(words[2], &pub->client.address);
    mg_address_parse(server[0], &pub->server.address);
    pub->client.port = (guint16)(50000 + pub->number);
    pub->server.port = (guint16)atoi(server[1]);
    pub->start = tick(bench);
    for (guint i = 4; words[i] != NULL; i++) {
        if (strcmp(words[i], "auth") == 0)
            pub->authenticated = TRUE;
        else
            pub->account = g_strdup(words[i]);
    }
    g_hash_table_insert(bench->plays, g_strdup(words[0]), play);
    bench->in.session_open(bench->ledger, pub);
    return NULL;
}

static void close_session(Bench *bench, const char *name)
{
    Play *play = g_hash_table_lookup(bench->plays, name);
    if (play == NULL)
        return;
    bench->in.session_close(bench->ledger, &play->pub);
    g_free(play->pub.account);
    g_free(play);
    g_hash_table_remove(bench->plays, name);
}

static char *play_line(Bench *bench, char **words, const char *expected)
{
    Play *play = g_hash_table_lookup(bench->plays, words[0]);
    guint kind = 0;
    gboolean step = words[1] != NULL && strcmp(words[1], "step") == 0;
    if (play == NULL || words[1] == NULL)
        return g_strdup("no such session");
    if (!step && !find(kinds, G_N_ELEMENTS(kinds), words[1], &kind))
        return g_strdup_printf("unknown effect “%s”", words[1]);
    if (play->exchange == 0 && strcmp(words[1], "loose") != 0)
        play->exchange = ++bench->exchanges;
    const char *key = step ? words[2] : "test";
    char *wrong = step ? NULL : play_effect(bench, play, (MgEffectKind)kind, words + 2);
    if (wrong != NULL || expected == NULL)
        return wrong;
    MgOutcome outcome = MG_OUTCOME_OK;
    complete(bench, play, g_intern_string(key), outcome, words + 2);
    if (strcmp(expected, "?") == 0)
        return NULL;
    if (strcmp(expected, "-") == 0 ? bench->last->len == 0
                                   : strcmp(expected, bench->last->str) == 0)
        return NULL;
    return g_strdup_printf("got %s", bench->last->len > 0 ? bench->last->str : "no movement");
}

static char *check_party(Bench *bench, char **words)
{
    g_auto(GStrv) end = g_strsplit(words[0], ":", 2);
    MgEndpoint endpoint = {.port = (guint16)atoi(end[1])};
    mg_address_parse(end[0], &endpoint.address);
    MgParty party;
    mg_ledger_party(bench->ledger, &endpoint, &party);
    const char *name = party.name != NULL ? party.name : "-";
    if (strcmp(mg_role_word(party.role), words[1]) == 0 && strcmp(name, words[2]) == 0)
        return NULL;
    return g_strdup_printf("it is a %s named %s", mg_role_word(party.role), name);
}

char *bench_line(Bench *bench, const char *line)
{
    g_autofree char *copy = g_strdup(line);
    g_strstrip(copy);
    if (*copy == '\0' || *copy == '#')
        return NULL;
    if (*copy == '!')
        return check_message(bench, g_strstrip(copy + 1));
    char *expected = strstr(copy, "=>");
    if (expected != NULL) {
        *expected = '\0';
        expected = g_strstrip(expected + 2);
    }
    g_auto(GStrv) raw = g_strsplit(g_strstrip(copy), " ", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **word = raw; *word != NULL; word++)
        if (**word != '\0')
            g_ptr_array_add(words, *word);
    g_ptr_array_add(words, NULL);
    char **w = (char **)words->pdata;
    if (strcmp(w[0], "open") == 0 && words->len >= 6)
        return open_session(bench, w + 1);
    if (strcmp(w[0], "note") == 0 && w[1] != NULL)
        return g_strcmp0(bench->note, w[1]) == 0 ? NULL : g_strdup("no such note");
    if (strcmp(w[0], "close") == 0 && w[1] != NULL) {
        close_session(bench, w[1]);
        return NULL;
    }
    if (strcmp(w[0], "party") == 0 && words->len >= 5)
        return check_party(bench, w + 1);
    if (strcmp(w[0], "role") == 0 && words->len >= 5) {
        MgAddress address;
        mg_address_parse(w[1], &address);
        mg_ledger_set_role(bench->ledger, &address,
                           strcmp(w[2], "server") == 0 ? MG_ROLE_SERVER : MG_ROLE_DEVICE, w[3]);
        return NULL;
    }
    return play_line(bench, w, expected);
}
