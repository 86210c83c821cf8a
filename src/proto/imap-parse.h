/* The grammar of IMAP lines: octets of one direction in, one tree of arguments per line out.
 *
 * A line here is a logical one: a command or response with the literals inside it.  Physical
 * lines are read as wholes (an incomplete one stays where it is, with tcp); literal octets are
 * taken as they come.  So the result does not depend on how the stream was cut.
 *
 * Values stand in `text`, the line as it is shown: quotes and escapes as sent, a literal that
 * is kept as `{n}` directly followed by its octets, one that is streamed as `{n}` alone.  A
 * tree is valid until mg_imap_parse_clear().  What goes beyond MG_LIMIT_LINE is not kept
 * (`truncated`), but still read, so that literals are found.
 *
 * RFC 9051 sections 4, 9; RFC 7888 for {n+}; RFC 3516 for ~{n}.
 */
#ifndef MG_PROTO_IMAP_PARSE_H
#define MG_PROTO_IMAP_PARSE_H

#include "mg-exchange.h"
#include "proto/imap-set.h"

G_BEGIN_DECLS

typedef enum {
    MG_IMAP_ATOM, /* numbers, flags, NIL and BODY[HEADER.FIELDS (TO)]<0> too */
    MG_IMAP_QUOTED,
    MG_IMAP_LITERAL,  /* its octets stand in the text */
    MG_IMAP_STREAMED, /* its octets went to the caller */
    MG_IMAP_LIST,     /* ( … ) */
    MG_IMAP_CODE,     /* [ … ] of a status response */
    MG_IMAP_TEXT,     /* the human text of a status response: no tokens in it */
} MgImapType;

#define MG_IMAP_NONE G_MAXUINT32

typedef struct {
    MgImapType type;
    guint32 at, len; /* its value in the text: between the quotes, after the {n} */
    guint32 next;    /* index of its next sibling, or MG_IMAP_NONE */
    guint32 child;   /* of a list's first child, or MG_IMAP_NONE */
    gboolean holed;  /* octets of it are missing */
    guint64 octets;  /* a literal's announced size */
    guint32 item;    /* streamed: what the caller wrote here */
} MgImapNode;

typedef enum {
    MG_IMAP_MORE,      /* everything that can be read was read */
    MG_IMAP_LINE,      /* a line is complete: use it, then clear */
    MG_IMAP_ANNOUNCED, /* {n}: say with mg_imap_parse_keep() or _stream() what to do with it */
    MG_IMAP_OCTETS,    /* `octets` of a streamed literal; its last ones when `left` is 0 */
} MgImapEvent;

/* Fields are for reading. */
typedef struct {
    MgActor from;
    GString *text;
    GArray *nodes;      /* MgImapNode */
    guint32 first;      /* index of the first node of the line, or MG_IMAP_NONE */
    MgImapSet *numbers; /* of * SEARCH and * SORT: they make no nodes; else NULL */
    gboolean truncated; /* the line is longer than its text */
    gboolean bare_lf;   /* a line end was LF alone */
    MgFrames frames;
    MgStamp begun, ended; /* first and last octet so far */

    /* At MG_IMAP_ANNOUNCED. */
    guint64 left;    /* octets of the literal that have not come yet */
    gboolean waits;  /* {n}: the client must see + first */
    gboolean binary; /* ~{n} */
    guint32 literal; /* its node, or MG_IMAP_NONE */

    MgSlice octets; /* At MG_IMAP_OCTETS; borrowed from the offer */

    /* Private. */
    gint state, literal_state;
    guint depth, over, code_depth, words;
    guint32 lists[MG_LIMIT_NESTING];    /* the open lists */
    guint32 last[MG_LIMIT_NESTING + 1]; /* last node of each level */
    guint32 node;                       /* the one being read */
    guint32 before_node;                /* the node before the one that was added last */
    guint64 number, atom_octets;        /* of the atom being read: its value, its octets so far */
    gboolean number_fits, text_next, in_section, cr, any;
    guint8 before; /* the octet before */
    GArray *anchors;
} MgImapParse;

void mg_imap_parse_init(MgImapParse *parse, MgActor from);
void mg_imap_parse_destroy(MgImapParse *parse);

/* Go on at octet *at of the offer, and move it.  With bytes->final an incomplete physical line
 * is taken too; the line stays open. */
MgImapEvent mg_imap_parse_next(MgImapParse *parse, const MgBytes *bytes, gsize *at);
/* The literal becomes part of the text. */
void mg_imap_parse_keep(MgImapParse *parse);
/* Its octets come as events; `item` is written to its node. */
void mg_imap_parse_stream(MgImapParse *parse, guint32 item);
/* Octets are missing.  TRUE: they lie inside a literal, whose end is known; of a streamed one
 * `left` has shrunk.  FALSE: the line cannot be read on. */
gboolean mg_imap_parse_gap(MgImapParse *parse, guint64 octets);
/* There will be no more of this line: make its tree of what came. */
void mg_imap_parse_end(MgImapParse *parse);
/* The same in the middle of a line: the token it breaks off in becomes empty, since half a
 * number is another number. */
void mg_imap_parse_cut(MgImapParse *parse);
/* Forget the line, begin a new one. */
void mg_imap_parse_clear(MgImapParse *parse);
/* Whether something of a line has come. */
gboolean mg_imap_parse_open(const MgImapParse *parse);
/* Whether a literal was announced and the caller has not said what to do with it. */
gboolean mg_imap_parse_announced(const MgImapParse *parse);
/* Whether octets of a literal are expected. */
gboolean mg_imap_parse_in_literal(const MgImapParse *parse);

/* Mark [at, at+len) of the line as secret in a copy of its text, with true stream offsets. */
void mg_imap_parse_hide(const MgImapParse *parse, MgText *text, gsize at, gsize len);

/* ---- The tree ---- */

const MgImapNode *mg_imap_node(const MgImapParse *parse, guint32 index); /* NONE gives NULL */
const MgImapNode *mg_imap_first(const MgImapParse *parse);
/* These take NULL and give NULL. */
const MgImapNode *mg_imap_next(const MgImapParse *parse, const MgImapNode *node);
const MgImapNode *mg_imap_child(const MgImapParse *parse, const MgImapNode *node);
/* The list that is open at the end of the line so far, and the last node in it (or of the
 * line); for the decision what a literal is.  NULL = none. */
const MgImapNode *mg_imap_open_list(const MgImapParse *parse);
const MgImapNode *mg_imap_before_literal(const MgImapParse *parse);
guint mg_imap_depth(const MgImapParse *parse);

/* Its octets as they stand in the text; empty for NULL. */
MgSlice mg_imap_raw(const MgImapParse *parse, const MgImapNode *node);
/* From its first to its last octet, brackets and quotes included. */
MgSlice mg_imap_whole(const MgImapParse *parse, const MgImapNode *node);
gboolean mg_imap_is_string(const MgImapNode *node); /* atom, quoted or kept literal */
gboolean mg_imap_is_list(const MgImapNode *node);   /* of type LIST */
gboolean mg_imap_is(const MgImapParse *parse, const MgImapNode *node, const char *atom);
/* Escapes undone, NULs become spaces; NULL for what is no string.  Free with g_free(). */
char *mg_imap_string(const MgImapParse *parse, const MgImapNode *node);
char *mg_imap_nstring(const MgImapParse *parse, const MgImapNode *node); /* NIL gives NULL */
gboolean mg_imap_number(const MgImapParse *parse, const MgImapNode *node, guint64 max,
                        guint64 *ret_number);

G_END_DECLS

#endif
