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

/* The number of samples below the true median is binomial, of chance 1/2. The largest k of which P(fewer than or just k) is at most 2.5 %. */
size_t stats_rank(size_t count) {
    const double n = (double)count;
    if (count > 1000)
        return (size_t)(n / 2 - 0.98 * sqrt(n) - 1); /* 2^-n underflows; the normal law is near, and a rank further out is safe */
    double term = pow(0.5, n), sum = term;
    size_t k = 0;
    while (sum + term * (n - (double)k) / ((double)k + 1) <= 0.025) {
        term *= (n - (double)k) / ((double)k + 1);
        sum += term;
        k++;
    }
    return k;
}

bench_stats stats_of(double *sample, size_t count) {
    if (count == 0) return (bench_stats){NAN, NAN, NAN, NAN, NAN};
    qsort(sample, count, sizeof *sample, ascending);
    bench_stats s = {quantile(sample, count, 0.5), quantile(sample, count, 0.25), quantile(sample, count, 0.75), NAN, NAN};
    if (count < stats_least) return s;
    const size_t k = stats_rank(count);
    s.low = sample[k];
    s.high = sample[count - 1 - k];
    return s;
}
