/* Who did what to a copy in a mailbox, and who has been told of it since.
 *
 * One session acts; the server tells the others later, unasked or when they look.  The session
 * that is told learns of a step of another one.  This is said only where it is certain: the same
 * copy (server, account, folder, UID), a change that was seen to happen, a report that shows the
 * state which that change left, and a program that had not been told before.
 */
#include "ledger.h"

#include <string.h>

/* More tellings of one change are not kept apart: then nothing more is said of it. */
enum { TOLD = 8 };

typedef struct {
    guint64 exchange; /* that did it; 0 = nothing to tell */
    guint64 step;     /* of it, once complete */
    guint session;
    guint serial; /* of the removals of its folder */
    MgAddress client;
    MgTime time;
    MgEvent event;
    gboolean proven; /* the state before is known, and this is another one */
} Deed;

typedef struct {
    guint session;
    MgAddress client;
    guint kinds; /* bits of NewsKind that it knows */
} Told;

struct News {
    Deed deeds[NEWS_KINDS];
    Told told[TOLD];
    guint n_told;
};

static void remember(Act *act, const Copy *copy, NewsKind kind);

static News *news_of(Copy *copy)
{
    if (copy->news == NULL)
        copy->news = g_new0(News, 1);
    return copy->news;
}

/* Room for one more that knows; NULL: there is none, and nothing can be said any more. */
static Told *told_room(News *news, const Session *session)
{
    Told *room = NULL;
    for (guint i = 0; i < news->n_told; i++) {
        if (news->told[i].session == session->pub->number)
            return &news->told[i];
        if (news->told[i].kinds == 0)
            room = &news->told[i];
    }
    if (room == NULL && news->n_told < TOLD)
        room = &news->told[news->n_told++];
    if (room != NULL)
        *room = (Told){.session = session->pub->number, .client = session->client->address};
    return room;
}

void mg_news_done(Act *act, Copy *copy, NewsKind kind, MgEvent event, gboolean proven)
{
    if (act->effect->exchange == 0)
        return;
    News *news = news_of(copy);
    Folder *folder = copy->entry != NULL ? copy->entry->folder : NULL;
    for (guint i = 0; i < news->n_told; i++)
        news->told[i].kinds &= ~(1U << kind);
    news->deeds[kind] =
        (Deed){.exchange = act->effect->exchange,
               .session = act->session->pub->number,
               .serial = folder != NULL && kind == NEWS_GONE ? ++folder->removals : 0,
               .client = act->session->client->address,
               .time = act->effect->at.time,
               .event = event,
               .proven = proven};
    Told *own = told_room(news, act->session);
    if (own != NULL)
        own->kinds |= 1U << kind;
    else
        news->deeds[kind].exchange = 0;
    remember(act, copy, kind);
}

void mg_news_drop(Copy *copy, NewsKind kind)
{
    if (copy->news != NULL)
        copy->news->deeds[kind].exchange = 0;
}

void mg_news_close(Copy *copy, guint64 exchange, guint64 step)
{
    for (guint i = 0; copy->news != NULL && i < NEWS_KINDS; i++)
        if (copy->news->deeds[i].exchange == exchange && copy->news->deeds[i].step == 0)
            copy->news->deeds[i].step = step;
}

gsize mg_news_size(void)
{
    return sizeof(News);
}

News *mg_news_from_octets(gconstpointer octets)
{
    return g_memdup2(octets, sizeof(News));
}

/* When it was done; 0 = nothing is known of that, or its step is not complete. */
MgTime mg_news_time(const Copy *copy, NewsKind kind)
{
    const Deed *deed = copy->news != NULL ? &copy->news->deeds[kind] : NULL;
    return deed != NULL && deed->exchange != 0 && deed->step != 0 ? deed->time : 0;
}

/* Has another session of that program than the one that acted been told? */
static gboolean is_told(const News *news, NewsKind kind, const MgAddress *client)
{
    for (guint i = 0; i < news->n_told; i++) {
        const Told *told = &news->told[i];
        if ((told->kinds & (1U << kind)) && told->session != news->deeds[kind].session &&
            mg_address_equal(&told->client, client))
            return TRUE;
    }
    return FALSE;
}

/* So much was removed from its folder since, that no listing tells of this removal. */
static gboolean is_past(const Copy *copy)
{
    const Entry *entry = copy->entry;
    return entry != NULL &&
           (gint)(entry->folder->removals - copy->news->deeds[NEWS_GONE].serial) >= MG_LIMIT_NEWS;
}

/* Does this program know already?  A line that nobody asked for tells this session for the first
 * time.  Asking brings no news to the program that acted, or that saw it in another session; but
 * the next listing of a maildrop shows that a QUIT has worked. */
static gboolean knows(const News *news, NewsKind kind, const Session *session, MgTold how)
{
    const Deed *deed = &news->deeds[kind];
    const gboolean listing = how == MG_TOLD_LISTED ||
                             (how == MG_TOLD_COUNTED && session->pub->protocol == MG_PROTOCOL_POP3);
    if (how != MG_TOLD_UNASKED && !listing &&
        mg_address_equal(&deed->client, &session->client->address))
        return TRUE;
    for (guint i = 0; i < news->n_told; i++)
        if ((news->told[i].kinds & (1U << kind)) && news->told[i].session == session->pub->number)
            return TRUE;
    return how != MG_TOLD_UNASKED && is_told(news, kind, &session->client->address);
}

/* An answer that lacks a message says something only to a device that had some of it. */
static gboolean misses(const Session *session, const Copy *copy, const Deed *deed)
{
    const char *account = session->account != NULL ? session->account->name : NULL;
    return mg_address_equal(&deed->client, &session->client->address) ||
           mg_copy_find(copy->owner, MG_PLACE_DEVICE, &session->client->address, account) != NULL;
}

gboolean mg_news_waits(const Entry *entry)
{
    const Copy *copy = entry->copy;
    const News *news = copy->news;
    const Deed *deed = news != NULL ? &news->deeds[NEWS_GONE] : NULL;
    if (deed == NULL || deed->exchange == 0 || is_past(copy))
        return FALSE;
    /* A maildrop tells the program that acted, too. */
    if ((entry->bits & ENTRY_POP) && !is_told(news, NEWS_GONE, &deed->client))
        return TRUE;
    for (guint i = 0; i < copy->owner->pub.copies->len; i++) {
        const MgCopy *other = copy->owner->pub.copies->pdata[i];
        if (other->place == MG_PLACE_DEVICE && !other->composed &&
            !mg_address_equal(&other->host, &deed->client) &&
            !is_told(news, NEWS_GONE, &other->host))
            return TRUE;
    }
    return FALSE;
}

MgMovement *mg_news_told(Act *act, Copy *copy, NewsKind kind, MgTold how)
{
    Session *session = act->session;
    if (copy == NULL || mg_news_time(copy, kind) == 0)
        return NULL;
    News *news = copy->news;
    const Deed deed = news->deeds[kind];
    if (deed.session == session->pub->number || knows(news, kind, session, how))
        return NULL;
    if (kind == NEWS_GONE && (how == MG_TOLD_ASKED || how == MG_TOLD_LISTED) &&
        (is_past(copy) || !misses(session, copy, &deed)))
        return NULL;
    /* A line that nobody asked for tells of what changed since this session looked. */
    gboolean changed = how == MG_TOLD_UNASKED && session->view != NULL &&
                       mg_view_since(session->view) <= deed.time;
    Told *room = told_room(news, session);
    if (room != NULL)
        room->kinds |= 1U << kind;
    else
        news->deeds[kind].exchange = 0;
    if (!deed.proven && !changed)
        return NULL;
    MgMovement *movement = mg_act_move(act, copy->owner, deed.event, copy, NULL, MG_EVIDENCE_SEEN);
    mg_movement_cause(movement, deed.step, deed.session);
    movement->cause_client.address = deed.client;
    return movement;
}

/* ---- Numbers that grow ---- */

void mg_news_grown(Act *act, View *view, guint before)
{
    Folder *folder = mg_view_folder(view);
    /* A new message has the next UID at least; where the very next one is known to be there, it
     * has the next number (RFC 9051 section 2.3.1.1). */
    guint32 next = before > 0 ? mg_view_infer_uid(view, before) : 0;
    next = next != 0 ? next + 1 : 0;
    if (mg_view_below(view) == before)
        next = MAX(next, mg_view_uidnext(view));
    for (guint number = before + 1; next != 0 && number <= mg_view_count(view); number++) {
        Entry *entry = mg_entry_by_uid(folder, next++, FALSE);
        Copy *copy = entry != NULL ? mg_entry_copy(entry) : NULL;
        if (copy == NULL || !mg_copy_there(copy) || copy->pub.doubt != 0)
            return;
        mg_news_told(act, copy, NEWS_CAME, MG_TOLD_UNASKED);
    }
}

/* ---- Counts that change ---- */

/* What one program was told about how many messages there are. */
typedef struct {
    const Host *client;
    MgTime time;
    guint64 count;
    guint32 uidnext; /* 0 = not told */
} Count;

/* Programs of which the last count is kept. */
enum { COUNTS = 8 };

static Count *count_of(Folder *folder, const Host *client, gboolean *ret_new)
{
    Count *oldest = NULL;
    *ret_new = FALSE;
    if (folder->counts == NULL)
        folder->counts = g_array_new(FALSE, TRUE, sizeof(Count));
    for (guint i = 0; i < folder->counts->len; i++) {
        Count *count = &g_array_index(folder->counts, Count, i);
        if (count->client == client)
            return count;
        if (oldest == NULL || count->time < oldest->time)
            oldest = count;
    }
    *ret_new = TRUE;
    if (folder->counts->len < COUNTS) {
        g_array_set_size(folder->counts, folder->counts->len + 1);
        oldest = &g_array_index(folder->counts, Count, folder->counts->len - 1);
    }
    return oldest;
}

/* A copy that came or went. */
typedef struct {
    guint message, copy;
    NewsKind kind;
    MgTime time;
} Change;

/* Changes of a folder that are remembered for its next count. */
enum { CHANGES = 64 };

static void remember(Act *act, const Copy *copy, NewsKind kind)
{
    Folder *folder = copy->entry != NULL ? copy->entry->folder : NULL;
    if (folder == NULL || (kind != NEWS_CAME && kind != NEWS_GONE))
        return;
    if (folder->changes == NULL)
        folder->changes = g_array_new(FALSE, FALSE, sizeof(Change));
    if (folder->changes->len == CHANGES) {
        folder->changes_from = g_array_index(folder->changes, Change, 0).time;
        g_array_remove_index(folder->changes, 0);
    }
    const Change change = {copy->owner->pub.number, copy->pub.id, kind, act->effect->at.time};
    g_array_append_val(folder->changes, change);
}

/* Those after that time.  FALSE: not all of them are known. */
static gboolean changes_since(MgLedger *ledger, Folder *folder, MgTime since, GPtrArray *came,
                              GPtrArray *gone)
{
    if (folder->changes == NULL || folder->changes_from >= since)
        return FALSE;
    for (guint i = folder->changes->len; i > 0; i--) {
        const Change change = g_array_index(folder->changes, Change, i - 1);
        if (change.time <= since)
            break;
        const Message *message = mg_message_get(ledger, change.message);
        Copy *copy = message != NULL && message->pub.number == change.message
                         ? mg_message_copy_by_id(message, change.copy)
                         : NULL;
        if (copy == NULL || mg_news_time(copy, change.kind) != change.time)
            return FALSE;
        g_ptr_array_add(change.kind == NEWS_CAME ? came : gone, copy);
    }
    return TRUE;
}

void mg_news_counted(Act *act, Folder *folder, guint64 number, guint32 uidnext)
{
    const Session *session = act->session;
    gboolean is_new;
    Count *count = count_of(folder, session->client, &is_new);
    const Count before = *count;
    *count = (Count){session->client, act->effect->at.time, number, uidnext};
    if (is_new || before.count > G_MAXINT || number > G_MAXINT ||
        (before.count == number && (uidnext == 0 || before.uidnext == uidnext)))
        return;
    g_autoptr(GPtrArray) came = g_ptr_array_new(), gone = g_ptr_array_new();
    /* All that has changed is what was seen: then this is why. */
    if (!changes_since(act->ledger, folder, before.time, came, gone) ||
        (gint64)number - (gint64)before.count != (gint64)came->len - (gint64)gone->len ||
        (uidnext != 0 && before.uidnext != 0 && uidnext - before.uidnext != came->len))
        return;
    for (guint i = 0; i < came->len; i++)
        if (!g_ptr_array_find(gone, came->pdata[i], NULL))
            mg_news_told(act, came->pdata[i], NEWS_CAME, MG_TOLD_COUNTED);
    for (guint i = 0; i < gone->len; i++)
        if (!g_ptr_array_find(came, gone->pdata[i], NULL))
            mg_news_told(act, gone->pdata[i], NEWS_GONE, MG_TOLD_COUNTED);
}
