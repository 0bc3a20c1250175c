/* stats.h: median, quartiles, and how sure the median is. */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include "bench.h"

enum { stats_least = 6 }; /* with fewer samples the median may lie outside them all with more than 1 in 20 */

/* Of `count` samples, which it sorts. Quantiles lie between neighbours in proportion (R's type 7, numpy's default). NaN for none. The interval is that of
 * two samples, the nearest by rank between which the true median lies with 95 % at least, whatever the times' distribution. */
bench_stats stats_of(double *sample, size_t count);

/* How many of the sorted samples lie below the interval: sample[k] is its low end, sample[count - 1 - k] the high one. count >= stats_least. */
size_t stats_rank(size_t count);

#endif
