/* Whose a FETCH line is, where a client has sent several FETCH commands at once.
 *
 * A server may answer commands that are open together in any order, and mix their lines (RFC
 * 9051 section 5.5).  A line belongs to the oldest FETCH that can have asked for it: the message
 * is in its set, and the texts are among its items.  Where none fits, it is a line that nobody
 * asked for, and goes with the oldest command as every untagged line does. */
#include "proto/imap.h"

#include <string.h>

enum {
    /* Octets of sets, and items that are compared, for one line: enough for dozens of commands
     * that name one message each.  More is not worth the time that a hostile client can make of
     * it. */
    WORK = 500,
    ITEMS = 32,
};

/* What a command asks for: one item, and where its slice begins. */
typedef struct {
    char *item;
    guint64 origin;
} Asked;

static void asked_clear(gpointer data)
{
    g_free(((Asked *)data)->item);
}

static gboolean is_fetch(const MgImapOpen *open)
{
    return open->command->done == mg_imap_done_fetch && open->complete && !open->broken &&
           open->set != NULL;
}

static gboolean addresses(const MgImapOpen *open, guint64 number, guint64 uid)
{
    guint64 asked = open->by_uid ? uid : number;
    return asked != 0 && mg_imap_set_may_have(open->set, asked);
}

/* FALSE: it is too much. */
static gboolean afford(gsize *work, gsize more)
{
    if (more > *work)
        return FALSE;
    *work -= more;
    return TRUE;
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

/* Its items, taken apart once.  Of a command with many of them only the first. */
static const GArray *asked_of(MgImapOpen *open)
{
    const GPtrArray *details = open->exchange->details;
    if (open->asked != NULL)
        return open->asked;
    open->asked = g_array_new(FALSE, FALSE, sizeof(Asked));
    g_array_set_clear_func(open->asked, asked_clear);
    for (guint i = 0; i < details->len && open->asked->len < ITEMS; i++) {
        const MgDetail *detail = g_ptr_array_index(details, i);
        if (detail->in_reply || detail->token == NULL)
            continue;
        Asked asked = {NULL, 0};
        MgSlice token = {(const guint8 *)detail->token, strlen(detail->token)};
        asked.item = mg_imap_fetch_item(token, &asked.origin);
        g_array_append_val(open->asked, asked);
    }
    return open->asked;
}

static gboolean asks(const GArray *asked, const char *item, guint64 origin)
{
    for (guint i = 0; i < asked->len; i++) {
        const Asked *one = &g_array_index(asked, Asked, i);
        if (same_item(one->item, item) && (origin == G_MAXUINT64 || origin == one->origin))
            return TRUE;
        if (g_strv_contains(macros, one->item) && g_strv_contains(in_macros, item))
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

/* Whether the line can be an answer to this command; where that is too much to find out, yes.
 * *ret_sure: it brings something that the command asks for. */
static gboolean can_answer(MgImapOpen *open, const MgImapParse *parse, const MgImapNode *list,
                           gsize *work, gboolean *ret_sure)
{
    gboolean partial = strcmp(open->command->key, "imap.partial") == 0;
    const GArray *items = asked_of(open);
    gboolean many = items->len == ITEMS;
    *ret_sure = FALSE;
    for (const MgImapNode *name = mg_imap_child(parse, list);
         name != NULL && !partial && !many && afford(work, items->len + 1);) {
        const MgImapNode *value = mg_imap_next(parse, name);
        guint64 origin;
        g_autofree char *item = mg_imap_fetch_item(mg_imap_raw(parse, name), &origin);
        gboolean asked = asks(items, item, origin);
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
    gsize work = WORK;
    for (GList *link = imap->open.head; link != NULL; link = link->next) {
        MgImapOpen *open = link->data;
        gboolean sure;
        /* Other commands change what numbers mean: the server ends those before them first. */
        if (!is_fetch(open) || !afford(&work, strlen(open->set) + 1))
            break;
        if (addresses(open, by_uid ? 0 : number, uid) &&
            can_answer(open, parse, list, &work, &sure) && (sure || open == oldest))
            return open;
    }
    return oldest;
}
