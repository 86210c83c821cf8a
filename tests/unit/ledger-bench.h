/* Plays effects and exchanges to the ledger from a script, and holds what it says against what
 * the script expects.  The form of a script is told in tests/unit/ledger/README. */
#ifndef LEDGER_BENCH_H
#define LEDGER_BENCH_H

#include "mg-movement.h"

typedef struct Bench Bench;

Bench *bench_new(void);
/* Have every message put away whenever that may happen. */
void bench_put_away(Bench *bench);
void bench_free(Bench *bench);
/* Play one line.  NULL when all is as expected; else what is wrong; free it. */
char *bench_line(Bench *bench, const char *line);
MgLedger *bench_ledger(Bench *bench);
/* Movements of the last step, as a script writes them. */
const char *bench_last(const Bench *bench);

#endif
