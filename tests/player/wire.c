/* Packets of a script, in many disguises. */
#include "player.h"

#include <string.h>

const char *disguise_name(Disguise disguise)
{
    static const char *const names[] = {"whole",    "lines",      "octets", "cut", "swapped",
                                        "repeated", "overlapped", "early",  "lost"};
    return names[disguise];
}

typedef struct {
    guint32 next[2];  /* sequence number of the next octet of each side */
    guint32 acked[2]; /* what each side acknowledged last */
    gboolean opened;
    gboolean unknown[2]; /* nothing tells where the stream of this side begins */
} State;

typedef struct {
    const Script *script;
    GPtrArray *packets;
    State *states;
    MgTime now;
} Builder;

static void packet_free(gpointer data)
{
    Packet *packet = data;
    g_clear_pointer(&packet->payload, g_bytes_unref);
    g_free(packet);
}

static Packet *emit(Builder *b, guint connection, MgSide side, guint8 flags, GBytes *payload)
{
    State *state = &b->states[connection];
    Packet *packet = g_new0(Packet, 1);
    gsize len = payload != NULL ? g_bytes_get_size(payload) : 0;
    *packet = (Packet){.connection = connection,
                       .side = side,
                       .flags = flags,
                       .seq = state->next[side],
                       .ack = state->next[1 - side],
                       .payload = payload != NULL ? g_bytes_ref(payload) : g_bytes_new(NULL, 0),
                       .time = b->now,
                       .captured = TRUE};
    state->acked[side] = packet->ack;
    packet->first_of_unknown = len > 0 && state->unknown[side];
    if (len > 0)
        state->unknown[side] = FALSE;
    state->next[side] += (guint32)len;
    if ((flags & (MG_TCP_SYN | MG_TCP_FIN)) != 0)
        state->next[side]++;
    g_ptr_array_add(b->packets, packet);
    b->now += 100 * 1000;
    return packet;
}

static void open_connection(Builder *b, guint connection)
{
    State *state = &b->states[connection];
    if (state->opened)
        return;
    state->opened = TRUE;
    /* One side's numbers wrap early, so that every dialogue crosses the wrap. */
    state->next[0] = 1000 + connection * 77777;
    state->next[1] = G_MAXUINT32 - 20;
    if (g_array_index(b->script->connections, Connection, connection).midstream) {
        state->unknown[0] = state->unknown[1] = TRUE;
        return;
    }
    emit(b, connection, 0, MG_TCP_SYN, NULL)->ack = 0;
    emit(b, connection, 1, MG_TCP_SYN | MG_TCP_ACK, NULL);
    emit(b, connection, 0, MG_TCP_ACK, NULL);
}

static GBytes *slice(GBytes *bytes, gsize from, gsize to)
{
    return g_bytes_new_from_bytes(bytes, from, to - from);
}

/* The data of one turn: joined, and cut as the disguise says.  `streamed` counts octets. */
static void emit_data(Builder *b, const Happening *happening, Disguise disguise, guint at,
                      guint *streamed)
{
    gsize len = g_bytes_get_size(happening->data);
    gsize cut =
        disguise == DISGUISE_CUT && at > *streamed && at < *streamed + len ? at - *streamed : 0;
    gsize step = disguise == DISGUISE_OCTETS ? 1 : cut > 0 ? cut : len;
    for (gsize from = 0; from < len;) {
        gsize to = MIN(from + step, len);
        g_autoptr(GBytes) part = slice(happening->data, from, to);
        emit(b, happening->connection, happening->side, MG_TCP_ACK | MG_TCP_PSH, part);
        from = to;
        step = disguise == DISGUISE_OCTETS ? 1 : len;
    }
    *streamed += (guint)len;
}

/* Consecutive lines of one side joined into one happening. */
static GPtrArray *joined(const Script *script)
{
    GPtrArray *turns = g_ptr_array_new();
    for (guint i = 0; i < script->happenings->len; i++) {
        const Happening *h = g_ptr_array_index(script->happenings, i);
        Happening *last = turns->len > 0 ? g_ptr_array_index(turns, turns->len - 1) : NULL;
        if (last != NULL && h->what == HAPPENS_DATA && last->what == HAPPENS_DATA &&
            last->side == h->side && last->connection == h->connection) {
            gsize a, b;
            const guint8 *one = g_bytes_get_data(last->data, &a);
            const guint8 *two = g_bytes_get_data(h->data, &b);
            guint8 *both = g_malloc(a + b);
            memcpy(both, one, a);
            memcpy(both + a, two, b);
            g_bytes_unref(last->data);
            last->data = g_bytes_new_take(both, a + b);
        } else {
            Happening *copy = g_memdup2(h, sizeof *h);
            if (copy->data != NULL)
                g_bytes_ref(copy->data);
            g_ptr_array_add(turns, copy);
        }
    }
    return turns;
}

static void turns_free(GPtrArray *turns)
{
    for (guint i = 0; i < turns->len; i++) {
        Happening *h = g_ptr_array_index(turns, i);
        g_clear_pointer(&h->data, g_bytes_unref);
        g_free(h);
    }
    g_ptr_array_unref(turns);
}

static void emit_happening(Builder *b, const Happening *h, Disguise disguise, guint at,
                           guint *streamed)
{
    open_connection(b, h->connection);
    switch (h->what) {
    case HAPPENS_DATA:
        emit_data(b, h, disguise, at, streamed);
        break;
    case HAPPENS_GAP:
        emit(b, h->connection, h->side, MG_TCP_ACK, h->data)->captured = FALSE;
        emit(b, h->connection, 1 - h->side, MG_TCP_ACK, NULL);
        break;
    case HAPPENS_CLOSE:
        emit(b, h->connection, h->side, MG_TCP_FIN | MG_TCP_ACK, NULL);
        emit(b, h->connection, 1 - h->side, MG_TCP_FIN | MG_TCP_ACK, NULL);
        emit(b, h->connection, h->side, MG_TCP_ACK, NULL);
        break;
    case HAPPENS_FIN:
        emit(b, h->connection, h->side, MG_TCP_FIN | MG_TCP_ACK, NULL);
        break;
    case HAPPENS_RESET:
        emit(b, h->connection, h->side, MG_TCP_RST | MG_TCP_ACK, NULL);
        break;
    case HAPPENS_RESET_UNREAD: {
        guint32 acked = b->states[h->connection].acked[h->side];
        emit(b, h->connection, h->side, MG_TCP_RST | MG_TCP_ACK, NULL)->ack = acked;
        break;
    }
    case HAPPENS_WAIT:
        b->now += h->wait;
        break;
    }
    b->now += 10 * 1000 * 1000;
}

static gboolean is_data(const Packet *packet)
{
    return g_bytes_get_size(packet->payload) > 0 && packet->captured;
}

static gboolean same_turn(const Packet *a, const Packet *b)
{
    return is_data(a) && is_data(b) && a->connection == b->connection && a->side == b->side &&
           a->ack == b->ack && !a->first_of_unknown;
}

static void swap(GPtrArray *packets, guint i)
{
    gpointer first = packets->pdata[i];
    packets->pdata[i] = packets->pdata[i + 1];
    packets->pdata[i + 1] = first;
}

static void disguise_swapped(GPtrArray *packets)
{
    for (guint i = 0; i + 1 < packets->len; i++)
        if (same_turn(packets->pdata[i], packets->pdata[i + 1])) {
            swap(packets, i);
            i++;
        }
}

static void disguise_early(GPtrArray *packets)
{
    for (guint i = 0; i + 1 < packets->len; i++) {
        const Packet *a = packets->pdata[i], *b = packets->pdata[i + 1];
        if (is_data(a) && is_data(b) && a->connection == b->connection && a->side != b->side &&
            !a->first_of_unknown) {
            swap(packets, i);
            i++;
        }
    }
}

static Packet *packet_copy(const Packet *packet)
{
    Packet *copy = g_memdup2(packet, sizeof *packet);
    g_bytes_ref(copy->payload);
    return copy;
}

static void disguise_repeated(GPtrArray *packets)
{
    for (guint i = 0; i < packets->len; i += 2)
        g_ptr_array_insert(packets, (int)i + 1, packet_copy(packets->pdata[i]));
}

/* Each data packet also carries the second half of the one before it. */
static void disguise_overlapped(GPtrArray *packets)
{
    for (guint i = packets->len; i-- > 1;) {
        Packet *packet = packets->pdata[i];
        if (!is_data(packet))
            continue;
        for (guint j = i; j-- > 0;) {
            const Packet *before = packets->pdata[j];
            if (before->connection != packet->connection || before->side != packet->side ||
                !is_data(before))
                continue;
            gsize len = g_bytes_get_size(before->payload), half = len / 2;
            if (before->seq + (guint32)len != packet->seq)
                break;
            GByteArray *both = g_byte_array_new();
            g_byte_array_append(
                both, (const guint8 *)g_bytes_get_data(before->payload, NULL) + len - half,
                (guint)half);
            gsize own;
            const guint8 *data = g_bytes_get_data(packet->payload, &own);
            g_byte_array_append(both, data, (guint)own);
            g_bytes_unref(packet->payload);
            packet->payload = g_byte_array_free_to_bytes(both);
            packet->seq -= (guint32)half;
            break;
        }
    }
}

static gboolean lose(GPtrArray *packets, guint at)
{
    for (guint i = 0; i < packets->len; i++) {
        Packet *packet = packets->pdata[i];
        if (is_data(packet) && at-- == 0) {
            packet->captured = FALSE;
            return TRUE;
        }
    }
    return FALSE;
}

GPtrArray *wire_packets(const Script *script, Disguise disguise, guint at)
{
    g_autofree State *states = g_new0(State, MAX(script->connections->len, 1));
    Builder b = {.script = script,
                 .packets = g_ptr_array_new_with_free_func(packet_free),
                 .states = states,
                 .now = G_GINT64_CONSTANT(1700000000) * MG_SECOND};
    gboolean whole =
        disguise == DISGUISE_WHOLE || disguise == DISGUISE_CUT || disguise == DISGUISE_EARLY;
    guint streamed = 0;
    GPtrArray *turns = whole ? joined(script) : NULL;
    const GPtrArray *happenings = whole ? turns : script->happenings;
    for (guint i = 0; i < happenings->len; i++)
        emit_happening(&b, g_ptr_array_index(happenings, i), disguise, at, &streamed);
    g_clear_pointer(&turns, turns_free);

    gboolean beyond = FALSE;
    if (disguise == DISGUISE_CUT)
        beyond = at >= streamed;
    else if (disguise == DISGUISE_SWAPPED)
        disguise_swapped(b.packets);
    else if (disguise == DISGUISE_EARLY)
        disguise_early(b.packets);
    else if (disguise == DISGUISE_REPEATED)
        disguise_repeated(b.packets);
    else if (disguise == DISGUISE_OVERLAPPED)
        disguise_overlapped(b.packets);
    for (guint i = 0; i < b.packets->len; i++)
        ((Packet *)b.packets->pdata[i])->frame = i + 1;
    if (disguise == DISGUISE_LOST)
        beyond = !lose(b.packets, at);
    if (beyond)
        g_clear_pointer(&b.packets, g_ptr_array_unref);
    return b.packets;
}
