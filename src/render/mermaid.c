/* The Mermaid format: the ladder as a sequence diagram that GitHub, GitLab and others draw.
 *
 * Readers draw at most 50 000 characters.  While every line fits, every line is there; a longer
 * capture has the steps that move a message, and after the limit a note says how many more
 * steps there are. */
#include "formats.h"

#include <string.h>

#include "escape.h"
#include "output.h"
#include "words.h"

enum {
    /* maxTextSize of Mermaid is 50 000, with room for what stands before the arrows. */
    ROOM = 44000,
    /* Participants: more lanes cannot be read. */
    LANES = 12,
    /* Characters of a line that are drawn. */
    SHOWN = 90,
    PLACES_TOLD = 8,
};

typedef struct {
    guint client, server; /* lanes */
    MgProtocol protocol;
} MermaidSession;

typedef struct {
    GString *text;
    guint64 left_out; /* steps that had no room */
    guint session;
} Sheet;

typedef struct {
    MgRenderOptions options;
    MgWriter out;
    GPtrArray *captures;  /* char* */
    GPtrArray *lane_keys; /* char* */
    GString *lanes;       /* participants */
    GHashTable *sessions; /* number → MermaidSession*, while open */
    Sheet full, moving;
    GString *places; /* for those who do not see the picture */
    guint places_told;
} Mermaid;

static gpointer mermaid_begin(const MgRenderOptions *options, const MgOutput *output)
{
    Mermaid *mermaid = g_new0(Mermaid, 1);
    mermaid->options = *options;
    mg_writer_init(&mermaid->out, &mermaid->options, output);
    mermaid->captures = g_ptr_array_new_with_free_func(g_free);
    mermaid->lane_keys = g_ptr_array_new_with_free_func(g_free);
    mermaid->lanes = g_string_new(NULL);
    mermaid->sessions = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    mermaid->full.text = g_string_new(NULL);
    mermaid->moving.text = g_string_new(NULL);
    mermaid->places = g_string_new(NULL);
    return mermaid;
}

static void mermaid_capture(gpointer self, const MgStepCapture *capture)
{
    Mermaid *mermaid = self;
    g_ptr_array_add(mermaid->captures, mg_words_capture(&mermaid->options, capture));
}

/* The lane of a party: its number, or LANES where there is no room. */
static guint lane(Mermaid *mermaid, const MgStepParty *party, gboolean server)
{
    g_autofree char *key = g_strconcat(server ? "s " : "c ", party->ip, NULL);
    guint number;
    if (g_ptr_array_find_with_equal_func(mermaid->lane_keys, key, g_str_equal, &number))
        return number;
    number = mermaid->lane_keys->len;
    if (number == LANES)
        return LANES;
    g_ptr_array_add(mermaid->lane_keys, g_steal_pointer(&key));
    g_string_append_printf(mermaid->lanes, "  participant P%u as ", number + 1);
    mg_words_cut(mermaid->lanes, &mermaid->options, party->shown, 40, mg_escape_mermaid);
    g_string_append(mermaid->lanes, " (");
    mg_escape_mermaid(
        mermaid->lanes,
        mg_glossary_label(mermaid->options.glossary, server ? "role-server" : "role-device"), -1);
    g_string_append(mermaid->lanes, ")\n");
    return number;
}

static void mermaid_session(gpointer self, const MgStepSession *session)
{
    Mermaid *mermaid = self;
    gpointer number = GUINT_TO_POINTER(session->session);
    if (session->how_ended != MG_ENDED_OPEN) {
        g_hash_table_remove(mermaid->sessions, number);
        return;
    }
    MermaidSession *kept = g_new0(MermaidSession, 1);
    kept->client = lane(mermaid, &session->client, session->client.role == MG_ROLE_SERVER);
    kept->server = lane(mermaid, &session->server, TRUE);
    kept->protocol = session->protocol;
    g_hash_table_replace(mermaid->sessions, number, kept);
}

static void append_arrow(const Mermaid *mermaid, GString *out, const MermaidSession *session,
                         const MgStep *step, gboolean reply, const char *text)
{
    const gboolean from_server = reply != mg_words_turned(step);
    g_string_append_printf(out, "  P%u%sP%u: [%" G_GUINT64_FORMAT "] ",
                           (from_server ? session->server : session->client) + 1,
                           reply ? "-->>" : "->>",
                           (from_server ? session->client : session->server) + 1, step->step);
    mg_words_cut(out, &mermaid->options, text, SHOWN, mg_escape_mermaid);
    g_string_append_c(out, '\n');
}

static void append_note(const Mermaid *mermaid, GString *out, const MermaidSession *session,
                        const char *text)
{
    guint a = MIN(session->client, session->server) + 1;
    guint b = MAX(session->client, session->server) + 1;
    if (a == b)
        g_string_append_printf(out, "  Note over P%u: ", a);
    else
        g_string_append_printf(out, "  Note over P%u,P%u: ", a, b);
    mg_words_cut(out, &mermaid->options, text, SHOWN, mg_escape_mermaid);
    g_string_append_c(out, '\n');
}

static void append_places(Mermaid *mermaid, GString *out, const MermaidSession *session,
                          const MgStep *step)
{
    g_autoptr(GPtrArray) lines = mg_words_place_lines(&mermaid->options, step, TRUE);
    for (guint i = 0; i < lines->len; i++)
        append_note(mermaid, out, session, lines->pdata[i]);
}

/* The same for those who do not see it; once for each step. */
static void tell_places(Mermaid *mermaid, const MgStep *step)
{
    g_autoptr(GPtrArray) lines = mg_words_place_lines(&mermaid->options, step, TRUE);
    if (lines->len == 0 || mermaid->places_told == PLACES_TOLD)
        return;
    mermaid->places_told++;
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, step->step);
    g_autofree char *words = mg_words(mermaid->options.glossary, "ladder-place", "step", number,
                                      "place", lines->pdata[0], NULL);
    g_string_append_c(mermaid->places, ' ');
    mg_escape_mermaid(mermaid->places, words, -1);
}

static void append_step(Mermaid *mermaid, Sheet *sheet, const MermaidSession *session,
                        const MgStep *step)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (sheet->left_out > 0) {
        sheet->left_out++;
        return;
    }
    if (sheet->session != step->session) {
        g_autofree char *number = g_strdup_printf("%u", step->session);
        g_autofree char *words =
            mg_words(mermaid->options.glossary, "session", "number", number, NULL);
        g_autofree char *text = g_strdup_printf("%s: %s", words, mg_protocol_name(step->protocol));
        append_note(mermaid, out, session, text);
    }
    if (mg_words_said(step))
        append_arrow(mermaid, out, session, step, FALSE, step->line);
    else if (step->line != NULL)
        append_note(mermaid, out, session, step->line);
    g_autofree char *result = mg_words_result(&mermaid->options, step);
    if (result != NULL)
        append_arrow(mermaid, out, session, step, TRUE, result);
    append_places(mermaid, out, session, step);
    if (sheet->text->len + out->len > ROOM) {
        sheet->left_out++;
        return;
    }
    sheet->session = step->session;
    g_string_append_len(sheet->text, out->str, (gssize)out->len);
}

static gboolean moves(const MgStep *step)
{
    for (guint i = 0; i < step->n_movements; i++)
        if (step->movements[i].changed)
            return TRUE;
    return FALSE;
}

static void mermaid_step(gpointer self, const MgStep *step)
{
    Mermaid *mermaid = self;
    const MermaidSession *session =
        g_hash_table_lookup(mermaid->sessions, GUINT_TO_POINTER(step->session));
    if (session == NULL)
        return;
    if (session->client == LANES || session->server == LANES) {
        mermaid->full.left_out++;
        mermaid->moving.left_out++;
        return;
    }
    append_step(mermaid, &mermaid->full, session, step);
    if (!moves(step))
        return;
    append_step(mermaid, &mermaid->moving, session, step);
    tell_places(mermaid, step);
}

static void mermaid_note(gpointer self, const MgStepNote *note)
{
    Mermaid *mermaid = self;
    const MermaidSession *session =
        g_hash_table_lookup(mermaid->sessions, GUINT_TO_POINTER(note->session));
    if (note->kind != MG_NOTE_GAP || session == NULL || session->client == LANES ||
        session->server == LANES || mermaid->full.text->len > ROOM - 1000)
        return;
    g_autofree char *hole = mg_words_hole(&mermaid->options, note);
    append_note(mermaid, mermaid->full.text, session, hole);
}

static void mermaid_message(gpointer self, const MgStepMessage *record)
{
}

static void mermaid_summary(gpointer self, const MgStepSummary *summary)
{
}

static void mermaid_end(gpointer self)
{
    Mermaid *mermaid = self;
    GString *out = mermaid->out.text;
    gboolean all = mermaid->full.left_out == 0 && !mermaid->options.where_only;
    const Sheet *sheet = all ? &mermaid->full : &mermaid->moving;
    g_autofree char *title = mg_words_title(&mermaid->options, mermaid->captures);
    g_string_append(out, "sequenceDiagram\n  accTitle: ");
    mg_words_cut(out, &mermaid->options, title, 200, mg_escape_mermaid);
    g_string_append(out, "\n  accDescr: ");
    mg_escape_mermaid(
        out, mg_glossary_label(mermaid->options.glossary, all ? "mermaid-all" : "mermaid-moving"),
        -1);
    g_string_append_printf(out, "%s\n%s%s", mermaid->places->str, mermaid->lanes->str,
                           sheet->text->str);
    if (mermaid->lane_keys->len == 0)
        g_string_append(out, "  participant P1 as mailgloss\n");
    if (sheet->left_out > 0 || mermaid->lane_keys->len == 0) {
        g_autofree char *more =
            mermaid->lane_keys->len == 0
                ? g_strdup(mg_glossary_label(mermaid->options.glossary, "no-mail"))
                : mg_words_count(mermaid->options.glossary, "steps-not-drawn", sheet->left_out);
        g_string_append(out, "  Note over P1: ");
        mg_escape_mermaid(out, more, -1);
        g_string_append_c(out, '\n');
    }
    mg_writer_clear(&mermaid->out);
    g_ptr_array_unref(mermaid->captures);
    g_ptr_array_unref(mermaid->lane_keys);
    g_string_free(mermaid->lanes, TRUE);
    g_hash_table_unref(mermaid->sessions);
    g_string_free(mermaid->full.text, TRUE);
    g_string_free(mermaid->moving.text, TRUE);
    g_string_free(mermaid->places, TRUE);
    g_free(mermaid);
}

const MgRenderFormat mg_format_mermaid = {
    .name = "mermaid",
    .endings = ".mmd .mermaid",
    .begin = mermaid_begin,
    .capture = mermaid_capture,
    .session = mermaid_session,
    .step = mermaid_step,
    .note = mermaid_note,
    .message = mermaid_message,
    .summary = mermaid_summary,
    .end = mermaid_end,
};
