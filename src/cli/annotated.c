/* See annotated.h. */
#include "config.h"
#include "cli/annotated.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct MgAnnotated {
    gboolean quiet;
    MgAnnotator *annotator;
    MgCommentSink comments, nowhere;
    GArray *outputs;  /* MgOutput */
    GArray *captures; /* int */
};

gboolean mg_annotated_wanted(const MgOptions *options)
{
    for (guint i = 0; i < options->outputs->len; i++) {
        const MgOutputFile *file = g_ptr_array_index(options->outputs, i);
        if (file->format == &mg_format_pcapng)
            return TRUE;
    }
    return options->format == &mg_format_pcapng;
}

/* ---- For a second renderer: the first one has said it all ---- */

static void no_comment(gpointer user, const MgComment *comment)
{
}

static void no_span(gpointer user, const MgCommentSpan *span)
{
}

static guint64 no_number(gpointer user, guint16 capture, guint64 frame)
{
    return 0;
}

static void no_summary(gpointer user, const char *text)
{
}

/* ---- Life ---- */

/* To all of them; one that cannot be written any more does not stop the others. */
static gboolean write_all(gpointer user, const guint8 *data, gsize len)
{
    const MgAnnotated *annotated = user;
    gboolean written = FALSE;
    for (guint i = 0; i < annotated->outputs->len; i++) {
        const MgOutput *output = &g_array_index(annotated->outputs, MgOutput, i);
        written |= output->write(output->user, (const char *)data, len);
    }
    return written;
}

/* Live: a reader waits for each packet. */
static gboolean write_now(gpointer user, const guint8 *data, gsize len)
{
    const MgAnnotated *annotated = user;
    gboolean written = write_all(user, data, len);
    for (guint i = 0; i < annotated->outputs->len; i++) {
        const MgOutput *output = &g_array_index(annotated->outputs, MgOutput, i);
        output->flush(output->user);
    }
    return written;
}

static void close_capture(gpointer data)
{
    close(*(const int *)data);
}

static MgAddress rename_address(gpointer user, const MgAddress *address)
{
    return mg_anonym_address(user, address, MG_ROLE_UNKNOWN);
}

MgAnnotated *mg_annotated_new(const MgOptions *options, const MgGlossary *glossary,
                              MgAnonym *anonym)
{
    MgAnnotated *annotated = g_new0(MgAnnotated, 1);
    MgAnnotateOptions annotate = {
        .show_secrets = options->gloss.show_secrets,
        .program = PACKAGE_NAME " " PACKAGE_VERSION,
        .part = mg_glossary_label(glossary, "comment-part"),
        .again = mg_glossary_label(glossary, "comment-again"),
        .twin = mg_glossary_label(glossary, "comment-twin"),
        .has_secrets = mg_glossary_label(glossary, "comment-has-secrets"),
        .live_summary = mg_glossary_label(glossary, "comment-live"),
    };
    if (anonym != NULL) {
        annotate.rename = rename_address;
        annotate.rename_user = anonym;
    }
    annotated->quiet = options->quiet;
    annotated->annotator = mg_annotator_new(&annotate);
    mg_annotator_comment_sink(annotated->annotator, &annotated->comments);
    annotated->nowhere = (MgCommentSink){
        .comment = no_comment, .span = no_span, .number = no_number, .summary = no_summary};
    annotated->outputs = g_array_new(FALSE, FALSE, sizeof(MgOutput));
    annotated->captures = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(annotated->captures, close_capture);
    if (options->interfaces[0] != NULL)
        mg_annotator_set_live(annotated->annotator, write_now, annotated);
    return annotated;
}

void mg_annotated_free(MgAnnotated *annotated)
{
    if (annotated == NULL)
        return;
    mg_annotator_free(annotated->annotator);
    g_array_unref(annotated->outputs);
    g_array_unref(annotated->captures);
    g_free(annotated);
}

MgAnnotator *mg_annotated_annotator(MgAnnotated *annotated)
{
    return annotated->annotator;
}

const MgCommentSink *mg_annotated_add_output(MgAnnotated *annotated, const MgOutput *output)
{
    g_array_append_val(annotated->outputs, *output);
    return annotated->outputs->len == 1 ? &annotated->comments : &annotated->nowhere;
}

static int open_again(gpointer user, guint16 capture)
{
    const MgAnnotated *annotated = user;
    if (capture == 0 || capture > annotated->captures->len)
        return -1;
    return fcntl(g_array_index(annotated->captures, int, capture - 1), F_DUPFD_CLOEXEC, 3);
}

void mg_annotated_add_capture(MgAnnotated *annotated, int fd)
{
    g_array_append_val(annotated->captures, fd);
    mg_annotator_set_captures(annotated->annotator, (guint16)annotated->captures->len, open_again,
                              annotated);
}

/* ---- Writing ---- */

static void say(guint64 count, const char *one, const char *many)
{
    if (count > 0)
        fprintf(stderr, "mailgloss: annotated copy: %" G_GUINT64_FORMAT " %s\n", count,
                count == 1 ? one : many);
}

static void say_counts(const MgAnnotateCounts *counts)
{
    say(counts->left_secrets, "block of decryption secrets was left out; --show-secrets keeps it",
        "blocks of decryption secrets were left out; --show-secrets keeps them");
    say(counts->left_names, "block that names somebody was left out",
        "blocks that name somebody were left out");
    say(counts->left_custom,
        "custom block was left out, because it must not be copied; later frames have lower numbers",
        "custom blocks were left out, because they must not be copied; later frames have lower "
        "numbers");
    say(counts->unread, "packet of a kind that cannot be read was blanked; --show-secrets keeps it",
        "packets of a kind that cannot be read were blanked; --show-secrets keeps them");
    say(counts->late, "packet was written before a secret in it was known",
        "packets were written before a secret in them was known");
    say(counts->blanked - MIN(counts->blanked, counts->unread),
        "packet was blanked, because it may hold a secret in an unknown place",
        "packets were blanked, because they may hold secrets in unknown places");
}

gboolean mg_annotated_write(MgAnnotated *annotated, GError **error)
{
    MgAnnotateCounts counts;
    g_autoptr(GError) cause = NULL;
    gboolean written =
        mg_annotator_write(annotated->annotator, write_all, annotated, &counts, &cause);
    if (!annotated->quiet)
        say_counts(&counts);
    if (written || cause == NULL)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}
