/* URLFETCH lines: texts of messages that come by URLs (RFC 4467 section 7, RFC 5524 section 3.2).
 *
 *   * URLFETCH url text …                         NIL = nothing
 *   * URLFETCH url (BODYPARTSTRUCTURE (…)) (BODY text) …
 */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"
#include "proto/url.h"

static gboolean read_url(const MgImapParse *parse, const MgImapNode *node, MgImapUrl *ret_url)
{
    g_autofree char *text = mg_imap_is_string(node) ? mg_imap_string(parse, node) : NULL;
    return text != NULL && mg_imap_url_read((MgSlice){(const guint8 *)text, strlen(text)}, ret_url);
}

/* The item of a FETCH that brings the same. */
static MgPart *part_of(const MgImapUrl *url, gboolean binary)
{
    const char *section = url->section != NULL ? url->section : "";
    return mg_imap_part_new(g_strdup_printf("%s[%s]", binary ? "BINARY" : "BODY", section),
                            url->origin);
}

MgPart *mg_imap_url_part(const MgImapParse *parse)
{
    const MgImapNode *star = mg_imap_first(parse), *word = mg_imap_next(parse, star);
    const MgImapNode *before = mg_imap_before_literal(parse), *address = before;
    const guint depth = mg_imap_depth(parse);
    const gboolean binary = mg_imap_is(parse, before, "BINARY");
    if (depth > 1 || !mg_imap_is(parse, star, "*") || !mg_imap_is(parse, word, "URLFETCH") ||
        before == word || (depth == 1 && !binary && !mg_imap_is(parse, before, "BODY")))
        return NULL;
    for (const MgImapNode *node = mg_imap_next(parse, word); depth == 1 && node != NULL;
         node = mg_imap_next(parse, node))
        if (mg_imap_is_string(node))
            address = node;
    MgImapUrl url;
    if (!read_url(parse, address, &url))
        return NULL;
    MgPart *part = part_of(&url, depth == 1 && binary);
    mg_imap_url_clear(&url);
    return part;
}

/* What came for one URL. */
typedef struct {
    const MgImapLine *line;
    MgImapUrl url;
    GPtrArray *parts; /* MgPart*, owned; of this URL */
} Answer;

static void say_text(const Answer *answer, const MgImapNode *text)
{
    const MgImapParse *parse = &answer->line->imap->server;
    const MgImapSaid said = {parse, answer->line->exchange, TRUE};
    if (mg_imap_is(parse, text, "NIL")) {
        mg_imap_argument(&said, mg_imap_raw(parse, text), "imap.argument.url-nothing");
        return;
    }
    const guint64 octets = text->type == MG_IMAP_QUOTED ? text->len : text->octets;
    g_autofree char *token = g_strdup_printf("{%" G_GUINT64_FORMAT "}", octets);
    MgDetail *detail = mg_imap_argument(&said, (MgSlice){(const guint8 *)token, strlen(token)},
                                        "imap.argument.url-text");
    if (detail != NULL)
        mg_detail_arg(detail, "octets", "%" G_GUINT64_FORMAT, octets);
}

static void take_text(const Answer *answer, const MgImapNode *text, gboolean binary)
{
    MgImap *imap = answer->line->imap;
    if (text == NULL || mg_imap_is_list(text))
        return;
    say_text(answer, text);
    if (answer->url.folder == NULL)
        return;
    if (text->type == MG_IMAP_STREAMED) {
        if (text->item >= imap->parts->len || imap->parts->pdata[text->item] == NULL)
            return;
        g_ptr_array_add(answer->parts, imap->parts->pdata[text->item]);
        imap->parts->pdata[text->item] = NULL;
    } else if (answer->parts->len < MG_LIMIT_TEXTS) {
        MgPart *part = part_of(&answer->url, binary);
        mg_imap_part_string(part, &imap->server, text);
        g_ptr_array_add(answer->parts, part);
    }
}

static void give(const Answer *answer)
{
    const MgImapLine *line = answer->line;
    MgEffect effect = {
        .kind = MG_EFFECT_URL_FETCHED,
        .exchange = line->exchange->id,
        .key = line->exchange->key,
        .by = MG_ACTOR_SERVER,
        .name = answer->url.user,
        .text = answer->url.host,
        .folder = answer->url.folder,
        .uid = answer->url.uid,
        .uidvalidity = answer->url.uidvalidity,
        .flag = answer->url.submits,
    };
    if (answer->parts->len == 0)
        return;
    g_ptr_array_add(answer->parts, NULL);
    effect.parts = (MgPart *const *)answer->parts->pdata;
    mg_imap_effect(line->imap, NULL, &effect, MG_OUTCOME_INFO, &line->reply->at);
}

void mg_imap_untagged_urlfetch(const MgImapLine *line)
{
    const MgImapParse *parse = &line->imap->server;
    for (const MgImapNode *node = line->node; node != NULL;) {
        const MgImapNode *text = mg_imap_next(parse, node);
        Answer answer = {.line = line};
        if (!mg_imap_is_string(node)) {
            node = text;
            continue;
        }
        read_url(parse, node, &answer.url);
        answer.parts = g_ptr_array_new_with_free_func((GDestroyNotify)mg_part_free);
        if (text != NULL && !mg_imap_is_list(text)) {
            take_text(&answer, text, FALSE);
            text = mg_imap_next(parse, text);
        }
        for (; mg_imap_is_list(text); text = mg_imap_next(parse, text)) {
            const MgImapNode *name = mg_imap_child(parse, text);
            const gboolean binary = mg_imap_is(parse, name, "BINARY");
            if (binary || mg_imap_is(parse, name, "BODY"))
                take_text(&answer, mg_imap_next(parse, name), binary);
        }
        give(&answer);
        g_ptr_array_unref(answer.parts);
        mg_imap_url_clear(&answer.url);
        node = text;
    }
}
