/* IMAP FETCH responses: flags, identity, and what text has reached the device, by octets
 * (location-rules.md section 7.4).
 */
#include "ledger.h"

#include <string.h>

typedef struct {
    guint64 from, to;
} Span;

/* Slices kept apart; more of them are no download. */
enum { SLICES = 256 };

gboolean mg_flags_have(const char *const *flags, const char *flag)
{
    for (guint i = 0; flags != NULL && flags[i] != NULL; i++)
        if (g_ascii_strcasecmp(flags[i], flag) == 0)
            return TRUE;
    return FALSE;
}

void mg_set_flags(Copy *copy, const char *const *flags)
{
    g_clear_pointer(&copy->pub.flags, g_ptr_array_unref);
    copy->pub.flags = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; flags[i] != NULL; i++)
        g_ptr_array_add(copy->pub.flags, g_strdup(flags[i]));
}

static gboolean is_apart(const char *flag)
{
    return g_ascii_strcasecmp(flag, "\\Recent") == 0 || g_ascii_strcasecmp(flag, "\\Deleted") == 0;
}

static gboolean has_all(const GPtrArray *of, const GPtrArray *in)
{
    for (guint i = 0; i < of->len; i++) {
        gboolean found = is_apart(of->pdata[i]);
        for (guint k = 0; k < in->len && !found; k++)
            found = g_ascii_strcasecmp(of->pdata[i], in->pdata[k]) == 0;
        if (!found)
            return FALSE;
    }
    return TRUE;
}

gboolean mg_flags_differ(const GPtrArray *a, const GPtrArray *b)
{
    return !has_all(a, b) || !has_all(b, a);
}

/* This line shows what this session's own command did.  Gives the kinds of news it made. */
static guint own_flags(Act *act, Entry *entry, Copy *copy, const GPtrArray *before, guint had)
{
    const Step *step = act->step;
    const gboolean mark_known = had & ENTRY_FLAGS;
    const gboolean deleted = entry->bits & ENTRY_DELETED;
    guint kinds = 0;
    if (deleted != ((had & ENTRY_DELETED) != 0) && mg_step_is(step, "store")) {
        mg_news_done(act, copy, NEWS_MARK, deleted ? MG_EVENT_MARKED : MG_EVENT_UNMARKED,
                     mark_known);
        kinds |= 1U << NEWS_MARK;
    }
    /* Flags that come unasked with the text have changed by it (RFC 9051 section 6.4.5). */
    if (before != NULL ? mg_flags_differ(before, copy->pub.flags)
                       : mg_step_is(step, "fetch") && !step->asks_flags) {
        mg_news_done(act, copy, NEWS_FLAGS, MG_EVENT_FLAGGED, TRUE);
        kinds |= 1U << NEWS_FLAGS;
    }
    return kinds;
}

/* It shows the state that somebody else's command left, or another one. */
static void learn_flags(Act *act, Entry *entry, Copy *copy, const GPtrArray *before, guint had,
                        guint own)
{
    const Step *step = act->step;
    const MgTold how =
        mg_step_is(step, "fetch") || mg_step_is(step, "store") || mg_step_is(step, "select")
            ? MG_TOLD_ASKED
            : MG_TOLD_UNASKED;
    if ((entry->bits & ENTRY_DELETED) == (had & ENTRY_DELETED))
        mg_news_told(act, copy, NEWS_MARK, how);
    else if (!(own & (1U << NEWS_MARK)))
        mg_news_drop(copy, NEWS_MARK);
    if (before != NULL && !mg_flags_differ(before, copy->pub.flags))
        mg_news_told(act, copy, NEWS_FLAGS, how);
    else if (!(own & (1U << NEWS_FLAGS)))
        mg_news_drop(copy, NEWS_FLAGS);
}

static void take_flags(Act *act, Entry *entry)
{
    const Step *step = act->step;
    const char *const *flags = act->effect->flags;
    const guint had = entry->bits;
    gboolean deleted = mg_flags_have(flags, "\\Deleted");
    gboolean addressed = step->id != 0 && entry->target == step->id;
    gboolean stored = addressed && mg_step_is(step, "store");
    gboolean was = entry->bits & ENTRY_DELETED;
    gboolean fresh = entry->copy == NULL;
    entry->bits |= ENTRY_FLAGS;
    if (stored && (deleted || was))
        mg_act_touch(act, entry);
    mg_entry_set_deleted(entry, deleted);
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy == NULL)
        return;
    g_autoptr(GPtrArray) before = g_steal_pointer(&copy->pub.flags);
    mg_set_flags(copy, flags);
    copy->told_flags = step->id;
    if (!mg_copy_there(copy))
        return;
    gboolean differ = before != NULL && mg_flags_differ(before, copy->pub.flags);
    const guint own =
        stored || (addressed && step->reads) ? own_flags(act, entry, copy, before, had) : 0;
    gboolean marked = deleted || copy->pop_marked;
    if (copy->mark_doubt || marked != (copy->pub.state == MG_COPY_MARKED))
        mg_act_mark(act, entry, marked, MG_EVIDENCE_SEEN);
    else if (differ || stored)
        mg_act_move(act, copy->owner, fresh && marked ? MG_EVENT_MARKED : MG_EVENT_FLAGGED, copy,
                    NULL, MG_EVIDENCE_SEEN);
    learn_flags(act, entry, copy, before, had, own);
}

/* ---- What has reached the device ---- */

static void add_span(GArray *spans, guint64 from, guint64 to)
{
    guint i = 0;
    while (i < spans->len && g_array_index(spans, Span, i).to < from)
        i++;
    while (i < spans->len && g_array_index(spans, Span, i).from <= to) {
        from = MIN(from, g_array_index(spans, Span, i).from);
        to = MAX(to, g_array_index(spans, Span, i).to);
        g_array_remove_index(spans, i);
    }
    Span span = {from, to};
    if (spans->len < SLICES)
        g_array_insert_val(spans, i, span);
}

static gboolean is_whole(const char *item)
{
    return strcmp(item, "BODY[]") == 0 || strcmp(item, "RFC822") == 0 ||
           strcmp(item, "BINARY[]") == 0;
}

static gboolean is_header(const char *item)
{
    return strcmp(item, "BODY[HEADER]") == 0 || strcmp(item, "RFC822.HEADER") == 0;
}

/* BODY[1] of a message that is no multipart is its text. */
static gboolean is_text(const char *item)
{
    return strcmp(item, "BODY[TEXT]") == 0 || strcmp(item, "RFC822.TEXT") == 0;
}

static gboolean is_some_header(const char *item)
{
    return g_str_has_prefix(item, "BODY[HEADER.FIELDS") || is_header(item);
}

static gboolean all_here(const Pieces *pieces, guint64 size)
{
    if (pieces->has_header && pieces->has_text)
        return TRUE;
    if (pieces->has_header && size != 0 && pieces->text != 0 &&
        pieces->header + pieces->text >= size)
        return TRUE;
    if (pieces->slices == NULL || pieces->slices->len != 1 || size == 0)
        return FALSE;
    const Span *span = &g_array_index(pieces->slices, Span, 0);
    return span->from == 0 && span->to >= size;
}

/* Enter one piece; what the device has of this message by it. */
static MgContents take_part(Copy *device, const MgPart *part, guint64 size)
{
    gboolean slice = part->origin != G_MAXUINT64;
    if (part->nil)
        return MG_CONTENTS_NONE;
    if (is_whole(part->item) && part->complete && !slice)
        return MG_CONTENTS_FULL;
    if (part->octets == 0 && !part->complete)
        return MG_CONTENTS_NONE;
    if (device->pieces == NULL)
        device->pieces = g_new0(Pieces, 1);
    Pieces *pieces = device->pieces;
    if (is_whole(part->item)) {
        guint64 from = slice ? part->origin : 0;
        if (pieces->slices == NULL)
            pieces->slices = g_array_new(FALSE, FALSE, sizeof(Span));
        if (from <= G_MAXUINT64 - part->octets && part->octets > 0)
            add_span(pieces->slices, from, from + part->octets);
    } else if (is_header(part->item) && part->complete && !slice) {
        pieces->has_header = TRUE;
        pieces->header = part->octets;
    } else if (is_text(part->item) && part->complete && !slice) {
        pieces->has_text = TRUE;
        pieces->text = part->octets;
    } else if (strcmp(part->item, "BODY[1]") == 0 && part->complete && !slice) {
        pieces->text = MAX(pieces->text, part->octets);
    }
    if (all_here(pieces, size))
        return MG_CONTENTS_FULL;
    return is_some_header(part->item) ? MG_CONTENTS_HEADERS : MG_CONTENTS_PART;
}

void mg_ledger_fetched(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    gboolean speaks = effect->content != NULL || effect->parts != NULL;
    guint number = (guint)MIN(effect->number, (guint64)G_MAXUINT);
    View *view = mg_session_view(session);
    /* Only flags of a number of which nothing is known: nothing to remember. */
    if (effect->uid == 0 && !speaks && mg_view_get(view, number) == NULL) {
        mg_view_grow(view, number);
        return;
    }
    Entry *entry = mg_view_entry(session, number, effect->uid, act);
    if (entry == NULL)
        return;
    if (effect->octets != 0)
        entry->size = effect->octets;
    mg_act_alive(act, entry, mg_view_since(view));
    const MgContent *content = effect->content;
    gboolean full = FALSE;
    for (guint i = 0; effect->parts != NULL && effect->parts[i] != NULL; i++) {
        const MgPart *part = effect->parts[i];
        gboolean whole =
            is_whole(part->item) && part->complete && part->origin == G_MAXUINT64 && !part->nil;
        if (part->content != NULL &&
            (content == NULL || (whole && !full) ||
             (!full && content->message_id == NULL && part->content->message_id != NULL))) {
            content = part->content;
            full = whole && strcmp(part->item, "BINARY[]") != 0;
        }
    }
    MgContents got = MG_CONTENTS_NONE;
    gboolean text = FALSE;
    for (guint i = 0; effect->parts != NULL && effect->parts[i] != NULL; i++)
        text = text || (!effect->parts[i]->nil &&
                        (effect->parts[i]->octets > 0 || effect->parts[i]->complete));
    if (text || (content != NULL && content->message_id != NULL)) {
        Message *message = mg_act_identify(act, entry, content, full);
        if (text) {
            Copy *device = mg_act_device(act, message);
            for (guint i = 0; effect->parts[i] != NULL; i++)
                got = MAX(got,
                          take_part(device, effect->parts[i], entry->size != 0 ? entry->size : 0));
        } else {
            mg_act_changed(act, mg_copy_alive(entry->copy));
        }
        if (got != MG_CONTENTS_NONE) {
            entry->target = act->step->id;
            mg_act_received(act, message, got);
        }
    }
    Copy *copy = mg_copy_alive(entry->copy);
    if (copy != NULL && mg_copy_there(copy) && copy->pub.doubt == 0)
        mg_news_told(act, copy, NEWS_CAME, MG_TOLD_ASKED);
    if (effect->flags != NULL)
        take_flags(act, entry);
}
