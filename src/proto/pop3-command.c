/* A client's line becomes a pending command: which row of the table, what is secret, what it
 * says. */
#include "proto/pop3.h"

#include <string.h>

#define ROW(verb, form, does, key, answer) {verb, POP3_##form, POP3_DO_##does, key, POP3_##answer},
static const Pop3Row table[] = {POP3_COMMANDS(ROW) POP3_OTHERS(ROW)};
#undef ROW

const Pop3Row *pop3_row(Pop3Do does)
{
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].does == does)
            return &table[i];
    g_assert_not_reached();
}

#define ROW(verb, form, does, key, answer) {key, verb},
const MgProtoRow *pop3_rows(guint *ret_n)
{
    static const MgProtoRow rows[] = {
        POP3_COMMANDS(ROW) POP3_OTHERS(ROW){"pop3.quit-auth", "QUIT"},
        {"pop3.greeting", NULL},
        {"pop3.proxy", "PROXY"},
        {"pop3.drop", NULL},
        {"pop3.unasked", NULL},
    };
    *ret_n = G_N_ELEMENTS(rows);
    return rows;
}
#undef ROW

static gboolean is_verb(const char *verb, MgSlice first, MgSlice second)
{
    gsize len = strcspn(verb, " ");
    return first.len == len && g_ascii_strncasecmp((const char *)first.data, verb, len) == 0 &&
           (verb[len] == '\0' || mg_slice_is(second, verb + len + 1));
}

/* The row of a line, and what stands behind its verb. */
static const Pop3Row *find_row(MgSlice line, MgSlice *ret_rest)
{
    MgSlice behind = line;
    MgSlice verb = mg_word_next(&behind);
    MgSlice behind_second = behind;
    MgSlice second = mg_word_next(&behind_second);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        const Pop3Row *row = &table[i];
        if (row->verb == NULL || !is_verb(row->verb, verb, second) ||
            (row->form != POP3_ANY && (row->form == POP3_BARE) != (second.len == 0)))
            continue;
        *ret_rest = strchr(row->verb, ' ') != NULL ? behind_second : behind;
        return row;
    }
    *ret_rest = line;
    return NULL;
}

gboolean pop3_is_command(MgSlice line)
{
    MgSlice rest;
    return find_row(line, &rest) != NULL;
}

static void set_arg(MgExchange *exchange, const char *name, MgSlice value)
{
    if (value.len == 0)
        return;
    g_autofree char *text = mg_slice_dup(value);
    mg_exchange_arg(exchange, name, "%s", text);
}

static MgSlice trimmed(MgSlice slice)
{
    while (slice.len > 0 && (slice.data[0] == ' ' || slice.data[0] == '\t')) {
        slice.data++;
        slice.len--;
    }
    while (slice.len > 0 && (slice.data[slice.len - 1] == ' ' || slice.data[slice.len - 1] == '\t'))
        slice.len--;
    return slice;
}

/* ---- Secrets ---- */

static void hide_from(Pop3Pending *pending, const MgLine *line, gsize at)
{
    mg_text_hide(pending->exchange->line, at, line->text.len - MIN(at, line->text.len),
                 line->offset);
}

/* The argument of PASS is all behind its first blank, more blanks included (RFC 1939
 * section 7). */
static void hide_behind_verb(Pop3Pending *pending, const MgLine *line, MgSlice rest)
{
    hide_from(pending, line, (gsize)(rest.data - line->text.data) + 1);
}

static gboolean is_digest(MgSlice word)
{
    gboolean hex = word.len == 32;
    for (gsize i = 0; hex && i < word.len; i++)
        hex = g_ascii_isxdigit((gchar)word.data[i]);
    return hex;
}

static void hide_values(Pop3Pending *pending, const MgLine *line, MgSlice rest)
{
    while (rest.len > 0) {
        MgSlice word = mg_word_next(&rest);
        /* FORWARD= carries what the front machine knows of the user, in base64. */
        gsize name = mg_slice_begins(word, "FORWARD=") ? 8
                     : mg_slice_begins(word, "LOGIN=") ? 6
                                                       : 0;
        if (name > 0)
            mg_text_hide(pending->exchange->line, (gsize)(word.data - line->text.data) + name,
                         word.len - name, line->offset);
    }
}

/* ---- The words of a command ---- */

static void read_number(Pop3Pending *pending, MgSlice *rest)
{
    MgSlice word = mg_word_next(rest);
    set_arg(pending->exchange, "number", word);
    if (!mg_slice_number(word, G_MAXUINT64 - 1, &pending->number))
        pending->number = 0;
}

static void read_mangle(Pop3Pending *pending, MgSlice rest)
{
    rest = trimmed(rest);
    pending->mangled = mg_slice_begins(rest, "x-mangle") || mg_slice_begins(rest, "mangle");
    if (pending->mangled)
        pop3_detail(pending->exchange, rest, "pop3.msg-mangle", FALSE);
}

static void read_user(Pop3 *self, Pop3Pending *pending, MgSlice rest)
{
    MgSlice name = trimmed(rest);
    g_free(self->user);
    self->user = name.len > 0 ? mg_slice_dup(name) : NULL;
    set_arg(pending->exchange, "user", name);
    /* Gmail shows the mail of the last 30 days to a name with this prefix. */
    if (mg_slice_begins(name, "recent:"))
        pop3_detail(pending->exchange, name, "pop3.recent-mode", FALSE);
    self->login_tried = TRUE;
}

static void read_apop(Pop3 *self, Pop3Pending *pending, const MgLine *line, MgSlice rest)
{
    MgSlice name = mg_word_next(&rest);
    if (rest.len == 0 && is_digest(name)) {
        hide_from(pending, line, (gsize)(name.data - line->text.data));
        return;
    }
    pending->user = mg_slice_dup(name);
    set_arg(pending->exchange, "user", name);
    if (rest.len > 0)
        hide_behind_verb(pending, line, rest);
    self->login_tried = TRUE;
}

static void read_auth(Pop3 *self, Pop3Pending *pending, const MgLine *line, MgSlice rest)
{
    MgSlice mechanism = mg_word_next(&rest);
    g_clear_pointer(&self->sasl, mg_sasl_free);
    self->sasl = mg_sasl_new(mechanism);
    self->login_tried = TRUE;
    mg_exchange_arg(pending->exchange, "mechanism", "%s", mg_sasl_mechanism(self->sasl));
    pop3_detail(pending->exchange, mechanism, mg_sasl_key(self->sasl), FALSE);
    if (rest.len > 0)
        hide_behind_verb(pending, line, rest);
    MgSlice initial = trimmed(rest);
    if (initial.len > 0)
        mg_sasl_answer(self->sasl, pending->exchange, initial);
}

static void read_words(Pop3 *self, Pop3Pending *pending, const MgLine *line, MgSlice rest)
{
    MgExchange *exchange = pending->exchange;
    switch (pending->row->does) {
    case POP3_DO_USER:
        read_user(self, pending, rest);
        break;
    case POP3_DO_PASS:
        pending->user = g_strdup(self->user);
        if (rest.len > 0)
            hide_behind_verb(pending, line, rest);
        break;
    case POP3_DO_APOP:
        read_apop(self, pending, line, rest);
        break;
    case POP3_DO_RPOP:
        set_arg(exchange, "user", trimmed(rest));
        pending->user = mg_slice_dup(trimmed(rest));
        break;
    case POP3_DO_AUTH:
        read_auth(self, pending, line, rest);
        break;
    case POP3_DO_LIST_ONE:
    case POP3_DO_UIDL_ONE:
    case POP3_DO_DELE:
    case POP3_DO_XSENDER:
        read_number(pending, &rest);
        break;
    case POP3_DO_RETR:
        read_number(pending, &rest);
        read_mangle(pending, rest);
        break;
    case POP3_DO_TOP: {
        read_number(pending, &rest);
        MgSlice lines = mg_word_next(&rest);
        set_arg(exchange, "lines", lines);
        if (!mg_slice_number(lines, G_MAXUINT64, &pending->asked))
            pending->asked = 0;
        read_mangle(pending, rest);
        break;
    }
    case POP3_DO_LANG_SET:
    case POP3_DO_XTND_NAME:
        set_arg(exchange, "parameters", trimmed(rest));
        break;
    case POP3_DO_XOIP:
        set_arg(exchange, "address", trimmed(rest));
        break;
    case POP3_DO_XCLIENT:
        hide_values(pending, line, rest);
        break;
    case POP3_DO_XTND_BBOARDS:
    case POP3_DO_XTND_ARCHIVE:
        set_arg(exchange, "name", trimmed(rest));
        break;
    case POP3_DO_PLAIN:
    case POP3_DO_AUTH_RESPONSE:
    case POP3_DO_AUTH_CANCEL:
    case POP3_DO_AUTH_LIST:
    case POP3_DO_CAPA:
    case POP3_DO_STLS:
    case POP3_DO_STAT:
    case POP3_DO_LIST:
    case POP3_DO_UIDL:
    case POP3_DO_RSET:
    case POP3_DO_QUIT:
    case POP3_DO_LAST:
    case POP3_DO_XTND_XMIT:
    case POP3_DO_UNKNOWN:
    case POP3_DO_ANSWER:
        break;
    }
}

/* ---- Lines ---- */

static Pop3Pending *pending_new(Pop3 *self, const Pop3Row *row, MgStepKind kind, const MgLine *line,
                                const MgBytes *bytes)
{
    Pop3Pending *pending = g_new0(Pop3Pending, 1);
    pending->row = row;
    pending->exchange = mg_conn_begin(self->conn, kind, row->key);
    pending->exchange->line = mg_line_text(line);
    pending->exchange->at = mg_line_begun(line, bytes);
    mg_line_frames(line, bytes, &pending->exchange->frames);
    pending->unended = line->unended;
    return pending;
}

static void enqueue(Pop3 *self, Pop3Pending *pending)
{
    const Pop3Pending *head = g_queue_peek_head(&self->queue);
    mg_conn_secrets(self->conn, MG_ACTOR_CLIENT, pending->exchange->line,
                    pending->row->answer == POP3_SASL ? self->sasl : NULL);
    pending->after_head = head != NULL && head->at != POP3_AT_STATUS;
    g_queue_push_tail(&self->queue, pending);
}

static void answer_line(Pop3 *self, const MgLine *line, const MgBytes *bytes)
{
    gboolean cancel = mg_slice_is(line->text, "*");
    const Pop3Row *row = pop3_row(cancel ? POP3_DO_AUTH_CANCEL : POP3_DO_AUTH_RESPONSE);
    Pop3Pending *pending = pending_new(self, row, MG_STEP_SASL, line, bytes);
    mg_exchange_arg(pending->exchange, "mechanism", "%s", mg_sasl_mechanism(self->sasl));
    if (!cancel) {
        hide_from(pending, line, 0);
        mg_sasl_answer(self->sasl, pending->exchange, line->text);
    }
    self->sasl_asked = FALSE;
    enqueue(self, pending);
}

static void unknown_line(Pop3 *self, const MgLine *line, const MgBytes *bytes, gboolean fragment)
{
    Pop3Pending *pending =
        pending_new(self, pop3_row(POP3_DO_UNKNOWN), MG_STEP_COMMAND, line, bytes);
    MgExchange *exchange = pending->exchange;
    exchange->known = FALSE;
    /* A password that was sent out of turn, an answer to an AUTH that was refused or not
     * captured, the end of a PASS whose beginning is in a hole: a wrong guess must fail towards
     * masking. */
    if (fragment || self->state == POP3_UNSURE ||
        (self->login_tried && self->state != POP3_TRANSACTION)) {
        hide_from(pending, line, 0);
    } else if (mg_slice_begins(line->text, "PASS")) {
        hide_from(pending, line, 4);
    } else {
        MgSlice rest = line->text;
        MgSlice word = mg_word_next(&rest);
        g_autofree char *verb = mg_slice_dup(word);
        if (word.len > 0 && word.len <= 40 && g_str_is_ascii(verb))
            exchange->verb = g_ascii_strup(verb, -1);
    }
    if (!fragment || !self->cut_before_gap) {
        enqueue(self, pending);
        return;
    }
    /* The end of the line that waits already: it gets no answer of its own. */
    exchange->outcome = MG_OUTCOME_UNANSWERED;
    mg_conn_secrets(self->conn, MG_ACTOR_CLIENT, exchange->line, NULL);
    mg_conn_complete(self->conn, g_steal_pointer(&pending->exchange));
    pop3_pending_free(pending);
}

static void command_line(Pop3 *self, const Pop3Row *row, MgSlice rest, const MgLine *line,
                         const MgBytes *bytes)
{
    Pop3Pending *pending = pending_new(self, row, MG_STEP_COMMAND, line, bytes);
    pending->exchange->verb = g_strdup(row->verb);
    read_words(self, pending, line, rest);
    enqueue(self, pending);
}

void pop3_client_line(Pop3 *self, const MgLine *line, const MgBytes *bytes)
{
    MgSlice rest;
    const Pop3Row *row = find_row(line->text, &rest);
    g_clear_pointer(&self->empty_line, pop3_pending_free);
    const Pop3Pending *tail = g_queue_peek_tail(&self->queue);
    /* Only where the server's side cannot be seen is an unanswered step of SASL the last one:
     * a line that is no command is the next answer then. */
    gboolean blind =
        ((tail != NULL && tail->row->answer == POP3_SASL) || self->sasl_lost) && self->sasl != NULL;
    self->sasl_lost = FALSE;
    if (self->sasl_asked || (blind && row == NULL)) {
        answer_line(self, line, bytes);
    } else if (line->text.len == 0) {
        self->empty_line =
            pending_new(self, pop3_row(POP3_DO_UNKNOWN), MG_STEP_COMMAND, line, bytes);
        self->empty_line->exchange->known = FALSE;
    } else if (row != NULL) {
        command_line(self, row, rest, line, bytes);
    } else {
        unknown_line(self, line, bytes, self->fragment[MG_ACTOR_CLIENT]);
    }
    self->fragment[MG_ACTOR_CLIENT] = FALSE;
}
