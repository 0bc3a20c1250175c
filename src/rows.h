/* rows.h: the tables of kernels/rows.h, made when they are first needed and kept as long as the process. */
#ifndef RAMP_ROWS_H
#define RAMP_ROWS_H

#include <ramp/ramp.h>

#include "../kernels/variants.h"
#include "op.h"

enum {
    rows_count_f32 = 2541,
    rows_count_f64 = 3713,
    rows_row_bytes = 16,
    rows_tables = 4 * op_ids /* that there may be: rows_number */
};

/* 16-bit types read the rows of float, and kinds of the same pass the same. */
static inline int rows_number(ramp_op_id op, ramp_dtype dtype, ramp_kind kind) {
    return (int)op + op_ids * ((dtype == RAMP_F64 ? 2 : 0) + (kind >= RAMP_KIND_BACKWARD ? 1 : 0));
}

static inline size_t rows_bytes(ramp_dtype dtype) { return (size_t)rows_row_bytes * (dtype == RAMP_F64 ? rows_count_f64 : rows_count_f32); }

/* kernels/rows_f32.c, kernels/rows_f64.c: into rows_bytes, in the default floating-point environment. */
void rows_make_f32(ramp_op_id op, int is_gradient, void *rows);
void rows_make_f64(ramp_op_id op, int is_gradient, void *rows);

/* What a kind of kernel of an op reads, if it reads rows (query.h). Any thread may ask. MEMORY. */
ramp_status rows_get(ramp_op_id op, ramp_dtype dtype, ramp_kind kind, const void **rows);

#endif
