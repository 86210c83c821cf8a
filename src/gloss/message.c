/* Message records: where each message is, the way it took, what is not known about it. */
#include "gloss.h"
#include "places.h"
#include "trail.h"
#include "told.h"

#include <string.h>

/* ---- Whose device ---- */

/* The device that held the message when it was on a device alone: the author's before any
 * server had it, else the one that got a copy.  NULL where there are several or none. */
static char *device_at(const MgMessage *message, guint64 step, gboolean composed)
{
    g_autofree char *name = NULL;
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->place != MG_PLACE_DEVICE || copy->composed != composed || copy->proof_step > step)
            continue;
        g_autofree char *own =
            copy->name != NULL ? g_strdup(copy->name) : mg_address_string(&copy->host);
        if (name != NULL && strcmp(name, own) != 0)
            return NULL;
        g_free(name);
        name = g_steal_pointer(&own);
    }
    return g_steal_pointer(&name);
}

static gboolean is_composed(const MgMessage *message)
{
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->composed)
            return TRUE;
    }
    return FALSE;
}

/* Label of one entry of the history; `author`: no server had the message before. */
static char *label_at(const MgGloss *gloss, const MgMessage *message, const MgHistory *entry,
                      gboolean author, const char *qualifier)
{
    g_autofree char *device = NULL;
    if (entry->where.other == MG_LOCATION_NONE)
        device = device_at(message, entry->step, author && is_composed(message));
    return mg_location_label(gloss->glossary, entry->where, qualifier, device);
}

static char *stop_of(const MgGloss *gloss, guint64 step, guint64 frame, const char *label)
{
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "location", "%s", label);
    mg_values_set(values, "step", "%" G_GUINT64_FORMAT, step);
    mg_values_set(values, "frame", "%" G_GUINT64_FORMAT, frame);
    return mg_phrase_label(gloss->glossary, frame > 0 ? "path-stop" : "path-stop-unseen", values);
}

/* ---- Servers on the way ---- */

/* It went over more than one: then each is named. */
static gboolean is_relayed(const MgStepTrace *trail, guint n)
{
    const char *first = NULL;
    for (guint i = 0; i < n; i++) {
        if (trail[i].taken_by != NULL && first != NULL && strcmp(trail[i].taken_by, first) != 0)
            return TRUE;
        first = first != NULL ? first : trail[i].taken_by;
    }
    return FALSE;
}

static char *server_label(const MgGloss *gloss, MgWhere where, const char *name)
{
    g_autofree char *words = mg_glossary_where(gloss->glossary, where);
    return g_strdup_printf("%s (%s)", words, name);
}

static const char *taken_by(const MgStepTrace *trail, guint n, guint64 step)
{
    for (guint i = 0; i < n; i++)
        if (trail[i].step == step)
            return trail[i].taken_by;
    return NULL;
}

/* Further servers that took it over while it was on a server all the time. */
static void append_servers(const MgGloss *gloss, GString *path, const MgMessage *message, guint at,
                           const MgStepTrace *trail, guint n)
{
    const MgHistory *entry = g_ptr_array_index(message->history, at);
    const char *last = taken_by(trail, n, entry->step);
    guint64 until = G_MAXUINT64;
    for (guint i = at + 1; i < message->history->len && until == G_MAXUINT64; i++) {
        const MgHistory *next = g_ptr_array_index(message->history, i);
        if (!mg_where_equal(next->where, entry->where))
            until = next->step;
    }
    for (guint i = 0; i < n; i++) {
        const MgStepTrace *row = &trail[i];
        if (row->step <= entry->step || row->step >= until || row->taken_by == NULL ||
            g_strcmp0(row->taken_by, last) == 0)
            continue;
        last = row->taken_by;
        g_autofree char *label = server_label(gloss, entry->where, row->taken_by);
        g_autofree char *stop = stop_of(gloss, row->step, row->frame, label);
        g_string_append_printf(path, " > %s", stop);
    }
}

/* "User device (Alice's) > Email server (step 6, frame 14) > …": where it is first known, then
 * each change of the place with its proof; of a very long way the first stops and the last. */
static char *path_of(const MgGloss *gloss, const MgMessage *message)
{
    guint n_trail;
    const MgStepTrace *trail = mg_trail_of(gloss->trail, message->number, &n_trail);
    const gboolean relayed = is_relayed(trail, n_trail);
    GString *path = g_string_new(NULL);
    MgWhere last = {MG_LOCATION_NONE, MG_LOCATION_NONE};
    gboolean author = TRUE;
    guint stops = 0;
    for (guint i = 0; i < message->history->len; i++) {
        const MgHistory *entry = g_ptr_array_index(message->history, i);
        if (entry->where.is == MG_LOCATION_NONE || mg_where_equal(entry->where, last))
            continue;
        last = entry->where;
        const gboolean skip = ++stops > MG_GLOSS_STOPS && i + 1 < message->history->len;
        if (!skip) {
            /* Whose device is said where the message is there alone. */
            g_autofree char *label = entry->where.is == MG_LOCATION_BOTH
                                         ? mg_glossary_where(gloss->glossary, entry->where)
                                         : label_at(gloss, message, entry, author, NULL);
            const char *server = relayed && entry->where.is == MG_LOCATION_SERVER &&
                                         entry->where.other == MG_LOCATION_NONE
                                     ? taken_by(trail, n_trail, entry->step)
                                     : NULL;
            if (server != NULL) {
                g_free(label);
                label = server_label(gloss, entry->where, server);
            }
            /* Where the author writes it, nothing was seen yet that proves it. */
            const gboolean written =
                stops == 1 && entry->where.is == MG_LOCATION_DEVICE && is_composed(message);
            g_autofree char *stop =
                written ? NULL : stop_of(gloss, entry->step, entry->at.frame, label);
            g_string_append(path, stops > MG_GLOSS_STOPS ? " > …" : "");
            g_string_append_printf(path, "%s%s", stops > 1 ? " > " : "",
                                   stop != NULL ? stop : label);
            if (server != NULL)
                append_servers(gloss, path, message, i, trail, n_trail);
        }
        author = author && entry->where.is == MG_LOCATION_DEVICE;
    }
    return g_string_free(path, FALSE);
}

/* Those that have the whole message now: "Bob's laptop and Bob's phone"; NULL unless several. */
static char *devices_now(const MgGloss *gloss, const MgMessage *message)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->place != MG_PLACE_DEVICE || copy->composed || copy->doubt != 0 ||
            copy->state == MG_COPY_REMOVED || copy->contents != MG_CONTENTS_FULL)
            continue;
        g_autofree char *own =
            copy->name != NULL ? g_strdup(copy->name) : mg_address_string(&copy->host);
        char *name = mg_device(gloss->glossary, own);
        if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
            g_free(name);
        else
            g_ptr_array_add(names, name);
        if (names->len > MG_GLOSS_DEVICES)
            return NULL;
    }
    if (names->len < 2)
        return NULL;
    const char *last = g_ptr_array_index(names, names->len - 1);
    GString *list = g_string_new(NULL);
    for (guint i = 0; i + 1 < names->len; i++)
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(names, i));
    g_string_append_printf(list, " %s %s", mg_glossary_label(gloss->glossary, "and"), last);
    return g_string_free(list, FALSE);
}

static char *label_now(const MgGloss *gloss, const MgMessage *message)
{
    g_autofree char *devices =
        message->qualifier == NULL && message->where.other == MG_LOCATION_NONE &&
                (message->where.is == MG_LOCATION_DEVICE || message->where.is == MG_LOCATION_BOTH)
            ? devices_now(gloss, message)
            : NULL;
    if (devices != NULL) {
        g_autofree char *words = mg_glossary_where(gloss->glossary, message->where);
        return g_strconcat(words, " (", devices, ")", NULL);
    }
    gboolean author = TRUE;
    for (guint i = 0; i < message->history->len; i++) {
        const MgHistory *entry = g_ptr_array_index(message->history, i);
        if (i + 1 == message->history->len && mg_where_equal(entry->where, message->where))
            return label_at(gloss, message, entry, author, message->qualifier);
        author = author && entry->where.is == MG_LOCATION_DEVICE;
    }
    return mg_location_label(gloss->glossary, message->where, message->qualifier, NULL);
}

/* ---- Remarks ---- */

static void remark(GPtrArray *remarks, const MgGloss *gloss, const char *name, GHashTable *values)
{
    g_autofree char *group = g_strconcat("remark.", name, NULL);
    char *text = mg_phrase(gloss->glossary, group, "normal", MG_DETAIL_NORMAL, values);
    if (text != NULL)
        g_ptr_array_add(remarks, text);
}

static gboolean has_copy(const MgMessage *message, MgPlace place, gboolean removed_too)
{
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->place == place && !copy->composed && !copy->never &&
            (removed_too || copy->state != MG_COPY_REMOVED))
            return TRUE;
    }
    return FALSE;
}

static gboolean has_marked(const MgMessage *message)
{
    for (guint i = 0; i < message->copies->len; i++) {
        const MgCopy *copy = g_ptr_array_index(message->copies, i);
        if (copy->state == MG_COPY_MARKED)
            return TRUE;
    }
    return FALSE;
}

static const char *recipient_remark(MgOutcome outcome)
{
    switch (outcome) {
    case MG_OUTCOME_REFUSED:
    case MG_OUTCOME_MALFORMED:
        return "recipient-refused";
    case MG_OUTCOME_DEFERRED:
        return "recipient-deferred";
    case MG_OUTCOME_UNANSWERED:
        return "recipient-unanswered";
    default:
        return NULL;
    }
}

static void add_recipients(GPtrArray *remarks, const MgGloss *gloss, const MgMessage *message)
{
    guint said = 0, unsaid = 0;
    for (guint i = 0; i < message->recipients->len; i++) {
        const MgRecipient *recipient = g_ptr_array_index(message->recipients, i);
        const char *name = recipient_remark(recipient->outcome);
        if (name == NULL || recipient->report != 0)
            continue;
        if (said++ >= MG_GLOSS_REMARKS) {
            unsaid++;
            continue;
        }
        g_autoptr(GHashTable) values = mg_values_new();
        g_autofree char *address = mg_shorten(mg_valid(recipient->address), MG_GLOSS_SHORT);
        g_autofree char *code = mg_valid(recipient->code);
        mg_values_set(values, "address", "%s", address);
        if (code != NULL)
            mg_values_set(values, "code", "%s", code);
        mg_values_set(values, "step", "%" G_GUINT64_FORMAT, recipient->step);
        remark(remarks, gloss, name, values);
    }
    if (unsaid > 0) {
        g_autoptr(GHashTable) values = mg_values_new();
        mg_values_set(values, "count", "%u", unsaid);
        remark(remarks, gloss, "recipients-more", values);
    }
}

/* What the place means and what this trace cannot tell about it. */
static void add_place(GPtrArray *remarks, const MgGloss *gloss, const MgMessage *message,
                      GHashTable *values)
{
    const gboolean queue = has_copy(message, MG_PLACE_QUEUE, FALSE);
    const gboolean mailbox = has_copy(message, MG_PLACE_MAILBOX, FALSE);
    if (message->where.other != MG_LOCATION_NONE)
        remark(remarks, gloss, "doubt", values);
    else if (message->where.is == MG_LOCATION_SERVER && queue && !mailbox)
        remark(remarks, gloss, "in-queue", values);
    else if (message->where.is == MG_LOCATION_BOTH && mailbox && !has_marked(message))
        remark(remarks, gloss, "server-keeps", values);
    else if (message->where.is == MG_LOCATION_DELETED)
        remark(remarks, gloss, "deleted", values);
    else if (message->where.is == MG_LOCATION_UNKNOWN)
        remark(remarks, gloss, "unknown", values);
    if (mailbox && has_marked(message))
        remark(remarks, gloss, "still-marked", values);
}

static char **remarks_of(const MgGloss *gloss, const MgMessage *message)
{
    GPtrArray *remarks = g_ptr_array_new();
    g_autoptr(GHashTable) values = mg_values_new();
    if (message->merged_into > 0) {
        mg_values_set(values, "number", "%u", message->merged_into);
        const char *how = mg_identified_word(message->identified_by);
        g_autofree char *name = g_strconcat("merged-", how != NULL ? how : "none", NULL);
        g_autofree char *group = g_strconcat("remark.", name, NULL);
        remark(remarks, gloss, mg_glossary_has(gloss->glossary, group) ? name : "merged", values);
    } else {
        add_recipients(remarks, gloss, message);
        mg_told_remarks(gloss, message, remarks);
        add_place(remarks, gloss, message, values);
        if (is_composed(message) && message->where.other == MG_LOCATION_NONE &&
            has_copy(message, MG_PLACE_QUEUE, TRUE))
            remark(remarks, gloss, "sent-copy", values);
        if (message->in_dark) {
            mg_values_set(values, "session", "%u", message->dark_session);
            remark(remarks, gloss, "dark", values);
        }
        if (message->evidence == MG_EVIDENCE_ASSUMED && message->where.is != MG_LOCATION_NONE)
            remark(remarks, gloss, "assumed", values);
    }
    g_ptr_array_add(remarks, NULL);
    return (char **)g_ptr_array_free(remarks, FALSE);
}

/* ---- The record ---- */

guint mg_message_stays(const MgLedger *ledger, guint number)
{
    for (;;) {
        const MgMessage *message = mg_ledger_message(ledger, number);
        if (message == NULL || message->merged_into == 0 || message->merged_into >= number)
            return number;
        number = message->merged_into;
    }
}

static char **valid_all(char *const *texts)
{
    if (texts == NULL)
        return NULL;
    GPtrArray *valid = g_ptr_array_new();
    for (; *texts != NULL; texts++)
        g_ptr_array_add(valid, mg_valid(*texts));
    g_ptr_array_add(valid, NULL);
    return (char **)g_ptr_array_free(valid, FALSE);
}

static void free_recipient(gpointer data)
{
    MgRecipient *recipient = data;
    g_free(recipient->address);
    g_free(recipient->code);
    g_free(recipient);
}

/* The same facts, every text valid UTF-8.  What is no captured text is borrowed. */
static void copy_valid(const MgLedger *ledger, const MgMessage *message, MgMessage *ret_copy)
{
    *ret_copy = *message;
    ret_copy->reports_on = mg_message_stays(ledger, message->reports_on);
    ret_copy->message_id = mg_valid(message->message_id);
    ret_copy->subject = mg_valid(message->subject);
    ret_copy->from = mg_valid(message->from);
    ret_copy->date = mg_valid(message->date);
    ret_copy->sender = mg_valid(message->sender);
    ret_copy->to = valid_all(message->to);
    ret_copy->copies = g_ptr_array_new_with_free_func((GDestroyNotify)mg_copy_free);
    for (guint i = 0; i < message->copies->len; i++)
        g_ptr_array_add(ret_copy->copies, mg_copy_valid(g_ptr_array_index(message->copies, i)));
    ret_copy->recipients = g_ptr_array_new_with_free_func(free_recipient);
    for (guint i = 0; i < message->recipients->len; i++) {
        const MgRecipient *recipient = g_ptr_array_index(message->recipients, i);
        MgRecipient *dup = g_memdup2(recipient, sizeof *recipient);
        dup->address = mg_valid(recipient->address);
        dup->code = mg_valid(recipient->code);
        dup->report = mg_message_stays(ledger, recipient->report);
        g_ptr_array_add(ret_copy->recipients, dup);
    }
}

static void clear_copy(MgMessage *copy)
{
    g_free(copy->message_id);
    g_free(copy->subject);
    g_free(copy->from);
    g_free(copy->date);
    g_free(copy->sender);
    g_strfreev(copy->to);
    g_ptr_array_unref(copy->copies);
    g_ptr_array_unref(copy->recipients);
}

void mg_gloss_message(MgGloss *gloss, guint number)
{
    const MgMessage *message = mg_ledger_message(gloss->ledger, number);
    if (message == NULL || gloss->sink.message == NULL)
        return;
    MgMessage facts;
    copy_valid(gloss->ledger, message, &facts);
    g_autofree char *location = mg_where_words(message->where);
    g_autofree char *label = label_now(gloss, &facts);
    g_autofree char *path = path_of(gloss, &facts);
    g_auto(GStrv) remarks = remarks_of(gloss, &facts);
    g_autoptr(GPtrArray) pool = mg_pool_new();
    guint n_places, n_trail;
    const MgStepPlace *places = mg_places_of(gloss->glossary, &facts, pool, &n_places);
    const MgStepTrace *trail = mg_trail_of(gloss->trail, number, &n_trail);
    const MgStepMessage record = {
        .places = places,
        .n_places = n_places,
        .trail = trail,
        .n_trail = n_trail,
        .message = &facts,
        .location = location,
        .label = label,
        .path = path,
        .remarks = (const char *const *)remarks,
        .subject = facts.subject,
    };
    gloss->sink.message(gloss->sink.user, &record);
    clear_copy(&facts);
}
