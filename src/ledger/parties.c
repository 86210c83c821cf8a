/* Who is who: hosts by what they do, by what they call themselves, and by the roles file. */
#include "ledger.h"

#include <string.h>

static Host *host_find(const MgLedger *ledger, const MgAddress *address)
{
    return g_hash_table_lookup(ledger->hosts, address);
}

Host *mg_host_get(MgLedger *ledger, const MgAddress *address)
{
    Host *host = host_find(ledger, address);
    if (host == NULL) {
        host = g_new0(Host, 1);
        host->address = *address;
        g_hash_table_insert(ledger->hosts, &host->address, host);
    }
    return host;
}

void mg_host_free(Host *host)
{
    g_free(host->forced_name);
    g_free(host->server_name);
    g_free(host->client_name);
    g_free(host);
}

const char *mg_host_name(const Host *host, gboolean as_server)
{
    if (host->forced_name != NULL)
        return host->forced_name;
    if (as_server)
        return host->server_name != NULL ? host->server_name : host->client_name;
    if (host->client_name != NULL || host->serves_itself)
        return host->client_name;
    return host->server_name;
}

static gboolean serves_port(const Host *host, guint16 port)
{
    for (guint i = 0; i < host->n_ports; i++)
        if (host->ports[i] == port)
            return TRUE;
    return FALSE;
}

/* A host that accepts mail connections is a server; so is one that passes on mail.  On a
 * capture of a loopback interface everything has one address: there only the port tells. */
MgRole mg_session_client_role(const Session *session)
{
    const Host *host = session->client;
    if (host->forced != MG_ROLE_UNKNOWN)
        return host->forced;
    MgProtocol protocol = session->pub->protocol;
    if (protocol != MG_PROTOCOL_SMTP && protocol != MG_PROTOCOL_LMTP)
        return MG_ROLE_DEVICE;
    if (session->relay)
        return MG_ROLE_SERVER;
    if (host->serves_itself)
        return MG_ROLE_DEVICE;
    return host->serves || host->relays ? MG_ROLE_SERVER : MG_ROLE_DEVICE;
}

void mg_session_parties(const Session *session, MgParty *ret_client, MgParty *ret_server)
{
    MgRole role = mg_session_client_role(session);
    ret_client->end = session->pub->client;
    ret_client->role = role;
    ret_client->name = mg_host_name(session->client, role == MG_ROLE_SERVER);
    ret_server->end = session->pub->server;
    ret_server->role =
        session->server->forced != MG_ROLE_UNKNOWN ? session->server->forced : MG_ROLE_SERVER;
    ret_server->name = mg_host_name(session->server, TRUE);
}

void mg_ledger_party(const MgLedger *ledger, const MgEndpoint *end, MgParty *ret_party)
{
    const Host *host = host_find(ledger, &end->address);
    *ret_party = (MgParty){.end = *end};
    if (host == NULL)
        return;
    gboolean server = host->serves || host->relays;
    if (host->serves_itself)
        server = serves_port(host, end->port);
    ret_party->role = host->forced != MG_ROLE_UNKNOWN ? host->forced
                      : server                        ? MG_ROLE_SERVER
                                                      : MG_ROLE_DEVICE;
    ret_party->name = mg_host_name(host, ret_party->role == MG_ROLE_SERVER);
}

void mg_ledger_set_role(MgLedger *ledger, const MgAddress *address, MgRole role, const char *name)
{
    Host *host = mg_host_get(ledger, address);
    host->forced = role;
    g_free(host->forced_name);
    host->forced_name = name != NULL && *name != '\0' ? g_strdup(name) : NULL;
}

void mg_ledger_add_name(MgLedger *ledger, const MgAddress *address, const char *name)
{
    Host *host = mg_host_get(ledger, address);
    if (host->forced_name == NULL && *name != '\0')
        host->forced_name = g_strdup(name);
}

/* "bob", "bob@example.org" and "bob+lists@example.org" name one user. */
gboolean mg_names_user(const char *account, const char *address)
{
    if (account == NULL || address == NULL || *account == '\0')
        return FALSE;
    if (g_ascii_strcasecmp(account, address) == 0)
        return TRUE;
    gsize local = strcspn(address, "@+"), len = strcspn(account, "@");
    if (local == 0 || len == 0)
        return FALSE;
    const char *domain = strchr(address, '@');
    if (account[len] == '@' && (domain == NULL || g_ascii_strcasecmp(account + len, domain) != 0))
        return FALSE;
    return local == len && g_ascii_strncasecmp(account, address, len) == 0;
}
