/* What a text tells and nobody saw: the hops of its Received fields, and what a delivery report
 * or receipt says of another message. */
#include "told.h"

#include <string.h>

#include "gloss.h"

/* Captured text as a sentence may repeat it. */
static char *shown(const char *text)
{
    return mg_shorten(mg_valid(text), MG_GLOSS_SHORT);
}

/* ---- Hops ---- */

/* Set {name} to captured text and add the label, when there is any. */
static void add_part(GString *out, const MgGlossary *glossary, const char *label, const char *text)
{
    if (text == NULL)
        return;
    g_autoptr(GHashTable) values = mg_values_new();
    g_autofree char *name = shown(text);
    mg_values_set(values, "name", "%s", name);
    g_autofree char *part = mg_phrase_label(glossary, label, values);
    g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", part);
}

/* "from alice-pc (192.0.2.10), to mx.example.net, with ESMTPSA, id 4F1A2, Fri, 20 Nov …". */
static char *hop_text(const MgGlossary *glossary, const MgHop *hop)
{
    GString *out = g_string_new(NULL);
    const gboolean named = hop->from != NULL && *hop->from != '[';
    g_autofree char *from = named && hop->address != NULL
                                ? g_strdup_printf("%s (%s)", hop->from, hop->address)
                                : g_strdup(hop->address != NULL ? hop->address : hop->from);
    add_part(out, glossary, "hop-from", from);
    add_part(out, glossary, "hop-to", hop->by);
    add_part(out, glossary, "hop-with", hop->with);
    add_part(out, glossary, "hop-id", hop->id);
    add_part(out, glossary, "hop-date", hop->date);
    return g_string_free(out, FALSE);
}

static gboolean is_told(const MgMessage *message, const MgHop *hop)
{
    return !mg_message_hop_seen(message, hop) && (hop->from != NULL || hop->by != NULL);
}

guint mg_told_hops(const MgGloss *gloss, const MgMoved *moved, GPtrArray *pool,
                   MgStepDetail *ret_details)
{
    const MgContent *content = moved->exchange->content;
    guint n = 0, left_out = 0;
    if (content == NULL || content->received == NULL || moved->movements->len == 0)
        return 0;
    const MgMovement *first = g_ptr_array_index(moved->movements, 0);
    const MgMessage *message =
        mg_ledger_message(gloss->ledger, mg_message_stays(gloss->ledger, first->message));
    for (gsize i = g_strv_length(content->received); message != NULL && i > 0; i--) {
        g_autoptr(MgHop) hop = mg_hop_new(content->received[i - 1]);
        if (!is_told(message, hop))
            continue;
        if (n + 1 >= MG_GLOSS_HOPS) {
            left_out++;
            continue;
        }
        g_autoptr(GHashTable) values = mg_values_new();
        g_autofree char *text = hop_text(gloss->glossary, hop);
        mg_values_set(values, "detail", "%s", text);
        ret_details[n++] = (MgStepDetail){
            .token = "Received",
            .gloss = mg_pool_keep(pool, mg_phrase_label(gloss->glossary, "hop-told", values))};
    }
    if (left_out > 0) {
        g_autoptr(GHashTable) values = mg_values_new();
        mg_values_set(values, "more", "%u", left_out);
        ret_details[n++] = (MgStepDetail){
            .token = "…",
            .gloss = mg_pool_keep(pool, mg_phrase_label(gloss->glossary, "tokens-more", values))};
    }
    return n;
}

static void add_hops(GPtrArray *remarks, const MgGloss *gloss, const MgMessage *message)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    for (guint i = 0; message->hops != NULL && i < message->hops->len; i++) {
        const MgHop *hop = g_ptr_array_index(message->hops, i);
        if (is_told(message, hop))
            g_ptr_array_add(lines, hop_text(gloss->glossary, hop));
    }
    if (lines->len == 0)
        return;
    g_autoptr(GHashTable) values = mg_values_new();
    mg_values_set(values, "count", "%u", lines->len);
    g_ptr_array_add(remarks, mg_phrase_label(gloss->glossary, "hops-told", values));
    for (guint i = 0; i < lines->len; i++) {
        g_autofree char *line = lines->pdata[i];
        g_ptr_array_add(remarks, g_strdup_printf("%u. %s", i + 1, line));
    }
}

/* ---- Reports ---- */

/* "bob@example.org failed (5.1.1)". */
static char *said_of(const MgGlossary *glossary, const char *address, const char *action,
                     const char *status)
{
    static const char *const known[] = {"failed",   "delayed",   "delivered", "relayed",
                                        "expanded", "displayed", "deleted",   NULL};
    g_autoptr(GHashTable) values = mg_values_new();
    g_autofree char *who = shown(address);
    g_autofree char *what = shown(action);
    mg_values_set(values, "address", "%s", who);
    mg_values_set(values, "name", "%s", what);
    g_autofree char *label =
        g_strconcat("reported-", g_strv_contains(known, action) ? action : "other", NULL);
    char *text = mg_phrase_label(glossary, label, values);
    if (status == NULL)
        return text;
    g_autofree char *code = shown(status);
    g_autofree char *bare = text;
    return g_strdup_printf("%s (%s)", bare, code);
}

/* "bob@example.org failed (5.1.1), carol@example.org is late (4.4.1), and 3 more". */
static char *groups_text(const MgGlossary *glossary, const MgReport *report)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < report->recipients->len && i < MG_GLOSS_REPORTED; i++) {
        const MgReportRecipient *group = g_ptr_array_index(report->recipients, i);
        g_autofree char *one =
            said_of(glossary, group->recipient != NULL ? group->recipient : group->original,
                    group->action, group->status);
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", one);
    }
    if (report->recipients->len > MG_GLOSS_REPORTED) {
        g_autoptr(GHashTable) values = mg_values_new();
        mg_values_set(values, "more", "%u", report->recipients->len - MG_GLOSS_REPORTED);
        g_autofree char *more = mg_phrase_label(glossary, "reported-more", values);
        g_string_append_printf(out, ", %s", more);
    }
    return g_string_free(out, FALSE);
}

/* "This is a delivery report about M3: bob@example.org failed (5.1.1)." */
static char *report_text(const MgGloss *gloss, const MgMessage *message)
{
    const MgReport *report = message->report;
    const MgGlossary *glossary = gloss->glossary;
    g_autoptr(GHashTable) values = mg_values_new();
    g_autofree char *detail = groups_text(glossary, report);
    const gboolean found = message->reports_on != 0;
    mg_values_set(values, "number", "%u", mg_message_stays(gloss->ledger, message->reports_on));
    mg_values_set(values, "detail", "%s", detail);
    g_autofree char *label =
        g_strconcat(report->is_receipt ? "receipt-for" : "report-about", found ? "" : "-unseen",
                    *detail != '\0' ? "" : "-nobody", NULL);
    return mg_phrase_label(glossary, label, values);
}

char *mg_told_report(const MgGloss *gloss, const MgMoved *moved)
{
    const MgContent *content = moved->exchange->content;
    if (content == NULL || content->report == NULL)
        return NULL;
    for (guint i = 0; i < moved->movements->len; i++) {
        const MgMovement *movement = g_ptr_array_index(moved->movements, i);
        const MgMessage *message =
            mg_ledger_message(gloss->ledger, mg_message_stays(gloss->ledger, movement->message));
        if (message != NULL && message->report != NULL)
            return report_text(gloss, message);
    }
    return NULL;
}

void mg_told_remarks(const MgGloss *gloss, const MgMessage *message, GPtrArray *remarks)
{
    const gboolean deep = gloss->options.detail == MG_DETAIL_DEEP;
    if (message->report != NULL)
        g_ptr_array_add(remarks, report_text(gloss, message));
    guint said = 0;
    for (guint i = 0; i < message->recipients->len && said < MG_GLOSS_REMARKS; i++) {
        const MgRecipient *recipient = g_ptr_array_index(message->recipients, i);
        if (recipient->report == 0)
            continue;
        said++;
        g_autoptr(GHashTable) values = mg_values_new();
        g_autofree char *detail = said_of(gloss->glossary, recipient->address,
                                          recipient->report_action, recipient->report_status);
        mg_values_set(values, "number", "%u", mg_message_stays(gloss->ledger, recipient->report));
        mg_values_set(values, "detail", "%s", detail);
        g_ptr_array_add(remarks, mg_phrase_label(gloss->glossary, "report-says", values));
    }
    if (deep || gloss->options.one_message)
        add_hops(remarks, gloss, message);
}
