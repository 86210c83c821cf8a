/* IMAP sessions from arbitrary bytes.
 *
 * Octets go to the side that speaks: 0x01 lets the client speak, 0x02 the server; 0x03 and a
 * count make a hole of that many octets; behind 0x04 the other side never tells.  Each stretch
 * is offered whole and, in a second run, octet by octet: without holes the steps must be the
 * same.  Secrets must lie inside their texts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mg-exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
    MgProto *proto;
    MgFlowSink flows;
    MgFlow flow;
    GByteArray *waiting[2];
    guint64 offset[2];
    gboolean final;
    gboolean dark; /* the session looks at bytes to tell text from ciphertext */
    GChecksum *sum;
} Talk;

/* What a fuzzer notices. */
static void fail(const char *what)
{
    g_printerr("%s\n", what);
    abort();
}

static void add(Talk *talk, const char *text)
{
    if (text != NULL)
        g_checksum_update(talk->sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static void on_effect(gpointer user, const MgEffect *effect)
{
    Talk *talk = user;
    g_autofree char *line = g_strdup_printf(
        "%d %d %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %u %u",
        effect->kind, effect->outcome, effect->number, effect->count, effect->octets, effect->uid,
        effect->uidvalidity);
    if (effect->exchange == 0 && effect->kind != MG_EFFECT_HOLE)
        fail("an effect without an exchange");
    add(talk, line);
    add(talk, effect->name);
    add(talk, effect->set);
    add(talk, effect->folder);
    if (effect->folder != NULL && !g_utf8_validate(effect->folder, -1, NULL))
        fail("a folder's name is not UTF-8");
}

static void check(Talk *talk, const MgText *text)
{
    gsize end = 0;
    for (guint i = 0; text->secrets != NULL && i < text->secrets->len; i++) {
        const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
        if (secret->at < end || secret->at + secret->len > text->text->len)
            fail("a secret outside its text");
        end = secret->at + secret->len;
    }
    g_checksum_update(talk->sum, (const guchar *)text->text->str, (gssize)text->text->len);
}

static void on_exchange(gpointer user, const MgExchange *exchange)
{
    Talk *talk = user;
    static const char *const looks[] = {"tls.",          "compress.",     "sasl.",
                                        "imap.starttls", "imap.compress", "imap.auth-response"};
    for (gsize i = 0; i < G_N_ELEMENTS(looks); i++)
        talk->dark |= g_str_has_prefix(exchange->key, looks[i]);
    add(talk, exchange->key);
    add(talk, mg_outcome_word(exchange->outcome));
    if (exchange->line != NULL)
        check(talk, exchange->line);
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        add(talk, reply->code);
        for (guint k = 0; k < reply->lines->len; k++)
            check(talk, g_ptr_array_index(reply->lines, k));
    }
}

static void offer(Talk *talk, MgSide side, gboolean final)
{
    GByteArray *waiting = talk->waiting[side];
    if (waiting->len == 0)
        return;
    g_autofree guint8 *exact = g_memdup2(waiting->data, waiting->len);
    MgPlacement place = {.offset = talk->offset[side], .at = {.frame = 1, .capture = 1}};
    MgBytes bytes = {.slice = {exact, waiting->len},
                     .offset = talk->offset[side],
                     .places = &place,
                     .n_places = 1,
                     .final = final};
    MgTake take = talk->flows.bytes(talk->flows.user, &talk->flow, side, &bytes);
    if (take.taken > waiting->len)
        fail("more was taken than was offered");
    g_byte_array_remove_range(waiting, 0, (guint)take.taken);
    talk->offset[side] += take.taken;
}

static void say(Talk *talk, MgSide side, const uint8_t *octets, gsize len)
{
    g_byte_array_append(talk->waiting[side], octets, (guint)len);
    talk->flow.octets[side] += len;
    offer(talk, side, talk->final);
    offer(talk, 1 - side, talk->final);
    offer(talk, side, talk->final);
}

static void hole(Talk *talk, MgSide side, guint octets)
{
    offer(talk, side, TRUE);
    talk->offset[side] += talk->waiting[side]->len;
    g_byte_array_set_size(talk->waiting[side], 0);
    MgGap gap = {.offset = talk->offset[side], .octets = octets};
    talk->offset[side] += octets;
    talk->flows.gap(talk->flows.user, &talk->flow, side, &gap);
}

static char *run(const uint8_t *data, size_t size, gboolean drip, gboolean *ret_comparable)
{
    Talk talk = {.sum = g_checksum_new(G_CHECKSUM_SHA256)};
    MgExchangeSink sink = {.effect = on_effect, .exchange = on_exchange, .user = &talk};
    talk.proto = mg_proto_new(&sink);
    mg_proto_flow_sink(talk.proto, &talk.flows);
    gboolean complete = size == 0 || data[0] != '~';
    talk.flow = (MgFlow){.end = {{.port = 50143}, {.port = 143}},
                         .opener_known = complete,
                         .complete_start = complete};
    talk.waiting[0] = g_byte_array_new();
    talk.waiting[1] = g_byte_array_new();
    talk.flows.open(talk.flows.user, &talk.flow);
    MgSide side = 1;
    *ret_comparable = complete;
    for (size_t at = complete ? 0 : 1; at < size;) {
        if (data[at] == 1 || data[at] == 2) {
            side = data[at++] - 1;
        } else if (data[at] == 3) {
            hole(&talk, side, at + 1 < size ? data[at + 1] + 1U : 1);
            *ret_comparable = FALSE;
            at += 2;
        } else if (data[at] == 4) {
            talk.final = TRUE;
            *ret_comparable = FALSE;
            at++;
        } else {
            size_t len = 1;
            while (!drip && at + len < size && (data[at + len] == 0 || data[at + len] > 4))
                len++;
            say(&talk, side, data + at, len);
            at += len;
        }
    }
    offer(&talk, 0, TRUE);
    offer(&talk, 1, TRUE);
    MgFlowEnd end = {.how = MG_ENDED_CLOSED};
    talk.flows.end(talk.flows.user, &talk.flow, &end);
    mg_proto_free(talk.proto);
    if (talk.dark)
        *ret_comparable = FALSE;
    g_byte_array_unref(talk.waiting[0]);
    g_byte_array_unref(talk.waiting[1]);
    char *sum = g_strdup(g_checksum_get_string(talk.sum));
    g_checksum_free(talk.sum);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gboolean comparable, dripped = FALSE;
    g_autofree char *whole = run(data, size, FALSE, &comparable);
    g_autofree char *each = size <= 4096 ? run(data, size, TRUE, &dripped) : NULL;
    if (comparable && dripped && strcmp(whole, each) != 0)
        fail("cut differently, read differently");
    return 0;
}
