/* A small double of the glossary: the labels that the renderers ask for. */
#include "mg-step.h"

#include <string.h>

static const struct {
    const char *name, *text;
} labels[] = {
    {"number", "#"},
    {"frame", "frame"},
    {"frames", "frames"},
    {"time", "time"},
    {"command-and-reply", "command and reply"},
    {"what-it-does", "what it does"},
    {"capture", "Capture {name}"},
    {"capture-number", "Capture {number}: {name}"},
    {"capture-live", "live from {name}"},
    {"session", "Session {number}"},
    {"session-goes-on", "Session {number} goes on"},
    {"session-ended", "Session {number}: {text}"},
    {"start-not-captured", "start not captured"},
    {"recognised-by-greeting", "recognised by its greeting, not by port {port}"},
    {"more-lines", "(+{count} lines)"},
    {"more-lines-one", "(+1 line)"},
    {"after-lines", "(after {count} lines)"},
    {"after-lines-one", "(after 1 line)"},
    {"more-characters", "(+{count} characters)"},
    {"more-characters-one", "(+1 character)"},
    {"count-frames", "{count} frames"},
    {"count-frames-one", "1 frame"},
    {"no-reply", "(no reply seen)"},
    {"connection", "(connection)"},
    {"empty-line", "(empty line)"},
    {"and-more-messages", "and {count} more messages: {location}"},
    {"and-more-elsewhere", "and {count} more messages; see the table at the end"},
    {"and-more-elsewhere-one", "and 1 more message; see the table at the end"},
    {"and-more", "and {count} more"},
    {"and-more-one", "and 1 more"},
    {"messages", "Messages"},
    {"no-messages", "No message was seen."},
    {"from-to", "from {from} to {to}"},
    {"from", "from {from}"},
    {"to", "to {to}"},
    {"now", "now: {location}"},
    {"identified-queue-id", "the server's queue id"},
    {"merged", "the same message as {message}"},
    {"merged-by", "the same message as {message} (recognised by: {how})"},
    {"missing-or-odd", "Missing or odd"},
    {"nothing-odd", "Nothing is missing, nothing odd."},
    {"note-capture", "capture {capture}"},
    {"note-session", "session {session}"},
    {"note-frame", "frame {first}"},
    {"note-frame-last", "frame {last}"},
    {"note-frames", "frames {first} to {last}"},
    {"note-between-frames", "between frames {first} and {last}"},
    {"note-after-frame", "after frame {first}"},
    {"note-before-frame", "before frame {last}"},
    {"more-notes", "and {count} more notes of this kind"},
    {"more-notes-one", "and 1 more note of this kind"},
    {"missing-octets", "{count} bytes are missing in all."},
    {"missing-octets-one", "1 byte is missing in all."},
    {"unknown-commands", "mailgloss has no explanation for {count} of the commands."},
    {"unknown-commands-one", "mailgloss has no explanation for 1 of the commands."},
    {"dropped-packets", "The system lost {count} packets before they could be read."},
    {"dropped-packets-one", "The system lost 1 packet before it could be read."},
    {"before", "Before: {location}"},
    {"after", "After: {location}"},
    {"common-mistake", "Common mistake: {text}"},
    {"source", "Source: {reference}"},
    {"seen-in-frame", "Seen in: step {step}, frame {frames}"},
    {"seen-in-frames", "Seen in: step {step}, frames {frames}"},
    {"title", "Mail in {name}"},
    {"participants", "Participants"},
    {"name", "Name"},
    {"role", "Role"},
    {"address", "Address"},
    {"port", "Port"},
    {"role-device", "device"},
    {"role-server", "server"},
    {"role-unknown", "not known"},
    {"several", "several"},
    {"step", "Step"},
    {"column-frames", "Frames"},
    {"action", "Action"},
    {"protocol", "Protocol"},
    {"result", "Result"},
    {"email-location", "Email location"},
    {"client", "Client:"},
    {"server", "Server:"},
    {"message", "Message"},
    {"subject", "Subject"},
    {"from-column", "From"},
    {"to-column", "To"},
    {"where-is-message", "Where is {message}?"},
    {"variable", "Variable"},
    {"start", "Start"},
    {"tracker-marked", "(marked for deletion)"},
    {"place-line", "{place}: {state} ({proof})"},
    {"place-line-how", "{place}: {state} ({proof}); recognised by {how}"},
    {"steps-of-message", "The steps that moved {message}"},
    {"after-step", "After step {step}"},
    {"final-step", "Final ({step})"},
    {"frame-row", "Frame"},
    {"subject-not-seen", "(subject not seen)"},
    {"key-insights", "Key insights"},
    {"insight-step", "see step {steps}"},
    {"insight-steps", "see steps {steps}"},
    {"and", "and"},
    {"note-frame-list", "frames {frames}"},
};

const char *mg_glossary_label(const MgGlossary *glossary, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(labels); i++)
        if (strcmp(labels[i].name, name) == 0)
            return labels[i].text;
    return name;
}

const char *mg_glossary_location(const MgGlossary *glossary, MgLocation location)
{
    return mg_location_word(location);
}

char *mg_glossary_where(const MgGlossary *glossary, MgWhere where)
{
    return mg_where_words(where);
}

const char *mg_glossary_get(const MgGlossary *glossary, const char *group, const char *key)
{
    return NULL;
}
