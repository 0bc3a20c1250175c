/*
 * short.c: forward passes of f16 by the formulas that are right to the bits that it stores, and short (activations.h): of blocks in float, as in loops.c; pairs.c
 * has bf16's. Compiled with RAMP_DTYPE_F16 and RAMP_SHORT, the name of the table that comes out.
 */
#include "../../kernels/dialect.h"
#include "../../kernels/storage.h"
#include "../../kernels/emulation.h"
#include "../../kernels/arithmetic.h"
#include "../../kernels/functions.h"
#include "../../kernels/activations.h"
#include "../../kernels/rows.h"
#include "../../kernels/smooth.h"
#include "../../kernels/variants.h"
#include "loop.h"
#include "loops.h"

/* Without an fma instruction a table is faster. */
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)

#define SHORT(variant, name)                                                                                                               \
    WHEN(RAMP_IS_SHORT(name##_value_##variant))                                                                                            \
    (static void short_##name(const void *x, void *y, size_t n, const double *param, int is_variant) {                                     \
        const real *in = x;                                                                                                                \
        real *out = y;                                                                                                                     \
        const ramp_params p = round_params(param);                                                                                         \
        (void)is_variant;                                                                                                                  \
        LOOP(name##_value(in[i], p, variant, 1));                                                                                          \
    })
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, ...) RAMP_EACH_VARIANT_##limit(SHORT, name)
#include <ramp/ops.def>
#undef RAMP_OP

#define ENTRY(variant, id, name) WHEN(RAMP_IS_SHORT(name##_value_##variant))([id][variant] = short_##name, )
#define ENTRIES(limit, id, name) RAMP_EACH_VARIANT_##limit(ENTRY, id, name)
#else
#define ENTRIES(limit, id, name)
#endif

static cpu_forward_loop *const forward[op_ids][RAMP_MAX_VARIANTS] = {
    [RAMP_OP_NONE] = {NULL},
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, ...) ENTRIES(limit, id, name)
#include <ramp/ops.def>
#undef RAMP_OP
};

/* Than a table: with AVX2 all but hardsigmoid and hardswish in f16 take longer, tanh twice as long. */
#if defined(__AVX2__) && !defined(__AVX512F__)
enum { are_quicker = 0 };
#else
enum { are_quicker = 1 };
#endif

extern const cpu_short RAMP_SHORT;
const cpu_short RAMP_SHORT = {forward, are_quicker};
