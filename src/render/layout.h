/* Text in columns: how wide it is on a screen, where a line breaks.  Width is counted in
 * terminal cells by Unicode's East Asian width, whatever the locale. */
#ifndef MG_RENDER_LAYOUT_H
#define MG_RENDER_LAYOUT_H

#include <glib.h>

G_BEGIN_DECLS

guint mg_layout_width(const char *text);

/* Break text into lines of at most `width` cells (at least one character a line).  A line
 * feed begins a new line.  `prose` breaks between words and closes up spaces; captured text
 * keeps its spaces and breaks at one where that leaves the line half full.  Returns char*, at
 * least one; free with g_ptr_array_unref(). */
GPtrArray *mg_layout_wrap(const char *text, guint width, gboolean prose);

/* Append text and then spaces up to `width` cells; nothing is cut. */
void mg_layout_pad(GString *out, const char *text, guint width);
/* The same with the spaces first. */
void mg_layout_pad_left(GString *out, const char *text, guint width);
void mg_layout_spaces(GString *out, guint n);

G_END_DECLS

#endif
