/* cli: the option table, and what a command line asks for.
 *
 * Help, manual page and completion are made from one table (options.c); a new option is one
 * row there, one field here, and the code that obeys it.
 */
#ifndef MG_CLI_OPTIONS_H
#define MG_CLI_OPTIONS_H

#include "mg-render.h"

G_BEGIN_DECLS

typedef enum {
    MG_ACTION_ANNOTATE,
    MG_ACTION_EXPLAIN,
    MG_ACTION_HELP,
    MG_ACTION_VERSION,
    MG_ACTION_INTERFACES,
    MG_ACTION_DUMP_GLOSSARY,
    MG_ACTION_DUMP_MANUAL,
    MG_ACTION_DUMP_COMPLETION,
} MgAction;

typedef enum { MG_COLOR_AUTO, MG_COLOR_ALWAYS, MG_COLOR_NEVER } MgColor;

/* -d tcp.port==N,PROTO */
typedef struct {
    guint16 port;
    MgProtocol protocol;
} MgDecodeAs;

/* -o FILE or -o FORMAT:FILE */
typedef struct {
    char *path;
    const MgRenderFormat *format;
} MgOutputFile;

typedef struct {
    MgAction action;
    char **files;      /* captures, in order; NULL-terminated, never NULL */
    char **interfaces; /* live; NULL-terminated, never NULL */
    char **words;      /* of --explain */
    char *filter;
    guint64 packet_limit; /* 0 = none */
    int snaplen;
    int buffer_mib;
    gboolean no_promiscuous;
    char *user;                   /* -Z */
    GArray *decode_as;            /* MgDecodeAs */
    const MgRenderFormat *format; /* of stdout; NULL = only the summary */
    GPtrArray *outputs;           /* MgOutputFile* */
    gboolean where_only;
    char *message; /* --message, or NULL */
    guint session; /* 0 = all */
    MgGlossOptions gloss;
    gboolean anonymize;
    char *roles;
    char *language;
    char *shell; /* whose completion is printed */
    char *glossary;
    char *title;
    MgHandout handout;
    MgPaper paper;
    gboolean by_session;
    guint64 seed;
    MgClock clock;
    MgColor color;
    guint width; /* 0 = find out */
    gboolean ascii;
    gboolean no_pager;
    gboolean quiet;
    gboolean verbose;
    guint64 max_memory_mib;
} MgOptions;

/* Read a command line.  On failure NULL and one clear sentence: the exit status is 2. */
MgOptions *mg_options_parse(int argc, char **argv, GError **error);
void mg_options_free(MgOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MgOptions, mg_options_free)

/* Made from the table; free with g_free(). */
char *mg_options_help(void);
char *mg_options_manual(void);     /* mdoc source of mailgloss(1) */
/* For "bash", "zsh" or "fish". */
char *mg_options_completion(const char *shell);

G_END_DECLS

#endif
