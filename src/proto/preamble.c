/* PROXY headers and proxies in front of a mail connection. */
#include "proto/preamble.h"

#include <string.h>

#include "proto/line.h"

/* The longest first version of a PROXY header, CR LF included. */
#define PROXY_V1_MAX 107

static const guint8 proxy_v2[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                    0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

static MgStatus proxy_line(MgSlice bytes, gsize *ret_octets, char **ret_source)
{
    const guint8 *feed = memchr(bytes.data, '\n', MIN(bytes.len, (gsize)PROXY_V1_MAX));
    if (feed == NULL)
        return bytes.len < PROXY_V1_MAX ? MG_MORE : MG_MALFORMED;
    MgSlice rest = {bytes.data, (gsize)(feed - bytes.data)};
    if (rest.len > 0 && rest.data[rest.len - 1] == '\r')
        rest.len--;
    mg_word_next(&rest);
    MgSlice family = mg_word_next(&rest);
    MgSlice source = mg_word_next(&rest);
    if (!mg_slice_is(family, "TCP4") && !mg_slice_is(family, "TCP6") &&
        !mg_slice_is(family, "UNKNOWN"))
        return MG_MALFORMED;
    *ret_octets = (gsize)(feed - bytes.data) + 1;
    *ret_source = source.len > 0 ? mg_slice_dup(source) : NULL;
    return MG_DONE;
}

static MgStatus proxy_binary(MgSlice bytes, gsize *ret_octets, char **ret_source)
{
    if (bytes.len < 16)
        return MG_MORE;
    gsize len = 16 + ((gsize)bytes.data[14] << 8 | bytes.data[15]);
    if ((bytes.data[12] >> 4) != 2)
        return MG_MALFORMED;
    if (bytes.len < len)
        return MG_MORE;
    MgAddress source = {0};
    gsize address_len = 0;
    if (bytes.data[13] >> 4 == 1 && len >= 16 + 12) {
        source.family = 4;
        address_len = 4;
    } else if (bytes.data[13] >> 4 == 2 && len >= 16 + 36) {
        source.family = 6;
        address_len = 16;
    }
    memcpy(source.bytes, bytes.data + 16, address_len);
    *ret_octets = len;
    *ret_source = source.family != 0 ? mg_address_string(&source) : NULL;
    return MG_DONE;
}

MgStatus mg_preamble_proxy(MgSlice bytes, gsize *ret_octets, char **ret_source)
{
    *ret_octets = 0;
    *ret_source = NULL;
    gsize looked = MIN(bytes.len, sizeof proxy_v2);
    if (looked == 0)
        return MG_MORE;
    if (memcmp(bytes.data, proxy_v2, looked) == 0)
        return looked < sizeof proxy_v2 ? MG_MORE : proxy_binary(bytes, ret_octets, ret_source);
    static const char word[] = "PROXY ";
    looked = MIN(bytes.len, sizeof word - 1);
    if (memcmp(bytes.data, word, looked) != 0)
        return MG_MALFORMED;
    return looked < sizeof word - 1 ? MG_MORE : proxy_line(bytes, ret_octets, ret_source);
}

/* The stages of the talk, each named by what comes next. */
enum {
    STAGE_FIRST,
    STAGE_S5_METHOD,    /* server chooses how to log in */
    STAGE_S5_LOGIN,     /* client's name and password */
    STAGE_S5_LOGGED_IN, /* server's answer to that */
    STAGE_S5_REQUEST,   /* client says where to */
    STAGE_S5_ANSWER,
    STAGE_S4_ANSWER,
    STAGE_HTTP_ANSWER,
    STAGE_OPEN,
};

static MgStatus enough(MgSlice bytes, gsize needed, gsize *ret_octets)
{
    if (bytes.len < needed)
        return MG_MORE;
    *ret_octets = needed;
    return MG_DONE;
}

/* Request and answer share their form: version, code, 0, kind of address, address, port. */
static MgStatus socks5_address(MgSlice bytes, gsize *ret_octets)
{
    if (bytes.len < 5)
        return MG_MORE;
    if (bytes.data[0] != 5 || bytes.data[2] != 0)
        return MG_MALFORMED;
    switch (bytes.data[3]) {
    case 1:
        return enough(bytes, 4 + 4 + 2, ret_octets);
    case 3:
        return enough(bytes, 4 + 1 + (gsize)bytes.data[4] + 2, ret_octets);
    case 4:
        return enough(bytes, 4 + 16 + 2, ret_octets);
    default:
        return MG_MALFORMED;
    }
}

/* User id and, for 4A (address 0.0.0.x), host name; both end with a zero octet. */
static MgStatus socks4_request(MgSlice bytes, gsize *ret_octets)
{
    if (bytes.len < 9)
        return MG_MORE;
    if (bytes.data[1] != 1)
        return MG_MALFORMED;
    guint strings = bytes.data[4] == 0 && bytes.data[5] == 0 && bytes.data[6] == 0 ? 2 : 1;
    gsize at = 8;
    while (strings-- > 0) {
        const guint8 *zero = memchr(bytes.data + at, 0, bytes.len - at);
        if (zero == NULL)
            return bytes.len < 8 + 512 ? MG_MORE : MG_MALFORMED;
        at = (gsize)(zero - bytes.data) + 1;
    }
    return enough(bytes, at, ret_octets);
}

/* A head of HTTP up to its empty line. */
static MgStatus http_head(MgSlice bytes, gsize *ret_octets)
{
    gsize window = MIN(bytes.len, (gsize)MG_LIMIT_GREETING);
    for (gsize at = 0; at + 1 < window; at++) {
        if (bytes.data[at] != '\n')
            continue;
        gsize next = at + 1;
        if (bytes.data[next] == '\r' && next + 1 < window)
            next++;
        if (bytes.data[next] == '\n')
            return enough(bytes, next + 1, ret_octets);
    }
    return bytes.len < MG_LIMIT_GREETING ? MG_MORE : MG_MALFORMED;
}

/* The client's first bytes: which proxy is it? */
static MgStatus first(MgTunnel *tunnel, MgSlice bytes, gsize *ret_octets)
{
    MgStatus status = MG_MALFORMED;
    guint next = STAGE_FIRST;
    if (bytes.data[0] == 5) {
        if (bytes.len < 2)
            return MG_MORE;
        if (bytes.data[1] == 0 || bytes.len > 2 + (gsize)bytes.data[1])
            return MG_MALFORMED;
        status = enough(bytes, 2 + (gsize)bytes.data[1], ret_octets);
        next = STAGE_S5_METHOD;
    } else if (bytes.data[0] == 4) {
        status = socks4_request(bytes, ret_octets);
        next = STAGE_S4_ANSWER;
    } else {
        static const char word[] = "CONNECT ";
        gsize looked = MIN(bytes.len, sizeof word - 1);
        if (memcmp(bytes.data, word, looked) != 0)
            return MG_MALFORMED;
        status = http_head(bytes, ret_octets);
        next = STAGE_HTTP_ANSWER;
    }
    if (status == MG_DONE)
        tunnel->stage = next;
    return status;
}

static MgStatus client_next(MgTunnel *tunnel, MgSlice bytes, gsize *ret_octets)
{
    MgStatus status;
    switch (tunnel->stage) {
    case STAGE_FIRST:
        return first(tunnel, bytes, ret_octets);
    case STAGE_S5_LOGIN: /* RFC 1929 */
        if (bytes.data[0] != 1)
            return MG_MALFORMED;
        if (bytes.len < 3 || bytes.len < 3 + (gsize)bytes.data[1])
            return MG_MORE;
        gsize name_len = bytes.data[1];
        status = enough(bytes, 3 + name_len + bytes.data[2 + name_len], ret_octets);
        if (status == MG_DONE)
            tunnel->stage = STAGE_S5_LOGGED_IN;
        return status;
    case STAGE_S5_REQUEST:
        status = socks5_address(bytes, ret_octets);
        if (status == MG_DONE)
            tunnel->stage = bytes.data[1] == 1 ? STAGE_S5_ANSWER : STAGE_FIRST;
        return status;
    default:
        return MG_MALFORMED;
    }
}

static MgStatus server_next(MgTunnel *tunnel, MgSlice bytes, gsize *ret_octets)
{
    MgStatus status;
    switch (tunnel->stage) {
    case STAGE_S5_METHOD:
        if (bytes.len < 2)
            return MG_MORE;
        if (bytes.data[0] != 5 || (bytes.data[1] != 0 && bytes.data[1] != 2))
            return MG_MALFORMED;
        tunnel->stage = bytes.data[1] == 0 ? STAGE_S5_REQUEST : STAGE_S5_LOGIN;
        return enough(bytes, 2, ret_octets);
    case STAGE_S5_LOGGED_IN:
        if (bytes.len < 2)
            return MG_MORE;
        if (bytes.data[1] != 0)
            return MG_MALFORMED;
        tunnel->stage = STAGE_S5_REQUEST;
        return enough(bytes, 2, ret_octets);
    case STAGE_S5_ANSWER:
        status = socks5_address(bytes, ret_octets);
        if (status == MG_DONE && bytes.data[1] != 0)
            return MG_MALFORMED;
        break;
    case STAGE_S4_ANSWER:
        status = bytes.data[0] != 0 ? MG_MALFORMED : enough(bytes, 8, ret_octets);
        if (status == MG_DONE && bytes.data[1] != 90)
            return MG_MALFORMED;
        break;
    case STAGE_HTTP_ANSWER:
        if (bytes.len < 12)
            return MG_MORE;
        if (memcmp(bytes.data, "HTTP/1.", 7) != 0 || bytes.data[9] != '2')
            return MG_MALFORMED;
        status = http_head(bytes, ret_octets);
        break;
    default:
        return MG_MALFORMED;
    }
    if (status == MG_DONE)
        tunnel->stage = STAGE_OPEN;
    return status;
}

MgStatus mg_tunnel_feed(MgTunnel *tunnel, gboolean from_client, MgSlice bytes, gsize *ret_octets)
{
    *ret_octets = 0;
    if (bytes.len == 0)
        return MG_MORE;
    return from_client ? client_next(tunnel, bytes, ret_octets)
                       : server_next(tunnel, bytes, ret_octets);
}

gboolean mg_tunnel_talks(const MgTunnel *tunnel)
{
    return tunnel->stage != STAGE_FIRST && tunnel->stage != STAGE_OPEN;
}

gboolean mg_tunnel_open(const MgTunnel *tunnel)
{
    return tunnel->stage == STAGE_OPEN;
}
