/* Giving up root once everything is open. */
#include <config.h>

#include "mg-frame.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct {
    char *name;
    uid_t uid;
    gid_t gid;
} Account;

static gboolean failed(const char *what, const char *cause, GError **error)
{
    g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_PRIVILEGE,
                "Cannot give up root: %s: %s; -Z root keeps it", what, cause);
    return FALSE;
}

static gboolean find_account(const char *name, uid_t uid, Account *ret_account)
{
    struct passwd entry, *found = NULL;
    gsize size = 16384; /* an entry is a line; NSS may need more for its own */
    g_autofree char *buffer = g_malloc(size);
    int status = name != NULL ? getpwnam_r(name, &entry, buffer, size, &found)
                              : getpwuid_r(uid, &entry, buffer, size, &found);
    if (status != 0 || found == NULL)
        return FALSE;
    *ret_account = (Account){g_strdup(entry.pw_name), entry.pw_uid, entry.pw_gid};
    return TRUE;
}

/* Who called sudo.  A program that is set-user-ID root has its real user; its environment is
 * the caller's and is not believed. */
static gboolean find_caller(Account *ret_account)
{
    if (getuid() != 0)
        return find_account(NULL, getuid(), ret_account);
    const char *text = g_getenv("SUDO_UID");
    guint64 uid = 0;
    if (text == NULL || !g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT32 - 1, &uid, NULL))
        return FALSE;
    return find_account(NULL, (uid_t)uid, ret_account);
}

static gboolean choose(const char *user, Account *ret_account, GError **error)
{
    if (user != NULL) {
        if (find_account(user, 0, ret_account))
            return TRUE;
        return failed(user, "there is no such user", error);
    }
    if (find_caller(ret_account) || find_account("nobody", 0, ret_account))
        return TRUE;
    return failed("nobody", "there is no such user", error);
}

static gboolean root_can_be_regained(void)
{
    return getuid() == 0 || geteuid() == 0 || seteuid(0) == 0 || setuid(0) == 0 ||
           capng_have_capabilities(CAPNG_SELECT_CAPS) > CAPNG_NONE;
}

static gboolean become(const Account *account, GError **error)
{
    /* The bounding set can only shrink while CAP_SETPCAP is held; some containers lack it, and
     * then no program that is started can gain from it either, by the flag set below. */
    capng_clear(CAPNG_SELECT_BOTH);
    capng_apply(CAPNG_SELECT_BOUNDS);
    if (initgroups(account->name, account->gid) != 0)
        return failed(account->name, g_strerror(errno), error);
    if (setresgid(account->gid, account->gid, account->gid) != 0)
        return failed(account->name, g_strerror(errno), error);
    if (setresuid(account->uid, account->uid, account->uid) != 0)
        return failed(account->name, g_strerror(errno), error);
    if (capng_apply(CAPNG_SELECT_CAPS) != 0)
        return failed(account->name, "capabilities are left", error);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    capng_get_caps_process();
    if (root_can_be_regained())
        return failed(account->name, "the system lets root be regained", error);
    return TRUE;
}

/* A user may hold capabilities instead of being root; after the opening they are of no use. */
static gboolean drop_capabilities(GError **error)
{
    if (capng_get_caps_process() != 0 || capng_have_capabilities(CAPNG_SELECT_CAPS) <= CAPNG_NONE)
        return TRUE;
    capng_clear(CAPNG_SELECT_CAPS);
    if (capng_apply(CAPNG_SELECT_CAPS) == 0)
        return TRUE;
    return failed("capabilities", "they cannot be dropped", error);
}

gboolean mg_privileges_drop(const char *user, char **ret_name, GError **error)
{
    Account account = {0};
    if (ret_name != NULL)
        *ret_name = NULL;
    if (getuid() != 0 && geteuid() != 0)
        return drop_capabilities(error);
    if (!choose(user, &account, error))
        return FALSE;
    g_autofree char *name = account.name;
    if (account.uid == 0)
        return TRUE; /* asked for by name: -Z root */
    if (!become(&account, error))
        return FALSE;
    if (ret_name != NULL)
        *ret_name = g_steal_pointer(&name);
    return TRUE;
}
