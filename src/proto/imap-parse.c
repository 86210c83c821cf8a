/* A state machine over the octets of one direction: physical lines, literals, tokens. */
#include "proto/imap-parse.h"

#include <string.h>

#include "proto/line.h"

/* Inside a physical line. */
enum {
    BETWEEN, /* tokens */
    ATOM,
    SECTION, /* the brackets of BODY[…]: lists and strings in it belong to the atom */
    SECTION_QUOTED,
    SECTION_ESCAPED,
    QUOTED,
    ESCAPED,
    BRACE,  /* after { */
    BRACED, /* after } */
    TEXT,
};

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
    parse->state = BETWEEN;
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

/* ---- Nodes ---- */

static MgImapNode *node_at(const MgImapParse *parse, guint32 index)
{
    return index == MG_IMAP_NONE ? NULL : &g_array_index(parse->nodes, MgImapNode, index);
}

/* A new last node of the open level.  Beyond the limits there are no nodes. */
static guint32 add_node(MgImapParse *parse, MgImapType type, gsize at)
{
    parse->before_node = MG_IMAP_NONE;
    if (parse->truncated || parse->over > 0)
        return MG_IMAP_NONE;
    MgImapNode node = {.type = type,
                       .at = (guint32)at,
                       .next = MG_IMAP_NONE,
                       .child = MG_IMAP_NONE,
                       .item = MG_IMAP_NONE};
    guint32 index = parse->nodes->len;
    g_array_append_val(parse->nodes, node);
    guint32 *last = &parse->last[parse->depth];
    if (*last != MG_IMAP_NONE)
        node_at(parse, *last)->next = index;
    else if (parse->depth > 0 && parse->lists[parse->depth - 1] != MG_IMAP_NONE)
        node_at(parse, parse->lists[parse->depth - 1])->child = index;
    else if (parse->depth == 0)
        parse->first = index;
    parse->before_node = *last;
    *last = index;
    return index;
}

static void end_node(MgImapParse *parse, gsize end)
{
    MgImapNode *node = node_at(parse, parse->node);
    if (node != NULL)
        node->len = (guint32)(end - node->at);
    parse->node = MG_IMAP_NONE;
}

static void open_list(MgImapParse *parse, MgImapType type, gsize at)
{
    if (parse->over > 0 || parse->depth == MG_LIMIT_NESTING) {
        parse->over++;
        return;
    }
    parse->lists[parse->depth] = add_node(parse, type, at + 1);
    parse->depth++;
    parse->last[parse->depth] = MG_IMAP_NONE;
}

static void close_list(MgImapParse *parse, gsize at)
{
    if (parse->over > 0) {
        parse->over--;
        return;
    }
    if (parse->depth == 0)
        return;
    parse->depth--;
    MgImapNode *list = node_at(parse, parse->lists[parse->depth]);
    if (list != NULL)
        list->len = (guint32)(at - list->at);
    if (parse->depth < parse->code_depth) {
        parse->code_depth = 0;
        parse->text_next = TRUE;
    }
}

/* The word after the tag decides how a server's line is read. */
static void word_ended(MgImapParse *parse, guint32 index)
{
    static const char *const status[] = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
    if (parse->from != MG_ACTOR_SERVER || parse->depth > 0 || ++parse->words != 2)
        return;
    const MgImapNode *word = node_at(parse, index);
    for (gsize i = 0; i < G_N_ELEMENTS(status); i++)
        if (mg_imap_is(parse, word, status[i]))
            parse->text_next = TRUE;
    if (mg_imap_is(parse, mg_imap_first(parse), "*") &&
        (mg_imap_is(parse, word, "SEARCH") || mg_imap_is(parse, word, "SORT")))
        parse->numbers = mg_imap_set_new();
}

static void end_atom(MgImapParse *parse, gsize at)
{
    guint32 index = parse->node;
    end_node(parse, at);
    parse->state = BETWEEN;
    if (index != MG_IMAP_NONE)
        word_ended(parse, index);
    else if (parse->numbers != NULL && parse->depth == 0 && parse->number_fits)
        mg_imap_set_add(parse->numbers, (guint32)parse->number);
}

static void count_number(MgImapParse *parse, guint8 c)
{
    if (!g_ascii_isdigit(c) || parse->number > G_MAXUINT32)
        parse->number_fits = FALSE;
    else
        parse->number = parse->number * 10 + (c - '0');
    if (parse->number > G_MAXUINT32)
        parse->number_fits = FALSE;
}

/* BODY[, BODY.PEEK[, BINARY.SIZE[, AVAILABLECONVERSIONS[ … have a section in brackets; in
 * other atoms [ is a letter. */
static gboolean has_section(const MgImapParse *parse, gsize at)
{
    static const char *const names[] = {"BODY",        "BODY.PEEK",         "BINARY",
                                        "BINARY.PEEK", "BINARY.SIZE",       "BODYPARTSTRUCTURE",
                                        "BODY.SIZE",   "BODYPARTSTRUCTURE", "AVAILABLECONVERSIONS"};
    const MgImapNode *node = node_at(parse, parse->node);
    if (node == NULL || at < node->at)
        return FALSE;
    MgSlice name = {(const guint8 *)parse->text->str + node->at, at - node->at};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (mg_slice_is(name, names[i]))
            return TRUE;
    return FALSE;
}

static void begin_atom(MgImapParse *parse, guint8 c, gsize at)
{
    parse->state = ATOM;
    parse->atom_octets = 1;
    if (parse->numbers != NULL && parse->depth == 0) {
        parse->node = MG_IMAP_NONE;
        parse->number = 0;
        parse->number_fits = TRUE;
        count_number(parse, c);
        return;
    }
    parse->node = add_node(parse, MG_IMAP_ATOM, at);
    /* A continuation: what follows + is text, with or without the blank. */
    if (c == '+' && parse->from == MG_ACTOR_SERVER && parse->depth == 0 && parse->words == 0) {
        end_atom(parse, at + 1);
        parse->text_next = TRUE;
    }
}

static void begin_brace(MgImapParse *parse, gboolean binary)
{
    parse->number = 0;
    parse->number_fits = FALSE; /* no digit yet */
    parse->waits = TRUE;
    parse->binary = binary;
    parse->state = BRACE;
}

static void step_between(MgImapParse *parse, guint8 c, gsize at)
{
    if (parse->text_next) {
        if (c == ' ' || c == '\t')
            return;
        parse->text_next = FALSE;
        if (c == '[' && parse->words <= 2) {
            parse->words = 3; /* one code only */
            open_list(parse, MG_IMAP_CODE, at);
            parse->code_depth = parse->depth;
        } else {
            parse->node = add_node(parse, MG_IMAP_TEXT, at);
            parse->state = TEXT;
        }
        return;
    }
    switch (c) {
    case ' ':
    case '\t':
        break;
    case '(':
        open_list(parse, MG_IMAP_LIST, at);
        break;
    case ')':
        close_list(parse, at);
        break;
    case ']':
        if (parse->code_depth == 0) {
            begin_atom(parse, c, at);
            break;
        }
        parse->over = 0;
        for (guint to = parse->code_depth - 1; parse->depth > to;)
            close_list(parse, at);
        break;
    case '"':
        parse->node = add_node(parse, MG_IMAP_QUOTED, at + 1);
        parse->state = QUOTED;
        break;
    case '{':
        parse->node = add_node(parse, MG_IMAP_ATOM, at);
        begin_brace(parse, FALSE);
        break;
    default:
        begin_atom(parse, c, at);
    }
}

static void step_atom(MgImapParse *parse, guint8 c, gsize at)
{
    parse->atom_octets++;
    switch (c) {
    case ' ':
    case '\t':
        end_atom(parse, at);
        break;
    case ']':
        if (parse->code_depth == 0)
            break;
        G_GNUC_FALLTHROUGH;
    case '(':
    case ')':
        end_atom(parse, at);
        step_between(parse, c, at);
        break;
    case '[':
        if (has_section(parse, at))
            parse->state = SECTION;
        break;
    case '{':
        /* ~{5}, and BODY[]{5} of careless servers; else it is a letter. */
        if (parse->before == '~' && parse->atom_octets == 2) {
            begin_brace(parse, TRUE);
        } else if (parse->before == ']' || parse->before == '>') {
            end_atom(parse, at);
            parse->node = add_node(parse, MG_IMAP_ATOM, at);
            begin_brace(parse, FALSE);
        }
        break;
    default:
        if (parse->node == MG_IMAP_NONE)
            count_number(parse, c);
    }
}

static void step_section(MgImapParse *parse, guint8 c)
{
    if (c == ']') {
        parse->state = ATOM;
    } else if (c == '"') {
        parse->state = SECTION_QUOTED;
    } else if (c == '{' && (parse->before == ' ' || parse->before == '(')) {
        begin_brace(parse, FALSE);
        parse->in_section = TRUE;
    }
}

static void step_brace(MgImapParse *parse, guint8 c, gsize at)
{
    if (parse->state == BRACE) {
        if (g_ascii_isdigit(c) && parse->waits) {
            guint64 digit = c - '0';
            if (parse->number <= (G_MAXINT64 - digit) / 10) {
                parse->number = parse->number * 10 + digit;
                parse->number_fits = TRUE;
                return;
            }
        } else if ((c == '+' || c == '-') && parse->waits && parse->number_fits) {
            parse->waits = FALSE;
            return;
        } else if (c == '}' && parse->number_fits) {
            parse->state = BRACED;
            return;
        }
    }
    /* No literal after all. */
    parse->state = parse->in_section ? SECTION : ATOM;
    if (parse->in_section)
        step_section(parse, c);
    else
        step_atom(parse, c, at);
    parse->in_section = FALSE;
}

static void step(MgImapParse *parse, guint8 c, gsize at)
{
    switch (parse->state) {
    case BETWEEN:
        step_between(parse, c, at);
        break;
    case ATOM:
        step_atom(parse, c, at);
        break;
    case SECTION:
        step_section(parse, c);
        break;
    case SECTION_QUOTED:
        if (c == '\\')
            parse->state = SECTION_ESCAPED;
        else if (c == '"')
            parse->state = SECTION;
        break;
    case SECTION_ESCAPED:
        parse->state = SECTION_QUOTED;
        break;
    case QUOTED:
        if (c == '\\') {
            parse->state = ESCAPED;
        } else if (c == '"') {
            end_node(parse, at);
            parse->state = BETWEEN;
        }
        break;
    case ESCAPED:
        parse->state = QUOTED;
        break;
    case BRACE:
    case BRACED:
        step_brace(parse, c, at);
        break;
    default: /* TEXT: to the end of the line */
        break;
    }
    parse->before = c;
}

/* ---- Physical lines ---- */

static void add_anchor(MgImapParse *parse, guint64 offset)
{
    Anchor anchor = {parse->text->len, offset};
    g_array_append_val(parse->anchors, anchor);
}

/* Add to the text; *ret_kept: how many octets of it there was room for. */
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
        step(parse, piece.data[i], base + i);
    if (kept < piece.len)
        parse->truncated = TRUE;
    for (gsize i = kept; i < piece.len; i++)
        step(parse, piece.data[i], parse->text->len);
}

/* The physical line has ended: TRUE when a literal follows. */
static gboolean end_piece(MgImapParse *parse)
{
    if (parse->state != BRACED)
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
    if (parse->state == ATOM)
        end_atom(parse, end);
    else
        end_node(parse, end);
    parse->over = 0;
    while (parse->depth > 0)
        close_list(parse, end);
    parse->state = BETWEEN;
    parse->literal_state = NO_LITERAL;
}

void mg_imap_parse_cut(MgImapParse *parse)
{
    MgImapNode *node = node_at(parse, parse->node);
    gboolean text = parse->state == TEXT;
    if (parse->numbers != NULL && parse->state == ATOM)
        parse->number_fits = FALSE;
    mg_imap_parse_end(parse);
    if (node != NULL && !text) {
        node->type = MG_IMAP_ATOM;
        node->len = 0;
    }
}

/* ---- Literals ---- */

/* The octets of the literal come now.  Inside a section they belong to the atom around it. */
static void begin_literal(MgImapParse *parse, gint literal_state, MgImapType type, guint32 item)
{
    parse->literal_state = literal_state;
    parse->state = parse->in_section ? SECTION : BETWEEN;
    MgImapNode *node = node_at(parse, parse->literal);
    if (parse->in_section) {
        parse->literal = MG_IMAP_NONE;
    } else if (node != NULL) {
        node->type = type;
        node->at = (guint32)parse->text->len;
        node->item = item;
    }
    if (!parse->in_section)
        parse->node = MG_IMAP_NONE;
    parse->in_section = FALSE;
    parse->before = ' ';
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
        step(parse, '\r', parse->text->len);
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
