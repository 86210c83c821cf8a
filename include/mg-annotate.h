/* annotate: the captures again, with comments on their frames and without their secrets.
 *
 * Stands beside the corridor.  While that reads, it looks on: at segments behind tcp, at the
 * offers between tcp and proto, at the secrets that proto finds, and it takes the comments of
 * render's pcapng format.  From these it makes records by frame, which are sorted outside of
 * memory where they are many.  Then it copies the captures block by block.
 *
 * What is copied: every block and option as it stands, but for the comments of an earlier run,
 * which are replaced; the hash of a packet that was masked; custom blocks that a tool that
 * changes the file shall not copy; and, while secrets are masked, decryption secrets.  Packets
 * that were not read (a filter, -c) are left out.  Several captures become sections one behind
 * the other.
 *
 * What is masked: the octets of each secret, in every packet that carries them, with the same
 * number of other octets, and the TCP checksum is mended (a wrong one stays wrong by as much).
 * What cannot be mapped exactly blanks the whole payload.
 */
#ifndef MG_ANNOTATE_H
#define MG_ANNOTATE_H

#include "mg-base.h"
#include "mg-blocks.h"
#include "mg-comment.h"
#include "mg-exchange.h"
#include "mg-flow.h"
#include "mg-frame.h"
#include "mg-segment.h"

G_BEGIN_DECLS

/* What an address is called in the other outputs of this run. */
typedef MgAddress (*MgRenameAddress)(gpointer user, const MgAddress *address);

typedef struct {
    gboolean show_secrets; /* packets stay as they are */
    const char *program;   /* "mailgloss 0.1", where a section names no program of its own */
    /* Words of its own comments: with {part} and {parts}; with {frame}; the same for a packet
     * seen at another capture point; for the summary of a file whose secrets are not masked. */
    const char *part, *again, *twin, *has_secrets;
    /* Other names for everybody: addresses by this function, words by x (rename.h), and whatever
     * describes the capture, its machine or its networks is left out.  NULL = real names. */
    MgRenameAddress rename;
    gpointer rename_user;
    const char *live_summary; /* live: the summary, since the end is not known */
} MgAnnotateOptions;

typedef struct {
    guint64 left_secrets; /* decryption secrets blocks left out */
    guint64 left_custom;  /* custom blocks left out */
    guint64 blanked;      /* packets whose whole payload was blanked */
    guint64 unread;       /* … because nobody can read frames of their link type */
    guint64 masked;       /* packets with a secret in them */
    guint64 left_names;   /* blocks left out because they name somebody */
    guint64 late;         /* live: secrets found after their packet was written */
} MgAnnotateCounts;

typedef struct MgAnnotator MgAnnotator;

MgAnnotator *mg_annotator_new(const MgAnnotateOptions *options);
void mg_annotator_free(MgAnnotator *annotator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgAnnotator, mg_annotator_free)

typedef gboolean (*MgAnnotateWrite)(gpointer user, const guint8 *data, gsize len);

/* Live: packets are written while they come, each held back for a moment. */
void mg_annotator_set_live(MgAnnotator *annotator, MgAnnotateWrite write, gpointer user);

/* ---- While the corridor reads ---- */

/* Live: the name of an interface; and that time passes. */
void mg_annotator_capture(MgAnnotator *annotator, const MgCaptureInfo *info);
void mg_annotator_time(MgAnnotator *annotator, MgTime now);

/* Each frame, before it goes to net.  `readable`: net knows its link type. */
void mg_annotator_frame(MgAnnotator *annotator, const MgFrame *frame, gboolean readable);
/* Each segment, after tcp has seen it. */
void mg_annotator_segment(MgAnnotator *annotator, const MgSegment *segment);
/* As MgSegmentSink.loose. */
void mg_annotator_loose(MgAnnotator *annotator, const MgPiece *piece);
/* Stands between tcp and `next`, and between proto and `next`. */
void mg_annotator_flow_sink(MgAnnotator *annotator, const MgFlowSink *next, MgFlowSink *ret_sink);
void mg_annotator_exchange_sink(MgAnnotator *annotator, const MgExchangeSink *next,
                                MgExchangeSink *ret_sink);
void mg_annotator_comment_sink(MgAnnotator *annotator, MgCommentSink *ret_sink);

/* ---- Then ---- */

/* The captures in the order of their numbers; `open` gives a descriptor to read number `i` (from
 * 1) from its beginning, or -1.  Asked once or twice for each. */
typedef int (*MgAnnotateOpen)(gpointer user, guint16 capture);
void mg_annotator_set_captures(MgAnnotator *annotator, guint16 n_captures, MgAnnotateOpen open,
                               gpointer user);

/* Write the annotated file; live, what is left of it.  FALSE: `write` failed, or the records could
 * not be kept (then `error` is set). */
gboolean mg_annotator_write(MgAnnotator *annotator, MgAnnotateWrite write, gpointer user,
                            MgAnnotateCounts *ret_counts, GError **error);

G_END_DECLS

#endif
