#include "words.h"

#include <string.h>

#include "escape.h"

static char *fill(const char *label, const char *const *names, const char *const *values, guint n)
{
    GString *out = g_string_new(NULL);
    for (const char *p = label; *p != '\0';) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        guint i = 0;
        if (end != NULL)
            while (i < n && (strlen(names[i]) != (gsize)(end - p - 1) ||
                             strncmp(names[i], p + 1, strlen(names[i])) != 0))
                i++;
        if (end == NULL || i == n) {
            g_string_append_c(out, *p++);
            continue;
        }
        g_string_append(out, values[i] != NULL ? values[i] : "");
        p = end + 1;
    }
    return g_string_free(out, FALSE);
}

char *mg_words(const MgGlossary *glossary, const char *label, ...)
{
    const char *names[8], *values[8], *name;
    guint n = 0;
    va_list args;
    va_start(args, label);
    while (n < G_N_ELEMENTS(names) && (name = va_arg(args, const char *)) != NULL) {
        names[n] = name;
        values[n++] = va_arg(args, const char *);
    }
    va_end(args);
    return fill(mg_glossary_label(glossary, label), names, values, n);
}

char *mg_words_count(const MgGlossary *glossary, const char *label, guint64 count)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, count);
    g_autofree char *one = g_strconcat(label, "-one", NULL);
    return mg_words(glossary, count == 1 ? one : label, "count", number, NULL);
}

char *mg_words_line(const MgRenderOptions *options, const char *line)
{
    guint64 more;
    char *shown = mg_escape_cut(line, MG_WORDS_LINE_SHOWN, &more);
    if (more == 0)
        return shown;
    g_autofree char *cut = shown;
    g_autofree char *rest = mg_words_count(options->glossary, "more-characters", more);
    return g_strconcat(cut, options->ascii ? "... " : "… ", rest, NULL);
}

char *mg_words_reply_line(const MgStep *step, const MgStepReply *reply, guint index)
{
    if (index == 0 && reply->shown_first != NULL)
        return g_strdup(reply->shown_first);
    const char *line = index < reply->n_lines ? reply->lines[index] : "";
    if (step->protocol != MG_PROTOCOL_SMTP && step->protocol != MG_PROTOCOL_LMTP)
        return g_strdup(line);
    gboolean last = index + 1 >= reply->n_lines && reply->more_lines == 0;
    return g_strconcat(reply->code, last ? " " : "-", line, NULL);
}

char *mg_words_result(const MgRenderOptions *options, const MgStep *step)
{
    if (step->n_replies == 0)
        return NULL;
    guint64 more = step->more_replies;
    for (guint i = 0; i < step->n_replies; i++)
        more += MAX(step->replies[i].n_lines, 1) + step->replies[i].more_lines;
    more--;
    gboolean tagged = step->protocol == MG_PROTOCOL_IMAP;
    g_autofree char *first =
        mg_words_reply_line(step, &step->replies[tagged ? step->n_replies - 1 : 0], 0);
    if (more == 0)
        return g_steal_pointer(&first);
    g_autofree char *rest = mg_words_count(
        options->glossary, tagged && step->n_replies > 1 ? "after-lines" : "more-lines", more);
    return g_strconcat(first, " ", rest, NULL);
}

static void add_sentence(GPtrArray *sentences, const char *sentence)
{
    if (sentence != NULL && *sentence != '\0' &&
        !g_ptr_array_find_with_equal_func(sentences, sentence, g_str_equal, NULL))
        g_ptr_array_add(sentences, (gpointer)sentence);
}

char *mg_words_explanation(const MgStep *step)
{
    g_autoptr(GPtrArray) sentences = g_ptr_array_new();
    add_sentence(sentences, step->gloss);
    for (guint i = 0; i < step->n_replies; i++)
        add_sentence(sentences, step->replies[i].gloss);
    add_sentence(sentences, step->reply_gloss);
    if (sentences->len == 0)
        return NULL;
    g_ptr_array_add(sentences, NULL);
    return g_strjoinv(" ", (char **)sentences->pdata);
}

gboolean mg_words_said(const MgStep *step)
{
    return step->line != NULL && step->actor != MG_ACTOR_NONE && step->kind != MG_STEP_CONNECTION;
}

gboolean mg_words_turned(const MgStep *step)
{
    return step->actor == (step->kind == MG_STEP_SERVER ? MG_ACTOR_CLIENT : MG_ACTOR_SERVER) &&
           step->kind != MG_STEP_CONNECTION;
}

gboolean mg_words_client_sends(const MgStep *step)
{
    if (step->kind == MG_STEP_CONTENT)
        return TRUE;
    return step->verb != NULL &&
           (g_str_equal(step->verb, "BDAT") || g_str_equal(step->verb, "APPEND") ||
            g_str_has_suffix(step->verb, "REPLACE"));
}

char *mg_words_frames(const MgRenderOptions *options, const MgFrames *frames, const char *separator)
{
    GString *out = g_string_new(NULL);
    if (frames->count > MG_FRAMES_KEPT) {
        g_autofree char *count = mg_words_count(options->glossary, "count-frames", frames->count);
        g_string_append_printf(out, "%" G_GUINT64_FORMAT " %s %" G_GUINT64_FORMAT " (%s)",
                               frames->kept[0], options->ascii ? "..." : "…", frames->last, count);
        return g_string_free(out, FALSE);
    }
    for (guint i = 0; i < frames->count; i++)
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, i > 0 ? separator : "",
                               frames->kept[i]);
    return g_string_free(out, FALSE);
}

MgFrames mg_words_step_frames(const MgStep *step)
{
    MgFrames all = step->frames;
    mg_frames_add_all(&all, &step->reply_frames);
    return all;
}

/* "between frames 19 and 21", or NULL */
static char *note_frames(const MgRenderOptions *options, const MgStepNote *note)
{
    g_autofree char *first = g_strdup_printf("%" G_GUINT64_FORMAT, note->frames[0]);
    g_autofree char *last = g_strdup_printf("%" G_GUINT64_FORMAT, note->frames[1]);
    const char *label;
    gboolean hole = note->kind == MG_NOTE_GAP;
    if (note->frames[0] == 0 && note->frames[1] == 0)
        return NULL;
    if (note->frames[0] == note->frames[1])
        label = "note-frame";
    else if (note->frames[1] == 0)
        label = hole ? "note-after-frame" : "note-frame";
    else if (note->frames[0] == 0)
        label = hole ? "note-before-frame" : "note-frame-last";
    else
        label = hole ? "note-between-frames" : "note-frames";
    return mg_words(options->glossary, label, "first", first, "last", last, NULL);
}

char *mg_words_note(const MgRenderOptions *options, const MgStepNote *note, const MgFrames *all,
                    gboolean name_capture)
{
    GString *out = g_string_new(NULL);
    g_autofree char *frames = NULL;
    if (all != NULL && all->count > 1) {
        g_autofree char *list = mg_words_frames(options, all, ", ");
        frames = mg_words(options->glossary, "note-frame-list", "frames", list, NULL);
    } else {
        frames = note_frames(options, note);
    }
    if (name_capture && note->at.capture > 0) {
        g_autofree char *number = g_strdup_printf("%u", note->at.capture);
        g_autofree char *capture =
            mg_words(options->glossary, "note-capture", "capture", number, NULL);
        g_string_append(out, capture);
    }
    if (note->session > 0) {
        g_autofree char *number = g_strdup_printf("%u", note->session);
        g_autofree char *session =
            mg_words(options->glossary, "note-session", "session", number, NULL);
        g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", session);
    }
    if (frames != NULL)
        g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", frames);
    g_string_append_printf(out, "%s%s", out->len > 0 ? ": " : "",
                           note->text != NULL ? note->text : "");
    return g_string_free(out, FALSE);
}

char *mg_words_hole(const MgRenderOptions *options, const MgStepNote *note)
{
    g_autofree char *frames = note_frames(options, note);
    g_autofree char *text = g_strdup(note->text != NULL ? note->text : "");
    gsize len = strlen(text);
    if (frames != NULL && len > 0 && text[len - 1] == '.')
        text[len - 1] = '\0';
    return g_strconcat(options->ascii ? "[" : "‹", text, frames != NULL ? ", " : "",
                       frames != NULL ? frames : "", options->ascii ? "]" : "›", NULL);
}

static void place_words_free(gpointer data)
{
    MgPlaceWords *place = data;
    g_free(place->location);
    g_array_unref(place->messages);
    g_free(place);
}

/* Borrowed from the movement, or *ret_own. */
static const char *place_words(const MgRenderOptions *options, const MgStepMovement *movement,
                               MgPlaceForm form, char **ret_own)
{
    const char *words = form == MG_PLACE_QUALIFIED ? movement->label : NULL;
    if (form == MG_PLACE_BARE && movement->where.is != MG_LOCATION_NONE)
        return *ret_own = mg_glossary_where(options->glossary, movement->where);
    if (words == NULL)
        words = movement->location;
    return words != NULL ? words : "";
}

GPtrArray *mg_words_places(const MgRenderOptions *options, const MgStep *step,
                           gboolean changed_only, MgPlaceForm form)
{
    GPtrArray *places = g_ptr_array_new_with_free_func(place_words_free);
    /* a message may move more than once in a step: the last movement tells where it is */
    g_autoptr(GHashTable) last = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) by_location = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < step->n_movements; i++)
        g_hash_table_insert(last, GUINT_TO_POINTER(step->movements[i].message),
                            GUINT_TO_POINTER(i));
    for (guint i = 0; i < step->n_movements; i++) {
        const MgStepMovement *movement = &step->movements[i];
        gpointer at = g_hash_table_lookup(last, GUINT_TO_POINTER(movement->message));
        if (GPOINTER_TO_UINT(at) != i || (changed_only && !movement->changed))
            continue;
        g_autofree char *own = NULL;
        const char *words = place_words(options, movement, form, &own);
        MgPlaceWords *place = g_hash_table_lookup(by_location, words);
        if (place == NULL) {
            place = g_new0(MgPlaceWords, 1);
            place->location = g_strdup(words);
            place->messages = g_array_new(FALSE, FALSE, sizeof(guint));
            g_hash_table_insert(by_location, place->location, place);
            g_ptr_array_add(places, place);
        }
        g_array_append_val(place->messages, movement->message);
    }
    return places;
}

GPtrArray *mg_words_place_lines(const MgRenderOptions *options, const MgStep *step,
                                gboolean changed_only)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) places = mg_words_places(options, step, changed_only, MG_PLACE_QUALIFIED);
    guint64 elsewhere = 0;
    for (guint i = 0; i < places->len; i++) {
        const MgPlaceWords *place = places->pdata[i];
        guint n = place->messages->len;
        if (i >= MG_WORDS_PLACES_SHOWN) {
            elsewhere += n;
            continue;
        }
        /* "and 1 more message" would need the line that it saves */
        guint shown = n <= MG_WORDS_MESSAGES_SHOWN + 1 ? n : MG_WORDS_MESSAGES_SHOWN;
        for (guint k = 0; k < shown; k++)
            g_ptr_array_add(lines,
                            g_strdup_printf("M%u: %s", g_array_index(place->messages, guint, k),
                                            place->location));
        if (n > shown) {
            g_autofree char *count = g_strdup_printf("%u", n - shown);
            g_ptr_array_add(lines, mg_words(options->glossary, "and-more-messages", "count", count,
                                            "location", place->location, NULL));
        }
    }
    if (elsewhere > 0)
        g_ptr_array_add(lines, mg_words_count(options->glossary, "and-more-elsewhere", elsewhere));
    return lines;
}

char *mg_words_from_to(const MgRenderOptions *options, const MgMessage *message)
{
    g_autoptr(GString) to = g_string_new(NULL);
    guint n = message->to != NULL ? g_strv_length(message->to) : 0;
    guint shown = n <= 4 ? n : 3;
    for (guint i = 0; i < shown; i++)
        g_string_append_printf(to, "%s%s", i > 0 ? ", " : "", message->to[i]);
    if (n > shown) {
        g_autofree char *more = mg_words_count(options->glossary, "and-more", n - shown);
        g_string_append_printf(to, " %s", more);
    }
    const char *from = message->from != NULL ? message->from : message->sender;
    if (from != NULL && *from == '\0')
        from = NULL;
    if (from == NULL && n == 0)
        return g_strdup("");
    return mg_words(options->glossary,
                    from == NULL ? "to"
                    : n == 0     ? "from"
                                 : "from-to",
                    "from", from, "to", to->str, NULL);
}

char *mg_words_merged(const MgRenderOptions *options, const MgMessage *message)
{
    g_autofree char *number = g_strdup_printf("M%u", message->merged_into);
    const char *word = mg_identified_word(message->identified_by);
    g_autofree char *label = word != NULL ? g_strconcat("identified-", word, NULL) : NULL;
    const char *how = label != NULL ? mg_glossary_label(options->glossary, label) : NULL;
    return mg_words(options->glossary, how != NULL ? "merged-by" : "merged", "message", number,
                    "how", how, NULL);
}

char *mg_words_title(const MgRenderOptions *options, const GPtrArray *captures)
{
    if (options->title != NULL)
        return g_strdup(options->title);
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < captures->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (const char *)captures->pdata[i]);
    return mg_words(options->glossary, "title", "name", names->str, NULL);
}

void mg_words_cut(GString *out, const MgRenderOptions *options, const char *text, guint max,
                  void (*escape)(GString *out, const char *text, gssize len))
{
    guint64 more;
    max = MAX(max, 4);
    g_autofree char *cut = mg_escape_cut(text, max, &more);
    if (more > 0) {
        g_free(cut);
        cut = mg_escape_cut(text, max - (options->ascii ? 3 : 1), &more);
    }
    escape(out, cut, -1);
    if (more > 0)
        g_string_append(out, options->ascii ? "..." : "…");
}

char *mg_words_capture(const MgRenderOptions *options, const MgStepCapture *capture)
{
    if (capture->interface != NULL)
        return mg_words(options->glossary, "capture-live", "name", capture->interface, NULL);
    return capture->file != NULL ? g_path_get_basename(capture->file) : g_strdup("");
}

char *mg_words_endpoint(const MgStepParty *party)
{
    gboolean v6 = strchr(party->ip, ':') != NULL;
    return g_strdup_printf(v6 ? "[%s]:%u" : "%s:%u", party->ip, party->port);
}

char *mg_words_insight(const MgRenderOptions *options, const MgStepInsight *insight)
{
    GString *out = g_string_new(insight->answer);
    g_autoptr(GString) steps = g_string_new(NULL);
    for (guint i = 0; i < insight->n_steps; i++) {
        if (i > 0 && i + 1 == insight->n_steps)
            g_string_append_printf(steps, " %s ", mg_glossary_label(options->glossary, "and"));
        else if (i > 0)
            g_string_append(steps, ", ");
        g_string_append_printf(steps, "%" G_GUINT64_FORMAT, insight->steps[i]);
    }
    if (steps->len > 0) {
        g_autofree char *see =
            mg_words(options->glossary, insight->n_steps == 1 ? "insight-step" : "insight-steps",
                     "steps", steps->str, NULL);
        g_string_append_printf(out, " (%s)", see);
    }
    return g_string_free(out, FALSE);
}
