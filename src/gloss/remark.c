/* Comments of the capture's author: they wait for the step whose frame they stand beside. */
#include "gloss.h"

#include <string.h>

typedef struct {
    gint64 key;
    GPtrArray *texts; /* char* */
} Beside;

struct MgRemarks {
    GHashTable *beside; /* key → Beside */
    GQueue order;       /* gint64*, the oldest first; those that were taken, too */
};

static void beside_free(gpointer data)
{
    Beside *beside = data;
    g_ptr_array_unref(beside->texts);
    g_free(beside);
}

struct MgRemarks *mg_remarks_new(void)
{
    struct MgRemarks *remarks = g_new0(struct MgRemarks, 1);
    remarks->beside = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, beside_free);
    g_queue_init(&remarks->order);
    return remarks;
}

void mg_remarks_free(struct MgRemarks *remarks)
{
    g_hash_table_unref(remarks->beside);
    g_queue_clear_full(&remarks->order, g_free);
    g_free(remarks);
}

/* "mailgloss 6 S: …", "mailgloss summary: …": from an annotated copy (handed out before). */
gboolean mg_remark_is_own(const char *text)
{
    static const char mark[] = "mailgloss ";
    if (!g_str_has_prefix(text, mark))
        return FALSE;
    const char *rest = text + strlen(mark);
    return g_ascii_isdigit(*rest) || g_str_has_prefix(rest, "summary:");
}

static gint64 key_of(guint16 capture, guint64 frame)
{
    return (gint64)((guint64)capture << 48 ^ frame);
}

void mg_gloss_remark(MgGloss *gloss, const MgRemark *remark)
{
    struct MgRemarks *remarks = gloss->remarks;
    gint64 key = key_of(remark->capture, remark->frame);
    if (mg_remark_is_own(remark->text))
        return;
    Beside *beside = g_hash_table_lookup(remarks->beside, &key);
    if (beside == NULL) {
        beside = g_new0(Beside, 1);
        beside->key = key;
        beside->texts = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(remarks->beside, &beside->key, beside);
        g_queue_push_tail(&remarks->order, g_memdup2(&key, sizeof key));
    }
    g_ptr_array_add(beside->texts, mg_valid(remark->text));
    if (remarks->order.length > MG_LIMIT_COMMENTS) {
        g_autofree gint64 *oldest = g_queue_pop_head(&remarks->order);
        g_hash_table_remove(remarks->beside, oldest);
    }
}

static void take(struct MgRemarks *remarks, GArray *found, GPtrArray *pool, guint16 capture,
                 guint64 frame)
{
    gint64 key = key_of(capture, frame);
    Beside *beside = g_hash_table_lookup(remarks->beside, &key);
    if (beside == NULL)
        return;
    for (guint i = 0; i < beside->texts->len; i++) {
        MgStepComment comment = {capture, frame,
                                 mg_pool_keep(pool, g_strdup(beside->texts->pdata[i]))};
        g_array_append_val(found, comment);
    }
    g_hash_table_remove(remarks->beside, &key);
}

static void take_frames(struct MgRemarks *remarks, GArray *found, GPtrArray *pool, guint16 capture,
                        const MgFrames *frames)
{
    for (guint i = 0; i < MIN(frames->count, (guint)MG_FRAMES_KEPT); i++)
        take(remarks, found, pool, frames->captures[i] != 0 ? frames->captures[i] : capture,
             frames->kept[i]);
    if (frames->count > MG_FRAMES_KEPT)
        take(remarks, found, pool, frames->last_capture != 0 ? frames->last_capture : capture,
             frames->last);
}

void mg_remarks_take(MgGloss *gloss, GPtrArray *pool, MgStep *step)
{
    if (g_hash_table_size(gloss->remarks->beside) == 0)
        return;
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(MgStepComment));
    take_frames(gloss->remarks, found, pool, step->at.capture, &step->frames);
    take_frames(gloss->remarks, found, pool,
                step->reply_at.capture != 0 ? step->reply_at.capture : step->at.capture,
                &step->reply_frames);
    if (found->len == 0)
        return;
    step->n_comments = found->len;
    step->comments = (const MgStepComment *)mg_pool_keep(
        pool, g_memdup2(found->data, found->len * sizeof(MgStepComment)));
}
