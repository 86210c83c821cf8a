/* The ladder's bookkeeping: lanes, rows, and which lane has which message.  The drawing is in
 * ladder-draw.c. */
#include "ladder.h"

#include <string.h>

#include "escape.h"
#include "ladder-draw.h"
#include "words.h"

struct MgLadder {
    const MgRenderOptions *options;
    gboolean full;
    guint rows;
    MgLadderPaint paint;
    gpointer user;
    guint pictures;
    GHashTable *sessions; /* number → LadderSession*, while open */
    MgDrawing drawing;    /* the picture being gathered */
    GPtrArray *holds;     /* MgDrawHold*, one for each message and lane; those that stay over
                           * pictures have row 0 */
    guint messages[MG_LADDER_MESSAGES]; /* the numbers that have a line */
    guint n_messages;
};

typedef struct {
    guint number;
    MgProtocol protocol;
    char *client, *server; /* keys of their lanes */
    char *client_name, *server_name;
    gboolean client_is_server;
} LadderSession;

static void session_free(gpointer data)
{
    LadderSession *session = data;
    g_free(session->client);
    g_free(session->server);
    g_free(session->client_name);
    g_free(session->server_name);
    g_free(session);
}

MgLadder *mg_ladder_new(const MgRenderOptions *options, gboolean full, guint rows,
                        MgLadderPaint paint, gpointer user)
{
    MgLadder *ladder = g_new0(MgLadder, 1);
    ladder->options = options;
    ladder->full = full;
    ladder->rows = rows;
    ladder->paint = paint;
    ladder->user = user;
    ladder->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    ladder->holds = g_ptr_array_new_with_free_func(mg_draw_hold_free);
    mg_drawing_init(&ladder->drawing, options);
    return ladder;
}

/* One machine may be a server for one connection and a device for another. */
static char *lane_key(gboolean server, const char *ip)
{
    return g_strconcat(server ? "s " : "c ", ip, NULL);
}

void mg_ladder_session(MgLadder *ladder, const MgStepSession *session)
{
    gpointer number = GUINT_TO_POINTER(session->session);
    if (session->how_ended != MG_ENDED_OPEN) {
        g_hash_table_remove(ladder->sessions, number);
        return;
    }
    LadderSession *kept = g_new0(LadderSession, 1);
    kept->number = session->session;
    kept->protocol = session->protocol;
    kept->client_is_server = session->client.role == MG_ROLE_SERVER;
    kept->client = lane_key(kept->client_is_server, session->client.ip);
    kept->server = lane_key(TRUE, session->server.ip);
    kept->client_name = g_strdup(session->client.shown);
    kept->server_name = g_strdup(session->server.shown);
    g_hash_table_replace(ladder->sessions, number, kept);
}

static void paint(MgLadder *ladder)
{
    if (ladder->drawing.rows->len == 0)
        return;
    ladder->pictures++;
    MgLadderPicture picture = {.number = ladder->pictures};
    g_autoptr(GString) description = g_string_new(NULL);
    g_autoptr(GString) svg = g_string_new(NULL);
    mg_draw(&ladder->drawing, ladder->holds, svg, description, &picture.width, &picture.height);
    picture.svg = svg->str;
    picture.description = description->str;
    ladder->paint(ladder->user, &picture);
    mg_drawing_clear(&ladder->drawing);
    mg_drawing_init(&ladder->drawing, ladder->options);
    for (guint i = ladder->holds->len; i-- > 0;) {
        MgDrawHold *hold = ladder->holds->pdata[i];
        if (hold->ended)
            g_ptr_array_remove_index_fast(ladder->holds, i);
        else
            hold->from = 0;
    }
}

static guint add_lane(MgLadder *ladder, const char *key, const char *name)
{
    return mg_drawing_lane(&ladder->drawing, key, name, key[0] == 's');
}

/* Make room for `rows` more with this session's lanes: else a new picture begins. */
static void make_room(MgLadder *ladder, const LadderSession *session, guint rows)
{
    const MgDrawing *drawing = &ladder->drawing;
    guint wanted = (mg_drawing_find(drawing, session->client) < 0) +
                   (mg_drawing_find(drawing, session->server) < 0 &&
                    strcmp(session->server, session->client) != 0);
    if (drawing->lanes->len + wanted > MG_LADDER_LANES ||
        (drawing->rows->len > 0 && drawing->rows->len + rows > ladder->rows))
        paint(ladder);
}

static void head_row(MgLadder *ladder, const LadderSession *session)
{
    if (ladder->drawing.session == session->number)
        return;
    ladder->drawing.session = session->number;
    g_autofree char *number = g_strdup_printf("%u", session->number);
    g_autofree char *words = mg_words(ladder->options->glossary, "session", "number", number, NULL);
    g_autofree char *text = g_strdup_printf("%s: %s", words, mg_protocol_name(session->protocol));
    MgDrawRow *row = mg_drawing_row(&ladder->drawing, MG_DRAW_HEADING);
    row->text = g_steal_pointer(&text);
    row->from = add_lane(ladder, session->client, session->client_name);
    row->to = add_lane(ladder, session->server, session->server_name);
}

static void arrow(MgLadder *ladder, const LadderSession *session, guint64 step, gboolean reply,
                  const char *text)
{
    MgDrawRow *row = mg_drawing_row(&ladder->drawing, reply ? MG_DRAW_REPLY : MG_DRAW_LINE);
    guint client = add_lane(ladder, session->client, session->client_name);
    guint server = add_lane(ladder, session->server, session->server_name);
    row->from = reply ? server : client;
    row->to = reply ? client : server;
    row->step = step;
    row->text = g_strdup(text);
}

/* ---- Which lane has which message ---- */

static int message_column(MgLadder *ladder, guint message)
{
    for (guint i = 0; i < ladder->n_messages; i++)
        if (ladder->messages[i] == message)
            return (int)i;
    if (ladder->n_messages == MG_LADDER_MESSAGES)
        return -1;
    ladder->messages[ladder->n_messages] = message;
    return (int)ladder->n_messages++;
}

static void hold_ends(const MgLadder *ladder, MgDrawHold *hold)
{
    hold->ended = TRUE;
    hold->to = ladder->drawing.rows->len;
}

static void release(const MgLadder *ladder, int column, const char *lane, char role)
{
    for (guint i = 0; i < ladder->holds->len; i++) {
        MgDrawHold *hold = ladder->holds->pdata[i];
        if (!hold->ended && hold->column == column && (lane == NULL || !strcmp(hold->lane, lane)) &&
            (role == 0 || hold->lane[0] == role))
            hold_ends(ladder, hold);
    }
}

static const MgDrawHold *beside(const MgLadder *ladder, const MgDrawHold *hold, int column)
{
    for (guint i = 0; i < ladder->holds->len; i++) {
        const MgDrawHold *other = ladder->holds->pdata[i];
        if (other->column == column && strcmp(other->lane, hold->lane) == 0 &&
            (!other->ended || other->to > hold->from))
            return other;
    }
    return NULL;
}

/* What this session was to hand on is handed on.  Where it had another number until now the two
 * are one message: one line for it, not two. */
static void release_composed(const MgLadder *ladder, guint session, int column, guint message)
{
    for (guint i = ladder->holds->len; i-- > 0;) {
        MgDrawHold *hold = ladder->holds->pdata[i];
        if (hold->ended || hold->composed_in != session)
            continue;
        hold_ends(ladder, hold);
        if (hold->message == message)
            continue;
        if (beside(ladder, hold, column) != NULL) {
            g_ptr_array_remove_index_fast(ladder->holds, i);
        } else {
            hold->column = column;
            hold->message = message;
        }
    }
}

static void keep(MgLadder *ladder, int column, guint message, const char *lane, gboolean marked,
                 guint composed_in)
{
    for (guint i = 0; i < ladder->holds->len; i++) {
        const MgDrawHold *hold = ladder->holds->pdata[i];
        if (!hold->ended && hold->column == column && strcmp(hold->lane, lane) == 0 &&
            hold->marked == marked)
            return;
    }
    release(ladder, column, lane, 0);
    MgDrawHold *hold = g_new0(MgDrawHold, 1);
    hold->column = column;
    hold->message = message;
    hold->lane = g_strdup(lane);
    hold->marked = marked;
    hold->composed_in = composed_in;
    hold->from = ladder->drawing.rows->len;
    g_ptr_array_add(ladder->holds, hold);
}

static gboolean may_be(MgWhere where, MgLocation a, MgLocation b)
{
    return where.is == a || where.is == b || where.other == a || where.other == b;
}

static void move(MgLadder *ladder, const LadderSession *session, const MgStepMovement *movement)
{
    int column = message_column(ladder, movement->message);
    if (column < 0)
        return;
    const MgCopy *copy = movement->copy;
    if (copy != NULL && copy->contents == MG_CONTENTS_FULL) {
        gboolean server = copy->place != MG_PLACE_DEVICE;
        g_autofree char *ip = copy->host.family != 0 ? mg_address_string(&copy->host) : NULL;
        g_autofree char *named = ip != NULL ? lane_key(server, ip) : NULL;
        const char *lane = named != NULL && mg_drawing_find(&ladder->drawing, named) >= 0 ? named
                           : server ? session->server
                                    : session->client;
        if (copy->state == MG_COPY_REMOVED)
            release(ladder, column, lane, 0);
        else
            keep(ladder, column, movement->message, lane, copy->state == MG_COPY_MARKED,
                 movement->event == MG_EVENT_COMPOSED ? session->number : 0);
        /* a relay's queue lets it go; what a device downloaded before stays there */
        if (movement->event == MG_EVENT_ACCEPTED && strcmp(session->client, lane) != 0)
            release(ladder, column, session->client, 's');
        if (movement->event == MG_EVENT_ACCEPTED)
            release_composed(ladder, session->number, column, movement->message);
    }
    /* the words of the table decide */
    if (!may_be(movement->where, MG_LOCATION_DEVICE, MG_LOCATION_BOTH))
        release(ladder, column, NULL, 'c');
    if (!may_be(movement->where, MG_LOCATION_SERVER, MG_LOCATION_BOTH))
        release(ladder, column, NULL, 's');
}

static gboolean moves(const MgStep *step)
{
    for (guint i = 0; i < step->n_movements; i++)
        if (step->movements[i].changed || step->movements[i].event == MG_EVENT_ACCEPTED)
            return TRUE;
    return FALSE;
}

/* Where the messages are now, under the row that made it so. */
static void label_row(MgLadder *ladder, const LadderSession *session, const MgStep *step)
{
    g_autoptr(GPtrArray) places = mg_words_places(ladder->options, step, TRUE, MG_PLACE_BARE);
    for (guint i = 0; i < MIN(places->len, 2); i++) {
        const MgPlaceWords *place = places->pdata[i];
        g_autoptr(GString) text = g_string_new(NULL);
        for (guint k = 0; k < MIN(place->messages->len, 3); k++)
            g_string_append_printf(text, "%sM%u", k > 0 ? ", " : "",
                                   g_array_index(place->messages, guint, k));
        if (place->messages->len > 3) {
            g_autofree char *more =
                mg_words_count(ladder->options->glossary, "and-more", place->messages->len - 3);
            g_string_append_printf(text, " %s", more);
        }
        g_string_append_printf(text, ": %s", place->location);
        MgDrawRow *row = mg_drawing_row(&ladder->drawing, MG_DRAW_PLACE);
        row->from = add_lane(ladder, session->client, session->client_name);
        row->to = add_lane(ladder, session->server, session->server_name);
        row->step = step->step;
        row->text = g_string_free(g_steal_pointer(&text), FALSE);
    }
}

static void all_replies(MgLadder *ladder, const LadderSession *session, const MgStep *step)
{
    guint n = MIN(step->n_replies, MG_LIMIT_REPLY_LINES);
    for (guint i = 0; i < n; i++) {
        const MgStepReply *reply = &step->replies[i + 1 == n ? step->n_replies - 1 : i];
        g_autofree char *first = mg_words_reply_line(step, reply, 0);
        guint64 more = MAX(reply->n_lines, 1) - 1 + (guint64)reply->more_lines;
        g_autofree char *rest =
            more > 0 ? mg_words_count(ladder->options->glossary, "more-lines", more) : NULL;
        g_autofree char *text = g_strconcat(first, rest != NULL ? " " : NULL, rest, NULL);
        arrow(ladder, session, step->step, !mg_words_turned(step), text);
    }
}

void mg_ladder_step(MgLadder *ladder, const MgStep *step)
{
    const LadderSession *session =
        g_hash_table_lookup(ladder->sessions, GUINT_TO_POINTER(step->session));
    if (session == NULL || (!ladder->full && !moves(step)))
        return;
    make_room(ladder, session, ladder->full ? step->n_replies + 4 : 5);
    head_row(ladder, session);
    /* what the author has is there before the step that tells so */
    for (guint i = 0; i < step->n_movements; i++)
        if (step->movements[i].event == MG_EVENT_COMPOSED)
            move(ladder, session, &step->movements[i]);
    if (mg_words_said(step)) {
        arrow(ladder, session, step->step, mg_words_turned(step), step->line);
    } else if (step->line != NULL) {
        MgDrawRow *row = mg_drawing_row(&ladder->drawing, MG_DRAW_WORDS);
        row->from = add_lane(ladder, session->client, session->client_name);
        row->to = add_lane(ladder, session->server, session->server_name);
        row->step = step->step;
        row->text = g_strdup(step->line);
    }
    if (ladder->full) {
        all_replies(ladder, session, step);
    } else if (step->n_replies > 0) {
        g_autofree char *result = mg_words_result(ladder->options, step);
        arrow(ladder, session, step->step, !mg_words_turned(step), result);
    }
    for (guint i = 0; i < step->n_movements; i++)
        if (step->movements[i].event != MG_EVENT_COMPOSED && !step->movements[i].learned)
            move(ladder, session, &step->movements[i]);
    if (moves(step))
        label_row(ladder, session, step);
}

void mg_ladder_note(MgLadder *ladder, const MgStepNote *note)
{
    const LadderSession *session =
        g_hash_table_lookup(ladder->sessions, GUINT_TO_POINTER(note->session));
    if (!ladder->full || note->kind != MG_NOTE_GAP || session == NULL)
        return;
    make_room(ladder, session, 2);
    head_row(ladder, session);
    MgDrawRow *row = mg_drawing_row(&ladder->drawing, MG_DRAW_WORDS);
    row->from = add_lane(ladder, session->client, session->client_name);
    row->to = add_lane(ladder, session->server, session->server_name);
    row->text = mg_words_hole(ladder->options, note);
}

void mg_ladder_end(MgLadder *ladder)
{
    paint(ladder);
    mg_drawing_clear(&ladder->drawing);
    g_hash_table_unref(ladder->sessions);
    g_ptr_array_unref(ladder->holds);
    g_free(ladder);
}
