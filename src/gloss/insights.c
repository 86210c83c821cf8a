/* What a capture teaches: questions that students ask, answered by its own steps.
 *
 * A rule looks at the facts of one message, gathered on the way, and at where the ledger says
 * that it is at the end; the first message that fits is told, the others are counted.
 */
#include "facts.h"

enum {
    /* More is a second lesson. */
    INSIGHTS = 8,
    INSIGHTS_BRIEF = 4,
};

typedef struct {
    MgGloss *gloss;
    MgFacts *facts;
    GPtrArray *messages; /* MgMessageFacts*, by number, of the messages that stay */
    guint given;
    guint most;
} Teacher;

/* Steps that show it, 0 = no more; FALSE: it does not hold of this message. */
typedef gboolean (*Rule)(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps);

/* ---- Where it is in the end ---- */

static gboolean is_certain(const MgMessage *message, MgLocation is)
{
    return message->where.is == is && message->where.other == MG_LOCATION_NONE && !message->in_dark;
}

static gboolean is_gone(const MgMessage *message)
{
    return is_certain(message, MG_LOCATION_DEVICE) || is_certain(message, MG_LOCATION_DELETED);
}

static gboolean is_kept(const MgMessage *message)
{
    return is_certain(message, MG_LOCATION_BOTH) || is_certain(message, MG_LOCATION_SERVER);
}

/* ---- The rules ---- */

static gboolean two(guint64 *ret_steps, guint64 a, guint64 b)
{
    ret_steps[0] = a;
    ret_steps[1] = b;
    return a != 0 && b != 0;
}

static gboolean one(guint64 *ret_steps, guint64 a)
{
    ret_steps[0] = a;
    return a != 0;
}

static gboolean gone_pop3(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return is_gone(message) && two(ret_steps, own->dele, own->dele_quit);
}

static gboolean gone_imap(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return is_gone(message) && two(ret_steps, own->mark, own->expunge);
}

static gboolean mark_lost(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return is_kept(message) && two(ret_steps, own->dele, own->lost);
}

static gboolean quit_doubt(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->dele_quit == 0 && two(ret_steps, own->dele, own->quit_doubt);
}

static gboolean mark_back(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return is_kept(message) && two(ret_steps, own->dele, own->back);
}

static gboolean kept_pop3(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->dele == 0 && is_certain(message, MG_LOCATION_BOTH) &&
           two(ret_steps, own->pop_fetched, own->pop_quit);
}

static gboolean mark_kept(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->expunge == 0 && is_kept(message) && one(ret_steps, own->mark);
}

static gboolean elsewhere(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->mark < own->expunge && is_kept(message) && one(ret_steps, own->expunge);
}

static gboolean copied(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return !kept_pop3(own, message, ret_steps) && one(ret_steps, own->fetched);
}

static gboolean two_devices(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return two(ret_steps, own->device_step, own->other_step);
}

static gboolean told(const MgMessageFacts *own, MgToldKind kind, guint64 *ret_steps)
{
    return two(ret_steps, own->told[kind].steps[0], own->told[kind].steps[1]);
}

static gboolean told_gone(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return told(own, MG_TOLD_GONE, ret_steps);
}

static gboolean told_flags(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return told(own, MG_TOLD_FLAGS, ret_steps);
}

static gboolean told_came(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return told(own, MG_TOLD_CAME, ret_steps);
}

static gboolean responsible(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    ret_steps[1] = own->accepted_quit;
    return one(ret_steps, own->accepted);
}

static gboolean not_mailbox(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->mailbox == 0 && is_certain(message, MG_LOCATION_SERVER) &&
           one(ret_steps, own->accepted);
}

static gboolean answer_lost(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->accepted == 0 && one(ret_steps, own->doubt);
}

static gboolean sent_again(const MgMessageFacts *own, const MgMessage *message, guint64 *ret_steps)
{
    return own->accepted > own->doubt && two(ret_steps, own->doubt, own->accepted);
}

static gboolean some_refused(const MgMessageFacts *own, const MgMessage *message,
                             guint64 *ret_steps)
{
    return own->refused < own->accepted && two(ret_steps, own->refused, own->accepted);
}

/* ---- Telling ---- */

static char *device_name(const Teacher *teacher, const MgEndpoint *end)
{
    MgParty party;
    mg_ledger_party(teacher->gloss->ledger, end, &party);
    g_autofree char *address = mg_address_string(&end->address);
    return mg_device(teacher->gloss->glossary, party.name != NULL ? party.name : address);
}

/* Those that one of the steps is told by. */
static void set_devices(const Teacher *teacher, guint number, const guint64 *steps,
                        GHashTable *values)
{
    for (guint i = 0; i < teacher->messages->len; i++) {
        const MgMessageFacts *own = g_ptr_array_index(teacher->messages, i);
        for (guint k = 0; k < MG_TOLD_KINDS && own->number == number; k++) {
            const MgToldFacts *told = &own->told[k];
            if (told->steps[0] == 0 || told->steps[0] != steps[0] || told->steps[1] != steps[1])
                continue;
            g_autofree char *by = device_name(teacher, &told->by);
            g_autofree char *to = device_name(teacher, &told->to);
            mg_values_set(values, "other", "%s", by);
            mg_values_set(values, "device", "%s", to);
        }
    }
}

static void give(Teacher *teacher, const char *name, guint number, const guint64 *steps,
                 guint64 others)
{
    const MgGlossary *glossary = teacher->gloss->glossary;
    const MgDetailLevel level = teacher->gloss->options.detail;
    g_autofree char *key = g_strconcat("insight.", name, NULL);
    g_autoptr(GHashTable) values = mg_values_new();
    if (number > 0)
        mg_values_set(values, "number", "%u", number);
    set_devices(teacher, number, steps, values);
    mg_values_set(values, "octets", "%" G_GUINT64_FORMAT, teacher->facts->missing_octets);
    g_autofree char *question = mg_phrase(glossary, key, "question", MG_DETAIL_NORMAL, values);
    g_autofree char *answer = mg_phrase(glossary, key, "answer", level, values);
    if (question == NULL || answer == NULL || teacher->given >= teacher->most)
        return;
    mg_values_set(values, "count", "%" G_GUINT64_FORMAT, others);
    g_autofree char *more =
        others > 0
            ? mg_phrase_label(glossary,
                              number > 0 ? "insight-other-messages" : "insight-other-times", values)
            : NULL;
    g_autofree char *whole = more != NULL ? g_strconcat(answer, " ", more, NULL) : NULL;
    const MgStepInsight insight = {
        .key = key,
        .question = question,
        .answer = whole != NULL ? whole : answer,
        .steps = steps,
        .n_steps = (steps[0] > 0) + (steps[0] > 0 && steps[1] > steps[0]),
    };
    teacher->given++;
    teacher->gloss->sink.insight(teacher->gloss->sink.user, &insight);
}

static gboolean tell(Teacher *teacher, const char *name, Rule rule)
{
    guint64 steps[2] = {0}, others = 0;
    guint number = 0;
    for (guint i = 0; i < teacher->messages->len; i++) {
        const MgMessageFacts *own = g_ptr_array_index(teacher->messages, i);
        const MgMessage *message = mg_ledger_message(teacher->gloss->ledger, own->number);
        guint64 found[2] = {0};
        if (message == NULL || !rule(own, message, found))
            continue;
        if (number != 0) {
            others++;
            continue;
        }
        number = own->number;
        steps[0] = found[0];
        steps[1] = found[1];
    }
    if (number != 0)
        give(teacher, name, number, steps, others);
    return number != 0;
}

static gboolean tell_once(Teacher *teacher, const char *name, const MgOnce *what)
{
    if (what->count > 0)
        give(teacher, name, 0, what->steps, what->count - 1);
    return what->count > 0;
}

/* ---- Messages that turned out to be one ---- */

static void join_first(guint64 *step, guint64 other)
{
    if (*step == 0 || (other != 0 && other < *step))
        *step = other;
}

static void join_last(guint64 *step, guint64 other)
{
    *step = MAX(*step, other);
}

static void join(MgMessageFacts *own, const MgMessageFacts *other)
{
    if (own->device_step != 0 && other->device_step != 0 &&
        !mg_address_equal(&own->device, &other->device)) {
        join_first(&own->other_step, other->device_step);
    } else if (own->device_step == 0) {
        own->device = other->device;
        own->device_step = other->device_step;
    }
    for (guint k = 0; k < MG_TOLD_KINDS; k++)
        if (own->told[k].steps[0] == 0)
            own->told[k] = other->told[k];
    join_first(&own->accepted, other->accepted);
    join_first(&own->accepted_quit, other->accepted_quit);
    join_first(&own->doubt, other->doubt);
    join_first(&own->refused, other->refused);
    join_first(&own->fetched, other->fetched);
    join_first(&own->mailbox, other->mailbox);
    join_first(&own->other_step, other->other_step);
    join_last(&own->pop_fetched, other->pop_fetched);
    join_last(&own->pop_quit, other->pop_quit);
    /* A later DELE undoes what became of an earlier one. */
    if (other->dele > own->dele) {
        own->lost = other->lost;
        own->back = other->back;
    }
    join_last(&own->dele, other->dele);
    join_last(&own->quit_doubt, other->quit_doubt);
    join_last(&own->dele_quit, other->dele_quit);
    join_last(&own->mark, other->mark);
    join_last(&own->expunge, other->expunge);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const MgMessageFacts *x = *(MgMessageFacts *const *)a, *y = *(MgMessageFacts *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static GPtrArray *messages_of(const MgGloss *gloss)
{
    GHashTable *known = gloss->facts->messages;
    GPtrArray *messages = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        MgMessageFacts *own = value;
        const guint stays = mg_message_stays(gloss->ledger, own->number);
        MgMessageFacts *other =
            stays != own->number ? g_hash_table_lookup(known, GUINT_TO_POINTER(stays)) : NULL;
        if (other != NULL)
            join(other, own);
        else if (stays == own->number)
            g_ptr_array_add(messages, own);
    }
    g_ptr_array_sort(messages, by_number);
    return messages;
}

void mg_gloss_insights(MgGloss *gloss)
{
    if (gloss->sink.insight == NULL)
        return;
    MgFacts *facts = gloss->facts;
    g_autoptr(GPtrArray) messages = messages_of(gloss);
    Teacher teacher = {
        .gloss = gloss,
        .facts = facts,
        .messages = messages,
        .most = gloss->options.detail == MG_DETAIL_BRIEF ? INSIGHTS_BRIEF : INSIGHTS,
    };
    tell(&teacher, "gone-pop3", gone_pop3);
    tell(&teacher, "gone-imap", gone_imap);
    tell(&teacher, "mark-lost", mark_lost);
    tell(&teacher, "mark-back", mark_back);
    tell(&teacher, "quit-doubt", quit_doubt);
    const gboolean kept = tell(&teacher, "kept-pop3", kept_pop3);
    tell(&teacher, "mark-kept", mark_kept);
    tell(&teacher, "elsewhere", elsewhere);
    const gboolean gone = tell(&teacher, "told", told_gone);
    const gboolean flags = tell(&teacher, "told-flags", told_flags);
    const gboolean came = !gone && tell(&teacher, "told-came", told_came);
    if (!gone && !flags && !came)
        tell(&teacher, "two-devices", two_devices);
    if (!tell(&teacher, "sent-again", sent_again))
        tell(&teacher, "answer-lost", answer_lost);
    tell(&teacher, "some-refused", some_refused);
    tell(&teacher, "responsible", responsible);
    if (!tell_once(&teacher, "password", &facts->password))
        tell_once(&teacher, "base64", &facts->base64);
    tell_once(&teacher, "starttls", &facts->starttls);
    tell_once(&teacher, "dark", &facts->dark);
    tell_once(&teacher, "seen", &facts->seen);
    tell_once(&teacher, "peek", &facts->peek);
    if (!kept)
        tell(&teacher, "copied", copied);
    tell(&teacher, "not-mailbox", not_mailbox);
    tell_once(&teacher, "middle", &facts->middle);
    if (facts->missing_octets > 0)
        give(&teacher, "missing", 0, (guint64[2]){0}, 0);
}
