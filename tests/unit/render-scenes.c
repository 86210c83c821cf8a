#include "render-scenes.h"

#include <string.h>

/* 2026-11-20 12:00:00 UTC */
#define BEGIN (G_GINT64_CONSTANT(1795176000) * MG_SECOND)

static MgStamp stamp(guint64 frame, guint64 milliseconds, guint digits)
{
    return (MgStamp){
        .frame = frame,
        .time = BEGIN + (gint64)milliseconds * (MG_SECOND / 1000),
        .capture = 1,
        .time_digits = (guint8)digits,
    };
}

static MgFrames frames(guint64 first, guint n)
{
    MgFrames result = {0};
    for (guint i = 0; i < n; i++)
        mg_frames_add(&result, first + i);
    return result;
}

/* ---- The journey ---- */

typedef struct {
    guint step;
    MgStepKind kind;
    const char *verb;
    guint frame; /* of the line; 0 = the server speaks unasked */
    const char *line;
    const char *gloss;
    guint reply_frame;
    const char *code, *enhanced;
    const char *lines[4];
    const char *first; /* as it stood on the wire */
    const char *reply_gloss;
    MgOutcome outcome;
    const char *reference, *url;
    /* the movement, where `label` is not NULL */
    MgEvent event;
    MgPlace place;
    MgCopyState state;
    MgLocation where;
    const char *label;
    gboolean changed;
} Line;

#define RFC(n, s) "RFC " #n " section " s, "https://www.rfc-editor.org/rfc/rfc" #n "#section-" s

static const Line smtp[] = {
    {1,
     MG_STEP_SERVER,
     NULL,
     0,
     NULL,
     NULL,
     4,
     "220",
     NULL,
     {"mail.example.org ESMTP"},
     "220 mail.example.org ESMTP",
     "Server says hello and is ready.",
     MG_OUTCOME_OK,
     RFC(5321, "4.2"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
    {2,
     MG_STEP_COMMAND,
     "EHLO",
     5,
     "EHLO alice-pc.example.org",
     "Alice's program gives its name and asks what the server can do.",
     6,
     "250",
     NULL,
     {"mail.example.org", "SIZE 10240000", "ENHANCEDSTATUSCODES"},
     "250-mail.example.org",
     "Server lists its extra features.",
     MG_OUTCOME_OK,
     RFC(5321, "4.1.1.1"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
    {3,
     MG_STEP_COMMAND,
     "MAIL",
     7,
     "MAIL FROM:<alice@example.org>",
     "Starts one delivery and names who gets error reports.",
     8,
     "250",
     "2.1.0",
     {"2.1.0 Ok"},
     "250 2.1.0 Ok",
     "Sender accepted.",
     MG_OUTCOME_OK,
     RFC(5321, "4.1.1.2"),
     MG_EVENT_COMPOSED,
     MG_PLACE_DEVICE,
     MG_COPY_HELD,
     MG_LOCATION_DEVICE,
     "User device (Alice's)",
     TRUE},
    {4,
     MG_STEP_COMMAND,
     "RCPT",
     9,
     "RCPT TO:<bob@example.org>",
     "Names one person who should receive the message.",
     10,
     "250",
     "2.1.5",
     {"2.1.5 Ok"},
     "250 2.1.5 Ok",
     "Recipient accepted.",
     MG_OUTCOME_OK,
     RFC(5321, "4.1.1.3"),
     MG_EVENT_COMPOSED,
     MG_PLACE_DEVICE,
     MG_COPY_HELD,
     MG_LOCATION_DEVICE,
     "User device (Alice's)",
     FALSE},
    {5,
     MG_STEP_COMMAND,
     "DATA",
     11,
     "DATA",
     "Asks to send the message text now.",
     12,
     "354",
     NULL,
     {"End data with <CR><LF>.<CR><LF>"},
     "354 End data with <CR><LF>.<CR><LF>",
     "Server says: send the text, finish with a dot alone on a line.",
     MG_OUTCOME_INTERMEDIATE,
     RFC(5321, "4.1.1.4"),
     MG_EVENT_COMPOSED,
     MG_PLACE_DEVICE,
     MG_COPY_HELD,
     MG_LOCATION_DEVICE,
     "User device (Alice's)",
     FALSE},
    {6,
     MG_STEP_CONTENT,
     NULL,
     13,
     "(message text, 7 lines)",
     "The whole message travels to the server. A dot alone on a line ends it.",
     14,
     "250",
     "2.0.0",
     {"2.0.0 Ok: queued as 4F1A2"},
     "250 2.0.0 Ok: queued as 4F1A2",
     "Server has stored the message and is now responsible for it.",
     MG_OUTCOME_OK,
     RFC(5321, "6.1"),
     MG_EVENT_ACCEPTED,
     MG_PLACE_QUEUE,
     MG_COPY_HELD,
     MG_LOCATION_SERVER,
     "Email server",
     TRUE},
    {7,
     MG_STEP_COMMAND,
     "QUIT",
     15,
     "QUIT",
     "Alice's program ends the session.",
     16,
     "221",
     "2.0.0",
     {"2.0.0 Bye"},
     "221 2.0.0 Bye",
     "Server closes the session.",
     MG_OUTCOME_OK,
     RFC(5321, "4.1.1.10"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
};

static const Line pop3[] = {
    {8,
     MG_STEP_SERVER,
     NULL,
     0,
     NULL,
     NULL,
     23,
     "+OK",
     NULL,
     {"+OK POP3 ready"},
     "+OK POP3 ready",
     "Server says hello and is ready.",
     MG_OUTCOME_OK,
     RFC(1939, "4"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
    {9,
     MG_STEP_COMMAND,
     "USER",
     24,
     "USER bob",
     "Bob's program names the mailbox.",
     25,
     "+OK",
     NULL,
     {"+OK"},
     "+OK",
     "Name accepted, password wanted.",
     MG_OUTCOME_OK,
     RFC(1939, "7"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
    {10,
     MG_STEP_COMMAND,
     "PASS",
     26,
     "PASS ********",
     "Sends the password in readable text (hidden here).",
     27,
     "+OK",
     NULL,
     {"+OK Logged in"},
     "+OK Logged in",
     "Login worked. The mailbox is locked for Bob.",
     MG_OUTCOME_OK,
     RFC(1939, "7"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
    {11,
     MG_STEP_COMMAND,
     "STAT",
     28,
     "STAT",
     "Asks how many messages wait and how big they are.",
     29,
     "+OK",
     NULL,
     {"+OK 1 319"},
     "+OK 1 319",
     "One message, 319 octets.",
     MG_OUTCOME_OK,
     RFC(1939, "5"),
     0,
     0,
     0,
     0,
     NULL,
     FALSE},
    {12,
     MG_STEP_COMMAND,
     "RETR",
     30,
     "RETR 1",
     "Asks for a copy of message 1.",
     31,
     "+OK",
     NULL,
     {"+OK 319 octets"},
     "+OK 319 octets (+ message, 9 lines)",
     "Server sends a copy and keeps its own.",
     MG_OUTCOME_OK,
     RFC(1939, "5"),
     MG_EVENT_DOWNLOADED,
     MG_PLACE_DEVICE,
     MG_COPY_HELD,
     MG_LOCATION_BOTH,
     "User device and server (Bob's device)",
     TRUE},
    {13,
     MG_STEP_COMMAND,
     "DELE",
     32,
     "DELE 1",
     "Marks message 1 for deletion. Nothing is removed yet.",
     33,
     "+OK",
     NULL,
     {"+OK Marked to be deleted"},
     "+OK Marked to be deleted",
     "Mark accepted.",
     MG_OUTCOME_OK,
     RFC(1939, "5"),
     MG_EVENT_MARKED,
     MG_PLACE_MAILBOX,
     MG_COPY_MARKED,
     MG_LOCATION_BOTH,
     "User device and server (server's copy marked for deletion)",
     TRUE},
    {14,
     MG_STEP_COMMAND,
     "QUIT",
     34,
     "QUIT",
     "Ends the session and asks the server to carry out the marks.",
     35,
     "+OK",
     NULL,
     {"+OK Bye, 1 message removed"},
     "+OK Bye, 1 message removed",
     "Server removed its copy. Only Bob's device has the message.",
     MG_OUTCOME_OK,
     RFC(1939, "6"),
     MG_EVENT_REMOVED,
     MG_PLACE_MAILBOX,
     MG_COPY_REMOVED,
     MG_LOCATION_DEVICE,
     "User device (Bob's)",
     TRUE},
};

static MgStamp journey_stamp(guint session, guint frame)
{
    guint64 at = session == 1 ? (frame - 1) * 12 : 60000 + (frame - 20) * 12;
    return stamp(frame, at, 3);
}

static MgCopy journey_copy(const Line *line)
{
    gboolean device = line->place == MG_PLACE_DEVICE;
    MgCopy copy = {
        .place = line->place,
        .name = device ? NULL : (char *)"mail.example.org",
        .account = line->step > 7 ? (char *)"bob" : NULL,
        .folder = line->place == MG_PLACE_MAILBOX ? (char *)"INBOX" : NULL,
        .state = line->state,
        .contents = MG_CONTENTS_FULL,
        .evidence = line->event == MG_EVENT_COMPOSED ? MG_EVIDENCE_IMPLIED : MG_EVIDENCE_SEEN,
    };
    mg_address_parse(!device          ? "198.51.100.25"
                     : line->step > 7 ? "192.0.2.20"
                                      : "192.0.2.10",
                     &copy.host);
    return copy;
}

static void journey_step(const MgStepSink *sink, guint session, const Line *line,
                         MgDetailLevel detail)
{
    guint n_lines = 0;
    while (n_lines < G_N_ELEMENTS(line->lines) && line->lines[n_lines] != NULL)
        n_lines++;
    MgStepReply reply = {
        .code = line->code,
        .enhanced = line->enhanced,
        .lines = line->lines,
        .n_lines = n_lines,
        .shown_first = line->first,
        .outcome = line->outcome,
        .frames = frames(line->reply_frame, 1),
        .at = journey_stamp(session, line->reply_frame),
    };
    MgCopy copy = journey_copy(line);
    MgStepMovement movement = {
        .message = 1,
        .event = line->event,
        .recipient = line->step == 6 ? "bob@example.org" : NULL,
        .copy = &copy,
        .where = {line->where, MG_LOCATION_NONE},
        .location = mg_location_word(line->where),
        .label = line->label,
        .changed = line->changed,
        .evidence = copy.evidence,
    };
    MgStep step = {
        .step = line->step,
        .session = session,
        .protocol = session == 1 ? MG_PROTOCOL_SMTP : MG_PROTOCOL_POP3,
        .kind = line->kind,
        .actor = line->kind == MG_STEP_SERVER ? MG_ACTOR_SERVER : MG_ACTOR_CLIENT,
        .at = journey_stamp(session, line->frame > 0 ? line->frame : line->reply_frame),
        .reply_at = reply.at,
        .frames = frames(line->frame, line->frame > 0 ? 1 : 0),
        .reply_frames = reply.frames,
        .verb = line->verb,
        .line = line->line,
        .masked = line->step == 10,
        .replies = &reply,
        .n_replies = 1,
        .outcome = line->outcome,
        .gloss = line->gloss,
        .reply_gloss = line->reply_gloss,
        .reference = line->reference,
        .reference_url = line->url,
        .known = TRUE,
        .movements = line->label != NULL ? &movement : NULL,
        .n_movements = line->label != NULL,
    };
    static const MgStepDetail details[] = {
        {"RETR", "retrieve: ask for the full text of one message"},
        {"1", "message number in this session (not a permanent name; see UIDL)"},
        {"+OK", "the server agrees; the text follows, ending with a dot alone on a line"},
    };
    static const char *const head[] = {"From: alice@example.org", "To: bob@example.org",
                                       "Subject: Lunch?", NULL};
    if (detail == MG_DETAIL_DEEP && (line->step == 6 || line->step == 12))
        step.head = head;
    if (detail == MG_DETAIL_DEEP && line->step == 12) {
        step.details = details;
        step.n_details = G_N_ELEMENTS(details);
        step.before = "Email server";
        step.mistake = "\"RETR moves the message.\" It copies. The server's copy is still there.";
    }
    sink->step(sink->user, &step);
}

static void journey_session(const MgStepSink *sink, guint number, const Line *lines, guint n,
                            MgDetailLevel detail)
{
    gboolean first = number == 1;
    MgStepSession session = {
        .session = number,
        .protocol = first ? MG_PROTOCOL_SMTP : MG_PROTOCOL_POP3,
        .client = {first ? "192.0.2.10" : "192.0.2.20", first ? 50312 : 50418,
                   first ? "Alice's device" : "Bob's device", MG_ROLE_DEVICE,
                   first ? "Alice's device" : "Bob's device"},
        .server = {"198.51.100.25", first ? 25 : 110, "mail.example.org", MG_ROLE_SERVER,
                   "mail.example.org"},
        .start = journey_stamp(number, first ? 1 : 20),
        .complete_start = TRUE,
    };
    sink->session(sink->user, &session);
    for (guint i = 0; i < n; i++)
        journey_step(sink, number, &lines[i], detail);
    session.end = journey_stamp(number, first ? 19 : 38);
    session.how_ended = MG_ENDED_CLOSED;
    session.ending = "closed by both sides; complete from its start";
    session.did = first ? "The server accepted one message for one recipient."
                        : "The client got a full copy of one message.";
    session.client_octets = first ? 310 : 44;
    session.server_octets = first ? 196 : 427;
    sink->session(sink->user, &session);
}

static void journey_message(const MgStepSink *sink)
{
    enum { SERVERS = 1, BOBS, ALICES };
    const MgEvidence seen = MG_EVIDENCE_SEEN;
    MgHistory history[] = {
        {3,
         journey_stamp(1, 8),
         {MG_LOCATION_DEVICE, 0},
         NULL,
         MG_EVIDENCE_IMPLIED,
         {{ALICES, 0, 0}},
         1},
        {6, journey_stamp(1, 14), {MG_LOCATION_SERVER, 0}, NULL, seen, {{SERVERS, 0, 0}}, 1},
        {12,
         journey_stamp(2, 31),
         {MG_LOCATION_BOTH, 0},
         NULL,
         seen,
         {{SERVERS, 0, 0}, {BOBS, 0, 0}},
         2},
        {13,
         journey_stamp(2, 33),
         {MG_LOCATION_BOTH, 0},
         (char *)"marked",
         seen,
         {{SERVERS, 1, 0}, {BOBS, 0, 0}},
         2},
        {14, journey_stamp(2, 35), {MG_LOCATION_DEVICE, 0}, NULL, seen, {{BOBS, 0, 0}}, 1},
    };
    g_autoptr(GPtrArray) entries = g_ptr_array_new();
    for (guint i = 0; i < G_N_ELEMENTS(history); i++)
        g_ptr_array_add(entries, &history[i]);
    MgCopy copies[] = {journey_copy(&pop3[6]), journey_copy(&pop3[4])};
    g_autoptr(GPtrArray) flags = g_ptr_array_new();
    g_ptr_array_add(flags, (gpointer) "\\Seen");
    copies[0].id = SERVERS;
    copies[1].id = BOBS;
    copies[0].uid = 7;
    copies[0].uidl = (char *)"whqtswO00WBw418f9t5JxYwZ";
    copies[0].flags = flags;
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    g_ptr_array_add(kept, &copies[0]);
    g_ptr_array_add(kept, &copies[1]);
    MgRecipient recipient = {.address = (char *)"bob@example.org",
                             .outcome = MG_OUTCOME_OK,
                             .at = journey_stamp(1, 14),
                             .step = 6,
                             .where = {MG_LOCATION_DEVICE, 0}};
    g_autoptr(GPtrArray) recipients = g_ptr_array_new();
    g_ptr_array_add(recipients, &recipient);
    char *to[] = {(char *)"bob@example.org", NULL};
    MgMessage message = {
        .number = 1,
        .identified_by = MG_IDENTIFIED_MESSAGE_ID,
        .message_id = (char *)"<a1@alice-pc.example.org>",
        .subject = (char *)"Lunch?",
        .from = (char *)"alice@example.org",
        .to = to,
        .size = 175,
        .copies = kept,
        .history = entries,
        .recipients = recipients,
        .where = {MG_LOCATION_DEVICE, 0},
    };
    mg_address_parse("198.51.100.25", &message.responsible);
    static const char *const remarks[] = {
        "What the author's program keeps for itself (a Sent copy) is not part of SMTP.", NULL};
    static const MgStepPlace places[] = {
        {"Alice's device", "written there and handed on", "step 6, frame 14, assumed", NULL},
        {"mail.example.org, queue 4F1A2", "passed on", "step 12, frame 31, implied", NULL},
        {"mail.example.org, mailbox of bob, folder INBOX", "gone from there", "step 14, frame 35",
         "its Message-ID"},
        {"Bob's device, account bob", "full copy", "step 12, frame 31", NULL},
    };
    static const MgStepTrace trail[] = {
        {3, MG_PROTOCOL_SMTP, 8, "C: MAIL FROM:<alice@example.org>", "S: 250 2.1.0 Ok",
         "User device (Alice's)", NULL},
        {6, MG_PROTOCOL_SMTP, 14, "C: (message text, 7 lines)", "S: 250 2.0.0 Ok: queued as 4F1A2",
         "Email server", NULL},
        {12, MG_PROTOCOL_POP3, 31, "C: RETR 1", "S: +OK 319 octets",
         "User device and server (Bob's device)", NULL},
        {13, MG_PROTOCOL_POP3, 33, "C: DELE 1", "S: +OK",
         "User device and server (server's copy marked for deletion)", NULL},
        {14, MG_PROTOCOL_POP3, 35, "C: QUIT", "S: +OK bye", "User device (Bob's)", NULL},
    };
    MgStepMessage record = {
        .message = &message,
        .location = "User device",
        .label = "User device (Bob's)",
        .path = "User device (Alice's) > Email server (step 6, frame 14) > User device and server "
                "(step 12, frame 31) > User device (Bob's) (step 14, frame 35)",
        .remarks = remarks,
        .subject = "Lunch?",
        .places = places,
        .n_places = G_N_ELEMENTS(places),
        .trail = trail,
        .n_trail = G_N_ELEMENTS(trail),
    };
    sink->message(sink->user, &record);
}

void scene_journey(const MgStepSink *sink, MgDetailLevel detail)
{
    static const char *const linktypes[] = {"EN10MB", NULL};
    MgStepCapture capture = {1, "/lab/journey.pcapng", NULL, linktypes, stamp(1, 0, 3)};
    sink->capture(sink->user, &capture);
    journey_session(sink, 1, smtp, G_N_ELEMENTS(smtp), detail);
    journey_session(sink, 2, pop3, G_N_ELEMENTS(pop3), detail);
    journey_message(sink);
    static const guint64 steps[] = {13, 14};
    MgStepInsight insight = {
        "insight.gone-pop3", "Why is message M1 gone from the server at the end?",
        "The client marked it with DELE, and QUIT carried the mark out.", steps, 2};
    if (sink->insight != NULL)
        sink->insight(sink->user, &insight);
    MgStepSummary summary = {.packets = 38, .sessions = 2, .steps = 14, .messages = 1};
    sink->summary(sink->user, &summary);
}

/* ---- The odd ones ---- */

#define HOSTILE "x\033[2J\033]0;title\a \xe2\x80\xae|`a``b`| =1+1 \xff\x9b <b>&amp;"

static void odd_session(const MgStepSink *sink, guint number, MgProtocol protocol, guint16 port)
{
    MgStepSession session = {
        .session = number,
        .protocol = protocol,
        .by_greeting = number == 2,
        .client = {number == 2 ? "2001:db8::20" : "192.0.2.10", 50000, NULL, MG_ROLE_UNKNOWN,
                   number == 2 ? "2001:db8::20" : "192.0.2.10"},
        .server = {number == 2 ? "2001:db8::25" : "198.51.100.25", port, NULL, MG_ROLE_SERVER,
                   number == 2 ? "2001:db8::25" : "198.51.100.25"},
        .start = stamp(number, number, 6),
        .complete_start = number != 1,
    };
    sink->session(sink->user, &session);
}

static void odd_end(const MgStepSink *sink, guint number, MgProtocol protocol, MgHowEnded how,
                    const char *ending)
{
    MgStepSession session = {
        .session = number,
        .protocol = protocol,
        .client = {"192.0.2.10", 50000, NULL, MG_ROLE_UNKNOWN, "192.0.2.10"},
        .server = {"198.51.100.25", 143, NULL, MG_ROLE_SERVER, "198.51.100.25"},
        .start = stamp(number, number, 6),
        .end = stamp(90, 9000, 6),
        .how_ended = how,
        .ending = ending,
        .missing_octets = number == 1 ? 4096 : 0,
        .encrypted_from_step = number == 2 ? 4 : 0,
    };
    sink->session(sink->user, &session);
}

/* 50 messages expunged: 50 untagged lines, of which 19 are kept, and the tagged one. */
static void odd_expunge(const MgStepSink *sink)
{
    static const char *const line[] = {"* 1 EXPUNGE"};
    static const char *const tagged[] = {"a7 OK EXPUNGE completed"};
    MgStepReply replies[20];
    for (guint i = 0; i < G_N_ELEMENTS(replies); i++) {
        gboolean last = i + 1 == G_N_ELEMENTS(replies);
        replies[i] = (MgStepReply){
            .code = last ? "OK" : "EXPUNGE",
            .lines = last ? tagged : line,
            .n_lines = 1,
            .shown_first = last ? tagged[0] : line[0],
            .gloss = last ? NULL : "Message 1 is removed; the others move up.",
            .outcome = last ? MG_OUTCOME_OK : MG_OUTCOME_INFO,
            .frames = frames(last ? 33 : 32, 1),
            .at = stamp(last ? 33 : 32, last ? 3300 : 3200, 6),
        };
    }
    MgStepMovement movements[51];
    for (guint i = 0; i < G_N_ELEMENTS(movements); i++)
        movements[i] = (MgStepMovement){
            .message = i < 50 ? i + 1 : 60,
            .event = MG_EVENT_REMOVED,
            .where = {i < 50 ? MG_LOCATION_DELETED : MG_LOCATION_DEVICE, MG_LOCATION_NONE},
            .location = i < 50 ? "Deleted" : "User device",
            .label = i < 50 ? "Deleted" : "User device (Bob's)",
            .changed = TRUE,
            .evidence = MG_EVIDENCE_SEEN,
        };
    MgStep step = {
        .step = 101,
        .session = 1,
        .protocol = MG_PROTOCOL_IMAP,
        .kind = MG_STEP_COMMAND,
        .actor = MG_ACTOR_CLIENT,
        .at = stamp(31, 3100, 6),
        .reply_at = stamp(33, 3300, 6),
        .frames = frames(31, 1),
        .reply_frames = frames(32, 2),
        .verb = "EXPUNGE",
        .line = "a7 EXPUNGE",
        .replies = replies,
        .n_replies = G_N_ELEMENTS(replies),
        .more_replies = 31,
        .outcome = MG_OUTCOME_OK,
        .gloss = "Asks the server to remove all marked messages.",
        .reply_gloss = "Server removed 50 messages.",
        .known = TRUE,
        .movements = movements,
        .n_movements = G_N_ELEMENTS(movements),
    };
    sink->step(sink->user, &step);
}

/* An unknown command with hostile text, never answered, over many frames. */
static void odd_hostile(const MgStepSink *sink)
{
    g_autofree char *longer = g_strnfill(400, 'A');
    g_autofree char *line = g_strconcat(HOSTILE, " ", longer, NULL);
    static const char *const head[] = {"Subject: " HOSTILE, NULL};
    MgStep step = {
        .step = 102,
        .session = 2,
        .protocol = MG_PROTOCOL_SMTP,
        .kind = MG_STEP_COMMAND,
        .actor = MG_ACTOR_CLIENT,
        .at = stamp(40, 4000, 6),
        .frames = frames(40, 40),
        .verb = "BDAT",
        .line = line,
        .head = head,
        .outcome = MG_OUTCOME_UNANSWERED,
        .gloss = "mailgloss does not know the command " HOSTILE ".",
        .reply_gloss = "No reply was seen.",
        .known = FALSE,
    };
    step.at.capture = 2;
    sink->step(sink->user, &step);
}

static void odd_lost(const MgStepSink *sink)
{
    MgStepMovement movements[] = {
        {.message = 60,
         .event = MG_EVENT_IN_DOUBT,
         .where = {MG_LOCATION_DEVICE, MG_LOCATION_SERVER},
         .location = "User device or Email server",
         .label = "User device or Email server",
         .changed = FALSE},
        {.message = 60,
         .event = MG_EVENT_IN_DOUBT,
         .recipient = HOSTILE,
         .where = {MG_LOCATION_DEVICE, MG_LOCATION_SERVER},
         .location = "User device or Email server",
         .label = "User device or Email server",
         .changed = TRUE},
    };
    MgStep step = {
        .step = 103,
        .session = 1,
        .protocol = MG_PROTOCOL_IMAP,
        .kind = MG_STEP_CONNECTION,
        .actor = MG_ACTOR_NONE,
        .at = stamp(85, 8500, 6),
        .frames = frames(85, 1),
        .outcome = MG_OUTCOME_INFO,
        .gloss = "The connection is lost.",
        .reply_gloss = "The server may or may not have the message.",
        .known = TRUE,
        .movements = movements,
        .n_movements = G_N_ELEMENTS(movements),
    };
    sink->step(sink->user, &step);
}

void scene_odd(const MgStepSink *sink)
{
    MgStepCapture first = {.capture = 1, .file = "a.pcap", .start = stamp(1, 0, 6)};
    MgStepCapture second = {.capture = 2, .interface = "eth0", .start = stamp(1, 4000, 6)};
    sink->capture(sink->user, &first);
    odd_session(sink, 1, MG_PROTOCOL_IMAP, 143);
    MgStepNote gap = {MG_NOTE_GAP, 1, stamp(21, 2100, 6), {19, 21}, "4096 bytes not captured"};
    sink->note(sink->user, &gap);
    odd_expunge(sink);
    sink->capture(sink->user, &second);
    odd_session(sink, 2, MG_PROTOCOL_SMTP, 65000);
    odd_hostile(sink);
    odd_session(sink, 3, MG_PROTOCOL_NONE, 4711);
    odd_end(sink, 3, MG_PROTOCOL_NONE, MG_ENDED_IDLE, "silent for two hours");
    odd_lost(sink);
    odd_end(sink, 2, MG_PROTOCOL_SMTP, MG_ENDED_RESET, "reset by the server");
    odd_end(sink, 1, MG_PROTOCOL_IMAP, MG_ENDED_CAPTURE_END, "still open when the capture ends");
    for (guint i = 0; i < 60; i++) {
        MgStepNote twice = {MG_NOTE_DUPLICATE,
                            0,
                            stamp(50 + i, 5000, 6),
                            {50 + i, 0},
                            "a packet was captured twice"};
        sink->note(sink->user, &twice);
    }
    char *to[] = {(char *)"a@example.org", (char *)HOSTILE,         (char *)"c@example.org",
                  (char *)"d@example.org", (char *)"e@example.org", NULL};
    MgMessage message = {.number = 60, .to = to, .from = (char *)HOSTILE};
    message.hops = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hop_free);
    g_ptr_array_add(message.hops,
                    mg_hop_new("from a (a [192.0.2.1]) by " HOSTILE " id 4F1A2; noon"));
    message.report = mg_report_new();
    message.report->envelope_id = g_strdup(HOSTILE);
    message.reports_on = 7;
    message.reported_by = MG_REPORTED_ENVELOPE_ID;
    MgReportRecipient *group = g_new0(MgReportRecipient, 1);
    group->recipient = g_strdup(HOSTILE);
    group->action = g_strdup("failed");
    group->status = g_strdup("5.1.1");
    g_ptr_array_add(message.report->recipients, group);
    MgRecipient recipient = {.address = (char *)"bob@example.org",
                             .outcome = MG_OUTCOME_DEFERRED,
                             .report = 61,
                             .report_action = (char *)"delayed"};
    message.recipients = g_ptr_array_new();
    g_ptr_array_add(message.recipients, &recipient);
    const MgStepPlace place = {HOSTILE, "maybe there", "step 103, frame 85", HOSTILE};
    const MgStepTrace trace = {103, MG_PROTOCOL_SMTP, 85, HOSTILE, HOSTILE, HOSTILE, NULL};
    MgStepMessage record = {
        .message = &message,
        .location = "User device or Email server",
        .label = "User device or Email server",
        .path = "User device > User device or Email server (step 103, frame 85)",
        .subject = HOSTILE,
        .places = &place,
        .n_places = 1,
        .trail = &trace,
        .n_trail = 1,
    };
    sink->message(sink->user, &record);
    g_ptr_array_unref(message.hops);
    mg_report_unref(message.report);
    g_ptr_array_unref(message.recipients);
    MgMessage same = {.number = 61, .merged_into = 60, .identified_by = MG_IDENTIFIED_QUEUE_ID};
    MgStepMessage merged = {.message = &same, .location = "User device"};
    sink->message(sink->user, &merged);
    MgMessage nameless = {.number = 7};
    MgStepMessage bare = {.message = &nameless, .location = "Deleted", .label = "Deleted"};
    sink->message(sink->user, &bare);
    MgStepSummary summary = {.packets = 90,
                             .sessions = 3,
                             .steps = 103,
                             .messages = 52,
                             .missing_octets = 4096,
                             .unknown_commands = 1,
                             .dropped = 2};
    sink->summary(sink->user, &summary);
}
