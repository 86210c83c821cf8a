/* The roles file (option -H): who is a device, who a server, and what they are called. */
#include "mg-movement.h"

#include <string.h>

static gboolean read_line(const char *line, MgRoleFunc role_of, gpointer user)
{
    g_auto(GStrv) words = g_strsplit_set(line, " \t", -1);
    g_autoptr(GPtrArray) full = g_ptr_array_new();
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0')
            g_ptr_array_add(full, *word);
    MgAddress address;
    if (full->len < 2 || !mg_address_parse(full->pdata[0], &address))
        return FALSE;
    MgRole role;
    if (strcmp(full->pdata[1], "device") == 0)
        role = MG_ROLE_DEVICE;
    else if (strcmp(full->pdata[1], "server") == 0)
        role = MG_ROLE_SERVER;
    else
        return FALSE;
    g_autoptr(GString) name = g_string_new(NULL);
    for (guint i = 2; i < full->len; i++)
        g_string_append_printf(name, "%s%s", i > 2 ? " " : "", (char *)full->pdata[i]);
    role_of(user, &address, role, name->str);
    return TRUE;
}

gboolean mg_roles_read(const char *path, MgRoleFunc role_of, gpointer user, GError **error)
{
    g_autofree char *text = NULL;
    gsize len = 0;
    if (!g_file_get_contents(path, &text, &len, error))
        return FALSE;
    if (!g_utf8_validate(text, (gssize)len, NULL)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: not UTF-8 text", path);
        return FALSE;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strstrip(lines[i]);
        if (lines[i][0] == '\0' || lines[i][0] == '#')
            continue;
        if (!read_line(lines[i], role_of, user)) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        "%s:%u: expected 'ADDRESS device|server NAME'", path, i + 1);
            return FALSE;
        }
    }
    return TRUE;
}

static void set_role(gpointer user, const MgAddress *address, MgRole role, const char *name)
{
    mg_ledger_set_role(user, address, role, name);
}

gboolean mg_ledger_load_roles(MgLedger *ledger, const char *path, GError **error)
{
    return mg_roles_read(path, set_role, ledger, error);
}
