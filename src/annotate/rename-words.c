/* Words of a payload: those of the protocols stay, those of people become x. */
#include "annotate/hide.h"
#include "annotate/mend.h"
#include "annotate/rename.h"

#include <string.h>

/* Numbers of so many digits stay: ports, sizes, message numbers, reply codes. */
#define SHORT_NUMBER 4
/* An IMAP tag: so many characters, one of them a digit, at the beginning of a line. */
#define TAG 8

/* What the three protocols and the fields of a message say themselves; sorted. */
static const char *const spoken[] = {
    "8BITMIME",
    "ACL",
    "ALERT",
    "ALL",
    "ALREADYEXISTS",
    "ALTERNATIVE",
    "ANSWERED",
    "APOP",
    "APPEND",
    "APPENDUID",
    "APPLICATION",
    "ARCHIVE",
    "ATRN",
    "ATTACHMENT",
    "AUTH",
    "AUTHENTICATE",
    "AUTHENTICATIONFAILED",
    "BASE64",
    "BCC",
    "BDAT",
    "BEFORE",
    "BINARY",
    "BINARYMIME",
    "BODY",
    "BODYSTRUCTURE",
    "BYE",
    "CAPA",
    "CAPABILITY",
    "CATENATE",
    "CC",
    "CHARSET",
    "CHECK",
    "CHILDREN",
    "CHUNKING",
    "CLOSE",
    "CLOSED",
    "COMPRESS",
    "CONDSTORE",
    "CONTENT",
    "COPY",
    "COPYUID",
    "CRAM",
    "CREATE",
    "DATA",
    "DATE",
    "DEFLATE",
    "DELE",
    "DELETE",
    "DELETED",
    "DONE",
    "DRAFT",
    "DRAFTS",
    "DSN",
    "EHLO",
    "ENABLE",
    "ENABLED",
    "ENCODING",
    "ENHANCEDSTATUSCODES",
    "ENVELOPE",
    "ENVID",
    "ERR",
    "ESEARCH",
    "ESMTP",
    "ESMTPA",
    "ESMTPS",
    "ETRN",
    "EXAMINE",
    "EXISTS",
    "EXPIRE",
    "EXPN",
    "EXPUNGE",
    "FAILURE",
    "FETCH",
    "FIELDS",
    "FLAGGED",
    "FLAGS",
    "FORMAT",
    "FROM",
    "FULL",
    "GETACL",
    "HEADER",
    "HEADERS",
    "HELO",
    "HELP",
    "HTML",
    "ID",
    "IDLE",
    "IMAP4",
    "IMAP4REV1",
    "IMAP4REV2",
    "IN",
    "INBOX",
    "INTERNALDATE",
    "JUNK",
    "KEEP",
    "LARGER",
    "LAST",
    "LHLO",
    "LIST",
    "LITERAL",
    "LMTP",
    "LOGIN",
    "LOGINDISABLED",
    "LOGOUT",
    "LSUB",
    "MAIL",
    "MD5",
    "MESSAGE",
    "MESSAGES",
    "METADATA",
    "MIME",
    "MIXED",
    "MODIFIED",
    "MODSEQ",
    "MOVE",
    "MULTIAPPEND",
    "MULTIPART",
    "NAMESPACE",
    "NEVER",
    "NEW",
    "NIL",
    "NO",
    "NOOP",
    "NOT",
    "NOTIFY",
    "OCTETS",
    "OK",
    "OLD",
    "OR",
    "ORCPT",
    "PARTIAL",
    "PASS",
    "PEEK",
    "PERMANENTFLAGS",
    "PIPELINING",
    "PLAIN",
    "POP3",
    "PREAUTH",
    "PRINTABLE",
    "PROXY",
    "QRESYNC",
    "QUIT",
    "QUOTA",
    "QUOTED",
    "RCPT",
    "READ",
    "RECEIVED",
    "RECENT",
    "RENAME",
    "REPLACE",
    "RESP",
    "RET",
    "RETR",
    "RETURN",
    "RFC822",
    "RSET",
    "SASL",
    "SEARCH",
    "SEEN",
    "SELECT",
    "SENT",
    "SET",
    "SETACL",
    "SILENT",
    "SIZE",
    "SMALLER",
    "SMTP",
    "SMTPUTF8",
    "SORT",
    "SPECIAL",
    "STARTTLS",
    "STAT",
    "STATUS",
    "STLS",
    "STORE",
    "SUBJECT",
    "SUBSCRIBE",
    "SUCCESS",
    "TCP4",
    "TCP6",
    "TEXT",
    "THREAD",
    "TLS",
    "TO",
    "TOP",
    "TRANSFER",
    "TRASH",
    "TRYCREATE",
    "TURN",
    "TYPE",
    "UID",
    "UIDL",
    "UIDNEXT",
    "UIDPLUS",
    "UIDVALIDITY",
    "UNSEEN",
    "UNSELECT",
    "UNSUBSCRIBE",
    "UNCHANGEDSINCE",
    "USER",
    "UTF",
    "UTF7",
    "UTF8",
    "VANISHED",
    "VERSION",
    "VRFY",
    "WITH",
    "WRITE",
    "XCLIENT",
    "XFORWARD",
};

static gboolean is_spoken(const guint8 *word, gsize len)
{
    for (gsize i = 0; i < G_N_ELEMENTS(spoken); i++)
        if (strlen(spoken[i]) == len &&
            g_ascii_strncasecmp(spoken[i], (const char *)word, len) == 0)
            return TRUE;
    return FALSE;
}

static gboolean is_letter(guint8 c)
{
    return g_ascii_isalpha(c) || c >= 0x80;
}

static gboolean in_word(guint8 c)
{
    return is_letter(c) || g_ascii_isdigit(c);
}

typedef struct {
    guint8 *text;
    gsize len;
    guint32 at;
    guint64 sum;
} Masker;

static void put(Masker *m, gsize at, guint8 octet)
{
    m->sum += mg_mend_sum(m->at + (guint32)at, m->text[at], octet);
    m->text[at] = octet;
}

/* "10.0.0.2": where a run of digits and dots that begins at `at` ends; 0 = it has not four
 * numbers. */
static gsize dotted(const Masker *m, gsize at)
{
    guint numbers = 0;
    gsize end = at;
    while (end < m->len && g_ascii_isdigit(m->text[end])) {
        while (end < m->len && g_ascii_isdigit(m->text[end]))
            end++;
        numbers++;
        if (end + 1 >= m->len || m->text[end] != '.' || !g_ascii_isdigit(m->text[end + 1]))
            break;
        end++;
    }
    return numbers >= 4 ? end : 0;
}

static gboolean begins_line(const Masker *m, gsize at)
{
    return at == 0 || m->text[at - 1] == '\n';
}

/* Whether [from, to) stays as it is. */
static gboolean stays(const Masker *m, gsize from, gsize to)
{
    gsize digits = 0;
    for (gsize i = from; i < to; i++)
        digits += g_ascii_isdigit(m->text[i]) ? 1 : 0;
    if (digits == to - from) {
        /* A literal says how many octets follow. */
        gboolean literal = from > 0 && m->text[from - 1] == '{';
        return literal || digits <= SHORT_NUMBER;
    }
    gboolean tag = begins_line(m, from) && digits > 0 && to - from <= TAG && to < m->len &&
                   m->text[to] == ' ' && !(m->text[from] >= 0x80);
    return tag || is_spoken(m->text + from, to - from);
}

guint64 mg_rename_words(guint8 *text, gsize len, guint32 at)
{
    Masker m = {.text = text, .len = len, .at = at};
    for (gsize i = 0; i < len;) {
        if (!in_word(text[i])) {
            i++;
            continue;
        }
        gsize end = dotted(&m, i);
        gboolean masked = end > 0;
        if (end == 0) {
            for (end = i; end < len && in_word(text[end]);)
                end++;
            masked = !stays(&m, i, end);
        }
        for (; i < end; i++)
            if (masked && in_word(text[i]))
                put(&m, i, g_ascii_isdigit(text[i]) ? '0' : MG_HIDE_WITH);
    }
    return m.sum;
}
