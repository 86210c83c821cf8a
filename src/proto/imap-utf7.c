/* Mailbox names: modified UTF-7 undone (RFC 3501 section 5.1.3). */
#include "proto/imap.h"

#include <string.h>

static int base64_value(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

/* One shifted stretch, from behind & to its -.  FALSE: it is none, nothing was added. */
static gboolean unshift(const char *from, const char *to, GString *out)
{
    g_autoptr(GString) added = g_string_new(NULL);
    guint32 bits = 0, n_bits = 0, high = 0;
    for (; from < to; from++) {
        int value = base64_value(*from);
        if (value < 0)
            return FALSE;
        bits = bits << 6 | (guint32)value;
        n_bits += 6;
        if (n_bits < 16)
            continue;
        n_bits -= 16;
        guint32 unit = bits >> n_bits & 0xffff;
        bits &= (1U << n_bits) - 1;
        if (unit >= 0xd800 && unit < 0xdc00 && high == 0) {
            high = unit;
        } else if (unit >= 0xdc00 && unit < 0xe000 && high != 0) {
            g_string_append_unichar(added, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
            high = 0;
        } else if (high != 0 || unit == 0 || (unit >= 0xd800 && unit < 0xe000)) {
            return FALSE;
        } else {
            g_string_append_unichar(added, unit);
        }
    }
    if (high != 0 || n_bits >= 6 || bits != 0)
        return FALSE;
    g_string_append_len(out, added->str, (gssize)added->len);
    return TRUE;
}

char *mg_imap_folder(const char *name, gboolean utf8)
{
    if (g_ascii_strcasecmp(name, "INBOX") == 0)
        return g_strdup("INBOX");
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *at = name; *at != '\0'; at++) {
        const char *end = !utf8 && *at == '&' ? strchr(at, '-') : NULL;
        if (end == at + 1) {
            g_string_append_c(out, '&');
            at = end;
        } else if (end != NULL && unshift(at + 1, end, out)) {
            at = end;
        } else {
            g_string_append_c(out, *at);
        }
    }
    return g_utf8_make_valid(out->str, (gssize)out->len);
}

char *mg_imap_folder_of(const MgImap *imap, const MgImapParse *parse, const MgImapNode *node)
{
    g_autofree char *name = mg_imap_string(parse, node);
    return name != NULL ? mg_imap_folder(name, imap->utf8) : NULL;
}
