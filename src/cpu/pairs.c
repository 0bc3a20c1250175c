/*
 * pairs.c: light passes of bf16, from memory to memory. A word of 32 bits is two elements, and each half, with zeros below it, is its element's float: so nothing
 * is widened or narrowed, which takes longer than the pass itself. Compiled with RAMP_DTYPE_BF16 and RAMP_PAIRS, the name of the table that comes out.
 */
#include "../../kernels/dialect.h"
#include "../../kernels/storage.h"
#include "../../kernels/emulation.h"
#include "../../kernels/arithmetic.h"
#include "../../kernels/functions.h"
#include "../../kernels/activations.h"
#include "../../kernels/rows.h"
#include "../../kernels/smooth.h"
#include "../../kernels/gelu.h"
#include "../../kernels/variants.h"
#include "loop.h"
#include "loops.h"

#define UPPER_HALF  0xffff0000u
#define UPPER(word) as_real((word)&UPPER_HALF)
#define LOWER(word) as_real((word) << 16)

/* Elements are aligned to their own size. */
static inline bits word_at(const stored *pair) {
    bits word;
    memcpy(&word, pair, sizeof word);
    return word;
}

static inline void set_word(stored *pair, bits word) { memcpy(pair, &word, sizeof word); }

static inline bits word_of(real lower, real upper, bool selects) {
    if (selects) return as_bits(lower) >> 16 | (as_bits(upper) & UPPER_HALF);
    return rounded_to_upper(lower) >> 16 | (rounded_to_upper(upper) & UPPER_HALF);
}

/* of(x, g, p): a value or a gradient. selects: what it returns is of the type already. */
#define LOOP_OF_PAIRS(of, selects)                                                                                                         \
    do {                                                                                                                                   \
        INDEPENDENT for (size_t i = 0; i < n / 2; i++) {                                                                                   \
            const bits two_x = word_at(in + 2 * i), two_g = word_at(gradient + 2 * i);                                                     \
            set_word(out + 2 * i, word_of(of(LOWER(two_x), LOWER(two_g), p), of(UPPER(two_x), UPPER(two_g), p), selects));                 \
        }                                                                                                                                  \
        if (n % 2 == 1) out[n - 1] = store_real(of(load_stored(in[n - 1]), load_stored(gradient[n - 1]), p));                              \
    } while (0)

static inline bool are_stored(ramp_params p) {
    return ((as_bits(p.p0) | as_bits(p.p1) | as_bits(p.p2) | as_bits(p.p3)) & ~UPPER_HALF) == 0;
}

#define FORWARD(variant, name)                                                                                                             \
    RAMP_FN real value_##name##_##variant(real x, real g, ramp_params p) {                                                                 \
        (void)g;                                                                                                                           \
        return name##_value(x, p, variant, 0);                                                                                             \
    }                                                                                                                                      \
    static void forward_##name##_##variant(const void *x, void *y, size_t n, const double *param, int is_variant) {                        \
        const stored *in = x, *gradient = x; /* there is none */                                                                           \
        stored *out = y;                                                                                                                   \
        const ramp_params p = round_params(param);                                                                                         \
        (void)is_variant;                                                                                                                  \
        if (RAMP_SELECTS(name##_value) && are_stored(p))                                                                                   \
            LOOP_OF_PAIRS(value_##name##_##variant, true);                                                                                 \
        else                                                                                                                               \
            LOOP_OF_PAIRS(value_##name##_##variant, false);                                                                                \
    }

#define BACKWARD(loop, name, function)                                                                                                     \
    RAMP_FN real loop##_of_##name(real x, real g, ramp_params p) { return function(x, g, p, 0); }                                          \
    static void loop##_##name(const void *x, const void *dy, void *dx, size_t n, const double *param) {                                    \
        const stored *in = x, *gradient = dy;                                                                                              \
        stored *out = dx;                                                                                                                  \
        const ramp_params p = round_params(param);                                                                                         \
        LOOP_OF_PAIRS(loop##_of_##name, RAMP_SELECTS(name##_gradient));                                                                    \
    }

#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    RAMP_EACH_VARIANT_##limit(FORWARD, name) BACKWARD(backward, name, name##_gradient)                                                     \
        RAMP_IF_OUTPUT_##saves(BACKWARD(backward_from_output, name, name##_output_gradient))
#include <ramp/ops.def>
#undef RAMP_OP

/* Compilers drop the functions that no entry names. */
#define FORWARD_ENTRY(variant, name, traits)                                                                                               \
    !((traits)&RAMP_TRAIT_HEAVY) || RAMP_IS_SHORT(name##_value_##variant) ? forward_##name##_##variant : NULL,
static const cpu_op_pairs ops[] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, traits, ...)                                           \
    [id] = {.forward = {RAMP_EACH_VARIANT_##limit(FORWARD_ENTRY, name, traits)},                                                           \
            .backward = (traits)&RAMP_TRAIT_HEAVY_GRADIENT ? NULL : backward_##name,                                                       \
            RAMP_IF_OUTPUT_##saves(.backward_from_output = backward_from_output_##name)},
#include <ramp/ops.def>
#undef RAMP_OP
};

/* Than a table. */
#if defined(__AVX512F__) || defined(__ARM_FEATURE_FMA)
enum { are_quicker = 1 };
#else
enum { are_quicker = 0 };
#endif

extern const cpu_pairs RAMP_PAIRS;
const cpu_pairs RAMP_PAIRS = {ops, are_quicker};
