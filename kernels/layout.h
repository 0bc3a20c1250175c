/*
 * layout.h: how a strided job is told to OpenCL's kernels: structs by value, the same in C and in OpenCL C. Written by src/opencl/layout.c.
 *
 * Dimensions are counted from the last, the fastest. Strides are in elements.
 */
#ifndef RAMP_LAYOUT_H
#define RAMP_LAYOUT_H

#if defined(__OPENCL_C_VERSION__) || defined(__OPENCL_VERSION__)
typedef ulong layout_u64;
typedef long layout_i64;
typedef uint layout_u32;
#else
#include <stdint.h>
typedef uint64_t layout_u64;
typedef int64_t layout_i64;
typedef uint32_t layout_u32;
#endif

#define RAMP_LAYOUT_DIMS 16 /* RAMP_MAX_DIMS */

/* A work-group's units (elements or vectors) are at most so many neighbours in the job's order: what of them goes past the end of a
 * dimension is counted in 32 bits, however large the job. */
#define RAMP_MAX_SPAN   1024
#define RAMP_SPAN_SHIFT 22 /* n / size is n * reciprocal >> SPAN_SHIFT for n below size + MAX_SPAN */

/* A CPU's work-item has so many runs of a flat job that passes the caches (elementwise.cl): at its end it waits for what it stored, 0.1 us each time. */
#define RAMP_STREAM_RUNS 8

#define RAMP_TILE_SIDE           32                          /* of a CPU's tile, a square */
#define RAMP_TILE_LOCAL          256                         /* work-items of a GPU's */
#define RAMP_TILE_ELEMENTS(size) ((size) == 8 ? 2048 : 4096) /* and its elements, of so many bytes */
#define RAMP_TILE_LOCAL_MEMORY   40960                       /* bytes that two operands of it take, and something besides */

typedef struct ramp_dimension {
    layout_u64 size;
    layout_u64 multiplier; /* n / size is (high(n * multiplier) + n) >> shift for n below 2^63; high is the product's upper half */
    layout_i64 x, dy, y;
    layout_u32 shift;
    layout_u32 reciprocal; /* 0: size is above MAX_SPAN, and what goes past the end of it does so once */
} ramp_dimension;

typedef struct ramp_layout {
    layout_u64 count; /* elements */
    layout_u32 dims;  /* 1 at least; none of the last one's numbers but its strides is read */
    layout_u32 unused;
    ramp_dimension dim[RAMP_LAYOUT_DIMS];
} ramp_layout;

/* A flat job: bytes from each buffer's start, and elements. One argument for four: a driver takes 0.05 us for each that a kernel has, and 0.1 us for a buffer. */
typedef struct ramp_flat {
    layout_u64 x, dy, y, count;
} ramp_flat;

/* Of a job in tiles, which lie along the last dimension, their columns, and along dimension `row_at`, their rows: those two count tiles in
 * the layout. An operand that is turned has its neighbours along the rows. */
typedef struct ramp_tile {
    layout_u64 columns, rows, tiles; /* elements of the two dimensions; tiles of the job */
    layout_u32 column_log2, row_log2, row_at;
    layout_u32 x_turned, dy_turned, y_turned;
    layout_i64 x_column, x_row, dy_column, dy_row, y_column, y_row; /* strides */
} ramp_tile;

#endif
