/* The table of formats.  A new one: its file, its line in formats.h, its row here. */
#include "formats.h"

#include <string.h>

static const MgRenderFormat *const formats[] = {
    &mg_format_text,
    &mg_format_json,
    &mg_format_markdown,
    &mg_format_csv,
    &mg_format_html,
    &mg_format_svg,
    &mg_format_mermaid,
    &mg_format_gift,
    &mg_format_moodle,
    &mg_format_pcapng,
    NULL,
};

const MgRenderFormat *const *mg_render_formats(void)
{
    return formats;
}

const MgRenderFormat *mg_render_format_by_name(const char *name)
{
    for (guint i = 0; formats[i] != NULL; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

const MgRenderFormat *mg_render_format_by_ending(const char *path)
{
    for (guint i = 0; formats[i] != NULL; i++) {
        g_auto(GStrv) endings = g_strsplit(formats[i]->endings, " ", -1);
        for (guint k = 0; endings[k] != NULL; k++) {
            gsize path_len = strlen(path), len = strlen(endings[k]);
            if (path_len > len && g_ascii_strcasecmp(path + path_len - len, endings[k]) == 0)
                return formats[i];
        }
    }
    return NULL;
}
