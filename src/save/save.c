/* Which text is which message's, and what becomes of it. */
#include "mg-save.h"

#include "save/text.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* Texts of one session that have not come to their end, or wait for more slices. */
#define SESSION_TEXTS 1000

/* What is there of a message, two bits for each way. */
enum {
    SOME = 1,
    WHOLE = 2,
};

/* A message that is fetched in slices. */
typedef struct {
    guint message;
    MgSaveText *text;
    guint64 size;    /* of the whole; 0 = not told */
    guint64 longest; /* slice */
    gboolean ended;  /* one was shorter than another: it was the last */
} Joint;

typedef struct {
    guint number;
    GPtrArray *texts;  /* MgSaveText*, on their way */
    GPtrArray *joints; /* Joint* */
} Session;

struct MgSaver {
    char *name;
    MgSavePlace place;
    MgExchangeSink next;
    MgSaverMessage message;
    gpointer user;
    guint only_session, only_message;
    GHashTable *sessions; /* number → Session* */
    GByteArray *saved;    /* by message: SOME, WHOLE; those sent two bits higher */
    guint64 joints, files;
};

static void joint_free(gpointer data)
{
    Joint *joint = data;
    mg_save_text_free(joint->text);
    g_free(joint);
}

static void session_free(gpointer data)
{
    Session *session = data;
    g_ptr_array_unref(session->texts);
    g_ptr_array_unref(session->joints);
    g_free(session);
}

static gboolean open_directory(MgSaver *saver, GError **error)
{
    saver->place.directory = open(saver->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (saver->place.directory >= 0)
        return TRUE;
    int cause = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(cause),
                "--save-mail: %s cannot be opened: %s", saver->name, g_strerror(cause));
    return FALSE;
}

MgSaver *mg_saver_new(const char *directory, GError **error)
{
    g_autoptr(MgSaver) saver = g_new0(MgSaver, 1);
    saver->name = g_strdup(directory);
    saver->place.directory = -1;
    saver->sessions = g_hash_table_new_full(NULL, NULL, NULL, session_free);
    saver->saved = g_byte_array_new();
    if (g_file_test(directory, G_FILE_TEST_EXISTS) && !open_directory(saver, error))
        return NULL;
    return g_steal_pointer(&saver);
}

void mg_saver_free(MgSaver *saver)
{
    if (saver == NULL)
        return;
    g_hash_table_unref(saver->sessions);
    if (saver->place.directory >= 0)
        close(saver->place.directory);
    g_byte_array_unref(saver->saved);
    g_free(saver->name);
    g_free(saver);
}

gboolean mg_saver_check(MgSaver *saver, GError **error)
{
    if (saver->place.directory < 0 && g_mkdir(saver->name, 0700) == 0 &&
        !open_directory(saver, error))
        return FALSE;
    if (saver->place.directory >= 0 &&
        faccessat(saver->place.directory, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return TRUE;
    int cause = errno;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(cause),
                "--save-mail: no file can be made in %s: %s; let it belong to the user that "
                "mailgloss becomes, or name that user with -Z",
                saver->name, g_strerror(cause));
    return FALSE;
}

void mg_saver_select(MgSaver *saver, guint session, guint message)
{
    saver->only_session = session;
    saver->only_message = message;
}

/* ---- Files ---- */

/* Whether this copy is wanted: the first one, and a whole one in place of one with holes. */
static gboolean mark(MgSaver *saver, guint message, gboolean sent, gboolean whole)
{
    while (saver->saved->len <= message) {
        static const guint8 none[256] = {0};
        g_byte_array_append(saver->saved, none, sizeof none);
    }
    guint8 *bits = &saver->saved->data[message];
    guint shift = sent ? 2 : 0;
    guint had = *bits >> shift & (SOME | WHOLE);
    if (had & WHOLE || (had != 0 && !whole))
        return FALSE;
    *bits |= (guint8)((whole ? WHOLE : SOME) << shift);
    saver->files += had == 0;
    return TRUE;
}

static void save(MgSaver *saver, MgSaveText *text, guint message, gboolean sent, gboolean end)
{
    gboolean whole = end && text->holes->len == 0;
    if (text->octets == 0 || (saver->only_message != 0 && saver->only_message != message) ||
        !mark(saver, message, sent, whole))
        return;
    g_autofree char *name = g_strdup_printf("M%u-%s.eml", message, sent ? "sent" : "fetched");
    mg_save_text_write(text, name, end);
}

/* ---- Sessions and texts ---- */

static Session *session_get(MgSaver *saver, const MgSession *told)
{
    Session *session = g_hash_table_lookup(saver->sessions, GUINT_TO_POINTER(told->number));
    if (session != NULL)
        return session;
    session = g_new0(Session, 1);
    session->number = told->number;
    session->texts = g_ptr_array_new_with_free_func(mg_save_text_free);
    session->joints = g_ptr_array_new_with_free_func(joint_free);
    g_hash_table_insert(saver->sessions, GUINT_TO_POINTER(told->number), session);
    return session;
}

/* The texts of a session are few; the newest is asked for most. */
static guint find_text(const Session *session, guint64 id)
{
    for (guint i = session->texts->len; i > 0; i--)
        if (((MgSaveText *)session->texts->pdata[i - 1])->id == id)
            return i - 1;
    return G_MAXUINT;
}

static MgSaveText *take_text(Session *session, guint64 id)
{
    guint place = find_text(session, id);
    return place != G_MAXUINT ? g_ptr_array_steal_index(session->texts, place) : NULL;
}

/* ---- Slices ---- */

static void end_joint(MgSaver *saver, Joint *joint)
{
    guint64 size = joint->text->octets;
    for (guint i = 0; i < joint->text->holes->len; i++)
        size += g_array_index(joint->text->holes, MgSaveHole, i).octets;
    gboolean end = joint->size != 0 ? size >= joint->size : joint->ended;
    save(saver, joint->text, joint->message, FALSE, end);
}

static Joint *joint_get(MgSaver *saver, Session *session, guint message)
{
    for (guint i = 0; i < session->joints->len; i++) {
        Joint *joint = session->joints->pdata[i];
        if (joint->message == message)
            return joint;
    }
    if (session->joints->len >= SESSION_TEXTS) {
        end_joint(saver, session->joints->pdata[0]);
        g_ptr_array_remove_index(session->joints, 0);
    }
    Joint *joint = g_new0(Joint, 1);
    joint->message = message;
    joint->text = mg_save_text_new(&saver->place, ++saver->joints | G_GUINT64_CONSTANT(1) << 63);
    g_ptr_array_add(session->joints, joint);
    return joint;
}

static void add_slice(MgSaver *saver, Session *session, guint message, MgSaveText *slice,
                      guint64 origin, guint64 size)
{
    Joint *joint = joint_get(saver, session, message);
    /* The same message is fetched once more. */
    if (origin == 0 && joint->text->octets > 0) {
        end_joint(saver, joint);
        g_ptr_array_remove(session->joints, joint);
        joint = joint_get(saver, session, message);
    }
    mg_save_text_join(joint->text, slice, origin);
    joint->size = MAX(joint->size, size);
    joint->ended |= slice->octets < joint->longest;
    joint->longest = MAX(joint->longest, slice->octets);
}

/* ---- The sink ---- */

static void on_text(gpointer user, const MgSession *told, const MgTextPassed *passed)
{
    MgSaver *saver = user;
    if (saver->next.text != NULL)
        saver->next.text(saver->next.user, told, passed);
    if (saver->only_session != 0 && saver->only_session != told->number)
        return;
    Session *session = session_get(saver, told);
    guint place = find_text(session, passed->text);
    MgSaveText *text = place != G_MAXUINT ? session->texts->pdata[place] : NULL;
    if (text == NULL) {
        if (session->texts->len >= SESSION_TEXTS)
            g_ptr_array_remove_index(session->texts, 0);
        text = mg_save_text_new(&saver->place, passed->text);
        g_ptr_array_add(session->texts, text);
    }
    if (passed->missing > 0)
        mg_save_text_hole(text, passed->missing);
    mg_save_text_add(text, passed->octets);
}

static void settle_part(MgSaver *saver, Session *session, guint message, const MgPart *part,
                        guint64 size)
{
    MgSaveText *text = part->text != 0 ? take_text(session, part->text) : NULL;
    if (text == NULL)
        return;
    if (message != 0 && part->origin != G_MAXUINT64)
        add_slice(saver, session, message, text, part->origin, size);
    else if (message != 0)
        save(saver, text, message, FALSE, part->complete || part->missing > 0);
    mg_save_text_free(text);
}

static void settle(MgSaver *saver, const MgEffect *effect)
{
    Session *session =
        g_hash_table_lookup(saver->sessions, GUINT_TO_POINTER(effect->session->number));
    if (session == NULL || (effect->content == NULL && effect->parts == NULL))
        return;
    guint message = saver->message(saver->user);
    for (guint i = 0; effect->parts != NULL && effect->parts[i] != NULL; i++)
        settle_part(saver, session, message, effect->parts[i], effect->octets);
    const MgContent *content = effect->content;
    MgSaveText *text =
        content != NULL && content->text != 0 ? take_text(session, content->text) : NULL;
    if (text == NULL)
        return;
    gboolean sent = effect->kind == MG_EFFECT_TEXT || effect->kind == MG_EFFECT_APPEND;
    /* TOP gives a part, unless it says that it was all. */
    if (message != 0 && (effect->kind != MG_EFFECT_TOP || effect->flag))
        save(saver, text, message, sent, content->complete);
    mg_save_text_free(text);
}

static void on_effect(gpointer user, const MgEffect *effect)
{
    MgSaver *saver = user;
    saver->next.effect(saver->next.user, effect);
    settle(saver, effect);
}

static void on_session_open(gpointer user, const MgSession *session)
{
    MgSaver *saver = user;
    saver->next.session_open(saver->next.user, session);
}

static void on_exchange(gpointer user, const MgExchange *exchange)
{
    MgSaver *saver = user;
    saver->next.exchange(saver->next.user, exchange);
}

static void on_note(gpointer user, const MgNote *note)
{
    MgSaver *saver = user;
    saver->next.note(saver->next.user, note);
}

static void end_session(MgSaver *saver, Session *session)
{
    for (guint i = 0; i < session->joints->len; i++)
        end_joint(saver, session->joints->pdata[i]);
}

static void on_session_close(gpointer user, const MgSession *told)
{
    MgSaver *saver = user;
    saver->next.session_close(saver->next.user, told);
    Session *session = g_hash_table_lookup(saver->sessions, GUINT_TO_POINTER(told->number));
    if (session == NULL)
        return;
    end_session(saver, session);
    g_hash_table_remove(saver->sessions, GUINT_TO_POINTER(told->number));
}

static void on_secret(gpointer user, const MgSession *session, const MgSecretFound *secret)
{
    MgSaver *saver = user;
    if (saver->next.secret != NULL)
        saver->next.secret(saver->next.user, session, secret);
}

void mg_saver_exchange_sink(MgSaver *saver, const MgExchangeSink *next, MgSaverMessage message,
                            gpointer user, MgExchangeSink *ret_sink)
{
    saver->next = *next;
    saver->message = message;
    saver->user = user;
    *ret_sink = (MgExchangeSink){.session_open = on_session_open,
                                 .effect = on_effect,
                                 .exchange = on_exchange,
                                 .note = on_note,
                                 .session_close = on_session_close,
                                 .secret = on_secret,
                                 .text = on_text,
                                 .user = saver};
}

gboolean mg_saver_finish(MgSaver *saver, guint64 *ret_saved, GError **error)
{
    GHashTableIter iter;
    gpointer session;
    g_hash_table_iter_init(&iter, saver->sessions);
    while (g_hash_table_iter_next(&iter, NULL, &session))
        end_session(saver, session);
    g_hash_table_remove_all(saver->sessions);
    *ret_saved = saver->files;
    if (saver->place.failure == 0)
        return TRUE;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saver->place.failure),
                "--save-mail: a message cannot be written to %s: %s", saver->name,
                g_strerror(saver->place.failure));
    return FALSE;
}
