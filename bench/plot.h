/* plot.h: throughput against size, drawn by gnuplot. */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include "record.h"

enum { plot_most_panels = 12 };

/* Whether gnuplot can be had: before the work begins. -1, or with a complaint exit_absent. */
int plot_check(void);

/* A panel for each op, pass, dtype, saved kind, layout and caches; in it a curve for each device, with its roof dashed and, where it is known, what its
 * memory gives in theory; and PyTorch's (NULL: none) for the same work. SVG to `out`. -1, or with a complaint an exit code. */
int plot_draw(const bench_records *r, const bench_records *torch, FILE *out);

#endif
