/* Response codes: [UIDVALIDITY 1], [COPYUID 1 2 3] … (RFC 9051 section 7.1). */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

typedef struct {
    MgImap *imap;
    MgImapOpen *open;     /* of the command it belongs to; NULL = none */
    MgExchange *exchange; /* the step it belongs to */
    const MgStamp *at;
    MgReply *reply;
} Context;

static void give(const Context *context, MgEffect *effect)
{
    effect->exchange = context->exchange->id;
    effect->key = context->exchange->key;
    effect->by = MG_ACTOR_SERVER;
    mg_imap_effect(context->imap, NULL, effect, MG_OUTCOME_INFO, context->at);
}

static guint32 number32(const MgImapParse *parse, const MgImapNode *node)
{
    guint64 number;
    return mg_imap_number(parse, node, G_MAXUINT32, &number) ? (guint32)number : 0;
}

static void uidvalidity(const Context *context, const MgImapNode *node)
{
    MgEffect effect = {.kind = MG_EFFECT_UIDVALIDITY,
                       .uidvalidity = number32(&context->imap->server, node)};
    if (effect.uidvalidity != 0)
        give(context, &effect);
}

static void uidnext(const Context *context, const MgImapNode *node)
{
    MgEffect effect = {.kind = MG_EFFECT_UIDNEXT, .uid = number32(&context->imap->server, node)};
    if (effect.uid != 0)
        give(context, &effect);
}

static void permanentflags(const Context *context, const MgImapNode *node)
{
    const MgImapParse *parse = &context->imap->server;
    g_autoptr(GPtrArray) flags = g_ptr_array_new_with_free_func(g_free);
    for (node = mg_imap_child(parse, node); node != NULL; node = mg_imap_next(parse, node)) {
        char *flag = mg_imap_string(parse, node);
        if (flag == NULL)
            continue;
        g_ptr_array_add(flags, flag);
        mg_imap_detail_flag(context->exchange, mg_imap_raw(parse, node), TRUE);
    }
    g_ptr_array_add(flags, NULL);
    MgEffect effect = {.kind = MG_EFFECT_PERMANENTFLAGS,
                       .flags = (const char *const *)flags->pdata};
    give(context, &effect);
}

static void read_only(const Context *context, const MgImapNode *node)
{
    if (context->open != NULL && context->open->command->done == mg_imap_done_select)
        context->open->read_only = TRUE;
}

static void copyuid(const Context *context, const MgImapNode *node)
{
    const MgImapParse *parse = &context->imap->server;
    const MgImapNode *source = mg_imap_next(parse, node);
    g_autofree char *from = mg_imap_string(parse, source);
    g_autofree char *to = mg_imap_string(parse, mg_imap_next(parse, source));
    MgEffect effect = {
        .kind = MG_EFFECT_COPYUID, .uidvalidity = number32(parse, node), .set = from, .name = to};
    if (effect.uidvalidity == 0 || from == NULL || to == NULL)
        return;
    mg_exchange_arg(context->exchange, "count", "%u", mg_imap_set_count(to));
    mg_imap_exchange_text(context->exchange, "uid", to);
    mg_reply_arg(context->reply, "set", "%s", from);
    mg_reply_arg(context->reply, "uid", "%s", to);
    give(context, &effect);
}

static void appenduid(const Context *context, const MgImapNode *node)
{
    const MgImapParse *parse = &context->imap->server;
    MgImapOpen *open = context->open;
    if (open == NULL || open->command->done != mg_imap_done_append)
        return;
    open->append_uidvalidity = number32(parse, node);
    g_free(open->append_uids);
    open->append_uids = mg_imap_string(parse, mg_imap_next(parse, node));
    if (open->append_uids == NULL)
        return;
    mg_imap_exchange_text(context->exchange, "uid", open->append_uids);
    mg_reply_arg(context->reply, "uid", "%s", open->append_uids);
}

static void modified(const Context *context, const MgImapNode *node)
{
    MgImapOpen *open = context->open;
    if (open == NULL || open->command->done != mg_imap_done_store)
        return;
    g_free(open->modified);
    open->modified = mg_imap_string(&context->imap->server, node);
}

/* The server stopped at this UID: it has not looked at the lower ones (RFC 9738 section 3.1). */
static void messagelimit(const Context *context, const MgImapNode *node)
{
    const MgImapParse *parse = &context->imap->server;
    if (context->open == NULL)
        return;
    context->open->limit = number32(parse, node);
    context->open->lowest = number32(parse, mg_imap_next(parse, node));
}

/* What these UIDs brought is a stand-in for the original (RFC 6858 section 3). */
static void downgraded(const Context *context, const MgImapNode *node)
{
    MgImapOpen *open = context->open;
    if (open == NULL || open->command->done != mg_imap_done_fetch)
        return;
    g_free(open->downgraded);
    open->downgraded = mg_imap_string(&context->imap->server, node);
}

static void closed(const Context *context, const MgImapNode *node)
{
    context->imap->says_closed = TRUE;
}

static void capability(const Context *context, const MgImapNode *node)
{
    for (; node != NULL; node = mg_imap_next(&context->imap->server, node))
        mg_imap_detail_capability(context->exchange, mg_imap_raw(&context->imap->server, node),
                                  TRUE);
}

/* Right letters, of one server brand: [MYRIGHTS "lrs"]. */
static void myrights(const Context *context, const MgImapNode *node)
{
    const MgImapSaid said = {&context->imap->server, context->exchange, TRUE};
    mg_imap_said_rights(&said, node);
}

/* {value} of the code's own sentence: its first argument. */
static void say_value(const MgImapParse *parse, MgReply *reply, const MgImapNode *node)
{
    g_autofree char *value =
        mg_imap_nstring(parse, mg_imap_is_list(node) ? mg_imap_child(parse, node) : node);
    if (value != NULL && *value != '\0')
        mg_reply_arg(reply, "value", "%s", value);
}

/* The address may hold an access token. */
static void badurl(const Context *context, const MgImapNode *node)
{
    mg_imap_hide_urlauth(&context->imap->server, g_ptr_array_index(context->reply->lines, 0), node);
}

void mg_imap_code(MgImap *imap, MgImapOpen *open, MgExchange *exchange, MgReply *reply,
                  const MgImapNode *code)
{
    static const struct {
        const char *name;
        void (*read)(const Context *context, const MgImapNode *node);
    } codes[] = {
        {"UIDVALIDITY", uidvalidity}, {"UIDNEXT", uidnext},   {"PERMANENTFLAGS", permanentflags},
        {"READ-ONLY", read_only},     {"COPYUID", copyuid},   {"APPENDUID", appenduid},
        {"MODIFIED", modified},       {"CLOSED", closed},     {"MESSAGELIMIT", messagelimit},
        {"CAPABILITY", capability},   {"MYRIGHTS", myrights}, {"BADURL", badurl},
        {"DOWNGRADED", downgraded},
    };
    const MgImapParse *parse = &imap->server;
    const MgImapNode *name = mg_imap_child(parse, code);
    if (name == NULL || name->type != MG_IMAP_ATOM)
        return;
    g_autofree char *text = mg_slice_dup(mg_imap_raw(parse, name));
    reply->enhanced = g_ascii_strup(text, -1);
    say_value(parse, reply, mg_imap_next(parse, name));
    Context context = {imap, open, exchange, &reply->at, reply};
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        if (strcmp(reply->enhanced, codes[i].name) == 0)
            codes[i].read(&context, mg_imap_next(parse, name));
}
