#include "course.h"

#include <string.h>

#include "words.h"

typedef struct {
    MgProtocol protocol;
    char *parties;
    char *about;
    gboolean begun;
    MgPhase phase;
} Session;

typedef struct {
    char *name, *ip;
    const char *role; /* label */
    guint16 port;     /* 0 = several */
} Participant;

struct MgCourse {
    const MgRenderOptions *options;
    GHashTable *sessions; /* number → Session*, while open */
    guint session;        /* whose heading was told last */
    GPtrArray *captures;  /* char*, names in the order they came */
    GHashTable *names;    /* number of a capture → its name, borrowed from `captures` */
    guint16 capture;      /* whose frames are told */
    GTree *participants;  /* key → Participant* */
    guint64 more_participants;
};

static void session_free(gpointer data)
{
    Session *session = data;
    g_free(session->parties);
    g_free(session->about);
    g_free(session);
}

static void participant_free(gpointer data)
{
    Participant *participant = data;
    g_free(participant->name);
    g_free(participant->ip);
    g_free(participant);
}

static gint by_number(gconstpointer a, gconstpointer b, gpointer user)
{
    guint x = GPOINTER_TO_UINT(a), y = GPOINTER_TO_UINT(b);
    return x < y ? -1 : x > y;
}

static gint by_name(gconstpointer a, gconstpointer b, gpointer user)
{
    return strcmp(a, b);
}

GTree *mg_course_messages(GDestroyNotify destroy)
{
    return g_tree_new_full(by_number, NULL, NULL, destroy);
}

MgCourse *mg_course_new(const MgRenderOptions *options)
{
    MgCourse *course = g_new0(MgCourse, 1);
    course->options = options;
    course->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    course->captures = g_ptr_array_new_with_free_func(g_free);
    course->names = g_hash_table_new(NULL, NULL);
    course->participants = g_tree_new_full(by_name, NULL, g_free, participant_free);
    return course;
}

void mg_course_free(MgCourse *course)
{
    g_hash_table_unref(course->sessions);
    g_hash_table_unref(course->names);
    g_ptr_array_unref(course->captures);
    g_tree_unref(course->participants);
    g_free(course);
}

void mg_course_capture(MgCourse *course, const MgStepCapture *capture)
{
    char *name = mg_words_capture(course->options, capture);
    g_ptr_array_add(course->captures, name);
    g_hash_table_insert(course->names, GUINT_TO_POINTER(capture->capture), name);
}

char *mg_course_title(const MgCourse *course)
{
    return mg_words_title(course->options, course->captures);
}

/* ---- Who takes part ---- */

static void add_participant(MgCourse *course, const MgStepParty *party, gboolean server)
{
    static const char *const roles[] = {"role-unknown", "role-device", "role-server"};
    /* a client has a port for each connection: not worth a row */
    g_autofree char *key = server ? g_strdup_printf("2 %s %05u", party->ip, party->port)
                                  : g_strdup_printf("1 %s", party->ip);
    gpointer before = g_tree_lookup(course->participants, key);
    if (before == NULL && g_tree_nnodes(course->participants) >= MG_COURSE_PARTICIPANTS) {
        course->more_participants++;
        return;
    }
    Participant *participant = g_new0(Participant, 1);
    participant->name = g_strdup(party->shown);
    participant->ip = g_strdup(party->ip);
    participant->role = roles[MIN((guint)party->role, 2)];
    participant->port = before == NULL || server ? party->port : 0;
    g_tree_replace(course->participants, g_steal_pointer(&key), participant);
}

typedef struct {
    const MgCourse *course;
    MgCourseEach each;
    gpointer user;
} Visit;

static gboolean visit(gpointer key, gpointer value, gpointer user)
{
    const Visit *to = user;
    const MgGlossary *glossary = to->course->options->glossary;
    const Participant *kept = value;
    g_autofree char *port = kept->port != 0 ? g_strdup_printf("%u", kept->port)
                                            : g_strdup(mg_glossary_label(glossary, "several"));
    const MgCourseParticipant participant = {
        .name = kept->name,
        .role = mg_glossary_label(glossary, kept->role),
        .ip = kept->ip,
        .port = port,
    };
    to->each(to->user, &participant);
    return FALSE;
}

guint mg_course_participants(const MgCourse *course, MgCourseEach each, gpointer user)
{
    Visit to = {course, each, user};
    if (each != NULL)
        g_tree_foreach(course->participants, visit, &to);
    return (guint)g_tree_nnodes(course->participants);
}

char *mg_course_more_participants(const MgCourse *course)
{
    return course->more_participants > 0
               ? mg_words_count(course->options->glossary, "and-more", course->more_participants)
               : NULL;
}

/* ---- Sessions ---- */

static void append_party(GString *out, const MgStepParty *party)
{
    g_autofree char *endpoint = mg_words_endpoint(party);
    if (strcmp(party->shown, party->ip) != 0)
        g_string_append_printf(out, "%s ", party->shown);
    g_string_append(out, endpoint);
}

void mg_course_opens(MgCourse *course, const MgStepSession *session)
{
    const MgGlossary *glossary = course->options->glossary;
    Session *kept = g_new0(Session, 1);
    GString *parties = g_string_new(NULL);
    g_autoptr(GString) about = g_string_new(NULL);
    append_party(parties, &session->client);
    g_string_append(parties, course->options->ascii ? " -> " : " → ");
    append_party(parties, &session->server);
    if (!session->complete_start)
        g_string_append(about, mg_glossary_label(glossary, "start-not-captured"));
    if (session->by_greeting) {
        g_autofree char *port = g_strdup_printf("%u", session->server.port);
        g_autofree char *words = mg_words(glossary, "recognised-by-greeting", "port", port, NULL);
        g_string_append_printf(about, "%s%s", about->len > 0 ? "; " : "", words);
    }
    kept->protocol = session->protocol;
    kept->parties = g_string_free(parties, FALSE);
    kept->about = about->len > 0 ? g_strdup(about->str) : NULL;
    g_hash_table_replace(course->sessions, GUINT_TO_POINTER(session->session), kept);
    add_participant(course, &session->client, FALSE);
    add_participant(course, &session->server, TRUE);
}

gboolean mg_course_turn(MgCourse *course, guint number, MgCourseTurn *ret_turn)
{
    Session *session = g_hash_table_lookup(course->sessions, GUINT_TO_POINTER(number));
    if (session == NULL || course->session == number)
        return FALSE;
    g_autofree char *digits = g_strdup_printf("%u", number);
    *ret_turn = (MgCourseTurn){
        .session = number,
        .heading = mg_words(course->options->glossary,
                            session->begun ? "session-goes-on" : "session", "number", digits, NULL),
        .protocol = session->protocol,
        .first = !session->begun,
        .parties = session->parties,
        .about = session->about,
    };
    course->session = number;
    session->begun = TRUE;
    return TRUE;
}

gboolean mg_course_untold(const MgCourse *course, guint number)
{
    const Session *session = g_hash_table_lookup(course->sessions, GUINT_TO_POINTER(number));
    return session != NULL && !session->begun;
}

char *mg_course_ends(MgCourse *course, const MgStepSession *session, gboolean *ret_here)
{
    *ret_here = course->session == session->session;
    g_hash_table_remove(course->sessions, GUINT_TO_POINTER(session->session));
    if (session->ending == NULL || *ret_here)
        return g_strdup(session->ending);
    g_autofree char *number = g_strdup_printf("%u", session->session);
    return mg_words(course->options->glossary, "session-ended", "number", number, "text",
                    session->ending, NULL);
}

MgPhase mg_course_phase(MgCourse *course, const MgStep *step)
{
    Session *session = g_hash_table_lookup(course->sessions, GUINT_TO_POINTER(step->session));
    if (session == NULL)
        return mg_phase_next(MG_PHASE_NONE, step);
    session->phase = mg_phase_next(session->phase, step);
    return session->phase;
}

char *mg_course_frames_of(MgCourse *course, guint16 number)
{
    const char *name = g_hash_table_lookup(course->names, GUINT_TO_POINTER(number));
    gboolean first = course->capture == 0;
    if (number == course->capture || name == NULL)
        return NULL;
    course->capture = number;
    if (first && course->captures->len == 1)
        return NULL; /* the title names it */
    g_autofree char *digits = g_strdup_printf("%u", number);
    return mg_words(course->options->glossary, "capture-number", "number", digits, "name", name,
                    NULL);
}
