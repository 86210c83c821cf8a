/* One escape for each format.  Everything that comes from a capture passes one of these before
 * it is written, sentences included: their placeholders hold captured text.
 *
 * All of them take text of any kind (invalid UTF-8 becomes U+FFFD; len -1 = terminated) and
 * append to `out`, so that nothing is copied twice.  They make no decision on length; see
 * mg_escape_cut().
 */
#ifndef MG_RENDER_ESCAPE_H
#define MG_RENDER_ESCAPE_H

#include <glib.h>

G_BEGIN_DECLS

/* For terminals and plain text: C0, DEL and C1 become `\x1b`; bidirectional controls and other
 * invisible format characters become `<U+202E>`.  What is left moves no cursor, turns no
 * direction and hides nothing. */
void mg_escape_visible(GString *out, const char *text, gssize len);

/* For a Markdown cell or line: visible, and every character that Markdown could read as
 * markup, or take for the begin of a link, gets a backslash. */
void mg_escape_markdown(GString *out, const char *text, gssize len);

/* A Markdown code span that can stand in a table: visible, enough back-ticks, `|` as `\|`
 * (tables are cut at bars before code is looked at), a bar behind a backslash as `<U+007C>`.
 * Empty text gives nothing. */
void mg_escape_markdown_code(GString *out, const char *text, gssize len);

/* One CSV field (RFC 4180): visible, quoted where it must be, and with an apostrophe in front
 * of anything that a spreadsheet would take for a formula (CWE-1236). */
void mg_escape_csv(GString *out, const char *text, gssize len);

/* Text of HTML, SVG or XML, between tags or in a quoted attribute: visible, the five characters
 * of markup as entities, and no character that XML 1.0 forbids.  Works before a CDATA section
 * too: `]]>` cannot be in what it gives. */
void mg_escape_xml(GString *out, const char *text, gssize len);

/* The text of a Mermaid message, note or alias: visible, and as `#59;` or `#lt;` whatever ends a
 * statement, starts an entity, a tag or a directive, or that its cleaner would take away. */
void mg_escape_mermaid(GString *out, const char *text, gssize len);

/* Text of a GIFT question marked [html]: visible, HTML's markup as named entities (the hash of a
 * numeric one is GIFT's own), then a backslash before GIFT's own characters.  Moodle's order:
 * the backslash first. */
void mg_escape_gift(GString *out, const char *text, gssize len);

/* The same for what is compared as plain text: no entities. */
void mg_escape_gift_plain(GString *out, const char *text, gssize len);

/* The inside of a CSS string in a style element: everything but ASCII letters, digits and
 * spaces as a hexadecimal escape with the space that ends it (CSS Syntax 3, section 4.3.7). */
void mg_escape_css(GString *out, const char *text, gssize len);

/* For finished JSON on one line: characters that the generator leaves as they are, though a
 * terminal would obey them, become \uXXXX.  Loses nothing. */
void mg_escape_json_line(GString *out, const char *json, gssize len);

/* For terminals of ASCII: Latin letters lose their marks ("sesión" becomes "sesion"), the opening
 * signs of Spanish go, marks of print become those of ASCII.  Other letters stay. */
void mg_escape_fold(GString *text);

/* The first `max` characters of a text; *ret_more = how many were left out.  Free with
 * g_free(). */
char *mg_escape_cut(const char *text, guint max, guint64 *ret_more);

G_END_DECLS

#endif
