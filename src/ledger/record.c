/* The record of a message on the disk: all that is known of it, its copies and its entries.
 *
 * Read by the process that wrote it only, so its form is free to change.  Numbers take as many
 * octets as they need.
 */
#include "ledger.h"

#include <string.h>

/* ---- Octets ---- */

typedef struct {
    const guint8 *at, *end;
    gboolean failed;
} Reader;

static void put(GByteArray *out, guint64 value)
{
    guint8 octets[10];
    guint n = 0;
    for (; value >= 0x80; value >>= 7)
        octets[n++] = (guint8)(value | 0x80);
    octets[n++] = (guint8)value;
    g_byte_array_append(out, octets, n);
}

static guint64 get(Reader *in)
{
    guint64 value = 0;
    for (guint shift = 0; in->at < in->end && shift < 64; shift += 7) {
        guint8 octet = *in->at++;
        value |= (guint64)(octet & 0x7f) << shift;
        if (octet < 0x80)
            return value;
    }
    in->failed = TRUE;
    return 0;
}

static guint get_uint(Reader *in)
{
    return (guint)get(in);
}

static void put_time(GByteArray *out, MgTime time)
{
    g_byte_array_append(out, (const guint8 *)&time, sizeof time);
}

static gboolean get_octets(Reader *in, void *into, gsize len)
{
    if ((gsize)(in->end - in->at) < len) {
        in->failed = TRUE;
        memset(into, 0, len);
        return FALSE;
    }
    memcpy(into, in->at, len);
    in->at += len;
    return TRUE;
}

/* NULL and "" are told apart. */
static void put_text(GByteArray *out, const char *text)
{
    gsize len = text != NULL ? strlen(text) : 0;
    put(out, text != NULL ? len + 1 : 0);
    g_byte_array_append(out, (const guint8 *)text, (guint)len);
}

static char *get_text(Reader *in)
{
    guint64 len = get(in);
    if (len == 0)
        return NULL;
    if (len - 1 > (guint64)(in->end - in->at)) {
        in->failed = TRUE;
        return NULL;
    }
    char *text = g_strndup((const char *)in->at, (gsize)len - 1);
    in->at += len - 1;
    return text;
}

static void put_texts(GByteArray *out, char *const *texts)
{
    guint n = 0;
    while (texts != NULL && texts[n] != NULL)
        n++;
    put(out, texts != NULL ? n + 1 : 0);
    for (guint i = 0; i < n; i++)
        put_text(out, texts[i]);
}

static char **get_texts(Reader *in)
{
    guint64 n = get(in);
    if (n == 0 || n - 1 > (guint64)(in->end - in->at)) {
        in->failed = in->failed || n > 0;
        return NULL;
    }
    char **texts = g_new0(char *, n);
    for (guint64 i = 0; i + 1 < n; i++)
        texts[i] = get_text(in);
    return texts;
}

static void put_stamp(GByteArray *out, const MgStamp *stamp)
{
    put(out, stamp->frame);
    put_time(out, stamp->time);
    put(out, stamp->capture);
    put(out, stamp->time_digits);
}

static MgStamp get_stamp(Reader *in)
{
    MgStamp stamp = {.frame = get(in)};
    get_octets(in, &stamp.time, sizeof stamp.time);
    stamp.capture = (guint16)get(in);
    stamp.time_digits = (guint8)get(in);
    return stamp;
}

static void put_address(GByteArray *out, const MgAddress *address)
{
    put(out, address->family);
    g_byte_array_append(out, address->bytes, address->family == 4 ? 4 : 16);
}

static MgAddress get_address(Reader *in)
{
    MgAddress address = {.family = (guint8)get(in)};
    get_octets(in, address.bytes, address.family == 4 ? 4 : 16);
    return address;
}

static void put_where(GByteArray *out, MgWhere where)
{
    put(out, where.is);
    put(out, where.other);
}

static MgWhere get_where(Reader *in)
{
    MgLocation is = (MgLocation)get(in);
    return (MgWhere){is, (MgLocation)get(in)};
}

/* ---- Entries ---- */

enum { IN_UID = 1, IN_UIDL = 2, IN_MARKED = 4, IS_MAIN = 8 };

static void put_entry(GByteArray *out, const Entry *entry)
{
    const Folder *folder = entry->folder;
    guint in = 0;
    if (mg_entry_known_uid(folder, entry->uid) == entry)
        in |= IN_UID;
    if (entry->uidl != NULL && g_hash_table_lookup(folder->by_uidl, entry->uidl) == entry)
        in |= IN_UIDL;
    if (g_hash_table_contains(folder->marked, entry))
        in |= IN_MARKED;
    if (entry->copy->entry == entry)
        in |= IS_MAIN;
    put(out, folder->number);
    put(out, in);
    put(out, entry->bits);
    put(out, entry->uid);
    put(out, entry->view);
    put(out, entry->target);
    put(out, entry->size);
    put_text(out, entry->uidl);
    put_text(out, entry->structure);
}

static void enter(Folder *folder, Entry *entry, guint in, guint number)
{
    if ((in & IN_UID) && mg_entry_known_uid(folder, entry->uid) == NULL)
        g_hash_table_insert(folder->by_uid, GUINT_TO_POINTER(entry->uid), mg_entry_ref(entry));
    if ((in & IN_UIDL) && entry->uidl != NULL &&
        !g_hash_table_contains(folder->by_uidl, entry->uidl))
        g_hash_table_insert(folder->by_uidl, entry->uidl, mg_entry_ref(entry));
    if (in & IN_MARKED)
        g_hash_table_add(folder->marked, mg_entry_ref(entry));
    g_hash_table_add(folder->touched, mg_entry_ref(entry));
    folder->n_away -= MIN(folder->n_away, 1);
    for (guint i = 0; i < AWAY_CLASSES; i++)
        if (folder->away[i] != NULL)
            g_hash_table_remove(folder->away[i], GUINT_TO_POINTER(number));
}

static void get_entry(Reader *in, MgLedger *ledger, Copy *copy, guint number)
{
    guint folder_number = get_uint(in), where = get_uint(in);
    Entry read = {.bits = get_uint(in)};
    read.uid = get_uint(in);
    read.view = get_uint(in);
    read.target = get(in);
    read.size = get(in);
    g_autofree char *uidl = get_text(in), *structure = get_text(in);
    Folder *folder = !in->failed && ledger != NULL && folder_number < ledger->folders->len
                         ? ledger->folders->pdata[folder_number]
                         : NULL;
    if (folder == NULL)
        return;
    Entry *entry = mg_entry_new(folder);
    entry->bits = read.bits;
    entry->uid = read.uid;
    entry->view = read.view;
    entry->target = read.target;
    entry->size = read.size;
    entry->uidl = g_steal_pointer(&uidl);
    if (structure != NULL)
        entry->structure = g_ref_string_new_intern(structure);
    mg_entry_lead(entry, copy);
    enter(folder, entry, where, number);
    if (where & IS_MAIN)
        copy->entry = mg_entry_ref(entry);
    mg_entry_unref(entry);
}

/* ---- Copies ---- */

static void put_pieces(GByteArray *out, const Pieces *pieces)
{
    put(out, pieces != NULL);
    if (pieces == NULL)
        return;
    put(out, pieces->header);
    put(out, pieces->text);
    put(out, (guint)pieces->has_header);
    put(out, (guint)pieces->has_text);
    put(out, pieces->slices != NULL ? pieces->slices->len + 1 : 0);
    for (guint i = 0; pieces->slices != NULL && i < pieces->slices->len; i++) {
        put(out, g_array_index(pieces->slices, Span, i).from);
        put(out, g_array_index(pieces->slices, Span, i).to);
    }
    g_autoptr(GList) sections =
        pieces->sections != NULL ? g_hash_table_get_keys(pieces->sections) : NULL;
    sections = g_list_sort(sections, (GCompareFunc)strcmp);
    put(out, g_list_length(sections));
    for (const GList *l = sections; l != NULL; l = l->next)
        put_text(out, l->data);
}

static News *get_news(Reader *in)
{
    if (get(in) == 0)
        return NULL;
    g_autofree guint8 *octets = g_malloc(mg_news_size());
    return get_octets(in, octets, mg_news_size()) ? mg_news_from_octets(octets) : NULL;
}

static Pieces *get_pieces(Reader *in)
{
    if (get(in) == 0)
        return NULL;
    Pieces *pieces = g_new0(Pieces, 1);
    pieces->header = get(in);
    pieces->text = get(in);
    pieces->has_header = get(in) != 0;
    pieces->has_text = get(in) != 0;
    guint64 n = get(in);
    if (n > 0)
        pieces->slices = g_array_new(FALSE, FALSE, sizeof(Span));
    for (guint64 i = 1; i < n && !in->failed; i++) {
        Span span = {.from = get(in)};
        span.to = get(in);
        g_array_append_val(pieces->slices, span);
    }
    guint64 sections = get(in);
    if (sections > 0)
        pieces->sections = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint64 i = 0; i < sections && !in->failed; i++) {
        char *section = get_text(in);
        if (section != NULL)
            g_hash_table_add(pieces->sections, section);
    }
    return pieces;
}

enum {
    COPY_COMPOSED = 1 << 0,
    COPY_MARK_DOUBT = 1 << 1,
    COPY_DELETED = 1 << 2,
    COPY_POP_MARKED = 1 << 3,
    COPY_OWN = 1 << 4,
    COPY_SENT = 1 << 5,
    COPY_ANSWERED = 1 << 6,
    COPY_NEVER = 1 << 7,
};

static guint copy_bits(const Copy *copy)
{
    return (copy->pub.composed ? COPY_COMPOSED : 0) | (copy->mark_doubt ? COPY_MARK_DOUBT : 0) |
           (copy->deleted ? COPY_DELETED : 0) | (copy->pop_marked ? COPY_POP_MARKED : 0) |
           (copy->own ? COPY_OWN : 0) | (copy->sent ? COPY_SENT : 0) |
           (copy->answered ? COPY_ANSWERED : 0) | (copy->pub.never ? COPY_NEVER : 0);
}

static void put_copy(GByteArray *out, const Copy *copy, gboolean (*keeps)(const Entry *entry))
{
    const MgCopy *pub = &copy->pub;
    put(out, pub->id);
    put(out, pub->place);
    put_address(out, &pub->host);
    put_text(out, pub->name);
    put_text(out, pub->account);
    put_text(out, pub->folder);
    put(out, pub->uidvalidity);
    put(out, pub->uid);
    put_text(out, pub->uidl);
    put_text(out, pub->queue_id);
    put(out, pub->state);
    put(out, pub->contents);
    put(out, pub->evidence);
    put(out, pub->flags != NULL ? pub->flags->len + 1 : 0);
    for (guint i = 0; pub->flags != NULL && i < pub->flags->len; i++)
        put_text(out, pub->flags->pdata[i]);
    put_text(out, pub->recipient);
    put(out, pub->doubt);
    put(out, pub->identified_by);
    put_stamp(out, &pub->proof);
    put(out, pub->proof_step);
    put(out, copy_bits(copy));
    put_time(out, copy->met);
    put_pieces(out, copy->pieces);
    put(out, copy->told_flags);
    put(out, copy->whole_by);
    put(out, copy->news != NULL);
    if (copy->news != NULL)
        g_byte_array_append(out, (const guint8 *)copy->news, (guint)mg_news_size());
    put(out, copy->exchange);
    put(out, copy->session);
    const Copy *from = mg_copy_alive(copy->from);
    put(out, from != NULL && from->owner == copy->owner ? from->pub.id : 0);
    for (guint i = 0; i < G_N_ELEMENTS(copy->views); i++)
        put(out, copy->views[i]);
    /* Read one by one, each is put before the others: so the last comes first. */
    guint entries = 0;
    const Entry *last = NULL;
    for (const Entry *entry = copy->entries; entry != NULL; entry = entry->next) {
        entries += !keeps(entry);
        last = entry;
    }
    put(out, entries);
    for (const Entry *entry = last; entry != NULL; entry = entry->prev)
        if (!keeps(entry))
            put_entry(out, entry);
}

static Copy *get_copy(Reader *in, MgLedger *ledger, Message *message, guint *ret_from)
{
    Copy *copy = g_new0(Copy, 1);
    MgCopy *pub = &copy->pub;
    copy->owner = message;
    pub->id = get_uint(in);
    pub->place = (MgPlace)get(in);
    pub->host = get_address(in);
    pub->name = get_text(in);
    pub->account = get_text(in);
    pub->folder = get_text(in);
    pub->uidvalidity = get_uint(in);
    pub->uid = get_uint(in);
    pub->uidl = get_text(in);
    pub->queue_id = get_text(in);
    pub->state = (MgCopyState)get(in);
    pub->contents = (MgContents)get(in);
    pub->evidence = (MgEvidence)get(in);
    guint64 flags = get(in);
    if (flags > 0)
        pub->flags = g_ptr_array_new_with_free_func(g_free);
    for (guint64 i = 1; i < flags && !in->failed; i++)
        g_ptr_array_add(pub->flags, get_text(in));
    pub->recipient = get_text(in);
    pub->doubt = get_uint(in);
    pub->identified_by = (MgIdentified)get(in);
    pub->proof = get_stamp(in);
    pub->proof_step = get(in);
    guint bits = get_uint(in);
    pub->composed = (bits & COPY_COMPOSED) != 0;
    copy->mark_doubt = (bits & COPY_MARK_DOUBT) != 0;
    copy->deleted = (bits & COPY_DELETED) != 0;
    copy->pop_marked = (bits & COPY_POP_MARKED) != 0;
    copy->own = (bits & COPY_OWN) != 0;
    copy->sent = (bits & COPY_SENT) != 0;
    copy->answered = (bits & COPY_ANSWERED) != 0;
    pub->never = (bits & COPY_NEVER) != 0;
    get_octets(in, &copy->met, sizeof copy->met);
    copy->pieces = get_pieces(in);
    copy->told_flags = get(in);
    copy->whole_by = get(in);
    copy->news = get_news(in);
    copy->exchange = get(in);
    copy->session = get_uint(in);
    *ret_from = get_uint(in);
    for (guint i = 0; i < G_N_ELEMENTS(copy->views); i++)
        copy->views[i] = get_uint(in);
    for (guint64 left = get(in); left > 0 && !in->failed; left--)
        get_entry(in, ledger, copy, message->pub.number);
    return copy;
}

/* ---- The way it took, and what it reports ---- */

static void put_hops(GByteArray *out, const GPtrArray *hops)
{
    put(out, hops != NULL ? hops->len + 1 : 0);
    for (guint i = 0; hops != NULL && i < hops->len; i++) {
        const MgHop *hop = hops->pdata[i];
        put_text(out, hop->from);
        put_text(out, hop->address);
        put_text(out, hop->by);
        put_text(out, hop->with);
        put_text(out, hop->id);
        put_text(out, hop->date);
    }
}

static GPtrArray *get_hops(Reader *in)
{
    guint64 n = get(in);
    if (n == 0)
        return NULL;
    GPtrArray *hops = g_ptr_array_new_with_free_func((GDestroyNotify)mg_hop_free);
    for (guint64 i = 1; i < n && !in->failed; i++) {
        MgHop *hop = g_new0(MgHop, 1);
        hop->from = get_text(in);
        hop->address = get_text(in);
        hop->by = get_text(in);
        hop->with = get_text(in);
        hop->id = get_text(in);
        hop->date = get_text(in);
        g_ptr_array_add(hops, hop);
    }
    return hops;
}

static void put_report(GByteArray *out, const MgReport *report)
{
    put(out, report != NULL);
    if (report == NULL)
        return;
    put(out, (guint)report->is_receipt);
    put_text(out, report->message_id);
    put_text(out, report->envelope_id);
    put_text(out, report->queue_id);
    put_text(out, report->reporting_mta);
    put_texts(out, report->received);
    put(out, report->recipients->len);
    for (guint i = 0; i < report->recipients->len; i++) {
        const MgReportRecipient *group = report->recipients->pdata[i];
        put_text(out, group->recipient);
        put_text(out, group->original);
        put_text(out, group->action);
        put_text(out, group->status);
        put_text(out, group->diagnostic);
    }
}

static MgReport *get_report(Reader *in)
{
    if (get(in) == 0)
        return NULL;
    MgReport *report = mg_report_new();
    report->is_receipt = get(in) != 0;
    report->message_id = get_text(in);
    report->envelope_id = get_text(in);
    report->queue_id = get_text(in);
    report->reporting_mta = get_text(in);
    report->received = get_texts(in);
    for (guint64 left = get(in); left > 0 && !in->failed; left--) {
        MgReportRecipient *group = g_new0(MgReportRecipient, 1);
        group->recipient = get_text(in);
        group->original = get_text(in);
        group->action = get_text(in);
        group->status = get_text(in);
        group->diagnostic = get_text(in);
        g_ptr_array_add(report->recipients, group);
    }
    return report;
}

/* ---- Messages ---- */

static void put_lists(GByteArray *out, const MgMessage *pub)
{
    put(out, pub->history->len);
    for (guint i = 0; i < pub->history->len; i++) {
        const MgHistory *history = pub->history->pdata[i];
        put(out, history->step);
        put_stamp(out, &history->at);
        put_where(out, history->where);
        put_text(out, history->qualifier);
        put(out, history->evidence);
        put(out, history->n_held);
        for (guint k = 0; k < history->n_held; k++) {
            put(out, history->held[k].copy);
            put(out, history->held[k].marked);
            put(out, history->held[k].doubt);
        }
    }
    put(out, pub->recipients->len);
    for (guint i = 0; i < pub->recipients->len; i++) {
        const MgRecipient *recipient = pub->recipients->pdata[i];
        put_text(out, recipient->address);
        put(out, recipient->outcome);
        put_text(out, recipient->code);
        put_stamp(out, &recipient->at);
        put(out, recipient->step);
        put_where(out, recipient->where);
        put(out, recipient->report);
        put_text(out, recipient->report_action);
        put_text(out, recipient->report_status);
    }
}

static void get_lists(Reader *in, Message *message)
{
    MgMessage *pub = &message->pub;
    for (guint64 left = get(in); left > 0 && !in->failed; left--) {
        MgHistory *history = g_new0(MgHistory, 1);
        history->step = get(in);
        history->at = get_stamp(in);
        history->where = get_where(in);
        history->qualifier = get_text(in);
        history->evidence = (MgEvidence)get(in);
        guint64 held = get(in);
        history->n_held = (guint)MIN(held, (guint64)MG_HISTORY_HELD);
        for (guint k = 0; k < history->n_held; k++) {
            history->held[k].copy = (guint32)get(in);
            history->held[k].marked = (guint8)get(in);
            history->held[k].doubt = (guint8)get(in);
        }
        g_ptr_array_add(pub->history, history);
    }
    for (guint64 left = get(in); left > 0 && !in->failed; left--) {
        MgRecipient *recipient = g_new0(MgRecipient, 1);
        recipient->address = get_text(in);
        recipient->outcome = (MgOutcome)get(in);
        recipient->code = get_text(in);
        recipient->at = get_stamp(in);
        recipient->step = get(in);
        recipient->where = get_where(in);
        recipient->report = get_uint(in);
        recipient->report_action = get_text(in);
        recipient->report_status = get_text(in);
        g_ptr_array_add(pub->recipients, recipient);
    }
    mg_message_index_recipients(message);
}

GByteArray *mg_record_write(const Message *message, gboolean (*keeps)(const Entry *entry))
{
    const MgMessage *pub = &message->pub;
    GByteArray *out = g_byte_array_sized_new(512);
    put(out, pub->merged_into);
    put(out, pub->identified_by);
    put_text(out, pub->message_id);
    put_text(out, pub->subject);
    put_text(out, pub->from);
    put_text(out, pub->date);
    put_texts(out, pub->to);
    put_text(out, pub->sender);
    put(out, pub->size);
    put_where(out, pub->where);
    put_text(out, pub->qualifier);
    put_address(out, &pub->responsible);
    put(out, pub->evidence);
    put(out, (guint)pub->in_dark);
    put(out, pub->dark_session);
    put_hops(out, pub->hops);
    put_report(out, pub->report);
    put(out, pub->reports_on);
    put(out, pub->reported_by);
    put_text(out, message->envelope_id);
    put_text(out, message->fingerprint);
    put_text(out, message->body_digest);
    put(out, (guint)message->is_report);
    put(out, (guint)message->has_text);
    put(out, (guint)message->unread);
    put(out, (guint)message->cut_off);
    put(out, message->last_copy);
    put_lists(out, pub);
    put(out, pub->copies->len);
    for (guint i = 0; i < pub->copies->len; i++)
        put_copy(out, pub->copies->pdata[i], keeps);
    return out;
}

static void get_copies(Reader *in, MgLedger *ledger, Message *message)
{
    GPtrArray *copies = message->pub.copies;
    g_autoptr(GArray) froms = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint64 left = get(in); left > 0 && !in->failed; left--) {
        guint from;
        g_ptr_array_add(copies, get_copy(in, ledger, message, &from));
        g_array_append_val(froms, from);
    }
    for (guint i = 0; i < copies->len; i++)
        ((Copy *)copies->pdata[i])->from =
            mg_message_copy_by_id(message, g_array_index(froms, guint, i));
}

Message *mg_record_read(MgLedger *ledger, const guint8 *data, gsize len, guint number)
{
    Reader in = {data, data + len, FALSE};
    Message *message = mg_message_new(number);
    MgMessage *pub = &message->pub;
    pub->merged_into = get_uint(&in);
    pub->identified_by = (MgIdentified)get(&in);
    pub->message_id = get_text(&in);
    pub->subject = get_text(&in);
    pub->from = get_text(&in);
    pub->date = get_text(&in);
    pub->to = get_texts(&in);
    pub->sender = get_text(&in);
    pub->size = get(&in);
    pub->where = get_where(&in);
    pub->qualifier = get_text(&in);
    pub->responsible = get_address(&in);
    pub->evidence = (MgEvidence)get(&in);
    pub->in_dark = get(&in) != 0;
    pub->dark_session = get_uint(&in);
    pub->hops = get_hops(&in);
    pub->report = get_report(&in);
    pub->reports_on = get_uint(&in);
    pub->reported_by = (MgReported)get(&in);
    message->envelope_id = get_text(&in);
    message->fingerprint = get_text(&in);
    message->body_digest = get_text(&in);
    message->is_report = get(&in) != 0;
    message->has_text = get(&in) != 0;
    message->unread = get(&in) != 0;
    message->cut_off = get(&in) != 0;
    message->last_copy = get_uint(&in);
    get_lists(&in, message);
    get_copies(&in, ledger, message);
    if (!in.failed)
        return message;
    mg_message_free(message);
    return NULL;
}
