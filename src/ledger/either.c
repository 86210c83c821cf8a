/* One command that puts a message there and takes another one away, or does nothing (REPLACE, RFC
 * 8508), and no reply was seen: just one of the two is there.  As soon as it is known which, the
 * other one is settled by it.
 */
#include "ledger.h"

/* So many are remembered; each takes a connection that broke at the right moment. */
enum { PAIRS = 10000 };

typedef struct {
    guint message, doubt;
    gboolean is_new;
} Mate;

static void remember(GHashTable *either, guint doubt, const Copy *mate, gboolean is_new)
{
    Mate *value = g_new(Mate, 1);
    *value = (Mate){mate->owner->pub.number, mate->pub.doubt, is_new};
    g_hash_table_insert(either, GUINT_TO_POINTER(doubt), value);
}

void mg_either_link(MgLedger *ledger, const Copy *new_one, const Copy *old_one)
{
    const guint first = new_one->pub.doubt, second = old_one->pub.doubt;
    if (first == 0 || second == 0 || first == second ||
        g_hash_table_size(ledger->either) >= 2 * PAIRS ||
        g_hash_table_contains(ledger->either, GUINT_TO_POINTER(first)) ||
        g_hash_table_contains(ledger->either, GUINT_TO_POINTER(second)))
        return;
    remember(ledger->either, first, old_one, FALSE);
    remember(ledger->either, second, new_one, TRUE);
}

/* The server did not store it: its author's device still has it. */
static void never_came(Act *act, Entry *entry)
{
    Copy *copy = mg_entry_copy(entry);
    entry->bits |= ENTRY_GONE;
    mg_entry_set_deleted(entry, FALSE);
    mg_doubt_settle(act, copy, FALSE);
    copy->pub.state = MG_COPY_REMOVED;
    copy->pub.never = TRUE;
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, copy->owner, MG_EVENT_REFUSED, copy, NULL, MG_EVIDENCE_IMPLIED);
}

static Entry *entry_in_doubt(const Message *message, guint doubt)
{
    for (guint i = 0; message != NULL && i < message->pub.copies->len; i++) {
        const Copy *copy = message->pub.copies->pdata[i];
        if (copy->pub.doubt == doubt && copy->pub.place == MG_PLACE_MAILBOX && copy->entry != NULL)
            return copy->entry;
    }
    return NULL;
}

void mg_either_settle(Act *act, guint doubt, gboolean there)
{
    GHashTable *either = act->ledger->either;
    const Mate *found = doubt != 0 ? g_hash_table_lookup(either, GUINT_TO_POINTER(doubt)) : NULL;
    if (found == NULL)
        return;
    const Mate mate = *found;
    g_hash_table_remove(either, GUINT_TO_POINTER(doubt));
    g_hash_table_remove(either, GUINT_TO_POINTER(mate.doubt));
    Entry *entry = entry_in_doubt(mg_message_get(act->ledger, mate.message), mate.doubt);
    if (entry == NULL)
        return;
    mg_entry_ref(entry);
    if (there && mate.is_new)
        never_came(act, entry);
    else if (there)
        mg_act_gone(act, entry, MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
    else
        mg_act_stays(act, entry, MG_EVIDENCE_IMPLIED);
    mg_entry_unref(entry);
}
