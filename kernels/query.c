/*
 * query.c: what depends on an op's parameters, in one dtype: which variant fits them (variants.h), and whether the stored output tells the
 * slope. The one place where the core asks the kernels' source.
 */
#include "dialect.h"
#include "emulation.h"
#include "storage.h"
#include "arithmetic.h"
#include "functions.h"
#include "activations.h"
#include "rows.h"
#include "smooth.h"
#include "gelu.h"
#include "variants.h"
#include "../src/query.h"

#include <stdbool.h>

#define VARIANT_RAMP_LIMIT_NONE(p)         0
#define VARIANT_RAMP_LIMIT_FINITE(p)       0
#define VARIANT_RAMP_LIMIT_NOT_NEGATIVE(p) 0
#define VARIANT_RAMP_LIMIT_SCALE(p)        scale_variant((p).p0)
#define VARIANT_RAMP_LIMIT_ORDER(p)        0
#define VARIANT_RAMP_LIMIT_SPAN(p)         span_variant((p).p0, (p).p1)

static ramp_params round_params(const double *param) {
    return (ramp_params){.p0 = (real)param[0], .p1 = (real)param[1], .p2 = (real)param[2], .p3 = (real)param[3]};
}

static int variant(ramp_op_id op, const double *param) {
    const ramp_params p = round_params(param);
    (void)p;
    switch (op) {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, ...)                                                          \
    case RAMP_##NAME:                                                                                                                      \
        return VARIANT_##limit(p);
#include <ramp/ops.def>
#undef RAMP_OP
    case RAMP_OP_NONE: break;
    }
    return 0;
}

#define IS_SHORT(variant, name) RAMP_IS_SHORT(name##_value_##variant),
static int is_short(ramp_op_id op, ramp_kind kind, int variant) {
    static const struct {
        bool value[RAMP_MAX_VARIANTS], gradient;
    } is[] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, ...)                                                          \
    [id] = {{RAMP_EACH_VARIANT_##limit(IS_SHORT, name)}, RAMP_IS_SHORT(name##_gradient)},
#include <ramp/ops.def>
#undef RAMP_OP
    };
    return kind < RAMP_KIND_BACKWARD ? is[op].value[variant] : kind == RAMP_KIND_BACKWARD && is[op].gradient;
}

static int is_mixed(ramp_op_id op) {
    static const bool is[] = {
#define RAMP_OP(id, NAME, name, ...) [id] = RAMP_IS_MIXED(name##_gradient),
#include <ramp/ops.def>
#undef RAMP_OP
    };
    return is[op];
}

static int times(ramp_op_id op, ramp_kind kind) {
    static const unsigned char of[][RAMP_KINDS] = {
#define RAMP_OP(id, NAME, name, ...)                                                                                                       \
    [id] = {[RAMP_KIND_FORWARD] = RAMP_TIMES(name##_value), [RAMP_KIND_BACKWARD] = RAMP_TIMES(name##_gradient)},
#include <ramp/ops.def>
#undef RAMP_OP
    };
    return of[op][kind] > 0 ? of[op][kind] : 1;
}

static int is_brief(ramp_op_id op) {
    static const bool is[] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...) [id] = RAMP_IS_BRIEF(saves, limit),
#include <ramp/ops.def>
#undef RAMP_OP
    };
    return is[op];
}

static int has_rows(ramp_op_id op, ramp_kind kind) {
    static const bool is[][RAMP_KINDS] = {
#define RAMP_OP(id, NAME, name, ...)                                                                                                       \
    [id] = {[RAMP_KIND_FORWARD] = RAMP_HAS_ROWS(name##_value),                                                                             \
            [RAMP_KIND_FORWARD_MASK] = RAMP_HAS_ROWS(name##_value),                                                                        \
            [RAMP_KIND_BACKWARD] = RAMP_HAS_ROWS(name##_gradient)},
#include <ramp/ops.def>
#undef RAMP_OP
    };
    return is[op][kind];
}

/* ---- Does the output tell? ---- */

/* The next number in memory above, or below, of a sign and a magnitude. */
static stored step(stored s, int up) {
#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
    const stored sign = 0x8000u, u = s;
#else
    const bits sign = RAMP_SIGN_BIT, u = as_bits(s);
#endif
    int away = ((u & sign) == 0) == (up != 0), is_zero = (u & ~sign) == 0;
    bits next = is_zero ? (up ? 1u : (bits)sign | 1u) : away ? (bits)u + 1 : (bits)u - 1;
#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
    return (stored)next;
#else
    return as_real(next);
#endif
}

/* Every input from which the mask might be told wrong: the slope changes at a parameter, its negative or 0, and an op that is not monotone at
 * these parameters shows it at infinity. Between those an op is monotone, so that agreement at a change's two sides is agreement everywhere. */
enum { around = 3, centers = 7 };

static int mask_is_told(int (*agrees)(real x, ramp_params p), ramp_params p) {
    const real center[centers] = {K(0.0), p.p0, p.p1, -p.p0, -p.p1, RAMP_INFINITY, -RAMP_INFINITY};
    for (int i = 0; i < centers; i++)
        for (int up = 0; up < 2; up++) {
            stored s = store_real(center[i]);
            for (int n = 0; n < around; n++, s = step(s, up)) {
                real x = load_stored(s);
                if (x == x && !agrees(x, p)) return 0;
            }
        }
    return 1;
}

#define TELLS_RAMP_SAVES_INPUT(name, limit)
#define TELLS_RAMP_SAVES_OUTPUT(name, limit)                                                                                               \
    static int name##_tells(ramp_params p) { return name##_output_tells(p); }
#define TELLS_RAMP_SAVES_MASK(name, limit)                                                                                                 \
    static int name##_agrees(real x, ramp_params p) {                                                                                      \
        real y = load_stored(store_real(name##_value(x, p, VARIANT_##limit(p), 0)));                                                       \
        return name##_output_mask(y, p) == name##_mask(x, p);                                                                              \
    }                                                                                                                                      \
    static int name##_tells(ramp_params p) { return mask_is_told(name##_agrees, p); }
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...) TELLS_##saves(name, limit)
#include <ramp/ops.def>
#undef RAMP_OP

static int output_tells(ramp_op_id op, const double *param) {
    const ramp_params p = round_params(param);
    switch (op) {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    case RAMP_##NAME:                                                                                                                      \
        RAMP_IF_OUTPUT_##saves(return name##_tells(p);) break;
#include <ramp/ops.def>
#undef RAMP_OP
    case RAMP_OP_NONE: break;
    }
    return 0;
}

extern const op_query RAMP_QUERY;
const op_query RAMP_QUERY = {variant, is_short, is_mixed, times, is_brief, has_rows, output_tells};
