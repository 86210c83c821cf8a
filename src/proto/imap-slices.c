/* A message fetched in slices (BODY[]<0>, <200> …, RFC 9051 section 6.4.5): its header block may
 * reach over several of them.  The leading octets of each message are kept until the empty line
 * behind its header came by; then the header is read once, from all of them together. */
#include "proto/imap.h"

#include <string.h>

/* One message that is being fetched.  Its octets from 0 on, without holes. */
typedef struct {
    GString *octets;
    gboolean told; /* the header was read: nothing more is kept */
} Lead;

/* Messages of one session that are fetched in slices at the same time. */
enum { LEADS = 64 };

/* Where a message is known by its number alone, the number counts until the numbers change. */
static guint64 key_of(guint32 uid, guint64 number)
{
    return uid != 0 ? uid : number << 32;
}

static void lead_free(gpointer data)
{
    Lead *lead = data;
    g_string_free(lead->octets, TRUE);
    g_free(lead);
}

static gboolean by_number(gpointer key, gpointer value, gpointer user)
{
    return *(const guint64 *)key > G_MAXUINT32;
}

void mg_imap_slices_forget(MgImap *imap, gboolean all)
{
    if (imap->leads == NULL)
        return;
    if (all)
        g_hash_table_remove_all(imap->leads);
    else
        g_hash_table_foreach_remove(imap->leads, by_number, NULL);
    imap->leads_octets = 0;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, imap->leads);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        imap->leads_octets += ((Lead *)value)->octets->len;
}

void mg_imap_slices_feed(MgImap *imap, MgPart *part, MgSlice octets)
{
    if (part->origin >= MG_LIMIT_HEADER || strcmp(part->item, "BODY[]") != 0)
        return;
    if (imap->slice == NULL)
        imap->slice = g_string_new(NULL);
    gsize room = MG_LIMIT_HEADER - MIN(imap->slice->len, (gsize)MG_LIMIT_HEADER);
    g_string_append_len(imap->slice, (const char *)octets.data, (gssize)MIN(room, octets.len));
}

void mg_imap_slices_end(MgImap *imap, MgPart *part)
{
    GString *slice = g_steal_pointer(&imap->slice);
    if (slice == NULL)
        return;
    if (part->complete)
        part->slice = g_string_free_to_bytes(slice);
    else
        g_string_free(slice, TRUE);
}

static Lead *lead_of(MgImap *imap, guint64 key, const MgPart *part)
{
    if (imap->leads == NULL)
        imap->leads = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, lead_free);
    Lead *lead = g_hash_table_lookup(imap->leads, &key);
    if (lead != NULL || part->origin != 0)
        return lead;
    if (g_hash_table_size(imap->leads) >= LEADS || imap->leads_octets >= MG_LIMIT_HEADER)
        mg_imap_slices_forget(imap, TRUE);
    lead = g_new0(Lead, 1);
    lead->octets = g_string_new(NULL);
    g_hash_table_insert(imap->leads, g_memdup2(&key, sizeof key), lead);
    return lead;
}

/* The empty line behind the header has come, at or after `from`. */
static gboolean header_ends(const GString *octets, gsize from)
{
    for (gsize i = MAX(from, (gsize)3); i < octets->len; i++)
        if (octets->str[i] == '\n' && memcmp(octets->str + i - 3, "\r\n\r", 3) == 0)
            return TRUE;
    return FALSE;
}

static guint64 lines_of(const char *data, gsize len)
{
    guint64 lines = len > 0 && data[len - 1] != '\n' ? 1 : 0;
    for (gsize i = 0; i < len; i++)
        lines += data[i] == '\n';
    return lines;
}

void mg_imap_slices_join(MgImap *imap, MgPart *part, guint32 uid, guint64 number)
{
    if (part->slice == NULL || (uid == 0 && number == 0))
        return;
    Lead *lead = lead_of(imap, key_of(uid, number), part);
    gsize len = 0;
    const char *data = g_bytes_get_data(part->slice, &len);
    if (lead == NULL || lead->told || part->origin > lead->octets->len ||
        part->origin + len <= lead->octets->len)
        return;
    gsize before = lead->octets->len, skip = before - (gsize)part->origin;
    gsize add = MIN(len - skip, MG_LIMIT_HEADER - before);
    g_string_append_len(lead->octets, data + skip, (gssize)add);
    imap->leads_octets += add;
    if (!header_ends(lead->octets, before))
        return;
    if (part->origin != 0) { /* the first slice was read by itself */
        MgContentReader *reader = mg_content_reader_new(MG_READ_MESSAGE);
        mg_content_reader_feed(reader, (const guint8 *)lead->octets->str, lead->octets->len);
        mg_content_unref(part->content);
        part->content = mg_content_reader_finish(reader, FALSE);
        part->content->octets = part->octets;
        part->content->lines = lines_of(data, len);
    }
    lead->told = TRUE;
    imap->leads_octets -= lead->octets->len;
    g_string_truncate(lead->octets, 0);
}
