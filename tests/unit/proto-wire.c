/* The wire: what tcp would do, as small as it can be. */
#include "proto-wire.h"

#include <stdio.h>
#include <string.h>

static void log_session_open(gpointer user, const MgSession *session)
{
    Wire *wire = user;
    g_string_append_printf(wire->log, "open %s client=%u%s\n", mg_protocol_word(session->protocol),
                           session->client_side, session->by_greeting ? " by-greeting" : "");
}

static void log_session_close(gpointer user, const MgSession *session)
{
    Wire *wire = user;
    g_string_append_printf(wire->log, "close %s", mg_how_ended_word(session->how_ended));
    if (session->encrypted_from_step > 0)
        g_string_append_printf(
            wire->log, " dark=%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
            session->encrypted_from_step, session->encrypted_client_octets,
            session->encrypted_server_octets);
    if (session->encrypted_from_step > 0 && !wire->no_records)
        g_string_append_printf(wire->log, " records=%" G_GUINT64_FORMAT, session->tls_records);
    if (session->account != NULL)
        g_string_append_printf(wire->log, " account=%s", session->account);
    g_string_append_c(wire->log, '\n');
}

static const char *const effect_names[] = {
    [MG_EFFECT_LOGIN] = "login",         [MG_EFFECT_NAMED] = "named",
    [MG_EFFECT_ENCRYPTED] = "dark",      [MG_EFFECT_MAIL] = "mail",
    [MG_EFFECT_RCPT] = "rcpt",           [MG_EFFECT_TEXT] = "text",
    [MG_EFFECT_HANDOVER] = "handover",   [MG_EFFECT_UNREAD] = "unread",
    [MG_EFFECT_BURL] = "burl",
    [MG_EFFECT_ABANDONED] = "abandoned",
};

static void log_effect(gpointer user, const MgEffect *effect)
{
    Wire *wire = user;
    if (!wire->effects)
        return;
    const char *name =
        effect->kind < G_N_ELEMENTS(effect_names) ? effect_names[effect->kind] : "other";
    g_string_append_printf(wire->log, "  %s", name);
    if (effect->transaction > 0)
        g_string_append_printf(wire->log, " t%u", effect->transaction);
    if (effect->number > 0)
        g_string_append_printf(wire->log, " #%" G_GUINT64_FORMAT, effect->number);
    g_string_append_printf(wire->log, " %s", mg_outcome_word(effect->outcome));
    if (effect->name != NULL)
        g_string_append_printf(wire->log, " <%s>", effect->name);
    if (effect->text != NULL)
        g_string_append_printf(wire->log, " id=%s", effect->text);
    if (effect->flag)
        g_string_append(wire->log, " each");
    if (effect->content != NULL)
        g_string_append_printf(wire->log, " %" G_GUINT64_FORMAT " octets%s%s",
                               effect->content->octets,
                               effect->content->complete ? "" : " incomplete",
                               effect->content->missing > 0 ? " missing" : "");
    g_string_append_c(wire->log, '\n');
}

static void log_octets(GString *log, const char *text, gsize len)
{
    for (gsize i = 0; i < len; i++)
        if (g_ascii_isprint(text[i]))
            g_string_append_c(log, text[i]);
        else
            g_string_append_printf(log, "\\x%02x", (guint8)text[i]);
}

static void log_text(GString *log, const MgText *text)
{
    gsize at = 0;
    for (guint i = 0; text->secrets != NULL && i < text->secrets->len; i++) {
        const MgSecret *secret = &g_array_index(text->secrets, MgSecret, i);
        log_octets(log, text->text->str + at, secret->at - at);
        g_string_append(log, "***");
        at = secret->at + secret->len;
    }
    log_octets(log, text->text->str + at, text->text->len - at);
}

static void log_exchange(gpointer user, const MgExchange *exchange)
{
    Wire *wire = user;
    g_assert_cmpuint(exchange->step, ==, ++wire->steps);
    g_string_append_printf(wire->log, "%s %s", exchange->key, mg_outcome_word(exchange->outcome));
    for (guint i = 0; i < exchange->replies->len; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        g_string_append_printf(wire->log, " %s", reply->code);
    }
    if (exchange->variant != NULL)
        g_string_append_printf(wire->log, " (%s)", exchange->variant);
    if (exchange->line != NULL) {
        g_string_append(wire->log, " | ");
        log_text(wire->log, exchange->line);
    }
    g_string_append_c(wire->log, '\n');
}

static void log_note(gpointer user, const MgNote *note)
{
    Wire *wire = user;
    g_string_append_printf(wire->log, "note %s\n", note->key);
}

Wire *wire_new(guint16 client_port, guint16 server_port, gboolean with_syn)
{
    Wire *wire = g_new0(Wire, 1);
    MgExchangeSink sink = {
        .session_open = log_session_open,
        .effect = log_effect,
        .exchange = log_exchange,
        .note = log_note,
        .session_close = log_session_close,
        .user = wire,
    };
    wire->log = g_string_new(NULL);
    wire->proto = mg_proto_new(&sink);
    mg_proto_flow_sink(wire->proto, &wire->sink);
    wire->frame = with_syn ? 3 : 0;
    MgStamp first = {.frame = 1, .capture = 1, .time = 0};
    wire->flow = (MgFlow){
        .first = first, .last = first, .opener_known = with_syn, .complete_start = with_syn};
    wire->flow.end[0] = (MgEndpoint){{.family = 4, .bytes = {192, 0, 2, 1}}, client_port};
    wire->flow.end[1] = (MgEndpoint){{.family = 4, .bytes = {192, 0, 2, 2}}, server_port};
    for (guint i = 0; i < 2; i++) {
        wire->side[i].waiting = g_byte_array_new();
        wire->side[i].places = g_array_new(FALSE, FALSE, sizeof(MgPlacement));
        wire->side[i].want = MG_MORE;
    }
    wire->sink.open(wire->sink.user, &wire->flow);
    return wire;
}

void wire_free(Wire *wire)
{
    if (wire == NULL)
        return;
    if (wire->flow.receiver != NULL)
        wire_end(wire, MG_ENDED_CAPTURE_END, 0);
    mg_proto_free(wire->proto);
    for (guint i = 0; i < 2; i++) {
        g_byte_array_unref(wire->side[i].waiting);
        g_array_unref(wire->side[i].places);
    }
    g_string_free(wire->log, TRUE);
    g_free(wire);
}

/* TRUE when something was taken or the wish changed. */
static gboolean offer(Wire *wire, MgSide which, gboolean final)
{
    WireSide *side = &wire->side[which];
    if (wire->over || side->waiting->len == 0)
        return FALSE;
    /* A copy that ends at its end: reading on is caught by the sanitizer. */
    g_autofree guint8 *copy = g_memdup2(side->waiting->data, side->waiting->len);
    MgBytes bytes = {
        .slice = {copy, side->waiting->len},
        .offset = side->offset,
        .places = (const MgPlacement *)(gpointer)side->places->data,
        .n_places = side->places->len,
        .final = final,
    };
    MgTake take = wire->sink.bytes(wire->sink.user, &wire->flow, which, &bytes);
    g_assert_cmpuint(take.taken, <=, side->waiting->len);
    wire->over = take.want == MG_DONE;
    side->want = take.want;
    if (take.taken == 0)
        return FALSE;
    side->offset += take.taken;
    g_byte_array_remove_range(side->waiting, 0, (guint)take.taken);
    while (side->places->len > 1 &&
           g_array_index(side->places, MgPlacement, 1).offset <= side->offset)
        g_array_remove_index(side->places, 0);
    if (side->places->len > 0 && side->waiting->len > 0)
        g_array_index(side->places, MgPlacement, 0).offset = side->offset;
    if (side->waiting->len == 0)
        g_array_set_size(side->places, 0);
    return TRUE;
}

/* A side has moved: what waits for it comes again, and so on to and fro. */
static void settle(Wire *wire, MgSide moved)
{
    for (MgSide other = 1 - moved; wire->side[other].want == MG_OTHER; other = 1 - other) {
        wire->side[other].want = MG_MORE;
        if (!offer(wire, other, FALSE))
            break;
    }
}

static void send_piece(Wire *wire, MgSide which, const guint8 *data, gsize len)
{
    WireSide *side = &wire->side[which];
    MgPlacement place = {
        .offset = side->sent,
        .at = {.frame = ++wire->frame, .capture = 1, .time = (MgTime)wire->frame * 1000000}};
    g_array_append_val(side->places, place);
    g_byte_array_append(side->waiting, data, (guint)len);
    side->sent += len;
    wire->flow.octets[which] += len;
    wire->flow.last = place.at;
    if (side->want == MG_OTHER)
        return;
    offer(wire, which, FALSE);
    settle(wire, which);
}

void wire_send_raw(Wire *wire, MgSide side, const guint8 *data, gsize len)
{
    gsize piece = wire->piece > 0 ? wire->piece : len;
    for (gsize at = 0; at < len; at += piece)
        send_piece(wire, side, data + at, MIN(piece, len - at));
}

void wire_send(Wire *wire, MgSide side, const char *text)
{
    wire_send_raw(wire, side, (const guint8 *)text, strlen(text));
}

/* Both sides once more, whatever they wait for. */
static void flush(Wire *wire, MgSide first)
{
    for (guint round = 0; round < 3; round++)
        for (guint k = 0; k < 2; k++) {
            MgSide side = k == 0 ? first : 1 - first;
            while (offer(wire, side, FALSE))
                settle(wire, side);
        }
}

void wire_gap(Wire *wire, MgSide which, guint64 octets)
{
    WireSide *side = &wire->side[which];
    flush(wire, 1 - which);
    while (offer(wire, which, TRUE))
        ;
    g_byte_array_set_size(side->waiting, 0);
    g_array_set_size(side->places, 0);
    wire->flow.missing[which] += octets;
    MgGap gap = {.offset = side->sent,
                 .octets = octets,
                 .frames = {wire->frame, wire->frame + 1},
                 .at = {.frame = wire->frame, .capture = 1}};
    side->sent += octets;
    side->offset = side->sent;
    side->want = MG_MORE;
    if (!wire->over)
        wire->sink.gap(wire->sink.user, &wire->flow, which, &gap);
    /* A hole is a move as well. */
    settle(wire, which);
}

void wire_end(Wire *wire, MgHowEnded how, MgSide by)
{
    flush(wire, 1);
    for (guint round = 0; round < 2; round++)
        for (guint which = 0; which < 2; which++)
            while (offer(wire, which, TRUE))
                ;
    MgFlowEnd end = {.how = how, .by = by, .at = {.frame = ++wire->frame, .capture = 1}};
    wire->sink.end(wire->sink.user, &wire->flow, &end);
    g_assert_null(wire->flow.receiver);
}

static void unescape(GString *bytes, const char *text)
{
    static const char letters[] = "rnt\\", octets[] = "\r\n\t\\";
    for (; *text != '\0'; text++) {
        const char *letter = text[0] == '\\' && text[1] != '\0' ? strchr(letters, text[1]) : NULL;
        if (letter != NULL) {
            g_string_append_c(bytes, octets[letter - letters]);
            text++;
        } else if (text[0] == '\\' && text[1] == 'x') {
            g_assert_true(g_ascii_isxdigit(text[2]) && g_ascii_isxdigit(text[3]));
            g_string_append_c(
                bytes, (char)(g_ascii_xdigit_value(text[2]) * 16 + g_ascii_xdigit_value(text[3])));
            text += 3;
        } else {
            g_string_append_c(bytes, *text);
        }
    }
}

void wire_play(Wire *wire, const char *script)
{
    g_auto(GStrv) lines = g_strsplit(script, "\n", -1);
    g_autoptr(GString) bytes = g_string_new(NULL);
    MgSide side = 0;
    for (gsize i = 0; lines[i] != NULL; i++) {
        const char *line = lines[i];
        gboolean joined = *line == '+';
        line += joined;
        if (!joined && bytes->len > 0) {
            wire_send_raw(wire, side, (const guint8 *)bytes->str, bytes->len);
            g_string_truncate(bytes, 0);
        }
        guint64 octets;
        char who;
        if (sscanf(line, "gap %c %" G_GUINT64_FORMAT, &who, &octets) == 2) {
            wire_gap(wire, who == 'S', octets);
            continue;
        }
        if (strlen(line) < 2)
            continue;
        g_assert_true(line[0] == 'C' || line[0] == 'S');
        side = line[0] == 'S';
        const char *text = line + 2 + (line[2] == ' ');
        if (line[1] == '=') {
            unescape(bytes, text);
        } else {
            g_string_append_printf(bytes, "%s\r\n", text);
        }
    }
    if (bytes->len > 0)
        wire_send_raw(wire, side, (const guint8 *)bytes->str, bytes->len);
}

char *wire_take(Wire *wire)
{
    char *text = g_strdup(wire->log->str);
    g_string_truncate(wire->log, 0);
    return text;
}
