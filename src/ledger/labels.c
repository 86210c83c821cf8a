/* Labels of one provider (STORE X-GM-LABELS): the server stores a message once, and each label is
 * a folder that shows it.  A change of labels deletes nothing.  The message leaves the open folder
 * where that folder's own label is taken off (then all mail still shows it), or where it is thrown
 * into the trash or called unwanted.
 */
#include "ledger.h"

static const struct {
    const char *use, *older; /* attributes of the folder in LIST (RFC 6154), XLIST */
    const char *name;        /* where no LIST told another one */
} folders[LABEL_FOLDERS] = {
    [LABEL_ALL] = {"\\All", "\\AllMail", "[Gmail]/All Mail"},
    [LABEL_TRASH] = {"\\Trash", "\\Trash", "[Gmail]/Trash"},
    [LABEL_SPAM] = {"\\Junk", "\\Spam", "[Gmail]/Spam"},
};

void mg_labels_listed(Account *account, const MgEffect *effect)
{
    for (guint i = 0; i < LABEL_FOLDERS; i++)
        if (account->label_folders[i] == NULL && (mg_flags_have(effect->flags, folders[i].use) ||
                                                  mg_flags_have(effect->flags, folders[i].older)))
            account->label_folders[i] = g_strdup(effect->folder);
}

static const char *folder_name(const Account *account, LabelFolder which)
{
    const char *told = account->label_folders[which];
    return told != NULL ? told : folders[which].name;
}

/* Where messages of this folder go by these labels; NULL = they stay in it. */
static const char *goes_to(const Account *account, const Folder *folder, const MgEffect *effect)
{
    const char *trash = folder_name(account, LABEL_TRASH), *spam = folder_name(account, LABEL_SPAM);
    if (folder->name == NULL || g_str_equal(folder->name, trash) || g_str_equal(folder->name, spam))
        return NULL;
    if (effect->mode != MG_FLAGS_REMOVE)
        return mg_flags_have(effect->flags, "\\Trash")  ? trash
               : mg_flags_have(effect->flags, "\\Spam") ? spam
                                                        : NULL;
    const gboolean own = g_str_equal(folder->name, "INBOX")
                             ? mg_flags_have(effect->flags, "\\Inbox")
                             : mg_flags_have(effect->flags, folder->name);
    return own ? folder_name(account, LABEL_ALL) : NULL;
}

void mg_ledger_labels(Act *act)
{
    const MgEffect *effect = act->effect;
    const Session *session = act->session;
    Step *step = act->step;
    if (session->view == NULL || session->read_only || effect->flags == NULL ||
        (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED))
        return;
    const Folder *folder = mg_view_folder(session->view);
    const char *name = goes_to(folder->account, folder, effect);
    if (name == NULL || g_str_equal(name, folder->name))
        return;
    g_free(step->folder);
    step->folder = g_strdup(name);
    GPtrArray *targets = mg_step_targets(act);
    for (guint i = 0; i < targets->len; i++) {
        Entry *entry = targets->pdata[i];
        const Copy *copy = (mg_act_touch(act, entry), mg_entry_copy(entry));
        if (!mg_copy_there(copy))
            continue;
        if (effect->outcome == MG_OUTCOME_UNANSWERED || step->guessed || effect->set != NULL)
            mg_copy_doubt(act, entry, TRUE);
        else
            mg_mirror_moved(act, entry, MG_EVIDENCE_IMPLIED);
    }
}
