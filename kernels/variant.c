/*
 * variant.c: which variant of an op fits its parameters (variants.h), in one dtype. The one place where the core asks the kernels' source;
 * what the variants are is known there alone.
 */
#include "dialect.h"
#include "emulation.h"
#include "emulation.h"
#include "arithmetic.h"
#include "functions.h"
#include "activations.h"
#include "../src/variant.h"

#define VARIANT_RAMP_LIMIT_NONE(p)         0
#define VARIANT_RAMP_LIMIT_FINITE(p)       0
#define VARIANT_RAMP_LIMIT_NOT_NEGATIVE(p) 0
#define VARIANT_RAMP_LIMIT_SCALE(p)        0
#define VARIANT_RAMP_LIMIT_ORDER(p)        0
#define VARIANT_RAMP_LIMIT_SPAN(p)         span_variant((real)(p)[0], (real)(p)[1])

int RAMP_VARIANT(ramp_op_id op, const double *param) {
    switch (op) {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, ...)                                                          \
    case RAMP_##NAME:                                                                                                                      \
        return VARIANT_##limit(param);
#include <ramp/ops.def>
#undef RAMP_OP
    case RAMP_OP_NONE: break;
    }
    return 0;
}
