/* compare.h: are these results faster, the same, or slower? Told from intervals, never from two numbers. */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include "record.h"

typedef enum compare_verdict { COMPARE_SAME, COMPARE_FASTER, COMPARE_SLOWER, COMPARE_UNCLEAR, compare_verdicts } compare_verdict;

/* The new time as a multiple of the old: of the medians, and between the ends of their intervals that are furthest apart. */
typedef struct compare_ratio {
    double median, low, high;
} compare_ratio;

/* SLOWER, or FASTER: the whole interval lies more than `tolerance` (0.02) past 1. SAME: it does not. UNCLEAR: one of them has no interval. */
compare_verdict compare_rows(const bench_record *before, const bench_record *now, double tolerance, compare_ratio *ratio);

/* The table, the warnings and the count, to `out`. *slower: rows that are. -1; exit_usage where no row of the two is the same work. */
int compare_print(const bench_records *before, const bench_records *now, double tolerance, FILE *out, size_t *slower);

#endif
