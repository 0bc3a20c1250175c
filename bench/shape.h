/* shape.h: shapes as text. */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include "bench.h"

/* "4096x393216", "16777216", "2^24", "4096x2^16". NULL when it parsed, else what is wrong with it. */
const char *shape_parse(const char *text, bench_shape *shape);

/* rows x columns. */
bench_shape shape_matrix(int64_t rows, int64_t columns);

#endif
