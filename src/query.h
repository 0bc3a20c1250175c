/* query.h: what the core asks the kernels' source of an op at given parameters: kernels/query.c, compiled once a dtype. */
#ifndef RAMP_QUERY_H
#define RAMP_QUERY_H

#include <ramp/ramp.h>

#include "../kernels/variants.h"

typedef struct op_query {
    int (*variant)(ramp_op_id op, const double *param);          /* which formula fits: kernels/variants.h */
    int (*is_short)(ramp_op_id op, ramp_kind kind, int variant); /* 1: the formula takes a GPU no longer than memory does */
    int (*is_mixed)(ramp_op_id op);                              /* 1: CUDA looks its gradient up in part: kernels/table.cuh */
    int (*times)(ramp_op_id op, ramp_kind kind);                 /* as many vectors a thread: RAMP_TIMES */
    int (*is_brief)(ramp_op_id op);                              /* RAMP_IS_BRIEF */
    int (*has_rows)(ramp_op_id op, ramp_kind kind);              /* 1: such a kernel reads rows: rows.h; of no op: 0 */
    int (*output_tells)(ramp_op_id op, const double *param);     /* 1: a stored output has all that the gradient needs of the input */
} op_query;

extern const op_query op_query_f32, op_query_f64, op_query_f16, op_query_bf16;

static inline const op_query *op_query_of(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F64: return &op_query_f64;
    case RAMP_F16: return &op_query_f16;
    case RAMP_BF16: return &op_query_bf16;
    default: return &op_query_f32;
    }
}

#endif
