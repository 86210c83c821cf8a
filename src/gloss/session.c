/* Session records: who talks to whom, how it began and ended. */
#include "gloss.h"
#include "facts.h"
#include "tally.h"

static void add_clause(GPtrArray *clauses, const MgGlossary *glossary, const char *label,
                       GHashTable *values)
{
    g_ptr_array_add(clauses, mg_phrase_label(glossary, label, values));
}

static const char *ending_label(const MgSession *session)
{
    switch (session->how_ended) {
    case MG_ENDED_CLOSED:
        return "ending-closed";
    case MG_ENDED_RESET:
        return session->ended_by == MG_ACTOR_CLIENT   ? "ending-reset-client"
               : session->ended_by == MG_ACTOR_SERVER ? "ending-reset-server"
                                                      : "ending-reset";
    case MG_ENDED_IDLE:
        return "ending-idle";
    case MG_ENDED_CAPTURE_END:
        return "ending-capture-end";
    case MG_ENDED_REPLACED:
        return "ending-replaced";
    case MG_ENDED_OPEN:
        break;
    }
    return NULL;
}

/* "closed by both sides; complete from its start" */
static char *ending_of(const MgGlossary *glossary, const MgSession *session)
{
    const char *how = ending_label(session);
    if (how == NULL)
        return NULL;
    g_autoptr(GHashTable) values = mg_values_new();
    g_autoptr(GPtrArray) clauses = g_ptr_array_new_with_free_func(g_free);
    mg_values_set(values, "octets", "%" G_GUINT64_FORMAT, session->missing_octets);
    mg_values_set(values, "count", "%" G_GUINT64_FORMAT, session->missing_octets);
    mg_values_set(values, "step", "%" G_GUINT64_FORMAT, session->encrypted_from_step);
    add_clause(clauses, glossary, how, values);
    if (!session->complete_start)
        add_clause(clauses, glossary, "ending-midstream", values);
    else if (session->missing_octets == 0)
        add_clause(clauses, glossary, "ending-complete", values);
    else
        add_clause(clauses, glossary, "ending-start-seen", values);
    if (session->missing_octets > 0)
        add_clause(clauses, glossary, "ending-missing", values);
    if (session->encrypted_from_step > 0)
        add_clause(clauses, glossary, "ending-encrypted", values);
    g_ptr_array_add(clauses, NULL);
    return g_strjoinv("; ", (char **)clauses->pdata);
}

void mg_gloss_session(MgGloss *gloss, const MgSession *session, const MgParty *client,
                      const MgParty *server)
{
    if (session->how_ended == MG_ENDED_OPEN)
        gloss->summary.sessions++;
    else
        gloss->summary.missing_octets += session->missing_octets;
    MgTally *tally = mg_tally_get(gloss, session->number);
    g_autoptr(GPtrArray) pool = mg_pool_new();
    const char *did = NULL;
    if (session->how_ended != MG_ENDED_OPEN) {
        did = mg_pool_keep(pool, mg_tally_did(gloss, tally, session));
        mg_facts_session(gloss->facts, session, tally);
        g_hash_table_remove(gloss->tallies, GUINT_TO_POINTER(session->number));
    }
    if (gloss->sink.session == NULL)
        return;
    MgStepSession record = {
        .session = session->number,
        .protocol = session->protocol,
        .by_greeting = session->by_greeting,
        .start = session->start,
        .complete_start = session->complete_start,
        .end = session->end,
        .how_ended = session->how_ended,
        .ending = mg_pool_keep(pool, ending_of(gloss->glossary, session)),
        .did = did,
        .client_octets = session->client_octets,
        .server_octets = session->server_octets,
        .missing_octets = session->missing_octets,
        .encrypted_from_step = session->encrypted_from_step,
    };
    mg_party_fill(pool, gloss->glossary, client, &record.client);
    mg_party_fill(pool, gloss->glossary, server, &record.server);
    gloss->sink.session(gloss->sink.user, &record);
}
