/* Dot-stuffed text: where it ends, and what it is without the added dots.
 *
 * RFC 5321 section 4.5.2 and RFC 1939 section 3: a line that begins with a dot carries one dot
 * more; a dot alone on a line is the end.  Only CR LF ends a line.  Around a bare LF nobody
 * knows what the sender meant: a dot is taken for stuffing there only before another dot, and
 * a lone dot is text, but flagged, since servers differ in what they take it for. */
#include "proto/content.h"

#include <string.h>

enum {
    BEGIN,    /* at the beginning of a line */
    BEGIN_LF, /* the same, after a bare LF */
    TEXT,
    CR,        /* in a line, CR was the last octet */
    DOT,       /* "." at the beginning of a line, held back */
    DOT_CR,    /* ".\r" held back */
    LF_DOT,    /* as DOT, after a bare LF */
    LF_DOT_CR, /* as DOT_CR, after a bare LF */
    ODD,       /* ".\n" held back: a lone dot that is no end mark */
    ODD_CR,    /* ".\r\n" held back, after a bare LF or a hole */
    AFTER_GAP, /* maybe in the middle of a line */
    GAP_DOT,   /* as DOT, after a hole */
    GAP_DOT_CR,
};

typedef struct {
    MgUnstuff *unstuff;
    MgContentReader *reader;
    const guint8 *data;
    gsize at;  /* the octet to look at */
    gsize run; /* from here to `at`: seen, not yet fed */
} Cursor;

static void feed_run(Cursor *cursor)
{
    mg_content_reader_feed(cursor->reader, cursor->data + cursor->run, cursor->at - cursor->run);
    cursor->run = cursor->at;
}

/* Nothing of the octet at the cursor is fed: it is held back or dropped. */
static void hold(Cursor *cursor, guint state)
{
    feed_run(cursor);
    cursor->run = ++cursor->at;
    cursor->unstuff->state = state;
}

/* What was held back is text after all; the octet at the cursor is looked at anew. */
static void release(Cursor *cursor, const char *held, guint state)
{
    mg_content_reader_feed(cursor->reader, (const guint8 *)held, strlen(held));
    cursor->unstuff->state = state;
}

static void odd(Cursor *cursor, guint state)
{
    hold(cursor, state);
    cursor->unstuff->lf_dot_lf = TRUE;
    cursor->unstuff->lines++;
}

/* A dot at the first octet behind a hole: at the beginning of a line, or in the middle of one
 * ("word.").  So the rest of the line is held back, as for a bare LF. */
static void after_gap(Cursor *cursor, guint8 octet)
{
    MgUnstuff *unstuff = cursor->unstuff;
    if (unstuff->state == GAP_DOT_CR && octet == '\n') {
        hold(cursor, ODD_CR);
        unstuff->lines++;
    } else if (unstuff->state == GAP_DOT_CR) {
        release(cursor, ".\r", CR);
    } else if (unstuff->state == GAP_DOT && octet == '\r') {
        hold(cursor, GAP_DOT_CR);
    } else if (unstuff->state == GAP_DOT) {
        release(cursor, ".", TEXT);
    } else if (octet == '.') {
        hold(cursor, GAP_DOT);
    } else {
        /* Its CR may be in the hole. */
        unstuff->state = octet == '\n' ? CR : TEXT;
    }
}

void mg_unstuff_gap(MgUnstuff *unstuff)
{
    unstuff->state = AFTER_GAP;
    unstuff->maybe_ended = FALSE;
}

/* To the end of the line, or of the data. */
static void skip_text(Cursor *cursor, gsize len)
{
    MgUnstuff *unstuff = cursor->unstuff;
    const guint8 *feed = memchr(cursor->data + cursor->at, '\n', len - cursor->at);
    gsize end = feed != NULL ? (gsize)(feed - cursor->data) : len;
    gboolean cr = end > cursor->at ? cursor->data[end - 1] == '\r' : unstuff->state == CR;
    if (feed != NULL) {
        unstuff->lines++;
        unstuff->state = cr ? BEGIN : BEGIN_LF;
        cursor->at = end + 1;
    } else {
        unstuff->state = cr ? CR : TEXT;
        cursor->at = len;
    }
}

gboolean mg_unstuff_feed(MgUnstuff *unstuff, const guint8 *data, gsize len, MgContentReader *reader,
                         gsize *ret_used)
{
    Cursor cursor = {.unstuff = unstuff, .reader = reader, .data = data};
    gboolean ended = FALSE;
    while (cursor.at < len && !ended) {
        guint8 octet = data[cursor.at];
        switch (unstuff->state) {
        case BEGIN:
        case BEGIN_LF:
            if (octet == '.')
                hold(&cursor, unstuff->state == BEGIN ? DOT : LF_DOT);
            else
                skip_text(&cursor, len);
            break;
        case DOT:
            if (octet == '\r')
                hold(&cursor, DOT_CR);
            else if (octet == '\n')
                odd(&cursor, ODD);
            else
                unstuff->state = TEXT; /* the dot was stuffing */
            break;
        case DOT_CR:
            if (octet == '\n') {
                hold(&cursor, BEGIN);
                ended = TRUE;
            } else {
                release(&cursor, "\r", CR);
            }
            break;
        case LF_DOT:
            if (octet == '\r')
                hold(&cursor, LF_DOT_CR);
            else if (octet == '\n')
                odd(&cursor, ODD);
            else
                release(&cursor, octet == '.' ? "" : ".", TEXT);
            break;
        case LF_DOT_CR:
            if (octet == '\n')
                odd(&cursor, ODD_CR);
            else
                release(&cursor, ".\r", CR);
            break;
        case ODD:
            release(&cursor, ".\n", BEGIN_LF);
            break;
        case ODD_CR:
            release(&cursor, ".\r\n", BEGIN);
            break;
        case AFTER_GAP:
        case GAP_DOT:
        case GAP_DOT_CR:
            after_gap(&cursor, octet);
            break;
        default: /* TEXT, CR */
            skip_text(&cursor, len);
            break;
        }
    }
    feed_run(&cursor);
    unstuff->maybe_ended = unstuff->state == ODD || unstuff->state == ODD_CR;
    *ret_used = cursor.at;
    return ended;
}
