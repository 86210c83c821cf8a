/* Physical lines and literals of one direction; what is inside them is read by imap-token.c. */
#include "proto/imap-parse.h"

#include <string.h>

#include "proto/imap-token.h"
#include "proto/line.h"

/* What follows a physical line. */
enum {
    NO_LITERAL,
    ASKED, /* the caller was asked and has not answered */
    KEPT,
    STREAMED,
};

/* From text position `at` on, the text stands at `offset` of the stream. */
typedef struct {
    gsize at;
    guint64 offset;
} Anchor;

void mg_imap_parse_init(MgImapParse *parse, MgActor from)
{
    *parse = (MgImapParse){.from = from};
    parse->text = g_string_new(NULL);
    parse->nodes = g_array_new(FALSE, FALSE, sizeof(MgImapNode));
    parse->anchors = g_array_new(FALSE, FALSE, sizeof(Anchor));
    mg_imap_parse_clear(parse);
}

void mg_imap_parse_destroy(MgImapParse *parse)
{
    g_string_free(parse->text, TRUE);
    g_array_unref(parse->nodes);
    g_array_unref(parse->anchors);
    g_clear_pointer(&parse->numbers, mg_imap_set_free);
}

void mg_imap_parse_clear(MgImapParse *parse)
{
    /* A connection does not keep the room that one long line took. */
    if (parse->text->allocated_len > 4096) {
        g_string_free(parse->text, TRUE);
        parse->text = g_string_new(NULL);
    }
    if (parse->nodes->len > 256) {
        g_array_unref(parse->nodes);
        parse->nodes = g_array_new(FALSE, FALSE, sizeof(MgImapNode));
    }
    g_string_truncate(parse->text, 0);
    g_array_set_size(parse->nodes, 0);
    g_array_set_size(parse->anchors, 0);
    g_clear_pointer(&parse->numbers, mg_imap_set_free);
    parse->first = parse->node = parse->literal = parse->last[0] = MG_IMAP_NONE;
    parse->truncated = parse->bare_lf = parse->any = FALSE;
    parse->text_next = parse->cr = parse->in_section = FALSE;
    parse->frames = (MgFrames){0};
    parse->begun = parse->ended = (MgStamp){.time = MG_TIME_NONE};
    parse->left = 0;
    parse->state = MG_IMAP_BETWEEN;
    parse->literal_state = NO_LITERAL;
    parse->depth = parse->over = parse->code_depth = parse->words = 0;
}

gboolean mg_imap_parse_open(const MgImapParse *parse)
{
    return parse->any;
}

gboolean mg_imap_parse_announced(const MgImapParse *parse)
{
    return parse->literal_state == ASKED;
}

gboolean mg_imap_parse_in_literal(const MgImapParse *parse)
{
    return parse->literal_state > ASKED;
}

/* ---- Physical lines ---- */

static void add_anchor(MgImapParse *parse, guint64 offset)
{
    Anchor anchor = {parse->text->len, offset};
    g_array_append_val(parse->anchors, anchor);
}

static MgImapNode *node_at(const MgImapParse *parse, guint32 index)
{
    return index == MG_IMAP_NONE ? NULL : &g_array_index(parse->nodes, MgImapNode, index);
}

/* Add to the text; returns how many octets of it there was room for. */
static gsize add_text(MgImapParse *parse, const guint8 *data, gsize len, guint64 offset)
{
    gsize kept = MIN(len, MG_LIMIT_LINE - MIN(parse->text->len, MG_LIMIT_LINE));
    if (kept > 0) {
        add_anchor(parse, offset);
        g_string_append_len(parse->text, (const char *)data, (gssize)kept);
    }
    return kept;
}

static void read_piece(MgImapParse *parse, MgSlice piece, guint64 offset)
{
    gsize base = parse->text->len;
    gsize kept = add_text(parse, piece.data, piece.len, offset);
    for (gsize i = 0; i < kept; i++)
        mg_imap_token_step(parse, piece.data[i], base + i);
    if (kept < piece.len)
        parse->truncated = TRUE;
    for (gsize i = kept; i < piece.len; i++)
        mg_imap_token_step(parse, piece.data[i], parse->text->len);
}

/* The physical line has ended: TRUE when a literal follows. */
static gboolean end_piece(MgImapParse *parse)
{
    if (!mg_imap_token_literal(parse))
        return FALSE;
    parse->literal = parse->node;
    parse->literal_state = ASKED;
    parse->left = parse->number;
    MgImapNode *node = node_at(parse, parse->literal);
    if (node != NULL)
        node->octets = parse->left;
    return TRUE;
}

void mg_imap_parse_end(MgImapParse *parse)
{
    gsize end = parse->text->len;
    MgImapNode *literal = node_at(parse, parse->literal);
    if (parse->literal_state == KEPT && literal != NULL)
        literal->len = (guint32)(end - literal->at);
    mg_imap_token_end(parse, end);
    parse->literal_state = NO_LITERAL;
}

void mg_imap_parse_cut(MgImapParse *parse)
{
    MgImapNode *node = node_at(parse, parse->node);
    parse->number_fits = FALSE;
    mg_imap_parse_end(parse);
    if (node != NULL && node->type != MG_IMAP_TEXT) {
        node->type = MG_IMAP_ATOM;
        node->len = 0;
    }
}

/* ---- Literals ---- */

/* The octets of the literal come now.  Inside a section they belong to the atom around it. */
static void begin_literal(MgImapParse *parse, gint literal_state, MgImapType type, guint32 item)
{
    parse->literal_state = literal_state;
    MgImapNode *node = node_at(parse, parse->literal);
    if (parse->in_section) {
        parse->literal = MG_IMAP_NONE;
    } else if (node != NULL) {
        node->type = type;
        node->at = (guint32)parse->text->len;
        node->item = item;
    }
    mg_imap_token_go_on(parse);
}

void mg_imap_parse_keep(MgImapParse *parse)
{
    begin_literal(parse, KEPT, MG_IMAP_LITERAL, MG_IMAP_NONE);
}

void mg_imap_parse_stream(MgImapParse *parse, guint32 item)
{
    begin_literal(parse, STREAMED, MG_IMAP_STREAMED, item);
}

/* The last octets before `to` have passed. */
static void pass(MgImapParse *parse, const MgBytes *bytes, guint64 from, guint64 to)
{
    if (to == from || bytes->n_places == 0)
        return;
    if (!parse->any)
        parse->begun = mg_bytes_place(bytes, from)->at;
    parse->any = TRUE;
    parse->ended = mg_bytes_place(bytes, to - 1)->at;
    mg_bytes_frames(bytes, from, to, &parse->frames);
}

/* Octets of a literal.  TRUE: an event of a streamed one is to be given. */
static gboolean read_octets(MgImapParse *parse, const MgBytes *bytes, gsize *at)
{
    gsize len = (gsize)MIN(parse->left, bytes->slice.len - *at);
    guint64 from = bytes->offset + *at;
    parse->octets = (MgSlice){len > 0 ? bytes->slice.data + *at : NULL, len};
    pass(parse, bytes, from, from + len);
    parse->left -= len;
    *at += len;
    gboolean streamed = parse->literal_state == STREAMED;
    if (!streamed && len > 0 && add_text(parse, parse->octets.data, len, from) < len)
        parse->truncated = TRUE;
    if (parse->left == 0) {
        MgImapNode *node = node_at(parse, parse->literal);
        if (!streamed && node != NULL)
            node->len = (guint32)(parse->text->len - node->at);
        parse->literal_state = NO_LITERAL;
    }
    return streamed;
}

/* One physical line, or a piece of one.  TRUE: the line with all its literals is complete. */
static gboolean read_line(MgImapParse *parse, const MgBytes *bytes, const MgLine *line)
{
    MgSlice text = line->text;
    pass(parse, bytes, line->offset, line->offset + line->whole);
    parse->any = TRUE;
    /* A piece may end between CR and LF. */
    gboolean joins = parse->cr && !line->unended && text.len == 0;
    if (parse->cr && !joins)
        mg_imap_token_step(parse, '\r', parse->text->len);
    parse->cr = FALSE;
    if (line->unended) {
        parse->cr = text.data[line->whole - 1] == '\r';
        if (text.len == line->whole && parse->cr)
            text.len--;
        read_piece(parse, text, line->offset);
        return FALSE;
    }
    parse->bare_lf |= line->bare_lf && !joins;
    read_piece(parse, text, line->offset);
    if (end_piece(parse))
        return FALSE;
    mg_imap_parse_end(parse);
    return TRUE;
}

MgImapEvent mg_imap_parse_next(MgImapParse *parse, const MgBytes *bytes, gsize *at)
{
    while (TRUE) {
        if (parse->literal_state == ASKED)
            return MG_IMAP_ANNOUNCED;
        if (parse->literal_state != NO_LITERAL) {
            if (*at == bytes->slice.len && parse->left > 0)
                return MG_IMAP_MORE;
            if (read_octets(parse, bytes, at))
                return MG_IMAP_OCTETS;
            continue;
        }
        MgLine line;
        if (mg_line_next(bytes, *at, &line) != MG_DONE)
            return MG_IMAP_MORE;
        *at += line.whole;
        if (read_line(parse, bytes, &line))
            return MG_IMAP_LINE;
    }
}

gboolean mg_imap_parse_gap(MgImapParse *parse, guint64 octets)
{
    if (parse->literal_state <= ASKED || octets > parse->left)
        return FALSE;
    MgImapNode *node = node_at(parse, parse->literal);
    if (node != NULL)
        node->holed = TRUE;
    parse->left -= octets;
    return TRUE;
}

void mg_imap_parse_hide(const MgImapParse *parse, MgText *text, gsize at, gsize len)
{
    gsize end = MIN(at + len, parse->text->len);
    for (guint i = 0; i < parse->anchors->len && at < end; i++) {
        const Anchor *anchor = &g_array_index(parse->anchors, Anchor, i);
        gsize stop = i + 1 < parse->anchors->len ? g_array_index(parse->anchors, Anchor, i + 1).at
                                                 : parse->text->len;
        gsize from = MAX(at, anchor->at), to = MIN(end, stop);
        if (from < to)
            mg_text_hide(text, from, to - from, anchor->offset - anchor->at);
    }
}
