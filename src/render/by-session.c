#include "by-session.h"

#include <stdio.h>

#include "pack.h"

enum {
    /* What waits in memory, of all sessions, before it goes into a file. */
    IN_MEMORY = 8 * 1024 * 1024,
};

typedef struct {
    goffset at;
    gsize len;
} Piece;

typedef struct {
    guint number;
    gboolean ended;
    GByteArray *waiting; /* what is not in the file */
    GArray *pieces;      /* Piece, before `waiting` */
} Turn;

struct MgBySession {
    MgStepSink next;
    GQueue turns;      /* Turn*, in the order in which they began; the first is not held back */
    GHashTable *known; /* number → Turn* */
    gsize in_memory;
    FILE *file; /* NULL = none was needed, or could be had */
    goffset end;
};

static void turn_free(Turn *turn)
{
    g_byte_array_unref(turn->waiting);
    g_array_unref(turn->pieces);
    g_free(turn);
}

MgBySession *mg_by_session_new(const MgStepSink *next)
{
    MgBySession *order = g_new0(MgBySession, 1);
    order->next = *next;
    g_queue_init(&order->turns);
    order->known = g_hash_table_new(NULL, NULL);
    return order;
}

/* ---- What waits ---- */

/* A disk that is full keeps it in memory. */
static void write_out(MgBySession *order, Turn *turn)
{
    gsize len = turn->waiting->len;
    if (len == 0 || fseeko(order->file, order->end, SEEK_SET) != 0 ||
        fwrite(turn->waiting->data, 1, len, order->file) != len)
        return;
    Piece piece = {order->end, len};
    g_array_append_val(turn->pieces, piece);
    order->end += (goffset)len;
    order->in_memory -= len;
    g_byte_array_set_size(turn->waiting, 0);
}

static void make_room(MgBySession *order)
{
    if (order->file == NULL)
        order->file = tmpfile();
    for (GList *link = order->turns.head; order->file != NULL && link != NULL; link = link->next)
        write_out(order, link->data);
}

static void grown(MgBySession *order, gsize by)
{
    order->in_memory += by;
    if (order->in_memory > IN_MEMORY)
        make_room(order);
}

/* Everything of a session whose turn has come.  What cannot be read again is lost: records are
 * whole in their piece. */
static void give(MgBySession *order, Turn *turn)
{
    for (guint i = 0; i < turn->pieces->len; i++) {
        const Piece *piece = &g_array_index(turn->pieces, Piece, i);
        g_autofree guint8 *octets = g_malloc(piece->len);
        if (fseeko(order->file, piece->at, SEEK_SET) == 0 &&
            fread(octets, 1, piece->len, order->file) == piece->len)
            mg_pack_give(octets, piece->len, &order->next);
    }
    mg_pack_give(turn->waiting->data, turn->waiting->len, &order->next);
    order->in_memory -= turn->waiting->len;
    g_array_set_size(turn->pieces, 0);
    g_byte_array_set_size(turn->waiting, 0);
}

/* The first session is over, or all are: on to the next that is not. */
static void advance(MgBySession *order, gboolean all)
{
    Turn *turn;
    while ((turn = g_queue_peek_head(&order->turns)) != NULL && (turn->ended || all)) {
        g_queue_pop_head(&order->turns);
        g_hash_table_remove(order->known, GUINT_TO_POINTER(turn->number));
        turn_free(turn);
        turn = g_queue_peek_head(&order->turns);
        if (turn != NULL)
            give(order, turn);
        else
            order->end = 0;
    }
}

/* Where a record of this session is to wait; NULL = it passes. */
static Turn *must_wait(MgBySession *order, guint session)
{
    Turn *turn = g_hash_table_lookup(order->known, GUINT_TO_POINTER(session));
    return turn != g_queue_peek_head(&order->turns) ? turn : NULL;
}

/* ---- The sink ---- */

static void on_capture(gpointer user, const MgStepCapture *capture)
{
    MgBySession *order = user;
    order->next.capture(order->next.user, capture);
}

static void on_session(gpointer user, const MgStepSession *session)
{
    MgBySession *order = user;
    Turn *turn = g_hash_table_lookup(order->known, GUINT_TO_POINTER(session->session));
    if (turn == NULL && session->how_ended == MG_ENDED_OPEN) {
        turn = g_new0(Turn, 1);
        turn->number = session->session;
        turn->waiting = g_byte_array_new();
        turn->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
        g_queue_push_tail(&order->turns, turn);
        g_hash_table_insert(order->known, GUINT_TO_POINTER(turn->number), turn);
    }
    Turn *waits = must_wait(order, session->session);
    if (waits != NULL) {
        guint before = waits->waiting->len;
        mg_pack_session(waits->waiting, session);
        grown(order, waits->waiting->len - before);
    } else {
        order->next.session(order->next.user, session);
    }
    if (turn != NULL && session->how_ended != MG_ENDED_OPEN) {
        turn->ended = TRUE;
        advance(order, FALSE);
    }
}

static void on_step(gpointer user, const MgStep *step)
{
    MgBySession *order = user;
    Turn *waits = must_wait(order, step->session);
    if (waits == NULL) {
        order->next.step(order->next.user, step);
        return;
    }
    guint before = waits->waiting->len;
    mg_pack_step(waits->waiting, step);
    grown(order, waits->waiting->len - before);
}

static void on_note(gpointer user, const MgStepNote *note)
{
    MgBySession *order = user;
    Turn *waits = note->session > 0 ? must_wait(order, note->session) : NULL;
    if (waits == NULL) {
        order->next.note(order->next.user, note);
        return;
    }
    guint before = waits->waiting->len;
    mg_pack_note(waits->waiting, note);
    grown(order, waits->waiting->len - before);
}

static void on_message(gpointer user, const MgStepMessage *message)
{
    MgBySession *order = user;
    order->next.message(order->next.user, message);
}

static void on_insight(gpointer user, const MgStepInsight *insight)
{
    MgBySession *order = user;
    if (order->next.insight != NULL)
        order->next.insight(order->next.user, insight);
}

static void on_summary(gpointer user, const MgStepSummary *summary)
{
    MgBySession *order = user;
    advance(order, TRUE);
    order->next.summary(order->next.user, summary);
}

void mg_by_session_sink(MgBySession *order, MgStepSink *ret_sink)
{
    *ret_sink = (MgStepSink){
        .capture = on_capture,
        .session = on_session,
        .step = on_step,
        .note = on_note,
        .message = on_message,
        .insight = on_insight,
        .summary = on_summary,
        .user = order,
    };
}

void mg_by_session_free(MgBySession *order)
{
    if (order == NULL)
        return;
    advance(order, TRUE);
    if (order->file != NULL)
        fclose(order->file);
    g_hash_table_unref(order->known);
    g_free(order);
}
