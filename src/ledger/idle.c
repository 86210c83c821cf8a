/* Accounts and machines that nobody has used for long, when there are more of them than the
 * memory has room for.  The oldest half of those that are not in use is forgotten: what lies in
 * the mailboxes of such an account keeps its record, but is not recognised there any more; such a
 * machine is one that was never met. */
#include "ledger.h"

enum {
    /* Octets of an account with one folder, of a machine, and of an entry in its tables. */
    ACCOUNT = 2500,
    HOST = 250,
    ENTRY = 160,
    /* So many there may be in any case. */
    FEW = 1000,
    /* The same for entries: two folders of this size can be compared. */
    FEW_ENTRIES = 20000,
};

void mg_idle_set_limits(MgLedger *ledger, gsize octets)
{
    ledger->most_accounts = MAX(octets / 4 / ACCOUNT, (gsize)FEW);
    ledger->most_hosts = MAX(octets / 16 / HOST, (gsize)FEW);
    ledger->most_entries = MAX(octets / 4 / ENTRY, (gsize)FEW_ENTRIES);
}

static gint by_use(gconstpointer a, gconstpointer b)
{
    guint one = *(const guint *)a, other = *(const guint *)b;
    return (one > other) - (one < other);
}

/* The use up to which the older half of them goes; 0 = none may. */
static guint middle(GArray *uses)
{
    if (uses->len == 0)
        return 0;
    g_array_sort(uses, by_use);
    return g_array_index(uses, guint, uses->len / 2);
}

static GHashTable *in_use(const MgLedger *ledger)
{
    GHashTable *used = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, ledger->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Session *session = value;
        g_hash_table_add(used, session->client);
        g_hash_table_add(used, session->server);
        if (session->account != NULL)
            g_hash_table_add(used, session->account);
        if (session->same != NULL)
            g_hash_table_add(used, session->same);
    }
    g_hash_table_iter_init(&iter, ledger->accounts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Account *account = value;
        g_hash_table_add(used, account->host);
        if (account->same != NULL)
            g_hash_table_add(used, account->same);
    }
    return used;
}

static void forget_folder(MgLedger *ledger, Folder *folder)
{
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, folder->touched);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        Entry *entry = key;
        Copy *copy = entry->copy;
        mg_entry_lead(entry, NULL);
        if (copy != NULL && copy->entry == entry) {
            copy->entry = NULL;
            mg_entry_unref(entry);
        }
    }
    ledger->folders->pdata[folder->number] = NULL;
    mg_folder_free(folder);
}

static gboolean has_viewers(const Account *account)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, account->folders);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (((Folder *)value)->viewers > 0)
            return TRUE;
    return FALSE;
}

static guint forget_accounts(MgLedger *ledger)
{
    g_autoptr(GHashTable) used = in_use(ledger);
    g_autoptr(GArray) uses = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GHashTable) gone = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, ledger->accounts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Account *account = value;
        if (!g_hash_table_contains(used, account) && !has_viewers(account))
            g_array_append_val(uses, account->used);
    }
    guint up_to = middle(uses);
    g_hash_table_iter_init(&iter, ledger->accounts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Account *account = value;
        if (account->used <= up_to && !g_hash_table_contains(used, account) &&
            !has_viewers(account))
            g_hash_table_add(gone, account);
    }
    for (guint i = 0; i < ledger->folders->len; i++) {
        Folder *folder = ledger->folders->pdata[i];
        if (folder != NULL && g_hash_table_contains(gone, folder->account))
            forget_folder(ledger, folder);
    }
    g_hash_table_iter_init(&iter, ledger->accounts_alike);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GPtrArray *alike = value;
        for (guint i = alike->len; i > 0; i--)
            if (g_hash_table_contains(gone, alike->pdata[i - 1]))
                g_ptr_array_remove_index(alike, i - 1);
        if (alike->len == 0)
            g_hash_table_iter_remove(&iter);
    }
    g_hash_table_iter_init(&iter, ledger->accounts);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (g_hash_table_contains(gone, value))
            g_hash_table_iter_remove(&iter);
    return g_hash_table_size(gone);
}

static gboolean may_forget(const Host *host, GHashTable *used)
{
    return !host->serves && !host->relays && host->forced == MG_ROLE_UNKNOWN &&
           host->forced_name == NULL && !g_hash_table_contains(used, host);
}

static guint forget_hosts(MgLedger *ledger)
{
    g_autoptr(GHashTable) used = in_use(ledger);
    g_autoptr(GArray) uses = g_array_new(FALSE, FALSE, sizeof(guint));
    GHashTableIter iter;
    gpointer value;
    guint gone = 0;
    g_hash_table_iter_init(&iter, ledger->hosts);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (may_forget(value, used))
            g_array_append_val(uses, ((Host *)value)->used);
    guint up_to = middle(uses);
    g_hash_table_iter_init(&iter, ledger->hosts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((Host *)value)->used > up_to || !may_forget(value, used))
            continue;
        g_hash_table_iter_remove(&iter);
        gone++;
    }
    return gone;
}

/* Where all are in use there are as many as open connections allow: not to be tried again for
 * every new one. */
static void settle(MgLedger *ledger, guint size, guint *most, const char *key,
                   guint (*forget)(MgLedger *), const MgStamp *now)
{
    if (*most == 0 || size <= *most)
        return;
    guint gone = forget(ledger);
    if (size - gone > *most)
        *most = size - gone + size / 4;
    if (gone > 0)
        mg_ledger_say(ledger, key, now, gone);
}

void mg_idle_session(MgLedger *ledger, Account *account, guint session)
{
    if (account == NULL || account->name != NULL || account->same != NULL ||
        g_hash_table_size(account->folders) > 0)
        return;
    g_autofree char *ip = mg_address_string(&account->host->address);
    g_autofree char *key = g_strdup_printf("%s\n%u", ip, session);
    if (g_hash_table_lookup(ledger->accounts, key) == account)
        g_hash_table_remove(ledger->accounts, key);
}

void mg_idle_settle(MgLedger *ledger, const MgStamp *now)
{
    settle(ledger, g_hash_table_size(ledger->accounts), &ledger->most_accounts, "limit-accounts",
           forget_accounts, now);
    settle(ledger, g_hash_table_size(ledger->hosts), &ledger->most_hosts, "limit-hosts",
           forget_hosts, now);
    if (ledger->mirror_full && !ledger->mirror_said) {
        ledger->mirror_said = TRUE;
        mg_ledger_say(ledger, "limit-mirror", now, 0);
    }
}
