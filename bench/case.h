/* case.h: one case on every lane: verified, then timed in turns, with the roofs in the same rounds. */
#ifndef BENCH_CASE_H
#define BENCH_CASE_H

#include "bench.h"
#include "inputs.h"

/* Adds a row for each lane to the session's results. */
void case_run(bench_session *s, const bench_case *c, const bench_tile *tile, const bench_rounds *rounds);

#endif
