/* What a tagged reply makes happen, or leaves undone, or in doubt. */
#include "proto/imap.h"

MG_IMAP_DONE(select)
{
    MgEffect effect = {.kind = MG_EFFECT_SELECT, .folder = open->folder, .flag = open->read_only};
    mg_imap_effect(imap, open, &effect, outcome, at);
    if (outcome == MG_OUTCOME_OK) {
        imap->selected_read_only = open->read_only;
        if (open->read_only)
            open->exchange->variant = "read-only";
    }
    /* A refused one leaves no folder open at all (RFC 9051 section 6.3.2). */
    if (outcome == MG_OUTCOME_REFUSED && g_strcmp0(imap->selected, open->folder) == 0)
        mg_imap_select_name(imap, NULL);
}

static void simple(MgImap *imap, MgImapOpen *open, MgEffectKind kind, MgOutcome outcome,
                   const MgStamp *at)
{
    MgEffect effect = {.kind = kind, .folder = open->folder, .set = open->set, .name = open->name};
    mg_imap_effect(imap, open, &effect, outcome, at);
}

MG_IMAP_DONE(close)
{
    simple(imap, open, MG_EFFECT_CLOSE, outcome, at);
    if (imap->selected_read_only)
        open->exchange->variant = "read-only";
    if (outcome == MG_OUTCOME_OK)
        mg_imap_select_name(imap, NULL);
}

MG_IMAP_DONE(unselect)
{
    simple(imap, open, MG_EFFECT_UNSELECT, outcome, at);
    if (outcome == MG_OUTCOME_OK)
        mg_imap_select_name(imap, NULL);
}

MG_IMAP_DONE(unauthenticate)
{
    mg_imap_done_unselect(imap, open, outcome, at);
    if (outcome == MG_OUTCOME_OK)
        imap->session->authenticated = FALSE;
}

MG_IMAP_DONE(fetch)
{
    MgEffect effect = {.kind = MG_EFFECT_FETCH_DONE,
                       .set = open->set,
                       .name = open->downgraded,
                       .flag = open->torn};
    mg_imap_effect(imap, open, &effect, outcome, at);
}

MG_IMAP_DONE(store)
{
    MgEffect effect = {.kind = MG_EFFECT_STORE_DONE,
                       .mode = open->mode,
                       .flags = (const char *const *)open->flags,
                       .flag = open->silent,
                       .set = open->modified,
                       .count = open->limit,
                       .uid = open->lowest};
    mg_imap_effect(imap, open, &effect, outcome, at);
}

MG_IMAP_DONE(labels)
{
    MgEffect effect = {.kind = MG_EFFECT_LABELS_DONE,
                       .mode = open->mode,
                       .flags = (const char *const *)open->flags,
                       .set = open->modified};
    mg_imap_effect(imap, open, &effect, outcome, at);
}

/* COPY and MOVE. */
static void transfer(MgImap *imap, MgImapOpen *open, MgEffectKind kind, MgOutcome outcome,
                     const MgStamp *at)
{
    MgEffect effect = {.kind = kind,
                       .folder = open->folder,
                       .set = open->set,
                       .count = open->limit,
                       .uid = open->lowest};
    mg_imap_effect(imap, open, &effect, outcome, at);
}

MG_IMAP_DONE(copy)
{
    transfer(imap, open, MG_EFFECT_COPY_DONE, outcome, at);
}

MG_IMAP_DONE(move)
{
    transfer(imap, open, MG_EFFECT_MOVE_DONE, outcome, at);
}

MG_IMAP_DONE(expunge)
{
    MgEffect effect = {.kind = MG_EFFECT_EXPUNGE_DONE, .set = open->set, .flag = open->torn};
    mg_imap_effect(imap, open, &effect, outcome, at);
}

MG_IMAP_DONE(append)
{
    /* Refused before its text came: there was one message all the same. */
    guint n = MAX(open->uploads->len, 1);
    for (guint i = 0; i < n; i++) {
        const MgImapUpload *upload =
            i < open->uploads->len ? g_ptr_array_index(open->uploads, i) : NULL;
        MgEffect effect = {.kind = MG_EFFECT_APPEND,
                           .folder = open->folder,
                           .content = upload != NULL ? upload->content : NULL,
                           .flags = upload != NULL ? (const char *const *)upload->flags : NULL,
                           .number = i + 1,
                           .flag = open->complete && open->catenate,
                           .count = open->too_late ? 1 : 0,
                           .uidvalidity = open->append_uidvalidity};
        if (open->append_uids != NULL)
            effect.uid = mg_imap_set_nth(open->append_uids, i);
        mg_imap_effect(imap, open, &effect, outcome, at);
    }
}

MG_IMAP_DONE(delete)
{
    simple(imap, open, MG_EFFECT_FOLDER_DELETE, outcome, at);
}

MG_IMAP_DONE(rename)
{
    simple(imap, open, MG_EFFECT_FOLDER_RENAME, outcome, at);
}

MG_IMAP_DONE(logout)
{
    simple(imap, open, MG_EFFECT_LOGOUT, outcome, at);
    if (outcome == MG_OUTCOME_OK)
        imap->bye = TRUE;
}

MG_IMAP_DONE(starttls)
{
    if (outcome == MG_OUTCOME_OK)
        imap->after = "tls.begins";
}

MG_IMAP_DONE(compress)
{
    if (outcome == MG_OUTCOME_OK)
        imap->after = "compress.begins";
}
