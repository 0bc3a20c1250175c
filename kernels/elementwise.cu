/*
 * elementwise.cu: every op's CUDA kernels, forward and backward, for one dtype a build; launched by name from src/cuda/launch.c.
 *
 *   ramp_<pass>_<op>_<dtype>_vector_<variant>    the operands' addresses are equal modulo 16: a thread moves two 16-byte vectors, and the few elements
 *                                                before the first boundary and after the last are done by threads past the vectors
 *   ramp_<pass>_<op>_<dtype>_scalar_<variant>    they are not: a thread moves single elements, a block's width apart, all loads before any store
 *   ramp_copy, ramp_add                          the roofs of ramp_roof_run (f32 build only)
 *
 * Two vectors a thread and 64 threads a block ran fastest on an H200: with one, the arithmetic of softsign and hardsigmoid kept too few
 * loads in flight; a cap on registers spilled; persistent grids and streaming hints did not help a plain copy. No pointer is __restrict__
 * and no load goes through the read-only cache: the output may be exactly one of the inputs. Each element is read and written by one thread
 * alone, the reads first.
 */
#include "dialect.h"
#include "activations.h"
#include "variants.h"

#define RAMP_BLOCK   64                              /* as in src/cuda/launch.c */
#define RAMP_VECTORS 2                               /* a thread, likewise */
#define RAMP_VECTOR  ((unsigned)(16 / sizeof(real))) /* elements */
#define RAMP_KERNEL  extern "C" __global__ void __launch_bounds__(RAMP_BLOCK)

typedef unsigned long long u64; /* indices: never narrower, so nothing wraps above 2^32 elements */

/* Vectors are the built-in types and are indexed as vectors: a store through a cast element address is taken apart (nvcc 13.0). */
#if RAMP_BITS == 64
typedef double2 vector;
#define RAMP_UNPACK(v)                                                                                                                     \
    { v.x, v.y }
#define RAMP_PACK(e) make_double2(e[0], e[1])
#else
typedef float4 vector;
#define RAMP_UNPACK(v)                                                                                                                     \
    { v.x, v.y, v.z, v.w }
#define RAMP_PACK(e) make_float4(e[0], e[1], e[2], e[3])
#endif

/* `first` blocks were launched before this grid: a launch may need more blocks than one grid can have. */
static __device__ __forceinline__ u64 block_index(u64 first) { return first + blockIdx.x; }

template <bool backward, typename Function>
static __device__ __forceinline__ void by_vector(const real *x, const real *dy, real *y, u64 count, u64 first, u64 head, u64 vectors,
                                                 Function f) {
    u64 start = block_index(first) * (RAMP_BLOCK * RAMP_VECTORS) + threadIdx.x;
    const vector *xs = (const vector *)(x + head), *dys = (const vector *)(dy + head);
    vector *ys = (vector *)(y + head);
    if (start + RAMP_BLOCK * (RAMP_VECTORS - 1) < vectors) {
        vector a[RAMP_VECTORS], b[RAMP_VECTORS] = {};
#pragma unroll
        for (int v = 0; v < RAMP_VECTORS; v++) {
            a[v] = xs[start + v * RAMP_BLOCK];
            if constexpr (backward) b[v] = dys[start + v * RAMP_BLOCK];
        }
#pragma unroll
        for (int v = 0; v < RAMP_VECTORS; v++) {
            real e[] = RAMP_UNPACK(a[v]), g[] = RAMP_UNPACK(b[v]);
            f(e, g);
            ys[start + v * RAMP_BLOCK] = RAMP_PACK(e);
        }
        return;
    }
    for (u64 i = start; i < start + RAMP_BLOCK * RAMP_VECTORS; i += RAMP_BLOCK) {
        if (i < vectors) {
            vector a = xs[i], b = {};
            if constexpr (backward) b = dys[i];
            real e[] = RAMP_UNPACK(a), g[] = RAMP_UNPACK(b);
            f(e, g);
            ys[i] = RAMP_PACK(e);
            continue;
        }
        u64 edge = i - vectors; /* counts the elements that lie in no vector */
        u64 at = edge < head ? edge : edge + vectors * RAMP_VECTOR;
        if (at >= count) return;
        real e[] = {x[at]}, g[] = {backward ? dy[at] : K(0.0)};
        f(e, g);
        y[at] = e[0];
    }
}

template <bool backward, typename Function>
static __device__ __forceinline__ void by_scalar(const real *x, const real *dy, real *y, u64 count, u64 first, Function f) {
    u64 start = block_index(first) * (RAMP_BLOCK * RAMP_VECTOR) + threadIdx.x;
    real e[RAMP_VECTOR], g[RAMP_VECTOR];
#pragma unroll
    for (unsigned k = 0; k < RAMP_VECTOR; k++) {
        u64 at = start + k * RAMP_BLOCK;
        e[k] = at < count ? x[at] : K(0.0);
        g[k] = backward && at < count ? dy[at] : K(0.0);
    }
    f(e, g);
#pragma unroll
    for (unsigned k = 0; k < RAMP_VECTOR; k++) {
        u64 at = start + k * RAMP_BLOCK;
        if (at < count) y[at] = e[k];
    }
}

#if RAMP_BITS == 64
#define RAMP_NAME(pass, op, form, variant) ramp_##pass##_##op##_f64_##form##_##variant
#else
#define RAMP_NAME(pass, op, form, variant) ramp_##pass##_##op##_f32_##form##_##variant
#endif

/* Apply to the array e, with gradients g, whatever their length. A value is made in the quick form for all elements, without a branch; what
 * that leaves NaN, one element in a million and true NaNs, is made again in full. */
#define RAMP_UNROLLED _Pragma("unroll") for (unsigned k = 0; k < sizeof e / sizeof e[0]; k++)
#define RAMP_VALUE(op, variant)                                                                                                            \
    [=](auto &e, auto &) {                                                                                                                 \
        real y[sizeof e / sizeof e[0]];                                                                                                    \
        bool left = false;                                                                                                                 \
        RAMP_UNROLLED y[k] = op##_value(e[k], p, variant, 1);                                                                              \
        RAMP_UNROLLED left |= y[k] != y[k];                                                                                                \
        if (left) RAMP_UNROLLED if (y[k] != y[k]) y[k] = op##_in_full_##variant(e[k], p);                                                  \
        RAMP_UNROLLED e[k] = y[k];                                                                                                         \
    }
#define RAMP_GRADIENT(op) [=](auto &e, auto &g) { RAMP_UNROLLED e[k] = op##_gradient(e[k], g[k], p, 0); }

#define RAMP_FORWARD(variant, op)                                                                                                          \
    RAMP_FAR_FN real op##_in_full_##variant(real x, ramp_params p) { return op##_value(x, p, variant, 0); }                                \
    RAMP_KERNEL RAMP_NAME(forward, op, vector, variant)(const real *x, real *y, ramp_params p, u64 count, u64 first, u64 head,             \
                                                        u64 vectors) {                                                                     \
        by_vector<false>(x, nullptr, y, count, first, head, vectors, RAMP_VALUE(op, variant));                                             \
    }                                                                                                                                      \
    RAMP_KERNEL RAMP_NAME(forward, op, scalar, variant)(const real *x, real *y, ramp_params p, u64 count, u64 first) {                     \
        by_scalar<false>(x, nullptr, y, count, first, RAMP_VALUE(op, variant));                                                            \
    }
#define RAMP_OP(id, NAME, op, aliases, definition, limit, ...)                                                                             \
    RAMP_EACH_VARIANT_##limit(RAMP_FORWARD, op) RAMP_KERNEL RAMP_NAME(backward, op, vector, 0)(                                            \
        const real *x, const real *dy, real *dx, ramp_params p, u64 count, u64 first, u64 head, u64 vectors) {                             \
        by_vector<true>(x, dy, dx, count, first, head, vectors, RAMP_GRADIENT(op));                                                        \
    }                                                                                                                                      \
    RAMP_KERNEL RAMP_NAME(backward, op, scalar, 0)(const real *x, const real *dy, real *dx, ramp_params p, u64 count, u64 first) {         \
        by_scalar<true>(x, dy, dx, count, first, RAMP_GRADIENT(op));                                                                       \
    }
#include "ops.def"
#undef RAMP_OP

#if RAMP_BITS == 32
RAMP_KERNEL ramp_copy(const uint4 *a, uint4 *y, u64 vectors, u64 first) {
    u64 i = block_index(first) * RAMP_BLOCK + threadIdx.x;
    if (i < vectors) y[i] = a[i];
}

RAMP_KERNEL ramp_add(const float4 *a, const float4 *b, float4 *y, u64 vectors, u64 first) {
    u64 i = block_index(first) * RAMP_BLOCK + threadIdx.x;
    if (i >= vectors) return;
    float4 l = a[i], r = b[i];
    y[i] = make_float4(l.x + r.x, l.y + r.y, l.z + r.z, l.w + r.w);
}
#endif
