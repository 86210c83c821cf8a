/* LOGIN and AUTHENTICATE: who logs in, and what must not be shown. */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

MG_IMAP_READ(login)
{
    const MgImapParse *parse = &imap->client;
    const MgImapNode *password = mg_imap_next(parse, node);
    if (password == NULL) {
        /* Not the language: hide all of it. */
        mg_imap_hide(imap, open, node);
        return;
    }
    open->name = mg_imap_string(parse, node);
    if (open->name != NULL)
        mg_imap_exchange_text(open->exchange, "user", open->name);
    for (; password != NULL; password = mg_imap_next(parse, password))
        mg_imap_hide(imap, open, password);
}

MG_IMAP_READ(authenticate)
{
    const MgImapParse *parse = &imap->client;
    MgSlice mechanism = mg_imap_raw(parse, node);
    g_clear_pointer(&imap->sasl, mg_sasl_free);
    g_free(imap->auth_tag);
    imap->auth_tag = g_strdup(open->tag);
    imap->sasl = mg_sasl_new(mechanism);
    imap->auth = open;
    mg_imap_exchange_text(open->exchange, "mechanism", mg_sasl_mechanism(imap->sasl));
    mg_imap_detail(open->exchange, mechanism, mg_sasl_key(imap->sasl), FALSE);
    const MgImapNode *initial = mg_imap_next(parse, node);
    if (initial == NULL)
        return;
    /* SASL-IR (RFC 4959). */
    mg_sasl_answer(imap->sasl, open->exchange, mg_imap_raw(parse, initial));
    for (; initial != NULL; initial = mg_imap_next(parse, initial))
        mg_imap_hide(imap, open, initial);
}

void mg_imap_hide_urlauth(const MgImapParse *parse, MgText *line, const MgImapNode *node)
{
    MgSlice raw = mg_imap_raw(parse, node);
    if (!mg_imap_is_string(node))
        return;
    for (gsize i = 0; i < raw.len; i++) {
        MgSlice rest = {raw.data + i, raw.len - i};
        if (!mg_slice_begins(rest, ";URLAUTH="))
            continue;
        /* access ":" mechanism ":" token */
        guint colons = 0;
        for (; i < raw.len && colons < 2; i++)
            colons += raw.data[i] == ':';
        mg_imap_parse_hide(parse, line, node->at + i, raw.len - i);
        return;
    }
}

void mg_imap_challenge(MgImap *imap, MgReply *reply)
{
    const MgImapParse *parse = &imap->server;
    const MgImapNode *node = mg_imap_next(parse, mg_imap_first(parse));
    MgSlice base64 = mg_imap_raw(parse, node);
    if (imap->sasl == NULL)
        return;
    mg_sasl_server(imap->sasl, base64);
    if (node != NULL && mg_sasl_server_secret(imap->sasl, base64))
        mg_imap_parse_hide(parse, g_ptr_array_index(reply->lines, 0), node->at, node->len);
    mg_conn_secrets(imap->conn, MG_ACTOR_SERVER, g_ptr_array_index(reply->lines, 0), imap->sasl);
}

void mg_imap_answer(MgImap *imap, const MgBytes *bytes, gsize at, gsize *ret_whole)
{
    MgLine line;
    *ret_whole = 0;
    if (mg_line_next(bytes, at, &line) != MG_DONE)
        return;
    *ret_whole = line.whole;
    imap->sasl_turn = FALSE;
    gboolean cancel = line.text.len == 1 && line.text.data[0] == '*';
    const MgImapCommand *row =
        mg_imap_command_row(cancel ? "imap.auth-cancel" : "imap.auth-response");
    MgImapOpen *open = mg_imap_open_begin(imap, row, MG_STEP_SASL, imap->auth_tag);
    MgExchange *exchange = open->exchange;
    exchange->line = mg_line_text(&line);
    mg_line_frames(&line, bytes, &exchange->frames);
    exchange->at = mg_line_begun(&line, bytes);
    open->line_end = mg_line_ended(&line, bytes);
    if (imap->sasl != NULL)
        mg_imap_exchange_text(exchange, "mechanism", mg_sasl_mechanism(imap->sasl));
    if (!cancel) {
        mg_text_hide(exchange->line, 0, line.text.len, line.offset);
        if (imap->sasl != NULL)
            mg_sasl_answer(imap->sasl, exchange, line.text);
    }
    mg_conn_secrets(imap->conn, MG_ACTOR_CLIENT, exchange->line, imap->sasl);
    imap->auth = open;
    mg_imap_open_complete(imap, open);
}

void mg_imap_auth_over(MgImap *imap, MgExchange *exchange, MgOutcome outcome, const MgStamp *at)
{
    MgEffect effect = {.kind = MG_EFFECT_LOGIN,
                       .exchange = exchange->id,
                       .by = MG_ACTOR_CLIENT,
                       .name = imap->sasl != NULL ? mg_sasl_user(imap->sasl) : NULL};
    if (outcome == MG_OUTCOME_OK) {
        imap->session->authenticated = TRUE;
        g_free(imap->session->account);
        imap->session->account = g_strdup(effect.name);
    }
    mg_imap_effect(imap, NULL, &effect, outcome, at);
    imap->sasl_turn = FALSE;
    g_clear_pointer(&imap->sasl, mg_sasl_free);
    g_clear_pointer(&imap->auth_tag, g_free);
}

MG_IMAP_DONE(login)
{
    if (outcome == MG_OUTCOME_INTERMEDIATE)
        return; /* the server asks on */
    gboolean sasl = imap->auth == open && imap->sasl != NULL;
    const char *user = sasl ? mg_sasl_user(imap->sasl) : open->name;
    if (user != NULL)
        mg_imap_exchange_text(open->exchange, "user", user);
    MgEffect effect = {.kind = MG_EFFECT_LOGIN, .name = user};
    if (outcome == MG_OUTCOME_OK) {
        imap->session->authenticated = TRUE;
        g_free(imap->session->account);
        imap->session->account = g_strdup(user);
        if (sasl && mg_sasl_layer(imap->sasl))
            imap->after = "sasl.layer-begins";
    }
    mg_imap_effect(imap, open, &effect, outcome, at);
    if (imap->auth == open) {
        g_clear_pointer(&imap->sasl, mg_sasl_free);
        g_clear_pointer(&imap->auth_tag, g_free);
    }
}
