/* The one place where the set of a message's copies becomes a word (location-rules.md
 * section 10).
 *
 * Copies in doubt make several worlds possible.  Each world is a small mask, so the set of
 * possible worlds is at most 32 bits, however many copies and doubts there are.
 */
#include "ledger.h"

enum {
    DEVICE_FULL = 1 << 0, /* a device has all of it, downloaded */
    COMPOSED = 1 << 1,    /* the author's program has it */
    SERVER = 1 << 2,
    ACCEPTED = 1 << 3, /* a server had it at some time */
    REMOVED = 1 << 4,  /* a removal was seen */
    WORLDS = 32,
};

static guint copy_mask(const MgCopy *copy)
{
    if (copy->place == MG_PLACE_DEVICE) {
        if (copy->contents != MG_CONTENTS_FULL)
            return 0;
        if (copy->state == MG_COPY_REMOVED)
            return copy->composed ? 0 : REMOVED;
        return copy->composed ? COMPOSED : DEVICE_FULL;
    }
    if (copy->never)
        return 0;
    if (copy->state == MG_COPY_REMOVED)
        return ACCEPTED | REMOVED;
    return ACCEPTED | SERVER;
}

/* All worlds in which `copy` is there too. */
static guint32 worlds_with(guint32 worlds, guint mask)
{
    guint32 with = 0;
    for (guint world = 0; world < WORLDS; world++)
        if (worlds & (1u << world))
            with |= 1u << (world | mask);
    return with;
}

static MgLocation world_location(guint world)
{
    gboolean device = (world & DEVICE_FULL) || ((world & COMPOSED) && !(world & ACCEPTED));
    gboolean server = world & SERVER;
    if (device)
        return server ? MG_LOCATION_BOTH : MG_LOCATION_DEVICE;
    if (server)
        return MG_LOCATION_SERVER;
    return world & REMOVED ? MG_LOCATION_DELETED : MG_LOCATION_UNKNOWN;
}

static gint by_doubt(gconstpointer a, gconstpointer b)
{
    const MgCopy *one = *(MgCopy *const *)a, *other = *(MgCopy *const *)b;
    return (one->doubt > other->doubt) - (one->doubt < other->doubt);
}

/* The worlds that a group of copies in doubt allows, on top of those there are.  At least one
 * of several is there; one alone is there or not. */
static guint32 add_group(guint32 worlds, MgCopy *const *copies, guint n)
{
    guint32 without = worlds, with = 0;
    for (guint i = 0; i < n; i++) {
        guint mask = copy_mask(copies[i]);
        with |= worlds_with(with | without, mask);
    }
    /* What was in a mailbox and is not any more was removed; what may never have been there was
     * not. */
    if (n == 1)
        with |= worlds_with(
            without, copies[0]->place == MG_PLACE_QUEUE || copies[0]->composed ? 0 : REMOVED);
    return with;
}

MgWhere mg_where_of(const MgMessage *message)
{
    g_autoptr(GPtrArray) doubted = g_ptr_array_new();
    guint certain = 0;
    for (guint i = 0; i < message->copies->len; i++) {
        MgCopy *copy = message->copies->pdata[i];
        if (copy->doubt != 0 && copy->state != MG_COPY_REMOVED)
            g_ptr_array_add(doubted, copy);
        else
            certain |= copy_mask(copy);
    }
    guint32 worlds = 1u << certain;
    g_ptr_array_sort(doubted, by_doubt);
    for (guint from = 0, to; from < doubted->len; from = to) {
        MgCopy *const *group = (MgCopy *const *)doubted->pdata + from;
        for (to = from + 1; to < doubted->len; to++)
            if (((MgCopy *)doubted->pdata[to])->doubt != group[0]->doubt)
                break;
        worlds = add_group(worlds, group, to - from);
    }
    guint possible = 0;
    for (guint world = 0; world < WORLDS; world++)
        if (worlds & (1u << world))
            possible |= 1u << world_location(world);
    MgWhere where = {MG_LOCATION_NONE, MG_LOCATION_NONE};
    for (guint location = MG_LOCATION_DEVICE; location <= MG_LOCATION_UNKNOWN; location++) {
        if (!(possible & (1u << location)))
            continue;
        if (where.is == MG_LOCATION_NONE)
            where.is = (MgLocation)location;
        else if (where.other == MG_LOCATION_NONE)
            where.other = (MgLocation)location;
    }
    return where;
}

gboolean mg_message_accepted(const Message *message)
{
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const MgCopy *copy = message->pub.copies->pdata[i];
        if (copy->place != MG_PLACE_DEVICE && copy->doubt == 0 && !copy->never)
            return TRUE;
    }
    return FALSE;
}

const char *mg_message_qualifier(const Message *message)
{
    if (message->pub.merged_into != 0)
        return "merged";
    gboolean marked = FALSE, doubt = message->pub.where.other != MG_LOCATION_NONE;
    gboolean duplicate = FALSE;
    guint server = 0, queue = 0, own = 0;
    MgContents device = MG_CONTENTS_NONE;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.state == MG_COPY_REMOVED)
            continue;
        if (copy->pub.place == MG_PLACE_DEVICE) {
            if (!copy->pub.composed)
                device = MAX(device, copy->pub.contents);
            continue;
        }
        server++;
        queue += copy->pub.place == MG_PLACE_QUEUE;
        own += copy->sent;
        marked = marked || copy->pub.state == MG_COPY_MARKED;
        doubt = doubt || copy->mark_doubt;
        duplicate = duplicate || message->unread ||
                    (copy->pub.place == MG_PLACE_QUEUE && copy->pub.doubt != 0);
    }
    if (doubt)
        return "doubt";
    if (marked)
        return "marked";
    if (duplicate)
        return "duplicate";
    if (device == MG_CONTENTS_PART)
        return "part";
    if (device == MG_CONTENTS_HEADERS)
        return "headers";
    if (message->pub.in_dark)
        return "dark";
    if (device == MG_CONTENTS_NONE && server > 0 && own == server)
        return "sent-copy";
    if (device == MG_CONTENTS_NONE && server > 0 && queue == server)
        return "queue";
    return NULL;
}

/* The weakest of the statements that the location rests on: the copies that are there, or, when
 * none is, their removals. */
MgEvidence mg_message_evidence(const Message *message)
{
    MgEvidence there = MG_EVIDENCE_SEEN, gone = MG_EVIDENCE_SEEN;
    gboolean any = FALSE, accepted = mg_message_accepted(message);
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const MgCopy *copy = message->pub.copies->pdata[i];
        if (copy->composed && accepted)
            continue;
        if (copy->state == MG_COPY_REMOVED) {
            gone = MIN(gone, copy->evidence);
        } else if (copy->place != MG_PLACE_DEVICE || copy->contents == MG_CONTENTS_FULL) {
            there = MIN(there, copy->evidence);
            any = TRUE;
        }
    }
    return any ? there : gone;
}

static gboolean is_for(const MgCopy *copy, const char *address)
{
    if (copy->composed)
        return TRUE;
    if (copy->place == MG_PLACE_QUEUE)
        return copy->recipient == NULL || g_strcmp0(copy->recipient, address) == 0;
    return mg_names_user(copy->account, address);
}

void mg_message_recipients_where(Message *message)
{
    /* With more than this nobody reads where each one is. */
    enum { SHOWN = 1000 * 1000 };
    MgMessage *pub = &message->pub;
    if (pub->recipients->len == 1) {
        ((MgRecipient *)pub->recipients->pdata[0])->where = pub->where;
        return;
    }
    if ((guint64)pub->recipients->len * pub->copies->len > SHOWN)
        return;
    g_autoptr(GPtrArray) copies = g_ptr_array_new();
    for (guint i = 0; i < pub->recipients->len; i++) {
        MgRecipient *recipient = pub->recipients->pdata[i];
        g_ptr_array_set_size(copies, 0);
        for (guint k = 0; k < pub->copies->len; k++)
            if (is_for(pub->copies->pdata[k], recipient->address))
                g_ptr_array_add(copies, pub->copies->pdata[k]);
        MgMessage one = {.copies = copies};
        recipient->where = mg_where_of(&one);
        /* None of the copies is known to be for this one (an alias, a refusal). */
        if (recipient->where.is == MG_LOCATION_UNKNOWN)
            recipient->where.is = MG_LOCATION_NONE;
    }
}
