#include "proto/url.h"

#include <string.h>

#include "proto/line.h"

static char *decoded(const char *from, gsize len)
{
    g_autofree char *text = g_strndup(from, len);
    char *plain = g_uri_unescape_string(text, NULL);
    return plain != NULL ? plain : g_steal_pointer(&text);
}

/* "bob;AUTH=PLAIN@imap.example.org:143" */
static void read_server(const char *server, MgImapUrl *url)
{
    const char *at = strrchr(server, '@');
    const char *host = at != NULL ? at + 1 : server;
    gsize user = at != NULL ? MIN(strcspn(server, ";@"), (gsize)(at - server)) : 0;
    if (user > 0)
        url->user = decoded(server, user);
    gsize len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    len = MIN(len, strlen(host));
    if (len > 0)
        url->host = g_strndup(host, len);
}

static guint32 number_of(const char *text)
{
    guint64 number = g_ascii_strtoull(text, NULL, 10);
    return number <= G_MAXUINT32 ? (guint32)number : 0;
}

/* "1.2/", "header.fields%20(to)" */
static void read_section(const char *text, MgImapUrl *url)
{
    g_autofree char *section = decoded(text, strcspn(text, "/"));
    g_free(url->section);
    url->section = *section != '\0' ? g_ascii_strup(section, -1) : NULL;
}

/* "folder;UIDVALIDITY=1/;UID=5/;SECTION=1.2;URLAUTH=…" */
static void read_path(const char *path, MgImapUrl *url)
{
    g_auto(GStrv) words = g_strsplit(path, ";", 16);
    gsize folder = strlen(words[0]);
    while (folder > 0 && words[0][folder - 1] == '/')
        folder--;
    url->folder = decoded(words[0], folder);
    if (g_ascii_strcasecmp(url->folder, "INBOX") == 0)
        memcpy(url->folder, "INBOX", strlen("INBOX"));
    for (guint i = 1; words[i] != NULL; i++) {
        if (g_ascii_strncasecmp(words[i], "UIDVALIDITY=", 12) == 0)
            url->uidvalidity = number_of(words[i] + 12);
        else if (g_ascii_strncasecmp(words[i], "UID=", 4) == 0)
            url->uid = number_of(words[i] + 4);
        else if (g_ascii_strncasecmp(words[i], "SECTION=", 8) == 0)
            read_section(words[i] + 8, url);
        else if (g_ascii_strncasecmp(words[i], "PARTIAL=", 8) == 0)
            url->origin = g_ascii_strtoull(words[i] + 8, NULL, 10);
        else if (g_ascii_strncasecmp(words[i], "URLAUTH=submit+", 15) == 0)
            url->submits = TRUE;
    }
    url->whole = url->section == NULL && url->origin == G_MAXUINT64;
}

gboolean mg_imap_url_read(MgSlice text, MgImapUrl *ret_url)
{
    *ret_url = (MgImapUrl){.origin = G_MAXUINT64};
    if (!mg_slice_begins(text, "imap://"))
        return FALSE;
    g_autofree char *url = mg_slice_dup(text);
    const char *server = url + strlen("imap://");
    const char *path = strchr(server, '/');
    if (path == NULL)
        return FALSE;
    g_autofree char *named = g_strndup(server, (gsize)(path - server));
    read_server(named, ret_url);
    read_path(path + 1, ret_url);
    if (ret_url->uid != 0 && *ret_url->folder != '\0')
        return TRUE;
    mg_imap_url_clear(ret_url);
    return FALSE;
}

void mg_imap_url_clear(MgImapUrl *url)
{
    g_clear_pointer(&url->user, g_free);
    g_clear_pointer(&url->host, g_free);
    g_clear_pointer(&url->folder, g_free);
    g_clear_pointer(&url->section, g_free);
}
