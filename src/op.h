/* op.h: the table of ops, and the check of an op's parameters. */
#ifndef RAMP_OP_H
#define RAMP_OP_H

#include <ramp/backend.h>

/* What an op's parameters must satisfy; none may be NaN. */
typedef enum ramp_limit {
    RAMP_LIMIT_NONE,
    RAMP_LIMIT_FINITE,
    RAMP_LIMIT_NOT_NEGATIVE, /* may be infinite */
    RAMP_LIMIT_SCALE,        /* the first, and one over it, are positive and normal; the others finite */
    RAMP_LIMIT_ORDER,        /* lo < hi */
    RAMP_LIMIT_SPAN          /* lo < hi, and hi - lo is finite */
} ramp_limit;

/* What an op's backward pass accepts beside the input. */
typedef enum ramp_saves {
    RAMP_SAVES_INPUT,
    RAMP_SAVES_OUTPUT, /* the output */
    RAMP_SAVES_MASK    /* a mask, and the output where that tells the slope */
} ramp_saves;

/* The size of a table that is indexed by id. */
enum {
#define RAMP_OP(id, ...) +1
    op_ids = 1 /* they count from 1, without a gap */
#include <ramp/ops.def>
#undef RAMP_OP
};

typedef struct op_row {
    const char *name, *aliases, *definition;
    ramp_limit limit;
    ramp_saves saves;
    uint32_t traits;
    ramp_op_param param[RAMP_MAX_PARAMS];
} op_row;

/* The row of an id, or NULL with the error set: ARGUMENT. */
const op_row *op_find(ramp_op_id id);

/* Check the op and fill in its defaults: `param` gets RAMP_MAX_PARAMS values. In the compute type of `dtype`, or unrounded where that is 0.
 * In the kernels' floating-point environment. ARGUMENT. */
ramp_status op_resolve(const ramp_op *op, ramp_dtype dtype, double *param);

/* ramp_op_saves, of an op that was resolved. In the kernels' floating-point environment. */
unsigned op_saves(ramp_op_id op, ramp_dtype dtype, const double *param);

/* RAMP_TRAIT_HEAVY of a forward pass, RAMP_TRAIT_HEAVY_GRADIENT of a backward pass from the input; a pass from anything else is light. */
int op_is_heavy(ramp_op_id op, ramp_pass pass, ramp_saved saved);

/* "f32" and so on; NULL for a value that is no dtype. And bytes an element, 0 for BIT and for no dtype. */
const char *dtype_name(ramp_dtype dtype);
static inline size_t dtype_size(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F32: return 4;
    case RAMP_F64: return 8;
    case RAMP_F16:
    case RAMP_BF16: return 2;
    case RAMP_BIT: return 0;
    }
    return 0;
}

#endif
