/* Whose a FETCH line is, where a client has sent several FETCH commands at once.
 *
 * A server may answer commands that are open together in any order, and mix their lines (RFC
 * 9051 section 5.5).  A line belongs to the oldest FETCH that can have asked for it: the message
 * is in its set, and the texts are among its items.  Where none fits, it is a line that nobody
 * asked for, and goes with the oldest command as every untagged line does. */
#include "proto/imap.h"

#include <string.h>

enum {
    /* Open commands that are looked at for one line, and the length of what they ask for: more
     * is not worth the time that a hostile client can make of it. */
    LOOKED_AT = 16,
    LONG = 1000,
};

static gboolean is_fetch(const MgImapOpen *open)
{
    return open->command->done == mg_imap_done_fetch && open->complete && !open->broken &&
           open->set != NULL;
}

static gboolean addresses(const MgImapOpen *open, guint64 number, guint64 uid)
{
    guint64 asked = open->by_uid ? uid : number;
    if (strlen(open->set) > LONG)
        return TRUE;
    return asked != 0 && mg_imap_set_may_have(open->set, asked);
}

/* "BODY[HEADER.FIELDS" of "BODY[HEADER.FIELDS (TO)]": servers order the names anew. */
static gboolean same_item(const char *one, const char *other)
{
    gsize length = strcspn(one, " ");
    return length == strcspn(other, " ") && strncmp(one, other, length) == 0;
}

/* Items that the macros FAST, ALL and FULL stand for (RFC 9051 section 6.4.5). */
static const char *const in_macros[] = {"FLAGS",    "INTERNALDATE", "RFC822.SIZE",
                                        "ENVELOPE", "BODY",         NULL};
static const char *const macros[] = {"FAST", "ALL", "FULL", NULL};

static gboolean asks(const MgImapOpen *open, const char *item, guint64 origin)
{
    const GPtrArray *details = open->exchange->details;
    for (guint i = 0; i < details->len; i++) {
        const MgDetail *detail = g_ptr_array_index(details, i);
        if (detail->in_reply || detail->token == NULL || strlen(detail->token) > LONG)
            continue;
        guint64 from;
        MgSlice token = {(const guint8 *)detail->token, strlen(detail->token)};
        g_autofree char *asked = mg_imap_fetch_item(token, &from);
        if (same_item(asked, item) && (origin == G_MAXUINT64 || origin == from))
            return TRUE;
        if (g_strv_contains(macros, asked) && g_strv_contains(in_macros, item))
            return TRUE;
    }
    return FALSE;
}

/* The server tells these unasked, too. */
static gboolean comes_unasked(const char *item)
{
    static const char *const items[] = {"UID", "FLAGS", "MODSEQ", NULL};
    return g_strv_contains(items, item);
}

/* Whether the line can be an answer to this command.  *ret_sure: it brings something that the
 * command asks for. */
static gboolean can_answer(const MgImapOpen *open, const MgImapParse *parse, const MgImapNode *list,
                           gboolean *ret_sure)
{
    gboolean partial = strcmp(open->command->key, "imap.partial") == 0;
    gboolean many = open->exchange->details->len >= MG_LIMIT_DETAILS;
    *ret_sure = FALSE;
    guint looked = 0;
    for (const MgImapNode *name = mg_imap_child(parse, list);
         name != NULL && looked < LOOKED_AT && !partial && !many; looked++) {
        const MgImapNode *value = mg_imap_next(parse, name);
        guint64 origin;
        g_autofree char *item = mg_imap_fetch_item(mg_imap_raw(parse, name), &origin);
        gboolean asked = asks(open, item, origin);
        if (!asked && !comes_unasked(item))
            return FALSE;
        *ret_sure = *ret_sure || (asked && strcmp(item, "UID") != 0);
        name = mg_imap_next(parse, value);
    }
    return TRUE;
}

static guint64 uid_of(const MgImapParse *parse, const MgImapNode *list)
{
    guint64 uid;
    for (const MgImapNode *name = mg_imap_child(parse, list); name != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, name);
        if (mg_imap_is(parse, name, "UID") && mg_imap_number(parse, value, G_MAXUINT32, &uid))
            return uid;
        name = mg_imap_next(parse, value);
    }
    return 0;
}

MgImapOpen *mg_imap_owner(MgImap *imap, guint64 number, gboolean by_uid, const MgImapNode *list)
{
    const MgImapParse *parse = &imap->server;
    MgImapOpen *oldest = mg_imap_open_oldest(imap);
    if (g_queue_get_length(&imap->open) < 2 || !is_fetch(oldest) || !mg_imap_is_list(list))
        return oldest;
    guint64 uid = by_uid ? number : uid_of(parse, list);
    guint looked = 0;
    for (GList *link = imap->open.head; link != NULL && looked < LOOKED_AT;
         link = link->next, looked++) {
        MgImapOpen *open = link->data;
        gboolean sure;
        /* Other commands change what numbers mean: the server ends those before them first. */
        if (!is_fetch(open))
            break;
        if (addresses(open, by_uid ? 0 : number, uid) && can_answer(open, parse, list, &sure) &&
            (sure || open == oldest))
            return open;
    }
    return oldest;
}
