/* Each place where a message is or was: what lies there, since which step, how it was found to
 * be this message. */
#include "places.h"

#include "gloss.h"

static char *name_of(const MgCopy *copy)
{
    g_autofree char *name = copy->name != NULL ? mg_valid(copy->name) : NULL;
    return mg_shorten(name != NULL && *name != '\0' ? g_steal_pointer(&name)
                                                    : mg_address_string(&copy->host),
                      MG_GLOSS_SHORT);
}

static void set_text(GHashTable *values, const char *name, const char *text)
{
    if (text == NULL)
        return;
    g_autofree char *shown = mg_shorten(mg_valid(text), MG_GLOSS_SHORT);
    mg_values_set(values, name, "%s", shown);
}

/* A part in brackets or behind a comma, where it is known. */
static void add_part(GString *out, const MgGlossary *glossary, const char *label,
                     GHashTable *values, const char *needs)
{
    if (g_hash_table_lookup(values, needs) == NULL)
        return;
    g_autofree char *part = mg_phrase_label(glossary, label, values);
    g_string_append_printf(out, ", %s", part);
}

static char *place_of(const MgGlossary *glossary, const MgCopy *copy)
{
    g_autoptr(GHashTable) values = mg_values_new();
    g_autofree char *name = name_of(copy);
    set_text(values, "account", copy->account);
    set_text(values, "folder", copy->folder);
    set_text(values, "queue-id", copy->queue_id);
    set_text(values, "address", copy->recipient);
    if (copy->uid != 0)
        mg_values_set(values, "uid", "%u", copy->uid);
    if (copy->place == MG_PLACE_DEVICE) {
        GString *out = g_string_new(NULL);
        g_autofree char *device = mg_device(glossary, name);
        g_string_append(out, device);
        if (!copy->composed)
            add_part(out, glossary, "place-account", values, "account");
        return g_string_free(out, FALSE);
    }
    GString *out = g_string_new(name);
    if (copy->place == MG_PLACE_QUEUE) {
        g_string_append_printf(out, ", %s", mg_glossary_label(glossary, "place-queue"));
        if (copy->queue_id != NULL)
            g_string_append_printf(out, " %s",
                                   (const char *)g_hash_table_lookup(values, "queue-id"));
        add_part(out, glossary, "place-recipient", values, "address");
    } else {
        if (copy->account != NULL)
            add_part(out, glossary, "place-mailbox-of", values, "account");
        else
            g_string_append_printf(out, ", %s", mg_glossary_label(glossary, "place-mailbox"));
        add_part(out, glossary, "place-folder", values, "folder");
        add_part(out, glossary, "place-uid", values, "uid");
    }
    return g_string_free(out, FALSE);
}

/* The label of what lies there. */
static const char *state_of(const MgCopy *copy)
{
    const gboolean removed = copy->state == MG_COPY_REMOVED;
    if (copy->doubt != 0)
        return "place-is-doubt";
    if (copy->place == MG_PLACE_DEVICE && copy->composed)
        return removed ? "place-is-handed-on" : "place-is-written";
    if (copy->place == MG_PLACE_QUEUE && removed)
        return "place-is-passed-on";
    if (copy->never)
        return "place-is-never";
    if (removed)
        return "place-is-gone";
    if (copy->state == MG_COPY_MARKED)
        return "place-is-marked";
    switch (copy->contents) {
    case MG_CONTENTS_HEADERS:
        return "place-is-headers";
    case MG_CONTENTS_PART:
        return "place-is-part";
    default:
        return copy->place == MG_PLACE_DEVICE ? "place-is-copy" : "place-is-held";
    }
}

static char *proof_of(const MgGlossary *glossary, const MgCopy *copy)
{
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "step", "%" G_GUINT64_FORMAT, copy->proof_step);
    mg_values_set(values, "frame", "%" G_GUINT64_FORMAT, copy->proof.frame);
    g_autofree char *proof = mg_phrase_label(
        glossary, copy->proof.frame > 0 ? "place-proof" : "place-proof-unseen", values);
    if (copy->evidence == MG_EVIDENCE_SEEN)
        return g_steal_pointer(&proof);
    return g_strdup_printf("%s, %s", proof,
                           mg_glossary_label(glossary, copy->evidence == MG_EVIDENCE_IMPLIED
                                                           ? "place-implied"
                                                           : "place-assumed"));
}

static const char *how_of(const MgGlossary *glossary, const MgCopy *copy)
{
    const char *word = mg_identified_word(copy->identified_by);
    if (word == NULL)
        return NULL;
    g_autofree char *label = g_strconcat("identified-", word, NULL);
    return mg_glossary_label(glossary, g_intern_string(label));
}

MgStepPlace *mg_places_of(const MgGlossary *glossary, const MgMessage *message, GPtrArray *pool,
                          guint *ret_n)
{
    const GPtrArray *copies = message->copies;
    const guint shown = MIN(copies->len, MG_GLOSS_PLACES);
    MgStepPlace *places = g_new0(MgStepPlace, shown + 1);
    guint n = 0;
    g_ptr_array_add(pool, places);
    for (guint i = 0; i < copies->len && n < shown; i++) {
        const MgCopy *copy = g_ptr_array_index(copies, i);
        /* A device that was told of it and has nothing of its text. */
        if (copy->contents == MG_CONTENTS_NONE)
            continue;
        places[n++] = (MgStepPlace){
            .place = mg_pool_keep(pool, place_of(glossary, copy)),
            .state = mg_glossary_label(glossary, state_of(copy)),
            .proof = mg_pool_keep(pool, proof_of(glossary, copy)),
            .how = how_of(glossary, copy),
        };
    }
    *ret_n = n;
    return places;
}
