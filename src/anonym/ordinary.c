/* See ordinary.h. */
#include "anonym/ordinary.h"

/* They name an office or nobody, or are words that the protocols speak themselves. */
static const char *const impersonal[] = {
    "abuse",
    "admin",
    "administrator",
    "anonymous",
    "double-bounce",
    "hostmaster",
    "localhost",
    "mail",
    "mailer-daemon",
    "message",
    "messages",
    "no-reply",
    "nobody",
    "noreply",
    "null",
    "octets",
    "ok",
    "postmaster",
    "root",
    "server",
    "test",
    "user",
    "user1",
    "user2",
    "webmaster",
    "inbox",
    "nil",
    "all",
    "no",
    "bad",
    "from",
    "to",
    "id",
    "with",
    "by",
    "for",
    "the",
    "and",
    "client",
    "smtp",
    "pop3",
    "imap",
    "esmtp",
    "lmtp",
    "imap4",
    "tls",
    "ready",
    "bye",
    "service",
    "not",
    "is",
    "in",
    "of",
    "error",
    "login",
    "password",
    "data",
    "size",
    "accepted",
    "denied",
};

/* Labels that say what a host does, not whose it is. */
static const char *const roles_of_hosts[] = {
    "mx",      "mx1",        "mx2",      "mx3",       "mail",        "mail1", "mail2",
    "smtp",    "smtps",      "imap",     "imaps",     "pop",         "pop3",  "relay",
    "out",     "in",         "ns",       "www",       "mta",         "lmtp",  "gateway",
    "webmail", "submission", "mailhost", "localhost", "localdomain",
};

/* Folders that every user has. */
static const char *const common_folders[] = {
    "INBOX",     "Sent",    "Sent Items",  "Sent Messages", "Sent Mail",
    "Drafts",    "Draft",   "Trash",       "Deleted Items", "Deleted Messages",
    "Deleted",   "Junk",    "Junk E-mail", "Spam",          "Archive",
    "Archives",  "Outbox",  "Templates",   "Notes",         "All Mail",
    "Important", "Starred", "[Gmail]",     "[Google Mail]", "Public",
    "Shared",    "user",    "users",       "mail",          "Bin",
    "Queue",     "Flagged",
};

/* Where a label behind the last dot makes a host name of a word with dots. */
static const char *const top_labels[] = {
    "com",      "org",    "net",      "edu",        "gov",    "mil",         "int",     "info",
    "biz",      "name",   "arpa",     "lab",        "local",  "localdomain", "lan",     "home",
    "internal", "intern", "intranet", "corp",       "test",   "example",     "invalid", "localhost",
    "private",  "domain", "mail",     "email",      "cloud",  "app",         "dev",     "tech",
    "site",     "online", "school",   "university", "museum", "eu",          "priv",
};

/* Labels under which countries register: "example.co.uk". */
static const char *const second_labels[] = {"co",  "com", "ac", "org", "net", "gov", "edu",
                                            "gob", "or",  "ne", "go",  "nom", "gv"};

static gboolean among(const char *word, const char *const *list, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (g_ascii_strcasecmp(word, list[i]) == 0)
            return TRUE;
    return FALSE;
}

gboolean mg_names_nobody(const char *word)
{
    return among(word, impersonal, G_N_ELEMENTS(impersonal));
}

gboolean mg_names_role_of_host(const char *label)
{
    return among(label, roles_of_hosts, G_N_ELEMENTS(roles_of_hosts));
}

gboolean mg_names_common_folder(const char *level)
{
    return among(level, common_folders, G_N_ELEMENTS(common_folders));
}

gboolean mg_names_top_label(const char *label)
{
    return among(label, top_labels, G_N_ELEMENTS(top_labels));
}

gboolean mg_names_second_label(const char *label)
{
    return among(label, second_labels, G_N_ELEMENTS(second_labels));
}
