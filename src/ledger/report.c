/* Delivery reports and receipts: which message they speak of, and what that message's recipients
 * learn by it (location-rules.md sections 2 and 4; RFC 3464, RFC 8098).
 *
 * A report is a message of its own.  When a server says in one that it failed to deliver, it has
 * given up: its copy for that recipient is gone.  All of this is what a text claims, so nothing
 * of it is "seen".
 */
#include "ledger.h"

#include <string.h>

/* Messages that are looked at for the one to a recipient: an older one was reported before. */
enum { LATEST = 256 };

/* ---- Which message ---- */

static MgRecipient *recipient_find(const Message *message, const char *address)
{
    if (address == NULL)
        return NULL;
    if (message->by_address != NULL)
        return g_hash_table_lookup(message->by_address, address);
    for (guint i = 0; i < message->pub.recipients->len; i++) {
        MgRecipient *recipient = message->pub.recipients->pdata[i];
        if (g_ascii_strcasecmp(recipient->address, address) == 0)
            return recipient;
    }
    return NULL;
}

/* The author may have written another address than the one that failed at last. */
static MgRecipient *recipient_of(const Message *message, const MgReportRecipient *group)
{
    MgRecipient *recipient = recipient_find(message, group->original);
    return recipient != NULL ? recipient : recipient_find(message, group->recipient);
}

static gboolean concerns(const Message *message, const MgReport *report)
{
    for (guint i = 0; i < report->recipients->len; i++)
        if (recipient_of(message, report->recipients->pdata[i]) != NULL)
            return TRUE;
    return FALSE;
}

/* It can be the one: neither the report itself, nor another by its Message-ID. */
static gboolean fits(const Message *message, const Message *self)
{
    const char *id = self->pub.report->message_id;
    if (message == NULL || message == self)
        return FALSE;
    return id == NULL || message->pub.message_id == NULL ||
           strcmp(id, message->pub.message_id) == 0;
}

/* Of several the latest that went to a recipient of the report; else the only one. */
static Message *choose(MgLedger *ledger, guint kind, const char *handle, const Message *self)
{
    Message *only = NULL;
    gboolean several = FALSE;
    guint numbers[MG_HANDLES_ALIKE];
    for (guint i = mg_identity_find(ledger, kind, handle, numbers); i > 0; i--) {
        Message *message = mg_message_get(ledger, numbers[i - 1]);
        if (!fits(message, self) || message == only)
            continue;
        if (concerns(message, self->pub.report))
            return message;
        several = only != NULL;
        only = message;
    }
    return several ? NULL : only;
}

/* Queue ids are short and come again: the server's name or a recipient must agree. */
static Message *by_queue_id(MgLedger *ledger, const Message *self, const char *id,
                            const char *server)
{
    Message *message = id != NULL ? choose(ledger, HANDLE_QUEUE_ID, id, self) : NULL;
    if (message == NULL || concerns(message, self->pub.report))
        return message;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        const MgCopy *copy = message->pub.copies->pdata[i];
        if (g_strcmp0(copy->queue_id, id) == 0 && copy->name != NULL && server != NULL &&
            g_ascii_strcasecmp(copy->name, server) == 0)
            return message;
    }
    return NULL;
}

static Message *by_hops(MgLedger *ledger, const Message *self)
{
    char *const *received = self->pub.report->received;
    for (; received != NULL && *received != NULL; received++) {
        g_autoptr(MgHop) hop = mg_hop_new(*received);
        Message *message = by_queue_id(ledger, self, hop->id, hop->by);
        if (message != NULL)
            return message;
    }
    return NULL;
}

/* The one message that went from who gets the report to the recipient it names. */
static Message *by_recipient(MgLedger *ledger, const Message *self)
{
    Message *only = NULL;
    guint last = self->pub.number - 1, first = last > LATEST ? last - LATEST : 0;
    for (guint i = last; i > first; i--) {
        Message *message = mg_message_at(ledger, i);
        if (message == NULL || message->pub.merged_into != 0 || !fits(message, self) ||
            message->pub.sender == NULL || *message->pub.sender == '\0' ||
            !mg_message_accepted(message) || recipient_find(self, message->pub.sender) == NULL ||
            !concerns(message, self->pub.report))
            continue;
        if (only != NULL)
            return NULL;
        only = message;
    }
    return only;
}

static Message *subject_of(MgLedger *ledger, const Message *self, MgReported *ret_by)
{
    const MgReport *report = self->pub.report;
    Message *message = NULL;
    if (report->message_id != NULL)
        message = choose(ledger, HANDLE_MESSAGE_ID, report->message_id, self);
    *ret_by = MG_REPORTED_MESSAGE_ID;
    if (message == NULL && report->envelope_id != NULL) {
        message = choose(ledger, HANDLE_ENVELOPE_ID, report->envelope_id, self);
        *ret_by = MG_REPORTED_ENVELOPE_ID;
    }
    if (message == NULL) {
        message = by_queue_id(ledger, self, report->queue_id, report->reporting_mta);
        if (message == NULL)
            message = by_hops(ledger, self);
        *ret_by = MG_REPORTED_QUEUE_ID;
    }
    if (message == NULL) {
        message = by_recipient(ledger, self);
        *ret_by = MG_REPORTED_RECIPIENT;
    }
    return message;
}

/* ---- What it tells ---- */

static MgOutcome outcome_of(const char *action)
{
    if (strcmp(action, "failed") == 0)
        return MG_OUTCOME_REFUSED;
    if (strcmp(action, "delayed") == 0)
        return MG_OUTCOME_DEFERRED;
    if (strcmp(action, "delivered") == 0 || strcmp(action, "relayed") == 0 ||
        strcmp(action, "expanded") == 0)
        return MG_OUTCOME_OK;
    return MG_OUTCOME_INFO;
}

static void say(MgRecipient *recipient, const Message *self, const MgReportRecipient *group,
                MgOutcome outcome, MgStamp at)
{
    recipient->report = self->pub.number;
    g_free(recipient->report_action);
    recipient->report_action = g_strdup(group->action);
    g_free(recipient->report_status);
    recipient->report_status = g_strdup(group->status);
    if (outcome == MG_OUTCOME_INFO)
        return;
    recipient->outcome = outcome;
    recipient->at = at;
    recipient->step = 0;
    g_clear_pointer(&recipient->code, g_free);
}

/* Servers have given up on this recipient. */
static Copy *give_up(Act *act, Message *message, const char *address)
{
    Copy *gone = NULL;
    gboolean alone = message->pub.recipients->len == 1;
    for (guint i = 0; i < message->pub.copies->len; i++) {
        Copy *copy = message->pub.copies->pdata[i];
        gboolean is_for =
            copy->pub.recipient != NULL ? strcmp(copy->pub.recipient, address) == 0 : alone;
        if (copy->pub.place != MG_PLACE_QUEUE || !mg_copy_there(copy) || !is_for)
            continue;
        copy->pub.state = MG_COPY_REMOVED;
        copy->pub.doubt = 0;
        mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
        gone = copy;
    }
    return gone;
}

static void tell(Act *act, const Message *self, Message *message, const MgReportRecipient *group)
{
    MgRecipient *recipient = recipient_of(message, group);
    if (recipient == NULL && message->pub.recipients->len == 1)
        recipient = message->pub.recipients->pdata[0];
    if (recipient == NULL || !mg_act_afford(act, message->pub.copies->len))
        return;
    MgOutcome outcome = outcome_of(group->action);
    say(recipient, self, group, outcome, act->effect->at);
    if (outcome == MG_OUTCOME_INFO || (outcome == MG_OUTCOME_OK && *group->action != 'd'))
        return;
    Copy *copy = outcome == MG_OUTCOME_REFUSED ? give_up(act, message, recipient->address) : NULL;
    MgEvent event = outcome == MG_OUTCOME_REFUSED    ? MG_EVENT_REFUSED
                    : outcome == MG_OUTCOME_DEFERRED ? MG_EVENT_DEFERRED
                                                     : MG_EVENT_DELIVERED;
    mg_act_move(act, message, event, copy, recipient->address, MG_EVIDENCE_IMPLIED)->report =
        self->pub.number;
}

void mg_report_settle(Session *session, Step *step, const MgExchange *exchange)
{
    MgEffect effect = {.session = session->pub, .exchange = exchange->id, .at = exchange->at};
    Act act = {session->ledger, session, &effect, step, NULL};
    for (guint i = 0; i < step->reports->len; i++) {
        Message *self = mg_message_get(session->ledger, g_array_index(step->reports, guint, i));
        if (self == NULL || self->pub.report == NULL || self->pub.reports_on != 0)
            continue;
        MgReported by;
        Message *message = subject_of(session->ledger, self, &by);
        if (message == NULL)
            continue;
        self->pub.reports_on = message->pub.number;
        self->pub.reported_by = by;
        const MgReport *report = self->pub.report;
        for (guint k = 0; k < report->recipients->len; k++)
            tell(&act, self, message, report->recipients->pdata[k]);
        mg_act_refresh_stale(&act);
    }
}
