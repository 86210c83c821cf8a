#include "phase.h"

#include <string.h>

typedef struct {
    MgPhase phase;
    const char *verbs; /* separated by spaces */
} PhaseVerbs;

static const PhaseVerbs smtp[] = {
    {MG_PHASE_GREET, "HELO EHLO LHLO XCLIENT XFORWARD"},
    {MG_PHASE_ENCRYPT, "STARTTLS"},
    {MG_PHASE_LOG_IN, "AUTH"},
    {MG_PHASE_ENVELOPE, "MAIL RCPT RSET SEND SOML SAML"},
    {MG_PHASE_HAND_OVER, "DATA BDAT BURL"},
    {MG_PHASE_CLOSE, "QUIT"},
    {0},
};

static const PhaseVerbs pop3[] = {
    {MG_PHASE_GREET, "CAPA LANG UTF8"},
    {MG_PHASE_ENCRYPT, "STLS"},
    {MG_PHASE_LOG_IN, "USER PASS APOP AUTH"},
    {MG_PHASE_LOOK, "STAT LIST UIDL TOP LAST"},
    {MG_PHASE_COPY, "RETR"},
    {MG_PHASE_MARK, "DELE RSET"},
    {MG_PHASE_COMMIT, "QUIT"},
    {0},
};

static const PhaseVerbs imap[] = {
    {MG_PHASE_GREET, "CAPABILITY ID ENABLE LANGUAGE"},
    {MG_PHASE_ENCRYPT, "STARTTLS COMPRESS"},
    {MG_PHASE_LOG_IN, "LOGIN AUTHENTICATE UNAUTHENTICATE"},
    {MG_PHASE_LOOK,
     "SELECT EXAMINE LIST LSUB XLIST STATUS NAMESPACE SEARCH SORT THREAD FETCH CHECK "
     "GETQUOTA GETQUOTAROOT GETACL MYRIGHTS LISTRIGHTS GETMETADATA ESEARCH"},
    {MG_PHASE_MARK, "STORE"},
    {MG_PHASE_COMMIT, "EXPUNGE CLOSE UNSELECT"},
    {MG_PHASE_STORE, "APPEND COPY MOVE REPLACE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE"},
    {MG_PHASE_WAIT, "IDLE DONE NOTIFY NOOP"},
    {MG_PHASE_CLOSE, "LOGOUT"},
    {0},
};

static MgPhase look_up(const PhaseVerbs *table, const char *verb)
{
    for (; table->verbs != NULL; table++) {
        g_auto(GStrv) verbs = g_strsplit(table->verbs, " ", -1);
        if (g_strv_contains((const char *const *)verbs, verb))
            return table->phase;
    }
    return MG_PHASE_OTHER;
}

static gboolean downloads(const MgStep *step)
{
    for (guint i = 0; i < step->n_movements; i++)
        if (step->movements[i].event == MG_EVENT_DOWNLOADED)
            return TRUE;
    return FALSE;
}

MgPhase mg_phase_of(const MgStep *step)
{
    if (step->kind == MG_STEP_SASL)
        return MG_PHASE_LOG_IN;
    if (step->kind == MG_STEP_CONTENT)
        return MG_PHASE_HAND_OVER;
    if (step->kind == MG_STEP_SERVER || step->kind == MG_STEP_CONNECTION)
        return MG_PHASE_NONE;
    const char *verb = step->verb != NULL ? step->verb : "";
    if (step->protocol == MG_PROTOCOL_POP3)
        return look_up(pop3, verb);
    if (step->protocol == MG_PROTOCOL_IMAP) {
        if (g_str_has_prefix(verb, "UID "))
            verb += strlen("UID ");
        MgPhase phase = look_up(imap, verb);
        return phase == MG_PHASE_LOOK && downloads(step) ? MG_PHASE_COPY : phase;
    }
    return look_up(smtp, verb);
}

MgPhase mg_phase_next(MgPhase before, const MgStep *step)
{
    MgPhase phase = mg_phase_of(step);
    if (phase == MG_PHASE_NONE)
        return before == MG_PHASE_NONE ? MG_PHASE_GREET : before;
    if (before == MG_PHASE_COPY_AND_MARK && (phase == MG_PHASE_COPY || phase == MG_PHASE_MARK))
        return before;
    if (before == MG_PHASE_MARK && phase == MG_PHASE_COPY)
        return MG_PHASE_COPY_AND_MARK;
    return phase;
}

const char *mg_phase_label(MgPhase phase)
{
    static const char *const labels[] = {
        "phase-other",     "phase-greet", "phase-encrypt", "phase-log-in", "phase-envelope",
        "phase-hand-over", "phase-look",  "phase-copy",    "phase-mark",   "phase-copy-and-mark",
        "phase-commit",    "phase-store", "phase-wait",    "phase-close",  "phase-other",
    };
    return labels[MIN((guint)phase, G_N_ELEMENTS(labels) - 1)];
}
