/* The spelled form of each closed set: one table a set, in the order of its enum. */
#include "mg-terms.h"

static const char *word(const char *const *words, guint n, guint value)
{
    return value < n ? words[value] : "";
}

#define WORDS(function, type, ...)                                                                 \
    const char *function(type value)                                                               \
    {                                                                                              \
        static const char *const words[] = {__VA_ARGS__};                                          \
        return word(words, G_N_ELEMENTS(words), (guint)value);                                     \
    }

WORDS(mg_protocol_word, MgProtocol, "", "smtp", "pop3", "imap", "lmtp")
WORDS(mg_protocol_name, MgProtocol, "", "SMTP", "POP3", "IMAP", "LMTP")
WORDS(mg_step_kind_word, MgStepKind, "command", "sasl", "content", "server", "connection")
WORDS(mg_actor_word, MgActor, "client", "server", "none")
WORDS(mg_outcome_word, MgOutcome, "ok", "intermediate", "refused", "deferred", "malformed",
      "unanswered", "info")
WORDS(mg_place_word, MgPlace, "device", "queue", "mailbox")
WORDS(mg_copy_state_word, MgCopyState, "held", "marked", "removed")
WORDS(mg_contents_word, MgContents, "none", "headers", "part", "full")
WORDS(mg_evidence_word, MgEvidence, "assumed", "implied", "seen")
WORDS(mg_event_word, MgEvent, "composed", "accepted", "refused", "deferred", "delivered", "stored",
      "downloaded", "headers-read", "part-read", "marked", "unmarked", "removed", "moved", "copied",
      "flagged", "in-doubt")
WORDS(mg_location_word, MgLocation, "", "User device", "Email server", "User device and server",
      "Deleted", "Unknown")
WORDS(mg_role_word, MgRole, "unknown", "device", "server")
WORDS(mg_how_ended_word, MgHowEnded, "open", "closed", "reset", "idle", "capture-end", "replaced")
WORDS(mg_note_kind_word, MgNoteKind, "gap", "overlap", "duplicate", "cut", "limit", "clock",
      "encrypted", "odd")

char *mg_where_words(MgWhere where)
{
    if (where.other == MG_LOCATION_NONE)
        return g_strdup(mg_location_word(where.is));
    return g_strconcat(mg_location_word(where.is), " or ", mg_location_word(where.other), NULL);
}

gboolean mg_where_equal(MgWhere a, MgWhere b)
{
    return a.is == b.is && a.other == b.other;
}
