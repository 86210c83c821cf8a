/* One message in the table at the end: who, what, where it is now and how it came there. */
#include "text.h"

#include <string.h>

#include "escape.h"
#include "layout.h"
#include "words.h"

enum { MESSAGE_INDENT = 5 };

/* Parts of a message's first line: side by side where they fit. */
static void append_part(const MgTextState *text, GString *line, GString *out, guint gap,
                        const char *part)
{
    g_autofree char *shown = mg_words_line(&text->options, part);
    g_autoptr(GString) clean = g_string_new(NULL);
    mg_escape_visible(clean, shown, -1);
    if (mg_layout_width(line->str) + gap + mg_layout_width(clean->str) <= text->table.width) {
        mg_layout_spaces(line, gap);
        g_string_append(line, clean->str);
        return;
    }
    g_string_append(out, g_strchomp(line->str));
    g_string_append_c(out, '\n');
    g_autoptr(GPtrArray) lines =
        mg_layout_wrap(clean->str, text->table.width - MESSAGE_INDENT, TRUE);
    for (guint i = 0; i < lines->len; i++) {
        g_string_truncate(line, 0);
        mg_layout_spaces(line, MESSAGE_INDENT);
        g_string_append(line, lines->pdata[i]);
        if (i + 1 < lines->len)
            g_string_append_printf(out, "%s\n", line->str);
    }
}

char *mg_text_message(const MgTextState *text, const MgStepMessage *record)
{
    const MgMessage *message = record->message;
    GString *out = g_string_new(NULL);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *number = g_strdup_printf(" M%u ", message->number);
    mg_layout_pad(line, number, MESSAGE_INDENT);
    g_autofree char *merged =
        message->merged_into > 0 ? mg_words_merged(&text->options, message) : NULL;
    if (merged != NULL) {
        append_part(text, line, out, 0, merged);
    } else {
        g_autofree char *subject =
            record->subject != NULL
                ? g_strdup_printf("\"%s\"", record->subject)
                : g_strdup(mg_glossary_label(text->options.glossary, "subject-not-seen"));
        g_autofree char *from_to = mg_words_from_to(&text->options, message);
        g_autofree char *now =
            mg_words(text->options.glossary, "now", "location",
                     record->label != NULL ? record->label : record->location, NULL);
        append_part(text, line, out, 0, subject);
        if (*from_to != '\0')
            append_part(text, line, out, 2, from_to);
        append_part(text, line, out, 3, now);
    }
    g_string_append_printf(out, "%s\n", line->str);
    if (merged == NULL) {
        if (record->path != NULL)
            mg_text_block(&text->options, out, MESSAGE_INDENT, "", record->path, MG_STYLE_PLAIN);
        for (guint i = 0; record->remarks != NULL && record->remarks[i] != NULL; i++)
            mg_text_block(&text->options, out, MESSAGE_INDENT, "", record->remarks[i],
                          MG_STYLE_PLAIN);
    }
    return g_string_free(out, FALSE);
}
