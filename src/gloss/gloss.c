/* The stage: takes what ledger gives, counts, hands on. */
#include "gloss.h"
#include "facts.h"
#include "tally.h"
#include "trail.h"

GPtrArray *mg_pool_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

const char *mg_pool_keep(GPtrArray *pool, char *text)
{
    if (text != NULL)
        g_ptr_array_add(pool, text);
    return text;
}

MgGloss *mg_gloss_new(const MgStepSink *sink, const MgGlossary *glossary, const MgLedger *ledger,
                      const MgGlossOptions *options)
{
    MgGloss *gloss = g_new0(MgGloss, 1);
    gloss->sink = *sink;
    gloss->glossary = glossary;
    gloss->ledger = ledger;
    gloss->options = *options;
    gloss->before = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    gloss->tallies = g_hash_table_new_full(NULL, NULL, NULL, mg_tally_free);
    gloss->facts = mg_facts_new(glossary);
    gloss->trail = mg_trail_new();
    return gloss;
}

void mg_gloss_set_ledger(MgGloss *gloss, const MgLedger *ledger)
{
    gloss->ledger = ledger;
}

void mg_gloss_free(MgGloss *gloss)
{
    if (gloss == NULL)
        return;
    g_hash_table_unref(gloss->before);
    g_hash_table_unref(gloss->tallies);
    mg_facts_free(gloss->facts);
    mg_trail_free(gloss->trail);
    g_free(gloss);
}

static void on_session(gpointer user, const MgSession *session, const MgParty *client,
                       const MgParty *server)
{
    mg_gloss_session(user, session, client, server);
}

static void on_moved(gpointer user, const MgMoved *moved)
{
    mg_gloss_step(user, moved);
}

static void on_note(gpointer user, const MgNote *note)
{
    mg_gloss_note(user, note);
}

void mg_gloss_movement_sink(MgGloss *gloss, MgMovementSink *ret_sink)
{
    *ret_sink = (MgMovementSink){
        .session_open = on_session,
        .moved = on_moved,
        .note = on_note,
        .session_close = on_session,
        .user = gloss,
    };
}

void mg_gloss_capture(MgGloss *gloss, const MgCaptureInfo *info)
{
    if (gloss->sink.capture == NULL)
        return;
    g_autofree char *file = info->file != NULL ? g_utf8_make_valid(info->file, -1) : NULL;
    g_autofree char *interface =
        info->interface != NULL ? g_utf8_make_valid(info->interface, -1) : NULL;
    const MgStepCapture record = {
        .capture = info->capture,
        .file = file,
        .interface = interface,
        .linktypes = info->linktypes,
        .start = info->first,
    };
    gloss->sink.capture(gloss->sink.user, &record);
}

void mg_gloss_finish(MgGloss *gloss, const MgCaptureCounts *counts)
{
    const guint n = mg_ledger_count(gloss->ledger);
    mg_trail_join(gloss->trail, gloss->ledger);
    for (guint number = 1; number <= n; number++) {
        const MgMessage *message = mg_ledger_message(gloss->ledger, number);
        if (message == NULL)
            continue;
        if (message->merged_into == 0)
            gloss->summary.messages++;
        mg_gloss_message(gloss, number);
    }
    mg_gloss_insights(gloss);
    gloss->summary.packets = counts != NULL ? counts->packets : 0;
    gloss->summary.dropped = counts != NULL ? counts->dropped : 0;
    if (gloss->sink.summary != NULL)
        gloss->sink.summary(gloss->sink.user, &gloss->summary);
}
