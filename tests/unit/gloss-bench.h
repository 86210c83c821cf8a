/* What the tests of gloss share: exchanges and movements by hand, records as they came. */
#ifndef TEST_GLOSS_BENCH_H
#define TEST_GLOSS_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "gloss/gloss.h"

/* The parts of the latest records that tests look at. */
typedef struct {
    GPtrArray *pool;
    const char *line, *gloss, *reply_gloss, *first, *location, *label, *reference, *url, *before,
        *mistake, *verb;
    char **head;
    GPtrArray *details;   /* "token: sentence" */
    const char *comments; /* "1:13 text;" */
    GPtrArray *lines;     /* own sentences of the replies, "" = none */
    gboolean masked;
    guint steps, messages;
    GPtrArray *insights; /* "gone-pop3 16 17: answer" */
    const char *did;
    const char *note, *ending, *path, *message_label, *shown;
    char **remarks;
    MgStepSummary summary;
} Seen;

typedef struct {
    Seen seen;
    MgGloss *gloss;
    MgMovementSink sink;
    MgExchange *exchange;
    GPtrArray *movements;
    MgParty client, server;
    MgGlossOptions options;
} Test;

/* Of all exchanges; anew for each test. */
extern MgSession session;
/* The built-in one; main() makes and frees it. */
extern MgGlossary *glossary;

int bench_setup(void **state);
int bench_teardown(void **state);
/* Begin a stage with the options of the test. */
void bench_start(Test *test);
/* MgMessage*, in order of their numbers; borrowed; NULL = none. */
void bench_ledger(const GPtrArray *messages);

MgText *text_with_secret(const char *text, gsize at, gsize len);
/* Begin an exchange; line NULL: the client says nothing. */
MgExchange *begin(Test *test, MgStepKind kind, const char *key, const char *line);
MgReply *add_reply(Test *test, const char *code, MgOutcome outcome, const char *key,
                   const char *line);
void add_detail(Test *test, const char *token, const char *key);
MgMovement *move(Test *test, guint message, MgEvent event, MgLocation is);
/* Hand exchange and movements to the stage; they stay for another turn. */
void give(Test *test);

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

#endif
