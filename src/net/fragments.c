/* See fragments.h. */
#include "net/fragments.h"

#include <string.h>

#define DATAGRAM_LIMIT 65535
/* Offsets count in units of eight octets. */
#define UNIT 8
#define UNITS ((DATAGRAM_LIMIT + UNIT - 1) / UNIT)
#define PROTOCOL_TCP 6

typedef struct {
    MgAddress source, destination;
    guint32 id;
    guint16 capture; /* two capture points see the same datagram */
    guint8 protocol; /* part of the key of IPv4, 0 in that of IPv6 */
} Key;

typedef struct {
    Key key;
    GList link; /* in `by_age`; its data points here */
    MgStamp first, last;
    guint8 *data;
    gsize size;
    guint32 total; /* octets of the whole; 0 while the last fragment is missing */
    guint32 reach; /* end of what has arrived */
    guint32 cut;   /* octets from here on were not captured */
    guint units;   /* that have arrived */
    guint8 protocol;
    gboolean complete; /* kept for a while, to know late duplicates */
    gboolean overlap;  /* was noted; in IPv6 nothing more is taken */
    GArray *pieces;    /* MgPiece, while it is not complete */
    guint8 arrived[(UNITS + 7) / 8];
} Datagram;

struct MgFragments {
    MgFragmentsNote note;
    MgFragmentsLoose loose;
    gpointer user;
    GHashTable *datagrams; /* key inside the value → Datagram */
    GQueue by_age;         /* oldest first */
    gsize octets;
    guint notes;
    guint64 unnoted;
    MgStamp unnoted_at;
    gboolean limit_noted;
};

/* ---- bookkeeping ---- */

static guint key_hash(gconstpointer data)
{
    const Key *key = data;
    return (mg_address_hash(&key->source) * 31 + mg_address_hash(&key->destination)) * 31 +
           key->id * 2654435761u + key->capture * 7u + key->protocol;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const Key *x = a, *y = b;
    return x->id == y->id && x->capture == y->capture && x->protocol == y->protocol &&
           mg_address_equal(&x->source, &y->source) &&
           mg_address_equal(&x->destination, &y->destination);
}

static gboolean bit(const Datagram *datagram, guint unit)
{
    return datagram->arrived[unit / 8] >> unit % 8 & 1;
}

static void tell_loose(MgFragments *fragments, const Datagram *datagram)
{
    if (datagram->pieces == NULL || datagram->protocol != PROTOCOL_TCP)
        return;
    for (guint i = 0; i < datagram->pieces->len; i++)
        fragments->loose(fragments->user, &g_array_index(datagram->pieces, MgPiece, i));
}

static void remove_datagram(MgFragments *fragments, Datagram *datagram)
{
    tell_loose(fragments, datagram);
    if (datagram->pieces != NULL) {
        fragments->octets -= datagram->pieces->len * sizeof(MgPiece);
        g_array_unref(datagram->pieces);
    }
    fragments->octets -= sizeof *datagram + datagram->size;
    g_queue_unlink(&fragments->by_age, &datagram->link);
    g_hash_table_remove(fragments->datagrams, &datagram->key);
    g_free(datagram->data);
    g_free(datagram);
}

static void send_note(MgFragments *fragments, MgNoteKind kind, const char *key,
                      const Datagram *datagram, guint64 octets)
{
    MgNote note = {
        .kind = kind,
        .key = key,
        .at = datagram->last,
        .frames = {datagram->first.frame, datagram->last.frame},
        .octets = octets,
    };
    fragments->note(fragments->user, &note);
}

/* Datagrams of other protocols than TCP are kept for the tunnels they may be; when they are
 * not completed, no mail is missing as far as anybody can tell. */
static void note_incomplete(MgFragments *fragments, const Datagram *datagram)
{
    if (datagram->complete || datagram->overlap || datagram->protocol != PROTOCOL_TCP)
        return;
    if (fragments->notes < MG_LIMIT_NOTES) {
        fragments->notes++;
        send_note(fragments, MG_NOTE_GAP, "fragments-incomplete", datagram,
                  (guint64)datagram->units * UNIT);
    } else {
        fragments->unnoted++;
        fragments->unnoted_at = datagram->last;
    }
}

static void expire(MgFragments *fragments, const MgStamp *at)
{
    while (fragments->by_age.head != NULL) {
        Datagram *oldest = fragments->by_age.head->data;
        if (at->time == MG_TIME_NONE || oldest->first.time == MG_TIME_NONE ||
            at->time - MG_LIMIT_FRAGMENT_TIME <= oldest->first.time)
            return;
        note_incomplete(fragments, oldest);
        remove_datagram(fragments, oldest);
    }
}

static void shrink(MgFragments *fragments, const Datagram *keep)
{
    while (fragments->octets > MG_LIMIT_FRAGMENTS) {
        Datagram *oldest = fragments->by_age.head->data;
        if (oldest == keep)
            return; /* one datagram alone is far below the limit */
        if (!oldest->complete && oldest->protocol == PROTOCOL_TCP && !fragments->limit_noted) {
            fragments->limit_noted = TRUE;
            send_note(fragments, MG_NOTE_LIMIT, "limit-fragments", oldest, MG_LIMIT_FRAGMENTS);
        }
        note_incomplete(fragments, oldest);
        remove_datagram(fragments, oldest);
    }
}

/* ---- one fragment ---- */

static Key key_of(const MgFragment *fragment, guint16 capture)
{
    return (Key){
        .source = fragment->source,
        .destination = fragment->destination,
        .id = fragment->id,
        .capture = capture,
        .protocol = fragment->source.family == 4 ? fragment->protocol : 0,
    };
}

static Datagram *add_datagram(MgFragments *fragments, const Key *key, const MgStamp *at)
{
    Datagram *datagram = g_new0(Datagram, 1);
    datagram->key = *key;
    datagram->link.data = datagram;
    datagram->first = *at;
    datagram->cut = G_MAXUINT32;
    datagram->pieces = g_array_new(FALSE, FALSE, sizeof(MgPiece));
    g_hash_table_insert(fragments->datagrams, &datagram->key, datagram);
    g_queue_push_tail_link(&fragments->by_age, &datagram->link);
    fragments->octets += sizeof *datagram;
    return datagram;
}

static void make_room(MgFragments *fragments, Datagram *datagram, gsize want)
{
    if (want <= datagram->size)
        return;
    gsize size = MAX(want, datagram->size * 2);
    datagram->data = g_realloc(datagram->data, size);
    memset(datagram->data + datagram->size, 0, size - datagram->size);
    fragments->octets += size - datagram->size;
    datagram->size = size;
}

typedef struct {
    guint old;          /* units that had arrived before */
    gboolean different; /* and the octets are not the same */
} Overlap;

/* Nothing lies beyond the last fragment, and there is only one. */
static gboolean fits_the_end(const Datagram *datagram, const MgFragment *fragment)
{
    gsize end = fragment->offset + fragment->wire_len;
    if (datagram->total == 0)
        return fragment->more || end >= datagram->reach;
    return fragment->more ? end < datagram->total : end == datagram->total;
}

static Overlap find_overlap(const Datagram *datagram, const MgFragment *fragment)
{
    Overlap overlap = {0};
    for (gsize at = 0; at < fragment->wire_len; at += UNIT) {
        if (!bit(datagram, (guint)((fragment->offset + at) / UNIT)))
            continue;
        overlap.old++;
        /* What was not captured cannot be compared, nor what is behind a short last unit. */
        gsize begin = fragment->offset + at, end = begin + MIN(UNIT, fragment->wire_len - at);
        end = MIN(end, MIN(datagram->reach, datagram->cut));
        end = MIN(end, fragment->offset + fragment->bytes.len);
        if (end > begin &&
            memcmp(datagram->data + begin, fragment->bytes.data + at, end - begin) != 0)
            overlap.different = TRUE;
    }
    if (!fits_the_end(datagram, fragment))
        overlap.different = TRUE;
    return overlap;
}

/* Copy the units that are new: the first copy of each stays. */
static void store(MgFragments *fragments, Datagram *datagram, const MgFragment *fragment)
{
    make_room(fragments, datagram, fragment->offset + fragment->wire_len);
    for (gsize at = 0; at < fragment->wire_len; at += UNIT) {
        guint unit = (guint)((fragment->offset + at) / UNIT);
        if (bit(datagram, unit))
            continue;
        gsize n = MIN(UNIT, fragment->wire_len - at);
        gsize captured = fragment->bytes.len > at ? MIN(n, fragment->bytes.len - at) : 0;
        if (captured > 0)
            memcpy(datagram->data + fragment->offset + at, fragment->bytes.data + at, captured);
        if (captured < n)
            datagram->cut = MIN(datagram->cut, (guint32)(fragment->offset + at + captured));
        datagram->arrived[unit / 8] |= (guint8)(1u << unit % 8);
        datagram->units++;
    }
    guint32 end = (guint32)(fragment->offset + fragment->wire_len);
    datagram->reach = MAX(datagram->reach, end);
    if (!fragment->more && datagram->total == 0)
        datagram->total = end;
    if (fragment->offset == 0 || fragment->source.family == 4 || datagram->protocol == 0)
        datagram->protocol = fragment->protocol;
}

/* FALSE: the datagram takes nothing of this fragment. */
static gboolean accept(MgFragments *fragments, Datagram *datagram, const MgFragment *fragment)
{
    gboolean ipv6 = fragment->source.family == 6;
    if (datagram->overlap && ipv6)
        return FALSE;
    Overlap overlap = find_overlap(datagram, fragment);
    guint units = (guint)((fragment->wire_len + UNIT - 1) / UNIT);
    if (overlap.old == units && !overlap.different)
        return FALSE; /* a plain duplicate */
    if (overlap.old == 0 && !overlap.different)
        return TRUE;
    /* Of any protocol: who overlaps fragments means to mislead whoever watches (RFC 5722). */
    if (!datagram->overlap)
        send_note(fragments, MG_NOTE_OVERLAP, "fragments-overlap", datagram,
                  (guint64)overlap.old * UNIT);
    datagram->overlap = TRUE;
    /* What contradicts the end is not taken, whatever else it may bring. */
    return !ipv6 && fits_the_end(datagram, fragment);
}

static gboolean is_late_duplicate(const Datagram *datagram, const MgFragment *fragment)
{
    Overlap overlap = find_overlap(datagram, fragment);
    return !overlap.different && overlap.old > 0;
}

static MgPiece piece_of(const MgFragment *fragment, const MgStamp *at)
{
    return (MgPiece){.at = *at,
                     .frame_offset = fragment->frame_offset,
                     .offset = fragment->offset,
                     .len = (guint32)MIN(fragment->bytes.len, fragment->wire_len)};
}

/* What is not taken is told at once. */
static gboolean refuse(MgFragments *fragments, guint8 protocol, const MgPiece *piece)
{
    if (protocol == PROTOCOL_TCP && piece->len > 0)
        fragments->loose(fragments->user, piece);
    return FALSE;
}

gboolean mg_fragments_add(MgFragments *fragments, const MgFragment *fragment, const MgStamp *at,
                          MgDatagram *ret_datagram)
{
    const MgPiece piece = piece_of(fragment, at);
    gsize end = fragment->offset + fragment->wire_len;
    if (fragment->wire_len == 0 || end > DATAGRAM_LIMIT ||
        (fragment->more && fragment->wire_len % UNIT != 0) || fragment->offset % UNIT != 0)
        return refuse(fragments, fragment->protocol, &piece);
    expire(fragments, at);
    Key key = key_of(fragment, at->capture);
    Datagram *datagram = g_hash_table_lookup(fragments->datagrams, &key);
    if (datagram != NULL && datagram->complete) {
        if (is_late_duplicate(datagram, fragment))
            return refuse(fragments, datagram->protocol, &piece);
        remove_datagram(fragments, datagram); /* the identification is used anew */
        datagram = NULL;
    }
    if (datagram == NULL)
        datagram = add_datagram(fragments, &key, at);
    datagram->last = *at;
    if (datagram->protocol == 0)
        datagram->protocol = fragment->protocol;
    if (!accept(fragments, datagram, fragment))
        return refuse(fragments, datagram->protocol, &piece);
    g_array_append_val(datagram->pieces, piece);
    fragments->octets += sizeof piece;
    store(fragments, datagram, fragment);
    shrink(fragments, datagram);
    if (datagram->total == 0 || datagram->units < (datagram->total + UNIT - 1) / UNIT)
        return FALSE;
    datagram->complete = TRUE;
    *ret_datagram = (MgDatagram){
        .len = MIN(datagram->total, datagram->cut),
        .wire_len = datagram->total,
        .protocol = datagram->protocol,
        .pieces = g_steal_pointer(&datagram->pieces),
    };
    fragments->octets -= ret_datagram->pieces->len * sizeof piece;
    ret_datagram->data = g_memdup2(datagram->data, MAX(ret_datagram->len, 1));
    return TRUE;
}

/* ---- life ---- */

MgFragments *mg_fragments_new(MgFragmentsNote note, MgFragmentsLoose loose, gpointer user)
{
    MgFragments *fragments = g_new0(MgFragments, 1);
    fragments->note = note;
    fragments->loose = loose;
    fragments->user = user;
    fragments->datagrams = g_hash_table_new(key_hash, key_equal);
    g_queue_init(&fragments->by_age);
    return fragments;
}

static void drop_all(MgFragments *fragments, gboolean with_notes)
{
    while (fragments->by_age.head != NULL) {
        Datagram *oldest = fragments->by_age.head->data;
        if (with_notes)
            note_incomplete(fragments, oldest);
        else if (oldest->pieces != NULL)
            oldest->protocol = 0; /* calls no sink */
        remove_datagram(fragments, oldest);
    }
}

void mg_fragments_finish(MgFragments *fragments)
{
    drop_all(fragments, TRUE);
    if (fragments->unnoted == 0)
        return;
    MgNote note = {
        .kind = MG_NOTE_GAP,
        .key = "fragments-incomplete",
        .at = fragments->unnoted_at,
        .count = fragments->unnoted,
    };
    fragments->note(fragments->user, &note);
    fragments->unnoted = 0;
}

void mg_fragments_free(MgFragments *fragments)
{
    if (fragments == NULL)
        return;
    drop_all(fragments, FALSE);
    g_hash_table_unref(fragments->datagrams);
    g_free(fragments);
}
