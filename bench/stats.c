#include "stats.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double q) {
    double at = q * (double)(count - 1);
    size_t below = (size_t)at;
    if (below + 1 >= count) return sorted[count - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

bench_stats stats_of(double *sample, size_t count) {
    if (count == 0) return (bench_stats){NAN, NAN, NAN};
    qsort(sample, count, sizeof *sample, ascending);
    return (bench_stats){quantile(sample, count, 0.5), quantile(sample, count, 0.25), quantile(sample, count, 0.75)};
}
