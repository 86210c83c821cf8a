/* What the handouts of all formats follow on the way: which captures and sessions there are, who
 * takes part, whose heading comes next.  All words are plain; a format escapes them. */
#ifndef MG_RENDER_COURSE_H
#define MG_RENDER_COURSE_H

#include "mg-render.h"
#include "phase.h"

G_BEGIN_DECLS

enum {
    /* Participants that are listed: more make no handout. */
    MG_COURSE_PARTICIPANTS = 100,
};

typedef struct MgCourse MgCourse;

/* options are borrowed for life. */
MgCourse *mg_course_new(const MgRenderOptions *options);
void mg_course_free(MgCourse *course);

void mg_course_capture(MgCourse *course, const MgStepCapture *capture);
void mg_course_opens(MgCourse *course, const MgStepSession *session);

/* The title asked for, else one made of the captures' names.  Free with g_free(). */
char *mg_course_title(const MgCourse *course);

/* The heading that must stand before what comes next of this session. */
typedef struct {
    guint session;
    char *heading; /* "Session 1", "Session 1 goes on" */
    MgProtocol protocol;
    gboolean first;      /* it begins: then who speaks, and what must be known of it */
    const char *parties; /* "Alice's device 192.0.2.10:50312 → mail.example.org …" */
    const char *about;   /* "Start not captured."; NULL = nothing */
} MgCourseTurn;

/* FALSE: the heading above is still right, or nothing is known of the session.  Else free
 * ret_turn->heading with g_free(). */
gboolean mg_course_turn(MgCourse *course, guint session, MgCourseTurn *ret_turn);
/* Nothing was told of it yet: it is over without a step. */
gboolean mg_course_untold(const MgCourse *course, guint session);
/* How it ended, in words that name it where another one's heading stands above; NULL where
 * there is nothing to say.  It is forgotten.  *ret_here = its own heading stands above. */
char *mg_course_ends(MgCourse *course, const MgStepSession *session, gboolean *ret_here);

/* The phase of its session that this step belongs to. */
MgPhase mg_course_phase(MgCourse *course, const MgStep *step);

/* Frames are counted in each capture: what to say when they are another one's from here; NULL =
 * nothing.  Free with g_free(). */
char *mg_course_frames_of(MgCourse *course, guint16 capture);

typedef struct {
    const char *name, *role, *ip;
    char *port; /* "25", "several" */
} MgCourseParticipant;

/* Devices first, in order of their addresses. */
typedef void (*MgCourseEach)(gpointer user, const MgCourseParticipant *participant);
guint mg_course_participants(const MgCourse *course, MgCourseEach each, gpointer user);
/* Those over the limit, in words; NULL = none.  Free with g_free(). */
char *mg_course_more_participants(const MgCourse *course);

/* number → what a format makes of a message, in order of the numbers. */
GTree *mg_course_messages(GDestroyNotify destroy);

G_END_DECLS

#endif
