/* The formats, each in a file of its own. */
#ifndef MG_RENDER_FORMATS_H
#define MG_RENDER_FORMATS_H

#include "mg-render.h"

G_BEGIN_DECLS

extern const MgRenderFormat mg_format_text;
extern const MgRenderFormat mg_format_json;
extern const MgRenderFormat mg_format_markdown;
extern const MgRenderFormat mg_format_csv;
extern const MgRenderFormat mg_format_html;
extern const MgRenderFormat mg_format_svg;
extern const MgRenderFormat mg_format_mermaid;
extern const MgRenderFormat mg_format_gift;
extern const MgRenderFormat mg_format_moodle;
/* What they become for --handout blank and key. */
extern const MgRenderFormat mg_worksheet_html;
extern const MgRenderFormat mg_worksheet_markdown;

G_END_DECLS

#endif
