/* Messages that URLs name.  BURL (RFC 4468): the submission server fetches the text of a message
 * from a mailbox; where that mailbox is known, what is submitted is that message.  URLFETCH (RFC
 * 4467): a client reads a message so. */
#include "ledger.h"

#include <string.h>

#include "smtp.h"

static gboolean is_host(const MgLedger *ledger, const Session *session, const Account *account,
                        const char *name)
{
    MgAddress address;
    const Host *host = account->host;
    if (name == NULL || host == session->server)
        return host == session->server;
    if (mg_address_parse(name, &address))
        return mg_address_equal(&address, &host->address);
    const char *known = mg_host_name(host, TRUE);
    return known != NULL && g_ascii_strcasecmp(known, name) == 0;
}

/* The copy that lies there; several accounts may be called so, then the host or UIDVALIDITY must
 * tell which it is. */
static Copy *copy_at(Act *act)
{
    const MgEffect *effect = act->effect;
    GHashTableIter iter;
    gpointer value;
    Copy *found = NULL;
    if (effect->name == NULL || effect->folder == NULL ||
        !mg_act_afford(act, g_hash_table_size(act->ledger->accounts)))
        return NULL;
    g_hash_table_iter_init(&iter, act->ledger->accounts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Account *account = value;
        Folder *folder = mg_names_user(account->name, effect->name)
                             ? g_hash_table_lookup(account->folders, effect->folder)
                             : NULL;
        if (folder == NULL)
            continue;
        const gboolean valid =
            effect->uidvalidity != 0 && folder->uidvalidity == effect->uidvalidity;
        if (effect->uidvalidity != 0 && folder->uidvalidity != 0 && !valid)
            continue;
        if (!valid && !is_host(act->ledger, act->session, account, effect->text))
            continue;
        Entry *entry = mg_entry_by_uid(folder, effect->uid, FALSE);
        Copy *copy = entry != NULL ? mg_entry_copy(entry) : NULL;
        if (copy == NULL || !mg_copy_there(copy))
            continue;
        if (found != NULL && found != copy)
            return NULL;
        found = copy;
    }
    return found;
}

void mg_duty_burl(Act *act, Transaction *transaction)
{
    const Copy *copy = copy_at(act);
    if (copy == NULL || transaction->message == NULL || transaction->message == copy->owner)
        return;
    transaction->by = MG_IDENTIFIED_UID;
    mg_duty_recognised(act, transaction, copy->owner, MG_IDENTIFIED_UID);
}

/* A server reads it to send it, and has no duty for it before its own reply to BURL … LAST (RFC
 * 4468 section 3.4).  Who may use such a URL is a server, unless the user says otherwise. */
static gboolean is_server(const Act *act)
{
    const MgRole told = act->session->client->forced;
    return told != MG_ROLE_UNKNOWN ? told == MG_ROLE_SERVER : act->effect->flag;
}

static gboolean has_text(const MgEffect *effect)
{
    for (guint i = 0; effect->parts != NULL && effect->parts[i] != NULL; i++)
        if (!effect->parts[i]->nil)
            return TRUE;
    return FALSE;
}

void mg_ledger_url_fetched(Act *act)
{
    const MgEffect *effect = act->effect;
    Account *account = mg_session_account(act->session);
    if (effect->folder == NULL || effect->uid == 0 || !has_text(effect) || is_server(act))
        return;
    if (effect->name != NULL && !mg_names_user(account->name, effect->name))
        account = mg_account_get(act->ledger, act->session->server, effect->name,
                                 act->session->pub->number);
    Folder *folder = mg_folder_get(act->ledger, account, effect->folder);
    if (effect->uidvalidity != 0) {
        if (folder->uidvalidity != 0 && folder->uidvalidity != effect->uidvalidity)
            mg_folder_forget_uids(folder);
        folder->uidvalidity = effect->uidvalidity;
    }
    g_autoptr(GPtrArray) hold = g_ptr_array_new_with_free_func((GDestroyNotify)mg_entry_unref);
    Entry *entry = mg_entry_by_uid(folder, effect->uid, TRUE);
    if (entry == NULL)
        return;
    g_ptr_array_add(hold, mg_entry_ref(entry));
    mg_fetch_take(act, entry);
}
