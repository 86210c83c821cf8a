#include "closing.h"

#include "words.h"

typedef struct {
    MgStepNote note;
    char *text;
} KeptNote;

struct MgClosing {
    const MgRenderOptions *options;
    GPtrArray *notes; /* KeptNote* */
    guint64 seen[MG_NOTE_ODD + 1];
    GArray *cut_starts; /* guint: sessions whose start was not captured */
    guint64 n_cut_starts;
    guint captures;
};

static void kept_note_free(gpointer data)
{
    KeptNote *kept = data;
    g_free(kept->text);
    g_free(kept);
}

MgClosing *mg_closing_new(const MgRenderOptions *options)
{
    MgClosing *closing = g_new0(MgClosing, 1);
    closing->options = options;
    closing->notes = g_ptr_array_new_with_free_func(kept_note_free);
    closing->cut_starts = g_array_new(FALSE, FALSE, sizeof(guint));
    return closing;
}

void mg_closing_free(MgClosing *closing)
{
    g_ptr_array_unref(closing->notes);
    g_array_unref(closing->cut_starts);
    g_free(closing);
}

void mg_closing_capture(MgClosing *closing, const MgStepCapture *capture)
{
    closing->captures++;
}

void mg_closing_session(MgClosing *closing, const MgStepSession *session)
{
    if (session->how_ended != MG_ENDED_OPEN || session->complete_start)
        return;
    if (closing->n_cut_starts++ < MG_CLOSING_NOTES)
        g_array_append_val(closing->cut_starts, session->session);
}

void mg_closing_note(MgClosing *closing, const MgStepNote *note)
{
    guint kind = MIN((guint)note->kind, (guint)MG_NOTE_ODD);
    if (closing->seen[kind]++ >= MG_CLOSING_NOTES)
        return;
    KeptNote *kept = g_new0(KeptNote, 1);
    kept->note = *note;
    kept->text = g_strdup(note->text != NULL ? note->text : "");
    kept->note.text = kept->text;
    g_ptr_array_add(closing->notes, kept);
}

static void add_more(const MgClosing *closing, GPtrArray *lines, guint64 seen)
{
    if (seen > MG_CLOSING_NOTES)
        g_ptr_array_add(lines, mg_words_count(closing->options->glossary, "more-notes",
                                              seen - MG_CLOSING_NOTES));
}

static void add_count(const MgClosing *closing, GPtrArray *lines, const char *label, guint64 count)
{
    if (count > 0)
        g_ptr_array_add(lines, mg_words_count(closing->options->glossary, label, count));
}

GPtrArray *mg_closing_lines(const MgClosing *closing, const MgStepSummary *summary)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    const MgRenderOptions *options = closing->options;
    for (guint i = 0; i < closing->cut_starts->len; i++) {
        MgStepNote note = {
            .kind = MG_NOTE_ODD,
            .session = g_array_index(closing->cut_starts, guint, i),
            .text = mg_glossary_label(options->glossary, "start-not-captured"),
        };
        g_ptr_array_add(lines, mg_words_note(options, &note, FALSE));
    }
    add_more(closing, lines, closing->n_cut_starts);
    for (guint kind = 0; kind <= MG_NOTE_ODD; kind++) {
        for (guint i = 0; i < closing->notes->len; i++) {
            const KeptNote *kept = closing->notes->pdata[i];
            if (MIN((guint)kept->note.kind, (guint)MG_NOTE_ODD) == kind)
                g_ptr_array_add(lines, mg_words_note(options, &kept->note, closing->captures > 1));
        }
        add_more(closing, lines, closing->seen[kind]);
    }
    if (summary != NULL) {
        /* a single hole has told its size itself */
        if (closing->seen[MG_NOTE_GAP] != 1)
            add_count(closing, lines, "missing-octets", summary->missing_octets);
        add_count(closing, lines, "unknown-commands", summary->unknown_commands);
        add_count(closing, lines, "dropped-packets", summary->dropped);
    }
    return lines;
}
