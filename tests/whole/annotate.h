/* Run the built mailgloss on a capture and read its records back. */
#ifndef MG_TESTS_ANNOTATE_H
#define MG_TESTS_ANNOTATE_H

#include <json-glib/json-glib.h>

typedef struct {
    GPtrArray *records; /* JsonObject*, in order */
    int status;         /* exit status; -1 = ended by a signal */
    char *talk;         /* what it said on standard error */
} Annotated;

/* mailgloss -T json [OPTION…] PATH; options NULL-terminated, or NULL. */
Annotated *annotate(const char *path, const char *const *options);
void annotated_free(Annotated *annotated);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Annotated, annotated_free)

gboolean record_is(JsonObject *record, const char *type);
/* Member or NULL (0). */
const char *record_string(JsonObject *record, const char *name);
gint64 record_number(JsonObject *record, const char *name);

#endif
