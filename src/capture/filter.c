/* See filter.h. */
#include "capture/filter.h"
#include "capture/dlt.h"

#include <pcap/pcap.h>

#define SNAPLEN 262144
#define LINKTYPE_ETHERNET 1
/* Link types that a filter is compiled for; frames of further ones do not pass. */
#define PROGRAMS_LIMIT 64

typedef struct {
    guint16 linktype;
    gboolean compiled;
    struct bpf_program code;
} Program;

struct MgFilter {
    char *expression;
    GArray *programs;
};

static void clear_program(gpointer data)
{
    Program *program = data;
    if (program->compiled)
        pcap_freecode(&program->code);
}

static Program *find(MgFilter *filter, guint16 linktype)
{
    for (guint i = 0; i < filter->programs->len; i++) {
        Program *program = &g_array_index(filter->programs, Program, i);
        if (program->linktype == linktype)
            return program;
    }
    return NULL;
}

static Program *compile(MgFilter *filter, guint16 linktype, GError **error)
{
    Program program = {.linktype = linktype};
    pcap_t *pcap = pcap_open_dead(mg_linktype_to_dlt(linktype), SNAPLEN);
    if (pcap != NULL &&
        pcap_compile(pcap, &program.code, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0)
        program.compiled = TRUE;
    else
        g_set_error(error, MG_CAPTURE_ERROR, MG_CAPTURE_ERROR_FILTER,
                    "The filter \"%s\" does not fit link type %s: %s", filter->expression,
                    mg_linktype_name(linktype), pcap != NULL ? pcap_geterr(pcap) : "out of memory");
    if (pcap != NULL)
        pcap_close(pcap);
    g_array_append_val(filter->programs, program);
    return &g_array_index(filter->programs, Program, filter->programs->len - 1);
}

MgFilter *mg_filter_new(const char *expression, const GArray *linktypes, GError **error)
{
    MgFilter *filter = g_new0(MgFilter, 1);
    filter->expression = g_strdup(expression);
    filter->programs = g_array_new(FALSE, FALSE, sizeof(Program));
    g_array_set_clear_func(filter->programs, clear_program);
    g_autoptr(GError) first = NULL;
    gboolean good = FALSE;
    for (guint i = 0; i < linktypes->len; i++) {
        guint16 linktype = g_array_index(linktypes, guint16, i);
        if (find(filter, linktype) == NULL && filter->programs->len < PROGRAMS_LIMIT)
            good |= compile(filter, linktype, first == NULL ? &first : NULL)->compiled;
    }
    if (linktypes->len == 0)
        good = compile(filter, LINKTYPE_ETHERNET, &first)->compiled;
    if (good)
        return filter;
    g_propagate_error(error, g_steal_pointer(&first));
    mg_filter_free(filter);
    return NULL;
}

void mg_filter_free(MgFilter *filter)
{
    if (filter == NULL)
        return;
    g_array_unref(filter->programs);
    g_free(filter->expression);
    g_free(filter);
}

gboolean mg_filter_passes(MgFilter *filter, const MgFrame *frame, GError **error)
{
    Program *program = find(filter, frame->linktype);
    if (program == NULL && filter->programs->len < PROGRAMS_LIMIT)
        program = compile(filter, frame->linktype, error);
    if (program == NULL || !program->compiled)
        return FALSE;
    struct pcap_pkthdr header = {.caplen = (bpf_u_int32)frame->bytes.len,
                                 .len = frame->original_len};
    return pcap_offline_filter(&program->code, &header, frame->bytes.data) != 0;
}
