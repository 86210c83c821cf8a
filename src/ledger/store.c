/* Mailboxes: accounts of a server, their folders, what lies in them.  POP3 and IMAP sessions of
 * one account share its INBOX, and so its entries. */
#include "ledger.h"

#include <string.h>

void mg_account_free(Account *account)
{
    g_hash_table_unref(account->folders);
    g_free(account->name);
    g_free(account->domain);
    for (guint i = 0; i < LABEL_FOLDERS; i++)
        g_free(account->label_folders[i]);
    g_clear_pointer(&account->lost, g_array_unref);
    g_free(account);
}

/* "bob", "Bob" and "bob@example.org" on one server are one user, unless there are several with
 * that name in different domains. */
static Account *account_alike(MgLedger *ledger, const char *ip, const char *name, char **ret_key)
{
    g_autofree char *local = g_ascii_strdown(name, (gssize)strcspn(name, "@"));
    *ret_key = g_strdup_printf("%s %s", ip, local);
    const GPtrArray *alike = g_hash_table_lookup(ledger->accounts_alike, *ret_key);
    const char *domain = strchr(name, '@');
    for (guint i = 0; alike != NULL && i < alike->len; i++) {
        Account *account = alike->pdata[i];
        if (domain != NULL && account->domain != NULL &&
            g_ascii_strcasecmp(account->domain, domain) == 0)
            return account;
        if (domain == NULL && (account->domain == NULL || alike->len == 1))
            return account;
    }
    /* Known without a domain so far: this is it. */
    Account *only = domain != NULL && alike != NULL && alike->len == 1 ? alike->pdata[0] : NULL;
    if (only == NULL || only->domain != NULL)
        return NULL;
    only->domain = g_strdup(domain);
    return only;
}

/* Without a user name an account is one session's own. */
Account *mg_account_get(MgLedger *ledger, Host *host, const char *name, guint session)
{
    g_autofree char *ip = mg_address_string(&host->address), *alike_key = NULL;
    g_autofree char *key =
        name != NULL ? g_strdup_printf("%s %s", ip, name) : g_strdup_printf("%s\n%u", ip, session);
    Account *account = g_hash_table_lookup(ledger->accounts, key);
    if (account == NULL && name != NULL)
        account = account_alike(ledger, ip, name, &alike_key);
    while (account != NULL && account->same != NULL)
        account = account->same;
    if (account != NULL) {
        account->used = session;
        return account;
    }
    account = g_new0(Account, 1);
    account->used = session;
    account->host = host;
    account->name = g_strdup(name);
    account->domain = name != NULL ? g_strdup(strchr(name, '@')) : NULL;
    account->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(ledger->accounts, g_steal_pointer(&key), account);
    if (alike_key != NULL) {
        GPtrArray *alike = g_hash_table_lookup(ledger->accounts_alike, alike_key);
        if (alike == NULL) {
            alike = g_ptr_array_new();
            g_hash_table_insert(ledger->accounts_alike, g_steal_pointer(&alike_key), alike);
        }
        /* Nobody has one name in so many domains. */
        if (alike->len < 100)
            g_ptr_array_add(alike, account);
    }
    return account;
}

Folder *mg_folder_get(MgLedger *ledger, Account *account, const char *name)
{
    const char *key = name != NULL ? name : "";
    Folder *folder = g_hash_table_lookup(account->folders, key);
    if (folder != NULL)
        return folder;
    folder = g_new0(Folder, 1);
    folder->ledger = ledger;
    folder->account = account;
    folder->number = ledger->folders->len;
    folder->name = g_strdup(name);
    folder->by_uid = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)mg_entry_unref);
    folder->by_uidl =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)mg_entry_unref);
    folder->touched = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)mg_entry_unref, NULL);
    folder->marked = g_hash_table_new_full(NULL, NULL, (GDestroyNotify)mg_entry_unref, NULL);
    g_hash_table_insert(account->folders, g_strdup(key), folder);
    g_ptr_array_add(ledger->folders, folder);
    return folder;
}

void mg_folder_free(Folder *folder)
{
    if (folder == NULL)
        return; /* forgotten */
    g_hash_table_unref(folder->by_uid);
    g_hash_table_unref(folder->by_uidl);
    g_hash_table_unref(folder->touched);
    g_hash_table_unref(folder->marked);
    for (guint i = 0; i < AWAY_CLASSES; i++)
        g_clear_pointer(&folder->away[i], g_hash_table_unref);
    g_clear_pointer(&folder->relist, mg_relist_free);
    g_clear_pointer(&folder->counts, g_array_unref);
    g_clear_pointer(&folder->changes, g_array_unref);
    g_free(folder->name);
    g_free(folder);
}

static gboolean is_untouched(gpointer key, gpointer value, gpointer user)
{
    return !mg_entry_touched(value);
}

static gboolean is_untouched_key(gpointer key, gpointer value, gpointer user)
{
    return !mg_entry_touched(key);
}

/* When nobody looks at a folder any more, what is known of untouched entries goes: the next
 * session lists them again. */
void mg_folder_release(Folder *folder)
{
    if (--folder->viewers > 0)
        return;
    g_hash_table_foreach_remove(folder->marked, is_untouched_key, NULL);
    g_hash_table_foreach_remove(folder->by_uid, is_untouched, NULL);
    g_hash_table_foreach_remove(folder->by_uidl, is_untouched, NULL);
}

static gint by_message(gconstpointer a, gconstpointer b)
{
    const Entry *one = *(const Entry *const *)a, *other = *(const Entry *const *)b;
    guint x = mg_entry_message(one), y = mg_entry_message(other);
    if (x != 0 && y != 0 && x != y)
        return x < y ? -1 : 1;
    return (one->uid > other->uid) - (one->uid < other->uid);
}

/* In an order that does not depend on addresses in memory. */
static GPtrArray *entries_of(GHashTable *set)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, set);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(entries, mg_entry_ref(key));
    g_ptr_array_sort(entries, by_message);
    return entries;
}

static gboolean is_named(const Folder *folder, const char *const *names)
{
    if (folder->name == NULL)
        return FALSE;
    const char *leaf = folder->name;
    for (const char *at = leaf; *at != '\0'; at++)
        if (*at == '/' || *at == '.')
            leaf = at + 1;
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(leaf, *names) == 0)
            return TRUE;
    return FALSE;
}

gboolean mg_folder_is_sent(const Folder *folder)
{
    static const char *const names[] = {
        "sent", "sent items", "sent messages", "sent mail", "sent-mail", "gesendet", NULL};
    return folder->special_sent || is_named(folder, names);
}

/* Folders where a user's program puts what the user wrote: nothing is delivered there. */
gboolean mg_folder_is_own(const Folder *folder)
{
    static const char *const names[] = {"drafts", "draft", "outbox", "templates", "entwürfe", NULL};
    return mg_folder_is_sent(folder) || folder->special_drafts || is_named(folder, names);
}

GPtrArray *mg_folder_touched(Folder *folder, gboolean gone)
{
    mg_away_fetch_folder(folder, 1 << AWAY_MARKED | 1 << AWAY_THERE | (gone ? 1 << AWAY_GONE : 0));
    return entries_of(folder->touched);
}

guint mg_folder_touched_count(const Folder *folder)
{
    return g_hash_table_size(folder->touched) + folder->n_away;
}

GPtrArray *mg_folder_marked(Folder *folder)
{
    mg_away_fetch_folder(folder, 1 << AWAY_MARKED);
    return entries_of(folder->marked);
}

Entry *mg_entry_new(Folder *folder)
{
    Entry *entry = g_new0(Entry, 1);
    entry->refs = 1;
    entry->folder = folder;
    folder->ledger->entries++;
    return entry;
}

Entry *mg_entry_new_bare(Folder *folder)
{
    MgLedger *ledger = folder->ledger;
    if (ledger->most_entries == 0 || ledger->entries < ledger->most_entries)
        return mg_entry_new(folder);
    ledger->mirror_full = TRUE;
    return NULL;
}

guint mg_mirror_clip(MgLedger *ledger, guint64 count)
{
    ledger->mirror_full = ledger->mirror_full || count > MG_LIMIT_MIRROR;
    return (guint)MIN(count, (guint64)MG_LIMIT_MIRROR);
}

Entry *mg_entry_ref(Entry *entry)
{
    entry->refs++;
    return entry;
}

void mg_entry_unref(Entry *entry)
{
    if (--entry->refs > 0)
        return;
    mg_entry_lead(entry, NULL);
    entry->folder->ledger->entries--;
    g_free(entry->uidl);
    g_clear_pointer(&entry->structure, g_ref_string_release);
    g_free(entry);
}

gboolean mg_entry_touched(const Entry *entry)
{
    return entry->copy != NULL || entry->away != 0;
}

guint mg_entry_message(const Entry *entry)
{
    return entry->copy != NULL ? entry->copy->owner->pub.number : entry->away;
}

gboolean mg_entry_may_go(const Entry *entry)
{
    return entry->away == 0 || (entry->bits & ENTRY_THERE);
}

Copy *mg_entry_copy(const Entry *entry)
{
    if (entry->away != 0 && mg_away_fetch(entry->folder->ledger, entry->away) == NULL)
        mg_away_unlink((Entry *)entry); /* its record was lost */
    if (entry->copy != NULL)
        entry->copy->owner->recent = TRUE;
    return entry->copy;
}

void mg_entry_lead(Entry *entry, Copy *copy)
{
    if (entry->away != 0)
        mg_away_unlink(entry);
    if (entry->copy == copy)
        return;
    if (entry->copy != NULL) {
        if (entry->prev != NULL)
            entry->prev->next = entry->next;
        else
            entry->copy->entries = entry->next;
        if (entry->next != NULL)
            entry->next->prev = entry->prev;
    }
    entry->copy = copy;
    entry->prev = NULL;
    entry->next = copy != NULL ? copy->entries : NULL;
    if (entry->next != NULL)
        entry->next->prev = entry;
    if (copy != NULL)
        copy->entries = entry;
}

/* A number of a session that is over, for a copy that has another place: POP3 without unique-ids
 * would leave one for every session. */
void mg_entry_prune(Entry *entry)
{
    if (entry->refs == 1 && entry->uid == 0 && entry->uidl == NULL && entry->copy != NULL &&
        entry->copy->entry != entry)
        g_hash_table_remove(entry->folder->touched, entry);
}

/* Put away are only those of which a handle tells. */
static Entry *find_away(Folder *folder, GHashTable *table, gconstpointer key, guint64 handle)
{
    guint numbers[MG_HANDLES_ALIKE];
    if (folder->n_away == 0)
        return NULL;
    guint n = mg_handles_find(folder->ledger->handles, handle, numbers);
    for (guint i = n; i > 0; i--)
        mg_away_fetch(folder->ledger, numbers[i - 1]);
    return n > 0 ? g_hash_table_lookup(table, key) : NULL;
}

Entry *mg_entry_known_uid(const Folder *folder, guint32 uid)
{
    return g_hash_table_lookup(folder->by_uid, GUINT_TO_POINTER(uid));
}

guint64 mg_entry_uid_handle(const Folder *folder, guint32 uid)
{
    char text[16];
    g_snprintf(text, sizeof text, "%x", uid);
    return mg_handles_hash(HANDLE_UID, (guint64)folder->epoch << 32 | folder->number, text);
}

guint64 mg_entry_uidl_handle(const Folder *folder, const char *uidl)
{
    return mg_handles_hash(HANDLE_UIDL, folder->number, uidl);
}

Entry *mg_entry_by_uidl(Folder *folder, const char *uidl)
{
    Entry *entry = g_hash_table_lookup(folder->by_uidl, uidl);
    return entry != NULL
               ? entry
               : find_away(folder, folder->by_uidl, uidl, mg_entry_uidl_handle(folder, uidl));
}

Entry *mg_entry_by_uid(Folder *folder, guint32 uid, gboolean make)
{
    Entry *entry = g_hash_table_lookup(folder->by_uid, GUINT_TO_POINTER(uid));
    if (entry == NULL && uid != 0)
        entry = find_away(folder, folder->by_uid, GUINT_TO_POINTER(uid),
                          mg_entry_uid_handle(folder, uid));
    if (entry != NULL || !make || uid == 0)
        return entry;
    if (g_hash_table_size(folder->by_uid) >= MG_LIMIT_MIRROR)
        folder->ledger->mirror_full = TRUE;
    else if ((entry = mg_entry_new_bare(folder)) != NULL) {
        entry->uid = uid;
        g_hash_table_insert(folder->by_uid, GUINT_TO_POINTER(uid), entry);
    }
    return entry;
}

void mg_entry_set_uidl(Entry *entry, const char *uidl)
{
    if (entry->uidl != NULL)
        return;
    entry->uidl = g_strdup(uidl);
    g_hash_table_replace(entry->folder->by_uidl, entry->uidl, mg_entry_ref(entry));
    Copy *copy = mg_entry_copy(entry);
    if (copy != NULL && copy->pub.uidl == NULL)
        copy->pub.uidl = g_strdup(uidl);
}

void mg_entry_set_deleted(Entry *entry, gboolean deleted)
{
    Copy *copy = mg_entry_copy(entry);
    if (copy != NULL)
        copy->deleted = deleted;
    if (deleted) {
        entry->bits |= ENTRY_DELETED;
        if (!g_hash_table_contains(entry->folder->marked, entry))
            g_hash_table_add(entry->folder->marked, mg_entry_ref(entry));
    } else {
        entry->bits &= ~(guint)ENTRY_DELETED;
        g_hash_table_remove(entry->folder->marked, entry);
    }
}

/* A new UIDVALIDITY: all that was known by UID is void. */
void mg_folder_forget_uids(Folder *folder)
{
    mg_away_fetch_folder(folder, (1 << AWAY_CLASSES) - 1);
    if (g_hash_table_size(folder->by_uid) == 0)
        return;
    folder->epoch++;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, folder->by_uid);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Entry *entry = value;
        Copy *copy = mg_entry_copy(entry);
        if (copy != NULL)
            copy->pub.uid = copy->pub.uidvalidity = 0;
        entry->uid = 0;
    }
    g_hash_table_remove_all(folder->by_uid);
}
