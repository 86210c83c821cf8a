/* IMAP: folders that go or get another name, with all that is in them (location-rules.md section
 * 7.1, I14 to I16).
 */
#include "ledger.h"

#include <string.h>

static void on_folder_delete(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    Folder *folder =
        effect->folder != NULL ? g_hash_table_lookup(account->folders, effect->folder) : NULL;
    if (folder == NULL ||
        (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED))
        return;
    g_autoptr(GPtrArray) entries = mg_folder_touched(folder, FALSE);
    for (guint i = 0; i < entries->len; i++) {
        if (effect->outcome == MG_OUTCOME_OK)
            mg_act_gone(act, entries->pdata[i], MG_EVENT_REMOVED, MG_EVIDENCE_IMPLIED);
        else
            mg_act_doubt(act, entries->pdata[i]);
    }
    /* A folder made anew under this name has other UIDs. */
    if (effect->outcome == MG_OUTCOME_OK)
        g_hash_table_remove(account->folders, effect->folder);
}

static void rename_copies(Act *act, Folder *folder, const char *name)
{
    g_autoptr(GPtrArray) entries = mg_folder_touched(folder, FALSE);
    for (guint i = 0; i < entries->len; i++) {
        Copy *copy = mg_entry_copy(entries->pdata[i]);
        if (copy == NULL || !mg_copy_there(copy))
            continue;
        g_free(copy->pub.folder);
        copy->pub.folder = g_strdup(name);
        mg_act_move(act, copy->owner, MG_EVENT_MOVED, copy, NULL, MG_EVIDENCE_IMPLIED);
    }
}

/* The end of RENAME INBOX was not seen: each message is in the one folder or in the other. */
static void inbox_in_doubt(Act *act, Folder *folder, Folder *other)
{
    g_autoptr(GPtrArray) entries = mg_folder_touched(folder, FALSE);
    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = entries->pdata[i];
        Copy *copy = mg_entry_copy(entry);
        if (copy == NULL || !mg_copy_there(copy) || copy->pub.doubt != 0)
            continue;
        Entry *place = mg_entry_new(other);
        Copy *moved = mg_act_copy_to(act, entry, place);
        mg_entry_unref(place);
        copy->pub.doubt = moved->pub.doubt = mg_ledger_doubt(act->ledger);
        mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
        mg_act_prove(act, moved, MG_EVIDENCE_IMPLIED);
        mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, moved, NULL, MG_EVIDENCE_IMPLIED);
    }
}

static void rename_folder(Act *act, Account *account, const char *from, const char *to)
{
    Folder *folder = g_hash_table_lookup(account->folders, from);
    if (folder == NULL)
        return;
    if (strcmp(from, "INBOX") == 0) {
        /* All messages move; INBOX stays, empty. */
        Folder *other = mg_folder_get(act->ledger, account, to);
        g_autoptr(GPtrArray) entries = mg_folder_touched(folder, FALSE);
        for (guint i = 0; i < entries->len; i++) {
            Entry *entry = entries->pdata[i];
            Copy *copy = mg_entry_copy(entry);
            if (copy == NULL || !mg_copy_there(copy))
                continue;
            Entry *place = mg_entry_new(other);
            g_clear_pointer(&copy->pub.folder, g_free);
            copy->pub.uid = copy->pub.uidvalidity = 0;
            mg_entry_bind(place, copy);
            mg_entry_unref(place);
            mg_entry_lead(entry, NULL);
            entry->bits |= ENTRY_GONE;
            g_hash_table_remove(folder->touched, entry);
            mg_act_move(act, copy->owner, MG_EVENT_MOVED, copy, NULL, MG_EVIDENCE_IMPLIED);
        }
        return;
    }
    g_hash_table_remove(account->folders, from);
    g_hash_table_insert(account->folders, g_strdup(to), folder);
    g_free(folder->name);
    folder->name = g_strdup(to);
    rename_copies(act, folder, to);
}

static void on_folder_rename(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    if (effect->folder == NULL || effect->name == NULL)
        return;
    /* Of another folder only its name would be in doubt. */
    Folder *inbox = strcmp(effect->folder, "INBOX") == 0
                        ? g_hash_table_lookup(account->folders, "INBOX")
                        : NULL;
    if (effect->outcome == MG_OUTCOME_UNANSWERED && inbox != NULL)
        inbox_in_doubt(act, inbox, mg_folder_get(act->ledger, account, effect->name));
    if (effect->outcome != MG_OUTCOME_OK)
        return;
    gsize len = strlen(effect->folder);
    g_autoptr(GPtrArray) children = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, account->folders);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const char *name = key;
        if (strcmp(effect->folder, "INBOX") != 0 && len > 0 &&
            strncmp(name, effect->folder, len) == 0 &&
            (account->separator != 0 ? name[len] == account->separator
                                     : name[len] == '/' || name[len] == '.'))
            g_ptr_array_add(children, g_strdup(name));
    }
    rename_folder(act, account, effect->folder, effect->name);
    for (guint i = 0; i < children->len; i++) {
        const char *from = children->pdata[i];
        g_autofree char *to = g_strconcat(effect->name, from + len, NULL);
        rename_folder(act, account, from, to);
    }
}

void mg_ledger_names(Act *act)
{
    if (act->effect->kind == MG_EFFECT_FOLDER_DELETE)
        on_folder_delete(act);
    else
        on_folder_rename(act);
}
