/* capture: a file, a pipe or an interface in, frames out.
 *
 * Takes classic pcap and pcapng files, by content and never by name, standard input ("-"),
 * and live interfaces.  Gives frames in the order of their time over all inputs, with the
 * numbers Wireshark would give them in their file.  Owns the open files.  Knows nothing of
 * what is inside a frame.
 */
#ifndef MG_FRAME_H
#define MG_FRAME_H

#include "mg-base.h"

G_BEGIN_DECLS

typedef struct {
    MgSlice bytes;        /* as captured, link layer first */
    guint32 original_len; /* on the wire; larger than bytes.len when the frame was cut */
    guint16 linktype;     /* LINKTYPE_ value of the file format, not a DLT_ value */
    MgStamp at;
} MgFrame;

/* One input, told when its first frame is about to be given (or at its end, when it has
 * none), so that the link types known by then can be named.  Borrowed during the call. */
typedef struct {
    guint16 capture;              /* from 1, in the order the inputs were added */
    const char *file;             /* name as given, or NULL */
    const char *interface;        /* live: its name, or NULL */
    const char *const *linktypes; /* "EN10MB", NULL-terminated; may be empty */
    MgStamp first;                /* of the first frame; frame 0 = there is none */
    const char *const *comments;  /* in what stands before the first frame: of its section and
                                   * interfaces; NULL-terminated; NULL = none.  As MgRemark.text */
} MgCaptureInfo;

/* A comment that stands in the file beside a frame (or in a head that follows earlier frames). */
typedef struct {
    guint16 capture;
    guint64 frame;
    const char *text; /* valid UTF-8, not empty, at most MG_LIMIT_COMMENT octets and "…" */
} MgRemark;

typedef struct {
    void (*capture)(gpointer user, const MgCaptureInfo *info);
    void (*frame)(gpointer user, const MgFrame *frame);
    void (*note)(gpointer user, const MgNote *note);
    /* The file says that an address has this name; before the frame that follows it there.
     * Valid UTF-8, not empty.  May be NULL. */
    void (*name)(gpointer user, const MgAddress *address, const char *name);
    /* Before the frame that it is beside.  May be NULL. */
    void (*remark)(gpointer user, const MgRemark *remark);
    gpointer user;
} MgFrameSink;

#define MG_CAPTURE_ERROR (mg_capture_error_quark())
GQuark mg_capture_error_quark(void);
typedef enum {
    MG_CAPTURE_ERROR_OPEN,       /* no such file, no permission, no such interface */
    MG_CAPTURE_ERROR_NO_CAPTURE, /* readable, but not a capture */
    MG_CAPTURE_ERROR_CUT,        /* ends inside a record; what came before was given */
    MG_CAPTURE_ERROR_DAMAGED,    /* a record makes no sense; what came before was given */
    MG_CAPTURE_ERROR_FILTER,     /* the filter expression does not compile */
    MG_CAPTURE_ERROR_PRIVILEGE,  /* root could not be given up */
} MgCaptureError;

typedef struct {
    const char *interface; /* "any" works */
    const char *filter;    /* BPF, or NULL */
    int snaplen;           /* 0 = 262144 */
    int buffer_mib;        /* 0 = 16 */
    gboolean no_promiscuous;
} MgLiveOptions;

typedef struct {
    guint64 packets;      /* frames given */
    guint64 dropped;      /* live: what the kernel says it lost */
    guint64 octets_read;  /* of the files, before decompression, for a progress bar */
    guint64 octets_total; /* 0 where a pipe makes it unknown */
} MgCaptureCounts;

typedef struct MgCapture MgCapture;

/* The sink is copied; its user pointer must outlive the capture. */
MgCapture *mg_capture_new(const MgFrameSink *sink);
void mg_capture_free(MgCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgCapture, mg_capture_free)

/* Open an input.  On failure nothing was added, and `error` is one clear sentence that names
 * the file or interface and the cause. */
gboolean mg_capture_add_file(MgCapture *capture, const char *path, GError **error);
/* A regular file that is open already; read from its beginning, closed with the capture.  `name`
 * is what it is called in records. */
gboolean mg_capture_add_fd(MgCapture *capture, int fd, const char *name, GError **error);
gboolean mg_capture_add_live(MgCapture *capture, const MgLiveOptions *options, GError **error);
/* A BPF filter over files; live inputs have their own.  Call after the inputs were added. */
gboolean mg_capture_set_filter(MgCapture *capture, const char *filter, GError **error);

/* The clock of an input is wrong: add so many nanoseconds to the time of each of its frames
 * before they are put in order.  `number`: from 1, in the order the inputs were added. */
void mg_capture_set_offset(MgCapture *capture, guint16 number, gint64 nanoseconds);

/* … and its clock runs too fast or too slow: after the offset, so many nanoseconds more for each
 * second after `since`. */
void mg_capture_set_drift(MgCapture *capture, guint16 number, MgTime since, gint64 per_second);

typedef enum {
    MG_READ_FRAME, /* one frame was given to the sink */
    MG_READ_WAIT,  /* live or from a pipe: nothing for now, after at most 100 ms or a signal; or
                    * a filter rejected very many frames: call again */
    MG_READ_END,   /* all inputs are at their end */
    MG_READ_ERROR, /* one input broke off; `error` says where; call again for the others */
} MgRead;

/* Give the next frame in time order.  Files whose records are out of order are given in file
 * order: the merge compares only the heads of the inputs. */
MgRead mg_capture_next(MgCapture *capture, GError **error);

void mg_capture_counts(MgCapture *capture, MgCaptureCounts *ret_counts);

/* Give up root: become `user` with all its groups, keep nothing.  NULL chooses the user who
 * called sudo, else "nobody".  Not being root is success.  *ret_name: whom we became, or NULL
 * (static storage of the account database is not used; free it). */
gboolean mg_privileges_drop(const char *user, char **ret_name, GError **error);

/* Interfaces that can be captured: "name" or "name (description)", free with g_strfreev(). */
char **mg_capture_interfaces(GError **error);

G_END_DECLS

#endif
