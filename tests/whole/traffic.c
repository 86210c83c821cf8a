/* See traffic.h. */
#include "traffic.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    SEGMENT = 1448,
    HEADERS = 14 + 20 + 20,
    BUFFER = 256 * 1024,
    TCP_FIN = 1,
    TCP_SYN = 2,
    TCP_PSH = 8,
    TCP_ACK = 16,
};

typedef struct {
    int fd;
    gboolean broken;
    guint8 *buffer;
    gsize used;
    guint64 clock; /* microseconds */
    TrafficCounts counts;
} Writer;

static void flush(Writer *writer)
{
    for (gsize at = 0; at < writer->used && !writer->broken;) {
        gssize n = write(writer->fd, writer->buffer + at, writer->used - at);
        if (n < 0 && errno != EINTR)
            writer->broken = TRUE;
        at += n > 0 ? (gsize)n : 0;
    }
    writer->used = 0;
}

static void put(Writer *writer, const void *data, gsize len)
{
    if (writer->used + len > BUFFER)
        flush(writer);
    memcpy(writer->buffer + writer->used, data, len);
    writer->used += len;
    writer->counts.octets += len;
}

static void set16(guint8 *at, guint value)
{
    at[0] = (guint8)(value >> 8);
    at[1] = (guint8)value;
}

static void set32(guint8 *at, guint32 value)
{
    set16(at, value >> 16);
    set16(at + 2, value & 0xffff);
}

/* ---- Connections ---- */

/* What one side says in one turn. */
typedef struct {
    guint side; /* 0 = the client */
    char *line;
    guint64 text; /* number of the message whose text follows the line; 0 = none */
} Turn;

typedef struct {
    guint64 number; /* 0 = idle */
    guint32 next[2];
    GArray *turns; /* Turn */
    guint turn;
    gsize said; /* octets of the turn */
} Talk;

static void packet(Writer *writer, const Talk *talk, guint side, guint8 flags,
                   const guint8 *payload, gsize len)
{
    guint8 head[16 + HEADERS] = {0};
    guint32 record[4] = {GUINT32_TO_LE((guint32)(writer->clock / 1000000)),
                         GUINT32_TO_LE((guint32)(writer->clock % 1000000)),
                         GUINT32_TO_LE((guint32)(HEADERS + len)),
                         GUINT32_TO_LE((guint32)(HEADERS + len))};
    memcpy(head, record, sizeof record);
    guint8 *ip = head + 16 + 14, *tcp = ip + 20;
    set16(ip - 2, 0x0800);
    ip[0] = 0x45;
    set16(ip + 2, (guint)(40 + len));
    ip[8] = 64;
    ip[9] = 6;
    guint client = (guint)(talk->number % 250);
    guint8 ends[2][4] = {{10, 0, 0, (guint8)(client + 2)}, {10, 0, 1, 1}};
    memcpy(ip + 12, ends[side], 4);
    memcpy(ip + 16, ends[1 - side], 4);
    guint ports[2] = {(guint)(10000 + talk->number % 50000), talk->number % 2 == 1 ? 25 : 110};
    set16(tcp, ports[side]);
    set16(tcp + 2, ports[1 - side]);
    set32(tcp + 4, talk->next[side]);
    set32(tcp + 8, talk->next[1 - side]);
    tcp[12] = 5 << 4;
    tcp[13] = flags;
    set16(tcp + 14, 65535);
    put(writer, head, sizeof head);
    if (len > 0)
        put(writer, payload, len);
    writer->counts.packets++;
    writer->clock += 20;
}

static void say(Talk *talk, guint side, guint64 text, const char *format, ...) G_GNUC_PRINTF(4, 5);

static void say(Talk *talk, guint side, guint64 text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Turn turn = {.side = side, .line = g_strdup_vprintf(format, arguments), .text = text};
    va_end(arguments);
    g_array_append_val(talk->turns, turn);
}

static void clear_turn(gpointer data)
{
    g_free(((Turn *)data)->line);
}

static void plan_smtp(Talk *talk, guint64 message)
{
    say(talk, 1, 0, "220 mx.example.org ESMTP\r\n");
    say(talk, 0, 0, "EHLO client-%u\r\n", (guint)(talk->number % 250));
    say(talk, 1, 0, "250-mx.example.org\r\n250 SIZE 99999999\r\n");
    say(talk, 0, 0, "MAIL FROM:<anna@example.org>\r\n");
    say(talk, 1, 0, "250 2.1.0 Ok\r\n");
    say(talk, 0, 0, "RCPT TO:<bob%u@example.org>\r\n", (guint)(message % 1000));
    say(talk, 1, 0, "250 2.1.5 Ok\r\n");
    say(talk, 0, 0, "DATA\r\n");
    say(talk, 1, 0, "354 Go ahead\r\n");
    say(talk, 0, message, "%s", "");
    say(talk, 0, 0, ".\r\n");
    say(talk, 1, 0, "250 2.0.0 Ok: queued as Q%" G_GUINT64_FORMAT "\r\n", message);
    say(talk, 0, 0, "QUIT\r\n");
    say(talk, 1, 0, "221 2.0.0 Bye\r\n");
}

/* message 0: the maildrop is empty. */
static void plan_pop3(Talk *talk, guint64 message, gsize octets)
{
    say(talk, 1, 0, "+OK ready\r\n");
    say(talk, 0, 0, "USER bob%u\r\n", (guint)(message % 1000));
    say(talk, 1, 0, "+OK\r\n");
    say(talk, 0, 0, "PASS secret\r\n");
    say(talk, 1, 0, "+OK Logged in.\r\n");
    if (message == 0) {
        say(talk, 0, 0, "STAT\r\n");
        say(talk, 1, 0, "+OK 0 0\r\n");
        say(talk, 0, 0, "QUIT\r\n");
        say(talk, 1, 0, "+OK Bye\r\n");
        return;
    }
    say(talk, 0, 0, "UIDL\r\n");
    say(talk, 1, 0, "+OK\r\n1 uidl-%" G_GUINT64_FORMAT "\r\n.\r\n", message);
    say(talk, 0, 0, "RETR 1\r\n");
    say(talk, 1, message, "+OK %" G_GSIZE_FORMAT " octets\r\n", octets);
    say(talk, 1, 0, ".\r\n");
    say(talk, 0, 0, "DELE 1\r\n");
    say(talk, 1, 0, "+OK Marked\r\n");
    say(talk, 0, 0, "QUIT\r\n");
    say(talk, 1, 0, "+OK Bye\r\n");
}

/* Octet number `at` of the text of a message: a header, then lines of 64 octets. */
static gsize text_part(guint64 message, gsize octets, gsize at, guint8 *part, gsize room)
{
    g_autofree char *header = g_strdup_printf("Message-ID: <m%" G_GUINT64_FORMAT
                                              "@example.org>\r\nFrom: anna@example.org\r\n"
                                              "Subject: Number %" G_GUINT64_FORMAT "\r\n\r\n",
                                              message, message);
    gsize head = strlen(header), n = 0;
    for (; n < room && at + n < octets; n++) {
        gsize here = at + n;
        if (here < head) {
            part[n] = (guint8)header[here];
            continue;
        }
        gsize column = (here - head) % 64;
        part[n] = column == 62   ? '\r'
                  : column == 63 ? '\n'
                                 : (guint8)('a' + (here / 64 + column + message) % 26);
    }
    return n;
}

/* The length of a text that ends with its last whole line. */
static gsize text_octets(guint64 message, gsize about)
{
    guint8 header[512];
    gsize n = text_part(message, sizeof header, 0, header, sizeof header);
    const char *end = g_strstr_len((const char *)header, (gssize)n, "\r\n\r\n");
    gsize head = (gsize)(end - (const char *)header) + 4;
    return head + MAX(about / 64, 1) * 64;
}

static void open_talk(Writer *writer, Talk *talk, const Traffic *traffic)
{
    talk->number = ++writer->counts.sessions;
    talk->next[0] = (guint32)(talk->number * 7919);
    talk->next[1] = (guint32)(talk->number * 104729);
    g_array_set_size(talk->turns, 0);
    talk->turn = 0;
    talk->said = 0;
    /* Fetched when it has been sent for certain. */
    guint64 pair = talk->number / 2;
    guint64 fetched = pair > traffic->together ? pair - traffic->together : 0;
    if (talk->number % 2 == 1)
        plan_smtp(talk, ++writer->counts.messages);
    else
        plan_pop3(talk, fetched, text_octets(fetched, traffic->message));
    packet(writer, talk, 0, TCP_SYN, NULL, 0);
    talk->next[0]++;
    packet(writer, talk, 1, TCP_SYN | TCP_ACK, NULL, 0);
    talk->next[1]++;
    packet(writer, talk, 0, TCP_ACK, NULL, 0);
}

static void close_talk(Writer *writer, Talk *talk)
{
    for (guint side = 0; side < 2; side++) {
        packet(writer, talk, side, TCP_FIN | TCP_ACK, NULL, 0);
        talk->next[side]++;
    }
    packet(writer, talk, 0, TCP_ACK, NULL, 0);
    talk->number = 0;
}

/* The next segment of a talk. */
static void go_on(Writer *writer, Talk *talk, gsize about)
{
    if (talk->turn == talk->turns->len) {
        close_talk(writer, talk);
        return;
    }
    const Turn *turn = &g_array_index(talk->turns, Turn, talk->turn);
    guint8 part[SEGMENT];
    gsize len = strlen(turn->line), n;
    gboolean last = TRUE;
    if (talk->said < len) {
        n = MIN(len - talk->said, (gsize)SEGMENT);
        memcpy(part, turn->line + talk->said, n);
        last = turn->text == 0;
    } else {
        gsize octets = text_octets(turn->text, about), at = talk->said - len;
        n = text_part(turn->text, octets, at, part, SEGMENT);
        last = at + n >= octets;
    }
    packet(writer, talk, turn->side, TCP_ACK | TCP_PSH, part, n);
    talk->next[turn->side] += (guint32)n;
    talk->said += n;
    /* A receiver acknowledges every second segment. */
    if (talk->said / SEGMENT % 2 == 1)
        packet(writer, talk, 1 - turn->side, TCP_ACK, NULL, 0);
    if (last) {
        talk->turn++;
        talk->said = 0;
    }
}

gboolean traffic_write(int fd, const Traffic *traffic, TrafficCounts *ret_counts)
{
    Writer writer = {
        .fd = fd, .buffer = g_malloc(BUFFER), .clock = G_GUINT64_CONSTANT(1700000000) * 1000000};
    guint8 header[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [18] = 4, [20] = 1};
    put(&writer, header, sizeof header);
    g_autofree Talk *talks = g_new0(Talk, traffic->together);
    for (guint i = 0; i < traffic->together; i++) {
        talks[i].turns = g_array_new(FALSE, FALSE, sizeof(Turn));
        g_array_set_clear_func(talks[i].turns, clear_turn);
    }
    guint open = 0;
    do {
        open = 0;
        for (guint i = 0; i < traffic->together && !writer.broken; i++) {
            Talk *talk = &talks[i];
            if (talk->number == 0 && writer.counts.octets < traffic->octets)
                open_talk(&writer, talk, traffic);
            else if (talk->number != 0)
                go_on(&writer, talk, traffic->message);
            open += talk->number != 0;
        }
    } while (open > 0 && !writer.broken);
    flush(&writer);
    for (guint i = 0; i < traffic->together; i++)
        g_array_unref(talks[i].turns);
    g_free(writer.buffer);
    *ret_counts = writer.counts;
    return !writer.broken;
}
