/* After a hole, or where the capture began in the middle: which line can be trusted?
 *
 * The hole may have swallowed the beginning of a literal, so that message text passes by, and
 * message text may look like IMAP ("* 3 apples", "A good idea").  A line is trusted when it has
 * the form of one (RFC 9051 section 9) and fits what was seen of this session. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* "A0017" becomes "a9": runs of letters and digits. */
static char *shape_of(MgSlice tag)
{
    GString *shape = g_string_new(NULL);
    for (gsize i = 0; i < tag.len && shape->len < 32; i++) {
        char c = (char)tag.data[i];
        char kind = g_ascii_isdigit(c) ? '9' : g_ascii_isalpha(c) ? 'a' : c;
        if (shape->len == 0 || shape->str[shape->len - 1] != kind)
            g_string_append_c(shape, kind);
    }
    return g_string_free(shape, FALSE);
}

void mg_imap_learn_tag(MgImap *imap, const char *tag)
{
    g_free(imap->tag_shape);
    imap->tag_shape = shape_of((MgSlice){(const guint8 *)tag, strlen(tag)});
}

/* RFC 9051: tag = 1*<any ASTRING-CHAR except "+">. */
static gboolean is_tag(const MgImap *imap, MgSlice word)
{
    if (word.len == 0 || word.len > 64)
        return FALSE;
    for (gsize i = 0; i < word.len; i++)
        if (word.data[i] <= ' ' || word.data[i] >= 0x7f ||
            strchr("(){%*\"\\+", word.data[i]) != NULL)
            return FALSE;
    if (imap->tag_shape == NULL)
        return TRUE;
    g_autofree char *shape = shape_of(word);
    return strcmp(shape, imap->tag_shape) == 0;
}

gboolean mg_imap_fits_client(const MgImap *imap, MgSlice line)
{
    if (mg_slice_is(line, "DONE"))
        return TRUE;
    MgSlice tag = mg_word_next(&line), verb = mg_word_next(&line);
    return is_tag(imap, tag) && mg_imap_verb_known(verb) && !mg_slice_is(verb, "DONE");
}

static gboolean is_status(MgSlice word, gboolean tagged)
{
    return mg_slice_is(word, "OK") || mg_slice_is(word, "NO") || mg_slice_is(word, "BAD") ||
           (!tagged && (mg_slice_is(word, "BYE") || mg_slice_is(word, "PREAUTH")));
}

/* In message text lists begin with "* " too. */
static gboolean fits_untagged(MgSlice line)
{
    MgSlice word = mg_word_next(&line);
    guint64 number;
    if (mg_slice_number(word, G_MAXUINT32, &number)) {
        MgSlice what = mg_word_next(&line), rest = mg_word_next(&line);
        if (mg_slice_is(what, "FETCH") || mg_slice_is(what, "UIDFETCH"))
            return rest.len > 0 && rest.data[0] == '(';
        return rest.len == 0 && (mg_slice_is(what, "EXISTS") || mg_slice_is(what, "EXPUNGE") ||
                                 mg_slice_is(what, "RECENT"));
    }
    gboolean capitals = word.len > 1;
    for (gsize i = 0; i < word.len; i++)
        capitals &= !g_ascii_islower(word.data[i]);
    return capitals && (is_status(word, FALSE) || mg_imap_response_key(word) != NULL);
}

gboolean mg_imap_fits_server(MgImap *imap, MgSlice line)
{
    MgSlice first = mg_word_next(&line);
    if (mg_slice_is(first, "*"))
        return fits_untagged(line);
    if (mg_slice_is(first, "+"))
        return imap->auth != NULL || imap->idle != NULL || imap->reading != NULL;
    MgSlice status = mg_word_next(&line);
    if (!is_status(status, TRUE))
        return FALSE;
    if (mg_imap_open_find(imap, first) != NULL)
        return TRUE;
    /* The command lies in a hole, or before the capture's beginning. */
    gboolean digit = FALSE;
    for (gsize i = 0; i < first.len; i++)
        digit |= g_ascii_isdigit(first.data[i]);
    return is_tag(imap, first) && (digit || imap->tag_shape != NULL);
}
