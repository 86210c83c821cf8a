/* Notes: what is missing or odd, in a sentence. */
#include "gloss.h"

static void set_number(GHashTable *values, const char *name, guint64 number)
{
    if (number > 0)
        mg_values_set(values, name, "%" G_GUINT64_FORMAT, number);
}

/* The group of a note; its kind where the key is new. */
static const char *group_of(const MgGlossary *glossary, const MgNote *note)
{
    g_autofree char *by_key = g_strconcat("note.", note->key, NULL);
    const char *group = mg_glossary_find(glossary, by_key);
    if (group != NULL)
        return group;
    g_autofree char *by_kind = g_strconcat("note.kind-", mg_note_kind_word(note->kind), NULL);
    return mg_glossary_find(glossary, by_kind);
}

void mg_gloss_note(MgGloss *gloss, const MgNote *note)
{
    if (gloss->sink.note == NULL)
        return;
    g_autoptr(GHashTable) values = mg_values_new();
    set_number(values, "octets", note->octets);
    /* Plural forms go by the count, else by the octets. */
    set_number(values, "count", note->count > 0 ? note->count : note->octets);
    set_number(values, "session", note->session);
    set_number(values, "frame", note->frames[0] > 0 ? note->frames[0] : note->at.frame);
    set_number(values, "last-frame", note->frames[1]);
    if (note->detail != NULL) {
        g_autofree char *detail = mg_shorten(mg_valid(note->detail), MG_GLOSS_SHORT);
        mg_values_set(values, "detail", "%s", detail);
    }
    if (note->seconds != 0) {
        gint64 milliseconds = (note->seconds + MG_SECOND / 2000) / (MG_SECOND / 1000);
        mg_values_set(values, "seconds", "%" G_GINT64_FORMAT ".%03d", milliseconds / 1000,
                      (int)(milliseconds % 1000));
    }
    mg_values_set(values, "name", "%s", note->key);
    const char *group = group_of(gloss->glossary, note);
    g_autofree char *text =
        group != NULL ? mg_phrase(gloss->glossary, group, "normal", gloss->options.detail, values)
                      : NULL;
    const MgStepNote record = {
        .kind = note->kind,
        .session = note->session,
        .at = note->at,
        .frames = {note->frames[0], note->frames[1]},
        .text = text != NULL ? text : note->key,
    };
    gloss->sink.note(gloss->sink.user, &record);
}
