/* FETCH lines: facts about one message, and texts of it that stream by (RFC 9051 section
 * 7.5.2). */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

/* ---- Items ---- */

char *mg_imap_fetch_item(MgSlice raw, guint64 *ret_origin)
{
    GString *item = g_string_new(NULL);
    const char *at = (const char *)raw.data, *end = at + raw.len;
    *ret_origin = G_MAXUINT64;
    for (; at < end; at++) {
        if (*at == '{') {
            /* A literal as field name: {4} stands before it. */
            while (at < end && *at != '}')
                at++;
        } else if (*at == '<' && item->len > 0 && item->str[item->len - 1] == ']') {
            guint64 origin = 0;
            gsize digits = 0;
            while (at + 1 + digits < end && g_ascii_isdigit(at[1 + digits]))
                digits++;
            if (mg_slice_number((MgSlice){(const guint8 *)at + 1, digits}, G_MAXUINT64 - 1,
                                &origin))
                *ret_origin = origin;
            break;
        } else if (*at == ' ' && item->len > 0 && strchr(" (", item->str[item->len - 1]) != NULL) {
            continue;
        } else if (*at == ')' && g_str_has_suffix(item->str, " ")) {
            item->str[item->len - 1] = ')';
        } else if (*at != '"' && *at != '\\' && *at != '\0') {
            g_string_append_c(item, g_ascii_toupper(*at));
        }
    }
    char *peek = strstr(item->str, ".PEEK");
    if (peek != NULL)
        g_string_erase(item, peek - item->str, strlen(".PEEK"));
    /* RFC 1730 section 6.4.5: part 0 is the header. */
    if (strcmp(item->str, "BODY[0]") == 0)
        g_string_assign(item, "BODY[HEADER]");
    return g_string_free(item, FALSE);
}

static gboolean is_text_item(const char *item)
{
    return g_str_has_prefix(item, "BODY[") || g_str_has_prefix(item, "BINARY[") ||
           strcmp(item, "RFC822") == 0 || strcmp(item, "RFC822.HEADER") == 0 ||
           strcmp(item, "RFC822.TEXT") == 0;
}

/* What of a text is worth reading: a whole message, or its header.  A part of a message may
 * hold another message: its header is not this one's. */
static gboolean content_kind(const MgPart *part, MgContentKind *ret_kind)
{
    if (part->origin != G_MAXUINT64 && part->origin != 0)
        return FALSE;
    if (strcmp(part->item, "BODY[]") == 0 || strcmp(part->item, "RFC822") == 0 ||
        strcmp(part->item, "BINARY[]") == 0)
        *ret_kind = MG_READ_MESSAGE;
    else if (g_str_has_prefix(part->item, "BODY[HEADER") ||
             strcmp(part->item, "RFC822.HEADER") == 0)
        *ret_kind = MG_READ_HEADER;
    else
        return FALSE;
    return TRUE;
}

MgPart *mg_imap_part_new(char *item, guint64 origin)
{
    MgPart *part = g_new0(MgPart, 1);
    part->item = item;
    part->origin = origin;
    return part;
}

static MgPart *part_new(const MgImapParse *parse, const MgImapNode *name)
{
    if (name == NULL || name->type != MG_IMAP_ATOM)
        return NULL;
    guint64 origin;
    g_autofree char *item = mg_imap_fetch_item(mg_imap_raw(parse, name), &origin);
    return is_text_item(item) ? mg_imap_part_new(g_steal_pointer(&item), origin) : NULL;
}

/* ---- Texts that stream by ---- */

/* Whether the server's line is "* 12 FETCH (" so far. */
static gboolean in_fetch(const MgImapParse *parse)
{
    const MgImapNode *node = mg_imap_next(parse, mg_imap_next(parse, mg_imap_first(parse)));
    return mg_imap_depth(parse) == 1 && mg_imap_is(parse, mg_imap_first(parse), "*") &&
           (mg_imap_is(parse, node, "FETCH") || mg_imap_is(parse, node, "UIDFETCH") ||
            mg_imap_is(parse, node, "STORE"));
}

/* A whole message, or a slice of one. */
static gboolean is_message(const MgPart *part)
{
    return strcmp(part->item, "BODY[]") == 0 || strcmp(part->item, "RFC822") == 0 ||
           strcmp(part->item, "BINARY[]") == 0;
}

gboolean mg_imap_part_begin(MgImap *imap, guint32 *ret_item)
{
    const MgImapParse *parse = &imap->server;
    if (imap->parts->len == MG_LIMIT_TEXTS)
        return FALSE;
    MgPart *part =
        in_fetch(parse) ? part_new(parse, mg_imap_before_literal(parse)) : mg_imap_url_part(parse);
    if (part == NULL)
        return FALSE;
    *ret_item = imap->parts->len;
    g_ptr_array_add(imap->parts, part);
    MgContentKind kind;
    if (content_kind(part, &kind))
        imap->part = mg_content_reader_new(kind);
    if (is_message(part))
        part->text = mg_conn_text_begin(imap->conn);
    imap->part_open = TRUE;
    return TRUE;
}

static MgPart *open_part(MgImap *imap)
{
    return imap->part_open ? g_ptr_array_index(imap->parts, imap->parts->len - 1) : NULL;
}

void mg_imap_part_feed(MgImap *imap, MgSlice octets)
{
    MgPart *part = open_part(imap);
    if (part == NULL || octets.len == 0)
        return;
    part->octets += octets.len;
    mg_conn_text(imap->conn, part->text, octets, 0);
    if (imap->part != NULL)
        mg_content_reader_feed(imap->part, octets.data, octets.len);
    mg_imap_slices_feed(imap, part, octets);
}

void mg_imap_part_gap(MgImap *imap, guint64 octets)
{
    MgPart *part = open_part(imap);
    if (part != NULL) {
        part->missing += octets;
        mg_conn_text(imap->conn, part->text, (MgSlice){NULL, 0}, octets);
    }
    if (imap->part != NULL)
        mg_content_reader_gap(imap->part, octets);
}

void mg_imap_part_end(MgImap *imap, gboolean complete)
{
    MgPart *part = open_part(imap);
    if (part == NULL)
        return;
    part->complete = complete && part->missing == 0;
    if (!complete)
        part->missing = 0;
    mg_imap_slices_end(imap, part);
    if (imap->part != NULL)
        part->content = mg_content_reader_finish(g_steal_pointer(&imap->part),
                                                 part->complete && part->origin == G_MAXUINT64);
    imap->part_open = FALSE;
}

/* Text that came as a quoted string, or NIL. */
void mg_imap_part_string(MgPart *part, const MgImapParse *parse, const MgImapNode *value)
{
    if (mg_imap_is(parse, value, "NIL")) {
        part->nil = TRUE;
        return;
    }
    g_autofree char *text = mg_imap_string(parse, value);
    if (text == NULL)
        return;
    part->octets = strlen(text);
    part->complete = !parse->truncated;
    if (part->complete && part->origin < MG_LIMIT_HEADER && strcmp(part->item, "BODY[]") == 0)
        part->slice = g_bytes_new(text, MIN(part->octets, (guint64)MG_LIMIT_HEADER));
    MgContentKind kind;
    if (content_kind(part, &kind)) {
        MgContentReader *reader = mg_content_reader_new(kind);
        mg_content_reader_feed(reader, (const guint8 *)text, part->octets);
        part->content =
            mg_content_reader_finish(reader, part->complete && part->origin == G_MAXUINT64);
    }
}

/* ---- The line ---- */

typedef struct {
    guint32 uid;
    GPtrArray *flags; /* char*; NULL = not told */
    guint64 size;
    char *email_id, *structure;
    MgContent *envelope;
    GPtrArray *parts; /* MgPart*, owned */
} Facts;

static void read_flags(Facts *facts, const MgImapParse *parse, const MgImapNode *list)
{
    if (!mg_imap_is_list(list) || facts->flags != NULL)
        return;
    facts->flags = g_ptr_array_new_with_free_func(g_free);
    for (const MgImapNode *node = mg_imap_child(parse, list); node != NULL;
         node = mg_imap_next(parse, node)) {
        char *flag = mg_imap_string(parse, node);
        if (flag != NULL)
            g_ptr_array_add(facts->flags, flag);
    }
}

static void read_item(MgImap *imap, Facts *facts, const MgImapNode *name, const MgImapNode *value)
{
    const MgImapParse *parse = &imap->server;
    guint64 number;
    if (mg_imap_is(parse, name, "UID")) {
        if (mg_imap_number(parse, value, G_MAXUINT32, &number))
            facts->uid = (guint32)number;
    } else if (mg_imap_is(parse, name, "FLAGS")) {
        read_flags(facts, parse, value);
    } else if (mg_imap_is(parse, name, "RFC822.SIZE")) {
        if (mg_imap_number(parse, value, G_MAXINT64, &number))
            facts->size = number;
    } else if (mg_imap_is(parse, name, "ENVELOPE")) {
        if (facts->envelope == NULL)
            facts->envelope = mg_imap_envelope(parse, value);
    } else if (mg_imap_is(parse, name, "BODYSTRUCTURE") || mg_imap_is(parse, name, "BODY")) {
        if (facts->structure == NULL)
            facts->structure = mg_imap_structure(parse, value);
    } else if (mg_imap_is(parse, name, "EMAILID") || mg_imap_is(parse, name, "X-GM-MSGID")) {
        const MgImapNode *id = mg_imap_is_list(value) ? mg_imap_child(parse, value) : value;
        if (facts->email_id == NULL)
            facts->email_id = mg_imap_string(parse, id);
    } else if (value != NULL && value->type == MG_IMAP_STREAMED) {
        if (value->item < imap->parts->len) {
            g_ptr_array_add(facts->parts, imap->parts->pdata[value->item]);
            imap->parts->pdata[value->item] = NULL;
        }
    } else {
        MgPart *part = part_new(parse, name);
        if (part == NULL)
            return;
        mg_imap_part_string(part, parse, value);
        g_ptr_array_add(facts->parts, part);
    }
}

/* What the step keeps of the line: the largest text, figures. */
static void fill_exchange(MgExchange *exchange, MgImapOpen *open, const Facts *facts)
{
    for (guint i = 0; i < facts->parts->len; i++) {
        const MgPart *part = g_ptr_array_index(facts->parts, i);
        if (open != NULL)
            open->octets += part->octets;
        if (part->nil) {
            g_autofree char *token = g_strconcat(part->item, " NIL", NULL);
            mg_imap_detail(exchange, (MgSlice){(const guint8 *)token, strlen(token)},
                           "imap.fetch.nil", TRUE);
        }
        if (part->content == NULL ||
            (exchange->content != NULL && exchange->content->octets >= part->content->octets))
            continue;
        mg_content_unref(exchange->content);
        exchange->content = g_rc_box_acquire(part->content);
    }
    if (open != NULL)
        open->fetched++;
    if (facts->flags != NULL)
        for (guint i = 0; i < facts->flags->len; i++) {
            const char *flag = g_ptr_array_index(facts->flags, i);
            mg_imap_detail_flag(exchange, (MgSlice){(const guint8 *)flag, strlen(flag)}, TRUE);
        }
}

static MgContent *facts_content(const Facts *facts)
{
    if (facts->envelope != NULL)
        return facts->envelope;
    for (guint i = 0; i < facts->parts->len; i++) {
        const MgPart *part = g_ptr_array_index(facts->parts, i);
        if (part->content != NULL && g_str_has_prefix(part->item, "BODY[HEADER"))
            return part->content;
        if (part->content != NULL && strcmp(part->item, "RFC822.HEADER") == 0)
            return part->content;
    }
    return NULL;
}

void mg_imap_fetched(MgImap *imap, MgImapOpen *open, MgExchange *exchange, guint64 number,
                     gboolean by_uid, const MgImapNode *list)
{
    const MgImapParse *parse = &imap->server;
    Facts facts = {.parts = g_ptr_array_new_with_free_func((GDestroyNotify)mg_part_free)};
    if (by_uid && number <= G_MAXUINT32)
        facts.uid = (guint32)number;
    for (const MgImapNode *name = mg_imap_child(parse, list); name != NULL;) {
        const MgImapNode *value = mg_imap_next(parse, name);
        read_item(imap, &facts, name, value);
        name = mg_imap_next(parse, value);
    }
    for (guint i = 0; i < facts.parts->len; i++)
        mg_imap_slices_join(imap, facts.parts->pdata[i], facts.uid, by_uid ? 0 : number);
    fill_exchange(exchange, open, &facts);
    if (facts.flags != NULL)
        g_ptr_array_add(facts.flags, NULL);
    MgEffect effect = {
        .kind = MG_EFFECT_FETCHED,
        .exchange = exchange->id,
        .key = exchange->key,
        .by = MG_ACTOR_SERVER,
        .number = by_uid ? 0 : number,
        .uid = facts.uid,
        .octets = facts.size,
        .name = facts.email_id,
        .text = facts.structure,
        .content = facts_content(&facts),
        .flags = facts.flags != NULL ? (const char *const *)facts.flags->pdata : NULL,
    };
    g_ptr_array_add(facts.parts, NULL);
    if (facts.parts->len > 1)
        effect.parts = (MgPart *const *)facts.parts->pdata;
    mg_imap_effect(imap, NULL, &effect, MG_OUTCOME_INFO, &parse->ended);
    g_ptr_array_unref(facts.parts);
    if (facts.flags != NULL)
        g_ptr_array_unref(facts.flags);
    g_free(facts.email_id);
    g_free(facts.structure);
    mg_content_unref(facts.envelope);
}
