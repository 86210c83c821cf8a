/* What holes may have brought to a device (location-rules.md section 13.1).
 *
 * Octets that were not captured reached the client all the same.  Where the answer to a download
 * is in a hole, the device may have the whole message.  Where even the command is, nothing is
 * said as long as a server has the message; but that it is gone for good cannot be said.
 */
#include "ledger.h"

/* A shorter hole holds no message: "* 1 FETCH (BODY[] {n}", a header field, the end. */
enum { SMALLEST = 40 };
/* Clients of one account that are told apart. */
enum { CLIENTS = 64 };

/* One client of an account whose server's octets are missing. */
typedef struct {
    const Host *host;
    MgPlace place;
    guint64 octets; /* in all its holes */
    MgTime last;
} Lost;

static void maybe_has(Act *act, Message *message, Copy *copy)
{
    copy->pub.state = MG_COPY_HELD;
    copy->pub.contents = MG_CONTENTS_FULL;
    copy->pub.doubt = mg_ledger_doubt(act->ledger);
    mg_act_prove(act, copy, MG_EVIDENCE_IMPLIED);
}

void mg_act_maybe_received(Act *act, Message *message)
{
    Copy *copy = mg_act_device(act, message);
    if (copy->pub.contents == MG_CONTENTS_FULL && mg_copy_there(copy))
        return;
    maybe_has(act, message, copy);
    mg_act_move(act, message, MG_EVENT_IN_DOUBT, copy, NULL, MG_EVIDENCE_IMPLIED);
}

void mg_lost_remember(Act *act)
{
    Session *session = act->session;
    Account *account = mg_session_account(session);
    MgPlace place =
        mg_session_client_role(session) == MG_ROLE_SERVER ? MG_PLACE_QUEUE : MG_PLACE_DEVICE;
    if (account->lost == NULL)
        account->lost = g_array_new(FALSE, FALSE, sizeof(Lost));
    Lost *lost = NULL;
    for (guint i = 0; i < account->lost->len && lost == NULL; i++) {
        Lost *one = &g_array_index(account->lost, Lost, i);
        if (one->host == session->client)
            lost = one;
    }
    if (lost == NULL && account->lost->len >= CLIENTS)
        return;
    if (lost == NULL) {
        Lost fresh = {.host = session->client, .place = place};
        g_array_append_val(account->lost, fresh);
        lost = &g_array_index(account->lost, Lost, account->lost->len - 1);
    }
    lost->octets += act->effect->octets;
    lost->last = act->effect->at.time;
}

/* The whole of it, and after it was there? */
static gboolean may_hold(const Lost *lost, const Message *message)
{
    const GPtrArray *history = message->pub.history;
    MgTime first = history->len > 0 ? ((MgHistory *)history->pdata[0])->at.time : MG_TIME_NONE;
    return lost->octets >= MAX(message->pub.size, (guint64)SMALLEST) &&
           (first == MG_TIME_NONE || lost->last >= first);
}

void mg_lost_doubt(Act *act, Message *message, const Account *account)
{
    MgWhere where = mg_where_of(&message->pub);
    if (account->lost == NULL || where.is != MG_LOCATION_DELETED)
        return;
    for (guint i = 0; i < account->lost->len; i++) {
        const Lost *lost = &g_array_index(account->lost, Lost, i);
        if (!may_hold(lost, message))
            continue;
        Copy *copy = mg_copy_find(message, lost->place, &lost->host->address, account->name);
        if (copy == NULL)
            copy = mg_message_copy(message, lost->place, lost->host, account->name);
        maybe_has(act, message, copy);
    }
}
