/* What the files of gloss share. */
#ifndef MG_GLOSS_GLOSS_H
#define MG_GLOSS_GLOSS_H

#include "mg-step.h"

G_BEGIN_DECLS

enum {
    /* Characters of captured text that a sentence repeats: it stays a sentence. */
    MG_GLOSS_SHORT = 80,
    /* Tokens of one step that the deep text explains: a hostile line may have thousands. */
    MG_GLOSS_DETAILS = 64,
    /* Lines that compare the envelope with the header. */
    MG_GLOSS_ENVELOPE = 12,
    /* Recipients of a message that get a remark of their own. */
    MG_GLOSS_REMARKS = 10,
    /* Places of a message's path that are written out: nobody reads on, and a client can send
     * a message to and fro for hours. */
    MG_GLOSS_STOPS = 64,
    /* Devices that are named one by one as having a message. */
    MG_GLOSS_DEVICES = 4,
};

struct MgGloss {
    MgStepSink sink;
    const MgGlossary *glossary;
    const MgLedger *ledger;
    MgGlossOptions options;
    MgStepSummary summary;
    GHashTable *before;    /* message number → MgWhere*, after the latest step that moved it */
    GHashTable *tallies;   /* session → MgTally*, while it is open */
    struct MgFacts *facts; /* what the insights are drawn from */
    struct MgTrail *trail; /* the steps that moved each message */
};

/* Strings that live until a record was handed on; free with g_ptr_array_unref(). */
GPtrArray *mg_pool_new(void);
const char *mg_pool_keep(GPtrArray *pool, char *text); /* takes text; NULL is allowed */

/* ---- glossary.c ---- */

gboolean mg_glossary_has(const MgGlossary *glossary, const char *group);
/* The group that explains `group`: itself, or a more general one that exists, else NULL.
 * "enhanced.5.1.1" → "enhanced.x.1.1", "imap.capability.auth-plain" → "imap.capability.auth".
 * Borrowed from the glossary. */
const char *mg_glossary_find(const MgGlossary *glossary, const char *group);
/* All group names, sorted.  Free the array with g_free(), not the names. */
const char **mg_glossary_groups(const MgGlossary *glossary);

/* ---- mask.c ---- */

/* Captured text as it may be shown: each secret is eight stars, whatever its length, and the
 * rest is valid UTF-8. *ret_masked becomes TRUE when something was hidden, else stays. */
char *mg_mask_text(const MgText *text, gboolean show_secrets, gboolean *ret_masked);
/* Text taken from an exchange by other ways than a MgText (placeholder, token): a secret of
 * the exchange inside it is hidden as well. */
char *mg_mask_value(const char *value, const MgExchange *exchange, gboolean show_secrets);
/* Valid UTF-8; NULL stays NULL. */
char *mg_valid(const char *text);
char *mg_shorten(char *text, gsize characters); /* takes and gives text, valid UTF-8 */

/* ---- phrase.c ---- */

/* Text of group/key at a level, placeholders filled; NULL where there is none.
 * brief: `<key>-brief`, else the first sentence; deep: the text and `<key>-deep` behind it.
 * (For key `normal` the two are called `brief` and `deep`.)  Each with `-one` where {count} is
 * 1, with `-none` where it is 0, and with `-bare` where a placeholder has no value. */
char *mg_phrase(const MgGlossary *glossary, const char *group, const char *key, MgDetailLevel level,
                GHashTable *values);
/* label.<name> with its placeholders filled; `-one` as above.  Never NULL. */
char *mg_phrase_label(const MgGlossary *glossary, const char *name, GHashTable *values);
gboolean mg_phrase_exists(const MgGlossary *glossary, const char *group, const char *key);

GHashTable *mg_values_new(void);
void mg_values_set(GHashTable *values, const char *name, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* What proto calls so, as it may be shown. */
void mg_values_take(GHashTable *values, GHashTable *args, const MgExchange *exchange,
                    gboolean show_secrets);
/* The placeholders of a part that has its own (args), else those of the step; a reference. */
GHashTable *mg_values_own(GHashTable *values, GHashTable *args, const MgExchange *exchange,
                          gboolean show_secrets);

/* ---- choose.c ---- */

/* What decides the sentences of one step. */
typedef struct {
    const MgGlossary *glossary;
    const MgExchange *exchange;
    const MgReply *answer; /* the reply that decides; NULL = none */
    MgOutcome outcome;
    const MgMovement *moved; /* the movement that decides; NULL = none */
    const char *where;       /* "server" … when all movements of that event agree, or NULL */
    guint messages;          /* how many messages that event moved */
    MgDetailLevel level;
    gboolean show_secrets;
    GHashTable *values;
} MgChoice;

void mg_choose_init(MgChoice *choice, const MgGlossary *glossary, const MgMoved *moved,
                    const MgGlossOptions *options, GHashTable *values);
char *mg_choose_command(const MgChoice *choice);
char *mg_choose_reply(const MgChoice *choice);
/* The own sentence of one reply of several: an IMAP untagged line, a reply per recipient. */
char *mg_choose_line(const MgChoice *choice, const MgReply *reply);
/* The group of an enhanced status or response code, or NULL. */
const char *mg_choose_status(const MgGlossary *glossary, MgProtocol protocol, const char *enhanced);
/* The group that explains a token, or NULL. */
const char *mg_detail_group(const MgGlossary *glossary, const MgDetail *detail);
/* "device", "server", "both", "deleted", "unknown", "doubt"; NULL for none. */
const char *mg_where_tag(MgWhere where);

/* ---- fetched.c ---- */

/* "whole", "part", "header", "envelope", "facts" or "flags": the most that this FETCH line
 * brings. */
const char *mg_fetch_variant(const MgReply *reply);

/* ---- party.c ---- */

/* "Bob's", "of 192.0.2.20"; NULL for NULL. */
char *mg_owner(const MgGlossary *glossary, const char *name);
/* "Bob's device", "the device at 192.0.2.20", "the device". */
char *mg_device(const MgGlossary *glossary, const char *name);
/* How readers see this party: "Bob's device", "mail.example.org", "192.0.2.20". */
char *mg_party_shown(const MgGlossary *glossary, const MgParty *party);
/* Who speaks as a client: "Bob's program", "Client" (start of a sentence), "the client". */
char *mg_party_client(const MgGlossary *glossary, const MgParty *party, gboolean start);
void mg_party_fill(GPtrArray *pool, const MgGlossary *glossary, const MgParty *party,
                   MgStepParty *ret_party);

/* ---- location.c ---- */

/* "User device (Bob's)", "Email server (marked for deletion)". */
char *mg_location_label(const MgGlossary *glossary, MgWhere where, const char *qualifier,
                        const char *device_name);
/* A copy whose texts are valid UTF-8; NULL for NULL. */
MgCopy *mg_copy_valid(const MgCopy *copy);

/* ---- envelope.c ---- */

/* Where MAIL and RCPT differ from From, To and Cc of the text that this step hands over: at
 * most MG_GLOSS_ENVELOPE details, their texts in the pool.  Gives their number. */
guint mg_envelope_details(const MgGloss *gloss, const MgMoved *moved, GPtrArray *pool,
                          MgStepDetail *ret_details);

/* ---- learned.c ---- */

/* The client learns here what another session did; nothing moves by it. */
static inline gboolean mg_learned(const MgMovement *movement)
{
    return movement->cause_step != 0 && movement->cause_client.address.family != 0;
}
/* Sentences about that; NULL where there is nothing to say.  client: starts a sentence. */
char *mg_learned_text(const MgGloss *gloss, const MgMoved *moved, const char *client);

/* ---- reference.c ---- */

/* The address of the first RFC in "RFC 1939 section 5", or NULL. */
char *mg_reference_url(const char *reference);
/* "RFC 1939 section 5" with "section" in the language of the glossary. */
char *mg_reference_in(const MgGlossary *glossary, const char *reference);

/* ---- step.c, session.c, message.c, note.c ---- */

void mg_gloss_step(MgGloss *gloss, const MgMoved *moved);
void mg_gloss_session(MgGloss *gloss, const MgSession *session, const MgParty *client,
                      const MgParty *server);
void mg_gloss_message(MgGloss *gloss, guint number);
/* The number of the message that this one turned out to be: its own, or a lower one. */
guint mg_message_stays(const MgLedger *ledger, guint number);

G_END_DECLS

#endif
