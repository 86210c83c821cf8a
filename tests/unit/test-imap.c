/* IMAP sessions: what effects and steps come of both directions; holes, one side alone, secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "mg-exchange.h"
#include "proto/imap.h"

/* ---- A session without tcp: what was not taken is offered again, as tcp does ---- */

typedef struct {
    MgProto *proto;
    MgFlowSink flows;
    MgFlow flow;
    GString *waiting[2];
    guint64 offset[2];
    gboolean final;     /* the other side never tells */
    GString *log;       /* effects and steps, a line each */
    GString *shown;     /* all text that no secret covers */
    GString *octets[2]; /* of each side, all */
} Talk;

static const char *effect_name(MgEffectKind kind)
{
    switch (kind) {
    case MG_EFFECT_LOGIN:
        return "login";
    case MG_EFFECT_ADDRESS:
        return "address";
    case MG_EFFECT_SELECT:
        return "select";
    case MG_EFFECT_CLOSE:
        return "close";
    case MG_EFFECT_FETCH_DONE:
        return "fetch-done";
    case MG_EFFECT_STORE_DONE:
        return "store-done";
    case MG_EFFECT_COPY_DONE:
        return "copy-done";
    case MG_EFFECT_MOVE_DONE:
        return "move-done";
    case MG_EFFECT_EXPUNGE_DONE:
        return "expunge-done";
    case MG_EFFECT_APPEND:
        return "append";
    case MG_EFFECT_FOLDER_DELETE:
        return "folder-delete";
    case MG_EFFECT_FOLDER_RENAME:
        return "folder-rename";
    case MG_EFFECT_LOGOUT:
        return "logout";
    case MG_EFFECT_EXISTS:
        return "exists";
    case MG_EFFECT_EXPUNGED:
        return "expunged";
    case MG_EFFECT_VANISHED:
        return "vanished";
    case MG_EFFECT_UIDVALIDITY:
        return "uidvalidity";
    case MG_EFFECT_UIDNEXT:
        return "uidnext";
    case MG_EFFECT_PERMANENTFLAGS:
        return "permanentflags";
    case MG_EFFECT_FETCHED:
        return "fetched";
    case MG_EFFECT_SEARCHED:
        return "searched";
    case MG_EFFECT_COPYUID:
        return "copyuid";
    case MG_EFFECT_STATUS:
        return "status";
    case MG_EFFECT_LISTED_FOLDER:
        return "listed";
    case MG_EFFECT_HOLE:
        return "hole";
    default:
        return "other";
    }
}

static void put_content(GString *log, const MgContent *content)
{
    if (content == NULL)
        return;
    g_string_append_printf(log, " {%s|%s|%s|%" G_GUINT64_FORMAT "%s}",
                           content->message_id != NULL ? content->message_id : "-",
                           content->subject != NULL ? content->subject : "-",
                           content->from != NULL ? content->from : "-", content->octets,
                           content->complete ? "" : " cut");
}

static void on_effect(gpointer user, const MgEffect *effect)
{
    Talk *talk = user;
    GString *log = talk->log;
    /* A hole belongs to no command, nor does a SELECT that lies in one. */
    assert_true(effect->exchange != 0 || effect->kind == MG_EFFECT_HOLE ||
                (effect->kind == MG_EFFECT_SELECT && effect->folder == NULL));
    assert_non_null(effect->session);
    g_string_append_printf(log, "%s %s", effect_name(effect->kind),
                           mg_outcome_word(effect->outcome));
    if (effect->number != 0)
        g_string_append_printf(log, " number=%" G_GUINT64_FORMAT, effect->number);
    if (effect->kind == MG_EFFECT_EXISTS || effect->kind == MG_EFFECT_STATUS)
        g_string_append_printf(log, " count=%" G_GINT64_FORMAT, (gint64)effect->count);
    if (effect->octets != 0)
        g_string_append_printf(log, " octets=%" G_GUINT64_FORMAT, effect->octets);
    if (effect->uid != 0)
        g_string_append_printf(log, " uid=%u", effect->uid);
    if (effect->uidvalidity != 0)
        g_string_append_printf(log, " uidvalidity=%u", effect->uidvalidity);
    const struct {
        const char *name, *value;
    } words[] = {{"key", effect->kind == MG_EFFECT_ADDRESS ? effect->key : NULL},
                 {"name", effect->name},
                 {"text", effect->text},
                 {"folder", effect->folder},
                 {"set", effect->set}};
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i].value != NULL)
            g_string_append_printf(log, " %s=%s", words[i].name, words[i].value);
    if (effect->flags != NULL) {
        g_autofree char *flags = g_strjoinv(" ", (char **)effect->flags);
        g_string_append_printf(log, " flags=(%s)", flags);
    }
    if (effect->mode != 0)
        g_string_append_printf(log, " mode=%u", effect->mode);
    if (effect->flag)
        g_string_append(log, " flag");
    put_content(log, effect->content);
    for (MgPart *const *part = effect->parts; part != NULL && *part != NULL; part++) {
        g_string_append_printf(log, " [%s %" G_GUINT64_FORMAT "%s%s", (*part)->item,
                               (*part)->octets, (*part)->complete ? "" : " cut",
                               (*part)->nil ? " nil" : "");
        if ((*part)->origin != G_MAXUINT64)
            g_string_append_printf(log, " <%" G_GUINT64_FORMAT ">", (*part)->origin);
        put_content(log, (*part)->content);
        g_string_append_c(log, ']');
    }
    g_string_append_c(log, '\n');
}

/* Secrets lie inside their text, in order, and their stream offsets are true. */
static void check_text(Talk *talk, const MgText *text, MgSide side)
{
    gsize shown = 0;
    for (guint i = 0; text->secrets != NULL && i < text->secrets->len; i++) {
        const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
        assert_true(secret->at >= shown && secret->at + secret->len <= text->text->len);
        g_string_append_len(talk->shown, text->text->str + shown, (gssize)(secret->at - shown));
        g_string_append_c(talk->shown, '\n');
        shown = secret->at + secret->len;
        assert_true(secret->stream_offset + secret->len <= talk->octets[side]->len);
        assert_memory_equal(talk->octets[side]->str + secret->stream_offset,
                            text->text->str + secret->at, secret->len);
    }
    g_string_append(talk->shown, text->text->str + shown);
    g_string_append_c(talk->shown, '\n');
}

static void on_exchange(gpointer user, const MgExchange *exchange)
{
    Talk *talk = user;
    g_string_append_printf(talk->log, "# %s %s\n", exchange->key,
                           mg_outcome_word(exchange->outcome));
    if (exchange->line != NULL)
        check_text(talk, exchange->line, 0);
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        check_text(talk, g_ptr_array_index(reply->lines, 0), 1);
    }
}

static void on_note(gpointer user, const MgNote *note)
{
    Talk *talk = user;
    g_string_append_printf(talk->log, "! %s\n", note->key);
}

static void talk_begin(Talk *talk, gboolean complete_start)
{
    *talk = (Talk){.log = g_string_new(NULL), .shown = g_string_new(NULL)};
    MgExchangeSink sink = {
        .effect = on_effect, .exchange = on_exchange, .note = on_note, .user = talk};
    talk->proto = mg_proto_new(&sink);
    mg_proto_flow_sink(talk->proto, &talk->flows);
    talk->flow = (MgFlow){.end = {{.port = 50143}, {.port = 143}},
                          .opener_known = complete_start,
                          .complete_start = complete_start};
    for (guint side = 0; side < 2; side++) {
        talk->waiting[side] = g_string_new(NULL);
        talk->octets[side] = g_string_new(NULL);
    }
    talk->flows.open(talk->flows.user, &talk->flow);
}

static MgTake offer(Talk *talk, MgSide side, gboolean final)
{
    GString *waiting = talk->waiting[side];
    MgPlacement place = {.offset = talk->offset[side], .at = {.frame = 1, .capture = 1}};
    /* Exactly its size: reading beyond it is seen by the sanitizers. */
    g_autofree guint8 *copy = waiting->len > 0 ? g_memdup2(waiting->str, waiting->len) : NULL;
    MgBytes bytes = {.slice = {copy, waiting->len},
                     .offset = talk->offset[side],
                     .places = &place,
                     .n_places = waiting->len > 0 ? 1 : 0,
                     .final = final};
    if (waiting->len == 0)
        return (MgTake){0, MG_MORE};
    MgTake take = talk->flows.bytes(talk->flows.user, &talk->flow, side, &bytes);
    assert_true(take.taken <= waiting->len);
    assert_true(take.want == MG_MORE || take.want == MG_OTHER);
    g_string_erase(waiting, 0, (gssize)take.taken);
    talk->offset[side] += take.taken;
    return take;
}

/* Octets of one side; the other side's rest is offered again, since this one has moved. */
static void say(Talk *talk, MgSide side, const char *octets, gsize len)
{
    g_string_append_len(talk->waiting[side], octets, (gssize)len);
    g_string_append_len(talk->octets[side], octets, (gssize)len);
    talk->flow.octets[side] += len;
    offer(talk, side, talk->final);
    offer(talk, 1 - side, talk->final);
    offer(talk, side, talk->final);
}

static void hole(Talk *talk, MgSide side, gsize len)
{
    offer(talk, side, TRUE);
    talk->offset[side] += talk->waiting[side]->len + len;
    g_string_truncate(talk->waiting[side], 0);
    for (gsize i = 0; i < len; i++)
        g_string_append_c(talk->octets[side], '\xff');
    MgGap gap = {.offset = talk->offset[side] - len, .octets = len};
    talk->flow.missing[side] += len;
    talk->flows.gap(talk->flows.user, &talk->flow, side, &gap);
    offer(talk, 1 - side, talk->final);
}

/* The log so far, which begins anew.  Free with g_free(). */
static char *heard(Talk *talk)
{
    char *log = g_string_free(talk->log, FALSE);
    talk->log = g_string_new(NULL);
    return log;
}

static void talk_end(Talk *talk, MgHowEnded how)
{
    for (MgSide side = 0; side < 2; side++)
        offer(talk, side, TRUE);
    MgFlowEnd end = {.how = how};
    talk->flows.end(talk->flows.user, &talk->flow, &end);
    mg_proto_free(talk->proto);
    for (guint side = 0; side < 2; side++) {
        g_string_free(talk->waiting[side], TRUE);
        g_string_free(talk->octets[side], TRUE);
    }
}

static void talk_free(Talk *talk)
{
    g_string_free(talk->log, TRUE);
    g_string_free(talk->shown, TRUE);
}

static void c(Talk *talk, const char *text)
{
    say(talk, 0, text, strlen(text));
}

static void s(Talk *talk, const char *text)
{
    say(talk, 1, text, strlen(text));
}

static void expect(Talk *talk, const char *expected)
{
    g_autofree char *log = heard(talk);
    assert_string_equal(log, expected);
}

/* A session with an open folder. */
static void opened(Talk *talk)
{
    talk_begin(talk, TRUE);
    s(talk, "* OK ready\r\n");
    c(talk, "a LOGIN bob secret\r\n");
    s(talk, "a OK in\r\n");
    c(talk, "b SELECT inbox\r\n");
    s(talk, "* 3 EXISTS\r\nb OK [READ-WRITE] done\r\n");
    g_autofree char *log = heard(talk);
    assert_non_null(strstr(log, "login ok name=bob\n"));
    assert_non_null(strstr(log, "select intermediate folder=INBOX\n"));
    assert_non_null(strstr(log, "select ok folder=INBOX\n"));
}

static void closed(Talk *talk)
{
    talk_end(talk, MG_ENDED_CLOSED);
    talk_free(talk);
}

/* ---- FETCH ---- */

static void fetch_facts(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c FETCH 1:3 (FLAGS)\r\n");
    s(&talk, "* 1 FETCH (UID 5 FLAGS (\\Seen $x) RFC822.SIZE 99 EMAILID (M1))\r\n");
    s(&talk, "* 2 FETCH (X-GM-MSGID 17 FLAGS () NOVELTY (a (b)) UID 4294967296)\r\n");
    s(&talk, "* 3 FETCH (UID 7 ENVELOPE (NIL {3}\r\na\"b ((NIL NIL \"x\" \"y.z\")(NIL NIL NIL NIL))"
             " NIL NIL ((\"To\" NIL \"t\" \"u.v\")) NIL NIL \"<0@a>\" \" <1@a> \"))\r\n");
    s(&talk, "* 9 UIDFETCH (FLAGS (\\Deleted))\r\n* 3 FETCH (ENVELOPE (short))\r\nc OK\r\n");
    expect(&talk, "address intermediate key=imap.fetch text=FLAGS set=1:3\n"
                  "fetched info number=1 octets=99 uid=5 name=M1 flags=(\\Seen $x)\n"
                  "fetched info number=2 name=17 flags=()\n"
                  "fetched info number=3 uid=7 {<1@a>|a\"b|x@y.z|0 cut}\n"
                  "fetched info uid=9 flags=(\\Deleted)\n"
                  "fetched info number=3\n"
                  "fetch-done ok set=1:3\n"
                  "# imap.fetch ok\n");
    closed(&talk);
}

static void fetch_texts(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c UID FETCH 5 BODY.PEEK[]\r\n");
    s(&talk, "* 1 FETCH (BODY[] {25}\r\nSubject: x\r\n\r\n* 1 EXPUNGE UID 5)\r\n");
    s(&talk, "* 1 FETCH (body.peek[header.fields (\"to\"  CC )]<0> \"To: a@b.c\" RFC822.TEXT "
             "{0}\r\n)\r\n");
    s(&talk, "* 1 FETCH (BODY[1.HEADER]<5> {3}\r\nabc BINARY[2] ~{2}\r\n\r\n RFC822 NIL)\r\n");
    s(&talk, "* 1 FETCH (BODY[TEXT] \"a\\\"b\" BODY (\"text\" \"plain\") RFC822.HEADER {14}\r\n"
             "Subject: y\r\n\r\n)\r\nc OK\r\n");
    expect(&talk,
           "address intermediate key=imap.uid-fetch text=BODY.PEEK[] set=5 flag\n"
           "fetched info number=1 uid=5 [BODY[] 25 {-|x|-|25}]\n"
           "fetched info number=1 {-|-|-|9 cut} [BODY[HEADER.FIELDS (TO CC)] 9 <0> {-|-|-|9 cut}]"
           " [RFC822.TEXT 0]\n"
           "fetched info number=1 [BODY[1.HEADER] 3 <5>] [BINARY[2] 2] [RFC822 0 cut nil]\n"
           "fetched info number=1 {-|y|-|14} [BODY[TEXT] 3] [RFC822.HEADER 14 {-|y|-|14}]\n"
           "fetch-done ok set=5\n"
           "# imap.uid-fetch ok\n");
    closed(&talk);
}

/* ---- Other lines ---- */

static void untagged(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c NOOP\r\n");
    s(&talk, "* VANISHED (EARLIER) 41,43:116\r\n* VANISHED 5\r\n* VANISHED x\r\n");
    s(&talk, "* 2 EXPUNGE\r\n* 4 EXISTS\r\n* EXISTS 4\r\n* 4294967296 EXISTS\r\n");
    s(&talk, "* STATUS {5}\r\na b c (MESSAGES 3 UNSEEN 1 UIDNEXT 9 UIDVALIDITY 7)\r\n");
    s(&talk, "* STATUS x (UNSEEN 1)\r\n* LIST (\\Sent) NIL &AOk-\r\n* LSUB () \"/\" gone\r\n");
    s(&talk, "* OK [UIDVALIDITY 12] x\r\n* OK [UIDNEXT 4] x\r\n* OK [PERMANENTFLAGS (\\*)]\r\n");
    s(&talk, "c OK\r\n");
    expect(&talk, "vanished info set=41,43:116 flag\n"
                  "vanished info set=5\n"
                  "expunged info number=2\n"
                  "exists info count=4\n"
                  "status info count=3 uid=9 uidvalidity=7 folder=a b c\n"
                  "status info count=-1 folder=x\n"
                  "listed info folder=é flags=(\\Sent)\n"
                  "uidvalidity info uidvalidity=12\n"
                  "uidnext info uid=4\n"
                  "permanentflags info flags=(\\*)\n"
                  "# imap.noop ok\n");
    s(&talk, "* 1 EXPUNGE\r\n");
    expect(&talk, "expunged info number=1\n# imap.response.expunge info\n");
    closed(&talk);
}

static void searches(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c UID SEARCH ALL\r\nd SEARCH SEEN\r\n");
    s(&talk, "* SEARCH 4 5 6 9\r\nc OK\r\n* SEARCH\r\nd OK\r\n");
    c(&talk, "e UID SEARCH RETURN (ALL) ALL\r\n");
    s(&talk, "* ESEARCH (TAG \"e\") UID COUNT 3 ALL 1:2,7\r\ne OK\r\n");
    c(&talk, "f UID SEARCH RETURN (PARTIAL 1:2) ALL\r\n");
    s(&talk, "* ESEARCH (TAG \"f\") UID PARTIAL (1:2 3:4)\r\n* ESEARCH (TAG \"f\") UID COUNT 0\r\n"
             "f OK\r\n");
    expect(&talk, "searched info text=ALL set=4:6,9 flag\n"
                  "# imap.uid-search ok\n"
                  "searched info set=\n"
                  "# imap.search ok\n"
                  "searched info text=ALL set=1:2,7 flag\n"
                  "# imap.uid-search ok\n"
                  "searched info set=3:4 flag\n"
                  "# imap.uid-search ok\n");
    closed(&talk);
}

static void changes(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c UID STORE 5,6 (UNCHANGEDSINCE 9) +FLAGS.SILENT \\Deleted \\Seen\r\n");
    s(&talk, "c OK [MODIFIED 6] some\r\n");
    c(&talk, "d UID STORE 1:9 -FLAGS (\\Flagged)\r\n");
    s(&talk, "d OK [MESSAGELIMIT 2 8] only two\r\n");
    c(&talk, "e COPY 1 Old\r\nf UID MOVE 6 \"Old\"\r\n");
    s(&talk, "e NO [TRYCREATE]\r\n* OK [COPYUID 3 6 17]\r\n* 2 EXPUNGE\r\nf OK\r\n");
    c(&talk, "g EXPUNGE\r\nh UID EXPUNGE 5\r\ni CLOSE\r\n");
    s(&talk, "g OK\r\nh BAD\r\ni OK\r\n");
    c(&talk, "j DELETE Old\r\nk RENAME a b\r\n");
    s(&talk, "j OK\r\nk OK\r\n");
    expect(&talk,
           "address intermediate key=imap.uid-store set=5,6 flags=(\\Deleted \\Seen) mode=1 flag\n"
           "store-done ok set=6 flags=(\\Deleted \\Seen) mode=1 flag\n"
           "# imap.uid-store ok\n"
           "address intermediate key=imap.uid-store set=1:9 flags=(\\Flagged) mode=2 flag\n"
           "store-done ok uid=8 flags=(\\Flagged) mode=2\n"
           "# imap.uid-store ok\n"
           "address intermediate key=imap.copy folder=Old set=1\n"
           "copy-done refused folder=Old set=1\n"
           "# imap.copy refused\n"
           "address intermediate key=imap.uid-move folder=Old set=6 flag\n"
           "copyuid info uidvalidity=3 name=17 set=6\n"
           "expunged info number=2\n"
           "move-done ok folder=Old set=6\n"
           "# imap.uid-move ok\n"
           "expunge-done ok\n"
           "# imap.expunge ok\n"
           "address intermediate key=imap.uid-expunge set=5 flag\n"
           "expunge-done malformed set=5\n"
           "# imap.uid-expunge malformed\n"
           "close ok\n"
           "# imap.close ok\n"
           "folder-delete ok folder=Old\n"
           "# imap.delete ok\n"
           "folder-rename ok name=b folder=a\n"
           "# imap.rename ok\n");
    closed(&talk);
}

static void appends(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c APPEND {4+}\r\nSent (\\Seen) \"date\" {14+}\r\nSubject: x\r\n\r\n"
             " {14}\r\n");
    s(&talk, "+ go\r\n");
    c(&talk, "Subject: y\r\n\r\n\r\n");
    s(&talk, "c OK [APPENDUID 7 12:13]\r\n");
    expect(&talk, "append ok number=1 uid=12 uidvalidity=7 folder=Sent flags=(\\Seen) {-|x|-|14}\n"
                  "append ok number=2 uid=13 uidvalidity=7 folder=Sent {-|y|-|14}\n"
                  "# imap.append ok\n");
    /* The reply comes before the text is complete. */
    c(&talk, "d APPEND Sent {14+}\r\nSubject");
    s(&talk, "d NO full\r\n");
    expect(&talk, "");
    c(&talk, ": z\r\n\r\n\r\n");
    expect(&talk, "append refused number=1 folder=Sent {-|z|-|14}\n# imap.append refused\n");
    closed(&talk);
}

/* ---- Ends ---- */

static void unanswered(void **state)
{
    Talk talk;
    opened(&talk);
    c(&talk, "c STORE 1 +FLAGS (\\Deleted)\r\nd EXPUNGE\r\ne APPEND Sent {99+}\r\nSubject: x\r\n");
    s(&talk, "* 1 FETCH (BODY[] {50}\r\nabc");
    talk_end(&talk, MG_ENDED_RESET);
    expect(&talk, "address intermediate key=imap.store-deleted set=1 flags=(\\Deleted) mode=1\n"
                  "fetched info number=1 [BODY[] 3 cut {-|-|-|3 cut}]\n"
                  "store-done unanswered flags=(\\Deleted) mode=1\n"
                  "# imap.store-deleted unanswered\n"
                  "expunge-done unanswered\n"
                  "# imap.expunge unanswered\n"
                  "append unanswered number=1 folder=Sent {-|-|-|12 cut}\n"
                  "# imap.append unanswered\n"
                  "# imap.drop info\n");
    talk_free(&talk);
}

/* Nobody answers: the client's own bytes must do. */
static void client_alone(void **state)
{
    Talk talk;
    talk_begin(&talk, TRUE);
    talk.final = TRUE;
    c(&talk, "a1 LOGIN {3}\r\nbob {6}\r\nsecret\r\na2 AUTHENTICATE PLAIN\r\nAGJvYgBzZWNyZXQ=\r\n"
             "a3 APPEND Sent {14}\r\nSubject: x\r\n\r\n\r\na4 APPEND Sent {300}\r\na5 IDLE\r\n"
             "DONE\r\na6 LOGOUT\r\n");
    talk_end(&talk, MG_ENDED_CAPTURE_END);
    expect(&talk, "# imap.authenticate intermediate\n"
                  "login unanswered name=bob\n"
                  "# imap.login unanswered\n"
                  "login unanswered name=bob\n"
                  "# imap.auth-response unanswered\n"
                  "append unanswered number=1 folder=Sent {-|x|-|14}\n"
                  "# imap.append unanswered\n"
                  "append unanswered number=1 folder=Sent\n"
                  "# imap.append unanswered\n"
                  "# imap.idle unanswered\n"
                  "# imap.done unanswered\n"
                  "logout unanswered\n"
                  "# imap.logout unanswered\n");
    assert_null(strstr(talk.shown->str, "secret"));
    assert_null(strstr(talk.shown->str, "AGJv"));
    talk_free(&talk);
}

/* ---- Holes and cuts ---- */

/* Lines of a session, `C` or `S` before each; at + the client waits for the server. */
static const char *const session[] = {
    "S* OK ready\r\n",
    "Ca AUTHENTICATE LOGIN\r\n",
    "S+ VXNlcm5hbWU6\r\n",
    "CU0VDUkVU\r\n",
    "S+ UGFzc3dvcmQ6\r\n",
    "CSEVDUkVU\r\n",
    "Sa NO wrong\r\n",
    "Cb LOGIN {4}\r\n",
    "S+ go\r\n",
    "Cuser {12}\r\n",
    "S+ go\r\n",
    "CSECRETSECRET\r\n",
    "Sb OK in\r\n",
    "Cc SELECT INBOX\r\n",
    "S* 2 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\nc OK [READ-WRITE] done\r\n",
    "Cd FETCH 1:2 (UID BODY.PEEK[])\r\n",
    "S* 1 FETCH (UID 5 BODY[] {32}\r\nSubject: x\r\n\r\n* 1 EXPUNGE\r\nabc)\r\n",
    "S* 2 FETCH (UID 6 BODY[] {14}\r\nSubject: y\r\n\r\n)\r\nd OK done\r\n",
    "Ce APPEND Sent {24}\r\n",
    "S+ go\r\n",
    "CSubject: z\r\n\r\ne1 NOOP\r\n\r\n",
    "Se OK [APPENDUID 3 4] done\r\n",
    "Cf IDLE\r\n",
    "S+ idling\r\n",
    "S* 3 EXISTS\r\n",
    "CDONE\r\n",
    "Sf OK done\r\n",
    "Cg LOGOUT\r\n",
    "S* BYE\r\ng OK done\r\n",
};

static char *play(gboolean by_octet, MgSide lost_side, gsize lost_at, gsize lost_len)
{
    Talk talk;
    talk_begin(&talk, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(session); i++) {
        MgSide side = session[i][0] == 'C' ? 0 : 1;
        const char *text = session[i] + 1;
        gsize len = strlen(text), at = 0;
        while (at < len) {
            gsize here = talk.octets[side]->len;
            if (lost_len > 0 && side == lost_side && here <= lost_at + lost_len &&
                here + (len - at) > lost_at && here < lost_at + lost_len) {
                gsize before = lost_at > here ? lost_at - here : 0;
                if (before > 0) {
                    say(&talk, side, text + at, before);
                    at += before;
                    here += before;
                }
                gsize lose = MIN(lost_at + lost_len - here, len - at);
                hole(&talk, side, lose);
                at += lose;
                continue;
            }
            gsize n = by_octet ? 1 : len - at;
            say(&talk, side, text + at, n);
            at += n;
        }
    }
    talk_end(&talk, MG_ENDED_CLOSED);
    assert_null(strstr(talk.shown->str, "SECRET"));
    assert_null(strstr(talk.shown->str, "VDUkV"));
    g_string_free(talk.shown, TRUE);
    return g_string_free(talk.log, FALSE);
}

static void drip(void **state)
{
    g_autofree char *whole = play(FALSE, 0, 0, 0), *each = play(TRUE, 0, 0, 0);
    assert_string_equal(whole, each);
    assert_non_null(strstr(whole, "append ok number=1 uid=4 uidvalidity=3 folder=Sent {-|z|-|24}"));
    assert_non_null(strstr(whole, "# imap.done ok\n"));
}

/* A hole anywhere, short or long: no crash, no secret shown, and the goodbye is found again. */
static void holes(void **state)
{
    static const gsize lengths[] = {1, 2, 7, 40};
    gsize octets[2] = {0, 0};
    for (gsize i = 0; i < G_N_ELEMENTS(session); i++)
        octets[session[i][0] == 'C' ? 0 : 1] += strlen(session[i] + 1);
    for (MgSide side = 0; side < 2; side++)
        for (gsize at = 0; at < octets[side]; at++)
            for (gsize k = 0; k < G_N_ELEMENTS(lengths); k++) {
                g_autofree char *log = play(FALSE, side, at, lengths[k]);
                g_autofree char *each = play(TRUE, side, at, lengths[k]);
                assert_non_null(strstr(log, "! gap\n"));
                if (at + lengths[k] + 30 < octets[side]) {
                    assert_true(strstr(log, "# imap.logout ok\n") != NULL);
                    assert_true(strstr(each, "# imap.logout ok\n") != NULL);
                }
            }
}

/* ---- Names ---- */

static void folder(const char *name, gboolean utf8, const char *expected)
{
    g_autofree char *decoded = mg_imap_folder(name, utf8);
    assert_string_equal(decoded, expected);
}

static void folders(void **state)
{
    folder("inBox", FALSE, "INBOX");
    folder("inbox/x", FALSE, "inbox/x");
    folder("&-", FALSE, "&");
    folder("a&-b&-", FALSE, "a&b&");
    folder("~peter/mail/&U,BTFw-/&ZeVnLIqe-", FALSE, "~peter/mail/台北/日本語");
    folder("&2D3eAA-", FALSE, "😀");
    /* Not in that form: as they are. */
    folder("&", FALSE, "&");
    folder("&U,B", FALSE, "&U,B");
    folder("&2D0-", FALSE, "&2D0-");
    folder("&AA-", FALSE, "&AA-");
    folder("R&D-x", FALSE, "R&D-x");
    folder("&AOk-", TRUE, "&AOk-");
    folder("caf\xe9", FALSE, "caf\xef\xbf\xbd");
}

static void rows(void **state)
{
    guint n;
    const MgProtoRow *row = mg_proto_rows(MG_PROTOCOL_IMAP, &n);
    assert_true(n > 150);
    for (guint i = 0; i < n; i++) {
        assert_true(g_str_has_prefix(row[i].key, "imap."));
        for (guint k = 0; k < i; k++)
            assert_string_not_equal(row[i].key, row[k].key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetch_facts), cmocka_unit_test(fetch_texts),  cmocka_unit_test(untagged),
        cmocka_unit_test(searches),    cmocka_unit_test(changes),      cmocka_unit_test(appends),
        cmocka_unit_test(unanswered),  cmocka_unit_test(client_alone), cmocka_unit_test(drip),
        cmocka_unit_test(holes),       cmocka_unit_test(folders),      cmocka_unit_test(rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
