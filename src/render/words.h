/* What several formats say in the same words: labels with their placeholders, frame numbers,
 * the short form of a reply, the messages a step touches.  Nothing here is escaped yet. */
#ifndef MG_RENDER_WORDS_H
#define MG_RENDER_WORDS_H

#include "mg-render.h"

G_BEGIN_DECLS

enum {
    /* Characters of one captured line that text and Markdown show. */
    MG_WORDS_LINE_SHOWN = 300,
    /* Messages of one location that a step names one by one. */
    MG_WORDS_MESSAGES_SHOWN = 4,
    /* Different locations after one step that are shown. */
    MG_WORDS_PLACES_SHOWN = 6,
};

/* A label with its placeholders filled in: name, value, name, value …, NULL. */
char *mg_words(const MgGlossary *glossary, const char *label, ...) G_GNUC_NULL_TERMINATED;
/* The same with {count}; the label `<label>-one` is taken where it is 1. */
char *mg_words_count(const MgGlossary *glossary, const char *label, guint64 count);

/* At most MG_WORDS_LINE_SHOWN characters, and how many more: "EHLO aaa… (+900 characters)". */
char *mg_words_line(const MgRenderOptions *options, const char *line);
/* Line `index` of a reply as it stood on the wire, with SMTP's code. */
char *mg_words_reply_line(const MgStep *step, const MgStepReply *reply, guint index);
/* The replies of a step in one line: "250-mail.example.org (+2 lines)".  For IMAP the tagged
 * line, which decides, is the one shown.  NULL where there is none. */
char *mg_words_result(const MgRenderOptions *options, const MgStep *step);
/* All sentences of a step, a space between; NULL where there are none. */
char *mg_words_explanation(const MgStep *step);
/* TRUE when the line was said, by whoever acts as the client: after TURN or ATRN it is the side
 * that was called. */
gboolean mg_words_said(const MgStep *step);
/* TRUE when the two sides have changed their parts. */
gboolean mg_words_turned(const MgStep *step);
/* TRUE when the message text of this step came from the client. */
gboolean mg_words_client_sends(const MgStep *step);

/* "13, 14" with the separator given; "13 … 99 (40 frames)" where not all are known. */
char *mg_words_frames(const MgRenderOptions *options, const MgFrames *frames,
                      const char *separator);
/* All frames of a step. */
MgFrames mg_words_step_frames(const MgStep *step);
/* "session 1, between frames 19 and 21: 4096 bytes not captured".  all: frames that stand in
 * place of the note's own; or NULL. */
char *mg_words_note(const MgRenderOptions *options, const MgStepNote *note, const MgFrames *all,
                    gboolean name_capture);
/* "‹4096 bytes not captured, between frames 19 and 21›" */
char *mg_words_hole(const MgRenderOptions *options, const MgStepNote *note);

/* The messages that a step leaves in one place, in order. */
typedef struct {
    char *location;   /* bare words, or with the qualifier */
    GArray *messages; /* guint */
} MgPlaceWords;
/* How a place is written: the fixed words of CSV, the bare words of the reader's language, or
 * those with their qualifier. */
typedef enum {
    MG_PLACE_FIXED,
    MG_PLACE_BARE,
    MG_PLACE_QUALIFIED,
} MgPlaceForm;
/* MgPlaceWords*, in order of first mention; by its last movement for each message. */
GPtrArray *mg_words_places(const MgRenderOptions *options, const MgStep *step,
                           gboolean changed_only, MgPlaceForm form);
/* The same as lines "M1: Email server", the many summed up: "and 46 more messages: Deleted".
 * char*; free with g_ptr_array_unref(). */
GPtrArray *mg_words_place_lines(const MgRenderOptions *options, const MgStep *step,
                                gboolean changed_only);

/* "from alice@example.org to bob@example.org and 5 more"; "" where nothing is known. */
char *mg_words_from_to(const MgRenderOptions *options, const MgMessage *message);
/* For a message that turned out to be another one. */
char *mg_words_merged(const MgRenderOptions *options, const MgMessage *message);

/* "… removes nothing. (see steps 13 and 14)" */
char *mg_words_insight(const MgRenderOptions *options, const MgStepInsight *insight);
/* The title asked for, else one made of the captures' names (char*). */
char *mg_words_title(const MgRenderOptions *options, const GPtrArray *captures);
/* Append at most `max` characters through an escape, with a sign that there are more. */
void mg_words_cut(GString *out, const MgRenderOptions *options, const char *text, guint max,
                  void (*escape)(GString *out, const char *text, gssize len));

/* What a capture is called: its file name without folders, or the interface. */
char *mg_words_capture(const MgRenderOptions *options, const MgStepCapture *capture);
/* "192.0.2.10:50312", "[2001:db8::1]:25" */
char *mg_words_endpoint(const MgStepParty *party);

G_END_DECLS

#endif
