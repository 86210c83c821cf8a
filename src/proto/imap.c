/* IMAP sessions: both directions, what waits for what, holes, and the end.
 *
 * The client's bytes are read up to where their meaning depends on the server: behind an
 * announced literal that needs a go-ahead, behind AUTHENTICATE, STARTTLS and COMPRESS.  There
 * the parser asks to see the other side first (MG_OTHER). */
#include "proto/imap.h"

#include <string.h>

#include "proto/line.h"

static gpointer imap_begin(MgConn *conn)
{
    MgImap *imap = g_new0(MgImap, 1);
    imap->conn = conn;
    imap->session = mg_conn_session(conn);
    imap->parts = g_ptr_array_new_with_free_func((GDestroyNotify)mg_part_free);
    g_queue_init(&imap->open);
    mg_imap_parse_init(&imap->client, MG_ACTOR_CLIENT);
    mg_imap_parse_init(&imap->server, MG_ACTOR_SERVER);
    /* A capture that began in the middle may begin inside a line or a literal. */
    imap->client_lost = imap->server_lost = !imap->session->complete_start;
    return imap;
}

static void imap_free(gpointer self)
{
    MgImap *imap = self;
    g_queue_clear_full(&imap->open, (GDestroyNotify)mg_imap_open_free);
    mg_imap_parse_destroy(&imap->client);
    mg_imap_parse_destroy(&imap->server);
    g_ptr_array_unref(imap->parts);
    mg_content_reader_free(imap->part);
    g_clear_pointer(&imap->leads, g_hash_table_unref);
    if (imap->slice != NULL)
        g_string_free(imap->slice, TRUE);
    mg_content_reader_free(imap->upload);
    mg_sasl_free(imap->sasl);
    g_free(imap->auth_tag);
    g_free(imap->idle_tag);
    g_free(imap->selected);
    g_free(imap->tag_shape);
    g_free(imap);
}

/* ---- The client's lines ---- */

static void note_bare_lf(MgImap *imap, const MgImapParse *parse)
{
    if (!parse->bare_lf || imap->bare_lf_noted)
        return;
    imap->bare_lf_noted = TRUE;
    mg_imap_note(imap, MG_NOTE_ODD, "bare-lf", &parse->ended, 0);
}

/* The command begins: as soon as its first literal is announced, or with its whole line. */
static void begin_command(MgImap *imap)
{
    const MgImapParse *parse = &imap->client;
    const MgImapNode *tag = mg_imap_first(parse), *verb = mg_imap_next(parse, tag), *arguments;
    g_autofree char *tag_text = mg_slice_dup(mg_imap_raw(parse, tag));
    g_autofree char *name = NULL;
    const MgImapCommand *command = mg_imap_command(parse, verb, &arguments, &name);
    const MgImapOpen *before = g_queue_peek_tail(&imap->open);
    imap->notifies |= strcmp(command->key, "imap.notify") == 0;
    imap->pipelines |= before != NULL && !before->doubtful;
    imap->reading = mg_imap_open_begin(imap, command, MG_STEP_COMMAND, tag_text);
    imap->reading->exchange->known = strcmp(command->key, "imap.unknown") != 0;
    if (name != NULL && *name != '\0')
        imap->reading->exchange->verb = g_strdup(name);
    if (imap->reading->exchange->known)
        mg_imap_learn_tag(imap, tag_text);
}

/* A word alone before the login may be the answer to a challenge that was not seen. */
static void hide_lone_word(MgImap *imap, MgImapOpen *open)
{
    const MgImapNode *tag = mg_imap_first(&imap->client);
    if (open->exchange->verb == NULL && !imap->session->authenticated)
        mg_imap_hide(imap, open, tag);
}

/* The line in imap->client is all there will be of this command. */
static MgImapOpen *command_line(MgImap *imap, gboolean broken)
{
    MgImapParse *parse = &imap->client;
    if (imap->reading == NULL)
        begin_command(imap);
    MgImapOpen *open = imap->reading;
    MgExchange *exchange = open->exchange;
    exchange->line = mg_text_new(parse->text->str, (gssize)parse->text->len);
    exchange->frames = parse->frames;
    exchange->at = parse->begun;
    open->line_end = parse->ended;
    open->broken = broken;
    note_bare_lf(imap, parse);
    if (parse->truncated)
        mg_imap_note(imap, MG_NOTE_LIMIT, "limit-line", &parse->ended, 0);

    const MgImapNode *verb = mg_imap_next(parse, mg_imap_first(parse)), *arguments;
    g_autofree char *name = NULL;
    mg_imap_command(parse, verb, &arguments, &name);
    hide_lone_word(imap, open);
    if (open->command->read != NULL && arguments != NULL)
        open->command->read(imap, open, arguments);
    else if (open->command->read == mg_imap_read_idle)
        imap->idle = open;
    if (open->command->traits & MG_IMAP_SELECTED && imap->selected != NULL &&
        !g_hash_table_contains(exchange->args, "folder"))
        mg_imap_exchange_text(exchange, "folder", imap->selected);
    for (guint i = 0; i < open->texts->len; i++) {
        MgContent *content = g_ptr_array_index(open->texts, i);
        if (exchange->content != NULL && exchange->content->octets >= content->octets)
            continue;
        mg_content_unref(exchange->content);
        exchange->content = g_rc_box_acquire(content);
    }
    gboolean initial = open->command->read == mg_imap_read_authenticate;
    mg_conn_secrets(imap->conn, MG_ACTOR_CLIENT, exchange->line, initial ? imap->sasl : NULL);
    mg_imap_parse_clear(parse);
    imap->go = FALSE;
    return open;
}

/* DONE ends IDLE: the answer is IDLE's tagged line (RFC 2177). */
static void done_line(MgImap *imap)
{
    MgImapParse *parse = &imap->client;
    const MgImapCommand *row = mg_imap_command_row("imap.done");
    if (imap->idle != NULL && imap->idle->doubtful) {
        /* Its + lies in the hole. */
        g_free(imap->idle_tag);
        imap->idle_tag = g_strdup(imap->idle->tag);
        mg_imap_open_done(imap, imap->idle, NULL, MG_OUTCOME_UNANSWERED, &parse->begun);
    }
    MgImapOpen *open = mg_imap_open_begin(imap, row, MG_STEP_COMMAND, imap->idle_tag);
    MgExchange *exchange = open->exchange;
    exchange->verb = g_strdup("DONE");
    exchange->line = mg_text_new(parse->text->str, (gssize)parse->text->len);
    exchange->frames = parse->frames;
    exchange->at = parse->begun;
    open->line_end = parse->ended;
    if (imap->selected != NULL)
        mg_imap_exchange_text(exchange, "folder", imap->selected);
    g_clear_pointer(&imap->idle_tag, g_free);
    mg_imap_parse_clear(parse);
    mg_imap_open_complete(imap, open);
}

static void client_line(MgImap *imap)
{
    MgImapParse *parse = &imap->client;
    const MgImapNode *first = mg_imap_first(parse);
    if (first == NULL && imap->reading == NULL) {
        mg_imap_parse_clear(parse);
        return;
    }
    if (imap->reading == NULL && mg_imap_is(parse, first, "DONE") &&
        mg_imap_next(parse, first) == NULL) {
        done_line(imap);
        return;
    }
    mg_imap_open_complete(imap, command_line(imap, FALSE));
}

/* ---- The client's literals ---- */

/* What becomes of the announced literal, now that it comes. */
static void take_client_literal(MgImap *imap)
{
    MgImapParse *parse = &imap->client;
    gboolean secret = imap->reading->command->traits & MG_IMAP_SECRET;
    imap->go = FALSE;
    imap->upload_holed = FALSE;
    if (mg_imap_is_upload(imap)) {
        imap->upload = mg_content_reader_new(MG_READ_MESSAGE);
        mg_content_reader_hand_on(imap->upload, imap->conn);
        mg_imap_parse_stream(parse, imap->reading->texts->len);
    } else if (parse->left <= MG_LIMIT_LITERAL_KEPT || (secret && parse->left <= MG_LIMIT_LINE)) {
        mg_imap_parse_keep(parse);
    } else {
        mg_imap_parse_stream(parse, MG_IMAP_NONE);
    }
}

static void end_upload(MgImap *imap, gboolean complete)
{
    if (imap->upload == NULL || imap->reading == NULL)
        return;
    MgContent *content =
        mg_content_reader_finish(g_steal_pointer(&imap->upload), complete && !imap->upload_holed);
    g_ptr_array_add(imap->reading->texts, content);
}

static void client_octets(MgImap *imap)
{
    if (imap->upload != NULL && imap->client.octets.len > 0)
        mg_content_reader_feed(imap->upload, imap->client.octets.data, imap->client.octets.len);
    if (imap->client.left == 0)
        end_upload(imap, TRUE);
}

void mg_imap_refuse_literal(MgImap *imap, MgReply *reply)
{
    /* Its place in the tree tells that there was to be a message. */
    if (mg_imap_is_upload(imap))
        mg_imap_parse_stream(&imap->client, MG_IMAP_NONE);
    mg_imap_parse_end(&imap->client);
    MgImapOpen *open = command_line(imap, FALSE);
    mg_reply_free(open->early);
    open->early = reply;
    mg_imap_open_complete(imap, open);
}

/* ---- Waiting for the other side ---- */

/* The first line of what is offered. */
static MgSlice first_line(const MgBytes *bytes, gsize at)
{
    MgBytes rest = *bytes;
    rest.final = TRUE;
    MgLine line = {0};
    mg_line_next(&rest, at, &line);
    return line.text;
}

static gboolean has_line(const MgBytes *bytes, gsize at)
{
    gsize rest = bytes->slice.len - at;
    return rest > 0 && memchr(bytes->slice.data + at, '\n', rest) != NULL;
}

/* Whether what lies there untaken may be something the server answers.  Compressed octets have
 * no lines. */
static gboolean has_rest(const MgImap *imap, const MgBytes *bytes, gsize at)
{
    const MgImapOpen *last = g_queue_peek_tail((GQueue *)&imap->open);
    if (last != NULL && last->command->done == mg_imap_done_compress)
        return bytes->slice.len > at;
    return has_line(bytes, at);
}

/* The other side will not tell: what do the client's own bytes look like?  Something that
 * could be secret is taken for it.  FALSE: nothing can be said yet. */
static gboolean guess(MgImap *imap, const MgBytes *bytes, gsize at)
{
    if (!bytes->final && bytes->slice.len - at < 64 && !has_line(bytes, at))
        return FALSE;
    gboolean command = mg_imap_fits_client(imap, first_line(bytes, at));
    MgImapOpen *last = g_queue_peek_tail(&imap->open);
    if (imap->reading != NULL && !command) {
        imap->go = TRUE;
    } else if (imap->reading != NULL) {
        if (mg_imap_is_upload(imap))
            mg_imap_parse_stream(&imap->client, MG_IMAP_NONE);
        mg_imap_parse_end(&imap->client);
        MgImapOpen *open = command_line(imap, FALSE);
        open->doubtful = TRUE;
        mg_imap_open_complete(imap, open);
    } else if (imap->auth != NULL && !imap->auth->given_up) {
        imap->sasl_turn = !command;
        MgStamp end = imap->auth->line_end;
        if (command)
            imap->auth->given_up = TRUE;
        else
            mg_imap_open_done(imap, imap->auth, NULL, MG_OUTCOME_INTERMEDIATE, &end);
    } else if (last != NULL) {
        /* STARTTLS, COMPRESS: the bytes themselves tell.  Compressed ones may begin like text. */
        MgStamp end = last->line_end;
        last->given_up = TRUE;
        gboolean compress = last->command->done == mg_imap_done_compress;
        if (!command && (compress || !g_ascii_isprint(bytes->slice.data[at])))
            mg_imap_open_done(imap, last, NULL, MG_OUTCOME_OK, &end);
    }
    return TRUE;
}

/* ---- Feeding ---- */

/* After a hole: over lines that fit nothing.  TRUE: a line that fits begins at *at. */
static gboolean find_thread(MgImap *imap, MgActor from, const MgBytes *bytes, gsize *at)
{
    MgLine line;
    while (mg_line_next(bytes, *at, &line) == MG_DONE) {
        gboolean fits = from == MG_ACTOR_CLIENT ? mg_imap_fits_client(imap, line.text)
                                                : mg_imap_fits_server(imap, line.text);
        if (fits)
            return TRUE;
        if (from == MG_ACTOR_CLIENT)
            mg_conn_secret_line(imap->conn, line.text, line.offset);
        *at += line.whole;
    }
    return FALSE;
}

static MgTake feed_client(MgImap *imap, const MgBytes *bytes)
{
    MgTake take = {0, MG_MORE};
    for (;;) {
        gboolean used_up = take.taken == bytes->slice.len;
        if (mg_imap_waits(imap)) {
            gboolean alone = bytes->final || imap->unsure;
            if (used_up || !alone || !guess(imap, bytes, take.taken)) {
                /* Less than a line is of no use yet: let it grow. */
                imap->client_rest = has_rest(imap, bytes, take.taken);
                take.want = alone || !imap->client_rest ? MG_MORE : MG_OTHER;
                return take;
            }
            if (imap->dark || imap->changed)
                return take;
            continue;
        }
        if (used_up && !mg_imap_parse_in_literal(&imap->client))
            return take;
        imap->unsure = imap->client_rest = FALSE;
        if (imap->sasl_turn) {
            gsize whole;
            mg_imap_answer(imap, bytes, take.taken, &whole);
            if (whole == 0)
                return take;
            take.taken += whole;
            continue;
        }
        if (imap->client_lost) {
            if (!find_thread(imap, MG_ACTOR_CLIENT, bytes, &take.taken))
                return take;
            imap->client_lost = FALSE;
        }
        switch (mg_imap_parse_next(&imap->client, bytes, &take.taken)) {
        case MG_IMAP_MORE:
            return take;
        case MG_IMAP_LINE:
            client_line(imap);
            if (imap->dark || imap->changed)
                return take;
            break;
        case MG_IMAP_ANNOUNCED:
            if (imap->reading == NULL)
                begin_command(imap);
            if (!mg_imap_waits(imap))
                take_client_literal(imap);
            break;
        case MG_IMAP_OCTETS:
            client_octets(imap);
            break;
        }
    }
}

static void server_line(MgImap *imap, gboolean cut)
{
    MgImapParse *parse = &imap->server;
    note_bare_lf(imap, parse);
    if (parse->truncated)
        mg_imap_note(imap, MG_NOTE_LIMIT, "limit-line", &parse->ended, 0);
    mg_imap_response(imap, cut);
    g_ptr_array_set_size(imap->parts, 0);
    mg_imap_parse_clear(parse);
}

static void take_server_literal(MgImap *imap)
{
    MgImapParse *parse = &imap->server;
    guint32 item;
    if (mg_imap_part_begin(imap, &item))
        mg_imap_parse_stream(parse, item);
    else if (parse->left <= MG_LIMIT_LITERAL_KEPT)
        mg_imap_parse_keep(parse);
    else
        mg_imap_parse_stream(parse, MG_IMAP_NONE);
}

static MgTake feed_server(MgImap *imap, const MgBytes *bytes)
{
    MgTake take = {0, MG_MORE};
    for (;;) {
        if (imap->server_lost) {
            if (!find_thread(imap, MG_ACTOR_SERVER, bytes, &take.taken))
                return take;
            imap->server_lost = FALSE;
        }
        switch (mg_imap_parse_next(&imap->server, bytes, &take.taken)) {
        case MG_IMAP_MORE:
            return take;
        case MG_IMAP_LINE:
            server_line(imap, FALSE);
            if (imap->dark)
                return take;
            /* What follows may answer what the client sent without waiting. */
            if (imap->client_rest && !mg_imap_waits(imap) && !bytes->final) {
                imap->client_rest = FALSE;
                take.want = MG_OTHER;
                return take;
            }
            if (imap->changed)
                return take;
            break;
        case MG_IMAP_ANNOUNCED:
            take_server_literal(imap);
            break;
        case MG_IMAP_OCTETS:
            mg_imap_part_feed(imap, imap->server.octets);
            if (imap->server.left == 0)
                mg_imap_part_end(imap, TRUE);
            break;
        }
    }
}

static MgTake imap_feed(gpointer self, MgActor from, const MgBytes *bytes)
{
    MgImap *imap = self;
    imap->changed = FALSE;
    if (from == MG_ACTOR_SERVER)
        return feed_server(imap, bytes);
    imap->client_spoke |= bytes->slice.len > 0;
    return feed_client(imap, bytes);
}

/* ---- Holes ---- */

/* What came of the client's line, when there will be no more of it. */
static void break_client_line(MgImap *imap)
{
    MgImapParse *parse = &imap->client;
    if (imap->reading == NULL && !mg_imap_parse_open(parse))
        return;
    end_upload(imap, FALSE);
    if (mg_imap_parse_announced(parse) && imap->reading != NULL && mg_imap_is_upload(imap))
        mg_imap_parse_stream(parse, MG_IMAP_NONE);
    mg_imap_parse_cut(parse);
    if (imap->reading == NULL && mg_imap_next(parse, mg_imap_first(parse)) == NULL) {
        mg_imap_parse_clear(parse); /* not even a verb */
        return;
    }
    mg_imap_open_complete(imap, command_line(imap, TRUE));
}

static void client_gap(MgImap *imap, guint64 octets)
{
    MgImapParse *parse = &imap->client;
    if (mg_imap_parse_announced(parse) && imap->reading != NULL)
        take_client_literal(imap);
    guint64 inside = mg_imap_parse_in_literal(parse) ? MIN(octets, parse->left) : 0;
    if (inside > 0) {
        imap->upload_holed = TRUE;
        if (imap->upload != NULL)
            mg_content_reader_gap(imap->upload, inside);
    }
    if (mg_imap_parse_gap(parse, octets))
        return;
    break_client_line(imap);
    imap->sasl_turn = FALSE;
    imap->client_lost = imap->client_torn = TRUE;
}

static void break_server_line(MgImap *imap)
{
    mg_imap_part_end(imap, FALSE);
    if (mg_imap_parse_open(&imap->server)) {
        mg_imap_parse_cut(&imap->server);
        server_line(imap, TRUE);
    }
}

/* No message may go while FETCH, STORE or SEARCH are answered, nor while nothing is asked (RFC
 * 9051 section 7.5.1), unless NOTIFY allows it. */
static gboolean numbers_may_move(const MgImap *imap)
{
    if (imap->client_torn || imap->notifies || imap->idle_tag != NULL)
        return TRUE;
    for (const GList *link = imap->open.head; link != NULL; link = link->next) {
        const MgImapOpen *open = link->data;
        const char *key = open->command->key;
        if (!g_str_has_prefix(key, "imap.fetch") && !g_str_has_prefix(key, "imap.store") &&
            !g_str_has_prefix(key, "imap.search"))
            return TRUE;
    }
    return FALSE;
}

static void tell_hole(MgImap *imap, guint64 octets, const MgStamp *at)
{
    MgEffect effect = {.kind = MG_EFFECT_HOLE,
                       .octets = octets,
                       .flag = numbers_may_move(imap),
                       .by = MG_ACTOR_SERVER};
    mg_imap_effect(imap, NULL, &effect, MG_OUTCOME_INFO, at);
}

static void server_gap(MgImap *imap, guint64 octets, const MgStamp *at)
{
    MgImapParse *parse = &imap->server;
    if (mg_imap_parse_in_literal(parse) && parse->left > 0)
        mg_imap_part_gap(imap, MIN(octets, parse->left));
    if (mg_imap_parse_gap(parse, octets))
        return;
    break_server_line(imap);
    if (imap->leaving != NULL)
        mg_imap_leave(imap, &imap->leaving->line_end);
    imap->server_lost = imap->greeted = TRUE;
    imap->unsure = TRUE;
    for (GList *link = imap->open.head; link != NULL; link = link->next)
        ((MgImapOpen *)link->data)->doubtful = ((MgImapOpen *)link->data)->torn = TRUE;
    tell_hole(imap, octets, at);
}

static void imap_gap(gpointer self, MgActor from, const MgGap *gap)
{
    if (from == MG_ACTOR_CLIENT)
        client_gap(self, gap->octets);
    else
        server_gap(self, gap->octets, &gap->at);
}

/* ---- The end ---- */

static void imap_encrypted(gpointer self)
{
    ((MgImap *)self)->dark = TRUE;
}

/* The connection was lost without a goodbye: delete marks stay (RFC 9051 section 6.1.3). */
static void drop_step(MgImap *imap, const MgFlowEnd *end)
{
    MgExchange *exchange = mg_conn_begin(imap->conn, MG_STEP_CONNECTION, "imap.drop");
    exchange->at = end->at;
    mg_frames_add(&exchange->frames, end->at.frame);
    if (imap->selected != NULL)
        mg_imap_exchange_text(exchange, "folder", imap->selected);
    mg_conn_complete(imap->conn, exchange);
}

static void imap_close(gpointer self, const MgFlowEnd *end)
{
    MgImap *imap = self;
    break_server_line(imap);
    break_client_line(imap);
    for (MgImapOpen *open; (open = mg_imap_open_oldest(imap)) != NULL;)
        mg_imap_open_done(imap, open, NULL, MG_OUTCOME_UNANSWERED, &end->at);
    if (!imap->bye && !imap->dark && end->how != MG_ENDED_CAPTURE_END)
        drop_step(imap, end);
}

const MgParser mg_imap_parser = {
    .protocol = MG_PROTOCOL_IMAP,
    .begin = imap_begin,
    .feed = imap_feed,
    .gap = imap_gap,
    .encrypted = imap_encrypted,
    .close = imap_close,
    .free = imap_free,
    .rows = mg_imap_rows,
};
