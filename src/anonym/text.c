/* Captured text, with every name in it replaced. */
#include "anonym/text.h"

#include <string.h>

typedef struct {
    MgPseudonyms *names;
    GString *out;
    MgWording wording;
    const char *text;  /* all of it, to look back */
    gboolean searched; /* the word before asked for people's words (SEARCH SUBJECT …) */
    char traced;       /* of a Received field, the word before: f(rom), b(y), i(d), 0 */
} Writer;

static gboolean in_word(guchar c)
{
    return g_ascii_isalnum(c) || c >= 0x80 || strchr("!#$%&'*+./:=?@^_`{|}~-", c) != NULL;
}

static gboolean in_plain_word(guchar c)
{
    return g_ascii_isalnum(c) || c >= 0x80 || c == '-' || c == '_';
}

static void put_address(Writer *w, const MgAddress *address)
{
    MgAddress other = mg_pseudonyms_address(w->names, address, MG_ACTOR_NONE);
    g_autofree char *text = mg_address_string(&other);
    g_string_append(w->out, text);
}

/* "BODY[1.2.3.4]" names a part, "[1.2.3.4]" a host. */
static gboolean is_section(const Writer *w, const char *word)
{
    return word > w->text + 1 && word[-1] == '[' && g_ascii_isalpha(word[-2]);
}

static gboolean put_as_address(Writer *w, const char *word, const char *at)
{
    MgAddress address;
    gsize front = g_ascii_strncasecmp(word, "IPv6:", 5) == 0 ? 5 : 0;
    if (mg_address_parse(word + front, &address)) {
        if (is_section(w, at))
            return FALSE;
        g_string_append_len(w->out, word, (gssize)front);
        put_address(w, &address);
        return TRUE;
    }
    const char *colon = strrchr(word, ':');
    if (colon == NULL || colon[strspn(colon + 1, "0123456789") + 1] != '\0')
        return FALSE;
    g_autofree char *bare = g_strndup(word, (gsize)(colon - word));
    if (!mg_address_parse(bare, &address))
        return FALSE;
    put_address(w, &address);
    g_string_append(w->out, colon);
    return TRUE;
}

/* "header.from=bob@…", "AUTH=bob@…", but not the local part of "list-bob=beta.lab@…". */
static gsize parameter_name(const char *word)
{
    static const char *const known[] = {"from", "to",    "user", "auth",   "rcpt", "login",
                                        "addr", "orcpt", "mail", "mailto", "helo", "name"};
    gsize len = strcspn(word, "=:");
    if (word[len] == '\0')
        return 0;
    g_autofree char *name = g_strndup(word, len);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_ascii_strcasecmp(name, known[i]) == 0)
            return len + 1;
    gboolean capitals = len > 0;
    for (gsize i = 0; i < len; i++)
        capitals = capitals && !g_ascii_islower(name[i]) && name[i] != '@';
    return capitals || g_str_has_suffix(name, ".mailfrom") || g_str_has_suffix(name, ".from")
               ? len + 1
               : 0;
}

static void put_words(Writer *w, const char *word)
{
    while (*word != '\0') {
        gsize len = 0;
        while (in_plain_word((guchar)word[len]))
            len++;
        if (len == 0) {
            g_string_append_c(w->out, *word++);
            continue;
        }
        g_autofree char *part = g_strndup(word, len);
        const char *other = mg_pseudonyms_word(w->names, part);
        g_string_append(w->out, other != NULL ? other : part);
        word += len;
    }
}

static void put_name(Writer *w, const char *word, const char *at)
{
    const char *known = mg_pseudonyms_word(w->names, word);
    if (known != NULL) {
        g_string_append(w->out, known);
        return;
    }
    if (put_as_address(w, word, at))
        return;
    gsize front = parameter_name(word);
    if (front > 0) {
        g_string_append_len(w->out, word, (gssize)front);
        put_name(w, word + front, at + front);
        return;
    }
    const char *mail = strrchr(word, '@');
    if (mail != NULL && mail > word && mail[1] != '\0') {
        g_autofree char *other = mg_pseudonyms_mailbox(w->names, word);
        g_string_append(w->out, other);
    } else if (mg_pseudonyms_is_host(w->names, mail != NULL ? mail + 1 : word)) {
        if (mail != NULL)
            g_string_append_len(w->out, word, mail + 1 - word);
        g_string_append(w->out, mg_pseudonyms_host(w->names, mail != NULL ? mail + 1 : word));
    } else {
        put_words(w, word);
    }
}

static gboolean asks_for_words(const char *word)
{
    static const char *const keys[] = {"FROM",    "TO",   "CC",   "BCC",
                                       "SUBJECT", "BODY", "TEXT", "X-GM-RAW"};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        if (g_ascii_strcasecmp(word, keys[i]) == 0)
            return TRUE;
    return FALSE;
}

/* "from a by b with ESMTP id 4F1A2" (RFC 5321 section 4.4): what stands behind these words is a
 * name whatever its form. */
static gboolean put_traced(Writer *w, const char *word)
{
    char before = w->traced;
    gboolean mark = g_ascii_strcasecmp(word, "from") == 0 || g_ascii_strcasecmp(word, "by") == 0 ||
                    g_ascii_strcasecmp(word, "id") == 0;
    w->traced = w->wording == MG_WORDING_TRACE && mark ? g_ascii_tolower(word[0]) : '\0';
    MgAddress address;
    if (before == '\0' || w->traced != '\0' || mg_address_parse(word, &address))
        return FALSE;
    g_string_append(w->out, before == 'i' ? mg_pseudonyms_queue_id(w->names, word)
                                          : mg_pseudonyms_host(w->names, word));
    return TRUE;
}

/* A run of word characters, its final punctuation apart. */
static void put_run(Writer *w, const char *run, gsize len)
{
    gsize bare = len;
    while (bare > 0 && strchr(".:,;!?'", run[bare - 1]) != NULL)
        bare--;
    g_autofree char *word = g_strndup(run, bare);
    gboolean wanted = w->searched;
    w->searched = w->wording == MG_WORDING_SEARCH && asks_for_words(word);
    if (wanted && bare > 0) {
        gsize before = w->out->len;
        put_name(w, word, run);
        if (strcmp(w->out->str + before, word) == 0) {
            g_string_truncate(w->out, before);
            g_string_append(w->out, "…");
        }
    } else if (bare > 0 && !put_traced(w, word)) {
        put_name(w, word, run);
    }
    g_string_append_len(w->out, run + bare, (gssize)(len - bare));
}

/* ---- Quoted strings ---- */

/* What the structure of a body and the options of IMAP say in quotes. */
static gboolean is_technical(const char *text)
{
    static const char *const words[] = {
        "TEXT",
        "PLAIN",
        "HTML",
        "CHARSET",
        "US-ASCII",
        "UTF-8",
        "ISO-8859-1",
        "ISO-8859-15",
        "WINDOWS-1252",
        "7BIT",
        "8BIT",
        "BINARY",
        "BASE64",
        "QUOTED-PRINTABLE",
        "MIXED",
        "ALTERNATIVE",
        "RELATED",
        "REPORT",
        "SIGNED",
        "MULTIPART",
        "BOUNDARY",
        "NAME",
        "FILENAME",
        "FORMAT",
        "FLOWED",
        "FIXED",
        "DELSP",
        "YES",
        "NO",
        "INLINE",
        "ATTACHMENT",
        "APPLICATION",
        "OCTET-STREAM",
        "PDF",
        "ZIP",
        "IMAGE",
        "PNG",
        "JPEG",
        "GIF",
        "MESSAGE",
        "RFC822",
        "DELIVERY-STATUS",
        "DISPOSITION-NOTIFICATION",
        "RFC822-HEADERS",
        "REPORT-TYPE",
        "PROTOCOL",
        "MICALG",
        "AUDIO",
        "VIDEO",
        "NIL",
        "EN",
        "DE",
        "FR",
        "ES",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(text, words[i]) == 0)
            return TRUE;
    /* A date says when, not who. */
    return text[strspn(text, "0123456789:+- ")] == '\0' ||
           (strchr(text, ':') != NULL && strlen(text) >= 20 && strlen(text) <= 40 &&
            text[strspn(text, "0123456789:+-, AMTWFSJONDaehrpiuglcstbvdonyGMTUC()")] == '\0');
}

/* A path of folders whose names have spaces: its levels one by one. */
static void put_plain_quoted(Writer *w, const char *text)
{
    gboolean spaces = strchr(text, ' ') != NULL;
    while (TRUE) {
        gsize level = spaces ? strcspn(text, "./") : strlen(text);
        g_autofree char *front = g_strndup(text, level);
        const char *known = mg_pseudonyms_word(w->names, front);
        if (known != NULL)
            g_string_append(w->out, known);
        else
            mg_anonym_text(w->names, front, level, 0, MG_WORDING_PLAIN, w->out);
        if (text[level] == '\0')
            return;
        g_string_append_c(w->out, text[level]);
        text += level + 1;
    }
}

static void put_quoted(Writer *w, const char *inside, gsize len)
{
    g_autofree char *text = g_strndup(inside, len);
    const char *known = mg_pseudonyms_word(w->names, text);
    gboolean written_by_people =
        w->wording == MG_WORDING_QUOTED || (w->wording == MG_WORDING_SEARCH && w->searched);
    w->searched = FALSE;
    g_string_append_c(w->out, '"');
    if (known != NULL) {
        g_string_append(w->out, known);
    } else if (!written_by_people) {
        put_plain_quoted(w, text);
    } else if (len <= 1 || text[0] == '\\' || is_technical(text)) {
        g_string_append(w->out, text);
    } else if (mg_pseudonyms_is_host(w->names, text)) {
        g_string_append(w->out, mg_pseudonyms_host(w->names, text));
    } else {
        g_string_append(w->out, "…");
    }
    g_string_append_c(w->out, '"');
}

/* The octet behind the closing quote, or NULL where there is none. */
static const char *closing(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at < end ? at + 1 : NULL;
}

/* ---- Coded answers ---- */

static gboolean is_coded(const char *text, gsize len)
{
    gsize base64 = 0;
    while (base64 < len && (g_ascii_isalnum(text[base64]) || strchr("+/=", text[base64]) != NULL))
        base64++;
    return base64 == len && len >= 4 && len % 4 == 0;
}

static gboolean put_coded(Writer *w, const char *word, gsize len)
{
    if (w->wording != MG_WORDING_CODED || !is_coded(word, len))
        return FALSE;
    g_string_append(w->out, "********");
    return TRUE;
}

void mg_anonym_text(MgPseudonyms *names, const char *text, gsize len, gsize verbatim,
                    MgWording wording, GString *into)
{
    Writer w = {.names = names, .out = into, .wording = wording, .text = text};
    const char *at = text + MIN(verbatim, len);
    const char *end = text + len;
    g_string_append_len(into, text, (gssize)(at - text));
    while (at < end) {
        const char *behind = *at == '"' ? closing(at + 1, end) : NULL;
        if (behind != NULL) {
            put_quoted(&w, at + 1, (gsize)(behind - at) - 2);
            at = behind;
            continue;
        }
        gsize run = 0;
        while (at + run < end && in_word((guchar)at[run]))
            run++;
        if (run == 0) {
            g_string_append_c(into, *at++);
            continue;
        }
        if (!put_coded(&w, at, run))
            put_run(&w, at, run);
        at += run;
    }
}

char *mg_anonym_string(MgPseudonyms *names, const char *text)
{
    if (text == NULL)
        return NULL;
    GString *out = g_string_new(NULL);
    mg_anonym_text(names, text, strlen(text), 0, MG_WORDING_PLAIN, out);
    return g_string_free(out, FALSE);
}
