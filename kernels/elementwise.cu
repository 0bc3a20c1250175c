/*
 * elementwise.cu: every op's CUDA kernels, for one dtype a build; launched by name from src/cuda/.
 *
 *   ramp_<kind>_<op>_<dtype>_<variant>          flat jobs: flat.cuh, and masked.cuh where there is a mask
 *   ramp_<kind>_spread_<op>_<dtype>_<variant>   those of brief ops, and short ones, without a mask: flat.cuh
 *   ramp_<kind>_gather_<op>_<dtype>_<variant>   strided ones: gather.cuh
 *   ramp_<kind>_vectors_<op>_<dtype>_<variant>  those whose neighbours along the last dimension can be moved as vectors: gather.cuh
 *   ramp_<kind>_tile_<op>_<dtype>_<variant>     those that have two long dimensions: tile.cuh
 *   the same with `table` for <op>              16-bit types: ops that are looked up: table.cuh; and to make the tables
 *   ramp_inputs_table_<dtype>_0                 all inputs, which an op's flat kernel turns into its forward table in place
 *   ramp_slopes_<op>_<dtype>_0                  a backward table
 *   ramp_backward_mixed_<op>_f16_0              flat jobs, looked up in part
 *   ramp_copy, ramp_add                         the roofs of ramp_roof_run (f32 build only)
 *
 * An op stands in a flat kernel once for each element of a thread's vectors and once or a few times for the single ones, in its quick form; the
 * full one is a function apart. No pointer is __restrict__ and no load goes through the read-only cache: the output may be exactly one of the
 * inputs. Each element is read and written by one thread alone, the reads first; but for what tile.cuh turns.
 */
#include "dialect.h"
#include "storage.h"
#include "emulation.h"
#include "arithmetic.h"
#include "functions.h"
#include "activations.h"
#include "rows.h"
#include "smooth.h"
#include "gelu.h"
#include "variants.h"
#include "grid.h"
#include "strided.h"
#include "vectors.cuh"
#include "apply.cuh"
#include "table.h"
#include "table.cuh"
#include "flat.cuh"
#include "masked.cuh"
#include "gather.cuh"
#include "tile.cuh"

#define RAMP_KERNEL        extern "C" __global__ void __launch_bounds__(RAMP_BLOCK)
#define RAMP_SPREAD_KERNEL extern "C" __global__ void __launch_bounds__(RAMP_SPREAD_BLOCK)
#define RAMP_TILE_KERNEL   extern "C" __global__ void __launch_bounds__(RAMP_TILE_BLOCK)

/* A struct that is read where it is, at any index, and not copied first. */
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 700 && __CUDACC_VER_MAJOR__ * 100 + __CUDACC_VER_MINOR__ >= 1107
#define RAMP_IN_PLACE const __grid_constant__
#else
#define RAMP_IN_PLACE const
#endif

#define RAMP_NAME_OF(kind, op, dtype, variant) ramp_##kind##_##op##_##dtype##_##variant
#define RAMP_NAMED(kind, op, dtype, variant)   RAMP_NAME_OF(kind, op, dtype, variant)
#define RAMP_NAME(kind, op, variant)           RAMP_NAMED(kind, op, RAMP_DTYPE_NAME, variant)

/* The strided kernels of every kind have the same parameters, and so have the flat ones with a mask; what a kind does not have is not read. */
#define RAMP_STRIDED_KERNELS(kind, op, variant, Function)                                                                                  \
    RAMP_KERNEL RAMP_NAME(kind##_gather, op, variant)(const stored *x, const stored *dy, stored *y, unsigned char *mask, ramp_params p,    \
                                                      RAMP_IN_PLACE ramp_gather job, u64 first) {                                          \
        gather<Function>(x, dy, y, mask, p, job, first);                                                                                   \
    }                                                                                                                                      \
    RAMP_KERNEL RAMP_NAME(kind##_vectors, op, variant)(const stored *x, const stored *dy, stored *y, unsigned char *mask, ramp_params p,   \
                                                       RAMP_IN_PLACE ramp_gather job, u64 first) {                                         \
        gather_vectors<Function>(x, dy, y, mask, p, job, first);                                                                           \
    }                                                                                                                                      \
    RAMP_TILE_KERNEL RAMP_NAME(kind##_tile, op, variant)(const stored *x, const stored *dy, stored *y, unsigned char *mask, ramp_params p, \
                                                         RAMP_IN_PLACE ramp_tile job) {                                                    \
        tile<Function>(x, dy, y, mask, p, job);                                                                                            \
    }

#define RAMP_FORWARD_KERNELS(variant, op)                                                                                                  \
    struct op##_forward_##variant                                                                                                          \
        : of_kind<RAMP_KIND_FORWARD, RAMP_LEAVES(op##_value_##variant), op##_has_two_slopes, op##_is_brief, RAMP_TIMES(op##_value)> {      \
        static __device__ __forceinline__ real quick(real x, real, ramp_params p) { return op##_value(x, p, variant, 1); }                 \
        static __device__ __noinline__ real in_full(real x, real, ramp_params p) { return op##_value(x, p, variant, 0); }                  \
    };                                                                                                                                     \
    RAMP_SPREAD_KERNEL RAMP_NAME(forward_spread, op, variant)(const stored *x, stored *y, ramp_flat job, ramp_params p) {                  \
        spread<false, op##_forward_##variant>(x, x, y, p, job);                                                                            \
    }                                                                                                                                      \
    RAMP_STRIDED_KERNELS(forward, op, variant, op##_forward_##variant)

#define RAMP_FORWARD_FLAT_KERNEL(variant, op)                                                                                              \
    RAMP_KERNEL RAMP_NAME(forward, op, variant)(const stored *x, stored *y, ramp_flat job, ramp_params p) {                                \
        flat<false, op##_forward_##variant>(x, x, y, p, job);                                                                              \
    }

#define RAMP_FORWARD_MASK_KERNELS(variant, op)                                                                                             \
    struct op##_forward_mask_##variant                                                                                                     \
        : of_kind<RAMP_KIND_FORWARD_MASK, RAMP_LEAVES(op##_value_##variant), op##_has_two_slopes, op##_is_brief> {                         \
        static __device__ __forceinline__ real quick(real x, real g, ramp_params p) { return op##_forward_##variant::quick(x, g, p); }     \
        static __device__ __forceinline__ real in_full(real x, real g, ramp_params p) { return op##_forward_##variant::in_full(x, g, p); } \
        static __device__ __forceinline__ bool bit(real x, ramp_params p) { return op##_mask(x, p); }                                      \
    };                                                                                                                                     \
    RAMP_KERNEL RAMP_NAME(forward_mask, op, variant)(const stored *x, const stored *dy, stored *y, unsigned char *mask, ramp_params p,     \
                                                     u64 count, u64 first, u64 full) {                                                     \
        masked<op##_forward_mask_##variant>(x, dy, y, mask, p, count, first, full);                                                        \
    }                                                                                                                                      \
    RAMP_STRIDED_KERNELS(forward_mask, op, variant, op##_forward_mask_##variant)

#define RAMP_BACKWARD_KERNELS(kind, KIND, op, gradient)                                                                                    \
    struct op##_##kind : of_kind<KIND, RAMP_LEAVES(gradient), op##_has_two_slopes, op##_is_brief, RAMP_TIMES(gradient)> {                  \
        static __device__ __forceinline__ real quick(real x, real g, ramp_params p) { return gradient(x, g, p, 1); }                       \
        static __device__ __noinline__ real in_full(real x, real g, ramp_params p) { return gradient(x, g, p, 0); }                        \
    };                                                                                                                                     \
    RAMP_SPREAD_KERNEL RAMP_NAME(kind##_spread, op, 0)(const stored *x, const stored *dy, stored *dx, ramp_flat job, ramp_params p) {      \
        spread<true, op##_##kind>(x, dy, dx, p, job);                                                                                      \
    }                                                                                                                                      \
    RAMP_STRIDED_KERNELS(kind, op, 0, op##_##kind)

#define RAMP_BACKWARD_FLAT_KERNEL(kind, op)                                                                                                \
    RAMP_KERNEL RAMP_NAME(kind, op, 0)(const stored *x, const stored *dy, stored *dx, ramp_flat job, ramp_params p) {                      \
        flat<true, op##_##kind>(x, dy, dx, p, job);                                                                                        \
    }

#define RAMP_FLAT_KERNELS(op, limit, saves)                                                                                                \
    RAMP_EACH_VARIANT_##limit(RAMP_FORWARD_FLAT_KERNEL, op) RAMP_BACKWARD_FLAT_KERNEL(backward, op)                                        \
        RAMP_IF_OUTPUT_##saves(RAMP_BACKWARD_FLAT_KERNEL(backward_output, op))

#define RAMP_BACKWARD_MASK_KERNELS(op)                                                                                                     \
    struct op##_backward_mask : of_kind<RAMP_KIND_BACKWARD_MASK, false, op##_has_two_slopes, op##_is_brief> {                              \
        static __device__ __forceinline__ real slope(int bit, real g, ramp_params p) { return op##_slope(bit, g, p); }                     \
    };                                                                                                                                     \
    RAMP_KERNEL RAMP_NAME(backward_mask, op, 0)(const stored *x, const stored *dy, stored *dx, unsigned char *mask, ramp_params p,         \
                                                u64 count, u64 first, u64 full) {                                                          \
        masked<op##_backward_mask>(x, dy, dx, mask, p, count, first, full);                                                                \
    }                                                                                                                                      \
    RAMP_STRIDED_KERNELS(backward_mask, op, 0, op##_backward_mask)

#if defined(RAMP_DTYPE_F16) || defined(RAMP_DTYPE_BF16)
RAMP_FORWARD_KERNELS(0, table)
RAMP_FORWARD_FLAT_KERNEL(0, table)
RAMP_FORWARD_MASK_KERNELS(0, table)
RAMP_BACKWARD_KERNELS(backward, RAMP_KIND_BACKWARD, table, table_gradient)
RAMP_BACKWARD_FLAT_KERNEL(backward, table)

#define RAMP_SHARED_KERNEL extern "C" __global__ void __launch_bounds__(RAMP_SHARED_BLOCK)
RAMP_SHARED_KERNEL RAMP_NAME(forward_shared, table, 0)(const stored *x, stored *y, const stored *table, u64 count, u32 head) {
    table_shared<false>(x, y, nullptr, table, ramp_params(), count, head);
}
RAMP_SHARED_KERNEL RAMP_NAME(forward_mask_shared, table, 0)(const stored *x, stored *y, unsigned char *mask, const stored *table,
                                                            ramp_params p, u64 count) {
    table_shared<true>(x, y, mask, table, p, count, 0);
}

RAMP_KERNEL RAMP_NAME(inputs, table, 0)(stored *table) {
    const u32 i = blockIdx.x * RAMP_BLOCK + threadIdx.x;
    table[i] = (stored)i;
}

#define RAMP_MIXED_KERNEL(op)                                                                                                              \
    RAMP_KERNEL RAMP_NAME(backward_mixed, op, 0)(const stored *x, const stored *dy, stored *dx, ramp_flat job, ramp_params p) {            \
        flat<true, mixed<op##_backward>>(x, dy, dx, p, job);                                                                               \
    }
#define RAMP_SLOPES_KERNEL(op)                                                                                                             \
    RAMP_KERNEL RAMP_NAME(slopes, op, 0)(float *table, ramp_params p) {                                                                    \
        make_slope<op##_backward>(table, p, blockIdx.x * RAMP_BLOCK + threadIdx.x);                                                        \
    }
#else
#define RAMP_SLOPES_KERNEL(op)
#endif

#define RAMP_OP(id, NAME, op, aliases, definition, source, differs, limit, saves, ...)                                                     \
    static constexpr bool op##_has_two_slopes = false RAMP_IF_MASK_##saves(|| true);                                                       \
    static constexpr bool op##_is_brief = RAMP_IS_BRIEF(saves, limit);                                                                     \
    RAMP_EACH_VARIANT_##limit(RAMP_FORWARD_KERNELS, op) RAMP_BACKWARD_KERNELS(backward, RAMP_KIND_BACKWARD, op, op##_gradient)             \
        RAMP_IF_OUTPUT_##saves(RAMP_BACKWARD_KERNELS(backward_output, RAMP_KIND_BACKWARD_OUTPUT, op, op##_output_gradient))                \
            RAMP_UNLESS_BRIEF_##saves(limit, RAMP_FLAT_KERNELS(op, limit, saves)) RAMP_IF_SMOOTH_##saves(RAMP_SLOPES_KERNEL(op))           \
                RAMP_WHERE(RAMP_IS_MIXED(op##_gradient))(RAMP_MIXED_KERNEL(op))                                                            \
                    RAMP_IF_MASK_##saves(RAMP_EACH_VARIANT_##limit(RAMP_FORWARD_MASK_KERNELS, op) RAMP_BACKWARD_MASK_KERNELS(op))
#include <ramp/ops.def>
#undef RAMP_OP

#if defined(RAMP_DTYPE_F32)
RAMP_SPREAD_KERNEL ramp_copy(const uint4 *a, uint4 *y, u64 vectors, u64 first) {
    u64 i = (first + blockIdx.x) * RAMP_SPREAD_BLOCK + threadIdx.x;
    if (i < vectors) y[i] = a[i];
}

RAMP_SPREAD_KERNEL ramp_add(const float4 *a, const float4 *b, float4 *y, u64 vectors, u64 first) {
    u64 i = (first + blockIdx.x) * RAMP_SPREAD_BLOCK + threadIdx.x;
    if (i >= vectors) return;
    float4 l = a[i], r = b[i];
    y[i] = make_float4(l.x + r.x, l.y + r.y, l.z + r.z, l.w + r.w);
}
#endif
