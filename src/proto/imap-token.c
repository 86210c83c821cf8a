/* The tokens of an IMAP line, octet by octet: atoms, strings, lists, announced literals (RFC 9051
 * section 9). */
#include "proto/imap-token.h"

#include <string.h>

#include "proto/line.h"

/* Inside a physical line. */
enum {
    BETWEEN = MG_IMAP_BETWEEN, /* tokens */
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
    static const char *const names[] = {"BODY",
                                        "BODY.PEEK",
                                        "BINARY",
                                        "BINARY.PEEK",
                                        "BINARY.SIZE",
                                        "BODYPARTSTRUCTURE",
                                        "AVAILABLECONVERSIONS"};
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

void mg_imap_token_step(MgImapParse *parse, guint8 c, gsize at)
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

void mg_imap_token_end(MgImapParse *parse, gsize end)
{
    if (parse->state == ATOM)
        end_atom(parse, end);
    else
        end_node(parse, end);
    parse->over = 0;
    while (parse->depth > 0)
        close_list(parse, end);
    parse->state = BETWEEN;
}

gboolean mg_imap_token_literal(const MgImapParse *parse)
{
    return parse->state == BRACED;
}

void mg_imap_token_go_on(MgImapParse *parse)
{
    parse->state = parse->in_section ? SECTION : BETWEEN;
    if (!parse->in_section)
        parse->node = MG_IMAP_NONE;
    parse->in_section = FALSE;
    parse->before = ' ';
}
