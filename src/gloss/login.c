/* SASL for readers (RFC 4422): base64 hides nothing, it only codes. */
#include "login.h"

#include <string.h>

static const char *step_group(const MgChoice *choice)
{
    const char *word = g_hash_table_lookup(choice->exchange->args, "sasl-step");
    g_autofree char *group = word != NULL ? g_strconcat("sasl.step-", word, NULL) : NULL;
    return group != NULL ? mg_glossary_find(choice->glossary, group) : NULL;
}

char *mg_login_sentence(const MgChoice *choice, char *sentence)
{
    const char *group = step_group(choice);
    const gboolean alone = choice->exchange->kind == MG_STEP_SASL;
    /* With an initial response there are two sentences, and the first one says what is hidden. */
    if (group == NULL || (!alone && choice->level == MG_DETAIL_BRIEF))
        return sentence;
    g_autofree char *hidden = g_strdup(g_hash_table_lookup(choice->values, "hidden"));
    if (!alone)
        mg_values_set(choice->values, "hidden", "%s", "");
    g_autofree char *step =
        mg_phrase(choice->glossary, group, "normal", choice->level, choice->values);
    mg_values_set(choice->values, "hidden", "%s", hidden != NULL ? hidden : "");
    g_autofree char *command = sentence;
    if (step == NULL)
        return g_steal_pointer(&command);
    if (alone || command == NULL)
        return g_steal_pointer(&step);
    return g_strjoin(" ", command, step, NULL);
}

/* The octets of a base64 text; NULL where it is none. */
static guint8 *undo(const char *text, gsize len, gsize *ret_len)
{
    gsize letters = len;
    while (letters > 0 && text[letters - 1] == '=')
        letters--;
    if (letters == 0 || len - letters > 2 || letters % 4 == 1)
        return NULL;
    for (gsize i = 0; i < letters; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/')
            return NULL;
    g_autoptr(GString) padded = g_string_new_len(text, (gssize)letters);
    while (padded->len % 4 != 0)
        g_string_append_c(padded, '=');
    return g_base64_decode(padded->str, ret_len);
}

/* Pieces of text between NULs and the ^A of OAuth, each in quotes; NULL where it is no text. */
static char *pieces(const guint8 *data, gsize len)
{
    GString *out = g_string_new(NULL);
    for (gsize from = 0; from < len;) {
        gsize to = from;
        while (to < len && data[to] != '\0' && data[to] != '\x01')
            to++;
        const char *piece = (const char *)data + from;
        gboolean text = g_utf8_validate_len(piece, to - from, NULL);
        for (gsize i = from; i < to; i++)
            text = text && (data[i] >= ' ' || strchr("\t\r\n", data[i]) != NULL);
        if (!text) {
            g_string_free(out, TRUE);
            return NULL;
        }
        if (to > from)
            g_string_append_printf(out, "%s\"%.*s\"", out->len > 0 ? ", " : "", (int)(to - from),
                                   piece);
        from = to + 1;
    }
    return g_string_free(out, FALSE);
}

static char *in_clear(const MgGlossary *glossary, const char *text, gsize len)
{
    gsize octets = 0;
    g_autofree guint8 *data = undo(text, len, &octets);
    if (data == NULL)
        return NULL;
    g_autofree char *detail = pieces(data, octets);
    g_autoptr(GHashTable) values = mg_values_new();
    if (detail == NULL || *detail == '\0') {
        mg_values_set(values, "count", "%" G_GSIZE_FORMAT, octets);
        return mg_phrase_label(glossary, "in-clear-binary", values);
    }
    mg_values_set(values, "detail", "%s", detail);
    return mg_phrase_label(glossary, "in-clear", values);
}

char *mg_login_in_clear(const MgGlossary *glossary, const MgExchange *exchange)
{
    const MgText *line = exchange->line;
    if (line == NULL || line->secrets == NULL || line->secrets->len == 0 ||
        g_hash_table_lookup(exchange->args, "sasl-step") == NULL)
        return NULL;
    const MgSecret *secret = &g_array_index(line->secrets, MgSecret, 0);
    if (secret->at + secret->len > line->text->len)
        return NULL;
    g_autofree char *base64 = g_strndup(line->text->str + secret->at, secret->len);
    g_strstrip(base64);
    return in_clear(glossary, base64, strlen(base64));
}

guint mg_login_details(const MgGlossary *glossary, const MgExchange *exchange, GPtrArray *pool,
                       gboolean show_secrets, MgStepDetail *ret_details)
{
    guint n = 0;
    if (g_hash_table_lookup(exchange->args, "mechanism") == NULL)
        return 0;
    for (guint i = 0; i < exchange->replies->len && n < MG_GLOSS_CHALLENGES; i++) {
        const MgReply *reply = g_ptr_array_index(exchange->replies, i);
        const MgText *line = reply->lines->len > 0 ? g_ptr_array_index(reply->lines, 0) : NULL;
        if (reply->outcome != MG_OUTCOME_INTERMEDIATE || line == NULL ||
            (line->secrets != NULL && line->secrets->len > 0 && !show_secrets))
            continue;
        /* POP3 and IMAP keep their plus sign. */
        const char *base64 = line->text->str;
        base64 += g_str_has_prefix(base64, "+ ") ? 2 : 0;
        char *clear = in_clear(glossary, base64, strlen(base64));
        if (clear == NULL)
            continue;
        ret_details[n++] = (MgStepDetail){
            .token = mg_pool_keep(pool, mg_shorten(mg_valid(base64), MG_GLOSS_SHORT)),
            .gloss = mg_pool_keep(pool, mg_shorten(clear, 4 * MG_GLOSS_SHORT))};
    }
    return n;
}
