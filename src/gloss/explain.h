/* The parts of --explain: words become blocks of text, 80 columns wide. */
#ifndef MG_GLOSS_EXPLAIN_H
#define MG_GLOSS_EXPLAIN_H

#include "mg-step.h"

G_BEGIN_DECLS

enum {
    MG_EXPLAIN_WIDTH = 80,
    MG_EXPLAIN_INDENT = 2,
};

/* Append a text wrapped behind `indent` columns; its first line begins with `head` ("" = none)
 * and the others stand under its text. */
void mg_explain_wrap(GString *out, guint indent, const char *head, const char *text);
/* The same as "Label: text". */
void mg_explain_labelled(GString *out, const MgGlossary *glossary, const char *label,
                         const char *text);
/* Stand-ins for what a capture would tell: "message {number}" becomes "message 1". */
GHashTable *mg_explain_values(const MgGlossary *glossary);
/* Two or three lines of a dialogue with this word in it; nothing where none makes sense. */
void mg_explain_sample(GString *out, const MgGlossary *glossary, const char *group,
                       const char *token);
/* When it is allowed, and what it does to the location of the message. */
void mg_explain_state(GString *out, const MgGlossary *glossary, const char *group);
/* "Source: RFC 1939 section 5  https://…" */
void mg_explain_source(GString *out, const MgGlossary *glossary, const char *group);

/* compare.c: how protocols differ, what one of them is like, how they work together. */
gboolean mg_explain_is_protocol(const char *token);
void mg_explain_difference(GString *out, const MgGlossary *glossary, char *const *protocols);
void mg_explain_protocol(GString *out, const MgGlossary *glossary, const char *protocol);
void mg_explain_together(GString *out, const MgGlossary *glossary);

G_END_DECLS

#endif
