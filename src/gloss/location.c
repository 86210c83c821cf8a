/* Where a message is, in words for readers. */
#include "gloss.h"

static char *qualifier_text(const MgGlossary *glossary, MgWhere where, const char *qualifier)
{
    const char *tag = mg_where_tag(where);
    g_autofree char *narrow =
        g_strconcat("qualifier-", qualifier, "-", tag != NULL ? tag : "none", NULL);
    g_autofree char *wide = g_strconcat("qualifier-", qualifier, NULL);
    const char *label = mg_glossary_label(glossary, narrow);
    if (label == narrow)
        label = mg_glossary_label(glossary, wide);
    return label == wide ? NULL : g_strdup(label);
}

char *mg_location_label(const MgGlossary *glossary, MgWhere where, const char *qualifier,
                        const char *device_name)
{
    g_autofree char *words = mg_glossary_where(glossary, where);
    g_autofree char *more = NULL;
    if (qualifier != NULL)
        more = qualifier_text(glossary, where, qualifier);
    else if (where.other == MG_LOCATION_NONE && where.is == MG_LOCATION_DEVICE)
        more = mg_owner(glossary, device_name);
    else if (where.other == MG_LOCATION_NONE && where.is == MG_LOCATION_BOTH && device_name != NULL)
        more = mg_device(glossary, device_name);
    if (more == NULL || *words == '\0' || *more == '\0')
        return g_steal_pointer(&words);
    return g_strconcat(words, " (", more, ")", NULL);
}

static void make_valid(char **text)
{
    char *valid = mg_valid(*text);
    g_free(*text);
    *text = valid;
}

MgCopy *mg_copy_valid(const MgCopy *copy)
{
    if (copy == NULL)
        return NULL;
    MgCopy *dup = mg_copy_dup(copy);
    make_valid(&dup->name);
    make_valid(&dup->account);
    make_valid(&dup->folder);
    make_valid(&dup->uidl);
    make_valid(&dup->queue_id);
    make_valid(&dup->recipient);
    for (guint i = 0; dup->flags != NULL && i < dup->flags->len; i++)
        make_valid((char **)&dup->flags->pdata[i]);
    return dup;
}
