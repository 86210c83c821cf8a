/* Messages that nothing has touched for long are put away, so that a capture of any length needs
 * a bounded amount of memory.
 *
 * A message goes with its copies, and with those entries that only its folder knows; what finds
 * it again stays: handles of its identity and of its places, and for each folder the numbers of
 * the messages that lie there.  Entries that a numbering still shows stay too and lead to the
 * number.  Whoever asks for it brings it back as it was, so nothing that is told depends on what
 * is put away when.
 *
 * The handles have a limit of their own.  At it the older half of the messages loses them: such
 * a message keeps its record and is told at the end, but is not recognised any more.
 */
#include "ledger.h"
#include "smtp.h"

enum {
    /* Octets of a message beside its struct, about: texts, and what malloc adds. */
    WEIGHT = 500,
    WEIGHT_COPY = 300,
    WEIGHT_HISTORY = 176,
    WEIGHT_RECIPIENT = 160,
    WEIGHT_HOP = 300,
    /* Records that were looked at and may still be in use. */
    SHOWN = 4,
};

struct Away {
    Shelf *shelf;
    Message *oldest, *newest; /* of those here, as they were last asked for, about */
    gsize octets;             /* of those here */
    gsize limit;              /* for them */
    gsize next;               /* try again beyond this */
    gsize handles_limit;
    guint round;
    guint forgotten;  /* messages up to this number have no handles */
    gboolean failed;  /* and said so */
    GHashTable *kept; /* number → the first Entry that stays here while its message is away */
    GPtrArray *homeless;
    Message *shown[SHOWN];
    guint next_shown;
};

Away *mg_away_new(void)
{
    Away *away = g_new0(Away, 1);
    away->shelf = mg_shelf_new();
    away->kept = g_hash_table_new(NULL, NULL);
    away->homeless = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    away->limit = away->next = away->handles_limit = G_MAXSIZE;
    return away;
}

void mg_away_free(Away *away)
{
    for (guint i = 0; i < SHOWN; i++)
        g_clear_pointer(&away->shown[i], mg_message_free);
    g_ptr_array_unref(away->homeless);
    g_hash_table_unref(away->kept);
    mg_shelf_free(away->shelf);
    g_free(away);
}

void mg_away_set_limits(Away *away, gsize messages, gsize handles)
{
    away->limit = away->next = messages;
    away->handles_limit = handles;
}

/* ---- Those that are here ---- */

static void link_newest(Away *away, Message *message)
{
    message->older = away->newest;
    message->newer = NULL;
    *(away->newest != NULL ? &away->newest->newer : &away->oldest) = message;
    away->newest = message;
}

static void unlink_message(Away *away, Message *message)
{
    *(message->older != NULL ? &message->older->newer : &away->oldest) = message->newer;
    *(message->newer != NULL ? &message->newer->older : &away->newest) = message->older;
}

void mg_away_weigh(MgLedger *ledger, Message *message)
{
    const MgMessage *pub = &message->pub;
    gsize weight = sizeof *message + WEIGHT;
    weight += pub->copies->len * (sizeof(Copy) + WEIGHT_COPY);
    weight += (gsize)pub->history->len * WEIGHT_HISTORY;
    weight += (gsize)pub->recipients->len * WEIGHT_RECIPIENT;
    weight += (pub->hops != NULL ? pub->hops->len : 0) * (gsize)WEIGHT_HOP;
    weight += pub->report != NULL ? pub->report->recipients->len * (gsize)WEIGHT_RECIPIENT : 0;
    ledger->away->octets += weight - message->weight;
    message->weight = weight;
}

void mg_away_enter(MgLedger *ledger, Message *message)
{
    g_hash_table_insert(ledger->here, GUINT_TO_POINTER(message->pub.number), message);
    link_newest(ledger->away, message);
    mg_away_weigh(ledger, message);
    message->recent = TRUE;
}

/* ---- Entries that stay ---- */

void mg_away_unlink(Entry *entry)
{
    GHashTable *kept = entry->folder->ledger->away->kept;
    gpointer number = GUINT_TO_POINTER(entry->away);
    if (entry->next != NULL)
        entry->next->prev = entry->prev;
    if (entry->prev != NULL)
        entry->prev->next = entry->next;
    else if (entry->next != NULL)
        g_hash_table_insert(kept, number, entry->next);
    else
        g_hash_table_remove(kept, number);
    entry->prev = entry->next = NULL;
    entry->away = 0;
    entry->bits &= ~(guint)(ENTRY_MAIN | ENTRY_THERE);
}

/* Would the end of its folder do something to it? */
static gboolean may_go(const Entry *entry)
{
    return mg_copy_there(entry->copy) || entry->copy->deleted || entry->copy->mark_doubt ||
           entry->copy->pop_marked || (entry->bits & ENTRY_DELETED) ||
           !(entry->bits & ENTRY_GONE) || mg_news_waits(entry);
}

static void keep_entry(Away *away, Entry *entry)
{
    guint number = entry->copy->owner->pub.number, id = entry->copy->pub.id;
    guint bits = (entry->copy->entry == entry ? ENTRY_MAIN : 0) | (may_go(entry) ? ENTRY_THERE : 0);
    mg_entry_lead(entry, NULL);
    entry->away = number;
    entry->away_copy = id;
    entry->bits |= bits;
    entry->next = g_hash_table_lookup(away->kept, GUINT_TO_POINTER(number));
    if (entry->next != NULL)
        entry->next->prev = entry;
    g_hash_table_insert(away->kept, GUINT_TO_POINTER(number), entry);
}

static void back_to_copies(Away *away, Message *message)
{
    Entry *entry;
    while ((entry = g_hash_table_lookup(away->kept, GUINT_TO_POINTER(message->pub.number))) !=
           NULL) {
        gboolean is_main = (entry->bits & ENTRY_MAIN) != 0;
        Copy *copy = mg_message_copy_by_id(message, entry->away_copy);
        mg_away_unlink(entry);
        mg_entry_lead(entry, copy);
        if (copy != NULL && is_main && copy->entry == NULL)
            copy->entry = mg_entry_ref(entry);
    }
}

void mg_away_homeless(Entry *entry)
{
    Away *away = entry->folder->ledger->away;
    if (away->limit != G_MAXSIZE)
        g_ptr_array_add(away->homeless, mg_entry_ref(entry));
}

/* ---- Bringing back ---- */

static Message *read_record(const MgLedger *ledger, MgLedger *enter_in, guint number)
{
    g_autoptr(GByteArray) record = g_byte_array_new();
    if (number == 0 || number > ledger->count || !mg_shelf_get(ledger->away->shelf, number, record))
        return NULL;
    return mg_record_read(enter_in, record->data, record->len, number);
}

Message *mg_away_fetch(MgLedger *ledger, guint number)
{
    Message *message = g_hash_table_lookup(ledger->here, GUINT_TO_POINTER(number));
    if (message != NULL)
        return message;
    message = read_record(ledger, ledger, number);
    if (message == NULL)
        return NULL;
    back_to_copies(ledger->away, message);
    mg_away_enter(ledger, message);
    return message;
}

const MgMessage *mg_away_read(const MgLedger *ledger, guint number)
{
    Away *away = ledger->away;
    Message *message = read_record(ledger, NULL, number);
    if (message == NULL)
        return NULL;
    Message **shown = &away->shown[away->next_shown++ % SHOWN];
    g_clear_pointer(shown, mg_message_free);
    *shown = message;
    mg_message_recipients_where(message);
    return &message->pub;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    guint one = *(const guint *)a, other = *(const guint *)b;
    return (one > other) - (one < other);
}

void mg_away_fetch_folder(Folder *folder, guint classes)
{
    if (folder->n_away == 0)
        return;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < AWAY_CLASSES; i++) {
        if (!(classes & 1u << i) || folder->away[i] == NULL)
            continue;
        GHashTableIter iter;
        gpointer key;
        g_hash_table_iter_init(&iter, folder->away[i]);
        while (g_hash_table_iter_next(&iter, &key, NULL)) {
            guint number = GPOINTER_TO_UINT(key);
            g_array_append_val(numbers, number);
        }
    }
    g_array_sort(numbers, by_number);
    for (guint i = 0; i < numbers->len; i++)
        mg_away_fetch(folder->ledger, g_array_index(numbers, guint, i));
}

/* ---- Putting away ---- */

/* Does somebody beside its folder and its copy know this entry? */
static gboolean is_kept(const Entry *entry)
{
    const Folder *folder = entry->folder;
    guint known = 0;
    known += g_hash_table_contains(folder->touched, entry);
    known += (entry->bits & ENTRY_DELETED) && g_hash_table_contains(folder->marked, entry);
    known += entry->uid != 0 && mg_entry_known_uid(folder, entry->uid) == entry;
    known += entry->uidl != NULL && g_hash_table_lookup(folder->by_uidl, entry->uidl) == entry;
    known += entry->copy->entry == entry;
    return entry->refs > known;
}

static void put_entry_away(MgLedger *ledger, Entry *entry)
{
    Folder *folder = entry->folder;
    guint number = entry->copy->owner->pub.number;
    gboolean marked = g_hash_table_contains(folder->marked, entry);
    AwayClass class = marked ? AWAY_MARKED : may_go(entry) ? AWAY_THERE : AWAY_GONE;
    if (folder->away[class] == NULL)
        folder->away[class] = g_hash_table_new(NULL, NULL);
    g_hash_table_add(folder->away[class], GUINT_TO_POINTER(number));
    folder->n_away++;
    mg_entry_ref(entry);
    if (entry->uid != 0 && mg_entry_known_uid(folder, entry->uid) == entry) {
        mg_handles_add(ledger->handles, mg_entry_uid_handle(folder, entry->uid), number);
        g_hash_table_remove(folder->by_uid, GUINT_TO_POINTER(entry->uid));
    }
    if (entry->uidl != NULL && g_hash_table_lookup(folder->by_uidl, entry->uidl) == entry) {
        mg_handles_add(ledger->handles, mg_entry_uidl_handle(folder, entry->uidl), number);
        g_hash_table_remove(folder->by_uidl, entry->uidl);
    }
    g_hash_table_remove(folder->marked, entry);
    g_hash_table_remove(folder->touched, entry);
    mg_entry_lead(entry, NULL);
    mg_entry_unref(entry);
}

static gboolean put_away(MgLedger *ledger, Message *message)
{
    Away *away = ledger->away;
    g_autoptr(GByteArray) record = mg_record_write(message, is_kept);
    if (!mg_shelf_put(away->shelf, message->pub.number, record->data, record->len))
        return FALSE;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        for (Entry *entry = copy->entries, *next; entry != NULL; entry = next) {
            next = entry->next;
            if (is_kept(entry))
                keep_entry(away, entry);
            else
                put_entry_away(ledger, entry);
        }
    }
    unlink_message(away, message);
    away->octets -= message->weight;
    g_hash_table_remove(ledger->here, GUINT_TO_POINTER(message->pub.number));
    return TRUE;
}

static void busy_message(MgLedger *ledger, Message *message)
{
    while (message != NULL) {
        message->busy = ledger->away->round;
        message =
            message->pub.merged_into != 0
                ? g_hash_table_lookup(ledger->here, GUINT_TO_POINTER(message->pub.merged_into))
                : NULL;
    }
}

static void busy_copy(MgLedger *ledger, const Copy *copy)
{
    for (; copy != NULL; copy = copy->same)
        busy_message(ledger, copy->owner);
}

static void busy_copies(MgLedger *ledger, GHashTable *copies)
{
    GHashTableIter iter;
    gpointer copy;
    if (copies == NULL)
        return;
    g_hash_table_iter_init(&iter, copies);
    while (g_hash_table_iter_next(&iter, NULL, &copy))
        busy_copy(ledger, copy);
}

/* Mark all messages that a session points to. */
static void busy(MgLedger *ledger)
{
    GHashTableIter sessions, iter;
    gpointer value, item;
    ledger->away->round++;
    g_hash_table_iter_init(&sessions, ledger->sessions);
    while (g_hash_table_iter_next(&sessions, NULL, &value)) {
        const Session *session = value;
        g_hash_table_iter_init(&iter, session->transactions);
        while (g_hash_table_iter_next(&iter, NULL, &item)) {
            const Transaction *transaction = item;
            busy_message(ledger, transaction->message);
            busy_copy(ledger, transaction->sender);
            busy_copies(ledger, transaction->copies);
        }
        g_hash_table_iter_init(&iter, session->steps);
        while (g_hash_table_iter_next(&iter, NULL, &item)) {
            const Step *step = item;
            for (guint i = 0; i < step->befores->len; i++)
                busy_message(ledger, g_array_index(step->befores, Before, i).message);
            busy_copies(ledger, step->destination);
        }
    }
}

/* The oldest first; what was asked for since the last time gets another turn. */
static void sweep(MgLedger *ledger, const MgStamp *now)
{
    Away *away = ledger->away;
    gsize target = away->limit - away->limit / 4;
    busy(ledger);
    for (guint turns = 2 * g_hash_table_size(ledger->here);
         turns > 0 && away->octets > target && !away->failed; turns--) {
        Message *message = away->oldest;
        if (message->recent || message->stale || message->busy == away->round) {
            message->recent = FALSE;
            unlink_message(away, message);
            link_newest(away, message);
        } else if (!put_away(ledger, message)) {
            away->failed = TRUE;
            mg_ledger_say(ledger, "limit-away", now, 0);
        }
    }
    /* All that is left is in use: not to be looked at again for every line. */
    away->next = MAX(away->limit, away->octets + away->octets / 4);
    if (away->failed)
        away->limit = away->next = G_MAXSIZE;
}

static gboolean is_forgotten(gpointer number, gpointer value, gpointer up_to)
{
    return GPOINTER_TO_UINT(number) <= GPOINTER_TO_UINT(up_to);
}

/* Too many handles: those of the older half go. */
static void forget(MgLedger *ledger, const MgStamp *now)
{
    Away *away = ledger->away;
    away->forgotten += (ledger->count - away->forgotten + 1) / 2;
    mg_handles_forget(ledger->handles, away->forgotten);
    for (guint i = 0; i < ledger->folders->len; i++) {
        const Folder *folder = ledger->folders->pdata[i];
        for (guint class = 0; class < AWAY_CLASSES; class ++)
            if (folder->away[class] != NULL)
                g_hash_table_foreach_remove(folder->away[class], is_forgotten,
                                            GUINT_TO_POINTER(away->forgotten));
    }
    /* Those that are here are still in use. */
    for (Message *message = away->oldest; message != NULL; message = message->newer) {
        mg_identity_index(ledger, message);
        for (guint i = 0; i < message->pub.copies->len; i++)
            mg_identity_queue_id(ledger, message,
                                 ((MgCopy *)message->pub.copies->pdata[i])->queue_id);
    }
    mg_ledger_say(ledger, "limit-handles", now, away->forgotten);
}

void mg_away_settle(MgLedger *ledger, const MgStamp *now)
{
    Away *away = ledger->away;
    while (away->homeless->len > 0) {
        Entry *entry = g_ptr_array_steal_index(away->homeless, away->homeless->len - 1);
        if (entry->away != 0)
            mg_away_fetch(ledger, entry->away);
        mg_entry_unref(entry);
        if (away->octets > away->next)
            sweep(ledger, now);
    }
    if (away->octets > away->next)
        sweep(ledger, now);
    if (mg_handles_octets(ledger->handles) > away->handles_limit)
        forget(ledger, now);
}
