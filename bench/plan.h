/* plan.h: which cases the options ask for, in the order in which they run. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "options.h"

/* The cases, to be freed; shapes are those of the options. What an op or a layout has no case for is left out, with a note in the session. */
bench_case *plan_new(bench_session *s, const bench_options *o, size_t *count);

/* Whether two cases, neighbours in the plan, find what they read in the same buffers. */
int plan_shares_buffers(const bench_case *a, const bench_case *b);

#endif
