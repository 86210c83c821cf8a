#include "pack.h"

#include <string.h>

typedef enum { RECORD_SESSION, RECORD_STEP, RECORD_NOTE } Record;

/* One description of the fields serves both ways: `in` is set when giving. */
typedef struct {
    GByteArray *out;
    const guint8 *in;
    GPtrArray *made; /* what was made for the record that is given */
} Pack;

static void plain(Pack *pack, gpointer value, gsize size)
{
    if (pack->in == NULL) {
        g_byte_array_append(pack->out, value, (guint)size);
    } else {
        memcpy(value, pack->in, size);
        pack->in += size;
    }
}

/* A string, or NULL; given as it lies in the octets. */
static void text(Pack *pack, const char **value)
{
    guint32 size = pack->in == NULL && *value != NULL ? (guint32)strlen(*value) + 1 : 0;
    plain(pack, &size, sizeof size);
    if (pack->in == NULL) {
        g_byte_array_append(pack->out, (const guint8 *)*value, size);
    } else {
        *value = size > 0 ? (const char *)pack->in : NULL;
        pack->in += size;
    }
}

/* An array of `n` plain structs; what they point to follows. */
static gpointer array(Pack *pack, gconstpointer values, gsize n, gsize size)
{
    if (n == 0)
        return NULL;
    gpointer copy = g_malloc(n * size);
    g_ptr_array_add(pack->made, copy);
    if (pack->in == NULL)
        memcpy(copy, values, n * size);
    plain(pack, copy, n * size);
    return copy;
}

static void texts(Pack *pack, const char *const **values, gsize n)
{
    const char **list = array(pack, *values, n, sizeof **values);
    for (gsize i = 0; i < n; i++)
        text(pack, &list[i]);
    *values = list;
}

/* A list that NULL ends, or NULL. */
static void ended_texts(Pack *pack, const char *const **values)
{
    guint32 n = 0;
    if (pack->in == NULL && *values != NULL)
        n = g_strv_length((char **)*values) + 1;
    plain(pack, &n, sizeof n);
    texts(pack, values, n);
}

static void party(Pack *pack, MgStepParty *party)
{
    text(pack, &party->ip);
    text(pack, &party->name);
    text(pack, &party->shown);
}

static void session(Pack *pack, MgStepSession *session)
{
    plain(pack, session, sizeof *session);
    party(pack, &session->client);
    party(pack, &session->server);
    text(pack, &session->ending);
    text(pack, &session->did);
}

static void replies(Pack *pack, MgStep *step)
{
    MgStepReply *list = array(pack, step->replies, step->n_replies, sizeof *list);
    for (guint i = 0; i < step->n_replies; i++) {
        text(pack, &list[i].code);
        text(pack, &list[i].enhanced);
        texts(pack, &list[i].lines, list[i].n_lines);
        text(pack, &list[i].shown_first);
        text(pack, &list[i].gloss);
    }
    step->replies = list;
}

static void copy_of(Pack *pack, MgStepMovement *movement)
{
    MgCopy *copy = array(pack, movement->copy, movement->copy != NULL ? 1 : 0, sizeof *copy);
    if (copy == NULL)
        return;
    copy->flags = NULL;
    text(pack, (const char **)&copy->name);
    text(pack, (const char **)&copy->account);
    text(pack, (const char **)&copy->folder);
    text(pack, (const char **)&copy->uidl);
    text(pack, (const char **)&copy->queue_id);
    text(pack, (const char **)&copy->recipient);
    movement->copy = copy;
}

static void movements(Pack *pack, MgStep *step)
{
    MgStepMovement *list = array(pack, step->movements, step->n_movements, sizeof *list);
    for (guint i = 0; i < step->n_movements; i++) {
        text(pack, &list[i].recipient);
        text(pack, &list[i].location);
        text(pack, &list[i].label);
        copy_of(pack, &list[i]);
    }
    step->movements = list;
}

static void details(Pack *pack, MgStep *step)
{
    MgStepDetail *list = array(pack, step->details, step->n_details, sizeof *list);
    for (guint i = 0; i < step->n_details; i++) {
        text(pack, &list[i].token);
        text(pack, &list[i].gloss);
    }
    step->details = list;
}

static void step(Pack *pack, MgStep *step)
{
    plain(pack, step, sizeof *step);
    text(pack, &step->verb);
    text(pack, &step->line);
    ended_texts(pack, &step->head);
    replies(pack, step);
    text(pack, &step->gloss);
    text(pack, &step->reply_gloss);
    text(pack, &step->reference);
    text(pack, &step->reference_url);
    details(pack, step);
    text(pack, &step->before);
    text(pack, &step->mistake);
    movements(pack, step);
    step->also = array(pack, step->also, step->n_also, sizeof *step->also);
}

static void note(Pack *pack, MgStepNote *note)
{
    plain(pack, note, sizeof *note);
    text(pack, &note->text);
}

static void pack_begin(Pack *pack, GByteArray *out, Record record)
{
    *pack = (Pack){.out = out, .made = g_ptr_array_new_with_free_func(g_free)};
    plain(pack, &record, sizeof record);
}

void mg_pack_session(GByteArray *out, const MgStepSession *value)
{
    Pack pack;
    MgStepSession copy = *value;
    pack_begin(&pack, out, RECORD_SESSION);
    session(&pack, &copy);
    g_ptr_array_unref(pack.made);
}

void mg_pack_step(GByteArray *out, const MgStep *value)
{
    Pack pack;
    MgStep copy = *value;
    pack_begin(&pack, out, RECORD_STEP);
    step(&pack, &copy);
    g_ptr_array_unref(pack.made);
}

void mg_pack_note(GByteArray *out, const MgStepNote *value)
{
    Pack pack;
    MgStepNote copy = *value;
    pack_begin(&pack, out, RECORD_NOTE);
    note(&pack, &copy);
    g_ptr_array_unref(pack.made);
}

void mg_pack_give(const guint8 *octets, gsize len, const MgStepSink *sink)
{
    Pack pack = {.in = octets, .made = g_ptr_array_new_with_free_func(g_free)};
    while (pack.in < octets + len) {
        Record record;
        plain(&pack, &record, sizeof record);
        if (record == RECORD_SESSION) {
            MgStepSession value;
            session(&pack, &value);
            sink->session(sink->user, &value);
        } else if (record == RECORD_STEP) {
            MgStep value;
            step(&pack, &value);
            sink->step(sink->user, &value);
        } else {
            MgStepNote value;
            note(&pack, &value);
            sink->note(sink->user, &value);
        }
        g_ptr_array_set_size(pack.made, 0);
    }
    g_ptr_array_unref(pack.made);
}
