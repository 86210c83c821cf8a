/* IMAP FETCH responses: flags, identity, and what text has reached the device, by octets
 * (location-rules.md section 7.4).
 */
#include "ledger.h"

#include <string.h>

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

/* This command reads it, and text of it came by this command. */
static gboolean reads_here(Act *act, const Copy *copy)
{
    if (!act->step->reads || act->session->read_only)
        return FALSE;
    const Copy *device = mg_copy_find(copy->owner, MG_PLACE_DEVICE, &act->session->client->address,
                                      mg_session_account(act->session)->name);
    return device != NULL && device->exchange == act->step->id;
}

static void take_flags(Act *act, Entry *entry)
{
    const Step *step = act->step;
    const char *const *flags = act->effect->flags;
    const guint had = entry->bits;
    gboolean deleted = mg_flags_have(flags, "\\Deleted");
    gboolean stored = step->id != 0 && entry->target == step->id && mg_step_is(step, "store");
    gboolean was = entry->bits & ENTRY_DELETED;
    gboolean fresh = !mg_entry_touched(entry);
    entry->bits |= ENTRY_FLAGS;
    if (stored && (deleted || was))
        mg_act_touch(act, entry);
    mg_entry_set_deleted(entry, deleted);
    Copy *copy = mg_entry_copy(entry);
    if (copy == NULL)
        return;
    g_autoptr(GPtrArray) before = g_steal_pointer(&copy->pub.flags);
    mg_set_flags(copy, flags);
    copy->told_flags = step->id;
    if (!mg_copy_there(copy))
        return;
    gboolean differ = before != NULL && mg_flags_differ(before, copy->pub.flags);
    const guint own =
        stored || reads_here(act, copy) ? own_flags(act, entry, copy, before, had) : 0;
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

void mg_pieces_free(Pieces *pieces)
{
    if (pieces == NULL)
        return;
    g_clear_pointer(&pieces->slices, g_array_unref);
    g_clear_pointer(&pieces->sections, g_hash_table_unref);
    g_free(pieces);
}

static gboolean has_section(const Pieces *pieces, const char *section, const char *suffix)
{
    g_autofree char *key = g_strconcat(section, suffix, NULL);
    return g_hash_table_contains(pieces->sections, key);
}

static gboolean is_inside(const char *section, const char *message)
{
    gsize len = strlen(message);
    return strncmp(section, message, len) == 0 && section[len] == '.';
}

/* Every part came, one by one.  Their MIME header fields are told by the structure; a message in
 * a part has a header of its own, and may come in one piece. */
static gboolean all_sections(const Pieces *pieces, const char *structure)
{
    if (structure == NULL || pieces->sections == NULL)
        return FALSE;
    g_auto(GStrv) parts = g_strsplit(structure, " ", -1);
    const char *whole = NULL;
    for (guint i = 0; parts[i] != NULL; i++) {
        if (whole != NULL && is_inside(parts[i], whole))
            continue;
        whole = NULL;
        gboolean message = g_str_has_suffix(parts[i], "M");
        if (message)
            parts[i][strlen(parts[i]) - 1] = '\0';
        gboolean here = has_section(pieces, parts[i], "");
        gboolean header = message && has_section(pieces, parts[i], ".HEADER");
        if (here || (header && has_section(pieces, parts[i], ".TEXT")))
            whole = parts[i];
        else if (!header)
            return FALSE;
    }
    return TRUE;
}

/* BODY[2.1]: remember that it came whole. */
static void take_section(Pieces *pieces, const MgPart *part)
{
    const char *section = strchr(part->item, '[');
    if (section == NULL || !g_ascii_isdigit(section[1]) || !g_str_has_suffix(section, "]"))
        return;
    if (pieces->sections == NULL)
        pieces->sections = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (g_hash_table_size(pieces->sections) < SLICES)
        g_hash_table_add(pieces->sections, g_strndup(section + 1, strlen(section) - 2));
}

static gboolean all_here(const Pieces *pieces, guint64 size, const char *structure)
{
    if (pieces->has_header && (pieces->has_text || all_sections(pieces, structure)))
        return TRUE;
    if (pieces->has_header && size != 0 && pieces->text != 0 &&
        pieces->header + pieces->text >= size)
        return TRUE;
    if (pieces->slices == NULL || pieces->slices->len != 1 || size == 0)
        return FALSE;
    const Span *span = &g_array_index(pieces->slices, Span, 0);
    return span->from == 0 && span->to >= size;
}

/* Octets of the literal are in a hole; with them the device has all of it. */
static gboolean may_be_all(const Pieces *pieces, const MgPart *part)
{
    return part->missing > 0 && part->origin == G_MAXUINT64 &&
           (is_whole(part->item) || (is_text(part->item) && pieces != NULL && pieces->has_header) ||
            (is_header(part->item) && pieces != NULL && pieces->has_text));
}

/* Enter one piece; what the device has of this message by it. */
static MgContents take_part(Copy *device, const MgPart *part, const Entry *entry,
                            gboolean *ret_maybe)
{
    gboolean slice = part->origin != G_MAXUINT64;
    if (part->nil)
        return MG_CONTENTS_NONE;
    *ret_maybe |= may_be_all(device->pieces, part);
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
    if (part->complete && !slice)
        take_section(pieces, part);
    if (all_here(pieces, entry->size, entry->structure))
        return MG_CONTENTS_FULL;
    return is_some_header(part->item) ? MG_CONTENTS_HEADERS : MG_CONTENTS_PART;
}

/* ---- What was asked for and may be in a hole ---- */

void mg_fetch_asks(Step *step, const char *items)
{
    gboolean header = FALSE;
    step->wants_all = step->wants_text = FALSE;
    if (items == NULL)
        return;
    g_autofree char *upper = g_ascii_strup(items, -1);
    g_auto(GStrv) tokens = g_strsplit_set(upper, " ()", MG_LIMIT_DETAILS);
    for (guint i = 0; tokens[i] != NULL; i++) {
        char *peek = strstr(tokens[i], ".PEEK");
        if (peek != NULL)
            memmove(peek, peek + 5, strlen(peek + 5) + 1);
        step->wants_all |= is_whole(tokens[i]);
        step->wants_text |= is_text(tokens[i]);
        header |= is_header(tokens[i]);
    }
    step->wants_all |= step->wants_text && header;
}

/* The text that this command asked for has come, or enough of it to tell. */
static gboolean is_answer(const MgEffect *effect)
{
    for (guint i = 0; effect->parts != NULL && effect->parts[i] != NULL; i++) {
        const MgPart *part = effect->parts[i];
        if ((is_whole(part->item) || is_text(part->item)) &&
            (part->complete || part->missing > 0 || part->nil))
            return TRUE;
    }
    return FALSE;
}

/* What this command brought of these is a simplified stand-in: a part at most (RFC 6858
 * section 3). */
static void downgrade(Act *act)
{
    const MgEffect *effect = act->effect;
    const Session *session = act->session;
    g_autoptr(GArray) set = effect->name != NULL ? mg_set_parse(effect->name, 0) : NULL;
    if (set == NULL || session->view == NULL)
        return;
    mg_set_sort(set);
    g_autoptr(GPtrArray) entries = mg_folder_entries_in(act, mg_view_folder(session->view), set);
    for (guint i = 0; i < entries->len; i++) {
        Copy *copy = mg_entry_copy(entries->pdata[i]);
        Copy *device = copy != NULL
                           ? mg_copy_find(copy->owner, MG_PLACE_DEVICE, &session->client->address,
                                          mg_session_account(act->session)->name)
                           : NULL;
        if (device == NULL || device->pub.contents != MG_CONTENTS_FULL ||
            device->whole_by != act->step->id)
            continue;
        device->pub.contents = MG_CONTENTS_PART;
        mg_act_prove(act, device, MG_EVIDENCE_SEEN);
        mg_act_move(act, device->owner, MG_EVENT_PART_READ, device, NULL, MG_EVIDENCE_SEEN);
    }
}

void mg_fetch_done(Act *act)
{
    const MgEffect *effect = act->effect;
    const Step *step = act->step;
    const Session *session = act->session;
    downgrade(act);
    if (!effect->flag || step->targets == NULL ||
        (effect->outcome != MG_OUTCOME_OK && effect->outcome != MG_OUTCOME_UNANSWERED))
        return;
    for (guint i = 0; i < step->targets->len; i++) {
        const Entry *entry = step->targets->pdata[i];
        Copy *copy = mg_entry_copy(entry);
        if (entry->target != step->id || copy == NULL)
            continue;
        Copy *device = mg_copy_find(copy->owner, MG_PLACE_DEVICE, &session->client->address,
                                    mg_session_account(act->session)->name);
        gboolean header = device != NULL && device->pieces != NULL && device->pieces->has_header;
        if (step->wants_all || header)
            mg_act_maybe_received(act, copy->owner);
    }
}

/* Lines are missing, so which message has this number is a guess.  TRUE: by what came of it the
 * guess was proved right or wrong. */
static gboolean settle_guess(Act *act, View *view, guint number, const MgContent *content,
                             gboolean full)
{
    const Entry *guess = mg_view_get(view, number);
    Copy *copy = guess != NULL ? mg_entry_copy(guess) : NULL;
    const char *known = copy != NULL ? copy->owner->pub.message_id : NULL;
    if (content != NULL && content->message_id != NULL) {
        if (g_strcmp0(known, content->message_id) == 0 &&
            mg_identity_same_text(copy->owner, content, full))
            mg_view_confirm(view, number);
        else
            mg_view_forget_guesses(view);
        return TRUE;
    }
    /* Only its mark, if it is the one. */
    if (copy == NULL || act->effect->flags == NULL || !mg_copy_there(copy) ||
        mg_flags_have(act->effect->flags, "\\Deleted") == (copy->deleted || copy->pop_marked))
        return FALSE;
    copy->mark_doubt = TRUE;
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
    mg_act_move(act, copy->owner, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
    return FALSE;
}

/* The facts that tell which message it is: those of the largest text. */
static const MgContent *best_content(const MgEffect *effect, gboolean *ret_full)
{
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
    *ret_full = full;
    return content;
}

/* Text, or facts that name it: enter what the device has by it. */
static void take_text(Act *act, Entry *entry, const MgContent *content, gboolean full)
{
    const MgEffect *effect = act->effect;
    MgContents got = MG_CONTENTS_NONE;
    gboolean text = FALSE, maybe = FALSE;
    for (guint i = 0; effect->parts != NULL && effect->parts[i] != NULL; i++)
        text = text || (!effect->parts[i]->nil &&
                        (effect->parts[i]->octets > 0 || effect->parts[i]->complete));
    if (!text && (content == NULL || content->message_id == NULL))
        return;
    Message *message = mg_act_identify(act, entry, content, full);
    if (!text) {
        mg_act_changed(act, mg_entry_copy(entry));
        return;
    }
    act->ledger->text_message = message->pub.number;
    Copy *device = mg_act_device(act, message);
    for (guint i = 0; effect->parts[i] != NULL; i++)
        got = MAX(got, take_part(device, effect->parts[i], entry, &maybe));
    if (maybe && got != MG_CONTENTS_FULL)
        mg_act_maybe_received(act, message);
    else if (got != MG_CONTENTS_NONE)
        mg_act_received(act, message, got);
}

void mg_fetch_take(Act *act, Entry *entry)
{
    gboolean full;
    const MgContent *content = best_content(act->effect, &full);
    take_text(act, entry, content, full);
}

void mg_ledger_fetched(Act *act)
{
    const MgEffect *effect = act->effect;
    Session *session = act->session;
    gboolean speaks = effect->content != NULL || effect->parts != NULL || effect->text != NULL;
    guint number = (guint)MIN(effect->number, (guint64)G_MAXUINT);
    View *view = mg_session_view(session);
    /* Only flags of a number of which nothing is known: nothing to remember. */
    if (effect->uid == 0 && !speaks && mg_view_get(view, number) == NULL) {
        mg_view_grow(view, number);
        return;
    }
    gboolean full;
    const MgContent *content = best_content(effect, &full);
    if (effect->uid == 0 && !mg_view_sure(view, number) &&
        !settle_guess(act, view, number, content, full))
        return;
    Entry *entry = mg_view_entry(session, number, effect->uid, act);
    if (entry == NULL)
        return;
    if (effect->octets != 0)
        entry->size = effect->octets;
    if (effect->text != NULL && entry->structure == NULL)
        entry->structure = g_ref_string_new_intern(effect->text);
    if (entry->target == act->step->id && is_answer(effect))
        entry->target = 0;
    mg_act_alive(act, entry, mg_view_since(view));
    take_text(act, entry, content, full);
    Copy *copy = mg_entry_copy(entry);
    if (copy != NULL && mg_copy_there(copy) && copy->pub.doubt == 0)
        mg_news_told(act, copy, NEWS_CAME, MG_TOLD_ASKED);
    if (effect->flags != NULL)
        take_flags(act, entry);
}
