/*
 * elementwise.cu: every op's CUDA kernels, forward and backward, for one dtype a build; launched by name from src/cuda/launch.c.
 *
 *   ramp_<pass>_<op>_<dtype>_<variant>
 *   ramp_copy, ramp_add                   the roofs of ramp_roof_run (f32 build only)
 *
 * Where the operands' addresses are equal modulo 16, a block moves whole 16-byte vectors, a few a thread (grid.h); what is left, less than
 * a block's worth and the elements before the first boundary, goes to blocks past those, which move single elements, a block's width apart.
 * Where the addresses are not equal, all blocks do that. All loads of a thread come before its first store.
 *
 * An op stands in a kernel once for each element of a thread's vectors and once for the single ones, in its quick form; the full one is a
 * function apart. 64 threads a block and the vectors a thread of grid.h ran fastest on an H200: with one vector too few loads are in flight (1.25 of a
 * copy), with more than two in a 16-bit type the heavy ops run out of registers; persistent grids and streaming hints did not help a plain copy. No
 * pointer is __restrict__ and no load goes through the read-only cache: the output may be exactly one of the inputs. Each element is read
 * and written by one thread alone, the reads first.
 */
#include "dialect.h"
#include "storage.h"
#include "emulation.h"
#include "arithmetic.h"
#include "functions.h"
#include "activations.h"
#include "variants.h"
#include "grid.h"

#define RAMP_KERNEL extern "C" __global__ void __launch_bounds__(RAMP_BLOCK)

typedef unsigned long long u64; /* indices: never narrower, so nothing wraps above 2^32 elements */

/* Vectors are the built-in types and are indexed as vectors: a store through a cast element address is taken apart (nvcc 13.0). */
#if defined(RAMP_DTYPE_F64)
#define RAMP_DTYPE_NAME f64
#define RAMP_VECTORS    RAMP_VECTORS_F64
typedef double2 vector;
#define RAMP_UNPACK(v)                                                                                                                     \
    { v.x, v.y }
#define RAMP_PACK(e) make_double2(e[0], e[1])
#elif defined(RAMP_DTYPE_F32)
#define RAMP_DTYPE_NAME f32
#define RAMP_VECTORS    RAMP_VECTORS_F32
typedef float4 vector;
#define RAMP_UNPACK(v)                                                                                                                     \
    { v.x, v.y, v.z, v.w }
#define RAMP_PACK(e) make_float4(e[0], e[1], e[2], e[3])
#else
#if defined(RAMP_DTYPE_F16)
#define RAMP_DTYPE_NAME f16
#define RAMP_VECTORS    RAMP_VECTORS_F16
#else
#define RAMP_DTYPE_NAME bf16
#define RAMP_VECTORS    RAMP_VECTORS_BF16
#endif
typedef uint4 vector;
static __device__ __forceinline__ real low(unsigned pair) { return load_stored((stored)pair); }
static __device__ __forceinline__ real high(unsigned pair) { return load_stored((stored)(pair >> 16)); }
static __device__ __forceinline__ unsigned pair(real a, real b) { return (unsigned)store_real(b) << 16 | store_real(a); }
#define RAMP_UNPACK(v)                                                                                                                     \
    { low(v.x), high(v.x), low(v.y), high(v.y), low(v.z), high(v.z), low(v.w), high(v.w) }
#define RAMP_PACK(e) make_uint4(pair(e[0], e[1]), pair(e[2], e[3]), pair(e[4], e[5]), pair(e[6], e[7]))
#endif

#define RAMP_LANES    ((unsigned)(RAMP_VECTOR_BYTES / sizeof(stored))) /* elements a vector; singles a thread */
#define RAMP_UNROLLED _Pragma("unroll")
#define RAMP_ROLLED   _Pragma("unroll 1")

/* The first out, the others down, one more in: a loop that does so for every element meets each at index 0, and needs its body only once.
 * The indices are constants, so that an array stays in registers. */
template <typename T, unsigned n> static __device__ __forceinline__ void rotate(T (&array)[n], T in) {
    RAMP_UNROLLED
    for (unsigned k = 1; k < n; k++) array[k - 1] = array[k];
    array[n - 1] = in;
}

/* Apply to elements e with gradients g. All are made in the quick form, without a branch; what that leaves NaN, one element in a million
 * and true NaNs, is made again in full. */
template <typename Function, unsigned n> static __device__ __forceinline__ void apply(real (&e)[n], real (&g)[n], const ramp_params &p) {
    real y[n];
    bool left = false;
    RAMP_UNROLLED
    for (unsigned k = 0; k < n; k++) y[k] = Function::quick(e[k], g[k], p);
    RAMP_UNROLLED
    for (unsigned k = 0; k < n; k++) left |= y[k] != y[k];
    if (left) {
        RAMP_ROLLED
        for (unsigned k = 0; k < n; k++) {
            real again = y[0] != y[0] ? Function::in_full(e[0], g[0], p) : y[0];
            rotate(y, again);
            rotate(e, e[0]);
            rotate(g, g[0]);
        }
    }
    RAMP_UNROLLED
    for (unsigned k = 0; k < n; k++) e[k] = y[k];
}

/* From the first of the thread's vectors, which lie a block's width apart. */
template <bool backward, typename Function>
static __device__ __forceinline__ void by_vector(const vector *x, const vector *dy, vector *y, const ramp_params &p) {
    vector a[RAMP_VECTORS], b[RAMP_VECTORS] = {};
    RAMP_UNROLLED
    for (unsigned v = 0; v < RAMP_VECTORS; v++) {
        a[v] = x[v * RAMP_BLOCK];
        if constexpr (backward) b[v] = dy[v * RAMP_BLOCK];
    }
    RAMP_UNROLLED
    for (unsigned v = 0; v < RAMP_VECTORS; v++) {
        real e[] = RAMP_UNPACK(a[v]), g[] = RAMP_UNPACK(b[v]);
        apply<Function>(e, g, p);
        y[v * RAMP_BLOCK] = RAMP_PACK(e);
    }
}

/* From the first of the thread's elements, number i of those that are left when `vectored` ones, which follow the first `head`, are not
 * counted. There are fewer in the head than threads in a block, so that only a thread's first element can be there. */
template <bool backward, typename Function>
static __device__ __forceinline__ void by_element(const stored *x, const stored *dy, stored *y, const ramp_params &p, u64 i, u64 head,
                                                  u64 vectored, u64 count) {
    u64 at = i + vectored, left = at < count ? count - at : 0, back = i < head ? vectored : 0;
    unsigned n = left < RAMP_BLOCK * RAMP_LANES ? (unsigned)left : RAMP_BLOCK * RAMP_LANES;
    real a[RAMP_LANES] = {}, b[RAMP_LANES] = {};
    x += at, dy += at, y += at;
    RAMP_UNROLLED
    for (unsigned k = 0; k < RAMP_LANES; k++) {
        if (k * RAMP_BLOCK >= n) continue;
        a[k] = load_stored(k == 0 ? *(x - back) : x[k * RAMP_BLOCK]);
        if (backward) b[k] = load_stored(k == 0 ? *(dy - back) : dy[k * RAMP_BLOCK]);
    }
    RAMP_ROLLED
    for (unsigned k = 0; k < n; k += RAMP_BLOCK) {
        real e[] = {a[0]}, g[] = {b[0]};
        apply<Function>(e, g, p);
        *(y + k - back) = store_real(e[0]);
        back = 0;
        rotate(a, a[0]);
        rotate(b, b[0]);
    }
}

/* `first` blocks were launched before this grid, for a launch may need more blocks than one grid can have; `full` of all move vectors. */
template <bool backward, typename Function>
static __device__ __forceinline__ void elementwise(const stored *x, const stored *dy, stored *y, const ramp_params &p, u64 count, u64 first,
                                                   u64 head, u64 full) {
    u64 block = first + blockIdx.x;
    if (block < full) {
        u64 at = block * (RAMP_BLOCK * RAMP_VECTORS) + threadIdx.x;
        by_vector<backward, Function>((const vector *)(x + head) + at, (const vector *)(dy + head) + at, (vector *)(y + head) + at, p);
    } else {
        u64 at = (block - full) * (RAMP_BLOCK * RAMP_LANES) + threadIdx.x;
        by_element<backward, Function>(x, dy, y, p, at, head, full * (RAMP_BLOCK * RAMP_VECTORS * RAMP_LANES), count);
    }
}

#define RAMP_NAME_OF(pass, op, dtype, variant) ramp_##pass##_##op##_##dtype##_##variant
#define RAMP_NAMED(pass, op, dtype, variant)   RAMP_NAME_OF(pass, op, dtype, variant)
#define RAMP_NAME(pass, op, variant)           RAMP_NAMED(pass, op, RAMP_DTYPE_NAME, variant)

#define RAMP_FORWARD(variant, op)                                                                                                          \
    struct op##_forward_##variant {                                                                                                        \
        static __device__ __forceinline__ real quick(real x, real, ramp_params p) { return op##_value(x, p, variant, 1); }                 \
        static __device__ __noinline__ real in_full(real x, real, ramp_params p) { return op##_value(x, p, variant, 0); }                  \
    };                                                                                                                                     \
    RAMP_KERNEL RAMP_NAME(forward, op, variant)(const stored *x, stored *y, ramp_params p, u64 count, u64 first, u64 head, u64 full) {     \
        elementwise<false, op##_forward_##variant>(x, x, y, p, count, first, head, full);                                                  \
    }
#define RAMP_OP(id, NAME, op, aliases, definition, source, differs, limit, ...)                                                            \
    RAMP_EACH_VARIANT_##limit(RAMP_FORWARD, op) struct op##_backward {                                                                     \
        static __device__ __forceinline__ real quick(real x, real g, ramp_params p) { return op##_gradient(x, g, p, 1); }                  \
        static __device__ __noinline__ real in_full(real x, real g, ramp_params p) { return op##_gradient(x, g, p, 0); }                   \
    };                                                                                                                                     \
    RAMP_KERNEL RAMP_NAME(backward, op, 0)(const stored *x, const stored *dy, stored *dx, ramp_params p, u64 count, u64 first, u64 head,   \
                                           u64 full) {                                                                                     \
        elementwise<true, op##_backward>(x, dy, dx, p, count, first, head, full);                                                          \
    }
#include "ops.def"
#undef RAMP_OP

#if defined(RAMP_DTYPE_F32)
RAMP_KERNEL ramp_copy(const uint4 *a, uint4 *y, u64 vectors, u64 first) {
    u64 i = (first + blockIdx.x) * RAMP_BLOCK + threadIdx.x;
    if (i < vectors) y[i] = a[i];
}

RAMP_KERNEL ramp_add(const float4 *a, const float4 *b, float4 *y, u64 vectors, u64 first) {
    u64 i = (first + blockIdx.x) * RAMP_BLOCK + threadIdx.x;
    if (i >= vectors) return;
    float4 l = a[i], r = b[i];
    y[i] = make_float4(l.x + r.x, l.y + r.y, l.z + r.z, l.w + r.w);
}
#endif
