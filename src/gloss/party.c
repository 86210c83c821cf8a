/* Who is who, in words for readers. */
#include "gloss.h"

#include <string.h>

static gboolean is_address(const char *name)
{
    MgAddress address;
    return mg_address_parse(name, &address);
}

/* "Anna's laptop", "Portátil de Ana" say whose it is by themselves. */
static gboolean is_possessive(const char *name)
{
    static const char *const marks[] = {"'s ", "’s ", " de ", " del "};
    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
        if (strstr(name, marks[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* A person's name, as opposed to what a host calls itself: "Anna", not "LAB7", "localhost" or
 * "pc.example.org". */
static gboolean is_person(const char *name)
{
    return g_unichar_isupper(g_utf8_get_char(name)) && strpbrk(name, ".[]:@_0123456789") == NULL &&
           strpbrk(name, "abcdefghijklmnopqrstuvwxyz") != NULL;
}

static char *with_name(const MgGlossary *glossary, const char *label, const char *name)
{
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "name", "%s", name);
    return mg_phrase_label(glossary, label, values);
}

/* Captured or typed: short and valid. */
static char *clean(const char *name)
{
    return name != NULL ? mg_shorten(mg_valid(name), MG_GLOSS_SHORT) : NULL;
}

char *mg_owner(const MgGlossary *glossary, const char *name)
{
    g_autofree char *shown = clean(name);
    if (shown == NULL || *shown == '\0')
        return NULL;
    if (is_address(shown))
        return with_name(glossary, "owner-address", shown);
    if (g_str_has_suffix(shown, "'s device"))
        return g_strndup(shown, strlen(shown) - strlen(" device"));
    if (is_possessive(shown))
        return g_steal_pointer(&shown);
    return with_name(glossary, strpbrk(shown, ".[]:@") != NULL ? "owner-address" : "owner-name",
                     shown);
}

char *mg_device(const MgGlossary *glossary, const char *name)
{
    g_autofree char *shown = clean(name);
    if (shown == NULL || *shown == '\0')
        return g_strdup(mg_glossary_label(glossary, "device"));
    if (is_address(shown))
        return with_name(glossary, "device-address", shown);
    if (is_possessive(shown))
        return g_steal_pointer(&shown);
    return with_name(glossary, is_person(shown) ? "device-name" : "device-address", shown);
}

char *mg_party_shown(const MgGlossary *glossary, const MgParty *party)
{
    g_autofree char *name = clean(party->name);
    if (name == NULL || *name == '\0')
        return mg_address_string(&party->end.address);
    if (party->role == MG_ROLE_DEVICE && is_person(name) && !is_possessive(name) &&
        strchr(name, ' ') == NULL)
        return with_name(glossary, "device-name", name);
    return g_steal_pointer(&name);
}

/* Some languages begin with an article: "el programa de Anna". */
static char *capital(char *text)
{
    g_autofree char *whole = text;
    if (*text == '\0')
        return g_steal_pointer(&whole);
    char first[7] = "";
    g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(text)), first);
    return g_strconcat(first, g_utf8_next_char(text), NULL);
}

char *mg_party_client(const MgGlossary *glossary, const MgParty *party, gboolean start)
{
    g_autofree char *name = clean(party->name);
    if (name != NULL && *name != '\0' && party->role == MG_ROLE_DEVICE) {
        if (g_str_has_suffix(name, "'s device"))
            name[strlen(name) - strlen("'s device")] = '\0';
        else if (is_possessive(name))
            return g_steal_pointer(&name);
        if (is_person(name)) {
            char *program = with_name(glossary, "client-program", name);
            return start ? capital(program) : program;
        }
    }
    return g_strdup(mg_glossary_label(glossary, start ? "client-start" : "client-middle"));
}

void mg_party_fill(GPtrArray *pool, const MgGlossary *glossary, const MgParty *party,
                   MgStepParty *ret_party)
{
    *ret_party = (MgStepParty){
        .ip = mg_pool_keep(pool, mg_address_string(&party->end.address)),
        .port = party->end.port,
        .name = mg_pool_keep(pool, mg_valid(party->name)),
        .role = party->role,
        .shown = mg_pool_keep(pool, mg_party_shown(glossary, party)),
    };
}
