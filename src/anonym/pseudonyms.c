/* The tables of other names. */
#include "anonym/pseudonyms.h"

#include "anonym/ordinary.h"

#include <string.h>

struct MgPseudonyms {
    GHashTable *addresses;   /* MgAddress* → MgAddress* */
    GHashTable *people;      /* folded name → char* */
    GHashTable *domains;     /* folded registered domain → char* */
    GHashTable *hosts;       /* folded full host name → char* */
    GHashTable *message_ids; /* as written → char*, both without angle brackets */
    GHashTable *queue_ids;
    GHashTable *uidls;
    GHashTable *folders; /* one level of a path → char* */
    GHashTable *words;   /* folded → char*: what text may call by itself */
    guint given[3];      /* IPv4 addresses, by the end of the connection they are */
    guint given6;
    gsize count; /* names in all tables */
};

/* First names in the order that people of examples come in. */
static const char *const given_names[] = {
    "alice", "bob",   "carol", "dave",    "erin",   "frank",  "grace", "heidi", "ivan",
    "judy",  "kim",   "leo",   "mallory", "nina",   "olivia", "peggy", "quinn", "rupert",
    "sybil", "trent", "uma",   "victor",  "walter", "xenia",  "yusuf", "zoe",
};

static guint address_hash(gconstpointer key)
{
    return mg_address_hash(key);
}

static gboolean address_equal(gconstpointer a, gconstpointer b)
{
    return mg_address_equal(a, b);
}

static GHashTable *table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

MgPseudonyms *mg_pseudonyms_new(void)
{
    MgPseudonyms *self = g_new0(MgPseudonyms, 1);
    self->addresses = g_hash_table_new_full(address_hash, address_equal, g_free, g_free);
    self->people = table();
    self->domains = table();
    self->hosts = table();
    self->message_ids = table();
    self->queue_ids = table();
    self->uidls = table();
    self->folders = table();
    self->words = table();
    return self;
}

void mg_pseudonyms_free(MgPseudonyms *names)
{
    if (names == NULL)
        return;
    g_hash_table_unref(names->words);
    g_hash_table_unref(names->addresses);
    g_hash_table_unref(names->people);
    g_hash_table_unref(names->domains);
    g_hash_table_unref(names->hosts);
    g_hash_table_unref(names->message_ids);
    g_hash_table_unref(names->queue_ids);
    g_hash_table_unref(names->uidls);
    g_hash_table_unref(names->folders);
    g_free(names);
}

/* Takes `made`.  Beyond the limit everything new is called `late`. */
static const char *keep(MgPseudonyms *self, GHashTable *in, const char *key, char *made,
                        const char *late)
{
    if (self->count >= MG_LIMIT_PSEUDONYMS) {
        g_free(made);
        return late;
    }
    self->count++;
    g_hash_table_insert(in, g_strdup(key), made);
    return made;
}

/* Text may now speak of this name by itself. */
static void learn(MgPseudonyms *self, const char *word, const char *substitute)
{
    if (strlen(word) < 2 || self->count >= MG_LIMIT_PSEUDONYMS)
        return;
    char *folded = g_ascii_strdown(word, -1);
    if (g_hash_table_contains(self->words, folded))
        g_free(folded);
    else
        g_hash_table_insert(self->words, folded, g_strdup(substitute));
}

/* ---- Addresses ---- */

static MgAddress number_four(guint number, guint range)
{
    static const guint8 ranges[3][3] = {{192, 0, 2}, {198, 51, 100}, {203, 0, 113}};
    MgAddress made = {.family = 4};
    if (number <= 254) {
        memcpy(made.bytes, ranges[range], 3);
        made.bytes[3] = (guint8)number;
        return made;
    }
    /* More hosts than the ranges of the documentation hold: those of benchmarks, RFC 2544. */
    guint32 rest = (number - 255) * 3 + range;
    made.bytes[0] = 198;
    made.bytes[1] = (guint8)(18 + (rest >> 16) % 2);
    made.bytes[2] = (guint8)(rest >> 8);
    made.bytes[3] = (guint8)rest;
    return made;
}

static MgAddress number_six(guint number)
{
    MgAddress made = {.family = 6, .bytes = {0x20, 0x01, 0x0d, 0xb8}};
    for (guint i = 0; i < 4; i++)
        made.bytes[15 - i] = (guint8)(number >> (8 * i));
    return made;
}

static gboolean own_machine(const MgAddress *address)
{
    static const guint8 loopback6[16] = {[15] = 1};
    return (address->family == 4 && address->bytes[0] == 127) ||
           (address->family == 6 && memcmp(address->bytes, loopback6, 16) == 0);
}

MgAddress mg_pseudonyms_address(MgPseudonyms *names, const MgAddress *address, MgActor role)
{
    if (address->family == 0 || own_machine(address))
        return *address;
    const MgAddress *known = g_hash_table_lookup(names->addresses, address);
    if (known != NULL)
        return *known;
    guint range = role == MG_ACTOR_CLIENT ? 0 : role == MG_ACTOR_SERVER ? 1 : 2;
    gboolean full = names->count >= MG_LIMIT_PSEUDONYMS;
    MgAddress made = address->family == 6
                         ? number_six(full ? G_MAXUINT32 : ++names->given6)
                         : number_four(full ? G_MAXUINT16 : ++names->given[range], range);
    if (!full) {
        names->count++;
        g_hash_table_insert(names->addresses, g_memdup2(address, sizeof *address),
                            g_memdup2(&made, sizeof made));
    }
    return made;
}

/* ---- People, hosts, mailboxes ---- */

const char *mg_pseudonyms_person(MgPseudonyms *names, const char *local)
{
    g_autofree char *folded = g_ascii_strdown(local, -1);
    const char *known = g_hash_table_lookup(names->people, folded);
    if (known != NULL)
        return known;
    if (folded[0] == '\0' || mg_names_nobody(folded))
        return g_intern_string(folded);
    guint n = g_hash_table_size(names->people);
    char *made = n < G_N_ELEMENTS(given_names) ? g_strdup(given_names[n])
                                               : g_strdup_printf("person%u", n + 1);
    const char *person = keep(names, names->people, folded, made, "someone");
    learn(names, folded, person);
    return person;
}

static const char *domain_for(MgPseudonyms *self, const char *folded)
{
    static const char *const made_domains[] = {"example.org", "example.net", "example.com"};
    const char *known = g_hash_table_lookup(self->domains, folded);
    if (known != NULL)
        return known;
    guint n = g_hash_table_size(self->domains);
    char *made = n < G_N_ELEMENTS(made_domains) ? g_strdup(made_domains[n])
                                                : g_strdup_printf("d%u.example", n + 1);
    return keep(self, self->domains, folded, made, "other.example");
}

/* The last two labels, three where the second is one of those under which a country registers. */
static const char *registered(const char *host)
{
    const char *from = host + strlen(host);
    guint labels = 0;
    const char *label_end = from;
    while (from > host) {
        const char *at = from - 1;
        while (at > host && at[-1] != '.')
            at--;
        labels++;
        g_autofree char *label = g_strndup(at, (gsize)(label_end - at));
        if (labels == 2 && !mg_names_second_label(label))
            return at;
        if (labels == 3)
            return at;
        if (at == host)
            return at;
        label_end = at - 1;
        from = at - 1;
    }
    return host;
}

const char *mg_pseudonyms_host(MgPseudonyms *names, const char *host)
{
    g_autofree char *folded = g_ascii_strdown(host, -1);
    gsize len = strlen(folded);
    while (len > 0 && folded[len - 1] == '.')
        folded[--len] = '\0';
    const char *known = g_hash_table_lookup(names->hosts, folded);
    if (known != NULL)
        return known;
    if (len == 0 || mg_names_nobody(folded))
        return g_intern_string(folded);
    guint n = g_hash_table_size(names->hosts) + 1;
    const char *base = strchr(folded, '.') == NULL ? NULL : registered(folded);
    char *made;
    if (base == NULL) {
        made = mg_names_role_of_host(folded) ? g_strdup(folded) : g_strdup_printf("host%u", n);
    } else if (base == folded) {
        made = g_strdup(domain_for(names, folded));
    } else {
        g_autofree char *front = g_strndup(folded, (gsize)(base - folded - 1));
        gboolean plain = mg_names_role_of_host(front);
        g_autofree char *label = plain ? g_strdup(front) : g_strdup_printf("host%u", n);
        made = g_strdup_printf("%s.%s", label, domain_for(names, base));
        if (!plain && strchr(front, '.') == NULL)
            learn(names, front, label);
    }
    const char *kept = keep(names, names->hosts, folded, made, "host.example");
    learn(names, folded, kept);
    return kept;
}

char *mg_pseudonyms_mailbox(MgPseudonyms *names, const char *mailbox)
{
    const char *at = strrchr(mailbox, '@');
    if (at == NULL)
        return g_strdup(mg_pseudonyms_person(names, mailbox));
    g_autofree char *local = g_strndup(mailbox, (gsize)(at - mailbox));
    MgAddress address;
    gsize len = strlen(at + 1);
    if (at[1] == '[' && len > 2 && at[len] == ']') {
        g_autofree char *inside = g_strndup(at + 2, len - 2);
        const char *bare = g_ascii_strncasecmp(inside, "IPv6:", 5) == 0 ? inside + 5 : inside;
        if (mg_address_parse(bare, &address)) {
            MgAddress other = mg_pseudonyms_address(names, &address, MG_ACTOR_NONE);
            g_autofree char *text = mg_address_string(&other);
            return g_strdup_printf("%s@[%s%s]", mg_pseudonyms_person(names, local),
                                   other.family == 6 ? "IPv6:" : "", text);
        }
    }
    return g_strdup_printf("%s@%s", mg_pseudonyms_person(names, local),
                           mg_pseudonyms_host(names, at + 1));
}

/* ---- Ids and folders ---- */

static const char *numbered(MgPseudonyms *self, GHashTable *in, const char *real,
                            const char *format, const char *late)
{
    const char *known = g_hash_table_lookup(in, real);
    if (known != NULL)
        return known;
    GString *made = g_string_new(NULL);
    g_string_append_printf(made, "%s%u", format, g_hash_table_size(in) + 1);
    const char *kept = keep(self, in, real, g_string_free(made, FALSE), late);
    learn(self, real, kept);
    return kept;
}

const char *mg_pseudonyms_message_id(MgPseudonyms *names, const char *message_id)
{
    const char *known = g_hash_table_lookup(names->message_ids, message_id);
    if (known != NULL)
        return known;
    gboolean brackets = message_id[0] == '<';
    gsize len = strlen(message_id);
    gboolean closed = brackets && len > 1 && message_id[len - 1] == '>';
    g_autofree char *bare =
        g_strndup(message_id + (brackets ? 1 : 0), len - (brackets ? 1 : 0) - (closed ? 1 : 0));
    const char *at = strrchr(bare, '@');
    const char *domain = at != NULL ? mg_pseudonyms_host(names, at + 1) : "example.org";
    guint n = g_hash_table_size(names->message_ids) / 2 + 1;
    g_autofree char *inner = g_strdup_printf("m%u@%s", n, domain);
    /* Both spellings, so that a text without the brackets finds it too. */
    char *framed = g_strdup_printf("<%s>", bare);
    const char *late = "<message@example.org>";
    const char *with =
        keep(names, names->message_ids, framed, g_strdup_printf("<%s>", inner), late);
    const char *without = keep(names, names->message_ids, bare, g_strdup(inner), late);
    g_free(framed);
    return closed ? with : without;
}

const char *mg_pseudonyms_queue_id(MgPseudonyms *names, const char *queue_id)
{
    return numbered(names, names->queue_ids, queue_id, "Q000", "Q0");
}

const char *mg_pseudonyms_uidl(MgPseudonyms *names, const char *uidl)
{
    return numbered(names, names->uidls, uidl, "uid-", "uid-0");
}

/* As RFC 3501 section 5.1.3 writes it on the wire. */
static char *modified_utf7(const char *level)
{
    GString *out = g_string_new(NULL);
    for (const char *c = level; *c != '\0';) {
        const char *run = c;
        while ((guchar)*c >= 0x80)
            c++;
        if (c == run) {
            g_string_append_c(out, *c);
            if (*c == '&')
                g_string_append_c(out, '-');
            c++;
            continue;
        }
        g_autofree guint8 *wide =
            (guint8 *)g_convert(run, c - run, "UTF-16BE", "UTF-8", NULL, NULL, NULL);
        glong units = g_utf8_strlen(run, c - run);
        if (wide == NULL)
            continue;
        /* Characters beyond the first plane take two units. */
        for (const char *p = run; p < c; p = g_utf8_next_char(p))
            units += g_utf8_get_char(p) > 0xffff;
        g_autofree char *coded = g_base64_encode(wide, (gsize)units * 2);
        g_strdelimit(coded, "/", ',');
        gsize len = strlen(coded);
        while (len > 0 && coded[len - 1] == '=')
            len--;
        g_string_append_printf(out, "&%.*s-", (int)len, coded);
    }
    return g_string_free(out, FALSE);
}

static const char *level_for(MgPseudonyms *self, const char *level)
{
    if (level[0] == '\0' || mg_names_common_folder(level) || strpbrk(level, "%*") != NULL)
        return level;
    g_autofree char *folded = g_ascii_strdown(level, -1);
    const char *person = g_hash_table_lookup(self->people, folded);
    if (person != NULL)
        return person;
    const char *known = g_hash_table_lookup(self->folders, level);
    if (known != NULL)
        return known;
    char *made = g_strdup_printf("Folder%u", g_hash_table_size(self->folders) + 1);
    const char *kept = keep(self, self->folders, level, made, "Folder");
    learn(self, level, kept);
    g_autofree char *on_the_wire = modified_utf7(level);
    learn(self, on_the_wire, kept);
    return kept;
}

char *mg_pseudonyms_folder(MgPseudonyms *names, const char *folder)
{
    GString *path = g_string_new(NULL);
    while (TRUE) {
        gsize len = strcspn(folder, "./");
        g_autofree char *level = g_strndup(folder, len);
        g_string_append(path, level_for(names, level));
        if (folder[len] == '\0')
            return g_string_free(path, FALSE);
        g_string_append_c(path, folder[len]);
        folder += len + 1;
    }
}

/* ---- Words of a text ---- */

const char *mg_pseudonyms_word(const MgPseudonyms *names, const char *word)
{
    if (mg_names_nobody(word))
        return NULL;
    const char *exact = g_hash_table_lookup(names->message_ids, word);
    if (exact != NULL)
        return exact;
    g_autofree char *folded = g_ascii_strdown(word, -1);
    return g_hash_table_lookup(names->words, folded);
}

gboolean mg_pseudonyms_is_host(const MgPseudonyms *names, const char *text)
{
    g_autofree char *folded = g_ascii_strdown(text, -1);
    if (g_hash_table_contains(names->hosts, folded))
        return TRUE;
    const char *dot = strrchr(folded, '.');
    if (dot == NULL || dot == folded || dot[1] == '\0')
        return FALSE;
    if (g_hash_table_contains(names->domains, registered(folded)))
        return TRUE;
    const char *top = dot + 1;
    gboolean country = strlen(top) == 2 && g_ascii_isalpha(top[0]) && g_ascii_isalpha(top[1]);
    return country || mg_names_top_label(top);
}
