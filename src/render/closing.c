#include "closing.h"

#include "words.h"

typedef struct {
    MgStepNote note;
    char *text;
    MgFrames frames; /* all single frames of which it was said */
} KeptNote;

struct MgClosing {
    const MgRenderOptions *options;
    GPtrArray *notes;              /* KeptNote* */
    guint64 seen[MG_NOTE_ODD + 1]; /* by kind */
    guint64 kept[MG_NOTE_ODD + 1]; /* lines for them; over MG_CLOSING_NOTES only counted */
    GArray *cut_starts;            /* guint: sessions whose start was not captured */
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

/* Notes that say the same of single frames are one note with many frames. */
static KeptNote *same_note(const MgClosing *closing, const MgStepNote *note)
{
    for (guint i = 0; i < closing->notes->len; i++) {
        KeptNote *kept = closing->notes->pdata[i];
        if (kept->note.kind == note->kind && kept->note.session == note->session &&
            kept->note.at.capture == note->at.capture && kept->frames.count > 0 &&
            g_strcmp0(kept->note.text, note->text) == 0)
            return kept;
    }
    return NULL;
}

void mg_closing_note(MgClosing *closing, const MgStepNote *note)
{
    guint kind = MIN((guint)note->kind, (guint)MG_NOTE_ODD);
    gboolean single = note->kind != MG_NOTE_GAP && note->frames[0] > 0 &&
                      (note->frames[1] == 0 || note->frames[1] == note->frames[0]);
    closing->seen[kind]++;
    KeptNote *kept = single ? same_note(closing, note) : NULL;
    if (kept == NULL) {
        if (closing->kept[kind]++ >= MG_CLOSING_NOTES)
            return;
        kept = g_new0(KeptNote, 1);
        kept->note = *note;
        kept->text = g_strdup(note->text != NULL ? note->text : "");
        kept->note.text = kept->text;
        g_ptr_array_add(closing->notes, kept);
    }
    if (single)
        mg_frames_add(&kept->frames, note->frames[0]);
}

static void add_more(const MgClosing *closing, GPtrArray *lines, guint64 found)
{
    if (found > MG_CLOSING_NOTES)
        g_ptr_array_add(lines, mg_words_count(closing->options->glossary, "more-notes",
                                              found - MG_CLOSING_NOTES));
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
        g_ptr_array_add(lines, mg_words_note(options, &note, NULL, FALSE));
    }
    add_more(closing, lines, closing->n_cut_starts);
    for (guint kind = 0; kind <= MG_NOTE_ODD; kind++) {
        for (guint i = 0; i < closing->notes->len; i++) {
            const KeptNote *kept = closing->notes->pdata[i];
            if (MIN((guint)kept->note.kind, (guint)MG_NOTE_ODD) == kind)
                g_ptr_array_add(lines, mg_words_note(options, &kept->note, &kept->frames,
                                                     closing->captures > 1));
        }
        add_more(closing, lines, closing->kept[kind]);
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
