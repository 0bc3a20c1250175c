/* shape.h: shapes as text. */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H

#include "bench.h"

/* "4096x393216", "16777216", "2^24", "4096x2^16". NULL when it parsed, else what is wrong with it. */
const char *shape_parse(const char *text, bench_shape *shape);

/* The value of --sizes: one entry, a count of elements or FROM..TO, which are FROM, the powers of two between, and TO. Writes at most `capacity` shapes
 * of one dimension, and how many to *count. NULL when it parsed, else what is wrong with it. */
enum { shape_most_sizes = 66 };
const char *shape_parse_sizes(const char *text, bench_shape shape[shape_most_sizes], size_t *count);

/* A number of elements or bytes with its unit: "4096", "2^24", "64k", "1M", "1G"; k is 2^10, M 2^20, G 2^30. NULL when it parsed. */
const char *shape_parse_count(const char *text, uint64_t *count);

/* rows x columns. */
bench_shape shape_matrix(int64_t rows, int64_t columns);

#endif
