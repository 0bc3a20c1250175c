/* stats.h: median and quartiles. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include "bench.h"

/* Of `count` samples, which it sorts. Quantiles lie between neighbours in proportion (R's type 7, numpy's default). NaN for none. */
bench_stats stats_of(double *sample, size_t count);

#endif
