/* See flows.h: the connections, what is remembered of them, and the two sinks. */
#include "annotate/flows.h"

#include "annotate/hide.h"
#include "annotate/seen.h"

#include <string.h>

/* Further from what was taken than this is another stream's number. */
#define FAR (G_GINT64_CONSTANT(1) << 30)

typedef struct {
    guint64 offset, octets;
} Range;

typedef struct {
    guint64 frame;
    guint16 capture;
} Carrier;

typedef struct {
    gboolean known; /* `zero` is set */
    guint32 zero;
    guint64 taken;     /* by proto */
    guint64 offer_end; /* of the offer in hand, or the last one */
    guint64 carried;   /* end of the octets whose frames were noted */
    GQueue seen;       /* MgSeen*, in the order they came */
    GArray *secrets;   /* MgHidden, by offset */
    guint64 secret_to; /* everything below is secret: there were too many */
    GArray *gaps;      /* Range: octets that proto never saw */
    GArray *carriers;  /* Carrier */
} Side;

typedef struct {
    MgEndpoint end[2];
    guint64 id;
    gboolean mail;
    gboolean ended;
    MgSide client;
    MgStamp last;
    Side side[2];
    GList link; /* in MgFlows.ended */
} Flow;

struct MgFlows {
    MgSorter *sorter;
    gboolean show_secrets;
    MgFlowSink next;
    GHashTable *flows; /* Flow*, by its end points, either way round */
    GQueue ended;      /* the earliest first */
    Flow *current;
};

/* ---- The table ---- */

static guint end_hash(const MgEndpoint *end)
{
    return mg_address_hash(&end->address) * 31 + end->port;
}

static guint flow_hash(gconstpointer data)
{
    const Flow *flow = data;
    return end_hash(&flow->end[0]) + end_hash(&flow->end[1]);
}

static gboolean end_equal(const MgEndpoint *a, const MgEndpoint *b)
{
    return a->port == b->port && mg_address_equal(&a->address, &b->address);
}

static gboolean flow_equal(gconstpointer a, gconstpointer b)
{
    const Flow *x = a, *y = b;
    return (end_equal(&x->end[0], &y->end[0]) && end_equal(&x->end[1], &y->end[1])) ||
           (end_equal(&x->end[0], &y->end[1]) && end_equal(&x->end[1], &y->end[0]));
}

static void side_clear(Side *side)
{
    g_queue_clear_full(&side->seen, mg_seen_free);
    g_clear_pointer(&side->secrets, g_array_unref);
    g_clear_pointer(&side->gaps, g_array_unref);
    g_clear_pointer(&side->carriers, g_array_unref);
}

static void flow_free(gpointer data)
{
    Flow *flow = data;
    side_clear(&flow->side[0]);
    side_clear(&flow->side[1]);
    g_free(flow);
}

static void drop(MgFlows *flows, Flow *flow)
{
    if (flow->ended)
        g_queue_unlink(&flows->ended, &flow->link);
    g_hash_table_remove(flows->flows, flow);
}

static Flow *find(MgFlows *flows, const MgEndpoint *one, const MgEndpoint *other)
{
    Flow key = {.end = {*one, *other}};
    return g_hash_table_lookup(flows->flows, &key);
}

MgFlows *mg_flows_new(MgSorter *sorter, gboolean show_secrets)
{
    MgFlows *flows = g_new0(MgFlows, 1);
    flows->sorter = sorter;
    flows->show_secrets = show_secrets;
    flows->flows = g_hash_table_new_full(flow_hash, flow_equal, flow_free, NULL);
    g_queue_init(&flows->ended);
    return flows;
}

void mg_flows_free(MgFlows *flows)
{
    if (flows == NULL)
        return;
    g_hash_table_unref(flows->flows);
    g_free(flows);
}

/* ---- Secrets ---- */

static void hidden_clear(gpointer data)
{
    g_free(((MgHidden *)data)->octets);
}

static gint64 offset_of(const Side *side, const MgSeen *seen)
{
    return mg_seq_offset(side->zero, side->taken, seen->seq);
}

/* The first secret that ends behind `offset`. */
static guint first_behind(const GArray *secrets, guint64 offset)
{
    guint low = 0, high = secrets->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const MgHidden *hidden = &g_array_index(secrets, MgHidden, middle);
        if (hidden->offset + hidden->len <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void hide_in(MgFlows *flows, const Side *side, const MgSeen *seen, const MgHidden *hidden)
{
    gint64 at = offset_of(side, seen);
    gint64 from = MAX((gint64)hidden->offset, at);
    gint64 to = MIN((gint64)(hidden->offset + hidden->len), at + (gint64)seen->len);
    if (from >= to)
        return;
    const guint8 *octets =
        hidden->octets != NULL ? hidden->octets + (from - (gint64)hidden->offset) : NULL;
    mg_seen_hide(seen, flows->sorter, (guint32)(from - at), (guint32)(to - from), octets);
}

static void add_secret(MgFlows *flows, Side *side, guint64 offset, gsize len, guint8 *octets)
{
    MgHidden hidden = {.offset = offset, .len = (guint32)len, .octets = octets};
    if (len == 0 || flows->show_secrets) {
        g_free(octets);
        return;
    }
    if (side->secrets == NULL) {
        side->secrets = g_array_new(FALSE, FALSE, sizeof hidden);
        g_array_set_clear_func(side->secrets, hidden_clear);
    }
    if (side->secrets->len >= MG_FLOWS_SECRETS) {
        const MgHidden *last = &g_array_index(side->secrets, MgHidden, side->secrets->len / 2);
        side->secret_to = MAX(side->secret_to, last->offset + last->len);
        g_array_remove_range(side->secrets, 0, side->secrets->len / 2 + 1);
    }
    g_array_insert_val(side->secrets, first_behind(side->secrets, offset), hidden);
    for (const GList *link = side->seen.head; link != NULL; link = link->next)
        hide_in(flows, side, link->data, &hidden);
}

static void hide_known(MgFlows *flows, const Side *side, const MgSeen *seen)
{
    gint64 at = offset_of(side, seen);
    if (at < (gint64)side->secret_to) {
        MgHidden all = {.len = (guint32)MIN(side->secret_to, (guint64)G_MAXUINT32)};
        all.offset = side->secret_to - all.len;
        hide_in(flows, side, seen, &all);
    }
    if (side->secrets == NULL)
        return;
    for (guint i = first_behind(side->secrets, (guint64)MAX(at, 0)); i < side->secrets->len; i++) {
        const MgHidden *hidden = &g_array_index(side->secrets, MgHidden, i);
        if ((gint64)hidden->offset >= at + (gint64)seen->len)
            return;
        hide_in(flows, side, seen, hidden);
    }
}

/* ---- Segments ---- */

/* Octets that proto never read, so that nobody knows what is in them. */
static gboolean is_unread(const Flow *flow, const Side *side, const MgSeen *seen)
{
    gint64 at = offset_of(side, seen), end = at + (gint64)seen->len;
    if (at < -1 || at > (gint64)side->taken + FAR)
        return TRUE;
    if (flow->ended && end > (gint64)side->taken)
        return TRUE;
    for (guint i = 0; side->gaps != NULL && i < side->gaps->len; i++) {
        const Range *gap = &g_array_index(side->gaps, Range, i);
        if (at < (gint64)(gap->offset + gap->octets) && end > (gint64)gap->offset)
            return TRUE;
    }
    return FALSE;
}

/* Forget the earliest segments that are not needed any more. */
static void forget(MgFlows *flows, Flow *flow, Side *side)
{
    while (side->seen.length > MG_FLOWS_BEHIND) {
        MgSeen *oldest = side->seen.head->data;
        gboolean ahead =
            !side->known || offset_of(side, oldest) + (gint64)oldest->len > (gint64)side->taken;
        if (ahead && side->seen.length <= MG_FLOWS_AHEAD)
            return;
        if (ahead && flow->mail)
            mg_seen_blank(oldest, flows->sorter);
        mg_seen_free(g_queue_pop_head(&side->seen));
    }
}

void mg_flows_segment(MgFlows *flows, const MgSegment *segment)
{
    if (segment->payload.len == 0 || flows->show_secrets)
        return;
    Flow *flow = find(flows, &segment->source, &segment->destination);
    if (flow == NULL)
        return;
    Side *side = &flow->side[end_equal(&segment->source, &flow->end[0]) ? 0 : 1];
    MgSeen *seen = mg_seen_new(segment);
    if (side->known)
        hide_known(flows, side, seen);
    if (flow->mail && side->known && is_unread(flow, side, seen))
        mg_seen_blank(seen, flows->sorter);
    if (flow->ended) {
        mg_seen_free(seen);
        return;
    }
    g_queue_push_tail(&side->seen, seen);
    forget(flows, flow, side);
}

void mg_flows_loose(MgFlows *flows, const MgPiece *piece)
{
    if (!flows->show_secrets)
        mg_seen_blank_piece(piece, flows->sorter);
}

/* ---- Between tcp and proto ---- */

static void flow_open(gpointer user, MgFlow *shown)
{
    MgFlows *flows = user;
    Flow *old = find(flows, &shown->end[0], &shown->end[1]);
    if (old != NULL)
        drop(flows, old);
    Flow *flow = g_new0(Flow, 1);
    flow->end[0] = shown->end[0];
    flow->end[1] = shown->end[1];
    flow->id = shown->id;
    flow->last = shown->first;
    g_queue_init(&flow->side[0].seen);
    g_queue_init(&flow->side[1].seen);
    g_hash_table_add(flows->flows, flow);
    flows->next.open(flows->next.user, shown);
}

static Flow *enter(MgFlows *flows, const MgFlow *shown)
{
    flows->current = find(flows, &shown->end[0], &shown->end[1]);
    if (flows->current != NULL)
        flows->current->last = shown->last;
    return flows->current;
}

static void spill(MgFlows *flows, const Flow *flow, MgSide number, guint n)
{
    GArray *carriers = flow->side[number].carriers;
    MgCarrier record = {.flow = flow->id, .from = number};
    for (guint i = 0; i < n; i++) {
        const Carrier *carrier = &g_array_index(carriers, Carrier, i);
        mg_sorter_add(flows->sorter, carrier->capture, carrier->frame, MG_RECORD_CARRIER, &record,
                      sizeof record);
    }
    g_array_remove_range(carriers, 0, n);
}

/* Which frames carry the octets that are offered for the first time. */
static void note_carriers(MgFlows *flows, Flow *flow, MgSide number, const MgBytes *bytes)
{
    Side *side = &flow->side[number];
    guint64 end = bytes->offset + bytes->slice.len;
    if (side->carried >= end || bytes->n_places == 0)
        return;
    if (side->carriers == NULL)
        side->carriers = g_array_new(FALSE, FALSE, sizeof(Carrier));
    const MgPlacement *stop = bytes->places + bytes->n_places;
    guint64 from = MAX(side->carried, bytes->offset);
    for (const MgPlacement *place = mg_bytes_place(bytes, from); place < stop; place++) {
        Carrier carrier = {place->at.frame, place->at.capture};
        guint len = side->carriers->len;
        if (len > 0 && g_array_index(side->carriers, Carrier, len - 1).frame == carrier.frame)
            continue;
        if (len >= MG_FLOWS_CARRIERS)
            spill(flows, flow, number, len / 2);
        g_array_append_val(side->carriers, carrier);
    }
    side->carried = end;
}

static MgTake flow_bytes(gpointer user, MgFlow *shown, MgSide number, const MgBytes *bytes)
{
    MgFlows *flows = user;
    Flow *flow = enter(flows, shown);
    guint64 end = bytes->offset + bytes->slice.len;
    if (flow != NULL) {
        Side *side = &flow->side[number];
        side->known = TRUE;
        side->zero = shown->zero[number];
        side->taken = MAX(side->taken, bytes->offset);
        side->offer_end = end;
        note_carriers(flows, flow, number, bytes);
    }
    MgTake take = flows->next.bytes(flows->next.user, shown, number, bytes);
    flows->current = NULL;
    if (flow == NULL)
        return take;
    Side *side = &flow->side[number];
    guint64 taken = bytes->offset + MIN(take.taken, bytes->slice.len);
    if (take.want == MG_DONE && !flow->mail) {
        drop(flows, flow);
        return take;
    }
    /* What nobody took is read by nobody. */
    if (bytes->final && flow->mail && taken < end)
        add_secret(flows, side, taken, (gsize)(end - taken), NULL);
    side->taken = bytes->final ? end : taken;
    return take;
}

static void flow_gap(gpointer user, MgFlow *shown, MgSide number, const MgGap *gap)
{
    MgFlows *flows = user;
    Flow *flow = enter(flows, shown);
    if (flow != NULL) {
        Side *side = &flow->side[number];
        Range range = {gap->offset, gap->octets};
        if (side->gaps == NULL)
            side->gaps = g_array_new(FALSE, FALSE, sizeof range);
        Range *last =
            side->gaps->len > 0 ? &g_array_index(side->gaps, Range, side->gaps->len - 1) : NULL;
        /* Very many: what lies between them counts as one hole. */
        if (last != NULL && side->gaps->len >= MG_FLOWS_SECRETS)
            last->octets = range.offset + range.octets - last->offset;
        else
            g_array_append_val(side->gaps, range);
        side->taken = MAX(side->taken, gap->offset + gap->octets);
        side->known = TRUE;
        side->zero = shown->zero[number];
    }
    flows->next.gap(flows->next.user, shown, number, gap);
    flows->current = NULL;
}

static void flow_repeat(gpointer user, MgFlow *shown, MgSide number, const MgRepeat *repeat)
{
    MgFlows *flows = user;
    const Flow *flow = enter(flows, shown);
    /* One octet is a keep-alive. */
    if (flow != NULL && flow->mail && repeat->first_frame != 0 && repeat->octets > 1) {
        MgAgain again = {.frame = repeat->at.frame, .capture = repeat->at.capture};
        mg_sorter_add(flows->sorter, repeat->first_capture, repeat->first_frame, MG_RECORD_REPEAT,
                      &again, sizeof again);
    }
    flows->next.repeat(flows->next.user, shown, number, repeat);
    flows->current = NULL;
}

static void flow_acked(gpointer user, MgFlow *shown, MgSide number, guint64 offset)
{
    MgFlows *flows = user;
    enter(flows, shown);
    flows->next.acked(flows->next.user, shown, number, offset);
    flows->current = NULL;
}

static void flow_end(gpointer user, MgFlow *shown, const MgFlowEnd *end)
{
    MgFlows *flows = user;
    Flow *flow = enter(flows, shown);
    flows->next.end(flows->next.user, shown, end);
    flows->current = NULL;
    if (flow == NULL)
        return;
    if (!flow->mail) {
        drop(flows, flow);
        return;
    }
    flow->ended = TRUE;
    for (MgSide i = 0; i < 2; i++) {
        Side *side = &flow->side[i];
        for (const GList *link = side->seen.head; link != NULL; link = link->next)
            if (!side->known || is_unread(flow, side, link->data))
                mg_seen_blank(link->data, flows->sorter);
        g_queue_clear_full(&side->seen, mg_seen_free);
        g_clear_pointer(&side->carriers, g_array_unref);
    }
    flow->link.data = flow;
    g_queue_push_tail_link(&flows->ended, &flow->link);
    if (flows->ended.length > MG_FLOWS_ENDED)
        drop(flows, flows->ended.head->data);
}

static void flow_note(gpointer user, const MgNote *note)
{
    MgFlows *flows = user;
    flows->next.note(flows->next.user, note);
}

void mg_flows_flow_sink(MgFlows *flows, const MgFlowSink *next, MgFlowSink *ret_sink)
{
    flows->next = *next;
    *ret_sink = (MgFlowSink){.open = flow_open,
                             .bytes = flow_bytes,
                             .gap = flow_gap,
                             .repeat = flow_repeat,
                             .acked = flow_acked,
                             .end = flow_end,
                             .note = flow_note,
                             .user = flows};
}

/* ---- From proto ---- */

void mg_flows_session(MgFlows *flows, const MgSession *session)
{
    if (flows->current == NULL)
        return;
    flows->current->mail = TRUE;
    flows->current->client = session->client_side;
}

void mg_flows_secret(MgFlows *flows, const MgSession *session, const MgSecretFound *secret)
{
    mg_flows_session(flows, session);
    if (flows->current == NULL)
        return;
    MgSide number =
        secret->actor == MG_ACTOR_CLIENT ? session->client_side : 1 - session->client_side;
    Side *side = &flows->current->side[number];
    if (secret->stream_offset != G_MAXUINT64) {
        add_secret(flows, side, secret->stream_offset, secret->octets.len, mg_hide(secret));
        return;
    }
    /* Somewhere in what is remembered. */
    const MgSeen *oldest = g_queue_peek_head(&side->seen);
    guint64 from = side->taken;
    if (oldest != NULL)
        from = (guint64)CLAMP(offset_of(side, oldest), 0, (gint64)from);
    add_secret(flows, side, from, (gsize)(side->offer_end - MIN(from, side->offer_end)), NULL);
}

void mg_flows_exchange(MgFlows *flows, const MgExchange *exchange)
{
    Flow *flow = flows->current;
    guint64 first = mg_frames_first(&exchange->frames);
    if (flow == NULL || first == 0)
        return;
    for (MgSide i = 0; i < 2; i++) {
        GArray *carriers = flow->side[i].carriers;
        guint n = 0;
        while (carriers != NULL && n < carriers->len &&
               g_array_index(carriers, Carrier, n).frame < first)
            n++;
        if (n > 0)
            g_array_remove_range(carriers, 0, n);
    }
}

gboolean mg_flows_has_read(const MgFlows *flows, const MgStretch *stretch)
{
    Flow key = {.end = {stretch->source, stretch->destination}};
    const Flow *flow = g_hash_table_lookup(flows->flows, &key);
    if (flow == NULL || flow->ended)
        return TRUE;
    const Side *side = &flow->side[end_equal(&stretch->source, &flow->end[0]) ? 0 : 1];
    return side->known &&
           mg_seq_offset(side->zero, side->taken, stretch->seq) + (gint64)stretch->len <=
               (gint64)side->taken;
}

gboolean mg_flows_here(const MgFlows *flows, MgStamp *ret_at, guint64 *ret_id, MgSide *ret_client)
{
    if (flows->current == NULL)
        return FALSE;
    *ret_at = flows->current->last;
    *ret_id = flows->current->id;
    *ret_client = flows->current->client;
    return TRUE;
}

void mg_flows_spill(MgFlows *flows, MgSide number)
{
    const Flow *flow = flows->current;
    if (flow != NULL && flow->side[number].carriers != NULL)
        spill(flows, flow, number, flow->side[number].carriers->len);
}
