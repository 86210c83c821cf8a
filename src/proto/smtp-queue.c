/* The name under which a server keeps the message, read out of its positive reply.
 *
 * No standard says how it is told.  The forms below are those of the programs named; the id
 * comes back as `id` in the Received field that the server adds. */
#include <string.h>

#include "proto/smtp.h"

enum { QUEUE_ID_MAX = 128 };

/* One word from `text` on, without brackets and punctuation around it; NULL if it is none. */
static char *word_at(const char *text)
{
    gsize begin = strspn(text, " \t<([\"'");
    gsize len = strcspn(text + begin, " \t>)]\"',;");
    while (len > 0 && strchr(".:!", text[begin + len - 1]) != NULL)
        len--;
    if (len == 0 || len > QUEUE_ID_MAX)
        return NULL;
    for (gsize i = 0; i < len; i++)
        if (text[begin + i] <= 0x20 || text[begin + i] == 0x7f)
            return NULL;
    return g_strndup(text + begin, len);
}

/* The position of `word` in `text`, ASCII case folded; NULL if it is not there. */
static const char *find(const char *text, const char *word)
{
    gsize len = strlen(word);
    for (; *text != '\0'; text++)
        if (g_ascii_strncasecmp(text, word, len) == 0)
            return text;
    return NULL;
}

static char *behind(const char *text, const char *word)
{
    const char *at = find(text, word);
    return at != NULL ? word_at(at + strlen(word)) : NULL;
}

static gboolean has_digit(const char *word)
{
    return strpbrk(word, "0123456789") != NULL;
}

/* The word right before `mark`, if it looks like an id: it has a digit. */
static char *before(const char *text, const char *mark)
{
    const char *end = find(text, mark);
    if (end == NULL)
        return NULL;
    while (end > text && end[-1] == ' ')
        end--;
    const char *begin = end;
    while (begin > text && begin[-1] != ' ')
        begin--;
    g_autofree char *word = g_strndup(begin, (gsize)(end - begin));
    g_autofree char *id = word_at(word);
    return id != NULL && has_digit(id) ? g_steal_pointer(&id) : NULL;
}

/* "Queued (id)", "Message Queued (id)"; but "Queued (0.123 seconds)" names no id. */
static char *in_brackets(const char *text, const char *word)
{
    const char *at = find(text, word);
    if (at == NULL)
        return NULL;
    at += strlen(word);
    const char *end = strpbrk(at, " )");
    return end != NULL && *end == ')' ? word_at(at) : NULL;
}

/* "Ok. 0001C2B3.5FB8", "Ok 010001…": one word of letters and digits that ends the line. */
static char *sole_word(const char *text)
{
    static const char *const yes[] = {"Ok. ", "Ok ", "Ok: "};
    for (gsize i = 0; i < G_N_ELEMENTS(yes); i++) {
        if (g_ascii_strncasecmp(text, yes[i], strlen(yes[i])) != 0)
            continue;
        const char *word = text + strlen(yes[i]);
        if (strlen(word) < 8 || strchr(word, ' ') != NULL || !has_digit(word))
            return NULL;
        return word_at(word);
    }
    return NULL;
}

static char *id_of_line(const char *text)
{
    char *id;
    /* Postfix, and most that imitate it. */
    if ((id = behind(text, "queued as ")) != NULL)
        return id;
    /* Exchange. */
    if ((id = behind(text, "[InternalId=")) != NULL)
        return id;
    /* Exim. */
    if ((id = behind(text, " id=")) != NULL)
        return id;
    /* Stalwart and others. */
    if ((id = behind(text, "with id ")) != NULL || (id = behind(text, "queue id ")) != NULL)
        return id;
    /* sendmail, OpenSMTPD, CommuniGate Pro, Kerio. */
    if ((id = before(text, " Message accepted")) != NULL)
        return id;
    /* Dovecot's LMTP server. */
    if (g_str_has_suffix(text, " Saved") && (id = before(text, " Saved")) != NULL)
        return id;
    /* Gmail. */
    if ((id = before(text, " - gsmtp")) != NULL)
        return id;
    /* qmail and qpsmtpd. */
    if ((id = behind(text, " qp ")) != NULL)
        return id;
    /* IronPort: "ok:  Message 12345 accepted". */
    if (find(text, " accepted") != NULL && (id = behind(text, "Message ")) != NULL) {
        if (has_digit(id))
            return id;
        g_free(id);
    }
    /* Haraka. */
    if ((id = in_brackets(text, "Queued (")) != NULL)
        return id;
    /* Courier, Amazon SES. */
    return sole_word(text);
}

/* The line without an enhanced status code in front of it. */
static const char *skip_status(const char *text, const MgReply *reply)
{
    if (reply->enhanced != NULL && g_str_has_prefix(text, reply->enhanced))
        text += strlen(reply->enhanced);
    return text + strspn(text, " ");
}

char *mg_smtp_queue_id(const MgReply *reply)
{
    for (guint i = 0; i < reply->lines->len; i++) {
        const MgText *line = g_ptr_array_index(reply->lines, i);
        /* Up to a NUL, if there is one. */
        char *id = id_of_line(skip_status(line->text->str, reply));
        if (id != NULL)
            return id;
    }
    return NULL;
}
