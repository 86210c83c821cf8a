/* A talk on one connection, fed straight into proto as tcp would feed it: what proto leaves is
 * kept and offered again when more is there or the other side has moved.
 *
 * A script has the wire lines of a dialogue (tests/dialogues/README.md): C: S: C= S=, -- close,
 * -- reset, -- gap.  What comes out is written down as text, one line an effect or step, with
 * secrets as stars.
 */
#ifndef MG_TEST_TALK_H
#define MG_TEST_TALK_H

#include <stdlib.h>
#include <string.h>

#include "mg-exchange.h"

typedef struct {
    MgProto *proto;
    MgFlowSink sink;
    MgFlow flow;
    gboolean open, over;
    GByteArray *waiting[2];
    guint64 base[2]; /* stream offset of waiting[side]->data[0] */
    GArray *places[2];
    MgStatus want[2];
    gboolean deaf[2]; /* this side is not captured */
    guint64 frame;
    gsize step; /* octets of a segment; 0 = as the script says */
    gsize cut;  /* one more cut behind so many octets; 0 = none */
    gsize sent;
    GString *out;
    gboolean steps_only;
    guint steps;
} Talk;

static void talk_text(GString *out, const MgText *text)
{
    for (gsize i = 0; i < text->text->len; i++) {
        gboolean secret = FALSE;
        for (guint j = 0; text->secrets != NULL && j < text->secrets->len; j++) {
            const MgSecret *mark = &g_array_index(text->secrets, MgSecret, j);
            secret = secret || (i >= mark->at && i < mark->at + mark->len);
        }
        g_string_append_c(out, secret ? '*' : text->text->str[i]);
    }
}

static void talk_effect(gpointer user, const MgEffect *effect)
{
    static const char *const names[] = {
        "LOGIN",     "NAMED",    "ENCRYPTED", "MAIL", "RCPT", "TEXT",   "HANDOVER",
        "ABANDONED", "MAILDROP", "STAT",      "LIST", "UIDL", "LISTED", "RETR",
        "TOP",       "DELE",     "RSET",      "QUIT", "DROP",
    };
    Talk *talk = user;
    if (talk->steps_only || effect->kind >= G_N_ELEMENTS(names))
        return;
    g_string_append_printf(talk->out, "  %s", names[effect->kind]);
    if (effect->number > 0)
        g_string_append_printf(talk->out, " number=%" G_GUINT64_FORMAT, effect->number);
    if (effect->count == G_MAXUINT64)
        g_string_append(talk->out, " count=?");
    else if (effect->count > 0)
        g_string_append_printf(talk->out, " count=%" G_GUINT64_FORMAT, effect->count);
    if (effect->octets > 0)
        g_string_append_printf(talk->out, " octets=%" G_GUINT64_FORMAT, effect->octets);
    if (effect->name != NULL)
        g_string_append_printf(talk->out, " name=%s", effect->name);
    if (effect->content != NULL)
        g_string_append_printf(talk->out, " content=%" G_GUINT64_FORMAT "%s%s%s",
                               effect->content->octets, effect->content->complete ? "" : "-broken",
                               effect->content->missing > 0 ? "-holed" : "",
                               effect->content->fingerprint != NULL ? "" : "-nofp");
    if (effect->flag)
        g_string_append(talk->out, " flag");
    g_string_append_printf(talk->out, " %s\n", mg_outcome_word(effect->outcome));
}

static gint talk_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void talk_exchange(gpointer user, const MgExchange *exchange)
{
    Talk *talk = user;
    talk->steps++;
    g_string_append_printf(talk->out, "%u %s %s %s", talk->steps, exchange->key,
                           mg_step_kind_word(exchange->kind), mg_outcome_word(exchange->outcome));
    if (exchange->variant != NULL)
        g_string_append_printf(talk->out, "/%s", exchange->variant);
    if (exchange->verb != NULL)
        g_string_append_printf(talk->out, " %s", exchange->verb);
    if (!exchange->known)
        g_string_append(talk->out, " unknown");
    GList *names = g_list_sort(g_hash_table_get_keys(exchange->args), talk_compare);
    for (GList *name = names; name != NULL; name = name->next)
        g_string_append_printf(talk->out, " %s=%s", (const char *)name->data,
                               (const char *)g_hash_table_lookup(exchange->args, name->data));
    g_list_free(names);
    if (exchange->line != NULL) {
        g_string_append(talk->out, " C<");
        talk_text(talk->out, exchange->line);
        g_string_append_c(talk->out, '>');
    }
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = exchange->replies->pdata[i];
        g_string_append(talk->out, " S<");
        for (guint j = 0; j < reply->lines->len; j++) {
            if (j > 0)
                g_string_append_c(talk->out, '|');
            talk_text(talk->out, reply->lines->pdata[j]);
        }
        if (reply->more_lines > 0)
            g_string_append_printf(talk->out, "|+%u", reply->more_lines);
        g_string_append_c(talk->out, '>');
        if (reply->enhanced != NULL)
            g_string_append_printf(talk->out, "[%s]", reply->enhanced);
    }
    g_string_append_c(talk->out, '\n');
}

static void talk_note(gpointer user, const MgNote *note)
{
    Talk *talk = user;
    g_string_append_printf(talk->out, "  note %s\n", note->key);
}

static Talk *talk_new(guint16 port)
{
    Talk *talk = g_new0(Talk, 1);
    MgExchangeSink sink = {
        .effect = talk_effect, .exchange = talk_exchange, .note = talk_note, .user = talk};
    talk->out = g_string_new(NULL);
    talk->proto = mg_proto_new(&sink);
    mg_proto_flow_sink(talk->proto, &talk->sink);
    for (MgSide side = 0; side < 2; side++) {
        talk->waiting[side] = g_byte_array_new();
        talk->places[side] = g_array_new(FALSE, FALSE, sizeof(MgPlacement));
        talk->want[side] = MG_MORE;
        talk->flow.end[side].address.family = 4;
    }
    talk->flow.end[0].port = 50000;
    talk->flow.end[1].port = port;
    talk->flow.opener_known = talk->flow.complete_start = TRUE;
    return talk;
}

static MgStamp talk_stamp(Talk *talk)
{
    return (MgStamp){.frame = talk->frame, .time = (MgTime)talk->frame * MG_SECOND, .capture = 1};
}

/* Offer what waits; TRUE when something was taken. */
static gboolean talk_offer(Talk *talk, MgSide side, gboolean final)
{
    GByteArray *waiting = talk->waiting[side];
    if (talk->over || waiting->len == 0 || talk->want[side] == MG_DONE)
        return FALSE;
    guint first = 0;
    while (first + 1 < talk->places[side]->len &&
           g_array_index(talk->places[side], MgPlacement, first + 1).offset <= talk->base[side])
        first++;
    /* A copy of its own, so that a sanitizer sees every step over its end. */
    g_autofree guint8 *copy = g_memdup2(waiting->data, waiting->len);
    g_autofree MgPlacement *places =
        g_memdup2(&g_array_index(talk->places[side], MgPlacement, first),
                  (talk->places[side]->len - first) * sizeof(MgPlacement));
    places[0].offset = MAX(places[0].offset, talk->base[side]);
    MgBytes bytes = {.slice = {copy, waiting->len},
                     .offset = talk->base[side],
                     .places = places,
                     .n_places = talk->places[side]->len - first,
                     .final = final};
    MgTake take = talk->sink.bytes(talk->sink.user, &talk->flow, side, &bytes);
    g_assert_cmpuint(take.taken, <=, waiting->len);
    gsize gone = final ? waiting->len : take.taken;
    if (gone > 0)
        g_byte_array_remove_range(waiting, 0, (guint)gone);
    talk->base[side] += gone;
    talk->want[side] = take.want;
    return take.taken > 0;
}

static void talk_turn(Talk *talk, MgSide side)
{
    gboolean moved = talk->want[side] != MG_OTHER && talk_offer(talk, side, FALSE);
    while (moved) {
        side = 1 - side;
        moved = talk->want[side] == MG_OTHER && talk_offer(talk, side, FALSE);
    }
}

static void talk_segment(Talk *talk, MgSide side, const void *data, gsize len)
{
    if (!talk->open) {
        talk->open = TRUE;
        talk->flow.first = talk_stamp(talk);
        talk->sink.open(talk->sink.user, &talk->flow);
    }
    talk->frame++;
    MgPlacement place = {.offset = talk->base[side] + talk->waiting[side]->len,
                         .at = talk_stamp(talk)};
    talk->flow.last = place.at;
    g_array_append_val(talk->places[side], place);
    g_byte_array_append(talk->waiting[side], data, (guint)len);
    talk->flow.octets[side] += len;
    talk_turn(talk, side);
}

static void talk_send(Talk *talk, MgSide side, const void *data, gsize len)
{
    const char *text = data;
    if (talk->deaf[side])
        return;
    while (len > 0) {
        gsize part = talk->step > 0 ? MIN(len, talk->step) : len;
        if (talk->sent < talk->cut && talk->cut < talk->sent + part)
            part = talk->cut - talk->sent;
        talk_segment(talk, side, text, part);
        talk->sent += part;
        text += part;
        len -= part;
    }
}

static void talk_flush(Talk *talk, MgSide side)
{
    talk_offer(talk, side, TRUE);
    if (talk->want[1 - side] == MG_OTHER)
        talk_turn(talk, 1 - side);
}

static G_GNUC_UNUSED void talk_gap(Talk *talk, MgSide side, guint64 octets)
{
    talk_flush(talk, side);
    talk->frame++;
    MgGap gap = {.offset = talk->base[side], .octets = octets, .at = talk_stamp(talk)};
    talk->base[side] += octets;
    talk->flow.missing[side] += octets;
    talk->want[side] = MG_MORE;
    if (talk->open && !talk->over)
        talk->sink.gap(talk->sink.user, &talk->flow, side, &gap);
    talk->want[1 - side] = talk->want[1 - side] == MG_OTHER ? MG_MORE : talk->want[1 - side];
    talk_turn(talk, 1 - side);
}

static void talk_end(Talk *talk, MgHowEnded how, MgSide by)
{
    if (!talk->open || talk->over)
        return;
    talk_flush(talk, 0);
    talk_flush(talk, 1);
    talk_flush(talk, 0);
    talk->frame++;
    MgFlowEnd end = {.how = how, .by = by, .at = talk_stamp(talk)};
    talk->sink.end(talk->sink.user, &talk->flow, &end);
    talk->over = TRUE;
}

static void talk_free(Talk *talk)
{
    talk_end(talk, MG_ENDED_CAPTURE_END, 0);
    mg_proto_free(talk->proto);
    for (MgSide side = 0; side < 2; side++) {
        g_byte_array_unref(talk->waiting[side]);
        g_array_unref(talk->places[side]);
    }
    g_string_free(talk->out, TRUE);
    g_free(talk);
}

/* The octets of one C: S: C= S= line. */
static GString *talk_octets(const char *line)
{
    GString *octets = g_string_new(NULL);
    const char *at = line[2] == ' ' ? line + 3 : line + 2;
    if (line[1] == ':') {
        g_string_append(octets, at);
        g_string_append(octets, "\r\n");
        return octets;
    }
    for (; *at != '\0'; at++) {
        if (*at != '\\') {
            g_string_append_c(octets, *at);
        } else if (*++at == 'x' && g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
            g_string_append_c(
                octets, (gchar)(g_ascii_xdigit_value(at[1]) * 16 + g_ascii_xdigit_value(at[2])));
            at += 2;
        } else {
            g_string_append_c(octets, *at == 'r'   ? '\r'
                                      : *at == 'n' ? '\n'
                                      : *at == 't' ? '\t'
                                                   : *at);
        }
    }
    return octets;
}

static void talk_line(Talk *talk, const char *line)
{
    if (line[0] != '\0' && strchr("CS", line[0]) != NULL && strchr(":=", line[1]) != NULL) {
        g_autoptr(GString) octets = talk_octets(line);
        talk_send(talk, line[0] == 'S', octets->str, octets->len);
    } else if (g_str_has_prefix(line, "-- close") || g_str_has_prefix(line, "-- reset")) {
        talk_end(talk, line[3] == 'c' ? MG_ENDED_CLOSED : MG_ENDED_RESET,
                 strstr(line, "server") != NULL);
    } else if (g_str_has_prefix(line, "-- gap")) {
        MgSide side = strstr(line, "server") != NULL;
        talk_gap(talk, side, g_ascii_strtoull(strrchr(line, ' ') + 1, NULL, 10));
    }
}

static G_GNUC_UNUSED void talk_script(Talk *talk, const char *script)
{
    g_auto(GStrv) lines = g_strsplit(script, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        talk_line(talk, lines[i]);
}

#endif
